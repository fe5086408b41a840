"""Chapter 10, item features: answers written from its stubs alone."""

import math

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from seqrec.items import bucket, words
from tests.course.keys.answers.bank import right, wrong

# 10.1 multi_hot


@right("10.1", "a dictionary and two loops")
def multi_hot(rows, labels):
    column = {label: j for j, label in enumerate(labels)}
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            if label in column:
                matrix[i, column[label]] = 1
    return matrix


@right("10.1", "one comprehension, reshaped")
def multi_hot(rows, labels):
    ones = [[1.0 if label in row else 0.0 for label in labels] for row in rows]
    return np.array(ones, dtype="float32").reshape(len(rows), len(labels))


@right("10.1", "pandas: explode and crosstab by hand")
def multi_hot(rows, labels):
    out = pd.DataFrame(0.0, index=range(len(rows)), columns=labels, dtype="float32")
    pairs = pd.DataFrame(
        [(i, label) for i, row in enumerate(rows) for label in row], columns=["row", "label"]
    )
    pairs = pairs[pairs["label"].isin(labels)].drop_duplicates()
    for label, group in pairs.groupby("label"):
        out.loc[group["row"], label] = 1.0
    return out.to_numpy(dtype=np.float32)


@right("10.1", "column by column, fromiter over sets")
def multi_hot(rows, labels):
    sets = [set(row) for row in rows]
    out = np.empty((len(rows), len(labels)), np.float32)
    for j, label in enumerate(labels):
        out[:, j] = np.fromiter((label in s for s in sets), dtype=bool, count=len(sets))
    return out


@right("10.1", "index arrays, one assignment")
def multi_hot(rows, labels):
    known = set(labels)
    hits = [(i, labels.index(x)) for i, row in enumerate(rows) for x in row if x in known]
    out = np.zeros([len(rows), len(labels)]).astype(np.float32)
    if not hits:
        return out
    i, j = map(list, zip(*hits, strict=True))
    out[i, j] = 1
    return out


@wrong(
    "10.1",
    "counts a label that is there twice",
    r"twice|counts?\b|counted|counting|number of times|how often|repeat|duplicate|\+= ?1|"
    r"occurrences|more than once",
)
def multi_hot(rows, labels):
    column = {label: j for j, label in enumerate(labels)}
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            if label in column:
                matrix[i, column[label]] += 1
    return matrix


@wrong(
    "10.1",
    "an unknown label is an error",
    r"unknown|not (among|in|one of)|no column|newt|unseen|isn't (among|in|one of)|"
    r"(KeyError|ValueError)",
)
def multi_hot(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            matrix[i, labels.index(label)] = 1
    return matrix


@wrong(
    "10.1",
    "an unknown label sets the last column",
    r"unknown|not (among|in|one of)|no column|newt|unseen|isn't (among|in|one of)|last column|"
    r"index -1|column -1",
)
def multi_hot(rows, labels):
    column = {label: j for j, label in enumerate(labels)}
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            matrix[i, column.get(label, -1)] = 1
    return matrix


@wrong(
    "10.1",
    "an unknown label sets the first column",
    r"unknown|not (among|in|one of)|no column|newt|unseen|isn't (among|in|one of)|first column|"
    r"column 0",
)
def multi_hot(rows, labels):
    column = {label: j for j, label in enumerate(labels)}
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        matrix[i, [column.get(label, 0) for label in row]] = 1
    return matrix


@wrong(
    "10.1",
    "one column more, for unknown labels",
    r"unknown|not (among|in|one of)|no column|newt|unseen|(extra|additional|further) column|"
    r"one column (too many|more)|(a )?column (too many|of its own)|F ?\+ ?1",
)
def multi_hot(rows, labels):
    n, F = len(rows), len(labels)
    column = {label: j for j, label in enumerate(labels)}
    matrix = np.zeros((n, F + 1), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            matrix[i, column.get(label, F)] = 1
    return matrix


@wrong("10.1", "float64", r"float32|float64|dtype|double|precision")
def multi_hot(rows, labels):
    matrix = np.zeros((len(rows), len(labels)))
    for i, row in enumerate(rows):
        for j, label in enumerate(labels):
            if label in row:
                matrix[i, j] = 1
    return matrix


@wrong("10.1", "booleans instead of numbers", r"float32|bool|dtype|True")
def multi_hot(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), dtype=bool)
    for i, row in enumerate(rows):
        matrix[i] = [label in row for label in labels]
    return matrix


@wrong("10.1", "a list of lists", r"\blists?\b|array|float32|dtype|ndarray")
def multi_hot(rows, labels):
    return [[1.0 if label in row else 0.0 for label in labels] for row in rows]


@wrong(
    "10.1",
    "columns in alphabetical order",
    r"order|sorted|alphabet|sort\b|sorts\b|permut|columns? (are|is|has been) (swapped|exchanged)",
)
def multi_hot(rows, labels):
    names = sorted(labels)
    matrix = np.zeros((len(rows), len(names)), dtype=np.float32)
    for i, row in enumerate(rows):
        for j, label in enumerate(names):
            matrix[i, j] = label in row
    return matrix


@wrong(
    "10.1",
    "rows sum to 1",
    r"sum to|divid|normali[sz]|average|mean|share|1 ?/|fraction|weigh|split",
)
def multi_hot(rows, labels):
    matrix = np.array([[x in row for x in labels] for row in rows], dtype=np.float32)
    matrix = matrix.reshape(len(rows), len(labels))
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


@wrong(
    "10.1",
    "only the first known label of a row",
    r"first (known )?label|one label|one-hot|only one|several|all (its |of its |the )?labels|"
    r"each of (its|the) labels|every label|break|other labels|single label|stops",
)
def multi_hot(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            if label in labels:
                matrix[i, labels.index(label)] = 1
                break
    return matrix


@wrong(
    "10.1",
    "only the last known label of a row",
    r"last (known )?label|one label|one-hot|only one|several|all (its |of its |the )?labels|"
    r"each of (its|the) labels|every label|overw|other labels|single label",
)
def multi_hot(rows, labels):
    eye = np.eye(len(labels), dtype=np.float32)
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for label in row:
            if label in labels:
                matrix[i] = eye[labels.index(label)]
    return matrix


@wrong(
    "10.1",
    "transposed",
    r"transpos|row per label|(row|line) (per|for each|for every|of each) label|\.T\b|"
    r"column (per|for each|for every) product|\(F, n\)|swap|exchang|other way|axis|axes",
)
def multi_hot(rows, labels):
    matrix = np.zeros((len(labels), len(rows)), dtype=np.float32)
    for j, label in enumerate(labels):
        for i, row in enumerate(rows):
            matrix[j, i] = label in row
    return matrix


@wrong(
    "10.1",
    "finds a label inside another one",
    r"part of|inside|substring|within|whole label|contain|piece of|joined|exact(ly)? (the )?same|"
    r"begins|in the text|another label",
)
def multi_hot(rows, labels):
    matrix = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        text = " ".join(row)
        for j, label in enumerate(labels):
            matrix[i, j] = label in text
    return matrix


@wrong(
    "10.1",
    "drops products without labels",
    r"empty|without (a |any )?labels?|no labels?|missing rows?|row (is|was) missing|"
    r"(drop|leave|left|skip|lose|lost)\w* .{0,20}(row|product)|a row (for|per) (each|every)",
)
def multi_hot(rows, labels):
    kept = [row for row in rows if row]
    out = np.zeros((len(kept), len(labels)), dtype=np.float32)
    for i, row in enumerate(kept):
        out[i] = [label in row for label in labels]
    return out


@wrong(
    "10.1",
    "a label that nobody has gets no column",
    r"nobody|no (product|row) has|unused|never|column (of|for) (each|every|all)|every label|"
    r"each label|missing column|column (is|was) missing|too few columns|occur|all labels|"
    r"columns? of zeros",
)
def multi_hot(rows, labels):
    used = [label for label in labels if any(label in row for row in rows)]
    out = np.zeros((len(rows), len(used)), dtype=np.float32)
    for i, row in enumerate(rows):
        for j, label in enumerate(used):
            out[i, j] = label in row
    return out


@wrong(
    "10.1",
    "all rows are one list",
    r"same list|one list|shared?\b|all rows|every row|other rows?|the same row|union|copies|"
    r"\* ?n\b|another product|other products|of all products",
)
def multi_hot(rows, labels):
    out = [[0] * len(labels)] * len(rows)
    for i, row in enumerate(rows):
        for j, label in enumerate(labels):
            if label in row:
                out[i][j] = 1
    return np.array(out, dtype=np.float32).reshape(len(rows), len(labels))


@wrong(
    "10.1",
    "takes capitals for small letters",
    r"capital|lower|upper|letter case|case of|case matters|case-|small letters|letters",
)
def multi_hot(rows, labels):
    out = np.zeros((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        own = {label.lower() for label in row}
        for j, label in enumerate(labels):
            out[i, j] = label.lower() in own
    return out


@wrong(
    "10.1",
    "ones and zeros exchanged",
    "invert|opposite|upside|revers|where (it|the product|a product) (has not|hasn't"
    "|does not|doesn't|lacks)|exchang|swap|flipped|negat|wrong way|other way|inverse"
    r"|does \*?not",
)
def multi_hot(rows, labels):
    out = np.ones((len(rows), len(labels)), dtype=np.float32)
    for i, row in enumerate(rows):
        for j, label in enumerate(labels):
            if label in row:
                out[i, j] = 0
    return out


# 10.2 Standardiser


def sd_or_zero(values):
    sd = np.std(values)
    return 0.0 if sd < 1e-12 * np.abs(values).max() else float(sd)


@right("10.2", "NumPy, the threshold as it is written")
class Standardiser:
    def fit(self, values):
        self.mean_ = values.mean()
        self.sd_ = values.std()
        if self.sd_ < 1e-12 * np.abs(values).max():
            self.sd_ = 0.0
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@right("10.2", "sums by hand and math.sqrt")
class Standardiser:
    def fit(self, values):
        n = len(values)
        self.mean_ = math.fsum(values) / n
        variance = math.fsum((x - self.mean_) ** 2 for x in values) / n
        sd = math.sqrt(variance)
        limit = 1e-12 * max(abs(x) for x in values)
        self.sd_ = sd if sd >= limit else 0.0
        return self

    def transform(self, values):
        if not self.sd_:
            return np.array([0.0 for _ in values])
        return np.array([(x - self.mean_) / self.sd_ for x in values])


@right("10.2", "a pandas Series inside")
class Standardiser:
    def fit(self, values):
        column = pd.Series(np.asarray(values, dtype=float))
        self.mean_ = column.mean()
        sd = column.std(ddof=0)
        self.sd_ = 0.0 if sd < 1e-12 * column.abs().max() else sd
        return self

    def transform(self, values):
        column = pd.Series(np.asarray(values, dtype=float))
        if self.sd_ == 0:
            return column.mul(0.0).to_numpy()
        return column.sub(self.mean_).div(self.sd_).to_numpy()


@right("10.2", "np.where on the sd, in place on a copy")
class Standardiser:
    def __init__(self):
        self.mean_ = None
        self.sd_ = None

    def fit(self, values):
        values = np.array(values, dtype=np.float64)
        self.mean_, sd = np.mean(values), np.sqrt(np.mean((values - np.mean(values)) ** 2))
        self.sd_ = float(np.where(sd < 1e-12 * np.max(np.abs(values)), 0.0, sd))
        return self

    def transform(self, values):
        out = np.array(values, dtype=np.float64)
        out -= self.mean_
        out *= 0.0 if self.sd_ == 0.0 else 1.0 / self.sd_
        return out


@wrong(
    "10.2",
    "the sample's sd, with n - 1",
    r"n ?- ?1|ddof|sample|NumPy's|with n\b|Bessel|unbiased|by n\b",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        sd = np.std(values, ddof=1)
        self.sd_ = 0.0 if sd < 1e-12 * np.abs(values).max() else sd
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "transform learns anew from what it gets",
    r"anew|again|own (mean|sd|numbers|scale)|`?fit`? saw|leak|learned|of the (new|values|numbers "
    r"that)|transform.{0,40}(its|own|mean|learn)|the mean of (its|what)",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - np.mean(values)) / np.std(values)


@wrong(
    "10.2",
    "the mean of fit, the sd of what transform gets",
    r"\bsd\b.{0,60}(own|fit|anew|learn|again)|own sd|`?fit`? saw|leak|anew|learned|"
    r"(own|transform).{0,30}(\bsd|standard dev|spread)",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / np.std(values)


@wrong("10.2", "fit returns nothing", r"self\b|None|nothing|return\b|chain")
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "divides by an sd of 0",
    r"\bNaN|by (0|zero)|zeros|infin|\binf\b|sd_? (is|of|=|==) ?0|all (values )?(are )?the same|"
    r"constant|nothing can be learned",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        with np.errstate(all="ignore"):
            return (values - self.mean_) / np.float64(self.sd_)


@wrong(
    "10.2",
    "an sd of 0 only if it is exactly 0",
    r"round|1e-1[27]|exact|tiny|threshold|largest absolute|0\.1|floating|precision|"
    r"all (values )?(are )?the same|constant",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = np.std(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "the limit without the largest value",
    r"largest|relative|times|small (numbers|values)|scale|absolute|threshold|limit|1e-12|"
    r"tiny (numbers|values)|magnitude|unit",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = np.std(values)
        if self.sd_ < 1e-12:
            self.sd_ = 0.0
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "the limit from the largest, not the largest absolute value",
    r"absolute|negative|\babs\b|sign\b|below (0|zero)|minus|magnitude|largest",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        sd = np.std(values)
        self.sd_ = 0.0 if sd < 1e-12 * np.max(values) else sd
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "an sd of 1 where it should be 0, as scikit-learn has it",
    r"sd_? (is|has to be|should be|must be|of|=|==) ?(0|1)|by 1\b|zeros|nothing can be learned|"
    r"all (values )?(are )?the same|constant|scikit|\b0, not 1|set to 1|1 instead",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values) or 1.0
        return self

    def transform(self, values):
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "with an sd of 0 only the mean is taken off",
    r"zeros|sd_? (is|of|=|==) ?0|nothing can be learned|constant|all (values )?(are )?the same|"
    r"other products|(distance|difference)",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        centred = values - self.mean_
        if self.sd_ == 0:
            return centred
        return centred / self.sd_


@wrong(
    "10.2",
    "a small number added to the sd",
    r"eps|1e-8|added|adds|small number|zeros|sd_? (is|of|=|==) ?0|nothing can be learned|"
    r"constant|all (values )?(are )?the same|huge",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        return (values - self.mean_) / (self.sd_ + 1e-8)


@wrong("10.2", "the variance", r"varianc|root|squared?\b|sqrt|\bvar\b")
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = np.var(values) if sd_or_zero(values) else 0.0
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "zeros for as many as fit saw",
    r"`?fit`? saw|length|as many|\(m,\)|\bm\b|number of|how many",
)
class Standardiser:
    def fit(self, values):
        self.n_ = len(values)
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(self.n_)
        return (values - self.mean_) / self.sd_


@wrong("10.2", "a single 0 for all", r"scalar|single|\(m,\)|array|zeros|one number|each (value|of)")
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return 0.0
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "cut off at three",
    r"clip|\bcut|clamp|bound|outlier|trunc|capped|beyond|(more than|at most|above|below|"
    r"over|to|at) 3\b|-3\b",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return np.clip((values - self.mean_) / self.sd_, -3, 3)


@wrong(
    "10.2",
    "edits what it is given",
    r"in.?place|edit|overw|copy|copies|(input|values|argument).{0,30}(chang|stay|was|were)|"
    r"chang\w+ .{0,20}(input|values|argument|array)|second (time|call)|twice",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        values -= self.mean_
        values /= self.sd_
        return values


@wrong(
    "10.2",
    "divides first, then takes the mean off",
    r"parenthes|bracket|precedence|(divi[ds]|mean|subtract).{0,40}\b(first|before|after|"
    r"then)\b|order of|before (it|the|you) (is |are )?(divi|divide)",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return values / self.sd_ - self.mean_


@wrong(
    "10.2",
    "the mean stays in",
    r"mean.{0,40}(not|n't|forg|miss|subtract|taken off|take off|left|stay|never)|subtract|"
    r"cent(re|er)|around 0|x - mean|without the mean",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return values / self.sd_


@wrong(
    "10.2",
    "the mean taken off, no division",
    r"divi[ds]|\bsd\b.{0,40}(not|n't|forg|miss|never|unused)|1 wide|scal|width|spread|only cent",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return values - self.mean_


@wrong(
    "10.2",
    "the root of the mean square, around 0",
    r"around (0|zero|the mean)|from (0|zero|the mean)|mean square|root mean|rms|about (0|zero|the "
    r"mean)|x\*\*2|squares|cent(re|er)|deviation",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = np.sqrt(np.mean(values**2)) if sd_or_zero(values) else 0.0
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "the median in place of the mean",
    r"median|middle|\bmean_ (is|holds|should|has)|average|not the mean",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.median(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / self.sd_


@wrong(
    "10.2",
    "no sd below 1",
    r"at least 1|below 1|less than 1|smaller than 1|max\(|floor|clamp|small (sd|spread)|"
    r"sd_? .{0,30}\b1\b",
)
class Standardiser:
    def fit(self, values):
        self.mean_ = np.mean(values)
        self.sd_ = sd_or_zero(values)
        return self

    def transform(self, values):
        if self.sd_ == 0:
            return np.zeros(len(values))
        return (values - self.mean_) / max(self.sd_, 1.0)


# 10.3 hashed_words


@right("10.3", "two loops")
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@right("10.3", "a set of columns per text, a comprehension")
def hashed_words(texts, buckets):
    columns = [{bucket(word, buckets) for word in words(text)} for text in texts]
    rows = [[float(j in own) for j in range(buckets)] for own in columns]
    return np.array(rows, dtype=np.float32).reshape(len(texts), buckets)


@right("10.3", "counts, and then whether there is one")
def hashed_words(texts, buckets):
    pairs = [(i, bucket(w, buckets)) for i, text in enumerate(texts) for w in words(text)]
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    flat = np.bincount(at[:, 0] * buckets + at[:, 1], minlength=len(texts) * buckets)
    return (flat.reshape(len(texts), buckets) > 0).astype(np.float32)


@right("10.3", "a row of one-hots' maximum")
def hashed_words(texts, buckets):
    eye = np.eye(buckets, dtype=np.float32)
    out = np.zeros((len(texts), buckets), dtype=np.float32)
    for row, text in zip(out, texts, strict=True):
        for w in list(words(text)):
            np.maximum(row, eye[bucket(w, buckets)], out=row)
    return out


@wrong(
    "10.3",
    "counts the words of a bucket",
    r"counts?\b|counted|counting|twice|number of|how (many|often)|at least one|\+= ?1|repeat|"
    r"add(s|ed)? up|more than once",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets)] += 1
    return matrix


@wrong(
    "10.3",
    "splits by itself, capitals stay",
    r"capital|lower|upper|letter case|case of|case matters|case-|split|`?words\(|use `?words",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in text.split():
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong(
    "10.3",
    "splits at blanks, commas and hyphens stay",
    r"split|punctuation|comma|hyphen|dash|`?words\(|use `?words|blank|\bspaces?\b|characters",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in text.lower().split():
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong(
    "10.3", "letters in place of words", r"letter|character|char\b|`?words\(|each word|whole word"
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in text.lower():
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong(
    "10.3",
    "the whole text in one bucket",
    r"whole|entire|each word|every word|`?words\(|split|single words|word by word|one bucket|"
    r"one column",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        if words(text):
            matrix[i, bucket(" ".join(words(text)), buckets)] = 1
    return matrix


@wrong(
    "10.3",
    "Python's own hash",
    r"Python|own hash|`?hash\(|`?bucket\(|use `?bucket|every start|each start|same (hash|tomorrow|"
    r"everywhere)",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, hash(word) % buckets] = 1
    return matrix


@wrong(
    "10.3",
    "columns from 1",
    r"from (0|1)|off by one|one (column|place) (too|to the|late|right|left|more|further)|shift|"
    r"\+ ?1|next column|neighbou?r|moved|column 0",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets) - 1] = 1
    return matrix


@wrong(
    "10.3",
    "column 0 kept free, as for padding",
    r"column 0|first column|free|from (0|1)|padding|buckets ?- ?1|reserv|one bucket|off by one|"
    r"empty|shift|\+ ?1",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, 1 + bucket(word, buckets - 1) if buckets > 1 else 0] = 1
    return matrix


@wrong(
    "10.3",
    "one column more",
    r"one (column )?(too many|more)|buckets ?\+ ?1|extra|additional|further column|how many "
    r"columns|number of columns|\(n, buckets\)",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets + 1), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong(
    "10.3",
    "always 64 buckets",
    r"64|`?buckets`? (is|was|says|argument|columns)|ignor|fixed|constant|how many columns|"
    r"number of columns|asked for|never (read|used)|\(n, buckets\)",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), 64), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, 64)] = 1
    return matrix


@wrong(
    "10.3",
    "as many columns as the largest bucket needs",
    r"largest|highest|last (used|bucket|column)|used|unused|never|empty buckets?|too few|"
    r"how many columns|number of columns|missing|\(n, buckets\)|nobody|no word",
)
def hashed_words(texts, buckets):
    columns = [[bucket(word, buckets) for word in words(text)] for text in texts]
    width = 1 + max((max(own) for own in columns if own), default=0)
    matrix = np.zeros((len(texts), width), dtype=np.float32)
    for i, own in enumerate(columns):
        matrix[i, own] = 1
    return matrix


@wrong("10.3", "float64", r"float32|float64|dtype|double|precision")
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets))
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong("10.3", "a list of lists", r"\blists?\b|array|float32|dtype|ndarray")
def hashed_words(texts, buckets):
    rows = []
    for text in texts:
        row = [0.0] * buckets
        for word in words(text):
            row[bucket(word, buckets)] = 1.0
        rows.append(row)
    return rows


@wrong(
    "10.3",
    "signs, as in the paper on feature hashing",
    r"\bsign|negative|minus|below (0|zero)|cancel|Weinberger",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i, bucket(word, buckets)] = 1 if bucket("sign" + word, 2) else -1
    return matrix


@wrong(
    "10.3",
    "divided by the number of words",
    r"divid|normali[sz]|sum to|average|mean|share|number of words|1 ?/|fraction|frequen",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        own = {bucket(word, buckets) for word in words(text)}
        for column in own:
            matrix[i, column] = 1 / len(own)
    return matrix


@wrong(
    "10.3",
    "the last word overwrites the others",
    r"last|overw|only one|all (the |its |of its )?words|every word|each word|one word|other words|"
    r"one-hot|single",
)
def hashed_words(texts, buckets):
    eye = np.eye(buckets, dtype=np.float32)
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[i] = eye[bucket(word, buckets)]
    return matrix


@wrong(
    "10.3",
    "leaves the first word out, for the brand",
    r"first word|\[1:\]|brand|all (the |its |of its )?words|every word|each word|left out|"
    r"missing word|skip",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text)[1:]:
            matrix[i, bucket(word, buckets)] = 1
    return matrix


@wrong(
    "10.3",
    "a word whose bucket is taken moves on",
    r"collision|collid|taken|same (bucket|column)|share|two words|next (free|bucket|column)|meet|"
    r"prob(e|ing)|moves? on|free bucket",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((len(texts), buckets), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in dict.fromkeys(words(text)):
            column = bucket(word, buckets)
            while matrix[i, column] and not matrix[i].all():
                column = (column + 1) % buckets
            matrix[i, column] = 1
    return matrix


@wrong(
    "10.3",
    "transposed",
    r"transpos|\.T\b|row per bucket|(row|line) (per|for each|for every) bucket|"
    r"column (per|for each|for every) text|swap|exchang|other way|axis|axes|\(buckets, n\)",
)
def hashed_words(texts, buckets):
    matrix = np.zeros((buckets, len(texts)), dtype=np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            matrix[bucket(word, buckets), i] = 1
    return matrix


@wrong(
    "10.3",
    "a row is not emptied before the next text",
    r"earlier|previous|before|emptied|reset|carr(y|ied)|accumulat|other texts?|same row|copy|"
    r"left over|text above|all texts|shared?\b|fresh",
)
def hashed_words(texts, buckets):
    rows, row = [], np.zeros(buckets, dtype=np.float32)
    for text in texts:
        for word in words(text):
            row[bucket(word, buckets)] = 1
        rows.append(row.copy())
    return np.array(rows, dtype=np.float32).reshape(len(texts), buckets)


@wrong(
    "10.3",
    "texts without a word are dropped",
    r"empty|without (a |any )?words?|no words?|missing|(drop|leave|left|skip|lose|lost)\w*\b|"
    r"row (per|for) (each|every)",
)
def hashed_words(texts, buckets):
    kept = [words(text) for text in texts if words(text)]
    matrix = np.zeros((len(kept), buckets), dtype=np.float32)
    for i, own in enumerate(kept):
        matrix[i, [bucket(word, buckets) for word in own]] = 1
    return matrix


# 10.4 forward


@right("10.4", "the modules called")
def forward(self, items):
    return self.id(self.visible_rows(items)) + self.content(self.features[items])


@right("10.4", "functional")
def forward(self, items):
    rows = self.visible_rows(items)
    own = F.embedding(rows, self.id.weight, padding_idx=self.id.padding_idx)
    read = F.linear(F.embedding(items, self.features), self.content.weight, self.content.bias)
    return own.add(read)


@right("10.4", "content of all items first, then a look-up")
def forward(self, items):
    content_of_all = self.content(self.features)
    vectors = content_of_all[items]
    vectors = vectors + self.id(self.visible_rows(items))
    return vectors


@right("10.4", "flat, and shaped back")
def forward(self, items):
    flat = items.reshape(-1)
    rows = self.visible_rows(items).reshape(-1)
    x = torch.index_select(self.features, 0, flat)
    e = torch.stack([self.id(rows), self.content(x)]).sum(dim=0)
    return e.reshape(*items.shape, e.shape[-1])


@wrong(
    "10.4",
    "the item's number as its row of id",
    r"visible_rows|\brows?\b.{0,40}(id\b|item)|number.{0,20}(as|for|instead)|self\.id\(items\)|"
    r"which row|never (called|asked|used)",
)
def forward(self, items):
    return self.id(items) + self.content(self.features[items])


@wrong(
    "10.4",
    "rows without visible_rows: nothing is ever hidden",
    r"visible_rows|hidden|hide|dropout|self\.rows|self\.id\(items\)|never (called|asked|used)|"
    r"which row",
)
def forward(self, items):
    return self.id(self.rows[items]) + self.content(self.features[items])


@wrong(
    "10.4",
    "content alone",
    r"id (vector|part|embedding)|only content|content (alone|only)|self\.id\b|without (the )?id|"
    r"id.{0,15}(miss|forg|left)",
)
def forward(self, items):
    return self.content(self.features[items])


@wrong(
    "10.4",
    "id alone",
    r"content.{0,40}(miss|forg|left|not|never|without|n't)|without (the )?content|id (alone|only)|"
    r"only (the )?id|self\.content|W_content|self\.features",
)
def forward(self, items):
    return self.id(self.visible_rows(items))


@wrong("10.4", "the mean of the two", r"\bmean\b|half|halv|\bsum\b|averag|by 2\b|/ ?2\b|added|plus")
def forward(self, items):
    return (self.id(self.visible_rows(items)) + self.content(self.features[items])) / 2


@wrong("10.4", "the product of the two", r"product|multipl|times|sum\b|added|plus|\*")
def forward(self, items):
    return self.id(self.visible_rows(items)) * self.content(self.features[items])


@wrong(
    "10.4",
    "side by side",
    r"side by side|concat|\bcat\b|sum\b|added|2 ?\*? ?D|plus|twice as (wide|long)",
)
def forward(self, items):
    id_part, content = self.id(self.visible_rows(items)), self.content(self.features[items])
    return torch.cat([id_part, content], dim=-1)


@wrong(
    "10.4",
    "the features of the row, not of the item",
    r"features?.{0,60}(item|row)|content.{0,60}(item|row)|row j is item j|hidden|"
    r"visible_rows.{0,40}features",
)
def forward(self, items):
    rows = self.visible_rows(items)
    return self.id(rows) + self.content(self.features[rows])


@wrong(
    "10.4",
    "the features one row too high",
    r"off by one|items? ?- ?1|row j|one row|neighbou?r|shift|from (0|1)|another item|wrong item|"
    r"(previous|next|other) item|(item|product) before",
)
def forward(self, items):
    return self.id(self.visible_rows(items)) + self.content(self.features[items - 1])


@wrong(
    "10.4",
    "content does not learn",
    r"gradient|detach|no_grad|learn|train|\bgrad\b|backward",
)
def forward(self, items):
    with torch.no_grad():
        read = self.content(self.features[items])
    return self.id(self.visible_rows(items)) + read


@wrong("10.4", "the id does not learn", r"gradient|detach|no_grad|learn|train|\bgrad\b|backward")
def forward(self, items):
    own = self.id.weight.detach()[self.visible_rows(items)]
    return own + self.content(self.features[items])


@wrong(
    "10.4",
    "no content where the id is hidden",
    r"hidden|row 0|no id|without (an )?id|new (item|product)|keeps? its content|"
    r"content.{0,40}(lost|zero|stay|keep|too|as well)|masked",
)
def forward(self, items):
    rows = self.visible_rows(items)
    read = self.content(self.features[items])
    return self.id(rows) + read * (rows != 0).unsqueeze(-1)


@wrong(
    "10.4",
    "content only where there is no id",
    r"either|instead of (the |its |an? )?(id|sum|being|adding)|both|row 0|only (where|if|"
    r"for|when)|in place of|falls? back|has (an )?id|known (item|product)|\bsum\b",
)
def forward(self, items):
    rows = self.visible_rows(items)
    read = self.content(self.features[items])
    return torch.where((rows == 0).unsqueeze(-1), read, self.id(rows))


@wrong(
    "10.4",
    "flat",
    r"flat|any shape|reshape|shaped? like|\(\.\.\., D\)|dimension|lost|axis|axes",
)
def forward(self, items):
    rows = self.visible_rows(items).flatten()
    return self.id(rows) + self.content(self.features[items.flatten()])


@wrong(
    "10.4",
    "an activation on the content",
    r"activation|relu|tanh|negative|non-?linear|below (0|zero)|linear|cut off|clamp",
)
def forward(self, items):
    return self.id(self.visible_rows(items)) + F.relu(self.content(self.features[items]))


@wrong("10.4", "times the root of D", r"root|sqrt|scal|factor|\*\* ?0?\.5|times|too (large|long)")
def forward(self, items):
    e = self.id(self.visible_rows(items)) + self.content(self.features[items])
    return e * self.id.embedding_dim**0.5


@wrong("10.4", "made to length 1", r"length|norm|unit|divid|scal")
def forward(self, items):
    e = self.id(self.visible_rows(items)) + self.content(self.features[items])
    return F.normalize(e, dim=-1)


@wrong(
    "10.4",
    "the content is taken off",
    r"sign|minus|subtract|differen|taken off|negative|added|plus|sum\b",
)
def forward(self, items):
    return self.id(self.visible_rows(items)) - self.content(self.features[items])


@wrong(
    "10.4",
    "always a batch of rows",
    r"any shape|dimension|one-dimensional|\(\.\.\., D\)|\(\.\.\.\)|1-?D|2-?D|axes|axis|"
    r"shaped? like|flat|reshape|\bview\b",
)
def forward(self, items):
    items = items.reshape(-1, items.shape[-1])
    return self.id(self.visible_rows(items)) + self.content(self.features[items])


@wrong(
    "10.4",
    "the content averaged over the rows of the batch",
    r"mean\b|averag|all items|each item|its own|same (content|for)|every item|per item|first axis",
)
def forward(self, items):
    return self.id(self.visible_rows(items)) + self.content(self.features[items].mean(dim=0))


# 10.5 visible_rows


@right("10.5", "rand below the probability, masked_fill")
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape) < self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@right("10.5", "Bernoulli and where, an early return")
def visible_rows(self, items):
    own = self.rows[items]
    if not self.training or self.id_dropout == 0:
        return own
    p = torch.full(items.shape, float(self.id_dropout))
    p = torch.where(items == self.n_items + 1, torch.zeros_like(p), p)
    return torch.where(torch.bernoulli(p).bool(), torch.zeros_like(own), own)


@right("10.5", "times 0 or 1")
def visible_rows(self, items):
    keep = torch.ones_like(items)
    if self.training:
        keep = (torch.rand(items.shape, dtype=torch.float64) >= self.id_dropout).long()
        keep[items == self.n_items + 1] = 1
    return self.rows[items] * keep


@right("10.5", "a copy, edited in place")
def visible_rows(self, items):
    rows = torch.index_select(self.rows, 0, items.reshape(-1)).clone()
    if self.training:
        drop = torch.empty(rows.shape).uniform_(0, 1) < self.id_dropout
        drop &= items.reshape(-1).ne(self.n_items + 1)
        rows[drop] = 0
    return rows.view(items.shape)


@wrong("10.5", "MASK is hidden too", r"MASK\b(?!ed)|n_items ?\+ ?1|never hidden")
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        rows = rows.masked_fill(torch.rand(items.shape) < self.id_dropout, 0)
    return rows


@wrong(
    "10.5",
    "the last item is spared, not MASK",
    r"MASK\b(?!ed)|n_items ?\+ ?1|off by one|last (item|product)|never hidden",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape) < self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items), 0)
    return rows


@wrong(
    "10.5",
    "the last item is spared too",
    r"last (item|product)|n_items\b|off by one|largest|highest|never (hidden|hides)|only MASK|"
    r"item.{0,20}(spared|always)",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape) < self.id_dropout
        rows = rows.masked_fill(hidden & (items < self.n_items), 0)
    return rows


@wrong(
    "10.5",
    "hides outside of training as well",
    r"training|eval|nobody is hidden",
)
def visible_rows(self, items):
    hidden = (torch.rand(items.shape) < self.id_dropout) & (items != self.n_items + 1)
    return self.rows[items].masked_fill(hidden, 0)


@wrong(
    "10.5",
    "hides outside of training only",
    r"training|eval|nobody is hidden|invert|wrong way|other way|opposite|upside",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        return rows
    hidden = (torch.rand(items.shape) < self.id_dropout) & (items != self.n_items + 1)
    return rows.masked_fill(hidden, 0)


@wrong(
    "10.5",
    "keeps with the probability",
    r"1 - |kept|keeps?\b|opposite|invert|complement|too (many|often)|wrong way|other way|>|"
    r"upside|revers|instead of hid",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape) > self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "one draw for the batch",
    r"by itself|each entry|every entry|independent|one draw|all or (none|nothing)|together|"
    r"single draw|all entries|whole batch|at once|one decision|own draw",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training and torch.rand(()) < self.id_dropout:
        rows = rows.masked_fill(items != self.n_items + 1, 0)
    return rows


@wrong(
    "10.5",
    "one draw for a whole row",
    r"by itself|each entry|every entry|independent|whole row|entire|one draw|all or (none|nothing)|"
    r"together|per row|single draw|one decision|own draw|histor",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape[:1]) < self.id_dropout
        hidden = hidden.view(-1, *[1] * (items.ndim - 1))
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "the same places in all rows",
    r"by itself|each entry|every entry|independent|same (places?|positions?|columns?|draw|"
    r"pattern)|all rows|(each|every) row|own draw|per column|whole column|last (axis|"
    r"dimension)",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape[-1:]) < self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "one draw for each item, wherever it stands",
    r"by itself|each entry|every entry|independent|(per|for each|for every|of an|same|an) (item|"
    r"product)|twice|wherever|repeat|everywhere|own draw|not (per|by) item",
)
def visible_rows(self, items):
    rows = self.rows
    if self.training:
        hidden = torch.rand(len(rows)) < self.id_dropout
        hidden[self.n_items + 1] = False
        rows = rows.masked_fill(hidden, 0)
    return rows[items]


@wrong(
    "10.5",
    "dropout of the row numbers, which scales them up",
    r"F\.dropout|nn\.Dropout|1 ?/ ?\(1|scal|larger|row numbers|divid|multipl|another row|"
    r"wrong row|rescal|own row|inflat",
)
def visible_rows(self, items):
    rows = self.rows[items]
    dropped = F.dropout(rows.double(), self.id_dropout, self.training).long()
    return torch.where(items == self.n_items + 1, rows, dropped)


@wrong(
    "10.5",
    "items in place of rows",
    r"self\.rows|own row|item('s)? (number|id)s?|rows? of `?(self\.)?id|look(ed|s)? up|row number|"
    r"which row|itself",
)
def visible_rows(self, items):
    if not self.training:
        return items
    hidden = (torch.rand(items.shape) < self.id_dropout) & (items != self.n_items + 1)
    return items.masked_fill(hidden, 0)


@wrong(
    "10.5",
    "hidden ones get MASK's row",
    r"MASK'?s?\b(?!ed)|row 0|n_items ?\+ ?1|not 0|become 0|row of zeros",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = (torch.rand(items.shape) < self.id_dropout) & (items != self.n_items + 1)
        rows = torch.where(hidden, self.rows[self.n_items + 1], rows)
    return rows


@wrong("10.5", "a float result", r"\blong\b|float|dtype|integer|int64")
def visible_rows(self, items):
    keep = torch.ones(items.shape)
    if self.training:
        keep = (torch.rand(items.shape) >= self.id_dropout).float()
        keep[items == self.n_items + 1] = 1
    return self.rows[items] * keep


@wrong(
    "10.5",
    "edits self.rows for good",
    r"in.?place|for good|edit|self\.rows.{0,40}(chang|stay|clone|copy|overw|was|lost)|forg[eo]t|"
    r"next (call|step|time)|clone|chang\w+ .{0,20}self\.rows|copy|afterwards|permanent|overw",
)
def visible_rows(self, items):
    if self.training:
        hidden = (torch.rand(items.shape) < self.id_dropout) & (items != self.n_items + 1)
        own = self.rows[items].masked_fill(hidden, 0)
        self.rows[items[hidden]] = 0
        return own
    return self.rows[items]


@wrong(
    "10.5",
    "a fixed seed inside",
    r"seed|same (draw|entries|places|items)|every (call|step|time)|each (call|step|time)|fixed|"
    r"again|fresh|anew|repeat",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        generator = torch.Generator().manual_seed(0)
        hidden = torch.rand(items.shape, generator=generator) < self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "always exactly that share",
    r"exact|by itself|independent|same number|fixed|number of|constant|each entry|every entry|"
    r"share|var(y|ies)",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        n = round(self.id_dropout * items.numel())
        chosen = torch.randperm(items.numel())[:n]
        hidden = torch.zeros(items.numel(), dtype=torch.bool)
        hidden[chosen] = True
        rows = rows.masked_fill(hidden.view(items.shape) & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "hides half, whatever is asked for",
    r"id_dropout|probability|half|50 ?%|ignor|constant|fixed|too (often|many|few|rare)",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.rand(items.shape) < 0.5
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "normal numbers in place of uniform ones",
    r"randn|normal|uniform|\brand\b|probability|id_dropout|too (often|many|few|rare)|gauss",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training:
        hidden = torch.randn(items.shape) < self.id_dropout
        rows = rows.masked_fill(hidden & (items != self.n_items + 1), 0)
    return rows


@wrong(
    "10.5",
    "hides everything but MASK",
    r"probability|id_dropout|at random|always|all (of them|items|entries)|every (entry|item)|"
    r"too (often|many)|some|whatever",
)
def visible_rows(self, items):
    rows = self.rows[items]
    if self.training and self.id_dropout > 0:
        rows = rows.masked_fill(items != self.n_items + 1, 0)
    return rows
