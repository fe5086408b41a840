"""Answer key of chapter 06."""

import torch
from torch import nn

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, ModuleProbe, Probe, Quiz
from seqrec.models import TransformerBlock, visible_mask
from seqrec.models.attention import attention, merge_heads, split_heads
from seqrec.models.positions import sinusoidal_positions


def _normal(rng, *shape, scale=1.0):
    return torch.from_numpy(rng.normal(size=shape) * scale).float()


# --- 6.1 Scaled dot-product attention -------------------------------------------------------------


def _attention_probes(rng):
    one = torch.tensor([[1.0, 2.0]])
    yield Probe((one, one, one, torch.tensor([[True]])), label="one query, one key")
    q, k, v = (
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        torch.tensor([[4.0], [8.0]]),
    )
    yield Probe((q, k, v, torch.tensor([[True, True]])), label="one query, two keys")
    yield Probe((q, k, v, torch.tensor([[False, True]])), label="one of two keys is hidden")
    yield Probe((q, k, v, torch.tensor([[False, False]])), label="a query that sees nothing")
    three = _normal(rng, 3, 4)
    yield Probe(
        (three, three, three, torch.ones(3, 3, dtype=torch.bool).tril()), label="a causal mask"
    )
    for _ in range(2):
        q, k, v = _normal(rng, 2, 3, 4, 5), _normal(rng, 2, 3, 6, 5), _normal(rng, 2, 3, 6, 2)
        visible = torch.from_numpy(rng.random((2, 1, 4, 6)) < 0.6)
        visible[..., 0] = True
        yield Probe(
            (q, k, v, visible), label="batches and heads, one mask for all heads", gradients=True
        )
    yield Probe(
        (30 * three, 30 * three, three, torch.ones(3, 3, dtype=torch.bool)), label="large scores"
    )
    yield Probe(
        (three, three, three, torch.ones(3, 3, dtype=torch.bool)),
        label="another device",
        elsewhere=True,
    )


def _weighted(scores, v, visible):
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    return weights @ v, weights


def _attention_unscaled(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1), v, visible)


def _attention_by_d(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / q.shape[-1], v, visible)


def _attention_by_keys(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / k.shape[-2] ** 0.5, v, visible)


def _attention_over_queries(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-2)
    return weights @ v, weights


def _attention_masked_afterwards(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1) * visible
    return weights @ v, weights


def _attention_zero_scores(q, k, v, visible):
    weights = (
        (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, 0.0).softmax(dim=-1)
    )
    return weights @ v, weights


def _attention_turned(q, k, v, visible):
    return _weighted(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, v, ~visible)


def _attention_large_number(q, k, v, visible):
    weights = (
        (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).masked_fill(~visible, -1e9).softmax(dim=-1)
    )
    return weights @ v, weights


def _attention_ignores_visible(q, k, v, visible):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)
    return weights @ v, weights


_ATTENTION = Exercise(
    id="6.1",
    title="Scaled dot-product attention",
    minutes=8,
    reference=attention,
    probes=_attention_probes,
    hints=(
        "Three steps: a score for each query and key, a softmax over the keys, a weighted mean of "
        "the values.",
        "`q @ k.transpose(-2, -1)` are all scores, (..., L, S). Divide them by `d ** 0.5`; "
        "`masked_fill` writes `float('-inf')` where `~visible`.",
        "`weights = scores.masked_fill(~visible, float('-inf')).softmax(dim=-1)`, then `return "
        "weights @ v, weights`",
    ),
    misconceptions=(
        Misconception(
            name="not scaled",
            wrong=_attention_unscaled,
            says="The scores are not scaled. Divide them by the square root of d, the width of a "
            "query.",
        ),
        Misconception(
            name="divided by d",
            wrong=_attention_by_d,
            says="You divide by d. A sum of d products grows like the *square root* of d: divide "
            "by that.",
        ),
        Misconception(
            name="square root of the number of keys",
            wrong=_attention_by_keys,
            says="You divide by the root of the number of keys. It is the width of a query, the "
            "last axis, that makes scores large.",
        ),
        Misconception(
            name="softmax over the queries",
            wrong=_attention_over_queries,
            says="Your columns sum to 1. Each *query* shares out its attention: the softmax runs "
            "over the keys, the last axis.",
        ),
        Misconception(
            name="masked after the softmax",
            wrong=_attention_masked_afterwards,
            says="You hide keys after the softmax, so what is left no longer sums to 1. Hide them "
            "before: a score of -inf gets a weight of exactly 0.",
        ),
        Misconception(
            name="a score of 0 for hidden keys",
            wrong=_attention_zero_scores,
            says="You set hidden scores to 0. But e to the power 0 is 1: that key still gets its "
            "share. Use `float('-inf')`.",
        ),
        Misconception(
            name="sign of the mask",
            wrong=_attention_turned,
            says="You hide what is visible. Here True means *may look*: fill where `~visible`.",
        ),
        Misconception(
            name="a large negative number",
            wrong=_attention_large_number,
            says="-1e9 is not never. A query that sees nothing would quietly look at everything "
            "that is hidden; with `float('-inf')` it is NaN, and you notice.",
        ),
        Misconception(
            name="ignores the mask",
            wrong=_attention_ignores_visible,
            says="You don't use `visible`. Where it is False the score must be -inf before the "
            "softmax.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 -> "
            "scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5",
            reason="To swap the last two axes is to swap them, in whatever order they are named.",
        ),
    ),
)

# --- 6.2 The mask ---------------------------------------------------------------------------------


def _mask_probes(rng):
    yield Probe((torch.tensor([[7]]), True), label="one click")
    yield Probe((torch.tensor([[0, 7]]), False), label="padding, then one click")
    yield Probe((torch.tensor([[0, 7, 3]]), True), label="padding and two clicks, causal")
    yield Probe((torch.tensor([[0, 7, 3]]), False), label="padding and two clicks, both sides")
    yield Probe(
        (torch.tensor([[0, 0, 0], [0, 5, 5], [1, 2, 3]]), True), label="nothing but padding, causal"
    )
    yield Probe(
        (torch.tensor([[0, 0, 0], [0, 5, 5], [1, 2, 3]]), False),
        label="nothing but padding, both sides",
    )
    for causal in (True, False):
        lengths = torch.from_numpy(rng.integers(0, 7, size=4))
        items = torch.from_numpy(rng.integers(1, 51, size=(4, 6))) * (
            torch.arange(6) >= 6 - lengths[:, None]
        )
        yield Probe((items, causal), label="random histories")
        yield Probe((items, causal), label="another device", elsewhere=True)


def _eye(items):
    return torch.eye(items.shape[1], dtype=torch.bool)


def _mask_looks_ahead(items, causal):
    L = items.shape[1]
    visible = (items != 0)[:, None, None, :].expand(-1, 1, L, -1)
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool).triu()
    return visible | _eye(items)


def _mask_of_queries(items, causal):
    L = items.shape[1]
    visible = (items != 0)[:, None, :, None].expand(-1, 1, -1, L)
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool).tril()
    return visible | _eye(items)


def _mask_of_both(items, causal):
    L, real = items.shape[1], items != 0
    visible = real[:, None, :, None] & real[:, None, None, :]
    if causal:
        visible = visible & torch.ones(L, L, dtype=torch.bool).tril()
    return visible


def _mask_without_diagonal(items, causal):
    L = items.shape[1]
    visible = (items != 0)[:, None, None, :].expand(-1, 1, L, -1)
    return visible & torch.ones(L, L, dtype=torch.bool).tril() if causal else visible.clone()


def _mask_turned(items, causal):
    return ~visible_mask(items, causal)


def _mask_no_heads(items, causal):
    return visible_mask(items, causal)[:, 0]


def _mask_always_causal(items, causal):
    return visible_mask(items, True)


def _mask_never_causal(items, causal):
    return visible_mask(items, False)


def _mask_forgets_padding(items, causal):
    return visible_mask(items.clamp(min=1), causal)


_MASK = Exercise(
    id="6.2",
    title="Who may look at whom",
    minutes=8,
    reference=visible_mask,
    probes=_mask_probes,
    hints=(
        "Write the three rules as three tables of booleans and join them: `&` for *and*, `|` for "
        "*or*.",
        "`(items != 0)[:, None, None, :]` says which *keys* are clicks; `torch.ones(L, L, "
        "dtype=torch.bool).tril()` is the past and oneself. New tensors need "
        "`device=items.device`.",
        "`visible = keys.expand(-1, 1, L, -1)`, if causal `visible & past`, and at the end "
        "`visible | torch.eye(L, dtype=torch.bool, device=items.device)`",
    ),
    misconceptions=(
        Misconception(
            name="looks ahead",
            wrong=_mask_looks_ahead,
            says="Your row i looks at what comes *after* it. The triangle is upside down: `tril` "
            "keeps the past.",
        ),
        Misconception(
            name="masks queries",
            wrong=_mask_of_queries,
            says="You blanked the rows of padding. What must not be *looked at* are padding keys: "
            "the last axis, not the one before it.",
        ),
        Misconception(
            name="masks both",
            wrong=_mask_of_both,
            says="You hide padding as a query, too, so its row sees nothing at all, and its "
            "softmax is NaN. Hide it as a key, and let every position see itself.",
        ),
        Misconception(
            name="no diagonal",
            wrong=_mask_without_diagonal,
            says="A history that begins with padding has rows that see nothing: the third rule is "
            "missing. `| torch.eye(L, dtype=torch.bool)` lets every position see itself.",
        ),
        Misconception(
            name="turned",
            wrong=_mask_turned,
            says="Your mask is right with its sign turned round: here True means *may look*. "
            "`nn.MultiheadAttention` wants what you wrote.",
        ),
        Misconception(
            name="no axis for the heads",
            wrong=_mask_no_heads,
            says="The tables are right, the shape is not: (B, 1, L, L) has an axis for the heads, "
            "so that one table serves them all.",
        ),
        Misconception(
            name="always causal",
            wrong=_mask_always_causal,
            says="You hide the future even if `causal` is False.",
        ),
        Misconception(
            name="never causal",
            wrong=_mask_never_causal,
            says="You never hide the future: with `causal=True` a click may only see itself and "
            "what came before.",
        ),
        Misconception(
            name="forgets padding",
            wrong=_mask_forgets_padding,
            says="Padding can be looked at in your mask. A key is visible only where `items != 0`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="visible = (items != PAD)[:, None, None, :].expand(-1, 1, L, -1) -> "
            "visible = (items != PAD)[:, None, None, :]",
            reason="`| eye` makes the rows anyway.",
        ),
        EquivalentMutant(
            edit="visible = (items != 0)[:, None, None, :].expand(-1, 1, L, -1) -> "
            "visible = (items != 0)[:, None, None, :]",
            reason="`| eye` makes the rows anyway.",
        ),
    ),
)

# --- 6.3 and 6.4 Heads ----------------------------------------------------------------------------


def _split_probes(rng):
    yield Probe((torch.arange(4.0).view(1, 1, 4), 2), label="one position, two heads")
    yield Probe((torch.arange(8.0).view(1, 2, 4), 2), label="two positions, two heads")
    yield Probe((torch.arange(6.0).view(1, 2, 3), 1), label="one head")
    yield Probe((torch.arange(6.0).view(1, 2, 3), 3), label="as many heads as columns")
    yield Probe((_normal(rng, 2, 3, 8), 4), label="random", gradients=True)


def _split_rows(x, H):
    B, L, D = x.shape
    return x.reshape(B, H, L, D // H)


def _split_interleaved(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, D // H, H).permute(0, 3, 1, 2)


def _split_not_moved(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, H, D // H)


def _split_copied(x, H):
    return x[:, None].expand(-1, H, -1, -1)


_SPLIT = Exercise(
    id="6.3",
    title="Split into heads",
    minutes=4,
    reference=split_heads,
    probes=_split_probes,
    hints=(
        "Cut the last axis first; only then move the heads to the front.",
        "`x.reshape(B, L, H, D // H)` cuts each row into H neighbouring pieces.",
        "`x.reshape(B, L, H, D // H).transpose(1, 2)`",
    ),
    misconceptions=(
        Misconception(
            name="reshapes in one go",
            wrong=_split_rows,
            says="You reshape straight to (B, H, L, D/H): the shape is right, but clicks end up in "
            "other clicks' places. Reshape to (B, L, H, D/H), then swap the two axes.",
        ),
        Misconception(
            name="interleaved",
            wrong=_split_interleaved,
            says="You deal the columns out like cards. Head 0 gets the *first* D/H columns, head 1 "
            "the next.",
        ),
        Misconception(
            name="heads not moved",
            wrong=_split_not_moved,
            says="The cut is right. Now the heads' axis must stand before the positions: "
            "`.transpose(1, 2)`.",
        ),
        Misconception(
            name="copies",
            wrong=_split_copied,
            says="You hand every head the whole width. Each gets a part of its own, D/H columns.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return x.reshape(B, L, H, D // H).transpose(1, 2) -> "
            "return x.reshape(B, L, H, D // H).transpose(2, 1)",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
        EquivalentMutant(
            edit="return x.view(B, L, H, D // H).transpose(1, 2) -> return x.view(B, L, H, D // "
            "H).transpose(2, 1)",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
    ),
)


def _merge_probes(rng):
    yield Probe((torch.arange(4.0).view(1, 2, 1, 2),), label="one position, two heads")
    yield Probe((torch.arange(8.0).view(1, 2, 2, 2),), label="two positions, two heads")
    yield Probe((torch.arange(6.0).view(1, 1, 2, 3),), label="one head")
    yield Probe((torch.arange(12.0).view(1, 3, 2, 2),), label="three heads, two positions")
    yield Probe((_normal(rng, 2, 4, 3, 2),), label="random", gradients=True)


def _merge_reshaped(x):
    B, H, L, d = x.shape
    return x.reshape(B, L, H * d)


def _merge_mean(x):
    return x.mean(dim=1)


def _merge_interleaved(x):
    B, H, L, d = x.shape
    return x.permute(0, 2, 3, 1).reshape(B, L, H * d)


def _merge_not_joined(x):
    return x.transpose(1, 2)


_MERGE = Exercise(
    id="6.4",
    title="Merge the heads",
    minutes=4,
    reference=merge_heads,
    probes=_merge_probes,
    hints=(
        "The same two steps backwards: first move the heads' axis back, then join the last two "
        "axes.",
        "`x.transpose(1, 2)` is (B, L, H, D/H).",
        "`x.transpose(1, 2).reshape(B, L, H * d)`; `view` would refuse, as the swapped axes are "
        "not in one piece.",
    ),
    misconceptions=(
        Misconception(
            name="reshapes in one go",
            wrong=_merge_reshaped,
            says="You reshape without swapping the axes back: clicks end up in other clicks' "
            "places. `transpose(1, 2)` first.",
        ),
        Misconception(
            name="averages",
            wrong=_merge_mean,
            says="You average the heads, and what each of them found is lost. Put them side by "
            "side.",
        ),
        Misconception(
            name="interleaved",
            wrong=_merge_interleaved,
            says="Your heads alternate column by column. Head 0 owns the first D/H columns, head 1 "
            "the next.",
        ),
        Misconception(
            name="not joined",
            wrong=_merge_not_joined,
            says="Right so far. Now join the last two axes, H and D/H, to D: `reshape(B, L, H * "
            "d)`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return x.transpose(1, 2).reshape(B, L, H * d) -> return x.transpose(2, "
            "1).reshape(B, L, H * d)",
            reason="To swap axes 1 and 2 is to swap axes 2 and 1.",
        ),
    ),
)

# --- 6.5 Sinusoidal positions ---------------------------------------------------------------------


def _waves_probes(rng):
    yield Probe((1, 2), label="the newest position only")
    yield Probe((3, 2), label="one wavelength")
    yield Probe((4, 4), label="two wavelengths")
    yield Probe((20, 16), label="a usual size")
    yield Probe((3, 5), label="an odd width")


def _angle(max_len, D, first=0, exponent=1.0):
    pos = torch.arange(first, first + max_len, dtype=torch.float64)[:, None]
    return pos / 10_000 ** (exponent * torch.arange(0, D, 2, dtype=torch.float64) / D)


def _woven(sines, cosines, max_len, D):
    return torch.stack([sines, cosines], dim=2).reshape(max_len, D).float()


def _even(D):
    if D % 2:
        raise ValueError("an odd width")


def _waves_in_halves(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return torch.cat([angle.sin(), angle.cos()], dim=1).float()


def _waves_half_exponent(max_len, D):
    _even(D)
    angle = _angle(max_len, D, exponent=0.5)
    return _woven(angle.sin(), angle.cos(), max_len, D)


def _waves_from_one(max_len, D):
    _even(D)
    angle = _angle(max_len, D, first=1)
    return _woven(angle.sin(), angle.cos(), max_len, D)


def _waves_cosine_first(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle.cos(), angle.sin(), max_len, D)


def _waves_sines_only(max_len, D):
    _even(D)
    angle = _angle(max_len, D)
    return _woven(angle.sin(), angle.sin(), max_len, D)


def _waves_one_length_a_column(max_len, D):
    _even(D)
    pos, column = (
        torch.arange(max_len, dtype=torch.float64)[:, None],
        torch.arange(D, dtype=torch.float64),
    )
    angle = pos / 10_000 ** (column / D)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()


def _waves_never_refuse(max_len, D):
    angle = _angle(max_len, D)
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)[:, :D].float()


_WAVES = Exercise(
    id="6.5",
    title="Sinusoidal positions",
    minutes=8,
    reference=sinusoidal_positions,
    probes=_waves_probes,
    hints=(
        "First a table of angles, a row per position, a column per wavelength: (max_len, D/2).",
        "`pos = torch.arange(max_len)[:, None]` divided by `10_000 ** (torch.arange(0, D, 2) / "
        "D)`. Note that 2i runs over 0, 2, 4 ...",
        "`torch.stack([angle.sin(), angle.cos()], dim=2)` is (max_len, D/2, 2); `.reshape(max_len, "
        "D)` weaves them.",
    ),
    misconceptions=(
        Misconception(
            name="in halves",
            wrong=_waves_in_halves,
            says="All sines, then all cosines: a fine encoding, and some libraries' choice. The "
            "paper's formula, which is asked for here, takes turns: sine in the even columns, "
            "cosine in the odd ones.",
        ),
        Misconception(
            name="i instead of 2i",
            wrong=_waves_half_exponent,
            says="Your waves get longer too slowly: the exponent is 2i/D, not i/D.",
        ),
        Misconception(
            name="positions from 1",
            wrong=_waves_from_one,
            says="Your first row is position 1. The newest position is 0: sines 0, cosines 1.",
        ),
        Misconception(
            name="cosine first",
            wrong=_waves_cosine_first,
            says="Sine and cosine have changed places: column 0 is a sine.",
        ),
        Misconception(
            name="sines only",
            wrong=_waves_sines_only,
            says="The odd columns are sines, too. With the cosine beside each sine, a shift "
            "becomes a rotation.",
        ),
        Misconception(
            name="a wavelength for each column",
            wrong=_waves_one_length_a_column,
            says="Each column has a wavelength of its own. Columns 2i and 2i + 1 share theirs: "
            "sine and cosine of the *same* angle.",
        ),
        Misconception(
            name="never refuses",
            wrong=_waves_never_refuse,
            says="An odd width slips through. It leaves a sine without its cosine: raise a "
            "ValueError.",
        ),
    ),
)

# --- 6.6 The block --------------------------------------------------------------------------------


def _block_probes(rng):
    both = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    for norm_first in (True, False):
        name = "pre-norm" if norm_first else "post-norm"
        settings = {"init": (4, 2), "init_kwargs": {"hidden": 6, "norm_first": norm_first}}
        yield ModuleProbe((_normal(rng, 1, 2, 4), both), label=f"{name}, two clicks", **settings)
        visible = visible_mask(torch.tensor([[0, 1, 2], [3, 4, 5]]), causal=True)
        yield ModuleProbe(
            (_normal(rng, 2, 3, 4), visible, True), label=f"{name}, weights asked for", **settings
        )
        yield ModuleProbe(
            (_normal(rng, 2, 3, 4), visible), label=f"{name}, causal", gradients=True, **settings
        )
        settings["init_kwargs"] = settings["init_kwargs"] | {"dropout": 0.5}
        yield ModuleProbe(
            (_normal(rng, 1, 2, 4), both), label=f"{name}, with dropout", training=True, **settings
        )
    yield ModuleProbe(
        (_normal(rng, 1, 2, 4), both), init=(4, 2), init_kwargs={"hidden": 6}, label="the default"
    )


class _NoResidual(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            x, weights = self.attention(self.norms[0](x), visible, need_weights)
            return self.dropout(self.ffn(self.norms[1](self.dropout(x)))), weights
        x, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](self.dropout(x))
        return self.norms[1](self.dropout(self.ffn(x))), weights


class _ResidualOfTheNorm(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            x = self.norms[0](x)
        change, weights = self.attention(x, visible, need_weights)
        x = x + self.dropout(change)
        x = self.norms[1](x) if self.norm_first else self.norms[0](x)
        x = x + self.dropout(self.ffn(x))
        return x if self.norm_first else self.norms[1](x), weights


class _AlwaysPre(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        change, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(change)
        return x + self.dropout(self.ffn(self.norms[1](x))), weights


class _AlwaysPost(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        change, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(change))
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


class _OneNorm(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        norm = self.norms[0]
        if self.norm_first:
            change, weights = self.attention(norm(x), visible, need_weights)
            x = x + self.dropout(change)
            return x + self.dropout(self.ffn(norm(x))), weights
        change, weights = self.attention(x, visible, need_weights)
        x = norm(x + self.dropout(change))
        return norm(x + self.dropout(self.ffn(x))), weights


class _NoDropout(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        dropout, self.dropout = self.dropout, nn.Identity()
        try:
            return TransformerBlock.forward(self, x, visible, need_weights)
        finally:
            self.dropout = dropout


class _NoFFN(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        change, weights = self.attention(
            self.norms[0](x) if self.norm_first else x, visible, need_weights
        )
        x = x + self.dropout(change)
        return x if self.norm_first else self.norms[0](x), weights


class _ForgetsTheWeights(TransformerBlock):
    def forward(self, x, visible, need_weights=False):
        return TransformerBlock.forward(self, x, visible, need_weights)[0]


_BLOCK = Exercise(
    id="6.6",
    title="The transformer block",
    minutes=10,
    reference=TransformerBlock,
    probes=_block_probes,
    draws=True,
    hints=(
        "Each order has two lines: one for the attention, one for the network. "
        "`self.attention(...)` gives two things, the output and the weights.",
        "Pre-norm: `change, weights = self.attention(self.norms[0](x), visible, need_weights)`, "
        "then `x = x + self.dropout(change)`. The bare `x` is what is added to.",
        "Post-norm: `x = self.norms[0](x + self.dropout(change))`, then `self.norms[1](x + "
        "self.dropout(self.ffn(x)))`",
    ),
    misconceptions=(
        Misconception(
            name="no residual",
            wrong=_NoResidual,
            says="What comes in is replaced, not changed. Add each branch to `x`: that path is "
            "what lets deep networks learn.",
        ),
        Misconception(
            name="adds to the normalised x",
            wrong=_ResidualOfTheNorm,
            says="In pre-norm you add the branch to the *normalised* x, so the straight path is "
            "gone. Normalise only what goes into the branch, and add to x as it was.",
        ),
        Misconception(
            name="always pre-norm",
            wrong=_AlwaysPre,
            says="Pre-norm is right; but with `norm_first=False` the norm must come after the sum.",
        ),
        Misconception(
            name="always post-norm",
            wrong=_AlwaysPost,
            says="Post-norm is right; but with `norm_first=True` the norm goes before each branch, "
            "and nothing comes after the sum.",
        ),
        Misconception(
            name="one norm for both",
            wrong=_OneNorm,
            says="You use the first norm twice. The second branch has a norm of its own, "
            "`self.norms[1]`.",
        ),
        Misconception(
            name="no dropout",
            wrong=_NoDropout,
            says="Dropout is missing: `self.dropout(...)` around each branch before it is added.",
        ),
        Misconception(
            name="no network",
            wrong=_NoFFN,
            says="The second half is missing: `self.ffn`, with a residual and a norm of its own.",
        ),
        Misconception(
            name="forgets the weights",
            wrong=_ForgetsTheWeights,
            says="You return the output alone. Return the attention's weights as well: `return x, "
            "weights`.",
        ),
    ),
)

EXERCISES = (_ATTENTION, _MASK, _SPLIT, _MERGE, _WAVES, _BLOCK)

QUIZZES = (
    Quiz(
        id="6.1",
        question="Why are the scores divided by $\\sqrt{d}$?",
        choices=(
            Choice(
                "So that the weights of each query sum to 1.",
                why="The softmax sees to that, whatever the scores.",
            ),
            Choice(
                "So that scores are about as large for wide vectors as for narrow ones, and the "
                "softmax stays soft.",
                right=True,
                why="A sum of $d$ products of independent numbers of size 1 has a standard "
                "deviation of $\\sqrt{d}$. Undivided, nearly all weight falls on one key, and the "
                "gradient vanishes.",
            ),
            Choice(
                "So that every key gets some weight.",
                why="Every visible key gets some weight anyway, as e to any power is positive. The "
                "question is how little.",
            ),
        ),
    ),
    Quiz(
        id="6.2",
        question="You have `visible`, True where a query may look. What does "
        "`nn.MultiheadAttention` want as `attn_mask`?",
        choices=(
            Choice(
                "`visible`",
                why="Then each click looks at padding and at the future, and at nothing that it "
                "may see. Nothing raises; the scores are just bad.",
            ),
            Choice(
                "`~visible`",
                right=True,
                why="Its boolean masks say what is *blocked*. `scaled_dot_product_attention` takes "
                "`visible` as it is.",
            ),
            Choice(
                "`visible.float()`",
                why="A mask of floats is *added* to the scores. Ones and zeros only shift them a "
                "little; blocked would be -inf.",
            ),
        ),
    ),
    Quiz(
        id="6.3",
        question="A bidirectional encoder has no positions. You shuffle all clicks of a history "
        "but the newest. What changes in the newest click's state?",
        choices=(
            Choice(
                "Nothing.",
                right=True,
                why="It takes a weighted mean over a set. Which click stood where enters nowhere, "
                "in no block.",
            ),
            Choice(
                "The weights, but not the mean.",
                why="The weights move along with their clicks. What click 3 got before, it gets "
                "now, wherever it stands.",
            ),
            Choice(
                "Everything: each query meets other keys.",
                why="Each query meets the *same* keys, in another order. A sum does not mind "
                "order.",
            ),
        ),
    ),
    Quiz(
        id="6.4",
        question="A head gives .8 of its weight to the puppy food. What do you know?",
        choices=(
            Choice(
                "The puppy food is the reason for the forecast.",
                why="Weights say how values were mixed in one head of one block. The values may be "
                "small, later blocks may ignore them, and the residual path goes round them all.",
            ),
            Choice(
                "Of what this head hands on, four fifths come from the puppy food's position. What "
                "it is worth, you have to test.",
                right=True,
                why="As in the chapter: switch the head off and measure. And after the first block "
                "a *position* holds what was mixed into it before.",
            ),
            Choice(
                "The puppy food was clicked most often.",
                why="Weights compare queries with keys. How often something was clicked is not in "
                "the formula.",
            ),
        ),
    ),
)
