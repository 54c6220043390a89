"""A demonstration council small enough to count by hand, on a day that stands still, and a browser to ask it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from rules.loading.build import extended_by
from service import flow
from service.access import sessions
from service.app import create_app
from service.council import DEMONSTRATION, Council, open_council
from service.settings import Settings
from service.store import people
from tests.service.intake_parts import discussion, document, send
from tests.service.mail_cast import Wall, wall_at

MONDAY = datetime(2026, 11, 23, 8, 2, tzinfo=UTC)
NORTH, SOUTH, NOBODYS = "assessment-team-north", "care-management-team-south", "children-with-disabilities-team"
HOME = "http://127.0.0.1:8000"
EVERY_POST = (("head-of-service", "", ""), ("administrator", "", ""))
"""Between them they open every page."""
HTML = {"accept": "text/html,application/xhtml+xml"}


@contextmanager
def demonstration(url: str, folder: Path, *, demonstrate: bool = True, **settings: Any) -> Iterator[Council]:
    """A council on Monday morning, with nothing in it yet."""
    chosen = {"authority": extended_by(DEMONSTRATION[-1]), "alerts_from": date(2026, 11, 1), **settings}
    with wall_at(MONDAY):
        council = open_council(Settings(database_url=url, data_dir=folder, **chosen), demonstrate=demonstrate)
        try:
            yield council
        finally:
            council.engine.dispose()


def browser(
    council: Council,
    *posts: tuple[str, str, str],
    host: str = "127.0.0.1:8000",
    client: str = "127.0.0.1",
    person: str = "person-1",
    **more: Any,
) -> TestClient:
    """Asks as a browser on the same machine does, and is signed in with these posts, or all there are."""
    session = sessions.vouched(council, person, posts=posts or EVERY_POST)
    cookie = sessions.begin(council, session, actor="test", origin=client)
    headers = {**HTML, "cookie": f"timescales={cookie}"}
    return TestClient(create_app(council), base_url=f"http://{host}", client=(client, 50_000), headers=headers, **more)


def populate(council: Council, wall: Wall | None = None) -> None:
    """Three teams, one of them with nobody to tell; children late, in time, booked, corrected, withdrawn and merged."""
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", "Fieldwork", {"team-manager": "north@council.example"})
        people.put_team(db, SOUTH, "Care Management Team South", "Fieldwork", {"team-manager": "south@council.example"})
        people.put_team(db, NOBODYS, "Children with Disabilities Team", "Fieldwork", {})
    send(council, *_late(), *_running(), *_finished(), *_odd())
    flow.send_due(council, now=MONDAY)


def _late() -> Iterator[Any]:
    """Two conferences overdue, neither of them booked in time; one of them with nobody to tell."""
    yield discussion("c-late", "late-1", "2026-10-26", key="s47-late", team=NORTH, worker="north-1")
    yield document(
        "strategy-meeting.held", "c-late", "late-2", "2026-10-30", kind="initial", key="s47-late", team=NORTH
    )
    yield discussion("c-untold", "untold-1", "2026-10-28", key="s47-untold", team=NOBODYS)
    booking = {"of": "icpc.held", "planned_on": "2026-12-03", "key": "s47-untold", "team": NOBODYS}
    yield document("meeting.planned", "c-untold", "untold-2", "2026-11-02", **booking)


def _running() -> Iterator[Any]:
    """Due today, due on Friday and booked, and an assessment past the authority's own target."""
    yield discussion("c-today", "today-1", "2026-11-02", key="s47-today", team=SOUTH)
    yield discussion("c-friday", "friday-1", "2026-11-06", key="s47-friday", team=SOUTH)
    booking = {"of": "icpc.held", "planned_on": "2026-11-26", "key": "s47-friday", "team": SOUTH}
    yield document("meeting.planned", "c-friday", "friday-2", "2026-11-09", **booking)
    yield document("referral.received", "c-target", "target-1", "2026-09-23", key="r-target", team=NORTH)
    yield document("referral.decided", "c-target", "target-2", "2026-09-24", key="r-target", team=NORTH)


def _finished() -> Iterator[Any]:
    """One held in time, whose date was first typed in wrong; one over Christmas, late."""
    yield discussion("c-met", "met-1", "2026-09-01", key="s47-met", team=NORTH)
    yield document("icpc.held", "c-met", "met-2", "2026-09-24", key="s47-met", team=NORTH, outcome="no_plan")
    yield document(
        "icpc.held", "c-met", "met-3", "2026-09-17", key="s47-met", team=NORTH, supersedes="met-2", outcome="no_plan"
    )
    yield discussion("c-christmas", "christmas-1", "2025-12-18", key="s47-christmas", team=SOUTH)
    yield document(
        "icpc.held", "c-christmas", "christmas-2", "2026-01-15", key="s47-christmas", team=SOUTH, outcome="no_plan"
    )


def _odd() -> Iterator[Any]:
    """A conference with no enquiry, one dated before its enquiry, an event taken back, a child with two references."""
    yield document("icpc.held", "c-stray", "stray-1", "2026-06-01", key="s47-stray", team=NORTH, outcome="no_plan")
    yield discussion("c-early", "early-1", "2026-11-16", key="s47-early", team=NORTH)
    yield document("icpc.held", "c-early", "early-2", "2026-11-12", key="s47-early", team=NORTH, outcome="no_plan")
    yield discussion("c-gone", "gone-1", "2026-11-10", key="s47-gone", team=NORTH)
    yield document("event.withdrawn", "c-gone", "gone-2", "2026-11-11", withdraws="gone-1", team=NORTH)
    yield document("subject.registered", "c-old", "old-1", "2026-01-05", team=NORTH)
    yield document("subject.merged", "c-old", "old-2", "2026-02-02", into="c-late", team=NORTH)


def clock_of(asking: TestClient, subject: str) -> str:
    """The path of the first conference clock on a child's page."""
    found = re.search(
        r'href="(/clocks/[0-9a-f]{20})">Initial child protection conference<', asking.get(f"/subjects/{subject}").text
    )
    assert found, f"no conference on the page of {subject}"
    return found[1]


def seen(html: str) -> str:
    """The words of a page, as they are read."""
    without = re.sub(r"<(style|title|svg)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())
