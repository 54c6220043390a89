"""A list long enough for pages, with every way that a clock can stand, and a slow obvious account of what is on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.testclient import TestClient

from rules.model import DUTY, Clock, Status
from service.acknowledging import Planned, acknowledge
from service.council import Council
from service.store import people
from service.store.clocks import CLOCK, clock_of
from service.store.telling import acknowledgements
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH

TODAY = date(2026, 11, 23)
SUNDAY = date(2026, 11, 29)
MANY = 130
NAMES = {NORTH: "Assessment Team North", SOUTH: "Care Management Team South"}
MANAGER = ("team-manager", NORTH, "")


def crowd(council: Council) -> None:
    """Enquiries and referrals of two teams, and of no team; some late, some booked, some planned for."""
    with council.writing() as db:
        for team, name in NAMES.items():
            people.put_team(db, team, name, "Fieldwork", {})
    send(council, *_enquiries(), *_odd())
    late = [one for one in everything(council) if one.status(TODAY) is Status.OVERDUE and one.team == NORTH]
    plans = [Planned(one.id, "court-date", date(2026, 11, 25), "team-manager") for one in late[:3]]
    acknowledge(council, plans, who="test")


def _enquiries() -> Iterator[Any]:
    for n in range(MANY):
        team = (NORTH, SOUTH, NORTH, None)[n % 4]
        named = {"team": team, "worker": f"worker-{n % 7}"} if team else {}
        on = date(2026, 10, 28) + timedelta(days=n % 26)
        yield discussion(f"c-{n:03}", f"e-{n}", on.isoformat(), key=f"s47-{n:03}", **named)
        if n % 3 == 0:
            yield document("referral.received", f"c-{n:03}", f"r-{n}", on.isoformat(), key=f"r-{n:03}", **named)


def _odd() -> Iterator[Any]:
    """A child known by a reference that a spreadsheet would run, and one old enough for leaving care."""
    yield discussion("=1+1", "odd-1", "2026-11-10", key="s47-odd", team=NORTH, worker="@worker")
    yield document("subject.registered", "c-young", "born-1", "2026-01-05", team=NORTH, date_of_birth="2010-10-01")
    yield document("looked-after.started", "c-young", "born-2", "2026-01-05", key="stay", team=NORTH)


def everything(council: Council) -> list[Clock]:
    """Every duty that runs on the day, in no order that matters."""
    with council.reading() as db:
        found = [clock_of(row) for row in db.execute(select(CLOCK).where(CLOCK.c.measure == DUTY))]
    return [one for one in found if one.status(TODAY) in (Status.RUNNING, Status.DUE_TODAY, Status.OVERDUE)]


def standing(clocks: list[Clock]) -> dict[str, int]:
    """How many stand how, counted one by one."""
    found = dict.fromkeys(("overdue", "due_today", "due_this_week", "later", "undated"), 0)
    for one in clocks:
        if one.due_on is None:
            found["undated"] += 1
        elif one.due_on < TODAY:
            found["overdue"] += 1
        elif one.due_on == TODAY:
            found["due_today"] += 1
        else:
            found["due_this_week" if one.due_on <= SUNDAY else "later"] += 1
    return found


def planned_until(council: Council, clocks: list[Clock]) -> dict[str, date]:
    """The next date of the latest plan of each that has one."""
    with council.reading() as db:
        return {id: one.next_on for id, one in acknowledgements.latest(db, [clock.id for clock in clocks]).items()}


def in_order(clocks: list[Clock], key: Callable[[Clock], Any], *, is_descending: bool) -> list[str]:
    """Sorted by Python: what has no key last, ties by due date and id."""
    ties = sorted(clocks, key=lambda one: (one.due_on or date.max, one.id))
    able = sorted((one for one in ties if key(one) is not None), key=key, reverse=is_descending)  # equals stay in order
    return [one.id for one in [*able, *(one for one in ties if key(one) is None)]]


def pages(asking: TestClient, **asked: str) -> Iterator[str]:
    """The pages of a list, one after another, by the links between them."""
    path: str | None = f"/clocks?{urlencode(asked)}"
    while path:
        answer = asking.get(path)
        assert answer.status_code == 200, path
        yield answer.text
        following = re.search(r'href="([^"]+)" rel="next"', answer.text)
        path = unescape(following[1]) if following else None


def listed(asking: TestClient, **asked: str) -> list[str]:
    """The ids of every clock that a list has, over all its pages, in order."""
    return [id for html in pages(asking, **asked) for id in ids_on(html)]


def ids_on(html: str) -> list[str]:
    return re.findall(r'<a class="govuk-link" href="/clocks/([0-9a-f]{20})">', html)


def token_on(html: str) -> str:
    """What says that a form comes from a page of ours."""
    found = re.search(r'action="/clocks/[^"]*"[^>]*>\s*<input type="hidden" name="form_token" value="([^"]+)"', html)
    assert found
    return found[1]


def sent(asking: TestClient, path: str, fields: Mapping[str, Any]) -> Any:
    """A form sent as a browser does, its redirect not followed."""
    return asking.post(path, data=dict(fields), follow_redirects=False)
