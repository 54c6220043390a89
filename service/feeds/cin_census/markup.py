"""XML as a stream of whole elements, a child at a time, read so that no file can do harm.

Document types and entities are refused outright: no return has them, and every XML trick needs one. Size, depth and
length have bounds (layout.toml), so memory does not grow with the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from service.feeds.cin_census.layout import BOUNDS, NAMES, is_encoding_read
from service.feeds.facts import CannotRead

_CHUNK = 1 << 16
_WHOLE = frozenset(("Header", "Child"))
_PLACES = frozenset(("Children",))
_EXPORT_AGAIN = "export the return again from the case system, and send the file as it was exported"


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


class _Reading:
    """One pass over one file: expat calls in, finished elements come out."""

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
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
            self._parse(data, is_last=False)
            fed += len(data)
            yield from self._finished()
            if fed - self.parser.CurrentByteIndex > BOUNDS.token_bytes:
                raise self._beyond("a tag or a comment is longer than any that a return has")
        if not fed:
            raise CannotRead("the file is empty", fix=_EXPORT_AGAIN)
        self._parse(b"", is_last=True)
        yield from self._finished()

    def _finished(self) -> Iterator[Element]:
        while self.ready:
            yield self.ready.popleft()

    def _parse(self, data: bytes, *, is_last: bool) -> None:
        try:
            self.parser.Parse(data, is_last)
        except expat.ExpatError as error:
            if is_last:
                what = "the file ends in the middle: it was cut short, and nothing after this line is known"
                raise CannotRead(what, line=error.lineno, fix=_EXPORT_AGAIN) from None
            what = f"this is not well-formed XML ({expat.ErrorString(error.code)})"
            raise CannotRead(what, line=error.lineno, fix=_EXPORT_AGAIN) from None
        except (LookupError, ValueError):
            raise self._unread_encoding() from None

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and not is_encoding_read(encoding):
            raise self._unread_encoding()

    def _unread_encoding(self) -> CannotRead:
        return self._beyond("the file declares an encoding that is not read here", fix="save the file as UTF-8")

    def _refuse_doctype(self, *_declared: object) -> None:
        raise self._beyond(
            "the file declares a document type or an entity, which no census file does and which can be made to harm",
            fix="ask where the file is from; " + _EXPORT_AGAIN,
        )

    def _start(self, written: str, _attributes: object) -> None:
        self.run, self.depth = 0, self.depth + 1
        if self.depth > BOUNDS.depth:
            raise self._beyond("elements lie deeper inside one another than in any return")
        local = written.rpartition(":")[2]
        element = Element(NAMES.get(local.lower(), local), self.parser.CurrentLineNumber)
        if self.whole:
            self.count += 1
            if self.count > BOUNDS.child_elements:
                raise self._beyond("one child has more elements than any case can have")
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
            raise self._beyond("a text, or the space between two tags, is longer than any that a return has")
        if self.whole:
            self.characters += len(text)
            if self.characters > BOUNDS.child_characters:
                raise self._beyond("one child has more text than any case can have")
            self.whole[-1].parts.append(text)

    def _beyond(self, what: str, *, fix: str = _EXPORT_AGAIN) -> CannotRead:
        return CannotRead(what, line=self.parser.CurrentLineNumber, fix=fix)


def _look_at(beginning: bytes) -> None:
    """Says what a file is that is plainly something else."""
    if beginning.startswith(b"PK"):
        fix = "unpack it, or, for Ofsted's Annex A, use: timescales import annex-a FILE"
        raise CannotRead("this is a workbook or a zip archive, not XML", line=1, fix=fix)
    plain = beginning[:256].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    if not plain.removeprefix(b"\xfe\xff").lstrip().startswith(b"<"):
        raise CannotRead("this is not XML: it does not begin with <", line=1, fix=_EXPORT_AGAIN)
