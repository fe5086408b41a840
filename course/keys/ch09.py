"""Answer key of chapter 09."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn.functional import pad

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    GuessOrder,
    Misconception,
    Probe,
    Quiz,
)
from seqrec.losses import cloze_loss
from seqrec.losses.cloze import cloze
from seqrec.models import BERT4Rec, SequenceEncoder, patched, visible_mask
from seqrec.training.optim import inverse_square_root


def _sequences(lengths, L, n_items, seed=0):
    """Left-padded sequences of the given lengths. (B, L) long."""
    items = torch.randint(
        1, n_items + 1, (len(lengths), L), generator=torch.Generator().manual_seed(seed)
    )
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


def _seed(rng):
    """Of random sequences."""
    return int(rng.integers(2**31))


def _random_sequences(rng, rows, L, n_items):
    """Sequences of random lengths, from 1 on. (rows, L) long."""
    return _sequences(rng.integers(1, L + 1, rows).tolist(), L, n_items, _seed(rng))


# --- 9.1 The cloze --------------------------------------------------------------------------------


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def _told(answer, items, mask_prob):
    """What can be said of an answer whatever order it draws in."""
    before = items.clone()
    masked, is_masked = answer(items, 9, mask_prob, _generator(1))
    # a few rows do: a loop over all of them may take its time
    generator = _generator(2)
    once = answer(before[:200].clone(), 9, mask_prob, generator)[1]
    again = answer(before[:200].clone(), 9, mask_prob, _generator(2))[1]
    is_real = before != 0
    has_items = is_real.any(dim=1)
    told = {
        "shapes and types": [
            tuple(masked.shape),
            masked.dtype,
            tuple(is_masked.shape),
            is_masked.dtype,
        ],
        "items are as they were": torch.equal(items, before),
        "what stands where hidden (MASK is 10)": sorted(set(masked[is_masked].tolist()))[:3],
        "the rest unchanged": torch.equal(masked[~is_masked], before[~is_masked]),
        "padding is hidden": bool((is_masked & ~is_real & has_items[:, None]).any()),
        "rows of padding alone have a gap": bool(is_masked[~has_items].any()),
        "rows with items but no gap": bool((~is_masked.any(dim=1) & has_items).any()),
        "same generator, same gaps": torch.equal(once, again),
    }
    if len(items) > 100 and mask_prob < 1:
        other = answer(before[:200].clone(), 9, mask_prob, generator)[1]
        has_moved = not once.any() or not torch.equal(once, other)
        told["the generator again, other gaps"] = has_moved
        share = is_masked.double().sum(dim=0) / is_real.sum(dim=0).clamp(min=1)  # of each column
        told["share hidden in each column, in steps of .1"] = " ".join(
            f"{value:.1f}" for value in share.tolist()
        )
        told["rows with one gap, in steps of .1"] = (
            f"{(is_masked.sum(dim=1) == 1).double().mean().item():.1f}"
        )
    return _in_words(told)


def _in_words(told):
    """Yes or no for True or False: they are no numbers to compute with."""
    return {
        name: ("yes" if value else "no") if isinstance(value, bool) else value
        for name, value in told.items()
    }


def _cloze_probes(rng):
    def probe(items, mask_prob, label, **how):
        return Probe((items, mask_prob), label=label, call=_told, **how)

    yield probe(torch.tensor([[0, 0, 4]]), 0.01, "a history of one click")
    yield probe(torch.tensor([[0, 0, 4], [1, 2, 3], [0, 5, 6]]), 1.0, "everything is hidden")
    yield probe(torch.zeros(2, 3, dtype=torch.long), 0.5, "nothing but padding", edge=True)
    # what is rounded to tenths has room on both sides: no right answer falls by its draws
    yield probe(
        _sequences([5] * 4_000, 6, 9), 1e-6, "rows that would have no gap: each click as likely"
    )
    yield probe(_sequences([12] * 4_000, 12, 9), 0.3, "4,000 rows of twelve clicks, at .3")
    yield probe(_sequences([12] * 4_000, 12, 9), 0.7, "4,000 rows of twelve clicks, at .7")
    many = _sequences([12] * 4_000, 12, 9, _seed(rng))
    yield probe(many, float(rng.uniform(0.29, 0.31)), "4,000 random rows of twelve clicks")
    lengths = rng.permutation([1, 5, 7] * 2_000).tolist()
    yield probe(_sequences(lengths, 7, 9, _seed(rng)), 0.39, "6,000 random short rows, at .39")
    yield probe(_random_sequences(rng, 6, 5, 9), 1.0, "everything is hidden of random rows")
    yield probe(_random_sequences(rng, 200, 6, 9), 1.0, "everything is hidden of many rows")
    yield probe(_random_sequences(rng, 30, 6, 9), float(rng.uniform(0.2, 0.8)), "thirty rows")


def _with_at_least_one(items, is_masked, place):
    """Those of `place` (B,) too where a row has no gap."""
    none = ~is_masked.any(dim=1)
    is_masked = is_masked.clone()
    is_masked[none, place[none]] = True
    return is_masked & (items != 0)


def _draw(items, mask_prob, generator):
    return torch.rand(items.shape, generator=generator) < mask_prob


def _empty_rows(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    return torch.where(is_masked, n_items + 1, items), is_masked


def _hides_padding(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator)
    none = ~is_masked.any(dim=1)
    is_masked[none, -1] = True
    return torch.where(is_masked, n_items + 1, items), is_masked


def _newest_if_none(items, n_items, mask_prob, generator):
    drawn = _draw(items, mask_prob, generator) & (items != 0)
    is_masked = _with_at_least_one(items, drawn, torch.full((len(items),), items.shape[1] - 1))
    return torch.where(is_masked, n_items + 1, items), is_masked


def _edits_its_input(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    items[is_masked] = n_items + 1
    return masked, is_masked


def _zero_for_mask(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return items.masked_fill(is_masked, 0), is_masked


def _last_item_for_mask(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return items.masked_fill(is_masked, n_items), is_masked


def _one_gap_always(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    is_masked = (draws == draws.min(dim=1, keepdim=True).values) & (items != 0)
    return torch.where(is_masked, n_items + 1, items), is_masked


def _global_generator(items, n_items, mask_prob, generator):
    return cloze(
        items, n_items, mask_prob, torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    )


def _true_where_kept(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    return masked, ~is_masked


def _true_where_an_item_is_kept(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    return masked, ~is_masked & (items != 0)


def _filled(mask):
    """The right gaps, filled with something else. mask: (n_items) -> what."""

    def answer(items, n_items, mask_prob, generator):
        _, is_masked = cloze(items, n_items, mask_prob, generator)
        return items.masked_fill(is_masked, mask(n_items)), is_masked

    return answer


def _finished(is_masked, items, n_items):
    return torch.where(is_masked, n_items + 1, items), is_masked


def _forced(place):
    """At `place(items, generator)`, (B,), where a row would have no gap."""

    def answer(items, n_items, mask_prob, generator):
        drawn = _draw(items, mask_prob, generator) & (items != 0)
        is_masked = _with_at_least_one(items, drawn, place(items, generator))
        return _finished(is_masked, items, n_items)

    return answer


def _oldest_click(items, generator):
    return (items != 0).int().argmax(dim=1)


def _any_column(items, generator):
    B, L = items.shape
    return torch.randint(0, L, (B,), generator=generator)


def _drawn(hides):
    """Gaps by another rule; one more where a row has none. hides: (items, p, draws) -> bool."""

    def answer(items, n_items, mask_prob, generator):
        draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
        smallest = draws == draws.min(dim=1, keepdim=True).values
        hidden = hides(items, mask_prob, draws)
        is_masked = (hidden | (smallest & ~hidden.any(dim=1, keepdim=True))) & (items != 0)
        return _finished(is_masked, items, n_items)

    return answer


def _one_more_in_each_row(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    place = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    is_masked = is_masked | ((place == place.min(dim=1, keepdim=True).values) & (items != 0))
    return _finished(is_masked, items, n_items)


def _a_fixed_number(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    rank = draws.argsort(dim=1).argsort(dim=1)
    count = ((items != 0).sum(dim=1, keepdim=True) * mask_prob).round().clamp(min=1)
    return _finished((rank < count) & (items != 0), items, n_items)


def _all_of_a_row_without_gap(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    is_masked = is_masked | ~is_masked.any(dim=1, keepdim=True)
    return _finished(is_masked & (items != 0), items, n_items)


def _smallest_of_padding_too(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape, generator=generator)
    smallest = draws == draws.min(dim=1, keepdim=True).values
    return _finished(((draws < mask_prob) | smallest) & (items != 0), items, n_items)


def _gap_in_padding_alone(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    is_masked = is_masked.clone()
    is_masked[(items == 0).all(dim=1), -1] = True
    return _finished(is_masked, items, n_items)


def _as_in_bert(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    kind = torch.rand(items.shape, generator=generator)
    other = torch.randint(1, n_items + 1, items.shape, generator=generator)
    masked = torch.where(is_masked & (kind < 0.1), items, masked)
    return torch.where(is_masked & (kind > 0.9), other, masked), is_masked


def _drawn_again(items, n_items, mask_prob, generator):
    """Rows without a gap again, but not for ever: that ends well unless the gaps are very rare."""
    if mask_prob < 0.05:
        return _empty_rows(items, n_items, min(1.0, 1_000 * mask_prob), generator)
    return cloze(items, n_items, mask_prob, generator)


def _largest_item_and_1(items, n_items, mask_prob, generator):
    return cloze(items, int(items.max()), mask_prob, generator)


def _forced_by_the_global_generator(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    place = torch.rand(items.shape).masked_fill(items == 0, 2.0).argmin(dim=1)
    return _finished(_with_at_least_one(items, is_masked, place), items, n_items)


def _forced_unsaid(items, n_items, mask_prob, generator):
    """Hidden, but not in is_masked."""
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    several = is_masked.sum(dim=1, keepdim=True) > 1
    return masked, is_masked & several


def _forced_unhidden(items, n_items, mask_prob, generator):
    """In is_masked, but not hidden."""
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    several = is_masked.sum(dim=1, keepdim=True) > 1
    return torch.where(is_masked & several, n_items + 1, items), is_masked


def _first_row_hidden_alone(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return _finished(is_masked & (torch.arange(len(items))[:, None] == 0), items, n_items)


def _newest_column(items):
    return torch.arange(items.shape[1]).expand_as(items) == items.shape[1] - 1


def _seeded_inside(items, n_items, mask_prob, generator):
    return cloze(items, n_items, mask_prob, torch.Generator().manual_seed(0))


def _fixed_share(share):
    def answer(items, n_items, mask_prob, generator):
        return cloze(items, n_items, share, generator)

    return answer


def _the_same_in_all_rows(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape[1], generator=generator).expand(items.shape)
    draws = draws.masked_fill(items == 0, 2.0)
    smallest = draws == draws.min(dim=1, keepdim=True).values
    return _finished(((draws < mask_prob) | smallest) & (items != 0), items, n_items)


def _whole_rows(items, n_items, mask_prob, generator):
    draws = torch.rand(len(items), 1, generator=generator)
    smallest = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    smallest = smallest == smallest.min(dim=1, keepdim=True).values
    return _finished(((draws < mask_prob) | smallest) & (items != 0), items, n_items)


def _where_turned_round(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return torch.where(is_masked, items, n_items + 1), is_masked


def _gaps_as_numbers(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    return masked, is_masked.long()


def _exchanged(items, n_items, mask_prob, generator):
    return cloze(items, n_items, mask_prob, generator)[::-1]


def _largest_hidden_too(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, -1.0)
    largest = draws == draws.max(dim=1, keepdim=True).values
    return _finished(((draws < mask_prob) | largest) & (items != 0), items, n_items)


def _last_column_where_none(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    is_masked[:, -1] |= ~is_masked.any(dim=1)
    return _finished(is_masked, items, n_items)


def _zeros_where_not_hidden(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return torch.where(is_masked, n_items + 1, 0), is_masked


_CLOZE = Exercise(
    id="9.1",
    title="Hide, but not everything and not nothing",
    minutes=10,
    reference=cloze,
    time_limit=10.0,
    probes=_cloze_probes,
    hints=(
        "One random number for each place: hide where it is below `mask_prob` and an item stands "
        "there. Which item of a row is the natural one to hide if none was?",
        "The item with the *smallest* number of its row. If any is below `mask_prob`, that one is, "
        "so it can always be hidden. Give padding a number above 1 first.",
        "`draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)`, then "
        "`(draws < mask_prob) | (draws == draws.min(dim=1, keepdim=True).values)`, and only where "
        "`items != 0`.",
    ),
    built="You have built the cloze, BERT4Rec's way to ask without giving the answer away. "
    "Your loss in 9.2 draws its gaps with it, anew for each step.",
    ours="Ours draws once: an item is hidden if its draw is small, or if it is the smallest of "
    "its row, and so no row stays without a gap.",
    misconceptions=(
        Misconception(
            name="rows without a gap",
            wrong=_empty_rows,
            says="Some of your rows hide nothing: a short history often draws no gap, and to "
            "draw again does not help for sure. Hide one of its items then, each as likely "
            "as the others.",
        ),
        Misconception(
            name="padding hidden",
            wrong=_hides_padding,
            says="You hide padding too, and would ask the network for a product that was never "
            "there. Hide only where `items != 0`.",
        ),
        Misconception(
            name="the last column where none is",
            wrong=_last_column_where_none,
            says="Where nothing is drawn you hide the last column: always the newest, which is "
            "hidden more often than the others, and of a row of padding alone the padding. "
            "Pick one of the row's items at random, each as likely.",
        ),
        Misconception(
            name="the newest where none is",
            wrong=_newest_if_none,
            says="Where nothing is drawn you always hide the newest (last) item, so it is hidden "
            "more often than the others. Each item of such a row should be as likely: pick "
            "one at random.",
        ),
        Misconception(
            name="edits its input",
            wrong=_edits_its_input,
            says="You write MASK into `items` itself, and the answers are gone. Make a new tensor: "
            "`torch.where`.",
        ),
        Misconception(
            name="0 for MASK",
            wrong=_zero_for_mask,
            says="You hide with 0. That is padding, which nobody looks at: the network would not "
            "know that something is missing there. MASK is `n_items + 1`.",
        ),
        Misconception(
            name="the last item for MASK",
            wrong=_last_item_for_mask,
            says="You hide with `n_items`, which is a product. MASK is one more: `n_items + 1`.",
        ),
        Misconception(
            name="exactly one gap",
            wrong=_one_gap_always,
            says="Each of your rows hides exactly one item: mask_prob is ignored. Hide every "
            "item with that probability, and one if that leaves none.",
        ),
        Misconception(
            name="True where an item is kept",
            wrong=_true_where_an_item_is_kept,
            says="Your second answer is inverted: it is True at the items that are kept, not "
            "hidden. `is_masked` is True where an item is hidden.",
        ),
        Misconception(
            name="where turned round",
            wrong=_where_turned_round,
            says="You have exchanged the last two arguments of `torch.where`: MASK stands at "
            "what is kept, and the gaps keep their items. MASK belongs where `is_masked` is "
            "True.",
        ),
        Misconception(
            name="exchanged",
            wrong=_exchanged,
            says="You return the two in the wrong order (exchanged): the masked items first, "
            "then is_masked.",
        ),
        Misconception(
            name="gaps as numbers",
            wrong=_gaps_as_numbers,
            says="Your is_masked holds numbers (its dtype is not bool), and numbers pick other "
            "entries when used as a mask. Return a bool tensor.",
        ),
        Misconception(
            name="MASK is two more",
            wrong=_filled(lambda n_items: n_items + 2),
            says="You hide with `n_items + 2`. MASK is the first number after the items, "
            "`n_items + 1`.",
        ),
        Misconception(
            name="-1 for MASK",
            wrong=_filled(lambda n_items: -1),
            says="You hide with -1. MASK is `n_items + 1`, a number with a vector of its own.",
        ),
        Misconception(
            name="as in BERT",
            wrong=_as_in_bert,
            says="Some of your gaps keep their item and some get a random other one, as in BERT. "
            "Here all hidden items become MASK.",
        ),
        Misconception(
            name="the oldest where none is",
            wrong=_forced(_oldest_click),
            says="Where nothing is drawn you always hide the oldest (first) item, so it is "
            "hidden more often than the others. Each item of such a row should be as "
            "likely.",
        ),
        Misconception(
            name="any column where none is",
            wrong=_forced(_any_column),
            says="Where nothing is drawn you pick any column, and that may be padding: some rows "
            "still have no gap. Pick among the row's items only.",
        ),
        Misconception(
            name="the smallest of padding too",
            wrong=_smallest_of_padding_too,
            says="The smallest draw of a row may stand at padding, so some rows still have no "
            "gap. Give padding a number above 1 before you look for the smallest.",
        ),
        Misconception(
            name="all of a row without gap",
            wrong=_all_of_a_row_without_gap,
            says="Where nothing is drawn you hide the whole row, all of its items. Hide one of "
            "them, each as likely.",
        ),
        Misconception(
            name="one more in each row",
            wrong=_one_more_in_each_row,
            says="You hide one more item in every row, also where some are hidden already, so "
            "too many are. Only a row of which none would be hidden gets one.",
        ),
        Misconception(
            name="a gap in padding alone",
            wrong=_gap_in_padding_alone,
            says="A row of padding alone gets a gap in your answer: padding is hidden where "
            "there is no item. Such a row has none: hide only where `items != 0`.",
        ),
        Misconception(
            name="the probability turned round",
            wrong=_drawn(lambda items, p, draws: draws > p),
            says="Your probability is turned round: an item is hidden with 1 - mask_prob. Hide "
            "where the draw is *below* mask_prob.",
        ),
        Misconception(
            name="always .15",
            wrong=_fixed_share(0.15),
            says="You hide with a fixed probability (.15), as in BERT: mask_prob is never read. "
            "Compare the draws with it.",
        ),
        Misconception(
            name="always a half",
            wrong=_fixed_share(0.5),
            says="You hide with a fixed probability (a half): mask_prob is never read. Compare "
            "the draws with it.",
        ),
        Misconception(
            name="a fixed number",
            wrong=_a_fixed_number,
            says="You hide a fixed number of items in each row, mask_prob times its length. Each "
            "item is hidden independently of the others, so the number varies.",
        ),
        Misconception(
            name="the same in all rows",
            wrong=_the_same_in_all_rows,
            says="You draw once for all rows, so all hide the same columns. Draw for each item: "
            "`torch.rand(items.shape, ...)`.",
        ),
        Misconception(
            name="whole rows",
            wrong=_whole_rows,
            says="You draw once for each row, and hide all of it or hardly anything. Draw for "
            "each item: `torch.rand(items.shape, ...)`.",
        ),
        Misconception(
            name="drawn again",
            wrong=_drawn_again,
            says="You draw again for rows without a gap, a limited number of times, and where "
            "gaps are rare some rows stay without one. Hide one of the row's items then, "
            "each as likely.",
        ),
        Misconception(
            name="the largest item and 1",
            wrong=_largest_item_and_1,
            says="Your MASK is the largest item of this batch plus 1: n_items is never read. "
            "MASK is `n_items + 1`, the same in each batch.",
        ),
        Misconception(
            name="the forced one from another generator",
            wrong=_forced_by_the_global_generator,
            says="You choose the item of a row without a gap with PyTorch's global generator, so "
            "the same generator gives other gaps the second time. Pass "
            "`generator=generator` on in every draw.",
        ),
        Misconception(
            name="the forced one not told",
            wrong=_forced_unsaid,
            says="Where a row would have no gap you hide an item, but is_masked does not say so. "
            "Both have to tell the same: change is_masked first, then hide.",
        ),
        Misconception(
            name="the forced one not hidden",
            wrong=_forced_unhidden,
            says="Where a row would have no gap you set is_masked, but the item still stands in "
            "the masked row. Both have to tell the same: change is_masked first, then hide.",
        ),
        Misconception(
            name="the first row alone",
            wrong=_first_row_hidden_alone,
            says="You hide in the first row only. Every row of the batch gets gaps.",
        ),
        Misconception(
            name="the newest always too",
            wrong=_drawn(lambda items, p, draws: (draws < p) | _newest_column(items)),
            says="You hide the newest item in every row besides what is drawn. Each item is "
            "hidden with mask_prob, the newest like the others.",
        ),
        Misconception(
            name="the newest never",
            wrong=_drawn(lambda items, p, draws: (draws < p) & ~_newest_column(items)),
            says="Your newest (last) item is never hidden, unless a row has no other. Each item "
            "is hidden with mask_prob, the newest like the others.",
        ),
        Misconception(
            name="the newest alone",
            wrong=_drawn(lambda items, p, draws: _newest_column(items)),
            says="You always hide the newest item. Each item is hidden with mask_prob, "
            "independently of the others.",
        ),
        Misconception(
            name="seeded inside",
            wrong=_seeded_inside,
            says="You seed anew in each call, so the gaps are the same each time, whatever the "
            "generator has drawn already. Draw from `generator` as it is.",
        ),
        Misconception(
            name="True where not hidden",
            wrong=_true_where_kept,
            says="Your second answer is inverted: it is True where nothing is hidden, at what is "
            "kept. `is_masked` is True where an item is hidden.",
        ),
        Misconception(
            name="another generator",
            wrong=_global_generator,
            says="The same generator gives other gaps the second time: you draw from PyTorch's "
            "global one, or from a new one. Pass `generator=generator` on in every draw.",
        ),
        Misconception(
            name="0 where not hidden",
            wrong=_zeros_where_not_hidden,
            says="Your masked rows hold 0, padding, wherever nothing is hidden, so the network has "
            "nothing to read. What is not hidden stays as it is: `torch.where(is_masked, "
            "n_items + 1, items)`.",
        ),
        Misconception(
            name="the largest draw is hidden too",
            wrong=_largest_hidden_too,
            says="You force the item with the largest draw, but small draws are the hidden ones: "
            "so each row hides one more, also where some are hidden already. Force the "
            "smallest draw: it is hidden in any case if any is.",
        ),
    ),
    equivalent_mutants=(
        *(
            EquivalentMutant(
                edit=edit,
                reason="The exercise has no options; without `last_only` and `preference` this "
                "changes nothing.",
            )
            for edit in (
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = items != PAD",
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = (items != PAD) & (prob >= 0)",
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = (items != PAD) & (prob > -1)",
                "newest = torch.arange(L, device=items.device) == L - 1 -> *",
                "is_last_only = (rand(generator, (B,), device=items.device) < last_only) & "
                "may_hide[:, -1] -> *",
                "prob = prob * preference -> *",
            )
        ),
        *(
            EquivalentMutant(
                edit=f"{before} -> {before.replace('<', '<=')}",
                reason="A draw on the very boundary has a probability of 2 ** -24, and either "
                "answer is a cloze.",
            )
            for before in (
                "is_masked = (ratio < 1).scatter(1, ratio.argmin(dim=1, keepdim=True), True)",
                "is_masked = ((draws < mask_prob) | smallest) & real",
            )
        ),
        *(
            EquivalentMutant(
                edit=f"{before} -> {before.replace('2.0', '4.0')}",
                reason="Any number above 1 is above every draw.",
            )
            for before in (
                "draws = torch.rand(items.shape, generator=generator, "
                "device=items.device).masked_fill(~real, 2.0)",
            )
        ),
    ),
)

# --- 9.2 The loss ---------------------------------------------------------------------------------


class _Listens(nn.Module):
    """A network whose loss tells what it was asked, and that notes what it read."""

    def __init__(self, L):
        super().__init__()
        self.n_items, self.read, self.weight = 9, [], nn.Parameter(torch.ones(()))
        self.calls = 0

    def encoder(self, items):
        self.read.append(items)
        return (
            nn.functional.one_hot(items, 11).float().cumsum(dim=1) * self.weight
        )  # (B, L, 11), places differ

    def softmax_loss(self, states, targets):
        self.asked = targets
        self.states = states
        self.calls += 1
        return ((states.sum(dim=1) + targets) * (1 + targets)).mean()


def _asked(network, read, whole, gaps):
    """In words, what a network was asked where the loss is not that of the gaps."""
    targets, states = network.asked.detach(), network.states.detach()
    n_gaps = int(gaps.sum())
    if len(targets) != n_gaps:
        first = gaps & (gaps.cumsum(dim=1) == 1)
        known = {
            "one row at a time": network.calls > 1,
            "of the last column": torch.equal(targets, whole[:, -1]),
            "of each first gap": torch.equal(targets, whole[first]),
            "of the gaps without column 0": torch.equal(targets, whole[:, 1:][gaps[:, 1:]]),
            "one behind the gaps": torch.equal(targets, whole[:, 1:][gaps[:, :-1]]),
            "of what is visible": torch.equal(targets, whole[~gaps & (whole != 0)]),
            "of all clicks": torch.equal(targets, whole[whole != 0]),
            "of all places": torch.equal(targets, whole.flatten()),
        }
        number = "more questions than gaps" if len(targets) > n_gaps else "fewer than gaps"
        return [number, next((name for name, holds in known.items() if holds), "others")]
    here = network.encoder(read).detach()[gaps]
    of_all = network.encoder(whole).detach()[gaps]
    before = network.encoder(read).detach().roll(1, dims=1)[gaps]
    return [
        "asked for what stood there",
        torch.equal(targets, whole[gaps]),
        "less 1",
        torch.equal(targets, whole[gaps] - 1),
        "asked for MASK",
        bool((targets == 10).all()),
        "at the gaps",
        torch.equal(states, here),
        "with nothing hidden",
        torch.equal(states, of_all),
        "one place before",
        torch.equal(states, before),
    ]


def _sequences_read(read, sequences, rows):
    """In words, which sequences a network read, by what is not hidden in them."""
    whole = sequences[rows][:, -read.shape[1] :]
    shown = read != 10
    if read.shape == whole.shape and torch.equal(read[shown], whole[shown]):
        return "those of the rows"
    ends = sequences[:, -read.shape[1] :]
    if ends.shape[1] != read.shape[1]:
        return "others"
    fits = ((read[:, None] == ends) | ~shown[:, None]).all(dim=2)  # (b, n)
    found = fits[:, rows].any(dim=1).all() and fits[:, rows].any(dim=0).all()
    if not found:
        return "others"
    return "those of the rows in another order" if len(read) == len(rows) else "each row once"


def _name_of_factor(ratio, known):
    """The name of the known number that a ratio is."""
    near = (name for name, size in known.items() if abs(ratio - size) < 1e-3 * abs(size))
    return next(near, "another number")


def _share_in_words(share, mask_prob):
    """Which share of a thousand clicks is hidden, whatever the order of draws."""
    for name, size, room in (
        ("mask_prob", mask_prob, 0.07),
        ("1 - mask_prob", 1 - mask_prob, 0.07),
        (".15", 0.15, 0.04),
    ):
        if abs(share - size) < room:
            return name
    return f"about {share:.1f}"


def _step(answer, sequences, mask_prob, rows):
    """What was read and asked, in a way that does not hang on the order of random draws; and the
    loss.
    """
    network = _Listens(sequences.shape[1])
    before = sequences.clone()
    value = answer(sequences, mask_prob)(network, rows, _generator(3))
    kind = type(value).__name__
    if not isinstance(value, torch.Tensor):
        value = torch.tensor(float("nan"))
    asked = network.asked
    read = network.read[-1]
    passes = len(network.read)
    whole = before[rows][:, -read.shape[1] :]
    gaps = read == 10
    right = torch.tensor(-1.0)
    wrong_questions = None
    if gaps.any() and read.shape == whole.shape:
        states = nn.functional.one_hot(read, 11).float().cumsum(dim=1)[gaps]
        right = _Listens(1).softmax_loss(states, whole[gaps])
        if not torch.isclose(value.detach(), right.detach()).all():
            wrong_questions = _asked(network, read, whole, gaps)
    told = {
        "type of the loss": "Tensor" if kind == "Parameter" else kind,
        "passes through the network": passes,
        "every row has a gap": bool(gaps.any(dim=1).all()),
        "padding is hidden": gaps.shape == whole.shape and bool((gaps & (whole == 0)).any()),
        "sequences read": _sequences_read(read, before, rows),
        "all of their clicks are read": int((read != 0).sum()) == int((before[rows] != 0).sum()),
        "the loss is that of the gaps": bool(torch.isclose(value.detach(), right.detach()).all()),
        "what was asked": wrong_questions,
        "shape of the loss": tuple(value.shape),
        "has a gradient": value.requires_grad,
        "sequences as they were": torch.equal(sequences, before),
        "`backward` is left to the caller": network.weight.grad is None,
        "the network is in training mode": network.training,
    }
    if value.ndim == 0 and wrong_questions is not None and len(asked) == int(gaps.sum()):
        mean = network.softmax_loss(network.states, asked)
        ratio = float(value.detach() / mean.detach())
        told["times the mean over the questions"] = _name_of_factor(
            ratio,
            {
                "1": 1,
                "-1": -1,
                "their number": len(asked),
                "the number of rows": len(rows),
                "their number by that of rows": len(asked) / len(rows),
                "their number by that of places": len(asked) / read.numel(),
                "mask_prob": mask_prob,
            },
        )
    # of a few clicks another share is hidden with each order of draws
    if len(rows) > 10:
        share = gaps.sum().item() / (before[rows] != 0).sum().item()
        told["share that is hidden"] = _share_in_words(share, mask_prob)
        of_newest = gaps[:, -1].float().mean().item()
        told["the newest is hidden"] = (
            "always" if of_newest == 1 else "never" if of_newest == 0 else "at times"
        )
    return _in_words(told)


def _loss_probes(rng):
    many = _sequences([12] * 200, 12, 9)
    yield Probe((many, 0.25, torch.arange(100)), label="a hundred sequences at .25", call=_step)
    yield Probe((many, 0.75, torch.arange(50, 150)), label="a hundred others at .75", call=_step)
    yield Probe(
        (torch.tensor([[0, 0, 3], [1, 2, 4]]), 1.0, torch.tensor([1, 0])),
        label="all hidden",
        call=_step,
    )
    yield Probe(
        (_sequences([1, 3, 2, 5], 6, 9), 0.5, torch.tensor([3, 0, 2])),
        label="short histories",
        call=_step,
    )
    for lengths in ([5, 2, 7, 3], [4, 8, 1, 6]):
        some = _sequences(lengths, 9, 9, _seed(rng))
        yield Probe(
            (some, 0.5, torch.tensor([3, 1, 0])),
            label="a short history before a longer one",
            call=_step,
        )
    for mask_prob in (0.25, 0.75):
        rows = torch.from_numpy(rng.permutation(200)[:100])
        yield Probe(
            (_sequences([12] * 200, 12, 9, _seed(rng)), mask_prob, rows),
            label=f"a random hundred at {mask_prob:g}",
            call=_step,
        )
    rows = torch.from_numpy(rng.permutation(6)[:4])
    yield Probe(
        (_random_sequences(rng, 6, 5, 9), 1.0, rows), label="all hidden of four", call=_step
    )


def _loss_with(step):
    def answer(sequences, mask_prob):
        def loss(network, rows, generator):
            batch = sequences[rows]
            return step(network, batch, *cloze(batch, network.n_items, mask_prob, generator))

        return loss

    return answer


def _reads_all(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(batch)[is_masked], batch[is_masked])


def _asks_everywhere(network, batch, masked, is_masked):
    real = batch != 0
    return network.softmax_loss(network.encoder(masked)[real], batch[real])


def _asks_for_mask(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[is_masked], masked[is_masked])


def _asks_the_others(network, batch, masked, is_masked):
    kept = ~is_masked & (batch != 0)
    kept = kept if kept.any() else is_masked
    return network.softmax_loss(network.encoder(masked)[kept], batch[kept])


def _asks_the_next(network, batch, masked, is_masked):
    return network.softmax_loss(
        network.encoder(masked)[is_masked], batch.roll(-1, dims=1)[is_masked]
    )


def _hides_once(sequences, mask_prob):
    masked, is_masked = cloze(sequences, 9, mask_prob, _generator(0))

    def loss(network, rows, generator):
        return network.softmax_loss(
            network.encoder(masked[rows])[is_masked[rows]], sequences[rows][is_masked[rows]]
        )

    return loss


def _rows_that_are_asked_alone(sequences, mask_prob):
    """The first row of the step alone."""

    def loss(network, rows, generator):
        batch = sequences[rows[:1]]
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _with_gaps_of(gaps_of):
    """The right questions with other gaps: gaps_of(batch, n_items, mask_prob, generator)."""

    def answer(sequences, mask_prob):
        def loss(network, rows, generator):
            batch = sequences[rows]
            masked, is_masked = gaps_of(batch, network.n_items, mask_prob, generator)
            return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

        return loss

    return answer


def _all_sequences(sequences, mask_prob):
    def loss(network, rows, generator):
        masked, is_masked = cloze(sequences, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], sequences[is_masked])

    return loss


def _first_of_the_sequences(sequences, mask_prob):
    """As many sequences as rows, from the first on."""

    def loss(network, rows, generator):
        batch = sequences[: len(rows)]
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _edits_the_sequences(sequences, mask_prob):
    def loss(network, rows, generator):
        masked, is_masked = cloze(sequences[rows], network.n_items, mask_prob, generator)
        answers = sequences[rows][is_masked]
        sequences[rows] = masked
        return network.softmax_loss(network.encoder(masked)[is_masked], answers)

    return loss


def _sum_of_gaps(network, batch, masked, is_masked):
    targets = batch[is_masked]
    return network.softmax_loss(network.encoder(masked)[is_masked], targets) * len(targets)


def _negative(network, batch, masked, is_masked):
    return -network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])


def _per_row(network, batch, masked, is_masked):
    mean = network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])
    return mean * int(is_masked.sum()) / len(batch)


def _per_place(network, batch, masked, is_masked):
    mean = network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])
    return mean * int(is_masked.sum()) / batch.numel()


def _mean_of_rows(network, batch, masked, is_masked):
    states = network.encoder(masked)
    losses = [
        network.softmax_loss(states[b][is_masked[b]], batch[b][is_masked[b]])
        for b in range(len(batch))
        if is_masked[b].any()
    ]
    return torch.stack(losses).mean()


def _state_before(network, batch, masked, is_masked):
    states = network.encoder(masked)
    return network.softmax_loss(states[:, :-1][is_masked[:, 1:]], batch[:, 1:][is_masked[:, 1:]])


def _state_before_round(network, batch, masked, is_masked):
    states = network.encoder(masked).roll(1, dims=1)
    return network.softmax_loss(states[is_masked], batch[is_masked])


def _item_after(network, batch, masked, is_masked):
    states = network.encoder(masked)
    return network.softmax_loss(states[:, :-1][is_masked[:, :-1]], batch[:, 1:][is_masked[:, :-1]])


def _asks_at_padding_too(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked).flatten(0, 1), batch.flatten())


def _asks_at_the_end(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[:, -1], batch[:, -1])


def _first_gap_alone(network, batch, masked, is_masked):
    first = is_masked & (is_masked.cumsum(dim=1) == 1)
    return network.softmax_loss(network.encoder(masked)[first], batch[first])


def _detached_states(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[is_masked].detach(), batch[is_masked])


def _as_a_number(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked]).item()


def _with_a_count(network, batch, masked, is_masked):
    answers = batch[is_masked]
    return network.softmax_loss(network.encoder(masked)[is_masked], answers), len(answers)


def _targets_from_0(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked] - 1)


def _no_function(sequences, mask_prob):
    _loss_with(_as_a_number)(sequences, mask_prob)


def _mask_by_the_largest(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows]
        masked, is_masked = cloze(batch, int(sequences.max()), mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _two_passes(network, batch, masked, is_masked):
    network.encoder(batch)
    return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])


def _two_seeds(answer, sequences, mask_prob, rows):
    """Are other clicks hidden with another generator, and with the same one later?"""
    network = _Listens(sequences.shape[1])
    loss = answer(sequences, mask_prob)
    for seed in (1, 2, 1):
        generator = _generator(seed)
        loss(network, rows, generator)
    loss(network, rows, generator)
    first, second, third, fourth = network.read[-4:]
    loss(network, rows.flip(0), _generator(1))
    told = {
        "other gaps in the next epoch": not torch.equal(first, second),
        "other gaps later": not torch.equal(third, fourth),
        "same seed": torch.equal(first, third),
        "gaps stick to the row": torch.equal(first, network.read[-1].flip(0)),
    }
    return _in_words(told)


def _all_loss_probes(rng):
    yield from _loss_probes(rng)
    yield Probe(
        (_sequences([12] * 50, 12, 9), 0.3, torch.arange(50)), label="seen twice", call=_two_seeds
    )
    others = _sequences([12] * 60, 12, 9, _seed(rng)), 0.3, torch.from_numpy(rng.permutation(60))
    yield Probe(others, label="others seen twice", call=_two_seeds)


def _in_evaluation_mode(network, batch, masked, is_masked):
    network.eval()
    return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])


def _steps_itself(network, batch, masked, is_masked):
    loss = network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])
    loss.backward(retain_graph=True)
    return loss


def _newest_always_too(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    newest = torch.arange(items.shape[1]) == items.shape[1] - 1
    return torch.where(newest, n_items + 1, masked), is_masked | newest


def _with_rows(chosen):
    """The right loss of other rows: chosen(rows)."""

    def answer(sequences, mask_prob):
        def loss(network, rows, generator):
            batch = sequences[chosen(rows)]
            masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
            return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

        return loss

    return answer


def _cut_to_the_first(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows]
        batch = batch[:, -int((batch[0] != 0).sum()) :]
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _without_the_oldest(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows][:, 1:]
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _gaps_of_another_draw(sequences, mask_prob):
    def loss(network, rows, generator):
        batch = sequences[rows]
        masked, _ = cloze(batch, network.n_items, mask_prob, generator)
        _, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])

    return loss


def _times_the_probability(network, batch, masked, is_masked):
    loss = network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])
    return loss * is_masked.sum() / (batch != 0).sum()


_LOSS = Exercise(
    id="9.2",
    title="Ask for what is hidden",
    minutes=6,
    reference=cloze_loss,
    probes=_all_loss_probes,
    hints=(
        "Take the rows, hide with `cloze`, let the network read the *masked* rows.",
        "`is_masked` picks the states of the gaps, (K, D), and the same mask picks the answers "
        "from the rows as they were, (K,).",
        "`network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])`",
    ),
    built="This is masked-item training. A few cells on, BERT4Rec learns with it and SASRec "
    "with your loss of chapter 08, on the same shoppers.",
    ours="One mask picks the gaps out of states and items alike, in the same order.",
    misconceptions=(
        Misconception(
            name="reads the answers",
            wrong=_loss_with(_reads_all),
            says="The network reads the rows with nothing hidden, the original ones, and so the "
            "answers leak. Encode `masked`.",
        ),
        Misconception(
            name="asks everywhere",
            wrong=_loss_with(_asks_everywhere),
            says="You ask at every position with an item, visible ones too. Where nothing is "
            "hidden the answer stands in the input: ask at the gaps only.",
        ),
        Misconception(
            name="asks for MASK",
            wrong=_loss_with(_asks_for_mask),
            says="Your targets are taken from the masked rows: all of them are MASK. Take the "
            "answers from the original rows, as they were.",
        ),
        Misconception(
            name="asks the others",
            wrong=_loss_with(_asks_the_others),
            says="Your mask is inverted: you ask at the positions that are visible, *not* "
            "hidden. Turn it round, and ask at the gaps.",
        ),
        Misconception(
            name="the item after, one gap less",
            wrong=_loss_with(_item_after),
            says="You ask each gap for the item after it (the next one), as SASRec would, and "
            "shift the targets by one. A gap is asked for what stood there: the same mask "
            "for states and answers.",
        ),
        Misconception(
            name="the state before",
            wrong=_loss_with(_state_before),
            says="You ask the state before the gap (one place to the left), as SASRec does. "
            "BERT4Rec asks at the gap itself: the same mask for states and answers.",
        ),
        Misconception(
            name="the state before, round",
            wrong=_loss_with(_state_before_round),
            says="You ask the state before the gap (shifted by one with `roll`), as SASRec does. "
            "BERT4Rec asks at the gap itself: the same mask for states and answers.",
        ),
        Misconception(
            name="the sum",
            wrong=_loss_with(_sum_of_gaps),
            says="You return the sum over the gaps. `network.softmax_loss` gives the mean, and "
            "the mean is asked for: don't multiply by their number.",
        ),
        Misconception(
            name="the sign",
            wrong=_loss_with(_negative),
            says="Your loss is negative: its sign is turned. `network.softmax_loss` is what has "
            "to become small already.",
        ),
        Misconception(
            name="by the rows",
            wrong=_loss_with(_per_row),
            says="You divide by the number of rows (a sum for each sequence). Asked for is the "
            "mean over all gaps, as `network.softmax_loss` gives it.",
        ),
        Misconception(
            name="by the places",
            wrong=_loss_with(_per_place),
            says="You divide by the number of all places, B L. Asked for is the mean over the "
            "gaps, as `network.softmax_loss` gives it.",
        ),
        Misconception(
            name="the mean of rows",
            wrong=_loss_with(_mean_of_rows),
            says="You take each row's mean, and the mean of those: gaps in rows with few count "
            "for more. All gaps of the batch count alike: one call of `softmax_loss`.",
        ),
        Misconception(
            name="asks at padding too",
            wrong=_loss_with(_asks_at_padding_too),
            says="You ask at every position, padding and visible items included. Ask at the gaps "
            "alone: `[is_masked]`.",
        ),
        Misconception(
            name="asks at the end",
            wrong=_loss_with(_asks_at_the_end),
            says="You ask at the newest (last) position only. Ask at all gaps: `[is_masked]`.",
        ),
        Misconception(
            name="the first gap alone",
            wrong=_loss_with(_first_gap_alone),
            says="You ask at the first gap of each row only. Ask at all gaps: `[is_masked]`.",
        ),
        Misconception(
            name="the first row alone",
            wrong=_rows_that_are_asked_alone,
            says="You use the first row of the step only. All of `rows` are asked: "
            "`sequences[rows]`.",
        ),
        Misconception(
            name="all sequences",
            wrong=_all_sequences,
            says="You use all sequences in each step: rows is never read. Take those of the "
            "step: `sequences[rows]`.",
        ),
        Misconception(
            name="the first sequences",
            wrong=_first_of_the_sequences,
            says="You take the first sequences in place of those that `rows` names. Index with "
            "it: `sequences[rows]`.",
        ),
        Misconception(
            name="edits the sequences",
            wrong=_edits_the_sequences,
            says="You write MASK into the sequences themselves (in place), so the answers are "
            "gone in the next epoch. Keep the masked rows apart.",
        ),
        Misconception(
            name="detached",
            wrong=_loss_with(_detached_states),
            says="The states are detached, so the loss has no gradient and nothing is learned. "
            "Pass them on as the encoder gives them.",
        ),
        Misconception(
            name="a number",
            wrong=_loss_with(_as_a_number),
            says="Your loss is a Python number (`.item()`), not a tensor: it has no gradient and "
            "nothing is learned. Return the scalar tensor.",
        ),
        Misconception(
            name="with a count",
            wrong=_loss_with(_with_a_count),
            says="Your loss returns a tuple, the number of gaps too. Return the mean loss alone, "
            "a scalar tensor.",
        ),
        Misconception(
            name="targets from 0",
            wrong=_loss_with(_targets_from_0),
            says="You subtract 1 from the targets. `network.softmax_loss` takes items as they "
            "are, from 1.",
        ),
        Misconception(
            name="no function",
            wrong=_no_function,
            says="You return nothing: the inner function is defined, but not returned. `return "
            "loss`.",
        ),
        Misconception(
            name="MASK by the largest",
            wrong=_mask_by_the_largest,
            says="Your MASK is the largest item of the sequences plus 1. Ask the network for the "
            "number of items: `network.n_items`.",
        ),
        Misconception(
            name="two passes",
            wrong=_loss_with(_two_passes),
            says="You send two batches through the network (the encoder is called twice), which "
            "costs twice the time. One pass, of the masked rows, is all that is needed.",
        ),
        Misconception(
            name="mask_prob not read",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: cloze(batch, n_items, 0.5, generator)
            ),
            says="You hide with a fixed probability: mask_prob is never read. Pass it on to "
            "`cloze`.",
        ),
        Misconception(
            name="the probability turned round",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: cloze(
                    batch, n_items, max(1 - p, 0.01), generator
                )
            ),
            says="Your probability is turned round: 1 - mask_prob is hidden. Pass mask_prob on "
            "to `cloze` as it is.",
        ),
        Misconception(
            name="another generator",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: cloze(
                    batch, n_items, p, _generator(int(torch.randint(2**31, ())))
                )
            ),
            says="You draw from a global or a new generator, so the same generator gives other "
            "gaps the second time. Pass `generator` on to `cloze`.",
        ),
        Misconception(
            name="a new generator in each step",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: cloze(batch, n_items, p, _generator(0))
            ),
            says="You make a new generator in each step, with the same seed, so each epoch hides "
            "the same clicks. Pass the step's `generator` on to `cloze`.",
        ),
        Misconception(
            name="seeded as the generator was",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: cloze(
                    batch, n_items, p, generator.manual_seed(generator.initial_seed())
                )
            ),
            says="You seed the generator anew in each step, so it hides the same clicks in each "
            "epoch. Draw from it as it is, so that it moves on.",
        ),
        Misconception(
            name="padding hidden too",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: _hides_padding(batch, n_items, p, generator)
            ),
            says="You hide padding as well and ask for it. `cloze` hides items only.",
        ),
        Misconception(
            name="rows without gap",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: _empty_rows(batch, n_items, p, generator)
            ),
            says="Some of your rows have no gap: you draw without `cloze`, which hides at least "
            "one item of each row.",
        ),
        Misconception(
            name="the newest alone",
            wrong=_with_gaps_of(
                lambda batch, n_items, p, generator: _finished(
                    (torch.arange(batch.shape[1]) == batch.shape[1] - 1) & (batch != 0),
                    batch,
                    n_items,
                )
            ),
            says="You hide the newest item of each row only. `cloze` hides any item, each with "
            "mask_prob.",
        ),
        Misconception(
            name="asks for the next",
            wrong=_loss_with(_asks_the_next),
            says="You ask each gap for the item after it (the next one), as SASRec would. A gap "
            "is asked for what stood there.",
        ),
        Misconception(
            name="hides once and for all",
            wrong=_hides_once,
            says="You hide once, before training and outside of `loss`, so each epoch asks the "
            "same questions. Hide inside `loss`, with the generator of the step.",
        ),
        Misconception(
            name="the gaps of another draw",
            wrong=_gaps_of_another_draw,
            says="You call `cloze` twice: what is hidden in the first draw is not what you ask "
            "for, the mask of the second. Take both from one call: `masked, is_masked = "
            "cloze(...)`.",
        ),
        Misconception(
            name="without the oldest",
            wrong=_without_the_oldest,
            says="You leave out the first column, the oldest click, as SASRec's targets do. Here "
            "nothing is shifted: all of a sequence is read, and any click may be hidden.",
        ),
        Misconception(
            name="cut to the first row",
            wrong=_cut_to_the_first,
            says="You cut the batch to the length of its first row, and longer histories lose "
            "their oldest clicks. Only columns that are empty in *all* rows may go.",
        ),
        Misconception(
            name="rows in order",
            wrong=_with_rows(lambda rows: rows.sort().values),
            says="You sort the rows, so the draws of the generator fall on other sequences. Take "
            "them as they come: `sequences[rows]`.",
        ),
        Misconception(
            name="the newest always too",
            wrong=_with_gaps_of(_newest_always_too),
            says="You hide the newest (last) click in every row, besides what `cloze` has drawn. "
            "That is the question of serving, 9.4; in training `cloze` alone says what is "
            "hidden.",
        ),
        Misconception(
            name="steps itself",
            wrong=_loss_with(_steps_itself),
            says="You call `backward` in the loss, and the training loop calls it again: every "
            "gradient counts twice. Return the loss and leave `backward` to `train`.",
        ),
        Misconception(
            name="evaluation mode",
            wrong=_loss_with(_in_evaluation_mode),
            says="You call `network.eval()` in the loss, and training goes on without dropout from "
            "then on. The mode is the caller's: leave it.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="batch = without_empty_columns(sequences[rows]) -> batch = sequences[rows]",
            reason="Shared padding changes no answer. Without it a step only takes less time.",
        ),
        EquivalentMutant(
            edit="liked = None if preference is None else preference[rows, -batch.shape[1]:] -> *",
            reason="The exercise asks for none of the options; without `preference` this changes "
            "nothing.",
        ),
        EquivalentMutant(
            edit="return (network.softmax_loss(network.encoder(masked)[is_masked], targets), "
            "len(targets)) -> return (network.softmax_loss(network.encoder(masked)[is_masked], "
            "targets), targets)",
            reason="The number of targets is for training on several ranks; the exercise asks for "
            "the mean.",
        ),
    ),
)

# --- 9.3 The question of the shop -----------------------------------------------------------------


def _with_weights(network, rng, scale=0.4):
    """The network with weights of its own; padding keeps its vector of zeros."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.from_numpy(rng.normal(scale=scale, size=tuple(weight.shape))))
        network.encoder.item.weight[0] = 0
    return network


def _gap_filler(rng, n_items=7, max_len=5, *, training=False):
    network = BERT4Rec(n_items, max_len, D=8, H=2, n_blocks=1, hidden=8, dropout=0.0)
    return _with_weights(network, rng).train(training)


def _scored(answer, network, histories):
    """The scores, and what became of the network."""
    was_training = network.training
    asked_in = []
    network.encoder.register_forward_pre_hook(
        lambda module, inputs: asked_in.append("training" if module.training else "evaluation")
    )
    scores = answer(network, histories)
    told = {
        "mode in which the network was asked": sorted(set(asked_in)),
        "mode afterwards is that from before": network.training == was_training,
        "the scores hold on to gradients": scores.requires_grad,
    }
    return {"scores": scores.detach()} | _in_words(told)


def _score_probes(rng):
    def probe(network, histories, label, **how):
        return Probe((network, histories), label=label, **how)

    short = torch.tensor([[0, 3, 5]])
    yield probe(_gap_filler(rng), short, "a short history")
    yield probe(_gap_filler(rng), _sequences([5, 4], 5, 7), "two histories of max_len columns")
    yield probe(_gap_filler(rng), _sequences([3, 1, 2], 4, 7), "three histories")
    for L in (5, 5, 4):
        rows = int(rng.integers(2, 5))
        yield probe(
            _gap_filler(rng), _random_sequences(rng, rows, L, 7), f"random histories, L is {L}"
        )
    yield probe(_gap_filler(rng), short, "a network in evaluation mode", call=_scored)
    yield probe(_gap_filler(rng, training=True), short, "a network in training mode", call=_scored)
    yield probe(
        _gap_filler(rng, training=True),
        _random_sequences(rng, 3, 5, 7),
        "another in training mode",
        call=_scored,
    )
    nobody = torch.zeros(1, 3, dtype=torch.long)
    yield probe(_gap_filler(rng), nobody, "nothing but padding", edge=True)
    nothing = torch.zeros(2, 0, dtype=torch.long)
    yield probe(_gap_filler(rng), nothing, "histories of length 0", edge=True)


def _in_eval_mode(ask):
    """A right answer but for how it asks. ask: (network, histories) -> scores."""

    def answer(self, histories):
        was_training = self.training
        self.eval()
        with torch.no_grad():
            scores = ask(self, histories)
        self.train(was_training)
        return scores

    return answer


def _behind(self, histories):
    """(B, L + 1), MASK last."""
    return pad(histories, (0, 1), value=self.n_items + 1)


def _asked_with(question, place=-1):
    """question: (network, histories) -> items."""
    return _in_eval_mode(
        lambda self, histories: self(question(self, histories))[:, place].log_softmax(dim=-1)
    )


def _made_of(scores):
    """scores: logits at the gap (B, n_items + 1) -> what is returned."""
    return _in_eval_mode(lambda self, histories: scores(self(_behind(self, histories))[:, -1]))


def _newest_replaced(self, histories):
    asked = histories.clone()
    asked[:, -1:] = self.n_items + 1
    return asked


def _newest_hidden_too(self, histories):
    return _behind(self, _newest_replaced(self, histories))


def _padding_to_the_end(self, histories):
    """Padding behind the clicks, MASK behind that."""
    order = (histories == 0).int().argsort(dim=1, stable=True)
    return _behind(self, histories.gather(1, order))


def _stays_in_eval_mode(self, histories):
    self.eval()
    with torch.no_grad():
        return self(_behind(self, histories))[:, -1].log_softmax(dim=-1)


def _never_in_eval_mode(self, histories):
    with torch.no_grad():
        return self(_behind(self, histories))[:, -1].log_softmax(dim=-1)


def _always_back_to_training(self, histories):
    self.eval()
    with torch.no_grad():
        scores = self(_behind(self, histories))[:, -1].log_softmax(dim=-1)
    self.train()
    return scores


def _with_gradients(self, histories):
    was_training = self.training
    self.eval()
    scores = self(_behind(self, histories))[:, -1].log_softmax(dim=-1)
    self.train(was_training)
    return scores


_SCORE = Exercise(
    id="9.3",
    title="Find the bug: what comes next?",
    minutes=8,
    reference=BERT4Rec.score_catalogue,
    probes=_score_probes,
    hints=(
        "The lists are wrong for full histories only. What does the colleague's function do to "
        "such a row, and to no other? Look at the row that the network reads, for a history of 38 "
        "clicks and for one of 40.",
        "`[:, :LENGTH]` keeps the first forty columns. The forty-first is MASK. So the last state "
        "belongs to the newest click, which is not hidden: in training nobody asked there. "
        "`max_len + 1` places exist: nothing has to be cut.",
        "`nn.functional.pad(histories, (0, 1), value=self.n_items + 1)`, then, in evaluation mode "
        "and under `torch.no_grad()`, `self(...)[:, -1].log_softmax(dim=-1)`; "
        "`self.train(was_training)` at the end.",
    ),
    built="You have found a bug that no curve shows, and built the question that a shop asks of a "
    "network which fills gaps. Each curve below is drawn with it.",
    ours="`pad` appends the column in one call, also to histories of length 0.",
    misconceptions=(
        Misconception(
            name="the gap cut off",
            wrong=_asked_with(lambda self, items: _behind(self, items)[:, : self.max_len]),
            says="You still cut to max_len columns after MASK was appended, and of a full history "
            "it is MASK that goes: the bug is still there. The network has max_len + 1 places: "
            "cut nothing.",
        ),
        Misconception(
            name="the oldest dropped",
            wrong=_asked_with(lambda self, items: _behind(self, items)[:, -self.max_len :]),
            says="You keep MASK, but a full history loses its oldest click: you cut to max_len "
            "columns. The network has max_len + 1 places: cut nothing.",
        ),
        Misconception(
            name="the oldest always dropped",
            wrong=_asked_with(lambda self, items: _behind(self, items)[:, 1:]),
            says="You drop the first column of every history, a click where it is full. The "
            "network has max_len + 1 places: cut nothing.",
        ),
        Misconception(
            name="the newest always dropped",
            wrong=_asked_with(lambda self, items: _behind(self, items[:, :-1])),
            says="You drop the newest click of each history to make room for MASK (it replaces "
            "that click). There is room: the network has max_len + 1 places.",
        ),
        Misconception(
            name="the newest hidden too",
            wrong=_asked_with(_newest_hidden_too),
            says="You hide the newest click as well as appending a place: MASK stands there "
            "twice, and the network loses a click. Leave the history as it is.",
        ),
        Misconception(
            name="in front",
            wrong=_asked_with(lambda self, items: pad(items, (1, 0), value=self.n_items + 1), 0),
            says="You put MASK in front, on the left of the oldest click. What comes next stands "
            "behind the newest: append it at the end, on the right.",
        ),
        Misconception(
            name="padding to the end",
            wrong=_asked_with(_padding_to_the_end),
            says="You move the padding to the end, behind the clicks. Histories stay padded on "
            "the left; only MASK comes on the right.",
        ),
        Misconception(
            name="no gap",
            wrong=_asked_with(lambda self, items: items),
            says="You append no MASK and ask at the newest click. It is not hidden, and such a "
            "place is never asked in training. Append a place for what comes next, and hide it.",
        ),
        Misconception(
            name="the state before",
            wrong=_asked_with(_behind, -2),
            says="You append MASK but read the state before it (-2), the newest click's, which is "
            "not hidden. The answer stands at the gap, the last place: `[:, -1]`.",
        ),
        Misconception(
            name="the first place",
            wrong=_asked_with(_behind, 0),
            says="You read the first place. The gap is the last: `[:, -1]`.",
        ),
        Misconception(
            name="all places",
            wrong=_asked_with(_behind, slice(None)),
            says="You return scores of all places, (B, L + 1, n_items + 1). What comes next is "
            "said at the last one alone: `[:, -1]`.",
        ),
        Misconception(
            name="the mean over places",
            wrong=_in_eval_mode(
                lambda self, items: self(_behind(self, items)).mean(dim=1).log_softmax(dim=-1)
            ),
            says="You take the mean of the logits over all places. The question is asked at the "
            "gap, the last place: `[:, -1]`.",
        ),
        Misconception(
            name="the last row",
            wrong=_in_eval_mode(
                lambda self, items: self(_behind(self, items))[-1].log_softmax(dim=-1)
            ),
            says="You return the places of the last history (the wrong axis): `[-1]` picks a row "
            "of the batch. `[:, -1]` picks the last place of each.",
        ),
        Misconception(
            name="0 for MASK",
            wrong=_asked_with(lambda self, items: pad(items, (0, 1))),
            says="You append 0, which is padding and not MASK. MASK is `self.n_items + 1`.",
        ),
        Misconception(
            name="the last item for MASK",
            wrong=_asked_with(lambda self, items: pad(items, (0, 1), value=self.n_items)),
            says="You append `n_items`, which is the last product: one too few. MASK is "
            "`self.n_items + 1`.",
        ),
        Misconception(
            name="reversed",
            wrong=_asked_with(lambda self, items: _behind(self, items.flip(1))),
            says="Your histories are reversed. Their order stays as it is; only MASK comes on the "
            "right.",
        ),
        Misconception(
            name="logits",
            wrong=_made_of(lambda logits: logits),
            says="You return logits. Log-probabilities are asked for: `log_softmax(dim=-1)`.",
        ),
        Misconception(
            name="probabilities",
            wrong=_made_of(lambda logits: logits.softmax(dim=-1)),
            says="You return probabilities (a softmax). Their logarithms are asked for: "
            "`log_softmax(dim=-1)`.",
        ),
        Misconception(
            name="over the batch",
            wrong=_made_of(lambda logits: logits[:, 1:].log_softmax(dim=0)),
            says="Your log_softmax runs over the rows of the batch (dim=0), and column 0 is lost. "
            "Each history has probabilities that sum to 1: dim=-1.",
        ),
        Misconception(
            name="over the batch, with column 0",
            wrong=_made_of(
                lambda logits: pad(logits[:, 1:].log_softmax(dim=0), (1, 0), value=float("-inf"))
            ),
            says="Your log_softmax runs over the rows of the batch (dim=0). Each history has "
            "probabilities that sum to 1: dim=-1.",
        ),
        Misconception(
            name="no column 0",
            wrong=_made_of(lambda logits: logits[:, 1:].log_softmax(dim=-1)),
            says="You cut off column 0, so your column 0 is product 1. Padding keeps its column, "
            "with -inf.",
        ),
        Misconception(
            name="padding with a log-probability of 0",
            wrong=_made_of(lambda logits: pad(logits[:, 1:].log_softmax(dim=-1), (1, 0))),
            says="Padding has a log-probability of 0, that is a probability of 1. It must be -inf.",
        ),
        Misconception(
            name="never in evaluation mode",
            wrong=_never_in_eval_mode,
            says="The network is asked in the mode that it happens to be in: in training mode "
            "dropout draws, and the scores change from call to call. Call `self.eval()` first.",
        ),
        Misconception(
            name="stays in evaluation mode",
            wrong=_stays_in_eval_mode,
            says="You leave the network in evaluation mode: training goes on without dropout. Note "
            "`self.training` first, and put it back with `self.train(was_training)`.",
        ),
        Misconception(
            name="always back to training mode",
            wrong=_always_back_to_training,
            says="You always end in training mode, also where the network was in evaluation mode. "
            "Put back what was: `self.train(was_training)`.",
        ),
        Misconception(
            name="with gradients",
            wrong=_with_gradients,
            says="Your scores hold on to the graph of gradients, and to its memory. Ask under "
            "`torch.no_grad()`.",
        ),
    ),
)

# --- 9.4 The schedule -----------------------------------------------------------------------------


def _schedule_probes(rng):
    yield Probe((1, 4, 100), label="the first step")
    yield Probe((2, 4, 100), label="half way up")
    yield Probe((4, 4, 100), label="the peak")
    yield Probe((16, 4, 100), label="four times the peak's step")
    yield Probe((1, 0, 10), label="no warm-up, the first step", edge=True)
    yield Probe((9, 0, 10), label="no warm-up, step 9", edge=True)
    yield Probe((1, 1, 10), label="one step of warm-up", edge=True)
    yield Probe((9, 1, 10), label="one step of warm-up, step 9", edge=True)
    yield Probe((4_000, 4_000, 5_000), label="the paper's 4,000")
    for _ in range(4):
        warmup = int(rng.integers(5, 300))
        rising = int(rng.integers(2, warmup))
        falling = int(rng.integers(warmup + 1, 900))
        total = int(rng.integers(900, 2_000))
        yield Probe((rising, warmup, total), label="a random step on the way up")
        yield Probe((falling, warmup, total), label="a random step on the way down")
    yield Probe((12, 30, 20), label="training ends before the peak", edge=True)
    yield Probe((50, 10, 20), label="a step behind the end", edge=True)


def _compare_factors(got, expected):
    if isinstance(got, bool | torch.Tensor) or not isinstance(got, int | float | np.number):
        return f"The factor is of type {type(got).__name__}, expected a float."
    if bool(np.isclose(got, expected, rtol=1e-4, atol=1e-5)):
        return None
    return f"The factor is {got:.4g}, expected {expected:.4g}."


def _not_divided(step, warmup_steps, total_steps):
    return min(step**-0.5, step * max(warmup_steps, 1) ** -1.5)


def _wrong_power(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min(1.0, step / peak) if step <= peak else peak / step


def _never_falls(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1))


def _larger(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return max(step / peak, (peak / step) ** 0.5)


def _from_zero(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min((step - 1) / peak, (peak / step) ** 0.5)


def _divides_by_zero(step, warmup_steps, total_steps):
    return min(step / warmup_steps, (warmup_steps / step) ** 0.5)


def _factor(up, down):
    """By another rule on one side of the peak. up, down: (step, peak, total) -> factor."""

    def answer(step, warmup_steps, total_steps):
        peak = max(warmup_steps, 1)
        rule = up if step < peak else down
        return float(rule(step, peak, total_steps))

    return answer


def _line(step, peak, total):
    return step / peak


def _root(step, peak, total):
    return (peak / step) ** 0.5


def _to_the_end(step, peak, total):
    return max(0.0, (total - step) / max(total - peak, 1))


def _to_just_behind_the_end(step, peak, total):
    return max(0.0, (total - step + 1) / max(total - peak + 1, 1))


def _half_cosine(step, peak, total):
    return 0.5 * (1 + math.cos(math.pi * min((step - peak) / max(total - peak, 1), 1)))


def _stays_at_1_without_warmup(step, warmup_steps, total_steps):
    if warmup_steps <= 1:
        return 1.0
    return inverse_square_root(step, warmup_steps, total_steps)


def _whole_numbers(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min(step // peak, (peak / step) ** 0.5)


def _within_training(step, warmup_steps, total_steps):
    return inverse_square_root(step, min(warmup_steps, total_steps), total_steps)


def _nothing_behind_the_end(step, warmup_steps, total_steps):
    if step > total_steps:
        return 0.0
    return inverse_square_root(step, warmup_steps, total_steps)


def _shifted(by, at_least=1):
    def answer(step, warmup_steps, total_steps):
        peak = max(warmup_steps, 1)
        step = max(step + by, at_least)
        return min(step / peak, (peak / step) ** 0.5)

    return answer


def _from_zero_in_both(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    before = step - 1
    return min(before / peak, (peak / max(before, 1)) ** 0.5)


def _peak_shifted(by):
    def answer(step, warmup_steps, total_steps):
        peak = max(warmup_steps + by, 1)
        return min(step / peak, (peak / step) ** 0.5)

    return answer


def _line_to_one_later(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return step / (peak + 1) if step <= peak else (peak / step) ** 0.5


def _no_warmup(step, warmup_steps, total_steps):
    return min(1.0, step**-0.5)


def _one_until_the_peak(step, warmup_steps, total_steps):
    return min(1.0, (max(warmup_steps, 1) / step) ** 0.5)


def _product(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min(1.0, step / peak) * step**-0.5


def _squared(step, warmup_steps, total_steps):
    return inverse_square_root(step, warmup_steps, total_steps) ** 2


def _rooted(step, warmup_steps, total_steps):
    return inverse_square_root(step, warmup_steps, total_steps) ** 0.5


def _inverted(step, warmup_steps, total_steps):
    return 1 / inverse_square_root(step, warmup_steps, total_steps)


def _divided_twice(step, warmup_steps, total_steps):
    return inverse_square_root(step, warmup_steps, total_steps) * max(warmup_steps, 1) ** 0.5


def _slip(step, warmup_steps, total_steps):
    return min(step**-0.5, step * max(warmup_steps, 1) ** -0.5)


def _slip_divided(step, warmup_steps, total_steps):
    return min(step, (max(warmup_steps, 1) / step) ** 0.5)


def _total_for_warmup(step, warmup_steps, total_steps):
    return inverse_square_root(step, total_steps, total_steps)


def _rises_only(step, warmup_steps, total_steps):
    return step / max(warmup_steps, 1)


def _falls_only(step, warmup_steps, total_steps):
    return (max(warmup_steps, 1) / step) ** 0.5


_SCHEDULE = Exercise(
    id="9.4",
    title="Up in a line, down with a root",
    minutes=6,
    reference=inverse_square_root,
    probes=_schedule_probes,
    compare=_compare_factors,
    hints=(
        "Divide both branches of the formula by the value at the peak, $(d w)^{-1/2}$. What is "
        "left of each?",
        "The line becomes step / warm-up, the root becomes the root of warm-up / step. The smaller "
        "one counts.",
        "`peak = max(warmup_steps, 1)`, then `min(step / peak, (peak / step) ** 0.5)`.",
    ),
    built='You have built the schedule of "Attention Is All You Need", with its height taken '
    "out. The library's trainer knows it by this name, and the next cells train with it "
    "at three heights.",
    ours="The smaller of the two branches is the right one on both sides of the peak, so ours "
    "is a `min` without an `if`.",
    misconceptions=(
        Misconception(
            name="not divided by the peak",
            wrong=_not_divided,
            says="A stray root of the warm-up is left in your factor: it peaks at warm-up ** "
            "-0.5, since it is not divided by the formula's highest value. At `step == "
            "warmup_steps` it should be 1: normalise it.",
        ),
        Misconception(
            name="falls too fast",
            wrong=_wrong_power,
            says="You fall too fast, like 1 / step: the square root is missing. At four times "
            "the warm-up the factor is one half, (warm-up / step) ** 0.5.",
        ),
        Misconception(
            name="never falls",
            wrong=_never_falls,
            says="You rise and stay at 1: the fall is missing. That is the schedule `constant`; "
            "this one falls with the root after the warm-up.",
        ),
        Misconception(
            name="the larger branch",
            wrong=_larger,
            says="You take the larger of the two branches (max), so the rate is highest at the "
            "first step. Take the smaller, the minimum.",
        ),
        Misconception(
            name="counts from 0",
            wrong=_from_zero,
            says="You count steps from 0 in the rise (step - 1), so your first step has a rate "
            "of 0 and is wasted. `step` counts from 1: use it as it is.",
        ),
        Misconception(
            name="counts from 0 on both sides",
            wrong=_from_zero_in_both,
            says="You count steps from 0 (step - 1), so all of your rates come one step late and "
            "the first is 0. `step` counts from 1: use it as it is.",
        ),
        Misconception(
            name="one step ahead",
            wrong=_shifted(1),
            says="You add 1 to the step, so all of your rates come one step early. `step` counts "
            "from 1 already: use it as it is.",
        ),
        Misconception(
            name="the peak one step late",
            wrong=_peak_shifted(1),
            says="Your peak comes one step late, at warmup_steps + 1. The factor is 1 at `step "
            "== warmup_steps`.",
        ),
        Misconception(
            name="the peak one step early",
            wrong=_peak_shifted(-1),
            says="Your peak comes one step early, at warmup_steps - 1. The factor is 1 at `step "
            "== warmup_steps`.",
        ),
        Misconception(
            name="does not reach the peak",
            wrong=_line_to_one_later,
            says="Your line is aimed at 1 one step late (it is divided by warm-up + 1), so the "
            "peak is not reached. step / warm-up is 1 at the warm-up's last step.",
        ),
        Misconception(
            name="no warm-up",
            wrong=_no_warmup,
            says="You have no warm-up: the factor falls from the first step on and warmup_steps "
            "is never read. It rises in a line up to there.",
        ),
        Misconception(
            name="1 until the peak",
            wrong=_one_until_the_peak,
            says="You have no rise: the factor is 1 from the first step to the peak. In the "
            "warm-up it rises in a line, step / warm-up.",
        ),
        Misconception(
            name="the fall without w",
            wrong=_factor(_line, lambda step, peak, total: step**-0.5),
            says="Your fall is step ** -0.5 without the warm-up's root: it jumps at the peak. "
            "Both branches meet at 1 there: (warm-up / step) ** 0.5.",
        ),
        Misconception(
            name="both branches without w",
            wrong=_product,
            says="You multiply the rise with step ** -0.5, so the factor is not 1 at the peak. "
            "The smaller of step / warm-up and (warm-up / step) ** 0.5 counts.",
        ),
        Misconception(
            name="from the peak on anew",
            wrong=_factor(_line, lambda step, peak, total: (step - peak + 1) ** -0.5),
            says="You count the fall from the peak (steps after the warm-up), so it falls too "
            "fast. The formula takes the step itself: (warm-up / step) ** 0.5.",
        ),
        Misconception(
            name="a straight line down",
            wrong=_factor(_line, _to_the_end),
            says="You fall in a straight line to 0 at the end (linear). This schedule falls with "
            "the root of the step, and total_steps is not needed.",
        ),
        Misconception(
            name="a straight line down to just behind the end",
            wrong=_factor(_line, _to_just_behind_the_end),
            says="You fall in a straight line that ends with the training (linear). This "
            "schedule falls with the root of the step, and total_steps is not needed.",
        ),
        Misconception(
            name="a line down from total",
            wrong=_factor(_line, lambda step, peak, total: 1 - step / total),
            says="You fall in a straight line, 1 - step / total_steps (linear). This schedule "
            "falls with the root of the step, and total_steps is not needed.",
        ),
        Misconception(
            name="a cosine down",
            wrong=_factor(_line, _half_cosine),
            says="You fall along a cosine. This schedule falls with the root of the step, and "
            "total_steps is not needed.",
        ),
        Misconception(
            name="an exponential fall",
            wrong=_factor(_line, lambda step, peak, total: math.exp(-(step - peak) / peak)),
            says="You fall exponentially. This schedule falls with the root: (warm-up / step) ** "
            "0.5.",
        ),
        Misconception(
            name="the power -1.5",
            wrong=_factor(_line, lambda step, peak, total: (peak / step) ** 1.5),
            says="You fall with the power 1.5. That power belongs to the warm-up in the formula; "
            "the fall is a root: (warm-up / step) ** 0.5.",
        ),
        Misconception(
            name="a root of the rise",
            wrong=_factor(lambda step, peak, total: (step / peak) ** 0.5, _root),
            says="You rise with a root. The warm-up is a straight line, step / warm-up.",
        ),
        Misconception(
            name="a square rise",
            wrong=_factor(lambda step, peak, total: (step / peak) ** 2, _root),
            says="You rise with the square. The warm-up is a straight line, step / warm-up.",
        ),
        Misconception(
            name="the power 1.5 up",
            wrong=_factor(lambda step, peak, total: (step / peak) ** 1.5, _root),
            says="You rise with the power 1.5. In the formula it is the warm-up's; the step "
            "itself rises in a line: step / warm-up.",
        ),
        Misconception(
            name="rises only",
            wrong=_rises_only,
            says="You rise in a line for ever, above 1: the second branch is missing. After the "
            "warm-up the factor falls, (warm-up / step) ** 0.5.",
        ),
        Misconception(
            name="falls only",
            wrong=_falls_only,
            says="You only have the branch that falls, and it is above 1 before the peak. In the "
            "warm-up the factor rises: take the smaller of the two.",
        ),
        Misconception(
            name="squared",
            wrong=_squared,
            says="Your factor is squared: the square root is missing in the fall, and the rise "
            "is no line. min(step / warm-up, (warm-up / step) ** 0.5).",
        ),
        Misconception(
            name="a root too many",
            wrong=_rooted,
            says="You take a root too many, of rise and fall. min(step / warm-up, (warm-up / "
            "step) ** 0.5).",
        ),
        Misconception(
            name="upside down",
            wrong=_inverted,
            says="Your factor is upside down (one divided by it): it is lowest at the peak. It "
            "is at most 1.",
        ),
        Misconception(
            name="the root of w too many",
            wrong=_divided_twice,
            says="You divide by the peak's value twice (or multiply by the root of the warm-up "
            "once too often), so the factor is above 1. At the peak it is 1.",
        ),
        Misconception(
            name="w ** -0.5 on the way up",
            wrong=_slip,
            says="In your rise the warm-up has the power -0.5, and nothing is divided by the "
            "formula's highest value. In the formula it is w ** -1.5; divided, step / warm-up.",
        ),
        Misconception(
            name="w ** -0.5 on the way up, divided",
            wrong=_slip_divided,
            says="In your rise the warm-up has the power -0.5, so the factor soon is above 1 and "
            "peaks too early. In the formula it is w ** -1.5; divided by the peak, step / warm-up.",
        ),
        Misconception(
            name="total for warm-up",
            wrong=_total_for_warmup,
            says="You use total_steps for the warm-up, so the factor rises to the end. The peak "
            "is at warmup_steps; total_steps is not needed.",
        ),
        Misconception(
            name="1 without warm-up",
            wrong=_stays_at_1_without_warmup,
            says="Without warm-up your factor stays at 1. It falls from the first step on then, "
            "with 0 as with 1: use `max(warmup_steps, 1)` in the same formula.",
        ),
        Misconception(
            name="whole numbers",
            wrong=_whole_numbers,
            says="You divide with `//`, so the rise is rounded down to 0. A factor is a "
            "fraction: step / warm-up.",
        ),
        Misconception(
            name="the warm-up cut",
            wrong=_within_training,
            says="You cut the warm-up to total_steps. total_steps is not needed: the formula "
            "stays as it is if training ends early.",
        ),
        Misconception(
            name="0 behind the end",
            wrong=_nothing_behind_the_end,
            says="Your factor is 0 behind total_steps. It is more than 0 at every step: "
            "total_steps is not needed.",
        ),
        Misconception(
            name="divides by a warm-up of 0",
            wrong=_divides_by_zero,
            says="A warm-up of 0 steps divides by zero. 0 and 1 both mean no warm-up: use "
            "`max(warmup_steps, 1)`.",
        ),
    ),
)

# --- 9.5 Patching ---------------------------------------------------------------------------------


def _patch_probes(rng):
    def probe(label, *, block, position, lengths=(6, 6), n_blocks=2, causal=False, first=True):
        L = 6
        encoder = SequenceEncoder(
            9, L, D=8, H=2, n_blocks=n_blocks, hidden=8, causal=causal, norm_first=first
        )
        holder = nn.Module()
        holder.encoder = encoder
        _with_weights(holder, rng)
        clean = _sequences(list(lengths), L, 9, _seed(rng))
        corrupt = clean.clone()
        place = L - 1 - int(rng.integers(min(lengths)))
        corrupt[:, place] = clean[:, place] % 9 + 1
        at = place if position is None else position
        return Probe((encoder.eval(), clean, corrupt, block, at), label=label)

    yield probe("before the first block, at the click that differs", block=0, position=None)
    yield probe("after one block of two, at the last place", block=1, position=5)
    yield probe("after both blocks, at the last place", block=2, position=5)
    yield probe("after one block of two, padded", block=1, position=None, lengths=(6, 3, 2))
    yield probe("after one block of three", block=1, position=4, n_blocks=3, lengths=(6, 4))
    yield probe("a causal encoder", block=1, position=3, causal=True)
    yield probe("an encoder with post-norm", block=1, position=4, first=False)
    for _ in range(4):
        n_blocks = int(rng.integers(2, 4))
        yield probe(
            "a random encoder",
            block=int(rng.integers(n_blocks)),
            position=int(rng.integers(3, 6)),
            lengths=rng.integers(4, 7, 3).tolist(),
            n_blocks=n_blocks,
            causal=bool(rng.integers(2)),
        )


def _run(encoder, items, x, blocks, causal=None):
    """`x` after some blocks, seeing what may be seen of `items`."""
    visible = visible_mask(items, encoder.causal if causal is None else causal)
    for block in blocks:
        x, _ = block(x, visible)
    return x


def _embedded(encoder, items):
    return encoder.item(items) + encoder.position(items.shape[1])


def _before(encoder, items, block):
    return _run(encoder, items, _embedded(encoder, items), encoder.blocks[:block])


def _exchanged_at(put, shift=0):
    """put: (x of corrupt, x of clean, position) -> x. shift: of the block."""

    def answer(encoder, clean, corrupt, block, position):
        at = min(max(block + shift, 0), len(encoder.blocks))
        x = put(_before(encoder, corrupt, at).clone(), _before(encoder, clean, at), position)
        return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[at:]))

    return answer


def _put(x, other, position):
    x[:, position] = other[:, position]
    return x


def _put_all(x, other, position):
    return other


def _put_last(x, other, position):
    return _put(x, other, -1)


def _put_row(x, other, position):
    row = position % len(x)
    x[row] = other[row]
    return x


def _put_first_row(x, other, position):
    x[0, position] = other[0, position]
    return x


def _put_from_there_on(x, other, position):
    x[:, position:] = other[:, position:]
    return x


def _put_up_to_there(x, other, position):
    x[:, : position + 1] = other[:, : position + 1]
    return x


def _put_before(x, other, position):
    return _put(x, other, position - 1)


def _put_sum(x, other, position):
    x[:, position] = x[:, position] + other[:, position]
    return x


def _put_mean(x, other, position):
    x[:, position] = (x[:, position] + other[:, position]) / 2
    return x


def _put_zeros(x, other, position):
    x[:, position] = 0
    return x


def _put_nothing(x, other, position):
    return x


def _roles_exchanged(encoder, clean, corrupt, block, position):
    return _exchanged_at(_put)(encoder, corrupt, clean, block, position)


def _no_last_norm(encoder, clean, corrupt, block, position):
    x = _put(_before(encoder, corrupt, block).clone(), _before(encoder, clean, block), position)
    return _run(encoder, corrupt, x, encoder.blocks[block:])


def _norm_too_early(encoder, clean, corrupt, block, position):
    x = encoder.norm(_before(encoder, corrupt, block)).clone()
    x = _put(x, encoder.norm(_before(encoder, clean, block)), position)
    return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[block:]))


def _nothing_run_again(encoder, clean, corrupt, block, position):
    return _put(encoder(corrupt).clone(), encoder(clean), position)


def _no_rest(encoder, clean, corrupt, block, position):
    x = _put(_before(encoder, corrupt, block).clone(), _before(encoder, clean, block), position)
    return encoder.norm(x)


def _whole_network_again(encoder, clean, corrupt, block, position):
    x = _put(_before(encoder, corrupt, block).clone(), _before(encoder, clean, block), position)
    return encoder.norm(_run(encoder, corrupt, x, encoder.blocks))


def _at_blocks(chosen):
    """Exchanged several times. chosen: (number, block) -> bool, `number` blocks being passed."""

    def answer(encoder, clean, corrupt, block, position):
        x, other = _embedded(encoder, corrupt), _embedded(encoder, clean)
        for number in range(len(encoder.blocks) + 1):
            if number > 0:
                this = encoder.blocks[number - 1 : number]
                x, other = _run(encoder, corrupt, x, this), _run(encoder, clean, other, this)
            if chosen(number, block):
                x = _put(x.clone(), other, position)
        return encoder.norm(x)

    return answer


def _the_click_exchanged(encoder, clean, corrupt, block, position):
    return encoder(_put(corrupt.clone(), clean, position))


def _embedding_of_clean(encoder, clean, corrupt, block, position):
    """The state is not taken from a run."""
    x = _put(_before(encoder, corrupt, block).clone(), _embedded(encoder, clean), position)
    return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[block:]))


def _final_state_of_clean(encoder, clean, corrupt, block, position):
    x = _put(_before(encoder, corrupt, block).clone(), encoder(clean), position)
    return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[block:]))


def _without_positions(encoder, clean, corrupt, block, position):
    first, second = (
        _run(encoder, items, encoder.item(items), encoder.blocks[:block])
        for items in (corrupt, clean)
    )
    x = _put(first.clone(), second, position)
    return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[block:]))


def _with_mask(causal):
    def answer(encoder, clean, corrupt, block, position):
        first, second = (
            _run(encoder, items, _embedded(encoder, items), encoder.blocks[:block], causal)
            for items in (corrupt, clean)
        )
        x = _put(first.clone(), second, position)
        return encoder.norm(_run(encoder, corrupt, x, encoder.blocks[block:], causal))

    return answer


def _padding_seen(encoder, clean, corrupt, block, position):
    real = torch.ones_like(clean)
    first, second = (
        _run(encoder, real, _embedded(encoder, items), encoder.blocks[:block])
        for items in (corrupt, clean)
    )
    x = _put(first.clone(), second, position)
    return encoder.norm(_run(encoder, real, x, encoder.blocks[block:]))


def _one_state(encoder, clean, corrupt, block, position):
    return _exchanged_at(_put)(encoder, clean, corrupt, block, position)[:, position]


def _newest_state(encoder, clean, corrupt, block, position):
    return _exchanged_at(_put)(encoder, clean, corrupt, block, position)[:, -1]


_PATCHED = Exercise(
    id="9.5",
    title="Put one state in another's place",
    minutes=15,
    reference=patched,
    probes=_patch_probes,
    hints=(
        "Three parts: run both rows through the first `block` blocks; exchange one column; go on "
        "with the rest for `corrupt`. `states_by_layer` above does the first part.",
        "`states_by_layer(encoder, corrupt)[block]` and the same of `clean`. Clone the first "
        "before you write into it. Then `encoder.blocks[block:]`, each called with the mask of "
        "`corrupt`, and `encoder.norm` at the end.",
        "```\nx = states_by_layer(encoder, corrupt)[block].clone()\n"
        "x[:, position] = states_by_layer(encoder, clean)[block][:, position]\n"
        "for each in encoder.blocks[block:]:\n"
        "    x, _ = each(x, visible_mask(corrupt, encoder.causal))\n"
        "return encoder.norm(x)\n```",
    ),
    built="You have built activation patching: not what can be read off a state, but what the "
    "network makes of it. The next figure asks with it where a visit's mission is.",
    ours="Ours runs both rows with `states_by_layer` and goes on from the exchanged column.",
    misconceptions=(
        Misconception(
            name="roles exchanged",
            wrong=_roles_exchanged,
            says="You have exchanged the roles: your run is on `clean` and its state comes from "
            "`corrupt`. Run on `corrupt`, and put one state of the clean run into it.",
        ),
        Misconception(
            name="all positions",
            wrong=_exchanged_at(_put_all),
            says="You exchange the states of all positions, the whole tensor. Exchange one column "
            "only: `x[:, position]`.",
        ),
        Misconception(
            name="from there on",
            wrong=_exchanged_at(_put_from_there_on),
            says="You exchange all positions from `position` on. Exchange that one only: "
            "`x[:, position]`, without a colon behind it.",
        ),
        Misconception(
            name="up to there",
            wrong=_exchanged_at(_put_up_to_there),
            says="You exchange all positions up to `position`. Exchange that one only: "
            "`x[:, position]`.",
        ),
        Misconception(
            name="always the last",
            wrong=_exchanged_at(_put_last),
            says="You always exchange the last position: `position` is never read.",
        ),
        Misconception(
            name="one place before",
            wrong=_exchanged_at(_put_before),
            says="You exchange the place before `position`: one off. Positions are columns, "
            "counted from 0.",
        ),
        Misconception(
            name="a row",
            wrong=_exchanged_at(_put_row),
            says="You exchange a row of the batch (the wrong axis), one whole sequence. Exchange a "
            "column, one position of every row: `x[:, position]`.",
        ),
        Misconception(
            name="the first row alone",
            wrong=_exchanged_at(_put_first_row),
            says="You exchange the state in the first row only. Every row of the batch gets its "
            "own from the clean run: `x[:, position]`.",
        ),
        Misconception(
            name="the sum",
            wrong=_exchanged_at(_put_sum),
            says="You add the clean state to the one that is there. It takes its place: assign, "
            "don't add.",
        ),
        Misconception(
            name="the mean",
            wrong=_exchanged_at(_put_mean),
            says="You put the mean of both states there. The clean state takes the other's place, "
            "whole.",
        ),
        Misconception(
            name="zeros",
            wrong=_exchanged_at(_put_zeros),
            says="You put zeros there. That is another experiment (ablation); here the state of "
            "the clean run takes the place.",
        ),
        Misconception(
            name="one block late",
            wrong=_exchanged_at(_put, 1),
            says="You exchange one block too late: after `block` + 1 blocks. With `block` 0 the "
            "exchange comes before the first block.",
        ),
        Misconception(
            name="one block early",
            wrong=_exchanged_at(_put, -1),
            says="You exchange one block too early: after `block` - 1 blocks. With `block` 1 the "
            "exchange comes after the first block.",
        ),
        Misconception(
            name="the click exchanged",
            wrong=_the_click_exchanged,
            says="You put the clean *click* back into the row, so `block` is never read: that is "
            "the exchange before the first block, whichever is asked for. Exchange a state.",
        ),
        Misconception(
            name="nothing run again",
            wrong=_nothing_run_again,
            says="You exchange the final states, when all blocks are passed: no later block is run "
            "on what you put there. Exchange after `block` blocks, then run the rest.",
        ),
        Misconception(
            name="the rest left out",
            wrong=_no_rest,
            says="You stop after the exchange: the remaining blocks, `encoder.blocks[block:]`, are "
            "not run.",
        ),
        Misconception(
            name="all blocks again",
            wrong=_whole_network_again,
            says="After the exchange you run all blocks, the first ones a second time. Go on with "
            "the rest: `encoder.blocks[block:]`.",
        ),
        Misconception(
            name="again after each later block",
            wrong=_at_blocks(lambda number, block: number >= block),
            says="You exchange the state again after each later block. Once is enough: what the "
            "later blocks make of it is the question.",
        ),
        Misconception(
            name="at the start too",
            wrong=_at_blocks(lambda number, block: number <= block),
            says="You exchange the state after each block up to `block`, from the start on. "
            "Exchange it once, after `block` blocks.",
        ),
        Misconception(
            name="the embedding of clean",
            wrong=_embedding_of_clean,
            says="The state that you put there is the clean click's embedding, before any block. "
            "Run `clean` through `block` blocks too, and take its state there.",
        ),
        Misconception(
            name="the final state of clean",
            wrong=_final_state_of_clean,
            says="The state that you put there is the clean run's last one, after all blocks. Take "
            "the one after `block` blocks.",
        ),
        Misconception(
            name="no last norm",
            wrong=_no_last_norm,
            says="The last norm is missing: `encoder.norm` stands between the last block and the "
            "head.",
        ),
        Misconception(
            name="the norm too early",
            wrong=_norm_too_early,
            says="You apply the last norm before the remaining blocks too. It comes once, at the "
            "end: `states_by_layer` and the blocks work without it.",
        ),
        Misconception(
            name="no positions",
            wrong=_without_positions,
            says="The position vectors are missing: a block gets item + position, "
            "`encoder.position(L)`.",
        ),
        Misconception(
            name="always causal",
            wrong=_with_mask(True),
            says="Your mask is always causal. Ask the encoder: `visible_mask(items, "
            "encoder.causal)`.",
        ),
        Misconception(
            name="never causal",
            wrong=_with_mask(False),
            says="Your mask is never causal, though the encoder may be. Ask it: "
            "`visible_mask(items, encoder.causal)`.",
        ),
        Misconception(
            name="padding seen",
            wrong=_padding_seen,
            says="Padding is visible in your run. Pass `visible_mask` the items of the run, whose "
            "zeros must not be looked at.",
        ),
        Misconception(
            name="nothing exchanged",
            wrong=_exchanged_at(_put_nothing),
            says="Nothing is exchanged: you return the states of `corrupt` as they are. Perhaps "
            "you wrote into a copy that is not used afterwards.",
        ),
        Misconception(
            name="one state",
            wrong=_one_state,
            says="You return the state at `position` only. The states of all positions are asked "
            "for, (B, L, D): what the exchange does elsewhere is the point.",
        ),
        Misconception(
            name="the newest state",
            wrong=_newest_state,
            says="You return the last state only. The states of all positions are asked for, (B, "
            "L, D).",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="x = states_by_layer(encoder, corrupt)[block].clone() -> "
            "x = states_by_layer(encoder, corrupt)[block]",
            reason="The list of states is made for this call, and nobody reads it afterwards.",
        ),
    ),
)

EXERCISES = (_CLOZE, _LOSS, _SCORE, _SCHEDULE, _PATCHED)

QUIZZES = (
    Quiz(
        id="9.1",
        question="Somebody removes SASRec's causal mask, leaves the rest of its training as it is, "
        "and the training loss falls to nearly 0. What happened?",
        choices=(
            Choice(
                "Looking both ways is that strong.",
                why="No honest model gets there: even the oracle, which knows the shop, is far "
                "from certain.",
            ),
            Choice(
                "Each position sees the click that it is asked for.",
                right=True,
                why="Position t now reads click t + 1, its own target, and learns to copy it. "
                "Without a causal mask, what is asked for has to be hidden.",
            ),
            Choice(
                "The learning rate was too low.",
                why="A low rate learns slowly. It does not bring a loss of 0.",
            ),
        ),
    ),
    Quiz(
        id="9.2",
        question="A paper reports BERT4Rec's hit rate on hidden clicks in the middle of sequences, "
        ".93, beside SASRec's on the next click, .90. Which is better?",
        choices=(
            Choice(
                "BERT4Rec.",
                why="The two numbers answer two questions, and the one with both sides in view is "
                "easier.",
            ),
            Choice(
                "SASRec.",
                why="That does not follow either. The numbers have different ceilings.",
            ),
            Choice(
                "These numbers can't tell.",
                right=True,
                why="Filling a gap has a higher ceiling than foretelling. Ask both for the next "
                "click, or hold each against its own ceiling.",
            ),
        ),
    ),
    Quiz(
        id="9.3",
        question="SASRec and BERT4Rec are trained for ten epochs each, and SASRec wins. What do "
        "you do before you believe it?",
        choices=(
            Choice(
                "Train both for much longer, with the same loss.",
                right=True,
                why="A pass asks SASRec at every position and BERT4Rec at the gaps only. See where "
                "both curves go flat, each with its best epoch on validation.",
            ),
            Choice(
                "Give BERT4Rec more layers.",
                why="Then two things differ. First see whether it had learned what it can.",
            ),
            Choice(
                "Choose for each model the epoch that is best on the test set.",
                why="Then the test set has made a choice, and both numbers promise too much.",
            ),
        ),
    ),
    Quiz(
        id="9.4",
        question="A linear map reads the mission off a click's state nearly always. To exchange "
        "that state for one with another mission does not move the prediction. What follows?",
        choices=(
            Choice(
                "The network does not use the mission.",
                why="It may, from another place: whatever passed it on did so before. Exchange the "
                "other states too.",
            ),
            Choice(
                "The state holds the mission, and nothing behind it makes use of it there.",
                right=True,
                why="The map shows what is there, the exchange what is used. Two questions, two "
                "answers.",
            ),
            Choice(
                "The linear map has learned by heart.",
                why="That is ruled out by trying it on pairs that it was not fitted on. Without "
                "that it would be a good suspicion.",
            ),
        ),
    ),
)

GUESSES = (
    GuessChoice(
        id="9.1",
        asks="The clicks where the right side helps most",
        choices=("a visit's first", "those in between", "a visit's last"),
    ),
    GuessNumber(id="9.2", asks="None of four clicks is hidden", unit="%", high=100, close=5),
    GuessNumber(
        id="9.3", asks="Positions that react to a later click", unit="of 45", high=45, close=0
    ),
    GuessNumber(
        id="9.4", asks="Positions that react to a hidden click", unit="of 10", high=10, close=0
    ),
    GuessChoice(id="9.5", asks="Ahead after nine epochs", choices=("BERT4Rec", "SASRec")),
    GuessNumber(
        id="9.6",
        asks="How much lower the peak is, divided by the root once more",
        unit="times",
        factor=2,
    ),
    GuessNumber(id="9.7", asks="The step at which w^-0.5 peaks", low=1, factor=2),
    GuessNumber(id="9.8", asks="The rate at the peak of w^-0.5", factor=2, digits=3),
    GuessOrder(
        id="9.9",
        asks="The three heights, the lowest loss first",
        items=("63 times too low", "a good height", "ten times as high"),
    ),
    GuessChoice(
        id="9.10",
        asks="The loss without a schedule, beside the good height's",
        choices=("lower", "level", "higher"),
    ),
    GuessNumber(
        id="9.11",
        asks="How much of its gap BERT4Rec closes",
        unit="%",
        low=-100,
        high=200,
        close=15,
    ),
    GuessChoice(
        id="9.12",
        asks="The setting that matters most",
        choices=(
            "mask_prob",
            "last_only",
            "max_len",
            "layers",
            "heads",
            "width",
            "batch_size",
            "warmup_steps",
            "positions",
        ),
    ),
    GuessChoice(
        id="9.13",
        asks="Whose state brings the mission back after one block",
        choices=("the exchanged click", "the click behind", "the gap"),
    ),
    GuessChoice(
        id="9.14", asks="Old states stay when a click is added, SASRec", choices=("yes", "no")
    ),
    GuessChoice(
        id="9.15", asks="Old states stay when a click is added, BERT4Rec", choices=("yes", "no")
    ),
)
