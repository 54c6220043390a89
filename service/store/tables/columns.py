"""What every table is made of: moments in UTC, keys that rise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Integer,
    Table,
    TypeDecorator,
)
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides. SQLite would otherwise hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must say its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")


def serial() -> Any:
    """A primary key that rises with time."""
    return Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))


def moment(*, nullable: bool = False) -> Any:
    """A moment that something happened at."""
    return Field(default=None, sa_column=Column(Moment, nullable=nullable))


METADATA = SQLModel.metadata


def table(row: type[SQLModel]) -> Table:
    """The table behind a row class, for statements that move many rows."""
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found
