"""The import rules that neither import-linter nor ruff can hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.reading import functions, in_all, python_files

OURS = {"rules", "service"}
PATCHERS = {"setattr", "delattr", "setitem", "patch", "object", "multiple", "dict"}


def pydantic_imports(source: str) -> list[str]:
    return [
        f"{line} imports {module}"
        for line, module in _imported(ast.parse(source))
        if module.split(".")[0].startswith("pydantic")
    ]


def imports_inside_functions(source: str) -> list[str]:
    return [
        f"{line} imports {module} inside {function.name}"
        for function in functions(ast.parse(source))
        for line, module in _imported(function)
    ]


def patches_of_our_own(source: str) -> list[str]:
    """Calls that replace something of ours: `monkeypatch.setattr("service…")`, `mock.patch.object(flow, …)`, …"""
    tree = ast.parse(source)
    ours = _names_bound_to_ours(tree)
    return [
        f"{node.lineno} patches {ast.unparse(node.args[0])}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and _called(node) in PATCHERS and _is_ours(node.args[0], ours)
    ]


def test_within_rules_only_the_loading_knows_pydantic():
    files = [path for path in python_files("rules") if path.name not in ("load.py", "shapes.py")]
    assert in_all(files, pydantic_imports) == []


def test_no_import_hides_inside_a_function():
    assert in_all(python_files("rules", "service"), imports_inside_functions) == []


def test_no_test_patches_a_function_of_our_own():
    assert in_all(python_files("tests"), patches_of_our_own) == []


@pytest.mark.parametrize(
    "source", ["import pydantic", "from pydantic.dataclasses import dataclass", "import pydantic_core"]
)
def test_pydantic_would_be_found(source):
    assert pydantic_imports(source)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    import os",
        "async def f():\n    if True:\n        from service import flow",
        "class A:\n  def f(self):\n    import os",
    ],
)
def test_a_hidden_import_would_be_found(source):
    assert imports_inside_functions(source)


def test_an_import_for_types_at_the_top_is_not_hidden():
    assert imports_inside_functions("if TYPE_CHECKING:\n    from service import flow") == []


@pytest.mark.parametrize(
    "source",
    [
        "def test(monkeypatch):\n    monkeypatch.setattr('service.flow.receive', None)",
        "from service import flow\ndef test(monkeypatch):\n    monkeypatch.setattr(flow, 'receive', None)",
        "import service.flow\nfrom unittest import mock\nmock.patch.object(service.flow, 'receive')",
        "from unittest.mock import patch\nwith patch('rules.evaluate'): pass",
        "from rules import evaluate as e\nfrom unittest.mock import patch\n@patch.object(e, 'x')\ndef test(): pass",
    ],
)
def test_a_patch_of_our_own_would_be_found(source):
    assert patches_of_our_own(source)


def test_patching_what_is_not_ours_is_allowed():
    assert patches_of_our_own("import os\ndef test(monkeypatch):\n    monkeypatch.setattr(os, 'sync', None)") == []


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def _names_bound_to_ours(tree: ast.AST) -> set[str]:
    bound = set(OURS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            bound.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            bound.update(alias.asname for alias in node.names if alias.asname and alias.name.split(".")[0] in OURS)
    return bound


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_ours(target: ast.expr, ours: set[str]) -> bool:
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return target.value.split(".")[0] in OURS and "." in target.value
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in ours
