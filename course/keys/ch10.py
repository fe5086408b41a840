"""Answer key of chapter 10."""

import numpy as np
import torch

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.items import ItemEmbedding, bucket, words
from seqrec.items.encodings import Standardiser, hashed_words, multi_hot

# --- 10.1 Multi-hot -------------------------------------------------------------------------------


def _label_probes(rng):
    yield Probe(([["dog", "food"], ["cat"]], ["cat", "dog", "food"]), label="two products")
    yield Probe(([["toy", "toy"], ["toy"]], ["toy"]), label="a label twice")
    yield Probe(([["newt"], ["newt", "dog"]], ["dog", "food"]), label="a label without a column")
    yield Probe(([[], ["dog"]], ["dog", "food"]), label="a product without labels")
    yield Probe(([["a"]], ["b", "a"]), label="columns that are not sorted")
    names = list("abcdefg")
    for _ in range(3):
        rows = [rng.choice(names, rng.integers(0, 5)).tolist() for _ in range(rng.integers(1, 6))]
        yield Probe((rows, rng.permutation(names[:5]).tolist()), label="random labels")


def _counted(rows, labels):
    return np.array([[row.count(label) for label in labels] for row in rows], np.float32)


def _one_hot(rows, labels):
    return multi_hot([row[:1] for row in rows], labels)


def _sorted_columns(rows, labels):
    return multi_hot(rows, sorted(labels))


def _own_labels(rows, labels):
    return multi_hot(rows, sorted({label for row in rows for label in row}))


def _shared_out(rows, labels):
    matrix = multi_hot(rows, labels)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _refuses(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    for row, own in enumerate(rows):
        for label in own:
            matrix[row, labels.index(label)] = 1
    return matrix


_LABELS = Exercise(
    id="10.1",
    title="Several labels",
    minutes=5,
    reference=multi_hot,
    probes=_label_probes,
    hints=(
        "Begin with zeros, n rows and a column per label. Then set ones.",
        "`{label: column for column, label in enumerate(labels)}` says where a label goes.",
        "Two loops: over the rows, and over the labels of a row; `if label in place: matrix[row, "
        "place[label]] = 1`.",
    ),
    misconceptions=(
        Misconception(
            name="counts",
            wrong=_counted,
            says="You count how often a product has a label. It has it or not: a label that stands "
            "there twice is a 1.",
        ),
        Misconception(
            name="the first label only",
            wrong=_one_hot,
            says="You keep the first label of each product. Every label of a product that has a "
            "column is a 1.",
        ),
        Misconception(
            name="sorts the columns",
            wrong=_sorted_columns,
            says="Your columns are in alphabetical order. They must be in the order of `labels`, "
            "as they were learned.",
        ),
        Misconception(
            name="columns from these rows",
            wrong=_own_labels,
            says="Your columns are the labels that these products happen to have. Columns come "
            "from `labels`, else training and launch have different matrices.",
        ),
        Misconception(
            name="rows that sum to 1",
            wrong=_shared_out,
            says="You share a 1 among the labels of a product. Each label that it has is a full 1.",
        ),
        Misconception(
            name="fails on an unknown label",
            wrong=_refuses,
            says="Your code stops at a label without a column. Here such a label is left out.",
        ),
    ),
)

# --- 10.2 The price -------------------------------------------------------------------------------


def _fitted(answer, known, values):
    """What becomes of `values`, and what was learned of `known`."""
    scale = answer().fit(known)
    return {"scaled": scale.transform(values), "mean_": float(scale.mean_), "sd_": float(scale.sd_)}


def _scale_probe(label, known, values):
    return Probe((np.array(known, float), np.array(values, float)), label=label, call=_fitted)


def _scale_probes(rng):
    yield _scale_probe("one dear newcomer", [0.0, 2.0, 4.0], [0.0, 2.0, 4.0, 14.0])
    yield _scale_probe("all are known", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    yield _scale_probe("other numbers than those of fit", [1.0, 2.0, 3.0], [7.0])
    yield _scale_probe("fit saw one number again and again", [5.0, 5.0], [5.0, 80.0])
    yield _scale_probe("fit saw 0.1 three times", [0.1, 0.1, 0.1], [0.1, 0.2, 0.3])
    yield _scale_probe("fit saw a single number", [3.0], [1.0, 2.0])
    yield _scale_probe("fit saw zeros", [0.0, 0.0], [0.0, 1.0])
    yield _scale_probe("fit saw -0.1 three times", [-0.1, -0.1, -0.1], [-0.1, 0.2])
    yield _scale_probe("fit saw one large number seven times", [1e6 + 0.1] * 7, [1e6, 2e6])
    yield _scale_probe("very small numbers", [1e-20, 3e-20], [2e-20, 4e-20])
    yield _scale_probe("a narrow range, far from 0", [1000.0, 1000.001, 1000.002], [1000.003])
    for _ in range(3):
        yield _scale_probe("random numbers", rng.normal(3, 2, 9), rng.normal(3, 2, 5))


class _ByAll(Standardiser):
    def transform(self, values):
        return Standardiser.transform(Standardiser().fit(values), values)


class _SampleSd(Standardiser):
    def fit(self, values):
        super().fit(values)
        self.sd_ = float(np.std(values, ddof=1)) if self.sd_ else 0.0
        return self


class _DividesByNothing(Standardiser):
    def fit(self, values):
        self.mean_, self.sd_ = float(np.mean(values)), float(np.std(values))
        return self

    def transform(self, values):
        with np.errstate(all="ignore"):
            return (values - self.mean_) / self.sd_


class _Centred(Standardiser):
    def transform(self, values):
        return values - self.mean_


class _MinMax(Standardiser):
    def fit(self, values):
        self.mean_, self.sd_ = float(np.min(values)), float(np.ptp(values))
        return self


class _NoSelf(Standardiser):
    def fit(self, values):
        super().fit(values)


class _Variance(Standardiser):
    def fit(self, values):
        super().fit(values)
        self.sd_ = self.sd_**2
        return self


_SCALE = Exercise(
    id="10.2",
    title="A scale that the future can't move",
    minutes=7,
    reference=Standardiser,
    probes=_scale_probes,
    hints=(
        "`fit` learns and keeps, `transform` uses what was kept. Nothing that `transform` is given "
        "may change it.",
        "In `fit`: `self.mean_ = values.mean()`, `self.sd_ = values.std()`, and 0 where that is "
        "nothing but rounding. And `return self`.",
        "In `transform`: zeros if `self.sd_ == 0`, else `(values - self.mean_) / self.sd_`.",
    ),
    misconceptions=(
        Misconception(
            name="scaled by what is transformed",
            wrong=_ByAll,
            says="`transform` computes mean and standard deviation anew, of what it is given. A "
            "launch would move the numbers of old products. Use what `fit` learned.",
        ),
        Misconception(
            name="standard deviation of a sample",
            wrong=_SampleSd,
            says="You divide by the standard deviation with n - 1. Take NumPy's own, with n.",
        ),
        Misconception(
            name="divides by zero",
            wrong=_DividesByNothing,
            says="Where `fit` saw the same number again and again, you divide by 0, or by what "
            "rounding left over. Then `sd_` is 0, and `transform` gives zeros.",
        ),
        Misconception(
            name="mean only",
            wrong=_Centred,
            says="You subtract the mean and stop. Divide by the standard deviation too.",
        ),
        Misconception(
            name="smallest and largest",
            wrong=_MinMax,
            says="You scale from the smallest to the largest number. One extreme price decides "
            "everything then: take mean and standard deviation.",
        ),
        Misconception(
            name="fit returns nothing",
            wrong=_NoSelf,
            says="Your `fit` returns nothing, so `Standardiser().fit(x).transform(y)` fails. End "
            "with `return self`.",
        ),
        Misconception(
            name="the variance",
            wrong=_Variance,
            says="You divide by the variance. Its root, the standard deviation, has the unit of "
            "the numbers.",
        ),
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(edit=f"{line.format(*right)} -> {line.format(*edit)}", reason=reason)
        for line, right, edits in (
            (
                "self.sd_ = sd if sd {} {} * np.abs(values).{}() else 0.0",
                (">", "1e-12", "max"),
                ((">=", "1e-12", "max"), (">", "2e-12", "max"), (">", "1e-12", "min")),
            ),
            (
                "if self.sd_ {} {} * np.abs(values).{}():",
                ("<=", "1e-12", "max"),
                (("<", "1e-12", "max"), ("<=", "2e-12", "max"), ("<=", "1e-12", "min")),
            ),
        )
        for edit, reason in zip(
            edits,
            (
                "Only a standard deviation of exactly the bound would tell.",
                "Any bound between rounding and data will do.",
                "Numbers so close together have nearly the same largest and smallest.",
            ),
            strict=True,
        )
    ),
)

# --- 10.3 Hashed words ----------------------------------------------------------------------------


def _word_probes(rng):
    yield Probe((["Bellamy Classic Puppy Food", "Tail & Co Food"], 64), label="two names")
    yield Probe((["food FOOD, food!"], 16), label="a word three times")
    yield Probe((["", "&"], 8), label="no word at all")
    yield Probe((["one two three four five"], 1), label="a single bucket")
    lexicon = ["puppy", "Bowl", "mat", "Water", "dispenser", "Toy", "cat", "fish"]
    for _ in range(3):
        texts = [" ".join(rng.choice(lexicon, rng.integers(0, 5))) for _ in range(4)]
        yield Probe((texts, int(rng.integers(2, 40))), label="random names")


def _counted_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, bucket(word, buckets)] += 1
    return matrix


def _split_at_spaces(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in text.split():
            matrix[row, bucket(word, buckets)] = 1
    return matrix


def _whole_text(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        matrix[row, bucket(text.lower(), buckets)] = 1
    return matrix


def _length_of_word(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, len(word) % buckets] = 1
    return matrix


_WORDS = Exercise(
    id="10.3",
    title="Words in buckets",
    minutes=5,
    reference=hashed_words,
    probes=_word_probes,
    hints=(
        "As in 10.1, with buckets in the place of labels. No word is unknown.",
        "For each text: `for word in words(text)`. The column is `bucket(word, buckets)`.",
        "`matrix[row, bucket(word, buckets)] = 1`, in a matrix of zeros of float32.",
    ),
    misconceptions=(
        Misconception(
            name="counts",
            wrong=_counted_words,
            says="You add up words, so a bucket with two of them holds a 2. It is a 1 as soon as "
            "one word is there.",
        ),
        Misconception(
            name="splits at spaces",
            wrong=_split_at_spaces,
            says="You cut the text at spaces, so 'Food', 'food' and 'food!' are three words. "
            "`words(text)` makes one of them.",
        ),
        Misconception(
            name="hashes the whole text",
            wrong=_whole_text,
            says="You hash the whole name, so names have nothing in common. Hash each word.",
        ),
        Misconception(
            name="a hash that is none",
            wrong=_length_of_word,
            says="You put words of equal length into one bucket. `bucket(word, buckets)` spreads "
            "them.",
        ),
    ),
)

# --- 10.4 and 10.5 The embedding ------------------------------------------------------------------


class _EveryOtherHidden(ItemEmbedding):
    """Hides by rule, not at random."""

    def visible_rows(self, items):
        return self.rows[items] * (items % 2)


def _embedding(rng, kind=ItemEmbedding, **settings):
    torch.manual_seed(int(rng.integers(1000)))
    features = torch.from_numpy(rng.normal(size=(6, 3)).astype(np.float32))
    return kind(features, 4, **settings)


def _some(rng, *shape):
    return torch.from_numpy(rng.integers(0, 8, shape))


def _forward_probes(rng):
    yield Probe((_embedding(rng).eval(), torch.arange(8)), label="all items, PAD and MASK")
    yield Probe((_embedding(rng).eval(), torch.tensor([0])), label="padding")
    known = [True, False, True, True, False, True]
    yield Probe(
        (_embedding(rng, has_id=known).eval(), _some(rng, 2, 3)),
        label="two items without an id vector",
    )
    yield Probe((_embedding(rng, has_id=False).eval(), torch.tensor([2, 7])), label="content only")
    yield Probe(
        (_embedding(rng, _EveryOtherHidden), _some(rng, 3, 5)), label="every other item is hidden"
    )
    yield Probe((_embedding(rng).eval(), _some(rng, 2, 3, 2)), label="three axes")


def _all_rows(self, items):
    return self.id(self.rows[items]) + self.content(self.features[items])


def _item_is_row(self, items):
    return self.id(items.clamp(max=len(self.id.weight) - 1)) + self.content(self.features[items])


def _content_by_row(self, items):
    rows = self.visible_rows(items)
    return self.id(rows) + self.content(self.features[rows])


def _beside(self, items):
    return torch.cat(
        [self.id(self.visible_rows(items)), self.content(self.features[items])], dim=-1
    )


def _mean_of_both(self, items):
    return (self.id(self.visible_rows(items)) + self.content(self.features[items])) / 2


def _content_alone(self, items):
    return self.content(self.features[items])


def _one_or_the_other(self, items):
    rows = self.visible_rows(items)[..., None]
    return torch.where(rows > 0, self.id(rows[..., 0]), self.content(self.features[items]))


_FORWARD = Exercise(
    id="10.4",
    title="Id plus content",
    minutes=8,
    reference=ItemEmbedding.forward,
    probes=_forward_probes,
    hints=(
        "Two vectors of width D for each item, added. Which row does each of the two come from?",
        "Content: `self.content(self.features[items])`. Id: `self.id(...)` of the rows that "
        "`visible_rows` gives.",
        "`return self.id(self.visible_rows(items)) + self.content(self.features[items])`.",
    ),
    misconceptions=(
        Misconception(
            name="forgets who is hidden",
            wrong=_all_rows,
            says="You take every item's own row. `self.visible_rows(items)` says which row it gets "
            "in this look.",
        ),
        Misconception(
            name="the item's number as its row",
            wrong=_item_is_row,
            says="You use the item's number as its row of `id`. Products without an id vector have "
            "none there: ask `self.visible_rows(items)`.",
        ),
        Misconception(
            name="content by row",
            wrong=_content_by_row,
            says="You look up the features by the row of the id. Features have a row per item: "
            "`self.features[items]`.",
        ),
        Misconception(
            name="side by side",
            wrong=_beside,
            says="You put the two side by side, and the vector is 2 D wide. They are added.",
        ),
        Misconception(
            name="the mean",
            wrong=_mean_of_both,
            says="You take the mean. It is the sum: then an item without an id vector is its "
            "content, whole.",
        ),
        Misconception(
            name="content alone",
            wrong=_content_alone,
            says="You return content only. Add the id vector, `self.id(...)`.",
        ),
        Misconception(
            name="one or the other",
            wrong=_one_or_the_other,
            says="You use content only where there is no id vector. Every item has content, also "
            "one with an id.",
        ),
    ),
)


def _looks(answer, module, items):
    """What can be said of random rows without knowing the draws."""
    torch.manual_seed(7)
    rows = answer(module, items)
    own = module.rows[items]
    hidden, mask = (rows == 0) & (own > 0), items == module.n_items + 1
    could = (own > 0) & ~mask
    share = hidden[could].float().mean().item() if could.any() else 0.0
    expected = module.id_dropout if module.training else 0.0
    by_item = [
        hidden[items == item].float().mean().item()
        for item in range(1, module.n_items + 1)
        if module.rows[item]
    ]
    return {
        "shape": tuple(rows.shape),
        "dtype": str(rows.dtype),
        "each row is the item's own or 0": bool(((rows == own) | (rows == 0)).all()),
        "hidden": {0: "none", 1: "all"}.get(
            share, "as asked" if abs(share - expected) < 0.05 else "another share"
        ),
        "expected": {0: "none"}.get(expected, "as asked"),
        "MASK is hidden": bool(hidden[mask].any()),
        "entries of one item are hidden each by itself": expected == 0
        or all(0 < part < 1 for part in by_item),
    }


def _row_probes(rng):
    items = _some(rng, 60, 50)
    known = [True, True, False, True, True, True]
    yield Probe(
        (_embedding(rng, id_dropout=0.3).train(), items),
        label="in training, 30 % hidden",
        call=_looks,
    )
    yield Probe(
        (_embedding(rng, id_dropout=0.8).train(), items),
        label="in training, 80 % hidden",
        call=_looks,
    )
    yield Probe(
        (_embedding(rng, id_dropout=0.8).eval(), items), label="after training", call=_looks
    )
    yield Probe(
        (_embedding(rng, has_id=known).eval(), _some(rng, 4, 3)),
        label="after training, some without an id",
    )
    yield Probe((_embedding(rng).train(), _some(rng, 5)), label="in training, without id dropout")


def _always(self, items):
    is_hidden = torch.rand(items.shape) < self.id_dropout
    return self.rows[items].masked_fill(is_hidden & (items <= self.n_items), 0)


def _keeps_the_share(self, items):
    rows = self.rows[items]
    if not self.training or not self.id_dropout:
        return rows
    return rows.masked_fill(
        (torch.rand(items.shape) > self.id_dropout) & (items <= self.n_items), 0
    )


def _hides_mask(self, items):
    rows = self.rows[items]
    return rows.masked_fill(torch.rand(items.shape) < self.id_dropout, 0) if self.training else rows


def _all_or_none(self, items):
    rows = self.rows[items]
    is_hidden = (torch.rand(1) < self.id_dropout) & (items <= self.n_items)
    return rows.masked_fill(is_hidden, 0) if self.training else rows


def _per_item(self, items):
    hidden = torch.rand(self.n_items + 2) < self.id_dropout
    hidden[-1] = False
    rows = self.rows[items]
    return rows.masked_fill(hidden[items], 0) if self.training else rows


def _never(self, items):
    return self.rows[items]


_ROWS = Exercise(
    id="10.5",
    title="Practise without the id",
    minutes=8,
    reference=ItemEmbedding.visible_rows,
    probes=_row_probes,
    hints=(
        "Start from everybody's own row, `self.rows[items]`. When is that already the answer?",
        "A random number per entry: `torch.rand(items.shape) < self.id_dropout`. MASK is item "
        "`self.n_items + 1`.",
        "`rows.masked_fill(is_hidden & (items <= self.n_items), 0)` in training, `rows` otherwise.",
    ),
    misconceptions=(
        Misconception(
            name="hides after training too",
            wrong=_always,
            says="You hide id vectors after training as well. `self.training` is False then, and "
            "nobody is hidden.",
        ),
        Misconception(
            name="keeps instead of hides",
            wrong=_keeps_the_share,
            says="You keep the share that should be hidden. `id_dropout` is the probability of row "
            "0: `torch.rand(...) < self.id_dropout`.",
        ),
        Misconception(
            name="hides MASK",
            wrong=_hides_mask,
            says="You hide MASK too. It has no content, so it would be a vector of zeros, like "
            "padding.",
        ),
        Misconception(
            name="all or none",
            wrong=_all_or_none,
            says="You draw one number for the whole batch, so all are hidden or nobody is. Draw "
            "one for each entry.",
        ),
        Misconception(
            name="a draw per item",
            wrong=_per_item,
            says="You draw once for each item, so all its places are hidden together. Draw for "
            "each entry.",
        ),
        Misconception(
            name="never hides",
            wrong=_never,
            says="You return everybody's own row, always. In training some of them become 0.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="if not self.training or not self.id_dropout: -> *",
            reason="With id_dropout 0 no random number is below it, so the shortcut changes "
            "nothing.",
        ),
        EquivalentMutant(
            edit="is_hidden = torch.rand(rows.shape, device=rows.device) < self.id_dropout -> *",
            reason="< or <=: a draw that equals the share exactly has probability 0.",
        ),
        EquivalentMutant(
            edit="is_hidden = torch.rand(items.shape, device=items.device) < self.id_dropout -> *",
            reason="< or <=: a draw that equals the share exactly has probability 0.",
        ),
    ),
)

EXERCISES = (_LABELS, _SCALE, _WORDS, _FORWARD, _ROWS)

QUIZZES = (
    Quiz(
        id="10.1",
        question="You fitted mean and standard deviation of the price on the whole catalogue, "
        "launched products included. Offline scores are a little better. What is wrong?",
        choices=(
            Choice(
                "Nothing: a price is no click, so it can't leak.",
                why="It tells training about products that do not exist yet, and when the next "
                "launch comes, every old product reads differently from what the weights learned.",
            ),
            Choice(
                "The scale depends on products that training can't know.",
                right=True,
                why="Fit on what training knows, transform everything. What is learned must not "
                "move when the future arrives.",
            ),
            Choice(
                "Prices should not be scaled at all.",
                why="Unscaled prices of 2 to 200 would drown the ones and zeros beside them.",
            ),
        ),
    ),
    Quiz(
        id="10.2",
        question="A product was launched this morning. What should its id vector be?",
        choices=(
            Choice(
                "As drawn at the start, like every id vector before training.",
                why="That is noise as long as a learned vector. It points somewhere, for no "
                "reason.",
            ),
            Choice(
                "Zeros, so that its content is all there is.",
                right=True,
                why="And with id dropout, training has practised exactly that.",
            ),
            Choice(
                "A copy of the most popular product's.",
                why="Then it would be recommended where that one is, whatever it is itself.",
            ),
        ),
    ),
    Quiz(
        id="10.3",
        question="The catalogue that training sees holds 50 products that nobody could click yet: "
        "they come next week. The loss is a softmax over all products. What does a model with ids "
        "and content learn of them?",
        choices=(
            Choice(
                "Nothing, because no row of theirs is a target.",
                why="In the softmax every product is a negative of every click. Something is "
                "learned at every step.",
            ),
            Choice(
                "That they are unwanted.",
                right=True,
                why="They are pushed down at each step and never up. Their ids learn it, and so "
                "does content that only they have. Leave them out, and add them on the day.",
            ),
            Choice(
                "What content says of them.",
                why="Content is learned from products that were clicked. From these comes only the "
                "push downwards.",
            ),
        ),
    ),
    Quiz(
        id="10.4",
        question="In this chapter's measurement, for which products did content win most?",
        choices=(
            Choice(
                "For products with 200 clicks and more.",
                why="There the id vector has learned most of what the catalogue says by itself.",
            ),
            Choice(
                "For products that nobody had clicked yet.",
                right=True,
                why="There content is all there is: ids only found none of their clicks.",
            ),
            Choice(
                "For products that were hardly clicked though they were there all the time.",
                why="They are unpopular, and belong into few top tens. Unknown is something else.",
            ),
        ),
    ),
)
