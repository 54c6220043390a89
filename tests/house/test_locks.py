"""What is installed: every pin hashed, no address to download from, nothing older than its security floor."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.house.reading import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt")
# Below these lie published holes.
FLOORS = {
    "starlette": "1.3.1",
    "fastapi": "0.139",
    "python-multipart": "0.0.31",
    "h11": "0.16",
    "authlib": "1.7.2",
    "pyjwt": "2.13",
    "cryptography": "48.0.1",
    "pydantic-settings": "2.14.2",
    "jinja2": "3.1.6",
}
ADDRESS = re.compile(r"\w+://|^\s*(-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)\b| @ ", re.M)


def pins(lock: str) -> list[str]:
    """The requirements of a lock file, each with its hashes, on one line."""
    text = re.sub(r"^\s*#.*$", "", lock, flags=re.M).replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip()]


def without_hash(lock: str) -> list[str]:
    return [pin for pin in pins(lock) if not re.search(r"==\S+.* --hash=sha256:[0-9a-f]{64}\b", pin)]


def below_floor(lock: str) -> list[str]:
    found = []
    for pin in pins(lock):
        requirement = Requirement(pin.split(" --hash")[0])
        floor, version = FLOORS.get(requirement.name.lower()), _pinned(requirement)
        if floor and version < Version(floor):
            found.append(f"{requirement.name} {version} is older than {floor}")
    return found


@pytest.fixture(params=LOCKS)
def lock(request: pytest.FixtureRequest) -> str:
    return (ROOT / request.param).read_text()


def test_every_pin_has_a_hash(lock):
    assert pins(lock)
    assert without_hash(lock) == []


def test_no_lock_names_an_address(lock):
    assert ADDRESS.findall(lock) == []


def test_nothing_is_older_than_its_security_floor(lock):
    assert below_floor(lock) == []


def test_both_locks_pin_the_same_versions():
    run, develop = ({Requirement(p.split(" --hash")[0]).name: p for p in pins((ROOT / f).read_text())} for f in LOCKS)
    assert {name: develop.get(name) for name in run} == run


def test_the_locks_hold_what_the_project_asks_for():
    text = (ROOT / "pyproject.toml").read_text()
    asked = set(re.findall(r'^ {4}"([A-Za-z0-9_.-]+)[\[>=<"]', text.split("[project.scripts]")[0], re.M))
    locked = {Requirement(pin.split(" --hash")[0]).name for pin in pins((ROOT / "requirements-dev.txt").read_text())}
    assert len(asked) > 10
    assert {name.lower() for name in asked} <= locked


def test_a_pin_without_a_hash_would_be_found():
    assert without_hash("a==1 \\\n    --hash=sha256:" + "0" * 64 + "\nb==2\n") == ["b==2"]
    assert without_hash("a>=1") == ["a>=1"]


@pytest.mark.parametrize("line", ["--index-url x", "-i x", "a @ file:///x", "a==1 # from ftp://x"])
def test_an_address_would_be_found(line):
    assert ADDRESS.search(f"a==1\n{line}\n")


@pytest.mark.parametrize(
    ("pin", "is_old"), [("h11==0.15.9", True), ("h11==0.16.0", False), ("Jinja2==3.1.5 ; x", True)]
)
def test_an_old_version_would_be_found(pin, is_old):
    assert bool(below_floor(pin.replace("; x", "; python_version > '3'"))) is is_old


def _pinned(requirement: Requirement) -> Version:
    return Version(next(iter(requirement.specifier)).version)
