"""The page of teams and posts: who is told now and why, and which posts have nobody, in words."""

from __future__ import annotations

from datetime import date

import pytest

from service.store import people
from service.store.people import Absence, Holding
from tests.service.pages_cast import NOBODYS, NORTH, SOUTH, browser, demonstration, populate, seen
from tests.service.people_cast import person

MANAGER = "team-manager"


@pytest.fixture
def council(database_url, tmp_path):
    with demonstration(database_url, tmp_path) as council:
        yield council


def page(council):
    return browser(council).get("/people")


def put(council, *given):
    with council.writing() as db:
        for one in given:
            people.put_person(db, one)


def test_each_team_has_its_line_with_who_is_told_and_why(council):
    populate(council)
    covered = [Absence(date(2026, 11, 20), date(2026, 12, 4), "p-2")]
    put(council, person("p-2"), person("p-1", Holding(MANAGER, NORTH), away=covered))
    put(council, person("p-3", Holding(MANAGER, SOUTH, to_on=date(2026, 12, 18), is_deputy=True)))
    put(council, person("p-4", Holding("service-manager", service="Fieldwork")))
    words = seen(page(council).text)
    assert "Assessment Team North Fieldwork Team manager p-2 covers for p-1, who is away until Fri 4 Dec" in words
    assert "Care Management Team South Fieldwork Team manager p-3 deputy until Fri 18 Dec" in words
    assert "Team manager Nobody p-4 is told in its place, as service manager" in words
    assert "The same for every team Service manager p-4 holds the post" in words


def test_a_mailbox_and_a_post_with_nobody_above_say_so(council):
    populate(council)
    words = seen(page(council).text)
    assert "Team manager north@council.example the post’s own mailbox" in words
    assert "Children with Disabilities Team Fieldwork Team manager Nobody no post above it has anybody either" in words
    assert "Nobody Team manager: Children with Disabilities Team. Nobody is told in its place." in words
    assert "Nobody Administrator. Nobody is told in its place." in words


def test_a_post_with_nobody_anywhere_is_shown_at_every_team(council):
    populate(council)
    put(council, person("p-9", Holding("head-of-service")))
    words = seen(page(council).text)
    assert (
        words.count("Service manager Nobody p-9 is told in its place, as head of service")
        == len((NORTH, SOUTH, NOBODYS)) + 1
    )
    assert words.count("Head of service p-9 holds the post") == 1


def test_nobody_is_a_word_and_not_only_a_colour(council):
    populate(council)
    assert '<strong class="govuk-tag govuk-tag--red">Nobody</strong>' in page(council).text


def test_where_every_post_has_somebody_the_page_says_so(council):
    with council.writing() as db:
        people.put_team(db, NOBODYS, "Children with Disabilities Team", None, {MANAGER: "m@council.example"})
        posts = [post for post in council.law.ladders.posts if post != "worker"]
        posts += ["administrator", "children-services-management-team"]
        people.put_posts(db, "", dict.fromkeys(posts, "all@council.example"))
    words = seen(page(council).text)
    assert "None: every post that is told anything has somebody today." in words
    assert "Nobody" not in words


def test_the_ladders_stand_there_in_words(council):
    words = seen(page(council).text)
    assert "5 working days before it is due: the team manager." in words
    assert "For every timescale that no other ladder is for." in words
    assert "Digests go at 07:30 on working days" in words
    for ladder in council.law.ladders.ladders.values():
        assert ladder.title.replace("'", "'") in words


def test_what_the_next_rung_is_told_in_its_place_is_still_listed_as_told_by_nobody(council):
    populate(council)
    put(council, person("p-4", Holding("service-manager", service="Fieldwork")))
    words = seen(page(council).text)
    assert "No address told in its place: the service manager" in words


def test_a_name_or_an_address_with_markup_in_it_is_only_text(council):
    with council.writing() as db:
        people.put_team(db, "t<script>", "<b>North</b>", "<i>Field</i>", {})
        people.put_person(db, person("p<1>", Holding(MANAGER, "t<script>")))
    text = page(council).text
    assert "<b>North" not in text
    assert "<i>Field" not in text
    assert "p&lt;1&gt;" in text


def test_what_nobody_could_be_told_is_counted_as_far_as_one_sees_and_whole_for_whoever_runs_the_service(council):
    populate(council)
    untold = {"Assessment Team North": "Mon 16 Nov", "Children with Disabilities Team": "Wed 18 Nov"}
    north, disabled = untold
    seen_by = {
        (MANAGER, NORTH, ""): {north},
        (MANAGER, NOBODYS, ""): {disabled},
        (MANAGER, SOUTH, ""): set(),
        ("service-manager", "", "Fieldwork"): {north, disabled},
        ("head-of-service", "", ""): {north, disabled},
        ("administrator", "", ""): {north, disabled},
    }
    for post, teams in seen_by.items():
        words = seen(browser(council, post).get("/people").text)
        listed = words.split("What nobody could be told")[1].split("Posts with nobody")[0]
        assert {team for team, oldest in untold.items() if team in listed and oldest in listed} == teams, post
        assert ("Nothing of the teams you answer for" in listed) is (not teams)
    both = browser(council, (MANAGER, SOUTH, ""), ("administrator", "", "")).get("/people").text
    assert untold[disabled] in seen(both)
