"""Who holds which post in the made-up council: references, and never a name. One is away, one has left, one stands in.

Nobody manages the team without an address, so what its manager should be told goes to the next rung.
"""

from __future__ import annotations

from datetime import date, time, timedelta

from service.demo import place
from service.store.people import COLUMNS, MORE_COLUMNS, Line, PeopleList

_DOMAIN = "council.example"
_NORTH, _SOUTH, _EAST = place.ASSESSMENT
_LEFT_DAYS_AGO, _STANDS_IN_DAYS, _AWAY_DAYS = 24, 45, 12


def people(today: date) -> PeopleList:
    """The list of posts and people, as a file would say it on ``today``."""
    mailboxes = [Line(**post._asdict()) for post in place.posts() if post.address]
    named = [Line(team=team.id, team_name=team.name, service=place.SERVICE) for team in place.TEAMS]
    return PeopleList((*named, *mailboxes, *_people(today)), columns=frozenset((*COLUMNS, *MORE_COLUMNS)))


def _people(today: date) -> list[Line]:
    left_on = today - timedelta(days=_LEFT_DAYS_AGO)
    acts_until = today + timedelta(days=_STANDS_IN_DAYS)
    back_on = today + timedelta(days=_AWAY_DAYS)
    yesterday = today - timedelta(days=1)
    manager, above = Line(post="team-manager"), Line(post="service-manager", service=place.SERVICE)
    lines = [
        manager._replace(team=_NORTH.id, person="person-014", away_from=yesterday, away_to=back_on, cover="person-017"),
        manager._replace(team=_SOUTH.id, person="person-017", digest_at=time(8, 30)),
        manager._replace(team=_EAST.id, person="person-021", to_on=left_on),
        manager._replace(team=_EAST.id, person="person-022", from_on=left_on, to_on=acts_until, is_deputy=True),
        above._replace(person="person-031"),
        above._replace(person="person-032", is_deputy=True),
        Line(post="head-of-service", person="person-041"),
    ]
    return [line._replace(address=f"{line.person}@{_DOMAIN}") for line in lines]
