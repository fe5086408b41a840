"""Chapter 08, SASRec: answers written from its stubs alone."""

import torch
import torch.nn.functional as F
from torch import nn

from seqrec.losses import chunked_softmax_loss
from seqrec.models import SequenceEncoder
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
