"""What the visits report says in words: its first sentence, the period, what is overdue, and what its words mean."""

from __future__ import annotations

from service.reports.definition import Setting
from service.reports.naming import team_said, windows
from service.reports.period import Period
from service.reports.report import Headline, Said
from service.reports.visits.measures import in_time
from service.reports.visits.naming import kinds
from service.reports.visits.unset import unset_words
from service.reports.visits.waits import Kind, Waits
from service.reports.words import counted, day, listed, percent, stretch


def opening(facts: Waits, setting: Setting) -> str:
    """The share in line with plans, and the share in time by the law, each of its own number."""
    window = f"in the {windows(setting)[-1][0]} to {day(setting.all.ends_on)}"
    parts = []
    for is_statutory in (False, True):
        own = _own(setting, is_statutory=is_statutory)
        share = in_time([one for kind in own for one in facts.due(setting.all, kind)])
        if share.amount is not None:
            what = "that the law asks for to looked-after children" if is_statutory else "that plans ask for"
            how = "in time" if is_statutory else "in line with the plan"
            verb = "was" if share.part == 1 else "were"
            parts.append(f"of those {what}, {share.part:,} of {share.whole:,} ({percent(share.amount)}) {verb} {how}")
    if not parts:
        return f"Nothing to report: no visit fell due {window}."
    return f"Visits that fell due {window}: {'; '.join(parts)}."


def headlines(facts: Waits, setting: Setting) -> tuple[Headline, ...]:
    found = []
    for kind in kinds(setting):
        share = in_time(facts.due(setting.all, kind))
        if share.amount is not None:
            how = "in time by the law" if kind.is_statutory else "in line with the plan"
            of = f"{share.part:,} of {share.whole:,}"
            found.append(Headline(percent(share.amount), of, f"{kind.title}: {how}, {windows(setting)[-1][0]}"))
    return tuple(found)


def lines(facts: Waits, setting: Setting) -> tuple[str, ...]:
    found = (_period(facts, setting), _overdue(facts, setting), unset_words(facts, setting))
    return tuple(words for words in found if words)


def _period(facts: Waits, setting: Setting) -> str:
    one, this = setting.noun, _each(facts, setting, setting.this)
    name = f"the {one} of {stretch(setting.this.starts_on, setting.this.ends_on)}"
    last = _each(facts, setting, setting.last)
    before = f"The {one} before: {last or 'none fell due'}."
    if not this:
        return f"Nothing to report for {name}: no visit fell due. {before}"
    return f"In time, of the visits that fell due in {name}: {this}. {before}"


def _each(facts: Waits, setting: Setting, period: Period) -> str:
    shares = [(kind.title.lower(), in_time(facts.due(period, kind))) for kind in kinds(setting)]
    found = [f"{title}, {share.part:,} of {share.whole:,}" for title, share in shares if share.whole]
    return "; ".join(found)


def _overdue(facts: Waits, setting: Setting) -> str:
    parts = []
    for is_statutory in (False, True):
        own = _own(setting, is_statutory=is_statutory)
        found = [one for kind in own for one in facts.overdue(setting.this, kind)]
        if found:
            children = counted(len({one.clock.subject for one in found}), "child", "children")
            sought = sum(bool(one.attempts) for one in found)
            asked = "the law asks for" if is_statutory else "plans ask for"
            parts.append(f"{counted(len(found), 'visit')} that {asked}, to {children} ({sought:,} sought and not seen)")
    if not parts:
        return "No visit is overdue now."
    return f"Overdue on {day(setting.as_at)}: {listed(parts)}."


def _own(setting: Setting, *, is_statutory: bool) -> list[Kind]:
    return [kind for kind in kinds(setting) if kind.is_statutory is is_statutory]


def words(facts: Waits, setting: Setting) -> tuple[Said, ...]:
    return (
        Said(setting.noun.capitalize(), _edition(setting)),
        Said(
            "In line with the plan",
            "The child was seen by the last day that the child's own plan gives, counted from the visit held before. "
            "An attempt at which the child was not seen counts for nothing.",
        ),
        Said(
            "In time by the law",
            "The same for a looked-after child by regulation 28, whose limit depends on where and how the child lives.",
        ),
        Said(
            "Fell due",
            "The last day lay in the period, and the plan, placement or care had not ended before it. The visit counts "
            f"in that period whenever it was held. Those of the last {setting.noun}s may still be held late, or typed "
            "in.",
        ),
        Said(
            "No plan says how often",
            "A visit is awaited, and neither the child's plan nor the authority gives a day for it, so it can be "
            "neither in time nor overdue.",
        ),
        Said("Overdue", "Past the last day, and no visit is recorded. It may have been made."),
        team_said(),
        Said(
            "Sought and not seen",
            "A visit is recorded at which the child was not seen, after the wait for this one began and before it was "
            "held.",
        ),
        Said(
            "Trend",
            f"A straight line through the {len(setting.periods)} {setting.noun}s, each weighted by its number of "
            "visits. Better or worse is said only where chance alone would show as much less than one time in twenty.",
        ),
    )


def _edition(setting: Setting) -> str:
    if setting.noun == "week":
        return "As at a Monday, the Monday to Sunday before; as at any other day, the seven days that end on it."
    return "A whole calendar month, the last one being the one before the day of the report."
