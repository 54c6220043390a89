"""What cannot be right in what was sent, and where to put it right: never silently left out, never counted as met."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.model import Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.store import people
from service.store.seeing import browsing, caseload
from service.store.seeing.caseload import Wanted
from service.web import words
from service.web.case import births
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import WITHOUT_TEAM, address, team_in
from service.web.shown.rows import PROBLEMS, team_name, title_of

_MOST = 200
"""Of each kind on the page; the file has all of them."""
_MOST_IN_A_FILE = 100_000

_TITLES = {
    **PROBLEMS,
    "nothing-to-stop": "Something was held that no clock was waiting for",
    "nothing-to-decide": "A decision about something that was never recorded",
    "corrects-a-withdrawal": "A correction of a withdrawal",
    "rival-corrections": "Two corrections of one event",
    "rival-merges": "Merged into two different records",
    "correction-ring": "Events that correct one another in a ring",
    "cannot-evaluate": "A history that cannot be worked out",
}
_FIXES = {
    "stopped-before-start": "In the case system: correct the date of whichever of the two is wrong.",
    "ended-before-start": "In the case system: correct the date of whichever of the two is wrong.",
    "source-data": "In the case system: correct what is named here, then send the return again.",
    "cannot-count": "In the case system: check the start date. If it is right, the calendar needs earlier years.",
    "nothing-to-stop": "In the case system: record what came before it, with the same key, or correct its key.",
    "nothing-to-decide": "In the case system: record what the decision is about, with the same key.",
    "rival-corrections": "In the case system: withdraw the correction that is wrong. Until then the latest is used.",
    "rival-merges": "In the case system: say which record the child is known by. Until then the latest is used.",
    "corrects-a-withdrawal": "In the case system: send the fact again as a new event.",
    "correction-ring": "With the supplier of the case system: an event must not correct itself.",
    "cannot-evaluate": "Tell the people who run this service: the clocks stand as they last could be worked out.",
}
_EVENT = re.compile(r"^[\w.-]+ of \d{4}-\d\d-\d\d: ")
"""How a problem begins to say which event it is about: the pages show that event itself."""
_FIX = "In the case system: correct the record, or withdraw it."


class Told(NamedTuple):
    """A kind of problem in words, with its fix. ``about`` is the timescale it touches, if it touches one."""

    title: str
    words: str
    about: str
    fix: str


class Line(NamedTuple):
    """One problem of one subject. ``team``: who has to put it right. ``on`` is None where no day may be shown."""

    code: str
    told: Told
    subject: str
    clock: Clock | None
    on: date | None
    event: str
    team: str | None
    team_name: str


class Group(NamedTuple):
    """A kind of problem: how many there are of it, and those that are shown."""

    told: Told
    problems: int
    lines: Sequence[Line]


class Share(NamedTuple):
    """How many problems a team has to put right, with the list of them."""

    name: str
    problems: int
    href: str
    is_chosen: bool


def told(code: str | None, said: str, about: str) -> Told:
    """A problem by its code."""
    known = code or ""
    what = words.first(words.with_days(_EVENT.sub("", said)))
    return Told(_TITLES.get(known, words.first(words.spaced(known))), what, about, _FIXES.get(known, _FIX))


def view(council: Council, viewer: Viewer, team: str | None) -> dict[str, Any]:
    """The problems of a team or of all, newest first, up to a number of each kind; and how many each team has."""
    with council.writing() as db:
        names = people.team_names(db)
        counted = _counted(db, viewer)
        lines = _lines(db, council, viewer, team, names, most=_MOST)
        note_read(db, viewer, "problems.listed", (line.subject for line in lines))
        own = [(code, count) for of, code, count in counted if team is None or (of or WITHOUT_TEAM) == team]
        return {
            "groups": _groups(lines, own),
            "count": sum(count for _, count in own),
            "shares": _shares(counted, names, team),
            "team": team,
            "team_name": None if team is None else team_name(names, team_in(team)),
            "file": address("/problems.csv", team=team),
            "most": _MOST,
            "freshness": freshness(db, council),
        }


COLUMNS = ("team", "team name", "kind", "problem", "child", "timescale", "clock", "date", "event", "what to fix")


def exported(council: Council, viewer: Viewer, team: str | None) -> list[tuple[object, ...]]:
    """Every one of them, as rows of a spreadsheet."""
    with council.writing() as db:
        lines = _lines(db, council, viewer, team, people.team_names(db), most=_MOST_IN_A_FILE)
        note_read(db, viewer, "problems.exported", (line.subject for line in lines))
    return [
        (
            line.team,
            line.team_name,
            line.code,
            ": ".join(filter(None, (line.told.title, line.told.words))),
            line.subject,
            line.told.about,
            line.clock.id if line.clock else None,
            line.on,
            line.event,
            line.told.fix,
        )
        for line in lines
    ]


def _counted(db: Connection, viewer: Viewer) -> list[tuple[str | None, str, int]]:
    """How many there are, by team and kind: whatever the filter, so that the whole stays in sight."""
    reach = viewer.reach("problems")
    return [*browsing.flawed_counted(db, reach=reach), *browsing.problems_counted(db, reach=reach)]


def _lines(
    db: Connection, council: Council, viewer: Viewer, team: str | None, names: Mapping[str, str], *, most: int
) -> list[Line]:
    reach, only, is_without = viewer.reach("problems"), team_in(team), team == WITHOUT_TEAM
    wanted = Wanted(with_problem=True, team=only, is_without_team=is_without, reach=reach)
    flawed = caseload.listed(db, wanted, wall.today(), most=most)
    rows = browsing.problems(db, most=most, reach=reach, team=only, is_without_team=is_without)
    is_born_shown = viewer.reach("dates-of-birth") == reach
    lines = [
        *(_of_clock(council, names, one, is_born_shown) for one in reversed(flawed)),
        *(_of_history(council, names, row, is_born_shown) for row in rows),
    ]
    return lines if is_born_shown else sorted(lines, key=_last_without_day)


def _last_without_day(line: Line) -> tuple[bool, str, str]:
    """By its place among days that are shown, one that is not would be told all the same."""
    return (False, "", "") if line.on else (True, line.subject, line.event)


def _groups(lines: Iterable[Line], counted: Iterable[tuple[str, int]]) -> list[Group]:
    """Kind by kind, the most frequent first."""
    by_title: dict[str, list[Line]] = {}
    for line in lines:
        by_title.setdefault(line.told.title, []).append(line)
    counts: dict[str, int] = {}
    for code, count in counted:
        title = told(code, "", "").title
        counts[title] = counts.get(title, 0) + count
    found = [Group(own[0].told, counts.get(title, len(own)), own) for title, own in by_title.items()]
    return sorted(found, key=lambda group: -group.problems)


def _shares(
    counted: Iterable[tuple[str | None, str, int]], names: Mapping[str, str], chosen: str | None
) -> list[Share]:
    """Team by team, in the order of their names."""
    counts: dict[str | None, int] = {}
    for team, _, count in counted:
        counts[team] = counts.get(team, 0) + count
    return [
        Share(team_name(names, team), count, address("/problems", team=key), key == chosen)
        for team, count in sorted(counts.items(), key=lambda pair: team_name(names, pair[0]))
        for key in [team or WITHOUT_TEAM]
    ]


def _of_clock(council: Council, names: Mapping[str, str], clock: Clock, is_born_shown: bool) -> Line:
    about = title_of(council.law, clock.timescale)
    is_shown = is_born_shown or not births.is_counted_from_birth(clock, council.law)
    return Line(
        code=clock.problem or "",
        told=told(clock.problem, "", about),
        subject=clock.subject,
        clock=clock,
        on=clock.started_on if is_shown else None,
        event="",
        team=clock.team,
        team_name=team_name(names, clock.team),
    )


def _of_history(council: Council, names: Mapping[str, str], row: Any, is_born_shown: bool) -> Line:
    is_shown = is_born_shown or not births.tells_of_birth(row.type or "")
    return Line(
        code=row.code,
        told=told(
            row.code, row.words if is_shown else "", title_of(council.law, row.timescale) if row.timescale else ""
        ),
        subject=row.subject,
        clock=None,
        on=row.happened_on if is_shown else None,
        event=f"{words.event(row.type)}, event {row.event_id}" if row.type else f"event {row.event_id}",
        team=row.team,
        team_name=team_name(names, row.team),
    )
