"""Pages about the service itself: the trail, keys, people and posts, mail, feeds, how much is told."""
