"""The other files of the set: one row each, without regard to other rows but the child's times in care."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from service.feeds.days import NOT_A_DATE, Day
from service.feeds.rows import IN_THE_CASE_SYSTEM
from service.feeds.ssda903.care import Span
from service.feeds.ssda903.layout import ADOPTED, IS_MISSING, MISSING, MISSING_CODES, PLACED, REVIEWS, REVIEWS_HELD
from service.feeds.tabular import Draft, day_of, text_of

_REVIEWED, _WENT, _CAME_BACK = "looked-after-review.held", "missing.started", "missing.returned"


class Place(NamedTuple):
    """What a row is read against: its cells, what it is called within the child, the child's care, and today."""

    cells: Mapping[str, object]
    label: str
    care: Sequence[Span]
    today: date

    def said(self, column: str) -> str:
        return text_of(self.cells.get(column)).upper()

    def day(self, column: str) -> Day:
        return day_of(self.cells.get(column), self.today)


class Dated(NamedTuple):
    """A module whose rows say when something happened: the column that names a row, what it is called, its reader."""

    column: str
    called: str
    about: str
    read: Callable[[Draft, Place, date], None]


def read_row(draft: Draft, place: Place, dated: Dated) -> None:
    """The facts and troubles of one row, or why nothing can be taken of it."""
    day = place.day(dated.column)
    if day.on:
        dated.read(draft, place, day.on)
    elif day.wrong in (None, NOT_A_DATE):
        draft.refuse_day(dated.column, day)
    else:
        draft.wrong(place.label, dated.about, dated.column, day, key=_key_of(draft, place, dated.about))


def _key_of(draft: Draft, place: Place, about: str) -> str | None:
    """What a row whose day cannot be right would belong to: for a review, the child's latest time in care."""
    if about == _REVIEWED:
        return place.care[-1].key if place.care else None
    return f"{draft.subject}/{place.label}" if about in (_WENT, _CAME_BACK) else None


def _review(draft: Draft, place: Place, on: date) -> None:
    code = place.said("REVIEW_CODE")
    span = next((span for span in reversed(place.care) if span.holds(on)), None)
    column = ("REVIEW", str(on))
    if code and code not in REVIEWS_HELD:
        reason = "REVIEW_CODE is none of the return's ways to take part, so whether the review was held is not known"
        said = ("unknown-code", reason, f"correct REVIEW_CODE, {IN_THE_CASE_SYSTEM}")
        draft.trouble(place.label, _REVIEWED, ("REVIEW_CODE", code), said, key=span.key if span else None)
    elif not place.care:
        reason = "a review is recorded for a child who has no episode in the set"
        fix = f"record the child's episodes, or take the review out, {IN_THE_CASE_SYSTEM}"
        draft.trouble(place.label, _REVIEWED, column, ("without-episodes", reason, fix), key=None)
    elif span is None:
        reason = "REVIEW is a day on which the child, by the episodes of the set, was not looked after"
        said = ("not-in-care", reason, f"correct REVIEW, or the child's episodes, {IN_THE_CASE_SYSTEM}")
        draft.trouble(place.label, _REVIEWED, column, said, key=None)
    else:
        draft.fact(place.label, _REVIEWED, on, span.key)


def _missing(draft: Draft, place: Place, on: date) -> None:
    """Only a child who was missing, not one who was away without authorisation."""
    code, back = place.said("MISSING"), place.day("MIS_END")
    meaning, key = MISSING_CODES.get(code), f"{draft.subject}/{place.label}"
    if meaning is None:
        reason = "MISSING says neither that the child was missing nor that it was away without authorisation"
        fix = f"correct MISSING to one of {', '.join(MISSING_CODES)}, {IN_THE_CASE_SYSTEM}"
        draft.trouble(place.label, _WENT, ("MISSING", code), ("unknown-code", reason, fix), key=key)
    if meaning != IS_MISSING:
        return
    draft.fact(place.label, _WENT, on, key)
    draft.wrong(place.label, _CAME_BACK, "MIS_END", back, key=key)
    if back.on and back.on < on:
        draft.too_early(place.label, _CAME_BACK, ("MIS_END", back), "MIS_START", key=key)
    elif back.on:
        draft.fact(place.label, _CAME_BACK, back.on, key)


def _decided(draft: Draft, place: Place, on: date) -> None:
    draft.fact(place.label, "adoption.decided", on, None)


def _matched(draft: Draft, place: Place, on: date) -> None:
    draft.fact(place.label, "adoption.matched", on, None)


DATED: Mapping[str, Dated] = {
    REVIEWS: Dated("REVIEW", "review", _REVIEWED, _review),
    MISSING: Dated("MIS_START", "missing", _WENT, _missing),
    PLACED: Dated("DATE_PLACED", "adoption-decision", "adoption.decided", _decided),
    ADOPTED: Dated("DATE_MATCH", "adoption-match", "adoption.matched", _matched),
}
