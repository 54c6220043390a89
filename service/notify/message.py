"""What a message says: counts, teams, timescales and one link. Never who: no reference, no date of birth, no name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from rules import CannotCount, Law
from rules.model import Step
from service.clock import local
from service.store.alerts import DueAlert

NO_TEAM = "no team recorded"

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html.j2"]),  # the library's own list of endings misses it
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Words(NamedTuple):
    """A subject line, and the same words twice."""

    subject: str
    text: str
    html: str


class Section(NamedTuple):
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]


class _Told(NamedTuple):
    """The clocks of one message that passed a date, once each, with that date."""

    overdue: Mapping[str, DueAlert]
    missed: Mapping[str, DueAlert]


def compose_breaches(
    alerts: Sequence[DueAlert], *, law: Law, team_name: str | None, address: str, now: datetime
) -> Words:
    """The message that tells one post what is due to be told: ``alerts`` are all of one post and team.

    A clock is counted once, at the furthest step it has reached: after an outage nobody is told first that a target was
    missed and then that the limit has passed.
    """
    first = alerts[0]
    name = " ".join((team_name or first.team or NO_TEAM).split())
    steps = {step.id: step for step in law.ladder.steps}
    told = _told(alerts, steps)
    overdue, missed = len(told.overdue), len(told.missed)
    content = {
        "headline": f"{_headline(overdue, missed)}: {name}.",
        "sections": tuple(_sections(told, law, local(now).date())),
        "link": f"{address}/?team={quote(first.team, safe='')}" if first.team else f"{address}/",
        "why": _why(alerts, steps, name if first.team or team_name else None),
        "checked": f"Checked on {_day(now)}, from everything the case system had sent by then. "
        "Something that was done and is not yet recorded still counts as not done: recording it puts this right.",
    }
    counts = [_count(overdue, "timescale", " overdue")] if overdue else []
    counts += [_count(missed, "target", " missed")] if missed else []
    return Words(
        f"{', '.join(counts)} – {name}", *(_render(f"breaches.{kind}.j2", content) for kind in ("txt", "html"))
    )


def _told(alerts: Iterable[DueAlert], steps: Mapping[str, Step]) -> _Told:
    overdue: dict[str, DueAlert] = {}
    missed: dict[str, DueAlert] = {}
    for alert in alerts:
        step = steps.get(alert.step)
        is_target = step is not None and step.of == "target_due_on"
        (missed if is_target else overdue).setdefault(alert.clock, alert)
    return _Told(overdue, {clock: alert for clock, alert in missed.items() if clock not in overdue})


def _headline(overdue: int, missed: int) -> str:
    parts = []
    if overdue:
        parts.append(f"{_count(overdue, 'timescale')} {'has' if overdue == 1 else 'have'} newly become overdue")
    if missed:
        own = _count(missed, "target")
        parts.append(f"{own} of the authority’s own {'has' if missed == 1 else 'have'} newly been missed")
    return " and ".join(parts)


def _sections(told: _Told, law: Law, today: date) -> Iterable[Section]:
    if told.overdue:
        yield Section("Overdue", tuple(_lines(told.overdue.values(), law, today, "overdue")))
    if told.missed:
        title = "Target missed, with the limit itself still to come"
        yield Section(title, tuple(_lines(told.missed.values(), law, today, "past its target")))


def _lines(alerts: Iterable[DueAlert], law: Law, today: date, state: str) -> Iterable[str]:
    """One line a timescale, the most first."""
    by_timescale: dict[str, list[date]] = {}
    for alert in alerts:
        by_timescale.setdefault(alert.timescale, []).append(alert.due_on)
    titles = Counter({timescale: len(dates) for timescale, dates in by_timescale.items()})
    for timescale, count in titles.most_common():
        known = law.timescales.get(timescale)
        days = _working_days(law, min(by_timescale[timescale]), today)
        which = f"{state} by" if count == 1 else f"the oldest {state} by"
        yield f"{known.title if known else timescale}: {count}" + (f", {which} {days}" if days else "")


def _working_days(law: Law, due_on: date, today: date) -> str:
    try:
        return _count(law.calendars[law.ladder.calendar].elapsed(due_on, today), "working day")
    except CannotCount:  # outside every calendar: the count of clocks is told all the same
        return ""


def _why(alerts: Iterable[DueAlert], steps: Mapping[str, Step], team_name: str | None) -> str:
    post = ""
    titles: dict[str, None] = {}
    for alert in alerts:
        post = alert.post
        titles[steps[alert.step].title if alert.step in steps else alert.step] = None
    holder = f"the post of {_post(post)}" + (f" for {team_name}" if team_name else "")
    return f"You get this because this address holds {holder}, which is told when {', and when '.join(titles)}."


def _render(template: str, content: Mapping[str, object]) -> str:
    return _TEMPLATES.get_template(template).render(content)


def _post(post: str) -> str:
    return post.replace("-", " ")


def _count(count: int, noun: str, rest: str = "") -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}{rest}"


def _day(moment: datetime) -> str:
    at = local(moment)
    return f"{at:%A} {at.day} {at:%B %Y} at {at:%H:%M}"
