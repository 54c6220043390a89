"""Visits awaited with no last day: neither the plan nor the authority says how often the child is to be seen.

Such a child is in no share and never overdue, so nobody would miss a visit. They are counted apart, by team.
"""

from __future__ import annotations

from service.reports import figures
from service.reports.definition import Setting
from service.reports.naming import in_order, team_name
from service.reports.report import COUNT, Cell, Column, Table
from service.reports.visits.naming import kinds
from service.reports.visits.waits import Kind, Wait, Waits
from service.reports.words import counted


def unset(facts: Waits, kind: Kind) -> list[Wait]:
    """Those of a kind that are awaited now."""
    return [one for one in facts.all if one.kind is kind and one.clock.stopped_on is None and one.clock.due_on is None]


def unset_words(facts: Waits, setting: Setting) -> str:
    """One sentence; empty where every child has a day."""
    children = {one.clock.subject for kind in kinds(setting) for one in unset(facts, kind)}
    if not children:
        return ""
    return (
        f"For {counted(len(children), 'child', 'children')} no plan says how often: nothing falls due, and no share "
        "here holds their visits."
    )


def unset_table(facts: Waits, setting: Setting) -> Table:
    own = [(kind, waits) for kind in kinds(setting) if (waits := unset(facts, kind))]
    rows: list[tuple[Cell, ...]] = []
    for name in in_order(team_name(one.clock, setting) for _, waits in own for one in waits):
        counts = (sum(team_name(one.clock, setting) == name for one in waits) for _, waits in own)
        rows.append((name, *(figures.count(one) for one in counts)))
    return Table(
        id="unset",
        title="No plan says how often",
        words=("Visits awaited now with no last day. Ask the team what the plan says, and record it.",),
        columns=(Column("team", "Team"), *(Column(kind.timescale, kind.title, COUNT) for kind, _ in own)),
        rows=tuple(rows),
        empty="None: every child who is to be visited has a day to be visited by.",
    )
