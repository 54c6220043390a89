"""Many more histories in many more orders than every day."""

from __future__ import annotations

import random

import pytest

from tests.service.intake_parts import assert_sound, batches, history, opened, send

pytestmark = pytest.mark.soak

HISTORIES, ORDERS = 200, 4


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("nth", range(HISTORIES))
def test_any_order_any_batches_and_any_repeats_come_to_the_same(kind, nth, new_database, tmp_path, seed):
    rng = random.Random(f"{seed} {nth}")
    subjects, sources = rng.randint(1, 5), rng.randint(1, 2)
    documents = history(rng, rng.randint(6, 60), mistakes=rng.random() / 2, subjects=subjects, sources=sources)
    states = set()
    for _order in range(ORDERS):
        council = opened(new_database(kind), tmp_path)
        sent = documents + rng.choices(documents, k=len(documents) // 3)
        rng.shuffle(sent)
        for batch in batches(rng, sent):
            send(council, *batch)
        states.add(assert_sound(council))
        council.engine.dispose()
    assert len(states) == 1
