"""The Dockerfile's steps work: they are run here, one by one, in an empty folder with an empty virtual environment.

No Docker engine is needed. The folder stands for the image's file system, the virtual environment for its Python, and
a few commands that change a machine (`useradd`, `chown`) are replaced by ones that only say they were called.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.house.reading import ROOT

KNOWN = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "VOLUME", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}
CHANGES_A_MACHINE = ("useradd", "chown")
ANSWERS_WITHIN_S = 30


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions in order, continued lines joined: [("FROM", "python:3.11-slim"), …]."""
    text = re.sub(r"^#.*\n", "", dockerfile, flags=re.M).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1].strip()) for line in text.splitlines() if line.strip()]


def reaches_the_image(path: str, dockerignore: str) -> bool:
    """Whether .dockerignore lets a path through: the last line that matches it decides."""
    lets = True
    for line in dockerignore.splitlines():
        pattern = line.lstrip("!").strip().removeprefix("**/")
        parts = path.split("/")
        anywhere = "**/" in line
        heads = parts if anywhere else ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if pattern and not line.startswith("#") and any(fnmatch.fnmatchcase(head, pattern) for head in heads):
            lets = line.startswith("!")
    return lets


@dataclass
class Image:
    """What the steps have built so far: a folder for `/`, and the environment of the next step."""

    root: Path
    workdir: Path = field(init=False)
    env: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workdir = self.root
        stand_ins = self.root / "stand-ins"
        stand_ins.mkdir()
        for command in CHANGES_A_MACHINE:
            (stand_ins / command).write_text("#!/bin/sh\n")
            (stand_ins / command).chmod(0o755)
        # pip's own settings (a mirror, say) belong to the network, not to the image: they stay.
        self.env = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_"))}
        self.env |= {"PATH": f"{stand_ins}:{self.root / 'python' / 'bin'}:/usr/bin:/bin", "HOME": str(self.root)}

    def run(self, command: str, **env: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", command], cwd=self.workdir, env=self.env | env, capture_output=True, text=True
        )
        assert done.returncode == 0, f"RUN {command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    def copy(self, arguments: str) -> None:
        *sources, target = arguments.split()
        ignored = (ROOT / ".dockerignore").read_text()
        for source in sources:
            assert reaches_the_image(source, ignored), f"COPY {source}: .dockerignore keeps it out"
            place = self.workdir / target / (source if target.endswith("/") else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)

    def take(self, instruction: str, arguments: str) -> None:
        """Carries out one instruction; remembers those that only say something about the image."""
        assert instruction in KNOWN, f"this test does not know {instruction}: teach it"
        match instruction:
            case "FROM":
                subprocess.run([sys.executable, "-m", "venv", self.root / "python"], check=True)
            case "ENV":
                self.env |= dict(pair.split("=", 1) for pair in arguments.split())
                self.env.pop("PIP_NO_CACHE_DIR", None)  # a cache spares this test, and the network, the downloads
            case "WORKDIR":
                self.workdir = self.root / arguments.lstrip("/")
                self.workdir.mkdir(parents=True, exist_ok=True)
            case "COPY":
                self.copy(arguments)
            case "RUN":
                self.run(arguments)
            case _:
                self.said[instruction] = arguments


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image, all steps taken."""
    image = Image(tmp_path_factory.mktemp("image"))
    if cache := _pip_cache():
        image.env["PIP_CACHE_DIR"] = cache
    for instruction, arguments in steps((ROOT / "Dockerfile").read_text()):
        image.take(instruction, arguments)
    return image


# One test, because the steps take half a minute and are to be taken once.
@pytest.mark.container
def test_the_image_is_unhealthy_until_it_serves(image, tmp_path):
    port = str(_free_port())
    env = image.env | {"TIMESCALES_PORT": port, "TIMESCALES_HOST": "127.0.0.1"}
    is_healthy = re.split(r"\bCMD\b", image.said["HEALTHCHECK"])[1].strip()
    with pytest.raises(AssertionError, match="refused"):
        image.run(is_healthy, TIMESCALES_PORT=port)

    command = json.loads(image.said["CMD"])
    program = shutil.which(command[0], path=env["PATH"])  # from the PATH of the image, where there is no other
    assert program, f"{command[0]} is not installed in the image"
    log = tmp_path / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen([program, *command[1:]], cwd=image.workdir, env=env, stdout=out, stderr=out)
    try:
        _wait(lambda: _answers(port), server, log)
        image.run(is_healthy, TIMESCALES_PORT=port)
    finally:
        server.terminate()
        server.wait(20)


def test_the_service_does_not_run_as_root_and_keeps_its_data():
    said = dict(steps((ROOT / "Dockerfile").read_text()))
    assert said["USER"] not in ("root", "0")
    assert said["VOLUME"] == "/app/var"


def test_everything_that_is_copied_exists_and_reaches_the_image():
    ignored = (ROOT / ".dockerignore").read_text()
    copies = [said.split()[:-1] for step, said in steps((ROOT / "Dockerfile").read_text()) if step == "COPY"]
    copied = [source for sources in copies for source in sources]
    assert [one for one in copied if not reaches_the_image(one, ignored) or not (ROOT / one).exists()] == []


@pytest.mark.parametrize(
    "path", ["var/timescales.sqlite", ".env", ".git/config", "tests/conftest.py", "service/__pycache__/a.pyc"]
)
def test_nothing_private_reaches_the_image(path):
    assert not reaches_the_image(path, (ROOT / ".dockerignore").read_text())


def test_continued_lines_and_comments_are_read():
    read = steps("# a\nFROM x\nENV A=1 \\\n    B=2\n# b\nRUN c\n")
    assert [(step, said.split()) for step, said in read] == [("FROM", ["x"]), ("ENV", ["A=1", "B=2"]), ("RUN", ["c"])]


def test_a_step_that_fails_would_be_found(tmp_path):
    image = Image(tmp_path)
    with pytest.raises(AssertionError, match=r"RUN cat no-such-file\.txt"):
        image.take("RUN", "cat no-such-file.txt")
    with pytest.raises(AssertionError, match="does not know ADD"):
        image.take("ADD", "x y")


def _pip_cache() -> str:
    found = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True)
    return found.stdout.strip()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _answers(port: str) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def _wait(until: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + ANSWERS_WITHIN_S
    while not until():
        assert server.poll() is None, f"it stopped:\n{log.read_text()[-3000:]}"
        assert time.monotonic() < last, f"no answer in {ANSWERS_WITHIN_S} s:\n{log.read_text()[-3000:]}"
        time.sleep(0.1)
