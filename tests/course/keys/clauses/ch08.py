"""What breaks each sentence of chapter 08's stubs. See `table`."""

import torch

from seqrec.baselines.gru4rec import gru_step
from seqrec.losses import outcome_pairs, softmax_in_chunks
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


def _needs_two_positions(states, vectors, targets, size):
    return softmax_in_chunks(states[1:], vectors, targets[1:], size)


def _reads_the_first_vectors(states, vectors, targets, size):
    return softmax_in_chunks(states, vectors[: states.shape[1]], targets, size)


def _targets_from_one(states, vectors, targets, size):
    return softmax_in_chunks(states, vectors, (targets - 1).clamp(min=0), size)


def _drops_the_short_chunk(states, vectors, targets, size):
    whole = max(len(states) // size, 1) * size
    return softmax_in_chunks(states[:whole], vectors, targets[:whole], size)


def _one_number_in_a_vector(states, vectors, targets, size):
    loss, *gradients = softmax_in_chunks(states, vectors, targets, size)
    return loss[None], *gradients


def _edits_the_states(states, vectors, targets, size):
    answer = softmax_in_chunks(states, vectors, targets, size)
    states.zero_()
    return answer


def _keeps_nothing_of_the_new(gru, clicks, states):
    return gru_step(gru, clicks, states) * 0 + states


def _first_row_alone(gru, clicks, states):
    return gru_step(gru, clicks, states[:1].expand_as(states))


def _first_click_alone(gru, clicks, states):
    return gru_step(gru, clicks[:1].expand_as(clicks), states)


def _transposed(gru, clicks, states):
    return gru_step(gru, clicks, states).T


def _not_flat(network, sequences, outcomes):
    read = sequences[:, :-1]
    return network.encoder(read), sequences[:, 1:], outcomes[:, 1:]


def _rounded(network, sequences, outcomes):
    states, items, ended = outcome_pairs(network, sequences, outcomes)
    return states, items, ended.long()


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
        "Cross-entropy over all products and its gradients, `size` positions at a time.": (
            "sigmoids",
            "softmax over the positions",
        ),
        "states: (K, D), K of 1 or more.": (_needs_two_positions, _edits_the_states),
        "vectors: (V, D), one a product.": _reads_the_first_vectors,
        "targets: (K,) long, rows of `vectors`, from 0.": _targets_from_one,
        "size: positions at a time, 1 or more.": "no more than the first chunk",
        "The last chunk may be shorter.": ("a mean of the chunks' means", _drops_the_short_chunk),
        "Returns the mean of logsumexp(logits) - logit of the target, a scalar tensor;": (
            "sums",
            "a Python number",
            _one_number_in_a_vector,
        ),
        "its gradient of the states, (K, D);": ("gradients exchanged", "gradients not divided"),
        "and its gradient of the vectors, (V, D).": ("the last chunk's vectors", "no one-hot"),
        "No tensor has more numbers than the largest of": "all at once",
        "The arguments may ask for no gradients, so autograd is of no use.": "by autograd",
        "Logits may be in the hundreds.": "overflows",
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
        "The states of a GRU after one more click.": (
            "the update gate turned round",
            _keeps_nothing_of_the_new,
        ),
        "gru: holds weight_ih (3 S, D), that is W_r, W_z and W_n one below the other;": (
            "interleaved",
            "n comes first",
        ),
        "weight_hh (3 S, S), U_r, U_z, U_n;": "gates in another order",
        "bias_ih (3 S,), b;": "reads no click",
        "bias_hh (3 S,), c.": "no bias of the state",
        "clicks: (B, D), x.": _first_click_alone,
        "states: (B, S), h.": _first_row_alone,
        "Returns h' = (1 - z) n + z h, (B, S), with r, z and n as in the formulas above.": (
            "n alone",
            "no reset gate",
            _transposed,
        ),
    },
    "8.5": {
        "What a head learns from: who asks, about which item, and what became of it.": (
            "outcomes before items"
        ),
        "sequences: (B, L + 1) long, left-padded with 0.": "padding too",
        "outcomes: (B, L + 1) float, how each event ended.": _rounded,
        "network: network.encoder(items) gives states, (B, l) -> (B, l, D).": (
            "embeddings instead of states"
        ),
        "Of each position at which an item is read and one follows:": (
            "asks before the first click",
            "the newest position only",
            "the state has read the item",
            "the item that was read",
            "the outcome of the click that was read",
        ),
        "Returns (K, D), (K,), (K,), row by row.": (_not_flat, "vectors instead of items"),
    },
}
