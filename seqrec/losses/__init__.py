"""What a model is asked, as a number.

formulas          the losses of chapter 04
negatives, hard   what a click is told from: uniform, by popularity, in the batch; the hardest
weighted_draws    how negatives are drawn
cloze             which items of a sequence are hidden
drawn_ends        rows that end at another click whenever they are seen
chunked_softmax   the exact softmax over a large catalogue, without holding all its logits
objectives        from data to the loss of a batch: one function per task
multi_task        the same, for three tasks at once
outcome           what follows, and how it ended
reading           what samplers and losses are given, checked
"""

from seqrec.losses.chunked_softmax import chunked_softmax_loss, softmax_in_chunks
from seqrec.losses.formulas import (
    bce_loss,
    bpr_loss,
    gbce_loss,
    in_batch_loss,
    mse_loss,
    sampled_softmax_loss,
    softmax_loss,
)
from seqrec.losses.hard import hard_negatives
from seqrec.losses.multi_task import multi_task_loss
from seqrec.losses.negatives import (
    in_batch_negatives,
    log_q,
    popularity_negatives,
    uniform_negatives,
)
from seqrec.losses.objectives import (
    click_loss,
    cloze_loss,
    next_item_loss,
    step_loss,
    towers_loss,
    window_loss,
)
from seqrec.losses.outcome import outcome_loss, outcome_pairs

__all__ = [
    "bce_loss",
    "bpr_loss",
    "chunked_softmax_loss",
    "click_loss",
    "cloze_loss",
    "gbce_loss",
    "hard_negatives",
    "in_batch_loss",
    "in_batch_negatives",
    "log_q",
    "mse_loss",
    "multi_task_loss",
    "next_item_loss",
    "outcome_loss",
    "outcome_pairs",
    "popularity_negatives",
    "sampled_softmax_loss",
    "softmax_in_chunks",
    "softmax_loss",
    "step_loss",
    "towers_loss",
    "uniform_negatives",
    "window_loss",
]
