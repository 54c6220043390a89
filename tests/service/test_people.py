"""Teams, posts and people as stored: replaced whole, refused where nobody would be told, ended with a leaver."""

from __future__ import annotations

from datetime import date, time

import pytest

from service.errors import Refused
from service.store import people
from service.store.people import Absence, Holding
from service.store.session import open_store, reading, writing
from tests.service.people_cast import BOUNDS, LINES, MONDAY, person

MANAGER, SERVICE_MANAGER = "team-manager", "service-manager"
FRIDAY, SATURDAY = date(2026, 3, 6), date(2026, 3, 7)


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def teams(engine):
    with writing(engine) as db:
        people.put_team(db, "north", "North", "Fieldwork", {})
        people.put_team(db, "south", "South", None, {})


def put(engine, *given):
    with writing(engine) as db:
        for one in given:
            people.put_person(db, one)


def everybody(engine):
    with reading(engine) as db:
        return people.persons(db)


# ---- teams and mailboxes ---------------------------------------------------------------------------------------------


def test_a_team_is_replaced_whole(engine):
    with writing(engine) as db:
        people.put_team(db, "north", "North", "Assessment", {MANAGER: "a@x.example", "chair": "b@x.example"})
        people.put_team(db, "south", "South", None, {MANAGER: "c@x.example"})
        people.put_team(db, "north", "Team North", None, {MANAGER: "d@x.example"})
    with reading(engine) as db:
        assert people.teams(db) == [
            people.Team("south", "South", None, {MANAGER: "c@x.example"}),
            people.Team("north", "Team North", None, {MANAGER: "d@x.example"}),
        ]
        assert people.team(db, "north") == people.teams(db)[1]
        assert people.team(db, "west") is None


def test_mailboxes_of_teams_services_and_the_whole_authority_stand_beside_one_another(engine):
    with writing(engine) as db:
        people.put_team(db, "north", "North", "Fieldwork", {MANAGER: "north@x.example"})
        people.put_posts(db, "", {MANAGER: "all@x.example"})
        people.put_posts(db, "", {MANAGER: "old@x.example"}, service="Fieldwork")
        people.put_posts(db, "", {MANAGER: "fieldwork@x.example"}, service="Fieldwork")
    with reading(engine) as db:
        assert people.posts(db, "north") == {MANAGER: "north@x.example"}
        assert people.posts(db) == {MANAGER: "all@x.example"}
        assert people.posts(db, service="Fieldwork") == {MANAGER: "fieldwork@x.example"}
        assert people.posts_of_services(db) == {"Fieldwork": {MANAGER: "fieldwork@x.example"}}
        assert people.services(db) == ["Fieldwork"]


@pytest.mark.parametrize("address", ["a@b", "first.last+tag@sub.council.gov.uk", "o'neil@x.example"])
def test_an_address_that_is_one_is_taken(address):
    assert people.wrong_address(address) is None


@pytest.mark.parametrize("address", ["", "nobody", "a@x.example;b@x.example", "Jo <a@x.example>", "é@x.example"])
def test_an_address_that_is_none_is_refused_without_repeating_it(address):
    reason, fix = people.wrong_address(address)
    assert reason == "the address is not a mail address"
    assert not address or address not in reason + fix


def test_an_address_on_another_domain_is_refused_with_the_domains_there_are():
    reason, fix = people.wrong_address("secret@elsewhere.example", {"council.example", "trust.example"})
    assert reason == "the address is on a domain that mail may not go to"
    assert "council.example, trust.example" in fix
    assert "secret" not in reason + fix
    assert people.wrong_address("a@Trust.example", {"council.example", "trust.example"}) is None


@pytest.mark.parametrize(
    ("post", "fix"),
    [
        ("team-manger", "write team-manager"),
        ("service_manager", "write it as the ladder does, such as team-manager"),
        ("head-of-services", "write head-of-service"),
    ],
)
def test_a_misspelt_post_is_refused_with_the_nearest_that_is_told(post, fix):
    assert people.wrong_post(post, BOUNDS)[1] == fix


def test_a_post_like_no_other_is_refused_with_those_there_are():
    reason, fix = people.wrong_post("zzz", BOUNDS)
    assert "would never be told" in reason
    assert fix.startswith("choose from administrator, chair")
    assert {"children-services-management-team", "worker", "director"} <= set(
        fix.removeprefix("choose from ").split(", ")
    )


@pytest.mark.parametrize("hour", [time(7, 29), time(0, 0), time(19, 0)])
def test_a_digest_cannot_go_before_the_ladders_hour_or_when_nothing_is_told(hour):
    reason, fix = people.wrong_hour(hour, BOUNDS)
    assert "07:30" in reason
    assert fix == "choose an hour from 07:30 to before 19:00"
    assert people.wrong_hour(LINES.at, BOUNDS) is None
    assert people.wrong_hour(time(18, 59), BOUNDS) is None
    assert people.wrong_hour(None, BOUNDS) is None


# ---- people ----------------------------------------------------------------------------------------------------------


def test_a_person_is_replaced_whole(engine, teams):
    put(engine, person("p-2"))
    before = person("p-1", Holding(MANAGER, "north"), away=[Absence(MONDAY, FRIDAY, "p-2")], digest_at=time(8, 30))
    put(engine, before)
    assert everybody(engine)[0] == before
    after = person("p-1", Holding(SERVICE_MANAGER, service="Fieldwork", from_on=MONDAY, is_deputy=True))
    put(engine, after)
    assert everybody(engine) == [after, person("p-2")]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ((date.min, None), (MONDAY, None), "from the beginning on"),
        ((MONDAY, FRIDAY), (FRIDAY, None), "from 2026-03-02 to 2026-03-06"),
        ((FRIDAY, None), (MONDAY, FRIDAY), "from 2026-03-06 on"),
        ((MONDAY, FRIDAY), (SATURDAY, None), None),
        ((SATURDAY, None), (date.min, FRIDAY), None),
    ],
)
def test_two_holders_of_one_post_on_one_day_are_refused_by_the_others_dates(engine, teams, first, second, clash):
    put(engine, person("p-1", Holding(MANAGER, "north", "", *first)))
    if clash is None:
        put(engine, person("p-2", Holding(MANAGER, "north", "", *second)))
        return
    with pytest.raises(Refused) as refused:
        put(engine, person("p-2", Holding("chair"), Holding(MANAGER, "north", "", *second)))
    assert refused.value.detail == f"somebody else holds this post there {clash}"
    assert refused.value.pointer == "/holdings/1"
    assert "p-1" not in str(refused.value)
    assert [one.id for one in everybody(engine)] == ["p-1"], "nothing of it is kept"


def test_a_deputy_may_overlap_and_so_may_holders_elsewhere(engine, teams):
    put(engine, person("p-1", Holding(MANAGER, "north")))
    put(engine, person("p-2", Holding(MANAGER, "north", is_deputy=True), Holding(MANAGER, "south"), Holding(MANAGER)))
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True), Holding("chair", "north")))
    put(engine, person("p-1", Holding(MANAGER, "north", from_on=MONDAY)))
    assert len(everybody(engine)) == 3


def test_a_person_cannot_hold_a_post_twice_at_one_time(engine, teams):
    with pytest.raises(Refused, match="held from 2026-03-02 on already"):
        put(engine, person("p-1", Holding(MANAGER, "north", from_on=MONDAY), Holding(MANAGER, "north", from_on=FRIDAY)))


@pytest.mark.parametrize(
    ("holding", "detail", "pointer"),
    [
        (Holding(MANAGER, "nroth"), "the team is not known", "/holdings/0/team"),
        (Holding(MANAGER, service="Feildwork"), "no team belongs to this service", "/holdings/0/service"),
        (Holding(MANAGER, "north", "Fieldwork"), "a post is of a team or of a service", "/holdings/0/service"),
    ],
)
def test_a_post_where_it_would_never_be_told_is_refused(engine, teams, holding, detail, pointer):
    with pytest.raises(Refused) as refused:
        put(engine, person("p-1", holding))
    assert (refused.value.detail, refused.value.pointer) == (detail, pointer)
    assert refused.value.fix
    assert "nroth" not in str(refused.value)


def test_a_misspelt_service_is_refused_with_the_nearest(engine, teams):
    with pytest.raises(Refused, match="write Fieldwork"):
        put(engine, person("p-1", Holding(MANAGER, service="Feildwork")))


@pytest.mark.parametrize("cover", ["p-1", "nobody"])
def test_a_cover_who_is_nobody_or_the_person_is_refused(engine, teams, cover):
    with pytest.raises(Refused) as refused:
        put(engine, person("p-1", away=[Absence(MONDAY, FRIDAY), Absence(MONDAY, FRIDAY, cover)]))
    assert refused.value.pointer == "/absences/1/cover"


def test_a_leaver_holds_nothing_from_that_day_covers_for_nobody_and_has_no_address(engine, teams):
    put(engine, person("p-2"))
    put(
        engine,
        person(
            "p-1",
            Holding(MANAGER, "north", to_on=date(2026, 1, 9)),
            Holding(MANAGER, "south"),
            Holding("chair", from_on=FRIDAY),
            away=[Absence(FRIDAY, FRIDAY, "p-2")],
        ),
        person("p-2", away=[Absence(MONDAY, FRIDAY, "p-1")]),
    )
    with writing(engine) as db:
        assert people.end_person(db, "p-1", on=MONDAY)
        assert not people.end_person(db, "p-1", on=MONDAY)
    assert everybody(engine) == [person("p-2", away=[Absence(MONDAY, FRIDAY)])]
    with reading(engine) as db:
        for post, team in ((MANAGER, "south"), ("chair", None)):
            assert people.directory(db, on=MONDAY, lines=LINES).recipient(post, team) is None
    put(engine, person("p-3", Holding(MANAGER, "south", from_on=MONDAY), Holding("chair")))


def test_the_post_of_a_leaver_was_held_until_the_day_before(engine, teams):
    put(engine, person("p-1", Holding(MANAGER, "south")))
    with writing(engine) as db:
        people.end_person(db, "p-1", on=MONDAY)
    with pytest.raises(Refused, match="from the beginning to 2026-03-01"):
        put(engine, person("p-3", Holding(MANAGER, "south")))
