"""The shop as it is written down: every constant, the catalogue, and tables of probabilities.

world, parts, checks    `World`, what it is made of, and whether it is possible
toml_files              how a file is read, and what it may cost
catalogue, launch       products; and those that come later
tables                  the world as arrays, as simulation and oracle read it
"""
