"""One clock: when it is due, why that day, by which law, what happens next, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.model import DUTY, Clock
from rules.telling.doubts import why_not_earlier
from rules.telling.explanation import Beside, Explanation
from service import clock as wall
from service.access.viewers import Viewer
from service.acknowledging import REASONS
from service.council import Council
from service.explaining import explanation_of
from service.store import clocks, people
from service.store.seeing import browsing
from service.store.telling import acknowledgements
from service.store.telling.acknowledgements import Acknowledgement
from service.store.telling.releases import releases
from service.web import words
from service.web.case import births
from service.web.case.coming import coming, silence
from service.web.case.telling import told_of_clock
from service.web.shown.freshness import freshness, note_read
from service.web.shown.months import Marks, Month, months, skipped
from service.web.shown.planning import form_for, plan_shown
from service.web.shown.rows import rows_of, team_name
from service.web.shown.standing import Standing, distance, standing
from service.web.shown.within import clock_within

_MONTHS_OPEN = 3
"""Of a longer sum only the first month and the last are open."""


class Plan(NamedTuple):
    """A plan that was made for the clock."""

    made_at: datetime
    post: str
    reason: str
    next_on: date
    standing: str


class Other(NamedTuple):
    """The same duty measured or read another way; ``clock`` is None where nothing recorded would start it.

    ``gap``: how far its due date is from this clock's.
    """

    lead: str
    clock: Clock | None
    standing: Standing | None
    is_stored: bool
    gap: str


class Happening(NamedTuple):
    """One line of the journal."""

    at: Any
    kind: str
    reason: str
    cause: str


class Calendar(NamedTuple):
    """The months of a sum; ``middle`` is folded away where they are many."""

    first: Sequence[Month]
    middle: Sequence[Month]
    last: Sequence[Month]


def view(council: Council, viewer: Viewer, id: str) -> dict[str, Any]:
    """Everything the page shows. Raises NotFound where there is no such clock, or no more."""
    on = wall.today()
    with council.writing() as db:
        found = clock_within(db, viewer.reach(), id)
        note_read(db, viewer, "clock.explained", [found.subject])
        is_born_shown = births.are_shown(db, viewer, found.subject)
        explanation = explanation_of(council, db, found)
        if not is_born_shown:
            explanation = births.without_births(explanation)
        row, names = rows_of(db, council, [found], on)[0], people.team_names(db)
        plans = acknowledgements.of_clock(db, id)
        return {
            "row": row,
            "clock": found,
            "explanation": explanation,
            "is_left_out": not is_born_shown and births.is_counted_from_birth(found, council.law),
            "is_end_left_out": not is_born_shown and births.has_ended_by_age(row.clock),
            "LEFT_OUT": births.LEFT_OUT,
            "facts": explanation.as_dict(),
            "paragraphs": explanation.as_text().split("\n\n"),
            "doubts": why_not_earlier(explanation),
            "calendar": _calendar(explanation, on),
            "skipped": skipped(explanation.days),
            "others": _others(db, council, explanation, on),
            "is_duty": found.measure == DUTY,
            **_ahead(db, council, row.clock, plans, on),
            "plan_form": form_for(db, council, viewer, found),
            "journal": _journal(db, id),
            "told": told_of_clock(db, council, found),
            "plans": _plans(plans, on),
            "told_team": team_name(names, found.team),
            "answering_team": "" if found.answerable_team == found.team else team_name(names, found.answerable_team),
            "freshness": freshness(db, council),
        }


def _ahead(
    db: Connection, council: Council, clock: Clock, plans: Sequence[Acknowledgement], on: date
) -> dict[str, Any]:
    """What happens next, and the plan that counts."""
    plan = plans[-1] if plans else None
    directory = council.directory(db, on)
    return {
        "coming": coming(clock, council.law, plan, wall.now(), directory),
        "silence": silence(clock, releases(db)),
        "plan": plan_shown(plan, on) if plan else None,
        "waits_until": plan.next_on if plan and plan.is_in_force(on) and clock.outcome is None else None,
    }


def _calendar(explanation: Explanation, on: date) -> Calendar | None:
    clock = explanation.clock
    if clock.due_on is None:
        return None
    held_on = clock.stopped_on if clock.ended_because is None else None
    found = months(explanation.days, clock.counted_from_on, Marks(clock.due_on, clock.target_due_on, held_on, on))
    if len(found) <= _MONTHS_OPEN:
        return Calendar(found, [], []) if found else None
    return Calendar(found[:1], found[1:-1], found[-1:])


def _others(db: Connection, council: Council, explanation: Explanation, on: date) -> list[Other]:
    stored = {one.id for own in clocks.of_subjects(db, [explanation.clock.subject]).values() for one in own}
    return [
        Other(
            lead=_lead(beside),
            clock=beside.clock,
            standing=standing(beside.clock, on, council.calendar) if beside.clock else None,
            is_stored=beside.clock is not None and beside.clock.id in stored and beside.kind == "measure",
            gap=_gap(explanation.clock, beside.clock, council),
        )
        for beside in explanation.beside
    ]


def _lead(beside: Beside) -> str:
    if beside.kind == "measure" and beside.id == DUTY:
        return "The duty itself"
    return beside.title


def _gap(own: Clock, other: Clock | None, council: Council) -> str:
    if other is None or own.due_on is None or other.due_on is None:
        return ""
    if other.due_on == own.due_on:
        return "the same day"
    side = "later" if other.due_on > own.due_on else "earlier"
    return f"{distance(own.due_on, other.due_on, council.calendar)} {side}"


def _journal(db: Connection, id: str) -> list[Happening]:
    rows: Sequence[Any] = clocks.journal_of(db, id)
    causes = browsing.events_by_seq(db, {row.event_seq for row in rows if row.event_seq is not None})
    return [
        Happening(
            at=row.at,
            kind=words.CHANGES.get(row.kind, row.kind),
            reason=words.first(words.with_days(row.reason)),
            cause=_cause(causes.get(row.event_seq)),
        )
        for row in rows
    ]


def _cause(event: Any) -> str:
    if event is None:
        return "A change of law or calendar"
    corrects = " (a correction)" if event.target and event.type != "event.withdrawn" else ""
    return f"{words.event(event.type)}{corrects}: event {event.event_id} of {event.source}"


def _plans(made: Sequence[Acknowledgement], on: date) -> list[Plan]:
    return [
        Plan(
            one.made_at,
            words.first(words.spaced(one.post)),
            REASONS.get(one.reason, one.reason) + (f": {one.words}" if one.words else ""),
            one.next_on,
            "Replaced by a later one"
            if one is not made[-1]
            else "In force"
            if one.is_in_force(on)
            else "Its day has passed",
        )
        for one in made
    ]
