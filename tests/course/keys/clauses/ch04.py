"""How the coach notices that a sentence of chapter 04's stubs is broken, see `table`."""

import torch
from torch.nn.functional import (
    cross_entropy,
    logsigmoid,
    softplus,
)


def _mean(losses, real):
    return losses[real].mean()


# 4.1


def _bce(positive, negative):
    return (softplus(-positive) + softplus(negative).sum(dim=-1)) / (1 + negative.shape[-1])


def _bce_clamped(positive, negative, real):
    return _mean(_bce(positive.clamp(-20, 20), negative.clamp(-20, 20)), real)


def _bce_of_five(positive, negative, real):
    return _mean(_bce(positive, negative[..., :5]), real)


def _bce_in_one_entry(positive, negative, real):
    return _mean(_bce(positive, negative), real)[None]


# 4.2


def _bpr(positive, negative):
    return -logsigmoid(positive[..., None] - negative).mean(dim=-1)


def _bpr_clamped(positive, negative, real):
    return -logsigmoid((positive[..., None] - negative).clamp(-50, 50))[real].mean()


def _bpr_of_probabilities(positive, negative, real):
    return -torch.sigmoid(positive[..., None] - negative).clamp(1e-12)[real].log().mean()


def _bpr_for_each(positive, negative, real):
    return _bpr(positive, negative) * real


# 4.3


def _softmax_unstable(logits, targets, real):
    picked = logits.gather(-1, targets[..., None])[..., 0]
    return _mean(logits.exp().sum(dim=-1).log() - picked, real)


def _softmax_clamped(logits, targets, real):
    return cross_entropy(logits.clamp(-100, 100)[real], targets[real])


# 4.4


def _gbce(positive, negative, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    questions = beta * softplus(-positive) + softplus(negative).sum(dim=-1)
    return questions / (1 + negative.shape[-1])


def _gbce_clamped(positive, negative, real, n_items, t):
    return _mean(_gbce(positive.clamp(-20, 20), negative.clamp(-20, 20), n_items, t), real)


def _gbce_of_a_power(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    likely = torch.sigmoid(positive) ** beta
    questions = -likely.log() + softplus(negative).sum(dim=-1)
    return _mean(questions / (1 + negative.shape[-1]), real)


def _gbce_of_half_certain(positive, negative, real, n_items, t):
    return _mean(_gbce(positive, negative, n_items, max(t, 0.5)), real)


# 4.5


def _sampled(positive, negative, log_q):
    corrected = negative - log_q - torch.tensor(negative.shape[-1]).log()
    return torch.cat([positive[..., None], corrected], dim=-1)


def _sampled_unstable(positive, negative, real, log_q):
    logits = _sampled(positive, negative, log_q)
    return _mean(logits.exp().sum(dim=-1).log() - positive, real)


def _sampled_clamped(positive, negative, real, log_q):
    logits = _sampled(positive, negative, log_q).clamp(-100, 100)
    return _mean(logits.logsumexp(dim=-1) - logits[..., 0], real)


CLAUSES = {
    "4.1": {
        "Binary cross-entropy of one positive": (
            "a mean of the negatives",
            "divides by N",
            "labels exchanged",
            "divides by L",
        ),
        "positive: (B, L) logits": ("the negatives only", "sigmoid twice"),
        "negative: (B, L, N) logits.": ("one negative", _bce_of_five),
        "real: (B, L) bool": ("ignores the mask", "mask flipped"),
        "Returns a scalar tensor.": ("a plain number", "not reduced", _bce_in_one_entry),
        "Logits of +-200 are fine": (
            "clipped probabilities",
            "multiplies by the mask",
            "chooses afterwards",
            _bce_clamped,
        ),
    },
    "4.2": {
        "Mean of -log sigmoid(s+ - s-)": ("turned round", "sums the positions", "absolute"),
        "positive: (B, L) logits.": "sigmoid of the positive",
        "negative: (B, L, N) logits.": ("against the first", "across positions"),
        "real: (B, L) bool": ("ignores the mask", "mask flipped"),
        "Returns a scalar tensor.": ("a plain number", "not reduced", _bpr_for_each),
        "Logits of +-200 are fine.": ("log of the sigmoid", _bpr_clamped, _bpr_of_probabilities),
    },
    "4.3": {
        "Cross-entropy over all items": ("over the positions", "softmax over the targets"),
        "logits: (B, L, V);": ("softmax twice", "the last position only", "the first row only"),
        "column 0, padding, is -inf.": ("sigmoids of all", "padding at 0"),
        "targets: (B, L) long.": ("off by one", "one column too low", "all items"),
        "real: (B, L) bool": ("ignores the mask", "mask flipped"),
        "Returns a scalar tensor.": ("a plain number", "not reduced"),
        "Logits of +-1000 are fine.": ("exp, sum, log", _softmax_unstable, _softmax_clamped),
    },
    "4.4": {
        "BCE with the positive's probability": (
            "beta on the negatives",
            "two means",
            "divides by the weights",
        ),
        "positive: (B, L) logits.": "no beta",
        "negative: (B, L, N) logits.": ("alpha of the length", "rewards the negatives"),
        "real: (B, L) bool.": ("ignores the mask", "mask flipped"),
        "n_items: items in the catalogue.": ("alpha of n", "alpha of n + 1"),
        "t: 0 to 1.": ("t for beta", _gbce_of_half_certain),
        "At 0 the loss is BCE;": "t turned round",
        "at 1 the sigmoids": "no beta",
        "beta is linear in t.": ("t ignored", "alpha to the power t"),
        "Returns a scalar tensor.": ("a plain number", "detached"),
        "Logits of +-200 are fine.": ("log of the sigmoid", _gbce_clamped, _gbce_of_a_power),
    },
    "4.5": {
        "Softmax cross-entropy estimated": ("forgets N", "the positive is not in the sum"),
        "positive: (B, L) logits.": "does not subtract the positive",
        "negative, log_q: (B, L, N)": ("q for log q", "never reads log q", "adds log q"),
        "real: (B, L) bool.": ("ignores the mask", "mask flipped"),
        "Returns a scalar tensor.": ("a plain number", "not reduced"),
        "The positive is not corrected.": "the positive is corrected, too",
        "Logits of +-1000 are fine.": ("exp by hand", _sampled_unstable, _sampled_clamped),
    },
}
