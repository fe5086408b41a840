"""On clicks that nobody has seen, no learner does better than the oracle by more than noise, and
one that starts from the oracle's predictions and is free to correct them finds nothing to correct.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from tests.zooplus_sim.oracle.worlds import as_histories
from zooplus_sim import Oracle, ZooplusSimulator

N_PRODUCTS, L, TRAIN, TEST = 50, 20, 4000, 1500


@pytest.fixture(scope="module")
def sim():
    return ZooplusSimulator(N_PRODUCTS, TRAIN + TEST)


@pytest.fixture(scope="module")
def clicks(sim):
    return as_histories(sim.journeys(events_per_user=L, seed=23))


@pytest.fixture(scope="module")
def predictions(sim, clicks):
    """(B, L - 1, J) the oracle's, for training and test users alike."""
    return Oracle(sim).filter(clicks[:, :-1])


def popularity(clicks):
    count = np.bincount(clicks[:TRAIN].ravel(), minlength=N_PRODUCTS + 1) + 0.5
    count[0] = 0
    return np.broadcast_to(count / count.sum(), (TEST, L - 1, N_PRODUCTS + 1))


def markov(clicks):
    train = clicks[:TRAIN]
    count = 5 * np.repeat(popularity(clicks)[0, :1], N_PRODUCTS + 1, axis=0)
    np.add.at(count, (train[:, :-1].ravel(), train[:, 1:].ravel()), 1)
    return (count / count.sum(1, keepdims=True))[clicks[TRAIN:, :-1]]


class Recurrent(nn.Module):
    """GRU4Rec in its plainest form: embedding, GRU, a score per product."""

    def __init__(self):
        super().__init__()
        self.embedding, self.gru = (
            nn.Embedding(N_PRODUCTS + 1, 48),
            nn.GRU(48, 96, batch_first=True),
        )
        self.scores = nn.Linear(96, N_PRODUCTS + 1)

    def forward(self, clicks):
        scores = self.scores(self.gru(self.embedding(clicks))[0])
        return scores.index_fill(-1, torch.tensor([0]), -torch.inf)  # (B, L, J)


class Correction(nn.Module):
    """log p of the oracle, times a factor, plus anything by next, last and last but one item."""

    def __init__(self):
        super().__init__()
        self.sharpness = nn.Parameter(torch.ones(()))
        self.by_last, self.by_earlier = (
            nn.Embedding(N_PRODUCTS + 1, N_PRODUCTS + 1) for _ in range(2)
        )
        for table in (self.by_last, self.by_earlier):
            nn.init.zeros_(table.weight)

    def forward(self, clicks, log_chance):
        earlier = torch.cat([torch.zeros_like(clicks[:, :1]), clicks[:, :-1]], dim=1)
        return self.sharpness * log_chance + self.by_last(clicks) + self.by_earlier(earlier)


def train(model, inputs, targets, *, epochs, rate):
    """Adam on the cross-entropy of the next click, at every position, with a falling rate.

    All (TRAIN, ...).
    """
    order = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * (TRAIN // 100))
    for _ in range(epochs):
        for rows in torch.randperm(TRAIN, generator=order).split(100):
            loss = cross_entropy(
                model(*(values[rows] for values in inputs)).flatten(0, 1), targets[rows].flatten()
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def advantage(predictions, rival, clicks):
    """(mean, standard error) over test users of the oracle's lead, in log-likelihood and in
    NDCG@10, per click.
    """
    target = clicks[TRAIN:, 1:, None]
    leads = []
    for chance in (predictions[TRAIN:], rival):
        hit = np.take_along_axis(chance, target, axis=-1)
        rank = (chance > hit).sum(-1) + (chance == hit)[..., 1:].sum(-1) - 1  # ties count against
        leads.append(
            [np.log(hit[..., 0]).mean(1), np.where(rank < 10, 1 / np.log2(rank + 2), 0).mean(1)]
        )
    lead = np.array(leads[0]) - np.array(leads[1])  # (2, TEST)
    return lead.mean(1), lead.std(1) / np.sqrt(TEST)


@pytest.mark.parametrize("rival", [popularity, markov])
def test_a_counting_baseline_is_far_below(predictions, clicks, rival):
    lead, error = advantage(predictions, rival(clicks), clicks)
    assert (lead > 10 * error).all()


def test_a_trained_network_learns_much_and_stays_below(predictions, clicks):
    torch.manual_seed(0)
    x = torch.from_numpy(clicks)
    model = train(Recurrent(), [x[:TRAIN, :-1]], x[:TRAIN, 1:], epochs=6, rate=1e-2)
    with torch.no_grad():
        rival = model(x[TRAIN:, :-1]).double().softmax(-1).numpy()
    lead, error = advantage(predictions, rival, clicks)
    assert (lead > -3 * error).all()
    counting, _ = advantage(predictions, markov(clicks), clicks)
    assert (lead < 0.6 * counting).all(), "a network that learns nothing tests nothing"


def test_a_learner_that_starts_from_the_oracle_finds_nothing_to_correct(predictions, clicks):
    x, log_chance = torch.from_numpy(clicks), torch.from_numpy(np.log(predictions + 1e-30)).float()
    inputs = [x[:TRAIN, :-1], log_chance[:TRAIN]]
    model = train(Correction(), inputs, x[:TRAIN, 1:], epochs=2, rate=2e-3)
    with torch.no_grad():
        rival = model(x[TRAIN:, :-1], log_chance[TRAIN:]).double().softmax(-1).numpy()
    lead, error = advantage(predictions, rival, clicks)
    assert (lead > -3 * error).all()
    assert abs(model.sharpness.item() - 1) < 0.05
