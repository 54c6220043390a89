"""Every child with whom court is being considered: what was held and is due, and who has stood still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import DUTY, Clock, Status
from rules.rungs import ladder_of
from rules.telling.who import rung_words
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.reports.definition import Setting
from service.reports.known import beside
from service.reports.pre_proceedings.cases import COURT, PROGRESS, STEPS, Case, gather, is_still
from service.reports.pre_proceedings.children import COLUMNS as CHILD
from service.reports.pre_proceedings.children import child_row, since
from service.reports.pre_proceedings.concerns import CONCERNS
from service.store import people
from service.store.seeing import trackers
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import WITHOUT_TEAM, address
from service.web.shown.paging import MOST, paging
from service.web.shown.rows import team_name, title_of
from service.web.shown.standing import distance
from service.web.shown.tracking import Pick, note_export, offered, tracked
from service.web.words import first, spaced, unsent

_A_WEEK = 7


class Show(StrEnum):
    """Which children to list."""

    ALL = "all"
    STILL = "still"
    MOVING = "moving"
    LATE = "late"
    CONCERN = "concern"


PICKS = {
    Show.ALL: "in pre-proceedings",
    Show.STILL: "standing still",
    Show.MOVING: "moved lately",
    Show.LATE: "past a limit",
    Show.CONCERN: "with a concern that stands",
}


class Asked(NamedTuple):
    """What the address asks for."""

    team: str | None = None
    show: Show = Show.ALL
    page: int = 1


class Step(NamedTuple):
    """One step of a child's way: when it is due, when it was done, and how far past its limit it is, in words."""

    clock: Clock | None
    done_on: date | None
    overdue: str


class Rung(NamedTuple):
    """Who was told last that something is late or about to be: ``about`` which timescale, and when of it."""

    post: str
    told_on: date
    unsent: str
    about: str
    when: str


class Line(NamedTuple):
    """One child in pre-proceedings."""

    case: Case
    since: date
    days_since: int
    is_still: bool
    steps: Mapping[str, Step]
    weeks_in: int | None
    team_name: str
    rung: Rung | None


class _Found(NamedTuple):
    """Everybody within reach, longest without progress first, and the clocks that speak of concerns."""

    setting: Setting
    cases: tuple[Case, ...]
    concerned: Mapping[str, Sequence[Clock]]

    def of(self, asked: Asked) -> list[Case]:
        own = [case for case in self.cases if asked.team is None or (case.latest.team or WITHOUT_TEAM) == asked.team]
        return [case for case in own if _is_shown(case, asked.show, self.setting)]


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """One page of children, the counts of every part, and the teams within reach."""
    with council.writing() as db:
        found = _found(db, council, viewer)
        parts = {show: found.of(asked._replace(show=show)) for show in Show}
        paged = paging(len(parts[asked.show]), asked.page, lambda nth: _address(asked, page=nth))
        shown = parts[asked.show][paged.skip : paged.skip + MOST]
        note_read(db, viewer, "pre-proceedings.listed", (case.subject for case in shown))
        reach = viewer.reach()
        teams = {case.latest.team for case in found.cases if not reach.teams or case.latest.team in reach.teams}
        return {
            "asked": asked,
            "picks": [_pick(asked, show, len(cases)) for show, cases in parts.items()],
            "still": len(parts[Show.STILL]),
            "everybody": len(parts[Show.ALL]),
            "teams": offered(people.team_names(db), teams),
            "lines": _lines(db, council, found, shown),
            "paging": paged,
            "what": PICKS[asked.show],
            "flawed": trackers.counted(db, trackers.flawed(tracked(STEPS, reach, asked.team), found.setting.as_at)),
            "still_address": _address(asked._replace(show=Show.STILL)),
            "export": _address(asked, path="/pre-proceedings.csv"),
            "freshness": freshness(db, council),
        }


def counts(db: Connection, council: Council, viewer: Viewer, asked: Asked) -> dict[Show, int]:
    """How many children there are in each part of the list."""
    found = _found(db, council, viewer)
    return {show: len(found.of(asked._replace(show=show))) for show in Show}


COLUMNS = (
    "team",
    *(column.id for column in CHILD[1:]),
    *("told_last", "told_last_on", "told_last_about"),
)


def exported(council: Council, viewer: Viewer, asked: Asked) -> list[Sequence[object]]:
    """Every child that the list would show on all its pages, one a row under ``COLUMNS``."""
    with council.writing() as db:
        found = _found(db, council, viewer)
        lines = _lines(db, council, found, found.of(asked))
        note_export(db, viewer, "pre-proceedings", len(lines), (line.case.subject for line in lines))
    return [(*child_row(line.case, found.setting), *_told(line.rung)) for line in lines]


def _told(rung: Rung | None) -> Sequence[object]:
    return (rung.post, rung.told_on, f"{rung.about}: {rung.when}{rung.unsent}") if rung else ("", "", "")


def _found(db: Connection, council: Council, viewer: Viewer) -> _Found:
    on, now = wall.today(), wall.now()
    subjects = trackers.subjects(db, trackers.running(tracked(STEPS, viewer.reach(), None), on))
    about = _about_concerns(council.law)
    own = trackers.of_children(db, subjects, {*STEPS, COURT, *about})
    begun = [one for one in own if one.started_on <= on and one.measure == DUTY]
    steps = [one for one in begun if one.timescale not in about]
    known = beside(db, steps, as_at=on, known_at=now, events_of=(*PROGRESS, *CONCERNS))
    setting = Setting(council, on, now, (), known.teams, "month")
    cases = sorted(gather(known, setting).now, key=lambda case: (since(case), case.subject))
    concerned: dict[str, list[Clock]] = {}
    for one in begun:
        if one.timescale in about:
            concerned.setdefault(one.subject, []).append(one)
    return _Found(setting, tuple(cases), concerned)


def _about_concerns(law: Law) -> set[str]:
    """The timescales that a concern about delay starts."""
    return {one.id for one in law.timescales.values() if any(trigger.event in CONCERNS for trigger in one.duty.starts)}


def _is_shown(case: Case, show: Show, setting: Setting) -> bool:
    if show is Show.STILL:
        return is_still(since(case), setting)
    if show is Show.MOVING:
        return not is_still(since(case), setting)
    if show is Show.LATE:
        return any(one.status(setting.as_at) is Status.OVERDUE for one in case.steps.values())
    return show is Show.ALL or case.concern_on is not None


def _lines(db: Connection, council: Council, found: _Found, cases: Sequence[Case]) -> list[Line]:
    standing = {case.subject: _standing(case, found.concerned.get(case.subject, ())) for case in cases}
    told = trackers.told(db, {id for ids in standing.values() for id in ids})
    rows = {subject: [row for id in ids for row in told.get(id, ())] for subject, ids in standing.items()}
    return [_line(case, found.setting, _rung(council.law, rows[case.subject])) for case in cases]


def _standing(case: Case, concerned: Iterable[Clock]) -> list[str]:
    """The clocks of the steps that are open, and of the concerns that stand, whether or not those run still."""
    raised_on = {one.raised_on for one in case.concerns if one.is_open}
    steps = [one.id for one in case.steps.values() if one.stopped_on is None]
    return steps + [one.id for one in concerned if one.stopped_on is None or one.started_on in raised_on]


def _line(case: Case, setting: Setting, rung: Rung | None) -> Line:
    on, moved_on, work = setting.as_at, since(case), case.steps.get(STEPS[-1])
    return Line(
        case=case,
        since=moved_on,
        days_since=(on - moved_on).days,
        is_still=is_still(moved_on, setting),
        steps={name: _step(case.steps.get(step), setting) for name, step in zip(STEP_NAMES, STEPS, strict=True)},
        weeks_in=(on - work.started_on).days // _A_WEEK if work else None,
        team_name=team_name(setting.teams, case.latest.team),
        rung=rung,
    )


STEP_NAMES = ("legal_planning", "letter", "meeting", "work")
"""What the template calls the steps, in the order of ``STEPS``."""


def _step(clock: Clock | None, setting: Setting) -> Step:
    if clock is None:
        return Step(None, None, "")
    status = clock.status(setting.as_at)
    done_on = None if status is Status.ENDED else clock.stopped_on
    overdue = ""
    if status is Status.OVERDUE and clock.due_on:
        overdue = f"{distance(clock.due_on, setting.as_at, setting.council.calendar)} overdue"
    return Step(clock, done_on, overdue)


def _rung(law: Law, told: Iterable[Any]) -> Rung | None:
    """The rung that was told last; a message that is no rung of a ladder, such as that a plan has lapsed, is none."""
    for row in sorted(told, key=lambda one: one.told_at, reverse=True):
        step = ladder_of(row.timescale, law).step(row.step, row.post)
        if step is not None:
            post = first(spaced(row.told_post or row.post))
            return Rung(
                post, wall.local(row.told_at).date(), unsent(row.state), title_of(law, row.timescale), rung_words(step)
            )
    return None


def _pick(asked: Asked, show: Show, count: int) -> Pick:
    tone = "late" if show in (Show.STILL, Show.LATE) and count else "plain"
    return Pick(PICKS[show], count, _address(asked._replace(show=show)), show is asked.show, tone)


def _address(asked: Asked, *, page: int = 1, path: str = "/pre-proceedings") -> str:
    show = None if asked.show is Show.ALL else asked.show.value
    return address(path, team=asked.team, show=show, page=str(page) if page > 1 else None)
