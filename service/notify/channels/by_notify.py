"""Mail by GOV.UK Notify: its REST API, over TLS.

    POST /v2/template/{id}/preview          once a tick, before the first letter: do our words arrive in the template?
    GET  /v2/notifications?reference=…      before a letter is tried again: has Notify had it already?
    POST /v2/notifications/email            the letter, as Markdown: its text, with its Message-ID as the reference

Notify gives mail a Message-ID of its own, so a repeat could not be recognised in a mailbox. It is asked first instead.
Of what it answers only the status and the class of error are kept: its words may name people, and may change.
"""

from __future__ import annotations

import json
import ssl
import weakref
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

import httpx

from service import clock
from service.notify.channels.account import Account, token_of
from service.notify.channels.sender import Answer, Outcome
from service.store.telling.messages import Message

TIMEOUT_S = 20
"""For each step of a request; the four that a letter may need stay together within the lease of a message."""
_LONGEST_S = 30
"""For the body of an answer, however it comes."""
_MOST_BYTES = 2_000_000
_CLOCKS_MAY_DIFFER = timedelta(seconds=30)
_NOTHING_LEFT_US = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_REFUSALS = ("AuthError", "BadRequestError", "NoResultFound", "ValidationError")
_ERRORS = frozenset((*_REFUSALS, "RateLimitError", "TooManyRequestsError", "Exception"))
_DELIVERED, _BOUNCED = "delivered", "permanent-failure"
_TO_BE_SENT_AGAIN = ("temporary-failure", "technical-failure")
_PROBE = {"subject": "the-subject-goes-here", "body": "the-text-goes-here"}
_NO_TEMPLATE = "the service has no such template, or it asks for more than ((subject)) and ((body))"
_NO_PLACE = "the template lacks ((subject)) as its subject, or ((body)) in its message"
_NOT_THERE = "this is not the API of GOV.UK Notify: see TIMESCALES_NOTIFY_URL"
_WORDS = {
    "BadRequestError": "not to this address: perhaps a team-only key, or an account still in trial mode",
    "RateLimitError": "more than the account may send in a minute",
    "TooManyRequestsError": "the account's limit for today is used up; it begins anew at midnight",
}


class _Reply(NamedTuple):
    """What Notify answered. ``document`` is None where it is no JSON object; ``date``: its own clock, where it says."""

    status: int
    document: Mapping[str, Any] | None
    date: str | None

    @property
    def error(self) -> str:
        """The class of error, where it is one that we know."""
        errors = self.document.get("errors") if self.document else None
        first = errors[0] if isinstance(errors, list) and errors else None
        said = first.get("error") if isinstance(first, dict) else None
        return said if isinstance(said, str) and said in _ERRORS else ""

    @property
    def said(self) -> str:
        """``429 RateLimitError``"""
        return f"{self.status} {self.error}".rstrip()

    @property
    def id(self) -> str:
        found = self.document.get("id") if self.document else None
        return found if isinstance(found, str) else ""


class _Attempt(NamedTuple):
    """A letter as Notify has it, and what became of it there."""

    id: str
    status: str


class Notify:
    """Hands letters to GOV.UK Notify. One connection for as long as it lives, which is one tick."""

    def __init__(self, account: Account, *, timeout_s: float = TIMEOUT_S) -> None:
        self._account = account
        self._timeout_s = timeout_s
        self._is_template_right = False

    def send(self, letter: Message) -> Answer:
        trouble = None if self._is_template_right else self._look_at_template()
        if trouble is None and letter.attempts > 1:
            trouble = self._look_up(letter)
        return trouble or self._hand_over(letter)

    # ── before ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _look_at_template(self) -> Answer | None:
        """None where our words would arrive. So a template that is wrong holds all letters, and refuses none."""
        path = f"/v2/template/{self._account.template}/preview"
        try:
            reply = self._ask("POST", path, json={"personalisation": _PROBE})
        except httpx.HTTPError as error:
            return Answer(Outcome.UNREACHABLE, _name_of(error))
        if reply.status in (400, 404):
            return Answer(Outcome.UNREACHABLE, f"{reply.said}: {_NO_TEMPLATE}")
        if reply.status != 200:
            return self._no(reply)
        shown = reply.document or {}
        if not all(word in str(shown.get(field)) for field, word in _PROBE.items()):
            return Answer(Outcome.UNREACHABLE, _NO_PLACE)
        self._is_template_right = True
        return None

    def _look_up(self, letter: Message) -> Answer | None:
        """What became of an earlier attempt; None where Notify never had the letter, or could not deliver it."""
        try:
            reply = self._ask("GET", "/v2/notifications", params={"reference": letter.message_id})
        except httpx.HTTPError as error:
            return Answer(Outcome.UNREACHABLE, f"{_name_of(error)} at the look-up")
        listed = reply.document.get("notifications") if reply.document else None
        if reply.status != 200 or not isinstance(listed, list):
            return self._no(reply)
        attempts = list(_attempts(letter, listed))
        attempts = [one for one in attempts if one.status == _DELIVERED] or attempts
        if not attempts or attempts[0].status in _TO_BE_SENT_AGAIN:
            return None
        latest = attempts[0]
        if latest.status == _BOUNCED:
            return Answer(Outcome.REFUSED, latest.status, provider_id=latest.id)
        return Answer(Outcome.SENT, provider_id=latest.id)

    # ── the letter ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _hand_over(self, letter: Message) -> Answer:
        content: dict[str, object] = {
            "template_id": self._account.template,
            "email_address": letter.address,
            "reference": letter.message_id,
            "personalisation": {"subject": letter.subject, "body": letter.text},
        }
        if letter.unsubscribe and letter.unsubscribe.startswith("https://"):  # Notify refuses a letter with any other
            content["one_click_unsubscribe_url"] = letter.unsubscribe
        try:
            reply = self._ask("POST", "/v2/notifications/email", json=content)
        except _NOTHING_LEFT_US as error:
            return Answer(Outcome.UNREACHABLE, _name_of(error))
        except httpx.HTTPError as error:
            return Answer(Outcome.LOST, _name_of(error))
        if reply.status == 201:
            return Answer(Outcome.SENT, provider_id=reply.id) if reply.id else Answer(Outcome.LOST, "201 without an id")
        if reply.status == 400:
            return Answer(Outcome.REFUSED, _explained(reply))
        if reply.status == 413:
            return Answer(Outcome.FAILED, reply.said)
        return self._after_all(letter, reply) if reply.status >= 500 and reply.status != 503 else self._no(reply)

    def _after_all(self, letter: Message, reply: _Reply) -> Answer:
        """A server that broke over a letter may have it: it is asked at once, and where it cannot say, all is open."""
        found = self._look_up(letter)
        if found is None:
            return Answer(Outcome.UNREACHABLE, reply.said)
        return Answer(Outcome.LOST, reply.said) if found.outcome is Outcome.UNREACHABLE else found

    def _no(self, reply: _Reply) -> Answer:
        """What is said to everybody: nothing that one letter or its reader can help."""
        if reply.status in (401, 403):
            return Answer(Outcome.UNREACHABLE, f"{reply.said}: {_why_not_let_in(reply)}")
        if reply.status == 429 or reply.status >= 500:
            return Answer(Outcome.UNREACHABLE, _explained(reply))
        return Answer(Outcome.UNREACHABLE, f"{reply.said}: {_NOT_THERE}")

    # ── the wire ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, method: str, path: str, **content: Any) -> _Reply:
        """One request. Raises httpx.HTTPError where it breaks; an answer too long or too slow is no document."""
        headers = {"Authorization": f"Bearer {token_of(self._account, now=clock.now())}"}
        with self._client.stream(method, path, headers=headers, **content) as reply:
            return _Reply(reply.status_code, _read(reply), reply.headers.get("date"))

    @cached_property
    def _client(self) -> httpx.Client:
        """Made with the first letter: a tick with nothing to send should not read a file of certificates."""
        made = httpx.Client(
            base_url=self._account.url,
            timeout=self._timeout_s,
            trust_env=not self._account.is_on_this_machine,
            headers={"User-Agent": "timescales"},
        )
        weakref.finalize(self, made.close)
        return made


def _read(reply: httpx.Response) -> Mapping[str, Any] | None:
    until = monotonic() + _LONGEST_S
    body = b""
    for chunk in reply.iter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES or monotonic() > until:
            return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _attempts(letter: Message, listed: Iterable[object]) -> Iterator[_Attempt]:
    """Those of this letter at the address it has now, the latest first. What the last holder had, a new one has not."""
    for one in listed:
        told = one if isinstance(one, dict) else {}
        is_this = told.get("reference") == letter.message_id
        if is_this and str(told.get("email_address")).casefold() == letter.address.casefold():
            yield _Attempt(str(told.get("id", "")), str(told.get("status", "")))


def _explained(reply: _Reply) -> str:
    return f"{reply.said}: {_WORDS[reply.error]}" if reply.error in _WORDS else reply.said


def _why_not_let_in(reply: _Reply) -> str:
    """Notify says so only in words that may change; but each answer carries the time that it was given."""
    try:
        theirs = parsedate_to_datetime(reply.date or "")
        seconds = round((clock.now() - theirs).total_seconds())
    except (TypeError, ValueError):
        seconds = 0
    if abs(seconds) > _CLOCKS_MAY_DIFFER.total_seconds():
        which = "fast" if seconds > 0 else "slow"
        return f"this machine's clock is {abs(seconds)} seconds {which}, and Notify allows 30: set it right"
    return "the key is unknown or was revoked: set TIMESCALES_NOTIFY_API_KEY to one that Notify lists"


def _name_of(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate does not hold: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
