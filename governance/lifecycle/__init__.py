"""The life of contract versions: stages and their moves, the calendar, what a change of stage must keep."""
