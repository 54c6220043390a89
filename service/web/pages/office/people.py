"""Who is told: for each team the line of posts, who is told now and why; and what nobody could be told."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from rules.model import Ladders
from rules.telling.who import ladder_words
from service import clock, posts
from service.access.viewers import Viewer
from service.council import Council
from service.posts import Standing
from service.store import people
from service.store.people import COVER, DEPUTY, HOLDER, MAILBOX, Recipient, Team
from service.store.telling import told
from service.web import words
from service.web.shown.freshness import freshness
from service.web.shown.rows import team_name, title_of


class Line(NamedTuple):
    """A post as it is shown: who is told for it, why, and whether somebody is at the post itself."""

    post: str
    who: str
    why: str
    is_held: bool


class Gap(NamedTuple):
    """A post with nobody: in which teams, and who is told in their place, if anybody is."""

    post: str
    teams: tuple[str, ...]
    instead: str


class Ladder(NamedTuple):
    """A ladder in words: what it is for, and each rung."""

    title: str
    told_of: str
    sentences: list[str]


def view(council: Council, viewer: Viewer) -> dict[str, Any]:
    """Every team with its line of posts, those of the whole authority, the ladders, and what nobody could be told.

    The last of these counts clocks, so it goes as far as the viewer sees; and whole to whoever runs the service.
    """
    reach = viewer.reach("people")
    sees_all = reach.is_all or viewer.may("service")
    now, today, ladders = clock.now(), clock.today(), council.law.ladders
    with council.reading() as db:
        names, teams = people.team_names(db), people.teams(db)
        directory = posts.directory_on(db, council, today)
        unowned = [one for one in told.unowned(db, directory, now=now) if sees_all or one.team in reach.teams]
        standings = {team.id: posts.standing_of(directory, ladders, team.id) for team in teams}
        apart = posts.standing_apart(directory, ladders)
        no_team = _lines(posts.standing_of(directory, ladders, ""))
        lines = {team.id: _lines(standings[team.id]) for team in teams}
        common = _common([no_team, *lines.values()]) if teams else set()
        return {
            "common": [line for line in no_team if line in common],
            "teams": [(team, _apart_from(common, lines[team.id])) for team in teams],
            "no_team": _apart_from(common, no_team),
            "apart": _lines(apart),
            "gaps": [*_gaps(teams, standings), *_gaps_apart(apart)],
            "ladders": [_ladder(council, id) for id in ladders.ladders],
            "hours": ladders,
            "weekday": day_name[ladders.weekly],
            "unowned": [(one, team_name(names, one.team), title_of(council.law, one.timescale)) for one in unowned],
            "is_of_all": sees_all,
            "freshness": freshness(db, council),
        }


def _lines(standings: Iterable[Standing]) -> list[Line]:
    return [Line(one.post, *_told(one), one.is_held) for one in standings]


def _common(all_lines: Sequence[list[Line]]) -> set[Line]:
    """What is the same everywhere, and so is said once: the line above the teams, mostly."""
    return {line for line in all_lines[0] if line.is_held and all(line in lines for lines in all_lines)}


def _apart_from(common: set[Line], lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line not in common]


def _told(one: Standing) -> tuple[str, str]:
    """Who is told, and why, in words."""
    if one.told is None:
        return "", "no post above it has anybody either: nobody is told"
    who = _who(one.told)
    if not one.is_held:
        return "", f"{who} is told in its place, as {words.spaced(one.told.post)}"
    return who, _why(one.told)


def _why(recipient: Recipient) -> str:
    until = f" until {words.short_day(recipient.until)}" if recipient.until else ""
    return {
        HOLDER: "holds the post",
        COVER: f"covers for {recipient.away}, who is away{until}",
        DEPUTY: f"deputy{until}",
        MAILBOX: "the post’s own mailbox",
    }[recipient.why]


def _who(recipient: Recipient) -> str:
    """A person by reference; a mailbox by its address."""
    return recipient.person or recipient.address


def _gaps(teams: Iterable[Team], standings: dict[str, list[Standing]]) -> list[Gap]:
    """The posts at which there is nobody; teams that are told alike together."""
    together: dict[tuple[str, str], Gap] = {}
    for team in teams:
        for one in standings[team.id]:
            if not one.is_held:
                instead = words.spaced(one.told.post) if one.told else ""
                known = together.get((one.post, instead), Gap(one.post, (), instead))
                together[one.post, instead] = known._replace(teams=(*known.teams, team.name))
    return list(together.values())


def _gaps_apart(standings: Iterable[Standing]) -> list[Gap]:
    return [Gap(one.post, (), "") for one in standings if not one.is_held]


def _ladder(council: Council, id: str) -> Ladder:
    ladders = council.law.ladders
    ladder = ladders.ladders[id]
    return Ladder(ladder.title, _told_of(council, ladders, id), ladder_words(ladder))


def _told_of(council: Council, ladders: Ladders, id: str) -> str:
    """What a ladder is for."""
    if id == ladders.default:
        return "every timescale that no other ladder is for"
    own = [title_of(council.law, name) for name, ladder in ladders.by_timescale.items() if ladder == id]
    areas = [words.spaced(name) for name, ladder in ladders.by_area.items() if ladder == id]
    return ", ".join([*own, *(f"everything of {area}" for area in areas)])
