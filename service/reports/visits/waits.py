"""The facts of the visits report: every wait for a visit, and what the events say about those not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rules.model import DUTY, Clock, Event, Outcome, Problem
from service.reports.definition import Setting
from service.reports.known import Known
from service.reports.period import Period
from service.reports.standing import fell_due, is_done, is_overdue


class Kind(NamedTuple):
    """A kind of visit: by which timescale it is timed, by which event it is held, and who sets how often."""

    timescale: str
    event: str
    title: str
    is_statutory: bool


KINDS = (
    Kind("child-protection-visit", "child-protection.visited", "Children on a protection plan", False),
    Kind("child-in-need-visit", "child-in-need.visited", "Children in need", False),
    Kind("looked-after-visit", "looked-after.visited", "Looked-after children", True),
)


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait for a visit. ``attempts``: the days on which the child was sought and not seen meanwhile.

    ``lag``: whole days from the visit to its being typed in; None where nobody said, or it was corrected.
    """

    kind: Kind
    clock: Clock
    attempts: tuple[date, ...]
    lag: int | None

    @property
    def is_in_time(self) -> bool:
        return self.clock.outcome is Outcome.MET

    @property
    def is_late(self) -> bool:
        return self.clock.outcome is Outcome.LATE

    @property
    def is_sought_in_time(self) -> bool:
        """The child was sought by the last day, and not seen then."""
        return self.clock.due_on is not None and any(on <= self.clock.due_on for on in self.attempts)

    def days_late(self, as_at: date) -> int:
        """Days past the last day: to the visit, or to ``as_at`` where none is recorded. 0 where it is not late."""
        due_on, until = self.clock.due_on, self.clock.stopped_on or as_at
        return max(0, (until - due_on).days) if due_on else 0

    @property
    def is_recorded_late(self) -> bool:
        """Held in time, and typed in after the last day."""
        stopped_on, due_on = self.clock.stopped_on, self.clock.due_on
        if not self.is_in_time or self.lag is None or stopped_on is None or due_on is None:
            return False
        return (due_on - stopped_on).days < self.lag

    @property
    def is_on_target(self) -> bool | None:
        """By the authority's own, tighter target; None where it has none."""
        if self.clock.target_due_on is None:
            return None
        return self.clock.stopped_on is not None and self.clock.stopped_on <= self.clock.target_due_on


@dataclass(frozen=True)
class Waits:
    """Every wait whose dates can be true, and what cannot be."""

    all: tuple[Wait, ...]
    flawed: tuple[Clock, ...]
    problems: tuple[Problem, ...]
    as_at: date
    _asked: dict[tuple[object, ...], list[Wait]] = field(default_factory=dict, compare=False, repr=False)
    """Every table asks for the same periods again."""

    def due(self, period: Period, kind: Kind) -> list[Wait]:
        """The visits whose last day fell in a period, and whose duty had not fallen away before it.

        One that is due on the day of asking, and may still be made, has not fallen due.
        """
        return self._those("due", period, kind, lambda clock: fell_due(clock, period, self.as_at))

    def held(self, period: Period, kind: Kind) -> list[Wait]:
        """The visits held in a period."""
        return self._those("held", period, kind, lambda clock: is_done(clock, period))

    def overdue(self, period: Period, kind: Kind) -> list[Wait]:
        """Not held, and past the last day, on the day on which the period is judged."""
        return self._those("overdue", period, kind, lambda clock: is_overdue(clock, period))

    def _those(self, what: str, period: Period, kind: Kind, is_so: Callable[[Clock], bool]) -> list[Wait]:
        asked = (what, period, kind)
        if asked not in self._asked:
            self._asked[asked] = [one for one in self.all if one.kind is kind and is_so(one.clock)]
        return self._asked[asked]


def gather(known: Known, setting: Setting) -> Waits:
    """The waits behind the report's clocks."""
    kinds = {kind.timescale: kind for kind in KINDS}
    attempts = _attempts(known.events)
    sound = [one for one in known.clocks if one.measure == DUTY and one.is_in_figures]
    return Waits(
        all=tuple(_wait(one, kinds[one.timescale], attempts, known) for one in sound),
        flawed=tuple(one for one in known.clocks if one.measure == DUTY and not one.is_in_figures),
        problems=known.problems,
        as_at=setting.as_at,
    )


def _attempts(events: Iterable[Event]) -> Mapping[tuple[str, str], list[date]]:
    """The days on which a child was sought and not seen, by event type and subject."""
    found: dict[tuple[str, str], list[date]] = {}
    for event in events:
        if event.data.get("seen") is False:
            found.setdefault((event.type, event.subject), []).append(event.happened_on)
    return found


def _wait(clock: Clock, kind: Kind, attempts: Mapping[tuple[str, str], list[date]], known: Known) -> Wait:
    days = attempts.get((kind.event, clock.subject), ())
    until = clock.stopped_on or date.max
    recorded = known.recorded.get(clock.stopped_by) if clock.stopped_by else None
    meanwhile = tuple(on for on in days if clock.started_on < on <= until)
    return Wait(kind, clock, meanwhile, recorded.lag if recorded else None)
