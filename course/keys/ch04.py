"""Answer key of chapter 04."""

import math

import torch
from torch.nn.functional import cross_entropy, logsigmoid

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    Misconception,
    Probe,
    Quiz,
)
from seqrec.losses import bce_loss, bpr_loss, gbce_loss, sampled_softmax_loss, softmax_loss

# --- What the probes of several exercises share ---------------------------------------------------


def _normal(rng, *shape, scale=1.0):
    return torch.from_numpy(rng.normal(size=shape) * scale).float()


def _some_real(rng, B, L):
    """In each row some positions, in each another number of them as far as L goes."""
    real = torch.from_numpy(rng.random((B, L)) < 0.5)
    real[:, -1] = True
    real[0] = True
    real[0, 0] = real[1, :-1] = False
    return real


def _at_large_logits(answer, logits, *rest):
    """The loss at these logits and at twice as large ones; in words where it can't be right."""
    small = answer(*logits, *rest)
    large = answer(*(2 * each for each in logits), *rest)
    if not isinstance(large, torch.Tensor) or large.ndim:
        return large
    finite = bool(large.isfinite())
    grows = finite and bool(large.abs() > 1.5 * small.abs())
    return {
        "finite": finite,
        "grows with the logits": grows,
        "loss": large.float() if grows else None,
    }


def _pairs(rng):
    """Two small ones and five random ones: positive, negative, real, label."""
    yield (
        torch.tensor([[0.5]]),
        torch.tensor([[[-0.3]]]),
        torch.tensor([[True]]),
        "one position, one negative",
    )
    yield (
        torch.tensor([[1.1, 0.2, -0.4]]),
        torch.tensor([[[0.8, -0.9], [0.1, 0.7], [0.3, 0.6]]]),
        torch.tensor([[False, True, True]]),
        "two positions behind one of padding",
    )
    for B, L, N in ((3, 4, 5), (2, 5, 3), (4, 3, 6), (3, 5, 2), (2, 6, 4)):
        yield (
            _normal(rng, B, L),
            _normal(rng, B, L, N),
            _some_real(rng, B, L),
            "random, with padding",
        )


def _pair_probes(rng):
    """positive, negative, real: small ones, random ones with gradients, large logits."""
    for *pair, label in _pairs(rng):
        yield Probe(tuple(pair), label=label, gradients=label.startswith("random"))
    yield _large_probe()


def _large_probe(*more):
    logits = (
        torch.tensor([[0.5, -100.0, 90.0]]),
        torch.tensor([[[0.6], [95.0], [-100.0]]]),
    )
    return Probe(
        (logits, torch.tensor([[False, True, True]]), *more),
        label="logits of 100, and of 200",
        call=_at_large_logits,
        edge=True,
    )


def _rows_first(each, real):
    """The mean of the rows' means."""
    return torch.stack([row[mine].mean() for row, mine in zip(each, real, strict=True)]).mean()


_IGNORES = (
    "Padding votes in your loss: the mask is ignored. Take only the positions where `real` is True."
)
_MULTIPLIES = (
    "You multiply by the mask, but divide by all positions, padding included, which makes the loss "
    "smaller. Leave padding out first: `positive[real]`."
)
_TURNS = (
    "Your mask is turned round: you keep the padding and leave out what is real. `real` is True "
    "where a position counts."
)
_SUMS = (
    "You sum over the positions. Take the mean over the real ones, or larger batches get larger "
    "steps."
)
_BY_ROWS = (
    "You take the mean of each row first, then the mean of the rows. So a position of a short "
    "history weighs more than one of a long history: take one mean over all real positions."
)
_BY_USERS = (
    "You divide by the number of rows, B. The loss is a mean over the real *positions*: divide by "
    "`real.sum()`."
)
_FLIPPED = (
    "You read the mask from the wrong end, as if padding stood on the other side. `real[b, l]` "
    "belongs to position l: don't flip it."
)
_BY_LENGTH = (
    "You divide by the length L. The loss is a mean over all real positions: divide by "
    "`real.sum()`."
)
_ITEM = (
    "You return a plain number (`.item()`, `float`). No gradient can flow back from it, so nothing "
    "is learned: return the scalar tensor."
)
_DETACHED = (
    "The loss is right, but detached: no gradient flows back (`detach`, `no_grad`, a detour "
    "through NumPy), so nothing is learned."
)
_ZERO_LOGITS = (
    "You set the logits of padding to 0 and let them take part: a logit of 0 costs log 2, not "
    "nothing. Leave these positions out: `positive[real]`."
)


# --- 4.1 BCE --------------------------------------------------------------------------------------


def _bce_probes(rng):
    yield from _pair_probes(rng)
    nan = float("nan")
    yield Probe(
        (
            torch.tensor([[nan, 1.0, 0.2]]),
            torch.tensor([[[nan, nan], [0.5, -0.7], [0.3, 0.9]]]),
            torch.tensor([[False, True, True]]),
        ),
        label="NaN under padding",
        gradients=True,
        edge=True,
    )


def _bce_each(positive, negative):
    return -(logsigmoid(positive) + logsigmoid(-negative).sum(-1)) / (1 + negative.shape[-1])


def _bce_multiplied(positive, negative, real):
    return (_bce_each(positive, negative) * real).mean()


def _bce_ignores_the_mask(positive, negative, real):
    return _bce_each(positive, negative).mean()


def _bce_mask_turned(positive, negative, real):
    return _bce_each(positive, negative)[~real].mean()


def _bce_chosen_afterwards(positive, negative, real):
    return _bce_each(positive, negative)[real].mean()


def _bce_multiplied_and_counted(positive, negative, real):
    return (_bce_each(positive, negative) * real).sum() / real.sum()


def _bce_zero_logits(positive, negative, real):
    return _bce_each(positive * real, negative * real[..., None]).mean()


def _bce_log_of_sigmoid(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(positive.sigmoid().log() + (1 - negative.sigmoid()).log().sum(1)).mean() / (
        1 + negative.shape[1]
    )


def _bce_clipped(positive, negative, real):
    positive, negative = positive[real].sigmoid(), negative[real].sigmoid()
    yes, no = positive.clamp(min=1e-7).log(), (1 - negative).clamp(min=1e-7).log()
    return -(yes + no.sum(1)).mean() / (1 + negative.shape[1])


def _bce_negatives_rewarded(positive, negative, real):
    return _bce_each(positive[real], -negative[real]).mean()


def _bce_exchanged(positive, negative, real):
    return _bce_each(-positive[real], -negative[real]).mean()


def _bce_one_less_log(positive, negative, real):
    positive, negative = positive[real], negative[real]
    no = (1 - logsigmoid(negative)).sum(1)
    return -(logsigmoid(positive) + no).mean() / (1 + negative.shape[1])


def _bce_no_subtracted(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) - logsigmoid(-negative).sum(1)).mean() / (1 + negative.shape[1])


def _bce_halves(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(-negative).mean(1)).mean() / 2


def _bce_two_means(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(-negative).mean(1)).mean()


def _bce_mean_logit(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return _bce_each(positive, negative.mean(1, keepdim=True)).mean()


def _bce_first_negative(positive, negative, real):
    return _bce_each(positive[real], negative[real][:, :1]).mean()


def _bce_hardest_negative(positive, negative, real):
    return _bce_each(positive[real], negative[real].amax(1, keepdim=True)).mean()


def _bce_positive_only(positive, negative, real):
    return -logsigmoid(positive[real]).mean()


def _bce_negatives_only(positive, negative, real):
    return -logsigmoid(-negative[real]).mean()


def _bce_summed(positive, negative, real):
    return _bce_each(positive[real], negative[real]).mean() * (1 + negative.shape[-1])


def _bce_by_n(positive, negative, real):
    return _bce_summed(positive, negative, real) / negative.shape[-1]


def _bce_by_one_more_than_the_length(positive, negative, real):
    return _bce_summed(positive, negative, real) / (1 + real.shape[1])


def _bce_summed_positions(positive, negative, real):
    return _bce_each(positive[real], negative[real]).sum()


def _bce_summed_all(positive, negative, real):
    return _bce_each(positive[real], negative[real]).sum() * (1 + negative.shape[-1])


def _bce_by_users(positive, negative, real):
    return _bce_each(positive[real], negative[real]).sum() / len(real)


def _bce_rows_first(positive, negative, real):
    return _rows_first(_bce_each(positive, negative), real)


def _bce_not_reduced(positive, negative, real):
    return _bce_each(positive[real], negative[real])


def _bce_without_log(positive, negative, real):
    positive, negative = positive[real], negative[real]
    yes, no = positive.sigmoid(), (1 - negative.sigmoid()).sum(1)
    return -(yes + no).mean() / (1 + negative.shape[1])


def _bce_sigmoid_twice(positive, negative, real):
    return _bce_each(positive[real].sigmoid(), negative[real].sigmoid()).mean()


def _bce_no_sigmoid(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return (negative.sum(1) - positive).mean() / (1 + negative.shape[1])


def _bce_squares(positive, negative, real):
    positive, negative = positive[real].sigmoid(), negative[real].sigmoid()
    return ((1 - positive) ** 2 + (negative**2).sum(1)).mean() / (1 + negative.shape[1])


def _bce_as_bpr(positive, negative, real):
    return bpr_loss(positive, negative, real)


def _bce_base_two(positive, negative, real):
    return bce_loss(positive, negative, real) / math.log(2)


def _bce_sign(positive, negative, real):
    return -bce_loss(positive, negative, real)


def _bce_first_row(positive, negative, real):
    return bce_loss(positive[:1], negative[:1], real[:1])


def _bce_last_positions(positive, negative, real):
    return bce_loss(positive[:, -1:], negative[:, -1:], real[:, -1:])


def _bce_flipped(positive, negative, real):
    return bce_loss(positive, negative, real.flip(1))


def _bce_by_length(positive, negative, real):
    return bce_loss(positive, negative, real) * real.sum() / real.shape[1]


def _bce_item(positive, negative, real):
    return float(bce_loss(positive, negative, real))


def _bce_detached(positive, negative, real):
    return bce_loss(positive, negative, real).detach()


def _bce_sums_the_batch(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(-negative).sum()).mean() / (1 + negative.shape[1])


def _bce_mean_and_divided(positive, negative, real):
    return _bce_two_means(positive, negative, real) / (1 + negative.shape[-1])


def _bce_all_no(positive, negative, real):
    return _bce_each(-positive[real], negative[real]).mean()


def _bce_weighs_the_positive(positive, negative, real):
    positive, negative = positive[real], negative[real]
    N = negative.shape[1]
    return -(N * logsigmoid(positive) + logsigmoid(-negative).sum(1)).mean() / (1 + N)


def _bce_squared_logits(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return ((1 - positive) ** 2 + (negative**2).sum(1)).mean() / (1 + negative.shape[1])


def _bce_as_softmax(positive, negative, real):
    return _bpr_as_softmax(positive, negative, real)


_BCE = Exercise(
    id="4.1",
    title="Binary cross-entropy",
    minutes=7,
    reference=bce_loss,
    probes=_bce_probes,
    hints=(
        "First throw away what is padding: `positive[real]` is (K,), `negative[real]` is (K, N).",
        "`logsigmoid(s)` is the log of yes, `logsigmoid(-s)` the log of no. Sum the no's of each "
        "position.",
        "`-(logsigmoid(positive) + logsigmoid(-negative).sum(1)).mean() / (1 + N)`",
    ),
    built="You have built the loss behind most click models. The chapter plots how hard it "
    "pulls, trains with it, and asks how far its probabilities can be believed.",
    ours="`logsigmoid` of x and of -x are all it needs; padding is left out before anything is "
    "computed.",
    misconceptions=(
        Misconception(name="multiplies by the mask", wrong=_bce_multiplied, says=_MULTIPLIES),
        Misconception(name="ignores the mask", wrong=_bce_ignores_the_mask, says=_IGNORES),
        Misconception(name="mask turned round", wrong=_bce_mask_turned, says=_TURNS),
        Misconception(name="padding at logit 0", wrong=_bce_zero_logits, says=_ZERO_LOGITS),
        Misconception(
            name="chooses afterwards",
            wrong=_bce_chosen_afterwards,
            says="You leave padding out only after the loss is computed. The loss is right, but a "
            "NaN under padding comes back in the gradient, which is NaN (0 times NaN): choose "
            "`positive[real]` and `negative[real]` first.",
        ),
        Misconception(
            name="multiplies by the mask and counts",
            wrong=_bce_multiplied_and_counted,
            says="You multiply by the mask. NaN under padding stays NaN, since 0 times NaN is NaN: "
            "leave these positions out before you compute, with `positive[real]`.",
        ),
        Misconception(
            name="log of the sigmoid",
            wrong=_bce_log_of_sigmoid,
            says="Right until a logit is large: then the sigmoid is exactly 0 or 1, and its log "
            "infinite (or exp overflows). `logsigmoid` computes both in one go.",
        ),
        Misconception(
            name="clipped probabilities",
            wrong=_bce_clipped,
            says="You clip the probabilities (a clamp, or a small eps) before the logarithm. So "
            "the loss stops growing where the model is sure and wrong, and so does its pull. "
            "`logsigmoid` is stable and needs no clamp.",
        ),
        Misconception(
            name="rewards the negatives",
            wrong=_bce_negatives_rewarded,
            says="You ask the negatives to be clicks, too: their sign is missing. Theirs is log(1 "
            "- sigmoid(s)), which is `logsigmoid(-s)`.",
        ),
        Misconception(
            name="labels exchanged",
            wrong=_bce_exchanged,
            says="Your labels are exchanged: you push the positive down and the negatives up. The "
            "positive's label is 1: `logsigmoid(positive)`; the negatives' is 0: "
            "`logsigmoid(-negative)`.",
        ),
        Misconception(
            name="1 - log",
            wrong=_bce_one_less_log,
            says="You take 1 - log sigmoid(s) for the negatives. It is the log of 1 - sigmoid(s), "
            "which is `logsigmoid(-s)`.",
        ),
        Misconception(
            name="subtracts the no's",
            wrong=_bce_no_subtracted,
            says="You subtract the negatives' log-probabilities: a sign is wrong, and the two "
            "parts pull against each other. Both are logs of what should happen: add them.",
        ),
        Misconception(
            name="positive and negatives by halves",
            wrong=_bce_halves,
            says="You average the negatives first, so that all of them together weigh as much as "
            "the positive. Here each of the 1 + N questions counts the same.",
        ),
        Misconception(
            name="a mean of the negatives",
            wrong=_bce_two_means,
            says="You add the positive's term and the *mean* of the negatives' terms. Sum the "
            "negatives and divide by 1 + N: each of the 1 + N questions counts the same.",
        ),
        Misconception(
            name="the mean logit",
            wrong=_bce_mean_logit,
            says="You average the negatives' *logits* first and ask one question about the mean. "
            "Take `logsigmoid` of each negative, then sum.",
        ),
        Misconception(
            name="one negative",
            wrong=_bce_first_negative,
            says="You use only the first negative of each position. All N count.",
        ),
        Misconception(
            name="the highest negative",
            wrong=_bce_hardest_negative,
            says="You use only the highest (hardest) negative of each position. All N count.",
        ),
        Misconception(
            name="the positive only",
            wrong=_bce_positive_only,
            says="The negatives are missing: with the positive alone, a model that says yes to "
            "everything is best.",
        ),
        Misconception(
            name="the negatives only",
            wrong=_bce_negatives_only,
            says="The positive is missing: with the negatives alone, a model that says no to "
            "everything is best.",
        ),
        Misconception(
            name="sums the questions",
            wrong=_bce_summed,
            says="You sum over the 1 + N questions of a position. Divide by their number, or more "
            "negatives look like a worse model.",
        ),
        Misconception(
            name="divides by N",
            wrong=_bce_by_n,
            says="You divide by N. A position has 1 + N questions: one positive and N negatives.",
        ),
        Misconception(
            name="divides by 1 + L",
            wrong=_bce_by_one_more_than_the_length,
            says="You divide by 1 + L: `negative.shape[1]` is the length before padding is left "
            "out. The number of negatives N is the last axis, `negative.shape[-1]`.",
        ),
        Misconception(
            name="sums everything",
            wrong=_bce_summed_all,
            says="You sum over positions and questions. Take the mean over the real positions, and "
            "divide by 1 + N.",
        ),
        Misconception(name="sums the positions", wrong=_bce_summed_positions, says=_SUMS),
        Misconception(name="divides by B", wrong=_bce_by_users, says=_BY_USERS),
        Misconception(name="rows first", wrong=_bce_rows_first, says=_BY_ROWS),
        Misconception(
            name="not reduced",
            wrong=_bce_not_reduced,
            says="You return one loss a position. Wanted is a scalar: their mean.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_bce_without_log,
            says="The logarithm is missing: you add up probabilities. Cross-entropy is the "
            "negative *log* of each.",
        ),
        Misconception(
            name="sigmoid twice",
            wrong=_bce_sigmoid_twice,
            says="The sigmoid is applied twice: `logsigmoid` (or `..._with_logits`) takes it "
            "itself, so hand over the logits, not probabilities.",
        ),
        Misconception(
            name="no sigmoid",
            wrong=_bce_no_sigmoid,
            says="The sigmoid is missing: you add up raw logits, which can fall for ever. Take "
            "`logsigmoid` of each.",
        ),
        Misconception(
            name="squares",
            wrong=_bce_squares,
            says="This is a squared error (MSE). Cross-entropy is the negative log of the "
            "probability.",
        ),
        Misconception(
            name="BPR",
            wrong=_bce_as_bpr,
            says="You compare positive and negative in pairs, which is BPR. BCE asks about each "
            "logit by itself.",
        ),
        Misconception(
            name="base 2",
            wrong=_bce_base_two,
            says="Your logarithm has base 2. Losses take the natural logarithm.",
        ),
        Misconception(name="mask flipped", wrong=_bce_flipped, says=_FLIPPED),
        Misconception(name="divides by L", wrong=_bce_by_length, says=_BY_LENGTH),
        Misconception(name="a plain number", wrong=_bce_item, says=_ITEM),
        Misconception(name="detached", wrong=_bce_detached, says=_DETACHED),
        Misconception(
            name="sums over the batch",
            wrong=_bce_sums_the_batch,
            says="You sum the negatives of all positions and add that sum to each one. "
            "Sum along the last axis only, the N negatives of a position: `sum(1)`.",
        ),
        Misconception(
            name="the negatives' mean",
            wrong=_bce_mean_and_divided,
            says="You average the negatives and divide by 1 + N on top. Their "
            "log-probabilities are *summed*, not averaged; 1 + N then counts all "
            "questions of a position.",
        ),
        Misconception(
            name="all labels 0",
            wrong=_bce_all_no,
            says="You push the positive down, too: its sign is wrong. Its label is 1, so "
            "it needs `logsigmoid(positive)`, without a minus inside.",
        ),
        Misconception(
            name="weighs the positive N times",
            wrong=_bce_weighs_the_positive,
            says="You weigh the positive N times. Each of the 1 + N questions counts once.",
        ),
        Misconception(
            name="squares of logits",
            wrong=_bce_squared_logits,
            says="This is a squared error (MSE) of the logits. Cross-entropy is minus the "
            "log of the probability, `logsigmoid`.",
        ),
        Misconception(
            name="softmax",
            wrong=_bce_as_softmax,
            says="This is a softmax over the positive and its negatives: they compete. "
            "BCE asks about each logit by itself, with a sigmoid.",
        ),
        Misconception(
            name="sign",
            wrong=_bce_sign,
            says="The sign is turned, a minus is missing: an optimiser would make the model as "
            "wrong as it can.",
        ),
        Misconception(
            name="the first row only",
            wrong=_bce_first_row,
            says="Only the first row counts in your loss. All rows of the batch do.",
        ),
        Misconception(
            name="the last position only",
            wrong=_bce_last_positions,
            says="Only the last position of each row counts in your loss. All real positions do.",
        ),
    ),
)

# --- 4.2 BPR --------------------------------------------------------------------------------------


def _bpr_differences(positive, negative, real):
    return positive[real][:, None] - negative[real]


def _bpr_turned(positive, negative, real):
    return -logsigmoid(-_bpr_differences(positive, negative, real)).mean()


def _bpr_minus_forgotten(positive, negative, real):
    return logsigmoid(_bpr_differences(positive, negative, real)).mean()


def _bpr_without_log(positive, negative, real):
    return -_bpr_differences(positive, negative, real).sigmoid().mean()


def _bpr_one_less(positive, negative, real):
    return (1 - _bpr_differences(positive, negative, real).sigmoid()).mean()


def _bpr_without_sigmoid(positive, negative, real):
    return -_bpr_differences(positive, negative, real).mean()


def _bpr_summed(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real)).sum(1).mean()


def _bpr_summed_positions(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real)).mean(1).sum()


def _bpr_summed_all(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real)).sum()


def _bpr_by_users(positive, negative, real):
    return _bpr_summed_positions(positive, negative, real) / len(real)


def _bpr_each(positive, negative):
    return -logsigmoid(positive[..., None] - negative).mean(-1)


def _bpr_rows_first(positive, negative, real):
    return _rows_first(_bpr_each(positive, negative), real)


def _bpr_ignores_the_mask(positive, negative, real):
    return _bpr_each(positive, negative).mean()


def _bpr_multiplied(positive, negative, real):
    return (_bpr_each(positive, negative) * real).mean()


def _bpr_zero_logits(positive, negative, real):
    return _bpr_each(positive * real, negative * real[..., None]).mean()


def _bpr_mask_turned(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, ~real)).mean()


def _bpr_against_the_mean(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real].mean(1)).mean()


def _bpr_against_the_sum(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real].sum(1)).mean()


def _bpr_against_the_highest(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real].amax(1)).mean()


def _bpr_against_the_lowest(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real].amin(1)).mean()


def _bpr_against_the_first(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real][:, 0]).mean()


def _bpr_against_all_positions(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -logsigmoid(positive[:, None, None] - negative[None]).mean()


def _bpr_mean_inside_the_log(positive, negative, real):
    return -_bpr_differences(positive, negative, real).sigmoid().mean(1).log().mean()


def _bpr_mean_difference(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real).mean())


def _bpr_sigmoids_first(positive, negative, real):
    difference = positive[real].sigmoid()[:, None] - negative[real].sigmoid()
    return -logsigmoid(difference).mean()


def _bpr_difference_of_sigmoids(positive, negative, real):
    return -(logsigmoid(positive[real])[:, None] - logsigmoid(negative[real])).mean()


def _bpr_added(positive, negative, real):
    return -logsigmoid(positive[real][:, None] + negative[real]).mean()


def _bpr_as_bce(positive, negative, real):
    return bce_loss(positive, negative, real)


def _bpr_as_bce_of_pairs(positive, negative, real):
    yes, no = logsigmoid(positive[real]).mean(), logsigmoid(-negative[real]).mean()
    return -(yes + no)


def _bpr_as_softmax(positive, negative, real):
    logits = torch.cat([positive[real][:, None], negative[real]], 1)
    return (logits.logsumexp(1) - logits[:, 0]).mean()


def _bpr_hinge(positive, negative, real):
    return (1 - _bpr_differences(positive, negative, real)).relu().mean()


def _bpr_squared(positive, negative, real):
    return ((1 - _bpr_differences(positive, negative, real)) ** 2).mean()


def _bpr_log_of_sigmoid(positive, negative, real):
    return -_bpr_differences(positive, negative, real).sigmoid().log().mean()


def _bpr_clipped(positive, negative, real):
    return -(_bpr_differences(positive, negative, real).sigmoid() + 1e-8).log().mean()


def _bpr_base_two(positive, negative, real):
    return bpr_loss(positive, negative, real) / math.log(2)


def _bpr_not_reduced(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real))


def _bpr_first_row(positive, negative, real):
    return bpr_loss(positive[:1], negative[:1], real[:1])


def _bpr_last_positions(positive, negative, real):
    return bpr_loss(positive[:, -1:], negative[:, -1:], real[:, -1:])


def _bpr_flipped(positive, negative, real):
    return bpr_loss(positive, negative, real.flip(1))


def _bpr_by_length(positive, negative, real):
    return bpr_loss(positive, negative, real) * real.sum() / real.shape[1]


def _bpr_item(positive, negative, real):
    return float(bpr_loss(positive, negative, real))


def _bpr_detached(positive, negative, real):
    return bpr_loss(positive, negative, real).detach()


def _bpr_divided_twice(positive, negative, real):
    return bpr_loss(positive, negative, real) / negative.shape[-1]


def _bpr_by_questions(positive, negative, real):
    N = negative.shape[-1]
    return bpr_loss(positive, negative, real) * N / (1 + N)


def _bpr_exponential(positive, negative, real):
    return (-_bpr_differences(positive, negative, real)).exp().mean()


def _bpr_absolute(positive, negative, real):
    return -logsigmoid(_bpr_differences(positive, negative, real).abs()).mean()


def _bpr_sigmoid_of_the_positive(positive, negative, real):
    return -(logsigmoid(positive[real])[:, None] - negative[real]).mean()


def _bpr_hinge_at_zero(positive, negative, real):
    return (-_bpr_differences(positive, negative, real)).relu().mean()


_BPR = Exercise(
    id="4.2",
    title="Bayesian personalised ranking",
    minutes=5,
    reference=bpr_loss,
    probes=_pair_probes,
    hints=(
        "Every negative is compared with the positive of its own position.",
        "`positive[real][:, None] - negative[real]` are all differences, (K, N).",
        "`-logsigmoid(difference).mean()`",
    ),
    built="You have built BPR, which asks for an order and nothing else. The next plot sets its "
    "pull beside BCE's, and the comparison of five losses trains with it.",
    ours="One difference of (K, 1) and (K, N) makes all pairs at once.",
    misconceptions=(
        Misconception(
            name="turned round",
            wrong=_bpr_turned,
            says="You subtract the positive from the negative: the model learns to rank the "
            "negative first.",
        ),
        Misconception(
            name="minus forgotten",
            wrong=_bpr_minus_forgotten,
            says="The minus in front is missing, the sign is turned: an optimiser that makes this "
            "small puts the negatives first. It is *minus* log sigmoid.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_bpr_without_log,
            says="You left out the logarithm. Without it a positive that is far behind hardly gets "
            "a pull at all.",
        ),
        Misconception(
            name="1 - sigmoid",
            wrong=_bpr_one_less,
            says="You take 1 - sigmoid, the chance of a wrong order, without a logarithm. BPR is "
            "-log sigmoid of the difference.",
        ),
        Misconception(
            name="no sigmoid",
            wrong=_bpr_without_sigmoid,
            says="The sigmoid is missing (and its log): the mean of the differences can grow for "
            "ever. Take -log sigmoid of each.",
        ),
        Misconception(
            name="sums all pairs",
            wrong=_bpr_summed_all,
            says="You sum over all pairs, positions and negatives. Take their mean.",
        ),
        Misconception(
            name="sums over the negatives",
            wrong=_bpr_summed,
            says="You sum over the negatives of a position. Take the mean over all pairs, or N "
            "scales your learning rate.",
        ),
        Misconception(name="sums the positions", wrong=_bpr_summed_positions, says=_SUMS),
        Misconception(name="divides by B", wrong=_bpr_by_users, says=_BY_USERS),
        Misconception(name="rows first", wrong=_bpr_rows_first, says=_BY_ROWS),
        Misconception(name="ignores the mask", wrong=_bpr_ignores_the_mask, says=_IGNORES),
        Misconception(name="multiplies by the mask", wrong=_bpr_multiplied, says=_MULTIPLIES),
        Misconception(name="padding at logit 0", wrong=_bpr_zero_logits, says=_ZERO_LOGITS),
        Misconception(name="mask turned round", wrong=_bpr_mask_turned, says=_TURNS),
        Misconception(
            name="against the mean",
            wrong=_bpr_against_the_mean,
            says="You average the negatives before the sigmoid, and compare with their mean. BPR "
            "compares with each of them: one difference a pair, then `logsigmoid`, then the mean.",
        ),
        Misconception(
            name="against the sum",
            wrong=_bpr_against_the_sum,
            says="You sum the negatives before the sigmoid, and compare with their sum. BPR "
            "compares with each of them: one difference a pair.",
        ),
        Misconception(
            name="against the highest",
            wrong=_bpr_against_the_highest,
            says="You compare with the highest (hardest) negative only, the maximum. BPR compares "
            "with each of the N.",
        ),
        Misconception(
            name="against the lowest",
            wrong=_bpr_against_the_lowest,
            says="You compare with the lowest (easiest) negative only, the minimum. BPR compares "
            "with each of the N.",
        ),
        Misconception(
            name="against the first",
            wrong=_bpr_against_the_first,
            says="You compare with the first negative only. All N of a position count.",
        ),
        Misconception(
            name="across positions",
            wrong=_bpr_against_all_positions,
            says="You compare each positive with the negatives of all positions. Each has "
            "negatives of its own: `positive[real][:, None] - negative[real]`.",
        ),
        Misconception(
            name="the mean inside the log",
            wrong=_bpr_mean_inside_the_log,
            says="You average the sigmoids and take the log of the mean. It is the other way "
            "round: the log of each, then the mean.",
        ),
        Misconception(
            name="the mean difference",
            wrong=_bpr_mean_difference,
            says="You average all differences before the sigmoid. Take -log sigmoid of each pair, "
            "then the mean.",
        ),
        Misconception(
            name="sigmoid twice",
            wrong=_bpr_sigmoids_first,
            says="You take the sigmoid of the scores, and then again of their difference. Subtract "
            "the scores as they are: one sigmoid a pair, of the difference.",
        ),
        Misconception(
            name="difference of logs",
            wrong=_bpr_difference_of_sigmoids,
            says="You take `logsigmoid` of each score and then the difference. Subtract first: the "
            "sigmoid is of the difference of the two scores.",
        ),
        Misconception(
            name="adds",
            wrong=_bpr_added,
            says="You add the two scores. BPR looks at their difference, s+ minus s-.",
        ),
        Misconception(
            name="BCE",
            wrong=_bpr_as_bce,
            says="This is BCE: you judge each score by itself. BPR knows only differences, a pair "
            "at a time.",
        ),
        Misconception(
            name="BCE with two means",
            wrong=_bpr_as_bce_of_pairs,
            says="This is BCE, as it judges each score by itself, positive and negatives apart. "
            "BPR knows only differences, a pair at a time.",
        ),
        Misconception(
            name="softmax",
            wrong=_bpr_as_softmax,
            says="This is a softmax over the positive and its negatives. BPR takes one pair at a "
            "time: -log sigmoid of the difference.",
        ),
        Misconception(
            name="hinge",
            wrong=_bpr_hinge,
            says="This is a hinge loss with a margin of 1: beyond it nothing pulls any more. BPR "
            "is -log sigmoid of the difference.",
        ),
        Misconception(
            name="squares",
            wrong=_bpr_squared,
            says="You take the squared distance of the difference from 1. BPR is -log sigmoid of "
            "the difference.",
        ),
        Misconception(
            name="log of the sigmoid",
            wrong=_bpr_log_of_sigmoid,
            says="Right until a difference is large: then the sigmoid is 0 and its log infinite. "
            "Use `logsigmoid`.",
        ),
        Misconception(
            name="clipped probabilities",
            wrong=_bpr_clipped,
            says="You clip the sigmoid (a clamp, or a small eps) before the logarithm: where the "
            "order is badly wrong, the loss stops growing. `logsigmoid` needs no clamp.",
        ),
        Misconception(name="mask flipped", wrong=_bpr_flipped, says=_FLIPPED),
        Misconception(name="divides by L", wrong=_bpr_by_length, says=_BY_LENGTH),
        Misconception(name="a plain number", wrong=_bpr_item, says=_ITEM),
        Misconception(name="detached", wrong=_bpr_detached, says=_DETACHED),
        Misconception(
            name="divides by N twice",
            wrong=_bpr_divided_twice,
            says="You divide by N twice: the mean over all pairs has done it already.",
        ),
        Misconception(
            name="divides by 1 + N",
            wrong=_bpr_by_questions,
            says="You divide by 1 + N, as in BCE. BPR has N pairs a position: the mean is "
            "over those.",
        ),
        Misconception(
            name="exponential",
            wrong=_bpr_exponential,
            says="You take exp of the negative difference. BPR is -log sigmoid of it, "
            "log(1 + exp(-difference)).",
        ),
        Misconception(
            name="absolute",
            wrong=_bpr_absolute,
            says="You take the absolute difference, so a wrong order costs as little as a "
            "right one. Keep its sign.",
        ),
        Misconception(
            name="sigmoid of the positive",
            wrong=_bpr_sigmoid_of_the_positive,
            says="You take the sigmoid of the positive alone and subtract the negative "
            "behind it. Subtract first: the sigmoid is of the difference.",
        ),
        Misconception(
            name="hinge at 0",
            wrong=_bpr_hinge_at_zero,
            says="This is a hinge: pairs in the right order cost nothing at all. BPR is "
            "-log sigmoid of the difference.",
        ),
        Misconception(
            name="base 2",
            wrong=_bpr_base_two,
            says="Your logarithm has base 2. Losses take the natural logarithm.",
        ),
        Misconception(
            name="not reduced",
            wrong=_bpr_not_reduced,
            says="You return one loss a pair. Wanted is a scalar: their mean.",
        ),
        Misconception(
            name="the first row only",
            wrong=_bpr_first_row,
            says="Only the first row counts in your loss. All rows of the batch do.",
        ),
        Misconception(
            name="the last position only",
            wrong=_bpr_last_positions,
            says="Only the last position of each row counts in your loss. All real positions do.",
        ),
    ),
)

# --- 4.3 Softmax ----------------------------------------------------------------------------------


def _softmax_probes(rng):
    def batch(B, L, V):
        logits = _normal(rng, B, L, V)
        logits[..., 0] = -torch.inf
        return logits

    one = torch.tensor([[[-torch.inf, 1.0, 2.0]]])
    yield Probe((one, torch.tensor([[1]]), torch.tensor([[True]])), label="two items, one position")
    for case, (B, L, V) in enumerate(((3, 4, 6), (2, 5, 7), (4, 3, 8), (3, 5, 9), (2, 6, 11))):
        real = _some_real(rng, B, L)
        # the last item is no target in most: a reader of the next column then stays inside
        targets = torch.from_numpy(rng.integers(1, V - (case < 3), (B, L)))
        label = "random, with some item under padding"
        if case in (1, 4):
            targets = targets * real
            label = "random, with padding"
        yield Probe((batch(B, L, V), targets, real), label=label, gradients=True)
    large = torch.tensor([[[-torch.inf, 500.0, -500.0, 0.0]]])
    yield Probe(
        ((large,), torch.tensor([[2]]), torch.tensor([[True]])),
        label="logits of 500, and of 1000",
        call=_at_large_logits,
        edge=True,
    )


def _softmax_each(logits, targets):
    own = logits.gather(-1, targets[..., None])[..., 0]
    return logits.logsumexp(-1) - own


def _softmax_ignores_the_mask(logits, targets, real):
    return _softmax_each(logits, targets).mean()


def _softmax_multiplied(logits, targets, real):
    return (_softmax_each(logits, targets) * real).mean()


def _softmax_mask_turned(logits, targets, real):
    return _softmax_each(logits[~real], targets[~real]).mean()


def _softmax_twice(logits, targets, real):
    return cross_entropy(logits[real].softmax(1), targets[real])


def _softmax_over_positions(logits, targets, real):
    own = logits.log_softmax(1).gather(2, targets.clamp(min=1)[..., None])[..., 0]
    return -own[real].mean()


def _softmax_over_rows(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return -logits.log_softmax(0).gather(1, targets[:, None]).mean()


def _softmax_over_everything(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (logits.flatten().logsumexp(0) - logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_own_logit(logits, targets, real):
    return -logits[real].gather(1, targets[real][:, None]).mean()


def _softmax_without_the_target(logits, targets, real):
    logits, targets = logits[real], targets[real]
    others = logits.scatter(1, targets[:, None], -torch.inf)
    return (others.logsumexp(1) - logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_by_hand(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (logits.exp().sum(1).log() - logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_clipped(logits, targets, real):
    p = logits[real].softmax(1).gather(1, targets[real][:, None])
    return -p.clamp(min=1e-9).log().mean()


def _softmax_without_log(logits, targets, real):
    return -logits[real].softmax(1).gather(1, targets[real][:, None]).mean()


def _softmax_one_less(logits, targets, real):
    return 1 + _softmax_without_log(logits, targets, real)


def _softmax_log_of_the_mean(logits, targets, real):
    return -logits[real].softmax(1).gather(1, targets[real][:, None]).mean().log()


def _softmax_mean_inside(logits, targets, real):
    items = torch.log(torch.tensor(float(logits.shape[-1] - 1)))
    return softmax_loss(logits, targets, real) - items


def _softmax_mean_over_columns(logits, targets, real):
    columns = torch.log(torch.tensor(float(logits.shape[-1])))
    return softmax_loss(logits, targets, real) - columns


def _softmax_largest(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (logits.amax(1) - logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_plus_own(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (logits.logsumexp(1) + logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_shifted(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (
        logits.logsumexp(1)
        - logits[:, 1:].gather(1, (targets % (logits.shape[1] - 1))[:, None])[:, 0]
    ).mean()


def _softmax_one_too_low(logits, targets, real):
    return cross_entropy(logits[real], targets[real] - 1)


def _softmax_padding_at_zero(logits, targets, real):
    logits = torch.cat([torch.zeros_like(logits[..., :1]), logits[..., 1:]], -1)
    return softmax_loss(logits, targets, real)


def _softmax_as_bce(logits, targets, real):
    return -logsigmoid(logits[real].gather(1, targets[real][:, None])).mean()


def _softmax_as_bce_of_all(logits, targets, real):
    logits, targets = logits[real][:, 1:], targets[real] - 1
    signs = torch.full_like(logits, -1.0).scatter(1, targets[:, None], 1.0)
    return -logsigmoid(signs * logits).sum(1).mean()


def _softmax_as_squares(logits, targets, real):
    p = logits[real].softmax(1)
    hot = torch.nn.functional.one_hot(targets[real], p.shape[1])
    return ((p - hot) ** 2).sum(1).mean()


def _softmax_entropy(logits, targets, real):
    p = logits[real][:, 1:].softmax(1)
    return -(p * p.log()).sum(1).mean()


def _softmax_sign(logits, targets, real):
    return -softmax_loss(logits, targets, real)


def _softmax_summed(logits, targets, real):
    return softmax_loss(logits, targets, real) * real.sum()


def _softmax_by_users(logits, targets, real):
    return softmax_loss(logits, targets, real) * real.sum() / len(real)


def _softmax_by_columns(logits, targets, real):
    return softmax_loss(logits, targets, real) / logits.shape[-1]


def _softmax_rows_first(logits, targets, real):
    return _rows_first(_softmax_each(logits, targets), real)


def _softmax_base_two(logits, targets, real):
    return softmax_loss(logits, targets, real) / math.log(2)


def _softmax_not_reduced(logits, targets, real):
    return _softmax_each(logits[real], targets[real])


def _softmax_last_position(logits, targets, real):
    return softmax_loss(logits[:, -1:], targets[:, -1:], real[:, -1:])


def _softmax_first_row(logits, targets, real):
    return softmax_loss(logits[:1], targets[:1], real[:1])


def _softmax_flipped(logits, targets, real):
    return softmax_loss(logits, targets, real.flip(1))


def _softmax_by_length(logits, targets, real):
    return softmax_loss(logits, targets, real) * real.sum() / real.shape[1]


def _softmax_item(logits, targets, real):
    return float(softmax_loss(logits, targets, real))


def _softmax_detached(logits, targets, real):
    return softmax_loss(logits, targets, real).detach()


def _softmax_without_padding_column(logits, targets, real):
    return cross_entropy(logits[real][:, 1:], targets[real])


def _softmax_of_the_targets(logits, targets, real):
    own = logits[real].gather(1, targets[real][:, None])[:, 0]
    return -own.log_softmax(0).mean()


def _softmax_errors(logits, targets, real):
    return (logits.argmax(-1) != targets)[real].float().mean()


def _softmax_accuracy(logits, targets, real):
    return (logits.argmax(-1) == targets)[real].float().mean()


def _softmax_all_items(logits, targets, real):
    return -logits[real][:, 1:].log_softmax(1).mean()


def _softmax_of_absolute(logits, targets, real):
    logits, targets = logits[real], targets[real]
    probabilities = logits / logits[:, 1:].sum(1, keepdim=True)
    return -probabilities.gather(1, targets[:, None]).log().mean()


def _softmax_adds(logits, targets, real):
    logits, targets = logits[real], targets[real]
    total = logits[:, 1:].sum(1)
    return (total - logits.gather(1, targets[:, None])[:, 0]).mean()


_SOFTMAX = Exercise(
    id="4.3",
    title="Softmax cross-entropy",
    minutes=6,
    reference=softmax_loss,
    probes=_softmax_probes,
    hints=(
        "Leave out padding first: `logits[real]` is (K, V), `targets[real]` is (K,).",
        "`logits.logsumexp(1)` is the log of the sum; `logits.gather(1, targets[:, None])` picks "
        "each target's logit.",
        "`(logits.logsumexp(1) - logits.gather(1, targets[:, None])[:, 0]).mean()`",
    ),
    built="You have built the loss that asks for the probability of each next item. Chapter 06 "
    "trains its first transformer with it, and chapter 08 SASRec.",
    ours="The logarithm of the sum minus the target's logit: no softmax is ever written down, "
    "so nothing overflows.",
    misconceptions=(
        Misconception(name="ignores the mask", wrong=_softmax_ignores_the_mask, says=_IGNORES),
        Misconception(
            name="multiplies by the mask",
            wrong=_softmax_multiplied,
            says="You multiply by the mask, or set the loss of padding to 0, but divide by all "
            "positions, padding included. Leave padding out first: `logits[real]`.",
        ),
        Misconception(name="mask turned round", wrong=_softmax_mask_turned, says=_TURNS),
        Misconception(
            name="softmax twice",
            wrong=_softmax_twice,
            says="The softmax is taken twice: `cross_entropy` (like `log_softmax`) takes it "
            "itself, and you hand it the probabilities of a softmax before. The second one is "
            "nearly flat and learns slowly: hand over the logits.",
        ),
        Misconception(
            name="over the positions",
            wrong=_softmax_over_positions,
            says="Your softmax runs over the positions, along the wrong axis. At each position it "
            "runs over the items, the last axis.",
        ),
        Misconception(
            name="over the rows",
            wrong=_softmax_over_rows,
            says="Your softmax runs over the rows of the batch, along the wrong axis. At each "
            "position it runs over the items, the last axis.",
        ),
        Misconception(
            name="over everything",
            wrong=_softmax_over_everything,
            says="Your sum runs over all positions *and* items. Each position has a softmax of its "
            "own: sum over the items, the last axis.",
        ),
        Misconception(
            name="the target's logit alone",
            wrong=_softmax_own_logit,
            says="You look at the target's logit alone; the log of the sum over all items, "
            "`logsumexp`, is missing. Without it the loss falls if simply all logits rise.",
        ),
        Misconception(
            name="the sum without the target",
            wrong=_softmax_without_the_target,
            says="Your sum leaves out the target. The softmax divides by the exponentials of *all* "
            "items, the target's among them.",
        ),
        Misconception(
            name="exp, sum, log",
            wrong=_softmax_by_hand,
            says="exp(1000) is infinite, and the log of a softmax that is 0 as well. `logsumexp` "
            "(or `log_softmax`) takes the largest logit out first and does not overflow.",
        ),
        Misconception(
            name="clipped probabilities",
            wrong=_softmax_clipped,
            says="You clip the probability (a clamp, or a small eps) before the logarithm: where "
            "the model is sure and wrong, the loss stops growing. `logsumexp` needs no clamp.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_softmax_without_log,
            says="The logarithm is missing: you return minus the probability of the target. "
            "Cross-entropy is minus its *log*.",
        ),
        Misconception(
            name="1 - p",
            wrong=_softmax_one_less,
            says="You take 1 minus the probability of the target, without a logarithm. "
            "Cross-entropy is minus its *log*.",
        ),
        Misconception(
            name="log of the mean",
            wrong=_softmax_log_of_the_mean,
            says="You average the probabilities and take the log of the mean. Take the log of "
            "each, then the mean.",
        ),
        Misconception(
            name="mean of the exponentials",
            wrong=_softmax_mean_inside,
            says="You take the *mean* of the exponentials over the items. The softmax divides by "
            "their sum.",
        ),
        Misconception(
            name="mean of the exponentials, padding counted",
            wrong=_softmax_mean_over_columns,
            says="You take the *mean* of the exponentials over all columns. The softmax divides by "
            "their sum.",
        ),
        Misconception(
            name="the largest",
            wrong=_softmax_largest,
            says="You subtract from the largest logit, the maximum. The softmax needs the log of "
            "the sum of all exponentials: `logsumexp`.",
        ),
        Misconception(
            name="adds the target's logit",
            wrong=_softmax_plus_own,
            says="You add the target's logit, with the wrong sign. It is subtracted: "
            "`logsumexp` minus the target's logit.",
        ),
        Misconception(
            name="off by one",
            wrong=_softmax_shifted,
            says="You pick the logit of the next item: column j *is* item j here, padding has "
            "column 0.",
        ),
        Misconception(
            name="one column too low",
            wrong=_softmax_one_too_low,
            says="You subtract 1 from the targets and so pick the item before: an index that is "
            "off by one. Column j *is* item j here, padding has column 0.",
        ),
        Misconception(
            name="padding at 0",
            wrong=_softmax_padding_at_zero,
            says="You set the column of padding to 0, so that it gets a share of the probability: "
            "exp(0) is 1. It is -inf already: leave it.",
        ),
        Misconception(
            name="sigmoid of the target",
            wrong=_softmax_as_bce,
            says="You take a sigmoid of the target's logit, as for BCE: no other item takes part. "
            "The softmax compares it with all items.",
        ),
        Misconception(
            name="sigmoids of all",
            wrong=_softmax_as_bce_of_all,
            says="You ask about each item by itself, with sigmoids: that is BCE over all items. "
            "The softmax lets the items compete for one probability.",
        ),
        Misconception(
            name="squares",
            wrong=_softmax_as_squares,
            says="This is the squared error of the probabilities. Cross-entropy is minus the log "
            "of the target's.",
        ),
        Misconception(
            name="entropy",
            wrong=_softmax_entropy,
            says="This is the entropy of your own distribution; the targets don't enter. "
            "Cross-entropy is minus the log of the target's probability.",
        ),
        Misconception(name="mask flipped", wrong=_softmax_flipped, says=_FLIPPED),
        Misconception(name="divides by L", wrong=_softmax_by_length, says=_BY_LENGTH),
        Misconception(name="a plain number", wrong=_softmax_item, says=_ITEM),
        Misconception(name="detached", wrong=_softmax_detached, says=_DETACHED),
        Misconception(
            name="padding cut off, targets not shifted",
            wrong=_softmax_without_padding_column,
            says="You cut off column 0 and leave the targets as they are, so you pick the "
            "next item's logit, and the last item lies outside. Keep the column (it "
            "is -inf), or subtract 1 from the targets.",
        ),
        Misconception(
            name="softmax over the targets",
            wrong=_softmax_of_the_targets,
            says="You pick the targets' logits first and take the softmax over those, "
            "over the positions. First the softmax over all items, then pick.",
        ),
        Misconception(
            name="share of errors",
            wrong=_softmax_errors,
            says="You count wrong first places (argmax). That has no gradient; "
            "cross-entropy is minus the log of the target's probability.",
        ),
        Misconception(
            name="accuracy",
            wrong=_softmax_accuracy,
            says="You count right first places (argmax), an accuracy. That has no "
            "gradient; cross-entropy is minus the log of the target's probability.",
        ),
        Misconception(
            name="all items",
            wrong=_softmax_all_items,
            says="You average minus the log-probability over all items: the target is "
            "never picked. Only its own entry counts: `gather`.",
        ),
        Misconception(
            name="no exp",
            wrong=_softmax_of_absolute,
            says="You divide the logits by their sum: the exponential is missing. A "
            "softmax divides exp(logit) by the sum of all exponentials.",
        ),
        Misconception(
            name="sum of logits",
            wrong=_softmax_adds,
            says="You sum the logits themselves. It is the log of the sum of their "
            "exponentials that is needed: `logsumexp`.",
        ),
        Misconception(
            name="sign",
            wrong=_softmax_sign,
            says="The sign is turned, a minus is missing or one too many: the loss must be large "
            "where the target's logit is small.",
        ),
        Misconception(
            name="sums the positions",
            wrong=_softmax_summed,
            says="You sum over the positions. Take the mean over the real ones, or long batches "
            "get a larger learning rate.",
        ),
        Misconception(name="divides by B", wrong=_softmax_by_users, says=_BY_USERS),
        Misconception(
            name="divides by V",
            wrong=_softmax_by_columns,
            says="You divide by the number of columns as well, a mean over the items. The mean is "
            "over the real positions alone.",
        ),
        Misconception(name="rows first", wrong=_softmax_rows_first, says=_BY_ROWS),
        Misconception(
            name="base 2",
            wrong=_softmax_base_two,
            says="Your logarithm has base 2. Losses take the natural logarithm.",
        ),
        Misconception(
            name="not reduced",
            wrong=_softmax_not_reduced,
            says="You return one loss a position. Wanted is a scalar: their mean.",
        ),
        Misconception(
            name="the last position only",
            wrong=_softmax_last_position,
            says="Only the last position of each row counts in your loss. All real positions do.",
        ),
        Misconception(
            name="the first row only",
            wrong=_softmax_first_row,
            says="Only the first row counts in your loss. All rows of the batch do.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return (logits.logsumexp(dim=1) - logits.gather(1, targets[:, "
            "None]).squeeze(1)).mean() -> *",
            reason="The mean over all pairs (i, j) of a_i - b_j is the mean of a_i - b_i.",
        ),
        EquivalentMutant(
            edit="return (logits.logsumexp(1) - logits.gather(1, targets[:, None])[:, 0]).mean() "
            "-> *",
            reason="There is one column: the last is the first.",
        ),
    ),
)

# --- 4.4 gBCE -------------------------------------------------------------------------------------


def _gbce_probes(rng):
    for *pair, label in _pairs(rng):
        n_items = int(rng.integers(10, 40))
        t = float(rng.uniform(0.55, 0.95))
        yield Probe((*pair, n_items, t), label=label, gradients=label.startswith("random"))
    yield _large_probe(20, 0.75)
    some = (_normal(rng, 2, 3), _normal(rng, 2, 3, 4), _some_real(rng, 2, 3))
    yield Probe((*some, 30, 0.0), label="t = 0 is BCE")
    yield Probe((*some, 30, 1.0), label="t = 1")
    yield Probe((*some, 5, 0.5), label="all other items are negatives")


def _powered_each(positive, negative, beta, on_negatives=1.0):
    total = beta * logsigmoid(positive) + on_negatives * logsigmoid(-negative).sum(-1)
    return -total / (1 + negative.shape[-1])


def _powered(positive, negative, real, beta, on_negatives=1.0):
    return _powered_each(positive[real], negative[real], beta, on_negatives).mean()


def _beta_of(alpha, t):
    return alpha * (t * (1 - 1 / alpha) + 1 / alpha)


def _beta(N, n_items, t):
    return _beta_of(N / (n_items - 1), t)


def _gbce_alpha_of_n(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1], n_items + 1, t))


def _gbce_alpha_of_more(positive, negative, real, n_items, t):
    alpha = (negative.shape[-1] + 1) / n_items
    return _powered(positive, negative, real, _beta_of(alpha, t))


def _gbce_alpha_turned(positive, negative, real, n_items, t):
    alpha = (n_items - 1) / negative.shape[-1]
    return _powered(positive, negative, real, _beta_of(alpha, t))


def _gbce_alpha_of_length(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(real.shape[1], n_items, t))


def _gbce_alpha_of_positions(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(int(real.sum()), n_items, t))


def _gbce_t_turned(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1], n_items, 1 - t))


def _gbce_t_ignored(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, negative.shape[-1] / (n_items - 1))


def _gbce_t_as_beta(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, t)


def _gbce_t_times_alpha(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, t * negative.shape[-1] / (n_items - 1))


def _gbce_power_of_alpha(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, (negative.shape[-1] / (n_items - 1)) ** t)


def _gbce_bracket(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _powered(positive, negative, real, alpha * (t * (1 - 1 / alpha)) + 1 / alpha)


def _gbce_alpha_for_its_inverse(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _powered(positive, negative, real, alpha * (t * (1 - alpha) + alpha))


def _gbce_without_alpha(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _powered(positive, negative, real, t * (1 - 1 / alpha) + 1 / alpha)


def _gbce_divided(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, 1 / _beta(negative.shape[-1], n_items, t))


def _gbce_on_the_negatives(positive, negative, real, n_items, t):
    return _powered(
        positive, negative, real, 1.0, on_negatives=_beta(negative.shape[-1], n_items, t)
    )


def _gbce_on_both(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    return _powered(positive, negative, real, beta, on_negatives=beta)


def _gbce_inside(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    return bce_loss(positive * beta, negative, real)


def _gbce_log_beta(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = math.log(beta) + logsigmoid(positive) + logsigmoid(-negative).sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_no_beta(positive, negative, real, n_items, t):
    return bce_loss(positive, negative, real)


def _gbce_mean_of_the_negatives(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    yes, no = logsigmoid(positive[real]), logsigmoid(-negative[real]).mean(1)
    return -(beta * yes + no).mean() / (1 + negative.shape[-1])


def _gbce_two_means(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    yes, no = logsigmoid(positive[real]), logsigmoid(-negative[real]).mean(1)
    return -(beta * yes + no).mean()


def _gbce_halves(positive, negative, real, n_items, t):
    return _gbce_two_means(positive, negative, real, n_items, t) / 2


def _gbce_summed(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t) * (1 + negative.shape[-1])


def _gbce_by_n(positive, negative, real, n_items, t):
    return _gbce_summed(positive, negative, real, n_items, t) / negative.shape[-1]


def _gbce_by_weights(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    return _gbce_summed(positive, negative, real, n_items, t) / (_beta(N, n_items, t) + N)


def _gbce_summed_positions(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t) * real.sum()


def _gbce_by_users(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t) * real.sum() / len(real)


def _gbce_rows_first(positive, negative, real, n_items, t):
    return _rows_first(
        _powered_each(positive, negative, _beta(negative.shape[-1], n_items, t)), real
    )


def _gbce_ignores_the_mask(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, torch.ones_like(real), n_items, t)


def _gbce_multiplied(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t) * real.double().mean().float()


def _gbce_mask_turned(positive, negative, real, n_items, t):
    return _powered(positive, negative, ~real, _beta(negative.shape[-1], n_items, t))


def _gbce_negatives_rewarded(positive, negative, real, n_items, t):
    return gbce_loss(positive, -negative, real, n_items, t)


def _gbce_positive_only(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    return _powered(positive, negative, real, beta, on_negatives=0.0)


def _gbce_sign(positive, negative, real, n_items, t):
    return -gbce_loss(positive, negative, real, n_items, t)


def _gbce_log_of_sigmoid(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real].sigmoid(), negative[real].sigmoid()
    total = (positive**beta).log() + (1 - negative).log().sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_clipped(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real].sigmoid(), negative[real].sigmoid()
    total = beta * (positive + 1e-8).log() + (1 - negative + 1e-8).log().sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_flipped(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real.flip(1), n_items, t)


def _gbce_by_length(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t) * real.sum() / real.shape[1]


def _gbce_item(positive, negative, real, n_items, t):
    return float(gbce_loss(positive, negative, real, n_items, t))


def _gbce_detached(positive, negative, real, n_items, t):
    return gbce_loss(positive, negative, real, n_items, t).detach()


def _gbce_alpha_of_one_more(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1] + 1, n_items, t))


def _gbce_alpha_with_padding(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1], n_items + 2, t))


def _gbce_whole_division(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] // (n_items - 1)
    return _powered(positive, negative, real, _beta_of(alpha, t))


def _gbce_without_the_one(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _powered(positive, negative, real, alpha * t * (1 - 1 / alpha))


def _gbce_plus_for_minus(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _powered(positive, negative, real, alpha * (t * (1 + 1 / alpha) + 1 / alpha))


def _gbce_adds_beta(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = beta + logsigmoid(positive) + logsigmoid(-negative).sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_power_of_the_log(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = logsigmoid(positive) ** beta + logsigmoid(-negative).sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_power_of_the_loss(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = (-logsigmoid(positive)) ** beta - logsigmoid(-negative).sum(1)
    return total.mean() / (1 + negative.shape[1])


def _gbce_power_of_all_probabilities(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    no = (1 - negative.sigmoid() ** beta).log().sum(1)
    return -(beta * logsigmoid(positive) + no).mean() / (1 + negative.shape[1])


def _gbce_without_log(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = positive.sigmoid() ** beta + logsigmoid(-negative).sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _gbce_inside_both(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    return bce_loss(positive * beta, negative * beta, real)


def _gbce_alpha_of_what_is_left(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    return _powered(positive, negative, real, _beta_of(N / (n_items - N), t))


def _gbce_sums_the_batch(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    positive, negative = positive[real], negative[real]
    total = beta * logsigmoid(positive) + logsigmoid(-negative).sum()
    return -total.mean() / (1 + negative.shape[1])


def _gbce_zero_logits(positive, negative, real, n_items, t):
    return _gbce_ignores_the_mask(positive * real, negative * real[..., None], real, n_items, t)


_GBCE = Exercise(
    id="4.4",
    title="gBCE",
    minutes=12,
    reference=gbce_loss,
    probes=_gbce_probes,
    hints=(
        "The mean loss of one logit is - beta p log sigmoid(s) - alpha (1 - p) log(1 - "
        "sigmoid(s)), with `alpha = N / (n_items - 1)`: N of the n - 1 others are drawn. Where is "
        "its derivative 0?",
        "At sigmoid(s) = beta p / (beta p + alpha (1 - p)). That is p if beta = alpha. And log(p "
        "to the power beta) is beta times log p.",
        "A straight line from 1 at t = 0 to alpha at t = 1: `beta = 1 - t * (1 - alpha)`, and "
        "`beta * logsigmoid(positive)` in the place of `logsigmoid(positive)`.",
    ),
    built="You have built BCE with its overconfidence repaired. The comparison that follows "
    "trains it with t = 1 and holds its probabilities against what was counted.",
    ours="The power is a factor in front of the logarithm, so one `logsigmoid` times beta is "
    "enough.",
    misconceptions=(
        Misconception(
            name="alpha of n",
            wrong=_gbce_alpha_of_n,
            says="You divide N by n_items. The target is no negative of itself: there are n_items "
            "- 1 others.",
        ),
        Misconception(
            name="alpha counts the positive",
            wrong=_gbce_alpha_of_more,
            says="Your alpha is (N + 1) / n_items, with the positive counted. It is the share of "
            "the *other* items that are drawn: N / (n_items - 1).",
        ),
        Misconception(
            name="alpha turned round",
            wrong=_gbce_alpha_turned,
            says="Your alpha is turned round (inverted). It is the share of the other items that "
            "are drawn: N / (n_items - 1), not (n_items - 1) / N.",
        ),
        Misconception(
            name="alpha of the length",
            wrong=_gbce_alpha_of_length,
            says="Your N is the length L: `negative.shape[1]` before padding is left out. The "
            "number of negatives is the last axis, `negative.shape[-1]`.",
        ),
        Misconception(
            name="alpha of the positions",
            wrong=_gbce_alpha_of_positions,
            says="Your N counts the real positions. alpha needs the number of negatives of one "
            "position, the last axis of `negative`.",
        ),
        Misconception(
            name="t turned round",
            wrong=_gbce_t_turned,
            says="Your t runs the other way: t = 0 should be plain BCE, t = 1 the calibrated loss.",
        ),
        Misconception(
            name="t ignored",
            wrong=_gbce_t_ignored,
            says="Your beta is alpha: `t` is ignored. That holds for t = 1 only; with t = 0, beta "
            "is 1.",
        ),
        Misconception(
            name="t for beta",
            wrong=_gbce_t_as_beta,
            says="You use t itself as the power. beta lies between 1 (t = 0) and alpha (t = 1), so "
            "it needs alpha, the share of the other items that are drawn.",
        ),
        Misconception(
            name="t times alpha",
            wrong=_gbce_t_times_alpha,
            says="Your beta is t times alpha, and the second part is missing. At t = 0 beta must "
            "be 1: alpha * (t * (1 - 1 / alpha) + 1 / alpha).",
        ),
        Misconception(
            name="alpha to the power t",
            wrong=_gbce_power_of_alpha,
            says="You raise alpha to the power t. beta goes from 1 to alpha in a straight line: "
            "alpha * (t * (1 - 1 / alpha) + 1 / alpha).",
        ),
        Misconception(
            name="bracket closed too early",
            wrong=_gbce_bracket,
            says="A bracket closes too early: alpha multiplies the 1 / alpha as well. It is alpha "
            "* (t * (1 - 1 / alpha) + 1 / alpha).",
        ),
        Misconception(
            name="alpha for 1 / alpha",
            wrong=_gbce_alpha_for_its_inverse,
            says="You write alpha where 1 / alpha is due. It is alpha * (t * (1 - 1 / alpha) + 1 / "
            "alpha).",
        ),
        Misconception(
            name="no alpha in front",
            wrong=_gbce_without_alpha,
            says="The factor alpha in front of the bracket is missing. It is alpha * (t * (1 - 1 / "
            "alpha) + 1 / alpha).",
        ),
        Misconception(
            name="divides by beta",
            wrong=_gbce_divided,
            says="You divide by beta (the power is 1 / beta). The positive's log-probability is "
            "*multiplied* by beta.",
        ),
        Misconception(
            name="beta on both",
            wrong=_gbce_on_both,
            says="You put beta on the whole loss, negatives too. Only the positive's probability "
            "is raised to the power beta.",
        ),
        Misconception(
            name="beta on the negatives",
            wrong=_gbce_on_the_negatives,
            says="You put beta on the negatives. It is the positive's probability that is raised "
            "to the power beta.",
        ),
        Misconception(
            name="beta inside the sigmoid",
            wrong=_gbce_inside,
            says="You multiply the *logit* by beta. The power belongs outside: beta times log "
            "sigmoid(s).",
        ),
        Misconception(
            name="log beta",
            wrong=_gbce_log_beta,
            says="You add log beta, as if the probability were multiplied by beta. It is raised "
            "to that *power*: beta times log sigmoid(s).",
        ),
        Misconception(
            name="no beta",
            wrong=_gbce_no_beta,
            says="This is plain BCE: beta is missing.",
        ),
        Misconception(
            name="the negatives' mean",
            wrong=_gbce_mean_of_the_negatives,
            says="You average the negatives and divide by 1 + N on top. Their log-probabilities "
            "are *summed*, not averaged; 1 + N then counts all questions of a position.",
        ),
        Misconception(
            name="positive and negatives by halves",
            wrong=_gbce_halves,
            says="You average the negatives and divide by 2, so that all of them together weigh as "
            "much as the positive. Sum them, and divide by 1 + N.",
        ),
        Misconception(
            name="two means",
            wrong=_gbce_two_means,
            says="You add the positive's term and the *mean* of the negatives' terms. Sum the "
            "negatives, and divide everything by 1 + N.",
        ),
        Misconception(
            name="sums the questions",
            wrong=_gbce_summed,
            says="You sum over the 1 + N questions of a position. Divide by their number, as in "
            "BCE.",
        ),
        Misconception(
            name="divides by N",
            wrong=_gbce_by_n,
            says="You divide by N. A position has 1 + N questions, as in BCE: one positive and N "
            "negatives.",
        ),
        Misconception(
            name="divides by the weights",
            wrong=_gbce_by_weights,
            says="You divide by beta + N, the sum of the weights. As in BCE, it is the number of "
            "questions, 1 + N.",
        ),
        Misconception(name="sums the positions", wrong=_gbce_summed_positions, says=_SUMS),
        Misconception(name="divides by B", wrong=_gbce_by_users, says=_BY_USERS),
        Misconception(name="rows first", wrong=_gbce_rows_first, says=_BY_ROWS),
        Misconception(name="ignores the mask", wrong=_gbce_ignores_the_mask, says=_IGNORES),
        Misconception(name="multiplies by the mask", wrong=_gbce_multiplied, says=_MULTIPLIES),
        Misconception(name="mask turned round", wrong=_gbce_mask_turned, says=_TURNS),
        Misconception(
            name="rewards the negatives",
            wrong=_gbce_negatives_rewarded,
            says="You ask the negatives to be clicks, too: their sign is missing. Theirs is "
            "`logsigmoid(-s)`.",
        ),
        Misconception(
            name="the positive only",
            wrong=_gbce_positive_only,
            says="The negatives are missing: without them a model that says yes to everything is "
            "best.",
        ),
        Misconception(
            name="log of the sigmoid",
            wrong=_gbce_log_of_sigmoid,
            says="Right until a logit is large: then the sigmoid is exactly 0 or 1, and its log "
            "infinite. Use `logsigmoid`, and multiply by beta.",
        ),
        Misconception(
            name="clipped probabilities",
            wrong=_gbce_clipped,
            says="You clip the probabilities (a clamp, or a small eps) before the logarithm, so "
            "the loss stops growing where the model is sure and wrong. `logsigmoid` needs no "
            "clamp.",
        ),
        Misconception(name="mask flipped", wrong=_gbce_flipped, says=_FLIPPED),
        Misconception(name="divides by L", wrong=_gbce_by_length, says=_BY_LENGTH),
        Misconception(name="a plain number", wrong=_gbce_item, says=_ITEM),
        Misconception(name="detached", wrong=_gbce_detached, says=_DETACHED),
        Misconception(
            name="alpha of N + 1",
            wrong=_gbce_alpha_of_one_more,
            says="Your alpha counts the positive among the drawn: (N + 1) / (n_items - "
            "1). Only the N negatives are drawn.",
        ),
        Misconception(
            name="alpha of n + 1",
            wrong=_gbce_alpha_with_padding,
            says="You divide N by n_items + 1, the columns with padding. The others are "
            "n_items - 1.",
        ),
        Misconception(
            name="whole division",
            wrong=_gbce_whole_division,
            says="You divide in whole numbers, `//`, so alpha is 0. It is a share: divide "
            "with `/`.",
        ),
        Misconception(
            name="1 / alpha forgotten",
            wrong=_gbce_without_the_one,
            says="The + 1 / alpha at the end is missing, so beta gets below 0. It is "
            "alpha * (t * (1 - 1 / alpha) + 1 / alpha).",
        ),
        Misconception(
            name="plus for minus",
            wrong=_gbce_plus_for_minus,
            says="There is a plus where a minus belongs: it is t * (1 - 1 / alpha), so "
            "that beta falls from 1 to alpha.",
        ),
        Misconception(
            name="adds beta",
            wrong=_gbce_adds_beta,
            says="You add beta. The probability is raised to the power beta, so its log "
            "is *multiplied* by it.",
        ),
        Misconception(
            name="power of the log",
            wrong=_gbce_power_of_the_log,
            says="You raise the *logarithm* to the power beta, and it is negative: NaN. "
            "The power is on the probability, so beta multiplies its log.",
        ),
        Misconception(
            name="power of the loss",
            wrong=_gbce_power_of_the_loss,
            says="You raise the positive's *loss* to the power beta. The power is on the "
            "probability, so beta multiplies its log.",
        ),
        Misconception(
            name="power of all probabilities",
            wrong=_gbce_power_of_all_probabilities,
            says="You raise the negatives' probabilities to the power beta, too. Only the "
            "positive's is.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_gbce_without_log,
            says="The logarithm of the positive's part is missing: you add the "
            "probability to the power beta. Its log is beta times log sigmoid(s).",
        ),
        Misconception(
            name="beta inside both",
            wrong=_gbce_inside_both,
            says="You multiply all *logits* by beta. The power belongs outside the "
            "sigmoid, and on the positive only: beta times log sigmoid(s).",
        ),
        Misconception(
            name="alpha of what is left",
            wrong=_gbce_alpha_of_what_is_left,
            says="You divide N by the items that were not drawn. alpha is the share of "
            "all *other* items: N / (n_items - 1).",
        ),
        Misconception(
            name="sums over the batch",
            wrong=_gbce_sums_the_batch,
            says="You sum the negatives of all positions and add that sum to each one. "
            "Sum along the last axis only.",
        ),
        Misconception(name="padding at logit 0", wrong=_gbce_zero_logits, says=_ZERO_LOGITS),
        Misconception(
            name="sign",
            wrong=_gbce_sign,
            says="The sign is turned, a minus is missing: an optimiser would make the model as "
            "wrong as it can.",
        ),
    ),
)

# --- 4.5 Sampled softmax --------------------------------------------------------------------------


def _with_fixed_q(answer, positive, negative, real, log_q):
    """`log_q` comes from the sampler: nobody asks for its gradient."""
    return answer(positive, negative, real, log_q.detach())


def _sampled_probes(rng):
    half = torch.tensor([[[0.5, 0.5]]]).log()
    yield Probe(
        (torch.tensor([[1.0]]), torch.tensor([[[0.0, -1.0]]]), torch.tensor([[True]]), half),
        label="two negatives",
    )
    one = torch.zeros(1, 1, 1)
    yield Probe(
        (torch.tensor([[0.3]]), torch.tensor([[[0.8]]]), torch.tensor([[True]]), one),
        label="the only other item",
    )
    for B, L, N in ((3, 4, 5), (2, 5, 3), (4, 3, 6), (3, 5, 2), (2, 6, 4)):
        q = torch.from_numpy(rng.uniform(0.01, 0.3, (B, L, N))).float()
        yield Probe(
            (_normal(rng, B, L), _normal(rng, B, L, N), _some_real(rng, B, L), q.log()),
            label="random, with padding",
            gradients=True,
            call=_with_fixed_q,
        )
    large = torch.tensor([[-500.0]]), torch.tensor([[[500.0, 0.0]]])
    yield Probe(
        (large, torch.tensor([[True]]), half),
        label="logits of 500, and of 1000",
        call=_at_large_logits,
        edge=True,
    )


def _sampled_each(positive, corrected, of_positive=0.0):
    logits = torch.cat([(positive + of_positive)[..., None], corrected], -1)
    return logits.logsumexp(-1) - positive


def _log_n(negative):
    return math.log(negative.shape[-1])


def _sampled(positive, negative, real, weight, of_positive=0.0):
    return _sampled_each(positive[real], (negative + weight)[real], of_positive).mean()


def _sampled_right_each(positive, negative, log_q):
    return _sampled_each(positive, negative - log_q - _log_n(negative))


def _sampled_added(positive, negative, real, log_q):
    return _sampled(positive, negative, real, log_q - _log_n(negative))


def _sampled_added_without_n(positive, negative, real, log_q):
    return _sampled(positive, negative, real, log_q)


def _sampled_forgets_n(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q)


def _sampled_adds_n(positive, negative, real, log_q):
    return _sampled(positive, negative, real, _log_n(negative) - log_q)


def _sampled_n_without_log(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q - negative.shape[-1])


def _sampled_n_by_division(positive, negative, real, log_q):
    return _sampled_each(positive[real], ((negative - log_q) / negative.shape[-1])[real]).mean()


def _sampled_n_of_the_length(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q - math.log(real.shape[1]))


def _sampled_n_of_the_positions(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q - math.log(int(real.sum())))


def _sampled_one_more(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q - math.log(negative.shape[-1] + 1))


def _sampled_everything_by_n(positive, negative, real, log_q):
    n = _log_n(negative)
    return _sampled(positive, negative, real, -log_q - n, of_positive=-n)


def _sampled_uncorrected(positive, negative, real, log_q):
    return _sampled(positive, negative, real, torch.zeros_like(log_q))


def _sampled_never_reads_q(positive, negative, real, log_q):
    return _sampled(positive, negative, real, torch.zeros_like(log_q) - _log_n(negative))


def _sampled_q_for_log_q(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q.exp() - _log_n(negative))


def _sampled_q_over_the_drawn(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, real, log_q.log_softmax(dim=-1))


def _sampled_logits_by_q(positive, negative, real, log_q):
    return _sampled_each(positive[real], (negative / log_q.exp() - _log_n(negative))[real]).mean()


def _sampled_divided_by_log_q(positive, negative, real, log_q):
    rest = (negative[real].exp() / log_q[real]).mean(1)
    return ((positive[real].exp() + rest).log() - positive[real]).mean()


def _sampled_without_the_positive(positive, negative, real, log_q):
    positive, negative, log_q = positive[real], negative[real], log_q[real]
    return ((negative - log_q - _log_n(negative)).logsumexp(1) - positive).mean()


def _sampled_forgets_the_positive(positive, negative, real, log_q):
    corrected = negative - log_q - _log_n(negative)
    logits = torch.cat([positive[..., None], corrected], -1)[real]
    return logits.logsumexp(1).mean()


def _sampled_adds_the_positive(positive, negative, real, log_q):
    corrected = negative - log_q - _log_n(negative)
    logits = torch.cat([positive[..., None], corrected], -1)[real]
    return (logits.logsumexp(1) + positive[real]).mean()


def _sampled_corrects_the_positive(positive, negative, real, log_q):
    mean = log_q.mean(-1)[real]
    return _sampled(positive, negative, real, -log_q - _log_n(negative), of_positive=-mean)


def _sampled_one_at_a_time(positive, negative, real, log_q):
    positive, corrected = positive[real][:, None], (negative - log_q)[real]
    return (torch.logaddexp(positive, corrected) - positive).mean()


def _sampled_one_at_a_time_with_n(positive, negative, real, log_q):
    positive, corrected = positive[real][:, None], (negative - log_q - _log_n(negative))[real]
    return (torch.logaddexp(positive, corrected) - positive).mean()


def _sampled_mean_of_logits(positive, negative, real, log_q):
    corrected = (negative - log_q).mean(-1, keepdim=True)
    return _sampled_each(positive[real], corrected[real]).mean()


def _sampled_highest(positive, negative, real, log_q):
    corrected = (negative - log_q - _log_n(negative)).amax(-1, keepdim=True)
    return _sampled_each(positive[real], corrected[real]).mean()


def _sampled_first(positive, negative, real, log_q):
    return _sampled_each(positive[real], (negative - log_q)[real][:, :1]).mean()


def _sampled_negatives_detached(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative.detach(), real, log_q)


def _sampled_ignores_the_mask(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, torch.ones_like(real), log_q)


def _sampled_multiplied(positive, negative, real, log_q):
    return (_sampled_right_each(positive, negative, log_q) * real).mean()


def _sampled_mask_turned(positive, negative, real, log_q):
    return _sampled_right_each(positive, negative, log_q)[~real].mean()


def _sampled_summed(positive, negative, real, log_q):
    return _sampled_right_each(positive, negative, log_q)[real].sum()


def _sampled_by_users(positive, negative, real, log_q):
    return _sampled_summed(positive, negative, real, log_q) / len(real)


def _sampled_rows_first(positive, negative, real, log_q):
    return _rows_first(_sampled_right_each(positive, negative, log_q), real)


def _sampled_sign(positive, negative, real, log_q):
    return -sampled_softmax_loss(positive, negative, real, log_q)


def _sampled_base_two(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, real, log_q) / math.log(2)


def _sampled_not_reduced(positive, negative, real, log_q):
    return _sampled_right_each(positive, negative, log_q)[real]


def _sampled_by_hand(positive, negative, real, log_q):
    positive, negative, log_q = positive[real], negative[real], log_q[real]
    rest = (negative.exp() / log_q.exp()).mean(1)
    return ((positive.exp() + rest).log() - positive).mean()


def _sampled_clipped(positive, negative, real, log_q):
    each = _sampled_right_each(positive, negative, log_q)[real]
    return -((-each).exp() + 1e-9).log().mean()


def _sampled_first_row(positive, negative, real, log_q):
    return sampled_softmax_loss(positive[:1], negative[:1], real[:1], log_q[:1])


def _sampled_flipped(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, real.flip(1), log_q)


def _sampled_by_length(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, real, log_q) * real.sum() / real.shape[1]


def _sampled_item(positive, negative, real, log_q):
    return float(sampled_softmax_loss(positive, negative, real, log_q))


def _sampled_detached(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, real, log_q).detach()


def _sampled_outside(positive, negative, real, log_q):
    everything = _sampled_each(positive, negative - log_q)[real] + positive[real]
    return (everything / negative.shape[-1] - positive[real]).mean()


def _sampled_normalised_weights(positive, negative, real, log_q):
    return _sampled_each(positive[real], (negative + (-log_q).log_softmax(-1))[real]).mean()


def _sampled_one_correction(positive, negative, real, log_q):
    corrected = negative - log_q.logsumexp(-1, keepdim=True) - _log_n(negative)
    return _sampled_each(positive[real], corrected[real]).mean()


def _sampled_corrected_twice(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -2 * log_q - _log_n(negative))


def _sampled_log_of_log(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q.log() - _log_n(negative))


def _sampled_no_exp_of_the_positive(positive, negative, real, log_q):
    rest = (negative - log_q - _log_n(negative))[real].logsumexp(1)
    return (rest.exp() + positive[real]).log().mean()


def _sampled_probability(positive, negative, real, log_q):
    return -(-_sampled_right_each(positive, negative, log_q)[real]).exp().mean()


def _sampled_over_positions(positive, negative, real, log_q):
    corrected = (negative - log_q - _log_n(negative))[real]
    logits = torch.cat([positive[real][:, None], corrected], 1)
    return -logits.log_softmax(0)[:, 0].mean()


def _sampled_zero_logits(positive, negative, real, log_q):
    shape = real[..., None]
    return _sampled_ignores_the_mask(positive * real, negative * shape, real, log_q)


def _sampled_last_positions(positive, negative, real, log_q):
    last = (each[:, -1:] for each in (positive, negative, real, log_q))
    return sampled_softmax_loss(*last)


_SAMPLED = Exercise(
    id="4.5",
    title="Sampled softmax with log-Q",
    minutes=8,
    reference=sampled_softmax_loss,
    probes=_sampled_probes,
    hints=(
        "Dividing exp(s) by N q is the same as subtracting log N and log q from s.",
        "`corrected = negative - log_q - log(N)`; the positive stays as it is.",
        "`torch.cat([positive[:, None], corrected], 1).logsumexp(1) - positive`, and the mean",
    ),
    built="You have built the softmax for catalogues too large to sum over. Chapter 11 trains "
    "its two towers with it, the batch as negatives.",
    ours="Both corrections, log q and log N, are subtracted from the logits; one `logsumexp` "
    "does the rest.",
    misconceptions=(
        Misconception(
            name="adds log q, forgets N",
            wrong=_sampled_added_without_n,
            says="You add log q instead of subtracting it, and log N is missing. A negative that "
            "is drawn rarely stands for many that were not: *divide* by N q, so subtract both "
            "logs.",
        ),
        Misconception(
            name="adds log q",
            wrong=_sampled_added,
            says="You add log q. A negative that is drawn rarely stands for many that were not: "
            "*divide* by q, so subtract its log.",
        ),
        Misconception(
            name="no correction",
            wrong=_sampled_uncorrected,
            says="log_q does not appear in your loss, and neither does N: there is no correction. "
            "Without it popular products look bad, as chapter 03 showed.",
        ),
        Misconception(
            name="never reads log q",
            wrong=_sampled_never_reads_q,
            says="`log_q` is never used in your loss: all negatives weigh alike. One that is "
            "rarely drawn must count for more: subtract its log q, too.",
        ),
        Misconception(
            name="forgets N",
            wrong=_sampled_forgets_n,
            says="Your estimate grows with the number of negatives: the mean over them divides by "
            "N, so subtract log N from the negatives, and from them alone.",
        ),
        Misconception(
            name="adds log N",
            wrong=_sampled_adds_n,
            says="You add log N, with the wrong sign. The estimate is a *mean* over the N "
            "negatives, so divide by N: subtract log N.",
        ),
        Misconception(
            name="N without its log",
            wrong=_sampled_n_without_log,
            says="You subtract N itself. Inside the exponential, dividing by N is subtracting "
            "*log* N.",
        ),
        Misconception(
            name="divides the logits by N",
            wrong=_sampled_n_by_division,
            says="You divide the negatives' *logits* by N (a mean of logits). It is exp(s) that is "
            "divided by N: subtract log N.",
        ),
        Misconception(
            name="log of the length",
            wrong=_sampled_n_of_the_length,
            says="You subtract log L: your N is the length, `shape[1]` before padding is left out. "
            "The number of negatives N is the last axis.",
        ),
        Misconception(
            name="log of the positions",
            wrong=_sampled_n_of_the_positions,
            says="Your N counts the real positions. It is the number of negatives of one position, "
            "the last axis.",
        ),
        Misconception(
            name="q over the drawn",
            wrong=_sampled_q_over_the_drawn,
            says="You scale q so that it sums to 1 over the N drawn. It is a probability among all "
            "products: take `log_q` as it is.",
        ),
        Misconception(
            name="log of N + 1",
            wrong=_sampled_one_more,
            says="You subtract log(N + 1), with the positive counted. The estimate is a mean over "
            "the N negatives only: log N.",
        ),
        Misconception(
            name="the positive by N, too",
            wrong=_sampled_everything_by_n,
            says="You divide the positive by N in the sum, too. It is no sample: it stands in the "
            "sum once, as it is, and only the negatives are corrected by log N.",
        ),
        Misconception(
            name="q for log q",
            wrong=_sampled_q_for_log_q,
            says="You subtract q itself, not its log. `log_q` is a logarithm already: subtract it "
            "as it is, without exp.",
        ),
        Misconception(
            name="divides the logits by q",
            wrong=_sampled_logits_by_q,
            says="You divide the *logits* by q. It is exp(s) that is divided by q: subtract log q "
            "from s.",
        ),
        Misconception(
            name="divides by log q",
            wrong=_sampled_divided_by_log_q,
            says="You divide by log q as if it were q. `log_q` is a logarithm: subtract it from "
            "the logit.",
        ),
        Misconception(
            name="the positive is corrected, too",
            wrong=_sampled_corrects_the_positive,
            says="You correct the positive in the sum, too. It was not drawn: it stays as it is, "
            "only the negatives get log q.",
        ),
        Misconception(
            name="the positive is not in the sum",
            wrong=_sampled_without_the_positive,
            says="The positive is missing in the sum. The softmax divides by *all* exponentials, "
            "its own among them; without it the loss can fall for ever.",
        ),
        Misconception(
            name="does not subtract the positive",
            wrong=_sampled_forgets_the_positive,
            says="You return the log of the sum alone; the positive's logit is not subtracted. "
            "Without it nothing pulls the positive up.",
        ),
        Misconception(
            name="adds the positive",
            wrong=_sampled_adds_the_positive,
            says="You add the positive's logit, with the wrong sign. It is log of the sum *minus* "
            "the positive.",
        ),
        Misconception(
            name="one negative at a time",
            wrong=_sampled_one_at_a_time,
            says="You compare with one negative at a time, in pairs, and average these losses: "
            "the mean is outside the log. The sum over all N negatives belongs *inside* the log.",
        ),
        Misconception(
            name="one negative at a time, with N",
            wrong=_sampled_one_at_a_time_with_n,
            says="You compare with one negative at a time and take the mean of these losses. All N "
            "negatives belong into one sum, inside the log.",
        ),
        Misconception(
            name="mean of logits",
            wrong=_sampled_mean_of_logits,
            says="You average the negatives' corrected logits. It is their exponentials that are "
            "averaged: `logsumexp` less log N.",
        ),
        Misconception(
            name="the highest negative",
            wrong=_sampled_highest,
            says="Only the highest negative enters your sum, the maximum. All N do: `logsumexp`.",
        ),
        Misconception(
            name="the first negative",
            wrong=_sampled_first,
            says="Only the first negative enters your sum. All N do.",
        ),
        Misconception(
            name="detached negatives",
            wrong=_sampled_negatives_detached,
            says="The loss is right, but your negatives are detached: no gradient reaches them, so "
            "nothing pushes them down. Only `log_q` is a constant: leave out `detach` and "
            "`no_grad` for the logits.",
        ),
        Misconception(name="ignores the mask", wrong=_sampled_ignores_the_mask, says=_IGNORES),
        Misconception(name="multiplies by the mask", wrong=_sampled_multiplied, says=_MULTIPLIES),
        Misconception(name="mask turned round", wrong=_sampled_mask_turned, says=_TURNS),
        Misconception(name="sums the positions", wrong=_sampled_summed, says=_SUMS),
        Misconception(name="divides by B", wrong=_sampled_by_users, says=_BY_USERS),
        Misconception(name="rows first", wrong=_sampled_rows_first, says=_BY_ROWS),
        Misconception(
            name="exp by hand",
            wrong=_sampled_by_hand,
            says="exp(1000) is infinite. Stay with logarithms: `logsumexp` does not overflow.",
        ),
        Misconception(
            name="clipped",
            wrong=_sampled_clipped,
            says="You clip the probability (a clamp, or a small eps) before the logarithm, so the "
            "loss stops growing. Stay with logarithms: `logsumexp` needs no clamp.",
        ),
        Misconception(name="mask flipped", wrong=_sampled_flipped, says=_FLIPPED),
        Misconception(name="divides by L", wrong=_sampled_by_length, says=_BY_LENGTH),
        Misconception(name="a plain number", wrong=_sampled_item, says=_ITEM),
        Misconception(name="detached", wrong=_sampled_detached, says=_DETACHED),
        Misconception(
            name="1 / N outside",
            wrong=_sampled_outside,
            says="You divide the logarithm by N. It is the sum of the negatives' "
            "exponentials that is divided by N, inside the log: subtract log N from "
            "their logits.",
        ),
        Misconception(
            name="normalised weights",
            wrong=_sampled_normalised_weights,
            says="You normalise the weights 1 / q to sum to 1. They stay as they are: "
            "exp(s) / (N q), so subtract log q and log N.",
        ),
        Misconception(
            name="one correction for all",
            wrong=_sampled_one_correction,
            says="You correct all negatives of a position by the sum of their q. Each has "
            "a log q of its own.",
        ),
        Misconception(
            name="corrected twice",
            wrong=_sampled_corrected_twice,
            says="You subtract log q twice. Once is enough.",
        ),
        Misconception(
            name="log of log q",
            wrong=_sampled_log_of_log,
            says="You take the logarithm of `log_q`, which is a logarithm already (and "
            "negative: NaN). Subtract it as it is.",
        ),
        Misconception(
            name="no exp of the positive",
            wrong=_sampled_no_exp_of_the_positive,
            says="You add the positive's logit to exponentials. It goes into the sum as "
            "exp(s), like the others.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_sampled_probability,
            says="The logarithm is missing: you return minus the probability. The loss is "
            "minus its *log*.",
        ),
        Misconception(
            name="over the positions",
            wrong=_sampled_over_positions,
            says="Your softmax runs over the positions, along the wrong axis. It runs "
            "over the positive and its N negatives.",
        ),
        Misconception(name="padding at logit 0", wrong=_sampled_zero_logits, says=_ZERO_LOGITS),
        Misconception(
            name="the last position only",
            wrong=_sampled_last_positions,
            says="Only the last position of each row counts in your loss. All real positions do.",
        ),
        Misconception(
            name="sign",
            wrong=_sampled_sign,
            says="The sign is turned, a minus too many or too few: the loss must be large where "
            "the positive is low.",
        ),
        Misconception(
            name="base 2",
            wrong=_sampled_base_two,
            says="Your logarithm has base 2. Losses take the natural logarithm.",
        ),
        Misconception(
            name="not reduced",
            wrong=_sampled_not_reduced,
            says="You return one loss a position. Wanted is a scalar: their mean.",
        ),
        Misconception(
            name="the first row only",
            wrong=_sampled_first_row,
            says="Only the first row counts in your loss. All rows of the batch do.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="weight = torch.zeros_like(negative) if log_q is None else "
            "-log_q.to(negative) - math.log(max(1, negative.shape[-1])) -> *",
            reason="log_q is always given here, with at least one negative.",
        ),
        EquivalentMutant(
            edit="positive, negative, log_q = (positive[real], negative[real], "
            "log_q[real].to(negative)) -> positive, negative, log_q = (positive[real], "
            "negative[real], log_q[real])",
            reason="Logits and log_q have one dtype here; what a mixture gives is not asked.",
        ),
    ),
)

EXERCISES = (_BCE, _BPR, _SOFTMAX, _GBCE, _SAMPLED)

QUIZZES = (
    Quiz(
        id="4.1",
        question="BPR trains on triplets (u, i, j). What does it optimise?",
        choices=(
            Choice(
                "The click probability of item i for user u.",
                why="That is BCE. BPR's scores can be shifted by any number without changing the "
                "loss, so they are no probabilities.",
            ),
            Choice(
                "The rating that user u gives item i.",
                why="That is MSE on explicit ratings. BPR never sees a rating, only that i was "
                "preferred to j.",
            ),
            Choice(
                "That user u's score of item i, which was clicked, is above the score of item j, "
                "which was not.",
                right=True,
                why="The loss depends on the difference of the two scores alone, and falls as i "
                "moves ahead of j: an order between pairs.",
            ),
            Choice(
                "The position of item i in the full ranking of all items.",
                why="Close: many pairs together make an order. But each step sees one pair; where "
                "the pair stands in the whole ranking never enters.",
            ),
        ),
    ),
    Quiz(
        id="4.2",
        question="A model trained with BCE and one negative per positive says 60 % for a product. "
        "What can you say?",
        choices=(
            Choice(
                "The next click is on this product in 60 % of the cases.",
                why="It was never asked that. It was asked about a mixture in which every second "
                "pair is a click.",
            ),
            Choice(
                "Among pairs like those in training, half of them clicks, 60 % of such pairs are "
                "clicks.",
                right=True,
                why="BCE answers for the mixture that it was shown. With other negatives, or more "
                "of them, the number would be another.",
            ),
            Choice(
                "Nothing at all: the number is meaningless.",
                why="It has a meaning, for the mixture that it was trained on, and it orders "
                "products well.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="4.1", asks="The prediction of the least MSE", unit="stars", low=1, high=5, close=0
    ),
    GuessChoice(
        id="4.2",
        asks="What stops pulling once the positive is ahead",
        choices=("MSE", "BCE", "BPR", "softmax"),
    ),
    GuessNumber(
        id="4.3",
        asks="Points of the lift between the loss that orders best and the one that orders worst",
        unit="points",
        high=100,
        close=1,
    ),
    GuessNumber(
        id="4.4", asks="What BCE's probabilities of the 50 products sum to", high=50, close=1
    ),
)
