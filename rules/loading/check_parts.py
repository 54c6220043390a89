"""What the parts of a timescale's file cannot be to each other: a wait that never comes, one event in two roles, a
reading that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.loading import shapes
from rules.loading.check_versions import AGO, Found, Place, has_corresponding_day

Part = shapes.TimescaleShape | shapes.MeasureShape | shapes.ReadingShape
Role = shapes.TriggerShape | shapes.MatchShape | shapes.EndShape
Narrowed = Role | shapes.ExtensionShape


def impossible(shape: shapes.TimescaleShape) -> Found:
    """Everything of that kind in a file, with the place of each."""
    yield from _bad_waits(shape)
    yield from _bad_births(shape)
    for name, reading in shape.readings.items():
        yield from _bad_reading(("readings", name), reading, shape)
    for path, part in parts_of(shape):
        for nth, version in enumerate(part.versions or []):
            yield from _bad_roles((*path, "versions", nth), version, [*_triggers(part, shape)])
            if version.before is not None and (shape.recurs or shape.unmatched_stop_starts):
                reason = (
                    "what stops it starts it too, and has no such date: count forward, or let each start have its own"
                )
                yield (*path, "versions", nth, "before"), reason
    if shape.recurs or shape.unmatched_stop_starts or shape.unmatched_stop_is_a_problem:
        for path, part in parts_of(shape):
            for nth, stop in enumerate(part.stop or []):
                if stop.stops_all:
                    reason = "here each stop belongs to one clock, and says something of that one: take stops_all out"
                    yield (*path, "stop", nth, "stops_all"), reason
    for nth, exemption in enumerate(shape.not_if):
        if not has_corresponding_day(exemption.within):
            yield ("not_if", nth, "within"), AGO
    if shape.unmatched_stop_starts and shape.unmatched_stop_is_a_problem:
        yield ("unmatched_stop_starts",), "a stop with nothing to stop starts it or is a problem: say one of the two"


def double_duty(prefix: Place, part: Part, shape: shapes.TimescaleShape) -> Found:
    """One event may not both start and stop a clock, nor do the same thing twice: what should it be, then?"""
    roles: list[tuple[str, Place, Sequence[Role]]] = []
    for role in ("start", "stop", "end"):
        own: Sequence[Role] | None = getattr(part, role, None)
        roles.append((role, (*prefix, role) if own else (role,), own or getattr(shape, role)))
    named = [(role, (*path, nth, "event"), one) for role, path, triggers in roles for nth, one in enumerate(triggers)]
    for nth, (role, _, one) in enumerate(named):
        for other_role, path, other in named[nth + 1 :]:
            if _can_be_one(one, other):
                verbs = f"{role}s it twice" if role == other_role else f"{role}s it and {other_role}s it as well"
                yield path, f"one {other.event} {verbs}: narrow one of the two with where"


def values_of(value: object) -> Sequence[object]:
    """The values that a condition names."""
    if isinstance(value, shapes.WhereShape):
        return value.is_not
    return value if isinstance(value, list) else [value]


def parts_of(shape: shapes.TimescaleShape) -> Iterator[tuple[Place, Part]]:
    """The file itself, its measures and its readings, each with its place."""
    yield (), shape
    yield from ((("measures", name), measure) for name, measure in shape.measures.items())
    yield from ((("readings", name), reading) for name, reading in shape.readings.items())


def _triggers(part: Part, shape: shapes.TimescaleShape) -> Iterator[tuple[str, Role]]:
    """What starts, stops and ends the clocks of a part: its own, else the file's."""
    for role in ("start", "stop", "end"):
        for trigger in getattr(part, role, None) or getattr(shape, role):
            yield role, trigger


def _bad_waits(shape: shapes.TimescaleShape) -> Found:
    """Conditions of phases that no wait can ever meet."""
    for prefix, part in parts_of(shape):
        for nth, version in enumerate(part.versions or ()):
            for position, phase in enumerate(version.phases):
                here = (*prefix, "versions", nth, "phases", position, "when")
                waits = phase.when.wait
                numbers = waits if isinstance(waits, list) else [1 if waits is None else waits]
                if not numbers or min(numbers) < 1:
                    yield (*here, "wait"), "waits are counted from 1, so this never holds: correct the number"
                elif waits is not None and not shape.recurs:
                    yield (*here, "wait"), "nothing recurs here, so there is one wait only: take it out"
                for one, none in enumerate(phase.when.none):
                    if none.event == none.since:
                        reason = f"{none.event} cannot be awaited since itself: name another event"
                        yield (*here, "none", one, "since"), reason
                for one, said in enumerate(phase.when.said):
                    values = said.is_one_of or said.is_not or [True]
                    if any("." not in name.partition(".")[2] for name in said.by) and values != [True]:
                        reason = (
                            "that something happened is only ever true: say is = [true] or not = [true], or a field"
                        )
                        yield (*here, "said", one, "by"), reason


def _bad_births(shape: shapes.TimescaleShape) -> Found:
    """Starts at an age that nobody can reach in time, or that say more than a birthday can."""
    for prefix, part in parts_of(shape):
        if not isinstance(part, shapes.MeasureShape):
            for nth, proof in enumerate(part.exists_if or ()):
                if proof.birthday is not None:
                    yield (*prefix, "exists_if", nth, "birthday"), "a birthday decides nothing: let it start the clock"
        for nth, start in enumerate(part.start or ()):
            at, here = start.birthday, (*prefix, "start", nth, "birthday")
            if at is None:
                continue
            if at.begins == at.ends:
                yield (*here, "until"), f"{at.ends} cannot begin it and end it: name another event"
            if start.where or start.otherwise:
                yield here, "a birthday starts it whatever else was said: take out where and otherwise"
            if at.lasted is not None and not has_corresponding_day(at.lasted):
                yield (*here, "lasted"), AGO
            if shape.until_age is not None and at.age >= shape.until_age:
                yield (*here, "age"), f"the duty falls away at {shape.until_age}: let it start sooner"


def _bad_roles(
    here: Place,
    version: shapes.VersionShape,
    triggers: Sequence[tuple[str, Role]],
) -> Found:
    """Events of a version that start, stop or end the clock as well, or begin and end the same pause."""
    for nth, extension in enumerate(version.extensions):
        place = (*here, "extensions", nth, "event")
        for role, trigger in triggers:
            if _can_be_one(trigger, extension):
                yield (
                    place,
                    f"one {extension.event} {role}s it and extends it as well: narrow one of the two with where",
                )
        if any(_can_be_one(other, extension) for other in version.extensions[:nth]):
            yield place, f"one {extension.event} extends it twice: narrow one of the two with where"
    for nth, pause in enumerate(version.pauses):
        place = (*here, "pauses", nth)
        if _can_be_one(pause.begins, pause.ends):
            reason = f"one {pause.ends.event} begins the pause and ends it: narrow one of the two with where"
            yield (*place, "ends", "event"), reason
        for role, trigger in triggers:
            if role != "start" and _can_be_one(trigger, pause.begins):
                reason = f"one {trigger.event} {role}s it and pauses it as well: narrow one of the two with where"
                yield (*place, "begins", "event"), reason


def _bad_reading(here: Place, reading: shapes.ReadingShape, shape: shapes.TimescaleShape) -> Found:
    """A reading says what it replaces once, and where there is something to replace."""
    for name in ("limit", "counting", "judged"):
        if getattr(reading, name) is None:
            continue
        if reading.versions is not None:
            yield (*here, name), f"its own versions say that: take {name} out, or the versions"
        elif name == "limit" and any(_has_several_limits(version) for version in shape.versions):
            yield (*here, name), "it has several limits, which one number cannot replace: give the reading its versions"
        elif name == "judged" and not any(version.phases for version in shape.versions):
            yield (*here, name), "only which of several phases holds is judged: take it out"
        elif name == "counting" and any(version.pauses or version.before for version in shape.versions):
            yield (*here, name), "what stands still, or is counted back, is counted from the day after: take it out"


def _has_several_limits(version: shapes.VersionShape) -> bool:
    return bool(version.phases) or isinstance(version.limit, shapes.PlanShape)


def _can_be_one(one: Narrowed, other: Narrowed) -> bool:
    """Whether one event can be both."""
    if one.event != other.event:
        return False
    return not any(_is_disjoint(one.where[name], other.where[name]) for name in one.where.keys() & other.where.keys())


def _is_disjoint(one: object, other: object) -> bool:
    if isinstance(one, shapes.WhereShape):
        return not isinstance(other, shapes.WhereShape) and set(values_of(other)) <= set(one.is_not)
    if isinstance(other, shapes.WhereShape):
        return set(values_of(one)) <= set(other.is_not)
    return not set(values_of(one)) & set(values_of(other))
