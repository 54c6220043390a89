"""What every other test stands on: each gets a fresh, migrated database, and no server outlives its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from tests.house.reading import ROOT

STARTS_A_SERVER_AND_WAITS = """
import time
from tests import postgres
lease = postgres.Lease()
postgres.server_url(lease.directory)
print(lease.directory, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_a_database_of_its_own(database_url, turn):
    engine = sa.create_engine(database_url)
    with engine.begin() as db:
        tables = set(sa.inspect(db).get_table_names())
        assert "alembic_version" in tables
        assert "left_by_another_test" not in tables
        db.execute(sa.text("CREATE TABLE left_by_another_test (id INTEGER)"))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_as_many_databases_as_are_wanted(new_database, kind):
    assert new_database(kind) != new_database(kind)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_its_run(sent):
    command = [sys.executable, "-c", STARTS_A_SERVER_AND_WAITS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        directory = Path(run.stdout.readline().strip())
        server = _server_of(directory)
        os.kill(run.pid, sent)
    server.wait(10)
    _wait_until_gone(directory)


def _server_of(directory: Path) -> psutil.Process:
    pid = int((directory / "postgresql" / "data" / "postmaster.pid").read_text().split()[0])
    return psutil.Process(pid)


def _wait_until_gone(directory: Path) -> None:
    until = time.monotonic() + 10
    while directory.exists():
        assert time.monotonic() < until, f"{directory} is still there"
        time.sleep(0.05)
