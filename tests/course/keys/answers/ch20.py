"""In one scroll: answers written from its stubs alone.

Half of them are a reader's, who had seen neither key nor solution. A class states `forward` alone:
its `__init__` is the stub's.
"""

import torch
import torch.nn.functional as F
from torch import nn

from seqrec.models import draw_weights
from tests.course.keys.answers.bank import right, wrong

# 20.1 training_rows


def _table(rows, max_len):
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)


@right("20.1", "a while loop from the end")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        end = len(h)
        while end >= 2:
            part = h[max(0, end - max_len - 1) : end]
            rows.append([0] * (max_len + 1 - len(part)) + part)
            end -= max_len
    return torch.tensor(rows, dtype=torch.long).reshape(-1, max_len + 1)


@right("20.1", "padded once, then unfolded")
def training_rows(histories, max_len):
    rows = [torch.empty(0, max_len + 1, dtype=torch.long)]
    for h in histories:
        n = -(-(len(h) - 1) // max_len)
        if n > 0:
            clicks = torch.tensor([0] * (n * max_len + 1 - len(h)) + h)
            rows.append(clicks.unfold(0, max_len + 1, max_len).flip(0))
    return torch.cat(rows)


@right("20.1", "written into a table of zeros")
def training_rows(histories, max_len):
    pieces = [
        h[max(0, end - max_len - 1) : end] for h in histories for end in range(len(h), 1, -max_len)
    ]
    table = torch.zeros(len(pieces), max_len + 1, dtype=torch.int64)
    for row, piece in zip(table, pieces, strict=True):
        row[-len(piece) :] = torch.tensor(piece)
    return table


@wrong("20.1", "rows that share no item", r"shar|overlap|never asked|step back")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        end = len(h)
        while end >= 2:
            part = h[max(0, end - max_len - 1) : end]
            rows.append([0] * (max_len + 1 - len(part)) + part)
            end -= max_len + 1
    return _table(rows, max_len)


@wrong(
    "20.1", "cut from the oldest click on", r"oldest|newest|forward|backward|from the (front|end)"
)
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        for a in range(0, len(h) - 1, max_len):
            part = h[a : a + max_len + 1]
            rows.append([0] * (max_len + 1 - len(part)) + part)
    return _table(rows, max_len)


@wrong("20.1", "the newest row of each history alone", r"newest|the rest|one row|only|further")
def training_rows(histories, max_len):
    kept = [h[-max_len - 1 :] for h in histories if len(h) > 1]
    return _table([[0] * (max_len + 1 - len(h)) + h for h in kept], max_len)


@wrong("20.1", "a row of a single click", r"single|one click|nothing follows|fewer than two|alone")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        end = len(h)
        while end >= 1:
            part = h[max(0, end - max_len - 1) : end]
            rows.append([0] * (max_len + 1 - len(part)) + part)
            end -= max_len
    return _table(rows, max_len)


@wrong("20.1", "the oldest row first", r"order|newest.{0,40}first|oldest")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        mine = []
        for end in range(len(h), 1, -max_len):
            part = h[max(0, end - max_len - 1) : end]
            mine.append([0] * (max_len + 1 - len(part)) + part)
        rows += mine[::-1]
    return _table(rows, max_len)


@wrong("20.1", "zeros on the right", r"left|right|behind|zeros|padd")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        for end in range(len(h), 1, -max_len):
            part = h[max(0, end - max_len - 1) : end]
            rows.append(part + [0] * (max_len + 1 - len(part)))
    return _table(rows, max_len)


@wrong("20.1", "a window for each click", r"window|slid|once|step|overlap|one place|each click")
def training_rows(histories, max_len):
    rows = []
    for h in histories:
        for end in range(len(h), 1, -1):
            part = h[max(0, end - max_len - 1) : end]
            rows.append([0] * (max_len + 1 - len(part)) + part)
    return _table(rows, max_len)


@wrong("20.1", "all histories as one", r"histor|shopper|run|across|mix|another")
def training_rows(histories, max_len):
    h = [item for each in histories for item in each]
    rows = []
    for end in range(len(h), 1, -max_len):
        part = h[max(0, end - max_len - 1) : end]
        rows.append([0] * (max_len + 1 - len(part)) + part)
    return _table(rows, max_len)


# 20.2 Attention


class _Heads(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)

    def parts(self, x):
        B, L, _ = x.shape
        return (p.view(B, L, self.H, -1).transpose(1, 2) for p in self.project(x).chunk(3, -1))


@right("20.2", "three parts, then heads")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


@right("20.2", "PyTorch's own attention")
class Attention(_Heads):
    def forward(self, x, visible):
        out = F.scaled_dot_product_attention(*self.parts(x), attn_mask=visible)
        return self.merge(out.transpose(1, 2).reshape(x.shape))


@right("20.2", "a loop over the heads")
class Attention(_Heads):
    def forward(self, x, visible):
        D = x.shape[-1]
        d = D // self.H
        projected = self.project(x)
        outs = []
        for h in range(self.H):
            q, k, v = (projected[..., s * D + h * d : s * D + (h + 1) * d] for s in range(3))
            scores = torch.where(visible[:, 0], q @ k.transpose(1, 2) * d**-0.5, -torch.inf)
            outs.append(torch.softmax(scores, dim=2) @ v)
        return self.merge(torch.cat(outs, dim=2))


@wrong("20.2", "divided by the root of D", r"root|sqrt|D / H|d = |scale")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / x.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


@wrong("20.2", "the mask the other way round", r"hide|invert|~|may look|opposite|True")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


@wrong("20.2", "reshaped straight to heads", r"reshape|view|transpos|axes|axis|several clicks")
class Attention(_Heads):
    def forward(self, x, visible):
        B, L, _ = x.shape
        q, k, v = (p.reshape(B, self.H, L, -1) for p in self.project(x).chunk(3, -1))
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


@wrong("20.2", "the heads not merged", r"merge")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


@wrong("20.2", "scores not divided", r"divi|root|scal")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        weights = (q @ k.mT).masked_fill(~visible, float("-inf")).softmax(-1)
        return self.merge((weights @ v).transpose(1, 2).flatten(2))


@wrong(
    "20.2", "masked behind the softmax", r"after|behind|before the softmax|sum to 1|renormal|-inf"
)
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) * visible
        return self.merge((weights @ v).transpose(1, 2).flatten(2))


@wrong("20.2", "a softmax over the queries", r"axis|dim|queries|keys|row|column")
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, -1e9)
        return self.merge((scores.softmax(-2) @ v).transpose(1, 2).flatten(2))


@wrong(
    "20.2", "heads put together without exchanging axes", r"transpos|axes|axis|reshape|side by side"
)
class Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).reshape(x.shape))


@wrong("20.2", "keys for queries", r"quer|order|keys|exchang|swap")
class Attention(_Heads):
    def forward(self, x, visible):
        k, q, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


# 20.3 Block


class _Attention(_Heads):
    def forward(self, x, visible):
        q, k, v = self.parts(x)
        scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf"))
        return self.merge((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


class _Parts(nn.Module):
    def __init__(self, D, H, hidden):
        super().__init__()
        self.attention = _Attention(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])


@right("20.3", "two lines")
class Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))


@right("20.3", "names for everything")
class Block(_Parts):
    def forward(self, x, visible):
        before, between = self.norms
        seen = self.attention(before(x), visible)
        middle = torch.add(x, seen)
        thought = self.ffn(between(middle))
        return middle + thought


@right("20.3", "a sum of three at the end")
class Block(_Parts):
    def forward(self, x, visible):
        a = self.attention(self.norms[0](x), visible)
        return sum((x, a, self.ffn(self.norms[1](x + a))))


@wrong("20.3", "norms behind the sums", r"post.?norm|after|inside|before")
class Block(_Parts):
    def forward(self, x, visible):
        x = self.norms[0](x + self.attention(x, visible))
        return self.norms[1](x + self.ffn(x))


@wrong("20.3", "the network's output not added", r"add|place of x|residual|x \+")
class Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return self.ffn(self.norms[1](x))


@wrong("20.3", "the attention's output not added", r"add|place of x|residual|x \+")
class Block(_Parts):
    def forward(self, x, visible):
        x = self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))


@wrong("20.3", "the norms exchanged", r"exchang|swap|norms\[0\]|belongs")
class Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[1](x), visible)
        return x + self.ffn(self.norms[0](x))


@wrong("20.3", "the first norm twice", r"norms\[1\]|same norm|twice|second norm|one norm")
class Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[0](x))


@wrong(
    "20.3", "side by side", r"side by side|parallel|second|both branches|after the attention|same x"
)
class Block(_Parts):
    def forward(self, x, visible):
        return x + self.attention(self.norms[0](x), visible) + self.ffn(self.norms[1](x))


@wrong("20.3", "the normed x goes on", r"norm\w*.{0,30}(x|stream|goes on|branch)|inside|x itself")
class Block(_Parts):
    def forward(self, x, visible):
        x = self.norms[0](x)
        x = x + self.attention(x, visible)
        x = self.norms[1](x)
        return x + self.ffn(x)


@wrong("20.3", "no norm before the network", r"norm")
class Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(x)


# 20.4 Encoder


class _Whole(nn.Module):
    def __init__(self, n_items, max_len, D, H, n_blocks, hidden):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList(_Block(D, H, hidden) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(D)
        draw_weights(self)


class _Block(_Parts):
    def forward(self, x, visible):
        x = x + self.attention(self.norms[0](x), visible)
        return x + self.ffn(self.norms[1](x))


def _visible(items):
    L = items.shape[1]
    past = torch.ones(L, L, dtype=torch.bool).tril()
    return (items != 0)[:, None, None, :] & past | torch.eye(L, dtype=torch.bool)


@right("20.4", "as the docstring says")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        own = torch.eye(L, dtype=torch.bool)
        visible = (items != 0)[:, None, None, :] & torch.ones(L, L, dtype=torch.bool).tril() | own
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


@right("20.4", "places by number, two comparisons for the mask")
class Encoder(_Whole):
    def forward(self, items):
        place = torch.arange(items.shape[1] - 1, -1, -1)
        x = self.item(items) + self.position(place)
        is_past = place[None, :] > place[:, None]
        is_own = place[None, :] == place[:, None]
        visible = is_own | is_past & items.ne(0)[:, None, None, :]
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


@right("20.4", "zeros at padding in the end")
class Encoder(_Whole):
    def forward(self, items):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        visible = _visible(items)
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x) * (items != 0)[..., None]


@wrong("20.4", "no position sees itself for certain", r"itself|NaN|0 / 0|eye|nothing")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        visible = (items != 0)[:, None, None, :] & torch.ones(L, L, dtype=torch.bool).tril()
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


@wrong("20.4", "padding seen", r"padding")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        visible = torch.ones(L, L, dtype=torch.bool).tril()[None, None]
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


@wrong("20.4", "itself only where a click is, by brackets", r"itself|NaN|0 / 0|eye|nothing")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        own = torch.eye(L, dtype=torch.bool)
        past = torch.ones(L, L, dtype=torch.bool).tril()
        for block in self.blocks:
            x = block(x, (items != 0)[:, None, None, :] & (past | own))
        return self.norm(x)


@wrong("20.4", "the norm in the loop", r"norm")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        for block in self.blocks:
            x = self.norm(block(x, _visible(items)))
        return x


@wrong("20.4", "positions from the left", r"newest|oldest|turn|flip|row 0|right")
class Encoder(_Whole):
    def forward(self, items):
        x = self.item(items) + self.position(torch.arange(items.shape[1]))
        for block in self.blocks:
            x = block(x, _visible(items))
        return self.norm(x)


@wrong("20.4", "the future in place of the past", r"future|after|upside|tril|later")
class Encoder(_Whole):
    def forward(self, items):
        L = items.shape[1]
        x = self.item(items) + self.position.weight[:L].flip(0)
        future = torch.ones(L, L, dtype=torch.bool).triu()
        own = torch.eye(L, dtype=torch.bool)
        for block in self.blocks:
            x = block(x, (items != 0)[:, None, None, :] & future | own)
        return self.norm(x)


@wrong("20.4", "no last norm", r"norm")
class Encoder(_Whole):
    def forward(self, items):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        for block in self.blocks:
            x = block(x, _visible(items))
        return x


@wrong("20.4", "the table turned, then cut", r"first L|cut|turn|max_len|shorter")
class Encoder(_Whole):
    def forward(self, items):
        x = self.item(items) + self.position.weight.flip(0)[: items.shape[1]]
        for block in self.blocks:
            x = block(x, _visible(items))
        return self.norm(x)


# 20.5 SASRec


class _Encoder(_Whole):
    def forward(self, items):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        visible = _visible(items)
        for block in self.blocks:
            x = block(x, visible)
        return self.norm(x)


class _Network(nn.Module):
    def __init__(self, n_items, max_len, D=32, H=2, n_blocks=2, hidden=64):
        super().__init__()
        self.n_items = n_items
        self.max_len = max_len
        self.encoder = _Encoder(n_items, max_len, D, H, n_blocks, hidden)


class _Tied(_Network):
    def forward(self, items):
        return self.encoder(items) @ self.encoder.item.weight[1 : self.n_items + 1].T


@right("20.5", "a boolean mask")
class SASRec(_Network):
    def forward(self, items):
        return self.encoder(items) @ self.encoder.item.weight[1:-1].T

    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = items != 0
        return F.cross_entropy(self(items)[real], targets[real] - 1)


@right("20.5", "ignore_index")
class SASRec(_Network):
    def forward(self, items):
        return F.linear(self.encoder(items), self.encoder.item.weight[1 : self.n_items + 1])

    def loss(self, rows):
        targets = (rows[:, 1:] - 1).masked_fill(rows[:, :-1] == 0, -100)
        return F.cross_entropy(self(rows[:, :-1]).flatten(0, 1), targets.flatten())


@right("20.5", "log-softmax, gathered and averaged")
class SASRec(_Network):
    def forward(self, items):
        products = self.encoder.item.weight.narrow(0, 1, self.n_items)
        return torch.einsum("bld,vd->blv", self.encoder(items), products)

    def loss(self, rows):
        real = (rows[:, :-1] != 0).float()
        logs = self(rows[:, :-1]).log_softmax(-1)
        wanted = (rows[:, 1:, None] - 1).clamp(min=0)
        return -(logs.gather(2, wanted)[..., 0] * real).sum() / real.sum()


@wrong("20.5", "asked where the target is a click", r"padding|read|first click|before")
class SASRec(_Tied):
    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = targets != 0
        return F.cross_entropy(self(items)[real], targets[real] - 1)


@wrong("20.5", "rows averaged first", r"row|mean of|short")
class SASRec(_Tied):
    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = items != 0
        logits = self(items)
        each = [
            F.cross_entropy(logits[b][real[b]], targets[b][real[b]] - 1) for b in range(len(rows))
        ]
        return torch.stack(each).mean()


@wrong("20.5", "a column for MASK", r"MASK|last (row|column)|n_items")
class SASRec(_Network):
    def forward(self, items):
        return self.encoder(items) @ self.encoder.item.weight[1:].T

    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = items != 0
        return F.cross_entropy(self(items)[real], targets[real] - 1)


@wrong("20.5", "a softmax in the loss", r"softmax")
class SASRec(_Tied):
    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = items != 0
        return F.cross_entropy(self(items)[real].softmax(-1), targets[real] - 1)


@wrong("20.5", "all places in the mean", r"padding|all positions|mask")
class SASRec(_Tied):
    def loss(self, rows):
        real = rows[:, :-1] != 0
        logits = self(rows[:, :-1])
        each = F.cross_entropy(
            logits.transpose(1, 2), (rows[:, 1:] - 1).clamp(min=0), reduction="none"
        )
        return (each * real).mean()


@wrong("20.5", "the click itself asked for", r"just read|shift|follows|rows\[:, 1:\]|itself|copy")
class SASRec(_Tied):
    def loss(self, rows):
        items = rows[:, 1:]
        real = items != 0
        return F.cross_entropy(self(items)[real], items[real] - 1)


@wrong("20.5", "asked for the newest click alone", r"newest|last position|all positions|only")
class SASRec(_Tied):
    def loss(self, rows):
        return F.cross_entropy(self(rows[:, :-1])[:, -1], rows[:, -1] - 1)


@wrong("20.5", "a sum of the losses", r"sum|mean")
class SASRec(_Tied):
    def loss(self, rows):
        items, targets = rows[:, :-1], rows[:, 1:]
        real = items != 0
        return F.cross_entropy(self(items)[real], targets[real] - 1, reduction="sum")


# 20.6 train_step


@right("20.6", "five calls")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


@right("20.6", "emptied at the end too, loss first")
def train_step(network, optimizer, rows, max_norm=1.0):
    loss = network.loss(rows)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(network.parameters()), max_norm=max_norm)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


@right("20.6", "scaled by hand")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    length = sum((g**2).sum() for g in grads) ** 0.5
    if length > max_norm:
        for g in grads:
            g.mul_(max_norm / length)
    optimizer.step()
    return loss.item()


@wrong("20.6", "clipped behind the step", r"max_norm|before `?step|after|no effect|clip")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    optimizer.step()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    return loss.item()


@wrong("20.6", "each number clipped", r"each (number|value)|direction|clip_grad_norm_")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_value_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


@wrong("20.6", "each parameter for itself", r"each parameter|alone|whole|together")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    for p in network.parameters():
        nn.utils.clip_grad_norm_([p], max_norm)
    optimizer.step()
    return loss.item()


@wrong("20.6", "the loss as a tensor", r"tensor|item\(\)|float|number")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss


@wrong("20.6", "the loss once more at the end", r"after the step|before the step|twice|again")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    network.loss(rows).backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return network.loss(rows).item()


@wrong("20.6", "always brought to max_norm", r"every|always|short|longer|only")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    grads = [p.grad for p in network.parameters() if p.grad is not None]
    length = torch.stack([g.norm() for g in grads]).norm()
    for g in grads:
        g.mul_(max_norm / length)
    optimizer.step()
    return loss.item()


@wrong("20.6", "gradients never emptied", r"empt|zero_grad|add up|sum of all|earlier")
def train_step(network, optimizer, rows, max_norm=1.0):
    loss = network.loss(rows)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), max_norm)
    optimizer.step()
    return loss.item()


@wrong("20.6", "never clipped", r"max_norm|clip|shorten")
def train_step(network, optimizer, rows, max_norm=1.0):
    optimizer.zero_grad()
    loss = network.loss(rows)
    loss.backward()
    optimizer.step()
    return loss.item()


# 20.7 roll_out


@right("20.7", "multinomial and cat")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        histories = torch.cat([histories, torch.multinomial(p, 1, generator=generator) + 1], 1)
    return histories


@right("20.7", "written into a table")
def roll_out(law, histories, n_steps, max_len, generator):
    B, L = histories.shape
    table = torch.zeros(B, L + n_steps, dtype=torch.long)
    table[:, :L] = histories
    for t in range(L, L + n_steps):
        p = law(table[:, max(0, t - max_len) : t])
        table[:, t] = 1 + p.multinomial(1, generator=generator).squeeze(1)
    return table


@right("20.7", "the cumulated law and a uniform number")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        edges = law(histories[:, -max_len:]).double().cumsum(1)
        u = torch.rand(len(histories), 1, generator=generator, dtype=torch.double)
        drawn = (edges < u * edges[:, -1:]).sum(1, keepdim=True) + 1
        histories = torch.hstack([histories, drawn])
    return histories


@wrong("20.7", "the likeliest each time", r"likeliest|draw|argmax|multinomial")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        histories = torch.cat([histories, p.argmax(1, keepdim=True) + 1], 1)
    return histories


@wrong("20.7", "columns for items", r"one too low|add 1|\+ 1|column j|padding")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        histories = torch.cat([histories, torch.multinomial(p, 1, generator=generator)], 1)
    return histories


@wrong("20.7", "the model asked once", r"once|ask again|after each|one answer")
def roll_out(law, histories, n_steps, max_len, generator):
    p = law(histories[:, -max_len:])
    drawn = torch.multinomial(p, n_steps, replacement=True, generator=generator) + 1
    return torch.cat([histories, drawn], 1)


@wrong("20.7", "the oldest clicks shown", r"oldest|newest")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, :max_len])
        histories = torch.cat([histories, torch.multinomial(p, 1, generator=generator) + 1], 1)
    return histories


@wrong("20.7", "the history itself cut", r"cut|keep all|lost|shown|shape")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        histories = histories[:, -max_len:]
        drawn = torch.multinomial(law(histories), 1, generator=generator) + 1
        histories = torch.cat([histories, drawn], 1)
    return histories


@wrong("20.7", "the generator not handed on", r"generator")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        histories = torch.cat([histories, torch.multinomial(p, 1) + 1], 1)
    return histories


@wrong("20.7", "one number for all rows", r"rows? share|each row|same|all rows|for all")
def roll_out(law, histories, n_steps, max_len, generator):
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        u = torch.rand(1, generator=generator)
        drawn = (p.cumsum(1) < u).sum(1, keepdim=True).clamp(max=p.shape[1] - 1) + 1
        histories = torch.cat([histories, drawn], 1)
    return histories


@wrong(
    "20.7", "what was drawn alone", r"histor|drawn (clicks )?(alone|only)|in front|shape|columns"
)
def roll_out(law, histories, n_steps, max_len, generator):
    L = histories.shape[1]
    for _ in range(n_steps):
        p = law(histories[:, -max_len:])
        histories = torch.cat([histories, torch.multinomial(p, 1, generator=generator) + 1], 1)
    return histories[:, L:]
