"""XML, read so that no file can do harm: what its readers share.

Document types and entities are refused outright: no return has them, and every XML trick needs one. So is an encoding
that is not known to be harmless.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.parsers import expat

from service.feeds.facts import CannotRead

EXPORT_AGAIN = "export the return again from the case system, and send the file as it was exported"

ENCODINGS = frozenset(tomllib.loads(Path(__file__).with_name("markup.toml").read_text("utf-8"))["encodings"])


class Markup:
    """One pass over one file. A reader sets the parser's handlers for elements and text."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.EntityDeclHandler = self._refuse_doctype

    def parse(self, data: bytes, *, is_last: bool) -> None:
        """Hands on what stands in the next piece of a file. Raises ``CannotRead`` at the line where it is no XML.

        The last piece is empty: so what is wrong with it can only be that the file ends too early.
        """
        try:
            self.parser.Parse(data, is_last)
        except expat.ExpatError as error:
            what = f"this is not well-formed XML ({expat.ErrorString(error.code)})"
            if is_last:
                what = "the file ends in the middle: it was cut short, and nothing after this line is known"
            raise CannotRead(what, line=error.lineno, fix=EXPORT_AGAIN) from None

    def beyond(self, what: str, *, fix: str = EXPORT_AGAIN) -> CannotRead:
        """Why the file cannot be read any further than the line that is being read."""
        return CannotRead(what, line=self.parser.CurrentLineNumber, fix=fix)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        # Asked here, and not left to the parser: what it raises could not be told from a defect of a handler.
        if encoding and encoding.lower() not in ENCODINGS:
            raise self.beyond("the file declares an encoding that is not read here", fix="save the file as UTF-8")

    def _refuse_doctype(self, *_declared: object) -> None:
        raise self.beyond(
            "the file declares a document type or an entity, which no return does and which can be made to harm",
            fix=f"ask where the file is from; {EXPORT_AGAIN}",
        )
