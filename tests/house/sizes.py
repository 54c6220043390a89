"""Where to stop and look: prints what is larger than house style likes. Advice, never a failure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from tests.house.reading import functions, name, python_files

LINES, STATEMENTS, FILES, POSITIONAL = 250, 30, 12, 4


def report() -> list[str]:
    """One line per file, function and folder past its size, the furthest past first."""
    files = python_files("rules", "service", "tests")
    found = [one for path in files for one in _sizes(name(path), path.read_text())]
    folders = Counter(name(path.parent) for path in files)
    found += [(count / FILES, f"{folder}/: {count} files") for folder, count in folders.items()]
    return [line for share, line in sorted(found, reverse=True) if share > 1]


def _sizes(path: str, source: str) -> Iterator[tuple[float, str]]:
    lines = source.count("\n")
    yield lines / LINES, f"{path}: {lines} lines"
    for function in functions(ast.parse(source)):
        where = f"{path}:{function.lineno} {function.name}"
        statements = sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
        positional = sum(one.arg not in ("self", "cls") for one in function.args.posonlyargs + function.args.args)
        yield statements / STATEMENTS, f"{where}: {statements} statements"
        if not path.startswith("tests/"):  # a test's parameters are its fixtures
            yield positional / POSITIONAL, f"{where}: {positional} positional parameters"


if __name__ == "__main__":
    print("\n".join(report()) or "Nothing is large.")
