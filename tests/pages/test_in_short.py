"""The short form of `make pages`, which `make test` runs: one walk through the service in a real browser, looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.pages import looking
from tests.pages.looking import ADMINISTRATOR, GROUP_MANAGER, MANAGER

WALKS = {
    MANAGER: ("/", "/clocks", "/section-47", "/visits", "/pre-proceedings", "/forecast", "/nowhere"),
    GROUP_MANAGER: ("/", "/reports", "/reports/section-47", "/rules/initial-child-protection-conference"),
    ADMINISTRATOR: ("/watch", "/people", "/keys"),
}
WIDE, NARROW = 1280, 320


@pytest.fixture
def walked(tmp_path) -> Iterator[list[str]]:
    """One service and one browser, for this test alone: a run of several processes has no other use for them."""
    wrong: list[str] = []
    script = looking.axe()
    with looking.service(tmp_path) as address, looking.browser() as opened:
        for who, paths in WALKS.items():
            # axe is put into the page, which its policy would not have; the policy is held to below, without it.
            with looking.as_(opened, address, who, WIDE, bypass_csp=True) as (page, _complaints):
                for path in (*paths, *_links_of_the_first_clock(page, address, who)):
                    page.goto(address + path)
                    wrong += looking.violations(page, script) + _too_wide(page, WIDE)
            with looking.as_(opened, address, who, NARROW) as (page, complaints):
                for path in paths:
                    page.goto(address + path)
                    wrong += _too_wide(page, NARROW)
            wrong += [said for said in complaints if "/nowhere" not in said]  # a page that is not there is 404
        yield wrong


def test_pages_load_fit_and_break_no_rule_of_wcag_in_a_real_browser(walked):
    assert walked == []


def _links_of_the_first_clock(page: Page, address: str, who: str) -> list[str]:
    """A clock's own page, its plan, and its child's, as somebody finds them: by a link."""
    if who != MANAGER:
        return []
    page.goto(f"{address}/clocks?status=overdue")
    clock = page.locator("tbody th a").first.get_attribute("href") or ""
    page.goto(address + clock)
    child = page.locator('main a[href^="/subjects/"]').first.get_attribute("href") or ""
    return [clock, f"{clock}/plan", child]


def _too_wide(page: Page, width: int) -> list[str]:
    needs = looking.width_of(page)
    return [f"{page.url} needs {needs} pixels in a window of {width}"] if needs > width else []
