"""The trail: who read and did what, newest first, and how to show that nobody has changed it.

What is asked for is sent as a form: who somebody is must not stand in an address. Whoever may not see every child is
shown that there was one, and never which.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.store.keeping import audit, trail
from service.store.keeping.trail import Found, Wanted
from service.web.forms import Form
from service.web.shown.freshness import freshness

WORDS: Mapping[str, str] = tomllib.loads((Path(__file__).parents[2] / "shown" / "trail.toml").read_text("utf-8"))
COLUMNS = ("number", "at", "who", "did", "child", "detail", "origin", "digest")
A_CHILD = "a child"
_MOST = 250
"""Rows on a page: far fewer lines, as a list that somebody looked at is a row for each child in it."""
_MOST_TAKEN = 10_000
_LONGEST = 128


class Asked(NamedTuple):
    """What a form asks for, as it was typed. ``before``: the number below which the page begins."""

    who: str = ""
    what: str = ""
    child: str = ""
    first: str = ""
    last: str = ""
    before: str = ""

    @property
    def is_filtered(self) -> bool:
        return any(self[:-1])


class Line(NamedTuple):
    """A row as it is shown, or several one after another that say the same at the same minute of several children.

    ``children``: their references, where they may be shown; ``unnamed``: how many more there are.
    """

    first: int
    last: int
    at: datetime
    who: str
    did: str
    children: tuple[str, ...]
    unnamed: int
    detail: str
    origin: str


def asked_in(form: Form) -> Asked:
    """What a form asks for."""
    return Asked(*(form.one(name)[:_LONGEST] for name in Asked._fields))


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """A page of the trail; with what is wrong in the form, where something is: then nothing is looked up."""
    sees = _sees_children(viewer)
    asked = asked if sees else asked._replace(child="")
    errors = _wrong(asked)
    with council.writing() as db:
        head = audit.head(db)
        found = Found([], None, is_cut=False)
        if not errors:
            before = int(asked.before) if asked.before else None
            found = trail.newest(db, _wanted(asked, sees), most=_MOST, before=before)
            about = asked.child if sees and asked.child and found.rows else None
            audit.note(db, viewer.actor, "audit.read", subject=about, detail=_said(found), origin=viewer.origin)
        return {
            "asked": asked,
            "errors": errors,
            "lines": [_line(list(own), sees) for _, own in groupby(found.rows, key=_alike)],
            "older": found.older,
            "is_cut": found.is_cut,
            "sees_children": sees,
            "actions": sorted(WORDS.items(), key=lambda pair: pair[1]),
            "head": head,
            "freshness": freshness(db, council),
        }


def exported(council: Council, viewer: Viewer, asked: Asked) -> Iterator[tuple[object, ...]]:
    """The rows that a form asks for, the newest ten thousand at most, to be taken away."""
    sees = _sees_children(viewer)
    with council.writing() as db:
        found = Found([], None, is_cut=False)
        if not _wrong(asked):
            found = trail.newest(db, _wanted(asked, sees), most=_MOST_TAKEN)
        about = asked.child if sees and asked.child and found.rows else None
        audit.note(db, viewer.actor, "audit.exported", subject=about, detail=_said(found), origin=viewer.origin)
    for row in found.rows:
        child = row.subject if sees and row.subject else A_CHILD if row.subject_digest else ""
        yield row.seq, row.at.isoformat(), row.actor, row.action, child, row.detail, row.origin, row.chain


def _sees_children(viewer: Viewer) -> bool:
    return viewer.reach("cases").is_all


def _wanted(asked: Asked, sees: bool) -> Wanted:
    first, last = _day(asked.first), _day(asked.last)
    return Wanted(
        actor=asked.who,
        action=asked.what,
        subject=asked.child if sees else "",
        from_at=_morning(first) if first else None,
        before_at=_morning(last + timedelta(days=1)) if last else None,
    )


def _wrong(asked: Asked) -> dict[str, str]:
    """What is wrong with a form, by field."""
    found: dict[str, str] = {}
    if asked.first and _day(asked.first) is None:
        found["first"] = "The first day is not a day that the calendar has"
    if asked.last and _day(asked.last) is None:
        found["last"] = "The last day is not a day that the calendar has"
    first, last = _day(asked.first), _day(asked.last)
    if first and last and last < first:
        found["last"] = "The last day is before the first"
    if asked.before and not (asked.before.isascii() and asked.before.isdigit() and len(asked.before) < 19):
        found["who"] = "This is not a place in the trail: look again from the newest"
    return found


def _day(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if date.min + timedelta(days=1) < on < date.max - timedelta(days=1) else None


def _morning(on: date) -> datetime:
    return datetime.combine(on, time(), clock.LOCAL)


def _alike(row: Any) -> tuple[object, ...]:
    return row.actor, row.action, row.origin, row.detail, row.at.replace(second=0, microsecond=0)


def _line(rows: Sequence[Any], sees: bool) -> Line:
    """One line of rows that are alike, the newest first."""
    one = rows[0]
    about = sum(row.subject_digest is not None for row in rows)
    named = tuple(dict.fromkeys(row.subject for row in rows if sees and row.subject is not None))
    unnamed = sum(row.subject is None for row in rows if row.subject_digest) if sees else about
    did = WORDS.get(one.action, one.action)
    return Line(rows[-1].seq, one.seq, one.at, one.actor, did, named, unnamed, one.detail, one.origin)


def _said(found: Found) -> str:
    return f"{len(found.rows)} rows"
