"""Tables that fit where they are read: what has to be typed again is never cut, and no word is broken in two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text


class Format(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


_BESIDE, _AT_THE_END = 3, 1
"""What lines and spaces take: of each column, and of a table."""


def drawn(names: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str], title: str = "") -> Table:
    """A table whose ``whole`` columns keep each line as it is, however narrow; the others wrap, between words."""
    table = Table(title=title or None)
    for name, least in zip(names, _least(names, rows, whole), strict=True):
        is_whole = name in whole
        table.add_column(name, no_wrap=is_whole, overflow="ignore" if is_whole else "fold", min_width=least)
    return _filled(table, rows)


def drawn_within(
    width: int, names: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str], title: str = ""
) -> Table:
    """A table whose lines do not wrap: what is not ``whole`` is cut, with an ellipsis, to the room that is left."""
    table = Table(title=title or None)
    least = _least(names, rows, names)
    kept = sum(wide for name, wide in zip(names, least, strict=True) if name in whole)
    room = width - kept - _BESIDE * len(names) - _AT_THE_END
    for name, wide in zip(names, least, strict=True):
        if name in whole:
            table.add_column(name, no_wrap=True, overflow="ignore", min_width=wide)
        else:
            table.add_column(name, no_wrap=True, overflow="ellipsis", width=max(min(wide, room), cell_len(name)))
    return _filled(table, rows)


def least_width(names: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[str]) -> int:
    """How many characters across such a table needs."""
    return sum(_least(names, rows, whole)) + _BESIDE * len(names) + _AT_THE_END


def _least(names: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str]) -> list[int]:
    """Of each column the longest line, where it is whole, or else the longest word."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return [
        max(
            cell_len(part)
            for cell in (name, *column)
            for part in (cell.splitlines() if name in whole else cell.split())
        )
        for name, column in zip(names, columns, strict=True)
    ]


def _filled(table: Table, rows: Sequence[Sequence[str]]) -> Table:
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # not as markup: a reference may have brackets in it
    return table
