"""What a page may load, and where its forms may lead: nothing but ourselves, and the sign-in service."""

from __future__ import annotations

from service.access import openid
from service.council import Council

HEADER = "content-security-policy"
_BEFORE = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'"
)
_AFTER = "; base-uri 'none'; frame-ancestors 'none'"
POLICY = _BEFORE + _AFTER


def policy_of(council: Council) -> str:
    """The policy of a page with forms: browsers hold a form's redirects to it, and signing in and out are forms."""
    return " ".join((_BEFORE, *openid.origins(council))) + _AFTER
