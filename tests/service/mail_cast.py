"""A small council for the tests of mail: two teams, their posts, a clock on the wall that stands where it is put.

What is told is judged by the clocks as they are when it is sent, so every alert planned here has a clock that runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from rules import Law, load_law
from rules.model import DUTY, TARGET_DUE_ON, Alert, AlertKey, Change, ChangeKind, Clock, EventRef, Ladder, Outcome, Step
from rules.plan import Plan
from rules.rungs import ladder_of, send_at
from service import clock, clockwork
from service.council import Council, open_council
from service.notify.letters.writing import WEEKLY
from service.settings import Settings
from service.store import clocks, jobs, people
from service.store.tables import AlertRow, table
from service.store.telling import alerts
from service.store.telling.releases import releases
from tests.service.mail_room import Authority, MailServer

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NORTH, SOUTH = "assessment-north", "assessment-south"
NORTH_ADDRESS, SOUTH_ADDRESS = "north@council.example", "south@council.example"
MANAGER, SERVICE_MANAGER, GROUP_MANAGER, HEAD = (
    "team-manager",
    "service-manager",
    "group-manager-fieldwork",
    "head-of-service",
)
SERVICE_ADDRESS, GROUP_ADDRESS, HEAD_ADDRESS = (
    "service@council.example",
    "group@council.example",
    "head@council.example",
)
CONFERENCE, ASSESSMENT = "initial-child-protection-conference", "single-assessment"


_WEEKS_GONE = 9


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
    usual = {"environment": "production", "mail_domains": "council.example", "alerts_from": date(2026, 1, 1)}
    return Settings(
        database_url=database_url,
        data_dir=folder,
        authority="england",
        base_url="https://timescales.council.example",
        mail_from="timescales@council.example",
        **{**usual, **more},
    )


@contextmanager
def council_with(settings: Settings, *, with_people: bool = True, has_weekly_gone: bool = True) -> Iterator[Council]:
    """A council whose north and south teams have a manager, unless told otherwise.

    This week's digest, which goes even with nothing to say, has gone already, and those of the weeks before: they would
    be in the way of most tests.
    """
    council = open_council(settings)
    try:
        if with_people:
            with council.writing() as db:
                people.put_team(db, NORTH, "Assessment Team North", "Assessment", {MANAGER: NORTH_ADDRESS})
                people.put_team(db, SOUTH, "Assessment Team South", "Assessment", {MANAGER: SOUTH_ADDRESS})
        if has_weekly_gone:
            with council.writing() as db:
                for weeks in range(_WEEKS_GONE):
                    slot = (MONDAY - timedelta(weeks=weeks)).date()
                    jobs.claim(db, WEEKLY, slot, now=MONDAY)
                    jobs.finish(db, WEEKLY, slot, now=MONDAY)
        yield council
    finally:
        council.engine.dispose()


def fill_the_line(council: Council) -> None:
    """Gives every post above the team managers an address, for time that runs into the rungs that tell them."""
    above = {SERVICE_MANAGER: SERVICE_ADDRESS, GROUP_MANAGER: GROUP_ADDRESS, HEAD: HEAD_ADDRESS}
    with council.writing() as db:
        people.put_posts(db, "", above)


# ---- clocks, and what is told of them --------------------------------------------------------------------------------


def a_clock(
    id: str, *, team: str | None = NORTH, due_on: date = date(2026, 2, 26), timescale: str = CONFERENCE, **more: Any
) -> Clock:
    """A duty that runs, begun three weeks before it is due. ``more``: what else it says."""
    began_on = due_on - timedelta(weeks=3)
    running = Clock(
        id=id,
        timescale=timescale,
        measure=DUTY,
        subject=f"subject of {id}",
        key=None,
        team=team,
        worker=None,
        started_on=began_on,
        started_by=EventRef("case-system", id),
        counted_from_on=began_on,
        limit=None,
        due_on=due_on,
        target_due_on=None,
        stopped_on=None,
        stopped_by=None,
        outcome=None,
        ended_because=None,
        version_on=began_on,
        is_provisional=False,
        problem=None,
        flags=(),
    )
    return running._replace(**more)


def put_clock(council: Council, wanted: Clock) -> None:
    """A clock as it is from now on, with what is told of it planned anew: as when an event has moved it."""
    with council.writing() as db:
        _store(db, [wanted])
        clockwork.plan_anew(db, council, [wanted.id])


def change_clock(council: Council, id: str, **fields: Any) -> None:
    """The same of a clock that is there, but for some fields."""
    put_clock(council, _known(council, id)._replace(**fields))


def put_right(council: Council, id: str, *, on: date | None = None) -> None:
    """What the clock asked for was done: in time, where no day is said."""
    due_on = _known(council, id).due_on
    assert due_on is not None
    outcome = Outcome.MET if on is None or on <= due_on else Outcome.LATE
    done_by = EventRef("case-system", f"end of {id}")
    change_clock(council, id, stopped_on=on or due_on, stopped_by=done_by, outcome=outcome)


def run_on(council: Council, id: str) -> None:
    """What stopped the clock was taken back."""
    change_clock(council, id, stopped_on=None, stopped_by=None, outcome=None)


def take_back(council: Council, id: str) -> Clock:
    """What started the clock was taken back, so it is gone. Returns it as it was."""
    known = _known(council, id)
    with council.writing() as db:
        gone = Change(ChangeKind.WITHDRAWN, known, None, "made for a test", known.started_by)
        clocks.apply(db, [gone], [None], now=clock.now())
        clockwork.plan_anew(db, council, [id])
    return known


def an_alert(
    clock_id: str,
    *,
    team: str | None = NORTH,
    step: str = "breach",
    due_on: date = date(2026, 2, 26),
    timescale: str = CONFERENCE,
) -> Alert:
    """The alert that a rung of England's ladder is, for the post and from the moment that it says."""
    rung = _step(step, timescale)
    law = _law()
    moment = send_at(due_on, rung, law.ladders, law.calendars[law.ladders.calendar])
    return Alert(AlertKey(clock_id, step, due_on, rung.post), team, moment)


def plan_alerts(council: Council, wanted: Sequence[Alert], *, timescale: str = CONFERENCE) -> None:
    """Plans these alerts, of clocks that run: one for each id, with the dates that its alerts are about."""
    own: dict[str, list[Alert]] = {}
    for alert in wanted:
        own.setdefault(alert.key.clock, []).append(alert)
    running = [_clock_of(id, alerts_of, timescale) for id, alerts_of in own.items()]
    with council.writing() as db:
        _store(db, running)
        plan = Plan(tuple(wanted))
        named = dict.fromkeys(own, timescale)
        alerts.apply(db, plan, timescales=named, told_from=releases(db), now=clock.now())


def states(council: Council) -> dict[str, int]:
    """How many alerts are in each state, of those whose moment has come, but for those that were passed over."""
    has_come = table(AlertRow).c.send_at <= clock.now()
    found = _states(council, has_come)
    found.pop(alerts.PASSED_OVER, None)
    return found


def all_states(council: Council) -> dict[str, int]:
    """How many alerts are in each state, those of days to come included."""
    return _states(council)


@cache
def _law() -> Law:
    return load_law("england")


def _step(id: str, timescale: str) -> Step:
    ladder: Ladder = ladder_of(timescale, _law())
    return next(step for step in ladder.steps if step.id == id)


def _clock_of(id: str, wanted: Sequence[Alert], timescale: str) -> Clock:
    """A clock with these dates: one of which only the target is spoken of is due some weeks after it."""
    dates = {_step(alert.key.step, timescale).of: alert.key.due_on for alert in wanted}
    target_due_on = dates.get(TARGET_DUE_ON)
    due_on = dates.get("due_on") or target_due_on + timedelta(weeks=6)
    return a_clock(id, team=wanted[0].team, due_on=due_on, timescale=timescale, target_due_on=target_due_on)


def _known(council: Council, id: str) -> Clock:
    with council.reading() as db:
        known = clocks.one(db, id)
    assert known is not None
    return known


def _store(db: Connection, wanted: Sequence[Clock]) -> None:
    known = clocks.by_ids(db, [one.id for one in wanted])
    changes = [
        Change(
            ChangeKind.UPDATED if one.id in known else ChangeKind.STARTED,
            known.get(one.id),
            one,
            "made for a test",
            one.started_by,
        )
        for one in wanted
        if known.get(one.id) != one
    ]
    clocks.apply(db, changes, [None] * len(changes), now=clock.now())


def _states(council: Council, *conditions: Any) -> dict[str, int]:
    with council.reading() as db:
        return dict(Counter(db.scalars(select(table(AlertRow).c.state).where(*conditions))))
