"""What all losses promise: their formula, PyTorch's value, the mask, large logits, gradients."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from seqrec.losses import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    mse_loss,
    sampled_softmax_loss,
    softmax_loss,
)

quick = settings(deadline=None, max_examples=40)
N_ITEMS, T = 12, 0.75

# name -> loss of (positive, negative, real), the losses of a positive against its negatives
PAIRED = {
    "bce": bce_loss,
    "bpr": bpr_loss,
    "sampled_softmax": sampled_softmax_loss,
    "sampled_softmax_log_q": lambda positive, negative, real: sampled_softmax_loss(
        positive,
        negative,
        real,
        log_q=torch.linspace(-3, -1, negative.numel()).reshape(negative.shape),
    ),
    "gbce": lambda positive, negative, real: gbce_loss(
        positive, negative, real, n_items=N_ITEMS, t=T
    ),
}
every_paired = pytest.mark.parametrize("loss", PAIRED.values(), ids=PAIRED)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def plain_loss(name, positive, negative, log_q):
    """The loss of one position from its logits, by the formula of the paper."""
    N = len(negative)
    if name in ("bce", "gbce"):
        alpha = N / (N_ITEMS - 1)
        beta = alpha * (T * (1 - 1 / alpha) + 1 / alpha) if name == "gbce" else 1
        return -(
            math.log(sigmoid(positive) ** beta) + sum(math.log(1 - sigmoid(s)) for s in negative)
        ) / (N + 1)
    if name == "bpr":
        return -sum(math.log(sigmoid(positive - s)) for s in negative) / N
    q = [1 / N] * N if name == "sampled_softmax" else [math.exp(value) for value in log_q]
    others = sum(math.exp(s) / q_s for s, q_s in zip(negative, q, strict=True)) / N
    return -math.log(math.exp(positive) / (math.exp(positive) + others))


@st.composite
def batches(draw):
    """Float64 logits of positives (B, L) and negatives (B, L, N); a mask (B, L), somewhere True."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    B, L, N = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    real = rng.random((B, L)) < 0.6
    real[rng.integers(B), rng.integers(L)] = True
    return (
        torch.tensor(rng.normal(0, 3, (B, L))),
        torch.tensor(rng.normal(0, 3, (B, L, N))),
        torch.tensor(real),
    )


@pytest.mark.parametrize("name", PAIRED)
@quick
@given(batch=batches())
def test_losses_equal_their_formula_written_out_position_by_position(name, batch):
    positive, negative, real = batch
    log_q = torch.linspace(-3, -1, negative.numel()).reshape(negative.shape)
    each = [
        plain_loss(name, positive[b, i].item(), negative[b, i].tolist(), log_q[b, i].tolist())
        for b, i in real.nonzero().tolist()
    ]
    assert PAIRED[name](*batch).item() == pytest.approx(sum(each) / len(each), rel=1e-6)


@quick
@given(batch=batches(), seed=st.integers(0, 99))
def test_losses_equal_those_of_pytorch_where_it_has_them(batch, seed):
    positive, negative, real = batch
    all_logits = torch.cat([positive[..., None], negative], dim=-1)[real]  # (K, 1 + N)
    labels = torch.zeros_like(all_logits)
    labels[:, 0] = 1
    first = torch.zeros(len(all_logits), dtype=torch.long)
    ours_and_theirs = [
        (bce_loss(*batch), functional.binary_cross_entropy_with_logits(all_logits, labels)),
        (sampled_softmax_loss(*batch), functional.cross_entropy(all_logits, first)),
        (
            mse_loss(positive, 2 * positive + 1, real),
            functional.mse_loss(positive[real], (2 * positive + 1)[real]),
        ),
    ]
    targets = torch.randint(1, 7, real.shape, generator=torch.Generator().manual_seed(seed)) * real
    logits = torch.randn(
        *real.shape, 7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    theirs = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)
    ours_and_theirs.append((softmax_loss(logits, targets, real), theirs))
    for ours, from_torch in ours_and_theirs:
        assert ours.shape == () and ours.item() == pytest.approx(from_torch.item(), rel=1e-12)


def all_losses(positive, negative, real):
    """Every loss of the module on one batch, as (name, scalar)."""
    yield from ((name, loss(positive, negative, real)) for name, loss in PAIRED.items())
    yield "mse", mse_loss(positive, torch.full_like(positive, 0.3), real)
    targets = torch.where(real, 1, 0)
    logits = torch.cat(
        [torch.full_like(positive, -torch.inf)[..., None], positive[..., None], negative], dim=-1
    )
    yield "softmax", softmax_loss(logits, targets, real)


@quick
@given(batches(), st.sampled_from([0.0, 1e4, -1e4, math.inf, math.nan]))
def test_what_stands_under_padding_changes_neither_loss_nor_gradient(batch, rubbish):
    positive, negative, real = batch
    other = positive.masked_fill(~real, rubbish), negative.masked_fill(~real[..., None], rubbish)
    results = []
    for pair in ((positive, negative), other):
        pair = [part.clone().requires_grad_() for part in pair]
        results.append([(loss.item(), *torch.autograd.grad(loss, pair, allow_unused=True))
                        for _, loss in all_losses(*pair, real)])  # fmt: skip
    for (loss, *gradients), (loss_of_other, *gradients_of_other) in zip(*results, strict=True):
        assert loss == loss_of_other
        for gradient, gradient_of_other in zip(gradients, gradients_of_other, strict=True):
            if gradient is not None:
                assert torch.equal(gradient, gradient_of_other)
                assert (gradient_of_other[~real] == 0).all()


def test_real_positions_weigh_the_same_whatever_row_they_stand_in():
    generator = torch.Generator().manual_seed(0)
    positive, negative = (
        torch.randn(2, 3, generator=generator),
        torch.randn(2, 3, 4, generator=generator),
    )
    real = torch.tensor([[False, False, True], [True, True, True]])
    flat = real[real]
    for (name, whole), (_, flattened) in zip(
        all_losses(positive, negative, real),
        all_losses(positive[real], negative[real], flat),
        strict=True,
    ):
        if name != "sampled_softmax_log_q":  # its log_q depends on the shape here
            assert whole.item() == pytest.approx(flattened.item(), rel=1e-6), name


def test_a_batch_without_a_real_position_is_a_clear_error():
    for shape in ((2, 3), (0, 3), (0,)):
        positive = torch.zeros(shape)
        negative = torch.zeros(*shape, 4)
        real = torch.zeros(shape, dtype=torch.bool)
        targets = torch.zeros(shape, dtype=torch.long)
        logits = torch.zeros(*shape, 9)
        calls = [lambda loss=loss: loss(positive, negative, real) for loss in PAIRED.values()]  # noqa: B023
        calls += [
            lambda: mse_loss(positive, positive, real),  # noqa: B023
            lambda: softmax_loss(logits, targets, real),  # noqa: B023
        ]
        for call in calls:
            with pytest.raises(ValueError, match="no real position"):
                call()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("high", [1e4, -1e4])
def test_logits_of_ten_thousand_give_finite_losses_and_gradients(high, dtype):
    positive = torch.tensor([high, -high, 0.0], dtype=dtype, requires_grad=True)
    negative = torch.tensor(
        [[-high, high], [high, -high], [0.0, 0.0]], dtype=dtype, requires_grad=True
    )
    real = torch.ones(3, dtype=torch.bool)
    for name, loss in all_losses(positive, negative, real):
        gradients = torch.autograd.grad(
            loss, (positive, negative), allow_unused=True, retain_graph=True
        )
        assert loss.isfinite(), name
        assert all(gradient is None or gradient.isfinite().all() for gradient in gradients), name


def test_a_certain_mistake_costs_its_whole_logit():
    real = torch.tensor([True])
    positive, negative = torch.tensor([-1e4]), torch.tensor([[-1e4]])
    assert bce_loss(positive, negative, real).item() == 5_000
    assert bpr_loss(positive, -negative, real).item() == 20_000
    assert sampled_softmax_loss(positive, -negative, real).item() == 20_000


@every_paired
def test_gradients_of_paired_losses_are_right(loss):
    generator = torch.Generator().manual_seed(0)
    positive = torch.randn(2, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    negative = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    real = torch.tensor([[False, True, True], [False, False, True]])
    assert torch.autograd.gradcheck(lambda *logits: loss(*logits, real), (positive, negative))


def test_gradients_of_the_other_losses_are_right():
    generator = torch.Generator().manual_seed(0)
    real, targets = torch.tensor([[False, True, True]]), torch.tensor([[0, 3, 1]])
    logits = torch.randn(1, 3, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    ratings = torch.rand(1, 3, generator=generator, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda logits: softmax_loss(logits, targets, real), logits)
    assert torch.autograd.gradcheck(lambda logits: mse_loss(logits[..., 0], ratings, real), logits)


@pytest.mark.parametrize("name", [*PAIRED, "softmax"])
def test_a_step_down_the_gradient_raises_the_positive_and_lowers_the_negatives(name):
    positive = torch.tensor([[0.3, -0.2]], requires_grad=True)
    negative = torch.tensor([[[0.1, 0.5], [-0.4, 0.0]]], requires_grad=True)
    loss = dict(all_losses(positive, negative, torch.ones(1, 2, dtype=torch.bool)))[name]
    up, down = torch.autograd.grad(loss, (positive, negative))
    assert (up < 0).all() and (down > 0).all()


@every_paired
@pytest.mark.parametrize(
    ("positive", "negative", "real", "message"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 3, 4), torch.ones(2, 3), "real must be bool"),
        (
            torch.zeros(2, 3),
            torch.zeros(2, 3, 4),
            torch.ones(2, 1, dtype=torch.bool),
            "positive must have the shape",
        ),
        (
            torch.zeros(2, 3),
            torch.zeros(2, 3),
            torch.ones(2, 3, dtype=torch.bool),
            r"negative must be \(2, 3\) \+ \(N,",
        ),
        (
            torch.zeros(2, 3),
            torch.zeros(2, 3, 0),
            torch.ones(2, 3, dtype=torch.bool),
            "N of 1 or more",
        ),
    ],
)
def test_shapes_that_do_not_match_are_refused_not_broadcast(
    loss, positive, negative, real, message
):
    with pytest.raises(ValueError, match=message):
        loss(positive, negative, real)


def test_other_misfits_are_refused():
    real = torch.ones(2, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="ratings must have the shape"):
        mse_loss(torch.zeros(2, 3), torch.zeros(2), real)
    with pytest.raises(ValueError, match=r"logits must be \(2, 3\)"):
        softmax_loss(torch.zeros(2, 9), torch.ones(2, 3, dtype=torch.long), real)
    for target in (0, 9, -1):
        with pytest.raises(ValueError, match="targets at real positions must be 1 to 8"):
            softmax_loss(torch.zeros(2, 3, 9), torch.full((2, 3), target), real)
    with pytest.raises(ValueError, match="log_q must have the shape of negative"):
        sampled_softmax_loss(torch.zeros(2, 3), torch.zeros(2, 3, 4), real, log_q=torch.zeros(4))
    for t in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="t must lie between 0"):
            gbce_loss(torch.zeros(2, 3), torch.zeros(2, 3, 4), real, n_items=50, t=t)
    for n_items in (4, 50.0):
        with pytest.raises(ValueError, match="n_items"):
            gbce_loss(torch.zeros(2, 3), torch.zeros(2, 3, 4), real, n_items=n_items, t=0.5)
