"""What the tables, the words and the list of children of ``section-47`` all say alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.reports.definition import Setting
from service.reports.naming import team_name, team_now
from service.reports.section_47.enquiries import CONFERENCE, Enquiries, Enquiry

BANDS = "dfe-section-47-to-conference"


class Booked(NamedTuple):
    """Of conferences not held yet: booked by the last day, booked after it, and not booked."""

    in_time: int
    too_late: int
    nowhere: int


def booked(ahead: Sequence[Enquiry], setting: Setting) -> Booked:
    """A booking for a day that has gone by is none."""
    days = [(one.duty.due_on, one.booked_on) for one in ahead if one.booked_on and one.booked_on >= setting.as_at]
    in_time = sum(due_on is not None and booked_on <= due_on for due_on, booked_on in days)
    return Booked(in_time, len(days) - in_time, len(ahead) - len(days))


def limit_words(setting: Setting) -> str:
    """The conference's limit in force: ``15 working days``."""
    version = setting.version(CONFERENCE)
    return version.limit.words if version and version.limit else "the limit"


_FLAWS = {
    "stopped-before-start": "the conference is dated before the enquiry",
    "nothing-to-stop": "a conference with no enquiry",
    "nothing-to-decide": "a decision about a review with no discussion",
    "cannot-count": "a date outside the calendar",
}


def flaws(facts: Enquiries, setting: Setting) -> Iterator[tuple[str, str, str, str, str]]:
    """Subject, key, team, the team that has it now, and what is wrong."""
    for clock in facts.flawed:
        yield (
            clock.subject,
            clock.key or "",
            team_name(clock, setting),
            team_now(clock, setting),
            _FLAWS.get(clock.problem or "", clock.problem or ""),
        )
    for problem in facts.problems:
        yield problem.subject, "", "", "", _FLAWS.get(problem.code, problem.words)
