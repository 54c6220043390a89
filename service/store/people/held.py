"""What one person holds on a day: for asking what they may see, where a ``Directory`` answers who is told."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from service.store.tables import AbsenceRow, HoldingRow, PersonRow, TeamRow, table

_PERSON, _HOLDING, _ABSENCE, _TEAM = table(PersonRow), table(HoldingRow), table(AbsenceRow), table(TeamRow)


class HeldPost(NamedTuple):
    """A post of a team, of a service, or (neither) of the whole authority."""

    post: str
    team: str = ""
    service: str = ""

    @property
    def where(self) -> str:
        """``team-manager of assessment-north``."""
        place = self.team or self.service
        return f"{self.post} of {place}" if place else self.post


def person_with(db: Connection, account: str) -> str | None:
    """Whose reference or address this is, in any case of letters; None where it is nobody's, or more than one's."""
    key = account.casefold()
    is_theirs = or_(_PERSON.c.id == account, func.lower(_PERSON.c.address) == key)
    found = db.scalars(select(_PERSON.c.id).where(is_theirs).limit(2)).all()
    return found[0] if len(found) == 1 else None


def held_by(db: Connection, person: str, on: date) -> list[HeldPost]:
    """The posts that somebody holds, is deputy of, or covers for, on a day."""
    in_force = and_(_HOLDING.c.from_on <= on, or_(_HOLDING.c.to_on.is_(None), _HOLDING.c.to_on >= on))
    covered = select(_ABSENCE.c.person).where(
        _ABSENCE.c.cover == person, _ABSENCE.c.from_on <= on, _ABSENCE.c.to_on >= on
    )
    mine = or_(_HOLDING.c.person == person, and_(_HOLDING.c.person.in_(covered), _HOLDING.c.is_deputy.is_(False)))
    columns = (_HOLDING.c.post, _HOLDING.c.team, _HOLDING.c.service)
    rows = db.execute(select(*columns).where(in_force, mine).distinct().order_by(*columns))
    return [HeldPost(*row) for row in rows]


def holder_of(db: Connection, held: HeldPost, on: date) -> str | None:
    """Who holds a post on a day; None where nobody does, as nobody does where there is only a mailbox."""
    in_force = and_(_HOLDING.c.from_on <= on, or_(_HOLDING.c.to_on.is_(None), _HOLDING.c.to_on >= on))
    here = [_HOLDING.c[name] == value for name, value in held._asdict().items()]
    query = select(_HOLDING.c.person).where(in_force, *here, _HOLDING.c.is_deputy.is_(False))
    return db.scalars(query.order_by(_HOLDING.c.from_on, _HOLDING.c.person).limit(1)).first()


def teams_of_services(db: Connection, services: set[str]) -> frozenset[str]:
    """The teams that belong to these services."""
    return frozenset(db.scalars(select(_TEAM.c.id).where(_TEAM.c.service.in_(sorted(services)))))
