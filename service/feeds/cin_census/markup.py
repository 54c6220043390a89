"""XML as a stream of whole elements, a child at a time.

Size, depth and length have bounds (layout.toml), so memory does not grow with the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from service.feeds.cin_census.layout import BOUNDS, NAMES
from service.feeds.facts import CannotRead
from service.feeds.markup import EXPORT_AGAIN, Markup

_CHUNK = 1 << 16
_WHOLE = frozenset(("Header", "Child"))
_PLACES = frozenset(("Children",))


class Element:
    """An element with its line. ``name`` is as the schemas spell it; ``text`` is what stands directly in a leaf."""

    __slots__ = ("children", "line", "name", "parts")

    def __init__(self, name: str, line: int) -> None:
        self.name, self.line = name, line
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()

    def every(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        return next(self.every(name), None)

    def said(self, name: str) -> str:
        """The text of the first child of that name; empty where there is none."""
        found = self.first(name)
        return found.text if found else ""


def elements(path: Path) -> Generator[Element, None, None]:
    """The root (empty), then each header and child whole, and whatever else stands beside them (empty).

    Raises ``CannotRead`` at the place where the file is not XML, is cut short, or is more than a return can be.
    """
    if (size := path.stat().st_size) > BOUNDS.file_bytes:
        raise CannotRead(
            f"the file is larger than any return ({size:,} bytes; at most {BOUNDS.file_bytes:,} are read)",
            fix="check that it is the census file; a return of several years is sent year by year",
        )
    with path.open("rb") as file:
        yield from _Reading().read(file)


class _Reading(Markup):
    """One pass over one file: expat calls in, finished elements come out."""

    def __init__(self) -> None:
        super().__init__()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.depth = 0
        self.whole: list[Element] = []
        self.outer: list[str] = []
        self.ready: deque[Element] = deque()
        self.run = self.count = self.characters = 0

    def read(self, file: BinaryIO) -> Iterator[Element]:
        fed = 0
        while data := file.read(_CHUNK):
            if not fed:
                _look_at(data)
            self.parse(data, is_last=False)
            fed += len(data)
            yield from self._finished()
            if fed - self.parser.CurrentByteIndex > BOUNDS.token_bytes:
                raise self.beyond("a tag or a comment is longer than any that a return has")
        if not fed:
            raise CannotRead("the file is empty", fix=EXPORT_AGAIN)
        self.parse(b"", is_last=True)
        yield from self._finished()

    def _finished(self) -> Iterator[Element]:
        while self.ready:
            yield self.ready.popleft()

    def _start(self, written: str, _attributes: object) -> None:
        self.run, self.depth = 0, self.depth + 1
        if self.depth > BOUNDS.depth:
            raise self.beyond("elements lie deeper inside one another than in any return")
        local = written.rpartition(":")[2]
        element = Element(NAMES.get(local.lower(), local), self.parser.CurrentLineNumber)
        if self.whole:
            self.count += 1
            if self.count > BOUNDS.child_elements:
                raise self.beyond("one child has more elements than any case can have")
            self.whole[-1].children.append(element)
            self.whole.append(element)
        elif element.name in _WHOLE and self.outer:
            self.whole, self.count, self.characters = [element], 0, 0
        else:
            # The root, and what stands where a child should stand; of the latter, only that it is there.
            if self.depth == 1 or (element.name not in _PLACES and self._is_among_children()):
                self.ready.append(element)
            self.outer.append(element.name)

    def _is_among_children(self) -> bool:
        return len(self.outer) == 1 or (len(self.outer) == 2 and self.outer[1] in _PLACES)

    def _end(self, _written: str) -> None:
        self.run, self.depth = 0, self.depth - 1
        if not self.whole:
            self.outer.pop()
        elif len(self.whole) == 1:
            self.ready.append(self.whole.pop())
        else:
            self.whole.pop()

    def _text(self, text: str) -> None:
        self.run += len(text)
        if self.run > BOUNDS.text_characters:
            raise self.beyond("a text, or the space between two tags, is longer than any that a return has")
        if self.whole:
            self.characters += len(text)
            if self.characters > BOUNDS.child_characters:
                raise self.beyond("one child has more text than any case can have")
            self.whole[-1].parts.append(text)


def _look_at(beginning: bytes) -> None:
    """Says what a file is that is plainly something else."""
    if beginning.startswith(b"PK"):
        fix = "unpack it, or, for Ofsted's Annex A, use: timescales import annex-a FILE"
        raise CannotRead("this is a workbook or a zip archive, not XML", line=1, fix=fix)
    plain = beginning[:256].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    if not plain.removeprefix(b"\xfe\xff").lstrip().startswith(b"<"):
        raise CannotRead("this is not XML: it does not begin with <", line=1, fix=EXPORT_AGAIN)
