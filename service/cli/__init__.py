"""The commands. Exit status: 0 done, 1 something was refused or found, 2 wrong usage."""

from service.cli.main import commands, main

__all__ = ["commands", "main"]
