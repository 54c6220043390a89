"""Ages and birthdays: duties that turn on how old somebody is, and starts that no event announces.

An age is reached at the beginning of the birthday. When somebody born on 29 February reaches it in a year that has no
such day is said in conventions.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from operator import itemgetter
from pathlib import Path

from rules.catalogue import REGISTERED
from rules.model import Event, Limit, Trigger
from rules.returns import can_tell
from rules.workdays import added

ByType = Mapping[str, Sequence[Event]]

_BORN = "date_of_birth"
_LEAP_DAY = tomllib.loads(Path(__file__).with_name("conventions.toml").read_text("utf-8"))["born_on_29_february"]


def born_on(by_type: ByType) -> date | None:
    """The date of birth as it was last said; None where nobody said it."""
    said = (event.day_in(_BORN) for event in reversed(by_type.get(REGISTERED, ())))
    return next((on for on in said if on is not None), None)


def birthday(born: date, age: int) -> date:
    """The day on which an age is reached."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, _LEAP_DAY["month"], _LEAP_DAY["day"])


def day_before(on: date, limit: Limit) -> date:
    """The day that lies ``limit`` before ``on``: days, weeks, months or years."""
    return added(on, Limit(-limit.count, limit.unit))


def come_of_age(trigger: Trigger, by_type: ByType, stoppers: frozenset[str]) -> Iterator[Event]:
    """The start that a birthday makes, as the event that began what must last, dated on the day it begins.

    At most one: the first period, of what must last, in which the age is reached, or in which somebody old enough
    already has been long enough. Anybody may say when somebody was born; the period must be known from a source that
    can tell any of ``stoppers`` as well. Its event is the start, and not the birth: a birth is told by many, and a
    clock must not hang on who told it last.
    """
    at, born = trigger.birthday, born_on(by_type)
    assert at is not None
    if born is None:
        return
    reached = birthday(born, at.age)
    known = [event for event in by_type.get(at.begins, ()) if can_tell(event.source, stoppers)]
    for begun, last in _periods(known, by_type.get(at.ends, ())):
        begins = max(reached, added(begun.happened_on, at.lasted) if at.lasted else begun.happened_on)
        if last is None or begins < last:
            yield replace(begun, happened_on=begins, happened_at=None, recorded_at=None, key=None)
            return


def _periods(beginnings: Iterable[Event], ends: Iterable[Event]) -> Iterator[tuple[Event, date | None]]:
    """What began each period, and the day on which it ended, one after another; the last may have no end."""
    turns = [(event.happened_on, 1, event) for event in beginnings] + [(event.happened_on, 0, event) for event in ends]
    begun: Event | None = None
    for on, is_beginning, event in sorted(turns, key=itemgetter(0, 1)):
        if is_beginning:
            begun = begun or event
        elif begun is not None:
            yield begun, on
            begun = None
    if begun is not None:
        yield begun, None
