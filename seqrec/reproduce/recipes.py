"""How each row of the MovieLens table is made.

For `python -m seqrec.reproduce movielens-1m --model NAME`. `sasrec` and `bert4rec` are the ones
that were searched for, on validation alone. `sasrec-...` are the same with one choice changed.
"""

from typing import NamedTuple

from seqrec.items.columns import Labels
from seqrec.items.content import Content
from seqrec.models.bert4rec import BERT4RecConfig
from seqrec.models.config import ModelConfig
from seqrec.models.hybrid import HybridConfig
from seqrec.models.sasrec import SASRecConfig
from seqrec.training.config import TrainConfig


class Recipe(NamedTuple):
    """How a row of the table is made.

    model:    its configuration
    max_len:  how many of the newest events it reads
    training: a TrainConfig
    whole:    learn from all of a history, in pieces; False: from the newest piece only
    """

    model: ModelConfig
    max_len: int
    training: TrainConfig
    whole: bool = True


def _training(epochs):
    return TrainConfig(
        epochs=epochs, batch_size=32, learning_rate=2e-3, schedule="linear", warmup_steps=100
    )


def _sasrec(max_len=200, **options):
    model = SASRecConfig(**{"D": 128, "H": 2, "dropout": 0.2} | options)
    return Recipe(model, max_len, _training(epochs=15))


def _counted(recipe, weight):
    """The same, helped by co-occurrence."""
    return recipe._replace(model=HybridConfig(learned=recipe.model, weight=weight))


def _bert4rec(epochs=60):
    return Recipe(BERT4RecConfig(D=128, H=2, dropout=0.2, mask_prob=0.4), 200, _training(epochs))


RECIPES = {
    "sasrec": _sasrec(),
    "bert4rec": _bert4rec(),
    "bert4rec-25-epochs": _bert4rec(epochs=25),
    "sasrec-bce": _sasrec(loss="bce"),
    "sasrec-bce-32": _sasrec(loss="bce", n_negatives=32),
    "sasrec-length-50": _sasrec(max_len=50),
    "sasrec-length-50-counted": _counted(_sasrec(max_len=50), weight=0.8),
    "sasrec-dropout-0": _sasrec(dropout=0.0),
    "sasrec-genres": _sasrec(content=Content(columns=[Labels("genres")])),
}
