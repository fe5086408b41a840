"""What each loss is known to be, or to find, in cases that can be worked out by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.losses import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    log_q,
    mse_loss,
    popularity_negatives,
    sampled_softmax_loss,
    softmax_loss,
)

quick = settings(deadline=None, max_examples=30)


def logits_of(rng, B=3, N=4):
    """positive (B,), negative (B, N), real (B,)."""
    return (
        torch.tensor(rng.normal(0, 2, B)),
        torch.tensor(rng.normal(0, 2, (B, N))),
        torch.ones(B, dtype=torch.bool),
    )


@quick
@given(st.integers(0, 9999), st.integers(2, 60))
def test_gbce_at_t_0_is_bce(seed, more_items):
    batch = logits_of(np.random.default_rng(seed))
    assert gbce_loss(*batch, n_items=4 + more_items, t=0).item() == pytest.approx(
        bce_loss(*batch).item(), rel=1e-12
    )


@quick
@given(st.integers(0, 9999), st.floats(0, 1))
def test_gbce_with_all_other_items_as_negatives_is_bce_for_any_t(seed, t):
    batch = logits_of(np.random.default_rng(seed))
    assert gbce_loss(*batch, n_items=5, t=t).item() == pytest.approx(
        bce_loss(*batch).item(), rel=1e-12
    )


def expected_binary_loss(logits, law, loss):
    """Mean over targets from `law` (n,) and one uniform negative; logits: (n,)."""
    n = len(law)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    real = torch.tensor([True])
    return sum(
        law[i] / (n - 1) * loss(logits[i : i + 1], logits[j].reshape(1, 1), real) for i, j in pairs
    )


@pytest.mark.parametrize("t", [0.0, 0.5, 0.75, 1.0])
def test_gbce_is_calibrated_at_t_1_and_overconfident_below(t):
    law = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
    alpha = 1 / 3  # one negative of the three other items
    beta = 1 - t * (1 - alpha)
    found = beta * law / (beta * law + alpha * (1 - law))  # where the expected gradient is 0
    logits = found.logit().requires_grad_()
    expected_binary_loss(logits, law, lambda *batch: gbce_loss(*batch, n_items=4, t=t)).backward()
    assert logits.grad.abs().max() < 1e-12
    if t == 1:
        assert torch.allclose(found, law)
    else:
        assert (found > law).all()


@quick
@given(st.integers(0, 9999))
def test_log_q_corrected_softmax_over_all_other_items_is_the_full_softmax(seed):
    rng = np.random.default_rng(seed)
    n_items = 7
    logits = torch.tensor(rng.normal(0, 3, (2, n_items + 1)))
    logits[:, 0] = -torch.inf
    targets = torch.tensor(rng.integers(1, n_items + 1, 2))
    others = torch.tensor(
        [[item for item in range(1, n_items + 1) if item != target] for target in targets]
    )
    real = torch.tensor([True, True])
    positive, negative = logits.gather(1, targets[:, None]).squeeze(1), logits.gather(1, others)
    uniform = log_q(others, targets, torch.ones(n_items + 1))
    sampled = sampled_softmax_loss(positive, negative, real, log_q=uniform)
    assert sampled.item() == pytest.approx(softmax_loss(logits, targets, real).item(), rel=1e-9)


@pytest.mark.parametrize("reject_own", [False, True])
def test_log_q_correction_finds_the_full_softmax_from_popular_negatives(reject_own):
    generator = torch.Generator().manual_seed(0)
    n_items, N = 30, 20_000
    logits = torch.randn(1, n_items + 1, generator=generator, dtype=torch.float64)
    own = torch.tensor([[3, 8]]) if reject_own else None
    # Popular items are the likely ones, as in life.
    counts = (100 * (0.5 * logits[0]).exp()).long() + 1
    # Rejected items are no part of the sum either.
    logits[:, [0, 3, 8] if reject_own else [0]] = -torch.inf
    target, real = torch.tensor([5]), torch.tensor([True])
    negatives = popularity_negatives(target, N, counts, alpha=1, seed=0, own_items=own)
    batch = logits[:, 5], logits.gather(1, negatives), real
    full = softmax_loss(logits, target, real).item()
    corrected = sampled_softmax_loss(
        *batch, log_q=log_q(negatives, target, counts, own_items=own)
    ).item()
    assert corrected == pytest.approx(full, abs=0.03)
    estimate = sampled_softmax_loss(*batch).item() - np.log(N / (n_items - 1 - 2 * reject_own))
    assert abs(estimate - full) > 0.1, "without the correction popular items weigh too much"


def test_a_constant_log_q_is_the_logarithm_of_how_many_items_a_negative_stands_for():
    positive, negative, real = logits_of(np.random.default_rng(0), N=4)
    each_once = torch.full_like(negative, -np.log(4))
    assert torch.allclose(sampled_softmax_loss(positive, negative, real, each_once),
                          sampled_softmax_loss(positive, negative, real))  # fmt: skip
    for_a_hundred = sampled_softmax_loss(
        positive, negative, real, torch.full_like(negative, -np.log(400))
    )
    repeated = sampled_softmax_loss(positive, negative.repeat(1, 100), real)
    assert torch.allclose(for_a_hundred, repeated)


@quick
@given(st.integers(0, 9999), st.floats(-50, 50))
def test_bpr_and_softmax_know_only_differences_and_bce_does_not(seed, shift):
    positive, negative, real = logits_of(np.random.default_rng(seed))
    for loss in (bpr_loss, sampled_softmax_loss):
        shifted = loss(positive + shift, negative + shift, real)
        assert shifted.item() == pytest.approx(loss(positive, negative, real).item(), rel=1e-9)
    if abs(shift) > 1:
        assert bce_loss(positive + shift, negative + shift, real) != bce_loss(
            positive, negative, real
        )


def test_bpr_with_one_negative_is_bce_of_the_difference_and_softmax_over_the_two():
    positive, negative, real = logits_of(np.random.default_rng(1), N=1)
    as_question = torch.nn.functional.binary_cross_entropy_with_logits(
        positive - negative[:, 0], torch.ones(3).double()
    )
    assert bpr_loss(positive, negative, real).item() == pytest.approx(as_question.item())
    assert bpr_loss(positive, negative, real).item() == pytest.approx(
        sampled_softmax_loss(positive, negative, real).item()
    )


def test_all_equal_scores_cost_the_logarithm_of_the_number_of_choices():
    real = torch.tensor([[True]])
    zeros = torch.zeros(1, 1), torch.zeros(1, 1, 9), real
    assert softmax_loss(
        torch.tensor([[[-torch.inf] + [0.0] * 50]]), torch.tensor([[7]]), real
    ).item() == pytest.approx(np.log(50))
    assert sampled_softmax_loss(*zeros).item() == pytest.approx(np.log(10))
    assert bpr_loss(*zeros).item() == pytest.approx(np.log(2))
    assert bce_loss(*zeros).item() == pytest.approx(np.log(2))


def test_mse_is_smallest_at_the_mean_rating():
    ratings, real = torch.tensor([0.0, 0.0, 0.5, 1.0]), torch.ones(4, dtype=torch.bool)
    prediction = torch.tensor(0.375, requires_grad=True)
    mse_loss(prediction.expand(4), ratings, real).backward()
    assert prediction.grad.abs() < 1e-7


def test_masked_items_at_minus_infinity_get_no_gradient_from_softmax():
    logits = torch.tensor([[-torch.inf, 0.2, 0.1, -torch.inf]], requires_grad=True)
    softmax_loss(logits, torch.tensor([1]), torch.tensor([True])).backward()
    assert logits.grad[0, [0, 3]].tolist() == [0, 0] and logits.grad.isfinite().all()
