"""Reads the calendars: dated snapshots of the days nobody works, the nation's and an authority's own closure days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rules.errors import PackRefused
from rules.loading import load, shapes
from rules.model import Source
from rules.workdays import WorkingCalendar


def load_calendars(chain: Sequence[Path] = ()) -> Mapping[str, WorkingCalendar]:
    """The national calendars, and those of the packs given (an authority's closure days). Raises PackRefused."""
    found: dict[str, tuple[Path, shapes.CalendarShape]] = {}
    for file in files_of(chain):
        shape = load.read(file, shapes.CalendarShape)
        if shape.id in found:
            reason = f"{found[shape.id][0].name} has this id already: choose another, and let it extend that one"
            raise PackRefused([load.refusal(file, ("id",), reason)])
        found[shape.id] = (file, shape)
    return {id: _calendar(id, found) for id in found}


def files_of(chain: Sequence[Path] = ()) -> list[Path]:
    """The files of the national calendars, and of those in the packs given."""
    return [file for folder in (load.CALENDARS, *(pack / "calendars" for pack in chain)) for file in _in(folder)]


def source_of(shape: shapes.SourceShape) -> Source:
    """The source as a noun."""
    return Source(shape.instrument, shape.paragraph, shape.address, shape.read_on, shape.verified, shape.note)


def _in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _calendar(
    id: str, known: Mapping[str, tuple[Path, shapes.CalendarShape]], above: tuple[str, ...] = ()
) -> WorkingCalendar:
    file, shape = known[id]
    holidays = {holiday.on: holiday.name for holiday in shape.holidays}
    definition = shape.definition
    covered = (shape.covered_from, shape.covered_until)
    if shape.extends is not None:
        if shape.extends in (id, *above) or shape.extends not in known:
            reason = (
                f"there is no {shape.extends}, or it extends this one in a ring: name a calendar that stands by itself"
            )
            raise PackRefused([load.refusal(file, ("extends",), reason)])
        below = _calendar(shape.extends, known, (id, *above))
        holidays = {**below.holidays, **holidays}
        definition = definition or below.definition
        covered = (covered[0] or below.covered_from, covered[1] or below.covered_until)
    if shape.terms and (shape.covered_from is None or shape.covered_until is None):
        reason = "covered_from and covered_until are missing, so nobody knows for which years the terms are: say both"
        raise PackRefused([load.refusal(file, ("covered_from",), reason)])
    if covered[0] is None or covered[1] is None:
        reason = "covered_from and covered_until are missing: say both, or extend a calendar that does"
        raise PackRefused([load.refusal(file, ("id",), reason)])
    _must_be_terms(file, shape)
    return WorkingCalendar(
        id,
        holidays=holidays,
        covered=(covered[0], covered[1]),
        checked_on=shape.checked_on,
        source=source_of(shape.source),
        definition=definition,
        closures=file.parent != load.CALENDARS and not shape.terms,
        terms=tuple((term.starts, term.until) for term in shape.terms),
    )


def _must_be_terms(file: Path, shape: shapes.CalendarShape) -> None:
    """Refuses terms that end before they begin, or are not in order."""
    last = None
    for nth, term in enumerate(shape.terms):
        if term.until < term.starts:
            reason = "the term ends before it begins: correct one of the two dates"
            raise PackRefused([load.refusal(file, ("terms", nth, "until"), reason)])
        if last is not None and term.starts <= last:
            reason = "terms overlap or are out of order: put them in order of their dates"
            raise PackRefused([load.refusal(file, ("terms", nth, "from"), reason)])
        last = term.until
