"""Saying no: what is wrong, where, why and the fix, and never a character of what was sent.

What was sent may be about a child. So a detail speaks of lengths, kinds and places; a pointer has only names that we
know and positions; and where a name is unknown it is the nearest known one that is offered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

# Each type of refusal: its HTTP status and its title. 400: it cannot be read as JSON with one meaning; 422: it can, and
# says what it may not. Types are a promise to programs: add, never rename.
TITLES = {
    "not-utf-8": (400, "The body is not UTF-8"),
    "not-json": (400, "The body is not JSON"),
    "duplicate-key": (400, "A name occurs twice in one object"),
    "not-a-number": (400, "NaN and Infinity are not JSON"),
    "too-large": (413, "Too large"),
    "unsupported-media-type": (415, "Not a content type that is read here"),
    "number-out-of-range": (422, "A number is too large"),
    "too-deep": (422, "Nested too deeply"),
    "nul": (422, "There is a NUL character"),
    "lone-surrogate": (422, "Half a character"),
    "missing-field": (422, "Something is missing"),
    "unknown-field": (422, "A field nobody knows"),
    "unknown-event-type": (422, "An event type nobody knows"),
    "unknown-code": (422, "Not one of the codes"),
    "wrong-kind": (422, "Not the kind of value that belongs here"),
    "empty-text": (422, "Empty text"),
    "text-too-long": (422, "Text is too long"),
    "stray-space": (422, "A space where none belongs"),
    "control-character": (422, "There is a control character"),
    "naive-timestamp": (422, "A timestamp without its offset"),
    "date-out-of-range": (422, "A date out of range"),
    "in-the-future": (422, "It has not happened yet"),
    "two-dates": (422, "Two dates where one belongs"),
    "two-targets": (422, "It corrects one event and takes back another"),
    "refers-to-itself": (422, "It refers to itself"),
}


class Refusal(NamedTuple):
    """Why something was not let in.

    ``type`` is stable, for programs; ``pointer`` is an RFC 6901 JSON pointer ("" is the whole document), to the nearest
    place whose name we know; ``detail`` and ``fix`` are for people.
    """

    status: int
    type: str
    title: str
    detail: str
    pointer: str
    fix: str

    def below(self, place: str) -> Refusal:
        """The same, seen from further out: ``place`` is the pointer to what was read."""
        return self._replace(pointer=place + self.pointer)


class TurnedAway(Exception):
    """How a refusal gets from where it is found to the door; it never leaves it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.type)
        self.refusal = refusal


def refusal(type: str, detail: str, *, fix: str, at: str = "") -> Refusal:
    """A refusal of a known type; its status and title follow from the type."""
    status, title = TITLES[type]
    return Refusal(status, type, title, detail, at, fix)


def turn_away(type: str, detail: str, *, fix: str, at: str = "") -> TurnedAway:
    """A refusal, to be raised."""
    return TurnedAway(refusal(type, detail, fix=fix, at=at))


def nearest(name: object, known: Collection[str]) -> str | None:
    """The known name most like one that is not, by the pairs of letters they share; None where nothing is close.

    Microseconds, where an edit distance takes milliseconds: an array can hold ten thousand unknown names.
    """
    if not isinstance(name, str) or len(name) > 2 * max(map(len, known)):
        return None
    sent = _pairs(name)
    likeness, best = max((_likeness(sent, _pairs_of_known(other)), other) for other in known)
    return best if likeness > 0.5 else None


def one_of(names: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _pairs(name: str) -> frozenset[str]:
    padded = f" {name} ".lower()
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))


_pairs_of_known = lru_cache(maxsize=1_024)(_pairs)
