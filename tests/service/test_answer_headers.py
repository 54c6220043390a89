"""What every answer carries, whoever asks and whatever comes of it."""

from __future__ import annotations

import pytest

from tests.service.pages_cast import browser, demonstration

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
PATHS = ["/", "/clocks.csv", "/nowhere", "/subjects/nobody", "/sign-in", "/v1/clocks", "/healthz", "/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_browsers_what_it_is_not_for(sqlite_url, tmp_path, path):
    with demonstration(sqlite_url, tmp_path) as council:
        answer = browser(council).get(path)
        assert ALWAYS.items() <= dict(answer.headers).items()
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "is_promised"), [("https://timescales.example", True), ("http://127.0.0.1:8000", False)]
)
def test_only_a_service_that_is_reached_by_tls_promises_it(sqlite_url, tmp_path, address, is_promised):
    with demonstration(sqlite_url, tmp_path, base_url=address) as council:
        assert ("strict-transport-security" in browser(council).get("/healthz").headers) is is_promised
