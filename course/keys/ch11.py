"""Answer key of chapter 11."""

import math

import numpy as np
import torch

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
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


def _loss_probes(rng):
    yield Probe(_batch(rng, [1, 2], [], corrected=False), label="two rows, no correction")
    yield Probe(_batch(rng, [1, 2], []), label="two rows")
    yield Probe(_batch(rng, [3, 5, 3], []), label="the same target twice", gradients=True)
    yield Probe(
        _batch(rng, [3, 5, 3], [], corrected=False), label="the same target twice, no correction"
    )
    yield Probe(_batch(rng, [4, 1], [7, 9, 4]), label="further columns, one of them a target")
    yield Probe(_batch(rng, [6], [2, 8]), label="one row and two more columns")
    yield Probe(_batch(rng, [2, 2], []), label="nothing but one product")
    for _ in range(3):
        yield Probe(
            _batch(rng, rng.integers(1, 6, 6).tolist(), rng.integers(1, 9, 3).tolist()),
            label="random columns",
        )


def _loss_of(logits, items, log_q, *, leave_out_same=True, weight=None):
    """Cross-entropy of the rows, all columns in one softmax, each with an offset."""
    K, C = logits.shape
    own = torch.eye(K, C, dtype=torch.bool)
    offset = torch.zeros(C) if log_q is None else -log_q
    all_logits = torch.where(
        own, logits, logits + offset - (0 if log_q is None else math.log(C - 1))
    )
    if log_q is None:
        all_logits = torch.where(own, logits, logits - math.log(C - 1))
    if weight is not None:
        all_logits = weight(logits, log_q, own, C)
    if leave_out_same:
        all_logits = all_logits.masked_fill((items[:K, None] == items) & ~own, -torch.inf)
    return (all_logits.logsumexp(dim=1) - logits.diagonal()).mean()


def _keeps_same(logits, items, log_q=None):
    K, C = logits.shape
    others = ~torch.eye(K, C, dtype=torch.bool)
    log_q = None if log_q is None else log_q.expand(K, C)[others].view(K, C - 1)
    negative = logits[others].view(K, C - 1)
    return sampled_softmax_loss(logits.diagonal(), negative, torch.ones(K, dtype=torch.bool), log_q)


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


def _first_columns_only(logits, items, log_q=None):
    K = len(logits)
    if K < 2:
        return 0 * logits.sum()
    return in_batch_loss(logits[:, :K], items[:K], None if log_q is None else log_q[:K])


def _counts_what_is_left(logits, items, log_q=None):
    """Divides by the number of negatives that are left in each row."""
    K, C = logits.shape
    left = (items[:K, None] != items).sum(dim=1).clamp(min=1)
    shift = torch.log(torch.tensor(float(C - 1))) - left.log()
    own = torch.eye(K, C, dtype=torch.bool)
    return in_batch_loss(torch.where(own, logits, logits + shift[:, None]), items, log_q)


def _a_sum(logits, items, log_q=None):
    return in_batch_loss(logits, items, log_q) * len(logits)


def _users_for_items(logits, items, log_q=None):
    K = len(logits)
    return in_batch_loss(torch.cat([logits[:, :K].T, logits[:, K:]], dim=1), items, log_q)


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
    misconceptions=(
        Misconception(
            name="the same product as a negative",
            wrong=_keeps_same,
            says="Where another column holds a row's own target, you push it down as a negative of "
            "itself. Set these logits to -inf.",
        ),
        Misconception(
            name="no correction",
            wrong=_no_correction,
            says="Your loss does not change with log_q. Popular products are negatives too often: "
            "hand it on.",
        ),
        Misconception(
            name="log q added",
            wrong=_wrong_sign,
            says="You hand on -log_q. `sampled_softmax_loss` takes log q as it is and subtracts it "
            "itself.",
        ),
        Misconception(
            name="the positive corrected too",
            wrong=_positive_too,
            says="You take log q off the positive as well. It is there with certainty, not by a "
            "draw: leave it.",
        ),
        Misconception(
            name="only the rows' own targets",
            wrong=_first_columns_only,
            says="You use the first K columns only. What stands behind them are negatives for "
            "every row.",
        ),
        Misconception(
            name="counts what is left",
            wrong=_counts_what_is_left,
            says="You divide by the number of negatives that are left. A draw that hits the target "
            "counts too, with nothing in it: keep C - 1, or the estimate is too large.",
        ),
        Misconception(
            name="a sum",
            wrong=_a_sum,
            says="You return the sum over the rows. A mean is due, so that a batch's size changes "
            "nothing.",
        ),
        Misconception(
            name="rows and columns exchanged",
            wrong=_users_for_items,
            says="You compare one item with all users. Row r is a user, and the columns are the "
            "items to tell apart.",
        ),
    ),
)

# --- 11.2 Exact search ----------------------------------------------------------------------------


def _points(rng, B, J, D=3):
    return torch.from_numpy(rng.normal(size=(B, D))).float(), torch.from_numpy(
        rng.normal(size=(J, D))
    ).float()


def _search_probes(rng):
    yield Probe((*_points(rng, 1, 4), 2, 1), label="one user, four items")
    yield Probe((*_points(rng, 4, 6), 3, 2), label="two users at a time")
    yield Probe((*_points(rng, 5, 6), 2, 3), label="five users, three at a time")
    yield Probe((*_points(rng, 2, 5), 5, 8), label="all items, all users at once")
    yield Probe((*_points(rng, 0, 5), 2, 4), label="nobody")
    for _ in range(3):
        yield Probe((*_points(rng, 7, 20), 4, int(rng.integers(1, 6))), label="random")


def _counted_from_0(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    return items - 1, scores


def _lost_remainder(queries, vectors, k, users_at_once):
    whole = len(queries) // users_at_once * users_at_once
    return exact_search(queries[:whole], vectors, k, users_at_once)


def _lowest(queries, vectors, k, users_at_once):
    items, scores = exact_search(-queries, vectors, k, users_at_once)
    return items, -scores


def _cosine(queries, vectors, k, users_at_once):
    return exact_search(queries, torch.nn.functional.normalize(vectors, dim=1), k, users_at_once)


def _distance(queries, vectors, k, users_at_once):
    items = (-torch.cdist(queries, vectors)).topk(k, dim=1).indices
    return items + 1, (queries[:, None] * vectors[items]).sum(dim=2)


def _last_chunk(queries, vectors, k, users_at_once):
    chunks = queries.split(users_at_once)
    return exact_search(chunks[-1], vectors, k, users_at_once)


def _unsorted(queries, vectors, k, users_at_once):
    items, scores = exact_search(queries, vectors, k, users_at_once)
    items, order = items.sort(dim=1)
    return items, scores.gather(1, order)


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
    misconceptions=(
        Misconception(
            name="counted from 0",
            wrong=_counted_from_0,
            says="You return rows of `vectors`, counted from 0. Row 0 is item 1: add 1.",
        ),
        Misconception(
            name="the remainder lost",
            wrong=_lost_remainder,
            says="Users are missing at the end: their number need not be a multiple of "
            "`users_at_once`.",
        ),
        Misconception(
            name="the farthest",
            wrong=_lowest,
            says="You return the items with the *smallest* dot products.",
        ),
        Misconception(
            name="cosine",
            wrong=_cosine,
            says="You made the item vectors equally long first. Their length is part of the logit "
            "(a popular product may have a long vector): take the dot product as it is.",
        ),
        Misconception(
            name="distance",
            wrong=_distance,
            says="You look for the smallest distance. The tower was trained on dot products, and "
            "the two do not agree where vectors differ in length.",
        ),
        Misconception(
            name="the last piece only",
            wrong=_last_chunk,
            says="You return the last piece's users only: collect the results of all pieces.",
        ),
        Misconception(
            name="not sorted",
            wrong=_unsorted,
            says="You have the right items, in the order of their numbers. The best comes first.",
        ),
    ),
)

# --- 11.3 Recall ----------------------------------------------------------------------------------


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
    for _ in range(3):
        found, wanted = (
            torch.from_numpy(np.stack([rng.permutation(9)[:n] for _ in range(4)])) for n in (5, 3)
        )  # 0 among them
        yield Probe((found, wanted), label="random")


def _precision(found, wanted):
    hits = (found[:, :, None] == wanted[:, None, :]).any(dim=2) & (found != 0)
    return hits.sum(dim=1) / (found != 0).sum(dim=1)


def _zeros_count(found, wanted):
    return (wanted[:, :, None] == found[:, None, :]).any(dim=2).float().mean(dim=1)


def _zeros_divide(found, wanted):
    hits = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & (wanted != 0)
    return hits.float().mean(dim=1)


def _anybodys(found, wanted):
    return (torch.isin(wanted, found) & (wanted != 0)).sum(dim=1) / (wanted != 0).sum(dim=1)


def _same_place(found, wanted):
    n = min(found.shape[1], wanted.shape[1])
    hits = (found[:, :n] == wanted[:, :n]) & (wanted[:, :n] != 0)
    return hits.sum(dim=1) / (wanted != 0).sum(dim=1)


def _any_hit(found, wanted):
    shares = recall(found, wanted)
    return torch.where(shares > 0, 1.0, shares)


_RECALL = Exercise(
    id="11.3",
    title="Recall",
    minutes=5,
    reference=recall,
    probes=_recall_probes,
    hints=(
        "For each wanted item: does any of that user's found items equal it?",
        "`wanted[:, :, None] == found[:, None, :]` is (B, M, K); `.any(dim=2)` says which were "
        "found.",
        "`hit = (...).any(dim=2) & (wanted != 0)`, then `hit.sum(dim=1) / (wanted != "
        "0).sum(dim=1)`.",
    ),
    misconceptions=(
        Misconception(
            name="precision",
            wrong=_precision,
            says="You divide by what was found: that is precision. Recall divides by what was "
            "wanted.",
        ),
        Misconception(
            name="zeros as items",
            wrong=_zeros_count,
            says="You count 0 as an item, as a hit or as something that was wanted. It means that "
            "there is nothing.",
        ),
        Misconception(
            name="zeros in the denominator",
            wrong=_zeros_divide,
            says="Your hits are right, but you divide by the width of `wanted`, zeros included.",
        ),
        Misconception(
            name="found for anybody",
            wrong=_anybodys,
            says="You count an item as found if it was found for *any* user. Compare row by row.",
        ),
        Misconception(
            name="place by place",
            wrong=_same_place,
            says="You compare place by place. Order does not matter to recall.",
        ),
        Misconception(
            name="one hit is enough",
            wrong=_any_hit,
            says="You say 1 as soon as something is found. A share is asked for.",
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
    """A score for each item, times what was clicked last: ties, and no place for item 0."""

    n_items = 12

    def __init__(self):
        super().__init__()
        self.worth = torch.nn.Parameter(torch.tensor([9.0, 3, 1, 3, 2, 5, 5, 0, 4, 1, 2, 6, 3]))

    def score_candidates(self, histories, candidates):
        """(B, L), (B, C) -> (B, C)."""
        if (candidates < 1).any():
            raise ValueError("candidates must be 1 or more")
        return (
            self.worth[candidates] * (histories[:, -1:] % 3 - 1) + 0.0
        )  # no -0.0: it would be another key to sort by


def _reranked(answer, histories, candidates, k):
    items, scores = answer(Ranker().eval(), histories, candidates, k)
    return {"items": items, "scores": scores, "has a gradient": scores.requires_grad}


def _rerank_probes(rng):
    yield Probe(
        (torch.tensor([[2]]), torch.tensor([[2, 5, 8]]), 2),
        label="three candidates",
        call=_reranked,
    )
    yield Probe(
        (torch.tensor([[0, 2]]), torch.tensor([[6, 5, 1]]), 3), label="a tie", call=_reranked
    )
    yield Probe(
        (torch.tensor([[3]]), torch.tensor([[4, 10, 2]]), 2),
        label="the fewer the better",
        call=_reranked,
    )
    yield Probe(
        (torch.tensor([[1]]), torch.tensor([[9, 3, 7]]), 3), label="all are tied", call=_reranked
    )
    yield Probe(
        (torch.tensor([[2]]), torch.tensor([[0, 7, 0, 2]]), 3),
        label="two candidates only",
        call=_reranked,
    )
    for _ in range(3):
        candidates = torch.from_numpy(np.stack([rng.permutation(13)[:6] for _ in range(3)]))
        histories = torch.from_numpy(rng.integers(1, 13, (3, 2)))
        yield Probe((histories, candidates, 4), label="three users", call=_reranked)


def _unsorted_ties(ranker, histories, candidates, k):
    scores = (
        ranker.score_candidates(histories, candidates.clamp(min=1))
        .detach()
        .masked_fill(candidates == 0, -torch.inf)
    )
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return candidates.gather(1, order), scores.gather(1, order)


def _places(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, ascending.clamp(min=1)).detach()
    scores = scores.masked_fill(ascending == 0, -torch.inf)
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return order, scores.gather(1, order)


def _zero_is_one(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values.clamp(min=1)
    scores = ranker.score_candidates(histories, ascending).detach()
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order)


def _whole_catalogue(ranker, histories, candidates, k):
    everything = torch.arange(1, ranker.n_items + 1).expand(len(histories), -1)
    return rerank(ranker, histories, everything, k)


def _worst_first(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, ascending.clamp(min=1)).detach()
    scores = scores.masked_fill(ascending == 0, torch.inf)
    order = scores.argsort(dim=1, stable=True)[:, :k]
    return ascending.gather(1, order), scores.gather(1, order).where(
        ascending.gather(1, order) > 0, -torch.inf
    )


def _first_k(ranker, histories, candidates, k):
    return rerank(ranker, histories, candidates[:, :k], k)


def _with_gradient(ranker, histories, candidates, k):
    ascending = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, ascending.clamp(min=1)).masked_fill(
        ascending == 0, -torch.inf
    )
    order = scores.argsort(dim=1, descending=True, stable=True)[:, :k]
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
        "`ascending.gather(1, order)` and `scores.gather(1, order)`. All of it under "
        "`torch.no_grad()`.",
    ),
    misconceptions=(
        Misconception(
            name="ties as they come",
            wrong=_unsorted_ties,
            says="Of two candidates with the same score you show the one that came first, so the "
            "first stage's order leaks into the list. The smaller item comes first.",
        ),
        Misconception(
            name="places instead of items",
            wrong=_places,
            says="You return places among the candidates, not item ids: `gather` the items at "
            "these places.",
        ),
        Misconception(
            name="item 1 from nowhere",
            wrong=_zero_is_one,
            says="A 0 became item 1 and is shown, though nobody found it. Where there was no "
            "candidate, the score is -inf and the item 0.",
        ),
        Misconception(
            name="the whole catalogue",
            wrong=_whole_catalogue,
            says="You rank all items. The second stage may show candidates only.",
        ),
        Misconception(
            name="the worst first",
            wrong=_worst_first,
            says="Your list begins with the lowest score: sort in descending order.",
        ),
        Misconception(
            name="the first k candidates",
            wrong=_first_k,
            says="You cut the candidates to k before you rank them. Rank all of them, then cut.",
        ),
        Misconception(
            name="a gradient is kept",
            wrong=_with_gradient,
            says="Your scores carry a gradient, and with it all that the ranker computed. Use "
            "`torch.no_grad()`.",
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


def _contest(rng, B=3, J=7, C=4, tied=False):
    law = np.pad(rng.dirichlet(np.full(J, 0.6), B), ((0, 0), (1, 0)))
    scores = np.pad(rng.normal(size=(B, J)), ((0, 0), (1, 0)), constant_values=-np.inf)
    scores = scores.round() if tied else scores
    candidates = np.stack([rng.permutation(J)[:C] + 1 for _ in range(B)])
    return law, scores, candidates


def _budget_probes(rng):
    law = np.array([[0, 0.5, 0.3, 0.2]])
    scores = np.array([[-np.inf, 1.0, 3.0, 2.0]])
    yield Probe((law, scores, np.array([[1, 2]]), 2), label="three products, two candidates")
    yield Probe((law, scores, np.array([[1, 2, 3]]), 3), label="all are found")
    yield Probe((law, scores, np.array([[3, 0]]), 3), label="one candidate")
    yield Probe((*_contest(rng, tied=True), 3), label="ties")
    for k in (1, 3, 7):
        yield Probe((*_contest(rng), k), label=f"random, k = {k}")


def _parts(law, scores, candidates, k):
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    w = gains(scores, k)
    return found, w, gains(np.where(found, scores, -np.inf), k) * found


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


def _padding_found(law, scores, candidates, k):
    found, w, v = _parts(law, scores, candidates, k)
    v = gains(np.where(found, scores, -np.inf), k)
    budget = error_budget(law, scores, candidates, k)
    return budget._replace(moved_up=(law * (v - w)).sum(axis=1))


_BUDGET = Exercise(
    id="11.5",
    title="The error budget",
    minutes=10,
    reference=error_budget,
    probes=_budget_probes,
    hints=(
        "Begin with `found`, (B, V) bool: `np.put_along_axis(found, candidates, True, axis=1)`.",
        "w is `gains(scores, k)`. v is what the same scores are worth with all that was not found "
        "at -inf.",
        "`missed = (law * w * ~found).sum(axis=1)`, `moved_up = (law * (v - w) * "
        "found).sum(axis=1)`, and the oracle's NDCG is `(law * gains(law, k)).sum(axis=1)`.",
    ),
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
            says="Your ranking error holds the misses too. It is what the ranker loses with the "
            "*whole* catalogue.",
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
            says="You return means. One number per user is asked for: whoever reads it takes the "
            "mean.",
        ),
        Misconception(
            name="what was missed moves up too",
            wrong=_padding_found,
            says="Your moved_up also holds the items that were not found, at -w. They are in "
            "`missed` already: times `found`.",
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
