"""Section 47 enquiries as the clocks tell them: one row an enquiry, measured three ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from rules.law import Law
from rules.model import DUTY, Clock, EventRef, Outcome, Problem
from rules.pairing import is_compatible
from service.reports.known import Booking, Known
from service.reports.period import Period
from service.reports.standing import is_done, is_open, is_overdue

CONFERENCE = "initial-child-protection-conference"
REVIEW = "review-strategy-meeting"
BY_FIRST_MEETING, BY_DFE = "first_strategy_meeting", "dfe"


class Enquiry(NamedTuple):
    """An enquiry: the duty's clock, and the clocks of the other two starts where there are any.

    Days are working days to the conference from the start each is named for; None where it was not held, or there was
    no such start. ``lag``: days from the conference to its being typed in.
    """

    duty: Clock
    by_meeting: Clock | None
    by_dfe: Clock | None
    days: int | None
    days_from_meeting: int | None
    days_by_dfe: int | None
    to_meeting: int | None
    lag: int | None
    booked_on: date | None

    @property
    def is_in_time(self) -> bool:
        return self.duty.outcome is Outcome.MET

    @property
    def is_in_time_from_meeting(self) -> bool:
        return self.by_meeting is not None and self.by_meeting.outcome is Outcome.MET

    @property
    def is_in_time_by_dfe(self) -> bool:
        return self.by_dfe is not None and self.by_dfe.outcome is Outcome.MET

    @property
    def is_hidden(self) -> bool:
        """Late, and in time if counted from the first strategy meeting."""
        return self.is_in_time_from_meeting and not self.is_in_time

    def is_hidden_on(self, on: date) -> bool:
        """The same of one that runs still: past the limit, and not past it if counted from the first meeting."""
        due_on, other = self.duty.due_on, self.by_meeting
        if self.duty.stopped_on is not None:
            return self.duty.outcome is Outcome.LATE and self.is_hidden
        if due_on is None or other is None or other.due_on is None:
            return False
        return due_on < on <= other.due_on


class Enquiries(NamedTuple):
    """All that a report on section 47 is made of. What cannot be right stands in ``flawed`` and ``problems`` only."""

    all: tuple[Enquiry, ...]
    reviews: tuple[Clock, ...]
    flawed: tuple[Clock, ...]
    problems: tuple[Problem, ...]
    horizon_on: date
    """The last of the next working days that the report looks ahead."""

    def held(self, period: Period) -> list[Enquiry]:
        """Conferences held in the period."""
        return [one for one in self.all if is_done(one.duty, period)]

    def ended(self, period: Period) -> list[Enquiry]:
        """Enquiries that ended in the period without a conference."""
        return [one for one in self.all if one.duty.outcome is Outcome.ENDED and one.duty.stopped_on in period]

    def overdue(self, period: Period) -> list[Enquiry]:
        """Open when the period closed, and past the limit on the day it is judged."""
        return [one for one in self.all if is_overdue(one.duty, period)]

    def unjudged(self, period: Period) -> list[Clock]:
        """The same of conferences whose dates cannot be right: listed with what is wrong, and in no figure."""
        return [one for one in self.flawed if one.timescale == CONFERENCE and is_overdue(one, period)]

    def due_next(self, period: Period) -> list[Enquiry]:
        """Open, and due from the day the period is judged to the end of the days looked ahead."""
        return [
            one
            for one in self.all
            if is_open(one.duty, period) and one.duty.due_on and period.judged_on <= one.duty.due_on <= self.horizon_on
        ]

    def due_in(self, period: Period) -> list[Enquiry]:
        """Conferences whose last day fell in the period, but for those that were not needed in the end."""
        return [one for one in self.all if one.duty.due_on in period and one.duty.outcome is not Outcome.ENDED]

    def reviews_held(self, period: Period) -> list[Clock]:
        return [one for one in self.reviews if is_done(one, period)]

    def reviews_overdue(self, period: Period) -> list[Clock]:
        return [one for one in self.reviews if is_overdue(one, period)]


def gather(known: Known, law: Law, horizon_on: date) -> Enquiries:
    """Puts the clocks of each enquiry together: by the conference that stopped them, or before it by their key."""
    sound = [one for one in known.clocks if one.problem is None]
    own = [one for one in sound if one.timescale == CONFERENCE]
    duties = [one for one in own if one.measure == DUTY]
    others = _Others([one for one in own if one.measure != DUTY])
    bookings: dict[str, list[Booking]] = {}
    for booking in known.bookings:
        bookings.setdefault(booking.subject, []).append(booking)
    return Enquiries(
        all=tuple(_enquiry(duty, others, known, bookings, law) for duty in sorted(duties, key=_order)),
        reviews=tuple(sorted((one for one in sound if one.timescale == REVIEW), key=_order)),
        flawed=tuple(one for one in known.clocks if one.problem is not None and one.measure == DUTY),
        problems=known.problems,
        horizon_on=horizon_on,
    )


class _Others:
    """The clocks of the other starts, to be found by the event that stopped them, or by their key."""

    def __init__(self, clocks: Sequence[Clock]) -> None:
        self._by_stop: dict[tuple[str, str, EventRef], Clock] = {}
        self._open: dict[tuple[str, str, str | None], Clock] = {}
        for clock in clocks:
            if clock.stopped_by is None:
                self._open.setdefault((clock.measure, clock.subject, clock.key), clock)
            else:
                self._by_stop.setdefault((clock.measure, clock.subject, clock.stopped_by), clock)

    def of(self, duty: Clock, measure: str) -> Clock | None:
        if duty.stopped_by is None:
            return self._open.get((measure, duty.subject, duty.key))
        return self._by_stop.get((measure, duty.subject, duty.stopped_by))


def _enquiry(
    duty: Clock, others: _Others, known: Known, bookings: Mapping[str, Sequence[Booking]], law: Law
) -> Enquiry:
    by_meeting, by_dfe = others.of(duty, BY_FIRST_MEETING), others.of(duty, BY_DFE)
    recorded = known.recorded.get(duty.stopped_by) if duty.stopped_by else None
    is_held = duty.outcome is not None and duty.outcome is not Outcome.ENDED
    return Enquiry(
        duty=duty,
        by_meeting=by_meeting,
        by_dfe=by_dfe,
        days=_days(duty, law),
        days_from_meeting=_days(by_meeting, law),
        days_by_dfe=_days(by_dfe, law),
        to_meeting=_elapsed(duty, duty.started_on, by_meeting.started_on, law) if by_meeting else None,
        lag=recorded.lag if recorded and is_held else None,
        booked_on=_booked(duty, bookings.get(duty.subject, ())),
    )


def _days(clock: Clock | None, law: Law) -> int | None:
    """Working days that the clock ran until the conference."""
    if clock is None or clock.stopped_on is None or clock.outcome is Outcome.ENDED:
        return None
    return _elapsed(clock, clock.counted_from_on, clock.stopped_on, law)


def _elapsed(clock: Clock, start_on: date, stop_on: date, law: Law) -> int:
    """The shortest limit in working days that this would have met, in the calendar that the clock is counted in.

    So a conference on the Saturday after day 15 took 16 days, and is never both late and within 15.
    """
    measures = law.timescales[clock.timescale].measures
    version = next(
        version
        for measure in measures
        if measure.id == clock.measure
        for version in measure.versions
        if version.starts_on == clock.version_on
    )
    calendar = law.calendars[version.calendar]
    return 0 if stop_on <= start_on else calendar.elapsed(start_on, calendar.on_or_after(stop_on))


def _booked(duty: Clock, bookings: Sequence[Booking]) -> date | None:
    own = [one for one in bookings if is_compatible(one.key, duty.key)]
    exact = [one.planned_on for one in own if one.key == duty.key]
    return max(exact or [one.planned_on for one in own], default=None)


def _order(clock: Clock) -> tuple[object, ...]:
    return (clock.started_on, clock.subject, clock.key or "", clock.id)
