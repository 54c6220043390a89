"""Erasing somebody: events, clocks and all that follows, published reports, and the trail, in one transaction.

What stays: figures as they were published, mail as it went out (neither names anybody), and rows of the trail that say
who did what, with "a child" where the reference was. An HMAC of the reference is remembered: see ``returning``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from service import clock
from service.council import Council
from service.errors import NotFound, Refused
from service.retention import papers
from service.retention.periods import known_reason, periods
from service.retention.returning import digest_of
from service.store import events
from service.store.keeping import audit, erasures, holds
from service.store.session import hold_everything, rehearsing


class Erased(NamedTuple):
    """What an erasure came to: whom, rows deleted by table, rows of the trail, reports and files without them.

    ``was_before``: they were erased before, and only what was being read of them meanwhile was left.
    """

    subjects: tuple[str, ...]
    rows: Mapping[str, int]
    trail: int
    reports: int
    files: Sequence[Path] = ()
    was_before: bool = False


def erase(
    council: Council,
    subject: str,
    *,
    reason: str,
    actor: str,
    together: bool = False,
    if_quiet_since: date | None = None,
) -> Erased:
    """Erases somebody, with whoever's history is tied to theirs where ``together``.

    Raises NotFound where nothing is kept of them; Refused where they are held, or tied to others who are not named, or
    where something has happened after the day ``if_quiet_since``, and with it a duty begun.
    """
    known_reason(reason, periods(council.settings).erasures)
    with council.writing() as db:
        hold_everything(db)
        group = _group(db, council, subject, together=together)
        if if_quiet_since is not None:
            _must_be_quiet(db, group, if_quiet_since)
        done = _take_out(db, council, group, reason, actor)
    _sweep(council, done.subjects, reason, actor)
    return done._replace(files=papers.rewrite_files(council, done.subjects))


def preview(council: Council, subject: str, *, reason: str, together: bool = False) -> Erased:
    """What erasing somebody would come to: done, counted, and taken back. Raises as ``erase`` does."""
    known_reason(reason, periods(council.settings).erasures)
    with rehearsing(council.engine) as db:
        done = _take_out(db, council, _group(db, council, subject, together=together), reason, "preview")
    return done._replace(files=papers.files_naming(council, done.subjects))


def _group(db: Connection, council: Council, subject: str, *, together: bool) -> tuple[str, ...]:
    """Whom to erase. A history is not taken out in part: corrections and merges in the rest would lose their sense."""
    is_known = events.standing(db, [subject])[subject].is_known
    if not is_known and not erasures.erased(db, [digest_of(council, subject)]):
        raise NotFound("nothing is kept of this subject", fix="check the reference with the case system")
    group = sorted(events.linked_with(db, [subject]))
    if len(group) > 1 and not together:
        others = ", ".join(one for one in group if one != subject)
        raise Refused(
            f"its history is tied to that of {others}, by a merge or by corrections",
            fix="look at them; to erase them all, say --together",
        )
    if held := holds.held(db, group):
        said = "; ".join(f"{one}: {', '.join(hold.reason for hold in own)}" for one, own in held.items())
        raise Refused(f"it is held ({said})", fix="a hold is lifted with `timescales retention lift`")
    return tuple(group)


def _must_be_quiet(db: Connection, group: Collection[str], since: date) -> None:
    last_on = erasures.last_on(db, group)
    if (last_on is not None and last_on > since) or erasures.with_a_running_clock(db, group, clock.today()):
        raise Refused("something has happened since it was due", fix="look again with `timescales retention due`")


def _take_out(db: Connection, council: Council, group: tuple[str, ...], reason: str, actor: str) -> Erased:
    was_before = not any(one.is_known for one in events.standing(db, group).values())
    trail = erasures.in_the_trail(db, group)
    rows = erasures.remove(db, group)
    reports = papers.rewrite_reports(db, group)
    # Also of somebody who was erased before: they may have been taken in again since, by a word too many.
    erasures.remember(db, [digest_of(council, one) for one in group], now=clock.now())
    if not was_before or trail:
        for one in group:
            audit.erase(db, actor, one, detail=reason)
    return Erased(group, rows, trail, reports, was_before=was_before)


def _sweep(council: Council, group: Collection[str], reason: str, actor: str) -> None:
    """Takes out what somebody was reading or planning of them in the very moment, and has committed since."""
    with council.writing() as db:
        hold_everything(db)
        erasures.remove(db, group)
        if erasures.in_the_trail(db, group):
            for one in group:
                audit.erase(db, actor, one, detail=reason)
