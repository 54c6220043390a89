"""The database, and no opinions."""
