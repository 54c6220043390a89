"""Where each key of a TOML text stands, so that a refusal can name the line. Reads only text that tomllib accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[\s,]|#[^\n]*)*")
_GAP = re.compile(r"[ \t]*")
_KEY = re.compile(r'[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|\'[^\']*\'')
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_BARE = re.compile(r"[^,\]}#\n]*")


def line_of(text: str, path: tuple[object, ...]) -> int:
    """The line of a key, or of the nearest table above it where it is missing. A path has keys and positions."""
    lines = _Scan(text).lines
    steps = tuple(step for step in path if isinstance(step, str | int))
    while steps and steps not in lines:
        steps = steps[:-1]
    return lines.get(steps, 1)


class _Scan:
    """One reading of a text from its first character to its last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}
        table: Path = ()
        while not self._is_over():
            if text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _is_over(self) -> bool:
        self._skip(_BLANK)
        return self.at >= len(self.text)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found.group()

    def _header(self) -> Path:
        is_array = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 1 + is_array
        path = self._within(self._keys())
        self.at += 1 + is_array
        if is_array:
            path = (*path, self._next(path))
        self._mark(path, start)
        return path

    def _within(self, keys: Path) -> Path:
        """The path of a header: each array of tables that it passes through is meant at its latest."""
        path: Path = ()
        for key in keys[:-1]:
            path = (*path, key)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return (*path, keys[-1])

    def _next(self, array: Path) -> int:
        self.lengths[array] = self.lengths.get(array, 0) + 1
        return self.lengths[array] - 1

    def _keys(self) -> Path:
        """A dotted key."""
        keys = []
        while True:
            self._skip(_GAP)
            keys.append(self._skip(_KEY).strip("\"'"))
            self._skip(_GAP)
            if self.text[self.at] != ".":
                return tuple(keys)
            self.at += 1

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys())
        self._mark(path, start)
        self.at += 1  # the sign between key and value
        self._skip(_GAP)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            self._skip(_STRING)
        elif opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_BARE)

    def _array(self, path: Path) -> None:
        self.at += 1
        nth = 0
        while not self._is_over() and self.text[self.at] != "]":
            self._mark((*path, nth), self.at)
            self._value((*path, nth))
            nth += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while not self._is_over() and self.text[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _mark(self, path: Path, start: int) -> None:
        line = self.text.count("\n", 0, start) + 1
        for depth in range(1, len(path) + 1):
            self.lines.setdefault(path[:depth], line)


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of every key there is."""
    return _Scan(text).lines
