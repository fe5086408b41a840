"""Chapter 11, retrieve and rerank: answers written from its stubs alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from seqrec.losses import sampled_softmax_loss
from seqrec.metrics import expected_ndcg, gains
from seqrec.recommender import ErrorBudget
from tests.course.keys.answers.bank import right, wrong

# 11.1 in_batch_loss


@right("11.1", "the diagonal cut out, the library's last step")
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    off = ~torch.eye(K, C, dtype=torch.bool)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)[off].view(K, C - 1)
    if log_q is not None:
        log_q = log_q.expand(K, C)[off].view(K, C - 1)
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), negative, real, log_q)


@right("11.1", "corrected logits into a cross-entropy")
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    own = torch.arange(K)[:, None] == torch.arange(C)[None, :]
    same = items[:K].unsqueeze(1) == items.unsqueeze(0)
    scores = logits
    if log_q is not None:
        scores = torch.where(own, logits, logits - log_q - math.log(C - 1))
    scores = torch.where(same & ~own, torch.full_like(scores, -torch.inf), scores)
    return F.cross_entropy(scores, torch.arange(K))


@right("11.1", "row by row, logsumexp")
def in_batch_loss(logits, items, log_q=None):
    losses = []
    for r in range(logits.shape[0]):
        terms = [logits[r, r]]
        for c in range(logits.shape[1]):
            if c == r or items[c] == items[r]:
                continue
            term = logits[r, c]
            if log_q is not None:
                term = term - log_q[c] - math.log(logits.shape[1] - 1)
            terms.append(term)
        losses.append(torch.logsumexp(torch.stack(terms), 0) - logits[r, r])
    return torch.stack(losses).mean()


@right("11.1", "columns rolled by gather, -inf in place on a copy")
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    others = (torch.arange(K)[:, None] + torch.arange(1, C)) % C
    negative = logits.gather(1, others).clone()
    negative[items[others] == items[:K, None]] = float("-inf")
    q = None if log_q is None else log_q[others]
    positive = logits[torch.arange(K), torch.arange(K)]
    return sampled_softmax_loss(positive, negative, positive == positive, q)


def without_diagonal(table):
    K, C = table.shape
    return table[~torch.eye(K, C, dtype=torch.bool)].view(K, C - 1)


@wrong(
    "11.1",
    "the same item again stays a negative",
    r"same (item|product|target)|again|twice|-inf|duplicate|own target|repeat|another column|"
    r"left (in|out)|other's negative|accidental",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(logits), real, q)


@wrong(
    "11.1",
    "counts only the columns that are left",
    r"C ?- ?1|left\b|remain|number of negatives|counted?\b|how many|\bN\b|draw",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    same = items[:K, None] == items
    left = (~same).sum(dim=1, keepdim=True).clamp(min=1)
    scores = logits if log_q is None else logits - log_q - left.log()
    scores = scores.masked_fill(same, -torch.inf)
    scores = torch.cat([logits.diagonal()[:, None], scores], dim=1)
    return F.cross_entropy(scores, torch.zeros(K, dtype=torch.long))


@wrong(
    "11.1",
    "counts C negatives: the row's own column too",
    r"C ?- ?1|own column|counted?\b|number of negatives|how many|\bN\b|diagonal|"
    r"one (negative )?too "
    r"many|all columns but",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else log_q.expand(K, C)
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), negative, real, q)


@wrong(
    "11.1",
    "log q taken off, the number of negatives forgotten",
    r"C ?- ?1|number of negatives|how many|1 ?/ ?N|divid|\bN\b|average|mean over the negatives|"
    r"log\(C",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    same = items[:K, None] == items
    scores = logits if log_q is None else logits - log_q
    scores = scores.masked_fill(same, -torch.inf)
    scores = torch.cat([logits.diagonal()[:, None], scores], dim=1)
    return F.cross_entropy(scores, torch.zeros(K, dtype=torch.long))


@wrong(
    "11.1",
    "log q added",
    r"sign|added|adds|plus|subtract|taken? off|times q|multipl|off the logits|minus|twice|"
    r"wrong (way|direction)",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(-log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "the positive is corrected as well",
    r"positive|own (logit|target)|target('s)? (logit|is)|negatives only|only (the |"
    r"of the )?negative|"
    r"diagonal|right answer",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    if log_q is not None:
        logits = logits - log_q
    negative = without_diagonal(logits.masked_fill(items[:K, None] == items, -torch.inf))
    if log_q is not None:
        negative = negative - math.log(C - 1)
    scores = torch.cat([logits.diagonal()[:, None], negative], dim=1)
    return F.cross_entropy(scores, torch.zeros(K, dtype=torch.long))


@wrong(
    "11.1",
    "log q of the row in place of the column's",
    r"(of|for|by|per|each|its) (the |its |own )?(row|column)|rows?'s?|columns?'s?|transpos|"
    r"own target's|broadcast|negative's own|axis",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else log_q[:K, None].expand(K, C - 1)
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "never reads log_q",
    r"log.?q|correct|popular|ignor|never (read|used)|argument",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, None)


@wrong(
    "11.1",
    "None as if it were log q of 0",
    r"None|no correction|zeros?|C ?- ?1|uncorrected|without (a )?(correction|log)",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    if log_q is None:
        log_q = torch.zeros(C)
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "q in place of its logarithm",
    r"\bexp\b|exp\(|exponen|logarithm|already (a |the )?log|log of (the |a )?prob|"
    r"probabilit|is a log\b",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.exp().expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "drops the further columns",
    r"further|extra|uniform|columns? (beyond|after|behind|from K|that are no)|first K|beyond|"
    r"more columns|all columns|square|other columns|there may be more|additional",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    if K > 1:
        logits, items = logits[:, :K], items[:K]
        log_q = None if log_q is None else log_q[:K]
        C = K
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong("11.1", "the sum over rows", r"mean|sum\b|summed|averag|number of rows|divid|times K|\bK\b")
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    loss = sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)
    return K * loss


@wrong(
    "11.1", "a loss per row", r"mean|scalar|per row|each row|averag|one number|single number|a row"
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = without_diagonal(logits.masked_fill(items[:K, None] == items, -torch.inf))
    if log_q is not None:
        negative = negative - without_diagonal(log_q.expand(K, C)) - math.log(C - 1)
    scores = torch.cat([logits.diagonal()[:, None], negative], dim=1)
    return F.cross_entropy(scores, torch.zeros(K, dtype=torch.long), reduction="none")


@wrong(
    "11.1",
    "0 in place of -inf",
    r"-inf|a logit of 0|set to (0|zero)|\b0 (adds|counts|weighs)|zeroed|multipl|e\^?0|"
    r"exp\(0\)|e to the",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.masked_fill(items[:K, None] == items, 0.0)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "the mask hits the diagonal too",
    "positive|diagonal|own (column|target|logit)|itself",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    logits = logits.masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(logits), real, q)


@wrong(
    "11.1",
    "rows whose target comes twice are left out of the mean",
    r"(rows?|positions?).{0,60}(left out|drop|skip|counted|lost|missing)|every row|all rows|"
    r"mean over (all|every|each)|real\b|K rows|each row|whole row",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    same = items[:K, None] == items
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = same.sum(dim=1) == 1
    if not real.any():
        return logits.sum() * 0
    negative = without_diagonal(logits.masked_fill(same, -torch.inf))
    return sampled_softmax_loss(logits.diagonal(), negative, real, q)


@wrong(
    "11.1",
    "a negative that comes twice counts once",
    r"twice|each column|every column|unique|duplicate|counts? once|only once|repeat|as often|"
    r"same negative|all columns|draws?\b",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    again = torch.triu(items[:, None] == items, diagonal=1).any(dim=0)
    negative = logits.masked_fill((items[:K, None] == items) | again, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong("11.1", "negatives without gradient", r"gradient|detach|no_grad|learn|backward|\bgrad\b")
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = logits.detach().masked_fill(items[:K, None] == items, -torch.inf)
    q = None if log_q is None else without_diagonal(log_q.expand(K, C))
    real = torch.ones(K, dtype=torch.bool)
    return sampled_softmax_loss(logits.diagonal(), without_diagonal(negative), real, q)


@wrong(
    "11.1",
    "both ways, as CLIP does",
    r"both (ways|directions)|symmetr|column.{0,20}(against|as)|CLIP|transpos|other direction|"
    r"(users?|rows) (against|as)|each row|only (the )?rows|axis|row against",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    same = items[:K, None] == items
    own = torch.eye(K, C, dtype=torch.bool)
    scores = logits
    if log_q is not None:
        scores = torch.where(own, logits, logits - log_q - math.log(C - 1))
    scores = scores.masked_fill(same & ~own, -torch.inf)
    there = F.cross_entropy(scores, torch.arange(K))
    back = F.cross_entropy(scores[:, :K].T, torch.arange(K))
    return (there + back) / 2


@wrong(
    "11.1",
    "the positive is missing from the denominator",
    r"positive|denominator|under the (line|fraction)|own (logit|target)|below (0|zero)|"
    r"negative loss|"
    r"in the sum",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    negative = without_diagonal(logits.masked_fill(items[:K, None] == items, -1e4))
    if log_q is not None:
        negative = negative - without_diagonal(log_q.expand(K, C)) - math.log(C - 1)
    return (torch.logsumexp(negative, dim=1) - logits.diagonal()).mean()


@wrong(
    "11.1",
    "overflows: exp without logsumexp",
    r"overflow|logsumexp|infin|\binf\b|\bNaN\b|large logits|stable|stabil|\bexp\b",
)
def in_batch_loss(logits, items, log_q=None):
    K, C = logits.shape
    weight = (items[:K, None] != items).float()
    if log_q is not None:
        weight = weight * (-log_q).exp() / (C - 1)
    own = logits.diagonal().exp()
    return -(own / (own + (weight * logits.exp()).sum(dim=1))).log().mean()


# 11.2 exact_search


@right("11.2", "split, topk, cat")
def exact_search(queries, vectors, k, users_at_once):
    found = [(part @ vectors.T).topk(k, dim=1) for part in queries.split(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@right("11.2", "results laid out beforehand")
def exact_search(queries, vectors, k, users_at_once):
    B = queries.shape[0]
    items = torch.zeros(B, k, dtype=torch.long)
    dots = torch.zeros(B, k, dtype=queries.dtype)
    for start in range(0, B, users_at_once):
        part = slice(start, start + users_at_once)
        values, where = torch.sort(queries[part] @ vectors.T, dim=1, descending=True)
        items[part] = where[:, :k] + 1
        dots[part] = values[:, :k]
    return items, dots


@right("11.2", "NumPy's argsort, a part at a time")
def exact_search(queries, vectors, k, users_at_once):
    q, v = queries.detach().numpy(), vectors.detach().numpy()
    items = np.zeros((len(q), k), dtype=np.int64)
    dots = np.zeros((len(q), k), dtype=q.dtype)
    i = 0
    while i < len(q):
        block = q[i : i + users_at_once] @ v.T
        best = np.argsort(-block, axis=1, kind="stable")[:, :k]
        items[i : i + users_at_once] = best + 1
        dots[i : i + users_at_once] = np.take_along_axis(block, best, axis=1)
        i += users_at_once
    return torch.from_numpy(items), torch.from_numpy(dots)


@right("11.2", "one query after another, einsum")
def exact_search(queries, vectors, k, users_at_once):
    if len(queries) == 0:
        return torch.empty(0, k, dtype=torch.long), queries.new_empty(0, k)
    items, dots = [], []
    for query in queries:
        value, index = torch.topk(torch.einsum("d,nd->n", query, vectors), k)
        items.append(index + 1)
        dots.append(value)
    return torch.stack(items), torch.stack(dots)


@wrong(
    "11.2",
    "items from 0",
    r"from (0|1)|off by one|\+ ?1|one too (low|small)|row j|j ?- ?1|one less|index|padding|shift",
)
def exact_search(queries, vectors, k, users_at_once):
    found = [(part @ vectors.T).topk(k, dim=1) for part in queries.split(users_at_once)]
    return torch.cat([top.indices for top in found]), torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "the smallest dot products",
    r"smallest|largest|lowest|highest|worst|least|wrong end|ascending",
)
def exact_search(queries, vectors, k, users_at_once):
    found = [
        (part @ vectors.T).topk(k, dim=1, largest=False) for part in queries.split(users_at_once)
    ]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "the last part is missing",
    r"last (part|chunk|batch|block|rows?|queries|users)|multiple|remainder|rest\b|left over|"
    r"missing|incomplete|// ?|fewer|lost|drop|B rows|each query",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [torch.empty(0, k, dtype=torch.long)], [queries.new_empty(0, k)]
    for i in range(len(queries) // users_at_once):
        part = queries[i * users_at_once : (i + 1) * users_at_once]
        top = (part @ vectors.T).topk(k, dim=1)
        items.append(top.indices + 1)
        dots.append(top.values)
    return torch.cat(items), torch.cat(dots)


@wrong(
    "11.2",
    "zeros for the last part",
    r"last (part|chunk|batch|block|rows?|queries|users)|multiple|remainder|rest\b|left over|"
    r"incomplete|never (filled|computed|searched)|zeros|// ?|fewer",
)
def exact_search(queries, vectors, k, users_at_once):
    B = len(queries)
    items = torch.zeros(B, k, dtype=torch.long)
    dots = torch.zeros(B, k, dtype=queries.dtype)
    for start in range(0, B - users_at_once + 1, users_at_once):
        stop = start + users_at_once
        dots[start:stop], where = (queries[start:stop] @ vectors.T).topk(k, dim=1)
        items[start:stop] = where + 1
    return items, dots


@wrong(
    "11.2",
    "fails without queries",
    r"no (queries|query|users?)|without (a |any )?(queries|query|users?)|B (of|=|is) 0|0 or more|"
    r"empty|0 (queries|rows|users)|nobody",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for start in range(0, len(queries), users_at_once):
        top = (queries[start : start + users_at_once] @ vectors.T).topk(k, dim=1)
        items.append(top.indices + 1)
        dots.append(top.values)
    return torch.cat(items), torch.cat(dots)


@wrong(
    "11.2",
    "without queries no k columns",
    r"no (queries|query|users?)|without (a |any )?(queries|query|users?)|B (of|=|is) 0|0 or more|"
    r"empty|0 (queries|rows|users)|nobody|\(0, k\)",
)
def exact_search(queries, vectors, k, users_at_once):
    if len(queries) == 0:
        return torch.tensor([], dtype=torch.long), torch.tensor([])
    found = [(part @ vectors.T).topk(k, dim=1) for part in queries.split(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "cosine of user and item",
    r"cosine|length|norm|unit|dot product",
)
def exact_search(queries, vectors, k, users_at_once):
    unit = F.normalize(vectors, dim=1)
    found = [(F.normalize(q, dim=1) @ unit.T).topk(k, dim=1) for q in queries.split(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "the nearest by distance",
    r"distan|euclid|near|cdist|dot product|L2",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for part in queries.split(users_at_once):
        where = torch.cdist(part, vectors).topk(k, dim=1, largest=False).indices
        items.append(where + 1)
        dots.append((part @ vectors.T).gather(1, where))
    return torch.cat(items), torch.cat(dots)


@wrong(
    "11.2",
    "the best come last",
    r"best (first|come|comes|is|are|item)|order|ascending|descending|revers|worst first|last\b|"
    r"backwards|flip",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for part in queries.split(users_at_once):
        values, where = (part @ vectors.T).sort(dim=1)
        items.append(where[:, values.shape[1] - k :] + 1)
        dots.append(values[:, values.shape[1] - k :])
    return torch.cat(items), torch.cat(dots)


@wrong(
    "11.2",
    "the k best, unsorted",
    r"unsorted|not sorted|best first|order|argpartition|sort",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for part in queries.split(users_at_once):
        block = (part @ vectors.T).detach().numpy()
        where = np.argpartition(-block, k - 1, axis=1)[:, :k]
        where = np.sort(where, axis=1)
        items.append(torch.from_numpy(where + 1))
        dots.append(torch.from_numpy(np.take_along_axis(block, where, axis=1)))
    return torch.cat(items), torch.cat(dots)


@wrong("11.2", "the dot products with the wrong sign", r"sign|negat|minus|-1|times -")
def exact_search(queries, vectors, k, users_at_once):
    found = []
    for part in queries.split(users_at_once):
        found.append((-part @ vectors.T).topk(k, dim=1, largest=False))
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "softmax in place of dot products",
    r"softmax|probabilit|dot product|sum to|exp\b",
)
def exact_search(queries, vectors, k, users_at_once):
    found = []
    for part in queries.split(users_at_once):
        found.append((part @ vectors.T).softmax(dim=1).topk(k, dim=1))
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong("11.2", "divided by the root of D", r"root|sqrt|divid|scal|factor|dot product|attention")
def exact_search(queries, vectors, k, users_at_once):
    scale = vectors.shape[1] ** 0.5
    found = [(part @ vectors.T / scale).topk(k, dim=1) for part in queries.split(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "all queries at once",
    r"at once|users_at_once|at a time|all (queries|users|rows)|chunk|memory|whole matrix|"
    r"never (read|used)|ignor",
)
def exact_search(queries, vectors, k, users_at_once):
    top = (queries @ vectors.T).topk(k, dim=1)
    return top.indices + 1, top.values


@wrong(
    "11.2",
    "users_at_once taken for the number of parts",
    r"at once|users_at_once|at a time|number of (parts|chunks|blocks)|chunk|many (parts|chunks)|"
    r"memory",
)
def exact_search(queries, vectors, k, users_at_once):
    found = [(part @ vectors.T).topk(k, dim=1) for part in queries.chunk(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return items, torch.cat([top.values for top in found])


@wrong(
    "11.2",
    "returns after the first part",
    r"first (part|chunk|batch|block|users_at_once|rows)|other (parts|queries|users)|"
    r"return (inside|in|within)|inside the loop|only the first|missing|fewer|each query|"
    r"all (parts|queries|users)|B rows",
)
def exact_search(queries, vectors, k, users_at_once):
    for part in queries.split(users_at_once):
        top = (part @ vectors.T).topk(k, dim=1)
        return top.indices + 1, top.values


@wrong("11.2", "items as floats", r"\blong\b|float|dtype|integer|int64")
def exact_search(queries, vectors, k, users_at_once):
    items, dots = torch.zeros(len(queries), k), torch.zeros(len(queries), k)
    for start in range(0, len(queries), users_at_once):
        stop = start + users_at_once
        top = (queries[start:stop] @ vectors.T).topk(k, dim=1)
        items[start:stop], dots[start:stop] = top.indices + 1, top.values
    return items, dots


@wrong(
    "11.2",
    "dot products first",
    r"order of|swap|exchang|(items|ids) (come |comes )?first|other way|dot products? (come|"
    r"comes) (first|second)",
)
def exact_search(queries, vectors, k, users_at_once):
    found = [(part @ vectors.T).topk(k, dim=1) for part in queries.split(users_at_once)]
    items = torch.cat([top.indices for top in found]) + 1
    return torch.cat([top.values for top in found]), items


@wrong(
    "11.2",
    "leaves the best out, as if it were the query itself",
    r"\bbest\b|itself|first place|top (one|item)|skip|left out|leaves? out|second|largest",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for part in queries.split(users_at_once):
        values, where = (part @ vectors.T).sort(dim=1, descending=True)
        items.append(where[:, 1 : k + 1] + 1)
        dots.append(values[:, 1 : k + 1])
    return torch.cat(items), torch.cat(dots)


@wrong(
    "11.2",
    "row 0 taken for padding",
    r"padding|row 0|item 1\b|first (row|item|product)|never found|row j|j ?- ?1|skip",
)
def exact_search(queries, vectors, k, users_at_once):
    items, dots = [], []
    for part in queries.split(users_at_once):
        scores = part @ vectors.T
        ranked = scores.clone()
        ranked[:, 0] = -torch.inf
        where = ranked.topk(k, dim=1).indices
        items.append(where + 1)
        dots.append(scores.gather(1, where))
    return torch.cat(items), torch.cat(dots)


# 11.3 recall


@right("11.3", "all pairs at once")
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return hit.sum(dim=1) / is_wanted.sum(dim=1)


@right("11.3", "sets, user by user")
def recall(found, wanted):
    shares = []
    for got, want in zip(found.tolist(), wanted.tolist(), strict=True):
        want = set(want) - {0}
        shares.append(len(want & set(got)) / len(want) if want else float("nan"))
    return torch.tensor(shares, dtype=torch.float32)


@right("11.3", "torch.isin and a list, float64")
def recall(found, wanted):
    out = torch.full((len(wanted),), torch.nan, dtype=torch.float64)
    for b in range(len(wanted)):
        want = wanted[b][wanted[b] > 0]
        if len(want) > 0:
            out[b] = torch.isin(want, found[b]).double().mean()
    return out


@right("11.3", "NumPy on arrays, 0 over 0")
def recall(found, wanted):
    f, w = found.numpy(), wanted.numpy()
    hits = np.array([np.isin(a[a > 0], b).sum() for a, b in zip(w, f, strict=True)], dtype=float)
    with np.errstate(invalid="ignore"):
        share = hits / (w > 0).sum(axis=1)
    return torch.from_numpy(share).float()


@wrong(
    "11.3",
    "zeros count as wanted",
    r"zeros?|padding|\b0 means|nothing here|number wanted|empty|all M\b|M columns",
)
def recall(found, wanted):
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & (wanted != 0)
    share = hit.sum(dim=1) / wanted.shape[1]
    return share.masked_fill((wanted == 0).all(dim=1), torch.nan)


@wrong(
    "11.3",
    "a 0 among the found finds a 0",
    r"zeros?\b|padding|\b0 means|nothing here|above 1|more than 1|empty|\b0 (among|match|"
    r"in )",
)
def recall(found, wanted):
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2)
    return hit.sum(dim=1) / (wanted != 0).sum(dim=1)


@wrong(
    "11.3",
    "the share of the found that is wanted",
    r"precision|share of the found|of the found|divided by|denominator|number (of )?found|"
    r"wrong way|other way|how many (were|was|are) found|of the wanted",
)
def recall(found, wanted):
    hit = (found[:, :, None] == wanted[:, None, :]).any(dim=2) & (found != 0)
    share = hit.sum(dim=1) / (found != 0).sum(dim=1).clamp(min=1)
    return share.masked_fill((wanted == 0).all(dim=1), torch.nan)


@wrong(
    "11.3", "0 where nothing is wanted", r"NaN|nothing is wanted|nothing wanted|wants nothing|clamp"
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return hit.sum(dim=1) / is_wanted.sum(dim=1).clamp(min=1)


@wrong("11.3", "1 where nothing is wanted", r"NaN|nothing is wanted|nothing wanted|wants nothing")
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return (hit.sum(dim=1) / is_wanted.sum(dim=1)).nan_to_num(nan=1.0)


@wrong(
    "11.3",
    "users who want nothing are dropped",
    r"NaN|nothing is wanted|nothing wanted|wants nothing|drop|left out|each user|every user|"
    r"missing|\(B,\)|fewer",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    some = is_wanted.any(dim=1)
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return (hit.sum(dim=1) / is_wanted.sum(dim=1))[some]


@wrong(
    "11.3",
    "one number for all users",
    r"each user|every user|per user|scalar|mean|averag|one number|single number|\(B,\)|all users",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return (hit.sum(dim=1) / is_wanted.sum(dim=1)).nanmean()


@wrong(
    "11.3",
    "compares place by place",
    r"any order|place by place|same (place|position|column)|position|column by column|"
    r"element|anywhere|\border\b",
)
def recall(found, wanted):
    n = min(found.shape[1], wanted.shape[1])
    is_wanted = wanted != 0
    hit = (found[:, :n] == wanted[:, :n]) & is_wanted[:, :n]
    return hit.sum(dim=1) / is_wanted.sum(dim=1)


@wrong(
    "11.3",
    "found by anybody",
    r"other users?|another user|anybody|own (row|list)|same row|row by row|whole batch|all users|"
    r"somebody|isin|users?' lists|anyone|each row|per row|all rows|any row|another row",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = torch.isin(wanted, found) & is_wanted
    return hit.sum(dim=1) / is_wanted.sum(dim=1)


@wrong(
    "11.3",
    "whether anything was found",
    r"hit rate|\bany\b|at least one|whether|anything|share|all or nothing|something",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return hit.any(dim=1).float().masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "whether everything was found",
    r"\ball\b|everything|whether|share|complete|fraction|every wanted",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) | ~is_wanted
    return hit.all(dim=1).float().masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "integer division",
    "integer|//|whole(.| )number|floor|fraction|float|round",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    share = hit.sum(dim=1) // is_wanted.sum(dim=1).clamp(min=1)
    return share.float().masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "how many, not which share",
    r"share|divid|how many|count|number of|fraction|above 1|more than 1",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return hit.sum(dim=1).float().masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "of the union of both",
    r"union|Jaccard|of the wanted|denominator|divided by|found but not wanted|extra|together|"
    r"either|not wanted",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    both = hit.sum(dim=1)
    share = both / (is_wanted.sum(dim=1) + (found != 0).sum(dim=1) - both)
    return share.masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "of no more than could be found",
    r"could|at most|\bmin\b|capped|fewer|smaller|denominator|divided by|all (the )?wanted|"
    r"number (of )?"
    r"(found|wanted)|K of them|\bK\b|short",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    most = torch.minimum(is_wanted.sum(dim=1), (found != 0).sum(dim=1)).clamp(min=1)
    return (hit.sum(dim=1) / most).masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong(
    "11.3",
    "looks at the first M found only",
    r"first (M|few|found|places|columns)|\bM\b|only (the )?first|any order|all (K|found|columns|"
    r"the "
    r"found)|cut|further (back|down|behind)|beyond|behind|later",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    found = found[:, : wanted.shape[1]]
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return hit.sum(dim=1) / is_wanted.sum(dim=1)


@wrong(
    "11.3",
    "believes the found to be sorted",
    r"sort|any order|searchsorted|ascending|order\b",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    where = torch.searchsorted(found.contiguous(), wanted.contiguous())
    where = where.clamp(max=found.shape[1] - 1)
    hit = (found.gather(1, where) == wanted) & is_wanted
    return hit.sum(dim=1) / is_wanted.sum(dim=1)


@wrong(
    "11.3",
    "the share that is missing",
    r"miss|not found|1 -|complement|opposite|invert|upside|revers|lost",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    return 1 - hit.sum(dim=1) / is_wanted.sum(dim=1)


@wrong(
    "11.3",
    "of what all users want together",
    r"all users|(its|their|each user's|the user's) own|batch|together|summed|overall|each user|"
    r"total|same denominator|everybody|divided by",
)
def recall(found, wanted):
    is_wanted = wanted != 0
    hit = (wanted[:, :, None] == found[:, None, :]).any(dim=2) & is_wanted
    share = hit.sum(dim=1) / is_wanted.sum()
    return share.masked_fill(~is_wanted.any(dim=1), torch.nan)


@wrong("11.3", "a list of numbers", r"\blists?\b|torch\.tensor|not a tensor|a tensor is")
def recall(found, wanted):
    shares = []
    for got, want in zip(found.tolist(), wanted.tolist(), strict=True):
        want = set(want) - {0}
        shares.append(len(want & set(got)) / len(want) if want else math.nan)
    return shares


# 11.4 rerank


@right("11.4", "sort by item, then stably by score")
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@right("11.4", "NumPy's lexsort")
def rerank(ranker, histories, candidates, k):
    asked = torch.where(candidates > 0, candidates, torch.ones_like(candidates))
    with torch.no_grad():
        scores = ranker.score_candidates(histories, asked)
    scores = scores.masked_fill(candidates == 0, float("-inf"))
    order = np.lexsort((candidates.numpy(), -scores.detach().numpy()), axis=-1)[:, :k]
    order = torch.from_numpy(order.copy())
    return torch.gather(candidates, 1, order), torch.gather(scores, 1, order)


@right("11.4", "Python's sorted, user by user")
def rerank(ranker, histories, candidates, k):
    safe = candidates.clone()
    safe[safe == 0] = 1
    scores = ranker.score_candidates(histories, safe).detach()
    top_items = torch.zeros(len(candidates), k, dtype=torch.long)
    top_scores = torch.full((len(candidates), k), -torch.inf, dtype=scores.dtype)
    for b in range(len(candidates)):
        real = [c for c in range(candidates.shape[1]) if candidates[b, c] != 0]
        real.sort(key=lambda c: (-scores[b, c].item(), candidates[b, c].item()))
        for place, c in enumerate(real[:k]):
            top_items[b, place] = candidates[b, c]
            top_scores[b, place] = scores[b, c]
    return top_items, top_scores


@right("11.4", "two stable argsorts")
def rerank(ranker, histories, candidates, k):
    scores = ranker.score_candidates(histories, candidates.clamp(min=1))
    scores = torch.where(candidates != 0, scores, torch.full_like(scores, -torch.inf))
    by_item = candidates.argsort(dim=1, stable=True)
    by_score = (-scores.gather(1, by_item)).argsort(dim=1, stable=True)
    order = by_item.gather(1, by_score)[:, :k]
    rows = torch.arange(len(candidates))[:, None]
    return candidates[rows, order], scores[rows, order]


@wrong(
    "11.4",
    "asks the ranker about item 0",
    r"1 or more|item 0|asks? .{0,30}\b0|zeros?\b.{0,30}ranker|ranker.{0,40}\b(0|zeros?)\b|"
    r"clamp|padding",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items).masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "no candidate has item 1's score",
    r"-inf|no candidate|item 1|masked|mask\b|item 0|\b0 = |padding|empty|clamp",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "returns item 1 where there is none",
    r"no candidate|item (0|1)|padding|clamp|empty|nothing left|none (is )?left|\b0\b.{0,20}not 1",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    is_none = items == 0
    items = items.clamp(min=1)
    scores = ranker.score_candidates(histories, items).masked_fill(is_none, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "places in place of items",
    r"\bplaces? (in|of|among|not|rather|instead)|position|\bind(ex|ices)|columns? (in|"
    r"instead|of|number)|gather|argsort|item ids?\b|not (the )?(items|ids)",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return order[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "equal scores as the candidates came",
    r"\btie|equal scores|same score|smaller item|order in which|equally|stable",
)
def rerank(ranker, histories, candidates, k):
    scores = ranker.score_candidates(histories, candidates.clamp(min=1))
    scores = scores.masked_fill(candidates == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return candidates.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "of equal scores the larger item first",
    r"\btie|equal scores|same score|smaller item|larger item|equally|stable|flip",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1, descending=True).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "ties broken by a little off each score",
    r"\btie|equal scores|close|edited|changed|a little|item'?s? (number|id)|eps|1e-|score.{0,30}"
    r"(ranker|own|differ|chang)|nearly (the same|equal)",
)
def rerank(ranker, histories, candidates, k):
    scores = ranker.score_candidates(histories, candidates.clamp(min=1)) - 1e-4 * candidates
    scores = scores.masked_fill(candidates == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return candidates.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "the worst come first",
    r"best first|worst|ascending|descending|lowest|revers|smallest|wrong end|backwards|largest",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, torch.inf)
    scores, order = scores.sort(dim=1, stable=True)
    scores = scores.masked_fill(items.gather(1, order) == 0, -torch.inf)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "ranks the first k candidates only",
    r"first (k|few|candidates)|only (the )?first|all (C|candidates|of)|every candidate|too early|"
    r"before|among (all|the first)|cut|others?\b",
)
def rerank(ranker, histories, candidates, k):
    items = candidates[:, :k].sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order), scores


@wrong("11.4", "a large number below 0 in place of -inf", r"-inf|infin|-1e9|-1000000|1e9|finite")
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -1e9)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "a score of 0 where there is no candidate",
    r"-inf|infin|score of (0|zero)|no candidate|\b0 (beats|is (above|larger|better|more|"
    r"higher))|above negative|zeroed|multipl|below (0|zero)|item 0",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1)) * (items != 0)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "edits the candidates",
    r"in.?place|edit|overw|clone|copy|argument|candidates.{0,30}(chang|stay|was|were|not)|"
    r"chang\w+ .{0,20}(candidates|argument)",
)
def rerank(ranker, histories, candidates, k):
    is_none = candidates == 0
    candidates[is_none] = 1
    scores = ranker.score_candidates(histories, candidates).masked_fill(is_none, -torch.inf)
    items = candidates.masked_fill(is_none, 0)
    items, by_item = items.sort(dim=1)
    scores, order = scores.gather(1, by_item).sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "scores still in the candidates' order",
    r"scores?.{0,60}(order|belong|sorted|align|place|own)|order|belong|gather|not sorted|"
    r"another item|unsorted|its item|align|go together|pair",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    order = scores.argsort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "candidates sorted after they were scored",
    r"order|belong|another (item|candidate)|sorted|align|go together|pair|other items?|"
    r"wrong items?|"
    r"own score|mixed",
)
def rerank(ranker, histories, candidates, k):
    scores = ranker.score_candidates(histories, candidates.clamp(min=1))
    scores = scores.masked_fill(candidates == 0, -torch.inf)
    items = candidates.sort(dim=1).values
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "log-probabilities among the candidates",
    r"softmax|log-?prob|probabilit|ranker's (own )?scores|sum to|normali[sz]|scores of the ranker|"
    r"as the ranker",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores = scores.log_softmax(dim=1).nan_to_num(nan=-torch.inf, neginf=-torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "the first user's order for all",
    r"first (user|row)|each user|every user|own order|per user|per row|same order|other users|"
    r"each row|all (users|rows)|row by row|other rows",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    order = scores[0].argsort(descending=True, stable=True)[:k]
    return items[:, order], scores[:, order]


@wrong(
    "11.4",
    "scores first",
    r"order of|swap|exchang|items (come |comes )?first|other way|scores? (come|comes) (first|"
    r"second)",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return scores[:, :k], items.gather(1, order)[:, :k]


@wrong(
    "11.4",
    "returns all candidates",
    r"\bk\b|all candidates|cut|too (many|long)|\bC\b|only the|whole list",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    scores = scores.masked_fill(items == 0, -torch.inf)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order), scores


@wrong(
    "11.4",
    "what was clicked already is left out",
    r"click|histor|already|seen|left out|filter|known items|bought|exclud",
)
def rerank(ranker, histories, candidates, k):
    items = candidates.sort(dim=1).values
    scores = ranker.score_candidates(histories, items.clamp(min=1))
    seen = (items[:, :, None] == histories[:, None, :]).any(dim=2)
    scores = scores.masked_fill((items == 0) | seen, -torch.inf)
    items = items.masked_fill(seen, 0)
    scores, order = scores.sort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, :k], scores[:, :k]


@wrong(
    "11.4",
    "the best k, but in the candidates' order",
    r"best first|order|sorted|unsorted|not sorted|argpartition",
)
def rerank(ranker, histories, candidates, k):
    scores = ranker.score_candidates(histories, candidates.clamp(min=1))
    scores = scores.masked_fill(candidates == 0, -torch.inf)
    by_item = candidates.argsort(dim=1)
    by_score = scores.gather(1, by_item).argsort(dim=1, descending=True, stable=True)
    order = by_item.gather(1, by_score)[:, :k].sort(dim=1).values
    return candidates.gather(1, order), scores.gather(1, order)


# 11.5 error_budget


@right("11.5", "masks and np.where")
def error_budget(law, scores, candidates, k):
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    found[:, 0] = False
    w = gains(scores, k)
    v = gains(np.where(found, scores, -np.inf), k)
    oracle = (law * gains(law, k)).sum(axis=1)
    return ErrorBudget(
        oracle=oracle,
        ranking_error=oracle - (law * w).sum(axis=1),
        missed=np.where(found, 0, law * w).sum(axis=1),
        moved_up=np.where(found, law * (v - w), 0).sum(axis=1),
        two_stages=(law * v).sum(axis=1),
    )


@right("11.5", "user by user")
def error_budget(law, scores, candidates, k):
    rows = []
    for p, s, c in zip(law, scores, candidates, strict=True):
        listed = np.array(sorted(set(c.tolist()) - {0}), dtype=int)
        only = np.full_like(s, -np.inf)
        only[listed] = s[listed]
        best, w, v = (gains(of[None], k)[0] for of in (p, s, only))
        lost = np.ones(len(p), dtype=bool)
        lost[listed] = False
        oracle = p @ best
        ranking = oracle - p @ w
        missed = p[lost] @ w[lost]
        moved = p[listed] @ (v[listed] - w[listed])
        rows.append((oracle, ranking, missed, moved, p @ v))
    return ErrorBudget(*np.array(rows).reshape(-1, 5).T)


@right("11.5", "einsum, two stages from the identity")
def error_budget(law, scores, candidates, k):
    B, V = law.shape
    inside = np.zeros((B, V))
    inside[np.arange(B)[:, None], candidates] = 1.0
    inside[:, 0] = 0.0
    w = gains(scores, k)
    masked = scores.copy()
    masked[inside == 0] = -np.inf
    v = gains(masked, k)

    def expect(worth):
        return np.einsum("bv,bv->b", law, worth)

    oracle = expect(gains(law, k))
    ranking_error = oracle - expect(w)
    missed, moved_up = expect(w * (1 - inside)), expect((v - w) * inside)
    return ErrorBudget(
        oracle, ranking_error, missed, moved_up, oracle - ranking_error - missed + moved_up
    )


@right("11.5", "the oracle's part from expected_ndcg")
def error_budget(law, scores, candidates, k):
    columns = np.arange(law.shape[1])
    found = (candidates[:, :, None] == columns).any(axis=1) & (columns > 0)
    hidden = np.copy(scores)
    hidden[~found] = float("-inf")
    full, small = law * gains(scores, k), law * gains(hidden, k)
    best = expected_ndcg(law, law, k)
    missed = (full * ~found).sum(1)
    return ErrorBudget(
        best, best - full.sum(1), missed, (small - full)[:, :].sum(1) + missed, small.sum(1)
    )


def listed(law, candidates):
    found = np.zeros(law.shape, dtype=bool)
    np.put_along_axis(found, candidates, True, axis=1)
    found[:, 0] = False
    return found


def parts(law, scores, found, k):
    w, v = gains(scores, k), gains(np.where(found, scores, -np.inf), k)
    oracle = (law * gains(law, k)).sum(axis=1)
    full, two = (law * w).sum(axis=1), (law * v).sum(axis=1)
    missed, moved = (law * w * ~found).sum(axis=1), (law * (v - w) * found).sum(axis=1)
    return oracle, oracle - full, missed, moved, two


@wrong(
    "11.5",
    "missed: the probability, whatever its place was worth",
    r"worth|weigh|its place|what (its|the) place|\bw\b|w_j|probability (alone|only|that|"
    r"of all)|recall|gain|ranker would",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, _, moved, two = parts(law, scores, found, k)
    return ErrorBudget(oracle, ranking, (law * ~found).sum(axis=1), moved, two)


@wrong(
    "11.5",
    "missed: of the found",
    r"invert|opposite|not found|of (those|what|the items?|products) (that )?(are|is|was|"
    r"were)? ?found|"
    r"mask|wrong way|exchang|found instead|~",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, _, moved, two = parts(law, scores, found, k)
    return ErrorBudget(oracle, ranking, (law * gains(scores, k) * found).sum(axis=1), moved, two)


@wrong(
    "11.5",
    "the ranking error with the wrong sign",
    r"sign|negative|below (0|zero)|minus|subtract|other way|oracle -|revers",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, moved, two = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(oracle, -ranking, missed, moved, two)


@wrong(
    "11.5",
    "the ranking error of two stages",
    r"full|whole catalogue|two stages|\bw\b|\bv\b|w_j|v_j|among the candidates|all products|"
    r"everything",
)
def error_budget(law, scores, candidates, k):
    oracle, _, missed, moved, two = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(oracle, oracle - two, missed, moved, two)


@wrong(
    "11.5",
    "moved up: over all products",
    r"only (the |those |over )?(found|items|candidates)|found\b|twice|double|all (items|products)|"
    r"missed.{0,30}(again|count|contain|off)|not found",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, _, two = parts(law, scores, listed(law, candidates), k)
    full = (law * gains(scores, k)).sum(axis=1)
    return ErrorBudget(oracle, ranking, missed, two - full, two)


@wrong(
    "11.5",
    "nothing moves up: ranks in the whole catalogue",
    r"mov(e|es|ed|ing) up|among the candidates|whole catalogue|\bv\b|v_j|rank.{0,30}candidates|"
    r"ranked again|\bw\b",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, moved, _ = parts(law, scores, found, k)
    two = (law * gains(scores, k) * found).sum(axis=1)
    return ErrorBudget(oracle, ranking, missed, np.zeros_like(moved), two)


@wrong(
    "11.5",
    "moved up: what the places are worth, not the difference",
    r"differen|v ?- ?w|v_j ?- ?w_j|minus|subtract|\bw\b|w_j|taken? off|how much more|increase|gain",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, _, two = parts(law, scores, found, k)
    return ErrorBudget(oracle, ranking, missed, two, two)


@wrong(
    "11.5",
    "moved up with the wrong sign",
    r"sign|negative|below (0|zero)|minus|subtract|v ?- ?w|other way|w ?- ?v|revers",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, moved, two = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(oracle, ranking, missed, -moved, two)


@wrong(
    "11.5",
    "what was not found keeps a score of 0",
    r"-inf|score of (0|zero)|zeroed|set to (0|zero)|multipl|negative scores?|not found|stay|"
    r"compete|in the way|takes? (a|its) place",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, _, _ = parts(law, scores, found, k)
    w, v = gains(scores, k), gains(np.where(found, scores, 0.0), k)
    moved = (law * (v - w) * found).sum(axis=1)
    return ErrorBudget(oracle, ranking, missed, moved, (law * v * found).sum(axis=1))


@wrong(
    "11.5",
    "found by anybody",
    r"other users?|another user|anybody|own (candidates|row|list)|whole batch|all users|isin|"
    r"somebody|each user|per user|anyone|row by row|each row|any row|all rows|another row",
)
def error_budget(law, scores, candidates, k):
    found = np.isin(np.arange(law.shape[1]), candidates[candidates > 0])
    found = np.broadcast_to(found, law.shape)
    return ErrorBudget(*parts(law, scores, found, k))


@wrong(
    "11.5",
    "an oracle that always hits",
    r"oracle.{0,60}(1\b|law|always|own|certain|know|expect)|always|ideal|perfect|IDCG|not 1|"
    r"gains\(law",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, moved, two = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(np.ones_like(oracle), 1 - oracle + ranking, missed, moved, two)


@wrong(
    "11.5",
    "the oracle among the candidates",
    r"oracle.{0,60}(candidates|found|all|whole|everything|catalogue)|whole catalogue|"
    r"all (products|items)|not bound",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, moved, two = parts(law, scores, found, k)
    best = (law * gains(np.where(found, law, -np.inf), k)).sum(axis=1)
    return ErrorBudget(best, best - oracle + ranking, missed, moved, two)


@wrong(
    "11.5",
    "means over the users",
    r"mean|averag|per user|each user|every user|scalar|one number|\(B,\)|single number",
)
def error_budget(law, scores, candidates, k):
    budget = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(*(float(part.mean()) for part in budget))


@wrong("11.5", "a plain tuple", r"tuple|ErrorBudget|_asdict|named|type")
def error_budget(law, scores, candidates, k):
    return parts(law, scores, listed(law, candidates), k)


@wrong(
    "11.5",
    "missed and moved up exchanged",
    r"exchang|swap|order of|other way|mixed up|confus|each other|"
    r"moved.?up.{0,30}(is|holds|place|where).{0,30}missed|by (name|keyword)",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, moved, two = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(oracle, ranking, moved, missed, two)


@wrong(
    "11.5",
    "two stages without what moved up",
    r"mov(e|es|ed|ing).?up|among the candidates|\bv\b|v_j|adds? up|whole catalogue|\bw\b",
)
def error_budget(law, scores, candidates, k):
    oracle, ranking, missed, moved, _ = parts(law, scores, listed(law, candidates), k)
    return ErrorBudget(oracle, ranking, missed, moved, oracle - ranking - missed)


@wrong("11.5", "always the top ten", r"\bk\b|\b10\b|\bten\b|cut.?off|fixed|never (read|used)|ignor")
def error_budget(law, scores, candidates, k):
    return ErrorBudget(*parts(law, scores, listed(law, candidates), 10))


@wrong(
    "11.5",
    "no cut-off among the candidates",
    r"\bk\b|cut.?off|too (deep|far|long)|all candidates|beyond|down to|further down|below rank|"
    r"\bC\b",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, _, _ = parts(law, scores, found, k)
    w = gains(scores, k)
    v = gains(np.where(found, scores, -np.inf), law.shape[1])
    moved = (law * (v - w) * found).sum(axis=1)
    return ErrorBudget(oracle, ranking, missed, moved, (law * v).sum(axis=1))


@wrong(
    "11.5",
    "candidates counted from 0",
    r"off by one|- ?1\b|from (0|1)|column j|shift|neighbou?r|one (item|column) (too|before|lower)|"
    r"(previous|other|another|wrong) (item|column)",
)
def error_budget(law, scores, candidates, k):
    return ErrorBudget(*parts(law, scores, listed(law, np.maximum(candidates - 1, 0)), k))


@wrong(
    "11.5",
    "probabilities made to sum to 1 among the found",
    r"sum to|renormali|normali[sz]|divid|among the (found|candidates)|conditional|given that|scal",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, moved, two = parts(law, scores, found, k)
    mass = np.maximum((law * found).sum(axis=1), 1e-12)
    return ErrorBudget(oracle, ranking, missed, moved / mass, two / mass)


@wrong(
    "11.5",
    "places as the candidates came, not as the ranker has them",
    r"order in which|first stage|as they (came|come|stand)|ranker|scores?\b|came in|position in|"
    r"by the order",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, _, _ = parts(law, scores, found, k)
    came = np.full(law.shape, -np.inf)
    for place in range(candidates.shape[1]):
        np.put_along_axis(came, candidates[:, place : place + 1], -float(place), axis=1)
    v = gains(np.where(found, came, -np.inf), k)
    moved = (law * (v - gains(scores, k)) * found).sum(axis=1)
    return ErrorBudget(oracle, ranking, missed, moved, (law * v).sum(axis=1))


@wrong(
    "11.5",
    "edits the scores",
    r"in.?place|edit|overw|copy|copies|scores?.{0,30}(chang|stay|was|were|edited|not)|argument|"
    r"chang\w+ .{0,20}(scores|argument|input)|afterwards",
)
def error_budget(law, scores, candidates, k):
    found = listed(law, candidates)
    oracle, ranking, missed, moved, two = parts(law, scores, found, k)
    scores[~found] = -np.inf
    return ErrorBudget(oracle, ranking, missed, moved, two)
