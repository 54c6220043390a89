"""Lays the ladders of an authority's packs over one another, and makes of them what the law holds.

A ladder replaces the one of the same id below it, whole; another id is added. What a pack says of a timescale or an
area stands above what the packs below say of it. Of the keys at the top only what is set replaces anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rules.errors import PackRefused
from rules.loading import load
from rules.loading.ladders.check import hours_without_a_moment, wrong_in, wrong_upon
from rules.loading.ladders.examples import wrong_examples
from rules.loading.ladders.shapes import LadderShape, LaddersShape, StepShape
from rules.model import Ladder, Ladders, Step, Timescale
from rules.workdays import WorkingCalendar

FILE = "ladders.toml"

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def ladders_of(
    chain: Sequence[Path], timescales: Mapping[str, Timescale], calendars: Mapping[str, WorkingCalendar]
) -> Ladders:
    """The ladders of these packs, the lowest first. Raises PackRefused."""
    files = [file for pack in chain if (file := pack / FILE).exists()]
    if not files:
        raise PackRefused([f"{chain[0].name}:1: {FILE}: none of its packs has one: add one, so that somebody is told"])
    shapes: list[LaddersShape] = []
    refusals: list[str] = []
    for file in files:
        shape = load.read(file, LaddersShape)
        below = {pack.name for pack in chain[: chain.index(file.parent) + 1]}
        known = {one.id: one.area for one in timescales.values() if one.pack in below}
        wrong = [*wrong_in(shape, known, calendars), *wrong_upon(merged(shapes), shape)]
        refusals += [load.refusal(file, path, reason) for path, reason in wrong]
        shapes.append(shape)
    if refusals:
        raise PackRefused(refusals)
    made = _made(shapes)
    for nth, (file, shape) in enumerate(zip(files, shapes, strict=True), 1):
        examples = wrong_examples(shape, _made(shapes[:nth]), calendars)
        wrong = [*hours_without_a_moment(shape, made, timescales), *examples]
        refusals += [load.refusal(file, path, reason) for path, reason in wrong]
    if refusals:
        raise PackRefused(refusals)
    return made


def merged(shapes: Sequence[LaddersShape]) -> LaddersShape | None:
    """One file that says what these say together; None of none."""
    whole: LaddersShape | None = None
    for shape in shapes:
        if whole is None:
            whole = shape
            continue
        said = {name: value for name in shape.model_fields_set if (value := getattr(shape, name))}
        ladders = {ladder.id: ladder for ladder in (*whole.ladders, *shape.ladders)}
        whole = whole.model_copy(update=said | {"ladders": list(ladders.values())})
    return whole


def _claims(shapes: Sequence[LaddersShape]) -> tuple[dict[str, str], dict[str, str]]:
    """Whose ladder each timescale and each area is: the highest pack that claims it decides."""
    replaced: set[str] = set()
    by_timescale: dict[str, str] = {}
    by_area: dict[str, str] = {}
    for shape in reversed(shapes):
        for ladder in shape.ladders:
            if ladder.id not in replaced:
                by_timescale = dict.fromkeys(ladder.timescales, ladder.id) | by_timescale
                by_area = dict.fromkeys(ladder.areas, ladder.id) | by_area
        replaced |= {ladder.id for ladder in shape.ladders}
    return by_timescale, by_area


def _made(shapes: Sequence[LaddersShape]) -> Ladders:
    shape, (by_timescale, by_area) = merged(shapes), _claims(shapes)
    assert shape is not None
    assert shape.at is not None
    assert shape.until is not None
    assert shape.weekly is not None
    assert shape.zone is not None
    assert shape.calendar is not None
    return Ladders(
        ladders={one.id: _ladder(one) for one in shape.ladders},
        default=next(one.id for one in shape.ladders if one.is_default),
        by_timescale=by_timescale,
        by_area=by_area,
        lines=tuple(tuple(line.posts) for line in shape.lines),
        at=shape.at,
        until=shape.until,
        weekly=_WEEKDAYS.index(shape.weekly),
        zone=shape.zone,
        calendar=shape.calendar,
    )


def _ladder(shape: LadderShape) -> Ladder:
    steps = tuple(_step(step, post) for step in shape.steps for post in step.told)
    return Ladder(shape.id, shape.title, steps, shape.plan_within_working_days)


def _step(shape: StepShape, post: str) -> Step:
    days = shape.working_days or 0
    return Step(shape.id, post, shape.of, days, shape.title, shape.hours, shape.at_once, shape.any_day)
