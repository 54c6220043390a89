"""Whether telling helps or tires: mails a reader a week, what warnings came to, and rungs that change nothing.

Figures of posts and rungs, never of people: nothing here says who reads, or who is slower than another. The page and
the report count by these alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import DUE_ON, Step
from rules.rungs import ladder_of
from service.clock import LOCAL, local
from service.council import Council
from service.reports.telling.window import NUMBERS, Window
from service.store.telling import fatigue
from service.store.telling.fatigue import Due, Mails, Said, ToldRung

_DAY = timedelta(days=1)
_HOURS_A_DAY = 24


class Load(NamedTuple):
    """Mails to the readers of one post, or of one week: ``each`` a week on average, ``most`` for one in a week."""

    name: str | date
    readers: int
    mails: int
    each: float
    most: int


class Share(NamedTuple):
    """Of ``whole`` clocks: how many were met in time, and for how many more a plan was made by their due date.

    ``step`` and ``post``: of the rung of warning that this is the share of, where it is of one.
    """

    whole: int
    met: int
    planned: int
    step: str = ""
    post: str = ""

    @property
    def acted_on(self) -> int:
        return self.met + self.planned

    @property
    def percent(self) -> int:
        """Rounded down, so that all but one of many never reads as all."""
        return 100 * self.acted_on // self.whole


class Warned(NamedTuple):
    """What became of what was due: by step and post; of everything warned of before its date; of everything else."""

    rungs: list[Share]
    told: Share
    untold: Share
    missed: list[tuple[Due, bool]]
    """What was neither met in time nor planned for, and whether anybody was warned of it before its date."""


class RungFigure(NamedTuple):
    """A rung after the date: of how many clocks it was told, and for how many anything happened."""

    ladder: str
    step: Step
    told: int
    changed: int

    @property
    def unchanged(self) -> int:
        return self.told - self.changed

    @property
    def is_enough(self) -> bool:
        """Whether it was told often enough to say anything of it."""
        return self.told >= NUMBERS.fewest_told

    @property
    def changes_little(self) -> bool:
        return self.is_enough and 100 * self.changed < NUMBERS.changes_little_below_percent * self.told


def loads(db: Connection, window: Window) -> tuple[list[Load], list[Load]]:
    """Mails a reader a week, by post in alphabetical order; and of all posts together, week by week.

    A reader counts in the weeks in which anything was sent to them. ``readers`` of a post: the most in any one week.
    """
    weekly = fatigue.mails(db, window.mondays, window.last_on)
    by_post: dict[str, list[Mails]] = defaultdict(list)
    for one in weekly:
        if one.post is not None:
            by_post[one.post].append(one)
    whole = {one.week: one for one in weekly if one.post is None}
    weeks = [_load(monday, [whole[at]] if at in whole else []) for at, monday in enumerate(window.mondays)]
    return [_load(post, own) for post, own in sorted(by_post.items())], weeks


def warned(db: Connection, law: Law, window: Window, today: date) -> Warned:
    """What was due in the window and acted on by its date: of what was warned of, by rung; beside it all the rest.

    A warning is told before the date has passed; one told on the very day stands by its rung, and is none ahead of the
    date. Only what has been met, in time or late, or is owed still; only timescales whose ladder warns at all.
    """
    days = (window.first_on, window.last_on, today)
    due = {one.clock: one for one in fatigue.due(db, *days) if _has_warnings(law, one.timescale)}
    plans = fatigue.first_plans(db, *days)
    planned = {id for id, one in due.items() if not one.is_met and id in plans and _day(plans[id]) <= one.due_on}
    ahead: set[str] = set()
    by_rung: dict[tuple[str, str], set[str]] = defaultdict(set)
    for said in fatigue.told_of_due(db, *days):
        one = due.get(said.clock)
        if one is None or not _is_warning(_step(law, one.timescale, said)) or _day(said.told_at) > one.due_on:
            continue
        by_rung[said.step, said.post].add(said.clock)
        if _day(said.told_at) < one.due_on:
            ahead.add(said.clock)

    def share(clocks: Iterable[str], *rung: str) -> Share:
        own = set(clocks)
        return Share(len(own), sum(due[id].is_met for id in own), len(own & planned), *rung)

    rungs = [share(by_rung[rung], *rung) for rung in _furthest_first(law, by_rung)]
    missed = [(one, id in ahead) for id, one in due.items() if not one.is_met and id not in planned]
    return Warned(rungs, share(ahead), share(due.keys() - ahead), missed)


def rungs_after(db: Connection, council: Council, window: Window, today: date) -> list[RungFigure]:
    """Each rung after the date that was told in the window, ladder by ladder, and for how many clocks it did anything.

    Something happened where the clock stopped, or we heard that it had, or a plan was made, on the day of telling or
    within so many working days of it, and before the day on which the next rung was told. What was told so lately that
    those days are not over is left out.
    """
    since = datetime.combine(window.first_on, time(), LOCAL)
    by_clock: dict[tuple[str, date], list[ToldRung]] = defaultdict(list)
    for one in fatigue.rungs(db, since):
        by_clock[one.clock, one.due_on].append(one)
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for own in by_clock.values():
        for one in own:
            until = council.calendar.add(_day(one.told_at), NUMBERS.act_within_working_days)
            if _day(one.told_at) <= window.last_on and until < today and _is_of_its_date(council.law, one):
                count = counts[ladder_of(one.timescale, council.law).id, one.step, one.post]
                count[0] += 1
                count[1] += _is_acted_on(one, _last_day(one, own, until))
    ladders = council.law.ladders.ladders.values()
    return [
        RungFigure(ladder.title, step, *counts[ladder.id, step.id, step.post])
        for ladder in ladders
        for step in ladder.steps
        if (ladder.id, step.id, step.post) in counts
    ]


def _load(name: str | date, weekly: Sequence[Mails]) -> Load:
    mails, reader_weeks = sum(one.mails for one in weekly), sum(one.readers for one in weekly)
    most = max((one.most for one in weekly), default=0)
    readers = max((one.readers for one in weekly), default=0)
    return Load(name, readers, mails, mails / reader_weeks if reader_weeks else 0.0, most)


def _furthest_first(law: Law, rungs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rungs in order of their days. Ladders may name theirs alike: they are one, with the furthest of their days."""
    days: dict[tuple[str, str], float] = {}
    for ladder in law.ladders.ladders.values():
        for step in ladder.steps:
            ahead = step.working_days if step.hours is None else step.hours / _HOURS_A_DAY
            days[step.id, step.post] = min(ahead, days.get((step.id, step.post), ahead))
    return sorted(rungs, key=lambda rung: (days[rung], rung))


def _step(law: Law, timescale: str, one: Said | ToldRung) -> Step | None:
    """The rung as the ladders have it now; None where it has been dropped."""
    return ladder_of(timescale, law).step(one.step, one.post)


def _is_warning(step: Step | None) -> bool:
    return step is not None and not step.is_after and step.of == DUE_ON


def _has_warnings(law: Law, timescale: str) -> bool:
    return any(_is_warning(step) for step in ladder_of(timescale, law).steps)


def _is_of_its_date(law: Law, one: ToldRung) -> bool:
    """Whether it is a rung after the date, and about the date that its clock still has."""
    step = _step(law, one.timescale, one)
    if step is None or not step.is_after:
        return False
    return one.due_on == (one.clock_due_on if step.of == DUE_ON else one.clock_target_due_on)


def _last_day(one: ToldRung, own: Iterable[ToldRung], until: date) -> date:
    """The last day that counts: the day before the next rung of the same clock, if that comes first.

    Rungs told on one day, after an outage or to two posts, are one another's equals.
    """
    later = [_day(other.told_at) - _DAY for other in own if _day(other.told_at) > _day(one.told_at)]
    return min([until, *later])


def _is_acted_on(one: ToldRung, last_on: date) -> bool:
    if one.stopped_on is not None and _day(one.told_at) <= one.stopped_on <= last_on:
        return True
    heard_at = one.heard_at if one.stopped_on is not None else None  # what runs again had not stopped after all
    return any(at is not None and _day(at) <= last_on for at in (heard_at, one.planned_at))


def _day(at: datetime) -> date:
    return local(at).date()
