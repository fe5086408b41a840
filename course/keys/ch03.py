"""Answer key of chapter 03."""

import torch

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.losses import hard_negatives, log_q, uniform_negatives
from seqrec.losses.negatives import collisions


def _ids(rng, low, high, shape):
    return torch.from_numpy(rng.integers(low, high, shape))


# --- 3.1 Uniform negatives ------------------------------------------------------------------------


def _drawn(answer, targets, N, n_items, seed):
    """What can be said of random negatives whatever the generator: shape, range, padding, targets,
    the law, the " "seed.
    """
    negatives = answer(targets, N, n_items, seed=seed)
    again, other = (
        answer(targets, N, n_items, seed=seed),
        answer(targets, N, n_items, seed=seed + 1),
    )
    real = (targets != 0)[..., None].expand(*targets.shape, N)
    kept = negatives[real] if negatives.shape == real.shape else negatives
    found = {
        "shape": tuple(negatives.shape),
        "dtype": str(negatives.dtype),
        "all within 1 to n_items": bool(((kept >= 1) & (kept <= n_items)).all()),
        "0 at padding": negatives.shape == real.shape and bool((negatives[~real] == 0).all()),
        "hits of the target": int((negatives == targets[..., None])[real].sum())
        if negatives.shape == real.shape
        else -1,
        "same seed, same draw": bool(torch.equal(negatives, again)),
    }
    if kept.numel() > 2_000 and negatives.shape == real.shape:
        found["another seed, another draw"] = not torch.equal(negatives, other)
        alike = negatives[targets == targets[0, 0]]  # all positions with the same target
        found["positions of one target differ"] = len(alike.unique(dim=0)) > 1
        found["every item comes up"] = len(kept.unique()) == n_items
        found["all other items alike"] = _fair(
            kept, targets[..., None].expand(*targets.shape, N)[real], n_items
        )
    return found


def _fair(negatives, targets, n_items):
    """For each target: do all other items come up equally often, within five standard errors?"""
    pairs = torch.bincount(
        targets * (n_items + 1) + negatives.clamp(0, n_items), minlength=(n_items + 1) ** 2
    )
    pairs = pairs.reshape(n_items + 1, n_items + 1)[1:, 1:].double()
    expected = (pairs.sum(1, keepdim=True) / (n_items - 1)).expand_as(pairs)
    off_diagonal = ~torch.eye(n_items, dtype=torch.bool)
    return bool(((pairs - expected).abs() <= 5 * expected.clamp(min=1).sqrt())[off_diagonal].all())


def _uniform_probes(rng):
    yield Probe(
        (torch.tensor([[1, 2], [2, 1]]), 3, 2, 0), label="two items: only one is left", call=_drawn
    )
    yield Probe((torch.tensor([[0, 0, 3], [0, 1, 2]]), 4, 3, 1), label="with padding", call=_drawn)
    yield Probe(
        (_ids(rng, 1, 7, (60, 40)), 5, 6, 2), label="many draws from six items", call=_drawn
    )
    yield Probe((_ids(rng, 0, 5, (5, 8)), 1, 200, 3), label="one negative each", call=_drawn)


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def _pads(negatives, targets):
    return negatives.masked_fill((targets == 0)[..., None], 0)


def _may_hit(targets, N, n_items, *, seed):
    return _pads(
        torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed)), targets
    )


def _moves_a_hit_to_its_neighbour(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed))
    drawn = torch.where(drawn == targets[..., None], drawn % n_items + 1, drawn)
    return _pads(drawn, targets)


def _from_zero(targets, N, n_items, *, seed):
    drawn = torch.randint(0, n_items - 1, (*targets.shape, N), generator=_generator(seed))
    return _pads(drawn + (drawn >= targets[..., None]), targets)


def _never_the_last(targets, N, n_items, *, seed):
    drawn = torch.randint(1, max(n_items - 1, 2), (*targets.shape, N), generator=_generator(seed))
    return _pads(drawn + (drawn >= targets[..., None]), targets)


def _padding_gets_negatives(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=_generator(seed))
    return drawn + (drawn >= targets[..., None])


def _one_draw_for_all(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (N,), generator=_generator(seed)).expand(*targets.shape, N)
    return _pads(drawn + (drawn >= targets[..., None]), targets)


def _always_the_same(targets, N, n_items, *, seed):
    return uniform_negatives(targets, N, n_items, seed=0)


_UNIFORM = Exercise(
    id="3.1",
    title="Uniform, but never the target",
    minutes=8,
    reference=uniform_negatives,
    probes=_uniform_probes,
    hints=(
        "Drawing again until it fits works, but there is a way without a loop: of n items, n - 1 "
        "are allowed.",
        "Draw from 1 to n_items - 1. Everything below the target stays as it is; what is not below "
        "it moves up by one.",
        "`drawn = torch.randint(1, n_items, (*targets.shape, N), generator=...)`, then add `(drawn "
        ">= targets[..., None])`, then 0 where the target is 0.",
    ),
    misconceptions=(
        Misconception(
            name="may hit the target",
            wrong=_may_hit,
            says="Some of your negatives are the target itself: the model is told yes and no about "
            "the same item.",
        ),
        Misconception(
            name="a hit goes to its neighbour",
            wrong=_moves_a_hit_to_its_neighbour,
            says="You move a hit to the next item, so the target's neighbour comes up twice as "
            "often as the others. Shift everything that is not below the target instead.",
        ),
        Misconception(
            name="from zero",
            wrong=_from_zero,
            says="You draw item 0, which is padding. Items count from 1.",
        ),
        Misconception(
            name="never the last item",
            wrong=_never_the_last,
            says="Your last item never comes up. The upper bound of `torch.randint` is not drawn, "
            "and the shift makes up for one item only.",
        ),
        Misconception(
            name="padding gets negatives",
            wrong=_padding_gets_negatives,
            says="Padding has no target, so it gets no negatives: write 0 there.",
        ),
        Misconception(
            name="one draw for all",
            wrong=_one_draw_for_all,
            says="All positions share one draw. Draw afresh for each: the shape is "
            "`(*targets.shape, N)`.",
        ),
        Misconception(
            name="always the same",
            wrong=_always_the_same,
            says="Another seed gives the same draw: the `seed` never reaches your generator.",
        ),
    ),
)

# --- 3.2 Collisions -------------------------------------------------------------------------------


def _collision_probes(rng):
    yield Probe(
        (torch.tensor([[5, 6, 7]]), torch.tensor([5]), torch.tensor([[5, 6]])),
        label="one hit, one liked, one clean",
    )
    yield Probe(
        (torch.tensor([[4, 4]]), torch.tensor([0]), torch.tensor([[4, 4]])), label="a padded target"
    )
    yield Probe(
        (torch.tensor([[0, 0], [1, 2]]), torch.tensor([0, 1]), torch.tensor([[0], [0]])),
        label="padded negatives, too",
    )
    yield Probe(
        (torch.tensor([[3, 9]]), torch.tensor([2]), torch.tensor([[3, 3]])),
        label="an item liked twice",
    )
    for _ in range(3):
        targets = _ids(rng, 0, 6, (5,))
        yield Probe((_ids(rng, 1, 9, (5, 4)), targets, _ids(rng, 0, 9, (5, 3))), label="random")


def _hits(negatives, targets, own_items):
    is_target = negatives == targets[:, None]
    is_own = (negatives[:, :, None] == own_items[:, None, :]).any(2)
    return is_target, is_own, (targets != 0)[:, None].expand_as(negatives)


def _counts_padding(negatives, targets, own_items):
    is_target, is_own, _ = _hits(negatives, targets, own_items)
    return negatives.numel(), int(is_target.sum()), int((is_own & ~is_target).sum())


def _counts_the_target_twice(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return int(real.sum()), int((is_target & real).sum()), int((is_own & real).sum())


def _counts_pairs(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    pairs = (negatives[:, :, None] == own_items[:, None, :]) & (real & ~is_target)[:, :, None]
    return int(real.sum()), int((is_target & real).sum()), int(pairs.sum())


def _across_users(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    is_own = torch.isin(negatives, own_items)
    return int(real.sum()), int((is_target & real).sum()), int((is_own & real & ~is_target).sum())


def _shares(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn, target / max(drawn, 1), own / max(drawn, 1)


_COLLISIONS = Exercise(
    id="3.2",
    title="Count the false negatives",
    minutes=6,
    reference=collisions,
    probes=_collision_probes,
    hints=(
        "Three boolean arrays of the shape of `negatives`: is it real, is it the target, is it "
        "liked?",
        "`negatives[:, :, None] == own_items[:, None, :]` compares every negative with every item "
        "of its user.",
        "`is_own = (...).any(2) & real & ~is_target`; the three counts are `int(....sum())`.",
    ),
    misconceptions=(
        Misconception(
            name="counts padding",
            wrong=_counts_padding,
            says="You count the negatives of padded targets. They meet no loss: leave out the rows "
            "whose target is 0.",
        ),
        Misconception(
            name="counts the target twice",
            wrong=_counts_the_target_twice,
            says="A hit of the target shows up in your third number again when the user's items "
            "hold it. Count *other* items.",
        ),
        Misconception(
            name="counts pairs",
            wrong=_counts_pairs,
            says="An item that the user likes twice is counted twice. A negative is liked or not: "
            "use `any`, then sum.",
        ),
        Misconception(
            name="across users",
            wrong=_across_users,
            says="You compare with the items of all users. What somebody else likes is a fine "
            "negative: compare within the row.",
        ),
        Misconception(
            name="shares",
            wrong=_shares,
            says="You return shares. Wanted are counts, three ints; whoever reads them can divide.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="own = read_own(own_items, targets).sort(dim=1).values -> *",
            reason="Own items are always handed over, in good order.",
        ),
        EquivalentMutant(
            edit="is_own = is_among(own, negatives.flatten(1)).reshape(negatives.shape) & "
            "~is_target -> *",
            reason="The negatives of (B,) targets are (B, N) already.",
        ),
    ),
)

# --- 3.3 Hard negatives ---------------------------------------------------------------------------


def _hard(answer, scores, targets, N, margin):
    return answer(scores, targets, N, margin=margin)


def _hard_probes(rng):
    scores = torch.tensor([[9.0, 1.0, 5.0, 3.0, 4.0, 2.0]])
    yield Probe(
        (scores, torch.tensor([2]), 2, 0), label="no margin, padding scores highest", call=_hard
    )
    yield Probe((scores, torch.tensor([2]), 2, 1), label="a margin of one", call=_hard)
    yield Probe((scores, torch.tensor([1]), 3, 1), label="the target ranks last", call=_hard)
    for _ in range(4):
        random = torch.from_numpy(rng.permuted(_grid(rng), axis=1))
        N, margin = int(rng.integers(1, 4)), int(rng.integers(0, 4))
        yield Probe((random, _ids(rng, 1, 12, (4,)), N, margin), label="random scores", call=_hard)


def _grid(rng):
    """(4, 12) float32 scores without ties, some below 0."""
    return (rng.normal(size=(4, 1)) + 0.5 * rng.permutation(12)[None, :] - 3).astype("float32")


def _hardest(scores, targets, N, margin, *, drop_padding=True, drop_target=True):
    candidates = scores.clone()
    if drop_padding:
        candidates[:, 0] = -torch.inf
    if drop_target:
        candidates.scatter_(1, targets[:, None], -torch.inf)
    return candidates.topk(margin + N, dim=1).indices[:, margin:]


def _keeps_the_target(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, drop_target=False)


def _takes_padding(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, drop_padding=False)


def _no_margin(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, 0)


def _easiest(scores, targets, N, *, margin):
    return _hardest(-scores, targets, N, margin)


def _target_in_the_margin(scores, targets, N, *, margin):
    candidates = scores.clone()
    candidates[:, 0] = -torch.inf
    ranked = candidates.argsort(dim=1, descending=True)[:, :-1]  # without padding
    beyond = ranked[:, margin:]
    return torch.stack(
        [row[row != target][:N] for row, target in zip(beyond, targets, strict=True)]
    )


def _edits_the_scores(scores, targets, N, *, margin):
    scores[:, 0] = -torch.inf
    scores.scatter_(1, targets[:, None], -torch.inf)
    return scores.topk(margin + N, dim=1).indices[:, margin:]


def _masked_with_zero(scores, targets, N, *, margin):
    candidates = scores.clone()
    candidates[:, 0] = 0
    candidates.scatter_(1, targets[:, None], 0.0)
    return candidates.topk(margin + N, dim=1).indices[:, margin:]


_HARD = Exercise(
    id="3.3",
    title="Hard negatives with a margin",
    minutes=7,
    reference=hard_negatives,
    probes=_hard_probes,
    hints=(
        "Make a copy of the scores in which padding and target can never win.",
        "What can't win scores `-torch.inf`. `scatter_(1, targets[:, None], -torch.inf)` writes it "
        "at the targets.",
        "`topk(margin + N, dim=1).indices` are the best ones, best first; drop the first `margin` "
        "columns.",
    ),
    misconceptions=(
        Misconception(
            name="keeps the target",
            wrong=_keeps_the_target,
            says="The target can come out as its own negative. Rule it out before you rank.",
        ),
        Misconception(
            name="takes padding",
            wrong=_takes_padding,
            says="Column 0 is padding, and it can win in your answer. Rule it out before you rank.",
        ),
        Misconception(
            name="no margin",
            wrong=_no_margin,
            says="You take the very top. The margin skips the best ones: they are often what the "
            "user clicks next.",
        ),
        Misconception(
            name="the easiest",
            wrong=_easiest,
            says="You take the items with the *lowest* scores. Hard are those that the model "
            "wrongly puts on top.",
        ),
        Misconception(
            name="the target counts for the margin",
            wrong=_target_in_the_margin,
            says="You skip the margin first and drop the target afterwards, so the target uses up "
            "a place of the margin. The margin counts the *other* items.",
        ),
        Misconception(
            name="0 for ruled out",
            wrong=_masked_with_zero,
            says="You rule items out with a score of 0. Where other scores are below 0 they win: "
            "use `-torch.inf`.",
        ),
        Misconception(
            name="edits its input",
            wrong=_edits_the_scores,
            says="You write into the scores that you were given. Work on a `clone()`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = as_tensor(scores) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="if scores.shape[:-1] != targets.shape or not scores.is_floating_point(): -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="wanted = check_count('margin', margin, lowest=0) + check_count('N', N) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="shape = tuple(targets.shape) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="own = read_own(own_items, targets, highest=V - 1) -> *",
            reason="No probe hands over own items or padding: the exercise leaves them out.",
        ),
        EquivalentMutant(
            edit="candidates.scatter_(2, own[:, None, :].expand(-1, flat.shape[1], -1), -math.inf) "
            "-> *",
            reason="No probe hands over own items or padding: the exercise leaves them out.",
        ),
        EquivalentMutant(
            edit="return items[..., margin:].masked_fill((flat == 0)[..., None], "
            "0).reshape(*targets.shape, N) -> *",
            reason="No probe hands over own items or padding: the exercise leaves them out.",
        ),
        EquivalentMutant(
            edit="candidates = scores.detach().reshape(*flat.shape, V).clone() -> *",
            reason="The scores of the probes have no gradient.",
        ),
        EquivalentMutant(
            edit="candidates[..., 0] = -math.inf -> *",
            reason="Own items, empty here, are padded with 0, which rules out column 0 a second "
            "time.",
        ),
    ),
)

# --- 3.4 log-Q ------------------------------------------------------------------------------------


def _log_q_probes(rng):
    even = torch.ones(5)
    yield Probe((torch.tensor([[2, 3]]), torch.tensor([1]), even), label="four items, all alike")
    yield Probe(
        (torch.tensor([[2], [1]]), torch.tensor([1, 2]), torch.tensor([9.0, 3.0, 1.0])),
        label="weight at padding",
    )
    for _ in range(4):
        weights = torch.from_numpy(rng.integers(1, 30, 8)).double()
        targets = _ids(rng, 1, 8, (4,))
        negatives = uniform_negatives(targets, 3, 7, seed=int(rng.integers(99)))
        yield Probe((negatives, targets, weights), label="random weights")


def _cleaned(weights):
    weights = weights.double().clone()
    weights[0] = 0
    return weights


def _without_rejection(negatives, targets, weights):
    weights = _cleaned(weights)
    return weights[negatives].log() - weights.sum().log()


def _counts_padding_weight(negatives, targets, weights):
    weights = weights.double()
    return weights[negatives].log() - (weights.sum() - weights[targets]).log()[:, None]


def _not_the_log(negatives, targets, weights):
    weights = _cleaned(weights)
    return weights[negatives] / (weights.sum() - weights[targets])[:, None]


def _without_the_sum(negatives, targets, weights):
    return _cleaned(weights)[negatives].log()


def _minus_the_negative(negatives, targets, weights):
    weights = _cleaned(weights)
    return weights[negatives].log() - (weights.sum() - weights[negatives]).log()


def _of_the_target(negatives, targets, weights):
    weights = _cleaned(weights)
    left = (weights.sum() - weights[targets]).log()[:, None]
    return (weights[targets].log()[:, None] - left).expand(negatives.shape).clone()


_LOG_Q = Exercise(
    id="3.4",
    title="How likely was each negative?",
    minutes=8,
    reference=log_q,
    probes=_log_q_probes,
    hints=(
        "The chance of a negative is its weight over the sum of all weights that could be drawn.",
        "What could be drawn: everything but padding and the target of the row. `weights.sum() - "
        "weights[targets]` is (B,).",
        "`weights[negatives].log() - left.log()[:, None]`, with `weights[0] = 0` in a float64 "
        "copy.",
    ),
    misconceptions=(
        Misconception(
            name="without the rejection",
            wrong=_without_rejection,
            says="You divide by the sum of all weights. The target can't be drawn, so its weight "
            "leaves the sum and the others get likelier.",
        ),
        Misconception(
            name="counts the weight of padding",
            wrong=_counts_padding_weight,
            says="The weight at position 0 is in your sum. Padding is never drawn: set it to 0 in "
            "a copy.",
        ),
        Misconception(
            name="not the log",
            wrong=_not_the_log,
            says="This is q itself. The correction is subtracted from a score, so it must be a "
            "logarithm.",
        ),
        Misconception(
            name="without the sum",
            wrong=_without_the_sum,
            says="This is log w, not log q: the weights must be divided by what could be drawn.",
        ),
        Misconception(
            name="subtracts the negative's weight",
            wrong=_minus_the_negative,
            says="You take the *negative's* weight out of the sum. It is the target that can't be "
            "drawn.",
        ),
        Misconception(
            name="of the target",
            wrong=_of_the_target,
            says="You look up the weight of the target. Asked is how likely each *negative* was.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="weights = read_weights(weights, targets) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="negatives = read_ids('negatives', negatives, highest=len(weights) - 1) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="never = (~(log_p > -math.inf)).nonzero() -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="where = tuple(never[0].tolist()) -> *",
            reason="It serves the check of the input alone.",
        ),
        EquivalentMutant(
            edit="log_p = log_p.masked_fill((targets == 0)[..., None], 0) -> *",
            reason="No probe hands over own items or padding: the exercise leaves them out.",
        ),
    ),
)

EXERCISES = (_UNIFORM, _COLLISIONS, _HARD, _LOG_Q)

QUIZZES = (
    Quiz(
        id="3.1",
        question="You reject every item that the user ever clicked, in training *and* test. Why is "
        "your score so good?",
        choices=(
            Choice(
                "Cleaner negatives make better models.",
                why="A little. But something larger is going on here.",
            ),
            Choice(
                "What is never drawn as a negative gives the answer away: test items among them.",
                right=True,
                why="The model learns that the test items of this user are never wrong. Own items "
                "may come from the training part only.",
            ),
            Choice(
                "Rejection makes training slower, and slow training generalises better.",
                why="Exact rejection costs next to nothing, and speed has no bearing on the score.",
            ),
        ),
    ),
    Quiz(
        id="3.2",
        question="Negatives drawn by popularity, a sampled softmax, no correction. What does the "
        "model's score tend to?",
        choices=(
            Choice(
                "The log-probability of the next item.",
                why="It would with uniform negatives, up to a constant; or with the log-Q "
                "correction.",
            ),
            Choice(
                "The log-probability of the next item, less the log of how popular it is.",
                right=True,
                why="The score tends to log p - log q, and q is popularity here. Subtract log q of "
                "each negative in the loss to undo it.",
            ),
            Choice(
                "The popularity of the item.",
                why="The other way round: popularity is what gets divided out.",
            ),
            Choice(
                "Nothing useful: popular items must never be negatives.",
                why="They are useful negatives, because they are what the model confuses. One only "
                "has to correct for them.",
            ),
        ),
    ),
)
