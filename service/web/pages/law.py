"""The law as the clocks know it: every timescale in plain words, with where it is written and how sure we are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rules.model import Example, Extension, Measure, Timescale, Trigger, Version
from rules.telling.browse import described
from rules.telling.limits import limit_words
from service import clock
from service.council import Council
from service.errors import NotFound
from service.store import caseload
from service.web import words
from service.web.shown.freshness import freshness
from service.web.shown.rows import PROBLEMS

_DATES = ("started_on", "due_on", "target_due_on", "stopped_on")


class Entry(NamedTuple):
    """One timescale in the list."""

    timescale: Timescale
    version: Version
    limit: str
    running: int
    overdue: int


class Story(NamedTuple):
    """A worked example: what happened, and the clocks that come of it."""

    example: Example
    happened: list[tuple[Any, str]]
    comes_to: list[str]


def listed(council: Council) -> dict[str, Any]:
    """Every timescale by area, with how many of its clocks are running."""
    on = clock.today()
    with council.reading() as db:
        counts = {row.timescale: row for row in caseload.by_timescale(db, on, on)}
        entries = [_entry(one, counts.get(one.id)) for one in council.law.timescales.values()]
        areas: dict[str, list[Entry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.timescale.title):
            areas.setdefault(entry.timescale.area, []).append(entry)
        return {"areas": sorted(areas.items()), "freshness": freshness(db, council)}


def one(council: Council, id: str) -> dict[str, Any]:
    """One timescale whole: what starts and stops it, its versions, its other measures and its worked examples."""
    timescale = council.law.timescales.get(id)
    if timescale is None:
        raise NotFound("there is no timescale of this id", fix="the list of timescales shows what there is")
    on = clock.today()
    with council.reading() as db:
        counts = {row.timescale: row for row in caseload.by_timescale(db, on, on)}
        measures = [(measure, _triggers(measure)) for measure in timescale.measures]
        return {
            "entry": _entry(timescale, counts.get(id)),
            "described": described(timescale, council.law.ladders),
            "measures": measures,
            "limit_of": limit_of,
            "stories": [_story(example, timescale) for example in timescale.examples],
            "freshness": freshness(db, council),
        }


def limit_of(version: Version) -> str:
    """A version's limit in words, or that there is none."""
    return limit_words(version) or "no limit is set"


def _entry(timescale: Timescale, counts: Any) -> Entry:
    version = timescale.duty.versions[-1]
    running, overdue = (counts.running, counts.overdue or 0) if counts else (0, 0)
    return Entry(timescale, version, limit_of(version), running, overdue)


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
