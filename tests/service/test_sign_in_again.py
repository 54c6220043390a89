"""Signed in, and asked again: what the sign-in service says of somebody half an hour later, unseen, no form lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from service.council import Council
from service.store.tables import METADATA
from tests.service.mail_cast import wall_at
from tests.service.openid_cast import (
    CHILD,
    GROUPS,
    HEADS,
    MANAGER,
    NORTHS,
    STRANGER,
    arrive,
    audit,
    authority,
    hold,
    looks,
    managing,
    sent,
    through,
    token_of,
    visiting,
)
from tests.service.openid_office import Office
from tests.service.pages_cast import MONDAY, NORTH, seen

LATER = MONDAY + timedelta(minutes=25)
"""A page that was looked at meanwhile, so that nothing is locked for want of use."""
STALE = MONDAY + timedelta(minutes=31)
AGAIN = "/sign-in/again?back_to=%2Fsubjects%2Fc-late"


@pytest.fixture
def council(database_url: str, tmp_path: Path, there: Office) -> Iterator[Council]:
    with authority(database_url, tmp_path, there, groups=GROUPS) as made:
        hold(made, "north-manager", managing(NORTH), address=MANAGER)
        yield made


@pytest.fixture
def by_group(council: Council, there: Office):
    """Somebody of no list, who manages the team North as one of a group; half an hour on, and in use all the while."""
    asking = visiting(council)
    arrive(asking, there, STRANGER, groups=[NORTHS])
    with wall_at(LATER):
        assert asking.get(CHILD).status_code == 200
    return asking


def rows(council: Council) -> dict[str, int]:
    with council.reading() as db:
        return {name: db.scalar(select(func.count()).select_from(one)) or 0 for name, one in METADATA.tables.items()}


def test_groups_of_half_an_hour_ago_are_asked_for_again_unseen(council, there, by_group):
    with wall_at(STALE):
        there.who = {"preferred_username": STRANGER, "groups": [HEADS]}
        assert by_group.get(CHILD).headers["location"] == AGAIN
        there.asked.clear()
        page = looks(by_group, CHILD)
        assert page.status_code == 200
        asked = [fields for path, fields in there.asked if path.endswith("/authorize")]
        assert [(fields["prompt"], fields["login_hint"]) for fields in asked] == [("none", STRANGER)]
        assert by_group.get("/outbox").status_code == 200, "the head of service's, from now on"
        assert audit(council)[-3][:2] == (STRANGER, "session.confirmed")
    with wall_at(STALE + timedelta(minutes=29)):
        assert by_group.get(CHILD).status_code == 200, "and that is believed for as long again"


def test_who_was_taken_out_of_the_group_sees_nothing_more(council, there, by_group):
    with wall_at(STALE):
        there.who = {"preferred_username": STRANGER, "groups": []}
        page = looks(by_group, CHILD)
        assert page.status_code == 403
        assert "You hold no post today" in seen(page.text)
        assert (STRANGER, "sign-in.without-post") in {row[:2] for row in audit(council)}


def test_who_is_not_signed_in_there_any_more_has_to_sign_in_and_comes_back_to_the_page(council, there, by_group):
    held = by_group.cookies["timescales"]
    with wall_at(STALE):
        there.misdeed = "login_required"
        away = by_group.get(by_group.get(CHILD).headers["location"])
        back = by_group.get(through(away.headers["location"]))
        assert back.headers["location"] == "/sign-in?back_to=%2Fsubjects%2Fc-late"
        assert audit(council)[-1][:2] == (STRANGER, "session.ended")
        assert visiting(council, cookies={"timescales": held}).get(CHILD).headers["location"].startswith("/sign-in?")


def test_who_is_somebody_else_there_by_now_is_not_taken_for_who_they_were(council, there, by_group):
    with wall_at(STALE):
        there.who = {"preferred_username": "another@council.example", "groups": [HEADS]}
        assert looks(by_group, CHILD).status_code == 200, "the sign-in page"
        assert by_group.get(CHILD).headers["location"].startswith("/sign-in?")


def test_a_form_that_is_being_written_is_not_lost(council, there, by_group):
    token = token_of(council, by_group.cookies["timescales"])
    plan = {"form_token": token}
    with wall_at(STALE):
        answer = by_group.post("/clocks/plan", data=plan)
        assert answer.status_code == 422, answer.text
        assert "There is a problem" in seen(answer.text), "it was read, and says what is missing"
        there.who = {"preferred_username": STRANGER, "groups": [NORTHS]}
        assert looks(by_group, CHILD).status_code == 200
        assert token_of(council, by_group.cookies["timescales"]) == token, "a form in another tab is as good as before"


def test_a_form_of_more_than_an_hour_ago_is_not_taken_either(council, there, by_group):
    plan = {"form_token": token_of(council, by_group.cookies["timescales"])}
    with wall_at(MONDAY + timedelta(minutes=50)):
        assert by_group.post("/clocks/plan", data=plan).status_code == 422
    with wall_at(MONDAY + timedelta(minutes=61)):
        answer = by_group.post("/clocks/plan", data=plan)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/again")
        there.who = {"preferred_username": STRANGER, "groups": [NORTHS]}
        away = by_group.get(answer.headers["location"])
        assert by_group.get(through(away.headers["location"])).headers["location"] == "/", "where a team manager begins"


def test_whoever_does_not_say_that_it_is_a_browser_gets_no_longer(council, there, by_group):
    with wall_at(STALE):
        for path in (CHILD, "/clocks.csv"):
            answer = by_group.get(path, headers={"accept": "*/*"})
            assert (answer.status_code, answer.json()["type"].endswith("ask-again")) == (401, True), path


def test_whoever_leaves_is_let_go_without_being_asked(council, there, by_group):
    with wall_at(MONDAY + timedelta(minutes=50)):
        assert by_group.post("/clocks/plan", data={"form_token": token_of(council, by_group.cookies["timescales"])})
    with wall_at(MONDAY + timedelta(minutes=75)):
        token = token_of(council, by_group.cookies["timescales"])
        out = by_group.post("/sign-out", data={"form_token": token})
        assert out.headers["location"].startswith(there.origin)
        assert by_group.get(CHILD).headers["location"].startswith("/sign-in?")


def test_a_link_from_elsewhere_has_nobody_asked_who_was_asked_a_minute_ago(council, there, by_group):
    there.misdeed = "login_required"
    with wall_at(LATER):
        assert by_group.get(AGAIN).headers["location"] == CHILD
        assert by_group.get(CHILD).status_code == 200


def test_an_answer_about_a_session_that_is_no_more_touches_no_other(council, there, by_group):
    with wall_at(STALE):
        there.misdeed = "login_required"
        old = through(by_group.get(AGAIN).headers["location"])
        there.misdeed = ""
        arrive(by_group, there, STRANGER, groups=[NORTHS])
        assert by_group.get(old).headers["location"] == CHILD
        assert by_group.get(CHILD).status_code == 200, "who has just signed in is signed in"


def test_a_session_that_ended_on_the_way_leads_to_the_door_and_back_to_the_page(council, there, by_group):
    with wall_at(STALE):
        there.who = {"preferred_username": STRANGER, "groups": [NORTHS]}
        back = through(by_group.get(AGAIN).headers["location"])
        by_group.cookies.delete("timescales")
        assert by_group.get(back).headers["location"] == "/sign-in?back_to=%2Fsubjects%2Fc-late"


def test_what_was_begun_and_never_finished_does_not_pile_up_in_the_browser(council, there):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    for _ in range(40):
        last = sent(asking)
    assert len(asking.cookies) <= 7
    there.misdeed = "500"
    assert asking.get(through(last)).status_code == 503
    assert len(asking.cookies) <= 6, "it goes with an answer that was none, too"


def test_several_tabs_are_confirmed_at_once(council, there, by_group):
    with wall_at(STALE):
        there.who = {"preferred_username": STRANGER, "groups": [NORTHS]}
        away = [by_group.get(by_group.get(path).headers["location"]) for path in (CHILD, "/clocks", "/")]
        back = [by_group.get(through(answer.headers["location"])).headers["location"] for answer in away]
        assert back == [CHILD, "/clocks", "/"]
        assert [by_group.get(path).status_code for path in back] == [200, 200, 200]
        assert list(by_group.cookies) == ["timescales"], "what was kept meanwhile is gone"


def test_an_answer_that_a_stranger_sends_does_not_end_a_session(council, there, by_group):
    with wall_at(STALE):
        by_group.get(by_group.get(CHILD).headers["location"])
        forged = by_group.get(f"/sign-in/back?error=login_required&state={'a' * 43}")
        assert forged.status_code == 403
        there.who = {"preferred_username": STRANGER, "groups": [NORTHS]}
        assert looks(by_group, CHILD).status_code == 200


@pytest.mark.parametrize("error", ["server_error", "access_denied", "no code"])
def test_a_sign_in_service_that_cannot_say_lets_nobody_through(council, there, by_group, error):
    with wall_at(STALE):
        there.misdeed = error
        page = looks(by_group, CHILD)
        assert page.status_code in (403, 503)
        assert "c-late" not in seen(page.text)


def test_asking_again_is_for_who_is_signed_in_and_writes_nothing(council, there, by_group):
    before = rows(council)
    assert visiting(council).get(AGAIN).headers["location"] == "/sign-in?back_to=%2Fsubjects%2Fc-late"
    with wall_at(STALE):
        address = urlsplit(by_group.get(AGAIN).headers["location"])
        assert parse_qs(address.query)["prompt"] == ["none"]
        assert rows(council) == before


def test_however_often_a_stranger_begins_nothing_is_written(council, there):
    before = rows(council)
    asking = visiting(council)
    for _ in range(50):
        sent(asking, "/subjects/c-late")
    assert rows(council) == before


def test_what_the_browser_keeps_of_a_sign_in_says_nothing_and_cannot_be_made_or_altered(council, there):
    asking = visiting(council)
    there.who = {"preferred_username": MANAGER}
    back = through(sent(asking, "/subjects/c-late"))
    name, sealed = next(one for one in asking.cookies.items() if "sign-in" in one[0])
    assert parse_qs(urlsplit(back).query)["state"][0] not in sealed
    for nth in (10, len(sealed) // 2, len(sealed) - 5):
        changed = sealed[:nth] + ("A" if sealed[nth] != "A" else "B") + sealed[nth + 1 :]
        assert visiting(council, cookies={name: changed}).get(back).status_code == 403
    assert asking.get(back).headers["location"] == "/subjects/c-late"
