"""The server as it runs: slow and vanishing clients, long bodies, what it logs, and how it stops."""

from __future__ import annotations

import json
import socket
import time

import httpx
import psutil
import pytest
from sqlalchemy import create_engine, text

from service.bulk import LINES_AT_A_TIME
from tests.service.intake_parts import discussion
from tests.service.real_server import Command

HEADER_S, BODY_S = 2.0, 0.8
CANARY = "Zorblax-4477"


class Running:
    """A command's server, a key for it, and requests written by hand."""

    def __init__(self, command, server, key):
        self.command, self.server, self.key = command, server, key

    def head(self, length, kind="application/json", path="/v1/events"):
        return (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    def post(self, content, kind="application/json"):
        return self.ask("POST", "/v1/events", content=content, headers={"Content-Type": kind})

    def ask(self, method, path, **given):
        headers = {"Authorization": f"Bearer {self.key}", **given.pop("headers", {})}
        return httpx.request(method, self.server.address + path, headers=headers, timeout=30, **given)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request, new_database, tmp_path_factory):
    settings = {"header_seconds": str(HEADER_S), "body_seconds": str(BODY_S)}
    command = Command(new_database(request.param), tmp_path_factory.mktemp("server"), **settings)
    key = command.key("tester", "events:write", "events:read", "clocks:read", "people:write")
    with command.serving() as server:
        yield Running(command, server, key)
        assert server.stop() == 0
        assert CANARY not in server.written()


def read_to_end(wire, within):
    """What comes until the other side closes, and how long that took. Fails where it does not."""
    wire.settimeout(within)
    begun, parts = time.monotonic(), []
    while part := wire.recv(65_536):
        parts.append(part)
    return b"".join(parts), time.monotonic() - begun


def send_until_refused(wire, byte, within):
    """Trickles a byte at a time until the other side has closed. Fails where it does not."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            wire.sendall(byte)
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("it is still open")


def test_headers_that_do_not_come_close_the_connection_however_they_trickle(running):
    wires = [running.server.connect() for _ in range(30)]
    for nth, wire in enumerate(wires):
        wire.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Slow: "[: nth * 2])
    trickle = running.server.connect()
    trickle.sendall(b"GET /")
    begun = time.monotonic()
    send_until_refused(trickle, b"a", 5)
    assert time.monotonic() - begun > HEADER_S * 0.8, "it had no time"
    for wire in wires:
        assert read_to_end(wire, 3)[0] in (b"", b"HTTP/1.1 400 Bad Request")
        wire.close()
    trickle.close()


def test_a_second_request_on_one_connection_has_no_longer(running):
    with running.server.connect() as wire:
        for _twice in range(2):
            wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while not answer.endswith(b'{"status":"ok"}'):
                answer += wire.recv(65_536)
            time.sleep(HEADER_S * 1.5)  # between requests a connection may rest
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHos")
        read_to_end(wire, 10)


@pytest.mark.parametrize("path", ["/v1/events", "/v1/posts"])
def test_a_body_that_stalls_is_408_and_the_connection_is_closed(running, path):
    body = json.dumps(discussion("c-stall", "e-stall", "2026-03-02")).encode()
    head = running.head(len(body), path=path)
    with running.server.connect() as wire:
        wire.sendall((head if path == "/v1/events" else head.replace(b"POST", b"PUT")) + body[:20])
        answer, took = read_to_end(wire, BODY_S + 5)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert took > BODY_S * 0.8, "it had no time"
    assert running.ask("GET", "/v1/subjects/c-stall/events").status_code == 404


def test_a_body_that_trickles_gets_no_more_time_than_one_that_stalls(running):
    with running.server.connect() as wire:
        wire.sendall(running.head(1_000))
        send_until_refused(wire, b" ", BODY_S + 5)


def test_lines_that_stall_say_how_far_they_are_durable(running):
    sent = (discussion("c-l", f"l-{nth}", "2026-03-02") for nth in range(LINES_AT_A_TIME + 500))
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in sent)
    with running.server.connect() as wire:
        wire.sendall(running.head(len(lines) + 100, "application/x-ndjson") + lines)
        answer, _took = read_to_end(wire, BODY_S + 20)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    totals = json.loads(body)["totals"]
    assert totals["last_durable_line"] == totals["new"] == LINES_AT_A_TIME
    events = running.ask("GET", "/v1/subjects/c-l/events").json()["events"]
    assert len(events) == LINES_AT_A_TIME
    assert running.post(lines, "application/x-ndjson").json()["totals"]["repeated"] == LINES_AT_A_TIME


def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_and_no_defect(running):
    body = json.dumps(discussion("c-gone", "e-gone", "2026-03-02")).encode()
    for kind in ("application/json", "application/x-ndjson"):
        with running.server.connect() as wire:
            wire.sendall(running.head(len(body) + 10, kind) + body)
            wire.shutdown(socket.SHUT_RDWR)
    time.sleep(0.3)
    assert running.ask("GET", "/v1/subjects/c-gone/events").status_code == 404
    assert "defect" not in running.server.written()


def test_lines_without_end_are_taken_in_the_memory_of_a_few(running):
    """Forty megabytes of lines, each as long as a line may be."""
    line = json.dumps(discussion("c-long", "e-long", "2026-03-02")).encode().ljust(60_000) + b"\n"
    process = psutil.Process(running.server.process.pid)
    running.post(line * 5, "application/x-ndjson")
    before, most = process.memory_info().rss, 0

    def lines():
        nonlocal most
        for _ in range(700):
            most = max(most, process.memory_info().rss)
            yield line

    answer = running.post(lines(), "application/x-ndjson")
    assert answer.json()["totals"]["repeated"] == 700
    assert most - before < 20 * 2**20


def test_a_length_that_cannot_be_right_or_two_of_them_store_nothing(running):
    body = json.dumps(discussion("c-cl", "e-cl", "2026-03-02")).encode()
    for lengths in (
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\nContent-Length: 500\r\n",
        b"Content-Length: x\r\n",
    ):
        with running.server.connect() as wire:
            head = running.head(0).replace(b"Content-Length: 0\r\n", lengths)
            wire.sendall(head + body)
            assert read_to_end(wire, 5)[0].startswith(b"HTTP/1.1 400 ")
    assert running.ask("GET", "/v1/subjects/c-cl/events").status_code == 404


# ---- what is never written down --------------------------------------------------------------------------------------


def test_nothing_about_a_child_stands_in_an_error_or_in_the_log_even_of_a_defect(running):
    """Names and numbers in every field; then a stored row that cannot be read, which is a defect like any other."""
    event = discussion(
        CANARY, CANARY, "2026-03-02", source=CANARY, key=CANARY, worker=CANARY, team=CANARY, agencies=CANARY
    )
    assert running.post(json.dumps(event)).status_code == 201
    with_other = {**event, "data": {**event["data"], "key": f"{CANARY}-other"}}
    answers = [
        running.post(json.dumps(with_other)),
        running.post(json.dumps({**event, CANARY: CANARY})),
        running.post(json.dumps([{**event, "id": f"{CANARY}-2", "type": CANARY}])),
        running.post(CANARY, CANARY),
        running.ask("GET", f"/v1/clocks?{CANARY}={CANARY}"),
        running.ask("GET", f"/{CANARY}"),
        running.ask("PUT", "/v1/posts", json={"posts": {CANARY: CANARY}}),
        httpx.get(running.server.address + "/v1/clocks", headers={"Authorization": f"Bearer {CANARY}"}),
    ]
    engine = create_engine(running.command.environment["TIMESCALES_DATABASE_URL"])
    with engine.begin() as db:
        db.execute(text("UPDATE event SET data = :data WHERE subject = :ref"), {"data": f"{{{CANARY}", "ref": CANARY})
    engine.dispose()
    later = {**event, "id": "later"}
    answers.append(running.post(json.dumps(later)))
    assert answers[-1].status_code == 500
    assert answers[-1].json()["type"].endswith("defect")
    assert all(answer.status_code < 500 for answer in answers[:-2])
    for answer in answers:
        assert CANARY not in answer.text + str(answer.headers)
    assert "a request met a defect" in running.server.written()
    assert CANARY not in running.server.written()
    assert running.ask("GET", "/healthz").status_code == 200
