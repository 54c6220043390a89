"""Makes the law from what was read: an authority's packs, one on top of another, into timescales ready to evaluate.

An overlay adds timescales, tightens targets and sets limits that the pack below left to the authority. It cannot
loosen or replace a limit that the law sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

from rules import load
from rules.check import refusals_of, refusals_of_file, refusals_of_ladder
from rules.errors import PackRefused
from rules.law import Law
from rules.model import (
    DUTY,
    Anchor,
    Condition,
    Event,
    Example,
    Ladder,
    Limit,
    Measure,
    PlanLimit,
    Reading,
    Step,
    Target,
    Timescale,
    Trigger,
    Version,
)
from rules.overlay import lay_over
from rules.snapshots import files_of, load_calendars, source_of
from rules.workdays import WorkingCalendar

__all__ = ["authorities", "load_calendars", "load_law"]

_DAY = timedelta(days=1)
_AUTHORITY_FILE = "authority.toml"
_LADDER_FILE = "ladder.toml"


def load_law(authority: str = "england", *, overlays: Sequence[str] = (), packs: Path = load.PACKS) -> Law:
    """The law of one authority: its packs laid over one another, ``overlays`` last. Raises PackRefused."""
    chain = _chain(authority, packs)
    title = load.read(chain[-1] / _AUTHORITY_FILE, load.AuthorityShape).title
    chain += [packs / name for name in overlays]
    calendars = load_calendars(chain)
    timescales: dict[str, Timescale] = {}
    refusals: list[str] = []
    ladder: Ladder | None = None
    for pack in chain:
        refusals += _add_pack(pack, timescales, calendars)
        if not refusals:  # what is set for a timescale that was refused would only be refused again
            file = pack / _AUTHORITY_FILE
            refusals += lay_over(timescales, load.read(file, load.AuthorityShape), file, calendars)
        if (file := pack / _LADDER_FILE).exists():
            shape = load.read(file, load.LadderShape)
            refusals += refusals_of_ladder(file, shape, calendars)
            ladder = _ladder(shape)
    if ladder is None:
        refusals.append(f"{authority}:1: {_LADDER_FILE}: none of its packs has one: add one, so that somebody is told")
    if refusals or ladder is None:
        raise PackRefused(refusals)
    files = [*files_of(), *(file for pack in chain for file in sorted(pack.rglob("*.toml")))]
    law = Law(authority, title, timescales, calendars, ladder, load.fingerprint_of(files), bool(overlays))
    if refusals := refusals_of(law, packs):
        raise PackRefused(refusals)
    return law


def authorities(packs: Path = load.PACKS) -> tuple[str, ...]:
    """The names of the packs there are."""
    return tuple(sorted(file.parent.name for file in packs.glob(f"*/{_AUTHORITY_FILE}")))


def extended_by(pack: str, packs: Path = load.PACKS) -> str:
    """The pack that this one lies on. Raises PackRefused where it lies on none."""
    below = load.read(packs / pack / _AUTHORITY_FILE, load.AuthorityShape).extends
    if below is None:
        raise PackRefused([f"{pack}: extends nothing: name the pack that it lies on"])
    return below


def _chain(authority: str, packs: Path) -> list[Path]:
    """The packs of an authority, the one that all others rest on first."""
    chain: list[Path] = []
    asked_by, name = None, authority
    while True:
        pack = packs / name
        file = pack / _AUTHORITY_FILE
        if pack in chain:
            assert asked_by is not None
            raise PackRefused([load.refusal(asked_by, ("extends",), f"{name} is below itself: break the ring")])
        if not file.exists():
            reason = f"no such authority: there is {', '.join(authorities(packs))}"
            raise PackRefused([load.refusal(asked_by, ("extends",), reason) if asked_by else f"{name}: {reason}"])
        chain.insert(0, pack)
        extends = load.read(file, load.AuthorityShape).extends
        if extends is None:
            return chain
        asked_by, name = file, extends


def _add_pack(pack: Path, timescales: dict[str, Timescale], calendars: Mapping[str, WorkingCalendar]) -> list[str]:
    """Adds a pack's timescales to those of the packs below it; returns what is refused."""
    refusals: list[str] = []
    for file in load.files_of(pack):
        try:
            shape = load.read(file, load.TimescaleShape)
        except PackRefused as refused:
            refusals += refused.refusals
            continue
        refused_here = refusals_of_file(file, shape, timescales, calendars)
        refusals += refused_here
        if not refused_here:
            timescales[shape.id] = _timescale(shape, pack.name, f"{pack.name}/{file.parent.name}/{file.name}")
    return refusals


def _timescale(shape: load.TimescaleShape, pack: str, file: str) -> Timescale:
    measures = _measures(shape, None)
    return Timescale(
        id=shape.id,
        title=shape.title,
        area=shape.area,
        kind=shape.kind,
        protects=shape.protects,
        is_enabled=shape.enabled,
        pack=pack,
        file=file,
        measures=measures,
        readings=tuple(
            Reading(id, reading.title, reading.words, _measures(shape, reading))
            for id, reading in shape.readings.items()
        ),
        chosen_reading=None,
        examples=tuple(_example(example) for example in shape.examples),
        notes=tuple(shape.notes),
    )


def _measures(shape: load.TimescaleShape, reading: load.ReadingShape | None) -> tuple[Measure, ...]:
    duty = _measure(shape, DUTY, load.MeasureShape(title=shape.title), reading)
    return (duty, *(_measure(shape, id, own, reading) for id, own in shape.measures.items()))


def _measure(shape: load.TimescaleShape, id: str, own: load.MeasureShape, reading: load.ReadingShape | None) -> Measure:
    is_duty = id == DUTY
    read_as = reading if is_duty and reading else load.ReadingShape(title="", words="")
    starts = tuple(_start(one) for one in own.start or read_as.start or shape.start)
    stops = tuple(Trigger(one.event, _conditions(one.where)) for one in own.stop or read_as.stop or shape.stop)
    ends = tuple(_end(one) for one in (shape.end if own.end is None else own.end))
    exists = shape.exists_if if read_as.exists_if is None else read_as.exists_if
    exists_if = tuple(_start(one) for one in exists) if is_duty else ()
    versions = _versions(own.versions or shape.versions)
    if reading is not None:
        versions = tuple(_as_read(version, reading) for version in versions)
    types = {trigger.event for trigger in (*starts, *stops, *ends, *exists_if)}
    for version in versions:
        types |= version.plan_limit.events if version.plan_limit else set()
        types |= {version.counted_from.trigger.event} if version.counted_from else set()
    return Measure(
        timescale=shape.id,
        id=id,
        title=own.title,
        starts=starts,
        stops=stops,
        ends=ends,
        exists_if=exists_if,
        is_recurring=shape.recurs,
        is_once_per_key=shape.once_per_key,
        are_keys_loose=shape.keys_may_differ,
        is_unmatched_stop_problem=shape.unmatched_stop_is_a_problem,
        versions=versions,
        types=frozenset(types),
    )


def _as_read(version: Version, reading: load.ReadingShape) -> Version:
    return replace(version, limit=reading.limit or version.limit, counting=reading.counting or version.counting)


def _start(shape: load.TriggerShape) -> Trigger:
    return Trigger(shape.event, _conditions(shape.where), shape.flag, shape.otherwise)


def _end(shape: load.EndShape) -> Trigger:
    return Trigger(shape.event, _conditions(shape.where), reason=shape.reason, ends_all=shape.ends_all)


def _conditions(where: Mapping[str, load.Value | list[load.Value] | load.WhereShape]) -> tuple[Condition, ...]:
    conditions = []
    for name, value in where.items():
        is_negated = isinstance(value, load.WhereShape)
        values = value.is_not if isinstance(value, load.WhereShape) else value if isinstance(value, list) else [value]
        spelled = frozenset(spelling for one in values for spelling in _spellings(one))
        conditions.append(Condition(name, spelled, is_negated))
    return tuple(conditions)


def _spellings(value: load.Value) -> Iterable[load.Value]:
    """A text as a council may write it: not_needed, Not needed, NOT NEEDED. Codes are sent as they stand."""
    if not isinstance(value, str):
        return (value,)
    words = value.replace("_", " ")
    return {case for text in (value, words) for case in (text, text.capitalize(), text.title(), text.upper())}


def _versions(shapes: Sequence[load.VersionShape]) -> tuple[Version, ...]:
    """In order; each one ends where it says, or the day before the next begins."""
    versions = []
    for nth, shape in enumerate(shapes):
        following = shapes[nth + 1].starts - _DAY if nth + 1 < len(shapes) else None
        versions.append(_version(shape, shape.until or following))
    return tuple(versions)


def _version(shape: load.VersionShape, ends_on: date | None) -> Version:
    return Version(
        starts_on=shape.starts,
        ends_on=ends_on,
        limit=shape.limit if isinstance(shape.limit, Limit) else None,
        plan_limit=_plan(shape.limit) if isinstance(shape.limit, load.PlanShape) else None,
        counted_from=_anchor(shape.counted_from) if shape.counted_from else None,
        target=Target(shape.target.limit, source_of(shape.target.source)) if shape.target else None,
        calendar=shape.calendar,
        counting=shape.counting,
        is_governing_running=shape.governs_running,
        source=source_of(shape.source),
    )


def _plan(shape: load.PlanShape) -> PlanLimit:
    return PlanLimit(shape.plan, frozenset(shape.on), shape.otherwise, shape.maximum)


def _anchor(shape: load.AnchorShape) -> Anchor:
    return Anchor(Trigger(shape.event, _conditions(shape.where)), shape.flag)


def _ladder(shape: load.LadderShape) -> Ladder:
    steps = tuple(Step(step.id, step.post, step.of, step.working_days, step.title) for step in shape.steps)
    return Ladder(steps, shape.at, shape.zone, shape.calendar)


def _example(shape: load.ExampleShape) -> Example:
    history = tuple(
        Event(
            source="example",
            id=event.id or str(nth),
            type=event.type,
            subject=event.subject,
            happened_on=event.on,
            key=event.key,
            team=event.team,
            worker=event.worker,
            target=event.supersedes or (str(event.data["withdraws"]) if "withdraws" in event.data else None),
            data=MappingProxyType(dict(event.data)),
        )
        for nth, event in enumerate(shape.history, 1)
    )
    clocks = tuple(clock.model_dump(exclude_unset=True) | {"measure": clock.measure} for clock in shape.clocks)
    return Example(shape.title, shape.source, shape.reading, history, clocks)
