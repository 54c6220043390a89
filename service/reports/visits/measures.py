"""How each measure of the visits report is counted. What a plan sets and what the law sets are never in one number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.reports import figures
from service.reports.definition import MeasureOf
from service.reports.period import Period
from service.reports.report import COUNT, SHARE, Value
from service.reports.visits.waits import KINDS, Kind, Wait, Waits


def in_time(waits: Iterable[Wait]) -> Value:
    """The share of these that were held by their last day."""
    found = list(waits)
    return figures.share(sum(one.is_in_time for one in found), len(found))


def on_target(waits: Iterable[Wait]) -> Value:
    """The share held by the authority's own, tighter target, of those that have one."""
    judged = [one.is_on_target for one in waits if one.is_on_target is not None]
    return figures.share(sum(judged), len(judged))


def _share(kind: Kind) -> Callable[[Waits, Period], Value]:
    return lambda facts, period: in_time(facts.due(period, kind))


def _targets(kind: Kind) -> Callable[[Waits, Period], Value]:
    return lambda facts, period: on_target(facts.due(period, kind))


def _overdue(kind: Kind) -> Callable[[Waits, Period], Value]:
    return lambda facts, period: figures.count(len(facts.overdue(period, kind)))


def _of(kind: Kind) -> tuple[MeasureOf[Waits], ...]:
    by = "the law's limit" if kind.is_statutory else "the plan"
    return (
        MeasureOf(
            id=f"{kind.timescale}-in-time",
            title=f"{kind.title}: visits {'in time by the law' if kind.is_statutory else 'in line with the plan'}",
            says=f"Of the visits whose last day fell in the period, those held by it. The last day is set by {by}.",
            unit=SHARE,
            good="high",
            timescale=kind.timescale,
            value=_share(kind),
        ),
        MeasureOf(
            id=f"{kind.timescale}-on-target",
            title=f"{kind.title}: visits by the authority's own target",
            says="A tighter date that the authority set itself, held apart from the limit. None where it has set none.",
            unit=SHARE,
            good="high",
            timescale=kind.timescale,
            value=_targets(kind),
            is_target=True,
        ),
        MeasureOf(
            id=f"{kind.timescale}-overdue",
            title=f"{kind.title}: visits overdue",
            says=(
                "Nothing recorded, and past the last day, at the end of each period; "
                "of the last one, on the day of the report."
            ),
            unit=COUNT,
            good="low",
            timescale=kind.timescale,
            value=_overdue(kind),
            is_limited=False,
        ),
    )


MEASURES = tuple(measure for kind in KINDS for measure in _of(kind))
