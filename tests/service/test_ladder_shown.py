"""Who is told of a timescale, and when, is said wherever the timescale itself is shown: command, API, page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.telling.who import told_words
from service.council import Council
from tests.service.intake_parts import document, send
from tests.service.pages_cast import browser, demonstration, seen
from tests.service.real_server import Command


@pytest.fixture
def shown(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(sqlite_url, tmp_path) as council:
        yield council


@pytest.mark.parametrize("timescale", ["return-interview", "referral-decision", "concern-about-delay"])
def test_the_page_of_a_timescale_ends_with_a_sentence_for_each_rung(shown: Council, timescale: str):
    words = seen(browser(shown).get(f"/rules/{timescale}").text)
    told = told_words(shown.law.timescales[timescale], shown.law.ladders)
    assert len(told) > 3
    last = words[words.index("Who is told, and when") :]
    assert [sentence for sentence in told if sentence.replace("'", "’") not in last.replace("'", "’")] == []
    assert "No law says who is told" in last


def test_the_command_shows_a_timescale_and_last_of_all_who_is_told(tmp_path: Path):
    command = Command("", tmp_path)
    said = json.loads(command.run("rules", "show", "concern-about-delay").stdout)
    assert list(said)[-1] == "told"
    assert said["told"] == [
        "1 working day after it was due: the team manager and the principal reviewing officer.",
        "20 working days after it was due: the service manager.",
        "40 working days after it was due: the group manager fieldwork and the head of service.",
        "A plan for it may set the next date up to 10 working days ahead.",
    ]
    assert (said["ladder"]["id"], said["ladder"]["plan_within_working_days"]) == ("chairs", 10)


def test_the_check_counts_the_ladders_too(tmp_path: Path):
    assert "timescales, 5 ladders and" in Command("", tmp_path).run("rules", "check").stdout


def test_the_page_of_a_clock_says_what_a_post_is_told_in_the_words_of_its_own_ladder(shown: Council):
    send(shown, document("concern.raised", "c-slow", "q-1", "2026-06-02", key="concern-1", raised_by="cp_chair"))
    asking = browser(shown)
    (path,) = re.findall(r'href="(/clocks/[0-9a-f]{20})">Progress after a concern', asking.get("/subjects/c-slow").text)
    words = seen(asking.get(path).text)
    assert "our weeks without progress since the concern was raised" in words
