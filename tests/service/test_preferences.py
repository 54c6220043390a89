"""What a reader may turn off, by the address in their mail: looking changes nothing, a post does, a breach stays."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from rules.model import Event
from service import flow
from service.app import create_app
from service.store.telling import preferences
from tests.service.mail_cast import NORTH, NORTH_ADDRESS, council_with, settings_for, wall_at
from tests.service.mail_room import Authority, MailServer


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


@pytest.fixture
def wall():
    with wall_at(datetime(2026, 2, 2, 12, tzinfo=UTC)) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def council(database_url, tmp_path, server, authority, wall):
    with council_with(settings_for(database_url, tmp_path, server, authority)) as opened:
        discussion = Event(
            "case-system",
            "discussion",
            "strategy-discussion.held",
            "child-1",
            date(2026, 2, 2),
            key="enquiry-1",
            team=NORTH,
            data={"outcome": "section_47"},
        )
        flow.receive(opened, [discussion], actor="case system")
        yield opened


@pytest.fixture
def browser(council):
    with TestClient(create_app(council), base_url="https://timescales.council.example") as client:
        yield client


def at(council, server, wall, day: int) -> list[str]:
    """What a morning of February brings."""
    server.letters.clear()
    wall.now = datetime(2026, 2, day, 8, tzinfo=UTC)
    flow.send_due(council, now=wall.now)
    server.letters[:] = [letter for letter in server.letters if letter["To"] == NORTH_ADDRESS]
    return [letter["Subject"] for letter in server.letters]


def address_in(server) -> str:
    letter = server.letters[0]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = letter["List-Unsubscribe"].strip("<>")
    assert address in letter.get_body(("plain",)).get_content()
    return address


def turned_off(council) -> set[str]:
    with council.reading() as db:
        return set(preferences.turned_off(db).get(NORTH_ADDRESS, ()))


def test_looking_changes_nothing_and_names_nobody(council, server, wall, browser):
    at(council, server, wall, 16)
    page = browser.get(address_in(server))
    assert page.status_code == 200
    assert NORTH_ADDRESS not in page.text
    assert page.text.count("checked") == 2
    assert "script-src" not in page.headers["content-security-policy"]
    assert turned_off(council) == set()


def test_a_mail_program_turns_off_in_one_click_what_may_be_and_the_breach_still_comes(council, server, wall, browser):
    assert at(council, server, wall, 16) == ["Nothing overdue – Assessment Team North"]
    done = browser.post(address_in(server), data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert turned_off(council) == {"warnings", "weekly"}
    assert at(council, server, wall, 19) == [], "two working days before"
    assert at(council, server, wall, 23) == [], "the day itself, a Monday"
    assert at(council, server, wall, 24) == ["1 timescale overdue – Assessment Team North"]


def test_the_form_keeps_what_is_ticked(council, server, wall, browser):
    at(council, server, wall, 16)
    address = address_in(server)
    assert "Saved" in browser.post(address, data={"wanted": "weekly"}).text
    assert turned_off(council) == {"warnings"}
    browser.post(address, data={"wanted": ["weekly", "warnings", "breach"]})
    assert turned_off(council) == set()


@pytest.mark.parametrize("token", ["x" * 43, "short", "x" * 44])
def test_an_address_that_nobody_was_given_leads_nowhere(council, browser, token):
    address = f"/preferences/{token}"
    assert browser.get(address).status_code in (404, 422)
    assert browser.post(address, data={"wanted": "weekly"}).status_code in (404, 422)


def test_what_is_no_form_is_refused(council, server, wall, browser):
    at(council, server, wall, 16)
    address = address_in(server)
    assert browser.post(address, content=b"\xff\xfe").status_code == 422
    assert browser.post(address, content=b"&".join([b"wanted=weekly"] * 40)).status_code == 422
    assert turned_off(council) == set()
