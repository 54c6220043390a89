"""Small made-up census files. Every child in them is invented here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from service import clock
from service.feeds.cin_census import open_return
from service.feeds.facts import Fact, Return, Row, Trouble

TODAY = datetime(2027, 6, 1, 9, tzinfo=UTC)
HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>2027</Year>"
    "<ReferenceDate>2027-03-31</ReferenceDate></CollectionDetails>"
    "<Source><SourceLevel>L</SourceLevel><LEA>999</LEA></Source></Header>"
)


def leaf(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{text}</{name}>"


def module(name: str, *inside: str, **columns: str) -> str:
    """An element with its columns as leaves, and whatever else stands in it."""
    leaves = "".join(leaf(column, text) for column, text in columns.items())
    return f"\n<{name}>{leaves}{''.join(inside)}</{name}>"


def child(*inside: str, id: str | None = "X-1", born: str | None = "2015-05-05", **columns: str) -> str:
    said = {"LAchildID": id, "PersonBirthDate": born, **columns}
    leaves = "".join(leaf(column, text) for column, text in said.items())
    return f"<Child><ChildIdentifiers>{leaves}</ChildIdentifiers>{''.join(inside)}</Child>"


def referral(*inside: str, on: str | None = "2026-05-01", **columns: str) -> str:
    return module("CINdetails", leaf("CINreferralDate", on), *inside, **columns)


def census(*children: str, header: str = HEADER) -> str:
    return f"<Message>\n{header}\n<Children>\n" + "\n".join(children) + "\n</Children>\n</Message>\n"


@contextmanager
def on_that_day() -> Iterator[None]:
    with clock.substitute(lambda: TODAY):
        yield


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "census.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(folder: Path, content: str | bytes) -> Return:
    with on_that_day():
        return open_return(written(folder, content))


def rows_of(folder: Path, content: str | bytes) -> list[Row]:
    with on_that_day():
        return list(open_return(written(folder, content)).rows)


def facts_of(rows: list[Row]) -> list[Fact]:
    return [fact for row in rows for fact in row.facts]


def troubles_of(rows: list[Row]) -> list[Trouble]:
    return [trouble for row in rows for trouble in row.troubles]


def said(rows: list[Row]) -> list[tuple[str, str]]:
    """Every fact, as (type, day), in the order of the rows."""
    return [(fact.type, str(fact.happened_on)) for fact in facts_of(rows)]


def types(rows: list[Row]) -> set[str]:
    return {fact.type for fact in facts_of(rows)}


def found(rows: list[Row]) -> set[str]:
    """Every trouble by its column and what is wrong with it."""
    return {trouble.fact_id.rpartition("/problem/")[2] for trouble in troubles_of(rows)}
