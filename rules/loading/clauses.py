"""Makes the clauses of a timescale from the shapes they were read in: triggers, and versions with all they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from rules.catalogue import REGISTERED
from rules.loading import shapes
from rules.loading.snapshots import source_of
from rules.model import (
    Anchor,
    Birthday,
    Condition,
    Exemption,
    Extension,
    Limit,
    Measure,
    NoneSince,
    Pause,
    Phase,
    PlanLimit,
    Said,
    Target,
    Timescale,
    Trigger,
    Version,
    When,
)

_DAY = timedelta(days=1)

Where = Mapping[str, shapes.Value | list[shapes.Value] | shapes.WhereShape]


def start_of(shape: shapes.TriggerShape) -> Trigger:
    """What starts a clock, or proves that it exists."""
    trigger = Trigger(shape.event, conditions(shape.where), shape.flag, shape.otherwise)
    if shape.birthday is None:
        return trigger
    at = shape.birthday
    return trigger._replace(birthday=Birthday(at.age, at.begins, at.ends, at.lasted))


def stop_of(shape: shapes.StopShape) -> Trigger:
    """What meets the duty."""
    return Trigger(shape.event, conditions(shape.where), is_for_all=shape.stops_all)


def _match(shape: shapes.MatchShape) -> Trigger:
    return Trigger(shape.event, conditions(shape.where))


def end_of(shape: shapes.EndShape) -> Trigger:
    """What ends a clock without its being met."""
    return Trigger(shape.event, conditions(shape.where), reason=shape.reason, is_for_all=shape.ends_all)


def exemption_of(shape: shapes.ExemptionShape) -> Exemption:
    """What makes the duty needless from the beginning."""
    return Exemption(Trigger(shape.event, conditions(shape.where), reason=shape.reason), shape.within)


def conditions(where: Where) -> tuple[Condition, ...]:
    """The conditions that a ``where`` table states."""
    found = []
    for name, value in where.items():
        is_negated = isinstance(value, shapes.WhereShape)
        values = value.is_not if isinstance(value, shapes.WhereShape) else value if isinstance(value, list) else [value]
        found.append(Condition(name, _spelled(values), is_negated))
    return tuple(found)


def versions_of(given: Sequence[shapes.VersionShape]) -> tuple[Version, ...]:
    """In order; each one ends where it says, or the day before the next begins."""
    versions = []
    for nth, shape in enumerate(given):
        following = given[nth + 1].starts - _DAY if nth + 1 < len(given) else None
        versions.append(_version(shape, shape.until or following))
    return tuple(versions)


def as_read(version: Version, reading: shapes.ReadingShape) -> Version:
    """The version under another reading."""
    is_at_start = version.is_judged_at_start if reading.judged is None else reading.judged == "at the start"
    return replace(
        version,
        limit=reading.limit or version.limit,
        counting=reading.counting or version.counting,
        is_judged_at_start=is_at_start,
    )


def types_moving(measure: Measure) -> frozenset[str]:
    """Every event type that can move a clock of this measure."""
    triggers = (*measure.starts, *measure.stops, *measure.ends, *measure.exists_if)
    types = {trigger.event for trigger in triggers} | {one.trigger.event for one in measure.exemptions}
    for trigger in triggers:
        types |= {trigger.birthday.begins, trigger.birthday.ends} if trigger.birthday else set()
    for version in measure.versions:
        types |= set(_types_of(version))
    return frozenset(types | ({REGISTERED} if measure.until_age is not None else set()))


def with_ends(timescale: Timescale, universal: Sequence[Trigger]) -> Timescale:
    """The timescale with what ends every clock there is."""

    def ended(measures: Iterable[Measure]) -> tuple[Measure, ...]:
        added = (replace(one, ends=(*one.ends, *universal)) for one in measures)
        return tuple(replace(one, types=types_moving(one)) for one in added)

    readings = tuple(one._replace(measures=ended(one.measures)) for one in timescale.readings)
    return replace(timescale, measures=ended(timescale.measures), readings=readings)


def types_starting(measure: Measure) -> frozenset[str]:
    """The event types without any of which this measure has nothing to say of a history."""
    triggers = [*measure.starts, *measure.exists_if]
    if measure.is_unmatched_stop_start or measure.is_unmatched_stop_problem:
        triggers += measure.stops
    return frozenset(trigger.event for trigger in triggers)


def _types_of(version: Version) -> Iterable[str]:
    if version.plan_limit:
        yield from version.plan_limit.events
    if version.counted_from:
        yield version.counted_from.trigger.event
    yield from (extension.trigger.event for extension in version.extensions)
    for pause in version.pauses:
        yield pause.begins.event
        yield pause.ends.event
    yield from version.changers
    if any(phase.when.age_below is not None for phase in version.phases):
        yield REGISTERED


def _changing(when: When) -> Iterable[str]:
    yield from (type for said in when.said for type, _field in said.told_by)
    for none in when.none:
        yield none.event
        yield none.since


def _version(shape: shapes.VersionShape, ends_on: date | None) -> Version:
    phases = tuple(_phase(one) for one in shape.phases)
    whens = [phase.when for phase in phases]
    return Version(
        starts_on=shape.starts,
        ends_on=ends_on,
        limit=shape.limit if isinstance(shape.limit, Limit) else None,
        plan_limit=_plan(shape.limit) if isinstance(shape.limit, shapes.PlanShape) else None,
        counted_from=_anchor(shape.counted_from) if shape.counted_from else None,
        target=_target(shape.target),
        calendar=shape.calendar,
        counting=shape.counting,
        is_governing_running=shape.governs_running,
        source=source_of(shape.source),
        before=shape.before,
        phases=phases,
        changers=tuple(dict.fromkeys(type for when in whens for type in _changing(when))),
        turns=tuple(dict.fromkeys(limit for when in whens for limit in (when.within, when.after) if limit)),
        is_judged_at_start=shape.judged == "at the start",
        extensions=tuple(
            Extension(Trigger(one.event, conditions(one.where)), one.by, one.most, one.until)
            for one in shape.extensions
        ),
        pauses=tuple(Pause(_match(one.begins), _match(one.ends)) for one in shape.pauses),
    )


def _target(shape: shapes.TargetShape | None) -> Target | None:
    return Target(shape.limit, source_of(shape.source)) if shape else None


def _plan(shape: shapes.PlanShape) -> PlanLimit:
    return PlanLimit(shape.plan, frozenset(shape.on), shape.otherwise, shape.maximum)


def _anchor(shape: shapes.AnchorShape) -> Anchor:
    return Anchor(Trigger(shape.event, conditions(shape.where)), shape.flag)


def _phase(shape: shapes.PhaseShape) -> Phase:
    when = shape.when
    waits = [when.wait] if isinstance(when.wait, int) else when.wait
    return Phase(
        id=shape.id,
        title=shape.title,
        limit=shape.limit,
        when=When(
            waits=None if waits is None else frozenset(waits),
            within=when.within,
            after=when.after,
            said=tuple(_said(one) for one in when.said),
            none=tuple(NoneSince(one.event, one.since) for one in when.none),
            age_below=when.age_below,
        ),
        is_counted_from_change=shape.counted_from == "the change",
        target=_target(shape.target),
        paragraph=shape.paragraph,
        verified=shape.verified,
    )


def _said(shape: shapes.SaidShape) -> Said:
    is_negated = shape.is_not is not None
    told_by = []
    for one in shape.by:
        type, _, field = one.rpartition(".")
        is_bare = "." not in type and "." in one  # "connected-person.assessed": a type, with no field
        told_by.append((one, "") if is_bare else (type, field))
    values = (shape.is_not if is_negated else shape.is_one_of) or [True]
    is_begun_since = shape.begun == "since the wait began"
    return Said(tuple(told_by), _spelled(values), is_negated, shape.of_this_key, is_begun_since)


def _spelled(values: Iterable[shapes.Value]) -> frozenset[object]:
    return frozenset(spelling for one in values for spelling in _spellings(one))


def _spellings(value: shapes.Value) -> Iterable[shapes.Value]:
    """A text as a council may write it: not_needed, Not needed, NOT NEEDED. Codes are sent as they stand."""
    if not isinstance(value, str):
        return (value,)
    words = value.replace("_", " ")
    return {case for text in (value, words) for case in (text, text.capitalize(), text.title(), text.upper())}
