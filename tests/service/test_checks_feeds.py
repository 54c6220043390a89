"""Feed silence in virtual time: what is usual is learned from what came in, and a quiet weekend is no silence."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import event as sqlalchemy_event

from service.checking.feeds import standings
from service.checking.itself import read_arrivals
from service.checking.numbers import USUAL
from service.checking.rhythm import Kind
from service.store import events, sources
from tests.service.intake_parts import document, let_in
from tests.service.watch_cast import arrive, at, check, found, nightly, watched_council

SILENT = "watch.feed-silent/case-system"
FEBRUARY, MAUNDY_THURSDAY = date(2026, 2, 18), date(2026, 4, 2)
NIGHTS = 15
"""Between the 18th of February and the 10th of March."""


@pytest.fixture
def council(database_url, tmp_path, wall):
    with watched_council(database_url, tmp_path) as opened:
        yield opened


def heard(council, wall, *, most=USUAL.read_at_most):
    with council.reading() as db:
        return sources.heard(db, most=most, now=wall.now)


def standing(council, wall, name="case-system"):
    (one,) = (one for one in standings(council, heard(council, wall), now=wall.now) if one.source.name == name)
    return one


def test_a_bank_holiday_weekend_is_no_silence_and_the_first_night_missed_after_it_is(council, wall):
    nightly(council, wall, date(2026, 3, 16), MAUNDY_THURSDAY)
    for moment in ("2026-04-03T12:00", "2026-04-05T12:00", "2026-04-06T23:30", "2026-04-07T08:00", "2026-04-07T09:50"):
        at(council, wall, moment)
        assert found(check(council, wall)) == set(), moment
    at(council, wall, "2026-04-07T10:05")  # Tuesday: Thursday's ten office hours, and two more
    assert found(check(council, wall)) == {SILENT}


def test_a_missed_night_is_a_finding_by_mid_morning_and_ends_with_the_next_event(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    at(council, wall, "2026-03-11T09:50")
    assert found(check(council, wall)) == set()
    at(council, wall, "2026-03-11T10:05")
    answer = check(council, wall)
    assert found(answer) == {SILENT}
    (finding,) = (one.finding for one in answer.found if one.finding.id == SILENT)
    assert "case-system has sent nothing since Tuesday 10 March 2026 at 02:00" in finding.what
    assert "never quiet for longer than 1 working day" in finding.what
    assert "timescales sources expect case-system" in finding.fix
    assert not answer.is_clean, "what starts no clock is told to nobody"
    arrive(council, wall)
    assert found(check(council, wall)) == set()


def test_it_becomes_worse_with_every_limit_that_passes(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    counts = []
    for moment in ("2026-03-11T12:00", "2026-03-12T16:00", "2026-03-16T12:00"):
        at(council, wall, moment)
        counts += [one.finding.count for one in check(council, wall).found if one.finding.id == SILENT]
    assert counts == [1, 2, 3]


def test_a_source_that_was_silent_stays_so_however_long_it_lasts(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    at(council, wall, "2026-11-11T12:00")
    assert found(check(council, wall)) == {SILENT}, "its rhythm does not fade with its memory"


def test_a_one_off_import_never_alarms(council, wall):
    for day in (9, 10, 11):
        at(council, wall, f"2026-03-{day:02}T10:00")
        arrive(council, wall, "cin-census")
    at(council, wall, "2026-09-01T12:00")
    assert found(check(council, wall)) == set()
    assert standing(council, wall, "cin-census").rhythm.kind is Kind.TOO_LITTLE
    assert "it sent on 3 days of late" in standing(council, wall, "cin-census").usual


def test_what_is_expected_counts_by_the_clock_with_a_margin(council, wall):
    at(council, wall, "2026-03-06T10:00")  # a Friday
    arrive(council, wall)
    with council.writing() as db:
        sources.expect(db, "case-system", "24 hours", now=wall.now)
    at(council, wall, "2026-03-07T14:40")
    assert found(check(council, wall)) == set()
    at(council, wall, "2026-03-07T14:50")  # 24 hours and a fifth of that: on a Saturday
    answer = check(council, wall)
    assert found(answer) == {SILENT}
    assert "it is to send every 24 hours, as was set" in answer.found[0].finding.what


def test_a_source_that_is_expected_and_never_sent_is_silent_too(council, wall):
    at(council, wall, "2026-03-06T10:00")
    with council.writing() as db:
        sources.expect(db, "new-system", "24 hours", now=wall.now)
    at(council, wall, "2026-03-09T12:00")
    answer = check(council, wall)
    assert found(answer) == {"watch.feed-silent/new-system"}
    assert "has sent nothing at all" in answer.found[0].finding.what


def test_a_retired_source_is_silent_for_ever_and_nobody_minds(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    at(council, wall, "2026-03-12T12:00")
    assert found(check(council, wall)) == {SILENT}
    with council.writing() as db:
        sources.retire(db, "case-system", now=wall.now)
    assert found(check(council, wall)) == set()
    with council.writing() as db:
        sources.expect(db, "case-system", "", now=wall.now)
    assert found(check(council, wall)) == {SILENT}, "it is watched again, as it usually sends"


def test_events_are_folded_in_once_and_the_last_minutes_are_seen_all_the_same(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    at(council, wall, "2026-03-11T02:00")
    before = standing(council, wall)
    for _ in range(5):
        check(council, wall)
    arrive(council, wall)
    after = standing(council, wall)
    assert (before.source.events, after.source.events) == (NIGHTS, NIGHTS + 1)
    assert after.source.last_at == wall.now
    assert [one.events for one in heard(council, wall).arrivals["case-system"]] == [1] * (NIGHTS + 1)
    for _ in range(3):
        check(council, wall)
    assert standing(council, wall).source == after.source


def test_what_was_read_at_the_same_time_twice_counts_once(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    wall.wait(hours=1)
    with council.reading() as db:
        read = sources.unread(db, most=1_000, now=wall.now)
    for _replica in range(2):
        with council.writing() as db:
            sources.fold(db, read, remember=USUAL.remember)
    assert standing(council, wall).source.events == NIGHTS


def test_an_event_that_commits_after_younger_ones_is_not_passed_over(postgres_url, tmp_path, wall):
    """A number is drawn before its transaction commits, so nothing of the last minutes is taken for read."""
    with watched_council(postgres_url, tmp_path) as council:
        slow = let_in(document("subject.registered", "s-0", "slow-1", "2026-02-27", source="slow-system"))
        with council.writing() as db:
            events.add(db, {slow.ref: (slow, "digest")}, wall.now)
            arrive(council, wall, "quick-system")
            wall.wait(minutes=5)
            read_arrivals(council, now=wall.now)
        wall.wait(minutes=10)
        read_arrivals(council, now=wall.now)
        with council.reading() as db:
            read = sources.unread(db, most=10, now=wall.now)
        assert read.arrivals == ()
        assert [one.name for one in heard(council, wall).sources] == ["quick-system", "slow-system"]


def test_a_check_reads_so_many_events_and_says_nothing_of_silence_until_it_has_read_all(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10))
    wall.wait(hours=1)
    few = heard(council, wall, most=10)
    assert not few.is_all
    assert sum(one.events for one in few.sources) == 10
    for _ in range(2):
        with council.reading() as db:
            read = sources.unread(db, most=10, now=wall.now)
        with council.writing() as db:
            sources.fold(db, read, remember=USUAL.remember)
    assert heard(council, wall, most=10).is_all
    assert standing(council, wall).source.events == NIGHTS


def test_a_source_remembers_some_weeks_and_all_that_it_sent(council, wall):
    nightly(council, wall, date(2026, 1, 5), date(2026, 1, 16))
    nightly(council, wall, date(2026, 4, 20), date(2026, 4, 30))
    wall.wait(hours=1)
    read_arrivals(council, now=wall.now)
    arrivals = heard(council, wall).arrivals["case-system"]
    assert (len(arrivals), standing(council, wall).source.events) == (9, 19)
    assert standing(council, wall).source.first_at < arrivals[0].first_at


def test_an_event_of_a_clock_that_ran_ahead_does_not_make_its_source_immortal(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 9))
    at(council, wall, "2027-03-10T02:00")
    arrive(council, wall)
    at(council, wall, "2026-03-10T12:00")
    read_arrivals(council, now=wall.now)
    assert standing(council, wall).source.last_at <= wall.now


def test_several_sources_are_watched_apart(council, wall):
    nightly(council, wall, FEBRUARY, date(2026, 3, 10), source="one-system")
    nightly(council, wall, FEBRUARY, date(2026, 3, 13), source="other-system")
    at(council, wall, "2026-03-13T12:00")
    assert found(check(council, wall)) == {"watch.feed-silent/one-system"}


def test_taking_an_event_in_asks_and_writes_nothing_for_it(council, wall):
    statements: list[str] = []
    sqlalchemy_event.listen(council.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    arrive(council, wall)
    about = re.compile(r'(INTO|FROM|UPDATE) "?(source|arrival|checked|alarm)\b')
    assert [one for one in statements if about.search(one)] == []
    check(council, wall)
    assert any(about.search(one) for one in statements), "or the test would see nothing"
