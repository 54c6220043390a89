"""Reads packs and calendars once, and refuses what it does not know: file, line, key, reason, fix.

The only module of the rules that uses pydantic, which checks each file's shape; ``build`` makes the frozen nouns.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, time
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from rules.catalogue import nearest, read_limit
from rules.errors import PackRefused
from rules.lines import line_of
from rules.model import Counting, Limit, Verified

PACKS = Path(__file__).with_name("packs")
CALENDARS = Path(__file__).with_name("calendars")


def _limit(value: object) -> Limit:
    if not isinstance(value, str):
        raise ValueError("a limit is text, as in '15 working_days'")
    return read_limit(value)


LimitText = Annotated[Limit, PlainValidator(_limit)]
Kind = Literal["statutory", "statutory-guidance", "local", "indicator"]
Value = str | bool | int
ShapeT = TypeVar("ShapeT", bound="Shape")


class Shape(BaseModel):
    """What every table of a pack has in common: nothing unknown, nothing coerced, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class SourceShape(Shape):
    instrument: str = Field(min_length=3)
    paragraph: str = ""
    address: str = ""
    read_on: date
    verified: Annotated[Verified, Field(strict=False)]
    note: str = ""


class WhereShape(Shape):
    """``where.field = value``, ``where.field = [values]`` or ``where.field = { not = [values] }``."""

    is_not: list[Value] = Field(alias="not")


class TriggerShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    flag: str | None = None
    otherwise: bool = False


class StopShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}


class EndShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    reason: str = Field(min_length=3)
    ends_all: bool = False


class PlanShape(Shape):
    """A limit carried by the child's own plan: ``limit = { plan = "visit_every", on = [event types] }``."""

    plan: str
    on: list[str] = Field(min_length=1)
    otherwise: LimitText | None = None
    maximum: LimitText | None = None


class AnchorShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    flag: str


class TargetShape(Shape):
    limit: LimitText
    source: SourceShape


class VersionShape(Shape):
    starts: date = Field(alias="from")
    until: date | None = None
    limit: LimitText | Literal["unset"] | PlanShape
    counted_from: AnchorShape | None = None
    target: TargetShape | None = None
    calendar: str = "england-and-wales"
    counting: Annotated[Counting, Field(strict=False)] = Counting.DAY_AFTER
    governs_running: bool = False
    source: SourceShape


class MeasureShape(Shape):
    title: str
    start: list[TriggerShape] | None = None
    stop: list[StopShape] | None = None
    end: list[EndShape] | None = None
    versions: list[VersionShape] | None = None


class ReadingShape(Shape):
    """Another way to read the duty: what it replaces, and in what words."""

    title: str
    words: str
    start: list[TriggerShape] | None = None
    stop: list[StopShape] | None = None
    exists_if: list[TriggerShape] | None = None
    limit: LimitText | None = None
    counting: Annotated[Counting, Field(strict=False)] | None = None


class ExampleEventShape(Shape):
    on: date
    type: str
    id: str | None = None
    key: str | None = None
    subject: str = "child"
    team: str | None = None
    worker: str | None = None
    supersedes: str | None = None
    data: dict[str, Value | date] = {}


class ExampleClockShape(Shape):
    measure: str = "duty"
    key: str | None = None
    started_on: date
    counted_from_on: date | None = None
    due_on: date | Literal["unset"]
    target_due_on: date | None = None
    stopped_on: date | None = None
    outcome: Literal["met", "late", "done", "ended"] | None = None
    is_provisional: bool | None = None
    problem: str | None = None
    flags: list[str] | None = None
    ended_because: str | None = None
    team: str | None = None


class ExampleShape(Shape):
    title: str
    source: str = "counted by hand"
    reading: str | None = None
    history: list[ExampleEventShape] = Field(min_length=1)
    clocks: list[ExampleClockShape]


class TimescaleShape(Shape):
    """One timescale, one file, named by its id."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(min_length=3)
    area: str
    kind: Kind
    protects: str = Field(min_length=20)
    enabled: bool = True
    notes: list[str] = []
    recurs: bool = False
    once_per_key: bool = False
    keys_may_differ: bool = False
    unmatched_stop_is_a_problem: bool = False
    start: list[TriggerShape] = Field(min_length=1)
    exists_if: list[TriggerShape] = []
    stop: list[StopShape] = Field(min_length=1)
    end: list[EndShape] = []
    versions: list[VersionShape] = Field(min_length=1)
    measures: dict[str, MeasureShape] = {}
    readings: dict[str, ReadingShape] = {}
    examples: list[ExampleShape] = Field(min_length=3)


class SettingShape(Shape):
    """What an authority sets for a timescale of a pack below it: a target, a limit left unset, or a reading."""

    timescale: str
    starts: date = Field(alias="from")
    limit: LimitText
    source: SourceShape


class ChoiceShape(Shape):
    timescale: str
    reading: str


class AuthorityShape(Shape):
    id: str
    title: str
    extends: str | None = None
    targets: list[SettingShape] = []
    limits: list[SettingShape] = []
    readings: list[ChoiceShape] = []
    enables: list[str] = []


class StepShape(Shape):
    id: str
    title: str
    post: str
    of: Literal["due_on", "target_due_on"] = "due_on"
    working_days: int = Field(ge=0, le=100)


class LadderShape(Shape):
    at: time
    zone: str
    calendar: str
    steps: list[StepShape] = Field(min_length=1)


class HolidayShape(Shape):
    on: date
    name: str


class CalendarShape(Shape):
    id: str
    title: str
    definition: str = Field(default="", min_length=20)
    extends: str | None = None
    covered_from: date | None = None
    covered_until: date | None = None
    checked_on: date
    source: SourceShape
    holidays: list[HolidayShape]


def read(file: Path, shape: type[ShapeT]) -> ShapeT:
    """One file in one shape. Raises PackRefused naming file, line, key, reason and fix, for each thing wrong in it."""
    text = file.read_text("utf-8")
    try:
        return shape.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackRefused([_broken(file, text, str(error))]) from None
    except ValidationError as error:
        raise PackRefused([_refusal(file, text, shape, one) for one in _distinct(error.errors())]) from None


def files_of(pack: Path) -> Iterator[Path]:
    """The timescale files of a pack, in order of their names."""
    return iter(sorted(file for file in pack.glob("*/*.toml") if file.parent.name != "calendars"))


def fingerprint_of(files: list[Path]) -> str:
    """One short name for the exact content of these files."""
    digest = sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def refusal(file: Path, path: tuple[object, ...], reason: str) -> str:
    """One line: the file, the line and key in it, the reason and the fix."""
    key = ".".join(str(part) for part in path) or "the file"
    return f"{_where(file)}:{line_of(file.read_text('utf-8'), path)}: {key}: {reason}"


def _broken(file: Path, text: str, words: str) -> str:
    """What tomllib could not read: a duplicate key, a malformed date, a bare word."""
    found = re.search(r"at line (\d+)", words)
    lines = text.splitlines() or [""]
    line = int(found.group(1)) if found else len(lines)
    key = lines[min(line, len(lines)) - 1].partition("=")[0].strip() or "the file"
    return f"{_where(file)}:{line}: {key}: {words}: correct the TOML there (a key may be given once only)"


def _distinct(errors: Sequence[Any]) -> Iterator[tuple[tuple[object, ...], Any]]:
    """One error for each key: where a value may have several shapes, pydantic complains once for each of them."""
    found: dict[tuple[object, ...], Any] = {}
    for error in errors:
        found.setdefault(tuple(part for part in error["loc"] if not _is_union_branch(part)), error)
    for path, error in found.items():
        if not any(len(other) > len(path) and other[: len(path)] == path for other in found):
            yield path, error


def _refusal(file: Path, text: str, shape: type[Shape], error: tuple[tuple[object, ...], Any]) -> str:
    path, details = error
    key = ".".join(str(part) for part in path) or "the file"
    return f"{_where(file)}:{line_of(text, path)}: {key}: {_reason(details, path, shape)}"


def _reason(error: Any, path: tuple[object, ...], shape: type[Shape]) -> str:
    if error["type"] == "extra_forbidden":
        known = _keys_at(shape, path[:-1])
        near = nearest(str(path[-1]), known)
        offer = f"did you mean {near}?" if near else f"there may be {', '.join(known)} here"
        return f"unknown key: remove it, or correct its spelling ({offer})"
    if error["type"] == "missing":
        return "missing: add it (CONTRIBUTING.md, 'add a timescale', shows a whole file)"
    return f"{error['msg'].removeprefix('Value error, ')}: correct the value"


def _keys_at(shape: type[Shape], path: tuple[object, ...]) -> dict[str, str]:
    """The keys that a table at this path may have."""
    shapes: list[type[Shape]] = [shape]
    for part in path:
        for known in shapes:
            for name, info in known.model_fields.items():
                if part == (info.alias or name):
                    shapes = list(_shapes_in(info.annotation))
    return {info.alias or name: name for known in shapes for name, info in known.model_fields.items()}


def _shapes_in(annotation: Any) -> Iterator[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes_in(part)


def _is_union_branch(part: object) -> bool:
    """Pydantic names the branch of a union in an error's path; a pack's author never wrote that name."""
    return isinstance(part, str) and ("[" in part or part.endswith("Shape") or part in ("str", "bool", "int", "date"))


def _where(file: Path) -> str:
    parts = file.parts
    return "/".join(parts[parts.index("rules") :] if "rules" in parts else parts[-3:])
