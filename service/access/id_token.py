"""What the sign-in service says of somebody: a token that it signed, for us, for this one sign-in, for a short while.

Nothing of a token is ever logged or shown: only which of these checks it failed.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry

from service import clock
from service.access.provider import key_of
from service.errors import SignInFailed
from service.settings import Settings

log = structlog.get_logger()

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures by a key that only the sign-in service has: never none, and never a secret that two of us share."""
_LEEWAY_S = 60
_LONGEST_TOKEN = 100_000
_LONGEST, _MOST_GROUPS = 320, 1_000
_EMAIL, _GROUPS = "email", "groups"
_IS_VERIFIED = ("email_verified", "xms_edov")
_AGAIN = "sign in again; if it happens again, tell the people who run this service"


class Identity(NamedTuple):
    """Somebody, as the sign-in service knows them."""

    account: str
    groups: tuple[str, ...]


def identity(settings: Settings, token: object, nonce: str) -> Identity:
    """Whom a token is about. Raises SignInFailed for any token that is not wholly right."""
    claims = _claims(settings, token, nonce)
    return Identity(_account(settings, claims), _groups(settings, claims))


def _claims(settings: Settings, token: object, nonce: str) -> Mapping[str, Any]:
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise _not_taken("no token")
    claims = _signed(settings, token)
    own = settings.oidc_client_id
    registry = JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": settings.oidc_issuer},
        aud={"essential": True, "value": own},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ExpiredTokenError:
        raise _not_taken("exp", "it had run out: the clocks of two machines may differ") from None
    except (InvalidClaimError, MissingClaimError) as error:
        raise _not_taken(_name_of(error)) from None
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise _not_taken("nonce")
    audience = claims["aud"]
    is_for_several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if is_for_several else own) != own:
        raise _not_taken("azp")
    return claims


def _signed(settings: Settings, token: str) -> dict[str, Any]:
    """What a token says, once its signature holds."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("alg") not in ALGORITHMS:
            raise _not_taken("alg")
        kid = header.get("kid")
        key = key_of(settings, kid if isinstance(kid, str) else None)
        if key is None:
            raise _not_taken("kid")
        return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _not_taken(type(error).__name__) from None


def _account(settings: Settings, claims: Mapping[str, Any]) -> str:
    name = settings.oidc_account_claim
    account = claims.get(name)
    if not isinstance(account, str) or not account.strip() or len(account) > _LONGEST or not account.isprintable():
        log.warning("a sign-in was refused", why="no account", claim=name)
        raise SignInFailed(
            "the sign-in service did not say who you are",
            fix=f"tell the people who run this service that its token lacks the claim {name}",
        )
    # Whoever may write their own address into an account elsewhere could be anybody here.
    if name == _EMAIL and not any(claims.get(one) in (True, "true", "1", 1) for one in _IS_VERIFIED):
        log.warning("a sign-in was refused", why="email not verified")
        raise SignInFailed(
            "the sign-in service does not vouch for your address",
            fix="tell the people who run this service to name another claim in TIMESCALES_OIDC_ACCOUNT_CLAIM",
        )
    return account.strip()


def _groups(settings: Settings, claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups (or roles) of somebody; none are read where no group gives a post."""
    if settings.oidc_groups_file is None:
        return ()
    name = settings.oidc_groups_claim
    if name not in claims and _are_elsewhere(claims, name):
        log.warning("a sign-in was refused", why="too many groups for a token")
        raise SignInFailed(
            "you are in so many groups that the sign-in service left them out, so what you may see is not known",
            fix="tell the people who run this service: the token should carry only groups assigned to the application, "
            "or its app roles (docs/signing-in.md)",
        )
    groups = claims.get(name, [])
    if not isinstance(groups, list) or len(groups) > _MOST_GROUPS or not all(isinstance(one, str) for one in groups):
        raise _not_taken(name)
    return tuple(dict.fromkeys(groups))


def _are_elsewhere(claims: Mapping[str, Any], name: str) -> bool:
    """Whether the groups were too many to be in the token, which says where to ask for them, or only that there are."""
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, dict) and name in elsewhere) or (name == _GROUPS and bool(claims.get("hasgroups")))


def _not_taken(why: str, words: str = "it cannot be relied on") -> SignInFailed:
    log.warning("a sign-in was refused", why=why)
    return SignInFailed(f"what the sign-in service said of you was not taken, because {words}", fix=_AGAIN)


def _name_of(error: InvalidClaimError | MissingClaimError) -> str:
    """The claim that is wrong or missing: one of ours, never a value."""
    return str(getattr(error, "claim", "") or type(error).__name__)
