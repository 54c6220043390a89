"""The documents tell the truth: README's tree, README's settings, and what `make` lists."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.house.reading import ROOT, name, project_files

TARGETS = ("setup", "run", "test", "check", "fix", "lock", "openapi", "pages", "bench", "soak")
STEPS_OF_OTHERS = {"lint", "chromium"}
# Files that a tool wants and a reader does not.
UNTOLD = {".gitignore", ".dockerignore", ".gitattributes", ".python-version", ".npmrc", "__init__.py", "py.typed"}
PLACEHOLDER = re.compile(r"<[^>]*>|…")
# A word with a dot or a slash in it, but for the full stop that ends a sentence.
IN_THE_TREE = re.compile(r"(?!.*\.$)[\w.-]*(?:[./<>…][\w.<>…-]*)+|Makefile|Dockerfile|LICENSE")


def tree_of(readme: str) -> str:
    """The first fenced block below the heading that says "tree"."""
    found = re.search(r"^#+ [^\n]*\btree\b.*?^```\w*\n(.*?)^```", readme, re.S | re.M | re.I)
    assert found, "README.md needs a heading with the word tree, and below it the tree in a fenced block"
    return found.group(1)


def paths_in(tree: str) -> list[str]:
    """The paths a drawn tree names, as globs from the root.

    A line begins with one or more paths and goes on in words. An indented line lies in the nearest folder above that
    is indented less. A folder may list what is in it on its own line: `tests/  rules/ service/`.
    """
    paths: list[str] = []
    folders: list[tuple[int, str]] = []  # how deep each line that opened a folder stands, and the folder
    for line in tree.splitlines():
        words = line.split()
        if not words or not IN_THE_TREE.fullmatch(words[0]):
            continue
        depth = len(line) - len(line.lstrip())
        folders = [one for one in folders if one[0] < depth]
        base = folders[-1][1] if folders else ""
        named = [word for word in _leading(words) if word]
        inside = base + named[0] if named[0].endswith("/") else None
        if inside:
            folders.append((depth, inside))
        paths.append(base + named[0])
        for word in named[1:]:
            beside = inside is None or ((ROOT / (base + word)).exists() and not (ROOT / (inside + word)).exists())
            paths.append((base if beside else inside) + word)
    return [PLACEHOLDER.sub("*", path) for path in paths]


def missing(tree: str) -> list[str]:
    return [path for path in paths_in(tree) if not any(ROOT.glob(path.rstrip("/")))]


def to_be_named() -> list[str]:
    """What the tree owes the reader: the top of the repository, and the top of rules/ and of service/."""
    owed = set()
    for path in map(name, project_files()):
        parts = path.split("/")
        if parts[-1] in UNTOLD and len(parts) <= 2:
            continue
        owed.add(parts[0])
        if parts[0] in ("rules", "service") and len(parts) > 1:
            owed.add("/".join(parts[:2]))
    return sorted(owed)


def settings_in(readme: str) -> set[str]:
    """The names in the first column of README's table of settings."""
    section = re.search(r"^(#+) [^\n]*\bSettings\b[^\n]*$(.*?)(?=^\1 |\Z)", readme, re.S | re.M)
    assert section, "README.md needs a heading with the word Settings, and below it their table"
    return set(re.findall(r"^\| *`(TIMESCALES_[A-Z0-9_]+)`", section.group(2), re.M))


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_everything_in_the_readmes_tree_exists(readme):
    assert missing(tree_of(readme)) == []


def test_the_readmes_tree_names_every_room(readme):
    told = {path.rstrip("/") for path in paths_in(tree_of(readme))}
    told |= {"/".join(path.split("/")[:depth]) for path in told for depth in (1, 2)}
    assert [path for path in to_be_named() if path not in told] == []


def test_every_setting_is_documented_and_nothing_else(readme):
    from service.settings import Settings

    prefix = Settings.model_config.get("env_prefix", "")
    assert prefix.upper() == "TIMESCALES_"
    assert settings_in(readme) == {f"{prefix}{field}".upper() for field in Settings.model_fields}


def test_make_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M)) - STEPS_OF_OTHERS
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make (\w+) ", listed, re.M)) == targets
    assert set(TARGETS) <= targets


def test_each_path_of_a_tree_is_read():
    drawn = (
        "README.md     what it is\n"
        "pyproject.toml  Dockerfile  .ci/run\n"
        "\n"
        "rules/        PURE. Given a history.\n"
        "  model.py      the nouns, frozen\n"
        "  packs/england/<area>/<timescale>.toml   one file\n"
        "  calendars/    bank holidays\n"
        "    england.toml  source\n"
        "service/      I/O.\n"
        "  app.py clock.py\n"
        "tests/        house/ stories/\n"
    )
    assert paths_in(drawn) == [
        *("README.md", "pyproject.toml", "Dockerfile", ".ci/run", "rules/", "rules/model.py"),
        *("rules/packs/england/*/*.toml", "rules/calendars/", "rules/calendars/england.toml"),
        *("service/", "service/app.py", "service/clock.py", "tests/", "tests/house/", "tests/stories/"),
    ]


def test_a_path_that_does_not_exist_would_be_found():
    assert missing("Makefile\nrules/\n  no_such_file.py   says\n") == ["rules/no_such_file.py"]


def test_the_table_of_settings_is_read():
    readme = (
        "# A\n## Settings\n\n| name | is |\n|---|---|\n| `TIMESCALES_PORT` | 8000 |\n## Next\n| `TIMESCALES_X` | no |\n"
    )
    assert settings_in(readme) == {"TIMESCALES_PORT"}


def _leading(words: list[str]) -> list[str]:
    """The words before the first that is no path: the rest of the line is prose."""
    for number, word in enumerate(words):
        if not IN_THE_TREE.fullmatch(word):
            return words[:number]
    return words
