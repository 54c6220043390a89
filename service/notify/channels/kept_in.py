"""A copy of production cannot mail real people: outside production mail goes to the addresses that are allowed."""

from __future__ import annotations

from service.notify.channels.sender import Answer, Outcome, Sender
from service.store.telling.messages import Message


class KeptIn:
    """Sends to the addresses that are allowed; every other message is kept where people can read it."""

    def __init__(self, way_out: Sender, outbox: Sender, allowed: frozenset[str]) -> None:
        self._way_out = way_out
        self._outbox = outbox
        self._allowed = allowed

    def send(self, letter: Message) -> Answer:
        if letter.address.casefold() in self._allowed:
            return self._way_out.send(letter)
        answer = self._outbox.send(letter)
        if answer.outcome is not Outcome.NOT_SENT:
            return answer
        return Answer(Outcome.NOT_SENT, "this is a trial, and the address is not one that a trial may mail")
