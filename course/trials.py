"""What chapters 03 and 04 compare ways of training with: a shop, two small models, one judge.

    shop = open_shop(500)
    scores = train(shop, TwoVectors(500, seed=0), step_loss, seed=0, steps=60)
    shop.test.lift(scores)

`step_loss(scores, targets, seed)` is the loss of one step: scores (B, V) of the batch, targets (B,)
and a seed for what it draws.

Axis letters: B batch, M clicks to learn from, J shoppers that are judged, D width, V = n_items + 1
columns (column 0 is padding).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn

from seqrec.metrics import expected_ndcg, share_of_lift
from zooplus_sim import Oracle, ZooplusSimulator

CLICKS = 40
JUDGED = 1_000  # of validation and of test, each
READ = 3  # clicks of a history


@dataclass(frozen=True)
class Judged:
    """Shoppers whom no model learns from, and what the oracle says they click next.

    recent:  (J, READ) their newest clicks, the newest last.
    law:     (J, V).
    floor:   NDCG@10 of popularity.
    ceiling: NDCG@10 of the oracle.
    """

    recent: torch.Tensor
    law: np.ndarray
    floor: float
    ceiling: float

    def lift(self, scores: torch.Tensor) -> float:
        """Share of the achievable lift in NDCG@10: 0 is popularity, 1 the oracle. (J, V)."""
        reached = expected_ndcg(scores.numpy(), self.law, k=10).mean()
        return float(share_of_lift(reached, self.floor, self.ceiling))


@dataclass(frozen=True)
class TrialShop:
    """A log to learn from, and two groups of other shoppers.

    n_items:   products are 1..n_items.
    recent:    (M, READ) clicks in a row.
    following: (M,) what was clicked next.
    counts:    (V,) clicks of each product in what is learned from.
    valid:     to choose by; None where nothing is chosen.
    test:      to report.
    """

    n_items: int
    recent: torch.Tensor
    following: torch.Tensor
    counts: torch.Tensor
    valid: Judged | None
    test: Judged


def open_shop(n_items: int, *, learners: int = 5_000, validation: bool = False) -> TrialShop:
    """The default world with `n_items` products; everybody clicks 40 times.

    Test shoppers come first, then learners; those of validation, if any, come last.
    """
    n_users = JUDGED + learners + validation * JUDGED
    shop = ZooplusSimulator(n_products=n_items, n_users=n_users)
    log = shop.journeys(events_per_user=CLICKS, seed=1).interactions
    clicks = log["item_id"].to_numpy().reshape(n_users, CLICKS)
    learn = clicks[JUDGED : JUDGED + learners]
    counts = np.bincount(learn.ravel(), minlength=n_items + 1)
    oracle = Oracle(shop)
    windows = np.lib.stride_tricks.sliding_window_view(learn, READ + 1, axis=1)
    windows = torch.from_numpy(windows.reshape(-1, READ + 1).copy())
    return TrialShop(
        n_items=n_items,
        recent=windows[:, :READ],
        following=windows[:, READ],
        counts=torch.from_numpy(counts),
        valid=_judged(oracle, clicks[-JUDGED:], counts) if validation else None,
        test=_judged(oracle, clicks[:JUDGED], counts),
    )


def _judged(oracle, clicks, counts):
    law = oracle.next_item_probabilities(clicks[:, :-1])
    popular = np.tile(counts, (len(law), 1))
    return Judged(
        recent=torch.from_numpy(clicks[:, -READ - 1 : -1].copy()),
        law=law,
        floor=float(expected_ndcg(popular, law, k=10).mean()),
        ceiling=float(expected_ndcg(law, law, k=10).mean()),
    )


class TwoVectors(nn.Module):
    """Two vectors a product, one for "was clicked", one for "is offered".

        score of j = (mean of the clicked vectors of the newest clicks) . (offered vector of j)

    n_items: products are 1..n_items.
    D:       width.
    seed:    of the first values, normal with standard deviation 0.1.
    """

    def __init__(self, n_items: int, D: int = 32, *, seed: int):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        first = 0.1 * torch.randn(2, n_items + 1, D, generator=generator)
        self.clicked = nn.Parameter(first[0])
        self.offered = nn.Parameter(first[1])
        no_padding = torch.zeros(n_items + 1)
        no_padding[0] = -torch.inf
        self.register_buffer("no_padding", no_padding)

    def forward(self, recent: torch.Tensor) -> torch.Tensor:
        """Scores (B, V), column 0 is -inf. recent: (B, READ) items."""
        taste = self.clicked[recent].mean(1)  # (B, D)
        return torch.addmm(self.no_padding, taste, self.offered.T)


class LastClickTable(nn.Module):
    """A row of scores for each last click, all 0 at first. n_items: products are 1..n_items."""

    def __init__(self, n_items: int):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(n_items + 1, n_items + 1))
        no_padding = torch.zeros(n_items + 1)
        no_padding[0] = -torch.inf
        self.register_buffer("no_padding", no_padding)

    def forward(self, recent: torch.Tensor) -> torch.Tensor:
        """Scores (B, V), column 0 is -inf. recent: (B, READ) items."""
        return self.table[recent[:, -1]] + self.no_padding


def train(
    shop: TrialShop, model: nn.Module, step_loss: Callable, *, steps: int, **options
) -> torch.Tensor:
    """Scores (J, V) for the test shoppers after some steps; options as `training` has them."""
    for _ in training(shop, model, step_loss, steps=steps, **options):
        pass
    return scores_of(model, shop.test)


def training(
    shop: TrialShop,
    model: nn.Module,
    step_loss: Callable,
    *,
    steps: int,
    seed: int,
    batch: int = 256,
    learning_rate: float = 0.05,
) -> Iterator[int]:
    """Take steps of Adam, and give after each how many were taken.

    seed: of the batches, and of what `step_loss` draws.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    for step in range(steps):
        chosen = torch.randint(len(shop.following), (batch,), generator=generator)
        scores = model(shop.recent[chosen])
        loss = step_loss(scores, shop.following[chosen], seed * steps + step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield step + 1


def scores_of(model: nn.Module, part: Judged) -> torch.Tensor:
    """Scores (J, V) for the shoppers of `part`."""
    with torch.no_grad():
        return model(part.recent)


def chosen_by_validation(table: pd.DataFrame, run: list[str]) -> pd.DataFrame:
    """Of each run the rows with the learning rate whose mean `valid` over seeds is best.

    table: a row a run, rate and seed; columns `run`, rate, seed, valid, test.
    run:   columns that name a run, its budget among them.
    """
    means = table.groupby([*run, "rate"])["valid"].mean().reset_index()
    best = means.loc[means.groupby(run)["valid"].idxmax(), [*run, "rate"]]
    return table.merge(best, on=[*run, "rate"])
