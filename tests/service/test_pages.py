"""The pages show what is true, to the people it is for, and change nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.acknowledging import Planned, acknowledge
from service.council import Council
from service.store import people
from service.store.seeing import browsing
from service.store.telling import messages
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, clock_of, demonstration, populate, seen

PAGES = ["/", "/clocks", "/reports", "/reports/section-47", "/outbox", "/people", "/problems", "/rules"]
VARIANTS = 8
DEEPER = ["/outbox/1", "/outbox/1/html", "/rules/initial-child-protection-conference", "/subjects/c-late"]


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


# ---- every page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, *DEEPER, "/subjects/c-stray", "/subjects/c-old", f"/?team={NORTH}"])
def test_every_page_answers(asking, path):
    answer = asking.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="en' in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_a_council_with_nothing_in_it_yet_has_its_pages(empty, path):
    assert browser(empty).get(path).status_code == 200


def test_nothing_yet_is_said_in_words(empty):
    asking = browser(empty)
    assert "Nothing is overdue." in seen(asking.get("/").text)
    assert "No clock is like this" in seen(asking.get("/clocks").text)
    assert "No mail has been written yet" in seen(asking.get("/outbox").text)
    assert "No problem is known" in seen(asking.get("/problems").text)
    assert "No team is known" in seen(asking.get("/people").text)
    assert "None yet" in seen(asking.get("/reports").text)


def test_every_link_of_every_page_leads_somewhere(asking):
    """Of one page's filters, orders and places in a list a few: they multiply, and have tests of their own."""
    found, waiting, variants = set(), ["/"], Counter()
    while waiting:
        path = waiting.pop()
        answer = asking.get(path)
        assert answer.status_code == 200, path
        links = (
            set() if path.endswith("/html") else {unescape(one) for one in re.findall(r'href="(/[^"#]*)', answer.text)}
        )
        fresh = sorted(link for link in links if link not in found and not link.startswith("/static/"))
        found |= set(fresh)
        for link in fresh:
            variants[link.partition("?")[0]] += 1
            waiting += [link] if variants[link.partition("?")[0]] <= VARIANTS else []
    assert len(found) > 40


# ---- what they say ---------------------------------------------------------------------------------------------------


def test_the_week_counts_what_is_late_due_missed_wrong_and_untold(asking):
    words = seen(asking.get("/").text)
    assert "2 overdue 1 due today 2 more due by Sunday 1 past the target, not the limit 2 data problems" in words
    assert "2 that nobody could be told of" in words
    assert "Monday 23 November 2026, week to Sunday 29 November 2026" in words
    assert "Data as at 08:02 on Mon 23 Nov; last event less than a minute ago; clocks computed with law" in words


@pytest.mark.parametrize("start", ["/", f"/?team={NORTH}", f"/?team={SOUTH}"])
def test_each_count_of_the_week_is_the_length_of_the_list_it_links_to(asking, start):
    html = asking.get(start).text
    counted = re.findall(r'href="(/clocks\?[^"]*)"><span class="headline__count">([\d,]+)<', html)
    counted += re.findall(r'href="(/clocks\?[^"]*)">([\d,]+)<span', html)
    assert counted
    for link, count in counted:
        heading = re.search(r"<h1[^>]*>[^<]*: ([\d,]+) clocks?</h1>", asking.get(unescape(link)).text)
        assert heading, link
        assert heading[1] == count, link


def test_the_teams_add_up_to_the_whole(asking):
    html = asking.get("/").text
    by_team = html.split("By team")[1].split("<tfoot")[0]
    overdue = [int(one) for one in re.findall(r'data-label="Overdue">(?:<[^>]+>)?(\d+)', by_team)]
    assert sum(overdue) == 2


def test_a_mails_link_narrows_the_week_to_one_team(asking):
    words = seen(asking.get(f"/?team={NORTH}").text)
    assert "Assessment Team North: this week" in words
    assert "1 overdue 0 due today" in words
    assert "Care Management" not in words


def test_the_list_says_how_late_in_working_days_and_what_is_booked(asking):
    words = seen(asking.get("/clocks?status=overdue").text)
    assert "Mon 16 Nov 5 working days overdue" in words
    assert "Wed 18 Nov 3 working days overdue" in words
    assert "Not booked" in words
    assert "Booked for Thu 3 Dec, too late" in words
    assert "Booked for Thu 26 Nov" in seen(asking.get("/clocks?status=due_this_week").text)


def test_a_booking_that_went_by_with_nothing_recorded_says_so(own):
    asking = browser(own)
    booking = {"of": "icpc.held", "planned_on": "2026-11-12", "key": "s47-late", "team": NORTH}
    send(own, document("meeting.planned", "c-late", "late-3", "2026-11-02", **booking))
    assert "Was booked for Thu 12 Nov, nothing recorded" in seen(asking.get("/clocks?status=overdue").text)


def test_filters_narrow_and_stay_as_they_were_set(asking):
    html = asking.get(f"/clocks?status=overdue&team={NORTH}&timescale=initial-child-protection-conference").text
    assert "Overdue: 1 clock<" in html
    assert f'<option value="{NORTH}" selected>' in html
    assert "c-late" in html
    assert "c-untold" not in html


def test_what_a_form_leaves_open_is_no_filter(asking):
    assert asking.get("/clocks?status=&team=&timescale=").text.count("<tr") == asking.get("/clocks").text.count("<tr")


def test_the_list_goes_on_page_by_page_and_repeats_nothing(own):
    asking = browser(own)
    send(own, *(discussion(f"c-many-{n}", f"many-{n}", "2026-11-06", key=f"s47-{n}", team=NORTH) for n in range(120)))
    path, found = "/clocks?status=due_this_week", []
    while path:
        html = asking.get(path).text
        found += re.findall(r'<th scope="row"[^>]*>\s*<a class="govuk-link" href="/clocks/([0-9a-f]{20})', html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = unescape(following[1]) if following else None
    assert len(found) == len(set(found)) == 122
    assert "Clocks 101 to 122 of 122" in seen(html)


def test_a_clock_says_why_that_day_which_law_and_who_was_told(asking):
    words = seen(asking.get(clock_of(asking, "c-late")).text)
    assert "Was due Monday 16 November 2026 Overdue 5 working days overdue." in words
    assert "15 working days from Monday 26 October 2026. That day is day 0" in words
    assert "Working Together to Safeguard Children" in words
    assert "Read in others’ account of it" in words
    assert "Counted from the first strategy meeting" in words
    assert "Team manager Assessment Team North The due date has passed" in words
    assert "Written to the outbox folder" in words
    assert ", not sent Read the mail" in words
    assert "Started on 26 October 2026, due 16 November 2026" in words


def test_each_counted_day_is_numbered_and_each_skipped_day_named(asking):
    html = asking.get(clock_of(asking, "c-christmas")).text
    words = seen(html)
    assert "Not counted: 8 weekend days, Christmas Day (Thursday 25 December)" in words
    assert re.search(
        r'<span class="cell__date">25</span>.{0,90}not counted .{0,20}<span class="cell__label">Christmas Day<', html
    )
    counted = [int(one) for one in re.findall(r'cell__count" aria-hidden="true">(\d+)<', html)]
    assert counted == list(range(1, 16))
    assert "cell--due" in html.split('aria-hidden="true">15<')[0][-120:]


def test_a_date_that_cannot_be_right_is_shown_with_its_fix(asking):
    words = seen(asking.get(clock_of(asking, "c-early")).text)
    assert "There is a problem with the data" in words
    problems = seen(asking.get("/problems").text)
    assert "What should have met this is dated before it started: 1" in problems
    assert "Something was held that no clock was waiting for: 1" in problems
    assert "What to fix. In the case system" in problems


def test_what_nobody_could_be_told_is_listed(asking):
    words = seen(asking.get("/people").text)
    assert (
        "Team manager Children with Disabilities Team Initial child protection conference 1 Wed 18 Nov No address"
        in words
    )


def test_a_childs_page_keeps_what_was_corrected_and_withdrawn_and_says_so(asking):
    corrected = asking.get("/subjects/c-met").text
    assert "Corrected by event met-3" in corrected
    assert "Corrects event met-2" in corrected
    assert corrected.count("<s>") == corrected.count("Corrected since") == 1
    withdrawn = seen(asking.get("/subjects/c-gone").text)
    assert "Withdrawn by event gone-2" in withdrawn
    assert "No clock is running." in withdrawn


def test_a_child_now_known_by_another_reference_points_there(asking):
    assert "now known as c-late" in seen(asking.get("/subjects/c-old").text)
    assert "read together with that of c-old" in seen(asking.get("/subjects/c-late").text)


def test_a_rule_is_told_in_plain_words_with_its_examples(asking):
    words = seen(asking.get("/rules/initial-child-protection-conference").text)
    assert "A strategy discussion took place" in words
    assert "where outcome is section 47" in words
    assert "Over Christmas" in words
    assert "Started 18 December 2023, due 11 January 2024, stopped 11 January 2024; met" in words
    assert "Read in others’ account of it" in words
    assert "Unverified" in seen(asking.get("/rules").text)


def test_the_mail_is_shown_as_it_was_written(asking):
    listed = seen(asking.get("/outbox").text)
    assert "1 timescale overdue" in listed
    assert "Written to the outbox folder, not sent" in listed
    assert "See which they are:" in seen(asking.get("/outbox/1").text)


def test_a_mail_counts_and_lists_each_clock_once_with_all_that_it_says_of_it(empty):
    """Whoever reads for two posts is told of one clock by the rungs of both."""
    with empty.writing() as db:
        both = dict.fromkeys(("service-manager", "group-manager-fieldwork"), "north@council.example")
        people.put_posts(db, "", both)
    populate(empty)
    with empty.reading() as db:
        mail = next(one for one in messages.newest(db, limit=10) if one.address == "north@council.example")
        carried = [row.clock_id for row in browsing.alerts_in(db, mail.message_id)]
    html = browser(empty).get(f"/outbox/{mail.seq}").text
    behind = re.search(r"<details.*?</details>", html, re.S)[0]
    each = set(carried)
    assert len(carried) > len(each) > 1
    assert f"{len(each)} clocks behind it" in seen(behind)
    assert sorted(re.findall(r'href="/clocks/([0-9a-f]{20})"', behind)) == sorted(each)
    for id in each:
        (own,) = (one for one in re.findall(r"<li>.*?</li>", behind, re.S) if id in one)
        assert own.count('<span class="quiet">') == carried.count(id), "its rungs together"


def test_a_clock_shows_the_plans_that_were_made_for_it(own):
    asking = browser(own)
    path = clock_of(asking, "c-late")
    plan = Planned(path.rpartition("/")[2], "other", date(2026, 11, 26), "team-manager", "the family is abroad")
    acknowledge(own, [plan], who="test")
    words = seen(asking.get(path).text)
    assert "What is planned" in words
    assert "Another reason: the family is abroad" in words
    assert "Thursday 26 November 2026 In force" in words
