"""The trackers, each with the number that says whether to open it."""

from __future__ import annotations

from typing import Any, NamedTuple

from service.access.viewers import Viewer
from service.council import Council
from service.web.pages.trackers import forecast, pre_proceedings, section_47, visits
from service.web.shown.freshness import freshness


class Tracker(NamedTuple):
    """A tracker: its address, what it answers, and how things stand; ``is_late``: that wants looking at."""

    href: str
    title: str
    question: str
    stands: str
    is_late: bool


def view(council: Council, viewer: Viewer) -> dict[str, Any]:
    """The trackers that there are, in numbers alone: no child is named here."""
    with council.reading() as db:
        enquiries = section_47.counts(db, viewer, section_47.Asked())
        waits = visits.counts(db, viewer, visits.Asked())
        cases = pre_proceedings.counts(db, council, viewer, pre_proceedings.Asked())
        overdue, ahead = forecast.totals(db, council, viewer)
        found = [
            Tracker(
                "/section-47",
                "Section 47 enquiries",
                "Which enquiries are open, when is each conference due, and who would the wrong start hide?",
                _said(enquiries[section_47.Show.OPEN], "open", enquiries[section_47.Show.OVERDUE], "overdue"),
                enquiries[section_47.Show.OVERDUE] > 0,
            ),
            Tracker(
                "/visits",
                "Visits",
                "Who is to be seen next, and when was each child last seen?",
                _said(waits[visits.Show.ALL], "waited for", waits[visits.Show.OVERDUE], "overdue"),
                waits[visits.Show.OVERDUE] > 0,
            ),
            Tracker(
                "/pre-proceedings",
                "Children in pre-proceedings",
                "Which children have stood still, and what is due next for each?",
                _said(cases[pre_proceedings.Show.ALL], "in all", cases[pre_proceedings.Show.STILL], "standing still"),
                cases[pre_proceedings.Show.STILL] > 0,
            ),
            Tracker(
                "/forecast",
                "Forecast",
                "How much falls due on each day of the next weeks?",
                _said(ahead, "to come", overdue, "overdue already"),
                overdue > 0,
            ),
        ]
        return {"trackers": found, "freshness": freshness(db, council)}


def _said(many: int, what: str, late: int, how: str) -> str:
    return f"{many:,} {what}, {late:,} {how}"
