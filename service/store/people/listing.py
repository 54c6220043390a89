"""A list of people and posts, as a CSV file: who holds which post, their deputies, who is away, and the mailboxes.

One line says one thing, or several about the same person:

    post, address                        the mailbox of a post
    post, person, from, to               who holds a post, or (is_deputy: yes) stands in for its holder
    person, address, digest_at           where somebody reads, and from which hour
    person, away_from, away_to, cover    when somebody is away, and who is told instead

A post is the team's that the line names; without a team, the service's; without either, the whole authority's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time

from service.store.people.bounds import Bounds, Wrong
from service.store.people.holdings import clash, spelt
from service.store.people.known import Place
from service.store.people.lines import Line, Refusal, Values, wrong_in

COLUMNS = ("post", "team", "team_name", "service", "address")
MORE_COLUMNS = ("person", "from", "to", "is_deputy", "away_from", "away_to", "cover", "digest_at")
"""Columns that a list may leave out; what it leaves out it says nothing of, and that stays as it is."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """What a file says, and which of its lines cannot be right. ``columns``: those that it has."""

    rows: tuple[Line, ...]
    refusals: tuple[Refusal, ...] = ()
    columns: frozenset[str] = frozenset(COLUMNS)


def import_csv(lines: Iterable[str], bounds: Bounds) -> PeopleList:
    """Reads a file, its columns named in its first line. Nothing is stored: give it to ``put_list``.

    A line that cannot be right is refused with its number.
    """
    reader = csv.DictReader(lines, strict=True)
    try:
        names = [(name or "").strip() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        if wrong := _wrong_columns(names):
            return PeopleList((), (Refusal(1, *wrong),))
        return _read(reader, bounds, frozenset(names))
    except csv.Error:
        fix = "save the file as CSV, in UTF-8, with a quotation mark on both sides of a value that holds a comma"
        return PeopleList((), (Refusal(reader.line_num or 1, "this line is not CSV", fix),))


def _wrong_columns(names: list[str]) -> Wrong | None:
    fix = f"let the first line read: {','.join(COLUMNS)}, and if need be {','.join(MORE_COLUMNS)}"
    if missing := [column for column in COLUMNS if column not in names]:
        return f"the first line does not name the column {missing[0]}", fix
    if len(set(names)) < len(names):
        return "the first line names a column twice", fix
    if any(name not in (*COLUMNS, *MORE_COLUMNS) for name in names):
        return "the first line names a column that is not read here", fix  # passed over in silence, it would mislead
    return None


def _read(reader: csv.DictReader[str], bounds: Bounds, columns: frozenset[str]) -> PeopleList:
    rows: list[Line] = []
    refusals: list[Refusal] = []
    for values in reader:
        if None in values:
            fix = "put quotation marks round a value that holds a comma"
            refusals.append(Refusal(reader.line_num, "the line has more values than columns", fix))
        elif any(value and value.strip() for value in values.values()):  # a row of commas is a spreadsheet's empty row
            read = Values({name: (value or "").strip() for name, value in values.items()})
            wrong = list(wrong_in(read, bounds))
            refusals += [Refusal(reader.line_num, *one) for one in wrong]
            rows += [] if wrong else [read.line(reader.line_num)]
    refusals += _between(rows)
    refused = {refusal.line for refusal in refusals}
    kept = tuple(row for row in rows if row.number not in refused)
    return PeopleList(kept, tuple(sorted(refusals)), columns)


@dataclass(slots=True)
class _Said:
    """What the lines so far have said, and which line said it first."""

    mailboxes: dict[tuple[str, Place], int] = field(default_factory=dict)
    teams: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    addresses: dict[str, tuple[int, str]] = field(default_factory=dict)
    hours: dict[str, tuple[int, time]] = field(default_factory=dict)
    holders: dict[tuple[str, Place], list[Line]] = field(default_factory=dict)


def _between(rows: list[Line]) -> Iterator[Refusal]:
    """Lines that say otherwise than a line before them."""
    said = _Said()
    for row in rows:
        for found in (_about_post(said, row), _about_team(said, row), _about_person(said, row)):
            if found:
                yield Refusal(row.number, *found)
    named = {row.team for row in rows if row.team_name}
    for row in rows:
        if row.team and row.team not in named:
            yield Refusal(row.number, "the team_name is empty", "give the team_name, on one line of the team at least")
            named.add(row.team)


def _about_post(said: _Said, row: Line) -> Wrong | None:
    if row.is_mailbox:
        earlier = said.mailboxes.setdefault((row.post, row.place), row.number)
        if earlier != row.number:
            fix = "keep one mailbox for each post of a team; who holds it goes into the column person"
            return f"the post and team are those of line {earlier}", fix
    elif row.post and not row.is_deputy:
        others = said.holders.setdefault((row.post, row.place), [])
        for other in others:
            if clash(row.period, other.period):
                return (
                    f"the post is held on the same days by line {other.number}, {spelt(other.period)}",
                    "let one end before the other begins, or say is_deputy",
                )
        others.append(row)
    return None


def _about_team(said: _Said, row: Line) -> Wrong | None:
    if not row.team or not (row.team_name or row.service):
        return None
    number, name, service = said.teams.setdefault(row.team, (row.number, row.team_name, row.service))
    if (row.team_name and name and row.team_name != name) or (row.service and service and row.service != service):
        return (
            f"the team has another name or service on line {number}",
            "call it the same throughout",
        )
    said.teams[row.team] = (number, name or row.team_name, service or row.service)
    return None


def _about_person(said: _Said, row: Line) -> Wrong | None:
    if not row.person:
        return None
    if row.address:
        number, address = said.addresses.setdefault(row.person, (row.number, row.address))
        if address != row.address:
            return f"the person has another address on line {number}", "give a person one address, or leave it out here"
    if row.digest_at:
        number, hour = said.hours.setdefault(row.person, (row.number, row.digest_at))
        if hour != row.digest_at:
            return f"the person has another digest_at on line {number}", "give a person one hour, or leave it out here"
    return None
