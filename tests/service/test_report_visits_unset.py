"""The report ``visits``: a child whose plan says nothing about visits is not lost, and the longest due come first."""

from __future__ import annotations

import pytest

from service import reports
from tests.service.made_up_visits import DAY, KINDS, MONDAY, Council, measure, parts, report_of, table

NORTH, SOUTH = "team-north", "team-south"
LINE = "no plan says how often"


@pytest.fixture
def council() -> Council:
    """Two children in need and one on a plan with no frequency; one whose plan has one; one whose plan has ended."""
    council = Council(1)
    start = MONDAY - 60 * DAY
    for subject, type, team in (
        ("q7x-a", "child-in-need-plan.started", NORTH),
        ("q7x-b", "child-in-need-plan.started", SOUTH),
        ("q7x-c", "child-protection-plan.started", SOUTH),
        ("q7x-d", "child-in-need-plan.started", NORTH),
    ):
        council.send(type, subject, start, key=f"p-{subject}", team=team)
    council.send("child-in-need-plan.ended", "q7x-d", MONDAY - 3 * DAY, key="p-q7x-d", team=NORTH)
    council.send("child-in-need-plan.started", "q7x-e", start, key="p-e", team=NORTH, visit_every="4 weeks")
    return council


def unset_rows(report) -> list[tuple]:
    return [(row[0], *(cell.amount for cell in row[1:])) for row in table(report, "unset").rows]


def test_children_whose_plan_says_nothing_are_counted_by_team_and_named_in_the_own_copy(
    database_url, tmp_path, council
):
    report = report_of(database_url, tmp_path, council.events)
    assert [line for line in report.lines if LINE in line] == [
        "For 3 children no plan says how often: nothing falls due, and no share here holds their visits."
    ]
    assert unset_rows(report) == [(NORTH, 0, 1), (SOUTH, 1, 1)]
    assert [column.title for column in table(report, "unset").columns[1:]] == [
        "Children on a protection plan",
        "Children in need",
    ]
    assert {row[1] for row in report.children.rows if row[0] == LINE} == {"q7x-a", "q7x-b", "q7x-c"}
    assert all("overdue" not in row[0] for row in report.children.rows if row[1] != "q7x-e")
    shares = [measure(report, f"{kind}-in-time").all_periods for kind in KINDS]
    assert sum(parts(share)[1] for share in shares) == 1, "the plan that says so alone"
    leaving = (reports.as_html(report, with_children=False), reports.as_text(report), reports.as_csv(report))
    assert all("For 3 children" in text for text in leaving[:2])
    assert not any("q7x" in text for text in leaving)


def test_once_each_plan_says_it_nothing_is_said(sqlite_url, tmp_path, council):
    council.send("child-in-need-plan.reviewed", "q7x-a", MONDAY - 9 * DAY, key="p-q7x-a", visit_every="4 weeks")
    council.send("child-in-need-plan.reviewed", "q7x-b", MONDAY - 9 * DAY, key="p-q7x-b", visit_every="4 weeks")
    council.send("core-group.held", "q7x-c", MONDAY - 9 * DAY, key="p-q7x-c", visit_every="10 working_days")
    report = report_of(sqlite_url, tmp_path, council.events)
    assert unset_rows(report) == []
    assert not [line for line in report.lines if LINE in line]
    assert "every child who is to be visited has a day" in reports.as_text(report)


def test_whom_to_ask_first_stands_first_by_kind_and_team_and_the_longest_overdue(sqlite_url, tmp_path):
    council = Council(1)
    for nth, (team, days) in enumerate(((SOUTH, 40), (NORTH, 35), (SOUTH, 60), (NORTH, 50), (None, 90))):
        start = MONDAY - days * DAY
        council.send(
            "child-in-need-plan.started", f"child-{nth}", start, key=f"p-{nth}", team=team, visit_every="1 weeks"
        )
    council.send("child-protection-plan.started", "child-9", MONDAY - 20 * DAY, key="p-9", visit_every="1 weeks")
    report = report_of(sqlite_url, tmp_path, council.events)
    first = [row[1] for row in report.children.rows if row[0] == "overdue now"]
    assert first == ["child-9", "child-3", "child-1", "child-2", "child-0", "child-4"]
