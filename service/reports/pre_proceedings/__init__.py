"""The report ``pre-proceedings``: every child with whom court is being considered, and how long nothing has moved.

The time from departmental to legal planning was once not tracked at all, and children waited for proceedings that were
never issued. So every child stands in it by team, with the last thing that moved.
"""

from __future__ import annotations

from service.reports.definition import Definition, Setting
from service.reports.naming import team_said
from service.reports.period import months
from service.reports.pre_proceedings.cases import COURT, PROGRESS, STEPS, Cases, gather, is_still
from service.reports.pre_proceedings.children import children
from service.reports.pre_proceedings.concerns import CONCERNS
from service.reports.pre_proceedings.tables import CHARTS, MEASURES, TABLES
from service.reports.pre_proceedings.totals import TOTALS
from service.reports.report import Headline, Said
from service.reports.words import counted, day

MONTHS = 12


def _opening(facts: Cases, setting: Setting) -> str:
    if not facts.now:
        return f"Nothing to report: no child was in pre-proceedings on {day(setting.as_at)}."
    still = _still(facts, setting)
    words = f"{counted(len(facts.now), 'child is', 'children are')} in pre-proceedings on {day(setting.as_at)}"
    if not still:
        return f"{words}; for each of them something has moved in the last four weeks."
    return f"{words}; for {still:,} of them nothing has moved in the last four weeks."


def _still(facts: Cases, setting: Setting) -> int:
    """How many have stood still for more than four weeks."""
    since = [case.progress.on if case.progress else case.first.started_on for case in facts.now]
    return sum(is_still(on, setting) for on in since)


def _headlines(facts: Cases, setting: Setting) -> tuple[Headline, ...]:
    if not facts.now:
        return ()
    concerns = sum(case.concern_on is not None for case in facts.now)
    whole = f"of {len(facts.now):,}"
    return (
        Headline(f"{_still(facts, setting):,}", whole, "with no progress for four weeks"),
        Headline(f"{len(facts.overrun(setting.this)):,}", whole, "past their limit and not decided"),
        Headline(f"{concerns:,}", whole, "with a concern that stands"),
    )


def _lines(facts: Cases, setting: Setting) -> tuple[str, ...]:
    unset = [step for step in STEPS if (version := setting.version(step)) and version.limit is None]
    if not unset:
        return ()
    names = [setting.law.timescales[step].title.lower() for step in unset]
    return (f"No limit is set for: {'; '.join(names)}. There the days are counted, and nothing is late.",)


def _words(facts: Cases, setting: Setting) -> tuple[Said, ...]:
    return (
        Said("In pre-proceedings", "A step of it is open: legal planning, the letter, the meeting, or the decision."),
        Said(
            "Progress",
            "A planning meeting, the start of pre-proceedings, the letter, the meeting with the parents, proceedings "
            "issued, or an end. A booking is none, and a concern is none.",
        ),
        Said(
            "Weeks in", "Whole weeks since the letter before proceedings; where none is recorded, since it was begun."
        ),
        team_said("A child is counted with the team that has its latest open step."),
        Said("Concern standing", "Raised by a conference chair or reviewing officer, and not recorded as resolved."),
    )


PRE_PROCEEDINGS = Definition[Cases](
    name="pre-proceedings",
    title="Children in pre-proceedings",
    subtitle="Monthly report to the children's services management team",
    noun="month",
    periods=lambda as_at: months(as_at, MONTHS),
    timescales=(*STEPS, COURT),
    booked="legal-planning-meeting.held",
    gather=gather,
    measures=MEASURES,
    is_empty=lambda facts, setting: not facts.now,
    opening=_opening,
    headlines=_headlines,
    lines=_lines,
    charts=CHARTS,
    tables=(*TABLES, *TOTALS),
    words=_words,
    children=children,
    events=(*PROGRESS, *CONCERNS),
)
