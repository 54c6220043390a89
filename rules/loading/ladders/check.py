"""What cannot be right in a ``ladders.toml``, with the place of each and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.catalogue import nearest
from rules.loading.check_versions import Found, Place, is_in_hours
from rules.loading.ladders.shapes import LadderShape, LaddersShape, StepShape
from rules.model import Ladders, Timescale
from rules.workdays import WorkingCalendar

_HOURS_A_DAY = 24
_SAID_ONCE = ("at", "until", "weekly", "zone", "calendar", "lines", "ladders")
_THE_HOUR_THAT_CHANGES = 1


def wrong_in(shape: LaddersShape, known: Mapping[str, str], calendars: Mapping[str, WorkingCalendar]) -> Found:
    """What is wrong in one file by itself. ``known``: the area of each timescale of its pack and those below."""
    yield from _bad_times(shape, calendars)
    yield from _bad_lines(shape)
    yield from _bad_claims(shape, known)
    for nth, ladder in enumerate(shape.ladders):
        for position, step in enumerate(ladder.steps):
            yield from _bad_step(("ladders", nth, "steps", position), step)
        yield from _bad_order(("ladders", nth, "steps"), ladder)


def wrong_upon(below: LaddersShape | None, shape: LaddersShape) -> Found:
    """What is wrong in a file as it lies on those below it."""
    if below is None:
        for name in _SAID_ONCE:
            if not getattr(shape, name):
                yield (name,), "missing, and no pack below says it: add it"
    at, until = (getattr(shape, name) or getattr(below, name, None) for name in ("at", "until"))
    if isinstance(at, time) and isinstance(until, time) and at.replace(tzinfo=None) >= until.replace(tzinfo=None):
        reason = f"at {at:%H:%M} the day of telling is over already: let it begin earlier or end later"
        yield ("until" if shape.until else "at",), reason
    yield from _bad_defaults(below, shape)
    yield from _bad_posts(below, shape)


def hours_without_a_moment(shape: LaddersShape, made: Ladders, timescales: Mapping[str, Timescale]) -> Found:
    """Rungs in hours of a ladder by which something is told that is not due at a moment."""
    for nth, ladder in enumerate(shape.ladders):
        if all(step.hours is None for step in ladder.steps):
            continue
        told = (one for one in timescales.values() if made.of(one.id, one.area).id == ladder.id)
        by_day = [one.id for one in told if not all(is_in_hours(version.limit) for version in one.duty.versions)]
        if by_day:
            place = next(at for at, step in enumerate(ladder.steps) if step.hours is not None)
            reason = f"the limit of {by_day[0]} is not in hours: say working_days, or give it another ladder"
            yield ("ladders", nth, "steps", place, "hours"), reason


def _bad_times(shape: LaddersShape, calendars: Mapping[str, WorkingCalendar]) -> Found:
    for name, moment in (("at", shape.at), ("until", shape.until)):
        if moment is not None and moment.hour == _THE_HOUR_THAT_CHANGES:
            yield (name,), "that hour comes twice or not at all when the clocks change: choose one outside 01:00-01:59"
        if moment is not None and moment.tzinfo is not None:
            yield (name,), "an hour by the clock on the wall has no zone of its own: take it out"
    if shape.calendar is not None and shape.calendar not in calendars:
        yield ("calendar",), f"no calendar {shape.calendar}: there is {', '.join(calendars)}"
    if shape.zone is not None:
        try:
            ZoneInfo(shape.zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield ("zone",), f"no time zone {shape.zone}: name one as in Europe/London"


def _bad_lines(shape: LaddersShape) -> Found:
    seen: dict[str, int] = {}
    for nth, line in enumerate(shape.lines):
        for position, post in enumerate(line.posts):
            place = ("lines", nth, "posts", position)
            if seen.get(post) == nth:
                yield place, f"{post} stands above itself: name it once"
            elif post in seen:
                yield place, f"{post} stands in another line already, so nobody knows who is above it: keep one"
            seen.setdefault(post, nth)


def _bad_claims(shape: LaddersShape, areas: Mapping[str, str]) -> Found:
    """Ladders that claim what there is not, or what another of the same file claims."""
    kinds = (("timescales", set(areas)), ("areas", set(areas.values())))
    for nth, ladder in enumerate(shape.ladders):
        before = shape.ladders[:nth]
        if any(one.id == ladder.id for one in before):
            yield ("ladders", nth, "id"), f"two ladders are called {ladder.id}: name each one differently"
        if not ladder.is_default and not ladder.timescales and not ladder.areas:
            yield ("ladders", nth, "id"), "nothing is told by it: name its timescales or its areas"
        for key, known in kinds:
            for position, name in enumerate(claimed := getattr(ladder, key)):
                place = ("ladders", nth, key, position)
                if name not in known:
                    yield place, f"no {_one_of(key)} {name}: {_offer(name, known)}"
                elif name in claimed[:position]:
                    yield place, f"{name} is named twice: name it once"
                elif other := next((one.id for one in before if name in getattr(one, key)), None):
                    yield place, f"{name} is told by the ladder {other} already: take it out of one of the two"


def _bad_step(place: Place, step: StepShape) -> Found:
    if (step.post is None) == (not step.posts):
        yield (*place, "post"), "say post or posts, one of the two"
    if (step.hours is None) == (step.working_days is None):
        yield (*place, "hours"), "when it is told is in working_days or in hours: say one of the two"
    elif step.hours is not None and step.of == "target_due_on":
        yield (*place, "of"), "a target is never in hours: say working_days"


def _bad_order(place: Place, ladder: LadderShape) -> Found:
    """Rungs told twice, and rungs that stand below one that comes later."""
    told: set[tuple[str, str]] = set()
    latest: dict[str, float] = {}
    for nth, step in enumerate(ladder.steps):
        for post in step.told:
            if (step.id, post) in told:
                reason = f"{post} is told {step.id} already: name each rung of a post differently"
                yield (*place, nth, "id"), reason
            told.add((step.id, post))
        days = _days_after(step)
        if days < latest.get(step.of, days):
            reason = "it comes before the rung above it: put them in order of when they are told"
            yield (*place, nth, "working_days" if step.hours is None else "hours"), reason
        latest[step.of] = max(days, latest.get(step.of, days))


def _days_after(step: StepShape) -> float:
    return (step.hours or 0) / _HOURS_A_DAY if step.working_days is None else step.working_days


def _bad_defaults(below: LaddersShape | None, shape: LaddersShape) -> Found:
    own = [nth for nth, ladder in enumerate(shape.ladders) if ladder.is_default]
    replaced = {ladder.id for ladder in shape.ladders}
    standing = [one.id for one in (below.ladders if below else []) if one.is_default and one.id not in replaced]
    for nth in own[1:]:
        yield ("ladders", nth, "is_default"), "two ladders are for all that no other is for: take it out of one"
    if own and standing:
        reason = f"{standing[0]} of a pack below is the default: call this one {standing[0]}, so that it replaces it"
        yield ("ladders", own[0], "is_default"), reason
    if shape.ladders and not own and not standing:
        yield ("ladders", 0, "is_default"), "no ladder is for all that no other is for: say is_default = true in one"


def _bad_posts(below: LaddersShape | None, shape: LaddersShape) -> Found:
    lines = shape.lines or (below.lines if below else [])
    known = {post for line in lines for post in line.posts}
    for nth, ladder in enumerate(shape.ladders):
        for place, post in _posts_of(("ladders", nth), ladder):
            if post not in known:
                yield place, f"no post {post} in any of [[lines]]: {_offer(post, known)}"
    if shape.lines and below:
        replaced = {ladder.id for ladder in shape.ladders}
        kept = (ladder for ladder in below.ladders if ladder.id not in replaced)
        lost = {post: ladder.id for ladder in kept for _, post in _posts_of((), ladder) if post not in known}
        for post, ladder_id in lost.items():
            yield ("lines",), f"the ladder {ladder_id} below tells {post}, which stands in no line now: add it to one"


def _posts_of(place: Place, ladder: LadderShape) -> Iterator[tuple[Place, str]]:
    for nth, step in enumerate(ladder.steps):
        if step.post is not None:
            yield (*place, "steps", nth, "post"), step.post
        yield from (((*place, "steps", nth, "posts", position), post) for position, post in enumerate(step.posts))


def _one_of(key: str) -> str:
    return key.removesuffix("s")


def _offer(name: str, known: Iterable[str]) -> str:
    near = nearest(name, dict.fromkeys(known))
    return f"did you mean {near}?" if near else f"name one of {', '.join(sorted(known)) or 'none'}"
