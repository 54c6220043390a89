"""What a page must not give away: another reader's settings, a key to children, and whose page one is on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from service import clock, reports
from service.access import keys
from service.council import Council
from service.store import people
from service.store.tables import AuditRow, MessageRow, PreferenceRow, table
from tests.service.pages_cast import NORTH, browser, demonstration, populate, seen

ADMINISTRATOR, OF_NORTH = ("administrator", "", ""), ("team-manager", NORTH, "")


@pytest.fixture
def council(database_url, tmp_path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


def form_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'name="(form_token)" value="([^"]+)"', html))


def test_whoever_reads_anothers_mail_cannot_turn_off_what_they_are_told(council):
    asking = browser(council)
    with council.reading() as db:
        rows = db.execute(select(table(MessageRow))).all()
        tokens = db.scalars(select(table(PreferenceRow).c.token)).all()
    assert tokens
    assert any(token in row.text for row in rows for token in tokens), "the mail itself has it"
    for row in rows:
        for path in (f"/outbox/{row.seq}", f"/outbox/{row.seq}/html"):
            assert not any(token in asking.get(path).text for token in tokens), path
    assert any("/preferences/…" in asking.get(f"/outbox/{row.seq}").text for row in rows)


def test_the_trail_says_whose_mail_was_turned_off(council):
    with council.reading() as db:
        address, token = db.execute(select(table(PreferenceRow).c.address, table(PreferenceRow).c.token)).first()
    with council.writing() as db:
        people.put_person(db, people.Person("person-7", address.upper()))
    assert browser(council).post(f"/preferences/{token}", data={"wanted": "weekly"}).status_code == 200
    with council.reading() as db:
        audit = table(AuditRow)
        row = db.execute(select(audit).where(audit.c.action == "preferences.put")).one()
    assert (row.actor, row.detail) == ("reader of mail to person-7", "turned off: warnings")


@pytest.mark.parametrize("scope", ["events:read", "clocks:read", "clocks:acknowledge", "admin"])
def test_an_administrator_makes_no_key_to_children_whom_they_may_not_see(council, scope):
    asking = browser(council, ADMINISTRATOR)
    html = asking.get("/keys").text
    assert f'value="{scope}"' not in html
    answer = asking.post("/keys", data=form_of(html) | {"name": "mine", "scope": ["events:write", scope]})
    assert answer.status_code == 422
    assert "Choose from this list" in seen(answer.text)
    assert "mine" not in [one.name for one in keys.every(council)]
    assert asking.post("/keys", data=form_of(html) | {"name": "mine", "scope": "events:write"}).status_code == 200


def test_who_also_sees_all_children_may_make_any_key(council):
    asking = browser(council)
    html = asking.get("/keys").text
    assert asking.post("/keys", data=form_of(html) | {"name": "mine", "scope": "clocks:read"}).status_code == 200


@pytest.mark.parametrize("path", ["/nothing-here", "/clocks/zzz", "/reports/section-47?as_at=banana", "/subjects/no"])
def test_a_refusal_keeps_the_menu_and_speaks_to_people(council, path):
    answer = browser(council, OF_NORTH).get(path)
    words = seen(answer.text)
    assert answer.status_code in (404, 422)
    assert "Team manager" in words
    assert "This week" in words
    assert "Sign in" not in words
    assert not re.search(r"pattern|string should|valid date|as_at", words, re.I)


def test_what_the_next_rung_is_told_is_not_counted_as_told_to_nobody(council):
    assert "2 that nobody could be told of" in seen(browser(council).get("/").text)
    with council.writing() as db:
        people.put_posts(db, "", {"service-manager": "above@council.example"})
    assert "0 that nobody could be told of" in seen(browser(council).get("/").text)
    assert "could not be told to anybody" not in seen(browser(council).get("/outbox").text)


def test_figures_of_the_whole_council_are_called_so_where_one_sees_a_team(council):
    reports.publish(council, "section-47", as_at=clock.today(), now=clock.now())
    assert "The whole council, from strategy discussion to conference" in seen(browser(council, OF_NORTH).get("/").text)
    assert "The whole council, from" not in seen(browser(council).get("/").text)
