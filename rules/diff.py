"""What evaluating again did to a subject's clocks: every change with its reason. ``diff(x, x)`` is empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from rules.model import Change, ChangeKind, Clock, EventRef, Outcome, local_time


def diff(before: Iterable[Clock], after: Iterable[Clock]) -> list[Change]:
    """The changes that lead from one set of clocks to the other, in the order of the clocks after, then those gone."""
    old = {clock.id: clock for clock in before}
    changes: list[Change] = []
    for clock in after:
        was = old.pop(clock.id, None)
        if was is None:
            changes.append(
                Change(ChangeKind.STARTED, None, clock, _started(clock), clock.stopped_by or clock.started_by)
            )
        elif was != clock:
            changes.append(_changed(was, clock))
    changes += [_withdrawn(clock) for clock in old.values()]
    return changes


def moved_fields(change: Change) -> Mapping[str, tuple[object, object]]:
    """What differs, field by field: (before, after). Empty for a clock that started or was withdrawn whole."""
    if change.before is None or change.after is None:
        return {}
    names = Clock._fields
    pairs = {name: (getattr(change.before, name), getattr(change.after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _started(clock: Clock) -> str:
    words = f"started on {_day(clock.started_on)}, {_due(clock)}"
    return f"{words}; {_over(clock)}" if clock.outcome else words


def _changed(was: Clock, now: Clock) -> Change:
    kind, reason, cause = _kind(was, now)
    if kind is not ChangeKind.UPDATED and was.team == now.team and was.answerable_team != now.answerable_team:
        reason += f"; {_who_answers(now)}"
    if was.team and now.team is None:
        reason += "; no team is recorded for it any more"
    return Change(kind, was, now, reason, cause)


def _kind(was: Clock, now: Clock) -> tuple[ChangeKind, str, EventRef]:
    if was.outcome is None and now.outcome is not None:
        assert now.stopped_by is not None
        kind = ChangeKind.ENDED if now.outcome is Outcome.ENDED else ChangeKind.STOPPED
        return kind, _over(now), now.stopped_by
    if was.outcome is not None and now.outcome is None:
        assert was.stopped_by is not None
        return ChangeKind.REOPENED, f"runs again: what stopped it no longer stands; {_due(now)}", was.stopped_by
    if _dates(was) != _dates(now):
        return ChangeKind.MOVED, _moved(was, now), now.started_by
    if (was.stopped_on, was.outcome) != (now.stopped_on, now.outcome):
        return ChangeKind.MOVED, f"{_over(now)} (before: {_over(was)})", now.stopped_by or now.started_by
    return ChangeKind.UPDATED, _why_updated(was, now), now.stopped_by or now.started_by


def _withdrawn(clock: Clock) -> Change:
    reason = "withdrawn: what started it was taken back, corrected away, or belongs to a duty already running"
    return Change(ChangeKind.WITHDRAWN, clock, None, reason, clock.started_by)


def _moved(was: Clock, now: Clock) -> str:
    if _dates(was)[:-1] == _dates(now)[:-1]:
        target = _day(now.target_due_on) if now.target_due_on else "gone"
        before = _day(was.target_due_on) if was.target_due_on else "none"
        return f"the authority's own target is {target} (before: {before}); still {_due(now)}"
    return f"{_why_moved(was, now)}: {_due(now)} (before: {_due(was)})"


def _why_moved(was: Clock, now: Clock) -> str:
    if was.started_on != now.started_on:
        return f"the start is now {_day(now.started_on)} (before: {_day(was.started_on)})"
    if was.counted_from_on != now.counted_from_on:
        return f"it is now counted from {_day(now.counted_from_on)}"
    if was.version_on != now.version_on:
        return f"the version of the law in force from {_day(now.version_on)} governs it"
    if was.limit != now.limit:
        return f"the limit is now {now.limit.words if now.limit else 'not set'}"
    if was.due_on == now.due_on and was.due_at != now.due_at:
        return "the hour that it is counted from, or an extension of it, changed"
    if said := [flag for flag in now.flags if flag not in was.flags]:
        return "; ".join(said)
    return "the days that it counts changed: an extension, a pause, or the calendar"


def _why_updated(was: Clock, now: Clock) -> str:
    if was.team != now.team:
        if now.team and now.answerable_team and was.answerable_team == now.answerable_team != now.team:
            return "another team has it; the one that had it on its last day answers for its figures"
        return "another team has it" if now.team else "its dates did not change"
    if was.answerable_team != now.answerable_team:
        return _who_answers(now)
    if was.worker != now.worker:
        return "another worker has it"
    if was.answerable_worker != now.answerable_worker:
        return "another worker had it on its last day"
    if was.subject != now.subject:
        return "the subject is now known by another reference"
    return "what is shown beside it changed; its dates did not"


def _who_answers(clock: Clock) -> str:
    if clock.answerable_team is None:
        return "no team is recorded as having had it on its last day"
    return "another team had it on its last day, and answers for its figures"


def _over(clock: Clock) -> str:
    on = _day(clock.stopped_on) if clock.stopped_on else "an unknown day"
    if clock.outcome is Outcome.ENDED:
        return f"ended on {on}: {clock.ended_because}"
    if clock.outcome is Outcome.DONE:
        return f"done on {on}; no limit is set to judge it by"
    if clock.outcome is Outcome.MET:
        return f"met on {on}"
    return f"stopped on {on}, late"


def _dates(clock: Clock) -> tuple[date | datetime | None, ...]:
    """What moves, the authority's own target last."""
    return clock.started_on, clock.due_on, clock.due_at, clock.target_due_on


def _due(clock: Clock) -> str:
    if clock.due_at is not None:
        return f"due {local_time(clock.due_at):%Y-%m-%d %H:%M}"
    return f"due {_day(clock.due_on)}" if clock.due_on else "no due date"


def _day(on: date) -> str:
    return on.isoformat()
