"""When posts change, what came back from a refused address is told again: to whoever it concerns, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select

from service.store import people
from service.store.people import Absence, Holding
from service.store.session import open_store, reading, writing
from service.store.tables import AlertRow, table
from service.store.telling.alerts import UNDELIVERABLE
from tests.service.mail_cast import MONDAY
from tests.service.people_cast import BOUNDS, HEAD, person

MANAGER, SERVICE_MANAGER = "team-manager", "service-manager"
AWAY = Absence(date(2026, 3, 2), date(2026, 3, 6), "p-2")
REFUSED = {
    "north": (MANAGER, "north", None),
    "south": (MANAGER, "south", None),
    "court": (MANAGER, "court", None),
    "above north": (SERVICE_MANAGER, "north", None),
    "above court": (SERVICE_MANAGER, "court", None),
    "court, told above": (MANAGER, "court", SERVICE_MANAGER),
    "a worker": ("worker", "north", None),
}


@pytest.fixture
def engine(database_url):
    """Something for each of these posts came back; then nobody has told anybody anything."""
    opened = open_store(database_url)
    with writing(opened) as db:
        for team, service in (("north", "Fieldwork"), ("south", "Fieldwork"), ("court", "Care")):
            people.put_team(db, team, team, service, {})
        people.put_posts(db, "", {MANAGER: "desk@council.example"}, service="Care")
        people.put_person(db, person("p-2"))
        people.put_person(db, person("p-1", Holding(MANAGER, "north"), away=[AWAY]))
        people.put_person(db, person("p-5", Holding(SERVICE_MANAGER, service="Fieldwork")))
        come_back(db)
    yield opened
    opened.dispose()


def come_back(db):
    on = date(2026, 3, 2)
    for clock, (post, team, told) in REFUSED.items():
        said = {"clock_id": clock, "step": "breach", "due_on": on, "timescale": "t", "send_at": MONDAY}
        row = {**said, "state": UNDELIVERABLE, "planned_at": MONDAY, "message_id": "m"}
        db.execute(insert(table(AlertRow)).values(**row, post=post, team=team, told_post=told))


def told_again(engine):
    alert = table(AlertRow)
    with reading(engine) as db:
        return set(db.scalars(select(alert.c.clock_id).where(alert.c.state != UNDELIVERABLE)))


def put_list(db, *lines):
    said = people.import_csv([HEAD, *lines], BOUNDS)
    assert (said.refusals, people.put_list(db, said)) == ((), [])


CHANGES = {
    "a team's mailbox": (lambda db: people.put_posts(db, "south", {MANAGER: "a@council.example"}), {"south"}),
    "a team's mailbox gone": (lambda db: people.put_posts(db, "north", {}), set()),
    "somebody above, told in the place of another": (
        lambda db: people.put_person(db, person("p-6", Holding(SERVICE_MANAGER, service="Care"))),
        {"above court", "court, told above", "court", "a worker"},
    ),
    "a service's mailbox gone": (
        lambda db: people.put_posts(db, "", {}, service="Care"),
        {"court", "court, told above"},
    ),
    "the whole authority's mailbox": (
        lambda db: people.put_posts(db, "", {MANAGER: "a@council.example"}),
        {"north", "south", "court", "court, told above"},
    ),
    "a new address": (
        lambda db: people.put_person(
            db, person("p-5", *[Holding(SERVICE_MANAGER, service="Fieldwork")], address="n@x.example")
        ),
        {"above north", "a worker"},
    ),
    "a new address of who covers": (
        lambda db: people.put_person(db, person("p-2", address="new@council.example")),
        {"north", "a worker"},
    ),
    "a post taken up": (
        lambda db: people.put_person(db, person("p-9", Holding(MANAGER, "south"))),
        {"south", "a worker"},
    ),
    "a post given up": (lambda db: people.put_person(db, person("p-5")), {"above north", "a worker"}),
    "a leaver": (lambda db: people.end_person(db, "p-1", on=date(2026, 3, 2)), {"north", "a worker"}),
    "a worker": (lambda db: people.put_person(db, person("w-1")), {"a worker"}),
    "a list of a mailbox": (lambda db: put_list(db, "team-manager,south,South,Fieldwork,a@council.example"), {"south"}),
    "a list of a holder": (
        lambda db: put_list(db, "team-manager,south,South,Fieldwork,p-9@council.example,p-9"),
        {"south", "a worker"},
    ),
    "a list of an address": (lambda db: put_list(db, ",,,,new@council.example,p-2"), {"north", "a worker"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_concerns_is_told_again_and_nothing_else(engine, change):
    make, expected = CHANGES[change]
    with writing(engine) as db:
        make(db)
    assert told_again(engine) == expected
