"""The tables of the visits report by kind, by phase, by team and by worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rules.telling.limits import limit_words, target_words
from service.reports import figures
from service.reports.definition import Setting
from service.reports.naming import NO_TEAM, in_order, team_name, windows
from service.reports.report import COUNT, SHARE, Cell, Column, Table
from service.reports.visits.measures import in_time, on_target
from service.reports.visits.naming import NO_WORKER, kinds, phase_title
from service.reports.visits.waits import Kind, Wait, Waits


def _by_kind(facts: Waits, setting: Setting) -> Table:
    targets = {kind: own for kind in kinds(setting) if (own := _target_of(kind, setting))}
    words = ["What the law asks and what a plan or the authority asks stand side by side, and are never added up."]
    columns = [Column("kind", "Visits to"), Column("limit", "The limit")]
    for at, (name, _) in enumerate(windows(setting), 1):
        columns.append(Column(f"window_{at}", f"In time, {name.lower()}", SHARE))
    if targets:
        columns += [Column("target", "The authority's own target"), Column("on_target", "By that target", SHARE)]
    else:
        words.append("The authority has set no target of its own.")
    rows: list[tuple[Cell, ...]] = []
    for kind in kinds(setting):
        row: list[Cell] = [kind.title, _limit_of(kind, setting)]
        row += [in_time(facts.due(period, kind)) for _, period in windows(setting)]
        row += [targets.get(kind, "none"), on_target(facts.due(setting.all, kind))] if targets else []
        rows.append((*row, figures.count(len(facts.overdue(setting.this, kind)))))
    return Table(
        id="kinds",
        title="By kind of visit",
        words=tuple(words),
        columns=(*columns, Column("overdue", "Overdue now", COUNT)),
        rows=tuple(rows),
        empty="This authority times no visits.",
    )


def _target_of(kind: Kind, setting: Setting) -> str | None:
    version = setting.version(kind.timescale)
    return target_words(version) if version else None


def _limit_of(kind: Kind, setting: Setting) -> str:
    version = setting.version(kind.timescale)
    words = limit_words(version) if version else None
    return f"{'The law' if kind.is_statutory else 'Local'}: {words or 'none is set'}"


def _by_phase(facts: Waits, setting: Setting) -> Table:
    due = [one for kind in kinds(setting) for one in facts.due(setting.all, kind) if one.clock.phase]
    grouped = _grouped(due, lambda one: phase_title(one, setting))
    return Table(
        id="phases",
        title="Looked-after children, by what the law asked",
        words=(f"Visits whose last day fell in the {windows(setting)[-1][0]}, by what held when it was set.",),
        columns=(Column("phase", "What held"), Column("in_time", "In time", SHARE)),
        rows=tuple((name, in_time(grouped[name])) for name in sorted(grouped)),
        empty="No such visit fell due."
        if any(kind.is_statutory for kind in kinds(setting))
        else "This authority times no such visits.",
    )


def _by_team(facts: Waits, setting: Setting) -> Table:
    return _by(
        facts,
        setting,
        lambda one: team_name(one.clock, setting),
        (
            "teams",
            "By team",
            "Team",
            NO_TEAM,
            "In alphabetical order. A team answers for a visit if it had the case on the last day, or when the visit "
            "was made, if that was sooner.",
        ),
    )


def by_worker(facts: Waits, setting: Setting) -> Table:
    """For the service's own copy only, in alphabetical order: it helps a supervision, and ranks nobody."""
    return _by(
        facts,
        setting,
        lambda one: one.clock.answerable_worker or NO_WORKER,
        (
            *("workers", "By worker", "Worker", NO_WORKER),
            "In alphabetical order, for supervision; small numbers say little, and nobody is ranked. Never mailed. A "
            "visit is with the worker who had the case on its last day, or when it was made, if that was sooner.",
        ),
    )


def _by(facts: Waits, setting: Setting, name_of: Callable[[Wait], str], said: tuple[str, str, str, str, str]) -> Table:
    id, title, heading, nobody, words = said
    own = kinds(setting)
    concerned = [one for kind in own for one in (*facts.due(setting.all, kind), *facts.overdue(setting.this, kind))]
    columns = [Column(id.removesuffix("s"), heading)]
    for kind in own:
        columns.append(Column(f"{kind.timescale}_in_time", f"{kind.title}: in time", SHARE))
        columns.append(Column(f"{kind.timescale}_overdue", "Overdue now", COUNT))
    grouped = [
        (_grouped(facts.due(setting.all, kind), name_of), _grouped(facts.overdue(setting.this, kind), name_of))
        for kind in own
    ]
    rows = []
    for name in in_order((name_of(one) for one in concerned), nobody):
        row: list[Cell] = [name]
        for due, overdue in grouped:
            row += [in_time(due.get(name, ())), figures.count(len(overdue.get(name, ())))]
        rows.append(tuple(row))
    return Table(id, title, (words,), tuple(columns), tuple(rows), "No visit fell due or is overdue.")


def _grouped(waits: Iterable[Wait], name_of: Callable[[Wait], str]) -> dict[str, list[Wait]]:
    found: dict[str, list[Wait]] = {}
    for one in waits:
        found.setdefault(name_of(one), []).append(one)
    return found


TABLES = (_by_kind, _by_phase, _by_team)
