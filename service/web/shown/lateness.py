"""What is late, with what a manager asks next: who was told of it, what is planned, and what happens by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.store.seeing import browsing, worklist
from service.store.telling import acknowledgements
from service.store.telling.acknowledgements import Acknowledgement
from service.store.telling.alerts import TOLD
from service.store.telling.releases import Releases, releases
from service.web.case.coming import coming, silence
from service.web.shown.planning import PlanShown, can_be_planned, plan_shown
from service.web.shown.rows import Row, rows_of
from service.web.words import first, short_day, spaced, unsent


class Late(NamedTuple):
    """One clock that is late. ``told``: each post with the day it was last told; ``next``: what comes by itself."""

    row: Row
    told: str
    next: str
    plan: PlanShown | None
    can_plan: bool


def late_ones(db: Connection, council: Council, viewer: Viewer, clocks: Sequence[Clock], on: date) -> list[Late]:
    """These clocks, in their order."""
    ids = [one.id for one in clocks]
    plans, telling = acknowledgements.latest(db, ids), releases(db)
    own = worklist.named(db, viewer.reach("plan"), ids)
    return [
        Late(
            row=row,
            told=_told(db, row.clock.id),
            next=_next(row.clock, council.law, plan, telling),
            plan=plan_shown(plan, on) if plan else None,
            can_plan=row.clock.id in own and can_be_planned(row.clock, on),
        )
        for row in rows_of(db, council, clocks, on)
        for plan in [plans.get(row.clock.id)]
    ]


def _told(db: Connection, id: str) -> str:
    """``Team manager Tue 17 Nov``, and whether that was sent or only written down; empty where nobody was told yet."""
    last: dict[str, tuple[date, str]] = {}
    for alert in browsing.alerts_of(db, id):
        if alert.state in TOLD and alert.told_at is not None:
            last[alert.told_post or alert.post] = wall.local(alert.told_at).date(), unsent(alert.state)
    return first(", ".join(f"{spaced(post)} {short_day(day)}{unsent}" for post, (day, unsent) in last.items()))


def _next(clock: Clock, law: Law, plan: Acknowledgement | None, telling: Releases) -> str:
    why_not = silence(clock, telling)
    if why_not:
        return f"nobody is told: {why_not}"
    found = next(iter(coming(clock, law, plan, wall.now())), None)
    if found is None:
        return "nobody further up is told by itself"
    return f"{found.who} {found.verb} told {short_day(wall.local(found.at).date())}: {found.says}"
