"""The charts of the visits report: what became of the visits that fell due, period by period."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.reports.definition import Setting
from service.reports.report import HIDDEN, LATE, MET, Chart, Part, Stack
from service.reports.visits.naming import kinds
from service.reports.visits.waits import Wait, Waits
from service.reports.words import short_day


def _chart_of(title: str, id: str, *, is_statutory: bool) -> Callable[[Waits, Setting], Chart]:
    def drawn(facts: Waits, setting: Setting) -> Chart:
        own = [kind for kind in kinds(setting) if kind.is_statutory is is_statutory]
        stacks = []
        for period in setting.periods:
            counts = _three(one for kind in own for one in facts.due(period, kind))
            stacks.append(Stack(short_day(period.ends_on), str(sum(counts)), counts))
        totals = [sum(stack.counts[part] for stack in stacks) for part in range(3)]
        words = (
            f"Over {len(stacks)} {setting.noun}s {totals[0]:,} were held in time, {totals[1]:,} were held late, and of "
            f"{totals[2]:,} nothing is recorded."
        )
        return Chart(
            id=id,
            title=f"{title}, by the {setting.noun} of their last day",
            words=words if own else "This authority times no such visits.",
            across=f"{setting.noun.capitalize()} to",
            parts=(Part("In time", MET), Part("Held late", HIDDEN), Part("Nothing recorded", LATE)),
            stacks=tuple(stacks),
        )

    return drawn


def _three(due: Iterable[Wait]) -> tuple[int, int, int]:
    found = list(due)
    met, late = sum(one.is_in_time for one in found), sum(one.is_late for one in found)
    return met, late, len(found) - met - late


CHARTS = (
    _chart_of("Visits that a plan asks for", "by-plan", is_statutory=False),
    _chart_of("Visits that the law asks for", "by-law", is_statutory=True),
)
