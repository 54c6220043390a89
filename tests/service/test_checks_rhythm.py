"""How long a source may be quiet: learned from its own past, counted in office hours, or set. No database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from rules import load_law
from service import clock
from service.checking.rhythm import Kind, longest, office_hours, quiet_for, read_every, rhythm_of
from service.errors import Refused
from service.store.sources import Arrival, Source

FEED = Source("case-system")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def calendar():
    law = load_law("england")
    return law.calendars[law.ladders.calendar]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


def arrival(text: str) -> Arrival:
    return Arrival("case-system", local(text), local(text), 1)


def nights(first: date, last: date, calendar, *, without=(), hour=2) -> list[Arrival]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        arrival(f"{on.isoformat()}T{hour:02}:00") for on in days if calendar.is_working(on) and on not in set(without)
    ]


@pytest.mark.parametrize(
    ("start", "stop", "hours"),
    [
        ("2026-03-02T09:00", "2026-03-02T12:00", 3),
        ("2026-03-02T17:00", "2026-03-03T09:00", 2),
        ("2026-03-02T02:00", "2026-03-03T02:00", 10),
        ("2026-03-06T18:00", "2026-03-09T08:00", 0),  # from Friday evening to Monday morning
        ("2026-04-02T18:00", "2026-04-07T08:00", 0),  # Good Friday to Easter Monday
        ("2026-04-02T17:00", "2026-04-07T09:00", 2),
        ("2026-03-27T08:00", "2026-03-30T18:00", 20),  # over the night in which the clocks go forward
        ("2026-10-23T08:00", "2026-10-26T18:00", 20),  # and back
        ("2026-03-03T12:00", "2026-03-02T12:00", 0),
    ],
)
def test_quiet_is_counted_in_office_hours_of_working_days(calendar, start, stop, hours):
    assert office_hours(local(start), local(stop), calendar) == hours * HOUR


def test_a_nightly_source_is_never_quiet_for_longer_than_a_working_day(calendar):
    rhythm = rhythm_of(FEED, nights(date(2026, 3, 2), date(2026, 4, 30), calendar), calendar)
    assert (rhythm.kind, rhythm.usual, rhythm.limit) == (Kind.LEARNED, 10 * HOUR, 12 * HOUR)


def test_a_weekly_source_is_given_a_week_and_its_margin(calendar):
    fridays = [arrival(f"2026-03-{day:02}T16:00") for day in (6, 13, 20, 27)] + [arrival("2026-04-10T16:00")]
    fridays += [arrival(f"2026-04-{day:02}T16:00") for day in (17, 24)]
    rhythm = rhythm_of(FEED, fridays, calendar)
    assert rhythm.usual == 8 * 10 * HOUR, "two weeks over Easter, which has two bank holidays"
    assert rhythm.limit == 96 * HOUR


def test_a_source_that_sends_all_day_is_missed_within_hours_and_not_over_lunch(calendar):
    hours = [
        arrival(f"2026-03-{day:02}T{hour:02}:30")
        for day in range(2, 28)
        if calendar.is_working(date(2026, 3, day))
        for hour in range(8, 18)
    ]
    rhythm = rhythm_of(FEED, hours, calendar)
    assert (rhythm.usual, rhythm.limit) == (HOUR, 3 * HOUR)


def test_an_outage_of_the_past_makes_nobody_more_patient(calendar):
    missing = [date(2026, 3, 17), date(2026, 3, 18), date(2026, 3, 19)]
    sent = nights(date(2026, 3, 2), date(2026, 4, 30), calendar, without=missing)
    assert longest(sent, calendar) == 10 * HOUR


def test_quiet_spells_that_come_again_are_its_rhythm(calendar):
    missing = [date(2026, 3, 17), date(2026, 3, 18), date(2026, 4, 14), date(2026, 4, 15)]
    sent = nights(date(2026, 3, 2), date(2026, 4, 30), calendar, without=missing)
    assert longest(sent, calendar) == 30 * HOUR


@pytest.mark.parametrize(
    "sent",
    [
        ["2026-03-02T10:00"],
        ["2026-03-02T10:00", "2026-03-02T16:00", "2026-03-03T10:00", "2026-03-04T10:00"],  # an import in three days
        [f"2026-03-{day:02}T10:00" for day in range(2, 14)],  # one that took a fortnight
        ["2026-01-05T10:00", "2026-02-02T10:00", "2026-03-02T10:00"],  # monthly
    ],
    ids=["once", "three days", "a fortnight", "monthly"],
)
def test_too_little_history_says_so_and_sets_no_limit(calendar, sent):
    rhythm = rhythm_of(FEED, [arrival(text) for text in sent], calendar)
    assert (rhythm.kind, rhythm.limit) == (Kind.TOO_LITTLE, None)


def test_what_was_long_ago_is_no_rhythm_but_a_silent_source_keeps_the_one_it_had(calendar):
    old = nights(date(2026, 1, 5), date(2026, 2, 13), calendar)
    assert rhythm_of(FEED, [*old, arrival("2026-06-01T10:00")], calendar).kind is Kind.TOO_LITTLE
    assert rhythm_of(FEED, old, calendar).kind is Kind.LEARNED, "it is anchored on the last event, not on today"


def test_what_was_set_goes_before_what_was_learned_and_retiring_before_both(calendar):
    sent = nights(date(2026, 3, 2), date(2026, 4, 30), calendar)
    by_clock = rhythm_of(FEED._replace(every="24 hours"), sent, calendar)
    assert (by_clock.kind, by_clock.is_by_clock, by_clock.usual) == (Kind.SET, True, 24 * HOUR)
    by_days = rhythm_of(FEED._replace(every="3 working_days"), sent, calendar)
    assert (by_days.is_by_clock, by_days.limit) == (False, 36 * HOUR)
    retired = FEED._replace(every="24 hours", retired_at=local("2026-05-01T09:00"))
    assert rhythm_of(retired, sent, calendar).limit is None


def test_a_set_source_that_never_sent_is_quiet_from_when_that_was_said(calendar):
    source = FEED._replace(every="24 hours", expected_at=local("2026-03-07T09:00"))
    rhythm = rhythm_of(source, [], calendar)
    assert quiet_for(source, rhythm, calendar, local("2026-03-08T10:00")) == 25 * HOUR


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("24h", "24 hours"),
        ("24 hours", "24 hours"),
        ("1 hour", "1 hours"),
        ("2 working days", "2 working_days"),
        ("1 working_day", "1 working_days"),
        (" 3 Working-Days ", "3 working_days"),
        ("", ""),
    ],
)
def test_a_length_of_time_is_read(text, kept):
    assert read_every(text) == kept


@pytest.mark.parametrize("text", ["0h", "24", "h", "-3h", "1 week", "24h 3h", "99999h", "24 h\n5 h"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(Refused, match="no length of time"):
        read_every(text)
