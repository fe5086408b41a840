"""seqrec: sequential recommendation, from a shop's log to what is shown next. The map:

    6  shop/          a model that chooses what is shown, and what that earned
       reproduce/     the benchmark of the papers: `python -m seqrec.reproduce --help`
       serve/         a saved model behind HTTP: `python -m seqrec.serve --help`
    5  recommender/   fit, recommend, save: for a log of your own; and its sister in two stages
    4  models/        a file a model: network, configuration, objective by name
       baselines/     what every model has to beat, under one contract
    3  losses/        what a model is asked, as a number: formulas, negatives, objectives
       items/         what is known of an item besides its number
    2  data/          from a log to rows of numbers
       metrics/       how good is a ranking, and how sure are we?
       training/      the loop, and what it needs to go on, stop and share
    1  checks.py      is this a count, a share, a number? one wording
       compiler.py    torch's compiler stays unloaded until somebody compiles
       devices.py     which device, and its generators
       notices.py     to Python's logging, and as warnings
       row_draws.py   random numbers that belong to a sample

A wing imports itself and lower floors. Its door, `__init__.py`, shows what others use:

    from seqrec.data import leave_last_two_out
    from seqrec.recommender import SASRecConfig, SequentialRecommender

Inside the library a module is imported from its file, so that the floors can be seen.

Nine words for what people did:

    interactions   the table of a log as a shop keeps it: user_id, item_id, timestamp, maybe outcome
    events         the same, numbered and sorted: `seqrec.data.Events`
    exposures      what was shown, and whether it was clicked
    history        what came before a question, oldest first
    target         the event that is to be foretold
    sequence       a row that is read and predicted at once: all but the last, all but the first
    window         one history and its one target
    sample         a window and a label: 1 for what followed, 0 for a negative
    session        a visit: events of one user with short pauses between them

This file imports nothing, so that `import seqrec` costs nothing.
"""

__version__ = "0.1.0"
