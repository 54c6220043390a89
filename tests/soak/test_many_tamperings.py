"""A thousand times somebody changes the trail, on each database: found every time, and where it was."""

from __future__ import annotations

import random

import pytest

from service.store.session import open_store
from tests.service.trail_cast import WAYS, found_after, judge, write_trail

pytestmark = pytest.mark.soak

TIMES = 1_000


def test_a_thousand_tamperings_are_found_and_located(database_url, seed):
    engine = open_store(database_url)
    write_trail(engine, random.Random(seed))
    rng = random.Random(f"tamper {seed}")
    print(f"seed {seed}")
    for nth in range(TIMES):
        judge(*found_after(engine, WAYS[nth % len(WAYS)], rng))
    engine.dispose()
