"""A list of people and posts as a file: read by line, refused by line, stored whole or not at all."""

from __future__ import annotations

from datetime import date, time

import pytest

from service.store import people
from service.store.people import Absence, Holding, Team
from service.store.session import open_store, reading, rehearsing, writing
from tests.service.people_cast import BOUNDS, HEAD, LINES, MONDAY, person

SHORT = "post,team,team_name,service,address"
MANAGER = "team-manager"


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    yield opened
    opened.dispose()


def read(*lines, head=HEAD):
    return people.import_csv([head, *lines], BOUNDS)


def take(engine, *lines, head=HEAD):
    said = read(*lines, head=head)
    assert said.refusals == ()
    with writing(engine) as db:
        return people.put_list(db, said)


def everybody(engine):
    with reading(engine) as db:
        return people.persons(db)


def told(engine, post=MANAGER, team="north", on=MONDAY):
    with reading(engine) as db:
        found = people.directory(db, on=on, lines=LINES).recipient(post, team)
        return found and found.address


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_file_as_it_was_before_there_were_people_is_read_still(engine):
    lines = [f"{MANAGER},north,Team North,Assessment,north@council.example", "director,,,,director@council.example"]
    with writing(engine) as db:
        people.put_team(
            db, "north", "Old name", None, {"chair": "chair@council.example", MANAGER: "old@council.example"}
        )
    for _again in range(2):
        assert take(engine, *lines, head=SHORT) == []
    with reading(engine) as db:
        posts = {"chair": "chair@council.example", MANAGER: "north@council.example"}
        assert people.teams(db) == [Team("north", "Team North", "Assessment", posts)]
        assert people.posts(db) == {"director": "director@council.example"}


def test_a_line_says_who_holds_a_post_and_when_they_are_away(engine):
    refusals = take(
        engine,
        f"{MANAGER},north,Team North,Fieldwork,desk@council.example",
        f"{MANAGER},north,,,p-1@council.example,p-1,01/02/2026,,,2026-03-02,06/03/2026,p-2,8:30",
        f"{MANAGER},north,,,p-2@council.example,p-2,,2026-06-30,yes",
        "service-manager,,,Fieldwork,p-3@council.example,p-3",
        ",,,,,p-1,,,,2026-05-01,2026-05-02",
        ",,,,,,,,,,,,",
        ",,,,w-9@council.example,w-9",
    )
    assert refusals == []
    absences = [Absence(MONDAY, date(2026, 3, 6), "p-2"), Absence(date(2026, 5, 1), date(2026, 5, 2))]
    assert everybody(engine) == [
        person("p-1", Holding(MANAGER, "north", from_on=date(2026, 2, 1)), away=absences, digest_at=time(8, 30)),
        person("p-2", Holding(MANAGER, "north", to_on=date(2026, 6, 30), is_deputy=True)),
        person("p-3", Holding("service-manager", service="Fieldwork")),
        person("w-9"),
    ]
    assert told(engine) == "p-2@council.example"
    with reading(engine) as db:
        assert people.posts(db, "north") == {MANAGER: "desk@council.example"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Team Manager,north,North,,a@council.example", "the post is not lower-case words joined by hyphens"),
        (",north,North,,a@council.example", "the post is not lower-case words joined by hyphens"),
        ("team-manger,north,North,,a@council.example", "no ladder, line of posts or report knows this post"),
        ("team-manager,north,,,a@council.example", "the team_name is empty"),
        ("team-manager,north,North,,not an address", "the address is not a mail address"),
        ("team-manager,north,North,,a@x.example;b@x.example", "the address is not a mail address"),
        ("team-manager,north,North,,Jo <a@x.example>", "the address is not a mail address"),
        ("team-manager,north,North,", "the address is not a mail address"),
        ("team-manager,north,North,,a@elsewhere.example", "the address is on a domain that mail may not go to"),
        ("team-manager,north,North,,a@council.example,,,,,,,,,more", "the line has more values than columns"),
        ("team-manager,north,No\x07rth,,a@council.example", "the team_name is too long, or has a line break in it"),
        (f"team-manager,north,{'N' * 201},,a@council.example", "the team_name is too long, or has a line break in it"),
        ("team-manager,no\x07rth,North,,a@council.example", "the team is not a reference that an event could use"),
        ("team-manager,north,North,,a@council.example,,2026-03-02", "the line says from and names no person"),
        ("team-manager,north,North,,a@council.example,,,,yes", "the line says is_deputy and names no person"),
        ("worker,north,North,,,p-1", "nobody is made a worker here"),
        ("team-manager,north,North,,not an address,p-1", "the address is not a mail address"),
        ("team-manager,north,North,,,p\x071", "the person is not a reference that an event could use"),
        ("team-manager,north,North,,,p-1,2026-02-30", "from is not a day of the calendar"),
        ("team-manager,north,North,,,p-1,03/31/2026", "from is not a day of the calendar"),
        ("team-manager,north,North,,,p-1,2 March", "from is not a day of the calendar"),
        ("team-manager,north,North,,,p-1,,,perhaps", "is_deputy is neither yes nor no"),
        ("team-manager,north,North,,,p-1,2026-03-02,2026-03-01", "the holding ends before it begins"),
        (",,,,p-1@council.example,p-1,2026-03-02", "the line says when a post is held and names no post"),
        (",,,,p-1@council.example,p-1,,,,2026-03-02", "the absence has only one of its two days"),
        (",,,,p-1@council.example,p-1,,,,2026-03-02,2026-03-01", "the absence ends before it begins"),
        (",,,,p-1@council.example,p-1,,,,,,p-2", "the line names a cover and no absence"),
        (",,,,p-1@council.example,p-1,,,,2026-03-02,2026-03-02,p-1", "the person covers for themselves"),
        (",,,,p-1@council.example,p-1,,,,,,,25:00", "digest_at is not an hour"),
        (",,,,p-1@council.example,p-1,,,,,,,early", "digest_at is not an hour"),
        (",,,,p-1@council.example,p-1,,,,,,,07:00", "digests go from 07:30 to before 19:00"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_and_the_others_stand(line, reason):
    good = f"{MANAGER},south,South,,south@council.example"
    said = read(good, line)
    assert [row.team for row in said.rows] == ["south"]
    assert [refusal.line for refusal in said.refusals] == [3]
    assert said.refusals[0].reason.startswith(reason)
    assert all(refusal.fix for refusal in said.refusals)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (
            f"{MANAGER},n,N,,a@council.example",
            f"{MANAGER},n,N,,b@council.example",
            "the post and team are those of line 2",
        ),
        (
            f"{MANAGER},n,N,,,p-1",
            f"{MANAGER},n,N,,,p-2",
            "the post is held on the same days by line 2, from the beginning on",
        ),
        (
            f"{MANAGER},n,N,,,p-1,2026-03-02,2026-03-06",
            f"{MANAGER},n,N,,,p-2,2026-03-06",
            "the post is held on the same days by line 2, from 2026-03-02 to 2026-03-06",
        ),
        (
            f"{MANAGER},n,N,,a@council.example",
            "chair,n,M,,b@council.example",
            "the team has another name or service on line 2",
        ),
        (
            f"{MANAGER},n,N,A,a@council.example",
            "chair,n,N,B,b@council.example",
            "the team has another name or service on line 2",
        ),
        (",,,,a@council.example,p-1", ",,,,b@council.example,p-1", "the person has another address on line 2"),
        (",,,,,p-1,,,,,,,08:00", ",,,,,p-1,,,,,,,09:00", "the person has another digest_at on line 2"),
    ],
)
def test_a_line_that_says_otherwise_than_one_before_it_is_refused(one, other, reason):
    said = read(one, other)
    assert [(refusal.line, refusal.reason) for refusal in said.refusals] == [(3, reason)]
    assert [row.number for row in said.rows] == [2]


@pytest.mark.parametrize(
    "lines",
    [
        [f"{MANAGER},n,N,,,p-1,,2026-03-05", f"{MANAGER},n,N,,,p-2,2026-03-06"],
        [f"{MANAGER},n,N,,,p-1", f"{MANAGER},n,N,,,p-2,,,yes", f"{MANAGER},n,N,,,p-3,,,yes"],
        [f"{MANAGER},n,N,,,p-1", f"{MANAGER},s,S,,,p-2", f"{MANAGER},,,,,p-3"],
        [f"{MANAGER},n,N,,a@council.example", f"{MANAGER},n,N,,,p-1", f"{MANAGER},,,,a@council.example"],
    ],
)
def test_what_does_not_clash_is_read(lines):
    assert read(*lines).refusals == ()


@pytest.mark.parametrize("head", ["", "post,team,address", f"{SHORT},persons", f"{SHORT},post"])
def test_a_file_without_its_first_line_is_refused(head):
    said = read(f"{MANAGER},north,North,,a@council.example", head=head)
    assert said.rows == ()
    assert [refusal.line for refusal in said.refusals] == [1]
    assert SHORT in said.refusals[0].fix


def test_a_file_that_is_not_csv_is_refused():
    said = read(f'{MANAGER},"north,North,,a@council.example')
    assert said.rows == ()
    assert said.refusals[0].reason == "this line is not CSV"


# ---- storing ---------------------------------------------------------------------------------------------------------


def test_a_posts_lines_are_the_whole_truth_about_it_and_other_posts_stay(engine):
    take(
        engine,
        f"{MANAGER},north,North,,p-1@council.example,p-1",
        f"{MANAGER},north,North,,p-2@council.example,p-2,,,yes",
        f"{MANAGER},south,South,,p-1@council.example,p-1",
    )
    take(engine, f"{MANAGER},north,North,,p-3@council.example,p-3")
    assert [(one.id, [held.team for held in one.holdings]) for one in everybody(engine)] == [
        ("p-1", ["south"]),
        ("p-2", []),
        ("p-3", ["north"]),
    ]


def test_a_mailbox_takes_no_holder_away_nor_a_holder_the_mailbox(engine):
    take(engine, f"{MANAGER},north,North,,p-1@council.example,p-1")
    take(engine, f"{MANAGER},north,North,,desk@council.example")
    assert told(engine) == "p-1@council.example"
    take(engine, f"{MANAGER},north,North,,p-2@council.example,p-2,,2026-03-01")
    assert told(engine) == "desk@council.example"


def test_a_column_that_a_file_does_not_have_changes_nothing(engine):
    take(engine, ",,,,p-2@council.example,p-2")
    take(engine, ",,,,p-1@council.example,p-1,,,,2026-03-02,2026-03-06,p-2,08:15")
    take(engine, ",,,,new@council.example,p-1", head=f"{SHORT},person")
    away = [Absence(MONDAY, date(2026, 3, 6), "p-2")]
    assert everybody(engine)[0] == person("p-1", away=away, address="new@council.example", digest_at=time(8, 15))
    take(engine, ",,,,,p-1")
    assert everybody(engine)[0] == person("p-1", address="new@council.example")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{MANAGER},north,North,,,p-9", "the person has no address, here or stored"),
        ("service-manager,,,Feildwork,desk@council.example", "no team belongs to this service"),
        (",,,,a@council.example,p-1,,,,2026-03-02,2026-03-06,p-9", "nobody known covers for the person"),
    ],
)
def test_what_a_list_names_and_nobody_knows_is_refused_once_the_whole_is_read(engine, line, reason):
    said = read(f"{MANAGER},south,South,Fieldwork,south@council.example", line)
    assert said.refusals == ()
    with rehearsing(engine) as db:
        refusals = people.put_list(db, said)
    assert [(refusal.line, refusal.reason) for refusal in refusals] == [(3, reason)]
    assert refusals[0].fix
    assert everybody(engine) == []


def test_who_covers_may_come_later_in_the_list(engine):
    assert take(engine, ",,,,a@council.example,p-1,,,,2026-03-02,2026-03-06,p-2", ",,,,b@council.example,p-2") == []
