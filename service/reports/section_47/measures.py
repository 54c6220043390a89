"""How each measure of ``section-47`` is counted: from the enquiries, for a period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from service.reports import figures
from service.reports.period import Period
from service.reports.report import Value
from service.reports.section_47.enquiries import Enquiries


def in_time(facts: Enquiries, period: Period) -> Value:
    held = facts.held(period)
    return figures.share(sum(one.is_in_time for one in held), len(held))


def from_meeting(facts: Enquiries, period: Period) -> Value:
    held = [one for one in facts.held(period) if one.by_meeting]
    return figures.share(sum(one.is_in_time_from_meeting for one in held), len(held))


def by_dfe(facts: Enquiries, period: Period) -> Value:
    held = [one for one in facts.held(period) if one.by_dfe]
    return figures.share(sum(one.is_in_time_by_dfe for one in held), len(held))


def hidden(facts: Enquiries, period: Period) -> Value:
    held = facts.held(period)
    return figures.share(sum(one.is_hidden for one in held), len(held))


def days(facts: Enquiries, period: Period) -> Value:
    return figures.middle([one.days for one in facts.held(period) if one.days is not None])


def days_to_meeting(facts: Enquiries, period: Period) -> Value:
    return figures.middle([one.to_meeting for one in facts.held(period) if one.to_meeting is not None])


def reviews_on_target(facts: Enquiries, period: Period) -> Value:
    return _by([(one.stopped_on, one.target_due_on) for one in facts.reviews_held(period)])


def reviews_in_time(facts: Enquiries, period: Period) -> Value:
    return _by([(one.stopped_on, one.due_on) for one in facts.reviews_held(period)])


def _by(dates: Iterable[tuple[date | None, date | None]]) -> Value:
    """How many were held by their date, of those that had one."""
    judged = [held_on <= by_on for held_on, by_on in dates if held_on and by_on]
    return figures.share(sum(judged), len(judged))


def overdue(facts: Enquiries, period: Period) -> Value:
    return figures.count(len(facts.overdue(period)))


def reviews_overdue(facts: Enquiries, period: Period) -> Value:
    return figures.count(len(facts.reviews_overdue(period)))
