"""The posts of one authority: which are known, who is told for each on a day, and what a new list of people changes."""

from service.posts.handing_over import PEOPLE, HandedOver, ListRefused, Move, Moved, Nobody, rehearse, take_list
from service.posts.known import ADMINISTRATOR, bounds, directory_on, known_posts
from service.posts.standing import Standing, standing_apart, standing_of

__all__ = [
    "ADMINISTRATOR",
    "PEOPLE",
    "HandedOver",
    "ListRefused",
    "Move",
    "Moved",
    "Nobody",
    "Standing",
    "bounds",
    "directory_on",
    "known_posts",
    "rehearse",
    "standing_apart",
    "standing_of",
    "take_list",
]
