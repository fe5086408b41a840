"""From data to the `loss(network, rows, generator)` that `seqrec.training.train` asks for, one function per task.

    click_loss(histories, targets, N)     a click or a negative? for MeanPoolBST and BST

Axis letters: n samples, B batch, L length, N negatives per target.
"""

import torch

from seqrec.losses import bce_loss
from seqrec.negatives import uniform_negatives


def click_loss(histories, targets, n_negatives):
    """BCE with logits: what followed each history is a click, `n_negatives` random other items are none.

    The negatives are drawn anew whenever a sample is seen, uniformly, the target rejected.
    histories: (n, L) long, padded on the left; targets: (n,); both on the device of the network.
    The network answers `score_candidates` and knows `n_items`.
    """

    def loss(network, rows, generator):
        real = targets[rows]  # (B,)
        negatives = uniform_negatives(real, n_negatives, network.n_items, seed=generator)  # (B, N)
        logits = network.score_candidates(histories[rows], torch.cat([real[:, None], negatives], dim=1))
        return bce_loss(logits[:, 0], logits[:, 1:], real=real != 0)

    return loss
