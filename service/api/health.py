"""/healthz: the process answers. /readyz: it can do its work. Neither needs a key, and neither names a child.

What whoever restarts processes should ask is /healthz; what sends requests elsewhere, /readyz. A feed that is silent or
a post that nobody holds is no reason for either: the self-check finds those, and /readyz only says how many they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from service.api import problems
from service.api.asking import TheCouncil
from service.store import watch
from service.store.watch import Checked

router = APIRouter(tags=["health"])

_NO_KEY: dict[str, Any] = {"security": []}


@router.get("/healthz", summary="The process answers", openapi_extra=_NO_KEY)
def get_healthz() -> dict[str, str]:
    """Always ok while it answers at all."""
    return {"status": "ok"}


@router.get("/readyz", summary="It can do its work", openapi_extra=_NO_KEY, responses={503: problems.ANSWERS[503]})
def get_readyz(council: TheCouncil) -> dict[str, Any]:
    """The database answers; the law, and whether the stored clocks are computed with it. 503 otherwise.

    ``clocks_checked_at``: when it was last looked which clocks are due. ``self_checked_at``: when the service last
    looked at itself, and ``findings``: how much was not as it should be then. None of them makes it a 503.
    """
    with council.reading() as db:
        checked = watch.checked(db)
        findings = watch.how_many_alarms(db)
    return {
        "status": "ok",
        "authority": council.law.authority,
        "law": council.law.fingerprint,
        "law_applied": council.is_law_applied,
        "clocks_checked_at": _when(checked, watch.TICK),
        "self_checked_at": _when(checked, watch.SELF_CHECK),
        "findings": findings,
    }


def _when(checked: Mapping[str, Checked], name: str) -> str | None:
    return checked[name].at.isoformat(timespec="seconds") if name in checked else None
