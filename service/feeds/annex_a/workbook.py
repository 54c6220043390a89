"""A workbook → its sheets' rows, values only. Looked at from outside first: what it unpacks to, and what it is.

Macros, links and formulas are never run or followed: what a cell last showed is what it says.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from service.feeds.annex_a.layout import BOUNDS
from service.feeds.facts import CannotRead

Cells = tuple[object, ...]

_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_WORKBOOK = "xl/workbook.xml"
_SHEET = "xl/worksheets/sheet"
_SAVE = "open it in a spreadsheet program and save it as an Excel workbook (.xlsx)"
_TOO_LARGE = "check that it is Annex A: delete empty rows and sheets that do not belong to it, and save it again"
_CHUNK = 1_048_576
_OVERLAP = 512
# A formula, and after it no value: the workbook was written by a program that does not calculate. What each part has
# taken it never gives back (+), and none reaches beyond the next tag: else a crafted sheet would be read over and over.
_is_uncalculated = re.compile(
    rb"<f(?:\s[^<>]*+)?+/?+>(?:(?<=/>)|[^<]*+</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>"
).search
_is_doctype = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE).search
# What openpyxl raises on a workbook that breaks the format's own rules; it says which in no common type.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
    *(InvalidFileException, ParseError, UnicodeError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError),
)


@contextmanager
def sheets_of(path: Path) -> Iterator[list[tuple[str, Iterator[Cells]]]]:
    """Every sheet's name and rows, each row as long as its sheet is wide, within the bounds; while it is open."""
    _look_at(path)
    with path.open("rb") as file:  # given a path, the library would refuse a workbook for the end of its name
        book = _opened(file)
        try:
            sheets = [book[name] for name in book.sheetnames]
            yield [(sheet.title, _rows(sheet)) for sheet in sheets if hasattr(sheet, "reset_dimensions")]  # no charts
        finally:
            book.close()


def _opened(file: BinaryIO) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which are not read
            return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _BROKEN:
        raise _broken() from None


def _rows(sheet: Any) -> Iterator[Cells]:
    sheet.reset_dimensions()  # a sheet's own word on its size may be wrong
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a date too early or late to be one: the cell then holds an error's name
        rows = sheet.iter_rows(max_col=BOUNDS.columns, values_only=True)
        while True:
            try:
                cells = next(rows, None)
            except _BROKEN:
                raise _broken() from None
            if cells is None:
                return
            yield cells


def _broken() -> CannotRead:
    return CannotRead("the workbook is damaged or cut short", fix=f"copy it again, or {_SAVE}")


def _look_at(path: Path) -> None:
    """Raises ``CannotRead`` where the file is none that can be opened safely."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            beginning = file.read(len(_OLE))
    except OSError as error:
        what = "the file cannot be opened"
        raise CannotRead(what, fix=f"check that it is there, is a file, and may be read ({error.strerror})") from None
    if size > BOUNDS.file_bytes:
        raise CannotRead(f"the file is larger than {BOUNDS.file_bytes:,} bytes", fix=_TOO_LARGE)
    if beginning.startswith(_OLE):
        raise CannotRead(
            "the workbook has a password, or is in the old .xls format", fix=f"{_SAVE}, without a password"
        )
    if not beginning.startswith(_ZIP):
        raise CannotRead("this is no Excel workbook", fix=f"give Annex A as one; if it is a workbook, {_SAVE}")
    try:
        with zipfile.ZipFile(path) as archive:
            _look_inside(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _broken() from None


def _look_inside(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if _WORKBOOK not in names:
        raise CannotRead("this is a zip, but no Excel workbook", fix=_SAVE)
    if len(parts) > BOUNDS.parts or sum(name.startswith(_SHEET) for name in names) > BOUNDS.sheets:
        raise CannotRead("the workbook has more parts than Annex A", fix=_TOO_LARGE)
    if len(set(names)) < len(names) or any(part.flag_bits & 1 for part in parts):
        raise _broken()
    # No part is ever read past what it declares; one that holds more is cut off there, and fails its checksum.
    is_large = any(part.file_size > _most(part.filename) for part in parts)
    if is_large or sum(part.file_size for part in parts) > BOUNDS.workbook_bytes:
        raise CannotRead("the workbook unpacks to more than Annex A can be", fix=_TOO_LARGE)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            _scan(archive, part)


def _most(name: str) -> int:
    return BOUNDS.part_bytes if name.startswith(_SHEET) else BOUNDS.other_part_bytes


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A document type, which could unfold to anything, is in no workbook; a formula without a value says nothing."""
    before, is_sheet = b"", part.filename.startswith(_SHEET)
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = before + chunk
            if _is_doctype(window):
                raise CannotRead("the workbook declares a document type, which none does", fix=_SAVE)
            if is_sheet and _is_uncalculated(window):
                what = "the workbook has formulas that were never calculated, so their cells say nothing"
                raise CannotRead(what, fix=_SAVE)
            before = window[-_OVERLAP:]
