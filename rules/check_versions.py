"""What cannot be right in the versions of a timescale: dates, limits, phases, targets, what lengthens them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from rules import shapes
from rules.model import Counting, Limit, Unit
from rules.workdays import COUNTED_BY_CALENDAR, WorkingCalendar, due

_DAY = timedelta(days=1)
_MARGIN = timedelta(days=2 * 366)
HOURS = "hours are counted from a moment, and only the limit of a version may be in hours: give it in days"

Place = tuple[object, ...]
Found = Iterator[tuple[Place, str]]


def bad_versions(
    path: Place, versions: list[shapes.VersionShape], kind: str, calendars: Mapping[str, WorkingCalendar]
) -> Found:
    """Everything wrong in a list of versions, with the place of each."""
    for nth, version in enumerate(versions):
        here = (*path, nth)
        calendar = calendars.get(version.calendar)
        if calendar is None:
            yield (*here, "calendar"), f"no calendar {version.calendar}: there is {', '.join(calendars)}"
        elif calendar.closures and kind != "local":
            reason = "an authority's closure days count only in a local rule: use the national calendar"
            yield (*here, "calendar"), reason
        else:
            yield from _bad_limits(here, version, calendar)
            yield from _bad_phases(here, version, calendar)
            yield from _bad_lengthening(here, version)
        following = versions[nth + 1].starts if nth + 1 < len(versions) else None
        yield from _bad_dates(here, version, following, (*path, nth + 1, "from"))


def _bad_limits(here: Place, version: shapes.VersionShape, calendar: WorkingCalendar) -> Found:
    plan = version.limit if isinstance(version.limit, shapes.PlanShape) else None
    if plan and (is_in_hours(plan.otherwise) or is_in_hours(plan.maximum)):
        yield (*here, "limit"), HOURS
        return
    limits = [plan.otherwise, plan.maximum] if plan else [version.limit]
    if any(_needs_terms(limit) for limit in limits) and not calendar.terms:
        yield (*here, "calendar"), f"{calendar.id} does not say when schools are open: name a calendar with [[terms]]"
        return
    longest = plan.maximum if plan else version.limit
    yield from _bad_target((*here, "target", "limit"), version.target, longest, version)
    target = version.target.limit if version.target else None
    if target is None or not isinstance(longest, Limit) or is_in_hours(target) or is_in_hours(longest):
        return
    loose = loose_target(target, longest, (version.starts, version.until), (calendar, version.counting))
    if loose:
        yield (*here, "target", "limit"), loose


def _bad_target(path: Place, target: shapes.TargetShape | None, longest: object, version: shapes.VersionShape) -> Found:
    if target is not None and (is_in_hours(target.limit) or is_in_hours(longest)):
        yield path, HOURS
    if target is not None and version.phases and path[-3] != "phases":
        yield path, "each phase has its own limit, so a target belongs to a phase: move it there"


def _bad_phases(here: Place, version: shapes.VersionShape, calendar: WorkingCalendar) -> Found:
    """Phases are where the limit says so; the last governs whatever no other does, so it has no conditions."""
    if bool(version.phases) != (version.limit == "phased"):
        yield (*here, "limit"), 'a version with [[versions.phases]] says limit = "phased", and no other does'
    if not version.phases:
        return
    if version.phases[-1].when != shapes.WhenShape():
        yield (
            (*here, "phases", len(version.phases) - 1, "when"),
            "the last phase holds always: add one without when",
        )
    seen: set[str] = set()
    for nth, phase in enumerate(version.phases):
        place = (*here, "phases", nth)
        if phase.id in seen:
            yield (*place, "id"), f"two phases are called {phase.id}: name each one differently"
        seen.add(phase.id)
        if is_in_hours(phase.limit) or _needs_terms(phase.limit):
            yield (*place, "limit"), HOURS
            continue
        if phase.when == shapes.WhenShape() and nth + 1 < len(version.phases):
            yield (
                (*place, "when"),
                "this holds always, so none after it ever does: give it a condition, or put it last",
            )
        yield from _bad_when((*place, "when"), phase.when)
        yield from _bad_target((*place, "target", "limit"), phase.target, phase.limit, version)
        if phase.target is not None and not is_in_hours(phase.target.limit):
            counted = (calendar, version.counting)
            if loose := loose_target(phase.target.limit, phase.limit, (version.starts, version.until), counted):
                yield (*place, "target", "limit"), loose


def _bad_when(here: Place, when: shapes.WhenShape) -> Found:
    for name, limit in (("within", when.within), ("after", when.after)):
        if limit is not None and (limit.unit in COUNTED_BY_CALENDAR or limit.unit in (Unit.HOURS, Unit.TERMS)):
            yield (
                (*here, name),
                "how long ago is said in days, weeks, months or years: correct the unit",
            )
    for nth, said in enumerate(when.said):
        if (said.is_one_of is None) == (said.is_not is None) and any("." in one.partition(".")[2] for one in said.by):
            yield (*here, "said", nth), "say what was last said with is = [values] or not = [values], one of the two"


def _bad_lengthening(here: Place, version: shapes.VersionShape) -> Found:
    """Extensions and pauses move a date counted forward in days; a date counted back moves with what it is before."""
    if version.before is not None and (version.extensions or version.pauses or not isinstance(version.limit, Limit)):
        yield (*here, "before"), "a limit before a date is one number, with no extensions or pauses: take them out"
    if version.before is not None and is_in_hours(version.limit):
        yield (*here, "limit"), HOURS
    for nth, extension in enumerate(version.extensions):
        if is_in_hours(extension.by) or is_in_hours(version.limit):
            yield (*here, "extensions", nth, "by"), HOURS
    countable = isinstance(version.limit, Limit) and (
        version.limit.unit in COUNTED_BY_CALENDAR or version.limit.unit in (Unit.DAYS, Unit.WEEKS)
    )
    if version.pauses and not (countable and version.counting is Counting.DAY_AFTER):
        yield (
            (*here, "pauses"),
            "only days and weeks, counted from the day after, can stand still: correct the limit",
        )


def _needs_terms(limit: object) -> bool:
    return isinstance(limit, Limit) and limit.unit in (Unit.SCHOOL_DAYS, Unit.TERMS)


def is_in_hours(limit: object) -> bool:
    return isinstance(limit, Limit) and limit.unit is Unit.HOURS


def _bad_dates(here: Place, version: shapes.VersionShape, following: date | None, next_from: Place) -> Found:
    if version.until is not None and version.until < version.starts:
        yield (*here, "until"), "it ends before it begins: correct one of the two dates"
    if following is None:
        return
    if following <= version.starts:
        yield next_from, "versions overlap or are out of order: put them in order of their dates"
    elif version.until is not None and version.until != following - _DAY:
        gap = "overlaps the next one" if version.until >= following else "leaves a gap before the next one"
        yield (*here, "until"), f"{gap}: end it on {(following - _DAY).isoformat()}, or leave until out"


def loose_target(
    target: Limit, limit: Limit, window: tuple[date, date | None], counted: tuple[WorkingCalendar, Counting]
) -> str | None:
    """A local target is never looser than the limit, whichever day it starts on: every day there is, is tried."""
    calendar, counting = counted
    on = max(window[0], calendar.covered_from)
    last = min(window[1] or date.max, calendar.covered_until - _MARGIN)
    while on <= last:
        target_on = due(on, target, calendar, counting).due_on
        limit_on = due(on, limit, calendar, counting).due_on
        if target_on > limit_on:
            return (
                f"{target} is looser than the limit of {limit} (from {on.isoformat()} it would be "
                f"{target_on.isoformat()}, after {limit_on.isoformat()}): a target may only be tighter"
            )
        on += _DAY
    return None
