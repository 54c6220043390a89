"""The looked-after return (SSDA903), as CSV files, a zip of them, or XML → facts.

what stands where, how large it may be, what it can never tell      layout.toml, layout
what the codes mean                                                 codes.toml
a folder, zip or file → tables                                      opening, table, markup
an episode; a child's episodes; the other files                     episode, care, modules
a set → a return                                                    reading
"""

from service.feeds.ssda903.reading import open_return

__all__ = ["open_return"]
