"""Answer key of chapter 09."""

import torch
from torch import nn
from torch.nn.functional import gelu, pad

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.losses import cloze_loss
from seqrec.losses.cloze import cloze
from seqrec.models import BERT4Rec
from seqrec.models.bert4rec import with_mask_appended
from seqrec.training.optim import inverse_square_root


def _sequences(lengths, L, n_items, seed=0):
    """Left-padded sequences of the given lengths. (B, L) long."""
    items = torch.randint(
        1, n_items + 1, (len(lengths), L), generator=torch.Generator().manual_seed(seed)
    )
    return items * (torch.arange(L) >= L - torch.tensor(lengths)[:, None])


# --- 9.1 The cloze --------------------------------------------------------------------------------


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def _told(answer, items, mask_prob):
    """What can be said of an answer whatever order it draws in."""
    before = items.clone()
    masked, is_masked = answer(items, 9, mask_prob, _generator(1))
    again, other = (
        answer(items, 9, mask_prob, _generator(1))[1],
        answer(items, 9, mask_prob, _generator(2))[1],
    )
    told = {
        "shapes and types": [
            tuple(masked.shape),
            masked.dtype,
            tuple(is_masked.shape),
            is_masked.dtype,
        ],
        "items are as they were": torch.equal(items, before),
        "what stands where hidden (MASK is 10)": sorted(set(masked[is_masked].tolist()))[:3],
        "the rest unchanged": torch.equal(masked[~is_masked], before[~is_masked]),
        "padding that is hidden": int(is_masked[before == 0].sum()),
        "rows with items and no gap": int(
            ((before != 0) & ~is_masked).all(dim=1)[(before != 0).all(dim=1)].sum()
        ),
        "rows without gap": int((~is_masked.any(dim=1) & (before != 0).any(dim=1)).sum()),
        "same generator, same gaps": torch.equal(is_masked, again),
    }
    if len(items) > 100 and mask_prob < 1:
        told["another generator, other gaps"] = not torch.equal(is_masked, other)
        real = before != 0
        share = is_masked.double().sum(dim=0) / real.sum(dim=0).clamp(min=1)  # of each column
        told["share hidden in each column, in steps of .1"] = [
            round(10 * value) / 10 for value in share.tolist()
        ]
        told["rows with one gap, in steps of .1"] = (
            round(10 * (is_masked.sum(dim=1) == 1).double().mean().item()) / 10
        )
    return told


def _cloze_probes(rng):
    def probe(items, mask_prob, label):
        return Probe((items, mask_prob), label=label, call=_told)

    yield probe(torch.tensor([[0, 0, 4]]), 0.01, "a history of one click")
    yield probe(torch.tensor([[0, 0, 4], [1, 2, 3], [0, 5, 6]]), 1.0, "everything is hidden")
    yield probe(torch.zeros(2, 3, dtype=torch.long), 0.5, "nothing but padding")
    yield probe(
        _sequences([4] * 5_000, 6, 9), 1e-6, "rows that would have no gap: each click as likely"
    )
    yield probe(_sequences([20] * 5_000, 20, 9), 0.3, "5,000 rows of twenty clicks, at .3")
    yield probe(_sequences([20] * 5_000, 20, 9), 0.7, "5,000 rows of twenty clicks, at .7")
    yield probe(_sequences([1, 2, 3, 7] * 500, 7, 9), 0.1, "2,000 short rows, at .1")


def _with_at_least_one(items, is_masked, place):
    """Those of `place` (B,) too where a row has no gap."""
    none = ~is_masked.any(dim=1)
    is_masked = is_masked.clone()
    is_masked[none, place[none]] = True
    return is_masked & (items != 0)


def _draw(items, mask_prob, generator):
    return torch.rand(items.shape, generator=generator) < mask_prob


def _empty_rows(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator) & (items != 0)
    return torch.where(is_masked, n_items + 1, items), is_masked


def _hides_padding(items, n_items, mask_prob, generator):
    is_masked = _draw(items, mask_prob, generator)
    none = ~is_masked.any(dim=1)
    is_masked[none, -1] = True
    return torch.where(is_masked, n_items + 1, items), is_masked


def _newest_if_none(items, n_items, mask_prob, generator):
    drawn = _draw(items, mask_prob, generator) & (items != 0)
    is_masked = _with_at_least_one(items, drawn, torch.full((len(items),), items.shape[1] - 1))
    return torch.where(is_masked, n_items + 1, items), is_masked


def _edits_its_input(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    items[is_masked] = n_items + 1
    return masked, is_masked


def _zero_for_mask(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return items.masked_fill(is_masked, 0), is_masked


def _last_item_for_mask(items, n_items, mask_prob, generator):
    _, is_masked = cloze(items, n_items, mask_prob, generator)
    return items.masked_fill(is_masked, n_items), is_masked


def _one_gap_always(items, n_items, mask_prob, generator):
    draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)
    is_masked = (draws == draws.min(dim=1, keepdim=True).values) & (items != 0)
    return torch.where(is_masked, n_items + 1, items), is_masked


def _global_generator(items, n_items, mask_prob, generator):
    return cloze(
        items, n_items, mask_prob, torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    )


def _true_where_kept(items, n_items, mask_prob, generator):
    masked, is_masked = cloze(items, n_items, mask_prob, generator)
    return masked, ~is_masked


_CLOZE = Exercise(
    id="9.1",
    title="Hide, but not everything and not nothing",
    minutes=10,
    reference=cloze,
    probes=_cloze_probes,
    hints=(
        "One random number for each place: hide where it is below `mask_prob` and an item stands "
        "there. Which item of a row is the natural one to hide if none was?",
        "The item with the *smallest* number of its row. If any is below `mask_prob`, that one is, "
        "so it can always be hidden. Give padding a number above 1 first.",
        "`draws = torch.rand(items.shape, generator=generator).masked_fill(items == 0, 2.0)`, then "
        "`(draws < mask_prob) | (draws == draws.min(dim=1, keepdim=True).values)`, and only where "
        "`items != 0`.",
    ),
    misconceptions=(
        Misconception(
            name="rows without a gap",
            wrong=_empty_rows,
            says="Some of your rows hide nothing: a short history often draws no gap. Hide one of "
            "its items then.",
        ),
        Misconception(
            name="padding hidden",
            wrong=_hides_padding,
            says="You hide padding too, and would ask the network for a product that was never "
            "there. Hide only where `items != 0`.",
        ),
        Misconception(
            name="the newest where none is",
            wrong=_newest_if_none,
            says="Where nothing is drawn you always hide the newest item, so it is hidden more "
            "often than the others. Each item of such a row should be as likely.",
        ),
        Misconception(
            name="edits its input",
            wrong=_edits_its_input,
            says="You write MASK into `items` itself, and the answers are gone. Make a new tensor: "
            "`torch.where`.",
        ),
        Misconception(
            name="0 for MASK",
            wrong=_zero_for_mask,
            says="You hide with 0. That is padding, which nobody looks at: the network would not "
            "know that something is missing there. MASK is `n_items + 1`.",
        ),
        Misconception(
            name="the last item for MASK",
            wrong=_last_item_for_mask,
            says="You hide with `n_items`, which is a product. MASK is one more: `n_items + 1`.",
        ),
        Misconception(
            name="exactly one gap",
            wrong=_one_gap_always,
            says="Each of your rows hides exactly one item, whatever `mask_prob` is. Hide every "
            "item with that probability, and one if that leaves none.",
        ),
        Misconception(
            name="True where visible",
            wrong=_true_where_kept,
            says="Your second answer is True where an item is *kept*. `is_masked` is True where "
            "one is hidden.",
        ),
        Misconception(
            name="another generator",
            wrong=_global_generator,
            says="The same generator gives other gaps the second time: you draw from PyTorch's "
            "global one. Pass `generator=generator` on.",
        ),
    ),
    equivalent_mutants=(
        *(
            EquivalentMutant(
                edit=edit,
                reason="The exercise has no options; without `last_only` and `preference` this "
                "changes nothing.",
            )
            for edit in (
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = items != PAD",
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = (items != PAD) & (prob >= 0)",
                "may_hide = (items != PAD) & (prob > 0) -> may_hide = (items != PAD) & (prob > -1)",
                "newest = torch.arange(L, device=items.device) == L - 1 -> *",
                "is_last_only = (rand(generator, (B,), device=items.device) < last_only) & "
                "may_hide[:, -1] -> *",
                "prob = prob * preference -> *",
            )
        ),
        *(
            EquivalentMutant(
                edit=f"{before} -> {before.replace('<', '<=')}",
                reason="A draw on the very boundary has a probability of 2 ** -24, and either "
                "answer is a cloze.",
            )
            for before in (
                "is_masked = (ratio < 1).scatter(1, ratio.argmin(dim=1, keepdim=True), True)",
                "is_masked = ((draws < mask_prob) | smallest) & real",
            )
        ),
        *(
            EquivalentMutant(
                edit=f"{before} -> {before.replace('2.0', '4.0')}",
                reason="Any number above 1 is above every draw.",
            )
            for before in (
                "draws = torch.rand(items.shape, generator=generator, "
                "device=items.device).masked_fill(~real, 2.0)",
            )
        ),
    ),
)

# --- 9.2 The head ---------------------------------------------------------------------------------


class _Head(nn.Module):
    """As much of a network as its head needs."""

    def __init__(self, rng, D, n_items):
        super().__init__()

        def drawn(*shape):
            return nn.Parameter(torch.from_numpy(rng.normal(size=shape)).float())

        self.n_items, self.bias, self.item_vectors = n_items, drawn(n_items), drawn(n_items, D)
        linear = nn.Linear(D, D)
        linear.weight, linear.bias = drawn(D, D), drawn(D)
        self.transform = nn.Sequential(linear, nn.GELU())


def _head_probes(rng):
    def probe(D, n_items, *shape, label, **how):
        return Probe(
            (_Head(rng, D, n_items), torch.from_numpy(rng.normal(size=(*shape, D))).float()),
            label=label,
            **how,
        )

    yield probe(4, 6, 1, label="one state")
    yield probe(4, 6, 3, label="three states", gradients=True)
    yield probe(4, 4, 2, 5, label="a batch of sequences, as many items as width")
    yield probe(3, 7, 2, 3, label="a batch of sequences", elsewhere=True)


def _no_transform(network, states):
    return pad(states @ network.item_vectors.T + network.bias, (1, 0), value=float("-inf"))


def _no_bias(network, states):
    return pad(network.transform(states) @ network.item_vectors.T, (1, 0), value=float("-inf"))


def _gelu_twice(network, states):
    return (
        BERT4Rec.head(network, states)
        if states.numel() == 0
        else pad(
            gelu(network.transform(states)) @ network.item_vectors.T + network.bias,
            (1, 0),
            value=float("-inf"),
        )
    )


def _no_column(network, states):
    return network.transform(states) @ network.item_vectors.T + network.bias


def _zero_column(network, states):
    return pad(network.transform(states) @ network.item_vectors.T + network.bias, (1, 0))


def _column_behind(network, states):
    return pad(
        network.transform(states) @ network.item_vectors.T + network.bias,
        (0, 1),
        value=float("-inf"),
    )


def _probabilities(network, states):
    return BERT4Rec.head(network, states).softmax(dim=-1)


def _transforms_the_logits(network, states):
    return pad(gelu(states @ network.item_vectors.T + network.bias), (1, 0), value=float("-inf"))


_HEAD = Exercise(
    id="9.2",
    title="The prediction head",
    minutes=6,
    reference=BERT4Rec.head,
    probes=_head_probes,
    hints=(
        "Three steps: the layer, the dot product with every item's vector, the bias. Then the "
        "column of padding.",
        "`network.transform(states)` is (..., D), `network.item_vectors.T` is (D, n_items), the "
        "bias broadcasts.",
        "`pad_column(network.transform(states) @ network.item_vectors.T + network.bias)`",
    ),
    misconceptions=(
        Misconception(
            name="no layer",
            wrong=_no_transform,
            says="You compare the state itself with the items, as SASRec does. The state goes "
            "through `network.transform` first.",
        ),
        Misconception(
            name="no bias",
            wrong=_no_bias,
            says="The bias is missing: add `network.bias`, a number for each item.",
        ),
        Misconception(
            name="GELU twice",
            wrong=_gelu_twice,
            says="You apply a GELU of your own, but `network.transform` ends with one already.",
        ),
        Misconception(
            name="GELU of the logits",
            wrong=_transforms_the_logits,
            says="You squash the logits. The layer belongs between state and items, and logits "
            "stay as they come.",
        ),
        Misconception(
            name="no column for padding",
            wrong=_no_column,
            says="Your column 0 is product 1. `pad_column` puts the column of padding before it.",
        ),
        Misconception(
            name="padding with a logit of 0",
            wrong=_zero_column,
            says="Padding has a logit of 0, which is not a probability of 0. It must be -inf: "
            "`pad_column` does that.",
        ),
        Misconception(
            name="the column behind",
            wrong=_column_behind,
            says="Your column of -inf comes last, so product j stands in column j - 1. Put it in "
            "front.",
        ),
        Misconception(
            name="probabilities",
            wrong=_probabilities,
            says="You return probabilities. The loss wants logits.",
        ),
    ),
)

# --- 9.3 The loss ---------------------------------------------------------------------------------


class _Listens(nn.Module):
    """A network whose loss tells what it was asked, and that notes what it read."""

    def __init__(self, L):
        super().__init__()
        self.n_items, self.read, self.weight = 9, [], nn.Parameter(torch.ones(()))

    def encoder(self, items):
        self.read.append(items)
        return (
            nn.functional.one_hot(items, 11).float().cumsum(dim=1) * self.weight
        )  # (B, L, 11), places differ

    def softmax_loss(self, states, targets):
        self.asked = targets
        return ((states.sum(dim=1) + targets) * (1 + targets)).mean()


def _step(answer, sequences, mask_prob, rows):
    """What was read and asked, in a way that does not hang on the order of random draws; and the
    loss.
    """
    network = _Listens(sequences.shape[1])
    before = sequences.clone()
    value = answer(sequences, mask_prob)(network, rows, _generator(3))
    asked = network.asked
    read = network.read[-1]
    whole = before[rows][:, -read.shape[1] :]
    gaps = read == 10
    right = (
        network.softmax_loss(network.encoder(read)[gaps], whole[gaps])
        if gaps.any()
        else torch.tensor(-1.0)
    )
    return {
        "passes through the network": len(network.read) - bool(gaps.any()),
        "every row has a gap": bool(gaps.any(dim=1).all()),
        "items read are those of the rows": torch.equal(read[~gaps], whole[~gaps]),
        "the loss is that of the gaps": bool(torch.isclose(value.detach(), right.detach())),
        "shape of the loss": tuple(value.shape),
        "has a gradient": value.requires_grad,
        "sequences as they were": torch.equal(sequences, before),
        "questions for each gap": round(len(asked) / max(1, int(gaps.sum())), 1),
        "MASK among the answers": bool((asked == 10).any()),
        "gaps, in steps of a quarter": round(4 * gaps.sum().item() / (whole != 0).sum().item()) / 4,
    }


def _loss_probes(rng):
    many = _sequences([12] * 200, 12, 9)
    yield Probe((many, 0.25, torch.arange(100)), label="a hundred sequences at .25", call=_step)
    yield Probe((many, 0.75, torch.arange(50, 150)), label="a hundred others at .75", call=_step)
    yield Probe(
        (torch.tensor([[0, 0, 3], [1, 2, 4]]), 1.0, torch.tensor([1, 0])),
        label="all hidden",
        call=_step,
    )
    yield Probe(
        (_sequences([1, 3, 2, 5], 6, 9), 0.5, torch.tensor([3, 0, 2])),
        label="short histories",
        call=_step,
    )


def _loss_with(step):
    def answer(sequences, mask_prob):
        def loss(network, rows, generator):
            batch = sequences[rows]
            return step(network, batch, *cloze(batch, network.n_items, mask_prob, generator))

        return loss

    return answer


def _reads_all(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(batch)[is_masked], batch[is_masked])


def _asks_everywhere(network, batch, masked, is_masked):
    real = batch != 0
    return network.softmax_loss(network.encoder(masked)[real], batch[real])


def _asks_for_mask(network, batch, masked, is_masked):
    return network.softmax_loss(network.encoder(masked)[is_masked], masked[is_masked])


def _asks_the_others(network, batch, masked, is_masked):
    kept = ~is_masked & (batch != 0)
    kept = kept if kept.any() else is_masked
    return network.softmax_loss(network.encoder(masked)[kept], batch[kept])


def _asks_the_next(network, batch, masked, is_masked):
    return network.softmax_loss(
        network.encoder(masked)[is_masked], batch.roll(-1, dims=1)[is_masked]
    )


def _hides_once(sequences, mask_prob):
    masked, is_masked = cloze(sequences, 9, mask_prob, _generator(0))

    def loss(network, rows, generator):
        return network.softmax_loss(
            network.encoder(masked[rows])[is_masked[rows]], sequences[rows][is_masked[rows]]
        )

    return loss


def _two_seeds(answer, sequences, mask_prob, rows):
    """Are other clicks hidden with another generator?"""
    network = _Listens(sequences.shape[1])
    loss = answer(sequences, mask_prob)
    for seed in (1, 2, 1):
        loss(network, rows, _generator(seed))
    first, second, third = network.read
    return {
        "other gaps in the next epoch": not torch.equal(first, second),
        "same seed": torch.equal(first, third),
    }


def _all_loss_probes(rng):
    yield from _loss_probes(rng)
    yield Probe(
        (_sequences([12] * 50, 12, 9), 0.3, torch.arange(50)), label="seen twice", call=_two_seeds
    )


_LOSS = Exercise(
    id="9.3",
    title="Ask for what is hidden",
    minutes=6,
    reference=cloze_loss,
    probes=_all_loss_probes,
    hints=(
        "Take the rows, hide with `cloze`, let the network read the *masked* rows.",
        "`is_masked` picks the states of the gaps, (K, D), and the same mask picks the answers "
        "from the rows as they were, (K,).",
        "`network.softmax_loss(network.encoder(masked)[is_masked], batch[is_masked])`",
    ),
    misconceptions=(
        Misconception(
            name="reads the answers",
            wrong=_loss_with(_reads_all),
            says="The network reads the rows with nothing hidden, and so the answers. Encode "
            "`masked`.",
        ),
        Misconception(
            name="asks everywhere",
            wrong=_loss_with(_asks_everywhere),
            says="You ask at every position. Where nothing is hidden the answer stands in the "
            "input: ask at the gaps.",
        ),
        Misconception(
            name="asks for MASK",
            wrong=_loss_with(_asks_for_mask),
            says="Your targets are taken from the masked rows: all of them are MASK. Take them "
            "from the rows as they were.",
        ),
        Misconception(
            name="asks the others",
            wrong=_loss_with(_asks_the_others),
            says="You ask at the positions that are *not* hidden. Turn the mask round.",
        ),
        Misconception(
            name="asks for the next",
            wrong=_loss_with(_asks_the_next),
            says="You ask each gap for the item after it, as SASRec would. A gap is asked for what "
            "stood there.",
        ),
        Misconception(
            name="hides once and for all",
            wrong=_hides_once,
            says="You hide once, before training, so each epoch asks the same questions. Hide "
            "inside `loss`, with the generator of the step.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="batch = without_empty_columns(sequences[rows]) -> batch = sequences[rows]",
            reason="Shared padding changes no answer. Without it a step only takes less time.",
        ),
        EquivalentMutant(
            edit="liked = None if preference is None else preference[rows, -batch.shape[1]:] -> *",
            reason="The exercise asks for none of the options; without `preference` this changes "
            "nothing.",
        ),
        EquivalentMutant(
            edit="return (network.softmax_loss(network.encoder(masked)[is_masked], targets), "
            "len(targets)) -> return (network.softmax_loss(network.encoder(masked)[is_masked], "
            "targets), targets)",
            reason="The number of targets is for training on several ranks; the exercise asks for "
            "the mean.",
        ),
    ),
)

# --- 9.4 A gap at the end -------------------------------------------------------------------------


def _append_probes(rng):
    yield Probe((torch.tensor([[0, 3, 5]]), 9), label="a short history")
    yield Probe((torch.tensor([[1, 2], [0, 7]]), 7), label="two histories")
    yield Probe((torch.zeros(2, 0, dtype=torch.long), 4), label="histories of length 0")
    yield Probe(
        (torch.zeros(1, 3, dtype=torch.long), 4), label="nothing but padding", elsewhere=True
    )
    yield Probe((_sequences([4, 6, 1], 6, 30), 30), label="three random histories")


def _mask_in_front(histories, n_items):
    return pad(histories, (1, 0), value=n_items + 1)


def _instead_of_the_newest(histories, n_items):
    masked = histories.clone()
    masked[:, -1:] = n_items + 1
    return masked


def _padding_behind(histories, n_items):
    return pad(histories, (0, 1))


def _last_item_behind(histories, n_items):
    return pad(histories, (0, 1), value=n_items)


def _oldest_dropped(histories, n_items):
    return pad(histories, (0, 1), value=n_items + 1)[:, 1:]


_APPEND = Exercise(
    id="9.4",
    title="A gap at the end",
    minutes=3,
    reference=with_mask_appended,
    probes=_append_probes,
    hints=(
        "One column more, on the right.",
        "`torch.cat` with a column of MASK, or `nn.functional.pad(..., (left, right), value=...)`.",
        "`nn.functional.pad(histories, (0, 1), value=n_items + 1)`",
    ),
    misconceptions=(
        Misconception(
            name="in front",
            wrong=_mask_in_front,
            says="You put MASK before the oldest click. What comes next stands behind the newest, "
            "on the right.",
        ),
        Misconception(
            name="instead of the newest click",
            wrong=_instead_of_the_newest,
            says="You hide the newest click: the network would be asked for what it has just been "
            "told. Append a place.",
        ),
        Misconception(
            name="padding behind",
            wrong=_padding_behind,
            says="You append 0, which is padding. MASK is `n_items + 1`.",
        ),
        Misconception(
            name="an item behind",
            wrong=_last_item_behind,
            says="You append `n_items`, which is a product. MASK is `n_items + 1`.",
        ),
        Misconception(
            name="drops the oldest",
            wrong=_oldest_dropped,
            says="You keep the width and lose the oldest click. The answer is one column wider, "
            "(B, L + 1).",
        ),
    ),
)

# --- 9.5 The schedule -----------------------------------------------------------------------------


def _schedule_probes(rng):
    yield Probe((1, 4, 100), label="the first step")
    yield Probe((2, 4, 100), label="half way up")
    yield Probe((4, 4, 100), label="the peak")
    yield Probe((16, 4, 100), label="four times the peak's step")
    yield Probe((1, 0, 10), label="no warm-up, the first step")
    yield Probe((9, 0, 10), label="no warm-up, step 9")
    yield Probe((1, 1, 10), label="one step of warm-up")
    yield Probe((9, 1, 10), label="one step of warm-up, step 9")
    yield Probe((4_000, 4_000, 5_000), label="the paper's 4,000")
    for _ in range(4):
        yield Probe(
            (int(rng.integers(1, 900)), int(rng.integers(2, 300)), 1_000), label="a random step"
        )


def _not_divided(step, warmup_steps, total_steps):
    return min(step**-0.5, step * max(warmup_steps, 1) ** -1.5)


def _wrong_power(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min(1.0, step / peak) if step <= peak else peak / step


def _never_falls(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1))


def _larger(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return max(step / peak, (peak / step) ** 0.5)


def _from_zero(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    return min((step - 1) / peak, (peak / step) ** 0.5)


def _divides_by_zero(step, warmup_steps, total_steps):
    return min(step / warmup_steps, (warmup_steps / step) ** 0.5)


_SCHEDULE = Exercise(
    id="9.5",
    title="Up in a line, down with a root",
    minutes=6,
    reference=inverse_square_root,
    probes=_schedule_probes,
    hints=(
        "Divide both branches of the formula by the value at the peak, $(d w)^{-1/2}$. What is "
        "left of each?",
        "The line becomes step / warm-up, the root becomes the root of warm-up / step. The smaller "
        "one counts.",
        "`peak = max(warmup_steps, 1)`, then `min(step / peak, (peak / step) ** 0.5)`.",
    ),
    misconceptions=(
        Misconception(
            name="not divided by the peak",
            wrong=_not_divided,
            says="Your factor peaks at warm-up ** -0.5: it is not divided by the formula's highest "
            "value (or by the stray root of the warm-up). At `step == warmup_steps` it should be "
            "1.",
        ),
        Misconception(
            name="falls too fast",
            wrong=_wrong_power,
            says="You fall like 1 / step. The formula falls with the root: at four times the "
            "warm-up the factor is one half.",
        ),
        Misconception(
            name="never falls",
            wrong=_never_falls,
            says="You rise and stay at 1. That is the schedule `constant`; this one falls after "
            "the warm-up.",
        ),
        Misconception(
            name="the larger branch",
            wrong=_larger,
            says="You take the larger of the two branches, so the rate is highest at the first "
            "step. Take the smaller.",
        ),
        Misconception(
            name="counts from 0",
            wrong=_from_zero,
            says="Your first step has a rate of 0 and is wasted. `step` counts from 1: use it as "
            "it is.",
        ),
        Misconception(
            name="divides by a warm-up of 0",
            wrong=_divides_by_zero,
            says="A warm-up of 0 steps divides by zero. 0 and 1 both mean no warm-up: use "
            "`max(warmup_steps, 1)`.",
        ),
    ),
)

EXERCISES = (_CLOZE, _HEAD, _LOSS, _APPEND, _SCHEDULE)

QUIZZES = (
    Quiz(
        id="9.1",
        question="Somebody removes SASRec's causal mask, leaves the rest of its training as it is, "
        "and the training loss falls to nearly 0. What happened?",
        choices=(
            Choice(
                "Looking both ways is that strong.",
                why="No honest model gets there: even the oracle, which knows the shop, is far "
                "from certain.",
            ),
            Choice(
                "Each position sees the click that it is asked for.",
                right=True,
                why="Position t now reads click t + 1, its own target, and learns to copy it. "
                "Without a causal mask, what is asked for has to be hidden.",
            ),
            Choice(
                "The learning rate was too low.",
                why="A low rate learns slowly. It does not bring a loss of 0.",
            ),
        ),
    ),
    Quiz(
        id="9.2",
        question="A paper reports BERT4Rec's hit rate on hidden clicks in the middle of sequences, "
        ".93, beside SASRec's on the next click, .90. Which is better?",
        choices=(
            Choice(
                "BERT4Rec.",
                why="The two numbers answer two questions, and the one with both sides in view is "
                "easier.",
            ),
            Choice(
                "SASRec.",
                why="That does not follow either. The numbers have different ceilings.",
            ),
            Choice(
                "These numbers can't tell.",
                right=True,
                why="Filling a gap has a higher ceiling than foretelling. Ask both for the next "
                "click, or hold each against its own ceiling.",
            ),
        ),
    ),
    Quiz(
        id="9.3",
        question="SASRec and BERT4Rec are trained for ten epochs each, and SASRec wins. What do "
        "you do before you believe it?",
        choices=(
            Choice(
                "Train both for much longer, with the same loss.",
                right=True,
                why="A pass asks SASRec at every position and BERT4Rec at the gaps only. See where "
                "both curves go flat, each with its best epoch on validation.",
            ),
            Choice(
                "Give BERT4Rec more layers.",
                why="Then two things differ. First see whether it had learned what it can.",
            ),
            Choice(
                "Choose for each model the epoch that is best on the test set.",
                why="Then the test set has made a choice, and both numbers promise too much.",
            ),
        ),
    ),
    Quiz(
        id="9.4",
        question="A linear map reads the mission off the states of the second block nearly always. "
        "What follows?",
        choices=(
            Choice(
                "The network uses the mission to predict.",
                why="It may. A probe shows what is there, not what is made of it.",
            ),
            Choice(
                "The states hold the mission, in a form that a linear map can read.",
                right=True,
                why="That, on shoppers that the map was not fitted on, and compared with layer 0, "
                "is what was shown.",
            ),
            Choice(
                "The second block is where all missions are stored.",
                why="It was readable there, and perhaps earlier too. Compare the layers, and the "
                "commonest mission.",
            ),
        ),
    ),
)
