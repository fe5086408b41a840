"""Answer key of chapter 08."""

import torch
from torch import nn
from torch.nn.functional import cosine_similarity, pad

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, ModuleProbe, Probe, Quiz
from seqrec.data import without_empty_columns
from seqrec.losses import next_item_loss
from seqrec.models import SASRec
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
    yield ModuleProbe((torch.zeros(1, 3, dtype=torch.long),), label="nothing but padding", **_SMALL)
    yield ModuleProbe((items,), label="the scores of the catalogue", call=_scored, **_SMALL)
    yield ModuleProbe(
        (items,), label="scores, in training mode", call=_scored, training=True, **_DROPS
    )
    states = torch.from_numpy(rng.normal(size=(5, 8))).float()
    targets = torch.tensor([1, 9, 4, 4, 2])
    yield ModuleProbe(
        (states, targets), label="the training loss", call=_loss_of, gradients=True, **_SMALL
    )
    yield ModuleProbe((), label="the default sizes", init=(9, 6), call=_sizes)
    yield ModuleProbe((), label="other sizes", call=_sizes, **_DROPS)
    yield ModuleProbe((items,), label="the default sizes, padded", init=(9, 6))


class _TiedTo(SASRec):
    """Logits of chosen rows of the embedding, as they come."""

    def logits(self, items, rows):
        return self.encoder(items) @ self.encoder.item.weight[rows].T


class _AllRows(_TiedTo):
    def forward(self, items):
        return self.logits(items, slice(None))


class _PadAtZero(_TiedTo):
    def forward(self, items):
        return self.logits(items, slice(None, -1))


class _NoColumnForPad(_TiedTo):
    def forward(self, items):
        return self.logits(items, slice(1, -1))


class _MaskIsAnItem(_TiedTo):
    def forward(self, items):
        return pad(self.logits(items, slice(1, None)), (1, 0), value=float("-inf"))


class _PadBehind(_TiedTo):
    def forward(self, items):
        return pad(self.logits(items, slice(1, -1)), (0, 1), value=float("-inf"))


class _NewestOnly(SASRec):
    def forward(self, items):
        return super().forward(items)[:, -1]


class _Probabilities(SASRec):
    def forward(self, items):
        return super().forward(items).softmax(dim=-1)


class _NoBlocks(SASRec):
    def forward(self, items):
        return pad(
            self.encoder.item(items) @ self.encoder.item.weight[1:-1].T, (1, 0), value=float("-inf")
        )


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
    misconceptions=(
        Misconception(
            name="all rows of the embedding",
            wrong=_AllRows,
            says="You have a logit for every row of the embedding, PAD and MASK too. They are no "
            "products: leave their rows out and put -inf into column 0.",
        ),
        Misconception(
            name="PAD with a logit of 0",
            wrong=_PadAtZero,
            says="PAD's embedding is zero, and so is your logit for it. A logit of 0 is not a "
            "probability of 0: column 0 must be -inf.",
        ),
        Misconception(
            name="no column for PAD",
            wrong=_NoColumnForPad,
            says="Your columns begin with product 1 in column 0. Put a column of -inf in front, so "
            "that column j is product j.",
        ),
        Misconception(
            name="MASK as a product",
            wrong=_MaskIsAnItem,
            says="You left PAD out, but the last row of the embedding is MASK, and no product "
            "either: stop before it.",
        ),
        Misconception(
            name="-inf behind the products",
            wrong=_PadBehind,
            says="Your column of -inf comes last, so product j stands in column j - 1. `pad` with "
            "`(1, 0)` puts it in front.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_NewestOnly,
            says="You return the newest position alone. Training needs all of them: (B, L, n_items "
            "+ 1).",
        ),
        Misconception(
            name="probabilities",
            wrong=_Probabilities,
            says="You return probabilities. The loss wants logits; whoever reads a list takes the "
            "softmax.",
        ),
        Misconception(
            name="embeddings instead of states",
            wrong=_NoBlocks,
            says="You compare a click's embedding with the products, without having read the "
            "history: `self.encoder(items)` gives the states.",
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


def _shortest(items):
    return items[:, (items != 0).all(dim=0)]


def _by_first_row(items):
    return items[:, int((items[0] != 0).int().argmax()) :]


def _keeps_all_padding(items):
    return items[:, int((items != 0).any(dim=0).int().argmax()) :]


def _nothing_left(items):
    return items[:, (items != 0).any(dim=0)]


def _one_column_too_many(items):
    kept = without_empty_columns(items).shape[1]
    return items[:, -min(kept + 1, items.shape[1]) :]


def _from_the_right(items):
    return items[:, : without_empty_columns(items).shape[1]]


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
    misconceptions=(
        Misconception(
            name="keeps what all rows have",
            wrong=_shortest,
            says="You keep the columns in which *every* row has an item, and cut the long "
            "histories down to the shortest. A column can go only if it is padding in every row.",
        ),
        Misconception(
            name="looks at the first row",
            wrong=_by_first_row,
            says="You cut where the first row begins. Another row may be longer: look at all of "
            "them.",
        ),
        Misconception(
            name="keeps a batch of padding whole",
            wrong=_keeps_all_padding,
            says="Of a batch of nothing but padding you keep everything: argmax of all False is 0. "
            "One column is due.",
        ),
        Misconception(
            name="leaves nothing of padding",
            wrong=_nothing_left,
            says="Of a batch of nothing but padding you leave no column at all. Keep the last one: "
            "a network can't read a sequence of length 0.",
        ),
        Misconception(
            name="one column too many",
            wrong=_one_column_too_many,
            says="You keep one column of padding before the longest history. Begin with its first "
            "item.",
        ),
        Misconception(
            name="cuts on the right",
            wrong=_from_the_right,
            says="You keep the oldest columns and cut off the newest clicks. Padding is on the "
            "left.",
        ),
    ),
)

# --- 8.3 The next-item loss -----------------------------------------------------------------------


def _step(answer, sequences, rows):
    """The loss of a step of a small network whose weights are fixed, and how many positions it was
    taken over.
    """
    torch.manual_seed(3)
    network = SASRec(9, 12, D=8, H=2, n_blocks=1, hidden=16, dropout=0.0)
    with torch.no_grad():
        network.encoder.item.weight.mul_(3)  # far from uniform: a wrong target costs visibly more
    right, counts = network.softmax_loss, []

    def counted(states, targets):
        counts.append(len(targets))
        return right(states, targets)

    network.softmax_loss = counted
    value = answer(sequences)(network, rows, torch.Generator())
    return {
        "loss": value.detach(),
        "positions": sum(counts),
        "has a gradient": value.requires_grad,
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


def _loss_with(pairs):
    """A loss whose states and targets `pairs(network, batch)` chooses."""

    def answer(sequences):
        def loss(network, rows, generator):
            return network.softmax_loss(*pairs(network, sequences[rows]))

        return loss

    return answer


def _itself(network, batch):
    items = batch[:, :-1]
    return network.encoder(items)[items != 0], items[items != 0]


def _backwards(network, batch):
    items, before = batch[:, 1:], batch[:, :-1]
    real = before != 0
    return network.encoder(items)[real], before[real]


def _newest_target(network, batch):
    real = batch[:, -2] != 0
    return network.encoder(batch[:, :-1])[real, -1], batch[real, -1]


def _first_click_too(network, batch):
    targets = batch[:, 1:]
    return network.encoder(batch[:, :-1])[targets != 0], targets[targets != 0]


def _padding_too(network, batch):
    return network.encoder(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()


def _reads_the_target(network, batch):
    real = batch[:, :-1] != 0
    return network.encoder(batch)[:, 1:][real], batch[:, 1:][real]


def _mean_of_means(sequences):
    def loss(network, rows, generator):
        one = next_item_loss(sequences)
        kept = [row for row in rows.split(1) if (sequences[row] != 0).sum() > 1]
        return torch.stack([one(network, row, generator) for row in kept]).mean()

    return loss


def _first_rows(sequences):
    return lambda network, rows, generator: next_item_loss(sequences)(
        network, torch.arange(len(rows)), generator
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
    misconceptions=(
        Misconception(
            name="no shift",
            wrong=_loss_with(_itself),
            says="You ask each position for the click that it has just read. The target is the "
            "*next* one: shift by 1.",
        ),
        Misconception(
            name="shifted backwards",
            wrong=_loss_with(_backwards),
            says="You ask for the click *before*. Inputs are `batch[:, :-1]`, targets `batch[:, "
            "1:]`.",
        ),
        Misconception(
            name="the newest position only",
            wrong=_loss_with(_newest_target),
            says="You train the newest position only. A causal network can be asked at every "
            "position of the sequence.",
        ),
        Misconception(
            name="asks before the first click",
            wrong=_loss_with(_first_click_too),
            says="You ask also at the padding before the first click, where nothing has been read. "
            "Choose positions by the input, not by the target.",
        ),
        Misconception(
            name="padding as a target",
            wrong=_loss_with(_padding_too),
            says="You hand over padding too, and padding is no product. Keep the real positions "
            "only.",
        ),
        Misconception(
            name="reads the target",
            wrong=_loss_with(_reads_the_target),
            says="You encode the whole sequence and take the state of the target itself: it has "
            "read the answer. Encode `batch[:, :-1]`.",
        ),
        Misconception(
            name="a mean of means",
            wrong=_mean_of_means,
            says="You take a mean for each sequence and then the mean of those, so a click of a "
            "short history counts more. One mean over all positions.",
        ),
        Misconception(
            name="the first rows",
            wrong=_first_rows,
            says="You take the first sequences, not those of `rows`: the rest of the log is never "
            "seen.",
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


def _logit_probes(rng):
    def probe(label, K, N, D, **how):
        network = _Items(torch.from_numpy(rng.normal(size=(8, D))).float())
        states = torch.from_numpy(rng.normal(size=(K, D))).float()
        return Probe(
            (network, states, torch.from_numpy(rng.integers(1, 7, (K, N)))), label=label, **how
        )

    yield probe("one position, two products", 1, 2, 2)
    yield probe("four positions, three products", 4, 3, 5, gradients=True)
    yield probe("one product each", 3, 1, 4, elsewhere=True)
    yield probe("as many positions as products", 3, 3, 3)


def _one_state(network, states, items):
    return network.encoder.item(items) @ states[0]


def _every_pair(network, states, items):
    return states @ network.encoder.item(items[0]).T


def _mean_over_width(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items)) / states.shape[1]


def _cosines(network, states, items):
    return cosine_similarity(states[:, None], network.encoder.item(items), dim=-1)


def _row_below(network, states, items):
    return torch.einsum("kd,knd->kn", states, network.encoder.item(items - 1))


def _not_summed(network, states, items):
    return states[:, None] * network.encoder.item(items)


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
    misconceptions=(
        Misconception(
            name="one state for all",
            wrong=_one_state,
            says="You compare all products with the first state. Each row of products has a state "
            "of its own.",
        ),
        Misconception(
            name="the first row's products for all",
            wrong=_every_pair,
            says="You compare all states with the products of the first row. Each position has "
            "products of its own.",
        ),
        Misconception(
            name="divided by the width",
            wrong=_mean_over_width,
            says="You take the mean over the width. A dot product is the sum.",
        ),
        Misconception(
            name="cosines",
            wrong=_cosines,
            says="You divide by the lengths of both vectors. The length of a product's vector is "
            "how SASRec says that it is popular: keep it.",
        ),
        Misconception(
            name="one row off",
            wrong=_row_below,
            says="You look up the row before each product. Row j of the embedding is product j: "
            "nothing to subtract.",
        ),
        Misconception(
            name="not summed",
            wrong=_not_summed,
            says="You multiplied number by number, (K, N, D). The dot product is the sum over the "
            "last axis.",
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
    yield ModuleProbe(pair(4), label="a single pair without a leading axis", **small)
    yield ModuleProbe(pair(1, 4), label="a batch of one keeps its axis", **small)
    yield ModuleProbe((), label="the sizes of the layers", init=(4,), call=_head_sizes)
    yield ModuleProbe(
        pair(3, 4), label="with the weights that it starts with", same_weights=False, **small
    )


class _HeadOf(PairHead):
    """The layers on whatever `parts` puts side by side."""

    def forward(self, states, vectors):
        return self.layers(torch.cat(self.parts(states, vectors), dim=-1)).squeeze(-1)


class _Difference(_HeadOf):
    def parts(self, states, vectors):
        return [states, vectors, states - vectors]


class _ItemFirst(_HeadOf):
    def parts(self, states, vectors):
        return [vectors, states, states * vectors]


class _ProductFirst(_HeadOf):
    def parts(self, states, vectors):
        return [states * vectors, states, vectors]


class _StateTwice(_HeadOf):
    def parts(self, states, vectors):
        return [states, states, states * vectors]


class _DotProduct(_HeadOf):
    def parts(self, states, vectors):
        dot = (states * vectors).sum(dim=-1, keepdim=True)
        return [states, vectors, dot.expand_as(states)]


class _KeepsLastAxis(PairHead):
    def forward(self, states, vectors):
        return super().forward(states, vectors)[..., None]


class _Squashed(PairHead):
    def forward(self, states, vectors):
        return super().forward(states, vectors).sigmoid()


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
    misconceptions=(
        Misconception(
            name="difference",
            wrong=_Difference,
            says="Your third part is a difference. Asked for is the product, number by number: a "
            "layer can make a difference by itself, a product it can't.",
        ),
        Misconception(
            name="the item first",
            wrong=_ItemFirst,
            says="You put the item's vector first. The order is state, vector, product.",
        ),
        Misconception(
            name="the product first",
            wrong=_ProductFirst,
            says="You put the product first. The order is state, vector, product.",
        ),
        Misconception(
            name="the state twice",
            wrong=_StateTwice,
            says="The state is in there twice, and the item's own vector is missing.",
        ),
        Misconception(
            name="a dot product",
            wrong=_DotProduct,
            says="You sum the product over the width. Keep its D numbers: the layers decide which "
            "of them matter.",
        ),
        Misconception(
            name="keeps the last axis",
            wrong=_KeepsLastAxis,
            says="Your answers are (..., 1). Take the last axis away with `squeeze(-1)`.",
        ),
        Misconception(
            name="a sigmoid",
            wrong=_Squashed,
            says="You squash the answer into 0 to 1. This is regression with a squared error, on "
            "outcomes that we scale to mean 0: leave it unbounded.",
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
