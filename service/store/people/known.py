"""What the store says of one day: where people read, who holds what, who is away, which posts have a mailbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from service.store.tables import AbsenceRow, HoldingRow, PersonRow, PostRow, TeamRow, table

_PERSON, _HOLDING, _ABSENCE = table(PersonRow), table(HoldingRow), table(AbsenceRow)
_POST, _TEAM = table(PostRow), table(TeamRow)


class Place(NamedTuple):
    """Where a post is held: in a team, in a service, or (both empty) in the whole authority."""

    team: str = ""
    service: str = ""


class Held(NamedTuple):
    person: str
    is_deputy: bool
    to_on: date | None


class Away(NamedTuple):
    """Until when somebody is away, and who covers, in the order of their absences."""

    until: date
    covers: tuple[str, ...]


class Known(NamedTuple):
    """What the store says of one day. ``addresses`` and ``mailboxes`` are those on allowed domains."""

    addresses: Mapping[str, tuple[str, time | None]]
    holdings: Mapping[tuple[str, Place], list[Held]]
    away: Mapping[str, Away]
    mailboxes: Mapping[tuple[str, Place], str]
    services: Mapping[str, str]
    """Of each team, its service: empty where it has none."""


def read_known(db: Connection, on: date, domains: Collection[str]) -> Known:
    """Reads all of it, in five small queries. ``domains``: those that addresses may be on; none: any."""
    people = db.execute(select(_PERSON.c.id, _PERSON.c.address, _PERSON.c.digest_at))
    mailboxes = db.execute(select(_POST.c.post, _POST.c.team, _POST.c.service, _POST.c.address))
    return Known(
        addresses={id: (address, digest_at) for id, address, digest_at in people if is_allowed(address, domains)},
        holdings=_holdings(db, on),
        away=_away(db, on),
        mailboxes={
            (post, Place(team, service)): address
            for post, team, service, address in mailboxes
            if is_allowed(address, domains)
        },
        services={id: service or "" for id, service in db.execute(select(_TEAM.c.id, _TEAM.c.service))},
    )


def is_allowed(address: str, domains: Collection[str]) -> bool:
    """Whether an address is one, and on one of these domains (lower case, whole: not those below); none named: any."""
    _name, at, domain = address.rpartition("@")
    return bool(at) and (not domains or domain.lower() in domains)


def _holdings(db: Connection, on: date) -> dict[tuple[str, Place], list[Held]]:
    columns = [_HOLDING.c[name] for name in ("post", "team", "service", "person", "is_deputy", "to_on")]
    in_force = (_HOLDING.c.from_on <= on, or_(_HOLDING.c.to_on.is_(None), _HOLDING.c.to_on >= on))
    rows = db.execute(select(*columns).where(*in_force).order_by(_HOLDING.c.from_on, _HOLDING.c.person))
    found: dict[tuple[str, Place], list[Held]] = {}
    for post, team, service, person, is_deputy, to_on in rows:
        found.setdefault((post, Place(team, service)), []).append(Held(person, is_deputy, to_on))
    return found


def _away(db: Connection, on: date) -> dict[str, Away]:
    columns = (_ABSENCE.c.person, _ABSENCE.c.to_on, _ABSENCE.c.cover)
    in_force = (_ABSENCE.c.from_on <= on, _ABSENCE.c.to_on >= on)
    found: dict[str, Away] = {}
    for person, to_on, cover in db.execute(select(*columns).where(*in_force).order_by(_ABSENCE.c.from_on, columns[1])):
        so_far = found.get(person, Away(to_on, ()))
        covers = (*so_far.covers, cover) if cover else so_far.covers
        found[person] = Away(max(so_far.until, to_on), covers)
    return found
