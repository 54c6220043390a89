"""A made-up council, as events: the same for the same seed and day, ending last night, with nobody's name in it.

    for event in council(seed=7, today=clock.today()): ...

The council: ``place`` (teams, size and habits, as tables), ``people`` (who holds which post). Days and chance:
``diary``. What its case system sends: ``case_system``. What happens to a child: ``families`` → ``enquiries`` →
``plans``, ``visits``, ``legal``; in care: ``care``. What goes wrong in the recording: ``mistakes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from rules import load_calendars
from service.demo import care, families, mistakes, place
from service.demo.case_system import CaseSystem
from service.demo.diary import Diary
from service.demo.people import people
from service.demo.place import Post

__all__ = ["Post", "council", "people", "teams"]


def council(seed: int, today: date, *, children: int | None = None) -> Iterator[dict[str, Any]]:
    """Two and a half years of a council's events up to last night, in the order a nightly feed would send them.

    CloudEvents 1.0 as the API takes them. Children who came into care before that bring the whole of their time there.
    ``children`` is how many are referred in all that time, and there are looked-after children in proportion; None for
    a council of the usual size. The whole of it is made before the first event is given.
    """
    referred = place.CHILDREN if children is None else children
    calendar = load_calendars()["england-and-wales"]
    system = CaseSystem(Diary(seed, today, calendar))
    families.refer(system, referred)
    mistakes.scatter(system)
    care.look_after(system, Diary(f"in care {seed}", today, calendar), referred / place.CHILDREN)
    return system.sent()


def teams() -> list[Post]:
    """The posts of the council and their mailboxes, one of them missing, so that "unowned" has something to show."""
    return place.posts()
