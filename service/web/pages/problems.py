"""What cannot be right in what was sent, and where to put it right: never silently left out, never counted as met."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from rules.model import Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.store import browsing, caseload, people
from service.web import words
from service.web.shown.freshness import freshness, note_read
from service.web.shown.rows import PROBLEMS, team_name, title_of

_MOST = 200

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
_FIX = "In the case system: correct the record, or withdraw it."


class Told(NamedTuple):
    """A kind of problem in words, with its fix. ``about`` is the timescale it touches, if it touches one."""

    title: str
    words: str
    about: str
    fix: str


class Line(NamedTuple):
    """One problem of one subject."""

    told: Told
    subject: str
    clock: Clock | None
    happened_on: date | None
    event: str
    team_name: str


def told(code: str | None, said: str, about: str) -> Told:
    """A problem by its code."""
    known = code or ""
    return Told(_TITLES.get(known, words.first(words.spaced(known))), words.first(said), about, _FIXES.get(known, _FIX))


def view(council: Council, viewer: Viewer) -> dict[str, Any]:
    """Every problem there is, newest first, up to a number; and how many of each kind."""
    with council.writing() as db:
        names = people.team_names(db)
        wanted = caseload.Wanted(with_problem=True, reach=viewer.reach("problems"))
        on = wall.today()
        flawed = caseload.listed(db, wanted, on, most=_MOST)
        rows = browsing.problems(db, most=_MOST, reach=viewer.reach("problems"))
        count = caseload.counted(db, wanted, on)
        lines = [_of_clock(council, names, one) for one in reversed(flawed)]
        lines += [_of_history(council, names, row) for row in rows]
        note_read(db, viewer, "problems.listed", (line.subject for line in lines))
        return {
            "lines": lines,
            "by_title": _by_title(lines),
            "most": _MOST,
            "is_cut": count > _MOST or len(rows) == _MOST,
            "freshness": freshness(db, council),
        }


def _by_title(lines: list[Line]) -> list[tuple[Told, list[Line]]]:
    """Kind by kind, the most frequent first."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.told.title, []).append(line)
    return sorted(((own[0].told, own) for own in groups.values()), key=lambda pair: -len(pair[1]))


def _of_clock(council: Council, names: Mapping[str, str], clock: Clock) -> Line:
    about = title_of(council.law, clock.timescale)
    return Line(
        told(clock.problem, "", about), clock.subject, clock, clock.started_on, "", team_name(names, clock.team)
    )


def _of_history(council: Council, names: Mapping[str, str], row: Any) -> Line:
    about = title_of(council.law, row.timescale) if row.timescale else ""
    event = f"{words.event(row.type)}, event {row.event_id}" if row.type else f"event {row.event_id}"
    return Line(told(row.code, row.words, about), row.subject, None, row.happened_on, event, team_name(names, row.team))
