# %% [markdown]
# # 15 · Into the shop
#
# So far a model was judged by clicks that happened without it. Now it goes into the shop: it chooses what is shown, shoppers answer, and the answers are what it learns from next.
# This changes more than one would think.
#
# **After this chapter you can** save a model and serve it, say how slow its slowest answers are, run an A/B test and tell how many shoppers it takes, explain why the
# order of models online is not quite that offline, see a shop's log narrow under a model that learns from its own slates, and judge a policy that never ran.
#
# **You need** chapters 05 and 08; 01 for LinUCB. **Time:** 105 minutes, exercises included.

# %%
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

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
from course.figures import COLOUR_OF, COLOURS, WIDE, show
from seqrec.baselines import ItemCoOccurrence, LinUCB, MarkovChain, Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.shop import (
    Comparison,
    Estimate,
    LinUCBPolicy,
    SoftmaxPolicy,
    diversify,
    draw_slates,
    product_scores,
    sample_ratio_mismatch,
    time_calls,
)
from seqrec.training import TrainConfig
from zooplus_sim import (
    BeliefPolicy,
    IntentPolicy,
    Oracle,
    RandomPolicy,
    Storefront,
    ZooplusSimulator,
    run,
)

N_ITEMS, K, STEPS = 50, 5, 20
SHOPPERS, LEARNERS, ANNA = 300, 700, 23
shop = ZooplusSimulator(n_users=4_000)
types = shop.products["product_type"]
journeys = shop.journeys(
    events_per_user=(10, 40), users=np.arange(SHOPPERS + LEARNERS), seed=1
).interactions
# What the models learn from; the first 300 shoppers come to the shop
log = journeys[journeys["user_id"] >= SHOPPERS]
clicks = build_sequences(journeys[journeys["user_id"] < SHOPPERS], 40)["item_sequence"]
# (B, L): all clicks of the 300 but the last
histories = pad_left([row[:-1] for row in clicks], 40)
oracle = Oracle(shop)
law = oracle.next_item_probabilities(histories)  # (B, V)


def tell(text):
    """Print it in lines that a narrow page holds."""
    print(textwrap.fill(text, 72, subsequent_indent="    "))


print("Anna:", " > ".join(types[clicks[ANNA][:3]]))

# %% [markdown]
# ## 15.1 Save, load, serve
#
# A small SASRec (chapter 08), trained for a few seconds. Serving happens elsewhere and later, so it goes to a folder, and what we use from here on is what comes back from it.

# %%
model = SequentialRecommender(
    SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0),
    max_len=STEPS,
    progress=False,
    device="cpu",
    training=TrainConfig(
        epochs=10,
        batch_size=32,
        learning_rate=0.005,
        schedule="linear",
        warmup_steps=50,
    ),
).fit(log, items=np.arange(1, N_ITEMS + 1))

folder = Path(tempfile.mkdtemp()) / "v1"
model.save(folder, with_histories=False)
files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
served = SequentialRecommender.load(folder, device="cpu")
# The same scores, bit for bit
assert np.array_equal(model.score_items(log), served.score_items(log))

# %% tags=["nbval-check-output"]
print("files:", ", ".join(files))
print(f"together {sum(files.values()) / 1000:.0f} kB")

# %% [markdown]
# Numbers and JSON, no pickle: loading it runs nobody's code. `with_histories=False` left the shoppers out: a server needs the weights, not last year's customers.
#
# A server is asked by one shopper at a time, with the clicks of this minute. `recommend_next` takes just that. The whole serving function:


# %%
def serve(clicked, k=5):
    """k products for a shopper who has clicked these, best first."""
    return served.recommend_next([clicked], top_k=k)[0]


tell(f"Anna is shown: {', '.join(types[serve(clicks[ANNA][:3])].unique())}")
tell(f"a stranger is shown: {', '.join(types[serve([])].unique())}")

# %% tags=["nbval-check-output"]
tell(f"who clicked 999 is shown: {', '.join(types[serve([999])].unique())}")

# %% [markdown]
# (There is no product 999. It is left out, and a stranger is left.)
#
# ### A server that one can ask
#
# The shop's website is another program, on another machine. It asks over HTTP. The library has a server: one command, and the folder.
#
# ```
# python -m seqrec.serve models/v1 --port 8000
# ```
#
# We start it here, as a process of its own. Port 0 takes any that is free; the server says which. (The page [docs/serving.md](https://github.com/zooplus-course/zooplus-course/blob/main/docs/serving.md) has the rest: limits, metrics, another model without a pause.)


# %%
def start_server(folder, *words):
    """(process, address) of a server that answers."""
    root = str(resources.files("seqrec").parent)
    process = subprocess.Popen(
        [sys.executable, "-m", "seqrec.serve", folder, "--port", "0", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    address = process.stdout.readline().split()[-1]
    while process.poll() is None:
        try:
            urllib.request.urlopen(address + "/health").close()
            break
        except OSError:
            time.sleep(0.05)
    return process, address


def ask(path, question=None):
    """What the server says: a GET, or a POST of a question."""
    body = None if question is None else json.dumps(question).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, body)) as answer:
        return answer.read().decode()


server, address = start_server(folder, "--delay", "500")

# %%
question = {"histories": [clicks[ANNA][:3].tolist(), []], "top_k": 5}
said = json.loads(ask("/recommend", question))
for who, one in zip(("Anna", "a stranger"), said["lists"], strict=True):
    print(f"{who:10s} {one['items']}  popularity answered: {one['is_fallback']}")
assert said["lists"][0]["items"] == serve(clicks[ANNA][:3]).tolist()
print("answered by", said["model"]["name"])

# %% [markdown]
# The same five as from our function. (And the answer names the model: a log of answers tells later which one gave them.)
#
# **Guess:** thirty shoppers ask at the same moment, each with a request of their own. How many forward passes does the server make?

# %%
# Forward passes for thirty requests at once: a number
guess("15.1", ...)


# %%
def n_passes():
    """Forward passes so far, out of the server's own metrics."""
    lines = ask("/metrics").splitlines()
    counted = [
        line for line in lines if line.startswith("seqrec_batch_histories_count")
    ]
    return int(float(counted[0].split()[-1]))


before = n_passes()
questions = [{"histories": [row[:10].tolist()], "top_k": 5} for row in clicks[:30]]
with ThreadPoolExecutor(30) as browsers:
    answered = list(browsers.map(lambda one: ask("/recommend", one), questions))
passes = n_passes() - before
reveal("15.1", passes)
print(f"{len(answered)} requests, forward passes: {passes}")

# %% [markdown]
# Mostly one, two if a browser was late. The server does not answer at once. It waits a moment for others (`--delay`: 2 milliseconds if nobody says otherwise, half a second here, so that you can see it), and answers all of them together.
# It does so because a forward pass for 64 histories costs far less than 64 passes for one each. The ratios come below.
#
# Now we end the server. SIGTERM lets it answer those who wait first.

# %%
server.terminate()
server.wait()
server.stdout.close()

# %% [markdown]
# A server for the network alone can do without PyTorch, and without Python: `export_onnx` writes what the network computes as an [ONNX](https://onnx.ai) file, a list of operations and their numbers that many runtimes read. [docs/serving.md](https://github.com/zooplus-course/zooplus-course/blob/main/docs/serving.md) shows it.
#
# ### How long does it take?
#
# How long does an answer take? A mean would hide what hurts. Of a page with ten such calls, one in ten has a call that is slower than 99 in 100. So one reports **percentiles**: p50, the typical answer; p95 and
# p99, what the unlucky get.
#
# ### Your turn (15.1) · 5 minutes
#
# The *nearest rank*: the p-th percentile of n values is the smallest of them such that at least p % of the values are not larger. It is always a time that did occur.


# %%
@exercise("15.1")
def nearest_rank(values, percents):
    """Percentiles by nearest rank.

    values: (n,) numbers in any order. percents: (m,) above 0, up to 100, maybe a list.
    Returns (m,) of the values.
    """
    ### BEGIN SOLUTION
    ordered = np.sort(values)
    # Counted from 1
    rank = np.ceil(np.asarray(percents) * len(ordered) / 100).astype(int)
    return ordered[rank - 1]
    ### END SOLUTION


# %%
hint("15.1")

# %% [markdown]
# **Guess** both ratios before you run it: how many times cheaper, at p50, is a shopper in a batch of 64 than alone? And alone, how many times p50 is p99? (The first 20 calls are left out: they fill caches. We count the
# time of our processor only, so that what else runs on it does not matter.)

# %%
# How much cheaper a shopper is in a batch of 64: a number (times)
guess("15.2", ...)
# p99 of a shopper alone, over p50: a number (times)
guess("15.3", ...)

# %%
asked = [row[-STEPS:] for row in clicks]
alone = time_calls(serve, asked, clock=time.process_time)
batches = [asked[i : i + 64] for i in range(0, 180, 3)]
together = (
    time_calls(
        lambda some: served.recommend_next(some, top_k=K),
        batches,
        clock=time.process_time,
    )
    / 64
)

# %% tags=["timing"]
for name, took in (("one at a time", alone), ("64 at a time", together)):
    p50, p95, p99 = nearest_rank(took, [50, 95, 99])
    print(f"{name}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms a shopper")
median, slowest = nearest_rank(alone, [50, 99])
reveal("15.2", median / nearest_rank(together, [50])[0])
reveal("15.3", slowest / median)

# %% [markdown]
# Three models of this course side by side, measured the same way:

# %% tags=["nbval-check-output"]
latency = measured("15_latency")
latency.set_index(["model", "batch"])[["p50_ms", "p95_ms", "p99_ms"]].round(3)

# %% tags=["nbval-check-output"]
p50 = latency.pivot(index="model", columns="batch", values="p50_ms")
for batch in (1, 64):
    ratio = p50.loc["BST", batch] / p50.loc["SASRec", batch]
    print(f"BST over SASRec, {batch:2d} at a time: {ratio:.2g} times")

# %% [markdown]
# (Milliseconds of one thread per shopper, 50 products.)
#
# ```
# python -m benchmarks.bench_shop latency
# ```
#
# Alone, most of it is not the network but the way to it: a dozen small steps of Python, so
# BST is only twice as slow. The batch shows that it computes a sequence for every product (chapter 11).
#
# ## 15.2 Who looks at a slate?
#
# In the shop a model shows a **slate** of five. Our storefront has a law of how shoppers look at it, which real shops can only guess at:
#
# - the first place is looked at; each next one with probability .85, as long as nothing was taken: the **cascade**;
# - what one came for is taken with probability .8, another product of the same type with .4 or less (the wrong price tier); anything else never;
# - what was shown in vain **tires**: each such showing multiplies by .8, and is forgotten slowly;
# - who takes nothing finds what they came for by themselves. So every step ends with a click, on the slate or elsewhere.
#
# The same products in another order are another slate. **Guess:** SASRec's slates, turned upside down: which share of the clicks is lost?

# %%
# Clicks lost upside down: a number, in %
guess("15.4", ...)

# %%
front = Storefront(shop, shoppers=SHOPPERS, slate_size=K, n_steps=STEPS, seed=1)
score = product_scores(served, N_ITEMS)  # histories (B, L) -> (B, V)
best = SoftmaxPolicy(score, K)  # temperature 0: the five best


def upside_down(observation, info):
    return best(observation, info)[:, ::-1]


def click_rates(of):
    """(B,) which share of a shopper's slates was clicked."""
    return of["clicked"].to_numpy().reshape(-1, STEPS).mean(axis=1)


shelves = {
    "SASRec": run(front, best, truth=True),
    "upside down": run(front, upside_down, truth=True),
}
rate = {name: click_rates(of).mean() for name, of in shelves.items()}
fig, ax = plt.subplots(figsize=WIDE)
for (name, of), shift, colour in zip(
    shelves.items(), (-0.2, 0.2), COLOURS, strict=False
):
    by_place = np.bincount(of["place"] + 1, minlength=K + 1)[1:] / len(of)
    ax.bar(
        np.arange(1, K + 1) + shift,
        by_place,
        width=0.4,
        color=colour,
        label=f"{name}: {by_place.sum():.1%}",
    )
ax.set(
    xlabel="place",
    ylabel="share of slates clicked there",
    title="The same five products, and their order",
)
ax.grid(axis="x", visible=False)
ax.legend(title="clicked at all")
show(
    fig,
    alt="Clicks by place. SASRec's slates are clicked mostly at place one, and less "
    "and less below. Upside down, the lower places get more than the upper ones, "
    "though fewer shoppers get there, and fewer slates are clicked at all.",
)
reveal("15.4", 100 * (1 - rate["upside down"] / rate["SASRec"]))

# %% [markdown]
# With the very same products. And mind what a *log* of these slates says: place five is hardly ever clicked when the best stands on top. Is what stands there not wanted, or not seen?
#
# ### Your turn (15.2) · 8 minutes
#
# Shoppers go down the slate and stop at what they take. So everything above a click was **seen and not wanted**, and of what stands below it nothing is known. Without a click we assume that all was seen.


# %%
@exercise("15.2")
def seen_places(slates, places):
    """The examples in a log of slates: what was seen, and whether it was taken.

    slates: (B, K) products, 0 = empty place. places: (B,) the place that was clicked, 0
    to K - 1, or -1 for none.
    Returns three arrays (n,): the rows of `slates`, the products, the rewards 0.0 or
    1.0. Row by row, from the top down. Empty places are no examples.
    """
    ### BEGIN SOLUTION
    # (B, K)
    was_seen = (np.arange(slates.shape[1]) <= places[:, None]) | (places[:, None] < 0)
    rows, columns = np.nonzero(was_seen & (slates > 0))
    return rows, slates[rows, columns], (columns == places[rows]).astype(float)
    ### END SOLUTION


# %%
hint("15.2")

# %%
of = shelves["SASRec"]
slates, places = of.filter(like="shown_").to_numpy(), of["place"].to_numpy()
rows, products, rewards = seen_places(slates, places)
shown, seen, taken = (
    np.bincount(part, minlength=N_ITEMS + 1)[1:]
    for part in (slates.ravel(), products, products[rewards > 0])
)
unseen = 1 - len(products) / slates.size
print(f"{slates.size:,} products were shown, {unseen:.0%} of them not seen")
per_product = pd.DataFrame(
    {
        "of what was shown": taken / shown.clip(1),
        "of what was seen": taken / seen.clip(1),
    }
)
raised = per_product["of what was seen"] / per_product["of what was shown"]
print(
    "counting what was seen raises a product's rate "
    f"{raised.min():.2f} to {raised.max():.2f} times"
)

# %% [markdown]
# ## 15.3 A bandit that learns while it serves
#
# LinUCB (chapter 01) needs such examples, and now it gets them as it goes: it shows the five products with the highest upper bounds, sees what is taken, updates, and shows the next five.
# Of a shopper it is told which share of their clicks was in each category. It begins knowing nothing.

# %%
category = shop.products["category"].astype("category").cat.codes.to_numpy()
member = np.zeros((N_ITEMS + 1, category.max() + 1))  # (V, categories)
member[np.arange(1, N_ITEMS + 1), category] = 1


def category_shares(observation):
    """(B, L) -> (B, D): a constant 1, and each category's share of the clicks."""
    counts = member[observation].sum(axis=1)
    return np.concatenate(
        [np.ones((len(counts), 1)), counts / counts.sum(1, keepdims=True).clip(min=1)],
        axis=1,
    )


bandit = LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), category_shares, K)
lines = {
    "LinUCB, first episode": run(front, bandit, truth=True),
    "LinUCB, second episode": run(front, bandit, truth=True),
    "popularity": run(
        front,
        SoftmaxPolicy(product_scores(Popularity(N_ITEMS).fit(log), N_ITEMS), K),
        truth=True,
    ),
    "SASRec": shelves["SASRec"],
}
fig, ax = plt.subplots(figsize=WIDE)
for (name, of), ls in zip(lines.items(), (":", "-", "-", "-"), strict=True):
    by_step = of.groupby("step")["click_probability"].mean()
    colour = COLOUR_OF[name.partition(",")[0]]
    ax.plot(by_step.index + 1, by_step, ls, color=colour, label=name)
ax.set(
    xlabel="step of the episode",
    ylabel="click rate",
    ylim=(0, None),
    xticks=(1, 5, 10, 15, 20),
)
ax.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
show(
    fig,
    alt="Click rate by step of the episode. Popularity stays near a tenth. LinUCB's "
    "first episode is at that level or below for ten steps, then jumps to a quarter "
    "and declines to about a sixth, which is also where its second episode ends after "
    "a better start. SASRec is far above both from the second step on.",
)

# %%
steps_of = {"steps 1 to 3": range(3), "steps 11 to 20": range(10, STEPS)}
pd.DataFrame(
    {
        name: [
            of.loc[of["step"].isin(some), "click_probability"].mean()
            for some in steps_of.values()
        ]
        for name, of in lines.items()
    },
    index=steps_of,
).T.round(3)

# %% [markdown]
# The jump has a plain reason. Our bandit serves 300 shoppers at a time and learns when all have answered, so they all get the same untried products, five a step: after ten steps it has tried all 50.
#
# A bandit earns its knowledge where it serves, without any log from before. But a memoryless model, however clever its exploration, does not know that the bowl *has been clicked*
# (chapter 01). And look at popularity: the very same five products, step after step, and the shoppers are tired of them.
#
# ## 15.4 Temperature: what exploration costs
#
# A policy that shows its five best learns nothing about the other 45. A softer one draws: the first place from the softmax of score / temperature, the second from what is left, and so on.
# (`draw_slates` does this without a loop: add Gumbel noise, take the top five.) At temperature 0 it is the top five; at 1 it shows products as often as it believes in them.
#
# ### Your turn (15.3) · 10 minutes · *hard*
#
# Whoever wants to use such a log later must know **how probable each slate was**: its *propensity*. Write it, as a log, since five small numbers get multiplied:
#
# $$\log P = \sum_{k} \Big( \frac{s_k}{T} - \log \sum_{j\ \text{not shown above}} e^{s_j / T} \Big)$$


# %%
@exercise("15.3")
def slate_log_propensity(scores, slates, temperature):
    """Log-probability that these slates are drawn, in this order: (B,).

    scores: (B, V), column j is product j, column 0 (padding) is -inf and never drawn.
    slates: (B, K) products. `np.logaddexp.reduce(x, axis=1)` is log of the sum of
    exp(x), without overflow. Don't edit the arguments.
    """
    ### BEGIN SOLUTION
    left = scores / temperature  # (B, V): what may still be drawn
    row, total = np.arange(len(left)), np.zeros(len(left))
    for items in slates.T:
        total += left[row, items] - np.logaddexp.reduce(left, axis=1)
        left[row, items] = -np.inf
    return total
    ### END SOLUTION


# %%
hint("15.3")

# %% [markdown]
# **Guess:** which share of its clicks does SASRec lose if the slates are drawn at temperature 1? And how many of the 50 products are shown then? We count *effective* products: exp of the entropy of what is shown, so that
# a product shown once in a thousand slates counts for little.

# %%
# Clicks lost at temperature 1: a number, in %
guess("15.5", ...)
# Effective products at temperature 1: a number (of 50)
guess("15.6", ...)


# %%
def effective_products(of):
    """How many products were shown, those shown rarely counting little."""
    share = np.bincount(
        of.filter(like="shown_").to_numpy().ravel(), minlength=N_ITEMS + 1
    )[1:] / (len(of) * K)
    return np.exp(-(share[share > 0] * np.log(share[share > 0])).sum())


temperatures = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
softer = {
    t: run(front, SoftmaxPolicy(score, K, temperature=t), truth=True)
    for t in temperatures
}
cost = pd.DataFrame(
    {
        "click rate": [of["click_probability"].mean() for of in softer.values()],
        "effective products": [*map(effective_products, softer.values())],
    },
    index=pd.Index(temperatures, name="temperature"),
)
at_random = run(front, RandomPolicy(front), truth=True)
fig, ax = plt.subplots(figsize=WIDE)
ax.plot(cost["effective products"], cost["click rate"], "o-", color=COLOURS[0])
for t, row in cost.iterrows():
    ax.annotate(
        f"{t:g}",
        (row["effective products"], row["click rate"]),
        xytext=(6, 3),
        textcoords="offset points",
        size=9,
    )
ax.plot(
    effective_products(at_random),
    at_random["click_probability"].mean(),
    "s",
    color="0.5",
)
ax.annotate(
    "random",
    (50, at_random["click_probability"].mean()),
    xytext=(-14, 8),
    textcoords="offset points",
    size=9,
)
ax.set(
    xlabel="effective products, of 50",
    ylabel="click rate",
    ylim=(0, None),
    title="SASRec's slates, by temperature",
)
show(
    fig,
    alt="Click rate over effective products, one point per temperature. From 0 to a "
    "half the curve falls slowly while more products are shown, from 1 on it falls "
    "steeply towards the point of random slates.",
)
reveal("15.5", 100 * (1 - cost.loc[1.0, "click rate"] / cost.loc[0.0, "click rate"]))
reveal("15.6", cost.loc[1.0, "effective products"])

# %%
of_0 = cost.loc[0.0, "click rate"]
for t in (0.25, 1.0, 4.0):
    print(
        f"temperature {t:4.2f}: {1 - cost.loc[t, 'click rate'] / of_0:.0%} "
        "of the clicks lost"
    )
row = score(histories[[ANNA]])
rng = np.random.default_rng(0)
drawn = draw_slates(row, K, 1.0, rng)
chance = np.exp(slate_log_propensity(row, drawn, 1.0)[0])
print(f"a slate drawn for Anna at temperature 1 had a chance of 1 in {1 / chance:,.0f}")

# %% [markdown]
# The last line is a warning for later. Even this slate, a rather probable one, was improbable. There are 50 · 49 · 48 · 47 · 46, a quarter of a billion, ordered slates.
#
# So exploration has a price, and the price list is smooth: a little costs little. What does it earn? Nothing today. Sections 15.7 and 15.8 are about tomorrow.
#
# ### Five of a kind
#
# Shops often want a list with *different* things in it. **Maximal marginal relevance** (Carbonell & Goldstein, [1998](https://doi.org/10.1145/290941.291025)) fills it place by place, with what is good and unlike what stands above:
#
# $$\text{trade-off} \cdot \text{score}(i) - (1 - \text{trade-off}) \cdot \max_{j\ \text{above}} \cos(i, j)$$
#
# What is "like"? Here two products are alike if they are of one type. SASRec's twenty best are candidates, their probabilities (the highest = 1) are the scores. At a trade-off of 1 only the score counts; at 0 only the difference.
#
# **Guess:** at a trade-off of .5, how many of the clicks are lost? (A negative number: clicks are won.)

# %%
# Clicks lost at a trade-off of .5: a number, in %
guess("15.7", ...)

# %%
kinds_of = np.zeros((N_ITEMS + 1, types.nunique()))  # (V, types)
kinds_of[np.arange(1, N_ITEMS + 1), types.astype("category").cat.codes] = 1


def different(trade_off):
    """A policy: SASRec's twenty best, the five of them that MMR takes."""

    def policy(observation, info):
        scores = score(observation)
        candidates = np.argsort(-scores, axis=1)[:, :20]  # (B, 20)
        chances = np.exp(np.take_along_axis(scores, candidates, axis=1))
        chances = chances / chances[:, :1]
        places = diversify(chances, kinds_of[candidates], K, trade_off)
        return np.take_along_axis(candidates, places, axis=1)

    return policy


mixed = {}
for trade_off in (1.0, 0.8, 0.5, 0.2, 0.0):
    of = run(front, different(trade_off), truth=True)
    shown = of.filter(like="shown_").to_numpy()
    mixed[trade_off] = {
        "click rate": of["click_probability"].mean(),
        "types on a slate": (kinds_of[shown].sum(axis=1) > 0).sum(axis=1).mean(),
        "effective products": effective_products(of),
    }
mixed = pd.DataFrame(mixed).T.rename_axis("trade-off")
reveal("15.7", 100 * (1 - mixed["click rate"][0.5] / mixed["click rate"][1.0]))
mixed.round({"click rate": 3, "types on a slate": 1, "effective products": 1})

# %%
by_chance = (kinds_of[at_random.filter(like="shown_").to_numpy()].sum(axis=1) > 0).sum(
    axis=1
)
print(f"five products at random are of {by_chance.mean():.1f} types")

# %% [markdown]
# SASRec's own five are of fewer types than five at random would be: a model of the next click repeats itself, with two bowls side by side. To have five different types costs a tenth of the clicks. Below .5 nothing moves any more, for five types are all that five places hold.
#
# And look at the last column. Each list is more mixed, but all lists *together* show less of the shop: what is shown falls on fewer products. Diversity within a list and coverage over shoppers are two things. Whether variety brings shoppers back later is a question to an A/B test; the rules of this shop don't reward it.
#
# ## 15.5 The A/B test
#
# Which policy is better? Show each to some shoppers and compare. Chance decides who gets what, so there is a confidence interval. Ours can be narrower than a real shop's: in a simulator
# **the same shoppers can be served twice**, with the same missions and the same luck (*common random numbers*), once by each policy. What one shopper would have clicked anyway cancels out in the difference.
#
# ### Your turn (15.4) · 8 minutes
#
# With $d_i$ the difference of shopper $i$, the interval is $\bar d \pm z \sqrt{\mathrm{var}(d) / n}$. For the interval of 95 %, $z$ is the .975 quantile of the normal law: `NormalDist().inv_cdf(0.975)`.


# %%
@exercise("15.4")
def paired_comparison(treatment, control, confidence=0.95):
    """What the treatment earns more per shopper, with its interval.

    Returns Comparison(difference, standard_error, low, high, variance,
    variance_of_strangers).

    treatment, control: (n,) earnings of the same shoppers in the same order.
    variance: of the differences (n - 1 in the denominator). variance_of_strangers: what
    the variance of a difference would be if the two had met different shoppers: the sum
    of both variances.
    """
    ### BEGIN SOLUTION
    gain = treatment - control
    variance = gain.var(ddof=1)
    error = np.sqrt(variance / len(gain))
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    strangers = treatment.var(ddof=1) + control.var(ddof=1)
    return Comparison(
        gain.mean(), error, gain.mean() - half, gain.mean() + half, variance, strangers
    )
    ### END SOLUTION


# %%
hint("15.4")

# %% [markdown]
# A shopper is the unit, not a slate: twenty slates of one shopper hang together. (For one of our policies not even shoppers are independent. We come to that.) Two policies join in that no shop can have. **Belief** is the best that a model could do: the exact posterior, slates and
# fatigue included. **Intent** reads the shopper's mind: the roof.
#
# **Guess the order** of those that have to learn, the lowest click rate first. And the best of them: which share of the roof's clicks does it get?

# %%
# Those that have to learn, the lowest click rate first: letters in your order, in
# quotation marks: A co-occurrence; B LinUCB; C Markov; D popularity; E SASRec
guess("15.8", ...)
# The best of them, of the roof's clicks: a number, in %
guess("15.9", ...)

# %%
models = {
    "popularity": Popularity(N_ITEMS),
    "Markov": MarkovChain(N_ITEMS),
    "co-occurrence": ItemCoOccurrence(N_ITEMS),
}
scores = {
    name: product_scores(counting.fit(log), N_ITEMS)
    for name, counting in models.items()
}
scores |= {"SASRec": score, "oracle's ranking": oracle.next_item_probabilities}
policies = {name: SoftmaxPolicy(of, K) for name, of in scores.items()}
policies |= {"LinUCB": LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), category_shares, K)}
policies |= {"belief": BeliefPolicy(front), "intent": IntentPolicy(front)}
served_by = {name: run(front, policy) for name, policy in policies.items()}
rates = {name: click_rates(of) for name, of in served_by.items()}
lifts = pd.DataFrame(
    {
        name: paired_comparison(of, rates["popularity"])._asdict()
        for name, of in rates.items()
    }
).T
online = pd.Series({name: of.mean() for name, of in rates.items()})
learned = online.drop(["oracle's ranking", "belief", "intent"])
reveal("15.8", learned.sort_values().index)
reveal("15.9", 100 * learned.max() / online["intent"])
lifts = lifts.assign(click_rate=online).sort_values("click_rate").astype(float)
lifts[["click_rate", "difference", "low", "high"]].round(3)

# %%
gap = {
    "belief over the oracle's ranking": ("belief", "oracle's ranking"),
    "intent over belief": ("intent", "belief"),
}
for name, (one, other) in gap.items():
    close = paired_comparison(rates[one], rates[other])
    print(
        f"{name:33s} {close.difference:+.3f}, from {close.low:+.3f} to {close.high:+.3f}"
    )

# %% [markdown]
# (*difference*: over popularity; *low* and *high*: the interval of 95 %.)
#
# *Belief* knows about fatigue and slates, the oracle's ranking about neither, and 300 shoppers can't tell them apart: one step ahead, there is little to be made of it. Between belief and intent lies
# what no model can know. Shoppers decide at the last moment.
#
# ### Whose interval is too narrow?
#
# The formula takes shoppers for **independent**: what one of them does tells nothing of another. One policy of ours breaks this. **Guess** which one.

# %%
# The policy whose shoppers are not independent: "belief", "LinUCB", "popularity" or
# "SASRec"
guess("15.10", ...)

# %% [markdown]
# A simulator can check it: run the same test forty times, each with 300 shoppers of its own and with policies that begin anew. How far do the results really spread, and which standard error did each state?

# %%
crowd, tests = ZooplusSimulator(n_users=13_000), []
for first in range(1_000, 13_000, SHOPPERS):
    at = Storefront(
        crowd,
        shoppers=np.arange(first, first + SHOPPERS),
        slate_size=K,
        n_steps=STEPS,
        seed=1,
    )
    learner = LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), category_shares, K)
    with_bandit, with_popular = (
        click_rates(run(at, policy)) for policy in (learner, policies["popularity"])
    )
    for name, of in (
        ("popularity", with_popular),
        ("LinUCB over popularity", with_bandit - with_popular),
    ):
        tests.append((name, of.mean(), of.std(ddof=1) / np.sqrt(SHOPPERS)))
tests = pd.DataFrame(tests, columns=["what", "result", "stated"]).groupby(
    "what", sort=False
)
honesty = pd.DataFrame(
    {
        "spread of 40 results": tests["result"].std(),
        "standard error stated": tests["stated"].mean(),
    }
)
honesty["ratio"] = honesty.iloc[:, 0] / honesty.iloc[:, 1]
# "LinUCB over popularity": the interval of the first
name, _, _ = honesty["ratio"].idxmax().partition(" over ")
reveal("15.10", name)
honesty.round(4)

# %% [markdown]
# Popularity is the same for every shopper, and its interval is honest. LinUCB's shoppers share *one learner*: what the first ones happen to take decides what all others are shown, so a lucky beginning is lucky for all 300. Their mean wavers more than the spread between
# them tells, and the interval is **optimistic**: the true spread is about half as large again. So read its interval in the table above, and both of its intervals in the figure below, as wider than they are
# drawn; its lift, .03 above and .05 below, is beyond them all the same. The cure is to make a whole run of the learner the unit, and to run several; or to freeze what it has learned before the test begins. Whatever learns *during* a test needs one of the two.
#
# The full contest: three seeds of world, training and shoppers. (Its intervals speak of these three trained models of each kind, not of all that one could train.)

# %%
ab = measured("15_ab")
pairs = measured("15_ab_pairs")
SEEDS = ab["seed"].nunique()
table = ab.groupby("policy").mean(numeric_only=True)


def pooled(policy, over):
    """Difference of two policies over all seeds, with its standard error."""
    some = pairs[(pairs["policy"] == policy) & (pairs["over"] == over)]
    return some["difference"].mean(), np.sqrt(
        (some["standard_error"] ** 2).sum()
    ) / SEEDS


order = table["click_rate"].sort_values().index
fig, ax = plt.subplots(figsize=(7.6, 4.4))
for row, name in enumerate(order):
    lift, error = pooled(name, "popularity") if name != "popularity" else (0, 0)
    roof = name in ("belief", "intent", "oracle's ranking")
    known_as = {"Markov": "Markov chain"}.get(name, name.partition(",")[0])
    colour = COLOUR_OF["oracle" if roof else known_as]
    # The bar is the interval, the tick its middle
    ax.errorbar(
        lift, row, xerr=1.96 * error, fmt="|", ms=12, mew=2, elinewidth=5, color=colour
    )
    ax.text(0.85, row, f"{table.loc[name, 'click_rate']:.3f}", size=9, va="center")
ax.axvline(0, color="0.5", lw=1)
ax.set_yticks(range(len(order)), order)
ax.set(
    xlabel="lift of the click rate over popularity, and its interval of 95 %",
    xlim=(-0.05, 0.82),
)
ax.text(0.85, len(order) - 0.4, "click\nrate", size=9, va="bottom")
show(
    fig,
    alt="Lift over popularity with intervals, policies from the lowest click rate to "
    "the highest; the click rates stand at the right edge. The intervals are bars of "
    "about a hundredth, hardly wider than the tick in their middle. Intent is far to "
    "the right of all others; belief and the oracle's ranking are next to each other; "
    "then SASRec, BERT4Rec, a close group of Markov, BST and co-occurrence, LinUCB, "
    "and popularity at zero.",
)

# %% [markdown]
# (1,000 shoppers to learn from, 400 others times 20 slates, 3 seeds; LinUCB learns while it serves, *experienced* has served 400 others before.)
#
# ```
# python -m benchmarks.bench_shop ab
# ```

# %% tags=["nbval-check-output"]
for policy, over in (
    ("LinUCB", "popularity"),
    ("intent", "belief"),
    ("belief", "oracle's ranking"),
):
    lift, error = pooled(policy, over)
    print(f"{policy} over {over}: {lift:+.3f} ± {1.96 * error:.3f}")
tell(f"order: {' < '.join(order)}")

# %% [markdown]
# (± is the half of the interval of 95 %, here and below.)
#
# From the bottom: *popularity* knows nobody, and repeats itself. *LinUCB* knows the shopper's tastes, and no order. *Co-occurrence*, *BST* and *Markov* know what follows the last clicks, and are close together (15.6 has more on these three).
# *BERT4Rec* and *SASRec* read the whole sequence; SASRec learns from every position, BERT4Rec from some of them, and 1,000 shoppers are few. *The oracle's ranking* has the exact law, *belief* adds what slates and fatigue tell: one click more in a
# hundred, too little for 300 shoppers to show.
#
# ### How many shoppers does it take?
#
# Before a test one asks: how many, to find a difference of this size? *Found* shall mean that the interval leaves out 0, and it shall happen with a probability (the **power**) of 80 %:
#
# $$n = \left\lceil \frac{(z_{.975} + z_{.8})^2\ \mathrm{variance}}{\mathrm{difference}^2} \right\rceil$$
#
# With pairs, the variance is that of the differences, and there are n shoppers. Without, it is the sum of both variances, and there are n shoppers in **each** group.
#
# ### Your turn (15.5) · 6 minutes


# %%
@exercise("15.5")
def required_units(variance, difference, confidence=0.95, power=0.8):
    """How many units it takes to find a true `difference` with probability `power`.

    Returns a whole number (an int), rounded up.

    variance: of the difference per unit. `NormalDist().inv_cdf(p)` is the quantile of
    the normal law at p.
    """
    ### BEGIN SOLUTION
    z = NormalDist().inv_cdf
    return int(
        np.ceil((z(0.5 + confidence / 2) + z(power)) ** 2 * variance / difference**2)
    )
    ### END SOLUTION


# %%
hint("15.5")

# %% tags=["nbval-check-output"]
asked_for = [
    ("Markov", "popularity"),
    ("SASRec", "Markov"),
    ("belief", "SASRec"),
    ("BERT4Rec", "SASRec"),
    ("Markov", "co-occurrence"),
]
needed = []
for policy, over in asked_for:
    some = pairs[(pairs["policy"] == policy) & (pairs["over"] == over)].mean(
        numeric_only=True
    )
    with_pairs = required_units(some["variance"], some["difference"])
    strangers = 2 * required_units(some["variance_of_strangers"], some["difference"])
    same = 1 - some["variance"] / some["variance_of_strangers"]
    needed.append(
        (f"{policy} over {over}", some["difference"], with_pairs, strangers, same)
    )
columns = [
    "comparison",
    "difference",
    "paired",
    "two groups",
    "variance that pairing removes",
]
needed = pd.DataFrame(needed, columns=columns).set_index("comparison")
needed.round(3)

# %% tags=["nbval-check-output"]
factor = needed["two groups"] / needed["paired"]
print(f"two groups need {factor.min():.1f} to {factor.max():.0f} times the shoppers")
print(
    f"for {factor.index[-1]}, {needed['paired'].iloc[-1]} instead of "
    f"{needed['two groups'].iloc[-1]:,}: {factor.iloc[-1]:.0f} times fewer"
)
print(
    "variance that pairing removes, from",
    f"{needed.iloc[:, 3].min():.0%} to {needed.iloc[:, 3].max():.0%}",
)

# %% [markdown]
# (Numbers below fifty say "a handful": the normal law is not meant for so few.) A factor of two comes for free: each shopper is in both groups. The rest is common luck. It is largest where two policies show similar slates, and these are the comparisons that need it most.
#
# **A real shop can't do this.** Nobody lives the same minute twice. What it can do goes in the same direction: compare two rankings *within* one slate (interleaving), or subtract what a shopper did before the test (CUPED).
#
# ### Look at the sizes first
#
# Two arms by halves, the *same* policy in both. In one arm the page sometimes crashes, for shoppers who find nothing: 3 % of the arm are gone, those with the fewest clicks. **Guess:** how much "better" does that arm look, in percent of its click rate? (There is nothing to find.)

# %%
# How much better the arm looks: a number, in %
guess("15.11", ...)

# %%
arm = np.sort(rates["SASRec"])
left = arm[int(0.03 * len(arm)) :]  # the 3 % with the fewest clicks are gone
reveal("15.11", 100 * (left.mean() / arm.mean() - 1))
print(f"an arm's click rate {arm.mean():.4f}, after the crash {left.mean():.4f}")

# %% tags=["nbval-check-output"]
for n in (1_000, 10_000, 100_000):
    told = sample_ratio_mismatch([n // 2, int(0.97 * (n // 2))])
    print(
        f"{n // 2:6,d} and {int(0.97 * (n // 2)):6,d} shoppers: by chance in "
        f"{told.p_value:.2g} of all tests"
    )

# %% [markdown]
# A lift out of nothing, and no interval warns of it: who is missing is not chance. What warns is the *size* of the arms. `sample_ratio_mismatch` asks whether chance alone would make them so unequal (Pearson's chi-squared test; Fabijan and others,
# [2019](https://doi.org/10.1145/3292500.3330722), say how often large companies find that). It is the first line of a report, and below .001 the rest is not read. Small tests can't see it: with a thousand shoppers three percent are nothing unusual.
#
# ### Clicks are not orders
#
# Everybody likes to report the orders that went through a slate. These are *attributed* to it: orders after a click on the slate. *Incremental* are the orders more than if nothing had been shown, to the same shoppers with the same luck.
#
# **Guess:** intent's slates are clicked almost nine times as often as popularity's. How many more orders, in percent, does the shop get?

# %%
# More orders with intent's slates: a number, in %
guess("15.12", ...)

# %% tags=["nbval-check-output"]
orders = table["orders"]
reveal("15.12", 100 * (orders["intent"] / orders["popularity"] - 1))
table.loc[order, ["click_rate", "attributed", "orders", "incremental"]].round(3)

# %% tags=["nbval-check-output"]
spread = (
    np.sqrt((ab.set_index("policy")["incremental_se"] ** 2).groupby(level=0).sum())
    / SEEDS
)
sigmas = (table["incremental"] / spread).dropna().sort_values()
together = np.corrcoef(table["attributed"], table["click_rate"])[0, 1]
print(f"correlation of attributed orders and clicks, over policies: {together:.2f}")
print(
    f"attributed to intent's slates: {table.loc['intent', 'attributed']:.2f} orders a "
    "shopper"
)
print(
    "orders that would not have happened without: "
    f"{table.loc['intent', 'incremental']:+.3f} (standard error {spread['intent']:.3f})"
)
print(
    f"furthest from 0, of {len(sigmas)}: {sigmas.index[-1]}, "
    f"{table.loc[sigmas.index[-1], 'incremental']:+.3f}, {sigmas.iloc[-1]:.1f} "
    "standard errors"
)

# %% [markdown]
# In our shop who comes for a bowl finds a bowl; the slate only spares them the
# way. (Two policies changed no order at all. Two standard errors, the furthest of the other nine, are what chance alone would bring now and then.) That is the story that we wrote, and other shops have other ones. But attribution would have told the tale of a triumph in any case.
# **Only a comparison with showing nothing (or something else) measures an effect.**
#
# ## 15.6 Offline order, online order
#
# Chapter 05 ranked models by NDCG@10. Is that the order of the shop? We take the way from one to the other in four steps:
#
# 1. **NDCG@10**: ten places, on the last click of a log, with a long history;
# 2. **shadow**: what the model's five would have earned at each step of a shopper, the first ones too, *without having been shown*: here is the law of looking, and partial credit for another product of the type;
# 3. **no fatigue**: shown for real, so that clicks on slates become history: *feedback*;
# 4. **online**: with fatigue, as above.
#
# **Guess** a step of the way that changes the order. (BST, the slowest, sat out *no fatigue*.)

# %%
# A step that changes the order: "NDCG@10 to shadow", "shadow to no fatigue" or "no
# fatigue to online"
guess("15.13", ...)

# %%
names = [n for n in order if not np.isnan(table.loc[n, "ndcg"])]
steps = table.loc[names, ["ndcg", "shadow", "no_fatigue", "click_rate"]].rename(
    columns={"ndcg": "NDCG@10", "no_fatigue": "no fatigue", "click_rate": "online"}
)
known_as = {"oracle's ranking": "oracle", "Markov": "Markov chain"}
colours = {name: COLOUR_OF[known_as.get(name, name)] for name in names}
fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.2))
for ax, some in zip(axes, (names, ("co-occurrence", "BST", "Markov")), strict=True):
    for name in some[::-1]:
        line = (steps.loc[name] / steps.loc["oracle's ranking"]).dropna()
        ax.plot(
            [list(steps).index(column) for column in line.index],
            line,
            "o-",
            color=colours[name],
            label=name,
        )
    ax.set_xticks(range(4), steps.columns)
    ax.set_xlim(-0.3, 3.3)
axes[0].set(
    ylabel="share of what the oracle's ranking gets", ylim=(0, 1.08), title="All"
)
axes[1].set_title("Three of them, enlarged")
fig.tight_layout()
fig.legend(
    *axes[0].get_legend_handles_labels(),
    fontsize=8,
    ncols=4,
    loc="upper center",
    bbox_to_anchor=(0.5, 0),
)
show(
    fig,
    alt="Each model's result as a share of what the oracle's ranking gets, in four "
    "steps from NDCG@10 to the online click rate. SASRec and BERT4Rec stay on top, "
    "nearly level, and popularity at the bottom, falling. Between them the lines "
    "cross: co-occurrence is above BST and Markov at NDCG@10, and below both online.",
)
changing = []
for before, after in pairwise(steps):
    both = steps[[before, after]].dropna().rank()
    if not both[before].equals(both[after]):
        changing.append(f"{before} to {after}")
reveal("15.13", changing)

# %% tags=["nbval-check-output"]
steps.map("{:.3f}".format).replace("nan", "–")

# %% tags=["nbval-check-output"]
for column in steps:
    tell(f"{column}: {' < '.join(steps[column].dropna().sort_values().index)}")

# %% [markdown]
# The ends stay where they were: SASRec above BERT4Rec above the rest, popularity last. In the middle the order is **turned round**: offline co-occurrence is above BST, and BST above Markov; online Markov comes first and co-occurrence last. Is that
# chance? And at which step does it happen?

# %% tags=["nbval-check-output"]
for policy, over in (
    ("Markov", "co-occurrence"),
    ("BST", "co-occurrence"),
    ("Markov", "BST"),
):
    lift, error = pooled(policy, over)
    print(f"online, {policy} over {over}: {lift:+.3f} ± {1.96 * error:.3f}")
feedback = (steps["no fatigue"] - steps["shadow"]).abs().max()
print(f"shadow to no fatigue (feedback): nothing moves by more than {feedback:.3f}")
tired = (steps["online"] / steps["no fatigue"]).dropna().sort_values()
left = ", ".join(f"{name} {share:.0%}" for name, share in tired.items())
tell(f"left under fatigue: {left}")

# %% [markdown]
# That Markov and BST are above co-occurrence online is more than chance, for BST only just: 0 lies outside of both intervals. For Markov over BST chance can't be ruled out: there 0 lies inside.
#
# Two steps do it. In the first, BST draws level with co-occurrence. That step changes three things at once (five places, short histories too, credit for another product of the type), and the table doesn't say which of them counts. Feedback does nothing here: what shoppers click on a slate is of the type that they came for anyway, so their histories
# stay as they would have been. **Fatigue** does the rest: it costs co-occurrence a third of its clicks, and Markov a quarter. What do their slates look like? We count which share of the
# products stood on the shopper's slate a step before, and which share is of a type that was among the last three clicks.

# %%
kind = np.concatenate([[""], types])  # (V,)
habits = {}
for name in (
    "popularity",
    "co-occurrence",
    "Markov",
    "SASRec",
    "oracle's ranking",
    "intent",
):
    of = served_by[name].filter(like="shown_").to_numpy().reshape(-1, STEPS, K)
    # The types that the events ended with
    came = kind[served_by[name]["item_id"].to_numpy().reshape(-1, STEPS)]
    again = (of[:, 1:, :, None] == of[:, :-1, None, :]).any(axis=3)
    done = [
        (kind[of[:, t]][:, :, None] == came[:, t - 3 : t][:, None, :]).any(axis=2)
        for t in range(3, STEPS)
    ]
    habits[name] = {"shown before": again.mean(), "type just clicked": np.mean(done)}
wanted = np.mean(
    [(came[:, [t]] == came[:, t - 3 : t]).any(axis=1).mean() for t in range(3, STEPS)]
)
habits = pd.DataFrame(habits).T.rename_axis("share of a slate")
habits.round(2)

# %% tags=["nbval-check-output"]
print(f"events whose type was among the last three clicks: {wanted:.0%}")

# %% [markdown]
# Co-occurrence lets the last clicks vote. Votes change slowly, so two thirds of its slate stood there a moment ago, and were not wanted then. Markov looks at one click only. It is the poorer forecaster, and changes its mind at every step.
#
# The second column is the **mission already finished**: the bowl has been clicked, and the models go on showing bowls. The oracle's ranking has understood, SASRec, from 700 shoppers, has not yet. (Showing again is not wrong by itself: the oracle does it too, and
# rightly.)
#
# So the offline order was a good forecast, and where models were close it was wrong. It could not know fatigue: in the log nobody had been shown anything.
#
# ## 15.7 Learning from one's own slates
#
# The next model is trained on the log of this one. If it learns from **clicks on its slates** only, then what was never shown is never clicked, never learned, and never shown again.
#
# **Guess:** after five rounds, how many of the 50 products are still shown at least once in a thousand places?

# %%
# Products still shown after five rounds: a number (of 50)
guess("15.14", ...)

# %%
small = SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0)
brief = TrainConfig(
    epochs=6, batch_size=32, learning_rate=0.005, schedule="linear", warmup_steps=20
)
popular = expected_ndcg(scores["popularity"](histories), law, 10).mean()


def next_round(of, number, temperature=0.0):
    """Learn from the log `of`, then serve 300 new shoppers.

    Targets are the events with outcome 1. Returns the new log, and what to watch.
    """
    learned = SequentialRecommender(
        small,
        max_len=STEPS,
        training=brief,
        positive_from=0.5,
        device="cpu",
        progress=False,
    )
    knows = product_scores(learned.fit(of, items=np.arange(1, N_ITEMS + 1)), N_ITEMS)
    newcomers = np.arange(SHOPPERS) + 1_000 + SHOPPERS * number
    made = run(
        Storefront(shop, shoppers=newcomers, n_steps=STEPS, seed=number),
        SoftmaxPolicy(knows, K, temperature=temperature),
    )
    often = np.bincount(
        made.filter(like="shown_").to_numpy().ravel(), minlength=N_ITEMS + 1
    )[1:] >= 0.001 * K * len(made)
    share = share_of_lift(
        expected_ndcg(knows(histories), law, 10).mean(),
        popular,
        expected_ndcg(law, law, 10).mean(),
    )
    return made, {
        "products shown": int(often.sum()),
        "share of the lift": float(share),
        "click rate": made["clicked"].mean(),
    }


organic = shop.journeys(
    events_per_user=STEPS, users=np.arange(SHOPPERS) + 1_000, seed=1
).interactions
of, watched = organic.assign(outcome=1.0), []
for number in range(1, 6):
    made, told = next_round(of, number)
    # A target is what was clicked on a slate; all else is history
    of = made.assign(outcome=made["clicked"].astype(float))
    watched.append(told)
watched = pd.DataFrame(watched, index=pd.RangeIndex(5, name="round"))
reveal("15.14", watched["products shown"].iloc[-1])
watched.round(2)

# %% [markdown]
# Is it the loop, though? Own clicks are also *fewer*: a fifth of all events. So here are ten rounds and three seeds with a control that learns from as many events, picked at random. And two cures: *exploration* (slates drawn at temperature 1), and learning
# from *everything* that happened, on the slate or elsewhere.

# %%
loop = measured("15_loop")
watch = {
    "coverage": "products shown, of 50",
    "share": "share of the lift, offline",
    "click_rate": "click rate",
}
fig, axes = plt.subplots(1, 3, figsize=(10.6, 3.4))
for (arm, rows), colour in zip(
    loop.groupby("arm", sort=False), COLOURS[:4], strict=True
):
    for ax, column in zip(axes, watch, strict=True):
        by_round = rows.groupby("round")[column].agg(["mean", "std"])
        ax.plot(by_round.index, by_round["mean"], "o-", ms=4, color=colour, label=arm)
        ax.fill_between(
            by_round.index,
            *(by_round["mean"] + sign * by_round["std"] for sign in (-1, 1)),
            color=colour,
            alpha=0.15,
            lw=0,
        )
for ax, title in zip(axes, watch.values(), strict=True):
    ax.set(title=title, xlabel="round", xticks=range(0, 11, 2), ylim=(0, None))
fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="lower center",
    ncols=2,
    bbox_to_anchor=(0.5, -0.12),
)
fig.tight_layout()
show(
    fig,
    alt="Three panels over ten rounds. Products shown: falling to half for a model "
    "that learns from its own clicks, level near 33 for everything and for as many "
    "events at random, near fifty with exploration. Share of the lift: level for "
    "everything, falling to about .25 for all others. Click rate: lowest with "
    "exploration.",
)

# %% [markdown]
# (Bands: one standard deviation over three seeds, on each side of the mean. 300 shoppers a round, other ones each time; a small SASRec that forgets the rounds before.)
#
# ```
# python -m benchmarks.bench_shop loop
# ```

# %% tags=["nbval-check-output"]
first = loop[loop["round"] == 0].groupby("arm", sort=False)[list(watch)].mean()
late = loop[loop["round"] > 5].groupby("arm", sort=False)[list(watch)].mean()
changed = {
    title: [
        f"{start:.{digits}f} → {end:.{digits}f}"
        for start, end in zip(first[column], late[column], strict=True)
    ]
    for (column, title), digits in zip(watch.items(), (0, 2, 2), strict=True)
}
pd.DataFrame(changed, index=late.index)

# %% [markdown]
# (The first round → the mean of the last five.)
#
# - **The range is the loop's doing.** Learning from own clicks halves the number of products that are shown. As many events at random leave it where it was.
# - **The quality, mostly, is not.** The control loses nearly as much of the lift. What costs is to learn from a fifth of the events. Without the control we would have told the wrong story.
# - **Exploration** keeps every product in sight. It costs clicks in every round, and quality it does not bring back: the events are still few.
# - **Everything** keeps both. The cheapest cure is to write down what happens outside of the slate. A shop that has a search box has such a log.
#
# ## 15.8 What would another policy have earned?
#
# A test takes shoppers and weeks. Could the log that we have say what *another* policy would have earned? Where both show the same thing, yes. Call it a *round* when one shopper is shown something once. In round $n$ the log's policy, the *logging* one,
# showed $a_n$ with probability $\mu_n$ and earned $r_n$ (1 for a click, else 0). The other one, the *target*, would have shown it with probability $\pi_n$. Weigh each round by $w_n = \pi_n / \mu_n$: what the target would show more often counts more. The mean of
# the weighted rewards is called IPS, *inverse propensity scoring*; divided by the sum of the weights instead of their number it is *self-normalised*, SNIPS:
#
# $$\text{IPS} = \frac1N \sum_n w_n r_n \qquad\qquad \text{SNIPS} = \frac{\sum_n w_n r_n}{\sum_n w_n}$$
#
# We need $\mu_n > 0$ wherever $\pi_n > 0$: a policy that never explores leaves a log that can't answer. That is what exploration earns.
#
# ### Your turn (15.6) · 6 minutes


# %%
@exercise("15.6")
def ips(rewards, logging, target):
    """Inverse propensity score: Estimate(value, standard_error, effective_size).

    rewards, logging, target: (N,) what was earned, and the probabilities of what was
    shown under the two policies.
    standard_error: that of a mean of the N numbers w * r (n - 1 in the denominator of
    their variance).
    effective_size: (sum of w) ** 2 / sum of w ** 2: so many rounds of the target's own
    the log is worth.
    """
    ### BEGIN SOLUTION
    w = target / logging
    return Estimate(
        (w * rewards).mean(),
        (w * rewards).std(ddof=1) / np.sqrt(len(w)),
        w.sum() ** 2 / (w**2).sum(),
    )
    ### END SOLUTION


# %%
hint("15.6")

# %% [markdown]
# ### Your turn (15.7) · 6 minutes
#
# SNIPS is a ratio of two sums, so its standard error is that of a ratio: $\sqrt{\sum_n w_n^2 (r_n - v)^2} \,/ \sum_n w_n$, with $v$ its value.


# %%
@exercise("15.7")
def snips(rewards, logging, target):
    """Self-normalised inverse propensity score, with its standard error.

    Arguments as of `ips`. Returns Estimate(value, standard_error, effective_size).
    """
    ### BEGIN SOLUTION
    w = target / logging
    value = (w * rewards).sum() / w.sum()
    error = np.sqrt((w**2 * (rewards - value) ** 2).sum()) / w.sum()
    return Estimate(value, error, w.sum() ** 2 / (w**2).sum())
    ### END SOLUTION


# %%
hint("15.7")

# %% [markdown]
# Now a clean case. 2,000 shoppers come 19 times and see no slate. The 20th time **one** product is shown, drawn from a Markov chain at temperature 1. From this log: what would SASRec's best product have earned? Popularity's?
# The simulator knows each product's true chance with each shopper, so we know the answers.

# %%
page = Storefront(
    shop, shoppers=np.arange(1_000, 3_000), slate_size=1, n_steps=STEPS, seed=9
)
observation, info = page.reset()
for _ in range(STEPS - 1):
    observation, _, _, _, info = page.step(np.zeros((2_000, 1), dtype=int))
click = info["truth"]["take_probability"]  # (B, V): what no shop sees


def law_of(scores, temperature):
    """(B, V) softmax of score / temperature over the products."""
    logits = scores[:, 1:] / temperature
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.pad(weights / weights.sum(axis=1, keepdims=True), ((0, 0), (1, 0)))


believed = {
    name: scores[name](observation) for name in ("popularity", "Markov", "SASRec")
}
believed["Markov"][:, 1:] = np.log(believed["Markov"][:, 1:])  # probabilities -> logits
mu = law_of(believed["Markov"], 1.0)  # (B, V)
drawn = draw_slates(believed["Markov"], 1, 1.0, np.random.default_rng(3))[:, 0]
_, reward, _, _, _ = page.step(drawn[:, None])
everybody = np.arange(len(drawn))

judged = []
for name, of in believed.items():
    pi = law_of(of, 1e-4)  # as good as certain: its best product
    for estimator in (ips, snips):
        told = estimator(reward, mu[everybody, drawn], pi[everybody, drawn])
        judged.append(
            (
                f"best of {name}",
                estimator.__name__,
                (pi * click).sum(axis=1).mean(),
                *told,
            )
        )
judged = pd.DataFrame(
    judged,
    columns=[
        "target",
        "estimator",
        "truth",
        "value",
        "standard error",
        "worth, in rounds",
    ],
)
judged["worth, in rounds"] = judged["worth, in rounds"].round().astype(int)
away = (judged["value"] - judged["truth"]) / judged["standard error"]
judged.insert(5, "errors away", away.round(1))
judged.set_index(["target", "estimator"]).round(3)

# %% [markdown]
# No shopper has ever seen SASRec's product *because* of SASRec, and yet we have an estimate of what it would earn. The price is in the last column. *Errors away* says by how many standard errors the estimate misses the truth: an interval of 95 % holds what is within 2, and in our run not all of these are. One log is luck; here are 300 of each kind, from three logging policies:

# %% tags=["nbval-check-output"]
off = measured("15_off_policy")
shown = off[(off["n"] == 5_000) & off["target"].isin(["popularity", "SASRec"])]
shown = shown.replace({"logging": {"Markov, temperature 0.3": "Markov, .3"}})
shown = shown.replace({"logging": {"Markov, temperature 1.0": "Markov, 1"}})
shown = shown.rename(columns={"mean_se": "stated", "effective_size": "worth"})
shown["worth"] = shown["worth"].round().astype(int)
shown.set_index(["logging", "target", "estimator"])[
    ["truth", "mean", "sd", "stated", "inside", "worth"]
].round(3)

# %% [markdown]
# (*sd*: spread of the estimates over 300 logs of 5,000 rounds. *stated*: the standard error that they state. *inside*: how often the interval of 95 % holds the truth. *worth*: the effective size, in rounds. *Markov, .3* and *1* are temperatures; a log *explores* where it is uniform or of temperature 1. This SASRec had six epochs on 600 shoppers, the one above ten on 700, and other shoppers come: so its truth is another number.)
#
# ```
# python -m benchmarks.bench_shop off_policy
# ```

# %% tags=["nbval-check-output"]
honest = off[(off["estimator"] == "ips") & (off["n"] == 5_000)]
explores = honest[honest["logging"] != "Markov, temperature 0.3"]
off_by = (explores["mean"] - explores["truth"]).abs() / (explores["sd"] / np.sqrt(300))
print(
    f"IPS, logs that explore: {len(off_by)} means, at most {off_by.max():.1f} "
    "standard errors off"
)
uniform = honest[
    (honest["logging"] == "uniform") & (honest["target"] == "SASRec")
].iloc[0]
print(
    f"a uniform log of 5,000 is worth {uniform['effective_size']:.0f} rounds of "
    "SASRec's best product"
)
timid = off[
    (off["n"] == 5_000)
    & (off["logging"] == "Markov, temperature 0.3")
    & (off["target"] != "Markov")
]
print(
    "temperature .3, targets other than Markov: inside, "
    f"{timid['inside'].min():.0%} to {timid['inside'].max():.0%}"
)
wide = off[off["n"] == 5_000].pivot(
    index=["logging", "target"], columns="estimator", values="sd"
)
print(
    f"SNIPS has the smaller spread in {(wide['snips'] < wide['ips']).sum()} of "
    f"{len(wide)} cases (four targets)"
)

# %% [markdown]
# Read it from the bottom up.
#
# - **Uniform** logs are fair to everybody and worth little: one round in fifty shows what the target would show. IPS is right on average, and says how far off it may be.
# - **Temperature 1** is the better log for a target that resembles its policy, as SASRec does: the same 5,000 rounds are worth more than twice as many. For popularity it is a matter of taste: estimates spread less than from a uniform log, but the interval holds the truth less often (.88 against .94).
# - **Temperature .3** is the trap. The log's policy is so sure of itself that what others would show hardly ever comes up; when it does, its weight is enormous. Most logs don't hold such a round, so they state a *small* standard error, and are wrong.
#   The error bar can't see what the log does not hold. Look at the effective size before you believe one.
#
# SNIPS is not steadier in general. Much hangs on the rounds with large weights. Where they are rarely clicked, IPS hardly feels them, $w_n r_n$ being 0; SNIPS does, they stand in its denominator, and it can be the noisier of the two.
#
# And two things that no estimator mends.
#
# - **Slates of five.** The weight is a ratio of two tiny probabilities (15.4), and the effective size goes to nothing. One restricts the question: one place at a time, or only which of a few slates.
# - **Tomorrow's contexts.** The log's histories were made under the old policy. In a longer run the new one would have made others (15.6, *feedback*). Off-policy estimates answer for one step.
#
# They don't replace an A/B test. They decide which of twenty ideas deserve one.
#
# ## Key ideas
#
# - Serve from a folder without pickle and without customers. Report p95 and p99, alone and in a batch.
# - A log of slates holds what was *seen*, not what was shown. What stands below a click is no example.
# - Look at the sizes of the arms before you look at their clicks.
# - Temperature sells clicks for knowledge, at a smooth price. Store the propensities, or the knowledge is lost.
# - Pairs with common luck save more than half of the shoppers. Plan the size before the test; the shopper is the unit, unless a learner ties shoppers together.
# - Attributed is not incremental. Compare with showing nothing.
# - Offline order is a good forecast, not a law. What it can't know, such as fatigue, decides where models are close.
# - A model that learns from its own clicks only narrows its shop. Log what happens outside of the slate too; and run a control before you blame the loop for everything.
# - IPS is right on average where the log's policy explores. Where it does not, estimates are wrong and look sure: mind the effective size.

# %%
scoreboard("15")
calibration("15")

# %%
quiz("15.1")

# %%
quiz("15.2")

# %%
quiz("15.3")

# %%
quiz("15.4")

# %%
quiz("15.5")

# %% [markdown]
# **Go further.** Craswell, Zoeter, Taylor & Ramsey (2008), [*An Experimental Comparison of Click Position-Bias Models*](https://doi.org/10.1145/1341531.1341545). Li, Chu, Langford & Schapire (2010), [*A Contextual-Bandit Approach to Personalized News Article
# Recommendation*](https://arxiv.org/abs/1003.0146). Swaminathan & Joachims (2015), [*The Self-Normalized Estimator for Counterfactual Learning*](https://papers.nips.cc/paper/2015/hash/39027dfad5138c9ca0c474d71db915c3-Abstract.html). Deng, Xu, Kohavi & Walker (2013), [*Improving the Sensitivity of Online Controlled Experiments by Utilizing
# Pre-Experiment Data*](https://doi.org/10.1145/2433396.2433413) (CUPED). Chaney, Stewart & Engelhardt (2018), [*How Algorithmic Confounding in Recommendation Systems Increases Homogeneity and Decreases Utility*](https://arxiv.org/abs/1710.11214). Chen et al. (2019), [*Top-K Off-Policy Correction for a
# REINFORCE Recommender System*](https://arxiv.org/abs/1812.02353). Kool, van Hoof & Welling (2019), [*Stochastic Beams and Where to Find Them*](https://arxiv.org/abs/1903.06059).
#
# **Open task.** Temperature 1 keeps all fifty products in sight, and costs clicks in every round. What is the lowest temperature that still does so after ten rounds (`next_round` of 15.7 takes it), and what does it cost? We don't know the answer.
#
# Next: **[16 · Past one machine](16_past_one_machine.ipynb)**, for a log that no single machine holds.
