"""Being signed in: a cookie of 256 random bits, a row that knows only its digest, an idle lock, and tokens for forms.

The cookie also says when it was last used, under a seal of ours, so that looking at a page writes nothing but its audit
row: ``<secret>.<seconds>.<seal>``. Ending a session, or the whole working day it may last, is kept in the store.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from service import clock
from service.access.keys import digest, secret_of
from service.council import Council
from service.errors import NotFound, SignInNeeded
from service.store import sessions
from service.store.keeping import audit
from service.store.session import peeking
from service.store.sessions import Running, Session

_BYTES = 32
_PURPOSE = "session "
"""Said before what is hashed, so that no other secret of this service is worth anything here."""
_MOST_COOKIE = 256


class Seat(NamedTuple):
    """A session in use: what the browser holds, what is kept of that, and whose it is."""

    secret: str
    digest: str
    session: Session


def begin(council: Council, session: Session, *, actor: str, origin: str) -> str:
    """Keeps a new session and gives its cookie, this once."""
    secret = secrets.token_urlsafe(_BYTES)
    with council.writing() as db:
        sessions.begin(db, digest(council, _PURPOSE + secret), session, now=clock.now())
        audit.note(db, actor, "session.began", origin=origin)
    return cookie(council, secret)


def seat(council: Council, cookie: str | None) -> Seat:
    """The session that a cookie opens. Raises SignInNeeded where there is none, it has ended, or was left idle."""
    secret, used_at = _opened(council, cookie or "")
    now = clock.now()
    if now - used_at > timedelta(minutes=council.settings.idle_minutes):
        raise SignInNeeded(
            f"nobody used this for {council.settings.idle_minutes} minutes, so it is locked", fix="sign in again"
        )
    kept = digest(council, _PURPOSE + secret)
    with peeking(council.engine) as db:
        session = sessions.find(db, kept, now=now)
    if session is None:
        raise SignInNeeded("this sign-in has ended", fix="sign in again")
    return Seat(secret, kept, session)


def is_to_be_confirmed(council: Council, session: Session, *, is_form: bool = False) -> bool:
    """Whether the sign-in service is to say again who this is.

    A page can be asked for again when it has. A form cannot, and may have been written for as long as a page may be
    left alone.
    """
    if council.is_demonstration:
        return False
    settings = council.settings
    patience = timedelta(minutes=settings.ask_again_minutes + (settings.idle_minutes if is_form else 0))
    return clock.now() - session.asked_at > patience


def confirm(council: Council, seat: Seat, groups: tuple[str, ...], *, actor: str, origin: str) -> str:
    """The sign-in service has said again who this is: the same session, with the groups of now. Gives its cookie."""
    with council.writing() as db:
        sessions.confirm(db, seat.digest, groups, now=clock.now())
        audit.note(db, actor, "session.confirmed", origin=origin)
    return cookie(council, seat.secret)


def end(council: Council, cookie: str | None, *, actor: str, origin: str) -> None:
    """Signs out: the cookie is worth nothing from the next request on, wherever it was copied to."""
    secret, _used_at = _opened(council, cookie or "")
    with council.writing() as db:
        if sessions.end(db, [digest(council, _PURPOSE + secret)], now=clock.now()):
            audit.note(db, actor, "session.ended", origin=origin)


def forget(council: Council, cookie: str | None) -> None:
    """Ends the session that a cookie opens, if it opens any: a new sign-in follows."""
    try:
        secret, _used_at = _opened(council, cookie or "")
    except SignInNeeded:
        return
    with council.writing() as db:
        sessions.end(db, [digest(council, _PURPOSE + secret)], now=clock.now())


def running(council: Council) -> list[Running]:
    """Who is signed in."""
    with council.reading() as db:
        return sessions.running(db, now=clock.now())


def end_of(council: Council, account: str, *, actor: str) -> int:
    """Signs somebody out everywhere; gives of how many sessions. Raises NotFound where the account has none."""
    with council.writing() as db:
        ended = sessions.end_of_account(db, account, now=clock.now())
        if not ended:
            raise NotFound("nobody is signed in under this account", fix="`timescales sessions list` shows who is")
        audit.note(db, actor, "sessions.ended", detail=f"{account}: {ended}")
    return ended


def cookie(council: Council, secret: str) -> str:
    """What the browser holds, used now."""
    used = f"{secret}.{int(clock.now().timestamp())}"
    return f"{used}.{_seal(council, used)}"


def form_token(council: Council, secret: str) -> str:
    """What every form of this session carries: a page elsewhere cannot know it."""
    return digest(council, f"form {secret}")


def is_form_token(council: Council, secret: str, given: str) -> bool:
    """Whether a form came from a page of this session."""
    return hmac.compare_digest(form_token(council, secret).encode(), given.encode())


def vouched(
    council: Council, account: str, groups: tuple[str, ...] = (), posts: tuple[tuple[str, str, str], ...] = ()
) -> Session:
    """Somebody whom the sign-in service has just vouched for, for as long as that may last, however much it is used."""
    now = clock.now()
    return Session(account, groups, posts, ends_at=now + timedelta(hours=council.settings.session_hours), asked_at=now)


def _opened(council: Council, cookie: str) -> tuple[str, datetime]:
    """The secret in a cookie of ours, and when it was used last."""
    used, _, seal = cookie[:_MOST_COOKIE].rpartition(".")
    secret, _, seconds = used.rpartition(".")
    if not hmac.compare_digest(_seal(council, used).encode(), seal.encode()) or not seconds.isascii():
        raise SignInNeeded("these pages are for people who are signed in", fix="sign in")
    return secret, datetime.fromtimestamp(int(seconds), UTC)


def _seal(council: Council, used: str) -> str:
    return hmac.new(secret_of(council), f"cookie {used}".encode(), sha256).hexdigest()[:32]
