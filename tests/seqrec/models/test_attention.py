"""Attention, blocks and encoder against plain formulas and PyTorch's; what must not matter."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from seqrec.models import MultiHeadAttention, SequenceEncoder, TransformerBlock, visible_mask
from seqrec.models.attention import attention, merge_heads, split_heads

seeds = st.integers(0, 2**32 - 1)


def padded(lengths, L, seed=0, n_items=9):
    """Histories of the given lengths, left-padded to L."""
    items = torch.from_numpy(
        np.random.default_rng(seed).integers(1, n_items + 1, (len(lengths), L))
    )
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


def plain_visible(items, causal):
    B, L = items.shape
    visible = torch.zeros(B, 1, L, L, dtype=torch.bool)
    for b in range(B):
        for i in range(L):
            for j in range(L):
                visible[b, 0, i, j] = i == j or (items[b, j] != 0 and (j < i or not causal))
    return visible


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.booleans(), seeds)
def test_the_mask_is_the_three_rules(lengths, causal, seed):
    items = padded(lengths, 5, seed)
    assert torch.equal(visible_mask(items, causal), plain_visible(items, causal))


def plain_attention(q, k, v, visible):
    """One query after the other, in NumPy."""
    out, weights = np.zeros((len(q), v.shape[1])), np.zeros((len(q), len(k)))
    for i in range(len(q)):
        seen = [j for j in range(len(k)) if visible[i, j]]
        e = np.array([np.exp(q[i] @ k[j] / np.sqrt(len(q[i]))) for j in seen])
        weights[i, seen] = e / e.sum()
        out[i] = weights[i] @ v
    return out, weights


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), seeds)
def test_attention_equals_the_plain_formula_and_the_fused_kernel(L, d, seed):
    rng = np.random.default_rng(seed)
    q, k, v = rng.normal(size=(3, L, d))
    visible = (rng.random((L, L)) < 0.5) | np.eye(L, dtype=bool)
    tensors = [torch.from_numpy(part) for part in (q, k, v, visible)]
    output, weights = attention(*tensors)
    for got, expected in zip((output, weights), plain_attention(q, k, v, visible), strict=True):
        np.testing.assert_allclose(got.numpy(), expected, atol=1e-12)
    fused = scaled_dot_product_attention(
        *(part[None] for part in tensors[:3]), attn_mask=tensors[3]
    )
    torch.testing.assert_close(fused[0], output, atol=1e-12, rtol=0)


def test_a_query_that_sees_nothing_is_nan_and_only_that_one():
    q = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    visible = torch.tensor([[True, False, False], [False, False, False], [True, True, True]])
    output, weights = attention(q, q, q, visible)
    assert (
        output.isnan().any(dim=1).tolist()
        == weights.isnan().any(dim=1).tolist()
        == [False, True, False]
    )


def twins(D, H, seed):
    """Our attention and PyTorch's with the same weights."""
    torch.manual_seed(seed)
    stock, ours = nn.MultiheadAttention(D, H, batch_first=True), MultiHeadAttention(D, H)
    # PyTorch starts it at 0, which would hide a bias in the wrong place.
    nn.init.normal_(stock.in_proj_bias)
    nn.init.normal_(stock.out_proj.bias)
    with torch.no_grad():
        ours.project.weight.copy_(stock.in_proj_weight)
        ours.project.bias.copy_(stock.in_proj_bias)
    ours.merge.load_state_dict(stock.out_proj.state_dict())
    return stock, ours


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("H", [1, 2, 4])
def test_it_equals_pytorchs_multihead_attention_in_value_and_gradient(H, causal, need_weights):
    stock, ours = twins(8, H, seed=1)
    visible = visible_mask(padded([5, 2, 0], 5), causal)
    # True = blocked there, one mask per head.
    blocked = ~visible.expand(-1, H, -1, -1).reshape(-1, 5, 5)
    results = []
    for run in (
        lambda x: stock(x, x, x, attn_mask=blocked, average_attn_weights=False),
        lambda x: ours(x, visible, need_weights),
    ):
        x = torch.randn(3, 5, 8, generator=torch.Generator().manual_seed(2)).requires_grad_()
        output, weights = run(x)
        (output.cos() * torch.arange(8)).sum().backward()
        results.append((output, x.grad, weights))
    gradients = [
        [stock.in_proj_weight, stock.in_proj_bias, stock.out_proj.weight, stock.out_proj.bias],
        [ours.project.weight, ours.project.bias, ours.merge.weight, ours.merge.bias],
    ]
    for theirs, mine in (*zip(*gradients, strict=True),):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(results[1][:2], results[0][:2], atol=1e-5, rtol=1e-5)
    if need_weights:
        torch.testing.assert_close(results[1][2], results[0][2], atol=1e-6, rtol=1e-5)
    else:
        assert results[1][2] is None


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="3 heads cannot share a width of 8"):
        MultiHeadAttention(8, 3)


def test_head_h_gets_its_own_columns_and_merging_undoes_splitting():
    x = torch.arange(2 * 3 * 4).view(2, 3, 4)
    heads = split_heads(x, 2)
    assert torch.equal(heads[:, 1], x[:, :, 2:]) and heads.shape == (2, 2, 3, 2)
    assert torch.equal(merge_heads(heads), x)


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_block_equals_pytorchs_encoder_layer(norm_first, activation):
    torch.manual_seed(3)
    stock = nn.TransformerEncoderLayer(
        8, 2, 16, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first
    )
    block = TransformerBlock(8, 2, hidden=16, norm_first=norm_first, activation=activation)
    copy_layer(stock, block)
    items = padded([5, 3], 5)
    x = torch.randn(2, 5, 8)
    theirs = stock(x, src_key_padding_mask=items == 0)  # with the key mask alone; True = blocked
    ours, _ = block(x, visible_mask(items, causal=False))
    real = items != 0
    torch.testing.assert_close(ours[real], theirs[real], atol=1e-5, rtol=1e-5)


def copy_layer(stock, block):
    """Weights of an nn.TransformerEncoderLayer into our block."""
    with torch.no_grad():
        block.attention.project.weight.copy_(stock.self_attn.in_proj_weight)
        block.attention.project.bias.copy_(stock.self_attn.in_proj_bias)
    block.attention.merge.load_state_dict(stock.self_attn.out_proj.state_dict())
    block.ffn[0].load_state_dict(stock.linear1.state_dict())
    block.ffn[2].load_state_dict(stock.linear2.state_dict())
    for ours, theirs in zip(block.norms, (stock.norm1, stock.norm2), strict=True):
        nn.init.normal_(theirs.weight)
        ours.load_state_dict(theirs.state_dict())


def test_leaky_relu_lets_a_little_of_the_negative_through():
    block = TransformerBlock(4, 1, hidden=4, activation="leaky_relu")
    torch.testing.assert_close(block.ffn[1](torch.tensor([-1.0, 2.0])), torch.tensor([-0.01, 2.0]))


def encoder(seed=0, **settings):
    torch.manual_seed(seed)
    return SequenceEncoder(
        9, 12, **{"D": 8, "H": 2, "n_blocks": 2, "hidden": 16, "causal": True, **settings}
    )


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "none"])
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_extra_padding_changes_nothing_at_real_positions(causal, norm_first, positions, mode):
    network = encoder(causal=causal, norm_first=norm_first, positions=positions).train(
        mode == "train"
    )
    items = padded([5, 3, 1], 5)
    states = network(items)
    for pads in (2, 7):
        more = network(torch.nn.functional.pad(items, (pads, 0)))[:, pads:]
        torch.testing.assert_close(more[items != 0], states[items != 0], atol=1e-5, rtol=0)


@pytest.mark.parametrize("causal", [True, False])
def test_all_padding_is_finite_forwards_and_backwards(causal):
    network = encoder(causal=causal)
    items = padded([0, 4], 4)
    states = network(items)
    assert states.isfinite().all()
    states[1].sum().backward()
    assert all(
        weight.grad.isfinite().all() for weight in network.parameters() if weight.grad is not None
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 5), seeds)
def test_what_comes_later_moves_no_earlier_output_of_a_causal_encoder(at, seed):
    network = encoder(seed % 7).eval()
    items = padded([6, 4], 6, seed)
    changed = items.clone()
    changed[:, at:] = padded([6, 6], 6, seed + 1)[:, at:]
    before, after = network(items), network(changed)
    torch.testing.assert_close(after[:, :at], before[:, :at], atol=0, rtol=0)


def test_a_bidirectional_encoder_does_look_ahead():
    network = encoder(causal=False).eval()
    items = padded([4], 4)
    changed = items.clone()
    changed[0, -1] = items[0, -1] % 9 + 1
    assert not torch.allclose(network(items)[:, 0], network(changed)[:, 0])


@pytest.mark.parametrize("causal", [True, False])
def test_the_pad_row_is_zero_gets_no_gradient_and_would_not_matter(causal):
    network = encoder(causal=causal)
    items = padded([5, 2], 5)
    states = network(items)
    states[items != 0].square().sum().backward()
    assert (network.item.weight.grad[0] == 0).all() and (network.item.weight[0] == 0).all()
    with torch.no_grad():
        network.item.weight[0] = 7.0
    torch.testing.assert_close(network(items)[items != 0], states[items != 0], atol=0, rtol=0)


def test_without_positions_the_bag_decides_and_with_them_the_order():
    items = torch.tensor([[1, 2, 3, 4]])
    shuffled = torch.tensor([[3, 1, 2, 4]])  # the last click stays: its state is compared
    for positions, same in (("none", True), ("learned", False), ("sinusoidal", False)):
        network = encoder(positions=positions, causal=False).eval()
        assert torch.allclose(network(items)[:, -1], network(shuffled)[:, -1], atol=1e-6) is same


def test_asking_for_weights_changes_no_state_and_gives_a_law_for_each_query():
    network = encoder(causal=True).eval()
    items = padded([5, 3, 0], 5)
    states, weights = network(items, need_weights=True)
    torch.testing.assert_close(states, network(items), atol=1e-6, rtol=1e-5)
    visible = visible_mask(items, causal=True)
    assert len(weights) == 2
    for of_block in weights:
        assert of_block.shape == (3, 2, 5, 5)
        torch.testing.assert_close(of_block.sum(dim=-1), torch.ones(3, 2, 5))
        assert (of_block.masked_select(~visible) == 0).all()


def test_post_norm_ends_without_a_norm_of_its_own_and_pre_norm_with_one():
    assert isinstance(encoder(norm_first=True).norm, nn.LayerNorm)
    assert isinstance(encoder(norm_first=False).norm, nn.Identity)


def test_dropout_acts_in_training_only():
    network = encoder(dropout=0.5)
    items = padded([5], 5)
    assert not torch.allclose(network(items), network(items))
    network.eval()
    assert torch.equal(network(items), network(items))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"D": 9}, "2 heads cannot share a width of 9"),
        ({"H": 0}, "H must be a whole number of 1 or more, got 0"),
        ({"n_blocks": -1}, "n_blocks must be a whole number of 0 or more, got -1"),
        ({"hidden": 2.5}, "hidden must be a whole number"),
        (
            {"positions": "absolute"},
            "positions 'absolute' are unknown. Cure: one of learned, sinusoidal, none, rotary",
        ),
        (
            {"D": 6, "positions": "rotary"},
            "a head is 3 wide .* Cure: a width that is a multiple of 4",
        ),
        ({"block": "mamba"}, "block 'mamba' is unknown. Cure: one of transformer, gated, hstu"),
        ({"block": "hstu"}, "hidden is 16, but HSTU's blocks have no network"),
        ({"block": "gated", "norm_first": False}, "the gated block is pre-norm only"),
        ({"activation": "swish"}, "activation 'swish' is unknown"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        encoder(**wrong)


def test_a_sequence_longer_than_max_len_is_refused():
    with pytest.raises(ValueError, match="the sequence is 13 long, max_len is 12"):
        encoder()(padded([13], 13))
