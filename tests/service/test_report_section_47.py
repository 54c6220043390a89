"""The report ``section-47``: every figure against a slow, obvious count of the same events.

The oracle below knows nothing of clocks or packs. It reads the events that stand, one enquiry after another, and counts
working days one day at a time.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from statistics import median
from typing import NamedTuple

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import Council, open_council
from service.reports.report import Report, Table, Value
from service.settings import Settings

MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 7, tzinfo=UTC)
SOURCE = "/a-council/cases"
DAY = timedelta(days=1)
TEAMS = ("team-north", "team-east", "team-south")


# ---- a small history -------------------------------------------------------------------------------------------------


class Sent:
    """A case system that sends events with numbers of its own."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def send(self, type: str, subject: str, on: date, *, key: str | None = None, lag: int = 0, **more) -> Event:
        recorded_at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC) + lag * DAY
        event = Event(
            source=SOURCE,
            id=f"e-{len(self.events):05d}",
            type=type,
            subject=subject,
            happened_on=on,
            recorded_at=min(recorded_at, MORNING),
            key=key,
            team=more.pop("team", None),
            target=more.pop("target", None),
            data=more,
        )
        self.events.append(event)
        return event


def made_up(seed: int, enquiries: int = 150) -> list[Event]:
    """Enquiries of every sort over five months: held, ended, open, booked, corrected, withdrawn and impossible."""
    dice, sent = random.Random(seed), Sent()
    for number in range(enquiries):
        subject = f"q7x-{dice.randrange(enquiries // 2)}"
        about = {"key": f"s47-{number}", "team": dice.choice(TEAMS)}
        on = MONDAY - dice.randrange(2, 150) * DAY
        has_discussion = dice.random() > 0.1
        if has_discussion:
            sent.send("strategy-discussion.held", subject, on, outcome="section_47", **about)
        if not has_discussion or dice.random() < 0.7:
            sent.send("section-47.started", subject, min(on + dice.randrange(3) * DAY, MONDAY), **about)
        meeting_on = on + dice.randrange(0, 12) * DAY
        over_on = meeting_on + dice.randrange(2, 35) * DAY
        if dice.random() < 0.85 and meeting_on < MONDAY:
            sent.send("strategy-meeting.held", subject, meeting_on, kind="initial", **about)
        if has_discussion and dice.random() < 0.4:
            sent.send(
                "review-strategy-meeting.agreed", subject, on, decision=dice.choice(("hold", "not_agreed")), **about
            )
            review_on = meeting_on + dice.randrange(0, 9) * DAY
            if dice.random() < 0.7 and review_on < min(over_on, MONDAY):
                sent.send("strategy-meeting.held", subject, review_on, kind="review", **about)
        if dice.random() < 0.6:
            for made in range(dice.randrange(1, 3)):
                planned = (over_on + dice.randrange(-3, 4) * DAY).isoformat()
                made_on = min(on + (1 + made) * DAY, MONDAY)
                sent.send("meeting.planned", subject, made_on, of="icpc.held", planned_on=planned, **about)
        if over_on > MONDAY:
            continue
        ending = dice.random()
        if ending < 0.2:
            sent.send("section-47.ended", subject, over_on, conference_required=False, **about)
        elif ending < 0.9:
            _conference(sent, dice, subject, over_on, on, about)
    sent.send("icpc.held", "q7x-unknown", MONDAY - 9 * DAY, key="s47-unknown")
    return sent.events


def _conference(sent: Sent, dice: random.Random, subject: str, held_on: date, on: date, about: dict[str, str]) -> None:
    fate = dice.random()
    if fate < 0.06:
        sent.send("icpc.held", subject, on - 5 * DAY, **about)  # dated before its enquiry
        return
    first = sent.send("icpc.held", subject, held_on, lag=dice.choice((0, 0, 1, 6)), **about)
    if fate < 0.16:
        moved_on = max(on, held_on - dice.randrange(1, 8) * DAY)
        sent.send("icpc.held", subject, moved_on, lag=9, target=first.id, **about)
    elif fate < 0.24:
        sent.send("event.withdrawn", subject, held_on, lag=3, target=first.id, withdraws=first.id)


# ---- the oracle ------------------------------------------------------------------------------------------------------


class Enquiry(NamedTuple):
    subject: str
    team: str | None
    start_on: date
    discussed_on: date | None
    section_47_on: date | None
    met_on: date | None
    is_review_agreed: bool
    reviewed_on: date | None
    conference_on: date | None
    lag: int | None
    ended_on: date | None
    booked_on: date | None


def enquiries_of(events: Sequence[Event]) -> list[Enquiry]:
    """The enquiries that the events left standing tell of."""
    gone = {event.target for event in events if event.target}
    standing = [event for event in events if event.id not in gone and event.type != "event.withdrawn"]
    found = []
    for key in sorted({event.key for event in standing if event.key}):
        own = [event for event in standing if event.key == key]
        enquiry = _enquiry(own)
        if enquiry:
            found.append(enquiry)
    return found


def _enquiry(own: Sequence[Event]) -> Enquiry | None:
    def first(type: str, **data) -> Event | None:
        fit = [one for one in own if one.type == type and data.items() <= one.data.items()]
        return min(fit, key=lambda one: one.happened_on, default=None)

    def on(event: Event | None) -> date | None:
        return event.happened_on if event else None

    discussed, started, held = first("strategy-discussion.held"), first("section-47.started"), first("icpc.held")
    start_on = on(discussed) or on(started)
    if start_on is None:
        return None
    booked = [one for one in own if one.type == "meeting.planned"]
    last = max(booked, key=lambda one: (one.happened_on, one.data["planned_on"]), default=None)
    reviewed = first("strategy-meeting.held", kind="review")
    return Enquiry(
        subject=own[0].subject,
        team=own[0].team,
        start_on=start_on,
        discussed_on=on(discussed),
        section_47_on=on(started),
        met_on=on(first("strategy-meeting.held", kind="initial")),
        is_review_agreed=bool(first("review-strategy-meeting.agreed", decision="hold") or reviewed),
        reviewed_on=on(reviewed),
        conference_on=on(held),
        lag=(held.recorded_at.date() - held.happened_on).days
        if held and held.recorded_at and not held.target
        else None,
        ended_on=on(first("section-47.ended")),
        booked_on=date.fromisoformat(str(last.data["planned_on"])) if last else None,
    )


class Oracle:
    """Counts by hand, week by week."""

    def __init__(self, council: Council, events: Sequence[Event], as_at: date) -> None:
        self.holidays = council.calendar.holidays
        self.every = enquiries_of(events)
        self.all = [one for one in self.every if not one.conference_on or one.conference_on >= one.start_on]
        self.as_at = as_at
        self.last_on = as_at - DAY if as_at.isoweekday() == 1 else as_at

    def days(self, start_on: date, stop_on: date) -> int:
        """A stop on a day nobody works is as late as the next working day."""
        count = self.worked(start_on, stop_on)
        return count if stop_on <= start_on or self.is_working(stop_on) else count + 1

    def worked(self, start_on: date, stop_on: date) -> int:
        count, on = 0, start_on
        while on < stop_on:
            on += DAY
            count += self.is_working(on)
        return count

    def is_working(self, on: date) -> bool:
        return on.isoweekday() < 6 and on not in self.holidays

    def due_on(self, start_on: date, limit: int) -> date:
        on = start_on
        while self.worked(start_on, on) < limit:
            on += DAY
        return on

    def held(self, weeks_back: int | None) -> list[Enquiry]:
        if weeks_back is None:
            return [one for back in range(12) for one in self.held(back)]
        ends_on = self.last_on - 7 * weeks_back * DAY
        return [one for one in self.all if one.conference_on and ends_on - 6 * DAY <= one.conference_on <= ends_on]

    def measure(self, name: str, back: int | None) -> Value:
        held = self.held(back)
        waits = [self.days(one.start_on, one.conference_on) for one in held]
        met = [one for one in held if one.met_on and one.met_on <= one.conference_on]
        from_meeting = [self.days(one.met_on, one.conference_on) for one in met]
        # A start typed in for after the conference cannot have begun it: the discussion did.
        is_known = [bool(one.section_47_on and one.section_47_on <= one.conference_on) for one in held]
        starts = [one.section_47_on if known else one.start_on for one, known in zip(held, is_known, strict=True)]
        dfe = [self.days(start_on, one.conference_on) for start_on, one in zip(starts, held, strict=True)]
        is_late = [self.days(one.start_on, one.conference_on) > 15 for one in met]
        hidden = [one for one, wait, late in zip(met, from_meeting, is_late, strict=True) if late and wait <= 15]
        to_meeting = [self.days(one.start_on, one.met_on) for one in met]
        return {
            "in-time": lambda: _share([wait <= 15 for wait in waits]),
            "in-time-from-first-meeting": lambda: _share([wait <= 15 for wait in from_meeting]),
            "hidden": lambda: _share([one in hidden for one in held]),
            "in-time-dfe": lambda: _share([wait <= 15 for wait in dfe]),
            "days-to-conference": lambda: Value(float(median(waits)) if waits else None, whole=len(waits)),
            "days-to-first-meeting": lambda: Value(float(median(to_meeting)) if met else None, whole=len(met)),
            "overdue": lambda: Value(None if back is None else float(len(self.overdue(back)))),
            "review-on-target": lambda: _share([on <= target for on, target, _ in self.reviews(back)]),
            "review-in-time": lambda: _share([on <= due for on, _, due in self.reviews(back)]),
            "review-overdue": lambda: Value(None if back is None else float(self.reviews_overdue(back))),
        }[name]()

    def is_open(self, one: Enquiry, back: int) -> bool:
        ends_on = self.last_on - 7 * back * DAY
        over_on = one.conference_on or one.ended_on
        return one.start_on <= self.as_at - 7 * back * DAY and (over_on is None or over_on > ends_on)

    def overdue(self, back: int) -> list[Enquiry]:
        judged_on = self.as_at - 7 * back * DAY
        return [one for one in self.all if self.is_open(one, back) and self.due_on(one.start_on, 15) < judged_on]

    def due_next(self) -> list[Enquiry]:
        last_on = self.due_on(self.as_at, 10)
        return [
            one for one in self.all if self.is_open(one, 0) and self.as_at <= self.due_on(one.start_on, 15) <= last_on
        ]

    def _reviews(self) -> Iterator[tuple[Enquiry, date, date]]:
        for one in self.every:
            if one.is_review_agreed and one.discussed_on:
                over_on = _reviewed_on(one) or _ended_on(one)
                is_met = one.met_on and one.met_on >= one.discussed_on and (over_on is None or one.met_on <= over_on)
                counted_from_on = one.met_on if is_met and one.met_on else one.discussed_on
                yield one, self.due_on(one.discussed_on, 2), self.due_on(counted_from_on, 5)

    def reviews(self, back: int | None) -> list[tuple[date, date, date]]:
        if back is None:
            return [one for back in range(12) for one in self.reviews(back)]
        ends_on = self.last_on - 7 * back * DAY
        return [
            (held_on, target_on, due_on)
            for one, target_on, due_on in self._reviews()
            if (held_on := _reviewed_on(one)) and ends_on - 6 * DAY <= held_on <= ends_on
        ]

    def reviews_overdue(self, back: int) -> int:
        ends_on, judged_on = self.last_on - 7 * back * DAY, self.as_at - 7 * back * DAY
        return sum(
            due_on < judged_on and one.discussed_on <= judged_on and (over_on is None or over_on > ends_on)
            for one, _, due_on in self._reviews()
            for over_on in [_reviewed_on(one) or _ended_on(one)]
            if one.discussed_on
        )


def _reviewed_on(one: Enquiry) -> date | None:
    """A review dated after the conference or the end of the enquiry came too late to be one."""
    ended_on = _ended_on(one)
    return one.reviewed_on if one.reviewed_on and (ended_on is None or one.reviewed_on <= ended_on) else None


def _ended_on(one: Enquiry) -> date | None:
    """A conference dated before its enquiry ends nothing."""
    return one.conference_on if one.conference_on and one.conference_on >= one.start_on else one.ended_on


def _share(met: Sequence[bool]) -> Value:
    return Value(round(100 * sum(met) / len(met), 1) if met else None, sum(met), len(met))


# ---- fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture
def morning() -> Iterator[None]:
    with clock.substitute(lambda: MORNING):
        yield


@pytest.fixture
def council(database_url: str, morning: None) -> Iterator[Council]:
    council = open_council(Settings(database_url=database_url, authority="southend", alerts_from=MONDAY))
    yield council
    council.engine.dispose()


def send(council: Council, events: Sequence[Event], at: datetime = MORNING) -> None:
    with clock.substitute(lambda: at):
        flow.receive(council, list(events), actor="test")


def table(report: Report, id: str) -> Table:
    return next(one for one in report.tables if one.id == id)


def amounts(table: Table, row: int) -> list[float | None]:
    return [cell.amount for cell in table.rows[row] if isinstance(cell, Value)]


# ---- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_at", [MONDAY, MONDAY - 4 * DAY], ids=["a Monday", "a Thursday"])
def test_every_measure_of_every_week_is_what_a_count_by_hand_gives(council: Council, seed: int, as_at: date):
    events = [one for one in made_up(seed) if one.happened_on <= as_at]
    send(council, events)
    oracle = Oracle(council, events, as_at)
    report = reports.build(council, "section-47", as_at=as_at)
    assert len(report.measures) == 10
    for measure in report.measures:
        told = [point.value for point in measure.series]
        assert told == [oracle.measure(measure.id, back) for back in range(11, -1, -1)], measure.id
        assert measure.all_periods == oracle.measure(measure.id, None), measure.id
        assert (measure.last_period, measure.this_period) == (told[-2], told[-1])


def test_every_table_is_what_a_count_by_hand_gives(council: Council, seed: int):
    events = made_up(seed)
    send(council, events)
    oracle = Oracle(council, events, MONDAY)
    report = reports.build(council, "section-47", as_at=MONDAY)
    waits = sorted(oracle.days(one.start_on, one.conference_on) for one in oracle.held(None))
    bands = [sum(low <= wait <= high for wait in waits) for low, high in ((0, 10), (11, 15), (16, 20), (21, 999))]
    assert amounts(table(report, "days"), 2)[:5] == [len(waits), *bands]
    assert amounts(table(report, "days"), 2)[6:9:2] == [median(waits), waits[-1]]
    for row, ahead in enumerate((oracle.overdue(0), oracle.due_next())):
        booked = [one for one in ahead if one.booked_on and one.booked_on >= MONDAY]
        in_time = sum(one.booked_on <= oracle.due_on(one.start_on, 15) for one in booked)
        expected = [len(ahead), in_time, len(booked) - in_time, len(ahead) - len(booked)]
        assert amounts(table(report, "ahead"), row) == expected
    lags = [one.lag for one in oracle.held(None) if one.lag is not None]
    assert amounts(table(report, "recording"), 2)[4:] == [median(lags), max(lags)]
    assert [row[0] for row in table(report, "teams").rows] == sorted(row[0] for row in table(report, "teams").rows)
    assert sum(amounts(table(report, "teams"), at)[6] for at in range(3)) == len(oracle.overdue(0))
    assert ("A conference with no enquiry", Value(1.0)) in table(report, "wrong").rows


def test_done_late_and_not_recorded_are_three_things(council: Council):
    sent = Sent()
    for number, held_on in enumerate((date(2026, 11, 17), date(2026, 11, 19), None)):
        about = {"key": f"s47-{number}"}
        sent.send("strategy-discussion.held", f"q7x-{number}", date(2026, 10, 28), outcome="section_47", **about)
        if held_on:
            sent.send("icpc.held", f"q7x-{number}", held_on, **about)
    send(council, sent.events)
    report = reports.build(council, "section-47", as_at=MONDAY)
    assert amounts(table(report, "recording"), 0)[:4] == [3, 1, 1, 1]


def test_the_first_sentence_says_how_many_children_the_wrong_start_hides(council: Council):
    sent = Sent()
    for number, held_on in enumerate((date(2026, 11, 6), date(2026, 11, 11), date(2026, 11, 13))):
        about = {"key": f"s47-{number}"}
        sent.send("strategy-discussion.held", f"q7x-{number}", date(2026, 10, 19), outcome="section_47", **about)
        sent.send("strategy-meeting.held", f"q7x-{number}", date(2026, 10, 29), kind="initial", **about)
        sent.send("icpc.held", f"q7x-{number}", held_on, **about)
    send(council, sent.events)
    assert reports.build(council, "section-47", as_at=MONDAY).opening == (
        "Of 3 conferences held in the 12 weeks to 22 November 2026, 1 (33%) was within 15 working days of the strategy "
        "discussion; counted from the first strategy meeting it would look like 3 (100%): that measure hides 2 "
        "children who waited too long."
    )


def test_a_conference_on_the_saturday_after_the_last_day_is_late_and_took_a_day_more(council: Council):
    sent = Sent()
    sent.send("strategy-discussion.held", "q7x-1", date(2026, 10, 30), key="s47-1", outcome="section_47")
    sent.send("icpc.held", "q7x-1", date(2026, 11, 21), key="s47-1")
    send(council, sent.events)
    report = reports.build(council, "section-47", as_at=MONDAY)
    assert report.measures[0].this_period == Value(0.0, 0, 1)
    assert amounts(table(report, "days"), 0)[:5] == [1, 0, 0, 1, 0]


def test_a_conference_dated_before_its_enquiry_is_in_no_percentage(council: Council):
    sent = Sent()
    sent.send("strategy-discussion.held", "q7x-1", date(2026, 11, 18), key="s47-1", outcome="section_47")
    sent.send("icpc.held", "q7x-1", date(2026, 11, 17), key="s47-1")
    send(council, sent.events)
    report = reports.build(council, "section-47", as_at=MONDAY)
    assert report.measures[0].all_periods == Value(None, 0, 0)
    assert table(report, "wrong").rows == (("The conference is dated before the enquiry", Value(1.0)),)
    assert "cannot be right" not in " ".join(report.lines), "its last day has not passed"


def test_what_would_be_overdue_but_for_its_dates_is_said_beside_what_is(council: Council):
    """A list of what is overdue has it: the two would else be taken for a contradiction."""
    sent = Sent()
    sent.send("strategy-discussion.held", "q7x-1", date(2026, 10, 19), key="s47-1", outcome="section_47")
    sent.send("icpc.held", "q7x-1", date(2026, 10, 16), key="s47-1")
    send(council, sent.events)
    said = "No conference is open and overdue. 1 more would be, but for dates that cannot be right"
    assert said in " ".join(reports.build(council, "section-47", as_at=MONDAY).lines)


# ---- frozen and proved again -----------------------------------------------------------------------------------------


def test_published_figures_do_not_change_and_can_be_proved_from_the_events(council: Council, seed: int):
    events = made_up(seed)
    send(council, events, MORNING - DAY)
    published = reports.publish(council, "section-47", as_at=MONDAY, now=MORNING)
    assert published.is_new
    afterwards = MORNING + timedelta(hours=3)
    late = [one for one in events if one.type == "icpc.held" and one.key and one.target is None]
    takes_back = Sent()
    for one in late:
        takes_back.send("event.withdrawn", one.subject, MONDAY, target=one.id, withdraws=one.id)
    fresh = [Event(**{**_fields(one), "id": f"w-{one.id}"}) for one in takes_back.events]
    send(council, fresh, afterwards)
    with clock.substitute(lambda: afterwards + DAY):
        again = reports.publish(council, "section-47", as_at=MONDAY, now=afterwards + DAY)
        assert not again.is_new
        assert again.published_at == MORNING
        assert again.report == published.report
        now = reports.build(council, "section-47", as_at=MONDAY)
        assert now.measures[0].all_periods != published.report.measures[0].all_periods
        then = reports.build(council, "section-47", as_at=MONDAY, known_at=MORNING)
    told, proved = reports.as_json(published.report), reports.as_json(then)
    frozen_at = MORNING.isoformat().replace("+00:00", "Z")
    assert told == proved.replace('"published_at": null', f'"published_at": "{frozen_at}"', 1)
    assert then.children == published.report.children


def test_what_a_later_report_says_otherwise_is_marked_as_restated(council: Council):
    sent = Sent()
    sent.send("strategy-discussion.held", "q7x-1", date(2026, 11, 2), key="s47-1", outcome="section_47")
    held = sent.send("icpc.held", "q7x-1", date(2026, 11, 12), key="s47-1")
    send(council, sent.events, MORNING - 7 * DAY)
    reports.publish(council, "section-47", as_at=MONDAY - 7 * DAY, now=MORNING - 7 * DAY)
    moved = Sent()
    moved.events = [held]
    moved.send("icpc.held", "q7x-1", date(2026, 11, 11), key="s47-1", target=held.id)
    send(council, moved.events[1:])
    unmoved = reports.build(council, "section-47", as_at=MONDAY).measures[0]
    assert unmoved.restated == ()
    send(council, [Event(SOURCE, "e-99", "event.withdrawn", "q7x-1", MONDAY, target=held.id)])
    report = reports.build(council, "section-47", as_at=MONDAY)
    (restated,) = report.measures[0].restated
    assert (restated.ends_on, restated.was, restated.now) == (date(2026, 11, 15), Value(100.0, 1, 1), Value(None, 0, 0))
    assert "Restated: the week to 15 Nov was published as 100% (1 of 1)" in reports.as_html(report, with_children=False)


# ---- nothing to report, and what leaves the service ------------------------------------------------------------------


def test_an_empty_week_says_so_and_is_produced_all_the_same(council: Council, tmp_path):
    report = reports.publish(council, "section-47", as_at=MONDAY, now=MORNING).report
    assert report.is_empty
    assert report.opening == "Nothing to report: no conference was held in the 12 weeks to 22 November 2026."
    assert report.lines[0].startswith("Nothing to report for the week Monday 16 to Sunday 22 November 2026")
    assert [path.suffix for path in reports.write(report, tmp_path)] == [".html", ".csv", ".json", ".csv"]
    assert "Nothing to report" in reports.as_html(report, with_children=False)
    assert "Nothing to report" in reports.as_text(report)


def test_no_child_is_in_any_copy_that_leaves_the_service(council: Council, seed: int):
    send(council, made_up(seed))
    report = reports.build(council, "section-47", as_at=MONDAY)
    leaving = [
        reports.as_html(report, with_children=False),
        reports.as_text(report),
        reports.as_csv(report),
        reports.as_json(report),
    ]
    assert [("q7x-" in copy, "s47-" in copy) for copy in leaving] == [(False, False)] * 4
    assert "q7x-" in reports.as_html(report, with_children=True)


def test_the_children_add_up_to_the_figures(council: Council, seed: int):
    send(council, made_up(seed))
    report = reports.build(council, "section-47", as_at=MONDAY)
    rows = list(csv.DictReader(StringIO(reports.children_csv(report))))
    held = [row for row in rows if row["figure"].startswith("held")]
    in_time = report.measures[0].all_periods
    assert (sum(row["in_time"] == "yes" for row in held), len(held)) == (in_time.part, in_time.whole)
    assert all(date.fromisoformat(row["conference_on"]) for row in held)


def test_a_reference_that_looks_like_a_formula_stays_text(council: Council):
    sent = Sent()
    sent.send("strategy-discussion.held", "=1+1", date(2026, 11, 9), key="@cmd", team="-x", outcome="section_47")
    sent.send("icpc.held", "=1+1", date(2026, 11, 18), key="@cmd", team="-x")
    send(council, sent.events)
    report = reports.build(council, "section-47", as_at=MONDAY)
    (row,) = csv.DictReader(StringIO(reports.children_csv(report)))
    assert (row["subject"], row["key"], row["team"]) == ("'=1+1", "'@cmd", "'-x")
    assert "'-x" in reports.as_csv(report)


def _fields(event: Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in Event.__slots__}
