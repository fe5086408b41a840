"""Activation patching: which state of a network carries what it knows.

After Vig et al., "Investigating Gender Bias in Language Models Using Causal Mediation Analysis"
(2020), and Meng et al., "Locating and Editing Factual Associations in GPT" (2022): a network is run
on two inputs that differ in one thing, and one state of the one run is put into the other. What of
the difference comes back was in that state.

Axis letters: B batch, L length, D width.
"""

import torch

from seqrec.models.attention import visible_mask
from seqrec.models.encoder import SequenceEncoder


def states_by_layer(encoder: SequenceEncoder, items: torch.Tensor) -> list[torch.Tensor]:
    """The states before the first block and after each, without dropout of the embeddings.

    encoder: in eval mode
    items:   (B, L) long, 0 = padding

    Returns n_blocks + 1 tensors (B, L, D), none of which went through the encoder's last norm.
    """
    visible = visible_mask(items, encoder.causal)
    states = [encoder.item(items) + encoder.position(items.shape[1])]
    for block in encoder.blocks:
        x, _ = block(states[-1], visible)
        states.append(x)
    return states


def patched(
    encoder: SequenceEncoder,
    clean: torch.Tensor,
    corrupt: torch.Tensor,
    block: int,
    position: int,
) -> torch.Tensor:
    """What the encoder says of `corrupt`, if one state is as it would be for `clean`.

    encoder:  in eval mode
    clean:    (B, L) long, 0 = padding
    corrupt:  (B, L) long, of the same shape
    block:    how many blocks come before the exchange: 0 is before the first
    position: the column whose state is taken from the run on `clean`

    Returns states (B, L, D) after the remaining blocks and the last norm.
    """
    x = states_by_layer(encoder, corrupt)[block].clone()
    x[:, position] = states_by_layer(encoder, clean)[block][:, position]
    visible = visible_mask(corrupt, encoder.causal)
    for following in encoder.blocks[block:]:
        x, _ = following(x, visible)
    return encoder.norm(x)  # (B, L, D)
