"""What holds of every plan, whatever happened to the clock, in whatever order, and whoever was told meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.model import Clock, Outcome
from rules.plan import CORRECTED, SAID, due_rungs, is_rung, next_rungs
from rules.rungs import rungs_of, send_at
from tests.rules import slow_rungs
from tests.rules.bookkeeping import INTERVIEW, LAW, LONDON, TIMESCALES, Book, clock, stopped

NOTHING = ((), (), (), (), ())
DAYS = st.dates(date(2025, 12, 1), date(2026, 5, 31))  # Christmas, both clock changes but one, Easter, three Mondays
YEARS = st.dates(date(2012, 3, 1), date(2027, 12, 31))
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@st.composite
def clocks(draw: st.DrawFn, days: st.SearchStrategy[date] = DAYS, id: str = "clock") -> Clock:
    """A duty as it may stand: running, or done in time or late, or fallen away; of one team or the other."""
    due_on, timescale = draw(days), draw(st.sampled_from(TIMESCALES))
    due_at = datetime.combine(due_on, draw(st.times()).replace(fold=0), LONDON).astimezone(UTC)
    target_on = due_on - timedelta(days=draw(st.integers(0, 20)))
    lapses_on = due_on + timedelta(days=draw(st.integers(-9, 30)))
    running = clock(
        due_on,
        id=id,
        timescale=timescale,
        runs_for=draw(st.integers(0, 70)),
        team=draw(st.sampled_from(["north", "south", None])),
        due_at=due_at if timescale == INTERVIEW and draw(st.booleans()) else None,
        target_due_on=target_on if draw(st.booleans()) else None,
        lapses_on=lapses_on if draw(st.integers(0, 4)) == 0 else None,
    )
    ended = running._replace(outcome=Outcome.ENDED, ended_because="moved", stopped_on=running.started_on)
    late = stopped(running, due_on + timedelta(days=draw(st.integers(1, 20))))
    return draw(st.sampled_from([running] * 4 + [stopped(running, due_on), late, ended]))


Story = list[tuple[Clock | None, datetime | None]]


@st.composite
def stories(draw: st.DrawFn) -> tuple[Story, Clock]:
    """How one clock is known to stand, one knowledge after another (None: there is none), and when it is told, if.

    Beside it the same clock as it is known in the end.
    """
    timescale = draw(st.sampled_from(TIMESCALES))
    its = clocks().map(lambda one: one._replace(timescale=timescale))
    told = []
    for _ in range(draw(st.integers(1, 6))):
        now = draw(st.none() | st.datetimes(datetime(2025, 11, 20), datetime(2026, 7, 1), timezones=st.just(UTC)))
        told.append((draw(st.none() | its), now))
    return told, draw(its)


def played(story: Story) -> Book:
    book = Book()
    for known, now in story:
        mine = [known] if known else []
        book.follow(*mine)
        if now:
            book.tell(now, *mine)
    return book


# ---- planning --------------------------------------------------------------------------------------------------------


@given(stories())
def test_planning_again_changes_nothing(lived):
    story, _last = lived
    book = Book()
    for known, now in story:
        mine = [known] if known else []
        book.follow(*mine)
        assert book.plan(*mine) == NOTHING
        if now:
            book.tell(now, *mine)
            assert book.plan(*mine) == NOTHING


@given(stories())
def test_a_clock_has_one_rung_waiting_for_each_date_and_it_is_the_first_that_is_open(lived):
    story, last = lived
    book = played([*story, (last, None)])
    upcoming = next_rungs(rungs_of(last, LAW), book.known)
    assert len({rung.step.of for rung in upcoming}) == len(upcoming)
    assert [key for key in book.waiting() if is_rung(key.step)] == sorted(rung.key for rung in upcoming)
    book.follow()
    assert [key for key in book.waiting() if is_rung(key.step)] == []


@given(stories())
def test_what_waits_is_what_the_last_knowledge_asks_for_however_it_was_come_by(lived):
    """Where nobody was told anything meanwhile, the way there leaves nothing behind but what was cancelled."""
    story, last = lived
    by_the_way, at_once = played([*[(known, None) for known, _now in story], (last, None)]), Book()
    at_once.follow(last)
    assert by_the_way.waiting() == at_once.waiting()
    assert all(by_the_way.known[key] == one for key, one in at_once.known.items())
    assert by_the_way.said == []


@given(stories())
def test_cancelled_and_started_again_it_ends_with_the_same_told(lived):
    story, last = lived
    straight = played([*story, (last, FAR)])
    around = played([*story, (last, None), (None, None), (last, FAR)])
    assert around.stands() == straight.stands()
    assert around.said == straight.said


@given(stories(), st.integers(1, 5))
def test_repeats_tell_nothing_more(lived, times):
    story, last = lived
    once = played([*story, (last, FAR)])
    often = played([*story, *[(last, FAR)] * times])
    assert (often.said, often.known) == (once.said, once.known)


@given(stories())
def test_nobody_is_left_believing_what_is_not_so(lived):
    """Once the last is known and told, what stands as told of a date that has passed is true of it."""
    story, last = lived
    book = played([*story, (last, FAR), (last, FAR)])
    for key in book.stands():
        rung = next(one for one in slow_rungs.ladder_of(last.timescale) if (one["id"], one["post"]) == key[1::2])
        if slow_rungs.is_after(rung):
            due_on = last.target_due_on if rung.get("of") == "target_due_on" else last.due_on
            assert due_on is not None
            if last.stopped_on is None:
                assert due_on <= book.known[key].send_at.date()
            else:  # late in the end is late, whichever day it was first said on
                assert last.stopped_on > due_on or last.outcome is Outcome.LATE


@given(stories())
def test_a_correction_goes_to_a_post_that_was_told_and_once_for_each_time_it_was(lived):
    story, _last = lived
    said = played([*story, (None, FAR), (None, FAR)]).said
    believed: dict[object, int] = {}
    for key in said:
        if key.step.startswith(CORRECTED):
            original = key._replace(step=key.step.removeprefix(CORRECTED))
            believed[original] -= 1
            assert believed[original] == 0
        else:
            believed[key] = believed.get(key, 0) + 1
            assert believed[key] == 1, "told what it knows already"


@given(st.lists(clocks(), max_size=4), st.randoms(use_true_random=False))
def test_clocks_are_planned_each_for_itself_in_any_order(several, dice):
    several = [one._replace(id=f"clock-{nth}") for nth, one in enumerate(several)]
    shuffled = list(several)
    dice.shuffle(shuffled)
    together, apart = Book(), Book()
    together.follow(*shuffled)
    for one in several:
        for alert in apart.plan(one).to_add:
            assert alert in together.plan(*shuffled).to_add or alert.key in together.known
    assert len(together.known) == sum(len({rung.step.of for rung in rungs_of(one, LAW)}) for one in several)


# ---- telling ---------------------------------------------------------------------------------------------------------


@given(clocks(), st.datetimes(datetime(2025, 11, 20), datetime(2026, 7, 1), timezones=st.just(UTC)))
def test_a_post_is_told_the_furthest_rung_that_has_come_and_all_before_it_are_passed_over(last, now):
    rungs = rungs_of(last, LAW)
    say, passed = due_rungs(rungs, {}, now)
    come = [rung for rung in rungs if rung.send_at <= now]
    assert {rung.key for rung in say}.isdisjoint(rung.key for rung in passed)
    assert sorted(rung.key for rung in (*say, *passed)) == sorted(rung.key for rung in come)
    assert len({(rung.key.post, rung.step.of) for rung in say}) == len(say), "of the due date and of the target apart"
    for rung in say:
        alike = [other for other in come if (other.key.post, other.step.of) == (rung.key.post, rung.step.of)]
        assert all(other.send_at <= rung.send_at for other in alike)


@given(stories())
def test_what_was_told_is_never_told_again_while_it_stands(lived):
    story, last = lived
    book = played([*story, (last, FAR)])
    told = {key for key, one in book.known.items() if one.state == SAID and is_rung(key.step)}
    say, passed = due_rungs(rungs_of(last, LAW), book.known, FAR)
    assert (say, passed) == ([], [])
    assert told == book.stands()


# ---- moments ---------------------------------------------------------------------------------------------------------


@given(clocks(YEARS))
def test_every_rung_is_told_at_the_moment_that_the_ladders_words_say(last):
    asked = {(key[0], key[1], key[2]): at for key, at, _rung in slow_rungs.rungs_of(last)}
    got = {(rung.key.step, rung.key.due_on, rung.key.post): rung.send_at for rung in rungs_of(last, LAW)}
    assert got == asked


def _change_days() -> list[date]:
    """Every Sunday on which the clocks change, of the years whose holidays are known."""
    days = [date(2012, 1, 1) + timedelta(days=nth) for nth in range(365 * 16)]
    noon = [datetime.combine(day, time(12), LONDON) for day in days]
    return [days[nth] for nth in range(1, len(days)) if noon[nth].utcoffset() != noon[nth - 1].utcoffset()]


def test_in_both_weeks_of_a_clock_change_every_rung_comes_on_a_working_day_at_the_ladders_hour():
    changes = _change_days()
    assert len(changes) == 32
    for change in changes:
        for off in range(-20, 21):
            for rung in rungs_of(clock(change + timedelta(days=off), runs_for=200), LAW):
                here = rung.send_at.astimezone(LONDON)
                assert (here.hour, here.minute, here.second) == (7, 30, 0)
                assert LAW.calendars["england-and-wales"].is_working(here.date())


def test_in_both_weeks_of_a_clock_change_no_rung_in_hours_comes_at_night():
    interview = LAW.ladders.of(INTERVIEW)
    for change in _change_days():
        first = datetime.combine(change - timedelta(days=4), time(), UTC)
        for hour in range(24 * 8):
            due_at = first + timedelta(hours=hour)
            due_on = due_at.astimezone(LONDON).date()
            for step in interview.steps:
                at = send_at(due_on, step, LAW.ladders, LAW.calendars["england-and-wales"], due_at=due_at)
                words = next(one for one in slow_rungs.ladder_of(INTERVIEW) if one["id"] == step.id)
                assert at == slow_rungs.moment(words, due_on, due_at)
                assert time(7, 30) <= at.astimezone(LONDON).time() < time(19)


@given(clocks(YEARS))
def test_nothing_is_ever_told_in_the_hour_that_comes_twice_or_never(last):
    assert all(rung.send_at.astimezone(LONDON).hour != 1 for rung in rungs_of(last, LAW))


@given(clocks(YEARS))
def test_rungs_come_in_the_order_in_which_they_are_told(last):
    moments = [rung.send_at for rung in rungs_of(last, LAW)]
    assert moments == sorted(moments)
    assert len({rung.key for rung in rungs_of(last, LAW)}) == len(moments)
