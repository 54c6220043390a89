"""From alerts that are due to the words of a message: gathered by reader, laid out in sections, written once."""
