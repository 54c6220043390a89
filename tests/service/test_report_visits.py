"""The reports ``visits`` and ``visits-monthly``: every figure against a slow, obvious count of the same events.

The oracle knows nothing of clocks or packs: it walks from visit to visit and counts days one at a time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import median

import pytest

from rules.model import Event, Limit, Target, Unit
from service import clock, flow, reports
from service.council import open_council
from service.settings import Settings
from tests.service.made_up_visits import (
    DAY,
    FIRST,
    KINDS,
    LAST,
    MONDAY,
    MORNING,
    Council,
    Wait,
    fell_due,
    in_time,
    measure,
    parts,
    report_of,
    table,
)

TITLES = ("Children on a protection plan", "Children in need", "Looked-after children")


@pytest.fixture
def made_up(seed) -> Council:
    council = Council(seed)
    for nth in range(90):
        council.child(nth, KINDS[nth % 3])
    return council


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


def test_the_reasons_are_those_that_the_events_show_kind_by_kind_and_each_visit_has_one(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    rows = list(table(report, "reasons").rows)
    for kind, title in zip(KINDS, TITLES, strict=True):
        due = fell_due(made_up.waits, kind)
        expected = {"sought by": 0, "sought only": 0, "held late": 0, "held in time, recorded after": 0, "nothing": 0}
        for one in due:
            if one.held_on and one.held_on <= one.due_on:
                expected["held in time, recorded after"] += one.held_on + one.lag * DAY > one.due_on
            elif one.attempts:
                expected["sought by" if one.attempts[0] <= one.due_on else "sought only"] += 1
            else:
                expected["held late" if one.held_on else "nothing"] += 1
        for words, count in expected.items():
            row = rows.pop(0)
            assert row[0].startswith(f"{title}: {words}")
            assert parts(row[-1]) == (count, len(due))
    assert rows == []
    assert "No other reason is recorded yet" in table(report, "reasons").words[0]


def test_each_of_the_five_things_that_events_can_show_is_told_apart(sqlite_url, tmp_path):
    council, event = Council(1), "looked-after.visited"
    on, due_on = MONDAY - 16 * DAY, MONDAY - 9 * DAY
    for child in ("early", "after", "late", "typed", "silent", "plain"):
        council.send("placement.started", child, on, key=child)
    council.send(event, "early", due_on, key="early", seen=False)
    council.send(event, "after", due_on + DAY, key="after", seen=False)
    council.send(event, "after", due_on + 3 * DAY, key="after", seen=True)
    council.send(event, "late", due_on + DAY, key="late", seen=True)
    council.send(event, "typed", due_on, key="typed", seen=True, lag=1)
    council.send(event, "plain", due_on, key="plain", seen=True)
    report = report_of(sqlite_url, tmp_path, council.events)
    rows = [row for row in table(report, "reasons").rows if row[0].startswith("Looked-after")]
    assert [parts(row[-1]) for row in rows] == [(1, 6)] * 5
    notes = {row[1]: row[-1] for row in report.children.rows if row[0] != "fell due this week"}
    assert notes["early"] == "sought by the last day, and not seen"
    assert notes["after"] == "sought only after the last day, and not seen"


def test_how_late_visits_were_and_how_late_the_overdue_are_now_is_spread_out_kind_by_kind(
    sqlite_url, tmp_path, made_up
):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    rows = iter(table(report, "lateness").rows)
    for kind in KINDS:
        own = [one for one in made_up.waits if one.kind == kind]
        late = [
            (one.held_on - one.due_on).days for one in fell_due(own, kind) if one.held_on and one.held_on > one.due_on
        ]
        overdue = [(MONDAY - one.due_on).days for one in own if one.held_on is None and one.due_on < MONDAY]
        for days in (late, overdue):
            bands = [
                sum(first <= one <= last for one in days) for first, last in ((1, 7), (8, 14), (15, 28), (29, 999))
            ]
            found = [cell.amount for cell in next(rows)[1:]]
            assert found[:5] == [len(days), *bands]
            assert (found[6], found[8]) == ((median(days), max(days)) if days else (None, None))


def test_the_lag_of_recording_is_that_of_the_visits_held_in_each_window(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    rows = iter(table(report, "recording").rows)
    for kind in KINDS:
        for first, last in ((MONDAY - 7 * DAY, LAST), (MONDAY - 14 * DAY, MONDAY - 8 * DAY), (FIRST, LAST)):
            held = [
                one.lag for one in made_up.waits if one.kind == kind and one.held_on and first <= one.held_on <= last
            ]
            found = [cell.amount for cell in next(rows)[1:]]
            assert found == [len(held), median(held) if held else None, max(held) if held else None]


def test_looked_after_visits_stand_by_what_the_law_asked(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    due = fell_due(made_up.waits, KINDS[-1])
    began = {one.subject: min(two.since_on for two in made_up.waits if two.subject == one.subject) for one in due}
    first = [one for one in due if one.since_on == began[one.subject]]
    rows = table(report, "phases").rows
    assert [row[0].split(" and ")[0] for row in rows] == [
        "The placement has just begun,",
        "The placement is less than a year old",
    ]
    assert [parts(row[1]) for row in rows] == [in_time(first), in_time([one for one in due if one not in first])]


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
    assert "sought by the last day, and not seen" in row[-1]


def test_an_empty_week_says_so(database_url, tmp_path):
    council = Council(1)
    council.send("referral.received", "child-a", MONDAY - 7 * DAY)
    report = report_of(database_url, tmp_path, council.events)
    assert report.is_empty
    assert report.opening.startswith("Nothing to report: no visit fell due")
    assert report.lines[0].startswith("Nothing to report for the week of Monday 16 to Sunday 22 November 2026")
    assert report.lines[1] == "No visit is overdue now."
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


def test_a_visit_held_on_the_day_of_the_report_restates_no_figure_of_the_week_before(sqlite_url, tmp_path):
    early = Council(1)
    early.send("placement.started", "child-a", MONDAY - 10 * DAY, key="p-a")
    council = open_council(Settings(data_dir=tmp_path, database_url=sqlite_url, authority="england"))
    with clock.substitute(lambda: MORNING):
        flow.receive(council, early.events, actor="test")
        told = reports.publish(council, "visits", as_at=MONDAY, now=MORNING).report
    visit = Event("system", "e-late", "looked-after.visited", "child-a", MONDAY, key="p-a", data={"seen": True})
    with clock.substitute(lambda: MORNING + 7 * DAY):
        flow.receive(council, [visit], actor="test")
        later = reports.build(council, "visits", as_at=MONDAY + 7 * DAY)
    council.engine.dispose()
    overdue = measure(later, "looked-after-visit-overdue")
    assert measure(told, "looked-after-visit-overdue").this_period.amount == 1
    assert (overdue.last_period.amount, overdue.this_period.amount) == (1, 0)
    assert [one.restated for one in (overdue, measure(later, "looked-after-visit-in-time"))] == [(), ()]


def test_a_report_of_a_day_gone_by_knows_nothing_of_the_visits_held_since(sqlite_url, tmp_path, made_up):
    thursday = MONDAY - 11 * DAY
    report = report_of(sqlite_url, tmp_path, made_up.events, as_at=thursday)
    known = [one for one in made_up.waits if one.since_on <= thursday]
    then = [one._replace(held_on=None) if one.held_on and one.held_on > thursday else one for one in known]
    for kind in KINDS:
        own = fell_due(then, kind, thursday - 6 * DAY, thursday)
        due = [one for one in own if one.held_on or one.due_on < thursday]
        overdue = [one for one in then if one.kind == kind and one.held_on is None and one.due_on < thursday]
        assert parts(measure(report, f"{kind}-in-time").this_period) == in_time(due)
        assert measure(report, f"{kind}-overdue").this_period.amount == len(overdue)
    held = [row[12] for row in report.children.rows if row[12]]
    assert max(held) <= thursday.isoformat()


def test_the_children_of_the_own_copy_add_up_to_the_figures(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    for kind, title in zip(KINDS, TITLES, strict=True):
        own = [row for row in report.children.rows if row[3] == title]
        week = [row[13] for row in own if row[0] == "fell due this week"]
        assert (week.count("yes"), len(week)) == parts(measure(report, f"{kind}-in-time").this_period)
        overdue = [row for row in own if row[0] == "overdue now"]
        assert len(overdue) == measure(report, f"{kind}-overdue").this_period.amount


@pytest.mark.parametrize("absent", KINDS)
def test_an_authority_that_does_not_time_a_kind_of_visit_has_its_report_without_it(
    sqlite_url, tmp_path, made_up, absent
):
    def without(law):
        return replace(law, timescales={id: one for id, one in law.timescales.items() if id != absent})

    report = report_of(sqlite_url, tmp_path, made_up.events, change=without)
    title = TITLES[KINDS.index(absent)]
    said = [str(row[0]) for one in (*report.tables, report.children) for row in one.rows]
    said += [one.title for one in report.measures] + [one.title for one in report.law_notes] + [*report.lines]
    assert [one for one in said if title.lower() in one.lower()] == []
    assert "This authority times no" in reports.as_text(report) or absent != "looked-after-visit"
    for kind in set(KINDS) - {absent}:
        assert parts(measure(report, f"{kind}-in-time").all_periods) == in_time(fell_due(made_up.waits, kind))


def test_the_authoritys_own_target_stands_beside_the_limit_of_the_law_and_never_in_it(sqlite_url, tmp_path, made_up):
    kind = "looked-after-visit"

    def tighter(law):
        found = law.timescales[kind]
        versions = tuple(
            replace(
                version,
                phases=tuple(
                    replace(one, target=Target(Limit(5, Unit.DAYS), version.source)) if one.limit.count == 1 else one
                    for one in version.phases
                ),
            )
            for version in found.duty.versions
        )
        timescale = replace(found, measures=(replace(found.duty, versions=versions), *found.measures[1:]))
        return replace(law, timescales={**law.timescales, kind: timescale})

    report = report_of(sqlite_url, tmp_path, made_up.events, change=tighter)
    due = fell_due(made_up.waits, kind)
    first = [one for one in due if one.due_on == one.since_on + 7 * DAY]
    assert first
    on_target = [one for one in first if one.held_on and one.held_on <= one.since_on + 5 * DAY]
    assert parts(measure(report, f"{kind}-in-time").all_periods) == in_time(due)
    assert parts(measure(report, f"{kind}-on-target").all_periods) == (len(on_target), len(first))
    assert measure(report, f"{kind}-on-target").local_limit == "5 days"
    assert measure(report, f"{kind}-in-time").statutory_limit.startswith("1 week, 4 weeks, 6 weeks, 6 months")


def test_no_limit_of_a_visit_is_said_to_be_unset_and_what_is_less_sure_says_so(sqlite_url, tmp_path, made_up):
    report = report_of(sqlite_url, tmp_path, made_up.events)
    for text in (reports.as_html(report, with_children=False), reports.as_text(report)):
        assert "no limit set" not in text
        assert "6 months (read in somebody" in text
