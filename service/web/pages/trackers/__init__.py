"""Trackers: one page for a kind of work, with every child that stands in it."""
