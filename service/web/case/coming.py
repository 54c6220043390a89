"""What happens next, if nothing changes: which posts are told, of what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.law import Law
from rules.model import Clock
from rules.rungs import Rung, rungs_of
from rules.telling.who import posts_words
from service.store.people import Directory, Recipient
from service.store.telling.acknowledgements import Acknowledgement
from service.store.telling.releases import EVERY_TEAM, NO_TEAM, Releases
from service.web.words import plain_day, spaced

_THE_PLAN = "it is not done yet, and this is the plan"
_THE_LAPSE = "the day of the plan has passed"


class Coming(NamedTuple):
    """A moment at which posts are told. ``says``: what. ``instead``: who stands in for posts that nobody holds."""

    at: datetime
    who: str
    says: str
    instead: str = ""

    @property
    def verb(self) -> str:
        return "are" if " and " in self.who else "is"


class _One(NamedTuple):
    at: datetime
    says: str
    post: str


def coming(
    clock: Clock, law: Law, plan: Acknowledgement | None, now: datetime, directory: Directory | None = None
) -> list[Coming]:
    """Everything that a clock's ladder has still to say after ``now``, first to last, as things stand.

    With a ``directory`` also who is told where nobody holds a post.
    """
    together: dict[tuple[datetime, str], list[str]] = {}
    for one in sorted(_told(clock, law, plan, now)):
        together.setdefault((one.at, one.says), []).append(one.post)
    return [
        Coming(at, posts_words(posts), says, _instead(posts, clock, directory) if directory else "")
        for (at, says), posts in together.items()
    ]


def silence(clock: Clock, releases: Releases) -> str:
    """Why nobody is told of a clock that runs, in words; empty where somebody is."""
    due_on = clock.due_on or clock.target_due_on
    if due_on is None:
        return "no limit is set, so nothing can be late"
    if releases.is_told(clock.team, due_on):
        return ""
    first = releases.told_from.get(clock.team or NO_TEAM) or releases.told_from.get(EVERY_TEAM)
    if first is None:
        return "telling has not begun for this team" if clock.team else "no team is recorded"
    return f"it was due before {plain_day(first)}, the day from which this team is told"


def _told(clock: Clock, law: Law, plan: Acknowledgement | None, now: datetime) -> Iterator[_One]:
    """While a plan is in force the post that made it is left alone, and each other one sees the plan, once."""
    informed: set[str] = set()
    for rung in rungs_of(clock, law):
        if rung.send_at <= now:
            continue
        if plan is None or not plan.is_in_force(rung.send_at.date()):
            yield _said(rung)
        elif rung.key.post not in {plan.post, *informed}:
            informed.add(rung.key.post)
            yield _One(rung.send_at, _THE_PLAN, rung.key.post)
    if plan is not None and clock.outcome is None and (at := _lapse(plan.next_on, law)) > now:
        yield _One(at, _THE_LAPSE, plan.post)


def _said(rung: Rung) -> _One:
    return _One(rung.send_at, rung.step.title, rung.key.post)


def _lapse(next_on: date, law: Law) -> datetime:
    """The morning after a plan's day: as ``service/acknowledging.py`` plans it."""
    ladders = law.ladders
    on = law.calendars[ladders.calendar].on_or_after(next_on + timedelta(days=1))
    return datetime.combine(on, ladders.at, ZoneInfo(ladders.zone))


def _instead(posts: Sequence[str], clock: Clock, directory: Directory) -> str:
    return " ".join(
        f"Nobody holds the post of {spaced(post)}: {_stand_in(directory.recipient(post, clock.team, clock.worker))}."
        for post in posts
        if not directory.is_held(post, clock.team, clock.worker)
    )


def _stand_in(above: Recipient | None) -> str:
    return f"the {spaced(above.post)} is told instead" if above else "nor any above it, so nobody can be told"
