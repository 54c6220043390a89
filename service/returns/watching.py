"""A folder where files are dropped: nightly extracts, because the common case systems call nobody.

    FOLDER/                what is dropped here is taken once it has lain still
    FOLDER/taking/         what is being taken
    FOLDER/done/           what was taken, with its papers
    FOLDER/refused/        what was not what it should be, with a sentence that says why

A file is claimed by moving it, and held by a lock that ends with the process: several replicas may watch one folder,
and what a crash left behind is taken up at the next look. Names gain the moment, so nothing is ever overwritten. A file
whose name has ``.complete.`` in it is taken to say everything about the days it covers.
"""

from __future__ import annotations

import fcntl
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from service import clock
from service.bulk import Totals, batches_of, take_lines
from service.council import Council
from service.errors import Busy, told_of
from service.feeds.facts import CannotRead
from service.returns.account import words_of, write_papers
from service.returns.taking import Feed, take_return
from service.spreadsheets import as_csv_text

log = structlog.get_logger()

ACTOR = "watched folder"

_STILL_SECONDS = 10
"""How long nothing must have changed: a file still being copied would be taken for one that was cut short."""
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_TAKING, _DONE, _REFUSED = "taking", "done", "refused"
_COMPLETE = ".complete."
_LOOK = 4_096
_NAME_BYTES = 160
"""What is kept of a name, from its end: the moment, and what papers are called, come to it."""
_WHAT_IS_TAKEN = (
    "drop a census as XML, a 903 return as a folder or zip of its CSV files, Annex A as .xlsx, or events as NDJSON"
)


def look(council: Council, folder: Path) -> None:
    """Takes every file that lies still in the folder."""
    for name in (_TAKING, _DONE, _REFUSED):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for dropped in sorted(folder.iterdir()):
        if _is_ready(dropped):
            _claim(dropped, folder / _TAKING)
    for claimed in sorted((folder / _TAKING).iterdir()):
        try:
            with _held(claimed) as is_ours:
                if is_ours:
                    _take(council, claimed, folder)
        except CannotRead as error:  # one that cannot be opened must not keep all others waiting
            with suppress(FileNotFoundError):  # nobody holds it: another replica may have come first
                _refuse(claimed, folder, error)


def recognised(path: Path) -> Feed | None:
    """Which return a file is, by its content; None for a file of events. Raises CannotRead for anything else."""
    if path.is_dir():
        return Feed.SSDA903
    if not path.is_file():
        raise CannotRead("this is no file", fix=_WHAT_IS_TAKEN)
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                return Feed.ANNEX_A if "[Content_Types].xml" in archive.namelist() else Feed.SSDA903
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            raise CannotRead("the file is a damaged zip or workbook", fix="export it again, and drop it") from None
    with path.open("rb") as file:
        beginning = file.read(_LOOK)
    text = beginning.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if text.startswith(b"<"):
        return Feed.SSDA903 if b"SSDA903" in text.upper() else Feed.CIN_CENSUS
    if text.startswith(b"{"):
        return None
    raise CannotRead("this is none of the files that are taken here", fix=_WHAT_IS_TAKEN)


def _is_ready(path: Path) -> bool:
    if path.name in (_TAKING, _DONE, _REFUSED) or path.name.startswith(".") or path.suffix in _UNFINISHED:
        return False
    try:
        inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
        changed: float = max(one.lstat().st_mtime for one in [path, *inside])
    except FileNotFoundError:  # another replica has claimed it meanwhile
        return False
    return abs(clock.now().timestamp() - changed) >= _STILL_SECONDS


def _claim(dropped: Path, taking: Path) -> None:
    name = os.fsdecode(os.fsencode(dropped.name)[-_NAME_BYTES:])
    named = f"{clock.now():%Y%m%dT%H%M%S%f}-{name}"
    try:
        dropped.rename(taking / named)
    except FileNotFoundError:
        log.info("a dropped file was claimed by another replica")


@contextmanager
def _held(claimed: Path) -> Iterator[bool]:
    """Whether this process alone has the file; the lock goes with the process, however it ends.

    Raises CannotRead for what cannot be opened: a link, which could lead out of the folder, or what it may not read.
    """
    try:
        handle = os.open(claimed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would wait for its writer
    except FileNotFoundError:
        yield False
        return
    except OSError:
        raise CannotRead("this is no plain file, or one that the service may not read", fix="drop a copy") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield claimed.exists()  # whoever held it before may have taken it to its end
    finally:
        os.close(handle)


def _take(council: Council, claimed: Path, folder: Path) -> None:
    try:
        feed = recognised(claimed)
        done = folder / _DONE
        told = _take_events(council, claimed, done) if feed is None else _take_return(council, feed, claimed, done)
    except CannotRead as error:
        _refuse(claimed, folder, error)
        return
    except Busy:
        log.warning("the database is busy: a dropped file waits for the next look")
        return
    except Exception as defect:  # one poisoned file must not keep all others waiting
        log.error("a dropped file could not be taken", **told_of(defect))
        _put(
            claimed,
            folder / _REFUSED,
            "the service failed over this file: tell those who run it, and import it again\n",
        )
        return
    _put(claimed, folder / _DONE, told)


def _take_return(council: Council, feed: Feed, claimed: Path, done: Path) -> str:
    is_complete = _COMPLETE in f"{claimed.name}."  # a folder has nothing after it
    taken = take_return(council, feed, claimed, actor=ACTOR, complete=is_complete)
    write_papers(taken, done / claimed.name)
    log.info("a return was taken", feed=feed.value, **taken.counts)
    return "\n".join([f"taken as {feed}", *words_of(taken), *taken.notes, ""])


def _take_events(council: Council, claimed: Path, done: Path) -> str:
    totals = Totals()
    refused: list[tuple[object, ...]] = []
    for lines, _read in batches_of(claimed):
        take_lines(council, lines, actor=ACTOR, totals=totals)
        refused += [(line, one.type, one.pointer, one.detail, one.fix) for line, one in totals.refusals]
    if refused:
        header = ("line", "type", "pointer", "detail", "fix")
        paper = done / f"{claimed.name}.problems.csv"
        paper.write_text(as_csv_text(header, refused), "utf-8", newline="")
    log.info("events were taken", new=totals.new, repeated=totals.repeated, refused=totals.refused)
    return f"taken as events\n{totals.new:,} new, {totals.repeated:,} known already, {totals.refused:,} refused\n"


def _refuse(claimed: Path, folder: Path, error: CannotRead) -> None:
    _put(claimed, folder / _REFUSED, f"{error}; nothing of it was stored\n")
    log.warning("a dropped file was refused")  # the reason stands beside it: it may name what the file holds


def _put(claimed: Path, into: Path, told: str) -> None:
    """Moves the file, and writes beside it what became of it; the file last, so that a crash repeats it.

    Its papers are written there at once: beside the file, another replica would take them for files that were dropped.
    """
    (into / f"{claimed.name}.txt").write_text(told, "utf-8")
    claimed.rename(into / claimed.name)
