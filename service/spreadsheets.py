"""Tables for spreadsheets: one header row, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import TypeVar

Cell = TypeVar("Cell")

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """The rows below their header, as CSV with CRLF line ends."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: Cell) -> Cell | str:
    """Text that a spreadsheet would run as a formula is made text again by an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) else cell
