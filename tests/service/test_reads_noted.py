"""Every read of a child leaves a row: whatever a page or the API shows of somebody, the trail says who was shown it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service.access import keys
from service.council import Council
from service.store.keeping.audit import AUDIT, head
from tests.service.page_routes import rows
from tests.service.pages_cast import EVERY_POST, browser, clock_of, demonstration, populate
from tests.service.test_access import OWN_ADDRESS, OWN_TOKEN, ROUTES

CHILD = "c-late"
IS_THE_TRAIL = {"GET /audit", "POST /audit", "POST /audit.csv"}
"""What the trail shows of a child is that somebody looked; that the trail was read is one row, not one for each."""
PAGES = [row for row in rows() if row.key not in IS_THE_TRAIL and row.method == "GET"]
API = [path for (method, path), scope in ROUTES.items() if method == "GET" and scope not in (OWN_ADDRESS, OWN_TOKEN)]
QUERIES = {"/v1/calendar/due": "?start=2016-07-07&count=70", "/clocks": "?status=overdue", "/clocks.csv": ""}


@pytest.fixture(scope="module")
def council(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as own:
        populate(own)
        yield own


@pytest.fixture(scope="module")
def asking(council: Council) -> TestClient:
    return browser(council, *EVERY_POST)


@pytest.fixture(scope="module")
def key(council: Council) -> str:
    return keys.add(council, "system", ["admin"], actor="test")


def named(text: str) -> set[str]:
    """The children whom a text names: all of the cast are called c-something, by a word that is in no style sheet."""
    return set(
        re.findall(r"(?<![\w-])c-(?:late|untold|today|friday|target|met|christmas|stray|early|gone|old)\b", text)
    )


def noted_since(council: Council, number: int) -> set[str]:
    with council.reading() as db:
        rows = db.scalars(select(AUDIT.c.subject).where(AUDIT.c.seq > number, AUDIT.c.subject.is_not(None)))
        return set(rows)


def last_number(council: Council) -> int:
    with council.reading() as db:
        return head(db).number


def shown_and_noted(council: Council, ask: Callable[[], object]) -> tuple[set[str], set[str]]:
    before = last_number(council)
    answer = ask()
    assert answer.status_code < 500
    return named(answer.text), noted_since(council, before)


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.key)
def test_whoever_a_page_names_is_in_the_trail(council, asking, row):
    clock = clock_of(asking, CHILD).rpartition("/")[2]
    address = row.address(CHILD, clock) + QUERIES.get(row.path, "")
    shown, noted = shown_and_noted(council, lambda: asking.get(address))
    assert shown <= noted, f"{address} shows {sorted(shown - noted)}, and no row says so"


@pytest.mark.parametrize("path", API)
def test_whoever_the_api_names_is_in_the_trail(council, asking, key, path):
    clock = clock_of(asking, CHILD).rpartition("/")[2]
    address = path.replace(":path", "").format(ref=CHILD, id=clock, name="section-47") + QUERIES.get(path, "")
    address = address.replace(f"/timescales/{clock}", "/timescales/initial-child-protection-conference")
    headers = {"Authorization": f"Bearer {key}", "accept": "application/json"}
    shown, noted = shown_and_noted(council, lambda: asking.get(address, headers=headers))
    assert shown <= noted, f"{address} shows {sorted(shown - noted)}, and no row says so"


def test_the_pages_and_the_api_do_name_children_so_that_this_proves_something(council, asking):
    lists = [row for row in PAGES if named(asking.get(row.address(CHILD, "0" * 20)).text)]
    assert len(lists) > 8


def test_what_is_read_by_the_api_says_from_which_address(council, asking):
    key = keys.add(council, "from where", ["events:read", "clocks:read"], actor="test")
    for path in (f"/v1/subjects/{CHILD}/events", f"/v1/subjects/{CHILD}/clocks", "/v1/clocks", "/v1/people"):
        asking.get(path, headers={"Authorization": f"Bearer {key}", "accept": "application/json"})
    with council.reading() as db:
        origins = set(db.scalars(select(AUDIT.c.origin).where(AUDIT.c.actor == "from where")))
    assert origins == {"127.0.0.1"}
