"""The tracker's pages over HTTP, signed in, beside a million events of some forty thousand children.

The peer is the plain way to build such a page: FastAPI, SQLModel and Jinja, the first fifty rows of the same table, and
one audit row committed as durably. The ceiling is an answer of the same server that asks the database nothing.
`python -m tests.bench pages 50000` is the same for fewer events.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from jinja2 import Template
from sqlalchemy import func, select, text
from sqlmodel import Field, Session, SQLModel
from sqlmodel import select as select_models
from starlette.responses import HTMLResponse, PlainTextResponse

from rules.model import DUTY
from service.access import sessions
from service.app import create_app
from service.council import Council, open_council
from service.serving import PatientProtocol
from service.settings import Settings
from service.store import people
from service.store.clocks import CLOCK
from service.store.session import open_store
from service.store.tables import ClockRow
from tests.bench.council import AUTHORITY, command
from tests.bench.facts import ROOM, timed
from tests.bench.lives import lines
from tests.bench.serving import served
from tests.postgres import temporary_server

EVENTS = 1_000_000
_ASKED = 200
_SEED = 11
_GOALS = {"team page": 150, "child page": 100}
"""Milliseconds at the 95th percentile."""


def run(count: int = EVENTS, kinds: Sequence[str] = ("sqlite", "postgresql")) -> None:
    """Prints the middle and the 95th percentile of each page, beside a peer and the ceiling, on either database."""
    for kind in kinds:
        print(f"{kind}:", flush=True)
        with tempfile.TemporaryDirectory(dir=ROOM) as folder, ExitStack() as stack:
            url = "" if kind == "sqlite" else stack.enter_context(temporary_server())
            _measure(Settings(data_dir=Path(folder), database_url=url, authority=AUTHORITY), Path(folder), count)


def _measure(settings: Settings, folder: Path, count: int) -> None:
    council = open_council(settings, demonstrate=True)
    _fill(council, folder / "council.ndjson", count)
    cookies, asked = _cookies(council), _asked(council)
    council.engine.dispose()
    with served(_serve_peer, settings) as port:
        peer = _measured(f"http://127.0.0.1:{port}", ["/rows"] * _ASKED, "")
        ceiling = _measured(f"http://127.0.0.1:{port}", ["/nothing"] * _ASKED, "")
    print(f"peer {_words(peer)}; ceiling {_words(ceiling)}", flush=True)
    with served(_serve_ours, settings) as port:
        for name, (who, paths) in asked.items():
            took = _measured(f"http://127.0.0.1:{port}", paths, cookies[who])
            goal = f" (goal {_GOALS[name]} ms)" if name in _GOALS else ""
            ratio = _at(peer, 0.5) / _at(took, 0.5)
            print(f"{name}: {_words(took)}{goal}; the peer takes {ratio:.2f} of that", flush=True)


def _fill(council: Council, file: Path, count: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(count, ends_on=date.today()))
    took = timed(lambda: command(council, "import", "events", str(file)))
    file.unlink()
    if (
        council.engine.dialect.name == "postgresql"
    ):  # what a server that is not as short-lived as this one does by itself
        with council.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text("VACUUM ANALYZE"))
    with council.writing() as db:
        teams = db.scalars(select(CLOCK.c.team).where(CLOCK.c.team.is_not(None)).distinct()).all()
        for team in teams:
            people.put_team(db, team, team.title(), "Fieldwork", {"team-manager": f"{team}@council.example"})
        running = (CLOCK.c.stopped_on.is_(None), CLOCK.c.measure == DUTY)
        clocks = db.execute(select(func.count()).select_from(CLOCK).where(*running)).scalar_one()
        children = db.execute(select(func.count(CLOCK.c.subject.distinct()))).scalar_one()
    print(
        f"{count:,} events of {children:,} children loaded in {took:.0f} s; {len(teams)} teams; {clocks:,} duties run",
        flush=True,
    )


def _cookies(council: Council) -> dict[str, str]:
    team = _teams(council)[0]
    held = {"manager": ("team-manager", team, ""), "head": ("head-of-service", "", "")}
    return {
        who: sessions.begin(council, sessions.vouched(council, who, posts=(post,)), actor=who, origin="127.0.0.1")
        for who, post in held.items()
    }


def _asked(council: Council) -> dict[str, tuple[str, Sequence[str]]]:
    """Which pages are asked for, in whose name. Children are chosen by chance, so that no cache is warm for them."""
    dice = random.Random(_SEED)
    team = _teams(council)[0]
    with council.reading() as db:
        everybody = db.scalars(select(CLOCK.c.subject).distinct()).all()
        own = db.scalars(select(CLOCK.c.subject).where(CLOCK.c.team == team).distinct()).all()
        clocks = db.scalars(
            select(CLOCK.c.id).where(CLOCK.c.subject.in_(dice.sample(own, min(_ASKED, len(own)))))
        ).all()
    some = [f"/clocks?sort={sort}" for sort in ("due", "timescale", "child", "worker")]
    return {
        "start page of a team manager": ("manager", ["/"] * _ASKED),
        "team page": ("manager", [some[nth % len(some)] for nth in range(_ASKED)]),
        "child page": ("manager", [f"/subjects/{one}" for one in dice.sample(own, min(_ASKED, len(own)))]),
        "child page, any child": ("head", [f"/subjects/{one}" for one in dice.sample(everybody, _ASKED)]),
        "clock page": ("manager", [f"/clocks/{one}" for one in clocks[:_ASKED]]),
        "section 47 tracker": ("manager", ["/section-47"] * (_ASKED // 4)),
        "visits tracker": ("manager", ["/visits"] * (_ASKED // 4)),
        "pre-proceedings tracker": ("manager", ["/pre-proceedings"] * (_ASKED // 4)),
        "forecast": ("manager", ["/forecast"] * (_ASKED // 4)),
        "start page of the head of service": ("head", ["/"] * (_ASKED // 10)),
        "all clocks": ("head", ["/clocks"] * (_ASKED // 10)),
    }


def _teams(council: Council) -> list[str]:
    with council.reading() as db:
        return [team.id for team in people.teams(db)]


def _measured(base: str, paths: Sequence[str], cookie: str) -> list[float]:
    """Milliseconds that each page took, after a few that are not counted."""
    headers = {"accept": "text/html", "cookie": f"timescales={cookie}"}
    with httpx.Client(base_url=base, headers=headers, timeout=120) as client:
        for path in paths[:3]:
            client.get(path)
        return [_one(client, path) for path in paths]


def _one(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - begun) * 1_000
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return took


def _at(took: Sequence[float], share: float) -> float:
    return statistics.quantiles(took, n=100, method="inclusive")[round(share * 100) - 1]


def _words(took: Sequence[float]) -> str:
    return f"{_at(took, 0.5):.1f} ms in the middle, {_at(took, 0.95):.1f} ms at the 95th percentile of {len(took)}"


# ---- the servers -----------------------------------------------------------------------------------------------------


def _serve_ours(settings: Settings, port: int) -> None:
    council = open_council(settings, demonstrate=True)
    uvicorn.run(create_app(council), port=port, http=PatientProtocol, access_log=False, log_level="error")


class PeerAudit(SQLModel, table=True):
    """What the peer notes of each look."""

    __tablename__ = "peer_audit"

    seq: int | None = Field(default=None, primary_key=True)
    subject: str


_PEER_PAGE = Template(
    "<!DOCTYPE html><table>{% for one in rows %}<tr><td>{{ one.due_on }}<td>{{ one.timescale }}<td>{{ one.subject }}"
    "<td>{{ one.team }}{% endfor %}</table>",
    autoescape=True,
)


def _serve_peer(settings: Settings, port: int) -> None:
    engine = open_store(settings.store_url).execution_options(writes=True)  # the same durability as ours
    SQLModel.metadata.tables["peer_audit"].create(engine, checkfirst=True)
    app = FastAPI()

    @app.get("/rows")
    def get_rows() -> HTMLResponse:
        with Session(engine) as session:
            rows = session.exec(select_models(ClockRow).limit(50)).all()
            session.add(PeerAudit(subject=rows[0].subject))
            html = _PEER_PAGE.render(rows=rows)
            session.commit()
        return HTMLResponse(html)

    @app.get("/nothing")
    def get_nothing() -> PlainTextResponse:
        return PlainTextResponse("")

    uvicorn.run(app, port=port, http=PatientProtocol, access_log=False, log_level="error")
