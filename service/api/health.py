"""/healthz: the process answers. /readyz: it can do its work. Neither needs a key, and neither names a child."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import text

from service.api import problems
from service.api.asking import TheCouncil

router = APIRouter(tags=["health"])

_NO_KEY: dict[str, Any] = {"security": []}


@router.get("/healthz", summary="The process answers", openapi_extra=_NO_KEY)
def get_healthz() -> dict[str, str]:
    """Always ok while it answers at all."""
    return {"status": "ok"}


@router.get("/readyz", summary="It can do its work", openapi_extra=_NO_KEY, responses={503: problems.ANSWERS[503]})
def get_readyz(council: TheCouncil) -> dict[str, Any]:
    """The database answers; the law, and whether the stored clocks are computed with it. 503 otherwise."""
    with council.reading() as db:
        db.execute(text("SELECT 1"))
    return {
        "status": "ok",
        "authority": council.law.authority,
        "law": council.law.fingerprint,
        "law_applied": council.is_law_applied,
    }
