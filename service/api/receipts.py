"""POST /v1/receipts/notify: GOV.UK Notify says whether a message has arrived. It shows a token of its own."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from service import clock, clockwork
from service.api import problems
from service.api.asking import TheCouncil, refuse_odd
from service.api.bodies import sent_as
from service.errors import NotAllowed, NotFound
from service.store.keeping import audit
from service.store.telling import receipts
from service.store.telling.receipts import Fate, Receipt

log = structlog.get_logger()
router = APIRouter(prefix="/v1", tags=["receipts"], responses={n: problems.ANSWERS[n] for n in (401, 404, 422, 503)})

ACTOR = "notify"
_FATES = {
    "delivered": Fate.DELIVERED,
    "permanent-failure": Fate.BOUNCED,
    "temporary-failure": Fate.FAILED,
    "technical-failure": Fate.FAILED,
}


class ReceiptSent(BaseModel):
    """A delivery receipt, of which so much is read. The address in it is not, and neither is what Notify adds one day.

    A field that is new must not cost us receipts: what Notify is told is wrong, it does not send again.
    """

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=64)
    reference: str | None = Field(max_length=998)
    status: Literal["delivered", "permanent-failure", "temporary-failure", "technical-failure"]


def from_notify(
    request: Request,
    council: TheCouncil,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> None:
    """A dependency that refuses whoever does not show the token of the settings; without one, everybody."""
    scheme, _, shown = (authorization or "").partition(" ")
    token = council.settings.notify_receipts_token.get_secret_value()
    is_shown = hmac.compare_digest(shown.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not token or not is_shown:
        raise NotAllowed(
            "this needs the token that receipts carry",
            fix="set the bearer token of Notify's callback to TIMESCALES_NOTIFY_RECEIPTS_TOKEN",
        )
    refuse_odd(request, ())


_SPOKEN_FOR: dict[str, Any] = {
    "security": [{"receipts": []}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": ReceiptSent.model_json_schema()}}},
}


@router.post(
    "/receipts/notify",
    status_code=204,
    summary="A delivery receipt of GOV.UK Notify",
    openapi_extra=_SPOKEN_FOR,
    responses=problems.BODY_ANSWERS,
)
def post_receipt(
    council: TheCouncil,
    _allowed: Annotated[None, Depends(from_notify)],
    sent: Annotated[ReceiptSent, Depends(sent_as(ReceiptSent))],
) -> None:
    """Idempotent, in any order. Notify sends again what was answered with 503, and nothing else."""
    receipt = Receipt(sent.reference or "", sent.id, _FATES[sent.status], sent.status)
    with council.writing() as db:
        noted = receipts.note(db, receipt, now=clock.now())
        if noted is None:
            raise NotFound("no message has this reference", fix="send receipts to the service that sent the message")
        if noted.is_news:
            audit.note(db, ACTOR, f"message.{receipt.fate}", detail=receipt.reference)
        clockwork.plan_anew(db, council, noted.clocks)  # a clock put right meanwhile is not told of again
    if noted.is_news and receipt.fate is not Fate.DELIVERED:
        log.warning("a message did not arrive", message_id=receipt.reference, answer=sent.status)
