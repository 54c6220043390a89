"""The drawing of a child's months: what lies where, and that it leaves out nothing without saying so."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from rules.model import Clock, EventRef, Outcome
from service.web.case.timeline import EDGE, WIDTH, Span, Timeline, draw
from service.web.shown.rows import Row
from service.web.shown.standing import Bar, Standing

TODAY = date(2026, 11, 23)
STANDING = Standing("Running", "blue", "running", "as it stands", "", Bar(0, 0, None, None))


def row(started: int, due: int | None, stopped: int | None = None, **more: Any) -> Row:
    """A clock by days from today: ``row(-20, 5)`` started twenty days ago and is due in five."""

    def day(at: int | None) -> date | None:
        return None if at is None else TODAY + timedelta(days=at)

    stopped_on, due_on, started_on = day(stopped), day(due), TODAY + timedelta(days=started)
    is_late = stopped_on is not None and due_on is not None and stopped_on > due_on
    outcome = None if stopped_on is None else Outcome.LATE if is_late else Outcome.MET
    key = str(more.get("key", "k"))
    clock = Clock(
        f"{started}{due}{stopped}{key}", "visit", "duty", "c", key, "north", None, started_on, EventRef("s", "e"),
        started_on, None, due_on, None, stopped_on, None, outcome, None, started_on, False, None, (),
    )  # fmt: skip
    return Row(clock, f"Visit {key}", "", "North", STANDING, None, "")


def drawn(*rows: Row, dots: tuple[tuple[date, str], ...] = ()) -> Timeline:
    found = draw(rows, dots, TODAY)
    assert found
    return found


def span(*rows: Row) -> Span:
    return drawn(*rows).lanes[0].spans[0]


def test_a_clock_that_runs_is_used_up_to_today_and_drawn_to_its_due_date():
    found, today = span(row(-20, 20)), drawn(row(-20, 20)).today
    assert found.late == 0
    assert round(found.x + found.used, 1) == today
    assert round(found.x + found.whole, 1) == found.due
    assert abs(found.used - found.whole / 2) < 0.5


def test_what_is_past_its_due_date_begins_there_and_ends_today_or_when_it_was_met():
    running, today = span(row(-40, -10)), drawn(row(-40, -10)).today
    assert running.due is not None
    assert round(running.x + running.used, 1) == running.due
    assert round(running.x + running.used + running.late, 1) == today
    met = span(row(-40, -20, -10))
    assert met.late > 0
    assert round(met.x + met.used + met.late, 1) < drawn(row(-40, -20, -10)).today


def test_what_was_met_in_time_has_no_late_part_and_nothing_after_it():
    found = span(row(-40, -10, -20))
    assert (found.late, found.whole) == (0, found.used)
    assert found.due is not None
    assert found.due > found.x + found.used


def test_no_limit_no_due_date():
    found = span(row(-40, None))
    assert (found.due, found.late) == (None, 0)


def test_a_due_date_beyond_the_drawing_has_no_stroke_at_its_edge():
    found = span(row(-40, 900))
    assert found.due is None
    assert found.x + found.whole <= WIDTH - EDGE + 0.1


def test_the_months_go_on_to_the_right_and_each_january_says_its_year():
    ticks = drawn(row(-390, 60)).ticks
    assert all(one.x < other.x for one, other in pairwise(ticks))
    assert [one.label for one in ticks].count("Jan") == sum(bool(one.year) for one in ticks[1:])
    assert ticks[0].year
    assert len(ticks) >= 13


def test_the_next_due_is_drawn_first_and_what_is_over_last():
    found = drawn(row(-10, 30, key="later"), row(-300, -290, -295, key="over"), row(-5, 3, key="next"))
    assert [lane.label for lane in found.lanes] == ["Visit next, next", "Visit later, later", "Visit over, over"]


def test_one_duty_again_and_again_is_one_lane():
    found = drawn(row(-60, -40, -45), row(-45, -20, -25), row(-25, 5))
    assert [len(lane.spans) for lane in found.lanes] == [3]
    assert not found.is_cut


def test_what_is_not_drawn_is_said():
    many = [row(-20, nth, key=f"k{nth}") for nth in range(14)]
    found = drawn(*many)
    assert (len(found.lanes), found.is_cut) == (10, True)
    assert drawn(row(-20, 5), row(-900, -890, -895, key="old")).is_cut, "older than the drawing reaches"


def test_a_dot_stands_on_its_day_and_days_outside_have_none():
    on = TODAY - timedelta(days=10)
    dots = ((on, "seen"), (TODAY - timedelta(days=3_000), "long ago"), (TODAY + timedelta(days=1), "to come"))
    found = drawn(row(-20, 20), dots=dots)
    assert [one.says for one in found.dots] == ["13 November 2026: seen"]
    whole = span(row(-20, 20))
    assert abs(found.dots[0].x - (whole.x + whole.used / 2)) < 0.5


def test_nothing_to_draw_is_no_drawing():
    assert draw([], [(TODAY, "registered")], TODAY) is None
    assert draw([row(5, 20)], [], TODAY) is None, "it has not begun"
