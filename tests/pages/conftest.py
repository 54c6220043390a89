"""One demonstration council and one browser for all the pages that are looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.pages import looking


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with looking.service(tmp_path_factory.mktemp("council")) as answering:
        yield answering


@pytest.fixture(scope="session")
def opened() -> Iterator[Browser]:
    with looking.browser() as chromium:
        yield chromium
