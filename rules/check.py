"""What cannot be right in a pack, found before anything is computed. Each refusal: file, line, key, reason, fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules import load
from rules.catalogue import CATALOGUE, EventType, nearest
from rules.evaluate import evaluate
from rules.law import Law
from rules.model import DUTY, Clock, Counting, Example, Limit, Timescale, Unit
from rules.workdays import WorkingCalendar, due

_DAY = timedelta(days=1)
_MARGIN = timedelta(days=2 * 366)
_COMMON_FIELDS = frozenset({"happened_on", "happened_at", "recorded_at", "key", "worker", "team"})
_HOURS = "clocks run from day to day, and hours need a moment: give it in days, or leave this timescale out for now"

Place = tuple[object, ...]
Found = Iterator[tuple[Place, str]]
Triggers = Sequence[load.TriggerShape | load.StopShape | load.EndShape]


def refusals_of_file(
    file: Path, shape: load.TimescaleShape, known: Mapping[str, Timescale], calendars: Mapping[str, WorkingCalendar]
) -> list[str]:
    """What is wrong in one timescale's file that its shape alone does not show."""
    found = list(_misnamed(file, shape, known))
    found += _unknown_events(shape)
    found += _double_duty((), shape, shape)
    found += _bad_versions(("versions",), shape.versions, shape.kind, calendars)
    for name, measure in shape.measures.items():
        found += _double_duty(("measures", name), measure, shape)
        found += _bad_versions(("measures", name, "versions"), measure.versions or [], shape.kind, calendars)
    for name, reading in shape.readings.items():
        found += _double_duty(("readings", name), reading, shape)
        if _is_in_hours(reading.limit):
            found.append((("readings", name, "limit"), _HOURS))
    for nth, example in enumerate(shape.examples):
        if example.reading is not None and example.reading not in shape.readings:
            reason = f"no reading {example.reading}: name one of {', '.join(shape.readings) or '[readings]'}"
            found.append((("examples", nth, "reading"), reason))
    return [load.refusal(file, path, reason) for path, reason in found]


def refusals_of_ladder(file: Path, shape: load.LadderShape, calendars: Mapping[str, WorkingCalendar]) -> list[str]:
    """What is wrong in a ladder that its shape alone does not show."""
    found: list[tuple[Place, str]] = []
    if shape.calendar not in calendars:
        found.append((("calendar",), f"no calendar {shape.calendar}: there is {', '.join(calendars)}"))
    try:
        ZoneInfo(shape.zone)
    except (ZoneInfoNotFoundError, ValueError):
        found.append((("zone",), f"no time zone {shape.zone}: name one as in Europe/London"))
    seen: set[str] = set()
    for nth, step in enumerate(shape.steps):
        if step.id in seen:
            found.append((("steps", nth, "id"), f"two steps are called {step.id}: name each one differently"))
        seen.add(step.id)
    return [load.refusal(file, path, reason) for path, reason in found]


def refusals_of(law: Law, packs: Path = load.PACKS) -> list[str]:
    """What is wrong in the law as a whole: the worked examples that do not come out."""
    return [
        load.refusal(packs / timescale.file, ("examples", nth), f"'{example.title}': {difference}")
        for timescale in law.timescales.values()
        for nth, example in enumerate(timescale.examples)
        if (difference := _difference(timescale, example, law))
    ]


def loose_target(
    target: Limit, limit: Limit, window: tuple[date, date | None], counted: tuple[WorkingCalendar, Counting]
) -> str | None:
    """A local target is never looser than the limit, whichever day it starts on: every day there is, is tried."""
    calendar, counting = counted
    on = max(window[0], calendar.covered_from)
    last = min(window[1] or date.max, calendar.covered_until - _MARGIN)
    while on <= last:
        target_on = due(on, target, calendar, counting).due_on
        limit_on = due(on, limit, calendar, counting).due_on
        if target_on > limit_on:
            return (
                f"{target} is looser than the limit of {limit} (from {on.isoformat()} it would be "
                f"{target_on.isoformat()}, after {limit_on.isoformat()}): a target may only be tighter"
            )
        on += _DAY
    return None


def _misnamed(file: Path, shape: load.TimescaleShape, known: Mapping[str, Timescale]) -> Found:
    if file.stem != shape.id:
        yield ("id",), f"the file is named {file.stem}: name it {shape.id}.toml, so that it can be found"
    if file.parent.name != shape.area:
        yield ("area",), f"the file lies in {file.parent.name}: move it to {shape.area}/"
    if shape.id in known:
        yield ("id",), f"{known[shape.id].file} has this id already: choose another, or set a target instead"


def _unknown_events(shape: load.TimescaleShape) -> Found:
    for path, event, where in _named_events(shape):
        kind = CATALOGUE.get(event)
        if kind is None:
            near = nearest(event, CATALOGUE)
            hint = f"did you mean {near}?" if near else "name one of rules/catalogue.toml"
            yield path, f"unknown event type {event}: {hint}"
        else:
            yield from _unknown_fields(path, kind, where)


def _unknown_fields(path: Place, kind: EventType, where: Mapping[str, object]) -> Found:
    for name, value in where.items():
        field = kind.fields.get(name)
        here = (*path[:-1], "where", name) if path[-1] == "event" else path
        if field is None and name not in _COMMON_FIELDS:
            known = ", ".join(kind.fields) or "no fields of its own"
            yield here, f"{kind.name} has no field {name}: use one it has ({known})"
        elif field is not None and field.codes:
            for code in _values(value):
                if code not in field.codes:
                    yield here, f"{code} is never sent: use one of {', '.join(field.codes)}"


def _values(value: object) -> Sequence[object]:
    if isinstance(value, load.WhereShape):
        return value.is_not
    return value if isinstance(value, list) else [value]


def _named_events(shape: load.TimescaleShape) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    """Every event type that a file names, with its place, and the fields asked of it."""
    parts: list[tuple[Place, load.TimescaleShape | load.MeasureShape | load.ReadingShape]] = [((), shape)]
    parts += [(("measures", name), measure) for name, measure in shape.measures.items()]
    parts += [(("readings", name), reading) for name, reading in shape.readings.items()]
    for prefix, part in parts:
        for key in ("start", "stop", "end", "exists_if"):
            for nth, trigger in enumerate(getattr(part, key, None) or ()):
                yield (*prefix, key, nth, "event"), trigger.event, trigger.where
        for nth, version in enumerate(getattr(part, "versions", None) or ()):
            yield from _events_of_version((*prefix, "versions", nth), version)
    for nth, example in enumerate(shape.examples):
        for position, event in enumerate(example.history):
            yield ("examples", nth, "history", position), event.type, dict(event.data)


def _events_of_version(path: Place, version: load.VersionShape) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    if version.counted_from is not None:
        yield (*path, "counted_from", "event"), version.counted_from.event, version.counted_from.where
    if isinstance(version.limit, load.PlanShape):
        for event in version.limit.on:
            yield (*path, "limit", "on"), event, {version.limit.plan: True}


def _double_duty(
    prefix: Place, part: load.TimescaleShape | load.MeasureShape | load.ReadingShape, shape: load.TimescaleShape
) -> Found:
    """One event may not both start and stop a clock, nor do the same thing twice: what should it be, then?"""
    roles: list[tuple[str, Place, Triggers]] = []
    for role in ("start", "stop", "end"):
        own: Triggers | None = getattr(part, role, None)
        roles.append((role, (*prefix, role) if own else (role,), own or getattr(shape, role)))
    named = [(role, (*path, nth, "event"), one) for role, path, triggers in roles for nth, one in enumerate(triggers)]
    for nth, (role, _, one) in enumerate(named):
        for other_role, path, other in named[nth + 1 :]:
            if one.event == other.event and _overlap(one.where, other.where):
                verbs = f"{role}s it twice" if role == other_role else f"{role}s it and {other_role}s it as well"
                yield path, f"one {other.event} {verbs}: narrow one of the two with where"


def _overlap(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether one event can fit both conditions."""
    return not any(_is_disjoint(one[name], other[name]) for name in one.keys() & other.keys())


def _is_disjoint(one: object, other: object) -> bool:
    if isinstance(one, load.WhereShape):
        return not isinstance(other, load.WhereShape) and set(_values(other)) <= set(one.is_not)
    if isinstance(other, load.WhereShape):
        return set(_values(one)) <= set(other.is_not)
    return not set(_values(one)) & set(_values(other))


def _bad_versions(
    path: Place, versions: list[load.VersionShape], kind: str, calendars: Mapping[str, WorkingCalendar]
) -> Found:
    for nth, version in enumerate(versions):
        here = (*path, nth)
        calendar = calendars.get(version.calendar)
        if calendar is None:
            yield (*here, "calendar"), f"no calendar {version.calendar}: there is {', '.join(calendars)}"
        elif calendar.closures and kind != "local":
            reason = "an authority's closure days count only in a local rule: use the national calendar"
            yield (*here, "calendar"), reason
        else:
            yield from _bad_limits(here, version, calendar)
        following = versions[nth + 1].starts if nth + 1 < len(versions) else None
        yield from _bad_dates(here, version, following, (*path, nth + 1, "from"))


def _bad_limits(here: Place, version: load.VersionShape, calendar: WorkingCalendar) -> Found:
    plan = version.limit if isinstance(version.limit, load.PlanShape) else None
    limits = [plan.otherwise, plan.maximum] if plan else [version.limit]
    if any(_is_in_hours(limit) for limit in limits):
        yield (*here, "limit"), _HOURS
        return
    longest = plan.maximum if plan else version.limit
    target = version.target.limit if version.target else None
    if _is_in_hours(target):
        yield (*here, "target", "limit"), _HOURS
    elif target is not None and isinstance(longest, Limit):
        loose = loose_target(target, longest, (version.starts, version.until), (calendar, version.counting))
        if loose:
            yield (*here, "target", "limit"), loose


def _is_in_hours(limit: object) -> bool:
    return isinstance(limit, Limit) and limit.unit is Unit.HOURS


def _bad_dates(here: Place, version: load.VersionShape, following: date | None, next_from: Place) -> Found:
    if version.until is not None and version.until < version.starts:
        yield (*here, "until"), "it ends before it begins: correct one of the two dates"
    if following is None:
        return
    if following <= version.starts:
        yield next_from, "versions overlap or are out of order: put them in order of their dates"
    elif version.until is not None and version.until != following - _DAY:
        gap = "overlaps the next one" if version.until >= following else "leaves a gap before the next one"
        yield (*here, "until"), f"{gap}: end it on {(following - _DAY).isoformat()}, or leave until out"


_MEND = "if the law changed, add a version with its own from; if not, correct the example or the rule"


def _difference(timescale: Timescale, example: Example, law: Law) -> str | None:
    """Where a worked example does not come out as written: in the pack's own words, under the reading it names."""
    if _is_reset(timescale, example):
        return None
    reading = example.reading or ("as_written" if timescale.chosen_reading else None)
    measures = timescale.measures
    if reading is not None:
        measures = next(one.measures for one in timescale.readings if one.id == reading)
    clocks = evaluate(example.history, law, measures).clocks
    for name in dict.fromkeys([DUTY, *(str(row["measure"]) for row in example.clocks)]):
        got = sorted((clock for clock in clocks if clock.measure == name), key=_by_start)
        want = sorted((row for row in example.clocks if row["measure"] == name), key=lambda row: str(row["started_on"]))
        if len(got) != len(want):
            words = f"{len(want)} clocks are written, {len(got)} come out ({_listed(got)})"
            return f"{name}: {words}: {_MEND}"
        for clock, row in zip(got, want, strict=True):
            for key, value in row.items():
                found = _shown(clock, key)
                if found != value:
                    return f"{name}: {key} is written {value}, comes out {found}: {_MEND}"
    return None


def _is_reset(timescale: Timescale, example: Example) -> bool:
    """An example whose answer is 'unset' says nothing about an authority that has set the limit."""
    wants_unset = any(row.get("due_on") == "unset" for row in example.clocks)
    plans = [version.plan_limit for version in timescale.duty.versions]
    return wants_unset and (
        any(version.limit for version in timescale.duty.versions) or any(plan and plan.otherwise for plan in plans)
    )


def _by_start(clock: Clock) -> str:
    return clock.started_on.isoformat()


def _shown(clock: Clock, key: str) -> object:
    value = getattr(clock, key)
    if key == "due_on" and value is None:
        return "unset"
    return list(value) if isinstance(value, tuple) else value


def _listed(clocks: list[Clock]) -> str:
    return "; ".join(f"{clock.started_on} due {clock.due_on}" for clock in clocks) or "none"
