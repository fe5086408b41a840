"""When is one value as good as another?"""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course.coach import State
from course.coach.judging.compare import difference
from course.coach.sandbox.copies import fresh
from course.coach.sandbox.values import taken

leaves = st.one_of(
    st.integers(),
    st.booleans(),
    st.text(max_size=5),
    st.none(),
    st.floats(allow_nan=True),
    st.binary(max_size=3),
)
arrays = hnp.arrays(
    dtype=st.sampled_from(["int64", "float32", "float64", "bool"]),
    shape=hnp.array_shapes(max_dims=3, max_side=4),
)
tensors = arrays.map(lambda array: torch.tensor(array))
frames = st.lists(st.integers(-9, 9), max_size=5).map(
    lambda ints: pd.DataFrame({"a": ints, "b": [[i] for i in ints]})
)
values = st.recursive(
    st.one_of(leaves, arrays, tensors, frames),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.integers(0, 5), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(values)
def test_a_copy_is_as_good_as_the_original(value):
    assert difference(fresh(value), value) is None


@given(hnp.arrays("int64", hnp.array_shapes(max_dims=3, max_side=4)), st.data())
def test_one_other_entry_is_found_and_named(array, data):
    at = tuple(data.draw(st.integers(0, side - 1)) for side in array.shape)
    other = array.copy()
    other[at] ^= 1
    for make in (np.array, torch.tensor):
        found = difference(make(other), make(array))
        assert found.state is State.WRONG
        assert found.says.startswith(
            f"Entry [{', '.join(map(str, at))}] is {other[at]}, expected {array[at]}."
        )


@pytest.mark.parametrize(
    ("got", "expected", "state", "says"),
    [
        (None, [1], State.NOTHING_RETURNED, "return"),
        (1.0, 1, State.WRONG_TYPE, "a float, expected an int"),
        (1, True, State.WRONG_TYPE, "an int, expected a bool"),
        (True, 1, State.WRONG_TYPE, "a bool, expected an int"),
        (torch.tensor(3.0), 3.0, State.WRONG_TYPE, "`.item()` makes one of it"),
        ([1, 2], (1, 2), State.WRONG_TYPE, "a list, expected a tuple"),
        ([1, [2, 3]], [1, [2, 4]], State.WRONG, "Entry 1, entry 1 is 3, expected 4."),
        ({"a": 1}, {"a": 1, "b": 2}, State.WRONG_SHAPE, "lacks ['b']"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, State.WRONG, "Key 'b' is 2, expected 3."),
        (iter([1]), [1], State.WRONG_TYPE, "a list_iterator, expected a list"),
        ((x for x in [1]), [1], State.WRONG_TYPE,
         "generator, expected a list: `return`, not `yield`"),
        (torch.zeros(2, 1), torch.zeros(2), State.WRONG_SHAPE, "shape (2, 1), expected (2,)"),
        (torch.zeros(2), torch.zeros(2, dtype=torch.int64), State.WRONG_DTYPE,
         "float32, expected int64"),
        (torch.zeros(2, device="meta"), torch.zeros(2), State.WRONG_DEVICE,
         "on the device meta, expected cpu"),
        (np.zeros(2), torch.zeros(2), State.WRONG_TYPE, "a numpy array, expected a torch tensor"),
        (np.zeros(2, np.int32), np.zeros(2, np.int64), State.WRONG_DTYPE, "int32, expected int64"),
        (pd.DataFrame({"b": [1]}), pd.DataFrame({"a": [1]}), State.WRONG_SHAPE,
         "columns ['b'], expected ['a']"),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1]}), State.WRONG_SHAPE,
         "has 2 rows, expected 1"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]}), State.WRONG_DTYPE,
         "Column 'a' has dtype int64"),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]}), State.WRONG,
         "Column 'a', entry [1] is 2"),
        (pd.DataFrame({"a": [1]}, index=[7]), pd.DataFrame({"a": [1]}), State.WRONG,
         "[7], expected [0]: `reset_"),
        (pd.Series([1, 2]), pd.Series([1, 3]), State.WRONG, "Entry [1] is 2, expected 3"),
        (pd.Series([1]), pd.DataFrame({"a": [1]}), State.WRONG_TYPE,
         "a Series, expected a DataFrame"),
        (pd.Series([[1]]), pd.Series([[2]]), State.WRONG, "Entry 0, entry 0 is 1, expected 2"),
        (float("nan"), 0.0, State.WRONG, ""),
        (float("inf"), float("-inf"), State.WRONG, ""),
        ("a", "b", State.WRONG, ""),
    ],
)  # fmt: skip
def test_what_differs_is_said(got, expected, state, says):
    found = difference(got, expected)
    assert found.state is state
    assert says in found.says


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1, 1.0),
        (np.float64(2.5), 2.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (0.1 + 0.2, 0.3),
        (torch.tensor([0.1]) + 1e-6, torch.tensor([0.1])),
        (float("nan"), float("nan")),
        (torch.tensor([float("-inf"), 1.0]), torch.tensor([float("-inf"), 1.0])),
        (np.array(["ab"]), np.array(["ab", "abc"])[:1]),
        (torch.zeros(0), torch.zeros(0)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01")),
        (np.array(["NaT"], dtype="datetime64[s]"), np.array(["NaT"], dtype="datetime64[s]")),
    ],
)
def test_what_is_as_good_passes(got, expected):
    assert difference(got, expected) is None


def test_single_precision_noise_passes_and_a_real_error_does_not():
    scores = torch.randn(50, 50, generator=torch.Generator().manual_seed(0))
    once, otherwise = (scores @ scores).sum(0), scores.double().sum(0).float() @ scores
    assert difference(once, otherwise) is None
    assert difference(once * 1.001, once) is not None


def test_copies_share_no_list_inside_a_table():
    table = pd.DataFrame({"items": [[1, 2], [3]]})
    fresh({"deep": (table,)})["deep"][0].loc[0, "items"].append(9)
    assert table.loc[0, "items"] == [1, 2]


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (torch.int32, torch.int64),
        ([torch.float32], [torch.float64]),
        ({"a": torch.strided}, {"a": torch.sparse_coo}),
        (int, float),
        (torch.Tensor, np.ndarray),
    ],
)
def test_dtypes_layouts_and_classes_are_told_apart(got, expected):
    assert difference(taken(got), expected) is not None
    assert difference(taken(expected), expected) is None
