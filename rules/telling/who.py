"""Who is told of a timescale, and when: one calm sentence for each rung of its ladder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rules.model import DUE_ON, Ladder, Ladders, Limit, Step, Timescale, Unit, Version
from rules.telling.words import several

_WORKING_DAYS_A_WEEK = 5
_DAYS_A_WEEK = 7
_HOURS_A_DAY = 24


def told_words(timescale: Timescale, ladders: Ladders) -> list[str]:
    """Who is told of this timescale, first to last, and how far ahead a plan may put it; or why nobody is.

    Left out are rungs that cannot come: after a target where there is none, and warnings longer before the date than
    the whole limit lasts.
    """
    version = timescale.duty.versions[-1]
    if not timescale.is_enabled:
        return ["Nobody is told: this authority has not chosen it."]
    if version.limit is None and version.plan_limit is None and not version.phases:
        return ["Nobody is told: no limit is set, so nothing is ever late."]
    ladder = ladders.of(timescale.id, timescale.area)
    return _sentences(ladder, [step for step in ladder.steps if _can_come(step, version)])


def ladder_words(ladder: Ladder) -> list[str]:
    """Every rung of a ladder, first to last, and how far ahead a plan may put what is late."""
    return _sentences(ladder, ladder.steps)


def rung_words(step: Step) -> str:
    """When a rung is told: ``5 working days before it is due``."""
    if step.hours is not None:
        hours = _hours(abs(step.hours))
        return _placed(
            step.hours, hours, ("before the time runs out", "when the time runs out", "after the time ran out")
        )
    days = several(abs(step.working_days), "working day")
    if step.of == DUE_ON:
        on = "on the day it is due, or the last working day before that"
        return _placed(step.working_days, days, ("before it is due", on, "after it was due"))
    own = "the authority's own target"
    return _placed(step.working_days, days, (f"before {own}", f"on the day of {own}", f"after {own} was missed"))


def posts_words(posts: Iterable[str]) -> str:
    """``the team manager and the service manager``."""
    named = [f"the {post.replace('-', ' ')}" for post in dict.fromkeys(posts)]
    return f"{', '.join(named[:-1])} and {named[-1]}" if named[1:] else "".join(named)


def _sentences(ladder: Ladder, steps: Iterable[Step]) -> list[str]:
    days = several(ladder.plan_within, "working day")
    return [*_told(steps), f"A plan for it may set the next date up to {days} ahead."]


def _told(steps: Iterable[Step]) -> Iterator[str]:
    for rung, group in groupby(steps, key=_same_rung):
        when = rung_words(rung)
        how = ", at once" if rung.at_once else ""
        how += ", on weekends and bank holidays too" if rung.any_day else ""
        yield f"{when[0].upper()}{when[1:]}: {posts_words(step.post for step in group)}{how}."


def _same_rung(step: Step) -> Step:
    return step._replace(post="")


def _placed(count: int, much: str, words: tuple[str, str, str]) -> str:
    before, on, after = words
    if count == 0:
        return on
    return f"{much} {before if count < 0 else after}"


def _hours(count: int) -> str:
    days, left = divmod(count, _HOURS_A_DAY)
    return several(days, "day") if days > 1 and not left else several(count, "hour")


def _can_come(step: Step, version: Version) -> bool:
    limits = _limits(step, version)
    if not limits:
        return step.of == DUE_ON  # the plan's own, whatever that is
    if step.is_after:
        return True
    return any(_lasts_longer(limit, step) for limit in limits)


def _limits(step: Step, version: Version) -> list[Limit]:
    """Every limit that the rung may count from the end of."""
    if step.of == DUE_ON:
        plan = version.plan_limit
        found = [version.limit, *(phase.limit for phase in version.phases), plan.maximum if plan else None]
    else:
        targets = [version.target, *(phase.target for phase in version.phases)]
        found = [one.limit for one in targets if one]
    return [limit for limit in found if limit is not None]


def _lasts_longer(limit: Limit, step: Step) -> bool:
    """Whether a limit can have begun before the day, or the hour, of a warning of its end."""
    if step.hours is not None:
        return limit.unit is not Unit.HOURS or limit.count > -step.hours
    days = {
        Unit.WORKING_DAYS: limit.count,
        Unit.WEEKS: limit.count * _WORKING_DAYS_A_WEEK,
        Unit.DAYS: limit.count - 2 * (limit.count // _DAYS_A_WEEK),
    }
    return limit.unit not in days or days[limit.unit] > -step.working_days
