"""Statutory returns: from what a feed reads in a file to events, with an account of every row.

a file, twice read, into the flow            taking
against what the same return sent before     reconcile, slips
its rows, brought together by child          children
the account, and the papers beside the file  account
files dropped into a folder                  watching
"""

from service.feeds.facts import CannotRead
from service.returns.account import Taken, words_of, write_papers
from service.returns.taking import Feed, take_return

__all__ = ["CannotRead", "Feed", "Taken", "take_return", "words_of", "write_papers"]
