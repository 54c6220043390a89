"""Files that are cut short, huge, hostile or another return end in a clear message, and the reader comes to no harm."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.feeds.cin_census import layout, open_return
from service.feeds.facts import CannotRead
from tests.service.census_making import HEADER, census, child, facts_of, module, referral, rows_of, said, written

WHOLE = census(*(child(referral(module("Section47", S47ActualStartDate="2026-05-05")), id=f"X-{n}") for n in range(9)))
MEGABYTE = 1 << 20


def refused(folder: Path, content: str | bytes) -> CannotRead:
    with pytest.raises(CannotRead) as caught:
        rows_of(folder, content)
    assert caught.value.fix
    return caught.value


# ---- entity tricks ---------------------------------------------------------------------------------------------------

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("what", "doctype"),
    [
        ("a document type alone", "<!DOCTYPE Message>"),
        ("an external document type", '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/census.dtd">'),
        ("a bomb of entities", f'<!DOCTYPE Message [<!ENTITY l0 "lol">{BOMB}]>'),
        ("an external entity", '<!DOCTYPE Message [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>'),
        ("a parameter entity", '<!DOCTYPE Message [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>'),
    ],
)
def test_a_document_type_is_refused_before_anything_in_it_is_read(tmp_path, what, doctype):
    error = refused(tmp_path, f"<?xml version='1.0'?>\n{doctype}" + WHOLE.replace("X-1", "&l9;"))
    assert "document type or an entity" in error.what, what
    assert error.line == 2


def test_an_entity_that_nobody_declared_is_refused(tmp_path):
    assert refused(tmp_path, WHOLE.replace("X-1", "&xxe;")).line == 7


# ---- cut short, broken, another return -------------------------------------------------------------------------------


def test_a_file_cut_short_anywhere_is_refused_with_the_line(tmp_path, seed):
    dice = random.Random(seed)
    for at in [*(dice.randrange(1, len(WHOLE.rstrip())) for _ in range(50)), 1, len(WHOLE.rstrip()) - 1]:
        error = refused(tmp_path, WHOLE[:at])
        assert "cut short" in error.what
        assert error.line == WHOLE[:at].count("\n") + 1, at


def test_a_file_without_its_last_line_break_is_whole(tmp_path):
    assert len(rows_of(tmp_path, WHOLE.rstrip())) == 27


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"child,date\n1,2026-05-01\n", "not XML"),
        (b"PK\x03\x04" + bytes(90), "workbook"),
        (bytes(500), "not XML"),
        (b"<Message><Children></Message>", "not well-formed"),
        (WHOLE.replace("X-1", "X-\xe9").encode("latin-1"), "not well-formed"),
        (WHOLE.encode() + WHOLE.encode(), "not well-formed"),
        (census(), "no child"),
    ],
)
def test_what_is_no_census_file_is_said_plainly(tmp_path, content, what):
    assert what in refused(tmp_path, content).what


@pytest.mark.parametrize(
    ("content", "found", "command"),
    [
        ("<EXPSSDA903><CHILD/></EXPSSDA903>", "EXPSSDA903", "import ssda903"),
        (census(child(), header=HEADER.replace(">CIN<", ">SSDA903<")), "SSDA903", "import ssda903"),
        (census(child(), header=HEADER.replace(">CIN<", ">SchoolCensus<")), "SchoolCensus", "children in need census"),
        ("<html><body/></html>", "html", "children in need census"),
    ],
)
def test_another_return_is_named_with_the_command_that_reads_it(tmp_path, content, found, command):
    with pytest.raises(CannotRead) as caught:
        open_return(written(tmp_path, content))
    assert found in caught.value.what
    assert command in caught.value.fix


def test_a_message_never_repeats_what_may_be_about_a_person(tmp_path):
    header = HEADER.replace(">CIN<", ">Jo Bloggs of 1 High Street<")
    assert "Bloggs" not in str(refused(tmp_path, census(child(), header=header)))


# ---- encodings and namespaces ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_the_declared_encoding_is_respected(tmp_path, encoding):
    id = "X-1" if encoding == "us-ascii" else "X-\xe9"
    declared = encoding.removesuffix("-sig")
    text = f"<?xml version='1.0' encoding='{declared}'?>\n" + census(child(referral(), id=id))
    assert {fact.subject for fact in facts_of(rows_of(tmp_path, text.encode(encoding)))} == {id}


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "rot13", "unicode_escape", "undefined", "nonsense"])
def test_an_encoding_that_hides_what_it_says_is_refused(tmp_path, encoding):
    assert "encoding" in refused(tmp_path, f"<?xml version='1.0' encoding='{encoding}'?>{WHOLE}").what


def test_namespaces_are_tolerated(tmp_path):
    plain = said(rows_of(tmp_path, WHOLE))
    prefixed = WHOLE.replace("</", "<|").replace("<", "<c:").replace("<c:|", "</c:")
    assert said(rows_of(tmp_path, prefixed.replace("<c:Message>", "<c:Message xmlns:c='urn:x'>", 1))) == plain
    assert said(rows_of(tmp_path, WHOLE.replace("<Message>", "<Message xmlns='urn:y'>"))) == plain


# ---- size ------------------------------------------------------------------------------------------------------------


def _huge(path: Path, before: str, piece: bytes, after: str, megabytes: int = 200) -> Path:
    with path.open("wb") as file:
        file.write(before.encode())
        for _ in range(megabytes * MEGABYTE // len(piece)):
            file.write(piece)
        file.write(after.encode())
    return path


TOO_MUCH = [
    ("white space between children", WHOLE[:-23], b" " * MEGABYTE, WHOLE[-23:], "a text, or the space between"),
    ("a text", "<Message><Children><Child><a>", b"x" * MEGABYTE, "</a></Child></Children></Message>", "a text, or"),
    ("texts", "<Message><Children><Child>", b"x" * 9_999 + b"<!---->", "</Child></Children></Message>", "a text, or"),
    (
        "many texts",
        "<Message><Children><Child>",
        b"x" * 9_990 + b"<a></a>",
        "</Child></Children></Message>",
        "more text",
    ),
    (
        "an attribute",
        '<Message><Children><Child a="',
        b"x" * MEGABYTE,
        '"/></Children></Message>',
        "a tag or a comment",
    ),
    ("a comment", "<Message><!--", b"x" * MEGABYTE, "--></Message>", "a tag or a comment"),
    ("a name", "<Message><", b"x" * MEGABYTE, "/></Message>", "a tag or a comment"),
    ("elements inside one another", "<Message>", b"<Children>" * 100_000, "</Message>", "deeper inside one another"),
    ("one child", "<Message><Child>", b"<a/>" * 250_000, "</Child></Message>", "more elements than any case"),
]


@pytest.mark.parametrize(("what", "before", "piece", "after", "says"), TOO_MUCH, ids=[one[0] for one in TOO_MUCH])
def test_a_file_that_grows_without_end_is_refused_at_once_and_not_held_in_memory(
    tmp_path, what, before, piece, after, says
):
    path = _huge(tmp_path / "huge.xml", before, piece, after)
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(CannotRead, match=says):
        list(open_return(path).rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * MEGABYTE, what
    assert time.perf_counter() - began < 10, what


def test_a_large_census_is_read_a_child_at_a_time(tmp_path):
    whole = child(referral(module("Section47", S47ActualStartDate="2026-05-05")), id="X-%d").replace("\n", "")
    path = tmp_path / "large.xml"
    count = 4_000
    path.write_text(census(*(whole % n for n in range(count))))
    tracemalloc.start()
    rows: Iterator[object] = iter(open_return(path).rows)
    assert sum(1 for _ in rows) == 3 * count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MEGABYTE, "only what names a child may stay"


def test_a_file_larger_than_any_return_is_refused_unread(tmp_path):
    path = tmp_path / "sparse.xml"
    with path.open("wb") as file:
        file.truncate(layout.BOUNDS.file_bytes + 1)
    with pytest.raises(CannotRead, match="larger than any return"):
        open_return(path)
