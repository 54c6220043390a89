"""The looked-after return (SSDA903) as files: every row accounted for, and what is no such return."""

from __future__ import annotations

import csv
import random
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from service.door import Refusal, read_document
from service.feeds.facts import CannotRead, Period
from service.feeds.ssda903 import layout
from tests.service.ssda903_making import (
    A_LIFE,
    A_SET,
    HEADINGS,
    IN,
    MOVE,
    ON,
    TODAY,
    anything,
    episode,
    facts_of,
    files,
    folder_of,
    opened,
    review,
    rows_in,
    rows_of,
    said,
    table,
    troubles_of,
    zipped,
)

# ---- every row accounted for, and the same again ---------------------------------------------------------------------


def test_every_row_is_accounted_for_once(tmp_path):
    rows = rows_of(tmp_path, **A_SET)
    assert Counter(row.module for row in rows) == {name: len(lines) for name, lines in A_SET.items()}
    assert len({(row.module, row.line) for row in rows}) == len(rows)


def test_the_same_set_gives_the_same_and_no_id_twice(tmp_path):
    one, other = rows_of(tmp_path, **A_SET), rows_of(tmp_path, **A_SET)
    assert one == other
    ids = [fact.id for fact in facts_of(one, besides="")] + [trouble.fact_id for trouble in troubles_of(one)]
    assert len(set(ids)) == len(ids)


def test_the_order_of_rows_and_columns_means_nothing(tmp_path, seed):
    dice = random.Random(seed)
    plain = rows_of(tmp_path, **A_SET)
    contents = {
        f"{name}.csv": table(
            name, dice.sample(lines, len(lines)), headings=dice.sample(HEADINGS[name], len(HEADINGS[name]))
        )
        for name, lines in A_SET.items()
    }
    assert anything(rows_in(folder_of(tmp_path / "other", contents))) == anything(plain)


def test_two_rows_word_for_word_the_same_have_an_id_each(tmp_path):
    rows = rows_of(tmp_path, episodes=[episode("02/03/2026")], reviews=[review("27/03/2026"), review("27/03/2026")])
    assert [fact.id for fact in facts_of(rows) if "review" in fact.type] == [
        "c1/review-2026-03-27/looked-after-review.held",
        "c1/review-2026-03-27-2/looked-after-review.held",
    ]


def test_a_later_year_names_what_both_know_alike(tmp_path):
    first = rows_of(tmp_path, episodes=A_LIFE[:3])
    (tmp_path / "next").mkdir()
    later = rows_of(tmp_path / "next", episodes=A_LIFE[2:])
    assert (IN, "2026-03-02") not in said(later)
    known = {fact.id: fact for fact in facts_of(first)}
    both = [fact for fact in facts_of(later) if fact.id in known]
    assert {fact.type for fact in both} == {MOVE, ON}
    assert both == [known[fact.id] for fact in both]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\r\n", "\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.replace("CHILD", "Child Id").replace("PLACE,", "Place,"),
        lambda text: text.rstrip("\r\n"),
        lambda text: text + ",,\r\n\r\n",
        lambda text: "\r\n" + text,
    ],
)
def test_a_file_may_be_written_in_other_ways(tmp_path, change):
    contents = files(A_SET)
    other = {name: change(content) for name, content in contents.items()}
    one, two = folder_of(tmp_path / "one", contents), folder_of(tmp_path / "two", other)
    assert anything(rows_in(one)) == anything(rows_in(two))


def test_a_zip_gives_what_the_folder_gives_whatever_its_files_are_called(tmp_path):
    contents = files(A_SET)
    renamed = {f"{number} export of the year.CSV": text for number, text in enumerate(contents.values())}
    one = folder_of(tmp_path / "one", contents)
    assert anything(rows_in(zipped(tmp_path / "set.zip", renamed))) == anything(rows_in(one))


def test_xml_gives_what_the_files_give(tmp_path):
    def of(child: str) -> str:
        def group(tag: str, cells: dict[str, str]) -> str:
            tags = {"PLACE": "PL"}
            inside = "".join(f"<{tags.get(name, name)}>{text}</{tags.get(name, name)}>" for name, text in cells.items())
            return f"<{tag}>{inside}</{tag}>\n"

        def every(tag: str, name: str) -> str:
            rows = [{**row} for row in A_SET[name] if row["CHILD"] == child]
            return "".join(group(tag, {key: text for key, text in row.items() if key != "CHILD"}) for row in rows)

        born = next(row for row in A_SET["header"] if row["CHILD"] == child)
        match = next((row for row in A_SET["ad1"] if row["CHILD"] == child), {})
        leaves = {"CHILDID": child, **{key: text for key, text in {**born, **match}.items() if key != "CHILD"}}
        header = group("HEADER", leaves).removesuffix("</HEADER>\n")
        header += every("AREVIEW", "reviews") + every("AMISSING", "missing") + every("OC2", "oc2")
        return (
            f"<CHILD>{header}{every('AD_PLACED', 'placed_for_adoption')}</HEADER>{every('EPISODE', 'episodes')}</CHILD>"
        )

    path = tmp_path / "return.xml"
    path.write_text(f"<?xml version='1.0'?>\n<EXPSSDA903>{of('c1')}{of('c2')}</EXPSSDA903>")
    rows = rows_in(path)
    plain = rows_of(tmp_path, **A_SET)
    assert anything(rows) == anything(plain)
    assert Counter(row.module for row in rows) == Counter(row.module for row in plain)
    assert all(row.line > 1 for row in rows)


def test_every_fact_is_an_event_that_the_front_door_takes(tmp_path):
    for fact in facts_of(rows_of(tmp_path, **A_SET), besides=""):
        data = {"happened_on": str(fact.happened_on), **fact.data} | ({"key": fact.key} if fact.key else {})
        event = {"specversion": "1.0", "id": fact.id, "source": "ssda903", "type": fact.type, "subject": fact.subject}
        assert not isinstance(read_document({**event, "data": data}, now=TODAY), Refusal), fact


# ---- which year it covers --------------------------------------------------------------------------------------------


def test_the_year_is_that_in_which_everything_ended_and_was_reviewed(tmp_path):
    path = folder_of(
        tmp_path / "set", files({"episodes": [episode("02/03/2019", "P")], "reviews": [review("31/03/2027")]})
    )
    assert opened(path).period == Period(date(2026, 4, 1), date(2027, 3, 31))


def test_dates_of_two_years_are_no_year(tmp_path):
    reviews = [review("31/03/2026"), review("01/04/2026")]
    read = opened(folder_of(tmp_path / "set", files({"episodes": [episode("02/03/2019", "P")], "reviews": reviews})))
    assert read.period is None
    assert "which year it covers is not known" in read.notes[0]


def test_without_the_file_of_missing_children_nothing_counts_as_gone(tmp_path):
    contents = files({"reviews": [review("30/03/2027")]})
    assert opened(folder_of(tmp_path / "whole", contents)).period
    del contents["missing.csv"]
    read = opened(folder_of(tmp_path / "set", contents))
    assert read.period is None
    assert read.notes[0].startswith("Not in the set: missing.")


# ---- what is no return, or not a whole one ---------------------------------------------------------------------------


def refusal(path: Path) -> CannotRead:
    with pytest.raises(CannotRead) as refused:
        rows_in(path)
    assert refused.value.fix
    return refused.value


@pytest.mark.parametrize("name", ["header", "episodes", "reviews"])
def test_a_set_without_a_file_that_it_needs_is_refused(tmp_path, name):
    contents = files(A_SET)
    del contents[f"{name}.csv"]
    assert refusal(folder_of(tmp_path / "set", contents)).what == f"the set has no file of {name}"


def test_a_heading_that_is_not_known_is_named_with_the_nearest(tmp_path):
    contents = files(A_SET)
    contents["episodes.csv"] = contents["episodes.csv"].replace("DECOM,", "DE_COM,")
    refused = refusal(folder_of(tmp_path / "set", contents))
    assert (refused.what, refused.line) == ("the file of episodes has no column DECOM", 1)
    assert "rename DE_COM" in refused.fix


def test_data_without_headings_is_not_repeated_in_the_message(tmp_path):
    contents = files({"episodes": [episode("02/03/2026", child="CHILD1")]})
    contents["episodes.csv"] = contents["episodes.csv"].partition("\r\n")[2]
    refused = refusal(folder_of(tmp_path / "set", contents))
    assert "has no column" in refused.what
    assert "CHILD1" not in str(refused)
    assert "02/03/2026" not in str(refused)


BROKEN = {
    "is empty": lambda content: b"",
    "not plain text": lambda content: content.decode().encode("utf-16"),
    "not UTF-8": lambda content: content.replace(b"ZZ1 1ZZ", "Zürich".encode("latin-1"), 1),
    "cut short": lambda content: content[: content.rindex(b",U6,")],
    "does not end": lambda content: content.replace(b"c1,", b'"c1,', 1),
    "too long": lambda content: content.replace(b"ZZ1 1ZZ", b"Z" * 20_000, 1),
    "twice": lambda content: content.replace(b"HOME_POST", b"DECOM", 1),
    "the headings of": lambda content: content.replace(b"HOME_POST", b"TEETH_CHECK", 1),
}


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_file_is_refused_whole(tmp_path, words):
    contents: dict[str, str | bytes] = dict(files(A_SET))
    content = contents["episodes.csv"]
    assert isinstance(content, str)
    contents["episodes.csv"] = BROKEN[words](content.encode())
    assert words in refusal(folder_of(tmp_path / "set", contents)).what


def test_a_row_with_a_stray_separator_is_refused_and_the_others_are_read(tmp_path):
    contents = files(A_SET)
    contents["reviews.csv"] = contents["reviews.csv"].replace("27/03/2026,PN3", "27/03/2026,PN3,or so")
    rows = rows_in(folder_of(tmp_path / "set", contents))
    assert [(row.module, row.line) for row in rows if row.refused] == [("reviews", 2)]
    assert len([row for row in rows if row.module == "reviews"]) == 3


def test_two_years_in_one_folder_are_refused(tmp_path):
    contents = files(A_SET)
    contents["episodes last year.csv"] = contents["episodes.csv"]
    assert refusal(folder_of(tmp_path / "set", contents)).what == "the set has two files of episodes"


def test_what_does_not_belong_is_counted_and_not_read(tmp_path):
    contents = {**files(A_SET), "readme.txt": "hello", "budget.csv": "Team,Cost\r\nA,1\r\n"}
    assert "2 other files lie beside the set and were not read." in opened(folder_of(tmp_path / "set", contents)).notes


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "single file"),
        (b"CHILD,DOB\r\n", "single file"),
        (b"\xd0\xcf\x11\xe0 and so on", "password"),
        (b"PK\x03\x04 and so on", "damaged"),
        (b"<Message><Header/></Message>", "no looked-after return"),
        (b"<EXPSSDA903><CHILD><HEADER>", "cut short"),
        (b"<EXPSSDA903></EXPSSDA903>", "no child"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><EXPSSDA903>&b;</EXPSSDA903>', "document type"),
        (b"<EXPSSDA903>" + b"<A>" * 50, "deeper"),
        (b"<EXPSSDA903><CHILD><HEADER><DOB>" + b"1" * 20_000 + b"</DOB>", "longer than any"),
    ],
)
def test_another_kind_of_file_is_said_to_be_one(tmp_path, content, words):
    path = tmp_path / "something"
    path.write_bytes(content)
    assert words in refusal(path).what


def test_what_is_not_there_is_refused(tmp_path):
    assert refusal(tmp_path / "nothing").what == "there is no such folder or file"


def test_a_zip_cut_short_or_too_large_gives_nothing(tmp_path, seed):
    path = zipped(tmp_path / "set.zip", files(A_SET))
    whole = path.read_bytes()
    for size in random.Random(seed).sample(range(5, len(whole) - 1), 8):
        path.write_bytes(whole[:size])
        assert "damaged" in refusal(path).what
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("episodes.csv", "w") as member:
        for _ in range(layout.BOUNDS.file_bytes // 1_048_576 + 1):
            member.write(b"0" * 1_048_576)
    assert "unpacks to more" in refusal(path).what


def test_a_workbook_is_sent_to_the_command_that_reads_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert "annex-a" in refusal(tmp_path / "a.xlsx").fix


# ---- the shared set --------------------------------------------------------------------------------------------------


def test_every_row_of_the_shared_set_is_accounted_for(shared_data):
    folder = shared_data / "ssda903"
    rows = rows_in(folder)
    lines = 0
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines += sum(1 for _row in csv.DictReader(file))
    assert len(rows) == lines
    assert not [row for row in rows if row.refused]


def test_every_review_of_the_shared_set_is_a_fact_or_a_problem(shared_data):
    rows = [row for row in rows_in(shared_data / "ssda903") if row.module == "reviews"]
    assert len(rows) == 12_582
    assert {len(row.facts) + len(row.troubles) for row in rows} == {1}


def test_the_shared_xml_is_read_row_by_row(shared_data):
    text = (shared_data / "ssda903" / "fake_903.xml").read_text()
    counted = Counter(row.module for row in rows_in(shared_data / "ssda903" / "fake_903.xml"))
    for tag, module in layout.XML_GROUPS.items():
        assert counted[module] == text.count(f"<{tag}>"), module
