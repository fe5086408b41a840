"""Logs that others have published, in the formats in which they published them.

format, formats    what a format is; the tables of them, with their sources and licences
packed             any packing as blocks of whole lines
cells, clocks      columns out of the bytes of a block; times
tables, json_lines the two kinds of files; `literals` for lines that are Python
joined             blocks into one table
recognise          which format a file has
log                the door
fetch              what can be downloaded
"""
