"""Every page in a real browser: at every width, by keyboard, without JavaScript, and by the rules of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.pages import looking

pytestmark = pytest.mark.pages

WIDTHS = (1280, 768, 320)
PAGES = {
    "sign-in": "/sign-in",
    "week": "/",
    "team": "/?team=assessment-team-north",
    "clocks": "/clocks",
    "overdue": "/clocks?status=overdue",
    "none": "/clocks?status=overdue&team=unheard-of",
    "trackers": "/trackers",
    "section-47": "/section-47",
    "hidden": "/section-47?show=hidden",
    "finished": "/section-47?show=finished",
    "visits": "/visits",
    "visits-page": "/visits?kind=looked-after-visit&page=2",
    "pre-proceedings": "/pre-proceedings",
    "forecast": "/forecast",
    "forecast-team": "/forecast?by=team",
    "nothing-due": "/forecast?team=unheard-of",
    "outbox": "/outbox",
    "people": "/people",
    "telling": "/telling",
    "problems": "/problems",
    "rules": "/rules",
    "rule": "/rules/review-strategy-meeting",
    "reports": "/reports",
    "nowhere": "/nowhere",
}
OWN_LOOKS = {"report": "/reports/section-47"}
"""Pages that bring their own looks: held to the same rules of width and quiet."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with looking.service(tmp_path_factory.mktemp("council")) as answering:
        yield answering


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    with looking.browser() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def paths(address: str, opened: Browser) -> dict[str, str]:
    """The fixed pages, and those that are found by following links: a clock late, one not, children, a mail."""
    with looking.page_of(opened, 1280) as (page, _):
        found = dict(PAGES)
        page.goto(f"{address}/clocks?status=overdue")
        found["late"] = _first(page, "th a")
        found["child"] = _first(page, "td a")
        page.goto(f"{address}/clocks?timescale=single-assessment")
        found["assessment"] = page.locator("th a").last.get_attribute("href") or ""
        page.goto(f"{address}/clocks?timescale=initial-child-protection-conference")
        found["conference"] = page.locator("th a").last.get_attribute("href") or ""
        page.goto(f"{address}/problems")
        found["flawed"] = _first(page, "th a")
        page.goto(f"{address}/outbox")
        if page.locator("th a").count():
            found["mail"] = _first(page, "th a")
        return found


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways_and_the_browser_has_no_complaint(address, opened, paths, width):
    looking.CACHE.mkdir(parents=True, exist_ok=True)
    wide = []
    with looking.page_of(opened, width) as (page, complaints):
        for name, path in (paths | OWN_LOOKS).items():
            page.goto(address + path)
            page.screenshot(path=looking.CACHE / f"{name}-{width}.png", full_page=True)
            needs = page.evaluate("document.documentElement.scrollWidth")
            wide += [f"{path} needs {needs} pixels"] if needs > width else []
    assert wide == []
    assert [one for one in complaints if "/nowhere: Failed to load resource" not in one] == []


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_wrong(address, opened, paths, width):
    script = looking.axe()
    found = []
    with looking.page_of(opened, width, bypass_csp=True) as (page, _):
        for path in paths.values():
            page.goto(address + path)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found += looking.violations(page, script)
    assert found == []


def test_axe_would_find_something(address, opened):
    with looking.page_of(opened, 1280, bypass_csp=True) as (page, _):
        page.goto(address)
        page.evaluate(
            "document.querySelector('main').innerHTML += '<img src=\"data:,\"><p style=\"color:#ccc\">grey</p>'"
        )
        found = " ".join(looking.violations(page, looking.axe()))
    assert "image-alt" in found
    assert "color-contrast" in found


def test_the_keyboard_goes_from_top_to_bottom_and_is_always_seen(address, opened, paths):
    with looking.page_of(opened, 1280) as (page, _):
        for path in (paths["week"], paths["overdue"], paths["child"]):
            page.goto(address + path)
            stops = list(_tabbed(page, 25))
            assert stops[0]["words"] == "Skip to main content"
            assert stops[1]["words"] == "Statutory timescales"
            assert [one["words"] for one in stops if not one["is_marked"]] == [], "focus that cannot be seen"
            tops = [one["top"] for one in stops[1:]]
            assert all(later >= earlier - 60 for earlier, later in pairwise(tops)), stops


def test_the_skip_link_leads_to_the_page_itself(address, opened):
    with looking.page_of(opened, 1280) as (page, _):
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_stranger_finds_who_is_late_why_and_who_was_told_without_javascript(address, opened):
    with looking.page_of(opened, 1280, java_script_enabled=False) as (page, complaints):
        page.goto(address)
        page.click(".headline >> nth=0 >> a")
        page.select_option("#timescale", "single-assessment")
        page.click("button:has-text('Filter')")
        assert "timescale=single-assessment" in page.url
        page.click("tbody th a >> nth=0")
        words = page.inner_text("main")
        for heading in ("Why this date", "The law it rests on", "Who was told", "What happened to this clock"):
            assert heading in words
        page.click("nav[aria-label='Where this is'] a >> nth=1")
        assert "Running now" in page.inner_text("main")
        assert complaints == []


def test_what_is_pressed_with_a_finger_is_large_enough(address, opened, paths):
    """WCAG 2.2, 2.5.8: 24 pixels by 24, but for links inside a sentence or with room around them."""
    with looking.page_of(opened, 320) as (page, _):
        for path in (paths["week"], paths["overdue"]):
            page.goto(address + path)
            small = page.evaluate(
                """() => [...document.querySelectorAll('button, select, input, nav a, .headline a, .count')]
                  .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
                  .filter(([, box]) => box.width > 0 && (box.height < 24 || box.width < 16)).map(([words]) => words)"""
            )
            assert small == [], path


def _first(page: Page, selector: str) -> str:
    return page.locator(f"tbody {selector}").first.get_attribute("href") or ""


def _tabbed(page: Page, most: int) -> Iterator[dict[str, object]]:
    """What the focus comes to, stop by stop: its words, how far down it is, and whether it is marked."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const one = document.activeElement, look = getComputedStyle(one);
                return { words: one.textContent.trim(), tag: one.tagName,
                         top: one.getBoundingClientRect().top + window.scrollY,
                         is_marked: look.boxShadow !== 'none' || look.outlineStyle !== 'none' };
            }"""
        )
        if stop["tag"] == "BODY":
            return
        yield stop
