"""`python -m seqrec.reproduce`, but with a network so small that few users can train it."""

from seqrec.recommender import SASRecConfig
from seqrec.reproduce.__main__ import RECIPES, main
from seqrec.training import TrainConfig, joined_ranks

RECIPE = RECIPES["sasrec"]._replace(
    model=SASRecConfig(D=8, H=1, n_blocks=1),
    max_len=4,
    training=TrainConfig(epochs=2, batch_size=16),
)

if __name__ == "__main__":
    RECIPES["sasrec"] = RECIPE
    with joined_ranks():
        main()
