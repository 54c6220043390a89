"""A few teams, posts and people on each database, and a slow, obvious second opinion on who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rules import load_law
from service.posts import known_posts
from service.store.people import Absence, Bounds, Holding, Person

LINES = load_law("england").ladders
BOUNDS = Bounds(known_posts(LINES), frozenset({"council.example"}), LINES.at, LINES.until)
MONDAY = date(2026, 3, 2)
HEAD = "post,team,team_name,service,address,person,from,to,is_deputy,away_from,away_to,cover,digest_at"


def person(id: str, *holdings: Holding, away: Iterable[Absence] = (), address: str | None = None, **more) -> Person:
    return Person(id, address or f"{id}@council.example", holdings=holdings, absences=tuple(away), **more)


class Town(NamedTuple):
    """Everything stored, as plain lists. ``teams``: of each, its service. ``mailboxes``: by post, team, service."""

    teams: dict[str, str]
    people: Sequence[Person]
    mailboxes: dict[tuple[str, str, str], str]


def told_slowly(town: Town, on: date, post: str, team: str, worker: str | None) -> tuple[str, str] | None:
    """The address and the post that is told, by walking every list for every question."""
    for rung in (post, *LINES.above(post)):
        if rung == "worker" and worker:
            for one in acting(town, on, worker):
                return address_of(town, one), rung
        places = [(team, "")] if team else []
        if town.teams.get(team):
            places.append(("", town.teams[team]))
        places.append(("", ""))
        if not team:
            services = {place[2] for place in town.mailboxes if place[0] == rung and place[2]}
            services |= {held.service for one in town.people for held in holding(one, on, rung) if held.service}
            places += [("", service) for service in services] if len(services) == 1 else []
        for place in places:
            at_place = sorted(
                (held.from_on, one.id, held.is_deputy)
                for one in town.people
                for held in holding(one, on, rung)
                if (held.team, held.service) == place
            )
            for _from, id, is_deputy in at_place:
                if not is_deputy:
                    for one in acting(town, on, id):
                        return address_of(town, one), rung
            for _from, id, is_deputy in at_place:
                if is_deputy and is_there(town, on, id):
                    return address_of(town, id), rung
            if (rung, *place) in town.mailboxes:
                return town.mailboxes[rung, *place], rung
    return None


def holding(one: Person, on: date, post: str) -> list[Holding]:
    return [
        held
        for held in one.holdings
        if held.post == post and held.from_on <= on and (held.to_on is None or on <= held.to_on)
    ]


def acting(town: Town, on: date, id: str) -> list[str]:
    """The person, or whoever covers for them, in the order they are asked."""
    if is_there(town, on, id):
        return [id]
    one = next((one for one in town.people if one.id == id), None)
    absences = sorted(one.absences, key=lambda away: (away.from_on, away.to_on)) if one else []
    covers = [away.cover for away in absences if away.from_on <= on <= away.to_on and away.cover]
    return [cover for cover in covers if is_there(town, on, cover)]


def is_there(town: Town, on: date, id: str) -> bool:
    return any(
        one.id == id and not any(away.from_on <= on <= away.to_on for away in one.absences) for one in town.people
    )


def address_of(town: Town, id: str) -> str:
    return next(one.address for one in town.people if one.id == id)
