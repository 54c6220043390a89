"""Every page in a real browser, as those who may open it: at every width, by keyboard, by the rules of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.pages import looking
from tests.pages.looking import ADMINISTRATOR, ANALYST, HEAD, MANAGER, NOBODY, REVIEWER, WORKER

pytestmark = pytest.mark.pages

WIDTHS = (1280, 768, 320)
PAGES = {
    NOBODY: {"sign-in": "/sign-in"},
    WORKER: {"my-children": "/clocks", "my-children-by-child": "/clocks?view=child", "forbidden": "/people"},
    MANAGER: {
        "week": "/",
        "clocks": "/clocks",
        "by-child": "/clocks?view=child",
        "by-timescale": "/clocks?view=timescale",
        "overdue": "/clocks?status=overdue",
        "nothing": "/clocks?status=overdue&timescale=pathway-assessment",
        "unheard-of": "/clocks?team=unheard-of",
        "trackers": "/trackers",
        "section-47": "/section-47",
        "section-47-finished": "/section-47?show=finished",
        "visits": "/visits",
        "pre-proceedings": "/pre-proceedings",
        "forecast": "/forecast",
        "problems": "/problems",
        "people": "/people",
        "reports-of-a-team": "/reports",
        "report-of-a-team": "/reports/section-47",
        "report-of-visits-of-a-team": "/reports/visits",
        "nowhere": "/nowhere",
    },
    REVIEWER: {"standing-still": "/pre-proceedings"},
    ANALYST: {"reports": "/reports", "rules": "/rules", "rule": "/rules/review-strategy-meeting"},
    HEAD: {
        "week-of-all": "/",
        "clocks-of-all": "/clocks",
        "a-team": "/?team=assessment-team-north",
        "section-47-of-all": "/section-47",
        "visits-of-all": "/visits",
        "pre-proceedings-of-all": "/pre-proceedings",
        "forecast-of-all": "/forecast",
        "telling": "/telling",
        "report-of-section-47": "/reports/section-47",
        "report-of-visits": "/reports/visits",
        "report-by-month": "/reports/visits-monthly",
        "report-of-pre-proceedings": "/reports/pre-proceedings",
        "report-of-telling": "/reports/telling",
        "trail": "/audit",
    },
    ADMINISTRATOR: {"watch": "/watch", "outbox": "/outbox", "keys": "/keys", "trail-without-children": "/audit"},
}


@pytest.fixture(scope="module")
def paths(address: str, opened: Browser) -> dict[str, dict[str, str]]:
    """The fixed pages, and those that are found by following links: clocks late and not, children, plans, a mail."""
    found = {who: dict(pages) for who, pages in PAGES.items()}
    with looking.as_(opened, address, MANAGER) as (page, _):
        own = found[MANAGER]
        page.goto(f"{address}/clocks?status=overdue")
        own["late"] = _first(page, "th a")
        own["child"] = _first(page, "td a")
        own["looked"] = f"{own['child']}/looked"
        own["plan"] = f"{own['late']}/plan"
        page.goto(f"{address}/clocks?timescale=single-assessment")
        own["assessment"] = page.locator("tbody th a").last.get_attribute("href") or ""
        page.goto(f"{address}/clocks?timescale=initial-child-protection-conference")
        own["conference"] = page.locator("tbody th a").last.get_attribute("href") or ""
    with looking.as_(opened, address, HEAD) as (page, _):
        page.goto(f"{address}/pre-proceedings")
        found[HEAD]["child-in-pre-proceedings"] = page.locator('main a[href^="/subjects/"]').first.get_attribute("href")
        page.goto(f"{address}/problems")
        found[HEAD]["flawed"] = page.locator('main a[href^="/subjects/"]').first.get_attribute("href")
        page.goto(f"{address}/outbox")
        found[HEAD]["mail"] = _first(page, "th a")
    return found


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways_and_the_browser_has_no_complaint(address, opened, paths, width):
    looking.CACHE.mkdir(parents=True, exist_ok=True)
    wide, complaints = [], []
    for who, pages in paths.items():
        with looking.as_(opened, address, who, width) as (page, said):
            for name, path in pages.items():
                page.goto(address + path)
                page.screenshot(path=looking.CACHE / f"{name}-{width}.png", full_page=True)
                needs = looking.width_of(page)
                wide += [f"{path} of the {who} needs {needs} pixels"] if needs > width else []
        refused = tuple(f"{path}: Failed to load resource" for path in ("/nowhere", "/people", "team=unheard-of"))
        complaints += [one for one in said if not any(words in one for words in refused)]
    assert wide == []
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_wrong(address, opened, paths, width):
    script = looking.axe()
    found = []
    for who, pages in paths.items():
        with looking.as_(opened, address, who, width, bypass_csp=True) as (page, _):
            for path in pages.values():
                page.goto(address + path)
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                found += looking.violations(page, script)
    assert found == []


def test_axe_finds_nothing_wrong_with_forms_that_were_refused(address, opened, paths):
    script = looking.axe()
    found = []
    for width in WIDTHS:
        with looking.as_(opened, address, MANAGER, width, bypass_csp=True) as (page, _):
            page.goto(f"{address}/clocks")
            page.click("button:has-text('Plan for the chosen clocks') >> nth=0")
            assert "Error" in page.title()
            page.screenshot(path=looking.CACHE / f"clocks-none-chosen-{width}.png", full_page=True)
            found += looking.violations(page, script)
            page.goto(address + paths[MANAGER]["plan"])
            page.click("button:has-text('Save the plan')")
            assert "There is a problem" in page.inner_text("main")
            page.screenshot(path=looking.CACHE / f"plan-refused-{width}.png", full_page=True)
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
    own = paths[MANAGER]
    with looking.as_(opened, address, MANAGER) as (page, _):
        for path in (own["week"], own["overdue"], own["child"], own["plan"], own["forecast"], own["report-of-a-team"]):
            page.goto(address + path)
            stops = list(_tabbed(page, 30))
            assert stops[0]["words"] == "Skip to main content"
            assert stops[1]["words"] == "Statutory timescales"
            assert [one["words"] for one in stops if not one["is_marked"]] == [], "focus that cannot be seen"
            tops = [one["top"] for one in stops[1:]]
            assert all(later >= earlier - 60 for earlier, later in pairwise(tops)), stops


def test_the_skip_link_leads_to_the_page_itself(address, opened):
    with looking.as_(opened, address, MANAGER) as (page, _):
        page.goto(address)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_what_is_pressed_with_a_finger_is_large_enough(address, opened, paths):
    """WCAG 2.2, 2.5.8: 24 pixels by 24, but for links inside a sentence or with room around them."""
    own = paths[MANAGER]
    with looking.as_(opened, address, MANAGER, 320) as (page, _):
        for path in (own["week"], own["overdue"], own["plan"], own["forecast"], own["report-of-a-team"]):
            page.goto(address + path)
            small = page.evaluate(
                """() => [...document.querySelectorAll('button, select, input, summary, nav a, .headline a, .count')]
                  .map(one => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
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
                const label = one.labels && one.labels[0] ? getComputedStyle(one.labels[0], '::before') : null;
                const is = style => style.boxShadow !== 'none' || style.outlineStyle !== 'none' ||
                                    style.borderTopWidth === '4px';
                return { words: one.textContent.trim(), tag: one.tagName,
                         top: one.getBoundingClientRect().top + window.scrollY,
                         is_marked: is(look) || (label !== null && is(label)) };
            }"""
        )
        if stop["tag"] == "BODY":
            return
        yield stop
