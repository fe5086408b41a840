# %% [markdown]
# # 10 · Item features
#
# A shop launches forty products. Nobody has clicked them, so every model so far knows nothing about them but their number, and a number says
# nothing. The shop knows a lot: what they are, for whom, how much they cost. This chapter lets the model read that.
#
# **After this chapter you can** turn a catalogue into numbers without a leak, add content to the item embedding of any model of this course,
# rank products that nobody has clicked, and say what content buys where, and where it buys nothing.
#
# **You need** chapters 02, 05 and 08. **Time:** 70 minutes, exercises included.

# %%
import tempfile
import textwrap
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
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
from course.figures import COLOUR_OF, COLOURS, DIVERGING, PAIR, WIDE, show
from seqrec.data import build_sequences, pad_left
from seqrec.items import (
    Content,
    FeatureTable,
    Labels,
    Number,
    Words,
    bucket,
    with_catalogue,
    words,
)
from seqrec.items import ItemEmbedding as CourseEmbedding
from seqrec.losses import next_item_loss
from seqrec.models import BST, BERT4Rec, MeanPoolBST, SASRec, score_catalogue
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.training import TrainConfig, train
from zooplus_sim import Oracle, ZooplusSimulator

OLD, NEW, MAX_LEN = 200, 40, 40
shop = ZooplusSimulator(OLD, n_users=2_000)
print(
    len(shop.products), "products of", shop.products["product_type"].nunique(), "types"
)

# %% [markdown]
# ## 10.1 Forty products that nobody knows
#
# To test new products, people often take a log and delete the clicks of some products from its training part. Those products were
# in the shop all the time: they took clicks from the others, and shoppers' histories are what they are because of them. Our world can do
# better. `launch` gives the same shop from a day on, with new products on its shelves:

# %% tags=["nbval-check-output"]
after = shop.launch(NEW, on="2026-09-01", seed=1)
print(
    after.products.loc[
        OLD + 1 : OLD + 4, ["name", "species", "price_tier", "price", "launched"]
    ].to_string()
)
same = ["name", "product_type", "price"]
changed = (after.products.loc[:OLD, same] != shop.products[same]).any(axis=1).sum()
print(f"old products with another name, type or price: {changed} of {OLD}")

# %% [markdown]
# (The products of the beginning have no date in `launched`.) 1,500 shoppers came before that day. They teach. 500 others come afterwards, and their
# whole history happened in the shop with 240 products: so the oracle of that shop is exact for them. They are asked for their last click.


# %%
def sequences(sim, first, last):
    """Clicks of the shoppers first to last - 1, padded on the left.

    (B, MAX_LEN + 1) long.
    """
    log = sim.journeys(
        events_per_user=(10, 40), users=range(first, last), seed=1
    ).interactions
    return torch.from_numpy(
        pad_left(build_sequences(log, MAX_LEN)["item_sequence"], MAX_LEN + 1)
    )


taught = sequences(shop, 0, 1_500)
histories = sequences(after, 1_500, 2_000)[:, 1:-1]  # (B, L): all clicks but the last
law = Oracle(after).next_item_probabilities(histories.numpy())  # (B, 1 + 240)
is_new = np.arange(1, OLD + NEW + 1) > OLD  # (240,)
# (240,) in training
clicks = torch.bincount(taught.flatten(), minlength=OLD + NEW + 1)[1:].numpy()


def found(scores, some, k=10):
    """Of the next clicks that go to the products `some`, the expected share that is in
    the top k of all products.

    scores: (B, 1 + 240), law is the oracle's. some: (240,) bool. Ties count against the
    model.
    """
    scores = np.asarray(scores)[:, 1:]
    # 1 is the best
    place = np.stack([len(row) - np.searchsorted(np.sort(row), row) for row in scores])
    asked = law[:, 1:] * some
    return (asked * (place <= k)).sum() / asked.sum()


def both_sides(scores):
    """HR@10 of clicks on new products, on old ones, and on all."""
    return {
        "new": found(scores, is_new),
        "old": found(scores, ~is_new),
        "all": found(scores, is_new | True),
    }


# %% tags=["nbval-check-output"]
share = law[:, 1:][:, is_new].sum() / len(law)
print(f"{share:.0%} of the next clicks go to a new product")
print(
    f"of these, the oracle has {found(law, is_new):.0%} in its top 10; of clicks on "
    f"old ones {found(law, ~is_new):.0%}"
)

# %% [markdown]
# The oracle never saw a click on a new product either. It knows what a new product *is*, and that is nearly as good.
#
# Now SASRec as in chapter 08. New products get vectors as they are drawn before training: there is nothing to train them on.
#
# **Guess:** of the clicks that go to new products, how many are in its top 10?

# %%
# Clicks on new products that ids find, in the top 10: a number, in %
guess("10.1", ...)


# %%
def learn(item=None, epochs=8):
    """A SASRec that has learned the shop before the launch.

    item: what takes the place of its `encoder.item`.
    """
    torch.manual_seed(0)
    network = SASRec(OLD, MAX_LEN, D=48, n_blocks=1, hidden=96, dropout=0.0)
    if item is not None:
        network.encoder.item = item
    config = TrainConfig(
        epochs=epochs,
        batch_size=32,
        learning_rate=0.005,
        schedule="linear",
        warmup_steps=40,
    )
    train(network, next_item_loss(taught), len(taught), config, progress=False)
    return network.eval()


ids = learn()
weight = ids.encoder.item.weight.detach()
# The fairer way: leave unknown clicks out, and list no unknown product
only_known = pad_left([row[(row > 0) & (row <= OLD)] for row in histories], MAX_LEN)
cautious = ids.score_catalogue(torch.from_numpy(only_known))
cautious = nn.functional.pad(cautious, (0, NEW), value=-torch.inf).numpy()
untrained = torch.randn(NEW, 48, generator=torch.Generator().manual_seed(0)) * 48**-0.5
ids.encoder.item = nn.Embedding.from_pretrained(
    torch.cat([weight[: OLD + 1], untrained, weight[-1:]])
)
ids.n_items = ids.encoder.n_items = OLD + NEW

results = {
    "oracle": both_sides(law),
    "ids only": both_sides(ids.score_catalogue(histories).numpy()),
    "ids only, unknown clicks left out": both_sides(cautious),
}
reveal("10.1", 100 * results["ids only"]["new"])
pd.DataFrame(results).T.round(2)

# %% [markdown]
# None to speak of. Old products suffer a little too, for two reasons: histories hold numbers that mean nothing, and vectors that mean nothing take places in the list. The third row is what a careful shop would do with the same weights: read no unknown click, and list no unknown product. It is better on old products, and new ones it can't list at all.
#
# ## 10.2 What a product is
#
# A catalogue has three kinds of columns. **Labels** become a column of the matrix each, 1 where the product has it. With one label per product this
# is called *one-hot*, with several *multi-hot*. Why not make one label of several, "Bellamy premium Dog Food", and be one-hot again?

# %% tags=["nbval-check-output"]
brand = after.products["name"].str.split().str[0]
kind = after.products["product_type"]
tier = after.products["price_tier"]
joined = brand + " " + tier + " " + kind
print("labels, and launched products whose label training never saw:")
for name, label in (
    ("brand", brand),
    ("tier", tier),
    ("type", kind),
    ("all three, joined", joined),
):
    known = set(label[:OLD])
    print(f"    {name:18s} {len(known):3d}; {(~label[OLD:].isin(known)).sum():2d}")

# %% [markdown]
# Because a combination can be new while its parts are old. Multi-hot adds what is known of the parts; a joined label knows nothing.
#
# ### Your turn (10.1) · 5 minutes


# %%
@exercise("10.1")
def multi_hot(rows, labels):
    """A column per label, 1 where the product has it.

    rows: list of n lists of text, the labels of each product; a list may be empty, and
    may hold a label twice.
    labels: list of F different labels, the columns in their order. A label that is not
    among them gets no column.
    Returns (n, F) float32.
    """
    ### BEGIN SOLUTION
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    place = {label: column for column, label in enumerate(labels)}
    for row, own in enumerate(rows):
        for label in own:
            if label in place:
                matrix[row, place[label]] = 1
    return matrix
    ### END SOLUTION


# %%
hint("10.1")

# %% tags=["nbval-check-output"]
print(multi_hot([["dog", "food"], ["cat", "food", "newt"], []], ["cat", "dog", "food"]))

# %% [markdown]
# The label "newt" vanished without a sound. That is fine in an exercise and dangerous in a shop: the library's `Labels` refuses it, unless you say
# `unknown="zero"`, and then it warns.
#
# ## 10.3 The price
#
# **Numbers** have a scale. Networks like numbers around 0, about 1 wide, so we subtract a mean and divide by a standard deviation. Prices get a
# logarithm first, because from 2 to 4 euro is as far as from 50 to 100. And then a trap: **whose** mean and standard deviation?
#
# Suppose the launch contains one aquarium for 100,000 euro.
#
# **Guess:** by how much do the numbers of the *old* products change, if we scale by all prices, new ones included? Scaled by their own mean and
# standard deviation they have a spread of 1. How much is left of it?

# %%
# The spread of old prices when scaled by all: a number
guess("10.2", ...)

# %%
euro = after.products["price"].to_numpy()
with_palace = np.append(euro, 100_000.0)
is_old = np.arange(len(with_palace)) < OLD


def scaled(values, by):
    return (values - values[by].mean()) / values[by].std()


fig, axes = plt.subplots(1, 2, figsize=PAIR)
for ax, by, title in (
    (axes[0], is_old, "scaled by old products"),
    (axes[1], is_old | True, "scaled by all"),
):
    for logarithm, colour in ((False, COLOURS[1]), (True, COLOURS[0])):
        values = np.log(with_palace) if logarithm else with_palace
        ax.hist(
            scaled(values, by)[:OLD],
            bins=np.linspace(-3, 5, 41),
            color=colour,
            alpha=0.6,
            label="log price" if logarithm else "price",
        )
    ax.set(
        title=title, xlabel="number that the model reads, old products", ylim=(0, 200)
    )
axes[0].set_ylabel("products")
axes[0].legend()
fig.tight_layout()
show(
    fig,
    alt="Histograms of what the model reads as price of the old products. Scaled by "
    "the old products both price and log price are spread over several units. Scaled "
    "by all, with one product for 100,000 euro, all old prices fall into one bar just "
    "below 0; the log prices stay spread, only narrower.",
)
reveal("10.2", scaled(with_palace, is_old | True)[:OLD].std())

# %% tags=["nbval-check-output"]
for name, values in (("price", with_palace), ("log price", np.log(with_palace))):
    spread = scaled(values, is_old | True)[:OLD].std()
    print(
        f"{name:10s} spread of the old products, scaled by all: {spread:.3f} instead "
        "of 1"
    )

# %% [markdown]
# One launched product, and the price tells old products apart no more: all of them read nearly the same. The logarithm softens the blow. What cures it is to
# learn the scale from the products that **training** knows, and from no others. It is the leak of chapter 02 in new clothes: the future must not move the past.
#
# ### Your turn (10.2) · 7 minutes


# %%
@exercise("10.2")
class Standardiser:
    """Numbers around 0, about 1 wide:

    (x - mean) / sd, both of the numbers that `fit` saw.
    """

    def fit(self, values):
        """Learn mean_ and sd_ (NumPy's, with n). values: (n,) float. Returns self.

        Where all values are the same, sd_ is 0. Mind rounding: the sd of 0.1, 0.1, 0.1
        is about 1e-17. Call it 0 where it is less than 1e-12 times the largest absolute
        value.
        """
        ### BEGIN SOLUTION
        self.mean_, self.sd_ = values.mean(), values.std()
        if self.sd_ <= 1e-12 * np.abs(values).max():
            self.sd_ = 0.0
        return self
        ### END SOLUTION

    def transform(self, values):
        """values: (m,), of the same products or of others.

        Returns (m,). Zeros if sd_ is 0: nothing can be learned.
        """
        ### BEGIN SOLUTION
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_
        ### END SOLUTION


# %%
hint("10.2")

# %% tags=["nbval-check-output"]
scale = Standardiser().fit(np.log(euro[:OLD]))
before, then = scale.transform(np.log(euro[:OLD])), scale.transform(np.log(with_palace))
print(f"a launch moves an old product by {np.abs(before - then[:OLD]).max():.1f}")
print(f"the palace is {then[-1]:.0f} standard deviations above the mean")

# %% [markdown]
# ## 10.4 The name
#
# **Words** of a name are labels too, but there are too many of them, and a new product has new ones. The trick: a *hash* sends every word to one of a fixed
# number of buckets, and a bucket is a column. No vocabulary, no unknown word. The price: two words may meet in one bucket.
#
# The hash must be the same tomorrow. Python's own `hash("puppy")` changes with every start of Python, so a model that was saved would read
# gibberish after loading. `bucket` is made of a hash that is the same everywhere:

# %% tags=["nbval-check-output"]
print({word: bucket(word, 64) for word in words("Bellamy Classic Puppy Food")})

# %% [markdown]
# ### Your turn (10.3) · 5 minutes


# %%
@exercise("10.3")
def hashed_words(texts, buckets):
    """A column per bucket, 1 where at least one word of the text falls into it.

    texts: list of n texts. buckets: how many columns. `words(text)` gives the words in
    lower case, and `bucket(word, buckets)` the column of a word, from 0. Returns (n,
    buckets) float32.
    """
    ### BEGIN SOLUTION
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, bucket(word, buckets)] = 1
    return matrix
    ### END SOLUTION


# %%
hint("10.3")

# %% [markdown]
# How many buckets? With $w$ words in $b$ buckets, a word has its bucket to itself with probability $(1 - 1/b)^{w-1}$. **Guess:** our names
# have some sixty different words. Are 64 buckets enough for most words to be alone? How many have to share theirs?

# %%
# Words that share one of 64 buckets: a number, in %
guess("10.3", ...)

# %%
vocabulary = sorted({word for name in after.products["name"] for word in words(name)})
sizes = [16, 32, 64, 128, 256, 512, 1024, 2048]
shared, expected = [], []
for size in sizes:
    crowd = Counter(bucket(word, size) for word in vocabulary)
    shared.append(np.mean([crowd[bucket(word, size)] > 1 for word in vocabulary]))
    expected.append(1 - (1 - 1 / size) ** (len(vocabulary) - 1))

fig, ax = plt.subplots(figsize=WIDE)
ax.plot(sizes, expected, color="0.5", ls="--", label="formula")
ax.plot(sizes, shared, "o", color=COLOURS[0], label="our hash")
ax.set(
    xscale="log",
    xticks=sizes,
    xticklabels=sizes,
    ylim=(0, 1),
    xlabel="buckets",
    ylabel="words that share a bucket",
    title=f"{len(vocabulary)} different words",
)
ax.minorticks_off()
ax.legend()
show(
    fig,
    alt="Share of words that have to share a bucket, over the number of buckets. It "
    "falls from nearly all at 16 buckets over more than half at 64 to a few in a "
    "hundred at 2,048, along the curve of the formula.",
)
reveal("10.3", 100 * shared[sizes.index(64)])

# %% tags=["nbval-check-output"]
print(f"with 64 buckets {shared[sizes.index(64)]:.0%} of the words share one")

# %% [markdown]
# No. A collision is not the end: the model reads the *sum* of all columns, and type, species and price tell the two words apart. But where the
# name is all you have, take ten times as many buckets as words.
#
# All of it together is a `FeatureTable`. It is fitted on the products that training knows, and transforms all.

# %% tags=["nbval-check-output"]
columns = [
    Labels("product_type"),
    Labels("category"),
    Labels("species"),
    Labels("price_tier"),
    Number("price", log=True),
    Words("name", buckets=64),
]
table = FeatureTable(columns).fit(shop.products)
features = table.transform(after.products)  # (240, F)
print(features.shape, "of which the first", *table.names_[:2], sep="\n    ")
try:
    table.transform(after.products.assign(species="newt"))
except ValueError as error:
    print(textwrap.fill(str(error), 72))

# %%
shown = ("Puppy Food", "Food Bowl", "Wet Cat Food", "Fish Food")
few = np.concatenate(
    [np.flatnonzero(after.products["product_type"] == kind)[:3] for kind in shown]
)
used = np.flatnonzero((features[few] != 0).any(axis=0))
fig, ax = plt.subplots(figsize=(9.0, 3.8))
image = ax.imshow(
    features[few][:, used], cmap=DIVERGING, vmin=-2, vmax=2, aspect="auto"
)
ax.set(yticks=range(len(few)), xticks=range(len(used)))
ax.set_yticklabels(after.products["name"].iloc[few], fontsize=7)
ax.set_xticklabels([table.names_[column] for column in used], rotation=90, fontsize=6)
ax.grid(False)
fig.colorbar(image, ax=ax, label="number")
fig.tight_layout()
show(
    fig,
    alt="The feature matrix of a few products: a row each, with ones in the columns of "
    "their type, category, species, price tier and the buckets of their words, and a "
    "positive or negative number in the column of the log price. Products of one type "
    "share most of their ones.",
)

# %% [markdown]
# ## 10.5 Two vectors in one place
#
# An item was a vector per number. Now it is a sum (BST has "side features" in the same place, Chen et al., 2019):
#
# $$e_j = \text{id}_j + W_{\text{content}}\, x_j, \qquad h_0 = e_j + \text{position}$$
#
# $x_j$ is the product's row of the matrix. Every product with "species=dog" trains the same column of $W_{\text{content}}$. What all dog food has in common goes
# there, and the id vector is left with what is special about *this* bag.
#
# And a product that training does not know? Its id vector would be noise. So it has none: zeros. For this, `rows` says which row of `id` belongs to
# which item: row 0, nobody's, is zeros and stays zeros (`padding_idx`). PAD has row 0 and no content, so it is zeros altogether. MASK has a row and no content: it is no product.
#
# ### Your turn (10.4) · 8 minutes


# %%
@exercise("10.4")
def forward(self, items):
    """Vectors of items: id vector + W_content content.

    self:  a module with   self.id        nn.Embedding, (R, D), a row for each item that training knows
                           self.content   nn.Linear from F to D: W_content
                           self.features  (n_items + 2, F), row j is item j
                           self.visible_rows(items): which row of `id` each item gets, long, shaped like items
    items: (...) long, any shape, 0 to n_items + 1. Returns (..., D).
    """
    ### BEGIN SOLUTION
    return self.id(self.visible_rows(items)) + self.content(self.features[items])
    ### END SOLUTION


# %%
hint("10.4")


# %%
class ItemEmbedding(CourseEmbedding):
    """The library's module with your `forward`.

    It keeps `weight`, (n_items + 2, D), made of `forward` for all items.
    """

    def forward(self, items):
        return forward(self, items)


def reader(embedding=ItemEmbedding, **settings):
    torch.manual_seed(1)
    return embedding(features[:OLD], 48, **settings)


same_scores = []
for network in (
    SASRec(OLD, 10, D=48),
    BERT4Rec(OLD, 10, D=48),
    BST(OLD, 10, D=48),
    MeanPoolBST(OLD, 10, D=48),
):
    # Content only: twins in content are twins
    network.encoder.item = reader(has_id=False)
    network.encoder.item.features[2] = network.encoder.item.features[1]
    some = histories[:5, -10:] % OLD
    scores = (
        network.score_catalogue(some)
        if hasattr(network, "score_catalogue")
        else score_catalogue(network, some)
    )
    apart = (scores[:, 1] - scores[:, 2]).abs().max().item()
    same_scores.append(f"{type(network).__name__} {apart:.3f}")

# %% tags=["nbval-check-output"]
print("items 1 and 2, the same content, scores apart:")
print("   ", ", ".join(same_scores))

# %% [markdown]
# One line, `network.encoder.item = ...`, and each model of the course reads content: all of them ask for item vectors through two doors, `item(items)` and `item.weight`,
# and our module has both.
#
# We train SASRec on the 200 old products. Then the launch: `with_catalogue` gives the network 40 more rows of features. Nothing is learned, no weight changes.
#
# **Guess:** ids only found almost none of the clicks on new products, the oracle three in four. Where does content get us?

# %%
# Clicks on new products that ids and content find, in the top 10: a number, in %
guess("10.4", ...)


# %%
# Which number each item had in training; 0: none
old_number = np.append(np.arange(1, OLD + 1), np.zeros(NEW, int))


def launched(network):
    return with_catalogue(network, features, old_number)


added = learn(reader())
results["id + content"] = both_sides(launched(added).score_catalogue(histories).numpy())
reveal("10.4", 100 * results["id + content"]["new"])
pd.DataFrame(results).T.round(2)

# %%
gap = results["oracle"]["new"] - results["ids only"]["new"]
closed = (results["id + content"]["new"] - results["ids only"]["new"]) / gap
print(f"of the gap on new products, {closed:.0%} is closed")

# %% [markdown]
# (One run of each; 10.8 has three seeds.) Old products gain in it. But the new ones are still far away. Is the order among the new ones
# wrong, or does the model hold all of them to be unlikely? We add up what it gives them, and what it would take to put things right.


# %%
def for_new(network):
    """The share of all probability that the network gives to new products, and HR@10 on
    them if it is set right.
    """
    # log-probabilities (B, 241)
    scores = launched(network).score_catalogue(histories).numpy()
    given = np.exp(scores[:, 1:])[:, is_new].sum() / len(scores)
    lifted = scores.copy()
    lifted[:, 1:][:, is_new] += np.log(share / given)
    return given, found(lifted, is_new)


given, hit_rate = for_new(added)
with torch.no_grad():
    item = added.encoder.item
    id_part, content_part = (
        item.id.weight[1 : OLD + 1],
        item.content(item.features[1:-1]),
    )
print(
    f"new products get {given:.1%} of the probability, and have {share:.0%} of the "
    "clicks"
)
print(
    f"lifted to what they deserve, all by the same factor: HR@10 {hit_rate:.2f} on new "
    "products"
)

long = id_part.norm(dim=1).mean() / content_part.norm(dim=1).mean()
print(f"an old product's id part is {long:.2f} times as long as its content part")

# %% [markdown]
# They are held to be unlikely, all of them alike: raised together, many of them come back. Why? A new product has no id part, so its vector is shorter, and so are its dot products. We change that and nothing else: all new vectors are
# stretched by one factor, until their mean length is that of the old ones.

# %% tags=["nbval-check-output"]
longer = launched(added)
item = longer.encoder.item
with torch.no_grad():
    lengths = item.weight[1 : OLD + NEW + 1].norm(dim=1)  # (240,)
    stretch = lengths[:OLD].mean() / lengths[OLD:].mean()
    item.features[OLD + 1 : OLD + NEW + 1] *= stretch
stretched = found(longer.score_catalogue(histories).numpy(), is_new)
print(f"new vectors are {1 - 1 / stretch:.0%} shorter than old ones")
print(f"stretched: HR@10 {stretched:.1f} on new products")

# %% [markdown]
# A small difference in length, and it alone brings back nearly as many as raising them did.
#
# Is it also that the id vectors hold something which *all* products have in common, and new ones lack it? It sounds right, and it is easy to test: give each new product the **mean** id vector of the old ones. 10.8 has that row ("mean id for new"). It finds *fewer*
# new products, not more. So that is no reason.
#
# ## 10.6 Practise without the id
#
# So we make training see such vectors. In each step some items lose their id vector, at random, and the model must do with content. This is dropout of a whole
# part (Volkovs, Yu & Poutanen, 2017). After training nobody is hidden: old products have both parts, new ones what was practised.
#
# ### Your turn (10.5) · 8 minutes · *hard*


# %%
@exercise("10.5")
def visible_rows(self, items):
    """Which row of `self.id` each item gets.

    self:  a module with   self.rows        (n_items + 2,) long: an item's own row, 0 if it has none
                           self.n_items     n_items + 1 is MASK, which is never hidden: it has no content
                           self.id_dropout  in training, the probability that an item gets row 0 instead of its own
                           self.training    False: nobody is hidden
    items: (...) long, 0 to n_items + 1. Each entry is hidden or not by itself. Returns
    long, shaped like items.
    """
    ### BEGIN SOLUTION
    rows = self.rows[items]
    if not self.training:
        return rows
    is_hidden = torch.rand(items.shape, device=items.device) < self.id_dropout
    return rows.masked_fill(is_hidden & (items <= self.n_items), 0)
    ### END SOLUTION


# %%
hint("10.5")


# %%
class PractisedEmbedding(ItemEmbedding):
    def visible_rows(self, items):
        return visible_rows(self, items)


practised = learn(reader(PractisedEmbedding, id_dropout=0.3))
results["id + content, id dropout"] = both_sides(
    launched(practised).score_catalogue(histories).numpy()
)
alone = learn(reader(has_id=False))
results["content only"] = both_sides(launched(alone).score_catalogue(histories).numpy())

fig, ax = plt.subplots(figsize=WIDE)
models = [
    "ids only",
    "id + content",
    "id + content, id dropout",
    "content only",
    "oracle",
]
for number, (side, colour) in enumerate((("new", COLOURS[1]), ("old", COLOURS[0]))):
    values = [results[model][side] for model in models]
    ax.bar(
        np.arange(5) + 0.4 * number - 0.2,
        values,
        0.38,
        color=colour,
        label=f"clicks on {side} products",
    )
    for place, value in enumerate(values):
        ax.text(
            place + 0.4 * number - 0.2,
            value + 0.01,
            f"{value:.2f}",
            ha="center",
            fontsize=8,
        )
ax.set(xticks=range(5), ylim=(0, 1), ylabel="HR@10 (expected)")
ax.set_xticklabels([model.replace(", ", ",\n") for model in models], fontsize=8)
ax.legend(loc="upper left")
show(
    fig,
    alt="HR@10 of clicks on new and on old products. Ids only: almost 0 on new ones, "
    "about a half on old ones. With content the new ones rise to about a quarter, with "
    "id dropout further, with content only furthest; clicks on old products "
    "stay between about .5 and .65. The oracle has nearly .8 on both.",
)

# %% tags=["nbval-check-output"]
new = {model: result["new"] for model, result in results.items()}
print(
    f"clicks on new products that are found: {new['id + content']:.0%}, with id dropout "
    f"{new['id + content, id dropout']:.0%}"
)
print(
    f"share of the probability that they get: {given:.0%}, with id dropout "
    f"{for_new(practised)[0]:.0%}"
)

# %% [markdown]
# Mind the old products: some give way in the top 10, now that the new ones compete for it. And content alone is good on this small shop, where a type and a
# tier say nearly all there is to say of a product. In your shop two products with the same content may differ as day and night (a bestseller and a
# dud of the same brand), and only an id can tell. That is what the measurement below is for. It also has a rival of id dropout that needs no training at all.

# %% [markdown]
# ## 10.7 What the columns have learned
#
# Types that go together in shoppers' journeys should have content vectors that point the same way. Does the model find that out? Ours can't show it: species, category and the words of the name say it already. So here is a model that is told less.
# It reads nothing but the type. We take $W_{\text{content}}\,x$ of all old products, average it by type, take off the overall mean, and compare types by the cosine, before and after training.

# %%
species = (
    shop.products.drop_duplicates("product_type")
    .set_index("product_type")["species"]
    .sort_values(kind="stable")
)
of_type = shop.products["product_type"].to_numpy()


def by_type(embedding):
    """Cosines between the types' mean content vectors, less the overall mean.

    (27, 27).
    """
    with torch.no_grad():
        content = embedding.content(embedding.features[1 : OLD + 1])  # (200, D)
    rows = [torch.from_numpy(of_type == kind) for kind in species.index]
    means = torch.stack([content[row].mean(dim=0) for row in rows])
    directions = nn.functional.normalize(means - content.mean(dim=0), dim=1)
    return (directions @ directions.T).numpy()


only_type = FeatureTable([Labels("product_type")]).fit(shop.products)
torch.manual_seed(1)
told_less = CourseEmbedding(only_type.transform(shop.products), 48, has_id=False)
untrained = by_type(told_less)
learn(told_less)
cosine = by_type(told_less)

# %%
fig, ax = plt.subplots(figsize=(6.4, 5.6))
image = ax.imshow(cosine, cmap=DIVERGING, vmin=-1, vmax=1)
ax.set(xticks=range(len(species)), yticks=range(len(species)))
ax.set_yticklabels(species.index, fontsize=6)
ax.set_xticklabels(species.index, fontsize=6, rotation=90)
ax.grid(False)
kinds = species.to_numpy()
for edge in np.flatnonzero(kinds[1:] != kinds[:-1]) + 0.5:
    ax.axhline(edge, color="k", lw=1)
    ax.axvline(edge, color="k", lw=1)
fig.colorbar(image, ax=ax, label="cosine")
fig.tight_layout()
show(
    fig,
    alt="Cosines between the content vectors of all product types after training, "
    "ordered by species. Within cat, dog and fish types blocks of positive cosines "
    "stand out, between species most are negative.",
)

# %% tags=["nbval-check-output"]
pairs, alike = np.triu(np.ones_like(cosine, bool), 1), kinds[:, None] == kinds
for name, of in (("one species", pairs & alike), ("two species", pairs & ~alike)):
    print(f"types of {name}: mean cosine {cosine[of].mean():+.1f}")

# %%
for when, of in (("before", untrained), ("after", cosine)):
    nearest = (of - 2 * np.eye(len(of))).argmax(axis=1)
    same_kind = (kinds[nearest] == kinds).sum()
    print(
        f"{when} training, the nearest type is of the same species for {same_kind} of "
        f"{len(kinds)} types"
    )

# %% [markdown]
# So clicks alone teach which types belong together. And which columns does a new product live by, in the model that reads them all? We blank one column of the catalogue at a time, in the finished model and for new products only.

# %%
without = {"nothing": results["id + content, id dropout"]["new"]}
for column in columns:
    blanked = features.copy()
    own = [
        name.startswith((column.column + "=", column.column + "#"))
        or name == f"log {column.column}"
        for name in table.names_
    ]
    blanked[np.ix_(is_new, own)] = 0
    without[column.column] = found(
        with_catalogue(practised, blanked, old_number)
        .score_catalogue(histories)
        .numpy(),
        is_new,
    )
pd.Series(without, name="HR@10 on new products without it").round(2).to_frame()

# %% [markdown]
# The name, of all things: it holds the words of the type ("Puppy", "Food"), and brands besides, and the model has spread what it knows of a type over both.
# (Blanking asks what *this* model uses. A model that had been trained without names would lean on the type instead.)

# %% [markdown]
# ## 10.8 Measured
#
# One seed proves little, and 240 products are a small shop. The table below was made by one command,
# `python -m benchmarks.bench_item_features course/measured/10_cold_start.csv`: 400 products, 80 launched, 2,000 shoppers who teach, three seeds
# (world, journeys, launch and training anew). Id dropout was chosen on a *different* launch, with other new products and other shoppers.

# %% tags=["nbval-check-output"]
cold_start = measured("10_cold_start")
choice = cold_start[
    (cold_start["launch"] == "choice") & cold_start["items"].isin(["new", "old", "all"])
]
choice.pivot_table(index="model", columns="items", values="hr").sort_values(
    "all"
).round(3)

# %% tags=["nbval-check-output"]
test = cold_start[cold_start["launch"] == "test"]
judged = (
    test[test["items"].isin(["new", "old", "all"])]
    .groupby(["model", "items"])["hr"]
    .agg(["mean", "std"])
    .unstack()
)
judged.sort_values(("mean", "all")).round(3)

# %% tags=["nbval-check-output"]
mean = test[test["items"] == "new"].pivot_table(
    index="seed", columns="model", values="hr"
)
gap = mean["oracle"] - mean["id only"]
print("share of the gap on new products that is closed:")
for model in [name for name in mean if "content" in name]:
    closed = (mean[model] - mean["id only"]) / gap
    print(f"    {model:47s} {closed.mean():.0%} ± {closed.std():.0%}")

# %% [markdown]
# "id only, mean of the type" is the clever trick without learning: give a new product the mean vector of its type. It finds new products, and pays for it with
# old ones. Content alone, and content with id dropout, are ahead on both, without being told that the type is what matters. Id and content *without* id dropout are behind the trick on new products (.21 against .32): they have the fault of 10.5.
#
# **Where does content help?** The same clicks, by how often training saw the product:

# %%
groups = [
    "new",
    *sorted(
        {g for g in test["items"] if g.endswith("clicks")},
        key=lambda g: int(g.split()[0]),
    ),
]
fig, ax = plt.subplots(figsize=WIDE)
lines = ["oracle", "content only", "id and content, id dropout 0.3", "id only"]
for model, colour in zip(
    lines, (COLOUR_OF["oracle"], COLOURS[3], COLOURS[1], COLOURS[0]), strict=True
):
    part = (
        test[test["model"] == model]
        .groupby("items")["hr"]
        .agg(["mean", "std"])
        .reindex(groups)
    )
    ax.errorbar(
        range(len(groups)),
        part["mean"],
        part["std"],
        marker="o",
        capsize=3,
        color=colour,
        label=model,
    )
ax.set(
    xticks=range(len(groups)),
    ylim=(0, 1),
    ylabel="HR@10 (expected)",
    xlabel="clicks of the product in training",
)
ax.set_xticklabels(
    [group.replace(" clicks", "").replace(" to 999999", " or more") for group in groups]
)
ax.legend(fontsize=8)
show(
    fig,
    alt="HR@10 over the number of clicks that a product had in training. Oracle: .6 "
    "for new products, .3 for those with 1 to 19 clicks, then rising to nearly .8. "
    "Models with content: about .4 for new products, next to nothing for 1 to 19 "
    "clicks, then rising to .65. Ids only: 0 up to 49 clicks, then rising steeply to "
    ".6.",
)

# %% tags=["nbval-check-output"]
by_clicks = (
    test.groupby(["model", "items"])["hr"].mean().unstack("model").reindex(groups)
)
gain = by_clicks["id and content, id dropout 0.3"] - by_clicks["id only"]
print("gain of HR@10 by content and id dropout 0.3, by clicks in training:")
for group, value in gain.items():
    print(f"    {group:24s} {value:+.3f}")

# %% [markdown]
# The dip is no mistake. A product that 2,000 shoppers have hardly clicked is *unpopular*, and belongs into few top tens. A new one is only *unknown*, and as popular as any, on
# average. (The oracle dips too, to .29. The models fall much further, so for these products there is more to find than they find.) A log from which old clicks were deleted can't tell these two apart. At 200 clicks and more, id vectors have learned most of what the catalogue says.
#
# And the choice? Without id dropout the models are best on old products, with it or with content only on new ones; over all clicks they are close.
#
# ### One number instead
#
# In 10.5 all new products were held to be unlikely *alike*. Then a cheaper cure is in sight: **add one number to the scores of all of them**, after training. How large? Not by looking at the launch that we are judged on. We hold a *rehearsal*: another launch, of
# other products, with visits that went another way. The number that gives the best HR@10 over all clicks there is taken here.
#
# **Guess:** over all clicks, which is better on our launch: id dropout .3, or no id dropout and one number?

# %%
# The better one over all clicks: "id dropout" or "one number"
guess("10.5", ...)

# %%
rehearsal = shop.launch(NEW, on="2026-09-01", seed=2)
its_log = rehearsal.journeys(
    events_per_user=(10, 40), users=range(1_500, 2_000), seed=2
).interactions
rows = build_sequences(its_log, MAX_LEN)["item_sequence"]
its_histories = torch.from_numpy(pad_left([row[:-1] for row in rows], MAX_LEN))
its_law = Oracle(rehearsal).next_item_probabilities(its_histories.numpy())
its_features = table.transform(rehearsal.products)


def raised(scores, number):
    """The scores, those of launched products higher by a number."""
    return scores + number * (np.arange(scores.shape[1]) > OLD)


def over_all(scores, law):
    """HR@10 over all clicks."""
    top = np.argsort(-scores[:, 1:], axis=1)[:, :10] + 1
    return np.take_along_axis(law, top, axis=1).sum(axis=1).mean()


numbers = np.arange(-1, 5.1, 0.5)
one_number = {}
for name, network in (
    ("id + content", added),
    ("id + content, id dropout", practised),
    ("content only", alone),
):
    there = with_catalogue(network, its_features, old_number)
    there = there.score_catalogue(its_histories).numpy()
    number = max(numbers, key=lambda by: over_all(raised(there, by), its_law))
    here = launched(network).score_catalogue(histories).numpy()
    one_number[name] = {"number": number, "all, without it": over_all(here, law)}
    one_number[name] |= both_sides(raised(here, number))
one_number = pd.DataFrame(one_number).T
number_wins = (
    one_number["all"]["id + content"]
    > one_number["all, without it"]["id + content, id dropout"]
)
reveal("10.5", "one number" if number_wins else "id dropout")
one_number.round(3)

# %% [markdown]
# (One shop, one run of each model.) Where new products were held to be unlikely, one number does more over all clicks than id dropout, and costs no training. Here it finds nearly twice as many new products as before, and old ones pay a little. How many it finds hangs on the number, and so on the rehearsal: on the two other shops it took .5 and 1.5, and found half as many again and more than twice as many.
#
# The other two models don't need it. The rehearsal asks for a number *below* zero, and our launch gains nothing by it: they gave new products enough already, even a little too much. So look for the fault first: add up what new products get, as in 10.5, and compare it with what they are clicked.

# %% [markdown]
# ## 10.9 Take it home
#
# In a recommender, content is an option of any model, and the catalogue goes to `fit`. It trains on the products that were clicked and on no others:
# in a softmax over the whole catalogue an unclicked product would be a negative at every step, and the model would learn that new means unwanted.

# %%
log = shop.journeys(events_per_user=(10, 40), users=400, seed=1).interactions
catalogue = after.products.reset_index().rename(columns={"product_id": "item_id"})
recommender = SequentialRecommender(
    SASRecConfig(
        D=32,
        n_blocks=1,
        hidden=64,
        dropout=0.0,
        content=Content(columns=columns, id_dropout=0.3),
    ),
    max_len=20,
    progress=False,
    training=TrainConfig(
        epochs=4, batch_size=32, learning_rate=0.005, schedule="linear", warmup_steps=40
    ),
).fit(log, items=catalogue[:OLD])

with tempfile.TemporaryDirectory() as folder:
    recommender.save(folder)  # before the launch
    loaded = SequentialRecommender.load(folder)
loaded.add_items(catalogue[OLD:])  # on the day of the launch, without training
visitors = after.journeys(
    events_per_user=3, users=range(1_600, 1_700), seed=1
).interactions
lists = loaded.recommend(visitors, top_k=10)  # (100, 10)
launched_in = (lists > OLD).sum(axis=1)
print(
    f"of the places in 100 visitors' lists {launched_in.sum() / lists.size:.0%} hold a "
    f"launched product; {(launched_in > 0).sum()} lists have one"
)

# %% [markdown]
# The list of a visitor who gets one:

# %%
named = catalogue.set_index("item_id")["name"]
visitor = visitors[visitors["user_id"] == 1_600 + launched_in.argmax()]
print("clicked:", *named[visitor["item_id"]], sep="\n    ")
ten = loaded.recommend_frame(visitor, top_k=10).assign(
    name=lambda rows: rows["item_id"].map(named)
)
ten[["rank", "name"]].assign(launched=ten["item_id"] > OLD)

# %%
at_once = SequentialRecommender(
    recommender.model, max_len=20, progress=False, training=recommender.training
)
at_once.fit(log, items=catalogue)
# With the new products known beforehand the scores are the same, bit for bit
assert np.array_equal(at_once.score_items(visitor), loaded.score_items(visitor))

# %% [markdown]
# ## Key ideas
#
# - A product is its number *and* what the catalogue says. $e_j = \text{id}_j + W x_j$, one module for all models.
# - Labels: multi-hot, so that new combinations of known parts mean something. Numbers: log, scaled by what training knows. Words: hashed, with a hash that stays.
# - A product that training does not know has no id vector: zeros, not noise. Id dropout lets training practise that. Try one added number first.
# - Do not train on products that nobody could click yet: as negatives, they are learned to be bad.
# - Content helps most where nobody has clicked, and old products too. Where a product has hundreds of clicks, its id has learned most of it.
# - Test new products by launching them, not by deleting old ones from a log.

# %%
scoreboard("10")
calibration("10")

# %%
quiz("10.1")

# %%
quiz("10.2")

# %%
quiz("10.3")

# %%
quiz("10.4")

# %% [markdown]
# **Go further.** Volkovs, Yu & Poutanen (2017), *DropoutNet: Addressing Cold Start in Recommender Systems.* Weinberger, Dasgupta, Langford, Smola & Attenberg (2009),
# [*Feature Hashing for Large Scale Multitask Learning*](https://arxiv.org/abs/0902.2206). Zhang et al. (2019), *Feature-level Deeper Self-Attention Network for Sequential Recommendation.* Hou et al. (2022),
# [*Towards Universal Sequence Representation Learning for Recommender Systems*](https://arxiv.org/abs/2206.05941).
#
# **Open task.** How many clicks does a new product need, before an id vector of its own is worth more than content alone? Let the shop after the launch go on, train again with the first 10, 30 and 100 clicks of each new product, and compare. We don't know the answer.
#
# Next: **[11 · Retrieve and rerank](11_retrieve_and_rerank.ipynb)**, where item vectors made of content find candidates among many thousands.
