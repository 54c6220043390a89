"""The charts of ``section-47``: each conference a block."""

from __future__ import annotations

from collections import Counter

from rules.model import Unit
from service.reports import figures
from service.reports.definition import Setting
from service.reports.report import HIDDEN, LATE, MET, Chart, Part, Stack
from service.reports.section_47.enquiries import CONFERENCE, Enquiries
from service.reports.section_47.naming import limit_words
from service.reports.words import number, short_day

_COLUMNS_PAST_LIMIT = 2
"""The chart of days reaches this many times the limit, and gathers the rest in its last column."""


def _by_week(facts: Enquiries, setting: Setting) -> Chart:
    stacks = []
    for period in setting.periods:
        held = facts.held(period)
        in_time, hidden = sum(one.is_in_time for one in held), sum(one.is_hidden for one in held)
        counts = (in_time, hidden, len(held) - in_time - hidden)
        stacks.append(Stack(short_day(period.ends_on), str(len(held)), counts))
    totals = [sum(stack.counts[part] for stack in stacks) for part in range(3)]
    return Chart(
        id="by-week",
        title="Conferences held each week",
        words=f"Over {len(stacks)} weeks {totals[0]} were in time, {totals[1]} were late but would look in time from "
        f"the first strategy meeting, and {totals[2]} were late either way.",
        across="Week to",
        parts=(
            Part("In time", MET),
            Part("Late, but hidden if counted from the first strategy meeting", HIDDEN),
            Part("Late either way", LATE),
        ),
        stacks=tuple(stacks),
    )


def _by_days(facts: Enquiries, setting: Setting) -> Chart:
    held = [one for one in facts.held(setting.all) if one.days is not None]
    version = setting.version(CONFERENCE)
    limit = version.limit.count if version and version.limit and version.limit.unit is Unit.WORKING_DAYS else 0
    last = max(limit * _COLUMNS_PAST_LIMIT, 1)
    counts: Counter[tuple[int, bool]] = Counter((min(one.days or 0, last + 1), one.is_in_time) for one in held)
    stacks = [
        Stack(str(days) if days <= last else f"{last + 1}+", "", (counts[days, True], counts[days, False]))
        for days in range(last + 2)
    ]
    spread = figures.spread([one.days for one in held if one.days is not None])
    words = "No conference was held."
    if spread:
        words = (
            f"Half of the {len(held)} conferences took {number(spread.middle)} working days or fewer, and a quarter "
            f"took {number(spread.upper)} or more. The longest took {spread.longest}."
        )
    return Chart(
        id="by-days",
        title=f"Working days from strategy discussion to conference, {len(setting.periods)} weeks",
        words=words,
        across="Working days",
        parts=(Part("In time", MET), Part("Late", LATE)),
        stacks=tuple(stacks),
        mark=limit + 1,
        mark_words=f"Limit: {limit_words(setting)}",
    )


CHARTS = (_by_week, _by_days)
