"""Who should be told what, and when: by set, never by edge.

What ought to be told now is worked out afresh from the clocks, and compared with what has been told or planned. An
outage, a repeat or a correction cannot lose or double anything, because no passing moment decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.errors import CannotCount
from rules.model import DUTY, Alert, AlertKey, Clock, Ladder, Step
from rules.workdays import WorkingCalendar

PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
_WAITING = (PLANNED, HELD)


class Plan(NamedTuple):
    """What to add to the alerts, what to put back that was cancelled, what to cancel, and whose team has changed."""

    to_add: tuple[Alert, ...]
    to_renew: tuple[Alert, ...]
    to_cancel: tuple[AlertKey, ...]


def plan(
    clocks: Iterable[Clock], told: Mapping[AlertKey, tuple[str, str | None]], ladder: Ladder, calendar: WorkingCalendar
) -> Plan:
    """The difference between what these clocks ask for and what has been ``told``: the state and team of each alert.

    Only a duty that still runs is told. What was sent stays sent; what waits and is no longer true is cancelled; what
    was cancelled and is true again, or now belongs to another team, is planned again.
    """
    wanted = {alert.key: alert for clock in clocks for alert in alerts_of(clock, ladder, calendar)}
    to_add = tuple(alert for key, alert in wanted.items() if key not in told)
    to_renew = tuple(alert for key, alert in wanted.items() if key in told and _is_stale(told[key], alert))
    to_cancel = tuple(key for key, (state, _team) in told.items() if state in _WAITING and key not in wanted)
    return Plan(to_add, to_renew, to_cancel)


def alerts_of(clock: Clock, ladder: Ladder, calendar: WorkingCalendar) -> list[Alert]:
    """Every alert that a clock asks for as it stands: none once it has stopped, or beside the duty."""
    if clock.outcome is not None or clock.measure != DUTY:
        return []
    alerts = []
    for step in ladder.steps:
        due_on = clock.due_on if step.of == "due_on" else clock.target_due_on
        if due_on is not None:
            moment = send_at(due_on, step, ladder, calendar)
            if clock.lapses_on is None or moment.date() < clock.lapses_on:  # by then the duty has fallen away
                alerts.append(Alert(AlertKey(clock.id, step.id, due_on, step.post), clock.team, moment))
    return alerts


def send_at(due_on: date, step: Step, ladder: Ladder, calendar: WorkingCalendar) -> datetime:
    """The local morning on which a step is told (aware): its working days after the date, past a weekend or holiday."""
    try:
        on = calendar.add(due_on, step.working_days) if step.working_days else calendar.on_or_after(due_on)
    except CannotCount:  # past every table: nobody is told of it in this life of the calendar, and no sum depends on it
        on = due_on
    return datetime.combine(on, ladder.at, ZoneInfo(ladder.zone))


def _is_stale(told: tuple[str, str | None], alert: Alert) -> bool:
    state, team = told
    return state == CANCELLED or (state in _WAITING and team != alert.team)
