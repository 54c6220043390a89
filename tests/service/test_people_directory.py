"""Who is told on a day: holder, cover, deputy, mailbox, and then the next rung."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import event

from service.store import people
from service.store.people import COVER, DEPUTY, HOLDER, MAILBOX, NEXT_RUNG, Absence, Holding
from service.store.session import open_store, reading, writing
from tests.service.people_cast import LINES, MONDAY, person

MANAGER, SERVICE_MANAGER, HEAD = "team-manager", "service-manager", "head-of-service"
FRIDAY, NEXT_FRIDAY = date(2026, 3, 6), date(2026, 3, 13)
AWAY = Absence(MONDAY, FRIDAY)


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    with writing(opened) as db:
        people.put_team(db, "north", "North", "Fieldwork", {})
        people.put_team(db, "south", "South", "Fieldwork", {})
        people.put_team(db, "court", "Court", None, {})
    yield opened
    opened.dispose()


def put(engine, *given):
    with writing(engine) as db:
        for one in given:
            people.put_person(db, one)


def directory(engine, on=MONDAY, domains=()):
    with reading(engine) as db:
        return people.directory(db, on=on, lines=LINES, domains=domains)


def told(engine, post=MANAGER, team="north", worker=None, **more):
    found = directory(engine, **more).recipient(post, team, worker)
    return found and (found.person or found.address, found.post, found.why)


def test_nobody_at_all_is_none(engine):
    assert told(engine) is None
    assert not directory(engine).is_held(MANAGER, "north")


def test_a_post_is_told_to_its_holder_from_the_first_day_to_the_last(engine):
    put(engine, person("p-1", Holding(MANAGER, "north", from_on=MONDAY, to_on=FRIDAY)))
    days = [told(engine, on=MONDAY + timedelta(days=nth)) for nth in range(-1, 6)]
    assert days == [None, *[("p-1", MANAGER, HOLDER)] * 5, None]


def test_a_post_changes_hands_on_the_day(engine):
    put(engine, person("p-1", Holding(MANAGER, "north", to_on=FRIDAY)))
    put(engine, person("p-2", Holding(MANAGER, "north", from_on=FRIDAY + timedelta(days=1))))
    assert told(engine, on=FRIDAY)[0] == "p-1"
    assert told(engine, on=NEXT_FRIDAY)[0] == "p-2"


def test_an_absent_holder_is_covered_by_whom_the_absence_names_and_not_after_it(engine):
    put(engine, person("p-2"), person("p-1", Holding(MANAGER, "north"), away=[Absence(MONDAY, FRIDAY, "p-2")]))
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True)))
    found = directory(engine).recipient(MANAGER, "north")
    assert (found.person, found.why, found.until, found.away) == ("p-2", COVER, FRIDAY, "p-1")
    assert found.address == "p-2@council.example"
    assert told(engine, on=FRIDAY + timedelta(days=1)) == ("p-1", MANAGER, HOLDER)


def test_an_absent_cover_is_passed_over_for_the_deputy(engine):
    put(engine, person("p-4"), person("p-2", away=[Absence(MONDAY, FRIDAY, "p-4")]))
    put(engine, person("p-1", Holding(MANAGER, "north"), away=[Absence(MONDAY, FRIDAY, "p-2")]))
    put(engine, person("p-3", Holding(MANAGER, "north", to_on=NEXT_FRIDAY, is_deputy=True)))
    found = directory(engine).recipient(MANAGER, "north")
    assert (found.person, found.why, found.until) == ("p-3", DEPUTY, NEXT_FRIDAY)


def test_of_two_absences_on_a_day_either_may_name_the_cover(engine):
    put(engine, person("p-2"), person("p-1", Holding(MANAGER, "north"), away=[AWAY, Absence(MONDAY, MONDAY, "p-2")]))
    assert told(engine) == ("p-2", MANAGER, COVER)


def test_a_post_without_a_holder_is_told_to_its_deputy(engine):
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True)))
    assert told(engine) == ("p-3", MANAGER, DEPUTY)


def test_of_two_deputies_the_one_who_is_there_is_told(engine):
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True), away=[AWAY]))
    put(engine, person("p-4", Holding(MANAGER, "north", from_on=MONDAY, is_deputy=True)))
    assert told(engine)[0] == "p-4"
    assert told(engine, on=NEXT_FRIDAY)[0] == "p-3"


def test_where_nobody_is_there_the_posts_own_mailbox_is_told(engine):
    with writing(engine) as db:
        people.put_posts(db, "north", {MANAGER: "desk@council.example"})
    put(engine, person("p-1", Holding(MANAGER, "north"), away=[AWAY]))
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True), away=[AWAY]))
    assert told(engine) == ("desk@council.example", MANAGER, MAILBOX)
    assert directory(engine).is_held(MANAGER, "north")


def test_a_teams_own_mailbox_comes_before_a_holder_for_the_service_or_for_all(engine):
    with writing(engine) as db:
        people.put_posts(db, "north", {MANAGER: "desk@council.example"})
    put(engine, person("p-1", Holding(MANAGER, service="Fieldwork")), person("p-2", Holding(MANAGER)))
    assert told(engine, team="north")[0] == "desk@council.example"
    assert told(engine, team="south")[0] == "p-1"
    assert told(engine, team="court")[0] == "p-2"
    assert told(engine, team="never-heard-of")[0] == "p-2"
    assert told(engine, team=None)[0] == "p-2"


def test_a_teams_deputy_comes_before_a_holder_for_all(engine):
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True)), person("p-2", Holding(MANAGER)))
    assert told(engine) == ("p-3", MANAGER, DEPUTY)


def test_a_post_with_nobody_is_told_to_the_next_rung_by_the_same_rules(engine):
    with writing(engine) as db:
        people.put_posts(db, "", {SERVICE_MANAGER: "desk@council.example"}, service="Fieldwork")
    put(engine, person("p-1", Holding(MANAGER, "north"), away=[AWAY]))
    put(engine, person("p-5", Holding(SERVICE_MANAGER, service="Fieldwork"), away=[AWAY]))
    assert told(engine) == ("desk@council.example", SERVICE_MANAGER, NEXT_RUNG)
    assert not directory(engine).is_held(MANAGER, "north")
    assert directory(engine).is_held(SERVICE_MANAGER, "north")
    put(engine, person("p-9", Holding(HEAD)))
    assert told(engine, team="court") == ("p-9", HEAD, NEXT_RUNG)
    assert told(engine, post="director") is None, "nobody is told downwards"


def test_a_post_that_stands_in_no_line_has_no_next_rung(engine):
    put(engine, person("p-9", Holding(HEAD)))
    assert told(engine, post="administrator", team=None) is None


def test_what_belongs_to_no_team_is_told_to_the_only_service_that_has_the_post(engine):
    put(engine, person("p-5", Holding(SERVICE_MANAGER, service="Fieldwork")))
    assert told(engine, post=SERVICE_MANAGER, team=None) == ("p-5", SERVICE_MANAGER, HOLDER)
    with writing(engine) as db:
        people.put_team(db, "court", "Court", "Care", {})
        people.put_posts(db, "", {SERVICE_MANAGER: "care@council.example"}, service="Care")
    assert told(engine, post=SERVICE_MANAGER, team=None) is None, "of two services, neither is meant"


# ---- the worker ------------------------------------------------------------------------------------------------------


def test_the_worker_is_whoever_the_clock_names(engine):
    put(engine, person("w-1"), person("p-1", Holding(MANAGER, "north")))
    assert told(engine, post="worker", worker="w-1") == ("w-1", "worker", HOLDER)
    assert directory(engine).is_held("worker", "north", "w-1")


@pytest.mark.parametrize("worker", [None, "", "nobody-knows"])
def test_a_worker_whom_nobody_knows_is_told_by_the_next_rung(engine, worker):
    put(engine, person("p-1", Holding(MANAGER, "north")))
    assert told(engine, post="worker", worker=worker) == ("p-1", MANAGER, NEXT_RUNG)
    assert not directory(engine).is_held("worker", "north", worker)


def test_an_absent_worker_is_covered_or_else_the_next_rung_is_told(engine):
    put(engine, person("w-2"), person("p-1", Holding(MANAGER, "north")))
    put(engine, person("w-1", away=[Absence(MONDAY, FRIDAY, "w-2")]), person("w-3", away=[AWAY]))
    assert told(engine, post="worker", worker="w-1") == ("w-2", "worker", COVER)
    assert told(engine, post="worker", worker="w-3") == ("p-1", MANAGER, NEXT_RUNG)


# ---- addresses -------------------------------------------------------------------------------------------------------


def test_an_address_on_a_domain_that_is_no_longer_allowed_is_none(engine):
    put(engine, person("p-1", Holding(MANAGER, "north"), address="p-1@Gone.example"))
    put(engine, person("p-3", Holding(MANAGER, "north", is_deputy=True)))
    with writing(engine) as db:
        people.put_posts(db, "south", {MANAGER: "desk@gone.example"})
    assert told(engine)[0] == "p-1"
    assert told(engine, domains={"council.example", "gone.example"})[0] == "p-1"
    assert told(engine, domains={"council.example"}) == ("p-3", MANAGER, DEPUTY)
    assert told(engine, team="south")[0] == "desk@gone.example"
    assert told(engine, team="south", domains={"council.example"}) is None


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("a@council.example", True),
        ("a@COUNCIL.example", True),
        ("a@sub.council.example", False),
        ("a@notcouncil.example", False),
        ("a@council.example.evil.example", False),
        ("council.example", False),
        ("", False),
    ],
)
def test_a_domain_is_allowed_whole_and_not_those_below_it(address, is_allowed):
    assert people.is_allowed(address, {"council.example"}) is is_allowed


# ---- who reads -------------------------------------------------------------------------------------------------------


def test_somebody_with_several_posts_is_one_reader_at_one_address_and_hour(engine):
    held = [Holding(MANAGER, "north"), Holding(MANAGER, "south", is_deputy=True), Holding("administrator")]
    put(engine, person("p-1", *held, digest_at=time(9, 0)))
    with writing(engine) as db:
        people.put_posts(db, "court", {MANAGER: "P-1@council.example"})
    found = directory(engine)
    readers = found.all_recipients()
    assert [(one.address, one.person, one.digest_at) for one in readers] == [("p-1@council.example", "p-1", time(9, 0))]
    assert readers[0].posts == ((MANAGER, "court"), (MANAGER, "north"), (MANAGER, "south"))
    assert found.posts_of("p-1@COUNCIL.example") == [
        *(("administrator", team) for team in ("", "court", "north", "south")),
        *readers[0].posts,
    ]
    mailbox = found.recipient(MANAGER, "court")
    assert (mailbox.address, mailbox.digest_at) == ("p-1@council.example", time(9, 0))
    assert found.posts_of("nobody@council.example") == []


def test_who_shares_an_address_reads_at_the_earliest_hour(engine):
    put(engine, person("p-1", Holding(MANAGER, "north"), address="desk@council.example", digest_at=time(10, 0)))
    put(engine, person("p-2", Holding(MANAGER, "south"), address="Desk@council.example", digest_at=time(8, 0)))
    assert directory(engine).recipient(MANAGER, "north").digest_at == time(8, 0)
    put(engine, person("p-3", address="desk@council.example"))
    assert directory(engine).recipient(MANAGER, "north").digest_at is None, "the ladder's own hour is the earliest"


def test_who_stands_in_for_a_post_reads_for_it_and_who_is_away_does_not(engine):
    put(engine, person("p-2"), person("p-1", Holding(MANAGER, "north"), away=[Absence(MONDAY, FRIDAY, "p-2")]))
    assert [one.person for one in directory(engine).all_recipients()] == ["p-2"]
    assert [one.person for one in directory(engine, on=NEXT_FRIDAY).all_recipients()] == ["p-1"]


def test_the_next_rung_does_not_read_for_a_post_that_nobody_holds(engine):
    put(engine, person("p-5", Holding(SERVICE_MANAGER, service="Fieldwork")))
    assert directory(engine).posts_of("p-5@council.example") == [
        (SERVICE_MANAGER, team) for team in ("", "north", "south")
    ]


def test_everything_is_read_at_once_and_nothing_is_asked_of_the_database_after(engine):
    put(engine, person("p-1", Holding(MANAGER, "north")))
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    found = directory(engine)
    asked_first = len([one for one in asked if one.startswith("SELECT")])
    assert asked_first == 5
    for nth in range(200):
        found.recipient("worker", "north", f"w-{nth}")
        found.posts_of(f"{nth}@council.example")
    found.all_recipients()
    assert len([one for one in asked if one.startswith("SELECT")]) == asked_first
