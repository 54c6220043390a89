"""Senders and the processes they send to, which are killed without warning."""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from service.access import keys
from service.council import Council
from service.serving import serve_council
from service.store.session import open_store
from tests.service.intake_parts import assert_sound, batches, history, send
from tests.stories.checker import check, upper_bound

Ref = tuple[str, str]
Batch = list[Any]
Kill = Callable[[Council, Sequence["Sender"], int, random.Random], int]

_FORK = multiprocessing.get_context("fork")  # a child starts with everything imported: milliseconds, not seconds
_LONGEST_S = 0.06
_AT_WORK = "at work\n"


class Sender:
    """Sends its batches in order, and each again until it is acknowledged; keeps what the answers said."""

    def __init__(self, documents: Sequence[Any], rng: random.Random) -> None:
        self.batches = list(batches(rng, documents, most=3))
        self.done = 0
        self.acknowledged: dict[Ref, list[str]] = {}

    @property
    def is_done(self) -> bool:
        return self.done == len(self.batches)

    @property
    def sent(self) -> list[Any]:
        """Every event that was acknowledged."""
        return [one for batch in self.batches[: self.done] for one in batch]

    def note(self, answer: Sequence[tuple[str, str, list[str]]]) -> None:
        """The next batch was acknowledged: each of its events, and the clocks it moved."""
        self.acknowledged |= {(source, id): clocks for source, id, clocks in answer}
        self.done += 1


def many_histories(rng: random.Random, count: int, *, name: str) -> list[Any]:
    """Small histories one after another, so that a long run does not slow down; corrections and merges among them."""
    documents = []
    for nth in range(count):
        own = history(rng, 8, mistakes=0.3, subjects=2, sources=1, name=f"{name}-{nth}")
        for one in own:
            one["id"] = f"{name}-{nth}-{one['id']}"
            for aim in ("supersedes", "withdraws"):
                if aim in one["data"]:
                    one["data"][aim] = f"{name}-{nth}-{one['data'][aim]}"
        documents += own
    return documents


def kill_and_check(council: Council, kill: Kill, senders: Sequence[Sender], kills: int, rng: random.Random) -> str:
    """Kills, sends again what had no answer, and checks; gives what no failure in so many kills says."""
    killed = kill(council, senders, kills, rng)
    council.engine.dispose()
    acknowledged = {ref: clocks for sender in senders for ref, clocks in sender.acknowledged.items()}
    verdict = check(council.settings.store_url, [one for sender in senders for one in sender.sent], acknowledged)
    assert verdict.is_clean, verdict
    assert_sound(council)
    council.engine.dispose()
    assert len(acknowledged) > kills, "they were killed before they could do any harm"
    return upper_bound(killed)


# ---- straight into the flow ------------------------------------------------------------------------------------------


def kill_intakes(council: Council, senders: Sequence[Sender], kills: int, rng: random.Random) -> int:
    """Processes that take events in, one a sender, killed at random until ``kills`` were.

    Then each sender sends once more what it last had no answer to.
    """
    _begin(council, senders)
    killed = 0
    while killed < kills:
        killed += sum([stop() for stop in [_intake(council, sender, rng) for sender in senders]])
        assert not any(sender.is_done for sender in senders), "give the senders more to send"
    for sender in senders:
        sender.note(_answer(send(council, *sender.batches[sender.done])))
    return killed


def _begin(council: Council, senders: Sequence[Sender]) -> None:
    """The first batches, so that every statement is made already, and the children begin with work."""
    for sender in senders:
        for batch in sender.batches[:8]:
            sender.note(_answer(send(council, *batch)))
    council.engine.dispose()  # a connection must not cross into a child


def _intake(council: Council, sender: Sender, rng: random.Random) -> Callable[[], int]:
    """Starts a process; what it gives kills it after a random while, and says whether it was at work when killed."""
    acknowledging, telling = os.pipe()
    lasts = rng.uniform(0, _LONGEST_S)
    process = _FORK.Process(target=_take_in, args=(council, sender.batches[sender.done :], telling))
    process.start()
    os.close(telling)

    def stop() -> int:
        with open(acknowledging, encoding="utf-8") as told:
            assert told.readline() == _AT_WORK
            time.sleep(lasts)
            process.kill()
            process.join()
            for line in told:
                if line.endswith("\n"):  # half an acknowledgement is none
                    sender.note(json.loads(line))
        return int(process.exitcode == -signal.SIGKILL)

    return stop


def _take_in(council: Council, batches: Sequence[Batch], telling: int) -> None:
    own = replace(council, engine=open_store(council.settings.store_url))
    with own.reading():
        os.write(telling, _AT_WORK.encode())
    for batch in batches:
        os.write(telling, json.dumps(_answer(send(own, *batch))).encode() + b"\n")


def _answer(receipts: Sequence[Any]) -> list[tuple[str, str, list[str]]]:
    return [(*receipt.ref, [note.clock_id for note in receipt.notes]) for receipt in receipts]


# ---- over HTTP -------------------------------------------------------------------------------------------------------


def kill_servers(council: Council, senders: Sequence[Sender], kills: int, rng: random.Random) -> int:
    """The whole server, killed at random while a sender posts to it, and started again; the same at the end."""
    (sender,) = senders
    key = keys.add(council, "sender", ["events:write"], actor="test")
    council.engine.dispose()
    killed = 0
    while killed < kills:
        with _served(council) as (port, process):
            until = time.monotonic() + rng.uniform(0, 0.5)
            sending = _FORK.Process(target=_kill_at, args=(process.pid, until))
            sending.start()
            with contextlib.suppress(OSError, http.client.HTTPException):
                _post_until_gone(port, key, sender)
            sending.join()
            process.join()
            killed += int(process.exitcode == -signal.SIGKILL)
        assert not sender.is_done, "give the sender more to send"
    with _served(council) as (port, _process):
        sender.batches = sender.batches[: sender.done + 1]
        _post_until_gone(port, key, sender)
    return killed


def _kill_at(pid: int, until: float) -> None:
    time.sleep(max(0, until - time.monotonic()))
    os.kill(pid, signal.SIGKILL)


def _post_until_gone(port: int, key: str, sender: Sender) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as wire:
        _post(wire, key, sender)


def _post(wire: http.client.HTTPConnection, key: str, sender: Sender) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    while not sender.is_done:
        wire.request("POST", "/v1/events", json.dumps(sender.batches[sender.done]), headers)
        answer = wire.getresponse()
        items = json.loads(answer.read())["items"]
        assert answer.status == 200
        assert {item["status"] for item in items} <= {200, 201}
        sender.note([(item["source"], item["id"], [clock["id"] for clock in item["clocks"]]) for item in items])


@contextlib.contextmanager
def _served(council: Council) -> Iterator[tuple[int, Any]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = _FORK.Process(target=_serve, args=(council, port))
    process.start()
    try:
        _wait_for(port, process)
        yield port, process
    finally:
        process.kill()
        process.join()


def _serve(council: Council, port: int) -> None:
    settings = council.settings.model_copy(update={"port": port, "log_level": "error"})
    serve_council(replace(council, settings=settings, engine=open_store(settings.store_url)))


def _wait_for(port: int, process: Any) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.is_alive(), "the server did not start"
            time.sleep(0.01)
