"""kill -9 of whoever sends, at any moment: nothing untold, nothing counted twice, and a repeat can be recognised."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import select

from service import flow
from service.store import messages, people
from service.store.tables import AlertRow, table
from tests.service.mail_cast import MANAGER, an_alert, council_with, plan_alerts, settings_for, states, wall_at
from tests.service.mail_room import Authority, MailServer

TEAMS = 4
WRITING_S, SENDING_S = 0.2, 0.04
"""About as long as writing the messages of a tick takes, and as sending one of them does: so every moment is hit."""


@pytest.mark.parametrize("kills", [8, pytest.param(1_000, marks=pytest.mark.soak)])
def test_no_breach_is_untold_when_senders_are_killed(database_url, tmp_path, seed, kills):
    chance = random.Random(seed)
    authority = Authority(tmp_path / "certificates")
    with ready_to_send(database_url, tmp_path, authority) as (council, server, wall):
        planned = kill_senders(council, server, authority, wall, chance, kills)
        while set(states(council)) != {"sent"}:
            wall.wait(minutes=11)
            flow.send_due(council, now=wall.now)
        check(council, server, planned, kills)


@contextmanager
def ready_to_send(database_url, folder, authority):
    with MailServer(authority) as server, wall_at() as wall:
        settings = settings_for(database_url, folder, server, authority)
        with council_with(settings, with_people=False) as council:
            with council.writing() as db:
                people.put_posts(db, "", {MANAGER: "duty@council.example"})
            yield council, server, wall


def kill_senders(council, server, authority, wall, chance, kills) -> int:
    planned = 0
    with sending_process(council.settings, server, authority) as start:
        for _ in range(kills):
            wave = [an_alert(f"c{planned + i}", team=f"team-{chance.randrange(TEAMS)}") for i in range(6)]
            plan_alerts(council, wave)
            planned += len(wave)
            process = start(wall.now)
            wait_for_some_moment(server, process, chance)
            with suppress(ProcessLookupError):  # it had finished
                os.kill(process, signal.SIGKILL)
            wall.wait(minutes=11)  # past the lease of whoever died
    return planned


def wait_for_some_moment(server, process, chance) -> None:
    """A moment while messages are written, or while one of them is being sent."""
    if chance.random() < 0.4:
        time.sleep(chance.uniform(0, WRITING_S))
        return
    nth = server.connections + chance.randint(1, TEAMS)
    wait_until(lambda: server.connections >= nth or not is_alive(process), pause_s=0.001)
    time.sleep(chance.uniform(0, SENDING_S))


def check(council, server, planned, kills) -> None:
    with council.reading() as db:
        rows = db.execute(select(table(AlertRow))).all()
        sent = {message.message_id for message in messages.newest(db, limit=10**6) if message.state == "sent"}
    received = Counter(server.ids)
    assert len(rows) == planned, "every alert has one row"
    assert {row.message_id for row in rows} <= set(received), "each was told in a letter that arrived"
    assert set(received) == sent
    assert received.total() - len(received) <= kills, "at most one repeat a kill"
    letters = {str(letter["Message-ID"]): letter for letter in server.letters}
    assert all(letter.as_bytes() == letters[str(letter["Message-ID"])].as_bytes() for letter in server.letters)
    told = sum(int(re.match(r"\d+", str(letter["Subject"])).group()) for letter in letters.values())
    assert told == planned, "the counts in the subjects add up: nothing is told in two different letters"
    print(f"{kills} kills, {planned} alerts, {len(letters)} letters, {received.total() - len(letters)} repeats")


@contextmanager
def sending_process(settings, server, authority):
    """`start(moment)` → the id of a process that is sending what is due at that moment."""
    arguments = [settings.database_url, str(settings.data_dir), server.url, str(authority.ca_file)]
    command = [sys.executable, "-m", "tests.service.mail_sending_process", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"

        def start(moment) -> int:
            process.stdin.write(moment.isoformat() + "\n")
            process.stdin.flush()
            return int(process.stdout.readline().split()[0])

        yield start
        process.stdin.close()


@pytest.mark.parametrize("size", [300, pytest.param(10_000, marks=pytest.mark.soak)])
def test_a_paused_sender_that_wakes_repeats_nothing_under_another_name(database_url, tmp_path, size):
    """Ten thousand alerts, three replicas, and one of them is stopped for longer than its lease."""
    authority = Authority(tmp_path / "certificates")
    with ready_to_send(database_url, tmp_path, authority) as (council, server, wall):
        plan_alerts(council, [an_alert(f"c{i}", team=f"team-{i % 50}") for i in range(size)])
        with sending_process(council.settings, server, authority) as start:
            # It is stopped while it waits for the mail server: stopped with the lock of an SQLite file in its hand it
            # would keep everybody waiting, and prove nothing about mail.
            server.is_busy = True
            paused = start(wall.now)
            assert server.kept_waiting.wait(60)
            os.kill(paused, signal.SIGSTOP)
            server.is_busy = False
            try:
                wall.wait(minutes=11)
                others = [start(wall.now) for _ in range(2)]
                wait_until(lambda: states(council) == {"sent": size} or not any(is_alive(one) for one in others))
            finally:
                os.kill(paused, signal.SIGCONT)
            wait_until(lambda: not any(is_alive(one) for one in (paused, *others)))
        wall.wait(minutes=11)
        flow.send_due(council, now=wall.now)
        assert states(council) == {"sent": size}
        check(council, server, size, kills=1)


def is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def wait_until(is_so, *, within_s: float = 120, pause_s: float = 0.05) -> None:
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until, "it took too long"
        time.sleep(pause_s)
