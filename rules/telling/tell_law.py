"""The words of what the law makes of a wait: which of several limits held when, what stood still, what was extended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules.extending import Grant
from rules.phases import Stretch
from rules.telling.words import day, first, several

if TYPE_CHECKING:
    from rules.telling.explanation import Explanation, Step, Told


def steps(explanation: Explanation) -> Iterator[str]:
    """One sentence or two for each step of a sum that has more than one."""
    yield from _phases(explanation)
    yield from (_pause(begun, ended) for begun, ended in explanation.pauses)
    yield from (_grant(one) for one in explanation.grants)


def birth(explanation: Explanation) -> str:
    """Why it started on a day on which nothing was recorded."""
    at, clock, start = explanation.birthday, explanation.clock, explanation.start
    if at is None or explanation.born_on is None:
        return ""
    lasted = f"{at.lasted.words} or more had passed since " if at.lasted else "it was not before "
    return (
        f"It started on {day(clock.started_on)}, by itself, for no event announces that day: the child, born on "
        f"{day(explanation.born_on)}, was {at.age} or older by then, and {lasted}{day(start.happened_on)}, when "
        f"{event(start)}."
    )


def lapse(explanation: Explanation) -> str:
    """When it ends by itself."""
    clock, age = explanation.clock, explanation.measure.until_age
    if clock.lapses_on is None or age is None:
        return ""
    return f"If it still runs then, it ends by itself on {day(clock.lapses_on)}, when the child turns {age}."


def event(told: Told) -> str:
    """What happened, as the event catalogue says it, with the fields that mattered."""
    return f"{told.says}, recorded with {' and '.join(told.details)}" if told.details else told.says


def _phases(explanation: Explanation) -> Iterator[str]:
    if not explanation.stretches:
        return
    if explanation.version.is_judged_at_start:
        yield "This duty has several limits. Read so, the one that holds when the wait begins governs it to its end."
    else:
        yield (
            "This duty has several limits, and which of them holds is asked anew every day: it is due on the first day "
            "on which time runs out under the limit then in force."
        )
    for nth, step in enumerate(explanation.stretches):
        yield _stretch(step, is_last=nth + 1 == len(explanation.stretches))


def _stretch(step: Step, *, is_last: bool) -> str:
    one = step.of
    assert isinstance(one, Stretch)
    paragraph = f" ({one.phase.paragraph})" if one.phase.paragraph else ""
    by = f", when {event(step.told)}" if step.told else ""
    counted = "" if one.counted_from_on == one.since and not by else f", counted from {day(one.counted_from_on)}"
    words = (
        f"From {day(one.since)}{by} this held: {one.phase.title}{paragraph}. The limit is then {one.phase.limit.words}"
    )
    runs = f", which {'runs' if is_last else 'would have run'} to {day(one.due_on)}"
    return f"{words}{counted}{runs}{'' if is_last else ', had nothing changed before'}."


def _pause(begun: Told, ended: Told | None) -> str:
    starts = f"From {day(begun.happened_on)}, when {event(begun)}"
    if ended is None:
        return f"{starts}, the days do not count, and nothing is recorded that ends this. So there is no due date yet."
    stood = several((ended.happened_on - begun.happened_on).days, "day")
    return (
        f"{starts}, to {day(ended.happened_on)}, when {event(ended)}, the days did not count: the law lets this clock "
        f"stand still. From the day after they counted again, {stood} later."
    )


def _grant(step: Step) -> str:
    one, told = step.of, step.told
    assert isinstance(one, Grant)
    assert told is not None
    decided = f"On {day(told.happened_on)} {event(told)}."
    if one.objection is None:
        return f"{decided} That is lawful, and moves the due date to {day(one.due_on)}."
    return f"{decided} {first(one.objection)}: the due date is {day(one.due_on)}."
