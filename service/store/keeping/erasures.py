"""Taking somebody out of every table there is, and remembering by a digest alone that it was done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, String, Table, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.model import DUTY
from service.store.clocks import CHANGE, CLOCK, PROBLEM
from service.store.events import EVENT, LINK, SUBJECT
from service.store.keeping.audit import AUDIT
from service.store.keeping.holds import HOLD
from service.store.prepared import Prepared, chunks
from service.store.tables import (
    AcknowledgementRow,
    AlertRow,
    DeliveryRow,
    ErasedRow,
    ReportRow,
    SourceRow,
    WebhookRow,
    table,
)

_ERASED, _REPORT = table(ErasedRow), table(ReportRow)
_ABOUT_CLOCKS = (table(AlertRow), table(AcknowledgementRow), table(DeliveryRow))
_ABOUT_SUBJECTS = (CHANGE, CLOCK, PROBLEM, EVENT, HOLD)
_ANYBODY = Prepared(select(_ERASED.c.digest).limit(1))
_UPSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_WITHIN: Mapping[str, Any] = {"sqlite": func.instr, "postgresql": func.strpos}


class Last(NamedTuple):
    """When something last happened to somebody."""

    subject: str
    last_on: date


def remove(db: Connection, subjects: Collection[str]) -> dict[str, int]:
    """Deletes every row about these subjects and their clocks. Returns how many, by table.

    What tells how far something was read is set back to what is left: SQLite gives numbers again that were the last.
    """
    removed: dict[str, int] = {}

    def drop(from_: Table, *those: Any) -> None:
        if count := db.execute(delete(from_).where(*those)).rowcount:
            removed[from_.name] = removed.get(from_.name, 0) + count

    for chunk in chunks(sorted(subjects)):
        of_clock = select(CLOCK.c.id).where(CLOCK.c.subject.in_(chunk))
        of_gone = select(CHANGE.c.clock_id).where(CHANGE.c.subject.in_(chunk))
        ids = sorted({*db.scalars(of_clock), *db.scalars(of_gone)})
        for some in chunks(ids):
            for one in _ABOUT_CLOCKS:
                drop(one, one.c.clock_id.in_(some))
        for one in _ABOUT_SUBJECTS:
            drop(one, one.c.subject.in_(chunk))
        drop(LINK, or_(LINK.c.one.in_(chunk), LINK.c.other.in_(chunk)))
        drop(SUBJECT, SUBJECT.c.ref.in_(chunk))
    _set_back(db, table(SourceRow).c.last_seq, EVENT)
    _set_back(db, table(WebhookRow).c.looked_seq, CHANGE)
    return removed


def in_the_trail(db: Connection, subjects: Collection[str]) -> int:
    """How many rows of the trail name these subjects."""
    return db.execute(select(func.count()).where(AUDIT.c.subject.in_(sorted(subjects)))).scalar_one()


def reports_naming(db: Connection, texts: Collection[str]) -> Iterator[tuple[int, Any]]:
    """Published reports in which one of these texts stands, wherever: their numbers and contents."""
    within = _WITHIN[db.dialect.name]
    content = cast(_REPORT.c.content, String)
    wanted = [within(content, literal(text)) > 0 for text in sorted(texts)]
    for number in db.scalars(select(_REPORT.c.seq).where(or_(*wanted)).order_by(_REPORT.c.seq)).all():
        yield number, db.execute(select(_REPORT.c.content).where(_REPORT.c.seq == number)).scalar_one()


def rewrite_report(db: Connection, number: int, content: Any) -> None:
    """Another content for a published report. For erasing alone: it is frozen for everything else."""
    db.execute(update(_REPORT).where(_REPORT.c.seq == number).values(content=content))


# ---- who was erased --------------------------------------------------------------------------------------------------


def remember(db: Connection, digests: Collection[str], *, now: datetime) -> None:
    """That these were erased: nothing sent about them is taken from now on."""
    rows = [{"digest": one, "erased_at": now, "open_from": None} for one in digests]
    added = _UPSERT[db.dialect.name](_ERASED).values(rows)
    said = {name: added.excluded[name] for name in ("erased_at", "open_from")}
    db.execute(added.on_conflict_do_update(index_elements=["digest"], set_=said))


def open_from(db: Connection, digest: str, on: date) -> bool:
    """What happens from a day on is taken again; False where nobody of this digest was erased."""
    return db.execute(update(_ERASED).where(_ERASED.c.digest == digest).values(open_from=on)).rowcount > 0


def is_anybody_erased(db: Connection) -> bool:
    """One look, for the many who take events in where nobody ever was."""
    return bool(_ANYBODY.rows(db, {}))


def erased(db: Connection, digests: Collection[str]) -> dict[str, date | None]:
    """Of these digests, those of somebody erased; and from which day on what happens is taken again."""
    found: dict[str, date | None] = {}
    for chunk in chunks(sorted(digests)):
        query = select(_ERASED.c.digest, _ERASED.c.open_from).where(_ERASED.c.digest.in_(chunk))
        found |= dict(db.execute(query).all())
    return found


# ---- whose time may have come ----------------------------------------------------------------------------------------


def quiet_since(db: Connection, on: date) -> list[Last]:
    """Everybody to whom nothing has happened after a day, with the day of the last thing that did."""
    last = func.max(EVENT.c.happened_on)
    query = select(EVENT.c.subject, last).group_by(EVENT.c.subject).having(last <= on).order_by(EVENT.c.subject)
    return [Last(*row) for row in db.execute(query)]


def last_on(db: Connection, subjects: Collection[str]) -> date | None:
    """When something last happened to one of these; None where nothing did."""
    return db.execute(select(func.max(EVENT.c.happened_on)).where(EVENT.c.subject.in_(sorted(subjects)))).scalar()


def timescales_of(db: Connection, subjects: Collection[str]) -> dict[str, set[str]]:
    """The timescales of which each of these has had a clock."""
    found: dict[str, set[str]] = {}
    for chunk in chunks(sorted(subjects)):
        query = select(CLOCK.c.subject, CLOCK.c.timescale).where(CLOCK.c.subject.in_(chunk)).distinct()
        for subject, timescale in db.execute(query):
            found.setdefault(subject, set()).add(timescale)
    return found


def with_a_running_clock(db: Connection, subjects: Collection[str], on: date) -> set[str]:
    """Those of these of whom a duty still runs."""
    found: set[str] = set()
    not_lapsed = or_(CLOCK.c.lapses_on.is_(None), CLOCK.c.lapses_on > on)
    for chunk in chunks(sorted(subjects)):
        runs = (CLOCK.c.subject.in_(chunk), CLOCK.c.stopped_on.is_(None), CLOCK.c.measure == DUTY, not_lapsed)
        found |= set(db.scalars(select(CLOCK.c.subject).where(*runs).distinct()))
    return found


def _set_back(db: Connection, column: Any, of: Table) -> None:
    newest = db.execute(select(func.coalesce(func.max(of.c.seq), 0))).scalar_one()
    db.execute(update(column.table).where(column > newest).values({column: newest}))
