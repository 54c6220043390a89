"""From a run and the version that governs it to its due date: one sum, done here for the clock and for its explanation.

Day 0 is the start, unless the law counts from another event, or back from a date; then come, in this order, the limit
(the law's, the plan's own, or that of the phase in force), lawful pauses, and lawful extensions.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from rules import extending, phases
from rules.ages import ByType, born_on
from rules.catalogue import read_limit
from rules.errors import CannotCount
from rules.extending import Grant
from rules.history import IN_ORDER
from rules.law import Law
from rules.model import Anchor, Event, Limit, Measure, PlanLimit, Unit, Version, local_day
from rules.pairing import Run, is_compatible
from rules.phases import Stretch
from rules.workdays import due, due_at

PLAN_CHANGED = "the plan changed while this was awaited; the earlier of the two dates governs"
NO_MOMENT = "the time of day was not recorded, so whole days are counted"
NO_DATE = "no date is given to count back from"
TOO_SHORT = "it was planned so late that the time had run out already"

_HOURS = Unit.HOURS
_HOURS_A_DAY = 24


class Reckoning(NamedTuple):
    """What a sum comes to, and the steps it took. ``counted_from_on`` is day 0 of ``limit``."""

    counted_from_on: date
    limit: Limit | None
    due_on: date | None
    is_provisional: bool = False
    flags: tuple[str, ...] = ()
    target_due_on: date | None = None
    due_at: datetime | None = None
    phase: str | None = None
    stretches: tuple[Stretch, ...] = ()
    pauses: tuple[tuple[Event, Event | None], ...] = ()
    grants: tuple[Grant, ...] = ()
    without_grants_on: date | None = None
    """Where the limit itself ran out, before any extension."""


class Reckoner:
    """The sums of one measure for one subject."""

    def __init__(self, measure: Measure, by_type: ByType, law: Law) -> None:
        self.measure = measure
        self.by_type = by_type
        self.law = law
        self._plans: dict[date, list[tuple[date, str | None, Limit]]] = {}

    def reckon(self, run: Run, version: Version) -> Reckoning:
        """The due date of a run under a version. Raises CannotCount."""
        start_on = run.start.happened_on
        if version.plan_limit is not None:
            sum_ = self._by_plan(run, version, version.plan_limit)
            if version.target is None and not version.extensions:
                return sum_
        elif version.phases:
            sum_ = self._phased(run, version)
        elif version.limit is None:
            sum_ = Reckoning(start_on, None, None)
        elif version.before is not None:
            sum_ = self._before(run, version, version.limit)
        elif version.limit.unit is _HOURS:
            sum_ = self._in_hours(run, version, version.limit)
        else:
            sum_ = self._plain(run, version, version.limit)
        if version.target is not None:
            target = due(start_on, version.target.limit, self.law.calendars[version.calendar], version.counting)
            sum_ = sum_._replace(target_due_on=target.due_on)
        if version.pauses or version.extensions:
            sum_ = self._lengthened(run, version, sum_)
        return sum_

    def _plain(self, run: Run, version: Version, limit: Limit) -> Reckoning:
        start_on = run.start.happened_on
        flags: tuple[str, ...] = ()
        if version.counted_from is not None:
            anchor = self.anchor(run, version.counted_from)
            if anchor is None:
                flags = (version.counted_from.flag,)
            else:
                start_on = anchor.happened_on
        due_on, is_provisional = due(start_on, limit, self.law.calendars[version.calendar], version.counting)
        return _plainly(start_on, limit, due_on, is_provisional, flags)

    def anchor(self, run: Run, anchor: Anchor) -> Event | None:
        """The first event, from the start to the stop, from which a version counts."""
        over = run.over
        for event in self.by_type.get(anchor.trigger.event, ()):
            if (
                event.happened_on >= run.start.happened_on
                and (over is None or event.happened_on <= over.happened_on)
                and is_compatible(event.key, run.key)
                and anchor.trigger.matches(event)
            ):
                return event
        return None

    def _before(self, run: Run, version: Version, limit: Limit) -> Reckoning:
        """Counted back from a date that the start itself carries; that date is never counted."""
        assert version.before is not None
        zero = run.start.day_in(version.before)
        if zero is None:
            return Reckoning(run.start.happened_on, None, None, flags=(NO_DATE,))
        back = Limit(-limit.count, limit.unit)
        due_on, is_provisional = due(zero, back, self.law.calendars[version.calendar], version.counting)
        flags = (TOO_SHORT,) if due_on < run.start.happened_on else ()
        return Reckoning(zero, limit, due_on, is_provisional, flags)

    def _in_hours(self, run: Run, version: Version, limit: Limit) -> Reckoning:
        """Elapsed hours from a moment; from a day whose hour nobody recorded, whole days."""
        start_on, start_at = run.start.happened_on, run.start.happened_at
        if start_at is None:
            days = Limit(-(-limit.count // _HOURS_A_DAY), Unit.DAYS)
            due_on, _ = due(start_on, days, self.law.calendars[version.calendar])
            return Reckoning(start_on, limit, due_on, flags=(NO_MOMENT,))
        moment = due_at(start_at.astimezone(UTC), limit)
        return Reckoning(start_on, limit, local_day(moment), due_at=moment)

    def _phased(self, run: Run, version: Version) -> Reckoning:
        calendar = self.law.calendars[version.calendar]
        stretches, flags = phases.stretches(run, version, (self.by_type, calendar, born_on(self.by_type)))
        last = stretches[-1]
        target = last.phase.target
        target_due_on = due(last.counted_from_on, target.limit, calendar, version.counting).due_on if target else None
        return Reckoning(
            last.counted_from_on,
            last.phase.limit,
            last.due_on,
            last.is_provisional,
            flags,
            target_due_on,
            phase=last.phase.id,
            stretches=stretches,
        )

    def _lengthened(self, run: Run, version: Version, sum_: Reckoning) -> Reckoning:
        """The sum with its lawful pauses and extensions."""
        calendar = self.law.calendars[version.calendar]
        flags = sum_.flags
        paused = extending.pauses(run, version, self.by_type)
        if paused and sum_.limit is not None and sum_.due_on is not None:
            due_on, is_provisional = extending.paused(sum_.counted_from_on, sum_.limit, paused, calendar)
            sum_ = sum_._replace(due_on=due_on, is_provisional=is_provisional, pauses=paused)
            flags = (*flags, *extending.flags_of_pauses(paused))
        if version.extensions and sum_.due_on is not None:
            grants = extending.grants(run, version, sum_.due_on, (self.by_type, calendar))
            if grants:
                flags = (*flags, *extending.flags_of_grants(grants))
                sum_ = sum_._replace(due_on=grants[-1].due_on, grants=grants, without_grants_on=sum_.due_on)
                sum_ = sum_._replace(is_provisional=sum_.is_provisional or any(one.is_provisional for one in grants))
        return sum_._replace(flags=flags)

    def _by_plan(self, run: Run, version: Version, plan: PlanLimit) -> Reckoning:
        """The plan's own frequency, as it stood when the wait began, and as it was changed while it lasted.

        A change during the wait is counted from its own day, and the earliest of the dates governs: so a plan that is
        tightened takes effect at once without making anybody late for a day already past, and one that is loosened
        takes effect from the next visit.
        """
        start_on, over, key = run.start.happened_on, run.stop or run.end, run.key
        base, waits = plan.otherwise, []
        for on, other_key, limit in self._said_by(plan, version.starts_on):
            if other_key == key or other_key is None or key is None:
                if on <= start_on:
                    base = limit
                elif over is None or on <= over.happened_on:
                    waits.append((on, limit))
        waits = [(start_on, limit) for limit in (base, plan.maximum) if limit] + waits
        calendar, counting = self.law.calendars[version.calendar], version.counting
        best = None
        for on, limit in waits:
            due_on, is_provisional = due(on, limit, calendar, counting)
            if best is None or due_on < best[2]:
                best = (on, limit, due_on, is_provisional)
        if best is None:
            return Reckoning(start_on, None, None)
        return _plainly(*best, (PLAN_CHANGED,) if best[0] > start_on else ())

    def _said_by(self, plan: PlanLimit, version_on: date) -> list[tuple[date, str | None, Limit]]:
        """Every time the plan set its frequency, in the order it happened: day, key, limit. Found once a version."""
        said = self._plans.get(version_on)
        if said is None:
            events = [event for name in plan.events for event in self.by_type.get(name, ()) if plan.field in event.data]
            events.sort(key=IN_ORDER)
            said = self._plans[version_on] = [
                (event.happened_on, event.key, _read(event, plan.field)) for event in events
            ]
        return said


def _plainly(zero: date, limit: Limit, due_on: date, is_provisional: bool, flags: tuple[str, ...]) -> Reckoning:
    """A sum of one step: as Reckoning(…), in half the time."""
    return tuple.__new__(Reckoning, (zero, limit, due_on, is_provisional, flags, *_NO_STEPS))


_NO_STEPS = tuple(Reckoning(date.min, None, None))[5:]


def _read(event: Event, field: str) -> Limit:
    try:
        return read_limit(str(event.data[field]))
    except ValueError as error:
        raise CannotCount(f"{field} of {event.type}: {error}") from None
