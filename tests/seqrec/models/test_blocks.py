"""Blocks and relations beyond the first: slow plain references, and what must not matter."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.models import SequenceEncoder, visible_mask
from seqrec.models.blocks import BLOCKS
from seqrec.models.gated import GatedBlock
from seqrec.models.hstu import HSTUBlock
from seqrec.models.relations import RelatedAttention, RelativeBias, Rotary
from tests.seqrec.models.test_attention import padded, seeds

KINDS = [
    (block, positions)
    for block in BLOCKS
    for positions in ("learned", "rotary", "relative")
    if (block, positions) != ("transformer", "learned")  # test_attention has it
]
each_kind = pytest.mark.parametrize(("block", "positions"), KINDS)


def encoder(block, positions, causal=True, **options):
    torch.manual_seed(3)
    network = SequenceEncoder(
        9, 12, D=8, H=2, n_blocks=2, causal=causal, positions=positions, block=block, **options
    )
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, RelativeBias):  # starts at 0, where it would not be seen
                part.weight.normal_()
    return network


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def silu(x):
    return x * sigmoid(x)


def norm(layer, x):
    scaled = (x - x.mean()) / math.sqrt(x.var() + layer.eps)
    return scaled * numbers(layer.weight) + numbers(layer.bias)


def linear(layer, x):
    return numbers(layer.weight) @ x + numbers(layer.bias)


def numbers(tensor):
    return tensor.detach().numpy()


def plain_turned(x, p):
    """One head's query or key at position p, pair by pair."""
    out = x.copy()
    for i in range(len(x) // 2):
        angle = p / 10_000 ** (2 * i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        out[2 * i] = a * math.cos(angle) - b * math.sin(angle)
        out[2 * i + 1] = a * math.sin(angle) + b * math.cos(angle)
    return out


def plain_score(relation, head, q, k, i, j):
    if isinstance(relation, Rotary):
        return plain_turned(q, i) @ plain_turned(k, j)
    bias = 0.0
    if isinstance(relation, RelativeBias):
        weight = numbers(relation.weight)
        bias = weight[head, weight.shape[1] // 2 + i - j]
    return q @ k + bias


def plain_hstu(block, x, visible):
    """One sequence, position by position. x: (L, D). visible: (L, L)."""
    L, D = x.shape
    d = D // block.H
    u, v, q, k = np.split(
        np.stack([silu(linear(block.project, norm(block.norms[0], row))) for row in x]), 4, axis=1
    )
    out = np.empty_like(x)
    for i in range(L):
        found = np.zeros(D)
        for head in range(block.H):
            own = slice(head * d, (head + 1) * d)
            for j in range(L):
                if visible[i, j]:
                    score = plain_score(block.relation, head, q[i, own], k[j, own], i, j)
                    found[own] += silu(score) * v[j, own] / visible[i].sum()
        out[i] = x[i] + linear(block.merge, norm(block.norms[1], found) * u[i])
    return out


@pytest.mark.parametrize("relation", [None, Rotary, RelativeBias])
@pytest.mark.parametrize("causal", [True, False])
def test_hstu_equals_its_formula_position_by_position(relation, causal):
    torch.manual_seed(1)
    made = None if relation is None else relation(8, 2, 6).double()
    if relation is RelativeBias:
        made.weight.data.normal_()
    block = HSTUBlock(8, 2, relation=made).double()
    items = padded([5, 2], 5)
    visible = visible_mask(items, causal)
    x = torch.randn(2, 5, 8, dtype=torch.float64)
    states, _ = block(x, visible)
    for row in range(2):
        expected = plain_hstu(block, x[row].numpy(), visible[row, 0].numpy())
        np.testing.assert_allclose(numbers(states[row]), expected, atol=1e-6)


def test_the_gated_block_is_two_branches_each_times_its_gate():
    torch.manual_seed(2)
    block = GatedBlock(8, 2, hidden=12).double()
    visible = visible_mask(padded([4], 4), True)
    x = torch.randn(1, 4, 8, dtype=torch.float64)
    states, _ = block(x, visible)
    attended, _ = block.attention(block.norms[0](x), visible)
    for t in range(4):
        row = numbers(x[0, t])
        gate = sigmoid(linear(block.gates[0], norm(block.norms[0], row)))
        row = row + numbers(attended[0, t]) * gate
        normed = norm(block.norms[1], row)
        a, b = np.split(linear(block.ffn.project, normed), 2)
        branch = linear(block.ffn.merge, silu(a) * b)
        row = row + branch * sigmoid(linear(block.gates[1], normed))
        np.testing.assert_allclose(numbers(states[0, t]), row, atol=1e-10)


@settings(max_examples=20)
@given(st.integers(0, 6), seeds)
def test_turned_products_know_the_distance_alone_and_turning_keeps_lengths(shift, seed):
    q, k = torch.randn(2, 1, 1, 4, 6, generator=torch.Generator().manual_seed(seed % 2**63))
    rotary = Rotary(6, 1, 20)

    def products(by):
        wide = torch.zeros(1, 1, 4 + by, 6)
        turned = [rotary.turned(torch.cat([wide[:, :, :by], x], dim=2)) for x in (q, k)]
        return (turned[0] @ turned[1].transpose(-2, -1))[0, 0, by:, by:]

    torch.testing.assert_close(products(shift), products(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(rotary.turned(q).norm(dim=-1), q.norm(dim=-1))


def test_turning_is_the_formula_of_the_paper_pair_by_pair():
    x = torch.randn(1, 1, 5, 6)
    turned = Rotary(6, 1, 5).turned(x)
    for p in range(5):
        np.testing.assert_allclose(turned[0, 0, p], plain_turned(x[0, 0, p].numpy(), p), atol=1e-5)


@pytest.mark.parametrize("need_weights", [True, False])
def test_a_bias_is_added_to_the_score_of_its_distance(need_weights):
    attention = RelatedAttention(4, 2, RelativeBias(4, 2, 6))
    with torch.no_grad():
        attention.relation.weight.fill_(-1e9)
        attention.relation.weight[:, 5 + 2] = 0.0  # the key two places before the query
    x = torch.randn(1, 6, 4)
    visible = torch.ones(1, 1, 6, 6, dtype=torch.bool)
    output, _ = attention(x, visible, need_weights)
    v = attention.project(x).chunk(3, dim=-1)[2]
    torch.testing.assert_close(output[:, 2:], attention.merge(v[:, :-2]))


@each_kind
@pytest.mark.parametrize("causal", [True, False])
def test_extra_padding_changes_nothing_at_real_positions(block, positions, causal):
    network = encoder(block, positions, causal)
    items = padded([5, 3, 1], 5)
    states = network(items)
    for pads in (2, 7):
        more = network(torch.nn.functional.pad(items, (pads, 0)))[:, pads:]
        torch.testing.assert_close(more[items != 0], states[items != 0], atol=2e-5, rtol=0)


@each_kind
def test_what_comes_later_moves_no_earlier_state(block, positions):
    network = encoder(block, positions).eval()
    items, others = padded([6, 4], 6), padded([6, 6], 6, seed=1)
    for at in range(1, 6):
        changed = torch.cat([items[:, :at], others[:, at:]], dim=1)
        before, after = network(items), network(changed)
        torch.testing.assert_close(after[:, :at], before[:, :at], atol=0, rtol=0)
        assert not torch.allclose(after[:, -1], before[:, -1])


@each_kind
def test_weights_are_asked_for_without_a_change_and_hidden_keys_have_none(block, positions):
    network = encoder(block, positions).eval()
    items = padded([5, 3, 0], 5)
    states, weights = network(items, need_weights=True)
    torch.testing.assert_close(states, network(items), atol=1e-5, rtol=1e-5)
    hidden = ~visible_mask(items, True)
    assert all((of_block.masked_select(hidden) == 0).all() for of_block in weights)


@each_kind
def test_all_padding_is_finite_forwards_and_backwards_and_every_weight_hears(block, positions):
    network = encoder(block, positions)
    states = network(padded([0, 4], 4))
    assert states.isfinite().all()
    states[1].square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None and weight.grad.isfinite().all(), name
        assert weight.grad.any() or "project.bias" in name, name


@each_kind
def test_the_order_of_earlier_clicks_is_seen(block, positions):
    network = encoder(block, positions).eval()
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[3, 1, 2, 4]])
    assert not torch.allclose(network(one)[:, -1], network(other)[:, -1], atol=1e-5)


@pytest.mark.parametrize("block", BLOCKS)
def test_without_positions_a_block_sees_a_bag(block):
    network = encoder(block, "none", causal=False).eval()
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[3, 1, 2, 4]])
    torch.testing.assert_close(network(one)[:, -1], network(other)[:, -1], atol=1e-5, rtol=0)


def test_a_softmax_gives_all_of_its_weight_and_hstu_need_not():
    visible = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    x = torch.randn(1, 5, 8)
    sums = {
        block: encoder(block, "none").blocks[0](x, visible, need_weights=True)[1].sum(dim=-1)
        for block in BLOCKS
    }
    for block in ("transformer", "gated"):
        torch.testing.assert_close(sums[block], torch.ones(1, 2, 5))
    assert (sums["hstu"] - 1).abs().min() > 0.1
