"""Exact, whatever the chunks: value and gradients are PyTorch's cross-entropy over all logits."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from seqrec.losses import chunked_softmax, chunked_softmax_loss, softmax_in_chunks


def both(K, V, D, seed):
    """Loss and gradients, ours and PyTorch's, of twice the loss: the factor must come through."""
    for loss in (
        lambda states, vectors, targets: chunked_softmax_loss(states, vectors, targets),
        lambda states, vectors, targets: cross_entropy(states @ vectors.T, targets),
    ):
        generator = torch.Generator().manual_seed(seed)
        states = torch.randn(K, D, generator=generator, dtype=torch.float64).requires_grad_()
        vectors = torch.randn(V, D, generator=generator, dtype=torch.float64).requires_grad_()
        value = loss(states, vectors, torch.randint(0, V, (K,), generator=generator))
        (2 * value).backward()
        yield value, states.grad, vectors.grad


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 7), st.integers(1, 4), st.integers(1, 30), st.integers(0, 999)
)
def test_it_equals_cross_entropy_in_value_and_gradient_whatever_the_chunks(K, V, D, at_once, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunked_softmax, "LOGITS_AT_ONCE", at_once)
        patch.setattr(chunked_softmax, "LEAST_ROWS", 1)
        ours, theirs = both(K, V, D, seed)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("V", [1, 50, 3_416, 23_715, 100_000, 10_000_000])
def test_a_chunk_has_64_rows_in_any_catalogue_and_more_in_a_small_one(V):
    size = chunked_softmax.chunk_size(10_000, V)
    assert size >= 64
    assert size == 64 or size * V <= chunked_softmax.LOGITS_AT_ONCE


def test_large_logits_do_not_overflow():
    states = torch.tensor([[200.0], [-200.0]], requires_grad=True)
    loss = chunked_softmax_loss(states, torch.tensor([[1.0], [-1.0]]), torch.tensor([0, 0]))
    loss.backward()
    assert loss.item() == pytest.approx(200.0) and states.grad.isfinite().all()


def test_the_arguments_are_not_edited():
    states, vectors = torch.randn(3, 2), torch.randn(4, 2)
    before = states.clone(), vectors.clone()
    chunked_softmax_loss(states, vectors, torch.tensor([0, 1, 3]))
    assert torch.equal(states, before[0]) and torch.equal(vectors, before[1])


def test_an_empty_batch_is_an_error_and_not_nan():
    with pytest.raises(ValueError, match="no real position"):
        chunked_softmax_loss(torch.zeros(0, 2), torch.zeros(3, 2), torch.zeros(0, dtype=torch.long))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 7), st.integers(1, 12), st.integers(0, 999))
def test_loss_and_gradients_in_chunks_are_those_of_cross_entropy(K, V, size, seed):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(K, 3, generator=generator, dtype=torch.float64)
    vectors = torch.randn(V, 3, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, V, (K,), generator=generator)
    ours = softmax_in_chunks(states, vectors, targets, size)
    loss = cross_entropy(states.requires_grad_() @ vectors.requires_grad_().T, targets)
    theirs = (loss, *torch.autograd.grad(loss, (states, vectors)))
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-10)
