"""A census file as a return: whose it is, which year it covers, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from service import clock
from service.feeds.cin_census.child import Told, rows_beside, rows_of_child
from service.feeds.cin_census.layout import BOUNDS, COLLECTION, NOTES, OTHER_RETURNS, ROOTS, YEAR_ENDS
from service.feeds.cin_census.markup import Element, elements
from service.feeds.days import EARLIEST_ON, LATEST_ON, read_day
from service.feeds.facts import CannotRead, Period, Return, Row

_SOURCE = "cin-census"
_THE_CENSUS = "send the children in need census, as the case system exports it"
_is_authority = re.compile(r"[0-9A-Za-z]{1,10}").fullmatch
_is_year = re.compile(r"\d{4}", re.ASCII).fullmatch


def open_return(path: Path) -> Return:
    """The census in a file. Its header is read at once, its rows as they are asked for.

    Raises ``CannotRead`` where the file is another return, is not XML, is cut short, or is more than a return can be:
    at once, or from ``rows`` where it shows only later.
    """
    root, header = _beginning(path)
    _refuse_another(root, header)
    if header is None:
        return Return(_SOURCE, None, _rows(path), notes=(NOTES.without_header, *NOTES.always))
    notes = list(NOTES.always)
    authority = next((source.said("LEA") for source in header.every("Source") if source.said("LEA")), "")
    if not _is_authority(authority):
        notes.insert(0, NOTES.without_authority)
    period, note = _period(header.first("CollectionDetails") or header)
    if note:
        notes.insert(0, note)
    source = f"{_SOURCE}:{authority}" if _is_authority(authority) else _SOURCE
    return Return(source, period, _rows(path), notes=tuple(notes))


def _beginning(path: Path) -> tuple[Element, Element | None]:
    """The root, and the header where the file begins with one."""
    with closing(elements(path)) as found:
        root = next(found)
        # Before reading on: what follows another return's root may be anything.
        _refuse_another(root, None)
        second = next(found, None)
    return root, second if second and second.name == "Header" else None


def _refuse_another(root: Element, header: Element | None) -> None:
    if root.name not in ROOTS:
        raise _another(f"this is no census file: its root element is {_named(root.name)}", root.name, root.line)
    details = header.first("CollectionDetails") if header else None
    collection = details.said("Collection") if details else ""
    if details and collection and collection.upper() != COLLECTION:
        what = f"this is another return: its Collection is {_named(collection)}, not {COLLECTION}"
        raise _another(what, collection, details.line)


def _another(what: str, name: str, line: int) -> CannotRead:
    command = OTHER_RETURNS.get(name.upper())
    return CannotRead(what, line=line, fix=f"import it with: {command}" if command else _THE_CENSUS)


def _named(text: str) -> str:
    """A name to show in a message: one that looks like a name, for anything else may be about a person."""
    return text if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", text) else "something else"


def _period(details: Element) -> tuple[Period | None, str | None]:
    """The collection's year up to its reference date, and what has to be said about it."""
    referred_to = read_day(details.said("ReferenceDate"), clock.today(), may_come=True).on
    year = details.said("Year")
    is_usable = _is_year(year) and EARLIEST_ON.year <= int(year) <= LATEST_ON.year
    by_year = date(int(year), *YEAR_ENDS) if is_usable else None
    last = referred_to or by_year
    if last is None:
        return None, NOTES.without_period
    # A file drawn before the year is over claims nothing about the rest of it.
    before = date(last.year, *YEAR_ENDS)
    if before >= last:
        before = date(last.year - 1, *YEAR_ENDS)
    differ = (
        by_year is not None and referred_to is not None and not before < by_year <= date(before.year + 1, *YEAR_ENDS)
    )
    return Period(before + timedelta(days=1), last), NOTES.years_differ if differ else None


def _rows(path: Path) -> Iterator[Row]:
    told, today, children, has_header = Told(), clock.today(), 0, False
    with closing(elements(path)) as found:
        next(found)
        for element in found:
            if element.name == "Child":
                children += 1
                if children > BOUNDS.children:
                    raise CannotRead("the file has more children than any return", line=element.line, fix=_THE_CENSUS)
                yield from rows_of_child(element, today, told)
            elif element.name == "Header" and not children and not has_header:
                has_header = True
            else:
                yield rows_beside(element)
    if not children:
        raise CannotRead("the file holds no child", fix=_THE_CENSUS)
