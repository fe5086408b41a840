"""What a model is asked to get right, as numbers to be made small.

    mse_loss(predictions, ratings, real)                   a rating, as a number
    bce_loss(positive, negative, real)                     is this pair a click, yes or no?
    bpr_loss(positive, negative, real)                     the positive above each of its negatives
    softmax_loss(logits, targets, real)                    the one next item among all items
    sampled_softmax_loss(positive, negative, real, log_q)  the same, estimated from a few items
    in_batch_loss(logits, items, log_q)                    the same, from the targets of the batch
    gbce_loss(positive, negative, real, n_items, t)        BCE whose probabilities survive sampling

`positive` (B, L) holds the logit of the item that followed, `negative` (B, L, N) those of its
negatives. Any shape will do instead of (B, L), also (B,), or (B, P) with P positions.

`real` (B, L) bool is True where there is something to learn from: usually ``targets != 0``. What
stands under padding does not matter, not even if it is NaN or infinite: it is left out before
anything is computed, and its gradient is 0. Each loss is the mean over real positions, a scalar; a
batch without a real position has no mean and is a ValueError.

All are written with `logsigmoid` and `logsumexp`, which do not overflow; 1 - sigmoid(s) is
sigmoid(-s). With log(sigmoid(s)) a logit of -200 would be an infinite loss.

Axis letters: B batch, L length, N negatives, V columns (one per item id), K real positions.
"""

import math

import torch
from torch.nn.functional import logsigmoid

from seqrec.checks import check_count
from seqrec.losses.reading import check_batch, check_shapes


def mse_loss(predictions: torch.Tensor, ratings: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Mean of (prediction - rating)^2 over real positions.

    It asks for the expected rating, and for no order.

    predictions, ratings, real: (B, L) each.

    Raises ValueError for shapes that differ, or if nothing is real.
    """
    check_shapes(real, predictions=predictions, ratings=ratings)
    return (predictions[real] - ratings[real]).square().mean()


def bce_loss(positive: torch.Tensor, negative: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy: each of a position's 1 + N items is a yes-or-no question of its own.

        -(log sigmoid(s+) + sum over negatives of log(1 - sigmoid(s-))) / (1 + N)

    It asks sigmoid(logit) to be the probability that a pair *of this mixture* is a click; the
    negatives are part of it.

    positive, real: (B, L).
    negative:       (B, L, N).

    Raises ValueError for shapes that don't match, or if nothing is real.
    """
    positive, negative = _real_pairs(positive, negative, real)
    return _binary(logsigmoid(positive), negative)


def gbce_loss(
    positive: torch.Tensor, negative: torch.Tensor, real: torch.Tensor, n_items: int, t: float
) -> torch.Tensor:
    """Generalised BCE: the positive's probability is raised to the power beta.

        -(log sigmoid(s+)^beta + sum over negatives of log(1 - sigmoid(s-))) / (1 + N)
        beta  = alpha (t (1 - 1 / alpha) + 1 / alpha)
        alpha = N / (n_items - 1)        the share of items that is sampled

    (Petrov and Macdonald, "gSASRec", 2023.)
    With few negatives per positive BCE learns that clicks are common; beta below 1 takes that back.
    t = 0 is `bce_loss` (beta = 1), t = 1 gives calibrated probabilities (beta = alpha), as if all
    items had been negatives. The paper uses t around 0.75.

    positive, real: (B, L).
    negative:       (B, L, N), uniform, at most n_items - 1 of them.
    n_items:        items in the catalogue.
    t:              from 0 to 1.

    Logits of +-200 are fine.
    Raises ValueError as `bce_loss`, and for N or t out of range.
    """
    positive, negative = _real_pairs(positive, negative, real)
    N = negative.shape[1]
    if N > check_count("n_items", n_items) - 1:
        raise ValueError(
            f"n_items is {n_items!r}, so at most n_items - 1 negatives make sense, got N = {N}."
        )
    if not 0 <= t <= 1:
        raise ValueError(f"t must lie between 0 (plain BCE) and 1 (calibrated), got {t!r}.")
    alpha = N / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    return _binary(beta * logsigmoid(positive), negative)


def bpr_loss(positive: torch.Tensor, negative: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Bayesian personalised ranking: mean over the N pairs of -log sigmoid(s+ - s-).

    Only the difference counts: add 100 to all scores of a user and nothing changes. So a score
    means nothing by itself. (Rendle et al., 2009.)

    positive, real: (B, L).
    negative:       (B, L, N).

    Logits of +-200 are fine.
    Raises ValueError for shapes that don't match, or if nothing is real.
    """
    positive, negative = _real_pairs(positive, negative, real)
    return -logsigmoid(positive[:, None] - negative).mean()


def softmax_loss(logits: torch.Tensor, targets: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Cross-entropy over all items: mean of logsumexp(logits) - logit of the target.

    Every other item is a negative.

    logits:  (B, L, V), -inf for what gets no probability, such as PAD and MASK.
    targets: (B, L) column of the item that followed.
    real:    (B, L).

    Raises ValueError for shapes that don't match, a target that is padding at a real position, or
    if nothing is real.
    """
    check_shapes(real, targets=targets)
    if logits.shape[:-1] != real.shape:
        raise ValueError(f"logits must be {tuple(real.shape)} + (V,), got {tuple(logits.shape)}.")
    logits = logits[real]  # (K, V)
    targets = targets[real]  # (K,)
    if not ((targets > 0) & (targets < logits.shape[1])).all():
        raise ValueError(
            f"targets at real positions must be 1 to {logits.shape[1] - 1} (0 is padding)."
        )
    return (logits.logsumexp(dim=1) - logits.gather(1, targets[:, None]).squeeze(1)).mean()


def sampled_softmax_loss(
    positive: torch.Tensor,
    negative: torch.Tensor,
    real: torch.Tensor,
    log_q: torch.Tensor | None = None,
) -> torch.Tensor:
    """Cross-entropy over all items, its sum estimated from N negatives, drawn with probability q.

        logsumexp of s+ and of s- - log(N q)  less  s+

    The mean over draws of exp(s) / q estimates the sum over all other items of exp(s) (importance
    sampling: Bengio and Senecal, 2008; in recommenders: Yi et al., 2019). The positive is there
    with certainty, so it takes no correction (Khrylchenko et al., 2025). Draw the negatives with
    the target rejected, else it is counted twice.

    positive, real: (B, L).
    negative:       (B, L, N).
    log_q:          (B, L, N) from `seqrec.losses.log_q`. None leaves it out: a softmax over the
                    1 + N items, whose logits tend to log p - log q (van den Oord et al., 2018).
                    That keeps the order of items if q is uniform; with popular negatives popularity
                    is divided out, and popular items look bad.

    Raises ValueError for shapes that don't match, or if nothing is real.
    """
    weight = (
        torch.zeros_like(negative)
        if log_q is None
        else -log_q.to(negative) - math.log(max(1, negative.shape[-1]))
    )
    if weight.shape != negative.shape:
        raise ValueError(
            f"log_q must have the shape of negative, {tuple(negative.shape)}, got "
            f"{tuple(log_q.shape)}."
        )
    positive, negative = _real_pairs(positive, negative, real)
    weight = weight[real]
    all_logits = torch.cat([positive[:, None], negative + weight], dim=1)  # (K, 1 + N)
    return (all_logits.logsumexp(dim=1) - positive).mean()


def in_batch_loss(
    logits: torch.Tensor, items: torch.Tensor, log_q: torch.Tensor | None = None
) -> torch.Tensor:
    """`sampled_softmax_loss` whose negatives are the targets of the other rows.

    Their vectors are at hand already. A target of another row is a draw from the law of clicks, q:
    a popular item is a negative often. Dividing by q takes that back (the log-Q correction: Yi et
    al., 2019). Where another row has the *same* target it is no negative, and is left out; then the
    mean over the other columns of exp(s) / q estimates the sum over all other items of exp(s),
    without bias. (Other items that the user will like some day stay negatives: the full softmax has
    them too.)

    logits: (K, C), entry [r, c] is the logit of row r's user and column c's item.
    items:  (C,) ids from 1. The first K columns are the rows' own targets, in their order; the
            others, if any, are further negatives for all rows.
    log_q:  (C,) log-probability with which a column is this item; of a mixture, if the columns were
            drawn in two ways (Yang et al., "Mixed Negative Sampling", 2020). None leaves it out.

    Raises ValueError for shapes that don't match, a row without another column, or a log_q that is
    not finite.
    """
    check_batch(logits, items, log_q)
    K, C = logits.shape
    same = items[:K, None] == items  # (K, C): a row's own target, there and wherever else
    others = ~torch.eye(K, C, dtype=torch.bool, device=logits.device)
    negative = logits.masked_fill(same, -math.inf)[others].view(K, C - 1)
    log_q = None if log_q is None else log_q.expand(K, C)[others].view(K, C - 1)
    return sampled_softmax_loss(
        logits.diagonal(), negative, torch.ones_like(items[:K], dtype=torch.bool), log_q
    )


def _binary(log_yes, negative):
    """Mean over positions and their 1 + N questions.

    log_yes:  (K,) of the positives.
    negative: (K, N) logits.
    """
    return -(log_yes + logsigmoid(-negative).sum(dim=1)).mean() / (1 + negative.shape[1])


def _real_pairs(positive, negative, real):
    """positive (B, L) and negative (B, L, N) at real positions: (K,) and (K, N)."""
    check_shapes(real, positive=positive)
    if negative.shape[:-1] != real.shape or negative.shape[-1] == 0:
        raise ValueError(
            f"negative must be {tuple(real.shape)} + (N,) with N of 1 or more, got "
            f"{tuple(negative.shape)}."
        )
    return positive[real], negative[real]
