"""Events in over HTTP: ours, with evaluation, journal, alerts, audit and a durable commit, against a bare handler.

The bare one is FastAPI, checks one pydantic model and commits one row. Same server, database settings, client and run.
"""

from __future__ import annotations

import json
import socket
import statistics
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel
from sqlalchemy import insert
from sqlmodel import Field, Session, SQLModel, create_engine

from service.access import keys
from service.app import create_app
from service.council import open_council
from service.serving import PatientProtocol
from service.settings import Settings
from service.store.session import open_store, writing
from service.store.tables import EventRow, table
from tests.bench.events import EVENTS_A_CHILD, bodies
from tests.bench.facts import ROOM
from tests.bench.serving import served
from tests.postgres import temporary_server

_CHILDREN = 60
_ROUNDS = 5
_CLIENTS = 4
_ARRAYS = 12
_A_THOUSAND = 1_000


class BareEvent(BaseModel):
    """What the bare handler checks."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    data: dict[str, object]


class BareRow(SQLModel, table=True):
    """What the bare handler stores."""

    __tablename__ = "bare"

    seq: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    subject: str
    body: str


def run() -> None:
    """Prints the ratios for one event and for arrays, on both databases."""
    with tempfile.TemporaryDirectory(dir=ROOM) as folder:
        _measure("SQLite", f"sqlite:///{folder}/ours.db", f"sqlite:///{folder}/bare.db")
    with temporary_server(durable=True) as url:
        _measure("PostgreSQL", url, url)


def _measure(name: str, ours: str, bare: str) -> None:
    children = iter(range(0, 10_000_000, _CHILDREN))
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data), database_url=ours, authority="england")
        council = open_council(settings)
        key = keys.add(council, "bench", ["events:write"], actor="bench")
        council.engine.dispose()
        with served(_serve_ours, settings) as port, served(_serve_bare, bare) as bare_port:
            for clients in (1, _CLIENTS):
                pairs = []
                for _ in range(_ROUNDS):  # in turn, so that a drift of the machine meets both
                    singles = _bodies(next(children))
                    pairs.append((_rate(port, key, singles, clients), _rate(bare_port, key, singles, clients)))
                _print(f"{name}: one event a request, {clients} at a time", pairs, "bare handler", "goal 0.5, aim 0.7")
            arrays = [
                [b"[" + b",".join(bodies(_A_THOUSAND, ends_on=date.today(), first_child=next(children) + 10**7)) + b"]"]
                for _ in range(_ARRAYS)
            ]
            rate = [_A_THOUSAND * _rate(port, key, array, 1) for array in arrays]
        inserts = [_bare_inserts(ours) for _ in range(_ROUNDS)]
    pairs = list(zip(rate, inserts * 3, strict=False))
    _print(f"{name}: arrays of 1,000 by child", pairs, "bare bulk inserts", "goal 8,000 a second")


def _bodies(first_child: int) -> list[bytes]:
    return bodies(_CHILDREN * EVENTS_A_CHILD, ends_on=date.today(), first_child=first_child)


def _print(what: str, pairs: list[tuple[float, float]], peer: str, goal: str) -> None:
    ours = statistics.median(one for one, _other in pairs)
    theirs = statistics.median(other for _one, other in pairs)
    ratios = sorted(one / other for one, other in pairs)
    middle = statistics.median(ratios)
    print(
        f"{what}: {ours:,.0f} events/s, {peer} {theirs:,.0f}/s; ratio {middle:.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f})   ({goal})",
        flush=True,
    )


def _bare_inserts(url: str) -> float:
    """The same rows, inserted in one transaction a thousand, and nothing else."""
    engine = open_store(url)
    stamp = f"{time.perf_counter_ns()}"
    with writing(engine) as db:
        sample = db.execute(table(EventRow).select().limit(_A_THOUSAND)).mappings().all()
    rows = [{**row, "seq": None, "source": f"bare {stamp}"} for row in sample]
    for row in rows:
        del row["seq"]
    start = time.perf_counter()
    with writing(engine) as db:
        db.execute(insert(table(EventRow)), rows)
    took = time.perf_counter() - start
    engine.dispose()
    return len(rows) / took


def _rate(port: int, key: str, sent: list[bytes], clients: int) -> float:
    """Requests answered a second, over connections that stay open; each child's events keep their order."""
    requests = [_request(key, body) for body in sent]
    each = (len(requests) // clients) // EVENTS_A_CHILD * EVENTS_A_CHILD or len(requests)
    shares = [requests[nth * each : (nth + 1) * each] for nth in range(clients)]
    threads = [threading.Thread(target=_send, args=(port, share)) for share in shares]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(map(len, shares)) / (time.perf_counter() - start)


def _request(key: str, body: bytes) -> bytes:
    return (
        b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer "
        + key.encode()
        + b"\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


def _send(port: int, requests: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            wire.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += wire.recv(65_536)
            head, _, rest = answer.partition(b"\r\n\r\n")
            assert head.startswith((b"HTTP/1.1 201", b"HTTP/1.1 200")), answer[:500]
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
            while len(rest) < length:
                rest += wire.recv(65_536)


def _serve_ours(settings: Settings, port: int) -> None:
    app = create_app(open_council(settings))
    uvicorn.run(app, port=port, http=PatientProtocol, access_log=False, log_level="error")


def _serve_bare(url: str, port: int) -> None:
    if url.startswith("sqlite"):
        engine = open_store(url)  # the same durability: synchronous=FULL, BEGIN IMMEDIATE for what writes
        engine = engine.execution_options(writes=True)
    else:
        engine = create_engine(url)
    SQLModel.metadata.create_all(engine, tables=[BareRow.__table__])  # type: ignore[attr-defined]
    app = FastAPI()

    @app.post("/v1/events", status_code=201)
    def post(event: BareEvent) -> Response:
        with Session(engine) as session:
            body = json.dumps(event.data)
            session.add(BareRow(source=event.source, event_id=event.id, subject=event.subject, body=body))
            session.commit()
        return Response(b"{}", 201, media_type="application/json")

    uvicorn.run(app, port=port, access_log=False, log_level="error")
