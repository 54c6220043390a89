"""Ages and birthdays: duties that turn on how old somebody is, and starts that no event announces.

An age is reached at the beginning of the birthday. When somebody born on 29 February reaches it in a year that has no
such day is said in conventions.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from rules.catalogue import REGISTERED
from rules.model import Birthday, Event, Limit, Trigger
from rules.workdays import added

ByType = Mapping[str, Sequence[Event]]

_BORN = "date_of_birth"
_LEAP_DAY = tomllib.loads(Path(__file__).with_name("conventions.toml").read_text("utf-8"))["born_on_29_february"]


def born_on(by_type: ByType) -> date | None:
    """The date of birth as it was last said; None where nobody said it."""
    said = [event for event in by_type.get(REGISTERED, ()) if event.data.get(_BORN)]
    return _date(said[-1].data[_BORN]) if said else None


def birthday(born: date, age: int) -> date:
    """The day on which an age is reached."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, _LEAP_DAY["month"], _LEAP_DAY["day"])


def day_before(on: date, limit: Limit) -> date:
    """The day that lies ``limit`` before ``on``: days, weeks, months or years."""
    return added(on, Limit(-limit.count, limit.unit))


def come_of_age(trigger: Trigger, by_type: ByType) -> Iterator[Event]:
    """The start that a birthday makes, as the event that told of the birth, dated on the day it begins.

    At most one: the first period, of what must last, in which the age is reached, or in which somebody old enough
    already has been long enough.
    """
    at = trigger.birthday
    assert at is not None
    said = [event for event in by_type.get(trigger.event, ()) if event.data.get(_BORN)]
    if not said:
        return
    reached = birthday(_date(said[-1].data[_BORN]), at.age)
    for first, last in _periods(at, by_type):
        begins = max(reached, added(first, at.lasted) if at.lasted else first)
        if last is None or begins < last:
            yield replace(said[-1], happened_on=begins, happened_at=None, recorded_at=None, key=None)
            return


def _periods(at: Birthday, by_type: ByType) -> Iterator[tuple[date, date | None]]:
    """When what must last began and ended, one period after another; the last may have no end."""
    turns = [(event.happened_on, 1) for event in by_type.get(at.begins, ())]
    turns += [(event.happened_on, 0) for event in by_type.get(at.ends, ())]
    since: date | None = None
    for on, is_beginning in sorted(turns):
        if is_beginning:
            since = since or on
        elif since is not None:
            yield since, on
            since = None
    if since is not None:
        yield since, None


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
