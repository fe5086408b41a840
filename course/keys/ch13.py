"""Answer key of chapter 13."""

from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss

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
from seqrec.data import opening_shares, without_empty_columns
from seqrec.losses import multi_task_loss, uniform_negatives
from seqrec.models import BACKBONES, MultiTask, SASRec, TransformerBlock, visible_mask
from seqrec.models.backbones import (
    additive_mask,
    copy_gpt2_block,
    library_inputs,
    positions_from_the_end,
)


def _real(lengths, L):
    """True where a click is: left-padded rows of the given lengths. (B, L) bool."""
    return torch.arange(L) >= L - torch.tensor(lengths)[:, None]


# --- 13.1 Positions from the end ------------------------------------------------------------------


def _position_probes(rng):
    yield Probe((_real([3, 5, 1], 5),), label="five columns, three rows")
    yield Probe((_real([3, 1], 5),), label="on another device", elsewhere=True)
    yield Probe((_real([4], 4),), label="no padding", edge=True)
    yield Probe((_real([0, 2], 6),), label="a row without a click", edge=True)
    yield Probe((_real([1, 0], 1),), label="one column", edge=True)
    for B in (2, 3, 4, 2, 3):
        L = int(rng.integers(B + 3, 12))
        lengths = rng.permutation(np.arange(1, L))[:B]
        yield Probe((_real(lengths.tolist(), L),), label="random")


def _columns(is_real):
    return torch.arange(is_real.shape[1]).expand(is_real.shape)


def _columns_from_one(is_real):
    return _columns(is_real) + 1


def _rows(is_real):
    return torch.arange(len(is_real))[:, None].expand(is_real.shape)


def _rows_downward(is_real):
    return _rows(is_real).flip(0)


def _from_the_first_click(is_real):
    return (is_real.long().cumsum(dim=1) - 1).clamp(min=0)


def _from_the_first_click_minus_one(is_real):
    return is_real.long().cumsum(dim=1) - 1


def _from_the_first_click_one(is_real):
    return (is_real.long().cumsum(dim=1) - 1).masked_fill(~is_real, 1)


def _counts_clicks(is_real):
    return is_real.long().cumsum(dim=1)


def _clicks_to_come(is_real):
    return (is_real.long().flip(1).cumsum(dim=1).flip(1) - 1).clamp(min=0)


def _clicks_to_come_and_itself(is_real):
    return is_real.long().flip(1).cumsum(dim=1).flip(1)


def _from_own_length(is_real):
    return is_real.sum(dim=1, keepdim=True) - 1 - torch.arange(is_real.shape[1])


def _from_own_length_not_negative(is_real):
    return _from_own_length(is_real).clamp(min=0)


def _from_the_longest(is_real):
    return is_real.sum(dim=1).max() - 1 - _columns(is_real)


def _newest_is_one(is_real):
    return positions_from_the_end(is_real) + 1


def _newest_is_minus_one(is_real):
    return positions_from_the_end(is_real) - 1


def _negative(is_real):
    return -positions_from_the_end(is_real)


def _one_row(is_real):
    return positions_from_the_end(is_real)[0]


def _one_row_in_a_table(is_real):
    return positions_from_the_end(is_real)[:1]


def _transposed(is_real):
    return positions_from_the_end(is_real).T


def _goes_on(is_real):
    return torch.arange(is_real.numel()).flip(0).reshape(is_real.shape)


def _padding_is_zero(is_real):
    return positions_from_the_end(is_real) * is_real


def _padding_is(what):
    def wrong(is_real):
        return positions_from_the_end(is_real).masked_fill(~is_real, what(is_real))

    return wrong


def _clicks_are_zero(is_real):
    return positions_from_the_end(is_real) * ~is_real


def _wide_square(is_real):
    L = is_real.shape[1]
    return positions_from_the_end(is_real)[:1].expand(L, L)


def _as_floats(is_real):
    return positions_from_the_end(is_real).float()


_POSITIONS = Exercise(
    id="13.1",
    title="Positions from the end",
    minutes=3,
    reference=positions_from_the_end,
    probes=_position_probes,
    hints=(
        "It hangs on the number of columns only. Which number does the last column get, which the "
        "first?",
        "`torch.arange` can count down: start, end (left out), step.",
        "`torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)`",
    ),
    built="You have built the positions that make a Hugging Face backbone blind to padding. "
    "The next cell shows the drift gone, and your inputs in 13.3 hand them over.",
    ours="`expand` shows one row B times without copying it.",
    misconceptions=(
        Misconception(
            name="counts columns from the left",
            wrong=_columns,
            says="You count columns from the left edge, upward, which is what the library does "
            "without you: one more column of padding and every click has another number. Count "
            "from the right: the newest is 0.",
        ),
        Misconception(
            name="counts columns from the left, from one",
            wrong=_columns_from_one,
            says="You count columns from the left edge, beginning with 1. The newest click, at the "
            "right, is 0: count down.",
        ),
        Misconception(
            name="numbers the rows",
            wrong=_rows,
            says="You number the rows of the batch. Number the columns, the places in a history, "
            "from the right.",
        ),
        Misconception(
            name="numbers the rows downward",
            wrong=_rows_downward,
            says="You number the rows of the batch, counting down. Number the columns instead: L - "
            "1 at the left edge, 0 at the right.",
        ),
        Misconception(
            name="counts from the first click",
            wrong=_from_the_first_click,
            says="You count from the first click, the oldest one (`cumsum`). Padding changes "
            "nothing then, but the newest click, the one that predicts, is at another position in "
            "each history. Count from the right.",
        ),
        Misconception(
            name="counts from the first click, padding -1",
            wrong=_from_the_first_click_minus_one,
            says="You count from the first click (`cumsum` - 1), and padding gets -1. The newest "
            "click is to be 0: count from the right.",
        ),
        Misconception(
            name="counts from the first click, padding 1",
            wrong=_from_the_first_click_one,
            says="You count from the first click and give padding 1, as the library does when it "
            "generates text. The newest click is to be 0: count from the right.",
        ),
        Misconception(
            name="counts clicks",
            wrong=_counts_clicks,
            says="You count the clicks from the first one on, 1, 2, 3. The newest click is to be "
            "0, the one before 1: count from the right.",
        ),
        Misconception(
            name="clicks to come",
            wrong=_clicks_to_come,
            says="You count the clicks that come after, so padding stands still at the number of "
            "the oldest click. It goes on counting, up to L - 1 at the left edge.",
        ),
        Misconception(
            name="clicks to come, itself included",
            wrong=_clicks_to_come_and_itself,
            says="You count the clicks from the right, each included: the newest is 1, and padding "
            "stands still. Begin with 0, and let padding go on counting.",
        ),
        Misconception(
            name="from its own length",
            wrong=_from_own_length,
            says="You count down from each row's own number of clicks, at the left edge. Clicks "
            "stand at the right edge: all rows count down from L - 1.",
        ),
        Misconception(
            name="from its own length, not negative",
            wrong=_from_own_length_not_negative,
            says="You count down from each row's own number of clicks, as if padding were on the "
            "right. It is on the left: all rows count down from L - 1.",
        ),
        Misconception(
            name="from the longest",
            wrong=_from_the_longest,
            says="You count down from the number of clicks of the longest history, not from the "
            "number of columns. L - 1 stands at the left edge.",
        ),
        Misconception(
            name="the newest is one",
            wrong=_newest_is_one,
            says="Your newest click is number 1, one too many, so the oldest of a full history is "
            "beyond the table. Begin at 0.",
        ),
        Misconception(
            name="the newest is minus one",
            wrong=_newest_is_minus_one,
            says="Your newest click is number -1, one too few: you begin at L - 2. Begin at L - 1, "
            "so that the last is 0.",
        ),
        Misconception(
            name="negative",
            wrong=_negative,
            says="Your positions are negative, the sign is wrong: 0 is the newest, 1 the one "
            "before it.",
        ),
        Misconception(
            name="one row",
            wrong=_one_row,
            says="You return one row (L,). Asked for is a row for each history, (B, L): `expand` "
            "it.",
        ),
        Misconception(
            name="one row in a table",
            wrong=_one_row_in_a_table,
            says="You return a table of one row, (1, L). Asked for is a row for each history, (B, "
            "L): `expand` it to the batch.",
        ),
        Misconception(
            name="transposed",
            wrong=_transposed,
            says="Your result is transposed, (L, B). A row is a history: (B, L).",
        ),
        Misconception(
            name="square",
            wrong=_wide_square,
            says="You make L rows, (L, L). There are B histories, a row for each: (B, L).",
        ),
        Misconception(
            name="goes on from row to row",
            wrong=_goes_on,
            says="You go on counting from row to row, over the whole batch. Each row begins anew: "
            "L - 1 down to 0.",
        ),
        Misconception(
            name="padding gets zeros",
            wrong=_padding_is_zero,
            says="Your padding has position 0, that of the newest click. It does no harm behind a "
            "mask, but let it go on counting: then no row depends on where its clicks begin.",
        ),
        Misconception(
            name="padding gets -1",
            wrong=_padding_is(lambda is_real: -1),
            says="Your padding has position -1, which no table has. Let it go on counting, up to L "
            "- 1 at the left edge.",
        ),
        Misconception(
            name="padding gets L - 1",
            wrong=_padding_is(lambda is_real: is_real.shape[1] - 1),
            says="All your padding has position L - 1. Let it go on counting: only the left edge "
            "is L - 1.",
        ),
        Misconception(
            name="padding gets L",
            wrong=_padding_is(lambda is_real: is_real.shape[1]),
            says="Your padding has position L, beyond the table. Let it go on counting, up to L - "
            "1 at the left edge.",
        ),
        Misconception(
            name="clicks get zeros",
            wrong=_clicks_are_zero,
            says="Only your padding is counted; every click has position 0, as if the mask were "
            "inverted. Count all columns from the right.",
        ),
        Misconception(
            name="floats",
            wrong=_as_floats,
            says="Position ids choose rows of a table, so they must be whole numbers (long), not "
            "floats.",
        ),
    ),
)

# --- 13.2 An additive mask ------------------------------------------------------------------------


def _some_visible(rng, *shape):
    """Random, but nobody sees nothing, or all that there is."""
    visible = rng.random(shape) < 0.5
    visible[..., 0, -1] = True
    visible[..., 0, 0] = False
    return torch.from_numpy(visible)


def _mask_probes(rng):
    yield Probe((torch.tensor([[True, False], [True, True]]),), label="two by two")
    yield Probe((torch.tensor([[True, False, True]]),), label="another device", elsewhere=True)
    items = torch.tensor([[0, 0, 3, 4], [0, 2, 5, 1]])
    yield Probe((visible_mask(items, causal=True),), label="a causal mask with padding")
    yield Probe(
        (torch.tensor([[False, False], [True, False]]),),
        label="a row in which nothing may be seen",
        edge=True,
    )
    for dtype in (torch.float16, torch.float64, torch.float64):
        some = _some_visible(rng, 2, 1, 3, 3)
        yield Probe((some, dtype), label=f"scores in {dtype}")
    yield Probe((_some_visible(rng, 3, 1, 4, 4),), label="random")
    yield Probe((_some_visible(rng, 2, 3, 4, 5),), label="as many queries as keys are not needed")


def _ones_and_zeros(visible, dtype=torch.float32):
    return visible.to(dtype)


def _hidden_are_ones(visible, dtype=torch.float32):
    return (~visible).to(dtype)


def _turned_round(visible, dtype=torch.float32):
    return additive_mask(~visible, dtype)


def _filled(hidden, seen=0.0):
    """seen where one may look, hidden elsewhere; functions of the dtype, or numbers."""

    def wrong(visible, dtype=torch.float32):
        values = [of(dtype) if callable(of) else of for of in (seen, hidden)]
        # by way of 64 bits: beyond a dtype's range lies infinity
        of_seen, of_hidden = torch.tensor(values, dtype=torch.float64)
        return torch.where(visible, of_seen, of_hidden).to(dtype)

    return wrong


def _lowest(dtype):
    return torch.finfo(dtype).min


def _minus_one(visible, dtype=torch.float32):
    return visible.to(dtype) - 1


def _zero_times_infinity(visible, dtype=torch.float32):
    return (~visible).to(dtype) * -torch.inf


def _logarithm(visible, dtype=torch.float32):
    return (visible.to(dtype) + 1e-9).log()


def _always_32_bits(visible, dtype=torch.float32):
    return additive_mask(visible)


def _always_64_bits(visible, dtype=torch.float32):
    return additive_mask(visible, torch.float64)


def _lowest_of_32_bits(visible, dtype=torch.float32):
    return additive_mask(visible).to(dtype)


def _with_an_axis(at):
    def wrong(visible, dtype=torch.float32):
        return additive_mask(visible, dtype).unsqueeze(at)

    return wrong


def _mirrored(visible, dtype=torch.float32):
    return additive_mask(visible, dtype).mT


def _blind_rows_see_all(visible, dtype=torch.float32):
    return additive_mask(visible, dtype) * visible.any(dim=-1, keepdim=True)


def _causal_too(visible, dtype=torch.float32):
    return additive_mask(visible & torch.ones_like(visible).tril(), dtype)


_FIXED = (
    -1e4,
    -1e5,
    -1e6,
    -1e8,
    -1e9,
    -1e10,
    -1e12,
    -1e30,
    -1e38,
    -100.0,
    -1000.0,
    -10.0,
    -65504.0,
)

_ADDITIVE = Exercise(
    id="13.2",
    title="A mask that is added",
    minutes=4,
    reference=additive_mask,
    probes=_mask_probes,
    hints=(
        "Which number can be added to a score without changing it? And which makes its softmax 0?",
        "Begin with zeros of the shape of `visible`, and fill in the lowest number where "
        "`~visible`.",
        "`torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)`, "
        "on the device of `visible`",
    ),
    built="You have built a mask that `eager` and `sdpa` read alike. The next cell checks that "
    "no earlier state sees a later click, and 13.4 gives it to a block of GPT-2.",
    misconceptions=(
        Misconception(
            name="ones and zeros",
            wrong=_ones_and_zeros,
            says="Your mask is 1 where True and 0 where False, as booleans are. Added to scores, "
            "that favours the visible a little and hides nothing. It has to be 0 and the lowest "
            "number.",
        ),
        Misconception(
            name="one where hidden",
            wrong=_hidden_are_ones,
            says="You put 1 where one must not look, and 0 elsewhere. Added to scores, that "
            "favours what is hidden. It has to be the lowest number there.",
        ),
        Misconception(
            name="turned round",
            wrong=_turned_round,
            says="Your mask is the wrong way round, inverted: you hide what may be seen. Here True "
            "means may look: 0 there, the lowest number where False.",
        ),
        Misconception(
            name="minus infinity",
            wrong=_filled(-torch.inf),
            says="You fill in minus infinity (-inf). A row in which nothing may be seen then has a "
            "softmax of 0/0, `nan`. Take the lowest *finite* number, `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="minus infinity, turned round",
            wrong=_filled(0.0, seen=-torch.inf),
            says="You fill in minus infinity where one *may* look, the wrong way round. The lowest "
            "finite number, `torch.finfo(dtype).min`, belongs where False stands.",
        ),
        Misconception(
            name="minus one",
            wrong=_minus_one,
            says="You fill in -1. A score of 1 less is easily outweighed: the future still gets "
            "weight. Take the lowest number, `torch.finfo(dtype).min`.",
        ),
        *(
            Misconception(
                name=f"always {number:g}",
                wrong=_filled(number),
                says=f"You fill in a fixed number, {number:g}, whatever the dtype. In one type "
                "that is minus infinity, in another not the lowest. Ask the dtype for its lowest "
                "finite number: `torch.finfo(dtype).min`.",
            )
            for number in _FIXED
        ),
        Misconception(
            name="half the lowest",
            wrong=_filled(lambda dtype: _lowest(dtype) / 2),
            says="You fill in half of the lowest number. The lowest itself is asked for, "
            "`torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="the smallest positive",
            wrong=_filled(lambda dtype: torch.finfo(dtype).tiny),
            says="What you fill in is 0, or next to it, so nothing is hidden: `tiny` is the "
            "smallest *positive* number, and `eps` a small step. The lowest is negative: "
            "`torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="the highest",
            wrong=_filled(lambda dtype: torch.finfo(dtype).max),
            says="You fill in the highest number (max), the sign is wrong: the softmax looks at "
            "what is hidden and at nothing else. The lowest is `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="plus infinity",
            wrong=_filled(torch.inf),
            says="You fill in plus infinity, so that the softmax looks at what is hidden. Take the "
            "lowest finite number, `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="one where visible",
            wrong=_filled(_lowest, seen=1.0),
            says="You put 1 where one may look. A score must stay as it is there: add 0.",
        ),
        Misconception(
            name="one and minus infinity",
            wrong=_filled(-torch.inf, seen=1.0),
            says="You put 1 where one may look, and -inf elsewhere. Add 0 where a score must stay "
            "as it is, and the lowest *finite* number elsewhere.",
        ),
        Misconception(
            name="highest and lowest",
            wrong=_filled(_lowest, seen=lambda dtype: torch.finfo(dtype).max),
            says="You put the highest number where one may look. A score must stay as it is there: "
            "add 0.",
        ),
        Misconception(
            name="zero times infinity",
            wrong=_zero_times_infinity,
            says="You multiply by minus infinity, and 0 times infinity is `nan`: where one may "
            "look, too. Fill in, with `masked_fill` or `torch.where`, the lowest finite number.",
        ),
        Misconception(
            name="a logarithm",
            wrong=_logarithm,
            says="You take the logarithm of 0 and 1 and a small number more, about -20 where "
            "hidden: a high score outweighs that. Take `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="the lowest of 32 bits",
            wrong=_lowest_of_32_bits,
            says="You fill in the lowest number of 32 bits whatever `dtype` says. In 16 that is "
            "minus infinity. Ask the dtype of the scores: `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="always 32 bits",
            wrong=_always_32_bits,
            says="Your mask is in 32 bits: the argument `dtype` is never read. Its lowest number "
            "does not exist in 16.",
        ),
        Misconception(
            name="always 64 bits",
            wrong=_always_64_bits,
            says="Your mask is in 64 bits: the argument `dtype` is never read. Make it in the "
            "dtype of the scores.",
        ),
        Misconception(
            name="an axis in front",
            wrong=_with_an_axis(0),
            says="You add an axis in front. Return the shape that came in: what it means is the "
            "caller's affair.",
        ),
        Misconception(
            name="an axis of heads",
            wrong=_with_an_axis(1),
            says="You add an axis, as if for the heads. Return the shape that came in.",
        ),
        Misconception(
            name="an axis at the end",
            wrong=_with_an_axis(-1),
            says="You add an axis at the end. Return the shape that came in.",
        ),
        Misconception(
            name="transposed",
            wrong=_mirrored,
            says="You exchange the last two axes, transposed: who looks and who is looked at. "
            "Leave them as they are.",
        ),
        Misconception(
            name="causal too",
            wrong=_causal_too,
            says="You hide the future as well (`tril`). `visible` says all that is to be hidden.",
        ),
        Misconception(
            name="who sees nothing sees all",
            wrong=_blind_rows_see_all,
            says="Where a row may see nothing, you let it see everything. Fill in the lowest "
            "finite number there too: its softmax is equal weights, and no `nan`.",
        ),
    ),
)

# --- 13.3 What a backbone is called with ----------------------------------------------------------


def _as_dict(answer, name, vectors, is_real, causal):
    """The arguments with their dtypes; the vectors must be those that came in."""
    inputs = answer(name, vectors, is_real, causal)
    if not isinstance(inputs, Mapping):
        return inputs
    return {key: inputs[key] for key in sorted(inputs)}


def _input_probes(rng):
    for name, architecture in BACKBONES.items():
        for causal in architecture.causal:
            way = "causal" if causal else "both ways"
            yield _input_probe(rng, name, causal, [2, 5, 1], 5, f"{name}, {way}")
    for number, (name, causal) in enumerate((("xlnet", True), ("gpt2", True), ("xlnet", True))):
        B, L = 2 + number % 2, int(rng.integers(5, 8))
        lengths = rng.permutation(np.arange(1, L))[:B].tolist()
        yield _input_probe(rng, name, causal, lengths, L, f"{name}, causal, random lengths")
    for name in ("xlnet", "llama"):
        label = f"{name}, causal, 64 bits, another device"
        yield _input_probe(rng, name, True, [3, 1], 4, label, wide=True, elsewhere=True)
    yield _input_probe(rng, "xlnet", True, [2, 3], 4, "xlnet, causal, 64 bits", wide=True)
    yield _input_probe(rng, "xlnet", True, [0, 3], 4, "a row without a click", edge=True)


def _input_probe(rng, name, causal, lengths, L, label, wide=False, **options):
    vectors = torch.from_numpy(rng.normal(size=(len(lengths), L, 2)))
    args = (name, vectors if wide else vectors.float(), _real(lengths, L), causal)
    return Probe(args, label=label, call=_as_dict, **options)


def _with(**changes):
    """The reference's dict, changed:

    name -> function of (the dict, is_real) that gives the new value, None removes.
    """

    def wrong(name, vectors, is_real, causal):
        inputs = library_inputs(name, vectors, is_real, causal)
        for key, change in changes.items():
            value = change(inputs, is_real)
            inputs = {other: inputs[other] for other in inputs if other != key}
            if value is not None:
                inputs[key] = value
        return inputs

    return wrong


def _perm(change):
    """The mask of XLNet changed. change: ((B, L, L), is_real) -> another."""
    return _with(
        perm_mask=lambda inputs, is_real: (
            change(inputs["perm_mask"], is_real) if "perm_mask" in inputs else None
        )
    )


def _ids(change):
    """The position ids changed, where there are some. change: ((B, L), is_real) -> others."""
    return _with(
        position_ids=lambda inputs, is_real: (
            change(inputs["position_ids"], is_real) if "position_ids" in inputs else None
        )
    )


def _mask(change):
    return _with(attention_mask=lambda inputs, is_real: change(is_real))


def _renamed(old, new):
    def wrong(name, vectors, is_real, causal):
        inputs = library_inputs(name, vectors, is_real, causal)
        return {new if key == old else key: value for key, value in inputs.items()}

    return wrong


def _every_mask(is_real):
    return additive_mask(visible_mask(is_real.long(), causal=True))


def _future(mask, is_real, diagonal=1):
    """1 where a later column is, (B, L, L)."""
    return torch.ones_like(mask).triu(diagonal)


def _hides_padding(mask, is_real):
    hidden = (~is_real)[:, None].expand(mask.shape)
    return hidden.to(mask.dtype)


def _hides_padding_but_itself(mask, is_real):
    return (~visible_mask(is_real.long(), causal=False)[:, 0]).to(mask.dtype)


def _hides_padding_and_future(mask, is_real):
    return torch.maximum(_hides_padding(mask, is_real), _future(mask, is_real))


def _hides_itself(mask, is_real):
    return torch.maximum(mask, _future(mask, is_real, 0))


def _permuting(given):
    """A `perm_mask` wherever given(name, causal)."""

    def wrong(name, vectors, is_real, causal):
        inputs = library_inputs(name, vectors, is_real, causal)
        inputs.pop("perm_mask", None)
        if given(name, causal):
            hidden = ~visible_mask(is_real.long(), causal=True)[:, 0]
            inputs["perm_mask"] = hidden.to(vectors.dtype)
        return inputs

    return wrong


def _always_permuted(name, vectors, is_real, causal):
    inputs = library_inputs(name, vectors, is_real, causal)
    if name == "xlnet":
        inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=causal)[:, 0]).to(vectors.dtype)
    return inputs


def _positions_if(given):
    """Position ids wherever given(name, causal)."""

    def wrong(name, vectors, is_real, causal):
        inputs = library_inputs(name, vectors, is_real, causal)
        inputs.pop("position_ids", None)
        if given(name, causal):
            inputs["position_ids"] = positions_from_the_end(is_real)
        return inputs

    return wrong


def _counts_positions(name):
    return BACKBONES[name].counts_positions


def _nothing_as_none(name, vectors, is_real, causal):
    inputs = library_inputs(name, vectors, is_real, causal)
    return {"position_ids": None, "perm_mask": None} | inputs


def _blanked(name, vectors, is_real, causal):
    return library_inputs(name, vectors * is_real[..., None], is_real, causal)


_INPUTS = Exercise(
    id="13.3",
    title="What a backbone is called with",
    minutes=8,
    reference=library_inputs,
    probes=_input_probes,
    hints=(
        "Two entries are the same for all. Then two questions: does it take position ids? If not: "
        "is it causal?",
        "`perm_mask` is the opposite of `visible_mask`, without its axis of heads: "
        "`~visible_mask(...)[:, 0]`.",
        '`inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=True)[:, '
        "0]).to(vectors.dtype)`, under "
        "`elif causal:`.",
    ),
    built="You have built the adapter from our batches to five architectures. The encoder in "
    "the next cell calls any of them with it, and padding changes nothing.",
    misconceptions=(
        Misconception(
            name="one for padding",
            wrong=_mask(lambda is_real: (~is_real).long()),
            says="Your `attention_mask` is inverted: 1 where padding is. In this library 1 means "
            "real, look at it.",
        ),
        Misconception(
            name="no attention mask",
            wrong=_mask(torch.ones_like),
            says="Your `attention_mask` is all ones, so padding is read as if it were clicks. Use "
            "`is_real`.",
        ),
        Misconception(
            name="attention mask left out",
            wrong=_mask(lambda is_real: None),
            says="You leave `attention_mask` out, so padding is read as if it were clicks. Give "
            "`is_real`, as long.",
        ),
        Misconception(
            name="an additive attention mask",
            wrong=_mask(additive_mask),
            says="Your `attention_mask` is additive, 0 and the lowest number. The library makes "
            "that itself: give it 1 for real and 0 for padding, (B, L) long.",
        ),
        Misconception(
            name="a mask for every pair",
            wrong=_mask(_every_mask),
            says="You hand over a 4-D mask. It replaces the library's own masks, windows included, "
            "and makes everybody causal: give the 2-D one, (B, L).",
        ),
        Misconception(
            name="a mask for every pair, whole numbers",
            wrong=_mask(lambda is_real: visible_mask(is_real.long(), causal=True).long()),
            says="Your `attention_mask` is `visible_mask`, 4-D. The library makes its own of the "
            "2-D one, (B, L): 1 where a click is real.",
        ),
        Misconception(
            name="a boolean mask",
            wrong=_mask(lambda is_real: is_real),
            says="Your `attention_mask` is boolean. XLNet computes `1 - mask`, which booleans "
            "refuse: `.long()`.",
        ),
        Misconception(
            name="XLNet's own name",
            wrong=_renamed("attention_mask", "input_mask"),
            says="You call the mask `input_mask`: in XLNet that is the inverted one, 1 = padding. "
            "The key is `attention_mask`.",
        ),
        Misconception(
            name="no vectors",
            wrong=_with(inputs_embeds=lambda inputs, is_real: None),
            says="You leave the vectors out, `inputs_embeds`: the backbone has nothing to read.",
        ),
        Misconception(
            name="vectors as ids",
            wrong=_renamed("inputs_embeds", "input_ids"),
            says="You hand the vectors over as `input_ids`, which are numbers of words. Vectors "
            "are `inputs_embeds`.",
        ),
        Misconception(
            name="vectors blanked",
            wrong=_blanked,
            says="You set the vectors of padding to 0. Hand over the vectors as they are: hiding "
            "padding is the mask's affair.",
        ),
        Misconception(
            name="no positions",
            wrong=_with(position_ids=lambda inputs, is_real: None),
            says="You leave `position_ids` out. The library then counts columns from the left "
            "edge.",
        ),
        Misconception(
            name="positions from the left",
            wrong=_ids(lambda ids, is_real: ids.flip(1)),
            says="Your positions count from the left edge: that is what the library would do by "
            "itself. 0 is the newest, at the right: `positions_from_the_end`.",
        ),
        Misconception(
            name="positions from the first click",
            wrong=_ids(lambda ids, is_real: (is_real.long().cumsum(dim=1) - 1).clamp(min=0)),
            says="Your positions count from the first click, the oldest (`cumsum`). 0 is the "
            "newest, at the right: `positions_from_the_end`.",
        ),
        Misconception(
            name="positions from the first click, padding 1",
            wrong=_ids(
                lambda ids, is_real: (is_real.long().cumsum(dim=1) - 1).masked_fill(~is_real, 1)
            ),
            says="Your positions count from the first click, with 1 for padding, as when text is "
            "generated. 0 is the newest, at the right: `positions_from_the_end`.",
        ),
        Misconception(
            name="positions of padding are 0",
            wrong=_ids(lambda ids, is_real: ids * is_real),
            says="Your `position_ids` of padding are 0, that of the newest click. Padding goes on "
            "counting, as in 13.1.",
        ),
        Misconception(
            name="positions from one",
            wrong=_ids(lambda ids, is_real: ids + 1),
            says="Your `position_ids` begin with 1: the newest click is 0.",
        ),
        Misconception(
            name="one row of positions",
            wrong=_ids(lambda ids, is_real: ids[0]),
            says="Your `position_ids` are one row, (L,). A row for each history, (B, L).",
        ),
        Misconception(
            name="a table of one row of positions",
            wrong=_ids(lambda ids, is_real: ids[:1]),
            says="Your `position_ids` are one row for all, (1, L). A row for each history, (B, L): "
            "`expand`.",
        ),
        Misconception(
            name="positions and permutation for XLNet",
            wrong=_positions_if(lambda name, causal: True),
            says="You hand `position_ids` to XLNet too. It ignores them in silence, so you would "
            "believe in something that is not there. Ask `counts_positions`.",
        ),
        Misconception(
            name="positions for all, no permutation",
            wrong=_with(
                position_ids=lambda inputs, is_real: positions_from_the_end(is_real),
                perm_mask=lambda inputs, is_real: None,
            ),
            says="You hand `position_ids` to XLNet too, and no `perm_mask`. It ignores the ids in "
            "silence: ask `counts_positions`, and hide the future with `perm_mask`.",
        ),
        Misconception(
            name="positions for XLNet alone",
            wrong=_positions_if(lambda name, causal: not _counts_positions(name)),
            says="You ask `counts_positions` the wrong way round: XLNet gets `position_ids`, the "
            "others none.",
        ),
        Misconception(
            name="positions for causal ones",
            wrong=_positions_if(lambda name, causal: causal and _counts_positions(name)),
            says="You hand over `position_ids` only if `causal`. A backbone that reads both ways "
            "counts positions too: ask `counts_positions` alone.",
        ),
        Misconception(
            name="permutation is visibility",
            wrong=_perm(lambda mask, is_real: 1 - mask),
            says="Your `perm_mask` is inverted, 1 means may look. XLNet's convention is the "
            "opposite: 1 hides. Negate `visible_mask`.",
        ),
        Misconception(
            name="no permutation",
            wrong=_permuting(lambda name, causal: False),
            says="A causal XLNet gets no `perm_mask` from you, so every state sees the click that "
            "it is asked for.",
        ),
        Misconception(
            name="always permuted",
            wrong=_permuting(lambda name, causal: name == "xlnet"),
            says="You hide the future of XLNet even where `causal` is False: then it can't fill "
            "gaps from both sides. `perm_mask` only if `causal`.",
        ),
        Misconception(
            name="always permuted, by causal",
            wrong=_always_permuted,
            says="You give XLNet a `perm_mask` where `causal` is False too. Only a causal one has "
            "it; padding is hidden by the `attention_mask`.",
        ),
        Misconception(
            name="permutation if not causal",
            wrong=_permuting(lambda name, causal: name == "xlnet" and not causal),
            says="You ask `causal` the wrong way round: the `perm_mask` hides the future, so it is "
            "for a causal XLNet.",
        ),
        Misconception(
            name="permutation for all causal ones",
            wrong=_permuting(lambda name, causal: causal),
            says="You hand `perm_mask` to every causal backbone. Only XLNet, which has no position "
            "ids, takes it: `elif causal`.",
        ),
        Misconception(
            name="permutation for all",
            wrong=_permuting(lambda name, causal: True),
            says="You hand `perm_mask` to every backbone. Only a causal one without position ids, "
            "XLNet, takes it: `elif causal`.",
        ),
        Misconception(
            name="an axis of heads",
            wrong=_perm(lambda mask, is_real: mask[:, None]),
            says="Your `perm_mask` still has the axis of heads, (B, 1, L, L). XLNet wants (B, L, "
            "L): `[:, 0]`.",
        ),
        Misconception(
            name="one permutation for all",
            wrong=_perm(lambda mask, is_real: mask[0]),
            says="Your `perm_mask` has no axis of the batch, (L, L). XLNet wants one for each "
            "history, (B, L, L).",
        ),
        Misconception(
            name="permutation transposed",
            wrong=_perm(lambda mask, is_real: mask.mT),
            says="Your `perm_mask` is transposed: who looks and who is looked at are exchanged. "
            "Row i says what position i must not see.",
        ),
        Misconception(
            name="hides the future only",
            wrong=_perm(_future),
            says="Your `perm_mask` hides the future only, and no padding. `visible_mask` says what "
            "may be looked at, padding included.",
        ),
        Misconception(
            name="hides the past",
            wrong=_perm(lambda mask, is_real: torch.ones_like(mask).tril(-1)),
            says="Your `perm_mask` hides the past, the wrong triangle (`tril` for `triu`): 1 "
            "hides, and the future has to be hidden.",
        ),
        Misconception(
            name="a triangle of what may be seen",
            wrong=_perm(lambda mask, is_real: torch.ones_like(mask).tril()),
            says="Your `perm_mask` is 1 on and below the diagonal, where one may look. 1 hides: "
            "negate it, and hide padding too.",
        ),
        Misconception(
            name="hides padding only",
            wrong=_perm(_hides_padding),
            says="Your `perm_mask` hides padding only: the future is seen. Say causal=True to "
            "`visible_mask`.",
        ),
        Misconception(
            name="hides padding only, but sees itself",
            wrong=_perm(_hides_padding_but_itself),
            says="Your `perm_mask` hides padding and nothing else, the future is seen: you ask "
            "`visible_mask` with causal=False. Say causal=True.",
        ),
        Misconception(
            name="padding does not see itself",
            wrong=_perm(_hides_padding_and_future),
            says="In your `perm_mask` padding does not even see itself, and a softmax over nothing "
            "is `nan`. `visible_mask` leaves each position itself.",
        ),
        Misconception(
            name="hides itself",
            wrong=_perm(_hides_itself),
            says="Your `perm_mask` hides each position from itself, the diagonal too. A state "
            "reads its own click: only later ones are hidden.",
        ),
        Misconception(
            name="an additive permutation",
            wrong=_perm(lambda mask, is_real: additive_mask(mask == 0, mask.dtype)),
            says="Your `perm_mask` is additive, 0 and the lowest number. XLNet wants 1 where one "
            "must not look.",
        ),
        Misconception(
            name="a boolean permutation",
            wrong=_perm(lambda mask, is_real: mask.bool()),
            says="Your `perm_mask` is boolean. It has to be in the dtype of `vectors`: "
            "`.to(vectors.dtype)`.",
        ),
        Misconception(
            name="a permutation of whole numbers",
            wrong=_perm(lambda mask, is_real: mask.long()),
            says="Your `perm_mask` is of whole numbers. It has to be in the dtype of `vectors`: "
            "`.to(vectors.dtype)`.",
        ),
        Misconception(
            name="a permutation in 32 bits",
            wrong=_perm(lambda mask, is_real: mask.float()),
            says="Your `perm_mask` is always in 32 bits. It has to be in the dtype of `vectors`: "
            "`.to(vectors.dtype)`.",
        ),
        Misconception(
            name="none for nothing",
            wrong=_nothing_as_none,
            says="You hand over None where there is nothing to say. Leave the key out: "
            "`position_ids` and `perm_mask` are only for those that take them.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="hidden = ~visible_mask(is_real.long(), causal=True)[:, 0] -> "
            "hidden = ~visible_mask(is_real, causal=True)[:, 0]",
            reason="A boolean is compared with 0 just as well.",
        ),
        EquivalentMutant(
            edit="hidden = ~visible_mask(is_real.long(), causal=True)[:, 0] -> "
            "hidden = ~visible_mask(is_real.long(), causal=True)[:, -1]",
            reason="The axis of heads has one place: the first is the last.",
        ),
    ),
)

# --- 13.4 Copying a block -------------------------------------------------------------------------


class _Conv1D(nn.Module):
    """GPT-2's linear layer: x W + b, W of (in, out)."""

    def __init__(self, inside, outside):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inside, outside))
        self.bias = nn.Parameter(torch.randn(outside))


class _Block(nn.Module):
    """The parts of a GPT-2 block by their names there."""

    def __init__(self, D):
        super().__init__()
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = _Conv1D(D, 3 * D), _Conv1D(D, D)
        self.mlp.c_fc, self.mlp.c_proj = _Conv1D(D, 4 * D), _Conv1D(4 * D, D)
        self.ln_1, self.ln_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        for weight in self.parameters():
            nn.init.normal_(weight)


def _copied(answer, D, seed):
    """What our block holds afterwards, what it computes, and whether it is still its own."""
    generator = torch.Generator().manual_seed(seed)
    theirs, ours = _Block(D), TransformerBlock(D, 1, hidden=4 * D)
    for weight in (*theirs.parameters(), *ours.parameters()):
        nn.init.normal_(weight, generator=generator)
    kept = [weight.clone() for weight in theirs.parameters()]
    own = {name: id(weight) for name, weight in ours.named_parameters()}
    with torch.no_grad():
        answer(theirs, ours)
        x = torch.randn(2, 3, D, generator=generator)
        told = {name: weight.detach().clone() for name, weight in ours.named_parameters()}
        told["output"] = ours(x, torch.ones(2, 1, 3, 3, dtype=torch.bool))[0]
        for weight in ours.parameters():
            weight.add_(1)  # as a step of training would
    told["its own parameters"] = own == {
        name: id(weight) for name, weight in ours.named_parameters()
    }
    told["the other block is left alone"] = all(
        torch.equal(weight, before)
        for weight, before in zip(theirs.parameters(), kept, strict=True)
    )
    told["can be trained"] = all(weight.requires_grad for weight in ours.parameters())
    return told


def _block_probes(rng):
    yield Probe((4, 0), label="a block of width 4", call=_copied)
    yield Probe((6, int(rng.integers(1, 99))), label="a block of width 6", call=_copied)
    yield Probe((5, int(rng.integers(1, 99))), label="a block of width 5", call=_copied)


def _pairs(theirs, ours):
    return (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    )


def _not_turned_where_it_fits(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        if conv.weight.shape == linear.weight.shape:
            linear.weight.data.copy_(conv.weight.data)


def _reshaped(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        linear.weight.data.copy_(conv.weight.data.reshape(linear.weight.shape))


def _keeping(*names):
    """All is copied but the parameters of ours whose names hold one of these."""

    def wrong(theirs, ours):
        kept = {
            name: weight.clone()
            for name, weight in ours.named_parameters()
            if any(part in name for part in names)
        }
        copy_gpt2_block(theirs, ours)
        for name, weight in ours.named_parameters():
            if name in kept:
                weight.data.copy_(kept[name])

    return wrong


_LAYERS = ("attention.project", "attention.merge", "ffn.0", "ffn.2")
_no_biases = _keeping(*(f"{name}.bias" for name in _LAYERS))
_no_weights = _keeping(*(f"{name}.weight" for name in _LAYERS))
_no_norms = _keeping("norms")
_layers_weights_alone = _keeping("norms", *(f"{name}.bias" for name in _LAYERS))
_weights_alone = _keeping("bias")
_biases_alone = _keeping("weight")
_nothing_copied = _keeping("weight", "bias")
_no_norm_biases = _keeping("norms.0.bias", "norms.1.bias")
_no_norm_weights = _keeping("norms.0.weight", "norms.1.weight")
_first_norm_alone = _keeping("norms.1")
_second_norm_alone = _keeping("norms.0")
_no_attention = _keeping("attention")
_no_network = _keeping("ffn")
_no_merge = _keeping("attention.merge")
_no_project = _keeping("attention.project")
_no_first_layer = _keeping("ffn.0")
_no_last_layer = _keeping("ffn.2")


def _not_turned(theirs, ours):
    for conv, linear in _pairs(theirs, ours):
        linear.weight.copy_(conv.weight)
        linear.bias.copy_(conv.bias)


def _norms_exchanged(theirs, ours):
    exchanged = SimpleNamespace(
        attn=theirs.attn, mlp=theirs.mlp, ln_1=theirs.ln_2, ln_2=theirs.ln_1
    )
    copy_gpt2_block(exchanged, ours)


def _thirds_moved(order):
    """Queries, keys and values in another order."""

    def wrong(theirs, ours):
        copy_gpt2_block(theirs, ours)
        project = ours.attention.project
        for weight in (project.weight, project.bias):
            thirds = weight.data.clone().chunk(3)
            weight.data.copy_(torch.cat([thirds[place] for place in order]))

    return wrong


def _added(theirs, ours):
    kept = [weight.clone() for weight in ours.parameters()]
    copy_gpt2_block(theirs, ours)
    for weight, before in zip(ours.parameters(), kept, strict=True):
        weight.add_(before)


def _backwards(theirs, ours):
    for conv, linear in _pairs(theirs, ours):
        conv.weight.copy_(linear.weight.T)
        conv.bias.copy_(linear.bias)
    for norm, here in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True):
        norm.weight.copy_(here.weight)
        norm.bias.copy_(here.bias)


def _shared(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        linear.bias = conv.bias


def _data_shared(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        linear.weight.data = conv.weight.data.T
        linear.bias.data = conv.bias.data


def _new_parameters(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for _, linear in _pairs(theirs, ours):
        linear.weight = nn.Parameter(linear.weight.detach().clone())
        linear.bias = nn.Parameter(linear.bias.detach().clone())


def _frozen(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for weight in ours.parameters():
        weight.requires_grad_(False)


_COPY = Exercise(
    id="13.4",
    title="The weights of a GPT-2 block",
    minutes=7,
    reference=copy_gpt2_block,
    probes=_block_probes,
    hints=(
        "Four layers and two norms, each with a weight and a bias: twelve copies. The table says "
        "who belongs to whom.",
        "`linear.weight.copy_(conv.weight.T)`: the matrix is turned, the bias is not.",
        "Loop over pairs: `for conv, linear in ((theirs.attn.c_attn, ours.attention.project), "
        "...)`, then over `((theirs.ln_1, ours.norms[0]), (theirs.ln_2, ours.norms[1]))`.",
    ),
    built="You have built the bridge from GPT-2 to our block, weight for weight: the next cell "
    "sees the same numbers come out. Then the chapter trains both networks from the same "
    "start, and their losses agree to three digits.",
    ours="The library walks over pairs (theirs, ours), so that four layers need no lines of "
    "their own.",
    misconceptions=(
        Misconception(
            name="turned only where it must be",
            wrong=_not_turned_where_it_fits,
            says="You turn the matrices whose shapes differ, and copy the square one as it is. It "
            "has to be turned as well, though nothing complains.",
        ),
        Misconception(
            name="reshaped",
            wrong=_reshaped,
            says="You reshape the matrices, which keeps the order in memory and shuffles the "
            "numbers. Turn them: `.T`.",
        ),
        Misconception(
            name="no biases",
            wrong=_no_biases,
            says="The biases of the four layers are still your own. Copy them too.",
        ),
        Misconception(
            name="no norms",
            wrong=_no_norms,
            says="The norms are still your own. In a new model they are 1 and 0 on both sides, in "
            "a trained one not.",
        ),
        Misconception(
            name="norms exchanged",
            wrong=_norms_exchanged,
            says="You exchange the two norms: `ln_1` stands before the attention, as `norms[0]` "
            "does.",
        ),
        Misconception(
            name="not turned",
            wrong=_not_turned,
            says="The matrices are copied as they are, not turned, and their shapes don't fit: "
            "GPT-2 writes (in, out), `nn.Linear` (out, in). Transpose each: `.T`.",
        ),
        Misconception(
            name="nothing copied",
            wrong=_nothing_copied,
            says="Nothing is copied: all of ours is as before. `copy_` writes into the parameter "
            "itself; an assignment to a name, or a copy into a new tensor, does not.",
        ),
        Misconception(
            name="the other way",
            wrong=_backwards,
            says="You copy from ours to theirs, the wrong direction. The one that is written to "
            "stands in front: `linear.weight.copy_(conv.weight.T)`.",
        ),
        Misconception(
            name="only the matrices",
            wrong=_layers_weights_alone,
            says="You copy the matrices of the four layers alone: the biases and the norms are "
            "still your own. Copy them too.",
        ),
        Misconception(
            name="weights alone",
            wrong=_weights_alone,
            says="You copy weights alone: the biases, those of the norms included, are still your "
            "own. Copy them too.",
        ),
        Misconception(
            name="biases alone",
            wrong=_biases_alone,
            says="You copy biases alone: all weights are still your own. Copy them too.",
        ),
        Misconception(
            name="no matrices",
            wrong=_no_weights,
            says="The matrices of the four layers are still your own. Copy them, turned: "
            "`linear.weight.copy_(conv.weight.T)`.",
        ),
        Misconception(
            name="no norm biases",
            wrong=_no_norm_biases,
            says="The biases of the norms are still your own. Each norm has a weight and a bias: "
            "copy both.",
        ),
        Misconception(
            name="no norm weights",
            wrong=_no_norm_weights,
            says="The weights of the norms are still your own. Each norm has a weight and a bias: "
            "copy both.",
        ),
        Misconception(
            name="first norm alone",
            wrong=_first_norm_alone,
            says="You copy the first norm alone; the second, `ln_2`, is missing.",
        ),
        Misconception(
            name="second norm alone",
            wrong=_second_norm_alone,
            says="You copy the second norm alone; the first, `ln_1`, is missing.",
        ),
        Misconception(
            name="no attention",
            wrong=_no_attention,
            says="The attention is left out: neither `c_attn` nor its `c_proj` is copied.",
        ),
        Misconception(
            name="no network",
            wrong=_no_network,
            says="The network behind the attention is left out: neither `mlp.c_fc` nor "
            "`mlp.c_proj` is copied.",
        ),
        Misconception(
            name="no merge",
            wrong=_no_merge,
            says="One layer is left out: the attention's last one, `attn.c_proj`, which goes to "
            "`attention.merge`.",
        ),
        Misconception(
            name="no project",
            wrong=_no_project,
            says="One layer is left out: `attn.c_attn`, with queries, keys and values, which "
            "goes to `attention.project`.",
        ),
        Misconception(
            name="no first layer",
            wrong=_no_first_layer,
            says="One layer is left out: `mlp.c_fc`, which goes to `ffn[0]`.",
        ),
        Misconception(
            name="no last layer",
            wrong=_no_last_layer,
            says="One layer is left out: `mlp.c_proj`, the last, which goes to `ffn[2]`.",
        ),
        Misconception(
            name="keys before queries",
            wrong=_thirds_moved((1, 0, 2)),
            says="You exchange queries and keys. They stand side by side in the same order in both "
            "blocks: copy the matrix as a whole, turned.",
        ),
        Misconception(
            name="values first",
            wrong=_thirds_moved((2, 1, 0)),
            says="You turn the order of queries, keys and values round. It is the same in both "
            "blocks: copy the matrix as a whole, turned.",
        ),
        Misconception(
            name="added",
            wrong=_added,
            says="You add their numbers to your own (`+=`). Copy them: `copy_`.",
        ),
        Misconception(
            name="data shared",
            wrong=_data_shared,
            says="You let both blocks share their numbers (`.data =`): training one would change "
            "both, the other block too. Copy them with `copy_`.",
        ),
        Misconception(
            name="new parameters",
            wrong=_new_parameters,
            says="You make new parameters (`nn.Parameter`), so an optimiser that knows the old "
            "ones trains nothing. Copy the numbers into those that are there: `copy_`.",
        ),
        Misconception(
            name="frozen",
            wrong=_frozen,
            says="You freeze the parameters (`requires_grad`): ours can no longer be trained. Copy "
            "the numbers only.",
        ),
        Misconception(
            name="shared parameters",
            wrong=_shared,
            says="You put parameters of one block into the other, so they are shared: training one "
            "would change both. Copy the numbers with `copy_`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="for norm, here in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True): -> *",
            reason="Every block has two norms.",
        ),
    ),
)

# --- 13.5 Three heads -----------------------------------------------------------------------------


class _Told(nn.Module):
    """An encoder whose states are item vectors plus the first context number of their place."""

    def __init__(self, n_items, D):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.seen = []

    def forward(self, items, context=None):
        self.seen.append((items, context))
        states = self.item(items).cumsum(dim=1)
        return states if context is None else states + context[..., :1]


def _network(n_items):
    torch.manual_seed(0)
    network = MultiTask(SASRec(n_items, 12, D=4, n_blocks=0, dropout=0.0), hidden=3)
    network.network.encoder = _Told(n_items, 4)
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.7)
    return network


def _step(answer, sequences, outcomes, weights, context, rows, n_items, n_negatives):
    """Loss and gradients of a step; with a click, again and with another generator."""
    told = {}
    loss = answer(sequences, outcomes, weights=weights, context=context, n_negatives=n_negatives)
    named = [name for name in weights if weights[name]]
    # Alone, a head that is wrong is called by its name.
    total = f"loss of the {named[0]} head alone" if len(named) == 1 else "loss of all heads"
    seeds = {total: 1}
    if named == ["click"]:
        seeds |= {"again": 1, "another generator": 2}
    for name, seed in seeds.items():
        network = _network(n_items)
        value = loss(network, rows, torch.Generator().manual_seed(seed))
        told[name] = value.detach()
        if name == total:
            value.backward()
            gradient = network.network.encoder.item.weight.grad
            told["gradient of the item vectors"] = gradient
            items, read = network.network.encoder.seen[0]
            told["read"] = items
            told["context read"] = torch.zeros(0) if read is None else read
    return told


def _loss_probes(rng):
    n_items, L = 7, 5

    def probe(label, weights, with_context=False, lengths=(5, 3, 2, 4), n_negatives=3):
        lengths = torch.tensor(lengths)
        is_real = torch.arange(L + 1) >= L + 1 - lengths[:, None]
        sequences = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L + 1))) * is_real
        outcomes = torch.from_numpy(rng.random(sequences.shape)).float()
        context = (
            torch.from_numpy(rng.normal(size=(*sequences.shape, 2))).float()
            if with_context
            else None
        )
        rows = torch.tensor([2, 0, 3])
        args = (sequences, outcomes, weights, context, rows, n_items, n_negatives)
        return Probe(args, label=label, call=_step)

    yield probe("the outcome alone", {"outcome": 1.5})
    yield probe("the outcome alone, no column is empty", {"outcome": 2.5}, lengths=(4, 1, 6, 3))
    yield probe("the click alone", {"click": 1.5})
    yield probe("the click alone, two negatives", {"click": 0.7}, n_negatives=2)
    yield probe("the next item alone", {"next_item": 3.0})
    yield probe(
        "all three, weighted", {"next_item": 1.0, "click": 0.5, "outcome": 4.0}, n_negatives=1
    )
    yield probe("with context", {"next_item": 1.0, "outcome": 2.0}, with_context=True)
    yield probe(
        "context, and columns that are empty",
        {"outcome": 2.0},
        with_context=True,
        lengths=(3, 6, 2, 3),
    )
    yield probe("a weight of 0", {"next_item": 1.0, "click": 0.0})


def _newest_read(context, rows, length):
    return context[rows][:, -length - 1 : -1]


def _asked(states, items, targets):
    """What is asked: the states, their targets, and where (B, length) that is."""
    is_asked = items != 0
    return states[is_asked], targets[is_asked], is_asked


def _ended(outcomes, rows, length, is_asked):
    return outcomes[rows][:, -length:][is_asked]


def _labels_of(logits):
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    return labels


def _mean_bce(logits):
    return binary_cross_entropy_with_logits(logits, _labels_of(logits))


def _mean_square(predicted, ended):
    return (predicted - ended).square().mean()


def _times_weight(total, weight, value):
    return total + weight * value


def _loss_with(
    read=_newest_read,
    asked=_asked,
    click=_mean_bce,
    click_head="click",
    click_add=_times_weight,
    ended=_ended,
    outcome=_mean_square,
    outcome_head="outcome",
    outcome_of=None,
    outcome_add=_times_weight,
    weighted=True,
    cut_off=False,
    at_the_end=None,
    reject_target=True,
):
    """The loss in parts, one of them wrong."""

    def answer(sequences, outcomes, *, weights, context=None, n_negatives=4):
        def loss(network, rows, generator):
            batch = without_empty_columns(sequences[rows])
            length = batch.shape[1] - 1
            items, targets = batch[:, :-1], batch[:, 1:]
            of_rows = None if context is None else read(context, rows, length)
            states, targets, is_asked = asked(network.states(items, of_rows), items, targets)
            factors = weights if weighted else {name: 1.0 for name in weights if weights[name]}
            total = 0.0
            if weights.get("next_item"):
                value = network.network.softmax_loss(states, targets)
                total = total + factors["next_item"] * value
            if cut_off:
                states = states.detach()
            if weights.get("click"):
                drawn = uniform_negatives(
                    targets,
                    n_negatives,
                    network.n_items,
                    seed=generator,
                    reject_target=reject_target,
                )
                candidates = torch.cat([targets[:, None], drawn], dim=1)
                logits = network.about(getattr(network, click_head), states, candidates)
                total = click_add(total, factors["click"], click(logits))
            if weights.get("outcome"):
                about = items[is_asked] if outcome_of == "read" else targets
                predicted = network.about(getattr(network, outcome_head), states, about)
                value = outcome(predicted, ended(outcomes, rows, length, is_asked))
                total = outcome_add(total, factors["outcome"], value)
            return at_the_end(total, weights) if at_the_end else total

        return loss

    return answer


def _asked_at_padding(states, items, targets):
    is_asked = targets != 0
    return states[is_asked], targets[is_asked], is_asked


def _asked_everywhere(states, items, targets):
    return states.flatten(0, 1), targets.flatten(), torch.ones_like(items, dtype=torch.bool)


def _asked_at_the_end(states, items, targets):
    is_asked = torch.zeros_like(items, dtype=torch.bool)
    is_asked[:, -1] = True
    return states[is_asked], targets[is_asked], is_asked


def _asked_what_is_read(states, items, targets):
    is_asked = items != 0
    return states[is_asked], items[is_asked], is_asked


def _last_logit_is_the_target(logits):
    return _mean_bce(logits.flip(1))


def _halves_of_equal_weight(factor):
    def click(logits):
        of_pairs = binary_cross_entropy_with_logits(logits, _labels_of(logits), reduction="none")
        return factor * (of_pairs[:, 0].mean() + of_pairs[:, 1:].mean())

    return click


def _summed_over_candidates(logits):
    return _mean_bce(logits) * logits.shape[1]


def _summed_over_pairs(logits):
    return _mean_bce(logits) * logits.numel()


def _positives_alone(logits):
    return _mean_bce(logits[:, :1])


def _negatives_alone(logits):
    return binary_cross_entropy_with_logits(logits[:, 1:], torch.zeros_like(logits[:, 1:]))


def _labels_inverted(logits):
    return binary_cross_entropy_with_logits(logits, 1 - _labels_of(logits))


def _labels_all(value):
    def click(logits):
        return binary_cross_entropy_with_logits(logits, torch.full_like(logits, value))

    return click


def _sigmoid_twice(logits):
    return binary_cross_entropy_with_logits(logits.sigmoid(), _labels_of(logits))


def _softmax_of_candidates(logits):
    return -logits.log_softmax(dim=1)[:, 0].mean()


def _square_of_clicks(logits):
    return (logits.sigmoid() - _labels_of(logits)).square().mean()


def _outcomes_of(take):
    """take: (outcomes, rows, length) -> (B, length)."""
    return lambda outcomes, rows, length, is_asked: take(outcomes, rows, length)[is_asked]


_ended_as_read = _outcomes_of(lambda outcomes, rows, length: outcomes[rows][:, -length - 1 : -1])
_ended_from_the_left = _outcomes_of(lambda outcomes, rows, length: outcomes[rows][:, :length])
_ended_from_the_left_shifted = _outcomes_of(
    lambda outcomes, rows, length: outcomes[rows][:, 1 : length + 1]
)
_ended_of_first_rows = _outcomes_of(
    lambda outcomes, rows, length: outcomes[: len(rows)][:, -length:]
)


def _broadcast(predicted, ended):
    return (predicted[:, None] - ended).square().mean()


def _bce_of_outcome(predicted, ended):
    return binary_cross_entropy_with_logits(predicted, ended)


def _overwrites(total, weight, value):
    return weight * value


def _unweighted(total, weight, value):
    return total + value


def _weight_squared(total, weight, value):
    return total + weight**2 * value


def _left_out(total, weight, value):
    return total + 0.0 * value


def _mean_of_tasks(total, weights):
    return total / sum(bool(weight) for weight in weights.values())


def _by_all_weights(total, weights):
    return total / sum(weights.values())


_THREE_HEADS = Exercise(
    id="13.5",
    title="One loss for three heads",
    minutes=12,
    reference=multi_task_loss,
    probes=_loss_probes,
    hints=(
        "Cut context and outcomes as the items are cut: the last length + 1 columns of these rows, "
        "then all but the last (what is read) or all but the first (what is asked for).",
        "Context belongs to what is read: `context[rows][:, -length - 1 : -1]`. The outcome "
        "belongs to the target: `outcomes[rows][:, -length:][is_asked]`.",
        "`states = network.states(items, read)[is_asked]`; the click loss is `nn.functional."
        "binary_cross_entropy_with_logits` with a 1 in column 0; the outcome loss "
        "`(network.about(network.outcome, states, targets) - ended).square().mean()`.",
    ),
    built="This is multi-task training: three heads, one encoder, one weighted loss. The next "
    "cells train two recommenders with it, one that reads ids alone and one that reads "
    "everything.",
    ours="Ours masks first and asks the heads then: each of them sees real positions only.",
    misconceptions=(
        Misconception(
            name="outcome of the click that is read",
            wrong=_loss_with(ended=_ended_as_read),
            says="The outcome head: you ask for the outcome of the click that was *read*, one "
            "place too early. The head is asked about the target, so it is the target's "
            "outcome: `outcomes[rows][:, -length:]`.",
        ),
        Misconception(
            name="outcome from the left",
            wrong=_loss_with(ended=_ended_from_the_left),
            says="The outcome head: you cut the outcomes at the left edge, the items at the right, "
            "so they don't belong together. Count from the end: `outcomes[rows][:, -length:]`.",
        ),
        Misconception(
            name="outcome from the left, shifted",
            wrong=_loss_with(ended=_ended_from_the_left_shifted),
            says="The outcome head: you count the outcomes' columns from the left (1 on), the "
            "items from the right: where empty columns were left out, they don't belong "
            "together. `outcomes[rows][:, -length:]`.",
        ),
        Misconception(
            name="outcomes of the first rows",
            wrong=_loss_with(ended=_ended_of_first_rows),
            says="The outcome head: you read the outcomes of the first rows, not those of this "
            "batch, `rows`: `outcomes[rows]`.",
        ),
        Misconception(
            name="item that is read",
            wrong=_loss_with(outcome_of="read"),
            says="The outcome head is asked about the item that was *read*. Ask about the target, "
            "the item that follows: `network.about(network.outcome, states, targets)`.",
        ),
        Misconception(
            name="absolute error",
            wrong=_loss_with(outcome=lambda predicted, ended: (predicted - ended).abs().mean()),
            says="The outcome head: you take the absolute error. The squared one is asked for: "
            "`.square().mean()`.",
        ),
        Misconception(
            name="root of the mean square",
            wrong=_loss_with(
                outcome=lambda predicted, ended: _mean_square(predicted, ended).sqrt()
            ),
            says="The outcome head: you take the root of the mean square (RMSE). The mean squared "
            "error has no root.",
        ),
        Misconception(
            name="half of the square",
            wrong=_loss_with(outcome=lambda predicted, ended: 0.5 * _mean_square(predicted, ended)),
            says="The outcome head: you take half of the squared error. The mean square itself is "
            "asked for.",
        ),
        Misconception(
            name="sum of squares",
            wrong=_loss_with(outcome=lambda predicted, ended: (predicted - ended).square().sum()),
            says="The outcome head: you sum the squared errors, so they grow with the batch. Take "
            "the mean.",
        ),
        Misconception(
            name="mean error, squared",
            wrong=_loss_with(outcome=lambda predicted, ended: (predicted - ended).mean().square()),
            says="The outcome head: you square the mean error, where errors cancel. Square first, "
            "then take the mean.",
        ),
        Misconception(
            name="mean error",
            wrong=_loss_with(outcome=lambda predicted, ended: (predicted - ended).mean()),
            says="The outcome head: you take the mean error, not squared: errors cancel. "
            "`.square().mean()`.",
        ),
        Misconception(
            name="all pairs of clicks",
            wrong=_loss_with(outcome=_broadcast),
            says="The outcome head: shapes (K, 1) and (K,) broadcast to (K, K), so each prediction "
            "is compared with the outcomes of all clicks. Give both the shape (K,).",
        ),
        Misconception(
            name="squashed outcome",
            wrong=_loss_with(
                outcome=lambda predicted, ended: _mean_square(predicted.sigmoid(), ended)
            ),
            says="The outcome head: you put a sigmoid on what it says. It answers with an expected "
            "outcome: compare that as it is.",
        ),
        Misconception(
            name="cross-entropy of the outcome",
            wrong=_loss_with(outcome=_bce_of_outcome),
            says="The outcome head: you take a cross-entropy (BCE). An outcome is a number: the "
            "mean squared error.",
        ),
        Misconception(
            name="Huber",
            wrong=_loss_with(outcome=huber_loss),
            says="The outcome head: you take Huber's (smooth L1) loss. The mean squared error is "
            "asked for.",
        ),
        Misconception(
            name="click head for outcomes",
            wrong=_loss_with(outcome_head="click"),
            says="You ask the click head about outcomes. `network.outcome` is the head that "
            "answers that.",
        ),
        Misconception(
            name="outcome not weighted",
            wrong=_loss_with(outcome_add=_unweighted),
            says="The outcome head: its loss is added without its weight. Multiply by "
            'weights["outcome"].',
        ),
        Misconception(
            name="outcome weighted twice",
            wrong=_loss_with(outcome_add=_weight_squared),
            says="The outcome head: its loss is multiplied by its weight twice. Once is enough.",
        ),
        Misconception(
            name="outcome overwrites",
            wrong=_loss_with(outcome_add=_overwrites),
            says="The outcome head overwrites the total: the losses of the other heads are lost. "
            "Add, `total = total + ...`.",
        ),
        Misconception(
            name="outcome left out",
            wrong=_loss_with(outcome_add=_left_out),
            says="The outcome head is left out of the sum: add its loss to the total, times its "
            "weight.",
        ),
        Misconception(
            name="the last candidate is the target",
            wrong=_loss_with(click=_last_logit_is_the_target),
            says="The click head: you label the last candidate as the click. The target stands "
            "first, in column 0 of the candidates.",
        ),
        Misconception(
            name="positives and negatives alike",
            wrong=_loss_with(click=_halves_of_equal_weight(1.0)),
            says="The click head: positives and negatives weigh the same, a mean each, added. "
            "All K * (1 + N) pairs are to weigh the same: one mean over all.",
        ),
        Misconception(
            name="positives and negatives alike, halved",
            wrong=_loss_with(click=_halves_of_equal_weight(0.5)),
            says="The click head: you take the mean of two means, so positives and negatives weigh "
            "the same, balanced. One mean over all K * (1 + N) pairs.",
        ),
        Misconception(
            name="a sum over pairs",
            wrong=_loss_with(click=_summed_over_pairs),
            says="The click head: you sum the loss over its pairs: it grows with the batch and "
            "drowns the others. Take the mean.",
        ),
        Misconception(
            name="a sum over candidates",
            wrong=_loss_with(click=_summed_over_candidates),
            says="The click head: you sum over the candidates of each click, or divide by K alone. "
            "The mean is over all K * (1 + N) pairs.",
        ),
        Misconception(
            name="positives alone",
            wrong=_loss_with(click=_positives_alone),
            says="The click head: only the targets are in your loss. The negatives belong to it "
            'too, with label 0: else "yes" to everything is best.',
        ),
        Misconception(
            name="negatives alone",
            wrong=_loss_with(click=_negatives_alone),
            says="The click head: only the negatives are in your loss. The target belongs to it "
            "too, with label 1.",
        ),
        Misconception(
            name="labels inverted",
            wrong=_loss_with(click=_labels_inverted),
            says="The click head: your labels are inverted, 0 for the click and 1 for the "
            "negatives. 1 in column 0, 0 elsewhere.",
        ),
        Misconception(
            name="labels all one",
            wrong=_loss_with(click=_labels_all(1.0)),
            says="The click head: all your labels are 1. Only the target in column 0 is a click; "
            "the negatives are 0.",
        ),
        Misconception(
            name="labels all zero",
            wrong=_loss_with(click=_labels_all(0.0)),
            says="The click head: all your labels are 0. The target in column 0 is a click: 1.",
        ),
        Misconception(
            name="a sigmoid twice",
            wrong=_loss_with(click=_sigmoid_twice),
            says="The click head: you apply the sigmoid twice. `binary_cross_entropy_with_logits` "
            "has its own: give it the logits.",
        ),
        Misconception(
            name="a softmax over candidates",
            wrong=_loss_with(click=_softmax_of_candidates),
            says="The click head: you take a softmax over the candidates, a cross-entropy. Each "
            "pair is a question of its own, click or not: BCE with logits.",
        ),
        Misconception(
            name="squares of clicks",
            wrong=_loss_with(click=_square_of_clicks),
            says="The click head: you take squared errors of probabilities. BCE with logits is "
            "asked for.",
        ),
        Misconception(
            name="outcome head for clicks",
            wrong=_loss_with(click_head="outcome"),
            says="You ask the outcome head for clicks. `network.click` is the head that answers "
            "that.",
        ),
        Misconception(
            name="click not weighted",
            wrong=_loss_with(click_add=_unweighted),
            says="The click head: its loss is added without its weight. Multiply by "
            'weights["click"].',
        ),
        Misconception(
            name="click weighted twice",
            wrong=_loss_with(click_add=_weight_squared),
            says="The click head: its loss is multiplied by its weight twice. Once is enough.",
        ),
        Misconception(
            name="click overwrites",
            wrong=_loss_with(click_add=_overwrites),
            says="The click head overwrites the total: the loss of the next item is lost. Add, "
            "`total = total + ...`.",
        ),
        Misconception(
            name="click left out",
            wrong=_loss_with(click_add=_left_out),
            says="The click head is left out of the sum: add its loss to the total, times its "
            "weight.",
        ),
        Misconception(
            name="may hit the click",
            wrong=_loss_with(reject_target=False),
            says="The click head: some of your negatives are the click itself. Use the `negatives` "
            "that are there.",
        ),
        Misconception(
            name="context of the target",
            wrong=_loss_with(read=lambda context, rows, length: context[rows][:, -length:]),
            says="You read the context of the click that is to be predicted, the target: its "
            "outcome is the answer, a leak. Take that of the click that is read, one place "
            "earlier.",
        ),
        Misconception(
            name="context from the left",
            wrong=_loss_with(read=lambda context, rows, length: context[rows][:, :length]),
            says="Your context is cut at the left edge, the items at the right: where empty "
            "columns were left out, they don't belong together. Count from the end.",
        ),
        Misconception(
            name="context of the first rows",
            wrong=_loss_with(
                read=lambda context, rows, length: _newest_read(context, range(len(rows)), length)
            ),
            says="You read the context of the first rows, not that of this batch, `rows`: "
            "`context[rows]`.",
        ),
        Misconception(
            name="context ignored",
            wrong=_loss_with(read=lambda context, rows, length: None),
            says="The context is never read. Hand it to `network.states`, cut as the items are.",
        ),
        Misconception(
            name="asks before the first click",
            wrong=_loss_with(asked=_asked_at_padding),
            says="You ask at padding too (targets != 0): before the first click there is no "
            "history. Use `is_asked`.",
        ),
        Misconception(
            name="asks everywhere",
            wrong=_loss_with(asked=_asked_everywhere),
            says="You ask at every position, padding counted too: the mask is left out. Take only "
            "the states and targets where `is_asked`.",
        ),
        Misconception(
            name="asks at the end",
            wrong=_loss_with(asked=_asked_at_the_end),
            says="You ask at the last position of each history only. Every position that reads an "
            "item is asked: `is_asked`.",
        ),
        Misconception(
            name="targets are what is read",
            wrong=_loss_with(asked=_asked_what_is_read),
            says="Your targets are the items that are read, not those that follow: nothing is "
            "predicted. `targets[is_asked]`.",
        ),
        Misconception(
            name="heads cut off",
            wrong=_loss_with(cut_off=True),
            says="The states are detached for the click and outcome heads: the value is right, but "
            "no gradient reaches the encoder from them. Leave them attached.",
        ),
        Misconception(
            name="mean of the tasks",
            wrong=_loss_with(at_the_end=_mean_of_tasks),
            says="You divide by the number of tasks, a mean. The weighted losses are added.",
        ),
        Misconception(
            name="divided by the weights",
            wrong=_loss_with(at_the_end=_by_all_weights),
            says="You divide by the sum of the weights, a weighted mean. The weighted losses are "
            "added, no more.",
        ),
        Misconception(
            name="no weights",
            wrong=_loss_with(weighted=False),
            says="You add the losses as they are, without weights. Each is to be multiplied by its "
            "weight.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="losses.append(weights['click'] * bce_loss(logits[:, 0], logits[:, 1:], "
            "real=targets != 0)) -> losses.append(weights['click'] * bce_loss(logits[:, 0], "
            "logits[:, 1:], real=targets != -1))",
            reason="Where an item is read, a target follows: none is padding.",
        ),
        EquivalentMutant(
            edit="total = total + weights['next_item'] * network.network.softmax_loss(states, "
            "targets) -> total = weights['next_item'] * network.network.softmax_loss(states, "
            "targets)",
            reason="It is the first part of the sum: nothing has been added yet.",
        ),
    ),
)

# --- 13.6 What a place is asked -------------------------------------------------------------------


def _visits(rng, n, L):
    """Rows of sessions: each has some, one after the other; some rows are short."""
    rows = np.zeros((n, L + 1), dtype=np.int64)
    for row in rows:
        length = int(rng.integers(2, L + 2))
        row[-length:] = int(rng.integers(1, 50)) + (rng.random(length) < 0.4).cumsum()
    return rows


def _asked_probes(rng):
    rows = np.array([[0, 0, 4, 4, 5], [7, 7, 7, 7, 8], [0, 0, 0, 2, 3], [0, 1, 1, 2, 2]])
    yield Probe((rows,), label="four rows")
    yield Probe((np.array([[3, 3, 3, 9]]),), label="one visit and the click after it")
    yield Probe((np.array([[1, 2, 3, 3]]),), label="short visits")
    for n, L in ((5, 4), (8, 6), (4, 3), (7, 5), (6, 7)):
        yield Probe((_visits(rng, n, L),), label="random")
    yield Probe((np.array([[0, 0, 0, 5, 5]]),), label="places where nothing is asked", edge=True)
    yield Probe((np.array([[0, 0, 6], [0, 2, 1]]),), label="a row of one click", edge=True)


def _by_column(sessions):
    return opening_shares(sessions)[::-1]


def _padding_opens(sessions):
    is_asked = sessions[:, 1:] != 0
    opens = is_asked & (sessions[:, 1:] != sessions[:, :-1])
    return (opens.sum(axis=0) / is_asked.sum(axis=0).clip(1))[::-1]


def _padding_asks_and_opens(sessions):
    return (sessions[:, :-1] != sessions[:, 1:]).mean(axis=0)[::-1]


def _of_all_rows(sessions):
    is_asked = (sessions[:, 1:] != 0) & (sessions[:, :-1] != 0)
    return (is_asked & (sessions[:, 1:] != sessions[:, :-1])).mean(axis=0)[::-1]


def _of_all_openings(sessions):
    is_asked = (sessions[:, 1:] != 0) & (sessions[:, :-1] != 0)
    opens = (is_asked & (sessions[:, 1:] != sessions[:, :-1])).sum(axis=0)
    return (opens / max(opens.sum(), 1))[::-1]


def _of_what_is_read(sessions):
    read = sessions[:, :-1]
    before = np.pad(read, ((0, 0), (1, 0)))[:, :-1]
    is_asked = (read != 0) & (before != 0)
    opens = is_asked & (read != before)
    return (opens.sum(axis=0) / is_asked.sum(axis=0).clip(1))[::-1]


def _goes_on_shares(sessions):
    is_asked = (sessions[:, 1:] != 0) & (sessions[:, :-1] != 0)
    stays = is_asked & (sessions[:, 1:] == sessions[:, :-1])
    return (stays.sum(axis=0) / is_asked.sum(axis=0).clip(1))[::-1]


def _nan_where_nothing(sessions):
    is_asked = (sessions[:, 1:] != 0) & (sessions[:, :-1] != 0)
    opens = is_asked & (sessions[:, 1:] != sessions[:, :-1])
    with np.errstate(invalid="ignore"):
        return (opens.sum(axis=0) / is_asked.sum(axis=0))[::-1]


def _from_counts(sessions):
    is_asked = (sessions[:, 1:] != 0) & (sessions[:, :-1] != 0)
    return (is_asked & (sessions[:, 1:] != sessions[:, :-1])).sum(axis=0)[::-1].astype(float)


_ASKED = Exercise(
    id="13.6",
    title="What a place is asked",
    minutes=6,
    reference=opening_shares,
    probes=_asked_probes,
    hints=(
        "Put what is read beside what is predicted: `sessions[:, :-1]` and `sessions[:, 1:]`. A "
        "place is asked where a click is read.",
        "`opens = is_asked & (read != predicted)`. Sum both over the rows and divide, column by "
        "column; `clip(1)` below the line keeps a place without a question at 0.",
        "The newest place is the last column. It is entry 0: turn the result round, `[::-1]`.",
    ),
    built="You have built the test that finds the bug before anything is trained. The next cell "
    "holds it against the rows of 13.7.",
    ours="Columns are places, so a sum over rows is all that it takes.",
    equivalent_mutants=(
        EquivalentMutant(
            edit="sessions = np.asarray(sessions) -> sessions = sessions",
            reason="The stub promises an array.",
        ),
    ),
    misconceptions=(
        Misconception(
            name="the oldest place first",
            wrong=_by_column,
            says="Your shares are right and stand the wrong way round: entry 0 is the oldest "
            "place. The newest one, the last column, comes first.",
        ),
        Misconception(
            name="padding opens a visit",
            wrong=_padding_opens,
            says="You count the first click of a row as opening: before it stands padding, which "
            "is read by nobody. Ask only where the place itself holds a click.",
        ),
        Misconception(
            name="padding never looked at",
            wrong=_padding_asks_and_opens,
            says="You never ask where padding is. It is read by nobody, so it neither asks nor "
            "opens: count only where the place itself holds a click, above the line and below.",
        ),
        Misconception(
            name="divided by all rows",
            wrong=_of_all_rows,
            says="You divide by the number of rows. Short rows have no click at the older places: "
            "divide by how often the place is asked.",
        ),
        Misconception(
            name="divided by all openings",
            wrong=_of_all_openings,
            says="Your numbers sum to 1: they say where the openings are. Asked is what happens at "
            "a place: divide by how often it is asked.",
        ),
        Misconception(
            name="whether what is read opens a visit",
            wrong=_of_what_is_read,
            says="You look whether the click that is read opens a visit, one column too early. "
            "What counts is the click that follows it, the one to be predicted.",
        ),
        Misconception(
            name="how often the visit goes on",
            wrong=_goes_on_shares,
            says="You count how often the visit goes on. Asked is the rest: how often the click to "
            "be predicted is of another visit.",
        ),
        Misconception(
            name="counts, not shares",
            wrong=_from_counts,
            says="You return how many there are. A share is that number over how often the place "
            "is asked.",
        ),
        Misconception(
            name="NaN where nothing is asked",
            wrong=_nan_where_nothing,
            says="Where a place is never asked you divide 0 by 0. The docstring wants 0.0 there.",
        ),
    ),
)

EXERCISES = (_POSITIONS, _ADDITIVE, _INPUTS, _COPY, _THREE_HEADS, _ASKED)

QUIZZES = (
    Quiz(
        id="13.1",
        question="You batch histories with left padding and call a GPT-2 with `inputs_embeds` and "
        "`attention_mask` only. What happens?",
        choices=(
            Choice(
                "Padding is read as clicks.",
                why="The mask keeps it out of sight. Something else is wrong.",
            ),
            Choice(
                "A click's position depends on how long the longest history of its batch is.",
                right=True,
                why="Columns are counted from the left edge. The same shopper gets another answer "
                "in another batch.",
            ),
            Choice(
                "Nothing: a mask is all that padding needs.",
                why="For rotary or relative positions that is true: a shift of all clicks changes "
                "no distance. GPT-2 learns a vector for each column.",
            ),
        ),
    ),
    Quiz(
        id="13.2",
        question="Your 4-D boolean mask works under `sdpa`. On a machine without that kernel the "
        "library falls back to `eager`. What do you see?",
        choices=(
            Choice(
                "An error about dtypes.",
                why="A boolean is added to floats without complaint: True is 1.",
            ),
            Choice(
                "A training loss that is better than ever.",
                right=True,
                why="Nothing is hidden any more, so the network reads the answers. In the shop it "
                "is worthless.",
            ),
            Choice(
                "The same numbers, more slowly.",
                why="That is what one hopes. It holds for masks of numbers, 0 and the lowest.",
            ),
        ),
    ),
    Quiz(
        id="13.3",
        question="A paper reports that a GPT-2 recommender beats SASRec by four points. What would "
        "you ask first?",
        choices=(
            Choice(
                "Whether attention of GPT-2 is better.",
                why="With equal weights the two blocks give equal numbers: there is nothing to be "
                "better at.",
            ),
            Choice(
                "Loss, start weights, epochs and size of each of the two.",
                right=True,
                why="The architectures are the same. What differs is everything around them.",
            ),
            Choice(
                "Which of them was pretrained on text.",
                why="Worth asking, too. But with item embeddings as input the words are gone, and "
                "mostly nothing is.",
            ),
        ),
    ),
    Quiz(
        id="13.4",
        question="Which of these may be context of a click when the *next* click is predicted at "
        "its place?",
        choices=(
            Choice(
                "How long the shopper will wait until the next click.",
                why="Nobody knows that yet. It is a property of the next click.",
            ),
            Choice(
                "How the click itself ended: looked, cart, bought.",
                right=True,
                why="It has happened. It would be a leak only for a head that asks how *this* "
                "click ends.",
            ),
            Choice(
                "Whether the visit ends here.",
                why="That is known only once the next click is, or never comes.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="13.1", asks="Share of the table of words in GPT-2", unit="%", high=100, close=5
    ),
    GuessNumber(
        id="13.2",
        asks="How much larger the largest backbone is than the smallest",
        unit="%",
        close=10,
    ),
    GuessNumber(id="13.3", asks="Those that stay put, told nothing", unit="of 5", high=5, close=0),
    GuessNumber(id="13.4", asks="Those that stay put, with a mask", unit="of 5", high=5, close=0),
    GuessNumber(
        id="13.5", asks="Pictures in which no state looks ahead", unit="of 5", high=5, close=0
    ),
    GuessNumber(id="13.6", asks="How far ahead ModernBERT sees", unit="clicks", high=9, close=0),
    GuessChoice(
        id="13.7",
        asks="A boolean mask is right under",
        choices=("eager", "sdpa", "sdpa and eager", "neither"),
    ),
    GuessChoice(
        id="13.8",
        asks="How far apart their training losses are",
        choices=("less than .001", ".001 to .01", ".01 to .1", "more than .1"),
    ),
    GuessChoice(
        id="13.9",
        asks="SASRec's equal within noise",
        choices=("GPT-2 made like ours", "GPT-2", "GPT-2, weights N(0, 0.02^2)"),
    ),
    GuessNumber(
        id="13.10",
        asks="From the worst to the best, in share of the lift",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="13.11",
        asks="The higher NDCG@10 of the next click",
        choices=("everything", "oracle, ids alone"),
    ),
    GuessNumber(
        id="13.12",
        asks="How much lower the oracle's squared error is than the mean's",
        unit="%",
        high=100,
        close=3,
        digits=1,
    ),
    GuessChoice(
        id="13.13",
        asks="The best part of a history to read",
        choices=("newest visit", "20 clicks", "119 clicks"),
    ),
    GuessNumber(
        id="13.14",
        asks="What it gains over the visit alone, in share of the lift",
        unit="%",
        high=100,
        close=10,
    ),
    GuessNumber(
        id="13.15",
        asks="Training: how often the newest position has to name another visit",
        unit="%",
        high=100,
        close=10,
    ),
    GuessNumber(
        id="13.16",
        asks="In use: how often",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="13.17",
        asks="What is left of that gain",
        choices=("all of it", "about a half", "nothing"),
    ),
)
