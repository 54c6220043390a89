"""The shapes of a pack's files, as tables of TOML: what each may say, checked before anything is built of it.

With ``load`` the only place where the rules use pydantic.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from rules.catalogue import read_limit
from rules.model import Counting, Limit, Verified


def _limit(value: object) -> Limit:
    if not isinstance(value, str):
        raise ValueError("a limit is text, as in '15 working_days'")
    return read_limit(value)


LimitText = Annotated[Limit, PlainValidator(_limit)]
Kind = Literal["statutory", "statutory-guidance", "good-practice", "local", "indicator"]
Value = str | bool | int


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


class BirthdayShape(Shape):
    """A start at an age, while something lasts: ``birthday = { age = …, from = event, until = event }``."""

    age: int = Field(ge=0, le=120)
    begins: str = Field(alias="from")
    ends: str = Field(alias="until")
    lasted: LimitText | None = None


class TriggerShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    flag: str | None = None
    otherwise: bool = False
    birthday: BirthdayShape | None = None


class MatchShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}


class StopShape(MatchShape):
    stops_all: bool = False


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


class ExemptionShape(Shape):
    """What makes the duty needless where it was done shortly before it began."""

    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    within: LimitText
    reason: str = Field(min_length=3)


class ExtensionShape(Shape):
    """An event that lawfully gives more time, counted from the due date."""

    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    by: LimitText
    most: int | None = Field(default=None, ge=1)
    until: str | None = None


class PauseShape(Shape):
    """Days that lawfully do not count, from the day after one event to the day of another."""

    begins: MatchShape
    ends: MatchShape


class AnchorShape(Shape):
    event: str
    where: dict[str, Value | list[Value] | WhereShape] = {}
    flag: str


class TargetShape(Shape):
    limit: LimitText
    source: SourceShape


class SaidShape(Shape):
    """What was last said by these fields of events (``"type.field"``, or a bare ``"type"``: true once it happened)."""

    by: list[str] = Field(min_length=1)
    is_one_of: list[Value] | None = Field(default=None, alias="is")
    is_not: list[Value] | None = Field(default=None, alias="not")
    of_this_key: bool = False
    begun: Literal["at any time", "since the wait began"] = "at any time"


class NoneSinceShape(Shape):
    event: str
    since: str


class WhenShape(Shape):
    wait: int | list[int] | None = None
    within: LimitText | None = None
    after: LimitText | None = None
    said: list[SaidShape] = []
    none: list[NoneSinceShape] = []
    age_below: int | None = Field(default=None, ge=1, le=120)


class PhaseShape(Shape):
    """One of several limits: the first whose conditions hold on a day governs that day. The last has none."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(min_length=3)
    limit: LimitText
    when: WhenShape = WhenShape()
    counted_from: Literal["the wait", "the change"] = "the wait"
    target: TargetShape | None = None
    paragraph: str = ""
    verified: Annotated[Verified, Field(strict=False)] | None = None


class VersionShape(Shape):
    starts: date = Field(alias="from")
    until: date | None = None
    limit: LimitText | Literal["unset", "phased"] | PlanShape
    phases: list[PhaseShape] = []
    judged: Literal["day by day", "at the start"] = "day by day"
    before: str | None = None
    extensions: list[ExtensionShape] = []
    pauses: list[PauseShape] = []
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
    judged: Literal["day by day", "at the start"] | None = None
    versions: list[VersionShape] | None = None


class ExampleEventShape(Shape):
    on: date
    at: datetime | None = None
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
    due_at: datetime | None = None
    phase: str | None = None
    lapses_on: date | None = None
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
    unmatched_stop_starts: bool = False
    one_at_a_time: bool = False
    until_age: int | None = Field(default=None, ge=1, le=120)
    not_if: list[ExemptionShape] = []
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
    phase: str | None = None
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
    ends_everything: list[EndShape] = []
    """What ends every clock there is, whatever its duty: the death of a child."""


class HolidayShape(Shape):
    on: date
    name: str


class TermShape(Shape):
    """Days, both included, between which schools are open."""

    starts: date = Field(alias="from")
    until: date


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
    terms: list[TermShape] = []
