"""One file per source format → facts. A feed reads and says what it read; it stores nothing and asks nobody.

what a row of any return can be                          facts
one return each                                          cin_census, ssda903, annex_a
how any row is named, and says what is wrong with it     rows
a date column → a day, or why it is none                 days
what readers of XML share                                markup
what readers of tables share                             tabular
"""
