"""Section 47 enquiries: each from its strategy discussion to its conference, and what the wrong start would hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, true

from rules.model import DUTY, Clock, Outcome
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.reports.known import beside
from service.reports.section_47.enquiries import BY_FIRST_MEETING, CONFERENCE, REVIEW, Enquiry, gather
from service.store import people
from service.store.seeing import trackers
from service.store.seeing.trackers import Part
from service.web.shown.bookings import Bookings, bookings_of
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import address
from service.web.shown.paging import MOST, paging
from service.web.shown.rows import rows_of
from service.web.shown.tracking import FINISHED_FOR, Pick, note_export, offered, tracked, week_end, working_days


class Show(StrEnum):
    """Which enquiries to list."""

    OPEN = "open"
    OVERDUE = "overdue"
    TODAY = "due_today"
    WEEK = "due_this_week"
    LATER = "due_later"
    HIDDEN = "hidden"
    FINISHED = "finished"


PICKS = {
    Show.OPEN: "open",
    Show.OVERDUE: "overdue",
    Show.TODAY: "due today",
    Show.WEEK: "more due by Sunday",
    Show.LATER: "due later",
    Show.HIDDEN: "hidden by the wrong start",
    Show.FINISHED: f"finished in the last {FINISHED_FOR.days // 7} weeks",
}
_PARTS = {Show.OVERDUE: Part.OVERDUE, Show.TODAY: Part.TODAY, Show.WEEK: Part.WEEK, Show.LATER: Part.LATER}


class Asked(NamedTuple):
    """What the address asks for."""

    team: str | None = None
    show: Show = Show.OPEN
    page: int = 1


class Line(NamedTuple):
    """One enquiry. ``days``: working days since the discussion, to the conference or today; ``gap``: to the meeting."""

    enquiry: Enquiry
    booked_on: date | None
    review: Clock | None
    days: int | None
    gap: int | None
    is_hidden: bool


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """One page of enquiries, the counts of every part, and the teams within reach."""
    on = wall.today()
    with council.writing() as db:
        many = counts(db, viewer, asked)
        paged = paging(many[asked.show], asked.page, lambda nth: _address(asked, page=nth))
        found = _listed(db, viewer, asked, paged.skip)
        bookings = bookings_of(db, {one.subject for one in found}, council.law)
        lines = _lines(db, council, found, bookings, on)
        note_read(db, viewer, "section-47.listed", (line.enquiry.duty.subject for line in lines))
        unfiltered = (_conditions(viewer, Asked(show=show), on) for show in (Show.OPEN, Show.FINISHED))
        teams = {team for conditions in unfiltered for team in trackers.teams(db, conditions)}
        flawed = trackers.counted(db, trackers.flawed(_tracked(viewer, asked), on))
        return {
            "asked": asked,
            "picks": _picks(asked, many),
            "hidden": many[Show.HIDDEN],
            "teams": offered(people.team_names(db), teams),
            "lines": list(zip(rows_of(db, council, found, on, bookings), lines, strict=True)),
            "paging": paged,
            "what": PICKS[asked.show],
            "has_reviews": REVIEW in council.law.timescales,
            "flawed": flawed,
            "export": _address(asked, path="/section-47.csv"),
            "hidden_address": _address(asked._replace(show=Show.HIDDEN)),
            "freshness": freshness(db, council),
        }


def counts(db: Connection, viewer: Viewer, asked: Asked) -> dict[Show, int]:
    """How many enquiries there are in each part of the list."""
    on, wanted = wall.today(), _tracked(viewer, asked)
    parts = {show.value: condition for show, condition in _open_parts(on).items()}
    found = trackers.tallied(db, trackers.running(wanted, on), parts).get(CONFERENCE, {})
    finished = trackers.counted(db, trackers.finished(wanted, on - FINISHED_FOR))
    return {show: finished if show is Show.FINISHED else found.get(show.value, 0) for show in Show}


def exported(council: Council, viewer: Viewer, asked: Asked) -> list[Sequence[object]]:
    """Every enquiry that the list would show on all its pages, one a row under ``COLUMNS``."""
    on = wall.today()
    with council.writing() as db:
        found = _listed(db, viewer, asked, None)
        lines = _lines(db, council, found, bookings_of(db, {one.subject for one in found}, council.law), on)
        note_export(db, viewer, "section-47", len(lines), (line.enquiry.duty.subject for line in lines))
    return [_cells(line, on) for line in lines]


COLUMNS = (
    *("child", "enquiry", "team", "worker", "status", "strategy_discussion_on", "first_strategy_meeting_on"),
    *("review_meeting_target_on", "review_meeting_due_on", "review_meeting_held_on"),
    *("conference_due_on", "conference_booked_on", "conference_held_on", "working_days"),
    *("due_on_counted_from_first_meeting", "working_days_discussion_to_first_meeting", "hidden_by_the_wrong_start"),
)


def _cells(line: Line, on: date) -> Sequence[object]:
    duty, review, other = line.enquiry.duty, line.review, line.enquiry.by_meeting
    is_held = duty.outcome is not None and duty.outcome is not Outcome.ENDED
    reviewed_on = review.stopped_on if review and review.outcome is not Outcome.ENDED else None
    return (
        *(duty.subject, duty.key, duty.team, duty.worker, duty.status(on).value, duty.started_on),
        *(other.started_on if other else None, review.target_due_on if review else None),
        *(review.due_on if review else None, reviewed_on),
        *(duty.due_on, line.booked_on, duty.stopped_on if is_held else None, line.days),
        *(other.due_on if other else None, line.gap, "yes" if line.is_hidden else "no"),
    )


def _tracked(viewer: Viewer, asked: Asked) -> trackers.Tracked:
    return tracked((CONFERENCE,), viewer.reach(), asked.team)


def _open_parts(on: date) -> dict[Show, ColumnElement[bool]]:
    """What puts an open enquiry in a part of the list."""
    parts = {show: trackers.part(which, on, week_end(on)) for show, which in _PARTS.items()}
    return {Show.OPEN: true(), **parts, Show.HIDDEN: trackers.hidden(CONFERENCE, BY_FIRST_MEETING, on)}


def _conditions(viewer: Viewer, asked: Asked, on: date) -> list[ColumnElement[bool]]:
    wanted = _tracked(viewer, asked)
    if asked.show is Show.FINISHED:
        return trackers.finished(wanted, on - FINISHED_FOR)
    return [*trackers.running(wanted, on), _open_parts(on)[asked.show]]


def _listed(db: Connection, viewer: Viewer, asked: Asked, skip: int | None) -> list[Clock]:
    """A page of the list; all of it where ``skip`` is None."""
    conditions, newest = _conditions(viewer, asked, wall.today()), asked.show is Show.FINISHED
    most = None if skip is None else MOST
    return trackers.listed(db, conditions, most=most, skip=skip or 0, is_newest_first=newest)


def _lines(db: Connection, council: Council, found: Sequence[Clock], bookings: Bookings, on: date) -> list[Line]:
    """The enquiries of these conference clocks, in their order."""
    whole = trackers.of_children(db, {one.subject for one in found}, {CONFERENCE, REVIEW})
    enquiries = gather(beside(db, whole, as_at=on, known_at=wall.now()), council.law, on)
    by_id = {one.duty.id: one for one in enquiries.all}
    reviews = _by_enquiry(enquiries.reviews)
    return [_line(by_id[one.id], reviews, bookings, council, on) for one in found]


def _line(
    one: Enquiry, reviews: Mapping[tuple[str, str | None], Clock], bookings: Bookings, council: Council, on: date
) -> Line:
    duty, days = one.duty, one.days
    if duty.stopped_on is None:
        days = working_days(duty.counted_from_on, on, council.calendar)
    review = reviews.get((duty.subject, duty.key))
    return Line(one, bookings.planned_on(duty), review, days, one.to_meeting, one.is_hidden_on(on))


def _by_enquiry(reviews: Sequence[Clock]) -> dict[tuple[str, str | None], Clock]:
    """The review strategy meeting that was asked for last of each enquiry."""
    return {(one.subject, one.key): one for one in reviews if one.measure == DUTY}


def _picks(asked: Asked, many: Mapping[Show, int]) -> list[Pick]:
    late = (Show.OVERDUE, Show.HIDDEN)
    return [
        Pick(
            words=words,
            many=many[show],
            href=_address(asked._replace(show=show, page=1)),
            is_chosen=show is asked.show,
            tone="late" if show in late and many[show] else "plain",
        )
        for show, words in PICKS.items()
    ]


def _address(asked: Asked, *, page: int = 1, path: str = "/section-47") -> str:
    show = None if asked.show is Show.OPEN else asked.show.value
    return address(path, team=asked.team, show=show, page=str(page) if page > 1 else None)
