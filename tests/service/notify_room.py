"""A real HTTP server on the loopback address that behaves like the API of GOV.UK Notify, and can be told to misbehave.

    with NotifyRoom() as room:
        room.faults = ["429 RateLimitError"]      # the next letter's fate; then it behaves again
        …
        room.taken                                # what it took, the oldest first

It checks each token with arithmetic of its own, and its words carry an address, which must turn up nowhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from service import clock
from tests.service.mail_room import Authority

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
KEY = f"our-live-key-{SERVICE}-{SECRET}"
DROP_AFTER_ACCEPTING = "take the letter and hang up without a word"
DROP_BEFORE_ACCEPTING = "hang up when the letter has come"
SLOW = "take the letter and answer too late"
BREAK_AFTER_ACCEPTING = "take the letter and answer 500"
ACCEPT_WITHOUT_ID = "take the letter and answer 201 with nothing in it"
WORDS = "Can't send to canary.person@council.example"
"""As the real one's words may name people."""


class NotifyRoom:
    """``clock``: its own; ``guests``: whom a team-only key may send to; ``day_limit``: letters a day."""

    def __init__(self, *, clock: Callable[[], datetime] = clock.now, authority: Authority | None = None) -> None:
        self.clock = clock
        self.taken: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.look_up_faults: list[str] = []
        self.asked: list[str] = []
        """Each request: its method and path."""
        self.guests: set[str] | None = None
        self.day_limit = 250_000
        self.templates = {TEMPLATE: {"subject": "((subject))", "body": "((body))"}}
        self.secret = SECRET
        self.connections = 0
        self.is_busy = False
        """While it is, a letter that was handed over gets no answer."""
        self.kept_waiting = threading.Event()
        self._authority = authority
        self.closing = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"{'https' if self._authority else 'http'}://localhost:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """What makes the service use it."""
        return {"notify_api_key": KEY, "notify_template_id": TEMPLATE, "notify_url": self.url}

    @property
    def references(self) -> list[str]:
        return [one["reference"] for one in self.taken]

    def __enter__(self) -> NotifyRoom:
        self.start(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, port: int | None = None) -> None:
        """Opens, at the port it had before unless told another."""
        self.closing.clear()
        self._server = _Server(("127.0.0.1", self.port if port is None else port), _handler_of(self))
        if self._authority:
            self._server.socket = self._authority.server_side().wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    # ---- what it does with a request ---------------------------------------------------------------------------------

    def refuse_token(self, header: str) -> tuple[int, dict[str, Any]] | None:
        """Why a token is not good, or None."""
        try:
            signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
            header_part, payload_part = (json.loads(_unpacked(part)) for part in signed.split("."))
        except ValueError:
            return 401, _errors(401, "AuthError")
        if header_part != {"typ": "JWT", "alg": "HS256"} or payload_part["iss"] != SERVICE:
            return 403, _errors(403, "AuthError")
        if _unpacked(signature) != hmac_sha256(self.secret.encode(), signed.encode()):
            return 403, _errors(403, "AuthError")
        if abs(payload_part["iat"] - self.clock().timestamp()) > 30:
            return 403, _errors(403, "AuthError")
        return None

    def preview(self, template: str, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if template not in self.templates:
            return 404, _errors(404, "NoResultFound")
        filled = self._filled(template, sent["personalisation"])
        if filled is None:
            return 400, _errors(400, "BadRequestError")
        return 200, {"id": template, "type": "email", "version": 1, **filled}

    def look_up(self, reference: str) -> tuple[int, dict[str, Any]]:
        if self.look_up_faults:
            return _fault(self.look_up_faults.pop(0))
        found = [one for one in reversed(self.taken) if one["reference"] == reference]
        return 200, {"notifications": found, "links": {"current": ""}}

    def take(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]] | str:
        """The answer to a letter; or the name of a fault that is none."""
        fault = self.faults.pop(0) if self.faults else ""
        if fault[:1].isdigit():
            return _fault(fault)
        if fault == DROP_BEFORE_ACCEPTING:
            return fault
        unsubscribe = sent.pop("one_click_unsubscribe_url", "https://")
        if set(sent) != {"template_id", "email_address", "reference", "personalisation"}:
            return 400, _errors(400, "ValidationError")
        if not unsubscribe.startswith("https://"):
            return 400, _errors(400, "ValidationError")
        if "@" not in sent["email_address"] or sent["email_address"].endswith(".invalid"):
            return 400, _errors(400, "ValidationError")
        if self.guests is not None and sent["email_address"] not in self.guests:
            return 400, _errors(400, "BadRequestError")
        if len(self.taken) >= self.day_limit:
            return 429, _errors(429, "TooManyRequestsError")
        filled = self._filled(sent["template_id"], sent["personalisation"])
        if filled is None:
            return 400, _errors(400, "BadRequestError")
        own = {"id": str(uuid4()), "reference": sent["reference"], "status": "created", "type": "email"}
        with self._lock:
            self.taken.append({**own, "email_address": sent["email_address"], "unsubscribe": unsubscribe, **filled})
        if fault == BREAK_AFTER_ACCEPTING:
            return 500, _errors(500, "Exception")
        if fault == ACCEPT_WITHOUT_ID:
            return 201, {}
        return fault or (201, {"id": own["id"], "reference": own["reference"], "content": filled})

    def _filled(self, template: str, words: dict[str, str]) -> dict[str, str] | None:
        """The template with the words in it; None where it asks for more."""
        filled = {}
        for field, text in self.templates[template].items():
            for name, value in words.items():
                text = text.replace(f"(({name}))", value)
            if "((" in text:
                return None
            filled[field] = text
        return filled


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 from its definition: no library of ours checks its own work. The key is shorter than a block."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news here."""


def _handler_of(room: NotifyRoom) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            room.connections += 1

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, sent: dict[str, Any]) -> None:
            target = urlsplit(self.path)
            room.asked.append(f"{self.command} {target.path}")
            answer = room.refuse_token(self.headers["Authorization"]) or self._found(target.path, target.query, sent)
            if answer in (DROP_AFTER_ACCEPTING, DROP_BEFORE_ACCEPTING):
                self.close_connection = True
                return
            if answer == SLOW:
                room.closing.wait(60)
                return
            self._write(*answer)

        def _found(self, path: str, query: str, sent: dict[str, Any]) -> Any:
            if path == "/v2/notifications" and self.command == "GET":
                return room.look_up(parse_qs(query)["reference"][0])
            if path == "/v2/notifications/email":
                answer = room.take(sent)
                while room.is_busy:
                    room.kept_waiting.set()
                    time.sleep(0.005)
                return answer
            if path.startswith("/v2/template/") and path.endswith("/preview"):
                return room.preview(path.split("/")[3], sent)
            return 404, {"message": "Not found", "result": "error"}

        def _write(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(room.clock(), usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _fault(named: str) -> tuple[int, dict[str, Any]]:
    """``429 RateLimitError``: such an answer."""
    status, _, error = named.partition(" ")
    return int(status), _errors(int(status), error or "Exception")


def _errors(status: int, error: str) -> dict[str, Any]:
    return {"status_code": status, "errors": [{"error": error, "message": WORDS}]}


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
