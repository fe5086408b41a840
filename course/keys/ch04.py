"""Answer key of chapter 04."""

import torch
from torch.nn.functional import logsigmoid

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.losses import bce_loss, bpr_loss, gbce_loss, sampled_softmax_loss, softmax_loss

# --- What the probes of several exercises share ---------------------------------------------------


def _normal(rng, *shape, scale=1.0):
    return torch.from_numpy(rng.normal(size=shape) * scale).float()


def _some_real(rng, B, L):
    real = torch.from_numpy(rng.random((B, L)) < 0.6)
    real[0, -1] = True
    return real


def _pair_probes(rng):
    """positive, negative, real:

    one position, random ones with gradients, padding that holds NaN, huge logits.
    """
    yield Probe(
        (torch.tensor([[0.5]]), torch.tensor([[[-0.3]]]), torch.tensor([[True]])),
        label="one position, one negative",
    )
    yield Probe(
        (
            torch.tensor([[0.2, -0.4]]),
            torch.tensor([[[0.1, 0.7, -1.0], [0.3, 0.0, 0.6]]]),
            torch.tensor([[True, True]]),
        ),
        label="two positions, three negatives",
    )
    for _ in range(3):
        yield Probe(
            (_normal(rng, 3, 4), _normal(rng, 3, 4, 5), _some_real(rng, 3, 4)),
            label="random, with padding",
            gradients=True,
        )
    broken = torch.tensor([[float("nan"), 1.0]])
    yield Probe(
        (broken, torch.tensor([[[float("inf")], [0.5]]]), torch.tensor([[False, True]])),
        label="NaN under padding",
    )
    yield Probe(
        (
            torch.tensor([[-200.0, 200.0]]),
            torch.tensor([[[200.0], [-200.0]]]),
            torch.tensor([[True, True]]),
        ),
        label="huge logits",
    )


# --- 4.1 BCE --------------------------------------------------------------------------------------


def _bce_multiplied(positive, negative, real):
    each = -(logsigmoid(positive) + logsigmoid(-negative).sum(-1)) / (1 + negative.shape[-1])
    return (each * real).mean()


def _bce_ignores_the_mask(positive, negative, real):
    return -(logsigmoid(positive) + logsigmoid(-negative).sum(-1)).mean() / (1 + negative.shape[-1])


def _bce_log_of_sigmoid(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(positive.sigmoid().log() + (1 - negative.sigmoid()).log().sum(1)).mean() / (
        1 + negative.shape[1]
    )


def _bce_negatives_rewarded(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(negative).sum(1)).mean() / (1 + negative.shape[1])


def _bce_halves(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(-negative).mean(1)).mean() / 2


def _bce_summed(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(logsigmoid(positive) + logsigmoid(-negative).sum(1)).mean()


def _bce_sign(positive, negative, real):
    return -bce_loss(positive, negative, real)


_BCE = Exercise(
    id="4.1",
    title="Binary cross-entropy",
    minutes=7,
    reference=bce_loss,
    probes=_pair_probes,
    hints=(
        "First throw away what is padding: `positive[real]` is (K,), `negative[real]` is (K, N).",
        "`logsigmoid(s)` is the log of yes, `logsigmoid(-s)` the log of no. Sum the no's of each "
        "position.",
        "`-(logsigmoid(positive) + logsigmoid(-negative).sum(1)).mean() / (1 + N)`",
    ),
    misconceptions=(
        Misconception(
            name="multiplies by the mask",
            wrong=_bce_multiplied,
            says="You multiply by the mask, but divide by all positions: padding makes the loss "
            "smaller. Leave it out first: `positive[real]`.",
        ),
        Misconception(
            name="ignores the mask",
            wrong=_bce_ignores_the_mask,
            says="Padding votes in your loss. Take only the positions where `real` is True.",
        ),
        Misconception(
            name="log of the sigmoid",
            wrong=_bce_log_of_sigmoid,
            says="Right until a logit is large: then the sigmoid is exactly 0 or 1, and its log "
            "infinite. `logsigmoid` computes both in one go.",
        ),
        Misconception(
            name="rewards the negatives",
            wrong=_bce_negatives_rewarded,
            says="You ask the negatives to be clicks, too. Theirs is log(1 - sigmoid(s)), which is "
            "`logsigmoid(-s)`.",
        ),
        Misconception(
            name="positive and negatives by halves",
            wrong=_bce_halves,
            says="You average the negatives first, so that all of them together weigh as much as "
            "the positive. Here each of the 1 + N questions counts the same.",
        ),
        Misconception(
            name="sums the questions",
            wrong=_bce_summed,
            says="You sum over the 1 + N questions of a position. Divide by their number, or more "
            "negatives look like a worse model.",
        ),
        Misconception(
            name="sign",
            wrong=_bce_sign,
            says="The sign is turned: an optimiser would make the model as wrong as it can.",
        ),
    ),
)

# --- 4.2 BPR --------------------------------------------------------------------------------------


def _bpr_turned(positive, negative, real):
    return -logsigmoid(negative[real] - positive[real][:, None]).mean()


def _bpr_without_log(positive, negative, real):
    return -(positive[real][:, None] - negative[real]).sigmoid().mean()


def _bpr_summed(positive, negative, real):
    return -logsigmoid(positive[real][:, None] - negative[real]).sum(1).mean()


def _bpr_ignores_the_mask(positive, negative, real):
    return -logsigmoid(positive[..., None] - negative).mean()


def _bpr_against_the_mean(positive, negative, real):
    return -logsigmoid(positive[real] - negative[real].mean(1)).mean()


def _bpr_log_of_sigmoid(positive, negative, real):
    return -(positive[real][:, None] - negative[real]).sigmoid().log().mean()


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
    misconceptions=(
        Misconception(
            name="turned round",
            wrong=_bpr_turned,
            says="You subtract the positive from the negative: the model learns to rank the "
            "negative first.",
        ),
        Misconception(
            name="no logarithm",
            wrong=_bpr_without_log,
            says="You left out the logarithm. Without it a positive that is far behind hardly gets "
            "a pull at all.",
        ),
        Misconception(
            name="sums over the negatives",
            wrong=_bpr_summed,
            says="You sum over the negatives of a position. Take the mean over all pairs, or N "
            "scales your learning rate.",
        ),
        Misconception(
            name="ignores the mask",
            wrong=_bpr_ignores_the_mask,
            says="Padding votes in your loss. Take only the positions where `real` is True.",
        ),
        Misconception(
            name="against the mean",
            wrong=_bpr_against_the_mean,
            says="You compare with the *mean* of the negatives. BPR compares with each of them: a "
            "difference per pair.",
        ),
        Misconception(
            name="log of the sigmoid",
            wrong=_bpr_log_of_sigmoid,
            says="Right until a difference is large: then the sigmoid is 0 and its log infinite. "
            "Use `logsigmoid`.",
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
    for _ in range(3):
        real = _some_real(rng, 3, 4)
        targets = torch.from_numpy(rng.integers(1, 6, (3, 4))) * real
        yield Probe((batch(3, 4, 6), targets, real), label="random, with padding", gradients=True)
    huge = torch.tensor([[[-torch.inf, 1000.0, -1000.0, 0.0]]])
    yield Probe((huge, torch.tensor([[2]]), torch.tensor([[True]])), label="huge logits")


def _softmax_ignores_the_mask(logits, targets, real):
    return (
        logits.logsumexp(-1) - logits.gather(-1, targets.clamp(min=1)[..., None])[..., 0]
    ).mean()


def _softmax_twice(logits, targets, real):
    return torch.nn.functional.cross_entropy(logits[real].softmax(1), targets[real])


def _softmax_by_hand(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (logits.exp().sum(1).log() - logits.gather(1, targets[:, None])[:, 0]).mean()


def _softmax_shifted(logits, targets, real):
    logits, targets = logits[real], targets[real]
    return (
        logits.logsumexp(1)
        - logits[:, 1:].gather(1, (targets % (logits.shape[1] - 1))[:, None])[:, 0]
    ).mean()


def _softmax_sign(logits, targets, real):
    return -softmax_loss(logits, targets, real)


def _softmax_summed(logits, targets, real):
    return softmax_loss(logits, targets, real) * real.sum()


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
    misconceptions=(
        Misconception(
            name="ignores the mask",
            wrong=_softmax_ignores_the_mask,
            says="Padding votes in your loss. Take only the positions where `real` is True.",
        ),
        Misconception(
            name="softmax twice",
            wrong=_softmax_twice,
            says="`cross_entropy` takes a softmax itself, and you give it probabilities: softmax "
            "of a softmax is nearly flat, and learns slowly.",
        ),
        Misconception(
            name="exp, sum, log",
            wrong=_softmax_by_hand,
            says="exp(1000) is infinite. `logsumexp` takes the largest logit out first and does "
            "not overflow.",
        ),
        Misconception(
            name="off by one",
            wrong=_softmax_shifted,
            says="You pick the logit of the next item: column j *is* item j here, padding has "
            "column 0.",
        ),
        Misconception(
            name="sign",
            wrong=_softmax_sign,
            says="The sign is turned: the loss must be large where the target's logit is small.",
        ),
        Misconception(
            name="sums the positions",
            wrong=_softmax_summed,
            says="You sum over the positions. Take the mean, or long batches get a larger learning "
            "rate.",
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
    for probe in _pair_probes(rng):
        yield Probe((*probe.args, 20, 0.75), label=probe.label, gradients=probe.gradients)
    some = (_normal(rng, 2, 3), _normal(rng, 2, 3, 4), _some_real(rng, 2, 3))
    yield Probe((*some, 30, 0.0), label="t = 0 is BCE")
    yield Probe((*some, 30, 1.0), label="t = 1")
    yield Probe((*some, 5, 0.5), label="all other items are negatives")


def _powered(positive, negative, real, beta, on_negatives=1.0):
    positive, negative = positive[real], negative[real]
    total = beta * logsigmoid(positive) + on_negatives * logsigmoid(-negative).sum(1)
    return -total.mean() / (1 + negative.shape[1])


def _beta(N, n_items, t):
    alpha = N / (n_items - 1)
    return alpha * (t * (1 - 1 / alpha) + 1 / alpha)


def _gbce_alpha_of_n(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1], n_items + 1, t))


def _gbce_t_turned(positive, negative, real, n_items, t):
    return _powered(positive, negative, real, _beta(negative.shape[-1], n_items, 1 - t))


def _gbce_on_the_negatives(positive, negative, real, n_items, t):
    return _powered(
        positive, negative, real, 1.0, on_negatives=_beta(negative.shape[-1], n_items, t)
    )


def _gbce_inside(positive, negative, real, n_items, t):
    beta = _beta(negative.shape[-1], n_items, t)
    return bce_loss(positive * beta, negative, real)


def _gbce_no_beta(positive, negative, real, n_items, t):
    return bce_loss(positive, negative, real)


_GBCE = Exercise(
    id="4.4",
    title="gBCE",
    minutes=8,
    reference=gbce_loss,
    probes=_gbce_probes,
    hints=(
        "It is BCE with one factor more: log(p to the power beta) is beta times log p.",
        "`alpha = N / (n_items - 1)`: of the n - 1 other items, N are drawn.",
        "`beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)`, and `beta * logsigmoid(positive)` in "
        "the place of `logsigmoid(positive)`",
    ),
    misconceptions=(
        Misconception(
            name="alpha of n",
            wrong=_gbce_alpha_of_n,
            says="You divide N by n_items. The target is no negative of itself: there are n_items "
            "- 1 others.",
        ),
        Misconception(
            name="t turned round",
            wrong=_gbce_t_turned,
            says="Your t runs the other way: t = 0 should be plain BCE, t = 1 the calibrated loss.",
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
            name="no beta",
            wrong=_gbce_no_beta,
            says="This is plain BCE: beta is missing.",
        ),
    ),
)

# --- 4.5 Sampled softmax --------------------------------------------------------------------------


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
    for _ in range(3):
        q = torch.from_numpy(rng.uniform(0.01, 0.3, (3, 4, 5)))
        probe = (_normal(rng, 3, 4), _normal(rng, 3, 4, 5), _some_real(rng, 3, 4), q.log())
        yield Probe(probe, label="random, with padding", gradients=True)
    huge = (
        torch.tensor([[-1000.0]]),
        torch.tensor([[[1000.0, 0.0]]]),
        torch.tensor([[True]]),
        half,
    )
    yield Probe(huge, label="huge logits")


def _sampled(positive, negative, real, weight, shift=0.0):
    positive, negative, weight = positive[real], negative[real], weight[real].to(negative)
    logits = torch.cat([(positive + shift)[:, None], negative + weight], 1)
    return (logits.logsumexp(1) - positive).mean()


def _log_n(negative):
    return torch.log(torch.tensor(float(negative.shape[-1])))


def _sampled_added(positive, negative, real, log_q):
    return _sampled(positive, negative, real, log_q - _log_n(negative))


def _sampled_forgets_n(positive, negative, real, log_q):
    return _sampled(positive, negative, real, -log_q)


def _sampled_uncorrected(positive, negative, real, log_q):
    return _sampled(positive, negative, real, torch.zeros_like(log_q))


def _sampled_without_the_positive(positive, negative, real, log_q):
    positive, negative, log_q = positive[real], negative[real], log_q[real].to(negative)
    return ((negative - log_q - _log_n(negative)).logsumexp(1) - positive).mean()


def _sampled_ignores_the_mask(positive, negative, real, log_q):
    return sampled_softmax_loss(positive, negative, torch.ones_like(real), log_q)


def _sampled_by_hand(positive, negative, real, log_q):
    positive, negative, log_q = positive[real], negative[real], log_q[real].to(negative)
    rest = (negative.exp() / log_q.exp()).mean(1)
    return ((positive.exp() + rest).log() - positive).mean()


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
    misconceptions=(
        Misconception(
            name="adds log q",
            wrong=_sampled_added,
            says="You add log q. A negative that is drawn rarely stands for many that were not: "
            "*divide* by q, so subtract its log.",
        ),
        Misconception(
            name="forgets N",
            wrong=_sampled_forgets_n,
            says="Your estimate grows with the number of negatives: the mean over them divides by "
            "N, so subtract log N.",
        ),
        Misconception(
            name="no correction",
            wrong=_sampled_uncorrected,
            says="log_q does not appear in your loss. Without it popular products look bad, as "
            "chapter 03 showed.",
        ),
        Misconception(
            name="the positive is not in the sum",
            wrong=_sampled_without_the_positive,
            says="The positive is missing in the sum. The softmax divides by *all* exponentials, "
            "its own among them; without it the loss can fall for ever.",
        ),
        Misconception(
            name="ignores the mask",
            wrong=_sampled_ignores_the_mask,
            says="Padding votes in your loss. Take only the positions where `real` is True.",
        ),
        Misconception(
            name="exp by hand",
            wrong=_sampled_by_hand,
            says="exp(1000) is infinite. Stay with logarithms: `logsumexp` does not overflow.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="weight = torch.zeros_like(negative) if log_q is None else "
            "-log_q.to(negative) - math.log(max(1, negative.shape[-1])) -> *",
            reason="log_q is always given here, with at least one negative.",
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
