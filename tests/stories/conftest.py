"""What the stories in virtual time begin with: a mail server of their own, and a town founded at a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.service.mail_room import Authority
from tests.stories.town import PostOffice, Town, founded


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def post_office(certificates: Authority) -> Iterator[PostOffice]:
    with PostOffice(certificates) as office:
        yield office


@pytest.fixture
def found(database_url: str, tmp_path: Path, post_office: PostOffice) -> Iterator[Callable[..., Town]]:
    """``found("2026-03-02")`` → a town as it is on that morning."""
    with ExitStack() as towns:

        def new(begins: str | date | datetime, **settings: Any) -> Town:
            return towns.enter_context(founded(database_url, tmp_path, post_office, begins, **settings))

        yield new
