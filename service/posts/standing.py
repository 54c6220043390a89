"""Each post of the lines, as it stands for one team on one day."""

from __future__ import annotations

from typing import NamedTuple

from rules.model import Ladders
from service.posts.known import ADMINISTRATOR
from service.store.people import WORKER, Directory, Recipient
from service.timing import timings


class Standing(NamedTuple):
    """A post, who is told for it (None: nobody at all), and whether that is at the post itself."""

    post: str
    told: Recipient | None

    @property
    def is_held(self) -> bool:
        """Whether somebody, or a mailbox, is at the post itself: the next rung is not."""
        return self.told is not None and self.told.post == self.post


def standing_of(directory: Directory, ladders: Ladders, team: str) -> list[Standing]:
    """The posts that a ladder tells, in the order of the lines, for a team ("": for what belongs to no team).

    Not ``worker``: who that is, each clock says.
    """
    posts = [post for post in ladders.posts if post != WORKER]
    return [Standing(post, directory.recipient(post, team)) for post in posts]


def standing_apart(directory: Directory, ladders: Ladders) -> list[Standing]:
    """The posts that reports and the service's own alarms tell, and no ladder: for the whole authority."""
    return [Standing(post, directory.recipient(post, None)) for post in posts_apart(ladders)]


def posts_apart(ladders: Ladders) -> list[str]:
    """The posts that something tells, and no ladder."""
    posts = dict.fromkeys([*(timing.post for timing in timings()), ADMINISTRATOR])
    return [post for post in posts if post not in ladders.posts]
