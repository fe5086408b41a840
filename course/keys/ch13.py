"""Answer key of chapter 13."""

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.data import without_empty_columns
from seqrec.losses import multi_task_loss, uniform_negatives
from seqrec.models import BACKBONES, MultiTask, SASRec, TransformerBlock, visible_mask
from seqrec.models.backbones import (
    additive_mask,
    copy_gpt2_block,
    library_inputs,
    positions_from_the_end,
)


def _real(lengths, L):
    """True where a click is: left-padded rows of the given lengths. (B, L) bool."""
    return torch.arange(L) >= L - torch.tensor(lengths)[:, None]


# --- 13.1 Positions from the end ------------------------------------------------------------------


def _position_probes(rng):
    yield Probe((_real([3, 5, 1], 5),), label="five columns, three rows", elsewhere=True)
    yield Probe((_real([4], 4),), label="no padding")
    yield Probe((_real([0, 2], 6),), label="a row without a click")
    yield Probe((_real([1, 0], 1),), label="one column")
    for _ in range(2):
        L = int(rng.integers(2, 12))
        yield Probe((_real(rng.integers(0, L + 1, 4).tolist(), L),), label="random")


def _columns(is_real):
    return torch.arange(is_real.shape[1]).expand(is_real.shape)


def _from_the_first_click(is_real):
    return (is_real.long().cumsum(dim=1) - 1).clamp(min=0)


def _newest_is_one(is_real):
    return positions_from_the_end(is_real) + 1


def _one_row(is_real):
    return positions_from_the_end(is_real)[0]


def _padding_is_zero(is_real):
    return positions_from_the_end(is_real) * is_real


def _as_floats(is_real):
    return positions_from_the_end(is_real).float()


_POSITIONS = Exercise(
    id="13.1",
    title="Positions from the end",
    minutes=3,
    reference=positions_from_the_end,
    probes=_position_probes,
    hints=(
        "It hangs on the number of columns only. Which number does the last column get, which the "
        "first?",
        "`torch.arange` can count down: start, end (left out), step.",
        "`torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)`",
    ),
    misconceptions=(
        Misconception(
            name="counts columns from the left",
            wrong=_columns,
            says="You count from the left edge, which is what the library does without you: one "
            "more column of padding and every click has another number. The newest, at the right, "
            "is 0.",
        ),
        Misconception(
            name="counts from the first click",
            wrong=_from_the_first_click,
            says="You count from the first click. Padding changes nothing then, but the newest "
            "click, the one that predicts, is at another position in each history. Count from the "
            "right.",
        ),
        Misconception(
            name="the newest is one",
            wrong=_newest_is_one,
            says="Your newest click is number 1, so the oldest of a full history is beyond the "
            "table. Begin at 0.",
        ),
        Misconception(
            name="one row",
            wrong=_one_row,
            says="You return one row (L,). Asked for is a row for each history, (B, L): `expand` "
            "it.",
        ),
        Misconception(
            name="padding gets zeros",
            wrong=_padding_is_zero,
            says="Your padding has position 0, that of the newest click. It does no harm behind a "
            "mask, but let it go on counting: then no row depends on where its clicks begin.",
        ),
        Misconception(
            name="floats",
            wrong=_as_floats,
            says="Position ids choose rows of a table, so they must be whole numbers (long).",
        ),
    ),
)

# --- 13.2 An additive mask ------------------------------------------------------------------------


def _mask_probes(rng):
    yield Probe((torch.tensor([[True, False], [True, True]]),), label="two by two", elsewhere=True)
    items = torch.tensor([[0, 0, 3, 4]])
    yield Probe((visible_mask(items, causal=True),), label="a causal mask with padding")
    yield Probe((torch.tensor([[False, False]]),), label="a row in which nothing may be seen")
    for dtype in (torch.float16, torch.float64):
        some = torch.from_numpy(rng.random((2, 1, 3, 3)) < 0.5)
        yield Probe((some, dtype), label=f"scores in {dtype}")


def _ones_and_zeros(visible, dtype=torch.float32):
    return visible.to(dtype)


def _turned_round(visible, dtype=torch.float32):
    return additive_mask(~visible, dtype)


def _infinite(visible, dtype=torch.float32):
    return torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, -torch.inf)


def _minus_one(visible, dtype=torch.float32):
    return visible.to(dtype) - 1


def _a_billion(visible, dtype=torch.float32):
    return (1.0 - visible.to(dtype)) * torch.tensor(-1e9, dtype=dtype)


def _always_32_bits(visible, dtype=torch.float32):
    return additive_mask(visible)


def _highest(visible, dtype=torch.float32):
    return torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).max)


_ADDITIVE = Exercise(
    id="13.2",
    title="A mask that is added",
    minutes=4,
    reference=additive_mask,
    probes=_mask_probes,
    hints=(
        "Which number can be added to a score without changing it? And which makes its softmax 0?",
        "Begin with zeros of the shape of `visible`, and fill in the lowest number where "
        "`~visible`.",
        "`torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)`, "
        "on the device of `visible`",
    ),
    misconceptions=(
        Misconception(
            name="ones and zeros",
            wrong=_ones_and_zeros,
            says="You turn True into 1 and False into 0. Added to scores, that favours the visible "
            "a little and hides nothing. It has to be 0 and the lowest number.",
        ),
        Misconception(
            name="turned round",
            wrong=_turned_round,
            says="You hide what may be seen. Here True means may look: 0 there, the lowest number "
            "where False.",
        ),
        Misconception(
            name="minus infinity",
            wrong=_infinite,
            says="You fill in minus infinity. A row in which nothing may be seen then has a "
            "softmax of 0/0, `nan`. Take the lowest *finite* number, `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="minus one",
            wrong=_minus_one,
            says="You fill in -1. A score of 2 less is easily outweighed: the future still gets "
            "weight.",
        ),
        Misconception(
            name="minus a billion",
            wrong=_a_billion,
            says="You fill in -1e9. In 16 bits that is minus infinity, and times 0 it is `nan`. "
            "Ask the dtype for its lowest number: `torch.finfo(dtype).min`.",
        ),
        Misconception(
            name="always 32 bits",
            wrong=_always_32_bits,
            says="Your mask is in 32 bits whatever `dtype` says. Its lowest number does not exist "
            "in 16.",
        ),
        Misconception(
            name="the highest",
            wrong=_highest,
            says="You fill in the highest number, so that the softmax looks at what is hidden and "
            "at nothing else.",
        ),
    ),
)

# --- 13.3 What a backbone is called with ----------------------------------------------------------


def _as_dict(answer, name, vectors, is_real, causal):
    """The arguments with their dtypes; the vectors must be those that came in."""
    inputs = dict(answer(name, vectors, is_real, causal))
    return {key: inputs[key] for key in sorted(inputs)}


def _input_probes(rng):
    for name, architecture in BACKBONES.items():
        for causal in architecture.causal:
            vectors = torch.from_numpy(rng.normal(size=(3, 5, 2))).float()
            way = "causal" if causal else "both ways"
            yield Probe(
                (name, vectors, _real([2, 5, 0], 5), causal),
                label=f"{name}, {way}",
                call=_as_dict,
                elsewhere=True,
            )
    wide = torch.from_numpy(rng.normal(size=(1, 3, 4)))
    yield Probe(("xlnet", wide, _real([3], 3), True), label="XLNet, causal, 64 bits", call=_as_dict)


def _with(**changes):
    """The reference's dict, changed:

    name -> function of (the dict, is_real) that gives the new value, None removes.
    """

    def wrong(name, vectors, is_real, causal):
        inputs = library_inputs(name, vectors, is_real, causal)
        for key, change in changes.items():
            value = change(inputs, is_real)
            inputs = {other: inputs[other] for other in inputs if other != key}
            if value is not None:
                inputs[key] = value
        return inputs

    return wrong


def _perm(change):
    return _with(
        perm_mask=lambda inputs, is_real: (
            change(inputs["perm_mask"]) if "perm_mask" in inputs else None
        )
    )


def _every_mask(inputs, is_real):
    visible = visible_mask(is_real.long(), causal=True)
    return additive_mask(visible)


def _always_permuted(name, vectors, is_real, causal):
    inputs = library_inputs(name, vectors, is_real, causal)
    if name == "xlnet":
        inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=True)[:, 0]).to(vectors.dtype)
    return inputs


_INPUTS = Exercise(
    id="13.3",
    title="What a backbone is called with",
    minutes=8,
    reference=library_inputs,
    probes=_input_probes,
    hints=(
        "Two entries are the same for all. Then two questions: does it take position ids? If not: "
        "is it causal?",
        "`perm_mask` is the opposite of `visible_mask`, without its axis of heads: "
        "`~visible_mask(...)[:, 0]`.",
        '`inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=True)[:, '
        "0]).to(vectors.dtype)`, under "
        "`elif causal:`.",
    ),
    misconceptions=(
        Misconception(
            name="one for padding",
            wrong=_with(attention_mask=lambda inputs, is_real: (~is_real).long()),
            says="Your `attention_mask` is 1 where padding is. In this library 1 means real, look "
            "at it.",
        ),
        Misconception(
            name="no attention mask",
            wrong=_with(attention_mask=lambda inputs, is_real: torch.ones_like(is_real).long()),
            says="Your `attention_mask` is all ones, so padding is read as if it were clicks. Use "
            "`is_real`.",
        ),
        Misconception(
            name="a boolean mask",
            wrong=_with(attention_mask=lambda inputs, is_real: is_real),
            says="Your `attention_mask` is boolean. XLNet computes `1 - mask`, which booleans "
            "refuse: `.long()`.",
        ),
        Misconception(
            name="no positions",
            wrong=_with(position_ids=lambda inputs, is_real: None),
            says="You leave `position_ids` out. The library then counts columns from the left "
            "edge.",
        ),
        Misconception(
            name="positions from the left",
            wrong=_with(
                position_ids=lambda inputs, is_real: (
                    inputs["position_ids"].flip(1) if "position_ids" in inputs else None
                )
            ),
            says="Your positions count from the left edge: that is what the library would do by "
            "itself.",
        ),
        Misconception(
            name="positions for all",
            wrong=_with(position_ids=lambda inputs, is_real: positions_from_the_end(is_real)),
            says="You hand `position_ids` to XLNet too. It ignores them in silence, so you would "
            "believe in something that is not there. Ask `counts_positions`.",
        ),
        Misconception(
            name="permutation is visibility",
            wrong=_perm(lambda mask: 1 - mask),
            says="In your `perm_mask` 1 means may look. XLNet's convention is the opposite: 1 "
            "hides.",
        ),
        Misconception(
            name="no permutation",
            wrong=_with(perm_mask=lambda inputs, is_real: None),
            says="A causal XLNet gets no `perm_mask` from you, so every state sees the click that "
            "it is asked for.",
        ),
        Misconception(
            name="always permuted",
            wrong=_always_permuted,
            says="You hide the future of XLNet even where `causal` is False: then it can't fill "
            "gaps from both sides.",
        ),
        Misconception(
            name="an axis of heads",
            wrong=_perm(lambda mask: mask[:, None]),
            says="Your `perm_mask` still has the axis of heads, (B, 1, L, L). XLNet wants (B, L, "
            "L): `[:, 0]`.",
        ),
        Misconception(
            name="a mask for every pair",
            wrong=_with(attention_mask=_every_mask),
            says="You hand over a 4-D mask. It replaces the library's own masks, windows included, "
            "and makes everybody causal: give the 2-D one, (B, L).",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="hidden = ~visible_mask(is_real.long(), causal=True)[:, 0] -> "
            "hidden = ~visible_mask(is_real, causal=True)[:, 0]",
            reason="A boolean is compared with 0 just as well.",
        ),
        EquivalentMutant(
            edit="hidden = ~visible_mask(is_real.long(), causal=True)[:, 0] -> "
            "hidden = ~visible_mask(is_real.long(), causal=True)[:, -1]",
            reason="The axis of heads has one place: the first is the last.",
        ),
    ),
)

# --- 13.4 Copying a block -------------------------------------------------------------------------


class _Conv1D(nn.Module):
    """GPT-2's linear layer: x W + b, W of (in, out)."""

    def __init__(self, inside, outside):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inside, outside))
        self.bias = nn.Parameter(torch.randn(outside))


class _Block(nn.Module):
    """The parts of a GPT-2 block by their names there."""

    def __init__(self, D):
        super().__init__()
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = _Conv1D(D, 3 * D), _Conv1D(D, D)
        self.mlp.c_fc, self.mlp.c_proj = _Conv1D(D, 4 * D), _Conv1D(4 * D, D)
        self.ln_1, self.ln_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        for weight in self.parameters():
            nn.init.normal_(weight)


def _copied(answer, D, seed):
    """What our block holds afterwards, what it computes, and whether it is still its own."""
    generator = torch.Generator().manual_seed(seed)
    theirs, ours = _Block(D), TransformerBlock(D, 1, hidden=4 * D)
    for weight in (*theirs.parameters(), *ours.parameters()):
        nn.init.normal_(weight, generator=generator)
    kept = [weight.clone() for weight in theirs.parameters()]
    own = {name: id(weight) for name, weight in ours.named_parameters()}
    with torch.no_grad():
        answer(theirs, ours)
        x = torch.randn(2, 3, D, generator=generator)
        told = {name: weight.detach().clone() for name, weight in ours.named_parameters()}
        told["output"] = ours(x, torch.ones(2, 1, 3, 3, dtype=torch.bool))[0]
        for weight in ours.parameters():
            weight.add_(1)  # as a step of training would
    told["its own parameters"] = own == {
        name: id(weight) for name, weight in ours.named_parameters()
    }
    told["the other block is left alone"] = all(
        torch.equal(weight, before)
        for weight, before in zip(theirs.parameters(), kept, strict=True)
    )
    told["can be trained"] = all(weight.requires_grad for weight in ours.parameters())
    return told


def _block_probes(rng):
    yield Probe((4, 0), label="a block of width 4", call=_copied)
    yield Probe((6, int(rng.integers(1, 99))), label="a block of width 6", call=_copied)


def _pairs(theirs, ours):
    return (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    )


def _not_turned_where_it_fits(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        if conv.weight.shape == linear.weight.shape:
            linear.weight.data.copy_(conv.weight.data)


def _reshaped(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        linear.weight.data.copy_(conv.weight.data.reshape(linear.weight.shape))


def _no_biases(theirs, ours):
    kept = [linear.bias.data.clone() for _, linear in _pairs(theirs, ours)]
    copy_gpt2_block(theirs, ours)
    for (_, linear), bias in zip(_pairs(theirs, ours), kept, strict=True):
        linear.bias.data.copy_(bias)


def _no_norms(theirs, ours):
    kept = [
        {name: value.clone() for name, value in norm.state_dict().items()} for norm in ours.norms
    ]
    copy_gpt2_block(theirs, ours)
    for norm, state in zip(ours.norms, kept, strict=True):
        norm.load_state_dict(state)


def _norms_exchanged(theirs, ours):
    exchanged = SimpleNamespace(
        attn=theirs.attn, mlp=theirs.mlp, ln_1=theirs.ln_2, ln_2=theirs.ln_1
    )
    copy_gpt2_block(exchanged, ours)


def _shared(theirs, ours):
    copy_gpt2_block(theirs, ours)
    for conv, linear in _pairs(theirs, ours):
        linear.bias = conv.bias


_COPY = Exercise(
    id="13.4",
    title="The weights of a GPT-2 block",
    minutes=7,
    reference=copy_gpt2_block,
    probes=_block_probes,
    hints=(
        "Four layers and two norms, each with a weight and a bias: twelve copies. The table says "
        "who belongs to whom.",
        "`linear.weight.copy_(conv.weight.T)`: the matrix is turned, the bias is not.",
        "Loop over pairs: `for conv, linear in ((theirs.attn.c_attn, ours.attention.project), "
        "...)`, then over `((theirs.ln_1, ours.norms[0]), (theirs.ln_2, ours.norms[1]))`.",
    ),
    misconceptions=(
        Misconception(
            name="turned only where it must be",
            wrong=_not_turned_where_it_fits,
            says="You turn the matrices whose shapes differ, and copy the square one as it is. It "
            "has to be turned as well, though nothing complains.",
        ),
        Misconception(
            name="reshaped",
            wrong=_reshaped,
            says="You reshape the matrices, which keeps the order in memory and shuffles the "
            "numbers. Turn them: `.T`.",
        ),
        Misconception(
            name="no biases",
            wrong=_no_biases,
            says="The biases of the four layers are still your own. Copy them too.",
        ),
        Misconception(
            name="no norms",
            wrong=_no_norms,
            says="The norms are still your own. In a new model they are 1 and 0 on both sides, in "
            "a trained one not.",
        ),
        Misconception(
            name="norms exchanged",
            wrong=_norms_exchanged,
            says="You exchange the two norms: `ln_1` stands before the attention, as `norms[0]` "
            "does.",
        ),
        Misconception(
            name="shared parameters",
            wrong=_shared,
            says="You put parameters of one block into the other, so they are shared: training one "
            "would change both. Copy the numbers with `copy_`.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="for norm, here in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True): -> *",
            reason="Every block has two norms.",
        ),
    ),
)

# --- 13.5 Three heads -----------------------------------------------------------------------------


class _Told(nn.Module):
    """An encoder whose states are item vectors plus the first context number of their place."""

    def __init__(self, n_items, D):
        super().__init__()
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.seen = []

    def forward(self, items, context=None):
        self.seen.append((items, context))
        states = self.item(items).cumsum(dim=1)
        return states if context is None else states + context[..., :1]


def _network(n_items):
    torch.manual_seed(0)
    network = MultiTask(SASRec(n_items, 12, D=4, n_blocks=0, dropout=0.0), hidden=3)
    network.network.encoder = _Told(n_items, 4)
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.7)
    return network


def _step(answer, sequences, outcomes, weights, context, rows, n_items, n_negatives):
    """Loss and gradients of a step, twice with the same generator and once with another."""
    told = {}
    loss = answer(sequences, outcomes, weights=weights, context=context, n_negatives=n_negatives)
    for name, seed in (("loss", 1), ("again", 1), ("another generator", 2)):
        network = _network(n_items)
        value = loss(network, rows, torch.Generator().manual_seed(seed))
        told[name] = value.detach()
        if name == "loss":
            value.backward()
            gradient = network.network.encoder.item.weight.grad
            told["gradient of the item vectors"] = gradient
            items, read = network.network.encoder.seen[0]
            told["read"] = items
            told["context read"] = torch.zeros(0) if read is None else read
    return told


def _loss_probes(rng):
    n_items, L = 7, 5

    def probe(label, weights, with_context=False, lengths=(5, 3, 2, 4), n_negatives=3):
        lengths = torch.tensor(lengths)
        is_real = torch.arange(L + 1) >= L + 1 - lengths[:, None]
        sequences = torch.from_numpy(rng.integers(1, n_items + 1, (len(lengths), L + 1))) * is_real
        outcomes = torch.from_numpy(rng.random(sequences.shape)).float()
        context = (
            torch.from_numpy(rng.normal(size=(*sequences.shape, 2))).float()
            if with_context
            else None
        )
        rows = torch.tensor([2, 0, 3])
        args = (sequences, outcomes, weights, context, rows, n_items, n_negatives)
        return Probe(args, label=label, call=_step)

    yield probe("the outcome alone", {"outcome": 1.0})
    yield probe("the click alone", {"click": 1.0})
    yield probe("the next item alone", {"next_item": 3.0})
    yield probe(
        "all three, weighted", {"next_item": 1.0, "click": 0.5, "outcome": 4.0}, n_negatives=1
    )
    yield probe("with context", {"next_item": 1.0, "outcome": 2.0}, with_context=True)
    yield probe(
        "context, and columns that are empty",
        {"outcome": 2.0},
        with_context=True,
        lengths=(3, 6, 2, 3),
    )
    yield probe("a weight of 0", {"next_item": 1.0, "click": 0.0})


def _loss_with(
    outcome_at="target",
    context_at="read",
    reduce=None,
    padding=False,
    weighted=True,
    negatives=True,
):
    """The loss in parts, one of them wrong."""

    def answer(sequences, outcomes, *, weights, context=None, n_negatives=4):
        def loss(network, rows, generator):
            batch = without_empty_columns(sequences[rows])
            length = batch.shape[1] - 1
            items, targets = batch[:, :-1], batch[:, 1:]
            is_asked = (targets != 0) if padding else (items != 0) & (targets != 0)
            of_rows = None if context is None else context[rows]
            read = None
            if of_rows is not None:
                read = {
                    "read": of_rows[:, -length - 1 : -1],
                    "target": of_rows[:, -length:],
                    "left": of_rows[:, :length],
                }[context_at]
            states, targets = network.states(items, read)[is_asked], targets[is_asked]
            total = 0.0
            if weights.get("next_item"):
                total = total + (
                    weights["next_item"] if weighted else 1
                ) * network.network.softmax_loss(states, targets)
            if weights.get("click"):
                drawn = uniform_negatives(
                    targets,
                    n_negatives,
                    network.n_items,
                    seed=generator,
                    reject_target=bool(negatives),
                )
                logits = network.about(
                    network.click, states, torch.cat([targets[:, None], drawn], dim=1)
                )
                labels = torch.zeros_like(logits)
                labels[:, 0] = 1
                bce = binary_cross_entropy_with_logits(logits, labels, reduction=reduce or "mean")
                total = total + (weights["click"] if weighted else 1) * bce
            if weights.get("outcome"):
                at = (
                    outcomes[rows][:, -length:]
                    if outcome_at == "target"
                    else outcomes[rows][:, -length - 1 : -1]
                )
                wrong_by = network.about(network.outcome, states, targets) - at[is_asked]
                total = total + (weights["outcome"] if weighted else 1) * wrong_by.square().mean()
            return total

        return loss

    return answer


_THREE_HEADS = Exercise(
    id="13.5",
    title="One loss for three heads",
    minutes=12,
    reference=multi_task_loss,
    probes=_loss_probes,
    hints=(
        "Cut context and outcomes as the items are cut: the last length + 1 columns of these rows, "
        "then all but the last (what is read) or all but the first (what is asked for).",
        "Context belongs to what is read: `context[rows][:, -length - 1 : -1]`. The outcome "
        "belongs to the target: `outcomes[rows][:, -length:][is_asked]`.",
        "`states = network.states(items, read)[is_asked]`; the click loss is `nn.functional."
        "binary_cross_entropy_with_logits` with a 1 in column 0; the outcome loss "
        "`(network.about(network.outcome, states, targets) - ended).square().mean()`.",
    ),
    misconceptions=(
        Misconception(
            name="outcome of the click that is read",
            wrong=_loss_with(outcome_at="read"),
            says="You ask for the outcome of the click that was *read*. The head is asked about "
            "the target, so it is the target's outcome: `outcomes[rows][:, -length:]`.",
        ),
        Misconception(
            name="context of the target",
            wrong=_loss_with(context_at="target"),
            says="You read the context of the click that is to be predicted: its outcome is the "
            "answer. Take that of the click that is read, one place earlier.",
        ),
        Misconception(
            name="context from the left",
            wrong=_loss_with(context_at="left"),
            says="Your context is cut at the left edge, the items at the right: where empty "
            "columns were left out, they don't belong together. Count from the end.",
        ),
        Misconception(
            name="asks before the first click",
            wrong=_loss_with(padding=True),
            says="You ask at padding too: before the first click there is no history. Use "
            "`is_asked`.",
        ),
        Misconception(
            name="a sum over pairs",
            wrong=_loss_with(reduce="sum"),
            says="You sum the click loss over its pairs: it grows with the batch and drowns the "
            "others. Take the mean.",
        ),
        Misconception(
            name="no weights",
            wrong=_loss_with(weighted=False),
            says="You add the losses as they are. Each is to be multiplied by its weight.",
        ),
        Misconception(
            name="may hit the click",
            wrong=_loss_with(negatives=False),
            says="Some of your negatives are the click itself. Use the `negatives` that are there.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="losses.append(weights['click'] * bce_loss(logits[:, 0], logits[:, 1:], "
            "real=targets != 0)) -> losses.append(weights['click'] * bce_loss(logits[:, 0], "
            "logits[:, 1:], real=targets != -1))",
            reason="Where an item is read, a target follows: none is padding.",
        ),
        EquivalentMutant(
            edit="total = total + weights['next_item'] * network.network.softmax_loss(states, "
            "targets) -> total = weights['next_item'] * network.network.softmax_loss(states, "
            "targets)",
            reason="It is the first part of the sum: nothing has been added yet.",
        ),
    ),
)

EXERCISES = (_POSITIONS, _ADDITIVE, _INPUTS, _COPY, _THREE_HEADS)

QUIZZES = (
    Quiz(
        id="13.1",
        question="You batch histories with left padding and call a GPT-2 with `inputs_embeds` and "
        "`attention_mask` only. What happens?",
        choices=(
            Choice(
                "Padding is read as clicks.",
                why="The mask keeps it out of sight. Something else is wrong.",
            ),
            Choice(
                "A click's position depends on how long the longest history of its batch is.",
                right=True,
                why="Columns are counted from the left edge. The same shopper gets another answer "
                "in another batch.",
            ),
            Choice(
                "Nothing: a mask is all that padding needs.",
                why="For rotary or relative positions that is true: a shift of all clicks changes "
                "no distance. GPT-2 learns a vector for each column.",
            ),
        ),
    ),
    Quiz(
        id="13.2",
        question="Your 4-D boolean mask works under `sdpa`. On a machine without that kernel the "
        "library falls back to `eager`. What do you see?",
        choices=(
            Choice(
                "An error about dtypes.",
                why="A boolean is added to floats without complaint: True is 1.",
            ),
            Choice(
                "A training loss that is better than ever.",
                right=True,
                why="Nothing is hidden any more, so the network reads the answers. In the shop it "
                "is worthless.",
            ),
            Choice(
                "The same numbers, more slowly.",
                why="That is what one hopes. It holds for masks of numbers, 0 and the lowest.",
            ),
        ),
    ),
    Quiz(
        id="13.3",
        question="A paper reports that a GPT-2 recommender beats SASRec by four points. What would "
        "you ask first?",
        choices=(
            Choice(
                "Whether attention of GPT-2 is better.",
                why="With equal weights the two blocks give equal numbers: there is nothing to be "
                "better at.",
            ),
            Choice(
                "Loss, start weights, epochs and size of each of the two.",
                right=True,
                why="The architectures are the same. What differs is everything around them.",
            ),
            Choice(
                "Which of them was pretrained on text.",
                why="Worth asking, too. But with item embeddings as input the words are gone, and "
                "mostly nothing is.",
            ),
        ),
    ),
    Quiz(
        id="13.4",
        question="Which of these may be context of a click when the *next* click is predicted at "
        "its place?",
        choices=(
            Choice(
                "How long the shopper will wait until the next click.",
                why="Nobody knows that yet. It is a property of the next click.",
            ),
            Choice(
                "How the click itself ended: looked, cart, bought.",
                right=True,
                why="It has happened. It would be a leak only for a head that asks how *this* "
                "click ends.",
            ),
            Choice(
                "Whether the visit ends here.",
                why="That is known only once the next click is, or never comes.",
            ),
        ),
    ),
)
