"""Holds: somebody must not be erased while one stands, whatever the time and whoever asks."""

from __future__ import annotations

from service import clock
from service.council import Council
from service.errors import NotFound
from service.retention.periods import known_reason, periods
from service.store import events
from service.store.keeping import audit
from service.store.keeping import holds as kept
from service.store.keeping.holds import Hold
from service.store.session import hold_everything

__all__ = ["Hold", "hold", "holds", "lift"]


def hold(council: Council, subject: str, *, reason: str, who: str) -> Hold:
    """Places a hold. Raises NotFound where no event names this subject, Refused for a reason there is not."""
    known_reason(reason, periods(council.settings).holds)
    made = Hold(subject, reason, who, clock.now())
    with council.writing() as db:
        hold_everything(db)  # an erasure of the child either was before, or sees this
        if not events.standing(db, [subject])[subject].is_known:
            raise NotFound("no event names this subject", fix="check the reference with the case system")
        kept.place(db, made)
        audit.note(db, who, "hold.placed", subject=subject, detail=reason)
    return made


def lift(council: Council, subject: str, *, reason: str | None, who: str) -> int:
    """Lifts every hold on somebody, or those for one reason. Returns how many. Raises NotFound where none stands."""
    with council.writing() as db:
        hold_everything(db)
        lifted = kept.lift(db, subject, reason, now=clock.now())
        if not lifted:
            raise NotFound("no such hold stands", fix="`timescales retention holds` lists those that do")
        audit.note(db, who, "hold.lifted", subject=subject, detail=reason or "every reason")
    return lifted


def holds(council: Council) -> list[Hold]:
    """Every hold that stands."""
    with council.reading() as db:
        return kept.standing(db)
