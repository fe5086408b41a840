"""The cloze hides what it should and nothing else, at the rates that it was told."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.losses.cloze import cloze

N_ITEMS, MASK = 9, 10


def rows_of(lengths, L, seed=0):
    """Random left-padded rows of the given lengths. (B, L)."""
    items = torch.randint(
        1, N_ITEMS + 1, (len(lengths), L), generator=torch.Generator().manual_seed(seed)
    )
    return items * (torch.arange(L) >= L - torch.as_tensor(lengths)[:, None])


def hide(items, mask_prob, seed=0, **options):
    return cloze(items, N_ITEMS, mask_prob, torch.Generator().manual_seed(seed), **options)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=6),
    st.floats(0.001, 1),
    st.floats(0, 1),
    st.booleans(),
    st.integers(0, 999),
)
def test_what_is_hidden_is_mask_and_all_else_is_as_it_was(
    lengths, mask_prob, last_only, prefers, seed
):
    items = rows_of(lengths, 7, seed)
    preference = items % 3 if prefers else None
    may_hide = (items != 0) & (items % 3 != 0 if prefers else True)
    before = items.clone()
    masked, is_masked = hide(items, mask_prob, seed, last_only=last_only, preference=preference)
    assert torch.equal(items, before) and is_masked.dtype == torch.bool
    assert (masked[is_masked] == MASK).all() and torch.equal(masked[~is_masked], items[~is_masked])
    assert not is_masked[~may_hide].any()
    assert torch.equal(is_masked.any(dim=1), may_hide.any(dim=1))


def test_no_row_of_a_hundred_thousand_is_without_a_gap():
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, 21, (100_000,), generator=generator)
    lengths[:20_000] = 1
    items = rows_of(lengths, 20)
    for options in ({}, {"last_only": 0.3}, {"preference": 1.0 + items % 3}):
        for mask_prob in (1e-9, 0.02, 0.2):
            masked, is_masked = hide(items, mask_prob, **options)
            assert is_masked.any(dim=1).all() and (masked != items).any(dim=1).all()


def test_every_item_is_hidden_at_the_rate_that_was_asked_for():
    _, is_masked = hide(rows_of([30] * 4_000, 30), 0.3)
    rate = is_masked.double().mean(dim=0)  # (30,), each of 4,000: a standard deviation of .007
    assert (rate - 0.3).abs().max() < 0.03


def test_where_nothing_would_be_hidden_each_item_is_as_likely_to_be():
    _, is_masked = hide(rows_of([4] * 20_000, 6), 1e-6)
    assert (is_masked.sum(dim=1) == 1).all()
    rate = is_masked.double().mean(dim=0)
    assert (rate[:2] == 0).all() and (rate[2:] - 0.25).abs().max() < 0.015


def test_the_stated_share_of_rows_hides_the_newest_item_and_nothing_else():
    items = rows_of([12] * 20_000, 12)
    _, is_masked = hide(items, 0.5, last_only=0.25)
    # By chance: 2 ^ -12 of the others.
    newest_alone = is_masked[:, -1] & (is_masked.sum(dim=1) == 1)
    assert newest_alone.double().mean() == pytest.approx(0.25, abs=0.015)
    _, is_masked = hide(items, 0.5, last_only=1.0)
    assert is_masked[:, -1].all() and (is_masked.sum(dim=1) == 1).all()


def test_preferred_items_are_hidden_that_much_more_often_and_the_others_as_before():
    items = rows_of([20] * 5_000, 20)
    liked, never = items <= 3, items == 9
    preference = torch.where(liked, 3.0, 1.0).masked_fill(never, 0.0)
    _, is_masked = hide(items, 0.2, preference=preference)
    assert is_masked[liked].double().mean() == pytest.approx(0.6, abs=0.02)
    assert is_masked[~liked & ~never].double().mean() == pytest.approx(0.2, abs=0.02)
    assert not is_masked[never].any()
    _, is_masked = hide(items, 0.5, preference=torch.where(liked, 9.0, 1.0))
    assert is_masked[liked].all()


def test_a_newest_item_that_may_not_be_hidden_leaves_its_row_to_the_ordinary_cloze():
    items = rows_of([12] * 2_000, 12)
    preference = torch.ones(2_000, 12)
    preference[:, -1] = 0
    _, is_masked = hide(items, 0.5, last_only=1.0, preference=preference)
    assert not is_masked[:, -1].any() and is_masked[:, :-1].double().mean() == pytest.approx(
        0.5, abs=0.02
    )


def test_the_same_generator_hides_the_same_and_another_does_not():
    items = rows_of([12] * 50, 12)
    assert torch.equal(hide(items, 0.3, 5)[1], hide(items, 0.3, 5)[1])
    assert not torch.equal(hide(items, 0.3, 5)[1], hide(items, 0.3, 6)[1])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mask_prob": 0}, "mask_prob must be a share above 0, and up to 1, got 0"),
        ({"mask_prob": 1.2}, "mask_prob .* got 1.2"),
        ({"mask_prob": 0.3, "last_only": -0.1}, "last_only must be a share from 0 to 1, got -0.1"),
        (
            {"mask_prob": 0.3, "preference": torch.ones(2, 3)},
            r"preference must be \(2, 5\) .* got \(2, 3\)",
        ),
        (
            {"mask_prob": 0.3, "preference": -torch.ones(2, 5)},
            "numbers of 0 or more, .* least of them -1",
        ),
    ],
)
def test_nonsense_is_refused_with_its_value(options, told):
    with pytest.raises(ValueError, match=told):
        hide(rows_of([3, 4], 5), **options)
