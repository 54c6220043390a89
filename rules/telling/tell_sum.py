"""The words of a sum: which days count and why, every day of it, and what it comes to."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rules.model import Counting, Source, Unit, Verified, local_time
from rules.telling.words import day, first, moment
from rules.workdays import COUNTED_BY_CALENDAR, CountedDay

if TYPE_CHECKING:
    from rules.telling.explanation import Explanation

_SURE = {
    Verified.PRIMARY: "the number was read in that text itself",
    Verified.SECONDARY: "the number was read in other people's account of it, not in the text itself",
    Verified.UNVERIFIED: "nobody has checked this number: treat it as unverified",
}
_DAY = timedelta(days=1)
_CONVENTIONS = tomllib.loads(Path(__file__).parent.with_name("conventions.toml").read_text("utf-8"))


def how_sure(source: Source) -> str:
    """How sure we are of a number, in words."""
    return _SURE[source.verified]


def counting(explanation: Explanation) -> str:
    """Which day is day 1 and which days count, with the authority for it."""
    limit, zero = explanation.clock.limit, explanation.clock.counted_from_on
    if limit is None or limit.unit is Unit.HOURS:
        return ""
    if explanation.version.before is not None:
        return f"It is counted back from {day(zero)}, which is not counted itself. {_working_day(explanation)}"
    convention = _CONVENTIONS[explanation.version.counting]
    words = f"{convention['words'].format(day=day(zero))} {convention['authority']}"
    return f"{words} {_working_day(explanation)}" if limit.unit in COUNTED_BY_CALENDAR else words


def sum_(explanation: Explanation) -> str:
    """How the due date comes about, every day of it, and whether it is final."""
    clock = explanation.clock
    if clock.due_on is None or clock.limit is None:
        return (
            ""
            if clock.problem or explanation.pauses
            else "No limit is set, so there is no due date: the days are counted, and nothing is overdue."
        )
    if clock.due_at is not None:
        return _hours(explanation, clock.due_at)
    if explanation.days:
        how = f"{first(clock.limit.words)} are counted so:\n{_weeks(explanation.days)}\n"
        how = how.replace("1 working day are", "1 working day is")
    else:
        how = f"{_calendar_sum(explanation)} "
    last = "With what was extended it" if explanation.grants else "So it"
    return f"{how}{last} is due on {day(clock.due_on)}, and the whole of that day counts. {_provisional(explanation)}"


def _hours(explanation: Explanation, due_at: datetime) -> str:
    """Elapsed time: what the clock on the wall does meanwhile makes no difference."""
    start_at, limit = explanation.start.happened_at, explanation.clock.limit
    assert start_at is not None
    assert limit is not None
    moved = local_time(due_at).utcoffset() != local_time(start_at).utcoffset()
    wall = (
        " The clocks changed in between, which changes the hour on the wall and not the time that passed."
        if moved
        else ""
    )
    return (
        f"{first(limit.words)} are counted as time that passes, nights, weekends and holidays included, from "
        f"{moment(start_at)}.{wall} So it is due by {moment(due_at)}. That is not provisional: it rests on no bank "
        f"holiday."
    )


def source(one: Source) -> str:
    """Where a number comes from, when that was read, and how sure we are."""
    paragraph = f", {one.paragraph}" if one.paragraph else ""
    address = f" ({one.address})" if one.address else ""
    note = f" {one.note}" if one.note else ""
    return f"Its source is {one.instrument}{paragraph}{address}, read on {day(one.read_on)}: {how_sure(one)}.{note}"


def _working_day(explanation: Explanation) -> str:
    calendar = explanation.calendar
    return (
        f"{calendar.definition} The calendar is {calendar.source.instrument}, checked on {day(calendar.checked_on)}; "
        f"it knows the holidays from {day(calendar.covered_from)} to {day(calendar.covered_until)}."
    ).strip()


def _weeks(days: Sequence[CountedDay]) -> str:
    """Every day, a line a week."""
    lines: list[list[CountedDay]] = []
    for one in days:
        if not lines or one.on.weekday() == 0:
            lines.append([])
        lines[-1].append(one)
    return "\n".join(f"  {', '.join(_counted(one) for one in line)}." for line in lines)


def _counted(one: CountedDay) -> str:
    name = f"{one.on:%a} {one.on.day} {one.on:%b}"
    if one.on.timetuple().tm_yday == 1 or one.number == 0:
        name += f" {one.on.year}"
    if one.number is not None:
        return f"{name} ({one.number})"
    is_weekend = one.skipped_because in ("Saturday", "Sunday")
    return f"{name} skipped" if is_weekend else f"{name} skipped for {one.skipped_because}"


def _calendar_sum(explanation: Explanation) -> str:
    """The sum in days, weeks, months or years: no calendar of holidays has a part in it."""
    clock = explanation.clock
    limit, zero, due_on = clock.limit, clock.counted_from_on, explanation.limit_ends_on
    assert limit is not None
    assert due_on is not None
    is_inclusive = explanation.version.counting is Counting.INCLUSIVE
    last = due_on + _DAY if is_inclusive and limit.unit in (Unit.DAYS, Unit.WEEKS) else due_on
    if limit.unit is Unit.WEEKS:
        words = f"{first(limit.words)} from {day(zero)} run to the same weekday, {day(last)}."
    elif limit.unit is Unit.TERMS:
        words = f"{first(limit.words)} from {day(zero)} end with the term that ends on {day(last)}."
    elif limit.unit is Unit.DAYS or explanation.pauses:
        words = f"{first(limit.words)}, every day of the week counted, run from {day(zero)} to {day(last)}."
    else:
        words = _month_sum(explanation, is_inclusive=is_inclusive)
    if is_inclusive and last != due_on:
        words += f" The period begins with {day(zero)} itself, so it ends a day earlier."
    why = explanation.calendar.why_skipped(due_on)
    rolls = f" {day(due_on)} is not a working day ({why}), and nothing moves it." if why else ""
    return f"{words}{rolls} Bank holidays and weekends make no difference to it."


def _month_sum(explanation: Explanation, *, is_inclusive: bool) -> str:
    clock = explanation.clock
    limit, zero, due_on = clock.limit, clock.counted_from_on, explanation.limit_ends_on
    assert limit is not None
    assert due_on is not None
    ends_on = due_on + _DAY if is_inclusive else due_on
    if ends_on.day == zero.day:
        earlier = f" The period begins with {day(zero)} itself, so it ends the day before." if is_inclusive else ""
        return f"{first(limit.words)} from {day(zero)} run to the corresponding date, {day(ends_on)}.{earlier}"
    return (
        f"{first(limit.words)} from {day(zero)} would run to the corresponding date, day {zero.day} of "
        f"{due_on:%B %Y}; that month has none, so they end on its last day, {day(due_on)}."
    )


def _provisional(explanation: Explanation) -> str:
    until = explanation.calendar.covered_until
    if explanation.clock.is_provisional:
        return (
            f"That date is provisional: it rests on days after {day(until)}, for which no bank holidays are published "
            f"yet. It will be worked out again when they are."
        )
    if explanation.days:
        return "That date is not provisional: every bank holiday it rests on is published."
    return "That date is not provisional: it rests on no bank holiday."


def target(explanation: Explanation) -> str:
    """The authority's own tighter target, with a sum and a source of its own."""
    clock, own = explanation.clock, explanation.target
    if own is None or clock.target_due_on is None:
        return ""
    days = f":\n{_weeks(explanation.target_days)}\n" if explanation.target_days else ". "
    provisional = ""
    if explanation.target_days and explanation.calendar.is_provisional(clock.target_due_on):
        provisional = " That date is provisional in the same way."
    return (
        f"Apart from that limit the authority has its own tighter target, {own.limit.words} from the start{days}"
        f"So the target date is {day(clock.target_due_on)}.{provisional} {source(own.source)} "
        f"A missed target is shown and warned of; it is not a breach."
    )
