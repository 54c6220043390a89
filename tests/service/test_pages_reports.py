"""Every report there is stands on the page of reports, opens, and is told apart from its sister."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from service import clock, reports
from service.council import Council
from tests.service.intake_parts import document, send
from tests.service.pages_cast import browser, demonstration, populate, seen


@pytest.fixture
def council(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(sqlite_url, tmp_path) as council:
        populate(council)
        send(council, document("placement.started", "c-care", "care-1", "2026-11-02", key="p-care", worker="seat-7"))
        yield council


def test_each_report_is_listed_under_a_title_of_its_own_and_opens(council: Council):
    asking = browser(council)
    page = asking.get("/reports").text
    titles = [seen(title) for title in re.findall(r'<h2[^>]*id="report-[^"]*">.*?</h2>', page)]
    assert len(titles) == len(set(titles)) == len(reports.NAMES)
    for name, title in zip(reports.NAMES, titles, strict=True):
        opened = asking.get(f"/reports/{name}")
        assert opened.status_code == 200
        assert title in seen(opened.text)


@pytest.mark.parametrize("name", reports.NAMES)
def test_a_report_is_a_page_of_the_site_like_every_other(council: Council, name: str):
    asking = browser(council)
    page, listed = asking.get(f"/reports/{name}").text, asking.get("/reports").text
    top, foot = '<header class="masthead">', '<footer class="foot">'
    assert page[page.index(top) : page.index("</header>")] == listed[listed.index(top) : listed.index("</header>")]
    assert '<a class="govuk-service-navigation__link" href="/reports" aria-current="true">' in page
    assert "Data as at" in page[page.index(foot) :]
    assert "last event" in page[page.index(foot) :]
    assert page.count("<h1") == page.count("<main") == page.count("<!DOCTYPE") == 1


@pytest.mark.parametrize("name", reports.NAMES)
def test_from_a_report_one_goes_back_to_another_day_and_away_with_it(council: Council, name: str):
    asking, day = browser(council), "2026-11-02"
    page = asking.get(f"/reports/{name}?as_at={day}").text
    assert '<a class="govuk-breadcrumbs__link" href="/reports">Reports</a>' in page
    form = page[page.index("<form", page.index("</header>")) : page.index("</form>", page.index("</header>"))]
    assert f'method="get" action="/reports/{name}"' in form
    assert f'name="as_at" value="{day}" max="{clock.today().isoformat()}"' in form
    taken = re.findall(rf'href="(/reports/{name}/[^"]*)"', page)
    assert len(taken) == 5
    assert [asking.get(unescape(path)).status_code for path in taken] == [200] * 5
    assert all(f"as_at={day}" in path for path in taken)


def test_a_report_worked_out_or_frozen_and_what_is_taken_away_fall_under_the_policy_of_every_page(council: Council):
    asking = browser(council)
    reports.publish(council, "visits", as_at=clock.today(), now=clock.now())
    usual = asking.get("/reports").headers["content-security-policy"]
    for name in reports.NAMES:
        assert asking.get(f"/reports/{name}").headers["content-security-policy"] == usual
    kept = asking.get("/reports/visits/html")
    assert kept.headers["content-disposition"].startswith("attachment")
    assert "unsafe-inline" not in kept.headers["content-security-policy"]


def test_the_page_to_keep_stands_on_its_own_with_no_menu_of_ours(council: Council):
    kept = browser(council).get("/reports/visits/html").text
    assert "<style>" in kept
    assert "c-care" in kept
    for ours in ("/static/", "govuk-", "report__", 'href="/', "Sign out", "Be somebody else", "Data as at"):
        assert ours not in kept, ours


def test_the_page_is_the_services_own_copy_with_children_and_workers(council: Council):
    own = seen(browser(council).get("/reports/visits").text)
    assert "c-care" in own
    assert "By worker" in own
    assert "seat-7" in own


@pytest.mark.parametrize("day", ["0001-01-01", "1000-01-01", "2009-12-31", "2010-01-01", "2199-12-31", "9999-12-31"])
def test_a_day_of_which_nothing_can_be_known_is_refused_and_no_defect(council: Council, day: str):
    asking = browser(council)
    for name in reports.NAMES:
        for form in ("", "/json"):
            answer = asking.get(f"/reports/{name}{form}?as_at={day}")
            assert answer.status_code == (200 if day == "2010-01-01" else 422), (name, form)


def test_a_published_report_opens_as_it_was_frozen(council: Council):
    today = clock.today()
    for name in reports.NAMES:
        reports.publish(council, name, as_at=today, now=clock.now())
    send(council, document("placement.started", "c-later", "later-1", "2026-11-03", key="p-later"))
    asking = browser(council)
    listed = re.findall(r'href="(/reports/[^"]*as_at=[^"]*)">([^<]*)', asking.get("/reports").text.split("<h2")[-1])
    assert len({words for _, words in listed}) == len(listed) == len(reports.NAMES)
    [visits] = [path for path, _ in listed if path.startswith("/reports/visits?")]
    frozen = seen(asking.get(visits).text)
    assert "Published and frozen" in frozen
    assert "c-care" in frozen
    assert "c-later" not in frozen
    assert "c-later" in reports.as_html(reports.build(council, "visits", as_at=today), with_children=True)
