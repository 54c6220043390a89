"""Every route of the pages, from the application itself, and who is sent to ask for it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from service.access import sessions
from service.app import create_app
from service.council import Council
from service.store import people
from service.web.asking import permission_of
from tests.service.intake_parts import document, send
from tests.service.pages_cast import HOME, HTML, NORTH, SOUTH, clock_of, populate

MATRIX = tomllib.loads(Path(__file__).with_name("roles_matrix.toml").read_text("utf-8"))
OPEN, ANYBODY = "open", "anybody"
OWN, ANOTHER_TEAMS, ANOTHER_WORKERS, NOBODYS = "c-late", "c-today", "c-met", "c-nobody"
"""Children: of the team North and its worker north-1, reviewed by chair-1; of the team South; of North; of nobody."""
NO_CLOCK = "0" * 20


class Asked(NamedTuple):
    """A row of the matrix."""

    method: str
    path: str
    asks: str
    about: str
    given: dict[str, str]
    form: dict[str, str]
    answers: int

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, child: str, clock: str) -> str:
        """Its path, asked about this child, or this clock."""
        parts = self.given | {"child": {"ref": child}, "clock": {"id": clock}}.get(self.about, {})
        return self.path.replace(":path", "").format(**parts)


class Who(NamedTuple):
    """A role that asks, with a post that gives it; ``role`` is empty for somebody whose post gives none."""

    role: str
    post: tuple[str, str, str]
    person: str


WHO = (
    Who("social-worker", ("worker", "", ""), "north-1"),
    Who("team-manager", ("team-manager", NORTH, ""), "manager-1"),
    Who("service-manager", ("service-manager", "", "fieldwork"), "service-manager-1"),
    Who("group-manager", ("group-manager-fieldwork", "", ""), "group-manager-1"),
    Who("head-of-service", ("head-of-service", "", ""), "head-1"),
    Who("reviewer", ("chair", "", ""), "chair-1"),
    Who("principal-reviewing-officer", ("principal-reviewing-officer", "", ""), "principal-1"),
    Who("analyst", ("performance-analyst", "", ""), "analyst-1"),
    Who("administrator", ("administrator", "", ""), "administrator-1"),
    Who("", ("caretaker", "", ""), "nobody-1"),
)


def rows() -> list[Asked]:
    """The matrix, route by route."""
    return [_row(key, row) for key, row in MATRIX["routes"].items()]


def _row(key: str, row: dict[str, Any]) -> Asked:
    method, path = key.split(" ")
    known = {"asks", "about", "with", "form", "answers"}
    assert not row.keys() - known, f"{key}: {row.keys() - known} is nothing a row says"
    return Asked(
        method,
        path,
        row["asks"],
        row.get("about", ""),
        row.get("with", {}),
        row.get("form", {}),
        row.get("answers", 200),
    )


def page_routes(council: Council) -> list[APIRoute]:
    """Every route of the application that its description leaves out, of whatever router it is."""
    found: list[APIRoute] = []
    waiting: list[Any] = [create_app(council).router]
    while waiting:
        for route in waiting.pop().routes:
            if isinstance(route, APIRoute):
                found += [] if route.include_in_schema or "/v1/" in route.path else [route]
            elif router := getattr(route, "original_router", None):
                waiting.append(router)
    return found


def permissions(route: APIRoute) -> list[str]:
    """What a route's dependencies ask for."""
    return sorted(_asked(route.dependant))


def _asked(dependant: Dependant) -> Iterator[str]:
    for one in dependant.dependencies:
        if one.call is not None and (permission := permission_of(one.call)) is not None:
            yield permission
        yield from _asked(one)


class Cast:
    """A council, one application before it, and whoever asks: each time with a session of their own."""

    def __init__(self, council: Council) -> None:
        self.council = council
        populate(council)
        with council.writing() as db:
            people.put_team(db, NORTH, "Assessment Team North", "fieldwork", {"team-manager": "north@council.example"})
            people.put_team(db, SOUTH, "Care Management Team South", "care", {"team-manager": "south@council.example"})
        said = {"raised_by": "cp_chair", "reviewer": "chair-1", "team": NORTH}
        send(council, document("concern.raised", OWN, "concern-1", "2026-11-12", **said))
        self.asking = TestClient(
            create_app(council), base_url=HOME, client=("127.0.0.1", 50_000), headers=HTML, follow_redirects=False
        )
        everything = self.signed_in(Who("", ("head-of-service", "", ""), "head-1"))
        clocks = {child: self._clock(child, everything) for child in (OWN, ANOTHER_TEAMS, ANOTHER_WORKERS)}
        self.clocks = {**clocks, NOBODYS: NO_CLOCK}

    def _clock(self, child: str, cookie: str) -> str:
        self.asking.headers["cookie"] = cookie
        try:
            return clock_of(self.asking, child).rpartition("/")[2]
        finally:
            del self.asking.headers["cookie"]

    def signed_in(self, who: Who) -> str:
        """The cookie of a new session."""
        session = sessions.vouched(self.council, who.person, posts=(who.post,))
        return f"timescales={sessions.begin(self.council, session, actor='test', origin='127.0.0.1')}"

    def ask(self, row: Asked, who: Who | None, child: str = OWN, **more: str) -> Any:
        """Asks as this somebody (None: nobody), about a child; a form is sent as from one of our own pages."""
        headers, form = dict(more), {}
        if who is not None:
            headers["cookie"] = self.signed_in(who)
            token = sessions.form_token(self.council, headers["cookie"].removeprefix("timescales=").split(".")[0])
            form = {"form_token": token}
        address, clock = row.address(child, self.clocks[child]), self.clocks[child]
        form |= {name: clock if value == "CLOCK" else value for name, value in row.form.items()}
        body = {"data": form} if row.method == "POST" else {}
        self.asking.cookies.clear()
        return self.asking.request(row.method, address, headers=headers, **body)


def may(row: Asked, who: Who) -> bool:
    """Whether the matrix lets somebody ask for this at all."""
    return row.asks == ANYBODY or who.role in MATRIX["may"][row.asks]


def sees(who: Who, child: str) -> bool:
    """Whether there is such a child, to them."""
    told: dict[str, Sequence[str]] = MATRIX["sees"]
    if child == OWN:
        return True
    return who.role in {ANOTHER_TEAMS: told["another-team"], ANOTHER_WORKERS: told["another-worker"]}.get(child, ())
