"""The sketches. What can be computed in them is: by the library, by a key, from Anna's clicks.

scale_and_log      chapters 00 and 01
sequences          chapter 02
training           chapters 03 and 04
judging            chapter 05
attention          chapter 06
readers            chapter 07
next_click         chapters 08 and 09
catalogue          chapters 10 and 11
graphs_and_masks   chapters 12 and 13
pieces             chapter 14 and the page In one scroll
shop               chapters 15 and 16
"""
