"""Ten thousand children whose clocks are known beforehand, their events shuffled and repeated."""

from __future__ import annotations

import random

from rules.evaluate import evaluate
from rules.loading.build import load_law
from rules.model import Clock
from tests.rules import truth

LAW = load_law("southend", overlays=["demonstration"])
CHILDREN = 10_000


def _shown(clock: Clock) -> truth.Answer:
    dates = [
        on.isoformat() if on else "" for on in (clock.started_on, clock.due_on, clock.target_due_on, clock.stopped_on)
    ]
    return (clock.timescale, clock.measure, clock.key or "", *dates, str(clock.outcome or ""))


def test_ten_thousand_children_have_the_clocks_they_ought_to_have(seed: int):
    dice = random.Random(seed)
    answers = 0
    for nth in range(CHILDREN):
        child = truth.make(dice, f"child-{nth}")
        events = truth.events_of(child, dice)
        sent = events + dice.choices(events, k=len(events) // 3) if events else []
        dice.shuffle(sent)
        expected = truth.answers_of(child)
        assert sorted(_shown(clock) for clock in evaluate(sent, LAW).clocks) == expected, (seed, child)
        answers += len(expected)
    assert answers > CHILDREN  # a generator that makes nothing proves nothing
