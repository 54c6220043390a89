"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOM = Path(__file__).resolve().parents[2] / "var" / "bench"
"""Where councils are made that are measured: on the disk that the checkout is on, and ignored by Git."""
ROOM.mkdir(parents=True, exist_ok=True)


def of_this_machine() -> str:
    """One paragraph: processor, cores, memory, versions, what a durable write costs here, how busy it was already."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; commit {commit.stdout.strip()}\n"
        f"one fsync of 4 KiB: {_fsync() * 1e6:.0f} µs (median of 200); "
        f"load average before the run: {os.getloadavg()[0]:.1f}"
    )


def best(function: Callable[[], float], times: int = 5) -> float:
    """The smallest of several measurements: the one least disturbed."""
    return min(function() for _ in range(times))


def timed(function: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _fsync() -> float:
    with tempfile.NamedTemporaryFile(dir=ROOM) as file:
        took = []
        for _ in range(200):
            file.seek(0)
            file.write(b"x" * 4096)
            file.flush()
            took.append(timed(lambda: os.fsync(file.fileno())))
        return statistics.median(took)
