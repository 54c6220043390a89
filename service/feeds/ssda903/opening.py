"""A folder, a zip or an XML file → the tables of the set. Everything is read before anything is said of it."""

from __future__ import annotations

import errno
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service.feeds.facts import CannotRead
from service.feeds.ssda903.layout import BOUNDS, MODULES, OTHER_RETURNS
from service.feeds.ssda903.markup import read_markup
from service.feeds.ssda903.table import Table, read_table
from service.feeds.tabular import Line

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_THE_SET = "give the folder that holds the return's CSV files, a zip of them, or its XML"
_TOO_LARGE = "check that it is the return: the largest authority's is a fraction of this"
_BEGINNING = 512
_PLAIN = {stat.S_IFREG, stat.S_IFDIR}


class Opened(NamedTuple):
    """The rows of each module that is in the set, which of those with facts are not, and how many files were not read.

    In XML a module without rows is one with none: none is absent.
    """

    modules: dict[str, list[Line]]
    absent: tuple[str, ...]
    others: int


def open_set(path: Path) -> Opened:
    """The set at a path. Raises ``CannotRead`` where it is none, not all of it is there, or it is cut short."""
    try:
        return _open(path)
    except OSError as error:
        raise CannotRead(
            "the set cannot be opened", fix=f"check that it is there and may be read ({error.strerror})"
        ) from None


def _open(path: Path) -> Opened:
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        raise CannotRead("there is no such folder or file", fix=_THE_SET)
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if beginning.startswith(_ZIP):
        return _from_zip(path)
    if beginning.startswith(_OLE):
        raise CannotRead("this is an old workbook, or one with a password", fix=_THE_SET)
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Opened(read_markup(_content(path.resolve())), (), 0)  # whoever names a link means where it leads
    raise CannotRead("this is a single file, and the return is a set of them", fix=_THE_SET)


def _from_folder(folder: Path) -> Opened:
    entries = sorted(folder.iterdir())
    kinds = {path: stat.S_IFMT(path.lstat().st_mode) for path in entries}
    if not set(kinds.values()) <= _PLAIN:
        raise _no_plain_file("folder")
    files = [path for path in entries if kinds[path] == stat.S_IFREG and not path.name.startswith(".")]
    if len(files) > BOUNDS.files:
        raise CannotRead(f"the folder holds more than {BOUNDS.files:,} files", fix="give a folder of the return alone")
    tables = [path for path in files if path.suffix.lower() == ".csv"]
    marked_up = [path for path in files if path.suffix.lower() == ".xml"]
    if not tables and len(marked_up) == 1:
        return Opened(read_markup(_content(marked_up[0])), (), len(files) - 1)
    return _assembled(((path.name, _content(path)) for path in tables), len(files) - len(tables))


def _content(path: Path) -> bytes:
    """What a plain file holds. It is asked what it is once it is open: what was one before may be a link by then."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _no_plain_file("folder") from None
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _no_plain_file("folder")
        if found.st_size > BOUNDS.file_bytes:
            raise CannotRead(f"a file is larger than {BOUNDS.file_bytes:,} bytes", fix=_TOO_LARGE)
        return file.read()


def _no_plain_file(where: str) -> CannotRead:
    """What it is called, and where it leads, may be nobody's business: it is not told."""
    what = f"the {where} holds a link or a pipe, and only plain files are read"
    return CannotRead(what, fix=f"put the file itself into the {where}, or take the link out")


def _from_zip(path: Path) -> Opened:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            tables = [one for one in members if one.filename.lower().endswith(".csv")]
            marked_up = [one for one in members if one.filename.lower().endswith(".xml")]
            if not tables and len(marked_up) == 1:
                return Opened(read_markup(archive.read(marked_up[0])), (), len(members) - 1)
            contents = ((one.filename.rpartition("/")[2], archive.read(one)) for one in tables)
            return _assembled(contents, len(members) - len(tables))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise CannotRead("the zip is damaged or cut short", fix="make or copy it again") from None


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in it, once it is known that they are few, not too large, and can be read. Never read past its word:
    a member that holds more than it declares is cut off there, and fails its checksum."""
    found = archive.infolist()
    if any(one.filename == "[Content_Types].xml" for one in found):
        raise CannotRead("this is a workbook", fix=f"import it with: {OTHER_RETURNS['WORKBOOK']}")
    members = [one for one in found if not one.is_dir() and not one.filename.startswith("__MACOSX")]
    if len(members) > BOUNDS.files:
        raise CannotRead(f"the zip holds more than {BOUNDS.files:,} files", fix="zip the return's files alone")
    if any(stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFREG) for one in members):  # 0: it does not say
        raise _no_plain_file("zip")
    if any(one.flag_bits & 1 for one in members):
        raise CannotRead("the zip has a password", fix="make it again without one")
    sizes = [one.file_size for one in members]
    if any(size > BOUNDS.file_bytes for size in sizes) or sum(sizes) > BOUNDS.set_bytes:
        raise CannotRead("the zip unpacks to more than a return can be", fix=_TOO_LARGE)
    return members


def _assembled(files: Iterator[tuple[str, bytes]], others: int) -> Opened:
    modules: dict[str, list[Line]] = {}
    size = 0
    for name, content in files:
        size += len(content)
        if size > BOUNDS.set_bytes:
            raise CannotRead(f"the set is larger than {BOUNDS.set_bytes:,} bytes", fix=_TOO_LARGE)
        table = read_table(name, content)
        if table is None:
            others += 1
        else:
            _add(modules, table)
    missing = [module.name for module in MODULES.values() if module.is_required and module.name not in modules]
    if missing:
        what = f"the set has no file of {', '.join(missing)}"
        raise CannotRead(what, fix=f"add it, with its headings alone if it is empty; {_THE_SET}")
    absent = tuple(module.name for module in MODULES.values() if module.is_dated and module.name not in modules)
    return Opened(modules, absent, others)


def _add(modules: dict[str, list[Line]], table: Table) -> None:
    if table.module in modules:
        what = f"the set has two files of {table.module}"
        raise CannotRead(what, fix="keep the files of one return, of one year, in one folder")
    modules[table.module] = table.lines
    if sum(len(lines) for lines in modules.values()) > BOUNDS.rows:
        raise CannotRead(f"the set has more than {BOUNDS.rows:,} rows", fix=_TOO_LARGE)
