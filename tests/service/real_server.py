"""The service as its users run it: the command line, a process of its own, a port, and what it writes to its log."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from service.cli import commands, main
from tests.conftest import ROOT

COMMAND = (sys.executable, "-c", "from service.cli import main; main()")
AUTHORITY = "southend"
_START_S = 60
commands()  # so that a copy of this process has every one of them imported


class Command:
    """`timescales …` with settings of its own."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIMESCALES_")}
        own = {"database_url": url, "data_dir": str(folder), "authority": AUTHORITY, **settings}
        self.folder = folder
        self.environment = {
            **inherited,
            **{f"TIMESCALES_{name.upper()}": value for name, value in own.items()},
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "200",
        }

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs it to its end in a copy of this process, which has everything imported: a tenth of a second, not three.

        No user's mistake ever ends in a traceback.
        """
        with tempfile.TemporaryFile() as into, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            into.write(given.encode())
            into.seek(0)
            child = os.fork()
            if child == 0:
                self._be(words, [into.fileno(), out.fileno(), err.fileno()])
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            return self._done(words, status, out.read(), err.read())

    def run_apart(self, *words: str, given: bytes = b"", within: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs it in a process from nothing, as a shell would."""
        done = subprocess.run(
            [*COMMAND, *words],
            input=given,
            capture_output=True,
            env=self.environment,
            cwd=self.folder,
            timeout=within,
        )
        return self._done(words, done.returncode, done.stdout, done.stderr)

    def _be(self, words: tuple[str, ...], streams: list[int]) -> None:
        """What the child does; it never returns."""
        status = 70
        try:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - they last as long as the process
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            os.environ.clear()
            os.environ.update(self.environment)
            os.chdir(self.folder)
            sys.argv = ["timescales", *words]
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _done(self, words: tuple[str, ...], status: int, out: bytes, err: bytes) -> subprocess.CompletedProcess[str]:
        assert b"Traceback" not in out + err, err.decode()
        return subprocess.CompletedProcess(words, status, out.decode(), err.decode())

    def key(self, name: str, *scopes: str) -> str:
        """A key made by the command, as its user would read it."""
        done = self.run("keys", "add", name, *(word for scope in scopes for word in ("--scope", scope)))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        """`timescales serve`, until the block ends."""
        port = _free_port()
        log = self.folder / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*COMMAND, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**self.environment, "TIMESCALES_PORT": str(port)},
                cwd=self.folder,
            )
        server = Server(process, port, log)
        try:
            server.wait_until_it_answers()
            yield server
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self.address = f"http://127.0.0.1:{port}"

    def written(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """As `systemctl stop` would; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def wait_until_it_answers(self) -> None:
        until = time.monotonic() + _START_S
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                assert self.process.poll() is None, self.written()
                assert time.monotonic() < until, self.written()
                time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
