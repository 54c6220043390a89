"""The children behind the figures of ``section-47``: for the service's own copy only."""

from __future__ import annotations

from service.reports.definition import Setting
from service.reports.naming import children_table, iso, team_name, team_now
from service.reports.report import DATE, REFERENCE, Column, Table
from service.reports.section_47.enquiries import Enquiries, Enquiry
from service.reports.section_47.naming import flaws

_CHILD = (
    Column("figure", "Figure"),
    Column("subject", "Child", REFERENCE),
    Column("key", "Enquiry", REFERENCE),
    Column("team", "Team"),
    Column("team_now", "Team now"),
    Column("discussion_on", "Strategy discussion", DATE),
    Column("first_meeting_on", "First meeting", DATE),
    Column("section_47_on", "Section 47 start", DATE),
    Column("due_on", "Last day", DATE),
    Column("conference_on", "Conference", DATE),
    Column("working_days", "Days"),
    Column("working_days_from_first_meeting", "Days from meeting"),
    Column("working_days_dfe", "Days, DfE"),
    Column("in_time", "In time"),
    Column("in_time_from_first_meeting", "In time from meeting"),
    Column("in_time_dfe", "In time, DfE"),
    Column("booked_on", "Booked", DATE),
    Column("note", "Note"),
)


def children(facts: Enquiries, setting: Setting) -> Table:
    """Every child behind the figures, by the figure they are behind. For the service's own copy only."""
    earlier = [one for one in facts.held(setting.all) if one not in set(facts.held(setting.this))]
    groups = (
        ("held this week", facts.held(setting.this)),
        ("held in the weeks before", earlier),
        ("open and overdue", facts.overdue(setting.this)),
        ("due next", facts.due_next(setting.this)),
        ("ended without a conference", facts.ended(setting.all)),
    )
    rows = [_child(figure, one, setting) for figure, group in groups for one in group]
    blank = ("",) * (len(_CHILD) - 6)
    rows += [("cannot be right", *whose, *blank, words) for *whose, words in flaws(facts, setting)]
    return children_table(_CHILD, rows)


def _child(figure: str, one: Enquiry, setting: Setting) -> tuple[str, ...]:
    duty, is_held = one.duty, one.days is not None
    return (
        figure,
        duty.subject,
        duty.key or "",
        team_name(duty, setting),
        team_now(duty, setting),
        iso(duty.started_on),
        iso(one.by_meeting.started_on if one.by_meeting else None),
        iso(one.by_dfe.started_on if one.by_dfe else None),
        iso(duty.due_on),
        iso(duty.stopped_on if is_held else None),
        _number(one.days),
        _number(one.days_from_meeting),
        _number(one.days_by_dfe),
        _yes(one.is_in_time, is_held),
        _yes(one.is_in_time_from_meeting, is_held and one.by_meeting is not None),
        _yes(one.is_in_time_by_dfe, is_held and one.by_dfe is not None),
        iso(one.booked_on),
        "; ".join([*duty.flags, *([duty.ended_because] if duty.ended_because else [])]),
    )


def _number(days: int | None) -> str:
    return "" if days is None else str(days)


def _yes(is_so: bool, is_known: bool) -> str:
    return ("yes" if is_so else "no") if is_known else ""
