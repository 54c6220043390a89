"""Children for the trackers, on the Monday that stands still: enquiries, visits and pre-proceedings in two teams.

Each is named for what it shows. ``scatter`` adds many more at random days, to be counted slowly beside the pages.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from rules.model import DUTY, Clock
from service import flow
from service.council import Council
from service.store import people
from service.store.clocks import CLOCK, clock_of
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import MONDAY, NORTH, SOUTH, browser

TODAY = MONDAY.date()
CONFERENCE = "initial-child-protection-conference"
REVIEWER = "iro-1"
NORTHS = ("team-manager", NORTH, "")
SOUTHS = ("team-manager", SOUTH, "")
WORD = re.compile(r'<span class="pick__count">([\d,]+)</span> ([^<]+)')


def populate(council: Council) -> None:
    """Two teams, the children named below, and everything told that was to be told by now."""
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", "Fieldwork", {"team-manager": "north@council.example"})
        people.put_team(db, SOUTH, "Care Management Team South", "Fieldwork", {"team-manager": "south@council.example"})
    send(council, *_enquiries(), *_visits(), *_cases(), *_sixteen())
    flow.send_due(council, now=MONDAY)


def _met(subject: str, on: str, kind: str = "initial", team: str = NORTH) -> Any:
    return document("strategy-meeting.held", subject, f"{subject}-{kind}", on, kind=kind, key=f"k-{subject}", team=team)


def _started(subject: str, on: str, team: str = NORTH, **more: Any) -> Any:
    return discussion(subject, f"{subject}-discussed", on, key=f"k-{subject}", team=team, worker=f"{team}-1", **more)


def _held(subject: str, on: str, team: str = NORTH) -> Any:
    return document("icpc.held", subject, f"{subject}-held", on, key=f"k-{subject}", team=team, outcome="no_plan")


def _enquiries() -> Iterator[Any]:
    yield from (_started("s-hidden", "2026-10-30"), _met("s-hidden", "2026-11-06"))
    yield from (_started("s-late", "2026-10-26"), _met("s-late", "2026-10-27"))
    yield _started("s-late-unmet", "2026-10-28")
    yield _started("s-today", "2026-11-02")
    yield from (_started("s-friday", "2026-11-06"), _met("s-friday", "2026-11-10"))
    booking = {"of": "icpc.held", "planned_on": "2026-11-26", "key": "k-s-friday", "team": NORTH}
    yield document("meeting.planned", "s-friday", "s-friday-planned", "2026-11-11", **booking)
    agreed = {"key": "k-s-friday", "team": NORTH, "decision": "hold"}
    yield document("review-strategy-meeting.agreed", "s-friday", "s-friday-agreed", "2026-11-11", **agreed)
    yield _met("s-friday", "2026-11-13", "review")
    yield _started("s-later", "2026-11-16")
    yield from (_started("s-south-hidden", "2026-10-30", SOUTH), _met("s-south-hidden", "2026-11-05", team=SOUTH))
    # finished: late and hidden, in time, with no conference needed, too long ago, and by dates that cannot be right
    yield from (_started("s-was-hidden", "2026-10-12"), _met("s-was-hidden", "2026-10-16"))
    yield _held("s-was-hidden", "2026-11-04")
    yield from (_started("s-met", "2026-10-26"), _held("s-met", "2026-11-10"))
    yield _started("s-not-needed", "2026-11-10")
    ended = {"key": "k-s-not-needed", "team": NORTH, "conference_required": False}
    yield document("section-47.ended", "s-not-needed", "s-not-needed-ended", "2026-11-18", **ended)
    yield from (_started("s-long-ago", "2026-09-01"), _held("s-long-ago", "2026-09-17"))
    yield from (_started("s-four-weeks", "2026-10-12"), _held("s-four-weeks", "2026-10-26"))
    yield from (_started("s-flawed", "2026-11-16"), _held("s-flawed", "2026-11-12"))


def _visit(type: str, subject: str, on: str, team: str = NORTH, *, seen: bool = True) -> Any:
    return document(type, subject, f"{subject}-{type}-{on}", on, seen=seen, team=team)


def _plan(subject: str, on: str, every: str | None, team: str = NORTH, kind: str = "child-protection") -> Any:
    said = {"visit_every": every} if every else {}
    return document(
        f"{kind}-plan.started", subject, f"{subject}-{kind}-plan", on, team=team, worker=f"{team}-1", **said
    )


def _visits() -> Iterator[Any]:
    yield _plan("v-sought", "2026-10-01", "10 working_days")
    yield _visit("child-protection.visited", "v-sought", "2026-10-14")
    yield _visit("child-protection.visited", "v-sought", "2026-10-28")
    yield _visit("child-protection.visited", "v-sought", "2026-10-20", seen=False)  # before the last visit: not counted
    yield _visit("child-protection.visited", "v-sought", "2026-11-10", seen=False)
    yield _visit("child-protection.visited", "v-sought", "2026-11-16", seen=False)
    yield _plan("v-unset", "2026-11-02", None)
    yield _plan("v-need", "2026-11-02", "20 working_days", kind="child-in-need")
    yield _plan("v-south", "2026-11-02", "2 weeks", SOUTH)
    yield document("placement.started", "v-care", "v-care-placed", "2026-11-18", key="place-1", team=NORTH)
    booking = {"of": "looked-after.visited", "planned_on": "2026-11-24", "team": NORTH}
    yield document("meeting.planned", "v-care", "v-care-planned", "2026-11-19", **booking)
    # seen last at a visit of another kind; and a visit taken back, so that the one before it is the last
    yield _plan("v-two", "2026-10-12", "4 weeks")
    yield document("placement.started", "v-two", "v-two-placed", "2026-10-12", key="place-2", team=NORTH)
    yield _visit("child-protection.visited", "v-two", "2026-10-20")
    yield _visit("looked-after.visited", "v-two", "2026-11-12")
    yield _plan("v-back", "2026-10-12", "2 weeks")
    yield _visit("child-protection.visited", "v-back", "2026-10-21")
    yield _visit("child-protection.visited", "v-back", "2026-11-19")
    gone = "v-back-child-protection.visited-2026-11-19"
    yield document("event.withdrawn", "v-back", "v-back-gone", "2026-11-20", withdraws=gone, team=NORTH)


def _step(type: str, subject: str, on: str, team: str = NORTH, **more: Any) -> Any:
    return document(type, subject, f"{subject}-{type}", on, key=f"k-{subject}", team=team, **more)


def _cases() -> Iterator[Any]:
    yield _step("departmental-planning-meeting.held", "p-still", "2026-09-01")
    yield _step("legal-planning-meeting.held", "p-still", "2026-09-08")
    yield _step("letter-before-proceedings.sent", "p-still", "2026-09-14")
    yield _step("pre-proceedings-meeting.held", "p-still", "2026-09-21")
    concern = {"raised_by": "iro", "matter": "pre_proceedings", "reviewer": REVIEWER, "about": "=no plan"}
    yield _step("concern.raised", "p-still", "2026-10-12", **concern)
    yield _step("departmental-planning-meeting.held", "p-moving", "2026-11-10")
    yield _step("departmental-planning-meeting.held", "p-edge", "2026-10-26")  # four weeks to the day: not still yet
    yield _step("departmental-planning-meeting.held", "p-south", "2026-08-03", SOUTH)
    yield _step("departmental-planning-meeting.held", "p-court", "2026-09-01")
    yield _step("legal-planning-meeting.held", "p-court", "2026-09-08")
    yield _step("letter-before-proceedings.sent", "p-court", "2026-09-10")
    yield _step("proceedings.issued", "p-court", "2026-11-12")


def _sixteen() -> Iterator[Any]:
    """A duty counted from a birthday that falls due within the weeks ahead."""
    yield document("subject.registered", "b-sixteen", "b-born", "2025-01-06", date_of_birth="2010-09-08", team=NORTH)
    yield document("looked-after.started", "b-sixteen", "b-care", "2025-01-06", team=NORTH, legal_status="care_order")


def scatter(council: Council, rng: random.Random, count: int, *, prefix: str = "r") -> None:
    """As many enquiries as that, discussed, met, held or not at random days of the last seven weeks, of either team."""

    def some(first: date, most: int) -> date:
        return first + timedelta(days=rng.randrange(most))

    made: list[Any] = []
    for nth in range(count):
        subject, team = f"{prefix}-{nth:03}", rng.choice((NORTH, SOUTH))
        discussed_on = some(TODAY - timedelta(days=49), 49)
        made.append(_started(subject, discussed_on.isoformat(), team))
        met_on = some(discussed_on, 14)
        if rng.random() < 0.7 and met_on <= TODAY:
            made.append(_met(subject, met_on.isoformat(), team=team))
        held_on = some(discussed_on, 35)
        if rng.random() < 0.4 and held_on <= TODAY:
            made.append(_held(subject, held_on.isoformat(), team))
    send(council, *made)


def every_clock(council: Council) -> list[Clock]:
    """All that is stored, to be looked through one by one."""
    with council.reading() as db:
        return [clock_of(row) for row in db.execute(select(CLOCK).order_by(CLOCK.c.id))]


def running(council: Council, team: str | None = None) -> list[Clock]:
    """The duties that run today, of a team or of all: the slow way."""
    duties = [one for one in every_clock(council) if one.measure == DUTY and team in (None, one.team)]
    return [one for one in duties if one.status(TODAY).value in ("running", "due_today", "overdue")]


def picked(html: str) -> dict[str, int]:
    """The counts above a list, by their words."""
    return {words.strip(): int(count.replace(",", "")) for count, words in WORD.findall(html)}


def children(html: str) -> list[str]:
    """The children a page lists, in order, each once."""
    main = html.partition("<main")[2]
    return list(dict.fromkeys(re.findall(r'href="/subjects/([^"]+)"', main)))


def rows(asking: TestClient, path: str) -> list[dict[str, str]]:
    """A list as it is taken away."""
    answer = asking.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(StringIO(answer.text)))


def manager(council: Council, team: str = NORTH) -> TestClient:
    """The browser of a team's manager."""
    return browser(council, ("team-manager", team, ""), person=f"manager-of-{team}")
