"""A council to send events to, histories to send, and a second opinion on what they should have come to.

``stored`` reads what the service keeps; ``from_scratch`` works out the same from the events alone, by the slowest and
most obvious way: group the subjects, evaluate each group whole, plan all alerts. A test compares the two.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from rules import evaluate, plan
from rules.catalogue import MERGED
from rules.model import Event
from service import clock as wall
from service import flow
from service.council import Council, open_council
from service.door import Refusal, read_document
from service.flow import Receipt
from service.settings import Settings
from service.store.clocks import CHANGE, CLOCK, PROBLEM, clock_of
from service.store.events import EVENT, SUBJECT, event_of
from service.store.tables import AlertRow, AuditRow, table

ALERT, AUDIT = table(AlertRow), table(AuditRow)
AUTHORITY = "southend"
ALERTS_FROM = date(2026, 3, 1)


def opened(url: str, folder: Path, **settings: Any) -> Council:
    """A council of its own on this database."""
    chosen = {"authority": AUTHORITY, "alerts_from": ALERTS_FROM, **settings}
    return open_council(Settings(database_url=url, data_dir=folder, **chosen))


def document(type: str, subject: str, id: str, on: date | str, /, *, source: str = "case-system", **data: Any) -> Any:
    """An event as it is sent."""
    said = {"happened_on": str(on), **data}
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "subject": subject, "data": said}


def discussion(subject: str, id: str, on: date | str, /, **data: Any) -> Any:
    """A discussion that starts a conference's clock."""
    return document("strategy-discussion.held", subject, id, on, **{"outcome": "section_47", **data})


def let_in(document: Any) -> Event:
    """Through the front door, which must not object."""
    event = read_document(document, now=wall.now())
    assert not isinstance(event, Refusal), f"{event.type} {event.pointer}: {event.detail}"
    return event


def send(council: Council, *documents: Any, atomic: bool = False) -> list[Receipt]:
    """Through the door and the flow, as one batch."""
    return flow.receive(council, [let_in(one) for one in documents], actor="test", atomic=atomic)


class State(NamedTuple):
    """What a history came to. ``problems``: (subject, code, timescale, source, id, words)."""

    clocks: frozenset[Any]
    alerts: frozenset[Any]
    problems: frozenset[Any]


def stored(council: Council) -> State:
    """What the database holds."""
    with council.reading() as db:
        clocks = frozenset(clock_of(row) for row in db.execute(select(CLOCK)))
        live = select(ALERT).where(ALERT.c.state.in_(("planned", "held")))
        alerts = frozenset(
            (row.clock_id, row.step, row.due_on, row.post, row.team, row.send_at, row.state) for row in db.execute(live)
        )
        problems = [
            (row.subject, row.code, row.timescale, row.source, row.event_id, row.words)
            for row in db.execute(select(PROBLEM))
        ]
    assert len(set(problems)) == len(problems), "a problem is stored twice"
    return State(clocks, alerts, frozenset(problems))


def from_scratch(council: Council) -> State:
    """What the stored events should come to, worked out anew."""
    with council.reading() as db:
        columns = [EVENT.c[name] for name in _EVENT_COLUMNS]
        history = [event_of(row) for row in db.execute(select(*columns))]
    clocks, problems = [], []
    for group in groups(history):
        evaluation = evaluate(group, council.law)
        clocks += evaluation.clocks
        problems += [(one.subject, one.code, one.timescale, *one.event, one.words) for one in evaluation.problems]
    wanted = plan(clocks, {}, council.law).to_add
    alerts = frozenset(
        (*alert.key, alert.team, alert.send_at, "held" if alert.key.due_on < council.alerts_from else "planned")
        for alert in wanted
    )
    return State(frozenset(clocks), alerts, frozenset(problems))


def groups(history: Iterable[Event]) -> Iterator[list[Event]]:
    """Events whose subjects belong together: merged, or aimed at by one another's corrections, or at the same event."""
    history = list(history)
    home = {event.subject: event.subject for event in history}
    by_ref = {(event.source, event.id): event for event in history}
    aiming: dict[tuple[str, str], Event] = {}

    def find(name: str) -> str:
        home.setdefault(name, name)
        while home[name] != name:
            name = home[name]
        return name

    for event in history:
        target = by_ref.get((event.source, event.target)) if event.target else None
        if target is not None:
            home[find(event.subject)] = find(target.subject)
        if event.target:
            rival = aiming.setdefault((event.source, event.target), event)
            home[find(event.subject)] = find(rival.subject)
        if event.type == MERGED:
            home[find(event.subject)] = find(str(event.data["into"]))
    found: dict[str, list[Event]] = {}
    for event in history:
        found.setdefault(find(event.subject), []).append(event)
    yield from found.values()


def assert_sound(council: Council) -> State:
    """The stored state follows from the events alone; the journal and the marks on subjects agree with it."""
    state = stored(council)
    expected = from_scratch(council)
    assert state.clocks == expected.clocks
    assert state.alerts == expected.alerts
    assert state.problems == expected.problems
    assert flow.recompute(council, actor="test", check=True).differing == 0
    with council.reading() as db:
        marked = set(db.execute(select(SUBJECT.c.ref).where(SUBJECT.c.has_problems)).scalars())
        last = {row.clock_id: row for row in db.execute(select(CHANGE).order_by(CHANGE.c.seq))}
    assert marked == {problem[0] for problem in state.problems}
    standing = {id for id, row in last.items() if row.kind != "withdrawn"}
    assert standing == {clock.id for clock in state.clocks}, "the journal tells another story than the clocks"
    assert {id: last[id].due_on for id in standing} == {clock.id: clock.due_on for clock in state.clocks}
    return state


# ---- histories -------------------------------------------------------------------------------------------------------

_EVENT_COLUMNS = (
    "source",
    "event_id",
    "type",
    "subject",
    "happened_on",
    "happened_at",
    "recorded_at",
    "received_at",
    "key",
    "worker",
    "team",
    "target",
    "data",
)
_BEGINS_ON = date(2026, 2, 2)
_DAYS = 60
_PLAIN: Sequence[tuple[str, dict[str, Sequence[Any]]]] = (
    ("strategy-discussion.held", {"outcome": ("section_47", "section_47", "none")}),
    ("section-47.started", {}),
    ("strategy-meeting.held", {"kind": ("initial", "initial", "review")}),
    ("review-strategy-meeting.agreed", {"decision": ("hold", "not_needed")}),
    ("icpc.held", {"outcome": ("child_protection_plan", "no_plan")}),
    ("section-47.ended", {"conference_required": (True, False)}),
    ("child-protection-plan.started", {"visit_every": ("10 working_days", "4 weeks", "15 working_days")}),
    ("child-protection-plan.ended", {}),
    ("child-protection.visited", {"seen": (True, True, False)}),
    ("core-group.held", {}),
    ("referral.received", {}),
    ("referral.decided", {"nfa": (True, False)}),
    ("assessment.started", {}),
    ("assessment.authorised", {}),
    ("departmental-planning-meeting.held", {}),
    ("legal-planning-meeting.held", {}),
    ("case.allocated", {}),
    ("case.allocated", {}),
    ("case.closed", {}),
    ("subject.registered", {}),
)


def history(
    rng: random.Random, count: int, *, mistakes: float = 0.4, subjects: int = 3, sources: int = 2, name: str = "c"
) -> list[Any]:
    """``count`` events of a few subjects, close together; ``mistakes`` is the share of corrections and withdrawals.

    With none of them there is no merge either, and every history is a plain one.
    """
    names = [f"{name}-{nth}" for nth in range(subjects)]
    made: list[Any] = []
    for nth in range(count):
        source = f"system-{rng.randrange(sources)}"
        made.append(_one(rng, f"e-{nth}", source, rng.choice(names), names if mistakes else ()))
        data = made[-1]["data"]
        if rng.random() < mistakes * 0.6:  # of any event of the history, made or not, of the same source or not
            target = f"e-{rng.randrange(count)}"
            if target != made[-1]["id"]:
                data["supersedes"] = target
        if rng.random() < mistakes * 0.4:
            target = f"e-{rng.randrange(count)}"
            made[-1] = document("event.withdrawn", rng.choice(names), f"w-{nth}", data["happened_on"], source=source)
            made[-1]["data"]["withdraws"] = target
    return made


def _one(rng: random.Random, id: str, source: str, subject: str, names: Sequence[str]) -> Any:
    on = _BEGINS_ON + timedelta(days=rng.randrange(_DAYS))
    if rng.random() < 0.06 and len(names) > 1:
        into = rng.choice([other for other in names if other != subject])
        return document("subject.merged", subject, id, on, source=source, into=into)
    type_, fields = rng.choice(_PLAIN)
    own = {field: rng.choice(values) for field, values in fields.items()}
    said = document(type_, subject, id, on, source=source, **own)
    if rng.random() < 0.6:
        said["data"]["key"] = f"key-{rng.randrange(2)}"
    if rng.random() < 0.4:
        said["data"] |= {"team": f"team-{rng.randrange(3)}", "worker": f"worker-{rng.randrange(3)}"}
    if rng.random() < 0.3:
        at = datetime.fromisoformat(f"{on + timedelta(days=rng.randrange(9))}T12:00:00+00:00")
        said["data"]["recorded_at"] = at.isoformat()
    return said


def batches(rng: random.Random, documents: Sequence[Any], *, most: int = 9) -> Iterator[list[Any]]:
    """The documents cut into batches of any size, one to ``most``."""
    at = 0
    while at < len(documents):
        size = rng.randint(1, most)
        yield list(documents[at : at + size])
        at += size


def events_file(folder: Path, *documents: Any, name: str = "events.ndjson") -> Path:
    """A file of events, a line each; bytes stand in it as they are."""
    path = folder / name
    path.write_bytes(
        b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in documents)
    )
    return path
