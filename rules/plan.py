"""Who should be told what, and when: by set, never by edge.

What ought to be told now is worked out afresh from the clocks, and compared with what has been told or planned. An
outage, a repeat or a correction cannot lose or double anything, because no passing moment decides it.

Of each clock only the next rung is planned, of its due date and of its target apart: what is told at its moment
(``due_rungs``) is worked out then, and the one after it is planned in the same transaction. So a clock has one row
waiting for each date, however long its ladder is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.law import Law
from rules.model import TARGET_DUE_ON, Alert, AlertKey, Clock, Outcome
from rules.rungs import Rung, ladder_of, rungs_of

PLANNED, HELD, WRITTEN, CANCELLED, SAID, TAKEN_BACK = "planned", "held", "written", "cancelled", "said", "taken_back"
_WAITING = (PLANNED, HELD, WRITTEN)
_OPEN = (PLANNED, HELD, CANCELLED, TAKEN_BACK)
"""What can still be told. What is written into a message can be cancelled or move, and goes into no other message."""
CORRECTED, PLAN, LAPSED = "corrected:", "plan:", "lapsed:"
"""What begins the step of an alert that is no rung: a correction of one, a plan made below, a plan whose day passed."""


class Told(NamedTuple):
    """What has been told or planned: its state as known here, for which team, from which moment on, of what."""

    state: str
    team: str | None
    send_at: datetime
    timescale: str
    told_at: datetime | None = None
    """When it was said; None: about when it was to be."""


class Plan(NamedTuple):
    """What to add to the alerts, what to put back or move to another team or moment, and what to cancel.

    ``to_correct``: what was said and has turned out untrue, with the correction among ``to_add``. ``to_restore``: what
    was to be corrected and is true after all, before anybody was told.
    """

    to_add: tuple[Alert, ...] = ()
    to_renew: tuple[Alert, ...] = ()
    to_cancel: tuple[AlertKey, ...] = ()
    to_correct: tuple[AlertKey, ...] = ()
    to_restore: tuple[AlertKey, ...] = ()


def plan(clocks: Iterable[Clock], told: Mapping[AlertKey, Told], law: Law) -> Plan:
    """The difference between what these clocks ask for and what has been ``told`` of them, or of clocks now gone.

    Only a duty that still runs is told. What was said stays said unless it has turned out untrue; what waits and is no
    longer true is cancelled; what was cancelled and is true again, or has another team or moment, is planned again.
    """
    by_clock: dict[str, dict[AlertKey, Told]] = {}
    for key, one in told.items():
        by_clock.setdefault(key.clock, {})[key] = one
    plans = [_plan_of(clock, by_clock.pop(clock.id, {}), law) for clock in clocks]
    plans += [_plan_of(None, known, law) for known in by_clock.values()]
    if len(plans) == 1:
        return plans[0]
    return Plan(
        tuple(alert for plan in plans for alert in plan.to_add),
        tuple(alert for plan in plans for alert in plan.to_renew),
        tuple(key for plan in plans for key in plan.to_cancel),
        tuple(key for plan in plans for key in plan.to_correct),
        tuple(key for plan in plans for key in plan.to_restore),
    )


def due_rungs(rungs: Sequence[Rung], told: Mapping[AlertKey, Told], now: datetime) -> tuple[list[Rung], list[Rung]]:
    """What is told of one clock at ``now``, and what is passed over because a later rung of the same post says more.

    Each post is told, of the due date and of the target apart, the furthest rung that has come and that it has not been
    told: after an outage nobody is warned first of what is late by now.
    """
    come = [rung for rung in rungs if rung.send_at <= now and _is_open(rung.key, told)]
    last = {(rung.key.post, rung.step.of): rung for rung in come}
    return list(last.values()), [rung for rung in come if last[rung.key.post, rung.step.of] is not rung]


def next_rungs(rungs: Iterable[Rung], told: Mapping[AlertKey, Told]) -> list[Rung]:
    """The first rung that has neither been told nor passed over, of the due date and of the target apart.

    One of them may never be told, being of a day before the team was released: it must not keep the other waiting.
    """
    first: dict[str, Rung] = {}
    for rung in rungs:
        if _is_open(rung.key, told):
            first.setdefault(rung.step.of, rung)
    return list(first.values())


def alert_of(rung: Rung, team: str | None) -> Alert:
    """The alert that a rung is."""
    return Alert(rung.key, team, rung.send_at)


def corrects(key: AlertKey) -> AlertKey:
    """What a correction corrects."""
    return key._replace(step=key.step.removeprefix(CORRECTED))


def is_rung(step: str) -> bool:
    """Whether a step is one of a ladder."""
    return ":" not in step


def _plan_of(clock: Clock | None, told: Mapping[AlertKey, Told], law: Law) -> Plan:
    rungs = rungs_of(clock, law) if clock else []
    if not told:
        return Plan(tuple(alert_of(rung, clock.team) for rung in next_rungs(rungs, told))) if clock else Plan()
    restored = tuple(key for key in told if _is_true_again(key, told, clock, law))
    stands = {key: one._replace(state=SAID) if key in restored else one for key, one in told.items()}
    untrue = tuple(key for key, one in told.items() if one.state == SAID and not _is_true(key, one, clock, law))
    wanted = {alert.key: alert for alert in _wanted(clock, rungs, stands)}
    corrections = [Alert(_correction(key), told[key].team, told[key].send_at) for key in untrue]
    return Plan(
        tuple(alert for key, alert in wanted.items() if key not in told)
        + tuple(alert for alert in corrections if alert.key not in told),
        tuple(alert for key, alert in wanted.items() if key in told and _is_stale(told[key], alert))
        + tuple(alert for alert in corrections if alert.key in told),
        tuple(key for key, one in stands.items() if one.state in _WAITING and _is_idle(key, wanted, restored)),
        untrue,
        restored,
    )


def _wanted(clock: Clock | None, rungs: Sequence[Rung], told: Mapping[AlertKey, Told]) -> Iterator[Alert]:
    """The next rungs, what is written into a message and is still a rung, and what is to be said of a plan."""
    if clock is None or clock.outcome is not None:
        return
    upcoming = next_rungs(rungs, told)
    for rung in rungs:
        if rung in upcoming or (rung.key in told and told[rung.key].state == WRITTEN):
            yield alert_of(rung, clock.team)
    for key, one in told.items():
        is_put_back = one.state == CANCELLED and key.step.startswith(LAPSED)  # it stopped, and runs again
        if is_put_back or (one.state in _WAITING and key.step.startswith((PLAN, LAPSED))):
            yield Alert(key, clock.team, one.send_at)


def _is_idle(key: AlertKey, wanted: Mapping[AlertKey, Alert], restored: Sequence[AlertKey]) -> bool:
    """Whether what waits has lost its reason."""
    return corrects(key) in restored if key.step.startswith(CORRECTED) else key not in wanted


def _is_true(key: AlertKey, told: Told, clock: Clock | None, law: Law) -> bool:
    """Whether what was said still holds: that the date had passed by then. What was no more than a warning always does.

    A clock that was late in the end was late: which day it was first said on is nothing to write to anybody about.
    """
    step = ladder_of(told.timescale, law).step(key.step, key.post)
    if not is_rung(key.step) or (step is not None and not step.is_after):
        return True
    is_target = step is not None and step.of == TARGET_DUE_ON
    due_on = None if clock is None else clock.target_due_on if is_target else clock.due_on
    if clock is None or due_on is None:
        return False
    if clock.stopped_on is not None:
        return clock.stopped_on > due_on or (clock.outcome is Outcome.LATE and not is_target)
    if clock.due_at is not None and not is_target:
        return clock.due_at <= (told.told_at or told.send_at)
    return due_on < (told.told_at or told.send_at).astimezone(ZoneInfo(law.ladders.zone)).date()


def _is_true_again(key: AlertKey, told: Mapping[AlertKey, Told], clock: Clock | None, law: Law) -> bool:
    """Whether it was taken back, nobody has been told so yet, and it holds after all."""
    if told[key].state != TAKEN_BACK:
        return False
    correction = told.get(_correction(key))
    return correction is not None and correction.state in _WAITING and _is_true(key, told[key], clock, law)


def _correction(key: AlertKey) -> AlertKey:
    return key._replace(step=CORRECTED + key.step)


def _is_open(key: AlertKey, told: Mapping[AlertKey, Told]) -> bool:
    return key not in told or told[key].state in _OPEN


def _is_stale(told: Told, alert: Alert) -> bool:
    if told.state in _WAITING:
        return told.team != alert.team or told.send_at != alert.send_at
    return told.state in _OPEN
