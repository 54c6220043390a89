"""The children of the pre-proceedings report: for the service's own copy only."""

from __future__ import annotations

from datetime import date

from rules.errors import CannotCount
from rules.model import Clock, Outcome, Status
from service.reports.definition import Setting
from service.reports.naming import holder_name, iso, team_name
from service.reports.pre_proceedings.cases import LETTER, MEETING, STEPS, TO_LEGAL, WORK, Case, Cases
from service.reports.pre_proceedings.totals import flaw
from service.reports.report import DATE, REFERENCE, Column, Table
from service.reports.words import counted

_A_WEEK = 7
TITLES = {
    TO_LEGAL: "Legal planning meetings, after the departmental one",
    LETTER: "Letters before proceedings",
    MEETING: "Pre-proceedings meetings",
    WORK: "Pre-proceedings decided",
}

COLUMNS = (
    Column("figure", "Team"),
    Column("subject", "Child", REFERENCE),
    Column("key", "Case", REFERENCE),
    Column("dpm_on", "Departmental meeting", DATE),
    Column("lpm_due_on", "Legal planning due", DATE),
    Column("lpm_on", "Legal planning held", DATE),
    Column("days_to_lpm", "Days to it"),
    Column("letter_due_on", "Letter due", DATE),
    Column("letter_on", "Letter sent", DATE),
    Column("meeting_due_on", "Meeting due", DATE),
    Column("meeting_on", "Meeting held", DATE),
    Column("weeks_in", "Weeks in"),
    Column("decide_by_on", "To be decided by", DATE),
    Column("last_progress", "Last progress"),
    Column("last_progress_on", "On", DATE),
    Column("days_since", "Days since"),
    Column("concern_since_on", "Concern stands since", DATE),
    Column("concerns", "Concerns"),
    Column("note", "Note"),
)


def children(facts: Cases, setting: Setting) -> Table:
    """Every child in pre-proceedings, team by team, longest without progress first. Never mailed."""
    ordered = sorted(facts.now, key=lambda case: (holder_name(case.latest, setting), since(case), case.subject))
    rows = [child_row(case, setting) for case in ordered]
    blank = ("",) * (len(COLUMNS) - 4)
    rows += [("cannot be right", one.subject, one.key or "", *blank, flaw(one.problem or "")) for one in facts.flawed]
    rows += [("cannot be right", one.subject, "", *blank, flaw(one.code, one.words)) for one in facts.problems]
    return Table(
        id="children",
        title="Every child in pre-proceedings, by team",
        words=(
            f"{counted(len(rows), 'row')}, those longest without progress first. Kept in the service's own copy only.",
            "Each child stands with the team that has it now.",
            "Where no date is due the authority has set no limit: the days are counted, and nothing is late.",
        ),
        columns=COLUMNS,
        rows=tuple(rows),
        empty="No child is in pre-proceedings.",
    )


def since(case: Case) -> date:
    """The day of its last progress; where there was none, the day it began."""
    return case.progress.on if case.progress else case.first.started_on


def child_row(case: Case, setting: Setting) -> tuple[str, ...]:
    """One child's cells under ``COLUMNS``."""
    legal, letter, meeting, work = (case.steps.get(step) for step in STEPS)
    held_on = _stopped(legal)
    waited = ((held_on or setting.as_at) - legal.started_on).days if legal else None
    return (
        holder_name(case.latest, setting),
        case.subject,
        case.latest.key or "",
        iso(case.dpm_on),
        iso(legal.due_on if legal else None),
        iso(held_on),
        "" if waited is None else f"{waited}{'' if held_on else ' so far'}",
        iso(letter.due_on if letter else None),
        iso(_stopped(letter)),
        iso(meeting.due_on if meeting else None),
        iso(_stopped(meeting)),
        str((setting.as_at - work.started_on).days // _A_WEEK) if work else "",
        iso(work.due_on if work else None),
        case.progress.what if case.progress else "",
        iso(case.progress.on if case.progress else None),
        str((setting.as_at - case.progress.on).days) if case.progress else "",
        iso(case.concern_on),
        "; ".join(one.words for one in case.concerns),
        "; ".join(late(case, setting)),
    )


def late(case: Case, setting: Setting) -> list[str]:
    """Which of its steps are open and past their last day, by how much; and whose they are, where the case moved."""
    found = []
    for step, clock in case.steps.items():
        if clock.due_on is not None and clock.status(setting.as_at) is Status.OVERDUE:
            try:
                days = counted(setting.council.calendar.elapsed(clock.due_on, setting.as_at), "working day")
            except CannotCount:
                days = counted((setting.as_at - clock.due_on).days, "day")
            answers = team_name(clock, setting)
            whose = "" if answers == holder_name(case.latest, setting) else f" (on the last day: {answers})"
            found.append(f"{TITLES[step].partition(',')[0].lower()} {days} overdue{whose}")
    return found


def _stopped(clock: Clock | None) -> date | None:
    return clock.stopped_on if clock and clock.outcome is not Outcome.ENDED else None
