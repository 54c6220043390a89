"""Packs and calendars → the law: read once, laid over one another, and refused where they cannot be right."""
