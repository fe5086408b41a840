"""Chapter 12, session graphs: answers written from its stubs alone."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.course.keys.answers.bank import right, wrong

# 12.1 propagate


@right("12.1", "a list and stack")
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers)


def all_layers(graph, x, n_layers):
    if n_layers == 0:
        return [x]
    before = all_layers(graph, x, n_layers - 1)
    return [*before, torch.matmul(graph, before[-1])]


@right("12.1", "recursion")
def propagate(graph, x, n_layers):
    return torch.stack(all_layers(graph, x, n_layers), dim=0)


@right("12.1", "dense, powers of the graph")
def propagate(graph, x, n_layers):
    A = graph.to_dense()
    power = torch.eye(len(A), dtype=x.dtype)
    out = []
    for _ in range(n_layers + 1):
        out.append(torch.einsum("ij,jd->id", power, x))
        power = A @ power
    return torch.stack(out, dim=0)


@right("12.1", "tuple grown in a while loop, mm")
def propagate(graph, x, n_layers):
    layers, current = (x,), x
    while len(layers) <= n_layers:
        current = torch.mm(graph, current)
        layers += (current,)
    return torch.cat(layers).view(n_layers + 1, *x.shape)


@wrong(
    "12.1",
    "without x itself",
    r"itself|first (layer|is|one)|start|begin|layer 0|x is missing|without x\b|n_layers ?\+ ?1|"
    r"one (layer )?(too few|less)|includ|contain",
)
def propagate(graph, x, n_layers):
    layers = []
    for _ in range(n_layers):
        x = graph @ x
        layers.append(x)
    return torch.stack(layers) if layers else x.new_zeros(0, *x.shape)


@wrong(
    "12.1",
    "the last propagation is missing",
    r"last|one (layer |propagation )?(too few|less|short)|too few|n_layers ?[-+] ?1|off by one|"
    r"n_layers layers|missing|how many",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers - 1):
        layers.append(graph @ layers[-1])
    return torch.stack(layers)


@wrong(
    "12.1",
    "one propagation too many",
    r"too many|one (layer |propagation )?more|n_layers ?\+ ?[12]|off by one|extra|how many|"
    r"once too often",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers + 1):
        layers.append(graph @ layers[-1])
    return torch.stack(layers)


@wrong(
    "12.1",
    "one propagation even if none was asked for",
    r"n_layers (is|=|of|==) ?0|0 (or more|layers|propagations)|no propagation|none\b|x alone|"
    r"even (if|with|for)|at least one",
)
def propagate(graph, x, n_layers):
    layers = [x, graph @ x]
    for _ in range(n_layers - 1):
        layers.append(graph @ layers[-1])
    return torch.stack(layers)


@wrong(
    "12.1",
    "the graph transposed",
    r"transpos|\.T\b|\.t\(\)|(its|the|a|each) (row|column)\b|direction|hears|wrong way|"
    r"other way|revers|turned",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph.t() @ layers[-1])
    return torch.stack(layers)


@wrong(
    "12.1",
    "always from x, never from the layer before",
    r"always|layer before|previous|last layer|again and again|same layer|A \(A x\)|each time|"
    r"one before|one propagation|A x (again|every)|first layer|from x",
)
def propagate(graph, x, n_layers):
    return torch.stack([x] + [graph @ x for _ in range(n_layers)])


@wrong(
    "12.1",
    "adds the layer before",
    r"residual|added|adds?\b|plus|itself|self.?loop|sum\b|accumul|x \+|skip|own vector|on top",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(layers[-1] + graph @ layers[-1])
    return torch.stack(layers)


@wrong(
    "12.1",
    "the last layer alone",
    r"last (layer|one|propagation)|all layers|every layer|each layer|only (the )?(last|final)|"
    r"final|single layer|n_layers ?\+ ?1",
)
def propagate(graph, x, n_layers):
    for _ in range(n_layers):
        x = graph @ x
    return x


@wrong(
    "12.1",
    "the mean of the layers",
    r"mean|averag|all layers|each layer|every layer|n_layers ?\+ ?1",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers).mean(dim=0)


@wrong(
    "12.1",
    "layers below each other",
    r"stack|\bcat\b|concat|one (below|after|under)|axis|dimension|\(n_layers ?\+ ?1, M|flat|"
    r"2-?D|two-dim",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.cat(layers)


@wrong(
    "12.1",
    "nodes first, then layers",
    r"axis|axes|dim\b|dimension|layers? (come|comes|is|are|has to come|have to come)? ?(first|"
    r"second)|"
    r"transpos|nodes? first|\(n_layers ?\+ ?1, M|\(M, n|swap|exchang|order",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers, dim=1)


@wrong(
    "12.1",
    "an activation after each layer",
    r"activation|relu|negative|below (0|zero)|non-?linear|cut off|clamp",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(torch.relu(graph @ layers[-1]))
    return torch.stack(layers)


@wrong("12.1", "no gradient", r"gradient|detach|no_grad|learn|train|\bgrad\b|backward")
def propagate(graph, x, n_layers):
    layers = [x]
    with torch.no_grad():
        for _ in range(n_layers):
            layers.append(graph @ layers[-1])
    return torch.stack(layers)


@wrong("12.1", "a list of layers", r"\blists?\b|\bstack|tuple|not a tensor|one tensor")
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return layers


@wrong(
    "12.1",
    "edits x in place: all layers are one",
    r"in.?place|edit|overw|clone|copy|same (layer|tensor|memory)|all layers (are|hold)|"
    r"\bx\b.{0,30}(chang|stay|was|edit)|chang\w+ .{0,10}x\b",
)
def propagate(graph, x, n_layers):
    layers = [x]
    with torch.no_grad():
        for _ in range(n_layers):
            x.copy_(graph @ x)
            layers.append(x)
    return torch.stack(layers)


@wrong(
    "12.1",
    "later layers weigh less",
    r"divid|weigh|1 ?/|scal|factor|smaller|too (small|low|quiet)|fade|k \+ 1|alpha",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(graph @ layers[-1])
    return torch.stack([layer / (k + 1) for k, layer in enumerate(layers)])


@wrong(
    "12.1",
    "powers number by number",
    r"power|number by number|element|matrix product|squar|entry by entry|\*\*",
)
def propagate(graph, x, n_layers):
    A = graph.to_dense()
    return torch.stack([x] + [A**k @ x for k in range(1, n_layers + 1)])


@wrong(
    "12.1",
    "vectors made to length 1 after each layer",
    r"length|norm|unit|divid|scal",
)
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(F.normalize(graph @ layers[-1], dim=1))
    return torch.stack(layers)


@wrong(
    "12.1",
    "the graph's rows divided by their sums",
    r"rows? sums?|sum to 1|divid|mean of|normali[sz]|averag|scal|once more|already|degree|as it is|"
    r"weights",
)
def propagate(graph, x, n_layers):
    A = graph.to_dense()
    A = A / A.sum(dim=1, keepdim=True).clamp(min=1e-9)
    layers = [x]
    for _ in range(n_layers):
        layers.append(A @ layers[-1])
    return torch.stack(layers)


@wrong("12.1", "dense graphs only", r"sparse|dense|layout")
def propagate(graph, x, n_layers):
    layers = [x]
    for _ in range(n_layers):
        layers.append(torch.einsum("ij,jd->id", graph, layers[-1]))
    return torch.stack(layers)


# 12.2 distinct_items


@right("12.2", "np.unique, row by row")
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@right("12.2", "sort, mark, count the marks")
def distinct_items(items):
    ordered, order = items.sort(dim=1)
    is_new = ordered != 0
    is_new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    number = (is_new.cumsum(dim=1) - 1).clamp(min=0)
    n = max(int(is_new.sum(dim=1).max()), 1)
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    nodes.scatter_add_(1, number, ordered * is_new)
    alias = torch.empty_like(items).scatter_(1, order, number)
    return nodes, alias


@right("12.2", "Python sets and dictionaries")
def distinct_items(items):
    rows = items.tolist()
    sets = [sorted(set(row) - {0}) for row in rows]
    n = max([len(own) for own in sets] + [1])
    nodes = [own + [0] * (n - len(own)) for own in sets]
    places = [{item: i for i, item in enumerate(own)} for own in sets]
    alias = [[at.get(item, n - 1) for item in row] for row, at in zip(rows, places, strict=True)]
    return torch.tensor(nodes, dtype=torch.long), torch.tensor(alias, dtype=torch.long)


@right("12.2", "a table of who has what, ranks by cumsum")
def distinct_items(items):
    B, V = len(items), int(items.max()) + 1
    has = torch.zeros(B, V, dtype=torch.long).scatter_(1, items, 1)
    has[:, 0] = 0
    rank = has.cumsum(dim=1) - 1
    n = max(1, int(has.sum(dim=1).max()))
    nodes = torch.zeros(B, n, dtype=torch.long)
    b, item = has.nonzero(as_tuple=True)
    nodes[b, rank[b, item]] = item
    alias = rank.gather(1, items).clamp(min=0)
    return nodes, alias


@right("12.2", "comparison of all pairs, searchsorted")
def distinct_items(items):
    B, L = items.shape
    far = items.max() + 1
    earlier = torch.ones(L, L).tril(-1).bool()
    repeated = ((items[:, :, None] == items[:, None, :]) & earlier).any(dim=2)
    ordered = items.masked_fill(repeated | (items == 0), int(far)).sort(dim=1).values
    n = int((ordered != far).sum(dim=1).max().clamp(min=1))
    nodes = ordered[:, :n].contiguous()
    alias = torch.searchsorted(nodes, items.contiguous()).clamp(max=n - 1)
    return nodes.masked_fill(nodes == far, 0), alias


@wrong(
    "12.2",
    "nodes in the order in which they were clicked",
    r"ascending|order|sorted|sort\b|as they (were|are|came)|first clicked|smallest",
)
def distinct_items(items):
    rows = items.tolist()
    own = [[item for item in dict.fromkeys(row) if item] for row in rows]
    n = max([len(row) for row in own] + [1])
    nodes = torch.tensor([row + [0] * (n - len(row)) for row in own])
    alias = [[own[b].index(item) if item else 0 for item in row] for b, row in enumerate(rows)]
    return nodes, torch.tensor(alias)


@wrong(
    "12.2",
    "nodes in descending order",
    r"ascending|descending|order|sorted|largest|smallest|revers|backwards",
)
def distinct_items(items):
    rows = items.tolist()
    own = [sorted(set(row) - {0}, reverse=True) for row in rows]
    n = max([len(row) for row in own] + [1])
    nodes = torch.tensor([row + [0] * (n - len(row)) for row in own])
    alias = [[own[b].index(item) if item else 0 for item in row] for b, row in enumerate(rows)]
    return nodes, torch.tensor(alias)


@wrong(
    "12.2",
    "padding is a node",
    r"padding|zeros?\b.{0,40}(node|item|count|first|no)|\b0 (as|has|counts|gets|among)|"
    r"\b0 is (padding|no\b|not)|node for 0|then zeros|\b0\b.{0,20}(not|no) (an? )?(item|"
    r"node)",
)
def distinct_items(items):
    found = [np.unique(row, return_inverse=True) for row in items.numpy()]
    n = max(len(own) for own, _ in found)
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "as many columns as clicks",
    r"too (many|wide)|the most|as many|\bn\b|columns|wide|width|\bL\b|how many",
)
def distinct_items(items):
    B, L = items.shape
    nodes, alias = torch.zeros(B, L, dtype=torch.long), torch.zeros_like(items)
    for b, row in enumerate(items):
        own, where = row[row > 0].unique(return_inverse=True)
        nodes[b, : len(own)] = own
        alias[b, row > 0] = where
    return nodes, alias


@wrong(
    "12.2",
    "one column more, for padding",
    r"one (column )?(too many|more)|the most|extra|\bn\b|columns|wide|width|n ?\+ ?1|how many|"
    r"too many",
)
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = 1 + max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.full_like(items, n - 1)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "no column where there is nothing but padding",
    r"at least (1|one)|nothing but padding|only padding|all padding|no (clicks?|items?|nodes?|"
    r"column)|"
    r"empty|without (a |any )?(click|item)|n (is|=|of) 0|padding alone",
)
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(len(own) for own, _ in found)
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "-1 for padding",
    r"-1|0\.\.n|negative|below (0|zero)|padding|lie in|range|outside",
)
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.full_like(items, -1)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "n for padding",
    r"0\.\.n|n ?- ?1|padding|lie in|range|outside|too (large|high)|\bn\b (for|at)|beyond",
)
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.full_like(items, n)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "one list of nodes for the batch",
    r"(whole|entire) batch|batch|each (row|history)|other (rows|histories)|own (items|nodes|row)|"
    r"all (rows|histories)|row by row|per row|each row's|another (row|history)|together",
)
def distinct_items(items):
    own = items[items > 0].unique()
    if len(own) == 0:
        own = torch.zeros(1, dtype=torch.long)
    alias = torch.searchsorted(own, items.contiguous()).clamp(max=len(own) - 1)
    return own.expand(len(items), -1).clone(), alias


@wrong(
    "12.2",
    "aliases from 1",
    r"from (0|1)|off by one|one too (high|large|many)|\+ ?1|cumsum|minus 1|- ?1|shift|next node|"
    r"lie in|0\.\.n|outside",
)
def distinct_items(items):
    ordered, order = items.sort(dim=1)
    is_new = ordered != 0
    is_new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    number = is_new.cumsum(dim=1)
    n = max(int(is_new.sum(dim=1).max()), 1)
    nodes = torch.zeros(len(items), n + 1, dtype=torch.long)
    nodes.scatter_add_(1, number, ordered * is_new)
    alias = torch.empty_like(items).scatter_(1, order, number)
    return nodes[:, 1:], alias


@wrong(
    "12.2",
    "aliases in sorted order, not as clicked",
    "(in|by) sorted order|sorted places|back (to|into)|undo|undone|as (they were )?clicked"
    "|scatter|unsort|their own places|belong",
)
def distinct_items(items):
    ordered = items.sort(dim=1).values
    is_new = ordered != 0
    is_new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    number = (is_new.cumsum(dim=1) - 1).clamp(min=0)
    n = max(int(is_new.sum(dim=1).max()), 1)
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    nodes.scatter_add_(1, number, ordered * is_new)
    return nodes, number


@wrong(
    "12.2",
    "brought back with gather in place of scatter",
    "gather|scatter|undo|undone|invers|permut|wrong node|another node|belong",
)
def distinct_items(items):
    ordered, order = items.sort(dim=1)
    is_new = ordered != 0
    is_new[:, 1:] &= ordered[:, 1:] != ordered[:, :-1]
    number = (is_new.cumsum(dim=1) - 1).clamp(min=0)
    n = max(int(is_new.sum(dim=1).max()), 1)
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    nodes.scatter_add_(1, number, ordered * is_new)
    return nodes, number.gather(1, order)


@wrong(
    "12.2",
    "nodes padded on the left",
    r"\bleft\b|on the right|to the right|then zeros|zeros (come|go|are|stand|first|in front|"
    r"before|behind|at the)|at the end|front|behind|after",
)
def distinct_items(items):
    rows = items.tolist()
    own = [sorted(set(row) - {0}) for row in rows]
    n = max([len(row) for row in own] + [1])
    nodes = [[0] * (n - len(row)) + row for row in own]
    alias = [[nodes[b].index(item) if item else 0 for item in row] for b, row in enumerate(rows)]
    return torch.tensor(nodes), torch.tensor(alias)


@wrong(
    "12.2",
    "the last node repeated in place of zeros",
    r"zeros|repeat|filled|padded|again|after (them|the items)|then 0|twice|rest of",
)
def distinct_items(items):
    rows = items.tolist()
    own = [sorted(set(row) - {0}) or [0] for row in rows]
    n = max(len(row) for row in own)
    nodes = torch.tensor([row + row[-1:] * (n - len(row)) for row in own])
    alias = [[own[b].index(item) if item else 0 for item in row] for b, row in enumerate(rows)]
    return nodes, torch.tensor(alias)


@wrong(
    "12.2",
    "a node per click",
    r"repeat|distinct|twice|once|same (item|product|node)|duplicate|each click|per click|"
    r"every click|one node",
)
def distinct_items(items):
    rows = items.tolist()
    own = [sorted(item for item in row if item) for row in rows]
    n = max([len(row) for row in own] + [1])
    nodes = torch.tensor([row + [0] * (n - len(row)) for row in own])
    alias = [[own[b].index(item) if item else 0 for item in row] for b, row in enumerate(rows)]
    return nodes, torch.tensor(alias)


@wrong(
    "12.2",
    "only repeats side by side are joined",
    r"consecutive|side by side|neighbou?r|sort|repeat|distinct|twice|once|adjacent|next to each|"
    r"apart|duplicate|ascending|later again",
)
def distinct_items(items):
    found = [row[row > 0].unique_consecutive(return_inverse=True) for row in items]
    n = max(1, max(len(own) for own, _ in found))
    nodes, alias = torch.zeros(len(items), n, dtype=torch.long), torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = own
        alias[b, items[b] > 0] = where
    return nodes, alias


@wrong(
    "12.2",
    "the first row's aliases for all",
    r"first (row|history)|each (row|history)|own (alias|row|node)|other (rows|histories)|all rows|"
    r"every (row|history)|row by row|only row 0|row 0",
)
def distinct_items(items):
    rows = items.tolist()
    own = [sorted(set(row) - {0}) for row in rows]
    n = max([len(row) for row in own] + [1])
    nodes = torch.tensor([row + [0] * (n - len(row)) for row in own])
    first = [own[0].index(item) if item else 0 for item in rows[0]]
    return nodes, torch.tensor([first] * len(rows))


@wrong("12.2", "aliases as floats", r"\blong\b|float|dtype|integer|int64")
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.zeros(items.shape)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where).float()
    return nodes, alias


@wrong("12.2", "nodes as floats", r"\blong\b|float|dtype|integer|int64")
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes, alias = torch.zeros(len(items), n), torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return nodes, alias


@wrong(
    "12.2",
    "sorts the input itself",
    r"in.?place|edit|overw|clone|copy|(the|its|your|own) input\b|input (is|was|tensor|stays|"
    r"chang)|items.{0,30}(chang|stay|was|were|edited|itself)|chang\w+ .{0,15}items",
)
def distinct_items(items):
    before = items.clone()
    array = items.numpy()
    array.sort(axis=1)
    own = [sorted(set(row.tolist()) - {0}) for row in array]
    n = max([len(row) for row in own] + [1])
    nodes = torch.tensor([row + [0] * (n - len(row)) for row in own])
    alias = [[own[b].index(i) if i else 0 for i in r] for b, r in enumerate(before.tolist())]
    return nodes, torch.tensor(alias)


@wrong(
    "12.2",
    "the two results exchanged",
    r"order of|swap|exchang|nodes (come |comes )?first|other way|alias (comes? )?(first|second)",
)
def distinct_items(items):
    found = [np.unique(row[row > 0], return_inverse=True) for row in items.numpy()]
    n = max(1, max(len(own) for own, _ in found))
    nodes = torch.zeros(len(items), n, dtype=torch.long)
    alias = torch.zeros_like(items)
    for b, (own, where) in enumerate(found):
        nodes[b, : len(own)] = torch.from_numpy(own)
        alias[b, items[b] > 0] = torch.from_numpy(where)
    return alias, nodes


# 12.3 normalised_adjacency


@right("12.3", "index_put with accumulate")
def normalised_adjacency(alias, is_click, n):
    B = alias.shape[0]
    count = torch.zeros(B, n, n)
    b, t = (is_click[:, 1:] & is_click[:, :-1]).nonzero(as_tuple=True)
    count.index_put_((b, alias[b, t], alias[b, t + 1]), torch.ones(len(b)), accumulate=True)
    outgoing = count / count.sum(dim=2, keepdim=True).clamp(min=1)
    back = count.transpose(1, 2)
    incoming = back / back.sum(dim=2, keepdim=True).clamp(min=1)
    return incoming, outgoing


@right("12.3", "click by click")
def normalised_adjacency(alias, is_click, n):
    B, L = alias.shape
    incoming, outgoing = torch.zeros(B, n, n), torch.zeros(B, n, n)
    for b in range(B):
        for t in range(1, L):
            if not is_click[b, t - 1]:
                continue
            i, j = int(alias[b, t - 1]), int(alias[b, t])
            outgoing[b, i, j] += 1
            incoming[b, j, i] += 1
        for table in (incoming[b], outgoing[b]):
            for row in table:
                if row.sum() > 0:
                    row /= row.sum().clone()
    return incoming, outgoing


@right("12.3", "one-hots and einsum")
def normalised_adjacency(alias, is_click, n):
    hot = F.one_hot(alias, n).float() * is_click[..., None]
    count = torch.einsum("bti,btj->bij", hot[:, :-1], hot[:, 1:])
    outgoing = torch.nan_to_num(count / count.sum(-1, keepdim=True))
    incoming = torch.nan_to_num(count / count.sum(-2, keepdim=True)).mT
    return incoming, outgoing


@right("12.3", "NumPy, bincount of flat numbers")
def normalised_adjacency(alias, is_click, n):
    a, real = alias.numpy(), is_click.numpy()
    B = len(a)
    step = real[:, :-1]
    flat = (np.arange(B)[:, None] * n + a[:, :-1]) * n + a[:, 1:]
    count = np.bincount(flat[step], minlength=B * n * n).reshape(B, n, n).astype(np.float32)

    def rows_to_one(table):
        total = table.sum(axis=2, keepdims=True)
        return torch.from_numpy(np.divide(table, total, out=np.zeros_like(table), where=total > 0))

    return rows_to_one(count.transpose(0, 2, 1).copy()), rows_to_one(count)


def steps(alias, is_click, n):
    hot = F.one_hot(alias, n).float() * is_click[..., None]
    return torch.einsum("bti,btj->bij", hot[:, :-1], hot[:, 1:])


def rows_sum_to_1(count):
    return count / count.sum(dim=2, keepdim=True).clamp(min=1)


@wrong(
    "12.3",
    "incoming and outgoing exchanged",
    r"exchang|swap|order of|other way|incoming (comes |come )?first|mixed up|confus|revers|"
    r"incoming.{0,30}(is|holds) .{0,20}outgoing",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    return rows_sum_to_1(count), rows_sum_to_1(count.transpose(1, 2))


@wrong(
    "12.3",
    "incoming: outgoing transposed after it was divided",
    r"transpos|rows? sums?|sum to 1|own (sum|steps)|incoming.{0,40}(divid|sum|rows|normali)|"
    r"before (it|the)|divided? (after|before)|first transpos|count_\{?ji",
)
def normalised_adjacency(alias, is_click, n):
    outgoing = rows_sum_to_1(steps(alias, is_click, n))
    return outgoing.transpose(1, 2), outgoing


@wrong(
    "12.3",
    "incoming not transposed",
    r"transpos|rows? (i\b|of incoming|sums?|says?)|columns? sums?|sum to 1|count_\{?ji|"
    r"direction|\.T\b|hears|axis|(over|by|of) (the )?columns",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    return count / count.sum(dim=1, keepdim=True).clamp(min=1), rows_sum_to_1(count)


@wrong(
    "12.3",
    "both divided by the sums of columns",
    r"(over|by|of|the|not) (the )?columns?\b|columns? sums?|rows? sums?|sum to 1|axis|dim\b|"
    r"own (sum|steps)|divid",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    back = count.transpose(1, 2)
    return (
        back / back.sum(dim=1, keepdim=True).clamp(min=1),
        count / count.sum(dim=1, keepdim=True).clamp(min=1),
    )


@wrong(
    "12.3",
    "divided by row sums without keepdim",
    r"keepdim|broadcast|rows? sums?|sum to 1|(over|by|of|the) columns?\b|columns? sums?|"
    r"axis|divid|other (graph|node)|wrong (sum|row)",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    back = count.transpose(1, 2)
    sums_in, sums_out = back.sum(dim=2).clamp(min=1), count.sum(dim=2).clamp(min=1)
    return back / sums_in[:, None, :], count / sums_out[:, None, :]


@wrong(
    "12.3",
    "NaN where no step is",
    r"\bNaN|by (0|zero)|nothing leads|no steps?|rows? of (0|zeros)|then they are 0",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    back = count.transpose(1, 2)
    return back / back.sum(dim=2, keepdim=True), count / count.sum(dim=2, keepdim=True)


@wrong(
    "12.3",
    "a node without steps hears itself",
    r"itself|self.?loop|diagonal|nothing leads|no steps?|rows? of (0|zeros)|then they are 0|"
    r"own node",
)
def normalised_adjacency(alias, is_click, n):
    def hears(count):
        none = count.sum(dim=2) == 0
        return rows_sum_to_1(count + torch.diag_embed(none.float()))

    count = steps(alias, is_click, n)
    return hears(count.transpose(1, 2)), hears(count)


@wrong(
    "12.3",
    "a node without steps hears all alike",
    r"uniform|alike|equally|nothing leads|no steps?|rows? of (0|zeros)|then they are 0|1 ?/ ?n|"
    r"everybody|all nodes",
)
def normalised_adjacency(alias, is_click, n):
    def hears(count):
        none = count.sum(dim=2, keepdim=True) == 0
        return rows_sum_to_1(torch.where(none, torch.ones_like(count), count))

    count = steps(alias, is_click, n)
    return hears(count.transpose(1, 2)), hears(count)


@wrong(
    "12.3",
    "the step from padding to the first click counts",
    r"padding|first click|is no step|is_click|both (ends|clicks)",
)
def normalised_adjacency(alias, is_click, n):
    hot = F.one_hot(alias, n).float()
    count = torch.einsum("bti,btj->bij", hot[:, :-1], hot[:, 1:] * is_click[:, 1:, None])
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "is_click is never read",
    r"padding|is_click|is no step|mask|never (read|used)|ignor",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, torch.ones_like(is_click), n)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "padding is cut out of the batch, not of each row",
    r"each row|row by row|longest|own padding|all rows|shorter|padding|is_click|any row|"
    r"first column",
)
def normalised_adjacency(alias, is_click, n):
    some = is_click.any(dim=0)
    count = steps(alias[:, some], torch.ones_like(is_click[:, some]), n)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "the same step twice counts once",
    r"twice|accumulat|\bonce\b|how often|repeat|each time|several|same step|counts?\b.{0,20}(not|"
    r"only|1\b)|index_add|scatter_add|more than once|set to 1|number of times",
)
def normalised_adjacency(alias, is_click, n):
    count = torch.zeros(len(alias), n, n)
    b, t = (is_click[:, 1:] & is_click[:, :-1]).nonzero(as_tuple=True)
    count[b, alias[b, t], alias[b, t + 1]] += 1
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "no step from a node to itself",
    r"itself|self.?loop|diagonal|same (item|product|node) (again|twice)|repeated click|ring\b|"
    r"clicked (again|twice)|twice in a row|in a row",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n) * (1 - torch.eye(n))
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "everybody hears itself as well",
    r"itself|self.?loop|diagonal|identity|\beye\b|own node|added",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n) + torch.eye(n)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "edges without direction",
    r"direction|symmetr|both ways|undirected|incoming and outgoing (are|is) (the )?(same|equal)|"
    r"one way|back as well|there and back|transpos",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    count = count + count.transpose(1, 2)
    return rows_sum_to_1(count), rows_sum_to_1(count)


@wrong(
    "12.3",
    "counts, not divided",
    r"divid|sum to 1|normali[sz]|\bcounts\b|share|raw|rows? sums?|above 1|more than 1",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    return count.transpose(1, 2), count


@wrong(
    "12.3",
    "divided by all steps of the graph",
    r"all steps|whole (graph|table)|rows? sums?|sum to 1|each row|own (sum|row|steps)|total|"
    r"every row|"
    r"entire",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    count = count / count.sum(dim=(1, 2), keepdim=True).clamp(min=1)
    return count.transpose(1, 2), count


@wrong(
    "12.3",
    "divided by roots, as in LightGCN",
    r"root|sqrt|LightGCN|degree|sum to 1|rows? sums?|d_i",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    there = count.sum(dim=2, keepdim=True).clamp(min=1)
    back = count.sum(dim=1, keepdim=True).clamp(min=1)
    weights = count / (there * back).sqrt()
    return weights.transpose(1, 2), weights


@wrong(
    "12.3",
    "steps to all later clicks",
    r"all later|next (click|one)|neighbou?r|directly|later click|only the next|adjacent|follows|"
    r"further|skip|every later|consecutive",
)
def normalised_adjacency(alias, is_click, n):
    hot = F.one_hot(alias, n).float() * is_click[..., None]
    later = torch.ones(alias.shape[1], alias.shape[1]).triu(1)
    count = torch.einsum("bsi,st,btj->bij", hot, later, hot)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "a step from the newest click back to the first",
    r"roll|wrap|round|circle|newest|last click|back to the (first|oldest)|ring\b|cycl|first click",
)
def normalised_adjacency(alias, is_click, n):
    hot = F.one_hot(alias, n).float() * is_click[..., None]
    count = torch.einsum("bti,btj->bij", hot, hot.roll(-1, dims=1))
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "one graph for the whole batch",
    r"batch|each (graph|history|row)|other (graphs?|histor|rows)|own (graph|table|steps)|together|"
    r"all (graphs|histories|rows)|pool|another (graph|history|row)|graphs? (mix|share)",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n).sum(dim=0, keepdim=True).expand(len(alias), -1, -1)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "a step from a row's newest click to the next row's first",
    r"next (row|history|graph)|row above|row below|other (row|histor|graph)|another (row|histor|"
    r"graph)|flat|across|from (one )?row to|border|between (rows|histories|graphs)|newest",
)
def normalised_adjacency(alias, is_click, n):
    B, L = alias.shape
    row = torch.arange(B).repeat_interleave(L)
    flat, real = alias.reshape(-1), is_click.reshape(-1)
    step = real[:-1] & real[1:]
    count = torch.zeros(B, n, n)
    where = row[:-1][step], flat[:-1][step], flat[1:][step]
    count.index_put_(where, torch.ones(int(step.sum())), accumulate=True)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "the newest click's step is lost",
    r"newest|last (step|click|one)|missing|lost|off by one|one step (too few|less)|skip|too few|"
    r"left out",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias[:, :-1], is_click[:, :-1], n)
    return rows_sum_to_1(count.transpose(1, 2)), rows_sum_to_1(count)


@wrong(
    "12.3",
    "softmax of the counts",
    r"softmax|exp\b|every node|all nodes|nothing leads|no steps?|rows? of (0|zeros)|"
    r"then they are 0",
)
def normalised_adjacency(alias, is_click, n):
    count = steps(alias, is_click, n)
    return count.transpose(1, 2).softmax(dim=2), count.softmax(dim=2)


# 12.4 GatedGraphLayer


@right("12.4", "chunks and matmul, the stub's names")
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@right("12.4", "einsum and slices")
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        D = v.shape[-1]
        from_in = torch.einsum("bij,bjd->bid", incoming, v @ self.into.weight.T)
        from_out = torch.einsum("bij,bjd->bid", outgoing, v @ self.out_of.weight.T)
        a = torch.cat((from_in + self.bias[:D], from_out + self.bias[D:]), -1)
        W = a @ self.heard.weight.T
        U = v @ self.gates.weight.T
        update = (W[..., :D] + U[..., :D]).sigmoid()
        reset = (W[..., D : 2 * D] + U[..., D:]).sigmoid()
        new = (W[..., 2 * D :] + F.linear(reset * v, self.candidate.weight)).tanh()
        return v + update * (new - v)


@right("12.4", "graph by graph")
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        W_z, W_r, W_o = self.heard.weight.chunk(3, dim=0)
        U_z, U_r = self.gates.weight.chunk(2, dim=0)
        new = []
        for x, comes, goes in zip(v, incoming, outgoing, strict=True):
            a = torch.hstack([comes @ self.into(x), goes @ self.out_of(x)]) + self.bias
            z = torch.sigmoid(F.linear(a, W_z) + F.linear(x, U_z))
            r = torch.sigmoid(F.linear(a, W_r) + F.linear(x, U_r))
            u = torch.tanh(F.linear(a, W_o) + self.candidate(r * x))
            new.append(torch.lerp(x, u, z))
        return torch.stack(new)


@right("12.4", "H after the neighbours, bmm")
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat(
            [self.into(torch.bmm(incoming, v)), self.out_of(torch.bmm(outgoing, v))], dim=2
        )
        parts = self.heard(a + self.bias).split(v.size(-1), dim=2)
        gate_z, gate_r = self.gates(v).tensor_split(2, dim=2)
        z, r = (parts[0] + gate_z).sigmoid(), (parts[1] + gate_r).sigmoid()
        return (1 - z).mul(v).add(z.mul((parts[2] + self.candidate(r.mul(v))).tanh()))


@wrong(
    "12.4",
    "the bias b is missing",
    r"bias|\bb\b|\+ b",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1)
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the bias added before the neighbours are heard",
    r"bias|\bb\b|before|after|incoming \(|rows? sums?|added to",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        b_in, b_out = self.bias.chunk(2)
        a = torch.cat(
            [incoming @ (self.into(v) + b_in), outgoing @ (self.out_of(v) + b_out)], dim=-1
        )
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "outgoing before incoming",
    r"order|incoming (comes |come |is )?first|exchang|swap|side by side|other way|"
    r"incoming, outgoing|outgoing (comes |come |is )?(first|second)|halves|mixed up",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([outgoing @ self.out_of(v), incoming @ self.into(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "H_in and H_out exchanged",
    r"H_|exchang|swap|self\.into|out_of|mixed up|wrong (matrix|layer|weights)|other way|"
    r"incoming.{0,40}outgoing|confus",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.out_of(v), outgoing @ self.into(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "incoming on both sides",
    r"outgoing|both (sides|halves|times)|twice|never (read|used)|incoming.{0,30}(twice|both|"
    r"again)",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), incoming @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the tables transposed",
    r"transpos|\.T\b|\bmT\b|(its|a|each|the) (row|column)\b|direction|hears|wrong way|"
    r"other way",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = (
            torch.cat([incoming.mT @ self.into(v), outgoing.mT @ self.out_of(v)], dim=-1)
            + self.bias
        )
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the neighbours are never asked",
    r"neighbou?r|incoming|adjacen|edges?\b|hears?\b|graph|never (read|used)|own vector|"
    r"other nodes|table",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([self.into(v), self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "all hear the first graph's neighbours",
    r"first graph|each graph|own graph|batch|other graphs|every graph|graph by graph|\[0\]|"
    r"same (graph|table)",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = (
            torch.cat([incoming[0] @ self.into(v), outgoing[0] @ self.out_of(v)], dim=-1)
            + self.bias
        )
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "a node hears itself as well",
    r"itself|self.?loop|own vector|added|residual|identity|plus v|\+ v",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        comes, goes = self.into(v), self.out_of(v)
        a = torch.cat([comes + incoming @ comes, goes + outgoing @ goes], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "z and 1 - z exchanged",
    r"1 ?- ?z|exchang|swap|other way|how much is new|old.{0,30}new|revers|opposite|upside|"
    r"complement|wrong way|mixed up",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return z * v + (1 - z) * u


@wrong(
    "12.4",
    "the gates in the order of nn.GRU",
    r"order|exchang|swap|\bGRU\b|z.{0,20}\br\b|W_z, W_r|first (chunk|part|third)|mixed up|"
    r"confus|chunk|other way",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        r_a, z_a, o_a = self.heard(a).chunk(3, dim=-1)
        r_v, z_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "U_z and U_r exchanged",
    r"U_[zr]|exchang|swap|order|self\.gates|mixed up|confus|other way|chunk",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        r_v, z_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the parts of W cut in the wrong order",
    r"W_[zro]|exchang|swap|order|self\.heard|mixed up|confus|other way|chunk",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        o_a, z_a, r_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "r after U_o, as in nn.GRU",
    r"U_o ?\(|before|after|inside|\bGRU\b|r (\*|times|⊙|\\odot)|candidate|outside|multipl",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + r * self.candidate(v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "r is not used",
    r"\br\b|reset|how much of the old|never (read|used)|second gate",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, _, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, _ = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        u = torch.tanh(o_a + self.candidate(v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "z in place of r in the candidate",
    r"\br\b|\bz\b|reset|how much of the old|wrong gate|other gate|exchang|instead of r|"
    r"same gate",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, _, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, _ = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        u = torch.tanh(o_a + self.candidate(z * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "r on what is heard, not on the old",
    r"\bold\b|r (\*|times|⊙|\\odot)|reset|W_o|heard|multipl|wrong (place|part)|candidate",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(r * o_a + self.candidate(v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "sigmoid for the new",
    r"tanh|sigmoid|activation|between (0|-1)|negative",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.sigmoid(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "no tanh",
    r"tanh|activation|between -1|bound|linear",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = o_a + self.candidate(r * v)
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "no sigmoid on z",
    r"sigmoid|activation|between 0|bound|\bz\b",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = z_a + z_v
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the new alone, without the old",
    r"1 ?- ?z|\bold\b|\bz\b|gate|how much is new|mix|\bu alone|update gate|blend|only u|v'",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        _, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        _, r_v = self.gates(v).chunk(2, dim=-1)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return u


@wrong(
    "12.4",
    "the old is kept in full, the new added",
    r"1 ?- ?z|in full|residual|\bold\b|added|keeps?\b|on top|too (large|long)",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return v + z * u


@wrong(
    "12.4",
    "gates that don't read v",
    r"U_[zr]|self\.gates|gates?.{0,30}\bv\b|own (vector|state)|never (read|used)|previous|"
    r"only (what|a\b)",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z = torch.sigmoid(z_a)
        r = torch.sigmoid(r_a)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "gates that don't hear a",
    r"W_[zr]|heard|neighbou?r|gates?.{0,30}\ba\b|never (read|used)|only (read|the old|v\b)",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        _, _, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_v)
        r = torch.sigmoid(r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "the new without what is heard",
    r"W_o|heard|neighbou?r|new.{0,30}\ba\b|never (read|used)|candidate|o_a",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, _ = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(self.candidate(r * v))
        return (1 - z) * v + z * u


@wrong(
    "12.4",
    "edits v in place",
    r"in.?place|edit|overw|clone|copy|(the|its|your|own) input\b|input (is|was|tensor|stays|"
    r"chang)|argument|\bv\b.{0,30}(chang|stay|was|edited)|chang\w+ .{0,10}v\b|gradient|"
    r"inference",
)
class GatedGraphLayer(nn.Module):
    def __init__(self, D):
        super().__init__()
        # H_in, H_out
        self.into, self.out_of = (
            nn.Linear(D, D, bias=False),
            nn.Linear(D, D, bias=False),
        )
        self.bias = nn.Parameter(torch.zeros(2 * D))  # b
        # W_z, W_r, W_o in this order, one below the other
        self.heard = nn.Linear(2 * D, 3 * D, bias=False)
        self.gates = nn.Linear(D, 2 * D, bias=False)  # U_z, U_r
        self.candidate = nn.Linear(D, D, bias=False)  # U_o

    def forward(self, v, incoming, outgoing):
        a = torch.cat([incoming @ self.into(v), outgoing @ self.out_of(v)], dim=-1) + self.bias
        z_a, r_a, o_a = self.heard(a).chunk(3, dim=-1)
        z_v, r_v = self.gates(v).chunk(2, dim=-1)
        z = torch.sigmoid(z_a + z_v)
        r = torch.sigmoid(r_a + r_v)
        u = torch.tanh(o_a + self.candidate(r * v))
        with torch.no_grad():
            v.copy_((1 - z) * v + z * u)
        return v


# 12.5 SessionReadout


@right("12.5", "rows by arange, a sum")
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@right("12.5", "gather and einsum")
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        B, n, D = v.shape
        last = v.gather(1, newest.view(B, 1, 1).expand(B, 1, D))
        alpha = self.weight((self.of_newest(last) + self.of_each(v)).sigmoid()).squeeze(-1)
        total = torch.einsum("bn,bnd->bd", alpha * visits.to(v.dtype), v)
        return self.merge(torch.cat((last.squeeze(1), total), dim=1))


@right("12.5", "graph by graph, node by node")
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        states = []
        for b in range(v.shape[0]):
            last = v[b, newest[b]]
            total = torch.zeros_like(last)
            for i in range(v.shape[1]):
                if visits[b, i] == 0:
                    continue
                alpha = self.weight(torch.sigmoid(self.of_newest(last) + self.of_each(v[b, i])))
                total = total + visits[b, i] * alpha * v[b, i]
            states.append(self.merge(torch.cat([last, total])))
        return torch.stack(states)


@right("12.5", "one-hot of the newest, bmm, W_3 in halves")
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        hot = F.one_hot(newest, v.shape[1]).to(v.dtype)
        last = torch.bmm(hot[:, None, :], v)
        alpha = torch.sigmoid(self.of_newest(last) + self.of_each(v)) @ self.weight.weight.T
        loud = (alpha[..., 0] * visits).unsqueeze(1)
        half_newest, half_sum = self.merge.weight.chunk(2, dim=1)
        return F.linear(last[:, 0], half_newest) + F.linear((loud @ v)[:, 0], half_sum)


@wrong(
    "12.5",
    "a softmax on the weights",
    r"softmax|sum to 1|negative|attention without",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden).masked_fill(visits[..., None] == 0, -1e9).softmax(dim=1)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "a node counts once, however often it was visited",
    r"visits?|clicks|twice|three times|\bonce\b|how often|repeat|number of times|distinct",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = ((visits > 0)[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "visits are never read: padding nodes count",
    r"padding|visits?\b|no (node|click)|never (read|used)|empty nodes?|not visited|mask|"
    r"\bclicks\b",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "visits times the vectors before they are weighed",
    r"before|W_2|inside|visits.{0,40}(alpha|vector|sigmoid|of_each|before|scal)|of_each|"
    r"scaled|multipl",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        v = visits[..., None] * v
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the last column for the newest",
    r"newest|last (column|node)|ascending|largest|not the last|v\[:, -1\]",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[:, -1]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the first column for the newest",
    r"newest|first (column|node)|column 0|never (read|used)|smallest",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[:, 0]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the most visited node for the newest",
    r"newest|most (visited|clicks|often)|argmax|never (read|used)|visits",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), visits.argmax(dim=1)]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the first graph's newest for all",
    r"newest|first (graph|row)|each graph|own|every graph|other graphs|\[0\]|same column|"
    r"row 0",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[:, newest[0]]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "newest from 1",
    r"off by one|from (0|1)|newest|one (column|node) (too|before|lower)|shift|neighbou?r|"
    r"(node|column) before",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest - 1]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the newest of all graphs averaged",
    r"newest|averag|mean|own|each graph|all graphs|other graphs|batch",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest].mean(dim=0).expand(len(v), -1)
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the mean over clicks",
    r"mean|averag|divid|sum\b|number of clicks|length",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1) / visits.sum(dim=1, keepdim=True).clamp(
            min=1
        )
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the sum before the newest",
    r"order|(newest|it) (comes |come |is |goes )?first|exchang|swap|side by side|other way|"
    r"sum (comes |come |is )?(first|second)|halves|mixed up|v_newest,",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([total, last], dim=-1))


@wrong(
    "12.5",
    "no sigmoid",
    r"sigmoid|activation|linear|σ|\\sigma",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = self.of_newest(last)[:, None] + self.of_each(v)
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "tanh in place of the sigmoid",
    r"tanh|sigmoid|activation|σ|\\sigma",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.tanh(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the sigmoid after q",
    r"sigmoid.{0,40}(after|outside|q\b|around|weight|last|inside|before)|negative|between 0|"
    r"outside|q (comes |is )?(inside|after|before)|after q|inside",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = self.of_newest(last)[:, None] + self.of_each(v)
        alpha = torch.sigmoid(self.weight(hidden))
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "W_1 and W_2 exchanged",
    r"W_[12]|exchang|swap|of_newest|of_each|mixed up|other way|confus",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_each(last)[:, None] + self.of_newest(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "weights that don't read the newest",
    r"W_1|of_newest|in its light|newest.{0,40}(weight|alpha|read|miss|forg|sigmoid|missing)|"
    r"alpha.{0,40}newest|never (read|used)|light",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "weights that don't read the node",
    r"W_2|of_each|each node|own (weight|vector)|same weight|node.{0,30}(weight|alpha)|"
    r"weight.{0,30}node|all nodes alike|v_i\b|never (read|used)",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each.bias).expand_as(v)
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "without c",
    r"\bc\b|bias|constant",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + v @ self.of_each.weight.T)
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the newest is left out of the sum",
    r"newest|left out|all clicks|others?\b|itself|too|exclud|without",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        others = visits * (torch.arange(v.shape[1]) != newest[:, None])
        total = (others[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the newest is not beside the sum but in it",
    r"W_3|merge|beside|side by side|concat|\bcat\b|v_newest,|halves|added",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        both = last + total
        return self.merge(torch.cat([both, both], dim=-1))


@wrong(
    "12.5",
    "without W_3",
    r"W_3|merge|never (read|used)|2 ?\*? ?D|last (step|layer)",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return last + total


@wrong(
    "12.5",
    "sums the sigmoids in place of the vectors",
    r"v_i|vectors?|sum (of|over)|hidden|sigmoid|wrong (thing|sum)|alpha_i v",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * hidden).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "the weights alone, summed",
    r"v_i|vectors?|weights? (alone|only)|alpha_i v|times|multipl|sum of (the )?weights|"
    r"without v",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha).sum(dim=1).expand_as(last)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "all graphs in one sum",
    r"batch|each graph|own (graph|sum|clicks|nodes)|other graphs?|all graphs|axis|"
    r"another graph|dim\b|graph by graph",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden)
        total = (visits[..., None] * alpha * v).sum(dim=(0, 1)).expand_as(last)
        return self.merge(torch.cat([last, total], dim=-1))


@wrong(
    "12.5",
    "visits squared: in the weight and in the sum",
    r"twice|squar|visits|once too often|too (often|much)|three times|nine",
)
class SessionReadout(nn.Module):
    def __init__(self, D):
        super().__init__()
        # W_1; W_2 and c
        self.of_newest, self.of_each = nn.Linear(D, D, bias=False), nn.Linear(D, D)
        self.weight = nn.Linear(D, 1, bias=False)  # q
        self.merge = nn.Linear(2 * D, D, bias=False)  # W_3

    def forward(self, v, visits, newest):
        last = v[torch.arange(len(v)), newest]
        hidden = torch.sigmoid(self.of_newest(last)[:, None] + self.of_each(v))
        alpha = self.weight(hidden) * visits[..., None]
        total = (visits[..., None] * alpha * v).sum(dim=1)
        return self.merge(torch.cat([last, total], dim=-1))
