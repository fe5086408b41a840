"""Who comes, and what is clicked.

simulator       `ZooplusSimulator`
requests        who is asked for, and how much, checked
journey_tables  a shop laid out for drawing; persona and tier of a user
shoppers        many shoppers at a time: missions, intents, clicks
journeys        from shoppers to the two tables, in blocks
exposures       the log without order
alias           drawing from many distributions at once
column_buffer   where the columns of a log grow
"""
