"""Children in care, as events: what the made-up council's case system sends about them, added to the rest.

How much of everything: ``habits``. Who comes into care: ``entering``, by way of ``court``. A child's time there:
``stay``, with its ``placements``, ``reviews``, ``visits``, ``health``, ``missing`` and ``leaving``. What is raised
about delay: ``concerns``. Beside them ``helped``: children in need who are visited at home.
"""

from __future__ import annotations

from datetime import date

from service.demo import mistakes, place
from service.demo.care import concerns, entering, habits, health, helped, leaving, missing, placements, reviews, visits
from service.demo.care.stay import Stay, grown_up_on
from service.demo.case_system import CaseSystem
from service.demo.diary import Diary

__all__ = ["live", "look_after"]


def look_after(system: CaseSystem, diary: Diary, share: float) -> None:
    """Everything about children in care and what leads there, in a council ``share`` of the usual size.

    ``diary`` brings chances of its own: a change to the rest of the council leaves the children here as they were, and
    none of this can move the rest. Children of both worlds come last.
    """
    system.diary, first = diary, len(system.entries)
    stays = []
    for stay in entering.come_into_care(system, share):
        live(system, stay)
        stays.append(stay)
    missing.go_missing_as_clocks_change(system, stays)
    helped.visit_children_in_need(system)
    concerns.raise_drift(system)
    typed_in = [entry for entry in system.entries[first:] if entry.sent_on <= diary.today]
    mistakes.mistype(system, typed_in, (habits.CORRECTED, habits.WRONG_CHILD))


def live(system: CaseSystem, stay: Stay) -> None:
    """A child's time in care, from the first day to the last or to where it has got."""
    status = stay.statuses[0][1]
    system.record("looked-after.started", stay.case, stay.started_on, key=stay.key, legal_status=status)
    placements.place(system, stay)
    reviews.review(system, stay)
    for since, status in stay.statuses[1:]:
        if since < stay.until:
            system.record("legal-status.changed", stay.case, since, key=stay.key, status=status)
    visits.visit(system, stay)
    health.assess(system, stay)
    missing.go_missing(system, stay)
    leaving.assess_pathway(system, stay)
    if stay.ends_on <= stay.until:
        _leave(system, stay, stay.ends_on)


def _leave(system: CaseSystem, stay: Stay, on: date) -> None:
    reason = "aged eighteen" if on == grown_up_on(stay.born_on) else "care no longer needed"
    system.record("looked-after.ceased", stay.case, on, key=stay.key, reason=reason)
    closed_on = system.diary.after(on, system.diary.between(place.CLOSING))
    system.record("case.closed", stay.case, closed_on, reason=reason)
