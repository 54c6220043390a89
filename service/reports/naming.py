"""What reports say alike: teams and windows by name, names in their order, and the tables that several of them have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rules.model import Clock
from service.reports import figures
from service.reports.definition import Setting
from service.reports.period import Period
from service.reports.report import COUNT, Cell, Column, Said, Table, Value
from service.reports.words import counted

NO_TEAM = "No team recorded"


def team_name(clock: Clock, setting: Setting) -> str:
    """The team whose figure a clock is: whoever had the case on its last day, or when it stopped before that.

    What is open and not overdue cannot have moved after its last day, so that is the team that has it now.
    """
    return _named(clock.answerable_team, setting)


def holder_name(clock: Clock, setting: Setting) -> str:
    """The team that has it now, or had it when it stopped: not whose figure it is, but whom to ask."""
    return _named(clock.team, setting)


def team_now(clock: Clock, setting: Setting) -> str:
    """The team that has it now, beside whose figure it is; empty once it has stopped."""
    return holder_name(clock, setting) if clock.stopped_on is None else ""


def team_said(instead: str = "") -> Said:
    """What reports say of whose figures are whose; ``instead``: of what is open, where it is not told like this."""
    return Said(
        "Team",
        "What is late, or open and overdue, stays with the team that had the case on the last day, the whole of which "
        "counts, wherever the case moves after it. What was done in time is with the team that had the case then. "
        + (instead or "What is open and not overdue is with the team that has it now.")
        + " For what is open, the list of children names the team that has it now.",
    )


def _named(team: str | None, setting: Setting) -> str:
    """The team's name where it is known, else the reference that events give it."""
    return setting.teams.get(team, team) if team else NO_TEAM


def in_order(names: Iterable[str], nobody: str = NO_TEAM) -> list[str]:
    """Names in alphabetical order, and never by how they did; what nobody is named for stands last."""
    found = set(names)
    return sorted(found - {nobody}, key=str.casefold) + [nobody] * (nobody in found)


def windows(setting: Setting) -> tuple[tuple[str, Period], ...]:
    """The three windows that tables speak of, by name: ``This week``, ``Last week``, ``12 weeks``."""
    return (
        (f"This {setting.noun}", setting.this),
        (f"Last {setting.noun}", setting.last),
        (f"{len(setting.periods)} {setting.noun}s", setting.all),
    )


def window_columns(setting: Setting, kind: str = COUNT) -> list[Column]:
    """A column for each window."""
    return [Column(f"window_{at}", name, kind) for at, (name, _) in enumerate(windows(setting), 1)]


def iso(on: date | None) -> str:
    """A day as a cell of the list of children holds it."""
    return on.isoformat() if on else ""


def spread_columns(bands: Iterable[str], unit: str) -> tuple[Column, ...]:
    """How waits are spread: how many in each band, the quartiles and the longest. ``spread_cells`` fills them."""
    return (
        *(Column(f"band_{at}", band, COUNT) for at, band in enumerate(bands, 1)),
        Column("lower_quartile", "Lower quartile", unit),
        Column("median", "Median", unit),
        Column("upper_quartile", "Upper quartile", unit),
        Column("longest", "Longest", unit),
    )


def spread_cells(days: Sequence[int], upto: Sequence[int]) -> tuple[Cell, ...]:
    """The cells under ``spread_columns``; of no waits there is no quartile."""
    spread = figures.spread(days)
    four = (spread.lower, spread.middle, spread.upper, spread.longest) if spread else (None,) * 4
    return (
        *(figures.count(one) for one in figures.in_bands(days, upto)),
        *(Value(one if one is None else float(one)) for one in four),
    )


def children_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Table:
    """The children behind a report's figures: for the service's own copy only."""
    return Table(
        id="children",
        title="The children behind the figures",
        words=(f"{counted(len(rows), 'row')}. Kept in the service's own copy only, never mailed.",),
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        empty="No child is behind any figure of this report.",
    )


def wrong_table(found: Mapping[str, int]) -> Table:
    """Records that cannot be right: how many, by what is wrong in words."""
    return Table(
        id="wrong",
        title="Records that cannot be right",
        words=("Counted apart, whenever they are from, until somebody puts them right: these are in no percentage.",),
        columns=(Column("what", "What"), Column("records", "Records", COUNT)),
        rows=tuple((words.capitalize(), figures.count(found[words])) for words in sorted(found)),
        empty="None.",
    )
