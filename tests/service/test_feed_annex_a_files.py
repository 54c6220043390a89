"""Annex A as a file: every row accounted for, and workbooks that are none, or are not to be trusted."""

from __future__ import annotations

import random
import zipfile
from datetime import date
from pathlib import Path

import pytest

from service.door import Refusal, read_document
from service.feeds.annex_a import layout
from service.feeds.facts import CannotRead
from tests.service.annex_a_making import (
    BORN,
    EVERYTHING,
    PLAN,
    TODAY,
    cut,
    facts_of,
    repacked,
    rows_in,
    rows_of,
    said,
    sheet,
    troubles_of,
    written,
)

# ---- every row accounted for, and the same again ---------------------------------------------------------------------


def test_every_row_is_accounted_for_once_and_blank_ones_are_none(tmp_path):
    sheets = [(name, [*rows, [None] * 3, ["", "  "]]) for name, rows in EVERYTHING]
    rows = rows_of(tmp_path, *sheets)
    assert len(rows) == sum(len(rows) - 1 for _name, rows in EVERYTHING)
    assert len({(row.module, row.line) for row in rows}) == len(rows)
    assert [row.line for row in rows if row.refused] == [3]


def test_the_same_workbook_gives_the_same_facts_and_no_id_twice(tmp_path):
    one, other = rows_of(tmp_path, *EVERYTHING), rows_of(tmp_path, *EVERYTHING)
    assert one == other
    ids = [fact.id for row in one for fact in row.facts] + [trouble.fact_id for trouble in troubles_of(one)]
    assert len(set(ids)) == len(ids)


def test_every_fact_is_an_event_that_the_front_door_takes(tmp_path, shared_data):
    rows = rows_of(tmp_path, *EVERYTHING) + rows_in(shared_data / "annex_a" / "liia_Annex_A_2024_Jan.xlsx")
    for fact in facts_of(rows, besides=""):
        data = {"happened_on": str(fact.happened_on), **fact.data} | ({"key": fact.key} if fact.key else {})
        event = {"specversion": "1.0", "id": fact.id, "source": "annex-a", "type": fact.type, "subject": fact.subject}
        assert not isinstance(read_document({**event, "data": data}, now=TODAY), Refusal), fact


def test_the_shared_workbook_is_read_row_by_row(shared_data):
    rows = rows_in(shared_data / "annex_a" / "liia_Annex_A_2024_Jan.xlsx")
    assert len(rows) == 59
    assert not [row for row in rows if row.refused]
    assert len([fact for fact in facts_of(rows) if fact.type == "child-protection-plan.started"]) == 7


# ---- what is no Annex A, or is not to be trusted ---------------------------------------------------------------------


def refusal(path: Path) -> CannotRead:
    with pytest.raises(CannotRead) as refused:
        rows_in(path)
    assert refused.value.fix
    return refused.value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no Excel workbook"),
        (b"CHILD,DOB\n1,2\n", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"PK\x03\x04" + b"\0" * 600, "damaged"),
    ],
)
def test_another_kind_of_file_is_said_to_be_one(tmp_path, content, words):
    path = tmp_path / "annex.xlsx"
    path.write_bytes(content)
    assert words in refusal(path).what


def test_what_is_not_there_and_a_folder_are_refused(tmp_path):
    assert "cannot be opened" in refusal(tmp_path / "nothing.xlsx").what
    assert "cannot be opened" in refusal(tmp_path).what


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("episodes.csv", "CHILD")
    assert "no Excel workbook" in refusal(tmp_path / "a.xlsx").what


def test_a_workbook_without_a_list_is_refused(tmp_path):
    assert "no sheet" in refusal(written(tmp_path, ("Budget", [["Team", "Cost"], ["A", 1]]))).what


def test_a_workbook_cut_short_anywhere_gives_nothing(tmp_path, seed):
    path = written(tmp_path, *EVERYTHING)
    size = path.stat().st_size
    dice = random.Random(seed)
    for keep in (10, size // 2, size - 1, *(dice.randrange(5, size) for _ in range(10))):
        refusal(cut(path, keep))


def test_a_sheet_cut_short_inside_a_sound_zip_gives_nothing(tmp_path):
    path = written(tmp_path, *EVERYTHING)
    changed = repacked(path, "xl/worksheets/sheet8.xml", lambda content: content[: len(content) * 2 // 3])
    assert "damaged" in refusal(changed).what


def test_a_workbook_that_unpacks_to_too_much_is_never_unpacked(tmp_path):
    path = written(tmp_path, PLAN)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(200):
            part.write(b"\0" * 1_048_576)
    assert path.stat().st_size < 1_000_000
    assert "unpacks to more" in refusal(path).what


def test_a_part_that_lies_about_its_size_is_damage(tmp_path):
    path = written(tmp_path, PLAN)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert int.from_bytes(content[entry + 24 : entry + 28], "little") == size
    content[entry + 24 : entry + 28] = (size // 2).to_bytes(4, "little")
    path.write_bytes(content)
    assert "damaged" in refusal(path).what


def test_a_document_type_that_could_unfold_to_anything_is_refused(tmp_path):
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>'
    path = repacked(
        written(tmp_path, PLAN), "xl/worksheets/sheet1.xml", lambda content: bomb + content.partition(b"?>")[2]
    )
    assert "document type" in refusal(path).what


def test_formulas_that_were_never_calculated_are_not_taken_for_empty_cells(tmp_path):
    page = sheet("List 1", ("a-1", BORN, "=DATE(2026,1,5)"))
    assert "never calculated" in refusal(written(tmp_path, page)).what


def test_what_a_formula_last_showed_is_what_it_says(tmp_path):
    path = written(tmp_path, sheet("List 1", ("a-1", BORN, '=TEXT(46027,"dd/mm/yyyy")')))
    shown = b'<c r="C2" t="str"><f>TEXT(1)</f><v>05/01/2026</v></c>'
    changed = repacked(
        path,
        "xl/worksheets/sheet1.xml",
        lambda content: content[: content.index(b'<c r="C2"')] + shown + content[content.rindex(b"</row>") :],
    )
    assert said(rows_in(changed)) == [("contact.received", "2026-01-05")]


A_LOT = 300_000
UNCALCULATED = {
    "a formula and nothing after it": b"<f>1+1</f>",
    "an empty formula": b"<f/>",
    "a shared formula": b'<f t="shared" si="0"/>',
    "a formula with attributes and a text": b'<f t="shared" ref="C2:C9">1+1</f>',
    "an attribute with a sign in it": b'<f t="array" ref="a>b">1+1</f>',
    "a value that is empty": b"<f>1+1</f><v/>",
    "a value that holds nothing": b"<f>1+1</f>\n <v> </v>\n ",
    "a value of very many spaces": b"<f>1+1</f><v>" + b" " * A_LOT + b"</v>",
    "very many spaces after it": b"<f></f>" + b" " * A_LOT,
    "very many before it": b"<f></f>" + b" " * A_LOT + b"<v></v>" + b" " * A_LOT,
    "a formula after very many others": b"<f>1</f>" * A_LOT + b"<f></f>",
}
CALCULATED = {
    "a value": b"<f>1+1</f><v>05/01/2026</v>",
    "a value after very many spaces": b"<f></f>" + b" " * A_LOT + b"<v>05/01/2026</v>",
    "a value before very many spaces": b"<f></f><v>05/01/2026</v>" + b" " * A_LOT,
    "another element with a name like it": b"<v>05/01/2026</v><formula></formula>",
}


def with_a_cell(folder: Path, inside: bytes) -> Path:
    """A contact whose day is in a cell that holds this."""
    path = written(folder, sheet("List 1", ("a-1", BORN, "05/01/2026")))
    cell = b'<c r="C2" t="str">' + inside + b"</c>"
    return repacked(
        path,
        "xl/worksheets/sheet1.xml",
        lambda content: content[: content.index(b'<c r="C2"')] + cell + content[content.rindex(b"</row>") :],
    )


@pytest.mark.parametrize("what", UNCALCULATED)
def test_a_formula_without_a_value_is_found_however_it_is_written(tmp_path, what):
    assert "never calculated" in refusal(with_a_cell(tmp_path, UNCALCULATED[what])).what


@pytest.mark.parametrize("what", CALCULATED)
def test_a_formula_with_a_value_is_never_taken_for_one_without(tmp_path, what):
    assert said(rows_in(with_a_cell(tmp_path, CALCULATED[what]))) == [("contact.received", "2026-01-05")]


@pytest.mark.parametrize("torn", [b"<f ", b"<f", b"<f><", b"<f/", b"<f></f>", b"<f></f><v>", b"<f></f><v>  "])
def test_a_sheet_of_torn_formulas_is_damage_and_is_told_at_once(tmp_path, torn):
    assert "damaged" in refusal(with_a_cell(tmp_path, torn * A_LOT + b"<a>")).what


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_to_its_end(tmp_path):
    path = written(tmp_path, sheet("List 1", *((f"a-{n}", BORN, date(2026, 1, 5)) for n in range(5))))
    changed = repacked(
        path,
        "xl/worksheets/sheet1.xml",
        lambda content: content.replace(b'<dimension ref="A1:C6"', b'<dimension ref="A1:A1"'),
    )
    assert b'ref="A1:A1"' in zipfile.ZipFile(changed).read("xl/worksheets/sheet1.xml")
    assert len(rows_in(changed)) == 5


def test_more_rows_than_a_list_can_have_are_refused(tmp_path):
    row = b"<row><c><v>1</v></c></row>"
    path = repacked(
        written(tmp_path, sheet("List 1")),
        "xl/worksheets/sheet1.xml",
        lambda content: content.replace(b"</sheetData>", row * (layout.BOUNDS.rows + 1) + b"</sheetData>"),
    )
    refused = refusal(path)
    assert f"more than {layout.BOUNDS.rows:,} rows" in refused.what
    assert refused.line == layout.BOUNDS.rows + 2
