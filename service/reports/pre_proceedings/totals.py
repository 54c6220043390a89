"""Totals of the pre-proceedings report over its months: in time by team, how it ended, what cannot be right."""

from __future__ import annotations

from collections import Counter

from rules.model import Clock, Outcome
from service.reports import figures
from service.reports.definition import Setting
from service.reports.period import Period
from service.reports.pre_proceedings.cases import LETTER, MEETING, NO_TEAM, TO_LEGAL, WORK, Cases, team_name
from service.reports.report import COUNT, SHARE, Cell, Column, Table, Value

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


def _windows(setting: Setting) -> tuple[tuple[str, Period], ...]:
    return ("This month", setting.this), ("Last month", setting.last), (f"{len(setting.periods)} months", setting.all)


def _by_team(facts: Cases, setting: Setting) -> Table:
    due = {step: facts.due(setting.all, step) for step in (TO_LEGAL, LETTER, MEETING, WORK)}
    held = [one for one in facts.done(setting.all, TO_LEGAL) if one.stopped_on]
    names = {team_name(one, setting) for rows in (*due.values(), held) for one in rows}
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(names - {NO_TEAM}, key=str.casefold) + [NO_TEAM] * (NO_TEAM in names):
        own = [one for one in held if team_name(one, setting) == name]
        days = figures.middle([(one.stopped_on - one.started_on).days for one in own if one.stopped_on])
        legal, *others = (_in_time([one for one in found if team_name(one, setting) == name]) for found in due.values())
        rows.append((name, legal, days, *others))
    return Table(
        id="teams-in-time",
        title=f"In time, by team, {len(setting.periods)} months",
        words=(
            "In alphabetical order. Of those whose last day fell in these months; what nobody recorded is not in time. "
            "A team answers for a step if it had the case when that was done, or has it now.",
        ),
        columns=(
            Column("team", "Team"),
            Column("legal_planning", "Legal planning meetings", SHARE),
            Column("days_to_legal_planning", "Median days to them", "days"),
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
        Counter(_how(one, facts) for one in facts.of(WORK) if one.stopped_on in own) for _, own in _windows(setting)
    ]
    return Table(
        id="ended",
        title="How pre-proceedings ended",
        words=("One for each child and letter. Cases that never came to a letter are not among them.",),
        columns=(
            Column("how", "How"),
            *(Column(f"window_{at}", name, COUNT) for at, (name, _) in enumerate(_windows(setting), 1)),
        ),
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
    return Table(
        id="wrong",
        title="Records that cannot be right",
        words=("Counted apart until somebody puts them right: these are in no other figure.",),
        columns=(Column("what", "What"), Column("records", "Records", COUNT)),
        rows=tuple((words.capitalize(), figures.count(found[words])) for words in sorted(found)),
        empty="None.",
    )


TOTALS = (_by_team, _ended, _wrong)
