"""What a new list of people changes: which posts change hands, which have nobody, and whose alerts go elsewhere.

A preview and a real run are one path, in one transaction: the directories of the coming days are read, the list is
stored, and they are read again. The preview then lets nothing of it stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from service import clock
from service.council import Council
from service.errors import ServiceError
from service.posts.known import directory_on, known_posts
from service.posts.standing import posts_apart, standing_apart, standing_of
from service.store.keeping import audit
from service.store.people import (
    WORKER,
    Directory,
    PeopleList,
    Recipient,
    Refusal,
    Waiting,
    put_list,
    team_names,
    waiting,
)
from service.store.session import hold, rehearsing

AHEAD = 5
"""Working days: what is told later than that, there is time to look at again."""
PEOPLE = {"people"}
"""Two who change the same posts at once would each delete what is there, and both add theirs."""


class Move(NamedTuple):
    """A post whose news goes to somebody else from a day on. None: nobody.

    A team of "" is what belongs to no team; no ``teams``: a post of the whole authority.
    """

    post: str
    on: date
    teams: tuple[str, ...]
    before: Recipient | None
    after: Recipient | None


class Nobody(NamedTuple):
    """A post at which there is nobody today; ``told``: the next rung of its line, if somebody is told in its place.

    No ``teams``: a post of the whole authority.
    """

    post: str
    teams: tuple[str, ...]
    told: str | None


class Moved(NamedTuple):
    """Of so many alerts, how many go to somebody else, get somebody who had nobody, and lose the only one they had."""

    alerts: int = 0
    elsewhere: int = 0
    found: int = 0
    lost: int = 0


class HandedOver(NamedTuple):
    """What a list does. ``due``: alerts up to the end of ``until``; ``held``: those of teams not yet released.

    ``names``: what each team is called, once the list stands.
    """

    today: date
    until: date
    names: Mapping[str, str]
    moves: tuple[Move, ...]
    nobody: tuple[Nobody, ...]
    due: Moved
    held: Moved


class ListRefused(ServiceError):
    """A list of which some lines cannot be right, now that the whole of it was looked at. Nothing of it is stored."""

    status = 422
    type = "list-refused"
    title = "The list cannot be right"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("some lines cannot be right", fix="correct them, and import the list again")
        self.refusals = tuple(refusals)


def rehearse(council: Council, said: PeopleList) -> HandedOver:
    """What a list would do; nothing is stored. Raises ListRefused."""
    with rehearsing(council.engine) as db:
        return _hand_over(db, council, said)


def take_list(council: Council, said: PeopleList, *, actor: str) -> HandedOver:
    """Stores a list, all of it, and gives what it did. Raises ListRefused."""
    with council.writing() as db:
        done = _hand_over(db, council, said)
        audit.note(db, actor, "people.imported", detail=f"{len(said.rows)} lines")
    return done


def _hand_over(db: Connection, council: Council, said: PeopleList) -> HandedOver:
    hold(db, PEOPLE)
    days = _days(council, clock.today())
    waits = waiting(db, until=datetime.combine(days[-1] + timedelta(days=1), datetime.min.time(), clock.LOCAL))
    before = {on: directory_on(db, council, on) for on in days}
    if refusals := put_list(db, said):
        raise ListRefused(refusals)
    after = {on: directory_on(db, council, on) for on in days}
    return HandedOver(
        days[0],
        days[-1],
        team_names(db),
        tuple(_moves(council, before, after)),
        tuple(_nobody(council, after[days[0]])),
        _moved([one for one in waits if one.send_at], before, after),
        _moved([one for one in waits if one.send_at is None], before, after),
    )


def _days(council: Council, today: date) -> list[date]:
    """Today and the coming working days, with the weekends between them: some is told on those too."""
    last = council.calendar.add(today, AHEAD)
    return [today + timedelta(days=nth) for nth in range((last - today).days + 1)]


def _moves(council: Council, before: Mapping[date, Directory], after: Mapping[date, Directory]) -> Iterator[Move]:
    """Every post that changes hands, on the first day that it does; teams that go the same way together."""
    today = min(after)
    teams = ("", *sorted({*before[today].teams, *after[today].teams}))
    apart = posts_apart(council.law.ladders)
    for post in sorted(known_posts(council.law.ladders) - {WORKER}):
        together: dict[tuple[date, str, str], Move] = {}
        for team in ("",) if post in apart else teams:
            if move := _move(post, team, before, after):
                key = (move.on, _address(move.before), _address(move.after))
                known = together.get(key, move)
                together[key] = known._replace(teams=() if post in apart else (*known.teams, team))
        yield from together.values()


def _move(post: str, team: str, before: Mapping[date, Directory], after: Mapping[date, Directory]) -> Move | None:
    """How one post of one team changes hands, on the first day that it does."""
    for on in before:
        was, is_now = _at(before[on], post, team), _at(after[on], post, team)
        if _address(was) != _address(is_now):
            return Move(post, on, (), was, is_now)
    return None


def _nobody(council: Council, directory: Directory) -> Iterator[Nobody]:
    ladders = council.law.ladders
    together: dict[tuple[str, str | None], Nobody] = {}
    for team in directory.teams:
        for one in standing_of(directory, ladders, team):
            if not one.is_held:
                told = one.told.post if one.told else None
                known = together.get((one.post, told), Nobody(one.post, (), told))
                together[one.post, told] = known._replace(teams=(*known.teams, team))
    yield from together.values()
    yield from (Nobody(one.post, (), None) for one in standing_apart(directory, ladders) if not one.is_held)


def _moved(waits: Sequence[Waiting], before: Mapping[date, Directory], after: Mapping[date, Directory]) -> Moved:
    today = min(before)
    total = Moved()
    for one in waits:
        on = max(clock.local(one.send_at).date(), today) if one.send_at else today
        was, is_now = (days[on].recipient(one.post, one.team, one.worker) for days in (before, after))
        total = Moved(
            total.alerts + one.alerts,
            total.elsewhere + one.alerts * (was is not None and is_now is not None and was.address != is_now.address),
            total.found + one.alerts * (was is None and is_now is not None),
            total.lost + one.alerts * (was is not None and is_now is None),
        )
    return total


def _at(directory: Directory, post: str, team: str) -> Recipient | None:
    told = directory.recipient(post, team)
    return told if told and told.post == post else None


def _address(recipient: Recipient | None) -> str:
    return recipient.address if recipient else ""
