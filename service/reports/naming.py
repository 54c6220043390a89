"""What reports say alike: teams and windows by name, names in their order, and records that cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from rules.model import Clock
from service.reports import figures
from service.reports.definition import Setting
from service.reports.period import Period
from service.reports.report import COUNT, Column, Table

NO_TEAM = "No team recorded"


def team_name(clock: Clock, setting: Setting) -> str:
    """The team's name where it is known, else the reference that events give it."""
    return setting.teams.get(clock.team, clock.team) if clock.team else NO_TEAM


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
