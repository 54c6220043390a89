"""A timescale as people and programs read it: JSON-able, complete, in the pack's own words."""

from __future__ import annotations

from typing import Any

from rules.model import Ladder, Ladders, Measure, Phase, Source, Step, Timescale, Trigger, Verified, Version
from rules.telling.who import told_words


def described(timescale: Timescale, ladders: Ladders) -> dict[str, Any]:
    """Everything that the packs of an authority, one on top of another, say of a timescale; at the end who is told."""
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
        "verified": least_sure(latest).value,
        "file": timescale.file,
        "notes": list(timescale.notes),
        "reading": timescale.chosen_reading,
        "readings": [
            {"id": reading.id, "title": reading.title, "words": reading.words} for reading in timescale.readings
        ],
        "measures": [_measure(measure) for measure in timescale.measures],
        "examples": [{"title": example.title, "source": example.source} for example in timescale.examples],
        "ladder": _ladder(ladders.of(timescale.id, timescale.area)),
        "told": told_words(timescale, ladders),
    }


def limit_words(version: Version) -> str:
    """A version's limit as one phrase: the count, the plan's own, or that nobody has set one."""
    if version.plan_limit is not None:
        otherwise = version.plan_limit.otherwise
        return "the plan's own" + (f", otherwise {otherwise}" if otherwise else "")
    if version.phases:
        limits = [str(limit) for limit in dict.fromkeys(phase.limit for phase in version.phases)]
        return f"{', '.join(limits[:-1])} or {limits[-1]}, by phase" if limits[1:] else limits[0]
    if version.limit is None:
        return "unset"
    return f"{version.limit} before {version.before}" if version.before else str(version.limit)


def least_sure(version: Version) -> Verified:
    """How sure we are of the least sure number of a version: a phase may be less sure than the rest."""
    order = list(Verified)
    return max(
        (version.source.verified, *(phase.verified for phase in version.phases if phase.verified)), key=order.index
    )


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "id": measure.id,
        "title": measure.title,
        "starts": [_trigger(trigger) for trigger in measure.starts],
        "stops": [_trigger(trigger) for trigger in measure.stops],
        "ends": [_trigger(trigger) for trigger in measure.ends],
        "exists_if": [_trigger(trigger) for trigger in measure.exists_if],
        "not_if": [{**_trigger(one.trigger), "within": str(one.within)} for one in measure.exemptions],
        "recurs": measure.is_recurring,
        "one_at_a_time": measure.is_one_at_a_time,
        "until_age": measure.until_age,
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
    if trigger.birthday:
        at = trigger.birthday
        shown["birthday"] = {"age": at.age, "from": at.begins, "until": at.ends}
        if at.lasted:
            shown["birthday"]["lasted"] = str(at.lasted)
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
        "before": version.before,
        "judged": "at the start" if version.is_judged_at_start else "day by day",
        "phases": [_phase(phase) for phase in version.phases],
        "extensions": [
            {**_trigger(one.trigger), "by": str(one.by), "most": one.most, "until": one.until}
            for one in version.extensions
        ],
        "pauses": [{"begins": _trigger(one.begins), "ends": _trigger(one.ends)} for one in version.pauses],
        "governs_running": version.is_governing_running,
        "source": _source(version.source),
    }


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "id": phase.id,
        "title": phase.title,
        "limit": str(phase.limit),
        "target": str(phase.target.limit) if phase.target else None,
        "counted_from": "the change" if phase.is_counted_from_change else "the wait",
        "paragraph": phase.paragraph,
        "verified": phase.verified.value if phase.verified else None,
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


def _ladder(ladder: Ladder) -> dict[str, Any]:
    return {
        "id": ladder.id,
        "title": ladder.title,
        "plan_within_working_days": ladder.plan_within,
        "steps": [_step(step) for step in ladder.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    when = {"working_days": step.working_days} if step.hours is None else {"hours": step.hours}
    return {
        "id": step.id,
        "title": step.title,
        "post": step.post,
        "of": step.of,
        **when,
        "at_once": step.at_once,
        "any_day": step.any_day,
    }
