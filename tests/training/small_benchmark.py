"""`python -m seqrec.reproduce`, but with a small network, so that few users are enough to train it."""

from seqrec import reproduce
from seqrec.model_configs import SASRecConfig
from seqrec.ranks import joined_ranks
from seqrec.train_config import TrainConfig

RECIPE = reproduce.RECIPES["sasrec"]()._replace(
    model=SASRecConfig(D=8, H=1, n_blocks=1), max_len=4, training=TrainConfig(epochs=2, batch_size=16)
)

if __name__ == "__main__":
    reproduce.RECIPES["sasrec"] = lambda: RECIPE
    with joined_ranks():
        reproduce.main()
