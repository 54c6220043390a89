"""How long what is kept of a child stays: periods.toml, with an authority's own file laid over it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from rules import nearest
from rules.ages import birthday
from rules.model import Limit, Unit
from rules.workdays import added
from service.errors import NotReady, Refused
from service.settings import Settings

OTHER = "everything-else"
_OWN = Path(__file__).with_suffix(".toml")
_VERIFIED = ("primary", "secondary", "unverified")


class Period(NamedTuple):
    """How long in one area; see periods.toml for what each field means."""

    area: str
    months: int
    basis: str
    source: str
    verified: str
    until_age: int | None = None
    months_if_birth_unknown: int | None = None
    after_death_months: int | None = None
    died_under_age: int | None = None

    def ends_on(self, last_on: date, born_on: date | None, died_on: date | None) -> date:
        """The first day on which it need not be kept any more."""
        least = _after(last_on, self.months)
        if died_on is not None and self.after_death_months is not None and self._died_young(born_on, died_on):
            return max(least, _after(died_on, self.after_death_months))
        if self.until_age is None:
            return least
        if born_on is None:
            return max(least, _after(last_on, self.months_if_birth_unknown or 0))
        return max(least, birthday(born_on, self.until_age))

    def _died_young(self, born_on: date | None, died_on: date) -> bool:
        return born_on is None or self.died_under_age is None or died_on < birthday(born_on, self.died_under_age)


_KINDS: Mapping[str, type] = {
    name: int if "months" in name or "age" in name else str for name in Period._fields if name != "area"
} | {"area": str}
_NEEDED = ("area", "months", "basis", "source", "verified")


class Periods(NamedTuple):
    """Every period, by area, and the codes for why somebody is held or erased."""

    by_area: Mapping[str, Period]
    holds: Mapping[str, str]
    erasures: Mapping[str, str]

    def of(self, area: str) -> Period:
        return self.by_area.get(area) or self.by_area[OTHER]

    def ends_on(self, areas: Iterable[str], last_on: date, born_on: date | None, died_on: date | None) -> date:
        """The latest day of all areas; of none, that of everything else."""
        return max(self.of(area).ends_on(last_on, born_on, died_on) for area in {*areas} or {OTHER})

    @property
    def shortest(self) -> int:
        """No period ends before so many months after the last thing that happened."""
        return min(one.months for one in self.by_area.values())


def periods(settings: Settings) -> Periods:
    """The periods in force. Raises NotReady where the authority's own file cannot be right."""
    own = _read(_OWN)
    if settings.retention_file is None:
        return own
    try:
        laid_over = _read(settings.retention_file)
    except OSError as error:
        raise NotReady("the file of TIMESCALES_RETENTION_FILE cannot be read", fix="name a file there is") from error
    merged = [{**getattr(own, name), **getattr(laid_over, name)} for name in Periods._fields]
    return Periods(*merged)


def known_reason(code: str, known: Mapping[str, str]) -> str:
    """The code, where there is one of this name. Raises Refused, with the nearest, for any other."""
    if code not in known:
        like = nearest(code, known)
        offer = f"did you mean {like}? " if like else ""
        raise Refused("there is no such reason", fix=f"{offer}there are {', '.join(known)}")
    return code


@lru_cache(maxsize=4)
def _read(file: Path) -> Periods:
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotReady(f"{file.name} is no TOML: {error}", fix="docs/keeping-and-erasing.md shows one") from error
    if unknown := said.keys() - {"periods", "holds", "erasures"}:
        raise NotReady(f"{file.name}: nothing reads {min(unknown)}", fix="write periods, holds or erasures")
    found: dict[str, Period] = {}
    for nth, row in enumerate(said.get("periods", []), 1):
        one = _period(f"{file.name}, period {nth}", row)
        if one.area in found:
            raise NotReady(f"{file.name}, period {nth}: {one.area} stands there twice", fix="give each area one period")
        found[one.area] = one
    return Periods(found, said.get("holds", {}), said.get("erasures", {}))


def _period(where: str, row: Mapping[str, Any]) -> Period:
    if unknown := row.keys() - _KINDS.keys():
        like = nearest(min(unknown), _KINDS)
        raise NotReady(f"{where}: unknown key {min(unknown)}", fix=f"write {like}" if like else "leave it out")
    for name, kind in _KINDS.items():
        given = row.get(name)
        if (given is None and name in _NEEDED) or (given is not None and type(given) is not kind) or given == "":
            raise NotReady(f"{where}: {name} is not given as it must be", fix=f"give it as {_written(kind)}")
        if isinstance(given, int) and given < 0:
            raise NotReady(f"{where}: {name} is less than nought", fix="count from nought up")
    if row["verified"] not in _VERIFIED:
        raise NotReady(f"{where}: verified says how sure somebody is", fix=f"write one of {', '.join(_VERIFIED)}")
    if ("until_age" in row) != ("months_if_birth_unknown" in row):
        fix = "give until_age and months_if_birth_unknown together"
        raise NotReady(f"{where}: it says what a birthday does, or what no birthday does, and not both", fix=fix)
    return Period(**row)


def _written(kind: type) -> str:
    return "a whole number" if kind is int else "text"


def _after(on: date, months: int) -> date:
    return added(on, Limit(months, Unit.MONTHS))
