"""From data to the loss that `seqrec.training.train` asks for, one function per task.

    click_loss(histories, targets, n_negatives)     a click or a negative? for MeanPoolBST and BST
    next_item_loss(sequences, kind)                 what follows each position? for SASRec
    cloze_loss(sequences, mask_prob)                what stood at the gaps? for BERT4Rec
    window_loss(histories, targets)                 what follows each history? for SRGNN
    towers_loss(sequences, n_negatives=...)         the same, told from the batch; for TwoTower
    step_loss(users, newest, targets)               what follows each newest click? for LightGCN

Each returns a `loss(network, rows, generator)`: the mean loss of the samples `rows`, a scalar.
(`multi_task` has the one for several tasks at once.)

Axis letters: n samples, B batch, L length, N negatives per target, K real positions of a batch,
C candidates, D width.
"""

from collections.abc import Callable

import torch
from torch.nn.functional import pad

from seqrec.data.padding import without_empty_columns
from seqrec.losses.chunked_softmax import chunked_softmax_loss
from seqrec.losses.cloze import cloze
from seqrec.losses.drawn_ends import at_drawn_ends
from seqrec.losses.formulas import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    in_batch_loss,
    sampled_softmax_loss,
)
from seqrec.losses.negatives import uniform_negatives
from seqrec.losses.reading import check_kind_of_loss
from seqrec.row_draws import RowDraws


def counted(with_count):
    """A loss that can also tell over how many targets it is a mean.

    Training on several ranks has to know.

    with_count: `with_count(network, rows, generator)` gives the mean and the number of targets.
                generator: a torch.Generator or a `seqrec.row_draws.RowDraws` of the rows.

    Returns the `loss(network, rows, generator)` of the mean alone; the other is its `with_count`.
    """

    def loss(network, rows, generator):
        return with_count(network, rows, generator)[0]

    loss.with_count = with_count
    return loss


def click_loss(
    histories: torch.Tensor, targets: torch.Tensor, n_negatives: int
) -> Callable[..., torch.Tensor]:
    """BCE with logits: what followed each history is a click, some random other items are none.

    histories:   (n, L) long, padded on the left, on the device of the network.
    targets:     (n,), there too.
    n_negatives: per target, drawn anew whenever a sample is seen, uniformly, the target rejected.

    The network answers `score_candidates` and knows `n_items`. It is not shown the padding that all
    rows of a batch share: more padding must change none of its scores.
    """

    def loss(network, rows, generator):
        real = targets[rows]  # (B,)
        negatives = uniform_negatives(real, n_negatives, network.n_items, seed=generator)  # (B, N)
        candidates = torch.cat([real[:, None], negatives], dim=1)  # (B, 1 + N)
        asked = without_empty_columns(histories[rows])
        logits = network.score_candidates(asked, candidates)  # (B, 1 + N)
        return bce_loss(logits[:, 0], logits[:, 1:], real=real != 0)

    return loss


def next_item_loss(
    sequences: torch.Tensor,
    kind: str = "softmax",
    *,
    is_target: torch.Tensor | None = None,
    max_len: int | None = None,
    n_negatives: int = 1,
    t: float = 0.75,
) -> Callable[..., torch.Tensor]:
    """At each position, the item that follows it, under one of the losses of chapter 04.

    sequences:   (n, max_len + 1) long, padded on the left: all but the last item are read, all but
                 the first predicted.
    kind:        "softmax" over all items, exactly; or against negatives: "sampled_softmax", "bce"
                 (with one negative it is the original SASRec), "gbce", "bpr".
    is_target:   (n, max_len + 1) bool, False where an item is read but not predicted; None predicts
                 all.
    max_len:     given, each row ends at another of its newest max_len targets whenever it is seen
                 (`seqrec.losses.drawn_ends`), and rows may be longer: what stands before is read.
    n_negatives: per target, uniform, drawn anew at each step, the target rejected.
    t:           calibrates "gbce", see `seqrec.losses.gbce_loss`.

    The network has an `encoder`, and answers `logits_of(states, items)` and
    `softmax_loss(states, targets)`. Only real positions are scored; a batch needs one target after
    an item. Raises ValueError for another kind.
    """
    check_kind_of_loss(kind)

    @counted
    def loss(network, rows, generator):
        batch = sequences[rows]
        may_ask = batch != 0 if is_target is None else is_target[rows]
        if max_len is not None:
            batch, may_ask = at_drawn_ends(batch, may_ask, max_len, generator)
        batch = without_empty_columns(batch)
        targets = batch[:, 1:]
        # Nothing is asked before the first click.
        is_real = may_ask[:, -targets.shape[1] :] & (targets != 0) & (batch[:, :-1] != 0)
        states = network.encoder(batch[:, :-1])[is_real]  # (K, D)
        targets = targets[is_real]  # (K,)
        if kind == "softmax":
            return network.softmax_loss(states, targets), len(targets)
        generator = generator.at(is_real) if isinstance(generator, RowDraws) else generator
        negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
        positive = network.logits_of(states, targets[:, None]).squeeze(1)  # (K,)
        negative = network.logits_of(states, negatives)  # (K, N)
        everywhere = torch.ones_like(targets, dtype=torch.bool)
        if kind == "gbce":
            return gbce_loss(positive, negative, everywhere, network.n_items, t), len(targets)
        sampled = {"bce": bce_loss, "bpr": bpr_loss, "sampled_softmax": sampled_softmax_loss}[kind]
        return sampled(positive, negative, everywhere), len(targets)

    return loss


def cloze_loss(
    sequences: torch.Tensor,
    mask_prob: float,
    *,
    last_only: float = 0.0,
    preference: torch.Tensor | None = None,
) -> Callable[..., torch.Tensor]:
    """The items that are hidden in each sequence, under the softmax over all items.

    They are hidden anew whenever a sequence is seen; see `seqrec.losses.cloze.cloze`.

    sequences:  (n, L) long, padded on the left. Every row has an item that may be hidden.
    mask_prob:  with which probability an item is hidden.
    last_only:  share of rows in which the newest item is hidden and nothing else.
    preference: (n, L) or None: how many times as often as `mask_prob` an item is hidden.

    The network has an `encoder` and `n_items`, and answers `softmax_loss(states, targets)`. Only
    gaps are scored.
    """

    @counted
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        liked = None if preference is None else preference[rows, -batch.shape[1] :]
        masked, is_masked = cloze(
            batch, network.n_items, mask_prob, generator, last_only=last_only, preference=liked
        )
        targets = batch[is_masked]  # (K,)
        return network.softmax_loss(network.encoder(masked)[is_masked], targets), len(targets)

    return loss


def window_loss(histories: torch.Tensor, targets: torch.Tensor) -> Callable[..., torch.Tensor]:
    """What follows each history, under the softmax over all items.

    histories: (n, L) long, padded on the left, on the device of the network.
    targets:   (n,) from 1, there too.

    The network answers `states(histories)`, (B, D), and `softmax_loss(states, targets)`.
    """

    def loss(network, rows, generator):
        states = network.states(without_empty_columns(histories[rows]))  # (B, D)
        return network.softmax_loss(states, targets[rows])

    return loss


def towers_loss(
    sequences: torch.Tensor,
    *,
    is_target: torch.Tensor | None = None,
    n_negatives: int = 0,
    corrected: bool = True,
) -> Callable[..., torch.Tensor]:
    """At each position, the item that follows it, told from those that follow the batch's others.

    sequences:   (n, max_len + 1) long, as `next_item_loss` has them.
    is_target:   (n, max_len + 1) bool or None, as `next_item_loss` has it.
    n_negatives: uniform items that all positions of a batch share as further negatives. An item
                 that is never a target is no negative in any batch without them, and its score is
                 left to chance (Yang et al., "Mixed Negative Sampling for Learning Two-tower Neural
                 Networks in Recommendations", 2020).
    corrected:   whether log q of the negatives is taken off (`seqrec.losses.in_batch_loss`);
                 without it popularity is divided out of what is learned.

    The network gives the user's vector at each position when called, and `vectors_of(items)`. A
    batch with one target and no negative has nothing to tell it from: its loss is 0.
    """
    is_asked = sequences[:, :-1] != 0
    if is_target is not None:
        is_asked = is_asked & is_target[:, 1:]
    # Of targets, up to the highest id among them.
    law = torch.bincount(sequences[:, 1:][is_asked]) / is_asked.sum()

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        is_real = is_asked[rows][:, sequences.shape[1] - batch.shape[1] :]  # (b, l)
        users = network(batch[:, :-1])[is_real]  # (K, D)
        targets = batch[:, 1:][is_real]  # (K,)
        uniform = torch.randint(
            1, network.n_items + 1, (n_negatives,), generator=generator, device=targets.device
        )
        items = torch.cat([targets, uniform])  # (C,)
        logits = users @ network.vectors_of(items).T  # (K, C)
        if len(items) == 1:
            return 0 * logits.sum()
        q = pad(law, (0, network.n_items + 1 - len(law)))[items]
        # One column is the row's own.
        q = ((len(targets) - 1) * q + n_negatives / network.n_items) / (len(items) - 1)
        return in_batch_loss(logits, items, q.log() if corrected else None)

    return loss


def step_loss(
    users: torch.Tensor, newest: torch.Tensor, targets: torch.Tensor
) -> Callable[..., torch.Tensor]:
    """What each user clicks next, under the softmax over all items.

    users:   (n,) rows, on the device of the network, as all here.
    newest:  (n,) item clicked just before.
    targets: (n,) item from 1.

    The network answers `network(users, newest)`: states (B, D), and vectors of the items 1 and up.
    """

    def loss(network, rows, generator):
        states, items = network(users[rows], newest[rows])
        return chunked_softmax_loss(states, items, targets[rows] - 1)

    return loss
