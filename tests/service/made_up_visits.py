"""Invented children who are visited in time, late or not at all, and what a report of that ought to come to.

The waits below are noted as the events are made up: they know nothing of clocks or packs, and count days one at a time.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from rules.model import Event
from service import clock, flow, reports
from service.council import open_council
from service.reports.report import Measure, Report, Table, Value
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
    since_on: date
    due_on: date
    held_on: date | None
    attempts: tuple[date, ...]
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
        on = FIRST + timedelta(days=self.dice.randint(-90, 60))
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
            after = self.dice.choice([self.dice.randint(1, wait), wait + self.dice.randint(1, 8)])
            tries = [on + timedelta(days=after)] * self.dice.choice([0, 0, 1])
            attempts = tuple(tried_on for tried_on in tries if tried_on < min(held_on, MONDAY))
            for tried_on in attempts:
                self.send(event, subject, tried_on, key=f"p-{nth}", seen=False)
            is_forgotten = self.dice.random() < 0.1
            if held_on >= MONDAY or is_forgotten:
                self.waits.append(Wait(kind, subject, team, worker, on, due_on, None, attempts, None))
                return
            lag = self.dice.choice([0, 1, 6])
            self.send(event, subject, held_on, lag=lag, key=f"p-{nth}", seen=True)
            typed_on = min(held_on + lag * DAY, MONDAY)
            typed_late = (typed_on - held_on).days
            self.waits.append(Wait(kind, subject, team, worker, on, due_on, held_on, attempts, typed_late))
            on = held_on
            limit = "6 weeks" if kind == "looked-after-visit" else limit


PLANS = {
    "child-protection-visit": ("child-protection-plan.started", "child-protection.visited"),
    "child-in-need-visit": ("child-in-need-plan.started", "child-in-need.visited"),
}
KINDS = (*PLANS, "looked-after-visit")


def report_of(database_url: str, folder, events, name: str = "visits", *, as_at: date = MONDAY, change=None) -> Report:
    """The report on what was received by ``MORNING``. ``change`` makes another law of England's own."""
    council = open_council(Settings(data_dir=folder, database_url=database_url, authority="england"))
    council = replace(council, law=change(council.law)) if change else council
    with clock.substitute(lambda: MORNING):
        flow.receive(council, events, actor="test")
        report = reports.build(council, name, as_at=as_at)
    council.engine.dispose()
    return report


def fell_due(waits: list[Wait], kind: str, first: date = FIRST, last: date = LAST) -> list[Wait]:
    return [one for one in waits if one.kind == kind and first <= one.due_on <= last]


def in_time(waits: list[Wait]) -> tuple[int, int]:
    return sum(one.held_on is not None and one.held_on <= one.due_on for one in waits), len(waits)


def measure(report: Report, id: str) -> Measure:
    return next(one for one in report.measures if one.id == id)


def table(report: Report, id: str) -> Table:
    return next(one for one in (*report.tables, *report.own) if one.id == id)


def parts(value: Value) -> tuple[int | None, int | None]:
    return value.part, value.whole
