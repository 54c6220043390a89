"""The page of what telling comes to: mails a reader a week, what warnings came to, rungs that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from service import flow
from service.council import Council
from service.reports.telling.window import window_before
from service.web.pages.office import fatigue
from tests.service import telling_rows as rows
from tests.service.mail_cast import wall_at
from tests.service.pages_cast import MONDAY, browser, demonstration, populate, seen
from tests.service.telling_counts import read
from tests.service.telling_rows import DAY, FIRST, LAST, TODAY, at, put_alert, put_clock, put_mail, put_plan

DUE = date(2026, 10, 5)


@pytest.fixture
def council(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        yield council


def words_of(council: Council) -> str:
    return seen(browser(council).get("/telling").text)


def test_with_nothing_told_the_page_says_so(council):
    words = words_of(council)
    assert "12 whole weeks, 31 August 2026 to 22 November 2026" in words
    assert "No mail about any clock went in these weeks." in words
    assert "Of nothing that was due in these weeks was anybody warned." in words
    assert "Nothing was told at a rung after the date in these weeks." in words
    assert "What to think about" not in words


def test_every_figure_is_that_of_a_slow_count(council, seed):
    rows.fill_at_random(council, seed)
    slow, page = read(council), fatigue.view(council)
    by_post, weeks = slow.loads()
    assert {one.name: (one.readers, one.mails, one.each, one.most) for one in page["by_post"]} == by_post
    assert [(one.readers, one.mails, one.most) for one in page["weeks"]] == weeks
    by_rung, told, untold, missed = slow.warned()
    warned = page["warned"]
    assert {(one.step, one.post): one[:3] for one in warned.rungs} == by_rung
    assert (warned.told[:3], warned.untold[:3]) == (told, untold)
    assert {(one.clock, was_warned) for one, was_warned in warned.missed} == missed
    assert min(told[2], untold[2]) > 0, "some have to be planned for"
    rungs = {
        (one.ladder, one.step.id, one.step.post): (one.told, one.changed) for one, _when, _verdict in page["after"]
    }
    assert rungs == slow.rungs()
    assert sum(told for told, _changed in rungs.values()) > 20, "the count has to have something to count"


def test_what_really_went_is_counted_and_no_address_is_shown(council):
    populate(council)
    with wall_at(MONDAY + timedelta(days=1)):
        flow.send_due(council, now=MONDAY + timedelta(days=1))
    with wall_at(MONDAY + timedelta(days=7)):
        text = browser(council).get("/telling").text
        page = fatigue.view(council)
    sent = [one for one in read(council).mails if one.kind in ("digest", "at-once") and one.state == "not_sent"]
    assert {one.address for one in sent} == {"north@council.example", "south@council.example"}
    (load,) = page["by_post"]
    assert (load.name, load.readers, load.mails) == ("team-manager", 2, len(sent))
    assert "@" not in text
    assert "council.example" not in text


def test_a_reader_is_an_address_however_it_is_written_and_counts_in_the_weeks_with_mail(council):
    put_mail(council, "1", "team-manager", "A@council.example", FIRST)
    put_mail(council, "2", "team-manager", "a@council.example", FIRST + 6 * DAY, kind="at-once", state="not_sent")
    put_mail(council, "3", "team-manager", "b@council.example", LAST)
    put_mail(council, "4", "service-manager", "b@council.example", LAST)
    for at_day, (day, more) in enumerate(
        [
            (FIRST - DAY, {}),
            (LAST + DAY, {}),
            (LAST, {"state": "waiting"}),
            (LAST, {"state": "superseded"}),
            (LAST, {"state": "undeliverable"}),
            (LAST, {"kind": "report"}),
            (LAST, {"kind": "alarm"}),
        ]
    ):
        put_mail(council, f"not {at_day}", "team-manager", "c@council.example", day, **more)
    words = words_of(council)
    assert "Service manager 1.0 1 1 1 Team manager 1.5 2 1 3" in words
    page = fatigue.view(council)
    assert [(one.readers, one.mails, one.most) for one in page["weeks"] if one.mails] == [(1, 2, 2), (1, 2, 2)]


@pytest.mark.parametrize(
    ("on", "first_on", "last_on"),
    [
        (date(2026, 11, 23), FIRST, LAST),
        (date(2026, 11, 25), FIRST, LAST),
        (date(2026, 11, 29), FIRST, LAST),
        (date(2026, 11, 30), FIRST + 7 * DAY, LAST + 7 * DAY),
    ],
)
def test_only_whole_weeks_before_today_are_looked_at(on, first_on, last_on):
    window = window_before(on)
    assert (window.first_on, window.last_on, len(window.mondays)) == (first_on, last_on, 12)


def test_warnings_stand_beside_what_nobody_was_warned_of(council):
    for number, outcome in enumerate(["met", "met", "met", "met", "late", "ended"]):
        put_clock(council, f"warned-{number}", DUE, outcome=outcome, stopped_on=DUE)
        put_alert(council, f"warned-{number}", "first-warning", DUE, at(DUE - 7 * DAY), post="team-manager")
    put_alert(council, "warned-0", "last-warning", DUE, at(DUE - 4 * DAY), post="team-manager")
    put_clock(council, "owed", DUE)
    put_clock(council, "untold", DUE, outcome="met", stopped_on=DUE)
    put_clock(council, "of-a-day-to-come", TODAY, outcome="met", stopped_on=DUE)
    words = words_of(council)
    assert "First warning Team manager 5 4 0 80% Last warning Team manager 1 1 0 100%" in words
    assert "Warned of by any rung ahead of the date: 4 of 5 acted on (80%): 4 met in time, 0 planned for." in words
    assert "Not warned of ahead of the date: 1 of 2 acted on (50%): 1 met in time, 0 planned for." in words


@pytest.mark.parametrize(
    ("why", "outcome", "planned_at", "of", "counts"),
    [
        ("a plan made on the last day", None, at(DUE, 22), DUE, (1, 0, 1)),
        ("a plan made before the warning", None, at(DUE - 20 * DAY), DUE, (1, 0, 1)),
        ("a plan made on the day after", None, at(DUE + DAY, 7), DUE, (1, 0, 0)),
        ("a plan made for another due date", None, at(DUE - DAY), DUE - 9 * DAY, (1, 0, 0)),
        ("a plan, and late all the same", "late", at(DUE - DAY), DUE, (1, 0, 1)),
        ("a plan, and met in time: once only", "met", at(DUE - DAY), DUE, (1, 1, 0)),
        ("no plan, and late", "late", None, DUE, (1, 0, 0)),
    ],
)
def test_acted_on_is_what_was_met_in_time_or_planned_for_by_its_date(council, why, outcome, planned_at, of, counts):
    put_clock(council, "one", DUE, outcome=outcome, stopped_on=DUE + DAY if outcome == "late" else None)
    put_alert(council, "one", "first-warning", DUE, at(DUE - 7 * DAY), post="team-manager")
    if planned_at:
        put_plan(council, "one", planned_at, of)
    assert fatigue.view(council)["warned"].told[:3] == counts, why


@pytest.mark.parametrize(
    ("why", "step", "told_at", "is_of_rung", "is_ahead"),
    [
        ("told the day before", "last-warning", at(DUE - DAY), True, True),
        ("told on the very day", "due-today", at(DUE), True, False),
        ("told after the date, after an outage", "last-warning", at(DUE + DAY), False, False),
        ("told that it is late, which warns of nothing", "breach", at(DUE - DAY), False, False),
    ],
)
def test_a_warning_counts_where_it_went_before_the_date_had_passed(council, why, step, told_at, is_of_rung, is_ahead):
    put_clock(council, "one", DUE, outcome="met", stopped_on=DUE)
    put_alert(council, "one", step, DUE, told_at, post="team-manager")
    warned = fatigue.view(council)["warned"]
    assert [one.step for one in warned.rungs] == [step] * is_of_rung, why
    assert (warned.told.whole, warned.untold.whole) == (int(is_ahead), int(not is_ahead)), why
