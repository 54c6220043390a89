"""One authority's database, with the law it works to and the settings it runs by: what everything above is handed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, inspect, select, update
from sqlalchemy.engine import make_url

from rules import Law, load_law
from rules.workdays import WorkingCalendar
from service import clock
from service.errors import NotReady
from service.settings import Settings
from service.store.people import Directory, directory
from service.store.session import open_store, reading, ready, writing
from service.store.tables import AuthorityRow, EventRow, table
from service.store.telling.releases import EVERY_TEAM, release

DEMONSTRATION = ("demonstration",)


@dataclass(frozen=True, slots=True)
class Council:
    """An authority at work. ``alerts_from``: no report of an earlier day is made; what is told of clocks, releases say.

    ``is_law_applied``: the stored clocks were computed with the packs as they stand now.
    """

    settings: Settings
    engine: Engine
    law: Law
    alerts_from: date
    is_demonstration: bool
    is_law_applied: bool

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with reading(self.engine) as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with writing(self.engine) as db:
            yield db

    def directory(self, db: Connection, on: date) -> Directory:
        """Who is told on a day."""
        return directory(db, on=on, lines=self.law.ladders, domains=self.settings.domains)

    @property
    def calendar(self) -> WorkingCalendar:
        """The calendar that counts the days between a date and telling somebody."""
        return self.law.calendars[self.law.ladders.calendar]


def open_council(settings: Settings, *, demonstrate: bool = False) -> Council:
    """Opens the authority's database, made and brought to head if it is empty.

    The first opening decides whose database it is, whether it is a demonstration, and from which day people are told.
    Raises NotReady where the database belongs to another authority, and PackRefused where its law cannot be right.
    """
    engine = open_store(settings.store_url)
    ready(engine)
    row = _authority(engine)
    if row is not None and demonstrate and not row.is_demonstration and _is_empty(engine):
        _forget(engine)  # opened before, by a command that needed a database; nothing was ever sent to it
        row = None
    if row is None:
        law = load_law(settings.authority, overlays=DEMONSTRATION if demonstrate else ())  # refuses before we write
        row = _found(engine, settings, law, is_demonstration=demonstrate)
    if row.name != settings.authority and "authority" in settings.model_fields_set:
        raise NotReady(
            f"this database belongs to the authority {row.name}, and TIMESCALES_AUTHORITY says {settings.authority}",
            fix="set TIMESCALES_AUTHORITY to the database's own authority, or TIMESCALES_DATABASE_URL to another one",
        )
    law = load_law(row.name, overlays=DEMONSTRATION if row.is_demonstration else ())
    return Council(settings, engine, law, row.alerts_from, row.is_demonstration, row.law == law.fingerprint)


def note_law(db: Connection, law: Law) -> None:
    """Notes that the stored clocks are now those of this law."""
    db.execute(update(table(AuthorityRow)).values(law=law.fingerprint))


def _authority(engine: Engine) -> AuthorityRow | None:
    with reading(engine) as db:
        row = db.execute(select(table(AuthorityRow))).mappings().first()
        return AuthorityRow(**row) if row else None


def authority_of(settings: Settings) -> tuple[str, Sequence[str]]:
    """The packs that the settings' database works to, and what lies over them; makes and changes nothing."""
    url = make_url(settings.store_url)
    is_there = url.get_backend_name() != "sqlite" or (url.database is not None and Path(url.database).exists())
    if is_there:
        engine = open_store(settings.store_url)
        row = _authority(engine) if inspect(engine).has_table(table(AuthorityRow).name) else None
        engine.dispose()
        if row is not None:
            return row.name, DEMONSTRATION if row.is_demonstration else ()
    return settings.authority, ()


def _is_empty(engine: Engine) -> bool:
    with reading(engine) as db:
        return db.execute(select(table(EventRow).c.seq).limit(1)).first() is None


def _forget(engine: Engine) -> None:
    with writing(engine) as db:
        db.execute(delete(table(AuthorityRow)))


def _found(engine: Engine, settings: Settings, law: Law, *, is_demonstration: bool) -> AuthorityRow:
    row = AuthorityRow(
        id=1,
        name=settings.authority,
        is_demonstration=is_demonstration,
        alerts_from=settings.alerts_from or clock.today(),
        created_at=clock.now(),
        law=law.fingerprint,
    )
    with writing(engine) as db:
        held = db.execute(select(table(AuthorityRow))).mappings().first()
        if held:
            return AuthorityRow(**held)
        db.execute(insert(table(AuthorityRow)).values(row.model_dump()))
        if is_demonstration or settings.alerts_from is not None:  # else it starts silent, and is released by teams
            release(db, EVERY_TEAM, row.alerts_from, who="settings", now=row.created_at)
    return row
