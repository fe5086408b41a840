# %% [markdown]
# # 11 · Retrieve and rerank
#
# A shop with 80,000 products can't ask a careful model about each of them while a shopper waits. So it asks twice: a quick model
# finds two hundred candidates, a careful one puts them in order. This chapter builds both stages, and finds out what that costs.
#
# **After this chapter you can** build a two-tower model and train it from the clicks that a batch holds anyway, search among its vectors,
# rerank what was found, and say of a loss in quality *which stage* it comes from.
#
# **You need** chapters 03 to 05, and 07 to 10. **Time:** 90 minutes, exercises included.

# %%
import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

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
from course.figures import COLOURS, PAIR, WIDE, show
from seqrec.data import build_sequences, pad_left, without_empty_columns
from seqrec.items import Content, FeatureTable, ItemEmbedding, Labels, Number
from seqrec.losses import (
    next_item_loss,
    sampled_softmax_loss,
)
from seqrec.metrics import (
    expected_ndcg,
    gains,
)
from seqrec.models import BST, SASRec, TwoTower, score_catalogue
from seqrec.recommender import (
    ErrorBudget,
    NearestItems,
    SASRecConfig,
    SequentialRecommender,
    TwoStageRecommender,
    TwoTowerConfig,
    retrieve,
)
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

N_ITEMS, MAX_LEN, D = 2_000, 20, 32
LEARNERS, ANNA = 1_500, 23  # users 0 to 1,499 are learned from, 500 others are asked
shop = ZooplusSimulator(n_products=N_ITEMS, n_users=2_000)  # the large world
types = shop.products["product_type"]
log = shop.journeys(events_per_user=(10, 40), seed=1).interactions
known = log[log["user_id"] < LEARNERS]
sequences = torch.from_numpy(
    pad_left(build_sequences(known, MAX_LEN + 1)["item_sequence"], MAX_LEN + 1)
)
asked = build_sequences(log[log["user_id"] >= LEARNERS], 40)["item_sequence"]
# (B, 40): all clicks but the last
complete = pad_left([clicks[:-1] for clicks in asked], 40)
histories = torch.from_numpy(complete[:, -MAX_LEN:])  # (B, L): what the models read
oracle = Oracle(shop)
law = oracle.next_item_probabilities(complete)  # (B, V)
anna = log.loc[log["user_id"] == ANNA, "item_id"].to_numpy()
print("Anna:", " > ".join(types[anna[:3]]))

# %% [markdown]
# ## 11.1 Too many products
#
# BST (chapter 07) puts a candidate *into* the sequence. That made it careful, and it has a price: every product is a sequence of its own.
# **Guess:** how long does it take to rank 80,000 products for one shopper? (The time does not depend on what the weights are, so we don't train it.)

# %%
# To rank 80,000 products for one shopper: a number (seconds)
guess("11.1", ...)

# %%
sizes, seconds = [100, 1_000, 10_000], []
for n in sizes:
    began = time.process_time()
    score_catalogue(BST(n, 10), torch.randint(1, n + 1, (1, 10)))
    seconds.append(time.process_time() - began)
of_80_000 = 80_000 * seconds[-1] / sizes[-1]

# %% tags=["timing"]
for n, took in zip(sizes, seconds, strict=True):
    print(f"{n:7,d} products: {1000 * took:7.0f} ms a shopper")
print(f"{80_000:7,d} products: {1000 * of_80_000:7.0f} ms, if it goes on like this")
reveal("11.1", of_80_000)

# %% [markdown]
# A shopper waits for a tenth of a second at best. And the list has ten places: nearly all of that work is for products that nobody will see.
#
# | stage | sees | may cost per product | must not |
# |---|---|---|---|
# | **retrieve** | all products | next to nothing | miss what the second stage would have put on top |
# | **rerank** | 100 to 200 candidates | a lot | get the order wrong |
#
# ## 11.2 Two towers
#
# What costs next to nothing per product? A dot product with a vector that was **computed beforehand**. So the first stage is a model in two
# halves that meet only at the end:
#
# $$\text{logit of item } j = \text{user}(\text{history}) \cdot \text{item}(j)$$
#
# The *item tower* makes a vector of a product, from its id and its content (chapter 10). It knows nothing of the user, so all vectors can be made at night.
# The *user tower* makes a vector of a history. It knows nothing of the product. That is the whole trick, and the whole limit.
#
# Our user tower comes in two kinds. A **profile** is the plain mean of the embeddings of what was clicked. A **sequence** tower is a small causal
# transformer, as in chapter 08. On top of either, and of the items, sits a small network: what one has clicked and what comes next are different questions.

# %% tags=["nbval-check-output"]
content = [
    Labels("product_type"),
    Labels("price_tier"),
    Labels("species"),
    Number("price", log=True),
]
# (n_items, F)
features = FeatureTable(content).fit(shop.products).transform(shop.products)


def with_content(network):
    """The network, its item embedding now id + content."""
    network.encoder.item = ItemEmbedding(features, D)
    with torch.no_grad():
        # Content speaks first: with few shoppers, most ids are noise for long
        network.encoder.item.id.weight *= 0.2
    return network


torch.manual_seed(0)
towers = {
    user: with_content(TwoTower(N_ITEMS, MAX_LEN, user=user, D=D))
    for user in ("profile", "sequence")
}
print("users:   ", tuple(towers["profile"].user_vectors(histories).shape))
print("products:", tuple(towers["profile"].item_vectors.shape))

# %% [markdown]
# ## 11.3 Everybody else's clicks
#
# What should the towers learn? Softmax over the catalogue, as always: the product that followed against all others. With 80,000 others that is too many,
# so we sample (chapter 03). The cheapest sample is already there: a batch of 500 positions has 500 targets, **and their vectors have been computed**.
# Each position takes the other 499 as its negatives. One matrix product of users and targets gives all logits, and the right answers are on its diagonal:

# %% tags=["nbval-check-output"]
some = torch.tensor([4, 9, 4, 7])  # the targets of a batch of four positions
same = some[:, None] == some
table = [
    ["target" if r == c else "-" if same[r, c] else "negative" for c in range(4)]
    for r in range(4)
]
pd.DataFrame(
    table,
    index=[f"wants {item}" for item in some],
    columns=[f"item {item}" for item in some],
)

# %% [markdown]
# Two things are wrong with these negatives.
#
# **The same product twice.** Rows 1 and 3 want the same. Each would be the other's negative: leave it out (the dash).
#
# **Popular products come too often.** A column is somebody's click, so a product is a negative as often as it is clicked, with probability $q$. The cure is
# chapter 03's: take $\log q$ off the logits of the negatives. In full, for row $r$ with $C$ columns:
#
# $$-\log \frac{e^{s_{rr}}}{e^{s_{rr}} + \sum_{c:\ \text{item}_c \ne \text{item}_r} \frac{1}{(C-1)\, q_c}\, e^{s_{rc}}}$$
#
# The sum is an unbiased estimate of the sum over *all* other products. (Why $C - 1$, and not the number of columns that are left? Because a draw that hits the target is a draw too: it contributes 0.)
#
# Often a few **uniform** products are put beside the batch as further columns. A product that nobody clicks is no column of any batch otherwise, and its score is left to chance:

# %% tags=["nbval-check-output"]
clicks = np.bincount(known["item_id"], minlength=N_ITEMS + 1)  # (V,)
print(
    f"{(clicks[1:] == 0).sum()} of {N_ITEMS} products were never clicked by those we "
    "learn from"
)

# %% [markdown]
# ### Your turn (11.1) · 12 minutes · *hard*
#
# The loss of a batch. `sampled_softmax_loss(positive, negative, real, log_q)` of chapter 04 does the last step: with `positive` (K,), `negative` (K, N), `real` (K,) bool and
# `log_q` (K, N) it computes the formula for $N$ negatives a row. A negative with a logit of $-\infty$ adds nothing, but is counted in $N$.


# %%
@exercise("11.1")
def in_batch_loss(logits, items, log_q=None):
    """Mean cross-entropy of K rows against the columns of the batch.

    logits: (K, C), entry [r, c] is the logit of row r's user and column c's item, C of
    2 or more.
    items: (C,) item ids. The first K columns are the rows' own targets, in their order;
    there may be more.
    log_q: (C,) log-probability that a column is this item. None: no correction (pass
    None on).

    Row r has C - 1 negatives: all columns but r. Where one holds the row's own target
    again, its logit is -inf.
    """
    ### BEGIN SOLUTION
    K, C = logits.shape
    others = ~torch.eye(K, C, dtype=torch.bool)  # (K, C): all columns but the row's own
    same = items[:K, None] == items  # (K, C): the target, there and wherever else
    negative = logits.masked_fill(same, float("-inf"))[others].view(K, C - 1)
    if log_q is not None:
        log_q = log_q.expand(K, C)[others].view(K, C - 1)
    return sampled_softmax_loss(
        logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q
    )
    ### END SOLUTION


# %%
hint("11.1")

# %% [markdown]
# Now train. We make three: a profile without log-Q, one with it, and a sequence tower. **Guess:** which products does the first one like too much, or too little?

# %%
# Best-sellers in the lists without log-Q: "too few of them", "about right" or "too many
# of them"
guess("11.2", ...)


# %%
def towers_loss(corrected=True, n_uniform=100):
    """At each position of a batch of sequences, the item that follows it, told from the
    batch's other targets.
    """
    q = torch.bincount(
        sequences[:, 1:][sequences[:, :-1] != 0], minlength=N_ITEMS + 1
    ).double()
    q = q / q.sum()  # (V,) how often a target is this item

    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        read, follow = batch[:, :-1], batch[:, 1:]
        users, targets = network(read)[read != 0], follow[read != 0]  # (K, D), (K,)
        uniform = torch.randint(1, N_ITEMS + 1, (n_uniform,), generator=generator)
        items = torch.cat([targets, uniform])  # (C,)
        # Both ways to be drawn
        mixed = ((len(targets) - 1) * q[items] + n_uniform / N_ITEMS) / (len(items) - 1)
        logits = users @ network.vectors_of(items).T  # (K, C)
        return in_batch_loss(logits, items, mixed.log().float() if corrected else None)

    return loss


def learn(network, loss, epochs=4):
    config = TrainConfig(
        epochs=epochs,
        batch_size=32,
        learning_rate=0.01,
        schedule="linear",
        warmup_steps=50,
    )
    train(network, loss, len(sequences), config, progress=False)
    return network.eval()


torch.manual_seed(0)
uncorrected = learn(
    with_content(TwoTower(N_ITEMS, MAX_LEN, D=D)), towers_loss(corrected=False)
)
for tower in towers.values():
    learn(tower, towers_loss())

# %% [markdown]
# What do they find? The oracle tells us what a list of candidates is worth: the probability that the next click is in it. That is the **recall** of the first stage,
# in expectation over what may come next.


# %%
def expected_recall(items):
    """Probability that the next click is among the candidates (B, C), a mean over
    shoppers.
    """
    return np.take_along_axis(law, np.asarray(items), axis=1).sum(axis=1).mean()


found = {
    name: retrieve(tower, histories, 200).numpy() for name, tower in towers.items()
}
found["profile, no log-Q"] = retrieve(uncorrected, histories, 200).numpy()
found["most popular"] = np.tile(
    np.argsort(-clicks, kind="stable")[:200], (len(histories), 1)
)
found["oracle"] = np.argsort(-law, axis=1, kind="stable")[:, :200]

# Rank 0 is the most clicked product
by_popularity = np.argsort(np.argsort(-clicks[1:], kind="stable"))
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
edges = np.linspace(0, N_ITEMS, 11)
share = {
    name: np.histogram(by_popularity[items - 1], edges)[0] / items.size
    for name, items in found.items()
}
truth = np.histogram(by_popularity, edges, weights=law[:, 1:].mean(axis=0))[0]
for name, colour in (("profile, no log-Q", COLOURS[1]), ("profile", COLOURS[0])):
    left.plot(
        np.arange(1, 11), share[name], "o-", color=colour, label=f"found by: {name}"
    )
left.plot(
    np.arange(1, 11), truth, "s--", color=COLOURS[2], label="clicked next (oracle)"
)
left.set(
    xlabel="tenth of the catalogue, most clicked first",
    ylabel="share",
    ylim=(0, None),
    title="Which products?",
)
left.legend(fontsize=8)
ns = (10, 20, 50, 100, 150, 200)
for (name, items), colour in zip(
    found.items(), (COLOURS[0], COLOURS[3], COLOURS[1], "0.5", COLOURS[2]), strict=True
):
    right.plot(
        ns,
        [expected_recall(items[:, :n]) for n in ns],
        "o-",
        ms=4,
        color=colour,
        label=name,
    )
right.set(
    xlabel="candidates", ylabel="recall", ylim=(0, 1), title="What is in the list?"
)
fig.tight_layout()
fig.legend(
    *right.get_legend_handles_labels(),
    fontsize=8,
    ncols=5,
    loc="upper center",
    bbox_to_anchor=(0.5, 0),
)
show(
    fig,
    alt="Left: share of found products by popularity. Without log-Q the towers spread "
    "their lists over the whole catalogue, with it they favour the most clicked "
    "tenths, as real clicks do. Right: recall over the number of candidates. Most "
    "popular is lowest, then the profile without log-Q, the profile, the sequence "
    "tower, and the oracle on top with about .9 at 200.",
)
liked = share["profile, no log-Q"][0] / truth[0]  # the most clicked tenth
amount = "about right"
if liked < 0.8:
    amount = "too few of them"
elif liked > 1.25:
    amount = "too many of them"
reveal("11.2", amount)

# %%
at_200 = {name: expected_recall(items) for name, items in found.items()}
pd.Series(at_200, name="recall of 200 candidates").round(2).to_frame()

# %% tags=["nbval-check-output"]
print(
    "two hundred are a tenth of the catalogue. The oracle's recall: "
    f"{at_200['oracle']:.2f}"
)

# %% [markdown]
# Without the correction, popularity is *divided out* of what is learned: the towers look for what is special about a shopper, and forget that best-sellers sell. With it, they learn what we
# asked for. And note the oracle: with 2,000 products not even it can put every next click into 200 candidates.
#
# ## 11.4 The search
#
# Finding a user's candidates is a matrix product and a `topk`. For a thousand users and 80,000 products the matrix has 80 million numbers, so it is done for a few users at a time.
#
# ### Your turn (11.2) · 6 minutes


# %%
@exercise("11.2")
def exact_search(queries, vectors, k, users_at_once):
    """The k items with the largest dot products for each query, best first.

    queries: (B, D), B of 0 or more. vectors: (n_items, D), row j - 1 is item j.
    users_at_once: at most so many rows of queries are compared at a time; B need not be
    a multiple of it.
    Returns items (B, k) long, from 1, and their dot products (B, k).
    """
    ### BEGIN SOLUTION
    items, scores = [], []
    for some in queries.split(users_at_once):
        best = (some @ vectors.T).topk(k, dim=1)
        items.append(best.indices + 1)
        scores.append(best.values)
    return torch.cat(items), torch.cat(scores)
    ### END SOLUTION


# %%
hint("11.2")

# %% tags=["nbval-check-output"]
with torch.no_grad():
    queries, vectors = (
        towers["profile"].user_vectors(histories),
        towers["profile"].item_vectors,
    )
items, _ = exact_search(queries, vectors, 200, users_at_once=64)
agree = (np.sort(items.numpy()) == np.sort(found["profile"])).mean()
print(f"{agree:.0%} of the two hundred are those of before")

# %% [markdown]
# **Approximate search** is for when even this takes too long. Sort the products into *cells* beforehand, by k-means; compare a query with the centres of the cells,
# and look into the nearest few only. What lies in another cell is missed. Whether that matters, one measures: how many of the exact 200 are found again?
#
# ### Your turn (11.3) · 5 minutes


# %%
@exercise("11.3")
def recall(found, wanted):
    """Which share of the wanted items was found, for each user.

    found: (B, K) and wanted: (B, M) long item ids, in any order, no item twice in a
    row; 0 means "nothing here".
    Returns (B,) float: of the wanted items (without the zeros), the share that is among
    the found ones. NaN where nothing is wanted.
    """
    ### BEGIN SOLUTION
    real = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & real  # (B, M)
    return hit.sum(dim=1) / real.sum(dim=1)
    ### END SOLUTION


# %%
hint("11.3")

# %% [markdown]
# `NearestItems(vectors, n_cells=..., n_probe=...)` uses faiss, a library that you need not have: without it the search is exact and a warning says so.

# %%
wanted, _ = NearestItems(vectors).search(queries, 200)
probes, again = (1, 2, 4, 8, 16, 32), []
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # without faiss every line below says 1
    for n_probe in probes:
        cells = NearestItems(vectors, n_cells=32, n_probe=n_probe)
        again.append(recall(cells.search(queries, 200)[0], wanted).mean().item())
pd.DataFrame(
    {"cells looked into, of 32": probes, "found of the exact 200": again}
).round(2)

# %% tags=["nbval-check-output"]
print(f"looking into all cells finds {again[-1]:.0%}")

# %% [markdown]
# At 2,000 products this saves nothing. Here is the same at 80,000, where it might: 512 cells, towers that learned from content alone for a minute, and a clock.

# %%
search = measured("11_search")
shown = search[search["user"] == "sequence"].set_index("n_probe")
exact_row, cells_rows = shown.loc[0], shown.drop(index=0)
fig, ax = plt.subplots(figsize=WIDE)
ax.plot(
    cells_rows["batch_ms"], cells_rows["recall"], "o-", color=COLOURS[0], label="cells"
)
for n_probe, row in cells_rows.iterrows():
    ax.annotate(
        str(n_probe),
        (row["batch_ms"], row["recall"]),
        xytext=(5, -12),
        textcoords="offset points",
        size=8,
    )
ax.plot(exact_row["batch_ms"], 1, "s", color=COLOURS[1], label="exact")
ax.set(
    xscale="log",
    xlabel="ms a shopper, in batches of 256",
    ylabel="found of the exact 200",
    ylim=(0, 1.05),
)
ax.set_title("80,000 products: cells looked into, of 512")
ax.legend(loc="lower right")
show(
    fig,
    alt="Share of the exact 200 that is found, over milliseconds a shopper, as more of "
    "512 cells are looked into. The curve rises from about a tenth with one cell to "
    "nearly all with 64 cells, in less than half of the time that exact search takes. "
    "Looking into all cells takes longer than exact search.",
)

# %% tags=["nbval-check-output"]
in_32 = cells_rows.loc[32]
print(f"32 of 512 cells find {in_32['recall']:.0%} of the exact 200,")
print(
    f"{exact_row['batch_ms'] / in_32['batch_ms']:.0f} times as fast in a batch, "
    f"{exact_row['p50_ms'] / in_32['p50_ms']:.0f} times for one shopper"
)
print(f"exact search for one shopper: {exact_row['p50_ms']:.1f} ms")

# %% [markdown]
# (Processor time of one thread; `python -m benchmarks.bench_two_tower search`.) One parameter, and a trade that everybody can read off. A few dozen cells
# are nearly as good as exact here. But look at the last line too: *exact* search among 80,000 takes a few milliseconds. Approximate search is for millions.
#
# ## 11.5 What a profile can't know
#
# A mean has no order. We shuffle every shopper's history and search again. **Guess:** how many of the 200 candidates change, for the profile, for the sequence tower? And what does the oracle say: *should* they?

# %%
# Candidates that change, profile: a number (of 200)
guess("11.3", ...)
# Candidates that change, sequence tower: a number (of 200)
guess("11.4", ...)
# Candidates that should change, oracle: a number (of 200)
guess("11.5", ...)


# %%
def shuffled(clicks, seed=0):
    """The same clicks in random order, padding still on the left. (B, L) -> (B, L)."""
    keys = np.where(clicks > 0, np.random.default_rng(seed).random(clicks.shape), -1)
    return np.take_along_axis(clicks, keys.argsort(axis=1), axis=1)


mixed_up = shuffled(histories.numpy())
stays = {}
for name, tower in towers.items():
    before, after = (
        retrieve(tower, torch.as_tensor(read), 200) for read in (histories, mixed_up)
    )
    stays[name] = recall(after, before).mean().item()
with torch.no_grad():
    profile = towers["profile"]
    moved = (
        (
            profile.user_vectors(histories)
            - profile.user_vectors(torch.from_numpy(mixed_up))
        )
        .abs()
        .max()
        .item()
    )
# The oracle reads what the towers read, from a cold start
short = complete[:, -MAX_LEN:]
laws = [oracle.next_item_probabilities(read) for read in (short, mixed_up)]
stays["oracle"] = np.mean(
    [
        np.isin(*tops).mean()
        for tops in zip(
            *(np.argsort(-law, axis=1)[:, :200] for law in laws), strict=True
        )
    ]
)
reveal("11.3", 200 * (1 - stays["profile"]))
reveal("11.4", 200 * (1 - stays["sequence"]))
reveal("11.5", 200 * (1 - stays["oracle"]))

# %% tags=["nbval-check-output"]
print(f"the profile's vectors move by {moved:.3f}")
print("of the profile's candidates stay:", f"{stays['profile']:.0%}")

# %%
pd.Series(stays, name="share of the 200 that stays").round(2).to_frame()

# %% [markdown]
# The profile is a mean, and a mean has no order: nothing moves. The sequence tower reads the order, and some of its candidates change;
# the oracle says that more should.
#
# What is it that moves? Anna again. We tell the oracle her first clicks, as they were and **backwards**, and measure how far the two answers are apart: half the sum of
# the absolute differences, 0 for the same, 1 for another world. **Guess:** does it matter after three clicks? After twelve?

# %%
# How far apart after three clicks: a number
guess("11.6", ...)
# How far apart after twelve clicks: a number
guess("11.7", ...)

# %%
known_clicks = np.arange(2, 21)
apart = {"oracle": [], "profile tower": []}
for n in known_clicks:
    # (2, n): as it was, and backwards
    both_ways = np.stack([anna[:n], anna[n - 1 :: -1]])
    answers = {
        "oracle": oracle.next_item_probabilities(both_ways),
        "profile tower": towers["profile"]
        .score_catalogue(torch.from_numpy(both_ways))
        .exp()
        .numpy(),
    }
    for name, (there, back) in answers.items():
        apart[name].append(np.abs(there - back).sum() / 2)
    if n == 12:
        # (27, 2)
        by_type = (
            pd.DataFrame(answers["oracle"][:, 1:].T, index=types.to_numpy())
            .groupby(level=0)
            .sum()
        )

top = by_type.max(axis=1).sort_values(ascending=False).index[:7]
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for (name, line), colour in zip(apart.items(), (COLOURS[2], COLOURS[0]), strict=True):
    left.plot(known_clicks, line, "o-", ms=4, color=colour, label=name)
left.axvline(9, color="0.6", ls=":")
left.text(11.3, 0.2, "her second\nvisit begins", size=8, color="0.4")
left.set(
    xlabel="Anna's clicks so far",
    ylabel="backwards is how far away",
    ylim=(-0.02, 1),
    title="Does order matter?",
)
left.legend(fontsize=8, loc="upper left")
for order, (label, colour) in enumerate(
    (("as it was", COLOURS[2]), ("backwards", COLOURS[4]))
):
    right.barh(
        np.arange(7) + 0.38 * order,
        by_type.loc[top, order],
        0.36,
        color=colour,
        label=label,
    )
right.set_yticks(np.arange(7) + 0.19, top, fontsize=8)
right.invert_yaxis()
right.set(title="Oracle: Anna's 13th click", xlabel="probability of the type")
right.legend(fontsize=8)
fig.tight_layout()
show(
    fig,
    alt="Left: how far the answer moves if Anna's clicks are read backwards. For the "
    "oracle it is nearly 0 during her first visit, and rises to about .7 once she is "
    "well into the second. For the profile tower it is 0 throughout. Right: the "
    "oracle's probabilities of types for her thirteenth click differ much between the "
    "two orders.",
)
reveal("11.6", apart["oracle"][list(known_clicks).index(3)])
reveal("11.7", apart["oracle"][list(known_clicks).index(12)])

# %% tags=["nbval-check-output"]
for name, line in apart.items():
    print(f"{name:14s} moves by {line[1]:.2f} after 3 clicks, {line[10]:.2f} after 12")

# %% [markdown]
# Her first visit is a bag: read backwards, it says the same. But Anna is one shopper. Here are the others who are asked, with three changes of order:

# %%
visits = [
    [visit["item_id"].to_numpy() for _, visit in rows.groupby("session_id", sort=False)]
    for _, rows in log[log["user_id"] >= LEARNERS].groupby("user_id")
]
firsts = [one for one, *_ in visits if len(one) > 3]
pairs = [(some[0], some[1][:3]) for some in visits if len(some) > 1]
pairs = [pair for pair in pairs if min(map(len, pair)) == 3]


def moves(as_was, changed):
    """How far the oracle's answer moves, a mean over shoppers."""
    answers = [
        oracle.next_item_probabilities(pad_left(rows, 40)) for rows in (as_was, changed)
    ]
    return np.abs(answers[0] - answers[1]).sum(axis=1).mean() / 2


in_turn = [np.concatenate(pair) for pair in pairs]
changes = {
    "first visit, backwards": moves(firsts, [row[::-1] for row in firsts]),
    "the same, but its newest click stays": moves(
        firsts, [np.append(row[-2::-1], row[-1]) for row in firsts]
    ),
    "two visits, exchanged": moves(
        in_turn, [np.concatenate(pair[::-1]) for pair in pairs]
    ),
}
pd.Series(changes, name="the oracle's answer moves by").round(2).to_frame()

# %% [markdown]
# Most visits are no bag. Read backwards, they end with another click, and the newest one says how far the shopper has come. If that one stays, the order of the rest says little. And two visits exchanged take half of the answer away: a bag of two visits no longer says which of them is **now**.
#
# So a profile can't know what a shopper is doing at the moment: neither the newest click, nor the visit. Is that bad? It depends on its job. It need not say *what comes next*. It must not lose it, among two hundred.
#
# ## 11.6 Rerank
#
# The second stage sees the candidates, and nothing else. Any model will do that can score some items for a history: `score_candidates(histories, candidates)` of
# SASRec, BERT4Rec, BST.
#
# ### Your turn (11.4) · 8 minutes


# %%
@exercise("11.4")
def rerank(ranker, histories, candidates, k):
    """The k best of each user's candidates by the ranker's scores, best first.

    ranker.score_candidates(histories, candidates): (B, L), (B, C) -> (B, C); candidates
    must be 1 or more.
    histories: (B, L) long. candidates: (B, C) long, in any order, no item twice; 0 = no
    candidate. k: C or less.

    Returns items (B, k) long and their scores (B, k). Of equal scores the smaller item
    comes first, so the order in which candidates come in means nothing. Where a user
    has no candidate left: item 0, score -inf. No argument is edited. The ranker is in
    eval mode already.
    """
    ### BEGIN SOLUTION
    ascending = candidates.sort(dim=1).values  # (B, C)
    with torch.no_grad():
        scores = ranker.score_candidates(histories, ascending.clamp(min=1))
    scores = scores.masked_fill(ascending == 0, float("-inf"))
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)
    ### END SOLUTION


# %%
hint("11.4")

# %%
torch.manual_seed(0)
sasrec = learn(
    with_content(SASRec(N_ITEMS, MAX_LEN, D=D, dropout=0.0)), next_item_loss(sequences)
)
# (B, V): every product, nothing missed
full = sasrec.score_catalogue(histories).numpy()


def worth(items):
    """Expected NDCG of a list (B, 10):

    the probability of each item, less the further down it stands.
    """
    return (
        (
            np.take_along_axis(law, items.numpy(), axis=1)
            / np.log2(np.arange(2, items.shape[1] + 2))
        )
        .sum(axis=1)
        .mean()
    )


of_full = expected_ndcg(full, law, 10).mean()
kept = {
    name: [
        worth(
            rerank(sasrec, histories, torch.from_numpy(found[name][:, :n].copy()), 10)[
                0
            ]
        )
        / of_full
        for n in ns
    ]
    for name in ("most popular", "profile", "sequence")
}

fig, ax = plt.subplots(figsize=WIDE)
for (name, line), colour in zip(
    kept.items(), ("0.5", COLOURS[0], COLOURS[3]), strict=True
):
    ax.plot(ns, line, "o-", color=colour, label=f"candidates from: {name}")
ax.axhline(1, color=COLOURS[2], ls="--", lw=1)
ax.text(200, 1.03, "SASRec over all 2,000", color=COLOURS[2], size=9, ha="right")
ax.set(
    xlabel="candidates", ylabel="NDCG@10 kept", ylim=(0, 1.12), title="SASRec reranks"
)
ax.legend(fontsize=8)
show(
    fig,
    alt="Share of full ranking's NDCG@10 that is kept when SASRec reranks candidates, "
    "over their number. From the profile tower nearly everything is kept with 200, "
    "from the sequence tower with fewer. The most popular products keep least, and "
    "still most of it with 200.",
)

# %%
best_sellers = found["most popular"][0]
for name, of in (("SASRec", full), ("oracle", law)):
    tops = np.argsort(-of, axis=1)[:, :10]
    share_of_tops = np.isin(tops, best_sellers).mean()
    print(f"{name}'s top ten: {share_of_tops:.0%} are among the 200 best-sellers")
pd.DataFrame(kept, index=pd.Index(ns, name="candidates")).round(3)

# %% [markdown]
# With 200 candidates next to nothing is lost, *for this ranker*: of what the profile misses, a SASRec after four epochs would have put nearly nothing on top. A better one might. And mind the grey line. The best-sellers miss half of all next clicks, and
# keep most of this ranker's NDCG: it puts what is popular on top, far more than the oracle does, and that is among the best-sellers. So recall alone says little about a first stage, and "kept" says as much about the ranker. 11.7 takes the two apart.
#
# ## 11.7 The error budget
#
# Our NDCG is below the oracle's. Whose fault is it? Let $p_j$ be the law, $w_j$ what product $j$'s place is worth when the ranker sees the whole catalogue (1 / log2(rank + 1) down to rank
# $k$, else 0), and $v_j$ what its place is worth among the candidates. Then, exactly:
#
# $$\text{two stages} = \text{oracle} - \underbrace{(\text{oracle} - \sum_j p_j w_j)}_{\text{ranking error}} - \underbrace{\sum_{j\ \text{not found}} p_j w_j}_{\text{missed}} + \underbrace{\sum_{j\ \text{found}} p_j (v_j - w_j)}_{\text{moved up}}$$
#
# A miss costs what the ranker *would have made of it*. And where something is gone, what stood behind it moves up.
#
# ### Your turn (11.5) · 10 minutes


# %%
@exercise("11.5")
def error_budget(law, scores, candidates, k):
    """Expected NDCG@k per user, taken apart: ErrorBudget(oracle, ranking_error, missed,
    moved_up, two_stages).

    law: (B, V) probabilities, column j is item j, column 0 is 0. scores: (B, V) of the
    ranker for the whole catalogue.
    candidates: (B, C) long, 0 = nothing. All NumPy arrays; each of the five results is
    (B,).

    gains(scores, k) gives what each item's place is worth if it is clicked, (B, V): w
    of the formula. An item with a score of -inf is worth nothing.
    """
    ### BEGIN SOLUTION
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    w = gains(scores, k)  # (B, V)
    # What was not found stands behind all others
    v = gains(np.where(found, scores, -np.inf), k)
    oracle_ndcg = (law * gains(law, k)).sum(axis=1)
    return ErrorBudget(
        oracle=oracle_ndcg,
        ranking_error=oracle_ndcg - (law * w).sum(axis=1),
        missed=(law * w * ~found).sum(axis=1),
        moved_up=(law * (v - w) * found).sum(axis=1),
        two_stages=(law * v).sum(axis=1),
    )
    ### END SOLUTION


# %%
hint("11.5")

# %%
budgets = {
    f"{name}, {n}": pd.Series(
        {
            part: values.mean()
            for part, values in error_budget(law, full, found[name][:, :n], 10)
            ._asdict()
            .items()
        }
    )
    for name in ("most popular", "profile", "sequence")
    for n in (50, 200)
}
pd.DataFrame(budgets).T.rename_axis("candidates").round(4)

# %%
adds_up = all(
    np.isclose(b.oracle - b.ranking_error - b.missed + b.moved_up, b.two_stages)
    for b in budgets.values()
)
assert adds_up
b = budgets["profile, 200"]
print(f"with 200 from the profile: {b.ranking_error:.3f} lost by the ranking, ", end="")
print(f"{b.missed:.4f} by what is missed")

# %% [markdown]
# Read it with care. "Ranking error" is large, "missed" is small: as this ranker stands, better candidates would not help *it*. It doesn't follow that retrieval costs nothing. A miss is priced by the ranker that we have; a perfect one would pay another price.
#
# ### Exchange a stage
#
# So we replace one stage by a perfect one, and nothing else. In our world we can: the oracle may find the candidates, or put them in order, or both. Two by two: who finds the candidates, the sequence tower or the oracle; who ranks them, SASRec or the oracle.
#
# **Guess:** with 200 candidates and both stages learned, NDCG@10 is about .11. By how much does it rise if the oracle *finds* and SASRec still ranks? And if the tower still finds, and the oracle *ranks*?

# %%
# Rise of NDCG@10 if the oracle finds the candidates: a number
guess("11.8", ...)
# Rise of NDCG@10 if the oracle ranks them: a number
guess("11.9", ...)

# %% tags=["nbval-check-output"]
exchange = measured("11_exchange").astype({"n": int})
short = {"tower, 6 epochs": "tower", "SASRec, 6 epochs": "SASRec"}
pair = exchange.replace({"first": short, "ranker": short})
pair = pair[
    pair["first"].isin(["tower", "oracle"]) & pair["ranker"].isin(["SASRec", "oracle"])
]
square = pair.groupby(["n", "first", "ranker"], sort=False)["ndcg"].agg(["mean", "std"])
square = square.unstack("ranker")
ndcg = square["mean"].loc[200]
reveal("11.8", ndcg.loc["oracle", "SASRec"] - ndcg.loc["tower", "SASRec"])
reveal("11.9", ndcg.loc["tower", "oracle"] - ndcg.loc["tower", "SASRec"])
told = square["mean"].map("{:.3f}".format) + " ± " + square["std"].map("{:.3f}".format)
told.rename_axis(index=["candidates", "found by"], columns="ranked by")

# %% [markdown]
# (2,000 products, 1,500 shoppers to learn from, 1,000 others asked; both learned for 6 epochs; 3 seeds of everything, mean ± standard deviation. `python -m benchmarks.bench_exchange`.)
#
# - **With 200 candidates, first the ranker.** A perfect ranker would gain some .18, a perfect finder next to nothing, *as long as this SASRec ranks*.
# - **The price of a miss is the ranker's.** Read the right column: once the ranker is perfect, the tower's misses cost .02 with 200 candidates and .06 with 50. Counted as *missed*, in the table before, the same lists cost nearly nothing.
# - **Better candidates do help, if they are few.** Fifty perfect ones, ranked by SASRec, are far above two hundred perfect ones, and a third above the tower's fifty. A weak ranker can't put on top by mistake what is not in the list. A first stage earns by what it leaves out, too.
#
# One budget is no result. Here are more rankers, by who finds 200 candidates: the most popular of them first, the tower's own order, SASRec, and 24 epochs in the place of 6. `seeds` says how many there are.

# %% tags=["nbval-check-output"]
with_200 = exchange[exchange["n"] == 200]
order = ["popularity", "tower, 6 epochs", "oracle"]
table = with_200.pivot_table(index="ranker", columns="first", values="ndcg", sort=False)
table = table[order].round(3).assign(seeds=with_200.groupby("ranker")["seed"].nunique())
table.rename_axis(index="ranked by", columns="found by")

# %% [markdown]
# With 24 epochs (on the first seed only) the tower is far worse than with 6, and SASRec hardly moves: 1,500 shoppers are soon learned by heart. So more epochs are no help here. More data are (below), or a better idea. (And SASRec is behind the tower's own order here: a second stage that costs time and points. With 3,000 shoppers, below, it is a little ahead.) And popularity, as a ranker, is far below all: what gets into a good top ten is *not* simply what is popular.
#
# ### More rankers, more shoppers
#
# Now 3,000 shoppers and three rankers, each with *one* recipe: SASRec 6 epochs, BERT4Rec 20, BST one. **No settings were searched for**, so we compare two stages with a full ranking by the *same* network, and
# no network with another. **Guess:** can two stages be *better* than the full ranking? How much of its own full ranking's NDCG@10 does
# BERT4Rec have with 100 candidates of the sequence tower? (100 % is as good.)

# %%
# BERT4Rec with two stages, of its full ranking: a number, in %
guess("11.10", ...)

# %% tags=["nbval-check-output"]
quality = measured("11_quality")
quality["full"] = quality["oracle"] - quality["ranking_error"]
quality["kept"] = quality["two_stages"] / quality["full"]
chosen = quality[
    quality["ranker"].isin(["SASRec", "BERT4Rec", "BST"])
    & quality["first"].isin(["profile", "sequence"])
]
parts = ["recall", "full", "missed", "moved_up", "two_stages", "kept"]
groups = chosen[chosen["n"] >= 100].groupby(["ranker", "first", "n"])[parts]
average, spread = groups.mean(), groups.std()
reveal("11.10", 100 * average.loc[("BERT4Rec", "sequence", 100), "kept"])
report = average.map("{:.3f}".format) + " ± " + spread.map("{:.3f}".format)
report[["recall", "full", "two_stages", "kept"]].assign(seeds=groups.size())

# %% [markdown]
# (2,000 products; learned from 3,000 shoppers, judged on 1,000 others by expected NDCG@10; 3 seeds of world, journeys and training, mean ± standard deviation; settings fixed beforehand.
# `python -m benchmarks.bench_two_tower quality`.)

# %% jupyter={"source_hidden": true}
fig, axes = plt.subplots(1, 3, figsize=(7.5, 3.0), sharex=True, sharey=True)
steps = ["oracle", "ranking error", "missed", "moved up", "two stages"]
colours = [COLOURS[place] for place in (2, 1, 4, 5, 0)]
for ax, ranker in zip(axes, ("SASRec", "BERT4Rec", "BST"), strict=True):
    b = average.loc[(ranker, "profile", 200)]
    best = chosen["oracle"].mean()
    after_misses = b["full"] - b["missed"]
    lengths = [best, best - b["full"], b["missed"], b["moved_up"], b["two_stages"]]
    starts = [0, b["full"], after_misses, after_misses, 0]
    signs = ["", "-", "-", "+", ""]
    ax.barh(steps, lengths, left=starts, color=colours)
    for place, (start, length, sign) in enumerate(
        zip(starts, lengths, signs, strict=True)
    ):
        ax.text(
            start + length + 0.008,
            place,
            f"{sign}{length:.4f}",
            va="center",
            size=8,
        )
    ax.set(xlabel="NDCG@10", xlim=(0, 0.45), xticks=(0, 0.1, 0.2, 0.3), title=ranker)
    ax.grid(axis="y", visible=False)
axes[0].invert_yaxis()
fig.suptitle("200 candidates of the profile tower, reranked", size="medium")
fig.tight_layout()
show(
    fig,
    alt="Three waterfalls, one for each ranker: from the oracle's NDCG@10 a long bar "
    "of ranking error down, then slivers for what is missed and what moved up, to the "
    "two stages' NDCG@10.",
)

# %% tags=["nbval-check-output"]
kept_200 = average["kept"].xs(200, level="n").unstack("first")
for ranker in ("SASRec", "BERT4Rec", "BST"):
    kept_of = kept_200.loc[ranker]
    print(
        f"{ranker:9s} of its full ranking: {kept_of['profile']:.1%} with the profile's "
        f"200, {kept_of['sequence']:.1%} with the sequence tower's"
    )

# %% [markdown]
# They can be better, where the first stage knows something that the ranker doesn't: it keeps away products that the ranker would have put on top by mistake ("moved up" is larger than "missed").
# That says more about the ranker than about the idea. So one more question belongs to every budget: is the ranker better than **no ranker**, the first stage's own list? (200 candidates of the sequence tower.)

# %% tags=["nbval-check-output"]
own = (
    quality[(quality["first"] == "sequence") & (quality["n"] == 200)]
    .groupby("ranker")["two_stages"]
    .mean()
)
own = own.rename({"sequence": "nobody: the tower's own order"}).sort_values(
    ascending=False
)
own.rename_axis("candidates in order by").rename("NDCG@10").round(3).to_frame()

# %% [markdown]
# A second stage earns its time only if it is the better judge. SASRec is, by a little. BERT4Rec and BST, *as they are trained here*, are not: they spoil the tower's lists. That is no verdict on the models. BST has seen each click once; what more epochs would give was not tried.
# Ask it before each launch, of the ranker as it is: is the list better than the first stage's own?
#
# ## 11.8 What is won
#
# Time per shopper at 80,000 products. All item vectors are computed beforehand, for full ranking too. How many times as fast as full ranking are two stages, with cells, for one
# shopper? **Guess** the order of magnitude for BST, and then: for SASRec, whose full ranking is one encoding and *one* product with a matrix?

# %%
# How many times as fast two stages are, BST: a number (times)
guess("11.11", ...)
# How many times as fast two stages are, SASRec: a number (times)
guess("11.12", ...)

# %% tags=["nbval-check-output"]
latency = measured("11_latency")
latency["way"] = latency["way"].replace(
    {"full": "full ranking", "exact": "two stages", "cells": "two stages, cells"}
)
rankers = latency[latency["ranker"] != "retrieval"]
times = rankers.set_index(["ranker", "way"])
times.columns = [
    "one shopper, median ms",
    "one shopper, 95 % ms",
    "in a batch, ms a shopper",
]
median = rankers.pivot(index="ranker", columns="way", values="p50_ms")
ratio = {
    ranker: median.loc[ranker, "full ranking"] / median.loc[ranker, "two stages, cells"]
    for ranker in median.index
}
reveal("11.11", ratio["BST"])
reveal("11.12", ratio["SASRec"])
times.round(2)

# %% tags=["nbval-check-output"]
batch = rankers.pivot(index="ranker", columns="way", values="batch_ms")
print(f"BST, full over two stages: {ratio['BST']:.0f} x")
for ranker in ("SASRec", "BERT4Rec"):
    in_batch = (
        batch.loc[ranker, "full ranking"] / batch.loc[ranker, "two stages, cells"]
    )
    print(
        f"{ranker}: {ratio[ranker]:.1f} x for one shopper, {in_batch:.1f} x in a batch"
    )

# %% [markdown]
# (Processor milliseconds of one thread; the rankers are untrained, which a clock does not notice, the tower was trained for a minute. Batches of 64, for BST of 2.
# `python -m benchmarks.bench_two_tower latency`.)
#
# For BST it is the difference between impossible and easy. For SASRec and BERT4Rec it is no such thing: they *are* two towers already, one product of matrices away from a full ranking. The two stages
# encode every history twice, once for each stage. They pay off for such models only
#
# - where the catalogue is so large that the product of matrices is what takes the time (millions),
# - where the first stage is needed anyway: several sources of candidates, products that are out of stock, rules of the shop,
# - or where the second stage knows what no tower can: the candidate and the history *together*, prices of the moment, the slot on the page.
#
# ## 11.9 Take it home
#
# Both stages are recommenders (chapter 08), fitted on one log and one catalogue, and reading its content (chapter 10). `TwoStageRecommender` puts them together.

# %%
split = log[log["user_id"] < 400]
catalogue = shop.products.rename_axis("item_id").reset_index()
reads = Content(columns=content)
training = TrainConfig(epochs=2, batch_size=32, learning_rate=0.005)
stages = [
    SequentialRecommender(config, max_len=20, training=training, progress=False).fit(
        split, items=catalogue
    )
    for config in (
        TwoTowerConfig(D=32, content=reads),
        SASRecConfig(D=32, n_blocks=1, content=reads),
    )
]
both = TwoStageRecommender(*stages, n_candidates=100)
lists = both.recommend(split, top_k=5)
pd.DataFrame(
    {f"place {place + 1}": types[lists[:3, place]].to_numpy() for place in range(5)}
)

# %% tags=["nbval-check-output"]
everything = TwoStageRecommender(*stages, n_candidates=N_ITEMS).recommend(
    split, top_k=5
)
same_lists = (everything == stages[1].recommend(split, top_k=5)).mean()
print(
    f"all products as candidates: {same_lists:.0%} of the places are the ranker's own"
)

# %% [markdown]
# ## Key ideas
#
# - Two towers: user and item meet in a dot product only. Item vectors are made beforehand, and finding candidates is a search among points.
# - In-batch negatives are free. They are as popular as clicks, so take log q off; leave out the row's own target; add uniform ones for products that nobody clicks.
# - A profile has no order. That is bad for a list of ten, and matters less for two hundred candidates.
# - The error budget adds up exactly: ranking error, missed, moved up. It prices a miss by the ranker that we have.
# - To know what a stage costs, exchange it for a perfect one and change nothing else.
# - Two stages are a must for rankers that read history and candidate together. For rankers that are a dot product anyway, measure first.

# %%
scoreboard("11")
calibration("11")

# %%
quiz("11.1")

# %%
quiz("11.2")

# %%
quiz("11.3")

# %%
quiz("11.4")

# %% [markdown]
# **Go further.** Covington, Adams & Sargin (2016), [*Deep Neural Networks for YouTube Recommendations*](https://doi.org/10.1145/2959100.2959190). Yi et al. (2019), [*Sampling-Bias-Corrected Neural Modeling
# for Large Corpus Item Recommendations*](https://doi.org/10.1145/3298689.3346996). Yang et al. (2020), [*Mixed Negative Sampling for Learning Two-tower Neural Networks in Recommendations*](https://doi.org/10.1145/3366424.3386195). Johnson, Douze & Jégou (2017),
# [*Billion-scale similarity search with GPUs*](https://arxiv.org/abs/1702.08734). Malkov & Yashunin (2016), [*Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs*](https://arxiv.org/abs/1603.09320).
#
# **Open task.** With 1,500 shoppers SASRec ranks the candidates worse than the tower that found them, and more epochs don't mend it. Is there a second stage that does better here: another width, more dropout, or content only? Three seeds, and the settings chosen on other shoppers. We don't know the answer.
#
# Next: **[12 · Session graphs](12_session_graphs.ipynb)**.
