"""A sign-in under way: what must come back, kept by the browser in a cookie that only this service can read or make.

Nothing is written for somebody who has not signed in, however often they begin. What makes an answer good once is its
code, which the sign-in service takes once; and the cookie goes with the answer, whatever that was.
"""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha256
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken

from service import clock
from service.access.keys import secret_of
from service.council import Council

LASTS_S = 600
_MOST_COOKIE = 4_096
_PURPOSE = b"sign-in under way"
"""Said before what is hashed, so that no other secret of this service is worth anything here."""


class SignIn(NamedTuple):
    """What must come back from the sign-in service, and the page to go back to.

    ``again_for``: the digest of the session that the sign-in service is only to confirm; empty for a new sign-in.
    """

    state: str
    nonce: str
    verifier: str
    back_to: str
    again_for: str


def sealed(council: Council, asked: SignIn) -> str:
    """The cookie: encrypted and authenticated (Fernet: AES-128-CBC, HMAC-SHA256), and dated."""
    return _seal(council).encrypt_at_time(json.dumps(asked).encode(), _now()).decode()


def opened(council: Council, cookie: str) -> SignIn | None:
    """The sign-in that a cookie holds; None where it is none of ours, or older than ten minutes."""
    try:
        said = _seal(council).decrypt_at_time(cookie[:_MOST_COOKIE].encode(), LASTS_S, _now())
    except InvalidToken:
        return None
    return SignIn(*json.loads(said))


def _seal(council: Council) -> Fernet:
    key = hmac.new(secret_of(council), _PURPOSE, sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _now() -> int:
    return int(clock.now().timestamp())
