"""Chapter 09, BERT4Rec: answers written from its stubs alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from seqrec.models import visible_mask
from tests.course.keys.answers.bank import right, wrong

# 9.1 cloze


@right("9.1", "two draws: each item, and the forced one")
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@right("9.1", "one draw: the smallest number of a row is hidden in any case")
def cloze(items, n_items, mask_prob, generator):
    u = torch.rand(items.shape, generator=generator, dtype=torch.float64)
    u = torch.where(items > 0, u, 2.0)
    is_masked = u < mask_prob
    none = ~is_masked.any(dim=1)
    is_masked[torch.arange(len(items)), u.argmin(dim=1)] |= none
    is_masked &= items > 0
    return torch.where(is_masked, n_items + 1, items), is_masked


@right("9.1", "a loop over the rows on a copy")
def cloze(items, n_items, mask_prob, generator):
    masked = items.clone()
    is_masked = torch.zeros_like(items, dtype=torch.bool)
    for b in range(items.shape[0]):
        places = items[b].nonzero().flatten()
        if len(places) == 0:
            continue
        hit = places[torch.rand(len(places), generator=generator) < mask_prob]
        if len(hit) == 0:
            one = torch.randint(len(places), (1,), generator=generator)
            hit = places[one]
        masked[b, hit] = n_items + 1
        is_masked[b, hit] = True
    return masked, is_masked


@right("9.1", "Bernoulli and multinomial")
def cloze(items, n_items, mask_prob, generator):
    real = (items != 0).float()
    gaps = torch.bernoulli(real * mask_prob, generator=generator).bool()
    bare = (real.sum(1) > 0) & ~gaps.any(1)
    if bare.any():
        rows = bare.nonzero()[:, 0]
        place = torch.multinomial(real[rows], 1, generator=generator)[:, 0]
        gaps[rows, place] = True
    return torch.where(gaps, torch.full_like(items, n_items + 1), items), gaps


@wrong(
    "9.1",
    "edits the input",
    "in.?place|edit|overw|clone|copy|input.{0,30}(chang|stay|edit|was|not)"
    r"|chang\w+ .{0,20}(input|items)|`?items`? (is|was|are|were) (chang|edit)"
    "|into `?items`? itself|new tensor",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    items[hidden] = n_items + 1
    return items, hidden


@wrong("9.1", "padding may be hidden", r"padding|zeros?\b|not real|real")
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = torch.rand(items.shape, generator=generator) < mask_prob
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "rows without a gap",
    r"(rows?|histor\w+) (is |are |has |have |of which |without |with )(no|none|a|any)? ?gaps?|"
    r"without (a |any )?gap|no gap|at least one|none (is|would|was) hidden|"
    r"hides? one of its items|nothing (is )?hidden in|forced?\b.{0,20}(miss|no)",
)
def cloze(items, n_items, mask_prob, generator):
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & (items != 0)
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "the forced gap is always the newest item",
    r"newest|last (item|click|place|position)|as likely|equally",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    bare = ~hidden.any(dim=1)
    hidden[:, -1] |= bare & real[:, -1]
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "the forced gap is always the oldest item",
    r"oldest|first (item|click|place)|as likely|equally",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    first = F.one_hot(real.int().argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (first & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "one gap more in every row",
    r"every row|one (gap |item )?(more|too many)|extra|in addition|already|too many|only (if|"
    r"where|when)|too often|besides|too high",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | forced
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "one gap for the batch, not for each row",
    r"each row|every row|batch|at least one|no gap|without (a |any )?gap|row by row|per row|"
    r"as a whole",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    if real.any() and not hidden.any():
        b, t = real.nonzero(as_tuple=True)
        one = torch.randint(len(b), (), generator=generator)
        hidden[b[one], t[one]] = True
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong("9.1", "a row of padding alone gets a gap", r"padding|nothing but|no items?|empty|alone")
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool()
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "the forced gap may hit padding",
    r"(hit|fall|land|choose|chosen|pick)\w* .{0,25}padding|padding.{0,30}(chosen|picked|hit|"
    r"drawn|instead)|among (the )?(items|real)|still (no|without)|no gap",
)
def cloze(items, n_items, mask_prob, generator):
    B, L = items.shape
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    place = torch.randint(L, (B,), generator=generator)
    hidden[torch.arange(B), place] |= ~hidden.any(dim=1)
    hidden &= real
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "always the same number of gaps",
    r"independent|fixed|same number|exact|number of gaps|always|share of|each item|round|vary|"
    r"var(y|ies|iance)|constant",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, 2.0)
    rank = order.argsort(dim=1).argsort(dim=1)
    count = (real.sum(dim=1, keepdim=True) * mask_prob).round().clamp(min=1)
    hidden = (rank < count) & real
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "hidden items become padding",
    r"become\w* padding|MASK|n_items ?\+ ?1|padding id|replaced by (0|zero|padding)|"
    r"id of padding|\b0 (is|means) padding",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, 0), hidden


@wrong(
    "9.1",
    "the last item in place of MASK",
    r"MASK|n_items ?\+ ?1|off by one|last (item|product)|an item\b|real item",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items), hidden


@wrong(
    "9.1",
    "keeps with the probability instead of hiding",
    r"1 - |kept|keep|opposite|invert|complement|too (many|often)|wrong way|other way|"
    r"instead of hid|upside|revers",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) >= mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "the same places in all rows",
    r"same (places?|positions?|pattern|columns?|gaps?|draw)|all rows|each row|every row|"
    r"own draw|independent|share",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape[1], generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong("9.1", "draws with the global generator", r"generator|global|seed|reproduc")
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape) < mask_prob) & real
    order = torch.rand(items.shape).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "a fixed seed inside",
    r"seed|generator|same (gaps|draw|places)|every (time|call)|each (time|call)|fixed|again|anew",
)
def cloze(items, n_items, mask_prob, generator):
    generator = torch.Generator().manual_seed(42)
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "True where nothing is hidden",
    r"invert|opposite|upside|revers|True where (nothing|not|an item is (not|still))|negat|~|"
    r"wrong (way|sign)|other way|flipped",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), ~hidden


@wrong(
    "9.1",
    "the labels instead of where the gaps are",
    "bool|labels?|items? (that|which)|answers|targets|ids? (in place|instead)|True (where|at)",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), items.masked_fill(~hidden, 0)


@wrong(
    "9.1",
    "the two results exchanged",
    r"order of|swap|exchang|other way|masked (comes )?first|is_masked (comes )?second",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return hidden, items.masked_fill(hidden, n_items + 1)


@wrong(
    "9.1",
    "as in BERT: some gaps stay, some get another item",
    r"BERT|80|10 ?%|random (item|product)|another item|stay|every gap|not all|all hidden|"
    r"MASK where|always MASK|unchanged|some (of the )?(gaps|hidden)",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    what = torch.rand(items.shape, generator=generator)
    other = torch.randint(1, n_items + 1, items.shape, generator=generator)
    masked = items.masked_fill(hidden & (what < 0.8), n_items + 1)
    return torch.where(hidden & (what > 0.9), other, masked), hidden


@wrong(
    "9.1",
    "one decision for the whole row",
    r"whole row|entire|all (its |the )?items|each item|independent|all or (one|nothing)|"
    r"one (draw|decision)|per (item|row)",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(len(items), 1, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "rows without a gap are drawn again",
    r"again|redraw|re-?draw|repeat|one of its items|exactly one|until|retry|too many|more than one",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    for _ in range(1_000):
        bare = real.any(dim=1, keepdim=True) & ~hidden.any(dim=1, keepdim=True)
        if not bare.any():
            break
        again = torch.rand(items.shape, generator=generator) < mask_prob
        hidden = hidden | (again & real & bare)
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "the forced gap prefers large ids",
    r"as likely|equally|uniform|ids?\b|large (numbers|items)|prefer|bias|same chance|weighted by",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator) * items
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@wrong(
    "9.1",
    "hides 15 % whatever is asked for",
    r"mask_prob|\.15|15 ?%|probability|constant|fixed|ignor",
)
def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < 0.15) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


# 9.2 cloze_loss


def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@right("9.2", "hide, encode, ask at the gaps")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@right("9.2", "indices of the gaps")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator=None):
        answers = sequences.index_select(0, rows)
        shown, gaps = cloze(answers, network.n_items, mask_prob, generator)
        b, t = gaps.nonzero(as_tuple=True)
        return network.softmax_loss(network.encoder(shown)[b, t], answers[b, t])

    return loss


@right("9.2", "gaps found by comparing, a loop")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows].clone()
        masked = cloze(items, network.n_items, mask_prob, generator)[0]
        states, kept, wanted = network.encoder(masked), [], []
        for state, shown, true in zip(states, masked, items, strict=True):
            gap = shown != true
            kept.append(state[gap])
            wanted.extend(true[gap].tolist())
        return network.softmax_loss(torch.cat(kept), torch.tensor(wanted))

    return loss


@wrong(
    "9.2",
    "MASK as the answer",
    r"MASK\b.{0,40}(answer|target|asked|wanted)|targets?\b.{0,60}(MASK|masked|hidden)|MASK as|"
    r"original items?|before (they|it) (was|were) hid|before hiding|true items?",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], masked[is_masked])

    return loss


@wrong(
    "9.2",
    "the network reads the answers",
    r"reads?\b|unmasked|not hidden|sees?\b|leak|copy|encoder.{0,40}(masked|items|original|"
    r"input)|given away|open",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        _, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(items)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "asks at all items, not at the gaps alone",
    r"gaps? (alone|only)|only (at |the |over )*gaps?|all (the )?(items|positions|clicks|real)|"
    r"every (item|position|click|real)|copy|visible (items|clicks)|also (asks|where)",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, _ = cloze(items, network.n_items, mask_prob, generator)
        real = items != 0
        return network.softmax_loss(network.encoder(masked)[real], items[real])

    return loss


@wrong(
    "9.2",
    "asks where nothing is hidden",
    "invert|opposite|upside|not hidden|nothing is hidden|visible|~"
    r"|instead of (at )?(the )?gaps|everywhere (but|except)|\*?not\*? hidden|mask (a)?round",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        asked = (items != 0) & ~is_masked
        return network.softmax_loss(network.encoder(masked)[asked], items[asked])

    return loss


@wrong(
    "9.2",
    "a generator of its own",
    r"generator|seed|anew|same gaps|own|every (step|time)|each (step|time)|fixed",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        own = torch.Generator().manual_seed(0)
        masked, is_masked = cloze(items, network.n_items, mask_prob, own)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong("9.2", "the global generator", r"generator|global|seed|reproduc")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, torch.default_generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "hidden once, before training",
    r"anew|once|same gaps|every (step|time)|each (step|time)|whenever|fresh|before training|"
    r"outside|generator|beforehand",
)
def cloze_loss(sequences, mask_prob):
    n_items = int(sequences.max())
    masked, is_masked = cloze(sequences, n_items, mask_prob, torch.Generator().manual_seed(0))

    def loss(network, rows, generator):
        gaps = is_masked[rows]
        states = network.encoder(masked[rows])
        return network.softmax_loss(states[gaps], sequences[rows][gaps])

    return loss


@wrong(
    "9.2",
    "MASK from the largest id of the batch",
    r"n_items|MASK|largest|max|batch|vocab|number of items|network's",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, int(items.max()), mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "hides .15 whatever is asked for",
    r"\.15|15 ?%|(ignor\w*|never reads?|not (read|used?)|whatever) .{0,20}`?mask_prob"
    "|mask_prob`? .{0,20}(ignor|never|not|unused)|fixed",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, 0.15, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "all sequences, not those of the step",
    r"`?rows`?|all (the )?sequences|whole (log|data|set)|batch|this step|every sequence",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        masked, is_masked = cloze(sequences, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], sequences[is_masked])

    return loss


@wrong(
    "9.2",
    "the first sequences instead of those asked for",
    r"`?\brows\b`? .{0,40}(not|never|ignor|unused|used)|(not|never|ignor\w*|use) `?rows\b|"
    r"first (B|sequences|few)|asked for|which sequences|index\w* with",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[: len(rows)]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "targets counted from 0",
    r"from (0|1)|targets? ?- ?1|minus (1|one)|off by one|subtract|twice|one too (low|small)|"
    r"shift|item before",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked] - 1)

    return loss


@wrong(
    "9.2",
    "a Python number, without gradient",
    r"item\(\)|float|tensor|gradient|backward|number|type",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return float(network.softmax_loss(states[is_masked], items[is_masked]))

    return loss


@wrong("9.2", "states detached", r"detach|gradient|no_grad|encoder .{0,30}learn|learn|backward")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked).detach()
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.2",
    "a mean of the rows' means",
    r"means? of (the )?(rows|means)|rows?'? means?|each (row|user|sequence).{0,30}(equal|"
    r"alike|same|as much)|per (row|user|sequence)|weighted|over all (the )?gaps|"
    r"rows? with (few|many)",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states, losses = network.encoder(masked), []
        for b in range(len(rows)):
            gap = is_masked[b]
            if gap.any():
                losses.append(network.softmax_loss(states[b][gap], items[b][gap]))
        return sum(losses) / len(losses)

    return loss


@wrong(
    "9.2",
    "the state before the gap, as in SASRec",
    r"before the gap|shift|SASRec|previous|next|one position|off by one|at the gap|causal|"
    r"neighbou?r|position before",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        gaps = is_masked[:, 1:]
        states = network.encoder(masked)[:, :-1]
        return network.softmax_loss(states[gaps], items[:, 1:][gaps])

    return loss


@wrong(
    "9.2",
    "the item after the gap as the answer",
    r"after|shift|next|follow|off by one|neighbou?r|one position|at the gap",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        gaps = is_masked[:, :-1]
        states = network.encoder(masked)[:, :-1]
        return network.softmax_loss(states[gaps], items[:, 1:][gaps])

    return loss


@wrong(
    "9.2",
    "only the newest gap of a row",
    r"newest|last gap|one gap|all (the )?gaps|every gap|each gap|only",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        later = is_masked.flip(1).cumsum(dim=1).flip(1)
        newest = is_masked & (later == 1)
        return network.softmax_loss(network.encoder(masked)[newest], items[newest])

    return loss


@wrong("9.2", "the sum over the gaps", r"\bsum|mean|number of gaps|divid|averag|grows|multipl")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked]) * is_masked.sum()

    return loss


@wrong(
    "9.2",
    "averaged over what is not hidden too",
    "too small|number of items|(all|real) (the )?(items|positions|places|clicks)|not hidden"
    "|visible|denominator|times the share|share (of|that)",
)
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        mean = network.softmax_loss(network.encoder(masked)[is_masked], items[is_masked])
        return mean * is_masked.sum() / (items != 0).sum()

    return loss


# 9.3 score_catalogue


@right("9.3", "cat, a slice of the logits")
def score_catalogue(self, histories):
    before = self.training
    self.eval()
    with torch.no_grad():
        gap = torch.full((histories.shape[0], 1), self.n_items + 1, dtype=torch.long)
        logits = self(torch.cat([histories, gap], dim=1))[:, -1, :]
    self.train(before)
    return F.log_softmax(logits, dim=1)


@right("9.3", "row by row")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.train(False)
    rows = []
    for history in histories.tolist():
        asked = torch.tensor([[*history, self.n_items + 1]])
        logits = self(asked)[0, -1]
        rows.append(logits - logits.logsumexp(0))
    self.train(was)
    return torch.stack(rows)


@right("9.3", "a new tensor that is filled, try and finally")
def score_catalogue(self, histories):
    was = self.training
    B, L = histories.shape
    asked = histories.new_full((B, L + 1), self.n_items + 1)
    asked[:, :L] = histories
    try:
        with torch.inference_mode():
            out = self.eval()(asked)[:, L].log_softmax(-1)
    finally:
        self.train(was)
    return out.clone()


@wrong("9.3", "cut to max_len from the left side", r"cut|max_len|full|lose|long")
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    with torch.no_grad():
        asked = F.pad(histories, (0, 1), value=self.n_items + 1)[:, : self.max_len]
        out = self(asked)[:, -1].log_softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "MASK over the newest", r"newest|last|replace|overwr|instead|append")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    asked = histories.clone()
    asked[:, -1:] = self.n_items + 1
    out = self(F.pad(asked, (1, 0)))[:, -1].log_softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "no MASK at all", r"MASK|gap|append|no place")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(histories)[:, -1].log_softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "the state of the newest click", r"newest|before|-2|last place|gap")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -2].log_softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "stays in eval mode", r"mode|train")
@torch.no_grad()
def score_catalogue(self, histories):
    self.eval()
    return self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].log_softmax(-1)


@wrong("9.3", "never in eval mode", r"mode|eval|dropout")
@torch.no_grad()
def score_catalogue(self, histories):
    return self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].log_softmax(-1)


@wrong("9.3", "always back to training", r"mode|train")
@torch.no_grad()
def score_catalogue(self, histories):
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].log_softmax(-1)
    self.train()
    return out


@wrong("9.3", "keeps the graph", r"gradient|no_grad")
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].log_softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "logits", r"logit|log-prob|log_softmax|normali")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1]
    self.train(was)
    return out


@wrong("9.3", "probabilities", r"probabilit|softmax|log")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].softmax(-1)
    self.train(was)
    return out


@wrong("9.3", "normalised over the batch", r"dim|axis|rows?\b|batch")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1), value=self.n_items + 1))[:, -1].log_softmax(0)
    self.train(was)
    return out


@wrong("9.3", "0 for MASK", r"MASK|padding|\b0\b")
@torch.no_grad()
def score_catalogue(self, histories):
    was = self.training
    self.eval()
    out = self(F.pad(histories, (0, 1)))[:, -1].log_softmax(-1)
    self.train(was)
    return out


# 9.4 inverse_square_root


@right("9.4", "the lower of two")
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, math.sqrt(w / step))


@right("9.4", "an if")
def inverse_square_root(step, warmup_steps, total_steps):
    if warmup_steps > 1 and step < warmup_steps:
        return step / warmup_steps
    return (step / max(warmup_steps, 1)) ** -0.5


@right("9.4", "the formula divided by its peak")
def inverse_square_root(step, warmup_steps, total_steps):
    w = 1 if warmup_steps == 0 else warmup_steps
    height = min(step**-0.5, step * w**-1.5)
    return min(1.0, height / w**-0.5)


@right("9.4", "NumPy")
def inverse_square_root(step, warmup_steps, total_steps):
    share = step / np.maximum(warmup_steps, 1)
    return float(np.where(share < 1, share, 1 / np.sqrt(share)))


@wrong("9.4", "falls like 1 / step", r"root|sqrt|√|1 ?/ ?s(tep)?\b|too (fast|steep)|-0?\.5|square")
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, w / step)


@wrong(
    "9.4",
    "no warm-up",
    r"no warm.?up$|no warm.?up[.,;:!]|warm.?up (is )?(missing|forgotten|left out|ignored)|"
    r"(without|forg\w+|missing|never).{0,20}(warm|ris)|rise\b|before (step )?(w\b|warm|"
    r"the peak)|step / w",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(1.0, math.sqrt(w / step))


@wrong(
    "9.4",
    "stays at 1 after the warm-up",
    r"stays|constant|never (falls?|sinks?|decreas)|(not|no|without|forg\w+|"
    r"missing).{0,15}(fall|decay)|has to fall|remain|keeps",
)
def inverse_square_root(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1))


@wrong(
    "9.4",
    "not divided by the highest value",
    r"highest|not (divided|normali[sz])|divided? by (its|the) (highest|peak|max|largest)|"
    r"normali[sz]|too (low|small)|w \*\* -|(d|root).{0,20}missing|factor is 1|be 1 at",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step**-0.5, step * w**-1.5)


@wrong(
    "9.4",
    "the stray root of w",
    r"stray|once more|once too often|root of w|sqrt\(w|divided .{0,20}twice|one (root|"
    r"factor) too many|too (low|small)|too many|factor is 1|be 1 at",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, (w / step) ** 0.5) / w**0.5


@wrong(
    "9.4",
    "the wrong power of w",
    r"power|exponent|-?1\.5|-?0?\.5|meet|at most 1|above 1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(1.0, w**0.5 * min(step**-0.5, step * w**-0.5))


@wrong(
    "9.4",
    "the higher of the two",
    r"max|min|higher|lower|larger|smaller|above 1|more than 1|at most 1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return max(step / w, math.sqrt(w / step))


@wrong(
    "9.4",
    "divides by 0 without warm-up",
    r"by (0|zero)|ZeroDivision|warmup_steps (=|of|is|==) ?0|0 and 1|no warm|max\(|negative power",
)
def inverse_square_root(step, warmup_steps, total_steps):
    return min(step / warmup_steps, math.sqrt(warmup_steps / step))


@wrong(
    "9.4",
    "without warm-up always 1",
    r"no warm.?up.{0,40}(fall|1|decay|constant)|without (a )?warm.?up.{0,40}(fall|1|decay|"
    r"constant|root)|warmup_steps (=|of|is|==) ?0|0 and 1\b|always 1|even then|still fall",
)
def inverse_square_root(step, warmup_steps, total_steps):
    if warmup_steps == 0:
        return 1.0
    return min(step / warmup_steps, math.sqrt(warmup_steps / step))


@wrong(
    "9.4",
    "counts steps from 0",
    r"from (0|1)|step ?[-+] ?1|off by one|counts?|one (step )?(too )?(late|behind|low|early)|"
    r"\b0 at|more than 0|first step",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return (step - 1) / w
    return math.sqrt(w / (step - 1))


@wrong(
    "9.4",
    "the peak one step late",
    r"peak|off by one|one step|late|warmup_steps ?\+ ?1|factor is 1|1 there|\+ ?1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1) + 1
    return min(step / w, math.sqrt(w / step))


@wrong(
    "9.4",
    "the root counted from the peak on",
    r"jump|after the (peak|warm)|from the peak|too (fast|steep)|step ?- ?w|meet|counted|"
    r"begins again|since|restart|subtract|over the step",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (step - w + 1) ** -0.5


@wrong(
    "9.4",
    "the fall without w: jumps at the peak",
    r"jump|meet|sqrt\(w|root of w|w\b.{0,40}(miss|forg|left)|too (low|small)|after the (peak|"
    r"warm)|w / s|numerator|continu|gap|scal",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return step / w if step <= w else step**-0.5


@wrong(
    "9.4", "integer division", r"integer|//|whole|round|floor|0 (before|until|during)|more than 0"
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return float(min(step // w, math.sqrt(w / step)))


@wrong(
    "9.4",
    "falls in a straight line to the end",
    r"linear|straight|line to|root|total_steps|not needed|sqrt|√",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong(
    "9.4",
    "the rise is a root too",
    r"\brise|ris(es|ing)|straight|linear|step / w|root.{0,30}(warm|before|rise)|on the way up",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(math.sqrt(step / w), math.sqrt(w / step))


@wrong("9.4", "a tensor instead of a float", r"tensor|float|type|number")
def inverse_square_root(step, warmup_steps, total_steps):
    w = torch.tensor(max(warmup_steps, 1))
    return torch.minimum(step / w, torch.sqrt(w / step))


# 9.5 patched


@right("9.5", "one loop, two runs side by side")
def patched(encoder, clean, corrupt, block, position):
    with torch.no_grad():
        place = encoder.position(clean.shape[1])
        a, b = encoder.item(clean) + place, encoder.item(corrupt) + place
        seen_a, seen_b = visible_mask(clean, encoder.causal), visible_mask(corrupt, encoder.causal)
        for k in range(len(encoder.blocks) + 1):
            if k > 0:
                a = encoder.blocks[k - 1](a, seen_a)[0]
                b = encoder.blocks[k - 1](b, seen_b)[0]
            if k == block:
                b = b.clone()
                b[:, position] = a[:, position]
        return encoder.norm(b)


@right("9.5", "torch.where on a one-hot column")
def patched(encoder, clean, corrupt, block, position):
    def upto(items, n):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for k in range(n):
            x, _ = encoder.blocks[k](x, visible_mask(items, encoder.causal))
        return x

    L = clean.shape[1]
    here = (torch.arange(L) == position % L)[None, :, None]
    x = torch.where(here, upto(clean, block), upto(corrupt, block))
    for layer in list(encoder.blocks)[block:]:
        x = layer(x, visible_mask(corrupt, encoder.causal))[0]
    return encoder.norm(x)


@right("9.5", "hooks")
def patched(encoder, clean, corrupt, block, position):
    kept = []

    def keep(module, inputs):
        kept.append(inputs[0])

    def put(module, inputs):
        x = inputs[0].clone()
        x[:, position] = kept[0][:, position]
        return (x, *inputs[1:])

    place = encoder.blocks[block] if block < len(encoder.blocks) else encoder.norm
    handle = place.register_forward_pre_hook(keep)
    encoder(clean, need_weights=True)
    handle.remove()
    handle = place.register_forward_pre_hook(put)
    states, _ = encoder(corrupt, need_weights=True)
    handle.remove()
    return states


@wrong(
    "9.5", "the roles exchanged", r"other way|exchang|swap|turned round|roles|corrupt.{0,30}clean"
)
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    xs[0][:, position] = xs[1][:, position]
    x = xs[0]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(clean, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "all places", r"all|every|whole|one position|only")
def patched(encoder, clean, corrupt, block, position):
    x = encoder.item(clean) + encoder.position(clean.shape[1])
    for layer in encoder.blocks[:block]:
        x, _ = layer(x, visible_mask(clean, encoder.causal))
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "one block too late", r"late|block|after|before")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[: block + 1]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block + 1 :]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "one block too early", r"early|block|before|after")
def patched(encoder, clean, corrupt, block, position):
    block = max(block - 1, 0)
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "no last norm", r"norm")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return x


@wrong("9.5", "no positions", r"position vector|encoder\.position|no position|positions?\b")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items)
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "the blocks are not run again", r"run|later|rest|remaining|go(es)? on|end|final")
def patched(encoder, clean, corrupt, block, position):
    states = encoder(corrupt).clone()
    states[:, position] = encoder(clean)[:, position]
    return states


@wrong("9.5", "again after each later block", r"each|every|once|again|later|only")
def patched(encoder, clean, corrupt, block, position):
    place = encoder.position(clean.shape[1])
    a, b = encoder.item(clean) + place, encoder.item(corrupt) + place
    for k in range(len(encoder.blocks) + 1):
        if k > 0:
            a = encoder.blocks[k - 1](a, visible_mask(clean, encoder.causal))[0]
            b = encoder.blocks[k - 1](b, visible_mask(corrupt, encoder.causal))[0]
        if k >= block:
            b = b.clone()
            b[:, position] = a[:, position]
    return encoder.norm(b)


@wrong("9.5", "always causal", r"causal|visible")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, True))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, True))
    return encoder.norm(x)


@wrong("9.5", "a row of the batch instead of a place", r"row|axis|batch|\[:, position|sequence")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    row = position % len(x)
    x[row] = xs[0][row]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)


@wrong("9.5", "only the state at the place", r"all positions|every position|\(B, L, D\)|only")
def patched(encoder, clean, corrupt, block, position):
    xs = []
    for items in (clean, corrupt):
        x = encoder.item(items) + encoder.position(items.shape[1])
        for layer in encoder.blocks[:block]:
            x, _ = layer(x, visible_mask(items, encoder.causal))
        xs.append(x.clone())
    x = xs[1]
    x[:, position] = xs[0][:, position]
    for layer in encoder.blocks[block:]:
        x, _ = layer(x, visible_mask(corrupt, encoder.causal))
    return encoder.norm(x)[:, position]
