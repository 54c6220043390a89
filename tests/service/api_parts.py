"""The application with a council behind it and keys for it; and what every answer must be like."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import TestClient

from service.access import keys
from service.app import create_app
from service.council import Council
from service.store.tables import METADATA
from tests.service.intake_parts import AUDIT, opened

PROBLEM = "application/problem+json"
ALL = tuple(scope for scope in keys.SCOPES if scope != "admin")


class Api:
    """A client of one council's application, with a key for every scope unless another is named."""

    def __init__(self, url: str, folder: Path, **settings: Any) -> None:
        self.council: Council = opened(url, folder, **settings)
        self.keys = {"all": keys.add(self.council, "all", ALL, actor="test")}
        self.app = create_app(self.council)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def close(self) -> None:
        self.client.close()
        self.council.engine.dispose()

    def ask(self, method: str, path: str, *, key: str | None = "all", **given: Any) -> Any:
        """One request; its answer is checked for what all of them must have."""
        headers = given.pop("headers", {})
        if key is not None:
            headers["Authorization"] = f"Bearer {self.key(key)}"
        answer = self.client.request(method, path, headers=headers, **given)
        check(answer)
        return answer

    def key(self, name: str) -> str:
        """The key of this name, made at the first need for the scope it is named after; or the name, as it is."""
        if name in keys.SCOPES and name not in self.keys:
            self.keys[name] = keys.add(self.council, name, [name], actor="test")
        return self.keys.get(name, name)

    def get(self, path: str, **given: Any) -> Any:
        return self.ask("GET", path, **given)

    def post(self, body: Any, kind: str = "application/json", query: str = "", **given: Any) -> Any:
        """Events, as a document, a list of them, or bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", f"/v1/events{query}", content=content, headers={"Content-Type": kind}, **given)

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.council.reading() as db:
            return {
                name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in METADATA.tables.items()
            }

    def audited(self) -> list[tuple[str, str, str | None]]:
        with self.council.reading() as db:
            rows = db.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.subject).order_by(AUDIT.c.seq))
            return [tuple(row) for row in rows if not row.action.startswith("key.")]


@contextmanager
def serving(url: str, folder: Path, **settings: Any) -> Any:
    api = Api(url, folder, **settings)
    try:
        yield api
    finally:
        api.close()


def check(answer: Any) -> None:
    """Security headers on everything; an error is a whole problem document, with what its status asks for."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == PROBLEM
        assert problem["status"] == answer.status_code
        assert problem["type"].startswith("urn:timescales:problem:")
        assert problem["title"]
        assert problem["detail"]
        assert problem["fix"]
        assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)
        assert ("retry-after" in answer.headers) is (answer.status_code == 503)


def refused(answer: Any, status: int, type: str, pointer: str | None = None) -> Any:
    """The problem, which must be this one, here."""
    problem = answer.json()
    assert (answer.status_code, problem["type"].rpartition(":")[2]) == (status, type), problem
    if pointer is not None:
        assert problem["pointer"] == pointer
    return problem
