"""Bodies: one event, an array of events, or lines of NDJSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from rules.model import Event
from service.door.bounds import BOUNDS
from service.door.event import read_document
from service.door.refusal import Refusal, TurnedAway, refusal
from service.door.strict import decode, items, parse

# What makes an array no JSON at all: cut apart by its brackets, its items may not be what the sender meant.
_SPOILS_THE_WHOLE = frozenset(("not-json", "not-utf-8"))
_BYTE_ORDER_MARK_OR_SPACE = b"\xef\xbb\xbf \t\r"


class Line(NamedTuple):
    """A line of a file, from 1. ``body`` is None where it was longer than an event may be: nobody kept it."""

    number: int
    body: bytes | None


class LineSplitter:
    """Cuts chunks, however they fall, into lines; blank ones are counted and left out. Holds one event at most."""

    def __init__(self) -> None:
        self.number = 0
        """How many lines have ended."""
        self._pieces: list[bytes] = []
        self._length = 0

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that end in this chunk."""
        *ended, rest = chunk.split(b"\n")
        lines = []
        for piece in ended:
            self._keep(piece)
            lines += self._end()
        self._keep(rest)
        return lines

    def finish(self) -> list[Line]:
        """The last line, if the file did not end with the end of one."""
        return self._end() if self._length else []

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if piece and self._length <= BOUNDS.event_bytes:
            self._pieces.append(piece)

    def _end(self) -> list[Line]:
        self.number += 1
        body = b"".join(self._pieces) if self._length <= BOUNDS.event_bytes else None
        self._pieces.clear()
        self._length = 0
        is_blank = body is not None and not body.strip(_BYTE_ORDER_MARK_OR_SPACE)
        return [] if is_blank else [Line(self.number, body)]


def read_event(body: bytes, *, now: datetime) -> Event | Refusal:
    """The one event that a body is. ``now`` is aware, and becomes the event's ``received_at``."""
    if len(body) > BOUNDS.event_bytes:
        return TOO_LARGE
    try:
        document = parse(decode(body))
    except TurnedAway as turned_away:
        return turned_away.refusal
    return read_document(document, now=now)


def read_batch(body: bytes, *, now: datetime) -> list[Event | Refusal] | Refusal:
    """Each item of an array, by itself; or one refusal, where the body is no array or too much of one."""
    if len(body) > BOUNDS.batch_bytes:
        return refusal("too-large", f"an array has at most {BOUNDS.batch_bytes:,} bytes", fix=_SPLIT)
    read: list[Event | Refusal] = []
    try:
        for nth, item in enumerate(items(body)):
            if nth == BOUNDS.batch_events:
                return refusal("too-large", f"an array has at most {BOUNDS.batch_events:,} events", fix=_SPLIT)
            one = read_event(item, now=now)
            if isinstance(one, Refusal):
                one = one.below(f"/{nth}")
                if one.type in _SPOILS_THE_WHOLE:
                    return one
            read.append(one)
    except TurnedAway as turned_away:
        return turned_away.refusal
    return read


def read_line(line: Line, *, now: datetime) -> Event | Refusal:
    """The event that a line is."""
    return TOO_LARGE if line.body is None else read_event(line.body, now=now)


def read_lines(chunks: Iterable[bytes], *, now: datetime) -> Iterator[tuple[int, Event | Refusal]]:
    """Each line that is not blank, with its number from 1, in constant memory.

    ``chunks`` are the file's bytes in order, cut anywhere: ``iter(partial(file.read, 65_536), b"")`` rather than the
    file itself, which would read a line without end into memory.
    """
    splitter = LineSplitter()
    for chunk in chunks:
        for line in splitter.feed(chunk):
            yield line.number, read_line(line, now=now)
    for line in splitter.finish():
        yield line.number, read_line(line, now=now)


_SPLIT = "send several smaller arrays, or NDJSON, which has no end"
TOO_LARGE = refusal(
    "too-large",
    f"one event has at most {BOUNDS.event_bytes:,} bytes",
    fix="send what the catalogue asks for, and no documents",
)
