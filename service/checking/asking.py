"""Asks every check. One that breaks is itself a finding, and hides no other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import text

from service.checking.finding import Answer, Check, Finding, Found, Look, Looked, Weight
from service.council import Council
from service.errors import Busy, told_of
from service.timing import Timed

log = structlog.get_logger()

_ORDER = list(Weight)


def _never(_look: Look) -> Looked:
    return Looked()


DATABASE_AWAY = Check(
    "watch.database-away", "the service", "The database answers.", Weight.UNTOLD, _never, is_mailed=False
)
BROKEN = Check("watch.check-broken", "the service", "Every check could be asked.", Weight.UNTOLD, _never)


def ask(council: Council, checks: Iterable[Check], jobs: Sequence[Timed], *, now: datetime) -> Answer:
    """What these checks come to, the worst first. Each has a transaction of its own, which only reads.

    Where the database is away there is that one finding, and nothing else is asked.
    """
    found: list[Found] = []
    well: list[tuple[Check, str]] = []
    unsure: set[str] = set()
    checks = tuple(checks)
    for check in checks:
        try:
            with council.reading() as db:
                looked = check.look(Look(council, db, now, jobs))
        except Exception as defect:  # whatever it is, it is shown, and the other checks are asked all the same
            if isinstance(defect, Busy) and not _answers(council):
                return Answer((away(now),), (), frozenset(one.id for one in (*checks, BROKEN)))
            log.error("a check is broken", check=check.id, **told_of(defect))
            found.append(Found(BROKEN, _broken(check, defect)))
            unsure.add(check.id)
            continue
        found += [Found(check, finding) for finding in looked.findings]
        if looked.is_unsure:
            unsure.add(check.id)
        if not looked.findings:
            well.append((check, looked.well or check.well))
    found.sort(key=lambda one: _ORDER.index(one.check.weight))
    return Answer(tuple(found), tuple(well), frozenset(unsure))


def _answers(council: Council) -> bool:
    """Whether the database is there at all: one check that it refuses may be that check's own fault."""
    try:
        with council.reading() as db:
            db.execute(text("SELECT 1"))
    except Busy:
        return False
    return True


def away(now: datetime) -> Found:
    """The finding that the database does not answer."""
    what = "The database is locked, full, read-only or away, so nothing is taken in and nobody is told anything."
    fix = "Bring the database back, or give it room. Senders send again what was refused; what was due is told then."
    return Found(DATABASE_AWAY, Finding(DATABASE_AWAY.id, "The database is away", what, fix, now))


def _broken(check: Check, defect: Exception) -> Finding:
    return Finding(
        f"{BROKEN.id}/{check.id}",
        f"The check {check.id} is broken",
        f"The check {check.id} could not be asked ({type(defect).__name__}), so nobody knows whether it is well.",
        "Tell whoever maintains this service, with the lines of the log that say “a check is broken”.",
    )
