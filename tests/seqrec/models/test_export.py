"""`torch.export` and `torch.compile`: one program for batches of any size, whatever their rows."""

import logging

import pytest
import torch
from torch.export import Dim, export

from seqrec.models import BERT4Rec, MeanPoolBST, SASRec, length_groups
from tests.seqrec.models.test_length_groups import uneven


@pytest.fixture(autouse=True)
def quiet():
    """A failing export prints its whole graph."""
    logger = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def batches(n_candidates):
    """Of 128 rows, which are computed in groups when they are not exported, and of others."""
    lengths = [3] * 100 + [50] * 28
    for count in (128, 300, 1):
        items = uneven((lengths * 3)[:count], 50)
        candidates = (torch.arange(count) % 30 + 1,) * n_candidates
        yield items, *candidates


@pytest.mark.parametrize(
    ("kind", "n_candidates", "strict"),
    [(SASRec, 0, False), (BERT4Rec, 0, True), (MeanPoolBST, 1, False)],
)
def test_an_exported_network_takes_batches_of_any_size(kind, n_candidates, strict):
    network = kind(30, 50, D=64).eval()
    first, *others = batches(n_candidates)
    assert length_groups.groups_of_like_length(first[0], 64)  # else this would be no test
    batch = Dim("batch", max=4096)
    shapes = tuple({0: batch} for _ in first)
    program = export(network, first, dynamic_shapes=shapes, strict=strict).module()
    for inputs in (first, *others):
        expected, found = network(*inputs), program(*inputs)
        if n_candidates == 0:  # padding's states mean nothing
            real = inputs[0] != 0
            expected, found = expected[real], found[real]
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_a_batch_is_grouped_again_once_nothing_is_compiled():
    items = uneven([3] * 100 + [50] * 28, 50)
    assert length_groups.groups_of_like_length(items, 64)
    torch.compiler._is_compiling_flag = True
    try:
        assert length_groups.groups_of_like_length(items, 64) is None
    finally:
        torch.compiler._is_compiling_flag = False
    assert length_groups.groups_of_like_length(items, 64)
