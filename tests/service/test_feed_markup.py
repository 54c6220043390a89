"""Returns that come as XML: encodings that are read, and those that are not, whichever return it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.feeds.facts import CannotRead, Row
from service.feeds.markup import ENCODINGS
from tests.service import census_making, ssda903_making

CENSUS = census_making.census(census_making.child(census_making.referral()))
LOOKED_AFTER = "<SSDA903><CHILD><HEADER><CHILDID>c1</CHILDID><DOB>2015-05-05</DOB></HEADER></CHILD></SSDA903>"


def census_rows(folder: Path, content: bytes) -> list[Row]:
    return census_making.rows_of(folder, content)


def looked_after_rows(folder: Path, content: bytes) -> list[Row]:
    return ssda903_making.rows_in(ssda903_making.zipped(folder / "return.zip", {"return.xml": content}))


RETURNS = pytest.mark.parametrize(
    ("rows_of", "text"), [(census_rows, CENSUS), (looked_after_rows, LOOKED_AFTER)], ids=["census", "looked after"]
)
Reader = Callable[[Path, bytes], list[Row]]


@RETURNS
@pytest.mark.parametrize(
    "encoding", ["shift_jis", "foo", "utf-7", "utf16", "big5", "iso-8859-12", "windows-1259", "idna", "unicode_escape"]
)
def test_an_encoding_that_is_not_read_is_said_to_be_one(tmp_path, rows_of: Reader, text, encoding):
    with pytest.raises(CannotRead) as refused:
        rows_of(tmp_path, f"<?xml version='1.0' encoding='{encoding}'?>\n{text}".encode())
    assert "encoding" in refused.value.what
    assert (refused.value.line, refused.value.fix) == (1, "save the file as UTF-8")


@RETURNS
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_every_encoding_that_is_read_gives_what_the_plain_file_gives(tmp_path, rows_of: Reader, text, encoding):
    plain = rows_of(tmp_path, text.encode())
    declared = f"<?xml version='1.0' encoding='{encoding.upper()}'?>{text}"
    assert rows_of(tmp_path, declared.encode(encoding)) == plain


@RETURNS
def test_a_file_cut_short_is_told_from_one_that_is_no_xml(tmp_path, rows_of: Reader, text):
    for content, words in ((text[:-5], "cut short"), (text.replace("</", "<", 1), "well-formed")):
        with pytest.raises(CannotRead) as refused:
            rows_of(tmp_path, content.encode())
        assert words in refused.value.what
