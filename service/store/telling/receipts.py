"""Receipts: what whoever took a message says became of it in the end.

    delivered     sent, with the moment at which we heard so. Whatever else is said, before or after, this stands.
    bounced       undeliverable, as if it had been refused at once; its alerts are told again when the post has another
                  address
    failed        waiting again, as if it had not been taken: tried again, and given up after four days

A receipt may come before we have marked the message ourselves, twice, late, or about an earlier attempt. So it is read
against what stands: that somebody has it is believed of any attempt, that nobody has it only of the one that stands.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, select, update

from service.errors import Busy
from service.store.tables import AlertRow, MessageRow, table
from service.store.telling import alerts, messages
from service.store.telling.messages import SENT, UNDELIVERABLE, WAITING, Message

_MESSAGE, _ALERT = table(MessageRow), table(AlertRow)
_SETTLED = (alerts.SENT, alerts.NOT_SENT, alerts.UNDELIVERABLE)
_KEY = (_ALERT.c.clock_id, _ALERT.c.step, _ALERT.c.due_on, _ALERT.c.post)
"""The order in which everybody takes the rows of alerts, so that nobody waits for somebody who waits for them."""


class Fate(StrEnum):
    """What became of a message."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """There is no such address."""
    FAILED = "failed"
    """It could not be delivered now: a full mailbox, a filter, a fault of the provider."""


class Receipt(NamedTuple):
    """``reference`` is our Message-ID, ``provider_id`` the name of the attempt, ``fate`` what became of that.

    ``detail``: the provider's own code for it, kept with the message; never its words.
    """

    reference: str
    provider_id: str
    fate: Fate
    detail: str


class Noted(NamedTuple):
    """What a receipt changed. ``clocks``: of which something counts as told, or as untold, that did not before."""

    is_news: bool
    clocks: frozenset[str] = frozenset()


def note(db: Connection, receipt: Receipt, *, now: datetime) -> Noted | None:
    """Marks a message, and the alerts in it, as the receipt says. None where there is no such message.

    Noting it again changes nothing. Raises Busy for bad news of a message that is in a sender's hands at this moment:
    which attempt it is about can only be said once that one is marked.
    """
    message = _held(db, receipt.reference)
    if message is None:
        return None
    if message.delivered_at is not None:
        return Noted(False)
    if receipt.fate is Fate.DELIVERED:
        return _delivered(db, message, receipt, now)
    if message.state == WAITING and _is_in_hand(message):
        raise Busy("the message is being sent at this moment", fix="send the receipt again in a few minutes")
    is_about_what_stands = message.provider_id in (None, receipt.provider_id)
    if message.state == SENT and is_about_what_stands:
        return _undone(db, message, receipt, now)
    if message.state == WAITING and is_about_what_stands and receipt.fate is Fate.BOUNCED:
        return _undone(db, message, receipt, now)
    return Noted(False)


def _held(db: Connection, message_id: str) -> Message | None:
    columns = [_MESSAGE.c[name] for name in Message._fields]
    row = db.execute(select(*columns).where(_MESSAGE.c.message_id == message_id).with_for_update()).first()
    return Message(*row) if row else None


def _is_in_hand(message: Message) -> bool:
    """Whether a sender has claimed it and has not said what came of it; one that died counts until its lease ends."""
    return message.attempts > 0 and message.last_error is None


def _delivered(db: Connection, message: Message, receipt: Receipt, now: datetime) -> Noted:
    heard = update(_MESSAGE).where(_MESSAGE.c.seq == message.seq)
    db.execute(heard.values(delivered_at=now, provider_id=message.provider_id or receipt.provider_id))
    if message.state == SENT:
        return Noted(True)
    _reopen(db, message)
    return Noted(True, frozenset(messages.finish(db, message, SENT, now=now)))


def _undone(db: Connection, message: Message, receipt: Receipt, now: datetime) -> Noted:
    clocks = _reopen(db, message)
    if receipt.fate is Fate.BOUNCED:
        messages.finish(db, message, UNDELIVERABLE, now=now, error=f"refused: {receipt.detail}")
    else:
        messages.put_off(db, message, f"later: {receipt.detail}", now=now, may_give_up=True)
    return Noted(True, clocks)


def _reopen(db: Connection, message: Message) -> frozenset[str]:
    """Puts a message and its alerts back to where they were before anything was said of them. Returns their clocks."""
    db.execute(update(_MESSAGE).where(_MESSAGE.c.seq == message.seq).values(state=WAITING, sent_at=None))
    is_settled = and_(_ALERT.c.message_id == message.message_id, _ALERT.c.state.in_(_SETTLED))
    rows = db.execute(select(_ALERT.c.seq, _ALERT.c.clock_id).where(is_settled).order_by(*_KEY).with_for_update()).all()
    db.execute(update(_ALERT).where(is_settled).values(state=alerts.QUEUED))
    return frozenset(clock_id for _seq, clock_id in rows)
