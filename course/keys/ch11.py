"""Answer key of chapter 11."""

import math

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

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
from course.coach.sandbox.memory import with_peak
from seqrec.losses import in_batch_loss, sampled_softmax_loss
from seqrec.metrics import gains
from seqrec.recommender import ErrorBudget, error_budget, rerank
from seqrec.recommender.nearest import exact_search, recall

# --- 11.1 The in-batch loss -----------------------------------------------------------------------


def _batch(rng, targets, more, corrected=True):
    items = torch.tensor([*targets, *more])
    logits = torch.from_numpy(rng.normal(size=(len(targets), len(items)))).float() * 2
    law = torch.from_numpy(rng.dirichlet(np.ones(10))).float()
    return (logits, items, law[items].log()) if corrected else (logits, items)


def _far_apart(rng, corrected):
    logits, *rest = _batch(rng, [1, 2, 4], [5], corrected)
    return (logits * 100, *rest)


def _loss_probes(rng):
    yield Probe(_batch(rng, [1, 2], [], corrected=False), label="two rows, no correction")
    yield Probe(_batch(rng, [1, 2], []), label="two rows")
    yield Probe(_batch(rng, [3, 5, 3], []), label="the same target twice", gradients=True)
    yield Probe(
        _batch(rng, [3, 5, 3], [], corrected=False), label="the same target twice, no correction"
    )
    yield Probe(
        _batch(rng, [4, 1], [7, 9, 4]),
        label="further columns, one of them a target",
        gradients=True,
    )
    yield Probe(_batch(rng, [6], [2, 8]), label="one row and two more columns", edge=True)
    yield Probe(_batch(rng, [2, 2], []), label="nothing but one product", edge=True)
    for corrected in (True, False):
        yield Probe(_far_apart(rng, corrected), label="large logits", edge=True)
    for corrected in (True, True, True, True, False, False):
        targets = rng.integers(1, 6, 5).tolist()
        more = [
            targets[int(rng.integers(5))],
            *rng.integers(1, 9, int(rng.integers(1, 4))).tolist(),
        ]
        targets[int(rng.integers(1, 5))] = targets[0]
        yield Probe(
            _batch(rng, targets, more, corrected), label="random columns", gradients=corrected
        )


def _others(logits):
    K, C = logits.shape
    return ~torch.eye(K, C, dtype=torch.bool)


def _handed_on(logits, items, log_q, *, same=None, real=None):
    """The loss in its last step: what is -inf among the negatives, which rows are real.

    log_q: (C,) or (K, C).
    """
    K, C = logits.shape
    others = _others(logits)
    if same is None:
        same = items[:K, None] == items
    negative = logits.masked_fill(same, -torch.inf)[others].view(K, C - 1)
    log_q = None if log_q is None else log_q.expand(K, C)[others].view(K, C - 1)
    real = torch.ones(K, dtype=torch.bool) if real is None else real
    return sampled_softmax_loss(logits.diagonal(), negative, real, log_q)


def _per_row(logits, items, log_q=None):
    """The loss of each row, (K,)."""
    K, C = logits.shape
    offset = torch.zeros(C) if log_q is None else -log_q - math.log(C - 1)
    same = (items[:K, None] == items) & _others(logits)
    shifted = torch.where(_others(logits), logits + offset, logits)
    return shifted.masked_fill(same, -torch.inf).logsumexp(dim=1) - logits.diagonal()


def _keeps_same(logits, items, log_q=None):
    return _handed_on(logits, items, log_q, same=torch.zeros_like(logits, dtype=torch.bool))


def _same_among_rows_only(logits, items, log_q=None):
    K = len(logits)
    same = items[:K, None] == items
    same[:, K:] = False
    return _handed_on(logits, items, log_q, same=same)


def _same_among_further_only(logits, items, log_q=None):
    K = len(logits)
    same = items[:K, None] == items
    same[:, :K] = False
    return _handed_on(logits, items, log_q, same=same)


def _same_inverted(logits, items, log_q=None):
    return _handed_on(logits, items, log_q, same=items[: len(logits), None] != items)


def _each_item_once(logits, items, log_q=None):
    """Negatives that come twice count once."""
    K = len(logits)
    again = torch.tensor([item in items[:column] for column, item in enumerate(items)])
    return _handed_on(logits, items, log_q, same=(items[:K, None] == items) | again)


def _zero_for_same(logits, items, log_q=None):
    K = len(logits)
    same = (items[:K, None] == items) & _others(logits)
    return _keeps_same(logits.masked_fill(same, 0.0), items, log_q)


def _minus_1_for_same(logits, items, log_q=None):
    K = len(logits)
    same = (items[:K, None] == items) & _others(logits)
    return _keeps_same(torch.where(same, logits - 1, logits), items, log_q)


def _rows_left_out(logits, items, log_q=None):
    K = len(logits)
    is_alone = (items[:K, None] == items).sum(dim=1) == 1
    if not is_alone.any():
        return 0 * logits.sum()
    return _per_row(logits, items, log_q)[is_alone].mean()


def _no_correction(logits, items, log_q=None):
    return in_batch_loss(logits, items)


def _wrong_sign(logits, items, log_q=None):
    return in_batch_loss(logits, items, None if log_q is None else -log_q)


def _positive_too(logits, items, log_q=None):
    if log_q is None:
        return in_batch_loss(logits, items)
    K = len(logits)
    corrected = logits.clone()
    corrected[range(K), range(K)] -= log_q[:K]
    return in_batch_loss(corrected, items, log_q)


def _only_positive(logits, items, log_q=None):
    if log_q is None:
        return in_batch_loss(logits, items)
    K = len(logits)
    corrected = logits.clone()
    corrected[range(K), range(K)] -= log_q[:K]
    return in_batch_loss(corrected, items)


def _plain_cross_entropy(logits, items, log_q=None):
    """A softmax over all columns, log q off each."""
    K = len(logits)
    logits = logits if log_q is None else logits - log_q
    same = (items[:K, None] == items) & _others(logits)
    logits = logits.masked_fill(same, -torch.inf)
    return torch.nn.functional.cross_entropy(logits, torch.arange(K))


def _bare_cross_entropy(logits, items, log_q=None):
    logits = logits if log_q is None else logits - log_q
    return torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)))


def _uncorrected_cross_entropy(logits, items, log_q=None):
    return torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)))


def _no_count(logits, items, log_q=None):
    """Log q off the negatives, and no C - 1."""
    if log_q is not None:
        log_q = log_q - math.log(logits.shape[1] - 1)
    return in_batch_loss(logits, items, log_q)


def _counts_rows(logits, items, log_q=None):
    if log_q is not None:
        K, C = logits.shape
        log_q = log_q + math.log(max(K - 1, 1) / (C - 1))
    return in_batch_loss(logits, items, log_q)


def _q_itself(logits, items, log_q=None):
    return in_batch_loss(logits, items, None if log_q is None else log_q.exp())


def _log_of_log_q(logits, items, log_q=None):
    return _handed_on(logits, items, None if log_q is None else log_q.log())


def _q_of_the_row(logits, items, log_q=None):
    K = len(logits)
    return _handed_on(logits, items, None if log_q is None else log_q[:K, None])


def _q_of_the_first_columns(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    negative = negative[_others(logits)].view(K, C - 1)
    log_q = None if log_q is None else log_q[:-1].expand(K, C - 1)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _q_of_the_last_columns(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    negative = negative[_others(logits)].view(K, C - 1)
    log_q = None if log_q is None else log_q[1:].expand(K, C - 1)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _q_not_cut(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    negative = negative[_others(logits)].view(K, C - 1)
    log_q = None if log_q is None else log_q.expand(K, C)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _q_per_item(logits, items, log_q=None):
    return in_batch_loss(logits, items, None if log_q is None else log_q[items])


def _none_is_0(logits, items, log_q=None):
    return in_batch_loss(logits, items, torch.zeros(len(items)) if log_q is None else log_q)


def _none_is_uniform(logits, items, log_q=None):
    C = len(items)
    return in_batch_loss(logits, items, torch.full((C,), -math.log(C)) if log_q is None else log_q)


def _none_fails(logits, items, log_q=None):
    return _handed_on(logits, items, log_q.expand(logits.shape))


def _square_only(logits, items, log_q=None):
    K = len(logits)
    others = ~torch.eye(K, dtype=torch.bool)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)[others].view(K, K - 1)
    log_q = None if log_q is None else log_q.expand(logits.shape)[others].view(K, K - 1)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _all_items_compared(logits, items, log_q=None):
    return _handed_on(logits, items, log_q, same=items[:, None] == items)


def _q_not_expanded(logits, items, log_q=None):
    return _handed_on(logits, items, None if log_q is None else log_q[_others(logits)])


def _own_column_twice(logits, items, log_q=None):
    """All C columns as negatives, the own one left in."""
    K = len(logits)
    same = (items[:K, None] == items) & _others(logits)
    negative = logits.masked_fill(same, -torch.inf)
    log_q = None if log_q is None else log_q.expand(logits.shape)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _all_columns_counted(logits, items, log_q=None):
    """All C columns as negatives, the own one at -inf."""
    K = len(logits)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    log_q = None if log_q is None else log_q.expand(logits.shape)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _first_column_cut(logits, items, log_q=None):
    """Column 0 is cut off for all rows, in place of the row's own."""
    K = len(logits)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)[:, 1:]
    log_q = None if log_q is None else log_q[1:].expand(negative.shape)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _first_column_positive(logits, items, log_q=None):
    K = len(logits)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    negative = negative[_others(logits)].view(K, -1)
    log_q = None if log_q is None else log_q.expand(logits.shape)[_others(logits)].view(K, -1)
    return sampled_softmax_loss(logits[:, 0], negative, torch.ones(K, dtype=torch.bool), log_q)


def _first_columns_only(logits, items, log_q=None):
    K = len(logits)
    if K < 2:
        return 0 * logits.sum()
    return in_batch_loss(logits[:, :K], items[:K], None if log_q is None else log_q[:K])


def _further_columns_only(logits, items, log_q=None):
    K, C = logits.shape
    if C == K:
        return 0 * logits.sum()
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)[:, K:]
    log_q = None if log_q is None else log_q[K:].expand(negative.shape)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


def _counts_what_is_left(logits, items, log_q=None):
    """Divides by the number of negatives that are left in each row."""
    if log_q is None:
        return in_batch_loss(logits, items)
    K, C = logits.shape
    left = (items[:K, None] != items).sum(dim=1).clamp(min=1)
    shift = torch.log(torch.tensor(float(C - 1))) - left.log()
    own = torch.eye(K, C, dtype=torch.bool)
    return in_batch_loss(torch.where(own, logits, logits + shift[:, None]), items, log_q)


def _weighs_what_is_left(logits, items, log_q=None):
    """The same, without log_q too."""
    K, C = logits.shape
    left = (items[:K, None] != items).sum(dim=1).clamp(min=1)
    shift = torch.log(torch.tensor(float(C - 1))) - left.log()
    own = torch.eye(K, C, dtype=torch.bool)
    return in_batch_loss(torch.where(own, logits, logits + shift[:, None]), items, log_q)


def _a_sum(logits, items, log_q=None):
    return in_batch_loss(logits, items, log_q) * len(logits)


def _over_columns(logits, items, log_q=None):
    K, C = logits.shape
    return in_batch_loss(logits, items, log_q) * K / C


def _over_everything(logits, items, log_q=None):
    return in_batch_loss(logits, items, log_q) / logits.shape[1]


def _row_by_row(logits, items, log_q=None):
    return _per_row(logits, items, log_q)


def _first_row(logits, items, log_q=None):
    return _per_row(logits, items, log_q)[0]


def _negative_sign(logits, items, log_q=None):
    return -in_batch_loss(logits, items, log_q)


def _without_positive(logits, items, log_q=None):
    """The positive is not in the sum below the line."""
    K, C = logits.shape
    offset = torch.zeros(C) if log_q is None else -log_q - math.log(C - 1)
    rest = (logits + offset).masked_fill(items[:K, None] == items, -torch.inf)
    return (rest.logsumexp(dim=1) - logits.diagonal()).mean()


def _users_for_items(logits, items, log_q=None):
    K = len(logits)
    return in_batch_loss(torch.cat([logits[:, :K].T, logits[:, K:]], dim=1), items, log_q)


def _both_ways(logits, items, log_q=None):
    return (in_batch_loss(logits, items, log_q) + _users_for_items(logits, items, log_q)) / 2


def _overflows(logits, items, log_q=None):
    K, C = logits.shape
    offset = torch.zeros(C) if log_q is None else -log_q - math.log(C - 1)
    same = items[:K, None] == items
    rest = ((logits + offset).exp() * ~same).sum(dim=1)
    positive = logits.diagonal().exp()
    return -(positive / (positive + rest)).log().mean()


def _binary(logits, items, log_q=None):
    K = len(logits)
    own = ~_others(logits)
    kept = own | (items[:K, None] != items)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits[kept], own[kept].float())


def _detached_negatives(logits, items, log_q=None):
    own = ~_others(logits)
    return in_batch_loss(torch.where(own, logits, logits.detach()), items, log_q)


def _detached(logits, items, log_q=None):
    return in_batch_loss(logits.detach(), items, log_q)


def _each_negative_times_its_number(logits, items, log_q=None):
    """log(C - 1) put on where it is to be taken off."""
    C = logits.shape[1]
    more = None if log_q is None else log_q - 2 * math.log(C - 1)
    return in_batch_loss(logits, items, more)


def _masks_the_diagonal_too(logits, items, log_q=None):
    K, C = logits.shape
    left = logits.masked_fill(items[:K, None] == items, -math.inf)
    if log_q is not None:
        left = left - log_q - math.log(C - 1)
    return torch.nn.functional.cross_entropy(left, torch.arange(K))


def _masks_only_with_log_q(logits, items, log_q=None):
    if log_q is not None:
        return in_batch_loss(logits, items, log_q)
    return torch.nn.functional.cross_entropy(logits, torch.arange(len(logits)))


_LOSS = Exercise(
    id="11.1",
    title="The in-batch loss",
    minutes=12,
    reference=in_batch_loss,
    probes=_loss_probes,
    hints=(
        "The positives are the diagonal. A row's own target must not be a negative as well: fill "
        "those logits with -inf before you cut the diagonal out.",
        "`others = ~torch.eye(K, C, dtype=torch.bool)` picks all but the diagonal; "
        "`logits[others].view(K, C - 1)` has one column less. `items[:K, None] == items` says "
        "where a row's own target stands.",
        "`sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), "
        "log_q)`, where `negative` is the masked logits without the diagonal, and log_q is "
        "`log_q.expand(K, C)[others].view(K, C - 1)` or None.",
    ),
    built="This is the loss that two-tower retrieval is trained with: the batch is its own "
    "pool of negatives. The next cells train three towers with it, with and without your "
    "log-Q correction.",
    ours="Ours needs no loop over rows: a mask without the diagonal takes one column out of "
    "each row, and `view` makes a rectangle of the rest.",
    misconceptions=(
        Misconception(
            name="the same product as a negative",
            wrong=_keeps_same,
            says="Where another column holds a row's own target, the same item, you push it down "
            "as a negative of itself. Set these logits to -inf.",
        ),
        Misconception(
            name="the same product among further columns",
            wrong=_same_among_rows_only,
            says="You mask a row's own target among the first K columns only. It may come again "
            "among the further columns, and is no negative there either.",
        ),
        Misconception(
            name="the same product among the rows",
            wrong=_same_among_further_only,
            says="You mask a row's own target among the further columns only. Another row may want "
            "the same item: mask it wherever it comes again.",
        ),
        Misconception(
            name="the mask inverted",
            wrong=_same_inverted,
            says="Your mask is inverted: it rules out the other items and keeps the row's own. "
            "-inf goes where `items[:K, None] == items`.",
        ),
        Misconception(
            name="each item once",
            wrong=_each_item_once,
            says="You drop negatives that come twice in the batch, as duplicates. Each draw "
            "counts; only the row's *own* target is left out.",
        ),
        Misconception(
            name="0 in place of -inf",
            wrong=_zero_for_same,
            says="You set the row's own target among the negatives to a logit of 0. exp(0) is 1, "
            "so it is still a negative: -inf adds nothing.",
        ),
        Misconception(
            name="1 off the same product",
            wrong=_minus_1_for_same,
            says="You only lower the logit where a column repeats the row's own target. It must be "
            "-inf, or it stays a negative.",
        ),
        Misconception(
            name="rows left out",
            wrong=_rows_left_out,
            says="You leave out whole rows whose target comes twice. Each of the K rows counts in "
            "the mean; only the column with its own target is left out.",
        ),
        Misconception(
            name="no correction",
            wrong=_no_correction,
            says="Your loss does not change with log_q, it is ignored. Popular products are "
            "negatives too often: hand it on.",
        ),
        Misconception(
            name="log q added",
            wrong=_wrong_sign,
            says="You hand on -log_q, so it is added: the sign is wrong. `sampled_softmax_loss` "
            "takes log q as it is and subtracts it itself.",
        ),
        Misconception(
            name="the positive corrected too",
            wrong=_positive_too,
            says="You take log q off the positive as well. It is there with certainty, not by a "
            "draw: leave it.",
        ),
        Misconception(
            name="only the positive corrected",
            wrong=_only_positive,
            says="You take log q off the positive and not off the negatives. It is the other way "
            "round: negatives are drawn, the positive is there with certainty.",
        ),
        Misconception(
            name="a softmax over all columns",
            wrong=_plain_cross_entropy,
            says="You take log q off all logits, the positive's too, and make one softmax of them, "
            "without the number of negatives. Only negatives are corrected, by log q and C - 1: "
            "`sampled_softmax_loss` does it.",
        ),
        Misconception(
            name="cross-entropy as it is",
            wrong=_bare_cross_entropy,
            says="You compute a plain cross-entropy over all columns, less log q. A row's own "
            "target stays a negative where it comes again, and the positive is corrected too.",
        ),
        Misconception(
            name="cross-entropy without anything",
            wrong=_uncorrected_cross_entropy,
            says="You compute a plain cross-entropy over the batch: neither is log_q used, nor is "
            "a row's own target left out where another column holds it again.",
        ),
        Misconception(
            name="no C - 1",
            wrong=_no_count,
            says="You take log q off, but do not divide by the number of negatives, C - 1. The "
            "*mean* over draws estimates the sum: take log(C - 1) off too.",
        ),
        Misconception(
            name="K - 1 in place of C - 1",
            wrong=_counts_rows,
            says="You divide by K - 1, the other rows. Further columns are negatives too: C - 1.",
        ),
        Misconception(
            name="q itself",
            wrong=_q_itself,
            says="You hand on q itself, not its logarithm. `log_q` is a log-probability already: "
            "no `exp`.",
        ),
        Misconception(
            name="a logarithm too many",
            wrong=_log_of_log_q,
            says="You take the logarithm of log_q once more, and the log of a negative number is "
            "NaN. It is a log-probability already.",
        ),
        Misconception(
            name="log q of the row",
            wrong=_q_of_the_row,
            says="You take the log q of the row's own target for all its negatives. Each negative "
            "has the log q of its own column: `log_q.expand(K, C)`.",
        ),
        Misconception(
            name="log q of the first columns",
            wrong=_q_of_the_first_columns,
            says="You take the first C - 1 entries of log_q for every row. Each row leaves out its "
            "*own* column, so log_q must be cut as the logits are: by `others`.",
        ),
        Misconception(
            name="log q of the last columns",
            wrong=_q_of_the_last_columns,
            says="You drop the first entry of log_q for every row. Each row leaves out its *own* "
            "column, so the log q of a negative stands elsewhere: cut it by `others`.",
        ),
        Misconception(
            name="log q not cut",
            wrong=_q_not_cut,
            says="Your log_q has C columns and your negatives have C - 1. Cut the row's own column "
            "out of both: `log_q.expand(K, C)[others].view(K, C - 1)`.",
        ),
        Misconception(
            name="as many rows as columns",
            wrong=_square_only,
            says="Your mask is square, K by K, and fails where there are further columns. The "
            "logits are (K, C): `torch.eye(K, C)`.",
        ),
        Misconception(
            name="all items compared",
            wrong=_all_items_compared,
            says="You compare all C items with all C, which does not fit the K rows where there "
            "are further columns. Only the first K are rows' own targets: `items[:K, None]`.",
        ),
        Misconception(
            name="log q not expanded",
            wrong=_q_not_expanded,
            says="You cut log_q, (C,), by a mask of (K, C). Give it a row for each user first: "
            "`log_q.expand(K, C)`.",
        ),
        Misconception(
            name="log q by item",
            wrong=_q_per_item,
            says="You look up log_q by the item's id. It has an entry per column already: "
            "`log_q[c]` belongs to column c.",
        ),
        Misconception(
            name="None as zeros",
            wrong=_none_is_0,
            says="Where log_q is None you hand on zeros. That still divides by the number of "
            "negatives: None means no correction at all, so pass None on.",
        ),
        Misconception(
            name="None as uniform",
            wrong=_none_is_uniform,
            says="Where log_q is None you put in a uniform law. None means no correction at all: "
            "pass None on.",
        ),
        Misconception(
            name="None fails",
            wrong=_none_fails,
            says="Your code stops with an error where log_q is None, the default. Then there is "
            "nothing to cut: pass None on.",
        ),
        Misconception(
            name="the own column twice",
            wrong=_own_column_twice,
            says="The row's own column, the positive on the diagonal, is among the negatives too, "
            "so it is counted twice. Row r has all columns but r.",
        ),
        Misconception(
            name="C negatives",
            wrong=_all_columns_counted,
            says="You count C negatives, all columns with the row's own among them (the diagonal "
            "set to -inf, say, but not cut out). The own one is no draw: there are C - 1.",
        ),
        Misconception(
            name="the first column cut for all",
            wrong=_first_column_cut,
            says="You cut off column 0 for every row. The positive of row r is column r, on the "
            "diagonal: each row leaves out its own.",
        ),
        Misconception(
            name="the first column as positive",
            wrong=_first_column_positive,
            says="You take column 0 as the positive of every row. Row r's own target is column r: "
            "the diagonal.",
        ),
        Misconception(
            name="only the rows' own targets",
            wrong=_first_columns_only,
            says="You use the first K columns only. What stands behind them, further columns, are "
            "negatives for every row.",
        ),
        Misconception(
            name="only further columns",
            wrong=_further_columns_only,
            says="Your negatives are the further columns only. The other rows' targets are "
            "negatives too: all columns but r.",
        ),
        Misconception(
            name="counts what is left",
            wrong=_counts_what_is_left,
            says="You divide by the number of negatives that are left. A draw that hits the target "
            "counts too, with nothing in it: keep C - 1, or the estimate is too large.",
        ),
        Misconception(
            name="counts what is left, also without log q",
            wrong=_weighs_what_is_left,
            says="You weigh each row by how many negatives are left in it. Nothing is weighed: "
            "-inf adds nothing, and C - 1 is the number for every row.",
        ),
        Misconception(
            name="a sum",
            wrong=_a_sum,
            says="You return the sum over the rows. A mean is due, so that a batch's size changes "
            "nothing.",
        ),
        Misconception(
            name="divided by the columns",
            wrong=_over_columns,
            says="You add up the rows and divide by C, the number of columns. It is the mean over "
            "the K rows.",
        ),
        Misconception(
            name="divided by all entries",
            wrong=_over_everything,
            says="You take the mean over rows *and* columns. Each row has one loss, and the mean "
            "is over the K rows.",
        ),
        Misconception(
            name="a loss per row",
            wrong=_row_by_row,
            says="You return a loss for each row, (K,). Their mean is asked for, one number.",
        ),
        Misconception(
            name="the first row only",
            wrong=_first_row,
            says="You return the loss of the first row only. It is the mean over all K rows.",
        ),
        Misconception(
            name="the sign",
            wrong=_negative_sign,
            says="Your sign is wrong: you return the log-likelihood, which grows as the model gets "
            "better. A loss is minus that.",
        ),
        Misconception(
            name="the positive is missing below the line",
            wrong=_without_positive,
            says="The positive is missing in the sum of the denominator: it competes with the "
            "negatives, exp(s_rr) stands above and below the line.",
        ),
        Misconception(
            name="rows and columns exchanged",
            wrong=_users_for_items,
            says="You have rows and columns exchanged (transposed), and compare one item with all "
            "users. Row r is a user, and the columns are the items to tell apart.",
        ),
        Misconception(
            name="both ways",
            wrong=_both_ways,
            says="You average over both directions, users over items and items over users "
            "(symmetric, as for pictures and texts). Only rows are asked for.",
        ),
        Misconception(
            name="overflows",
            wrong=_overflows,
            says="You compute `exp` of the logits as they are, which overflows for large logits "
            "and gives inf or NaN. Use `logsumexp`, or `sampled_softmax_loss`, which does.",
        ),
        Misconception(
            name="yes or no",
            wrong=_binary,
            says="You ask of each column by itself, yes or no (binary cross-entropy). It is a "
            "softmax: the positive against all negatives of its row.",
        ),
        Misconception(
            name="negatives detached",
            wrong=_detached_negatives,
            says="Your negatives are detached: no gradient pushes them down. They must learn as "
            "the positive does.",
        ),
        Misconception(
            name="detached",
            wrong=_detached,
            says="Your loss is detached from the logits, so no gradient reaches them and nothing "
            "is learned.",
        ),
        Misconception(
            name="no mask without log q",
            wrong=_masks_only_with_log_q,
            says="Without `log_q` you mask nothing: where a column holds the row's own target "
            "again, it stays a negative. The mask has nothing to do with the correction.",
        ),
        Misconception(
            name="the mask hits the diagonal too",
            wrong=_masks_the_diagonal_too,
            says="Your mask of the same item hits the diagonal too: every row's own target, its "
            "positive, is at -inf, and the loss is infinite. Cut the row's own column out "
            "before, or spare the diagonal.",
        ),
        Misconception(
            name="C - 1 the wrong way",
            wrong=_each_negative_times_its_number,
            says="You multiply by the number of negatives where you should divide: log(C - 1) has "
            "the wrong sign. The mean over draws estimates the sum, so both log q and log(C - "
            "1) come off.",
        ),
    ),
)

# --- 11.2 Exact search ----------------------------------------------------------------------------


def _points(rng, B, J, D=3):
    return torch.from_numpy(rng.normal(size=(B, D))).float(), torch.from_numpy(
        rng.normal(size=(J, D))
    ).float()


class _RowsAtOnce(TorchFunctionMode):
    """How many rows of dot products with n_items are held in one tensor, at most.

    Tensors of one width more, such as products before they are added up, count by that width.
    """

    def __init__(self, n_items, D):
        super().__init__()
        self.n_items, self.D, self.most = n_items, D, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        for each in made if isinstance(made, list | tuple) else [made]:
            if isinstance(each, torch.Tensor) and self.n_items in each.shape:
                row = self.n_items * (self.D if self.D in each.shape else 1)
                self.most = max(self.most, each.numel() // row)
        return made


def _searched(answer, queries, vectors, k, users_at_once):
    """What was found, and how many users were compared at a time."""
    rows = _RowsAtOnce(*vectors.shape)
    with rows:
        items, scores = answer(queries, vectors, k, users_at_once)
    at_once = "at most users_at_once"
    if rows.most > users_at_once:
        at_once = "all users" if rows.most >= len(queries) else "more than users_at_once"
    return {"items": items, "dot products": scores, "compared at a time": at_once}


def _measured(answer, queries, vectors, k, users_at_once):
    """As `_searched`; NumPy's tables count too, by their memory."""
    told, peak = with_peak(lambda: _searched(answer, queries, vectors, k, users_at_once))
    # a table of all dot products, and half of it as room
    if peak > 4 * len(queries) * len(vectors) // 2:
        told["compared at a time"] = "all users"
    return told


def _search_probes(rng):
    yield Probe((*_points(rng, 1, 4), 2, 1), label="one user, four items")
    yield Probe((*_points(rng, 4, 6), 3, 2), label="two users at a time")
    yield Probe((*_points(rng, 5, 6), 2, 3), label="five users, three at a time")
    yield Probe((*_points(rng, 2, 5), 5, 8), label="all items, all users at once", edge=True)
    yield Probe((*_points(rng, 0, 5), 2, 4), label="nobody", edge=True)
    for _ in range(5):
        k = int(rng.integers(2, 7))
        yield Probe((*_points(rng, 7, 20), k, int(rng.integers(2, 6))), label="random")
    for users_at_once in (2, 3, 5):
        yield Probe(
            (*_points(rng, 13, 23), 4, users_at_once),
            label=f"{users_at_once} of 13 users at a time",
            call=_searched,
        )
    yield Probe((*_points(rng, 300, 400), 3, 7), label="7 of 300 users at a time", call=_measured)


def _piece_by_piece(find):
    """An answer that calls `find(some, vectors, k)` for so many users at a time."""

    def answer(queries, vectors, k, users_at_once):
        found = [find(some, vectors, k) for some in queries.split(users_at_once)]
        return torch.cat([items for items, _ in found]), torch.cat([scores for _, scores in found])

    return answer


def _best(some, vectors, k):
    """Items and dot products, what is right."""
    best = (some @ vectors.T).topk(k, dim=1)
    return best.indices + 1, best.values


def _counted_from_0(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return items - 1, scores


def _two_too_many(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return items + 1, scores


def _lost_remainder(queries, vectors, k, users_at_once):
    whole = len(queries) // users_at_once * users_at_once
    return exact_search(queries[:whole], vectors, k, users_at_once)


def _lost_last_piece(queries, vectors, k, users_at_once):
    whole = max(len(queries) - 1, 0) // users_at_once * users_at_once
    return exact_search(queries[:whole], vectors, k, users_at_once)


def _zero_remainder(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    whole = len(queries) // users_at_once * users_at_once
    items[whole:], scores[whole:] = 0, 0
    return items, scores


def _filled_up(queries, vectors, k, users_at_once):
    missing = -len(queries) % users_at_once
    return exact_search(
        torch.cat([queries, queries.new_zeros(missing, queries.shape[1])]),
        vectors,
        k,
        users_at_once,
    )


def _one_short(queries, vectors, k, users_at_once):
    if users_at_once == 1:
        return exact_search(queries[:0], vectors, k, users_at_once)
    kept = torch.arange(len(queries)) % users_at_once != users_at_once - 1
    return exact_search(queries[kept], vectors, k, users_at_once)


def _overlapping(queries, vectors, k, users_at_once):
    some = [queries[at : at + users_at_once] for at in range(len(queries))] or [queries]
    return exact_search(torch.cat(some), vectors, k, users_at_once)


def _lowest(queries, vectors, k, users_at_once):
    items, scores = exact_search(-queries, vectors, k, users_at_once)
    return items, -scores


def _worst_of_the_best_first(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return items.flip(1), scores.flip(1)


@_piece_by_piece
def _largest_by_size(some, vectors, k):
    scores = some @ vectors.T
    items = scores.abs().topk(k, dim=1).indices
    return items + 1, scores.gather(1, items)


def _cosine(queries, vectors, k, users_at_once):
    return exact_search(queries, torch.nn.functional.normalize(vectors, dim=1), k, users_at_once)


def _cosine_of_both(queries, vectors, k, users_at_once):
    return _cosine(torch.nn.functional.normalize(queries, dim=1), vectors, k, users_at_once)


def _cosine_order(queries, vectors, k, users_at_once):
    items, _ = _cosine(queries, vectors, k, users_at_once)
    return items, (queries[:, None] * vectors[items - 1]).sum(dim=2)


@_piece_by_piece
def _distance(some, vectors, k):
    items = (-torch.cdist(some, vectors)).topk(k, dim=1).indices
    return items + 1, (some[:, None] * vectors[items]).sum(dim=2)


@_piece_by_piece
def _distance_itself(some, vectors, k):
    nearest = torch.cdist(some, vectors).topk(k, dim=1, largest=False)
    return nearest.indices + 1, nearest.values


@_piece_by_piece
def _minus_distance(some, vectors, k):
    nearest = (-torch.cdist(some, vectors)).topk(k, dim=1)
    return nearest.indices + 1, nearest.values


@_piece_by_piece
def _softmax(some, vectors, k):
    best = (some @ vectors.T).softmax(dim=1).topk(k, dim=1)
    return best.indices + 1, best.values


@_piece_by_piece
def _log_softmax(some, vectors, k):
    best = (some @ vectors.T).log_softmax(dim=1).topk(k, dim=1)
    return best.indices + 1, best.values


@_piece_by_piece
def _sigmoid(some, vectors, k):
    best = (some @ vectors.T).sigmoid().topk(k, dim=1)
    return best.indices + 1, best.values


@_piece_by_piece
def _scaled(some, vectors, k):
    items, scores = _best(some, vectors, k)
    return items, scores / vectors.shape[1] ** 0.5


@_piece_by_piece
def _without_the_best(some, vectors, k):
    items, scores = _best(some, vectors, min(k + 1, len(vectors)))
    return items[:, 1:], scores[:, 1:]


@_piece_by_piece
def _one_more(some, vectors, k):
    return _best(some, vectors, min(k + 1, len(vectors)))


@_piece_by_piece
def _one_less(some, vectors, k):
    return _best(some, vectors, k - 1)


@_piece_by_piece
def _all_items(some, vectors, k):
    return _best(some, vectors, len(vectors))


@_piece_by_piece
def _first_user(some, vectors, k):
    items, scores = _best(some, vectors, k)
    return items[:1].expand(len(some), -1), scores[:1].expand(len(some), -1)


@_piece_by_piece
def _next_items_scores(some, vectors, k):
    """The dot products of item j, looked up in row j, the next one's."""
    items, _ = _best(some, vectors, k)
    return items, (some @ vectors.T).gather(1, items.clamp(max=len(vectors) - 1))


@_piece_by_piece
def _not_sorted(some, vectors, k):
    scores = some @ vectors.T
    items = scores.topk(k, dim=1).indices.sort(dim=1).values
    return items + 1, scores.gather(1, items)


@_piece_by_piece
def _items_sorted_alone(some, vectors, k):
    items, scores = _best(some, vectors, k)
    return items.sort(dim=1).values, scores


@_piece_by_piece
def _the_first_k(some, vectors, k):
    items = torch.arange(k).expand(len(some), -1)
    return items + 1, (some @ vectors.T)[:, :k]


@_piece_by_piece
def _best_users(some, vectors, k):
    best = (some @ vectors.T).topk(k, dim=0)
    return best.indices + 1, best.values


def _last_chunk(queries, vectors, k, users_at_once):
    chunks = queries.split(users_at_once)
    return exact_search(chunks[-1], vectors, k, users_at_once)


def _first_chunk(queries, vectors, k, users_at_once):
    return exact_search(queries[:users_at_once], vectors, k, users_at_once)


def _in_lists(queries, vectors, k, users_at_once):
    found = [_best(some, vectors, k) for some in queries.split(users_at_once)]
    return [items for items, _ in found], [scores for _, scores in found]


def _stacked(queries, vectors, k, users_at_once):
    found = [_best(some, vectors, k) for some in queries.split(users_at_once)]
    return torch.stack([items for items, _ in found]), torch.stack([scores for _, scores in found])


def _beside_each_other(queries, vectors, k, users_at_once):
    found = [_best(some, vectors, k) for some in queries.split(users_at_once)]
    return torch.cat([items for items, _ in found], 1), torch.cat(
        [scores for _, scores in found], 1
    )


def _all_at_once(queries, vectors, k, users_at_once):
    return _best(queries, vectors, k)


def _so_many_pieces(queries, vectors, k, users_at_once):
    found = [_best(some, vectors, k) for some in queries.chunk(users_at_once)]
    return torch.cat([items for items, _ in found]), torch.cat([scores for _, scores in found])


def _one_too_many_at_once(queries, vectors, k, users_at_once):
    return exact_search(queries, vectors, k, users_at_once + 1)


def _pieces_of_equal_size(queries, vectors, k, users_at_once):
    found = [_best(some, vectors, k) for some in queries.view(-1, users_at_once, queries.shape[1])]
    return torch.cat([items for items, _ in found]), torch.cat([scores for _, scores in found])


def _scores_first(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return scores, items


def _items_only(queries, vectors, k, users_at_once):
    return exact_search(queries, vectors, k, users_at_once)[0]


def _pieces_of_items(queries, vectors, k, users_at_once):
    """Each piece of the catalogue has its own best, put one after the other, then cut to k."""
    items, scores = [], []
    for start in range(0, len(vectors), users_at_once):
        some = vectors[start : start + users_at_once]
        best = (queries @ some.T).topk(min(k, len(some)), dim=1)
        items.append(best.indices + 1 + start)
        scores.append(best.values)
    return torch.cat(items, dim=1)[:, :k], torch.cat(scores, dim=1)[:, :k]


def _nobody_fails(queries, vectors, k, users_at_once):
    found = [
        _best(queries[start : start + users_at_once], vectors, k)
        for start in range(0, len(queries), users_at_once)
    ]
    return torch.cat([items for items, _ in found]), torch.cat([scores for _, scores in found])


def _nobody_flat(queries, vectors, k, users_at_once):
    if len(queries) == 0:
        return torch.zeros(0, dtype=torch.long), torch.zeros(0)
    return exact_search(queries, vectors, k, users_at_once)


_SEARCH = Exercise(
    id="11.2",
    title="Exact search, a few users at a time",
    minutes=6,
    reference=exact_search,
    probes=_search_probes,
    hints=(
        "`queries.split(users_at_once)` gives the pieces, the last one shorter.",
        "For a piece: `(some @ vectors.T).topk(k, dim=1)` has `.indices` and `.values`. Column 0 "
        "is item 1.",
        "Collect `best.indices + 1` and `best.values` in two lists and `torch.cat` them. "
        "(The split of nobody is one empty piece.)",
    ),
    built="You have built exact retrieval in bounded memory. The next cell finds every "
    "shopper's two hundred with it, and the approximate search is judged against such "
    "results.",
    ours="`split` gives the pieces, the short last one too, and `torch.cat` joins what was found.",
    misconceptions=(
        Misconception(
            name="all users at once",
            wrong=_all_at_once,
            says="You compare all queries at once, and never read `users_at_once`. For a thousand "
            "users and 80,000 products that is 80 million numbers: take so many rows at a time.",
        ),
        Misconception(
            name="so many pieces",
            wrong=_so_many_pieces,
            says="You make `users_at_once` pieces (`chunk`), whatever their size. It is the number "
            "of rows in a piece: `split`.",
        ),
        Misconception(
            name="one too many at a time",
            wrong=_one_too_many_at_once,
            says="Your pieces have more rows than `users_at_once` allows, one too many. At most so "
            "many are compared at a time.",
        ),
        Misconception(
            name="counted from 0",
            wrong=_counted_from_0,
            says="You return rows of `vectors`, indices counted from 0. Row 0 is item 1: add 1.",
        ),
        Misconception(
            name="1 added twice",
            wrong=_two_too_many,
            says="Your items are 1 too high: 1 is added twice. Row j - 1 is item j.",
        ),
        Misconception(
            name="the remainder lost",
            wrong=_lost_remainder,
            says="Users are missing at the end, the remainder: their number need not be a multiple "
            "of `users_at_once`. The last piece is shorter.",
        ),
        Misconception(
            name="the last piece lost",
            wrong=_lost_last_piece,
            says="The last piece of users is missing, also where it is full: your loop ends one "
            "piece too early.",
        ),
        Misconception(
            name="zeros for the remainder",
            wrong=_zero_remainder,
            says="The users of the last, shorter piece keep zeros: the remainder is never "
            "computed. Their number need not be a multiple of `users_at_once`.",
        ),
        Misconception(
            name="filled up",
            wrong=_filled_up,
            says="You fill the last piece up and keep the extra rows, so there are more rows than "
            "users. Cut the result back to B.",
        ),
        Misconception(
            name="a user missing in each piece",
            wrong=_one_short,
            says="The last user of each piece is missing: your slice ends one too early.",
        ),
        Misconception(
            name="pieces that overlap",
            wrong=_overlapping,
            says="Your pieces overlap: they start at every user, not every `users_at_once` users, "
            "so users come several times. Step by `users_at_once`.",
        ),
        Misconception(
            name="the first piece only",
            wrong=_first_chunk,
            says="You return after the first piece (a `return` inside the loop). Collect the "
            "results of all pieces, then return.",
        ),
        Misconception(
            name="the last piece only",
            wrong=_last_chunk,
            says="You return the last piece's users only, each piece overwrites the one before: "
            "collect the results of all pieces.",
        ),
        Misconception(
            name="lists of pieces",
            wrong=_in_lists,
            says="You return lists of pieces. Put them together: `torch.cat`.",
        ),
        Misconception(
            name="stacked",
            wrong=_stacked,
            says="You `stack` the pieces, which makes a new axis and needs pieces of equal size. "
            "`torch.cat` puts one below the other.",
        ),
        Misconception(
            name="pieces of equal size",
            wrong=_pieces_of_equal_size,
            says="You reshape the queries into pieces of equal size, which fails where a remainder "
            "is left: B need not be a multiple of `users_at_once`. `split` makes the last piece "
            "shorter.",
        ),
        Misconception(
            name="pieces side by side",
            wrong=_beside_each_other,
            says="You put the pieces side by side, along dim 1. They go one below the other, along "
            "dim 0: rows are users.",
        ),
        Misconception(
            name="pieces of the catalogue",
            wrong=_pieces_of_items,
            says="You cut the items into pieces, not the users, and the best of the first piece "
            "come first. Cut `queries`; each user is compared with all items.",
        ),
        Misconception(
            name="nobody fails",
            wrong=_nobody_fails,
            says="With B = 0, no queries at all, there is no piece to put together, and `cat` of "
            "an empty list raises an error. `split` gives one empty piece.",
        ),
        Misconception(
            name="nobody, and no columns",
            wrong=_nobody_flat,
            says="Without queries, an empty batch, your result has no k columns. It is (0, k).",
        ),
        Misconception(
            name="the farthest",
            wrong=_lowest,
            says="You return the items with the *smallest* dot products, the lowest. The largest "
            "are asked for.",
        ),
        Misconception(
            name="the best last",
            wrong=_worst_of_the_best_first,
            says="Your lists are in ascending order: the best of the k comes last. It comes first: "
            "descending.",
        ),
        Misconception(
            name="the largest by size",
            wrong=_largest_by_size,
            says="You compare absolute values, so very negative dot products come in. Take them "
            "with their sign.",
        ),
        Misconception(
            name="cosine",
            wrong=_cosine,
            says="You made the item vectors equally long first (normalised). Their length is part "
            "of the logit (a popular product may have a long vector): take the dot product as it "
            "is.",
        ),
        Misconception(
            name="cosine of both",
            wrong=_cosine_of_both,
            says="You compute the cosine: both sides normalised to length 1. The dot product is "
            "asked for, lengths included.",
        ),
        Misconception(
            name="in the order of the cosine",
            wrong=_cosine_order,
            says="You choose and order items by the cosine, and return their dot products. The "
            "dot product itself decides.",
        ),
        Misconception(
            name="distance",
            wrong=_distance,
            says="You look for the smallest distance. The tower was trained on dot products, and "
            "the two do not agree where vectors differ in length.",
        ),
        Misconception(
            name="distances returned",
            wrong=_distance_itself,
            says="You look for the smallest Euclidean distances and return them. Dot products are "
            "asked for, the largest first.",
        ),
        Misconception(
            name="minus distances returned",
            wrong=_minus_distance,
            says="Your scores are negative distances. They must be dot products.",
        ),
        Misconception(
            name="softmax",
            wrong=_softmax,
            says="You return probabilities, a softmax. The dot products themselves are asked for.",
        ),
        Misconception(
            name="log-softmax",
            wrong=_log_softmax,
            says="You return log-probabilities (log-softmax). The dot products themselves are "
            "asked for.",
        ),
        Misconception(
            name="sigmoid",
            wrong=_sigmoid,
            says="You put a sigmoid on the dot products. They are returned as they are.",
        ),
        Misconception(
            name="over the root of D",
            wrong=_scaled,
            says="You divide by the root of D, as attention does: the dot products are scaled. "
            "They are returned as they are.",
        ),
        Misconception(
            name="without the best",
            wrong=_without_the_best,
            says="You leave the best item out, as if it were the query itself. A user is no item: "
            "the first one counts.",
        ),
        Misconception(
            name="one more",
            wrong=_one_more,
            says="Your lists have k + 1 items, one too many.",
        ),
        Misconception(
            name="one less",
            wrong=_one_less,
            says="Your lists have k - 1 items, one too few.",
        ),
        Misconception(
            name="all items",
            wrong=_all_items,
            says="You return all items in order and never cut to k.",
        ),
        Misconception(
            name="the first user's list",
            wrong=_first_user,
            says="All users of a piece get the first user's list. Each has its own.",
        ),
        Misconception(
            name="the next item's dot products",
            wrong=_next_items_scores,
            says="Your dot products are those of the next row: you look them up by the item, from "
            "1, where the row, from 0, is due.",
        ),
        Misconception(
            name="not sorted",
            wrong=_not_sorted,
            says="You have the right items, but sorted by their numbers. The best comes first.",
        ),
        Misconception(
            name="items sorted, dot products not",
            wrong=_items_sorted_alone,
            says="Your items are sorted by number and their dot products are not, so they don't "
            "belong together. Both stand in the order of the dot products, best first.",
        ),
        Misconception(
            name="the first k items",
            wrong=_the_first_k,
            says="You take the first k items, not the best: nothing is sorted.",
        ),
        Misconception(
            name="the best users",
            wrong=_best_users,
            says="Your `topk` goes along the wrong axis, dim 0: the best users of each item. It "
            "goes along the items, dim 1.",
        ),
        Misconception(
            name="dot products first",
            wrong=_scores_first,
            says="You return dot products, then items: the order is exchanged. Items come first.",
        ),
        Misconception(
            name="items only",
            wrong=_items_only,
            says="You return the items only. Their dot products are due as well, as a second "
            "result.",
        ),
    ),
)

# --- 11.3 Recall ----------------------------------------------------------------------------------


def _same_shares(got, expected):
    """float64 is as good as float32, an array as a tensor: the docstring says (B,) float."""
    if isinstance(got, np.ndarray) and got.dtype.kind == "f":
        got = torch.from_numpy(got)
    if isinstance(got, torch.Tensor) and got.is_floating_point():
        got = got.to(expected.dtype)
    found = difference(got, expected)
    return None if found is None else found.says


def _recall_probes(rng):
    yield Probe((torch.tensor([[1, 2, 3]]), torch.tensor([[3, 9]])), label="one of two")
    yield Probe(
        (torch.tensor([[3, 2, 1]]), torch.tensor([[1, 2, 3]])), label="all, in another order"
    )
    yield Probe(
        (torch.tensor([[4, 0, 0]]), torch.tensor([[4, 0]])), label="nothing here and nothing there"
    )
    yield Probe(
        (torch.tensor([[5, 6], [7, 8]]), torch.tensor([[7], [7]])), label="found for somebody else"
    )
    yield Probe((torch.tensor([[1, 2]]), torch.tensor([[0, 0]])), label="nothing is wanted")
    for B, K, M in ((4, 5, 3), (3, 6, 4), (5, 4, 6), (3, 2, 5), (4, 3, 7), (3, 7, 2)):
        found, wanted = (
            torch.from_numpy(np.stack([rng.permutation(9)[:n] for _ in range(B)])) for n in (K, M)
        )  # 0 among them
        yield Probe((found, wanted), label="random")
    for _ in range(2):
        found, wanted = (
            torch.from_numpy(np.stack([rng.permutation(9)[:n] for _ in range(3)])) for n in (5, 3)
        )
        wanted[int(rng.integers(3))] = 0
        yield Probe((found, wanted), label="one user wants nothing")


def _hits(found, wanted):
    """(B, M): is it found, and no 0?"""
    return (wanted[:, :, None] == found[:, None, :]).any(dim=2) & (wanted != 0)


def _precision(found, wanted):
    return _hits(found, wanted).sum(dim=1) / (found != 0).sum(dim=1)


def _over_width_of_found(found, wanted):
    return _hits(found, wanted).sum(dim=1) / found.shape[1]


def _zeros_count(found, wanted):
    return (wanted[:, :, None] == found[:, None, :]).any(dim=2).float().mean(dim=1)


def _zeros_hit(found, wanted):
    hits = (wanted[:, :, None] == found[:, None, :]).any(dim=2)
    return hits.sum(dim=1) / (wanted != 0).sum(dim=1)


def _zeros_divide(found, wanted):
    return _hits(found, wanted).float().mean(dim=1)


def _zero_for_nothing(found, wanted):
    return _hits(found, wanted).sum(dim=1) / (wanted != 0).sum(dim=1).clamp(min=1)


def _one_for_nothing(found, wanted):
    return recall(found, wanted).nan_to_num(1.0)


def _nothing_dropped(found, wanted):
    shares = recall(found, wanted)
    return shares[~shares.isnan()]


def _anybodys(found, wanted):
    return (torch.isin(wanted, found) & (wanted != 0)).sum(dim=1) / (wanted != 0).sum(dim=1)


def _first_users(found, wanted):
    return recall(found[:1].expand_as(found), wanted)


def _first_shares(found, wanted):
    shares = recall(found, wanted)
    return shares[:1].expand_as(shares)


def _same_place(found, wanted):
    n = min(found.shape[1], wanted.shape[1])
    hits = (found[:, :n] == wanted[:, :n]) & (wanted[:, :n] != 0)
    return hits.sum(dim=1) / (wanted != 0).sum(dim=1)


def _same_place_fails(found, wanted):
    return ((found == wanted) & (wanted != 0)).sum(dim=1) / (wanted != 0).sum(dim=1)


def _any_hit(found, wanted):
    shares = recall(found, wanted)
    return torch.where(shares > 0, 1.0, shares)


def _everything_found(found, wanted):
    shares = recall(found, wanted)
    return torch.where(shares < 1, 0.0, shares)


def _whole_number(found, wanted):
    return _hits(found, wanted).sum(dim=1) // (wanted != 0).sum(dim=1).clamp(min=1)


def _how_many(found, wanted):
    return _hits(found, wanted).sum(dim=1).float()


def _how_many_zeros_too(found, wanted):
    return (wanted[:, :, None] == found[:, None, :]).any(dim=2).sum(dim=1).float()


def _percent(found, wanted):
    return recall(found, wanted) * 100


def _missing(found, wanted):
    return 1 - recall(found, wanted)


def _of_the_union(found, wanted):
    hits = _hits(found, wanted).sum(dim=1)
    return hits / ((found != 0).sum(dim=1) + (wanted != 0).sum(dim=1) - hits)


def _f1(found, wanted):
    hits = _hits(found, wanted).sum(dim=1)
    return 2 * hits / ((found != 0).sum(dim=1) + (wanted != 0).sum(dim=1))


def _could_be_found(found, wanted):
    most = (wanted != 0).sum(dim=1).clamp(max=found.shape[1])
    return _hits(found, wanted).sum(dim=1) / most


def _could_really_be_found(found, wanted):
    most = torch.minimum((wanted != 0).sum(dim=1), (found != 0).sum(dim=1))
    return _hits(found, wanted).sum(dim=1) / most


def _first_found(found, wanted):
    return recall(found[:, : wanted.shape[1]], wanted)


def _first_wanted(found, wanted):
    return recall(found, wanted[:, : found.shape[1]])


def _best_found(found, wanted):
    return recall(found[:, :1], wanted)


def _only_first_wanted(found, wanted):
    return recall(found, wanted[:, :1])


def _without_last_wanted(found, wanted):
    hits = _hits(found, wanted)
    hits[:, -1] = False
    return hits.sum(dim=1) / (wanted != 0).sum(dim=1)


def _without_last_found(found, wanted):
    return recall(found[:, :-1], wanted)


def _believes_in_order(found, wanted):
    places = torch.searchsorted(found.contiguous(), wanted.contiguous())
    hits = found.gather(1, places.clamp(max=found.shape[1] - 1)) == wanted
    return (hits & (wanted != 0)).sum(dim=1) / (wanted != 0).sum(dim=1)


def _one_mean(found, wanted):
    return recall(found, wanted).mean()


def _one_nanmean(found, wanted):
    return recall(found, wanted).nanmean()


def _one_share(found, wanted):
    return _hits(found, wanted).sum() / (wanted != 0).sum()


def _by_place(found, wanted):
    return _hits(found, wanted).sum(dim=0) / (wanted != 0).sum(dim=0)


def _divided_by_everybody(found, wanted):
    return _hits(found, wanted).sum(dim=1) / (wanted != 0).sum()


def _who_hits(found, wanted):
    return _hits(found, wanted)


_RECALL = Exercise(
    id="11.3",
    title="Recall",
    minutes=5,
    reference=recall,
    probes=_recall_probes,
    compare=_same_shares,
    hints=(
        "For each wanted item: does any of that user's found items equal it?",
        "`wanted[:, :, None] == found[:, None, :]` is (B, M, K); `.any(dim=2)` says which were "
        "found.",
        "`hit = (...).any(dim=2) & (wanted != 0)`, then `hit.sum(dim=1) / (wanted != "
        "0).sum(dim=1)`.",
    ),
    built="You have built the yardstick of approximate search: how much of the exact list it "
    "finds. The next cell asks it for each number of cells, and later it says how many "
    "candidates a shuffled history keeps.",
    ours="Ours compares all pairs at once, (B, M, K); the library goes row by row with "
    "`torch.isin`, which takes less memory.",
    misconceptions=(
        Misconception(
            name="precision",
            wrong=_precision,
            says="You divide by what was found: that is precision. Recall divides by what was "
            "wanted.",
        ),
        Misconception(
            name="over the width of found",
            wrong=_over_width_of_found,
            says="You divide by K, the length of the found list: precision at K. Divide by the "
            "number of wanted items.",
        ),
        Misconception(
            name="zeros as items",
            wrong=_zeros_count,
            says="You count 0 as an item, as a hit or as something that was wanted. It means that "
            "there is nothing.",
        ),
        Misconception(
            name="zeros as hits",
            wrong=_zeros_hit,
            says="A 0 among the wanted that meets a 0 among the found counts as a hit with you. 0 "
            "is no item, padding only: take it out of the hits too.",
        ),
        Misconception(
            name="zeros in the denominator",
            wrong=_zeros_divide,
            says="Your hits are right, but you divide by the width of `wanted`, zeros included. "
            "Zeros are no wanted items.",
        ),
        Misconception(
            name="0 where nothing is wanted",
            wrong=_zero_for_nothing,
            says="Where nothing is wanted you give 0, because the denominator is kept above 0. "
            "There is no share of nothing: NaN is asked for, which 0 / 0 gives by itself.",
        ),
        Misconception(
            name="1 where nothing is wanted",
            wrong=_one_for_nothing,
            says="Where nothing is wanted you give 1, as if all of it had been found. NaN is "
            "asked for.",
        ),
        Misconception(
            name="dropped where nothing is wanted",
            wrong=_nothing_dropped,
            says="You drop users who want nothing, so rows are missing. They stay, with NaN.",
        ),
        Misconception(
            name="found for anybody",
            wrong=_anybodys,
            says="You count an item as found if it was found for *any* user of the batch. Compare "
            "row by row.",
        ),
        Misconception(
            name="found for the first",
            wrong=_first_users,
            says="You compare everybody with the first user's found items. Each row has its own.",
        ),
        Misconception(
            name="the first user's share",
            wrong=_first_shares,
            says="You give the first user's share to everybody. Each user has one.",
        ),
        Misconception(
            name="place by place",
            wrong=_same_place,
            says="You compare place by place. Order does not matter to recall: an item counts "
            "wherever it stands.",
        ),
        Misconception(
            name="place by place, and widths that differ",
            wrong=_same_place_fails,
            says="You compare the two place by place, which fails where they differ in width and "
            "misses items in another order. Compare each wanted item with all found ones: "
            "`wanted[:, :, None] == found[:, None, :]`.",
        ),
        Misconception(
            name="one hit is enough",
            wrong=_any_hit,
            says="You say 1 as soon as something is found (a hit rate). A share is asked for.",
        ),
        Misconception(
            name="all or nothing",
            wrong=_everything_found,
            says="Your shares are whole numbers: 1 only where all wanted items were found, "
            "everything, and 0 otherwise. An integer division (`//`), a rounding down or an "
            "`all` does that. A share is asked for: divide with `/`.",
        ),
        Misconception(
            name="whole numbers",
            wrong=_whole_number,
            says="You divide whole numbers (`//`, or rounding), so a share below 1 becomes 0. "
            "Divide with `/`.",
        ),
        Misconception(
            name="how many",
            wrong=_how_many,
            says="You count how many were found, and don't divide. The share of the wanted is "
            "asked for.",
        ),
        Misconception(
            name="how many, zeros included",
            wrong=_how_many_zeros_too,
            says="You count matches, zeros included, and don't divide by the number of wanted "
            "items.",
        ),
        Misconception(
            name="per cent",
            wrong=_percent,
            says="You return per cent, 100 times too much. A share is between 0 and 1.",
        ),
        Misconception(
            name="the share that is missing",
            wrong=_missing,
            says="You return the share that was *missed*: 1 minus recall, the complement. The "
            "found ones count.",
        ),
        Misconception(
            name="of the union",
            wrong=_of_the_union,
            says="You divide by the union of both, all that is found or wanted (Jaccard). Divide "
            "by what was wanted.",
        ),
        Misconception(
            name="F1",
            wrong=_f1,
            says="You compute F1, precision and recall together. Recall divides by what was "
            "wanted only.",
        ),
        Misconception(
            name="of what could be found",
            wrong=_could_be_found,
            says="You divide by no more than could be found, the smaller of K and the number "
            "wanted. Recall divides by all wanted items, however short the list is.",
        ),
        Misconception(
            name="of the shorter of both",
            wrong=_could_really_be_found,
            says="You divide by the smaller number, found or wanted. All that was wanted stands "
            "below the line.",
        ),
        Misconception(
            name="the first of the found",
            wrong=_first_found,
            says="You look at the first M found items only. All K found ones count.",
        ),
        Misconception(
            name="the first of the wanted",
            wrong=_first_wanted,
            says="You cut the wanted items to the length of the found list. All M count.",
        ),
        Misconception(
            name="the first found only",
            wrong=_best_found,
            says="You compare with the first found item only. All of them count.",
        ),
        Misconception(
            name="the first wanted only",
            wrong=_only_first_wanted,
            says="You look at the first wanted item only. All of them count.",
        ),
        Misconception(
            name="without the last wanted",
            wrong=_without_last_wanted,
            says="The last wanted item is never looked at: your loop ends one too early.",
        ),
        Misconception(
            name="without the last found",
            wrong=_without_last_found,
            says="The last found item is never looked at: your slice or loop ends one too early.",
        ),
        Misconception(
            name="believes in an order",
            wrong=_believes_in_order,
            says="You search as if the found items were sorted (`searchsorted`). They come in any "
            "order.",
        ),
        Misconception(
            name="a mean over users",
            wrong=_one_mean,
            says="You return one number, a mean over users. A share for each user is asked for.",
        ),
        Misconception(
            name="a mean over users who want something",
            wrong=_one_nanmean,
            says="You return a single mean over users, NaN left out. Each user has a share.",
        ),
        Misconception(
            name="one share for all",
            wrong=_one_share,
            says="You add up all users and return one share for all together. Each has its own: "
            "sum along dim 1.",
        ),
        Misconception(
            name="along the wrong axis",
            wrong=_by_place,
            says="You sum along the wrong axis, over users: one number per place. Sum along dim 1.",
        ),
        Misconception(
            name="of everybody's",
            wrong=_divided_by_everybody,
            says="You divide each user's hits by what *all* users want together. Divide by the "
            "user's own number.",
        ),
        Misconception(
            name="who hits",
            wrong=_who_hits,
            says="You return which wanted items were found, (B, M). The share of them is asked "
            "for, (B,).",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="hits = torch.stack([torch.isin(row, items) for row, items in zip(wanted, found, "
            "strict=True)]) -> hits = torch.stack([torch.isin(row, items) for row, items in "
            "zip(wanted, found, strict=False)])",
            reason="Both have a row per user.",
        ),
    ),
)

# --- 11.4 Rerank ----------------------------------------------------------------------------------


class Ranker(torch.nn.Module):
    """A score for each item, another for each history. Some are tied, and item 0 has no place.

    Others differ by less than whole numbers tell, and two by little more than rounding.
    """

    n_items = 12

    def __init__(self):
        super().__init__()
        self.worth = torch.nn.Parameter(
            torch.tensor([9.0, 3, 1, 3, 2, 5, 5, 0, 4, 1.3, 2.2, 6, 3.000002])
        )

    def score_candidates(self, histories, candidates):
        """(B, L), (B, C) -> (B, C)."""
        if (candidates < 1).any():
            raise ValueError("candidates must be 1 or more")
        if len(histories) != len(candidates):
            raise ValueError("there must be as many histories as rows of candidates")
        places = torch.arange(histories.shape[1], 0, -1)
        turn = 2 + (histories * places).sum(dim=1, keepdim=True) % 5
        return self.worth[candidates * turn % 13]


def _reranked(answer, histories, candidates, k):
    ranker = Ranker().eval()
    found = answer(ranker, histories, candidates, k)
    if not isinstance(found, tuple | list) or len(found) != 2:
        return found
    items, scores = found
    if isinstance(scores, torch.Tensor):
        scores = _in_words(scores.detach())  # a gradient is neither promised nor ruled out
    return {"items": items, "scores": scores, "the ranker is in eval mode": not ranker.training}


def _in_words(scores):
    """The scores; a text where they are the ranker's but for a little, whatever it is."""
    own = Ranker().worth.detach()
    known = scores[scores.isfinite()]
    off = (known[:, None] - own).abs().amin(dim=1)
    is_near = bool(((off > 0) & (off < 0.2)).any() and (off < 0.2).all())
    return "a little off the ranker's scores" if is_near else scores


def _with_gaps(rng, B, C):
    """(B, C): in each row at least one candidate and one 0, in any order."""
    rows = np.stack([rng.permutation(12)[:C] + 1 for _ in range(B)])
    for row in rows:
        row[: rng.integers(1, C)] = 0
        rng.shuffle(row)
    return torch.from_numpy(rows)


def _rerank_probe(label, histories, candidates, k, **more):
    histories, candidates = (torch.as_tensor(each) for each in (histories, candidates))
    return Probe((histories, candidates, k), label=label, call=_reranked, **more)


def _rerank_probes(rng):
    yield _rerank_probe("three candidates", [[0, 3]], [[2, 5, 8]], 2)
    yield _rerank_probe("two candidates only", [[2, 3]], [[0, 7, 0, 2]], 3)
    yield _rerank_probe("no candidate", [[2, 3]], [[0, 0, 0]], 2, edge=True)
    yield _rerank_probe("all candidates are shown", [[4, 1]], [[12, 9, 3, 5, 1]], 5)
    for B, C, k in ((3, 6, 4), (2, 7, 5), (4, 9, 6), (3, 12, 8), (5, 8, 4)):
        candidates = torch.from_numpy(np.stack([rng.permutation(12)[:C] + 1 for _ in range(B)]))
        yield _rerank_probe("some users", rng.integers(1, 13, (B, 3)), candidates, k)
    for B, C, k in ((3, 6, 5), (2, 7, 5), (4, 5, 3)):
        label = "some users, some without a candidate here and there"
        yield _rerank_probe(label, rng.integers(1, 13, (B, 3)), _with_gaps(rng, B, C), k)


def _scored(ranker, histories, candidates):
    """The ranker's scores, -inf where there is no candidate."""
    with torch.no_grad():
        scores = ranker.score_candidates(histories, candidates.clamp(min=1))
    return scores.masked_fill(candidates == 0, -torch.inf)


def _in_order(items, scores, k, descending=True):
    """The k best of each row, as they come where they tie."""
    order = scores.argsort(dim=1, descending=descending, stable=True)[:, :k]
    return items.gather(1, order), scores.gather(1, order)


def _unsorted_ties(ranker, histories, candidates, k):
    return _in_order(candidates, _scored(ranker, histories, candidates), k)


def _larger_item_first(ranker, histories, candidates, k):
    descending = candidates.sort(dim=1, descending=True).values
    return _in_order(descending, _scored(ranker, histories, descending), k)


def _topk_of_sorted(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    best = _scored(ranker, histories, ascending).topk(k, dim=1)
    return ascending.gather(1, best.indices), best.values


def _topk(ranker, histories, candidates, k):
    best = _scored(ranker, histories, candidates).topk(k, dim=1)
    return candidates.gather(1, best.indices), best.values


def _a_little_off(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return _in_order(ascending, _scored(ranker, histories, ascending) - 1e-3 * ascending, k)


def _places(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return order, scores.gather(1, order)


def _places_as_they_came(ranker, histories, candidates, k):
    scores = _scored(ranker, histories, candidates)
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return order, scores.gather(1, order)


def _places_and_1(ranker, histories, candidates, k):
    items, scores = _places(ranker, histories, candidates, k)
    return items + 1, scores


def _items_of_the_unsorted(ranker, histories, candidates, k):
    """The order among the sorted, looked up among those that came."""
    order, scores = _places(ranker, histories, candidates, k)
    return candidates.gather(1, order), scores


def _sorted_after_scoring(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return _in_order(ascending, _scored(ranker, histories, candidates), k)


def _asks_for_0(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    with torch.no_grad():
        scores = ranker.score_candidates(histories, ascending)
    return _in_order(ascending, scores.masked_fill(ascending == 0, -torch.inf), k)


def _zero_is_one(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values.clamp(min=1)
    return _in_order(ascending, _scored(ranker, histories, ascending), k)


def _one_where_there_is_none(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return _in_order(ascending.clamp(min=1), _scored(ranker, histories, ascending), k)


def _score_of_item_1(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return _in_order(ascending, _scored(ranker, histories, ascending.clamp(min=1)), k)


def _zero_for_none(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending).masked_fill(ascending == 0, 0.0)
    return _in_order(ascending, scores, k)


def _shown_as_0(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items, scores.masked_fill(items == 0, 0.0)


def _large_negative(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items, scores.masked_fill(items == 0, -1e9)


def _nan_for_none(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items, scores.masked_fill(items == 0, torch.nan)


def _infinity_for_none(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending).masked_fill(ascending == 0, torch.inf)
    return _in_order(ascending, scores, k)


def _minus_1_for_none(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items.masked_fill(items == 0, -1), scores


def _columns_with_0_dropped(ranker, histories, candidates, k):
    kept = candidates[:, (candidates != 0).all(dim=0)].sort(dim=1).values
    return _in_order(kept, _scored(ranker, histories, kept), k)


def _whole_catalogue(ranker, histories, candidates, k):
    everything = torch.arange(1, ranker.n_items + 1).expand(len(histories), -1)
    return _in_order(everything, _scored(ranker, histories, everything), k)


def _worst_first(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    items, worst = _in_order(
        ascending, scores.masked_fill(ascending == 0, torch.inf), k, descending=False
    )
    return items, worst.masked_fill(items == 0, -torch.inf)


def _ascending(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return _in_order(ascending, _scored(ranker, histories, ascending), k, descending=False)


def _best_last(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items.flip(1), scores.flip(1)


def _first_k(ranker, histories, candidates, k):
    first = candidates[:, :k].sort(dim=1).values
    return _in_order(first, _scored(ranker, histories, first), k)


def _smallest_k(ranker, histories, candidates, k):
    first = candidates.sort(dim=1).values[:, :k]
    return _in_order(first, _scored(ranker, histories, first), k)


def _not_cut(ranker, histories, candidates, k):
    return rerank(ranker, histories, candidates, candidates.shape[1])


def _one_too_few(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return items[:, :-1], scores[:, :-1]


def _not_ranked(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    return ascending[:, :k], _scored(ranker, histories, ascending)[:, :k]


def _as_they_came(ranker, histories, candidates, k):
    return candidates[:, :k], _scored(ranker, histories, candidates)[:, :k]


def _best_in_order_of_candidates(ranker, histories, candidates, k):
    scores = _scored(ranker, histories, candidates)
    ranked = torch.argsort(candidates, dim=1, stable=True)
    order = scores.gather(1, ranked).argsort(dim=1, descending=True, stable=True)[:, :k]
    kept = ranked.gather(1, order).sort(dim=1).values
    return candidates.gather(1, kept), scores.gather(1, kept)


def _best_by_number(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    items, order = items.sort(dim=1)
    return items, scores.gather(1, order)


def _scores_not_ordered(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    return _in_order(ascending, scores, k)[0], scores[:, :k]


def _scores_as_they_came(ranker, histories, candidates, k):
    items, _ = rerank(ranker, histories, candidates, k)
    return items, _scored(ranker, histories, candidates)[:, :k]


def _ranks_for_order(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    ranks = scores.argsort(dim=1, descending=True, stable=True).argsort(dim=1)[:, :k]
    return ascending.gather(1, ranks), scores.gather(1, ranks)


def _first_users_order(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    order = scores[0].argsort(descending=True, stable=True)[:k]
    return ascending[:, order], scores[:, order]


def _first_history(ranker, histories, candidates, k):
    return rerank(ranker, histories[:1].expand_as(histories), candidates, k)


def _last_click_only(ranker, histories, candidates, k):
    return rerank(ranker, histories[:, -1:], candidates, k)


def _backwards(ranker, histories, candidates, k):
    return rerank(ranker, histories.flip(1), candidates, k)


def _first_candidates(ranker, histories, candidates, k):
    return rerank(ranker, histories, candidates[:1].expand_as(candidates), k)


def _log_shares(ranker, histories, candidates, k):
    items, _ = rerank(ranker, histories, candidates, k)
    every = _scored(ranker, histories, candidates).logsumexp(dim=1, keepdim=True)
    return items, _scored(ranker, histories, items) - every.nan_to_num(neginf=0)


def _shares(ranker, histories, candidates, k):
    items, scores = _log_shares(ranker, histories, candidates, k)
    return items, scores.exp()


def _scores_then_items(ranker, histories, candidates, k):
    items, scores = rerank(ranker, histories, candidates, k)
    return scores, items


def _only_items(ranker, histories, candidates, k):
    return rerank(ranker, histories, candidates, k)[0]


def _history_ruled_out(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending)
    was_read = (ascending[:, :, None] == histories[:, None]).any(dim=2)
    scores = scores.masked_fill(was_read | (ascending == 0), -torch.inf)
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)


def _by_rounded_scores(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = _scored(ranker, histories, ascending).masked_fill(ascending == 0, -torch.inf)
    order = scores.round().argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)


_RERANK = Exercise(
    id="11.4",
    title="Rerank",
    minutes=8,
    reference=rerank,
    probes=_rerank_probes,
    hints=(
        "Sort the candidates by number first. A *stable* sort by score then leaves ties in the "
        "order of their numbers.",
        "The ranker knows no item 0: ask with `.clamp(min=1)`, and set the scores of zeros to -inf "
        "afterwards.",
        "`order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]`, then "
        "`ascending.gather(1, order)` and `scores.gather(1, order)`. The scores are best computed "
        "under `torch.no_grad()`: nobody learns from them.",
    ),
    built="You have built the second stage. The next cell reranks each first stage's "
    "candidates with SASRec and draws how much of the full catalogue's NDCG is kept.",
    ours="Sorted by id first, then stably by score: ties fall to the smaller item without a "
    "line about ties.",
    misconceptions=(
        Misconception(
            name="ties as they come",
            wrong=_unsorted_ties,
            says="Of two candidates with the same, equal score you show the one that came first, "
            "so the first stage's order leaks into the list. The smaller item comes first: sort "
            "the candidates by number, then stably by score.",
        ),
        Misconception(
            name="the larger item first",
            wrong=_larger_item_first,
            says="Of equal scores, ties, you show the larger item first, as a list does that is "
            "sorted upwards and then turned round. The smaller item number comes first.",
        ),
        Misconception(
            name="topk of the sorted",
            wrong=_topk_of_sorted,
            says="`topk` promises no order of ties: of equal scores any may come first or be left "
            "out. Use a stable sort of candidates that are sorted by number.",
        ),
        Misconception(
            name="topk",
            wrong=_topk,
            says="You take `topk` of the candidates as they came, so equal scores stand in no "
            "particular order. Ties go by item number, the smaller one first.",
        ),
        Misconception(
            name="a little off each score",
            wrong=_a_little_off,
            says="You break ties by a little off each score, in proportion to the item, and return "
            "the scores so changed. Scores are the ranker's own: sort by number first, then "
            "stably.",
        ),
        Misconception(
            name="places instead of items",
            wrong=_places,
            says="You return places among the candidates (indices of the sort), not item ids: "
            "`gather` the items at these places.",
        ),
        Misconception(
            name="places among those that came",
            wrong=_places_as_they_came,
            says="You return positions in `candidates`, indices from 0, where item ids are due. "
            "`gather` the candidates at these positions.",
        ),
        Misconception(
            name="places, counted from 1",
            wrong=_places_and_1,
            says="You return places plus 1, as if candidate 0 were item 1. The items stand in "
            "`candidates`: gather them.",
        ),
        Misconception(
            name="items of another order",
            wrong=_items_of_the_unsorted,
            says="You look up the items in `candidates` as they came, but the order belongs to the "
            "sorted ones. Scores and items are misaligned: gather from what you scored.",
        ),
        Misconception(
            name="sorted after they were scored",
            wrong=_sorted_after_scoring,
            says="You score the candidates as they came and sort them afterwards, so items and "
            "scores no longer belong together. Sort first, then ask the ranker.",
        ),
        Misconception(
            name="asks about item 0",
            wrong=_asks_for_0,
            says="You ask the ranker about item 0, which it refuses with an error: candidates must "
            "be 1 or more. Ask with `.clamp(min=1)`, and mask the score afterwards.",
        ),
        Misconception(
            name="item 1 from nowhere",
            wrong=_zero_is_one,
            says="A 0 became item 1 and is shown with its score, though nobody found it. Where "
            "there was no candidate, the score is -inf and the item 0.",
        ),
        Misconception(
            name="item 1 where there is none",
            wrong=_one_where_there_is_none,
            says="Where no candidate is left you return item 1, from the clamp. The item is 0 "
            "there: gather from the candidates before the clamp.",
        ),
        Misconception(
            name="item 1's score",
            wrong=_score_of_item_1,
            says="An empty place, a 0, keeps the score of item 1, the stand-in that the ranker was "
            "asked about. Set it to -inf before you sort.",
        ),
        Misconception(
            name="a score of 0 for none",
            wrong=_zero_for_none,
            says="You give an empty place a score of 0, which may beat or tie a candidate. It is "
            "-inf.",
        ),
        Misconception(
            name="0 shown as the score",
            wrong=_shown_as_0,
            says="Where no candidate is left you return a score of 0. It is -inf.",
        ),
        Misconception(
            name="a large negative number",
            wrong=_large_negative,
            says="Where no candidate is left your score is a large negative number. It is -inf, "
            "minus infinity itself.",
        ),
        Misconception(
            name="NaN for none",
            wrong=_nan_for_none,
            says="Where no candidate is left your score is NaN. It is -inf.",
        ),
        Misconception(
            name="infinity for none",
            wrong=_infinity_for_none,
            says="Empty places get +inf from you, and come first. They come last: -inf.",
        ),
        Misconception(
            name="item -1 for none",
            wrong=_minus_1_for_none,
            says="Where no candidate is left you return item -1. It is item 0.",
        ),
        Misconception(
            name="columns with a 0 dropped",
            wrong=_columns_with_0_dropped,
            says="You drop every column in which some user has no candidate, and other users lose "
            "theirs. Keep all; a 0 only gets -inf.",
        ),
        Misconception(
            name="the whole catalogue",
            wrong=_whole_catalogue,
            says="You rank all items of the catalogue. The second stage may show candidates only.",
        ),
        Misconception(
            name="the worst first",
            wrong=_worst_first,
            says="Your list begins with the lowest score, the worst: sort in descending order.",
        ),
        Misconception(
            name="ascending",
            wrong=_ascending,
            says="You sort in ascending order, so empty places and the lowest scores come first. "
            "The best comes first: `descending=True`.",
        ),
        Misconception(
            name="the best last",
            wrong=_best_last,
            says="You have the right k, but the best comes last. It comes first.",
        ),
        Misconception(
            name="the first k candidates",
            wrong=_first_k,
            says="You cut the candidates to the first k before you rank them. Rank all of them, "
            "then cut.",
        ),
        Misconception(
            name="the k smallest numbers",
            wrong=_smallest_k,
            says="You keep the k candidates of the smallest numbers and rank these. Rank all, by "
            "score, then cut to k.",
        ),
        Misconception(
            name="not cut",
            wrong=_not_cut,
            says="You return all candidates, k is ignored: cut the list to k.",
        ),
        Misconception(
            name="one too few",
            wrong=_one_too_few,
            says="Your list is one too short, k - 1.",
        ),
        Misconception(
            name="not ranked",
            wrong=_not_ranked,
            says="You sort by item number only; the scores decide nothing. Sort by score, and let "
            "numbers decide ties.",
        ),
        Misconception(
            name="as they came",
            wrong=_as_they_came,
            says="You return the candidates in the order in which they came: nothing is sorted by "
            "the ranker's scores.",
        ),
        Misconception(
            name="the best in the order of the candidates",
            wrong=_best_in_order_of_candidates,
            says="You have the right k, but in the candidates' own order, not sorted by score. The "
            "best comes first.",
        ),
        Misconception(
            name="the best by number",
            wrong=_best_by_number,
            says="You have the right k, but sorted by item number. The best score comes first; "
            "numbers decide ties only.",
        ),
        Misconception(
            name="scores not in order",
            wrong=_scores_not_ordered,
            says="Your items are in order and your scores are not: they still stand as the ranker "
            "gave them. Gather both by the same order.",
        ),
        Misconception(
            name="scores as the candidates came",
            wrong=_scores_as_they_came,
            says="Your scores stand in the order in which candidates came, your items in order of "
            "the ranking, so they don't belong together. Gather both.",
        ),
        Misconception(
            name="ranks for an order",
            wrong=_ranks_for_order,
            says="You sort twice (`argsort` of `argsort`): that is the rank of each candidate, not "
            "who stands at each place. One `argsort` gives the order.",
        ),
        Misconception(
            name="the first user's order",
            wrong=_first_users_order,
            says="You use the first user's order for all users. Each row is sorted by its own "
            "scores: `gather` along dim 1.",
        ),
        Misconception(
            name="the first history",
            wrong=_first_history,
            says="You score everybody's candidates by the first user's history. Each user has one.",
        ),
        Misconception(
            name="the last click only",
            wrong=_last_click_only,
            says="You hand the ranker the last click only. It reads the whole history.",
        ),
        Misconception(
            name="backwards",
            wrong=_backwards,
            says="You hand the ranker the history backwards. It is in order already.",
        ),
        Misconception(
            name="the first user's candidates",
            wrong=_first_candidates,
            says="You rank the first user's candidates for everybody. Each user has their own.",
        ),
        Misconception(
            name="log-probabilities",
            wrong=_log_shares,
            says="You return log-probabilities among the candidates (log-softmax). The ranker's "
            "scores are asked for, as they are.",
        ),
        Misconception(
            name="probabilities",
            wrong=_shares,
            says="You return probabilities among the candidates (softmax). The ranker's scores are "
            "asked for, as they are.",
        ),
        Misconception(
            name="scores first",
            wrong=_scores_then_items,
            says="You return scores, then items: the order is exchanged. Items come first.",
        ),
        Misconception(
            name="items only",
            wrong=_only_items,
            says="You return the items only. Their scores are due as well, as a second result.",
        ),
        Misconception(
            name="by rounded scores",
            wrong=_by_rounded_scores,
            says="You rank by rounded scores, so what differs by less than 1 counts as a tie. Only "
            "equal scores are ties: sort by the scores as they are.",
        ),
        Misconception(
            name="the history ruled out",
            wrong=_history_ruled_out,
            says="You rule out what the shopper has clicked already. Who is a candidate is the "
            "first stage's decision: all but 0 are ranked.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="order = scores.argsort(dim=1, descending=True, stable=True)[:, :k] -> "
            "order = scores.argsort(dim=1, descending=True, stable=False)[:, :k]",
            reason="On a CPU PyTorch's sort is stable either way. Elsewhere it is not.",
        ),
    ),
)

# --- 11.5 The error budget ------------------------------------------------------------------------


def _same_budget(got, expected):
    """Chapters read the parts by name."""
    if isinstance(got, tuple) and not hasattr(got, "_fields"):
        return "It is a plain tuple. Return `ErrorBudget(...)`: its parts have names."
    found = difference(got, expected)
    return None if found is None else found.says


def _contest(rng, B=3, J=7, C=4, tied=False, gaps=False):
    law = np.pad(rng.dirichlet(np.full(J, 0.6), B), ((0, 0), (1, 0)))
    scores = np.pad(rng.normal(size=(B, J)), ((0, 0), (1, 0)), constant_values=-np.inf)
    scores = scores.round() if tied else scores
    candidates = np.stack([rng.permutation(J)[:C] + 1 for _ in range(B)])
    if gaps:
        candidates[rng.random(candidates.shape) < 0.4] = 0
    return law, scores, candidates


def _budget_probes(rng):
    law = np.array([[0, 0.5, 0.3, 0.2]])
    scores = np.array([[-np.inf, 1.0, 3.0, 2.0]])
    yield Probe((law, scores, np.array([[1, 2]]), 2), label="three products, two candidates")
    yield Probe((law, scores, np.array([[1, 2, 3]]), 3), label="all are found")
    yield Probe((law, scores, np.array([[3, 0]]), 3), label="one candidate")
    yield Probe((*_contest(rng, tied=True), 3), label="ties", edge=True)
    for k in (1, 2, 3, 7):
        yield Probe((*_contest(rng), k), label=f"random, k = {k}")
    for B, J, C, k in ((2, 9, 5, 4), (4, 6, 3, 3), (5, 8, 4, 5)):
        yield Probe((*_contest(rng, B, J, C), k), label=f"random, k = {k}")
    for k in (3, 5):
        yield Probe((*_contest(rng, gaps=True), k), label="fewer candidates")
    law, scores, candidates = _contest(rng, C=5)
    scores[:, 2] = -np.inf
    yield Probe((law, scores, candidates, 7), label="an item at -inf", edge=True)


def _parts(law, scores, candidates, k):
    """found, w, v: of the found items only."""
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    w = gains(scores, k)
    return found, w, gains(np.where(found, scores, -np.inf), k) * found


def _budget_of(law, scores, k, found, staged):
    """The budget of any `found` and of what the found items' places are worth, `staged`."""
    w = gains(scores, k)
    oracle = (law * gains(law, k)).sum(axis=1)
    return ErrorBudget(
        oracle,
        oracle - (law * w).sum(axis=1),
        (law * w * ~found).sum(axis=1),
        (law * (staged - w) * found).sum(axis=1),
        (law * staged).sum(axis=1),
    )


def _with(**parts):
    """The right budget, with parts replaced: each is `f(law, found, w, v, k, budget)`."""

    def answer(law, scores, candidates, k):
        budget = error_budget(law, scores, candidates, k)
        found, w, v = _parts(law, scores, candidates, k)
        return budget._replace(
            **{name: f(law, found, w, v, k, budget) for name, f in parts.items()}
        )

    return answer


def _misses_as_probability(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    return error_budget(law, scores, candidates, k)._replace(missed=(law * ~found).sum(axis=1))


def _misses_of_the_oracle(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    return error_budget(law, scores, candidates, k)._replace(
        missed=(law * gains(law, k) * ~found).sum(axis=1)
    )


def _nothing_moves_up(law, scores, candidates, k):
    budget = error_budget(law, scores, candidates, k)
    return budget._replace(
        moved_up=np.zeros_like(budget.oracle), two_stages=budget.two_stages - budget.moved_up
    )


def _ranking_error_with_misses(law, scores, candidates, k):
    budget = error_budget(law, scores, candidates, k)
    return budget._replace(ranking_error=budget.oracle - budget.two_stages)


def _oracle_of_candidates(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    budget = error_budget(law, scores, candidates, k)
    best = (law * gains(np.where(found, law, -np.inf), k) * found).sum(axis=1)
    return budget._replace(oracle=best, ranking_error=best - budget.oracle + budget.ranking_error)


def _means(law, scores, candidates, k):
    return ErrorBudget(*(part.mean() for part in error_budget(law, scores, candidates, k)))


def _sums(law, scores, candidates, k):
    return ErrorBudget(*(part.sum() for part in error_budget(law, scores, candidates, k)))


def _column_by_column(law, scores, candidates, k):
    found, w, v = _parts(law, scores, candidates, k)
    best = (law * gains(law, k)).sum(axis=0)
    return ErrorBudget(
        best,
        best - (law * w).sum(axis=0),
        (law * w * ~found).sum(axis=0),
        (law * (v - w) * found).sum(axis=0),
        (law * v).sum(axis=0),
    )


def _padding_found(law, scores, candidates, k):
    found, w, v = _parts(law, scores, candidates, k)
    budget = error_budget(law, scores, candidates, k)
    return budget._replace(moved_up=(law * (v - w)).sum(axis=1))


def _plain_tuple(law, scores, candidates, k):
    return tuple(error_budget(law, scores, candidates, k))


def _not_found_at(score):
    """What was not found keeps a score, and stands among the rest."""

    def answer(law, scores, candidates, k):
        found, _, _ = _parts(law, scores, candidates, k)
        return _budget_of(law, scores, k, found, gains(np.where(found, scores, score), k))

    return answer


def _priced_by_the_perfect_list(law, scores, candidates, k):
    budget = error_budget(law, scores, candidates, k)
    found, _, _ = _parts(law, scores, candidates, k)
    missed = (law * gains(law, k) * ~found).sum(axis=1)
    moved_up = budget.two_stages - budget.oracle + budget.ranking_error + missed
    return budget._replace(missed=missed, moved_up=moved_up)


def _multiplied_by_found(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    finite = np.where(np.isfinite(scores), scores, -1e9)
    return _budget_of(law, scores, k, found, gains(finite * found, k) * found)


def _anybodys_candidates(law, scores, candidates, k):
    found = np.zeros(law.shape, dtype=bool)
    found[:, np.unique(candidates)] = True
    return _budget_of(law, scores, k, found, gains(np.where(found, scores, -np.inf), k))


def _first_users_candidates(law, scores, candidates, k):
    return error_budget(law, scores, np.broadcast_to(candidates[:1], candidates.shape).copy(), k)


def _candidates_from_0(law, scores, candidates, k):
    return error_budget(law, scores, np.maximum(candidates - 1, 0), k)


def _candidates_from_2(law, scores, candidates, k):
    return error_budget(law, scores, np.minimum(candidates + 1, law.shape[1] - 1), k)


def _found_inverted(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    return _budget_of(law, scores, k, ~found, gains(np.where(found, -np.inf, scores), k))


def _places_as_found(law, scores, candidates, k):
    """v by the order in which the candidates came."""
    found, _, _ = _parts(law, scores, candidates, k)
    staged = np.zeros(law.shape)
    for row, items in enumerate(candidates):
        for place, item in enumerate(items[items > 0][:k]):
            staged[row, item] = 1 / np.log2(place + 2)
    return _budget_of(law, scores, k, found, staged)


def _law_ranks_the_found(law, scores, candidates, k):
    found, _, _ = _parts(law, scores, candidates, k)
    return _budget_of(law, scores, k, found, gains(np.where(found, law, -np.inf), k) * found)


def _all_places(law, scores, candidates, k):
    return error_budget(law, scores, candidates, law.shape[1])


def _one_place_more(law, scores, candidates, k):
    return error_budget(law, scores, candidates, k + 1)


def _one_place_less(law, scores, candidates, k):
    return error_budget(law, scores, candidates, max(k - 1, 1))


def _share_of_the_oracle(law, scores, candidates, k):
    budget = error_budget(law, scores, candidates, k)
    return ErrorBudget(*(part / budget.oracle for part in budget))


def _without_law(law, scores, candidates, k):
    found, w, v = _parts(law, scores, candidates, k)
    best = gains(law, k).sum(axis=1)
    return ErrorBudget(
        best,
        best - w.sum(axis=1),
        (w * ~found).sum(axis=1),
        ((v - w) * found).sum(axis=1),
        v.sum(axis=1),
    )


def _another_oracle(best):
    """`best(law, w, k)` in the oracle's place, and in the ranking error."""

    def answer(law, scores, candidates, k):
        budget = error_budget(law, scores, candidates, k)
        oracle = best(law, gains(scores, k), k)
        return budget._replace(
            oracle=oracle, ranking_error=oracle - budget.oracle + budget.ranking_error
        )

    return answer


def _exchanged(one, other):
    """Two parts in each other's place."""

    def answer(law, scores, candidates, k):
        budget = error_budget(law, scores, candidates, k)
        return budget._replace(**{one: getattr(budget, other), other: getattr(budget, one)})

    return answer


def _as_dict(law, scores, candidates, k):
    return error_budget(law, scores, candidates, k)._asdict()


_BUDGET = Exercise(
    id="11.5",
    title="The error budget",
    minutes=10,
    reference=error_budget,
    probes=_budget_probes,
    compare=_same_budget,
    hints=(
        "Begin with `found`, (B, V) bool: `np.put_along_axis(found, candidates, True, axis=1)`.",
        "w is `gains(scores, k)`. v is what the same scores are worth with all that was not found "
        "at -inf.",
        "`missed = (law * w * ~found).sum(axis=1)`, `moved_up = (law * (v - w) * "
        "found).sum(axis=1)`, and the oracle's NDCG is `(law * gains(law, k)).sum(axis=1)`.",
    ),
    built="You have built the table that says which stage to work on. The next cell takes each "
    "first stage apart with it, and the parts add up to the loss exactly.",
    ours="`np.put_along_axis` marks the found ones for all users at once; column 0 takes the gaps.",
    misconceptions=(
        Misconception(
            name="a miss costs its probability",
            wrong=_misses_as_probability,
            says="You count a miss with its whole probability. It costs what the ranker would have "
            "earned with it: times w.",
        ),
        Misconception(
            name="a miss costs what the oracle would earn",
            wrong=_misses_of_the_oracle,
            says="You count a miss with what the *oracle* would have made of it. It is the "
            "ranker's: use w.",
        ),
        Misconception(
            name="nothing moves up",
            wrong=_nothing_moves_up,
            says="You leave the found items where they were. Those in front of them may be gone, "
            "so they move up.",
        ),
        Misconception(
            name="everything is ranking error",
            wrong=_ranking_error_with_misses,
            says="Your ranking error is the oracle less the two stages, so it holds the misses "
            "too. It is what the ranker loses with the *whole* catalogue, with w and not v: the "
            "oracle less the sum of p w.",
        ),
        Misconception(
            name="an oracle of the candidates",
            wrong=_oracle_of_candidates,
            says="Your oracle sees the candidates only, so a bad first stage looks better. It has "
            "the whole catalogue.",
        ),
        Misconception(
            name="means",
            wrong=_means,
            says="You return means over users. One number per user is asked for: whoever reads it "
            "takes the mean.",
        ),
        Misconception(
            name="sums",
            wrong=_sums,
            says="You add up all users. One number per user is asked for: sum along axis 1 only.",
        ),
        Misconception(
            name="along the wrong axis",
            wrong=_column_by_column,
            says="You sum along the wrong axis, over users: one number per item. Sum along axis 1, "
            "over items.",
        ),
        Misconception(
            name="what was missed moves up too",
            wrong=_padding_found,
            says="Your moved_up also holds the items that were not found, at -w. They are in "
            "`missed` already: times `found`.",
        ),
        Misconception(
            name="a plain tuple",
            wrong=_plain_tuple,
            says="You return a plain tuple. Return `ErrorBudget(...)`, a named tuple: its five "
            "parts are read by name.",
        ),
        Misconception(
            name="a dict",
            wrong=_as_dict,
            says="You return a dict. Return `ErrorBudget(...)`, a named tuple.",
        ),
        Misconception(
            name="the ranking error's sign",
            wrong=_with(ranking_error=lambda law, found, w, v, k, budget: -budget.ranking_error),
            says="Your ranking error has the wrong sign. It is the oracle less the ranker, 0 or "
            "more.",
        ),
        Misconception(
            name="the ranker's worth as ranking error",
            wrong=_with(ranking_error=lambda law, found, w, v, k, budget: (law * w).sum(axis=1)),
            says="Your ranking error is what the ranker earns, the sum of p w. It is what it "
            "loses: the oracle less that.",
        ),
        Misconception(
            name="moved up not as a difference",
            wrong=_with(moved_up=lambda law, found, w, v, k, budget: (law * v).sum(axis=1)),
            says="Your moved_up is what the new places are worth, v, all of it. It is the "
            "difference v - w: what they are worth more.",
        ),
        Misconception(
            name="moved up without the law",
            wrong=_with(moved_up=lambda law, found, w, v, k, budget: ((v - w) * found).sum(axis=1)),
            says="Your moved_up is not weighted with the law: an item's move counts times its "
            "probability.",
        ),
        Misconception(
            name="missed without the law",
            wrong=_with(missed=lambda law, found, w, v, k, budget: (w * ~found).sum(axis=1)),
            says="Your missed is not weighted with the law: a miss counts times its probability.",
        ),
        Misconception(
            name="moved up with the wrong sign",
            wrong=_with(moved_up=lambda law, found, w, v, k, budget: -budget.moved_up),
            says="Your moved_up has the wrong sign: it is v - w, what the new place is worth more.",
        ),
        Misconception(
            name="missed with the wrong sign",
            wrong=_with(missed=lambda law, found, w, v, k, budget: -budget.missed),
            says="Your missed is negative, the wrong sign. It is a loss, 0 or more; the formula "
            "subtracts it.",
        ),
        Misconception(
            name="missed of the found",
            wrong=_with(missed=lambda law, found, w, v, k, budget: (law * w * found).sum(axis=1)),
            says="Your missed adds up the items that *were* found: the mask is inverted. Take "
            "`~found`.",
        ),
        Misconception(
            name="missed with v",
            wrong=_with(
                missed=lambda law, found, w, v, k, budget: (
                    (law * w).sum(axis=1) - (law * v).sum(axis=1)
                )
            ),
            says="Your missed is all that two stages lose, so what moved up is in it. Add up p w "
            "of what was not found.",
        ),
        Misconception(
            name="missed and moved up exchanged",
            wrong=_exchanged("missed", "moved_up"),
            says="You have missed and moved_up exchanged, swapped in order: oracle, ranking_error, "
            "missed, moved_up, two_stages.",
        ),
        Misconception(
            name="ranking error and missed exchanged",
            wrong=_exchanged("missed", "ranking_error"),
            says="You have ranking_error and missed exchanged. The order is oracle, "
            "ranking_error, missed, moved_up, two_stages.",
        ),
        Misconception(
            name="oracle and two stages exchanged",
            wrong=_exchanged("oracle", "two_stages"),
            says="You have oracle and two_stages exchanged. The oracle comes first, the two stages "
            "last.",
        ),
        Misconception(
            name="two stages without what moved up",
            wrong=_with(
                two_stages=lambda law, found, w, v, k, budget: budget.two_stages - budget.moved_up
            ),
            says="Your two_stages lacks what moved up: the found items have new, better places, v "
            "and not w.",
        ),
        Misconception(
            name="moved up subtracted",
            wrong=_with(
                two_stages=lambda law, found, w, v, k, budget: (
                    budget.two_stages - 2 * budget.moved_up
                )
            ),
            says="You subtract moved_up on the way to two_stages. It is a gain: add it.",
        ),
        Misconception(
            name="missed added",
            wrong=_with(
                two_stages=lambda law, found, w, v, k, budget: budget.two_stages + 2 * budget.missed
            ),
            says="You add missed on the way to two_stages. It is a loss: subtract it.",
        ),
        Misconception(
            name="two stages without misses",
            wrong=_with(two_stages=lambda law, found, w, v, k, budget: (law * w).sum(axis=1)),
            says="Your two_stages is the ranker over the whole catalogue, the sum of p w. With two "
            "stages only found items are shown: the sum of p v.",
        ),
        Misconception(
            name="not found at 0",
            wrong=_not_found_at(0.0),
            says="What was not found keeps a score of 0, so it still ranks before found items of "
            "negative score. It must be -inf.",
        ),
        Misconception(
            name="times found",
            wrong=_multiplied_by_found,
            says="What was not found has a score of 0 with you (times `found`, or put there), "
            "and stands in the way of found items below 0. It must be -inf: `np.where`.",
        ),
        Misconception(
            name="missed, priced by the perfect list",
            wrong=_priced_by_the_perfect_list,
            says="You price what is missed by its place in the *perfect* list, `gains(law, k)`. A "
            "miss costs what this ranker would have made of it: `gains(scores, k)`.",
        ),
        Misconception(
            name="not found at a large negative number",
            wrong=_not_found_at(-1e9),
            says="What was not found has a large negative score, not -inf. Where fewer than k were "
            "found it still gets a place that is worth something: only -inf is worth nothing.",
        ),
        Misconception(
            name="found inverted",
            wrong=_found_inverted,
            says="`found` is inverted throughout: you count the candidates as missed and all "
            "others as found.",
        ),
        Misconception(
            name="found for anybody",
            wrong=_anybodys_candidates,
            says="You count an item as found if it was found for any user. Candidates are each "
            "user's own, row by row: `np.put_along_axis`.",
        ),
        Misconception(
            name="the first user's candidates",
            wrong=_first_users_candidates,
            says="You use the first user's candidates for all. Each row has its own.",
        ),
        Misconception(
            name="candidates counted from 0",
            wrong=_candidates_from_0,
            says="You subtract 1 from the candidates, off by one. Column j is item j: column 0 is "
            "padding.",
        ),
        Misconception(
            name="candidates one too high",
            wrong=_candidates_from_2,
            says="You add 1 to the candidates, off by one. Column j is item j.",
        ),
        Misconception(
            name="places as they came",
            wrong=_places_as_found,
            says="You give the candidates places in the order in which they came. The ranker puts "
            "them in order, by its scores.",
        ),
        Misconception(
            name="the law ranks the found",
            wrong=_law_ranks_the_found,
            says="You rank the found items by the law, as an oracle would. The ranker does: take "
            "its scores.",
        ),
        Misconception(
            name="k is ignored",
            wrong=_all_places,
            says="You count all places: k is ignored. Beyond rank k a place is worth nothing.",
        ),
        Misconception(
            name="one place more",
            wrong=_one_place_more,
            says="You count rank k + 1 too, off by one: places are worth something down to rank k.",
        ),
        Misconception(
            name="one place less",
            wrong=_one_place_less,
            says="You leave out rank k, off by one: places are worth something down to rank k, k "
            "included.",
        ),
        Misconception(
            name="the ranking error of the found",
            wrong=_with(
                ranking_error=lambda law, found, w, v, k, budget: (
                    law * (gains(law, k) - w) * found
                ).sum(axis=1)
            ),
            says="Your ranking error covers the found items only. It is that of the ranker with "
            "the whole catalogue: all items.",
        ),
        Misconception(
            name="divided by the oracle",
            wrong=_share_of_the_oracle,
            says="You divide by the oracle. The parts are NDCG as it is, so that they add up to "
            "the two stages.",
        ),
        Misconception(
            name="without the law",
            wrong=_without_law,
            says="You add up what places are worth without the law. Each counts times the "
            "probability that the item is clicked.",
        ),
        Misconception(
            name="an oracle that always hits",
            wrong=_another_oracle(lambda law, w, k: np.ones(len(law))),
            says="Your oracle earns 1, as if it always had the click in first place. It knows the "
            "law, not the future: the sum of p times what its own places are worth.",
        ),
        Misconception(
            name="an oracle of one place",
            wrong=_another_oracle(lambda law, w, k: law.max(axis=1)),
            says="Your oracle earns with its first place only, the most probable item. Further "
            "places are worth something too, down to rank k.",
        ),
        Misconception(
            name="an oracle without places",
            wrong=_another_oracle(lambda law, w, k: np.sort(law, axis=1)[:, -k:].sum(axis=1)),
            says="Your oracle is the probability of the k most probable items. Each counts times "
            "what its place is worth: `law * gains(law, k)`.",
        ),
        Misconception(
            name="the ranker as the oracle",
            wrong=_another_oracle(lambda law, w, k: (law * w).sum(axis=1)),
            says="Your oracle is the ranker with the whole catalogue. The oracle ranks by the law "
            "itself: `gains(law, k)`.",
        ),
        Misconception(
            name="nothing is missed",
            wrong=_with(missed=lambda law, found, w, v, k, budget: (law * v * ~found).sum(axis=1)),
            says="You weigh the misses with v, and what was not found has a v of 0: so nothing is "
            "ever missed. A miss costs what the ranker would have made of it with the whole "
            "catalogue, w.",
        ),
    ),
)

EXERCISES = (_LOSS, _SEARCH, _RECALL, _RERANK, _BUDGET)

QUIZZES = (
    Quiz(
        id="11.1",
        question="Why can the vectors of all products be computed at night in a two-tower model, "
        "and not in BST?",
        choices=(
            Choice(
                "A tower is a smaller network.",
                why="It may be as large as you like. What counts is what it reads.",
            ),
            Choice(
                "The item tower reads nothing of the user, so its vectors are the same for "
                "everybody.",
                right=True,
                why="User and item meet in the dot product only. In BST the candidate is inside "
                "the user's sequence.",
            ),
            Choice(
                "Dot products are symmetric.",
                why="True, and without consequence here. The vectors must be known before the user "
                "comes.",
            ),
            Choice(
                "Its item vectors don't change in training.",
                why="They do, with every step. After training they are computed once, and the "
                "index is made anew.",
            ),
        ),
    ),
    Quiz(
        id="11.2",
        question="A tower is trained with in-batch negatives and without log-Q. What do its lists "
        "look like?",
        choices=(
            Choice(
                "Best-sellers everywhere.",
                why="The other way round: best-sellers are negatives all the time, and are pushed "
                "down for it.",
            ),
            Choice(
                "As with log-Q, training only takes longer.",
                why="More training does not help: it learns another thing, the law divided by "
                "popularity.",
            ),
            Choice(
                "Too few popular products: popularity has been divided out.",
                right=True,
                why="The logits tend to log p - log q. What is left is what is special about a "
                "shopper.",
            ),
            Choice(
                "Random.",
                why="It does learn who likes what. Only how popular a product is gets lost.",
            ),
        ),
    ),
    Quiz(
        id="11.3",
        question="Recall of the first stage rises from .80 to .85, and NDCG@10 of both stages does "
        "not move. How come?",
        choices=(
            Choice(
                "There must be a bug.",
                why="Not at all: look at what the new candidates are worth to the ranker.",
            ),
            Choice(
                "What was missed before would not have come into the top ten anyway.",
                right=True,
                why="A miss costs its probability times what its place would be worth. Beyond rank "
                "10 that is 0.",
            ),
            Choice(
                "NDCG@10 does not depend on the candidates.",
                why="It does: what is not found can't be shown. With 50 best-sellers as candidates "
                "a lot was lost.",
            ),
            Choice(
                "The ranker was not trained on the new candidates.",
                why="Rankers of this chapter are trained without any candidates, and score each "
                "product by itself.",
            ),
        ),
    ),
    Quiz(
        id="11.4",
        question="Your ranker is SASRec, the catalogue has 80,000 products, and full ranking takes "
        "a few milliseconds. What do two stages bring?",
        choices=(
            Choice(
                "Ten times less time, as for BST.",
                why="BST computes a sequence per product. SASRec's full ranking is one product of "
                "matrices.",
            ),
            Choice(
                "A better NDCG in any case.",
                why="At best the first stage keeps away a few mistakes of a weak ranker. Usually a "
                "little is lost.",
            ),
            Choice(
                "Little, unless there are more reasons than time: measure before you build it.",
                right=True,
                why="SASRec is two towers already. Other sources of candidates, or millions of "
                "products, are reasons.",
            ),
            Choice(
                "Less memory, because item vectors are not needed.",
                why="They are needed twice: one table for the tower, one for the ranker.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="11.1",
        asks="To rank 80,000 products for one shopper",
        unit="seconds",
        factor=3,
        digits=1,
    ),
    GuessChoice(
        id="11.2",
        asks="Best-sellers in the lists without log-Q",
        choices=("too few of them", "about right", "too many of them"),
    ),
    GuessNumber(
        id="11.3", asks="Candidates that change, profile", unit="of 200", high=200, close=5
    ),
    GuessNumber(
        id="11.4", asks="Candidates that change, sequence tower", unit="of 200", high=200, close=20
    ),
    GuessNumber(
        id="11.5", asks="Candidates that should change, oracle", unit="of 200", high=200, close=20
    ),
    GuessNumber(id="11.6", asks="How far apart after three clicks", high=1, close=0.1, digits=2),
    GuessNumber(id="11.7", asks="How far apart after twelve clicks", high=1, close=0.1, digits=2),
    GuessNumber(
        id="11.8",
        asks="Rise of NDCG@10 if the oracle finds the candidates",
        high=1,
        close=0.03,
        digits=3,
    ),
    GuessNumber(
        id="11.9",
        asks="Rise of NDCG@10 if the oracle ranks them",
        high=1,
        close=0.03,
        digits=3,
    ),
    GuessNumber(
        id="11.10",
        asks="BERT4Rec with two stages, of its full ranking",
        unit="%",
        high=200,
        close=5,
    ),
    GuessNumber(
        id="11.11", asks="How many times as fast two stages are, BST", unit="times", factor=3
    ),
    GuessNumber(
        id="11.12",
        asks="How many times as fast two stages are, SASRec",
        unit="times",
        factor=1.5,
        digits=1,
    ),
)
