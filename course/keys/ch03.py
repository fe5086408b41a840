"""Answer key of chapter 03."""

import math
import random

import numpy as np
import torch

from course.coach import Choice, EquivalentMutant, Exercise, GuessNumber, Misconception, Probe, Quiz
from seqrec.losses import hard_negatives, log_q, uniform_negatives
from seqrec.losses.negatives import collisions


def _ids(rng, low, high, shape):
    return torch.from_numpy(rng.integers(low, high, shape))


# --- 3.1 Uniform negatives ------------------------------------------------------------------------


def _drawn(answer, targets, N, n_items, seed):
    """What can be said of random negatives whatever the generator, in words and not in counts, so
    that the same mistake says the same with another generator.
    """
    shape = (*targets.shape, N)
    before = _global_generators()
    negatives = answer(targets, N, n_items, seed=seed)
    after = _global_generators()
    found = {
        "shape": tuple(negatives.shape),
        "dtype": str(negatives.dtype),
        "same seed, same draw": _equal(negatives, answer(targets, N, n_items, seed=seed)),
        "global generators left alone": before == after,
    }
    if found["shape"] != shape:
        return found
    real = (targets != 0)[..., None].expand(shape)
    kept = negatives[real]
    found |= {
        "lowest drawn is below 1": bool((kept < 1).any()),
        "highest drawn is above n_items": bool((kept > n_items).any()),
        "0 at padding": bool((negatives[~real] == 0).all()),
        "the target is drawn": bool((negatives == targets[..., None])[real].any()),
    }
    if targets.numel() >= 100:
        found |= _law(answer, negatives, targets, n_items, seed)
    return found


def _global_generators():
    """The states of torch's, NumPy's and Python's."""
    legacy = np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().tolist(), legacy[1].tolist(), legacy[2], random.getstate()


def _equal(one, other):
    return one.shape == other.shape and bool(torch.equal(one, other))


def _law(answer, negatives, targets, n_items, seed):
    """For many draws: who is drawn how often, and what is drawn by itself."""
    N = negatives.shape[-1]
    real = targets != 0
    kept = negatives[real]  # (K, N)
    due = targets[real][:, None].expand_as(kept)
    hits = float((kept == due).double().mean()) * n_items
    others = torch.nn.functional.one_hot(targets, n_items + 1).sum(1)[:, 1:] > 0  # (B, n_items)
    of_its_row = others.gather(1, (negatives.clamp(1, n_items) - 1).flatten(1)) & (
        negatives != targets[..., None]
    ).flatten(1)
    return {
        "another seed, another draw": not _equal(
            negatives, answer(targets, N, n_items, seed=seed + 1)
        ),
        "the target is drawn as often as others": hits > 0.6,
        "every item is drawn": bool(torch.isin(torch.arange(1, n_items + 1), kept).all()),
        "all items but the target alike": _fair(kept, due, n_items),
        "targets of the same row are drawn": bool(of_its_row[real.repeat_interleave(N, 1)].any()),
        "rows have draws of their own": _all_differ(negatives.flatten(1)),
        "positions have draws of their own": _all_differ(negatives.transpose(0, 1).flatten(1)),
        "each position has N draws": _all_differ(negatives.permute(2, 0, 1).flatten(1)),
    }


def _all_differ(rows):
    """No two rows are alike."""
    return len(rows.unique(dim=0)) == len(rows)


def _fair(negatives, targets, n_items):
    """For each target: do all other items come up equally often, within five standard errors?"""
    pairs = torch.bincount(
        (targets * (n_items + 1) + negatives.clamp(0, n_items)).flatten(),
        minlength=(n_items + 1) ** 2,
    )
    pairs = pairs.reshape(n_items + 1, n_items + 1)[1:, 1:].double()
    pairs.fill_diagonal_(0)
    expected = (pairs.sum(1, keepdim=True) / (n_items - 1)).expand_as(pairs)
    off_diagonal = ~torch.eye(n_items, dtype=torch.bool)
    return bool(((pairs - expected).abs() <= 5 * expected.clamp(min=1).sqrt())[off_diagonal].all())


def _uniform_probes(rng):
    yield Probe(
        (torch.tensor([[1, 2], [2, 1]]), 7, 2, 0), label="two items: only one is left", call=_drawn
    )
    yield Probe((torch.tensor([[0, 0, 3], [0, 1, 2]]), 9, 3, 1), label="with padding", call=_drawn)
    for seed in (2, 3):
        yield Probe(
            (_ids(rng, 1, 7, (60, 40)), 5, 6, seed), label="many draws from six items", call=_drawn
        )
    few = torch.from_numpy(rng.permuted(np.tile(np.arange(9), (90, 1)), axis=1))[:, :5]
    yield Probe((few, 7, 8, 4), label="other targets in every row, some padding", call=_drawn)
    yield Probe(
        (_ids(rng, 1, 4, (80, 6)), 4, 9, 5), label="only three items are targets", call=_drawn
    )
    yield Probe(
        (torch.full((70, 8), int(rng.integers(2, 5))), 6, 5, 6),
        label="the same target everywhere",
        call=_drawn,
    )


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def _pads(negatives, targets):
    return negatives.masked_fill((targets == 0)[..., None], 0)


def _shifts(drawn, targets):
    return _pads(drawn + (drawn >= targets[..., None]), targets)


def _may_hit(targets, N, n_items, *, seed):
    return _pads(
        torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed)), targets
    )


def _draws_again_once(targets, N, n_items, *, seed):
    generator = _generator(seed)
    shape = (*targets.shape, N)
    drawn = torch.randint(1, n_items + 1, shape, generator=generator)
    again = torch.randint(1, n_items + 1, shape, generator=generator)
    return _pads(torch.where(drawn == targets[..., None], again, drawn), targets)


def _may_hit_and_never_the_last(targets, N, n_items, *, seed):
    return _pads(
        torch.randint(1, n_items, (*targets.shape, N), generator=_generator(seed)), targets
    )


def _shifts_what_is_above(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=_generator(seed))
    return _pads(drawn + (drawn > targets[..., None]), targets)


def _moves_a_hit_to_its_neighbour(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed))
    drawn = torch.where(drawn == targets[..., None], drawn % n_items + 1, drawn)
    return _pads(drawn, targets)


def _writes_zero_over_a_hit(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed))
    return _pads(drawn.masked_fill(drawn == targets[..., None], 0), targets)


def _moves_a_hit_beyond_the_last(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed))
    return _pads(drawn + (drawn == targets[..., None]), targets)


def _one_too_high(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=_generator(seed))
    return _shifts(drawn, targets)


def _from_zero(targets, N, n_items, *, seed):
    drawn = torch.randint(0, n_items - 1, (*targets.shape, N), generator=_generator(seed))
    return _shifts(drawn, targets)


def _from_zero_and_may_hit(targets, N, n_items, *, seed):
    return _pads(
        torch.randint(0, n_items, (*targets.shape, N), generator=_generator(seed)), targets
    )


def _columns_and_may_hit(targets, N, n_items, *, seed):
    return _pads(
        torch.randint(0, n_items + 1, (*targets.shape, N), generator=_generator(seed)), targets
    )


def _never_the_last(targets, N, n_items, *, seed):
    drawn = torch.randint(1, max(n_items - 1, 2), (*targets.shape, N), generator=_generator(seed))
    return _shifts(drawn, targets)


def _rejects_and_never_the_last(targets, N, n_items, *, seed):
    generator = _generator(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    for _ in range(60):
        again = torch.randint(1, n_items, drawn.shape, generator=generator)
        drawn = torch.where(drawn == targets[..., None], again, drawn)
    return _pads(drawn, targets)


def _padding_gets_negatives(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=_generator(seed))
    return drawn + (drawn >= targets[..., None])


def _one_draw_for_all(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (N,), generator=_generator(seed)).expand(*targets.shape, N)
    return _shifts(drawn, targets)


def _one_draw_a_row(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (len(targets), 1, N), generator=_generator(seed))
    return _shifts(drawn.expand(*targets.shape, N), targets)


def _rows_alike(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (targets.shape[1], N), generator=_generator(seed))
    return _shifts(drawn.expand(*targets.shape, N), targets)


def _one_negative_repeated(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (*targets.shape, 1), generator=_generator(seed))
    return _shifts(drawn.expand(*targets.shape, N), targets)


def _one_draw_an_item(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (n_items + 1, N), generator=_generator(seed))
    return _shifts(drawn[targets], targets)


def _rejects_the_row(targets, N, n_items, *, seed):
    allowed = torch.ones(len(targets), n_items + 1)
    allowed.scatter_(1, targets, 0)
    allowed[:, 0] = 0
    allowed[allowed.sum(1) == 0, 1:] = 1  # else nothing can be drawn
    drawn = torch.multinomial(
        allowed, targets.shape[1] * N, replacement=True, generator=_generator(seed)
    )
    return _pads(drawn.reshape(*targets.shape, N), targets)


def _rejects_the_batch(targets, N, n_items, *, seed):
    allowed = torch.ones(n_items + 1)
    allowed[targets.unique()] = 0
    allowed[0] = 0
    if allowed.sum() == 0:  # else nothing can be drawn
        allowed[1:] = 1
    drawn = torch.multinomial(
        allowed, targets.numel() * N, replacement=True, generator=_generator(seed)
    )
    return _pads(drawn.reshape(*targets.shape, N), targets)


def _n_before_l(targets, N, n_items, *, seed):
    return uniform_negatives(targets, N, n_items, seed=seed).transpose(1, 2)


def _n_first(targets, N, n_items, *, seed):
    return uniform_negatives(targets, N, n_items, seed=seed).permute(2, 0, 1)


def _leaves_padding_out(targets, N, n_items, *, seed):
    return uniform_negatives(targets, N, n_items, seed=seed)[targets != 0]


def _a_row_of_negatives(targets, N, n_items, *, seed):
    return uniform_negatives(targets[:, -1:], N, n_items, seed=seed)[:, 0]


def _always_the_same(targets, N, n_items, *, seed):
    return uniform_negatives(targets, N, n_items, seed=0)


def _seeds_the_global_generator(targets, N, n_items, *, seed):
    torch.manual_seed(seed)
    return _shifts(torch.randint(1, n_items, (*targets.shape, N)), targets)


def _from_the_global_generator(targets, N, n_items, *, seed):
    return _shifts(torch.randint(1, n_items, (*targets.shape, N)), targets)


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
    built="You have built the usual sampler: uniform, but never the target. The next sections "
    "train with it, and the click loss of chapter 07 draws with it.",
    ours="A common way is to draw from n - 1 numbers and move those at or above the target up "
    "by one; the library draws by weights, one way for all its samplers.",
    misconceptions=(
        Misconception(
            name="draws without the seed",
            wrong=_from_the_global_generator,
            says="Your draw ignores `seed`: it comes from the global generator, so the same seed "
            "does not give the same draw. Make a generator of your own: "
            "`torch.Generator().manual_seed(seed)`.",
        ),
        Misconception(
            name="seeds the global generator",
            wrong=_seeds_the_global_generator,
            says="You seed the *global* random generator (`torch.manual_seed`, `np.random.seed`), "
            "so your function changes all random numbers that the rest of the program draws. Make "
            "a generator of your own: `torch.Generator().manual_seed(seed)`.",
        ),
        Misconception(
            name="always the same",
            wrong=_always_the_same,
            says="Another seed gives the same draw: the `seed` never reaches your generator.",
        ),
        Misconception(
            name="shifts what is above",
            wrong=_shifts_what_is_above,
            says="You shift only what is *above* the target, with `>`. A draw that equals the "
            "target must move up as well, with `>=`: else the target itself is drawn, and the item "
            "behind it never.",
        ),
        Misconception(
            name="may hit the target, never the last",
            wrong=_may_hit_and_never_the_last,
            says="You draw from 1 to n_items - 1 and stop there: the last item never comes up, "
            "since the upper bound of `torch.randint` is excluded, and the target may be drawn, "
            "since nothing moves away from it. Shift all that is not below the target up by one.",
        ),
        Misconception(
            name="from zero, may hit the target",
            wrong=_from_zero_and_may_hit,
            says="You draw from 0 to n_items - 1. Item 0 is padding, the last item never comes up, "
            "and the target itself may be drawn. Items count from 1, and the target is excluded.",
        ),
        Misconception(
            name="all columns, may hit the target",
            wrong=_columns_and_may_hit,
            says="You draw from 0 to n_items: item 0 is padding, no product, and nothing keeps the "
            "target itself from being drawn. Items count from 1, and the target is excluded.",
        ),
        Misconception(
            name="a hit is drawn again once",
            wrong=_draws_again_once,
            says="You draw again where the target was hit, but only once, and the second draw may "
            "hit the target again. Repeat until no hit is left, or shift instead of drawing again.",
        ),
        Misconception(
            name="may hit the target",
            wrong=_may_hit,
            says="The target is not excluded from your draw: some of your negatives are the target "
            "itself, and the model is told yes and no about the same item.",
        ),
        Misconception(
            name="zero is drawn, or written over a hit",
            wrong=_writes_zero_over_a_hit,
            says="Item 0, padding, is among your negatives: your range begins at 0, or you write "
            "0 where the target was hit. Items count from 1, and every negative must be one.",
        ),
        Misconception(
            name="a hit goes beyond the last item",
            wrong=_moves_a_hit_beyond_the_last,
            says="You add 1 to a hit. If the target is the last item, that is n_items + 1, which "
            "doesn't exist; and the target's neighbour comes up twice as often as the others.",
        ),
        Misconception(
            name="a hit goes to its neighbour",
            wrong=_moves_a_hit_to_its_neighbour,
            says="You move a hit to the next item, so the target's neighbour comes up twice as "
            "often as the others: the draw is not uniform any more. Shift everything that is not "
            "below the target instead.",
        ),
        Misconception(
            name="one too high",
            wrong=_one_too_high,
            says="You draw from all n_items and then shift, so n_items + 1 comes up, which is no "
            "item. Without the target one fewer is left: draw from 1 to n_items - 1.",
        ),
        Misconception(
            name="from zero",
            wrong=_from_zero,
            says="You draw item 0, which is padding, and never the last item: your range lies one "
            "too low. Items count from 1.",
        ),
        Misconception(
            name="rejects, but never the last item",
            wrong=_rejects_and_never_the_last,
            says="The last item, n_items, is never drawn: `torch.randint` excludes its upper "
            "bound. Where you reject hits, the range must go up to n_items + 1, where you shift up "
            "to n_items.",
        ),
        Misconception(
            name="never the last item",
            wrong=_never_the_last,
            says="Your last item is never drawn (but for some targets). The upper bound of "
            "`torch.randint` is excluded, and the shift makes up for one item only.",
        ),
        Misconception(
            name="padding gets negatives",
            wrong=_padding_gets_negatives,
            says="Padding has no target, so it gets no negatives: write 0 at padded positions.",
        ),
        Misconception(
            name="rejects the whole batch",
            wrong=_rejects_the_batch,
            says="You reject the targets of the whole batch. Another row's target is a fine "
            "negative: each position excludes its own target only.",
        ),
        Misconception(
            name="rejects the whole row",
            wrong=_rejects_the_row,
            says="You reject all targets of the row. At each position only its own target is "
            "excluded: the targets of the other positions may be drawn.",
        ),
        Misconception(
            name="one draw for all",
            wrong=_one_draw_for_all,
            says="All positions share one draw of N, or a generator that is seeded anew at each. "
            "Draw afresh for every position: the shape is `(*targets.shape, N)`.",
        ),
        Misconception(
            name="one draw an item",
            wrong=_one_draw_an_item,
            says="Positions with the same target share the same negatives: you draw once for each "
            "item, not for each position. The shape of the draw is `(*targets.shape, N)`.",
        ),
        Misconception(
            name="one draw a row",
            wrong=_one_draw_a_row,
            says="All positions of a row share one draw. Draw afresh for each position: the shape "
            "is `(*targets.shape, N)`.",
        ),
        Misconception(
            name="every row alike",
            wrong=_rows_alike,
            says="Every row gets the same draw: one that is repeated for all users, or a generator "
            "that is seeded anew for each row. Seed once, and draw for all rows.",
        ),
        Misconception(
            name="one negative N times",
            wrong=_one_negative_repeated,
            says="You draw one negative a position and repeat it N times: N copies teach no more "
            "than one. Draw N for each, with the shape `(*targets.shape, N)`.",
        ),
        Misconception(
            name="N before L",
            wrong=_n_before_l,
            says="Your axes stand in another order: the N negatives come before the positions, "
            "(B, N, L). N is the last axis: (B, L, N).",
        ),
        Misconception(
            name="N in front",
            wrong=_n_first,
            says="Your axes stand in another order: the N negatives come first, (N, B, L). N is "
            "the last axis: (B, L, N).",
        ),
        Misconception(
            name="leaves padding out",
            wrong=_leaves_padding_out,
            says="You drop the padded positions, so the shape is lost. Keep (B, L, N), with 0 at "
            "padding.",
        ),
        Misconception(
            name="one set a row",
            wrong=_a_row_of_negatives,
            says="You draw N negatives a row, (B, N). Every position has its own target and needs "
            "its own N negatives: (B, L, N).",
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
    for case in range(6):
        # the sampler's negatives of a padded target are 0 in every second one
        targets = _ids(rng, 1, 6, (7,))
        targets[rng.permutation(7)[:2]] = 0
        negatives = _ids(rng, 1, 9, (7, 5))
        if case % 2:
            negatives[targets == 0] = 0
        yield Probe((negatives, targets, _ids(rng, 0, 9, (7, 4))), label="random")
    yield Probe(
        (_ids(rng, 1, 9, (5, 3)), _ids(rng, 1, 6, (5,)), _ids(rng, 0, 9, (5, 6))),
        label="random, more items of the user than negatives",
    )


def _hits(negatives, targets, own_items):
    is_target = negatives == targets[:, None]
    is_own = (negatives[:, :, None] == own_items[:, None, :]).any(2)
    return is_target, is_own, (targets != 0)[:, None].expand_as(negatives)


def _counts(real, is_target, is_own):
    return int(real.sum()), int(is_target.sum()), int(is_own.sum())


def _counts_padding(negatives, targets, own_items):
    is_target, is_own, _ = _hits(negatives, targets, own_items)
    return negatives.numel(), int(is_target.sum()), int((is_own & ~is_target).sum())


def _draws_at_padding(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return _counts(torch.ones_like(real), is_target & real, is_own & real & ~is_target)


def _target_at_padding(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return _counts(real, is_target, is_own & real & ~is_target)


def _own_at_padding(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return _counts(real, is_target & real, is_own & ~is_target)


def _hits_at_padding(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return _counts(real, is_target, is_own & ~is_target)


def _leaves_out_padded_negatives_only(negatives, targets, own_items):
    is_target, is_own, _ = _hits(negatives, targets, own_items)
    real = negatives != 0
    return _counts(real, is_target & real, is_own & real & ~is_target)


def _rows_are_drawn(negatives, targets, own_items):
    _, target, own = collisions(negatives, targets, own_items)
    return int((targets != 0).sum()), target, own


def _rows_with_a_hit(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    other = is_own & real & ~is_target
    return _counts(real, (is_target & real).any(1), other.any(1))


def _counts_the_target_twice(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return int(real.sum()), int((is_target & real).sum()), int((is_own & real).sum())


def _own_less_target_hits(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    drawn, target, own = _counts(real, is_target & real, is_own & real)
    return drawn, target, own - target


def _target_only_if_owned(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    return _counts(real, is_target & is_own & real, is_own & real & ~is_target)


def _counts_pairs(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    pairs = (negatives[:, :, None] == own_items[:, None, :]) & (real & ~is_target)[:, :, None]
    return int(real.sum()), int((is_target & real).sum()), int(pairs.sum())


def _counts_pairs_of_the_target_too(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    pairs = (negatives[:, :, None] == own_items[:, None, :]) & real[:, :, None]
    return _counts(real, is_target & real, pairs)


def _own_items_that_come_up(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    pairs = (negatives[:, :, None] == own_items[:, None, :]) & (real & ~is_target)[:, :, None]
    return _counts(real, is_target & real, pairs.any(1))


def _each_item_once(negatives, targets, own_items):
    is_target, is_own, real = _hits(negatives, targets, own_items)
    other = is_own & real & ~is_target
    found = sum(len(row[mine].unique()) for row, mine in zip(negatives, other, strict=True))
    return int(real.sum()), int((is_target & real).any(1).sum()), found


def _own_once(negatives, targets, own_items):
    drawn, target, _ = collisions(negatives, targets, own_items)
    return drawn, target, _each_item_once(negatives, targets, own_items)[2]


def _across_users(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    is_own = torch.isin(negatives, own_items)
    return int(real.sum()), int((is_target & real).sum()), int((is_own & real & ~is_target).sum())


def _targets_of_all(negatives, targets, own_items):
    _, is_own, real = _hits(negatives, targets, own_items)
    is_target = torch.isin(negatives, targets)
    return _counts(real, is_target & real, is_own & real & ~is_target)


def _target_of_any_row(negatives, targets, own_items):
    drawn, _, own = collisions(negatives, targets, own_items)
    real = (targets != 0)[:, None]
    return drawn, int((torch.isin(negatives, targets) & real).sum()), own


def _all_across(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    is_target = torch.isin(negatives, targets)
    is_own = torch.isin(negatives, own_items)
    return _counts(real, is_target & real, is_own & real & ~is_target)


def _clean_ones_drawn(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn - target - own, target, own


def _both_in_one(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn, target + own, own


def _disliked(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn, target, drawn - target - own


def _own_before_target(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn, own, target


def _first_own_only(negatives, targets, own_items):
    is_target, _, real = _hits(negatives, targets, own_items)
    is_own = negatives == own_items[:, :1]
    return _counts(real, is_target & real, is_own & real & ~is_target)


def _shares(negatives, targets, own_items):
    drawn, target, own = collisions(negatives, targets, own_items)
    return drawn, target / max(drawn, 1), own / max(drawn, 1)


def _first_row_alone(negatives, targets, own_items):
    return collisions(negatives[:1], targets[:1], own_items[:1])


def _counts_in_a_list(negatives, targets, own_items):
    return list(collisions(negatives, targets, own_items))


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
    built="You have built the check to run before any training: which share of the negatives is "
    "none. The next cell asks three samplers.",
    ours="Ours searches in each user's sorted items instead of comparing every negative with "
    "every item.",
    misconceptions=(
        Misconception(
            name="counts padding",
            wrong=_counts_padding,
            says="You count the negatives of padded targets, in all three numbers. They meet no "
            "loss: leave out the rows whose target is 0.",
        ),
        Misconception(
            name="drawn at padding",
            wrong=_draws_at_padding,
            says="Your first number holds the negatives of padded rows, too. Where the target is "
            "0, nothing counts as drawn.",
        ),
        Misconception(
            name="target hits at padding",
            wrong=_target_at_padding,
            says="You count hits of the target at padding, too: where target and negative are both "
            "0, they are equal. Leave out the rows whose target is 0 there as well.",
        ),
        Misconception(
            name="own hits at padding",
            wrong=_own_at_padding,
            says="Your third number counts padded rows, too. Their negatives don't count: leave "
            "out the rows whose target is 0 there as well.",
        ),
        Misconception(
            name="both hits at padding",
            wrong=_hits_at_padding,
            says="You leave padding out of the first number, but not of the two hits. Negatives of "
            "a padded target (0) count nowhere.",
        ),
        Misconception(
            name="padding by the negative",
            wrong=_leaves_out_padded_negatives_only,
            says="You look for 0 among the negatives to find padding. It is the *target* that "
            "says so: a row with target 0 does not count, whatever its negatives are.",
        ),
        Misconception(
            name="rows are drawn",
            wrong=_rows_are_drawn,
            says="Your first number counts the rows (the targets). Count the negatives that were "
            "drawn: N for each row that is not padding.",
        ),
        Misconception(
            name="rows with a hit",
            wrong=_rows_with_a_hit,
            says="You count the rows with at least one hit. Count the negatives themselves: two "
            "hits in one row are two.",
        ),
        Misconception(
            name="takes the target's hits off",
            wrong=_own_less_target_hits,
            says="You subtract the target hits from the own hits, as if the target always stood "
            "in `own_items`. It may be missing there: mask it out negative by negative, with "
            "`& ~is_target`.",
        ),
        Misconception(
            name="the target only if owned",
            wrong=_target_only_if_owned,
            says="You count a hit of the target only if `own_items` holds it. It counts in any "
            "case: compare with `targets` alone.",
        ),
        Misconception(
            name="counts the target twice",
            wrong=_counts_the_target_twice,
            says="A hit of the target shows up in your third number again when the user's items "
            "hold it. Count *other* items.",
        ),
        Misconception(
            name="counts pairs, the target's too",
            wrong=_counts_pairs_of_the_target_too,
            says="Your third number counts pairs: an item liked twice counts twice, and the target "
            "counts as well. A negative is liked or not, so use `any`, and leave the target out.",
        ),
        Misconception(
            name="counts pairs",
            wrong=_counts_pairs,
            says="An item that the user likes twice is counted twice: you sum all pairs, "
            "duplicates too. A negative is liked or not: use `any`, then sum.",
        ),
        Misconception(
            name="own items that come up",
            wrong=_own_items_that_come_up,
            says="You count the user's items that come up, not the negatives that hit one: your "
            "`any` runs over the wrong axis. Ask of each negative whether any own item equals it.",
        ),
        Misconception(
            name="each item once",
            wrong=_each_item_once,
            says="A negative that was drawn twice counts once in your hits: you count distinct "
            "items (a set). Count every draw, repeats too.",
        ),
        Misconception(
            name="each own item once",
            wrong=_own_once,
            says="A negative that was drawn twice counts once in your third number: you count "
            "distinct items (a set). Count every draw, repeats too.",
        ),
        Misconception(
            name="across users and rows",
            wrong=_all_across,
            says="You compare each row's negatives with the targets and items of all rows. Only "
            "the target and the items of its own row, its own user, make a negative false.",
        ),
        Misconception(
            name="across users",
            wrong=_across_users,
            says="You compare with the items of all users. What somebody else likes is a fine "
            "negative: compare within the row.",
        ),
        Misconception(
            name="the targets of all rows, all through",
            wrong=_targets_of_all,
            says="You compare with the targets of all rows, for the own items, too. A negative is "
            "false if it is the target of its *own* row: `targets[:, None]`.",
        ),
        Misconception(
            name="the target of any row",
            wrong=_target_of_any_row,
            says="You count a negative that is the target of any row. Another row's target is no "
            "collision: compare with `targets[:, None]`, row by row.",
        ),
        Misconception(
            name="clean ones are drawn",
            wrong=_clean_ones_drawn,
            says="Your first number holds only the clean negatives, without the hits. Wanted is "
            "how many were drawn in all.",
        ),
        Misconception(
            name="both in one",
            wrong=_both_in_one,
            says="Your second number counts the liked items as well. It is for the target alone; "
            "the other items of the user come third.",
        ),
        Misconception(
            name="counts what is not liked",
            wrong=_disliked,
            says="Your third number counts the negatives that the user does *not* like. It is "
            "inverted: count those among the user's items.",
        ),
        Misconception(
            name="own before target",
            wrong=_own_before_target,
            says="Your last two numbers are exchanged: first the hits of the target, then those of "
            "other own items.",
        ),
        Misconception(
            name="the first own item only",
            wrong=_first_own_only,
            says="You compare with the first of the user's items only. Any of the M own items "
            "makes a negative false.",
        ),
        Misconception(
            name="the first row alone",
            wrong=_first_row_alone,
            says="You count in the first row alone. The three numbers are counts over all B rows "
            "of the batch.",
        ),
        Misconception(
            name="a list",
            wrong=_counts_in_a_list,
            says="You return a list. Three ints are due as a tuple: `return drawn, target, own`.",
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
    for margin in (0, 1, 2, 3, 1, 2):
        table = torch.from_numpy(rng.permuted(_grid(rng), axis=1))
        N = int(rng.integers(2, 5))
        yield Probe((table, _ids(rng, 1, 12, (7,)), N, margin), label="random scores", call=_hard)


def _grid(rng):
    """(7, 12) float32 scores without ties, some below 0."""
    return (rng.normal(size=(7, 1)) + 0.5 * rng.permutation(12)[None, :] - 3).astype("float32")


def _ruled_out(scores, targets, padding=-torch.inf, target=-torch.inf):
    candidates = scores.clone()
    if padding is not None:
        candidates[:, 0] = padding
    if target is not None:
        candidates.scatter_(1, targets[:, None], target)
    return candidates


def _hardest(scores, targets, N, margin, **to):
    return _ruled_out(scores, targets, **to).topk(margin + N, dim=1).indices[:, margin:]


def _nothing_ruled_out(scores, targets, N, *, margin):
    return scores.topk(margin + N, dim=1).indices[:, margin:]


def _keeps_the_target(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, target=None)


def _takes_padding(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, padding=None)


def _margin_in_scores(scores, targets, N, *, margin):
    left = scores.clone()
    left[:, 0] = -torch.inf
    left[torch.arange(len(left)), targets] = -torch.inf
    best = left.max(1, keepdim=True).values
    return left.masked_fill(left > best - margin, -torch.inf).topk(N, dim=1).indices


def _no_margin(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, 0)


def _one_too_many_skipped(scores, targets, N, *, margin):
    ranked = _ruled_out(scores, targets).argsort(dim=1, descending=True)
    return ranked[:, margin + 1 : margin + 1 + N]


def _one_too_few_skipped(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, max(margin - 1, 0))


def _one_too_few_taken(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin)[:, : N - 1]


def _up_to_n(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, 0)[:, margin:]


def _margin_not_cut(scores, targets, N, *, margin):
    return _hardest(scores, targets, N + margin, 0)


def _easiest(scores, targets, N, *, margin):
    return _hardest(-scores, targets, N, margin)


def _easiest_of_all(scores, targets, N, *, margin):
    candidates = _ruled_out(scores, targets)
    return candidates.argsort(dim=1)[:, margin : margin + N]


def _hardest_last(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin).flip(1)


def _sorted_by_id(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin).sort(dim=1).values


def _their_scores(scores, targets, N, *, margin):
    return _ruled_out(scores, targets).topk(margin + N, dim=1).values[:, margin:]


def _column_zero_cut_off(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin) - 1


def _cut_and_target_not_shifted(scores, targets, N, *, margin):
    items = scores[:, 1:].clone()
    items.scatter_(1, (targets % items.shape[1])[:, None], -torch.inf)
    return items.topk(margin + N, dim=1).indices[:, margin:] + 1


def _target_after_the_margin(scores, targets, N, margin, padding):
    candidates = _ruled_out(scores, targets, padding=padding, target=None)
    beyond = candidates.argsort(dim=1, descending=True)[:, margin:]
    return torch.stack(
        [row[row != target][:N] for row, target in zip(beyond, targets, strict=True)]
    )


def _target_in_the_margin(scores, targets, N, *, margin):
    return _target_after_the_margin(scores, targets, N, margin, -torch.inf)


def _both_in_the_margin(scores, targets, N, *, margin):
    ranked = scores.argsort(dim=1, descending=True)[:, margin:]
    kept = (ranked != targets[:, None]) & (ranked != 0)
    return torch.stack([row[mine][:N] for row, mine in zip(ranked, kept, strict=True)])


def _padding_in_the_margin(scores, targets, N, *, margin):
    ranked = _ruled_out(scores, targets, padding=None).argsort(dim=1, descending=True)
    beyond = ranked[:, margin:]
    return torch.stack([row[row != 0][:N] for row in beyond])


def _behind_the_target(scores, targets, N, *, margin):
    own = scores.gather(1, targets[:, None])
    candidates = _ruled_out(scores, targets).masked_fill(scores >= own, -torch.inf)
    return candidates.topk(margin + N, dim=1).indices[:, margin:]


def _margin_of_score(scores, targets, N, *, margin):
    own = scores.gather(1, targets[:, None])
    candidates = _ruled_out(scores, targets)
    candidates = candidates.masked_fill(candidates > own - margin, -torch.inf)
    return candidates.topk(N, dim=1).indices


def _rules_out_all_targets(scores, targets, N, *, margin):
    candidates = scores.clone()
    candidates[:, 0] = -torch.inf
    candidates[:, targets] = -torch.inf
    return candidates.topk(margin + N, dim=1).indices[:, margin:]


def _first_target_for_all(scores, targets, N, *, margin):
    return _hardest(scores, targets[:1].expand_as(targets), N, margin)


def _edits_the_scores(scores, targets, N, *, margin):
    scores[:, 0] = -torch.inf
    scores.scatter_(1, targets[:, None], -torch.inf)
    return scores.topk(margin + N, dim=1).indices[:, margin:]


def _masked_with_zero(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, padding=0.0, target=0.0)


def _padding_masked_with_zero(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, padding=0.0)


def _target_masked_with_zero(scores, targets, N, *, margin):
    return _hardest(scores, targets, N, margin, target=0.0)


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
    built="You have built hard negatives with a safe margin. Section 3.5 trains with them, "
    "beside the easy ones.",
    ours="`topk` finds the first margin + N and sorts no more than those.",
    misconceptions=(
        Misconception(
            name="nothing ruled out",
            wrong=_nothing_ruled_out,
            says="You rank all columns, so both the target and column 0, padding, can come out. "
            "Rule out both before you rank.",
        ),
        Misconception(
            name="keeps the target",
            wrong=_keeps_the_target,
            says="The target can come out as its own negative: it is not excluded. Rule it out "
            "before you rank.",
        ),
        Misconception(
            name="takes padding",
            wrong=_takes_padding,
            says="Column 0 is padding, and it can win in your answer. Rule it out before you rank.",
        ),
        Misconception(
            name="no margin",
            wrong=_no_margin,
            says="You take the very top: `margin` is ignored. It skips the best ones, which are "
            "often what the user clicks next.",
        ),
        Misconception(
            name="margin in scores",
            wrong=_margin_in_scores,
            says="You take the margin for a distance in score. It is a number of items: leave out "
            "the `margin` best ones, however close their scores are.",
        ),
        Misconception(
            name="one too many skipped",
            wrong=_one_too_many_skipped,
            says="You skip one more than the margin: the slice starts one too late. The first "
            "`margin` places go, so begin at index `margin`.",
        ),
        Misconception(
            name="one too few skipped",
            wrong=_one_too_few_skipped,
            says="You skip one fewer than the margin: the slice starts one too early. The first "
            "`margin` places go, so begin at index `margin`.",
        ),
        Misconception(
            name="one too few",
            wrong=_one_too_few_taken,
            says="You return N - 1 items: the end of the slice is excluded. From `margin` up to "
            "`margin + N`.",
        ),
        Misconception(
            name="up to N",
            wrong=_up_to_n,
            says="You take the top N and cut the margin out of them, so fewer than N are left. "
            "Take `margin + N` first.",
        ),
        Misconception(
            name="the margin stays",
            wrong=_margin_not_cut,
            says="You return margin + N items: the margin is not cut off. Drop the first `margin` "
            "columns.",
        ),
        Misconception(
            name="the easiest",
            wrong=_easiest,
            says="You take the items with the *lowest* scores. Hard are those that the model "
            "wrongly puts on top.",
        ),
        Misconception(
            name="ascending",
            wrong=_easiest_of_all,
            says="You sort ascending: the *lowest* scores come first, and what is ruled out leads "
            "the list. Sort descending.",
        ),
        Misconception(
            name="the hardest last",
            wrong=_hardest_last,
            says="Right items, but in reversed order: yours begin with the easiest of them. The "
            "hardest, with the highest score, comes first.",
        ),
        Misconception(
            name="sorted by id",
            wrong=_sorted_by_id,
            says="Right items, but in another order: yours are sorted by id. They should stand by "
            "score, the hardest first.",
        ),
        Misconception(
            name="their scores",
            wrong=_their_scores,
            says="You return the scores of the items, the values of `topk`. Wanted are the item "
            "ids, its `indices`.",
        ),
        Misconception(
            name="ids one too low",
            wrong=_column_zero_cut_off,
            says="Your ids are one too low: once column 0 is cut off, index j is item j + 1. Add "
            "1, or set column 0 to `-torch.inf` instead.",
        ),
        Misconception(
            name="the target one column off",
            wrong=_cut_and_target_not_shifted,
            says="After you cut off column 0, item j stands in column j - 1, so you rule out the "
            "item behind the target instead of the target.",
        ),
        Misconception(
            name="target and padding count for the margin",
            wrong=_both_in_the_margin,
            says="You skip the margin first and drop target and padding afterwards, so they use up "
            "places of the margin. The margin counts the *other* items: rule out before you skip.",
        ),
        Misconception(
            name="the target counts for the margin",
            wrong=_target_in_the_margin,
            says="You skip the margin first and drop the target afterwards, so the target uses up "
            "a place of the margin. The margin counts the *other* items.",
        ),
        Misconception(
            name="padding counts for the margin",
            wrong=_padding_in_the_margin,
            says="You skip the margin first and drop padding afterwards, so column 0 uses up a "
            "place of the margin. Rule it out before you skip.",
        ),
        Misconception(
            name="behind the target",
            wrong=_behind_the_target,
            says="You take only items that score below the target. Items above it are the hardest "
            "of all: the margin is counted from the top, not from the target.",
        ),
        Misconception(
            name="a margin of score",
            wrong=_margin_of_score,
            says="Your margin is a difference in score from the target. Here it is a number of "
            "items: the `margin` best of the others are skipped.",
        ),
        Misconception(
            name="rules out all targets",
            wrong=_rules_out_all_targets,
            says="You rule out the targets of all rows in every row. Each row excludes its own "
            "target only: `scatter_(1, targets[:, None], ...)`.",
        ),
        Misconception(
            name="the first row's target",
            wrong=_first_target_for_all,
            says="You rule out the first row's target in all rows. Each row has a target of its "
            "own: `scatter_(1, targets[:, None], ...)`.",
        ),
        Misconception(
            name="0 for ruled out",
            wrong=_masked_with_zero,
            says="You rule items out with a score of 0. Where other scores are below 0 they win: "
            "use `-torch.inf`.",
        ),
        Misconception(
            name="0 for padding",
            wrong=_padding_masked_with_zero,
            says="You rule padding out with a score of 0. Where other scores are negative, padding "
            "wins: set column 0 to `-torch.inf`.",
        ),
        Misconception(
            name="0 for the target",
            wrong=_target_masked_with_zero,
            says="You rule the target out with a score of 0. Where other scores are negative, the "
            "target wins: set it to `-torch.inf`.",
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
    ),
)

# --- 3.4 log-Q ------------------------------------------------------------------------------------


def _log_q_probe(negatives, targets, weights, own, label):
    given = (torch.tensor(negatives), torch.tensor(targets), torch.tensor(weights))
    return Probe(given, {"own_items": torch.tensor(own)}, label)


def _log_q_probes(rng):
    four = [1.0] * 5
    yield _log_q_probe([[2, 3]], [1], four, [[0]], "four items, all alike, nothing owned")
    yield _log_q_probe([[2], [1]], [1, 2], [9.0, 3.0, 1.0], [[0], [0]], "weight at padding")
    six = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    yield _log_q_probe([[2, 3]], [1], six, [[5, 0]], "one own item")
    yield _log_q_probe([[2, 3]], [1], six, [[5, 5]], "an own item twice")
    yield _log_q_probe([[2, 3]], [1], six, [[1, 0]], "the target is an own item")
    for case in range(8):
        B, n_items = (4, 8) if case % 2 else (3, 9)
        weights = torch.from_numpy(rng.integers(1, 30, n_items + 1)).double()
        targets = _ids(rng, 1, n_items + 1, (B,))
        own = _ids(rng, 0, n_items + 1, (B, 4))
        if case % 4 == 0:
            own[:] = 0
        if case % 4 == 1:
            own[:, 1] = own[:, 0] = _ids(rng, 1, n_items + 1, (B,))
            own[:, 2:] = 0
        if case % 4 == 2:
            own = torch.stack([targets, targets % n_items + 1, 0 * targets], dim=1)
        seed = int(rng.integers(99))
        negatives = uniform_negatives(targets, 3, n_items, seed=seed, own_items=own)
        told = ("nothing owned", "an own item twice", "the target is owned", "own items")
        yield Probe((negatives, targets, weights), {"own_items": own}, f"random, {told[case % 4]}")


def _cleaned(weights):
    weights = weights.double().clone()
    weights[0] = 0
    return weights


def _rejected(weights, targets, own_items):
    """(B, V) bool: the target and the user's own items, each once; padding too."""
    rejected = torch.zeros(len(targets), len(weights), dtype=torch.bool)
    return rejected.scatter(1, own_items, True).scatter(1, targets[:, None], True)


def _left(weights, targets, own_items):
    """(B, 1), what could be drawn."""
    rejected = _rejected(weights, targets, own_items)
    rejected[:, 0] = False  # its weight is 0, or should have been made so
    return (weights * ~rejected).sum(1, keepdim=True)


def _out(weights, targets, own_items):
    """(B, 1), what could not be drawn."""
    return weights.sum() - _left(weights, targets, own_items)


def _without_rejection(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - weights.sum().log()


def _without_rejection_with_padding(negatives, targets, weights, *, own_items):
    weights = weights.double()
    return weights[negatives].log() - weights.sum().log()


def _counts_padding_weight(negatives, targets, weights, *, own_items):
    weights = weights.double()
    return weights[negatives].log() - _left(weights, targets, own_items).log()


def _not_the_log(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives] / _left(weights, targets, own_items)


def _without_the_sum(negatives, targets, weights, *, own_items):
    return _cleaned(weights)[negatives].log()


def _minus_the_negative(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - (weights.sum() - weights[negatives]).log()


def _minus_both(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = _left(weights, targets, own_items) - weights[negatives]
    return weights[negatives].log() - left.log()


def _plus_the_target(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = weights.sum() + _out(weights, targets, own_items)
    return weights[negatives].log() - left.log()


def _of_the_target(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = _left(weights, targets, own_items).log()
    return (weights[targets].log()[:, None] - left).expand(negatives.shape).clone()


def _target_for_negative(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = weights.sum() - weights[negatives]
    return weights[targets].log()[:, None] - left.log()


def _all_targets_rejected(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    rejected = _rejected(weights, targets, own_items).any(0)
    return weights[negatives].log() - weights[~rejected].sum().log()


def _all_targets_subtracted(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = weights.sum() - _out(weights, targets, own_items).sum()
    return weights[negatives].log() - left.log()


def _first_target_rejected(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - _left(weights, targets, own_items)[:1].log()


def _base_two(negatives, targets, weights, *, own_items):
    return log_q(negatives, targets, weights, own_items=own_items) / math.log(2)


def _base_ten(negatives, targets, weights, *, own_items):
    return log_q(negatives, targets, weights, own_items=own_items) / math.log(10)


def _log_of_one_plus(negatives, targets, weights, *, own_items):
    return log_q(negatives, targets, weights, own_items=own_items).exp().log1p()


def _turned(negatives, targets, weights, *, own_items):
    return -log_q(negatives, targets, weights, own_items=own_items)


def _log_of_the_rest_forgotten(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - _left(weights, targets, own_items)


def _log_over_log(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() / _left(weights, targets, own_items).log()


def _plus_the_log_of_the_rest(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() + _left(weights, targets, own_items).log()


def _not_a_column(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - _left(weights, targets, own_items)[:, 0].log()


def _among_the_drawn(negatives, targets, weights, *, own_items):
    return _cleaned(weights)[negatives].log().log_softmax(1)


def _counts_alike(negatives, targets, weights, *, own_items):
    left = (~_rejected(weights, targets, own_items))[:, 1:].sum(1, keepdim=True)
    return -left.double().log().expand(negatives.shape).clone()


def _times_the_chance_of_no_hit(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    out = _out(weights, targets, own_items) / weights.sum()
    return (weights[negatives] / weights.sum()).log() + (1 - out).log()


def _counts_all_draws(negatives, targets, weights, *, own_items):
    return log_q(negatives, targets, weights, own_items=own_items) + math.log(negatives.shape[1])


def _weights_as_logits(negatives, targets, weights, *, own_items):
    logits = weights.double().expand(len(targets), -1)
    rejected = _rejected(weights, targets, own_items)
    rejected[:, 0] = True
    return logits.masked_fill(rejected, -torch.inf).log_softmax(1).gather(1, negatives)


def _one_item_off(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives - 1].log() - _left(weights, targets, own_items).log()


def _the_mean_for_the_sum(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    many = (~_rejected(weights, targets, own_items))[:, 1:].sum(1, keepdim=True)
    return weights[negatives].log() - (_left(weights, targets, own_items) / many).log()


def _writes_into_the_weights(negatives, targets, weights, *, own_items):
    weights[0] = 0
    return weights[negatives].double().log() - _left(weights.double(), targets, own_items).log()


def _own_items_ignored(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - (weights.sum() - weights[targets]).log()[:, None]


def _target_not_rejected(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    left = _left(weights, torch.zeros_like(targets), own_items)
    return weights[negatives].log() - left.log()


def _rejected_added_up(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    out = weights[targets] + weights[own_items].sum(1)
    return weights[negatives].log() - (weights.sum() - out).log()[:, None]


def _target_twice(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    nobody = torch.zeros_like(targets)
    left = _left(weights, nobody, own_items) - weights[targets][:, None]
    return weights[negatives].log() - left.log()


def _first_own_item(negatives, targets, weights, *, own_items):
    weights = _cleaned(weights)
    return weights[negatives].log() - _left(weights, targets, own_items[:, :1]).log()


_LOG_Q = Exercise(
    id="3.4",
    title="How likely was each negative?",
    minutes=12,
    reference=log_q,
    probes=_log_q_probes,
    hints=(
        "The chance of a negative is its weight over the sum of all weights that could be drawn. "
        "What could not: padding, the target, and the user's own items, each of them once.",
        "Make a table of booleans (B, V), True where an item can't be drawn in this row: "
        "`scatter_` writes True at the ids of `own_items`, and at the target.",
        "`rejected = torch.zeros(B, V, dtype=torch.bool).scatter_(1, own_items, True)`, the same "
        "with `targets[:, None]`; `left = (weights * ~rejected).sum(1, keepdim=True)`; "
        "`weights[negatives].log() - left.log()`, all in float64, with a copy whose entry 0 is 0.",
    ),
    built="You have built the correction for how negatives were drawn, log q. The next cells "
    "train with and without it, and the sampled softmax of chapter 04 takes it as an argument.",
    ours="The library sums the weights of the rejected items, sorted so that none counts twice, "
    "and never makes a table as wide as the catalogue.",
    misconceptions=(
        Misconception(
            name="the rejected added up",
            wrong=_rejected_added_up,
            says="You add up the weights of the target and of all entries of `own_items`. An item "
            "that stands there twice, or is the target as well, leaves the sum only once.",
        ),
        Misconception(
            name="the target twice",
            wrong=_target_twice,
            says="Where the target is one of the user's own items, you take its weight out twice. "
            "An item can be rejected only once.",
        ),
        Misconception(
            name="own items ignored",
            wrong=_own_items_ignored,
            says="`own_items` never enters. They can't be drawn either: their weights leave the "
            "sum, as the target's does.",
        ),
        Misconception(
            name="the target not rejected",
            wrong=_target_not_rejected,
            says="You reject the user's own items but not the target. It may not stand among "
            "them: reject it, too.",
        ),
        Misconception(
            name="the first own item",
            wrong=_first_own_item,
            says="Only the first of the own items is rejected. All of the row are.",
        ),
        Misconception(
            name="without the rejection, padding counted",
            wrong=_without_rejection_with_padding,
            says="You divide by the sum of all weights. Neither padding, column 0, nor the target "
            "nor own items can be drawn: they leave the sum.",
        ),
        Misconception(
            name="without the rejection",
            wrong=_without_rejection,
            says="You divide by the sum of all weights. The target and own items can't be drawn: "
            "their weights leave the sum, and the others get likelier.",
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
            says="This is q itself, the probability without its logarithm. The correction is "
            "subtracted from a score, so it must be a logarithm.",
        ),
        Misconception(
            name="without the sum",
            wrong=_without_the_sum,
            says="This is log w, not log q: it is not normalised. The weights must be divided by "
            "the sum of what could be drawn.",
        ),
        Misconception(
            name="subtracts the negative's weight",
            wrong=_minus_the_negative,
            says="You take the *negative's* own weight out of the sum instead of the target's. It "
            "is the target that was rejected and can't be drawn.",
        ),
        Misconception(
            name="subtracts both weights",
            wrong=_minus_both,
            says="You take the negative's weight out of the sum as well. It can be drawn, so it "
            "stays in: only the target's goes.",
        ),
        Misconception(
            name="adds the target's weight",
            wrong=_plus_the_target,
            says="You add the weights of what is rejected to the sum instead of subtracting them. "
            "They can't be drawn, so less is left.",
        ),
        Misconception(
            name="of the target",
            wrong=_of_the_target,
            says="You look up the weight of the target. Asked is how likely each *negative* was.",
        ),
        Misconception(
            name="target and negative exchanged",
            wrong=_target_for_negative,
            says="Target and negative are exchanged: the weight of the *negative* belongs above, "
            "and the *target's* is what leaves the sum.",
        ),
        Misconception(
            name="all targets rejected",
            wrong=_all_targets_rejected,
            says="You take what *any* row rejects out of the sum. Each row rejects its own target "
            "and items only: what is left is (B,), one number a row.",
        ),
        Misconception(
            name="all targets subtracted",
            wrong=_all_targets_subtracted,
            says="You subtract what all rows reject together (a sum over the batch). Each row "
            "rejects its own target and items only: what is left is (B,).",
        ),
        Misconception(
            name="the first row's target",
            wrong=_first_target_rejected,
            says="You take what the *first* row rejects out of the sum for all rows. What is left "
            "differs from row to row: (B,), turned into a column.",
        ),
        Misconception(
            name="base 2",
            wrong=_base_two,
            says="Your logarithm has base 2. Scores are natural logarithms, so use the natural "
            "one, `log`.",
        ),
        Misconception(
            name="base 10",
            wrong=_base_ten,
            says="Your logarithm has base 10. Scores are natural logarithms, so use the natural "
            "one, `log`.",
        ),
        Misconception(
            name="log(1 + q)",
            wrong=_log_of_one_plus,
            says="You take log(1 + q), `log1p`. The log-probability is log q, without the 1.",
        ),
        Misconception(
            name="sign",
            wrong=_turned,
            says="Your sign is turned: a probability is below 1, so its logarithm is negative.",
        ),
        Misconception(
            name="the sum without its log",
            wrong=_log_of_the_rest_forgotten,
            says="You subtract the sum itself from a logarithm. Dividing by the sum is subtracting "
            "its *logarithm*: `left.log()`.",
        ),
        Misconception(
            name="log over log",
            wrong=_log_over_log,
            says="You divide one logarithm by the other. The logarithm of a quotient is a "
            "difference: log w - log of the sum.",
        ),
        Misconception(
            name="adds the log of the sum",
            wrong=_plus_the_log_of_the_rest,
            says="You add the log of the sum, which multiplies by it. Divide by the sum: subtract "
            "its log.",
        ),
        Misconception(
            name="among the drawn",
            wrong=_among_the_drawn,
            says="You normalise over the negatives that happened to be drawn (a softmax over the "
            "row). What counts is all that *could* be drawn: every item but the target.",
        ),
        Misconception(
            name="all items alike",
            wrong=_counts_alike,
            says="You treat all items alike: `weights` never enters. Each negative was drawn in "
            "proportion to its own weight.",
        ),
        Misconception(
            name="times the chance of no hit",
            wrong=_times_the_chance_of_no_hit,
            says="You multiply by the chance that nothing rejected is drawn. Rejection makes the "
            "others likelier: *divide* by it, so subtract its log.",
        ),
        Misconception(
            name="for all N draws",
            wrong=_counts_all_draws,
            says="You add log N, as if for all N draws together. Asked is the probability of one "
            "draw.",
        ),
        Misconception(
            name="weights as logits",
            wrong=_weights_as_logits,
            says="You take a softmax of the weights. They are no logits: probabilities are in "
            "proportion to the weights themselves, not to their exponentials.",
        ),
        Misconception(
            name="one item off",
            wrong=_one_item_off,
            says="You read the weight of the item before: the index is off by one. Entry j of "
            "`weights` belongs to item j, padding has entry 0.",
        ),
        Misconception(
            name="mean for sum",
            wrong=_the_mean_for_the_sum,
            says="You divide by the *mean* of the weights that could be drawn. Divide by their "
            "sum, or the probabilities don't add up to 1.",
        ),
        Misconception(
            name="writes into the weights",
            wrong=_writes_into_the_weights,
            says="You write a 0 into the weights that you were given, so whoever called you holds "
            "other weights now. Work on a copy: `clone()`.",
        ),
        Misconception(
            name="not a column",
            wrong=_not_a_column,
            says="What is left is (B,), one number a row, and you don't turn it into a column: it "
            "is lined up with the N negatives instead of the rows. Use `left[:, None]`.",
        ),
    ),
    equivalent_mutants=(
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
            reason="No probe hands over padding: the exercise leaves it out.",
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

GUESSES = (
    GuessNumber(
        id="3.1",
        asks="Random negatives that the same shopper clicks, the target included",
        unit="%",
        high=100,
        close=5,
    ),
    GuessNumber(
        id="3.2",
        asks="What one negative reaches of what all reach, 50 products, after 300 steps",
        unit="%",
        high=200,
        close=10,
    ),
    GuessNumber(
        id="3.3",
        asks="What one negative reaches of what all reach, 500 products, after 300 steps",
        unit="%",
        high=200,
        close=10,
    ),
    GuessNumber(
        id="3.4",
        asks="What one negative reaches of what all reach, 500 products, after 3,000 steps",
        unit="%",
        high=200,
        close=10,
    ),
)
