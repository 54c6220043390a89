"""The measures, tables and charts of the pre-proceedings report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from rules.model import Outcome, Status
from service.reports import figures
from service.reports.definition import MeasureOf, Setting
from service.reports.naming import holder_name, in_order, team_name
from service.reports.period import Period
from service.reports.pre_proceedings.cases import STEPS, TO_LEGAL, WORK, Cases, is_still
from service.reports.pre_proceedings.children import TITLES, since
from service.reports.report import (
    COUNT,
    DAYS,
    HIDDEN,
    LATE,
    MET,
    SHARE,
    Cell,
    Chart,
    Column,
    Part,
    Stack,
    Table,
    Value,
)
from service.reports.words import short_day


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
            title=f"{TITLES[step]}: in time",
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
        unit=DAYS,
        good="low",
        timescale=TO_LEGAL,
        value=_days,
        is_limited=False,
    ),
    MeasureOf[Cases](
        id="open",
        title="Children in pre-proceedings",
        says="With any step of it open, at the end of each month; of the last, on the day of the report.",
        unit=COUNT,
        good="neither",
        timescale=TO_LEGAL,
        value=lambda facts, period: figures.count(len(facts.open(period))),
        is_limited=False,
    ),
    MeasureOf[Cases](
        id="overrun",
        title="Pre-proceedings past their limit",
        says="Not decided, and past it, at the end of each month; of the last, on the day of the report.",
        unit=COUNT,
        good="low",
        timescale=WORK,
        value=lambda facts, period: figures.count(len(facts.overrun(period))),
        is_limited=False,
    ),
)


def _by_team(facts: Cases, setting: Setting) -> Table:
    late_in = {step: Counter(_late(facts, step, setting)) for step in STEPS}
    names = {holder_name(case.latest, setting) for case in facts.now}.union(*late_in.values())
    rows: list[tuple[Cell, ...]] = []
    for name in in_order(names):
        own = [case for case in facts.now if holder_name(case.latest, setting) == name]
        late = [late_in[step][name] for step in STEPS]
        still = sum(is_still(since(case), setting) for case in own)
        concerns = sum(case.concern_on is not None for case in own)
        rows.append((name, *(figures.count(one) for one in (len(own), *late, still, concerns))))
    return Table(
        id="teams",
        title="By team, now",
        words=(
            "In alphabetical order. A child stands with the team that has its latest open step; a step that is "
            "overdue, with the team that had it on its last day.",
        ),
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


def _late(facts: Cases, step: str, setting: Setting) -> Iterator[str]:
    """The team that answers for each case whose step is open and overdue."""
    for case in facts.now:
        clock = case.steps.get(step)
        if clock is not None and clock.status(setting.as_at) is Status.OVERDUE:
            yield team_name(clock, setting)


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
        rows.append((TITLES[step], limit, share, figures.middle(days), longest))
    return Table(
        id="steps",
        title=f"Step by step, {len(setting.periods)} months",
        words=("Days, every day counted, from what begins a step to what ends it.",),
        columns=(
            Column("step", "Step"),
            Column("limit", "Limit"),
            Column("in_time", "In time", SHARE),
            Column("median", "Median days", DAYS),
            Column("longest", "Longest", DAYS),
        ),
        rows=tuple(rows),
    )


def _by_month(facts: Cases, setting: Setting) -> Chart:
    stacks = []
    for period in setting.periods:
        found, over = facts.open(period), {one.subject for one in facts.overrun(period)}
        near = {one.subject for one in facts.of(WORK) if one.subject in found} - over
        counts = (len(near & found), len(found - near - over), len(over & found))
        stacks.append(Stack(short_day(period.judged_on), str(len(found)), counts))
    return Chart(
        id="by-month",
        title="Children in pre-proceedings, month by month",
        words=f"{stacks[-1].note} now, {stacks[0].note} a year ago; {stacks[-1].counts[2]} of them past the limit.",
        across="On",
        parts=(
            Part("A letter was sent, inside the limit", MET),
            Part("No letter yet", HIDDEN),
            Part("Past the limit, not decided", LATE),
        ),
        stacks=tuple(stacks),
    )


TABLES = (_by_team, _steps)
CHARTS = (_by_month,)
