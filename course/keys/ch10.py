"""Answer key of chapter 10."""

import numpy as np
import torch

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
from course.coach.judging.compare import difference
from seqrec.items import ItemEmbedding, bucket, words
from seqrec.items.encodings import Standardiser, hashed_words, multi_hot


def _same_matrix(got, expected):
    """A tensor is as good as an array: no docstring says which."""
    if isinstance(got, torch.Tensor):
        got = got.detach().cpu().numpy()
    found = difference(got, expected)
    return None if found is None else found.says


# --- 10.1 Multi-hot -------------------------------------------------------------------------------

_KNOWN = ["dog", "food", "cat", "dry food", "toy", "fish", "ant", "mat"]
_UNKNOWN = ["newt", "Dog", "FOOD", "catfish", "Cat", "elephant", "y"]


def _label_probes(rng):
    yield Probe(([["dog", "food"], ["cat"]], ["cat", "dog", "food"]), label="two products")
    yield Probe(([["toy", "toy"], ["toy"]], ["toy", "mat"]), label="a label twice")
    yield Probe(([["newt"], ["newt", "dog"]], ["dog", "food"]), label="a label without a column")
    yield Probe(([[], ["dog"], []], ["dog", "food"]), label="a product without labels")
    yield Probe(([["a"]], ["b", "a"]), label="columns that are not sorted")
    for _ in range(8):
        n = int(rng.choice([3, 4, 6]))
        labels = rng.permutation(_KNOWN)[:5].tolist()
        rows = [_some_labels(rng, labels) for _ in range(n)]
        rows[int(rng.integers(1, n))] = []
        yield Probe((rows, labels), label="random labels")


def _some_labels(rng, labels):
    """Known ones, then an unknown one between them, then often one of them again."""
    own = rng.choice(labels, rng.integers(1, 4)).tolist()
    own.insert(int(rng.integers(0, len(own))), str(rng.choice(_UNKNOWN)))
    return own + own[-1:] * int(rng.integers(0, 2))


def _counted(rows, labels):
    return np.array([[row.count(label) for label in labels] for row in rows], np.float32)


def _only_once(rows, labels):
    return (_counted(rows, labels) == 1).astype(np.float32)


def _one_hot(rows, labels):
    return multi_hot([row[:1] for row in rows], labels)


def _first_known(rows, labels):
    return multi_hot([[own for own in row if own in labels][:1] for row in rows], labels)


def _last_known(rows, labels):
    return multi_hot([[own for own in row if own in labels][-1:] for row in rows], labels)


def _sorted_columns(rows, labels):
    return multi_hot(rows, sorted(labels))


def _reversed_columns(rows, labels):
    return multi_hot(rows, labels[::-1])


def _own_labels(rows, labels):
    return multi_hot(rows, sorted({label for row in rows for label in row}))


def _own_labels_as_they_come(rows, labels):
    return multi_hot(rows, list(dict.fromkeys(label for row in rows for label in row)))


def _every_label(rows, labels):
    more = dict.fromkeys([*labels, *(label for row in rows for label in row)])
    return multi_hot(rows, list(more))


def _shared_out(rows, labels):
    matrix = multi_hot(rows, labels)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _length_one(rows, labels):
    matrix = multi_hot(rows, labels)
    return matrix / np.maximum(np.sqrt(matrix.sum(axis=1, keepdims=True)), 1)


def _refuses(rows, labels):
    place = {label: column for column, label in enumerate(labels)}
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    for row, own in enumerate(rows):
        for label in own:
            matrix[row, place[label]] = 1
    return matrix


def _refuses_index(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    for row, own in enumerate(rows):
        for label in own:
            matrix[row, labels.index(label)] = 1
    return matrix


def _stops_the_row(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), np.float32)
    for row, own in enumerate(rows):
        for label in own:
            if label not in labels:
                break
            matrix[row, labels.index(label)] = 1
    return matrix


def _zero_row(rows, labels):
    return multi_hot([row if set(row) <= set(labels) else [] for row in rows], labels)


def _without_strangers(rows, labels):
    return multi_hot([row for row in rows if set(row) <= set(labels)], labels)


def _unknown_is_last(rows, labels):
    return multi_hot(
        [[own if own in labels else labels[-1] for own in row] for row in rows], labels
    )


def _unknown_is_first(rows, labels):
    return multi_hot([[own if own in labels else labels[0] for own in row] for row in rows], labels)


def _column_of_the_unknown(rows, labels):
    strange = [[float(any(own not in labels for own in row))] for row in rows]
    return np.hstack([multi_hot(rows, labels), np.array(strange, np.float32)])


def _column_0_of_the_unknown(rows, labels):
    return np.roll(_column_of_the_unknown(rows, labels), 1, axis=1)


def _column_0_free(rows, labels):
    return np.pad(multi_hot(rows, labels), ((0, 0), (1, 0)))


def _no_empty_rows(rows, labels):
    return multi_hot([row for row in rows if row], labels)


def _no_zero_rows(rows, labels):
    matrix = multi_hot(rows, labels)
    return matrix[matrix.any(axis=1)]


def _no_empty_columns(rows, labels):
    matrix = multi_hot(rows, labels)
    return matrix[:, matrix.any(axis=0)]


def _one_list(rows, labels):
    matrix = multi_hot(rows, labels)
    return np.repeat(matrix.max(axis=0, keepdims=True), len(rows), axis=0)


def _never_cleared(rows, labels):
    return np.maximum.accumulate(multi_hot(rows, labels), axis=0)


def _one_row_for_all(rows, labels):
    return multi_hot(rows, labels).max(axis=0)


def _first_product(rows, labels):
    matrix = multi_hot(rows, labels)
    matrix[1:] = 0
    return matrix


def _not_the_last_product(rows, labels):
    matrix = multi_hot(rows, labels)
    matrix[-1] = 0
    return matrix


def _ignores_case(rows, labels):
    return multi_hot(
        [[own.lower() for own in row] for row in rows], [label.lower() for label in labels]
    )


def _part_of_a_label(rows, labels):
    matrix = [[float(any(label in own for own in row)) for label in labels] for row in rows]
    return np.array(matrix, np.float32)


def _label_around_it(rows, labels):
    matrix = [[float(any(own in label for own in row)) for label in labels] for row in rows]
    return np.array(matrix, np.float32)


def _inverted(rows, labels):
    return 1 - multi_hot(rows, labels)


def _minus_one(rows, labels):
    return 2 * multi_hot(rows, labels) - 1


def _transposed(rows, labels):
    return multi_hot(rows, labels).T.copy()


def _column_numbers(rows, labels):
    return [[labels.index(own) for own in row if own in labels] for row in rows]


def _numbers_in_place(rows, labels):
    return multi_hot(rows, labels) * np.arange(1, len(labels) + 1, dtype=np.float32)


_LABELS = Exercise(
    id="10.1",
    title="Several labels",
    minutes=5,
    reference=multi_hot,
    probes=_label_probes,
    compare=_same_matrix,
    hints=(
        "Begin with zeros, n rows and a column per label. Then set ones.",
        "`{label: column for column, label in enumerate(labels)}` says where a label goes.",
        "Two loops: over the rows, and over the labels of a row; `if label in place: matrix[row, "
        "place[label]] = 1`.",
    ),
    built="You have built a multi-hot encoding: what is known of a label's parts adds up. "
    "`Labels` of `seqrec.items` encodes type, category and species so, and the feature "
    "matrix of this chapter is made of it.",
    ours="A dict from label to column is looked up once for each label; `labels.index` would "
    "search the list each time.",
    misconceptions=(
        Misconception(
            name="counts",
            wrong=_counted,
            says="You count how often a product has a label. It has it or not: a label that stands "
            "there twice is a 1.",
        ),
        Misconception(
            name="a label twice is none",
            wrong=_only_once,
            says="You drop a label that stands there twice, a duplicate. Twice or once, it is a 1.",
        ),
        Misconception(
            name="the first label only",
            wrong=_one_hot,
            says="You keep the first label of each product only. Every label of a product that has "
            "a column is a 1: multi-hot, not one-hot.",
        ),
        Misconception(
            name="the first known label only",
            wrong=_first_known,
            says="You stop after a product's first known label, so it is one-hot. All of its "
            "labels that have a column are ones.",
        ),
        Misconception(
            name="the last label only",
            wrong=_last_known,
            says="Only the last known label of each row survives: each label overwrites the ones "
            "before it. All of them are ones, so set entries and leave the rest of the row alone.",
        ),
        Misconception(
            name="sorts the columns",
            wrong=_sorted_columns,
            says="Your columns are sorted, in alphabetical order. They must be in the order of "
            "`labels`, as they were learned.",
        ),
        Misconception(
            name="columns backwards",
            wrong=_reversed_columns,
            says="Your columns are in reversed order. Column 0 is the first of `labels`.",
        ),
        Misconception(
            name="columns from these rows",
            wrong=_own_labels,
            says="Your columns are the labels that these products happen to have. Columns come "
            "from `labels`, else training and launch have different matrices.",
        ),
        Misconception(
            name="columns as they come in the rows",
            wrong=_own_labels_as_they_come,
            says="You make a column for each label that you meet in the rows, in the order in "
            "which they appear, and don't use `labels`. The columns are `labels`, whoever has "
            "them.",
        ),
        Misconception(
            name="new columns for unknown labels",
            wrong=_every_label,
            says="You add a column for each unknown label that you meet. A label that is not among "
            "`labels` gets no column: the width is always F.",
        ),
        Misconception(
            name="one more column, for the unknown",
            wrong=_column_of_the_unknown,
            says="You have one column too many, an extra one for unknown labels. An unknown label "
            "gets no column: it is left out.",
        ),
        Misconception(
            name="an extra first column, for the unknown",
            wrong=_column_0_of_the_unknown,
            says="You put an extra column for unknown labels in front, and all others move one to "
            "the right. Unknown labels are ignored, and column 0 is the first of `labels`.",
        ),
        Misconception(
            name="columns counted from 1",
            wrong=_column_0_free,
            says="You count columns from 1 and keep an empty column 0, so there is one column too "
            "many. Columns are counted from 0: the first of `labels` is column 0.",
        ),
        Misconception(
            name="rows that sum to 1",
            wrong=_shared_out,
            says="You divide by the number of labels, so that each row sums to 1. Each label that "
            "a product has is a full 1: nothing is normalised or shared.",
        ),
        Misconception(
            name="rows of length 1",
            wrong=_length_one,
            says="You normalise each row to length 1, by the root of the number of labels. Each "
            "label that a product has is a full 1.",
        ),
        Misconception(
            name="fails on an unknown label",
            wrong=_refuses,
            says="Your code raises a KeyError at an unknown label, one that is not among `labels`. "
            "Such a label has no column: skip it.",
        ),
        Misconception(
            name="fails on an unknown label, by index",
            wrong=_refuses_index,
            says="`labels.index` raises an error for an unknown label, one that is not in the "
            "list. Such a label has no column: ask `if label in labels` first, and ignore it "
            "otherwise.",
        ),
        Misconception(
            name="an unknown label ends the row",
            wrong=_stops_the_row,
            says="At an unknown label you leave the row (a `break` or `return`), and the labels "
            "behind it are lost. Skip that label only and go on: `continue`.",
        ),
        Misconception(
            name="an unknown label empties the row",
            wrong=_zero_row,
            says="A product with an unknown label gets a row of zeros from you. Leave out that "
            "label only; its known labels are still ones.",
        ),
        Misconception(
            name="products with an unknown label dropped",
            wrong=_without_strangers,
            says="You drop products that have an unknown label. Every product keeps its row; only "
            "the unknown label is left out.",
        ),
        Misconception(
            name="an unknown label is the last one",
            wrong=_unknown_is_last,
            says="An unknown label becomes a 1 in the last column (column -1 is the last). It has "
            "no column: leave it out.",
        ),
        Misconception(
            name="an unknown label is the first one",
            wrong=_unknown_is_first,
            says="An unknown label becomes a 1 in the first column, 0, as if it were that label. "
            "It has no column: leave it out.",
        ),
        Misconception(
            name="no rows for products without labels",
            wrong=_no_empty_rows,
            says="You drop products without labels, whose list is empty, so rows are missing. "
            "Such a product has a row of zeros.",
        ),
        Misconception(
            name="no rows of zeros",
            wrong=_no_zero_rows,
            says="You drop the rows that are all zeros: products without any known label are "
            "missing. Every product has its row, n of them.",
        ),
        Misconception(
            name="no columns of zeros",
            wrong=_no_empty_columns,
            says="You drop the columns of labels that nobody of these products has. Every label "
            "has its column, also if it is all zeros: the shape is (n, F).",
        ),
        Misconception(
            name="all rows are one list",
            wrong=_one_list,
            says="All your rows are one and the same list (as with `[[0] * F] * n`): a 1 set for "
            "one product is set for all of them. Make a new row for each: `np.zeros((n, F))`.",
        ),
        Misconception(
            name="never cleared",
            wrong=_never_cleared,
            says="Your row is not reset between products: the labels of earlier rows stay in it "
            "and accumulate. Start each product with zeros.",
        ),
        Misconception(
            name="one row for all",
            wrong=_one_row_for_all,
            says="You make one single row for all products together. Each product has a row of its "
            "own: (n, F).",
        ),
        Misconception(
            name="the first product only",
            wrong=_first_product,
            says="You fill the first row only (a `return` inside the loop, or row 0 throughout). "
            "Each product has a row.",
        ),
        Misconception(
            name="not the last product",
            wrong=_not_the_last_product,
            says="The last product's row stays empty: your loop ends one row too early.",
        ),
        Misconception(
            name="capitals are small letters",
            wrong=_ignores_case,
            says="You ignore capitals: for you 'Dog' and 'dog' are the same label. Labels are "
            "compared as they are written, upper and lower case; nothing is lowered.",
        ),
        Misconception(
            name="a column's label within the product's",
            wrong=_part_of_a_label,
            says="You look for a label inside the text of another one, as a substring: 'cat' is "
            "found in 'catfish'. A label is had as a whole, or not: compare with `==`, or ask a "
            "list or dict.",
        ),
        Misconception(
            name="a product's label within the column's",
            wrong=_label_around_it,
            says="Your `in` asks whether a product's label is a substring, a part of the text of "
            "a column's label: 'food' is in 'dry food'. Compare whole labels, with `==`.",
        ),
        Misconception(
            name="inverted",
            wrong=_inverted,
            says="Yours is the inverse: 1 where a product does *not* have the label, 0 where it "
            "has it.",
        ),
        Misconception(
            name="minus one",
            wrong=_minus_one,
            says="You write -1 where a product does not have a label. That is a 0.",
        ),
        Misconception(
            name="transposed",
            wrong=_transposed,
            says="Your matrix is transposed: a row per label, a column per product. It is (n, F), "
            "a row per product.",
        ),
        Misconception(
            name="numbers of columns in lists",
            wrong=_column_numbers,
            says="You return the column numbers (indices) of each product's labels, in lists. A "
            "matrix of zeros and ones is asked for, with ones in these columns.",
        ),
        Misconception(
            name="the column's number as the entry",
            wrong=_numbers_in_place,
            says="You write the number of the label into its column. The entry is a 1: the column "
            "already says which label it is.",
        ),
    ),
)

# --- 10.2 The price -------------------------------------------------------------------------------


def _fitted(answer, known, values):
    """What becomes of `values`, and what was learned of `known`."""
    scale = answer().fit(known)
    if not hasattr(scale, "transform"):
        return {"fit returns": type(scale).__name__}
    scaled = scale.transform(values)
    learned = {
        name: float(getattr(scale, name)) if hasattr(scale, name) else "missing"
        for name in ("mean_", "sd_")
    }
    # The docstring promises numbers, not of which precision.
    numbers = isinstance(scaled, np.ndarray) and scaled.dtype.kind in "if"
    learned["sd_ is 0"] = learned["sd_"] == 0
    return {"scaled": scaled.astype(float) if numbers else scaled, **learned}


def _is_constant(answer, known, values):
    """Whether `known` is taken for one number: of so small an sd most digits are rounding."""
    scale = answer().fit(known)
    if not hasattr(scale, "transform"):
        return {"fit returns": type(scale).__name__}
    return {"all zeros": bool((np.asarray(scale.transform(values)) == 0).all())}


def _fitted_again(answer, known, values):
    """The same, by an object that has learned other numbers before."""
    scale = answer().fit(values * 3 + 1)
    scale.fit(known)
    return {"scaled": scale.transform(values), "mean_": float(scale.mean_)}


def _two_scales(answer, known, values):
    """Two of them side by side: each has its own mean."""
    one = answer().fit(known)
    other = answer().fit(values * 3 + 1)
    return {"first": one.transform(values), "second": other.transform(values)}


def _scale_probe(label, known, values, **more):
    return Probe(
        (np.array(known, float), np.array(values, float)),
        label=label,
        **({"call": _fitted} | more),
    )


def _scale_probes(rng):
    yield _scale_probe("one dear newcomer", [0.0, 2.0, 4.0], [0.0, 2.0, 4.0, 14.0])
    yield _scale_probe("all are known", [1.0, 2.0, 6.0], [1.0, 2.0, 6.0])
    yield _scale_probe("other numbers than those of fit", [1.0, 2.0, 6.0], [7.0])
    same = "fit saw one number again and again"
    yield _scale_probe(same, [5.0, 5.0], [5.0, 80.0, 3.0], edge=True)
    yield _scale_probe(same, [7.0, 7.0, 7.0, 7.0], [4.0, 7.0, 9.0], edge=True)
    yield _scale_probe("fit saw 0.1 three times", [0.1, 0.1, 0.1], [0.1, 0.2], edge=True)
    yield _scale_probe("fit saw a single number", [3.0], [1.0, 2.0], edge=True)
    yield _scale_probe("fit saw zeros", [0.0, 0.0], [0.0, 1.0, 3.0], edge=True)
    yield _scale_probe("fit saw -0.1 three times", [-0.1, -0.1, -0.1], [-0.1, 0.2], edge=True)
    much = "fit saw one large number seven times"
    yield _scale_probe(much, [1e6 + 0.1] * 7, [1e6, 2e6], edge=True)
    yield _scale_probe("very small numbers", [1e-20, 3e-20], [2e-20, 4e-20, 0.0], edge=True)
    narrow = [1000.0, 1000.00001, 1000.00002]
    yield _scale_probe("a narrow range, far from 0", narrow, [1000.00003], edge=True)
    yield _scale_probe("the same 1e-5 again", [1e-5] * 3, [1e-5, 3e-5], edge=True)
    for _ in range(6):
        yield _scale_probe("random numbers", rng.normal(3, 2, 9), rng.normal(3, 2, 5))
    for _ in range(2):
        few = rng.integers(1, 5, 8) ** 2
        yield _scale_probe("some numbers come twice", few, rng.normal(6, 4, 6))
    again = "fit is called a second time"
    yield _scale_probe(again, rng.normal(3, 2, 6), rng.normal(3, 2, 4), call=_fitted_again)
    both = "two scales side by side"
    yield _scale_probe(both, rng.normal(3, 2, 6), rng.normal(3, 2, 4), call=_two_scales)
    for label, sd in (("hardly any spread", 1e-11), ("a spread of rounding", 1e-13)):
        near = 1 + sd * rng.normal(size=20)
        yield _scale_probe(label, near, rng.normal(1, 2, 4), call=_is_constant, edge=True)
    number = rng.normal()
    yield _scale_probe(same, [number] * 6, number + rng.normal(size=3), edge=True)


def _mean_sd(values):
    """What is to be learned."""
    scale = Standardiser().fit(values)
    return scale.mean_, scale.sd_


def _bounded(values, sd, bound):
    return np.mean(values), sd if sd > bound else 0.0


def _scaled(mean, sd, values):
    """What is to be returned."""
    return (values - mean) / sd if sd else np.zeros(len(values))


def _standardiser(learn=_mean_sd, use=_scaled):
    """The stub's class: `learn(values)` gives mean_ and sd_, `use(mean_, sd_, values)` the rest."""

    class Scale:
        def fit(self, values):
            self.mean_, self.sd_ = learn(values)
            return self

        def transform(self, values):
            with np.errstate(all="ignore"):
                return use(self.mean_, self.sd_, values)

    return Scale


class _ByAll:
    def fit(self, values):
        self.mean_, self.sd_ = _mean_sd(values)
        return self

    def transform(self, values):
        return _scaled(*_mean_sd(values), values)


class _SampleSd:
    def fit(self, values):
        self.mean_, self.sd_ = _mean_sd(values)
        if self.sd_:
            self.sd_ = float(np.std(values, ddof=1))
        return self

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values)


class _DividesByNothing:
    def fit(self, values):
        self.mean_, self.sd_ = float(np.mean(values)), float(np.std(values))
        return self

    def transform(self, values):
        with np.errstate(all="ignore"):
            return (values - self.mean_) / self.sd_


class _NoSelf:
    def fit(self, values):
        self.mean_, self.sd_ = _mean_sd(values)

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values)


class _FitTransforms:
    def fit(self, values):
        self.mean_, self.sd_ = _mean_sd(values)
        return self.transform(values)

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values)


class _OtherNames:
    def fit(self, values):
        self.mean, self.sd = _mean_sd(values)
        return self

    def transform(self, values):
        return _scaled(self.mean, self.sd, values)


class _FirstFitOnly:
    def fit(self, values):
        if not hasattr(self, "mean_"):
            self.mean_, self.sd_ = _mean_sd(values)
        return self

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values)


class _Shared:
    mean_, sd_ = 0.0, 0.0

    def fit(self, values):
        type(self).mean_, type(self).sd_ = _mean_sd(values)
        return self

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values)


class _AsManyZeros:
    def fit(self, values):
        self.mean_, self.sd_ = _mean_sd(values)
        self.n = len(values)
        return self

    def transform(self, values):
        return _scaled(self.mean_, self.sd_, values) if self.sd_ else np.zeros(self.n)


def _added(epsilon):
    """A small number beside the sd, in `transform`."""
    return _standardiser(
        use=lambda mean, sd, values: (values - mean) / (sd + epsilon),
        learn=lambda values: (np.mean(values), np.std(values)),
    )


_EPSILONS = tuple(
    Misconception(
        name=f"{text} added",
        wrong=_added(epsilon),
        says=f"You add a small number such as {text}, an epsilon, to the standard deviation. "
        "Numbers that are all the same then become huge instead of zeros, and small ones are off: "
        "no epsilon, but `sd_` 0 and zeros in that case.",
    )
    for text, epsilon in (
        ("1e-8", 1e-8),
        ("1e-6", 1e-6),
        ("1e-12", 1e-12),
        ("1e-9", 1e-9),
        ("1e-7", 1e-7),
        ("1e-5", 1e-5),
        ("1e-10", 1e-10),
    )
)

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
    built="You have built a scale that the future can't move. The feature matrix uses it for "
    "the price: it is learned on the products of training, and then applied to the "
    "launch.",
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
            says="You divide by the standard deviation with n - 1 (ddof=1). Take NumPy's own, "
            "with n.",
        ),
        Misconception(
            name="divides by zero",
            wrong=_DividesByNothing,
            says="Where `fit` saw the same number again and again, you divide by 0, or by what "
            "rounding left over. Then `sd_` is 0, and `transform` gives zeros.",
        ),
        Misconception(
            name="the sd of what is transformed",
            wrong=_standardiser(
                use=lambda mean, sd, values: _scaled(mean, np.std(values) if sd else 0.0, values)
            ),
            says="You take off the mean that `fit` learned, but divide by the standard deviation "
            "of what `transform` is given. Use `self.sd_`, learned by `fit`.",
        ),
        Misconception(
            name="the sd of what is transformed, unguarded",
            wrong=_standardiser(use=lambda mean, sd, values: (values - mean) / np.std(values)),
            says="Your `transform` computes a standard deviation of its own, from the numbers that "
            "it is given. Both mean and sd are those that `fit` learned.",
        ),
        Misconception(
            name="the mean of what is transformed",
            wrong=_standardiser(use=lambda mean, sd, values: _scaled(np.mean(values), sd, values)),
            says="You take off the mean of what `transform` is given. Use `self.mean_`, the mean "
            "that `fit` learned.",
        ),
        Misconception(
            name="only an exact 0",
            wrong=_standardiser(learn=lambda values: (np.mean(values), np.std(values))),
            says="You ask whether the standard deviation is exactly 0. By rounding, 0.1 three "
            "times has one of 1e-17. Call it 0 below 1e-12 times the largest absolute value.",
        ),
        Misconception(
            name="an absolute limit",
            wrong=_standardiser(learn=lambda values: _bounded(values, np.std(values), 1e-12)),
            says="Your limit is 1e-12 whatever the numbers are: an absolute threshold. It is "
            "relative, 1e-12 times the largest absolute value: large numbers round more coarsely, "
            "and tiny ones may be real.",
        ),
        Misconception(
            name="the limit of the largest, not the largest absolute value",
            wrong=_standardiser(
                learn=lambda values: _bounded(values, np.std(values), 1e-12 * np.max(values))
            ),
            says="Your limit comes from the largest value, `max`, without `abs`. For negative "
            "numbers it is below 0 and never met: take the largest *absolute* value.",
        ),
        Misconception(
            name="a wide limit",
            wrong=_standardiser(
                learn=lambda values: _bounded(values, np.std(values), 1e-6 * np.abs(values).max())
            ),
            says="Your limit is too large: numbers that really differ, in a narrow range far "
            "from 0, become zeros. It is 1e-12 times the largest absolute value.",
        ),
        Misconception(
            name="nothing said of constant numbers but in transform",
            wrong=_standardiser(
                learn=lambda values: (np.mean(values), np.std(values)),
                use=lambda mean, sd, values: _scaled(
                    mean, sd if sd > 1e-12 * abs(mean) else 0.0, values
                ),
            ),
            says="`transform` knows when there is nothing but rounding, but `fit` keeps that "
            "rounding as `sd_`. Set `self.sd_ = 0` in `fit`.",
        ),
        Misconception(
            name="an sd of 1 for 0",
            wrong=_standardiser(learn=lambda values: (np.mean(values), _mean_sd(values)[1] or 1.0)),
            says="Where all numbers are the same you set the standard deviation to 1, as "
            "scikit-learn does. Here `sd_` is 0, and `transform` gives zeros.",
        ),
        Misconception(
            name="the difference where sd is 0",
            wrong=_standardiser(
                use=lambda mean, sd, values: (values - mean) / sd if sd else values - mean
            ),
            says="Where `sd_` is 0 you return the differences from the mean, undivided. Zeros are "
            "asked for: nothing can be learned.",
        ),
        Misconception(
            name="unchanged where sd is 0",
            wrong=_standardiser(
                use=lambda mean, sd, values: (values - mean) / sd if sd else values
            ),
            says="Where `sd_` is 0 you return the numbers unchanged. Zeros are asked for.",
        ),
        Misconception(
            name="NaN where sd is 0",
            wrong=_standardiser(
                use=lambda mean, sd, values: (
                    (values - mean) / sd if sd else np.full(len(values), np.nan)
                )
            ),
            says="Where `sd_` is 0 you return NaN. Zeros are asked for.",
        ),
        Misconception(
            name="ones where sd is 0",
            wrong=_standardiser(
                use=lambda mean, sd, values: (values - mean) / sd if sd else np.ones(len(values))
            ),
            says="Where `sd_` is 0 you return ones. Zeros are asked for, the middle of the scale.",
        ),
        Misconception(
            name="a single zero",
            wrong=_standardiser(use=lambda mean, sd, values: (values - mean) / sd if sd else 0.0),
            says="Where `sd_` is 0 you return one single 0. There must be one for each number: "
            "`np.zeros(len(values))`.",
        ),
        Misconception(
            name="as many zeros as fit saw",
            wrong=_AsManyZeros,
            says="Where `sd_` is 0 you return as many zeros as `fit` saw numbers. `transform` may "
            "be given another number of them: its own length counts.",
        ),
        Misconception(
            name="zeros only at the mean",
            wrong=_standardiser(
                use=lambda mean, sd, values: (
                    np.where(np.isclose(values, mean), 0.0, (values - mean) / sd)
                    if not sd
                    else (values - mean) / sd
                )
            ),
            says="Where `sd_` is 0 only the numbers that equal the mean become 0 with you, others "
            "are divided by 0. All become zeros then.",
        ),
        *_EPSILONS,
        Misconception(
            name="at least an epsilon",
            wrong=_standardiser(
                learn=lambda values: (np.mean(values), max(np.std(values), 1e-8)),
                use=lambda mean, sd, values: (values - mean) / sd,
            ),
            says="You keep the standard deviation above a small number, an epsilon (`max` or "
            "`clip`). Constant numbers then become huge instead of zeros: `sd_` is 0 in that case.",
        ),
        Misconception(
            name="at least 1e-12",
            wrong=_standardiser(
                learn=lambda values: (np.mean(values), max(np.std(values), 1e-12)),
                use=lambda mean, sd, values: (values - mean) / sd,
            ),
            says="You use 1e-12 as the least standard deviation, an epsilon to divide by. It is a "
            "limit: below it (times the largest absolute value) `sd_` is 0, and zeros come out.",
        ),
        Misconception(
            name="epsilon in fit",
            wrong=_standardiser(
                learn=lambda values: (np.mean(values), np.std(values) + 1e-8),
                use=lambda mean, sd, values: (values - mean) / sd,
            ),
            says="`fit` adds an epsilon to the standard deviation and keeps the sum. `sd_` is "
            "NumPy's, and 0 where all numbers are the same.",
        ),
        Misconception(
            name="mean only",
            wrong=_standardiser(
                use=lambda mean, sd, values: values - mean if sd else np.zeros(len(values))
            ),
            says="You subtract the mean and stop. Divide by the standard deviation too.",
        ),
        Misconception(
            name="mean only, whatever sd is",
            wrong=_standardiser(use=lambda mean, sd, values: values - mean),
            says="You only centre the numbers: the mean is taken off, and the standard deviation "
            "is never used. Divide by `self.sd_`, and return zeros where it is 0.",
        ),
        Misconception(
            name="sd only",
            wrong=_standardiser(
                use=lambda mean, sd, values: values / sd if sd else np.zeros(len(values))
            ),
            says="You divide by the standard deviation, but the mean stays in. Subtract it first.",
        ),
        Misconception(
            name="brackets",
            wrong=_standardiser(
                use=lambda mean, sd, values: values - mean / sd if sd else np.zeros(len(values))
            ),
            says="Brackets are missing: `values - self.mean_ / self.sd_` divides the mean only. "
            "Subtract first, then divide the difference.",
        ),
        Misconception(
            name="times sd",
            wrong=_standardiser(use=lambda mean, sd, values: (values - mean) * sd),
            says="You multiply by the standard deviation. Divide by it, then the numbers are about "
            "1 wide.",
        ),
        Misconception(
            name="the sign",
            wrong=_standardiser(use=lambda mean, sd, values: -_scaled(mean, sd, values)),
            says="Your sign is wrong: you subtract the numbers from the mean. Take the mean off "
            "the numbers.",
        ),
        Misconception(
            name="smallest and largest",
            wrong=_standardiser(learn=lambda values: (np.min(values), np.ptp(values))),
            says="You scale from the smallest to the largest number (min-max). One extreme price "
            "decides everything then: take mean and standard deviation.",
        ),
        Misconception(
            name="the range",
            wrong=_standardiser(learn=lambda values: (np.mean(values), np.ptp(values))),
            says="You divide by the range, from the smallest to the largest number. Divide by the "
            "standard deviation.",
        ),
        Misconception(
            name="the largest number",
            wrong=_standardiser(learn=lambda values: (np.mean(values), np.abs(values).max())),
            says="You divide by the largest number. Divide by the standard deviation.",
        ),
        Misconception(
            name="fit returns nothing",
            wrong=_NoSelf,
            says="Your `fit` returns nothing, so `Standardiser().fit(x).transform(y)` fails. End "
            "with `return self`.",
        ),
        Misconception(
            name="fit returns numbers",
            wrong=_FitTransforms,
            says="Your `fit` returns the scaled numbers. It returns `self`, the object; scaling is "
            "for `transform`.",
        ),
        Misconception(
            name="other names",
            wrong=_OtherNames,
            says="What `fit` learns is not kept as `self.mean_` and `self.sd_`, with the "
            "underscore at the end: these names are asked for.",
        ),
        Misconception(
            name="the first fit for ever",
            wrong=_FirstFitOnly,
            says="A second call of `fit` changes nothing: you keep what the first one learned. "
            "`fit` learns anew each time.",
        ),
        Misconception(
            name="shared by all",
            wrong=_Shared,
            says="Mean and standard deviation are kept in the class (or a global), so all scales "
            "share them and the last `fit` counts. Keep them in `self`.",
        ),
        Misconception(
            name="the variance",
            wrong=_standardiser(learn=lambda values: (np.mean(values), _mean_sd(values)[1] ** 2)),
            says="You divide by the variance. Its root, the standard deviation, has the unit of "
            "the numbers.",
        ),
        Misconception(
            name="the root of sd",
            wrong=_standardiser(learn=lambda values: (np.mean(values), _mean_sd(values)[1] ** 0.5)),
            says="You take a root too many: `std` is the root of the variance already.",
        ),
        Misconception(
            name="the median",
            wrong=_standardiser(learn=lambda values: (np.median(values), _mean_sd(values)[1])),
            says="You take off the median. The mean is asked for.",
        ),
        Misconception(
            name="mean absolute deviation",
            wrong=_standardiser(
                learn=lambda values: (
                    np.mean(values),
                    np.abs(values - np.mean(values)).mean() if _mean_sd(values)[1] else 0.0,
                )
            ),
            says="You divide by the mean absolute deviation from the mean. The standard deviation "
            "is the root of the mean *square*.",
        ),
        Misconception(
            name="from 0",
            wrong=_standardiser(
                learn=lambda values: (np.mean(values), np.sqrt(np.mean(np.square(values))))
            ),
            says="Your standard deviation is the root of the mean square of the numbers "
            "themselves, without the mean taken off first. Take NumPy's `std`.",
        ),
        Misconception(
            name="each number once",
            wrong=_standardiser(learn=lambda values: _mean_sd(np.unique(values))),
            says="You learn from the different numbers only (`unique`, a set). Each product "
            "counts, also if two have the same price.",
        ),
        Misconception(
            name="clipped",
            wrong=_standardiser(
                use=lambda mean, sd, values: np.clip(_scaled(mean, sd, values), -3, 3)
            ),
            says="You clip the numbers. Nothing is cut off: a dear product may be far above the "
            "mean.",
        ),
        Misconception(
            name="a logarithm inside",
            wrong=_standardiser(
                learn=lambda values: _mean_sd(np.log1p(np.abs(values))),
                use=lambda mean, sd, values: _scaled(mean, sd, np.log1p(np.abs(values))),
            ),
            says="You take a logarithm inside. Whoever calls has done so already where it makes "
            "sense: here it is mean and standard deviation of the numbers as they are.",
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

_LEXICON = [
    "puppy",
    "Bowl",
    "mat",
    "Treats",
    "dispenser",
    "Toy",
    "cat",
    "FISH",
    "3kg",
    "House",
    "12",
]
_BETWEEN = [" ", "  ", ", ", " & ", "-", "! "]


def _same_buckets(got, expected):
    """As `_same_matrix`; but whatever gave words a sign, all signs are one mistake."""
    a, b = (each if isinstance(each, np.ndarray) else np.zeros(0) for each in (got, expected))
    if a.shape == b.shape and a.dtype.kind == b.dtype.kind == "f":
        have_signs = (a < 0).any() and (b < 0).any()
        if have_signs and ((a != 0) == (b != 0)).mean() > 0.9:
            return None
    return _same_matrix(got, expected)


def _word_probes(rng):
    yield Probe((["Bellamy Classic Puppy Food", "Tail & Co Food"], 64), label="two names")
    yield Probe((["food FOOD, food!", "Cat"], 16), label="a word three times")
    yield Probe((["", "Dog food", "&"], 8), label="no word at all")
    yield Probe((["one two three four five"], 1), label="a single bucket", edge=True)
    for number in range(7):
        n = int(rng.integers(3, 6))
        texts = [_some_words(rng) for _ in range(n)]
        if number < 2:
            texts[int(rng.integers(1, n))] = "-"
        yield Probe((texts, int(rng.integers(7, 30))), label="random names")


def _some_words(rng):
    """Three to five words, the first of them often again at the end."""
    some = rng.choice(_LEXICON, rng.integers(3, 6), replace=False).tolist()
    some += some[:1] * int(rng.integers(0, 2))
    return some[0] + "".join(str(rng.choice(_BETWEEN)) + word for word in some[1:])


def _hashed(texts, buckets, words=words, bucket=bucket):
    """The right matrix of other words, or of another hash."""
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, bucket(word, buckets)] = 1
    return matrix


def _counted_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, bucket(word, buckets)] += 1
    return matrix


def _counted_different_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in set(words(text)):
            matrix[row, bucket(word, buckets)] += 1
    return matrix


def _split_at_spaces(texts, buckets):
    return _hashed(texts, buckets, words=str.split)


def _split_in_lower_case(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: text.lower().split())


def _capitals_kept(texts, buckets):
    def with_capitals(text):
        return "".join(c if c.isalnum() else " " for c in text).split()

    return _hashed(texts, buckets, words=with_capitals)


def _whole_text(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: [text])


def _whole_lower_text(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: [text.lower()])


def _words_in_a_row(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: [" ".join(words(text))])


def _letters(texts, buckets):
    return _hashed(texts, buckets, words=list)


def _small_letters(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: list(text.lower()))


def _letters_of_words(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: list("".join(words(text))))


def _pairs_of_words(texts, buckets):
    def pairs(text):
        own = words(text)
        return [f"{one} {other}" for one, other in zip(own, own[1:], strict=False)]

    return _hashed(texts, buckets, words=pairs)


def _length_of_word(texts, buckets):
    return _hashed(texts, buckets, bucket=lambda word, buckets: len(word) % buckets)


def _python_hash(texts, buckets):
    return _hashed(texts, buckets, bucket=lambda word, buckets: hash(word) % buckets)


def _letters_added_up(texts, buckets):
    return _hashed(texts, buckets, bucket=lambda word, buckets: sum(map(ord, word)) % buckets)


def _vocabulary(texts, buckets):
    known = sorted({word for text in texts for word in words(text)})
    return _hashed(texts, buckets, bucket=lambda word, buckets: known.index(word) % buckets)


def _vocabulary_as_it_comes(texts, buckets):
    known = list(dict.fromkeys(word for text in texts for word in words(text)))
    return _hashed(texts, buckets, bucket=lambda word, buckets: known.index(word) % buckets)


def _place_in_text(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for place, _ in enumerate(words(text)):
            matrix[row, place % buckets] = 1
    return matrix


def _column_0_kept(texts, buckets):
    return _hashed(
        texts, buckets, bucket=lambda word, buckets: 1 + bucket(word, max(buckets - 1, 1)) % buckets
    )


def _one_bucket_less(texts, buckets):
    return _hashed(texts, buckets, bucket=lambda word, buckets: bucket(word, max(buckets - 1, 1)))


def _one_to_the_left(texts, buckets):
    return np.roll(hashed_words(texts, buckets), -1, axis=1)


def _one_to_the_right(texts, buckets):
    return np.roll(hashed_words(texts, buckets), 1, axis=1)


def _shifted_and_wider(texts, buckets):
    return np.pad(hashed_words(texts, buckets), ((0, 0), (1, 0)))


def _one_column_more(texts, buckets):
    return np.pad(hashed_words(texts, buckets), ((0, 0), (0, 1)))


def _hash_of_one_more(texts, buckets):
    return hashed_words(texts, buckets + 1)


def _as_wide_as_needed(texts, buckets):
    matrix = hashed_words(texts, buckets)
    return matrix[:, : 1 + max(np.flatnonzero(matrix.any(axis=0)), default=-1)]


def _used_columns(texts, buckets):
    matrix = hashed_words(texts, buckets)
    return matrix[:, matrix.any(axis=0)]


def _always_64(texts, buckets):
    return hashed_words(texts, 64)


def _per_word(texts, buckets):
    n_words = [max(len(words(text)), 1) for text in texts]
    return _counted_words(texts, buckets) / np.array(n_words, np.float32)[:, None]


def _ones_per_word(texts, buckets):
    n_words = [max(len(words(text)), 1) for text in texts]
    return hashed_words(texts, buckets) / np.array(n_words, np.float32)[:, None]


def _sum_of_1(texts, buckets):
    matrix = hashed_words(texts, buckets)
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def _words_of_length_1(texts, buckets):
    matrix = hashed_words(texts, buckets)
    return matrix / np.maximum(np.sqrt(matrix.sum(axis=1, keepdims=True)), 1)


def _last_word(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: words(text)[-1:])


def _first_word(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: words(text)[:1])


def _without_brand(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: words(text)[1:])


def _without_last(texts, buckets):
    return _hashed(texts, buckets, words=lambda text: words(text)[:-1])


def _words_transposed(texts, buckets):
    return hashed_words(texts, buckets).T.copy()


def _no_empty_texts(texts, buckets):
    return hashed_words([text for text in texts if words(text)], buckets)


def _rows_never_cleared(texts, buckets):
    return np.maximum.accumulate(hashed_words(texts, buckets), axis=0)


def _all_texts_alike(texts, buckets):
    matrix = hashed_words(texts, buckets)
    return np.repeat(matrix.max(axis=0, keepdims=True), len(texts), axis=0)


def _one_vector(texts, buckets):
    return hashed_words(texts, buckets).max(axis=0)


def _first_text(texts, buckets):
    matrix = hashed_words(texts, buckets)
    matrix[1:] = 0
    return matrix


def _not_the_last_text(texts, buckets):
    matrix = hashed_words(texts, buckets)
    matrix[-1] = 0
    return matrix


def _signed(texts, buckets):
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in words(text):
            matrix[row, bucket(word, buckets)] += 1 - 2 * bucket(word, 2)
    return matrix


def _bucket_as_entry(texts, buckets):
    return hashed_words(texts, buckets) * np.arange(buckets, dtype=np.float32)


def _flipped(texts, buckets):
    return 1 - hashed_words(texts, buckets)


def _lists_of_buckets(texts, buckets):
    return [[bucket(word, buckets) for word in words(text)] for text in texts]


def _next_free(texts, buckets):
    """A word whose bucket is taken goes to the next one."""
    matrix = np.zeros((len(texts), buckets), np.float32)
    for row, text in enumerate(texts):
        for word in dict.fromkeys(words(text)):
            column = bucket(word, buckets)
            while matrix[row, column] and not matrix[row].all():
                column = (column + 1) % buckets
            matrix[row, column] = 1
    return matrix


_WORDS = Exercise(
    id="10.3",
    title="Words in buckets",
    minutes=5,
    reference=hashed_words,
    probes=_word_probes,
    compare=_same_buckets,
    hints=(
        "As in 10.1, with buckets in the place of labels. No word is unknown.",
        "For each text: `for word in words(text)`. The column is `bucket(word, buckets)`.",
        "`matrix[row, bucket(word, buckets)] = 1`, in a matrix of zeros of float32.",
    ),
    built="You have built feature hashing: a column for any word, without a vocabulary. The "
    "next cells count how often two words share a bucket, and `Words` puts the names "
    "into the feature matrix.",
    ours="The library sets all buckets of a text at once, with a list of columns as the index.",
    misconceptions=(
        Misconception(
            name="counts",
            wrong=_counted_words,
            says="You add up words, so a bucket counts how many fall into it. It is a 1 as soon as "
            "one word is there: assign 1, don't add.",
        ),
        Misconception(
            name="counts different words",
            wrong=_counted_different_words,
            says="You take each different word once, but where two of them share a bucket you add "
            "up to 2. A collision is a 1 too: `= 1`, not `+= 1`.",
        ),
        Misconception(
            name="splits at spaces",
            wrong=_split_at_spaces,
            says="You cut the text at spaces (`split`), so 'Food', 'food' and 'food!' are three "
            "words: neither capitals nor punctuation go. `words(text)` makes one of them.",
        ),
        Misconception(
            name="splits at spaces in lower case",
            wrong=_split_in_lower_case,
            says="You make the text lower case and split it at spaces, so punctuation stays with "
            "the words: 'food!' is not 'food'. `words(text)` takes it off.",
        ),
        Misconception(
            name="capitals kept",
            wrong=_capitals_kept,
            says="Your words keep their capitals, so 'Food' and 'food' are hashed into two "
            "buckets. `words(text)` gives them in lower case.",
        ),
        Misconception(
            name="hashes the whole text",
            wrong=_whole_text,
            says="You hash the whole text, the full name as it is, into one bucket, so names have "
            "nothing in common. Hash each word: `for word in words(text)`.",
        ),
        Misconception(
            name="hashes the whole lower-case text",
            wrong=_whole_lower_text,
            says="You hash the whole name in lower case, a single bucket per text. Hash each word "
            "by itself: `for word in words(text)`.",
        ),
        Misconception(
            name="hashes all words together",
            wrong=_words_in_a_row,
            says="You join the words again and hash the whole of them, one bucket per text. Each "
            "word has its own bucket.",
        ),
        Misconception(
            name="letters",
            wrong=_letters,
            says="You go through the letters, the single characters of the text: that is what a "
            "loop over a text gives. Go through `words(text)`.",
        ),
        Misconception(
            name="letters in lower case",
            wrong=_small_letters,
            says="A loop over a text goes through its letters, character by character, and these "
            "you hash. Loop over its words: `for word in words(text)`.",
        ),
        Misconception(
            name="letters of the words",
            wrong=_letters_of_words,
            says="You go through the letters of each word and hash every character. Hash the word "
            "as a whole: `bucket(word, buckets)`.",
        ),
        Misconception(
            name="pairs of words",
            wrong=_pairs_of_words,
            says="You hash pairs of neighbouring words (bigrams). Single words are asked for.",
        ),
        Misconception(
            name="a hash that is none",
            wrong=_length_of_word,
            says="You put words of equal length into one bucket. `bucket(word, buckets)` spreads "
            "them.",
        ),
        Misconception(
            name="Python's own hash",
            wrong=_python_hash,
            says="You use Python's own `hash`. It is another one after every start of Python, so a "
            "saved model would read gibberish: `bucket(word, buckets)` is the same everywhere.",
        ),
        Misconception(
            name="letters added up",
            wrong=_letters_added_up,
            says="Your hash adds up the letters' numbers, so 'pat' and 'tap' always collide. Use "
            "`bucket(word, buckets)`.",
        ),
        Misconception(
            name="a vocabulary",
            wrong=_vocabulary,
            says="You build a sorted vocabulary of these texts and number its words. Another list "
            "of texts would have other columns: hash the word, `bucket(word, buckets)`.",
        ),
        Misconception(
            name="a vocabulary as it comes",
            wrong=_vocabulary_as_it_comes,
            says="You number the words as they come, a vocabulary in order of first appearance. "
            "The column of a word is its hash, `bucket(word, buckets)`, whatever else is there.",
        ),
        Misconception(
            name="places in the text",
            wrong=_place_in_text,
            says="Your column is the position of the word in the text. It is the word's hash, "
            "`bucket(word, buckets)`, wherever it stands.",
        ),
        Misconception(
            name="column 0 kept free",
            wrong=_column_0_kept,
            says="You keep column 0 free, as if it were padding, and hash into the others. Buckets "
            "are counted from 0 and all of them are used: the column is `bucket(word, buckets)`.",
        ),
        Misconception(
            name="one bucket less",
            wrong=_one_bucket_less,
            says="You hash into `buckets - 1` buckets, one too few, so the last column is never "
            "used. It is `bucket(word, buckets)`.",
        ),
        Misconception(
            name="one to the left",
            wrong=_one_to_the_left,
            says="Your columns are off by one, to the left: you subtract 1. `bucket` counts from "
            "0 already.",
        ),
        Misconception(
            name="one to the right",
            wrong=_one_to_the_right,
            says="Your columns are off by one, to the right: you add 1. `bucket` counts from 0, as "
            "columns do.",
        ),
        Misconception(
            name="counted from 1, and a column more",
            wrong=_shifted_and_wider,
            says="You count buckets from 1, so there is an extra column 0 that stays empty. "
            "`bucket` counts from 0: the matrix is `buckets` wide.",
        ),
        Misconception(
            name="a column more",
            wrong=_one_column_more,
            says="Your matrix has one column too many, `buckets + 1`: an extra one that is always "
            "0. No word is unknown, and none needs a padding column.",
        ),
        Misconception(
            name="a bucket more",
            wrong=_hash_of_one_more,
            says="You use `buckets + 1` buckets, an additional one. There are `buckets` columns.",
        ),
        Misconception(
            name="as wide as these texts need",
            wrong=_as_wide_as_needed,
            says="Your matrix is only as wide as the largest bucket that these texts use. It "
            "always has `buckets` columns, else two matrices don't fit together.",
        ),
        Misconception(
            name="used columns only",
            wrong=_used_columns,
            says="You keep only the columns that some word fell into, and drop empty ones. All "
            "`buckets` columns are there.",
        ),
        Misconception(
            name="always 64",
            wrong=_always_64,
            says="You always make 64 buckets and never read `buckets`.",
        ),
        Misconception(
            name="divided by the number of words",
            wrong=_per_word,
            says="You divide by the number of words, a share for each. Nothing is normalised: a "
            "bucket with a word is a full 1.",
        ),
        Misconception(
            name="ones divided by the number of words",
            wrong=_ones_per_word,
            says="Your ones are divided by how many words the text has. A bucket with a word is a "
            "1, however long the text is.",
        ),
        Misconception(
            name="rows that sum to 1",
            wrong=_sum_of_1,
            says="You normalise each row so that it sums to 1. A bucket with a word is a full 1.",
        ),
        Misconception(
            name="rows of length 1",
            wrong=_words_of_length_1,
            says="You normalise each row to length 1, by the root of its sum. A bucket with a word "
            "is a full 1.",
        ),
        Misconception(
            name="the last word only",
            wrong=_last_word,
            says="Only the last word of each text is left: each word overwrites the row of the "
            "one before. Make the zeros once, before the loop over the words.",
        ),
        Misconception(
            name="the first word only",
            wrong=_first_word,
            says="You take the first word only. Every word of the text sets a 1.",
        ),
        Misconception(
            name="without the first word",
            wrong=_without_brand,
            says="You leave out the first word, as if it were only a brand. All words count.",
        ),
        Misconception(
            name="without the last word",
            wrong=_without_last,
            says="You leave out the last word of each text: the loop or slice ends one too early.",
        ),
        Misconception(
            name="transposed",
            wrong=_words_transposed,
            says="Your matrix is transposed, a row per bucket. It is (n, buckets): a row per text.",
        ),
        Misconception(
            name="no rows for texts without words",
            wrong=_no_empty_texts,
            says="You drop texts without a word, so rows are missing. Such a text has a row of "
            "zeros.",
        ),
        Misconception(
            name="never cleared",
            wrong=_rows_never_cleared,
            says="Your row is not reset between texts, so words of earlier texts stay in it and "
            "accumulate. Start each text with zeros.",
        ),
        Misconception(
            name="all texts alike",
            wrong=_all_texts_alike,
            says="All rows hold the words of all texts together: they are one and the same list "
            "(as with `[[0] * buckets] * n`), or you join the texts. Each text has its own row.",
        ),
        Misconception(
            name="one vector for all",
            wrong=_one_vector,
            says="You return a single row for all texts together. Each text has its own: (n, "
            "buckets).",
        ),
        Misconception(
            name="the first text only",
            wrong=_first_text,
            says="You fill the first row only (a `return` inside the loop, or row 0 throughout).",
        ),
        Misconception(
            name="not the last text",
            wrong=_not_the_last_text,
            says="The last text's row stays empty: your loop over the texts ends one too early.",
        ),
        Misconception(
            name="signs",
            wrong=_signed,
            says="You give words a sign of -1 or 1, as other hashing tricks do. Here it is 1 where "
            "a word is, and 0 elsewhere.",
        ),
        Misconception(
            name="the bucket as the entry",
            wrong=_bucket_as_entry,
            says="You write the bucket's number into the matrix. The entry is a 1: the column says "
            "which bucket it is.",
        ),
        Misconception(
            name="inverted",
            wrong=_flipped,
            says="Yours is the inverse: 1 where no word falls, 0 where one does.",
        ),
        Misconception(
            name="lists of buckets",
            wrong=_lists_of_buckets,
            says="You return the bucket numbers of each text, in lists. A matrix is asked for, "
            "with ones in these columns.",
        ),
        Misconception(
            name="the next free bucket",
            wrong=_next_free,
            says="Where a bucket is taken already you move the word to the next free one. Words "
            "that collide share their bucket: it stays a 1.",
        ),
    ),
)

# --- 10.4 and 10.5 The embedding ------------------------------------------------------------------


class _EveryOtherHidden(ItemEmbedding):
    """Hides by rule, not at random."""

    def visible_rows(self, items):
        return self.rows[items] * (items % 2)


class _AnotherLook(ItemEmbedding):
    """Hides the items of even number in a first look, those of odd number in a second, and so on.

    As id dropout does, only not at random: whoever looks twice sees two different things.
    """

    def visible_rows(self, items):
        looks = self.__dict__.setdefault("looks", torch.zeros(len(self.rows), dtype=torch.long))
        rows = self.rows[items] * ((items + looks[items]) % 2)
        looks += torch.bincount(items.flatten(), minlength=len(looks)).clamp(max=1)
        return rows


def _embedding(rng, kind=ItemEmbedding, **settings):
    torch.manual_seed(int(rng.integers(1000)))
    features = torch.from_numpy(rng.normal(size=(6, 3)).astype(np.float32))
    return kind(features, 5, **settings)


def _some(rng, *shape):
    return torch.from_numpy(rng.integers(0, 8, shape))


def _known(rng):
    """Which items have an id vector: not item 1, so that no row is its item's number."""
    return [False, True, *(rng.random(4) < 0.7).tolist()]


def _learned(answer, module, items):
    """The vectors, and what a fixed weighted sum of them teaches each of the two parts."""
    vectors = answer(module, items)
    if not isinstance(vectors, torch.Tensor):
        return vectors
    found = {"vectors": vectors.detach()}
    if vectors.requires_grad:
        (vectors * torch.arange(vectors.numel()).view_as(vectors).cos()).sum().backward()
    for name, layer in (("id", module.id), ("content", module.content)):
        gradient = layer.weight.grad
        found[f"gradient of {name}"] = "none" if gradient is None else gradient
    return found


def _forward_probe(label, module, items, **more):
    return Probe((module, items), label=label, call=_learned, **more)


def _forward_probes(rng):
    yield _forward_probe("all items, PAD and MASK", _embedding(rng).eval(), torch.arange(8))
    yield _forward_probe("padding", _embedding(rng).eval(), torch.tensor([0]), edge=True)
    yield _forward_probe(
        "content only", _embedding(rng, has_id=False).eval(), torch.tensor([2, 5, 7])
    )
    for shape in ((2, 3), (5,), (4, 2)):
        module = _embedding(rng, has_id=_known(rng)).eval()
        yield _forward_probe("some items have no id vector", module, _some(rng, *shape))
    for shape in ((3, 5), (5, 2), (2, 3, 2), (6,)):
        module = _embedding(rng, _EveryOtherHidden, has_id=_known(rng)).train()
        yield _forward_probe("every other item is hidden", module, _some(rng, *shape))
    for shape in ((2, 4), (4, 2)):
        module = _embedding(rng, _AnotherLook, has_id=_known(rng)).train()
        items = torch.from_numpy(rng.permutation(8)).view(shape)
        yield _forward_probe("each look hides other items", module, items)


def _parts_of(self, items):
    """The id vectors and the content of one look."""
    return self.id(self.visible_rows(items)), self.content(self.features[items])


def _all_rows(self, items):
    return self.id(self.rows[items]) + self.content(self.features[items])


def _item_is_row(self, items):
    return self.id(items.clamp(max=len(self.id.weight) - 1)) + self.content(self.features[items])


def _item_is_row_raw(self, items):
    return self.id(items) + self.content(self.features[items])


def _visible_is_item(self, items):
    return self.id(self.rows[self.visible_rows(items)]) + self.content(self.features[items])


def _content_by_row(self, items):
    rows = self.visible_rows(items)
    return self.id(rows) + self.content(self.features[rows])


def _one_row_too_high(self, items):
    return self.id(self.visible_rows(items)) + self.content(self.features[items - 1])


def _one_row_too_low(self, items):
    return self.id(self.visible_rows(items)) + self.content(
        self.features[(items + 1).clamp(max=len(self.features) - 1)]
    )


def _id_one_row_too_high(self, items):
    rows = (self.visible_rows(items) - 1).clamp(min=0)
    return self.id(rows) + self.content(self.features[items])


def _beside(self, items):
    return torch.cat(_parts_of(self, items), dim=-1)


def _mean_of_both(self, items):
    return sum(_parts_of(self, items)) / 2


def _over_root_2(self, items):
    return sum(_parts_of(self, items)) / 2**0.5


def _product(self, items):
    own, content = _parts_of(self, items)
    return own * content


def _difference(self, items):
    own, content = _parts_of(self, items)
    return own - content


def _larger(self, items):
    return torch.maximum(*_parts_of(self, items))


def _content_alone(self, items):
    return self.content(self.features[items])


def _id_alone(self, items):
    return self.id(self.visible_rows(items))


def _one_or_the_other(self, items):
    rows = self.visible_rows(items)
    own, content = self.id(rows), self.content(self.features[items])
    return torch.where(rows[..., None] > 0, own, content)


def _content_of_the_visible(self, items):
    rows = self.visible_rows(items)
    return self.id(rows) + self.content(self.features[items]) * (rows[..., None] > 0)


def _hides_content(self, items):
    visible = self.visible_rows(items)[..., None] > 0
    return self.id(self.rows[items]) + self.content(self.features[items]) * visible


def _looks_twice(self, items):
    hidden = self.visible_rows(items)[..., None] == 0
    own, content = _parts_of(self, items)
    return own.masked_fill(hidden, 0) + content


def _second_look_for_content(self, items):
    own, content = _parts_of(self, items)
    return own + content * (self.visible_rows(items)[..., None] > 0)


def _frozen_content(self, items):
    own, content = _parts_of(self, items)
    return own + content.detach()


def _frozen_id(self, items):
    own, content = _parts_of(self, items)
    return own.detach() + content


def _frozen(self, items):
    return sum(_parts_of(self, items)).detach()


def _flat(self, items):
    return sum(_parts_of(self, items.flatten()))


def _always_a_batch(self, items):
    return sum(_parts_of(self, items))[None]


def _batch_of_single_rows(self, items):
    return sum(_parts_of(self, items if items.ndim > 1 else items[None]))


def _relu_of_content(self, items):
    own, content = _parts_of(self, items)
    return own + content.relu()


def _tanh_of_content(self, items):
    own, content = _parts_of(self, items)
    return own + content.tanh()


def _sigmoid_of_content(self, items):
    own, content = _parts_of(self, items)
    return own + content.sigmoid()


def _gelu_of_content(self, items):
    own, content = _parts_of(self, items)
    return own + torch.nn.functional.gelu(content)


def _relu_of_the_sum(self, items):
    return sum(_parts_of(self, items)).relu()


def _tanh_of_the_sum(self, items):
    return sum(_parts_of(self, items)).tanh()


def _times_root(self, items):
    return sum(_parts_of(self, items)) * 5**0.5


def _id_times_root(self, items):
    own, content = _parts_of(self, items)
    return own * 5**0.5 + content


def _content_times_root(self, items):
    own, content = _parts_of(self, items)
    return own + content * 5**0.5


def _by_root(self, items):
    return sum(_parts_of(self, items)) / 5**0.5


def _twice_content(self, items):
    own, content = _parts_of(self, items)
    return own + 3 * content


def _unit_length(self, items):
    return torch.nn.functional.normalize(sum(_parts_of(self, items)), dim=-1)


def _unit_parts(self, items):
    own, content = _parts_of(self, items)
    return torch.nn.functional.normalize(own, dim=-1) + torch.nn.functional.normalize(
        content, dim=-1
    )


def _layer_norm(self, items):
    return torch.nn.functional.layer_norm(sum(_parts_of(self, items)), (5,))


def _mean_content(self, items):
    own, content = _parts_of(self, items)
    return own + content.mean(dim=0, keepdim=True)


def _mean_content_of_all(self, items):
    own, content = _parts_of(self, items)
    return own + content.flatten(0, -2).mean(dim=0)


def _pooled(self, items):
    return sum(_parts_of(self, items)).sum(dim=-2)


def _pooled_mean(self, items):
    return sum(_parts_of(self, items)).mean(dim=-2)


def _one_number(self, items):
    return sum(_parts_of(self, items)).sum(dim=-1)


def _first_history(self, items):
    vectors = sum(_parts_of(self, items))
    return vectors[:1].expand_as(vectors)


def _mask_is_nothing(self, items):
    return sum(_parts_of(self, items)) * (items < len(self.features) - 1)[..., None]


def _mask_as_last_item(self, items):
    own, _ = _parts_of(self, items)
    return own + self.content(self.features[items.clamp(max=len(self.features) - 2)])


def _width_in_front(self, items):
    return sum(_parts_of(self, items)).movedim(-1, 0)


def _id_weight_without_row_0(self, items):
    own = self.id.weight[self.visible_rows(items) - 1]
    return own + self.content(self.features[items])


def _content_by_its_own_row(self, items):
    return self.id(self.visible_rows(items)) + self.content(self.features[self.rows[items]])


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
    built="You have built the item embedding that knows content. The next cell puts it into "
    "SASRec, BERT4Rec and BST, and the launch of forty new products is scored with it.",
    misconceptions=(
        Misconception(
            name="forgets who is hidden",
            wrong=_all_rows,
            says="You take every item's own row, `self.rows`, also where it is hidden. "
            "`self.visible_rows(items)` says which row it gets in this look.",
        ),
        Misconception(
            name="the item's number as its row",
            wrong=_item_is_row,
            says="You use the item's number as its row of `id`. Products without an id vector have "
            "none there: ask `self.visible_rows(items)`.",
        ),
        Misconception(
            name="the item's number as its row, beyond the table",
            wrong=_item_is_row_raw,
            says="You look up `self.id(items)`, by the item's number. `id` has fewer rows than "
            "there are items: the row of an item is what `self.visible_rows(items)` gives.",
        ),
        Misconception(
            name="a row of a row",
            wrong=_visible_is_item,
            says="You look up `self.rows` of what `visible_rows` gave. That is a row of `id` "
            "already: hand it to `self.id` as it is.",
        ),
        Misconception(
            name="content by row",
            wrong=_content_by_row,
            says="You look up the features by the row of the id, so who is hidden loses the "
            "content as well. Features have a row per item: `self.features[items]`.",
        ),
        Misconception(
            name="features one row too high",
            wrong=_one_row_too_high,
            says="You take the features of row `items - 1`, the product before: off by one. Row j "
            "of `self.features` is item j.",
        ),
        Misconception(
            name="features one row too low",
            wrong=_one_row_too_low,
            says="You take the features of row `items + 1`, the next product: off by one. Row j of "
            "`self.features` is item j.",
        ),
        Misconception(
            name="id one row too high",
            wrong=_id_one_row_too_high,
            says="You subtract 1 from the row of the id vector. What `visible_rows` gives is the "
            "row of `id`, counted from 0.",
        ),
        Misconception(
            name="id one row too high, from behind",
            wrong=_id_weight_without_row_0,
            says="Your rows of `id` are off by one, and row -1 is the last. Use what "
            "`visible_rows` gives as it is: row 0 is nobody's, and zeros.",
        ),
        Misconception(
            name="side by side",
            wrong=_beside,
            says="You put the two side by side (`cat`), and the vector is 2 D wide. They are "
            "added.",
        ),
        Misconception(
            name="the mean",
            wrong=_mean_of_both,
            says="You take the mean of the two, half of it. It is the sum: then an item without an "
            "id vector is its content, whole.",
        ),
        Misconception(
            name="over the root of 2",
            wrong=_over_root_2,
            says="You divide the sum by the root of 2. It is the plain sum.",
        ),
        Misconception(
            name="the product",
            wrong=_product,
            says="You multiply the two vectors, so an item without an id vector is 0. They are "
            "added.",
        ),
        Misconception(
            name="the difference",
            wrong=_difference,
            says="You subtract the content from the id vector. They are added.",
        ),
        Misconception(
            name="the larger of the two",
            wrong=_larger,
            says="You take the maximum of the two. They are added.",
        ),
        Misconception(
            name="content alone",
            wrong=_content_alone,
            says="You return content only; the id vector is missing. Add it, `self.id(...)`.",
        ),
        Misconception(
            name="id alone",
            wrong=_id_alone,
            says="You return the id vector only; the content is missing. Add "
            "`self.content(self.features[items])`.",
        ),
        Misconception(
            name="one or the other",
            wrong=_one_or_the_other,
            says="You use content only where there is no id vector. Every item has content, also "
            "one with an id.",
        ),
        Misconception(
            name="no content where the id is hidden",
            wrong=_content_of_the_visible,
            says="Where the id vector is hidden you drop the content too, so nothing is left. "
            "Content is always there: without an id it is all that the model reads.",
        ),
        Misconception(
            name="hides content in place of the id",
            wrong=_hides_content,
            says="You hide the content and keep the id vector. It is the id that is hidden; "
            "content always stays.",
        ),
        Misconception(
            name="looks twice",
            wrong=_looks_twice,
            says="You call `self.visible_rows(items)` twice. In training each call draws anew and "
            "hides other items, so the two don't belong together: call it once and keep the rows.",
        ),
        Misconception(
            name="a second look for the content",
            wrong=_second_look_for_content,
            says="You call `visible_rows` a second time, to hide content as well. Each call is a "
            "new draw; and content is never hidden.",
        ),
        Misconception(
            name="content does not learn",
            wrong=_frozen_content,
            says="No gradient reaches `content`: it is computed under `no_grad`, or detached, so "
            "W_content would never learn. Leave the graph whole.",
        ),
        Misconception(
            name="the id does not learn",
            wrong=_frozen_id,
            says="No gradient reaches `id`: the id vectors are taken under `no_grad`, detached or "
            "by `.data`, so they would never learn. Leave the graph whole.",
        ),
        Misconception(
            name="nothing learns",
            wrong=_frozen,
            says="Your result is detached (`no_grad`, `detach`, `.data`), so no gradient reaches "
            "either part and nothing would learn.",
        ),
        Misconception(
            name="flat",
            wrong=_flat,
            says="You flatten the items, and their shape is lost. Items may have any shape: the "
            "result has one axis more, (..., D).",
        ),
        Misconception(
            name="always a batch",
            wrong=_always_a_batch,
            says="You add an axis in front, as if there were one history only. The result is "
            "shaped like items, and D wide: (..., D).",
        ),
        Misconception(
            name="a batch of a single row",
            wrong=_batch_of_single_rows,
            says="Where items have a single axis you make a batch of one row. Any shape is fine as "
            "it is: (..., D), without an extra axis.",
        ),
        Misconception(
            name="ReLU of the content",
            wrong=_relu_of_content,
            says="You put an activation (ReLU) on the content. W_content is a plain matrix: the "
            "content part is linear.",
        ),
        Misconception(
            name="tanh of the content",
            wrong=_tanh_of_content,
            says="You put an activation (tanh) on the content. The content part is linear: "
            "W_content times the features.",
        ),
        Misconception(
            name="sigmoid of the content",
            wrong=_sigmoid_of_content,
            says="You put an activation (a sigmoid) on the content. The content part is linear.",
        ),
        Misconception(
            name="GELU of the content",
            wrong=_gelu_of_content,
            says="You put an activation (GELU) on the content. It is W_content times the "
            "features, linear.",
        ),
        Misconception(
            name="ReLU of the sum",
            wrong=_relu_of_the_sum,
            says="You put an activation (ReLU) on the sum, and what is negative is lost. It is the "
            "plain sum.",
        ),
        Misconception(
            name="tanh of the sum",
            wrong=_tanh_of_the_sum,
            says="You put an activation (tanh) on the sum. It is the plain, linear sum.",
        ),
        Misconception(
            name="times the root of D",
            wrong=_times_root,
            says="You scale the vectors by the root of D, a factor as some transformers have it. "
            "Nothing is scaled here: it is the plain sum.",
        ),
        Misconception(
            name="id times the root of D",
            wrong=_id_times_root,
            says="You scale the id vector by the root of D. Nothing is scaled: it is a plain sum.",
        ),
        Misconception(
            name="content times the root of D",
            wrong=_content_times_root,
            says="You scale the content, by the root of D or a factor of 2. It goes into the sum "
            "once and as it is.",
        ),
        Misconception(
            name="by the root of D",
            wrong=_by_root,
            says="You divide the vectors by the root of D. Attention does that with its scores; "
            "here it is the plain sum.",
        ),
        Misconception(
            name="content three times",
            wrong=_twice_content,
            says="The content goes into your sum several times. Once is due.",
        ),
        Misconception(
            name="length 1",
            wrong=_unit_length,
            says="You normalise the vectors to length 1. They stay as long as they are.",
        ),
        Misconception(
            name="parts of length 1",
            wrong=_unit_parts,
            says="You normalise each part to length 1 before you add them. Add them as they are.",
        ),
        Misconception(
            name="layer norm",
            wrong=_layer_norm,
            says="You put a layer norm on the sum. Nothing is normalised here.",
        ),
        Misconception(
            name="the mean content of all",
            wrong=_mean_content_of_all,
            says="You average the content over the whole batch, all items get the same. Each item "
            "has its own content.",
        ),
        Misconception(
            name="the content averaged over the batch",
            wrong=_mean_content,
            says="You average the content over the rows of the batch. Each item has its own "
            "content: no mean over other items.",
        ),
        Misconception(
            name="added up over positions",
            wrong=_pooled,
            says="You add up the items' vectors into one per history. Each item keeps its own "
            "vector: (..., D).",
        ),
        Misconception(
            name="averaged over positions",
            wrong=_pooled_mean,
            says="You average the items' vectors into one per history. Each item keeps its own "
            "vector: (..., D).",
        ),
        Misconception(
            name="one number per item",
            wrong=_one_number,
            says="You sum over D, and one number per item is left. Each item has a vector of "
            "width D.",
        ),
        Misconception(
            name="the first history for all",
            wrong=_first_history,
            says="You use the first row of items for all rows. Each has its own.",
        ),
        Misconception(
            name="MASK is nothing",
            wrong=_mask_is_nothing,
            says="You set MASK to zeros, as if it were padding. It has an id vector, and that is "
            "all it has.",
        ),
        Misconception(
            name="content for MASK",
            wrong=_mask_as_last_item,
            says="MASK gets the last product's content from you, by a clamp. Row `n_items + 1` of "
            "the features is MASK's, and zeros: look up `self.features[items]` as it is.",
        ),
        Misconception(
            name="the width in front",
            wrong=_width_in_front,
            says="Your axes are in another order: D stands in front. It is the last axis, (..., "
            "D).",
        ),
        Misconception(
            name="content by its own row",
            wrong=_content_by_its_own_row,
            says="You look up the features with `self.rows`, which numbers the rows of the id "
            "table. Features have a row per item, so an item without an id has its content "
            "all the same: `self.features[items]`.",
        ),
    ),
)


_LOOKS = 6


def _looks(answer, module, items):
    """What can be said of random rows without knowing the draws."""
    torch.manual_seed(7)
    before = module.rows.clone()
    looks = [answer(module, items) for _ in range(_LOOKS)]
    rows = looks[0]
    own = before[items]
    if not isinstance(rows, torch.Tensor) or rows.shape != own.shape:
        return rows
    mask = items == module.n_items + 1
    could = (own > 0) & ~mask
    hidden = (rows == 0) & could
    strange = _strange(rows, own, items)
    if strange != "none":
        return {
            "dtype": str(rows.dtype),
            "rows that are neither the item's own nor 0": strange,
        }
    counts = {int((look == 0).sum()) for look in looks}
    expected = module.id_dropout if module.training else 0.0
    is_drawn = 0 < expected < 1
    return {
        "dtype": str(rows.dtype),
        "rows that are neither the item's own nor 0": strange,
        "hidden": _share(hidden[could].float().mean().item(), expected),
        "MASK is hidden": bool((rows[mask] == 0).any()),
        "items that are never hidden": _of_share(0, hidden, could, items) if is_drawn else [],
        "items that are always hidden": _of_share(1, hidden, could, items) if is_drawn else [],
        "histories in which all or none are hidden": _one_fate(hidden, could, 1),
        "places at which all or none are hidden": _one_fate(hidden, could, 0),
        "places that are never or always hidden": _fixed_places(looks, could) if is_drawn else [],
        "another look hides others": any(not rows.equal(look) for look in looks) == is_drawn,
        "a look hides as many as another": is_drawn and len(counts) == 1,
        "a history hides as many as another": is_drawn
        and len(set(hidden.sum(dim=1).tolist())) == 1,
        "self.rows stays as it is": before.equal(module.rows),
    }


def _share(share, expected):
    """The share of hidden entries, within five sigma, in words."""
    known = {
        "none": 0.0,
        "all": 1.0,
        "as asked": expected,
        "those that should not be": 1 - expected,
        "twice drawn": expected**2,
        "drawn twice": 1 - (1 - expected) ** 2,
        "a half": 0.5,
    }
    # 1,200 entries or more: a standard deviation of 0.0144 or less.
    near = {name: abs(share - value) for name, value in known.items()}
    if expected == 0 and share == 0 or near["as asked"] < 5 * 0.0144 and 0 < share < 1:
        return "as asked"
    if share in (0, 1):
        return "none" if share == 0 else "all"
    best = min(near, key=near.get)
    return best if near[best] < 0.06 else "another share"


def _strange(rows, own, items):
    """What stands where neither the own row nor 0 does."""
    strange = (rows != own) & (rows != 0)
    if not strange.any():
        return "none"
    values = rows[strange]
    if bool((values == values[0]).all()):
        return f"all are {values[0].item():g}"
    if bool((values == items[strange]).all()):
        return "the items"
    return "larger ones" if bool((values >= own[strange]).all()) else "some"


def _of_share(share, hidden, could, items):
    """The items of which exactly this share is hidden."""
    some = sorted(set(items[could].tolist()))
    return [item for item in some if hidden[items == item].float().mean().item() == share]


def _one_fate(hidden, could, dim):
    """In how many lines along `dim` all that could be hidden are, or none: "some" or "many"."""
    n_could = could.sum(dim=dim)
    n_hidden = hidden.sum(dim=dim)
    alike = ((n_hidden == n_could) | (n_hidden == 0))[n_could > 9].float().mean().item()
    return "many" if alike > 0.5 else "few"


def _fixed_places(looks, could):
    """The columns in which no look hides anything, or each hides all; of columns drawn alone."""
    hidden = torch.stack([(look == 0) & could for look in looks])  # (_LOOKS, B, L)
    if could.ndim != 2 or _one_fate(hidden[0], could, 0) == "many":
        return []
    n_hidden = hidden.sum(dim=(0, 1))
    n_could = could.sum(dim=0) * len(looks)
    fixed = (n_could > 100) & ((n_hidden == 0) | (n_hidden == n_could))
    return fixed.nonzero().flatten().tolist()


def _drawing(rng, id_dropout, known=None):
    has_id = _known(rng) if known is None else known
    return _embedding(rng, has_id=has_id, id_dropout=id_dropout)


def _row_probes(rng):
    known = [False, True, False, True, True, True]
    for id_dropout in (0.3, 0.8):
        yield Probe(
            (_drawing(rng, id_dropout, known).train(), _some(rng, 60, 50)),
            label=f"in training, {id_dropout:.0%} hidden",
            call=_looks,
        )
    yield Probe(
        (_drawing(rng, 0.8).eval(), _some(rng, 60, 50)), label="after training", call=_looks
    )
    yield Probe(
        (_drawing(rng, 0.0, known).eval(), _some(rng, 4, 3)),
        label="after training, some without an id",
    )
    yield Probe((_drawing(rng, 0.0).train(), _some(rng, 5)), label="in training, no id dropout")
    for _ in range(5):
        id_dropout = float(rng.choice([0.15, 0.2, 0.3, 0.4, 0.6, 0.7, 0.85]))
        items = _some(rng, int(rng.integers(50, 70)), int(rng.integers(40, 49)))
        yield Probe(
            (_drawing(rng, id_dropout).train(), items),
            label="in training, a random share",
            call=_looks,
        )
    for id_dropout in (0.3, 0.6):
        items = torch.from_numpy(rng.integers(1, 7, (55, 40)))
        yield Probe(
            (_drawing(rng, id_dropout, True).train(), items),
            label="in training, all have an id and none is MASK",
            call=_looks,
        )
    items = _some(rng, 6, 4)
    yield Probe((_drawing(rng, 0.5).eval(), items), label="after training, few items")


def _is_drawn(self, items):
    return torch.rand(items.shape) < self.id_dropout


def _always(self, items):
    return self.rows[items].masked_fill(_is_drawn(self, items) & (items <= self.n_items), 0)


def _after_training_only(self, items):
    if self.training:
        return self.rows[items]
    return _always(self, items)


def _keeps_the_share(self, items):
    rows = self.rows[items]
    if not self.training:
        return rows
    return rows.masked_fill(~_is_drawn(self, items) & (items <= self.n_items), 0)


def _hides_mask(self, items):
    rows = self.rows[items]
    return rows.masked_fill(_is_drawn(self, items), 0) if self.training else rows


def _hides_mask_spares_last(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items != self.n_items)
    return rows.masked_fill(hidden, 0) if self.training else rows


def _spares_the_last(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items < self.n_items)
    return rows.masked_fill(hidden, 0) if self.training else rows


def _spares_the_first(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items) & (rows != 1)
    return rows.masked_fill(hidden, 0) if self.training else rows


def _only_mask(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items > self.n_items)
    return rows.masked_fill(hidden, 0) if self.training else rows


def _hides_for(self, items, hidden):
    rows = self.rows[items]
    return rows.masked_fill(hidden & (items <= self.n_items), 0) if self.training else rows


def _all_or_none(self, items):
    return _hides_for(self, items, torch.rand(1) < self.id_dropout)


def _one_draw_per_history(self, items):
    return _hides_for(
        self, items, torch.rand(items.shape[:1] + (1,) * (items.ndim - 1)) < self.id_dropout
    )


def _draws_that_do_not_fit(self, items):
    return _hides_for(self, items, torch.rand(len(items)) < self.id_dropout)


def _same_places(self, items):
    return _hides_for(self, items, torch.rand(items.shape[-1]) < self.id_dropout)


def _per_item(self, items):
    return _hides_for(self, items, (torch.rand(self.n_items + 2) < self.id_dropout)[items])


def _exact_share(self, items):
    n = round(self.id_dropout * items.numel())
    hidden = torch.arange(items.numel())[torch.randperm(items.numel())].view(items.shape) < n
    return _hides_for(self, items, hidden)


def _exact_share_of_each_history(self, items):
    n = round(self.id_dropout * items.shape[-1])
    return _hides_for(self, items, torch.rand(items.shape).argsort(dim=-1) < n)


def _the_first_places(self, items):
    n = round(self.id_dropout * items.shape[-1])
    return _hides_for(self, items, (torch.arange(items.shape[-1]) < n).expand(items.shape))


def _every_other(self, items):
    step = max(round(1 / self.id_dropout), 1) if self.id_dropout else items.numel() + 1
    places = torch.arange(1, items.numel() + 1).view(items.shape)
    return _hides_for(self, items, places % step == 0)


def _seed_inside(self, items):
    generator = torch.Generator().manual_seed(0)
    return _hides_for(self, items, torch.rand(items.shape, generator=generator) < self.id_dropout)


def _half(self, items):
    return _hides_for(self, items, torch.rand(items.shape) < 0.5)


def _normal(self, items):
    return _hides_for(self, items, torch.randn(items.shape) < self.id_dropout)


def _two_draws(self, items):
    return _hides_for(self, items, _is_drawn(self, items) & _is_drawn(self, items))


def _everybody(self, items):
    return _hides_for(self, items, torch.ones_like(items, dtype=torch.bool))


def _dropout_of_numbers(self, items):
    return torch.nn.functional.dropout(
        self.rows[items].float(), self.id_dropout, training=self.training
    )


def _dropout_of_numbers_as_long(self, items):
    return _dropout_of_numbers(self, items).long()


def _masks_row(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    return torch.where(hidden, self.rows[-1], rows) if self.training else rows


def _masks_number(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    return rows.masked_fill(hidden, self.n_items + 1) if self.training else rows


def _row_minus_1(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    return rows.masked_fill(hidden, -1) if self.training else rows


def _row_1(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    return rows.masked_fill(hidden, 1) if self.training else rows


def _another_row(self, items):
    rows = self.rows[items]
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    others = torch.randint(1, int(self.rows.max()) + 1, items.shape)
    return torch.where(hidden, others, rows) if self.training else rows


def _items_for_rows(self, items):
    hidden = _is_drawn(self, items) & (items <= self.n_items)
    return items.masked_fill(hidden, 0) if self.training else items


def _items_after_training(self, items):
    return _hides_for(self, items, _is_drawn(self, items)) if self.training else items


def _who_is_hidden(self, items):
    return _is_drawn(self, items) & (items <= self.n_items)


def _as_numbers(self, items):
    keep = 1.0 - (_is_drawn(self, items) & (items <= self.n_items)).float()
    return self.rows[items] * keep if self.training else self.rows[items]


def _in_place(self, items):
    if self.training:
        hidden = torch.rand(self.rows.shape) < self.id_dropout
        hidden[-1] = False
        self.rows[hidden] = 0
    return self.rows[items]


def _left_out(self, items):
    rows = self.rows[items]
    return rows[~_is_drawn(self, items) | (items > self.n_items)] if self.training else rows


def _never(self, items):
    return self.rows[items]


def _spares_a_column(column):
    def wrong(self, items):
        rows = self.rows[items]
        if not self.training:
            return rows
        is_hidden = torch.rand(items.shape) < self.id_dropout
        is_hidden[..., column] = False
        return rows.masked_fill(is_hidden & (items <= self.n_items), 0)

    return wrong


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
    built="You have built id dropout, so training sees vectors like those of new products. The "
    "next cell trains with it, and compares clicks on new and on old products.",
    ours="Ours draws for all entries at once and lets `masked_fill` take the hidden ones to row 0.",
    misconceptions=(
        Misconception(
            name="hides after training too",
            wrong=_always,
            says="You hide id vectors after training as well, in eval mode: `self.training` is "
            "never asked. It is False then, and nobody is hidden.",
        ),
        Misconception(
            name="hides after training only",
            wrong=_after_training_only,
            says="You have `self.training` the wrong way round: nobody is hidden in training, and "
            "some are afterwards.",
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
            name="hides MASK and spares the last item",
            wrong=_hides_mask_spares_last,
            says="You take item `n_items` for MASK: the last item is never hidden, and MASK is. "
            "MASK is `n_items + 1`.",
        ),
        Misconception(
            name="spares the last item",
            wrong=_spares_the_last,
            says="The last item, `n_items`, is never hidden by you: off by one. Only MASK, "
            "`n_items + 1`, is spared: `items <= self.n_items`.",
        ),
        Misconception(
            name="spares the first item",
            wrong=_spares_the_first,
            says="The item of row 1 is never hidden by you. Only MASK is spared.",
        ),
        Misconception(
            name="hides nobody but MASK",
            wrong=_only_mask,
            says="You hide MASK and nobody else: the condition is inverted. MASK is the one that "
            "is never hidden.",
        ),
        Misconception(
            name="all or none",
            wrong=_all_or_none,
            says="You draw one number for the whole batch, so all are hidden or nobody is. Draw "
            "one for each entry.",
        ),
        Misconception(
            name="one draw per history",
            wrong=_one_draw_per_history,
            says="You draw once for each row, so a whole history is hidden together or not at all. "
            "Draw for each entry, a random number of the shape of `items`.",
        ),
        Misconception(
            name="the same places in all histories",
            wrong=_same_places,
            says="You draw for the positions of one row and use it for all: the same places are "
            "hidden in every history. Draw for each entry, with the shape of `items`.",
        ),
        Misconception(
            name="draws that do not fit",
            wrong=_draws_that_do_not_fit,
            says="You draw one number for each row, a history, `len(items)` of them, and these do "
            "not fit the shape of the items. Draw one for each entry: `torch.rand(items.shape)`.",
        ),
        Misconception(
            name="a draw per item",
            wrong=_per_item,
            says="You draw once for each item, so all its places are hidden together. Draw for "
            "each entry.",
        ),
        Misconception(
            name="a fixed seed",
            wrong=_seed_inside,
            says="You use a generator with a fixed seed, so every step hides the same entries. "
            "Draw anew in each call, without a seed of your own.",
        ),
        Misconception(
            name="the first places",
            wrong=_the_first_places,
            says="You hide the first places of each history, a fixed share, always the same: "
            "nothing is random. Draw for each entry.",
        ),
        Misconception(
            name="every other one",
            wrong=_every_other,
            says="You hide by rule, every so many entries, always the same: nothing is random. "
            "Draw for each entry.",
        ),
        Misconception(
            name="an exact number",
            wrong=_exact_share,
            says="You always hide exactly the same number of entries (a permutation or a choice of "
            "so many). Each entry is hidden or not by itself, so the number varies.",
        ),
        Misconception(
            name="an exact number of each history",
            wrong=_exact_share_of_each_history,
            says="You hide an exact number of entries in each history. Each entry is hidden or not "
            "by itself: a random number per entry, compared with `id_dropout`.",
        ),
        Misconception(
            name="always a half",
            wrong=_half,
            says="You hide a half, whatever `self.id_dropout` says: it is never read.",
        ),
        Misconception(
            name="normal draws",
            wrong=_normal,
            says="Your random numbers are normal (`randn`), so another share is below "
            "`id_dropout`. Take uniform ones, `torch.rand`.",
        ),
        Misconception(
            name="two draws",
            wrong=_two_draws,
            says="You draw twice, and only who is hit both times is hidden. One draw per entry.",
        ),
        Misconception(
            name="everybody is hidden",
            wrong=_everybody,
            says="You hide everybody in training. Each entry is hidden with probability "
            "`self.id_dropout`.",
        ),
        Misconception(
            name="dropout of the numbers",
            wrong=_dropout_of_numbers,
            says="You put `dropout` on the row numbers. It scales what is left by 1 / (1 - p), and "
            "a row number times that is no row: set hidden ones to 0 with `masked_fill`.",
        ),
        Misconception(
            name="dropout of the numbers, as whole numbers",
            wrong=_dropout_of_numbers_as_long,
            says="`dropout` scales up the row numbers that are left, and rounding makes rows of "
            "other items of them. Set hidden ones to 0 and leave the rest alone.",
        ),
        Misconception(
            name="MASK's row for the hidden",
            wrong=_masks_row,
            says="Who is hidden gets MASK's row from you. It is row 0, nobody's: zeros.",
        ),
        Misconception(
            name="MASK's number for the hidden",
            wrong=_masks_number,
            says="Who is hidden gets the item number of MASK, `n_items + 1`, as its row. It is row "
            "0: zeros.",
        ),
        Misconception(
            name="row -1 for the hidden",
            wrong=_row_minus_1,
            says="Who is hidden gets row -1 from you. It is row 0, the row of zeros.",
        ),
        Misconception(
            name="row 1 for the hidden",
            wrong=_row_1,
            says="Who is hidden gets row 1 from you, which is an item's. It is row 0.",
        ),
        Misconception(
            name="another's row for the hidden",
            wrong=_another_row,
            says="Who is hidden gets a random row, another item's. It is row 0: zeros, no noise.",
        ),
        Misconception(
            name="items for rows",
            wrong=_items_for_rows,
            says="You return item numbers, not rows: `self.rows[items]` is missing. Items without "
            "an id vector have row 0, and those behind them move up.",
        ),
        Misconception(
            name="items for rows after training",
            wrong=_items_after_training,
            says="After training you return the items as they are. Their rows are due then too: "
            "`self.rows[items]`.",
        ),
        Misconception(
            name="who is hidden",
            wrong=_who_is_hidden,
            says="You return which entries are hidden, a mask of bools. Their rows are asked for, "
            "with a 0 where it is True.",
        ),
        Misconception(
            name="rows as floats",
            wrong=_as_numbers,
            says="You multiply rows by a mask of floats, so they are floats themselves. Rows are "
            "long: an embedding takes nothing else.",
        ),
        Misconception(
            name="rows overwritten",
            wrong=_in_place,
            says="You write zeros into `self.rows` itself, so who was hidden once is hidden for "
            "ever. Work on `self.rows[items]`, a copy.",
        ),
        Misconception(
            name="hidden ones left out",
            wrong=_left_out,
            says="You leave the hidden entries out, and the shape is lost. They stay, with row 0.",
        ),
        Misconception(
            name="never hides",
            wrong=_never,
            says="You return everybody's own row, always. In training some of them become 0.",
        ),
        Misconception(
            name="spares the oldest",
            wrong=_spares_a_column(0),
            says="Your first column is never hidden. Each entry is hidden or not by itself, "
            "wherever it stands.",
        ),
        Misconception(
            name="spares the newest",
            wrong=_spares_a_column(-1),
            says="Your last column, the newest click, is never hidden. Each entry is hidden or not "
            "by itself, wherever it stands.",
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

GUESSES = (
    GuessNumber(
        id="10.1",
        asks="Clicks on new products that ids find, in the top 10",
        unit="%",
        high=100,
        close=5,
    ),
    GuessNumber(
        id="10.2",
        asks="The spread of old prices when scaled by all",
        factor=3,
        digits=3,
    ),
    GuessNumber(id="10.3", asks="Words that share one of 64 buckets", unit="%", high=100, close=10),
    GuessNumber(
        id="10.4",
        asks="Clicks on new products that ids and content find, in the top 10",
        unit="%",
        high=100,
        close=10,
    ),
    GuessChoice(
        id="10.5",
        asks="The better one over all clicks",
        choices=("id dropout", "one number"),
    ),
)
