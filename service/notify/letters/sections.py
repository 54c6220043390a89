"""The parts of a digest: what changed, then how things stand; a line a timescale, the most first.

Each clock counts once among the news, at what says most of it.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from rules import CannotCount, Law
from rules.model import DUE_ON, TARGET_DUE_ON, Status
from rules.plan import CORRECTED, LAPSED, PLAN
from rules.rungs import ladder_of
from service.acknowledging import REASONS
from service.notify.letters.gathering import Item, Moment
from service.notify.letters.message import count, day_words
from service.store.telling.told import Escalated, Standing

_TOML = tomllib.loads(Path(__file__).with_name("digest.toml").read_text("utf-8"))
_LINES_MOST: int = _TOML["lines_most"]


class Picture(NamedTuple):
    """How things stand: by team and timescale; what was escalated; of how many overdue there is a plan."""

    standing: Mapping[str | None, Mapping[str, Standing]] = {}
    escalated: Sequence[Escalated] = ()
    planned: Mapping[tuple[str | None, str], int] = {}


class Scene(NamedTuple):
    """What a message is composed from beside its bag. ``posts``: what the reader holds, each with a team or none."""

    law: Law
    moment: Moment
    picture: Picture
    posts: Sequence[tuple[str, str]]
    team_names: Mapping[str, str]
    address: str
    unsubscribe: str = ""

    @property
    def week_ends_on(self) -> date:
        """The Sunday of this week."""
        return self.moment.today + timedelta(days=6 - self.moment.today.weekday())

    @property
    def whole_teams(self) -> list[str]:
        """The teams of which the reader sees everything: those of a post that is warned, and not only told."""
        warned = {step.post for one in self.law.ladders.ladders.values() for step in one.steps if not step.is_after}
        return sorted({team for post, team in self.posts if post in warned and team})

    @property
    def escalated(self) -> list[Escalated]:
        """What the reader's posts were told of and is overdue still, of teams that are not wholly theirs."""
        held, whole = set(self.posts), set(self.whole_teams)
        told = {
            one.clock: one
            for one in self.picture.escalated
            if (one.post, one.team or "") in held and (one.team or "") not in whole
        }
        return list(told.values())

    def is_passed_on(self, item: Item) -> bool:
        """Whether somebody nearer was to be told first that the date has passed."""
        steps = ladder_of(item.timescale, self.law).steps
        first = [step for step in steps if step.is_after and step.of == DUE_ON][:1]
        return bool(first) and item.key.post not in {step.post for step in steps if step.id == first[0].id}

    def total(self, pick: Callable[[Standing], int]) -> int:
        """A figure of the reader's whole teams."""
        return sum(pick(one) for team in self.whole_teams for one in self.picture.standing.get(team, {}).values())


class Section(NamedTuple):
    """A heading, its lines, and a word on these alone. ``overdue``: what it tells of that no list below may repeat."""

    title: str
    lines: tuple[str, ...]
    note: str = ""
    is_asked: bool = False
    is_warning: bool = False
    overdue: tuple[Item, ...] = ()


class _Kind(NamedTuple):
    """A kind of news. ``age``: how a date is told of one clock, and of several. ``is_asked``: to record it, or plan."""

    title: str
    belongs: Callable[[Item, Scene], bool]
    age: tuple[str, str] | None = None
    note: str = ""
    is_asked: bool = False


class _Line(NamedTuple):
    timescale: str
    team: str | None
    clocks: int
    oldest: date | None = None
    planned: int = 0
    words: str = ""


_OVERDUE = ("overdue by", "the oldest overdue by")
_KINDS = (
    _Kind("No longer so", lambda item, _scene: item.kind == CORRECTED, note="Nothing is to be done about these."),
    _Kind("Plans whose day has passed", lambda item, _scene: item.kind == LAPSED, _OVERDUE, is_asked=True),
    _Kind(
        "Newly overdue",
        lambda item, scene: is_late(item) and not scene.is_passed_on(item),
        _OVERDUE,
        is_asked=True,
    ),
    _Kind(
        "Overdue, and passed on to you now", lambda item, scene: is_late(item) and scene.is_passed_on(item), _OVERDUE
    ),
    _Kind(
        "Target missed, with the limit itself still to come",
        lambda item, _scene: not item.kind and not item.is_warning and is_target(item),
        ("past its target by", "the oldest past its target by"),
    ),
    _Kind("Overdue, with a plan made by the post below you", lambda item, _scene: item.kind == PLAN, _OVERDUE),
    _Kind(
        "Coming due", lambda item, _scene: item.is_warning, ("in", "the first in")
    ),  # less what stands below it, see ``news``
)


def news(items: Sequence[Item], scene: Scene, *, has_teams: bool, has_standing: bool) -> Iterator[Section]:
    """What changed, by kind. What comes due this week is left to the picture that follows, where one does."""
    told: set[str] = set()
    whole = scene.whole_teams if has_standing else []
    furthest = [item for item in _furthest(items) if not (item.is_warning and _stands(item, whole, scene))]
    for kind in _KINDS:
        own = [item for item in furthest if kind.belongs(item, scene) and item.key.clock not in told]
        told |= {item.key.clock for item in own}
        if own:
            made = _section(kind.title, _of_items(own, has_teams=has_teams), scene, kind.age)
            yield made._replace(
                note=kind.note,
                is_asked=kind.is_asked,
                is_warning=own[0].is_warning,
                overdue=tuple(own) if kind.age == _OVERDUE else (),
            )


def standing(
    items: Sequence[Item], scene: Scene, listed: Sequence[Section] = (), *, has_teams: bool
) -> Iterator[Section]:
    """How things stand in the reader's teams, less what is ``listed`` above, and of what they were told before."""
    told = [item for section in listed for item in section.overdue]
    picture = _less(told, scene)
    pictures: tuple[tuple[str, Callable[[Standing], int], bool], ...] = (
        ("Also overdue" if told else "Overdue", lambda one: one.overdue, True),
        ("Due today", lambda one: one.due_today, False),
        ("Due in the rest of this week", lambda one: one.due_this_week, False),
    )
    for title, pick, is_late in pictures:
        lines = [
            _Line(
                timescale,
                team,
                pick(one),
                one.oldest_due_on if is_late else None,
                picture.planned.get((team, timescale), 0) if is_late else 0,
            )
            for team in scene.whole_teams
            for timescale, one in picture.standing.get(team, {}).items()
            if pick(one)
        ]
        if lines:
            yield _section(title, _added_up(lines, has_teams=has_teams), scene, ("by", "the oldest by"))
    new = {item.key.clock for item in items}
    escalated = [_Line(one.timescale, one.team, 1, one.due_on) for one in scene.escalated if one.clock not in new]
    if escalated:
        title = "Told to you before, and overdue still"
        yield _section(title, _added_up(escalated, has_teams=has_teams), scene, ("by", "the oldest by"))


def _less(told: Iterable[Item], scene: Scene) -> Picture:
    """The picture without these clocks, so that each stands in one list. The totals of a message are of the whole."""
    today, picture = scene.moment.today, scene.picture
    days: defaultdict[tuple[str | None, str], list[date]] = defaultdict(list)
    planned = Counter(picture.planned)
    for item in told:
        clock = item.clock
        if clock is None or clock.due_on is None or clock.status(today) is not Status.OVERDUE:
            continue  # it is in no count of what is overdue
        days[clock.team, clock.timescale].append(clock.due_on)
        if item.plan is not None and item.plan.is_in_force(today):
            planned[clock.team, clock.timescale] -= 1
    standing: dict[str | None, dict[str, Standing]] = {
        team: {timescale: one.without(days[team, timescale]) for timescale, one in own.items()}
        for team, own in picture.standing.items()
        if team in scene.whole_teams
    }
    return picture._replace(standing=standing, planned=planned)


def _stands(item: Item, whole: Sequence[str], scene: Scene) -> bool:
    """Whether a warning is about a day of this week, in a team of which the reader sees everything."""
    return item.team in whole and item.key.due_on <= scene.week_ends_on and not is_target(item)


def is_late(item: Item) -> bool:
    """Whether it says that a due date has passed."""
    return not item.kind and not item.is_warning and not is_target(item)


def is_target(item: Item) -> bool:
    """Whether it is about the authority's own target, and not about the limit."""
    return item.step is not None and item.step.of == TARGET_DUE_ON


def _furthest(items: Iterable[Item]) -> list[Item]:
    """One item a clock and kind, at the furthest rung."""
    last: dict[tuple[str, str, bool, bool], Item] = {}
    for item in sorted(items, key=lambda one: one.send_at):
        last[item.key.clock, item.kind, is_target(item), item.is_warning] = item
    return list(last.values())


def _of_items(items: Sequence[Item], *, has_teams: bool) -> list[_Line]:
    groups: dict[tuple[str, str | None, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.timescale, item.team if has_teams else None, _reason(item)), []).append(item)
    return [
        _Line(timescale, team, len(own), min(_due_on(item) for item in own), words=reason)
        for (timescale, team, reason), own in groups.items()
    ]


def _due_on(item: Item) -> date:
    if item.kind and item.clock and item.clock.due_on:
        return item.clock.due_on
    return item.key.due_on


def _reason(item: Item) -> str:
    if item.kind in (PLAN, LAPSED) and item.plan is not None:
        return f"{REASONS.get(item.plan.reason, item.plan.reason).lower()}, next date {day_words(item.plan.next_on)}"
    if item.kind != CORRECTED:
        return ""
    if item.clock is None:
        return "what started it was withdrawn"
    if item.clock.stopped_on is None:
        return "its due date was corrected to a later day"
    return "done in time, and recorded late" if item.clock.ended_because is None else "the duty had fallen away by then"


def _added_up(lines: Sequence[_Line], *, has_teams: bool) -> list[_Line]:
    """One line a timescale; a line a team too where there are several."""
    found: dict[tuple[str, str | None], _Line] = {}
    for line in lines:
        key = (line.timescale, line.team if has_teams else None)
        known = found.get(key, _Line(*key, 0))
        oldest = min((one for one in (line.oldest, known.oldest) if one), default=None)
        found[key] = _Line(*key, known.clocks + line.clocks, oldest, known.planned + line.planned)
    return list(found.values())


def _section(title: str, lines: Sequence[_Line], scene: Scene, age: tuple[str, str] | None) -> Section:
    ordered = sorted(lines, key=lambda one: (-one.clocks, one.timescale, one.team or ""))
    told = [_words(line, scene, age) for line in ordered]
    rest = len(told) - _LINES_MOST
    if rest > 1:  # never more than can be read at a glance
        told = [*told[:_LINES_MOST], f"and {rest:,} more lines, behind the link"]
    return Section(f"{title} ({sum(line.clocks for line in lines):,})", tuple(told))


def _words(line: _Line, scene: Scene, age: tuple[str, str] | None) -> str:
    known = scene.law.timescales.get(line.timescale)
    text = f"{known.title if known else line.timescale}: {line.clocks:,}"
    if line.team is not None:
        text = f"{scene.team_names.get(line.team, line.team)} – {text}"
    if age and line.oldest == scene.moment.today:
        text += ", today" if line.clocks == 1 else ", the first today"
    elif age and line.oldest and (days := _days(line.oldest, scene)):
        text += f", {age[line.clocks > 1]} {days}"
    if line.planned:
        text += f", {line.planned:,} with a plan"
    return text + (f" ({line.words})" if line.words else "")


def _days(on: date, scene: Scene) -> str:
    today, calendar = scene.moment.today, scene.law.calendars[scene.law.ladders.calendar]
    try:
        return count(calendar.elapsed(min(on, today), max(on, today)), "working day")
    except CannotCount:  # outside every calendar: the count of clocks is told all the same
        return ""
