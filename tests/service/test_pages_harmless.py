"""The pages change nothing, note who was read about, run no script, and take nothing that was sent for markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service import clock as wall
from service import reports
from service.council import Council
from service.store.tables import METADATA, AuditRow, table
from tests.service.intake_parts import discussion, send
from tests.service.pages_cast import browser, clock_of, demonstration, populate

PAGES = [
    "/",
    "/clocks",
    "/reports",
    *(f"/reports/{name}" for name in reports.NAMES),
    "/outbox",
    "/people",
    "/telling",
    "/problems",
    "/rules",
    "/keys",
    "/audit",
]
TRACKERS = ["/trackers", "/section-47", "/visits", "/pre-proceedings", "/forecast", "/section-47?show=finished"]
DEEPER = [
    *TRACKERS,
    "/subjects/c-late/looked",
    "/problems?team=assessment-team-north",
    "/rules?area=child-protection&show=overdue",
    "/sign-in",
    "/outbox/1",
    "/outbox/1/html",
    "/rules/initial-child-protection-conference",
    "/subjects/c-late",
]


@pytest.fixture
def empty(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(sqlite_url, tmp_path) as council:
        yield council


@pytest.fixture
def own(empty: Council) -> Council:
    """A council for one test, that may add to it."""
    populate(empty)
    return empty


@pytest.fixture(scope="module")
def asking(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser before a council that all tests of this file share: none of them may add to it."""
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as council:
        populate(council)
        yield browser(council)


# ---- what they may not do --------------------------------------------------------------------------------------------


def test_reading_changes_nothing_but_the_audit(database_url, tmp_path):
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        asking = browser(council)
        clock = clock_of(asking, "c-late")
        before = _everything(council)
        for path in [*PAGES, *DEEPER, clock, "/clocks?status=overdue", "/nothing-here", "/clocks/unreadable"]:
            asking.get(path)
        assert _everything(council) == before


def test_reading_a_child_leaves_a_row_that_says_so(own):
    asking = browser(own)
    clock = clock_of(asking, "c-late")
    already = len(_audit(own))
    asking.get("/subjects/c-friday")
    asking.get(clock)
    asking.get("/clocks?status=due_today")
    asking.get("/reports/section-47")
    rows = _audit(own)[already:]
    assert rows[:4] == [
        (ALL_POSTS, "subject.read", "c-friday"),
        (ALL_POSTS, "clock.explained", "c-late"),
        (ALL_POSTS, "clocks.listed", "c-today"),
        (ALL_POSTS, "report.read", None),
    ]
    behind = reports.children_of(reports.build(own, "section-47", as_at=wall.today()))
    assert sorted(rows[4:]) == [(ALL_POSTS, "report.read", child) for child in sorted(behind)]


def test_what_no_database_can_hold_is_refused(database_url, tmp_path):
    with demonstration(database_url, tmp_path) as council:
        for path in [
            "/?team=%00",
            "/clocks?team=%00",
            "/clocks?after=%00",
            "/subjects/%00",
            "/rules/%00",
            "/reports/%00",
        ]:
            assert browser(council).get(path).status_code == 422, path


ALL_POSTS = "person-1 (head-of-service, administrator)"
HOSTILE = "<script>alert('x')</script>\"&"


def test_nothing_that_was_sent_is_taken_for_markup(own):
    asking = browser(own)
    said = {"key": HOSTILE, "team": HOSTILE, "worker": HOSTILE}
    send(own, discussion(HOSTILE, "hostile-1", "2026-10-20", agencies=HOSTILE, **said))
    child = re.search(r'href="(/subjects/[^"]*script[^"]*)"', asking.get("/").text)
    assert child
    answer = asking.get(unescape(child[1]))
    assert answer.status_code == 200
    clock = re.search(r'href="(/clocks/[0-9a-f]{20})"', answer.text)
    assert clock
    for path in ["/", "/clocks", child[1], clock[1], "/?team=%3Cscript%3E", "/clocks?team=%3Cscript%3E", "/people"]:
        html = asking.get(unescape(path)).text
        assert "<script" not in html, path
        assert "x')</script>" not in html, path


@pytest.mark.parametrize("path", [*PAGES, *DEEPER])
def test_a_page_runs_no_script_and_its_policy_allows_none(asking, path):
    answer = asking.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in answer.text
    assert not re.search(r"<[^>]+\son\w+=", answer.text)
    if not path.endswith("/html"):  # a mail brings its own looks, and is shown with no rights at all
        assert "style-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert not re.search(r"<[^>]+\sstyle=|<style", answer.text)


def test_a_mails_html_is_shown_with_no_rights_at_all(asking):
    assert asking.get("/outbox/1/html").headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_the_pages_are_no_part_of_the_api(asking):
    assert [path for path in asking.get("/openapi.json").json()["paths"] if path in PAGES] == []


def _everything(council: Council) -> dict[str, list[tuple[object, ...]]]:
    with council.reading() as db:
        return {
            one.name: sorted((tuple(map(str, row)) for row in db.execute(select(one))), key=repr)
            for one in METADATA.sorted_tables
            if one.name != "audit"
        }


def _audit(council: Council) -> list[tuple[str, str, str | None]]:
    audit = table(AuditRow)
    with council.reading() as db:
        rows = db.execute(select(audit.c.actor, audit.c.action, audit.c.subject).order_by(audit.c.seq))
        return [tuple(row) for row in rows]
