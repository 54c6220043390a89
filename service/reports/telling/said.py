"""What the figures of telling mean, in plain words: the same on the page and in the report."""

from __future__ import annotations

from collections.abc import Sequence

from rules.telling.who import posts_words, rung_words
from service.reports.telling.figures import RungFigure, Share
from service.reports.telling.window import NUMBERS
from service.reports.words import counted

_FIRST = "breach"
"""What the rung is called everywhere that says first that the date has passed."""

MAILS = (
    "For each reader a week, on average and at most. Counted are digests and what was told at once, that went, in the "
    "week of the day they were written for. Who holds a post is its reader; a reader counts in the weeks in which "
    "anything went to them. Readers: the most in any one week. Reports and the service’s own alarms are not counted."
)
ACTED_ON = (
    "Acted on is a duty that was met in time, or for which somebody made a plan by the end of the day it was due. "
    "Counted are duties that were due in these weeks and that a post was warned of before the date had passed. A plan "
    "is not the duty met, so the two stand apart. What fell away, or has dates that cannot be right, is not counted; "
    "what is owed still was not met in time. Rungs are those of the ladders as they are now; where a date has moved, "
    "only warnings of the new one count."
)
RUNGS = (
    "Of the clocks told of at a rung: for how many something happened within "
    f"{counted(NUMBERS.act_within_working_days, 'working day')} of telling, and before the day on which the next rung "
    "was told. Something happened where the clock stopped, or it was recorded that it had stopped before, or somebody "
    "made a plan for it. What was told so lately that those days are not over is not counted, nor what was told of a "
    "date that has moved since."
)
THOUGHT = (
    f"A rung told of at least {counted(NUMBERS.fewest_told, 'clock')} that changed something for fewer than "
    f"{NUMBERS.changes_little_below_percent} in a hundred is worth a thought. Where nothing is recorded, nothing can "
    "be seen to happen: look first whether events come in as usual."
)
UNLIKE = (
    "The two are not like for like: what is done early is never warned of, some ladders warn only on the day, and a "
    "team that is not told of anything yet is in here too."
)


def verdict(one: RungFigure) -> str:
    """What a rung's figures say."""
    if not one.is_enough:
        return "Too few to say"
    return "Changes little or nothing" if one.changes_little else "Something happens"


def thoughts(after: Sequence[RungFigure]) -> list[str]:
    """What is worth a thought: the rungs that change little; or, where none changes anything at all, why that may be.

    Ladders that are all useless are less likely than ends that nobody records, so nothing is said against any one.
    """
    enough = [one for one in after if one.is_enough]
    if len(enough) > 1 and not any(one.changed for one in enough):
        return [
            "No rung was followed by anything. Before any is dropped, look whether what is done is recorded at all."
        ]
    return [_advice(one) for one in enough if one.changes_little]


def _advice(one: RungFigure) -> str:
    """A breach is always told to somebody: the rung that says so first is never one to drop."""
    cases = counted(one.unchanged, "case") if not one.changed else f"{one.unchanged:,} of {counted(one.told, 'case')}"
    thought = "ask why; somebody has to be told of it" if one.step.id == _FIRST else "think about dropping or moving it"
    telling = f"telling {posts_words([one.step.post])} {rung_words(one.step)} has changed nothing in {cases}"
    return f"{one.ladder}: {telling}: {thought}."


def acted_on(one: Share) -> str:
    """``4 of 5 acted on (80%): 3 met in time, 1 planned for``."""
    return (
        f"{one.acted_on:,} of {one.whole:,} acted on ({one.percent}%): "
        f"{one.met:,} met in time, {one.planned:,} planned for"
    )
