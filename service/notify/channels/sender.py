"""What every way of sending promises: one letter in, and a plain answer about what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol

from service.store.telling.messages import Message


class Outcome(StrEnum):
    """What became of a letter. The first two end it; the others say whether and how it is tried again."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    """Kept where people can read it, because there is nowhere to send it."""
    REFUSED = "refused"
    """The server will never take it for this address."""
    LATER = "later"
    """The server will not take this letter now, and may take others."""
    UNREACHABLE = "unreachable"
    """No server that may be trusted with any letter: none answers, or it has no TLS, or it does not know us."""
    LOST = "lost"
    """The connection broke after the letter was handed over: the server may have it."""
    FAILED = "failed"
    """The letter cannot be written as mail: a defect of its own, which must not stop the next."""


class Answer(NamedTuple):
    """An outcome, and for those who look after the service what happened: a code or an error's name, no free text."""

    outcome: Outcome
    detail: str = ""
    provider_id: str = ""
    """What whoever took the letter calls it, where they have a name of their own for it: receipts come by that name."""

    @property
    def words(self) -> str:
        """As kept with the message: what begins with some of these words was certainly not taken by a server."""
        return f"{self.outcome}: {self.detail}"


class Sender(Protocol):
    """Sends one letter to one address. Trouble with mail is an answer; only a letter that cannot be written raises."""

    def send(self, letter: Message) -> Answer: ...
