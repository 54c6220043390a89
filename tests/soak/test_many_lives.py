"""Many more lives in virtual time than every day, each against the slow oracle of who ought to be told what."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.service.mail_room import Authority
from tests.stories.playing import play
from tests.stories.town import PostOffice, founded

pytestmark = pytest.mark.soak

LIVES, DAYS = 1_000, 200


@pytest.fixture
def post_office(tmp_path) -> Iterator[PostOffice]:
    with PostOffice(Authority(tmp_path / "certificates")) as office:
        yield office


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("nth", range(LIVES))
def test_whatever_happens_everybody_is_told_what_they_ought_to_be(kind, nth, new_database, tmp_path, post_office, seed):
    rng = random.Random(f"{seed} {nth}")
    begins = date(2025, 9, 1) + timedelta(days=rng.randrange(365))
    url = new_database(kind)
    towns = []

    def found(on, **settings):
        town = founded(url, tmp_path, post_office, on, **settings)
        towns.append(town)
        return town.__enter__()

    try:
        play(found, post_office, rng, begins, DAYS)
    finally:
        for town in towns:
            town.__exit__(None, None, None)
