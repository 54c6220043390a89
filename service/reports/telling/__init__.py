"""The report ``telling``: whether what posts are told helps or tires, over the last whole weeks.

Its figures are those of the page of the same title, and they are of posts and rungs: no worker is named, nobody is
ranked. They rest on what was told, which is kept as it is now and cannot be worked out as of an earlier moment.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from rules.telling.who import rung_words
from service.reports import figures as sums
from service.reports.definition import Definition, Setting
from service.reports.known import Known
from service.reports.naming import NO_TEAM, iso, team_said
from service.reports.period import Period
from service.reports.report import COUNT, DATE, REFERENCE, SHARE, Column, Headline, Said, Table, Value
from service.reports.telling import figures, said
from service.reports.telling.figures import Load, RungFigure, Warned
from service.reports.telling.window import NUMBERS, window_before
from service.reports.words import counted

_PLACES = 1


class Telling(NamedTuple):
    """The facts: mails by post and by week, what was warned of, and what came after each rung."""

    by_post: list[Load]
    weeks: list[Load]
    warned: Warned
    after: list[RungFigure]


def _periods(as_at: date) -> tuple[Period, Period]:
    """These whole weeks, and as many before them."""
    this = window_before(as_at)
    last = window_before(this.first_on)
    before = Period(last.first_on, last.last_on, last.last_on + timedelta(days=1))
    return before, Period(this.first_on, this.last_on, as_at)


def _gather(known: Known, setting: Setting) -> Telling:
    window, council = window_before(setting.as_at), setting.council
    with council.reading() as db:
        return Telling(
            *figures.loads(db, window),
            figures.warned(db, council.law, window, setting.as_at),
            figures.rungs_after(db, council, window, setting.as_at),
        )


def _is_empty(facts: Telling, setting: Setting) -> bool:
    return not (facts.by_post or facts.warned.told.whole or facts.after)


def _opening(facts: Telling, setting: Setting) -> str:
    if _is_empty(facts, setting):
        return "Nothing to report: nobody was told of anything in these weeks."
    sent = sum(one.mails for one in facts.weeks)
    told = facts.warned.told
    acted = f"; of what posts were warned of ahead of its date, {said.acted_on(told)}" if told.whole else ""
    return f"{counted(sent, 'mail')} about clocks went in {counted(NUMBERS.weeks, 'week')}{acted}."


def _headlines(facts: Telling, setting: Setting) -> tuple[Headline, ...]:
    told = facts.warned.told
    if not told.whole:
        return ()
    words = "warned of ahead of the date, and acted on"
    return (Headline(f"{told.percent}%", f"{told.acted_on:,} of {told.whole:,}", words),)


def _lines(facts: Telling, setting: Setting) -> tuple[str, ...]:
    return tuple(said.thoughts(facts.after))


def _mails(facts: Telling, setting: Setting) -> Table:
    return Table(
        id="mails",
        title="Mails a week, by post",
        words=(said.MAILS,),
        columns=(
            Column("post", "Post"),
            Column("each", "Each, a week", COUNT),
            Column("most", "Most for one", COUNT),
            Column("readers", "Readers", COUNT),
            Column("mails", "Mails", COUNT),
        ),
        rows=tuple(
            (
                _name(str(one.name)),
                Value(round(one.each, _PLACES)),
                *map(sums.count, (one.most, one.readers, one.mails)),
            )
            for one in facts.by_post
        ),
        empty="No mail about any clock went in these weeks.",
    )


def _acted_on(facts: Telling, setting: Setting) -> Table:
    warned = facts.warned
    rows = [(f"{_name(one.step)}, {_name(one.post).lower()}", one) for one in warned.rungs]
    rows += [("Any warning ahead of the date", warned.told), ("No warning ahead of the date", warned.untold)]
    return Table(
        id="acted-on",
        title="Acted on before the date",
        words=(said.ACTED_ON, f"The last two rows are of every clock once. {said.UNLIKE}"),
        columns=(
            Column("rung", "Rung"),
            Column("acted_on", "Acted on", SHARE),
            Column("met", "Met in time", COUNT),
            Column("planned", "Planned for", COUNT),
        ),
        rows=tuple(
            (name, sums.share(one.acted_on, one.whole), sums.count(one.met), sums.count(one.planned))
            for name, one in rows
            if one.whole
        ),
        empty="Nothing that ladders warn of was due in these weeks.",
    )


def _after(facts: Telling, setting: Setting) -> Table:
    return Table(
        id="rungs-after",
        title="Rungs after the date, and whether they change anything",
        words=(said.RUNGS, said.THOUGHT),
        columns=(
            Column("rung", "Rung"),
            Column("so", "So"),
            Column("changed", "Something happened", SHARE),
        ),
        rows=tuple((_rung(one), said.verdict(one), sums.share(one.changed, one.told)) for one in facts.after),
        empty="Nothing was told at a rung after the date in these weeks.",
    )


def _rung(one: RungFigure) -> str:
    return f"{one.ladder}: {_name(one.step.post).lower()}, {rung_words(one.step)}"


def _children(facts: Telling, setting: Setting) -> Table:
    """Every clock that was not acted on by its date. Never mailed."""
    found = sorted(facts.warned.missed, key=lambda one: (not one[1], one[0].due_on, one[0].clock))
    rows = [
        (
            "warned of, and not acted on" if was_warned else "not warned of, and not acted on",
            due.subject,
            due.key or "",
            _title(due.timescale, setting),
            _team(due.team, setting),
            "" if due.stopped_on else _team(due.holder, setting),
            iso(due.due_on),
            iso(due.stopped_on),
        )
        for due, was_warned in found
    ]
    return Table(
        id="children",
        title="Duties that were neither met in time nor planned for",
        words=(f"{counted(len(rows), 'row')}. Kept in the service's own copy only.",),
        columns=(
            Column("figure", "Figure"),
            Column("subject", "Child", REFERENCE),
            Column("key", "Case", REFERENCE),
            Column("timescale", "Timescale"),
            Column("team", "Team"),
            Column("team_now", "Team now"),
            Column("due_on", "Due", DATE),
            Column("stopped_on", "Done", DATE),
        ),
        rows=tuple(rows),
        empty="Everything that was due in these weeks was met in time or planned for.",
    )


def _words(facts: Telling, setting: Setting) -> tuple[Said, ...]:
    return (
        Said("Rung", "One step of an escalation ladder: when it is told, and to which post."),
        Said("Warned of", "Told of at a rung before the due date has passed; ahead of the date, before that day."),
        Said("Whole weeks", "Monday to Sunday. The week in which the report is asked for is not among them."),
        team_said(),
    )


def _team(team: str | None, setting: Setting) -> str:
    return setting.teams.get(team, team) if team else NO_TEAM


def _title(timescale: str, setting: Setting) -> str:
    """Its title, or its id where the law has it no longer."""
    known = setting.law.timescales.get(timescale)
    return known.title if known else timescale


def _name(code: str) -> str:
    return code.replace("-", " ").capitalize()


TELLING = Definition[Telling](
    name="telling",
    title="What telling comes to",
    subtitle="Monthly report to the head of service",
    noun=counted(NUMBERS.weeks, "week"),
    periods=_periods,
    timescales=(),
    booked="",
    gather=_gather,
    measures=(),
    is_empty=_is_empty,
    opening=_opening,
    headlines=_headlines,
    lines=_lines,
    charts=(),
    tables=(_mails, _acted_on, _after),
    words=_words,
    children=_children,
    is_of_now=True,
)
