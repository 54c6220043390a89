"""The nouns of the self-check: what is looked at, what is found, and how bad that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from service.council import Council
from service.timing import Timed


class Weight(StrEnum):
    """How bad a finding is, in words. The order is that in which they are shown."""

    UNTOLD = "Somebody might not be told"
    SOON = "To be put right soon"
    NOTICE = "Worth knowing"


class Finding(NamedTuple):
    """One thing that is not as it should be.

    ``id``: the check's, and after a slash what it is about where there may be several; the same finding has the same id
    at each check. ``title``: a few words; ``what``: a sentence; ``fix``: what to do. ``since``: from when on it is so,
    where that is known. ``count``: how much of it there is: when it grows, it has become worse. Nothing in it is about
    a child.
    """

    id: str
    title: str
    what: str
    fix: str
    since: datetime | None = None
    count: int = 1  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a finding

    @property
    def check(self) -> str:
        """The id of the check that found it."""
        return self.id.partition("/")[0]


class Looked(NamedTuple):
    """What a check came to. ``well``: what is said where nothing was found, if it is more than the check's own words.

    ``is_unsure``: it could not be judged this time, so what was found before neither stands nor has ended.
    """

    findings: tuple[Finding, ...] = ()
    well: str = ""
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a check is given. It reads, and changes nothing."""

    council: Council
    db: Connection
    now: datetime
    jobs: Sequence[Timed]


class Check(NamedTuple):
    """One question the service asks of itself.

    ``id`` is stable. ``well``: what is true where nothing is found. ``stops_heartbeat``: while it finds something, the
    outside heartbeat is not sent. ``is_mailed``: the administrator is told by mail; not where mail is what is broken.
    ``is_for_starting``: also asked when the service starts, and written to its log.
    """

    id: str
    area: str
    well: str
    weight: Weight
    look: Callable[[Look], Looked]
    stops_heartbeat: bool = True
    is_mailed: bool = True
    is_for_starting: bool = False


class Found(NamedTuple):
    """A finding, and the check that found it."""

    check: Check
    finding: Finding


class Answer(NamedTuple):
    """Everything the checks came to. ``well``: each check that found nothing, and its words.

    ``unsure``: the ids of the checks that could not be asked or could not judge.
    """

    found: tuple[Found, ...]
    well: tuple[tuple[Check, str], ...]
    unsure: frozenset[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing stands in the way of the outside heartbeat."""
        return not any(one.check.stops_heartbeat for one in self.found)
