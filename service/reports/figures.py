"""The sums that reports do: shares, medians, quartiles, bands and trends. Numbers in, numbers and verdicts out."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import median, quantiles
from typing import NamedTuple

from service.reports.report import COUNT, DAYS, SHARE, WORKING_DAYS, Point, Trend, Value
from service.reports.words import number, percent

_FEWEST_POINTS = 8
_FEWEST_CASES = 20
# Two-sided 5 % points of Student's t by degrees of freedom, 6 to 22; for more, that of 22, which is stricter.
_STUDENT = (
    2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080,
    2.074,
)  # fmt: skip
_FIRST_FREEDOM = 6
_HUNDRED = 100
_UNITS = {SHARE: "point", WORKING_DAYS: "working day", DAYS: "day"}


class Spread(NamedTuple):
    """How a set of days is spread: the middle, the quartiles (by linear interpolation) and the longest."""

    lower: float
    middle: float
    upper: float
    longest: int


def share(part: int, whole: int) -> Value:
    """``part`` of ``whole`` as a percentage to one place; no percentage of nothing."""
    return Value(round(_HUNDRED * part / whole, 1) if whole else None, part, whole)


def middle(days: Sequence[int]) -> Value:
    """The median of so many."""
    return Value(float(median(days)) if days else None, whole=len(days))


def count(amount: int) -> Value:
    return Value(float(amount))


def spread(days: Sequence[int]) -> Spread | None:
    """None where there is nothing to spread."""
    if not days:
        return None
    lower, centre, upper = quantiles(days, n=4, method="inclusive") if len(days) > 1 else (float(days[0]),) * 3
    return Spread(round(lower, 2), round(centre, 2), round(upper, 2), max(days))


def in_bands(days: Sequence[int], upto: Sequence[int]) -> list[int]:
    """How many fall in each band: up to the first bound, up to the next, and past the last."""
    counts = [0] * (len(upto) + 1)
    for one in days:
        counts[sum(one > bound for bound in upto)] += 1
    return counts


def band_names(upto: Sequence[int]) -> list[str]:
    """``0–10``, ``11–15``, ``16–20``, ``21+``."""
    firsts = [0, *(bound + 1 for bound in upto)]
    return [f"{first}–{last}" for first, last in zip(firsts, upto, strict=False)] + [f"{firsts[-1]}+"]


def range_words(series: Sequence[Point], unit: str, noun: str) -> str:
    """The lowest and highest of a series in words, and how many of its periods had anything to measure."""
    amounts = [point.value.amount for point in series if point.value.amount is not None]
    if not amounts:
        return "nothing to measure"
    write = percent if unit == SHARE else number
    low, high = write(min(amounts)), write(max(amounts))
    words = f"{low} every {noun}" if low == high else f"{low} to {high}"
    missing = len(series) - len(amounts)
    return f"{words}; {missing} of {len(series)} {noun}s had none" if missing else words


def rag(value: Value, good: str, target: float | None, floor: float | None) -> str | None:
    """Red, amber or green, as a word, against the authority's own target and floor; None where it has set none."""
    if target is None or value.amount is None:
        return None
    sign = 1 if good == "high" else -1
    if sign * value.amount >= sign * target:
        return "green"
    return "amber" if floor is not None and sign * value.amount >= sign * floor else "red"


def trend(series: Sequence[Point], unit: str, good: str, noun: str) -> Trend:
    """Whether a series rises or falls by more than chance would make it.

    A straight line is fitted, each period weighted by its number of cases. The scatter it is held against is what the
    points show, or for a share what chance alone gives with so few cases, whichever is more. Below eight periods or
    twenty cases nothing is said; below the 5 % level it is "no clear trend".
    """
    if unit == COUNT:
        return Trend("untested", f"Not tested: the same cases are counted again each {noun}")
    points = [
        (float(at), point.value.amount, float(point.value.whole or 0))
        for at, point in enumerate(series)
        if point.value.amount is not None and point.value.whole
    ]
    cases = sum(weight for _, _, weight in points)
    if len(points) < _FEWEST_POINTS or cases < _FEWEST_CASES:
        return Trend("short", f"Too few to say ({int(cases)} cases in {len(points)} {noun}s)")
    slope, error = _line(points, is_share=unit == SHARE)
    freedom = min(len(points) - 2 - _FIRST_FREEDOM, len(_STUDENT) - 1)
    if slope == 0 or abs(slope) < _STUDENT[freedom] * error:
        return Trend("none", "No clear trend")
    verdict = "better" if (slope > 0) is (good == "high") else "worse"
    amount = number(round(abs(slope), 1))
    by = f"{amount} {_UNITS[unit]}{'' if amount == '1' else 's'}"
    return Trend(verdict, f"Getting {verdict}: {'up' if slope > 0 else 'down'} about {by} a {noun}")


def _line(points: Sequence[tuple[float, float, float]], *, is_share: bool) -> tuple[float, float]:
    """The slope of the weighted straight line, and its standard error."""
    total = sum(weight for _, _, weight in points)
    centre = sum(weight * at for at, _, weight in points) / total
    level = sum(weight * amount for _, amount, weight in points) / total
    width = sum(weight * (at - centre) ** 2 for at, _, weight in points)
    slope = sum(weight * (at - centre) * (amount - level) for at, amount, weight in points) / width
    scatter = sum(weight * (amount - level - slope * (at - centre)) ** 2 for at, amount, weight in points)
    scatter /= len(points) - 2
    if is_share:
        scatter = max(scatter, level * (_HUNDRED - level))
    return slope, sqrt(scatter / width)
