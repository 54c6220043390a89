"""Cases that move between teams: what is late stays with the team of its last day, whoever chases it afterwards.

Every table by team or worker against a slow count: the events' own dates, and a list of who had the case from when.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from statistics import median

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import Council, open_council
from service.reports.report import Report, Table, Value
from service.settings import Settings
from tests.service import made_up_visits, test_report_section_47
from tests.service import test_report_pre_proceedings_counts as pre_proceedings
from tests.service.made_up_visits import KINDS, MONDAY, MORNING, Wait
from tests.service.moving import DAY, Moves

NORTH, SOUTH, EAST = TEAMS = ("team-north", "team-south", "team-east")


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.substitute(lambda: MORNING):
        yield


@pytest.fixture
def council(database_url: str, morning: None) -> Iterator[Council]:
    council = open_council(Settings(database_url=database_url, authority="southend", alerts_from=MONDAY))
    yield council
    council.engine.dispose()


def table(report: Report, id: str) -> Table:
    return next(one for one in (*report.tables, *report.own) if one.id == id)


def children(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(reports.children_csv(report))))


# ---- one conference, moved about its last day ------------------------------------------------------------------------

STARTED_ON, DUE_ON = date(2026, 10, 28), date(2026, 11, 18)


def conference(held_on: date | None = None, *moves: tuple[date, str]) -> list[Event]:
    """A discussion with the north team, its moves, and its conference where it was held."""
    about = {"key": "s47-1", "team": NORTH}
    sent = test_report_section_47.Sent()
    sent.send("strategy-discussion.held", "q7x-1", STARTED_ON, outcome="section_47", **about)
    for on, team in moves:
        sent.send("case.allocated", "q7x-1", on, team=team)
    if held_on:
        sent.send("icpc.held", "q7x-1", held_on, key="s47-1")
    return sent.events


def told(council: Council, events: list[Event]) -> tuple[dict[str, tuple[float, ...]], list[tuple[str, str, str]]]:
    """By team: in time and held this week, overdue, due next; and of each child the figure, the team, the team now."""
    flow.receive(council, events, actor="test")
    report = reports.build(council, "section-47", as_at=MONDAY)
    rows = {row[0]: (row[1].part, row[1].whole, row[7].amount, row[8].amount) for row in table(report, "teams").rows}
    return rows, [(row["figure"], row["team"], row["team_now"]) for row in children(report)]


@pytest.mark.parametrize(
    ("days", "answers"), [(-1, SOUTH), (0, SOUTH), (1, NORTH)], ids=["before", "on the last day", "after"]
)
def test_what_is_overdue_is_counted_with_the_team_of_the_last_day_and_listed_with_the_team_that_has_it(
    council: Council, days: int, answers: str
):
    rows, listed = told(council, conference(None, (DUE_ON + days * DAY, SOUTH)))
    assert rows == {answers: (0, 0, 1, 0)}
    assert listed == [("open and overdue", answers, SOUTH)]


@pytest.mark.parametrize(
    ("days", "answers"), [(-1, SOUTH), (0, SOUTH), (1, NORTH)], ids=["before", "on the last day", "after"]
)
def test_what_was_held_late_is_counted_with_the_team_of_the_last_day(council: Council, days: int, answers: str):
    rows, listed = told(council, conference(DUE_ON + 2 * DAY, (DUE_ON + days * DAY, SOUTH)))
    assert rows == {answers: (0, 1, 0, 0)}
    assert listed == [("held this week", answers, "")]


def test_what_was_held_in_time_is_counted_with_the_team_that_had_it_then(council: Council):
    held_on = DUE_ON - DAY
    rows, _ = told(council, conference(held_on, (held_on - DAY, SOUTH), (held_on + DAY, EAST)))
    assert rows == {SOUTH: (1, 1, 0, 0)}


def test_what_is_open_and_not_overdue_is_counted_with_the_team_that_has_it_now(council: Council):
    began = test_report_section_47.Sent()
    about = {"key": "s47-1", "team": NORTH, "outcome": "section_47"}
    began.send("strategy-discussion.held", "q7x-1", MONDAY - 10 * DAY, **about)
    began.send("case.allocated", "q7x-1", MONDAY, team=SOUTH)
    rows, listed = told(council, began.events)
    assert rows == {SOUTH: (0, 0, 0, 1)}
    assert listed == [("due next", SOUTH, SOUTH)]


def test_the_reports_say_whose_figures_are_whose(council: Council):
    for name in reports.NAMES:
        definitions = {one.term: one.words for one in reports.build(council, name, as_at=MONDAY).definitions}
        assert "stays with the team that had the case on the last day" in definitions["Team"]


# ---- frozen, and moved afterwards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved_on", [MONDAY, DUE_ON - DAY], ids=["moved afterwards", "and said to have moved before"])
def test_a_report_frozen_before_a_move_stays_as_it_was_and_restates_nothing(council: Council, moved_on: date):
    flow.receive(council, conference(), actor="test")
    frozen = reports.publish(council, "section-47", as_at=MONDAY, now=MORNING).report
    noon = MORNING + timedelta(hours=5)
    with clock.substitute(lambda: noon):
        flow.receive(council, [Event("s", "m", "case.allocated", "q7x-1", moved_on, team=SOUTH)], actor="test")
        again = reports.publish(council, "section-47", as_at=MONDAY, now=noon)
        then = reports.build(council, "section-47", as_at=MONDAY, known_at=MORNING)
        now = reports.build(council, "section-47", as_at=MONDAY)
    assert (again.is_new, again.report) == (False, frozen)
    assert replace(then, published_at=frozen.published_at) == frozen
    answers = NORTH if moved_on > DUE_ON else SOUTH
    assert [row[0] for row in table(now, "teams").rows] == [answers]
    assert [(row["team"], row["team_now"]) for row in children(now)] == [(answers, SOUTH)]
    assert now.measures == frozen.measures

    next_week = MONDAY + 7 * DAY
    with clock.substitute(lambda: MORNING + 7 * DAY):
        held = Event("s", "h", "icpc.held", "q7x-1", MONDAY + 2 * DAY, key="s47-1", team=SOUTH)
        flow.receive(council, [held], actor="test")
        later = reports.build(council, "section-47", as_at=next_week)
    assert [one.restated for one in later.measures] == [()] * len(later.measures)
    assert [(row[0], row[1]) for row in table(later, "teams").rows] == [(answers, Value(0.0, 0, 1))]


def test_a_report_of_a_day_gone_by_knows_whose_it_was_then(council: Council):
    """On the Thursday before its last day it was with the north team, and on the last day too; it moved afterwards."""
    flow.receive(council, conference(None, (DUE_ON + DAY, SOUTH)), actor="test")
    report = reports.build(council, "section-47", as_at=DUE_ON - 6 * DAY)
    assert [(row[0], row[8].amount) for row in table(report, "teams").rows] == [(NORTH, 1)]


# ---- every table by team, of many cases that move as they please -----------------------------------------------------


def test_the_conferences_of_each_team_are_what_a_count_by_hand_gives(council: Council, seed: int):
    events, moves = test_report_section_47.made_up(seed), Moves()
    stretch = (MONDAY - 160 * DAY, MONDAY)
    moves.shuffle(random.Random(f"{seed} moves"), {one.subject for one in events}, stretch, TEAMS)
    flow.receive(council, [*events, *moves.events()], actor="test")
    oracle = test_report_section_47.Oracle(council, events, MONDAY)
    by_team: dict[str, list[test_report_section_47.Enquiry]] = {}
    for one in oracle.all:
        judged_on = min(one.conference_on or date.max, oracle.due_on(one.start_on, 15))
        move = moves.last(one.subject, judged_on, since=one.start_on)
        by_team.setdefault(move.team if move else one.team or "", []).append(one)
    rows = table(reports.build(council, "section-47", as_at=MONDAY), "teams").rows
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert len(rows) >= 3
    for team, *cells in rows:
        oracle.all = by_team[str(team)]
        assert cells == by_hand(oracle), team


def by_hand(oracle: test_report_section_47.Oracle) -> list[Value]:
    """The figures of whatever enquiries the oracle has."""
    held = oracle.held(None)
    waits = [oracle.days(one.start_on, one.conference_on) for one in held if one.conference_on]
    met = [one for one in held if one.met_on and one.conference_on and one.met_on <= one.conference_on]
    hidden = {
        one.subject
        for one in met
        if oracle.days(one.start_on, one.conference_on) > 15 >= oracle.days(one.met_on, one.conference_on)
    }
    return [
        oracle.measure("in-time", 0),
        oracle.measure("in-time", None),
        oracle.measure("in-time-from-first-meeting", None),
        Value(float(len(hidden))),
        Value(float(median(waits)) if waits else None, whole=len(waits)),
        Value(float(max(waits)) if waits else None),
        Value(float(len(oracle.overdue(0)))),
        Value(float(len(oracle.due_next()))),
    ]


@pytest.fixture
def visited(seed: int) -> tuple[made_up_visits.Council, Moves]:
    """Ninety children who are visited, and move."""
    made, moves = made_up_visits.Council(seed), Moves()
    for nth in range(90):
        made.child(nth, KINDS[nth % 3])
    begun: dict[str, Wait] = {}
    for one in made.waits:
        begun.setdefault(one.subject, one)
    stretch = (made_up_visits.FIRST - 90 * DAY, MONDAY)
    moves.shuffle(random.Random(f"{seed} moves"), begun, stretch, TEAMS)
    for subject, one in begun.items():  # the case is allocated on the day it begins, and moves from the next on
        moves.of[subject] = [move for move in moves.of.get(subject, ()) if move.on > one.since_on]
        moves.move(subject, one.since_on, one.team, one.worker)
    return made, moves


def test_the_visits_of_each_team_and_worker_are_what_a_count_by_hand_gives(database_url, tmp_path, visited):
    made, moves = visited
    report = made_up_visits.report_of(database_url, tmp_path, [*made.events, *moves.events()])
    whose = {}
    for one in made.waits:
        judged_on = min(one.held_on or date.max, one.due_on)
        whose[one] = moves.last(one.subject, judged_on)
    for id, name in (("teams", "team"), ("workers", "worker")):
        counted = {}
        for row in sorted({getattr(who, name) for who in whose.values()}):
            own = [one for one in made.waits if getattr(whose[one], name) == row]
            figures = [(visits_of(own, kind), overdue_of(own, kind)) for kind in KINDS]
            if any(due[1] or overdue for due, overdue in figures):
                counted[row] = figures
        told = {
            row: [((due.part, due.whole), late.amount) for due, late in zip(cells[::2], cells[1::2], strict=True)]
            for row, *cells in table(report, id).rows
        }
        assert told == counted
        assert list(told) == list(counted)
    overdue = [row for row in children(report) if row["figure"] == "overdue now"]
    assert overdue
    for row in overdue:
        [one] = [one for one in made.waits if one.subject == row["subject"] and one.held_on is None]
        then, now = whose[one], moves.last(one.subject, MONDAY)
        assert (row["team"], row["team_now"]) == (then.team, now.team)
        assert (row["worker"], row["worker_now"]) == (then.worker, now.worker)


def visits_of(waits: list[Wait], kind: str) -> tuple[int, int]:
    return made_up_visits.in_time(made_up_visits.fell_due(waits, kind))


def overdue_of(waits: list[Wait], kind: str) -> int:
    return sum(one.kind == kind and one.held_on is None and one.due_on < MONDAY for one in waits)


def test_a_child_stands_with_the_team_that_has_it_now_though_its_latest_step_was_done_before_the_move(
    database_url, tmp_path
):
    about = {"key": "k9z", "team": NORTH}
    sent = test_report_section_47.Sent()
    sent.send(pre_proceedings.LETTER, "q7x-1", date(2026, 8, 3), **about)
    sent.send(pre_proceedings.DPM, "q7x-1", date(2026, 8, 10), **about)
    sent.send(pre_proceedings.LPM, "q7x-1", date(2026, 8, 12), decision="child_protection_plan", **about)
    sent.send("case.allocated", "q7x-1", date(2026, 10, 1), team=SOUTH)
    with clock.substitute(lambda: pre_proceedings.MORNING):
        settings = Settings(data_dir=tmp_path, database_url=database_url, authority="southend")
        council = open_council(settings, demonstrate=True)
        flow.receive(council, sent.events, actor="test")
        report = reports.build(council, "pre-proceedings", as_at=pre_proceedings.MONDAY)
        council.engine.dispose()
    [row] = children(report)
    assert row["figure"] == SOUTH
    # The meeting with the parents was due on 17 August, with the north team; sixteen weeks are not over yet.
    assert {row[0]: [cell.amount for cell in row[1:6]] for row in table(report, "teams").rows} == {
        NORTH: [0, 0, 0, 1, 0],
        SOUTH: [1, 0, 0, 0, 0],
    }
    assert f"pre-proceedings meetings 54 working days overdue (on the last day: {NORTH})" in row["note"]


def test_the_steps_of_each_team_are_what_a_count_by_hand_gives(database_url, tmp_path, seed):
    as_at = pre_proceedings.MONDAY
    found, moves, dice = pre_proceedings.cases(seed), Moves(), random.Random(f"{seed} moves")
    for one in found:
        moves.move(one.subject, one.dpm_on, one.team)
        for _ in range(dice.randrange(3)):
            moves.move(one.subject, min(as_at, one.dpm_on + dice.randrange(40) * DAY), dice.choice(TEAMS))
    with clock.substitute(lambda: pre_proceedings.MORNING):
        settings = Settings(data_dir=tmp_path, database_url=database_url, authority="southend")
        council = open_council(settings, demonstrate=True)
        events = [replace(event, team=None) for event in pre_proceedings.events_of(found)]
        flow.receive(council, [*events, *moves.events()], actor="test")
        report = reports.build(council, "pre-proceedings", as_at=as_at)
        count = pre_proceedings.Count(council, found, as_at)
        council.engine.dispose()

    def with_team(one: pre_proceedings.Case, on: date) -> pre_proceedings.Case:
        move = moves.last(one.subject, on)
        assert move is not None
        return one._replace(team=move.team)

    now = [with_team(one, as_at) for one in count.cases if one.is_in_it(as_at)]
    legal = [with_team(one, min(one.lpm_on or date.max, count.ten_days_after(one.dpm_on))) for one in count.cases]
    over = [with_team(one, one.letter_on + 112 * DAY) for one in count.cases if count.is_over(one, as_at, as_at)]
    count.cases = legal
    first_on, last_on = count.months[0][0], count.months[-1][1]
    for team, in_time, days, *_ in table(report, "teams-in-time").rows:
        assert (in_time, days) == (count.legal(first_on, last_on, team), count.days_to_legal(team)), team
    late = [one for one in legal if one.is_in_it(as_at) and one.lpm_on is None]
    late = [one for one in late if count.ten_days_after(one.dpm_on) < as_at]
    expected = {
        team: tuple(float(sum(one.team == team for one in some)) for some in (now, late, over))
        for team in sorted({one.team for some in (now, late, over) for one in some})
    }
    told = {row[0]: (row[1].amount, row[2].amount, row[5].amount) for row in table(report, "teams").rows}
    assert {team: counts for team, counts in told.items() if any(counts)} == expected
    rows = {row["subject"]: row for row in children(report)}
    assert {subject: row["figure"] for subject, row in rows.items()} == {one.subject: one.team for one in now}
    for one in late:
        has_moved = rows[one.subject]["figure"] != one.team
        assert (f"overdue (on the last day: {one.team})" in rows[one.subject]["note"]) is has_moved
