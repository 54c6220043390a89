"""The measures, tables, charts and children of the pre-proceedings report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from rules.errors import CannotCount
from rules.model import Clock, Outcome
from service.reports import figures
from service.reports.definition import MeasureOf, Setting
from service.reports.period import Period
from service.reports.pre_proceedings.cases import LETTER, MEETING, STEPS, TO_LEGAL, WORK, Case, Cases, team_name
from service.reports.report import (
    COUNT,
    DATE,
    HIDDEN,
    LATE,
    MET,
    REFERENCE,
    SHARE,
    WORKING_DAYS,
    Cell,
    Chart,
    Column,
    Part,
    Stack,
    Table,
    Value,
)
from service.reports.words import counted, short_day

_A_WEEK = 7
_TITLES = {
    TO_LEGAL: "Legal planning meetings, after the departmental one",
    LETTER: "Letters before proceedings",
    MEETING: "Pre-proceedings meetings",
    WORK: "Pre-proceedings decided",
}


def _share(step: str) -> Callable[[Cases, Period], Value]:
    def value(facts: Cases, period: Period) -> Value:
        due = facts.due(period, step)
        return figures.share(sum(one.outcome is Outcome.MET for one in due), len(due))

    return value


def _days(facts: Cases, period: Period) -> Value:
    found = [one for one in facts.done(period, TO_LEGAL) if one.stopped_on]
    return figures.middle([(one.stopped_on - one.started_on).days for one in found if one.stopped_on])


MEASURES = (
    *(
        MeasureOf[Cases](
            id=f"{step}-in-time",
            title=f"{_TITLES[step]}: in time",
            says="Of those whose last day fell in the month. Nothing is due where the authority has set no limit.",
            unit=SHARE,
            good="high",
            timescale=step,
            value=_share(step),
        )
        for step in STEPS
    ),
    MeasureOf[Cases](
        id="days-to-legal-planning",
        title="From departmental to legal planning",
        says="The median in days, every day counted, of the legal planning meetings held in the month.",
        unit="days",
        good="low",
        timescale=TO_LEGAL,
        value=_days,
        is_limited=False,
    ),
    MeasureOf[Cases](
        id="open",
        title="Children in pre-proceedings",
        says="With any step of it open, at the end of each month. More, or fewer, is not good by itself.",
        unit=COUNT,
        good="neither",
        timescale=TO_LEGAL,
        value=lambda facts, period: figures.count(len(facts.open(period))),
        is_limited=False,
    ),
    MeasureOf[Cases](
        id="overrun",
        title="Pre-proceedings past their limit",
        says="Not decided, and past it, at the end of each month.",
        unit=COUNT,
        good="low",
        timescale=WORK,
        value=lambda facts, period: figures.count(len(facts.overrun(period))),
        is_limited=False,
    ),
)

_CHILD = (
    Column("figure", "Team"),
    Column("subject", "Child", REFERENCE),
    Column("key", "Case", REFERENCE),
    Column("dpm_on", "Departmental meeting", DATE),
    Column("lpm_due_on", "Legal planning due", DATE),
    Column("lpm_on", "Legal planning held", DATE),
    Column("days_to_lpm", "Days to it"),
    Column("letter_due_on", "Letter due", DATE),
    Column("letter_on", "Letter sent", DATE),
    Column("meeting_due_on", "Meeting due", DATE),
    Column("meeting_on", "Meeting held", DATE),
    Column("weeks_in", "Weeks in"),
    Column("decide_by_on", "To be decided by", DATE),
    Column("last_progress", "Last progress"),
    Column("last_progress_on", "On", DATE),
    Column("days_since", "Days since"),
    Column("concern_since_on", "Concern stands since", DATE),
    Column("note", "Note"),
)


def children(facts: Cases, setting: Setting) -> Table:
    """Every child in pre-proceedings, team by team, longest without progress first. Never mailed."""
    ordered = sorted(facts.now, key=lambda case: (team_name(case.latest, setting), _since(case), case.subject))
    rows = [_child(case, setting) for case in ordered]
    blank = ("",) * (len(_CHILD) - 4)
    rows += [("cannot be right", one.subject, one.key or "", *blank, one.problem or "") for one in facts.flawed]
    return Table(
        id="children",
        title="Every child in pre-proceedings, by team",
        words=(
            f"{counted(len(rows), 'row')}, those longest without progress first. Kept in the service's own copy only.",
            "Where no date is due the authority has set no limit: the days are counted, and nothing is late.",
        ),
        columns=_CHILD,
        rows=tuple(rows),
        empty="No child is in pre-proceedings.",
    )


def _since(case: Case) -> date:
    return case.progress.on if case.progress else case.first.started_on


def _child(case: Case, setting: Setting) -> tuple[str, ...]:
    legal, letter, meeting, work = (case.steps.get(step) for step in STEPS)
    held_on = _stopped(legal)
    waited = ((held_on or setting.as_at) - legal.started_on).days if legal else None
    return (
        team_name(case.latest, setting),
        case.subject,
        case.latest.key or "",
        _on(case.dpm_on),
        _on(legal.due_on if legal else None),
        _on(held_on),
        "" if waited is None else f"{waited}{'' if held_on else ' so far'}",
        _on(letter.due_on if letter else None),
        _on(_stopped(letter)),
        _on(meeting.due_on if meeting else None),
        _on(_stopped(meeting)),
        str((setting.as_at - work.started_on).days // _A_WEEK) if work else "",
        _on(work.due_on if work else None),
        case.progress.what if case.progress else "",
        _on(case.progress.on if case.progress else None),
        str((setting.as_at - case.progress.on).days) if case.progress else "",
        _on(case.concern_on),
        "; ".join(_late(case, setting)),
    )


def _late(case: Case, setting: Setting) -> list[str]:
    """Which of its steps are open and past their last day, by how much."""
    found = []
    for step, clock in case.steps.items():
        if clock.stopped_on is None and clock.due_on is not None and clock.due_on < setting.as_at:
            try:
                days = counted(setting.council.calendar.elapsed(clock.due_on, setting.as_at), "working day")
            except CannotCount:
                days = counted((setting.as_at - clock.due_on).days, "day")
            found.append(f"{_TITLES[step].partition(',')[0].lower()} {days} overdue")
    return found


def _by_team(facts: Cases, setting: Setting) -> Table:
    names = sorted({team_name(case.latest, setting) for case in facts.now}, key=str.casefold)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        own = [case for case in facts.now if team_name(case.latest, setting) == name]
        late = [sum(bool(_is_late(case.steps.get(step), setting)) for case in own) for step in STEPS]
        still = sum((setting.as_at - _since(case)).days > 4 * _A_WEEK for case in own)
        concerns = sum(case.concern_on is not None for case in own)
        rows.append((name, *(figures.count(one) for one in (len(own), *late, still, concerns))))
    return Table(
        id="teams",
        title="By team, now",
        words=("In alphabetical order. A team answers for a case if it has its latest step.",),
        columns=(
            Column("team", "Team"),
            Column("children", "Children", COUNT),
            Column("legal_planning_overdue", "Legal planning overdue", COUNT),
            Column("letter_overdue", "Letter overdue", COUNT),
            Column("meeting_overdue", "Meeting overdue", COUNT),
            Column("past_limit", "Past their limit", COUNT),
            Column("no_progress", "No progress for four weeks", COUNT),
            Column("concerns", "Concern standing", COUNT),
        ),
        rows=tuple(rows),
        empty="No child is in pre-proceedings.",
    )


def _is_late(clock: Clock | None, setting: Setting) -> bool:
    return bool(clock and clock.stopped_on is None and clock.due_on and clock.due_on < setting.as_at)


def _steps(facts: Cases, setting: Setting) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for step in STEPS:
        version = setting.version(step)
        if version is None:
            continue
        done = [one for one in facts.done(setting.all, step) if one.stopped_on]
        days = [(one.stopped_on - one.started_on).days for one in done if one.stopped_on]
        share = _share(step)(facts, setting.all)
        longest = Value(float(max(days)) if days else None)
        limit = version.limit.words if version.limit else "none is set"
        rows.append((_TITLES[step], limit, share, figures.middle(days), longest))
    return Table(
        id="steps",
        title=f"Step by step, {len(setting.periods)} months",
        words=("Days, every day counted, from what begins a step to what ends it.",),
        columns=(
            Column("step", "Step"),
            Column("limit", "Limit"),
            Column("in_time", "In time", SHARE),
            Column("median", "Median days", WORKING_DAYS),
            Column("longest", "Longest", WORKING_DAYS),
        ),
        rows=tuple(rows),
    )


def _by_month(facts: Cases, setting: Setting) -> Chart:
    stacks = []
    for period in setting.periods:
        found, over = facts.open(period), {one.subject for one in facts.overrun(period)}
        near = {one.subject for one in facts.of(WORK) if one.subject in found} - over
        counts = (len(near & found), len(found - near - over), len(over & found))
        stacks.append(Stack(short_day(period.ends_on), str(len(found)), counts))
    return Chart(
        id="by-month",
        title="Children in pre-proceedings at the end of each month",
        words=f"{stacks[-1].note} now, {stacks[0].note} a year ago; {stacks[-1].counts[2]} of them past the limit.",
        across="Month to",
        parts=(
            Part("A letter was sent, inside the limit", MET),
            Part("No letter yet", HIDDEN),
            Part("Past the limit, not decided", LATE),
        ),
        stacks=tuple(stacks),
    )


def _on(on: date | None) -> str:
    return on.isoformat() if on else ""


def _stopped(clock: Clock | None) -> date | None:
    return clock.stopped_on if clock and clock.outcome is not Outcome.ENDED else None


TABLES = (_by_team, _steps)
CHARTS = (_by_month,)
