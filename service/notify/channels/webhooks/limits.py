"""limits.toml, read once."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NamedTuple

Network = IPv4Network | IPv6Network


class Limits(NamedTuple):
    """When a system is told, how long it is tried, and which addresses may be called. Seconds unless it says other."""

    at: time
    due_soon_working_days: int
    an_attempt: float
    a_tick: float
    give_up_after: timedelta
    first_wait: timedelta
    longest_wait: timedelta
    answer_bytes: int
    look_again_after: timedelta
    ports: frozenset[int]
    refused: tuple[Network, ...]
    never: tuple[Network, ...]


def _read(file: Path) -> Limits:
    given: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    trying, addresses = given["trying"], given["addresses"]
    return Limits(
        at=given["at"],
        due_soon_working_days=given["due_soon_working_days"],
        an_attempt=trying["seconds_an_attempt"],
        a_tick=trying["seconds_a_tick"],
        give_up_after=timedelta(days=trying["give_up_after_days"]),
        first_wait=timedelta(seconds=trying["first_wait_seconds"]),
        longest_wait=timedelta(seconds=trying["longest_wait_seconds"]),
        answer_bytes=trying["answer_bytes"],
        look_again_after=timedelta(minutes=trying["look_again_minutes"]),
        ports=frozenset(addresses["ports"]),
        refused=tuple(map(ip_network, addresses["refused"])),
        never=tuple(map(ip_network, addresses["never"])),
    )


LIMITS = _read(Path(__file__).with_name("limits.toml"))
