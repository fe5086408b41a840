"""SASRec: causal, blind to padding, equal to a plain reference; and its losses are the formulas."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import pad

from seqrec.data import without_empty_columns
from seqrec.losses import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    next_item_loss,
    sampled_softmax_loss,
    softmax_loss,
    uniform_negatives,
)
from seqrec.losses.reading import LOSSES
from seqrec.metrics import ndcg, ranks
from seqrec.models import SASRec
from seqrec.models.heads import PairHead
from seqrec.training import TrainConfig, train

ITEMS = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9], [0, 0, 0, 0, 0]])


def make(seed=0, **settings):
    torch.manual_seed(seed)
    return SASRec(9, 12, **{"D": 8, "dropout": 0.0, **settings})


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 4), st.integers(1, 9), st.integers(0, 9))
def test_changing_a_later_item_moves_no_earlier_logit_by_a_bit(at, item, seed):
    network = make(seed).eval()
    changed = ITEMS.clone()
    changed[:, at] = torch.where(ITEMS[:, at] == 0, 0, item)
    before, after = network(ITEMS), network(changed)
    assert torch.equal(before[:, :at], after[:, :at])


def test_the_newest_item_does_move_the_newest_logits():
    network = make().eval()
    changed = ITEMS.clone()
    changed[:3, -1] = 1
    assert (network(ITEMS)[:3, -1, 1:] != network(changed)[:3, -1, 1:]).any(dim=1).all()


@pytest.mark.parametrize("pads", [2, 7])
def test_extra_padding_moves_nothing(pads):
    network = make()
    before, after = network(ITEMS), network(pad(ITEMS, (pads, 0)))[:, pads:]
    torch.testing.assert_close(after[ITEMS != 0], before[ITEMS != 0], atol=1e-5, rtol=0)


def plain_sasrec(network, history):
    """One user, one position after the other, written out with loops over heads."""
    encoder = network.encoder
    L, D = len(history), encoder.item.weight.shape[1]
    x = torch.stack(
        [
            encoder.item.weight[item] + encoder.position.weight[L - 1 - i]
            for i, item in enumerate(history)
        ]
    )
    for block in encoder.blocks:
        normed, heads, H = block.norms[0](x), [], block.attention.H
        project = block.attention.project
        parts = zip(project.weight.split(D), project.bias.split(D), strict=True)
        q, k, v = (normed @ weight.T + bias for weight, bias in parts)
        for h in range(H):
            columns = slice(h * D // H, (h + 1) * D // H)
            rows = []
            for i in range(L):
                e = torch.stack(
                    [q[i, columns] @ k[j, columns] / math.sqrt(D / H) for j in range(i + 1)]
                ).exp()
                rows.append((e / e.sum()) @ v[: i + 1, columns])
            heads.append(torch.stack(rows))
        x = (
            x
            + torch.cat(heads, dim=1) @ block.attention.merge.weight.T
            + block.attention.merge.bias
        )
        inner = (block.norms[1](x) @ block.ffn[0].weight.T + block.ffn[0].bias).clamp(min=0)
        x = x + inner @ block.ffn[2].weight.T + block.ffn[2].bias
    return encoder.norm(x) @ encoder.item.weight[1:10].T


def test_it_equals_a_plain_reference_with_the_same_weights():
    network = make().eval()
    for parameter in network.parameters():
        # Biases and norms too, so that none can be left out unnoticed.
        nn.init.normal_(parameter, std=0.3)
    logits = network(ITEMS)
    for row, history in enumerate(ITEMS.tolist()):
        history = [item for item in history if item]
        if history:
            expected = plain_sasrec(network, history)
            torch.testing.assert_close(
                logits[row, -len(history) :, 1:], expected, atol=1e-4, rtol=1e-4
            )


def test_padding_and_mask_get_no_probability_and_their_rows_no_gradient():
    network = make()
    logits = network(ITEMS)
    assert (logits[..., 0] == -torch.inf).all() and logits.shape[-1] == 10
    next_item_loss(ITEMS)(network, torch.arange(4), None).backward()
    gradient = network.encoder.item.weight.grad
    assert (
        (gradient[0] == 0).all()
        and (gradient[10] == 0).all()
        and (gradient[1:10] != 0).any(dim=1).all()
    )


def test_scores_are_the_log_probabilities_after_the_newest_click_and_the_mode_stays():
    network = make(dropout=0.5).train()
    scores = network.score_catalogue(ITEMS)
    assert network.training
    torch.testing.assert_close(scores.exp().sum(dim=1), torch.ones(4))
    expected = network.eval()(ITEMS)[:, -1].log_softmax(dim=-1)
    torch.testing.assert_close(scores, expected, atol=1e-5, rtol=1e-5)


def written_out(network, sequences, is_target, kind, generator, n_negatives):
    """The loss of every kind from all logits (B, L, V), with the losses of chapter 04 on (B, L)."""
    logits, targets = network(sequences[:, :-1]), sequences[:, 1:]
    real = (targets != 0) & (sequences[:, :-1] != 0) & is_target[:, 1:]
    if kind == "softmax":
        return softmax_loss(logits, targets, real)
    negatives = torch.ones(*targets.shape, n_negatives, dtype=torch.long)
    negatives[real] = uniform_negatives(targets[real], n_negatives, network.n_items, seed=generator)
    positive = logits.gather(2, targets.clamp(min=1)[..., None]).squeeze(2)
    negative = logits.gather(2, negatives)
    if kind == "gbce":
        return gbce_loss(positive, negative, real, network.n_items, 0.75)
    return {"bce": bce_loss, "bpr": bpr_loss, "sampled_softmax": sampled_softmax_loss}[kind](
        positive, negative, real
    )


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_each_loss_is_that_of_chapter_04_over_real_positions_that_are_targets(kind, seed):
    network = make().double()
    rows = torch.tensor([1, 0, 2])
    is_target = (
        None
        if seed is None
        else torch.rand(ITEMS.shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    )
    loss = next_item_loss(ITEMS, kind, is_target=is_target, n_negatives=3)
    is_target = torch.ones(ITEMS.shape, dtype=torch.bool) if is_target is None else is_target
    results = []
    for value in (
        loss(network, rows, torch.Generator().manual_seed(5)),
        written_out(
            network, ITEMS[rows], is_target[rows], kind, torch.Generator().manual_seed(5), 3
        ),
    ):
        network.zero_grad()
        value.backward()
        results.append([value, *(p.grad.clone() for p in network.parameters())])
    torch.testing.assert_close(results[0], results[1], atol=1e-9, rtol=1e-7)


def test_a_misspelt_loss_is_an_error_that_lists_them():
    with pytest.raises(
        ValueError, match="kind 'sofmax' of loss does not exist. There are: softmax, "
    ):
        next_item_loss(ITEMS, "sofmax")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_only_columns_that_are_padding_in_every_row_are_left_out(lengths):
    items = (torch.arange(5) >= 5 - torch.tensor(lengths)[:, None]).long()
    kept = without_empty_columns(items)
    assert kept.shape[1] == max(1, *lengths) and torch.equal(
        pad(kept, (5 - kept.shape[1], 0)), items
    )


def test_it_learns_twenty_users_by_heart():
    generator = torch.Generator().manual_seed(0)
    sequences = torch.randint(1, 31, (20, 9), generator=generator)
    torch.manual_seed(0)
    network = SASRec(30, 8, D=32, dropout=0.0)
    config = TrainConfig(epochs=150, batch_size=20, learning_rate=0.01, weight_decay=0.0)
    train(network, next_item_loss(sequences), 20, config, progress=False)
    rank = ranks(network.score_catalogue(sequences[:, :-1]), sequences[:, -1])
    assert ndcg(rank, 10).mean() == 1.0


def test_the_outcome_head_learns_a_law_of_state_and_item():
    """E[outcome] = product of two numbers: neither the state nor the item alone could know."""
    generator = torch.Generator().manual_seed(0)
    states, vectors = (torch.randn(512, 4, generator=generator) for _ in range(2))
    outcomes = states[:, 0] * vectors[:, 0]
    torch.manual_seed(0)
    head = PairHead(4)

    def loss(network, rows, generator):
        return (network(states[rows], vectors[rows]) - outcomes[rows]).square().mean()

    train(
        head, loss, 512, TrainConfig(epochs=30, batch_size=64, learning_rate=0.01), progress=False
    )
    assert loss(head, torch.arange(512), None) < 0.05 * outcomes.var()
