"""Forms as real browsers send them: what our own headers make of theirs."""

from __future__ import annotations

from tests.service.pages_cast import browser, demonstration


def test_our_own_forms_say_where_they_come_from(sqlite_url, tmp_path):
    """By "no-referrer" a browser would send ``Origin: null`` with our own forms, and be refused."""
    with demonstration(sqlite_url, tmp_path) as council:
        assert browser(council).get("/clocks").headers["referrer-policy"] == "same-origin"
