"""Which events and fields a timescale's file names, and whether there are such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rules.catalogue import CATALOGUE, EventType, nearest
from rules.loading import shapes
from rules.loading.check_parts import parts_of, values_of
from rules.loading.check_versions import Found, Place

_COMMON_FIELDS = frozenset({"happened_on", "happened_at", "recorded_at", "key", "worker", "team"})
_PYTHON = {"boolean": bool, "text": str, "code": str}
"""What a value must be, for fields that conditions may ask about."""


class AnyOf(NamedTuple):
    """Instead of values: the field need only be there, and be of this kind."""

    kind: str


Named = Iterator[tuple[Place, str, Mapping[str, object]]]


def unknown_events(shape: shapes.TimescaleShape) -> Found:
    """Every event type and field named that there is not, or that cannot do what the file asks of it."""
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
        here = (*path[:-1], "where", name) if path[-1] == "event" and not isinstance(value, AnyOf) else path
        if field is None:
            if name not in _COMMON_FIELDS or isinstance(value, AnyOf):
                known = ", ".join(kind.fields) or "no fields of its own"
                yield here, f"{kind.name} has no field {name}: use one it has ({known})"
        elif isinstance(value, AnyOf):
            if field.kind != value.kind:
                yield here, f"{name} of {kind.name} is a {field.kind}, not a {value.kind}: use another field"
        elif wanted := _PYTHON.get(field.kind):
            codes = f"one of {', '.join(field.codes)}" if field.codes else f"a {field.kind}"
            for one in values_of(value):
                if type(one) is not wanted or (field.codes and one not in field.codes):
                    yield here, f"{one} is never sent: use {codes}"


def _named_events(shape: shapes.TimescaleShape) -> Named:
    """Every event type that a file names, with its place, and the fields asked of it."""
    for prefix, part in parts_of(shape):
        for key in ("start", "stop", "end", "exists_if", "not_if"):
            for nth, trigger in enumerate(getattr(part, key, None) or ()):
                yield (*prefix, key, nth, "event"), trigger.event, trigger.where
        for nth, start in enumerate(part.start or ()):
            if start.birthday is not None:
                here = (*prefix, "start", nth, "birthday")
                yield (*here, "from"), start.birthday.begins, {}
                yield (*here, "until"), start.birthday.ends, {}
                yield (*prefix, "start", nth, "event"), start.event, {"date_of_birth": AnyOf("date")}
        for nth, version in enumerate(part.versions or ()):
            yield from _events_of_version((*prefix, "versions", nth), version)
            for start in part.start or shape.start if version.before is not None else ():
                yield (*prefix, "versions", nth, "before"), start.event, {str(version.before): AnyOf("date")}
    for nth, example in enumerate(shape.examples):
        for position, event in enumerate(example.history):
            yield ("examples", nth, "history", position), event.type, dict(event.data)


def _events_of_version(path: Place, version: shapes.VersionShape) -> Named:
    if version.counted_from is not None:
        yield (*path, "counted_from", "event"), version.counted_from.event, version.counted_from.where
    if isinstance(version.limit, shapes.PlanShape):
        for event in version.limit.on:
            yield (*path, "limit", "on"), event, {version.limit.plan: AnyOf("limit")}
    for nth, extension in enumerate(version.extensions):
        yield (*path, "extensions", nth, "event"), extension.event, extension.where
        if extension.until is not None:
            yield (*path, "extensions", nth, "until"), extension.event, {extension.until: AnyOf("date")}
    for nth, pause in enumerate(version.pauses):
        yield (*path, "pauses", nth, "begins", "event"), pause.begins.event, pause.begins.where
        yield (*path, "pauses", nth, "ends", "event"), pause.ends.event, pause.ends.where
    for nth, phase in enumerate(version.phases):
        yield from _events_of_phase((*path, "phases", nth, "when"), phase.when)


def _events_of_phase(path: Place, when: shapes.WhenShape) -> Named:
    for nth, none in enumerate(when.none):
        yield (*path, "none", nth, "event"), none.event, {}
        yield (*path, "none", nth, "since"), none.since, {}
    for nth, said in enumerate(when.said):
        values = said.is_not if said.is_not is not None else said.is_one_of
        for one in said.by:
            type, _, field = one.rpartition(".")
            is_of_a_field = "." in type
            yield (*path, "said", nth, "by"), (type if is_of_a_field else one), {field: values} if is_of_a_field else {}
