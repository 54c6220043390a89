"""API keys: 256 random bits, shown once, kept as an HMAC, with scopes, revocable at once."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Collection, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from service import clock
from service.council import Council
from service.errors import NotAllowed, NotFound, OutOfScope, Refused
from service.store.keeping import audit
from service.store.prepared import Prepared
from service.store.session import hold, peeking
from service.store.tables import ApiKeyRow, table

SCOPES = (
    "events:write",
    "events:read",
    "clocks:read",
    "clocks:acknowledge",
    "reports:read",
    "people:write",
    "admin",
)
NAME, SCOPE = "name", "scope"
"""What a refusal points at."""
_KEY = table(ApiKeyRow)
_PREFIX = "ts_"
_BYTES = 32
_LONGEST_NAME = 128
_BY_DIGEST = Prepared(
    select(_KEY.c.name, _KEY.c.scopes, _KEY.c.revoked_at).where(
        _KEY.c.digest == bindparam("digest", type_=_KEY.c.digest.type)
    )
)
_FIX = "send Authorization: Bearer with a key made by `timescales keys add`"


class Caller(NamedTuple):
    """Whoever holds a key: its name, what it may do, and the address asked from."""

    name: str
    scopes: frozenset[str]
    origin: str = ""


def add(council: Council, name: str, scopes: Collection[str], *, actor: str, origin: str = "") -> str:
    """Makes a key and gives it, this once. Raises Refused for a name taken or a scope that does not exist."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        fix = f"choose from {', '.join(SCOPES)}"
        raise Refused(f"there is no scope {', '.join(unknown)}", fix=fix, pointer=SCOPE)
    if not scopes:
        raise Refused("a key needs at least one scope", fix=f"choose from {', '.join(SCOPES)}", pointer=SCOPE)
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        fix = f"give a name of 1 to {_LONGEST_NAME} characters"
        raise Refused("a key's name is one line of text", fix=fix, pointer=NAME)
    key = _PREFIX + secrets.token_urlsafe(_BYTES)
    with council.writing() as db:
        hold(db, {f"key {name}"})
        if db.execute(select(_KEY.c.seq).where(_KEY.c.name == name)).first():
            fix = "choose another name: that of a key that was revoked stays taken"
            raise Refused(f"there is a key named {name} already", fix=fix, pointer=NAME)
        row = {
            "name": name,
            "digest": digest(council, key),
            "scopes": " ".join(sorted(set(scopes))),
            "created_at": clock.now(),
            "revoked_at": None,
        }
        db.execute(insert(_KEY), row)
        audit.note(db, actor, "key.added", detail=f"{name}: {row['scopes']}", origin=origin)
    return key


def revoke(council: Council, name: str, *, actor: str, origin: str = "") -> None:
    """Makes a key useless from the next request on. Raises NotFound where no such key is in use."""
    with council.writing() as db:
        in_use = (_KEY.c.name == name) & _KEY.c.revoked_at.is_(None)
        if db.execute(update(_KEY).where(in_use).values(revoked_at=clock.now())).rowcount == 0:
            raise NotFound(f"no key named {name} is in use", fix="`timescales keys list` shows the keys")
        audit.note(db, actor, "key.revoked", detail=name, origin=origin)


def every(council: Council) -> Sequence[Any]:
    """Every key there has been: seq, name, scopes, created_at, revoked_at."""
    with council.reading() as db:
        columns = (_KEY.c.seq, _KEY.c.name, _KEY.c.scopes, _KEY.c.created_at, _KEY.c.revoked_at)
        return db.execute(select(*columns).order_by(_KEY.c.seq)).all()


def caller(council: Council, authorization: str | None, scope: str) -> Caller:
    """Whoever holds the key in this header. Raises NotAllowed without a key in use, OutOfScope without the scope."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NotAllowed("this needs an API key", fix=_FIX)
    with peeking(council.engine) as db:
        rows = _BY_DIGEST.rows(db, {"digest": digest(council, key.strip())})
    if not rows or rows[0][2] is not None:
        raise NotAllowed("this key is unknown or was revoked", fix=_FIX)
    name, granted, _revoked_at = rows[0]
    scopes = frozenset(granted.split())
    if scope not in scopes and "admin" not in scopes:
        raise OutOfScope(f"this key lacks the scope {scope}", fix=f"use a key made with --scope {scope}")
    return Caller(name, scopes)


def digest(council: Council, key: str) -> str:
    """What is kept of a key: its HMAC under the secret of this service."""
    return hmac.new(secret_of(council), key.encode(), sha256).hexdigest()


def secret_of(council: Council) -> bytes:
    """What keys are hashed with: the setting, or one made at the first need and kept beside the data."""
    if secret := council.settings.secret.get_secret_value():
        return secret.encode()
    file = council.settings.data_dir / "key-secret"
    kept = _KEPT.get(file)
    if kept is None:
        kept = _KEPT[file] = _made(file)
    return kept


_KEPT: dict[Path, bytes] = {}


def _made(file: Path) -> bytes:
    """Reads the secret, or makes it: written whole under another name first, so that two starters agree on one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(secrets.token_bytes(_BYTES))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first: its secret is the one
        finally:
            draft.unlink()
    return file.read_bytes()
