"""The reports ``visits`` and ``visits-monthly``: are children seen as often as their plans, and the law, say?

In 2016 half of the visits to children on plans were in line with the plan, and two thirds of those to looked-after
children with the law; why was never analysed. So each is counted apart, with what the events say of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from service.reports.definition import Definition, Setting
from service.reports.period import Period, months, weeks
from service.reports.report import DATE, REFERENCE, Column, Headline, Said, Table
from service.reports.visits.measures import MEASURES, in_time
from service.reports.visits.tables import CHARTS, TABLES, by_worker, kinds, phase_title, team_name, why, windows
from service.reports.visits.waits import KINDS, Wait, Waits, gather
from service.reports.words import counted, day, percent

PERIODS = 12

_CHILD = (
    Column("figure", "Figure"),
    Column("subject", "Child", REFERENCE),
    Column("key", "Plan or placement", REFERENCE),
    Column("kind", "Visits to"),
    Column("phase", "What held"),
    Column("team", "Team"),
    Column("worker", "Worker"),
    Column("from_on", "Counted from", DATE),
    Column("due_on", "Last day", DATE),
    Column("target_due_on", "Target", DATE),
    Column("held_on", "Held", DATE),
    Column("in_time", "In time"),
    Column("attempts", "Sought, not seen"),
    Column("recorded_days_later", "Recorded, days later"),
    Column("note", "Note"),
)
_WHY = ("sought and not seen", "held late", "held in time, recorded late", "nothing recorded")


def _opening(facts: Waits, setting: Setting) -> str:
    window = f"in the {windows(setting)[-1][0]} to {day(setting.all.ends_on)}"
    parts = [words for is_statutory in (False, True) if (words := _sentence(facts, setting, is_statutory=is_statutory))]
    if not parts:
        return f"Nothing to report: no visit fell due {window}."
    return f"Of the visits that fell due {window}, {'; and '.join(parts)}."


def _sentence(facts: Waits, setting: Setting, *, is_statutory: bool) -> str:
    due = [one for kind in kinds(setting) if kind.is_statutory is is_statutory for one in facts.due(setting.all, kind)]
    share = in_time(due)
    if share.amount is None:
        return ""
    what = "the law asks for to looked-after children" if is_statutory else "plans ask for"
    how = "in time" if is_statutory else "in line with the plan"
    return f"{share.part:,} of {share.whole:,} ({percent(share.amount)}) that {what} were {how}"


def _headlines(facts: Waits, setting: Setting) -> tuple[Headline, ...]:
    found = []
    for kind in kinds(setting):
        share = in_time(facts.due(setting.all, kind))
        if share.amount is not None:
            how = "in time by the law" if kind.is_statutory else "in line with the plan"
            found.append(Headline(percent(share.amount), f"{share.part} of {share.whole}", f"{kind.title}: {how}"))
    return tuple(found)


def _lines(facts: Waits, setting: Setting) -> tuple[str, ...]:
    overdue = [one for kind in kinds(setting) for one in facts.overdue(setting.this, kind)]
    if not overdue:
        return ("No visit is overdue now.",)
    children = len({one.clock.subject for one in overdue})
    sought = sum(bool(one.attempts) for one in overdue)
    words = f"{counted(len(overdue), 'visit')} to {counted(children, 'child', 'children')} overdue now; "
    return (f"{words}in {sought:,} of them the child was sought and not seen.",)


def _words(facts: Waits, setting: Setting) -> tuple[Said, ...]:
    return (
        Said(
            "In line with the plan",
            "The child was seen by the last day that the child's own plan gives, counted from the visit held before. "
            "An attempt at which the child was not seen counts for nothing.",
        ),
        Said(
            "In time by the law",
            "The same for a looked-after child by regulation 28, whose limit depends on where and how the child lives.",
        ),
        Said("Fell due", "The last day lay in the period, and the plan, placement or care had not ended before it."),
        Said("Overdue", "Past the last day, and no visit is recorded. It may have been made."),
    )


def _children(facts: Waits, setting: Setting) -> Table:
    """Behind this period every visit, behind the earlier ones those not in time. For the service's own copy only."""
    this = [one for kind in kinds(setting) for one in facts.due(setting.this, kind)]
    overdue = [one for kind in kinds(setting) for one in facts.overdue(setting.this, kind)]
    earlier = [one for kind in kinds(setting) for one in facts.due(setting.all, kind) if not one.is_in_time]
    name = windows(setting)[0][0].lower()
    groups = (
        ("overdue now", overdue),
        (f"fell due {name}", this),
        ("fell due before, and not in time", [one for one in earlier if one.clock.due_on not in setting.this]),
    )
    rows = [_child(figure, one, setting) for figure, group in groups for one in group]
    blank = ("",) * (len(_CHILD) - 5)
    rows += [("cannot be right", one.subject, one.key or "", "", *blank, one.problem or "") for one in facts.flawed]
    return Table(
        id="children",
        title="The children behind the figures",
        words=(f"{counted(len(rows), 'row')}. Kept in the service's own copy only, never mailed.",),
        columns=_CHILD,
        rows=tuple(rows),
        empty="No child is behind any figure of this report.",
    )


def _child(figure: str, one: Wait, setting: Setting) -> tuple[str, ...]:
    clock, reason = one.clock, why(one)
    return (
        figure,
        clock.subject,
        clock.key or "",
        one.kind.title,
        phase_title(one, setting),
        team_name(one, setting),
        clock.worker or "",
        _on(clock.counted_from_on),
        _on(clock.due_on),
        _on(clock.target_due_on),
        _on(clock.stopped_on),
        "yes" if one.is_in_time else "no",
        str(one.attempts) if one.attempts else "",
        "" if one.lag is None else str(one.lag),
        "; ".join([*([_WHY[reason]] if reason is not None else []), *clock.flags]),
    )


def _on(on: date | None) -> str:
    return on.isoformat() if on else ""


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
        opening=_opening,
        headlines=_headlines,
        lines=_lines,
        charts=CHARTS,
        tables=TABLES,
        words=_words,
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
