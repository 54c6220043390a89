"""Sheets → lists: each told by its headings, wherever it stands and whatever it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service.feeds.annex_a.layout import (
    BORN_ON,
    BOUNDS,
    CHILD,
    HEADER_WITHIN_ROWS,
    LISTS,
    Listing,
    column_of,
    nearest,
    title_of,
)
from service.feeds.annex_a.workbook import Cells, sheets_of
from service.feeds.facts import CannotRead
from service.feeds.rows import shown
from service.feeds.tabular import Line, text_of

_SUBJECTS = {listing.subject for listing in LISTS.values()}
_says_list = re.compile(r"\blist[ _-]?(\d{1,2})\b", re.IGNORECASE).search


class Headings(NamedTuple):
    """Where the headings stand, and which column each is."""

    line: int
    texts: list[str]
    places: dict[str, int]


class Found(NamedTuple):
    """The lists of a workbook and their rows; how many sheets are none of them."""

    lists: dict[str, list[Line]]
    others: int


def lists_of(path: Path) -> Found:
    """Every list in the workbook. Raises ``CannotRead`` where there is none, one is there twice, or lacks a column."""
    lists: dict[str, list[Line]] = {}
    others = 0
    with sheets_of(path) as sheets:
        for name, rows in sheets:
            numbered = enumerate(rows, start=1)
            headings = _headings(numbered)
            listing = _listing(name, headings) if headings else None
            if headings is None or listing is None:
                others += 1
                continue
            if listing.name in lists:
                what = f"two sheets of the workbook are {listing.name} ({listing.title})"
                raise CannotRead(what, fix="keep one of them")
            _check(listing, headings)
            lists[listing.name] = list(_lines(numbered, headings))
    if not lists:
        what = "no sheet of the workbook is a list of Annex A"
        raise CannotRead(what, fix="give Annex A with its headings: a child's reference, and each list's own columns")
    return Found(lists, others)


def _headings(rows: Iterator[tuple[int, Cells]]) -> Headings | None:
    """The first row, near the top, in which a column names whom the row is about and another is known too."""
    for line, cells in rows:
        texts = [text_of(cell) for cell in cells]
        places: dict[str, int] = {}
        for place, text in enumerate(texts):
            column = column_of(text) if text else None
            if column and column in places:
                what = f"the heading {title_of(column)} stands in a sheet twice"
                raise CannotRead(what, line=line, fix="take out the column that is not the list's own")
            if column:
                places[column] = place
        if _SUBJECTS & places.keys():
            return Headings(line, texts, places)
        if line >= HEADER_WITHIN_ROWS:
            return None
    return None


def _listing(sheet: str, headings: Headings) -> Listing | None:
    known = [listing for listing in LISTS.values() if set(listing.known_by) <= headings.places.keys()]
    # Adopters have adoption orders, too; whom the rows are about decides.
    known = [listing for listing in known if listing.subject in headings.places]
    if len(known) > 1:
        names = " and ".join(f"{listing.name} ({listing.title})" for listing in known)
        raise CannotRead(f"one sheet has the headings of {names}", line=headings.line, fix="put each list on its own")
    if known:
        return known[0]
    # It names children, and calls itself a list, or has a heading like one's: then it is one that would be lost.
    if said := _says_list(sheet):
        listing = LISTS.get(f"List {int(said[1])}")
        if listing:
            return listing
    near = [listing for listing in LISTS.values() if nearest(listing.known_by[0], headings.texts)]
    return near[0] if near else None


def _check(listing: Listing, headings: Headings) -> None:
    for column in (listing.subject, *listing.needed):
        if column not in headings.places:
            near = nearest(column, headings.texts)
            known = title_of(column)
            fix = f"rename '{shown(near)}', the nearest heading, to '{known}'" if near else f"add the column '{known}'"
            what = f"{listing.name} ({listing.title}) has no column '{known}'"
            raise CannotRead(what, line=headings.line, fix=fix)
    if listing.subject == CHILD and BORN_ON not in headings.places:
        near = nearest(BORN_ON, headings.texts)
        if near:
            what = f"{listing.name} ({listing.title}) has no column '{title_of(BORN_ON)}'"
            raise CannotRead(what, line=headings.line, fix=f"rename '{shown(near)}', the nearest heading")


def _lines(rows: Iterator[tuple[int, Cells]], headings: Headings) -> Iterator[Line]:
    count = 0
    for line, cells in rows:
        if all(cell is None or cell == "" for cell in cells):
            continue
        said = {column: cells[place] if place < len(cells) else None for column, place in headings.places.items()}
        if any(isinstance(cell, str) and len(cell) > BOUNDS.cell_characters for cell in said.values()):
            raise CannotRead("a cell is longer than a cell can be", line=line, fix="save the workbook again")
        if all(text_of(cell) == "" for cell in cells):
            continue
        count += 1
        if count > BOUNDS.rows:
            raise CannotRead(f"a list has more than {BOUNDS.rows:,} rows", line=line, fix="check that it is Annex A")
        yield Line(line, said)
