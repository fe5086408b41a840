"""Cross-entropy over a large catalogue: exact, in the memory of a few rows.

K positions times V items of logits, their softmax and its gradient would each need K V numbers:
200,000 positions times 100,000 items are 80 GB. But the gradient of cross-entropy is known in
closed form, softmax - one-hot. So each chunk of rows can be finished, gradient and all, before the
next one begins, in one buffer.

Axis letters: K positions, V items, D width.
"""

import torch

# A small catalogue: 1 MB stays in a CPU's cache from the product to the gradients. A large one: a
# matrix product needs rows to be fast, and each chunk adds to the gradient of all V vectors once.
LOGITS_AT_ONCE = 2**18
LEAST_ROWS = 64


def chunk_size(K: int, V: int) -> int:
    """How many of K rows of V logits are computed at once."""
    return min(K, max(LEAST_ROWS, LOGITS_AT_ONCE // V))


def softmax_in_chunks(
    states: torch.Tensor, vectors: torch.Tensor, targets: torch.Tensor, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Mean of logsumexp(states W') - logit of the target, and its gradients; no autograd.

    states, vectors, targets: as `chunked_softmax_loss` has them.
    size:                     positions at a time, 1 or more.

    Returns the loss, a scalar, its gradient of the states (K, D) and of the vectors (V, D). No
    tensor is larger than (size, V), (K, D) or (V, D).
    """
    K, V = len(states), len(vectors)
    buffer = states.new_empty(min(size, K), V)
    of_states = torch.empty_like(states)
    of_vectors = torch.zeros_like(vectors)
    loss = states.new_zeros(())
    for start in range(0, K, size):
        rows = states[start : start + size]
        logits = torch.mm(rows, vectors.T, out=buffer[: len(rows)])
        of_target = logits.gather(1, targets[start : start + size, None])
        largest = logits.amax(dim=1, keepdim=True)
        # In place: softmax = weights / total, one exp for loss and gradients.
        weights = logits.sub_(largest).exp_()
        total = weights.sum(dim=1, keepdim=True)
        loss += (total.log() + largest - of_target).sum()
        torch.mm(weights, vectors, out=of_states[start : start + len(rows)]).div_(total)
        of_vectors.addmm_(weights.T, rows / total)
    of_states -= vectors[targets]  # the one-hot part of softmax - one-hot
    of_vectors.index_add_(0, targets, states, alpha=-1)
    return loss / K, of_states / K, of_vectors / K


class ChunkedSoftmaxLoss(torch.autograd.Function):
    """`softmax_in_chunks`: the gradients are computed on the way forward."""

    @staticmethod
    def forward(ctx, states, vectors, targets):
        """The loss, a scalar; the gradients are kept for `backward`."""
        size = chunk_size(len(states), len(vectors))
        loss, *gradients = softmax_in_chunks(states, vectors, targets, size)
        ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    def backward(ctx, upstream):
        """The gradients that were kept, times the factor from above."""
        of_states, of_vectors = ctx.saved_tensors
        return of_states * upstream, of_vectors * upstream, None


def chunked_softmax_loss(
    states: torch.Tensor, vectors: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """`torch.nn.functional.cross_entropy` of `states @ vectors.T` against `targets`.

    states:  (K, D), K of 1 or more.
    vectors: (V, D), one per item.
    targets: (K,) rows of `vectors`, from 0.

    Returns a scalar. Memory: K D + V D numbers and one buffer of 64 V, in a small catalogue of
    2^18, instead of several times K V. Under autocast it is computed in the type of `vectors` all
    the same.
    Raises ValueError for an empty batch.
    """
    if len(states) == 0:
        raise ValueError(
            "the batch has no real position, so there is no mean: leave such batches out."
        )
    with torch.autocast(states.device.type, enabled=False):
        return ChunkedSoftmaxLoss.apply(states.to(vectors.dtype), vectors, targets)
