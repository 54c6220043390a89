"""A real authority whose people sign in at the office, and browsers that go there and come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select
from starlette.testclient import TestClient

from service.access import sessions
from service.app import create_app
from service.council import Council
from service.store import people
from service.store.tables import AuditRow, table
from tests.service.openid_office import CLIENT, SECRET, Office
from tests.service.pages_cast import HTML, NORTH, demonstration, populate

ADDRESS = "http://127.0.0.1:8000"
MANAGER, HEAD, STRANGER = "north.manager@council.example", "head@council.example", "stranger@council.example"
NORTHS, HEADS = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CHILD = "/subjects/c-late"
"""Of the team North."""
FROM = date(2026, 1, 1)
GROUPS = f"""
[[groups]]
id = "{NORTHS}"
post = "team-manager"
team = "{NORTH}"

[[groups]]
id = "{HEADS}"
post = "head-of-service"
"""


@contextmanager
def authority(url: str, folder: Path, office: Office, *, groups: str = "", **more: Any) -> Iterator[Council]:
    """A council that is no demonstration, with its children; ``groups``: what the file of groups says."""
    settings = {
        "authority": "southend",
        "oidc_issuer": office.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "base_url": ADDRESS,
        **more,
    }
    if groups:
        (folder / "groups.toml").write_text(groups, "utf-8")
        settings["oidc_groups_file"] = folder / "groups.toml"
    office.addresses.add(f"{settings['base_url']}/sign-in/back")
    with demonstration(url, folder, demonstrate=False, **settings) as council:
        populate(council)
        yield council


def hold(council: Council, person: str, *held: people.Holding, address: str = "") -> None:
    """Somebody of the list of people, with the posts that they hold."""
    with council.writing() as db:
        people.put_person(db, people.Person(person, address or f"{person}@council.example", holdings=held))


def managing(team: str, *, to: date | None = None) -> people.Holding:
    return people.Holding("team-manager", team, from_on=FROM, to_on=to)


def visiting(council: Council, **more: Any) -> TestClient:
    """A browser of the authority's own network, with nothing in its jar, that stays where it is sent."""
    headers = {**HTML, "sec-fetch-site": "same-origin"}
    return TestClient(
        create_app(council),
        base_url=council.settings.address,
        client=("192.0.2.7", 50_000),
        headers=headers,
        follow_redirects=False,
        **more,
    )


def sent(asking: TestClient, back_to: str = "", **form: str) -> str:
    """Where the sign-in page's button leads."""
    answer = asking.post("/sign-in", data={"back_to": back_to, **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def through(address: str) -> str:
    """What the office sends a browser back with: a path with its query."""
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def looks(asking: TestClient, path: str) -> httpx.Response:
    """What a browser sees that follows where it is sent, to the office and back where its sign-in is confirmed."""
    answer = asking.get(path)
    if answer.headers.get("location", "").startswith("/sign-in/again"):
        away = asking.get(answer.headers["location"])
        back = asking.get(through(away.headers["location"]))
        answer = asking.get(back.headers["location"]) if back.status_code == 303 else back
    return answer


def arrive(asking: TestClient, office: Office, account: str, back_to: str = "", **claims: Any) -> httpx.Response:
    """Signs in from the button to the page that says who came."""
    office.who = {"preferred_username": account, **claims}
    return asking.get(through(sent(asking, back_to)))


def audit(council: Council) -> list[tuple[str, str, str]]:
    """Who did what, from where, in the order of the trail."""
    columns = [table(AuditRow).c[name] for name in ("actor", "action", "origin")]
    with council.reading() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(table(AuditRow).c.seq))]


def token_of(council: Council, cookie: str) -> str:
    """What forms of this session carry."""
    return sessions.form_token(council, cookie.split(".")[0])
