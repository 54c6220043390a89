"""GET /v1/subjects/{ref}: one subject's events and clocks. Every read leaves an audit row."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from service import clock
from service.access.keys import Caller
from service.api import problems
from service.api.asking import TheCouncil, needs
from service.api.shown import ClockShown, ProblemShown, SubjectClocks, SubjectEvents
from service.errors import NotFound
from service.store import clocks, events
from service.store.keeping import audit

router = APIRouter(prefix="/v1/subjects", tags=["subjects"], responses=problems.ANSWERS)

Ref = Annotated[str, Path(min_length=1, max_length=128, description="the case system's own reference")]


@router.get("/{ref:path}/events", summary="Everything sent about one subject, as it was sent")
def get_events(ref: Ref, council: TheCouncil, asker: Annotated[Caller, Depends(needs("events:read"))]) -> SubjectEvents:
    """In the order it arrived: corrections and withdrawals stay in the history beside what they corrected."""
    with council.writing() as db:
        rows = events.sent_about(db, ref)
        if not rows:
            raise NotFound("no event names this subject", fix="check the reference with the case system")
        audit.note(db, asker.name, "events.read", subject=ref, origin=asker.origin)
    return SubjectEvents(subject=ref, events=[events.document_of(row) for row in rows])


@router.get("/{ref:path}/clocks", summary="One subject's clocks, and what cannot be right in its history")
def get_clocks(ref: Ref, council: TheCouncil, asker: Annotated[Caller, Depends(needs("clocks:read"))]) -> SubjectClocks:
    """Every clock, running or finished, of every measure; a merged subject's clocks are under the one that stays."""
    on = clock.today()
    with council.writing() as db:
        if not events.standing(db, [ref])[ref].is_known:
            raise NotFound("no event names this subject", fix="check the reference with the case system")
        found = clocks.of_subjects(db, [ref])[ref]
        wrong = clocks.problems_of(db, ref)
        audit.note(db, asker.name, "clocks.read", subject=ref, origin=asker.origin)
    found.sort(key=lambda one: (one.outcome is not None, one.due_on or one.started_on, one.id))
    return SubjectClocks(
        subject=ref,
        as_at=on,
        clocks=[ClockShown.of(one, on) for one in found],
        problems=[ProblemShown(code=row.code, timescale=row.timescale, words=row.words) for row in wrong],
    )
