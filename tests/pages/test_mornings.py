"""Each role's morning, from sign-in, in a real browser, and what a stranger must find within a minute."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.pages import looking
from tests.pages.looking import (
    ADMINISTRATOR,
    ANALYST,
    GROUP_MANAGER,
    HEAD,
    MANAGER,
    REVIEWER,
    SERVICE_MANAGER,
    WORKER,
)

pytestmark = pytest.mark.pages

FIRST_PAGES = {
    WORKER: ("/clocks", "Everything running"),
    MANAGER: ("/", "Assessment Team North: this week"),
    SERVICE_MANAGER: ("/", "This week"),
    GROUP_MANAGER: ("/", "This week"),
    HEAD: ("/", "This week"),
    REVIEWER: ("/pre-proceedings", "pre-proceedings"),
    ANALYST: ("/reports", "Reports"),
    ADMINISTRATOR: ("/watch", "How the service itself is"),
}


@pytest.mark.parametrize("who", FIRST_PAGES)
def test_a_morning_begins_with_the_page_that_answers_the_first_question(address, opened, who):
    path, heading = FIRST_PAGES[who]
    with looking.as_(opened, address, who, java_script_enabled=False) as (page, complaints):
        assert page.url.removeprefix(address) == path
        assert heading.lower() in page.inner_text("h1").lower()
        assert "Data as at" in page.inner_text("footer")
        assert "last event" in page.inner_text("footer")
        for link in page.locator("nav[aria-label='Menu'] a").all():
            answer = page.request.get(address + (link.get_attribute("href") or ""))
            assert answer.status == 200, link.get_attribute("href")
        assert complaints == []


def test_a_team_manager_finds_the_most_overdue_why_and_plans_for_it(address, opened):
    with looking.as_(opened, address, MANAGER, java_script_enabled=False) as (page, complaints):
        page.click(".headline >> nth=0 >> a")
        assert "status=overdue" in page.url
        most = page.locator("tbody tr").first.inner_text()
        assert "overdue" in most
        page.click("tbody th a >> nth=0")
        words = page.inner_text("main")
        for heading in ("Why this date", "The law it rests on", "Who was told", "What happened to this clock"):
            assert heading in words
        page.goto(page.url + "/plan")
        _fill_in(page)
        assert "court" in page.inner_text("main").lower()
        assert complaints == []


def test_several_clocks_are_planned_for_by_the_keyboard_alone(address, opened):
    with looking.as_(opened, address, SERVICE_MANAGER) as (page, _):
        page.goto(f"{address}/clocks?status=overdue")
        boxes = page.locator("tbody input[type=checkbox]")
        assert boxes.count() >= 2
        for nth in range(2):
            boxes.nth(nth).focus()
            page.keyboard.press("Space")
            assert boxes.nth(nth).is_checked()
        page.locator("button:has-text('Plan for the chosen clocks')").first.focus()
        with page.expect_navigation():  # the list itself has long been loaded: its state would be waited for in vain
            page.keyboard.press("Enter")
        assert "Plan for 2 clocks" in page.inner_text("h1")
        page.locator("input[name=reason]").first.focus()
        page.keyboard.press("Space")
        latest = re.search(r"For example, (\d+) (\d+) (\d+)", page.inner_text("main"))
        assert latest
        for part, value in zip(("day", "month", "year"), latest.groups(), strict=True):
            page.locator(f"#next_on-{part}").focus()
            page.keyboard.type(value)
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        assert "2" in page.inner_text(".govuk-notification-banner")


def test_a_form_that_was_left_empty_keeps_what_was_typed_and_says_what_is_missing(address, opened):
    with looking.as_(opened, address, MANAGER, 320, java_script_enabled=False) as (page, _):
        page.goto(f"{address}/clocks?status=overdue")
        late = page.locator("tbody th a").first.get_attribute("href")
        page.goto(f"{address}{late}/plan")
        page.fill("#words", "the family asked for Thursday")
        page.click("button:has-text('Save the plan')")
        assert "There is a problem" in page.inner_text("main")
        assert page.input_value("#words") == "the family asked for Thursday"


def test_what_the_wrong_start_hides_is_a_list_of_children(address, opened):
    with looking.as_(opened, address, GROUP_MANAGER, java_script_enabled=False) as (page, _):
        page.click("text=The children behind it")
        words = page.inner_text("main")
        assert "first strategy meeting" in words.lower()
        assert page.locator('main a[href^="/subjects/"]').count() > 0


def test_who_was_told_and_what_happens_next_stand_on_the_clock(address, opened):
    with looking.as_(opened, address, HEAD, java_script_enabled=False) as (page, _):
        page.goto(f"{address}/clocks?status=overdue&timescale=initial-child-protection-conference")
        page.click("tbody th a >> nth=0")
        words = page.inner_text("main")
        assert "Who was told" in words
        assert "What happens next" in words


def test_another_teams_child_is_not_there_and_sign_out_is_at_once(address, opened):
    with looking.as_(opened, address, HEAD) as (page, _):
        page.goto(f"{address}/clocks?team=care-management-team-south")
        other = page.locator('main a[href^="/subjects/"]').first.get_attribute("href")
    with looking.as_(opened, address, MANAGER) as (page, _):
        assert page.goto(f"{address}{other}").status == 404
        page.goto(address)
        page.click("button:has-text('Be somebody else')")
        page.goto(f"{address}/clocks")
        assert "/sign-in" in page.url


def test_an_administrator_sees_no_child(address, opened):
    with looking.as_(opened, address, ADMINISTRATOR) as (page, _):
        for link in page.locator("nav[aria-label='Menu'] a").all():
            html = page.request.get(address + (link.get_attribute("href") or "")).text()
            assert "/subjects/" not in html
            assert not re.search(r"\bc-[0-9a-f]{6}\b", html), link.get_attribute("href")


def _fill_in(page: Page) -> None:
    page.check("input[name=reason][value=court-date]")
    latest = re.search(r"For example, (\d+) (\d+) (\d+)", page.inner_text("main"))
    assert latest
    for part, value in zip(("day", "month", "year"), latest.groups(), strict=True):
        page.fill(f"#next_on-{part}", value)
    page.click("button:has-text('Save the plan')")
    page.wait_for_load_state()
