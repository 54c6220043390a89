"""People, under the reference that events give them: where they read, what they hold and when, when they are away.

Dates alone are stored; who is told on a day is asked of a ``Directory``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select, update

from service.errors import Refused
from service.store.people.known import Place
from service.store.people.mailboxes import services, team, unknown_service
from service.store.people.retelling import retelling
from service.store.tables import AbsenceRow, HoldingRow, PersonRow, table

_PERSON, _HOLDING, _ABSENCE = table(PersonRow), table(HoldingRow), table(AbsenceRow)
_DAY = timedelta(days=1)


class Period(NamedTuple):
    """From one day to another, both included; ``to_on`` None: until further."""

    from_on: date
    to_on: date | None


class Holding(NamedTuple):
    """A post that somebody holds, or is the deputy of: of a team, of a service, or (neither) of the whole authority."""

    post: str
    team: str = ""
    service: str = ""
    from_on: date = date.min
    to_on: date | None = None
    is_deputy: bool = False

    @property
    def place(self) -> Place:
        return Place(self.team, self.service)

    @property
    def period(self) -> Period:
        return Period(self.from_on, self.to_on)


class Absence(NamedTuple):
    """Days, both included, on which somebody is away, and who covers; None: the deputy of each post."""

    from_on: date
    to_on: date
    cover: str | None = None


class Person(NamedTuple):
    """Somebody who works here. ``digest_at`` None: at the ladder's own hour."""

    id: str
    address: str
    digest_at: time | None = None
    holdings: tuple[Holding, ...] = ()
    absences: tuple[Absence, ...] = ()


def clash(one: Period, other: Period) -> bool:
    """Whether two times have a day in common."""
    ends = [period.to_on or date.max for period in (one, other)]
    return one.from_on <= ends[1] and other.from_on <= ends[0]


def spelt(period: Period) -> str:
    """``from 2026-03-02 to 2026-04-01``; what has no beginning or no end says so."""
    first = f"from {period.from_on.isoformat()}" if period.from_on > date.min else "from the beginning"
    return f"{first} to {period.to_on.isoformat()}" if period.to_on else f"{first} on"


def put_person(db: Connection, person: Person) -> None:
    """Makes or replaces a person whole: what is not said of them ends. What waited for them goes out at the next tick.

    Raises Refused, by pointer, where a team, service or cover is not known, or two would hold one post at one time.
    """
    _check_places(db, person.holdings)
    _check_own(person.holdings)
    _check_others(db, person)
    for nth, absence in enumerate(person.absences):
        if absence.cover == person.id:
            fix = "name another, or leave it to the deputy"
            raise Refused("the person covers for themselves", fix=fix, pointer=f"/absences/{nth}/cover")
        if absence.cover is not None and not is_known(db, absence.cover):
            fix = "put the person who covers first, or correct the reference"
            raise Refused("nobody known covers for the person", fix=fix, pointer=f"/absences/{nth}/cover")
    with retelling(db, {person.id}):
        put_address(db, person.id, person.address, person.digest_at)
        db.execute(delete(_HOLDING).where(_HOLDING.c.person == person.id))
        put_holdings(db, ((person.id, holding) for holding in person.holdings))
        put_absences(db, person.id, person.absences)


def end_person(db: Connection, id: str, *, on: date) -> bool:
    """A leaver: from ``on`` they hold nothing, cover for nobody, and have no address. False where nobody has that id.

    What they held until then stays known, by its dates; so does what they were told.
    """
    if not is_known(db, id):
        return False
    theirs = _HOLDING.c.person == id
    last = or_(_HOLDING.c.to_on.is_(None), _HOLDING.c.to_on >= on)
    with retelling(db, {id}):
        db.execute(delete(_HOLDING).where(theirs, _HOLDING.c.from_on >= on))
        db.execute(update(_HOLDING).where(theirs, last).values(to_on=on - _DAY))
        db.execute(delete(_ABSENCE).where(_ABSENCE.c.person == id))
        db.execute(update(_ABSENCE).where(_ABSENCE.c.cover == id).values(cover=None))
        db.execute(delete(_PERSON).where(_PERSON.c.id == id))
    return True


def persons(db: Connection) -> list[Person]:
    """Everybody, by reference, with all they hold, have held and will hold."""
    holdings: dict[str, list[Holding]] = {}
    columns = [_HOLDING.c[name] for name in ("person", *Holding._fields)]
    for person, *held in db.execute(select(*columns).order_by(_HOLDING.c.seq)):
        holdings.setdefault(person, []).append(Holding(*held))
    absences: dict[str, list[Absence]] = {}
    columns = [_ABSENCE.c[name] for name in ("person", *Absence._fields)]
    for person, *away in db.execute(select(*columns).order_by(_ABSENCE.c.seq)):
        absences.setdefault(person, []).append(Absence(*away))
    rows = db.execute(select(_PERSON.c.id, _PERSON.c.address, _PERSON.c.digest_at).order_by(_PERSON.c.id))
    return [
        Person(id, address, digest_at, tuple(holdings.get(id, ())), tuple(absences.get(id, ())))
        for id, address, digest_at in rows
    ]


def is_known(db: Connection, id: str) -> bool:
    """Whether there is a person under this reference."""
    return address_of_person(db, id) is not None


def address_of_person(db: Connection, id: str) -> str | None:
    """Where a person reads; None where nobody has that reference."""
    address: str | None = db.scalar(select(_PERSON.c.address).where(_PERSON.c.id == id))
    return address


def put_address(db: Connection, id: str, address: str, digest_at: time | None) -> None:
    """Makes a person, or gives them another address and hour."""
    db.execute(delete(_PERSON).where(_PERSON.c.id == id))
    db.execute(insert(_PERSON).values(id=id, address=address, digest_at=digest_at))


def put_holdings(db: Connection, held: Iterable[tuple[str, Holding]]) -> None:
    """Adds what people hold."""
    rows = [{"person": person, **holding._asdict()} for person, holding in held]
    if rows:
        db.execute(insert(_HOLDING), rows)


def end_holdings(db: Connection, post: str, place: Place) -> None:
    """Takes everybody from a post: somebody else is about to be named for all of its time."""
    at_place = (_HOLDING.c.team == place.team, _HOLDING.c.service == place.service)
    db.execute(delete(_HOLDING).where(_HOLDING.c.post == post, *at_place))


def put_absences(db: Connection, person: str, absences: Sequence[Absence]) -> None:
    """Replaces the days on which a person is away."""
    db.execute(delete(_ABSENCE).where(_ABSENCE.c.person == person))
    if absences:
        db.execute(insert(_ABSENCE), [{"person": person, **absence._asdict()} for absence in absences])


def _check_places(db: Connection, holdings: Collection[Holding]) -> None:
    """A post in a team or service that nobody knows would silently never be told anything."""
    known = services(db)
    for nth, held in enumerate(holdings):
        if held.team and held.service:
            fix = "leave out one: a team's service is the team's own"
            raise Refused("a post is of a team or of a service", fix=fix, pointer=f"/holdings/{nth}/service")
        if held.team and team(db, held.team) is None:
            fix = "put the team first, or correct its reference"
            raise Refused("the team is not known", fix=fix, pointer=f"/holdings/{nth}/team")
        if held.service and held.service not in known:
            fix = unknown_service(held.service, known)
            raise Refused("no team belongs to this service", fix=fix, pointer=f"/holdings/{nth}/service")


def _check_own(holdings: Sequence[Holding]) -> None:
    for nth, held in enumerate(holdings):
        for other in holdings[:nth]:
            same = (held.post, held.place, held.is_deputy) == (other.post, other.place, other.is_deputy)
            if same and clash(held.period, other.period):
                raise Refused(
                    f"the same post is said to be held {spelt(other.period)} already",
                    fix="let one end before the other begins",
                    pointer=f"/holdings/{nth}",
                )


def _check_others(db: Connection, person: Person) -> None:
    for nth, held in enumerate(person.holdings):
        for other in _holders(db, held, apart_from=person.id):
            if not held.is_deputy and clash(held.period, other):
                raise Refused(
                    f"somebody else holds this post there {spelt(other)}",
                    fix="end that first, begin after it, or say is_deputy",
                    pointer=f"/holdings/{nth}",
                )


def _holders(db: Connection, held: Holding, *, apart_from: str) -> Iterator[Period]:
    at_place = (_HOLDING.c.team == held.team, _HOLDING.c.service == held.service)
    rows = db.execute(
        select(_HOLDING.c.from_on, _HOLDING.c.to_on)
        .where(_HOLDING.c.post == held.post, *at_place, ~_HOLDING.c.is_deputy, _HOLDING.c.person != apart_from)
        .order_by(_HOLDING.c.from_on)
    )
    yield from (Period(*row) for row in rows)
