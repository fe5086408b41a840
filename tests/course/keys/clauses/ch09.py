"""What breaks each sentence of chapter 09's stubs. See `table`."""

import torch

from seqrec.losses.cloze import cloze
from seqrec.models import patched
from seqrec.training.optim import inverse_square_root


def _exactly_as_many(items, n_items, mask_prob, generator):
    """Not independent: the share of each row is always the same."""
    count = (items != 0).sum(dim=1, keepdim=True)
    draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    place = draws.argsort(dim=1).argsort(dim=1)
    is_masked = place < (count * mask_prob).round().clamp(min=1)
    is_masked &= items != 0
    return torch.where(is_masked, n_items + 1, items), is_masked


def _needs_twelve_columns(items, n_items, mask_prob, generator):
    draws = torch.rand((len(items), 12), generator=generator)[:, -items.shape[1] :]
    forced = torch.where(items != 0, draws, 2.0).argmin(dim=1, keepdim=True)
    is_masked = (draws < mask_prob).scatter(1, forced, True)
    return torch.where(is_masked, n_items + 1, items), is_masked


def _masked_as_floats(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    return masked.float(), is_masked


def _draws_with_a_seed(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows]
        same = torch.Generator().manual_seed(0)
        masked, is_masked = cloze(batch, network.n_items, mask_prob, same)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _one_number_in_a_row(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows]
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        states = network.encoder(masked)[is_masked]
        return network.softmax_loss(states, batch[is_masked])[None]

    return loss


def _reads_the_newest(self, histories):
    """Fails where there is none."""
    mask = torch.full_like(histories[:, -1], self.n_items + 1)
    was_training = self.training
    self.eval()
    with torch.no_grad():
        scores = self(torch.cat([histories, mask[:, None]], dim=1))[:, -1].log_softmax(dim=-1)
    self.train(was_training)
    return scores


def _fails_behind_the_last(encoder, clean, corrupt, block, position):
    """Has no exchange after all blocks."""
    return patched(encoder, clean, corrupt, min(block, len(encoder.blocks) - 1), position)


def _counts_from_zero(step, warmup_steps, total_steps):
    return inverse_square_root(step + 1, warmup_steps, total_steps)


def _an_array(step, warmup_steps, total_steps):
    return torch.tensor(inverse_square_root(step, warmup_steps, total_steps))


CLAUSES = {
    "9.1": {
        "Hide some items of each row.": ("the first row alone", "the same in all rows"),
        "items: (B, L) long, left-padded with 0;": ("the smallest of padding too", "whole rows"),
        "not edited.": "edits its input",
        "n_items: items are 1..n_items;": "the largest item and 1",
        "n_items + 1 is MASK.": ("0 for MASK", "the last item for MASK", "MASK is two more"),
        "mask_prob: each item is hidden with this probability, independently of the others.": (
            "always .15",
            "the probability turned round",
            "exactly one gap",
            _exactly_as_many,
        ),
        "A row of which none would be hidden hides one of its items": (
            "rows without a gap",
            "the newest where none is",
            "all of a row without gap",
        ),
        "generator: a torch.Generator.": ("another generator", "seeded inside"),
        "Returns (masked, is_masked): items with MASK where hidden": (
            "exchanged",
            "gaps as numbers",
            "True where an item is kept",
            _masked_as_floats,
        ),
        "Padding is never hidden;": "padding hidden",
        "a row of padding alone has no gap.": ("a gap in padding alone", _needs_twelve_columns),
    },
    "9.2": {
        "The items that are hidden in each sequence, anew whenever it is seen.": (
            "hides once and for all",
            "asks the others",
        ),
        "sequences: (n, L) long, left-padded with 0.": (
            "asks at padding too",
            "edits the sequences",
        ),
        "Returns a function, loss(network, rows, generator):": "no function",
        "rows: (B,) long, the sequences of this step.": ("all sequences", "the first sequences"),
        "generator: what `cloze` draws with.": (
            "another generator",
            "a new generator in each step",
            _draws_with_a_seed,
        ),
        "network: network.encoder(items) gives states (B, L, D), network.n_items": (
            "MASK by the largest",
            "reads the answers",
            "targets from 0",
        ),
        "Returns the mean loss over the gaps, a scalar tensor.": (
            "the sum",
            "asks everywhere",
            "a number",
            _one_number_in_a_row,
        ),
    },
    "9.3": {
        "Log-probabilities of what comes next: of a gap behind each history.": (
            "logits",
            "probabilities",
            "the state before",
        ),
        "self: a network with n_items, max_len and the mode `training`;": (
            "the last item for MASK",
            "the gap cut off",
        ),
        "self(items) gives logits (B, L, n_items + 1) for up to max_len + 1 columns, column 0": (
            "the first place",
            "all places",
            "the oldest dropped",
        ),
        "histories: (B, L) long, left-padded with 0, L from 0 to max_len.": (
            _reads_the_newest,
            "padding to the end",
            "the gap cut off",
        ),
        "MASK is self.n_items + 1.": ("0 for MASK", "the last item for MASK"),
        "Returns (B, n_items + 1), column 0 is -inf.": (
            "no column 0",
            "padding with a log-probability of 0",
            "over the batch",
        ),
        "The network is asked in evaluation mode, and left in the mode in which it was.": (
            "never in evaluation mode",
            "stays in evaluation mode",
            "always back to training mode",
        ),
        "No gradients are kept.": "with gradients",
    },
    "9.4": {
        "The schedule of Vaswani et al., divided by its highest value.": (
            "not divided by the peak",
            "falls too fast",
        ),
        "step: from 1.": ("counts from 0", _counts_from_zero),
        "warmup_steps: the factor is 1 there;": (
            "the peak one step late",
            "does not reach the peak",
        ),
        "0 and 1 both mean no warm-up.": ("divides by a warm-up of 0", "1 without warm-up"),
        "total_steps is not needed.": ("total for warm-up", "a line down from total"),
        "Returns a float, more than 0 and at most 1.": ("whole numbers", _an_array),
    },
    "9.5": {
        "What the encoder makes of `corrupt`, if one state is as it would be for `clean`.": (
            "roles exchanged",
            "nothing exchanged",
        ),
        "encoder: a SequenceEncoder in evaluation mode, causal or not: encoder.item,": (
            "always causal",
            "no positions",
            "no last norm",
        ),
        "clean, corrupt: (B, L) long, left-padded with 0, padded alike.": ("padding seen", "a row"),
        "block: how many blocks come before the exchange, 0 to the number of blocks.": (
            "one block late",
            "one block early",
            _fails_behind_the_last,
        ),
        "position: from 0 to L - 1, the same in each row.": (
            "always the last",
            "one place before",
            "the first row alone",
        ),
        "There the state of the run on `clean` takes the place of the other, once;": (
            "again after each later block",
            "the sum",
            "the embedding of clean",
        ),
        "all other states are those of `corrupt`.": ("all positions", "from there on"),
        "Returns the states (B, L, D) after the remaining blocks and the last norm.": (
            "one state",
            "the rest left out",
            "no last norm",
        ),
    },
}
