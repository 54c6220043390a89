"""Opens the database, brings it to head, and hands out transactions.

SQLite: ``BEGIN IMMEDIATE`` for anything that writes (a read that is later followed by a write loses updates otherwise),
``synchronous=FULL``, and the rollback journal unless the library is new enough for a write-ahead log to be safe.
PostgreSQL: ordinary transactions; what must not interleave is locked by name (see ``hold``).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.errors import Busy, NotReady

_ALEMBIC = Path(__file__).parents[2] / "alembic"
_WRITE_AHEAD_IS_SAFE = (3, 51, 3)
_BUSY_MS = 30_000
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
"""Of what is made here: it names children, and the account that runs the service is the only one to read it."""
_NO_FILE = (":memory:", "file:")
_LOCK_BUCKETS = 512
_LAST = "done last"
"""Where a connection keeps what its transaction does last."""
_POOL = 20
_SQLITE, _POSTGRESQL = "sqlite", "postgresql+psycopg"


def open_store(url: str) -> Engine:
    """An engine for ``url``; nothing is read or made yet. Raises NotReady for a URL that cannot be used."""
    parsed = _parsed(url)
    if parsed.drivername == _SQLITE:
        if parsed.database:
            Path(parsed.database).parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        engine = create_engine(
            url, hide_parameters=True, pool_size=_POOL, max_overflow=_POOL, connect_args={"check_same_thread": False}
        )
        if parsed.database and not parsed.database.startswith(_NO_FILE):
            event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, hide_parameters=True, pool_size=_POOL, max_overflow=_POOL, pool_pre_ping=False)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in (_SQLITE, _POSTGRESQL):
        raise NotReady(
            "TIMESCALES_DATABASE_URL is not the URL of a database that is used here",
            fix="use sqlite:///path/to/file.db or postgresql://…",
        )
    return parsed


@contextmanager
def reading(engine: Engine, *, at: str | None = None) -> Iterator[Connection]:
    """A transaction that only reads: one consistent moment, or the one that ``moment`` named, while that lasts."""
    with _translated(), engine.connect() as db:
        if db.dialect.name == "sqlite":
            yield db
        else:
            db = db.execution_options(isolation_level="REPEATABLE READ")
            if at is not None:
                db.execute(text(f"SET TRANSACTION SNAPSHOT '{at}'"))  # takes no parameter, and has to come first
            yield db


def moment(db: Connection) -> str | None:
    """Names what this transaction sees, for other processes to see the same until it ends.

    None on SQLite: there they see the same for as long as a writing transaction that has not written is open.
    """
    return None if db.dialect.name == "sqlite" else str(db.execute(text("SELECT pg_export_snapshot()")).scalar_one())


@contextmanager
def peeking(engine: Engine) -> Iterator[Connection]:
    """For one look at one table: no transaction, which on PostgreSQL would cost two more journeys to the server."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as db:
            yield db
    else:
        with _translated(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits when the block ends well and leaves nothing behind when it does not."""
    with _translated(), engine.connect().execution_options(writes=True) as db, db.begin():
        db.info[_LAST] = {}
        yield db
        for act, rows in db.info.pop(_LAST).values():
            act(db, rows)


def at_the_end(db: Connection, name: str, act: Callable[[Connection, list[Any]], None]) -> list[Any]:
    """A list that ``act`` is given just before this transaction commits: what others would wait for is done last."""
    rows: list[Any] = db.info[_LAST].setdefault(name, (act, []))[1]
    return rows


@contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes and of which nothing stays, however the block ends: to see what would come of it."""
    with _translated(), engine.connect().execution_options(writes=True) as db:
        transaction = db.begin()
        db.info[_LAST] = {}
        try:
            yield db
        finally:
            transaction.rollback()


def hold(db: Connection, names: set[str]) -> None:
    """Keeps everybody else from writing about these names until the transaction ends.

    On SQLite the whole database is held already. On PostgreSQL each name falls into a bucket with a lock of its own,
    taken in order, so that two writers can never wait for one another.
    """
    if db.dialect.name == "sqlite" or not names:
        return
    _lock(db, sorted({crc32(name.encode()) % _LOCK_BUCKETS for name in names}))


def hold_alone(db: Connection, name: str) -> None:
    """Keeps everybody else from one thing until the transaction ends: the last lock that a transaction takes."""
    if db.dialect.name != "sqlite":
        _lock(db, [_LOCK_BUCKETS + crc32(name.encode()) % _LOCK_BUCKETS])


def hold_everything(db: Connection) -> None:
    """Keeps everybody else from writing about anybody until the transaction ends."""
    if db.dialect.name != "sqlite":
        _lock(db, list(range(_LOCK_BUCKETS)))


def _lock(db: Connection, buckets: list[int]) -> None:
    db.execute(
        text("SELECT pg_advisory_xact_lock(:space, bucket) FROM unnest(cast(:buckets as int[])) AS bucket"),
        {"space": crc32(b"timescales") % 2**31, "buckets": buckets},
    )


def migrate(url: str) -> None:
    """Brings the database to the newest form, making it if it is empty. Safe to run again, and from several places."""
    engine = open_store(url)
    try:
        with writing(engine) as db:
            hold(db, {"migration"})
            config = _config()
            config.attributes["connection"] = db
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def ready(engine: Engine) -> None:
    """Makes an empty database; refuses one of another form with the command to run."""
    stands_at = _revision(engine)
    if stands_at is None:
        migrate(engine.url.render_as_string(hide_password=False))
    elif stands_at != _head():
        try:
            ScriptDirectory.from_config(_config()).get_revision(stands_at)
        except CommandError:
            raise NotReady(
                "the database was made by a newer version of this service", fix="run that version, or a newer one"
            ) from None
        raise NotReady("the database was made by an older version of this service", fix="run: timescales migrate")


def is_made(engine: Engine) -> bool:
    """Whether there is anything in the database at all."""
    return _revision(engine) is not None


def is_at_head(db: Connection) -> bool:
    """Whether the database has the form that this version of the service knows."""
    return MigrationContext.configure(db).get_current_revision() == _head()


@lru_cache(maxsize=1)
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _revision(engine: Engine) -> str | None:
    """The form the database has; None where it is empty."""
    try:
        with reading(engine) as db:
            return MigrationContext.configure(db).get_current_revision()
    except DatabaseError as error:
        raise NotReady(
            "what TIMESCALES_DATABASE_URL names is not a database of this service", fix="name another file or database"
        ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ALEMBIC))
    return config


def _make_private(_dialect: object, _record: object, given: Sequence[object], _more: object) -> None:
    """A new file is its owner's alone; what SQLite writes beside it is as private as the file itself."""
    with suppress(OSError):  # it is there already; or cannot be made, which SQLite says in its own words
        os.close(os.open(str(given[0]), os.O_CREAT | os.O_EXCL, _FILE_MODE))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, below
    cursor = connection.cursor()
    mode = "WAL" if sqlite3.sqlite_version_info >= _WRITE_AHEAD_IS_SAFE else "PERSIST"
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute(f"PRAGMA journal_mode={mode}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.close()


def _begin_sqlite(db: Connection) -> None:
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("writes") else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """A database that is locked, full or away is a 503 that says so, not a stack trace."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, psycopg.OperationalError, PoolTimeoutError) as error:
        raise Busy(
            "the database is locked, full, read-only or away", fix="nothing was stored: send it again"
        ) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Busy("the database connection was lost", fix="nothing was stored: send it again") from error
        raise
