"""How a clock stood when a period was judged: the same for every report, and the same again in every later report."""

from __future__ import annotations

from datetime import date

from rules.model import Clock, Outcome
from service.reports.period import Period


def is_done(clock: Clock, period: Period) -> bool:
    """Met, or stopped late or with no limit, in the period."""
    return clock.stopped_on in period and clock.outcome is not Outcome.ENDED


def is_open(clock: Clock, period: Period) -> bool:
    """Begun, and not stopped, when the period closed."""
    closes_on = period.closes_on
    return clock.started_on <= closes_on and (clock.stopped_on is None or clock.stopped_on > closes_on)


def is_overdue(clock: Clock, period: Period) -> bool:
    """Open when the period closed, and past its last day on the day on which that is judged."""
    return is_open(clock, period) and clock.due_on is not None and clock.due_on < period.judged_on


def fell_due(clock: Clock, period: Period, as_at: date) -> bool:
    """Its last day fell in the period, and its duty had not fallen away.

    What is due on ``as_at``, the day of asking, and may still be done, has not fallen due.
    """
    if clock.due_on is None or clock.due_on not in period or clock.outcome is Outcome.ENDED:
        return False
    return clock.stopped_on is not None or clock.due_on < as_at
