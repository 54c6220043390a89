"""What a webhook is told, and when: each change once, what is due soon, what is late; and what it is never told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from service import flow
from service.notify.channels.webhooks import keeping
from service.notify.channels.webhooks.cloud_events import TYPES
from service.scheduler import tick
from tests.service.hook_room import (
    CONFERENCE_DUE_ON,
    MADE_AT,
    NORTH,
    Receiver,
    discussed,
    hear,
    held,
    hook,
    rows,
    states,
    tell,
    telling,
)
from tests.service.intake_parts import document, let_in
from tests.service.mail_cast import wall_at
from tests.service.mail_room import Authority

LATE_AT = datetime(2026, 3, 24, 7, 30, tzinfo=UTC)
SOON_AT = datetime(2026, 3, 19, 7, 30, tzinfo=UTC)
CONFERENCE = "initial-child-protection-conference"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(authority):
    with Receiver(authority) as running:
        yield running


@pytest.fixture
def wall():
    with wall_at(MADE_AT) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def council(database_url, tmp_path, authority, wall):
    with telling(database_url, tmp_path, authority) as opened:
        yield opened


def of_conferences(receiver):
    return [call.event for call in receiver.calls if call.event["data"].get("timescale") == CONFERENCE]


def told(receiver):
    return [(event["type"], event["data"]["status"]) for event in of_conferences(receiver)]


def tell_until(council, wall, moment, every=timedelta(hours=8)):
    while wall.now < moment:
        wall.now = min(wall.now + every, moment)
        tell(council, wall.now)


# ---- what happens to a clock -----------------------------------------------------------------------------------------


def test_a_clock_that_starts_is_told_as_a_cloud_event(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02", worker="worker-7"))
    tell(council, wall.now)
    (event,) = of_conferences(receiver)
    data = event.pop("data")
    clock = data["clock"]
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": "https://timescales.council.example",
        "type": "clock.started",
        "subject": clock,
        "time": "2026-03-02T09:00:00.000000Z",
        "datacontenttype": "application/json",
    }
    assert data == {
        "clock": clock,
        "timescale": CONFERENCE,
        "title": "Initial child protection conference",
        "status": "running",
        "change": "started",
        "started_on": "2026-03-02",
        "due_on": "2026-03-23",
        "due_at": None,
        "is_provisional": False,
        "stopped_on": None,
        "lapses_on": None,
        "team": NORTH,
        "key": "enquiry-c-1",
        "subject": "c-1",
    }
    assert receiver.calls[0].headers["content-type"] == "application/cloudevents+json; charset=utf-8"


def test_a_duty_that_is_met_corrected_and_taken_back_is_told_as_each(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    wall.wait(days=4)
    hear(council, held("c-1", "2026-03-06"))
    corrected = {**discussed("c-1", "2026-03-03", supersedes="discussion-c-1"), "id": "correction"}
    hear(council, document("event.withdrawn", "c-1", "w-1", "2026-03-06", withdraws="conference-c-1"), corrected)
    hear(council, document("event.withdrawn", "c-1", "w-2", "2026-03-06", withdraws="correction"))
    hear(council, document("event.withdrawn", "c-1", "w-3", "2026-03-06", withdraws="discussion-c-1"))
    tell(council, wall.now)
    events = of_conferences(receiver)
    assert [(event["type"], event["data"]["status"], event["data"]["change"]) for event in events] == [
        ("clock.started", "running", "started"),
        ("clock.met", "met", "stopped"),
        ("clock.corrected", "running", "reopened"),
        ("clock.corrected", "running", "moved"),
        ("clock.corrected", "withdrawn", "withdrawn"),
    ]
    assert [event["data"]["due_on"] for event in events][2:4] == ["2026-03-24", "2026-03-23"]
    assert len({event["data"]["clock"] for event in events}) == 1
    assert len({event["id"] for event in events}) == 5


def test_a_clock_that_comes_with_its_end_is_told_twice(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"), held("c-1", "2026-03-02"))
    tell(council, wall.now)
    assert told(receiver) == [("clock.started", "met"), ("clock.met", "met")]


def test_one_stopped_late_is_told_as_met_and_says_that_it_was_late(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    wall.now = LATE_AT
    hear(council, held("c-1", "2026-03-24"))
    tell(council, wall.now)
    assert told(receiver) == [("clock.started", "running"), ("clock.met", "late")]


def test_a_duty_that_falls_away_is_told_as_ended_and_not_as_met(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    hear(council, document("subject.died", "c-1", "d-1", "2026-03-02"))
    tell(council, wall.now)
    assert told(receiver) == [("clock.started", "running"), ("clock.ended", "ended")]


def test_another_team_is_told_and_another_worker_is_not(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    hear(council, document("case.allocated", "c-1", "a-1", "2026-03-02", worker="worker-9", team=NORTH))
    hear(council, document("case.allocated", "c-1", "a-2", "2026-03-02", worker="worker-9", team="court-team"))
    tell(council, wall.now)
    assert [(event["type"], event["data"]["team"]) for event in of_conferences(receiver)] == [
        ("clock.started", NORTH),
        ("clock.corrected", "court-team"),
    ]


def test_a_webhook_is_told_of_the_types_it_asked_for_and_of_duties_only(council, receiver, wall):
    hook(council, receiver, "clock.met", "clock.breached")
    hear(council, discussed("c-1", "2026-03-02"), discussed("c-2", "2026-03-02"))
    hear(council, held("c-2", "2026-03-02"))
    tell(council, wall.now)
    tell_until(council, wall, LATE_AT)
    assert told(receiver) == [("clock.met", "met"), ("clock.breached", "overdue")]
    with council.reading() as db:
        measures = {row.measure for row in db.exec_driver_sql("SELECT measure FROM clock")}
    assert measures > {"duty"}, "there is nothing here that should not be told"


def test_what_is_rolled_back_is_told_to_nobody(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    other = {**discussed("c-1", "2026-03-01")}
    with pytest.raises(flow.NothingStored):
        flow.receive(council, [let_in(discussed("c-2", "2026-03-02")), let_in(other)], actor="test", atomic=True)
    tell(council, wall.now)
    assert {event["data"]["subject"] for event in of_conferences(receiver)} == {"c-1"}


def test_a_change_of_law_is_told_like_any_other(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    with council.writing() as db:
        db.exec_driver_sql(
            "UPDATE clock SET due_on = '2026-03-20' WHERE timescale = 'initial-child-protection-conference'"
        )
    flow.recompute(council, actor="test")
    tell(council, wall.now)
    assert told(receiver) == [("clock.started", "running"), ("clock.corrected", "running")]


# ---- what time does to a clock ---------------------------------------------------------------------------------------


def test_due_soon_and_late_are_told_on_their_mornings_and_once(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    tell_until(council, wall, SOON_AT - timedelta(seconds=1))
    assert told(receiver) == [("clock.started", "running")]
    tell_until(council, wall, SOON_AT)
    assert told(receiver)[1:] == [("clock.due-soon", "running")]
    tell_until(council, wall, LATE_AT - timedelta(seconds=1))
    assert told(receiver)[2:] == [], "the whole of the due day counts"
    tell_until(council, wall, LATE_AT)
    assert told(receiver)[2:] == [("clock.breached", "overdue")]
    tell_until(council, wall, LATE_AT + timedelta(days=8))
    assert len(told(receiver)) == 3


def test_what_falls_due_before_a_weekend_is_late_on_monday(council, receiver, wall):
    hook(council, receiver, "clock.breached")
    wall.now = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
    hear(council, discussed("c-1", "2026-03-06"))
    friday = date(2026, 3, 27)
    tell_until(council, wall, datetime(2026, 3, 30, 6, 29, tzinfo=UTC))
    assert [row.due_on for row in rows(council)] == [], friday
    tell_until(council, wall, datetime(2026, 3, 30, 6, 30, tzinfo=UTC))  # half past seven, in summer time
    assert [row.due_on for row in rows(council)] == [friday]


def test_a_clock_that_starts_with_a_day_left_is_told_as_started_only(council, receiver, wall):
    hook(council, receiver, "clock.started", "clock.due-soon")
    hear(council, document("referral.received", "c-1", "r-1", "2026-03-02", key="referral-1"))
    tell_until(council, wall, MADE_AT + timedelta(hours=23))
    referrals = [call.event for call in receiver.calls if call.event["data"]["timescale"] == "referral-decision"]
    assert [event["type"] for event in referrals] == ["clock.started"]


def test_what_comes_in_late_is_told_as_late_the_same_day(council, receiver, wall):
    hook(council, receiver)
    tell(council, wall.now)
    wall.now = LATE_AT + timedelta(hours=3)
    tell(council, wall.now)
    hear(council, discussed("c-1", "2026-03-02"))
    tell(council, wall.now)
    assert told(receiver) == [("clock.started", "overdue"), ("clock.breached", "overdue")]


def test_after_an_outage_what_is_true_is_told_once_and_what_is_over_is_not(council, receiver, wall):
    hook(council, receiver, "clock.due-soon", "clock.breached")
    hear(council, *(discussed(f"c-{nth}", "2026-03-02") for nth in range(4)))
    wall.now = LATE_AT - timedelta(days=1)
    hear(council, held("c-0", "2026-03-20"))
    wall.now = LATE_AT + timedelta(days=20)
    for _twice in range(2):
        tell(council, wall.now)
    assert sorted(told(receiver)) == [("clock.breached", "overdue")] * 3, "nobody needs to hear that they will be late"


def test_one_that_stops_while_its_event_waits_is_not_told_and_is_if_it_runs_again(council, receiver, wall):
    hook(council, receiver, "clock.breached")
    hear(council, discussed("c-1", "2026-03-02"))
    wall.now = LATE_AT
    receiver.faults = [500]
    assert tell(council, wall.now) == {"written": 1, "waiting": 1}
    hear(council, held("c-1", "2026-03-24"))
    wall.wait(minutes=2)
    assert tell(council, wall.now) == {}
    assert states(council) == {f"clock.breached {CONFERENCE_DUE_ON}": "superseded"}
    hear(council, document("event.withdrawn", "c-1", "w-1", "2026-03-24", withdraws="conference-c-1"))
    assert tell(council, wall.now) == {"written": 1, "delivered": 1}
    assert len(set(receiver.ids)) == 1


def test_a_first_webhook_is_told_of_no_old_breach(council, receiver, wall):
    hear(council, *(discussed(f"old-{nth}", "2026-01-05") for nth in range(30)))
    hear(council, discussed("c-1", "2026-03-02"))
    hook(council, receiver)
    wall.wait(hours=2)
    assert tell(council, wall.now) == {}
    tell_until(council, wall, LATE_AT, every=timedelta(days=1))
    assert {event["data"]["subject"] for event in of_conferences(receiver)} == {"c-1"}


def test_a_history_imported_later_tells_of_what_still_runs_and_not_of_what_was_over(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("old-1", "2026-01-05"), held("old-1", "2026-01-12"), discussed("old-2", "2026-01-05"))
    tell(council, wall.now)
    assert [(event["data"]["subject"], event["type"]) for event in of_conferences(receiver)] == [
        ("old-2", "clock.started")
    ]


def test_a_tick_tells_webhooks_too(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    tick(council, ())
    assert told(receiver) == [("clock.started", "running")]


# ---- what is never told ----------------------------------------------------------------------------------------------


def test_no_date_of_birth_and_no_worker_leaves_in_an_event_or_stays_after_it_and_no_log_names_a_child(
    council, receiver, wall, capsys
):
    canaries = ("2011-11-11", "canary-worker", "canary-child", "canary-key")
    hook(council, receiver)
    born = document("subject.registered", "canary-child", "b-1", "2011-11-11", date_of_birth="2011-11-11")
    hear(council, born, discussed("canary-child", "2026-03-02", worker="canary-worker", key="canary-key"))
    receiver.faults = [500]
    tell(council, wall.now)
    wall.wait(minutes=2)
    tell(council, wall.now)
    sent = " ".join(json.dumps(call.event) for call in receiver.calls)
    assert [canary for canary in canaries if canary in sent] == ["canary-child", "canary-key"]
    kept = str(rows(council))
    said = capsys.readouterr()
    assert "an event was not taken" in said.out + said.err
    assert [canary for canary in canaries if canary in kept + said.out + said.err] == []


# ---- making and revoking ---------------------------------------------------------------------------------------------


def test_with_no_webhook_nothing_is_written(council, wall):
    hear(council, discussed("c-1", "2026-03-02"))
    wall.now = LATE_AT
    assert tell(council, wall.now) == {}
    assert rows(council) == []


def test_a_revoked_webhook_is_told_nothing_more_not_even_what_waits(council, receiver, wall):
    hook(council, receiver)
    hear(council, discussed("c-1", "2026-03-02"))
    keeping.revoke(council, "data-warehouse", actor="test")
    hear(council, discussed("c-2", "2026-03-02"))
    hook(council, receiver, name="another")
    tell(council, wall.now)
    assert receiver.calls == []
    assert {row.state for row in rows(council)} == {"superseded"}


def test_two_webhooks_are_told_the_same_event_under_the_same_id(council, receiver, wall):
    for name in ("one", "two"):
        hook(council, receiver, "clock.started", name=name)
    hear(council, discussed("c-1", "2026-03-02"))
    tell(council, wall.now)
    (first, second) = [call for call in receiver.calls if call.event["data"]["timescale"] == CONFERENCE]
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_every_type_is_named_and_another_is_refused(council, receiver):
    assert set(TYPES) == {
        *("clock.started", "clock.due-soon", "clock.breached", "clock.met", "clock.ended", "clock.corrected")
    }
    with pytest.raises(keeping.Refused, match="no type"):
        hook(council, receiver, "clock.stopped")
