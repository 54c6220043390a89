"""The reports ``visits`` and ``visits-monthly``: are children seen as often as their plans, and the law, say?

In 2016 half of the visits to children on plans were in line with the plan, and two thirds of those to looked-after
children with the law; why was never analysed. So each is counted apart, with what the events say of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from service.reports.definition import Definition, Setting
from service.reports.naming import children_table, iso, team_name, team_now
from service.reports.period import Period, months, weeks
from service.reports.report import DATE, REFERENCE, Column, Table
from service.reports.visits import said
from service.reports.visits.charts import CHARTS
from service.reports.visits.measures import MEASURES
from service.reports.visits.naming import flaw, kinds, phase_title
from service.reports.visits.reasons import REASONS, shown
from service.reports.visits.tables import TABLES, by_worker
from service.reports.visits.unset import unset, unset_table
from service.reports.visits.waits import KINDS, Wait, Waits, gather

PERIODS = 12

_CHILD = (
    Column("figure", "Figure"),
    Column("subject", "Child", REFERENCE),
    Column("key", "Plan or placement", REFERENCE),
    Column("kind", "Visits to"),
    Column("phase", "What held"),
    Column("team", "Team"),
    Column("team_now", "Team now"),
    Column("worker", "Worker"),
    Column("worker_now", "Worker now"),
    Column("from_on", "Counted from", DATE),
    Column("due_on", "Last day", DATE),
    Column("target_due_on", "Target", DATE),
    Column("held_on", "Held", DATE),
    Column("in_time", "In time"),
    Column("attempts", "Sought, not seen"),
    Column("recorded_days_later", "Recorded, days later"),
    Column("note", "Note"),
)


def _children(facts: Waits, setting: Setting) -> Table:
    """Behind this period every visit, behind the earlier ones those not in time. By team, the longest due first."""
    this = [one for kind in kinds(setting) for one in facts.due(setting.this, kind)]
    overdue = [one for kind in kinds(setting) for one in facts.overdue(setting.this, kind)]
    earlier = [one for kind in kinds(setting) for one in facts.due(setting.all, kind) if not one.is_in_time]
    groups = (
        ("overdue now", overdue),
        (f"fell due this {setting.noun}", this),
        ("no plan says how often", [one for kind in kinds(setting) for one in unset(facts, kind)]),
        ("fell due before, and not in time", [one for one in earlier if one.clock.due_on not in setting.this]),
    )

    def place(one: Wait) -> tuple[object, ...]:
        team = (one.clock.answerable_team is None, team_name(one.clock, setting).casefold())
        return (KINDS.index(one.kind), *team, one.clock.due_on or date.max, one.clock.subject, one.clock.id)

    rows = [_child(figure, one, setting) for figure, group in groups for one in sorted(group, key=place)]
    blank = ("",) * (len(_CHILD) - 5)
    rows += [
        ("cannot be right", one.subject, one.key or "", "", *blank, flaw(one.problem or "")) for one in facts.flawed
    ]
    rows += [("cannot be right", one.subject, "", "", *blank, flaw(one.code, one.words)) for one in facts.problems]
    return children_table(_CHILD, rows)


def _child(figure: str, one: Wait, setting: Setting) -> tuple[str, ...]:
    clock, reason = one.clock, shown(one)
    return (
        figure,
        clock.subject,
        clock.key or "",
        one.kind.title,
        phase_title(one, setting),
        team_name(clock, setting),
        team_now(clock, setting),
        clock.answerable_worker or "",
        (clock.worker or "") if clock.stopped_on is None else "",
        iso(clock.counted_from_on),
        iso(clock.due_on),
        iso(clock.target_due_on),
        iso(clock.stopped_on),
        "" if clock.due_on is None else "yes" if one.is_in_time else "no",
        str(len(one.attempts)) if one.attempts else "",
        "" if one.lag is None else str(one.lag),
        "; ".join([*([reason] if reason and clock.due_on else []), *clock.flags]),
    )


def _visits(name: str, subtitle: str, noun: str, periods: Callable[[date], tuple[Period, ...]]) -> Definition[Waits]:
    return Definition[Waits](
        name=name,
        title="Visits to children" if noun == "week" else "Visits to children, month by month",
        subtitle=subtitle,
        noun=noun,
        periods=periods,
        timescales=tuple(kind.timescale for kind in KINDS),
        booked="",
        gather=gather,
        measures=MEASURES,
        is_empty=lambda facts, setting: not any(facts.due(setting.this, kind) for kind in KINDS),
        opening=said.opening,
        headlines=said.headlines,
        lines=said.lines,
        charts=CHARTS,
        tables=(*TABLES, *REASONS, unset_table),
        words=said.words,
        children=_children,
        own=(by_worker,),
        events=tuple(kind.event for kind in KINDS),
    )


VISITS = _visits(
    "visits", "Weekly report to the managers of Fieldwork Services", "week", lambda as_at: weeks(as_at, PERIODS)
)
VISITS_MONTHLY = _visits(
    "visits-monthly", "Monthly report to the children's services management team", "month",
    lambda as_at: months(as_at, PERIODS),
)  # fmt: skip
