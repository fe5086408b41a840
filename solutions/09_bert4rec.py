# %% [markdown]
# # 09 · BERT4Rec
#
# A shop's log is not only a past. For every click in the middle of it we know what came *before* and what came *after*. SASRec uses one side. BERT4Rec uses
# both. This chapter asks what that buys, builds the model, and compares the two without favour.
#
# **After this chapter you can** train a model by hiding clicks and asking for them, write a warm-up schedule and tell a right formula from a wrong
# one, compare two models at equal steps, look into the layers of a network with the truth in hand, and say when BERT4Rec is the wrong choice.
#
# **You need** chapters 06 and 08. **Time:** 75 minutes, exercises included.

# %%
import tempfile
import textwrap
import time
import warnings
from importlib import resources

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from torch import nn

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
from course.figures import COLOUR_OF, COLOURS, PAIR, WIDE, draw_attention, show
from seqrec.baselines import Popularity
from seqrec.data import build_sequences, leave_last_two_out, pad_left
from seqrec.losses import chunked_softmax_loss, next_item_loss
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.models import (
    SASRec,
    SequenceEncoder,
    draw_weights,
    pad_column,
    visible_mask,
)
from seqrec.recommender import BERT4RecConfig, SequentialRecommender
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS, LENGTH = 50, 40
MASK = N_ITEMS + 1
ANNA = 23
shop = ZooplusSimulator(n_users=900)
journeys = shop.journeys(events_per_user=LENGTH, seed=1)
log = journeys.interactions
types, species = shop.products["product_type"], shop.products["species"]
# (B, L), every shopper has 40 clicks
sequences = pad_left(build_sequences(log, LENGTH)["item_sequence"], LENGTH)
truth = journeys.truth.assign(
    user_id=log["user_id"], visit=log["session_id"], item=log["item_id"]
)
oracle = Oracle(shop)
print("Anna:", " > ".join(types[sequences[ANNA, :3]]))

# %% [markdown]
# ## 9.1 What would it help to know what came later?
#
# Here is a fish hobbyist. He buys for his tank, and once he turns up among the cat food: a visit **off his taste**. Then it is fish again.

# %%
GUEST = 2
clicks, own = sequences[GUEST], truth[truth["user_id"] == GUEST]
is_cat = (species[clicks] == "cat").to_numpy()
begin = int(is_cat.argmax())  # the first cat click
stretch = np.arange(begin - 4, begin + 10)


def before_only(items, positions):
    """What the oracle says of the click at a position from the clicks before it.

    (b, L), (b,) -> (b, V).
    """
    return oracle.next_item_probabilities(
        pad_left([row[:p] for row, p in zip(items, positions, strict=True)], LENGTH)
    )


copies = np.repeat(clicks[None], len(stretch), axis=0)  # one row per question
true_item = clicks[stretch]
asked = np.arange(len(stretch))
left_law, both_law = (
    before_only(copies, stretch),
    oracle.masked_item_probabilities(copies, stretch),
)
told = {
    "from what came before": left_law[asked, true_item],
    "from both sides": both_law[asked, true_item],
}


def draw_stretch(told, colours):
    """Probability of the click that was really made, position by position, over a strip
    of species and visits.
    """
    fig, ax = plt.subplots(figsize=(9.6, 4.2))
    for (name, line), colour in zip(told.items(), colours, strict=True):
        ax.plot(asked, line, "o-", ms=5, color=colour, label=name)
    visits = own["visit"].to_numpy()[stretch]
    for place in asked:
        ax.axvspan(
            place - 0.5,
            place + 0.5,
            color="#E69F00" if is_cat[stretch[place]] else "#56B4E9",
            alpha=0.13,
            lw=0,
        )
        if place and visits[place] != visits[place - 1]:
            ax.axvline(place - 0.5, color="0.4", lw=1, ls="--")
    ax.set_xticks(asked, types[true_item], rotation=45, ha="right")
    ax.set(
        ylabel="probability of the true click",
        ylim=(0, 1.2),
        xlim=(-0.5, len(asked) - 0.5),
    )
    ax.set_title(
        "One shopper: fish (blue), then a visit for cats (orange), then fish; dashed: "
        "a new visit"
    )
    ax.grid(axis="x", visible=False)
    ax.legend(fontsize=8, ncols=len(told), loc="upper center")
    fig.tight_layout()
    return fig


# %% [markdown]
# Cover one click with your thumb. **Guess:** which clicks can you not foretell from the left, but tell from both sides? Ask the oracle, click by click.

# %%
# The clicks where the right side helps most: "a visit's first", "those in between" or
# "a visit's last"
guess("9.1", ...)

# %%
show(
    draw_stretch(told, (COLOURS[3], COLOURS[2])),
    alt="Probability that the oracle gives to the click really made, for fourteen "
    "clicks of one shopper. From what came before it is near 0 for the first cat click "
    "of a visit; from both sides it is higher there, and on most clicks.",
)
visits = own["visit"].to_numpy()
is_first, is_last = visits != np.roll(visits, 1), visits != np.roll(visits, -1)
where = np.select(
    [is_first, is_last], ["a visit's first", "a visit's last"], "those in between"
)
gain = pd.Series(told["from both sides"] - told["from what came before"])
reveal("9.1", gain.groupby(where[stretch]).mean().idxmax())

# %% tags=["nbval-check-output"]
first_cat = begin - stretch[0]
for name, line in told.items():
    print(f"first click of the cat visit, {name:22s} {line[first_cat]:.3f}")
print(
    f"all {len(stretch)} clicks, mean: before {left_law[asked, true_item].mean():.2f}, "
    f"both sides {both_law[asked, true_item].mean():.2f}"
)

# %% [markdown]
# From the left the first cat click comes out of the blue, because nothing in a past full of aquariums announces it. From both sides it is the first click of a
# visit in which the next clicks are for cats too. And inside a visit the right side says which step is *still missing*.
#
# One shopper is a story. Over 300 shoppers, one hidden click each:

# %%
rng = np.random.default_rng(0)
some, gaps = sequences[:300], rng.integers(0, LENGTH, 300)
rows = np.arange(300)
laws = {
    "next (left side)": before_only(some, gaps),
    "cloze (both sides)": oracle.masked_item_probabilities(some, gaps),
}
ceilings = {name: expected_ndcg(of, of, 10).mean() for name, of in laws.items()}

fig, ax = plt.subplots(figsize=WIDE)
at = truth.groupby("user_id").apply(
    lambda g: (g["visit"] != g["visit"].shift()).to_numpy(), include_groups=False
)
opens = np.stack(at.to_numpy()[:300])[rows, gaps]
kinds = {
    "all clicks": np.ones(300, bool),
    "a visit's first click": opens,
    "a later click": ~opens,
}
for place, ((name, of), colour) in enumerate(
    zip(laws.items(), (COLOURS[3], COLOURS[2]), strict=True)
):
    heights = [expected_ndcg(of[kind], of[kind], 10).mean() for kind in kinds.values()]
    bars = ax.bar(np.arange(3) + 0.4 * place, heights, 0.38, color=colour, label=name)
    ax.bar_label(bars, fmt="{:.2f}", size=9)
ax.set_xticks(np.arange(3) + 0.2, kinds)
ax.set(ylabel="oracle's NDCG@10", ylim=(0, 1.1), title="The best that anybody can do")
ax.grid(axis="x", visible=False)
ax.legend(loc="upper left", fontsize=8, ncols=2)
show(
    fig,
    alt="The oracle's NDCG@10 for a click in the middle, from the left side and from "
    "both sides. Both sides are higher for all clicks, and most of all for the first "
    "click of a visit.",
)

# %% tags=["nbval-check-output"]
print("\n".join(f"ceiling, {name:18s} {value:.2f}" for name, value in ceilings.items()))

# %% [markdown]
# So there are **two ceilings**. Mind which one a number belongs to: filling gaps is an easier task than foretelling, and a score on it says nothing about
# recommending. A shop recommends for the *end* of a history, where no right side exists.
#
# Why train on gaps then? Because it is a way to learn the shop from all sides, and the last position is a gap like any other. Whether it is a *better* way is
# a question for measurement: 9.6.
#
# ## 9.2 Hide, then ask
#
# Let us drop the causal mask of SASRec, so that every position sees every click. Now the old training fails: position $t$ sees click $t + 1$, and is asked for click $t + 1$. It
# would learn to copy.
#
# The way out is the **cloze**: hide some clicks behind a special id, MASK, and ask for those only.

# %% tags=["nbval-check-output"]
hidden = [2, 5]
row = sequences[ANNA, :8]
for place, item in enumerate(row):
    shown, question = ("[MASK]", types[item]) if place in hidden else (types[item], "")
    print(
        f"{place}   the network reads  "
        f"{shown:24s}{'is asked for  ' + question if question else ''}"
    )

# %% [markdown]
# Two wishes for the code. First, every row needs at least one gap: a row without one teaches nothing, and a batch without one has a loss of 0 / 0. With short histories this
# is no rare accident. **Guess:** a history of four clicks, each hidden with probability .2. How often is none?

# %%
# None of four clicks is hidden: a number, in %
guess("9.2", ...)

# %% tags=["nbval-check-output"]
none_hidden = {length: 0.8**length for length in (1, 4, 10, 40)}
for length, chance in none_hidden.items():
    print(f"{length:2d} clicks: none is hidden in {chance:6.1%} of the draws")
reveal("9.2", 100 * none_hidden[4])

# %% [markdown]
# Second, padding must never be hidden, and the input must stay as it was (it holds the answers).
#
# ### Your turn (9.1) · 10 minutes


# %%
@exercise("9.1")
def cloze(items, n_items, mask_prob, generator):
    """Hide some items of each row.

    items: (B, L) long, left-padded with 0; not edited. n_items: items are 1..n_items;
    n_items + 1 is MASK.
    mask_prob: each item is hidden with this probability, independently of the others. A
        row of which none would be hidden hides one of its items, each as likely as the
        others. generator: a torch.Generator.
    Returns (masked, is_masked): items with MASK where hidden, (B, L) long, and where
    that is, (B, L) bool. Padding is never hidden; a row of padding alone has no gap.
    """
    ### BEGIN SOLUTION
    real = items != 0
    # (B, L)
    draws = torch.rand(
        items.shape, generator=generator, device=items.device
    ).masked_fill(~real, 2.0)
    # Hidden in any case: then no row is empty
    smallest = draws == draws.min(dim=1, keepdim=True).values
    is_masked = ((draws < mask_prob) | smallest) & real
    return torch.where(is_masked, n_items + 1, items), is_masked
    ### END SOLUTION


# %%
hint("9.1")

# %%
masked, is_masked = cloze(
    torch.from_numpy(sequences[ANNA : ANNA + 1]).expand(12, -1),
    N_ITEMS,
    0.3,
    torch.Generator().manual_seed(0),
)
fig, ax = plt.subplots(figsize=(8.6, 3.0))
draw_attention(
    ax,
    is_masked,
    [str(place + 1) for place in range(LENGTH)],
    queries=[f"draw {n + 1}" for n in range(12)],
)
fives = range(5, LENGTH + 1, 5)
ax.set_xticks([place - 1 for place in fives], fives, rotation=0, ha="center")
ax.set(
    xlabel="Anna's clicks, oldest first",
    title="Hidden clicks, drawn twelve times at .3",
)
show(
    fig,
    alt="Twelve rows of forty places with about a third of them filled, at other "
    "places in every row.",
)

# %% tags=["nbval-check-output"]
print("gaps in each of the twelve draws:", is_masked.sum(dim=1).tolist())

# %% [markdown]
# The same sequence asks other questions each time it is seen. That is worth something: it is harder to learn by heart. And it costs something: this pass asked a dozen questions, where SASRec
# would have asked 39.
#
# The library's `cloze` has two options more. `last_only` is a share of rows that hide their *newest* click and nothing else: the question that the shop will
# ask. `preference` is a factor for each click: 2 hides it twice as often, because it ended in a purchase, say; 0 never.
#
# ## 9.3 The network
#
# Chapter 06's encoder with `causal=False`. Padding stays invisible. The head is the paper's: state $h$ goes through one more layer, and meets the item
# embeddings $e_j$, with a bias for each item:
#
# $$\text{logit}_j = \text{GELU}(h W_P + b_P) \cdot e_j + b_j$$
#
# Why a layer more than SASRec? In SASRec a state is at once *what was clicked* and *what comes next*. At a gap, the network reads the vector of MASK, which is like no
# item, and the layer turns what it has become into the space of items. The bias can say how popular an item is.
#
# ### Your turn (9.2) · 6 minutes


# %%
@exercise("9.2")
def head(network, states):
    """Logits of all items at each state.

    network.transform(states): (..., D) -> (..., D), the layer with its GELU.
    network.item_vectors: (n_items, D), row j - 1 is item j. network.bias: (n_items,).
    states: (..., D). Returns (..., n_items + 1): column j is item j, column 0, padding,
    is -inf (`pad_column` adds it).
    """
    ### BEGIN SOLUTION
    # (..., n_items)
    logits = network.transform(states) @ network.item_vectors.T + network.bias
    return pad_column(logits)
    ### END SOLUTION


# %%
hint("9.2")


# %%
class BERT4Rec(nn.Module):
    """A transformer that looks both ways, and fills gaps."""

    def __init__(
        self,
        n_items,
        max_len,
        *,
        D=64,
        H=2,
        n_blocks=2,
        hidden=None,
        dropout=0.1,
        norm_first=True,
    ):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len + 1,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=False,
            dropout=dropout,
            norm_first=norm_first,
        )
        self.transform = nn.Sequential(nn.Linear(D, D), nn.GELU())
        self.bias = nn.Parameter(torch.zeros(n_items))
        draw_weights(self.transform)

    @property
    def item_vectors(self):
        return self.encoder.item.weight[1 : self.n_items + 1]

    def forward(self, items):
        return head(self, self.encoder(items))  # (B, L, n_items + 1)

    def softmax_loss(self, states, targets):
        """The bias goes in as one column more of the vectors, against a 1 in the
        states:

        then chapter 08's loss does.
        """
        transformed = self.transform(states)
        # (K, D + 1)
        with_one = torch.cat([transformed, torch.ones_like(transformed[:, :1])], dim=1)
        # (n_items, D + 1)
        with_bias = torch.cat([self.item_vectors, self.bias[:, None]], dim=1)
        return chunked_softmax_loss(with_one, with_bias, targets - 1)


# %% [markdown]
# (`max_len + 1` positions: one for the MASK that comes behind a full history.)
#
# ### What reacts to what?
#
# The table of chapter 08: change one click, and see which positions' logits move. There, a triangle:
# no position reacted to a later click. **Guess:** of the 45 pairs of a position and a later click, how many react here? And if the click
# that is changed had been hidden, how many of ten positions react?

# %%
# Positions that react to a later click: a number (of 45)
guess("9.3", ...)
# Positions that react to a hidden click: a number (of 10)
guess("9.4", ...)


# %%
def reaction(network, items, hide=None):
    """Entry [t, c]: largest change of the logits at t if click c is another one.

    hide: columns masked beforehand.
    """

    def logits(clicks):
        clicks = clicks.clone()
        clicks[0, hide or []] = MASK
        return network(clicks)[0, :, 1:]

    with torch.no_grad():
        columns = []
        for c in range(items.shape[1]):
            other = items.clone()
            other[0, c] = items[0, c] % N_ITEMS + 1
            columns.append((logits(other) - logits(items)).abs().amax(dim=1))
    return torch.stack(columns, dim=1)


torch.manual_seed(0)
untrained = BERT4Rec(N_ITEMS, LENGTH, D=32).eval()
ten = torch.from_numpy(sequences[ANNA : ANNA + 1, :10])
moves = {
    "nothing hidden": reaction(untrained, ten),
    "clicks 3 and 6 hidden": reaction(untrained, ten, [2, 5]),
}
fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.8), sharey=True)
for ax, (name, table) in zip(axes, moves.items(), strict=True):
    draw_attention(ax, table / table.max(), [str(c + 1) for c in range(10)], title=name)
    plt.setp(ax.get_xticklabels(), rotation=0, ha="center")
    ax.set_xlabel("the click that is changed")
axes[0].set_ylabel("the position that reacts")
fig.tight_layout()
show(
    fig,
    alt="Two ten by ten tables of which position reacts to a change of which click. "
    "With nothing hidden all cells are filled. With clicks 3 and 6 hidden, columns 3 "
    "and 6 are empty and all others filled.",
)
above = torch.ones(10, 10).triu(1).bool()
to_later = int((moves["nothing hidden"][above] != 0).sum())
reveal("9.3", to_later)
reveal("9.4", int((moves["clicks 3 and 6 hidden"][:, 2] != 0).sum()))

# %% tags=["nbval-check-output"]
print(
    "earlier positions that react to a later click:",
    to_later,
    "of",
    int(above.sum()),
)
print(
    "positions that react to what is hidden:       ",
    int((moves["clicks 3 and 6 hidden"][:, [2, 5]] != 0).sum()),
    "of 20",
)

# %% [markdown]
# Everything reacts to everything, except to what is hidden, to which nothing reacts, by not one bit. This is BERT4Rec's counterpart of the causality
# test, and as exact.
#
# ## 9.4 Train it, and ask it
#
# ### Your turn (9.3) · 6 minutes


# %%
@exercise("9.3")
def cloze_loss(sequences, mask_prob):
    """The items that are hidden in each sequence, anew whenever it is seen.

    sequences: (n, L) long, left-padded with 0.
    Returns a function, loss(network, rows, generator):
        rows:      (B,) long, the sequences of this step. generator: what `cloze` draws
                   with.
        network:   network.encoder(items) gives states (B, L, D), network.n_items the
                   number of items, and network.softmax_loss(states (K, D), targets
                   (K,)) the mean loss over K positions.
        Returns the mean loss over the gaps, a scalar tensor.
    """

    ### BEGIN SOLUTION
    def loss(network, rows, generator):
        batch = sequences[rows]  # (B, L)
        masked, is_masked = cloze(batch, network.n_items, mask_prob, generator)
        return network.softmax_loss(
            network.encoder(masked)[is_masked], batch[is_masked]
        )

    return loss
    ### END SOLUTION


# %%
hint("9.3")

# %% [markdown]
# And how does one ask such a network *what comes next*? There is no position for it: the newest state belongs to the newest click. So one makes a place, and hides it.
#
# ### Your turn (9.4) · 3 minutes


# %%
@exercise("9.4")
def with_mask_appended(histories, n_items):
    """The histories with a gap at the end, which stands for what comes next.

    histories: (B, L) long, left-padded with 0, L of 0 or more. Returns (B, L + 1):
    MASK, n_items + 1, comes last.
    """
    ### BEGIN SOLUTION
    return nn.functional.pad(histories, (0, 1), value=n_items + 1)
    ### END SOLUTION


# %%
hint("9.4")


# %%
@torch.no_grad()
def score_catalogue(self, histories):
    """Log-probabilities of what comes next.

    histories: (B, L) -> (B, n_items + 1), column 0 is -inf.
    """
    was_training = self.training
    self.eval()
    scores = self(with_mask_appended(histories, self.n_items))[:, -1].log_softmax(
        dim=-1
    )
    self.train(was_training)
    return scores


BERT4Rec.score_catalogue = score_catalogue

# %% [markdown]
# Both models, the same encoder, 600 shoppers, the same nine epochs. They are judged on 300 others: the last of forty clicks. **Guess:** who is ahead?

# %%
# Ahead after nine epochs: "BERT4Rec" or "SASRec"
guess("9.5", ...)

# %%
learn, judged = (
    torch.from_numpy(sequences[:600]),
    torch.from_numpy(sequences[600:, :-1]),
)
law = oracle.next_item_probabilities(judged.numpy())
popularity = (
    Popularity(N_ITEMS)
    .fit(log[log["user_id"] < 600])
    .score(np.arange(300), judged.numpy())
)
floor, ceiling = (
    expected_ndcg(popularity, law, 10).mean(),
    expected_ndcg(law, law, 10).mean(),
)
SMALL = {"D": 32, "n_blocks": 2, "hidden": 64, "dropout": 0.0}


def share(scores):
    """Share of the achievable lift in NDCG@10 of scores (B, V) for the 300 judged."""
    return float(
        share_of_lift(expected_ndcg(scores.numpy(), law, 10).mean(), floor, ceiling)
    )


def run(network, loss, epochs, **options):
    """Train; returns the history with the share of the lift on other shoppers after
    each epoch.
    """
    settings = {
        "batch_size": 16,
        "learning_rate": 0.004,
        "schedule": "linear",
        "warmup_steps": 30,
        "monitor": "share",
    }
    config = TrainConfig(epochs=epochs, **settings | options)
    validate = lambda network: {"share": share(network.score_catalogue(judged))}  # noqa: E731
    return train(
        network, loss, len(learn), config, validate=validate, progress=False
    ).history


torch.manual_seed(0)
sasrec_run = run(SASRec(N_ITEMS, LENGTH, **SMALL), next_item_loss(learn), 9)
torch.manual_seed(0)
bert_run = run(BERT4Rec(N_ITEMS, LENGTH, **SMALL), cloze_loss(learn, 0.3), 9)

fig, ax = plt.subplots(figsize=WIDE)
for name, told in (("SASRec", sasrec_run), ("BERT4Rec", bert_run)):
    ax.plot(told["epoch"], told["share"], "o-", color=COLOUR_OF[name], label=name)
ax.set(
    xlabel="epoch",
    ylabel="share of the achievable lift",
    ylim=(0, 1),
    title="600 shoppers, equal epochs",
)
ax.legend()
show(
    fig,
    alt="Share of the lift over nine epochs on 600 shoppers. SASRec is ahead after "
    "each of the later epochs, by a wide margin.",
)
at_end = {
    "SASRec": sasrec_run["share"].iloc[-1],
    "BERT4Rec": bert_run["share"].iloc[-1],
}
reveal("9.5", max(at_end, key=at_end.get))

# %% tags=["nbval-check-output"]
print(
    "SASRec is ahead by more than a tenth of the lift after nine epochs:",
    bool(at_end["SASRec"] - at_end["BERT4Rec"] > 0.1),
)
asked_of = {"SASRec": LENGTH - 1, "BERT4Rec": 0.3 * LENGTH}
print(
    "questions per sequence and epoch:",
    {name: round(n) for name, n in asked_of.items()},
)

# %% [markdown]
# The one that looks both ways lags behind. It was asked a third of the questions, and each of them with holes in the evidence. If you stop here you
# publish that BERT4Rec is worse. Many did; others stopped SASRec early, or gave it one negative, and published the opposite. Section 9.6 does not stop here.
#
# ## 9.5 Warm up
#
# A transformer's first steps are its most dangerous ones. Adam divides by an average of squared gradients, and at the start this average
# knows next to nothing. So the learning rate begins small, rises for some steps, and falls again. The original (Vaswani et al., 2017):
#
# $$\text{lr}(s) = d^{-1/2}\ \min\left(s^{-1/2},\ s\, w^{-3/2}\right)$$
#
# with step $s$, width $d$ and $w$ warm-up steps. One can read it off two wishes. *Fall* like $c\,s^{-1/2}$. *Rise* in a straight line, $a\,s$. And at $s = w$ the two shall meet:
#
# $$a\,w = c\,w^{-1/2} \quad\Rightarrow\quad a = c\,w^{-3/2}$$
#
# With $c = d^{-1/2}$ that is the formula. Before $w$ the line is lower, after it the root is, so `min` picks the right one. The highest rate, at $s = w$, is $(d\,w)^{-1/2}$.
#
# A version circulates with one more division by $\sqrt w$; another one writes $w^{-1/2}$ instead of $w^{-3/2}$. With $d = 64$ and $w = 4000$ the right one peaks at step 4,000, at .002.
# **Guess:** how many times lower is the peak of the first? Where does the second peak, and how high?

# %%
# How much lower the peak is, divided by the root once more: a number (times)
guess("9.6", ...)
# The step at which w^-0.5 peaks: a number
guess("9.7", ...)
# The rate at the peak of w^-0.5: a number
guess("9.8", ...)


# %%
def vaswani(s, d, w, exponent=-1.5, stray=1.0):
    """The formula above. exponent: of w. stray: a factor that does not belong there."""
    return d**-0.5 * np.minimum(s**-0.5, s * w**exponent) * stray


steps = np.arange(1, 20_001, dtype=float)
w = 4_000
curves = {
    "right": vaswani(steps, 64, w),
    "divided by sqrt(w) once more": vaswani(steps, 64, w, stray=w**-0.5),
    "w^-0.5 instead of w^-1.5": vaswani(steps, 64, w, exponent=-0.5),
}
fig, ax = plt.subplots(figsize=WIDE)
for (name, line), colour in zip(
    curves.items(), (COLOURS[2], COLOURS[1], COLOURS[3]), strict=True
):
    ax.plot(steps, line, color=colour, label=name)
ax.axvline(w, color="0.5", ls="--", lw=1)
ax.text(w * 1.1, 4e-2, "w", color="0.4")
ax.set(
    xlabel="step",
    ylabel="learning rate",
    xscale="log",
    yscale="log",
    title="Three formulas, d = 64, w = 4,000",
)
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
show(
    fig,
    alt="Learning rate over steps, both axes logarithmic. The right formula rises in a "
    "line to .002 at step 4,000 and falls. The one with the stray factor has the same "
    "shape, 63 times lower. The one with the wrong power of w peaks near .03 at step "
    "16 and falls from there.",
)
right, stray, wrong_power = curves.values()
reveal("9.6", right.max() / stray.max())
reveal("9.7", steps[wrong_power.argmax()])
reveal("9.8", wrong_power.max())

# %% tags=["nbval-check-output"]
for name, line in curves.items():
    print(
        f"{name:30s} highest at step {int(steps[line.argmax()]):5,}: {line.max():.6f}"
    )
print(f"(64 * 4,000) ** -0.5 = {(64 * w) ** -0.5:.6f}")

# %% [markdown]
# The stray factor keeps the shape, so a plot without numbers looks right. But it is 63 times too low, and the longer the warm-up, the lower. The wrong power breaks the meeting point: $s^{-1/2} = s\,w^{-1/2}$ at $s = w^{1/3}$, which is
# step 16, at a rate of .03. That is no warm-up.
#
# The library separates the shape from the height: a schedule is a factor of at most 1, and `learning_rate` says what it multiplies. Then no factor can go astray, and one can search for the rate.
#
# ### Your turn (9.5) · 6 minutes


# %%
@exercise("9.5")
def inverse_square_root(step, warmup_steps, total_steps):
    """The schedule of Vaswani et al., divided by its highest value.

    step: from 1. warmup_steps: the factor is 1 there; 0 and 1 both mean no warm-up.
    total_steps is not needed.
    Returns a float, more than 0 and at most 1.
    """
    ### BEGIN SOLUTION
    peak = max(warmup_steps, 1)
    return min(step / peak, (peak / step) ** 0.5)
    ### END SOLUTION


# %%
hint("9.5")

# %% [markdown]
# Now train with it. Post-norm, as in the paper, 38 steps an epoch, the peak at step 60. Three heights; and, as a check, one run with **no** schedule: the same rate from the first step to the last.
#
# **Guess:** the order of the three heights? And the run without a schedule, where does it end beside the good height?

# %%
# The three heights, the lowest loss first: letters in your order, in quotation marks: A
# 63 times too low; B a good height; C ten times as high
guess("9.9", ...)
# The loss without a schedule, beside the good height's: "lower", "level" or "higher"
guess("9.10", ...)

# %%
TRIES = {
    "a good height": {
        "learning_rate": 0.004,
        "schedule": "inverse_square_root",
        "warmup_steps": 60,
    },
    "ten times as high": {
        "learning_rate": 0.04,
        "schedule": "inverse_square_root",
        "warmup_steps": 60,
    },
    "63 times too low": {
        "learning_rate": 0.004 / 63,
        "schedule": "inverse_square_root",
        "warmup_steps": 60,
    },
    "no warm-up, no fall": {
        "learning_rate": 0.004,
        "schedule": "constant",
        "warmup_steps": 0,
    },
}
tries = {}
for name, options in TRIES.items():
    torch.manual_seed(0)
    network = BERT4Rec(N_ITEMS, LENGTH, **SMALL, norm_first=False)
    tries[name] = run(network, cloze_loss(learn, 0.3), 5, **options)["train_loss"]

fig, ax = plt.subplots(figsize=WIDE)
for (name, line), colour in zip(
    tries.items(), (COLOURS[2], COLOURS[3], COLOURS[1], COLOURS[0]), strict=True
):
    ax.plot(range(1, 6), line, "o-", ms=4, color=colour, label=name)
ax.set(
    xlabel="epoch (38 steps)",
    ylabel="training loss (nats)",
    xticks=range(1, 6),
    title="What a wrong height costs",
)
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
show(
    fig,
    alt="Training loss over five epochs. The good height and the run without any "
    "schedule end together, lowest. Ten times as high ends well above them. 63 times "
    "too low has hardly moved.",
)
end = {name: line.iloc[-1] for name, line in tries.items()}
unscheduled = end["no warm-up, no fall"] - end["a good height"]
reveal("9.9", sorted(end, key=end.get))
side = "higher" if unscheduled > 0 else "lower"
reveal("9.10", "level" if abs(unscheduled) < 0.1 else side)

# %% tags=["nbval-check-output"]
for name in ("ten times as high", "63 times too low"):
    print(
        f"{name:18s} ends more than .2 nats above the good height: "
        f"{end[name] - end['a good height'] > 0.2}"
    )
print(
    "with and without a schedule end within .1 nats:     ",
    abs(unscheduled) < 0.1,
)

# %% [markdown]
# The height decides. The warm-up itself is worth nothing in *these* 190 steps: two narrow blocks are shallow, and Adam survives its first steps. Wider and deeper networks, and longer runs, are
# another matter (Xiong et al., 2020); section 9.7 finds one. So: a warm-up is cheap insurance, a stray factor is never cheap.
#
# ## 9.6 A fair comparison
#
# Now with enough of everything: 8,000 shoppers, the same encoder (two blocks, width 64), the same full softmax, the same number of steps, and two budgets: 6 epochs and 24. Three seeds of shop, journeys and
# training. The epoch is chosen by the loss on 500 other shoppers, and 1,000 more are judged. (Measured: `python -m benchmarks.bench_bert4rec compare
# course/measured/09_compare.csv`.)
#
# **Guess:** with four times the epochs, does BERT4Rec catch up? How much of the gap that it has after 6 epochs is closed after 24, with SASRec going on too?

# %%
# How much of its gap BERT4Rec closes: a number, in %
guess("9.11", ...)

# %%
compare = measured("09_compare")
n_seeds = compare["seed"].nunique()
fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
for ax, column in zip(axes, ("epoch", "cpu_seconds"), strict=True):
    for model in ("SASRec", "BERT4Rec"):
        for budget, style in ((6, "--"), (24, "-")):
            runs = compare.query("model == @model and budget == @budget")
            line = (
                runs.groupby("epoch")[[column, "next"]].mean()
                if column != "epoch"
                else runs.groupby("epoch")["next"].mean().reset_index()
            )
            ax.plot(
                line[column],
                line["next"],
                style,
                color=COLOUR_OF[model],
                label=f"{model}, {budget} epochs",
            )
    ax.axhline(1, color=COLOUR_OF["oracle"], ls=":")
    ax.set_xlabel("CPU seconds" if column == "cpu_seconds" else column)
axes[0].set(ylabel="share of the lift, next click", ylim=(0, 1.05))
axes[1].legend(fontsize=8, loc="lower right")
fig.suptitle(
    f"Next click: learning curves, mean of {n_seeds} seeds; dotted: the oracle",
    size="medium",
)
fig.tight_layout()
show(
    fig,
    alt="Share of the lift on the next click over epochs and over CPU seconds, for "
    "SASRec and BERT4Rec at two budgets. SASRec is near its end after a few epochs. "
    "BERT4Rec rises for much longer and ends closer to it at 24 epochs than at 6.",
)
chosen = compare.loc[
    compare.groupby(["seed", "model", "budget"])["valid_loss"].idxmin()
]
ends = chosen.groupby(["model", "budget"])["next"].mean()
gaps = ends["SASRec"] - ends["BERT4Rec"]
reveal("9.11", 100 * (1 - gaps[24] / gaps[6]))

# %%
final = (
    chosen.groupby(["model", "budget"])[["next", "cloze"]]
    .agg(["mean", "std"])
    .iloc[::-1]
)
final.round(3)

# %% tags=["nbval-check-output"]
short, long = (
    chosen[chosen["budget"] == budget].set_index(["model", "seed"])
    for budget in (6, 24)
)
for name, of in (("6 epochs", short), ("24 epochs", long)):
    gap = (of.loc["SASRec", "next"] - of.loc["BERT4Rec", "next"]).mean()
    print(
        f"{name:9s}  next click: SASRec {of.loc['SASRec', 'next'].mean():.3f}, "
        f"BERT4Rec {of.loc['BERT4Rec', 'next'].mean():.3f}, gap {gap:.3f}"
    )
print(
    "24 epochs  cloze against its own ceiling: BERT4Rec "
    f"{long.loc['BERT4Rec', 'cloze'].mean():.3f}"
)
best = (
    compare.groupby(["seed", "model", "budget"])["valid_loss"].transform("min")
    == compare["valid_loss"]
)
print(
    "best epoch of the long runs:",
    {
        m: compare[best].query("model == @m and budget == 24")["epoch"].tolist()
        for m in ("SASRec", "BERT4Rec")
    },
)

# %% [markdown]
# Three things to read off.
#
# - **BERT4Rec was under-trained.** From 6 to 24 epochs it gains eight points of the lift, SASRec one. A comparison at 6 epochs measures patience.
# - **It does not pass SASRec here.** Given the same steps SASRec is ahead on the next click in every run. In papers where BERT4Rec wins, look for SASRec's loss first (chapter 08): with a softmax on both
#   sides the lead goes.
# - **It is good at what it was trained for.** Asked for one gap anywhere, it finds about nine tenths of what can be found. That task has the higher ceiling, and SASRec can't do it at all.
#
# And with still more? Four runs cost what a laptop has in a quarter of an hour, so here is one more table: 20,000 shoppers, 24 epochs
# (`python -m benchmarks.bench_bert4rec reach course/measured/09_reach.csv`).

# %% tags=["nbval-check-output"]
reach = measured("09_reach")
furthest = reach.loc[reach.groupby("seed")["valid_loss"].idxmin()]
for name in ("next", "cloze"):
    print(
        f"20,000 shoppers, {name:5s}: {furthest[name].mean():.3f} +- "
        f"{furthest[name].std():.3f} of the lift to its own ceiling"
    )

# %% [markdown]
# Nine tenths on both. The way there was long, and no trick was needed.
#
# ## 9.7 What is a setting worth?
#
# Advice on BERT4Rec abounds: hide 15 %, no, 60 %; more layers; longer histories; thousands of warm-up steps. We change one setting at a time, from a small base: 2,000 shoppers, 16 epochs, width 64, two
# blocks. (`python -m benchmarks.bench_bert4rec sweeps course/measured/09_sweeps.csv`.) With so little training the picture says what *learns fast*, not what is best in the end.
#
# **Guess:** which of these matters most?

# %%
# The setting that matters most: a letter, in quotation marks: A mask_prob; B last_only;
# C max_len; D layers; E heads; F width; G batch_size; H warmup_steps; I positions
guess("9.12", ...)

# %%
sweeps = measured("09_sweeps", dtype={"value": str})
settings = list(sweeps["setting"].unique())
fig, axes = plt.subplots(2, 5, figsize=(10.4, 5.2), sharey=True)
for ax, setting in zip(axes.flat, settings, strict=False):
    of = sweeps[sweeps["setting"] == setting]
    values = list(of["value"].unique())
    for column, colour, label in (
        ("next", COLOURS[0], "next click"),
        ("cloze", COLOURS[1], "one gap"),
    ):
        means = of.groupby("value", sort=False)[column].mean()
        places = [values.index(value) for value in of["value"]]
        ax.plot(places, of[column], "o", ms=3, alpha=0.5, color=colour)
        ax.plot(range(len(values)), means, "-", color=colour, label=label)
    ax.set_xticks(
        range(len(values)),
        [value.removeprefix("0") if "." in value else value for value in values],
        rotation=30 if setting == "positions" else 0,
    )
    ax.set_title(setting.replace(", ", ",\n"), size="small")
axes[0, 0].legend(fontsize=7)
for ax in axes[:, 0]:
    ax.set_ylabel("share of the lift")
fig.tight_layout()
spread = (
    sweeps.groupby(["setting", "value"], sort=False)["next"]
    .mean()
    .groupby("setting", sort=False)
    .agg(["min", "max"])
)
show(
    fig,
    alt="Ten small plots, one for each setting: share of the lift over its values, for "
    "the next click and for one gap. Range of the share on the next click: "
    + "; ".join(
        f"{name} from {low:.2f} to {high:.2f}"
        for name, (low, high) in spread.iterrows()
    )
    + ".",
)
wide = (spread["max"] - spread["min"]).sort_values(ascending=False)
called = wide.rename({"D": "width", "H": "heads", "n_blocks": "layers"})
reveal("9.12", called.index[called > called.max() - 0.02])  # level with the largest

# %% tags=["nbval-check-output"]
by_value = sweeps.groupby(["setting", "value"], sort=False)[["next", "cloze"]].mean()
print("largest minus smallest share on the next click, over a setting's values:")
print(wide.round(2).to_string())

# %% [markdown]
# What the picture says, for this shop and this little training:
#
# - **Width first.** With 50 products one would think that 16 numbers are plenty. They are not, for a network that has to fill many kinds of gaps.
# - **Hide a fifth to a half.** At .1 it is asked too little, at .8 it sees too little. Nothing speaks for 15 % in particular.
# - **Don't train on the last click alone**, although it is the question that the shop will ask: one question a sequence is too few. A small share does neither harm nor good.
# - **Positions are needed**, of either kind. Without them a sequence is a bag.
# - **Large batches learn slower**, at equal clicks seen: they make fewer steps. (Below 32 nothing more is won.)
# - **Layers, heads and longer histories** move little. A shorter history is no worse here, because visits are short, and three blocks want more training.
# - **Warm-up** matters with post-norm, which learns more slowly in every case. With pre-norm it is worth a little.
#
# All of it depends on the budget and the data. That is the advice: a sweep of half an hour, instead of a rule.

# %% [markdown]
# ## 9.8 What is inside?
#
# The weights of the two long runs in the default shop are shipped with the course (0.3 MB each). They learned from other journeys than those on this page.


# %%
def shipped(model):
    """A network of section 9.6 with its weights."""
    network = model(N_ITEMS, LENGTH, D=64, H=2, n_blocks=2, hidden=128, dropout=0.0)
    name = f"09_{model.__name__.lower()}.safetensors"
    with resources.as_file(resources.files("course") / "measured" / name) as path:
        network.load_state_dict(load_file(path))
    return network.eval()


sasrec, bert4rec = shipped(SASRec), shipped(BERT4Rec)
share_of = {
    "SASRec": share(sasrec.score_catalogue(judged)),
    "BERT4Rec": share(bert4rec.score_catalogue(judged)),
}
pd.Series(share_of, name="share of the lift on this page's journeys").round(
    2
).to_frame()

# %% [markdown]
# First, the fish hobbyist again. SASRec reads from the left, BERT4Rec from both sides, one gap at a time.


# %%
@torch.no_grad()
def from_left(network, items, positions):
    """SASRec's probabilities of the click at each position. (b, L), (b,) -> (b, V)."""
    histories = pad_left(
        [row[:p] for row, p in zip(items, positions, strict=True)], LENGTH
    )
    return network.score_catalogue(torch.from_numpy(histories)).exp().numpy()


@torch.no_grad()
def from_both(network, items, positions):
    """BERT4Rec's, with that one click hidden."""
    items, b = torch.tensor(items), torch.arange(len(items))
    items[b, torch.from_numpy(positions)] = MASK
    return network(items)[b, torch.from_numpy(positions)].softmax(dim=-1).numpy()


models = {
    "SASRec, left side": from_left(sasrec, copies, stretch),
    "BERT4Rec, both sides": from_both(bert4rec, copies, stretch),
}
told = {name: of[asked, true_item] for name, of in models.items()}
show(
    draw_stretch(told, (COLOURS[0], COLOURS[1])),
    alt="Probability that SASRec and BERT4Rec give to the click really made, for the "
    "same fourteen clicks. As with the oracle, the first cat click is near 0 from the "
    "left and much likelier from both sides.",
)

# %%
cat_places = np.flatnonzero(is_cat[stretch])
all_laws = {
    "oracle, left side": left_law,
    "SASRec, left side": models["SASRec, left side"],
}
all_laws |= {
    "oracle, both sides": both_law,
    "BERT4Rec, both sides": models["BERT4Rec, both sides"],
}
cats = species.index[species == "cat"].to_numpy()
pd.DataFrame(
    {name: of[np.ix_(cat_places, cats)].sum(axis=1) for name, of in all_laws.items()},
    index=types[true_item[cat_places]],
).rename_axis("probability of any cat product").round(2)

# %% tags=["nbval-check-output"]
first, second = (
    {name: of[place, cats].sum() for name, of in all_laws.items()}
    for place in (first_cat, first_cat + 1)
)
print(
    "second cat click, BERT4Rec is more than .3 surer of a cat than SASRec:",
    bool(second["BERT4Rec, both sides"] > second["SASRec, left side"] + 0.3),
)
print(
    "first cat click, the oracle is sure from both sides:",
    bool(first["oracle, both sides"] > 0.9),
)
print(
    "                 and BERT4Rec is not:               ",
    bool(first["BERT4Rec, both sides"] < 0.5),
)
answer = types[int(models["BERT4Rec, both sides"][first_cat].argmax())]
print("                 it fills in:", answer)

# %% [markdown]
# From the second cat click on BERT4Rec knows where it is. SASRec takes a click or two longer. At the **first** one it is wrong, and sure of it: it takes the gap for the end of the visit to the tank, and completes that. The oracle
# has counted which steps of that visit are done, and knows better. This is what the missing tenth of the lift looks like.
#
# ### What do the layers know?
#
# We know of every click the shopper's persona, the mission of the visit, and its place in the sequence. The network was told none of these but the last. So: can they be
# *read off* its states? A linear map is fitted on the states of 600 shoppers and tried on 300 others, layer by layer. Layer 0 is embedding + position, before any attention.
#
# **Guess:** which of the three grows from layer to layer, and which fades? And which network knows the mission of a click better?

# %%
# One that grows from layer to layer: "persona", "mission" or "place"
guess("9.13", ...)
# One that fades: "persona", "mission" or "place"
guess("9.14", ...)
# Knows the mission better: "BERT4Rec", "SASRec" or "level"
guess("9.15", ...)


# %%
@torch.no_grad()
def states_by_layer(network, items):
    """States after 0, 1, 2 blocks. items: (B, L) -> three (B, L, D)."""
    visible = visible_mask(items, network.encoder.causal)
    x = network.encoder.item(items) + network.encoder.position(items.shape[1])
    states = [x]
    for block in network.encoder.blocks:
        x, _ = block(x, visible)
        states.append(x)
    return states


def readable(states, labels):
    """Share of 300 other shoppers' clicks whose label a linear map reads off.

    states: (B, L, D). labels: (B, L).
    """
    # (B, L, D + 1), a constant too
    x = nn.functional.pad(states, (0, 1), value=1.0).double()
    wanted = nn.functional.one_hot(labels).double()
    X, Y = x[:600].flatten(0, 1), wanted[:600].flatten(0, 1)
    reader = torch.linalg.solve(X.T @ X + torch.eye(X.shape[1]), X.T @ Y)
    return ((x[600:] @ reader).argmax(dim=-1) == labels[600:]).double().mean().item()


labels = {
    name: torch.from_numpy(
        truth[name].astype("category").cat.codes.to_numpy(np.int64).reshape(-1, LENGTH)
    )
    for name in ("persona", "mission")
}
labels["place"] = torch.arange(LENGTH).expand(len(sequences), -1)
everybody = torch.from_numpy(sequences)
read = {
    name: {
        what: [readable(states, of) for states in states_by_layer(network, everybody)]
        for what, of in labels.items()
    }
    for name, network in (("SASRec", sasrec), ("BERT4Rec", bert4rec))
}
commonest = {
    what: (of[600:] == of[:600].flatten().mode().values).double().mean().item()
    for what, of in labels.items()
}

fig, axes = plt.subplots(1, 3, figsize=(9.6, 3.4), sharey=True)
for ax, what in zip(axes, labels, strict=True):
    for (name, values), colour in zip(read.items(), COLOURS, strict=False):
        ax.plot(range(3), values[what], "o-", color=colour, label=name)
    ax.axhline(
        commonest[what], color="0.5", ls="--", lw=1, label="always the commonest"
    )
    ax.set(title=what, xlabel="blocks passed", xticks=range(3), ylim=(0, 1.02))
axes[0].set_ylabel("read off correctly")
axes[0].legend(fontsize=8, loc="lower right")
fig.tight_layout()
show(
    fig,
    alt="Share of clicks whose persona, mission and place in the sequence a linear map "
    "reads off the states after 0, 1 and 2 blocks. "
    + " ".join(
        f"{name}: "
        + ", ".join(
            f"{what} {values[what][0]:.1f}, {values[what][1]:.1f}, "
            f"{values[what][2]:.1f}"
            for what in labels
        )
        + "."
        for name, values in read.items()
    ),
)
rise = {
    what: min(values[what][2] - values[what][0] for values in read.values())
    for what in labels
}
fall = {
    what: min(values[what][0] - values[what][2] for values in read.values())
    for what in labels
}
last_layer = {name: values["mission"][2] for name, values in read.items()}
ahead = last_layer["BERT4Rec"] - last_layer["SASRec"]
reveal("9.13", [what for what in labels if rise[what] > 0.1])
reveal("9.14", [what for what in labels if fall[what] > 0.1])
reveal(
    "9.15",
    "level" if abs(ahead) < 0.05 else max(last_layer, key=last_layer.get),
)

# %% tags=["nbval-check-output"]
for name, values in read.items():
    for what in ("persona", "mission"):
        print(
            f"{name:9s} {what:8s} rises by more than .1 from layer 0 to 2: "
            f"{values[what][2] - values[what][0] > 0.1}"
        )
print(
    "place is read off less well after two blocks than before, in both:",
    all(v["place"][2] < v["place"][0] for v in read.values()),
)

# %% [markdown]
# Who is shopping, and what for, is built up; the place is used and then given up. For clicks that can be *seen* the two networks are level, though one of them has seen what follows. It was never asked about those. So ask where each was
# trained: BERT4Rec at a **gap**, SASRec at the click **before** it. What do they know of the mission of a click that they have to predict?

# %%
# (B, 8) of each shopper
places = torch.from_numpy(
    np.random.default_rng(1).integers(1, LENGTH, (len(sequences), 8))
)
missions = labels["mission"].gather(1, places)  # (B, 8)
b = torch.arange(len(sequences))
at_gap = []
for place in places.T:
    gapped = everybody.clone()
    gapped[b, place] = MASK
    at_gap.append(states_by_layer(bert4rec, gapped)[2][b, place])
before_gap = states_by_layer(sasrec, everybody)[2].gather(
    1, (places - 1)[:, :, None].expand(-1, -1, 64)
)
of_hidden = {
    "SASRec, one click before": before_gap,
    "BERT4Rec, at the gap": torch.stack(at_gap, dim=1),
}
known = {name: readable(states, missions) for name, states in of_hidden.items()}
pd.Series(known, name="mission of the click asked for, read off").round(2).to_frame()

# %% tags=["nbval-check-output"]
gap_knows_more = known["BERT4Rec, at the gap"] - known["SASRec, one click before"]
print(
    "at its gap BERT4Rec knows the mission better than SASRec before it, by more than "
    ".02:",
    gap_knows_more > 0.02,
)

# %% [markdown]
# ### Where do the heads look?
#
# One gap in the middle of forty clicks, and the weight that it hands out by distance: left of 0 are clicks before the gap, right of it clicks after.

# %%
middle = 20
gapped = everybody.clone()
gapped[:, middle] = MASK
with torch.no_grad():
    # Two times (600, H, L, L)
    _, weights = bert4rec.encoder(gapped[:600], need_weights=True)
# (blocks, H, L)
profile = torch.stack([kept[:, :, middle].mean(dim=0) for kept in weights]).numpy()
offsets = np.arange(LENGTH) - middle
near = np.abs(offsets) <= 10
fig, axes = plt.subplots(1, 2, figsize=PAIR, sharey=True)
for ax, number in zip(axes, (0, 1), strict=True):
    for h, colour in zip(range(2), COLOURS, strict=False):
        ax.plot(
            offsets[near],
            profile[number, h, near],
            "o-",
            ms=4,
            color=colour,
            label=f"head {h + 1}",
        )
    ax.axvline(0, color="0.5", ls="--", lw=1)
    ax.set(
        title=f"block {number + 1}",
        xlabel="place beside the gap (negative: before)",
        xticks=range(-10, 11, 5),
    )
axes[0].set_ylabel("mean weight")
axes[0].legend(fontsize=8)
fig.tight_layout()
distance = (profile * np.abs(offsets)).sum(axis=-1)  # (blocks, H)
after = profile[..., offsets > 0].sum(axis=-1)
show(
    fig,
    alt="Mean attention weight of a gap over the distance of the click that it looks "
    "at, for two heads in each of two blocks. "
    + " ".join(
        f"Block {b + 1}, head {h + 1}: mean distance {distance[b, h]:.0f}, "
        f"{after[b, h]:.0%} of the weight on later clicks."
        for b in range(2)
        for h in range(2)
    ),
)

# %%
pd.DataFrame(
    [
        {
            "block": b + 1,
            "head": h + 1,
            "mean distance": distance[b, h],
            "weight before": profile[b, h, offsets < 0].sum(),
            "on itself": profile[b, h, middle],
            "weight after": after[b, h],
        }
        for b in range(2)
        for h in range(2)
    ]
).round(2)

# %% tags=["nbval-check-output"]
print(
    "a gap looks at both sides: each gets more than a quarter of all weight:",
    bool(0.25 < after.mean() < 0.75),
)
print(
    "most of the weight lies within ten clicks:",
    bool(profile[..., near].sum(axis=-1).mean() > 0.5),
)

# %% [markdown]
# ## 9.9 When to use it, and when not
#
# **Guess:** a new click arrives. What has to be computed again? Do the states of the old clicks stay as they are, in our SASRec, in our BERT4Rec?

# %%
# Old states stay when a click is added, SASRec: "yes" or "no"
guess("9.16", ...)
# Old states stay when a click is added, BERT4Rec: "yes" or "no"
guess("9.17", ...)

# %% tags=["timing"]
history = torch.from_numpy(sequences[:256, :-1])
for name, network in (("SASRec", sasrec), ("BERT4Rec", bert4rec)):
    times = []
    for _ in range(5):
        began = time.perf_counter()
        network.score_catalogue(history)
        times.append(time.perf_counter() - began)
    print(
        f"{name:9s} {1000 * min(times) / len(history):.3f} ms a shopper (256 at a "
        "time, one thread)"
    )

# %% [markdown]
# One pass each, and about the same time. A causal network has one advantage more, in principle: nobody looks ahead, so the states of old clicks *stay as they are*, can be kept, and a new click
# costs one position only. Does our SASRec have that advantage?

# %% tags=["nbval-check-output"]
one = torch.from_numpy(sequences[ANNA : ANNA + 1])
swapped = one.clone()
swapped[0, 20] = one[0, 20] % N_ITEMS + 1
stay = {}
with torch.no_grad():
    for name, network in (("SASRec", sasrec), ("BERT4Rec", bert4rec)):
        other_click = torch.equal(
            network.encoder(one)[:, :20], network.encoder(swapped)[:, :20]
        )
        stay[name] = torch.allclose(
            network.encoder(one[:, :20]),
            network.encoder(one[:, :21])[:, :20],
            atol=1e-4,
        )
        print(
            f"{name:9s} old states survive another later click: {other_click!s:6s} one "
            f"click more: {stay[name]}"
        )
reveal("9.16", "yes" if stay["SASRec"] else "no")
reveal("9.17", "yes" if stay["BERT4Rec"] else "no")

# %% [markdown]
# In BERT4Rec a new click changes every state. In SASRec too, as we built it: positions counted from the end move by one with each click, and every state with them. It is the price of chapter 06's choice. With positions counted from the first
# click, or relative ones, SASRec could keep its states; BERT4Rec could not with any.
#
# | take BERT4Rec | take SASRec |
# |---|---|
# | gaps are the task: what is missing in this basket, which of these clicks is odd | what comes next is the task |
# | a vector for each click *in its context*, for another model to use | training time counts |
# | long training is no matter | one click more must cost little, and positions allow it |
#
# And at home? The same object as in chapter 08, with another configuration:

# %%
mine = log[log["user_id"] < 300].assign(
    item_id=lambda rows: rows["item_id"].map(shop.products["name"])
)
split = leave_last_two_out(mine[["user_id", "item_id", "timestamp"]])
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    model = SequentialRecommender(
        BERT4RecConfig(
            D=32, n_blocks=1, hidden=64, dropout=0.0, mask_prob=0.3, last_only=0.1
        ),
        max_len=LENGTH,
        training=TrainConfig(
            epochs=8,
            batch_size=16,
            learning_rate=0.005,
            schedule="linear",
            warmup_steps=30,
        ),
        progress=False,
    ).fit(split.train, valid_interactions=split.valid)
for each in said:
    print(textwrap.fill(str(each.message), 100))
with tempfile.TemporaryDirectory() as folder:
    model.save(folder)
    again = SequentialRecommender.load(folder)
again.recommend_frame(mine[mine["user_id"] == ANNA], top_k=3).round(2)

# %% [markdown]
# Read what it says. A table of what followed what, counted in no time, is above this network in validation. `fit` counts such tables wherever it validates (`model.baselines_`), so that nobody
# ships a network that is worth less than counting. What would lift it: more shoppers (there are 900), more epochs, or only both together? Try all three.

# %% tags=["nbval-check-output"]
print(
    "loaded, it gives the same scores, bit for bit:",
    np.array_equal(model.score_items(mine), again.score_items(mine)),
)
print("lists for everybody:", model.recommend(mine, top_k=10).shape)
pairs = model.predict([ANNA, ANNA], list(mine["item_id"].unique()[:2]))
print("log-probabilities of two pairs:", pairs.shape, bool((pairs < 0).all()))

# %% [markdown]
# ## Key ideas
#
# - The cloze hides clicks and asks for them. It lets a network look both ways without giving the answer away. At least one gap a row, never padding.
# - What comes next is a gap at the end. Two tasks, two ceilings: filling a gap is easier than foretelling.
# - BERT4Rec asks fewer questions per pass than SASRec, so it needs more passes. Compare at equal loss *and* with enough training for both.
# - Warm-up: up in a line, down with a root, meeting at $s = w$. Check a formula at its peak.
# - What a layer knows can be measured, where the truth is known.

# %%
scoreboard("09")
calibration("09")

# %%
quiz("9.1")

# %%
quiz("9.2")

# %%
quiz("9.3")

# %%
quiz("9.4")

# %% [markdown]
# **Go further.** Sun, Liu, Wu, Pei, Lin, Ou & Jiang (2019), *BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from
# Transformer.* Petrov & Macdonald (2022), *A Systematic Review and Replicability Study of BERT4Rec for Sequential Recommendation.* Klenitskiy & Vasilev (2023),
# *Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?* Vaswani et al. (2017), *Attention Is All You Need*, section 5.3. Xiong et al. (2020), *On Layer
# Normalization in the Transformer Architecture.*
#
# Next: **10 · Item features**, for products that nobody has clicked yet.
