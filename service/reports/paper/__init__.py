"""How a report is laid out: as a page, as mail, as plain text, as CSV and as JSON. Content in, characters out."""
