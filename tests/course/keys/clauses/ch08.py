"""What breaks each sentence of chapter 08's stubs. See `table`."""

import torch

from seqrec.models import SASRec


class _SumsTheLoss(SASRec):
    """The method that was given, edited: a sum in place of the mean."""

    def softmax_loss(self, states, targets):
        return super().softmax_loss(states, targets) * len(targets)


class _TargetsFromZero(SASRec):
    """The method that was given, edited: reads targets as if they came from 0."""

    def softmax_loss(self, states, targets):
        return super().softmax_loss(states, targets % self.n_items + 1)


class _OneStateAtMost(SASRec):
    """The method that was given, edited: reads the first state alone."""

    def softmax_loss(self, states, targets):
        return super().softmax_loss(states[:1], targets[:1])


class _ScoresInTrainingMode(SASRec):
    """The method that was given, edited: nobody calls `eval`."""

    @torch.no_grad()
    def score_catalogue(self, histories):
        return self(histories)[:, -1].log_softmax(dim=-1)


class _StaysInEvaluationMode(SASRec):
    """The method that was given, edited: dropout is off from then on."""

    @torch.no_grad()
    def score_catalogue(self, histories):
        return self.eval()(histories)[:, -1].log_softmax(dim=-1)


class _ScoresWithoutPadding(SASRec):
    """The method that was given, edited: column 0 is gone."""

    @torch.no_grad()
    def score_catalogue(self, histories):
        return super().score_catalogue(histories)[:, 1:]


def _for_one_row_only(items):
    return items[:, (items[0] != 0).int().argmax() :]


def _for_two_rows_or_more(items):
    used = (items.squeeze(0) != 0).any(dim=0)
    return items[:, int(used.int().argmax()) :] if used.any() else items[:, -1:]


def _gives_32_bits(items):
    used = (items != 0).any(dim=0)
    return (items[:, int(used.int().argmax()) :] if used.any() else items[:, -1:]).int()


def _empties_the_sequences(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        sequences[rows] = 0
        asked = batch[:, :-1] != 0
        states = network.encoder(batch[:, :-1])[asked]
        return network.softmax_loss(states, batch[:, 1:][asked])

    return loss


def _needs_a_generator(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows[torch.randperm(len(rows), generator=generator)[:1]]]
        asked = batch[:, :-1] != 0
        states = network.encoder(batch[:, :-1])[asked]
        return network.softmax_loss(states, batch[:, 1:][asked])

    return loss


def _one_number_in_a_row(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        asked = batch[:, :-1] != 0
        states = network.encoder(batch[:, :-1])[asked]
        return network.softmax_loss(states, batch[:, 1:][asked])[None]

    return loss


CLAUSES = {
    "8.1": {
        "A causal transformer: what comes after each position?": (
            "reads backwards",
            "the newest position only",
        ),
        "Logits of what follows each position.": ("log-softmax", "a sigmoid"),
        "items: (B, L) long, left-padded -> (B, L, n_items + 1).": (
            "states of padding are 0",
            "the axes exchanged",
            "no column for PAD",
        ),
        "self.encoder(items) gives the states (B, L, D).": "embeddings instead of states",
        "self.encoder.item.weight is (n_items + 2, D)": (
            "all rows of the embedding",
            "MASK as a product",
        ),
        "Column j of the logits is product j;": ("one row too early", "one row too late"),
        "column 0 is -inf.": ("PAD with a logit of 0", "PAD with a large negative number"),
        "Mean cross-entropy over all products.": _SumsTheLoss,
        "states: (K, D).": _OneStateAtMost,
        "targets: (K,) from 1.": _TargetsFromZero,
        "Log-probabilities of the next click, in eval mode.": (
            _ScoresInTrainingMode,
            _StaysInEvaluationMode,
        ),
        "histories: (B, L) -> (B, n_items + 1), column 0 is -inf.": _ScoresWithoutPadding,
    },
    "8.2": {
        "The batch without the columns of padding that all its rows share.": (
            "keeps what all rows have",
            "the empty columns",
            "drops rows",
        ),
        "items: (B, L) long, left-padded with 0, B of 1 or more.": (
            _for_one_row_only,
            _for_two_rows_or_more,
            _gives_32_bits,
            "padding on the right",
        ),
        "Returns (B, l): the columns from the first with an item on.": (
            "one column too many",
            "one column too few",
            "cuts on the right",
        ),
        "A batch of nothing but padding keeps its last column.": (
            "keeps a batch of padding whole",
            "leaves nothing of padding",
        ),
    },
    "8.3": {
        "At each position, the click that follows it": (
            "no shift",
            "shifted by two",
            "the newest position only",
        ),
        "sequences: (n, max_len + 1) long, left-padded with 0.": (
            "padding as a target",
            "the whole log",
            _empties_the_sequences,
        ),
        "Returns a function, loss(network, rows, generator):": "a mean for each position",
        "rows: (B,) long, the sequences of this step.": ("the first rows", "one row"),
        "generator is not needed.": _needs_a_generator,
        "network: network.encoder(items) gives states": (
            "embeddings instead of states",
            "evaluation mode",
            "divided by the number of positions again",
        ),
        "Returns the mean loss over all positions at which an item is read and one follows": (
            "asks before the first click",
            "a mean of means",
            "the sum",
            "no gradient",
            _one_number_in_a_row,
        ),
    },
    "8.4": {
        "Logits of some products at each position: the dot product": (
            "every product",
            "negative distances",
            "one state for all",
        ),
        "network.encoder.item(items) gives embeddings": (
            "one row before",
            "no axis for the items",
            "the embedding detached",
        ),
        "states: (K, D).": ("the mean state for all", "the states detached"),
        "items: (K, N) long from 1.": ("the first row's products for all", "one row after"),
        "Returns (K, N).": ("the axes exchanged", "squeezed"),
    },
    "8.5": {
        "E[outcome | history, item] from a state and an item's embedding.": (
            "a dot product",
            "a sigmoid",
            "states detached",
        ),
        "states, vectors: (..., D) each.": ("along axis 1", "along the first axis"),
        "Returns (...).": ("keeps the last axis", "loses all axes of one", "flat"),
        "The layers read, side by side: the state, the vector, and their product": (
            "the item first",
            "interleaved",
            "no product",
        ),
    },
}
