"""Answer key of chapter 07."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, pad

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, ModuleProbe, Probe, Quiz
from seqrec.data import without_empty_columns
from seqrec.losses import click_loss, uniform_negatives
from seqrec.models import BST, MeanPoolBST, score_catalogue
from seqrec.models.heads import masked_mean
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


def _steps(answer, histories, targets, n_negatives, rows, table):
    """What can be said of a step whatever was drawn:

    the pairs that were asked for, and that the loss is theirs.
    """
    loss, draws = answer(histories, targets, n_negatives), []
    for seed in (1, 2, 1):
        network = _Table(table)
        value = loss(network, rows, torch.Generator().manual_seed(seed))
        asked = torch.cat([candidates for _, candidates in network.asked], dim=1)  # (B, 1 + N)
        draws.append(asked)
    real = targets[rows]
    is_click = (
        asked == real[:, None]
        if len(asked) == len(rows)
        else torch.zeros(asked.shape, dtype=torch.bool)
    )
    due = binary_cross_entropy_with_logits(
        network.table[histories[rows][:, -1:], asked], is_click.to(table.dtype)
    )
    return {
        "pairs": tuple(asked.shape),
        "histories of these rows": all(
            # Padding that all rows share may be left out: it changes no score.
            torch.equal(without_empty_columns(given), without_empty_columns(histories[rows]))
            for given, _ in network.asked
        ),
        "each click once among its candidates": bool((is_click.sum(dim=1) == 1).all()),
        "products only": bool(((asked >= 1) & (asked <= network.n_items)).all()),
        "same generator, same negatives": torch.equal(draws[0], draws[2]),
        "other generator, other negatives": not torch.equal(
            draws[0].sort(dim=1)[0], draws[1].sort(dim=1)[0]
        ),
        "shape of the loss": tuple(value.shape),
        "loss less the mean BCE of these pairs": round(float((value - due).detach()), 4),
        "the loss has a gradient": value.requires_grad,
    }


def _click_loss_probes(rng):
    def probe(label, B, N, n_items, scale=1.0):
        histories = _histories(rng, rng.integers(1, 5, 30).tolist(), 4, n_items)
        targets = torch.from_numpy(rng.integers(1, n_items + 1, 30))
        rows = torch.from_numpy(rng.permutation(30)[:B])
        table = torch.from_numpy(scale * rng.normal(size=(n_items + 1, n_items + 1))).float()
        return Probe((histories, targets, N, rows, table), label=label, call=_steps)

    yield probe("8 windows, 2 negatives each", 8, 2, 6)
    yield probe("20 windows, 5 negatives each", 20, 5, 9)
    yield probe("one negative each", 12, 1, 40)
    yield probe("logits far from 0", 16, 3, 12, scale=80.0)


def _candidates(targets, rows, n_negatives, network, generator, **how):
    clicked = targets[rows]
    drawn = uniform_negatives(clicked, n_negatives, network.n_items, seed=generator, **how)
    return torch.cat([clicked[:, None], drawn], dim=1)


def _labels(logits):
    return torch.eye(logits.shape[1])[:1].expand_as(logits)


def _log_of_sigmoid(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        p = network.score_candidates(histories[rows], candidates).sigmoid()
        return -torch.where(_labels(p) == 1, p.log(), (1 - p).log()).mean()

    return loss


def _two_sigmoids(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        p = network.score_candidates(histories[rows], candidates).sigmoid()
        return binary_cross_entropy_with_logits(p, _labels(p))

    return loss


def _drawn_once(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, 0)
        logits = network.score_candidates(histories[rows], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


def _summed(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        logits = network.score_candidates(histories[rows], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits), reduction="sum") / len(
            rows
        )

    return loss


def _halves(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        logits = network.score_candidates(histories[rows], candidates)
        return -logsigmoid(logits[:, 0]).mean() - logsigmoid(-logits[:, 1:]).mean()

    return loss


def _may_hit_the_click(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(
            targets, rows, n_negatives, network, generator, reject_target=False
        )
        logits = network.score_candidates(histories[rows], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


def _first_windows(histories, targets, n_negatives):
    def loss(network, rows, generator):
        candidates = _candidates(targets, rows, n_negatives, network, generator)
        logits = network.score_candidates(histories[: len(rows)], candidates)
        return binary_cross_entropy_with_logits(logits, _labels(logits))

    return loss


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
    misconceptions=(
        Misconception(
            name="log of a sigmoid",
            wrong=_log_of_sigmoid,
            says="You take the logarithm of a sigmoid. Far from 0 the sigmoid is exactly 0 or 1, "
            "and its logarithm infinite: hand the logits to `binary_cross_entropy_with_logits`.",
        ),
        Misconception(
            name="two sigmoids",
            wrong=_two_sigmoids,
            says="You apply a sigmoid before a loss that applies its own. Hand over the logits as "
            "they are.",
        ),
        Misconception(
            name="the same negatives each step",
            wrong=_drawn_once,
            says="Your negatives are the same whatever the generator: draw inside `loss`, with "
            "`seed=generator`, so that each step sees new ones.",
        ),
        Misconception(
            name="a sum over candidates",
            wrong=_summed,
            says="You sum over the candidates of a click, so more negatives make a larger loss. "
            "Take the mean over all pairs.",
        ),
        Misconception(
            name="half clicks, half negatives",
            wrong=_halves,
            says="You average clicks and negatives apart and add the two. Each *pair* counts once: "
            "one mean over all B * (1 + N).",
        ),
        Misconception(
            name="may hit the click",
            wrong=_may_hit_the_click,
            says="Some negatives are the click itself, so the same pair is labelled yes and no. "
            "Reject the target.",
        ),
        Misconception(
            name="the first windows",
            wrong=_first_windows,
            says="You ask about the first histories, not those of `rows`: clicks and histories "
            "don't belong together.",
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
    yield Probe((states, torch.tensor([[False, False, False]])), label="no click at all")
    yield Probe((states, torch.tensor([[True, True, True]])), label="no padding")
    some = torch.tensor([[[0.0, 0.0], [0.0, 4.0]], [[5.0, 5.0], [1.0, 0.0]]])
    yield Probe(
        (some, torch.tensor([[True, True], [False, True]])), label="a click whose state is zero"
    )
    for _ in range(3):
        real = torch.from_numpy(rng.random((4, 5)) < 0.6)
        values = torch.from_numpy(rng.normal(size=(4, 5, 3)))
        yield Probe((values, real), label="random, 64 bits", gradients=True, elsewhere=True)


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
    misconceptions=(
        Misconception(
            name="plain mean",
            wrong=_plain_mean,
            says="You average over all positions, padding included. `real` says which ones count.",
        ),
        Misconception(
            name="divides by the length",
            wrong=_divides_by_length,
            says="Padding is out of your sum but still in the count: you divide by L. Divide by "
            "how many are real.",
        ),
        Misconception(
            name="nan for nobody",
            wrong=_nan_for_nobody,
            says="A row without a click gives 0 / 0, which is `nan`. Let the count be at least 1.",
        ),
        Misconception(
            name="one too many",
            wrong=_one_too_many,
            says="Adding 1 to the count avoids 0 / 0, but makes every mean too small. "
            "`clamp(min=1)` changes only the empty rows.",
        ),
        Misconception(
            name="a sum",
            wrong=_masked_sum,
            says="This is the sum over the clicks: a long history gets a long vector. Divide by "
            "their number.",
        ),
        Misconception(
            name="guesses padding from zeros",
            wrong=_guesses_padding,
            says="You take a vector of zeros for padding. A state may be zero, and padding's is "
            "not: use `real`.",
        ),
        Misconception(
            name="mean of the padding",
            wrong=_mean_of_padding,
            says="You average the padding. Here True means a click.",
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


def _with_count(module, use):
    """What `use(module)` gives, and how many positions went through the encoder for it."""
    seen = []
    hook = module.encoder.register_forward_hook(lambda _, given, __: seen.append(given[0].numel()))
    try:
        return {"logits": use(module), "positions encoded": sum(seen)}
    finally:
        hook.remove()


def _scored(module, histories, candidates):
    return _with_count(module, lambda network: network.score_candidates(histories, candidates))


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
        **_SMALL,
    )
    yield ModuleProbe(
        (histories, candidates), label="three shoppers, padded", call=_scored, **_SMALL
    )
    yield ModuleProbe(
        (torch.zeros(2, 4, dtype=torch.long), candidates[:2]),
        label="no click",
        call=_scored,
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
    yield ModuleProbe((), label="the size of the catalogue", call=_catalogue_size, **_SMALL)


class _PoolsPadding(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        pooled = self.encoder(histories).mean(dim=1)
        return _beside(self, pooled, self.encoder.item(candidates))


def _beside(network, pooled, items):
    pooled = pooled[:, None].expand(-1, items.shape[1], -1)
    return network.head(torch.cat([pooled, items], dim=2)).squeeze(2)


class _TakesTheNewest(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        return _beside(self, self.encoder(histories)[:, -1], self.encoder.item(candidates))


class _CandidateFirst(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        pooled = masked_mean(self.encoder(histories), histories != 0)[:, None].expand(
            -1, candidates.shape[1], -1
        )
        return self.head(torch.cat([self.encoder.item(candidates), pooled], dim=2)).squeeze(2)


class _EncodesCandidates(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        pooled = masked_mean(self.encoder(histories), histories != 0)
        C = candidates.shape[1]
        alone = self.encoder(candidates.reshape(-1, 1)).reshape(len(candidates), C, -1)
        return _beside(self, pooled, alone)


class _ReadsAgain(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        C = candidates.shape[1]
        again = histories.repeat_interleave(C, dim=0)
        pooled = masked_mean(self.encoder(again), again != 0).view(len(histories), C, -1)
        return self.head(torch.cat([pooled, self.encoder.item(candidates)], dim=2)).squeeze(2)


class _GivesProbabilities(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        return super().score_candidates(histories, candidates).sigmoid()


class _KeepsTheLastAxis(MeanPoolBST):
    def score_candidates(self, histories, candidates):
        return super().score_candidates(histories, candidates)[..., None]


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
    misconceptions=(
        Misconception(
            name="pools padding",
            wrong=_PoolsPadding,
            says="You average over padding too. Use your `masked_mean`, with `histories != 0`.",
        ),
        Misconception(
            name="takes the newest state",
            wrong=_TakesTheNewest,
            says="You take the state of the newest click. Asked for is the mean over all real "
            "positions.",
        ),
        Misconception(
            name="candidate first",
            wrong=_CandidateFirst,
            says="You put the candidate first. The head's first D inputs are the history, the "
            "second D the candidate.",
        ),
        Misconception(
            name="encodes the candidates",
            wrong=_EncodesCandidates,
            says="You send the candidates through the whole encoder. In this model a candidate is "
            "only its embedding, `self.encoder.item(candidates)`.",
        ),
        Misconception(
            name="reads again for each candidate",
            wrong=_ReadsAgain,
            says="The logits are right, but you encode each history once for every candidate. "
            "Encode it once, then `expand`.",
        ),
        Misconception(
            name="gives probabilities",
            wrong=_GivesProbabilities,
            says="You return probabilities. The loss wants logits; leave the sigmoid to whoever "
            "reads them.",
        ),
        Misconception(
            name="keeps the last axis",
            wrong=_KeepsTheLastAxis,
            says="Your logits are (B, C, 1). Take the last axis away with `squeeze(2)`.",
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
    """Scores by a table, and is 100 off in training mode, as a dropout would disturb it.

    Notes the largest call.
    """

    def __init__(self, n_items):
        super().__init__()
        generator = torch.Generator().manual_seed(n_items)
        self.table, self.n_items = (
            nn.Parameter(torch.randn(n_items + 1, generator=generator)),
            n_items,
        )
        self.most_pairs, self.asked_for_padding, self.calls = 0, False, 0

    def score_candidates(self, histories, candidates, features=None):
        if len(histories) != len(candidates):
            raise ValueError(
                f"{len(histories)} histories and candidates of shape {tuple(candidates.shape)}"
            )
        self.calls += 1
        self.most_pairs = max(self.most_pairs, candidates.numel())
        self.asked_for_padding |= bool((candidates == 0).any())
        return histories.sum(dim=1, keepdim=True) * self.table[candidates] + 100 * self.training


def _ranked(answer, n_items, histories, training):
    network = _Moody(n_items).train(training)
    scores = answer(network, histories)
    return {
        "scores": scores.detach(),
        "at most 8,192 pairs at a time": network.most_pairs <= 8_192,
        "more than 8,192 pairs, in one call": network.calls == 1 and network.most_pairs > 8_192,
        "shoppers one by one": network.calls == len(histories) > 1 and n_items <= 4_096,
        "padding is scored": network.asked_for_padding,
        "in training mode afterwards": network.training,
        "scores keep a gradient": scores.requires_grad,
    }


def _catalogue_probes(rng):
    yield Probe(
        (4, _histories(rng, [2, 3], 3, 4), True),
        label="two shoppers, training before",
        call=_ranked,
    )
    yield Probe(
        (4, _histories(rng, [1], 3, 4), False), label="one shopper, eval before", call=_ranked
    )
    yield Probe(
        (50, _histories(rng, [3] * 500, 3, 50), True),
        label="500 shoppers, 50 products",
        call=_ranked,
    )
    yield Probe(
        (3, _histories(rng, [1] * 2_731, 1, 3), False),
        label="2,731 shoppers, 3 products",
        call=_ranked,
    )
    yield Probe(
        (2, _histories(rng, [1] * 9_000, 1, 2), False),
        label="9,000 shoppers, 2 products",
        call=_ranked,
    )
    yield Probe(
        (3_000, _histories(rng, [2] * 5, 2, 3_000), False), label="3,000 products", call=_ranked
    )
    yield Probe(
        (8_192, _histories(rng, [2] * 2, 2, 50), False), label="8,192 products", call=_ranked
    )


def _in_chunks(
    network,
    histories,
    *,
    size=None,
    keep_mode=True,
    evaluate=True,
    grad=False,
    first=1,
    under=-torch.inf,
):
    was_training = network.training
    if evaluate:
        network.eval()
    n_items = network.n_items
    scores = torch.full((len(histories), n_items + 1), under)
    items = torch.arange(first, n_items + 1)
    with torch.set_grad_enabled(grad):
        for rows in torch.arange(len(histories)).split(size or 8_192 // n_items):
            scores[rows, first:] = network.score_candidates(
                histories[rows], items.expand(len(rows), -1)
            )
    if keep_mode:
        network.train(was_training)
    return scores


def _all_at_once(network, histories):
    return _in_chunks(network, histories, size=len(histories))


def _dropout_stays_on(network, histories):
    return _in_chunks(network, histories, evaluate=False)


def _stays_in_eval(network, histories):
    return _in_chunks(network, histories, keep_mode=False)


def _always_training_afterwards(network, histories):
    scores = _in_chunks(network, histories)
    network.train()
    return scores


def _no_column_for_padding(network, histories):
    return _in_chunks(network, histories)[:, 1:]


def _padding_is_zero(network, histories):
    return _in_chunks(network, histories, under=0.0)


def _padding_is_scored(network, histories):
    return _in_chunks(network, histories, first=0)


def _with_gradients(network, histories):
    return _in_chunks(network, histories, grad=True)


def _one_by_one(network, histories):
    return _in_chunks(network, histories, size=1)


def _counts_shoppers(network, histories):
    return _in_chunks(network, histories, size=8_192)


def _the_rest_is_lost(network, histories):
    scores = _in_chunks(network, histories)
    size = 8_192 // network.n_items
    scores[len(histories) // size * size :] = -torch.inf
    return scores


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
    misconceptions=(
        Misconception(
            name="all at once",
            wrong=_all_at_once,
            says="You ask for all shoppers in one call. With many of them that fills the memory: "
            "at most 8,192 pairs at a time.",
        ),
        Misconception(
            name="chunks of shoppers",
            wrong=_counts_shoppers,
            says="Your chunk has 8,192 *shoppers*. What fills the memory are pairs: divide by the "
            "number of products.",
        ),
        Misconception(
            name="one by one",
            wrong=_one_by_one,
            says="You call the network for one shopper at a time. That is right, and slow: give it "
            "as many as fit into 8,192 pairs.",
        ),
        Misconception(
            name="dropout stays on",
            wrong=_dropout_stays_on,
            says="The network is still in training mode, so dropout disturbs your scores. Call "
            "`network.eval()` first.",
        ),
        Misconception(
            name="stays in eval mode",
            wrong=_stays_in_eval,
            says="You leave the network in eval mode, and the rest of its training would go "
            "without dropout. Put back the mode that it was in.",
        ),
        Misconception(
            name="always training afterwards",
            wrong=_always_training_afterwards,
            says="You leave the network in training mode even if it came in eval mode. Note "
            "`network.training` first.",
        ),
        Misconception(
            name="no column for padding",
            wrong=_no_column_for_padding,
            says="You return n_items columns. Column j is product j, so there is a column 0 too: "
            "padding, at -inf.",
        ),
        Misconception(
            name="padding scores zero",
            wrong=_padding_is_zero,
            says="Column 0 is 0, and a logit of 0 beats every negative one: padding would be "
            "recommended. Use -inf.",
        ),
        Misconception(
            name="padding is scored",
            wrong=_padding_is_scored,
            says="You ask the network about item 0. Padding is no product: its column is -inf, and "
            "it is never asked.",
        ),
        Misconception(
            name="keeps gradients",
            wrong=_with_gradients,
            says="Your scores keep everything that a backward pass would need. Score inside "
            "`torch.no_grad()`.",
        ),
        Misconception(
            name="the rest is lost",
            wrong=_the_rest_is_lost,
            says="The last chunk is missing where the number of shoppers is no multiple of its "
            "size. `split` gives the shorter rest as well.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="rows_at_once = max(1, PAIRS_AT_ONCE // network.n_items) -> rows_at_once = max(0, "
            "PAIRS_AT_ONCE // network.n_items)",
            reason="The exercise says that the catalogue has at most 8,192 products.",
        ),
    ),
)

# --- 7.5 Warm-up and decay ------------------------------------------------------------------------


def _schedule(answer, warmup_steps, total_steps):
    factors = [answer(step, warmup_steps, total_steps) for step in range(1, total_steps + 1)]
    # a text stays one: "0.5" is no number
    return [factor if isinstance(factor, str) else float(factor) for factor in factors]


def _schedule_probes(rng):
    yield Probe((4, 10), label="4 steps of warm-up, 10 in all", call=_schedule)
    yield Probe((0, 5), label="no warm-up", call=_schedule)
    yield Probe((1, 5), label="a warm-up of one step", call=_schedule)
    yield Probe((6, 6), label="nothing but warm-up", call=_schedule)
    yield Probe((1, 1), label="one step", call=_schedule)
    for _ in range(3):
        total = int(rng.integers(10, 40))
        yield Probe((int(rng.integers(2, total)), total), label="random", call=_schedule)


def _first_step_is_lost(step, warmup_steps, total_steps):
    return (
        linear(step, warmup_steps, total_steps)
        if step > warmup_steps
        else (step - 1) / max(warmup_steps, 1)
    )


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
    misconceptions=(
        Misconception(
            name="no warm-up divides by zero",
            wrong=_divides_by_zero,
            says="With `warmup_steps=0` your line comes down from step 0, where no step is. 0 "
            "means the same as 1: the peak is at `max(warmup_steps, 1)`.",
        ),
        Misconception(
            name="the first step is lost",
            wrong=_first_step_is_lost,
            says="Steps count from 1. You begin with a factor of 0, a step that changes nothing.",
        ),
        Misconception(
            name="the last step is lost",
            wrong=_last_step_is_lost,
            says="Your last step has a factor of 0 and changes nothing. The line meets 0 one step "
            "later, at `total_steps + 1`.",
        ),
        Misconception(
            name="never falls",
            wrong=_never_falls,
            says="After the warm-up your factor stays at 1: that is the schedule called "
            "`constant`. It must come down.",
        ),
        Misconception(
            name="falls from the start",
            wrong=_falls_from_the_start,
            says="You multiply both lines, so the factor never reaches 1. Before the peak only the "
            "first counts, after it only the second.",
        ),
        Misconception(
            name="jumps at the peak",
            wrong=_jumps_at_the_peak,
            says="After the peak your factor drops at once: the second line has to *begin* at 1, "
            "at the peak. Divide by `total_steps + 1 - peak`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="if step <= peak: -> if step < peak:", reason="At the peak both lines are 1."
        ),
    ),
)

# --- 7.6 BST --------------------------------------------------------------------------------------


def _each_alone(module, histories, candidates):
    return module.score_candidates(histories, candidates)


def _facts(module):
    return {"n_items": module.n_items, "S": module.S}


def _bst_probes(rng):
    histories = _histories(rng, [6, 6, 6], 6, 9)
    padded = _histories(rng, [3, 6, 1, 0], 6, 9)
    candidates = torch.from_numpy(rng.integers(1, 10, (4, 3)))
    yield ModuleProbe(
        (histories, candidates[:3, 0]), label="full histories", gradients=True, **_SMALL
    )
    yield ModuleProbe(
        (padded, candidates[:, 0]), label="padded histories", gradients=True, **_SMALL
    )
    yield ModuleProbe((padded[:2, 3:], candidates[:2, 0]), label="shorter than max_len", **_SMALL)
    yield ModuleProbe(
        (padded, candidates), label="three candidates each", call=_each_alone, **_SMALL
    )
    yield ModuleProbe((padded, candidates[:, 0]), label="in training mode", training=True, **_SMALL)
    yield ModuleProbe((padded, candidates[:, 0]), label="the default widths", **_DEFAULTS)
    yield ModuleProbe((), label="its attributes", call=_facts, **_SMALL)


class _Assembled(BST):
    """A BST in parts, so that each mistake is in one of them."""

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
        return self.head(self.side_by_side(states)).squeeze(1)


class _CandidateComesFirst(_Assembled):
    def sequences(self, histories, candidates):
        return torch.cat([candidates[:, None], histories], dim=1)


class _PadsBehind(_Assembled):
    def filled(self, sequences):
        return pad(sequences, (0, self.S - sequences.shape[1]))


class _PaddingSpeaks(_Assembled):
    def without_padding(self, states, sequences):
        return states


class _OnlyFullHistories(_Assembled):
    def filled(self, sequences):
        return sequences


class _SideBySideWrongAxis(_Assembled):
    def side_by_side(self, states):
        return states.transpose(1, 2).flatten(1)


class _NewestFirst(_Assembled):
    def side_by_side(self, states):
        return states.flip(1).flatten(1)


class _Probability(_Assembled):
    def forward(self, histories, candidates):
        return super().forward(histories, candidates).sigmoid()


class _OneColumn(_Assembled):
    def forward(self, histories, candidates):
        return super().forward(histories, candidates)[:, None]


_BST = Exercise(
    id="7.6",
    title="The candidate among the clicks",
    minutes=10,
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
    misconceptions=(
        Misconception(
            name="candidate first",
            wrong=_CandidateComesFirst,
            says="Your candidate stands before the history. It comes last, at the newest place, "
            "where it always has the same position.",
        ),
        Misconception(
            name="pads behind",
            wrong=_PadsBehind,
            says="Your zeros come behind the candidate, so the newest click moves. Fill up in "
            "*front*: `pad(sequences, (missing, 0))`.",
        ),
        Misconception(
            name="padding speaks",
            wrong=_PaddingSpeaks,
            says="The states of padding go into your head. They are not zero by themselves: "
            "multiply by `(sequences != 0)[:, :, None]`.",
        ),
        Misconception(
            name="only full histories",
            wrong=_OnlyFullHistories,
            says="A history shorter than max_len makes a vector too short for the head. Put zeros "
            "in front of the sequence until it has S positions.",
        ),
        Misconception(
            name="axes exchanged",
            wrong=_SideBySideWrongAxis,
            says="You lay the states out coordinate by coordinate. Asked for is position by "
            "position: `flatten(1)` of (B, S, D) as it is.",
        ),
        Misconception(
            name="newest first",
            wrong=_NewestFirst,
            says="You lay the states out from new to old. The oldest comes first, the candidate "
            "last.",
        ),
        Misconception(
            name="a probability",
            wrong=_Probability,
            says="You return a probability. The loss wants a logit; leave the sigmoid to whoever "
            "reads it.",
        ),
        Misconception(
            name="one column",
            wrong=_OneColumn,
            says="Your logits are (B, 1), and `score_candidates` and the loss want (B,): "
            "`squeeze(1)`.",
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

EXERCISES = (_CLICK_LOSS, _MASKED_MEAN, _MEAN_POOL, _CATALOGUE, _LINEAR, _BST)

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
