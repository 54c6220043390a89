"""One line of a list of people and posts: what it says, and what in it cannot be right by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple

from service.store.people.bounds import (
    Bounds,
    Wrong,
    wrong_address,
    wrong_holding,
    wrong_hour,
    wrong_period,
    wrong_post,
    wrong_reference,
    wrong_text,
)
from service.store.people.holdings import Period
from service.store.people.known import Place

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_AS_SPREADSHEETS_DO = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_HOUR = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
_YES, _NO = ("yes", "y", "true", "1"), ("", "no", "n", "false", "0")


class Refusal(NamedTuple):
    """A line that cannot be right. ``reason`` never repeats what was sent."""

    line: int
    reason: str
    fix: str


class Line(NamedTuple):
    """What one line says. ``from_on`` is the first day there is where the line names none."""

    post: str = ""
    team: str = ""
    team_name: str = ""
    service: str = ""
    address: str = ""
    person: str = ""
    from_on: date = date.min
    to_on: date | None = None
    is_deputy: bool = False
    away_from: date | None = None
    away_to: date | None = None
    cover: str = ""
    digest_at: time | None = None
    number: int = 0

    @property
    def place(self) -> Place:
        """Where the post is: the column ``service`` of a line with a team says which service the team belongs to."""
        return Place(self.team, "" if self.team else self.service)

    @property
    def is_mailbox(self) -> bool:
        return bool(self.post) and not self.person

    @property
    def period(self) -> Period:
        return Period(self.from_on, self.to_on)


@dataclass(frozen=True, slots=True)
class Values:
    """A line as it was read: by column, without the spaces around."""

    by_column: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.by_column.get(column, "")

    def day(self, column: str) -> date | None:
        """Raises ValueError where it is written in another way, or the calendar has no such day."""
        return _day(self.text(column)) if self.text(column) else None

    def hour(self, column: str) -> time | None:
        """Raises ValueError where it is no hour of the day."""
        return _hour(self.text(column)) if self.text(column) else None

    def line(self, number: int) -> Line:
        """What it says, once ``wrong_in`` has found nothing."""
        texts = {name: self.text(name) for name in ("post", "team", "team_name", "service", "address", "person")}
        return Line(
            **texts,
            from_on=self.day("from") or date.min,
            to_on=self.day("to"),
            is_deputy=self.text("is_deputy").lower() in _YES,
            away_from=self.day("away_from"),
            away_to=self.day("away_to"),
            cover=self.text("cover"),
            digest_at=self.hour("digest_at"),
            number=number,
        )


def wrong_in(values: Values, bounds: Bounds) -> Iterator[Wrong]:
    """Everything in a line that cannot be right by itself."""
    found = [*_wrong_words(values, bounds), *_wrong_writing(values)]
    if not found:  # what follows reads the dates
        found += _wrong_times(values, bounds)
    yield from (wrong for wrong in found if wrong)


def _wrong_words(values: Values, bounds: Bounds) -> Iterator[Wrong]:
    person, post, team = values.text("person"), values.text("post"), values.text("team")
    address = values.text("address")
    checks = [
        wrong_reference(team, "team") if team else None,
        wrong_text(values.text("team_name"), "team_name", may_be_empty=True),
        wrong_text(values.text("service"), "service", may_be_empty=True),
    ]
    if person:
        checks.append(wrong_reference(person, "person"))
        checks.append(wrong_holding(post, bounds) if post else None)
    else:
        checks.append(wrong_post(post, bounds))
        for column in ("from", "to", "is_deputy", "away_from", "away_to", "cover", "digest_at"):
            if values.text(column):
                checks.append((f"the line says {column} and names no person", "name the person, or leave it empty"))
    if address or not person:
        checks.append(wrong_address(address, bounds.domains))
    yield from (wrong for wrong in checks if wrong)


def _wrong_writing(values: Values) -> Iterator[Wrong]:
    for column in ("from", "to", "away_from", "away_to"):
        if not _can_be_read(values.day, column):
            yield f"{column} is not a day of the calendar", "write it as YYYY-MM-DD, or as DD/MM/YYYY"
    if not _can_be_read(values.hour, "digest_at"):
        yield "digest_at is not an hour", "write it as HH:MM"
    if values.text("is_deputy").lower() not in (*_YES, *_NO):
        yield "is_deputy is neither yes nor no", "write yes or no"


def _wrong_times(values: Values, bounds: Bounds) -> Iterator[Wrong]:
    line = values.line(0)
    checks = [wrong_period(line.from_on, line.to_on, "holding"), wrong_hour(line.digest_at, bounds)]
    if line.person and not line.post and (line.is_deputy or values.text("from") or line.to_on):
        checks.append(("the line says when a post is held and names no post", "name the post, or leave it empty"))
    if (line.away_from is None) != (line.away_to is None):
        checks.append(("the absence has only one of its two days", "give away_from and away_to, both included"))
    elif line.away_from is not None:
        checks.append(wrong_period(line.away_from, line.away_to, "absence"))
    elif line.cover:
        checks.append(("the line names a cover and no absence", "give away_from and away_to"))
    if line.cover and line.cover == line.person:
        checks.append(("the person covers for themselves", "name another, or leave it to the deputy"))
    yield from (wrong for wrong in checks if wrong)


def _can_be_read(read: Callable[[str], object], column: str) -> bool:
    try:
        read(column)
    except ValueError:
        return False
    return True


def _day(text: str) -> date:
    if found := _ISO.fullmatch(text):
        return date(*map(int, found.groups()))
    if found := _AS_SPREADSHEETS_DO.fullmatch(text):
        return date(*map(int, reversed(found.groups())))
    raise ValueError("no date")


def _hour(text: str) -> time:
    found = _HOUR.fullmatch(text)
    if found is None:
        raise ValueError("no hour")
    hour, minute = map(int, found.groups())
    return time(hour, minute)
