"""A sign-in service on loopback: strict with whoever asks it, and able to misbehave on request.

It speaks as Entra ID does: its issuer ends in /TENANT/v2.0, groups are GUIDs. It checks the client, its secret, the
address to come back to, PKCE by S256, and gives each code once.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from service import clock

CLIENT, SECRET = "0e9f0c1e-timescales", "a secret ~ of the office's, with: odd % signs"
TENANT = "7d1b2c9a-5a0f-4f43-9d0a-0b6a1f5c7e11"
_LASTS_S = 3_600
_SLOW_S = 7


class Code(NamedTuple):
    redirect_uri: str
    challenge: str
    nonce: str
    who: dict[str, Any]


def _without(name: str) -> Callable[[dict[str, Any], int], None]:
    return lambda claims, _now: claims.pop(name, None)


def _with(**other: Any) -> Callable[[dict[str, Any], int], None]:
    return lambda claims, _now: claims.update(other)


def _at(name: str, seconds: int) -> Callable[[dict[str, Any], int], None]:
    return lambda claims, now: claims.update({name: now + seconds})


CLAIMS: dict[str, Callable[[dict[str, Any], int], None]] = {
    "another nonce": _with(nonce="another"),
    "no nonce": _without("nonce"),
    "a nonce that is no text": _with(nonce=1),
    "for another application": _with(aud="another"),
    "for two, and authorized for the other": _with(aud=[CLIENT, "another"], azp="another"),
    "for two, and authorized for nobody": _with(aud=[CLIENT, "another"]),
    "authorized for another": _with(azp="another"),
    "for nobody": _without("aud"),
    "from another issuer": _with(iss="https://login.example/another/v2.0"),
    "from no issuer": _without("iss"),
    "about nobody": _without("sub"),
    "run out": _at("exp", -61),
    "never runs out": _without("exp"),
    "runs out in words": _with(exp="tomorrow"),
    "runs out at no number": _with(exp=float("nan")),
    "not valid yet": _at("nbf", 61),
    "from the future": _at("iat", 61),
    "from no time": _without("iat"),
    "says no account": _without("preferred_username"),
    "an account that is a list": _with(preferred_username=["a@council.example"]),
    "an empty account": _with(preferred_username=" "),
    "an account of two lines": _with(preferred_username="a@council.example\nb"),
}
"""Tokens that are signed as they should be and say what they should not."""
SIGNATURES = (
    "alg none",
    "HS256 with the public key",
    "HS256 with the client's secret",
    "RS512",
    "by another key of the same name",
    "by a key that is not published",
    "altered after signing",
    "no token",
    "a token that is no text",
    "a token that is no token",
)
AT_THE_DOOR = ("access_denied", "server_error", "login_required", "an <error> of its own", "no code")
AT_THE_TOKEN = ("invalid_grant", "invalid_client", "500", "no JSON", "endless")


class Office:
    """``who``: the claims of whoever signs in next. ``misdeed``: what it does wrong. ``asked``: what it was asked."""

    def __init__(self) -> None:
        self.who: dict[str, Any] = {}
        self.misdeed = ""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.codes: dict[str, Code] = {}
        self.addresses: set[str] = set()
        self.takes_secret_by_post = True
        self.algorithm = "RS256"
        self.key: RSAKey | ECKey = self.new_key("first")
        self.published = [self.key]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self.issuer = f"{self.origin}/{TENANT}/v2.0"

    @staticmethod
    def new_key(kid: str) -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})

    def rotate(self, kid: str) -> None:
        """Signs with a new key from now on, and publishes that alone."""
        self.key = self.new_key(kid)
        self.published = [self.key]

    def times(self, path: str) -> int:
        return sum(one.endswith(path) for one, _fields in self.asked)

    # ---- what it answers ---------------------------------------------------------------------------------------------

    def described(self) -> dict[str, Any]:
        methods = ["client_secret_post", "client_secret_basic"] if self.takes_secret_by_post else None
        return {
            "issuer": "https://login.example/{tenantid}/v2.0" if self.misdeed == "another name" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?p=policy",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **({} if self.misdeed == "no sign-out" else {"end_session_endpoint": f"{self.issuer}/logout"}),
            **({"token_endpoint_auth_methods_supported": methods} if methods else {}),
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to. An assertion is a page of the office's own, that goes nowhere."""
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] in self.addresses, "this address was not registered"
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 43
        assert len(asked["nonce"]) >= 43
        back = {"state": asked["state"]}
        if self.misdeed in AT_THE_DOOR:
            said = {"error": self.misdeed, "error_description": f"Canary: {self.who}"}
            back |= {} if self.misdeed == "no code" else said
        else:
            code = secrets.token_urlsafe(32)
            self.codes[code] = Code(asked["redirect_uri"], asked["code_challenge"], asked["nonce"], dict(self.who))
            back |= {"code": code}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchange(self, asked: dict[str, str], authorization: str) -> tuple[int, Any]:
        if self.misdeed in ("invalid_grant", "invalid_client"):
            return 400, {"error": self.misdeed, "error_description": "Canary"}
        if self.misdeed == "500":
            return 500, {"error": "server_error"}
        if self.misdeed == "no JSON":
            return 200, "<html>Canary"
        if self.misdeed == "endless":
            return 200, "x" * 2_000_000
        if self._client(asked, authorization) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        code = self.codes.pop(asked.get("code", ""), None)
        if (
            code is None
            or asked.get("grant_type") != "authorization_code"
            or code.redirect_uri != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        verifier = asked.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not 43 <= len(verifier) <= 128 or challenge != code.challenge:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        token = self._token(self._claims(code))
        return 200, {"token_type": "Bearer", "access_token": "of no use", **({"id_token": token} if token else {})}

    def _client(self, asked: dict[str, str], authorization: str) -> tuple[str, str]:
        if self.takes_secret_by_post:
            return asked.get("client_id", ""), asked.get("client_secret", "")
        own, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return unquote(own), unquote(secret)

    def _claims(self, code: Code) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        # Entra ID dates its tokens five minutes back, against clocks that differ.
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "a-subject",
            "iat": now - 300,
            "nbf": now - 300,
            "exp": now + _LASTS_S,
            "nonce": code.nonce,
            "tid": TENANT,
            "oid": "an-object",
            "ver": "2.0",
            **code.who,
        }
        CLAIMS.get(self.misdeed, _with())(claims, now)
        return claims

    def _token(self, claims: dict[str, Any]) -> Any:
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.misdeed == "no token":
            return None
        if self.misdeed == "a token that is no text":
            return {"alg": "RS256"}
        if self.misdeed == "a token that is no token":
            return "a.b"
        if self.misdeed == "alg none":
            return ".".join((_part({"alg": "none", "kid": self.key.kid}), _part(claims), ""))
        if self.misdeed == "HS256 with the public key":
            return _hashed({"alg": "HS256", "kid": self.key.kid}, claims, self.key.as_pem(private=False))
        if self.misdeed == "HS256 with the client's secret":
            return _signed({"alg": "HS256", "kid": self.key.kid}, claims, OctKey.import_key(SECRET), "HS256")
        if self.misdeed == "RS512":
            return _signed({**header, "alg": "RS512"}, claims, self.key, "RS512")
        if self.misdeed == "by another key of the same name":
            return _signed(header, claims, self.new_key(self.key.kid), "RS256")
        if self.misdeed == "by a key that is not published":
            return _signed({**header, "kid": "nobody's"}, claims, self.new_key("nobody's"), "RS256")
        token = _signed(header, claims, self.key, self.algorithm)
        if self.misdeed == "altered after signing":
            first, _said, signature = token.split(".")
            return ".".join((first, _part({**claims, "preferred_username": "head@council.example"}), signature))
        return token

    # ---- the server --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Office:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def _hashed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """By hand: no library signs with a public key."""
    said = f"{_part(header)}.{_part(claims)}"
    return f"{said}.{base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), 'sha256')).rstrip(b'=').decode()}"


def _signed(header: dict[str, Any], claims: dict[str, Any], key: Any, alg: str) -> str:
    return jwt.encode(header, claims, key, algorithms=[alg])


def _handler(office: Office) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
            office.asked.append((path, asked))
            if office.misdeed == "slow":
                time.sleep(_SLOW_S)
            if path.endswith("/openid-configuration"):
                self._say(503 if office.misdeed == "down" else 200, office.described())
            elif path.endswith("/keys"):
                odd = [{"kty": "OKP", "kid": "odd"}, {"kty": "RSA", "n": "?"}, 7]
                self._say(200, {"keys": [*odd, *(key.as_dict(private=False) for key in office.published)]})
            elif path.endswith("/authorize"):
                try:
                    self._go(office.authorize(asked))
                except (AssertionError, KeyError) as why:
                    self._say(400, f"<h1>The office refuses this: {why}</h1>")
            elif path.endswith("/logout") and asked.get("client_id") == CLIENT:
                self._go(asked["post_logout_redirect_uri"])
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            asked = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
            office.asked.append((self.path, asked))
            self._say(*office.exchange(asked, self.headers.get("authorization", "")))

        def _go(self, address: str) -> None:
            self.send_response(302)
            self.send_header("location", address)
            self.end_headers()

        def _say(self, status: int, said: Any) -> None:
            content = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("content-type", "text/html" if isinstance(said, str) else "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # whoever asked has heard enough
                self.wfile.write(content)

        def log_message(self, *_said: object) -> None:
            pass

    return Handler


@contextmanager
def office() -> Iterator[Office]:
    """An office from when it answers until the block ends."""
    with Office() as made:
        yield made
