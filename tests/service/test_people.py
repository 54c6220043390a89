"""Teams and posts: who holds what, and a file of them."""

from __future__ import annotations

import pytest

from service.store import people
from service.store.session import open_store, reading, writing

HEAD = "post,team,team_name,service,address"


@pytest.fixture
def engine(database_url):
    opened = open_store(database_url)
    yield opened
    opened.dispose()


def test_a_team_is_replaced_whole(engine):
    with writing(engine) as db:
        people.put_team(db, "north", "North", "Assessment", {"team-manager": "a@x.example", "deputy": "b@x.example"})
        people.put_team(db, "south", "South", None, {"team-manager": "c@x.example"})
        people.put_team(db, "north", "Team North", None, {"team-manager": "d@x.example"})
    with reading(engine) as db:
        assert people.teams(db) == [
            people.Team("south", "South", None, {"team-manager": "c@x.example"}),
            people.Team("north", "Team North", None, {"team-manager": "d@x.example"}),
        ]
        assert people.team(db, "north") == people.teams(db)[1]
        assert people.team(db, "west") is None


def test_a_team_without_the_post_falls_back_to_the_authority(engine):
    with writing(engine) as db:
        people.put_team(db, "north", "North", None, {"team-manager": "north@x.example"})
        people.put_posts(db, "", {"team-manager": "duty@x.example", "group-manager": "group@x.example"})
    with reading(engine) as db:
        assert people.address_of(db, "team-manager", "north") == "north@x.example"
        assert people.address_of(db, "team-manager", "south") == "duty@x.example"
        assert people.address_of(db, "team-manager", None) == "duty@x.example"
        assert people.address_of(db, "group-manager", "north") == "group@x.example"
        assert people.address_of(db, "deputy", "north") is None
        assert people.posts(db) == {"group-manager": "group@x.example", "team-manager": "duty@x.example"}


def test_a_file_adds_to_what_stands(engine):
    lines = [HEAD, "team-manager,north,Team North,Assessment,north@x.example", "group-manager,,,,group@x.example"]
    read = people.import_csv(lines)
    assert read.refusals == ()
    with writing(engine) as db:
        people.put_team(db, "north", "Old name", None, {"deputy": "deputy@x.example", "team-manager": "old@x.example"})
        people.put_holdings(db, read.rows)
        people.put_holdings(db, read.rows)
    with reading(engine) as db:
        posts = {"deputy": "deputy@x.example", "team-manager": "north@x.example"}
        assert people.teams(db) == [people.Team("north", "Team North", "Assessment", posts)]
        assert people.address_of(db, "group-manager", None) == "group@x.example"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Team Manager,north,North,,a@x.example", "the post is not lower-case words joined by hyphens"),
        (",north,North,,a@x.example", "the post is not lower-case words joined by hyphens"),
        ("team-manager,north,,,a@x.example", "the team_name is empty"),
        ("team-manager,north,North,,not an address", "the address is not a mail address"),
        ("team-manager,north,North,,a@x.example;b@x.example", "the address is not a mail address"),
        ("team-manager,north,North,,Jo <a@x.example>", "the address is not a mail address"),
        ("team-manager,north,North,,é@x.example", "the address is not a mail address"),
        ("team-manager,north,North,", "the address is not a mail address"),
        ("team-manager,north,North,,a@x.example,more", "the line has more values than columns"),
        ("team-manager,north,No\x07rth,,a@x.example", "the team_name is too long, or has a line break in it"),
        (f"team-manager,north,{'N' * 201},,a@x.example", "the team_name is too long, or has a line break in it"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_and_the_others_stand(line, reason):
    good = "team-manager,south,South,,south@x.example"
    read = people.import_csv([HEAD, good, line])
    assert [row.team for row in read.rows] == ["south"]
    assert [(refusal.line, refusal.reason) for refusal in read.refusals] == [(3, reason)]
    assert all(refusal.fix for refusal in read.refusals)


def test_the_same_post_twice_is_refused():
    line = "team-manager,south,South,,south@x.example"
    read = people.import_csv([HEAD, line, line.replace("south@", "other@")])
    assert len(read.rows) == 1
    assert read.refusals[0].line == 3
    assert "line 2" in read.refusals[0].reason


@pytest.mark.parametrize("lines", [[], ["post,team,address"], ["team-manager,north,North,,a@x.example"]])
def test_a_file_without_its_first_line_is_refused(lines):
    read = people.import_csv(lines)
    assert read.rows == ()
    assert [refusal.line for refusal in read.refusals] == [1]
    assert HEAD in read.refusals[0].fix


def test_a_file_that_is_not_csv_is_refused():
    read = people.import_csv([HEAD, 'team-manager,"north,North,,a@x.example'])
    assert read.rows == ()
    assert read.refusals[0].reason == "this line is not CSV"


@pytest.mark.parametrize("address", ["a@b", "first.last+tag@sub.council.gov.uk", "o'neil@x.example"])
def test_an_address_that_is_one_is_taken(address):
    assert people.wrong_address(address) is None
