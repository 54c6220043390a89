"""One CSV file of the set → its rows, by heading; or why it cannot be read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from service.feeds.facts import CannotRead
from service.feeds.ssda903.layout import BOUNDS, MODULES, Module, heading
from service.feeds.tabular import Line

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = ",;\t"
_AS_CSV = "export it again as CSV (UTF-8, separated by commas)"
_is_heading = re.compile(r"[A-Za-z][A-Za-z _]{0,40}").fullmatch


class Table(NamedTuple):
    """A file of the set, read whole."""

    module: str
    lines: list[Line]


def read_table(name: str, content: bytes) -> Table | None:
    """The table in a CSV file; None where it is none of the set. ``name`` is only searched for what it is called."""
    named = next((one for one in MODULES.values() if any(word in name.lower() for word in one.named)), None)
    if not content.strip():
        if named is None:
            return None
        raise CannotRead(f"the file of {named.name} is empty", fix=f"{_AS_CSV}; an empty module has its headings alone")
    text = _text(content, named)
    records = _records(text, named)
    first, found = next(records, (1, []))
    if len(found) > BOUNDS.columns:
        raise CannotRead("the file has more columns than the return", line=first, fix=_AS_CSV)
    headings = [heading(cell) for cell in found]
    module = _told(headings, named)
    if module is None:
        return None
    _check(headings, module, first)
    return Table(module.name, list(_lines(records, headings, text, module)))


def _text(content: bytes, named: Module | None) -> str:
    where = f"the file of {named.name}" if named else "a file of the set"
    if content.startswith(_UTF_16) or b"\0" in content:
        raise CannotRead(f"{where} is not plain text", fix=_AS_CSV)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"{where} has a character that is not UTF-8"
        raise CannotRead(what, line=line, fix="save it as CSV UTF-8, or export it again so") from None


def _records(text: str, named: Module | None) -> Iterator[tuple[int, list[str]]]:
    """Every record that has anything in it, with its line."""
    first = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    where = f"the file of {named.name}" if named else "a file of the set"
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            what = f"{where} has a quotation mark that does not end, or a cell too long for any return"
            raise CannotRead(what, line=reader.line_num, fix=f"{_AS_CSV}; it may be cut short") from None
        if record is None:
            return
        if any(cell.strip() for cell in record):
            if any(len(cell) > BOUNDS.cell_characters for cell in record):
                what = f"{where} has a cell too long for any return"
                raise CannotRead(what, line=reader.line_num, fix=_AS_CSV)
            yield reader.line_num, record


def _told(headings: list[str], named: Module | None) -> Module | None:
    """Which module it is, by its headings; by its name only where they tell nothing."""
    known = [module for module in MODULES.values() if module.known_by <= set(headings)]
    if len(known) > 1:
        names = " and ".join(module.name for module in known)
        raise CannotRead(f"one file has the headings of {names}", fix="export each module into a file of its own")
    return known[0] if known else named


def _check(headings: list[str], module: Module, line: int) -> None:
    twice = [name for name in module.needed if headings.count(name) > 1]
    if twice:
        what = f"the file of {module.name} has the heading {twice[0]} twice"
        raise CannotRead(what, line=line, fix="take out the column that is not the return's own")
    for name in (*module.needed, *module.known_by):
        if name not in headings:
            others = [one for one in headings if one not in module.needed and _is_heading(one)]
            near = get_close_matches(name, others, n=1, cutoff=0.6)
            fix = f"rename {near[0]}, the nearest heading, to {name}" if near else f"export it again with {name}"
            raise CannotRead(f"the file of {module.name} has no column {name}", line=line, fix=fix)


def _lines(records: Iterator[tuple[int, list[str]]], headings: list[str], text: str, module: Module) -> Iterator[Line]:
    is_whole = text.endswith(("\n", "\r"))
    last = text.count("\n") + 1
    for count, (line, record) in enumerate(records, start=1):
        if count > BOUNDS.rows:
            raise CannotRead(f"the file of {module.name} has more rows than a return", line=line, fix=_AS_CSV)
        is_short = len(record) < len(headings)
        if is_short and not is_whole and line == last:
            what = f"the file of {module.name} is cut short: its last row has fewer cells than there are headings"
            raise CannotRead(what, line=line, fix="copy or export the file again")
        is_ragged = is_short or any(cell.strip() for cell in record[len(headings) :])
        yield Line(line, dict(zip(headings, record, strict=False)), is_ragged)
