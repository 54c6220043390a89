"""Ofsted's Annex A, a workbook of lists → facts.

what stands where, how headings vary, how large it may be, what it can never tell      layout.toml, layout
a file → sheets, once it is known to be safe                                           workbook
sheets → lists                                                                         sheets
a row of each list                                                                     lists
a workbook → a return                                                                  reading
"""

from service.feeds.annex_a.reading import open_return

__all__ = ["open_return"]
