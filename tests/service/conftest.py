"""What the tests of the service begin with: an empty council on each database, its command, a wall clock moved by hand.

A module whose council is another has a fixture of its own with the same name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.council import Council
from tests.service.census_making import on_that_day
from tests.service.intake_parts import opened
from tests.service.mail_cast import Wall, wall_at
from tests.service.openid_office import Office, office
from tests.service.real_server import Command


@pytest.fixture
def council(database_url: str, tmp_path: Path) -> Iterator[Council]:
    council = opened(database_url, tmp_path)
    yield council
    council.engine.dispose()


@pytest.fixture
def sqlite_council(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    council = opened(sqlite_url, tmp_path)
    yield council
    council.engine.dispose()


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Command:
    return Command(database_url, tmp_path)


@pytest.fixture
def that_day() -> Iterator[None]:
    """The day on which the made-up returns were drawn up stands still."""
    with on_that_day():
        yield


@pytest.fixture
def wall() -> Iterator[Wall]:
    with wall_at() as moved_by_hand:
        yield moved_by_hand


@pytest.fixture(scope="module")
def sign_in_service() -> Iterator[Office]:
    with office() as made:
        yield made


@pytest.fixture
def there(sign_in_service: Office) -> Office:
    """A module's sign-in service, doing nothing wrong until a test says so."""
    sign_in_service.misdeed = ""
    return sign_in_service
