"""What may not stand in code: a year, an authority's name, a second clock, or the path of one machine."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.reading import ROOT, in_all, name, project_files, python_files, without_docstrings

YEAR = re.compile(r"\b(19|20)\d\d\b")
# Which authority it is, is a setting and a folder of packs. Some neighbours too: the next pilot must find no trace.
AUTHORITIES = {"southend", "essex", "thurrock", "kent", "medway", "suffolk", "havering", "leeds", "camden"}
NO_AUTHORITY = {"england", "demonstration"}
MODULES_OF_TIME = {"datetime", "date", "time", "dt", "func"}
ASKS_THE_TIME = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime", "current_timestamp"}
# A pattern, so that this file does not contain what it forbids.
ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users|private)/\w|[A-Z]:\\\\?Users")
LOOKS_LIKE_TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".ini",
    ".mako",
    ".j2",
    ".html",
    ".css",
    ".yml",
    ".yaml",
    ".json",
    ".sh",
    "",
}


def years(source: str) -> list[str]:
    """Years in code. A size is told from a year by the way it is written: 2_000."""
    found = []
    for node in ast.walk(without_docstrings(ast.parse(source))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes | int):
            written = node.value if isinstance(node.value, str) else ast.get_source_segment(source, node) or ""
            found += [f"{node.lineno} has a year: {match.group()}" for match in YEAR.finditer(written)]
    return found


def authorities(source: str) -> list[str]:
    """Names of authorities in names and in strings: a word, or a part of a_longer_name."""
    found = []
    for number, line in enumerate(ast.unparse(without_docstrings(ast.parse(source))).splitlines(), 1):
        words = set(re.split(r"[^a-z]+", line.lower()))
        found += [f"~{number} names an authority: {word}" for word in sorted(words & _known_authorities())]
    return found


def other_clocks(source: str) -> list[str]:
    """Calls, and mere mentions, of what asks the time: datetime.now, date.today, time.time, SQL's own clock."""
    found = []
    for node in ast.walk(without_docstrings(ast.parse(source))):
        if isinstance(node, ast.Attribute) and node.attr in ASKS_THE_TIME and _last_name(node.value) in MODULES_OF_TIME:
            found.append(f"{node.lineno} asks the time: {ast.unparse(node)}")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            asked = ASKS_THE_TIME & {alias.name for alias in node.names}
            found += [f"{node.lineno} asks the time: from time import {one}" for one in sorted(asked)]
        elif isinstance(node, ast.Constant) and re.search(
            r"\b(CURRENT_(TIMESTAMP|DATE|TIME)|now\(\))", str(node.value), re.I
        ):
            found.append(f"{node.lineno} asks the database for the time: {node.value!r}")
    return found


def paths_of_one_machine(source: str) -> list[str]:
    return [
        f"{number} has a path of one machine: {line.strip()[:80]}"
        for number, line in enumerate(source.splitlines(), 1)
        if ONE_MACHINE.search(line)
    ]


def test_no_year_in_code():
    assert in_all(python_files("rules", "service"), years) == []


def test_no_authority_in_code():
    assert in_all(python_files("rules", "service"), authorities) == []


def test_one_clock():
    files = [path for path in python_files("rules", "service", "alembic") if name(path) != "service/clock.py"]
    assert in_all(files, other_clocks) == []


def test_no_path_of_one_machine():
    files = [path for path in project_files() if path.suffix in LOOKS_LIKE_TEXT]
    assert in_all(files, paths_of_one_machine) == []


@pytest.mark.parametrize(
    "source", ["limit = 2024", "first = '2019-04-01'", "f'since {2001}'", "f'since 1989 {x}'", "raise E('before 1999')"]
)
def test_a_year_would_be_found(source):
    assert years(source)


@pytest.mark.parametrize(
    "source",
    ['"""The Children Act 1989."""', "x = 1  # since 2004", "def f():\n    'since 2004'", "size = 2_000", "x = 20245"],
)
def test_an_act_may_be_cited_and_a_size_written(source):
    assert years(source) == []


@pytest.mark.parametrize(
    "source", ["default = 'southend'", "def southend_ladder(): ...", "x = {'Essex': 1}", "f'{a} Kent'"]
)
def test_an_authority_would_be_found(source):
    assert authorities(source)


@pytest.mark.parametrize("source", ["# Southend's own list", "'''As Southend does.'''", "kentledge = 1"])
def test_an_authority_may_be_an_example_in_a_comment(source):
    assert authorities(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.datetime.utcnow()",
        "from datetime import date\nField(default_factory=date.today)",
        "import time\ntime.time()",
        "from time import time",
        "column(server_default=func.now())",
        "text('SELECT CURRENT_TIMESTAMP')",
    ],
)
def test_a_second_clock_would_be_found(source):
    assert other_clocks(source)


@pytest.mark.parametrize("source", ["time.monotonic()", "time.perf_counter()", "clock.now()", "datetime.combine(d, t)"])
def test_measuring_is_not_asking_the_time(source):
    assert other_clocks(source) == []


@pytest.mark.parametrize("folder", ["work", "root", "home", "Users"])
def test_a_path_of_one_machine_would_be_found(folder):
    assert paths_of_one_machine(f"PATH = '/{folder}/someone/project'")


def _known_authorities() -> set[str]:
    folders = (ROOT / "rules" / "packs").glob("*/")
    return AUTHORITIES | {folder.name for folder in folders if folder.is_dir() and folder.name not in NO_AUTHORITY}


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
