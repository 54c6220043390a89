"""How long what is kept of a child stays, who must not be erased yet, and what erasing is.

periods.toml  periods   how long, area by area, and on what that rests
due                     whose time has come
holding                 who must not be erased, whatever the time
erasing                 out of every table, every published report and the trail, in one transaction
returning               what is sent again about somebody who was erased
"""

from service.retention.due import Due, whose_time_has_come
from service.retention.erasing import Erased, erase, preview
from service.retention.holding import Hold, hold, holds, lift
from service.retention.periods import Periods, periods
from service.retention.returning import barred, reopen

__all__ = [
    "Due",
    "Erased",
    "Hold",
    "Periods",
    "barred",
    "erase",
    "hold",
    "holds",
    "lift",
    "periods",
    "preview",
    "reopen",
    "whose_time_has_come",
]
