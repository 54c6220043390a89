"""Statements made once and run often, straight on the driver's cursor.

Building a statement, looking up its compiled form and wrapping its result cost several times what the database takes
for one row. So what every event runs is compiled once, by SQLAlchemy, for each database and for a few lengths of its
list, if it has one (a shorter list repeats its last value); types are converted as SQLAlchemy would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, Dialect, Executable, bindparam
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from service.store.tables import Moment

_LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 400)
MOST = _LENGTHS[-1]

Item = TypeVar("Item")
_Converter = Callable[[Any], Any]


class _Form(NamedTuple):
    """A statement in the words of one database."""

    sql: str
    places: tuple[tuple[str, _Converter | None], ...]
    is_positional: bool
    from_driver: tuple[tuple[int, _Converter], ...]


class Prepared:
    """A statement compiled once for each database. ``keys`` names the columns that an insert or update is given."""

    __slots__ = ("_forms", "_keys", "_make")

    def __init__(self, make: Callable[[str], Executable] | Executable, *, keys: Sequence[str] | None = None) -> None:
        self._make = make
        self._keys = keys
        self._forms: dict[str, _Form] = {}

    def rows(self, db: Connection, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """Runs it and gives every row, with Python's own dates and moments."""
        form = self._form(db)
        cursor = _cursor(db)
        try:
            cursor.execute(form.sql, _given(form, values))
            rows: list[Sequence[Any]] = cursor.fetchall()
        finally:
            cursor.close()
        return _converted(rows, form.from_driver) if form.from_driver and rows else rows

    def run(self, db: Connection, many: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each set of values."""
        form = self._form(db)
        cursor = _cursor(db)
        try:
            if len(many) == 1:
                cursor.execute(form.sql, _given(form, many[0]))
            else:
                cursor.executemany(form.sql, _given_many(form, many))
        finally:
            cursor.close()

    def _form(self, db: Connection) -> _Form:
        form = self._forms.get(db.dialect.name)
        if form is None:
            statement = self._make(db.dialect.name) if callable(self._make) else self._make
            form = self._forms[db.dialect.name] = _form(statement, db.dialect, self._keys)
        return form


def by_length(make: Callable[[int], Executable]) -> Callable[[int], Prepared]:
    """Keeps a statement for each list length that is asked for."""
    kept = lru_cache(maxsize=None)(lambda length: Prepared(make(length)))
    return lambda count: kept(next(length for length in _LENGTHS if length >= count))


def one_of(column: ColumnElement[Any], length: int, name: str = "value") -> ColumnElement[bool]:
    """``column IN (…)`` with one parameter a place: ``name_0`` to ``name_<length - 1>``."""
    places: list[BindParameter[Any]] = [bindparam(f"{name}_{nth}", type_=column.type) for nth in range(length)]
    return column.in_(places)


def filled(values: Sequence[object], name: str = "value") -> dict[str, object]:
    """The values for the places of a statement of fitting length, the last one repeated."""
    if len(values) == 1:
        return {f"{name}_0": values[0]}
    length = next(length for length in _LENGTHS if length >= len(values))
    padded = [*values, *[values[-1]] * (length - len(values))]
    return {f"{name}_{nth}": value for nth, value in enumerate(padded)}


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in lists short enough for one statement."""
    for start in range(0, len(items), MOST):
        yield items[start : start + MOST]


def _cursor(db: Connection) -> Any:
    return db.connection.cursor()


def _form(statement: Executable, dialect: Dialect, keys: Sequence[str] | None) -> _Form:
    compiled = statement.compile(dialect=dialect, column_keys=keys)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    to_driver = {name: _to_driver(bind, dialect) for name, bind in binds.items()}
    from_driver = [
        (nth, converter)
        for nth, column in enumerate(compiled._result_columns)
        if (converter := _from_driver(column.type, dialect)) is not None
    ]
    places = tuple((name, to_driver[name]) for name in compiled.positiontup or binds)
    return _Form(str(compiled), places, compiled.positional, tuple(from_driver))


def _to_driver(bind: BindParameter[Any], dialect: Dialect) -> _Converter | None:
    converter: _Converter | None = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if converter is not None and dialect.name == "sqlite":
        converter = _SQLITE.get(type(bind.type), converter)
    if bind.required or bind.value is None:
        return converter
    constant = converter(bind.value) if converter else bind.value
    return lambda _given: constant


def _iso_day(on: date | None) -> str | None:
    return on.isoformat() if on is not None else None


@lru_cache(maxsize=4_096)
def _iso_moment(at: datetime | None) -> str | None:
    """Kept, because a batch writes the moment it came in with every row."""
    if at is not None and at.tzinfo is None:
        raise ValueError("a moment must say its offset")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") if at is not None else None


def _moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What SQLAlchemy writes for SQLite, letter by letter, in a quarter of the time; and what it reads.
_SQLITE: Mapping[type, _Converter] = {Date: _iso_day, Moment: _iso_moment}
_FROM_SQLITE: Mapping[type, _Converter] = {Date: date.fromisoformat, Moment: _moment_of}


def _from_driver(type: TypeEngine[Any], dialect: Dialect) -> _Converter | None:
    converter: _Converter | None = type.dialect_impl(dialect).result_processor(dialect, None)
    if converter is not None and dialect.name == "sqlite":
        return _FROM_SQLITE.get(type.__class__, converter)
    return converter


def _given(form: _Form, values: Mapping[str, Any]) -> Any:
    if form.is_positional:
        return [convert(values.get(name)) if convert else values[name] for name, convert in form.places]
    return {name: convert(values.get(name)) if convert else values[name] for name, convert in form.places}


def _given_many(form: _Form, many: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """A column at a time, where every value is given: a row at a time takes twice as long."""
    names = [name for name, _convert in form.places]
    if not form.is_positional or len(names) < 2 or not all(name in many[0] for name in names):
        return [_given(form, values) for values in many]
    columns: list[Any] = list(zip(*map(itemgetter(*names), many), strict=True))
    for nth, (_name, convert) in enumerate(form.places):
        if convert:
            columns[nth] = list(map(convert, columns[nth]))
    return list(zip(*columns, strict=True))


def _converted(rows: Sequence[Sequence[Any]], converters: Sequence[tuple[int, _Converter]]) -> list[Sequence[Any]]:
    """A column at a time: a row at a time takes three times as long."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for nth, convert in converters:
        columns[nth] = [None if value is None else convert(value) for value in columns[nth]]
    return list(zip(*columns, strict=True))
