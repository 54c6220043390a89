"""The same events, in any order, in any batches, however often: the same clocks, alerts and problems."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.service.intake_parts import assert_sound, batches, history, opened, send

HISTORIES, ORDERS = 6, 3


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_order_any_batches_and_any_repeats_come_to_the_same(kind, new_database, tmp_path, seed):
    """And to what evaluating the events from scratch comes to, after every batch of the last order."""
    for nth in range(HISTORIES):
        rng = random.Random(f"{seed} {nth}")
        mistakes = (0, 0.1, 0.4)[nth % 3]
        subjects, sources = rng.randint(1, 4), rng.randint(1, 2)
        documents = history(rng, rng.randint(6, 30), mistakes=mistakes, subjects=subjects, sources=sources)
        states = []
        for order in range(ORDERS):
            council = opened(new_database(kind), tmp_path)
            sent = documents + rng.choices(documents, k=len(documents) // 3)
            rng.shuffle(sent)
            for batch in batches(rng, sent):
                send(council, *batch)
                if order == 0:
                    assert_sound(council)
            states.append(assert_sound(council))
            council.engine.dispose()
        assert all(one == other for one, other in itertools.pairwise(states)), f"history {nth}"
