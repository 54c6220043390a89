"""The law as the clocks know it: every timescale in plain words, with where it is written and how sure we are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import Example, Extension, Limit, Measure, Timescale, Trigger, Unit, Verified, Version
from rules.telling.browse import described, least_sure
from rules.telling.limits import limit_words
from rules.workdays import added
from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound
from service.store.seeing.uses import Use, uses
from service.web import words
from service.web.shown.choices import left_out_for
from service.web.shown.freshness import freshness
from service.web.shown.rows import PROBLEMS

_MONTHS = 12
_DATES = ("started_on", "due_on", "target_due_on", "stopped_on")


class Kept(StrEnum):
    """Which timescales to list."""

    ALL = "all"
    RUNNING = "running"
    OVERDUE = "overdue"
    DOUBTFUL = "doubtful"
    UNUSED = "unused"


KEPT = {
    Kept.ALL: "All of them",
    Kept.RUNNING: "With clocks that run",
    Kept.OVERDUE: "With something overdue",
    Kept.DOUBTFUL: "Whose number nobody has read in the law itself",
    Kept.UNUSED: "Not in use here",
}
_OF_CASES = (Kept.RUNNING, Kept.OVERDUE)


class Asked(NamedTuple):
    """What the address asks for."""

    area: str | None = None
    kept: Kept = Kept.ALL


class Entry(NamedTuple):
    """One timescale in the list. ``use`` is None for a viewer who sees no cases, and where it is left out for them."""

    timescale: Timescale
    version: Version
    limit: str
    use: Use | None
    is_left_out: bool = False
    """Whether it is counted from a birthday that is not for this viewer: one that becomes overdue gives it away."""

    @property
    def percent(self) -> int:
        """Of what was met lately, how much in time: only where anything was."""
        assert self.use
        return round(100 * self.use.in_time / self.use.met)


class Story(NamedTuple):
    """A worked example: what happened, and the clocks that come of it."""

    example: Example
    happened: list[tuple[Any, str]]
    comes_to: list[str]


def listed(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """Every timescale by area, or those asked for, with its use in what the viewer may see."""
    with council.reading() as db:
        own = [one for one in council.law.timescales.values() if asked.area in (None, one.area)]
        shown = [one for one in _entries(db, council.law, viewer, own) if _is_kept(one, asked.kept)]
        areas: dict[str, list[Entry]] = {}
        for entry in sorted(shown, key=lambda entry: entry.timescale.title):
            areas.setdefault(entry.timescale.area, []).append(entry)
        return {
            "asked": asked,
            "areas": sorted(areas.items()),
            "all_areas": sorted({one.area for one in council.law.timescales.values()}),
            "kept": [(one.value, said) for one, said in KEPT.items() if viewer.may("cases") or one not in _OF_CASES],
            "count": len(shown),
            "whose": whose(viewer),
            "freshness": freshness(db, council),
        }


def one(council: Council, viewer: Viewer, id: str) -> dict[str, Any]:
    """One timescale whole: what starts and stops it, its versions, its other measures and its worked examples."""
    timescale = council.law.timescales.get(id)
    if timescale is None:
        raise NotFound("there is no timescale of this id", fix="the list of timescales shows what there is")
    with council.reading() as db:
        measures = [(measure, _triggers(measure)) for measure in timescale.measures]
        return {
            "entry": _entries(db, council.law, viewer, [timescale])[0],
            "described": described(timescale, council.law.ladders),
            "measures": measures,
            "limit_of": limit_of,
            "stories": [_story(example, timescale) for example in timescale.examples],
            "whose": whose(viewer),
            "freshness": freshness(db, council),
        }


def whose(viewer: Viewer) -> str:
    """Whose clocks the figures count."""
    return "in the whole council" if viewer.reach().is_all else "among the children whom you may see"


def limit_of(version: Version) -> str:
    """A version's limit in words, or that there is none."""
    return limit_words(version) or "no limit is set"


def _entries(db: Connection, law: Law, viewer: Viewer, own: Sequence[Timescale]) -> list[Entry]:
    sees = viewer.may("cases")
    left_out = left_out_for(law, viewer).timescales if sees else frozenset()
    found = _uses(db, viewer, [one.id for one in own]) if sees else {}
    return [
        Entry(
            timescale=one,
            version=version,
            limit=limit_of(version),
            use=found.get(one.id, Use()) if sees and one.id not in left_out else None,
            is_left_out=one.id in left_out,
        )
        for one in own
        for version in [one.duty.versions[-1]]
    ]


def _uses(db: Connection, viewer: Viewer, timescales: Sequence[str]) -> dict[str, Use]:
    on = clock.today()
    return uses(db, timescales, on, a_year_before(on), reach=viewer.reach())


def a_year_before(on: date) -> date:
    """The day after the same day of last year: with today, twelve months."""
    return added(on, Limit(-_MONTHS, Unit.MONTHS)) + timedelta(days=1)


def _is_kept(entry: Entry, kept: Kept) -> bool:
    use = entry.use or Use()
    return {
        Kept.ALL: True,
        Kept.RUNNING: use.running > 0,
        Kept.OVERDUE: use.overdue > 0,
        Kept.DOUBTFUL: least_sure(entry.version) is not Verified.PRIMARY,
        Kept.UNUSED: not entry.timescale.is_enabled,
    }[kept]


def _triggers(measure: Measure) -> Mapping[str, list[str]]:
    return {
        "Starts": [_trigger(one) for one in measure.starts],
        "Exists only if": [_trigger(one) for one in measure.exists_if],
        "Is met by": [_trigger(one) for one in measure.stops],
        "Is not needed if": [
            f"{_trigger(one.trigger)}, in the {one.within.words} before" for one in measure.exemptions
        ],
        "Ends without being met": [_trigger(one) for one in measure.ends] + _ends_by_itself(measure),
        "May be extended by": [_extension(one) for one in measure.versions[-1].extensions],
        "Stands still": [
            f"From: {_trigger(one.begins)}. To: {_trigger(one.ends)}" for one in measure.versions[-1].pauses
        ],
    }


def _ends_by_itself(measure: Measure) -> list[str]:
    ends = [f"By itself when the child turns {measure.until_age}"] if measure.until_age else []
    return [*ends, "Another begins: there is one at a time"] if measure.is_one_at_a_time else ends


def _extension(extension: Extension) -> str:
    most = "" if extension.most is None else ", once" if extension.most == 1 else f", {extension.most} times at most"
    return f"{_trigger(extension.trigger)}: by {extension.by.words} at most{most}"


def _trigger(trigger: Trigger) -> str:
    if trigger.birthday is not None:
        at = trigger.birthday
        lasted = f", and that has lasted {at.lasted.words}" if at.lasted else ""
        return f"The child is {at.age}, after “{words.event(at.begins)}”{lasted}: no event announces it"
    said = words.event(trigger.event)
    for condition in trigger.conditions:
        spellings = {
            words.spaced(words.value(one)).lower() if one is not None else "nothing" for one in condition.values
        }
        values = " or ".join(sorted(spellings))
        said += f", where {words.spaced(condition.field)} is {'not ' if condition.is_negated else ''}{values}"
    if trigger.only_otherwise:
        said += ", where nothing else started it"
    return f"{said} (and the clock says: {trigger.flag})" if trigger.flag else said


def _story(example: Example, timescale: Timescale) -> Story:
    titles = {measure.id: measure.title for measure in timescale.measures}
    happened = [(event.happened_on, _happened(event)) for event in sorted(example.history, key=_by_day)]
    comes_to = [_clock(clock, titles) for clock in example.clocks]
    return Story(example, happened, comes_to)


def _happened(event: Any) -> str:
    details = [f"{words.spaced(name)}: {words.value(value)}" for name, value in event.data.items()]
    details += [event.key] if event.key else []
    return words.event(event.type) + (f" ({', '.join(details)})" if details else "")


def _clock(clock: Mapping[str, object], titles: Mapping[str, str]) -> str:
    """``Started 8 June 2024, due 28 June 2024, stopped 1 July 2024: late``."""
    measure = str(clock.get("measure", ""))
    lead = f"{titles.get(measure, measure)}: " if measure and measure != "duty" else ""
    names = {"started_on": "started", "due_on": "due", "target_due_on": "target", "stopped_on": "stopped"}
    parts = [f"{names[name]} {words.with_days(str(clock[name]))}" for name in _DATES if clock.get(name)]
    said = ", ".join(parts)
    problem = str(clock.get("problem", ""))
    ends = (clock.get("outcome"), clock.get("ended_because"), PROBLEMS.get(problem, problem))
    said += "".join(f"; {words.lower(str(one))}" for one in ends if one)
    return words.first(lead + said)


def _by_day(event: Any) -> Any:
    return event.happened_on
