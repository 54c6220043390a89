"""What is planned of a clock, cancelled, moved, taken back: one rule a test, each with its "and not otherwise"."""

from __future__ import annotations

from datetime import date, timedelta

from rules.model import Outcome
from rules.plan import CORRECTED, LAPSED, PLAN, PLANNED, SAID, Told
from tests.rules.bookkeeping import ASSESSMENT, INTERVIEW, REFERRAL, Book, clock, london, steps, stopped

DUE_ON = date(2026, 3, 23)  # a Monday, with no bank holiday for ten working days on either side but Easter
WARNED_ON, BREACHED_ON = date(2026, 3, 16), date(2026, 3, 24)
SERVICE_MANAGER_ON = date(2026, 3, 26)


def told_by(book: Book, on: date, *clocks) -> list[str]:
    return steps(book.tell(london(on), *clocks))


def a_book_that_said_breach() -> tuple[Book, object]:
    book, running = Book(), clock(DUE_ON)
    book.follow(running)
    book.tell(london(BREACHED_ON), running)
    return book, running


# ---- what waits ------------------------------------------------------------------------------------------------------


def test_of_a_clock_its_first_rung_waits_and_no_other():
    book = Book()
    made = book.follow(clock(DUE_ON))
    assert [(alert.key.step, alert.team, alert.send_at) for alert in made.to_add] == [
        ("first-warning", "north", london(WARNED_ON))
    ]
    assert not any(made[1:])


def test_what_was_met_in_time_is_told_to_nobody_and_what_waited_is_cancelled():
    book = Book()
    book.follow(clock(DUE_ON))
    made = book.follow(stopped(clock(DUE_ON), DUE_ON))
    assert (steps(made.to_cancel), made.to_add, made.to_correct) == (["first-warning"], (), ())
    assert Book().plan(stopped(clock(DUE_ON), DUE_ON)) == ((), (), (), (), ())


def test_what_is_counted_beside_the_duty_is_told_to_nobody():
    assert Book().plan(clock(DUE_ON, measure="dfe")).to_add == ()


def test_what_has_no_limit_is_told_to_nobody():
    assert Book().plan(clock(DUE_ON)._replace(due_on=None)).to_add == ()


def test_a_clock_that_goes_to_another_team_takes_what_waits_with_it():
    book = Book()
    book.follow(clock(DUE_ON))
    made = book.follow(clock(DUE_ON, team="south"))
    assert [(alert.key.step, alert.team) for alert in made.to_renew] == [("first-warning", "south")]
    assert not made.to_add
    assert not made.to_cancel


def test_another_due_date_is_another_thing_to_tell_and_the_old_one_is_cancelled():
    book = Book()
    book.follow(clock(DUE_ON))
    made = book.follow(clock(DUE_ON + timedelta(days=7)))
    assert [alert.key.due_on for alert in made.to_add] == [DUE_ON + timedelta(days=7)]
    assert [key.due_on for key in made.to_cancel] == [DUE_ON]


def test_a_clock_that_is_withdrawn_and_comes_back_waits_as_before():
    book = Book()
    book.follow(clock(DUE_ON))
    before = dict(book.known)
    assert steps(book.follow().to_cancel) == ["first-warning"]
    assert steps(alert.key for alert in book.follow(clock(DUE_ON)).to_renew) == ["first-warning"]
    assert book.known == before


def test_a_warning_that_would_come_before_the_duty_has_run_for_a_day_is_left_out():
    (alert,) = Book().plan(clock(DUE_ON, timescale=REFERRAL, runs_for=3)).to_add
    assert alert.key.step == "due-today"
    (alert,) = Book().plan(clock(DUE_ON, runs_for=7)).to_add
    assert alert.key.step == "last-warning", "on the fifth working day before it, it had only begun"
    (alert,) = Book().plan(clock(DUE_ON, runs_for=8)).to_add
    assert alert.key.step == "first-warning"


def test_nothing_is_told_from_the_day_on_which_the_duty_falls_away():
    assert Book().plan(clock(DUE_ON, lapses_on=WARNED_ON)).to_add == ()
    book, running = Book(), clock(DUE_ON, lapses_on=BREACHED_ON)
    book.follow(running)
    assert told_by(book, DUE_ON, running) == ["due-today"]
    assert book.waiting() == []


# ---- up the ladder ---------------------------------------------------------------------------------------------------


def test_each_rung_brings_the_next_and_the_last_none():
    book, running = Book(), clock(DUE_ON)
    book.follow(running)
    told = []
    on = WARNED_ON - timedelta(days=7)
    while on < DUE_ON + timedelta(days=40):
        told += [(on, key.step, key.post) for key in book.tell(london(on), running)]
        assert len(book.waiting()) <= 1
        on += timedelta(days=1)
    assert told == [
        (WARNED_ON, "first-warning", "team-manager"),
        (date(2026, 3, 19), "last-warning", "team-manager"),
        (DUE_ON, "due-today", "team-manager"),
        (BREACHED_ON, "breach", "team-manager"),
        (SERVICE_MANAGER_ON, "to-service-manager", "service-manager"),
        (date(2026, 3, 30), "to-group-manager", "group-manager-fieldwork"),
        (date(2026, 4, 8), "to-head-of-service", "head-of-service"),  # over Good Friday and Easter Monday
    ]
    assert book.waiting() == []


def test_after_a_gap_each_post_is_told_its_furthest_rung_and_the_others_never():
    book, running = Book(), clock(DUE_ON)
    book.follow(running)
    assert told_by(book, SERVICE_MANAGER_ON, running) == ["breach", "to-service-manager"]
    assert told_by(book, SERVICE_MANAGER_ON + timedelta(days=1), running) == []


def test_a_target_of_the_authority_is_a_rung_of_its_own_counted_from_its_own_date():
    target = date(2026, 3, 9)
    made = Book().plan(clock(DUE_ON, timescale=ASSESSMENT, runs_for=60, target_due_on=target))
    missed, warning = made.to_add
    assert (missed.key.step, missed.key.due_on) == ("target-missed", target)
    assert missed.send_at == london(target + timedelta(days=1))
    assert (warning.key.step, warning.key.due_on) == ("first-warning", DUE_ON), "neither waits for the other"


def test_in_hours_the_moment_is_what_counts_and_a_weekend_is_told_to_the_team_manager_alone():
    due_at = london(date(2026, 3, 28), 14, 10)  # a Saturday; the clocks go forward that night
    running = clock(date(2026, 3, 28), timescale=INTERVIEW, runs_for=3, due_at=due_at)
    book = Book()
    book.follow(running)
    assert steps(book.tell(due_at - timedelta(hours=24), running)) == ["last-warning"]
    assert steps(book.tell(due_at - timedelta(seconds=1), running)) == []
    assert steps(book.tell(due_at, running)) == ["breach"]
    (key,) = book.waiting()
    assert (key.step, book.known[key].send_at) == ("to-service-manager", london(date(2026, 3, 30)))


# ---- what was said and is untrue -------------------------------------------------------------------------------------


def test_a_breach_that_was_met_in_time_is_corrected_and_the_ladder_ends():
    book, running = a_book_that_said_breach()
    made = book.follow(stopped(running, DUE_ON))
    assert steps(made.to_correct) == ["breach"]
    assert [alert.key.step for alert in made.to_add] == [CORRECTED + "breach"]
    assert steps(made.to_cancel) == ["to-service-manager"]
    assert told_by(book, date(2026, 3, 25)) == [CORRECTED + "breach"]
    assert book.waiting() == []


def test_a_breach_whose_start_was_withdrawn_is_corrected():
    book, _running = a_book_that_said_breach()
    assert steps(book.follow().to_correct) == ["breach"]


def test_a_breach_of_a_date_that_has_moved_on_is_corrected_and_its_new_date_is_warned_of():
    book, _running = a_book_that_said_breach()
    made = book.follow(clock(DUE_ON + timedelta(days=14)))
    assert steps(made.to_correct) == ["breach"]
    assert {alert.key.step for alert in made.to_add} == {CORRECTED + "breach", "first-warning"}


def test_what_was_late_in_the_end_was_late_and_is_not_corrected():
    book, running = a_book_that_said_breach()
    made = book.follow(stopped(running, BREACHED_ON))
    assert (made.to_correct, made.to_add, steps(made.to_cancel)) == ((), (), ["to-service-manager"])


def test_a_duty_that_fell_away_before_its_day_is_corrected_and_after_it_is_not():
    book, running = a_book_that_said_breach()
    ended = running._replace(outcome=Outcome.ENDED, ended_because="moved away")
    assert steps(book.plan(ended._replace(stopped_on=DUE_ON)).to_correct) == ["breach"]
    assert book.plan(ended._replace(stopped_on=BREACHED_ON)).to_correct == ()


def test_a_warning_is_never_taken_back():
    book, running = Book(), clock(DUE_ON)
    book.follow(running)
    assert told_by(book, DUE_ON, running) == ["due-today"]
    assert book.plan().to_correct == ()
    assert book.plan(stopped(running, DUE_ON)).to_correct == ()


def test_a_correction_of_which_nobody_was_told_is_dropped_when_it_is_true_after_all():
    book, running = a_book_that_said_breach()
    before = dict(book.known)
    book.follow(stopped(running, DUE_ON))
    made = book.follow(running)
    assert steps(made.to_restore) == ["breach"]
    assert steps(made.to_cancel) == [CORRECTED + "breach"]
    assert {key: one for key, one in book.known.items() if key in before} == before
    assert told_by(book, date(2026, 3, 25), running) == []


def test_what_was_corrected_and_is_true_after_all_is_told_once_more_and_may_be_corrected_once_more():
    book, running = a_book_that_said_breach()
    for nth in range(3):
        book.follow(stopped(running, DUE_ON))
        assert told_by(book, date(2026, 3, 25)) == [CORRECTED + "breach"], nth
        assert told_by(book, date(2026, 3, 25)) == [], nth
        book.follow(running)
        assert told_by(book, date(2026, 3, 25), running) == ["breach"], nth
        assert told_by(book, date(2026, 3, 25), running) == [], nth


def test_every_post_that_was_told_is_told_that_it_was_not_so():
    book, running = a_book_that_said_breach()
    book.tell(london(SERVICE_MANAGER_ON), running)
    made = book.follow(stopped(running, DUE_ON))
    assert {(alert.key.step, alert.key.post) for alert in made.to_add} == {
        (CORRECTED + "breach", "team-manager"),
        (CORRECTED + "to-service-manager", "service-manager"),
    }


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_what_is_to_be_said_of_a_plan_waits_for_as_long_as_the_clock_runs():
    book, running = a_book_that_said_breach()
    for step in (PLAN, LAPSED):
        key = book.said[0]._replace(step=f"{step}7")
        book.known[key] = Told(PLANNED, "north", london(SERVICE_MANAGER_ON), running.timescale)
    assert book.plan(running) == ((), (), (), (), ())
    moved = book.plan(running._replace(team="south"))
    assert {alert.key.step for alert in moved.to_renew} == {PLAN + "7", LAPSED + "7", "to-service-manager"}
    assert set(steps(book.plan(stopped(running, BREACHED_ON)).to_cancel)) == {
        PLAN + "7",
        LAPSED + "7",
        "to-service-manager",
    }


def test_what_was_said_of_a_plan_is_never_taken_back():
    book, running = a_book_that_said_breach()
    key = book.said[0]._replace(step=f"{PLAN}7")
    book.known[key] = Told(SAID, "north", london(SERVICE_MANAGER_ON), running.timescale)
    assert steps(book.plan(stopped(running, DUE_ON)).to_correct) == ["breach"]
