"""One child: a card for each running clock, the months drawn, who was told, what is over, every event, and who has
looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.history import History, settle
from rules.model import DUTY, Clock, Event, Status
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound
from service.explaining import history_of
from service.store import clocks, events, people
from service.store.keeping import looks
from service.store.seeing.reach import may_see, those_seen
from service.store.telling import acknowledgements
from service.store.telling.releases import releases
from service.web.case import births
from service.web.case.coming import Coming, coming, silence
from service.web.case.happened import Happened, happened
from service.web.case.looks import looks as looks_in_words
from service.web.case.telling import told_of_child
from service.web.case.timeline import draw
from service.web.pages.problems import Told as Problem
from service.web.pages.problems import told as problem_told
from service.web.shown.bookings import Bookings
from service.web.shown.freshness import freshness, note_read
from service.web.shown.planning import PlanShown, plan_shown
from service.web.shown.rows import Row, rows_of, title_of

_RECENT = 20
"""Events shown at once; the earlier ones are folded away."""
_TOLD = 10
_LOOKS = 20
_LOOKS_OF_A_PAGE = 100


class Card(NamedTuple):
    """A clock that runs. ``silence``: why nobody is told of it, if nobody is.

    ``is_left_out``: its dates follow from a birthday that is not for this viewer.
    """

    row: Row
    plan: PlanShown | None
    next: Coming | None
    silence: str
    is_left_out: bool


def view(council: Council, viewer: Viewer, ref: str) -> dict[str, Any]:
    """Everything the page shows. Raises NotFound where no event names this subject, or it is out of reach."""
    on = wall.today()
    with council.writing() as db:
        _see(db, viewer, ref)
        history = history_of(db, ref)
        settled = settle(history)
        same, together = _together(db, viewer, ref, history, settled)
        note_read(db, viewer, "subject.read", together)  # whoever else this child is known as is shown as well
        is_born_shown = all(births.are_shown(db, viewer, one) for one in (ref, *sorted(together - same)))
        own = sorted(clocks.of_subjects(db, [ref])[ref], key=_order)
        rows = rows_of(db, council, own, on, Bookings(settled, council.law))
        left_out = _left_out(council, rows, is_born_shown)
        duties = [row for row in rows if row.clock.measure == DUTY]
        shown = happened(ref, history, settled, people.team_names(db), within=together, births=is_born_shown)
        seen = looks.looks_at(db, ref, most=_LOOKS + 1)
        told = told_of_child(db, council, ref, own, most=_TOLD + 1)
        return {
            "ref": ref,
            "together": sorted(together - {ref}),
            "home": settled.homes.get(ref),
            **_cards(db, council, [row for row in duties if row.clock.outcome is None], left_out, on),
            "finished": [row for row in reversed(duties) if row.clock.outcome is not None],
            "others": [row for row in rows if row.clock.measure != DUTY],
            "left_out": left_out,
            "LEFT_OUT": births.LEFT_OUT,
            "timeline": draw([row for row in duties if row.clock.id not in left_out], _dots(shown), on),
            "told": told[:_TOLD],
            "is_told_cut": len(told) > _TOLD,
            "events": shown,
            "recent": _RECENT,
            "problems": _problems(db, council, ref, rows),
            "looks": looks_in_words(seen[:_LOOKS]),
            "has_more_looks": len(seen) > _LOOKS,
            "freshness": freshness(db, council),
        }


def looked(council: Council, viewer: Viewer, ref: str, before: int | None) -> dict[str, Any]:
    """Who has looked at the child, page by page, the newest first."""
    with council.writing() as db:
        _see(db, viewer, ref)
        note_read(db, viewer, "subject.looked", [ref])
        seen = looks.looks_at(db, ref, most=_LOOKS_OF_A_PAGE + 1, before=before)
        shown = seen[:_LOOKS_OF_A_PAGE]
        return {
            "ref": ref,
            "looks": looks_in_words(shown),
            "next": shown[-1].seq if len(seen) > _LOOKS_OF_A_PAGE else None,
            "is_first": before is None,
            "freshness": freshness(db, council),
        }


def _see(db: Connection, viewer: Viewer, ref: str) -> None:
    """Raises NotFound alike where there is no such child, and where the child is out of reach."""
    if not events.standing(db, [ref])[ref].is_known or not may_see(db, viewer.reach(), ref):
        raise NotFound("there is no child of this reference, or none you answer for", fix="check the reference")


def _together(
    db: Connection, viewer: Viewer, ref: str, history: Sequence[Event], settled: History
) -> tuple[set[str], set[str]]:
    """Whoever this child is known as; and with them those whose histories a correction ties to it, within reach."""
    tied = {ref, *(event.subject for event in history)}
    home = settled.homes.get(ref, ref)
    same = {home, *(one for one in tied if settled.homes.get(one, one) == home)}
    return same, same | those_seen(db, viewer.reach(), tied - same)


def _order(clock: Clock) -> tuple[object, ...]:
    return (clock.due_on or date.max, clock.started_on, clock.id)


def _left_out(council: Council, rows: Sequence[Row], is_born_shown: bool) -> frozenset[str]:
    """The clocks of which no date may be shown: those that a birthday starts, or has ended."""
    if is_born_shown:
        return frozenset()
    by_birth = births.timescales_counted_from_birth(council.law)
    return frozenset(
        row.clock.id for row in rows if row.clock.timescale in by_birth or births.has_ended_by_age(row.clock)
    )


def _cards(db: Connection, council: Council, rows: Sequence[Row], left_out: frozenset[str], on: date) -> dict[str, Any]:
    """What runs, the next due first; what will start by itself; and who has it all now."""
    plans = acknowledgements.latest(db, [row.clock.id for row in rows])
    told, now = releases(db), wall.now()
    found = [
        Card(
            row=row,
            plan=plan_shown(plan, on) if plan else None,
            next=next(iter(coming(row.clock, council.law, plan, now)), None),
            silence=silence(row.clock, told),
            is_left_out=row.clock.id in left_out,
        )
        for row in sorted(rows, key=lambda row: row.clock.id in left_out)
        for plan in [plans.get(row.clock.id)]
    ]
    is_to_come = [card.row.clock.status(on) is Status.NOT_STARTED for card in found]
    return {
        "running": [card for card, later in zip(found, is_to_come, strict=True) if not later],
        "to_come": [card for card, later in zip(found, is_to_come, strict=True) if later],
        "held_by": sorted({(row.team_name, row.clock.worker or "") for row in rows if row.clock.team}),
    }


def _dots(shown: Sequence[Happened]) -> list[tuple[date, str]]:
    return [(one.on, one.says) for one in shown if one.is_standing and one.on and not one.event.target]


def _problems(db: Connection, council: Council, ref: str, rows: Sequence[Row]) -> list[Problem]:
    found = [
        problem_told(row.code, row.words, title_of(council.law, row.timescale) if row.timescale else "")
        for row in clocks.problems_of(db, ref)
    ]
    flawed = [row for row in rows if row.clock.problem and row.clock.measure == DUTY]
    return found + [problem_told(row.clock.problem, "", row.title) for row in flawed]
