"""One clock: when it is due, why that day, by which law, what happened to it, and who was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.model import DUTY, Clock, Ladder
from rules.plan import CORRECTED, LAPSED, PLAN
from rules.rungs import ladder_of
from rules.telling.explanation import Beside, Explanation
from service import clock as wall
from service.access.viewers import Viewer
from service.acknowledging import REASONS
from service.council import Council
from service.explaining import explanation_of
from service.store import acknowledgements, browsing, clocks, people
from service.web import words
from service.web.shown.freshness import freshness, note_read
from service.web.shown.months import Marks, months, skipped
from service.web.shown.rows import rows_of, team_name
from service.web.shown.standing import Standing, standing
from service.web.shown.within import clock_within

_STATES = {
    "queued": ("In a mail that is waiting to be sent", "yellow"),
    "undeliverable": ("The address was refused: nobody has been told", "red"),
    "held": ("Held back: its team is not told of this yet", "grey"),
    "cancelled": ("Not needed: it was over, or had moved, before the moment came", "grey"),
    "passed_over": ("Not told: a later step said more", "grey"),
}


class Told(NamedTuple):
    """One thing that a post was told about the clock, or was to be."""

    step: str
    due_on: date
    post: str
    state: str
    colour: str
    message_seq: int | None


class Plan(NamedTuple):
    """A plan that was made for the clock."""

    made_at: datetime
    post: str
    reason: str
    next_on: date
    standing: str


class Other(NamedTuple):
    """The same duty measured or read another way; ``clock`` is None where nothing recorded would start it."""

    lead: str
    clock: Clock | None
    standing: Standing | None
    is_stored: bool


class Happening(NamedTuple):
    """One line of the journal."""

    at: Any
    kind: str
    reason: str
    cause: str


def view(council: Council, viewer: Viewer, id: str) -> dict[str, Any]:
    """Everything the page shows. Raises NotFound where there is no such clock, or no more."""
    on = wall.today()
    with council.writing() as db:
        found = clock_within(db, viewer.reach(), id)
        note_read(db, viewer, "clock.explained", [found.subject])
        explanation = explanation_of(council, db, found)
        facts = explanation.as_dict()
        row, names = rows_of(db, council, [found], on)[0], people.team_names(db)
        return {
            "row": row,
            "clock": found,
            "explanation": explanation,
            "facts": facts,
            "paragraphs": explanation.as_text().split("\n\n"),
            "months": _months(explanation, on),
            "skipped": skipped(explanation.days),
            "others": _others(db, council, explanation, on),
            "is_duty": found.measure == DUTY,
            "journal": _journal(db, id),
            "told": _told(db, council, found),
            "plans": _plans(db, id, on),
            "told_team": team_name(names, found.team),
            "answering_team": "" if found.answerable_team == found.team else team_name(names, found.answerable_team),
            "freshness": freshness(db, council),
        }


def _months(explanation: Explanation, on: date) -> list[Any]:
    clock = explanation.clock
    if clock.due_on is None:
        return []
    marks = Marks(clock.due_on, clock.target_due_on, clock.stopped_on, on)
    return list(months(explanation.days, clock.counted_from_on, marks))


def _others(db: Connection, council: Council, explanation: Explanation, on: date) -> list[Other]:
    stored = {one.id for own in clocks.of_subjects(db, [explanation.clock.subject]).values() for one in own}
    return [
        Other(
            lead=_lead(beside),
            clock=beside.clock,
            standing=standing(beside.clock, on, council.calendar) if beside.clock else None,
            is_stored=beside.clock is not None and beside.clock.id in stored and beside.kind == "measure",
        )
        for beside in explanation.beside
    ]


def _lead(beside: Beside) -> str:
    if beside.kind == "measure" and beside.id == DUTY:
        return "The duty itself"
    return beside.title


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


def _plans(db: Connection, id: str, on: date) -> list[Plan]:
    made = acknowledgements.of_clock(db, id)
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


def _told(db: Connection, council: Council, clock: Clock) -> list[Told]:
    ladder = ladder_of(clock.timescale, council.law)
    return [
        Told(
            step=_step(ladder, row.step, row.post),
            due_on=row.due_on,
            post=words.first(words.spaced(row.post)),
            state=state,
            colour=colour,
            message_seq=row.message_seq,
        )
        for row in browsing.alerts_of(db, clock.id)
        for state, colour in [_state(row)]
    ]


def _step(ladder: Ladder, id: str, post: str) -> str:
    """What a post was told: a rung in the ladder's words, or a plan or correction of one, which no ladder has."""
    if id.startswith(CORRECTED):
        return f"correction of: {_step(ladder, id.removeprefix(CORRECTED), post)}"
    if id.startswith((PLAN, LAPSED)):
        return "late, with a plan made below" if id.startswith(PLAN) else "the day of a plan has passed"
    step = ladder.step(id, post)
    return step.title if step else words.spaced(id)


def _state(alert: Any) -> tuple[str, str]:
    """What became of an alert, in words, with the colour of its tag."""
    instead = f", for nobody holds that post: {words.spaced(alert.told_post)}" if alert.told_post else ""
    if alert.state == "sent":
        arrived = f"; arrived {words.moment(alert.delivered_at)}" if alert.delivered_at else ""
        return f"Sent {words.moment(alert.sent_at)} to {alert.address}{instead}{arrived}", "green"
    if alert.state == "not_sent":
        return f"Written to the outbox folder {words.moment(alert.sent_at)}, not sent{instead}", "grey"
    if alert.state == "taken_back":
        return (
            f"Told {words.moment(alert.told_at)} to {alert.address}; it has turned out untrue, and is corrected",
            "yellow",
        )
    if alert.state == "planned":
        return _planned(alert)
    return _STATES[alert.state]


def _planned(alert: Any) -> tuple[str, str]:
    if alert.send_at <= wall.now():
        return "Due to be told, with the next message or once a plan has lapsed", "yellow"
    if alert.team is None:
        when = words.moment(alert.send_at)
        return f"Due to be told {when}, but no team is recorded: nobody may hold this post", "red"
    return f"Will be told {words.moment(alert.send_at)}, if nothing changes", "blue"
