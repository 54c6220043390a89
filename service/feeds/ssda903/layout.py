"""The set's layout and codes, read once from layout.toml and codes.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HEADER, EPISODES, REVIEWS, MISSING = "header", "episodes", "reviews", "missing"
PLACED, ADOPTED = "placed_for_adoption", "ad1"


class Module(NamedTuple):
    """One file of the set: the headings that tell it, those that are read, and whether it must or should be there.

    ``is_dated``: it gives facts, so without it nothing can be said to be gone.
    """

    name: str
    known_by: frozenset[str]
    needed: tuple[str, ...]
    named: tuple[str, ...]
    is_required: bool
    is_dated: bool


class Bounds(NamedTuple):
    """How large a set, and what is in it, may be."""

    file_bytes: int
    set_bytes: int
    files: int
    rows: int
    columns: int
    cell_characters: int
    depth: int


class Notes(NamedTuple):
    """Sentences for whoever imports: what the return can never tell, and what this set does not."""

    always: tuple[str, ...]
    without_period: str
    not_in_the_set: str
    not_read: str


class ReasonForNew(NamedTuple):
    """What a new episode begins: a period of care, a placement, a legal status."""

    starts: bool = False
    placement: bool = False
    status: bool = False


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


_LAYOUT, _CODES = _read("layout.toml"), _read("codes.toml")

YEAR_BEGINS: tuple[int, int] = (_LAYOUT["year_begins"]["month"], _LAYOUT["year_begins"]["day"])
BOUNDS = Bounds(**_LAYOUT["bounds"])
NOTES = Notes(**{**_LAYOUT["notes"], "always": tuple(_LAYOUT["notes"]["always"])})
MODULES: Mapping[str, Module] = {
    name: Module(
        name,
        frozenset(said["known_by"]),
        tuple(said["needed"]),
        tuple(said["named"]),
        said.get("required", False),
        said.get("dated", False),
    )
    for name, said in _LAYOUT["modules"].items()
}
OTHER_HEADINGS: Mapping[str, str] = _LAYOUT["other_headings"]
OTHER_RETURNS: Mapping[str, str] = _LAYOUT["other_returns"]
XML_ROOTS = frozenset(_LAYOUT["xml"]["roots"])
XML_CHILD: str = _LAYOUT["xml"]["child"]
XML_GROUPS: Mapping[str, str] = _LAYOUT["xml"]["groups"]
XML_WITHIN_HEADER: Mapping[str, str] = _LAYOUT["xml"]["within_header"]

REASONS_FOR_NEW: Mapping[str, ReasonForNew] = {
    code: ReasonForNew(**said) for code, said in _CODES["reasons_for_new"].items()
}
GOES_ON = frozenset(_CODES["goes_on"])
CEASES = frozenset(_CODES["ceases"])
ADOPTED_BY = frozenset(_CODES["adopted"]["codes"])
LEGAL_STATUSES: Mapping[str, str] = _CODES["legal_statuses"]
WITH_PARENT = frozenset(code for code, said in _CODES["placements"].items() if said.get("with_parent"))
FOR_ADOPTION = frozenset(code for code, said in _CODES["placements"].items() if said.get("for_adoption"))
TEMPORARY: Mapping[str, int] = _CODES["temporary"]
REVIEWS_HELD = frozenset(_CODES["reviews"]["held"])
MISSING_CODES: Mapping[str, str] = _CODES["missing"]
IS_MISSING = "missing"


def heading(text: str) -> str:
    """A heading in its one spelling: capitals, with underscores for spaces."""
    name = "_".join(text.strip().upper().replace("-", " ").split())
    return OTHER_HEADINGS.get(name, name)
