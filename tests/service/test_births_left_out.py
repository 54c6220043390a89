"""Dates of birth are for those who work with the child: to an analyst nothing on a page says or gives away when a child
was born, neither the day nor what is counted from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from service.council import Council
from service.web.words import event
from tests.service.intake_parts import document, send
from tests.service.pages_cast import SOUTH, browser, demonstration, populate, seen

ANALYST, MANAGER = ("performance-analyst", "", ""), ("team-manager", SOUTH, "")
TELLING = {
    "of sixteen": ["14 March", "14 Mar", "2010-03-14", "2026-03-14", "14 June", "14 Jun", "2026-06-14", "2028-03-14"],
    "of eighteen": ["5 May", "2008-05-05", "2026-05-05"],
    "to come": ["9 February", "9 Feb", "2027-02-09"],
}
"""Each birthday, and the last day of what is counted from one, as pages and files spell days."""
CHILDREN = {"of sixteen": "c-sixteen", "of eighteen": "c-eighteen", "to come": "c-unborn"}


@pytest.fixture(scope="module")
def council(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as council:
        populate(council)
        send(council, *_sixteen(), *_eighteen(), *_unborn())
        yield council


def _sixteen() -> Iterator[object]:
    """Registered as a return does it, on the day of birth; in care when sixteen, and nothing assessed since."""
    yield document("subject.registered", "c-sixteen", "six-1", "2010-03-14", date_of_birth="2010-03-14", team=SOUTH)
    yield document("looked-after.started", "c-sixteen", "six-2", "2025-09-01", key="la-6", team=SOUTH)
    yield document(
        "subject.registered", "c-sixteen", "six-3", "2010-03-14",
        date_of_birth="2010-03-14", team=SOUTH, supersedes="six-1",
    )  # fmt: skip


def _eighteen() -> Iterator[object]:
    """In care until the eighteenth birthday, on which every duty ended by itself."""
    yield document("subject.registered", "c-eighteen", "eight-1", "2008-05-05", date_of_birth="2008-05-05", team=SOUTH)
    yield document("looked-after.started", "c-eighteen", "eight-2", "2026-03-02", key="la-8", team=SOUTH)


def _unborn() -> Iterator[object]:
    yield document(
        "subject.registered", "c-unborn", "un-1", "2026-10-01", expected_date_of_birth="2027-02-09", team=SOUTH
    )
    doubt = {"about": "subject.registered", "column": "DOB", "value": "2027-02-09", "reason": "the day is to come"}
    yield document("data-problem.found", "c-unborn", "un-3", "2026-10-02", **doubt, team=SOUTH)
    yield document("referral.received", "c-unborn", "un-2", "2026-09-21", key="r-un", team=SOUTH)


def _pages(council: Council, post: tuple[str, str, str], subject: str) -> Iterator[tuple[str, str]]:
    """Every page about a child, and what stands there."""
    asking = browser(council, post)
    first = asking.get(f"/subjects/{subject}")
    assert first.status_code == 200
    yield f"/subjects/{subject}", first.text
    clocks = {unescape(one) for one in re.findall(r'href="(/clocks/[0-9a-f]{20})"', first.text)}
    assert clocks
    for path in [*sorted(clocks), f"/subjects/{subject}/looked", "/problems", "/problems.csv"]:
        answer = asking.get(path)
        assert answer.status_code == 200, path
        yield path, answer.text


def _shown(html: str) -> str:
    """What is read, what is read aloud, and what is drawn."""
    titles = " ".join(re.findall(r"<title>([^<]*)</title>", html))
    return f"{seen(html)} {unescape(titles)} {html}"


@pytest.mark.parametrize("who", TELLING)
def test_an_analyst_is_told_no_birthday_and_nothing_counted_from_one(council, who):
    for path, html in _pages(council, ANALYST, CHILDREN[who]):
        assert [said for said in TELLING[who] if said in _shown(html)] == [], path


@pytest.mark.parametrize("who", TELLING)
def test_the_team_is_told_so_what_is_left_out_was_there_to_leave_out(council, who):
    whole = " ".join(_shown(html) for _, html in _pages(council, MANAGER, CHILDREN[who]))
    assert any(said in whole for said in TELLING[who])


def test_what_is_left_out_says_so(council):
    asking = browser(council, ANALYST)
    words = seen(asking.get("/subjects/c-sixteen").text)
    assert "date of birth: left out for your post" in words
    assert "Counted from a birthday: its dates are left out for your post" in words
    assert "Initial health assessment Mon 29 Sep 2025" in words, "everything else is there"
    clock = re.search(r'href="(/clocks/[0-9a-f]{20})">Pathway', asking.get("/subjects/c-sixteen").text)
    assert clock
    page = seen(asking.get(clock[1]).text)
    assert "It is counted from a birthday: its dates, and whatever follows from them, are left out" in page
    assert "working days overdue" not in page, "so many days after a birthday give it away"
    assert "The law it rests on" in page


def test_the_place_of_a_birth_among_other_events_gives_nothing_away(council):
    later = seen(browser(council, ANALYST).get("/subjects/c-unborn").text)
    assert later.index(event("referral.received")) < later.index("The subject is known"), (
        "registered later, and listed last"
    )
    words = seen(browser(council, ANALYST).get("/subjects/c-sixteen").text)
    assert not re.search(r"recorded [^,]+, \d\d:\d\d, [\d,]+ days later", words.split("The subject is known")[1])


def test_a_duty_that_ended_by_age_ends_on_no_day(council):
    html = browser(council, ANALYST).get("/subjects/c-eighteen").text
    words = seen(html)
    assert "Ended" in words
    assert "timeline" not in html.split("</head>")[1].replace("timeline.", ""), "a bar would end on the birthday"
