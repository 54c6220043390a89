"""kill -9 of whoever sends, at any moment: nothing untold, nothing counted twice, and a repeat can be recognised.

Each kill is followed by another while of virtual time, so further rungs come due on the way: every rung of every clock
has to be told in the end, each in one letter that arrived.
"""

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
from datetime import datetime

import pytest
from sqlalchemy import select

from rules.model import AlertKey
from rules.rungs import rungs_of
from service import clock, flow
from service.store import clocks, people
from service.store.clocks import CLOCK
from service.store.tables import AlertRow, table
from service.store.telling import messages
from tests.service.mail_cast import (
    MANAGER,
    an_alert,
    council_with,
    fill_the_line,
    plan_alerts,
    settings_for,
    states,
    wall_at,
)
from tests.service.mail_room import Authority, MailServer

TEAMS = 4
LADDER_DAYS = 12
"""Working days after a due date by which the last rung of the ladder has come, and a day more."""
WRITING_S, SENDING_S = 0.2, 0.04
"""About as long as writing the messages of a tick takes, and as sending one of them does: so every moment is hit."""
_NEWS = re.compile(r"^(Newly overdue|Overdue, and passed on to you now) \(([\d,]+)\)$", re.MULTILINE)


@pytest.mark.parametrize("kills", [8, pytest.param(1_000, marks=pytest.mark.soak)])
def test_no_breach_is_untold_when_senders_are_killed(database_url, tmp_path, seed, kills):
    with ready_to_send(database_url, tmp_path) as (council, server, authority, wall):
        kill_senders(council, server, authority, wall, random.Random(seed), kills=kills, workers=1)
        climb(council, wall)
        check(council, server, kills)


@pytest.mark.parametrize("kills", [12, pytest.param(1_000, marks=pytest.mark.soak)])
def test_no_breach_is_untold_when_three_workers_race_and_are_killed(postgres_url, tmp_path, seed, kills):
    """Some of each three are killed and the others go on: on PostgreSQL, where they really do so at once."""
    with ready_to_send(postgres_url, tmp_path) as (council, server, authority, wall):
        kill_senders(council, server, authority, wall, random.Random(seed), kills=kills, workers=3)
        climb(council, wall)
        check(council, server, kills)


@contextmanager
def ready_to_send(database_url, folder, *, teams=TEAMS):
    """Each team's manager reads at an address of their own; those above them are the same for all."""
    authority = Authority(folder / "certificates")
    with MailServer(authority) as server, wall_at() as wall:
        settings = settings_for(database_url, folder, server, authority)
        with council_with(settings, with_people=False) as council:
            fill_the_line(council)
            with council.writing() as db:
                for nth in range(teams):
                    people.put_posts(db, f"team-{nth}", {MANAGER: f"team-{nth}@council.example"})
            yield council, server, authority, wall


def kill_senders(council, server, authority, wall, chance, *, kills, workers) -> None:
    """Waves of breaches, each followed by workers that tell them; as many are killed as is said, at random moments."""
    killed = wave = 0
    with sending_process(council.settings, server, authority) as start:
        while killed < kills:
            due_on = council.calendar.subtract(clock.local(wall.now).date(), 1)
            plan_alerts(
                council,
                [an_alert(f"c{wave}-{i}", team=f"team-{chance.randrange(TEAMS)}", due_on=due_on) for i in range(6)],
            )
            wave += 1
            processes = [start(wall.now) for _ in range(workers)]
            doomed = chance.sample(processes, min(chance.randint(1, workers), kills - killed))
            for process in doomed:
                wait_for_some_moment(server, process, chance)
                with suppress(ProcessLookupError):  # it had finished
                    os.kill(process, signal.SIGKILL)
            killed += len(doomed)
            wait_until(lambda: not any(is_alive(one) for one in processes))  # noqa: B023
            wait_a_while(council, wall)


def wait_for_some_moment(server, process, chance) -> None:
    """A moment while messages are written, or while one of them is being sent."""
    if chance.random() < 0.4:
        time.sleep(chance.uniform(0, WRITING_S))
        return
    nth = server.connections + chance.randint(1, TEAMS)
    wait_until(lambda: server.connections >= nth or not is_alive(process), pause_s=0.001)
    time.sleep(chance.uniform(0, SENDING_S))


def wait_a_while(council, wall) -> None:
    """Past the lease of whoever died; and on to the next working morning, once nobody is told anything any more."""
    wall.wait(minutes=11)
    here, ladders = clock.local(wall.now), council.law.ladders
    if not council.calendar.is_working(here.date()) or not ladders.at <= here.time() < ladders.until:
        go_to_next_morning(council, wall)


def go_to_next_morning(council, wall) -> None:
    on = council.calendar.add(clock.local(wall.now).date(), 1)
    wall.now = datetime.combine(on, council.law.ladders.at, clock.LOCAL)


def climb(council, wall) -> None:
    """Goes on until the last of what is planned has been told, rung by rung. It has to end."""
    last = council.calendar.add(clock.local(wall.now).date(), LADDER_DAYS)
    while clock.local(wall.now).date() <= last:
        for _ in range(3):  # what a dead sender still holds is tried again when its lease has ended
            flow.send_due(council, now=wall.now)
            wall.wait(minutes=11)
        go_to_next_morning(council, wall)
    assert set(states(council)) == {"sent"}


def check(council, server, kills) -> None:
    """Every rung that has come was told, in one row and in one letter that arrived; and a repeat can be recognised."""
    with council.reading() as db:
        rows = db.execute(select(table(AlertRow)).where(table(AlertRow).c.state == "sent")).all()
        sent = {message.message_id for message in messages.newest(db, limit=10**6) if message.state == "sent"}
        running = [clocks.clock_of(row) for row in db.execute(select(CLOCK))]
    come = [rung.key for one in running for rung in rungs_of(one, council.law) if rung.step.is_after]
    told = [AlertKey(row.clock_id, row.step, row.due_on, row.post) for row in rows]
    assert sorted(told) == sorted(come), "each rung of each clock has one row that says it was told"
    received = Counter(server.ids)
    assert {row.message_id for row in rows} <= set(received), "each was told in a letter that arrived"
    assert set(received) == sent
    assert received.total() - len(received) <= kills, "at most one repeat a kill"
    letters = {str(letter["Message-ID"]): letter for letter in server.letters}
    assert all(letter.as_bytes() == letters[str(letter["Message-ID"])].as_bytes() for letter in server.letters)
    assert sum(newly_told(letter) for letter in letters.values()) == len(rows), (
        "nothing is told in two different letters"
    )
    print(f"{kills} kills, {len(running)} clocks, {len(letters)} letters, {received.total() - len(letters)} repeats")


def newly_told(letter) -> int:
    """How many clocks a letter says have newly become overdue, or are passed on to its reader."""
    text = letter.get_body(("plain",)).get_content().replace("\r\n", "\n")
    return sum(int(count.replace(",", "")) for _title, count in _NEWS.findall(text))


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
    with ready_to_send(database_url, tmp_path, teams=50) as (council, server, authority, wall):
        due_on = council.calendar.subtract(clock.local(wall.now).date(), 1)
        plan_alerts(council, [an_alert(f"c{i}", team=f"team-{i % 50}", due_on=due_on) for i in range(size)])
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
        assert len(set(server.ids)) == 50
        climb(council, wall)
        check(council, server, kills=1)


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
