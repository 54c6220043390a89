"""Totals of the pre-proceedings report over its months: in time by team, how it ended, what cannot be right."""

from __future__ import annotations

from collections import Counter

from rules.model import Clock, Outcome
from service.reports import figures
from service.reports.definition import Setting
from service.reports.naming import in_order, team_name, window_columns, windows, wrong_table
from service.reports.pre_proceedings.cases import LETTER, MEETING, TO_LEGAL, WORK, Cases
from service.reports.report import DAYS, SHARE, Cell, Column, Table, Value

_HOW = {"stepped_down": "Stepped down", "proceedings_issued": "Proceedings issued"}
_ISSUED, _OTHER, _UNSAID = "Proceedings issued", "Ended in another way", "Ended, and how is not recorded"
_FLAWS = {
    "stopped-before-start": "a step is dated before the one that it follows",
    "nothing-to-stop": "a step with nothing recorded before it",
    "source-data": "something that the source sent and that cannot be true",
    "cannot-count": "a date outside the calendar",
}


def flaw(code: str, words: str = "") -> str:
    """What cannot be right, in words."""
    return _FLAWS.get(code, words or code)


def _by_team(facts: Cases, setting: Setting) -> Table:
    due = {step: facts.due(setting.all, step) for step in (TO_LEGAL, LETTER, MEETING, WORK)}
    held = [one for one in facts.done(setting.all, TO_LEGAL) if one.stopped_on]
    names = in_order(team_name(one, setting) for found in (*due.values(), held) for one in found)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        own = [one for one in held if team_name(one, setting) == name]
        days = figures.middle([(one.stopped_on - one.started_on).days for one in own if one.stopped_on])
        legal, *others = (_in_time([one for one in found if team_name(one, setting) == name]) for found in due.values())
        rows.append((name, legal, days, *others))
    return Table(
        id="teams-in-time",
        title=f"In time, by team, {len(setting.periods)} months",
        words=(
            "In alphabetical order. Of those whose last day fell in these months; what nobody recorded is not in time. "
            "A team answers for a step if it had the case on its last day, or when it was done, if that was sooner.",
        ),
        columns=(
            Column("team", "Team"),
            Column("legal_planning", "Legal planning meetings", SHARE),
            Column("days_to_legal_planning", "Median days to them", DAYS),
            Column("letters", "Letters", SHARE),
            Column("meetings", "Meetings with parents", SHARE),
            Column("decided", "Decided", SHARE),
        ),
        rows=tuple(rows),
        empty="Nothing fell due, and no legal planning meeting was held.",
    )


def _in_time(clocks: list[Clock]) -> Value:
    return figures.share(sum(one.outcome is Outcome.MET for one in clocks), len(clocks))


def _ended(facts: Cases, setting: Setting) -> Table:
    counts = [
        Counter(_how(one, facts) for one in facts.of(WORK) if one.stopped_on in own) for _, own in windows(setting)
    ]
    return Table(
        id="ended",
        title="How pre-proceedings ended",
        words=("One for each child and letter. Cases that never came to a letter are not among them.",),
        columns=(Column("how", "How"), *window_columns(setting)),
        rows=tuple((how, *(figures.count(one[how]) for one in counts)) for how in sorted(counts[-1])),
        empty="None ended.",
    )


def _how(clock: Clock, facts: Cases) -> str:
    """In words of ours, for this is mailed: an outcome that a case system words in its own way is another way."""
    if clock.ended_because:
        return clock.ended_because.capitalize()
    outcome = facts.outcomes.get(clock.stopped_by) if clock.stopped_by else None
    if outcome is None:
        return _ISSUED
    return _HOW.get(outcome, _OTHER if outcome else _UNSAID)


def _wrong(facts: Cases, setting: Setting) -> Table:
    found = Counter(flaw(one.problem or "") for one in facts.flawed)
    found.update(flaw(one.code, one.words) for one in facts.problems)
    return wrong_table(found)


TOTALS = (_by_team, _ended, _wrong)
