"""A long list a page at a time: which rows this page holds, and links to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

MOST = 50
"""Rows on a page."""
_ENDS = 1


class Paging(NamedTuple):
    """Where a page of a list stands. ``links``: page numbers with their addresses, None where some are left out."""

    total: int
    page: int
    pages: int
    links: tuple[tuple[int, str] | None, ...]
    previous: str | None
    next: str | None

    @property
    def skip(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * MOST

    @property
    def first(self) -> int:
        return self.skip + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.skip + MOST, self.total)


def paging(count: int, asked: int, href: Callable[[int], str]) -> Paging:
    """The page that was asked for, or the last there is. ``href`` gives the address of a page."""
    pages = max(1, -(-count // MOST))
    page = min(max(1, asked), pages)
    links = tuple(None if nth is None else (nth, href(nth)) for nth in _shown(page, pages))
    previous = href(page - 1) if page > 1 else None
    return Paging(count, page, pages, links, previous, href(page + 1) if page < pages else None)


def _shown(page: int, pages: int) -> Iterator[int | None]:
    """The first page, the last, this one and its neighbours; None for what is left out between."""
    wanted = {1, pages, *range(max(1, page - _ENDS), min(pages, page + _ENDS) + 1)}
    before = 0
    for nth in sorted(wanted):
        if nth > before + 1:
            yield None
        yield nth
        before = nth
