"""A long list a page at a time: every row on one page, and few enough links to choose from."""

from __future__ import annotations

import pytest

from service.web.shown.paging import MOST, Paging, paging


def page_of(count: int, asked: int) -> Paging:
    return paging(count, asked, str)


def shown(page: Paging) -> str:
    """The numbers offered, as they are drawn."""
    return " ".join("…" if link is None else str(link[0]) for link in page.links)


@pytest.mark.parametrize("count", [0, 1, MOST - 1, MOST, MOST + 1, 7 * MOST + 3])
def test_every_row_stands_on_exactly_one_page(count):
    pages = [page_of(count, nth) for nth in range(1, page_of(count, 1).pages + 1)]
    rows = [row for page in pages for row in range(page.first, page.last + 1) if row]
    assert rows == list(range(1, count + 1))
    assert all(page.last - page.skip <= MOST for page in pages)


@pytest.mark.parametrize(
    ("pages", "asked", "links"),
    [(1, 1, "1"), (3, 2, "1 2 3"), (9, 1, "1 2 … 9"), (9, 5, "1 … 4 5 6 … 9"), (9, 9, "1 … 8 9")],
)
def test_the_first_the_last_and_the_neighbours_are_offered(pages, asked, links):
    assert shown(page_of(pages * MOST, asked)) == links


def test_a_page_beyond_the_last_is_the_last():
    page = page_of(2 * MOST, 99)
    assert (page.page, page.previous, page.next) == (2, "1", None)


def test_the_first_page_has_none_before_it():
    page = page_of(2 * MOST, 1)
    assert (page.previous, page.next) == (None, "2")
