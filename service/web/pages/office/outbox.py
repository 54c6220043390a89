"""The mail that went out, or would have: to which post, what it said, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from rules.law import Law
from service import clock
from service.council import Council
from service.errors import NotFound
from service.store import people
from service.store.seeing import browsing
from service.store.telling import messages, told
from service.web import words
from service.web.case.telling import step_words
from service.web.shown.freshness import freshness
from service.web.shown.rows import team_name, title_of

_MOST = 50
_secret_in = re.compile(r"(/preferences/)[A-Za-z0-9_-]+").sub
_KINDS = {
    messages.DIGEST: "Digest",
    messages.AT_ONCE: "Told at once",
    messages.REPORT: "Report",
    messages.ALARM: "Alarm",
}


class Line(NamedTuple):
    """One mail."""

    row: Any
    kind: str
    post: str
    team_name: str
    state: str
    colour: str
    error: str


class Behind(NamedTuple):
    """A clock that a mail tells of, with everything it says of it: words, and the date that they are about."""

    clock_id: str
    title: str
    due_on: date
    steps: list[tuple[str, date]]


def listed(council: Council, before: int | None) -> dict[str, Any]:
    """A page of mails, newest first."""
    with council.reading() as db:
        names, directory = people.team_names(db), council.directory(db, clock.today())
        rows = browsing.messages_before(db, before, most=_MOST + 1)
        states = browsing.messages_by_state(db)
        lines = [_line(row, names) for row in rows[:_MOST]]
        return {
            "lines": lines,
            "states": [(words.MAIL_STATES.get(state, (state, "grey"))[0], count) for state, count in states.items()],
            "total": sum(states.values()),
            "before": before,
            "next": rows[_MOST - 1].seq if len(rows) > _MOST else None,
            "has_server": bool(council.settings.smtp_url.get_secret_value()),
            "unowned": sum(one.clocks for one in told.unowned(db, directory, now=clock.now()) if one.is_untold),
            "freshness": freshness(db, council),
        }


def one(council: Council, seq: int) -> dict[str, Any]:
    """One mail as its reader gets it, and the clocks that it tells of."""
    with council.reading() as db:
        row = browsing.message(db, seq)
        if row is None:
            raise NotFound("there is no mail of this number", fix="the list of mail shows what there is")
        return {
            "line": _line(row, people.team_names(db)),
            "text": without_secret(row.text),
            "clocks": _behind(council.law, browsing.alerts_in(db, row.message_id)),
            "freshness": freshness(db, council),
        }


def html_of(council: Council, seq: int) -> str:
    """The HTML part of a mail, to be shown with no rights at all."""
    with council.reading() as db:
        row = browsing.message(db, seq)
    if row is None:
        raise NotFound("there is no mail of this number", fix="the list of mail shows what there is")
    return without_secret(row.html)


def without_secret(mail: str) -> str:
    """A mail as others than its reader may see it: whoever has its last address turns off what that reader is told."""
    return _secret_in(r"\1…", mail)


def _behind(law: Law, alerts: Iterable[Any]) -> list[Behind]:
    """Each clock once, by its last date: whoever holds two posts is told of it by the rungs of both."""
    found: dict[str, Behind] = {}
    for row in alerts:
        new = Behind(row.clock_id, title_of(law, row.timescale), row.due_on, [])
        one = found.setdefault(row.clock_id, new)
        one.steps.append((step_words(law, row), row.due_on))
        found[row.clock_id] = one._replace(due_on=max(one.due_on, row.due_on))
    return list(found.values())


def _line(row: Any, names: dict[str, str]) -> Line:
    state, colour = words.MAIL_STATES.get(row.state, (words.spaced(row.state), "grey"))
    if row.last_error == messages.UNOWNED:
        state, colour = "Waiting: nobody holds the post", "red"
    team = team_name(names, row.team) if row.team else "Whole authority"
    error = "" if row.last_error == messages.UNOWNED else row.last_error or ""
    return Line(row, _KINDS.get(row.kind, row.kind), words.first(words.spaced(row.post)), team, state, colour, error)
