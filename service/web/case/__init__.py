"""What the pages of one child and of one clock are made of.

happened   every event, and whether it still stands      timeline   the months, drawn
births     what is left out for some posts               coming     who is told next, if nothing changes
telling    who was told, and whether it arrived          looks      who has looked
reasons    why this day and not the day before
"""
