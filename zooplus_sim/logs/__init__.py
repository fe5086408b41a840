"""Logs as files that are larger than memory, and what can be said of any log.

arguments      what the command line takes
partitioned    a folder of Parquet files, written in blocks
blocks         which shoppers are in which file
records        the folder's manifest and journal
realism        where a log lies beside real shops
shuffling      what order is worth: the shuffle test
"""
