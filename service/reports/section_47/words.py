"""What ``section-47`` says in words: its first sentence, the week, what is ahead, and what its words mean."""

from __future__ import annotations

from service.reports.definition import Setting
from service.reports.naming import team_said
from service.reports.report import Headline, Said, Value
from service.reports.section_47 import measures
from service.reports.section_47.enquiries import Enquiries
from service.reports.section_47.naming import booked, limit_words
from service.reports.words import counted, day, percent, short_day, stretch


def opening(facts: Enquiries, setting: Setting) -> str:
    """The one sentence: the gap between the two starts, and how many children it hides."""
    held = facts.held(setting.all)
    window = f"in the {len(setting.periods)} weeks to {day(setting.all.ends_on)}"
    if not held:
        return f"Nothing to report: no conference was held {window}."
    right, wrong = measures.in_time(facts, setting.all), measures.from_meeting(facts, setting.all)
    start = f"Of {counted(len(held), 'conference')} held {window}, {_of(right)} {'was' if right.part == 1 else 'were'} "
    start += f"within {limit_words(setting)} of the strategy discussion"
    if not wrong.whole:
        return f"{start}; no first strategy meeting is recorded for them, so they cannot be counted from one."
    recorded = "" if wrong.whole == len(held) else f", recorded for {wrong.whole:,} of them,"
    start += f"; counted from the first strategy meeting{recorded} it would look like {_of(wrong)}"
    return f"{start}: {_hides(facts, setting)}."


def _hides(facts: Enquiries, setting: Setting) -> str:
    hidden = len({one.duty.subject for one in facts.held(setting.all) if one.is_hidden})
    if not hidden:
        return "that measure hides no child who waited too long"
    return f"that measure hides {counted(hidden, 'child', 'children')} who waited too long"


def _of(share: Value) -> str:
    return f"{share.part:,} ({percent(share.amount)})" if share.amount is not None else "none"


def headlines(facts: Enquiries, setting: Setting) -> tuple[Headline, ...]:
    held = facts.held(setting.all)
    if not held:
        return ()
    right, wrong = measures.in_time(facts, setting.all), measures.from_meeting(facts, setting.all)
    hidden = len({one.duty.subject for one in held if one.is_hidden})
    return (
        _headline(right, f"within {limit_words(setting)} of the strategy discussion: the duty"),
        _headline(wrong, "as it would look, counted from the first strategy meeting"),
        Headline(f"{hidden:,}", "child" if hidden == 1 else "children", "waited too long and would not be seen"),
    )


def _headline(share: Value, words: str) -> Headline:
    return Headline("–" if share.amount is None else percent(share.amount), f"{share.part} of {share.whole}", words)


def lines(facts: Enquiries, setting: Setting) -> tuple[str, ...]:
    return (_week(facts, setting), _now(facts, setting))


def _week(facts: Enquiries, setting: Setting) -> str:
    held, before = facts.held(setting.this), measures.in_time(facts, setting.last)
    week = stretch(setting.this.starts_on, setting.this.ends_on)
    last = f"The week before: {before.part} of {before.whole}." if before.whole else "The week before: none was held."
    if not held:
        return f"Nothing to report for the week {week}: no conference was held. {last}"
    in_time = sum(one.is_in_time for one in held)
    number = counted(len(held), "conference")
    verb = "was" if len(held) == 1 else "were"
    return f"In the week {week}, {number} {verb} held, {in_time or 'none'} within {limit_words(setting)}. {last}"


def _now(facts: Enquiries, setting: Setting) -> str:
    overdue, ahead = facts.overdue(setting.this), facts.due_next(setting.this)
    if overdue:
        longest = max(
            setting.council.calendar.elapsed(one.duty.due_on, setting.as_at) for one in overdue if one.duty.due_on
        )
        late = f"{counted(len(overdue), 'conference')} {'is' if len(overdue) == 1 else 'are'} open and overdue, "
        late += f"the longest by {counted(longest, 'working day')}."
    else:
        late = "No conference is open and overdue."
    if unjudged := len(facts.unjudged(setting.this)):
        late += f" {unjudged} more would be, but for dates that cannot be right (“Records that cannot be right”)."
    if not ahead:
        return f"On {day(setting.as_at)}: {late} None is due by {short_day(facts.horizon_on)}."
    bookings = booked(ahead, setting)
    return (
        f"On {day(setting.as_at)}: {late} {len(ahead)} more {'is' if len(ahead) == 1 else 'are'} due by "
        f"{short_day(facts.horizon_on)}: {bookings.in_time} booked in time, {bookings.too_late} booked too late, "
        f"{bookings.nowhere} not booked."
    )


def said(facts: Enquiries, setting: Setting) -> tuple[Said, ...]:
    limit = limit_words(setting)
    return (
        Said(
            "Week",
            "As at a Monday, the Monday to Sunday before; as at any other day, the seven days that end on it. A "
            "conference belongs to the week it was held in, whenever it was typed in.",
        ),
        Said(
            "In time",
            f"Held within {limit} of the strategy discussion at which the section 47 enquiry began. The day of the "
            "discussion is day 0, and the whole of the last day counts. Where only the start of the enquiry is "
            "recorded, it is counted from that. A conference on a day nobody works counts as held on "
            "the next working day.",
        ),
        Said(
            "First strategy meeting",
            "The same limit counted from the first strategy meeting of the enquiry, for the conferences that have one "
            "recorded. It is not the duty.",
        ),
        Said("Hidden", "Late from the strategy discussion, and in time from the first strategy meeting."),
        Said(
            "DfE's rule",
            "The same limit counted from the recorded start of the section 47 enquiry, in DfE's bands of working days.",
        ),
        Said(
            "Review strategy meeting",
            "Judged only where the team manager agreed to hold one, or one was held. Meetings that the conference "
            "overtook are left out.",
        ),
        Said(
            "Open and overdue",
            f"Not held by the end of the week, and the last day to hold it before {day(setting.as_at)} (for earlier "
            "weeks, before the same day of that week).",
        ),
        team_said(),
        Said(
            "Booked",
            "A date is recorded for the conference, today or later. A booking never stops the clock. A date gone by is "
            "not a booking.",
        ),
        Said(
            "Left out",
            "Enquiries that ended with no conference, and records that cannot be right, are counted apart and are in "
            "no percentage.",
        ),
        Said(
            "Trend",
            f"A straight line through the {len(setting.periods)} weeks, each weighted by its number of conferences. "
            "Better or worse is said only where chance alone would show as much less than one time in twenty.",
        ),
        Said(
            "Median and quartiles",
            "Half the conferences took no longer than the median; a quarter, than the lower quartile.",
        ),
    )
