"""What cannot be right is refused when it is loaded: with the file, the line, the key, the reason and the fix."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from rules.errors import PackRefused
from rules.loading.build import load_law

HERE = Path(__file__).parent
PACKS = HERE / "packs"


class Wrong(NamedTuple):
    """One way to spoil a pack, as wrong.toml describes it."""

    title: str
    file: str
    old: str
    new: str
    key: str
    reason: str
    fix: str
    at: str = ""


WRONG = [Wrong(**table) for table in tomllib.loads((HERE / "wrong.toml").read_text("utf-8"))["wrong"]]


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS, tmp_path / "packs"))


def _refusals(packs: Path, authority: str = "northshire") -> tuple[str, ...]:
    with pytest.raises(PackRefused) as caught:
        load_law(authority, packs=packs)
    return caught.value.refusals


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.title)
def test_it_is_refused(wrong: Wrong, packs: Path):
    file = packs / wrong.file
    text = file.read_text("utf-8")
    assert wrong.old in text, "the test spoils nothing"
    at = text.index(wrong.old)
    spoiled = text.replace(wrong.old, wrong.new, 1)
    file.write_text(spoiled, "utf-8")
    named = spoiled.index(wrong.at) if wrong.at else at + _first_difference(wrong)
    line = spoiled.count("\n", 0, named) + 1
    refusals = _refusals(packs, "westmark" if wrong.file.startswith("westmark") else "northshire")
    where = re.compile(rf"(^|/){re.escape(file.name)}:{line}: {re.escape(wrong.key)}: ")
    matching = [refusal for refusal in refusals if where.search(refusal)]
    assert matching, (f"{file.name}:{line}: {wrong.key}", refusals)
    assert any(wrong.reason in refusal and wrong.fix in refusal for refusal in matching), matching


def _first_difference(wrong: Wrong) -> int:
    """Where in the new text the line begins that differs from the old one."""
    same = 0
    for one, other in zip(wrong.old.split("\n"), wrong.new.split("\n"), strict=False):
        if one != other:
            break
        same += len(one) + 1
    return min(same, len(wrong.new))


def test_as_it_is_it_is_not_refused(packs: Path):
    assert load_law("northshire", packs=packs).timescales
    assert load_law("westmark", packs=packs).timescales
    assert load_law("westmark", packs=packs).timescales
    assert load_law("westmark", packs=packs).timescales


def test_a_start_and_a_stop_of_one_type_narrowed_apart_are_not_refused(packs: Path):
    file = packs / "kingdom/units/in-working-days.toml"
    text = file.read_text()
    text = text.replace('event = "allegation.received"', 'event = "strategy-meeting.held"\nwhere.kind = "initial"', 1)
    text = text.replace('event = "allegation.concluded"', 'event = "strategy-meeting.held"\nwhere.kind = "review"', 1)
    file.write_text(text)
    assert all("examples" in refusal for refusal in _refusals(packs))  # which wait for other events now


def test_every_refusal_is_told_not_only_the_first(packs: Path):
    days, visit = packs / "kingdom/units/in-working-days.toml", packs / "kingdom/visits/visit.toml"
    days.write_text(days.read_text().replace('"5 working_days"', '"0 working_days"'))
    visit.write_text(visit.read_text().replace('area = "visits"', 'area = "units"'))
    refusals = _refusals(packs)
    assert len(refusals) == 2
    assert all(re.search(r"\.toml:\d+: \S+: .+", refusal) for refusal in refusals)


def test_an_authority_that_does_not_exist_is_refused_with_those_that_do(packs: Path):
    with pytest.raises(PackRefused, match="there is kingdom, northshire, westmark"):
        load_law("nowhere", packs=packs)
