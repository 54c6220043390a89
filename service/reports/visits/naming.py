"""What the tables, the charts, the words and the list of children of the visits report all say alike."""

from __future__ import annotations

from service.reports.definition import Setting
from service.reports.visits.waits import KINDS, Kind, Wait

NO_WORKER = "No worker recorded"
_FLAWS = {
    "stopped-before-start": "a visit dated before the wait for it began",
    "ended-before-start": "an end dated before what it should have ended",
    "nothing-to-stop": "a visit with nothing recorded before it that asks for one",
    "source-data": "something that the source sent and that cannot be true",
    "cannot-count": "a date outside the calendar",
}


def kinds(setting: Setting) -> list[Kind]:
    """The kinds of visit that this authority times."""
    return [kind for kind in KINDS if setting.version(kind.timescale)]


def phase_title(wait: Wait, setting: Setting) -> str:
    """What held when the limit was set, in the law's words; empty where the duty has one limit."""
    for version in setting.law.timescales[wait.kind.timescale].duty.versions:
        for phase in version.phases:
            if phase.id == wait.clock.phase:
                return f"{phase.title[0].upper()}{phase.title[1:]}"
    return ""


def flaw(code: str, words: str = "") -> str:
    """What cannot be right, in words."""
    return _FLAWS.get(code, words or code)
