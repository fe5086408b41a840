"""Who comes, and what is clicked.

simulator       `ZooplusSimulator`
shoppers        many shoppers at a time: missions, intents, clicks
journeys        from shoppers to the two tables, in blocks
exposures       the log without order
alias           drawing from many distributions at once; `column_buffer` is where columns grow
"""
