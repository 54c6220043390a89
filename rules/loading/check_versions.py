"""What cannot be right in the versions of a timescale: dates, limits, phases, targets, what lengthens them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from rules.errors import CannotCount
from rules.loading import shapes
from rules.model import Counting, Limit, Unit
from rules.workdays import COUNTED_BY_CALENDAR, WorkingCalendar, added, due

_DAY = timedelta(days=1)
_MARGIN = timedelta(days=2 * 366)
HOURS = "hours are counted from a moment, and only the limit of a version may be in hours: give it in days"
AGO = "how long ago is said in days, weeks, months or years: correct the unit"
_ALWAYS = shapes.WhenShape()

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
            yield from _bad_lengthening(here, version, calendar)
        yield from _bad_counting(here, version)
        following = versions[nth + 1].starts if nth + 1 < len(versions) else None
        yield from _bad_dates(here, version, following, (*path, nth + 1, "from"))


def _bad_limits(here: Place, version: shapes.VersionShape, calendar: WorkingCalendar) -> Found:
    plan = version.limit if isinstance(version.limit, shapes.PlanShape) else None
    if plan and (is_in_hours(plan.otherwise) or is_in_hours(plan.maximum)):
        yield (*here, "limit"), HOURS
        return
    longest = plan.maximum if plan else version.limit
    target = version.target.limit if version.target else None
    for limit in (plan.otherwise if plan else None, longest, target):
        if wrong := uncountable(limit, calendar):
            yield (*here, "calendar"), wrong
            return
    yield from _bad_target((*here, "target", "limit"), version.target, longest, (version, calendar))
    if target is not None and version.phases:
        yield (*here, "target", "limit"), "each phase has its own limit, so a target belongs to a phase: move it there"


def _bad_target(
    path: Place,
    target: shapes.TargetShape | None,
    longest: object,
    counted: tuple[shapes.VersionShape, WorkingCalendar],
) -> Found:
    version, calendar = counted
    if target is None:
        return
    if is_in_hours(target.limit):
        yield path, HOURS
    elif version.before is not None:
        yield path, "a limit before a date is one number, with no target beside it: take it out"
    elif isinstance(longest, Limit):
        window = (version.starts, version.until)
        if loose := loose_target(target.limit, longest, window, (calendar, version.counting)):
            yield path, loose


def _bad_counting(here: Place, version: shapes.VersionShape) -> Found:
    """What a version says of how it counts, where there is nothing that it could mean."""
    is_hours, is_terms = is_in_hours(version.limit), _unit_of(version.limit) is Unit.TERMS
    if version.counting is Counting.INCLUSIVE and (is_hours or is_terms or version.before is not None):
        yield (*here, "counting"), "hours, terms and dates counted back have no first day to count: leave counting out"
    if version.counted_from is not None and (is_hours or version.before is not None or not _is_one(version.limit)):
        yield (
            (*here, "counted_from"),
            "only one limit, counted forward in days, can begin at another event: take it out",
        )
    if version.before is not None and (version.extensions or version.pauses or not isinstance(version.limit, Limit)):
        yield (*here, "before"), "a limit before a date is one number, with no extensions or pauses: take them out"
    if version.before is not None and (is_hours or is_terms):
        yield (*here, "limit"), f"{version.limit} cannot be counted back from a date: give it in days"


def _bad_phases(here: Place, version: shapes.VersionShape, calendar: WorkingCalendar) -> Found:
    """Phases are where the limit says so; the last governs whatever no other does, so it has no conditions."""
    if bool(version.phases) != (version.limit == "phased"):
        yield (*here, "limit"), 'a version with [[versions.phases]] says limit = "phased", and no other does'
    if not version.phases:
        if version.judged != "day by day":
            yield (*here, "judged"), "only which of several phases holds is judged: take it out, or add phases"
        return
    if version.phases[-1].when != _ALWAYS:
        place = (*here, "phases", len(version.phases) - 1, "when")
        yield place, "the last phase holds always: add one without when"
    for nth, phase in enumerate(version.phases):
        place, before = (*here, "phases", nth), version.phases[:nth]
        if any(other.id == phase.id for other in before):
            yield (*place, "id"), f"two phases are called {phase.id}: name each one differently"
        if phase.when == _ALWAYS and nth + 1 < len(version.phases):
            reason = "this holds always, so none after it ever does: give it a condition, or put it last"
            yield (*place, "when"), reason
        elif twin := next((other.id for other in before if other.when == phase.when), None):
            yield (*place, "when"), f"{twin} holds whenever this would, so this never does: correct its conditions"
        yield from _bad_when((*place, "when"), phase.when, version)
        if is_in_hours(phase.limit):
            yield (*place, "limit"), HOURS
        elif wrong := uncountable(phase.limit, calendar):
            yield (*place, "limit"), wrong
        else:
            yield from _bad_target((*place, "target", "limit"), phase.target, phase.limit, (version, calendar))
        if phase.counted_from == "the change" and version.judged == "at the start":
            yield (*place, "counted_from"), "what is judged at the start does not change: take it out"


def _bad_when(here: Place, when: shapes.WhenShape, version: shapes.VersionShape) -> Found:
    for name, limit in (("within", when.within), ("after", when.after)):
        if limit is not None and not has_corresponding_day(limit):
            yield (*here, name), AGO
            return
    if when.within and when.after and not _is_ever_between(when.after, when.within, version.starts):
        yield (*here, "within"), f"{when.within} are over before {when.after} are: this never holds, so correct one"
    for nth, said in enumerate(when.said):
        place = (*here, "said", nth)
        has_fields = any("." in one.partition(".")[2] for one in said.by)
        given = [values for values in (said.is_one_of, said.is_not) if values is not None]
        if len(given) > 1 or [] in given or (has_fields and not given):
            yield place, "say what was last said with is = [values] or not = [values], one of the two"
        if said.begun == "since the wait began" and version.judged == "at the start":
            yield (*place, "begun"), "at the start nothing can have begun since: take it out"


def _is_ever_between(after: Limit, within: Limit, on: date) -> bool:
    """Whether there is a day of the year from which the one is reached before the other is over."""
    return any(added(day, after) < added(day, within) for day in (on + _DAY * nth for nth in range(366)))


def _bad_lengthening(here: Place, version: shapes.VersionShape, calendar: WorkingCalendar) -> Found:
    """Extensions and pauses move a date counted forward in days; a date counted back moves with what it is before."""
    for nth, extension in enumerate(version.extensions):
        place = (*here, "extensions", nth, "by")
        if is_in_hours(extension.by) or is_in_hours(version.limit):
            yield place, HOURS
        elif version.limit == "unset":
            yield place, "nothing is set that could be extended: set the limit first, or take it out"
        elif wrong := uncountable(extension.by, calendar):
            yield place, wrong
    countable = _unit_of(version.limit) in (*COUNTED_BY_CALENDAR, Unit.DAYS, Unit.WEEKS)
    if version.pauses and not (countable and version.counting is Counting.DAY_AFTER):
        reason = "only days and weeks, counted from the day after, can stand still: correct the limit"
        yield (*here, "pauses"), reason


def uncountable(limit: object, calendar: WorkingCalendar) -> str | None:
    """Why this calendar cannot count this limit; None where it can."""
    unit = _unit_of(limit)
    if unit in (Unit.SCHOOL_DAYS, Unit.TERMS) and not calendar.terms:
        return f"{calendar.id} does not say when schools are open: name a calendar with [[terms]]"
    if unit is Unit.WORKING_DAYS and calendar.terms:
        return f"{calendar.id} counts the days on which schools are open: say school_days, or name another calendar"
    return None


def has_corresponding_day(limit: Limit) -> bool:
    """Whether a limit can be counted without a calendar and without a moment."""
    return limit.unit not in COUNTED_BY_CALENDAR and limit.unit not in (Unit.TERMS, Unit.HOURS)


def _is_one(limit: object) -> bool:
    return isinstance(limit, Limit) or limit == "unset"


def _unit_of(limit: object) -> Unit | None:
    return limit.unit if isinstance(limit, Limit) else None


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
    if is_in_hours(target) or is_in_hours(limit):
        return HOURS
    if wrong := uncountable(target, calendar) or uncountable(limit, calendar):
        return wrong
    on = max(window[0], calendar.covered_from)
    last = min(window[1] or date.max, calendar.covered_until - _MARGIN)
    while on <= last:
        try:
            target_on = due(on, target, calendar, counting).due_on
            limit_on = due(on, limit, calendar, counting).due_on
        except CannotCount:  # past the last term there is
            return None
        if target_on > limit_on:
            return (
                f"{target} is looser than the limit of {limit} (from {on.isoformat()} it would be "
                f"{target_on.isoformat()}, after {limit_on.isoformat()}): a target may only be tighter"
            )
        on += _DAY
    return None
