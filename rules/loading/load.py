"""Reads packs and calendars once, and refuses what it does not know: file, line, key, reason, fix.

``shapes`` says what each file may hold, by pydantic; ``build`` makes the frozen nouns.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from rules.catalogue import nearest
from rules.errors import PackRefused
from rules.loading.lines import line_of
from rules.loading.shapes import Shape

PACKS = Path(__file__).parent.with_name("packs")
CALENDARS = Path(__file__).parent.with_name("calendars")
BESIDE = tuple(PACKS.with_name(name) for name in ("conventions.toml", "returns.toml"))
"""What decides clocks and stands in no pack: part of the fingerprint, so that a change of it has to be applied too."""


ShapeT = TypeVar("ShapeT", bound=Shape)


def read(file: Path, shape: type[ShapeT]) -> ShapeT:
    """One file in one shape. Raises PackRefused naming file, line, key, reason and fix, for each thing wrong in it."""
    text = file.read_text("utf-8")
    try:
        return shape.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackRefused([_broken(file, text, str(error))]) from None
    except ValidationError as error:
        raise PackRefused([_refusal(file, text, shape, one) for one in _distinct(error.errors())]) from None


def files_of(pack: Path) -> Iterator[Path]:
    """The timescale files of a pack, in order of their names."""
    return iter(sorted(file for file in pack.glob("*/*.toml") if file.parent.name != "calendars"))


def fingerprint_of(files: list[Path]) -> str:
    """One short name for the exact content of these files."""
    digest = sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def refusal(file: Path, path: tuple[object, ...], reason: str) -> str:
    """One line: the file, the line and key in it, the reason and the fix."""
    key = ".".join(str(part) for part in path) or "the file"
    return f"{_where(file)}:{line_of(file.read_text('utf-8'), path)}: {key}: {reason}"


def _broken(file: Path, text: str, words: str) -> str:
    """What tomllib could not read: a duplicate key, a malformed date, a bare word."""
    found = re.search(r"at line (\d+)", words)
    lines = text.splitlines() or [""]
    line = int(found.group(1)) if found else len(lines)
    key = lines[min(line, len(lines)) - 1].partition("=")[0].strip() or "the file"
    return f"{_where(file)}:{line}: {key}: {words}: correct the TOML there (a key may be given once only)"


def _distinct(errors: Sequence[Any]) -> Iterator[tuple[tuple[object, ...], Any]]:
    """One error for each key: where a value may have several shapes, pydantic complains once for each of them."""
    found: dict[tuple[object, ...], Any] = {}
    for error in errors:
        found.setdefault(tuple(part for part in error["loc"] if not _is_union_branch(part)), error)
    for path, error in found.items():
        if not any(len(other) > len(path) and other[: len(path)] == path for other in found):
            yield path, error


def _refusal(file: Path, text: str, shape: type[Shape], error: tuple[tuple[object, ...], Any]) -> str:
    path, details = error
    key = ".".join(str(part) for part in path) or "the file"
    return f"{_where(file)}:{line_of(text, path)}: {key}: {_reason(details, path, shape)}"


def _reason(error: Any, path: tuple[object, ...], shape: type[Shape]) -> str:
    if error["type"] == "extra_forbidden":
        known = _keys_at(shape, path[:-1])
        near = nearest(str(path[-1]), known)
        offer = f"did you mean {near}?" if near else f"there may be {', '.join(known)} here"
        return f"unknown key: remove it, or correct its spelling ({offer})"
    if error["type"] == "missing":
        return "missing: add it (CONTRIBUTING.md says what each key is)"
    return f"{error['msg'].removeprefix('Value error, ')}: correct the value"


def _keys_at(shape: type[Shape], path: tuple[object, ...]) -> dict[str, str]:
    """The keys that a table at this path may have."""
    shapes: list[type[Shape]] = [shape]
    for part in path:
        for known in shapes:
            for name, info in known.model_fields.items():
                if part == (info.alias or name):
                    shapes = list(_shapes_in(info.annotation))
    return {info.alias or name: name for known in shapes for name, info in known.model_fields.items()}


def _shapes_in(annotation: Any) -> Iterator[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes_in(part)


def _is_union_branch(part: object) -> bool:
    """Pydantic names the branch of a union in an error's path; a pack's author never wrote that name."""
    return isinstance(part, str) and ("[" in part or part.endswith("Shape") or part in ("str", "bool", "int", "date"))


def _where(file: Path) -> str:
    parts = file.parts
    return "/".join(parts[parts.index("rules") :] if "rules" in parts else parts[-3:])
