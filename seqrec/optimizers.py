"""AdamW, and what its decay leaves alone.

Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019): beside Adam's step every weight shrinks by
learning_rate * weight_decay. That is done to matrices only.

- A bias, or a norm's scale, is no complexity to be paid for.
- An embedding's row has a gradient only when its item is in the batch, but would shrink at every step: rare items would
  fade for being rare. And the PAD row, whose gradient is 0, stays exactly what it is.
"""

import torch
from torch import nn


def adamw(network, learning_rate, weight_decay):
    """AdamW for all parameters of `network` that ask for a gradient, in two groups: decayed, and not.

    The fused version: one pass over the weights instead of a dozen, 3 to 5 times as fast on a CPU.
    Raises ValueError if there is nothing to train.
    """
    spared = {id(weight) for weight in _spared(network)}  # by id: a tied weight has two names
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    if not trained:
        raise ValueError("the network has no parameter that asks for a gradient: there is nothing to train.")
    groups = [
        {"params": [weight for weight in trained if id(weight) not in spared], "weight_decay": weight_decay},
        {"params": [weight for weight in trained if id(weight) in spared], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=learning_rate, fused=True)


def _spared(network):
    for module in network.modules():
        for weight in module.parameters(recurse=False):
            if weight.ndim < 2 or isinstance(module, nn.Embedding | nn.EmbeddingBag | nn.LayerNorm):
                yield weight
