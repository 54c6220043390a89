"""The service looks at itself: whether every source sends, the clocks are looked at, and everybody can be told.

declared     every check, its id, and what stops for it      asking      asks them; a broken one is a finding too
feeds        is a source silent?                             rhythm      how it usually sends
running      do ticks, sending and the timetable run?        telling     can everybody be told, and is it sent?
setting_up   settings, law, calendars, database, disk        numbers     from watching.toml
alarms       what the administrator is told, and when        itself      the self-check as it runs by itself
examining    the same for `timescales doctor`                finding     the nouns
"""
