"""The made-up census of 500 children agrees, row by row, with answers that others worked out by DfE's measures."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

import rules
from rules.model import Clock, Event
from service.door import Refusal, read_document
from service.feeds.cin_census import open_return
from tests.service.census_making import found

LAW = rules.load_law()
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
Answer = Mapping[str, str]


@pytest.fixture(scope="module")
def histories(shared_data: Path) -> Mapping[str, Sequence[Event]]:
    """What the file says of each child, through the front door."""
    read = open_return(shared_data / "cin" / "generated_500_children.xml")
    histories: defaultdict[str, list[Event]] = defaultdict(list)
    for fact in (fact for row in read.rows for fact in row.facts):
        data = {"happened_on": str(fact.happened_on), **({"key": fact.key} if fact.key else {}), **fact.data}
        document = {"specversion": "1.0", "id": fact.id, "source": read.source, "type": fact.type}
        event = read_document({**document, "subject": fact.subject, "data": data}, now=NOW)
        assert not isinstance(event, Refusal), event
        histories[fact.subject].append(event)
    return histories


@pytest.fixture(scope="module")
def clocks(histories: Mapping[str, Sequence[Event]]) -> list[Clock]:
    return [clock for events in histories.values() for clock in rules.evaluate(events, LAW).clocks]


def answers(shared_data: Path, name: str) -> list[Answer]:
    return list(
        csv.DictReader((shared_data / "answers" / f"cin_generated_seed42__{name}.csv").read_text().splitlines())
    )


def by_dfe(clocks: Sequence[Clock], timescale: str) -> Iterator[Clock]:
    return (clock for clock in clocks if clock.timescale == timescale and clock.measure == "dfe")


def judged(clock: Clock) -> str | None:
    """What a figure would make of it: met or late; None where it is neither."""
    return (
        clock.outcome.value if clock.outcome and clock.outcome.value in ("met", "late") and not clock.problem else None
    )


def test_every_enquiry_agrees_with_the_answers(shared_data: Path, clocks: list[Clock]):
    enquiries = by_dfe(clocks, "initial-child-protection-conference")
    by_start = {(clock.subject, str(clock.started_on)): clock for clock in enquiries}
    rows = answers(shared_data, "s47_icpc")
    assert len(rows) == len(by_start) == 305
    wanted = {"late": "late", "in_time": "met", "no_icpc": None, "invalid_before_s47": None}
    for row in rows:
        clock = by_start[row["child"], row["s47_start"]]
        assert str(clock.due_on) == row["icpc_due"], row
        assert judged(clock) == wanted[row["status"]], row
        assert (clock.problem is not None) is row["status"].startswith("invalid"), row
        if judged(clock):
            assert str(clock.stopped_on) == row["icpc"], row
        elif row["status"] == "no_icpc":
            assert clock.outcome == "ended", row


def test_every_assessment_agrees_with_the_answers(shared_data: Path, clocks: list[Clock]):
    by_start = {one.started_by.id: one for one in by_dfe(clocks, "single-assessment")}
    rows = answers(shared_data, "assessments")
    assert len(rows) == len(by_start) == 675
    wanted = {"late": "late", "in_time": "met", "invalid_end_before_start": None}
    for row in rows:
        id_ = f"{row['child']}/referral-{row['referral']}/assessment-{row['start']}/assessment.started"
        clock = by_start[id_]
        assert str(clock.due_on) == row["due_from_start"], row
        assert judged(clock) == wanted[row["status_from_start"]], row
        assert (clock.problem is not None) is row["status_from_start"].startswith("invalid"), row
        if judged(clock):
            assert str(clock.stopped_on) == row["authorised"], row


def test_every_review_agrees_with_the_answers(shared_data: Path, clocks: list[Clock]):
    if "review-child-protection-conference" not in LAW.timescales:
        pytest.skip("there is no pack for review conferences yet")
    found_: defaultdict[tuple[str, str, str], list[Clock]] = defaultdict(list)
    for clock in by_dfe(clocks, "review-child-protection-conference"):
        found_[clock.subject, str(clock.key).rpartition("/plan-")[2], str(clock.started_on)].append(clock)
    rows = answers(shared_data, "cpp_reviews")
    assert len(rows) == 94
    for row in rows:
        [clock] = found_[row["child"], row["plan_start"], row["previous"]]
        assert str(clock.due_on) == row["due_calendar_months"], row
        assert judged(clock) == ("met" if row["in_time_calendar"] == "True" else "late"), row
        assert str(clock.stopped_on) == row["held"], row
    assert sum(judged(one) is not None for clocks_ in found_.values() for one in clocks_) == len(rows)


def test_the_targets_that_the_file_supplies_are_kept_and_disagree_where_the_answers_say_so(
    shared_data: Path, histories: Mapping[str, Sequence[Event]]
):
    kept = {
        (event.subject, str(event.happened_on)): event.data.get("source_due_on", "")
        for events in histories.values()
        for event in events
        if event.type == "section-47.started"
    }
    for row in answers(shared_data, "s47_icpc"):
        assert kept[row["child"], row["s47_start"]] == row["supplied_target"]


def test_every_row_that_the_answers_call_invalid_is_shown_as_a_problem(shared_data: Path):
    rows = list(open_return(shared_data / "cin" / "generated_500_children.xml").rows)
    shown = [found([row]) for row in rows]
    for name, column, problem in (
        ("s47_icpc", "status", "DateOfInitialCPC/before-S47ActualStartDate"),
        ("assessments", "status_from_start", "AssessmentAuthorisationDate/before-AssessmentActualStartDate"),
    ):
        invalid = [row for row in answers(shared_data, name) if row[column].startswith("invalid")]
        assert sum(problem in one for one in shown) == len(invalid) > 50
    plans = answers(shared_data, "cpp")
    assert sum("CPPendDate/before-CPPstartDate" in one for one in shown) == sum(
        row["end_before_start"] == "True" for row in plans
    )
    assert sum("CPPreviewDate/before-CPPstartDate" in one for one in shown) == sum(
        int(row["reviews_not_after_start"]) for row in plans
    )
