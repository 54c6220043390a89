"""What a row of a return can be, whichever return it is: facts, what cannot be true, or a refusal.

Every row of a file becomes one ``Row``, so that rows can be accounted for: each is taken whole, taken with something
in it that cannot be true, or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Fact(NamedTuple):
    """A dated fact that a row states, as an event says it.

    ``id`` names the same fact in every file of this return: from the child, what it belongs to, and its order by date;
    never from its position in the file. A return knows days, and no time of day.
    """

    id: str
    type: str
    subject: str
    happened_on: date
    key: str | None = None
    data: Mapping[str, object] = {}


class Trouble(NamedTuple):
    """What a row says that cannot be true: neither dropped nor guessed, but stored as a ``data-problem.found`` event.

    ``about`` is the event type that it would have been, ``key`` what it belongs to, ``column`` where it stands in the
    return, ``value`` what stands there. ``fact_id`` is as stable as a fact's, and has ``/problem/`` between the row and
    what is wrong with it. ``reason`` and ``fix`` are sentences without a value in them.
    """

    fact_id: str
    subject: str
    about: str
    key: str | None
    column: str
    value: str
    reason: str
    fix: str


class Refused(NamedTuple):
    """Why nothing at all can be taken from a row: it names no child, or a date in it is none."""

    column: str
    reason: str
    fix: str


class Row(NamedTuple):
    """One row of a return. ``line`` is its line in the file (1-based), ``module`` what it is called there.

    ``subject`` names the child that a row without facts is about, where that can be told and where it is one child.
    """

    line: int
    module: str
    facts: tuple[Fact, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    refused: Refused | None = None
    subject: str | None = None


class Period(NamedTuple):
    """The days, both included, about which a return claims to say everything."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Return:
    """A return being read: who sends it, what it covers, and its rows, one after another.

    ``source`` is the same for every file of this return from this authority (a URI reference), whatever its year.
    ``period`` is None where the return does not say. ``rows`` may be read once, in step with the file, and raises
    ``CannotRead`` where the file turns out to be no such return, or to be cut short.
    """

    source: str
    period: Period | None
    rows: Iterable[Row]
    is_by_child: bool = True
    """Whether the rows of a child stand together; else they are brought together before anything is made of them."""
    notes: tuple[str, ...] = field(default=())
    """What this kind of return can never tell: shown once after an import."""


class CannotRead(Exception):
    """The file is not what it should be: what is wrong, where, and how to mend it. Nothing of it was kept."""

    def __init__(self, what: str, *, line: int | None = None, fix: str) -> None:
        self.what, self.line, self.fix = what, line, fix
        super().__init__(f"{f'line {line:,}: ' if line else ''}{what}: {fix}")
