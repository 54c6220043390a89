"""Requests nobody would think of, made from the API's own description by schemathesis, against the running service."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.real_server import Command

EXAMPLES = 10

# A description cannot say everything that is refused (a day to come, an address that is none, a place in a list that we
# did not give), so what fits the description may be refused; but nothing else may be otherwise than it says.
CANNOT_HOLD = "positive_data_acceptance"
SETTINGS = Path(__file__).with_name("fuzzing.toml")


def fuzz(server, key, folder, seed, *more):
    """Runs schemathesis to its end, and gives its exit status and what it says."""
    program = Path(sys.executable).with_name("schemathesis")
    options = ["--no-color", "--checks", "all", "--exclude-checks", CANNOT_HOLD, "--seed", str(seed)]
    target = [f"{server.address}/openapi.json", "-H", f"Authorization: Bearer {key}"]
    done = subprocess.run(
        [program, "--config-file", SETTINGS, "run", *target, *options, *more],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_no_request_is_answered_otherwise_than_the_description_says(database_url, tmp_path, seed):
    command = Command(database_url, tmp_path)
    key = command.key("fuzzer", "admin")
    with command.serving() as server:
        status, said = fuzz(server, key, tmp_path, seed, "--phases", "examples,fuzzing", "-n", str(EXAMPLES))
        assert status == 0, said[-6_000:]
        assert int(re.search(r"(\d+) generated", said)[1]) > 18 * EXAMPLES / 2, said[-2_000:]
        assert "defect" not in server.written()


@pytest.mark.soak
def test_no_request_of_a_hundred_thousand_is_either(database_url, tmp_path, seed):
    command = Command(database_url, tmp_path)
    key = command.key("fuzzer", "admin")
    sent = 0
    with command.serving() as server:
        for nth in range(100):
            phases = "examples,fuzzing,stateful"
            status, said = fuzz(server, key, tmp_path, seed + nth, "--phases", phases, "-n", "500", "-w", "2")
            assert status == 0, said[-6_000:]
            sent += int(re.search(r"(\d+) generated", said)[1])
            print(f"{sent:,} requests, no 5xx")
            if sent >= 100_000:
                break
        assert "defect" not in server.written()
    assert sent >= 100_000
