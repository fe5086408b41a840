"""Answer key of chapter 08."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import cosine_similarity, normalize, pad

from course.coach import (
    Choice,
    EquivalentMutant,
    Exercise,
    GuessChoice,
    GuessNumber,
    Misconception,
    ModuleProbe,
    Probe,
    Quiz,
)
from seqrec.data import without_empty_columns
from seqrec.losses import chunked_softmax_loss, next_item_loss
from seqrec.models import SASRec
from seqrec.models.encoder import SequenceEncoder, draw_weights
from seqrec.models.heads import PairHead


def _sequences(rng, lengths, L, n_items):
    """Left-padded sequences of the given lengths. (B, L) long."""
    items = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L)))
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


# --- 8.1 SASRec -----------------------------------------------------------------------------------

_SMALL = {
    "init": (9, 6),
    "init_kwargs": {"D": 8, "H": 2, "n_blocks": 1, "hidden": 16, "dropout": 0.0},
}
_DROPS = {
    "init": (9, 6),
    "init_kwargs": {"D": 8, "H": 2, "n_blocks": 1, "hidden": 16, "dropout": 0.5},
}


def _loss_of(module, states, targets):
    return module.softmax_loss(states, targets)


def _scored(module, histories):
    """The scores, and whether the module is afterwards in the mode that it was in before."""
    was_training = module.training
    scores = module.score_catalogue(histories)
    return {
        "scores": scores,
        "gradient": scores.requires_grad,
        "mode kept": module.training == was_training,
    }


def _trained_on(module, items):
    """Whether dropout is on in training, and stays on."""
    once = module(items)
    again = module(items)
    return {"dropout is on": not torch.equal(once, again), "in training mode": module.training}


def _sizes(module):
    return {
        "n_items": module.n_items,
        "weights": {name: tuple(weight.shape) for name, weight in module.named_parameters()},
        "dropouts": [part.p for part in module.modules() if isinstance(part, nn.Dropout)],
    }


def _sasrec_probes(rng):
    items = _sequences(rng, [3, 6, 1], 6, 9)
    yield ModuleProbe((torch.tensor([[2, 5]]),), label="one history, two clicks", **_SMALL)
    yield ModuleProbe((items,), label="three histories, padded", gradients=True, **_SMALL)
    yield ModuleProbe(
        (torch.zeros(1, 3, dtype=torch.long),), label="nothing but padding", edge=True, **_SMALL
    )
    yield ModuleProbe((_sequences(rng, [4, 3, 4, 1], 4, 9),), label="four histories", **_SMALL)
    yield ModuleProbe((_sequences(rng, [1], 1, 9),), label="a single click", edge=True, **_SMALL)
    yield ModuleProbe((items,), label="the scores of the catalogue", call=_scored, **_SMALL)
    yield ModuleProbe(
        (items,), label="scores, in training mode", call=_scored, training=True, **_DROPS
    )
    yield ModuleProbe(
        (items,), label="in training mode", call=_trained_on, training=True, edge=True, **_DROPS
    )
    states = torch.from_numpy(rng.normal(size=(5, 8))).float()
    targets = torch.tensor([1, 9, 4, 4, 2])
    yield ModuleProbe(
        (states, targets), label="the training loss", call=_loss_of, gradients=True, **_SMALL
    )
    yield ModuleProbe((), label="the default sizes", init=(9, 6), call=_sizes)
    yield ModuleProbe((), label="other sizes", call=_sizes, **_DROPS)
    yield ModuleProbe((items,), label="the default sizes, padded", init=(9, 6))
    yield ModuleProbe((items,), label="in training mode, without dropout", training=True, **_SMALL)


class _Stub(nn.Module):
    """The stub's class: all but `forward`."""

    def __init__(self, n_items, max_len, *, D=64, H=2, n_blocks=2, hidden=None, dropout=0.1):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items,
            max_len,
            D=D,
            H=H,
            n_blocks=n_blocks,
            hidden=4 * D if hidden is None else hidden,
            causal=True,
            dropout=dropout,
        )

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


def _sasrec(forward: Callable) -> type[nn.Module]:
    """The stub's class with this `forward(self, items)`."""
    return type("_Answer", (_Stub,), {"forward": forward})


def _products(self, first=1, last=0):
    """Rows of the embedding, from `first` to `last` beyond the last product."""
    return self.encoder.item.weight[first : self.n_items + 1 + last]


def _in_columns(logits, value=float("-inf")):
    return pad(logits, (1, 0), value=value)


def _right_logits(self, items):
    return _in_columns(self.encoder(items) @ _products(self).T)


def _changed(change):
    """Right logits, changed by `change(logits, items)`."""
    return _sasrec(lambda self, items: change(_right_logits(self, items), items))


def _of_states(change):
    """Logits of other states: `change(self, states, items)`."""
    return _sasrec(
        lambda self, items: _in_columns(
            change(self, self.encoder(items), items) @ _products(self).T
        )
    )


def _of_vectors(change):
    """Logits of other vectors of the products: `change(self, vectors)`."""
    return _sasrec(
        lambda self, items: _in_columns(self.encoder(items) @ change(self, _products(self)).T)
    )


def _of_rows(rows):
    """Logits of these rows of the embedding, as they come."""
    return _sasrec(lambda self, items: self.encoder(items) @ rows(self).T)


def _column_at(value, fill=float("-inf")):
    """All rows' logits, with some columns filled."""

    def forward(self, items):
        logits = self.encoder(items) @ self.encoder.item.weight.T
        columns = torch.zeros(logits.shape[-1], dtype=torch.bool)
        columns[value] = True
        return logits.masked_fill(columns, fill)

    return _sasrec(forward)


def _seen_ruled_out(logits, items):
    seen = torch.zeros(len(items), logits.shape[-1], dtype=torch.bool)
    seen.scatter_(1, items, torch.ones_like(items, dtype=torch.bool))
    return logits.masked_fill(seen[:, None], float("-inf"))


def _seen_so_far_ruled_out(logits, items):
    seen = nn.functional.one_hot(items, logits.shape[-1]).cumsum(dim=1) > 0
    return logits.masked_fill(seen, float("-inf"))


def _mean_state(self, states, items):
    return states.mean(dim=1, keepdim=True).expand_as(states)


def _negative_distances(self, items):
    states, vectors = self.encoder(items), _products(self)
    return _in_columns(-((states[:, :, None] - vectors) ** 2).sum(dim=-1))


def _in_eval(self, items):
    self.eval()
    return _right_logits(self, items)


def _filled(logits, column):
    logits = logits.clone()
    logits[..., column] = float("-inf")
    return logits


_SASREC = Exercise(
    id="8.1",
    title="A tied output",
    minutes=8,
    reference=SASRec,
    probes=_sasrec_probes,
    hints=(
        "Every state against every product: a matrix product of (B, L, D) with (D, n_items).",
        "The rows of the products are `self.encoder.item.weight[1 : self.n_items + 1]`. "
        "`nn.functional.pad` puts a column before the first.",
        "`logits = self.encoder(items) @ rows.T`, then `nn.functional.pad(logits, (1, 0), "
        'value=float("-inf"))`.',
    ),
    built="You have built SASRec: an encoder that sees no future, and an output that is tied "
    "to the item vectors. The chapter trains it and sets it beside GRU4Rec on the "
    "ladder, and chapter 09 measures BERT4Rec against it.",
    ours="We slice the products' rows out of the table and let `pad` put the column of PAD in "
    "front; no entry is overwritten.",
    misconceptions=(
        Misconception(
            name="all rows of the embedding",
            wrong=_of_rows(lambda self: self.encoder.item.weight),
            says="You have a logit for every row of the embedding, PAD and MASK too. They are no "
            "products: leave their rows out and put -inf into column 0.",
        ),
        Misconception(
            name="a column for MASK, both at -inf",
            wrong=_column_at([0, -1]),
            says="You set MASK to -inf, but its column is still there, one too many. Cut it off: "
            "there are n_items + 1 columns.",
        ),
        Misconception(
            name="PAD with a logit of 0",
            wrong=_of_rows(lambda self: _products(self, first=0)),
            says="PAD's embedding is zero, and so is your logit for it. A logit of 0 is not a "
            "probability of 0: column 0 must be -inf.",
        ),
        Misconception(
            name="PAD with a large negative number",
            wrong=_sasrec(
                lambda self, items: _in_columns(self.encoder(items) @ _products(self).T, -1e9)
            ),
            says="Column 0 holds a large negative number. It is to be -inf exactly, so that "
            "padding has probability 0 and no sum is spoilt by it.",
        ),
        Misconception(
            name="PAD with the least number",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self).T, torch.finfo(torch.float32).min
                )
            ),
            says="Column 0 holds the least finite number. It is to be -inf exactly: "
            '`float("-inf")`.',
        ),
        Misconception(
            name="PAD at plus infinity",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self).T, float("inf")
                )
            ),
            says="Column 0 is +inf, so padding would be certain. -inf makes it impossible.",
        ),
        Misconception(
            name="PAD at 0, MASK at -inf",
            wrong=_column_at([-1]),
            says="You set MASK to -inf and leave PAD at 0, and there is a column too many. Cut "
            "MASK's column off; column 0, PAD, is -inf.",
        ),
        Misconception(
            name="no column for PAD",
            wrong=_of_rows(_products),
            says="Your columns begin with product 1 in column 0: the column for PAD is missing. "
            "Put a column of -inf in front, so that column j is product j.",
        ),
        Misconception(
            name="no column for PAD, but one for MASK",
            wrong=_of_rows(lambda self: _products(self, last=1)),
            says="You leave PAD's row out and put no column in its place, and the last column is "
            "MASK. Take the products' rows and put a column of -inf in front.",
        ),
        Misconception(
            name="MASK as a product",
            wrong=_sasrec(
                lambda self, items: _in_columns(self.encoder(items) @ _products(self, last=1).T)
            ),
            says="You left PAD out, but the last row of the embedding is MASK, and no product "
            "either: stop before it.",
        ),
        Misconception(
            name="-inf behind the products",
            wrong=_sasrec(
                lambda self, items: pad(
                    self.encoder(items) @ _products(self).T, (0, 1), value=float("-inf")
                )
            ),
            says="Your column of -inf comes last, so product j stands in column j - 1. `pad` with "
            "`(1, 0)` puts it in front.",
        ),
        Misconception(
            name="one row too early",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self, first=0, last=-1).T
                )
            ),
            says="Your columns are shifted by one: column j holds the product before, j - 1, "
            "since you begin with row 0, PAD. The products' rows are 1 to n_items.",
        ),
        Misconception(
            name="one row too late",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self, first=2, last=1).T
                )
            ),
            says="Your columns are shifted by one: column j holds the product after, j + 1, and "
            "the last is MASK. The products' rows are 1 to n_items.",
        ),
        Misconception(
            name="the last product missing",
            wrong=_sasrec(
                lambda self, items: _in_columns(self.encoder(items) @ _products(self, last=-1).T)
            ),
            says="The last product is missing: a slice leaves out its end, so it must end at "
            "n_items + 1.",
        ),
        Misconception(
            name="the last product at -inf",
            wrong=_changed(lambda logits, items: _filled(logits, -1)),
            says="The last product's logit is -inf. MASK has no column any more: only column 0 is "
            "-inf.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_changed(lambda logits, items: logits[:, -1]),
            says="You return the newest position alone. Training needs all of them: (B, L, "
            "n_items + 1).",
        ),
        Misconception(
            name="the newest position, with an axis",
            wrong=_changed(lambda logits, items: logits[:, -1:]),
            says="You return the newest position only, an L of 1. Training needs the logits at "
            "all positions: (B, L, n_items + 1).",
        ),
        Misconception(
            name="the newest state for all",
            wrong=_of_states(lambda self, states, items: states[:, -1:].expand_as(states)),
            says="You use the newest state at every position. Each position has a state of its "
            "own; the newest one has seen what is asked for.",
        ),
        Misconception(
            name="the mean of the states",
            wrong=_of_states(_mean_state),
            says="You average the states over the positions. Each position has a state and logits "
            "of its own, and the average would know the future.",
        ),
        Misconception(
            name="the position before",
            wrong=_of_states(lambda self, states, items: states.roll(1, dims=1)),
            says="Your logits are shifted by one position: at each one you use the state of the "
            "position before. The state at t has read click t and predicts what follows: no shift.",
        ),
        Misconception(
            name="the position after",
            wrong=_of_states(lambda self, states, items: states.roll(-1, dims=1)),
            says="Your logits are shifted by one position: at each one you use the state of the "
            "position after, which has read the answer. No shift here.",
        ),
        Misconception(
            name="reads backwards",
            wrong=_sasrec(
                lambda self, items: _in_columns(self.encoder(items.flip(1)) @ _products(self).T)
            ),
            says="You turn the history round before it is read. The encoder reads it as it is, "
            "the newest click last.",
        ),
        Misconception(
            name="the newest click not read",
            wrong=_sasrec(
                lambda self, items: _in_columns(self.encoder(items[:, :-1]) @ _products(self).T)
            ),
            says="You cut off the newest click before encoding, L - 1 positions. The shift is the "
            "loss's affair: here all L are read.",
        ),
        Misconception(
            name="evaluation mode",
            wrong=_sasrec(_in_eval),
            says="You switch to evaluation mode inside `forward`, so dropout is off in training "
            "too. Leave the mode as it is.",
        ),
        Misconception(
            name="embeddings instead of states",
            wrong=_of_states(lambda self, states, items: self.encoder.item(items)),
            says="You compare a click's embedding with the products, without having read the "
            "history: `self.encoder(items)` gives the states.",
        ),
        Misconception(
            name="states of padding are 0",
            wrong=_of_states(lambda self, states, items: states * (items != 0)[:, :, None]),
            says="You set the states of padding to 0. Nothing needs that: what stands at padding "
            "is left out by whoever reads the logits.",
        ),
        Misconception(
            name="padding at -inf",
            wrong=_changed(
                lambda logits, items: logits.masked_fill((items == 0)[:, :, None], float("-inf"))
            ),
            says="You set the logits at padded *positions* to -inf. Only column 0 is, that is "
            "padding as a product.",
        ),
        Misconception(
            name="divided by the root of D",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self).T / self.encoder.D**0.5
                )
            ),
            says="You divide the logits by the root of D, as attention scales its scores. Here "
            "nothing is scaled: a plain dot product.",
        ),
        Misconception(
            name="divided by D",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    self.encoder(items) @ _products(self).T / self.encoder.D
                )
            ),
            says="You divide by the width D, a mean. A dot product is the plain sum.",
        ),
        Misconception(
            name="cosines",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    normalize(self.encoder(items), dim=-1) @ normalize(_products(self), dim=-1).T
                )
            ),
            says="You take cosines: both vectors are brought to unit length (normalised). Take "
            "the plain dot product; the length of a product's vector says how popular it is.",
        ),
        Misconception(
            name="states of unit length",
            wrong=_of_states(lambda self, states, items: normalize(states, dim=-1)),
            says="You bring the states to unit length (normalise them), half a cosine. Take them "
            "as they are.",
        ),
        Misconception(
            name="negative squared distances",
            wrong=_sasrec(_negative_distances),
            says="Your logit is the negative squared distance of state and product. It is their "
            "dot product.",
        ),
        Misconception(
            name="sign turned",
            wrong=_of_vectors(lambda self, vectors: -vectors),
            says="Your sign is turned: the product whose vector points where the state points "
            "gets the *highest* logit.",
        ),
        Misconception(
            name="log-softmax",
            wrong=_changed(lambda logits, items: logits.log_softmax(dim=-1)),
            says="You return log-probabilities, a log-softmax. Logits are due, the dot products "
            "themselves: the loss and `score_catalogue` take the log-softmax.",
        ),
        Misconception(
            name="probabilities",
            wrong=_changed(lambda logits, items: logits.softmax(dim=-1)),
            says="You return probabilities, a softmax. The loss wants logits; whoever reads a "
            "list takes the softmax.",
        ),
        Misconception(
            name="probabilities behind -inf",
            wrong=_sasrec(
                lambda self, items: _in_columns(
                    (self.encoder(items) @ _products(self).T).softmax(dim=-1)
                )
            ),
            says="You return probabilities of the products, a softmax, with -inf beside them. "
            "Logits are due: the dot products themselves.",
        ),
        Misconception(
            name="sigmoids behind -inf",
            wrong=_sasrec(
                lambda self, items: _in_columns((self.encoder(items) @ _products(self).T).sigmoid())
            ),
            says="You squash the products' logits with a sigmoid. They are due as they are, "
            "unbounded dot products.",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_changed(lambda logits, items: logits.sigmoid()),
            says="You squash each logit with a sigmoid. Logits are due as they are, unbounded.",
        ),
        Misconception(
            name="clicked products ruled out",
            wrong=_changed(_seen_ruled_out),
            says="You rule out (mask) what was clicked already. People click a product again: "
            "every product has a logit, only padding is -inf.",
        ),
        Misconception(
            name="products clicked so far ruled out",
            wrong=_changed(_seen_so_far_ruled_out),
            says="You rule out (exclude) what was clicked up to each position. People click a "
            "product again: every product has a logit.",
        ),
        Misconception(
            name="only the clicked products",
            wrong=_sasrec(
                lambda self, items: self.encoder(items) @ self.encoder.item(items).transpose(1, 2)
            ),
            says="You compare the states with the clicks of the same history, (B, L, L). Compare "
            "them with all products of the catalogue.",
        ),
        Misconception(
            name="the axes exchanged",
            wrong=_changed(lambda logits, items: logits.transpose(1, 2)),
            says="Your axes are exchanged (transposed): (B, L, n_items + 1) is due, the products "
            "last.",
        ),
        Misconception(
            name="the embedding detached",
            wrong=_of_vectors(lambda self, vectors: vectors.detach()),
            says="The products' vectors are detached (`.data` or `.detach()`), so they don't "
            "learn from the output. Tied means that the embedding gets gradients from both ends.",
        ),
        Misconception(
            name="the states detached",
            wrong=_of_states(lambda self, states, items: states.detach()),
            says="Your states are detached, or computed under no_grad: the encoder gets no "
            "gradient and learns nothing.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="return torch.einsum('kd,knd->kn', states, self.encoder.item(items)) -> *",
            reason="It edits `logits_of`, which is an exercise of its own, 8.4.",
        ),
        EquivalentMutant(
            edit="return self.logits_of(self.encoder(histories)[:, -1], candidates) -> *",
            reason="It edits `score_candidates`, which the exercise does not ask for; chapter 11 "
            "does.",
        ),
    ),
)


# --- 8.2 Empty columns ----------------------------------------------------------------------------


def _column_probes(rng):
    yield Probe((torch.tensor([[0, 0, 0, 7], [0, 0, 4, 5]]),), label="two columns of padding")
    yield Probe((torch.tensor([[0, 0, 4, 5], [0, 0, 0, 7]]),), label="the longer history first")
    yield Probe((torch.tensor([[1, 2, 3], [0, 0, 4]]),), label="one history is full")
    yield Probe((torch.zeros(2, 4, dtype=torch.long),), label="nothing but padding")
    yield Probe((torch.tensor([[0, 0, 9]]),), label="a single click")
    for _ in range(3):
        lengths = rng.integers(0, 6, 4).tolist()
        yield Probe((_sequences(rng, lengths, 9, 30),), label="random histories")
    for lengths, L in (([2, 5, 1], 8), ([3, 6, 4, 2, 5], 7)):
        yield Probe((_sequences(rng, lengths, L, 30),), label="the longest history in the middle")


def _cut_at(start_of):
    """The columns from `start_of(items)` on."""
    return lambda items: items[:, int(start_of(items)) :]


def _lengths(items):
    return (items != 0).sum(dim=1)


def _shortest(items):
    return items[:, (items != 0).all(dim=0)]


def _shortest_but_one(items):
    kept = (items != 0).all(dim=0)
    return items[:, kept] if kept.any() else items[:, -1:]


def _keeps_all_padding(items):
    return items[:, int((items != 0).any(dim=0).int().argmax()) :]


def _nothing_left(items):
    return items[:, (items != 0).any(dim=0)]


def _n_kept(items):
    return without_empty_columns(items).shape[1]


def _one_column_too_many(items):
    return items[:, -min(_n_kept(items) + 1, items.shape[1]) :]


def _one_column_too_few(items):
    return items[:, items.shape[1] - max(_n_kept(items) - 1, 1) :]


def _from_the_right(items):
    return items[:, : _n_kept(items)]


def _rows_dropped(items):
    return items[(items != 0).any(dim=1)]


def _full_rows_kept(items):
    return items[(items != 0).all(dim=1)]


def _rows_dropped_too(items):
    items = without_empty_columns(items)
    kept = (items != 0).any(dim=1)
    return items[kept]


def _padded_right(items):
    kept = without_empty_columns(items)
    rows = [torch.cat([row[row != 0], row[row == 0]]) for row in kept]
    return torch.stack(rows)


def _oldest_first(items):
    return without_empty_columns(items).flip(1)


def _by_the_mean(items):
    return items[:, items.shape[1] - max(int(_lengths(items).float().mean().round()), 1) :]


def _first_place(items):
    return int((items != 0).any(dim=0).nonzero()[0])


def _least_place(items):
    return int((items != 0).nonzero()[:, 1].min())


def _newest_column(items):
    return items[:, -1:]


def _the_mask(items):
    return (without_empty_columns(items) != 0).long()


def _the_empty_columns(items):
    return items[:, : items.shape[1] - _n_kept(items)]


_COLUMNS = Exercise(
    id="8.2",
    title="Columns that nobody needs",
    minutes=5,
    reference=without_empty_columns,
    probes=_column_probes,
    hints=(
        "In which columns does *any* row have an item? Padding is on the left, so you need the "
        "first of them.",
        "`(items != 0).any(dim=0)` is True for columns in use; `.int().argmax()` is the place of "
        "the first True.",
        "`items[:, int(is_used.int().argmax()) :]`. Where no column is in use, argmax says 0: "
        "return `items[:, -1:]`.",
    ),
    built="You have built the cut that spares a batch its common padding. Your loss of the "
    "next exercise begins with it, and so do the library's.",
    ours="Ours needs no loop over columns: `any` over the rows, then `argmax` finds the first "
    "column with an item.",
    misconceptions=(
        Misconception(
            name="keeps what all rows have",
            wrong=_shortest,
            says="You keep the columns in which *every* row has an item, and cut the long "
            "histories down to the shortest. A column can go only if it is padding in every row.",
        ),
        Misconception(
            name="keeps what all rows have, one column at least",
            wrong=_shortest_but_one,
            says="You drop a column as soon as *one* row has padding there (all for any), which "
            "cuts long histories to the shortest. Drop it only if all rows have padding there.",
        ),
        Misconception(
            name="looks at the first row",
            wrong=_cut_at(lambda items: (items[0] != 0).int().argmax()),
            says="You cut where the first row begins. Another row may be longer: look at all of "
            "them.",
        ),
        Misconception(
            name="looks at the first row, one column at least",
            wrong=_cut_at(
                lambda items: (
                    (items[0] != 0).int().argmax() if items[0].any() else items.shape[1] - 1
                )
            ),
            says="You look at the first row only, and cut where it begins. The longest history of "
            "the batch decides: look at all rows.",
        ),
        Misconception(
            name="looks at the last row",
            wrong=_cut_at(lambda items: (items[-1] != 0).int().argmax()),
            says="You cut where the last row begins. Another row may be longer: look at all of "
            "them.",
        ),
        Misconception(
            name="looks at the last row, one column at least",
            wrong=_cut_at(
                lambda items: (
                    (items[-1] != 0).int().argmax() if items[-1].any() else items.shape[1] - 1
                )
            ),
            says="You look at the last row only, and cut where it begins. The longest history of "
            "the batch decides: look at all rows.",
        ),
        Misconception(
            name="drops rows",
            wrong=_rows_dropped,
            says="You drop rows (histories without a click), not columns: `any` runs over the "
            "wrong axis. Over the rows it is `dim=0`; columns are picked with `items[:, ...]`.",
        ),
        Misconception(
            name="drops columns and rows",
            wrong=_rows_dropped_too,
            says="You drop empty rows too. Only columns go: each history keeps its row.",
        ),
        Misconception(
            name="keeps full rows",
            wrong=_full_rows_kept,
            says="You keep only rows without padding. Columns are to go, not rows: look down the "
            "columns, `dim=0`.",
        ),
        Misconception(
            name="keeps a batch of padding whole",
            wrong=_keeps_all_padding,
            says="Of a batch of nothing but padding you keep everything: argmax of all False is "
            "0. One column is due.",
        ),
        Misconception(
            name="leaves nothing of padding",
            wrong=_nothing_left,
            says="Of a batch of nothing but padding you leave no column at all. Keep the last "
            "one: a network can't read a sequence of length 0.",
        ),
        Misconception(
            name="a batch of padding, first of none",
            wrong=_cut_at(_first_place),
            says="A batch of nothing but padding has no first item, and taking the first of none "
            "raises. Return its last column, `items[:, -1:]`.",
        ),
        Misconception(
            name="a batch of padding, least of none",
            wrong=_cut_at(_least_place),
            says="A batch of nothing but padding has no items, and the minimum of none raises. "
            "Return its last column, `items[:, -1:]`.",
        ),
        Misconception(
            name="one column too many",
            wrong=_one_column_too_many,
            says="You keep one column of padding too many before the longest history. Begin with "
            "its first item.",
        ),
        Misconception(
            name="one column too few",
            wrong=_one_column_too_few,
            says="You cut one column too many: the oldest click of the longest history is gone. "
            "Begin with its first item.",
        ),
        Misconception(
            name="cuts on the right",
            wrong=_from_the_right,
            says="You keep the oldest columns and cut off the newest clicks. Padding is on the "
            "left: cut there.",
        ),
        Misconception(
            name="the empty columns",
            wrong=_the_empty_columns,
            says="You return the empty columns, the inverse. Keep those from the first item on.",
        ),
        Misconception(
            name="the newest column only",
            wrong=_newest_column,
            says="You always keep the last column only. That is for a batch of nothing but "
            "padding; else all columns from the first item on are due.",
        ),
        Misconception(
            name="the mean length",
            wrong=_by_the_mean,
            says="You cut to the mean length. The longest history decides, or clicks get lost.",
        ),
        Misconception(
            name="padding on the right",
            wrong=_padded_right,
            says="You move padding to the right. It stays on the left, as the newest click stays "
            "in the last column.",
        ),
        Misconception(
            name="columns reversed",
            wrong=_oldest_first,
            says="You return the columns in reverse order. They keep their order, the newest "
            "click last.",
        ),
        Misconception(
            name="the mask",
            wrong=_the_mask,
            says="You return which places are in use, a mask, not the items.",
        ),
    ),
)

# --- 8.3 The next-item loss -----------------------------------------------------------------------


def _reaching(value, *parameters):
    """How much gradient reaches each of the parameters: the sum of its sizes, 0 if none does."""
    if not value.requires_grad:
        return [0.0] * len(parameters)
    found = torch.autograd.grad(value, parameters, allow_unused=True)
    return [0.0 if gradient is None else float(gradient.abs().sum()) for gradient in found]


def _step(answer, sequences, rows):
    """The loss of a step of a small network whose weights are fixed, how many positions it was
    taken over, and whether encoder and embedding learn from it.
    """
    torch.manual_seed(3)
    network = SASRec(9, 12, D=8, H=2, n_blocks=1, hidden=16, dropout=0.0)
    network.train()
    with torch.no_grad():
        network.encoder.item.weight.mul_(3)  # far from uniform: a wrong target costs visibly more
    right, counts = network.softmax_loss, []

    def counted(states, targets):
        counts.append(len(targets))
        return right(states, targets)

    network.softmax_loss = counted
    value = answer(sequences)(network, rows, torch.Generator())
    if not isinstance(value, torch.Tensor):
        return value
    left_alone = all(weight.grad is None for weight in network.parameters())
    encoder = network.encoder
    of_norm, of_items = _reaching(value, encoder.norm.weight, encoder.item.weight)
    return {
        "loss": value.detach(),
        "positions": sum(counts),
        "gradient that reaches the encoder": of_norm,
        "gradient that reaches the embedding": of_items,
        "the network is in training mode": network.training,
        "`backward` is left to the caller": left_alone,
    }


def _next_item_probes(rng):
    few = torch.tensor([[0, 0, 3, 5], [2, 7, 1, 4]])
    yield Probe((few, torch.tensor([0])), label="two clicks: one question", call=_step)
    yield Probe((few, torch.tensor([1])), label="four clicks: three questions", call=_step)
    yield Probe((few, torch.tensor([0, 1])), label="a short history beside a long one", call=_step)
    yield Probe(
        (torch.tensor([[0, 0, 0, 6], [0, 8, 8, 8]]), torch.tensor([0, 1])),
        label="one click alone",
        call=_step,
    )
    for _ in range(3):
        many = _sequences(rng, rng.integers(2, 10, 12).tolist(), 9, 9)
        rows = torch.from_numpy(rng.permutation(12)[:5])
        yield Probe((many, rows), label="five random sequences of twelve", call=_step)
    yield Probe(
        (_sequences(rng, [5, 2, 4], 6, 9), torch.tensor([2, 1, 2])),
        label="a sequence that comes twice",
        call=_step,
        edge=True,
    )
    many = _sequences(rng, [3, 2, 7, 1, 5, 4], 11, 9)
    yield Probe((many, torch.tensor([4, 0, 3])), label="three short sequences of six", call=_step)


def _loss_with(pairs, scaled=None):
    """A loss whose states and targets `pairs(network, batch)` chooses.

    scaled: changes the mean over these; `scaled(loss, number of positions, batch)`
    """

    def answer(sequences):
        def loss(network, rows, generator):
            batch = sequences[rows]
            states, targets = pairs(network, batch)
            mean = network.softmax_loss(states, targets)
            return mean if scaled is None else scaled(mean, len(targets), batch)

        return loss

    return answer


def _right_pairs(network, batch):
    items = batch[:, :-1]
    return network.encoder(items)[items != 0], batch[:, 1:][items != 0]


def _pairs_where(chosen):
    """The right pairs of some positions only: `chosen(items, targets)` is their mask."""

    def pairs(network, batch):
        items, targets = batch[:, :-1], batch[:, 1:]
        kept = (items != 0) & chosen(items, targets)
        return network.encoder(items)[kept], targets[kept]

    return pairs


def _pairs_changed(change):
    """The right pairs, changed: `change(states, targets)`."""
    return lambda network, batch: change(*_right_pairs(network, batch))


def _itself(network, batch):
    items = batch[:, :-1]
    return network.encoder(items)[items != 0], items[items != 0]


def _itself_to_the_end(network, batch):
    return network.encoder(batch)[batch != 0], batch[batch != 0]


def _backwards(network, batch):
    items, before = batch[:, 1:], batch[:, :-1]
    real = before != 0
    return network.encoder(items)[real], before[real]


def _two_ahead(network, batch):
    items, targets = batch[:, :-2], batch[:, 2:]
    return network.encoder(items)[items != 0], targets[items != 0]


def _two_ahead_read_to_the_end(network, batch):
    items, targets = batch[:, :-1], batch[:, 2:]
    real = items[:, :-1] != 0
    return network.encoder(items)[:, :-1][real], targets[real]


def _newest_target(network, batch):
    real = batch[:, -2] != 0
    return network.encoder(batch[:, :-1])[real, -1], batch[real, -1]


def _newest_left_out(network, batch):
    return _right_pairs(network, batch[:, :-1])


def _first_click_too(network, batch):
    targets = batch[:, 1:]
    return network.encoder(batch[:, :-1])[targets != 0], targets[targets != 0]


def _first_click_too_trimmed(network, batch):
    return _first_click_too(network, without_empty_columns(batch))


def _padding_too(network, batch):
    return network.encoder(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()


def _first_column_dropped(network, batch):
    batch = without_empty_columns(batch)
    items, targets = batch[:, :-1], batch[:, 1:]
    real = items != 0
    real[:, 0] = False
    return network.encoder(items)[real], targets[real]


def _after_the_first_click(items, targets):
    before = pad(items, (1, 0))[:, :-1]
    return before != 0


def _only_after_the_first_click(items, targets):
    before = pad(items, (1, 0))[:, :-1]
    return before == 0


def _reads_the_target(network, batch):
    real = batch[:, :-1] != 0
    return network.encoder(batch)[:, 1:][real], batch[:, 1:][real]


def _encodes_the_last_click_too(network, batch):
    real = batch[:, :-1] != 0
    return network.encoder(batch)[:, :-1][real], batch[:, 1:][real]


def _encodes_embeddings(network, batch):
    items = batch[:, :-1]
    return network.encoder.item(items)[items != 0], batch[:, 1:][items != 0]


def _last_click_for_all(network, batch):
    items = batch[:, :-1]
    targets = batch[:, -1:].expand_as(items)
    return network.encoder(items)[items != 0], targets[items != 0]


def _newest_state_for_all(network, batch):
    items, targets = batch[:, :-1], batch[:, 1:]
    states = network.encoder(items)
    return states[:, -1:].expand_as(states)[items != 0], targets[items != 0]


def _once(states, targets, last=False):
    """One position for each product: its first, or its last."""
    order = range(len(targets))
    places = {int(targets[k]): k for k in (order if last else reversed(order))}
    kept = sorted(places.values())
    return states[kept], targets[kept]


def _by_target(sequences):
    def loss(network, rows, generator):
        states, targets = _right_pairs(network, sequences[rows])
        means = [
            network.softmax_loss(states[targets == item], targets[targets == item])
            for item in targets.unique()
        ]
        return torch.stack(means).mean()

    return loss


def _by_position(sequences):
    def loss(network, rows, generator):
        items, targets = sequences[rows][:, :-1], sequences[rows][:, 1:]
        states, real = network.encoder(items), items != 0
        means = [
            network.softmax_loss(states[:, t][real[:, t]], targets[:, t][real[:, t]])
            for t in range(items.shape[1])
            if real[:, t].any()
        ]
        return torch.stack(means).mean()

    return loss


def _mean_of_means(sequences):
    def loss(network, rows, generator):
        one = next_item_loss(sequences)
        kept = [row for row in rows.split(1) if (sequences[row] != 0).sum() > 1]
        return torch.stack([one(network, row, generator) for row in kept]).mean()

    return loss


def _with_rows(rows_of):
    """The right loss of other rows."""

    def answer(sequences):
        right = next_item_loss(sequences)
        return lambda network, rows, generator: right(network, rows_of(rows, sequences), generator)

    return answer


def _without_gradient(sequences):
    right = next_item_loss(sequences)

    def loss(network, rows, generator):
        with torch.no_grad():
            return right(network, rows, generator)

    return loss


def _in_eval_mode(sequences):
    right = next_item_loss(sequences)

    def loss(network, rows, generator):
        network.eval()
        return right(network, rows, generator)

    return loss


def _encoded_without_gradient(network, batch):
    states, targets = _right_pairs(network, batch)
    return states.detach(), targets


def _next_item_with(step):
    """The loss of a step: step(network, batch)."""

    def answer(sequences):
        def loss(network, rows, generator):
            return step(network, sequences[rows])

        return loss

    return answer


def _right_loss(network, batch):
    asked = batch[:, :-1] != 0
    return network.softmax_loss(network.encoder(batch[:, :-1])[asked], batch[:, 1:][asked])


def _as_python_number(network, batch):
    return _right_loss(network, batch).item()


def _steps_itself(network, batch):
    loss = _right_loss(network, batch)
    loss.backward(retain_graph=True)
    return loss


def _cut_to_the_first_row(network, batch):
    return _right_loss(network, batch[:, -max(int((batch[0] != 0).sum()), 2) :])


def _sum_of_row_means(network, batch):
    states, asked = network.encoder(batch[:, :-1]), batch[:, :-1] != 0
    return sum(
        network.softmax_loss(states[b][asked[b]], batch[b, 1:][asked[b]])
        for b in range(len(batch))
        if asked[b].any()
    )


_NEXT_ITEM = Exercise(
    id="8.3",
    title="Every position, one step ahead",
    minutes=10,
    reference=next_item_loss,
    probes=_next_item_probes,
    hints=(
        "Take the rows, read all but the last column, and ask for all but the first.",
        "A position is real where its *input* is a click: `items != 0`. A boolean mask makes (K, "
        "D) of (B, L, D) and (K,) of (B, L).",
        "`items, targets = batch[:, :-1], batch[:, 1:]`, `real = items != 0`, "
        "`network.softmax_loss(network.encoder(items)[real], targets[real])`",
    ),
    built="This is the objective of next-item training: one pass asks a question at each "
    "position. The next cells train your SASRec with it; `seqrec.losses.next_item_loss` "
    "adds the other losses of chapter 04.",
    ours="A boolean mask turns (B, L, D) into one long list (K, D), so that padding costs "
    "nothing in the product with the catalogue.",
    misconceptions=(
        Misconception(
            name="no shift",
            wrong=_loss_with(_itself),
            says="You ask each position for the click that it has just read. The target is the "
            "*next* one: shift by 1.",
        ),
        Misconception(
            name="no shift, all columns",
            wrong=_loss_with(_itself_to_the_end),
            says="Inputs and targets are the same columns, without a shift: each position is "
            "asked for its own click. Inputs are `batch[:, :-1]`, targets `batch[:, 1:]`.",
        ),
        Misconception(
            name="shifted backwards",
            wrong=_loss_with(_backwards),
            says="You ask for the click *before*: the shift goes the wrong way. Inputs are "
            "`batch[:, :-1]`, targets `batch[:, 1:]`.",
        ),
        Misconception(
            name="shifted by two",
            wrong=_loss_with(_two_ahead),
            says="You shift by two: each position is asked for the click after the next. One step "
            "ahead is due, `batch[:, :-1]` and `batch[:, 1:]`.",
        ),
        Misconception(
            name="shifted by two, all read",
            wrong=_loss_with(_two_ahead_read_to_the_end),
            says="Your targets are two steps ahead of the states, one click is skipped. The "
            "target is the *next* click: shift by 1.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_loss_with(_newest_target),
            says="You train the newest (last) position only. A causal network can be asked at "
            "every position of the sequence.",
        ),
        Misconception(
            name="the newest question left out",
            wrong=_loss_with(_newest_left_out),
            says="You leave out the last click: nobody is asked for it. The inputs end one before "
            "the last column, the targets with the last.",
        ),
        Misconception(
            name="asks before the first click",
            wrong=_loss_with(_first_click_too),
            says="You ask also at the padding before the first click, where nothing has been "
            "read. Choose positions by the input, not by the target.",
        ),
        Misconception(
            name="asks before the first click, columns trimmed",
            wrong=_loss_with(_first_click_too_trimmed),
            says="You trim the empty columns, and then still ask at the padding before the first "
            "click of a shorter history, where nothing has been read. Choose positions by the "
            "input, not by the target.",
        ),
        Misconception(
            name="padding as a target",
            wrong=_loss_with(_padding_too),
            says="You hand over padding too, and padding is no product. Keep the real positions "
            "only.",
        ),
        Misconception(
            name="not after the first click",
            wrong=_loss_with(_pairs_where(_after_the_first_click)),
            says="You leave out the question after the first click of each history (the second "
            "click is never a target). One click read is enough to ask for the next.",
        ),
        Misconception(
            name="the first column left out",
            wrong=_loss_with(_first_column_dropped),
            says="You leave out the first column of the inputs, and with it the question after "
            "the first click of the longest history. Every click that is read counts.",
        ),
        Misconception(
            name="only after the first click",
            wrong=_loss_with(_pairs_where(_only_after_the_first_click)),
            says="You ask after the first click of each history only, the oldest one. Every "
            "position at which an item is read counts.",
        ),
        Misconception(
            name="repeats left out",
            wrong=_loss_with(_pairs_where(lambda items, targets: items != targets)),
            says="You leave out clicks that repeat the one before. They are targets as all others.",
        ),
        Misconception(
            name="each product once",
            wrong=_loss_with(_pairs_changed(_once)),
            says="You keep each product once in a batch (unique targets, duplicates dropped). "
            "Every position is a question of its own, whatever its target.",
        ),
        Misconception(
            name="each product once, the last time",
            wrong=_loss_with(
                _pairs_changed(lambda states, targets: _once(states, targets, last=True))
            ),
            says="Of positions with the same target you keep only the last, so each product "
            "counts once. Duplicates are questions of their own: keep all.",
        ),
        Misconception(
            name="a mean for each product",
            wrong=_by_target,
            says="You take a mean for each product and then the mean of those, so that each "
            "product counts once. One mean over all positions.",
        ),
        Misconception(
            name="a mean for each position",
            wrong=_by_position,
            says="You take a mean for each column and then the mean of those, so early positions, "
            "which few histories have, count more. One mean over all positions.",
        ),
        Misconception(
            name="a mean of means",
            wrong=_mean_of_means,
            says="You take a mean for each sequence and then the mean of those, so a click of a "
            "short history counts more. One mean over all positions.",
        ),
        Misconception(
            name="the sum",
            wrong=_loss_with(_right_pairs, lambda mean, K, batch: mean * K),
            says="You return the sum over the positions. Their mean is due, which `softmax_loss` "
            "gives already.",
        ),
        Misconception(
            name="divided by the number of positions again",
            wrong=_loss_with(_right_pairs, lambda mean, K, batch: mean / K),
            says="You divide by the number of positions, and `softmax_loss` has done so already: "
            "it is a mean.",
        ),
        Misconception(
            name="divided by the number of sequences",
            wrong=_loss_with(_right_pairs, lambda mean, K, batch: mean * K / len(batch)),
            says="You divide the sum by the number of sequences. Divide by the number of "
            "positions: one mean over all of them.",
        ),
        Misconception(
            name="averaged over padding",
            wrong=_loss_with(_right_pairs, lambda mean, K, batch: mean * K / batch[:, 1:].numel()),
            says="You average over all positions, padding too: padding adds 0 to the sum but "
            "counts in the denominator. Divide by the number of real positions.",
        ),
        Misconception(
            name="averaged over shared padding",
            wrong=_loss_with(
                _right_pairs,
                lambda mean, K, batch: mean * K / without_empty_columns(batch)[:, 1:].numel(),
            ),
            says="Your mean counts padding in its denominator (the batch without its empty "
            "columns, but still with padding). Only real positions count.",
        ),
        Misconception(
            name="the state has read the target",
            wrong=_loss_with(_reads_the_target),
            says="You encode the whole sequence and take the state of the target itself: it has "
            "read the answer. Encode `batch[:, :-1]`.",
        ),
        Misconception(
            name="the last click is encoded too",
            wrong=_loss_with(_encodes_the_last_click_too),
            says="You encode the whole sequence, the last click included, which is only a target. "
            "Positions are counted from the end, so all of them move by one: encode `batch[:, "
            ":-1]`.",
        ),
        Misconception(
            name="the last click for all",
            wrong=_loss_with(_last_click_for_all),
            says="You ask every position for the last click of the history. Each is asked for the "
            "click that follows it.",
        ),
        Misconception(
            name="embeddings instead of states",
            wrong=_loss_with(_encodes_embeddings),
            says="You hand over embeddings of the clicks, without having read the history. "
            "`network.encoder(items)` gives the states.",
        ),
        Misconception(
            name="the newest state for all",
            wrong=_loss_with(_newest_state_for_all),
            says="You use the newest state for all targets. It has read them: each target is "
            "asked of the state of its own position.",
        ),
        Misconception(
            name="targets one less",
            wrong=_loss_with(_pairs_changed(lambda states, targets: (states, targets - 1))),
            says="You subtract 1 from the targets. `softmax_loss` takes products from 1 and does "
            "that itself.",
        ),
        Misconception(
            name="targets one more",
            wrong=_loss_with(_pairs_changed(lambda states, targets: (states, targets + 1))),
            says="You add 1 to the targets. `softmax_loss` takes products from 1, as they are.",
        ),
        Misconception(
            name="the first rows",
            wrong=_with_rows(lambda rows, sequences: torch.arange(len(rows))),
            says="You take the first sequences, not those of `rows`: the rest of the log is never "
            "seen.",
        ),
        Misconception(
            name="the whole log",
            wrong=_with_rows(lambda rows, sequences: torch.arange(len(sequences))),
            says="You ignore `rows` and take all sequences in each step. Take those of this step "
            "only: `sequences[rows]`.",
        ),
        Misconception(
            name="each row once",
            wrong=_with_rows(lambda rows, sequences: rows.unique()),
            says="You take each sequence once, also where `rows` holds it twice. Take "
            "`sequences[rows]` as it is.",
        ),
        Misconception(
            name="one row",
            wrong=_with_rows(lambda rows, sequences: rows[:1]),
            says="You take only the first of the rows. All sequences of the step count.",
        ),
        Misconception(
            name="states detached",
            wrong=_loss_with(_encoded_without_gradient),
            says="Your states are detached (or made under no_grad), so no gradient reaches the "
            "encoder, and it learns nothing. Hand over the states as they are.",
        ),
        Misconception(
            name="evaluation mode",
            wrong=_in_eval_mode,
            says="You switch the network to evaluation mode (`eval`), so dropout is off in "
            "training. Leave its mode as it is.",
        ),
        Misconception(
            name="no gradient",
            wrong=_without_gradient,
            says="Your loss has no gradient at all (no_grad, detach or item): nothing can learn "
            "from it. Return the tensor as it is.",
        ),
        Misconception(
            name="a sum of the rows' means",
            wrong=_next_item_with(_sum_of_row_means),
            says="You add up the mean losses of the sequences, so the loss grows with the size of "
            "the batch. One mean over all positions: one call of `softmax_loss`.",
        ),
        Misconception(
            name="cut to the first row",
            wrong=_next_item_with(_cut_to_the_first_row),
            says="You cut the batch to the length of its first row, so longer histories lose their "
            "oldest clicks. Only columns that are empty in *all* rows may go: "
            "`without_empty_columns`.",
        ),
        Misconception(
            name="steps itself",
            wrong=_next_item_with(_steps_itself),
            says="You call `backward` in the loss, and the training loop calls it again: every "
            "gradient counts twice. Return the loss and leave `backward` to `train`.",
        ),
        Misconception(
            name="a Python number",
            wrong=_next_item_with(_as_python_number),
            says="You return a Python number (`.item()` or `float`), which has no gradient: "
            "`train` can't go backward from it, and nothing is learned. Return the scalar "
            "tensor.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="batch = without_empty_columns(sequences[rows]) -> batch = sequences[rows]",
            reason="Shared padding changes no result. Without it a step only takes less time.",
        ),
        *(
            EquivalentMutant(
                edit=f"is_real = (targets != 0) & (batch[:, :-1] != 0) -> {edited}",
                reason="Padding is on the left: where an item is read, one follows.",
            )
            for edited in (
                "is_real = batch[:, :-1] != 0",
                "is_real = (targets != -1) & (batch[:, :-1] != 0)",
            )
        ),
        EquivalentMutant(
            edit="is_real &= is_target[rows, -targets.shape[1]:] -> *",
            reason="The exercise predicts every item; leaving some out is an option of the "
            "library.",
        ),
        *(
            EquivalentMutant(
                edit=f"{statement} -> *",
                reason="The exercise asks for the softmax over all items; this is another kind.",
            )
            for statement in (
                "negatives = uniform_negatives(targets, n_negatives, network.n_items, "
                "seed=generator)",
                "positive = network.logits_of(states, targets[:, None]).squeeze(1)",
                "negative = network.logits_of(states, negatives)",
                "everywhere = torch.ones_like(targets, dtype=torch.bool)",
                "if kind == 'gbce':",
                "generator = generator.at(is_real) if isinstance(generator, RowDraws) else "
                "generator",
                "return (sampled(positive, negative, everywhere), len(targets))",
                "return (gbce_loss(positive, negative, everywhere, network.n_items, t), "
                "len(targets))",
            )
        ),
        EquivalentMutant(
            edit="return (network.softmax_loss(states, targets), len(targets)) -> "
            "return (network.softmax_loss(states, targets), targets)",
            reason="The number of targets is for training on several ranks; the exercise asks for "
            "the mean.",
        ),
    ),
)

# --- 8.4 Logits of a few products -----------------------------------------------------------------


class _Items(nn.Module):
    """As much of a network as logits need."""

    def __init__(self, weight):
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.item = nn.Embedding.from_pretrained(weight, freeze=False)


def _learned_from(answer, network, states, items):
    """The logits, and how much gradient of their squares reaches states and embedding."""
    states = states.clone().requires_grad_()
    logits = answer(network, states, items)
    if not isinstance(logits, torch.Tensor):
        return {"logits": logits}
    of_states, of_items = _reaching((logits**2).sum(), states, network.encoder.item.weight)
    return {
        "logits": logits.detach(),
        "gradient that reaches the states": of_states,
        "gradient that reaches the embedding": of_items,
    }


def _logit_probes(rng):
    def probe(label, K, N, D, **how):
        network = _Items(torch.from_numpy(rng.normal(size=(8, D))).float())
        states = torch.from_numpy(rng.normal(size=(K, D))).float()
        return Probe(
            (network, states, torch.from_numpy(rng.integers(1, 7, (K, N)))), label=label, **how
        )

    yield probe("one position, two products", 1, 2, 2)
    yield probe("four positions, three products", 4, 3, 5, gradients=True)
    yield probe("one product each", 4, 1, 3)
    yield probe("on another device", 3, 2, 4, elsewhere=True)
    yield probe("as many positions as products", 3, 3, 3, edge=True)
    yield probe("two positions, five products", 2, 5, 3)
    yield probe("what learns from it", 3, 2, 4, call=_learned_from)


def _dots(states, vectors):
    return (vectors * states[:, None]).sum(dim=-1)


def _logits(change_states=None, change_vectors=None, change_items=None, change=None):
    """The logits with one of their parts changed."""

    def wrong(network, states, items):
        if change_items is not None:
            items = change_items(items)
        vectors = network.encoder.item(items)
        if change_vectors is not None:
            vectors = change_vectors(vectors)
        if change_states is not None:
            states = change_states(states)
        logits = _dots(states, vectors)
        return logits if change is None else change(logits, states)

    return wrong


def _first_products(network, states, items):
    return states @ network.encoder.item(items[0]).T


def _every_pair(network, states, items):
    return torch.einsum("kd,jnd->kjn", states, network.encoder.item(items))


def _no_axis(network, states, items):
    return (network.encoder.item(items) * states).sum(dim=-1)


def _not_summed(network, states, items):
    return states[:, None] * network.encoder.item(items)


def _summed_over_items(network, states, items):
    return _not_summed(network, states, items).sum(dim=1)


def _all_products(network, states, items):
    return states @ network.encoder.item.weight.T


def _cosines(network, states, items):
    return cosine_similarity(states[:, None], network.encoder.item(items), dim=-1)


def _negative_square(network, states, items):
    return -((states[:, None] - network.encoder.item(items)) ** 2).sum(dim=-1)


def _negative_length(network, states, items):
    return -(states[:, None] - network.encoder.item(items)).norm(dim=-1)


def _added(network, states, items):
    return (states[:, None] + network.encoder.item(items)).sum(dim=-1)


def _states_repeated(network, states, items):
    K, N = items.shape
    vectors = network.encoder.item(items.flatten())
    return (vectors * states.repeat(N, 1)).sum(dim=-1).view(K, N)


def _vectors_reshaped(network, states, items):
    K, N = items.shape
    vectors = network.encoder.item(items).reshape(N, K, -1).transpose(0, 1)
    return (vectors * states[:, None]).sum(dim=-1)


def _largest_of_the_products(network, states, items):
    return (network.encoder.item(items) * states[:, None]).amax(dim=-1)


def _first_number_alone(network, states, items):
    return (network.encoder.item(items) * states[:, None])[..., 0]


def _state_of_the_row_before(network, states, items):
    return (network.encoder.item(items) * states.roll(1, dims=0)[:, None]).sum(dim=-1)


_LOGITS = Exercise(
    id="8.4",
    title="Logits of a few products",
    minutes=5,
    reference=SASRec.logits_of,
    probes=_logit_probes,
    hints=(
        "Look up the embeddings, (K, N, D). Each state, (K, D), meets the N embeddings of its own "
        "row.",
        "`states[:, None]` is (K, 1, D) and broadcasts against (K, N, D).",
        "`(network.encoder.item(items) * states[:, None]).sum(dim=-1)`",
    ),
    built="You have built the scores of a few products at each position. Your SASRec gets it "
    "as a method, and the next cell trains with one negative, as the paper of 2018 did, "
    "against the full softmax.",
    ours="Ours multiplies with one axis more and sums over it; the library says the same with "
    '`einsum("kd,knd->kn")`.',
    misconceptions=(
        Misconception(
            name="one state for all",
            wrong=_logits(change_states=lambda states: states[:1].expand_as(states)),
            says="You compare all products with the first state. Each row of products has a state "
            "of its own.",
        ),
        Misconception(
            name="the last state for all",
            wrong=_logits(change_states=lambda states: states[-1:].expand_as(states)),
            says="You compare all products with the last state. Each row of products has a state "
            "of its own.",
        ),
        Misconception(
            name="the mean state for all",
            wrong=_logits(change_states=lambda states: states.mean(0, keepdim=True)),
            says="You average the states. Each row of products has a state of its own.",
        ),
        Misconception(
            name="the first row's products for all",
            wrong=_first_products,
            says="You compare all states with the products of the first row. Each position has "
            "products of its own.",
        ),
        Misconception(
            name="the first product only",
            wrong=_logits(change_items=lambda items: items[:, :1].expand_as(items)),
            says="You compare each state with the first of its products only. All N of the row "
            "are due.",
        ),
        Misconception(
            name="every state with every row",
            wrong=_every_pair,
            says="You compare every state with the products of every row, (K, K, N). Each state "
            "meets only its own row's: (K, N).",
        ),
        Misconception(
            name="every product",
            wrong=_all_products,
            says="You compare the states with all rows of the embedding. Only the products in "
            "`items` are asked for.",
        ),
        Misconception(
            name="no axis for the items",
            wrong=_no_axis,
            says="Your states, (K, D), lack the axis of the items, so they broadcast along the "
            "wrong one, or not at all. `states[:, None]` is (K, 1, D).",
        ),
        Misconception(
            name="not summed",
            wrong=_not_summed,
            says="You multiplied number by number, (K, N, D). The dot product is the sum over the "
            "last axis.",
        ),
        Misconception(
            name="summed over the items",
            wrong=_summed_over_items,
            says="You sum over the items, the wrong axis, and get (K, D). A dot product sums over "
            "the width, the last axis.",
        ),
        Misconception(
            name="divided by the width",
            wrong=_logits(change=lambda logits, states: logits / states.shape[-1]),
            says="You take the mean over the width. A dot product is the sum.",
        ),
        Misconception(
            name="divided by the root of the width",
            wrong=_logits(change=lambda logits, states: logits / states.shape[-1] ** 0.5),
            says="You divide by the root of D, as attention scales its scores. Nothing is scaled "
            "here: the plain dot product.",
        ),
        Misconception(
            name="cosines",
            wrong=_cosines,
            says="You take cosines: you divide by the lengths of both vectors (normalised). The "
            "length of a product's vector is how SASRec says that it is popular: keep it.",
        ),
        Misconception(
            name="products of unit length",
            wrong=_logits(change_vectors=lambda vectors: normalize(vectors, dim=-1)),
            says="You bring the products' vectors to unit length (normalise them). Their length "
            "says how popular they are: keep it.",
        ),
        Misconception(
            name="states of unit length",
            wrong=_logits(change_states=lambda states: normalize(states, dim=-1)),
            says="You bring the states to unit length (normalise them). Take them as they are.",
        ),
        Misconception(
            name="negative squared distances",
            wrong=_negative_square,
            says="You take the negative squared distance of state and product. Their dot product "
            "is due.",
        ),
        Misconception(
            name="negative distances",
            wrong=_negative_length,
            says="You take the negative distance of state and product. Their dot product is due.",
        ),
        Misconception(
            name="added",
            wrong=_added,
            says="You add state and embedding. A dot product multiplies number by number, and "
            "sums that.",
        ),
        Misconception(
            name="sign turned",
            wrong=_logits(change=lambda logits, states: -logits),
            says="Your sign is turned: products that point where the state points have *high* "
            "logits.",
        ),
        Misconception(
            name="one row before",
            wrong=_logits(change_items=lambda items: items - 1),
            says="You look up the row before each product. Row j of the embedding is product j: "
            "nothing to subtract.",
        ),
        Misconception(
            name="one row after",
            wrong=_logits(change_items=lambda items: items + 1),
            says="You look up the row after each product. Row j of the embedding is product j, "
            "row 0 is padding: nothing to add.",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_logits(change=lambda logits, states: logits.sigmoid()),
            says="You return probabilities, a sigmoid. Logits are due as they are: the loss takes "
            "the sigmoid.",
        ),
        Misconception(
            name="a softmax",
            wrong=_logits(change=lambda logits, states: logits.softmax(dim=-1)),
            says="You return a softmax over the few products. Logits are due, the dot products "
            "themselves.",
        ),
        Misconception(
            name="a log-softmax",
            wrong=_logits(change=lambda logits, states: logits.log_softmax(dim=-1)),
            says="You return a log-softmax over the few products. Logits are due, the dot "
            "products themselves.",
        ),
        Misconception(
            name="squeezed",
            wrong=_logits(change=lambda logits, states: logits.squeeze()),
            says="You lose an axis of size 1, by `squeeze`: with one position or one product each "
            "(K, N) keeps both axes.",
        ),
        Misconception(
            name="the axes exchanged",
            wrong=_logits(change=lambda logits, states: logits.T),
            says="Your axes are exchanged (transposed): (K, N) is due, a row for each position.",
        ),
        Misconception(
            name="one number per position",
            wrong=_logits(change=lambda logits, states: logits.sum(dim=-1)),
            says="You sum over the products as well, one number for each position. Each product "
            "has a logit: (K, N).",
        ),
        Misconception(
            name="the embedding detached",
            wrong=_logits(change_vectors=lambda vectors: vectors.detach()),
            says="No gradient reaches the embedding: its vectors are detached (`.detach()` or "
            "`.data`), so the products learn nothing. Use them as they are.",
        ),
        Misconception(
            name="the states detached",
            wrong=_logits(change_states=lambda states: states.detach()),
            says="No gradient reaches the states: they are detached, so the encoder learns "
            "nothing. Use them as they are.",
        ),
        Misconception(
            name="all detached",
            wrong=_logits(change=lambda logits, states: logits.detach()),
            says="Your logits are detached (or made under no_grad), so nothing learns from them. "
            "Return them as they are.",
        ),
        Misconception(
            name="the state of another row",
            wrong=_state_of_the_row_before,
            says="You pair each row's products with the state of another row: the states are "
            "shifted by one. Row k of the products belongs to row k of the states.",
        ),
        Misconception(
            name="the first number alone",
            wrong=_first_number_alone,
            says="You keep the first of the D products. A dot product is the sum of all.",
        ),
        Misconception(
            name="the largest of the products",
            wrong=_largest_of_the_products,
            says="You take the largest of the D products. A dot product is their sum.",
        ),
        Misconception(
            name="vectors reshaped",
            wrong=_vectors_reshaped,
            says="You reshape the vectors where their axes should be exchanged, so products move "
            "to other rows. `network.encoder.item(items)` is (K, N, D) already: use it as it "
            "is.",
        ),
        Misconception(
            name="states in the wrong order",
            wrong=_states_repeated,
            says="You repeat the whole list of states (`repeat`), so products meet the states of "
            "other positions. Each state belongs to the N products of its own row: `states[:, "
            "None]`, or `repeat_interleave`.",
        ),
    ),
)

# --- 8.5 The outcome head -------------------------------------------------------------------------


def _head_sizes(module):
    return {name: tuple(weight.shape) for name, weight in module.named_parameters()}


def _head_probes(rng):
    def pair(*shape):
        return tuple(torch.from_numpy(rng.normal(size=shape)).float() for _ in range(2))

    small = {"init": (4,), "init_kwargs": {"hidden": 6}}
    yield ModuleProbe(pair(1, 4), label="one pair", **small)
    yield ModuleProbe(pair(5, 4), label="five pairs", gradients=True, **small)
    yield ModuleProbe(pair(2, 3, 4), label="two leading axes", **small)
    yield ModuleProbe(pair(4), label="a single pair without a leading axis", edge=True, **small)
    yield ModuleProbe(pair(1, 3, 4), label="a batch of one keeps its axis", **small)
    yield ModuleProbe((), label="the sizes of the layers", init=(4,), call=_head_sizes)
    yield ModuleProbe(pair(6, 4), label="in training mode", training=True, **small)
    yield ModuleProbe(
        pair(3, 4), label="with the weights that it starts with", same_weights=False, **small
    )


class _HeadStub(nn.Module):
    """The stub's class: all but `forward`."""

    def __init__(self, D, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3 * D, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        draw_weights(self)


def _head(forward):
    """The stub's class with this `forward(self, states, vectors)`."""
    return type("_Answer", (_HeadStub,), {"forward": forward})


def _parts(parts):
    """The layers on what `parts(states, vectors)` puts side by side."""
    return _head(
        lambda self, states, vectors: self.layers(
            torch.cat(parts(states, vectors), dim=-1)
        ).squeeze(-1)
    )


def _after(change):
    """What the layers return, (..., 1), changed."""
    return _head(
        lambda self, states, vectors: change(
            self.layers(torch.cat([states, vectors, states * vectors], dim=-1))
        )
    )


def _dot_product(states, vectors):
    dot = (states * vectors).sum(dim=-1, keepdim=True)
    return [states, vectors, dot.expand_as(states)]


def _unit_parts(states, vectors):
    states, vectors = normalize(states, dim=-1), normalize(vectors, dim=-1)
    return [states, vectors, states * vectors]


def _unit_product(states, vectors):
    return [states, vectors, normalize(states, dim=-1) * normalize(vectors, dim=-1)]


def _interleaved(self, states, vectors):
    both = torch.stack([states, vectors, states * vectors], dim=-1).flatten(-2)
    return self.layers(both).squeeze(-1)


def _first_axis(self, states, vectors):
    return self.layers(torch.cat([states, vectors, states * vectors], dim=0)).squeeze(-1)


def _second_axis(self, states, vectors):
    return self.layers(torch.cat([states, vectors, states * vectors], dim=1)).squeeze(-1)


def _two_vectors_only(self, states, vectors):
    return self.layers(torch.cat([states, vectors], dim=-1)).squeeze(-1)


def _no_layers(self, states, vectors):
    return (states * vectors).sum(dim=-1)


def _linear(self, states, vectors):
    both = torch.cat([states, vectors, states * vectors], dim=-1)
    return self.layers[2](self.layers[0](both)).squeeze(-1)


_HEAD = Exercise(
    id="8.5",
    title="A head for outcomes",
    minutes=6,
    reference=PairHead,
    name="OutcomeHead",
    probes=_head_probes,
    hints=(
        "Three vectors of width D side by side make the 3 D that the first layer reads.",
        "`torch.cat([...], dim=-1)` of the state, the vector and `states * vectors`, in this "
        "order.",
        "`self.layers(both).squeeze(-1)`: the layers return (..., 1), asked for is (...).",
    ),
    built="You have built a second head on the same state. The chapter trains it to foretell "
    "how a click will end, and chapter 13 uses such heads for two of its three tasks.",
    misconceptions=(
        Misconception(
            name="difference",
            wrong=_parts(lambda states, vectors: [states, vectors, states - vectors]),
            says="Your third part is the difference instead of the product: you subtract the "
            "vector from the state. Multiply them number by number (`*` for `-`): a layer can "
            "make a difference by itself, a product it can't.",
        ),
        Misconception(
            name="difference, vector first",
            wrong=_parts(lambda states, vectors: [states, vectors, vectors - states]),
            says="Your third part is the difference of vector and state instead of their product: "
            "you subtract. Multiply them number by number.",
        ),
        Misconception(
            name="absolute difference",
            wrong=_parts(lambda states, vectors: [states, vectors, (states - vectors).abs()]),
            says="Your third part is the absolute difference instead of the product. Multiply "
            "state and vector number by number.",
        ),
        Misconception(
            name="sum",
            wrong=_parts(lambda states, vectors: [states, vectors, states + vectors]),
            says="Your third part is the sum instead of the product: you add. Multiply state and "
            "vector number by number.",
        ),
        Misconception(
            name="state squared",
            wrong=_parts(lambda states, vectors: [states, vectors, states**2]),
            says="Your third part is the state squared, the state times itself. The product of "
            "state and *vector* is due.",
        ),
        Misconception(
            name="vector squared",
            wrong=_parts(lambda states, vectors: [states, vectors, vectors**2]),
            says="Your third part is the vector squared, the vector times itself. The product of "
            "*state* and vector is due.",
        ),
        Misconception(
            name="a dot product",
            wrong=_parts(_dot_product),
            says="You sum the product over the width. Keep its D numbers: the layers decide which "
            "of them matter.",
        ),
        Misconception(
            name="product of unit vectors",
            wrong=_parts(_unit_product),
            says="Your product is that of the vectors at unit length (normalised). Multiply them "
            "as they are.",
        ),
        Misconception(
            name="both of unit length",
            wrong=_parts(_unit_parts),
            says="You bring state and vector to unit length first (normalise them). The layers "
            "read them as they are: their length says something.",
        ),
        Misconception(
            name="the item first",
            wrong=_parts(lambda states, vectors: [vectors, states, states * vectors]),
            says="You put the item's vector first. The order is state, vector, product.",
        ),
        Misconception(
            name="the product first",
            wrong=_parts(lambda states, vectors: [states * vectors, states, vectors]),
            says="You put the product first. The order is state, vector, product.",
        ),
        Misconception(
            name="the product in the middle",
            wrong=_parts(lambda states, vectors: [states, states * vectors, vectors]),
            says="You put the product in the middle. The order is state, vector, product.",
        ),
        Misconception(
            name="all in reverse order",
            wrong=_parts(lambda states, vectors: [states * vectors, vectors, states]),
            says="Your order is reversed. It is state, vector, product.",
        ),
        Misconception(
            name="interleaved",
            wrong=_head(_interleaved),
            says="You interleave the three, number by number (stacked, then flattened). Put whole "
            "vectors side by side, one after the other: `torch.cat([...], dim=-1)`.",
        ),
        Misconception(
            name="the state twice",
            wrong=_parts(lambda states, vectors: [states, states, states * vectors]),
            says="The state is in there twice, and the item's own vector is missing.",
        ),
        Misconception(
            name="the vector twice",
            wrong=_parts(lambda states, vectors: [vectors, vectors, states * vectors]),
            says="The item's vector is in there twice, and the state is missing.",
        ),
        Misconception(
            name="zeros instead of the product",
            wrong=_parts(
                lambda states, vectors: [states, vectors, torch.zeros_like(states * vectors)]
            ),
            says="Your third part is filled with zeros. The product of state and vector belongs "
            "there.",
        ),
        Misconception(
            name="along the first axis",
            wrong=_head(_first_axis),
            says="You put them one below the other, along the first axis (the default of "
            "`torch.cat`). Side by side is the last axis: `dim=-1`.",
        ),
        Misconception(
            name="along axis 1",
            wrong=_head(_second_axis),
            says="You put them side by side along axis 1, which is the last axis of (B, D) only. "
            "States may have more leading axes, or none: `dim=-1` is the last of all.",
        ),
        Misconception(
            name="no product",
            wrong=_head(_two_vectors_only),
            says="The first layer reads 3 D numbers for each pair, and gets another number: "
            "state, vector and their product belong side by side in the last axis, with "
            "`torch.cat` (not two of them, and not stacked).",
        ),
        Misconception(
            name="no layers",
            wrong=_head(_no_layers),
            says="You return the dot product of state and vector, without the layers. They read "
            "state, vector and product.",
        ),
        Misconception(
            name="no bend",
            wrong=_head(_linear),
            says="You leave out the ReLU between the two linear layers. Call `self.layers` as a "
            "whole.",
        ),
        Misconception(
            name="keeps the last axis",
            wrong=_after(lambda told: told),
            says="Your answers are (..., 1). Take the last axis away with `squeeze(-1)`.",
        ),
        Misconception(
            name="loses all axes of one",
            wrong=_after(lambda told: told.squeeze()),
            says="`squeeze()` without an argument drops every axis of size 1, the batch of one "
            "too. Only the last one is to go: `squeeze(-1)`.",
        ),
        Misconception(
            name="takes axis 1 away",
            wrong=_after(lambda told: told.squeeze(1)),
            says="You squeeze axis 1, which is the last axis of (B, 1) only. There may be more "
            "leading axes, or none: `squeeze(-1)`.",
        ),
        Misconception(
            name="takes entry 0 of axis 1",
            wrong=_after(lambda told: told[:, 0]),
            says="`[:, 0]` takes the first of axis 1, which is the last axis of (B, 1) only. "
            "There may be more leading axes, or none: `[..., 0]` or `squeeze(-1)`.",
        ),
        Misconception(
            name="flat",
            wrong=_after(lambda told: told.flatten()),
            says="You flatten the result to one axis. The leading axes stay as they are: "
            "`squeeze(-1)`.",
        ),
        Misconception(
            name="one number for all",
            wrong=_after(lambda told: told.mean()),
            says="You average all pairs to one number. Each pair has an answer of its own: (...).",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_after(lambda told: told.squeeze(-1).sigmoid()),
            says="You squash the answer into 0 to 1, with a sigmoid. This is regression with a "
            "squared error, on outcomes that we scale to mean 0: leave it unbounded.",
        ),
        Misconception(
            name="a tanh",
            wrong=_after(lambda told: told.squeeze(-1).tanh()),
            says="You squash the answer into -1 to 1, with tanh. This is regression: leave it "
            "unbounded.",
        ),
        Misconception(
            name="a relu",
            wrong=_after(lambda told: told.squeeze(-1).relu()),
            says="You cut the answer off at 0, with a ReLU. Outcomes are scaled to mean 0, so "
            "half of them are negative: leave it unbounded.",
        ),
        Misconception(
            name="sign turned",
            wrong=_after(lambda told: -told.squeeze(-1)),
            says="Your sign is turned: return what the layers say.",
        ),
        Misconception(
            name="states detached",
            wrong=_parts(
                lambda states, vectors: [states.detach(), vectors, states.detach() * vectors]
            ),
            says="No gradient reaches the states: you detach them. Whether they learn is for the "
            "caller to say.",
        ),
        Misconception(
            name="vectors detached",
            wrong=_parts(
                lambda states, vectors: [states, vectors.detach(), states * vectors.detach()]
            ),
            says="No gradient reaches the item's vector: you detach it. Whether it learns is for "
            "the caller to say.",
        ),
    ),
)

EXERCISES = (_SASREC, _COLUMNS, _NEXT_ITEM, _LOGITS, _HEAD)

QUIZZES = (
    Quiz(
        id="8.1",
        question="Why can SASRec be trained at all positions of a sequence in one pass, and BST "
        "(chapter 07) not?",
        choices=(
            Choice(
                "It has more blocks.",
                why="The number of blocks has nothing to do with it. What counts is what a "
                "position may see.",
            ),
            Choice(
                "No position sees the click that it is asked for.",
                right=True,
                why="With the causal mask, position t has read the clicks up to t only, so click t "
                "+ 1 is a fair question there. In BST every position sees all clicks, and the "
                "candidate.",
            ),
            Choice(
                "Its loss is a softmax.",
                why="With binary cross-entropy it is trained at all positions as well: the "
                "original was.",
            ),
            Choice(
                "Its positions are counted from the end.",
                why="That keeps extra padding from changing anything. It hides no future.",
            ),
        ),
    ),
    Quiz(
        id="8.2",
        question="A paper's table: a new model is 20 % better than SASRec. What do you look up "
        "first?",
        choices=(
            Choice(
                "How many blocks their SASRec has.",
                why="It matters, but mostly by little. Something else in the same line can matter "
                "more than any layer.",
            ),
            Choice(
                "Which loss their SASRec was trained with.",
                right=True,
                why="One negative and binary cross-entropy, or a softmax over all items? In this "
                "chapter's table that alone moves the same network far.",
            ),
            Choice(
                "Whether the new model has attention.",
                why="What the new model is made of does not tell whether it was compared with a "
                "well-trained SASRec.",
            ),
        ),
    ),
    Quiz(
        id="8.3",
        question="The epochs ran out at 20. The validation loss was lowest after epoch 14, and "
        "patience was 10. Which weights should the network have now?",
        choices=(
            Choice(
                "Those of epoch 20: patience did not run out.",
                why="Patience decides when to *stop*. What to keep is another question, and the "
                "answer is always the best.",
            ),
            Choice(
                "Those of epoch 14.",
                right=True,
                why="The best epoch by validation, whatever ended the run.",
            ),
            Choice(
                "Those of the epoch that is best on the test set.",
                why="Then the test set has made a choice, and its score promises too much (chapter "
                "05).",
            ),
        ),
    ),
    Quiz(
        id="8.4",
        question="You shuffle every user's clicks in your log, train again, and the score is the "
        "same. What follows?",
        choices=(
            Choice(
                "The model is broken: it must lose something.",
                why="It must only if order says something. In the control world it says nothing, "
                "and the model is fine.",
            ),
            Choice(
                "Order is worth nothing to this model on this log: a simpler one may do.",
                right=True,
                why="Either order carries no information, or what the log calls order is none, "
                "times that are all alike for instance. Check the times, then take the cheaper "
                "model.",
            ),
            Choice(
                "Train longer, until order begins to matter.",
                why="What is not in the log can't be learned from it, however long.",
            ),
        ),
    ),
)

GUESSES = (
    GuessNumber(
        id="8.1",
        asks="Products of ten clicks ago that can be read off the state",
        unit="%",
        high=100,
        close=5,
    ),
    GuessChoice(
        id="8.2",
        asks="The faster one on 160 clicks",
        choices=("attention, two blocks", "GRU, one layer"),
    ),
    GuessChoice(
        id="8.3",
        asks="The empty cells, with the causal mask",
        choices=(
            "above the diagonal",
            "the diagonal and above",
            "below the diagonal",
            "the diagonal and below",
        ),
    ),
    GuessChoice(
        id="8.4",
        asks="The transformer beside the recurrent network",
        choices=("ahead", "level", "behind"),
    ),
    GuessNumber(
        id="8.5",
        asks="How far the two losses are apart, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
    GuessChoice(
        id="8.6",
        asks="The one ahead after 8 epochs",
        choices=("BCE, 1 negative", "BCE, 32 negatives"),
    ),
    GuessChoice(
        id="8.7",
        asks="The one ahead after 24 epochs",
        choices=("BCE, 1 negative", "BCE, 32 negatives"),
    ),
    GuessNumber(id="8.8", asks="Share of the lift with 300 shoppers", unit="%", high=100, close=10),
    GuessNumber(
        id="8.9", asks="Share of the lift with 30,000 shoppers", unit="%", high=100, close=5
    ),
    GuessNumber(id="8.10", asks="The best epoch", low=1, high=40, close=2),
    GuessNumber(id="8.11", asks="Variance that the oracle explains", unit="%", high=100, close=3),
    GuessNumber(
        id="8.12",
        asks="What order is worth in the control world, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
        digits=1,
    ),
    GuessNumber(
        id="8.13",
        asks="What order is worth in our shop, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
    GuessChoice(
        id="8.14",
        asks="Block 2 looks more at older visits with the same mission",
        choices=("yes", "no"),
    ),
    GuessNumber(
        id="8.15",
        asks="What the rest of the log is worth, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
)
