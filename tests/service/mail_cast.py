"""A small council for the tests of mail: three teams, their posts, a clock on the wall that stands where it is put."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from rules.model import Alert, AlertKey
from rules.plan import Plan
from service import clock
from service.council import Council, open_council
from service.notify.writing import WEEKLY
from service.settings import Settings
from service.store import alerts, jobs, people
from service.store.releases import releases
from service.store.tables import AlertRow, table
from tests.service.mail_room import Authority, MailServer

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NORTH, SOUTH = "assessment-north", "assessment-south"
NORTH_ADDRESS, SOUTH_ADDRESS = "north@council.example", "south@council.example"
MANAGER = "team-manager"
CONFERENCE, ASSESSMENT = "initial-child-protection-conference", "single-assessment"


class Wall:
    """The clock on the wall: moved by hand."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **how_long: float) -> datetime:
        self.now += timedelta(**how_long)
        return self.now


@contextmanager
def wall_at(moment: datetime = MONDAY) -> Iterator[Wall]:
    wall = Wall(moment)
    with clock.substitute(wall):
        yield wall


def settings_for(
    database_url: str,
    folder: Path,
    server: MailServer | None = None,
    authority: Authority | None = None,
    **more: object,
) -> Settings:
    if server:
        more.setdefault("smtp_url", server.url)
    if authority:
        more.setdefault("smtp_ca_file", authority.ca_file)
    return Settings(
        database_url=database_url,
        data_dir=folder,
        authority="england",
        alerts_from=date(2026, 1, 1),
        base_url="https://timescales.council.example",
        mail_from="timescales@council.example",
        environment="production",
        mail_domains="council.example",
        **more,
    )


@contextmanager
def council_with(settings: Settings, *, with_people: bool = True, has_weekly_gone: bool = True) -> Iterator[Council]:
    """A council whose north and south teams have a manager, unless told otherwise.

    This week's digest, which goes even with nothing to say, has gone already: it would be in the way of most tests.
    """
    council = open_council(settings)
    try:
        if with_people:
            with council.writing() as db:
                people.put_team(db, NORTH, "Assessment Team North", "Assessment", {MANAGER: NORTH_ADDRESS})
                people.put_team(db, SOUTH, "Assessment Team South", "Assessment", {MANAGER: SOUTH_ADDRESS})
        if has_weekly_gone:
            with council.writing() as db:
                jobs.claim(db, WEEKLY, MONDAY.date(), now=MONDAY)
                jobs.finish(db, WEEKLY, MONDAY.date(), now=MONDAY)
        yield council
    finally:
        council.engine.dispose()


def an_alert(
    clock_id: str, *, team: str | None = NORTH, step: str = "breach", due_on: date = date(2026, 2, 26), send_at=None
) -> Alert:
    return Alert(AlertKey(clock_id, step, due_on, MANAGER), team, send_at or MONDAY - timedelta(hours=1))


def plan_alerts(council: Council, wanted: Sequence[Alert], *, timescale: str = CONFERENCE) -> None:
    apply_plan(council, Plan(tuple(wanted), (), ()), timescale=timescale)


def apply_plan(council: Council, plan: Plan, *, timescale: str = CONFERENCE) -> None:
    ids = {alert.key.clock for alert in plan.to_add}
    with council.writing() as db:
        alerts.apply(
            db,
            plan,
            timescales=dict.fromkeys(ids, timescale),
            told_from=releases(db),
            now=clock.now(),
        )


def states(council: Council) -> dict[str, int]:
    """How many alerts are in each state."""
    with council.reading() as db:
        return dict(Counter(db.scalars(select(table(AlertRow).c.state))))
