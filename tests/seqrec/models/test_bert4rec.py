"""BERT4Rec: blind to what is hidden, open to both sides, its head the formula; and it learns."""

import dataclasses
import math

import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, pad

from seqrec.data import ItemIndex, read_events
from seqrec.losses import cloze_loss
from seqrec.losses.cloze import cloze
from seqrec.metrics import ndcg, ranks
from seqrec.models import BERT4Rec, visible_mask
from seqrec.models.bert4rec import with_mask_appended
from seqrec.recommender import BERT4RecConfig
from seqrec.training import TrainConfig, train

N_ITEMS, MASK = 9, 10
ITEMS = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9], [0, 0, 0, 0, 0]])
ALL_POSITIONS = ("learned", "sinusoidal", "none")


def make(seed=0, **settings):
    """A small network, every parameter drawn: no bias of 0 and no norm of 1 hides a mistake."""
    torch.manual_seed(seed)
    network = BERT4Rec(N_ITEMS, 12, **{"D": 8, "dropout": 0.0, **settings})
    for name, parameter in network.named_parameters():
        if "item" not in name:
            nn.init.normal_(parameter, std=0.3)
    return network.eval()


def hidden(items, column):
    """The items with one column masked, where it is real."""
    masked = items.clone()
    masked[:, column] = torch.where(items[:, column] == 0, 0, MASK)
    return masked


@pytest.mark.parametrize("positions", ALL_POSITIONS)
def test_a_hidden_id_never_reaches_any_logit(positions):
    """Whatever stands behind the mask, all logits are the same by the bit."""
    network = make(positions=positions)
    other = ITEMS.clone()
    other[:3, -1] = torch.tensor([1, 8, 2])
    assert torch.equal(network(hidden(ITEMS, 4)), network(hidden(other, 4)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=4), st.floats(0.1, 0.9), st.integers(0, 99))
def test_in_training_the_network_reads_no_item_where_it_is_asked_for_one(lengths, mask_prob, seed):
    network, width = make(), max(lengths)
    items = torch.arange(1, width + 1).repeat(len(lengths), 1)
    items = items * (torch.arange(width) >= width - torch.tensor(lengths)[:, None])
    read, asked = [], []
    handle = network.encoder.item.register_forward_hook(
        lambda module, args, output: read.append(args[0])
    )
    right = network.softmax_loss
    network.softmax_loss = lambda states, targets: asked.append(targets) or right(states, targets)
    loss = cloze_loss(items, mask_prob)
    loss(network, torch.arange(len(items)), torch.Generator().manual_seed(seed))
    handle.remove()
    _, is_masked = cloze(items, N_ITEMS, mask_prob, torch.Generator().manual_seed(seed))
    assert torch.equal(read[0] == MASK, is_masked) and torch.equal(
        read[0][~is_masked], items[~is_masked]
    )
    assert torch.equal(asked[0], items[is_masked])


def test_an_item_that_is_only_ever_hidden_moves_the_logits_as_an_answer_alone():
    """Its gradient is that of the tied output: (softmax - one-hot) x transformed state, no more."""
    network = make()
    masked = hidden(ITEMS[1:2], 2)  # item 3 is hidden, and nowhere else in the row
    states = network.encoder(masked)[0, 2:3]
    network.softmax_loss(states, torch.tensor([3])).backward()
    transformed = network.transform(states).detach()
    share = (transformed @ network.item_vectors.T + network.bias).softmax(dim=-1)[0, 2].detach()
    torch.testing.assert_close(
        network.encoder.item.weight.grad[3], (share - 1) * transformed[0], atol=1e-6, rtol=1e-5
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 9))
def test_it_looks_both_ways(at, changed, seed):
    """Another item moves the logits everywhere: before it, behind it, and where it stands."""
    network = make(seed)
    row = ITEMS[1:2]
    other = row.clone()
    other[0, changed] = 8
    assert not torch.equal(network(row)[0, at, 1:], network(other)[0, at, 1:])


def test_nobody_looks_at_padding():
    network = make()
    assert not visible_mask(ITEMS, network.encoder.causal)[0, 0, 2:, :2].any()
    garbage = make()
    with torch.no_grad():
        garbage.encoder.item.weight[0] = 7.0
    assert torch.equal(network(ITEMS)[ITEMS != 0], garbage(ITEMS)[ITEMS != 0])


@pytest.mark.parametrize("positions", ALL_POSITIONS)
@pytest.mark.parametrize("pads", [2, 7])
def test_extra_padding_moves_nothing(positions, pads):
    network = make(positions=positions)
    before, after = network(ITEMS), network(pad(ITEMS, (pads, 0)))[:, pads:]
    torch.testing.assert_close(after[ITEMS != 0], before[ITEMS != 0], atol=1e-5, rtol=0)
    before, after = (
        network.score_catalogue(ITEMS[:3]),
        network.score_catalogue(pad(ITEMS[:3], (pads, 0))),
    )
    torch.testing.assert_close(after, before, atol=1e-5, rtol=0)


def test_the_head_equals_the_formula_written_out():
    network = make()
    states = torch.randn(3, 8)
    linear, E = network.transform[0], network.encoder.item.weight.detach()
    for state, row in zip(states, network.head(states).detach(), strict=True):
        h = [
            sum(linear.weight[i, j] * state[j] for j in range(8)) + linear.bias[i] for i in range(8)
        ]
        # GELU.
        g = [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in (float(x.detach()) for x in h)]
        assert row[0] == -torch.inf and len(row) == N_ITEMS + 1
        for item in range(1, N_ITEMS + 1):
            expected = (
                sum(g[i] * E[item, i].item() for i in range(8)) + network.bias[item - 1].item()
            )
            assert row[item].item() == pytest.approx(expected, abs=1e-5)


def test_the_chunked_loss_equals_cross_entropy_over_the_logits_with_all_gradients():
    states, targets = torch.randn(6, 8), torch.tensor([1, 9, 3, 3, 5, 2])
    results = []
    for loss in (
        lambda network: network.softmax_loss(states, targets),
        lambda network: cross_entropy(network.head(states)[:, 1:], targets - 1),
    ):
        network = make()
        value = loss(network)
        value.backward()
        gradients = [
            network.bias.grad,
            network.encoder.item.weight.grad,
            network.transform[0].weight.grad,
        ]
        results.append([value, *gradients])
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-4)


def test_the_loss_is_the_mean_over_gaps_and_over_nothing_else():
    network, rows = make(), torch.tensor([1, 0, 2])
    value = cloze_loss(ITEMS, 0.5, last_only=0.3)(network, rows, torch.Generator().manual_seed(4))
    masked, is_masked = cloze(
        ITEMS[rows], N_ITEMS, 0.5, torch.Generator().manual_seed(4), last_only=0.3
    )
    expected = cross_entropy(network(masked)[is_masked][:, 1:], ITEMS[rows][is_masked] - 1)
    torch.testing.assert_close(value, expected, atol=1e-5, rtol=1e-5)


def test_preferred_items_are_asked_for_in_the_rows_that_they_belong_to():
    """Row 2 alone is preferred, from column 2 on, and the batch loses two columns on the way."""
    sequences = torch.tensor([[0, 0, 1, 2, 3], [0, 0, 4, 5, 6], [0, 0, 7, 8, 9]])
    preference = torch.ones_like(sequences)
    preference[2, 2:] = 20
    asked = []

    class Listens(nn.Module):
        n_items, encoder = N_ITEMS, staticmethod(lambda items: items)

        def softmax_loss(self, states, targets):
            asked.extend(targets.tolist())

    loss = cloze_loss(sequences, 0.05, preference=preference)
    for seed in range(20):
        loss(Listens(), torch.tensor([2, 0]), torch.Generator().manual_seed(seed))
    assert asked.count(7) == asked.count(8) == asked.count(9) == 20  # hidden each time
    assert sum(asked.count(item) for item in (1, 2, 3)) < 35 and not {4, 5, 6} & set(asked)


def test_padding_and_mask_get_no_probability_and_padding_no_gradient():
    network = make()
    logits = network(hidden(ITEMS, 4))
    assert (logits[..., 0] == -torch.inf).all() and logits.shape[-1] == N_ITEMS + 1
    cloze_loss(ITEMS[:3], 0.5)(
        network, torch.arange(3), torch.Generator().manual_seed(0)
    ).backward()
    gradient = network.encoder.item.weight.grad
    assert (gradient[0] == 0).all() and (gradient[1:] != 0).any(dim=1).all()


def test_scores_are_those_of_a_mask_behind_the_history_and_the_mode_stays():
    network = make(dropout=0.5).train()
    scores = network.score_catalogue(ITEMS)
    assert network.training
    torch.testing.assert_close(scores.exp().sum(dim=1), torch.ones(4))
    asked = torch.tensor([[*row, MASK] for row in ITEMS.tolist()])
    assert torch.equal(with_mask_appended(ITEMS, N_ITEMS), asked)
    torch.testing.assert_close(
        scores, network.eval()(asked)[:, -1].log_softmax(dim=-1), atol=1e-5, rtol=1e-5
    )


def test_a_history_of_max_len_and_its_mask_fit_and_one_more_does_not():
    network = make()
    assert network.score_catalogue(torch.ones(1, 12, dtype=torch.long)).isfinite()[:, 1:].all()
    with pytest.raises(ValueError, match="the sequence is 14 long, max_len is 13"):
        network.score_catalogue(torch.ones(1, 13, dtype=torch.long))


def test_it_learns_twenty_users_by_heart_at_the_end_and_in_the_middle():
    sequences = torch.randint(1, 31, (20, 9), generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    network = BERT4Rec(30, 8, D=32, dropout=0.0)
    config = TrainConfig(
        epochs=350, batch_size=20, learning_rate=0.005, weight_decay=0.0, schedule="linear"
    )
    train(
        network, cloze_loss(sequences, 0.2, last_only=0.2), len(sequences), config, progress=False
    )
    assert (
        ndcg(ranks(network.score_catalogue(sequences[:, :-1]), sequences[:, -1]), 10).mean() == 1.0
    )
    masked = sequences.clone()
    masked[:, 4] = 31
    with torch.no_grad():
        assert ndcg(ranks(network.eval()(masked)[:, 4], sequences[:, 4]), 10).mean() == 1.0


def test_the_seed_decides_what_is_hidden_and_so_the_weights():
    sequences = torch.randint(1, 10, (8, 6), generator=torch.Generator().manual_seed(0))
    weights = []
    for seed in (3, 3, 4):
        torch.manual_seed(0)
        network = BERT4Rec(N_ITEMS, 8, D=8, dropout=0.2)
        train(
            network,
            cloze_loss(sequences, 0.3),
            8,
            TrainConfig(epochs=2, batch_size=4, seed=seed),
            progress=False,
        )
        weights.append(network.encoder.item.weight.detach())
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_an_event_of_low_outcome_is_read_but_never_asked_for():
    """By the configuration, cut into pieces of three: items 1 to 4 are targets, others history."""
    items, outcomes = [1, 5, 2, 6, 3, 7, 4, 8, 8, 8, 8], [1.0, 0.0] * 4 + [0.0] * 3
    log = pd.DataFrame(
        {"user_id": 7, "item_id": items, "timestamp": range(11), "outcome": outcomes}
    )
    events, _ = read_events(log, ItemIndex().fit(range(1, 10)), positive_from=0.5)
    loss, n = BERT4RecConfig(mask_prob=1.0, last_only=0.5).objective(
        events, 2, whole=True, device="cpu"
    )
    network, asked = make(), []
    right = network.softmax_loss
    network.softmax_loss = lambda states, targets: (
        asked.extend(targets.tolist()) or right(states, targets)
    )
    for seed in range(9):
        loss(network, torch.arange(n), torch.Generator().manual_seed(seed))
    assert n == 4 and set(asked) == {1, 2, 3, 4}  # of 1 5 2, 2 6 3, 3 7 4, 4 8 8, and not of 8 8 8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mask_prob": 0.0}, "mask_prob must be a share above 0"),
        ({"last_only": 2}, "last_only must be a share from 0"),
    ],
)
def test_a_configuration_refuses_nonsense(options, told):
    with pytest.raises(ValueError, match=told):
        BERT4RecConfig(**options)
    assert dataclasses.is_dataclass(BERT4RecConfig())
