"""The worked examples of a ``ladders.toml``: dates counted by hand, which the ladders have to come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rules.loading.check_versions import Found
from rules.loading.ladders.shapes import ExampleShape, LaddersShape
from rules.model import DUE_ON, TARGET_DUE_ON, Ladder, Ladders
from rules.rungs import send_at
from rules.workdays import WorkingCalendar

_MEND = "correct the example or the rung"


def wrong_examples(shape: LaddersShape, made: Ladders, calendars: Mapping[str, WorkingCalendar]) -> Found:
    """Examples that do not come out as written. ``made``: the ladders as they stand with this file, and none above."""
    own = {ladder.id for ladder in shape.ladders}
    for nth, example in enumerate(shape.examples):
        place = ("examples", nth)
        if example.ladder not in own:
            named = ", ".join(sorted(own)) or "none"
            yield (*place, "ladder"), f"no ladder {example.ladder} in this file: name one of {named}"
        elif example.due_at is not None and example.due_at.tzinfo is None:
            yield (*place, "due_at"), "that moment has no offset, as in 19:30:00+01:00: add it"
        elif difference := _difference(example, made, calendars[made.calendar]):
            yield (*place, "told"), f"'{example.title}': {difference}: {_MEND}"


def _difference(example: ExampleShape, made: Ladders, calendar: WorkingCalendar) -> str | None:
    want = [(told.step, told.at) for told in example.told]
    got = list(dict.fromkeys(_told(example, made, made.ladders[example.ladder], calendar)))
    if len(want) != len(got):
        listed = ", ".join(f"{step} at {_shown(at)}" for step, at in got)
        return f"{len(want)} rungs are written, {len(got)} come out ({listed})"
    for (step, at), (found, comes_at) in zip(want, got, strict=True):
        if (step, at) != (found, comes_at):
            return f"{step} is written at {_shown(at)}, comes out {found} at {_shown(comes_at)}"
    return None


def _told(
    example: ExampleShape, made: Ladders, ladder: Ladder, calendar: WorkingCalendar
) -> Iterator[tuple[str, datetime]]:
    """Each rung with its moment by the clock on the wall, as it stands in the ladder; several posts at it are one."""
    due_at, zone = example.due_at, ZoneInfo(made.zone)
    due_on = due_at.astimezone(zone).date() if due_at else example.due_on
    dates: dict[str, date | None] = {DUE_ON: due_on, TARGET_DUE_ON: example.target_due_on}
    for step in ladder.steps:
        on = dates[step.of]
        if on is not None:
            at = send_at(on, step, made, calendar, due_at=due_at if step.of == DUE_ON else None)
            yield step.id, at.astimezone(zone).replace(tzinfo=None)


def _shown(at: datetime) -> str:
    return f"{at:%A} {at.isoformat(sep=' ', timespec='minutes')}"
