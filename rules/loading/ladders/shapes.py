"""The shape of a pack's ``ladders.toml``: what it may say, checked before anything is built of it.

Every key of the top may be left out where a pack below says it: only what is set replaces what is below.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from rules.loading.shapes import Shape

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _slug(value: object) -> str:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError(
            "a name is lower-case words joined by hyphens, as in team-manager; one with a colon, as in plan: or "
            "lapsed:, is the service's own"
        )
    return value


Slug = Annotated[str, PlainValidator(_slug)]


class StepShape(Shape):
    """One rung: which posts, and how long before (a number below 0) or after the date they are told."""

    id: Slug
    title: str = Field(min_length=3)
    post: Slug | None = None
    posts: list[Slug] = Field(default_factory=list)
    of: Literal["due_on", "target_due_on"] = "due_on"
    working_days: int | None = Field(default=None, ge=-100, le=100)
    hours: int | None = Field(default=None, ge=-1000, le=1000)
    at_once: bool = False
    any_day: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """Every post of the rung, however it was written."""
        return (*([self.post] if self.post else []), *self.posts)


class LadderShape(Shape):
    id: Slug
    title: str = Field(min_length=3)
    is_default: bool = False
    timescales: list[str] = Field(default_factory=list)
    areas: list[str] = Field(default_factory=list)
    plan_within_working_days: int = Field(ge=1, le=60)
    steps: list[StepShape] = Field(min_length=1)


class LineShape(Shape):
    """Posts, each above the one before it."""

    posts: list[Slug] = Field(min_length=1)


class ToldShape(Shape):
    """When a rung is told, by the clock on the wall."""

    step: Slug
    at: datetime


class ExampleShape(Shape):
    """What one date comes to on one ladder of this file: every rung that counts from it, in order."""

    title: str = Field(min_length=3)
    ladder: Slug
    due_on: date | None = None
    due_at: datetime | None = None
    target_due_on: date | None = None
    told: list[ToldShape] = Field(min_length=1)


class LaddersShape(Shape):
    """One pack's ``ladders.toml``."""

    at: time | None = None
    until: time | None = None
    weekly: Literal["monday", "tuesday", "wednesday", "thursday", "friday"] | None = None
    zone: str | None = None
    calendar: str | None = None
    lines: list[LineShape] = Field(default_factory=list)
    ladders: list[LadderShape] = Field(default_factory=list)
    examples: list[ExampleShape] = Field(default_factory=list)
