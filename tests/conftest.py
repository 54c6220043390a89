"""Fixtures for every test: a fresh, migrated, empty database of each kind, the shared data, and a seed to repeat.

    def test_it_is_stored(database_url: str): ...      # runs twice: [sqlite] and [postgresql]
    def test_one_of_them(sqlite_url: str): ...         # or postgres_url
    def test_order_does_not_matter(seed: int): ...     # random.Random(seed); printed, and repeatable
    def test_vectors(shared_data: Path): ...           # skipped, with a sentence, where there is none

For databases inside a property test or a longer-lived fixture, `new_database(kind)` makes as many as are wanted.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("sqlite", "postgresql")
LEASE = pytest.StashKey[postgres.Lease]()
RUN_DIRECTORY = pytest.StashKey[Path]()
SEED = pytest.StashKey[int]()

# Everyday runs are short and differ from each other; `make soak` asks for its own profile by name.
hypothesis.settings.register_profile("everyday", deadline=None, print_blob=True, max_examples=60)
hypothesis.settings.register_profile("soak", deadline=None, print_blob=True, max_examples=5_000)
hypothesis.settings.load_profile("everyday")


# ---- one run, however many workers -----------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    handed_over = getattr(config, "workerinput", None)
    if handed_over:
        config.stash[RUN_DIRECTORY] = Path(handed_over["run_directory"])
        config.stash[SEED] = handed_over["seed"]
        return
    config.stash[LEASE] = lease = postgres.Lease()
    config.stash[RUN_DIRECTORY] = lease.directory
    config.stash[SEED] = int(os.environ.get("TIMESCALES_TEST_SEED") or random.SystemRandom().randrange(2**31))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["run_directory"] = str(node.config.stash[RUN_DIRECTORY])
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_unconfigure(config: pytest.Config) -> None:
    if lease := config.stash.get(LEASE, None):
        lease.end()


def pytest_report_header(config: pytest.Config) -> str:
    return f"seed: {config.stash[SEED]}  (repeat with TIMESCALES_TEST_SEED={config.stash[SEED]})"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """One number for the whole run, new each run; a failing test prints it."""
    number = request.config.stash[SEED]
    request.node.add_report_section("call", "seed", f"repeat with TIMESCALES_TEST_SEED={number}")
    return number


# ---- data beside the repository --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of vectors, census files and answers that lies beside the repository."""
    folder = Path(os.environ.get("TIMESCALES_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}: say where it is with TIMESCALES_SHARED_DATA")
    return folder


# ---- databases -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated, empty database; the test runs once on each kind."""
    # Asked for by name, so that a run of [sqlite] alone never starts a server.
    return request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite file."""
    return _copy_of(sqlite_template, tmp_path / "timescales.sqlite")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str, worker_id: str) -> Iterator[str]:
    """A fresh PostgreSQL database, dropped after the test with whatever is still connected to it."""
    with postgres.connect(postgres_server) as admin:
        name = _new_name(worker_id)
        postgres.create_database(admin, name, postgres_template)
        yield postgres.database_url(postgres_server, name)
        postgres.drop_database(admin, name)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """`new_database("sqlite" or "postgresql")` → the URL of one more fresh database; they last as long as the run."""

    def new(kind: str) -> str:
        if kind == "sqlite":
            template = request.getfixturevalue("sqlite_template")
            return _copy_of(template, tmp_path_factory.mktemp("database") / "timescales.sqlite")
        server = request.getfixturevalue("postgres_server")
        name = _new_name(request.getfixturevalue("worker_id"))
        with postgres.connect(server) as admin:
            postgres.create_database(admin, name, request.getfixturevalue("postgres_template"))
        return postgres.database_url(server, name)

    return new


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The URL of the run's one PostgreSQL server, at its maintenance database: no tables of ours."""
    return postgres.server_url(request.config.stash[RUN_DIRECTORY])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file migrated once, to be copied."""
    template = tmp_path_factory.mktemp("template") / "template.sqlite"
    _migrate(f"sqlite:///{template}")
    # A write-ahead log left behind would not be copied, and the copies would be empty.
    with sqlite3.connect(template) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return template


@pytest.fixture(scope="session")
def postgres_template(request: pytest.FixtureRequest, postgres_server: str) -> str:
    """The name of a database migrated once by whichever worker comes first, to be copied."""
    name, directory = "migrated_template", request.config.stash[RUN_DIRECTORY]
    with (directory / "template").open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        done.seek(0)
        if not done.read():
            with postgres.connect(postgres_server) as admin:
                postgres.drop_database(admin, name)
                postgres.create_database(admin, name)
            _migrate(postgres.database_url(postgres_server, name))
            done.write("migrated")
    return name


_numbers = itertools.count(1)


def _new_name(worker: str) -> str:
    return f"test_{worker}_{next(_numbers)}"


def _copy_of(template: Path, place: Path) -> str:
    shutil.copyfile(template, place)
    return f"sqlite:///{place}"


def _migrate(url: str) -> None:
    # Imported here and not at the top: the tests of rules/ need no database, and should run without one's imports.
    from service.store.session import migrate

    migrate(url)
