"""The one strict front door: bytes in, an event or a clear refusal out.

Whatever is sent, nothing here raises, nothing repeats a value that was sent, and nothing unknown is let by in silence.
"""

from service.door.body import Line, LineSplitter, read_batch, read_event, read_line, read_lines
from service.door.bounds import BOUNDS
from service.door.event import content_of, read_document
from service.door.media import kind_of
from service.door.refusal import TITLES, Refusal
from service.door.schema import json_schema

__all__ = [
    "BOUNDS",
    "TITLES",
    "Line",
    "LineSplitter",
    "Refusal",
    "content_of",
    "json_schema",
    "kind_of",
    "read_batch",
    "read_document",
    "read_event",
    "read_line",
    "read_lines",
]
