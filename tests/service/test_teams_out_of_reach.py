"""A team that somebody does not see, or that is none, is not there: its lists are not empty, as if all were well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.council import Council
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate

PAGES = ["/", "/clocks", "/clocks.csv", "/section-47", "/visits", "/pre-proceedings", "/forecast", "/problems"]
HEAD, OF_NORTH = ("head-of-service", "", ""), ("team-manager", NORTH, "")


@pytest.fixture
def council(database_url, tmp_path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


@pytest.mark.parametrize("page", PAGES)
def test_what_they_do_not_see_looks_like_what_there_is_not(council, page):
    asking = browser(council, OF_NORTH)
    assert asking.get(f"{page}?team={NORTH}").status_code == 200
    others = [asking.get(f"{page}?team={team}") for team in (SOUTH, "unheard-of")]
    assert [one.status_code for one in others] == [404, 404]
    assert others[0].text == others[1].text
    assert "Nothing is overdue" not in others[0].text


@pytest.mark.parametrize("page", PAGES)
def test_whoever_sees_everything_is_told_that_there_is_no_such_team(council, page):
    asking = browser(council, HEAD)
    assert [asking.get(f"{page}?team={team}").status_code for team in (NORTH, "(none)", "unheard-of")] == [
        200,
        200,
        404,
    ]


def test_a_worker_may_narrow_their_children_to_the_team_that_has_them(council):
    asking = browser(council, ("worker", "", ""), person="north-1")
    assert asking.get(f"/clocks?team={NORTH}").status_code == 200
    assert asking.get(f"/clocks?team={SOUTH}").status_code == 404
