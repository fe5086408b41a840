"""Rows of like length computed together: the same states and gradients, less padding."""

import pytest
import torch

from seqrec.models import SequenceEncoder, length_groups
from seqrec.models.length_groups import groups_of_like_length


def uneven(lengths, L, n_items=30, seed=0):
    """Random items, padded on the left. (B, L)."""
    items = torch.randint(
        1, n_items + 2, (len(lengths), L), generator=torch.Generator().manual_seed(seed)
    )
    return items.masked_fill(torch.arange(L) < L - torch.tensor(lengths)[:, None], 0)


@pytest.fixture
def eager(monkeypatch):
    """Small batches are grouped too."""
    monkeypatch.setattr(length_groups, "LARGE", 0)


@pytest.mark.parametrize("causal", [True, False])
def test_grouped_rows_have_the_states_and_gradients_of_one_batch(causal, eager, monkeypatch):
    torch.manual_seed(0)
    encoder = SequenceEncoder(30, 20, D=8, H=2, n_blocks=2, hidden=16, causal=causal)
    items = uneven([3, 20, 1, 0, 7, 2, 19, 4, 5, 1], 20)
    real = items != 0

    def answer():
        encoder.zero_grad()
        states = encoder(items)
        (states[real] ** 2).sum().backward()
        return states, [weight.grad.clone() for weight in encoder.parameters()]

    grouped, gradients = answer()
    with monkeypatch.context() as patch:
        patch.setattr("seqrec.models.encoder.groups_of_like_length", lambda items, D: None)
        whole, of_whole = answer()
    assert not torch.equal(grouped[~real], whole[~real])  # they were computed in two ways
    torch.testing.assert_close(grouped[real], whole[real])
    # a short vector before a norm: rounding is a larger share
    torch.testing.assert_close(gradients, of_whole, rtol=1e-4, atol=1e-4)
    assert torch.isfinite(grouped).all()


def test_every_row_is_in_one_group_that_is_long_enough(eager):
    items = uneven([3, 20, 1, 0, 7, 2, 19, 4, 5], 20)
    lengths = (items != 0).sum(dim=1)
    groups = groups_of_like_length(items, D=4)
    assert sorted(torch.cat([rows for rows, _ in groups]).tolist()) == list(range(9))
    assert all(length >= max(1, lengths[rows].max()) for rows, length in groups)
    assert sum(len(rows) * length for rows, length in groups) < 0.75 * 9 * 20


def test_even_or_small_batches_stay_whole():
    assert groups_of_like_length(uneven([20] * 64 + [19] * 64, 20), D=1_000) is None
    assert groups_of_like_length(uneven([1, 20] * 4, 20), D=8) is None
    assert groups_of_like_length(uneven([1, 20] * 400, 20), D=64) is not None


def test_a_gap_inside_a_row_is_kept(eager):
    """Padding belongs to the left, but a row is as long as its first item says."""
    items = uneven([3, 20, 1, 2], 20)
    items[1, 5] = 0
    lengths = {
        int(row): length for rows, length in groups_of_like_length(items, D=4) for row in rows
    }
    assert lengths[1] == 20
