"""Who is told, and when: the packs' ``ladders.toml``, laid over one another and refused where they cannot be right."""
