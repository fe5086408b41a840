"""What every model has to beat.

All have one interface, so that a table of scores is one loop:

    model.fit(table)                     learns and returns the model
    model.score(user_ids, histories)     (B, n_items + 1) floats: column j is product j, higher is
                                         better, column 0 (padding) is -inf

`user_ids` (B,) are integers, `histories` (B, L) item ids, padded with 0 on the left. A *memoryless*
model answers from the user id alone, and the history may be left out; a *sequential* one answers
from the history alone. Memoryless models learn from exposures (`seqrec.baselines.exposures`), and
also tell `click_probability(user_ids, item_ids)`, (N,). Sequential models learn from a log of
clicks as `seqrec.data.validate_interactions` wants it. Popularity counts as one.

    memoryless    MLPClick, LinUCB
    sequential    Popularity, MarkovChain, ItemCoOccurrence, GRU4Rec

`adam` is the short loop that trains the two with a network, `histories` and `exposures` check what
is read.

Axis letters: B users, L length, N pairs of user and product.
"""

from seqrec.baselines.counting import ItemCoOccurrence, MarkovChain, Popularity
from seqrec.baselines.exposures import click_rates, exposures_from_interactions
from seqrec.baselines.gru4rec import GRU4Rec
from seqrec.baselines.linucb import LinUCB
from seqrec.baselines.mlp_click import MLPClick

__all__ = [
    "GRU4Rec",
    "ItemCoOccurrence",
    "LinUCB",
    "MLPClick",
    "MarkovChain",
    "Popularity",
    "click_rates",
    "exposures_from_interactions",
]
