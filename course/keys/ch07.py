"""Answer key of chapter 07."""

import math

import torch
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    logsigmoid,
    pad,
)

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    GuessOrder,
    Misconception,
    ModuleProbe,
    Probe,
    Quiz,
)
from seqrec.data import without_empty_columns
from seqrec.losses import click_loss, uniform_negatives
from seqrec.models import BST, MeanPoolBST, SequenceEncoder, click_head, score_catalogue
from seqrec.models.heads import masked_mean
from seqrec.training import plain_train
from seqrec.training.optim import linear


def _histories(rng, lengths, L, n_items):
    """Left-padded histories of the given lengths. (B, L) long."""
    items = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L)))
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


# --- 7.1 The click loss ---------------------------------------------------------------------------


class _Table(nn.Module):
    """A network whose logit is a number in a table, by newest click and candidate.

    It keeps what it was asked.
    """

    def __init__(self, table):
        super().__init__()
        self.table, self.n_items, self.asked = nn.Parameter(table), len(table) - 1, []

    def score_candidates(self, histories, candidates):
        self.asked.append((histories, candidates))
        return self.table[histories[:, -1:], candidates]


def _step_readings(logits, is_click):
    """What a loss may be, by what one would call it, the likely first. All (), but for the names.

    logits, is_click: (B, C)
    """
    labels = is_click.to(logits.dtype)
    pairs = binary_cross_entropy_with_logits(logits, labels, reduction="none")
    clicks, others = pairs[is_click].mean(), pairs[~is_click].mean()
    yield "the mean BCE over all pairs", pairs.mean()
    yield "minus the mean BCE", -pairs.mean()
    yield (
        "the BCE of a sigmoid of the logits",
        binary_cross_entropy_with_logits(logits.sigmoid(), labels),
    )
    yield "the BCE with labels exchanged", binary_cross_entropy_with_logits(logits, 1 - labels)
    last = is_click.flip(1).to(logits.dtype)
    yield (
        "the BCE with the label in the last column",
        binary_cross_entropy_with_logits(logits, last),
    )
    yield "the BCE with each pair labelled a click", -logsigmoid(logits).mean()
    yield "the BCE with no pair labelled a click", -logsigmoid(-logits).mean()
    yield "the BCE, summed over the candidates of a click", pairs.sum(dim=1).mean()
    yield "the BCE, summed over all pairs", pairs.sum()
    yield "the mean of the clicks plus the mean of the negatives", clicks + others
    yield "half the mean of the clicks, half that of the negatives", (clicks + others) / 2
    weights = torch.where(is_click, logits.shape[1] - 1.0, 1.0)
    yield "the BCE with each click weighed by its negatives", (weights * pairs).mean()
    yield "the BCE of the clicks alone", clicks
    yield "the BCE of the negatives alone", others
    yield "a softmax over the candidates", -logits.log_softmax(dim=1)[is_click].mean()
    yield "the squared error", (logits.sigmoid() - labels).square().mean()
    yield "the squared error of the logits", (logits - labels).square().mean()


def _reading(value, logits, is_click):
    """The name of a loss, whatever was drawn: draws differ from answer to answer."""
    if value.numel() != 1:
        return "not one number"
    value = value.detach().double().reshape(())
    if not value.isfinite():
        return "infinite or not a number"
    for name, due in _step_readings(logits.detach().double(), is_click):
        if torch.isclose(value, due, rtol=1e-4, atol=5e-5):
            return name
    return "another number"


def _draws(asked, is_click, n_items):
    """How often each product was drawn and was due, where it is due 20 times or more."""
    n_others = (~is_click).sum(dim=1)  # (B,)
    clicked = torch.where(is_click, asked, 0).amax(dim=1)  # (B,)
    for item in range(1, n_items + 1):
        due = float(n_others[clicked != item].sum()) / (n_items - 1)
        drawn = int(((asked == item) & ~is_click).sum())
        if due >= 20:
            yield drawn, due


def _draws_the_past(asked, histories, clicked, network):
    """Whether negatives hit a row's own history, where they are due to do so 20 times or more.

    asked: (2 B, C)
    """
    past = torch.zeros(len(histories), network.n_items + 1, dtype=torch.bool)
    past[torch.arange(len(histories))[:, None], histories] = True
    past[:, 0] = False
    past[torch.arange(len(histories)), clicked] = False
    past = past.repeat(2, 1)
    due = past.sum() * (asked.shape[1] - 1) / (network.n_items - 1)
    if len(asked) != len(past) or due < 20:
        return True
    known = asked.clamp(0, network.n_items)
    return bool(past.gather(1, known).any())


def _joined(parts, B):
    """What was asked in several calls, as one: some rows each, or some candidates each."""
    return torch.cat(parts, dim=0 if sum(map(len, parts)) == B else 1)


def _steps(answer, histories, targets, n_negatives, rows, table):
    """What can be said of a step whatever was drawn: the pairs that were asked for, and their loss.

    The loss is told by its name, so that the same mistake reads the same with other draws.
    """
    loss, draws = answer(histories, targets, n_negatives), []
    B, real = len(rows), targets[rows]
    for seed in (1, 2, 1):
        network = _Table(table)
        generator = torch.Generator().manual_seed(seed)
        value = loss(network, rows, generator)
        draws.append(_joined([candidates for _, candidates in network.asked], B))  # (B, 1 + N)
    value = torch.as_tensor(value)
    asked = draws[2]
    later = _Table(table)
    loss(later, rows, generator)
    draws.append(_joined([candidates for _, candidates in later.asked], B))
    given = [part for part, _ in network.asked]
    given = [_joined(given, B)] if sum(map(len, given)) == B else given
    is_click = torch.zeros(asked.shape, dtype=torch.bool)
    if len(asked) == B:
        is_click = asked == real[:, None]
    negatives = torch.where(is_click, 0, asked).sort(dim=1)[0]
    most_alike = negatives.unique(dim=0, return_counts=True)[1].max()
    both = torch.cat([draws[0], draws[1]])
    counts = []
    if len(asked) == B:
        hits = torch.cat([draws[0] == real[:, None], draws[1] == real[:, None]])
        counts = list(_draws(both, hits, network.n_items))
    logits = network.table[histories[rows][:, -1:], asked] if len(asked) == B else asked.double()
    return {
        "pairs": tuple(asked.shape),
        "histories": _whose(given, histories, rows),
        "each click once among its candidates": bool((is_click.sum(dim=1) == 1).all()),
        "no padding among the candidates": bool((asked >= 1).all()),
        "nothing beyond n_items": bool((asked <= network.n_items).all()),
        "products that are never drawn": sum(drawn == 0 for drawn, _ in counts),
        # 5 sigma
        "all products alike": all(abs(drawn - due) <= 5 * due**0.5 for drawn, due in counts),
        "negatives of its own for each click": bool(most_alike <= 0.8 * len(asked)),
        "same generator, same negatives": torch.equal(draws[0], draws[2]),
        "other generator, other negatives": not torch.equal(
            draws[0].sort(dim=1)[0], draws[1].sort(dim=1)[0]
        ),
        "other negatives at the next step": not torch.equal(
            draws[2].sort(dim=1)[0], draws[3].sort(dim=1)[0]
        ),
        "clicks of the past may be drawn": _draws_the_past(both, histories[rows], real, network),
        "shape of the loss": tuple(value.shape),
        "the loss": _reading(value, logits, is_click),
        "the loss has a gradient": value.requires_grad,
        "the network stays in training mode": network.training,
    }


def _whose(given, histories, rows):
    """In words, whose histories were handed to the network."""

    def are(due):
        # Padding that all rows share may be left out: it changes no score.
        due = without_empty_columns(due)
        return all(torch.equal(without_empty_columns(part), due) for part in given)

    if are(histories[rows]):
        return "those of these rows"
    if are(histories[: len(rows)]):
        return "the first ones"
    return "all of them" if are(histories) else "others"


def _click_loss_probes(rng):
    def probe(label, B, N, n_items, scale=1.0, clicked=None):
        histories = _histories(rng, rng.integers(1, 5, 30).tolist(), 4, n_items)
        targets = torch.from_numpy(rng.integers(1, (clicked or n_items) + 1, 30))
        rows = torch.from_numpy(rng.permutation(30)[:B])
        # one column more: a product too many is seen, and raises nothing
        table = torch.from_numpy(scale * rng.normal(size=(n_items + 1, n_items + 2))).float()
        return Probe((histories, targets, N, rows, table), label=label, call=_steps)

    yield probe("8 windows, 2 negatives each", 8, 2, 6)
    yield probe("20 windows, 5 negatives each", 20, 5, 9)
    yield probe("30 windows, half of the products are never clicked", 30, 4, 6, clicked=3)
    yield probe("one negative each", 12, 1, 40, scale=2.0)
    yield probe("logits far from 0", 16, 3, 12, scale=80.0)
    yield probe("the same click everywhere", 30, 20, 6, clicked=1)


def _candidates(targets, rows, n_negatives, network, generator, **how):
    clicked = targets[rows]
    drawn = uniform_negatives(clicked, n_negatives, network.n_items, seed=generator, **how)
    return torch.cat([clicked[:, None], drawn], dim=1)


def _labels(logits):
    return torch.eye(logits.shape[1])[:1].expand_as(logits)


def _step(histories, targets, n_negatives, measure=binary_cross_entropy_with_logits, **how):
    """The right step, but for what is measured, or for the draws."""

    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator, **how)
        logits = network.score_candidates(histories[rows], candidates)
        return measure(logits, _labels(logits))

    return loss


def _step_with(histories, targets, draw):
    """The right step, with candidates `draw(network, rows, generator)`, (B, C)."""

    def loss(network, rows, generator):
        candidates = draw(network, rows, generator)
        logits = network.score_candidates(histories[rows], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


def _log_of_sigmoid(histories, targets, n_negatives):
    def measure(logits, labels):
        p = logits.sigmoid()
        return -torch.where(labels == 1, p.log(), (1 - p).log()).mean()

    return _step(histories, targets, n_negatives, measure)


def _log_of_sigmoid_with_eps(histories, targets, n_negatives):
    def measure(logits, labels):
        p = logits.sigmoid()
        return -(labels * (p + 1e-8).log() + (1 - labels) * (1 - p + 1e-8).log()).mean()

    return _step(histories, targets, n_negatives, measure)


def _two_sigmoids(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits.sigmoid(), labels)

    return _step(histories, targets, n_negatives, measure)


def _no_sigmoid(histories, targets, n_negatives):
    return _step(histories, targets, n_negatives, binary_cross_entropy)


def _labels_exchanged(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, 1 - labels)

    return _step(histories, targets, n_negatives, measure)


def _all_clicks(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, torch.ones_like(labels))

    return _step(histories, targets, n_negatives, measure)


def _no_clicks(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, torch.zeros_like(labels))

    return _step(histories, targets, n_negatives, measure)


def _last_is_the_click(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels.flip(1))

    return _step(histories, targets, n_negatives, measure)


def _minus_sign(histories, targets, n_negatives):
    def measure(logits, labels):
        return -binary_cross_entropy_with_logits(logits, labels)

    return _step(histories, targets, n_negatives, measure)


def _squared_error(histories, targets, n_negatives):
    def measure(logits, labels):
        return (logits.sigmoid() - labels).square().mean()

    return _step(histories, targets, n_negatives, measure)


def _softmax(histories, targets, n_negatives):
    def measure(logits, labels):
        return -logits.log_softmax(dim=1)[:, 0].mean()

    return _step(histories, targets, n_negatives, measure)


def _summed(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels, reduction="sum") / len(logits)

    return _step(histories, targets, n_negatives, measure)


def _summed_over_all(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels, reduction="sum")

    return _step(histories, targets, n_negatives, measure)


def _not_reduced(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels, reduction="none")

    return _step(histories, targets, n_negatives, measure)


def _one_for_each_click(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1)

    return _step(histories, targets, n_negatives, measure)


def _a_plain_number(histories, targets, n_negatives):
    def measure(logits, labels):
        return binary_cross_entropy_with_logits(logits, labels).item()

    return _step(histories, targets, n_negatives, measure)


def _halves(histories, targets, n_negatives):
    def measure(logits, labels):
        return -logsigmoid(logits[:, 0]).mean() - logsigmoid(-logits[:, 1:]).mean()

    return _step(histories, targets, n_negatives, measure)


def _alike_weights(histories, targets, n_negatives):
    def measure(logits, labels):
        return (-logsigmoid(logits[:, 0]).mean() - logsigmoid(-logits[:, 1:]).mean()) / 2

    return _step(histories, targets, n_negatives, measure)


def _loss_of_the_clicks(histories, targets, n_negatives):
    def measure(logits, labels):
        return -logsigmoid(logits[:, 0]).mean()

    return _step(histories, targets, n_negatives, measure)


def _loss_of_the_negatives(histories, targets, n_negatives):
    def measure(logits, labels):
        return -logsigmoid(-logits[:, 1:]).mean()

    return _step(histories, targets, n_negatives, measure)


def _drawn_once(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _candidates(targets, rows, n_negatives, network, 0)

    return _step_with(histories, targets, draw)


def _seed_of_the_generator(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _candidates(targets, rows, n_negatives, network, generator.initial_seed())

    return _step_with(histories, targets, draw)


def _of_the_batch(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[rows]
        is_other = (clicked[:, None] != clicked[None]).float()
        drawn = torch.multinomial(is_other, n_negatives, replacement=True, generator=generator)
        return torch.cat([clicked[:, None], clicked[drawn]], dim=1)

    return _step_with(histories, targets, draw)


def _never_the_past(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[rows]
        weights = torch.ones(len(rows), network.n_items + 1)
        weights.scatter_(1, histories[rows], 0.0).scatter_(1, clicked[:, None], 0.0)
        weights[:, 0] = 0.0
        drawn = torch.multinomial(weights, n_negatives, replacement=True, generator=generator)
        return torch.cat([clicked[:, None], drawn], dim=1)

    return _step_with(histories, targets, draw)


def _global_generator(histories, targets, n_negatives):
    calls = []

    def draw(network, rows, generator):
        calls.append(1)
        seed = torch.Generator().manual_seed(100 + len(calls))
        return _candidates(targets, rows, n_negatives, network, seed)

    return _step_with(histories, targets, draw)


def _may_hit_the_click(histories, targets, n_negatives):
    return _step(histories, targets, n_negatives, reject_target=False)


def _drawn(lowest, beyond, clicked, n_negatives, network, generator):
    """(B, N) of lowest to n_items + beyond - 1, never the click."""
    how = {"generator": generator}
    drawn = torch.randint(lowest, network.n_items + beyond, (len(clicked), n_negatives), **how)
    while (hit := drawn == clicked[:, None]).any():
        fresh = torch.randint(lowest, network.n_items + beyond, drawn.shape, **how)
        drawn = torch.where(hit, fresh, drawn)
    return torch.cat([clicked[:, None], drawn], dim=1)


def _draws_padding(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _drawn(0, 1, targets[rows], n_negatives, network, generator)

    return _step_with(histories, targets, draw)


def _draws_padding_not_the_last(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _drawn(0, 0, targets[rows], n_negatives, network, generator)

    return _step_with(histories, targets, draw)


def _never_draws_the_last(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _drawn(1, 0, targets[rows], n_negatives, network, generator)

    return _step_with(histories, targets, draw)


def _draws_one_beyond(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _drawn(1, 2, targets[rows], n_negatives, network, generator)

    return _step_with(histories, targets, draw)


def _one_draw_for_all(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[rows]
        drawn = torch.randint(1, network.n_items + 1, (1, n_negatives), generator=generator)
        return torch.cat([clicked[:, None], drawn.expand(len(rows), -1)], dim=1)

    return _step_with(histories, targets, draw)


def _one_negative(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _candidates(targets, rows, 1, network, generator)

    return _step_with(histories, targets, draw)


def _one_negative_more(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _candidates(targets, rows, n_negatives + 1, network, generator)

    return _step_with(histories, targets, draw)


def _one_negative_less(histories, targets, n_negatives):
    def draw(network, rows, generator):
        return _candidates(targets, rows, n_negatives, network, generator)[:, :-1]

    return _step_with(histories, targets, draw)


def _without_the_click(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)[:, 1:]
        logits = network.score_candidates(histories[rows], candidates)
        return binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))

    return loss


def _without_negatives(histories, targets, n_negatives):
    def loss(network, rows, generator):
        logits = network.score_candidates(histories[rows], targets[rows][:, None])
        return binary_cross_entropy_with_logits(logits, torch.ones_like(logits))

    return loss


def _first_windows(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        logits = network.score_candidates(histories[: len(rows)], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


def _first_targets(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[: len(rows)]
        drawn = uniform_negatives(clicked, n_negatives, network.n_items, seed=generator)
        return torch.cat([clicked[:, None], drawn], dim=1)

    return _step_with(histories, targets, draw)


def _ignores_rows(histories, targets, n_negatives):
    def loss(network, rows, generator):
        everything = torch.arange(len(targets))
        candidates = _candidates(targets, everything, n_negatives, network, generator)
        logits = network.score_candidates(histories, candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


def _clicks_weighed(histories, targets, n_negatives):
    def measure(logits, labels):
        weight = torch.tensor(float(n_negatives))
        return binary_cross_entropy_with_logits(logits, labels, pos_weight=weight)

    return _step(histories, targets, n_negatives, measure)


def _in_eval_mode(histories, targets, n_negatives):
    step = _step(histories, targets, n_negatives)

    def loss(network, rows, generator):
        network.eval()
        return step(network, rows, generator)

    return loss


def _hit_to_its_neighbour(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[rows][:, None]
        n_items = network.n_items
        drawn = torch.randint(1, n_items + 1, (len(rows), n_negatives), generator=generator)
        drawn = torch.where(drawn == clicked, drawn % n_items + 1, drawn)
        return torch.cat([clicked, drawn], dim=1)

    return _step_with(histories, targets, draw)


def _without_replacement(histories, targets, n_negatives):
    def draw(network, rows, generator):
        clicked = targets[rows][:, None]
        others = torch.ones(len(rows), network.n_items).scatter(1, clicked - 1, 0)
        drawn = torch.multinomial(others, n_negatives, generator=generator) + 1
        return torch.cat([clicked, drawn], dim=1)

    return _step_with(histories, targets, draw)


_CLICK_LOSS = Exercise(
    id="7.1",
    title="A click against fresh negatives",
    minutes=7,
    reference=click_loss,
    probes=_click_loss_probes,
    hints=(
        "Four steps inside `loss`: the clicks of these rows, their negatives, the logits of all of "
        "them, the BCE.",
        "`uniform_negatives(clicked, n_negatives, network.n_items, seed=generator)` draws (B, N) "
        "and avoids the click. Put `clicked[:, None]` in front of them with `torch.cat`.",
        "`logits = network.score_candidates(histories[rows], candidates)`, labels of zeros with a "
        "1 in column 0, then `nn.functional.binary_cross_entropy_with_logits(logits, labels)`.",
    ),
    built="You have built the loss of a click model: each click against fresh negatives. The "
    "loop of this chapter trains MeanPoolBST and BST with it.",
    ours="The library leaves out columns in which every row has padding, and hands the logits "
    "to its `bce_loss`.",
    misconceptions=(
        Misconception(
            name="log of a sigmoid",
            wrong=_log_of_sigmoid,
            says="You take the logarithm of a sigmoid. Far from 0 the sigmoid is exactly 0 or "
            "1, and its logarithm infinite: hand the logits to "
            "`binary_cross_entropy_with_logits`.",
        ),
        Misconception(
            name="log of a sigmoid and a little",
            wrong=_log_of_sigmoid_with_eps,
            says="You take the logarithm of a sigmoid, kept off 0 by an epsilon or a clamp. "
            "Far from 0 the loss stops growing, with no gradient: hand the logits to "
            "`binary_cross_entropy_with_logits`.",
        ),
        Misconception(
            name="two sigmoids",
            wrong=_two_sigmoids,
            says="You apply the sigmoid twice: your own, and the one inside the loss. Hand "
            "over the logits as they are, to `binary_cross_entropy_with_logits`.",
        ),
        Misconception(
            name="no sigmoid",
            wrong=_no_sigmoid,
            says="You hand logits to `binary_cross_entropy`, which wants probabilities "
            "between 0 and 1. Use `binary_cross_entropy_with_logits`.",
        ),
        Misconception(
            name="labels exchanged",
            wrong=_labels_exchanged,
            says="Your labels are exchanged, inverted: the click is labelled 0 and the "
            "negatives 1. The click is the 1.",
        ),
        Misconception(
            name="the last column is the click",
            wrong=_last_is_the_click,
            says="Your label 1 stands in the wrong column, not in that of the click. It must "
            "be where you put the click among the candidates.",
        ),
        Misconception(
            name="all labelled clicks",
            wrong=_all_clicks,
            says="You label every pair 1, the negatives too. Only the click is a 1; negatives "
            "are 0.",
        ),
        Misconception(
            name="none labelled a click",
            wrong=_no_clicks,
            says="You label every pair 0, the click too. The click's label is 1.",
        ),
        Misconception(
            name="minus",
            wrong=_minus_sign,
            says="Your loss has the wrong sign, minus. `binary_cross_entropy_with_logits` is "
            "a loss already: smaller is better.",
        ),
        Misconception(
            name="squared error",
            wrong=_squared_error,
            says="You measure squared errors, MSE. BCE is asked for: "
            "`binary_cross_entropy_with_logits` of logits and labels.",
        ),
        Misconception(
            name="a softmax",
            wrong=_softmax,
            says="You ask which one of the candidates was clicked, a softmax (cross-entropy "
            "over them). Asked for is yes or no for each pair by itself, a sigmoid: BCE.",
        ),
        Misconception(
            name="clicks weighed by their negatives",
            wrong=_clicks_weighed,
            says="You weigh each click as much as all its negatives together (a `pos_weight`, or "
            "weights by hand). Asked for is the plain mean: each of the B * (1 + n_negatives) "
            "pairs counts once.",
        ),
        Misconception(
            name="in eval mode",
            wrong=_in_eval_mode,
            says="You put the network into eval mode inside the training step (`network.eval()`), "
            "so dropout is off while it learns. Leave the mode to the training loop.",
        ),
        Misconception(
            name="half the clicks, half the negatives",
            wrong=_alike_weights,
            says="You weight clicks and negatives alike, half and half, balanced. Each *pair* "
            "counts once: one mean over all B * (1 + N), so negatives count N times as much.",
        ),
        Misconception(
            name="mean of the clicks plus mean of the negatives",
            wrong=_halves,
            says="You average clicks and negatives apart and add the two means. Each *pair* "
            "counts once: one mean over all B * (1 + N).",
        ),
        Misconception(
            name="a sum over candidates",
            wrong=_summed,
            says="You sum over the candidates of a click, so more negatives make a larger "
            "loss. Take the mean over all pairs, not the sum.",
        ),
        Misconception(
            name="a sum over all",
            wrong=_summed_over_all,
            says="You sum over all pairs, so a larger batch makes a larger loss. Take the "
            "mean, not the sum.",
        ),
        Misconception(
            name="not reduced",
            wrong=_not_reduced,
            says="You return a loss for each pair, without reduction. One number is asked "
            "for: the mean over all pairs, a scalar.",
        ),
        Misconception(
            name="one for each click",
            wrong=_one_for_each_click,
            says="You return a loss for each click, (B,). One number is asked for: the mean "
            "over all pairs, a scalar.",
        ),
        Misconception(
            name="a plain number",
            wrong=_a_plain_number,
            says="You return a plain number, detached by `.item()`, so no gradient reaches "
            "the network. Return the tensor.",
        ),
        Misconception(
            name="without negatives",
            wrong=_without_negatives,
            says="You ask about the clicks alone, no negatives, so the answer is always yes. "
            "Each click needs its N negatives, labelled 0.",
        ),
        Misconception(
            name="without the click",
            wrong=_without_the_click,
            says="You ask about the negatives alone; the click is missing. Put it in front of "
            "them: `torch.cat([clicked[:, None], drawn], dim=1)`.",
        ),
        Misconception(
            name="loss of the clicks",
            wrong=_loss_of_the_clicks,
            says="Your loss counts the clicks alone, and the negatives teach nothing. It is "
            "the mean over all pairs.",
        ),
        Misconception(
            name="loss of the negatives",
            wrong=_loss_of_the_negatives,
            says="Your loss counts the negatives alone, and the click is ignored. It is the "
            "mean over all pairs.",
        ),
        Misconception(
            name="one negative",
            wrong=_one_negative,
            says="You ignore `n_negatives`: a single negative each. Draw n_negatives a click.",
        ),
        Misconception(
            name="a negative more",
            wrong=_one_negative_more,
            says="You draw one negative too many for each click. With the click there are 1 + "
            "n_negatives candidates.",
        ),
        Misconception(
            name="a negative less",
            wrong=_one_negative_less,
            says="You draw one negative too few for each click: n_negatives are due, beside "
            "the click itself.",
        ),
        Misconception(
            name="one draw for all",
            wrong=_one_draw_for_all,
            says="All clicks of the batch share the same negatives, one draw for all rows. "
            "Each needs its own, (B, N), and none may be its click.",
        ),
        Misconception(
            name="the same negatives each step",
            wrong=_drawn_once,
            says="Your negatives are the same at each step, whatever the generator: drawn "
            "once, or with a fixed seed inside. Draw inside `loss`, with `seed=generator`, so "
            "that each step sees fresh ones.",
        ),
        Misconception(
            name="the generator's seed only",
            wrong=_seed_of_the_generator,
            says="You take the generator's seed and start anew from it at each step, so the "
            "negatives are always the same, never fresh. Draw from the generator itself: "
            "`seed=generator`.",
        ),
        Misconception(
            name="negatives of the batch",
            wrong=_of_the_batch,
            says="Your negatives are other clicks of the batch, so popular products are drawn "
            "more often and some never. Draw uniformly, each product 1 to n_items alike.",
        ),
        Misconception(
            name="never the past",
            wrong=_never_the_past,
            says="You never draw what the shopper has clicked before, her history. Only the "
            "click itself is excluded: all other products are drawn uniformly.",
        ),
        Misconception(
            name="global generator",
            wrong=_global_generator,
            says="You ignore the `generator` and draw from the global one, or without a seed: "
            "the same generator gives other negatives. Pass it on: `seed=generator`.",
        ),
        Misconception(
            name="draws padding, and never the last",
            wrong=_draws_padding_not_the_last,
            says="You draw from 0 to n_items - 1: padding comes in, and the last product "
            "never. Products are 1 to n_items.",
        ),
        Misconception(
            name="draws padding",
            wrong=_draws_padding,
            says="Padding, item 0, is among your negatives. Products are 1 to n_items: draw "
            "from 1 on.",
        ),
        Misconception(
            name="never draws the last",
            wrong=_never_draws_the_last,
            says="The last product, n_items, is never drawn: the upper end of `randint` is "
            "exclusive. Draw below n_items + 1.",
        ),
        Misconception(
            name="draws one beyond",
            wrong=_draws_one_beyond,
            says="You also draw n_items + 1, which is no product: one too far, out of range. "
            "The upper end of `randint` is exclusive: n_items + 1.",
        ),
        Misconception(
            name="may hit the click",
            wrong=_may_hit_the_click,
            says="Some negatives are the click itself, the target, so the same pair is "
            "labelled yes and no. Reject it: a negative is never the click.",
        ),
        Misconception(
            name="a hit goes to its neighbour",
            wrong=_hit_to_its_neighbour,
            says="Where a draw hits the click you put its neighbour (one up) instead. So that "
            "product is drawn twice as often as the others, which isn't uniform. Draw from the "
            "n_items - 1 others: what is at or above the click moves up by one.",
        ),
        Misconception(
            name="without replacement",
            wrong=_without_replacement,
            says="You draw without replacement: a click never gets the same negative twice, and "
            "there can't be more negatives than products. Each of the `n_negatives` is drawn by "
            "itself, uniformly; repeats are fine.",
        ),
        Misconception(
            name="the first windows",
            wrong=_first_windows,
            says="You ask about the first histories, not those of `rows`: clicks and "
            "histories don't belong together. Index both: `histories[rows]`, `targets[rows]`.",
        ),
        Misconception(
            name="the first targets",
            wrong=_first_targets,
            says="You take the first targets, not those of `rows`: clicks and histories don't "
            "belong together. Index both: `histories[rows]`, `targets[rows]`.",
        ),
        Misconception(
            name="ignores rows",
            wrong=_ignores_rows,
            says="You ignore `rows`: your loss is that of all windows at each step. Take "
            "those of this step: `histories[rows]`, `targets[rows]`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return bce_loss(logits[:, 0], logits[:, 1:], real=real != 0) -> *",
            reason="Every window has a target, so no target is padding.",
        ),
        EquivalentMutant(
            edit="asked = without_empty_columns(histories[rows]) -> asked = histories[rows]",
            reason="Padding that all rows share changes no score; without it they come sooner.",
        ),
    ),
)

# --- 7.2 The masked mean --------------------------------------------------------------------------


def _mean_probes(rng):
    states = torch.tensor([[[9.0, -9.0], [1.0, 2.0], [3.0, 6.0]]])
    yield Probe(
        (states, torch.tensor([[False, True, True]])),
        label="two clicks of three places",
        gradients=True,
    )
    yield Probe((states, torch.tensor([[False, False, False]])), label="no click at all", edge=True)
    yield Probe((states, torch.tensor([[True, True, True]])), label="no padding", edge=True)
    some = torch.tensor([[[0.0, 0.0], [0.0, 4.0]], [[5.0, 5.0], [1.0, 0.0]]])
    yield Probe(
        (some, torch.tensor([[True, True], [False, True]])),
        label="a click whose state is zero",
        edge=True,
    )
    for B, L, D in ((4, 5, 3), (3, 6, 2), (2, 4, 5)):
        lengths = torch.from_numpy(rng.integers(1, L, B))
        real = torch.arange(L) >= L - lengths[:, None]
        values = torch.from_numpy(rng.normal(size=(B, L, D)))
        yield Probe((values, real), label="random, 64 bits", gradients=True, elsewhere=True)
        yield Probe((values.float(), real), label="random, padded on the left")
    real = torch.from_numpy(rng.random((5, 6)) < 0.6)
    real[3] = False
    values = torch.from_numpy(rng.normal(size=(5, 6, 4))).float()
    yield Probe((values, real), label="clicks anywhere, one row without any", edge=True)


def _plain_mean(states, real):
    return states.mean(dim=1)


def _divides_by_length(states, real):
    return (states * real[:, :, None].to(states.dtype)).mean(dim=1)


def _nan_for_nobody(states, real):
    weight = real[:, :, None].to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1)


def _masked_sum(states, real):
    return (states * real[:, :, None].to(states.dtype)).sum(dim=1)


def _guesses_padding(states, real):
    weight = (states != 0).any(dim=2, keepdim=True).to(states.dtype)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def _mean_of_padding(states, real):
    return masked_mean(states, ~real)


def _one_too_many(states, real):
    weight = real[:, :, None].to(states.dtype)
    return (states * weight).sum(dim=1) / (weight.sum(dim=1) + 1)


def _weight(states, real):
    return real[:, :, None].to(states.dtype)


def _count_of_the_batch(states, real):
    return (states * _weight(states, real)).sum(dim=1) / real.sum().clamp(min=1)


def _mean_of_the_counts(states, real):
    count = real.sum(dim=1).to(states.dtype).mean().clamp(min=1)
    return (states * _weight(states, real)).sum(dim=1) / count


def _one_for_all(states, real):
    mean = states[real].sum(dim=0) / real.sum().clamp(min=1)
    return mean.expand(len(states), -1)


def _one_vector(states, real):
    return states[real].sum(dim=0) / real.sum().clamp(min=1)


def _count_without_axis(states, real):
    total = (states * _weight(states, real)).sum(dim=1)
    return total / real.sum(dim=1).clamp(min=1)


def _counts_numbers(states, real):
    kept = states * _weight(states, real)
    return kept.sum(dim=1) / (kept != 0).sum(dim=1).clamp(min=1)


def _largest(states, real):
    kept = states.masked_fill(~real[:, :, None], -torch.inf).amax(dim=1)
    return torch.where(real.any(dim=1, keepdim=True), kept, torch.zeros_like(kept))


def _first_mask(states, real):
    return masked_mean(states, real[:1].expand(len(real), -1))


def _last_state(states, real):
    return states[:, -1] * real.any(dim=1, keepdim=True).to(states.dtype)


def _last_state_whatever(states, real):
    return states[:, -1]


def _first_click(states, real):
    first = real.long().argmax(dim=1)
    return states[torch.arange(len(states)), first] * real.any(dim=1, keepdim=True)


def _along_the_width(states, real):
    return (states * _weight(states, real)).mean(dim=2)


def _along_the_batch(states, real):
    weight = _weight(states, real)
    return (states * weight).sum(dim=0) / weight.sum(dim=0).clamp(min=1)


def _by_the_width(states, real):
    return (states * _weight(states, real)).sum(dim=1) / states.shape[2]


def _by_the_root(states, real):
    weight = _weight(states, real)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1).sqrt()


def _at_least_two(states, real):
    weight = _weight(states, real)
    return (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=2)


def _one_too_few(states, real):
    weight = _weight(states, real)
    return (states * weight).sum(dim=1) / (weight.sum(dim=1) - 1).clamp(min=1)


def _sum_of_all_by_count(states, real):
    return states.sum(dim=1) / _weight(states, real).sum(dim=1).clamp(min=1)


def _by_the_padding(states, real):
    total = (states * _weight(states, real)).sum(dim=1)
    return total / (~real).sum(dim=1, keepdim=True).clamp(min=1)


def _keeps_the_axis(states, real):
    return masked_mean(states, real)[:, None]


def _everything_for_nobody(states, real):
    return masked_mean(states, real | ~real.any(dim=1, keepdim=True))


def _middle_one(states, real):
    kept = states.masked_fill(~real[:, :, None], torch.nan).nanmedian(dim=1).values
    return kept.nan_to_num(0.0)


def _softmaxed(states, real):
    weights = states.masked_fill(~real[:, :, None], -1e9).softmax(dim=1)
    return (states * weights * _weight(states, real)).sum(dim=1)


def _unit_length(states, real):
    return nn.functional.normalize(masked_mean(states, real), dim=1)


def _detached(states, real):
    return masked_mean(states.detach(), real)


def _from_the_left(states, real):
    places = torch.arange(real.shape[1], device=real.device)
    return masked_mean(states, places < real.sum(dim=1, keepdim=True))


_MASKED_MEAN = Exercise(
    id="7.2",
    title="The masked mean",
    minutes=5,
    reference=masked_mean,
    probes=_mean_probes,
    hints=(
        "A mean is a sum over a count. Padding must be in neither of them.",
        "`real[:, :, None]`, as numbers of the dtype of the states, makes a weight (B, L, 1) of 0 "
        "and 1.",
        "`(states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)`: the clamp keeps 0 / 0 "
        "away.",
    ),
    built="You have built the vector of a history, whatever its length. The next cell holds it "
    "against the plain mean, and your MeanPoolBST pools with it.",
    ours="The mask becomes a weight: one product, two sums, no loop over the rows.",
    misconceptions=(
        Misconception(
            name="plain mean",
            wrong=_plain_mean,
            says="You average over all positions, padding included: the mask is ignored. "
            "`real` says which ones count.",
        ),
        Misconception(
            name="divides by the length",
            wrong=_divides_by_length,
            says="Padding is out of your sum but still in the count: you divide by the length "
            "L. Divide by how many are real.",
        ),
        Misconception(
            name="sums all, divides by the count",
            wrong=_sum_of_all_by_count,
            says="Padding is out of your count but still in the sum. Multiply the states by "
            "the mask before you sum.",
        ),
        Misconception(
            name="divides by the padding",
            wrong=_by_the_padding,
            says="You divide by the number of padded positions. Divide by how many are real.",
        ),
        Misconception(
            name="count of the batch",
            wrong=_count_of_the_batch,
            says="You divide by the clicks of the whole batch, the total count. Each row has "
            "its own number of clicks: `.sum(dim=1)`.",
        ),
        Misconception(
            name="mean count",
            wrong=_mean_of_the_counts,
            says="You divide by the batch's average number of clicks. Each row has its own count.",
        ),
        Misconception(
            name="one mean for all rows",
            wrong=_one_for_all,
            says="You make one mean of the clicks of all rows together. Each row of the batch "
            "has a mean of its own: sum along `dim=1`.",
        ),
        Misconception(
            name="one vector",
            wrong=_one_vector,
            says="`states[real]` throws the rows together: one vector for the whole batch. "
            "Each row has a mean of its own, (B, D).",
        ),
        Misconception(
            name="count without its axis",
            wrong=_count_without_axis,
            says="Your count is (B,) and broadcasts against the wrong axis of (B, D). Keep "
            "its axis: `keepdim=True`, or `[:, None]`.",
        ),
        Misconception(
            name="counts numbers",
            wrong=_counts_numbers,
            says="You count the numbers that are not 0. A click's state may hold zeros: count "
            "the clicks, with `real`.",
        ),
        Misconception(
            name="guesses padding from zeros",
            wrong=_guesses_padding,
            says="You take a vector of zeros for padding, guessing from the states. A state "
            "may be zero, and padding's is not: use `real`.",
        ),
        Misconception(
            name="mean of the padding",
            wrong=_mean_of_padding,
            says="Your mask is inverted, the wrong way round: you average the padding, not "
            "the clicks. Here True means a click; use `real`, not `~real`.",
        ),
        Misconception(
            name="first mask for all",
            wrong=_first_mask,
            says="You use the first row's mask for all rows. Each row has its own.",
        ),
        Misconception(
            name="clicks at the start",
            wrong=_from_the_left,
            says="You take the first positions for clicks, as many as there are. `real` says "
            "where they stand, mostly at the end.",
        ),
        Misconception(
            name="along the width",
            wrong=_along_the_width,
            says="You average along the width, the wrong axis, `dim=2`. The positions are "
            "axis 1: (B, L, D) becomes (B, D).",
        ),
        Misconception(
            name="along the batch",
            wrong=_along_the_batch,
            says="You average across the batch, the wrong axis, `dim=0`. The positions are "
            "axis 1: (B, L, D) becomes (B, D).",
        ),
        Misconception(
            name="divides by the width",
            wrong=_by_the_width,
            says="You divide by the width D. Divide by how many positions are real.",
        ),
        Misconception(
            name="divides by the root",
            wrong=_by_the_root,
            says="You divide by the root of the count. A mean divides by the count itself.",
        ),
        Misconception(
            name="one too many",
            wrong=_one_too_many,
            says="You add 1 to the count, one too many: that avoids 0 / 0, but makes every "
            "mean too small. `clamp(min=1)` changes only the empty rows.",
        ),
        Misconception(
            name="one too few",
            wrong=_one_too_few,
            says="Your count is one too few, so means are too large. Divide by the number of "
            "real positions.",
        ),
        Misconception(
            name="at least two",
            wrong=_at_least_two,
            says="You count at least 2, so a single click is halved. `clamp(min=1)` changes "
            "only the empty rows.",
        ),
        Misconception(
            name="a sum",
            wrong=_masked_sum,
            says="This is the sum over the clicks, not divided: a long history gets a long "
            "vector. Divide by their number.",
        ),
        Misconception(
            name="the largest",
            wrong=_largest,
            says="You take the largest number, the maximum. A mean is asked for: the sum over "
            "the count.",
        ),
        Misconception(
            name="the median",
            wrong=_middle_one,
            says="You take the median, the middle one. A mean is asked for: the sum over the "
            "count.",
        ),
        Misconception(
            name="a softmax",
            wrong=_softmaxed,
            says="You weight the states by a softmax. In a mean all clicks count alike.",
        ),
        Misconception(
            name="unit length",
            wrong=_unit_length,
            says="You normalise the mean to length 1. The mean itself is asked for.",
        ),
        Misconception(
            name="the last state",
            wrong=_last_state,
            says="You take the last state alone, the newest click. The mean over all real "
            "positions is asked for.",
        ),
        Misconception(
            name="the last state, whatever it is",
            wrong=_last_state_whatever,
            says="You take the last position alone, whether or not it is a click. The mean "
            "over all real positions is asked for.",
        ),
        Misconception(
            name="the first click",
            wrong=_first_click,
            says="You take the first click alone. The mean over all real positions is asked for.",
        ),
        Misconception(
            name="everything for nobody",
            wrong=_everything_for_nobody,
            says="For a row without any click you average its padding. Zeros are asked for.",
        ),
        Misconception(
            name="nan for nobody",
            wrong=_nan_for_nobody,
            says="A row without a click gives 0 / 0, which is `nan`: you divide by zero. Let "
            "the count be at least 1, `clamp(min=1)`.",
        ),
        Misconception(
            name="keeps the axis",
            wrong=_keeps_the_axis,
            says="You keep an axis for the positions, (B, 1, D). Sum it away: (B, D).",
        ),
        Misconception(
            name="detached",
            wrong=_detached,
            says="Your result is detached, no gradient reaches the states. Leave out "
            "`detach`, `no_grad` and the way through NumPy.",
        ),
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(
            edit=f"{name} = real[:, :, None].to(states.dtype) -> {name} = real[:, :, None]",
            reason="PyTorch multiplies and counts booleans as 0 and 1.",
        )
        for name in ("real", "weight")
    ),
)

# --- 7.3 MeanPoolBST ------------------------------------------------------------------------------


def _with_count(module, use, histories):
    """What `use(module)` gives, and whether it encoded no more than the histories, once."""
    seen = []
    hook = module.encoder.register_forward_hook(lambda _, given, __: seen.append(given[0].numel()))
    try:
        logits = use(module)
        # Fewer is as good: padding that all rows share may be left out.
        return {
            "logits": logits,
            "each history read once": sum(seen) <= histories.numel(),
            "in training mode afterwards": module.training,
        }
    finally:
        hook.remove()


def _scored(module, histories, candidates):
    return _with_count(
        module, lambda network: network.score_candidates(histories, candidates), histories
    )


_SMALL = {"init": (9, 6), "init_kwargs": {"D": 8, "H": 2, "hidden": 16}}
_DEFAULTS = {"init": (9, 6)}


def _catalogue_size(module):
    return module.n_items


def _mean_pool_probes(rng):
    histories = _histories(rng, [3, 6, 1], 6, 9)
    candidates = torch.from_numpy(rng.integers(1, 10, (3, 4)))
    yield ModuleProbe(
        (histories[:1, 3:], candidates[:1, :2]),
        label="one shopper, two candidates",
        call=_scored,
        edge=True,
        **_SMALL,
    )
    yield ModuleProbe(
        (histories[:1], candidates[:1, :1]),
        label="one shopper, one candidate",
        call=_scored,
        edge=True,
        **_SMALL,
    )
    yield ModuleProbe(
        (histories, candidates), label="three shoppers, padded", call=_scored, **_SMALL
    )
    yield ModuleProbe(
        (_histories(rng, [2, 5, 4, 3], 5, 9), candidates[[0, 2, 1, 1], :2]),
        label="four shoppers, two candidates",
        call=_scored,
        **_SMALL,
    )
    yield ModuleProbe(
        (torch.zeros(2, 4, dtype=torch.long), candidates[:2]),
        label="no click",
        call=_scored,
        edge=True,
        **_SMALL,
    )
    yield ModuleProbe(
        (histories, candidates[:, 0]), label="one candidate each", gradients=True, **_SMALL
    )
    yield ModuleProbe(
        (histories, candidates), label="in training mode", call=_scored, training=True, **_SMALL
    )
    yield ModuleProbe(
        (histories, candidates), label="the default widths", call=_scored, **_DEFAULTS
    )
    yield ModuleProbe(
        (), label="the size of the catalogue", call=_catalogue_size, edge=True, **_SMALL
    )


class _MeanPool(nn.Module):
    """The stub's network, in parts, so that each mistake is in one of them."""

    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        pooled = self.pooled(self.encoder(histories), histories != 0)
        return self.joined(pooled[:, None].expand(-1, candidates.shape[1], -1), candidates)

    def pooled(self, states, real):
        return masked_mean(states, real)

    def joined(self, pooled, candidates):
        """pooled: (B, C, D). candidates: (B, C)."""
        return self.head(torch.cat([pooled, self.encoder.item(candidates)], dim=2)).squeeze(2)


class _PoolsPadding(_MeanPool):
    def pooled(self, states, real):
        return states.mean(dim=1)


class _PoolsOnlyPadding(_MeanPool):
    def pooled(self, states, real):
        return masked_mean(states, ~real)


class _SumsUp(_MeanPool):
    def pooled(self, states, real):
        return (states * real[:, :, None]).sum(dim=1)


class _SumsUpPaddingToo(_MeanPool):
    def pooled(self, states, real):
        return states.sum(dim=1)


class _DividesByTheLength(_MeanPool):
    def pooled(self, states, real):
        return (states * real[:, :, None]).mean(dim=1)


class _NobodyIsNan(_MeanPool):
    def pooled(self, states, real):
        weight = real[:, :, None].to(states.dtype)
        return (states * weight).sum(dim=1) / weight.sum(dim=1)


class _TakesTheNewest(_MeanPool):
    def pooled(self, states, real):
        return states[:, -1]


class _TakesTheOldest(_MeanPool):
    def pooled(self, states, real):
        return states[:, 0]


class _TakesTheLargest(_MeanPool):
    def pooled(self, states, real):
        return states.masked_fill(~real[:, :, None], -torch.inf).amax(dim=1)


class _TakesTheLargestOfAll(_MeanPool):
    def pooled(self, states, real):
        return states.amax(dim=1)


class _FirstHistory(_MeanPool):
    def pooled(self, states, real):
        pooled = masked_mean(states, real)
        return pooled[:1].expand_as(pooled)


class _MeanOfTheBatch(_MeanPool):
    def pooled(self, states, real):
        pooled = masked_mean(states, real)
        return pooled.mean(dim=0, keepdim=True).expand_as(pooled)


class _DetachedHistory(_MeanPool):
    def pooled(self, states, real):
        return masked_mean(states, real).detach()


class _NeverEncodes(_MeanPool):
    def score_candidates(self, histories, candidates):
        pooled = masked_mean(self.encoder.item(histories), histories != 0)
        return self.joined(pooled[:, None].expand(-1, candidates.shape[1], -1), candidates)


class _CandidateFirst(_MeanPool):
    def joined(self, pooled, candidates):
        return self.head(torch.cat([self.encoder.item(candidates), pooled], dim=2)).squeeze(2)


class _EncodesCandidates(_MeanPool):
    def joined(self, pooled, candidates):
        alone = self.encoder(candidates.reshape(-1, 1)).reshape(pooled.shape)
        return self.head(torch.cat([pooled, alone], dim=2)).squeeze(2)


class _EncodesCandidatesTogether(_MeanPool):
    def joined(self, pooled, candidates):
        return self.head(torch.cat([pooled, self.encoder(candidates)], dim=2)).squeeze(2)


class _FirstCandidate(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates[:, :1].expand_as(candidates))


class _CandidatesOfTheFirst(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates[:1].expand_as(candidates))


class _DotProduct(_MeanPool):
    def joined(self, pooled, candidates):
        return (pooled * self.encoder.item(candidates)).sum(dim=2)


class _ForgetsTheHistory(_MeanPool):
    def joined(self, pooled, candidates):
        vectors = self.encoder.item(candidates)
        return self.head(torch.cat([vectors, vectors], dim=2)).squeeze(2)


class _ForgetsTheCandidate(_MeanPool):
    def joined(self, pooled, candidates):
        return self.head(torch.cat([pooled, pooled], dim=2)).squeeze(2)


class _AddsThem(_MeanPool):
    def joined(self, pooled, candidates):
        return self.head(pooled + self.encoder.item(candidates)).squeeze(2)


class _MixesThePairs(_MeanPool):
    def joined(self, pooled, candidates):
        (B, C), D = candidates.shape, pooled.shape[2]
        mixed = pooled[:, 0].repeat(C, 1).view(B, C, D)
        return super().joined(mixed, candidates)


class _ReadsAgain(_MeanPool):
    def score_candidates(self, histories, candidates):
        C = candidates.shape[1]
        again = histories.repeat_interleave(C, dim=0)
        pooled = masked_mean(self.encoder(again), again != 0).view(len(histories), C, -1)
        return self.joined(pooled, candidates)


class _GivesProbabilities(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates).sigmoid()


class _GivesLogarithms(_MeanPool):
    def joined(self, pooled, candidates):
        return logsigmoid(super().joined(pooled, candidates))


class _GivesShares(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates).softmax(dim=1)


class _LeavesEvalMode(_MeanPool):
    def score_candidates(self, histories, candidates):
        self.eval()
        return super().score_candidates(histories, candidates)


class _KeepsTheLastAxis(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates)[..., None]


class _SqueezesAll(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates).squeeze()


class _Transposed(_MeanPool):
    def joined(self, pooled, candidates):
        return super().joined(pooled, candidates).T


_NO_FEATURES = (
    "The library's network takes features, the chapter's does not, so no probe gives any."
)


_MEAN_POOL = Exercise(
    id="7.3",
    title="Read once, score many",
    minutes=8,
    reference=MeanPoolBST,
    probes=_mean_pool_probes,
    hints=(
        "Three parts: a vector for the history, (B, D); one for each candidate, (B, C, D); the "
        "head of both together.",
        "`pooled[:, None].expand(-1, C, -1)` lays the same vector beside each of the C candidates "
        "without a copy.",
        "`torch.cat([beside, self.encoder.item(candidates)], dim=2)` is (B, C, 2 D); the head "
        "makes (B, C, 1) of it; `squeeze(2)`.",
    ),
    built="You have built a recommender that reads a history once and then meets any number of "
    "candidates. This chapter trains it and sets it beside BST.",
    ours="`expand` repeats the history for each candidate, after the encoder has run once.",
    misconceptions=(
        Misconception(
            name="pools padding",
            wrong=_PoolsPadding,
            says="You average over padding too, a plain mean over all positions. Use your "
            "`masked_mean`, with `histories != 0`.",
        ),
        Misconception(
            name="pools only padding",
            wrong=_PoolsOnlyPadding,
            says="Your mask is inverted, the wrong way round: you average the states of "
            "padding. Clicks are where `histories != 0`.",
        ),
        Misconception(
            name="sums the clicks",
            wrong=_SumsUp,
            says="You take the sum over the clicks, not divided by their number. Use your "
            "`masked_mean`.",
        ),
        Misconception(
            name="sums everything",
            wrong=_SumsUpPaddingToo,
            says="You take the sum over all positions, padding included. Use your "
            "`masked_mean`, with `histories != 0`.",
        ),
        Misconception(
            name="divides by the length",
            wrong=_DividesByTheLength,
            says="You divide by the length of the row, padding counted. Divide by the number "
            "of clicks: use your `masked_mean`.",
        ),
        Misconception(
            name="nan for nobody",
            wrong=_NobodyIsNan,
            says="A history without a click divides 0 by 0, NaN. Use your `masked_mean`, "
            "which gives zeros.",
        ),
        Misconception(
            name="takes the newest state",
            wrong=_TakesTheNewest,
            says="You take the state of the newest click, the last position alone. Asked for "
            "is the mean over all real positions.",
        ),
        Misconception(
            name="takes the oldest state",
            wrong=_TakesTheOldest,
            says="You take the state of the first position alone, mostly padding. Asked for "
            "is the mean over all real positions.",
        ),
        Misconception(
            name="takes the largest",
            wrong=_TakesTheLargest,
            says="You take the largest numbers of the clicks, max pooling. Asked for is the "
            "mean, `masked_mean`.",
        ),
        Misconception(
            name="takes the largest of all",
            wrong=_TakesTheLargestOfAll,
            says="You take the largest numbers of all positions, max pooling with padding. "
            "Asked for is the mean over the clicks, `masked_mean`.",
        ),
        Misconception(
            name="first history for all",
            wrong=_FirstHistory,
            says="You use the first history for all rows of the batch. Each row has its own "
            "vector: `pooled[:, None].expand(-1, C, -1)`.",
        ),
        Misconception(
            name="mean of the batch",
            wrong=_MeanOfTheBatch,
            says="You average over the batch: all shoppers get one vector. Each row has its own.",
        ),
        Misconception(
            name="never encodes",
            wrong=_NeverEncodes,
            says="You average the clicks' embeddings and skip the encoder. Its states are "
            "asked for: `self.encoder(histories)`.",
        ),
        Misconception(
            name="candidate first",
            wrong=_CandidateFirst,
            says="You put the candidate first, the wrong order. The head's first D inputs are "
            "the history, the second D the candidate.",
        ),
        Misconception(
            name="encodes the candidates",
            wrong=_EncodesCandidates,
            says="You send the candidates through the whole encoder. In this model a "
            "candidate is only its embedding, `self.encoder.item(candidates)`.",
        ),
        Misconception(
            name="encodes the candidates as a sequence",
            wrong=_EncodesCandidatesTogether,
            says="You send the candidates through the encoder as if they were a history. A "
            "candidate is only its embedding, `self.encoder.item(candidates)`.",
        ),
        Misconception(
            name="first candidate for all",
            wrong=_FirstCandidate,
            says="You score the first candidate only, and give its logit to all. Each of the "
            "C candidates has an embedding of its own.",
        ),
        Misconception(
            name="candidates of the first row",
            wrong=_CandidatesOfTheFirst,
            says="You use the first row's candidates for all rows. Each row has its own.",
        ),
        Misconception(
            name="pairs mixed",
            wrong=_MixesThePairs,
            says="Your pairs are mixed: histories repeat in the wrong order, so a candidate "
            "meets another shopper's history. Use `expand` on a new axis, or "
            "`repeat_interleave`, not `repeat`.",
        ),
        Misconception(
            name="a dot product",
            wrong=_DotProduct,
            says="You score by a dot product and leave the head out. `self.head` looks at "
            "both, side by side.",
        ),
        Misconception(
            name="forgets the history",
            wrong=_ForgetsTheHistory,
            says="The head never sees the history, only the candidate, twice. The pooled "
            "history comes first, then the candidate.",
        ),
        Misconception(
            name="forgets the candidate",
            wrong=_ForgetsTheCandidate,
            says="The head never sees the candidate, only the history, twice. The candidate's "
            "embedding comes second.",
        ),
        Misconception(
            name="adds them",
            wrong=_AddsThem,
            says="You add history and candidate, so the head gets D numbers and wants 2 D. "
            "Put them side by side: `torch.cat(..., dim=2)`.",
        ),
        Misconception(
            name="reads again for each candidate",
            wrong=_ReadsAgain,
            says="The logits are right, but you encode each history once for every candidate, "
            "again and again. Encode it once, then `expand`.",
        ),
        Misconception(
            name="gives probabilities",
            wrong=_GivesProbabilities,
            says="You return probabilities, after a sigmoid. The loss wants logits; leave the "
            "sigmoid to whoever reads them.",
        ),
        Misconception(
            name="gives logarithms",
            wrong=_GivesLogarithms,
            says="You return logarithms of probabilities. The loss wants logits, the head's "
            "output as it is.",
        ),
        Misconception(
            name="gives shares",
            wrong=_GivesShares,
            says="You apply a softmax over the candidates. Each pair has a logit by itself, "
            "the head's output as it is.",
        ),
        Misconception(
            name="leaves eval mode behind",
            wrong=_LeavesEvalMode,
            says="You switch the network to eval mode inside, and leave it there. The mode is "
            "the affair of whoever calls.",
        ),
        Misconception(
            name="keeps the last axis",
            wrong=_KeepsTheLastAxis,
            says="Your logits are (B, C, 1), an axis too many. Take the last axis away with "
            "`squeeze(2)`.",
        ),
        Misconception(
            name="squeezes all",
            wrong=_SqueezesAll,
            says="`squeeze()` takes away every axis of length 1, the batch or the candidates "
            "too where there is only one. Name the axis: `squeeze(2)`.",
        ),
        Misconception(
            name="transposed",
            wrong=_Transposed,
            says="Your logits are transposed, (C, B). A row is a shopper: (B, C).",
        ),
        Misconception(
            name="detached",
            wrong=_DetachedHistory,
            says="Your history is detached, so no gradient reaches the encoder through it. "
            "Leave out `detach` and `no_grad`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="beside = torch.cat(beside, dim=1)[:, None].expand(B, C, -1) -> beside = "
            "torch.cat(beside, dim=0)[:, None].expand(B, C, -1)",
            reason=_NO_FEATURES,
        ),
    ),
)

# --- 7.4 The whole catalogue ----------------------------------------------------------------------


class _Moody(nn.Module):
    """Scores by a table, and is far off in training mode, as a dropout would disturb it.

    Notes the largest call.
    """

    def __init__(self, n_items):
        super().__init__()
        generator = torch.Generator().manual_seed(n_items)
        self.table, self.n_items = (
            nn.Parameter(torch.randn(n_items + 1, generator=generator)),
            n_items,
        )
        self.most_pairs = 0
        self.noted_gradients = False
        self.inner = nn.Identity()  # has a mode of its own

    def score_candidates(self, histories, candidates, features=None):
        if len(histories) != len(candidates) or candidates.ndim != 2:
            raise ValueError(
                f"{len(histories)} histories and candidates of shape {tuple(candidates.shape)}"
            )
        self.most_pairs = max(self.most_pairs, candidates.numel())
        self.noted_gradients |= torch.is_grad_enabled()
        noise = 10 * self.training + 100 * self.inner.training
        places = torch.arange(1, histories.shape[1] + 1)
        heard = (histories * places).sum(dim=1, keepdim=True)
        return heard * self.table[candidates] + noise


def _ranked(answer, n_items, histories, training):
    network = _Moody(n_items).train(training)
    with torch.enable_grad():
        scores = answer(network, histories)
    if not isinstance(scores, torch.Tensor):
        return scores
    return {
        "scores": scores.detach(),
        "at most 8,192 pairs at a time": network.most_pairs <= 8_192,
        "over by a shopper, no more": network.most_pairs - n_items <= 8_192,
        "gradients while it scores": network.noted_gradients,
        "in training mode afterwards": network.training,
        "its parts in training mode afterwards": network.inner.training,
        "scores keep a gradient": scores.requires_grad,
    }


def _gradients_afterwards(answer, n_items, histories):
    with torch.enable_grad():
        answer(_Moody(n_items), histories)
        return {"gradients are on again afterwards": torch.is_grad_enabled()}


def _catalogue_probes(rng):
    def probe(n_items, lengths, training, label, **how):
        histories = _histories(rng, lengths, 3, max(n_items, 5))
        return Probe((n_items, histories, training), label=label, call=_ranked, **how)

    yield probe(4, [2, 3], True, "two shoppers, training before")
    yield probe(4, [1], False, "one shopper, eval before", edge=True)
    yield probe(7, [1, 3, 2], False, "three shoppers, eval before")
    yield probe(60, [3, 1, 2, 2, 1], True, "five shoppers, 60 products")
    # more than 8,192 pairs, with few calls: a loop over shoppers or pairs is slow, not wrong
    yield probe(50, [3] * 170, True, "170 shoppers, 50 products")
    yield probe(3, [1] * 2_731, False, "2,731 shoppers, 3 products")
    yield probe(1, [1] * 8_200, False, "8,200 shoppers, one product", edge=True)
    yield probe(3_000, [2] * 5, False, "3,000 products")
    yield probe(8_192, [2] * 2, False, "8,192 products", edge=True)
    yield Probe(
        (5, _histories(rng, [2, 3, 1], 3, 5)),
        label="what the network learns from afterwards",
        call=_gradients_afterwards,
        edge=True,
    )


def _in_chunks(
    network,
    histories,
    *,
    size=None,
    keep_mode=True,
    evaluate=True,
    grad=False,
    items=None,
    under=-torch.inf,
):
    """The right scores, but for one thing. items: those that are asked for, and their columns."""
    was_training = network.training
    if evaluate:
        network.eval()
    n_items = network.n_items
    scores = torch.full((len(histories), n_items + 1), under)
    items = torch.arange(1, n_items + 1) if items is None else items
    with torch.set_grad_enabled(grad):
        for rows in torch.arange(len(histories)).split(8_192 // n_items if size is None else size):
            chunk = network.score_candidates(histories[rows], items.expand(len(rows), -1))
            scores[rows[:, None], items] = chunk
    if keep_mode:
        network.train(was_training)
    return scores


def _all_at_once(network, histories):
    return _in_chunks(network, histories, size=len(histories))


def _chunks_of_64(network, histories):
    return _in_chunks(network, histories, size=64)


def _chunks_of_a_thousand(network, histories):
    return _in_chunks(network, histories, size=1_000)


def _one_shopper_more(network, histories):
    return _in_chunks(network, histories, size=8_192 // network.n_items + 1)


def _counts_padding(network, histories):
    return _in_chunks(network, histories, size=8_192 // (network.n_items + 1))


def _dropout_stays_on(network, histories):
    return _in_chunks(network, histories, evaluate=False)


def _stays_in_eval(network, histories):
    return _in_chunks(network, histories, keep_mode=False)


def _always_training_afterwards(network, histories):
    scores = _in_chunks(network, histories)
    network.train()
    return scores


def _mode_turned(network, histories):
    was_training = network.training
    scores = _in_chunks(network, histories)
    network.train(not was_training)
    return scores


def _no_column_for_padding(network, histories):
    return _in_chunks(network, histories)[:, 1:]


def _padding_comes_last(network, histories):
    return _in_chunks(network, histories).roll(-1, dims=1)


def _padding_is_zero(network, histories):
    return _in_chunks(network, histories, under=0.0)


def _padding_is_plus_infinity(network, histories):
    return _in_chunks(network, histories, under=torch.inf)


def _padding_is_nan(network, histories):
    return _in_chunks(network, histories, under=torch.nan)


def _padding_is_a_large_number(network, histories):
    return _in_chunks(network, histories, under=-1e9)


def _padding_is_scored(network, histories):
    return _in_chunks(network, histories, items=torch.arange(network.n_items + 1))


def _products_from_zero(network, histories):
    scores = _in_chunks(network, histories, items=torch.arange(network.n_items))
    scores = scores.roll(1, dims=1)
    scores[:, 0] = -torch.inf
    return scores


def _products_from_zero_only(network, histories):
    return _in_chunks(network, histories, items=torch.arange(network.n_items))[:, :-1]


def _one_product_less(network, histories):
    return _in_chunks(network, histories, items=torch.arange(1, network.n_items))


def _fifty_products(network, histories):
    was_training = network.training
    network.eval()
    scores = torch.full((len(histories), 51), -torch.inf)
    with torch.no_grad():
        for rows in torch.arange(len(histories)).split(8_192 // 50):
            items = torch.arange(1, 51).expand(len(rows), -1)
            scores[rows, 1:] = network.score_candidates(histories[rows], items)
    network.train(was_training)
    return scores


def _products_backwards(network, histories):
    scores = _in_chunks(network, histories)
    return torch.cat([scores[:, :1], scores[:, 1:].flip(1)], dim=1)


def _with_gradients(network, histories):
    return _in_chunks(network, histories, grad=True)


def _detached_at_the_end(network, histories):
    return _in_chunks(network, histories, grad=True).detach()


def _mode_of_the_whole_only(network, histories):
    was_training = network.training
    network.training = False
    scores = _in_chunks(network, histories, evaluate=False, keep_mode=False)
    network.training = was_training
    return scores


def _log_probabilities(network, histories):
    return _in_chunks(network, histories).log_softmax(dim=1)


def _probabilities(network, histories):
    scores = _in_chunks(network, histories).sigmoid()
    scores[:, 0] = -torch.inf
    return scores


def _probabilities_all(network, histories):
    return _in_chunks(network, histories).sigmoid()


def _shares(network, histories):
    return _in_chunks(network, histories).softmax(dim=1)


def _shares_and_minus_infinity(network, histories):
    scores = _in_chunks(network, histories).softmax(dim=1)
    scores[:, 0] = -torch.inf
    return scores


def _in_order(network, histories):
    return _in_chunks(network, histories).argsort(dim=1, descending=True)


def _counts_shoppers(network, histories):
    return _in_chunks(network, histories, size=8_192)


def _the_rest_is_lost(network, histories):
    scores = _in_chunks(network, histories)
    size = 8_192 // network.n_items
    scores[len(histories) // size * size :] = -torch.inf
    return scores


def _the_rest_is_left_out(network, histories):
    size = 8_192 // network.n_items
    return _in_chunks(network, histories)[: len(histories) // size * size]


def _only_the_first_chunk(network, histories):
    return _in_chunks(network, histories)[: 8_192 // network.n_items]


def _only_the_last_chunk(network, histories):
    scores = _in_chunks(network, histories)
    return scores.split(8_192 // network.n_items)[-1]


def _chunks_in_a_list(network, histories):
    return list(_in_chunks(network, histories).split(8_192 // network.n_items))


def _first_shoppers_again(network, histories):
    size = 8_192 // network.n_items
    rows = torch.arange(len(histories)) % size
    return _in_chunks(network, histories[rows])


def _first_shopper_for_all(network, histories):
    return _in_chunks(network, histories[:1].expand_as(histories))


def _transposed(network, histories):
    return _in_chunks(network, histories).T


def _gradients_off_for_good(network, histories):
    torch.set_grad_enabled(False)
    return _in_chunks(network, histories)


_CATALOGUE = Exercise(
    id="7.4",
    title="The whole catalogue, in chunks",
    minutes=7,
    reference=score_catalogue,
    probes=_catalogue_probes,
    hints=(
        "A chunk is some shoppers times all products: how many shoppers fit into 8,192 pairs?",
        "`torch.arange(len(histories)).split(8_192 // network.n_items)` gives the rows of each "
        "chunk, the last one shorter. Note `network.training` before you call `network.eval()`.",
        "Start with `torch.full((B, n_items + 1), -torch.inf)`; inside `torch.no_grad()`, "
        "`scores[rows, 1:] = network.score_candidates(histories[rows], items.expand(len(rows), "
        "-1))`; at the end `network.train(was)`.",
    ),
    built="You have built the step from a click model to a ranking, within bounded memory. From "
    "here on `validate` and the comparison of the models call it.",
    ours="The library's `eval_mode` puts the mode back even if the network raises an error in "
    "between.",
    misconceptions=(
        Misconception(
            name="all at once",
            wrong=_all_at_once,
            says="You ask for all shoppers in one call, not in chunks. With many of them that "
            "fills the memory: at most 8,192 pairs at a time.",
        ),
        Misconception(
            name="chunks of shoppers",
            wrong=_counts_shoppers,
            says="Your chunk has 8,192 *shoppers*. What fills the memory are pairs: divide by "
            "the number of products.",
        ),
        Misconception(
            name="chunks of a thousand",
            wrong=_chunks_of_a_thousand,
            says="Your chunk has a fixed size, so many shoppers whatever the catalogue. At "
            "most 8,192 *pairs* at a time: `8_192 // network.n_items` shoppers.",
        ),
        Misconception(
            name="small fixed chunks",
            wrong=_chunks_of_64,
            says="Your chunk has a fixed number of shoppers, too many for a large catalogue. "
            "At most 8,192 *pairs* at a time: `8_192 // network.n_items` shoppers.",
        ),
        Misconception(
            name="one shopper more",
            wrong=_one_shopper_more,
            says="Your chunk holds a shopper too many, rounded up: more than 8,192 pairs. "
            "Round down: `8_192 // network.n_items`.",
        ),
        Misconception(
            name="counts padding as a product",
            wrong=_counts_padding,
            says="You divide by n_items + 1, so with 8,192 products no shopper fits into a "
            "chunk. Padding is not asked about: divide by `network.n_items`.",
        ),
        Misconception(
            name="dropout stays on",
            wrong=_dropout_stays_on,
            says="The network is still in training mode, so dropout disturbs your scores: "
            "eval mode is missing. Call `network.eval()` first.",
        ),
        Misconception(
            name="stays in eval mode",
            wrong=_stays_in_eval,
            says="You leave the network in eval mode, and the rest of its training would go "
            "without dropout. Put back, restore the mode that it was in.",
        ),
        Misconception(
            name="always training afterwards",
            wrong=_always_training_afterwards,
            says="You leave the network in training mode even if it came in eval mode. Note "
            "`network.training` first, and restore that.",
        ),
        Misconception(
            name="mode turned round",
            wrong=_mode_turned,
            says="You leave the network in the other mode, inverted. Note `network.training` "
            "first, and restore that.",
        ),
        Misconception(
            name="no column for padding",
            wrong=_no_column_for_padding,
            says="You return n_items columns; column 0 is missing, so all are off by one. "
            "Column j is product j: padding's column comes first, at -inf.",
        ),
        Misconception(
            name="products from zero, shifted",
            wrong=_products_from_zero,
            says="Your products count from 0, so each column holds the product before it, off "
            "by one. Products are 1 to n_items: `torch.arange(1, network.n_items + 1)`.",
        ),
        Misconception(
            name="products from zero, no column 0",
            wrong=_products_from_zero_only,
            says="You ask for items 0 to n_items - 1: padding is scored, and the last product "
            "is missing. Products are 1 to n_items.",
        ),
        Misconception(
            name="padding comes last",
            wrong=_padding_comes_last,
            says="Padding's column comes last, so all others are off by one. Column j is "
            "product j: it is column 0.",
        ),
        Misconception(
            name="one product less",
            wrong=_one_product_less,
            says="The last product, n_items, is missing: the end of `arange` is exclusive. "
            "Products are `torch.arange(1, network.n_items + 1)`.",
        ),
        Misconception(
            name="fifty products",
            wrong=_fifty_products,
            says="You ask for the chapter's 50 products, a constant (N_ITEMS). The catalogue "
            "is the network's: `network.n_items`.",
        ),
        Misconception(
            name="products backwards",
            wrong=_products_backwards,
            says="Your columns run backwards, reversed. Column j is product j.",
        ),
        Misconception(
            name="padding scores zero",
            wrong=_padding_is_zero,
            says="Column 0 is 0, and a logit of 0 beats every negative one: padding would be "
            "recommended. Use -inf, not zero.",
        ),
        Misconception(
            name="padding is plus infinity",
            wrong=_padding_is_plus_infinity,
            says="Column 0 is +inf, the wrong sign: padding would always be recommended. Use -inf.",
        ),
        Misconception(
            name="padding is NaN",
            wrong=_padding_is_nan,
            says="Column 0 is NaN, which is in no order with other numbers. Use -inf.",
        ),
        Misconception(
            name="padding is a large number",
            wrong=_padding_is_a_large_number,
            says="Column 0 is a large negative number. -inf is asked for, which nothing can "
            "fall below.",
        ),
        Misconception(
            name="padding is scored",
            wrong=_padding_is_scored,
            says="Padding, item 0, is scored in column 0 like a product. Padding is no "
            "product: its column is -inf.",
        ),
        Misconception(
            name="log-softmax",
            wrong=_log_probabilities,
            says="You return log-probabilities, a log-softmax over the catalogue. Return the "
            "logits as the network gives them.",
        ),
        Misconception(
            name="probabilities",
            wrong=_probabilities,
            says="You return probabilities, after a sigmoid. Return the logits as the network "
            "gives them.",
        ),
        Misconception(
            name="probabilities everywhere",
            wrong=_probabilities_all,
            says="You apply a sigmoid, which makes probabilities of the logits, and 0 of "
            "padding's -inf. Return the logits as the network gives them.",
        ),
        Misconception(
            name="shares",
            wrong=_shares,
            says="You return a softmax over the catalogue, shares. Return the logits as the "
            "network gives them.",
        ),
        Misconception(
            name="shares, padding apart",
            wrong=_shares_and_minus_infinity,
            says="You apply a softmax to the products, so that they sum to 1. Return the "
            "logits as the network gives them.",
        ),
        Misconception(
            name="products in order",
            wrong=_in_order,
            says="You return products in order, sorted. Return their logits: column j is "
            "product j.",
        ),
        Misconception(
            name="detached at the end",
            wrong=_detached_at_the_end,
            says="You detach the scores at the end, but the network has kept everything for a "
            "backward pass by then: gradients are on while it scores. Score inside "
            "`torch.no_grad()`.",
        ),
        Misconception(
            name="mode of the whole only",
            wrong=_mode_of_the_whole_only,
            says="You set `network.training` by hand, which reaches none of its parts: their "
            "dropout stays on. Call `network.eval()`, and `network.train(...)` afterwards.",
        ),
        Misconception(
            name="gradients off for good",
            wrong=_gradients_off_for_good,
            says="You switch gradients off for everything (`torch.set_grad_enabled(False)`) and "
            "never on again: whatever trains afterwards learns nothing. `with torch.no_grad():` "
            "ends by itself.",
        ),
        Misconception(
            name="keeps gradients",
            wrong=_with_gradients,
            says="Your scores keep gradients, everything that a backward pass would need. "
            "Score inside `torch.no_grad()`.",
        ),
        Misconception(
            name="the rest is lost",
            wrong=_the_rest_is_lost,
            says="The last chunk is missing where the number of shoppers is no multiple of "
            "its size: the rest is lost. `split` gives the shorter rest as well.",
        ),
        Misconception(
            name="the rest is left out",
            wrong=_the_rest_is_left_out,
            says="The shoppers of the last, shorter chunk are left out of the result. `split` "
            "gives the shorter rest as well.",
        ),
        Misconception(
            name="only the first chunk",
            wrong=_only_the_first_chunk,
            says="Only the first chunk comes back: you return inside the loop. Collect all "
            "chunks first.",
        ),
        Misconception(
            name="only the last chunk",
            wrong=_only_the_last_chunk,
            says="Only the last chunk comes back: each overwrites the one before. Collect "
            "them all: `scores[rows, 1:] = ...`, or `torch.cat`.",
        ),
        Misconception(
            name="chunks in a list",
            wrong=_chunks_in_a_list,
            says="You return a list of chunks. Put them together: `torch.cat(chunks)`.",
        ),
        Misconception(
            name="first shoppers again",
            wrong=_first_shoppers_again,
            says="Each chunk scores the first shoppers again. Take those of the chunk: "
            "`histories[rows]`.",
        ),
        Misconception(
            name="first shopper for all",
            wrong=_first_shopper_for_all,
            says="You score the first shopper's history for all rows. Each row has its own.",
        ),
        Misconception(
            name="transposed",
            wrong=_transposed,
            says="Your table is transposed. A row is a shopper, a column a product: (B, "
            "n_items + 1).",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="rows_at_once = max(1, PAIRS_AT_ONCE // network.n_items) -> rows_at_once = max(0, "
            "PAIRS_AT_ONCE // network.n_items)",
            reason="The exercise says that the catalogue has at most 8,192 products.",
        ),
        EquivalentMutant(
            edit="rows_at_once = max(1, PAIRS_AT_ONCE // network.n_items) -> rows_at_once = 1",
            reason="The exercise names the largest chunk, and no smallest.",
        ),
        EquivalentMutant(
            edit="rows_at_once = max(1, PAIRS_AT_ONCE // network.n_items) -> rows_at_once = min(1, "
            "PAIRS_AT_ONCE // network.n_items)",
            reason="The exercise names the largest chunk, and no smallest.",
        ),
    ),
)

# --- 7.5 Warm-up and decay ------------------------------------------------------------------------


def _schedule(answer, warmup_steps, total_steps):
    factors = [answer(step, warmup_steps, total_steps) for step in range(1, total_steps + 1)]
    # a text stays one: "0.5" is no number
    texts = str | bytes | bytearray
    return [factor if isinstance(factor, texts) else float(factor) for factor in factors]


def _schedule_probes(rng):
    yield Probe((4, 10), label="4 steps of warm-up, 10 in all", call=_schedule)
    yield Probe((3, 8), label="3 steps of warm-up, 8 in all", call=_schedule)
    yield Probe((0, 5), label="no warm-up", call=_schedule, edge=True)
    yield Probe((1, 5), label="a warm-up of one step", call=_schedule, edge=True)
    yield Probe((6, 6), label="nothing but warm-up", call=_schedule, edge=True)
    yield Probe((1, 1), label="one step", call=_schedule, edge=True)
    for _ in range(4):
        total = int(rng.integers(10, 40))
        yield Probe((int(rng.integers(2, total - 3)), total), label="random", call=_schedule)


def _first_step_is_lost(step, warmup_steps, total_steps):
    return (
        linear(step, warmup_steps, total_steps)
        if step > warmup_steps
        else (step - 1) / max(warmup_steps, 1)
    )


def _below_the_peak_from_zero(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return (step - 1) / peak if step < peak else linear(step, warmup_steps, total_steps)


def _last_step_is_lost(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (total_steps - step) / (total_steps - peak)


def _never_falls(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1))


def _divides_by_zero(step, warmup_steps, total_steps):
    if step <= warmup_steps:
        return step / warmup_steps
    return (total_steps + 1 - step) / (total_steps + 1 - warmup_steps)


def _falls_from_the_start(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1)) * (total_steps + 1 - step) / (total_steps + 1)


def _jumps_at_the_peak(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (total_steps + 1 - step) / (total_steps + 1)


def _falls_too_late(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / peak
    return (total_steps + 2 - step) / (total_steps + 2 - peak)


def _only_falls(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return 1.0 if step <= peak else linear(step, warmup_steps, total_steps)


def _falls_without_warm_up(step, warmup_steps, total_steps):
    return (total_steps + 1 - step) / total_steps


def _peak_one_late(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / (peak + 1)
    return (total_steps + 1 - step) / (total_steps + 1 - peak)


def _warm_up_one_late(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step < peak:
        return step / (peak + 1)
    return (total_steps + 1 - step) / (total_steps + 1 - peak)


def _warm_up_one_late_always(step, warmup_steps, total_steps):
    if step <= warmup_steps:
        return step / (warmup_steps + 1)
    return (total_steps + 1 - step) / (total_steps + 1 - warmup_steps)


def _whole_numbers_up(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step // peak if step <= peak else linear(step, warmup_steps, total_steps)


def _whole_numbers_down(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / peak
    return (total_steps + 1 - step) // (total_steps + 1 - peak)


def _peak_one_early(step, warmup_steps, total_steps):
    return linear(step, warmup_steps - 1, total_steps)


def _both_one_late(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1) + 1
    return step / peak if step <= peak else (total_steps + 1 - step) / (total_steps + 1 - peak)


def _from_step_zero(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step < peak:
        return (step + 1) / peak
    return (total_steps - step) / (total_steps - peak + 1)


def _higher_line(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return max(step / peak, (total_steps + 1 - step) / (total_steps + 1 - peak))


def _whole_numbers(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step // peak
    return (total_steps + 1 - step) // (total_steps + 1 - peak)


def _cosine(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / peak
    return (1 + math.cos(math.pi * (step - peak) / (total_steps + 1 - peak))) / 2


def _cosine_to_the_end(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step <= peak:
        return step / peak
    return (1 + math.cos(math.pi * (step - peak) / max(total_steps - peak, 1))) / 2


def _inverse_root(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (peak / step) ** 0.5


def _up_to_the_end(step, warmup_steps, total_steps):
    return step / total_steps


def _warm_up_of_the_total(step, warmup_steps, total_steps):
    if step <= max(warmup_steps, 1):
        return step / total_steps
    return linear(step, warmup_steps, total_steps)


def _only_the_way_down(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return (total_steps + 1 - step) / (total_steps + 1 - peak)


def _rises_after_the_peak(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (step - peak) / (total_steps + 1 - peak)


def _by_the_steps_left(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (total_steps + 1 - step) / max(total_steps - peak, 1)


def _one_step_early(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (total_steps - step) / (total_steps + 1 - peak)


def _by_the_total(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else (total_steps - step) / total_steps


def _too_flat(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else 1 - (step - peak) / total_steps


def _square(step, warmup_steps, total_steps):
    return linear(step, warmup_steps, total_steps) ** 2


def _squared_warm_up(step, warmup_steps, total_steps):
    factor = linear(step, warmup_steps, total_steps)
    return factor**2 if step <= warmup_steps else factor


def _falls_below_zero(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / peak if step <= peak else 1 - (step - peak) / peak


def _zero_means_two(step, warmup_steps, total_steps):
    return linear(step, warmup_steps or 2, total_steps)


def _zero_means_constant(step, warmup_steps, total_steps):
    return linear(step, warmup_steps, total_steps) if warmup_steps else 1.0


def _steps_without_wait(step, warmup_steps, total_steps):
    return 1.0 / step if step > max(warmup_steps, 1) else step / max(warmup_steps, 1)


def _lower_of_wrong_lines(step, warmup_steps, total_steps):
    return min(step / max(warmup_steps, 1), (total_steps + 1 - step) / total_steps)


_LINEAR = Exercise(
    id="7.5",
    title="Up, then down",
    minutes=5,
    reference=linear,
    probes=_schedule_probes,
    hints=(
        "Two lines that meet at the peak, where the factor is 1. Write each by itself.",
        "Up: `step / peak` with `peak = max(warmup_steps, 1)`. Down: 1 at the peak, 0 at "
        "`total_steps + 1`.",
        "Down: `(total_steps + 1 - step) / (total_steps + 1 - peak)`.",
    ),
    built="You have built the schedule that most transformers are trained with. The next cells "
    "print ten steps of it and train with it.",
    ours="The lower of the two lines is always the right one: one `min` instead of an `if`.",
    misconceptions=(
        Misconception(
            name="no warm-up divides by zero",
            wrong=_divides_by_zero,
            says="With `warmup_steps=0` your line comes down from step 0, where no step is, "
            "or divides by zero. 0 means the same as 1: the peak is at `max(warmup_steps, 1)`.",
        ),
        Misconception(
            name="no warm-up means constant",
            wrong=_zero_means_constant,
            says="With `warmup_steps=0` your factor never falls. 0 means the same as 1: the "
            "peak is the first step, then it comes down.",
        ),
        Misconception(
            name="no warm-up means two",
            wrong=_zero_means_two,
            says="With `warmup_steps=0` your peak comes too late. 0 means the same as 1: the "
            "factor is 1 at the first step.",
        ),
        Misconception(
            name="the first step is lost",
            wrong=_first_step_is_lost,
            says="Steps count from 1, not 0. You begin with a factor of 0, so the first step "
            "is lost, it changes nothing: `step / warmup_steps`.",
        ),
        Misconception(
            name="the first step is lost, the peak is right",
            wrong=_below_the_peak_from_zero,
            says="Before the peak you take `step - 1`, so the first step has a factor of 0 and "
            "changes nothing, and the last of them jumps. Steps count from 1: `step / peak`.",
        ),
        Misconception(
            name="counts from zero",
            wrong=_from_step_zero,
            says="You count steps from 0, one off: the peak comes a step too early, and the "
            "line ends at 0. Steps count from 1, so `step / peak`.",
        ),
        Misconception(
            name="the last step is lost",
            wrong=_last_step_is_lost,
            says="Your line comes down too early: the last step has a factor of 0 and changes "
            "nothing, wasted. It meets 0 one step later, at `total_steps + 1`.",
        ),
        Misconception(
            name="falls too late",
            wrong=_falls_too_late,
            says="Your line meets 0 too late, at `total_steps + 2`. One step after the last "
            "is enough: `total_steps + 1`, above and below the line of the fraction.",
        ),
        Misconception(
            name="divides by the steps left",
            wrong=_by_the_steps_left,
            says="You divide the way down by `total_steps - peak`, one too few, so the factor "
            "stays at 1 for a step. Divide by `total_steps + 1 - peak`.",
        ),
        Misconception(
            name="a step lower",
            wrong=_one_step_early,
            says="Your way down is a step ahead: it drops two steps' worth at the peak and is "
            "0 at the last step. Above the line write `total_steps + 1 - step`.",
        ),
        Misconception(
            name="falls by the total, to zero",
            wrong=_by_the_total,
            says="Your way down divides by `total_steps`, so it jumps at the peak, and the "
            "last step is 0. It goes from 1 at the peak to 0 at `total_steps + 1`.",
        ),
        Misconception(
            name="comes down too slowly",
            wrong=_too_flat,
            says="Your way down loses 1 / `total_steps` a step, so it ends well above 0. It has "
            "fewer steps than that: divide by `total_steps + 1 - peak`.",
        ),
        Misconception(
            name="the peak one step early",
            wrong=_peak_one_early,
            says="Your peak is one step early, at `warmup_steps - 1`. The factor is exactly 1 "
            "at step `warmup_steps`.",
        ),
        Misconception(
            name="the peak one step late, up and down",
            wrong=_both_one_late,
            says="Your peak is one step late, at `warmup_steps + 1`. The factor is exactly 1 "
            "at step `warmup_steps`.",
        ),
        Misconception(
            name="warm-up divided by one too many before the peak",
            wrong=_warm_up_one_late,
            says="Your warm-up divides by `warmup_steps + 1`, one step too many, so it jumps "
            "at the peak. Before it the factor is `step / warmup_steps`.",
        ),
        Misconception(
            name="warm-up divided by one too many, no peak for 0",
            wrong=_warm_up_one_late_always,
            says="Your warm-up divides by `warmup_steps + 1`, one step too many, so 1 is "
            "never reached: `step / warmup_steps`. And 0 means the same as 1: take "
            "`max(warmup_steps, 1)`.",
        ),
        Misconception(
            name="warm-up divided by one too many",
            wrong=_peak_one_late,
            says="Your warm-up divides by `warmup_steps + 1`, one too many, and never reaches "
            "1. Before the peak it is `step / warmup_steps`.",
        ),
        Misconception(
            name="warm-up divided by the total",
            wrong=_warm_up_of_the_total,
            says="Your warm-up divides by `total_steps`, so it doesn't reach 1 at the peak. "
            "Divide by `warmup_steps`.",
        ),
        Misconception(
            name="up to the end",
            wrong=_up_to_the_end,
            says="Your factor rises to the very end. It is up only until `warmup_steps`, then "
            "down.",
        ),
        Misconception(
            name="never falls",
            wrong=_never_falls,
            says="After the warm-up your factor stays at 1, it never falls: that is the "
            "schedule called `constant`. It must come down, decay, in a straight line.",
        ),
        Misconception(
            name="rises again",
            wrong=_rises_after_the_peak,
            says="After the peak your line starts at 0 and rises: it is inverted. It must "
            "fall from 1: `total_steps + 1 - step` above the line.",
        ),
        Misconception(
            name="no warm-up, right after it",
            wrong=_only_falls,
            says="Your warm-up is missing: the factor is 1 from the first step. Before the "
            "peak it is `step / warmup_steps`.",
        ),
        Misconception(
            name="falls from the first step",
            wrong=_falls_without_warm_up,
            says="You ignore `warmup_steps`: the line falls from the first step, without "
            "warm-up. First up, `step / warmup_steps`, then down.",
        ),
        Misconception(
            name="only the way down",
            wrong=_only_the_way_down,
            says="You use the falling line for all steps, so the factor is above 1 before the "
            "peak. There, in the warm-up, it is `step / warmup_steps`.",
        ),
        Misconception(
            name="the higher of two lines",
            wrong=_higher_line,
            says="You take the higher of the two lines, `max`, so factors are above 1. It is "
            "the lower, `min`: up before the peak, down after it.",
        ),
        Misconception(
            name="the lower of two lines, one from the start",
            wrong=_lower_of_wrong_lines,
            says="Your second line falls from the first step on, so the two don't meet at 1. "
            "It must be 1 at the peak: divide by `total_steps + 1 - peak`.",
        ),
        Misconception(
            name="falls from the start",
            wrong=_falls_from_the_start,
            says="You multiply both lines, so the factor never reaches 1. Before the peak "
            "only the first counts, after it only the second.",
        ),
        Misconception(
            name="jumps at the peak",
            wrong=_jumps_at_the_peak,
            says="After the peak your factor drops at once, a jump: the second line has to "
            "*begin* at 1, at the peak. Divide by `total_steps + 1 - peak`.",
        ),
        Misconception(
            name="as steep as the warm-up",
            wrong=_falls_below_zero,
            says="Your line falls as steeply as it rose, and doesn't look at `total_steps`: "
            "it is 0 or below too early. It meets 0 at `total_steps + 1`.",
        ),
        Misconception(
            name="integer division on the way up",
            wrong=_whole_numbers_up,
            says="Your warm-up divides with `//`, integer division, so it is 0 until the "
            "peak. Use `/`.",
        ),
        Misconception(
            name="integer division on the way down",
            wrong=_whole_numbers_down,
            says="Your way down divides with `//`, integer division, so it is 0 right after "
            "the peak. Use `/`.",
        ),
        Misconception(
            name="integer division",
            wrong=_whole_numbers,
            says="You divide with `//`, integer division, so nearly all factors are 0. Use `/`.",
        ),
        Misconception(
            name="a cosine",
            wrong=_cosine,
            says="Your factor falls like a cosine. A straight line is asked for: "
            "`(total_steps + 1 - step) / (total_steps + 1 - peak)`.",
        ),
        Misconception(
            name="a cosine to the last step",
            wrong=_cosine_to_the_end,
            says="Your factor falls like a cosine, to 0 at the last step. A straight line is "
            "asked for, that meets 0 at `total_steps + 1`.",
        ),
        Misconception(
            name="inverse root",
            wrong=_inverse_root,
            says="Your factor falls with the root of the step, as in the paper's schedule. A "
            "straight line is asked for, from 1 at the peak to 0 at `total_steps + 1`.",
        ),
        Misconception(
            name="one over step",
            wrong=_steps_without_wait,
            says="Your factor falls like 1 / step. A straight line is asked for, from 1 at "
            "the peak to 0 at `total_steps + 1`.",
        ),
        Misconception(
            name="squared",
            wrong=_square,
            says="You square the factor, so it is a curve. A straight line is asked for, up "
            "and down.",
        ),
        Misconception(
            name="squared warm-up",
            wrong=_squared_warm_up,
            says="Your warm-up is a curve, squared. A straight line is asked for: `step / "
            "warmup_steps`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="if step <= peak: -> if step < peak:", reason="At the peak both lines are 1."
        ),
    ),
)

# --- 7.6 The loop ---------------------------------------------------------------------------------


class _Descent:
    """Plain gradient descent, as an optimizer. (The first of PyTorch's takes seconds to import.)"""

    def __init__(self, network, rate):
        self.weights, self.rate = list(network.parameters()), rate

    def zero_grad(self, set_to_none=True):
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self):
        for weight in self.weights:
            if weight.grad is not None:
                weight -= self.rate * weight.grad


def _looped(answer, n_rows, epochs, batch_size, seed):
    """What a run of the loop leaves behind: losses, weights, and which rows were seen when."""
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.0), nn.Tanh(), nn.Linear(3, 1))
    network.eval()
    inputs = torch.randn(n_rows, 2)
    targets = inputs.prod(dim=1) + 1
    # What is left of earlier work must not count.
    for weight in network.parameters():
        weight.grad = torch.ones_like(weight)
    seen, modes = [], []

    def loss(network, rows, generator):
        seen.append(rows.tolist())
        modes.append(network.training)
        noise = torch.rand(len(rows), generator=generator)
        return (network(inputs[rows]).squeeze(1) - targets[rows] - noise).square().mean()

    losses = answer(
        network,
        loss,
        n_rows,
        _Descent(network, 0.1),
        epochs=epochs,
        batch_size=batch_size,
        generator=torch.Generator().manual_seed(seed),
    )
    return {
        "losses": losses,
        "each is a float": [isinstance(value, float) for value in losses],
        "weights": torch.cat([weight.detach().flatten() for weight in network.parameters()]),
        "rows of each step": seen,
        "in training mode": modes,
    }


def _loop_probes(rng):
    def probe(label, n_rows, epochs, batch_size, **how):
        seed = int(rng.integers(2**31))
        return Probe((n_rows, epochs, batch_size, seed), label=label, call=_looped, **how)

    yield probe("one epoch of one batch", 4, 1, 4)
    yield probe("one epoch of three batches", 6, 1, 2)
    yield probe("three epochs of two batches", 6, 3, 3)
    yield probe("a last batch of one row", 7, 2, 3)
    yield probe("four epochs, a smaller last batch", 11, 4, 4)
    yield probe("a batch larger than all rows", 3, 2, 8, edge=True)


def _batches(n_rows, batch_size, generator):
    return torch.randperm(n_rows, generator=generator).split(batch_size)


def _step_of(network, loss, rows, optimizer, generator):
    """A right step. A float."""
    optimizer.zero_grad()
    value = loss(network, rows, generator)
    value.backward()
    optimizer.step()
    return value.item()


def _mean_of(pairs):
    """Mean loss of (loss, rows) of an epoch."""
    return sum(value * len(rows) for value, rows in pairs) / sum(len(rows) for _, rows in pairs)


def _loop_gradients_add_up(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            pairs.append((value.item(), rows))
        means.append(_mean_of(pairs))
    return means


def _loop_cleared_each_epoch(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        optimizer.zero_grad()
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            pairs.append((value.item(), rows))
        means.append(_mean_of(pairs))
    return means


def _loop_no_step(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            value = loss(network, rows, generator)
            value.backward()
            pairs.append((value.item(), rows))
        means.append(_mean_of(pairs))
    return means


def _loop_step_first(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            value = loss(network, rows, generator)
            optimizer.step()
            optimizer.zero_grad()
            value.backward()
            pairs.append((value.item(), rows))
        means.append(_mean_of(pairs))
    return means


def _loop_two_steps(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            pairs.append((_step_of(network, loss, rows, optimizer, generator), rows))
            optimizer.step()
        means.append(_mean_of(pairs))
    return means


def _loop_one_step_an_epoch(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        optimizer.zero_grad()
        pairs = []
        for rows in _batches(n_rows, batch_size, generator):
            value = loss(network, rows, generator)
            value.backward()
            pairs.append((value.item(), rows))
        optimizer.step()
        means.append(_mean_of(pairs))
    return means


def _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator, told=_mean_of):
    """A right loop, but for its batches, or for what it tells of an epoch."""
    network.train()
    means = []
    for _ in range(epochs):
        means.append(
            told(
                [(_step_of(network, loss, rows, optimizer, generator), rows) for rows in batches()]
            )
        )
    return means


def _loop_not_shuffled(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def batches():
        return torch.arange(n_rows).split(batch_size)

    return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator)


def _loop_one_order(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    order = _batches(n_rows, batch_size, generator)
    return _loop_of(network, loss, n_rows, optimizer, epochs, lambda: order, generator)


def _loop_global(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def batches():
        return torch.randperm(n_rows).split(batch_size)

    return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator)


def _loop_with_repeats(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def batches():
        return torch.randint(n_rows, (n_rows,), generator=generator).split(batch_size)

    return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator)


def _loop_last_dropped(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def batches():
        found = _batches(n_rows, batch_size, generator)
        return [rows for rows in found if len(rows) == batch_size] or found

    return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator)


def _loop_own_generator(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    other = torch.Generator().manual_seed(generator.initial_seed())

    def batches():
        return _batches(n_rows, batch_size, other)

    return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator)


def _loop_one_epoch(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def batches():
        return _batches(n_rows, batch_size, generator)

    return _loop_of(network, loss, n_rows, optimizer, 1, batches, generator)


def _told(told):
    def loop(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
        def batches():
            return _batches(n_rows, batch_size, generator)

        return _loop_of(network, loss, n_rows, optimizer, epochs, batches, generator, told)

    return loop


def _loop_mean_of_batches(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    told = _told(lambda pairs: sum(value for value, _ in pairs) / len(pairs))
    return told(
        network,
        loss,
        n_rows,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        generator=generator,
    )


def _loop_last_loss(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    told = _told(lambda pairs: pairs[-1][0])
    return told(
        network,
        loss,
        n_rows,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        generator=generator,
    )


def _loop_sum(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    told = _told(lambda pairs: sum(value for value, _ in pairs))
    return told(
        network,
        loss,
        n_rows,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        generator=generator,
    )


def _loop_every_loss(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    return [
        _step_of(network, loss, rows, optimizer, generator)
        for _ in range(epochs)
        for rows in _batches(n_rows, batch_size, generator)
    ]


def _loop_tensors(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    told = _told(lambda pairs: torch.tensor(_mean_of(pairs)))
    return told(
        network,
        loss,
        n_rows,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        generator=generator,
    )


def _loop_eval_mode(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    means = []
    for _ in range(epochs):
        batches = _batches(n_rows, batch_size, generator)
        pairs = [(_step_of(network, loss, rows, optimizer, generator), rows) for rows in batches]
        means.append(_mean_of(pairs))
    return means


_LOOP = Exercise(
    id="7.6",
    title="The training loop",
    minutes=10,
    reference=plain_train,
    probes=_loop_probes,
    hints=(
        "Two loops, one inside the other: over epochs, and over the batches of an epoch. Four "
        "lines make a step.",
        "`for rows in torch.randperm(n_rows, generator=generator).split(batch_size):` and inside: "
        "`optimizer.zero_grad()`, the loss, `.backward()`, `optimizer.step()`.",
        "For the mean add up `value.item() * len(rows)` and divide by `n_rows` at the end of the "
        "epoch. Before all of it: `network.train()`.",
    ),
    built="You have built the loop that trains every network of this course. The next cell trains "
    "with yours; the library's loop adds what a long run needs.",
    ours="Ours is `seqrec.training.plain`; a test holds `train` against it.",
    misconceptions=(
        Misconception(
            name="gradients add up",
            wrong=_loop_gradients_add_up,
            says="Your gradients add up from step to step: `backward` adds to what is there. Clear "
            "them before it, `optimizer.zero_grad()`, in each batch.",
        ),
        Misconception(
            name="cleared once an epoch",
            wrong=_loop_cleared_each_epoch,
            says="You clear the gradients once an epoch, so within it they add up. "
            "`optimizer.zero_grad()` belongs into the loop over batches.",
        ),
        Misconception(
            name="no step",
            wrong=_loop_no_step,
            says="No weight moves: `optimizer.step()` is missing, or it comes when the gradients "
            "have just been cleared. The order is clear, `backward`, `step`.",
        ),
        Misconception(
            name="step before backward",
            wrong=_loop_step_first,
            says="You step before `backward`, with the gradient of the batch before. First the "
            "gradient, then the step.",
        ),
        Misconception(
            name="two steps",
            wrong=_loop_two_steps,
            says="You step twice for each batch, the second time with a gradient that is out of "
            "date. One step a batch.",
        ),
        Misconception(
            name="one step an epoch",
            wrong=_loop_one_step_an_epoch,
            says="You step once an epoch, with the sum of all gradients. Each batch has a step of "
            "its own.",
        ),
        Misconception(
            name="not shuffled",
            wrong=_loop_not_shuffled,
            says="Your rows come in the order of the data in every epoch. Shuffle them: "
            "`torch.randperm(n_rows, generator=generator)`.",
        ),
        Misconception(
            name="one order for all epochs",
            wrong=_loop_one_order,
            says="You shuffle once and use that order in every epoch. Draw it inside the loop over "
            "epochs.",
        ),
        Misconception(
            name="the global generator",
            wrong=_loop_global,
            says="Your order comes from PyTorch's global generator. Hand on yours: "
            "`torch.randperm(n_rows, generator=generator)`.",
        ),
        Misconception(
            name="rows with repeats",
            wrong=_loop_with_repeats,
            says="You draw rows at random, so some come twice in an epoch and others never. "
            "`randperm` has each of them once.",
        ),
        Misconception(
            name="one generator for the order alone",
            wrong=_loop_own_generator,
            says="You make a generator of your own for the order. There is one for both, the order "
            "and the loss: use `generator`.",
        ),
        Misconception(
            name="the last batch is dropped",
            wrong=_loop_last_dropped,
            says="You leave out a last batch that is smaller than the others. Every row is seen "
            "once an epoch.",
        ),
        Misconception(
            name="one epoch",
            wrong=_loop_one_epoch,
            says="You go through the rows once, whatever `epochs` says.",
        ),
        Misconception(
            name="the mean of the batches",
            wrong=_loop_mean_of_batches,
            says="You average the losses of the batches, so a row of a small last batch counts "
            "more. Weigh each by its rows, `len(rows)`.",
        ),
        Misconception(
            name="the last loss",
            wrong=_loop_last_loss,
            says="You return the last batch's loss of each epoch. One batch is noisy: return the "
            "mean over the epoch.",
        ),
        Misconception(
            name="a sum",
            wrong=_loop_sum,
            says="You return the sum of an epoch's losses. It grows with the number of batches: "
            "return the mean over the rows.",
        ),
        Misconception(
            name="every loss",
            wrong=_loop_every_loss,
            says="You return the loss of every step. Asked for is one number an epoch, their mean.",
        ),
        Misconception(
            name="tensors",
            wrong=_loop_tensors,
            says="You return tensors. Asked for are floats: `.item()`.",
        ),
        Misconception(
            name="no training mode",
            wrong=_loop_eval_mode,
            says="You leave the network in the mode that it was in. `network.train()` at the "
            "start: otherwise dropout may be off.",
        ),
    ),
)

# --- 7.7 BST --------------------------------------------------------------------------------------


def _each_alone(module, histories, candidates):
    return module.score_candidates(histories, candidates)


def _facts(module):
    return {"n_items": module.n_items, "S": module.S}


def _bst_probes(rng):
    histories = _histories(rng, [6, 6, 6], 6, 9)
    padded = _histories(rng, [3, 6, 1, 0], 6, 9)
    some = _histories(rng, [2, 5, 4, 3, 1], 6, 9)
    candidates = torch.from_numpy(rng.integers(1, 10, (5, 3)))
    yield ModuleProbe(
        (histories, candidates[:3, 0]),
        label="full histories",
        gradients=True,
        edge=True,
        **_SMALL,
    )
    yield ModuleProbe(
        (padded, candidates[:4, 0]), label="padded histories", gradients=True, **_SMALL
    )
    yield ModuleProbe((some, candidates[:, 1]), label="five padded histories", **_SMALL)
    yield ModuleProbe((padded[:2, 3:], candidates[:2, 0]), label="shorter than max_len", **_SMALL)
    yield ModuleProbe((some[:, 1:], candidates[:, 2]), label="a place shorter", **_SMALL)
    yield ModuleProbe((some[1:2], candidates[:1, 0]), label="a batch of one", edge=True, **_SMALL)
    yield ModuleProbe(
        (padded, candidates[:4]), label="three candidates each", call=_each_alone, **_SMALL
    )
    yield ModuleProbe((some, candidates[:, 0]), label="in training mode", training=True, **_SMALL)
    yield ModuleProbe((padded, candidates[:4, 0]), label="the default widths", **_DEFAULTS)
    yield ModuleProbe((), label="its attributes", call=_facts, edge=True, **_SMALL)


class _Assembled(nn.Module):
    """The stub's network in parts, so that each mistake is in one of them."""

    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def sequences(self, histories, candidates):
        return torch.cat([histories, candidates[:, None]], dim=1)

    def filled(self, sequences):
        return pad(sequences, (self.S - sequences.shape[1], 0))

    def without_padding(self, states, sequences):
        return states * (sequences != 0)[:, :, None]

    def side_by_side(self, states):
        return states.flatten(1)

    def forward(self, histories, candidates):
        sequences = self.filled(self.sequences(histories, candidates))
        states = self.without_padding(self.encoder(sequences), sequences)
        return self.last(self.head(self.side_by_side(states)))

    def last(self, logits):
        return logits.squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


class _CandidateComesFirst(_Assembled):
    def sequences(self, histories, candidates):
        return torch.cat([candidates[:, None], histories], dim=1)


class _CandidateBeforeTheClicks(_Assembled):
    def filled(self, sequences):
        filled = pad(sequences, (self.S - sequences.shape[1], 0))
        return torch.cat([filled[:, -1:], filled[:, :-1]], dim=1)


class _PadsBehind(_Assembled):
    def filled(self, sequences):
        return pad(sequences, (0, self.S - sequences.shape[1]))


class _PadsBetween(_Assembled):
    def filled(self, sequences):
        missing = self.S - sequences.shape[1]
        return torch.cat([pad(sequences[:, :-1], (0, missing)), sequences[:, -1:]], dim=1)


class _AllPaddingBehind(_Assembled):
    def filled(self, sequences):
        filled = pad(sequences, (self.S - sequences.shape[1], 0))
        order = (filled == 0).long().argsort(dim=1, stable=True)
        return filled.gather(1, order)


class _PadsTheStatesBehind(_Assembled):
    def filled(self, sequences):
        return sequences

    def side_by_side(self, states):
        return pad(states, (0, 0, 0, self.S - states.shape[1])).flatten(1)


class _PaddingSpeaks(_Assembled):
    def without_padding(self, states, sequences):
        return states


class _OnlyPaddingSpeaks(_Assembled):
    def without_padding(self, states, sequences):
        return states * (sequences == 0)[:, :, None]


class _CandidateIsSilent(_Assembled):
    def without_padding(self, states, sequences):
        real = sequences != 0
        return states * pad(real[:, :-1], (0, 1))[:, :, None]


class _FillingIsSilentOnly(_Assembled):
    def forward(self, histories, candidates):
        sequences = self.sequences(histories, candidates)
        missing = self.S - sequences.shape[1]
        states = pad(self.encoder(sequences), (0, 0, missing, 0))
        return self.last(self.head(self.side_by_side(states)))


class _OnlyFullHistories(_Assembled):
    def filled(self, sequences):
        return sequences


class _DropsTheOldest(_Assembled):
    def sequences(self, histories, candidates):
        return torch.cat([histories[:, 1:], candidates[:, None]], dim=1)


class _DropsTheNewest(_Assembled):
    def sequences(self, histories, candidates):
        return torch.cat([histories[:, :-1], candidates[:, None]], dim=1)


class _ForgetsTheCandidateInside(_Assembled):
    def sequences(self, histories, candidates):
        return histories


class _CandidateBeside(_Assembled):
    """Encodes the history alone, and puts the candidate's embedding behind the states."""

    def forward(self, histories, candidates):
        clicks = pad(histories, (self.S - 1 - histories.shape[1], 0))
        states = self.encoder(clicks) * (clicks != 0)[:, :, None]
        states = torch.cat([states, self.encoder.item(candidates)[:, None]], dim=1)
        return self.last(self.head(self.side_by_side(states)))


class _NeverEncoded(_Assembled):
    def forward(self, histories, candidates):
        sequences = self.filled(self.sequences(histories, candidates))
        return self.last(self.head(self.side_by_side(self.encoder.item(sequences))))


class _FirstCandidateForAll(_Assembled):
    def sequences(self, histories, candidates):
        return super().sequences(histories, candidates[:1].expand_as(candidates))


class _FirstHistoryForAll(_Assembled):
    def sequences(self, histories, candidates):
        return super().sequences(histories[:1].expand_as(histories), candidates)


class _HistoryBackwards(_Assembled):
    def sequences(self, histories, candidates):
        return super().sequences(histories.flip(1), candidates)


class _SideBySideWrongAxis(_Assembled):
    def side_by_side(self, states):
        return states.transpose(1, 2).flatten(1)


class _NewestFirst(_Assembled):
    def side_by_side(self, states):
        return states.flip(1).flatten(1)


class _NumbersBackwards(_Assembled):
    def side_by_side(self, states):
        return states.flatten(1).flip(1)


class _MeanInEachPlace(_Assembled):
    def side_by_side(self, states):
        return states.mean(dim=1, keepdim=True).expand_as(states).flatten(1)


class _CandidateAlone(_Assembled):
    def side_by_side(self, states):
        return states[:, -1]


class _CandidateFirstInTheHead(_Assembled):
    def side_by_side(self, states):
        return states.roll(1, dims=1).flatten(1)


class _BatchFlattened(_Assembled):
    def side_by_side(self, states):
        return states.flatten()


class _Probability(_Assembled):
    def last(self, logits):
        return logits.squeeze(1).sigmoid()


class _LogProbability(_Assembled):
    def last(self, logits):
        return logsigmoid(logits.squeeze(1))


class _OneColumn(_Assembled):
    def last(self, logits):
        return logits


class _SqueezesTheBatch(_Assembled):
    def last(self, logits):
        return logits.squeeze()


class _DetachedStates(_Assembled):
    def side_by_side(self, states):
        return states.detach().flatten(1)


_BST = Exercise(
    id="7.7",
    title="The candidate among the clicks",
    minutes=12,
    reference=BST,
    probes=_bst_probes,
    hints=(
        "Build the sequence of item ids first. What the network does with it afterwards is three "
        "short steps.",
        "`torch.cat([histories, candidates[:, None]], dim=1)` is (B, L + 1); "
        "`nn.functional.pad(sequences, (missing, 0))` puts `missing` zeros in front of each row.",
        "`states = self.encoder(sequences) * (sequences != 0)[:, :, None]`, then "
        "`self.head(states.flatten(1)).squeeze(1)`.",
    ),
    built="You have built the Behavior Sequence Transformer, where the candidate looks at the "
    "clicks. The next cells count what that costs, train it, and set it on the ladder.",
    ours="The library encodes at the width of the batch and fills up with zero states afterwards.",
    misconceptions=(
        Misconception(
            name="candidate first",
            wrong=_CandidateComesFirst,
            says="Your candidate stands before the history, at the oldest place, the wrong "
            "end. It comes last, at the newest place, where it always has the same position.",
        ),
        Misconception(
            name="candidate before the clicks and zeros",
            wrong=_CandidateBeforeTheClicks,
            says="Your candidate stands in front of everything, zeros included. It comes "
            "last, at the newest place.",
        ),
        Misconception(
            name="pads between",
            wrong=_PadsBetween,
            says="Your zeros stand between history and candidate, so the clicks move away "
            "from it. Join them first, then fill up in *front*, on the left.",
        ),
        Misconception(
            name="all padding behind",
            wrong=_AllPaddingBehind,
            says="You move all padding behind, to the right. Zeros stay in front, on the "
            "left, and the candidate comes last.",
        ),
        Misconception(
            name="pads the states behind",
            wrong=_PadsTheStatesBehind,
            says="You fill up the states behind the candidate, on the right, so each click's "
            "place moves. Fill up in *front*: `pad(sequences, (missing, 0))`.",
        ),
        Misconception(
            name="pads behind",
            wrong=_PadsBehind,
            says="Your zeros come behind the candidate, on the right, so the newest click "
            "moves. Fill up in *front*, on the left: `pad(sequences, (missing, 0))`.",
        ),
        Misconception(
            name="only the filling is silent",
            wrong=_FillingIsSilentOnly,
            says="Only the zeros that you add yourself are silent; the states of the "
            "histories' own padding go into the head. Multiply by `(sequences != 0)[:, :, "
            "None]`.",
        ),
        Misconception(
            name="padding speaks",
            wrong=_PaddingSpeaks,
            says="The states of padding go into your head: the mask is missing. They are not "
            "zero by themselves: multiply by `(sequences != 0)[:, :, None]`.",
        ),
        Misconception(
            name="only padding speaks",
            wrong=_OnlyPaddingSpeaks,
            says="Your mask is inverted, the wrong way round: you set the states of the "
            "clicks to 0 and keep padding's. Keep where `sequences != 0`.",
        ),
        Misconception(
            name="the candidate is silent",
            wrong=_CandidateIsSilent,
            says="You set the candidate's state to 0 as well. Only padding is silent: "
            "`sequences != 0`, of the sequence with the candidate.",
        ),
        Misconception(
            name="only full histories",
            wrong=_OnlyFullHistories,
            says="A history shorter than max_len makes a vector too short for the head: "
            "nothing is filled up. Put zeros in front of the sequence until it has S positions.",
        ),
        Misconception(
            name="the oldest click is dropped",
            wrong=_DropsTheOldest,
            says="You drop the oldest click to make room for the candidate. There are S = "
            "max_len + 1 places: keep the whole history.",
        ),
        Misconception(
            name="the newest click is dropped",
            wrong=_DropsTheNewest,
            says="You drop the newest click, overwritten by the candidate. There are S = "
            "max_len + 1 places: keep the whole history and append.",
        ),
        Misconception(
            name="the candidate is missing",
            wrong=_ForgetsTheCandidateInside,
            says="The candidate is missing, you ignore it: only the history is encoded. "
            "Append it: `torch.cat([histories, candidates[:, None]], dim=1)`.",
        ),
        Misconception(
            name="the candidate beside",
            wrong=_CandidateBeside,
            says="You encode the history without the candidate and put its embedding beside "
            "the states. Here it goes *into* the sequence, before the encoder, so that clicks "
            "and candidate see each other.",
        ),
        Misconception(
            name="never encoded",
            wrong=_NeverEncoded,
            says="You lay embeddings side by side and skip the encoder. Its states are asked "
            "for: `self.encoder(sequences)`.",
        ),
        Misconception(
            name="first candidate for all",
            wrong=_FirstCandidateForAll,
            says="You use the first candidate for all rows. Each row has its own.",
        ),
        Misconception(
            name="first history for all",
            wrong=_FirstHistoryForAll,
            says="You use the first history for all rows. Each row has its own.",
        ),
        Misconception(
            name="the history backwards",
            wrong=_HistoryBackwards,
            says="You turn the history round, reversed, newest click first. It stays as it "
            "is: oldest first, newest just before the candidate.",
        ),
        Misconception(
            name="axes exchanged",
            wrong=_SideBySideWrongAxis,
            says="You lay the states out coordinate by coordinate, transposed. Asked for is "
            "position by position: `flatten(1)` of (B, S, D) as it is.",
        ),
        Misconception(
            name="newest first",
            wrong=_NewestFirst,
            says="You lay the states out from new to old, reversed. The oldest comes first, "
            "the candidate last.",
        ),
        Misconception(
            name="numbers backwards",
            wrong=_NumbersBackwards,
            says="You turn the whole vector round, reversed number by number. `flatten(1)` of "
            "(B, S, D) is asked for as it is.",
        ),
        Misconception(
            name="candidate first in the head",
            wrong=_CandidateFirstInTheHead,
            says="In the head's input your candidate's state comes first. The oldest comes "
            "first, the candidate last.",
        ),
        Misconception(
            name="a mean in each place",
            wrong=_MeanInEachPlace,
            says="You put the mean of the states in each place. Each position keeps its own "
            "state, side by side.",
        ),
        Misconception(
            name="too few numbers for the head",
            wrong=_CandidateAlone,
            says="The head gets too few numbers: one state, the candidate's alone (the last "
            "position) or a mean, pooling. It wants all S of them side by side, S D numbers: "
            "`flatten(1)`.",
        ),
        Misconception(
            name="the batch flattened",
            wrong=_BatchFlattened,
            says="You flatten the batch as well. Each row keeps its own vector: `flatten(1)`.",
        ),
        Misconception(
            name="a probability",
            wrong=_Probability,
            says="You return a probability, after a sigmoid. The loss wants a logit; leave "
            "the sigmoid to whoever reads it.",
        ),
        Misconception(
            name="a logarithm",
            wrong=_LogProbability,
            says="You return the logarithm of a probability. The loss wants a logit, the "
            "head's output as it is.",
        ),
        Misconception(
            name="squeezes the batch",
            wrong=_SqueezesTheBatch,
            says="`squeeze()` takes away every axis of length 1, also a batch of one. Name "
            "the axis: `squeeze(1)`.",
        ),
        Misconception(
            name="one column",
            wrong=_OneColumn,
            says="Your logits are (B, 1), a column, an axis too many, and the loss wants "
            "(B,): `squeeze(1)`.",
        ),
        Misconception(
            name="detached",
            wrong=_DetachedStates,
            says="Your states are detached, so no gradient reaches the encoder. Leave out "
            "`detach` and `no_grad`.",
        ),
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(edit=f"{statement} -> *", reason=_NO_FEATURES)
        for statement in (
            "flat = flat if features is None else torch.cat([flat, features], dim=1)",
            "features = None if features is None else features.repeat_interleave(C, dim=0)",
        )
    ),
)

EXERCISES = (_CLICK_LOSS, _MASKED_MEAN, _MEAN_POOL, _CATALOGUE, _LINEAR, _LOOP, _BST)

QUIZZES = (
    Quiz(
        id="7.1",
        question="You give your mask `visible`, True where a click is, to `nn.TransformerEncoder` "
        "as `src_key_padding_mask`. What happens?",
        choices=(
            Choice(
                "It raises an error, because the dtype is wrong.",
                why="Both masks are boolean and have the same shape. Nothing crashes, which is "
                "what makes it nasty.",
            ),
            Choice(
                "It trains, and looks at padding only.",
                right=True,
                why="There True means *ignore*. Every click is hidden, padding is all that is "
                "left, and the loss still falls a little.",
            ),
            Choice(
                "Nothing: PyTorch knows both conventions.",
                why="It can't tell them apart. Its modules take True as blocked, its function "
                "`scaled_dot_product_attention` as visible.",
            ),
        ),
    ),
    Quiz(
        id="7.2",
        question="BST was trained with 3 negatives a click and says .60 for a product. May you "
        "tell the shop that 60 % of the shoppers will click it?",
        choices=(
            Choice(
                "Yes, a sigmoid gives a probability.",
                why="Of what? Of a click in the mixture that it was trained on, where one pair of "
                "four is a click.",
            ),
            Choice(
                "Yes, if its calibration curve is on the diagonal.",
                why="That curve was drawn on the same mixture. It shows that .60 is right *there*.",
            ),
            Choice(
                "No: the number belongs to a mixture with 3 negatives a click.",
                right=True,
                why="With more negatives the same network would say less, in the same order. For a "
                "rate on a page, one has to calibrate on what the page shows.",
            ),
        ),
    ),
    Quiz(
        id="7.3",
        question="Why does nobody rank 100,000 products with BST for each page view?",
        choices=(
            Choice(
                "Each pair of history and candidate is a sequence of its own.",
                right=True,
                why="The encoder runs 100,000 times. Mean pooling runs it once, and only the small "
                "head for each product.",
            ),
            Choice(
                "It has too many parameters.",
                why="It has hardly more than the mean-pooling model. What costs is how often they "
                "are used.",
            ),
            Choice(
                "Its logits can't be compared between candidates.",
                why="They can: the ladder ranks by them. Only the time stands against it.",
            ),
        ),
    ),
    Quiz(
        id="7.4",
        question="Which of these could tell you about the test clicks before you should know them?",
        choices=(
            Choice(
                "Choosing the number of epochs by NDCG@10 on the test clicks.",
                right=True,
                why="The best epoch on the test clicks is good *and lucky*. That is what "
                "validation is for.",
            ),
            Choice(
                "Keeping the weights of the best epoch on the validation clicks.",
                why="Those clicks are in neither training nor test. Reported is another number, on "
                "other clicks.",
            ),
            Choice(
                "Warming up the learning rate.",
                why="A schedule knows the number of the step and nothing of any click.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="7.1",
        asks="How often the oracle puts the click above the negative",
        unit="%",
        high=100,
        close=3,
    ),
    GuessChoice(
        id="7.2",
        asks="What goes wrong with the plain mean",
        choices=(
            "it is NaN",
            "it is shorter but points the same way",
            "it tells more of padding than of clicks",
        ),
    ),
    GuessChoice(
        id="7.3",
        asks="The flat line",
        choices=("no mask, masked mean", "mask, plain mean", "mask, masked mean"),
    ),
    GuessChoice(
        id="7.4",
        asks="How far the resumed run agrees",
        choices=("two or three digits", "five or six digits", "every bit"),
    ),
    GuessNumber(id="7.5", asks="Positions for one shopper, MeanPoolBST", close=0),
    GuessNumber(id="7.6", asks="Positions for one shopper, BST", close=0),
    GuessOrder(
        id="7.7",
        asks="The ladder, the lowest NDCG@10 first",
        items=("BST", "co-occurrence", "Markov chain", "MeanPoolBST"),
    ),
    GuessChoice(
        id="7.8",
        asks="Of what the log has little for hygiene",
        choices=("few products", "few clicks on them", "few histories that begin so"),
    ),
    GuessChoice(
        id="7.9",
        asks="What costs BST most to lose",
        choices=("the candidate inside", "the attention", "all places to the head"),
    ),
    GuessChoice(
        id="7.10",
        asks="Where BST is ahead of MeanPoolBST",
        choices=("at the start", "deep in it"),
    ),
)
