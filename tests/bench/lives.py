"""A made-up council to measure with: children from the front door to the courtroom, as NDJSON, from a seed.

Every life is a few episodes, each a table of what happens on which of its days; roughly one event in a hundred corrects
or withdraws another, and a few references turn out to be one child. Nothing of it is anybody: it only has the shape.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from tests.bench.episodes import COURSES, Episode

_SPAN = 2_400
"""Days between the first referral there can be and the last day."""
_TEAMS, _WORKERS = 24, 240


def lines(count: int, *, ends_on: date, seed: int = 1) -> Iterator[str]:
    """``count`` events, a line each, sorted by child and then by day; none is later than ``ends_on``."""
    rng = random.Random(seed)
    days = [(ends_on - timedelta(days=_SPAN - nth)).isoformat() for nth in range(_SPAN + 1)]
    made = child = 0
    while made < count:
        for line in _life(rng, f"child-{child:06}", days):
            if made == count:
                return
            yield line
            made += 1
        child += 1


def long_history(events: int, *, ends_on: date) -> list[str]:
    """The first life of at least so many events, cut to that many."""
    rng = random.Random(1)
    days = [(ends_on - timedelta(days=_SPAN - nth)).isoformat() for nth in range(_SPAN + 1)]
    while True:
        life = list(_life(rng, "child-with-much-behind-it", days))
        if len(life) >= events:
            return life[:events]


def _life(rng: random.Random, subject: str, days: Sequence[str]) -> Iterator[str]:
    happened: list[tuple[int, str, str]] = []
    day = first = rng.randrange(len(days) - 30)
    for episode in _pick(rng):
        day = _lived(episode, rng, day, subject, happened.append)
    born_on = f'"date_of_birth":"{int(days[first][:4]) - rng.randrange(17)}-{rng.randrange(1, 13):02}-15"'
    happened.append((first, "subject.registered", f",{born_on}"))
    happened.sort()
    team, worker = rng.randrange(_TEAMS), rng.randrange(_WORKERS)
    by = f',"team":"team-{team:02}","worker":"worker-{worker:03}"'
    for nth, (on, type, data) in enumerate(happened):
        if on >= len(days):
            break
        chance = rng.random()
        late = f',"recorded_at":"{days[on]}T16:30:00+00:00"' if chance < 0.3 and on + 1 < len(days) else ""
        yield _line(f"{subject}-{nth}", type, subject, f'"happened_on":"{days[on]}"{by}{late}{data}')
        if chance > 0.99:
            yield _mistake(rng, f"{subject}-{nth}", type, subject, f'"happened_on":"{days[on]}"{by}{data}')
    if rng.random() < 0.002:
        into = f'"happened_on":"{days[first]}","into":"{subject}"'
        yield _line(f"{subject}-merged", "subject.merged", f"{subject}-twice", into)


def _mistake(rng: random.Random, id: str, type: str, subject: str, data: str) -> str:
    if rng.random() < 0.8:
        return _line(f"{id}-again", type, subject, f'{data},"supersedes":"{id}"')
    day = data[: data.index(",")]
    return _line(f"{id}-never", "event.withdrawn", subject, f'{day},"withdraws":"{id}"')


def _line(id: str, type: str, subject: str, data: str) -> str:
    return (
        f'{{"specversion":"1.0","id":"{id}","source":"bench","type":"{type}","subject":"{subject}",'
        f'"data":{{{data}}}}}\n'
    )


def _pick(rng: random.Random) -> Sequence[Episode]:
    chance = rng.random()
    for share, course in COURSES:
        if chance < share:
            return course
        chance -= share
    return COURSES[0][1]


def _lived(
    episode: Episode, rng: random.Random, day: int, subject: str, note: Callable[[tuple[int, str, str]], None]
) -> int:
    """Notes what happens in one episode that begins on ``day``, and gives the day it ended."""
    key = f',"key":"{episode.name}-{subject[-6:]}"'
    lasts = rng.randrange(episode.shortest, episode.longest)
    for row in episode.rows:
        if row.share < 1 and rng.random() > row.share:
            continue
        on = row.day
        while on < lasts:
            note((day + on, row.type, key + row.data))
            if not row.every:
                break
            on += row.every + rng.randrange(-2, 3)
    for row in episode.last:
        if row.share == 1 or rng.random() < row.share:
            note((day + lasts + row.day, row.type, key + row.data))
    return day + lasts
