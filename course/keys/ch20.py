"""Answer key of the page "In one scroll", whose number is 20: it is no chapter."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    Misconception,
    ModuleProbe,
    Probe,
    Quiz,
)
from seqrec.models.encoder import draw_weights
from seqrec.models.plain import (
    Attention,
    Block,
    Encoder,
    PlainSASRec,
    roll_out,
    train_step,
    training_rows,
)

# --- 20.1 Rows ------------------------------------------------------------------------------------


def _rows_probes(rng):
    yield Probe(([[7, 8, 9]], 4), label="a history that fits")
    yield Probe(([[1, 2, 3, 4, 5, 6, 7]], 3), label="a history of two rows")
    yield Probe(([[1, 2, 3, 4, 5]], 4), label="a history that fills a row")
    yield Probe(([[4, 4], [5], [6, 7, 8]], 2), label="one with a single click", edge=True)
    yield Probe(([], 3), label="no history at all", edge=True)
    yield Probe(([[], [3]], 3), label="nothing to ask for", edge=True)
    yield Probe(([[1, 2, 3]], 1), label="one click is read", edge=True)
    for _ in range(4):
        lengths = rng.integers(1, 14, size=4)
        histories = [rng.integers(1, 50, size=n).tolist() for n in lengths]
        yield Probe((histories, int(rng.integers(2, 6))), label="four histories")


def _pieces(histories, max_len, width, step, newest_first=True, least=2):
    """Rows of `width`, one each `step`."""
    rows = []
    for history in histories:
        stops = list(range(len(history), least - 1, -step))
        for stop in stops if newest_first else stops[::-1]:
            row = list(history[max(0, stop - width) : stop])
            rows.append([0] * (width - len(row)) + row)
    return torch.tensor(rows, dtype=torch.long).reshape(-1, width)


def _rows_too_short(histories, max_len):
    return _pieces(histories, max_len, max_len, max_len)


def _rows_padded_right(histories, max_len):
    rows = _pieces(histories, max_len, max_len + 1, max_len).tolist()
    turned = [[i for i in row if i] + [i for i in row if not i] for row in rows]
    return torch.tensor(turned, dtype=torch.long).reshape(-1, max_len + 1)


def _rows_below_zero(histories, max_len):
    rows = []
    for history in histories:
        for stop in range(len(history), 1, -max_len):
            row = list(history[stop - max_len - 1 : stop])
            rows.append([0] * (max_len + 1 - len(row)) + row)
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)


def _rows_newest_only(histories, max_len):
    return _pieces([h[-max_len - 1 :] for h in histories], max_len, max_len + 1, max_len)


def _rows_share_nothing(histories, max_len):
    return _pieces(histories, max_len, max_len + 1, max_len + 1)


def _rows_of_every_click(histories, max_len):
    return _pieces(histories, max_len, max_len + 1, 1)


def _rows_oldest_first(histories, max_len):
    return _pieces(histories, max_len, max_len + 1, max_len, newest_first=False)


def _rows_of_single_clicks(histories, max_len):
    return _pieces(histories, max_len, max_len + 1, max_len, least=1)


def _rows_from_the_start(histories, max_len):
    rows = []
    for history in histories:
        for start in range(0, len(history) - 1, max_len):
            row = list(history[start : start + max_len + 1])
            rows.append([0] * (max_len + 1 - len(row)) + row)
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)


def _rows_across_histories(histories, max_len):
    return _pieces(
        [[item for history in histories for item in history]], max_len, max_len + 1, max_len
    )


_ROWS = Exercise(
    id="20.1",
    title="Histories into rows",
    minutes=8,
    reference=training_rows,
    probes=_rows_probes,
    built="The rows that a next-item model learns from: every click but a history's first is asked "
    "for once. `loss` and `train_step` below read them.",
    hints=(
        "How many clicks does one row need, if `max_len` of them are read and each of these is "
        "asked for what follows?",
        "Go through the places where a row may stop: the end of the history, `max_len` before it, "
        "and so on, as long as two clicks are left.",
        "`for stop in range(len(history), 1, -max_len)`: the row is "
        "`history[max(0, stop - max_len - 1) : stop]`, with zeros before it.",
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="rows.append([0] * (max_len + 1 - len(row)) + row) -> "
            "rows.extend([0] * (max_len + 1 - len(row)) + row)",
            reason="One long list, which `reshape` cuts into the same rows.",
        ),
    ),
    misconceptions=(
        Misconception(
            name="a slice from below zero",
            wrong=_rows_below_zero,
            says="`stop - max_len - 1` falls below 0 for the oldest clicks, and Python then counts "
            "from the end: clicks get lost. `max(0, ...)` keeps the slice at the first click.",
        ),
        Misconception(
            name="max_len wide",
            wrong=_rows_too_short,
            says="Your rows have `max_len` items, one too few. `max_len` are read, and the last of "
            "them is asked for what follows: `max_len + 1`.",
        ),
        Misconception(
            name="pads on the right",
            wrong=_rows_padded_right,
            says="Your zeros stand behind the clicks. Put them before: the newest click is always "
            "at -1.",
        ),
        Misconception(
            name="the newest row only",
            wrong=_rows_newest_only,
            says="You keep the newest row of each history and forget the rest. Go on backwards "
            "until fewer than two clicks are left.",
        ),
        Misconception(
            name="neighbours share nothing",
            wrong=_rows_share_nothing,
            says="Your rows share no item, so the first click of each row is never asked for. The "
            "last item of a row is the first one of the row after it: step back by `max_len`.",
        ),
        Misconception(
            name="a row for every click",
            wrong=_rows_of_every_click,
            says="You make a row for every click. All positions of a row are asked at once, so "
            "each click would be asked for again and again: step back by `max_len`.",
        ),
        Misconception(
            name="cut from the oldest click",
            wrong=_rows_from_the_start,
            says="You cut from the oldest click forwards, so the newest row is the one with the "
            "padding. Begin at the newest click.",
        ),
        Misconception(
            name="across histories",
            wrong=_rows_across_histories,
            says="You cut all histories as one long one, so a row holds clicks of two shoppers. "
            "Cut each history alone.",
        ),
        Misconception(
            name="the oldest row first",
            wrong=_rows_oldest_first,
            says="The right rows in another order: the newest row of a history comes first.",
        ),
        Misconception(
            name="rows with a single click",
            wrong=_rows_of_single_clicks,
            says="You make a row of a single click. Nothing follows it, so nothing can be asked: "
            "stop where fewer than two clicks are left.",
        ),
    ),
)


# --- 20.2 Attention -------------------------------------------------------------------------------


def _normal(rng, *shape):
    return torch.from_numpy(rng.normal(size=shape)).float()


def _lower(L):
    return torch.ones(1, 1, L, L, dtype=torch.bool).tril()


def _attention_probes(rng):
    both = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    yield ModuleProbe((_normal(rng, 1, 2, 4), both), init=(4, 1), label="one head, two clicks")
    yield ModuleProbe((_normal(rng, 1, 3, 4), _lower(3)), init=(4, 2), label="two heads, causal")
    for _ in range(2):
        visible = torch.from_numpy(rng.random((3, 1, 5, 5)) < 0.5) | torch.eye(5).bool()
        yield ModuleProbe(
            (_normal(rng, 3, 5, 12), visible), init=(12, 3), label="three heads", gradients=True
        )
    yield ModuleProbe(
        (_normal(rng, 1, 1, 4), _lower(1)), init=(4, 2), label="a single click", edge=True
    )


class _Attention(nn.Module):
    """The stub's class. A mistake is in one of its steps."""

    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def forward(self, x, visible):
        q, k, v = self.split(self.project(x))
        weights = self.weigh(self.scale(q @ k.transpose(-2, -1), x), visible)
        return self.merge(self.join(self.mix(weights, q, k, v), x))

    def split(self, parts):
        B, L, width = parts.shape
        return parts.view(B, L, 3, self.H, width // 3 // self.H).permute(2, 0, 3, 1, 4)

    def scale(self, scores, x):
        return scores / (x.shape[-1] // self.H) ** 0.5

    def weigh(self, scores, visible):
        return scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)

    def mix(self, weights, q, k, v):
        return weights @ v

    def join(self, heads, x):
        return heads.transpose(1, 2).reshape(x.shape)


class _HeadsByBareReshape(_Attention):
    def split(self, parts):
        B, L, width = parts.shape
        return [part.reshape(B, self.H, L, width // 3 // self.H) for part in parts.chunk(3, dim=-1)]


class _HeadsFirst(_Attention):
    def split(self, parts):
        B, L, width = parts.shape
        return parts.view(B, L, self.H, 3, width // 3 // self.H).permute(3, 0, 2, 1, 4)


class _NotScaled(_Attention):
    def scale(self, scores, x):
        return scores


class _ScaledByTheWidth(_Attention):
    def scale(self, scores, x):
        return scores / x.shape[-1] ** 0.5


class _ScaledWithoutRoot(_Attention):
    def scale(self, scores, x):
        return scores / (x.shape[-1] // self.H)


class _SoftmaxOverQueries(_Attention):
    def weigh(self, scores, visible):
        return scores.masked_fill(~visible, float("-inf")).softmax(dim=-2)


class _MaskedAfterwards(_Attention):
    def weigh(self, scores, visible):
        return scores.softmax(dim=-1) * visible


class _MaskedWithZero(_Attention):
    def weigh(self, scores, visible):
        return scores.masked_fill(~visible, 0.0).softmax(dim=-1)


class _MaskTurned(_Attention):
    def weigh(self, scores, visible):
        return scores.masked_fill(visible, float("-inf")).softmax(dim=-1)


class _NoMask(_Attention):
    def weigh(self, scores, visible):
        return scores.softmax(dim=-1)


class _MixesKeys(_Attention):
    def mix(self, weights, q, k, v):
        return weights @ k


class _JoinsWithoutTransposing(_Attention):
    def join(self, heads, x):
        return heads.reshape(x.shape)


class _NotMerged(_Attention):
    def forward(self, x, visible):
        q, k, v = self.split(self.project(x))
        weights = self.weigh(self.scale(q @ k.transpose(-2, -1), x), visible)
        return self.join(self.mix(weights, q, k, v), x)


_ATTENTION = Exercise(
    id="20.2",
    title="Attention, with its heads",
    minutes=12,
    reference=Attention,
    probes=_attention_probes,
    built="Multi-head attention in one piece. Each `Block` of the encoder has one.",
    ours="We split three parts and heads in one `view`. Chapter 06 has a function for each.",
    hints=(
        "Say the axes aloud at every line: (B, L, 3 D), then (B, H, L, d) for each of q, k and v.",
        "`self.project(x).view(B, L, 3, H, d).permute(2, 0, 3, 1, 4)` is q, k and v. Scores are "
        "divided by the root of d, hidden ones are minus infinity, then the softmax over keys.",
        "`self.merge((weights @ v).transpose(1, 2).reshape(B, L, D))`",
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = q @ k.transpose(-2, -1) / (D // self.H) ** 0.5 -> "
            "scores = q @ k.transpose(-1, -2) / (D // self.H) ** 0.5",
            reason="To exchange two axes the other way round is the same.",
        ),
        EquivalentMutant(
            edit="return self.merge(heads.transpose(1, 2).reshape(B, L, D)) -> "
            "return self.merge(heads.transpose(2, 1).reshape(B, L, D))",
            reason="To exchange two axes the other way round is the same.",
        ),
    ),
    misconceptions=(
        Misconception(
            name="heads by a bare reshape",
            wrong=_HeadsByBareReshape,
            says="You `reshape` (B, L, D) to (B, H, L, d) directly: that puts parts of several "
            "clicks into one head. Split the last axis, then exchange axes 1 and 2.",
        ),
        Misconception(
            name="heads before q, k, v",
            wrong=_HeadsFirst,
            says="You read the 3 D columns as H times (q, k, v). They are all of q, then all of k, "
            "then all of v: `view(B, L, 3, H, d)`.",
        ),
        Misconception(
            name="not scaled",
            wrong=_NotScaled,
            says="Your scores are not divided by anything. Divide by the root of d, the width of a "
            "head.",
        ),
        Misconception(
            name="scaled by the whole width",
            wrong=_ScaledByTheWidth,
            says="You divide by the root of D. A score is a sum over the d = D / H numbers of one "
            "head: divide by the root of d.",
        ),
        Misconception(
            name="scaled without the root",
            wrong=_ScaledWithoutRoot,
            says="You divide by d itself. Divide by its root: the spread of a sum of d products "
            "grows as the root of d.",
        ),
        Misconception(
            name="softmax over the queries",
            wrong=_SoftmaxOverQueries,
            says="Your softmax is over the queries. Each query shares out 1 among its keys: "
            "`softmax(dim=-1)`.",
        ),
        Misconception(
            name="no mask",
            wrong=_NoMask,
            says="You do not read `visible`. Scores where it is False are minus infinity before "
            "the softmax.",
        ),
        Misconception(
            name="masked after the softmax",
            wrong=_MaskedAfterwards,
            says="You multiply by the mask after the softmax, so a row no longer sums to 1. Set "
            "hidden scores to minus infinity before it.",
        ),
        Misconception(
            name="hidden scores set to 0",
            wrong=_MaskedWithZero,
            says="You set hidden scores to 0. exp(0) is 1, so they still get attention: minus "
            "infinity gets none.",
        ),
        Misconception(
            name="the mask turned round",
            wrong=_MaskTurned,
            says="You hide what may be looked at. `visible` is True where a position may look: "
            "fill where it is False, `~visible`.",
        ),
        Misconception(
            name="keys in place of values",
            wrong=_MixesKeys,
            says="You mix the keys. Weights come from queries and keys; what is mixed is v.",
        ),
        Misconception(
            name="joins without exchanging axes",
            wrong=_JoinsWithoutTransposing,
            says="You reshape (B, H, L, d) to (B, L, D) directly, which mixes clicks. Exchange "
            "axes 1 and 2 first.",
        ),
        Misconception(
            name="heads not merged",
            wrong=_NotMerged,
            says="`self.merge` is not called, so the heads never hear of each other.",
        ),
    ),
)


# --- 20.3 Block -----------------------------------------------------------------------------------


def _block_probes(rng):
    settings = {"init": (4, 2, 6)}
    both = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    yield ModuleProbe((_normal(rng, 1, 2, 4), both), label="two clicks", **settings)
    yield ModuleProbe(
        (_normal(rng, 2, 3, 4), _lower(3)), label="three clicks, causal", gradients=True, **settings
    )
    yield ModuleProbe((_normal(rng, 3, 5, 8), _lower(5)), init=(8, 2, 5), label="another width")


class _Block(nn.Module):
    """The stub's class, all but `forward`."""

    def __init__(self, D, H, hidden):
        super().__init__()
        self.attention = Attention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])


class _PostNorm(_Block):
    def forward(self, x, visible):
        x = self.norms[0](x + self.attention(x, visible))
        return self.norms[1](x + self.ffn(x))


class _NoNorm(_Block):
    def forward(self, x, visible):
        x = x + self.attention(x, visible)
        return x + self.ffn(x)


class _NoSecondNorm(_Block):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(x)


class _NoFirstNorm(_Block):
    def forward(self, x, visible):
        x = x + self.attention(x, visible)
        return x + self.ffn(self.norms[1](x))


class _NothingAdded(_Block):
    def forward(self, x, visible):
        x = self.attention(self.norms[0](x), visible)
        return self.ffn(self.norms[1](x))


class _AttentionNotAdded(_Block):
    def forward(self, x, visible):
        x = self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))


class _NetworkNotAdded(_Block):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return self.ffn(self.norms[1](x))


class _NormIsAdded(_Block):
    def forward(self, x, visible):
        x = self.norms[0](x)
        x = self.norms[1](x + self.attention(x, visible))
        return x + self.ffn(x)


class _SideBySide(_Block):
    def forward(self, x, visible):
        return x + self.attention(self.norms[0](x), visible) + self.ffn(self.norms[1](x))


class _AddsTheInputTwice(_Block):
    def forward(self, x, visible):
        between = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](between))


class _OneNorm(_Block):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[0](x))


class _NormsExchanged(_Block):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[1](x), visible)
        return x + self.ffn(self.norms[0](x))


_BLOCK = Exercise(
    id="20.3",
    title="A block",
    minutes=5,
    reference=Block,
    probes=_block_probes,
    built="A pre-norm block. The encoder is two of them, one after the other.",
    hints=(
        "Two branches, one after the other. What each of them gives is added to what came in.",
        "A branch reads its own norm of x; what is added to is x itself.",
        "`x = x + self.attention(self.norms[0](x), visible)`, and the same with `self.ffn`.",
    ),
    misconceptions=(
        Misconception(
            name="post-norm",
            wrong=_PostNorm,
            says="You normalise after adding: that is post-norm. Here the norm stands inside the "
            "branch, before the attention and before the network.",
        ),
        Misconception(
            name="no norm",
            wrong=_NoNorm,
            says="The two norms are not used. Each branch reads its norm of x.",
        ),
        Misconception(
            name="no norm before the network",
            wrong=_NoSecondNorm,
            says="The network reads x as it is. It has a norm of its own before it, `norms[1]`.",
        ),
        Misconception(
            name="no norm before the attention",
            wrong=_NoFirstNorm,
            says="The attention reads x as it is. It has a norm of its own before it, `norms[0]`.",
        ),
        Misconception(
            name="nothing is added",
            wrong=_NothingAdded,
            says="You hand on what the branches give, and x is gone. Add each branch to what came "
            "into it.",
        ),
        Misconception(
            name="attention is not added",
            wrong=_AttentionNotAdded,
            says="The attention takes the place of x. Add it to x.",
        ),
        Misconception(
            name="the network is not added",
            wrong=_NetworkNotAdded,
            says="The network's output takes the place of x. Add it to x.",
        ),
        Misconception(
            name="the norm is added to",
            wrong=_NormIsAdded,
            says="You add to the normed x. The path of x itself stays free: only the branch reads "
            "the norm.",
        ),
        Misconception(
            name="side by side",
            wrong=_SideBySide,
            says="Both branches read the block's input. The network comes second: it reads x with "
            "the attention added.",
        ),
        Misconception(
            name="the attention is lost",
            wrong=_AddsTheInputTwice,
            says="At the end you add the network to the block's input, and what the attention "
            "added is lost. Add it to what came out of the first half.",
        ),
        Misconception(
            name="one norm for both",
            wrong=_OneNorm,
            says="Both branches use `norms[0]`. The second has a norm of its own, `norms[1]`.",
        ),
        Misconception(
            name="norms exchanged",
            wrong=_NormsExchanged,
            says="The norms are exchanged: `norms[0]` belongs to the attention, `norms[1]` to the "
            "network.",
        ),
    ),
)


# --- 20.4 Encoder ---------------------------------------------------------------------------------

_SMALL = {"init": (9, 6, 8, 2, 1, 12)}


def _sequences(rng, lengths, L, n_items):
    items = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L)))
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


def _real_states(module, items):
    """What padding's states are is nobody's business, but finite they must be."""
    states = module(items)
    return {
        "shape": tuple(states.shape),
        "states of clicks": states[items != 0],
        "finite at padding": bool(states.isfinite().all()),
    }


def _encoder_probes(rng):
    yield ModuleProbe(
        (torch.tensor([[3, 5]]),), label="two clicks, no padding", call=_real_states, **_SMALL
    )
    yield ModuleProbe(
        (_sequences(rng, [6, 3, 1], 6, 9),),
        label="three histories, padded",
        call=_real_states,
        **_SMALL,
    )
    yield ModuleProbe(
        (_sequences(rng, [4, 4, 2], 4, 9),),
        label="shorter than max_len",
        call=_real_states,
        init=(9, 6, 8, 2, 2, 12),
    )
    yield ModuleProbe(
        (_sequences(rng, [3, 0], 3, 9),),
        label="a history of padding alone",
        call=_real_states,
        edge=True,
        **_SMALL,
    )
    yield ModuleProbe(
        (_sequences(rng, [4, 2], 4, 9),),
        label="without blocks",
        call=_real_states,
        init=(9, 6, 8, 2, 0, 12),
        edge=True,
    )


class _Encoder(nn.Module):
    """The stub's class. A mistake is in one of its steps."""

    def __init__(self, n_items, max_len, D, H, n_blocks, hidden):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList(Block(D, H, hidden) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(D)
        draw_weights(self)

    def forward(self, items):
        visible = self.visible(items, torch.eye(items.shape[1], dtype=torch.bool))
        x = self.embedded(items, items.shape[1])
        for block in self.blocks:
            x = block(x, visible)
        return self.last(x)

    def visible(self, items, own):
        return (items != 0)[:, None, None, :] & torch.ones_like(own).tril() | own

    def embedded(self, items, L):
        return self.item(items) + self.position.weight[:L].flip(0)

    def last(self, x):
        return self.norm(x)


class _FromTheStart(_Encoder):
    def embedded(self, items, L):
        return self.item(items) + self.position.weight[:L]


class _FromTheLastPlace(_Encoder):
    def embedded(self, items, L):
        return self.item(items) + self.position.weight.flip(0)[:L]


class _NoPosition(_Encoder):
    def embedded(self, items, L):
        return self.item(items)


class _LouderItems(_Encoder):
    def embedded(self, items, L):
        x = self.item(items) * self.item.embedding_dim**0.5
        return x + self.position.weight[:L].flip(0)


class _SeesTheFuture(_Encoder):
    def visible(self, items, own):
        return (items != 0)[:, None, None, :].expand(-1, 1, len(own), -1) | own


class _SeesOnlyTheFuture(_Encoder):
    def visible(self, items, own):
        return (items != 0)[:, None, None, :] & torch.ones_like(own).triu() | own


class _SeesPadding(_Encoder):
    def visible(self, items, own):
        return torch.ones_like(own).tril()[None, None].expand(len(items), 1, -1, -1)


class _SeesNotItself(_Encoder):
    def visible(self, items, own):
        return (items != 0)[:, None, None, :] & torch.ones_like(own).tril(-1) | own & (items == 0)[
            :, None, None, :
        ]


class _NothingToSee(_Encoder):
    def visible(self, items, own):
        return (items != 0)[:, None, None, :] & torch.ones_like(own).tril()


class _PaddingAsks(_Encoder):
    def visible(self, items, own):
        return (items != 0)[:, None, :, None] & torch.ones_like(own).tril() | own


class _NoLastNorm(_Encoder):
    def last(self, x):
        return x


class _NormBehindEachBlock(_Encoder):
    def forward(self, items):
        visible = self.visible(items, torch.eye(items.shape[1], dtype=torch.bool))
        x = self.embedded(items, items.shape[1])
        for block in self.blocks:
            x = self.norm(block(x, visible))
        return x


_ENCODER = Exercise(
    id="20.4",
    title="The encoder",
    minutes=10,
    reference=Encoder,
    probes=_encoder_probes,
    built="The encoder: item ids in, one state per position out. The scores below are read off "
    "its states.",
    hints=(
        "Three steps: a mask, a sum of two embeddings, and the blocks in a row. What comes after "
        "the last block?",
        "A position may look where a click stands and which is not later, and at itself. Row 0 of "
        "`position.weight` is the newest place, so turn the first L rows round.",
        "`(items != 0)[:, None, None, :] & past | own`, with `past` a lower triangle and `own` a "
        "diagonal; `self.item(items) + self.position.weight[:L].flip(0)`.",
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(edit=f"{statement} -> *", reason="The exercise gives `__init__`.")
        for statement in (
            "self.item = nn.Embedding(n_items + 2, D, padding_idx=0)",
            "draw_weights(self)",
        )
    ),
    misconceptions=(
        Misconception(
            name="positions from the start",
            wrong=_FromTheStart,
            says="You count positions from the oldest place. Row 0 belongs to the newest one, at "
            "the right: turn the first L rows round.",
        ),
        Misconception(
            name="positions from max_len",
            wrong=_FromTheLastPlace,
            says="You turn all rows round and take the first L, so a shorter batch moves every "
            "click to another place. Take the first L rows, then turn them round.",
        ),
        Misconception(
            name="no positions",
            wrong=_NoPosition,
            says="No position is added, so the model reads a bag of clicks.",
        ),
        Misconception(
            name="items times the root of D",
            wrong=_LouderItems,
            says="You multiply the items by the root of D, as the code of the paper does. Here "
            "items and positions are added as they are.",
        ),
        Misconception(
            name="sees the future",
            wrong=_SeesTheFuture,
            says="A position sees the clicks that come after it: in training it can read the "
            "answer. Cut the mask with a lower triangle, `tril`.",
        ),
        Misconception(
            name="sees the future only",
            wrong=_SeesOnlyTheFuture,
            says="Your triangle is upside down: a position sees what comes after it. `tril` keeps "
            "the past.",
        ),
        Misconception(
            name="sees padding",
            wrong=_SeesPadding,
            says="Padding is looked at. A key that is 0 may be seen by nobody else: "
            "`(items != 0)[:, None, None, :]`.",
        ),
        Misconception(
            name="does not see itself",
            wrong=_SeesNotItself,
            says="A click does not see itself, so the newest one, which says most, is not read by "
            "the attention. The diagonal is visible too.",
        ),
        Misconception(
            name="padding has nothing to see",
            wrong=_NothingToSee,
            says="A position of padding sees nothing at all: its softmax is 0 / 0, and NaN spreads "
            "in training. Let every position see itself: `| torch.eye(L, dtype=torch.bool)`.",
        ),
        Misconception(
            name="padding queries hidden",
            wrong=_PaddingAsks,
            says="You hide the rows of padding, not its columns. What must not be *looked at* is "
            "on the last axis: `(items != 0)[:, None, None, :]`.",
        ),
        Misconception(
            name="the norm behind each block",
            wrong=_NormBehindEachBlock,
            says="You apply `self.norm` inside the loop, after each block. It comes once, behind "
            "the last one.",
        ),
        Misconception(
            name="no last norm",
            wrong=_NoLastNorm,
            says="The last norm is left out. With pre-norm the sum of all branches comes out of "
            "the last block as it is: `self.norm(x)`.",
        ),
    ),
)


# --- 20.5 Scores and loss -------------------------------------------------------------------------


def _real_logits(module, items):
    logits = module(items)
    return {"shape": tuple(logits.shape), "logits of clicks": logits[items != 0]}


def _loss_of(module, rows):
    return module.loss(rows)


def _sasrec_probes(rng):
    yield ModuleProbe(
        (torch.tensor([[2, 5]]),), label="the scores of two clicks", call=_real_logits, **_SMALL
    )
    yield ModuleProbe(
        (_sequences(rng, [6, 2, 1], 6, 9),),
        label="the scores of three histories",
        call=_real_logits,
        **_SMALL,
    )
    yield ModuleProbe(
        (torch.tensor([[2, 5, 9]]),), label="the loss of one row", call=_loss_of, **_SMALL
    )
    for lengths in ([7, 7], [7, 4, 2]):
        yield ModuleProbe(
            (_sequences(rng, lengths, 7, 9),),
            label="the loss of several rows",
            call=_loss_of,
            gradients=True,
            **_SMALL,
        )


class _Whole(nn.Module):
    """The stub's class. A mistake is in one of its steps."""

    def __init__(self, n_items, max_len, D=32, H=2, n_blocks=2, hidden=64):
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = Encoder(n_items, max_len, D, H, n_blocks, hidden)

    def products(self):
        return self.encoder.item.weight[1 : self.n_items + 1]

    def forward(self, items):
        return self.encoder(items) @ self.products().T

    def loss(self, rows):
        return self.mean(*self.parts(rows), rows[:, :-1])

    def parts(self, rows):
        return self(rows[:, :-1]), rows[:, 1:] - 1

    def mean(self, logits, targets, read):
        return cross_entropy(logits[read != 0], targets[read != 0])


class _AllRows(_Whole):
    def products(self):
        return self.encoder.item.weight

    def parts(self, rows):
        return self(rows[:, :-1]), rows[:, 1:]


class _MaskIsAProduct(_Whole):
    def products(self):
        return self.encoder.item.weight[1:]


class _RowsFromZero(_Whole):
    def products(self):
        return self.encoder.item.weight[: self.n_items]


class _RowsFromTwo(_Whole):
    def products(self):
        return self.encoder.item.weight[2:]


class _NormedProducts(_Whole):
    def products(self):
        return nn.functional.normalize(super().products(), dim=-1)


class _ProbabilitiesNotLogits(_Whole):
    def forward(self, items):
        return super().forward(items).softmax(dim=-1)


class _LossTwiceSoftmaxed(_Whole):
    def mean(self, logits, targets, read):
        return super().mean(logits.softmax(dim=-1), targets, read)


class _TargetsNotShifted(_Whole):
    def parts(self, rows):
        return self(rows[:, :-1]), rows[:, :-1] - 1


class _TargetsOneTooHigh(_Whole):
    def mean(self, logits, targets, read):
        return super().mean(logits, (targets + 1) % self.n_items, read)


class _PaddingCounts(_Whole):
    def mean(self, logits, targets, read):
        return cross_entropy(logits.flatten(0, 1), targets.flatten().clamp(min=0))


class _DividedByAllPlaces(_Whole):
    def mean(self, logits, targets, read):
        losses = cross_entropy(logits[read != 0], targets[read != 0], reduction="sum")
        return losses / read.numel()


class _BeforeTheFirst(_Whole):
    def mean(self, logits, targets, read):
        return cross_entropy(logits[targets >= 0], targets[targets >= 0])


class _NewestOnly(_Whole):
    def mean(self, logits, targets, read):
        return cross_entropy(logits[:, -1], targets[:, -1])


class _Sum(_Whole):
    def mean(self, logits, targets, read):
        return cross_entropy(logits[read != 0], targets[read != 0], reduction="sum")


class _MeanOfMeans(_Whole):
    def mean(self, logits, targets, read):
        rows = [
            cross_entropy(logit[real], target[real])
            for logit, target, real in zip(logits, targets, read != 0, strict=True)
        ]
        return torch.stack(rows).mean()


_SASREC = Exercise(
    id="20.5",
    title="Tied scores, and the loss",
    minutes=10,
    reference=PlainSASRec,
    probes=_sasrec_probes,
    name="SASRec",
    built="SASRec, whole. From here on it is trained, compared with the library's, and asked for "
    "clicks.",
    hints=(
        "A product's logit is the dot product of the state with its embedding. Which rows of the "
        "embedding are products?",
        "`self.encoder.item.weight[1 : self.n_items + 1]`: column j - 1 is item j. The loss reads "
        "`rows[:, :-1]` and asks for `rows[:, 1:]`, where a click was read.",
        "`is_asked = rows[:, :-1] != 0`, then "
        "`cross_entropy(logits[is_asked], rows[:, 1:][is_asked] - 1)`",
    ),
    misconceptions=(
        Misconception(
            name="PAD and MASK are products",
            wrong=_AllRows,
            says="You score all n_items + 2 rows of the embedding. The first is PAD and the last "
            "MASK: take the rows 1 to n_items.",
        ),
        Misconception(
            name="MASK is a product",
            wrong=_MaskIsAProduct,
            says="Your last column is MASK, the last row of the embedding, which is no product: "
            "`weight[1 : n_items + 1]`.",
        ),
        Misconception(
            name="rows from 0",
            wrong=_RowsFromZero,
            says="Your first column is PAD and the last product is missing. Row 1 is the first "
            "product: `weight[1 : n_items + 1]`.",
        ),
        Misconception(
            name="rows from 2",
            wrong=_RowsFromTwo,
            says="Your first column is item 2, and the last one is MASK. Take the rows 1 to "
            "n_items.",
        ),
        Misconception(
            name="normed products",
            wrong=_NormedProducts,
            says="You scale each product's vector to length 1. A plain dot product is asked for.",
        ),
        Misconception(
            name="probabilities in place of logits",
            wrong=_ProbabilitiesNotLogits,
            says="`forward` gives probabilities. It should give logits: the loss takes its softmax "
            "itself.",
        ),
        Misconception(
            name="a softmax before the loss",
            wrong=_LossTwiceSoftmaxed,
            says="You take a softmax before `cross_entropy`, which takes one itself. Hand it the "
            "logits.",
        ),
        Misconception(
            name="targets not shifted",
            wrong=_TargetsNotShifted,
            says="You ask each position for the click that it has just read. What follows it is in "
            "`rows[:, 1:]`.",
        ),
        Misconception(
            name="targets from 1",
            wrong=_TargetsOneTooHigh,
            says="Your targets are one too high: column j - 1 is item j, so subtract 1.",
        ),
        Misconception(
            name="padding counts",
            wrong=_PaddingCounts,
            says="Padding is asked too, and counts in the mean. Only positions that have read a "
            "click are asked.",
        ),
        Misconception(
            name="divided by all places",
            wrong=_DividedByAllPlaces,
            says="You divide by all places, padding included, so short histories make the loss "
            "small. Divide by the number of positions that are asked.",
        ),
        Misconception(
            name="the first click is asked for",
            wrong=_BeforeTheFirst,
            says="You also ask the padding before the first click what comes next. Ask where the "
            "item that was *read* is a click.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_NewestOnly,
            says="You ask the newest position only. A causal network answers at all positions at "
            "once: use each of them.",
        ),
        Misconception(
            name="a sum",
            wrong=_Sum,
            says="You sum over the positions. Take the mean, or a batch of long histories makes "
            "longer steps.",
        ),
        Misconception(
            name="a mean of rows' means",
            wrong=_MeanOfMeans,
            says="You take a mean for each row and then their mean: a click in a short history "
            "counts more. Take one mean over all positions that are asked.",
        ),
    ),
)


# --- 20.6 One step --------------------------------------------------------------------------------


class _Toy(nn.Module):
    """A network with a loss: rows times a weight and a bias, squared. Two parameters."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
        self.bias = nn.Parameter(torch.tensor(-1.0))

    def loss(self, rows):
        return ((rows.float() @ self.weight + self.bias) ** 2).mean()


class _Descent:
    """Plain gradient descent: an optimizer of PyTorch's takes seconds when it is first made."""

    def __init__(self, network):
        self.network = network

    def zero_grad(self, set_to_none=True):
        self.network.zero_grad(set_to_none)

    def step(self, closure=None):
        with torch.no_grad():
            for weight in self.network.parameters():
                if weight.grad is not None:
                    weight -= 0.1 * weight.grad


def _stepped(answer, rows, n_steps, **options):
    """Losses and weights of some steps; the gradient of before has something in it."""
    network = _Toy()
    optimizer = _Descent(network)
    network.weight.grad = torch.tensor([3.0, 1.0, -2.0])
    losses = [answer(network, optimizer, rows, **options) for _ in range(n_steps)]
    return {
        "losses": [float(loss) for loss in losses],
        "weights": torch.cat([network.weight.detach(), network.bias.detach()[None]]),
        "kind": type(losses[0]).__name__,
    }


def _step_probes(rng):
    rows = torch.tensor([[1, 2, 0], [0, 1, 1]])
    yield Probe((rows, 1), label="one step", call=_stepped)
    yield Probe((rows, 3), label="three steps", call=_stepped)
    yield Probe((rows, 2), {"max_norm": 0.1}, label="a short leash", call=_stepped)
    yield Probe((rows, 2), {"max_norm": 100.0}, label="a long leash", call=_stepped)
    for _ in range(2):
        drawn = torch.from_numpy(rng.integers(0, 3, (4, 3)))
        yield Probe((drawn, 2), label="drawn rows", call=_stepped)


def _step_keeps_gradients(network, optimizer, rows, max_norm=1.0):
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


def _step_zero_too_late(network, optimizer, rows, max_norm=1.0):
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _step_not_clipped(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    optimizer.step()
    return loss.item()


def _step_clips_values(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_value_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


def _step_clips_each(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    for weight in network.parameters():
        nn.utils.clip_grad_norm_(weight, max_norm)
    optimizer.step()
    return loss.item()


def _step_always_one(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def _step_always_scaled(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    length = torch.cat([each.grad.flatten() for each in network.parameters()]).norm()
    for each in network.parameters():
        each.grad *= max_norm / length
    optimizer.step()
    return loss.item()


def _step_before_the_gradient(network, optimizer, rows, max_norm=1.0):
    loss = network.loss(rows)
    optimizer.step()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    return loss.item()


def _step_loss_afterwards(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    network.loss(rows).backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return network.loss(rows).item()


def _step_gives_a_tensor(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss


_STEP = Exercise(
    id="20.6",
    title="One step",
    minutes=5,
    reference=train_step,
    probes=_step_probes,
    built="The step that all training is made of. The loop around it is two lines.",
    hints=(
        "Five calls, in an order that matters. What is in a parameter's gradient before the step?",
        "Empty the gradients, compute the loss, go backwards, shorten the gradient, update.",
        "`optimizer.zero_grad()`, `loss.backward()`, "
        "`nn.utils.clip_grad_norm_(network.parameters(), max_norm)`, `optimizer.step()`, and "
        "`return loss.item()`",
    ),
    misconceptions=(
        Misconception(
            name="gradients add up",
            wrong=_step_keeps_gradients,
            says="Nobody empties the gradients, so each step follows the sum of all gradients so "
            "far. Call `optimizer.zero_grad()` before `backward`.",
        ),
        Misconception(
            name="emptied before the update",
            wrong=_step_zero_too_late,
            says="You empty the gradients between `backward` and `step`: the update has nothing to "
            "follow. Empty them first.",
        ),
        Misconception(
            name="not clipped",
            wrong=_step_not_clipped,
            says="`max_norm` has no effect on your update. Shorten the gradient after `backward` "
            "and before `step`.",
        ),
        Misconception(
            name="clips each value",
            wrong=_step_clips_values,
            says="You cut each number of the gradient, which turns its direction. `max_norm` is "
            "for the length of the whole: `clip_grad_norm_`.",
        ),
        Misconception(
            name="clips each parameter alone",
            wrong=_step_clips_each,
            says="You shorten each parameter's gradient alone, so the whole can stay longer than "
            "`max_norm`, and its direction turns. One call, with `network.parameters()`.",
        ),
        Misconception(
            name="always clips to 1",
            wrong=_step_always_one,
            says="You clip to a length of 1 whatever `max_norm` says.",
        ),
        Misconception(
            name="always scaled",
            wrong=_step_always_scaled,
            says="You bring every gradient to the length `max_norm`, short ones too. Only one that "
            "is longer is scaled down.",
        ),
        Misconception(
            name="update before the gradient",
            wrong=_step_before_the_gradient,
            says="You call `step` before `backward`: each update follows the gradient of the step "
            "before.",
        ),
        Misconception(
            name="the loss after the step",
            wrong=_step_loss_afterwards,
            says="You return the loss after the step, and pay for the network twice. Return the "
            "one that you followed.",
        ),
        Misconception(
            name="gives a tensor",
            wrong=_step_gives_a_tensor,
            says="You return a tensor, which keeps the whole graph of the step in memory. "
            "`loss.item()` is a number.",
        ),
    ),
)


# --- 20.7 Roll out --------------------------------------------------------------------------------


def _certain(n_items):
    """A law that is sure of one item: one that depends on all clicks that it is shown."""

    def law(histories):
        place = torch.arange(1, histories.shape[1] + 1).flip(0)
        sure = (histories * place).sum(dim=1) % n_items
        return nn.functional.one_hot(sure, n_items).float()

    return law


def _rolled(answer, histories, n_steps, max_len):
    generator = torch.Generator().manual_seed(3)
    return answer(_certain(7), histories, n_steps, max_len, generator)


def _drawn_shares(answer, weights, n_rows):
    """How often each item comes, in a step whose law is the same for all."""
    law_of_all = torch.tensor(weights) / sum(weights)

    def law(histories):
        return law_of_all.expand(len(histories), -1)

    histories = torch.ones(n_rows, 1, dtype=torch.long)
    out = answer(law, histories, 2, 5, torch.Generator().manual_seed(5))
    shares = torch.stack([(out[:, -1] == j + 1).float().mean() for j in range(len(weights))])
    pairs = (out[:, -1] == out[:, -2]).float().mean()
    return {
        "shares as the law has them": ((shares - law_of_all).abs() < 0.05).tolist(),
        "steps are drawn apart": bool((pairs - law_of_all.square().sum()).abs() < 0.05),
    }


def _by_generator(answer, n_items):
    """Whether the generator, and nothing else, decides on the draws."""

    def law(histories):
        return torch.full((len(histories), n_items), 1 / n_items)

    def drawn(seed, elsewhere):
        torch.manual_seed(elsewhere)
        histories = torch.ones(8, 1, dtype=torch.long)
        return answer(law, histories, 6, 4, torch.Generator().manual_seed(seed))

    first = drawn(1, 0)
    return {
        "the same seed, the same clicks": torch.equal(first, drawn(1, 7)),
        "another seed, other clicks": not torch.equal(first, drawn(2, 0)),
    }


def _roll_probes(rng):
    short = torch.from_numpy(rng.integers(1, 8, (2, 3)))
    yield Probe((torch.tensor([[2, 5]]), 1, 4), label="one step", call=_rolled)
    yield Probe((short, 3, 9), label="three steps", call=_rolled)
    long = torch.from_numpy(rng.integers(1, 8, (3, 6)))
    yield Probe((long, 4, 3), label="longer than max_len", call=_rolled)
    yield Probe(([0.5, 0.25, 0.0, 0.25], 2_000), label="how often", call=_drawn_shares)
    yield Probe(([0.1, 0.2, 0.7], 2_000), label="how often, other weights", call=_drawn_shares)
    yield Probe((9,), label="who decides on the draws", call=_by_generator)
    yield Probe((short, 0, 4), label="no step", call=_rolled, edge=True)


def _roll_likeliest(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        likeliest = law(histories[:, -max_len:]).argmax(dim=1, keepdim=True) + 1
        histories = torch.cat([histories, likeliest], dim=1)
    return histories


def _roll_from_zero(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories[:, -max_len:]), 1, generator=generator)
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_shown_all(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories), 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_shown_the_oldest(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories[:, :max_len]), 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_to_the_left(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories[:, -max_len:]), 1, generator=generator) + 1
        histories = torch.cat([drawn, histories], dim=1)
    return histories


def _roll_asks_once(law, histories, n_steps, max_len, generator):
    probabilities = law(histories[:, -max_len:])
    for _ in range(n_steps):
        drawn = torch.multinomial(probabilities, 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_drawn_only(law, histories, n_steps, max_len, generator):
    L = histories.shape[1]
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories[:, -max_len:]), 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories[:, L:]


def _roll_global(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        drawn = torch.multinomial(law(histories[:, -max_len:]), 1) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_one_draw_for_all(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        heights = law(histories[:, -max_len:]).cumsum(dim=1)
        level = torch.rand(1, 1, generator=generator)
        drawn = (heights <= level).sum(dim=1, keepdim=True) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_softmax_again(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        again = law(histories[:, -max_len:]).softmax(dim=1)
        drawn = torch.multinomial(again, 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


def _roll_window_only(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        histories = histories[:, -max_len:]
        drawn = torch.multinomial(law(histories), 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], dim=1)
    return histories


_ROLL = Exercise(
    id="20.7",
    title="Roll out",
    minutes=10,
    reference=roll_out,
    probes=_roll_probes,
    draws=True,
    built="A generator of visits, for any model that gives probabilities: SASRec, BERT4Rec, "
    "popularity, and the oracle itself.",
    hints=(
        "One click is drawn, and from then on it is history like all the others.",
        "`torch.multinomial(probabilities, 1, generator=generator)` draws a column for each row. "
        "Which item is column 0?",
        "In a loop: `law(histories[:, -max_len:])`, a draw `+ 1`, and "
        "`torch.cat([histories, drawn], dim=1)`.",
    ),
    misconceptions=(
        Misconception(
            name="the likeliest",
            wrong=_roll_likeliest,
            says="You take the likeliest item each time. Draw one, with the law's probabilities: "
            "`torch.multinomial`.",
        ),
        Misconception(
            name="items from 0",
            wrong=_roll_from_zero,
            says="Your items are one too low: column j - 1 is item j, so add 1 to what was drawn. "
            "Item 0 would be padding.",
        ),
        Misconception(
            name="shows all",
            wrong=_roll_shown_all,
            says="The model is shown the whole history. It reads `max_len` clicks at most: show "
            "the newest.",
        ),
        Misconception(
            name="shows the oldest",
            wrong=_roll_shown_the_oldest,
            says="You show the model the oldest `max_len` clicks, so what is drawn is never read. "
            "Show the newest: `[:, -max_len:]`.",
        ),
        Misconception(
            name="appends on the left",
            wrong=_roll_to_the_left,
            says="You put what was drawn before the history. The newest click is at the right.",
        ),
        Misconception(
            name="asks once",
            wrong=_roll_asks_once,
            says="You ask the model once and draw all clicks from that one answer. After each "
            "click, ask again.",
        ),
        Misconception(
            name="gives the drawn clicks only",
            wrong=_roll_drawn_only,
            says="You return the drawn clicks alone. The histories stand before them: "
            "(B, L + n_steps).",
        ),
        Misconception(
            name="forgets what lies before the window",
            wrong=_roll_window_only,
            says="You cut the history itself to `max_len`. Cut what the model is shown, and keep "
            "all clicks for what you return.",
        ),
        Misconception(
            name="the global generator",
            wrong=_roll_global,
            says="`generator` is not read: your draws come from PyTorch's global generator. Hand "
            "it on, `generator=generator`.",
        ),
        Misconception(
            name="one draw for all rows",
            wrong=_roll_one_draw_for_all,
            says="All rows share one random number, so all shoppers do the same. Draw for each "
            "row.",
        ),
        Misconception(
            name="a softmax of probabilities",
            wrong=_roll_softmax_again,
            says="You take a softmax of what are probabilities already: it makes them nearly "
            "equal. Draw from them as they are.",
        ),
    ),
)

EXERCISES = (_ROWS, _ATTENTION, _BLOCK, _ENCODER, _SASREC, _STEP, _ROLL)

QUIZZES = (
    Quiz(
        id="20.1",
        question="A network over 50 products shows a loss of 12 before its first step. What does "
        "that say?",
        choices=(
            Choice(
                "It has learned nothing yet, which is as it should be.",
                why="One that has learned nothing spreads its belief evenly, and pays log 50, "
                "about 3.9. This one is sure of something, and wrong.",
            ),
            Choice(
                "It starts sure of the wrong products.",
                right=True,
                why="Above log V means: some logits are large before anything was seen. Look at "
                "the scale of the embeddings, or for scores that are not divided.",
            ),
            Choice(
                "The learning rate is too high.",
                why="No step has been taken: the rate has had no part in it.",
            ),
        ),
    ),
    Quiz(
        id="20.2",
        question="Model A's generated visits get fewer nats per click from the oracle than real "
        "visits do. What follows?",
        choices=(
            Choice(
                "A is a better shopper than the shoppers.",
                why="Fewer nats mean *likelier* clicks, not more truthful ones. Real shoppers do "
                "unlikely things, at a certain rate.",
            ),
            Choice(
                "A prefers likely clicks: it draws too little of what is rare.",
                right=True,
                why="Whoever always takes the likeliest click gets the fewest nats. A good "
                "generator has as many as the shop itself, and is as uncertain as the shop.",
            ),
            Choice(
                "The oracle is wrong.",
                why="The oracle is the law of the shop, exactly. It says how likely a click is, "
                "not whether it is typical.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="20.1",
        asks="The loss before the first step",
        unit="nats",
        high=10,
        close=0.2,
        digits=2,
    ),
    GuessNumber(
        id="20.2", asks="Share of the weights in the embeddings", unit="%", high=100, close=5
    ),
    GuessNumber(
        id="20.3",
        asks="The loss of the one batch after 300 steps",
        unit="nats",
        high=10,
        close=0.2,
        digits=2,
    ),
    GuessChoice(
        id="20.4",
        asks="The first part with a NaN",
        choices=("attention of block 1", "embedding", "last norm", "network of block 1"),
    ),
    GuessNumber(
        id="20.5",
        asks="Nats per click of the shop's own clicks",
        unit="nats",
        high=10,
        close=0.2,
        digits=2,
    ),
    GuessChoice(
        id="20.6",
        asks="SASRec's likeliest clicks, beside the shop's own",
        choices=("as many nats", "fewer nats", "more nats"),
    ),
)
