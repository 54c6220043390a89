"""The worked dates that need more than a sum (rows 34 to 52), each asked of the real pack: a history in, a date out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from rules.evaluate import evaluate
from rules.loading.build import load_law
from rules.model import Clock, Event
from tests.rules.making import event

LAW = load_law("england")
BORN = event("born", "subject.registered", "2021-02-14", date_of_birth="2021-02-14")
BORN_ON_A_LEAP_DAY = event("born", "subject.registered", "2020-02-29", date_of_birth="2020-02-29")


class Row(NamedTuple):
    """A row of the table: what happened, and when the last clock is due, as written or under a reading."""

    row: int
    case: str
    timescale: str
    history: list[Event]
    due: str
    reading: str | None = None


def _placed(on: str, **data: object) -> Event:
    return event("placed", "placement.started", on, key="p1", **data)


def _visited(on: str) -> Event:
    return event(f"visit-{on}", "looked-after.visited", on, seen=True)


def _assessed(on: str, kind: str = "review") -> Event:
    return event(f"health-{on}", "health-assessment.held", on, kind=kind)


def _in_care(on: str, **data: object) -> Event:
    return event("care", "looked-after.started", on, key="c1", **data)


def _returned(at: str) -> Event:
    moment = datetime.fromisoformat(at)
    return replace(event("back", "missing.returned", moment.date(), key="m1"), happened_at=moment)


AT_HOME = [_placed("2026-01-16", with_parent=True), _in_care("2026-01-16", legal_status="interim_care_order")]
ANNIVERSARY = [_placed("2024-06-10", permanent=True), _visited("2025-06-05")]
APPROVED = event("ok", "connected-person.approved", "2025-09-01", key="p1")
EXTENDED = event("more", "connected-person.extended", "2025-12-22", key="p1")
EXTENDED_TOO_LATE = event("more", "connected-person.extended", "2025-12-23", key="p1")
ISSUED = event("issued", "proceedings.issued", "2026-01-05", key="case-1")

ROWS = [
    Row(34, "a first visit due on Boxing Day", "looked-after-visit", [_placed("2025-12-19")], "2025-12-26"),
    Row(
        35,
        "six weeks from the visit held",
        "looked-after-visit",
        [_placed("2025-12-19"), _visited("2025-12-23")],
        "2026-02-03",
    ),
    Row(
        36,
        "a week from the making of a care order at home",
        "looked-after-visit",
        [
            _in_care("2026-03-02", legal_status="interim_care_order"),
            _placed("2026-03-02", with_parent=True),
            event("review", "looked-after-review.held", "2026-03-20"),
            _visited("2026-03-27"),
            event("order", "legal-status.changed", "2026-03-31", status="care_order"),
        ],
        "2026-04-07",
    ),
    Row(37, "weekly before the first review", "looked-after-visit", [*AT_HOME, _visited("2026-01-26")], "2026-02-02"),
    Row(
        37,
        "four weeks after it",
        "looked-after-visit",
        [*AT_HOME, _visited("2026-01-26"), event("review", "looked-after-review.held", "2026-01-30")],
        "2026-02-23",
    ),
    Row(38, "across the anniversary", "looked-after-visit", ANNIVERSARY, "2025-09-05"),
    Row(38, "the same, strictly", "looked-after-visit", ANNIVERSARY, "2025-07-17", "fixed_by_the_last_visit"),
    Row(39, "before the fifth birthday", "review-health-assessment", [BORN, _assessed("2025-07-01")], "2026-01-01"),
    Row(40, "after it", "review-health-assessment", [BORN, _assessed("2025-11-14")], "2026-11-14"),
    Row(
        40,
        "after it, strictly",
        "review-health-assessment",
        [BORN, _assessed("2025-11-14")],
        "2026-05-14",
        "by_age_at_the_last_assessment",
    ),
    Row(41, "on it", "review-health-assessment", [BORN, _assessed("2025-08-14")], "2026-08-14"),
    Row(
        41,
        "on it, strictly",
        "review-health-assessment",
        [BORN, _assessed("2025-08-14")],
        "2026-02-14",
        "by_age_at_the_last_assessment",
    ),
    Row(
        42,
        "five on 1 March: 28 February is before that",
        "review-health-assessment",
        [BORN_ON_A_LEAP_DAY, _assessed("2024-08-29")],
        "2025-02-28",
    ),
    Row(
        42,
        "five on 1 March: 1 March is not",
        "review-health-assessment",
        [BORN_ON_A_LEAP_DAY, _assessed("2024-09-01")],
        "2025-09-01",
    ),
    Row(
        43,
        "at a month's end",
        "review-health-assessment",
        [event("born", "subject.registered", "2022-05-05", date_of_birth="2022-05-05"), _assessed("2025-08-29")],
        "2026-02-28",
    ),
    Row(
        44,
        "three months after the sixteenth birthday",
        "pathway-assessment",
        [_in_care("2024-01-08"), event("born", "subject.registered", "2024-01-08", date_of_birth="2009-11-30")],
        "2026-02-28",
    ),
    Row(47, "sixteen weeks", "connected-person-approval", [APPROVED], "2025-12-22"),
    Row(47, "and eight more, on the last day", "connected-person-approval", [APPROVED, EXTENDED], "2026-02-16"),
    Row(47, "and none, a day later", "connected-person-approval", [APPROVED, EXTENDED_TOO_LATE], "2025-12-22"),
    Row(48, "26 weeks beginning with the day of issue", "care-proceedings", [ISSUED], "2026-07-05"),
    Row(48, "as the courts show it", "care-proceedings", [ISSUED], "2026-07-06", "as_the_courts_show"),
    Row(50, "72 hours in spring", "return-interview", [_returned("2026-03-27T18:30+00:00")], "2026-03-30T18:30+00:00"),
    Row(51, "72 hours in autumn", "return-interview", [_returned("2026-10-24T22:00+01:00")], "2026-10-27T21:00+00:00"),
    Row(
        52, "72 hours at Christmas", "return-interview", [_returned("2025-12-24T23:00+00:00")], "2025-12-27T23:00+00:00"
    ),
]
NO_PACK_YET = {45: "adoption.visited", 46: "private-fostering.visited", 49: "a supervision order, which nothing sends"}


def _last(row: Row) -> Clock:
    rule = LAW.timescales[row.timescale]
    measures = next((one.measures for one in rule.readings if one.id == row.reading), rule.measures)
    return max(evaluate(row.history, LAW, measures).clocks, key=lambda clock: clock.started_on)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.row}: {row.case}")
def test_the_pack_gives_the_date(row: Row):
    clock = _last(row)
    assert clock.due_on is not None
    if clock.due_at is not None:
        assert clock.due_at.astimezone(UTC) == datetime.fromisoformat(row.due)
    assert clock.due_on.isoformat() == row.due[:10]


def test_every_row_is_there_but_those_for_which_there_is_no_pack_yet():
    assert {row.row for row in ROWS} | set(NO_PACK_YET) == set(range(34, 53))
    awaited = {trigger.event for rule in LAW.timescales.values() for trigger in rule.duty.stops}
    assert awaited.isdisjoint(NO_PACK_YET.values())
