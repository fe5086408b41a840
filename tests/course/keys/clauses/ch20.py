"""What breaks each sentence of the stubs of "In one scroll". See `table`."""

import torch

from seqrec.models.plain import Encoder, training_rows
from tests.course.keys.clauses.table import NOTHING


def _refuses_nothing(histories, max_len):
    if not any(len(history) > 1 for history in histories):
        raise ValueError("no rows")
    return training_rows(histories, max_len)


def _of_int32(histories, max_len):
    return training_rows(histories, max_len).int()


def _as_lists(histories, max_len):
    return training_rows(histories, max_len).tolist()


class _ForFullRowsOnly(Encoder):
    """Reads batches of max_len alone."""

    def forward(self, items):
        if items.shape[1] != len(self.position.weight):
            raise ValueError("not max_len")
        return super().forward(items)


def _shown_before_its_newest(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        probabilities = law(histories[:, -max_len - 1 : -1])
        drawn = torch.multinomial(probabilities, 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


CLAUSES = {
    "20.1": {
        "Rows of max_len + 1 places, cut from the newest click backwards.": (
            "max_len wide",
            "cut from the oldest click",
        ),
        "histories:": NOTHING,
        "Zeros fill a row on the left.": "pads on the right",
        "Neighbours of one history share an item,": (
            "neighbours share nothing",
            "a row for every click",
            "the newest row only",
        ),
        "The newest row comes first.": "the oldest row first",
        "A history with fewer than two clicks gives no row.": "rows with a single click",
        "Returns (n, max_len + 1) long,": (_of_int32, _as_lists, _refuses_nothing),
    },
    "20.2": {
        "H attentions side by side,": "heads by a bare reshape",
        "x: (B, L, D).": NOTHING,
        "visible: (B, 1, L, L) bool,": ("the mask turned round", "no mask"),
        "self.project(x) is (B, L, 3 D): queries, then keys, then values.": "keys in place of "
        "values",
        "Of each of these, head h has the columns": "heads before q, k, v",
        "Scores are divided by the root of d.": ("not scaled", "scaled by the whole width"),
        "self.merge mixes the heads, side by side again.": (
            "heads not merged",
            "joins without exchanging axes",
        ),
        "Returns (B, L, D).": "joins without exchanging axes",
    },
    "20.3": {
        "x + attention(norm(x)), then x + network(norm(x)).": ("post-norm", "side by side"),
        "x: (B, L, D).": NOTHING,
        "visible: (B, 1, L, L) bool.": NOTHING,
        "norms[0] is the attention's,": ("norms exchanged", "one norm for both"),
        "Returns (B, L, D).": "nothing is added",
    },
    "20.4": {
        "Item + position, then causal blocks, then a last norm.": ("no positions", "no last norm"),
        "items: (B, L) long, L of max_len or less,": (_ForFullRowsOnly, "positions from max_len"),
        "A position sees itself, and the clicks before it;": (
            "sees the future",
            "does not see itself",
        ),
        "nobody else sees padding.": "sees padding",
        "Row 0 of self.position.weight is the newest place,": "positions from the start",
        "The last norm comes behind the blocks.": "no last norm",
        "Returns states (B, L, D), finite everywhere.": "padding has nothing to see",
    },
    "20.5": {
        "A causal transformer that says at each position what comes next.": NOTHING,
        "items: (B, L) long.": NOTHING,
        "Returns logits (B, L, n_items): column j - 1 is item j.": (
            "rows from 0",
            "probabilities in place of logits",
        ),
        "self.encoder.item.weight is (n_items + 2, D):": "PAD and MASK are products",
        "rows: (B, max_len + 1) long.": "targets not shifted",
        "Returns the mean cross-entropy, a scalar.": ("a sum", "a softmax before the loss"),
        "The mean is over all positions of all rows that read a click,": (
            "padding counts",
            "the newest position only",
            "a mean of rows' means",
        ),
    },
    "20.6": {
        "One step of gradient descent on the batch `rows`.": "update before the gradient",
        "network.loss(rows) is what is to shrink.": "emptied before the update",
        "A gradient that is longer than max_norm,": ("not clipped", "clips each value"),
        "What earlier steps left in the gradients has no effect.": "gradients add up",
        "Returns the loss before the step, a float.": ("the loss after the step", "gives a tensor"),
    },
    "20.7": {
        "Draw each next click from a model, append it, ask again.": ("the likeliest", "asks once"),
        "law(histories): (B, L) long,": "shows all",
        "column j - 1 is item j.": "items from 0",
        "histories: (B, L) long, no padding.": NOTHING,
        "The model is shown the newest max_len clicks.": (
            "shows the oldest",
            _shown_before_its_newest,
        ),
        "Each row draws for itself, by `generator`,": (
            "one draw for all rows",
            "the global generator",
        ),
        "Returns (B, L + n_steps) long:": (
            "gives the drawn clicks only",
            "appends on the left",
        ),
    },
}
