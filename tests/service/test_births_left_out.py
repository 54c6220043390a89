"""Dates of birth are for those who work with the child: to an analyst nothing on a page says or gives away when a child
was born, neither the day nor what is counted from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from html import unescape
from io import StringIO

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


def test_a_problem_without_its_day_is_not_told_by_its_place_among_others_either(council):
    for child, on in {"c-before": "2012-01-01", "c-placed": "2011-05-05", "c-after": "2010-01-01"}.items():
        is_birth = child == "c-placed"
        kind, said = (
            ("subject.registered", {"date_of_birth": on}) if is_birth else ("referral.received", {"key": child})
        )
        send(council, document(kind, child, f"{child}-1", on, team=SOUTH, **said))
        rivals = [
            document(kind, child, f"{child}-{nth}", on, supersedes=f"{child}-1", team=SOUTH, **said) for nth in (2, 3)
        ]
        send(council, *rivals)
    for path in ("/problems", "/problems.csv"):
        html = browser(council, ANALYST).get(path).text
        assert html.index("c-before-3") < html.index("c-after-3") < html.index("c-placed-3"), path
        html = browser(council, MANAGER).get(path).text
        assert html.index("c-before-3") < html.index("c-placed-3") < html.index("c-after-3"), path


@pytest.mark.parametrize("form", ["", "/html", "/xlsx", "/json", "/children.csv"])
def test_a_report_names_no_day_that_is_counted_from_a_birthday(council, form):
    """Sixteen on 20 June: assessed by 20 September, in the weeks that the report is of."""
    send(
        council,
        document("subject.registered", "c-summer", "su-1", "2010-06-20", date_of_birth="2010-06-20", team=SOUTH),
        document("looked-after.started", "c-summer", "su-2", "2025-09-01", key="la-s", team=SOUTH),
    )
    rows = {
        post: csv.DictReader(StringIO(browser(council, *posts).get("/reports/telling/children.csv").text))
        for post, posts in {"analyst": [ANALYST], "manager": [MANAGER], "both": [ANALYST, MANAGER]}.items()
    }
    named = {post: {(row["subject"], row["due_on"]) for row in own} for post, own in rows.items()}
    birth = ("c-summer", "2026-09-20")
    assert {post for post, own in named.items() if birth in own} == {"manager", "both"}
    assert ("c-late", "2026-11-16") in named["analyst"], "everything else is there"
    answer = browser(council, ANALYST).get(f"/reports/telling{form}")
    assert answer.status_code == 200
    assert b"c-summer" not in answer.content
    assert form in ("/xlsx", "/json", "/children.csv") or "left out for your post" in seen(answer.text)


def test_the_rules_do_not_count_what_becomes_overdue_so_many_days_after_a_birthday(council):
    for path in ("/rules", "/rules/pathway-assessment"):
        analyst, manager = (seen(browser(council, post).get(path).text) for post in (ANALYST, MANAGER))
        assert "Counted from a birthday: left out for your post." in analyst
        assert "left out for your post" not in manager
        assert "overdue of Pathway needs assessment" not in analyst
        assert "overdue of Pathway needs assessment" in manager
    kept = seen(browser(council, ANALYST).get("/rules?show=overdue").text)
    assert "A young person in care knows at sixteen" not in kept


def test_a_duty_that_ended_by_age_ends_on_no_day(council):
    html = browser(council, ANALYST).get("/subjects/c-eighteen").text
    words = seen(html)
    assert "Ended" in words
    assert "timeline" not in html.split("</head>")[1].replace("timeline.", ""), "a bar would end on the birthday"
