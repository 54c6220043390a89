"""A short trail with an erasure in it, and the ways in which somebody with the database's password may change it.

Each way says in which rows it has to be found. ``EXPORTED`` ways can be found only against a digest exported before.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from service import clock
from service.access.trail import Finding, verify
from service.store.keeping import audit
from service.store.keeping.audit import AUDIT, head, sealed
from service.store.keeping.trail import Reading
from service.store.session import rehearsing, writing

ROWS = 40
ERASED = "c-erased"
_FORGED = "f" * 64
_TEXTS = ("actor", "action", "detail", "origin", "chain", "subject_digest", "salt", "subject")


class Tampering(NamedTuple):
    """What was done, and in which rows it has to be found."""

    what: str
    rows: range


Way = Callable[[Connection, random.Random], Tampering]


def as_it_stands(db: Connection) -> Reading:
    """For ``verify``: what this transaction sees, and nobody else does."""
    return lambda: nullcontext(db)


def write_trail(engine: Engine, rng: random.Random) -> None:
    """About forty rows: most of them about some child, one of whom is erased in the middle."""
    for nth in range(ROWS):
        with writing(engine) as db:
            child = rng.choice([None, "c-1", "c-2", "c-3", ERASED])
            audit.note(db, f"person-{nth % 3}", "subject.read", subject=child, detail=f"{nth}", origin="10.0.0.1")
            if nth == ROWS // 2:
                audit.erase(db, "test", ERASED, detail="retention-ended")
            if nth == ROWS // 2 - 1:
                audit.note(db, "person-1", "subject.read", subject=ERASED)


def found_after(engine: Engine, way: Way, rng: random.Random) -> tuple[Tampering, list[Finding]]:
    """What is found when somebody has done this, in a transaction that is taken back."""
    with rehearsing(engine) as db:
        exported = head(db)
        take_the_guards_off(db)
        done = way(db, rng)
        return done, verify(as_it_stands(db), {exported.number: exported.chain}).findings


def take_the_guards_off(db: Connection) -> None:
    """As an insider would, first of all."""
    if db.dialect.name == "postgresql":
        db.execute(text("DROP TRIGGER audit_is_kept ON audit"))
    else:
        db.execute(text("DROP TRIGGER audit_is_not_changed"))
        db.execute(text("DROP TRIGGER audit_is_not_dropped"))


def _some(db: Connection, rng: random.Random, *, beside: int = 0) -> int:
    """Any row but the last ``beside``."""
    return rng.randint(1, head(db).number - beside)


def _row(db: Connection, number: int) -> Any:
    return db.execute(AUDIT.select().where(AUDIT.c.seq == number)).one()


def _set(db: Connection, number: int, **values: Any) -> None:
    db.execute(AUDIT.update().where(AUDIT.c.seq == number).values(values))


def alter(db: Connection, rng: random.Random) -> Tampering:
    """Another value in some column of a row that holds one."""
    number = _some(db, rng)
    row = _row(db, number)
    names = [name for name in _TEXTS if getattr(row, name) is not None]
    name = rng.choice([*names, "at"])
    if name == "at":
        _set(db, number, at=row.at + timedelta(seconds=rng.choice((-3600, -1, 1, 86_400))))
    else:
        was = str(getattr(row, name))
        _set(db, number, **{name: rng.choice([f"{was}x", _FORGED, was[:-1] or "x"])})
    return Tampering(f"altered {name} of {number}", range(number, number + 1))


def forget_a_child(db: Connection, rng: random.Random) -> Tampering:
    """Does what an erasure does, and leaves no account of it."""
    rows = db.execute(text("SELECT seq FROM audit WHERE subject IS NOT NULL ORDER BY seq")).scalars().all()
    number = rng.choice(list(rows))
    _set(db, number, subject=None, salt=None)
    return Tampering(f"forgot the child of {number}", range(number, number + 1))


def put_a_child_in(db: Connection, rng: random.Random) -> Tampering:
    rows = db.execute(text("SELECT seq FROM audit WHERE subject IS NULL ORDER BY seq")).scalars().all()
    number = rng.choice(list(rows))
    _set(db, number, subject="c-9", salt="00")
    return Tampering(f"put a child into {number}", range(number, number + 1))


def delete(db: Connection, rng: random.Random) -> Tampering:
    number, several = _some(db, rng), rng.choice((1, 1, 3))
    db.execute(AUDIT.delete().where(AUDIT.c.seq >= number, AUDIT.c.seq < number + several))
    return Tampering(f"deleted {several} from {number}", range(number, number + several))


def delete_and_close_the_gap(db: Connection, rng: random.Random) -> Tampering:
    number, last = _some(db, rng, beside=1), head(db).number
    db.execute(AUDIT.delete().where(AUDIT.c.seq == number))
    _shift(db, number + 1, last, -1)
    return Tampering(f"deleted {number} and closed the gap", range(number, last + 1))


def put_one_in(db: Connection, rng: random.Random) -> Tampering:
    """A row between two others, well sealed onto the one before; all after it get the next number."""
    number, last = _some(db, rng, beside=1), head(db).number
    _shift(db, number, last, 1)
    _forge(db, number, _row(db, number - 1).chain if number > 1 else "")
    return Tampering(f"put one in at {number}", range(number, last + 2))


def put_one_at_the_end(db: Connection, rng: random.Random) -> Tampering:
    number = head(db).number + 1
    _forge(db, number, _FORGED)
    return Tampering("put one at the end that follows nothing", range(number, number + 1))


def put_one_before_the_beginning(db: Connection, rng: random.Random) -> Tampering:
    _forge(db, 0, "")
    return Tampering("put one before the beginning", range(0, 1))


def swap(db: Connection, rng: random.Random) -> Tampering:
    """Two neighbours change places."""
    number = _some(db, rng, beside=1)
    _set(db, number, seq=-1)
    _set(db, number + 1, seq=number)
    _set(db, -1, seq=number + 1)
    return Tampering(f"swapped {number} and {number + 1}", range(number, number + 3))


def seal_one_anew(db: Connection, rng: random.Random) -> Tampering:
    """Changes a row and makes its own seal fit; the row after it gives it away."""
    number = _some(db, rng, beside=1)
    _reseal(db, number)
    return Tampering(f"sealed {number} anew", range(number, number + 2))


def seal_the_last_anew(db: Connection, rng: random.Random) -> Tampering:
    number = head(db).number
    _reseal(db, number)
    return Tampering("sealed the last anew", range(number, number + 1))


def seal_all_anew(db: Connection, rng: random.Random) -> Tampering:
    """Changes a row and seals it and everything after it anew."""
    number, last = _some(db, rng), head(db).number
    for one in range(number, last + 1):
        _reseal(db, one, change=one == number)
    return Tampering(f"sealed everything from {number} anew", range(number, last + 1))


def cut_the_end_off(db: Connection, rng: random.Random) -> Tampering:
    last = head(db).number
    number = rng.randint(last - 5, last)
    db.execute(AUDIT.delete().where(AUDIT.c.seq >= number))
    return Tampering(f"cut off from {number}", range(number, last + 1))


SHOWN = (
    alter, forget_a_child, put_a_child_in, delete, delete_and_close_the_gap, put_one_in, put_one_at_the_end,
    put_one_before_the_beginning, swap, seal_one_anew,
)  # fmt: skip
EXPORTED = (seal_the_last_anew, seal_all_anew, cut_the_end_off)
WAYS: tuple[Way, ...] = (*SHOWN, alter, alter, alter, *EXPORTED)
"""Altering one value, the likeliest, is tried more often."""


def judge(done: Tampering, findings: list[Finding]) -> None:
    """It is found, in a row it has to be found in, and no row far from it is accused."""
    assert findings, f"{done.what}: nothing was found"
    for one in findings:
        assert one.first <= done.rows[-1], f"{done.what}: {one}"
        assert one.last >= done.rows[0], f"{done.what}: {one}"
    assert min(one.first for one in findings) - done.rows[0] <= 1 or len(done.rows) > 2, f"{done.what}: {findings}"


def _shift(db: Connection, first: int, last: int, by: int) -> None:
    """Other numbers for rows, by way of negative ones: no two may have the same meanwhile."""
    values = {"first": first, "last": last, "by": by}
    db.execute(text("UPDATE audit SET seq = -(seq + :by) WHERE seq BETWEEN :first AND :last"), values)
    db.execute(text("UPDATE audit SET seq = -seq WHERE seq < 0"))


def _forge(db: Connection, number: int, before: str) -> None:
    row = {"seq": number, "at": clock.now(), "actor": "nobody", "action": "subject.read", "subject": None}
    row |= {"detail": "", "origin": "", "salt": None, "subject_digest": None, "chain": _FORGED}
    db.execute(AUDIT.insert().values(row))
    if before != _FORGED:
        _set(db, number, chain=sealed(before, _row(db, number)))


def _reseal(db: Connection, number: int, *, change: bool = True) -> None:
    if change:
        _set(db, number, actor="somebody else")
    before = _row(db, number - 1).chain if number > 1 else ""
    _set(db, number, chain=sealed(before, _row(db, number)))
