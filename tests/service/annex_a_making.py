"""Small made-up Annex A workbooks. Every child in them is invented here."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from service import clock
from service.feeds.annex_a import open_return
from service.feeds.facts import Fact, Row, Trouble

TODAY = datetime(2027, 6, 1, 9, tzinfo=UTC)
BORN = date(2015, 5, 5)

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "List 1": ("Date of Contact",),
    "List 2": ("Assessment start date", "Assessment completion date"),
    "List 3": ("Date of Referral", "Referral NFA?"),
    "List 4": ("Continuous Assessment Start Date", "Continuous Assessment Date of Authorisation"),
    "List 5": (
        "Strategy discussion initiating Section 47 Enquiry Start Date",
        "Was an Initial Child Protection Conference deemed unnecessary?",
        "Date of Initial Child Protection Conference",
        "Did the Initial Child Protection Conference Result in a Child Protection Plan",
    ),
    "List 6": ("CIN Start Date", "CIN Closure Date", "Reason for Closure"),
    "List 7": (
        "Child Protection Plan Start Date",
        "Date of the Last Statutory Visit",
        "Date of latest review conference",
        "Child Protection Plan End Date",
    ),
    "List 8": (
        "Date Started to be Looked After",
        "Start date of current legal status",
        "Child's Legal Status",
        "Date of Latest Statutory Review",
        "Date of Last Social Work Visit",
        "Date of Last Health Assessment",
        "Date Ceased to be Looked After",
        "Reason Ceased to be Looked After",
        "Start Date of Most Recent Placement",
        "Placement Type",
    ),
    "List 9": ("Latest Pathway Plan Review Date", "Latest Date of Contact"),
    "List 10": (
        "Date of Decision that Child Should be Placed for Adoption",
        "Date of Placement Order",
        "Date of Matching Child and Prospective Adopters",
        "Date Placed for Adoption",
        "Date of Adoption Order",
    ),
}
WHO = ("Child Unique ID", "Date of Birth")


def sheet(name: str, *rows: Sequence[object], who: Sequence[str] = WHO) -> tuple[str, list[Sequence[object]]]:
    """A list with its usual headings: each row is a child, a date of birth and the list's own cells."""
    return name, [(*who, *HEADINGS[name]), *rows]


PLAN = sheet("List 7", ("a-1", BORN, date(2026, 3, 2), date(2027, 5, 28), date(2027, 5, 20), None))
CARE = sheet(
    "List 8",
    (
        *("a-1", BORN, date(2026, 3, 2), "06/04/2026", "b) C2: FCO", date(2027, 5, 1), date(2027, 5, 20)),
        *(date(2027, 4, 1), None, None, "1 June 2026", "p) P1: Placed with own parents"),
    ),
)
EVERYTHING = (
    sheet("List 1", ("a-1", BORN, date(2026, 1, 5)), ("a-2", BORN, "not known")),
    sheet("List 2", ("a-3", BORN, date(2026, 1, 5), date(2026, 2, 5))),
    sheet("List 3", ("a-1", BORN, date(2026, 1, 6), "No"), ("a-1", BORN, date(2026, 1, 6), "Yes")),
    sheet("List 4", ("a-1", BORN, date(2026, 1, 7), date(2026, 2, 20))),
    sheet("List 5", ("a-1", BORN, date(2026, 2, 2), "b) No", date(2026, 2, 20), "a) Yes")),
    sheet("List 6", ("a-4", BORN, date(2025, 2, 2), date(2026, 2, 20), "a) RC1")),
    PLAN,
    CARE,
    sheet("List 9", ("a-5", date(2008, 1, 1), date(2027, 5, 1), date(2027, 5, 2))),
    sheet("List 10", ("a-6", BORN, *(date(2026, month, 1) for month in range(1, 6)))),
)


def written(folder: Path, *sheets: tuple[str, list[Sequence[object]]], name: str = "annex.xlsx") -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(folder / name)
    return folder / name


def rows_in(path: Path) -> list[Row]:
    with clock.substitute(lambda: TODAY):
        return list(open_return(path).rows)


def rows_of(folder: Path, *sheets: tuple[str, list[Sequence[object]]]) -> list[Row]:
    return rows_in(written(folder, *sheets))


def facts_of(rows: list[Row], *, besides: str = "subject.registered") -> list[Fact]:
    return [fact for row in rows for fact in row.facts if fact.type != besides]


def troubles_of(rows: list[Row]) -> list[Trouble]:
    return [trouble for row in rows for trouble in row.troubles]


def said(rows: list[Row]) -> list[tuple[str, str]]:
    """Every fact but the birth, as (type, day), in the order of the rows."""
    return [(fact.type, str(fact.happened_on)) for fact in facts_of(rows)]


def found(rows: list[Row]) -> set[str]:
    """Every trouble by its column and what is wrong with it."""
    return {trouble.fact_id.rpartition("/problem/")[2] for trouble in troubles_of(rows)}


def repacked(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one of its parts changed."""
    other = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.infolist():
            content = before.read(part)
            after.writestr(part.filename, change(content) if part.filename == name else content)
    return other


def cut(path: Path, size: int) -> Path:
    other = path.with_name("cut.xlsx")
    shutil.copyfile(path, other)
    with other.open("r+b") as file:
        file.truncate(size)
    return other


def anything(rows: list[Row]) -> list[Any]:
    """What a return comes to, whatever the order of its rows."""
    return sorted(repr(fact) for row in rows for fact in row.facts) + sorted(
        repr(trouble) for row in rows for trouble in row.troubles
    )
