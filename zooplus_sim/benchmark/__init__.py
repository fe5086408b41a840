"""A benchmark whose ceiling is known: `python -m zooplus_sim.benchmark list`.

Models from any library, in any language, are judged by files: what was achieved of what could be
achieved, as the oracle knows it.

track       a track: the default world with one thing moved, and the protocol; tracks/*.toml
making      the files that a track hands out
answers     files of predictions, read piece by piece
refusals    what can be wrong in them
judging     expected scores under the oracle's law, and what they say
report      a verdict as a table or as JSON
figures     what a track's log looks like, beside published shops
"""
