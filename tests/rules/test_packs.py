"""The packs that ship: every worked example comes out, every number has a source, what is unsure says so."""

from __future__ import annotations

import tomllib

import pytest

from rules.catalogue import CATALOGUE
from rules.loading import load
from rules.loading.build import authorities, load_law
from rules.loading.lines import lines_of
from rules.model import Timescale, Unit, Verified

WHOLE = [name for name in authorities() if name != "demonstration"]
SOUTHEND = load_law("southend", overlays=["demonstration"])
FILES = sorted(load.PACKS.rglob("*.toml"))


@pytest.mark.parametrize("authority", WHOLE)
def test_every_authority_loads_and_its_examples_come_out(authority: str):
    law = load_law(authority)
    assert all(len(timescale.examples) >= 3 for timescale in law.timescales.values())


def test_every_timescale_that_there_is_is_in_force_in_southend():
    assert set(SOUTHEND.timescales) == {
        "care-proceedings",
        "child-in-need-visit",
        "child-protection-visit",
        "concern-about-delay",
        "connected-person-approval",
        "departmental-to-legal-planning-meeting",
        "first-core-group",
        "initial-child-protection-conference",
        "initial-health-assessment",
        "letter-before-proceedings",
        "looked-after-review",
        "looked-after-visit",
        "pathway-assessment",
        "pre-proceedings",
        "pre-proceedings-meeting",
        "referral-decision",
        "return-interview",
        "review-child-protection-conference",
        "review-health-assessment",
        "review-strategy-meeting",
        "single-assessment",
    }
    assert all(timescale.is_enabled for timescale in SOUTHEND.timescales.values())


def test_what_is_southends_own_is_not_in_england():
    england = load_law("england").timescales
    assert "review-strategy-meeting" not in england
    assert england["single-assessment"].duty.versions[-1].target is None
    assert england["departmental-to-legal-planning-meeting"].duty.versions[-1].limit is None


def test_southend_has_set_no_days_to_legal_planning_and_the_demonstration_has_ten_of_its_own():
    own = load_law("southend").timescales["departmental-to-legal-planning-meeting"].duty.versions[-1]
    shown = SOUTHEND.timescales["departmental-to-legal-planning-meeting"].duty.versions[-1]
    assert own.limit is None
    assert (shown.limit, shown.source.verified) == ((10, Unit.WORKING_DAYS), Verified.UNVERIFIED)


@pytest.mark.parametrize("timescale", SOUTHEND.timescales.values(), ids=lambda timescale: timescale.id)
def test_a_number_not_read_in_the_law_itself_says_why(timescale: Timescale):
    for measure in timescale.measures:
        for version in measure.versions:
            assert version.source.verified is Verified.PRIMARY or version.source.note or timescale.kind == "local"
            unsure = [phase for phase in version.phases if phase.verified not in (None, Verified.PRIMARY)]
            assert not unsure or version.source.note  # a phase has no note of its own: the version's says why


@pytest.mark.parametrize("timescale", SOUTHEND.timescales.values(), ids=lambda timescale: timescale.id)
def test_a_statutory_phase_names_its_paragraph(timescale: Timescale):
    phases = [phase for version in timescale.duty.versions for phase in version.phases]
    if timescale.kind == "statutory" and timescale.id != "review-health-assessment":  # whose regulation was not read
        assert all(phase.paragraph for phase in phases)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_line_of_every_key_is_known(file):
    text = file.read_text("utf-8")

    def paths(value, path=()):
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, one in steps:
            yield (*path, step)
            yield from paths(one, (*path, step))

    assert set(lines_of(text)) == set(paths(tomllib.loads(text)))


def test_every_event_that_a_pack_waits_for_is_in_the_catalogue():
    assert {name for measure in SOUTHEND.by_type.values() for one in measure for name in one.types} <= set(CATALOGUE)
