"""Makes no table: prints ratios of the exact softmax in chunks to `cross_entropy` of all logits.

    python -m pytest -m benchmark -s benchmarks/bench_softmax.py

Loss and gradients, both sides, in catalogues of four sizes. The chunked one holds 64 rows of logits
in the largest; the plain one all of them, several times.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from benchmarks.clock import cpu_seconds
from seqrec.losses import chunked_softmax_loss

pytestmark = pytest.mark.benchmark
D = 64


@pytest.mark.parametrize(
    ("K", "V"), [(2_048, 3_416), (1_024, 23_715), (512, 54_542), (512, 100_000)]
)
def test_the_chunked_softmax_is_never_slower_than_cross_entropy_of_all_logits(K, V):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(K, D, generator=generator, requires_grad=True)
    vectors = torch.randn(V, D, generator=generator).mul_(0.1).requires_grad_()
    targets = torch.randint(V, (K,), generator=generator)

    def plain():
        states.grad = vectors.grad = None
        F.cross_entropy(states @ vectors.T, targets).backward()

    def chunked():
        states.grad = vectors.grad = None
        chunked_softmax_loss(states, vectors, targets).backward()

    # In turns, so that a busy machine troubles both alike.
    ratios = [cpu_seconds(chunked, 2) / cpu_seconds(plain, 2) for _ in range(5)]
    print(f"\n{K} states, {V} items: chunked / plain {np.min(ratios):.2f} to {np.max(ratios):.2f}")
    assert np.median(ratios) < 1
