"""What breaks each sentence of chapter 13's stubs. See `table`."""

import torch

from seqrec.losses import multi_task_loss
from seqrec.models.backbones import additive_mask, library_inputs, positions_from_the_end


def _needs_padding(is_real):
    """Counts from the widest padding on; without padding it fails."""
    first = (~is_real).nonzero()[:, 1].min()
    return positions_from_the_end(is_real)[:, first:]


def _as_32_bits(is_real):
    return positions_from_the_end(is_real).int()


def _for_four_axes(visible, dtype=torch.float32):
    B, H, Q, K = visible.shape
    return additive_mask(visible, dtype)


def _without_gaps(name, vectors, is_real, causal):
    """Blanks what padding holds."""
    inputs = library_inputs(name, vectors, is_real, causal)
    return inputs | {"inputs_embeds": vectors * is_real[:, :, None]}


def _any_sequence(name, vectors, is_real, causal):
    """A tuple, not a dict."""
    return tuple(library_inputs(name, vectors, is_real, causal).items())


def _sees_the_future(name, vectors, is_real, causal):
    return library_inputs(name, vectors, is_real, False)


@torch.no_grad()
def _returns_ours(theirs, ours):
    theirs.requires_grad_(False)
    for weight in ours.parameters():
        weight.zero_()
    return ours


def _one_number_in_a_row(sequences, outcomes, *, weights, context=None, n_negatives=4):
    right = multi_task_loss(
        sequences, outcomes, weights=weights, context=context, n_negatives=n_negatives
    )

    def loss(network, rows, generator):
        return right(network, rows, generator)[None]

    return loss


def _needs_all_weights(sequences, outcomes, *, weights, context=None, n_negatives=4):
    all_of_them = {name: weights[name] for name in ("next_item", "click", "outcome")}
    return multi_task_loss(
        sequences, outcomes, weights=all_of_them, context=context, n_negatives=n_negatives
    )


def _needs_context(sequences, outcomes, *, weights, context=None, n_negatives=4):
    return multi_task_loss(
        sequences, outcomes, weights=weights, context=context.clone(), n_negatives=n_negatives
    )


def _on_the_cpu(is_real):
    B, L = is_real.shape
    return torch.arange(L - 1, -1, -1).expand(B, L)


def _mask_on_the_cpu(visible, dtype=torch.float32):
    return torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)


CLAUSES = {
    "13.1": {
        "Position ids for `transformers`: 0 is the newest click": (
            "counts columns from the left",
            "the newest is one",
            "negative",
        ),
        "is_real: (B, L) bool, padding on the left.": (
            "counts from the first click",
            _needs_padding,
        ),
        "Returns (B, L) long on the device of": (
            "one row",
            "floats",
            "transposed",
            _as_32_bits,
            _on_the_cpu,
        ),
        "Padding goes on counting: L - 1 at the left edge.": (
            "padding gets zeros",
            "padding gets -1",
            "padding gets L",
            "from the longest",
        ),
    },
    "13.2": {
        "A boolean mask as a sum over scores understands it.": "ones and zeros",
        "visible: (...) bool, True = may look.": ("turned round", "causal too", _for_four_axes),
        "dtype: of the scores, a floating-point type.": (
            "the lowest of 32 bits",
            "always 32 bits",
            "always -1e+09",
        ),
        "Returns the same shape in that dtype, on the same device": (
            _mask_on_the_cpu,
            "minus infinity",
            "an axis in front",
            "half the lowest",
            "one where visible",
        ),
    },
    "13.3": {
        "The arguments for the forward pass of a backbone.": ("no vectors", "vectors as ids"),
        "name: a name of BACKBONES;": "no positions",
        "BACKBONES[name].counts_positions says whether it takes": (
            "positions and permutation for XLNet",
            "positions for causal ones",
        ),
        "vectors: (B, L, D) float.": ("vectors blanked", _without_gaps),
        "is_real: (B, L) bool, padding on the left.": (
            "positions from the first click",
            "hides the future only",
        ),
        "causal: whether the future is hidden.": ("always permuted", _sees_the_future),
        "Returns a dict, all of it on the device of vectors:": (
            _any_sequence,
            "one for padding",
            "a boolean mask",
            "positions from the left",
        ),
        'only for a backbone that takes it "perm_mask"': (
            "positions for all, no permutation",
            "permutation is visibility",
            "a boolean permutation",
            "a permutation in 32 bits",
        ),
        "only for a causal backbone that has no position_ids (XLNet).": (
            "permutation for all causal ones",
            "permutation if not causal",
            "none for nothing",
        ),
        "What may be looked at says": ("an axis of heads", "hides itself"),
    },
    "13.4": {
        "Give `ours`, a TransformerBlock, the weights of `theirs`": (
            "not turned",
            "norms exchanged",
            "the other way",
        ),
        "Weights and biases.": ("no biases", "no norm biases", "no matrices"),
        "Returns nothing.": _returns_ours,
        "Copy the numbers into the parameters that `ours` has": (
            "data shared",
            "new parameters",
            "shared parameters",
        ),
    },
    "13.5": {
        "The loss of a training step for `MultiTask`": (
            "no weights",
            "mean of the tasks",
            "click weighted twice",
        ),
        "sequences: (n, L + 1) long, left-padded.": (
            "asks before the first click",
            "targets are what is read",
        ),
        "outcomes: (n, L + 1) float, how each event ended.": (
            "outcome of the click that is read",
            "outcome from the left",
            "outcomes of the first rows",
        ),
        "context: (n, L + 1, C) numbers of each event, or None.": (
            "context of the target",
            "context ignored",
            _needs_context,
        ),
        'weights: dict, some of "next_item", "click", "outcome" -> a number.': (
            "outcome not weighted",
            "click left out",
            _needs_all_weights,
        ),
        "Returns loss(network, rows, generator), a scalar.": (
            "sum of squares",
            "heads cut off",
            _one_number_in_a_row,
        ),
        "The network answers": (
            "outcome head for clicks",
            "click head for outcomes",
            "the last candidate is the target",
            "cross-entropy of the outcome",
        ),
    },
    "13.6": {
        "How often each place is asked for the first click of another visit.": (
            "how often the visit goes on",
            "divided by all openings",
        ),
        "sessions: (n, L + 1) array, the visit of each click of a row": "padding opens a visit",
        "All clicks but the last are read;": "whether what is read opens a visit",
        "at each the next one is to be predicted.": "whether what is read opens a visit",
        "A place is asked where a click is read.": (
            "padding opens a visit",
            "divided by all rows",
        ),
        "Returns (L,) floats: of the rows that ask the place": (
            "counts, not shares",
            "divided by all rows",
        ),
        "Entry 0 is the newest place.": "the oldest place first",
        "0.0 where no row asks.": "NaN where nothing is asked",
    },
}
