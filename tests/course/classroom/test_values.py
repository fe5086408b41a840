"""Values cross a pipe as bytes: what arrives is what was sent, or nothing that can be used."""

import numpy as np
import pandas as pd
import pytest
import torch

from course.coach.find import chapters, load_key
from course.coach.judging.compare import difference
from course.coach.judging.judge import expected_outcomes
from course.coach.sandbox.other_device import DevicesMixed
from course.marking.replies import outcome_of
from course.marking.values import Other, Unreadable, pack, unpack
from tests.fuzz.fuzzing import rounds

VALUES = [
    None, True, 0, -3, 10**40, 0.1, float("nan"), -float("inf"), "käse", (), [1, (2.0, None)],
    {1: "a", ("b", 2): [3]}, {4, 5}, np.float32(0.1), np.int64(7), np.bool_(True),
    np.zeros((0, 3)), np.arange(6).reshape(2, 3), np.array([[1], "a"], dtype=object),
    np.array(["a", "bc"]), np.array(["2026-01-01"], "datetime64[D]"),
    torch.arange(6.0).reshape(2, 3), torch.zeros(0, 2), torch.tensor(True), torch.int64,
    torch.randn(3).to(torch.bfloat16), torch.randn(3, dtype=torch.complex64).conj(),
    pd.DataFrame({"a": [1, 2], "b": [[1], [2]]}, index=[5, 3]), pd.DataFrame(index=range(2)),
    pd.DataFrame({"t": pd.to_datetime(["2026-01-01"]), "s": ["x"]}), pd.Series([1.5, 2.5]),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: str(type(value).__name__))
def test_a_value_comes_back_equal_and_of_the_same_type(value):
    back = unpack(pack(value))
    assert type(back) is type(value)
    assert difference(back, value) is None or back == value


def test_what_every_reference_gives_comes_back_equal():
    for chapter in chapters():
        for exercise in load_key(chapter).EXERCISES:
            for outcome in expected_outcomes(exercise).outcomes:
                found = difference(unpack(pack(outcome.value)), outcome.value)
                assert found is None, (exercise.id, found)


def test_of_a_subclass_its_plain_numbers_count():
    class Sly(np.ndarray):
        def __eq__(self, other):
            return True

        __hash__ = None

    class SlyTensor(torch.Tensor):
        def __eq__(self, other):
            return True

        __hash__ = None

    array = unpack(pack(np.arange(3).view(Sly)))
    tensor = unpack(pack(torch.arange(3).as_subclass(SlyTensor)))
    assert type(array) is np.ndarray and type(tensor) is torch.Tensor
    assert array.tolist() == tensor.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "value",
    [
        lambda: 0,
        object(),
        (number for number in range(2)),
        np.broadcast_to(0, (10**6, 10**6)),
        torch.zeros(1).expand(10**6, 10**6),
        torch.eye(2).to_sparse(),
        type("Sly", (), {"__eq__": lambda self, other: True, "__module__": "seqrec.fake"})(),
    ],
)
def test_what_has_no_plain_value_comes_back_as_something_that_equals_nothing(value):
    back = unpack(pack(value))
    assert type(back) is Other and back != back and back != value


def test_no_bytes_do_more_than_make_plain_values():
    for rng in rounds(300):
        value = VALUES[rng.integers(len(VALUES))]
        data = bytearray(pack([value, value]))
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(256)
        data = bytes(data[: rng.integers(1, len(data) + 1)])
        try:
            unpack(data)
        except Unreadable as error:
            assert len(str(error)) < 100


@pytest.mark.parametrize(
    "tree",
    [
        b'["record", "os", "system", ["dict", []]]',
        b'["record", "seqrec.data.sequences", "pad_left", ["dict", []]]',
        b'["array", "|O", [1], 0]',
        b'["array", "<f8", [1000000000, 1000000000], 0]',
        b'["tensor", "nn", [1], 0]',
        b'["frame", ["list", []], 3, ["range", 0, 1]]',
        b"[" * 100_000,
    ],
)
def test_a_forged_message_is_unreadable(tree):
    sizes = b"[8]"
    head = len(tree).to_bytes(4, "big") + len(sizes).to_bytes(4, "big")
    with pytest.raises(Unreadable):
        unpack(head + tree + sizes + bytes(8))


@pytest.mark.parametrize(
    "reply",
    [None, 3, {}, {"value": 1, "seconds": "0"}, {"error": 3}, {"error": [["os", "system"]]},
     {"error": [["builtins", "print"]]}, {"error": [["builtins", "UnicodeDecodeError"]]},
     {"gradients": 3}, {"edited": [1]}],
)  # fmt: skip
def test_a_reply_of_another_form_is_an_outcome_that_failed_or_is_empty(reply):
    found = outcome_of(reply)
    assert isinstance(found.error, BaseException) or found.misplaced or found.seconds > 1


def test_an_error_keeps_its_class_if_it_is_pythons_or_ours():
    told = {"error": [["__main__", "Mine"], ["builtins", "ValueError"]], "text": "x" * 999}
    assert type(outcome_of(told).error) is ValueError and len(str(outcome_of(told).error)) <= 600
    told = {"error": [["course.coach.sandbox.other_device", "DevicesMixed"]], "text": ""}
    assert type(outcome_of(told).error) is DevicesMixed
