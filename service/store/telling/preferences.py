"""What readers have turned off, of what may be: warnings before a date, and the weekly mail with nothing to say."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select, update

from service.store.tables import PreferenceRow, table

WARNINGS, WEEKLY = "warnings", "weekly"
MAY_BE_TURNED_OFF = (WARNINGS, WEEKLY)
"""A breach, an escalation and a correction may not be."""
_TOKEN_BYTES = 32

_PREFERENCE = table(PreferenceRow)


def turned_off(db: Connection) -> dict[str, frozenset[str]]:
    """What each reader has turned off, by address in lower case; only those who have."""
    query = select(_PREFERENCE.c.address, _PREFERENCE.c.turned_off).where(_PREFERENCE.c.turned_off != "")
    return {address: frozenset(names.split(",")) for address, names in db.execute(query)}


def token_of(db: Connection, address: str) -> str:
    """The token of a reader, made at first: who has it may turn off what that reader gets, and nothing else."""
    known = db.scalar(select(_PREFERENCE.c.token).where(_PREFERENCE.c.address == address.casefold()))
    if known is not None:
        return str(known)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    db.execute(insert(_PREFERENCE).values(address=address.casefold(), token=token, turned_off=""))
    return token


def of_token(db: Connection, token: str) -> frozenset[str] | None:
    """What the reader of this token has turned off; None where nobody has it."""
    names = db.scalar(select(_PREFERENCE.c.turned_off).where(_PREFERENCE.c.token == token))
    return None if names is None else frozenset(name for name in str(names).split(",") if name)


def reader_of(db: Connection, token: str) -> str | None:
    """The address of the reader who was given this token; None where nobody was."""
    return db.scalar(select(_PREFERENCE.c.address).where(_PREFERENCE.c.token == token))


def turn_off(db: Connection, token: str, names: frozenset[str]) -> bool:
    """Sets what the reader of this token has turned off. False where nobody has it."""
    kept = ",".join(name for name in MAY_BE_TURNED_OFF if name in names)
    changed = update(_PREFERENCE).where(_PREFERENCE.c.token == token).values(turned_off=kept)
    return db.execute(changed).rowcount == 1
