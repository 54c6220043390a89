"""Which events and fields a timescale's file names, and whether there are such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rules import shapes
from rules.catalogue import CATALOGUE, EventType, nearest
from rules.check_versions import Found, Place

_COMMON_FIELDS = frozenset({"happened_on", "happened_at", "recorded_at", "key", "worker", "team"})


def unknown_events(shape: shapes.TimescaleShape) -> Found:
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
            for code in values_of(value):
                if code not in field.codes:
                    yield here, f"{code} is never sent: use one of {', '.join(field.codes)}"


def values_of(value: object) -> Sequence[object]:
    if isinstance(value, shapes.WhereShape):
        return value.is_not
    return value if isinstance(value, list) else [value]


def _named_events(shape: shapes.TimescaleShape) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    """Every event type that a file names, with its place, and the fields asked of it."""
    parts: list[tuple[Place, shapes.TimescaleShape | shapes.MeasureShape | shapes.ReadingShape]] = [((), shape)]
    parts += [(("measures", name), measure) for name, measure in shape.measures.items()]
    parts += [(("readings", name), reading) for name, reading in shape.readings.items()]
    for prefix, part in parts:
        for key in ("start", "stop", "end", "exists_if", "not_if"):
            for nth, trigger in enumerate(getattr(part, key, None) or ()):
                yield (*prefix, key, nth, "event"), trigger.event, trigger.where
        for nth, start in enumerate(getattr(part, "start", None) or ()):
            if start.birthday is not None:
                here = (*prefix, "start", nth, "birthday")
                yield (*here, "from"), start.birthday.begins, {}
                yield (*here, "until"), start.birthday.ends, {}
                yield (*prefix, "start", nth, "event"), start.event, {"date_of_birth": True}
        for nth, version in enumerate(getattr(part, "versions", None) or ()):
            yield from _events_of_version((*prefix, "versions", nth), version)
    for nth, example in enumerate(shape.examples):
        for position, event in enumerate(example.history):
            yield ("examples", nth, "history", position), event.type, dict(event.data)


def _events_of_version(path: Place, version: shapes.VersionShape) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    if version.counted_from is not None:
        yield (*path, "counted_from", "event"), version.counted_from.event, version.counted_from.where
    if isinstance(version.limit, shapes.PlanShape):
        for event in version.limit.on:
            yield (*path, "limit", "on"), event, {version.limit.plan: True}
    for nth, extension in enumerate(version.extensions):
        wanted = {**extension.where, **({extension.until: True} if extension.until else {})}
        yield (*path, "extensions", nth, "event"), extension.event, wanted
    for nth, pause in enumerate(version.pauses):
        yield (*path, "pauses", nth, "begins", "event"), pause.begins.event, pause.begins.where
        yield (*path, "pauses", nth, "ends", "event"), pause.ends.event, pause.ends.where
    for nth, phase in enumerate(version.phases):
        yield from _events_of_phase((*path, "phases", nth, "when"), phase.when)


def _events_of_phase(path: Place, when: shapes.WhenShape) -> Iterator[tuple[Place, str, Mapping[str, object]]]:
    for nth, none in enumerate(when.none):
        yield (*path, "none", nth, "event"), none.event, {}
        yield (*path, "none", nth, "since"), none.since, {}
    for nth, said in enumerate(when.said):
        values = said.is_not if said.is_not is not None else said.is_one_of
        for one in said.by:
            type, _, field = one.rpartition(".")
            if "." in type:
                yield (*path, "said", nth, "by"), type, {field: values or [True]}
            else:
                yield (*path, "said", nth, "by"), one, {}
