"""Signing in with the authority's own sign-in service: OpenID Connect, the authorization code flow with PKCE.

1. ``start`` gives the address to send the browser to, and what must come back (state, nonce, verifier), sealed, for its
   cookie: see ``under_way``.
2. ``answered`` takes that up within ten minutes, and compares the state.
3. ``finish`` exchanges the code, which is worth nothing without the verifier, and once; and believes the token only
   after all the checks of ``id_token``.
4. ``leave`` is where the browser goes to be signed out there too.

Every so often ``start`` asks ``again``: the sign-in service says without showing anything who this is by now, and in
which groups (OpenID Connect Core, 3.1.2.1: ``prompt=none``), or that they have to sign in.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog

from service.access import groups, id_token, provider, under_way
from service.access.provider import Answer, Provider, provider_of
from service.access.sessions import Seat
from service.access.under_way import SignIn
from service.council import Council
from service.errors import Busy, NotReady, SignInFailed
from service.settings import Settings

log = structlog.get_logger()

BACK = "/sign-in/back"
_BYTES = 32
_MOST = 8_192
_A_WORD = re.compile("[a-z_]{1,40}")
_DECLINED = "access_denied"
_TO_SIGN_IN = frozenset({"login_required", "interaction_required", "consent_required", "account_selection_required"})
"""What a question that is to show nothing cannot do without (OpenID Connect Core, 3.1.2.6)."""
_SIGNS_IN_BY = frozenset({"preferred_username", "upn", "email"})
"""Claims that hold what people sign in with: of several accounts in one browser it is asked for theirs."""
_NOT_NOW = frozenset({"server_error", "temporarily_unavailable"})
_OUR_SECRET = frozenset({"invalid_client", "unauthorized_client"})
_BEGIN_AGAIN = "begin again from the first page of this service"


class Away(NamedTuple):
    """Where to send a browser, and what it keeps meanwhile (``sealed``), by the name of the answer's ``state``."""

    address: str
    state: str
    sealed: str


class Arrival(NamedTuple):
    """Somebody who has come back: under which account, and in which groups."""

    account: str
    groups: tuple[str, ...]


def start(council: Council, back_to: str, *, as_another: bool = False, again: Seat | None = None) -> Away:
    """Sends a browser away. ``as_another``: it is to be asked which account; ``again``: whose
    sign-in is to be confirmed, asking them nothing.

    Raises Busy where the sign-in service does not answer.
    """
    settings, there = council.settings, provider_of(council.settings)
    asked = SignIn(_guess(), _guess(), _guess(), back_to, again_for=again.digest if again else "")
    prompt = "none" if again else "select_account" if as_another else ""
    hint = again.session.account if again and settings.oidc_account_claim in _SIGNS_IN_BY else ""
    query = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": f"{settings.address}{BACK}",
        "scope": "openid profile email",
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": _challenge(asked.verifier),
        "code_challenge_method": "S256",
        **({"prompt": prompt} if prompt else {}),
        **({"login_hint": hint} if hint else {}),
    }
    return Away(_with(there.authorization, query), asked.state, under_way.sealed(council, asked))


def answered(council: Council, cookie: str, query: Mapping[str, str]) -> SignIn:
    """The sign-in that an answer belongs to. Raises SignInFailed where it is none of this browser's."""
    asked = under_way.opened(council, cookie)
    if asked is None:
        words = "this sign-in was used already, took longer than ten minutes, or was begun in another browser"
        raise _refused("nothing under way", words)
    if not hmac.compare_digest(query.get("state", "").encode(), asked.state.encode()):
        raise _refused("state", "this answer belongs to another sign-in")
    return asked


def has_to_sign_in(asked: SignIn, query: Mapping[str, str]) -> bool:
    """Whether the sign-in service could not say again who this is without asking them."""
    return bool(asked.again_for) and query.get("error", "") in _TO_SIGN_IN


def finish(council: Council, asked: SignIn, query: Mapping[str, str]) -> Arrival:
    """Who has come back, once. Raises SignInFailed in words for them, and Busy where nobody could be asked."""
    there = provider_of(council.settings)
    if query.get("iss", None if there.names_itself else council.settings.oidc_issuer) != council.settings.oidc_issuer:
        raise _refused("iss of the answer", "this answer came from somewhere else")
    code = query.get("code", "")
    if "error" in query or not 0 < len(code) <= _MOST:
        raise _declined(query.get("error", ""))
    answer = _exchanged(council.settings, there, code, asked.verifier)
    return Arrival(*id_token.identity(council.settings, answer.document.get("id_token"), asked.nonce))


def leave(council: Council, landing: str) -> str:
    """Where a browser goes to be signed out there too; empty where that is not known, or not offered."""
    settings, there = council.settings, provider.provider_if_known(council.settings)
    if council.is_demonstration or there is None or not there.end_session:
        return ""
    query = {"client_id": settings.oidc_client_id, "post_logout_redirect_uri": f"{settings.address}{landing}"}
    return _with(there.end_session, query)


def origins(council: Council) -> tuple[str, ...]:
    """Where forms of ours may lead: browsers follow a form's redirects only there."""
    if council.is_demonstration or not council.settings.oidc_issuer:
        return ()
    there = provider.provider_if_known(council.settings)
    doors = (there.authorization, there.end_session) if there else ()
    return tuple(dict.fromkeys(_origin(url) for url in (council.settings.oidc_issuer, *doors) if url))


def must_be_right(settings: Settings) -> None:
    """Raises NotReady where the settings of sign-in cannot be right: they stop the start. Asks nobody."""
    given = {
        "TIMESCALES_OIDC_ISSUER": bool(settings.oidc_issuer),
        "TIMESCALES_OIDC_CLIENT_ID": bool(settings.oidc_client_id),
        "TIMESCALES_OIDC_CLIENT_SECRET": bool(settings.oidc_client_secret.get_secret_value()),
    }
    missing = [name for name, is_set in given.items() if not is_set]
    if missing and (len(missing) < len(given) or settings.oidc_groups_file is not None):
        raise NotReady(f"sign-in is half set up: {' and '.join(missing)} not set", fix="set all three, or none")
    if missing:
        return
    if not provider.is_safe(settings.oidc_issuer) or urlsplit(settings.oidc_issuer).query:
        raise NotReady("TIMESCALES_OIDC_ISSUER is no https address", fix="write it as the sign-in service shows it")
    parts = urlsplit(settings.address)
    if not provider.is_safe(settings.address) or parts.path or parts.query:
        raise NotReady(
            "TIMESCALES_BASE_URL has to be https:// and a host where people sign in: cookies would be read on the way",
            fix="put TLS before the service, and set the address that people use, with no path after it",
        )
    if settings.oidc_ca_file is not None and not Path(settings.oidc_ca_file).is_file():
        raise NotReady("the file of TIMESCALES_OIDC_CA_FILE is not there", fix="name a file of certificates")
    groups.given(settings)


def _exchanged(settings: Settings, there: Provider, code: str, verifier: str) -> Answer:
    """What the sign-in service gives for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{settings.address}{BACK}",
        "code_verifier": verifier,
    }
    own, secret = settings.oidc_client_id, settings.oidc_client_secret.get_secret_value()
    if there.takes_secret_by_post:
        answer = provider.ask(settings, "POST", there.token, data=form | {"client_id": own, "client_secret": secret})
    else:  # RFC 6749, 2.3.1: both are form-encoded first
        basic = httpx.BasicAuth(quote(own, safe=""), quote(secret, safe=""))
        answer = provider.ask(settings, "POST", there.token, data=form, auth=basic)
    if answer.status == httpx.codes.OK:
        return answer
    raise _not_exchanged(answer)


def _not_exchanged(answer: Answer) -> Exception:
    error = _word(answer.document.get("error"))
    log.warning("the sign-in service gave no token", status=answer.status, error=error)
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return provider.away()
    if error in _OUR_SECRET:
        return NotReady(
            "the sign-in service does not take this service's own secret: it may have run out",
            fix="tell the people who run this service: TIMESCALES_OIDC_CLIENT_SECRET needs a new one",
        )
    return SignInFailed("the sign-in service did not confirm this sign-in", fix=_BEGIN_AGAIN)


def _declined(said: str) -> SignInFailed | Busy:
    """What an answer without a code comes to."""
    error = _word(said)
    log.warning("a sign-in was not completed", error=error)
    if error in _NOT_NOW:
        return provider.away()
    if error == _DECLINED:
        return SignInFailed(
            "the sign-in service did not let you through, or the sign-in was cancelled there",
            fix="sign in again; if you were not asked anything, ask your IT service whether you may use this service",
        )
    return SignInFailed(
        "the sign-in service could not complete this sign-in",
        fix="sign in again; if it happens again, tell the people who run this service",
    )


def _refused(why: str, words: str) -> SignInFailed:
    log.warning("a sign-in was refused", why=why)
    return SignInFailed(words, fix=_BEGIN_AGAIN)


def _word(said: Any) -> str:
    """An error as the standard names them; anything else may quote something, and is left out."""
    return said if isinstance(said, str) and _A_WORD.fullmatch(said) else "another"


def _guess() -> str:
    """What nobody guesses."""
    return secrets.token_urlsafe(_BYTES)


def _challenge(verifier: str) -> str:
    """What the verifier is recognised by later (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _with(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
