"""`timescales due-date`: a date, counted as the clocks count it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated

import typer

from rules import CannotCount, load_calendars
from rules.model import Limit, Unit
from rules.workdays import WorkingCalendar, due, due_at
from service.cli.screen import complain, say
from service.clock import LOCAL

_CALENDAR = "england-and-wales"
_COLUMNS = "start,count,unit"
_MOST_COUNT = 10_000


class _Refused(Exception):
    """A line that cannot be counted, in words."""


def due_date(
    start: Annotated[
        str | None, typer.Argument(help="day 0, as YYYY-MM-DD; for hours a moment, as YYYY-MM-DDTHH:MM")
    ] = None,
    count: Annotated[int | None, typer.Argument(help="how many; negative: that many before")] = None,
    unit: Annotated[Unit, typer.Argument(help="what is counted")] = Unit.WORKING_DAYS,
    csv: Annotated[str | None, typer.Option(help="a file of start,count,unit lines, or - for standard input")] = None,
) -> None:
    """Counts a due date: say day 0, a count and a unit."""
    calendar = load_calendars()[_CALENDAR]
    if csv is not None:
        if csv == "-":
            raise typer.Exit(_many(sys.stdin, calendar))
        with open(csv, encoding="utf-8-sig") as lines:
            raise typer.Exit(_many(lines, calendar))
    if start is None or count is None:
        complain("say a start and a count, as in: timescales due-date YYYY-MM-DD 15 working_days; or --csv FILE")
        raise typer.Exit(2)
    try:
        due_on, is_provisional = _due(start, count, unit, calendar)
    except _Refused as refused:
        complain(str(refused))
        raise typer.Exit(1) from None
    say(due_on)
    if is_provisional:
        complain(
            f"provisional: bank holidays are published until {calendar.covered_until.isoformat()}, "
            "and this rests on later ones"
        )


def _many(lines: Iterable[str], calendar: WorkingCalendar) -> int:
    """Every line with its due date and whether it is provisional; 1 where a line was refused, each named by number."""
    refused = 0
    write = sys.stdout.write
    write(f"{_COLUMNS},due,provisional\n")
    for number, line in _data_lines(lines):
        try:
            due_on, is_provisional = _line(line, calendar)
            write(f"{line},{due_on},{'true' if is_provisional else 'false'}\n")
        except _Refused as error:
            refused += 1
            write(f"{line},,\n")
            complain(f"line {number}: {error}")
    sys.stdout.flush()
    return 1 if refused else 0


def _data_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if line and not (number == 1 and line.lower().replace(" ", "") == _COLUMNS):
            yield number, line


def _line(line: str, calendar: WorkingCalendar) -> tuple[str, bool]:
    parts = line.split(",")
    if len(parts) != 3:
        raise _Refused(f"has {len(parts)} values: write {_COLUMNS}")
    start, count, unit = parts
    try:
        return _due(start.strip(), int(count), _UNITS[unit.strip()], calendar)
    except KeyError:
        raise _Refused(f"the unit is unknown: use one of {', '.join(Unit)}") from None
    except ValueError:
        raise _Refused("the count is not a whole number: write it in digits") from None


def _due(start: str, count: int, unit: Unit, calendar: WorkingCalendar) -> tuple[str, bool]:
    if not -_MOST_COUNT <= count <= _MOST_COUNT:
        raise _Refused(f"the count is out of range: use {-_MOST_COUNT:,} to {_MOST_COUNT:,}")
    try:
        if unit is Unit.HOURS:
            return due_at(_moment(start), Limit(count, unit)).astimezone(LOCAL).isoformat(), False
        due_on, is_provisional = due(date.fromisoformat(start), Limit(count, unit), calendar)
        return due_on.isoformat(), is_provisional
    except CannotCount as error:
        raise _Refused(str(error)) from None
    except ValueError:
        raise _Refused("the start is not a date: write it as YYYY-MM-DD") from None


def _moment(text: str) -> datetime:
    """A moment; without an offset it is local time, unless the clocks make that hour happen twice or not at all."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused("the start is not a moment: write it as YYYY-MM-DDTHH:MM") from None
    if moment.tzinfo is not None:
        return moment
    moment = moment.replace(tzinfo=LOCAL)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise _Refused("the clocks change in that hour: add the offset, +00:00 or +01:00")
    return moment


_UNITS = {unit.value: unit for unit in Unit}
