"""A looked-after return that leads elsewhere: links and pipes are refused, and where they lead is not told."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from service.feeds.facts import CannotRead
from tests.service.real_server import Command
from tests.service.ssda903_making import A_SET, anything, files, folder_of, rows_in

SECRET = "where-the-secret-lies"


def secret(folder: Path) -> Path:
    """A file outside of the set that would be taken for one of its own."""
    path = folder / SECRET / "ad1.csv"
    path.parent.mkdir()
    path.write_text(files(A_SET)["ad1.csv"])
    return path


def a_link(entry: Path, elsewhere: Path) -> None:
    entry.symlink_to(elsewhere)


def a_link_to_a_folder(entry: Path, elsewhere: Path) -> None:
    entry.symlink_to(elsewhere.parent)


def a_link_to_nothing(entry: Path, elsewhere: Path) -> None:
    entry.symlink_to(elsewhere.with_name("nothing.csv"))


def a_link_to_itself(entry: Path, _elsewhere: Path) -> None:
    entry.symlink_to(entry)


def a_pipe(entry: Path, _elsewhere: Path) -> None:
    os.mkfifo(entry)


ODD = (a_link, a_link_to_a_folder, a_link_to_nothing, a_link_to_itself, a_pipe)


def set_with(folder: Path, name: str, make: Callable[[Path, Path], None]) -> Path:
    """A whole set, one entry of which is odd."""
    contents = files(A_SET)
    contents.pop(name, None)
    made = folder_of(folder / "set", contents)
    make(made / name, secret(folder))
    return made


def refusal(path: Path) -> CannotRead:
    with pytest.raises(CannotRead) as refused:
        rows_in(path)
    assert refused.value.fix
    assert SECRET not in str(refused.value)
    return refused.value


@pytest.mark.parametrize("make", ODD)
@pytest.mark.parametrize("name", ["ad1.csv", "readme.txt", ".hidden"])
def test_a_folder_that_holds_a_link_or_a_pipe_is_refused_whatever_it_is_called(tmp_path, make, name):
    assert "link or a pipe" in refusal(set_with(tmp_path, name, make)).what


@pytest.mark.parametrize("make", ODD)
def test_a_folder_whose_only_xml_is_a_link_or_a_pipe_is_refused(tmp_path, make):
    folder = folder_of(tmp_path / "set", {})
    make(folder / "return.xml", secret(tmp_path))
    assert "link or a pipe" in refusal(folder).what


def test_the_command_says_so_in_a_sentence_and_stores_nothing(command: Command, tmp_path):
    command.run("migrate")
    done = command.run("import", "ssda903", str(set_with(tmp_path, "ad1.csv", a_link)))
    assert (done.returncode, done.stdout) == (1, "")
    assert "the folder holds a link or a pipe" in done.stderr
    assert "nothing of it was stored" in done.stderr
    assert SECRET not in done.stderr


def test_a_folder_inside_the_folder_is_passed_over(tmp_path):
    plain = rows_in(folder_of(tmp_path / "one", files(A_SET)))
    other = folder_of(tmp_path / "other", files(A_SET))
    (other / "last year").mkdir()
    assert anything(rows_in(other)) == anything(plain)


@pytest.mark.parametrize("name", ["set", "return.xml"])
def test_the_path_that_is_given_may_be_a_link_for_whoever_gives_it_means_it(tmp_path, name):
    folder = folder_of(tmp_path / "set", files(A_SET))
    xml = "<SSDA903><CHILD><HEADER><CHILDID>c1</CHILDID><DOB>2015-05-05</DOB></HEADER></CHILD></SSDA903>"
    (tmp_path / "return.xml").write_text(xml)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / name)
    assert anything(rows_in(link)) == anything(rows_in(folder.with_name(name)))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
@pytest.mark.parametrize("name", ["ad1.csv", "readme.txt"])
def test_a_zip_that_holds_a_link_or_a_pipe_is_refused(tmp_path, kind, name):
    path = tmp_path / "set.zip"
    contents = files(A_SET)
    contents.pop(name, None)
    with zipfile.ZipFile(path, "w") as archive:
        for plain, content in contents.items():
            archive.writestr(plain, content)
        odd = zipfile.ZipInfo(name)
        odd.create_system, odd.external_attr = 3, (kind | 0o644) << 16
        archive.writestr(odd, f"/{SECRET}/ad1.csv")
    assert "link or a pipe" in refusal(path).what


def test_a_zip_that_says_that_its_files_are_plain_and_its_folders_folders_is_read(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("a set")
        for name, content in files(A_SET).items():
            plain = zipfile.ZipInfo(f"a set/{name}")
            plain.create_system, plain.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(plain, content)
    assert anything(rows_in(path)) == anything(rows_in(folder_of(tmp_path / "set", files(A_SET))))
