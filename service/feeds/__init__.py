"""One file per source format → facts. A feed reads and says what it read; it stores nothing and asks nobody.

what a row of any return can be            facts
one return each                            cin_census, ssda903, annex_a
a date column → a day, or why it is none   days
what readers of tables share               tabular
"""
