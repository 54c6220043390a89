"""Killed without warning at any moment of intake: no acknowledged event is lost, doubled or half-applied.

A sender keeps what it was answered, and sends again what it was not. Afterwards a checker reads the database and what
the senders know, and nothing else; and the clocks are compared with those computed from the events alone.
"""

from __future__ import annotations

import random

import pytest

from tests.service.intake_parts import opened
from tests.stories.checker import upper_bound
from tests.stories.killing import Sender, kill_and_check, kill_intakes, kill_servers, many_histories

KILLS_OF_INTAKE, KILLS_OF_SERVERS = 100, 5


def test_killed_while_two_processes_take_events_in(database_url, tmp_path, seed, capsys):
    rng = random.Random(seed)
    council = opened(database_url, tmp_path)
    senders = [Sender(many_histories(rng, 3 * KILLS_OF_INTAKE, name=name), rng) for name in ("a", "b")]
    bound = kill_and_check(council, kill_intakes, senders, KILLS_OF_INTAKE, rng)
    with capsys.disabled():
        print(f"\n{council.engine.dialect.name}, intake: {bound}")


def test_killed_while_the_whole_server_answers(database_url, tmp_path, seed, capsys):
    rng = random.Random(seed)
    council = opened(database_url, tmp_path)
    senders = [Sender(many_histories(rng, 80 * KILLS_OF_SERVERS, name="a"), rng)]
    bound = kill_and_check(council, kill_servers, senders, KILLS_OF_SERVERS, rng)
    with capsys.disabled():
        print(f"\n{council.engine.dialect.name}, server: {bound}")


@pytest.mark.parametrize(("kills", "bound"), [(100, "2.95%"), (1_000, "0.30%"), (10_000, "0.03%")])
def test_the_bound_is_the_rate_at_which_no_failure_is_seen_one_time_in_twenty(kills, bound):
    assert bound in upper_bound(kills)
