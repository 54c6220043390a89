"""The census's layout, read once from layout.toml: its modules, their date columns, and how large a file may be."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

IDENTIFIERS = "ChildIdentifiers"
REFERRAL = "CINdetails"
CHARACTERISTICS = "ChildCharacteristics"
ENQUIRY = "Section47"
ASSESSMENT = "Assessments"
PLAN = "ChildProtectionPlans"
REVIEW = "Reviews"
PRE_PROCEEDINGS = "PreProceedingsandFGDM"


class Module(NamedTuple):
    """A kind of row: what it is called in ids and keys, its date columns and what each means, and which comes first.

    ``orders`` are pairs (earlier column, later column). ``passed_over`` holds the columns that carry no dated fact.
    """

    name: str
    called: str
    dates: Mapping[str, str]
    orders: tuple[tuple[str, str], ...]
    passed_over: frozenset[str]

    @property
    def first_column(self) -> str:
        """The date that names a row: when what it is about began."""
        return next(iter(self.dates))


class Bounds(NamedTuple):
    """How large a file, and what is in it, may be; layout.toml says why."""

    file_bytes: int
    token_bytes: int
    text_characters: int
    depth: int
    child_elements: int
    child_characters: int
    children: int


class Notes(NamedTuple):
    """Sentences for whoever imports: what the census can never tell, and what this file does not."""

    always: tuple[str, ...]
    without_header: str
    without_authority: str
    without_period: str
    years_differ: str


_TOML = tomllib.loads(Path(__file__).with_name("layout.toml").read_text("utf-8"))

COLLECTION: str = _TOML["collection"]
ROOTS = frozenset(_TOML["roots"])
OTHER_RETURNS: Mapping[str, str] = _TOML["other_returns"]
YEAR_ENDS: tuple[int, int] = (_TOML["year_ends"]["month"], _TOML["year_ends"]["day"])
BOUNDS = Bounds(**_TOML["bounds"])
NOTES = Notes(**{**_TOML["notes"], "always": tuple(_TOML["notes"]["always"])})
MODULES: Mapping[str, Module] = {
    name: Module(
        name,
        said["called"],
        said.get("dates", {}),
        tuple((one, other) for one, other in said.get("orders", ())),
        frozenset(said.get("passed_over", ())),
    )
    for name, said in _TOML["modules"].items()
}
UNDER_A_REFERRAL = tuple(name for name in MODULES if name not in (IDENTIFIERS, REFERRAL, REVIEW))

_ELSEWHERE = ("Header", "Children", "Child", CHARACTERISTICS, "Collection", "Year", "ReferenceDate", "LEA", *ROOTS)


def _names() -> Mapping[str, str]:
    """Every known name by its lower case: how the schemas spell it."""
    known = {name.lower(): name for name in (*_ELSEWHERE, *MODULES)}
    for module in MODULES.values():
        known.update({name.lower(): name for name in (*module.dates, *module.passed_over)})
    known.update({other.lower(): name for other, name in _TOML["other_names"].items()})
    return known


NAMES = _names()
