"""Chapter 08, SASRec: answers written from its stubs alone."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from seqrec.losses import chunked_softmax_loss
from seqrec.models import SequenceEncoder, draw_weights
from tests.course.keys.answers.bank import right, wrong

# 8.1 SASRec


@right("8.1", "matmul and pad")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        vectors = self.encoder.item.weight[1 : self.n_items + 1]
        return F.pad(states @ vectors.T, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@right("8.1", "einsum and cat")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        h = self.encoder(items)
        logits = torch.einsum("bld,vd->blv", h, self.encoder.item.weight[1:-1])
        nothing = torch.full_like(logits[..., :1], -torch.inf)
        return torch.cat([nothing, logits], dim=-1)

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@right("8.1", "F.linear, then column 0 masked")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        logits = F.linear(self.encoder(items), self.encoder.item.weight[: self.n_items + 1])
        is_pad = torch.arange(self.n_items + 1, device=items.device) == 0
        return logits.masked_fill(is_pad, float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@right("8.1", "written into a full tensor")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        products = torch.arange(1, self.n_items + 1, device=items.device)
        logits = states.new_full((*items.shape, self.n_items + 1), -torch.inf)
        logits[:, :, 1:] = torch.matmul(states, self.encoder.item(products).t())
        return logits

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "MASK gets a logit",
    r"MASK|n_items ?\+ ?[12]|one (column )?too many|last row|too many|no product",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1:].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "column 0 is not ruled out",
    r"ruled out|column 0.{0,40}(-inf|infinit|-∞)|PAD.{0,40}(-inf|infinit|-∞|logit|probab|"
    r"still)|row 0|finite",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        return states @ self.encoder.item.weight[: self.n_items + 1].T

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "column 0 is 0",
    r"column (0|of PAD).{0,40}(-inf|infinit|-∞|is 0|zero)|-inf|infinit|-∞|column of zeros|"
    r"e\^0|zero is no",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return torch.cat([torch.zeros_like(logits[..., :1]), logits], dim=-1)

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "a low number in place of minus infinity",
    r"-inf|infinit|-∞|1e9|finite|large negative|very (low|small)|exactly",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (1, 0), value=-1e9)

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "no column for PAD",
    r"no column|column (for|of) PAD|one (column )?(too few|short|missing|fewer)|"
    r"column 0 (is )?(missing|left out)|(missing|add|put).{0,20}column|n_items columns",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        return states @ self.encoder.item.weight[1 : self.n_items + 1].T

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "PAD's column at the end",
    r"in front|at the end|behind|last column|first column|column (0|j)|shift|wrong (side|end)",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (0, 1), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "each column holds the product before",
    r"product before|off by one|shift|column j|one (row|place|column|product) (too )?(early|"
    r"before|low|late)|row 0|slice|neighbou?r|weight\[:",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[: self.n_items].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "each column holds the product after",
    r"product after|off by one|shift|column j|one (row|place|column|product) (too )?(far|"
    r"after|high|late)|MASK|slice|neighbou?r|product 1\b",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[2:].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "only the newest position",
    r"each position|every position|all positions|last position|newest|\(B, L|only the last|"
    r"length axis",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)[:, -1]
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong("8.1", "divided by the root of D", r"root|sqrt|√|scal|divid|factor")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits / states.shape[-1] ** 0.5, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong("8.1", "cosine instead of the dot product", r"cosine|normali[sz]|length of|dot product|unit")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = F.normalize(self.encoder(items), dim=-1)
        vectors = F.normalize(self.encoder.item.weight[1 : self.n_items + 1], dim=-1)
        return F.pad(states @ vectors.T, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong("8.1", "log-softmax already", r"softmax|log.?prob|probabilit|normali[sz]|already")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (1, 0), value=float("-inf")).log_softmax(dim=-1)

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong("8.1", "the output embedding detached", r"detach|gradient|tied|\.data|learn|predicted")
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        vectors = self.encoder.item.weight.detach()[1 : self.n_items + 1]
        return F.pad(states @ vectors.T, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "embeddings instead of states",
    r"encod|states?\b|embedding of the (click|item)|transformer|blocks|attention",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder.item(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "what was clicked already is ruled out",
    r"already|seen|clicked (before|again)|history|own (items|clicks)|twice|repeat|ruled out|again",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        logits = F.pad(logits, (1, 0), value=float("-inf"))
        seen = F.one_hot(items, self.n_items + 1).cumsum(dim=1) > 0
        return logits.masked_fill(seen, float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


@wrong(
    "8.1",
    "states of another position: shifted by one",
    r"shift|off by one|one position|each position|next position|previous|position t|roll|late",
)
class SASRec(nn.Module):
    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        hidden = 4 * D if hidden is None else hidden
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=hidden,
            causal=True,
            dropout=dropout,
        )

    def forward(self, items):
        states = self.encoder(items).roll(1, dims=1)
        logits = states @ self.encoder.item.weight[1 : self.n_items + 1].T
        return F.pad(logits, (1, 0), value=float("-inf"))

    def softmax_loss(self, states, targets):
        return chunked_softmax_loss(
            states, self.encoder.item.weight[1 : self.n_items + 1], targets - 1
        )

    @torch.no_grad()
    def score_catalogue(self, histories):
        was_training = self.training
        self.eval()
        scores = self(histories)[:, -1].log_softmax(dim=-1)
        self.train(was_training)
        return scores


# 8.2 without_empty_columns


@right("8.2", "any, nonzero")
def without_empty_columns(items):
    used = (items != 0).any(dim=0).nonzero()
    start = used[0, 0] if len(used) else items.shape[1] - 1
    return items[:, start:]


@right("8.2", "the longest row")
def without_empty_columns(items):
    longest = max(int((items != 0).sum(dim=1).max()), 1)
    return items[:, -longest:]


@right("8.2", "a loop that stops early")
def without_empty_columns(items):
    L = items.size(1)
    for column in range(L):
        if items[:, column].sum() > 0:
            return items[:, column:]
    return items[:, L - 1 :]


@right("8.2", "NumPy for the index")
def without_empty_columns(items):
    full = np.flatnonzero(items.numpy().max(axis=0))
    first = full[0] if full.size else items.shape[1] - 1
    return items[:, int(first) :].clone()


@wrong(
    "8.2",
    "nothing is left of padding alone",
    r"nothing but padding|only padding|padding alone|all.?(zero|padding)|last column|"
    r"empty batch|no column|(0|zero) columns|nothing (is )?left",
)
def without_empty_columns(items):
    longest = int((items != 0).sum(dim=1).max())
    return items[:, items.shape[1] - longest :]


@wrong(
    "8.2",
    "padding alone keeps all its columns",
    r"nothing but padding|only padding|padding alone|all.?(zero|padding)|last column|argmax|"
    r"empty batch|all its columns|no item",
)
def without_empty_columns(items):
    start = (items != 0).any(dim=0).int().argmax()
    return items[:, start:]


@wrong(
    "8.2",
    "padding alone crashes",
    r"nothing but padding|only padding|padding alone|all.?(zero|padding)|last column|"
    r"empty batch|no item|IndexError",
)
def without_empty_columns(items):
    start = (items != 0).any(dim=0).nonzero()[0].item()
    return items[:, start:]


@wrong(
    "8.2",
    "cuts to the shortest row",
    r"shortest|cut|all rows|every row|clicks? .{0,30}(lost|missing|gone|cut)|lose|any\b|"
    r"longest|fewest|items? (are|is) (lost|cut|gone)",
)
def without_empty_columns(items):
    used = (items != 0).all(dim=0).nonzero()
    start = used[0, 0] if len(used) else items.shape[1] - 1
    return items[:, start:]


@wrong(
    "8.2",
    "looks at the first row alone",
    r"first row|row 0|other rows|all (its |the )?rows|every row|only one row|one row",
)
def without_empty_columns(items):
    used = items[0].nonzero()
    start = used[0, 0] if len(used) else items.shape[1] - 1
    return items[:, start:]


@wrong(
    "8.2",
    "looks at the last row alone",
    r"last row|other rows|all (its |the )?rows|every row|only one row|one row|sorted",
)
def without_empty_columns(items):
    longest = max(int((items[-1] != 0).sum()), 1)
    return items[:, -longest:]


@wrong(
    "8.2",
    "one column of padding stays",
    r"one (column|more|too many)|off by one|column of padding|still|too (wide|early)|stays|"
    r"empty column",
)
def without_empty_columns(items):
    used = (items != 0).any(dim=0).nonzero()
    start = int(used[0, 0]) if len(used) else items.shape[1] - 1
    return items[:, max(start - 1, 0) :]


@wrong(
    "8.2",
    "the first column with an item goes too",
    r"off by one|one (column|click|more|too)|first (column|item|click)|oldest|too (narrow|"
    r"late|many|far)|lost|cut",
)
def without_empty_columns(items):
    used = (items != 0).any(dim=0).nonzero()
    start = int(used[0, 0]) + 1 if len(used) else items.shape[1] - 1
    return items[:, min(start, items.shape[1] - 1) :]


@wrong(
    "8.2",
    "keeps the left end",
    r"on the left|left (end|columns|part|side)|wrong (end|side)|from the (front|start|left)|"
    r"right (end|columns|part|side)|newest|oldest|last columns",
)
def without_empty_columns(items):
    longest = max(int((items != 0).sum(dim=1).max()), 1)
    return items[:, :longest]


@wrong(
    "8.2",
    "drops rows, not columns",
    r"rows?.{0,30}columns?|columns?.{0,30}rows?|wrong axis|axis|dim=?\s?[01]|users? (are|"
    r"is) (gone|lost)|rows (are|is|were)",
)
def without_empty_columns(items):
    used = (items != 0).any(dim=1)
    return items[used] if used.any() else items[:, -1:]


@wrong(
    "8.2",
    "rows of padding go too",
    r"rows? .{0,40}(padding|gone|lost|drop|missing|vanish|fewer)|B\b.{0,20}(rows|kept)|"
    r"all (the )?rows|empty rows?|number of rows",
)
def without_empty_columns(items):
    real = items != 0
    if not real.any():
        return items[:, -1:]
    return items[real.any(dim=1)][:, real.any(dim=0)]


@wrong(
    "8.2",
    "a list of rows without padding",
    r"list|tensor|rectang|each row|own (length|width)|ragged|one width|same width",
)
def without_empty_columns(items):
    return [row[row != 0] if row.any() else row[-1:] for row in items]


@wrong(
    "8.2",
    "the mean length instead of the longest",
    r"mean|averag|longest|cut|shorter|lost|long rows|max",
)
def without_empty_columns(items):
    length = max(round((items != 0).sum(dim=1).float().mean().item()), 1)
    return items[:, -length:]


@wrong(
    "8.2",
    "moves the items to the left",
    r"mov(ed|es|ing)? |to the left|to the right|padding .{0,30}(behind|end\b|on the right)|"
    r"align|left-padded|changes? place",
)
def without_empty_columns(items):
    longest = max(int((items != 0).sum(dim=1).max()), 1)
    out = torch.zeros_like(items[:, :longest])
    for b, row in enumerate(items):
        clicks = row[row != 0]
        out[b, : len(clicks)] = clicks
    return out


# 8.3 next_item_loss


@right("8.3", "shift, mask, loss")
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@right("8.3", "without the empty columns, cut before the shift")
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        longest = int((batch != 0).sum(dim=1).max())
        batch = batch[:, -max(longest, 2) :]
        read, follows = batch[:, :-1], batch[:, 1:]
        b, t = torch.nonzero(read, as_tuple=True)
        return network.softmax_loss(network.encoder(read)[b, t], follows[b, t])

    return loss


@right("8.3", "a loop over the rows")
def next_item_loss(sequences):
    read, wanted = sequences[:, :-1], sequences[:, 1:]

    def loss(network, rows, generator=None):
        states = network.encoder(read[rows])
        kept, targets = [], []
        for state, row in zip(states, rows.tolist(), strict=True):
            n = int(read[row].count_nonzero())
            kept.append(state[state.shape[0] - n :])
            targets.append(wanted[row, wanted.shape[1] - n :])
        return network.softmax_loss(torch.cat(kept), torch.cat(targets))

    return loss


@right("8.3", "flat, with masked_select")
def next_item_loss(sequences):
    def loss(network, rows, generator):
        seq = torch.index_select(sequences, 0, rows)
        source = seq[..., :-1].contiguous()
        states = network.encoder(source)
        flat = states.reshape(-1, states.shape[-1])
        ok = source.flatten().gt(0)
        return network.softmax_loss(flat[ok], seq[..., 1:].masked_select(source > 0))

    return loss


@wrong(
    "8.3",
    "asks at the padding before the first click",
    r"padding|before the first|first click|no history|nothing (is |has been )?read|"
    r"targets? != 0|read\b|without (a )?history",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = targets != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "the target is the click itself",
    r"itself|shift|copy|same (position|click)|follow|next click|not the next|just read|off by one",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        items = sequences[rows][:, :-1]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], items[real])

    return loss


@wrong(
    "8.3",
    "predicts backwards: the click before",
    r"before|backward|wrong (way|direction)|previous|past|exchang|swap|revers|other way|shift",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, 1:], batch[:, :-1]
        real = targets != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "only the newest position of each row",
    r"every position|all positions|each position|last position|newest|only (the )?(last|one)|"
    r"one (question|position)",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, -1]
        real = items[:, -1] != 0
        return network.softmax_loss(network.encoder(items)[:, -1][real], targets[real])

    return loss


@wrong(
    "8.3",
    "a mean of the rows' means",
    r"means? of (the )?(rows|means)|rows?'? means?|each (row|user|sequence).{0,30}(equal|"
    r"alike|same|as much)|per (row|user|sequence)|weighted|over all positions|long(er)? (rows|"
    r"histories|sequences)|short (rows|histories)",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        states, means = network.encoder(items), []
        for b in range(len(rows)):
            real = items[b] != 0
            if real.any():
                means.append(network.softmax_loss(states[b][real], targets[b][real]))
        return torch.stack(means).mean()

    return loss


@wrong(
    "8.3",
    "all sequences, not those of the step",
    r"`?rows`?|all (the )?sequences|whole (log|data|set)|batch|this step|every sequence",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        items, targets = sequences[:, :-1], sequences[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "the first sequences instead of those asked for",
    r"`?\brows\b`? .{0,40}(not|never|ignor|unused|used)|(not|never|ignor\w*|use) `?rows\b|"
    r"first (B|sequences|few)|asked for|which sequences|index\w* with",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[: len(rows)]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "the sum over the positions",
    r"\bsum|mean|number of positions|divid|averag|grows|multipl",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        total = network.softmax_loss(network.encoder(items)[real], targets[real])
        return total * real.sum()

    return loss


@wrong(
    "8.3",
    "averaged over padding too",
    r"padding|divid|share of|too small|real positions|scaled|all (L|positions|places)|"
    r"number of (real )?positions|denominator",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        mean = network.softmax_loss(network.encoder(items)[real], targets[real])
        return mean * real.sum() / real.numel()

    return loss


@wrong(
    "8.3",
    "targets counted from 0",
    r"from (0|1)|targets? ?- ?1|minus (1|one)|off by one|subtract|twice|one too (low|small)|"
    r"shift|product before",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real] - 1)

    return loss


@wrong(
    "8.3",
    "a Python number, without gradient",
    r"item\(\)|\bfloat|\btensor|(no|without( a)?|cuts? .{0,20}) gradient|backward|number",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real]).item()

    return loss


@wrong("8.3", "states detached", r"detach|gradient|no_grad|encoder .{0,30}learn|learn|backward")
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        with torch.no_grad():
            states = network.encoder(items)
        return network.softmax_loss(states[real], targets[real])

    return loss


@wrong(
    "8.3",
    "no question after the first click",
    r"first (click|position|question|item)|one (click|read|question|position)|oldest|too few|"
    r"left out|skip|second click|miss",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        real = real & (real.cumsum(dim=1) > 1)
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "the newest click is never asked for",
    r"newest|last (click|target|position|question)|one (position|click) (too|less|short)|"
    r"off by one|too (short|few)|left out|cut|drop|never|miss",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows][:, :-1]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "two clicks ahead instead of one",
    r"two|second|off by one|after (the )?next|one too (far|many)|shift|one (click|"
    r"position) too|skip|by one",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-2], batch[:, 2:]
        real = items != 0
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "rolled: after the newest comes the oldest",
    r"roll|wrap|oldest|around|circle|from the front|begins again",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        items = sequences[rows][:, 1:]
        targets = items.roll(-1, dims=1)
        real = (items != 0) & (targets != 0)
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "empty columns cut from what is read, not from the targets",
    r"align|empty columns|columns?|width|match|cut|shift|belong|both|same columns",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        items = items[:, (items != 0).any(dim=0)]
        targets = targets[:, : items.shape[1]]
        real = (items != 0) & (targets != 0)
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


@wrong(
    "8.3",
    "each product once a batch",
    r"unique|duplicat|once|repeat|same (product|target)|set of|dedup|more than once",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        states = network.encoder(items)
        real = items != 0
        kept = {int(t): s for s, t in zip(states[real], targets[real], strict=True)}
        return network.softmax_loss(torch.stack(list(kept.values())), torch.tensor(list(kept)))

    return loss


@wrong(
    "8.3",
    "a click on the same product again is no question",
    r"same (product|item|click)|clicked? again|repeat(ed|s)?\b|twice in a row|stays? (on|"
    r"with)|equal to the one",
)
def next_item_loss(sequences):
    def loss(network, rows, generator):
        batch = sequences[rows]
        items, targets = batch[:, :-1], batch[:, 1:]
        real = (items != 0) & (items != targets)
        return network.softmax_loss(network.encoder(items)[real], targets[real])

    return loss


# 8.4 logits_of


@right("8.4", "einsum")
def logits_of(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items))


@right("8.4", "bmm")
def logits_of(network, states, items):
    vectors = network.encoder.item(items)
    return torch.bmm(vectors, states.unsqueeze(-1)).squeeze(-1)


@right("8.4", "product and sum")
def logits_of(network, states, items):
    return (states[:, None, :] * network.encoder.item(items)).sum(dim=2)


@right("8.4", "a loop over the columns")
def logits_of(network, states, items):
    logits = [(states * network.encoder.item(column)).sum(-1) for column in items.T]
    return torch.stack(logits, dim=1)


@wrong("8.4", "the mean over the width", r"mean|\bsum|averag|divid")
def logits_of(network, states, items):
    return (states[:, None] * network.encoder.item(items)).mean(dim=-1)


@wrong("8.4", "divided by the root of D", r"root|sqrt|√|scal|divid|factor")
def logits_of(network, states, items):
    vectors = network.encoder.item(items)
    return torch.einsum("kd,knd->kn", states, vectors) / states.shape[-1] ** 0.5


@wrong(
    "8.4",
    "sums over the items instead of the width",
    r"wrong axis|over the (items|products|candidates)|dim=?\s?-?[12]|over the width|"
    r"the last axis|\(K, D\)|along (the )?(items|width|N|D)",
)
def logits_of(network, states, items):
    return (states[:, None] * network.encoder.item(items)).sum(dim=1)


@wrong("8.4", "cosine", r"cosine|normali[sz]|length|dot product|unit")
def logits_of(network, states, items):
    return F.cosine_similarity(states[:, None], network.encoder.item(items), dim=-1)


@wrong("8.4", "probabilities by a sigmoid", r"sigmoid|probabilit|between 0 and 1|logit")
def logits_of(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items)).sigmoid()


@wrong("8.4", "log-softmax over the items", r"softmax|log.?prob|normali[sz]|probabilit|compet")
def logits_of(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items)).log_softmax(dim=-1)


@wrong(
    "8.4",
    "the product before",
    r"- ?1|off by one|from (0|1)|shift|product before|subtract|minus|neighbou?r",
)
def logits_of(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items - 1))


@wrong("8.4", "embeddings detached", r"detach|gradient|no_grad|learn|backward")
def logits_of(network, states, items):
    with torch.no_grad():
        vectors = network.encoder.item(items)
    return torch.einsum("kd,knd->kn", states, vectors)


@wrong(
    "8.4",
    "the first state for all rows",
    r"first (state|row|position)|row 0|own state|each (row|position)|same state|all rows|"
    r"other (states|rows)",
)
def logits_of(network, states, items):
    return network.encoder.item(items) @ states[0]


@wrong(
    "8.4",
    "the first row's items for all",
    r"first row|row 0|own items|each (row|position)|same items|all rows|others? for each|"
    r"other items",
)
def logits_of(network, states, items):
    return states @ network.encoder.item(items[0]).T


@wrong(
    "8.4",
    "loses an axis of one",
    r"squeeze|one (item|column|position|row)|axis|N (=|is|of) ?1|K (=|is|of) ?1|single|"
    r"dimension|1 negative",
)
def logits_of(network, states, items):
    return torch.bmm(network.encoder.item(items), states[:, :, None]).squeeze()


@wrong("8.4", "an axis too many", r"axis|axes|squeeze|keepdim|dimension|\(K, N, 1|trailing")
def logits_of(network, states, items):
    return network.encoder.item(items) @ states[:, :, None]


@wrong(
    "8.4",
    "states without the axis of the items",
    r"broadcast|axis|unsqueeze|None\]|align|K (=|==|equals|is) ?N|other (state|row)|in the middle",
)
def logits_of(network, states, items):
    return (states * network.encoder.item(items)).sum(dim=-1)


@wrong(
    "8.4",
    "every state with every row's items",
    r"every (state|row|pair)|each (state|row)'?s? own|all pairs|cross|own items|K, K|diagonal|"
    r"other rows",
)
def logits_of(network, states, items):
    return torch.einsum("kd,jnd->kjn", states, network.encoder.item(items))


@wrong("8.4", "transposed", r"transpos|\(N, K|swap|rows?.{0,30}columns?|axes|exchang|order of")
def logits_of(network, states, items):
    return torch.einsum("kd,knd->nk", states, network.encoder.item(items))


@wrong(
    "8.4",
    "a negative distance instead of the dot product",
    r"distance|subtract|dot product|squared|inner product",
)
def logits_of(network, states, items):
    return -(states[:, None] - network.encoder.item(items)).square().sum(dim=-1)


@wrong("8.4", "states detached", r"detach|gradient|no_grad|learn|backward")
def logits_of(network, states, items):
    vectors = network.encoder.item(items)
    return torch.einsum("kd,knd->kn", states.detach(), vectors)


# 8.5 OutcomeHead


@right("8.5", "cat and squeeze")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@right("8.5", "flattened and shaped back")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        shape, D = states.shape[:-1], states.shape[-1]
        s, v = states.reshape(-1, D), vectors.reshape(-1, D)
        return self.layers(torch.hstack((s, v, s.mul(v)))).view(shape)


@right("8.5", "a buffer")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        D = states.size(-1)
        beside = states.new_empty((*states.shape[:-1], 3 * D))
        beside[..., :D] = states
        beside[..., D : 2 * D] = vectors
        beside[..., 2 * D :] = torch.einsum("...d,...d->...d", states, vectors)
        return self.layers(beside)[..., 0]


@wrong(
    "8.5",
    "vector before state",
    r"order|state (comes )?(first|before|then)|vector (comes )?(first|before|second)|"
    r"vector before|swap|exchang|other way",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([vectors, states, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "the product in front",
    r"order|product.{0,20}(first|last|front|third|end)|in front|exchang",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states * vectors, states, vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "the sum instead of the product",
    r"\bsum\b|add(s|ed|ition)?\b|\+|plus|not (their|the) product|multipl",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states + vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "the difference instead of the product",
    r"the difference\b.{0,30}(instead|not|of|product)|subtract|minus|distance|multipl|"
    r"not (their|the) product",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states - vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "the dot product, repeated",
    r"dot product|number by number|element|scalar|\bsum|one number|inner product",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        dot = (states * vectors).sum(dim=-1, keepdim=True).expand_as(states)
        return self.layers(torch.cat([states, vectors, dot], dim=-1)).squeeze(-1)


@wrong(
    "8.5",
    "squeezes every axis of one",
    r"squeeze|axis of (one|1)|one (row|pair|history)|axis|B (=|is|of) ?1|single|dimension|"
    r"size (1|one)|length (1|one)",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze()


@wrong("8.5", "an axis too many", r"axis|axes|squeeze|dimension|trailing|last 1|\(\.\.\., ?1")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside)


@wrong(
    "8.5",
    "side by side along axis 1",
    r"axis|dim=?\s?1|last axis|leading|any number|positions|\.\.\.|batch",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5", "a sigmoid on top", r"sigmoid|between 0 and 1|probabilit|squash|regression|any number"
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1).sigmoid()


@wrong("8.5", "cut off below 0", r"clamp|relu|below 0|negative|cut|clip|scaled to mean")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1).relu()


@wrong(
    "8.5",
    "the state twice, the vector left out",
    r"vectors?\b.{0,40}(left out|miss|not|never|only)|twice|state.{0,20}(again|twice)|"
    r"left out|second part",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, states, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "interleaved number by number",
    r"interleav|side by side|in turn|alternat|one after|stack|order|blocks?",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.stack([states, vectors, states * vectors], dim=-1)
        return self.layers(beside.flatten(-2)).squeeze(-1)


@wrong("8.5", "states detached", r"detach|gradient|no_grad|learn|backward")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        states = states.detach()
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong(
    "8.5",
    "one long list instead of the axes in front",
    r"flat|axes|leading|\.\.\.|one (long )?list|reshape|in front|batch",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).flatten()


@wrong(
    "8.5",
    "the state squared in place of the product",
    r"square|itself|state(s)? (\*|times) (the )?state|product of the state and the vector|"
    r"multipl|vector.{0,40}(not|miss|never)",
)
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        beside = torch.cat([states, vectors, states * states], dim=-1)
        return self.layers(beside).squeeze(-1)


@wrong("8.5", "both made unit length first", r"normali[sz]|length|unit|scal|as they are")
class OutcomeHead(nn.Module):
    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)

    def forward(self, states, vectors):
        states, vectors = F.normalize(states, dim=-1), F.normalize(vectors, dim=-1)
        beside = torch.cat([states, vectors, states * vectors], dim=-1)
        return self.layers(beside).squeeze(-1)
