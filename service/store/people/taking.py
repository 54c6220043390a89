"""A list of people and posts, stored: added to what stands, and all the truth about the posts that it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from service.store.people import holdings, mailboxes
from service.store.people.holdings import Absence, Holding
from service.store.people.lines import Line, Refusal
from service.store.people.listing import PeopleList
from service.store.people.retelling import retelling


def put_list(db: Connection, said: PeopleList) -> list[Refusal]:
    """Stores what a list says. Where it returns refusals, the caller must let nothing of it stand.

    - A team is named anew. A line with a mailbox replaces the mailbox of that post; a line with a person, everybody who
      held that post there, or was its deputy, whenever: so the lines about a post are the whole truth about it.
    - Of a person the list names, the address and hour are those of the list, and so are the absences, if it has the
      columns for them. What they hold elsewhere stays.
    - Other teams, posts and people stay as they are.
    """
    told = {(row.post, row.place) for row in said.rows if row.post}
    with retelling(db, {row.person for row in said.rows if row.person}, told):
        _name_teams(db, said)
        refusals = [*_put_people(db, said)]
        _put_mailboxes(db, said)
        _put_holders(db, said)
    return sorted([*refusals, *_unknown(db, said)])


def _name_teams(db: Connection, said: PeopleList) -> None:
    names: dict[str, tuple[str, str]] = {}
    for row in said.rows:
        if row.team:
            name, service = names.get(row.team, ("", ""))
            names[row.team] = (name or row.team_name, service or row.service)
    for id, (name, service) in names.items():
        mailboxes.name_team(db, id, name, service)


def _put_people(db: Connection, said: PeopleList) -> Iterator[Refusal]:
    rows: dict[str, list[Line]] = {}
    for row in said.rows:
        if row.person:
            rows.setdefault(row.person, []).append(row)
    known = {person.id: person for person in holdings.persons(db)}
    for id, theirs in rows.items():
        before = known.get(id)
        address = next((row.address for row in theirs if row.address), before.address if before else "")
        hour = next((row.digest_at for row in theirs if row.digest_at), None)
        if "digest_at" not in said.columns and before:
            hour = before.digest_at
        if not address:
            fix = "give the address on one of their lines"
            yield Refusal(theirs[0].number, "the person has no address, here or stored", fix)
            continue
        holdings.put_address(db, id, address, hour)
        if "away_from" in said.columns:
            holdings.put_absences(db, id, [Absence(*away) for away in _absences(theirs)])


def _absences(rows: list[Line]) -> Iterator[tuple[date, date, str | None]]:
    for row in rows:
        if row.away_from and row.away_to:
            yield row.away_from, row.away_to, row.cover or None


def _put_mailboxes(db: Connection, said: PeopleList) -> None:
    for row in said.rows:
        if row.is_mailbox:
            mailboxes.put_mailbox(db, row.post, row.place, row.address)


def _put_holders(db: Connection, said: PeopleList) -> None:
    held = [row for row in said.rows if row.post and row.person]
    for post, place in {(row.post, row.place) for row in held}:
        holdings.end_holdings(db, post, place)
    holdings.put_holdings(
        db, ((row.person, Holding(row.post, *row.place, *row.period, is_deputy=row.is_deputy)) for row in held)
    )


def _unknown(db: Connection, said: PeopleList) -> Iterator[Refusal]:
    """What a list names and nobody knows, now that all of it stands."""
    services = mailboxes.services(db)
    people = {person.id for person in holdings.persons(db)}
    for row in said.rows:
        if row.place.service and row.place.service not in services:
            fix = mailboxes.unknown_service(row.place.service, services)
            yield Refusal(row.number, "no team belongs to this service", fix)
        if row.cover and row.cover not in people:
            yield Refusal(
                row.number, "nobody known covers for the person", "give whoever covers a line with an address"
            )
