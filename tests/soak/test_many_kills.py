"""A thousand kills of intake on each database, and fifty of the whole server."""

from __future__ import annotations

import random

import pytest

from tests.service.intake_parts import opened
from tests.stories.killing import Sender, kill_and_check, kill_intakes, kill_servers, many_histories

pytestmark = pytest.mark.soak

ROUNDS, KILLS_A_ROUND, KILLS_OF_SERVERS = 10, 100, 50


@pytest.mark.parametrize("nth", range(ROUNDS))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_while_two_processes_take_events_in(kind, nth, new_database, tmp_path, seed, capsys):
    rng = random.Random(f"{seed} {nth}")
    council = opened(new_database(kind), tmp_path)
    senders = [Sender(many_histories(rng, 4 * KILLS_A_ROUND, name=name), rng) for name in ("a", "b")]
    bound = kill_and_check(council, kill_intakes, senders, KILLS_A_ROUND, rng)
    with capsys.disabled():
        print(f"\n{kind}, intake, round {nth + 1} of {ROUNDS}: {bound}")


def test_killed_while_the_whole_server_answers(database_url, tmp_path, seed, capsys):
    rng = random.Random(seed)
    council = opened(database_url, tmp_path)
    senders = [Sender(many_histories(rng, 80 * KILLS_OF_SERVERS, name="a"), rng)]
    bound = kill_and_check(council, kill_servers, senders, KILLS_OF_SERVERS, rng)
    with capsys.disabled():
        print(f"\n{council.engine.dialect.name}, server: {bound}")
