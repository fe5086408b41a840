"""Chapter 09, BERT4Rec: answers written from its stubs alone."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from seqrec.models import pad_column
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


# 9.2 head


@right("9.2", "matmul, bias, pad_column")
def head(network, states):
    return pad_column(network.transform(states) @ network.item_vectors.T + network.bias)


@right("9.2", "F.linear and cat")
def head(network, states):
    logits = F.linear(network.transform(states), network.item_vectors, network.bias)
    column = torch.full_like(logits[..., :1], -math.inf)
    return torch.cat((column, logits), dim=-1)


@right("9.2", "einsum and F.pad")
def head(network, states):
    h = network.transform(states)
    fits = torch.einsum("...d,nd->...n", h, network.item_vectors)
    return F.pad(fits + network.bias, (1, 0), value=-torch.inf)


@right("9.2", "a loop over the items")
def head(network, states):
    h = network.transform(states)
    columns = [torch.full(h.shape[:-1], -torch.inf, dtype=h.dtype, device=h.device)]
    for vector, bias in zip(network.item_vectors, network.bias, strict=True):
        columns.append((h * vector).sum(dim=-1) + bias)
    return torch.stack(columns, dim=-1)


@wrong(
    "9.2",
    "no transform",
    r"(not|never|no|without|miss\w*|forg\w+|skip\w*).{0,25}(transform|GELU|layer)|(transform"
    r"|layer).{0,30}(missing|left out|never|not|skipped)|go through `?(network\.)?transform"
    r"|state itself|goes through `?(network\.)?transform",
)
def head(network, states):
    return pad_column(states @ network.item_vectors.T + network.bias)


@wrong(
    "9.2",
    "no bias",
    r"(not|never|no|without|miss\w*|forg\w+).{0,20}bias|bias.{0,30}(missing|left out|never|"
    r"not (used|add)|forgotten)|add `?(network\.)?(the )?bias",
)
def head(network, states):
    return pad_column(network.transform(states) @ network.item_vectors.T)


@wrong(
    "9.2",
    "the bias subtracted",
    r"subtract|minus|sign of the bias|bias.{0,25}(sign|negative|wrong way)|negative bias|"
    r"- ?(network\.)?bias",
)
def head(network, states):
    return pad_column(network.transform(states) @ network.item_vectors.T - network.bias)


@wrong(
    "9.2",
    "the bias multiplied",
    r"multipl|times the bias|bias.{0,30}(factor|added|multipl)|\* ?(network\.)?bias",
)
def head(network, states):
    return pad_column(network.transform(states) @ network.item_vectors.T * network.bias)


@wrong(
    "9.2",
    "no column for padding",
    r"column (0|of|for)|padding|pad_column|one (column )?(too few|short|missing)|shift|"
    r"column j|in front|first column",
)
def head(network, states):
    return network.transform(states) @ network.item_vectors.T + network.bias


@wrong(
    "9.2",
    "padding's column at the end",
    r"in front|at the end|behind|last column|first column|column (0|j)|shift|wrong (side|end)",
)
def head(network, states):
    logits = network.transform(states) @ network.item_vectors.T + network.bias
    return F.pad(logits, (0, 1), value=-math.inf)


@wrong("9.2", "column 0 is 0", r"-inf|infinit|-∞|zeros?\b|pad_column|column 0|padding")
def head(network, states):
    logits = network.transform(states) @ network.item_vectors.T + network.bias
    return F.pad(logits, (1, 0))


@wrong(
    "9.2",
    "a low number in place of minus infinity",
    r"-inf|infinit|-∞|1e|finite|large negative|very (low|small)|exactly",
)
def head(network, states):
    logits = network.transform(states) @ network.item_vectors.T + network.bias
    return F.pad(logits, (1, 0), value=-1e4)


@wrong("9.2", "the GELU twice", r"GELU|twice|again|second time|already")
def head(network, states):
    h = F.gelu(network.transform(states))
    return pad_column(h @ network.item_vectors.T + network.bias)


@wrong("9.2", "the layer twice", r"twice|second time|applied again|once more|only once|two times")
def head(network, states):
    h = network.transform(network.transform(states))
    return pad_column(h @ network.item_vectors.T + network.bias)


@wrong(
    "9.2",
    "a residual around the layer",
    r"residual|add|states? .{0,20}(again|too|added)|\+ ?(states|h)\b|transform\(states\) \+",
)
def head(network, states):
    h = states + network.transform(states)
    return pad_column(h @ network.item_vectors.T + network.bias)


@wrong(
    "9.2",
    "the layer on the items, not on the states",
    r"items?\b.{0,40}(transform|layer)|transform.{0,40}(items|vectors|state)|wrong side|"
    r"of the states|layer",
)
def head(network, states):
    vectors = network.transform(network.item_vectors)
    return pad_column(states @ vectors.T + network.bias)


@wrong("9.2", "log-softmax already", r"softmax|log.?prob|probabilit|normali[sz]|already")
def head(network, states):
    logits = network.transform(states) @ network.item_vectors.T + network.bias
    return pad_column(logits).log_softmax(dim=-1)


@wrong("9.2", "divided by the root of D", r"root|sqrt|√|scal|divid|factor")
def head(network, states):
    h = network.transform(states)
    logits = h @ network.item_vectors.T / math.sqrt(h.shape[-1]) + network.bias
    return pad_column(logits)


@wrong(
    "9.2",
    "item vectors cut once more: item 1 lost",
    r"item 1|first item|row j ?- ?1|twice|off by one|shift|one (item )?(too few|short|less)|"
    r"already|cut|\[1:\]|lost",
)
def head(network, states):
    vectors, bias = network.item_vectors[1:], network.bias[1:]
    return pad_column(network.transform(states) @ vectors.T + bias)


@wrong(
    "9.2",
    "only the newest state",
    r"newest|last (state|position)|each state|every (state|position)|all (states|positions)|only",
)
def head(network, states):
    h = network.transform(states[..., -1, :])
    return pad_column(h @ network.item_vectors.T + network.bias)


@wrong(
    "9.2",
    "the bias beside the wrong item",
    r"shift|off by one|roll|wrong item|another item|neighbou?r|bias.{0,30}(item j|its item|"
    r"own item|each item|belongs)",
)
def head(network, states):
    logits = network.transform(states) @ network.item_vectors.T
    return pad_column(logits + network.bias.roll(1))


@wrong(
    "9.2",
    "one flat list of states",
    r"flat|axes|leading|\.\.\.|reshape|in front|two axes|one (long )?list|batch",
)
def head(network, states):
    h = network.transform(states).reshape(-1, states.shape[-1])
    return pad_column(h @ network.item_vectors.T + network.bias)


@wrong("9.2", "item vectors detached", r"detach|gradient|no_grad|learn|\.data|tied")
def head(network, states):
    vectors = network.item_vectors.detach()
    return pad_column(network.transform(states) @ vectors.T + network.bias)


@wrong(
    "9.2",
    "the bias inside, in front of the layer",
    r"before the (layer|transform)|after the (layer|dot|transform|product)|inside|in front of|"
    r"each item|to the states|own bias|outside",
)
def head(network, states):
    h = network.transform(states + network.bias.mean())
    return pad_column(h @ network.item_vectors.T)


# 9.3 cloze_loss


def cloze(items, n_items, mask_prob, generator):
    real = items != 0
    hidden = (torch.rand(items.shape, generator=generator) < mask_prob) & real
    order = torch.rand(items.shape, generator=generator).masked_fill(~real, -1.0)
    forced = F.one_hot(order.argmax(dim=1), items.shape[1]).bool() & real
    hidden = hidden | (forced & ~hidden.any(dim=1, keepdim=True))
    return items.masked_fill(hidden, n_items + 1), hidden


@right("9.3", "hide, encode, ask at the gaps")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@right("9.3", "indices of the gaps")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator=None):
        answers = sequences.index_select(0, rows)
        shown, gaps = cloze(answers, network.n_items, mask_prob, generator)
        b, t = gaps.nonzero(as_tuple=True)
        return network.softmax_loss(network.encoder(shown)[b, t], answers[b, t])

    return loss


@right("9.3", "gaps found by comparing, a loop")
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
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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


@wrong("9.3", "the global generator", r"generator|global|seed|reproduc")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, torch.default_generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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


@wrong("9.3", "states detached", r"detach|gradient|no_grad|encoder .{0,30}learn|learn|backward")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked).detach()
        return network.softmax_loss(states[is_masked], items[is_masked])

    return loss


@wrong(
    "9.3",
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
    "9.3",
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
    "9.3",
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
    "9.3",
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


@wrong("9.3", "the sum over the gaps", r"\bsum|mean|number of gaps|divid|averag|grows|multipl")
def cloze_loss(sequences, mask_prob):
    def loss(network, rows, generator):
        items = sequences[rows]
        masked, is_masked = cloze(items, network.n_items, mask_prob, generator)
        states = network.encoder(masked)
        return network.softmax_loss(states[is_masked], items[is_masked]) * is_masked.sum()

    return loss


@wrong(
    "9.3",
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


# 9.4 with_mask_appended


@right("9.4", "cat with new_full")
def with_mask_appended(histories, n_items):
    mask = histories.new_full((histories.shape[0], 1), n_items + 1)
    return torch.cat([histories, mask], dim=1)


@right("9.4", "F.pad")
def with_mask_appended(histories, n_items):
    return F.pad(histories, (0, 1), value=n_items + 1)


@right("9.4", "a new tensor that is filled")
def with_mask_appended(histories, n_items):
    B, L = histories.shape
    longer = torch.empty(B, L + 1, dtype=histories.dtype, device=histories.device)
    longer[:, :L] = histories
    longer[:, L] = n_items + 1
    return longer


@right("9.4", "NumPy inside")
def with_mask_appended(histories, n_items):
    array = np.pad(histories.numpy(), ((0, 0), (0, 1)), constant_values=n_items + 1)
    return torch.from_numpy(array)


@wrong(
    "9.4",
    "MASK in front",
    r"in front|comes? (first|last)|on the left|at the end|wrong (end|side)|behind|oldest|"
    r"beginning|before the",
)
def with_mask_appended(histories, n_items):
    mask = torch.full((len(histories), 1), n_items + 1)
    return torch.cat([mask, histories], dim=1)


@wrong(
    "9.4",
    "the last item in place of MASK",
    r"n_items ?\+ ?1|last (item|product)|off by one|an item\b|real item|one too (low|small)|"
    r"is a product",
)
def with_mask_appended(histories, n_items):
    mask = torch.full((len(histories), 1), n_items)
    return torch.cat([histories, mask], dim=1)


@wrong(
    "9.4",
    "an id behind MASK",
    r"n_items ?\+ ?[12]|behind MASK|off by one|too (high|large|far|big)|beyond|does not exist|"
    r"doesn't exist|no row",
)
def with_mask_appended(histories, n_items):
    mask = torch.full((len(histories), 1), n_items + 2)
    return torch.cat([histories, mask], dim=1)


@wrong(
    "9.4",
    "padding in place of MASK",
    r"padding in place|n_items ?\+ ?1|is padding|a (0|zero)\b|zeros?\b|means padding|not MASK",
)
def with_mask_appended(histories, n_items):
    mask = torch.zeros(len(histories), 1, dtype=torch.long)
    return torch.cat([histories, mask], dim=1)


@wrong(
    "9.4",
    "the oldest click makes room",
    r"oldest|first (click|column)|drop|lost|room|L \+ 1|same (length|width)|"
    r"one (column )?(too few|longer|short)|makes? room|cut|longer|missing",
)
def with_mask_appended(histories, n_items):
    mask = torch.full((len(histories), 1), n_items + 1)
    return torch.cat([histories[:, 1:], mask], dim=1)


@wrong(
    "9.4",
    "the newest click is hidden instead",
    r"newest|last click|hidden|replac|overw|instead|L \+ 1|append|place of its own|lost",
)
def with_mask_appended(histories, n_items):
    masked = histories.clone()
    masked[:, -1:] = n_items + 1
    return masked


@wrong(
    "9.4",
    "the newest click is hidden too",
    r"newest|last click|replac|overw|twice|two (gaps|masks)|lost|also hidden|both|two MASK",
)
def with_mask_appended(histories, n_items):
    longer = F.pad(histories, (0, 1))
    longer[:, -2:] = n_items + 1
    return longer


@wrong("9.4", "floats", r"float|long|int|dtype|type|whole")
def with_mask_appended(histories, n_items):
    mask = torch.ones(len(histories), 1) * (n_items + 1)
    return torch.cat([histories, mask], dim=1)


@wrong(
    "9.4",
    "one row's MASK: crashes for more",
    r"one row|B (=|is|of|>) ?[12]|every row|each row|batch|more than one|expand|several rows|rows",
)
def with_mask_appended(histories, n_items):
    return torch.cat([histories, torch.tensor([[n_items + 1]])], dim=1)


@wrong(
    "9.4",
    "rows of padding alone get none",
    r"padding|empty|nothing but|every row|no (click|item|history)|each row|without (a |any )?click",
)
def with_mask_appended(histories, n_items):
    some = (histories != 0).any(dim=1, keepdim=True)
    return torch.cat([histories, some * (n_items + 1)], dim=1)


@wrong(
    "9.4",
    "MASK from the largest id seen",
    r"largest|\bmax\b|highest|seen|`?n_items`?.{0,30}(not|never|ignor|unused)|happens? to|"
    r"depends on|id in the batch",
)
def with_mask_appended(histories, n_items):
    top = histories.max() if histories.numel() else torch.tensor(n_items)
    return torch.cat([histories, (top + 1).expand(len(histories), 1)], dim=1)


@wrong(
    "9.4",
    "padding moved to the end, MASK behind it",
    r"mov(ed|es|ing)|padding .{0,30}(between|behind|to the end|on the right)|left-padded|"
    r"align|between the",
)
def with_mask_appended(histories, n_items):
    rows = []
    for row in histories:
        clicks = row[row != 0]
        rows.append(F.pad(clicks, (0, len(row) - len(clicks))))
    if rows:
        histories = torch.stack(rows)
    return F.pad(histories, (0, 1), value=n_items + 1)


@wrong(
    "9.4",
    "MASK in the place of the last padding",
    "in front of|last padding|place of (the )?(last )?(padding|zero)|wrong (end|side|place)"
    "|at the end|comes last|before the (first|clicks|history)|before the oldest",
)
def with_mask_appended(histories, n_items):
    longer = F.pad(histories, (1, 0))
    rows = torch.arange(len(longer))
    longer[rows, (longer == 0).sum(dim=1) - 1] = n_items + 1
    return longer


@wrong("9.4", "a list", r"list|tensor|type")
def with_mask_appended(histories, n_items):
    return [row + [n_items + 1] for row in histories.tolist()]


# 9.5 inverse_square_root


@right("9.5", "the lower of two")
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, math.sqrt(w / step))


@right("9.5", "an if")
def inverse_square_root(step, warmup_steps, total_steps):
    if warmup_steps > 1 and step < warmup_steps:
        return step / warmup_steps
    return (step / max(warmup_steps, 1)) ** -0.5


@right("9.5", "the formula divided by its peak")
def inverse_square_root(step, warmup_steps, total_steps):
    w = 1 if warmup_steps == 0 else warmup_steps
    height = min(step**-0.5, step * w**-1.5)
    return min(1.0, height / w**-0.5)


@right("9.5", "NumPy")
def inverse_square_root(step, warmup_steps, total_steps):
    share = step / np.maximum(warmup_steps, 1)
    return float(np.where(share < 1, share, 1 / np.sqrt(share)))


@wrong("9.5", "falls like 1 / step", r"root|sqrt|√|1 ?/ ?s(tep)?\b|too (fast|steep)|-0?\.5|square")
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, w / step)


@wrong(
    "9.5",
    "no warm-up",
    r"no warm.?up$|no warm.?up[.,;:!]|warm.?up (is )?(missing|forgotten|left out|ignored)|"
    r"(without|forg\w+|missing|never).{0,20}(warm|ris)|rise\b|before (step )?(w\b|warm|"
    r"the peak)|step / w",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(1.0, math.sqrt(w / step))


@wrong(
    "9.5",
    "stays at 1 after the warm-up",
    r"stays|constant|never (falls?|sinks?|decreas)|(not|no|without|forg\w+|"
    r"missing).{0,15}(fall|decay)|has to fall|remain|keeps",
)
def inverse_square_root(step, warmup_steps, total_steps):
    return min(1.0, step / max(warmup_steps, 1))


@wrong(
    "9.5",
    "not divided by the highest value",
    r"highest|not (divided|normali[sz])|divided? by (its|the) (highest|peak|max|largest)|"
    r"normali[sz]|too (low|small)|w \*\* -|(d|root).{0,20}missing|factor is 1|be 1 at",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step**-0.5, step * w**-1.5)


@wrong(
    "9.5",
    "the stray root of w",
    r"stray|once more|once too often|root of w|sqrt\(w|divided .{0,20}twice|one (root|"
    r"factor) too many|too (low|small)|too many|factor is 1|be 1 at",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(step / w, (w / step) ** 0.5) / w**0.5


@wrong(
    "9.5",
    "the wrong power of w",
    r"power|exponent|-?1\.5|-?0?\.5|meet|at most 1|above 1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(1.0, w**0.5 * min(step**-0.5, step * w**-0.5))


@wrong(
    "9.5",
    "the higher of the two",
    r"max|min|higher|lower|larger|smaller|above 1|more than 1|at most 1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return max(step / w, math.sqrt(w / step))


@wrong(
    "9.5",
    "divides by 0 without warm-up",
    r"by (0|zero)|ZeroDivision|warmup_steps (=|of|is|==) ?0|0 and 1|no warm|max\(|negative power",
)
def inverse_square_root(step, warmup_steps, total_steps):
    return min(step / warmup_steps, math.sqrt(warmup_steps / step))


@wrong(
    "9.5",
    "without warm-up always 1",
    r"no warm.?up.{0,40}(fall|1|decay|constant)|without (a )?warm.?up.{0,40}(fall|1|decay|"
    r"constant|root)|warmup_steps (=|of|is|==) ?0|0 and 1\b|always 1|even then|still fall",
)
def inverse_square_root(step, warmup_steps, total_steps):
    if warmup_steps == 0:
        return 1.0
    return min(step / warmup_steps, math.sqrt(warmup_steps / step))


@wrong(
    "9.5",
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
    "9.5",
    "the peak one step late",
    r"peak|off by one|one step|late|warmup_steps ?\+ ?1|factor is 1|1 there|\+ ?1",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1) + 1
    return min(step / w, math.sqrt(w / step))


@wrong(
    "9.5",
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
    "9.5",
    "the fall without w: jumps at the peak",
    r"jump|meet|sqrt\(w|root of w|w\b.{0,40}(miss|forg|left)|too (low|small)|after the (peak|"
    r"warm)|w / s|numerator|continu|gap|scal",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return step / w if step <= w else step**-0.5


@wrong(
    "9.5", "integer division", r"integer|//|whole|round|floor|0 (before|until|during)|more than 0"
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return float(min(step // w, math.sqrt(w / step)))


@wrong(
    "9.5",
    "falls in a straight line to the end",
    r"linear|straight|line to|root|total_steps|not needed|sqrt|√",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    if step <= w:
        return step / w
    return (total_steps + 1 - step) / (total_steps + 1 - w)


@wrong(
    "9.5",
    "the rise is a root too",
    r"\brise|ris(es|ing)|straight|linear|step / w|root.{0,30}(warm|before|rise)|on the way up",
)
def inverse_square_root(step, warmup_steps, total_steps):
    w = max(warmup_steps, 1)
    return min(math.sqrt(step / w), math.sqrt(w / step))


@wrong("9.5", "a tensor instead of a float", r"tensor|float|type|number")
def inverse_square_root(step, warmup_steps, total_steps):
    w = torch.tensor(max(warmup_steps, 1))
    return torch.minimum(step / w, torch.sqrt(w / step))
