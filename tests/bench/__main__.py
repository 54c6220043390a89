"""`make bench`: speed as ratios, each against a bare ceiling or a peer measured in the same run. Absolute figures drift
with the machine; ratios travel. Nothing here asserts: it prints."""

from __future__ import annotations

import sys

from tests.bench import dates, evaluation, facts, intake, recompute


def main() -> None:
    """Every benchmark, or those named on the command line: dates, evaluation, intake, recompute."""
    wanted = sys.argv[1:] or ["dates", "evaluation", "intake", "recompute"]
    print(facts.of_this_machine(), flush=True)
    for name in wanted:
        print(f"\n── {name} " + "─" * (100 - len(name)), flush=True)
        {"dates": dates, "evaluation": evaluation, "intake": intake, "recompute": recompute}[name].run()


if __name__ == "__main__":
    main()
