# %% [markdown]
# # 13 · Transformers4Rec
#
# A transformer does not know whether it reads words or clicks. So why build one? Hugging Face's `transformers` holds hundreds
# of them, tested by thousands of people. *Transformers4Rec* (de Souza Pereira Moreira and others, RecSys 2021) put them into a
# recommender. This chapter does it again, with the library of today.
#
# **After this chapter you can** make a backbone from a configuration, hand it masks and positions that survive left padding, show that
# it is the network that you built yourself, give it three heads and features, and say what the library buys and what it costs.
#
# **You need** chapters 06 and 08; 09 and 10 help. **Time:** 115 minutes, exercises included. The library is an extra of about
# 180 MB on the disk. It is installed with the course; elsewhere `pip install "zooplus-course[huggingface]"`.

# %%
import tempfile
import textwrap
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn.functional import pad

from course import (
    calibration,
    exercise,
    guess,
    hint,
    measured,
    quiz,
    reveal,
    scoreboard,
    solution,
)
from course.figures import COLOURS, WIDE, draw_attention, draw_curves, show
from seqrec.baselines import Popularity
from seqrec.data import (
    ItemIndex,
    build_sequences,
    by_session,
    describe_events,
    leave_last_two_out,
    newest,
    newest_session,
    pad_left,
    pieces,
    read_events,
    without_empty_columns,
)
from seqrec.items import FeatureTable, ItemEmbedding, Labels, Number
from seqrec.losses import next_item_loss, uniform_negatives
from seqrec.metrics import expected_ndcg
from seqrec.models import (
    BACKBONES,
    CausalBackbone,
    MultiTask,
    SASRec,
    SequenceEncoder,
    TransformerBlock,
    backbone_config,
    make_backbone,
    visible_mask,
)
from seqrec.recommender import (
    CausalBackboneConfig,
    MaskedBackboneConfig,
    SequentialRecommender,
)
from seqrec.training import SCHEDULES, TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS, MAX_LEN = 50, 40
shop = ZooplusSimulator(n_users=900)
journeys = shop.journeys(events_per_user=(10, 40), seed=1)
log = journeys.interactions
known, valid, test = leave_last_two_out(log)
# (B, L)
histories = pad_left(
    build_sequences(pd.concat([known, valid]), MAX_LEN)["item_sequence"], MAX_LEN
)
law = Oracle(shop).next_item_probabilities(histories)  # (B, V)
popular = expected_ndcg(
    Popularity(N_ITEMS).fit(known).score(np.arange(len(histories)), histories), law, 10
).mean()
best = expected_ndcg(law, law, 10).mean()

# %% [markdown]
# ## 13.1 A network from a configuration
#
# Who says "a pretrained GPT-2" means a file of weights, half a gigabyte of it, learned from text. We want none of that: a click is no word.
# We want the *architecture*. In `transformers` that is two steps, and neither needs a network connection:
#
# 1. a **configuration**: a list of numbers (width, heads, blocks ...);
# 2. a **model** made of it, with random weights.
#
# Importing the library is the first thing that costs something.

# %% tags=["timing"]
began = time.process_time()
import transformers  # noqa: I001

big = transformers.GPT2Config()  # the GPT-2 of 2019
with torch.device("meta"):  # shapes only: no memory for its weights
    gpt2 = transformers.GPT2Model(big)
print(f"{time.process_time() - began:.0f} CPU seconds until the first model is there")

# %% [markdown]
# **Guess:** of the 124 million numbers of that GPT-2, which share is the table of its 50,257 words?

# %%
# Share of the table of words in GPT-2: a number, in %
guess("13.1", ...)


# %% tags=["nbval-check-output"]
def size(module):
    return sum(weight.numel() for weight in module.parameters())


print(f"GPT-2 of 2019      {size(gpt2):12,}")
print(f"    words          {size(gpt2.wte):12,}   {size(gpt2.wte) / size(gpt2):.0%}")
print(f"    positions      {size(gpt2.wpe):12,}")
print(f"    {len(gpt2.h)} blocks      {size(gpt2.h):12,}")

small = make_backbone("gpt2", max_len=MAX_LEN, D=64, H=2, n_blocks=2)
print(f"ours, D=64         {size(small):12,}")
print(f"    words          {0 if small.wte is None else size(small.wte):12,}")
reveal("13.1", 100 * size(gpt2.wte) / size(gpt2))

# %% [markdown]
# Nearly a third. `make_backbone` sets the size, and **takes the table of words out**. What goes in instead are vectors, `inputs_embeds`: our item
# embeddings. That one argument is what makes the whole idea work.
#
# Five architectures are prepared, and they are not alike:
#
# | backbone | looks | where is a click? | norm | what is special |
# |---|---|---|---|---|
# | `gpt2` | back | learned vector per position | before | chapter 06's block, with another activation |
# | `llama` | back | rotates queries and keys by their position | before, RMS | a gate in the small network |
# | `xlnet` | back or both ways | distance, inside the attention | after | "permutation" masks |
# | `bert` | both ways | learned vector per position | after | the original |
# | `modernbert` | both ways | rotates | before | a gate; blocks that see a *window* only |
#
# **Guess:** at equal width, heads and blocks, are they equally large? By how much is the largest of the five larger than the smallest?

# %%
# How much larger the largest backbone is than the smallest: a number, in %
guess("13.2", ...)


# %%
def kind_of(name):
    """What a weight is for, by its name."""
    last = name.split(".")[-1]
    if (
        "wpe" in name
        or "position" in name
        or last in ("r", "r_r_bias", "r_s_bias", "r_w_bias")
    ):
        return "positions"
    if any(
        part in name.lower()
        for part in ("norm", "ln_", "token_type", "seg_embed", "mask_emb")
    ):
        return "norms and the rest"
    return "attention" if "att" in name else "small network"


encoders = {
    "ours": SequenceEncoder(
        N_ITEMS, MAX_LEN, D=64, H=2, n_blocks=2, hidden=256, causal=True
    )
}
encoders |= {
    name: make_backbone(name, max_len=MAX_LEN, D=64, H=2, n_blocks=2)
    for name in BACKBONES
}
made_of = pd.DataFrame(
    0,
    index=list(encoders),
    columns=["attention", "small network", "positions", "norms and the rest"],
)
for name, encoder in encoders.items():
    for weight_name, weight in encoder.named_parameters():
        if not weight_name.startswith("item"):
            made_of.loc[name, kind_of(weight_name)] += weight.numel()

ax = (made_of / 1000).plot.barh(
    stacked=True, figsize=WIDE, color=COLOURS[:4], width=0.7
)
ax.invert_yaxis()
ax.set(xlabel="thousand parameters", title="Same width, heads and blocks (two of 64)")
ax.grid(axis="y", visible=False)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
show(
    ax.figure,
    alt="Stacked bars of parameters for our encoder and five backbones of the same "
    "width, heads and blocks. Ours, GPT-2 and BERT are almost equally large, about 100 "
    "thousand; Llama and ModernBERT have a larger small network; XLNet has more "
    "weights for positions.",
)
sizes = made_of.loc[list(BACKBONES)].sum(axis=1)
reveal("13.2", 100 * (sizes.max() / sizes.min() - 1))

# %% tags=["nbval-check-output"]
print(
    (made_of.sum(axis=1) / made_of.loc["ours"].sum())
    .round(2)
    .rename("size, ours = 1")
    .to_string()
)

# %% [markdown]
# "The same size" is a choice of what to keep equal. A gate is a third matrix in the small network. Keep that in mind when tables compare models.
#
# ## 13.2 One more column of padding
#
# Text is padded on the right: the sentence comes first, zeros fill up. We pad on the **left**, so that the newest click is always at
# the end. Does the library mind? We test it as chapter 06 tested ours: put more zeros before the same clicks, and see whether the states of the
# clicks move. They must not move at all.
#
# **Guess:** which of the five stay put (a) if we say nothing about padding, (b) if we hand over an `attention_mask`? How many is that each time?

# %%
# Those that stay put, told nothing: a number (of 5)
guess("13.3", ...)
# Those that stay put, with a mask: a number (of 5)
guess("13.4", ...)


# %%
def drawn(name, **settings):
    """A small backbone, not trained, always the same."""
    torch.manual_seed(0)
    return make_backbone(name, max_len=30, D=16, H=2, n_blocks=2, **settings).eval()


# (B, L, D): six clicks
vectors = torch.randn(4, 6, 16, generator=torch.Generator().manual_seed(1))


def moved(model, inputs_of, pads=5):
    """How far states of clicks move if `pads` zeros come before them.

    inputs_of(is_real): further arguments.
    """
    is_real = torch.ones(vectors.shape[:2], dtype=torch.bool)
    with torch.no_grad():
        before = model(inputs_embeds=vectors, **inputs_of(is_real)).last_hidden_state
        longer, is_real = pad(vectors, (0, 0, pads, 0)), pad(is_real, (pads, 0))
        after = model(inputs_embeds=longer, **inputs_of(is_real)).last_hidden_state[
            :, pads:
        ]
    return ((after - before).norm() / before.norm()).item()


drift = {
    "nothing": {name: moved(drawn(name), lambda is_real: {}) for name in BACKBONES},
    "a mask": {
        name: moved(drawn(name), lambda is_real: {"attention_mask": is_real.long()})
        for name in BACKBONES
    },
}

# %% tags=["nbval-check-output"]
verdict = pd.DataFrame(drift) > 1e-4
print(
    verdict.replace({True: "moves", False: "stays"})
    .rename_axis("told of padding:")
    .to_string()
)
stay_put = (~verdict).sum()
reveal("13.3", stay_put["nothing"])
reveal("13.4", stay_put["a mask"])

# %% [markdown]
# Without a mask all five read the zeros. With it, three are right, and **GPT-2 and BERT are still wrong**. They read no padding now. What moves is the
# *position*: the library counts columns from the left edge. Five zeros more, and the same click is number 11 instead of number 6 and gets another
# learned vector. Llama, ModernBERT and XLNet only know distances between clicks; a shift of all changes none of them.
#
# Nobody raises an error. A recommender with this fault trains well, and answers a little differently depending on *who else is in the batch*.
#
# The cure is an argument, `position_ids`. Two ways of counting would do: from the first click, or from the newest. Only one of them gives the place that predicts,
# the newest, a position that every history trains.
#
# ### Your turn (13.1) · 3 minutes


# %%
@exercise("13.1")
def positions_from_the_end(is_real):
    """Position ids for `transformers`: 0 is the newest click, at the right, 1 the one
    before it, and so on.

    is_real: (B, L) bool, padding on the left. Returns (B, L) long on the device of
    is_real. Padding goes on counting: L - 1 at the left edge.
    """
    ### BEGIN SOLUTION
    B, L = is_real.shape
    return torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)
    ### END SOLUTION


# %%
hint("13.1")

# %%
with_positions = {}
for name, architecture in BACKBONES.items():

    def told(is_real, counts=architecture.counts_positions):
        positions = {"position_ids": positions_from_the_end(is_real)} if counts else {}
        return {"attention_mask": is_real.long()} | positions

    with_positions[name] = moved(drawn(name), told)
drift["a mask and positions"] = with_positions

fig, ax = plt.subplots(figsize=WIDE)
for (told_of, by_name), colour, marker in zip(
    drift.items(), (COLOURS[1], COLOURS[4], COLOURS[2]), "sDo", strict=True
):
    ax.plot(
        [max(value, 1e-8) for value in by_name.values()],
        list(by_name),
        marker,
        ms=8,
        color=colour,
        label=told_of,
    )
ax.axvspan(5e-9, 1e-5, color="0.93", zorder=0)
ax.text(7e-9, 4.45, "rounding", size=9, color="0.4")
ax.set(
    xscale="log",
    xlim=(5e-9, 5),
    ylim=(4.6, -0.6),
    xlabel="how far the states move, relative to their length",
)
ax.set_title("Five columns of padding more")
ax.legend(
    title="the library is told of",
    fontsize=8,
    title_fontsize=8,
    loc="center left",
    bbox_to_anchor=(0.3, 0.5),
)
show(
    fig,
    alt="How far states move, on a logarithmic scale, for five backbones. Told "
    "nothing, all move by a tenth or more. With a mask, Llama, XLNet and ModernBERT "
    "move by rounding only, GPT-2 and BERT visibly. With a mask and positions all five "
    "are within rounding.",
)

# %% [markdown]
# (XLNet has no `position_ids`. Worse: it accepts the argument and ignores it, as it ignores any word that it doesn't know.)
#
# ## 13.3 Who sees whom?
#
# The second promise is causality. Chapter 08's test: change one click, and see which states react. Here each of ModernBERT's two blocks gets
# a window of one click to either side. **Guess** the five pictures before you look. In how many does no state see a later click? And how many clicks ahead
# does a state of ModernBERT's see?

# %%
# Pictures in which no state looks ahead: a number (of 5)
guess("13.5", ...)
# How far ahead ModernBERT sees: a number (clicks)
guess("13.6", ...)


# %%
def reaction(model, inputs_of, L=10):
    """Entry [t, c]: how far the state at t moves if click c is another vector.

    (L, L).
    """
    clicks = torch.randn(1, L, 16, generator=torch.Generator().manual_seed(2))
    inputs = inputs_of(torch.ones(1, L, dtype=torch.bool))
    columns = []
    with torch.no_grad():
        states = model(inputs_embeds=clicks, **inputs).last_hidden_state[0]
        for c in range(L):
            other = clicks.clone()
            other[0, c] += 1
            columns.append(
                (model(inputs_embeds=other, **inputs).last_hidden_state[0] - states)
                .abs()
                .amax(dim=1)
            )
    moves = torch.stack(columns, dim=1)
    return moves / moves.max()


def draw_reactions(pictures, height):
    fig, axes = plt.subplots(1, len(pictures), figsize=(7.5, height), sharey=True)
    for ax, (title, moves) in zip(axes, pictures.items(), strict=True):
        draw_attention(ax, moves, [str(c + 1) for c in range(len(moves))], title=title)
        ax.set_xticks([0, 4, 9], ["1", "5", "10"], rotation=0, ha="center")
    axes[0].set_ylabel("the state that reacts", fontsize=8)
    fig.supxlabel("the click that is changed", fontsize=8)
    fig.tight_layout()
    return fig


def masked(is_real):
    return {"attention_mask": is_real.long()}


window = {"layer_types": ["sliding_attention"] * 2, "local_attention": 2}
pictures = {
    name: reaction(
        drawn(name, options=window if name == "modernbert" else None), masked
    )
    for name in BACKBONES
}
show(
    draw_reactions(pictures, 2.8),
    alt="Five ten by ten tables: which state reacts to which click. GPT-2 and Llama: a "
    "lower triangle. XLNet and BERT: all cells. ModernBERT with two windowed blocks: a "
    "band around the diagonal.",
)
look_back = [name for name, moves in pictures.items() if not moves.triu(1).any()]
states, seen = pictures["modernbert"].nonzero(as_tuple=True)
reveal("13.5", len(look_back))
reveal("13.6", (seen - states).max())

# %% tags=["nbval-check-output"]
above = torch.ones(10, 10).triu(1).bool()
for name, moves in pictures.items():
    print(
        f"{name:11s} {int((moves[above] != 0).sum()):2d} of {int(above.sum())} earlier "
        "states see a later click"
    )

# %% [markdown]
# GPT-2 and Llama look back only, exactly; the others need the cloze of chapter 09, or they would copy the answer. (ModernBERT's band is as wide as *two* windows: there
# are two blocks, and the second sees what the first has seen.)
#
# XLNet *can* be causal. Its configuration has a setting for it, `attn_type="uni"`. With padding:

# %% tags=["nbval-check-output"]
one_way = backbone_config(
    "xlnet", max_len=30, D=16, H=2, n_blocks=2, options={"attn_type": "uni"}
)
is_real = torch.tensor([[False, True, True, True, True, True]] * 4)
try:
    transformers.XLNetModel(one_way)(
        inputs_embeds=vectors, attention_mask=is_real.long()
    )
except RuntimeError as error:
    print(error)

# %% [markdown]
# A fault in the library: the setting works for a single row, or without a mask, and not for a padded batch. There is another way in. XLNet was trained to predict words in
# random order, and takes a `perm_mask` that says for each pair who must **not** look at whom. "In the order of time" is one of those orders.
#
# ### A mask for every pair
#
# The `attention_mask` above is 2-D, one number per click, and the library makes the triangle and the windows itself. The library also takes 4-D masks, (B, 1, L, L), one
# number per *pair*: our `visible_mask` fits. One would hope. GPT-2 computes attention in two ways: `eager`, the formula written out, and `sdpa`, PyTorch's fused kernel, which is
# the default. **Guess:** we hand over a boolean mask, True = may look. Which of the two is right?

# %%
# A boolean mask is right under: "eager", "sdpa", "sdpa and eager" or "neither"
guess("13.7", ...)


# %%
def pairs(make_mask):
    return lambda is_real: {
        "attention_mask": make_mask(visible_mask(is_real.long(), causal=True))
    }


eager, sdpa = ({"attn_implementation": way} for way in ("eager", "sdpa"))
pictures = {
    "sdpa, boolean": reaction(
        drawn("gpt2", options=sdpa), pairs(lambda visible: visible)
    ),
    "eager, boolean": reaction(
        drawn("gpt2", options=eager), pairs(lambda visible: visible)
    ),
}
show(
    draw_reactions(pictures, 3.6),
    alt="Two ten by ten tables for GPT-2 with a boolean causal mask for every pair. "
    "Under sdpa a lower triangle; under eager every cell is filled.",
)
causal = [
    title.removesuffix(", boolean")
    for title, moves in pictures.items()
    if not moves.triu(1).any()
]
reveal("13.7", " and ".join(causal) or "neither")

# %% [markdown]
# Under `eager` the mask is **added** to the scores, and True is 1. What may be seen gets one point more, what must not be seen stays in sight. The future leaks, and the
# training loss looks wonderful. Added masks have to be numbers: 0 where one may look, and the lowest number there is where one may not.
#
# ### Your turn (13.2) · 4 minutes


# %%
@exercise("13.2")
def additive_mask(visible, dtype=torch.float32):
    """A boolean mask as a sum over scores understands it.

    visible: (...) bool, True = may look. dtype: of the scores, a floating-point type.
    Returns the same shape in that dtype, on the same device: 0 where True, the lowest
    finite number of the dtype where False.
    """
    ### BEGIN SOLUTION
    lowest = torch.finfo(dtype).min
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(
        ~visible, lowest
    )
    ### END SOLUTION


# %%
hint("13.2")

# %% tags=["nbval-check-output"]
for way in (eager, sdpa):
    moves = reaction(drawn("gpt2", options=way), pairs(additive_mask))
    print(
        f"{way['attn_implementation']:6s} {int((moves[above] != 0).sum()):2d} earlier "
        "states see a later click"
    )

# %% [markdown]
# (Why not minus infinity? A row in which nothing may be seen would be 0/0. Our rows always see themselves; those of the library don't.)
#
# One warning more. A 4-D mask **replaces** what the library would have made. ModernBERT's windows are part of that, and they are gone:

# %% tags=["nbval-check-output"]
modern = drawn("modernbert", options=window)
for name, inputs_of in (
    ("2-D", masked),
    (
        "4-D",
        lambda is_real: {"attention_mask": visible_mask(is_real.long(), causal=False)},
    ),
):
    seen = reaction(modern, inputs_of)[0]
    print(
        f"{name} mask: the first state reacts to {int((seen != 0).sum())} of 10 clicks"
    )

# %% [markdown]
# So: 2-D where the library can do it, 4-D only where it must be.
#
# ### Your turn (13.3) · 8 minutes
#
# Put it together: everything that a backbone is called with.


# %%
@exercise("13.3")
def library_inputs(name, vectors, is_real, causal):
    """The arguments for the forward pass of a backbone.

    name:    a name of BACKBONES; BACKBONES[name].counts_positions says whether it takes
             `position_ids`.
    vectors: (B, L, D) float. is_real: (B, L) bool, padding on the left. causal: whether
    the future is hidden.
    Returns a dict, all of it on the device of vectors:
        "inputs_embeds"    vectors
        "attention_mask"   (B, L) long, 1 = real
        "position_ids"     (B, L) long, 0 = newest; only for a backbone that takes it
        "perm_mask"        (B, L, L) in the dtype of vectors, 1 = must NOT look; only for a causal backbone that has no
                           position_ids (XLNet). What may be looked at says `visible_mask(is_real.long(), causal=True)`,
                           which is (B, 1, L, L).
    """
    ### BEGIN SOLUTION
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = positions_from_the_end(is_real)
    elif causal:
        hidden = ~visible_mask(is_real.long(), causal=True)[:, 0]  # (B, L, L)
        inputs["perm_mask"] = hidden.to(vectors.dtype)
    return inputs
    ### END SOLUTION


# %%
hint("13.3")

# %% [markdown]
# With it, the encoder of chapter 06 can be exchanged for any of the five. `forward` is four lines (`BackboneEncoder` in `seqrec.models.huggingface` checks its input besides):


# %%
class Encoder(nn.Module):
    """Item ids in, one state per position out:

    SequenceEncoder's job, done by a backbone.
    """

    def __init__(self, name, causal, D=64):
        super().__init__()
        self.name, self.causal = name, causal
        self.item = nn.Embedding(N_ITEMS + 2, D, padding_idx=0)
        self.backbone = make_backbone(name, max_len=MAX_LEN, D=D, H=2, n_blocks=2)

    def forward(self, items):
        inputs = library_inputs(self.name, self.item(items), items != 0, self.causal)
        return self.backbone(**inputs).last_hidden_state  # (B, L, D)


batch = torch.from_numpy(histories[:8, -20:])
for name in BACKBONES:
    for causal in BACKBONES[name].causal:
        torch.manual_seed(0)
        encoder = Encoder(name, causal).eval()
        with torch.no_grad():
            change = encoder(pad(batch, (7, 0)))[:, 7:] - encoder(batch)
        largest = change[batch != 0].abs().max().item()
        print(
            f"{name:11s} {'causal' if causal else 'both ways':10s} padding moves a state "
            f"by {largest:.4f} at most"
        )

# %% [markdown]
# ## 13.4 Is it the same network?
#
# GPT-2's block: a norm, attention, an addition; a norm, a small network, an addition. That is chapter 06's pre-norm block, but for one thing, its activation (`gelu_new`; the
# configuration takes `relu`). If the two are the same, they must give the same numbers once they have the same weights.
#
# | GPT-2 | ours | |
# |---|---|---|
# | `attn.c_attn`, `attn.c_proj` | `attention.project`, `attention.merge` | queries, keys, values side by side in both |
# | `mlp.c_fc`, `mlp.c_proj` | `ffn[0]`, `ffn[2]` | |
# | `ln_1`, `ln_2` | `norms[0]`, `norms[1]` | |
#
# One trap: GPT-2's layers are of the class `Conv1D`, which computes $xW + b$ with $W$ of shape *(in, out)*. `nn.Linear` keeps *(out, in)*.
#
# ### Your turn (13.4) · 7 minutes


# %%
@exercise("13.4")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    """Give `ours`, a TransformerBlock, the weights of `theirs`, a block of GPT-2.
    Weights and biases. Returns nothing.

    Copy the numbers into the parameters that `ours` has (`parameter.copy_(...)`): the
    two must not share them.
    """
    ### BEGIN SOLUTION
    for conv, linear in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        linear.weight.copy_(conv.weight.T)
        linear.bias.copy_(conv.bias)
    for norm, here in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True):
        here.weight.copy_(norm.weight)
        here.bias.copy_(norm.bias)
    ### END SOLUTION


# %%
hint("13.4")

# %% tags=["nbval-check-output"]
relu = drawn("gpt2", options={"activation_function": "relu"})
block = TransformerBlock(16, 2, hidden=64)
copy_gpt2_block(relu.h[0], block)
visible = visible_mask(is_real.long(), causal=True)
with torch.no_grad():
    out = relu.h[0](vectors, attention_mask=additive_mask(visible))
    out = out if isinstance(out, torch.Tensor) else out[0]
    apart = (out - block(vectors, visible)[0]).abs().max().item()
print(f"one block, ours and theirs: {apart:.4f} apart at most")

# %% [markdown]
# And a whole network? We make a GPT-2 and a SASRec with the same weights and train both: same batches, same loss, same steps. **Guess:** how far apart are their training losses (near 3) after two epochs?

# %%
# How far apart their training losses are: "less than .001", ".001 to .01", ".01 to .1"
# or "more than .1"
guess("13.8", ...)

# %%
index = ItemIndex().fit(range(1, N_ITEMS + 1))
events, _ = read_events(known, index, ascending=True)
sequences = torch.from_numpy(pieces(events, MAX_LEN, whole=True))

torch.manual_seed(0)
theirs = CausalBackbone(
    N_ITEMS,
    MAX_LEN,
    D=32,
    n_blocks=1,
    dropout=0.0,
    options={"activation_function": "relu"},
)
ours = SASRec(N_ITEMS, MAX_LEN, D=32, n_blocks=1, dropout=0.0)
with torch.no_grad():
    ours.encoder.item.weight.copy_(theirs.encoder.item.weight)
    ours.encoder.position.weight.copy_(theirs.encoder.backbone.wpe.weight)
    ours.encoder.norm.load_state_dict(theirs.encoder.backbone.ln_f.state_dict())
copy_gpt2_block(theirs.encoder.backbone.h[0], ours.encoder.blocks[0])

SETTINGS = {
    "batch_size": 32,
    "learning_rate": 0.004,
    "schedule": "linear",
    "warmup_steps": 20,
}
seconds, runs = {}, {}
for name, network in (("ours", ours), ("GPT-2", theirs)):
    began = time.process_time()
    config = TrainConfig(epochs=2, **SETTINGS)
    runs[name] = train(
        network, next_item_loss(sequences), len(sequences), config, progress=False
    ).history
    seconds[name] = time.process_time() - began
losses = pd.DataFrame({name: run["train_loss"] for name, run in runs.items()})
after_two = abs(losses["ours"] - losses["GPT-2"]).iloc[-1]
ranges = ["less than .001", ".001 to .01", ".01 to .1", "more than .1"]
reveal("13.8", pd.cut([after_two], [-1, 0.001, 0.01, 0.1, np.inf], labels=ranges)[0])
losses.rename_axis("epoch").round(4)

# %% tags=["nbval-check-output"]
gap = (runs["ours"]["train_loss"] - runs["GPT-2"]["train_loss"]).abs().max()
print(f"the training losses are {gap:.2f} apart at most")

# %% tags=["timing"]
print(f"CPU time of GPT-2, ours = 1: {seconds['GPT-2'] / seconds['ours']:.1f}")

# %% [markdown]
# They are one network, down to rounding. So any difference in a table between "SASRec" and "a GPT-2 recommender" has another reason: the start weights, the activation, the
# loss, the number of epochs. Ask for it.
#
# ## 13.5 Side by side
#
# Now each backbone as it comes, on 1,000 shoppers: two blocks of width 64, two heads, dropout .05, batches of 32. The causal ones are trained by next-item softmax for 8 epochs, the others
# by the cloze for 12. Three shops, reseeded in everything; in each, 2,000 other shoppers are asked. (Made by
# `python -m benchmarks.bench_huggingface quality`. Each learning rate is the better of .003 and .001 on a fourth shop; it was .003 for all, and a larger one was not tried. The epoch is chosen on 500 more shoppers.)
#
# SASRec is there twice, the second time *drawn again*: same shops, other start weights and dice. So we see what noise is. GPT-2 is there three times: *made like ours* (ReLU, and the very weights that SASRec starts from; only the dice of dropout fall anew), *as it comes* (another activation, start weights from $N(0, 1/D)$), and with the $N(0, 0.02^2)$ that the
# library takes if nobody says otherwise.
#
# **Guess:** which of the three is SASRec's equal within noise, and how far apart are the best and the worst of all?

# %%
# SASRec's equal within noise: "GPT-2 made like ours", "GPT-2" or "GPT-2, weights N(0,
# 0.02^2)"
guess("13.9", ...)
# From the worst to the best, in share of the lift: a number, in %
guess("13.10", ...)

# %% tags=["nbval-check-output"]
quality = measured("13_backbones")
by_model = quality.groupby(["objective", "model"], sort=False)
table = by_model[["ndcg", "oracle"]].mean().round(3)
table["share of the lift"] = by_model["share"].mean().round(3)
table["+-"] = by_model["share"].std().round(3)
table["learning rate"] = by_model["learning_rate"].first()

share = by_model["share"].mean().droplevel("objective")
from_ours = abs(share - share["SASRec (ours)"])
three = ["GPT-2 made like ours", "GPT-2", "GPT-2, weights N(0, 0.02^2)"]
equals = [name for name in three if from_ours[name] <= from_ours["SASRec, drawn again"]]
reveal("13.9", equals)
reveal("13.10", 100 * (share.max() - share.min()))
table

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=(7.0, 4.2))
models = list(dict.fromkeys(quality["model"]))
for place, name in enumerate(models):
    of = quality[quality["model"] == name]
    colour = COLOURS[0] if of["objective"].iloc[0] == "causal" else COLOURS[1]
    ax.plot(of["share"], [place] * len(of), "o", ms=7, alpha=0.6, color=colour)
for objective, colour in (("next item", COLOURS[0]), ("cloze", COLOURS[1])):
    ax.plot([], [], "o", color=colour, label=objective)
ax.axvline(1, color=COLOURS[2], ls="--")
ax.set_yticks(range(len(models)), models)
ax.set(
    ylim=(len(models) - 0.5, -0.5),
    xlabel="share of the achievable lift in NDCG@10 (1: the oracle)",
)
ax.set_title("1,000 shoppers, three seeds each")
ax.legend(title="trained by", fontsize=8, title_fontsize=8, loc="upper left")
show(
    fig,
    alt="Three dots for each of eleven models over the share of the achievable lift. "
    "SASRec, drawn once and again, GPT-2 made like ours and Llama lie together at "
    "about .75 to .76; GPT-2 as it comes at .72, with small start weights at .65; "
    "XLNet is ahead at .83. Of those trained by the cloze, ModernBERT and XLNet are at "
    "about .62, BERT4Rec at .42, BERT at .35.",
)

# %% tags=["nbval-check-output"]
by_seed = quality.pivot(index="seed", columns="model", values="share")
print("less our SASRec, share of the lift, mean and standard deviation over the seeds:")
for name in (
    "SASRec, drawn again",
    "GPT-2 made like ours",
    "GPT-2",
    "GPT-2, weights N(0, 0.02^2)",
    "Llama",
    "XLNet, causal",
):
    apart = by_seed[name] - by_seed["SASRec (ours)"]
    print(f"    {name:28s} {apart.mean():+.3f} +- {apart.std():.3f}")
alike = (by_seed["GPT-2 made like ours"] - by_seed["SASRec (ours)"]).abs().max()
print(f"made like ours, the largest distance on a seed: {alike:.4f}")
distances, vectors_learned = (
    by_seed[["ModernBERT", "XLNet, both ways"]],
    by_seed[["BERT", "BERT4Rec (ours)"]],
)
ahead = distances.min(axis=1) - vectors_learned.max(axis=1)
print(
    "cloze, the worse of ModernBERT and XLNet over the better of BERT and\n"
    f"BERT4Rec: ahead by {ahead.min():.2f} to {ahead.max():.2f}"
)

# %% [markdown]
# Four things.
#
# - **Made alike, they are alike.** GPT-2 with our start weights is within .005 of SASRec on each seed, closer than SASRec is to itself when it is drawn again (about .01). After 13.4 that is no surprise.
# - **The start is worth points.** The two other GPT-2 differ from each other in their start weights alone. $N(0, 0.02^2)$, fine for a width of 768, costs .07 after eight epochs, on every seed. That is no property of an architecture. It is a line in a configuration,
#   and it decides who wins a short race. (GPT-2 as it comes is .04 behind SASRec. That gap has two possible reasons, the start weights and the activation, and the table doesn't part them.)
# - **XLNet is ahead, here.** With distances inside its attention, it leads by .07. In the cloze the two that know distances (ModernBERT, XLNet) lead the two that learn a vector for each position, on each seed. A distance is the same everywhere in a
#   row and is learned once; a table of positions is learned line by line. That is a reason, and the table doesn't prove it: ModernBERT and Llama have a quarter more weights as well, and Llama, which knows distances too, is where SASRec is. And it is *one* budget. Whether the others catch up in thirty epochs, nobody has
#   measured here.
# - **The cloze is behind** in this budget. It asks about a third of the clicks in a pass, and has to look both ways in training but only back in use. Chapter 09 gives it the time that it needs.
#
# And nobody is near the oracle: 1,000 shoppers and a quarter of a minute of training are little. A larger table could turn the order of neighbours around. It can't turn the first point around.
#
# ### What it costs
#
# Two prices. One is paid once per process: importing. The other in every step. (`bench_huggingface costs`: CPU seconds and memory from nothing to the first network; a training pass, forwards
# and backwards, over 64 histories of 40 clicks, as a ratio to our network of the same objective.)

# %% tags=["nbval-check-output"]
costs = measured("13_costs")
once = (
    costs[costs["what"].str.startswith("first network")]
    .pivot(index="model", columns="what", values="value")
    .round(1)
)
once

# %%
ratio = costs[costs["what"].str.startswith("training pass")].set_index("model")["value"]
fig, ax = plt.subplots(figsize=WIDE)
bars = ax.barh(ratio.index, ratio, color=COLOURS[0])
ax.bar_label(bars, fmt="%.1f", padding=-22, size=9, color="white")
ax.axvline(1, color="0.4", lw=1)
ax.invert_yaxis()
ax.set(xlabel="CPU time of a training pass, ours = 1", title="What a step costs")
ax.grid(axis="y", visible=False)
show(
    fig,
    alt="Bars of CPU time of a training pass. SASRec 1.0, GPT-2 made like ours 0.9, "
    "GPT-2 1.2, Llama 1.3, causal XLNet 1.8; beside BERT4Rec's 1.0, BERT 1.2, "
    "ModernBERT 1.6, XLNet both ways 1.7.",
)

# %% [markdown]
# Importing is the price that you notice: seconds and some 150 MB, with every notebook, every worker, every restart. A step of the same network costs about the same (GPT-2 made like ours). GPT-2's own activation
# is a formula of several passes over the widest vectors; a gate, or XLNet's attention over distances, is more work still. (Measured on a busy machine: another run moved single bars by a fifth.)
#
# ## 13.6 More than ids in, more than the next item out
#
# Transformers4Rec's second idea: a click is more than an id. Whatever is known of it goes into the vector that the transformer reads:
#
# $$x_t = \underbrace{\text{id vector} + W_{\text{item}}\,\text{content}}_{\text{of the product, chapter 10}} + \underbrace{W_{\text{context}}\,(\text{session}, \text{user})}_{\text{of this click}}$$
#
# Such facts come in three kinds:
#
# - of the **product**: its category (a label), its price (a number, normalised);
# - of the **session**: how long after the click before, its place in the visit (first click, second click ...), how the click ended;
# - of the **user**: what they told us when they signed up: their pets. Several are possible, so it is multi-hot. (We make this answer up from the persona. A shop would have it in a table.)
#
# `FeatureTable` (chapter 10) reads all three: a table of products, of events or of users is a table. It is fitted on what training may know, and on nothing else.

# %% tags=["nbval-check-output"]
PETS = {
    "new_puppy_parent": "dog",
    "cat_connoisseur": "cat",
    "budget_shopper": "dog|cat",
    "fish_hobbyist": "fish",
}
personas = journeys.truth.groupby(log["user_id"])["persona"].first()
users = pd.DataFrame({"pets": personas.map(PETS)})

content = FeatureTable([Labels("category"), Number("price", log=True)]).fit(
    shop.products
)
of_session = FeatureTable(
    [Number("pause"), Number("click_of_session"), Number("outcome")]
)
of_session.fit(describe_events(log).loc[known.index])
of_user = FeatureTable([Labels("pets", separator="|")]).fit(users)
# (events, C), a row for each row of the log
context = np.hstack(
    [
        of_session.transform(describe_events(log)),
        of_user.transform(users)[log["user_id"]],
    ]
)
for of, names in (
    ("of a product", content.names_),
    ("of a click", of_session.names_ + of_user.names_),
):
    wrapped = textwrap.fill(", ".join(names), 68)
    print(f"{of}:\n{textwrap.indent(wrapped, '    ')}")

# %% [markdown]
# One rule must not be broken: **the context of a click is read where the click is read.** It helps to predict the *next* one. The outcome of the click that is to be predicted is the answer, not an input.
#
# The third idea: **heads**. One encoder, three questions:
#
# | head | question | loss |
# |---|---|---|
# | next item | what comes next, of all products? | softmax |
# | click (binary) | would she click *this* one? | BCE against negatives |
# | outcome (regression) | if she clicks it, how does it end? | squared error |
#
# The first is tied to the item vectors, as in SASRec. The other two are small networks that read the state and the vector of the product in question (as chapter 08's outcome head). The loss is a weighted sum.
#
# ### Your turn (13.5) · 12 minutes · *hard*


# %%
@exercise("13.5")
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    """The loss of a training step for `MultiTask`: sum over tasks of weights[task] *
    loss of the task.

    sequences: (n, L + 1) long, left-padded. outcomes: (n, L + 1) float, how each event
    ended.
    context:   (n, L + 1, C) numbers of each event, or None.
    weights:   dict, some of "next_item", "click", "outcome" -> a number.
    Returns loss(network, rows, generator), a scalar. The network answers
        network.states(items (B, l), context (B, l, C) or None)         (B, l, D)
        network.network.softmax_loss(states (K, D), targets (K,))           the mean softmax loss
        network.about(network.click, states (K, D), items (K, N))           logits of a click (K, N)
        network.about(network.outcome, states (K, D), items (K,))           expected outcomes (K,)
    """

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])  # (B, length + 1)
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]  # (B, length) each
        # Where an item is read, one follows: padding is on the left
        is_asked = items != 0
        # yours: the states of the positions that are asked, (K, D), and their targets,
        # (K,)
        ### BEGIN SOLUTION
        # Of the clicks that are read
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states, targets = network.states(items, read)[is_asked], targets[is_asked]
        ### END SOLUTION
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(
                states, targets
            )
        if weights.get("click"):
            # (K, N)
            negatives = uniform_negatives(
                targets, n_negatives, network.n_items, seed=generator
            )
            candidates = torch.cat([targets[:, None], negatives], dim=1)  # (K, 1 + N)
            # yours: add the mean BCE with logits over all K * (1 + N) pairs, times its
            # weight
            ### BEGIN SOLUTION
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            total = total + weights[
                "click"
            ] * nn.functional.binary_cross_entropy_with_logits(logits, labels)
            ### END SOLUTION
        if weights.get("outcome"):
            # yours: add the mean squared error of the outcome of the *target*, times
            # its weight
            ### BEGIN SOLUTION
            ended = outcomes[rows][:, -length:][is_asked]  # (K,)
            total = (
                total
                + weights["outcome"]
                * (network.about(network.outcome, states, targets) - ended)
                .square()
                .mean()
            )
            ### END SOLUTION
        return total

    return loss


# %%
hint("13.5")

# %% [markdown]
# Two small recommenders around a Llama, alike but for what they read. One gets ids, the other everything above.


# %%
def in_places(values, places):
    """Numbers of each row of the log, (rows, ...), in the places of clicks; padding,
    place 0, gets zeros.
    """
    return torch.from_numpy(
        np.concatenate([np.zeros_like(values[:1]), values])[places].astype(np.float32)
    )


past = pd.concat([known, valid])
before, _ = read_events(past, index, ascending=True)
rows_of_known, rows_of_past = (
    known.index.to_numpy()[events.rows] + 1,
    past.index.to_numpy()[before.rows] + 1,
)
# As `sequences`, with rows of the log from 1
places = pieces(events, MAX_LEN, whole=True, values=rows_of_known)
asked_places = newest(before._replace(items=rows_of_past), MAX_LEN)  # as `histories`
outcomes, read = (
    in_places(log["outcome"].to_numpy(), places),
    in_places(context, places),
)
asked_context = in_places(context, asked_places)  # (B, L, C)

networks, weights = {}, {"next_item": 1.0, "click": 1.0, "outcome": 3.0}
for name in ("ids alone", "everything"):
    torch.manual_seed(0)
    n_context = context.shape[1] if name == "everything" else 0
    backbone = CausalBackbone(
        N_ITEMS,
        MAX_LEN,
        backbone="llama",
        D=32,
        n_blocks=1,
        dropout=0.0,
        n_context=n_context,
    )
    if n_context:
        backbone.encoder.item = ItemEmbedding(content.transform(shop.products), D=32)
    networks[name] = MultiTask(backbone, hidden=16)
    loss = multi_task_loss(
        sequences, outcomes, weights=weights, context=read if n_context else None
    )
    train(
        networks[name],
        loss,
        len(sequences),
        TrainConfig(epochs=8, **SETTINGS),
        progress=False,
    )

# %% [markdown]
# How good can one be who knows visits and pets? Our oracle can be told the same: the persona (which the pets give away) and where visits began. It is then a higher ceiling, and everything is judged under its law.
#
# **Guess:** does the network that knows more pass the oracle that sees ids only? And how much better than a constant can one know the outcome? (By
# how much is the oracle's squared error lower than that of "always the mean"?)

# %%
# The higher NDCG@10 of the next click: "everything" or "oracle, ids alone"
guess("13.11", ...)
# How much lower the oracle's squared error is than the mean's: a number, in %
guess("13.12", ...)

# %%
items, clicked = (
    torch.from_numpy(histories),
    test.sort_values("user_id")["item_id"].to_numpy(copy=True),
)
visit = in_places(log["session_id"].to_numpy() + 1, asked_places).numpy()
starts = (histories != 0) & (
    visit != np.hstack([np.zeros((len(visit), 1)), visit[:, :-1]])
)
oracle = Oracle(shop)
law_told = oracle.next_item_probabilities(
    histories, personas=personas.tolist(), session_starts=starts
)

scores, ends = {"oracle, ids alone": law, "oracle, told the same": law_told}, {}
for name, network in networks.items():
    network.eval()
    seen = asked_context if name == "everything" else None
    with torch.no_grad():
        logits = network.states(items, seen)[:, -1] @ network.network.item_vectors.T
        ends[name] = network.expected_outcome(
            items, torch.from_numpy(clicked), seen
        ).numpy()
        clicks = network.score_candidates(
            items, torch.arange(1, N_ITEMS + 1).expand(len(items), -1), seen
        )
    scores[name] = pad(logits, (1, 0), value=-torch.inf).numpy()
    scores[f"{name}, click head"] = pad(clicks, (1, 0), value=-torch.inf).numpy()
ndcg = {name: expected_ndcg(of, law_told, 10).mean() for name, of in scores.items()}
ends["oracle, ids alone"] = oracle.expected_outcome(histories, clicked)
ended = test.sort_values("user_id")["outcome"].to_numpy()
ends["always the mean"] = np.full(len(ended), known["outcome"].mean())
wrong_by = {name: np.square(of - ended).mean() for name, of in ends.items()}

fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.4))
order = [
    "ids alone",
    "everything",
    "everything, click head",
    "oracle, ids alone",
    "oracle, told the same",
]
bars = left.barh(
    order,
    [ndcg[name] for name in order],
    color=[COLOURS[5], COLOURS[0], COLOURS[0], "0.55", COLOURS[2]],
)
left.bar_label(bars, fmt="%.3f", padding=3, size=9)
left.invert_yaxis()
left.set(xlabel="NDCG@10 of the next click", xlim=(0, 0.95))
left.grid(axis="y", visible=False)
order = ["always the mean", "ids alone", "everything", "oracle, ids alone"]
bars = right.barh(
    order,
    [wrong_by[name] for name in order],
    color=[COLOURS[6], COLOURS[5], COLOURS[0], "0.55"],
)
right.bar_label(bars, fmt="%.3f", padding=3, size=9)
right.invert_yaxis()
right.set(
    xlabel="mean squared error of its outcome", xlim=(0, 1.25 * max(wrong_by.values()))
)
right.grid(axis="y", visible=False)
fig.tight_layout()
show(
    fig,
    alt="Two bar charts. Left, NDCG@10 of the next click: everything is some hundredths "
    "above ids alone, everything ranked by the click head nearly the same, the oracle "
    "on ids far above both, the oracle that is told the same hardly higher. Right, mean "
    "squared error of the outcome: all four are within a tenth of each other; the oracle is "
    "lowest, always the mean next, both networks a little higher.",
)
reveal("13.11", max(("everything", "oracle, ids alone"), key=ndcg.get))
reveal("13.12", 100 * (1 - wrong_by["oracle, ids alone"] / wrong_by["always the mean"]))

# %% [markdown]
# Left: what is known besides ids is worth a good step to a network that has seen 900 shoppers only. The oracle gains little from the same words: it had read nearly all of that off the
# clicks already. So context stands in for what clicks have not taught *yet*. (How fast its gain shrinks with more shoppers was not measured.) And one encoder serves two heads: the click head ranks like the softmax.
#
# Right: a lesson in modesty. What a click will lead to is nearly a coin toss in this shop, and even the oracle beats "always the mean" by little more than a hundredth. The outcome head has twenty thousand
# clicks to find that hundredth in, finds noise, and ends *above* the mean. Before you add a head, ask how much there is to know; and put the constant into your table.
#
# ## 13.7 The last visit, or everything?
#
# Many shops don't know who is there: no log-in, no cookie. All they have is the current visit. That is a **session-based** recommender, and it is half of what Transformers4Rec's title promises. The other half
# keeps the whole history of a user. Same network, other input:

# %% tags=["nbval-check-output"]
names = shop.products["product_type"]
sessions = newest(
    before._replace(
        items=before.items * 0 + log["session_id"].to_numpy()[rows_of_past - 1] + 1
    ),
    MAX_LEN,
)
short = newest_session(histories, sessions)
ANNA = 23
print(
    f"Anna's history: {np.count_nonzero(histories[ANNA])} clicks; her newest visit: "
    f"{np.count_nonzero(short[ANNA])}"
)
print(" > ".join(names[short[ANNA][short[ANNA] > 0]]))
by_visit = by_session(events, known["session_id"])
of_visits = pieces(by_visit, 15, whole=True)
print(
    f"{len(sequences):,} histories, {len(of_visits):,} visits; clicks to predict in "
    "each:",
    end=" ",
)
print(
    *[
        int(((rows[:, :-1] != 0) & (rows[:, 1:] != 0)).sum())
        for rows in (sequences.numpy(), of_visits)
    ]
)

# %% [markdown]
# (A visit comes with the first click of the next one. So both are asked about the same clicks, each once an epoch.)
#
# Long histories cost: attention compares all pairs, so its work grows with the *square* of the length. What do they buy? 400 shoppers with 60 to 120 clicks teach a GPT-2 that reads the newest visit, the
# newest 20 clicks, or 119. The epochs are the same for all, and so are the clicks predicted in a step. 500 other shoppers are asked, on three seeds of everything. (`python -m benchmarks.bench_huggingface history`. Rate .003,
# nothing chosen; a longer budget is shown below.) First after 8 epochs.
#
# **Guess:** the visit, 20 clicks or 119: which is best, and what is it worth against the visit alone, in points of the lift?

# %%
# The best part of a history to read: "newest visit", "20 clicks" or "119 clicks"
guess("13.13", ...)
# What it gains over the visit alone, in share of the lift: a number, in %
guess("13.14", ...)

# %% tags=["nbval-check-output"]
by_length = measured("13_history").astype({"epochs": int})
brief = by_length[(by_length["epochs"] == 8) & (by_length["ends"] == "same")]
table = brief.groupby("history", sort=False)[["ndcg", "oracle", "share"]].mean()
reveal("13.13", table["share"].idxmax())
reveal("13.14", 100 * (table["share"].max() - table["share"]["newest visit"]))
table.assign(**{"+-": brief.groupby("history")["share"].std()}).round(3)

# %% [markdown]
# The visit alone is far behind. Clear enough: a visit says little, and one must read what came before it. We believed that, and an earlier edition of this chapter told it.
#
# ### The bug that we shipped
#
# That a visit says little is wrong, and the table is right. There is a test that would have found it. It needs no training, only counting. Positions are counted from the end, and in use one position answers: the newest. So ask of *training* what that
# position is asked there, and compare it with what it is asked in use.
#
# ### Your turn (13.6) · 6 minutes


# %%
@exercise("13.6")
def opening_shares(sessions):
    """How often each place is asked for the first click of another visit.

    sessions: (n, L + 1) array, the visit of each click of a row, 0 = padding, on the
    left. All clicks but the last are read; at each the next one is to be predicted. A
    place is asked where a click is read.
    Returns (L,) floats: of the rows that ask the place, the share in which the click to
    be predicted is of another visit than the one that is read. Entry 0 is the newest
    place. 0.0 where no row asks.
    """
    ### BEGIN SOLUTION
    read, predicted = sessions[:, :-1], sessions[:, 1:]
    is_asked = read != 0
    opens = is_asked & (read != predicted)
    return (opens.sum(axis=0) / is_asked.sum(axis=0).clip(1))[::-1]
    ### END SOLUTION


# %%
hint("13.6")

# %% [markdown]
# **Guess:** how often does the newest position have to name the first click of *another* visit, in training (rows of visits)? And in use, where a shopper is asked for the next click, whatever it is?

# %%
# Training: how often the newest position has to name another visit: a number, in %
guess("13.15", ...)
# In use: how often: a number, in %
guess("13.16", ...)

# %%
visit_ids = known["session_id"].to_numpy()[events.rows] + 1
rows_of_visits = pieces(by_visit, 15, whole=True, values=visit_ids)  # as `of_visits`
in_training = opening_shares(rows_of_visits)  # (15,)

asked_visit = test.sort_values("user_id")["session_id"].to_numpy() + 1
in_use = opening_shares(np.stack([sessions[:, -1], asked_visit], axis=1))[0]
reveal("13.15", 100 * in_training[0])
reveal("13.16", 100 * in_use)

# %% jupyter={"source_hidden": true}
fig, ax = plt.subplots(figsize=WIDE)
ax.plot(range(10), in_training[:10], "o-", color=COLOURS[1], label="in training")
ax.plot([0], [in_use], "s", ms=8, color=COLOURS[0], label="in use")
ax.set(
    xlabel="place, counted from the end (0: the newest)",
    ylabel="share of clicks that open a visit",
    ylim=(-0.03, 1.05),
    xticks=range(10),
    title="What a place is asked",
)
ax.legend()
show(
    fig,
    alt="Share of clicks to predict that open another visit, by place from the end. In "
    "training four in five at place 0, and none at any other place. In use, where place "
    "0 answers, less than a fifth.",
)

# %% tags=["nbval-check-output"]
for name, value in (("in training", in_training[0]), ("in use", in_use)):
    print(f"{name:12s} {value:.0%} of what the newest place is asked opens a visit")
print(f"in training, at an older place: {in_training[1:].max():.0%} at most")

# %% [markdown]
# There it is. Each row ended with the visit (but for each shopper's last one, which has no click behind it), so the newest place has learned one thing: *the visit is over*. How a visit goes on was learned too, but at the older places, and those never answer. The loss fell,
# no test failed, and the table said what everybody expects.
#
# > **The rule.** Training and use must agree on two distributions: *which place answers*, and *what kind of click follows there*. Count both before you train. It is one table.
#
# The cure: a row may end anywhere. Each time that it is seen, its end is drawn among its clicks (`seqrec.losses.drawn_ends`; in a recommender, `SASRecConfig(drawn_ends=True)`). By hand it is a few lines:


# %%
def cut_anywhere(rows, generator):
    """Rows that end at a click to predict, drawn anew for each. (B, L) -> (B, L)."""
    L = rows.shape[1]
    n_clicks = (rows != 0).sum(dim=1)  # (B,), 2 or more
    draws = torch.rand(len(rows), generator=generator)
    dropped = (draws * (n_clicks - 1)).long()  # (B,) 0 to n_clicks - 2
    columns = torch.arange(L) - dropped[:, None]  # (B, L)
    return torch.where(columns >= 0, rows.gather(1, columns.clamp(min=0)), 0)


one = torch.from_numpy(of_visits[(of_visits != 0).sum(axis=1) > 4][:1, -7:])
dice = torch.Generator().manual_seed(0)
print("the row ", *one.tolist())
for _ in range(3):
    print("ends at ", *cut_anywhere(one, dice).tolist())
often = cut_anywhere(torch.from_numpy(rows_of_visits).repeat(20, 1), dice)
share_drawn = opening_shares(often.numpy())[0]
print(f"of what the newest place is asked, {share_drawn:.0%} opens a visit")

# %% [markdown]
# About what it is in use. (Not by law: rows are drawn alike, and a short visit has few clicks to end at. Count.)
#
# Change that, and nothing else. Here a small GPT-2 on our 900 shoppers; below it the table, with both kinds of ends and two budgets. (With drawn ends an epoch predicts fewer clicks, about half of a visit's: a handicap for them.)

# %%
of_visits = torch.from_numpy(of_visits)
live = {}
for name, max_len in (("same ends", None), ("drawn ends", 15)):
    torch.manual_seed(0)
    network = CausalBackbone(N_ITEMS, 15, D=32, n_blocks=1, dropout=0.0)
    config = TrainConfig(epochs=8, **SETTINGS | {"batch_size": 96})
    loss = next_item_loss(of_visits, max_len=max_len)
    train(network, loss, len(of_visits), config, progress=False)
    answers = network.score_catalogue(torch.from_numpy(short[:, -15:])).numpy()
    live[name] = expected_ndcg(answers, law, 10).mean()
print({name: f"{value:.3f}" for name, value in live.items()}, "NDCG@10, visit alone")

# %% [markdown]
# **Guess:** measured on all seeds, how much of the gain of 20 clicks over the visit alone is left after 8 epochs, if both have drawn ends?

# %%
# What is left of that gain: "all of it", "about a half" or "nothing"
guess("13.17", ...)

# %%
fig = draw_curves(
    by_length.assign(line=by_length["ends"] + " ends"),
    panel="history",
    line="line",
    x="epochs",
    y="share",
    colours={"same ends": COLOURS[1], "drawn ends": COLOURS[0]},
    xlabel="epochs",
    ylabel="share of the achievable lift",
    ylim=(0.3, 1.0),
)
show(
    fig,
    alt="Share of the achievable lift after 8 and 24 epochs, in three panels: newest "
    "visit, 20 clicks, 119 clicks; rows with the same ends and with drawn ends. On the "
    "newest visit the same ends stay near .5 and drawn ends are at .85 and above. On 20 clicks "
    "both are at .8 to .9. On 119 clicks, after 8 epochs only, both are near .53.",
)
share = by_length.pivot_table(
    index="history", columns=["epochs", "ends"], values="share"
)
gain = {
    ends: share.loc["20 clicks", (8, ends)] - share.loc["newest visit", (8, ends)]
    for ends in ("same", "drawn")
}
left = gain["drawn"] / gain["same"]
amount = "about a half" if left > 0.25 else "nothing"
reveal("13.17", "all of it" if left > 0.75 else amount)

# %% tags=["nbval-check-output"]
columns = ["ndcg", "ndcg_visit_goes_on", "ndcg_visit_is_over", "share"]
rows = by_length.groupby(["history", "ends", "epochs"], sort=False)
rows[columns].mean().assign(**{"+-": rows["share"].std()}).round(3)

# %% [markdown]
# What looked like the worth of a history was the wrong question. With drawn ends the visit alone is level with 20 clicks: a little ahead after 8 epochs, a little behind after 24. And 20 clicks hardly care, since their rows end anywhere in a visit already. (Three seeds with 8 epochs, two
# with 24. The longest history had 8 epochs only.)
#
# - **It is the place.** While a visit goes on (17 questions of 20), NDCG@10 jumps from .44 to .67. When it is over, same ends are about as good as drawn ones: that is the one thing that their newest place has learned.
# - **More training is no cure.** With three times the epochs the same ends stay far below. A network does not unlearn what it is shown.
# - **119 clicks are another matter.** Drawn ends don't help them, so their gap has another cause, and this table doesn't say which; eight epochs may simply be too few for them. They have a fifth of the rows, and a history that is mostly old. (The oracle, in chapter 08, hardly looks further back
#   than fifteen clicks in this shop.) So the length of a history is a setting like any other: choose it on validation clicks.
#
# A long history has a price when it is read, too: one answer costs the whole row.

# %% tags=["nbval-check-output"]
cost = by_length.groupby("history", sort=False)["milliseconds_per_user"].median()
(cost / cost["newest visit"]).round(1).rename("CPU time to score, visit = 1").to_frame()

# %% [markdown]
# (A fraction of a millisecond is hard to time: read it as "alike", "ten times".)
#
# ## 13.8 What else is in the box
#
# **Schedules.** Eight lines each, and you have them already (chapter 07):

# %%
steps = np.arange(1, 201)
rates = {}
for name in ("linear", "cosine", "cosine_with_restarts"):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    cycles = (
        {"scheduler_specific_kwargs": {"num_cycles": 3}} if "restarts" in name else {}
    )
    schedule = transformers.get_scheduler(
        name, optimizer, num_warmup_steps=30, num_training_steps=200, **cycles
    )
    rates[name] = []
    for _ in steps:
        rates[name].append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
rates["linear, ours"] = [SCHEDULES["linear"](step, 30, 200) for step in steps]

fig, ax = plt.subplots(figsize=WIDE)
for (name, line), colour in zip(
    rates.items(), (COLOURS[0], COLOURS[1], COLOURS[3], "black"), strict=True
):
    ax.plot(steps, line, color=colour, ls="--" if "ours" in name else "-", label=name)
ax.set(
    xlabel="step", ylabel="learning rate, of its highest", title="Warm-up, then down"
)
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
show(
    fig,
    alt="Learning rate over 200 steps for three schedules of the library and our "
    "linear one. All rise for 30 steps. The two linear ones lie on each other; the "
    "cosine falls in a curve, the one with restarts jumps up again twice.",
)

# %% [markdown]
# **`Trainer`.** The library has a training loop as well: many GPUs, mixed precision, gradient accumulation, logging to a dozen services. It asks for one more package (`accelerate`, which the course does not install), and for a model whose `forward` returns
# its loss in a dict: a wrapper of a few lines around `next_item_loss`. [Its page](https://huggingface.co/docs/transformers/main_classes/trainer) has the rest. On one CPU thread chapter 07's `train` does the same job.
#
# **In the recommender.** Two configurations put any backbone into `SequentialRecommender`, with all its care for ids, order, and files. Nothing but numbers and JSON is saved, and loading needs no network. (The cell stops if a loaded model's scores differ in a single bit.)

# %%
small_log = log[log["user_id"] < 200]
TRAINING = TrainConfig(epochs=3, batch_size=32, learning_rate=0.004)
recommended = {}
for config in (
    CausalBackboneConfig(backbone="llama", D=32, n_blocks=1),
    CausalBackboneConfig(backbone="xlnet", D=32, n_blocks=1),
    MaskedBackboneConfig(
        backbone="modernbert", D=32, n_blocks=1, options={"local_attention": 16}
    ),
):
    model = SequentialRecommender(
        config, max_len=20, training=TRAINING, progress=False
    ).fit(small_log)
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        again = SequentialRecommender.load(folder)
    # Loaded, the same scores, bit for bit
    assert np.array_equal(model.score_items(small_log), again.score_items(small_log))
    recommended[config.backbone] = names[
        again.recommend(small_log[small_log["user_id"] == ANNA], top_k=3)[0]
    ].tolist()
pd.DataFrame(recommended, index=pd.RangeIndex(1, 4, name="rank"))

# %% [markdown]
# So, when to take what? Write your own where you want to *understand*, to change a layer, or to start in two seconds. Take the library where you want to *try* an architecture that somebody else has
# debugged, or need kernels and machines that you don't want to know about. Either way, keep the tests of this chapter: padding, causality, and equality with something you trust.
#
# ## Key ideas
#
# - A backbone is an architecture made from a configuration. No download, no words: vectors go in through `inputs_embeds`.
# - Left padding needs a mask **and** positions counted from the end. Learned positions slip without them, silently.
# - A 2-D mask lets the library make triangles and windows. A 4-D mask replaces them, and a boolean one is added as 1 under `eager`.
# - Under copied weights GPT-2's block *is* ours. Differences in tables come from weights at the start, activation, loss and budget.
# - Count what the answering place is asked, in training and in use. Rows that end with a visit teach it one thing: the visit is over.
# - Context is read where its click is read. One encoder can carry several heads; their losses need weights.
# - The library buys variety, schedules and machines. It costs seconds and memory at every start.

# %%
scoreboard("13")
calibration("13")

# %%
quiz("13.1")

# %%
quiz("13.2")

# %%
quiz("13.3")

# %%
quiz("13.4")

# %% [markdown]
# **Go further.** de Souza Pereira Moreira, Rabhi, Lee, Ak & Oldridge (2021), [*Transformers4Rec: Bridging the Gap between NLP and Sequential / Session-Based
# Recommendation*](https://doi.org/10.1145/3460231.3474255). Yang and others (2019), [*XLNet: Generalized Autoregressive Pretraining for Language Understanding*](https://arxiv.org/abs/1906.08237). Radford and others (2019), *Language Models are Unsupervised Multitask
# Learners* (GPT-2). Touvron and others (2023), [*LLaMA*](https://arxiv.org/abs/2302.13971). Warner and others (2024), [*Smarter, Better, Faster, Longer*](https://arxiv.org/abs/2412.13663) (ModernBERT). Su and others (2021), [*RoFormer*](https://arxiv.org/abs/2104.09864) (rotary positions).
#
# **Open task.** Make Llama's gate smaller (`hidden`) until it has as many weights as GPT-2, and train both as in 13.5. Is the difference in the table still there? We don't know the answer.
#
# Next: **[14 · MovieLens](14_movielens.ipynb)**, the papers' benchmark.
