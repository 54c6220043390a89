"""A folder where files are dropped: nightly extracts, because the common case systems call nobody.

    FOLDER/                what is dropped here is taken once it has lain still
    FOLDER/taking/         what is being taken
    FOLDER/done/           what was taken, with its papers
    FOLDER/refused/        what was not what it should be, with a sentence that says why
    FOLDER/.lock           held by whoever takes; it goes with the process, however that ends

A file is claimed by moving it. Several replicas may watch one folder: one of them takes at a time, the oldest file
first, for an extract taken before the one that it follows would bring back what was corrected since. What a crash left
behind is taken up at the next look. Names gain the moment, so nothing is ever overwritten. A file whose name has
``.complete.`` in it is taken to say everything about the days it covers.
"""

from __future__ import annotations

import fcntl
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from service import clock
from service.bulk import Totals, batches_of, refusals_as_csv, take_lines
from service.council import Council
from service.door import Refusal
from service.errors import Busy, Refused, told_of
from service.feeds.facts import CannotRead
from service.returns.account import words_of, write_papers
from service.returns.taking import Feed, take_return

log = structlog.get_logger()

ACTOR = "watched folder"

STILL_SECONDS = 10
"""How long nothing must have changed: a file still being copied would be taken for one that was cut short."""
_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")
_TAKING, _DONE, _REFUSED, _LOCK = "taking", "done", "refused", ".lock"
_COMPLETE = ".complete."
_LOOK = 4_096
_NAME_BYTES = 160
"""What is kept of a name, from its end: the moment, and what papers are called, come to it."""
_WHAT_IS_TAKEN = (
    "drop a census as XML, a 903 return as a folder or zip of its CSV files, Annex A as .xlsx, or events as NDJSON"
)


class _Seen(NamedTuple):
    """What a dropped file looked like, and since when it has looked so: when it was last written, and all the rest."""

    written: int
    stamp: object
    since: datetime


class Watch:
    """A watched folder, and what was dropped there by the look before.

    Whether a file lies still is seen by looking twice, and not by asking how old it is: a share has a clock of its own.
    """

    def __init__(self, folder: Path, *, still_seconds: float = STILL_SECONDS) -> None:
        self.folder = folder
        self.still_seconds = still_seconds
        self._seen: dict[str, _Seen] = {}

    def look(self, council: Council) -> None:
        """Takes every file that lies still, unless another replica is at it."""
        for name in (_TAKING, _DONE, _REFUSED):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        with _alone(self.folder) as is_ours:
            if not is_ours:
                return
            for nth, dropped in enumerate(self._lying_still()):
                _claim(dropped, self.folder / _TAKING, clock.now() + timedelta(microseconds=nth))
            for claimed in sorted((self.folder / _TAKING).iterdir()):
                if not _take(council, claimed, self.folder):
                    return  # what follows may correct it, and waits for it

    def _lying_still(self) -> list[Path]:
        """What has not changed since an earlier look; the oldest first."""
        now = clock.now()
        seen = {path.name: one for path in self.folder.iterdir() if (one := _seen(path, now))}
        ready = []
        for name, one in seen.items():
            before = self._seen.get(name)
            if before is not None and before.stamp == one.stamp:
                seen[name] = before
                if (now - before.since).total_seconds() >= self.still_seconds:
                    ready.append((one.written, name))
        self._seen = seen
        return [self.folder / name for _written, name in sorted(ready)]


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


def _seen(path: Path, now: datetime) -> _Seen | None:
    """What a file looks like now, a folder with all that is in it; None for what is not there to be taken."""
    if path.name in (_TAKING, _DONE, _REFUSED) or path.name.startswith(".") or path.suffix in _UNFINISHED:
        return None
    try:
        found = [(path.name, path.lstat())]
        if path.is_dir() and not path.is_symlink():
            with suppress(PermissionError):  # not ours to look into: taking it will say so
                found += [(str(one), one.lstat()) for one in path.rglob("*")]
    except FileNotFoundError:  # gone meanwhile
        return None
    stamp = frozenset((name, one.st_size, one.st_mtime_ns, one.st_ino) for name, one in found)
    return _Seen(max(one.st_mtime_ns for _name, one in found), stamp, now)


def _claim(dropped: Path, taking: Path, at: datetime) -> None:
    """Moves a file among those to be taken, which are taken in the order of their moments."""
    name = os.fsdecode(os.fsencode(dropped.name)[-_NAME_BYTES:])
    named = f"{at:%Y%m%dT%H%M%S%f}-{name}"
    try:
        dropped.rename(taking / named)
    except OSError as error:  # it must not keep all others waiting
        log.warning("a dropped file cannot be moved, and waits", why=error.strerror)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether this process alone may take. A file of its own is locked: on a share, what is dropped may not be."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _must_open(claimed: Path) -> None:
    """Raises CannotRead for a link, which could lead out of the folder, and for what the service may not read."""
    try:
        os.close(os.open(claimed, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))  # a pipe would wait for its writer
    except OSError:
        raise CannotRead("this is no plain file, or one that the service may not read", fix="drop a copy") from None


def _take(council: Council, claimed: Path, folder: Path) -> bool:
    """Whether the file is done with, one way or the other."""
    try:
        _must_open(claimed)
        feed = recognised(claimed)
        done = folder / _DONE
        told = _take_events(council, claimed, done) if feed is None else _take_return(council, feed, claimed, done)
    except CannotRead as error:
        _refuse(claimed, folder, f"{error}; nothing of it was stored\n")
    except Refused as error:
        _refuse(claimed, folder, f"{error}\n")
    except Busy:
        log.warning("the database is busy: a dropped file waits for the next look")
        return False
    except Exception as defect:  # one poisoned file must not keep all others waiting
        log.error("a dropped file could not be taken", **told_of(defect))
        failed = "the service failed over this file: tell those who run it, and import it again\n"
        _put(claimed, folder / _REFUSED, failed)
    else:
        _put(claimed, folder / _DONE, told)
    return True


def _take_return(council: Council, feed: Feed, claimed: Path, done: Path) -> str:
    is_complete = _COMPLETE in f"{claimed.name}."  # a folder has nothing after it
    taken = take_return(council, feed, claimed, actor=ACTOR, complete=is_complete)
    write_papers(taken, done / claimed.name)
    log.info("a return was taken", feed=feed.value, **taken.counts)
    return "\n".join([f"taken as {feed}", *words_of(taken), *taken.notes, ""])


def _take_events(council: Council, claimed: Path, done: Path) -> str:
    totals = Totals()
    refused: list[tuple[int, Refusal]] = []
    for lines, _read in batches_of(claimed):
        take_lines(council, lines, actor=ACTOR, totals=totals)
        refused += totals.refusals
    if refused:
        (done / f"{claimed.name}.problems.csv").write_text(refusals_as_csv(refused), "utf-8", newline="")
    log.info("events were taken", new=totals.new, repeated=totals.repeated, refused=totals.refused)
    return f"taken as events\n{totals.new:,} new, {totals.repeated:,} known already, {totals.refused:,} refused\n"


def _refuse(claimed: Path, folder: Path, told: str) -> None:
    _put(claimed, folder / _REFUSED, told)
    log.warning("a dropped file was refused")  # the reason stands beside it: it may name what the file holds


def _put(claimed: Path, into: Path, told: str) -> None:
    """Moves the file, and writes beside it what became of it; the file last, so that a crash repeats it.

    Its papers are written there at once: beside the file, another replica would take them for files that were dropped.
    """
    (into / f"{claimed.name}.txt").write_text(told, "utf-8")
    claimed.rename(into / claimed.name)
