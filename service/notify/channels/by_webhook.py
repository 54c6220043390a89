"""Webhooks out: one signed POST of one event, and a plain answer about what became of it.

Signed as Standard Webhooks are: HMAC-SHA256 over id, timestamp and body, with the webhook's own secret. The id is that
of the event, the same however often it is sent; the timestamp is that of the attempt.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import ssl
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

import httpcore

from service.errors import Refused
from service.notify.channels.webhooks.addresses import Forbidden
from service.notify.channels.webhooks.cloud_events import MEDIA_TYPE
from service.notify.channels.webhooks.wire import Wire
from service.store.telling.webhooks import Hook

_PREFIX = "whsec_"
_BYTES = 32
_GONE, _TOO_MANY, _NOT_NOW = 410, 429, 503


class Outcome(StrEnum):
    """What became of a call."""

    TAKEN = "taken"
    REFUSED = "refused"
    """This event was not taken; others may be."""
    AWAY = "away"
    """Nobody there who may be called, or not now: no event would be taken."""
    GONE = "gone"
    """It wants nothing more."""


class Reply(NamedTuple):
    """An outcome, and for those who look after the service what happened: a status or an error's name, no free text.

    ``wait_s``: how long the receiver asks to be left alone.
    """

    outcome: Outcome
    words: str
    wait_s: int | None = None


def new_secret() -> str:
    """A secret like no other, as receivers of Standard Webhooks expect it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the HMAC, for the header."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = hmac.new(key, f"{id}.{timestamp}.".encode() + body, sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def send(wire: Wire, hook: Hook, id: str, body: str, *, now: datetime) -> Reply:
    """Sends one event to a webhook. Trouble with the receiver is an answer, not an exception."""
    content, timestamp = body.encode(), int(now.timestamp())
    headers = {
        "Content-Type": MEDIA_TYPE,
        "User-Agent": "timescales",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(hook.secret, id, timestamp, content),
    }
    try:
        answer = wire.post(hook.url, headers, content)
    except Forbidden as why:
        return Reply(Outcome.AWAY, str(why))
    except Refused as why:  # its URL was right when it was made, and the rules for URLs have changed since
        return Reply(Outcome.AWAY, why.detail)
    except (OSError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        return Reply(Outcome.AWAY, _name_of(error))
    return _read(answer.status, answer.retry_after)


def _read(status: int, wait_s: int | None) -> Reply:
    if status // 100 == 2:
        return Reply(Outcome.TAKEN, str(status))
    if status == _GONE:
        return Reply(Outcome.GONE, str(status))
    if status in (_TOO_MANY, _NOT_NOW):
        return Reply(Outcome.AWAY, str(status), wait_s)
    return Reply(Outcome.REFUSED, f"{status}: redirects are not followed" if status // 100 == 3 else str(status))


def _name_of(error: Exception) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {cause.verify_message}"
    return type(error).__name__
