"""A clock and the law in words: to be read aloud, or sent as JSON."""
