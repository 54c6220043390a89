"""Small censuses to take in, and what the store then holds of them. Every child in them is invented here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from rules.catalogue import FOUND
from rules.history import settle
from service.council import Council
from service.returns import Feed, Taken, take_return
from service.store import events
from service.store.tables import METADATA
from tests.service import census_making
from tests.service.census_making import census, child, module, referral
from tests.service.intake_parts import stored

CONFERENCE, ASSESSMENT = "initial-child-protection-conference", "single-assessment"
SOURCE = "cin-census:999"
EARLIER = census_making.HEADER.replace("2027", "2026")


def enquiry(on: str, **columns: str) -> str:
    return module("Section47", S47ActualStartDate=on, **columns)


def assessment(on: str, until: str | None = None) -> str:
    return module(
        "Assessments", AssessmentActualStartDate=on, **({"AssessmentAuthorisationDate": until} if until else {})
    )


def a_child(id: str, on: str = "2026-05-05", *inside: str, **columns: str) -> str:
    """A child with one enquiry, held in time unless it says otherwise."""
    columns = {"DateOfInitialCPC": "2026-05-20", "InitialCPCtarget": "2026-05-27", **columns}
    return child(referral(enquiry(on, **columns), assessment("2026-05-02", "2026-06-05"), *inside), id=id)


GOOD = census(a_child("X-1"), a_child("X-2"))
MIXED = census(
    a_child("X-1"),
    a_child("X-2", DateOfInitialCPC="1900-01-01"),
    child(referral(enquiry("not a day"), assessment("2026-05-02")), referral(on="2026-06-01"), id="X-3"),
    a_child("X-4", InitialCPCtarget="2026-05-29"),
)


def take(council: Council, content: str | Path, *, complete: bool = False, feed: Feed = Feed.CIN_CENSUS) -> Taken:
    path = census_making.written(council.settings.data_dir, content) if isinstance(content, str) else content
    taken = take_return(council, feed, path, actor="test", complete=complete)
    assert taken.rows == taken.whole + taken.with_problem + taken.refused
    return taken


def sent(taken: Taken) -> tuple[int, int, int]:
    return taken.new, taken.corrected, taken.withdrawn


def rows(council: Council, *, but: tuple[str, ...] = ()) -> Mapping[str, int]:
    with council.reading() as db:
        counted = {
            name: db.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
            if name not in but
        }
    return counted


def table(paper: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(paper.read_text("utf-8"))))


def in_effect(council: Council, source: str = SOURCE) -> list[tuple[str, str, str]]:
    """What stands of a source, as (subject, type, day)."""
    with council.reading() as db:
        children = events.subjects_of_source(db, source)
        everything = [event for own in events.sent_by(db, source, children).values() for event in own]
    standing = [one for one in settle(everything).events if one.type not in (FOUND, "event.withdrawn")]
    return sorted((one.subject, one.type, str(one.happened_on)) for one in standing)


def conferences(council: Council, subject: str, measure: str = "duty") -> list[Any]:
    named = (subject, CONFERENCE, measure)
    return [one for one in stored(council).clocks if (one.subject, one.timescale, one.measure) == named]
