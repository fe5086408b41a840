"""The smallest network with all that matters here: PAD, dropout, a norm, negatives, buffers."""

import torch
from torch import nn

from seqrec.training import TrainConfig, train

N_SAMPLES, L, N_ITEMS = 50, 4, 12
HISTORIES = torch.randint(
    0, N_ITEMS + 1, (N_SAMPLES, L), generator=torch.Generator().manual_seed(1)
)
TARGETS = torch.randint(1, N_ITEMS + 1, (N_SAMPLES,), generator=torch.Generator().manual_seed(2))


class Toy(nn.Module):
    def __init__(self, D=8):
        super().__init__()
        self.item = nn.Embedding(N_ITEMS + 1, D, padding_idx=0)
        self.dropout = nn.Dropout(0.3)
        self.norm = nn.LayerNorm(D)
        self.mix = nn.Linear(D, D)
        # Its running mean is no parameter, but must be resumed too.
        self.batches = nn.BatchNorm1d(D)

    def forward(self, histories, candidates):
        """histories (B, L), candidates (B, C): logits (B, C)."""
        state = self.batches(self.mix(self.norm(self.dropout(self.item(histories).mean(1)))))
        return (self.item(candidates) @ state[:, :, None]).squeeze(2)


def toy(seed=0, **sizes):
    """A Toy whose weights hang on `seed` alone."""
    network = Toy(**sizes)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * 0.3)
    return network


def loss(network, rows, generator):
    """One random negative a sample, so that the generator matters."""
    negatives = torch.randint(1, N_ITEMS + 1, (len(rows),), generator=generator)
    logits = network(HISTORIES[rows], torch.stack([TARGETS[rows], negatives], dim=1))
    return nn.functional.cross_entropy(logits, torch.zeros(len(rows), dtype=torch.long))


def validate(network):
    logits = network(HISTORIES, torch.arange(1, N_ITEMS + 1).expand(N_SAMPLES, -1))
    return {"loss": nn.functional.cross_entropy(logits, TARGETS - 1)}


CONFIG = TrainConfig(
    epochs=4,
    batch_size=8,
    learning_rate=0.01,
    schedule="linear",
    warmup_steps=3,
    monitor="loss",
    higher_is_better=False,
)
STEPS = 7  # an epoch: six batches of 8 and one of 2


def trained(config=CONFIG, *, seed=0, loss=loss, n_samples=N_SAMPLES, **options):
    """A fresh toy, trained. Returns (network, result)."""
    network = toy(seed)
    return network, train(network, loss, n_samples, config, progress=False, **options)


def assert_same_weights(one, other):
    one, other = one.state_dict(), other.state_dict()
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


def differ(one, other):
    return any(
        not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True)
    )


class Scripted:
    """A `validate` that says what it is told to, and keeps the weights that it saw."""

    def __init__(self, values):
        self.values, self.seen = iter(values), []

    def __call__(self, network):
        assert not network.training and not torch.is_grad_enabled()
        self.seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return {"ndcg@10": next(self.values)}
