"""What a report is before it has any figures, and how it is filled: the same way for every report.

A definition names its timescales, its periods, its measures, charts and tables, and how to gather the rows they are
counted from. ``fill`` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from rules.law import Law
from rules.model import DUTY, Version
from rules.telling.limits import limit_words, target_words
from service.council import Council
from service.reports import figures
from service.reports.comparators import comparator, target
from service.reports.known import Known, read
from service.reports.limits import law_notes, version_at
from service.reports.period import Period, span
from service.reports.report import (
    COUNT,
    FORM,
    Chart,
    Headline,
    Measure,
    Point,
    Report,
    Restated,
    Said,
    Table,
    Value,
)

Facts = TypeVar("Facts")


class Setting(NamedTuple):
    """What a report is filled for: whose, as at which day, as recorded by which moment, over which periods."""

    council: Council
    as_at: date
    known_at: datetime
    periods: tuple[Period, ...]
    teams: Mapping[str, str]
    """Team names by reference."""
    noun: str
    """What one period is called: week, month or quarter."""

    @property
    def law(self) -> Law:
        return self.council.law

    @property
    def this(self) -> Period:
        return self.periods[-1]

    @property
    def last(self) -> Period:
        return self.periods[-2]

    @property
    def all(self) -> Period:
        return span(self.periods)

    def version(self, timescale: str, measure: str = DUTY) -> Version | None:
        """The version of a timescale in force as at the report's day; None where there is no such timescale."""
        return version_at(self.law, timescale, self.as_at, measure)


@dataclass(frozen=True)  # slots and generics do not go together
class MeasureOf(Generic[Facts]):
    """A measure before it is measured. ``value`` gives its figure for a period, from the facts.

    ``is_target``: judged by the authority's own target and not by the limit. ``comparator``: an id in comparators.toml.
    """

    id: str
    title: str
    says: str
    unit: str
    good: str
    timescale: str
    value: Callable[[Facts, Period], Value]
    is_target: bool = False
    is_limited: bool = True
    """Whether the timescale's limit is the limit of this."""
    comparator: str | None = None


@dataclass(frozen=True)
class Definition(Generic[Facts]):
    """A report as a definition. Its words may turn on the figures, so they are functions of the facts."""

    name: str
    title: str
    subtitle: str
    noun: str
    """What one period is called: week, month or quarter."""
    periods: Callable[[date], tuple[Period, ...]]
    timescales: tuple[str, ...]
    booked: str
    gather: Callable[[Known, Setting], Facts]
    measures: tuple[MeasureOf[Facts], ...]
    is_empty: Callable[[Facts, Setting], bool]
    opening: Callable[[Facts, Setting], str]
    headlines: Callable[[Facts, Setting], tuple[Headline, ...]]
    lines: Callable[[Facts, Setting], tuple[str, ...]]
    charts: tuple[Callable[[Facts, Setting], Chart], ...]
    tables: tuple[Callable[[Facts, Setting], Table], ...]
    words: Callable[[Facts, Setting], tuple[Said, ...]]
    children: Callable[[Facts, Setting], Table]
    own: tuple[Callable[[Facts, Setting], Table], ...] = ()
    """Tables for the service's own copy only."""
    events: tuple[str, ...] = ()
    """Event types that the report counts for themselves, beside the clocks."""
    is_of_now: bool = False
    """Whether it rests on what is kept only as it is now: as recorded by an earlier moment it cannot be had."""


def fill(
    definition: Definition[Facts], council: Council, as_at: date, known_at: datetime, earlier: Report | None
) -> Report:
    """The report with its figures. ``earlier``: the one published before it, to say what reads otherwise now."""
    periods = definition.periods(as_at)
    known = read(
        council,
        definition.timescales,
        definition.booked,
        since=periods[0].starts_on,
        as_at=as_at,
        known_at=known_at,
        events_of=definition.events,
    )
    setting = Setting(council, as_at, known_at, periods, known.teams, definition.noun)
    facts = definition.gather(known, setting)
    return Report(
        form=FORM,
        name=definition.name,
        title=definition.title,
        subtitle=definition.subtitle,
        noun=definition.noun,
        authority=council.law.title,
        is_demonstration=council.is_demonstration,
        as_at=as_at,
        known_at=known_at,
        published_at=None,
        this_period=setting.this,
        last_period=setting.last,
        all_periods=setting.all,
        is_empty=definition.is_empty(facts, setting),
        opening=definition.opening(facts, setting),
        headlines=definition.headlines(facts, setting),
        lines=definition.lines(facts, setting),
        measures=tuple(
            _measured(one, definition, facts, setting, earlier)
            for one in definition.measures
            if _is_measured(one, setting)
        ),
        charts=tuple(chart(facts, setting) for chart in definition.charts),
        tables=tuple(table(facts, setting) for table in definition.tables),
        definitions=definition.words(facts, setting),
        law=known.law,
        law_notes=tuple(law_notes(known.clocks, definition.timescales, council.law, as_at)),
        children=definition.children(facts, setting),
        own=tuple(table(facts, setting) for table in definition.own),
    )


def _measured(
    one: MeasureOf[Facts], definition: Definition[Facts], facts: Facts, setting: Setting, earlier: Report | None
) -> Measure:
    series = tuple(Point(period.ends_on, one.value(facts, period)) for period in setting.periods)
    goal = target(setting.law.authority, definition.name, one.id)
    statutory, local = _limits(one, setting)
    return Measure(
        id=one.id,
        title=one.title,
        says=one.says,
        unit=one.unit,
        good=one.good,
        this_period=series[-1].value,
        last_period=series[-2].value,
        # What is open on a day has no total over many weeks.
        all_periods=Value(None) if one.unit == COUNT else one.value(facts, setting.all),
        series=series,
        series_words=figures.range_words(series, one.unit, definition.noun),
        trend=figures.trend(series, one.unit, one.good, definition.noun),
        target=goal.target,
        floor=goal.floor,
        rag=figures.rag(series[-1].value, one.good, goal.target, goal.floor),
        statutory_limit=statutory,
        local_limit=local,
        comparator=comparator(one.comparator),
        restated=_restated(one, series, setting, earlier),
    )


def _is_measured(one: MeasureOf[Facts], setting: Setting) -> bool:
    """Whether this authority has the duty at all and, for its own target, whether it has set one."""
    version = setting.version(one.timescale)
    return version is not None and (not one.is_target or target_words(version) is not None)


def _limits(one: MeasureOf[Facts], setting: Setting) -> tuple[str | None, str | None]:
    """The statutory limit, and the authority's own: never mixed in one. What is neither stands in the tables."""
    version = setting.version(one.timescale)
    if version is None or not one.is_limited:
        return None, None
    # What each child's plan says is no limit of the authority's.
    limit = limit_words(version) if version.plan_limit is None else None
    target_limit = target_words(version)
    kind = setting.law.timescales[one.timescale].kind
    if not kind.startswith("statutory"):
        return None, target_limit if one.is_target else limit if kind == "local" else None
    return limit, target_limit


def _restated(
    measure: MeasureOf[Facts], series: Iterable[Point], setting: Setting, earlier: Report | None
) -> tuple[Restated, ...]:
    """Every period whose figure is not what the earlier report said of it.

    What was open on another day is another figure: a month is judged on the day of its own report, and later as it
    ended.
    """
    if earlier is None or earlier.published_at is None:
        return ()
    said = {point.ends_on: point.value for one in earlier.measures if one.id == measure.id for point in one.series}
    own = earlier.this_period
    if measure.unit == COUNT and own not in setting.periods:
        said.pop(own.ends_on, None)
    return tuple(
        Restated(point.ends_on, said[point.ends_on], point.value, earlier.published_at)
        for point in series
        if point.ends_on in said and said[point.ends_on] != point.value
    )
