"""Who is asking, and what they may do. Used by the API and the pages alike."""
