"""Makes the law from what was read: an authority's packs, one on top of another, into timescales ready to evaluate.

An overlay adds timescales, tightens targets and sets limits that the pack below left to the authority. It cannot
loosen or replace a limit that the law sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from rules.errors import PackRefused
from rules.law import Law
from rules.loading import load, shapes
from rules.loading.check import refusals_of, refusals_of_file
from rules.loading.clauses import (
    as_read,
    end_of,
    exemption_of,
    start_of,
    stop_of,
    types_moving,
    types_starting,
    versions_of,
    with_ends,
)
from rules.loading.ladders import lay
from rules.loading.overlay import lay_over
from rules.loading.snapshots import files_of, load_calendars
from rules.model import DUTY, Event, Example, Measure, Reading, Timescale, Trigger
from rules.workdays import WorkingCalendar

__all__ = ["authorities", "load_calendars", "load_law"]

_AUTHORITY_FILE = "authority.toml"


def load_law(authority: str = "england", *, overlays: Sequence[str] = (), packs: Path = load.PACKS) -> Law:
    """The law of one authority: its packs laid over one another, ``overlays`` last. Raises PackRefused.

    Nothing in it can be changed, so it is read once, and again when a file is another than it was.
    """
    return _read(authority, tuple(overlays), packs, _state_of(packs))


def _state_of(packs: Path) -> tuple[tuple[Path, int, int], ...]:
    """Every file that the law is made of, with when it was written last and how long it is."""
    files = [*load.BESIDE, *files_of(), *packs.rglob("*.toml")]
    return tuple((file, stat.st_mtime_ns, stat.st_size) for file in sorted(files) for stat in [file.stat()])


@lru_cache(maxsize=8)
def _read(authority: str, overlays: tuple[str, ...], packs: Path, _state: object) -> Law:
    chain = _chain(authority, packs)
    title = load.read(chain[-1] / _AUTHORITY_FILE, shapes.AuthorityShape).title
    chain += [packs / name for name in overlays]
    calendars = load_calendars(chain)
    timescales: dict[str, Timescale] = {}
    refusals: list[str] = []
    universal: list[Trigger] = []
    for pack in chain:
        refusals += _add_pack(pack, timescales, calendars)
        if not refusals:  # what is set for a timescale that was refused would only be refused again
            file = pack / _AUTHORITY_FILE
            overlay = load.read(file, shapes.AuthorityShape)
            refusals += lay_over(timescales, overlay, file, calendars)
            universal += (end_of(one) for one in overlay.ends_everything)
        refusals += _strays(pack)
    if refusals:
        raise PackRefused(refusals)
    ladders = lay.ladders_of(chain, timescales, calendars)
    files = [*load.BESIDE, *files_of(), *(file for pack in chain for file in sorted(pack.rglob("*.toml")))]
    timescales = {id: with_ends(timescale, universal) for id, timescale in timescales.items()}
    law = Law(authority, title, timescales, calendars, ladders, load.fingerprint_of(files), bool(overlays))
    if refusals := refusals_of(law, packs):
        raise PackRefused(refusals)
    return law


def authorities(packs: Path = load.PACKS) -> tuple[str, ...]:
    """The names of the packs there are."""
    return tuple(sorted(file.parent.name for file in packs.glob(f"*/{_AUTHORITY_FILE}")))


def extended_by(pack: str, packs: Path = load.PACKS) -> str:
    """The pack that this one lies on. Raises PackRefused where it lies on none."""
    below = load.read(packs / pack / _AUTHORITY_FILE, shapes.AuthorityShape).extends
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
        extends = load.read(file, shapes.AuthorityShape).extends
        if extends is None:
            return chain
        asked_by, name = file, extends


def _add_pack(pack: Path, timescales: dict[str, Timescale], calendars: Mapping[str, WorkingCalendar]) -> list[str]:
    """Adds a pack's timescales to those of the packs below it; returns what is refused."""
    refusals: list[str] = []
    for file in load.files_of(pack):
        try:
            shape = load.read(file, shapes.TimescaleShape)
        except PackRefused as refused:
            refusals += refused.refusals
            continue
        refused_here = refusals_of_file(file, shape, timescales, calendars)
        refusals += refused_here
        if not refused_here:
            timescales[shape.id] = _timescale(shape, pack.name, f"{pack.name}/{file.parent.name}/{file.name}")
    return refusals


def _strays(pack: Path) -> Iterator[str]:
    """Files beside a pack's own two, which nobody would ever read."""
    for file in sorted(pack.glob("*.toml")):
        if file.name not in (_AUTHORITY_FILE, lay.FILE):
            reason = f"nothing reads it: name it {_AUTHORITY_FILE} or {lay.FILE}, or move it to the folder of its area"
            yield load.refusal(file, (), reason)


def _timescale(shape: shapes.TimescaleShape, pack: str, file: str) -> Timescale:
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


def _measures(shape: shapes.TimescaleShape, reading: shapes.ReadingShape | None) -> tuple[Measure, ...]:
    duty = _measure(shape, DUTY, shapes.MeasureShape(title=shape.title), reading)
    return (duty, *(_measure(shape, id, own, reading) for id, own in shape.measures.items()))


def _measure(
    shape: shapes.TimescaleShape, id: str, own: shapes.MeasureShape, reading: shapes.ReadingShape | None
) -> Measure:
    is_duty = id == DUTY
    read_as = reading if is_duty and reading else shapes.ReadingShape(title="", words="")
    starts = tuple(start_of(one) for one in own.start or read_as.start or shape.start)
    stops = tuple(stop_of(one) for one in own.stop or read_as.stop or shape.stop)
    ends = tuple(end_of(one) for one in (shape.end if own.end is None else own.end))
    exists = shape.exists_if if read_as.exists_if is None else read_as.exists_if
    exists_if = tuple(start_of(one) for one in exists) if is_duty else ()
    versions = versions_of(own.versions or read_as.versions or shape.versions)
    if reading is not None:
        versions = tuple(as_read(version, reading) for version in versions)
    measure = Measure(
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
        types=frozenset(),
        is_unmatched_stop_start=shape.unmatched_stop_starts,
        is_one_at_a_time=shape.one_at_a_time,
        exemptions=tuple(exemption_of(one) for one in shape.not_if),
        until_age=shape.until_age,
    )
    stoppers = frozenset(trigger.event for trigger in stops)
    return replace(measure, types=types_moving(measure), starters=types_starting(measure), stoppers=stoppers)


def _example(shape: shapes.ExampleShape) -> Example:
    history = tuple(
        Event(
            source="example",
            id=event.id or str(nth),
            type=event.type,
            subject=event.subject,
            happened_on=event.on,
            happened_at=event.at,
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
