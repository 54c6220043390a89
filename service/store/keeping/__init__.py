"""The trail that nobody can change unseen, and what is kept or erased by law."""
