"""A council at work in virtual time: people at their posts, a wall clock moved by hand, a real mail server, a story.

    town.hear(discussion("child", "2026-02-02"))
    town.run("2026-03-01")
    town.story()        # [("Tue 24 Feb 07:30", "manager-north", "breach"), …]: each letter with its rungs, and no other

Nobody gets the weekly mail with nothing to say: it is turned off here,
but for those who ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import text

from rules.model import AlertKey, Event
from service import flow
from service.council import Council, open_council
from service.scheduler import tick
from service.settings import Settings
from service.store import clocks, people
from service.store.people import Absence, Holding, Person
from service.store.telling import preferences, told
from tests.rules.making import with_holiday
from tests.service.mail_cast import Wall, wall_at
from tests.service.mail_room import Authority, MailServer

LONDON = ZoneInfo("Europe/London")
DOMAIN = "council.example"
TEAM_MANAGER, SERVICE_MANAGER, GROUP_MANAGER, HEAD_OF_SERVICE = (
    "team-manager",
    "service-manager",
    "group-manager-fieldwork",
    "head-of-service",
)
NORTH, SOUTH = "north", "south"
CAST: Sequence[tuple[str, Holding]] = (
    ("manager-north", Holding(TEAM_MANAGER, team=NORTH)),
    ("manager-south", Holding(TEAM_MANAGER, team=SOUTH)),
    ("service-manager", Holding(SERVICE_MANAGER, service="Assessment")),
    ("group-manager", Holding(GROUP_MANAGER)),
    ("head", Holding(HEAD_OF_SERVICE)),
)
HOURS = (time(7, 0), time(7, 30), time(8, 0), time(12, 0), time(15, 30), time(18, 50), time(19, 10))
"""When the service ticks, of all the moments it would: before anybody is told, at the hour, and through the day."""
_STANDING = (
    *("Overdue", "Also overdue", "Due today"),
    *("Due in the rest of this week", "Told to you before, and overdue still"),
)
_SECTION = re.compile(r"^(.+) \(([\d,]+)\)$", re.MULTILINE)


class Letter(NamedTuple):
    """A letter as it came in. ``carries``: the alerts that the service says are in it.

    ``news``: its sections that say what changed, each with its count, as the letter itself has them; so ``stands``.
    """

    at: datetime
    to: str
    subject: str
    text: str
    id: str
    carries: tuple[AlertKey, ...]
    is_digest: bool

    @property
    def sections(self) -> dict[str, int]:
        return {title: int(number.replace(",", "")) for title, number in _SECTION.findall(self.text)}

    @property
    def news(self) -> dict[str, int]:
        return {title: number for title, number in self.sections.items() if title not in _STANDING}

    @property
    def stands(self) -> dict[str, int]:
        return {title: number for title, number in self.sections.items() if title in _STANDING}

    @property
    def speaks_of_a_gap(self) -> bool:
        return "and could not be" in self.text

    def __str__(self) -> str:
        return ", ".join(sorted(key.step for key in self.carries)) or self.subject


class PostOffice(MailServer):
    """A mail server that puts off what is for somebody in ``away`` (names without their domain)."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(authority, tls="none")
        self.away: set[str] = set()
        self.is_open = False

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if address.partition("@")[0] in self.away:
            return "451 4.3.0 not now"
        return await super().handle_RCPT(server, session, envelope, address, options)

    def start(self) -> None:
        super().start()
        self.is_open = True

    def stop(self) -> None:
        if self.is_open:
            super().stop()
        self.is_open = False


class Town:
    """See above. ``letters``: all that came in, with the moment of the tick that sent it."""

    def __init__(self, council: Council, server: PostOffice, wall: Wall) -> None:
        self.council, self.server, self.wall = council, server, wall
        self.letters: list[Letter] = []
        self.is_down = False

    # ---- what happens ----

    def hear(self, *events: Event) -> None:
        flow.receive(self.council, events, actor="case system")

    def name(self, *everybody: Person) -> None:
        with self.council.writing() as db:
            for person in everybody:
                people.put_person(db, person)

    def proclaim(self, on: date) -> None:
        """A bank holiday more; what runs is counted anew."""
        self.council = replace(self.council, law=with_holiday(self.council.law, on))
        flow.recompute(self.council, actor="administrator", processes=1)

    def turn_off(self, name: str, *kinds: str) -> None:
        with self.council.writing() as db:
            preferences.turn_off(db, preferences.token_of(db, address_of(name)), frozenset(kinds))

    # ---- time ----

    def run(self, until: str | date | datetime, hours: Sequence[time] = HOURS) -> None:
        """Ticks at each of these hours until a moment (local; a day alone: its beginning), that moment included."""
        end = at(until)
        for moment in _moments(self.wall.now, end, hours):
            self.wall.now = moment
            self.tick()
        self.wall.now = end

    def tick(self) -> None:
        if self.is_down:
            return
        before = len(self.server.letters)
        tick(self.council, ())
        here = self.wall.now.astimezone(LONDON)
        for letter in self.server.letters[before:]:
            body = letter.get_body(("plain",))
            assert body is not None
            name, _, domain = str(letter["To"]).partition("@")
            assert domain == DOMAIN
            id = str(letter["Message-ID"])
            carries = tuple(self._carried_in(id))
            is_digest = str(letter["List-Id"]).startswith("<digest.")
            words = body.get_content().replace("\r\n", "\n")
            self.letters.append(Letter(here, name, str(letter["Subject"]), words, id, carries, is_digest))

    def _carried_in(self, message_id: str) -> Iterator[AlertKey]:
        with self.council.reading() as db:
            rows = db.execute(
                text("SELECT clock_id, step, due_on, post FROM alert WHERE message_id = :id"), {"id": message_id}
            )
            for clock, step, due_on, post in rows:
                yield AlertKey(clock, step, due_on if isinstance(due_on, date) else date.fromisoformat(due_on), post)

    # ---- what came of it ----

    def story(self) -> list[tuple[str, str, str]]:
        """Every letter since this was last asked: when, to whom, with what news (none: its subject)."""
        found = [(f"{one.at:%a} {one.at.day} {one.at:%b %H:%M}", one.to, str(one)) for one in self.letters]
        self.letters = []
        return found

    def clock(self, timescale: str, subject: str = "child") -> str:
        """The id of a subject's only clock of a timescale."""
        with self.council.reading() as db:
            known = clocks.of_subjects(db, [subject])[subject]
        (only,) = [one.id for one in known if (one.timescale, one.measure) == (timescale, "duty")]
        return only

    def unowned(self) -> list[tuple[str | None, str, int]]:
        """What the list of the unowned says: team, post, how many clocks."""
        with self.council.reading() as db:
            directory = self.council.directory(db, self.wall.now.astimezone(LONDON).date())
            return [(one.team, one.post, one.clocks) for one in told.unowned(db, directory, now=self.wall.now)]


# ---- how a town is founded -------------------------------------------------------------------------------------------


@contextmanager
def founded(
    database_url: str,
    folder: Path,
    server: PostOffice,
    begins: str | date | datetime,
    *,
    is_weekly_off: bool = True,
    **settings: Any,
) -> Iterator[Town]:
    """Two teams of one service with the line above them, released from the first, unless ``alerts_from`` is None."""
    chosen = {"authority": "southend", "alerts_from": at(begins).date() - timedelta(days=100), **settings}
    given = Settings(
        database_url=database_url,
        data_dir=folder,
        smtp_url=server.url,
        mail_from=f"timescales@{DOMAIN}",
        environment="production",
        mail_domains=DOMAIN,
        base_url=f"https://timescales.{DOMAIN}",
        **chosen,
    )
    with wall_at(at(begins)) as wall:
        council = open_council(given)
        try:
            with council.writing() as db:
                for team in (NORTH, SOUTH):
                    people.put_team(db, team, f"Assessment {team.title()}", "Assessment", {})
            town = Town(council, server, wall)
            for name, holding in CAST:
                town.name(person(name, holding))
                if is_weekly_off:
                    town.turn_off(name, preferences.WEEKLY)
            yield town
        finally:
            council.engine.dispose()


def person(name: str, *holdings: Holding, away: Sequence[Absence] = (), hour: time | None = None) -> Person:
    return Person(name, address_of(name), hour, holdings, tuple(away))


def address_of(name: str) -> str:
    return f"{name}@{DOMAIN}"


def at(moment: str | date | datetime) -> datetime:
    """``2026-02-24 07:30``, local, or a day's beginning; in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    elif not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(UTC)


def _moments(after: datetime, until: datetime, hours: Sequence[time]) -> Iterator[datetime]:
    on = after.astimezone(LONDON).date()
    while on <= until.astimezone(LONDON).date():
        moments = (datetime.combine(on, hour, LONDON).astimezone(UTC) for hour in hours)
        yield from (moment for moment in moments if after < moment <= until)
        on += timedelta(days=1)


# ---- what a case system says -----------------------------------------------------------------------------------------


def event(
    type: str, on: str | date, *, id: str = "", subject: str = "child", key: str | None = "one", **more: Any
) -> Event:
    """Something that happened in the team in the north, unless it says otherwise."""
    happened_on = date.fromisoformat(on) if isinstance(on, str) else on
    own = {name: more.pop(name) for name in ("team", "worker", "target", "happened_at", "source") if name in more}
    known = {"source": "case-system", "team": NORTH, **own}
    return Event(
        id=id or f"{type} {subject} {happened_on} {key}",
        type=type,
        subject=subject,
        happened_on=happened_on,
        key=key,
        data=more,
        **known,
    )


def discussion(on: str | date, **more: Any) -> Event:
    """It starts fifteen working days for a conference."""
    return event("strategy-discussion.held", on, **{"outcome": "section_47", **more})


def conference(on: str | date, **more: Any) -> Event:
    return event("icpc.held", on, **{"outcome": "no_plan", **more})


def withdrawn(target: Event, **more: Any) -> Event:
    fields = {"id": f"withdrawal of {target.id}", "subject": target.subject, "key": None, **more}
    return event("event.withdrawn", target.happened_on, target=target.id, **fields)
