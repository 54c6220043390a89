"""The reports ``visits`` and ``visits-monthly``: every figure against a slow, obvious count of the same events.

The oracle knows nothing of clocks or packs: it walks from visit to visit and counts days one at a time.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import open_council
from service.reports.report import Report, Table, Value
from service.settings import Settings
from tests.rules import slow

MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)
WEEKS = 12
FIRST, LAST = MONDAY - timedelta(days=7 * WEEKS), MONDAY - timedelta(days=1)
DAY = timedelta(days=1)
TEAMS = ("team-north", "team-south")


class Wait(NamedTuple):
    """One wait as the oracle sees it."""

    kind: str
    subject: str
    team: str
    worker: str
    due_on: date
    held_on: date | None
    attempts: int
    lag: int | None


class Council:
    """A case system of invented children, and what it ought to come to."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.events: list[Event] = []
        self.waits: list[Wait] = []

    def send(self, type: str, subject: str, on: date, *, lag: int = 0, key: str | None = None, **data) -> None:
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        who = {"team": data.pop("team", None), "worker": data.pop("worker", None)}
        recorded_at = min(noon + lag * DAY, MORNING - timedelta(hours=1))
        self.events.append(
            Event(
                "system",
                f"e-{len(self.events):05d}",
                type,
                subject,
                on,
                recorded_at=recorded_at,
                key=key,
                data=data,
                **who,
            )
        )

    def child(self, nth: int, kind: str) -> None:
        """One child of a kind, visited now in time, now late, now not at all, for half a year."""
        subject, team, worker = f"child-{nth}", self.dice.choice(TEAMS), f"worker-{nth % 7}"
        on = FIRST - timedelta(days=self.dice.randint(20, 90))
        who = {"team": team, "worker": worker}
        self.send("case.allocated", subject, on, **who)
        if kind == "looked-after-visit":
            self.send("placement.started", subject, on, key=f"p-{nth}", **who)
            event, limit = "looked-after.visited", "1 weeks"
        else:
            type, event = PLANS[kind]
            limit = self.dice.choice(["10 working_days", "4 weeks"])
            self.send(type, subject, on, key=f"p-{nth}", visit_every=limit, **who)
        while True:
            count, unit = limit.split(" ")
            due_on = slow.due(on, int(count), unit)
            wait = (due_on - on).days
            late = self.dice.choice([-2, -1, 0, 0, 3, 9])
            held_on = max(on + DAY, on + timedelta(days=wait + late))
            tries = sorted(
                {on + timedelta(days=self.dice.randint(1, wait)) for _ in range(self.dice.choice([0, 0, 0, 1]))}
            )
            for tried_on in tries:
                if tried_on < min(held_on, MONDAY):
                    self.send(event, subject, tried_on, key=f"p-{nth}", seen=False)
            attempts = sum(tried_on < min(held_on, MONDAY) for tried_on in tries)
            is_forgotten = self.dice.random() < 0.1
            if held_on >= MONDAY or is_forgotten:
                self.waits.append(Wait(kind, subject, team, worker, due_on, None, attempts, None))
                return
            lag = self.dice.choice([0, 1, 6])
            self.send(event, subject, held_on, lag=lag, key=f"p-{nth}", seen=True)
            typed_on = min(held_on + lag * DAY, MONDAY)
            self.waits.append(Wait(kind, subject, team, worker, due_on, held_on, attempts, (typed_on - held_on).days))
            on = held_on
            limit = "6 weeks" if kind == "looked-after-visit" else limit


PLANS = {
    "child-protection-visit": ("child-protection-plan.started", "child-protection.visited"),
    "child-in-need-visit": ("child-in-need-plan.started", "child-in-need.visited"),
}
KINDS = (*PLANS, "looked-after-visit")


@pytest.fixture
def made_up(seed) -> Council:
    council = Council(seed)
    for nth in range(90):
        council.child(nth, KINDS[nth % 3])
    return council


def report_of(database_url: str, folder, events, name="visits", authority="england") -> Report:
    council = open_council(Settings(data_dir=folder, database_url=database_url, authority=authority))
    with clock.substitute(lambda: MORNING):
        flow.receive(council, events, actor="test")
        report = reports.build(council, name, as_at=MONDAY)
    council.engine.dispose()
    return report


def fell_due(waits: list[Wait], kind: str, first: date = FIRST, last: date = LAST) -> list[Wait]:
    return [one for one in waits if one.kind == kind and first <= one.due_on <= last]


def in_time(waits: list[Wait]) -> tuple[int, int]:
    return sum(one.held_on is not None and one.held_on <= one.due_on for one in waits), len(waits)


def measure(report: Report, id: str):
    return next(one for one in report.measures if one.id == id)


def table(report: Report, id: str) -> Table:
    return next(one for one in (*report.tables, *report.own) if one.id == id)


def parts(value: Value) -> tuple[int | None, int | None]:
    return value.part, value.whole


def test_each_kind_is_counted_apart_as_a_slow_count_has_it(database_url, tmp_path, made_up):
    report = report_of(database_url, tmp_path, made_up.events)
    for kind in KINDS:
        found = measure(report, f"{kind}-in-time")
        assert parts(found.all_periods) == in_time(fell_due(made_up.waits, kind))
        assert parts(found.this_period) == in_time(fell_due(made_up.waits, kind, MONDAY - 7 * DAY))
        for point in found.series:
            assert parts(point.value) == in_time(fell_due(made_up.waits, kind, point.ends_on - 6 * DAY, point.ends_on))
        overdue = [one for one in made_up.waits if one.kind == kind and one.held_on is None and one.due_on < MONDAY]
        assert measure(report, f"{kind}-overdue").this_period.amount == len(overdue)


def test_teams_and_workers_stand_in_alphabetical_order_with_their_own_figures(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    for id, name_of in (("teams", lambda one: one.team), ("workers", lambda one: one.worker)):
        rows = table(report, id).rows
        assert [row[0] for row in rows] == sorted({name_of(one) for one in made_up.waits if _concerns(one)})
        for row in rows:
            own = [one for one in made_up.waits if name_of(one) == row[0]]
            assert [parts(cell) for cell in row[1::2]] == [in_time(fell_due(own, kind)) for kind in KINDS]


def _concerns(wait: Wait) -> bool:
    return FIRST <= wait.due_on <= LAST or (wait.held_on is None and wait.due_on < MONDAY)


def test_the_reasons_are_those_that_the_events_show_and_each_visit_has_one(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    due = [one for kind in KINDS for one in fell_due(made_up.waits, kind)]
    late = [one for one in due if one.held_on is None or one.held_on > one.due_on]
    sought = [one for one in late if one.attempts]
    held_late = [one for one in late if not one.attempts and one.held_on]
    typed_late = [one for one in due if one not in late and one.held_on + one.lag * DAY > one.due_on]
    nothing = [one for one in late if not one.attempts and not one.held_on]
    counts = [int(row[-1].amount) for row in table(report, "reasons").rows]
    assert counts == [len(sought), len(held_late), len(typed_late), len(nothing)]
    assert min(counts) > 0
    assert "No other reason is recorded yet" in table(report, "reasons").words[0]


def test_the_copy_that_is_mailed_names_no_child_and_no_worker(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    own, mailed = reports.as_html(report, with_children=True), reports.as_html(report, with_children=False)
    assert "child-1" in own
    assert "worker-1" in own
    for text in (mailed, reports.as_text(report), reports.as_json(report), reports.as_csv(report)):
        assert "child-1" not in text
        assert "worker-" not in text


def test_a_visit_due_today_has_not_fallen_due_and_an_attempt_meets_nothing(sqlite_url, tmp_path):
    council = Council(1)
    tuesday = MONDAY - 6 * DAY
    council.send("placement.started", "child-a", MONDAY - 7 * DAY, key="p-a")
    council.send("placement.started", "child-b", MONDAY - 8 * DAY, key="p-b")
    council.send("looked-after.visited", "child-b", tuesday, key="p-b", seen=False)
    report = report_of(sqlite_url, tmp_path, council.events)
    assert parts(measure(report, "looked-after-visit-in-time").this_period) == (0, 1)
    assert measure(report, "looked-after-visit-overdue").this_period.amount == 1
    [row] = [row for row in report.children.rows if row[0] == "overdue now"]
    assert row[1] == "child-b"
    assert "sought and not seen" in row[-1]


def test_an_empty_week_says_so(database_url, tmp_path):
    council = Council(1)
    council.send("referral.received", "child-a", MONDAY - 7 * DAY)
    report = report_of(database_url, tmp_path, council.events)
    assert report.is_empty
    assert report.opening.startswith("Nothing to report: no visit fell due")
    assert report.lines == ("No visit is overdue now.",)
    assert "Nothing to report" in reports.as_text(report)


def test_whoever_turned_eighteen_is_overdue_no_more(sqlite_url, tmp_path):
    council = Council(1)
    born = date(2008, 11, 18)
    council.send("subject.registered", "child-a", born, date_of_birth=born.isoformat())
    council.send("placement.started", "child-a", MONDAY - 20 * DAY, key="p-a")
    report = report_of(sqlite_url, tmp_path, council.events)
    assert measure(report, "looked-after-visit-overdue").this_period.amount == 0
    assert [point.value.amount for point in measure(report, "looked-after-visit-overdue").series][-2:] == [1, 0]


def test_the_monthly_edition_counts_whole_months(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events, "visits-monthly")
    assert (report.this_period.starts_on, report.this_period.ends_on) == (date(2026, 10, 1), date(2026, 10, 31))
    assert report.noun == "month"
    for kind in KINDS:
        october = fell_due(made_up.waits, kind, date(2026, 10, 1), date(2026, 10, 31))
        assert parts(measure(report, f"{kind}-in-time").this_period) == in_time(october)


def test_what_was_recorded_later_is_not_in_the_report_of_that_morning(sqlite_url, tmp_path):
    early = Council(1)
    early.send("placement.started", "child-a", MONDAY - 10 * DAY, key="p-a")
    council = open_council(Settings(data_dir=tmp_path, database_url=sqlite_url, authority="england"))
    with clock.substitute(lambda: MORNING):
        flow.receive(council, early.events, actor="test")
    noon = MORNING + timedelta(hours=5)
    visit = Event("system", "late", "looked-after.visited", "child-a", MONDAY - 5 * DAY, key="p-a", data={"seen": True})
    with clock.substitute(lambda: noon):
        flow.receive(council, [visit], actor="test")
        then = reports.build(council, "visits", as_at=MONDAY, known_at=MORNING)
        now = reports.build(council, "visits", as_at=MONDAY)
    council.engine.dispose()
    assert parts(measure(then, "looked-after-visit-in-time").this_period) == (0, 1)
    assert parts(measure(now, "looked-after-visit-in-time").this_period) == (1, 1)
