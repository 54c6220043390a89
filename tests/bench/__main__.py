"""`make bench`: speed as ratios, each against a bare ceiling or a peer measured in the same run. Absolute figures drift
with the machine; ratios travel. Nothing here asserts: it prints."""

from __future__ import annotations

import sys
from functools import partial

from tests.bench import council, dates, evaluation, facts, intake, pages, recompute, telling

_ALL = {
    "dates": dates.run,
    "evaluation": evaluation.run,
    "intake": intake.run,
    "recompute": recompute.run,
    "telling": telling.run,
    "council": council.run,
    "pages": pages.run,
}
_SIZED = ("council", "pages", "telling")


def main() -> None:
    """Every benchmark, or those named on the command line; a number is how many events or clocks there are."""
    wanted = [word for word in sys.argv[1:] if not word.isdecimal()] or list(_ALL)
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    print(facts.of_this_machine(), flush=True)
    for name in wanted:
        print(f"\n── {name} " + "─" * (100 - len(name)), flush=True)
        measure = partial(_ALL[name], sizes[0]) if name in _SIZED and sizes else _ALL[name]
        measure()


if __name__ == "__main__":
    main()
