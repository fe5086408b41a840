"""Numbers 1..n_items stand for the shop's ids, and nothing unknown gets one by accident."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import PAD, ItemIndex, mask_id
from tests.seqrec.data.reference import tried

integer_ids = st.lists(st.integers(0, 9) | st.integers(0, 2**63 - 1), min_size=1, max_size=12)
text_ids = st.lists(st.text(max_size=3), min_size=1, max_size=12)


@tried
@given(integer_ids | text_ids)
def test_numbers_are_the_ranks_of_the_sorted_ids_from_1_and_decode_undoes_encode(ids):
    index = ItemIndex().fit(ids)
    ranks = {item: rank for rank, item in enumerate(sorted(set(ids)), start=1)}
    numbers = index.encode(ids)
    assert numbers.tolist() == [ranks[item] for item in ids] and numbers.dtype == np.int64
    assert index.decode(numbers).tolist() == ids
    assert index.n_items == len(ranks) and index.item_ids_.tolist() == sorted(set(ids))


@pytest.mark.parametrize(
    "make", [list, tuple, np.array, pd.Series, pd.Index, lambda ids: pd.Series(ids, dtype=object)]
)
def test_any_container_of_ids_gives_the_same_numbers(make):
    ids = ["mat", "bowl", "food"]
    assert ItemIndex().fit(make(ids)).encode(make(ids)).tolist() == [3, 1, 2]


def test_items_that_nobody_clicked_keep_their_numbers():
    clicked = pd.Series([104, 101, 104], name="item_id")
    index = ItemIndex().fit(range(100, 106))
    assert index.encode(clicked).tolist() == [5, 2, 5]
    assert index.decode(np.arange(1, 7)).tolist() == list(range(100, 106))


def test_ids_that_already_count_from_1_stay_as_they_are():
    index = ItemIndex().fit(range(1, 51))
    assert index.encode([1, 50, 7]).tolist() == [1, 50, 7]
    assert PAD == 0 and mask_id(index.n_items) == 51


def test_fit_and_encode_leave_their_arguments_alone():
    ids = np.array([5, 3, 5])
    ids.setflags(write=False)
    ItemIndex().fit(ids).encode(ids)
    assert ids.tolist() == [5, 3, 5]


@pytest.mark.parametrize(
    ("known", "asked", "shown"),
    [
        ([4, 5], [4, 9, 8], "9"),
        (["a"], ["a", "b", "c"], "'b'"),
        ([4, 5], ["4", "5"], "'4'"),
        (["4"], [4], "4"),
    ],
)
def test_an_unknown_item_is_an_error_that_names_it_its_row_and_the_cure(known, asked, shown):
    row = asked.index(int(shown) if shown.isdigit() else shown.strip("'"))
    with pytest.raises(
        ValueError,
        match=rf"column 'item_id', row {row}: {shown} is not among .*Cure: .*drop_unknown",
    ):
        ItemIndex().fit(known).encode(asked)


@tried
@given(integer_ids, integer_ids)
def test_dropping_unknown_items_leaves_the_known_rows_as_they_were_and_counts_the_others(
    known, asked
):
    log = pd.DataFrame(
        {"item_id": asked, "timestamp": range(len(asked))}, index=range(50, 50 + len(asked))
    )
    before = log.copy(deep=True)
    index = ItemIndex().fit(known)
    kept, n_dropped = index.drop_unknown(log)
    pd.testing.assert_frame_equal(kept, log[[item in set(known) for item in asked]])
    assert n_dropped == len(log) - len(kept)
    assert len(index.encode(kept["item_id"])) == len(kept)
    pd.testing.assert_frame_equal(log, before)


@pytest.mark.parametrize(
    ("ids", "problem"),
    [
        ([], "empty"),
        ([1, -2], "row 1: -2 is negative"),
        ([1.0, 2.0], "row 0: 1.0 is not an id"),
        ([1.0, np.nan], "row 1: nan is a missing value"),
        (["a", None], "is a missing value"),
        ([1, "a"], "is not an id"),
        ([True, False], "is not an id"),
        (np.array([[1, 2]]), "1-dimensional"),
    ],
)
def test_an_index_of_what_are_no_ids_is_refused(ids, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        ItemIndex().fit(ids)
    if len(ids):
        with pytest.raises(ValueError, match=re.escape(problem)):
            ItemIndex().fit([1, 2]).encode(ids)


@pytest.mark.parametrize(
    ("numbers", "where"), [([1, 0], "(1,)"), ([[3], [4]], "(1, 0)"), ([-1], "(0,)")]
)
def test_padding_mask_and_numbers_out_of_range_do_not_decode(numbers, where):
    with pytest.raises(ValueError, match=re.escape(f"position {where} holds")):
        ItemIndex().fit(["a", "b", "c"]).decode(numbers)


@pytest.mark.parametrize("numbers", [[1.0], [True], ["1"]])
def test_only_integers_decode(numbers):
    with pytest.raises(ValueError, match="must be integers"):
        ItemIndex().fit(["a"]).decode(numbers)


def test_decode_keeps_the_shape():
    assert ItemIndex().fit(["a", "b"]).decode([[1, 2], [2, 2]]).tolist() == [["a", "b"], ["b", "b"]]


def test_an_index_that_was_not_fitted_says_so():
    for use in (
        lambda i: i.encode([1]),
        lambda i: i.decode([1]),
        lambda i: i.drop_unknown(pd.DataFrame({"item_id": [1]})),
    ):
        with pytest.raises(ValueError, match="call fit first"):
            use(ItemIndex())


IDS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), min_size=1, max_size=8)


@given(IDS, IDS)
def test_new_items_are_numbered_behind_the_known_ones_which_keep_their_numbers(old, new):
    known = ItemIndex().fit(old)
    grown = known.with_new(new)
    fresh = sorted(set(new) - set(old))
    assert grown.item_ids_.tolist() == [*known.item_ids_.tolist(), *fresh]
    assert grown.encode(old).tolist() == known.encode(old).tolist()
    assert grown.decode(grown.encode(new)).tolist() == new
    again = ItemIndex.in_order(grown.item_ids_)
    assert again.item_ids_.tolist() == grown.item_ids_.tolist()
    assert known.n_items == len(set(old))  # it is left as it was


def test_an_order_that_holds_an_item_twice_or_mixes_kinds_is_refused():
    with pytest.raises(ValueError, match="hold 'b' twice. Cure: each item once"):
        ItemIndex.in_order(["b", "a", "b"])
    with pytest.raises(ValueError, match="is not an id"):
        ItemIndex().fit([1, 2]).with_new(["a"])
    with pytest.raises(ValueError, match="call fit first"):
        ItemIndex().with_new([1])
