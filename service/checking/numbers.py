"""The numbers of the self-check, from watching.toml: ``…_minutes`` and the like become spans of time."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

_FILE = Path(__file__).with_name("watching.toml")


class SelfCheck(NamedTuple):
    """How often it runs, and when it counts as late."""

    every: timedelta
    late_after: timedelta


class Alarms(NamedTuple):
    """When the administrator is told again of what has been told."""

    grown_by: int
    again_after: timedelta


class Usual(NamedTuple):
    """How a source's rhythm is learned, and what it is given beyond it."""

    office_from: time
    office_until: time
    remember: timedelta
    least_days: int
    least_span: timedelta
    exceptional_factor: int
    margin_percent: int
    margin: timedelta
    settled: timedelta
    read_at_most: int


class Stale(NamedTuple):
    """From when on something that has not happened is a finding."""

    tick: timedelta
    job: timedelta
    message: timedelta
    compose: timedelta
    webhook: timedelta
    clock_ahead: timedelta


class Room(NamedTuple):
    """What is to be free on the disk: less than both is nearly full."""

    free_percent: int
    free_megabytes: int


def _section(name: str) -> dict[str, Any]:
    return dict(_spans(_READ[name]))


def _spans(section: Mapping[str, Any]) -> Any:
    for key, value in section.items():
        stem, _, unit = key.rpartition("_")
        is_span = unit in ("seconds", "minutes", "hours", "days") and stem != "least"
        yield (stem, timedelta(**{unit: value})) if is_span else (key, value)


_READ = tomllib.loads(_FILE.read_text("utf-8"))

SELF_CHECK = SelfCheck(**_section("self_check"))
ALARMS = Alarms(**_section("alarms"))
USUAL = Usual(**_section("rhythm"))
STALE = Stale(**_section("stale"))
ROOM = Room(**_section("room"))
COVERED: timedelta = _section("calendars")["covered"]
HEARTBEAT_TIMEOUT: timedelta = _section("heartbeat")["timeout"]
