"""The lists, their columns and how headings vary, read once from layout.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import NamedTuple

CHILD, BORN_ON = "child", "born_on"
_NEAR, _SAME_WORD = 0.72, 0.8


class Bounds(NamedTuple):
    """How large a workbook, and what is in it, may be."""

    file_bytes: int
    part_bytes: int
    other_part_bytes: int
    workbook_bytes: int
    parts: int
    sheets: int
    rows: int
    columns: int
    cell_characters: int


class Notes(NamedTuple):
    """Sentences for whoever imports."""

    always: tuple[str, ...]
    absent: str
    not_read: str


class Listing(NamedTuple):
    """One list: the columns that tell it, and those it needs besides. ``subject`` is the column that names a row."""

    name: str
    title: str
    known_by: tuple[str, ...]
    needed: tuple[str, ...]
    subject: str


_TOML = tomllib.loads(Path(__file__).with_name("layout.toml").read_text("utf-8"))

BOUNDS = Bounds(**_TOML["bounds"])
NOTES = Notes(**{**_TOML["notes"], "always": tuple(_TOML["notes"]["always"])})
HEADER_WITHIN_ROWS: int = _TOML["header_within_rows"]
COLUMNS: Mapping[str, tuple[str, ...]] = {name: tuple(said) for name, said in _TOML["columns"].items()}
LISTS: Mapping[str, Listing] = {
    f"List {number}": Listing(
        f"List {number}",
        said["title"],
        tuple(said["known_by"]),
        (*said["known_by"], *said.get("reads", ())),
        said["known_by"][0] if said.get("is_of_adults") else CHILD,
    )
    for number, said in _TOML["lists"].items()
}

_EXACTLY = {heading: name for name, headings in COLUMNS.items() for heading in headings}
_WORDS = frozenset(word for heading in _EXACTLY for word in heading.split())
_in_brackets = re.compile(r"\(\s*y\s*/\s*n\s*\)+", re.IGNORECASE)
_no_letter = re.compile(r"[^a-z0-9]+")


def plain(heading: str) -> str:
    """A heading without what varies: capitals, punctuation, "(Y/N)", apostrophes, underscores."""
    text = _in_brackets.sub(" ", heading.lower()).replace("'", "").replace("’", "")
    return " ".join(_no_letter.sub(" ", text).split())


def column_of(heading: str) -> str | None:
    """The column that a heading means; None where it means none of those that are read.

    A word may be misspelt only where it is no word of any known heading: "start" is never taken for "end".
    """
    text = plain(heading)
    if text in _EXACTLY:
        return _EXACTLY[text]
    words = text.split()
    found = {name for known, name in _EXACTLY.items() if _is_misspelt(words, known.split())}
    return found.pop() if len(found) == 1 else None


def nearest(column: str, headings: Sequence[str]) -> str | None:
    """The heading that comes nearest to a missing column, if any comes near enough to be no row of data."""
    by_plain = {plain(one): one for one in headings if column_of(one) is None}
    for known in COLUMNS[column]:
        if near := get_close_matches(known, by_plain, n=1, cutoff=_NEAR):
            return by_plain[near[0]]
    return None


def title_of(column: str) -> str:
    """A column as a message names it."""
    return COLUMNS[column][0]


def _is_misspelt(words: list[str], known: list[str]) -> bool:
    return len(words) == len(known) > 1 and all(map(_is_meant, words, known))


def _is_meant(word: str, known: str) -> bool:
    if word == known:
        return True
    return word not in _WORDS and len(known) > 3 and SequenceMatcher(None, word, known).ratio() >= _SAME_WORD
