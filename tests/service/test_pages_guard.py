"""Until there is sign-in, pages answer only for the demonstration and on this machine; else there is nothing there."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.service.pages_cast import browser, demonstration, populate

PATHS = [
    "/",
    "/clocks",
    "/subjects/c-late",
    "/outbox",
    "/people",
    "/problems",
    "/rules",
    "/reports",
    "/reports/section-47",
]
STATIC = "/static/site.css"
REFUSALS = {
    "/nowhere": 404,
    "/subjects/c-nobody": 404,
    "/clocks/00000000000000000000": 404,
    "/clocks/unreadable": 422,
    "/outbox/999": 404,
    "/rules/none": 404,
    "/reports/none": 404,
    "/clocks?after=nowhere": 422,
    "/reports/section-47?as_at=2999-01-01": 422,
}


def refused(asking: TestClient, path: str, **headers: str) -> None:
    answer, nowhere = asking.get(path, headers=headers), asking.get("/nowhere-at-all", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == nowhere.json(), "it can be told from an address there is nothing at"


def refused_everywhere(asking: TestClient) -> None:
    for path in [*PATHS, STATIC]:
        refused(asking, path)


@pytest.fixture
def council(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as made:
        yield made


def test_a_real_authority_has_no_pages(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path, demonstrate=False) as real:
        refused_everywhere(browser(real))


def test_another_machine_gets_no_pages(council):
    refused_everywhere(browser(council, client="192.0.2.7"))


def test_a_service_that_listens_to_the_network_has_no_pages(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path, host="0.0.0.0") as open_to_all:
        refused_everywhere(browser(open_to_all))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7:8000", "0.0.0.0"]
)
def test_a_page_elsewhere_cannot_ask_under_its_own_name(council, host):
    refused(browser(council, host=host), "/")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.0.0.1"])
def test_this_machine_by_any_of_its_names_gets_them(council, host):
    assert browser(council, host=host).get("/").status_code == 200


def test_what_comes_through_a_proxy_does_not_come_from_here(council):
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"]:
        refused(browser(council), "/", **{header: "127.0.0.1"})


def test_a_wrong_parameter_tells_a_stranger_nothing(council):
    refused(browser(council, client="192.0.2.7"), "/clocks/unreadable")
    refused(browser(council, client="192.0.2.7"), "/clocks?status=unheard-of")


def test_a_browser_gets_its_refusals_as_pages(council):
    populate(council)
    asking = browser(council)
    for path, status in REFUSALS.items():
        answer = asking.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"].startswith("text/html"), path
        assert "<h1" in answer.text
        assert "content-security-policy" in answer.headers


def test_a_refusal_never_repeats_what_was_asked(council):
    for path in ["/subjects/c-canary-7f", "/rules/c-canary-7f", "/clocks?status=c-canary-7f", "/c-canary-7f"]:
        assert "canary" not in browser(council).get(path).text


def test_a_program_gets_problem_documents(council):
    asking = browser(council)
    for path, accept in [("/v1/nowhere", "text/html"), ("/nowhere", "application/json"), ("/nowhere", "*/*")]:
        answer = asking.get(path, headers={"accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_defect_is_a_page_that_says_so_and_still_reaches_the_log(council, caplog):
    asking = browser(council, raise_server_exceptions=False)

    def fails() -> None:
        raise RuntimeError("as a defect would")

    asking.app.add_api_route("/v0/defect", fails)
    answer = asking.get("/v0/defect")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "<h1" in answer.text


def test_a_wrong_method_is_still_told_apart_from_no_address(council):
    assert browser(council).post("/clocks").status_code == 405
    assert browser(council).get("/v1/events").status_code == 405
