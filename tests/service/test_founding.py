"""Whose database it is: founded once, taken over by the demonstration only while nothing was sent to it."""

from __future__ import annotations

import pytest

from service.council import authority_of, open_council
from service.errors import NotReady
from service.settings import Settings
from tests.service.intake_parts import discussion, send


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_a_database_that_is_not_there_is_not_made_by_asking_whose_it_is(settings):
    assert authority_of(settings) == ("england", ())
    assert not any(settings.data_dir.iterdir())


def test_the_demonstration_takes_over_a_database_that_nothing_was_sent_to(settings):
    open_council(settings).engine.dispose()
    council = open_council(settings.model_copy(update={"authority": "southend"}), demonstrate=True)
    assert council.is_demonstration
    assert authority_of(settings) == ("southend", ("demonstration",))
    council.engine.dispose()


def test_the_demonstration_never_takes_over_a_database_that_holds_events(settings):
    council = open_council(settings)
    send(council, discussion("c-1", "1", "2026-03-02", key="s47-1"))
    council.engine.dispose()
    with pytest.raises(NotReady, match="belongs to the authority england"):
        open_council(settings.model_copy(update={"authority": "southend"}), demonstrate=True)


def test_a_correction_that_leaves_the_team_out_says_that_nobody_answers_for_the_clock(settings):
    council = open_council(settings)
    send(council, discussion("c-1", "1", "2026-03-02", key="s47-1", team="north"))
    (receipt,) = send(council, discussion("c-1", "2", "2026-03-03", key="s47-1", supersedes="1"))
    assert all("no team is recorded for it any more" in note.reason for note in receipt.notes)
    assert receipt.notes
    council.engine.dispose()


def test_a_new_database_notes_the_law_its_clocks_are_computed_with(settings):
    council = open_council(settings)
    assert council.is_law_applied
    council.engine.dispose()
