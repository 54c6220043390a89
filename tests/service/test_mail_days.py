"""When people are written to: one digest a working day at their hour, at once what may not wait, and each Monday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from service import clock, flow, going_live
from service.store import people
from service.store.people import Holding, Person
from service.store.telling import messages, preferences
from tests.service.mail_cast import (
    ASSESSMENT,
    GROUP_ADDRESS,
    HEAD_ADDRESS,
    MANAGER,
    NORTH,
    NORTH_ADDRESS,
    SERVICE_ADDRESS,
    SERVICE_MANAGER,
    SOUTH,
    SOUTH_ADDRESS,
    a_clock,
    all_states,
    an_alert,
    council_with,
    fill_the_line,
    plan_alerts,
    put_clock,
    put_right,
    settings_for,
    states,
)
from tests.service.mail_room import Authority, MailServer

FRIDAY = date(2026, 2, 27)
"""What is due then is told as late on the Monday on which most of this happens."""
INTERVIEW = "return-interview"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


@pytest.fixture
def council(database_url, tmp_path, server, authority, wall):
    with council_with(settings_for(database_url, tmp_path, server, authority)) as opened:
        yield opened


def at(council, server, wall, moment: str) -> list[tuple[str, str]]:
    """What a tick at a local moment brings: to whom, and how its subject begins."""
    server.letters.clear()
    wall.now = datetime.fromisoformat(moment).replace(tzinfo=clock.LOCAL).astimezone(UTC)
    flow.send_due(council, now=wall.now)
    return sorted((letter["To"], letter["Subject"].partition(" – ")[0]) for letter in server.letters)


def text_of(letter) -> str:
    return letter.get_body(("plain",)).get_content()


# ---- at their hour ---------------------------------------------------------------------------------------------------


def test_a_digest_comes_at_half_past_seven_and_to_a_person_at_their_own_hour(council, server, wall):
    with council.writing() as db:
        people.put_posts(db, SOUTH, {})
        held = (Holding(MANAGER, team=SOUTH),)
        people.put_person(db, Person("late-riser", "riser@council.example", time(9, 30), held, ()))
    plan_alerts(
        council, [an_alert("n1", due_on=FRIDAY), an_alert("s1", team=SOUTH, due_on=FRIDAY)], timescale=ASSESSMENT
    )
    assert at(council, server, wall, "2026-03-02 07:29") == []
    assert at(council, server, wall, "2026-03-02 07:30") == [(NORTH_ADDRESS, "1 timescale overdue")]
    assert at(council, server, wall, "2026-03-02 09:29") == []
    assert at(council, server, wall, "2026-03-02 09:30") == [("riser@council.example", "1 timescale overdue")]
    assert at(council, server, wall, "2026-03-02 18:30") == []


def test_the_hour_is_that_of_the_clock_on_the_wall_whatever_the_clocks_do(council, server, wall):
    """On the Sunday between them the clocks go forward: the same hour is another in UTC."""
    plan_alerts(council, [an_alert("c1", due_on=date(2026, 3, 26))], timescale=ASSESSMENT)
    plan_alerts(council, [an_alert("c2", due_on=date(2026, 3, 27))], timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-27 07:29") == []
    assert (NORTH_ADDRESS, "1 timescale overdue, 1 due today") in at(council, server, wall, "2026-03-27 07:30")
    assert wall.now.hour == 7
    assert at(council, server, wall, "2026-03-30 07:29") == []
    assert (NORTH_ADDRESS, "2 timescales overdue") in at(council, server, wall, "2026-03-30 07:30")
    assert wall.now.hour == 6


def test_one_digest_a_day_says_it_all_and_what_comes_later_waits_for_the_next(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)], timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-02 09:00") == [(NORTH_ADDRESS, "1 timescale overdue")]
    plan_alerts(council, [an_alert("c2", due_on=FRIDAY)], timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-02 12:00") == []
    assert at(council, server, wall, "2026-03-02 18:59") == []
    assert at(council, server, wall, "2026-03-03 07:30") == [(NORTH_ADDRESS, "2 timescales overdue")]
    assert "Newly overdue (1)" in text_of(server.letters[0])


def test_what_comes_in_the_evening_waits_for_the_morning(council, server, wall):
    wall.now = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)], timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-02 19:00") == []
    assert at(council, server, wall, "2026-03-03 03:00") == []
    assert at(council, server, wall, "2026-03-03 07:30") == [(NORTH_ADDRESS, "1 timescale overdue")]


def test_whoever_holds_three_posts_has_one_digest(council, server, wall):
    both = "everything@council.example"
    with council.writing() as db:
        people.put_posts(db, NORTH, {MANAGER: both})
        people.put_posts(db, SOUTH, {MANAGER: "Everything@Council.example"})
        people.put_posts(db, "", {SERVICE_MANAGER: both})
    plan_alerts(council, [an_alert("n1", due_on=FRIDAY), an_alert("s1", team=SOUTH, due_on=FRIDAY)])
    elsewhere = an_alert("e1", team="elsewhere", step="to-service-manager", due_on=date(2026, 2, 25))
    plan_alerts(council, [elsewhere])
    assert len(at(council, server, wall, "2026-03-02 07:30")) == 1
    text = text_of(server.letters[0])
    assert "Assessment Team North – Initial child protection conference: 1" in text
    assert "Assessment Team South – Initial child protection conference: 1" in text
    assert "elsewhere – Initial child protection conference: 1" in text
    assert at(council, server, wall, "2026-03-02 08:00") == []


# ---- on working days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "morning"),
    [
        (["2026-03-07", "2026-03-08"], "2026-03-09"),  # a weekend
        (["2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06"], "2026-04-07"),  # Easter
        (["2026-05-02", "2026-05-03", "2026-05-04"], "2026-05-05"),  # a bank holiday's weekend
        (["2026-12-25", "2026-12-26", "2026-12-27", "2026-12-28"], "2026-12-29"),  # Boxing Day on a Saturday
    ],
)
def test_at_weekends_and_on_bank_holidays_nobody_is_told_until_the_next_working_morning(
    council, server, wall, days, morning
):
    wall.now = datetime.fromisoformat(f"{days[0]} 00:10").replace(tzinfo=UTC)
    late = council.calendar.subtract(date.fromisoformat(days[0]), 2)
    plan_alerts(council, [an_alert("c1", due_on=late)])
    for day in days:
        assert [at(council, server, wall, f"{day} {hour}") for hour in ("07:30", "12:00", "18:30")] == [[], [], []]
    assert at(council, server, wall, f"{morning} 07:29") == []
    assert (NORTH_ADDRESS, "1 timescale overdue") in at(council, server, wall, f"{morning} 07:30")


def test_a_child_who_was_missing_is_told_of_on_a_saturday_to_the_team_manager_alone(council, server, wall):
    fill_the_line(council)
    wall.now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    runs_out_at = datetime(2026, 3, 7, 10, 0, tzinfo=UTC)
    put_clock(council, a_clock("c1", due_on=runs_out_at.date(), due_at=runs_out_at, timescale=INTERVIEW))
    assert at(council, server, wall, "2026-03-06 10:00") == [(NORTH_ADDRESS, "Nothing overdue, 1 due this week")]
    assert at(council, server, wall, "2026-03-07 09:59") == []
    assert at(council, server, wall, "2026-03-07 10:00") == [(NORTH_ADDRESS, "1 timescale newly overdue")]
    assert at(council, server, wall, "2026-03-08 10:00") == [], "a day past the time, and nobody above works"
    assert (SERVICE_ADDRESS, "1 timescale overdue") in at(council, server, wall, "2026-03-09 07:30")


# ---- at once ---------------------------------------------------------------------------------------------------------


def test_what_may_not_wait_goes_at_once_beside_the_digest_and_what_may_does_not(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    assert at(council, server, wall, "2026-03-02 07:30") == [(NORTH_ADDRESS, "1 timescale overdue")], (
        "one letter, not two"
    )
    plan_alerts(council, [an_alert("c2", due_on=FRIDAY)])
    plan_alerts(council, [an_alert("a1", due_on=FRIDAY)], timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-02 10:00") == [(NORTH_ADDRESS, "1 timescale newly overdue")]
    (letter,) = server.letters
    assert letter["List-Id"] == "<at-once.timescales.council.example>"
    assert "It could not wait for the morning’s message." in text_of(letter)
    assert "Single assessment" not in text_of(letter)
    assert at(council, server, wall, "2026-03-03 07:30") == [(NORTH_ADDRESS, "3 timescales overdue")]
    assert "Newly overdue (1)" in text_of(server.letters[0])


@pytest.mark.parametrize("hour", ["00:30", "06:00", "07:29", "19:00", "23:59"])
def test_at_once_is_not_at_night(council, server, wall, hour):
    """Before half past seven, and from seven in the evening on, it waits for the morning."""
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 07:30")
    day = "2026-03-03" if hour < "12" else "2026-03-02"
    plan_alerts(council, [an_alert("c2", due_on=FRIDAY)])
    assert at(council, server, wall, f"{day} {hour}") == []
    assert at(council, server, wall, "2026-03-03 07:30") == [(NORTH_ADDRESS, "2 timescales overdue")]


@pytest.mark.parametrize("hour", ["07:31", "18:59"])
def test_at_once_is_by_day(council, server, wall, hour):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 07:30")
    plan_alerts(council, [an_alert("c2", due_on=FRIDAY)])
    assert at(council, server, wall, f"2026-03-02 {hour}") == [(NORTH_ADDRESS, "1 timescale newly overdue")]


# ---- what may be turned off ------------------------------------------------------------------------------------------


def turn_off(council, address, *names) -> None:
    with council.writing() as db:
        preferences.turn_off(db, preferences.token_of(db, address), frozenset(names))


def test_what_may_be_turned_off_says_how_in_its_headers_and_nothing_else_does(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 07:30")
    (digest,) = server.letters
    assert digest["List-Unsubscribe"].startswith("<https://timescales.council.example/preferences/")
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plan_alerts(council, [an_alert("c2", due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 10:00")
    (at_once,) = server.letters
    flow.mail_report(council, name="r", as_at=FRIDAY, title="R", text="-", html="-", post="head-of-service")
    at(council, server, wall, "2026-03-02 11:00")
    (report,) = server.letters
    for letter in (at_once, report):
        assert letter["List-Unsubscribe"] is None
        assert letter["List-Unsubscribe-Post"] is None
        assert "turned off" not in text_of(letter)


def test_each_reader_has_an_address_of_their_own_to_turn_off_at_and_keeps_it(council, server, wall):
    plan_alerts(council, [an_alert("n1", due_on=FRIDAY), an_alert("s1", team=SOUTH, due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 07:30")
    first = {letter["To"]: letter["List-Unsubscribe"] for letter in server.letters}
    at(council, server, wall, "2026-03-09 07:30")
    again = {letter["To"]: letter["List-Unsubscribe"] for letter in server.letters}
    assert first == again
    assert len(set(first.values())) == 2


def test_a_warning_that_was_turned_off_is_not_told_and_the_ladder_goes_on(council, server, wall):
    turn_off(council, NORTH_ADDRESS, "warnings")
    both = [an_alert("n1", step="last-warning", due_on=date(2026, 3, 4))]
    both += [an_alert("s1", team=SOUTH, step="last-warning", due_on=date(2026, 3, 4))]
    plan_alerts(council, both, timescale=ASSESSMENT)
    assert at(council, server, wall, "2026-03-02 07:30") == [(SOUTH_ADDRESS, "Nothing overdue, 1 due this week")]
    assert at(council, server, wall, "2026-03-04 07:30") == [(SOUTH_ADDRESS, "Nothing overdue, 1 due today")]
    assert at(council, server, wall, "2026-03-05 07:30") == [
        (NORTH_ADDRESS, "1 timescale overdue"),
        (SOUTH_ADDRESS, "1 timescale overdue"),
    ]
    assert states(council) == {"sent": 4}, "three in the south, and the breach in the north"


@pytest.mark.parametrize("step", ["breach", "to-service-manager"])
def test_what_is_late_cannot_be_turned_off(council, server, wall, step):
    fill_the_line(council)
    for address in (NORTH_ADDRESS, SERVICE_ADDRESS):
        turn_off(council, address, "warnings", "weekly", "breach", step, "to-service-manager")
    due_on = FRIDAY if step == "breach" else date(2026, 2, 25)
    plan_alerts(council, [an_alert("c1", step=step, due_on=due_on)])
    reader = NORTH_ADDRESS if step == "breach" else SERVICE_ADDRESS
    assert (reader, "1 timescale overdue") in at(council, server, wall, "2026-03-02 07:30")


def test_a_correction_cannot_be_turned_off(council, server, wall):
    turn_off(council, NORTH_ADDRESS, "warnings", "weekly", "corrected:breach", "corrected")
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    at(council, server, wall, "2026-03-02 07:30")
    put_right(council, "c1")
    assert at(council, server, wall, "2026-03-03 07:30") == [(NORTH_ADDRESS, "Nothing overdue")]
    assert "No longer so (1)" in text_of(server.letters[0])
    assert at(council, server, wall, "2026-03-04 07:30") == []


# ---- each week -------------------------------------------------------------------------------------------------------


@pytest.fixture
def weekly_council(database_url, tmp_path, server, authority, wall):
    with council_with(settings_for(database_url, tmp_path, server, authority), has_weekly_gone=False) as opened:
        yield opened


def test_every_monday_those_with_nothing_hear_that_nothing_is_overdue_once(weekly_council, server, wall):
    plan_alerts(weekly_council, [an_alert("n1", due_on=FRIDAY)])
    assert at(weekly_council, server, wall, "2026-03-02 07:29") == []
    assert at(weekly_council, server, wall, "2026-03-02 07:30") == [
        (NORTH_ADDRESS, "1 timescale overdue"),
        (SOUTH_ADDRESS, "Nothing overdue"),
    ]
    nothing = next(letter for letter in server.letters if letter["To"] == SOUTH_ADDRESS)
    assert text_of(nothing).startswith("Nothing is overdue: Assessment Team South.")
    for moment in ("2026-03-02 07:31", "2026-03-02 15:00", "2026-03-03 07:30", "2026-03-06 07:30"):
        assert at(weekly_council, server, wall, moment) == []
    assert at(weekly_council, server, wall, "2026-03-09 07:30") == [
        (NORTH_ADDRESS, "1 timescale overdue"),
        (SOUTH_ADDRESS, "Nothing overdue"),
    ]


def test_the_week_after_a_bank_holiday_monday_it_comes_on_tuesday(council, server, wall):
    everybody = [(NORTH_ADDRESS, "Nothing overdue"), (SOUTH_ADDRESS, "Nothing overdue")]
    assert at(council, server, wall, "2026-05-01 07:30") == everybody, "of a week in which nothing ran until now"
    assert at(council, server, wall, "2026-05-04 07:30") == []
    assert at(council, server, wall, "2026-05-05 07:30") == everybody
    assert at(council, server, wall, "2026-05-06 07:30") == []
    assert at(council, server, wall, "2026-05-11 07:30") == everybody


def test_one_who_reads_later_has_it_at_their_own_hour(weekly_council, server, wall):
    with weekly_council.writing() as db:
        people.put_posts(db, SOUTH, {})
        held = (Holding(MANAGER, team=SOUTH),)
        people.put_person(db, Person("late-riser", "riser@council.example", time(14, 0), held, ()))
    assert at(weekly_council, server, wall, "2026-03-02 07:30") == [(NORTH_ADDRESS, "Nothing overdue")]
    assert at(weekly_council, server, wall, "2026-03-02 13:59") == []
    assert at(weekly_council, server, wall, "2026-03-02 14:00") == [("riser@council.example", "Nothing overdue")]
    assert at(weekly_council, server, wall, "2026-03-02 14:01") == []


def test_who_turned_it_off_has_none(weekly_council, server, wall):
    turn_off(weekly_council, NORTH_ADDRESS, "weekly")
    assert at(weekly_council, server, wall, "2026-03-02 07:30") == [(SOUTH_ADDRESS, "Nothing overdue")]


def test_a_team_that_is_not_released_has_none(database_url, tmp_path, server, authority, wall):
    settings = settings_for(database_url, tmp_path, server, authority, alerts_from=None)
    with council_with(settings, has_weekly_gone=False) as silent:
        plan_alerts(silent, [an_alert("s1", team=SOUTH, due_on=FRIDAY)])
        assert at(silent, server, wall, "2026-03-02 07:30") == []
        assert all_states(silent) == {"held": 1}
        going_live.release(silent, NORTH, date(2026, 1, 1), actor="administrator")
        assert at(silent, server, wall, "2026-03-02 08:00") == [(NORTH_ADDRESS, "Nothing overdue")]
        assert at(silent, server, wall, "2026-03-09 07:30") == [(NORTH_ADDRESS, "Nothing overdue")]
        assert all_states(silent) == {"held": 1}


def test_those_above_hear_of_what_was_passed_on_to_them_and_not_that_nothing_is_overdue(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("n1", due_on=FRIDAY)])
    for moment in ("2026-03-02 07:30", "2026-03-04 07:30", "2026-03-06 07:30"):
        at(council, server, wall, moment)
    at(council, server, wall, "2026-03-09 07:30")
    texts = {letter["To"]: text_of(letter) for letter in server.letters}
    for address in (NORTH_ADDRESS, SERVICE_ADDRESS, GROUP_ADDRESS):
        assert texts[address].startswith("Nothing is newly overdue, and 1 is still: Assessment Team North.")
    assert texts[SOUTH_ADDRESS].startswith("Nothing is overdue: Assessment Team South.")
    to_the_head = "Nothing that is overdue has been passed on to you: England."
    assert texts[HEAD_ADDRESS].startswith(to_the_head), "something is, and has not come as far as this"


def test_a_weekly_digest_that_the_mail_server_would_not_take_is_not_lost(weekly_council, server, wall):
    server.stop()
    assert at(weekly_council, server, wall, "2026-03-02 07:30") == []
    server.start()
    both = [(NORTH_ADDRESS, "Nothing overdue"), (SOUTH_ADDRESS, "Nothing overdue")]
    assert at(weekly_council, server, wall, "2026-03-03 07:30") == both
    assert at(weekly_council, server, wall, "2026-03-03 09:00") == []
    with weekly_council.reading() as db:
        assert {one.state for one in messages.newest(db, limit=100)} == {"sent", "superseded"}
