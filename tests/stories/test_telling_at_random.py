"""Lives made up by chance, in virtual time, against the oracle: at every tick the letters that ought to come, no other.

A failure prints its seed; ``TIMESCALES_TEST_SEED`` repeats the run. The full figure is in ``tests/soak``.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.stories.playing import play

SEEDS, DAYS = 2, 70


@pytest.mark.parametrize("nth", range(SEEDS))
def test_whatever_happens_everybody_is_told_what_they_ought_to_be(found, post_office, seed, nth, capsys):
    rng = random.Random(f"{seed} {nth}")
    begins = date(2025, 9, 1) + timedelta(days=rng.randrange(365))
    played = play(found, post_office, rng, begins, DAYS)
    with capsys.disabled():
        print(f"\n{seed} {nth}: {played}")
