"""Statutory returns: from what a feed reads in a file to events, with an account of every row.

a file, twice read, into the flow            taking
against what the same return sent before     reconcile
its rows, brought together by child          children
the account, and the papers beside the file  account
files dropped into a folder                  watching
"""

from service.feeds.facts import CannotRead
from service.returns.account import Disagreement, Flaw, Taken, words_of, write_papers
from service.returns.taking import FEEDS, Feed, take_return

__all__ = ["FEEDS", "CannotRead", "Disagreement", "Feed", "Flaw", "Taken", "take_return", "words_of", "write_papers"]
