"""The report ``pre-proceedings`` against a slow, obvious count of the same events, on its own day and on days gone by.

The count below knows nothing of clocks or packs: it reads each case's five dates and counts working days one at a time.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from statistics import median
from typing import NamedTuple

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import Council, open_council
from service.reports.report import Report, Table, Value
from service.settings import Settings

MONDAY, MORNING = date(2026, 11, 2), datetime(2026, 11, 2, 7, tzinfo=UTC)
DAY = timedelta(days=1)
DPM, LPM = "departmental-planning-meeting.held", "legal-planning-meeting.held"
LETTER, MEETING = "letter-before-proceedings.sent", "pre-proceedings-meeting.held"
ENDED, ISSUED = "pre-proceedings.ended", "proceedings.issued"
CANARY = "canary words of a case system"
HOW = {"stepped_down": "Stepped down", "proceedings_issued": "Proceedings issued", CANARY: "Ended in another way"}


class Case(NamedTuple):
    """What really happened with one child; a None is what has not happened."""

    subject: str
    key: str
    team: str
    dpm_on: date
    lpm_on: date | None
    is_going_on: bool
    letter_on: date | None
    over_on: date | None
    outcome: str | None
    """None: proceedings were issued."""

    def by(self, on: date) -> Case | None:
        """The case as far as it had come on a day."""
        if self.dpm_on > on:
            return None
        days = {name: day for name in ("lpm_on", "letter_on", "over_on") if (day := getattr(self, name)) and day > on}
        return self._replace(**dict.fromkeys(days))

    def is_in_it(self, on: date) -> bool:
        left_on = self.over_on or (self.lpm_on if not self.is_going_on else None)
        return self.dpm_on <= on and (left_on is None or left_on > on)


def cases(seed: int, count: int = 120) -> list[Case]:
    dice, made = random.Random(seed), []
    for number in range(count):
        dpm_on = MONDAY - dice.randrange(1, 480) * DAY
        lpm_on = dpm_on + dice.randrange(1, 35) * DAY if dice.random() < 0.85 else None
        is_going_on = lpm_on is None or dice.random() < 0.75
        has_letter = lpm_on and is_going_on and dice.random() < 0.85
        letter_on = lpm_on + dice.randrange(0, 14) * DAY if lpm_on and has_letter else None
        is_over = dice.random() < (0.75 if letter_on else 0.3) and is_going_on
        over_on = (letter_on or lpm_on or dpm_on) + dice.randrange(1, 160) * DAY if is_over else None
        outcome = dice.choice((None, "stepped_down", "proceedings_issued", CANARY, "")) if over_on else None
        team = dice.choice(("team-a", "team-b", "team-c"))
        case = Case(f"q7x-{number}", f"k9z-{number}", team, dpm_on, lpm_on, is_going_on, letter_on, over_on, outcome)
        known = case.by(MONDAY)
        made += [known] if known else []
    return made


def events_of(found: Sequence[Case]) -> list[Event]:
    events = []
    for case in found:
        steps = [
            (DPM, case.dpm_on, {}),
            (LPM, case.lpm_on, {"decision": "pre_proceedings" if case.is_going_on else "child_protection_plan"}),
            (LETTER, case.letter_on, {}),
            (
                ISSUED if case.outcome is None else ENDED,
                case.over_on,
                {"outcome": case.outcome} if case.outcome else {},
            ),
        ]
        for type, on, data in steps:
            if on:
                id = f"{case.key}-{type}"
                events.append(Event("s", id, type, case.subject, on, key=case.key, team=case.team, data=data))
    return events


class Count:
    """Counts by hand, month by month, as at a day."""

    def __init__(self, council: Council, found: Sequence[Case], as_at: date) -> None:
        self.holidays, self.as_at = council.calendar.holidays, as_at
        self.cases = [known for one in found if (known := one.by(as_at))]
        self.months: list[tuple[date, date, date]] = []
        """First day, last day, and the day on which it is judged; the oldest first."""
        ends_on = as_at.replace(day=1) - DAY
        while len(self.months) < 12:
            self.months.insert(0, (ends_on.replace(day=1), ends_on, ends_on + DAY if self.months else as_at))
            ends_on = ends_on.replace(day=1) - DAY

    def ten_days_after(self, on: date) -> date:
        worked = 0
        while worked < 10:
            on += DAY
            worked += on.isoweekday() < 6 and on not in self.holidays
        return on

    def legal(self, starts_on: date, ends_on: date, team: str | None = None) -> Value:
        """Legal planning meetings whose last day fell in it: in time, of all that were not overtaken by the end."""
        judged = []
        for one in self.cases:
            due_on = self.ten_days_after(one.dpm_on)
            is_overtaken = one.lpm_on is None and one.over_on is not None
            if starts_on <= due_on <= ends_on and not is_overtaken and team in (None, one.team):
                judged.append(one.lpm_on is not None and one.lpm_on <= due_on)
        return Value(round(100 * sum(judged) / len(judged), 1) if judged else None, sum(judged), len(judged))

    def days_to_legal(self, team: str) -> Value:
        (starts_on, *_), (_, ends_on, _) = self.months[0], self.months[-1]
        days = [
            (one.lpm_on - one.dpm_on).days
            for one in self.cases
            if one.lpm_on and starts_on <= one.lpm_on <= ends_on and one.team == team
        ]
        return Value(float(median(days)) if days else None, whole=len(days))

    def inside(self, on: date) -> set[str]:
        return {one.subject for one in self.cases if one.is_in_it(on)}

    def open(self) -> list[Value]:
        """How many stood open when each month closed: as it ended, but for the newest, on the day of the report."""
        return [Value(float(len(self.inside(on)))) for on in self.closed()]

    def over(self) -> list[Value]:
        return [
            Value(float(sum(self.is_over(one, on, judged_on) for one in self.cases)))
            for on, (*_, judged_on) in zip(self.closed(), self.months, strict=True)
        ]

    def closed(self) -> list[date]:
        ended = [ends_on for _, ends_on, _ in self.months]
        return ended if self.as_at.day == 1 else [*ended[:-1], self.as_at]

    @staticmethod
    def is_over(one: Case, on: date, judged_on: date) -> bool:
        """The letter of a case that stood open on a day was sent more than 16 weeks before it was judged."""
        return one.letter_on is not None and one.is_in_it(on) and judged_on > one.letter_on + 112 * DAY

    def ended(self, starts_on: date, ends_on: date) -> Counter[str]:
        return Counter(
            HOW.get(one.outcome, "Ended, and how is not recorded") if one.outcome is not None else "Proceedings issued"
            for one in self.cases
            if one.letter_on and one.over_on and starts_on <= one.over_on <= ends_on
        )


@pytest.fixture
def council(database_url: str, tmp_path) -> Iterator[Council]:
    with clock.substitute(lambda: MORNING):
        opened = open_council(
            Settings(data_dir=tmp_path, database_url=database_url, authority="southend"), demonstrate=True
        )
        yield opened
        opened.engine.dispose()


def table(report: Report, id: str) -> Table:
    return next(one for one in report.tables if one.id == id)


def children(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(reports.children_csv(report))))


@pytest.mark.parametrize("as_at", [MONDAY, date(2026, 9, 7), date(2026, 8, 1)], ids=str)
def test_every_figure_is_what_a_count_by_hand_gives_on_the_day_and_on_days_gone_by(council: Council, seed: int, as_at):
    found = cases(seed)
    flow.receive(council, events_of(found), actor="test")
    count, report = Count(council, found, as_at), reports.build(council, "pre-proceedings", as_at=as_at)
    told = {one.id: [point.value for point in one.series] for one in report.measures}
    legal = "departmental-to-legal-planning-meeting-in-time"
    assert told[legal] == [count.legal(starts_on, ends_on) for starts_on, ends_on, _ in count.months]
    assert told["open"] == count.open()
    assert told["overrun"] == count.over()
    rows = [row for row in children(report) if row["figure"] != "cannot be right"]
    assert {row["subject"] for row in rows} == count.inside(as_at)
    assert all(row["lpm_on"] <= as_at.isoformat() for row in rows)
    first_on, last_on = count.months[0][0], count.months[-1][1]
    teams = {row[0]: row[1:3] for row in table(report, "teams-in-time").rows}
    assert teams == {team: (count.legal(first_on, last_on, team), count.days_to_legal(team)) for team in teams}
    assert list(teams) == sorted(teams)
    windows = (count.months[-1][:2], count.months[-2][:2], (first_on, last_on))
    ended = [count.ended(*window) for window in windows]
    assert table(report, "ended").rows == tuple(
        (how, *(Value(float(one[how])) for one in ended)) for how in sorted(ended[-1])
    )


def test_a_month_judged_on_another_day_is_not_restated_unless_something_was_put_right(council: Council):
    """The newest month is judged on the day of its report; once it is an older one, on the morning after it ended."""

    def letter(child: str, days: int) -> Event:
        return Event("s", f"e-{child}", LETTER, f"q7x-{child}", MONDAY - days * DAY, key=f"k-{child}")

    def over(child: str, on: date) -> Event:
        stepped = {"outcome": "stepped_down"}
        return Event("s", f"e-{child}-over", ENDED, f"q7x-{child}", on, key=f"k-{child}", data=stepped)

    # The limit of a passes on the day before the report: overdue then, and not yet when October ended.
    begun = [letter("a", 113), letter("b", 200), letter("c", 200)]
    put_right = over("c", date(2026, 8, 20))
    flow.receive(council, [*begun, over("b", date(2026, 10, 1)), put_right], actor="test")
    told = reports.publish(council, "pre-proceedings", as_at=MONDAY, now=MORNING).report
    next_on, next_at = date(2026, 12, 7), datetime(2026, 12, 7, 7, tzinfo=UTC)
    with clock.substitute(lambda: next_at):
        report = reports.build(council, "pre-proceedings", as_at=next_on)
        withdrawn = Event("s", "e-w", "event.withdrawn", put_right.subject, MONDAY, target=put_right.id)
        flow.receive(council, [withdrawn], actor="test")
        after = reports.build(council, "pre-proceedings", as_at=next_on)
    said, now, then = ({one.id: one for one in report.measures} for report in (told, report, after))
    assert (said["overrun"].this_period, now["overrun"].last_period) == (Value(1.0), Value(0.0))
    assert said["overrun"].last_period == Value(1.0), "decided on 1 October: open when September ended"
    assert [one.restated for one in now.values()] == [()] * len(now)
    assert [(one.ends_on.month, one.was, one.now) for one in then["overrun"].restated] == [
        (8, Value(1.0), Value(2.0)),
        (9, Value(1.0), Value(2.0)),
    ]


def test_the_whole_of_the_last_day_for_a_decision_counts_as_in_time(council: Council):
    letters = [
        Event("s", f"e-{days}", LETTER, f"q7x-{days}", MONDAY - days * DAY, key=f"k-{days}") for days in (112, 113)
    ]
    flow.receive(council, letters, actor="test")
    report = reports.build(council, "pre-proceedings", as_at=MONDAY)
    assert next(one for one in report.measures if one.id == "overrun").this_period == Value(1.0)


def test_nothing_of_a_child_nor_any_words_of_a_case_system_are_mailed(council: Council, seed: int):
    found = cases(seed)
    raised = {"raised_by": "iro", "about": CANARY}
    concerns = [Event("s", f"c-{one.key}", "concern.raised", one.subject, MONDAY, data=raised) for one in found]
    flow.receive(council, [*events_of(found), *concerns], actor="test")
    report = reports.build(council, "pre-proceedings", as_at=MONDAY)
    leaving = (reports.as_html(report, with_children=False), reports.as_text(report), reports.as_csv(report))
    for text in (*leaving, reports.as_json(report)):
        assert [canary for canary in ("q7x-", "k9z-", CANARY) if canary in text] == []
    assert [canary in reports.as_html(report, with_children=True) for canary in ("q7x-", "k9z-", CANARY)] == [True] * 3


def test_of_two_concerns_the_one_that_is_not_resolved_stands(council: Council):
    def said(type: str, key: str, day: int, **data: str) -> Event:
        return Event("s", f"{key}-{type}", f"concern.{type}", "q7x-1", date(2026, 10, day), key=key, data=data)

    flow.receive(
        council,
        [
            Event("s", "dpm", DPM, "q7x-1", date(2026, 9, 1), key="case"),
            said("raised", "one", 1, raised_by="iro", about="drift"),
            said("raised", "two", 5, raised_by="cp_chair"),
            said("discussed", "one", 8),
            said("resolved", "two", 9),
        ],
        actor="test",
    )
    (row,) = children(reports.build(council, "pre-proceedings", as_at=MONDAY))
    assert row["concern_since_on"] == "2026-10-01"
    assert row["concerns"] == (
        "raised 1 Oct by the reviewing officer (drift), discussed 8 Oct: open; "
        "raised 5 Oct by the conference chair: resolved 9 Oct"
    )


def test_a_meeting_dated_before_what_it_follows_is_said_in_words_and_in_no_percentage(council: Council):
    wrong = [
        Event("s", "dpm", DPM, "q7x-1", date(2026, 9, 10), key="case"),
        Event("s", "lpm", LPM, "q7x-1", date(2026, 9, 1), key="case", data={"decision": "no_further_action"}),
    ]
    flow.receive(council, wrong, actor="test")
    report = reports.build(council, "pre-proceedings", as_at=MONDAY)
    assert table(report, "wrong").rows == (("A step is dated before the one that it follows", Value(1.0)),)
    assert report.measures[0].all_periods == Value(None, 0, 0)


@pytest.mark.parametrize("absent", ["departmental-to-legal-planning-meeting", "pre-proceedings"])
def test_an_authority_that_does_not_time_a_step_has_its_report_without_it(council: Council, seed: int, absent: str):
    flow.receive(council, events_of(cases(seed)), actor="test")
    kept = {id: one for id, one in council.law.timescales.items() if id != absent}
    without = replace(council, law=replace(council.law, timescales=kept))
    report = reports.build(without, "pre-proceedings", as_at=MONDAY)
    assert [one.id for one in report.measures if one.id.startswith(f"{absent}-in")] == []
    assert "Children in pre-proceedings" in reports.as_html(report, with_children=True)
