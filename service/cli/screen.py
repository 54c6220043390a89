"""What commands have in common: where words go, and progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import get_terminal_size

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

out = Console(highlight=False, soft_wrap=True, emoji=False)  # a reference such as a:cat:b is no picture
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(words: str = "") -> None:
    """A line on standard output, as it is: nothing in it is markup, and a tab is a tab."""
    print(words, file=out.file)


def width() -> int:
    """How many characters there is room for across, now: as COLUMNS says, or the terminal, or 80."""
    return get_terminal_size().columns


def draw(table: Table) -> None:
    """A table on standard output, as wide as there is room for now."""
    out.width = width()
    out.print(table)


def complain(words: str) -> None:
    """A line on standard error."""
    print(words, file=err.file)


@contextmanager
def progress(*, counted: bool) -> Iterator[Progress]:
    """A bar on standard error: of things counted, or of a share done."""
    last = MofNCompleteColumn() if counted else TaskProgressColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), last, TimeRemainingColumn())
    with Progress(*columns, console=err, transient=False) as bar:
        yield bar
