"""What a digest says: what changed first, then how things stand. Counts, teams and timescales: never who.

No reference, no date of birth, no name: neither in the subject nor in the words nor in the link.
"""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import quote

from rules.plan import CORRECTED, LAPSED, PLAN
from service.clock import local
from service.notify.letters.gathering import Bag, Item
from service.notify.letters.message import Words, at_words, count, day_words, post_words, render
from service.notify.letters.sections import Scene, is_late, is_target, news, standing
from service.store.people.directory import COVER, DEPUTY, NEXT_RUNG
from service.store.telling import messages

NO_TEAM = "no team recorded"
_ASKS = "Record what was done, or say what is planned and by when."
_NOT_CALM = "It could not wait for the morning’s message."


def compose(bag: Bag, scene: Scene) -> Words:
    """The words of one message to one reader."""
    teams = _teams(bag, scene)
    where = _where(teams, scene)
    is_digest = bag.kind == messages.DIGEST
    has_teams = len(teams) > 1
    changed = list(news(bag.items, scene, has_teams=has_teams, has_standing=is_digest))
    stands = list(standing(bag.items, scene, changed, has_teams=has_teams)) if is_digest else []
    coming = [section for section in changed if section.is_warning]
    sections = [*(section for section in changed if not section.is_warning), *stands, *coming]
    content = {
        "headline": f"{_headline(bag, scene)}: {where}.",
        "asks": _ASKS if any(section.is_asked for section in sections) else "",
        "notes": [note for note in (_gap(bag.items, scene), _stand_in(bag.items, scene)) if note],
        "sections": sections,
        "link": f"{scene.address}/?team={quote(teams[0], safe='')}" if len(teams) == 1 else f"{scene.address}/",
        "why": _why(bag, scene, where),
        "unsubscribe": scene.unsubscribe if is_digest else "",
        "checked": f"Checked on {at_words(scene.moment.now)}, from everything the case system had sent by then. "
        "Something that was done and is not yet recorded still counts as not done: recording it puts this right.",
    }
    return Words(
        f"{_subject(bag, scene)} – {where}", *(render(f"digest.{kind}.j2", content) for kind in ("txt", "html"))
    )


def _teams(bag: Bag, scene: Scene) -> list[str]:
    """The teams that the message is about: those of its news, of what was told before, and the reader's own."""
    teams = {item.team or "" for item in bag.items}
    if bag.kind == messages.DIGEST:
        teams |= {one.team or "" for one in scene.escalated}
        teams |= set(scene.whole_teams) if not teams - set(scene.whole_teams) else set()
    return sorted(teams)


def _where(teams: Sequence[str], scene: Scene) -> str:
    if len(teams) == 1:
        team = teams[0]
        return " ".join((scene.team_names.get(team) or team or NO_TEAM).split())
    return count(len(teams), "team") if teams else scene.law.title


def _late_items(bag: Bag) -> list[Item]:
    """What has newly passed its due date, or is told to the next rung."""
    return [item for item in bag.items if is_late(item)]


def _late(bag: Bag) -> int:
    return len({item.key.clock for item in _late_items(bag)})


def _of_kind(bag: Bag, kind: str) -> int:
    return len({item.key.clock for item in bag.items if item.kind == kind})


def _targets(bag: Bag) -> int:
    late = {item.key.clock for item in _late_items(bag)}
    return len({item.key.clock for item in bag.items if not item.kind and is_target(item)} - late)


def _subject(bag: Bag, scene: Scene) -> str:
    late, missed = _late(bag), _targets(bag)
    if bag.kind == messages.AT_ONCE:
        return count(late, "timescale", " newly overdue") if late else count(len(bag.items), "timescale", " coming due")
    overdue = _overdue(bag, scene)
    today, later = scene.total(lambda one: one.due_today), scene.total(lambda one: one.due_this_week)
    parts = [count(overdue, "timescale", " overdue")] if overdue else []
    parts += [count(missed, "target", " missed")] if missed else []
    parts += [f"{today:,} due today"] if today else []
    parts += [f"{later:,} due this week"] if later else []
    nothing = "Nothing overdue" if scene.whole_teams else "Nothing passed on to you"
    return ", ".join(parts) if overdue or missed else ", ".join([nothing, *parts])


def _headline(bag: Bag, scene: Scene) -> str:
    late, missed = _late(bag), _targets(bag)
    coming = len({item.key.clock for item in bag.items if item.is_warning})
    parts = []
    passed_on = len({item.key.clock for item in _late_items(bag) if scene.is_passed_on(item)})
    if new := late - passed_on:
        parts.append(f"{count(new, 'timescale')} {'has' if new == 1 else 'have'} newly become overdue")
    if passed_on:
        own = count(passed_on, "overdue timescale")
        parts.append(f"{own} {'is' if passed_on == 1 else 'are'} passed on to you")
    if missed:
        own = count(missed, "target")
        parts.append(f"{own} of the authority’s own {'has' if missed == 1 else 'have'} newly been missed")
    if lapsed := _of_kind(bag, LAPSED):
        parts.append(
            f"{count(lapsed, 'plan')} {'has' if lapsed == 1 else 'have'} passed {'its' if lapsed == 1 else 'their'} day"
        )
    if planned := _of_kind(bag, PLAN):
        parts.append(f"{count(planned, 'late timescale')} {'has' if planned == 1 else 'have'} a plan")
    if corrected := _of_kind(bag, CORRECTED):
        parts.append(
            f"{count(corrected, 'timescale')} you were told of {'was' if corrected == 1 else 'were'} not overdue"
        )
    if bag.kind == messages.AT_ONCE:
        return _listed(parts or [f"{count(coming, 'timescale')} {'is' if coming == 1 else 'are'} coming due"])
    overdue = _overdue(bag, scene)
    if not parts and overdue:
        parts = [f"Nothing is newly overdue, and {overdue:,} {'is' if overdue == 1 else 'are'} still"]
    if today := scene.total(lambda one: one.due_today):
        parts = [*(parts or ["Nothing is overdue"]), f"{today:,} {'is' if today == 1 else 'are'} due today"]
    if not scene.whole_teams:  # of no team they see everything: what is overdue may not have come as far as them
        return _listed(parts or ["Nothing that is overdue has been passed on to you"])
    return _listed(parts or ["Nothing is overdue"])


def _overdue(bag: Bag, scene: Scene) -> int:
    """How many clocks are overdue of what the reader is told: in their own teams, and of what has been passed on."""
    whole = set(scene.whole_teams)
    passed_on = {one.clock for one in scene.escalated} | {
        item.key.clock for item in _late_items(bag) if (item.team or "") not in whole
    }
    in_own = {item.key.clock for item in _late_items(bag) if (item.team or "") in whole}
    return len(passed_on) + max(scene.total(lambda one: one.overdue), len(in_own))


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _gap(items: Iterable[Item], scene: Scene) -> str:
    """Says so where some of this should have been told on an earlier day, and was not."""
    missed = [on for item in items if (on := _missed_on(item, scene)) is not None]
    if not missed:
        return ""
    return (
        f"Some of this was to be told from {day_words(min(missed))} on and could not be: the service or its mail was "
        "stopped, or nobody held the post. This message says how things stand now, and stands for all of those."
    )


def _stand_in(items: Iterable[Item], scene: Scene) -> str:
    """Says for which posts that nobody holds the reader stands in."""
    places = sorted(
        {
            (post_words(item.key.post), _where([item.team or ""], scene))
            for item in items
            if item.recipient is not None and item.recipient.why == NEXT_RUNG
        }
    )
    if not places:
        return ""
    posts = _listed([f"{post} ({where})" for post, where in places])
    return f"Nobody holds the post of {posts}: what it would be told comes to you."


def _missed_on(item: Item, scene: Scene) -> date | None:
    """The day of the digest that an item should have been in, where that has gone by."""
    if item.known_at > item.send_at or (item.plan is not None and item.kind != CORRECTED):
        return None  # known too late for it, or kept back by a plan
    ladders = scene.law.ladders
    at = local(item.send_at)
    on = scene.law.calendars[ladders.calendar].on_or_after(at.date())
    if on == at.date() and at.time() > ladders.at:  # after that day's digest: it belongs into the next
        on = scene.law.calendars[ladders.calendar].add(on, 1)
    return on if on < scene.moment.today else None


def _why(bag: Bag, scene: Scene, where: str) -> str:
    reader = bag.reader
    post = f"the post of {post_words(reader.post)}" + (f" for {where}" if len(_teams(bag, scene)) == 1 else "")
    until = f" until {day_words(reader.until)}" if reader.until else ""
    holds = {
        COVER: f"you cover for whoever holds {post}{until}",
        DEPUTY: f"you are the deputy for {post}{until}",
        NEXT_RUNG: f"you hold {post}",
    }.get(reader.why, f"this address holds {post}")
    weekly = day_name[scene.law.ladders.weekly]
    calm = f"What has changed is told once, on working mornings; and every {weekly}, so that silence means a fault."
    return f"You get this because {holds}. {calm if bag.kind == messages.DIGEST else _NOT_CALM}"
