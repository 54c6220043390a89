"""What is written down for the people who run it: one line each, and nothing about a child."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from service.errors import told_of


class _WithoutWords(logging.Formatter):
    """A library's report of an exception: its kind and where it arose. Its words may quote what was sent."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        told = told_of(ei[1])
        return f"{told['defect']} at {told['where']}"


def configure(level: str) -> None:
    """Sends the service's own log, and the libraries' warnings, to standard error."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutWords("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
