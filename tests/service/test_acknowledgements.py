"""A plan for what is late: the ladder waits for it, the next rung sees it, it lapses by itself, and no clock stops."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from rules.model import Event
from service import flow
from service.acknowledging import Planned, acknowledge
from service.errors import NotFound, Refused
from service.store import clocks, people
from service.store.telling import acknowledgements
from tests.service.api_parts import refused, serving
from tests.service.mail_cast import CONFERENCE, NORTH, SOUTH, council_with, settings_for, wall_at
from tests.service.mail_room import Authority, MailServer

CHILD = "canary-child-12"
CONFERENCE_DUE_ON = date(2026, 2, 23)
WHO = "north's manager"


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
        with opened.writing() as db:
            people.put_posts(
                db,
                "",
                {f"{post}": f"{post}@council.example" for post in ("service-manager", "group-manager-fieldwork")},
            )
        yield opened


def discussion(child: str = CHILD, team: str = NORTH) -> Event:
    return Event(
        source="case-system",
        id=f"discussion-{child}",
        type="strategy-discussion.held",
        subject=child,
        happened_on=date(2026, 2, 2),
        key=f"enquiry-{child}",
        team=team,
        data={"outcome": "section_47"},
    )


def held(child: str = CHILD, on: date = date(2026, 2, 26)) -> Event:
    return Event(
        source="case-system",
        id=f"held-{child}",
        type="icpc.held",
        subject=child,
        happened_on=on,
        key=f"enquiry-{child}",
    )


def conference(council, child: str = CHILD) -> str:
    with council.reading() as db:
        own = clocks.of_subjects(db, [child])[child]
    return next(one.id for one in own if one.timescale == CONFERENCE and one.measure == "duty")


def days(council, server, wall, *until: tuple[int, int]) -> list[tuple[str, str]]:
    """Each morning up to a day of a month: who was written to, and the words."""
    server.letters.clear()
    for month, day in until:
        wall.now = datetime(2026, month, day, 8, tzinfo=UTC)
        flow.send_due(council, now=wall.now)
    return [(letter["To"], letter.get_body(("plain",)).get_content()) for letter in server.letters]


def told_of_the_conference(letters) -> list[str]:
    return [to for to, text in letters if "Initial child protection conference" in text]


def plan_for(council, next_on: date, *, post: str = "team-manager", reason: str = "child-ill", words: str = ""):
    return acknowledge(council, [Planned(conference(council), reason, next_on, post, words)], who=WHO)


def test_the_ladder_waits_for_a_plan_and_the_next_rung_sees_it_instead(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 24))
    plan_for(council, date(2026, 3, 2))
    letters = days(council, server, wall, (2, 25), (2, 26), (2, 27), (3, 2))
    seen = [(to, text) for to, text in letters if "with a plan made by the post below you" in text]
    assert [to for to, _text in seen] == ["service-manager@council.example", "group-manager-fieldwork@council.example"]
    assert "child ill, next date Monday 2 March 2026" in seen[0][1]
    assert not [text for _to, text in letters if "Newly overdue" in text or "passed on to you" in text]
    assert CHILD not in str(letters)


def test_a_plan_lapses_by_itself_and_the_ladder_goes_on(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 24))
    plan_for(council, date(2026, 3, 2))
    days(council, server, wall, (2, 25), (2, 26), (2, 27), (3, 2))
    letters = dict(days(council, server, wall, (3, 3)))
    assert "Plans whose day has passed (1)" in letters["north@council.example"]
    assert "passed on to you now (1)" in letters["service-manager@council.example"]
    assert "passed on to you now (1)" in letters["group-manager-fieldwork@council.example"]
    assert days(council, server, wall, (3, 4)) == [], "and nothing is said twice"


def test_a_plan_for_what_was_done_by_its_day_is_not_spoken_of_again(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 24))
    plan_for(council, date(2026, 2, 26))
    flow.receive(council, [held()], actor="case system")
    assert told_of_the_conference(days(council, server, wall, (2, 27), (3, 2), (3, 3))) == []


def test_a_plan_made_before_the_date_keeps_the_breach_back_until_it_lapses(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 23))
    plan_for(council, date(2026, 2, 25))
    assert told_of_the_conference(days(council, server, wall, (2, 24), (2, 25))) == []
    letters = dict(days(council, server, wall, (2, 26)))
    assert "Plans whose day has passed (1)" in letters["north@council.example"]


def test_a_newer_plan_takes_the_place_of_the_older_one(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 24))
    plan_for(council, date(2026, 2, 25))
    plan_for(council, date(2026, 2, 27), reason="court-date")
    letters = days(council, server, wall, (2, 25), (2, 26), (2, 27))
    assert not [text for _to, text in letters if "Plans whose day has passed" in text]
    assert "court date" in letters[0][1]
    letters = days(council, server, wall, (3, 2))
    assert [to for to, text in letters if "Plans whose day has passed (1)" in text] == ["north@council.example"]


def test_no_plan_stops_or_moves_a_clock(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    wall.now = datetime(2026, 2, 24, 9, tzinfo=UTC)
    id = conference(council)
    with council.reading() as db:
        before = clocks.one(db, id)
    plan_for(council, date(2026, 2, 26))
    with council.reading() as db:
        assert clocks.one(db, id) == before


def test_a_case_that_moves_takes_its_plan_along(council, server, wall):
    flow.receive(council, [discussion()], actor="case system")
    days(council, server, wall, (2, 24))
    plan_for(council, date(2026, 2, 26))
    moved = Event("case-system", "move", "case.allocated", CHILD, date(2026, 2, 25), team=SOUTH)
    flow.receive(council, [moved], actor="case system")
    letters = days(council, server, wall, (2, 25), (2, 26), (2, 27))
    lapsed = [to for to, text in letters if "Plans whose day has passed" in text]
    assert lapsed == ["south@council.example"]


@pytest.mark.parametrize(
    ("planned", "says"),
    [
        ({"reason": "child-il"}, "child-ill"),
        ({"reason": "other"}, "say in words"),
        ({"reason": "other", "words": "x" * 501}, "500 characters"),
        ({"next_on": date(2026, 2, 23)}, "2026-03-03"),
        ({"next_on": date(2026, 3, 4)}, "2026-03-03"),
        ({"post": "team-manger"}, "team-manager"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_says_what_could(council, server, wall, planned, says):
    flow.receive(council, [discussion()], actor="case system")
    wall.now = datetime(2026, 2, 24, 9, tzinfo=UTC)
    usual = {"next_on": date(2026, 2, 26)}
    with pytest.raises(Refused) as refusal:
        plan_for(council, **(usual | planned))
    assert says in str(refusal.value)


def test_of_several_plans_all_are_kept_or_none(council, server, wall):
    flow.receive(council, [discussion(), discussion("other-child")], actor="case system")
    wall.now = datetime(2026, 2, 24, 9, tzinfo=UTC)
    ids = [conference(council), conference(council, "other-child")]
    flow.receive(council, [held("other-child", date(2026, 2, 24))], actor="case system")
    plans = [Planned(id, "child-ill", date(2026, 2, 26), "team-manager") for id in ids]
    with pytest.raises(Refused) as refusal:
        acknowledge(council, plans, who=WHO)
    assert refusal.value.pointer == "/1/clock"
    with council.reading() as db:
        assert acknowledgements.latest(db, ids) == {}
    with pytest.raises(NotFound):
        acknowledge(council, [plans[0]._replace(clock_id="0" * 20)], who=WHO)


def test_the_api_keeps_plans_singly_and_in_bulk_and_shows_them(database_url, tmp_path):
    with wall_at(datetime(2026, 2, 24, 9, tzinfo=UTC)), serving(database_url, tmp_path) as api:
        flow.receive(api.council, [discussion(), discussion("other-child")], actor="case system")
        ids = [conference(api.council), conference(api.council, "other-child")]
        plan = {"reason": "court-date", "next_on": "2026-02-26", "post": "team-manager"}
        one = api.ask("POST", f"/v1/clocks/{ids[0]}/acknowledgements", json=plan)
        assert one.status_code == 201, one.text
        assert (one.json()["who"], one.json()["is_in_force"]) == ("all", True)
        both = api.ask("POST", "/v1/acknowledgements", json={**plan, "clocks": ids})
        assert [made["clock"] for made in both.json()["acknowledgements"]] == ids
        shown = api.get(f"/v1/clocks/{ids[0]}/acknowledgements").json()["acknowledgements"]
        assert [made["is_in_force"] for made in shown] == [False, True]
        assert "court-date" in api.get("/v1/acknowledgements/reasons").json()
        audited = [subject for _who, action, subject in api.audited() if action == "clock.acknowledged"]
        assert audited == [CHILD, CHILD, "other-child"]


def test_the_api_refuses_with_a_pointer_and_without_the_scope(sqlite_url, tmp_path):
    with wall_at(datetime(2026, 2, 24, 9, tzinfo=UTC)), serving(sqlite_url, tmp_path) as api:
        flow.receive(api.council, [discussion()], actor="case system")
        id = conference(api.council)
        plan = {"reason": "court-date", "next_on": "2026-02-26", "post": "team-manager"}
        where = f"/v1/clocks/{id}/acknowledgements"
        refused(api.ask("POST", where, json={**plan, "next_on": "2026-09-01"}), 422, "refused", "/next_on")
        refused(api.ask("POST", where, json={**plan, "next_on": "2026-02-31"}), 422, "refused", "/next_on")
        refused(api.ask("POST", where, json={**plan, "reason": "x"}), 422, "refused", "/reason")
        many = {**plan, "clocks": [id, "0" * 20]}
        refused(api.ask("POST", "/v1/acknowledgements", json=many), 404, "not-found", "/clocks/1")
        refused(api.ask("POST", where, json=plan, key="clocks:read"), 403, "out-of-scope")
        assert api.get(where).json() == {"acknowledgements": []}
