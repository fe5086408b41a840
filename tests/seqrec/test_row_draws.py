"""Numbers that belong to a sample: random, and the same in every batch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seqrec.losses import uniform_negatives
from seqrec.losses.cloze import cloze
from seqrec.models import length_groups
from seqrec.row_draws import (
    RowDraws,
    dropout_draws_from,
    in_parts,
    keyed_dropout,
    mixed,
    rand,
    uniforms,
)
from tests.seqrec.training.rank_runs import N_ITEMS, SEQUENCES, L, network_for

ROWS = torch.arange(len(SEQUENCES))


def split_mix_64(seed, n):
    """The n first outputs, with Python's integers."""
    outputs = []
    for i in range(1, n + 1):
        z = (seed + i * 0x9E3779B97F4A7C15) % 2**64
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        outputs.append(z ^ (z >> 31))
    return outputs


def test_the_plain_version_gives_the_published_outputs():
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert split_mix_64(1234567, 4) == published


@settings(max_examples=25)
@given(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(1, 20),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_uniforms_are_split_mix_64_read_from_the_right(key, n, dtype):
    bits = {torch.float32: 24, torch.float64: 53}[dtype]
    expected = [(word >> (64 - bits)) / 2**bits for word in split_mix_64(key % 2**64, n)]
    found = uniforms(torch.tensor([key, 0]), n, dtype)
    assert found.dtype == dtype and found[0].flip(0).tolist() == expected


def test_uniforms_are_uniform_and_neighbours_in_key_place_call_and_step_are_strangers():
    rows = torch.arange(400)
    draws = RowDraws.of_rows(7, rows)
    first, second = draws.rand((400, 500)), draws.rand((400, 500))
    next_step = RowDraws.of_rows(8, rows).rand((400, 500))
    counts = np.histogram(first, bins=100, range=(0, 1))[0]
    chi2 = ((counts - 2000) ** 2 / 2000).sum()
    assert 60 < chi2 < 150, "99 degrees of freedom"
    assert 0 <= first.min() and first.max() < 1
    for other in (
        first.roll(1, 0),
        first.roll(1, 1),
        first.roll((1, 1), (0, 1)),
        second,
        next_step,
    ):
        assert abs(np.corrcoef(first.flatten(), other.flatten())[0, 1]) < 0.01, (
            "200,000 pairs: 4 sd are 0.009"
        )
    assert len(first.double().unique()) > 0.98 * first.numel() * (1 - first.numel() / 2**25)


def test_mixed_turns_about_half_of_the_bits_whichever_bit_is_turned():
    numbers = torch.arange(2000) * 12345
    for bit in range(63):
        turned = (mixed(numbers) ^ mixed(numbers ^ (1 << bit))).numpy().view(np.uint64)
        share = np.unpackbits(turned.view(np.uint8)).mean()
        assert 0.48 < share < 0.52, bit


@settings(max_examples=15)
@given(st.permutations(range(6)), st.integers(1, 5), st.integers(0, 4))
def test_a_row_draws_the_same_in_any_order_part_and_amount_of_padding_on_the_left(
    order, n_rows, padding
):
    rows = torch.tensor(order)
    whole = RowDraws.of_rows(3, torch.arange(6))
    part = RowDraws.of_rows(3, rows[:n_rows])
    for _ in range(2):
        expected = whole.rand((6, 5 + padding, 2))[rows[:n_rows], padding:]
        assert torch.equal(part.rand((n_rows, 5, 2)), expected)
    chosen = torch.ones(6, 5 + padding, dtype=torch.bool)
    chosen[:, :padding] = False
    chosen[2, padding] = False
    numbers = torch.zeros(6, 5 + padding, 3)
    numbers[chosen] = whole.at(chosen).rand((int(chosen.sum()), 3))
    chosen = chosen[rows[:n_rows], padding:]
    expected = numbers[rows[:n_rows], padding:][chosen]
    assert torch.equal(part.at(chosen).rand((int(chosen.sum()), 3)), expected)


def test_a_generator_in_its_place_draws_what_torch_draws():
    drawn = rand(torch.Generator().manual_seed(2), (3, 4), dtype=torch.float64)
    assert torch.equal(
        drawn, torch.rand(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    )


def test_another_number_of_rows_is_refused():
    with pytest.raises(ValueError, match=r"\(3, 4\) numbers were asked for 2 rows"):
        RowDraws.of_rows(0, torch.arange(2)).rand((3, 4))


def test_dropout_keeps_the_share_it_should_and_the_mean():
    layer, x = nn.Dropout(0.3), torch.ones(200, 100)
    with keyed_dropout(layer), dropout_draws_from(RowDraws.of_rows(0, torch.arange(200))):
        kept = layer(x)
    assert kept.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert (kept == 0).float().mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("name", ["softmax", "cloze"])
def test_a_row_is_dropped_alike_alone_padded_and_in_parts(name):
    network, items = network_for(name).train(), SEQUENCES[:6]
    is_real = items != 0

    def states(rows, columns):
        with dropout_draws_from(RowDraws.of_rows(5, rows)):
            return network.encoder(items[rows][:, columns])

    with keyed_dropout(network):
        whole = states(ROWS[:6], slice(None))
        assert torch.allclose(
            states(ROWS[:6].flip(0), slice(None)).flip(0)[is_real], whole[is_real], atol=1e-12
        )
        for row in (1, 2, 3):
            length = int(is_real[row].sum())
            alone = states(ROWS[row : row + 1], slice(L - length, None))
            assert torch.allclose(alone[0], whole[row, L - length :], atol=1e-12)
        with dropout_draws_from(draws := RowDraws.of_rows(5, ROWS[:6])):
            order = [torch.tensor([4, 1]), torch.tensor([0, 5, 3, 2])]
            parts = in_parts(
                lambda rows, shift: network.encoder(items[rows]) + shift,
                [(rows, 1.0) for rows in order],
            )
        once = draws.calls
    for rows, part in zip(order, parts, strict=True):
        assert torch.allclose((part - 1.0)[is_real[rows]], whole[rows][is_real[rows]], atol=1e-12)
    assert once == 3 and len(draws.keys) == 6, "the next call goes on after those of one part"
    assert in_parts(lambda rows: rows, [(1,), (2,)]) == [1, 2]


def test_dropout_of_uneven_rows_is_the_same_in_groups_of_like_length(monkeypatch):
    network, real = network_for("softmax").train(), SEQUENCES != 0
    states = []
    with keyed_dropout(network):
        for least in (0, 2**62):
            monkeypatch.setattr(length_groups, "LARGE", least)
            assert (length_groups.groups_of_like_length(SEQUENCES, 8) is not None) == (least == 0)
            with dropout_draws_from(RowDraws.of_rows(5, ROWS)):
                states += [network.encoder(SEQUENCES)[real], network.encoder(SEQUENCES)[real]]
    assert torch.allclose(states[0], states[2], atol=1e-12) and torch.allclose(
        states[1], states[3], atol=1e-12
    )
    assert not torch.allclose(states[0], states[1], atol=0.1), "a second call drops others"


def test_dropout_is_itself_again_outside_and_in_eval_mode():
    network, items = network_for("softmax"), SEQUENCES
    expected = network.eval().encoder(items)
    with keyed_dropout(network), dropout_draws_from(RowDraws.of_rows(0, ROWS)):
        assert torch.equal(network.encoder(items), expected)
    network.train()
    torch.manual_seed(0)
    before = network.encoder(items)
    with keyed_dropout(network):
        torch.manual_seed(0)
        assert torch.equal(network.encoder(items), before), "nobody says what to draw from"
    torch.manual_seed(0)
    assert torch.equal(network.encoder(items), before)


def test_gaps_and_negatives_of_a_row_are_the_same_in_every_batch():
    whole, is_masked = cloze(SEQUENCES, N_ITEMS, 0.3, RowDraws.of_rows(1, ROWS), last_only=0.3)
    some = ROWS[[5, 2, 9]]
    width = int((SEQUENCES[some] != 0).sum(dim=1).max())
    found, _ = cloze(
        SEQUENCES[some, L - width :], N_ITEMS, 0.3, RowDraws.of_rows(1, some), last_only=0.3
    )
    assert torch.equal(found, whole[some, L - width :])
    lengths = (SEQUENCES != 0).sum(dim=1)
    only_last = is_masked[:, -1] & (is_masked.sum(dim=1) == 1)
    assert 0.2 < only_last[lengths > 2].float().mean() < 0.7
    targets = SEQUENCES[:, -1].contiguous()
    negatives = uniform_negatives(targets, 4, N_ITEMS, seed=RowDraws.of_rows(2, ROWS))
    assert torch.equal(
        uniform_negatives(targets[some], 4, N_ITEMS, seed=RowDraws.of_rows(2, some)),
        negatives[some],
    )
    assert not (negatives == targets[:, None]).any() and len(negatives.unique()) == N_ITEMS
