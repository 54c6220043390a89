"""The return as XML → the same rows as its CSV files give."""

from __future__ import annotations

from service.feeds.facts import CannotRead
from service.feeds.markup import EXPORT_AGAIN, Markup
from service.feeds.ssda903.layout import (
    BOUNDS,
    HEADER,
    MODULES,
    OTHER_RETURNS,
    XML_CHILD,
    XML_GROUPS,
    XML_ROOTS,
    XML_WITHIN_HEADER,
    heading,
)
from service.feeds.tabular import Line


def read_markup(content: bytes) -> dict[str, list[Line]]:
    """The rows of every module. Raises ``CannotRead`` where it is another return, no XML, or cut short."""
    reader = _Reader()
    reader.parse(content, is_last=False)
    reader.parse(b"", is_last=True)
    if not reader.modules[HEADER]:
        raise CannotRead("the file holds no child", fix=EXPORT_AGAIN)
    return reader.modules


class _Reader(Markup):
    """Collects a child's groups, and gives each its child's reference when the child ends."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict[str, list[Line]] = {name: [] for name in MODULES}
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._depth = self._count = 0
        self._text: list[str] = []
        self._groups: list[tuple[str, int, dict[str, str]]] = []
        self._open: list[tuple[str, int, dict[str, str]]] = []

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        name, self._depth = tag.upper(), self._depth + 1
        if self._depth == 1 and name not in XML_ROOTS:
            command = OTHER_RETURNS.get(name)
            fix = f"import it with: {command}" if command else "send the looked-after return (SSDA903)"
            raise self.beyond("this is no looked-after return", fix=fix)
        if self._depth > BOUNDS.depth:
            raise self.beyond("elements lie deeper inside one another than in any return")
        self._text = []
        if name in XML_GROUPS:
            self._open.append((XML_GROUPS[name], self.parser.CurrentLineNumber, {}))

    def _characters(self, text: str) -> None:
        self._text.append(text)
        if len(self._text) > BOUNDS.cell_characters or len(text) > BOUNDS.cell_characters:
            raise self.beyond("a text is longer than any in a return")

    def _end(self, tag: str) -> None:
        name, self._depth = tag.upper(), self._depth - 1
        if name in XML_GROUPS:
            self._groups.append(self._open.pop())
        elif name == XML_CHILD:
            self._child()
        elif self._open:
            self._open[-1][2].setdefault(heading(name), "".join(self._text).strip())
        self._text = []

    def _child(self) -> None:
        header = next((cells for module, _line, cells in self._groups if module == HEADER), {})
        line = next((line for module, line, _cells in self._groups if module == HEADER), 0)
        within = [(name, line, header) for name, column in XML_WITHIN_HEADER.items() if header.get(column)]
        for module, at, cells in [*self._groups, *within]:
            said = {**cells, "CHILD": header.get("CHILD", "")}
            self.modules[module].append(Line(at, said))
            self._count += 1
        self._groups = []
        if self._count > BOUNDS.rows:
            raise CannotRead(f"the file has more than {BOUNDS.rows:,} rows", fix=EXPORT_AGAIN)
