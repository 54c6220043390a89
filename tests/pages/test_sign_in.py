"""Signing in and out in a real browser, with scripts and without, at a sign-in service that is another origin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.council import open_council
from service.settings import Settings
from service.store import people
from tests.pages import looking
from tests.service.openid_cast import FROM, HEAD, STRANGER
from tests.service.openid_office import CLIENT, SECRET, Office, office
from tests.service.real_server import AUTHORITY, Command

pytestmark = pytest.mark.pages
WIDTHS = [1280, 320]
BUTTON = "text=Sign in with your work account"


@pytest.fixture(scope="module")
def there() -> Iterator[Office]:
    with office() as made:
        yield made


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, there: Office) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("council")
    url = f"sqlite:///{folder / 'timescales.db'}"
    council = open_council(Settings(database_url=url, data_dir=folder, authority=AUTHORITY))
    with council.writing() as db:
        people.put_posts(db, "", {"administrator": "system@council.example"})
        people.put_person(db, people.Person("head", HEAD, holdings=(people.Holding("head-of-service", from_on=FROM),)))
    council.engine.dispose()
    told = {"oidc_issuer": there.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with Command(url, folder, **told).serving() as server:
        there.addresses.add(f"{server.address}/sign-in/back")
        yield server.address


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_morning_from_the_door_and_out_again(address, opened, there, width, scripts):
    looking.CACHE.mkdir(parents=True, exist_ok=True)
    with looking.page_of(opened, width, java_script_enabled=scripts) as (page, complaints):
        page.goto(f"{address}/rules")
        page.screenshot(path=looking.CACHE / f"sign-in-real-{width}.png", full_page=True)
        there.who = {"preferred_username": HEAD}
        page.click(BUTTON)
        assert page.url == f"{address}/rules", "back to the page that was wanted"
        page.goto(f"{address}/people")
        page.click("text=Sign out")
        assert page.url == f"{address}/sign-in"
        assert there.asked[-1][0].endswith("/logout"), "signed out there too"
        page.wait_for_load_state("networkidle")
        page.go_back()
        page.goto(f"{address}/people")
        assert page.url.startswith(f"{address}/sign-in?")
        # A picture may still be on its way when the next page is asked for: that is no complaint about a page.
        assert [one for one in complaints if not one.endswith("failed")] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_somebody_sees_who_is_not_let_in(address, opened, there, width):
    with looking.page_of(opened, width, bypass_csp=True) as (page, _):
        for name, who, misdeed, said in (
            ("without-post", STRANGER, "", "You hold no post here"),
            ("declined", HEAD, "access_denied", "You are not signed in"),
            ("away", HEAD, "500", "Try again shortly"),
        ):
            there.who, there.misdeed = {"preferred_username": who}, misdeed
            page.goto(f"{address}/sign-in")
            page.click(BUTTON)
            there.misdeed = ""
            assert page.locator("h1").inner_text() == said
            page.screenshot(path=looking.CACHE / f"{name}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert looking.violations(page, looking.axe()) == []
        there.who = {"preferred_username": STRANGER}
        page.goto(f"{address}/sign-in")
        page.click(BUTTON)
        there.who = {"preferred_username": HEAD}
        page.click("text=Sign in with another account")
        assert page.url == f"{address}/"
