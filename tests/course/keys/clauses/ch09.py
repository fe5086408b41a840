"""What breaks each sentence of chapter 09's stubs. See `table`."""

import torch

from seqrec.losses.cloze import cloze
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


def _only_for_matrices(network, states):
    logits = states.flatten(0, -2)
    logits = network.transform(logits) @ network.item_vectors.T + network.bias
    return torch.cat([torch.full((len(logits), 1), -torch.inf), logits], dim=1)


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


def _edits_the_histories(histories, n_items):
    histories[histories == 0] = n_items + 1
    mask = torch.full((len(histories), 1), n_items + 1)
    return torch.cat([torch.where(histories > n_items, 0, histories), mask], dim=1)


def _reads_the_newest(histories, n_items):
    """Fails where there is none."""
    mask = torch.full_like(histories[:, -1], n_items + 1)
    return torch.cat([histories, mask[:, None]], dim=1)


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
        "Logits of all items at each state.": ("log-probabilities", "the newest state"),
        "network.transform(states): (..., D) -> (..., D), the layer with its GELU.": (
            "no layer",
            "no GELU",
            "GELU twice",
        ),
        "network.item_vectors: (n_items, D), row j - 1 is item j.": (
            "item 1 lost",
            "detached items",
            "the layer on the items",
        ),
        "network.bias: (n_items,).": ("no bias", "the bias subtracted"),
        "states: (..., D).": (_only_for_matrices, "the last entry"),
        "Returns (..., n_items + 1): column j is item j, column 0, padding, is -inf": (
            "no column for padding",
            "padding with a logit of 0",
            "the column behind",
        ),
    },
    "9.3": {
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
    "9.4": {
        "The histories with a gap at the end": ("in front", "instead of the newest click"),
        "histories: (B, L) long, left-padded with 0, L of 0 or more.": (
            _edits_the_histories,
            _reads_the_newest,
            "padding to the end",
        ),
        "Returns (B, L + 1): MASK, n_items + 1, comes last.": (
            "two of them",
            "two more",
            "numbers with a point",
        ),
    },
    "9.5": {
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
}
