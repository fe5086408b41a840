import math

import numpy as np
import torch

from tests.course.keys.answers.bank import right, wrong

# 3.1 uniform_negatives


@right("3.1", "draw from one fewer, shift past the target")
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    drawn = drawn + (drawn >= targets[..., None]).long()
    return drawn * (targets != 0)[..., None]


@right("3.1", "draw again until nothing collides")
def uniform_negatives(targets, N, n_items, *, seed):
    g = torch.Generator()
    g.manual_seed(seed)
    B, L = targets.shape
    negatives = torch.randint(1, n_items + 1, (B, L, N), generator=g)
    hit = negatives == targets.unsqueeze(-1)
    while hit.any():
        negatives[hit] = torch.randint(1, n_items + 1, (int(hit.sum()),), generator=g)
        hit = negatives == targets.unsqueeze(-1)
    negatives[targets == 0] = 0
    return negatives


@right("3.1", "multinomial with the target's weight at 0")
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    flat = targets.reshape(-1)
    weights = torch.ones(len(flat), n_items + 1)
    weights[:, 0] = 0
    weights[torch.arange(len(flat)), flat] = 0
    drawn = torch.multinomial(weights, N, replacement=True, generator=generator)
    drawn = torch.where(flat[:, None] == 0, torch.zeros_like(drawn), drawn)
    return drawn.reshape(*targets.shape, N)


@right("3.1", "numpy's generator and Python loops")
def uniform_negatives(targets, N, n_items, *, seed):
    rng = np.random.default_rng(seed)
    out = np.zeros((*targets.shape, N), dtype=np.int64)
    for b in range(targets.shape[0]):
        for step in range(targets.shape[1]):
            target = int(targets[b, step])
            if target == 0:
                continue
            others = [item for item in range(1, n_items + 1) if item != target]
            out[b, step] = rng.choice(others, size=N)
    return torch.from_numpy(out)


@wrong(
    "3.1",
    "the target may be drawn",
    r"never the target|target .{0,50}(drawn|come|reject|exclud|hit|among|appear)|reject"
    r"|false negative|collision"
    r"|is the target|(hit|equal)s? the target",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=generator)
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "seeds the global generator",
    r"global|manual_seed|own generator|torch\.Generator|a generator",
)
def uniform_negatives(targets, N, n_items, *, seed):
    torch.manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N))
    drawn = drawn + (drawn >= targets[..., None])
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "seed never read",
    r"seed.{0,50}(ignor|never|not|unused|no effect|whatever|forg)|ignor\w+ .{0,50}seed|same seed"
    r"|global|reproduc"
    r"|differ\w* (each|every) time",
)
def uniform_negatives(targets, N, n_items, *, seed):
    drawn = torch.randint(1, n_items, (*targets.shape, N))
    drawn = drawn + (drawn >= targets[..., None])
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "a fixed seed inside",
    r"fixed|seed.{0,50}(ignor|never|not read|unused|no effect|whatever)|other seed|another seed"
    r"|different seed"
    r"|(every|each|any|two|all) seeds?|hard.?cod",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(42)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    drawn = drawn + (drawn >= targets[..., None])
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "padding gets negatives",
    r"pad|target is 0|targets? of 0|mask|is nobody",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    return drawn + (drawn >= targets[..., None])


@wrong(
    "3.1",
    "ids from 0 to n_items - 1",
    r"from 0|padding (id|item)|draws? (0|padding)|0 .{0,50}(drawn|comes|among)|never .{0,50}(last"
    r"|n_items|highest)"
    r"|last (item|id|product)|starts? at 0|off by one|randint",
)
def uniform_negatives(targets, N, n_items, *, seed):
    g = torch.Generator().manual_seed(seed)
    negatives = torch.randint(0, n_items, (*targets.shape, N), generator=g)
    hit = negatives == targets[..., None]
    while hit.any():
        negatives[hit] = torch.randint(0, n_items, (int(hit.sum()),), generator=g)
        hit = negatives == targets[..., None]
        hit = hit & (targets != 0)[..., None]
    return negatives * (targets != 0)[..., None]


@wrong(
    "3.1",
    "the last item is never drawn",
    r"last (item|id|product)|n_items .{0,50}never|never .{0,50}(n_items|last|highest|drawn)|upper"
    r"|exclusive|off by one"
    r"|randint|highest|largest id",
)
def uniform_negatives(targets, N, n_items, *, seed):
    g = torch.Generator().manual_seed(seed)
    negatives = torch.randint(1, n_items, (*targets.shape, N), generator=g)
    hit = negatives == targets[..., None]
    for _ in range(1000):
        if not hit.any():
            break
        negatives[hit] = torch.randint(1, n_items, (int(hit.sum()),), generator=g)
        hit = negatives == targets[..., None]
    return negatives * (targets != 0)[..., None]


@wrong(
    "3.1",
    "a hit is moved to the next id",
    r"neighbou?r|next (id|item|one)|twice as (likely|often)|target \+ 1|as likely|uniform"
    r"|more often|equally"
    r"|bias",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=generator)
    next_one = targets[..., None] % n_items + 1
    drawn = torch.where(drawn == targets[..., None], next_one, drawn)
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "draws again only once",
    r"draws? again|redraw|again .{0,20}once|only once|once (is|may|and)|second (draw|time|try)"
    r"|until|while|again and again|still .{0,30}target|never the target|is the target",
)
def uniform_negatives(targets, N, n_items, *, seed):
    g = torch.Generator().manual_seed(seed)
    negatives = torch.randint(1, n_items + 1, (*targets.shape, N), generator=g)
    hit = negatives == targets[..., None]
    negatives[hit] = torch.randint(1, n_items + 1, (int(hit.sum()),), generator=g)
    negatives[targets == 0] = 0
    return negatives


@wrong(
    "3.1",
    "one draw repeated N times",
    r"repeat|same (negative|item|draw)|one (draw|negative)|copies|identical|independent|all N"
    r"|N different"
    r"|expand",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, 1), generator=generator)
    drawn = drawn + (drawn >= targets[..., None])
    return (drawn * (targets != 0)[..., None]).repeat(1, 1, N)


@wrong(
    "3.1",
    "seeded anew for every row",
    r"every row|each row|all rows|same (draw|negatives|numbers)|seed\w* (again|anew|inside)"
    r"|inside the loop"
    r"|rows? .{0,50}(same|alike|identical)|identical|independent|row after row",
)
def uniform_negatives(targets, N, n_items, *, seed):
    rows = []
    for row in targets:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randint(1, n_items, (len(row), N), generator=generator)
        drawn = drawn + (drawn >= row[:, None])
        rows.append(drawn * (row != 0)[:, None])
    return torch.stack(rows)


@wrong(
    "3.1",
    "shifts only what is above the target",
    r">=|above the target|shift|is the target|never the target|target \+ 1|next (id|item)"
    r"|off by one|itself",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items, (*targets.shape, N), generator=generator)
    drawn = drawn + (drawn > targets[..., None])
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "every target of the row rejected",
    r"other targets|(whole|entire|all|every|rest|targets) .{0,50}row|row.s|own position"
    r"|its position|as likely"
    r"|uniform|history|sequence|too (many|much)",
)
def uniform_negatives(targets, N, n_items, *, seed):
    g = torch.Generator().manual_seed(seed)
    B, L = targets.shape
    weights = torch.ones(B, n_items + 1)
    weights.scatter_(1, targets, 1e-6)
    weights = weights[:, None].repeat(1, L, 1)
    weights.scatter_(2, targets[..., None], 0.0)
    weights[..., 0] = 0
    drawn = torch.multinomial(weights.reshape(B * L, -1), N, replacement=True, generator=g)
    return drawn.reshape(B, L, N) * (targets != 0)[..., None]


@wrong(
    "3.1",
    "floats instead of long",
    r"\bfloats\b|float32|floating|dtype|\blong\b|int64|integers",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    u = torch.rand((*targets.shape, N), generator=generator)
    drawn = (u * (n_items - 1)).floor() + 1
    drawn = drawn + (drawn >= targets[..., None]).float()
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "N in front of L",
    r"\(B, N, L\)|transpos|axis|axes|last dimension|dimension|N .{0,50}(last|middle|second)"
    r"|permut|N .{0,20}(front|before)",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    B, L = targets.shape
    drawn = torch.randint(1, n_items, (B, N, L), generator=generator)
    drawn = drawn + (drawn >= targets[:, None])
    return drawn * (targets != 0)[:, None]


@wrong(
    "3.1",
    "0 in place of a hit",
    r"\b0 (in|instead|where|for|among)|zero|padding|hole|again|redraw|as likely|fewer than N"
    r"|instead of",
)
def uniform_negatives(targets, N, n_items, *, seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(1, n_items + 1, (*targets.shape, N), generator=generator)
    drawn[drawn == targets[..., None]] = 0
    return drawn * (targets != 0)[..., None]


@wrong(
    "3.1",
    "seeds numpy's global generator",
    r"global|np\.random|numpy|default_rng|own generator|a generator",
)
def uniform_negatives(targets, N, n_items, *, seed):
    np.random.seed(seed)  # noqa: NPY002
    drawn = np.random.randint(1, n_items, size=(*targets.shape, N))  # noqa: NPY002
    drawn = torch.from_numpy(drawn)
    drawn = drawn + (drawn >= targets[..., None])
    return drawn * (targets != 0)[..., None]


# 3.2 collisions


@right("3.2", "masks by broadcasting")
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    is_target = negatives == targets[:, None]
    liked = (negatives[:, :, None] == own_items[:, None, :]).any(-1) & (negatives != 0)
    return (
        int(real.sum()),
        int((is_target & real).sum()),
        int((liked & ~is_target & real).sum()),
    )


@right("3.2", "loops with sets")
def collisions(negatives, targets, own_items):
    drawn = target_hits = own_hits = 0
    rows = zip(negatives.tolist(), targets.tolist(), own_items.tolist(), strict=True)
    for row, target, own in rows:
        if target == 0:
            continue
        others = set(own) - {0, target}
        drawn += len(row)
        target_hits += row.count(target)
        own_hits += sum(item in others for item in row)
    return drawn, target_hits, own_hits


@right("3.2", "real rows first, then numpy")
def collisions(negatives, targets, own_items):
    keep = targets.numpy() > 0
    n, t, own = negatives.numpy()[keep], targets.numpy()[keep], own_items.numpy()[keep]
    same = n == t[:, None]
    liked = np.zeros_like(same)
    for column in own.T:
        liked |= (n == column[:, None]) & (column[:, None] > 0)
    return n.size, int(same.sum()), int((liked & ~same).sum())


def _liked(negatives, own_items):
    return (negatives[:, :, None] == own_items[:, None, :]).any(-1)


@wrong(
    "3.2",
    "padding counted among the drawn",
    r"pad|target is 0|targets? of 0|numel|don.t count|not count",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None]
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return negatives.numel(), int((same & real).sum()), int((liked & ~same & real).sum())


@wrong(
    "3.2",
    "padding counted among the targets hit",
    r"pad|0 (==|equals|and) 0|target is 0|targets? of 0|don.t count|not count|zeros",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return int(real.sum()), int(same.sum()), int((liked & ~same & real).sum())


@wrong(
    "3.2",
    "padded rows counted among the own items",
    r"pad|target is 0|targets? of 0|don.t count|not count|own .{0,50}mask",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items) & (negatives != 0)
    return int(real.sum()), int((same & real).sum()), int((liked & ~same).sum())


@wrong(
    "3.2",
    "the target counted as an own item, too",
    "another|(target|it|negative)s? .{0,50}(twice|both|too|also)|other than the target"
    r"|exclud\w+ the target|without the target|but the target|twice"
    r"|target shows up .{0,40}again|count \*?other\*? items",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return int(real.sum()), int((same & real).sum()), int((liked & real).sum())


@wrong(
    "3.2",
    "an own item that stands twice counted twice",
    r"twice|repeat|duplicat|several times|more than once|only once|counts? once|double|\bany\b"
    r"|multiple",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    matches = (negatives[:, :, None] == own_items[:, None, :]).sum(-1)
    return int(real.sum()), int((same & real).sum()), int((matches * (~same & real)).sum())


@wrong("3.2", "tensors instead of ints", r"tensor|\.item\(\)|python int|\bints?\b|plain")
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return real.sum(), (same & real).sum(), (liked & ~same & real).sum()


@wrong(
    "3.2",
    "own items of anybody",
    r"(other|another|any|all|every) (user|row|shopper)s?|anybody|each row|row by row|own row|isin"
    r"|whole batch"
    r"|its row|user of each row",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = torch.isin(negatives, own_items[own_items != 0])
    return int(real.sum()), int((same & real).sum()), int((liked & ~same & real).sum())


@wrong(
    "3.2",
    "shares instead of counts",
    r"\bshares?\b|fraction|divi|ratio|counts?, not|percent|\bmean\b|numbers? between 0 and 1",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    drawn = int(real.sum())
    return (
        drawn,
        int((same & real).sum()) / max(drawn, 1),
        int((liked & ~same & real).sum()) / max(drawn, 1),
    )


@wrong(
    "3.2",
    "rows instead of negatives counted as drawn",
    r"\brows\b|positions|\* ?N|times N|N (negatives )?(for|per|a)|number of targets|each target"
    r"|per target",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None]
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return int(real.sum()), int((same & real).sum()), int((liked & ~same & real).sum())


@wrong(
    "3.2",
    "rows with a hit instead of hits",
    r"rows?\b .{0,50}(once|hit|with|any)|once per row|each negative|every negative|per row"
    r"|\bany\b|several hits"
    r"|more than one",
)
def collisions(negatives, targets, own_items):
    real = targets != 0
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items) & ~same
    return (
        int(real.sum()) * negatives.shape[1],
        int((same.any(1) & real).sum()),
        int((liked.any(1) & real).sum()),
    )


@wrong(
    "3.2",
    "target and own exchanged",
    r"swap|exchang|order of|\(drawn, target, own\)|second and third|mixed",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    liked = _liked(negatives, own_items)
    return int(real.sum()), int((liked & ~same & real).sum()), int((same & real).sum())


@wrong(
    "3.2",
    "target of any row",
    r"(other|another|any|all|every) (row|target)s?|its own target|own row|row by row|isin"
    r"|whole batch|same row",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets[:, None]
    anyones = torch.isin(negatives, targets[targets != 0])
    liked = _liked(negatives, own_items)
    return int(real.sum()), int((anyones & real).sum()), int((liked & ~same & real).sum())


@wrong(
    "3.2",
    "target hits subtracted although own_items may lack the target",
    r"subtract|may (hold|not)|not (always )?(hold|contain|among|in)|lack|missing from"
    r"|negative count|too few"
    r"|difference|minus|another|other than the target",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    target = int(((negatives == targets[:, None]) & real).sum())
    liked = int((_liked(negatives, own_items) & real).sum())
    return int(real.sum()), target, liked - target


@wrong(
    "3.2",
    "a negative that comes twice counted once",
    r"distinct|unique|set\b|twice|repeat|duplicat|several times|each negative|more than once",
)
def collisions(negatives, targets, own_items):
    drawn = target_hits = own_hits = 0
    rows = zip(negatives.tolist(), targets.tolist(), own_items.tolist(), strict=True)
    for row, target, own in rows:
        if target == 0:
            continue
        drawn += len(row)
        target_hits += target in row
        own_hits += len(set(row) & (set(own) - {0, target}))
    return drawn, target_hits, own_hits


@wrong(
    "3.2",
    "targets not turned into a column",
    r"broadcast|column|\[:, None\]|unsqueeze|B == N|B = N|dimension|line up|axis|transpos",
)
def collisions(negatives, targets, own_items):
    real = (targets != 0)[:, None].expand_as(negatives)
    same = negatives == targets
    liked = _liked(negatives, own_items)
    return int(real.sum()), int((same & real).sum()), int((liked & ~same & real).sum())


# 3.3 hard_negatives


@right("3.3", "candidates without padding and target, sorted")
def hard_negatives(scores, targets, N, *, margin):
    B, V = scores.shape
    allowed = torch.ones(B, V, dtype=torch.bool)
    allowed[:, 0] = False
    allowed[torch.arange(B), targets] = False
    items = allowed.nonzero()[:, 1].reshape(B, V - 2)
    order = scores.gather(1, items).argsort(dim=1, descending=True, stable=True)
    return items.gather(1, order)[:, margin : margin + N]


@right("3.3", "a loop with sorted lists")
def hard_negatives(scores, targets, N, *, margin):
    rows = []
    for row, target in zip(scores.tolist(), targets.tolist(), strict=True):
        others = [item for item in range(1, len(row)) if item != target]
        others.sort(key=lambda item: -row[item])
        rows.append(others[margin : margin + N])
    return torch.tensor(rows, dtype=torch.long).reshape(len(rows), N)


@right("3.3", "everything sorted, then padding and target struck out")
def hard_negatives(scores, targets, N, *, margin):
    order = torch.sort(scores, dim=-1, descending=True, stable=True).indices
    keep = (order != 0) & (order != targets.unsqueeze(1))
    left = order[keep].view(scores.size(0), -1)
    return left.narrow(1, margin, N).clone()


@right("3.3", "numpy on a copy, row by row")
def hard_negatives(scores, targets, N, *, margin):
    copied = scores.detach().numpy().copy()
    out = np.empty((len(copied), N), dtype=np.int64)
    for b, target in enumerate(targets.numpy()):
        items = np.delete(np.arange(copied.shape[1]), [0, target])
        by_score = items[np.argsort(-copied[b, items], kind="stable")]
        out[b] = by_score[margin:][:N]
    return torch.from_numpy(out)


def _ruled_out(scores, targets):
    masked = scores.clone()
    masked[:, 0] = -torch.inf
    masked[torch.arange(len(targets)), targets] = -torch.inf
    return masked


@wrong(
    "3.3",
    "the target counts in the margin",
    r"target .{0,50}(margin|before|first|counts?|uses|takes)|margin .{0,50}(target|other)"
    r"|best of the others|before the margin"
    r"|one too (few|hard)",
)
def hard_negatives(scores, targets, N, *, margin):
    order = scores[:, 1:].argsort(dim=1, descending=True) + 1
    rows = []
    for row, target in zip(order, targets, strict=True):
        rest = row[margin:]
        rows.append(rest[rest != target][:N])
    return torch.stack(rows)


@wrong(
    "3.3",
    "margin never read",
    r"margin.{0,50}(ignor|never|not|unused|no effect|whatever|forg|left out|skip)"
    r"|ignor\w+ .{0,50}margin|very (top|best)"
    r"|hardest of all",
)
def hard_negatives(scores, targets, N, *, margin):
    return _ruled_out(scores, targets).topk(N, dim=1).indices


@wrong(
    "3.3",
    "writes into the scores",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|clone|`?scores`? .{0,50}stay",
)
def hard_negatives(scores, targets, N, *, margin):
    scores[:, 0] = -torch.inf
    scores[torch.arange(len(targets)), targets] = -torch.inf
    return scores.topk(N + margin, dim=1).indices[:, margin:]


@wrong("3.3", "padding may be taken", r"pad|column 0|item 0|\b0 (is|was|among|comes)|takes 0")
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[torch.arange(len(targets)), targets] = -torch.inf
    return masked.topk(N + margin, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "the target may be taken",
    r"(without|never|exclud\w*|rule\w* out|among|contains?|includ\w*|is|takes?) the target"
    r"|target .{0,50}(among|taken|drawn|itself|out)"
    r"|target as",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[:, 0] = -torch.inf
    return masked.topk(N + margin, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "the lowest scores instead of the highest",
    r"lowest|easiest|ascending|descending|wrong end|smallest|bottom|highest|largest=",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[:, 0] = torch.inf
    masked[torch.arange(len(targets)), targets] = torch.inf
    return masked.topk(N + margin, dim=1, largest=False).indices[:, margin:]


@wrong(
    "3.3",
    "hardest last",
    r"hardest (first|last)|revers|order|ascending|descending|backwards|flip|easiest first",
)
def hard_negatives(scores, targets, N, *, margin):
    best = _ruled_out(scores, targets).topk(N + margin, dim=1).indices[:, margin:]
    return best.flip(1)


@wrong(
    "3.3",
    "margin taken for a distance in score",
    r"distance|difference|threshold|number of items|how many|a count|count of|in score"
    r"|of the score|score units",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = _ruled_out(scores, targets)
    best = masked.max(dim=1, keepdim=True).values
    far_enough = masked.masked_fill(masked > best - margin, -1e9) if margin else masked
    return far_enough.topk(N, dim=1).indices


@wrong(
    "3.3",
    "one more than the margin skipped",
    r"off by one|one (item )?too (many|far|low)|margin \+ 1|one more|skips? .{0,50}too|one place"
    r"|first after the margin",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = _ruled_out(scores, targets)
    order = masked.argsort(dim=1, descending=True)
    last = order.shape[1] - N
    start = min(margin + 1, last)
    return order[:, start : start + N]


@wrong(
    "3.3",
    "margin cut from the N",
    r"N ?- ?margin|too few|fewer than N|N \+ margin|margin .{0,50}(of|from|out of) the N"
    r"|only .{0,50}columns|N items",
)
def hard_negatives(scores, targets, N, *, margin):
    return _ruled_out(scores, targets).topk(N, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "ids one too low: column 0 cut off",
    r"one too (low|small)|shift|off by one|\+ ?1|column 0|id .{0,50}(one|1)|ids? .{0,50}(low"
    r"|by one)|renumber",
)
def hard_negatives(scores, targets, N, *, margin):
    items = scores[:, 1:].clone()
    items[torch.arange(len(targets)), targets - 1] = -torch.inf
    return items.topk(N + margin, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "scores instead of items",
    r"\bids?\b|indices|which items|\.values|scores? (themselves|instead|of the)|\bfloats\b"
    r"|\blong\b",
)
def hard_negatives(scores, targets, N, *, margin):
    return _ruled_out(scores, targets).topk(N + margin, dim=1).values[:, margin:]


@wrong(
    "3.3",
    "the targets of all rows struck out in each row",
    r"(all|every|other|each|another) (rows?|targets)|own target|row by row|whole batch|its target"
    r"|arange"
    r"|broadcast|of the batch",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[:, 0] = -torch.inf
    masked[:, targets] = -torch.inf
    return masked.topk(N + margin, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "target set to 0 instead of minus infinity",
    r"-inf|infinit|negative scores|below 0|below zero|set to 0|score of 0|zero|multipl",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[:, 0] = -torch.inf
    masked[torch.arange(len(targets)), targets] = 0
    return masked.topk(N + margin, dim=1).indices[:, margin:]


@wrong(
    "3.3",
    "padding's score set to 0",
    r"-inf|infinit|negative scores|below 0|below zero|pad|column 0|item 0",
)
def hard_negatives(scores, targets, N, *, margin):
    masked = scores.clone()
    masked[:, 0] = 0
    masked[torch.arange(len(targets)), targets] = -torch.inf
    return masked.topk(N + margin, dim=1).indices[:, margin:]


@wrong("3.3", "int32 ids", r"int32|int64|\blong\b|dtype|32.bit")
def hard_negatives(scores, targets, N, *, margin):
    masked = _ruled_out(scores, targets)
    return masked.topk(N + margin, dim=1).indices[:, margin:].int()


# 3.4 log_q


def _barred(weights, targets, own_items):
    barred = torch.zeros(len(targets), len(weights), dtype=torch.bool)
    barred[torch.arange(len(targets))[:, None], own_items] = True
    barred[torch.arange(len(targets)), targets] = True
    barred[:, 0] = True
    return barred


@right("3.4", "a table of booleans")
def log_q(negatives, targets, weights, *, own_items):
    allowed = weights.double() * ~_barred(weights, targets, own_items)  # (B, V)
    return (allowed / allowed.sum(1, keepdim=True)).gather(1, negatives).log()


@right("3.4", "a loop and sets")
def log_q(negatives, targets, weights, *, own_items):
    rows = []
    for drawn, target, own in zip(negatives, targets.tolist(), own_items.tolist(), strict=True):
        gone = {target, *own, 0}
        left = sum(float(w) for item, w in enumerate(weights) if item not in gone)
        rows.append([math.log(float(weights[j])) - math.log(left) for j in drawn.tolist()])
    return torch.tensor(rows, dtype=torch.float64)


@right("3.4", "log_softmax of log weights")
def log_q(negatives, targets, weights, *, own_items):
    logits = weights.double().log().expand(len(targets), -1)
    logits = logits.masked_fill(_barred(weights, targets, own_items), -math.inf)
    return logits.log_softmax(1).gather(1, negatives)


@wrong("3.4", "sums the weights of own items", r"twice|once|add")
def log_q(negatives, targets, weights, *, own_items):
    w = weights.double().clone()
    w[0] = 0
    left = w.sum() - w[targets] - w[own_items].sum(1)
    return w[negatives].log() - left.log()[:, None]


@wrong("3.4", "the target alone", r"own")
def log_q(negatives, targets, weights, *, own_items):
    w = weights.double().clone()
    w[0] = 0
    return (w[negatives] / (w.sum() - w[targets])[:, None]).log()


@wrong("3.4", "own items alone", r"target")
def log_q(negatives, targets, weights, *, own_items):
    barred = torch.zeros(len(targets), len(weights), dtype=torch.bool).scatter(1, own_items, True)
    barred[:, 0] = True
    left = (weights.double() * ~barred).sum(1, keepdim=True)
    return weights[negatives].double().log() - left.log()


@wrong("3.4", "nothing rejected", r"target|reject|sum of all|own")
def log_q(negatives, targets, weights, *, own_items):
    w = weights.double()
    return (w[negatives] / w[1:].sum()).log()


@wrong("3.4", "padding may be drawn", r"padding|position 0|entry 0|column 0")
def log_q(negatives, targets, weights, *, own_items):
    barred = _barred(weights, targets, own_items)
    barred[:, 0] = False
    left = (weights.double() * ~barred).sum(1, keepdim=True)
    return weights[negatives].double().log() - left.log()


@wrong("3.4", "probability", r"logarithm|\blog\b")
def log_q(negatives, targets, weights, *, own_items):
    allowed = weights.double() * ~_barred(weights, targets, own_items)
    return (allowed / allowed.sum(1, keepdim=True)).gather(1, negatives)


@wrong("3.4", "rejected by any row", r"row|batch|each")
def log_q(negatives, targets, weights, *, own_items):
    barred = _barred(weights, targets, own_items).any(0)
    return (weights[negatives].double() / weights[~barred].double().sum()).log()


@wrong("3.4", "log2", r"base|natural")
def log_q(negatives, targets, weights, *, own_items):
    allowed = weights.double() * ~_barred(weights, targets, own_items)
    return (allowed / allowed.sum(1, keepdim=True)).gather(1, negatives).log2()


@wrong("3.4", "log of the weight", r"normali|sum|divided")
def log_q(negatives, targets, weights, *, own_items):
    return weights[negatives].double().log()


@wrong("3.4", "normalised over the draws", r"drawn|could")
def log_q(negatives, targets, weights, *, own_items):
    w = weights.double()[negatives]
    return (w / w.sum(1, keepdim=True)).log()


@wrong("3.4", "uniform", r"alike|weights|proportion")
def log_q(negatives, targets, weights, *, own_items):
    left = (~_barred(weights, targets, own_items)).sum(1, keepdim=True).double()
    return -left.log().repeat(1, negatives.shape[1])
