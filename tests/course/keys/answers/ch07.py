"""Chapter 07, the Behavior Sequence Transformer: answers written from its stubs alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from seqrec.losses import uniform_negatives
from seqrec.models import SequenceEncoder, click_head
from tests.course.keys.answers.bank import right, wrong

N_ITEMS, MAX_LEN = 50, 10  # as the chapter's first cell has them

# 7.1 click_loss


@right("7.1", "randint, shifted past the click")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@right("7.1", "the library's negatives, seeded by the generator")
def click_loss(histories, targets, n_negatives):
    bce = nn.BCEWithLogitsLoss()

    def loss(network, rows, generator):
        seed = torch.randint(2**31, (), generator=generator).item()
        wanted = targets[rows]
        negatives = uniform_negatives(wanted, n_negatives, network.n_items, seed=seed)
        candidates = torch.column_stack([wanted, negatives])
        logits = network.score_candidates(histories[rows], candidates)
        labels = F.one_hot(torch.zeros(len(rows), dtype=torch.long), 1 + n_negatives)
        return bce(logits, labels.to(logits))

    return loss


@right("7.1", "rejected and drawn again, softplus, two calls")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        past, clicked = histories[rows], targets[rows].unsqueeze(1)
        drawn = clicked.repeat(1, n_negatives)
        while (hit := drawn == clicked).any():
            again = torch.randint(1, network.n_items + 1, drawn.shape, generator=generator)
            drawn = torch.where(hit, again, drawn)
        yes = F.softplus(-network.score_candidates(past, clicked))
        no = F.softplus(network.score_candidates(past, drawn))
        return (yes.sum() + no.sum()) / (yes.numel() + no.numel())

    return loss


@right("7.1", "multinomial, the click last")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        B, n = len(rows), network.n_items
        chance = torch.ones(B, n)
        chance[torch.arange(B), targets[rows] - 1] = 0
        drawn = 1 + torch.multinomial(chance, n_negatives, replacement=True, generator=generator)
        candidates = torch.hstack([drawn, targets[rows, None]])
        logits = network.score_candidates(histories[rows], candidates)
        signs = torch.tensor([-1.0] * n_negatives + [1.0])
        return -F.logsigmoid(signs * logits).mean()

    return loss


@wrong(
    "7.1",
    "a negative may be the click",
    "the click itself|negative.{0,40}(is|be|equal|hit|are) (also )?(the|its"
    "|their)( own)? (click|target|answer)|reject|collision|target (itself|may|can|among)"
    "|never the click",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        drawn = torch.randint(1, network.n_items + 1, (len(rows), n_negatives), generator=generator)
        candidates = torch.cat([targets[rows][:, None], drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "padding drawn as a negative",
    r"padding|item 0|product 0|PAD|from 1\b|\b0 (is|as|among)|zero",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(0, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "the last product is never drawn",
    r"last (product|item)|highest|never drawn|n_items|off by one|largest|upper (end|limit|"
    r"bound)|exclu|all products|every product",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items - 1, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "n_items + 1 is drawn too",
    r"n_items ?\+ ?1|n_items|MASK|beyond|above|no product|too (high|large|far)|off by one|"
    r"outside|does not exist|doesn't exist",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        size = (len(rows), n_negatives)
        drawn = torch.randint(1, network.n_items + 1, size, generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong("7.1", "draws with the global generator", r"generator|global|seed|reproduc|same draw")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives))
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "a fixed seed inside",
    r"seed|fresh|same negatives|every (step|time|call)|each (step|time|call)|fixed|generator|again",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        wanted = targets[rows]
        negatives = uniform_negatives(wanted, n_negatives, network.n_items, seed=0)
        candidates = torch.cat([wanted[:, None], negatives], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "the generator's first seed, again in each step",
    r"initial|fresh|same negatives|every (step|time|call)|each (step|time|call)|repeat|"
    r"advance|again|seed",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        wanted = targets[rows]
        seed = generator.initial_seed()
        negatives = uniform_negatives(wanted, n_negatives, network.n_items, seed=seed)
        candidates = torch.cat([wanted[:, None], negatives], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "negatives drawn once, before training",
    r"once|fresh|same negatives|every (step|time|call)|each (step|time|call)|outside|"
    r"generator|beforehand|again",
)
def click_loss(histories, targets, n_negatives):
    n_items = int(max(histories.max(), targets.max()))
    negatives = uniform_negatives(targets, n_negatives, n_items, seed=0)

    def loss(network, rows, generator):
        candidates = torch.cat([targets[rows, None], negatives[rows]], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "the same draw for all rows of the batch",
    r"same (draw|negatives)|all rows|every row|each row|own negatives|each click|shared?|"
    r"whole batch|independent",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (1, n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong("7.1", "the sigmoid twice", r"sigmoid|twice|logits?\b.{0,40}probabilit|already")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits.sigmoid(), labels)

    return loss


@wrong(
    "7.1",
    "sigmoid, then log: infinite for a certain network",
    r"sigmoid|with logits|infinit|\binf\b|nan|log\(0|log\(1|safe|32 bits|overflow|large logit|"
    r"certain|logsigmoid|softplus",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        p = torch.sigmoid(network.score_candidates(histories[rows], candidates))
        return -(p[:, 0].log().sum() + (1 - p[:, 1:]).log().sum()) / p.numel()

    return loss


@wrong(
    "7.1",
    "labels exchanged",
    r"label|exchang|swap|revers|upside|other way|opposite|inverted|1 for (the )?negative|"
    r"the click.{0,30}\b0",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.ones_like(logits)
        labels[:, 0] = 0
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "the 1 stands in the wrong column",
    r"wrong (column|place|candidate)|label.{0,40}(column|place|position|candidate|negative)|"
    r"column of the click|marks? (a|the last) negative|position of the click",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, -1] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong("7.1", "sum over all pairs", r"\bsum|mean|reduction|averag|number of pairs|grows with|divid")
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels, reduction="sum")

    return loss


@wrong(
    "7.1",
    "summed within a row, mean over rows",
    r"\bsum|per (click|row)|1 \+ n_negatives|over (the )?(rows|clicks|batch)|all pairs|"
    r"B \* \(1|divid",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        pairs = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return pairs.sum(dim=1).mean()

    return loss


@wrong(
    "7.1",
    "clicks and negatives weighted alike",
    r"weigh(ed|ted|s)? |two means|each (half|side)|balanc|all pairs|clicks? .{0,40}(as much|"
    r"alike|equal|half)|means? of means?|average of (the )?two",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        past = histories[rows]
        positive = F.softplus(-network.score_candidates(past, clicked)).mean()
        negative = F.softplus(network.score_candidates(past, drawn)).mean()
        return (positive + negative) / 2

    return loss


@wrong(
    "7.1",
    "the negatives alone",
    r"(the )?clicks? .{0,40}(miss|left out|not|never|forg|absent)|only (the )?negatives|"
    r"negatives (alone|only)|without the click|no positive|positive",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        logits = network.score_candidates(histories[rows], drawn)
        return F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))

    return loss


@wrong(
    "7.1",
    "the first windows instead of those asked for",
    r"`?\brows\b`? .{0,40}(not|never|ignor|unused|used)|(not|never|ignor\w*|use) `?rows\b"
    r"|first (B|windows|few|four)|which windows|asked for|index\w* with"
    "|histories of these rows",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[: len(rows), None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[: len(rows)], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "all windows in each step",
    r"`?\brows\b`? .{0,40}(not|never|ignor|unused|used)|(not|never|ignor\w*|use) `?rows\b|"
    r"all (the )?(windows|histories|of them)|whole (log|data)|every window|each step",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[:, None]
        drawn = torch.randint(1, network.n_items, (len(targets), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories, candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "histories not of the rows",
    r"histor.{0,40}(row|index|other|match|belong|not)|`?rows`?|someone else|other (users?|"
    r"shoppers?|people)|belong|pair(ed|s) with",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[: len(rows)], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "one negative whatever n_negatives is",
    r"n_negatives|one negative|number of negatives|how many negatives|single negative|"
    r"1 negative|only one",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), 1), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "softmax over the candidates instead of BCE",
    r"softmax|cross.?entropy over|binary|BCE|compet|each pair",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        return F.cross_entropy(logits, torch.zeros(len(rows), dtype=torch.long))

    return loss


@wrong(
    "7.1",
    "a Python number, without gradient",
    r"item\(\)|float|tensor|gradient|backward|number|detach|type",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        drawn = torch.randint(1, network.n_items, (len(rows), n_negatives), generator=generator)
        drawn = drawn + (drawn >= clicked).long()
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels).item()

    return loss


@wrong(
    "7.1",
    "negatives from the products of the batch",
    r"in.?batch|uniform|batch|popular|other (rows|targets|clicks)|all products|catalogue|likely",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        size = (len(rows), n_negatives)
        pick = torch.randint(len(targets), size, generator=generator)
        drawn = targets[pick]
        drawn = torch.where(drawn == clicked, drawn % network.n_items + 1, drawn)
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


@wrong(
    "7.1",
    "a hit is moved to the next product",
    r"uniform|as likely|equally|next (product|item)|twice as|neighbou?r|likely|bias|more often",
)
def click_loss(histories, targets, n_negatives):
    def loss(network, rows, generator):
        clicked = targets[rows][:, None]
        size = (len(rows), n_negatives)
        drawn = torch.randint(1, network.n_items + 1, size, generator=generator)
        drawn = torch.where(drawn == clicked, drawn % network.n_items + 1, drawn)
        candidates = torch.cat([clicked, drawn], dim=1)
        logits = network.score_candidates(histories[rows], candidates)
        labels = torch.zeros_like(logits)
        labels[:, 0] = 1
        return F.binary_cross_entropy_with_logits(logits, labels)

    return loss


# 7.2 masked_mean


@right("7.2", "where, sum, clamp")
def masked_mean(states, real):
    kept = torch.where(real.unsqueeze(-1), states, 0.0)
    return kept.sum(dim=1) / real.sum(dim=1, keepdim=True).clamp(min=1)


@right("7.2", "a loop over the rows")
def masked_mean(states, real):
    means = torch.zeros(states.shape[0], states.shape[2], dtype=states.dtype, device=states.device)
    for b, (state, mask) in enumerate(zip(states, real, strict=True)):
        if mask.any():
            means[b] = state[mask].mean(dim=0)
    return means


@right("7.2", "weights and einsum")
def masked_mean(states, real):
    weights = real.to(states.dtype)
    weights = weights / torch.maximum(weights.sum(1, keepdim=True), torch.tensor(1.0))
    return torch.einsum("bl,bld->bd", weights, states)


@right("7.2", "nanmean, then zeros for NaN")
def masked_mean(states, real):
    return states.masked_fill(~real[..., None], torch.nan).nanmean(dim=1).nan_to_num(0.0)


@wrong(
    "7.2",
    "the mean over all positions",
    r"padding|mask|`?real`? .{0,30}(ignor|not|never)|all positions|plain mean|real positions",
)
def masked_mean(states, real):
    return states.mean(dim=1)


@wrong(
    "7.2",
    "divides by the length, not by the number of clicks",
    r"divid\w+ by (the )?(length|L\b|all|width)|by L\b|number of (clicks|real|positions)|"
    r"how many (clicks|are real)|all positions|too small",
)
def masked_mean(states, real):
    return (states * real[:, :, None]).mean(dim=1)


@wrong(
    "7.2",
    "NaN for a row without clicks",
    r"NaN|0 ?/ ?0|no (real|click)|has none|clamp|empty|nothing but padding|by (0|zero)|"
    r"without (a |any )?click|only padding",
)
def masked_mean(states, real):
    kept = states * real[:, :, None]
    return kept.sum(dim=1) / real.sum(dim=1, keepdim=True)


@wrong(
    "7.2",
    "one more in the denominator",
    r"\+ ?1\b|one (too many|more)|plus one|eps\b|epsilon|added to the (count|denominator)",
)
def masked_mean(states, real):
    kept = states * real.unsqueeze(2)
    return kept.sum(dim=1) / (real.sum(dim=1, keepdim=True) + 1)


@wrong(
    "7.2",
    "the mean of the padding",
    r"invert|upside|opposite|of (the )?padding|revers|negat|~|wrong (sign|way)|other way|"
    r"flipped|instead of the click",
)
def masked_mean(states, real):
    pads = real.logical_not()
    kept = states * pads[:, :, None]
    return kept.sum(dim=1) / pads.sum(dim=1, keepdim=True).clamp(min=1)


@wrong(
    "7.2",
    "divides by the clicks of the whole batch",
    r"batch|all rows|each row|own (count|number|clicks)|whole|other rows|row'?s own|per row",
)
def masked_mean(states, real):
    kept = states * real[:, :, None]
    return kept.sum(dim=1) / real.sum().clamp(min=1)


@wrong(
    "7.2",
    "one mean for all rows",
    r"one mean|all rows|each row|batch|same (mean|for)|every row|pooled|mix|across rows|other rows",
)
def masked_mean(states, real):
    if not real.any():
        return states.new_zeros(states.shape[0], states.shape[2])
    return states[real].mean(dim=0).expand(states.shape[0], -1)


@wrong("7.2", "the count without keepdim", r"keepdim|broadcast|axis|unsqueeze|\(B, ?1|None\]|count")
def masked_mean(states, real):
    kept = torch.where(real[:, :, None], states, 0.0)
    return kept.sum(dim=1) / real.sum(dim=1).clamp(min=1)


@wrong(
    "7.2",
    "counts numbers that are not 0",
    r"non-?zero|are not (0|zero)|!= ?0|state of (0|zero)|happens? to be (0|zero)|"
    r"count.{0,40}(instead|zero|`?real)|zero (value|number)s?",
)
def masked_mean(states, real):
    kept = states * real[:, :, None]
    return kept.sum(dim=1) / (kept != 0).sum(dim=1).clamp(min=1)


@wrong(
    "7.2",
    "the sum",
    r"\bsum\b.{0,40}(mean|divid|not|instead)|is the sum|the sum\b|(not|never|without|"
    r"forg\w+).{0,20}divi|divide (it |the sum )?by",
)
def masked_mean(states, real):
    return states.masked_fill(~real[:, :, None], 0.0).sum(dim=1)


@wrong("7.2", "the largest instead of the mean", r"max\w*|largest|greatest")
def masked_mean(states, real):
    top = states.masked_fill(~real[:, :, None], -torch.inf).amax(dim=1)
    return top.masked_fill(~real.any(dim=1)[:, None], 0.0)


@wrong("7.2", "edits the states", r"in.?place|input|edit|overw|chang\w+|caller|copy|clone")
def masked_mean(states, real):
    states[~real] = 0.0
    return states.sum(dim=1) / real.sum(dim=1, keepdim=True).clamp(min=1)


@wrong(
    "7.2",
    "the first row's mask for all rows",
    r"first row|row 0|each row|own mask|real\[0\]|same mask|every row|all rows|batch",
)
def masked_mean(states, real):
    kept = states * real[0][:, None]
    return kept.sum(dim=1) / real[0].sum().clamp(min=1)


@wrong(
    "7.2",
    "as if the clicks always stood at the end",
    r"at the end|end of|left|anywhere|between|gaps?\b|where `?real|last n|newest|count|middle|"
    r"in front",
)
def masked_mean(states, real):
    rows = []
    for state, n in zip(states, real.sum(dim=1).tolist(), strict=True):
        rows.append(state[-n:].mean(dim=0) if n else torch.zeros_like(state[0]))
    return torch.stack(rows)


@wrong(
    "7.2",
    "the last state alone",
    r"last (state|position|click|one)|newest|one (state|position)|last alone",
)
def masked_mean(states, real):
    return states[:, -1] * real.any(dim=1, keepdim=True)


@wrong("7.2", "an axis too many", r"axis|axes|keepdim|\(B, ?1|squeeze|dimension|\(B, D\)")
def masked_mean(states, real):
    real = real.unsqueeze(-1)
    kept = states * real
    return kept.sum(dim=1, keepdim=True) / real.sum(dim=1, keepdim=True).clamp(min=1)


@wrong(
    "7.2",
    "the mean along the width",
    r"width|wrong axis|axis|dim=?\s?-?[12]|positions|along|columns",
)
def masked_mean(states, real):
    return (states * real.unsqueeze(-1)).mean(dim=2)


@wrong(
    "7.2",
    "the row without clicks is guarded only if the whole batch is empty",
    r"NaN|0 ?/ ?0|no (real|click)|has none|clamp|empty|nothing but padding|by (0|zero)|"
    r"without (a |any )?click|only padding",
)
def masked_mean(states, real):
    if real.sum() == 0:
        return states.new_zeros(states.shape[0], states.shape[2])
    return (states * real[:, :, None]).sum(1) / real.sum(1)[:, None]


# 7.3 MeanPoolBST


def masked_mean(states, real):
    kept = torch.where(real[:, :, None], states, 0.0)
    return kept.sum(dim=1) / real.sum(dim=1, keepdim=True).clamp(min=1)


@right("7.3", "expand and cat")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        states = self.encoder(histories)
        history = masked_mean(states, histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@right("7.3", "a loop over the candidates, the history read once")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories > 0)
        columns = []
        for candidate in candidates.unbind(dim=1):
            pair = torch.hstack((history, self.encoder.item(candidate)))
            columns.append(self.head(pair)[:, 0])
        return torch.stack(columns, dim=1)


@right("7.3", "repeat_interleave, flat pairs, its own mean")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        real = (histories != 0).float()[:, None]
        history = (real @ self.encoder(histories))[:, 0] / real.sum(dim=-1).clamp_min(1)
        flat = self.encoder.item(candidates.reshape(-1))
        both = torch.cat([history.repeat_interleave(C, dim=0), flat], dim=1)
        return self.head(both).reshape(B, C)


@right("7.3", "a buffer that is filled")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        items = self.encoder.item(candidates)
        B, C, D = items.shape
        beside = items.new_zeros(B, C, 2 * D)
        beside[..., :D] = masked_mean(self.encoder(histories), histories.bool()).unsqueeze(1)
        beside[..., D:] = items
        return self.head(beside)[..., 0]


@wrong(
    "7.3",
    "the plain mean",
    r"padding|masked.?mean|plain mean|real positions|all positions|zeros? (count|in front)",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = self.encoder(histories).mean(dim=1)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "candidate first",
    r"order|history (comes )?first|candidate (comes )?(first|second)|swap|exchang|other way|"
    r"before the (candidate|history)|revers",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([items, history], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "the newest state instead of the mean",
    r"newest|last (state|position|click)|mean|averag|one state",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = self.encoder(histories)[:, -1]
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "the mean over the padding",
    r"invert|upside|opposite|mean of (the )?padding|over (the )?padding|revers|== 0|"
    r"wrong (sign|way)|mask",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories == 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong("7.3", "probabilities instead of logits", r"sigmoid|probabilit|logit|between 0 and 1|0 to 1")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1).sigmoid()


@wrong(
    "7.3",
    "the sum over the clicks",
    r"\bsum\b|(not|never|without|forg\w+).{0,20}divi|divide|number of clicks",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        real = (histories != 0).unsqueeze(-1)
        history = (self.encoder(histories) * real).sum(dim=1)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "divides by the length of the row",
    r"divid|number of (clicks|real)|length|count|all positions|denominator|padding",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        real = (histories != 0).unsqueeze(-1)
        history = (self.encoder(histories) * real).mean(dim=1)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "embeddings averaged, the encoder left out",
    r"encoder.{0,40}(left out|not|never|miss|skip)|(not|never|without|skip\w*).{0,25}encod|"
    r"embeddings?.{0,40}(mean|averag|instead)|transformer|encode the history|"
    r"order of the clicks",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder.item(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "squeezes every axis of one",
    r"squeeze|one (row|history|candidate)|axis|B (=|is|of) ?1|C (=|is|of) ?1|single|dimension",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze()


@wrong("7.3", "an axis too many", r"axis|axes|squeeze|\(B, C, 1|dimension|last 1|trailing")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1))


@wrong(
    "7.3",
    "only the first candidate of each row",
    r"first candidate|same (candidate|logit)|each candidate|all candidates|every candidate|"
    r"other candidates|own candidate|candidates.{0,30}(alike|same|ignored)",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        item = self.encoder.item(candidates[:, 0])
        logits = self.head(torch.cat([history, item], dim=-1))
        return logits.expand(-1, candidates.shape[1])


@wrong(
    "7.3",
    "the first history for all rows",
    r"first (history|row|user)|row 0|own history|each (row|history)|all rows|same history|"
    r"every row|other rows|batch",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)[0]
        items = self.encoder.item(candidates)
        history = history.expand(*items.shape[:2], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "histories repeated in the wrong order",
    r"repeat|interleave|order|mix|other('s)? (rows?|histor\w+|users?)|someone else|belong|"
    r"wrong history|tile|pair",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        history = masked_mean(self.encoder(histories), histories != 0)
        flat = self.encoder.item(candidates.flatten())
        both = torch.cat([history.repeat(C, 1), flat], dim=1)
        return self.head(both).view(B, C)


@wrong("7.3", "no gradient into the encoder", r"gradient|no_grad|detach|learn|train")
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        with torch.no_grad():
            history = masked_mean(self.encoder(histories), histories != 0)
        items = self.encoder.item(candidates)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "a dot product in place of the head",
    r"head|dot product|MLP|scalar product|inner product|never used",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        return torch.einsum("bd,bcd->bc", history, self.encoder.item(candidates))


@wrong(
    "7.3",
    "candidates go through the encoder",
    r"encoder\.item|candidates?.{0,40}(encod|position|attention|other candidates)|embedding|"
    r"see each other|depends on the other",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        width = histories.shape[1]
        parts = [self.encoder(part) for part in candidates.split(width, dim=1)]
        items = torch.cat(parts, dim=1)
        history = history[:, None].expand(-1, items.shape[1], -1)
        return self.head(torch.cat([history, items], dim=-1)).squeeze(-1)


@wrong(
    "7.3",
    "history plus candidate, twice, in place of both",
    r"add|sum|side by side|concat|beside|both|mix",
)
class MeanPoolBST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.encoder = SequenceEncoder(
            n_items, max_len, D=D, H=H, n_blocks=1, hidden=hidden, causal=False
        )
        self.head = click_head(2 * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        return self.score_candidates(histories, candidates[:, None]).squeeze(1)

    def score_candidates(self, histories, candidates):
        history = masked_mean(self.encoder(histories), histories != 0)
        both = history[:, None] + self.encoder.item(candidates)
        return self.head(torch.cat([both, both], dim=-1)).squeeze(-1)


# 7.4 score_catalogue


@right("7.4", "chunks of rows, padded in the end")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1, device=histories.device)
    parts = []
    with torch.no_grad():
        for part in histories.split(8_192 // network.n_items):
            parts.append(network.score_candidates(part, items.expand(len(part), -1)))
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=float("-inf"))


@right("7.4", "a decorator, try and finally")
@torch.no_grad()
def score_catalogue(network, histories):
    mode = network.training
    network.eval()
    try:
        n, B = network.n_items, len(histories)
        size = max(1, 8192 // n)
        table = torch.full((B, n + 1), -torch.inf, device=histories.device)
        catalogue = torch.arange(n, device=histories.device) + 1
        for start in range(0, B, size):
            chunk = histories[start : start + size]
            table[start : start + size, 1:] = network.score_candidates(
                chunk, catalogue.repeat(len(chunk), 1)
            )
        return table
    finally:
        if mode:
            network.train()


@right("7.4", "one history at a time")
def score_catalogue(network, histories):
    training = network.training
    network.train(False)
    everything = torch.arange(1, network.n_items + 1)[None]
    rows = []
    with torch.no_grad():
        for history in histories:
            logits = network.score_candidates(history.unsqueeze(0), everything)
            rows.append(torch.cat([torch.tensor([[-torch.inf]]), logits], dim=1))
    network.train(training)
    return torch.cat(rows) if rows else torch.empty(0, network.n_items + 1)


@wrong("7.4", "stays in its mode: dropout while scoring", r"eval|dropout|mode|random")
def score_catalogue(network, histories):
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong(
    "7.4",
    "leaves the network in eval mode",
    r"afterwards|restor|mode|back (in|to)|eval|training|left|was in before",
)
def score_catalogue(network, histories):
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong(
    "7.4",
    "leaves the network in training mode in any case",
    r"afterwards|restor|mode|back (in|to)|training|was in before|train\(\)|always",
)
def score_catalogue(network, histories):
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train()
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong("7.4", "gradients are kept", r"gradient|no_grad|requires_grad|graph|memory")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    parts = [
        network.score_candidates(part, items.expand(len(part), -1))
        for part in histories.split(8_192 // network.n_items)
    ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong(
    "7.4", "all pairs at once", r"all (the )?pairs|at once|no chunk|in chunks|8[,_ ]?192|at a time"
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1).expand(len(histories), -1)
    with torch.no_grad():
        scores = network.score_candidates(histories, items)
    network.train(was_training)
    return F.pad(scores, (1, 0), value=-torch.inf)


@wrong(
    "7.4",
    "8,192 histories at a time, not pairs",
    r"histories.{0,40}pairs|pairs.{0,40}histories|8[,_ ]?192|at a time|// ?n_items|"
    r"divid\w* by n_items|too (large|many)",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong(
    "7.4",
    "one history too many in a chunk",
    r"one (history |row )?(too many|more)|8[,_ ]?192|round|at most|ceil|at a time|slightly|"
    r"a little",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(math.ceil(8_193 / network.n_items))
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong(
    "7.4",
    "the last chunk is left out",
    r"last (chunk|rows|histories|part|few)|chunk|rest|remain|left (out|over)|too few rows|"
    r"missing rows|incomplete",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items, size = torch.arange(1, network.n_items + 1), 8_192 // network.n_items
    scores = torch.full((len(histories), network.n_items + 1), -torch.inf)
    with torch.no_grad():
        for number in range(len(histories) // size):
            rows = slice(number * size, (number + 1) * size)
            scores[rows, 1:] = network.score_candidates(histories[rows], items.expand(size, -1))
    network.train(was_training)
    return scores


@wrong(
    "7.4",
    "only the last chunk comes back",
    r"last (chunk|part)|chunk|overw|only|all (the )?(rows|chunks|histories)|earlier|append|"
    r"collect|lost",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        for part in histories.split(8_192 // network.n_items):
            scores = network.score_candidates(part, items.expand(len(part), -1))
    network.train(was_training)
    return F.pad(scores, (1, 0), value=-torch.inf)


@wrong("7.4", "column 0 is 0", r"-inf|infinit|-∞|column 0|padding|column of zeros")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0))


@wrong(
    "7.4",
    "no column for padding",
    r"column (0|zero|of padding|for padding)|padding|n_items ?\+ ?1|one column|shift|column j|"
    r"first column",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return torch.cat(parts)


@wrong(
    "7.4",
    "the column of padding at the end",
    r"column 0|front|at the end|last column|first column|behind|padding|shift|column j|wrong side",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (0, 1), value=-torch.inf)


@wrong(
    "7.4",
    "products from 0: each column is the one before",
    r"off by one|shift|column j|product j|from (0|1)|padding|one (too )?(low|early|before|"
    r"place)|last product|arange",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(network.n_items)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong("7.4", "probabilities instead of logits", r"sigmoid|probabilit|logit|between 0 and 1")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1)).sigmoid()
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


@wrong("7.4", "log-softmax over the catalogue", r"softmax|log|normali[sz]|logit|probabilit")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts).log_softmax(dim=1), (1, 0), value=-torch.inf)


@wrong("7.4", "an array instead of a tensor", "tensor|torch|from_numpy")
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, network.n_items + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // network.n_items)
        ]
    network.train(was_training)
    scores = torch.cat(parts).numpy()
    return np.pad(scores, ((0, 0), (1, 0)), constant_values=-np.inf)


@wrong(
    "7.4",
    "the chapter's 50 products, not the network's",
    r"n_items|50|fixed|hard.?coded|N_ITEMS|number of products|catalogue of",
)
def score_catalogue(network, histories):
    was_training = network.training
    network.eval()
    items = torch.arange(1, N_ITEMS + 1)
    with torch.no_grad():
        parts = [
            network.score_candidates(part, items.expand(len(part), -1))
            for part in histories.split(8_192 // N_ITEMS)
        ]
    network.train(was_training)
    return F.pad(torch.cat(parts), (1, 0), value=-torch.inf)


# 7.5 linear


@right("7.5", "an if")
def linear(step, warmup_steps, total_steps):
    peak = max(warmup_steps, 1)
    if step < peak:
        return step / peak
    return (total_steps + 1 - step) / (total_steps + 1 - peak)


@right("7.5", "one minus the way down")
def linear(step, warmup_steps, total_steps):
    if warmup_steps == 0:
        warmup_steps = 1
    if step <= warmup_steps:
        return float(step / warmup_steps)
    way_down = total_steps - warmup_steps + 1
    return 1.0 - (step - warmup_steps) / way_down


@right("7.5", "interpolation of NumPy")
def linear(step, warmup_steps, total_steps):
    w = warmup_steps or 1
    end = total_steps + 1
    if w >= total_steps:
        return float(min(step / w, 1.0))
    return float(np.interp(step, [0, w, end], [0.0, 1.0, 0.0]))


@right("7.5", "the lower of two lines")
def linear(step, warmup_steps, total_steps):
    w = max(1, warmup_steps)
    up = step / w
    down = (total_steps + 1 - step) / max(total_steps + 1 - w, 1e-12)
    return up if step <= w else min(up, down)


@wrong(
    "7.5",
    "0 at the last step",
    r"last step|wasted|total_steps ?\+ ?1|\+ ?1|0 at|reach\w* (0|zero)|one step too (early|"
    r"soon)|above 0|off by one|meets? (0|zero)",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps - step) / (total_steps - w)


@wrong(
    "7.5",
    "meets 0 a step too late",
    r"total_steps ?\+ ?[12]|too (late|slow|high)|off by one|meets? (0|zero)|one step|\+ ?2|"
    r"end of the line",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps + 2 - step) / (total_steps + 2 - w)


@wrong(
    "7.5",
    "no warm-up",
    r"no warm.?up$|no warm.?up[.,;:!]|warm.?up (is )?(missing|forgotten|left out|ignored)|"
    r"(without|forg\w+|missing|never).{0,20}(warm|ris)|rise|before (it|the peak)|"
    r"step / warmup|way up",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(1.0, (total_steps + 1 - step) / max(total_steps + 1 - w, 1))


@wrong(
    "7.5",
    "no warm-up divides by 0",
    r"by (0|zero)|ZeroDivision|warmup_steps (=|of|is|=) ?0|0 means|max\(",
)
def linear(step, warmup_steps, total_steps):
    up = step / warmup_steps
    if up <= 1:
        return up
    return (total_steps + 1 - step) / (total_steps + 1 - warmup_steps)


@wrong(
    "7.5",
    "without warm-up the first step is below 1",
    r"0 means|same as 1|warmup_steps (=|of|is|==) ?0|without (a )?warm.?up|"
    r"first step.{0,30}(1|below)|max\(",
)
def linear(step, warmup_steps, total_steps):
    if step < warmup_steps:
        return step / warmup_steps
    return (total_steps + 1 - step) / (total_steps + 1 - warmup_steps)


@wrong(
    "7.5",
    "stays at 1 after the warm-up",
    r"constant|stays|fall|down|after the (peak|warm)|never (falls|sinks|decreas)|decay|remain",
)
def linear(step, warmup_steps, total_steps):
    return min(step / max(warmup_steps, 1), 1.0)


@wrong(
    "7.5",
    "the way down begins as if there had been no warm-up",
    r"jump|after the peak|total_steps \+ 1 - warmup|way down|denominator|length of the (fall|"
    r"way down)|steps (that are )?left|slope|too (steep|low|flat)|warmup.{0,40}(subtract|fall|"
    r"down)|gap",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps + 1 - step) / (total_steps + 1)


@wrong(
    "7.5",
    "warm-up from 0: counts steps from 0",
    r"step ?- ?1|from (0|1)|counts? from|off by one|0 at|begins? (at|with) (0|zero)|"
    r"first step|above 0|one (step )?(too )?(late|behind|low)",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step < w:
        return (step - 1) / w
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong(
    "7.5",
    "warm-up divided by one step too many",
    r"\+ ?1|one (step )?(too many|too late|more)|step / warmup|exactly 1|too low|off by one|divid",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step < w:
        return step / (w + 1)
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong(
    "7.5",
    "two steps at the peak",
    r"peak|two steps|twice|one step too late|after the peak|off by one|warmup_steps \+ 1|"
    r"begins? to fall|too late|lasts",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps + 1 - step) / max(total_steps - w, 1)


@wrong(
    "7.5",
    "the higher of the two lines",
    r"max|min|higher|lower|larger|smaller|above 1|more than 1|at most 1",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    up = step / w
    down = (total_steps + 1 - step) / max(total_steps + 1 - w, 1)
    return max(up, down)


@wrong(
    "7.5",
    "integer division",
    r"integer|//|whole|round|floor|(only )?0 or 1|0 (before|until|during)",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return float(step // w)
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong("7.5", "falls like a cosine", r"cosin|cosine|straight|curve|line\b|linear")
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return 0.5 * (1 + math.cos(math.pi * (step - w) / (total_steps + 1 - w)))


@wrong(
    "7.5",
    "falls as steeply as it rose",
    r"slope|steep|total_steps|symmetr|same (speed|rate|slope)|too (fast|early|steep)|"
    r"never below|end of",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return max(1 - (step - w) / w, 1e-6)


@wrong(
    "7.5",
    "warm-up straight from the first step's 1 / total_steps",
    r"warmup_steps|total_steps|warm.?up.{0,40}(too slow|total)|slope|too (slow|low)|"
    r"step / warmup|peak|never reach|exactly 1",
)
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step < w:
        return step / total_steps
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong("7.5", "a tensor instead of a float", r"tensor|float|type|number")
def linear(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return torch.tensor(step / w)
    return torch.tensor((total_steps + 1 - step) / (total_steps + 1 - w))


# 7.7 BST


@right("7.7", "cat and pad")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@right("7.7", "a buffer, masked_fill")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        B, L = histories.shape
        items = histories.new_zeros((B, self.S))
        items[:, self.S - 1 - L : self.S - 1] = histories
        items[:, -1] = candidates
        states = self.encoder(items).masked_fill((items == 0).unsqueeze(2), 0.0)
        return self.head(states.reshape(B, -1))[:, 0]

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@right("7.7", "positions side by side in a loop")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        B, L = histories.shape
        zeros = torch.zeros(B, self.S - L - 1, dtype=histories.dtype, device=histories.device)
        sequence = torch.hstack([zeros, histories, candidates.unsqueeze(1)])
        states = torch.where(sequence[:, :, None] > 0, self.encoder(sequence), 0.0)
        beside = torch.cat([states[:, place] for place in range(self.S)], dim=-1)
        return self.head(beside).view(B)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "zeros behind the candidate",
    r"in front|on the left|on the right|behind|at the end|wrong (side|end)|"
    r"candidate.{0,30}last|newest place|after the candidate",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (0, self.S - sequence.shape[1]))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "zeros between history and candidate",
    r"between|in front|left|behind the (history|clicks)|wrong (side|end|place)|gap|directly|"
    r"right after",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        history = F.pad(histories, (0, self.S - 1 - histories.shape[1]))
        sequence = torch.cat([history, candidates[:, None]], dim=1)
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the candidate in front",
    r"candidate.{0,40}(first|front|last|before|oldest|newest)|comes last|order|wrong (end|"
    r"side|place)|newest place",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        history = F.pad(histories, (self.S - 1 - histories.shape[1], 0))
        sequence = torch.cat([candidates[:, None], history], dim=1)
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong("7.7", "the states of padding stay", r"padding|states? .{0,40}(0|zero)|mask|zeros? in front")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        return self.head(self.encoder(sequence).flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the states of the clicks are set to 0",
    r"invert|upside|opposite|revers|instead of (the )?padding|of the clicks|wrong (way|sign|"
    r"ones)|real|== 0|kept",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence == 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the candidate's state is set to 0 too",
    r"candidate'?s?.{0,40}(0|zero|state|lost|mask)|state of the candidate|last (position|state)",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        real = sequence != 0
        real[:, -1] = False
        states = self.encoder(sequence) * real[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong("7.7", "newest first into the head", r"order|oldest|newest|revers|backwards|flip")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flip(1).flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7", "the history backwards into the encoder", r"order|oldest|newest|revers|backwards|flip"
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories.flip(1), candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "squeezes the batch of one",
    r"squeeze|one (row|history|pair)|axis|B (=|is|of) ?1|single|batch of (one|1)|dimension",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze()

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong("7.7", "an axis too many", r"axis|axes|squeeze|\(B, ?1|dimension|trailing")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1))

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong("7.7", "probabilities instead of logits", r"sigmoid|probabilit|logit|between 0 and 1")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return torch.sigmoid(self.head(states.flatten(1))).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "nothing fills up a short history",
    r"short|fill|pad|zeros in front|up to S|less than max_len|narrow|width",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "number by number instead of position by position",
    r"transpos|position by position|number by number|side by side|order of (the )?(numbers|"
    r"columns|axes)|column by column|state by state",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.transpose(1, 2).flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the candidate beside the encoded history, not in it",
    r"inside|in the sequence|among|encod|look|attention|candidate.{0,40}(embedding|never|not)|"
    r"raw embedding|together",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        history = F.pad(histories, (self.S - 1 - histories.shape[1], 0))
        states = self.encoder(history) * (history != 0)[..., None]
        states = torch.cat([states, self.encoder.item(candidates)[:, None]], dim=1)
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong("7.7", "no gradient into the encoder", r"gradient|no_grad|detach|learn|train")
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence).detach() * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the oldest click is dropped",
    r"oldest|first click|drop|lost|cut|max_len ?- ?1|one (click )?(too few|less|short)|"
    r"off by one|full histor|missing",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories[:, 1:], candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the first row's padding for all rows",
    "first (row|history)'s|of the first (row|history)|row 0|each row|own (padding|mask)"
    "|same mask|all rows|every row|batch",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence[0] != 0)[:, None]
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


@wrong(
    "7.7",
    "the candidate's embedding in the place of its state",
    r"embedding|raw|not (its|the) state|state of the candidate|"
    r"candidate'?s (own )?state.{0,30}(replac|not|lost|embedding)|replac",
)
class BST(nn.Module):
    def __init__(self, n_items, max_len, *, D=32, H=2, hidden=128):
        super().__init__()
        self.n_items = n_items
        self.S = max_len + 1
        self.encoder = SequenceEncoder(
            n_items,
            self.S,
            D=D,
            H=H,
            n_blocks=1,
            hidden=hidden,
            causal=False,
            activation="leaky_relu",
        )
        self.head = click_head(self.S * D, mlp=(64,), dropout=0.0)

    def forward(self, histories, candidates):
        sequence = torch.cat([histories, candidates[:, None]], dim=1)
        sequence = F.pad(sequence, (self.S - sequence.shape[1], 0))
        states = self.encoder(sequence) * (sequence != 0)[..., None]
        states = torch.cat([states[:, :-1], self.encoder.item(candidates)[:, None]], dim=1)
        return self.head(states.flatten(1)).squeeze(1)

    def score_candidates(self, histories, candidates):
        B, C = candidates.shape
        return self(histories.repeat_interleave(C, dim=0), candidates.flatten()).view(B, C)


# 7.6 plain_train


@right("7.6", "split")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means


@right("7.6", "slices, numpy's weighted mean")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train(True)
    means = []
    for _ in range(epochs):
        order = torch.randperm(n_rows, generator=generator)
        values, sizes = [], []
        for start in range(0, n_rows, batch_size):
            rows = order[start : start + batch_size]
            for p in network.parameters():
                p.grad = None
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            values.append(value.item())
            sizes.append(len(rows))
        means.append(float(np.average(values, weights=sizes)))
    return means


@right("7.6", "a step as an inner function")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    def step(rows):
        optimizer.zero_grad(set_to_none=False)
        value = loss(network, rows, generator)
        value.backward()
        optimizer.step()
        return float(value.detach()) * rows.numel()

    network.train()
    means = []
    while len(means) < epochs:
        order = torch.randperm(n_rows, generator=generator)
        means.append(sum(step(rows) for rows in torch.split(order, batch_size)) / n_rows)
    return means


@wrong("7.6", "the mean of the batches' means", r"batch|every row|smaller|weigh|last")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        kept = []
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            kept.append(value.item())
        means.append(sum(kept) / len(kept))
    return means


@wrong("7.6", "gradients never cleared", r"clear|zero_grad|add up|empt|old gradients")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means


@wrong("7.6", "one order for all epochs", r"order|anew|each epoch|same|permut|randperm|shuffl")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    order = torch.randperm(n_rows, generator=generator)
    for _ in range(epochs):
        total = 0.0
        for rows in order.split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means


@wrong(
    "7.6",
    "cleared between backward and step",
    r"clear|zero_grad|empt|between|before `?step|nothing",
)
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            value.backward()
            optimizer.zero_grad()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means


@wrong("7.6", "the last, smaller batch dropped", r"last|smaller|rest|left out|drop")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        total, n = 0.0, 0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            if len(rows) < batch_size:
                continue
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
            n += len(rows)
        means.append(total / max(n, 1))
    return means


@wrong("7.6", "never put into training mode", r"training mode|train\(\)|mode|dropout")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
        means.append(total / n_rows)
    return means


@wrong(
    "7.6",
    "the loss of each epoch's last batch",
    r"last batch|mean|whole epoch|every row|all batches",
)
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
        means.append(value.item())
    return means


@wrong("7.6", "a loss for each batch", r"each batch|each epoch|one (number|mean)|an epoch|epochs")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    kept = []
    for _ in range(epochs):
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            kept.append(value.item())
    return kept


@wrong("7.6", "one step an epoch", r"each batch|step|batch|once|epoch")
def plain_train(network, loss, n_rows, optimizer, *, epochs, batch_size, generator):
    network.train()
    means = []
    for _ in range(epochs):
        optimizer.zero_grad()
        total = 0.0
        for rows in torch.randperm(n_rows, generator=generator).split(batch_size):
            value = loss(network, rows, generator)
            value.backward()
            total += value.item() * len(rows)
        optimizer.step()
        means.append(total / n_rows)
    return means
