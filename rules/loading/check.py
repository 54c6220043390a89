"""What cannot be right in a pack, found before anything is computed. Each refusal: file, line, key, reason, fix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rules.evaluate import evaluate
from rules.law import Law
from rules.loading import load, shapes
from rules.loading.check_events import unknown_events
from rules.loading.check_parts import double_duty, impossible
from rules.loading.check_versions import HOURS, Found, bad_versions, is_in_hours
from rules.loading.overlay import AS_WRITTEN
from rules.model import DUTY, Clock, Example, Timescale
from rules.workdays import WorkingCalendar


def refusals_of_file(
    file: Path, shape: shapes.TimescaleShape, known: Mapping[str, Timescale], calendars: Mapping[str, WorkingCalendar]
) -> list[str]:
    """What is wrong in one timescale's file that its shape alone does not show."""
    found = list(_misnamed(file, shape, known))
    found += unknown_events(shape)
    found += impossible(shape)
    found += double_duty((), shape, shape)
    found += bad_versions(("versions",), shape.versions, shape.kind, calendars)
    for name, measure in shape.measures.items():
        found += double_duty(("measures", name), measure, shape)
        found += bad_versions(("measures", name, "versions"), measure.versions or [], shape.kind, calendars)
    for name, reading in shape.readings.items():
        found += double_duty(("readings", name), reading, shape)
        found += bad_versions(("readings", name, "versions"), reading.versions or [], shape.kind, calendars)
        if is_in_hours(reading.limit):
            found.append((("readings", name, "limit"), HOURS))
    for nth, example in enumerate(shape.examples):
        if example.reading is not None and example.reading not in shape.readings:
            reason = f"no reading {example.reading}: name one of {', '.join(shape.readings) or '[readings]'}"
            found.append((("examples", nth, "reading"), reason))
    return [load.refusal(file, path, reason) for path, reason in found]


def refusals_of(law: Law, packs: Path = load.PACKS) -> list[str]:
    """What is wrong in the law as a whole: the worked examples that do not come out."""
    return [
        load.refusal(packs / timescale.file, ("examples", nth), f"'{example.title}': {difference}")
        for timescale in law.timescales.values()
        for nth, example in enumerate(timescale.examples)
        if (difference := _difference(timescale, example, law))
    ]


def _misnamed(file: Path, shape: shapes.TimescaleShape, known: Mapping[str, Timescale]) -> Found:
    if file.stem != shape.id:
        yield ("id",), f"the file is named {file.stem}: name it {shape.id}.toml, so that it can be found"
    if file.parent.name != shape.area:
        yield ("area",), f"the file lies in {file.parent.name}: move it to {shape.area}/"
    if shape.id in known:
        yield ("id",), f"{known[shape.id].file} has this id already: choose another, or set a target instead"


_MEND = "if the law changed, add a version with its own from; if not, correct the example or the rule"


def _difference(timescale: Timescale, example: Example, law: Law) -> str | None:
    """Where a worked example does not come out as written: in the pack's own words, under the reading it names."""
    if _is_reset(timescale, example):
        return None
    reading = example.reading or (AS_WRITTEN if timescale.chosen_reading else None)
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
    return timescale.is_limit_set and any(row.get("due_on") == "unset" for row in example.clocks)


def _by_start(clock: Clock) -> str:
    return clock.started_on.isoformat()


def _shown(clock: Clock, key: str) -> object:
    value = getattr(clock, key)
    if key == "due_on" and value is None:
        return "unset"
    return list(value) if isinstance(value, tuple) else value


def _listed(clocks: list[Clock]) -> str:
    return "; ".join(f"{clock.started_on} due {clock.due_on}" for clock in clocks) or "none"
