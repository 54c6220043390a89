"""A timescale as people and programs read it: JSON-able, complete, in the pack's own words."""

from __future__ import annotations

from typing import Any

from rules.model import Measure, Source, Timescale, Trigger, Version


def described(timescale: Timescale) -> dict[str, Any]:
    """Everything that a pack says of one timescale, as laid over by the authority's own packs."""
    latest = timescale.duty.versions[-1]
    return {
        "id": timescale.id,
        "title": timescale.title,
        "area": timescale.area,
        "kind": timescale.kind,
        "protects": timescale.protects,
        "enabled": timescale.is_enabled,
        "limit": limit_words(latest),
        "target": str(latest.target.limit) if latest.target else None,
        "verified": latest.source.verified.value,
        "file": timescale.file,
        "notes": list(timescale.notes),
        "reading": timescale.chosen_reading,
        "readings": [
            {"id": reading.id, "title": reading.title, "words": reading.words} for reading in timescale.readings
        ],
        "measures": [_measure(measure) for measure in timescale.measures],
        "examples": [{"title": example.title, "source": example.source} for example in timescale.examples],
    }


def limit_words(version: Version) -> str:
    """A version's limit as one phrase: the count, the plan's own, or that nobody has set one."""
    if version.plan_limit is not None:
        otherwise = version.plan_limit.otherwise
        return "the plan's own" + (f", otherwise {otherwise}" if otherwise else "")
    return str(version.limit) if version.limit else "unset"


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "id": measure.id,
        "title": measure.title,
        "starts": [_trigger(trigger) for trigger in measure.starts],
        "stops": [_trigger(trigger) for trigger in measure.stops],
        "ends": [_trigger(trigger) for trigger in measure.ends],
        "exists_if": [_trigger(trigger) for trigger in measure.exists_if],
        "recurs": measure.is_recurring,
        "versions": [_version(version) for version in measure.versions],
    }


def _trigger(trigger: Trigger) -> dict[str, Any]:
    where = {
        condition.field: {"not" if condition.is_negated else "in": sorted(map(str, condition.values))}
        for condition in trigger.conditions
    }
    shown: dict[str, Any] = {"event": trigger.event}
    if where:
        shown["where"] = where
    if trigger.only_otherwise:
        shown["otherwise"] = True
    if trigger.flag or trigger.reason:
        shown["says"] = trigger.flag or trigger.reason
    return shown


def _version(version: Version) -> dict[str, Any]:
    return {
        "from": version.starts_on.isoformat(),
        "until": version.ends_on.isoformat() if version.ends_on else None,
        "limit": limit_words(version),
        "target": str(version.target.limit) if version.target else None,
        "target_source": _source(version.target.source) if version.target else None,
        "counted_from": version.counted_from.trigger.event if version.counted_from else None,
        "calendar": version.calendar,
        "counting": version.counting.value,
        "governs_running": version.is_governing_running,
        "source": _source(version.source),
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "instrument": source.instrument,
        "paragraph": source.paragraph,
        "address": source.address,
        "read_on": source.read_on.isoformat(),
        "verified": source.verified.value,
        "note": source.note,
    }
