"""The children in need census, as XML, in any of its layouts → facts.

what stands where, how large it may be, what it can never tell      layout.toml, layout
bytes → whole elements, a child at a time                           markup
an element → a row                                                  draft, modules, referral, child
a file → a return                                                   reading
"""

from service.feeds.cin_census.reading import open_return

__all__ = ["open_return"]
