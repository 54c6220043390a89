"""Rows of clocks, alerts, mails and plans, put straight into the store; and a whole council of them at random."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from rules.model import DUE_ON
from rules.rungs import ladder_of
from service.clock import LOCAL
from service.council import Council
from service.store.tables import AcknowledgementRow, AlertRow, ChangeRow, ClockRow, MessageRow, table

DAY = timedelta(days=1)
TODAY, FIRST, LAST = date(2026, 11, 23), date(2026, 8, 31), date(2026, 11, 22)
CONFERENCE = "initial-child-protection-conference"
_TIMESCALES = (CONFERENCE, "single-assessment", "referral-decision", "concern-about-delay", "return-interview", "gone")


def at(on: date, hour: int = 8) -> datetime:
    return datetime(on.year, on.month, on.day, hour, 30, tzinfo=LOCAL).astimezone(UTC)


def put(council: Council, row: type[SQLModel], **fields: Any) -> None:
    with council.writing() as db:
        db.execute(insert(table(row)).values({**_USUAL[row], **fields}))


def put_clock(council: Council, id: str, due_on: date | None, **more: Any) -> None:
    began_on = (due_on or TODAY) - 30 * DAY
    usual = {"timescale": CONFERENCE, "measure": "duty", "started_on": began_on, "counted_from_on": began_on}
    put(council, ClockRow, id=id, due_on=due_on, **{**usual, "version_on": began_on, **more})


def put_alert(council: Council, clock: str, step: str, due_on: date, told_at: datetime | None, **more: Any) -> None:
    usual = {"post": "service-manager", "timescale": CONFERENCE, "send_at": told_at, "state": "sent"}
    put(council, AlertRow, clock_id=clock, step=step, due_on=due_on, told_at=told_at, **{**usual, **more})


def put_mail(council: Council, id: str, post: str, address: str, day: date, **more: Any) -> None:
    put(
        council, MessageRow, message_id=id, post=post, address=address, day=day,
        **{"kind": "digest", "state": "sent", **more},
    )  # fmt: skip


def put_plan(council: Council, clock: str, made_at: datetime, due_on: date | None = None) -> None:
    put(council, AcknowledgementRow, clock_id=clock, made_at=made_at, due_on=due_on or TODAY)


def put_change(council: Council, clock: str, kind: str, at: datetime) -> None:
    put(council, ChangeRow, clock_id=clock, kind=kind, at=at)


_NOW = at(TODAY)
_USUAL: dict[type[SQLModel], dict[str, Any]] = {
    ClockRow: {"subject": "s", "started_source": "x", "started_id": "e", "is_provisional": False, "flags": "[]"},
    AlertRow: {"planned_at": _NOW},
    MessageRow: {"subject": "", "text": "", "html": "", "attempts": 1, "created_at": _NOW, "try_at": _NOW},
    AcknowledgementRow: {
        "reason": "court-date", "words": "", "post": "p", "who": "w", "next_on": TODAY,
    },
    ChangeRow: {"subject": "s", "timescale": CONFERENCE, "measure": "duty", "reason": "", "moved": "{}"},
}  # fmt: skip


# ---- a council at random ---------------------------------------------------------------------------------------------


def fill_at_random(council: Council, seed: int, clocks: int = 400, mails: int = 300) -> None:
    dice = random.Random(seed)
    for number in range(clocks):
        _put_clock_at_random(council, dice, f"clock-{number}")
    for number in range(mails):
        post = dice.choice(["team-manager", "service-manager", "head-of-service"])
        address = dice.choice(["A@council.example", "a@council.example", "b@council.example", "c@council.example"])
        kind = dice.choice(["digest", "digest", "digest", "at-once", "report", "alarm"])
        state = dice.choice(["sent", "sent", "not_sent", "waiting", "undeliverable", "superseded"])
        put_mail(council, f"mail-{number}", post, address, _day(dice), kind=kind, state=state)


def _day(dice: random.Random) -> date:
    return FIRST + dice.randrange(-10, 90) * DAY


def _put_clock_at_random(council: Council, dice: random.Random, id: str) -> None:
    due_on = dice.choice([None, *[_day(dice)] * 12])
    target = dice.choice([None, due_on and due_on - 14 * DAY])
    outcome = dice.choice(["met", "met", "late", "ended", "done", None, None, None])
    stopped_on = (due_on or TODAY) + dice.randrange(-9, 25) * DAY if outcome else None
    timescale = dice.choice(_TIMESCALES)
    measure = dice.choice(["duty"] * 9 + ["from-referral"])
    more = {"problem": dice.choice([None] * 9 + ["stopped-before-start"])}
    more |= {"lapses_on": dice.choice([None] * 5 + [TODAY, TODAY + DAY]), "target_due_on": target}
    put_clock(council, id, due_on, timescale=timescale, measure=measure, outcome=outcome, stopped_on=stopped_on, **more)
    for step in ladder_of(timescale, council.law).steps:
        of = due_on if step.of == DUE_ON else target
        if of is None or dice.random() < 0.2:
            continue
        said_at = at(of + step.working_days * DAY + dice.randrange(0, 4) * DAY, dice.choice([7, 8, 15]))
        states = ["sent"] * 6 + ["not_sent", "taken_back", "planned", "cancelled", "passed_over"]
        put_alert(
            council, id, dice.choice([step.id] * 9 + [f"plan:{step.id}"]), dice.choice([of] * 9 + [of - DAY]),
            dice.choice([None, said_at, said_at]), send_at=said_at, state=dice.choice(states), post=step.post,
            timescale=timescale,
        )  # fmt: skip
        if dice.random() < 0.3:
            made_at = said_at + dice.randrange(-30, 200) * timedelta(hours=1)
            put_plan(council, id, made_at, dice.choice([due_on] * 9 + [TODAY]))
        if dice.random() < 0.3:
            kind = dice.choice(["stopped", "stopped", "ended", "moved"])
            put_change(council, id, kind, said_at + dice.randrange(-30, 200) * timedelta(hours=1))
