"""Answer key of chapter 08."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize, one_hot, pad
from torch.overrides import TorchFunctionMode

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
from seqrec.baselines.gru4rec import gru_step
from seqrec.data import without_empty_columns
from seqrec.losses import (
    chunked_softmax_loss,
    next_item_loss,
    outcome_pairs,
    softmax_in_chunks,
)
from seqrec.models import SASRec
from seqrec.models.encoder import SequenceEncoder


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
            reason="It edits `logits_of`, which the exercise does not ask for; section 8.5 has it.",
        ),
        EquivalentMutant(
            edit="return self.logits_of(self.encoder(histories)[:, -1], candidates) -> *",
            reason="It edits `score_candidates`, which the exercise does not ask for; chapter 11 "
            "does.",
        ),
    ),
)


# --- 8.2 The softmax in chunks --------------------------------------------------------------------


class _Sizes(TorchFunctionMode):
    """Remembers the size of the largest tensor that any operation gives."""

    def __init__(self):
        super().__init__()
        self.largest = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        given = func(*args, **(kwargs or {}))
        for part in given if isinstance(given, tuple | list) else (given,):
            if isinstance(part, torch.Tensor):
                self.largest = max(self.largest, part.numel())
        return given


def _in_small_tensors(answer, states, vectors, targets, size):
    """By how many numbers the largest tensor on the way is too large."""
    with _Sizes() as sizes:
        answer(states, vectors, targets, size)
    allowed = max(size * len(vectors), states.numel(), vectors.numel())
    return {"numbers too many in one tensor": max(0, sizes.largest - allowed)}


def _chunk_probes(rng):
    def args(K, V, D, size, scale=1.0):
        states, vectors = (
            torch.from_numpy(scale * rng.normal(size=(rows, D))).float() for rows in (K, V)
        )
        return states, vectors, torch.from_numpy(rng.integers(0, V, K)), size

    yield Probe(args(1, 3, 2, 1), label="one position, three products")
    yield Probe(args(4, 3, 2, 2), label="four positions, two at a time")
    yield Probe(args(7, 5, 3, 3), label="seven positions, three at a time")
    yield Probe(args(5, 4, 3, 8), label="fewer positions than fit")
    yield Probe(args(6, 5, 2, 1), label="one position at a time")
    yield Probe(args(11, 9, 4, 4), label="eleven positions, four at a time")
    yield Probe(args(13, 6, 5, 5), label="thirteen positions, five at a time")
    yield Probe(args(64, 40, 3, 4), label="how large tensors become", call=_in_small_tensors)
    yield Probe(args(6, 5, 4, 4, scale=12.0), label="logits in the hundreds", edge=True)


def _summed(states, vectors, targets, size, slopes_of=None):
    """The loss and its gradients as sums over the positions, all at once."""
    logits = states @ vectors.T
    onehot = one_hot(targets, len(vectors)).to(states.dtype)
    slopes = (slopes_of or (lambda logits, onehot: logits.softmax(dim=1) - onehot))(logits, onehot)
    loss = cross_entropy(logits, targets, reduction="sum")
    return loss, slopes @ vectors, slopes.T @ states


def _in_chunks(of_chunk=_summed, join=None, rows_of=None, wanted_of=None):
    """A loop over chunks, with one of its parts changed.

    join:      `join(chunks, K)` makes the answer of what `of_chunk` gave for each
    rows_of:   `rows_of(K, size)`, the chunks' first positions
    wanted_of: `wanted_of(targets, start, size)`, a chunk's targets
    """

    def answer(states, vectors, targets, size):
        K = len(states)
        chunks = []
        for start in rows_of(K, size) if rows_of else range(0, K, size):
            rows = states[start : start + size]
            wanted = wanted_of(targets, start, size) if wanted_of else targets[start:][:size]
            chunks.append(of_chunk(rows, vectors, wanted[: len(rows)], size))
        return (join or _joined)(chunks, K)

    return answer


def _parts_of(chunks):
    losses, of_states, of_vectors = zip(*chunks, strict=True)
    return sum(losses), torch.cat(of_states), sum(of_vectors)


def _joined(chunks, K):
    return tuple(part / K for part in _parts_of(chunks))


def _as_sums(chunks, K):
    return _parts_of(chunks)


def _only_loss_divided(chunks, K):
    loss, *gradients = _parts_of(chunks)
    return loss / K, *gradients


def _mean_of_chunks(chunks, K):
    means = [
        tuple(part / len(of_states) for part in (loss, of_states, of_vectors))
        for loss, of_states, of_vectors in chunks
    ]
    loss, of_states, of_vectors = _parts_of(means)
    return loss / len(chunks), of_states / len(chunks), of_vectors / len(chunks)


def _mean_of_losses(chunks, K):
    _, *gradients = _joined(chunks, K)
    losses = [loss / len(of_states) for loss, of_states, _ in chunks]
    return sum(losses) / len(chunks), *gradients


def _last_chunk_alone(chunks, K):
    loss, of_states, _ = _joined(chunks, K)
    return loss, of_states, chunks[-1][2] / K


def _exchanged(chunks, K):
    loss, of_states, of_vectors = _joined(chunks, K)
    return loss, of_vectors, of_states


def _a_float(chunks, K):
    loss, *gradients = _joined(chunks, K)
    return float(loss), *gradients


def _with_slopes(slopes_of):
    """The right loss, and gradients of other slopes: `slopes_of(logits, onehot)`."""

    def of_chunk(states, vectors, targets, size):
        return _summed(states, vectors, targets, size, slopes_of)

    return _in_chunks(of_chunk)


def _gradients_by_chunk(chunks, K):
    means = [tuple(part / len(chunk[1]) for part in chunk) for chunk in chunks]
    return _joined(chunks, K)[0], *_parts_of(means)[1:]


def _one_not_divided(states, vectors, targets, size):
    K = len(states)
    answer = _with_slopes(lambda logits, onehot: logits.softmax(dim=1) - K * onehot)
    return answer(states, vectors, targets, size)


def _rest_dropped(states, vectors, targets, size):
    K = len(states)
    whole = K // size * size
    answer = _in_chunks(rows_of=lambda K, size: range(0, max(whole, 1), size))
    loss, of_states, of_vectors = answer(states[:whole], vectors, targets[:whole], size)
    share = whole / K
    rest = states.new_zeros(K - whole, states.shape[1])
    return loss * share, torch.cat([of_states * share, rest]), of_vectors * share


def _all_at_once(states, vectors, targets, size):
    return tuple(part / len(states) for part in _summed(states, vectors, targets, size))


def _by_autograd(states, vectors, targets, size):
    loss = cross_entropy(states @ vectors.T, targets)
    loss.backward()
    return loss, states.grad, vectors.grad


def _overflows(states, vectors, targets, size):
    weights = (states @ vectors.T).exp()
    total = weights.sum(dim=1, keepdim=True)
    onehot = one_hot(targets, len(vectors)).to(states.dtype)
    slopes = weights / total - onehot
    loss = (total.log().squeeze(1) - (states * vectors[targets]).sum(dim=1)).sum()
    return loss, slopes @ vectors, slopes.T @ states


_CHUNKS = Exercise(
    id="8.2",
    title="The softmax in chunks",
    minutes=20,
    reference=softmax_in_chunks,
    probes=_chunk_probes,
    hints=(
        "Loop over `range(0, len(states), size)`. A slice of `states` and one of `targets` make a "
        "chunk. Loss and the gradient of the vectors are added up; the gradient of the states has "
        "its own rows.",
        "Of a chunk: `logits = rows @ vectors.T`, and the slope of each logit is the softmax, less "
        "1 at the target: `slopes[torch.arange(len(rows)), wanted] -= 1`.",
        "`of_states[start : start + size] = slopes @ vectors`, `of_vectors += slopes.T @ rows`, "
        'the loss is `cross_entropy(logits, wanted, reduction="sum")`. At the end divide all three '
        "by `len(states)`.",
    ),
    built="You have built the exact softmax over a catalogue of any size, with its gradients. An "
    "`autograd.Function` makes it SASRec's loss, and all training of this chapter uses it.",
    ours="The library writes into one buffer and takes one exponential for loss and gradients; the "
    "numbers are the same.",
    misconceptions=(
        Misconception(
            name="by autograd",
            wrong=_by_autograd,
            says="You call `backward`, but the arguments ask for no gradients. The formula gives "
            "them: softmax less one-hot, times the vectors or the states.",
        ),
        Misconception(
            name="all at once",
            wrong=_all_at_once,
            says="The numbers are right, but you hold the logits of all positions at once, (K, V). "
            "Loop over chunks of `size` positions.",
        ),
        Misconception(
            name="sums",
            wrong=_in_chunks(join=_as_sums),
            says="You return sums over the positions. The loss is a mean: divide all three by K.",
        ),
        Misconception(
            name="gradients not divided",
            wrong=_in_chunks(join=_only_loss_divided),
            says="Your loss is a mean, but your gradients are those of the sum. Divide them by K "
            "too.",
        ),
        Misconception(
            name="a mean of the chunks' means",
            wrong=_in_chunks(join=_mean_of_chunks),
            says="You take a mean for each chunk and then the mean of those, so the positions of a "
            "short last chunk count more. Add up sums, and divide by K once.",
        ),
        Misconception(
            name="the loss a mean of the chunks' means",
            wrong=_in_chunks(join=_mean_of_losses),
            says="Your loss is a mean of the chunks' means, and the last chunk may be shorter, so "
            "its positions count more. Add up sums, and divide by K once.",
        ),
        Misconception(
            name="the one-hot added",
            wrong=_with_slopes(lambda logits, onehot: logits.softmax(dim=1) + onehot),
            says="You add 1 at the target. The slope is $p_j - [j = y]$: take 1 away there.",
        ),
        Misconception(
            name="everybody's targets",
            wrong=_with_slopes(lambda logits, onehot: logits.softmax(dim=1) - onehot.amax(dim=0)),
            says="`slopes[:, wanted] -= 1` takes 1 away at the targets of the whole chunk, in each "
            "row. A row has one: `slopes[torch.arange(len(rows)), wanted] -= 1`.",
        ),
        Misconception(
            name="the 1 not divided",
            wrong=_one_not_divided,
            says="You divide the softmax by K and take away 1 afterwards, undivided. First softmax "
            "less one-hot, then divide by K.",
        ),
        Misconception(
            name="gradients by chunk",
            wrong=_in_chunks(join=_gradients_by_chunk),
            says="You divide the gradients by the chunk's length. The mean is over all K "
            "positions: divide by K.",
        ),
        Misconception(
            name="the rest dropped",
            wrong=_rest_dropped,
            says="You leave out the last chunk if it is shorter (`K // size` chunks). Its "
            "positions count too: `range(0, len(states), size)`.",
        ),
        Misconception(
            name="the last chunk's vectors",
            wrong=_in_chunks(join=_last_chunk_alone),
            says="Your gradient of the vectors is that of the last chunk alone. Every position "
            "pushes every vector: add the chunks up, `+=`.",
        ),
        Misconception(
            name="no one-hot",
            wrong=_with_slopes(lambda logits, onehot: logits.softmax(dim=1)),
            says="Your slopes are the softmax alone. At the target 1 has to be taken away.",
        ),
        Misconception(
            name="sign turned",
            wrong=_with_slopes(lambda logits, onehot: onehot - logits.softmax(dim=1)),
            says="Your gradients have the wrong sign: softmax less one-hot, not the other way "
            "round. A step against the gradient has to raise the target's logit.",
        ),
        Misconception(
            name="softmax over the positions",
            wrong=_with_slopes(lambda logits, onehot: logits.softmax(dim=0) - onehot),
            says="You take the softmax over the positions of a chunk (`dim=0`). Products compete "
            "with products: `dim=1`.",
        ),
        Misconception(
            name="sigmoids",
            wrong=_with_slopes(lambda logits, onehot: logits.sigmoid() - onehot),
            says="Your slopes are those of yes or no questions, sigmoid less one-hot. Here it is "
            "the softmax over all products.",
        ),
        Misconception(
            name="the first chunk's targets",
            wrong=_in_chunks(wanted_of=lambda targets, start, size: targets[:size]),
            says="You take the first chunk's targets for every chunk. Cut `targets` as you cut "
            "`states`: `targets[start : start + size]`.",
        ),
        Misconception(
            name="no more than the first chunk",
            wrong=_in_chunks(rows_of=lambda K, size: [0]),
            says="You compute the first chunk only. Go on to the last position: "
            "`range(0, len(states), size)`.",
        ),
        Misconception(
            name="gradients exchanged",
            wrong=_in_chunks(join=_exchanged),
            says="You return the gradient of the vectors before that of the states. The order is "
            "loss, states, vectors.",
        ),
        Misconception(
            name="a Python number",
            wrong=_in_chunks(join=_a_float),
            says="Your loss is a Python number (`.item()` or `float`). Return a scalar tensor.",
        ),
        Misconception(
            name="overflows",
            wrong=_in_chunks(_overflows),
            says="You take `exp` of the logits as they are. For logits in the hundreds that is "
            "infinite, and infinite / infinite is NaN. Use `softmax` and `cross_entropy`, or take "
            "the largest logit of each row away first.",
        ),
    ),
    equivalent_mutants=(
        *(
            EquivalentMutant(
                edit=f"{statement} -> *",
                reason="PyTorch gives `out=` the shape that the product has: the buffer only saves "
                "memory.",
            )
            for statement in (
                "buffer = states.new_empty(min(size, K), V)",
                "logits = torch.mm(rows, vectors.T, out=buffer[:len(rows)])",
            )
        ),
        EquivalentMutant(
            edit="torch.mm(weights, vectors, out=of_states[start:start + len(rows)]).div_(total) "
            "-> *",
            reason="A slice that begins at `start` is resized to the chunk's rows and written in "
            "place.",
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
        EquivalentMutant(
            edit="batch = without_empty_columns(batch) -> batch = batch",
            reason="Shared padding changes no result. Without it a step only takes less time.",
        ),
        *(
            EquivalentMutant(
                edit="is_real = may_ask[:, -targets.shape[1]:] & (targets != 0) & "
                f"(batch[:, :-1] != 0) -> {edited}",
                reason="Padding is on the left: where an item is read, one follows. Leaving some "
                "out is an option of the library.",
            )
            for edited in (
                "is_real = batch[:, :-1] != 0",
                "is_real = (may_ask[:, -targets.shape[1]:] | (targets != 0)) & "
                "(batch[:, :-1] != 0)",
                "is_real = may_ask[:, -targets.shape[1]:] & (batch[:, :-1] != 0)",
                "is_real = (targets != 0) & (batch[:, :-1] != 0)",
                "is_real = may_ask[:, -targets.shape[1]:] & (targets != -1) & (batch[:, :-1] != 0)",
            )
        ),
        *(
            EquivalentMutant(
                edit=f"{statement} -> *",
                reason="The exercise predicts every item and cuts at no other ends; these are "
                "options of the library.",
            )
            for statement in (
                "may_ask = batch != 0 if is_target is None else is_target[rows]",
                "batch, may_ask = at_drawn_ends(batch, may_ask, max_len, generator)",
            )
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

# --- 8.4 A step of a GRU --------------------------------------------------------------------------


def _gru_probes(rng):
    def args(B, D, S):
        torch.manual_seed(int(rng.integers(1_000)))
        cell = nn.GRUCell(D, S)
        with torch.no_grad():
            for weight in cell.parameters():
                weight.mul_(2)  # far from 0: gates that are half open hide mistakes
        clicks, states = (torch.from_numpy(rng.normal(size=(B, n))).float() for n in (D, S))
        return cell, clicks, states

    yield Probe(args(1, 2, 2), label="one history, two numbers")
    yield Probe(args(3, 2, 4), label="three histories", gradients=True)
    yield Probe(args(2, 5, 3), label="wide clicks, a small state")
    yield Probe(args(4, 3, 6), label="four histories")
    yield Probe(args(5, 4, 4), label="clicks as wide as the state")
    cell, clicks, states = args(3, 3, 5)
    yield Probe((cell, clicks, torch.zeros_like(states)), label="the first click, states of 0")
    yield Probe(args(1, 1, 1), label="one number each", edge=True)


def _gru(
    order="rzn",
    gate=torch.sigmoid,
    bend=torch.tanh,
    split=None,
    new=None,
    mix=None,
    click=True,
    with_c=True,
):
    """A step with one of its parts changed.

    order: of the three parts of the weights
    new:   `new(x, h, r)`, what goes into the bend
    mix:   `mix(n, z, old)`, the state after
    """

    def answer(gru, clicks, states):
        of_click = clicks @ gru.weight_ih.T + gru.bias_ih
        of_state = states @ gru.weight_hh.T + gru.bias_hh * with_c
        of_click = of_click * click
        parts = split or (lambda each: each.chunk(3, dim=1))
        x = dict(zip(order, parts(of_click), strict=True))
        h = dict(zip(order, parts(of_state), strict=True))
        r = gate(x["r"] + h["r"])
        z = gate(x["z"] + h["z"])
        n = bend(new(x["n"], h["n"], r) if new else x["n"] + r * h["n"])
        return mix(n, z, states) if mix else (1 - z) * n + z * states

    return answer


def _interleaved_parts(each):
    return each.view(len(each), -1, 3).unbind(dim=2)


def _reset_before_the_product(gru, clicks, states):
    W_n, U_n = gru.weight_ih.chunk(3)[2], gru.weight_hh.chunk(3)[2]
    b, c = gru.bias_ih.chunk(3), gru.bias_hh.chunk(3)
    r, z = (
        torch.sigmoid(clicks @ W.T + b_ + states @ U.T + c_)
        for W, U, b_, c_ in list(
            zip(gru.weight_ih.chunk(3), gru.weight_hh.chunk(3), b, c, strict=True)
        )[:2]
    )
    n = torch.tanh(clicks @ W_n.T + b[2] + (r * states) @ U_n.T + c[2])
    return (1 - z) * n + z * states


def _reset_without_bias(gru, clicks, states):
    c_n = gru.bias_hh.chunk(3)[2]
    return _gru(new=lambda x, h, r: x + r * (h - c_n) + c_n)(gru, clicks, states)


_GRU = Exercise(
    id="8.4",
    title="A step of a GRU",
    minutes=8,
    reference=gru_step,
    probes=_gru_probes,
    hints=(
        "Two products do for all three parts: `clicks @ gru.weight_ih.T + gru.bias_ih` is (B, 3 S) "
        "and holds what the click says to $r$, $z$ and $n$, side by side.",
        "`x_r, x_z, x_n = of_click.chunk(3, dim=1)`, and the same for the state. The gates are "
        "sigmoids of sums; in $n$ the reset gate multiplies what comes from the state.",
        "`n = torch.tanh(x_n + r * h_n)`, `return (1 - z) * n + z * states`",
    ),
    built="You have built the step of a GRU. The next cell lets it read histories of 30 clicks "
    "with trained weights, and the state that it ends with is the one that we question below.",
    ours="Two matrix products for all gates together, then `chunk`; six products give the same.",
    misconceptions=(
        Misconception(
            name="the update gate turned round",
            wrong=_gru(mix=lambda n, z, old: z * n + (1 - z) * old),
            says="Your $z$ is turned round: it says how much of the *old* state stays, "
            "`(1 - z) * n + z * states`. Papers write it both ways; PyTorch's weights want this.",
        ),
        Misconception(
            name="gates in another order",
            wrong=_gru(order="zrn"),
            says="You take the first part for $z$ and the second for $r$. PyTorch's order is $r$, "
            "$z$, $n$.",
        ),
        Misconception(
            name="n comes first",
            wrong=_gru(order="nrz"),
            says="You take the first part of the weights for $n$, which is the last: PyTorch's "
            "order is $r$, $z$, $n$.",
        ),
        Misconception(
            name="interleaved",
            wrong=_gru(split=_interleaved_parts),
            says="You take every third number for a gate. The three parts stand one below the "
            "other, S rows each: `chunk(3, dim=1)`.",
        ),
        Misconception(
            name="resets before the product",
            wrong=_reset_before_the_product,
            says="You reset the state before it meets $U_n$. Here $r$ comes after the product: "
            "`r * (U_n h + c_n)`.",
        ),
        Misconception(
            name="the bias not reset",
            wrong=_reset_without_bias,
            says="Your reset gate leaves out the bias $c_n$. It multiplies the whole bracket, "
            "`r * (U_n h + c_n)`.",
        ),
        Misconception(
            name="resets the click too",
            wrong=_gru(new=lambda x, h, r: r * (x + h)),
            says="Your reset gate also multiplies what the click says. It is for the state only: "
            "`x_n + r * h_n`.",
        ),
        Misconception(
            name="no reset gate",
            wrong=_gru(new=lambda x, h, r: x + h),
            says="Your $n$ has no reset gate. What comes from the state is multiplied by $r$.",
        ),
        Misconception(
            name="tanh in the gates",
            wrong=_gru(gate=torch.tanh),
            says="Your gates are tanh, from -1 to 1. A gate is a share: use the sigmoid, 0 to 1.",
        ),
        Misconception(
            name="a sigmoid for n",
            wrong=_gru(bend=torch.sigmoid),
            says="Your $n$ is a sigmoid, so no state can become negative. It is a tanh.",
        ),
        Misconception(
            name="no bend",
            wrong=_gru(bend=lambda n: n),
            says="Your $n$ has no tanh, so states can grow without end.",
        ),
        Misconception(
            name="no bias of the state",
            wrong=_gru(with_c=False),
            says="You leave out `bias_hh`, the $c$ of the formulas.",
        ),
        Misconception(
            name="reads no click",
            wrong=_gru(click=False),
            says="What the click says, $W x + b$, is missing in your step: only the old state "
            "counts.",
        ),
        Misconception(
            name="the old state stays whole",
            wrong=_gru(mix=lambda n, z, old: (1 - z) * n + old),
            says="You keep the whole old state and add to it. Only the share $z$ of it stays: "
            "`z * states`.",
        ),
        Misconception(
            name="n alone",
            wrong=_gru(mix=lambda n, z, old: n),
            says="You return $n$, what could be written. The update gate mixes it with the old "
            "state: `(1 - z) * n + z * states`.",
        ),
    ),
)

# --- 8.5 What an outcome head learns from ---------------------------------------------------------


def _pair_probes(rng):
    torch.manual_seed(5)
    network = SASRec(9, 12, D=8, H=2, n_blocks=1, hidden=16, dropout=0.0).eval()

    def probe(label, lengths, L, **how):
        items = _sequences(rng, lengths, L, 9)
        ended = torch.from_numpy(rng.choice([0.0, 0.5, 1.0], items.shape)).float() * (items != 0)
        return Probe((network, items, ended), label=label, **how)

    yield probe("one history of three clicks", [3], 3)
    yield probe("two clicks and padding", [2], 4)
    yield probe("a short history beside a long one", [2, 5], 5)
    yield probe("three histories", [4, 6, 3], 7)
    yield probe("one click alone beside others", [1, 4, 2], 6)
    for _ in range(2):
        yield probe("five random histories", rng.integers(2, 8, 5).tolist(), 8)
    items = torch.tensor([[4, 4, 7, 4]])
    yield Probe(
        (network, items, torch.tensor([[0.0, 1.0, 0.5, 0.0]])), label="a product that comes again"
    )


def _collects(states_of=None, items_of=None, ended_of=None, real_of=None, shape=None):
    """Collects pairs with one of the parts changed; each is a function of (network,) sequences."""

    def answer(network, sequences, outcomes):
        read = sequences[:, :-1]
        states = states_of(network, sequences) if states_of else network.encoder(read)
        items = items_of(sequences) if items_of else sequences[:, 1:]
        ended = ended_of(outcomes) if ended_of else outcomes[:, 1:]
        real = real_of(sequences, outcomes) if real_of else read != 0
        found = states[real], items[real], ended[real]
        return shape(network, *found) if shape else found

    return answer


def _newest_only(sequences, outcomes):
    real = sequences[:, :-1] != 0
    real[:, :-1] = False
    return real


_PAIRS = Exercise(
    id="8.5",
    title="What becomes of a click",
    minutes=10,
    reference=outcome_pairs,
    probes=_pair_probes,
    hints=(
        "Take Anna's first three clicks, A, B, C. The state after A is asked about B. Whose "
        "outcome should it be told? Whose outcome does the colleague tell?",
        "A head is asked: *if it is this product next, what will become of it?* State, item and "
        "outcome: the last two belong to the same click, the first to the one before.",
        "`outcomes[:, :-1]` is how the click ended that was *read*. `outcomes[:, 1:]` belongs to "
        "`sequences[:, 1:]`.",
    ),
    built="You have found a shift by one that no shape and no loss gives away. The heads of the "
    "next cell learn from your pairs.",
    ours="One boolean mask, made of what is read, picks states, items and outcomes alike.",
    misconceptions=(
        Misconception(
            name="the outcome of the click that was read",
            wrong=_collects(ended_of=lambda outcomes: outcomes[:, :-1]),
            says="The bug is still there: you tell how the click ended that was *read*. The item "
            "is the one that follows, so the outcome is that of the one that follows: "
            "`outcomes[:, 1:]`.",
        ),
        Misconception(
            name="all of the click that was read",
            wrong=_collects(
                items_of=lambda sequences: sequences[:, :-1],
                ended_of=lambda outcomes: outcomes[:, :-1],
            ),
            says="Item and outcome now belong together, but to the click that the state has read "
            "already. The head is asked about the one that *follows*: `[:, 1:]` for both.",
        ),
        Misconception(
            name="the item that was read",
            wrong=_collects(items_of=lambda sequences: sequences[:, :-1]),
            says="Your items are those that were read, your outcomes those of the next click. "
            "Shift both: `sequences[:, 1:]` and `outcomes[:, 1:]`.",
        ),
        Misconception(
            name="the state has read the item",
            wrong=_collects(states_of=lambda network, sequences: network.encoder(sequences)[:, 1:]),
            says="Your states have read the click that they are asked about. In the shop they will "
            "not have: encode `sequences[:, :-1]`.",
        ),
        Misconception(
            name="the last click is encoded too",
            wrong=_collects(
                states_of=lambda network, sequences: network.encoder(sequences)[:, :-1]
            ),
            says="You encode the whole sequence and cut the last state off. Positions are counted "
            "from the end, so all of them move by one: encode `sequences[:, :-1]`.",
        ),
        Misconception(
            name="asks before the first click",
            wrong=_collects(real_of=lambda sequences, outcomes: sequences[:, 1:] != 0),
            says="You choose positions by the item that follows, so you also ask at the padding "
            "before the first click, where nothing has been read. Choose by what is read.",
        ),
        Misconception(
            name="looks left out",
            wrong=_collects(
                real_of=lambda sequences, outcomes: (sequences[:, :-1] != 0) & (outcomes[:, 1:] > 0)
            ),
            says="You keep only clicks that ended in the cart or with a purchase. Looks, outcome "
            "0, are most of what there is to learn from.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_collects(real_of=_newest_only),
            says="You keep one pair of each history, the newest. Every position at which an item "
            "is read counts.",
        ),
        Misconception(
            name="padding too",
            wrong=_collects(
                real_of=lambda sequences, outcomes: torch.ones_like(
                    sequences[:, 1:], dtype=torch.bool
                )
            ),
            says="You hand over padding too. Keep the positions at which an item is read.",
        ),
        Misconception(
            name="embeddings instead of states",
            wrong=_collects(
                states_of=lambda network, sequences: network.encoder.item(sequences[:, :-1])
            ),
            says="You hand over embeddings of the clicks, without having read the history. "
            "`network.encoder(items)` gives the states.",
        ),
        Misconception(
            name="vectors instead of items",
            wrong=_collects(
                shape=lambda network, states, items, ended: (
                    states,
                    network.encoder.item(items),
                    ended,
                )
            ),
            says="You look the items' vectors up. Return the items, (K,) long: the caller looks "
            "them up.",
        ),
        Misconception(
            name="outcomes before items",
            wrong=_collects(shape=lambda network, states, items, ended: (states, ended, items)),
            says="You return outcomes before items. The order is states, items, outcomes.",
        ),
    ),
)

EXERCISES = (_SASREC, _CHUNKS, _NEXT_ITEM, _GRU, _PAIRS)

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
                "Which loss their SASRec was trained with, and for how many steps.",
                right=True,
                why="One negative and binary cross-entropy, or a softmax over all items? And was "
                "it trained until nothing changed? In this chapter's table both move the same "
                "network far.",
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
                "times that are all alike for instance. Check the times, then try a model without "
                "order, and compare.",
            ),
            Choice(
                "Train longer, until order begins to matter.",
                why="What is not in the log can't be learned from it, however long.",
            ),
        ),
    ),
)

GUESSES = (
    GuessChoice(
        id="8.1",
        asks="The empty cells, with the causal mask",
        choices=(
            "above the diagonal",
            "the diagonal and above",
            "below the diagonal",
            "the diagonal and below",
        ),
    ),
    GuessChoice(
        id="8.2",
        asks="The transformer beside the recurrent network",
        choices=("ahead", "level", "behind"),
    ),
    GuessNumber(
        id="8.3",
        asks="Products of ten clicks ago that can be read off the state",
        unit="%",
        high=100,
        close=5,
    ),
    GuessChoice(
        id="8.4",
        asks="The one ahead after 8 epochs",
        choices=("BCE, 1 negative", "BCE, 32 negatives"),
    ),
    GuessNumber(
        id="8.5",
        asks="The logit of a network that knows nothing",
        low=-100,
        high=100,
        close=0.5,
        digits=1,
    ),
    GuessNumber(
        id="8.6",
        asks="Share of the lift with one number more",
        unit="%",
        low=-100,
        high=100,
        close=10,
    ),
    GuessNumber(id="8.7", asks="Share of the lift with 300 shoppers", unit="%", high=100, close=10),
    GuessNumber(
        id="8.8", asks="Share of the lift with 30,000 shoppers", unit="%", high=100, close=5
    ),
    GuessNumber(id="8.9", asks="The best epoch", low=1, high=40, close=2),
    GuessNumber(id="8.10", asks="Variance that the oracle explains", unit="%", high=100, close=3),
    GuessNumber(
        id="8.11",
        asks="What order is worth in the control world, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
        digits=1,
    ),
    GuessNumber(
        id="8.12",
        asks="What order is worth in our shop, of the lift",
        unit="%",
        low=-100,
        high=100,
        close=5,
    ),
    GuessNumber(
        id="8.13",
        asks="Block 1, same visit over other visits, like with like",
        high=100,
        close=0.3,
        digits=1,
    ),
)
