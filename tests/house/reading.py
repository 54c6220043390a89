"""What the tests of this folder look at: the project's files, and its Python as syntax rather than as text."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, in the repository: what Git ignores is no part of it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file()))


def python_files(*folders: str) -> list[Path]:
    """The project's Python files below the given folders."""
    return [path for path in project_files() if path.suffix == ".py" and name(path).split("/")[0] in folders]


def name(path: Path) -> str:
    """A path as people say it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def in_all(files: list[Path], finder) -> list[str]:
    """What `finder(source)` finds in each file, as `path:line what`."""
    return [f"{name(path)}:{found}" for path in files for found in finder(path.read_text())]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, however deep."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same code with its docstrings taken out; comments are not in the tree at all."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [one for one in node.body if not _is_bare_string(one)] or [ast.Pass(lineno=1, col_offset=0)]
    return tree


def _is_bare_string(node: ast.stmt) -> bool:
    """A docstring, or the string some write below an attribute to document it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
