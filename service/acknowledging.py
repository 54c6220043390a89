"""A plan for what is late or will be: a reason, whose it is, and the day by which something happens.

The ladder waits until the end of that day and then goes on by itself; the clock never stops, and whoever would have
been told next sees the plan instead (``service/notify/letters/gathering.py``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from rules import nearest
from rules.model import DUTY, AlertKey, Clock
from rules.plan import HELD, LAPSED, PLANNED
from rules.rungs import ladder_of
from service import clock as wall
from service.council import Council
from service.errors import NotFound, Refused
from service.store import clocks
from service.store.keeping import audit
from service.store.telling import acknowledgements, alerts
from service.store.telling.acknowledgements import Acknowledgement, New
from service.store.telling.alerts import Carried
from service.store.telling.releases import releases

REASONS: Mapping[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["reasons"]
OTHER = "other"
LONGEST_WORDS = 500


class Planned(NamedTuple):
    """What somebody plans for a clock. ``post``: whose plan it is; ``words``: needed where the reason is another."""

    clock_id: str
    reason: str
    next_on: date
    post: str
    words: str = ""


def acknowledge(council: Council, plans: Sequence[Planned], *, who: str, origin: str = "") -> list[Acknowledgement]:
    """Keeps these plans, all or none. Raises NotFound and Refused, pointing at the one that cannot be.

    ``origin``: the address that they are sent from.
    """
    now = wall.now()
    with council.writing() as db:
        known = clocks.by_ids(db, [plan.clock_id for plan in plans])
        made = []
        for nth, plan in enumerate(plans):
            found = _checked(council, plan, known.get(plan.clock_id), nth)
            due_on = found.due_on
            assert due_on is not None
            words = " ".join(plan.words.split())
            new = New(plan.clock_id, due_on, plan.reason, words, plan.post, who, plan.next_on)
            one = acknowledgements.add(db, new, now=now)
            alerts.leave_message(db, plan.clock_id)
            _remind(db, council, found, one, now)
            detail = f"{plan.reason}, {plan.post}"
            audit.note(db, who, "clock.acknowledged", subject=found.subject, detail=detail, origin=origin)
            made.append(one)
    return made


def latest_next_on(council: Council, clock: Clock, today: date) -> date:
    """The last day that a plan for this clock may name, by its ladder."""
    return council.calendar.add(today, ladder_of(clock.timescale, council.law).plan_within)


def _checked(council: Council, plan: Planned, clock: Clock | None, nth: int) -> Clock:
    today = wall.today()
    if clock is None:
        raise NotFound("there is no clock of this id", fix="GET /v1/clocks lists the clocks", pointer=f"/{nth}/clock")
    if clock.measure != DUTY or clock.outcome is not None or clock.due_on is None:
        raise Refused(
            "this clock has stopped, has no due date, or stands beside the duty: there is nothing to plan for",
            fix="leave it out; GET /v1/clocks/{id} shows how it stands",
            pointer=f"/{nth}/clock",
        )
    if plan.reason not in REASONS:
        near = nearest(plan.reason, REASONS)
        offer = f"did you mean {near}? " if near else ""
        fix = f"{offer}there are {', '.join(REASONS)}"
        raise Refused("there is no such reason", fix=fix, pointer=f"/{nth}/reason")
    if plan.reason == OTHER and not plan.words.strip():
        raise Refused("another reason needs words", fix="say in words what it is", pointer=f"/{nth}/words")
    if len(plan.words) > LONGEST_WORDS or not all(char.isprintable() or char.isspace() for char in plan.words):
        fix = f"write up to {LONGEST_WORDS} characters that can be seen"
        raise Refused(
            "the words are too long, or have a character that cannot be seen", fix=fix, pointer=f"/{nth}/words"
        )
    posts = {post: line for line in council.law.ladders.lines for post in line}
    if plan.post not in posts:
        near = nearest(plan.post, posts)
        fix = f"did you mean {near}?" if near else f"there are {', '.join(posts)}"
        raise Refused("no line of the ladders has this post", fix=fix, pointer=f"/{nth}/post")
    _check_day(council, plan, clock, today, nth)
    return clock


def _check_day(council: Council, plan: Planned, clock: Clock, today: date, nth: int) -> None:
    last = latest_next_on(council, clock, today)
    if today <= plan.next_on <= last:
        return
    days = ladder_of(clock.timescale, council.law).plan_within
    raise Refused(
        f"the next date is not between today and {days} working days from today, which is how far a plan may reach",
        fix=f"name a day up to {last.isoformat()} on which something happens; a new plan may follow it",
        pointer=f"/{nth}/next_on",
    )


def _remind(db: Connection, council: Council, clock: Clock, plan: Acknowledgement, now: datetime) -> None:
    """Plans the mail that says the plan's day has passed: it goes if the clock runs then, and no newer plan is made."""
    ladders = council.law.ladders
    on = council.calendar.on_or_after(plan.next_on + timedelta(days=1))
    key = AlertKey(clock.id, f"{LAPSED}{plan.seq}", plan.due_on, plan.post)
    state = PLANNED if releases(db).is_told(clock.team, plan.due_on) else HELD
    send_at = datetime.combine(on, ladders.at, ZoneInfo(ladders.zone))
    alerts.put(db, [Carried(key, clock.team, clock.timescale, send_at, state)], now=now)
