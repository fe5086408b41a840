"""Chapter 13, Transformers4Rec: answers written from its stubs alone."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from seqrec.data import without_empty_columns
from seqrec.losses import uniform_negatives
from seqrec.models import BACKBONES, visible_mask
from tests.course.keys.answers.bank import right, wrong

# 13.1 positions_from_the_end


@right("13.1", "arange flipped and expanded")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.arange(L, device=is_real.device).flip(0).expand(B, L)


@right("13.1", "running sum of ones from the right")
def positions_from_the_end(is_real):
    ones = torch.ones_like(is_real, dtype=torch.long)
    return ones.flip(dims=[1]).cumsum(dim=1).flip(dims=[1]) - 1


@right("13.1", "plain loops")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    out = torch.zeros((B, L), dtype=torch.int64, device=is_real.device)
    for b in range(B):
        for t in range(L):
            out[b, t] = L - 1 - t
    return out


@right("13.1", "numpy and tile")
def positions_from_the_end(is_real):
    n_rows, n_columns = is_real.shape
    counted = np.tile(np.arange(n_columns - 1, -1, -1, dtype=np.int64), (n_rows, 1))
    return torch.from_numpy(counted).to(is_real.device)


@wrong(
    "13.1",
    "counts from the left edge",
    r"left (edge|end|side)|from the left|left to right|oldest|wrong (end|way|direction)|flip|"
    r"revers|backward|from the right|newest",
)
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.arange(L, device=is_real.device).expand(B, L)


@wrong(
    "13.1",
    "counts from the first click",
    r"first (real )?(click|event|item)|oldest|from the (left|start|beginning)|wrong (end|way)|"
    r"flip|revers|newest",
)
def positions_from_the_end(is_real):
    return (is_real.long().cumsum(dim=1) - 1).clamp(min=0)


@wrong(
    "13.1",
    "the newest is number 1",
    r"one too (many|high|large|far)|by one|(from|at|with) (1|0|one|zero)\b|"
    r"start\w* (at|from|with)|"
    r"newest (click )?(is|gets|has|must be) (number |position )?(0|1|zero|one)",
)
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.arange(L, 0, -1, device=is_real.device).expand(B, L)


@wrong(
    "13.1",
    "all padding is position 0",
    r"pad",
)
def positions_from_the_end(is_real):
    L = is_real.shape[1]
    positions = torch.arange(L - 1, -1, -1, device=is_real.device).expand(is_real.shape)
    return positions.masked_fill(~is_real, 0)


@wrong("13.1", "padding is -1", r"pad|-1\b|minus one|negative")
def positions_from_the_end(is_real):
    L = is_real.shape[1]
    positions = torch.arange(L - 1, -1, -1, device=is_real.device).expand(is_real.shape)
    return torch.where(is_real, positions, torch.full_like(positions, -1))


@wrong("13.1", "real clicks after this one, so padding stops counting", r"pad")
def positions_from_the_end(is_real):
    real = is_real.long()
    return real.sum(dim=1, keepdim=True) - real.cumsum(dim=1)


@wrong(
    "13.1",
    "one row for all, without the batch",
    r"\bB\b|batch|each row|every row|one row|single row|1-?D|one.dimension|expand|repeat|"
    r"\(L,?\)|2-?D|dimension",
)
def positions_from_the_end(is_real):
    return torch.arange(is_real.shape[1] - 1, -1, -1, device=is_real.device)


@wrong("13.1", "float positions", r"float|dtype|\blong\b|int64|integer|whole number")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.linspace(L - 1, 0, L, device=is_real.device).expand(B, L)


@wrong("13.1", "int32 positions", r"int32|dtype|\blong\b|int64")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.arange(L - 1, -1, -1, device=is_real.device, dtype=torch.int32).repeat(B, 1)


@wrong("13.1", "negative distances", r"negativ|sign|minus|below (0|zero)|less than (0|zero)")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return torch.arange(1 - L, 1, device=is_real.device).expand(B, L)


@wrong(
    "13.1",
    "numbers the rows instead of the columns",
    r"\baxis|\bdim|rows?\b.{0,60}columns?|columns?\b.{0,60}rows?|transpos|batch|along|B and L|"
    r"over the rows|down the",
)
def positions_from_the_end(is_real):
    ones = torch.ones_like(is_real).long()
    return ones.flip(0).cumsum(0).flip(0) - 1


@wrong("13.1", "a numpy array", r"numpy|array|tensor")
def positions_from_the_end(is_real):
    B, L = is_real.shape
    return np.broadcast_to(np.arange(L)[::-1], (B, L)).copy()


@wrong(
    "13.1",
    "left edge one short: the largest is L - 2",
    r"L - 1|repeat\w*|twice|same (position|number)|by one|clamp|one too (few|low|small)|"
    r"two (columns|clicks)|left edge",
)
def positions_from_the_end(is_real):
    B, L = is_real.shape
    positions = torch.arange(L - 1, -1, -1, device=is_real.device) - 1
    return positions.clamp(min=0).expand(B, L)


# 13.2 additive_mask


@right("13.2", "zeros and masked_fill")
def additive_mask(visible, dtype=torch.float32):
    zeros = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return zeros.masked_fill(~visible, torch.finfo(dtype).min)


@right("13.2", "where of two tensors")
def additive_mask(visible, dtype=torch.float32):
    zero = torch.zeros((), dtype=dtype, device=visible.device)
    return torch.where(visible, zero, torch.full_like(zero, torch.finfo(dtype).min))


@right("13.2", "one less the mask, times the lowest number")
def additive_mask(visible, dtype=torch.float32):
    return (1.0 - visible.to(dtype)) * torch.finfo(dtype).min


@right("13.2", "full of the lowest, then zeros written in")
def additive_mask(visible, dtype=torch.float32):
    lowest = torch.finfo(dtype).min
    mask = torch.full(visible.shape, lowest, dtype=dtype, device=visible.device)
    mask[visible] = 0
    return mask


@wrong(
    "13.2",
    "minus infinity",
    r"inf|finite|0 ?/ ?0|\bnan\b",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(visible.logical_not(), float("-inf"))


@wrong(
    "13.2",
    "a large constant, -1e4",
    r"-1e|-10[,_ ]?000|constant|arbitrary|finfo|lowest|fixed|large enough|not low enough",
)
def additive_mask(visible, dtype=torch.float32):
    return (~visible).to(dtype) * -1e4


@wrong(
    "13.2",
    "the mask the wrong way round",
    r"invert|wrong way|revers|opposite|swap|upside|way round|other way|negat|exchang|flip|~",
)
def additive_mask(visible, dtype=torch.float32):
    return torch.zeros(visible.shape, dtype=dtype).masked_fill(visible, torch.finfo(dtype).min)


@wrong(
    "13.2",
    "ones and zeros only",
    r"\bones\b|\bcast|convert|\bas 1\b|boolean|true (is|becomes) 1|\b1 and 0\b|\b0 and 1\b|"
    r"not hidden",
)
def additive_mask(visible, dtype=torch.float32):
    return visible.to(dtype)


@wrong(
    "13.2",
    "always float32",
    r"dtype|float32|half|float16|bfloat|float64|double|argument|type of the scores",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(torch.float32).min)


@wrong(
    "13.2",
    "the lowest of float32 cast to the dtype",
    r"inf|finite|overflow|float32|lowest .{0,20}of (the|that|its) (dtype|type)|own|"
    r"finfo\(dtype\)",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape).masked_fill(~visible, torch.finfo(torch.float32).min)
    return mask.to(dtype)


@wrong(
    "13.2",
    "the smallest positive number (tiny)",
    r"tiny|smallest|positive|close to (0|zero)|next to (0|zero)|nearly (0|zero)|"
    r"almost (0|zero)|"
    r"finfo.{0,20}min|negative",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(dtype).tiny)


@wrong(
    "13.2",
    "the highest number, sign lost",
    r"sign|positive|highest|largest|maximum|\bmax\b|minus|negative",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(dtype).max)


@wrong(
    "13.2",
    "1 where one may look",
    r"\bones\b|\b1 where|\b0 where (true|one may|visible|it may)|zero where|"
    r"nothing (is )?added|"
    r"point more|shift|add\w* (1|one)\b",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.ones(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(dtype).min)


@wrong("13.2", "zero times minus infinity", r"\bnan\b|0 (\*|times) .{0,6}inf|not a number|inf")
def additive_mask(visible, dtype=torch.float32):
    return (1 - visible.to(dtype)) * -torch.inf


@wrong(
    "13.2",
    "inverts the caller's mask in place",
    r"in.?place|input|edit|overw|caller|argument|clone|copy|modif|mutat|"
    r"changes? (the|your|its)",
)
def additive_mask(visible, dtype=torch.float32):
    lowest = torch.finfo(dtype).min
    return torch.zeros(visible.shape, dtype=dtype).masked_fill(visible.logical_not_(), lowest)


@wrong(
    "13.2",
    "drops axes of length 1",
    r"squeez|axis|axes|length 1|size 1|dimension|same shape|broadcast",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(dtype).min).squeeze()


@wrong(
    "13.2",
    "float64 out of numpy",
    r"dtype|float64|double|numpy",
)
def additive_mask(visible, dtype=torch.float32):
    return torch.from_numpy(np.where(visible.numpy(), 0.0, torch.finfo(dtype).min))


@wrong(
    "13.2",
    "adds an axis for the heads",
    r"axis|axes|unsqueez|dimension|same shape|head|None\]",
)
def additive_mask(visible, dtype=torch.float32):
    mask = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
    return mask.masked_fill(~visible, torch.finfo(dtype).min).unsqueeze(0)


# 13.3 library_inputs


@right("13.3", "a dict that grows")
def library_inputs(name, vectors, is_real, causal):
    B, L = is_real.shape
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible).squeeze(1).to(vectors.dtype)
    return inputs


@right("13.3", "early returns, one less the mask")
def library_inputs(name, vectors, is_real, causal):
    real = is_real.to(torch.int64)
    always = {"inputs_embeds": vectors, "attention_mask": real}
    if BACKBONES[name].counts_positions:
        from_left = torch.arange(real.shape[1], device=real.device)
        return always | {"position_ids": (real.shape[1] - 1 - from_left).repeat(len(real), 1)}
    if not causal:
        return always
    may_look = visible_mask(real, causal=True)[:, 0]
    return {**always, "perm_mask": 1 - may_look.type_as(vectors)}


@right("13.3", "positions by a running sum, where for the mask")
def library_inputs(name, vectors, is_real, causal):
    takes_positions = BACKBONES[name].counts_positions
    out = {}
    out["inputs_embeds"] = vectors
    out["attention_mask"] = torch.where(is_real, 1, 0)
    if takes_positions:
        ones = torch.ones_like(is_real).long()
        out["position_ids"] = ones.flip(-1).cumsum(-1).flip(-1) - 1
    if causal and not takes_positions:
        visible = visible_mask(is_real.long(), causal=True)[:, 0, :, :]
        hidden = torch.ones(visible.shape, dtype=vectors.dtype, device=vectors.device)
        hidden[visible] = 0
        out["perm_mask"] = hidden
    return out


@wrong(
    "13.3",
    "positions for every backbone",
    r"position_ids|counts_positions|takes? no position|"
    r"positions? .{0,60}(only|xlnet|not take|every)",
)
def library_inputs(name, vectors, is_real, causal):
    L = is_real.shape[1]
    inputs = {
        "inputs_embeds": vectors,
        "attention_mask": is_real.long(),
        "position_ids": torch.arange(L).flip(0).expand(is_real.shape),
    }
    if causal and not BACKBONES[name].counts_positions:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask says who may look",
    r"invert|wrong way|way round|revers|opposite|must not|negat|1 ?= ?|swap|upside|~|flip",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        inputs["perm_mask"] = visible_mask(is_real.long(), causal=True)[:, 0].to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask keeps the axis of heads",
    r"axis|squeez|dimension|\(B, ?1|head|4-?D|3-?D|\[:, ?0\]",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=True)).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask is boolean",
    r"bool|dtype|float|type of (the )?vectors|numbers",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        inputs["perm_mask"] = ~visible_mask(is_real.long(), causal=True)[:, 0]
    return inputs


@wrong(
    "13.3",
    "perm_mask always float32",
    r"dtype|float32|float64|double|half|type of (the )?vectors",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        inputs["perm_mask"] = (~visible_mask(is_real.long(), causal=True)[:, 0]).float()
    return inputs


@wrong(
    "13.3",
    "perm_mask for XLNet both ways too",
    r"both (ways|sides|directions)|causal|bidirectional|look back only|not (asked|wanted)|"
    r"future",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    else:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask for every causal backbone",
    r"perm_mask.{0,100}(only|too|also|gpt2|llama|doesn.t|no place|take|not)|"
    r"(only|gpt2|llama|xlnet).{0,100}perm_mask|argument.{0,40}(not|doesn.t) (know|take)",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    if causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "no perm_mask at all",
    r"perm_mask.{0,60}(miss|absent|lack|not in|needs|forg|without|is no)|"
    r"(miss|lack|without|\bno|needs|add|forg\w*).{0,40}perm_mask|future|leak|later click|"
    r"look ahead",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    return inputs


@wrong(
    "13.3",
    "attention_mask is boolean",
    r"bool|dtype|\blong\b|int64|integer",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "attention_mask is 1 at padding",
    r"invert|wrong way|way round|revers|opposite|swap|negat|1 ?= ?real|upside|"
    r"pad\w* .{0,30}(1|one|read|seen|visible)|~|flip",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": (~is_real).long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "positions from the left",
    r"left|from the (start|beginning|right|newest|end)|oldest|flip|revers|wrong (end|way)|"
    r"newest|"
    r"direction|positions_from_the_end",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask hides padding only",
    r"future|causal|triang|later|look ahead|ahead of|leak|order of time|only .{0,20}padding|"
    r"padding only",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=False)
        inputs["perm_mask"] = (~visible.expand(-1, 1, is_real.shape[1], -1)[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "perm_mask is an additive mask",
    r"lowest|additive|added|finfo|-3\.4e|1 ?= ?|\bones\b|zeros? and ones?|0 and 1|0 or 1|"
    r"not a sum|large negative",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)[:, 0]
        lowest = torch.finfo(vectors.dtype).min
        inputs["perm_mask"] = torch.zeros_like(visible, dtype=vectors.dtype)
        inputs["perm_mask"].masked_fill_(~visible, lowest)
    return inputs


@wrong(
    "13.3",
    "perm_mask transposed",
    r"transpos|who (looks|sees)|query|queries|axes|rows? and (the )?columns?|past|swap|"
    r"other way|wrong way|back\b|upper|lower",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)[:, 0]
        inputs["perm_mask"] = (~visible).mT.to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "a mask for every pair as attention_mask",
    r"4-?D|2-?D|pair|\(B, ?L\)|\(B, ?1, ?L|triangle|library.{0,30}(itself|makes)|window",
)
def library_inputs(name, vectors, is_real, causal):
    visible = visible_mask(is_real.long(), causal=causal)
    inputs = {"inputs_embeds": vectors, "attention_mask": visible.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        inputs["attention_mask"] = is_real.long()
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "position_ids of padding are 0",
    r"pad",
)
def library_inputs(name, vectors, is_real, causal):
    real = is_real.long()
    inputs = {"inputs_embeds": vectors, "attention_mask": real}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = (real.flip(1).cumsum(1).flip(1) - 1).clamp(min=0) * real
    elif causal:
        inputs["perm_mask"] = (~visible_mask(real, causal=True)[:, 0]).to(vectors.dtype)
    return inputs


@wrong("13.3", "vectors detached", r"detach|gradient|backward|learn|no_grad|train|same tensor")
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors.detach(), "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    elif causal:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    return inputs


@wrong(
    "13.3",
    "no position_ids for the causal ones",
    r"position_ids|position|slip|counts_positions",
)
def library_inputs(name, vectors, is_real, causal):
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if causal and not BACKBONES[name].counts_positions:
        visible = visible_mask(is_real.long(), causal=True)
        inputs["perm_mask"] = (~visible[:, 0]).to(vectors.dtype)
    elif not causal and BACKBONES[name].counts_positions:
        inputs["position_ids"] = torch.arange(is_real.shape[1]).flip(0).expand(is_real.shape)
    return inputs


# 13.4 copy_gpt2_block


@right("13.4", "line by line")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    ours.attention.project.weight.copy_(theirs.attn.c_attn.weight.T)
    ours.attention.project.bias.copy_(theirs.attn.c_attn.bias)
    ours.attention.merge.weight.copy_(theirs.attn.c_proj.weight.T)
    ours.attention.merge.bias.copy_(theirs.attn.c_proj.bias)
    ours.ffn[0].weight.copy_(theirs.mlp.c_fc.weight.T)
    ours.ffn[0].bias.copy_(theirs.mlp.c_fc.bias)
    ours.ffn[2].weight.copy_(theirs.mlp.c_proj.weight.T)
    ours.ffn[2].bias.copy_(theirs.mlp.c_proj.bias)
    ours.norms[0].weight.copy_(theirs.ln_1.weight)
    ours.norms[0].bias.copy_(theirs.ln_1.bias)
    ours.norms[1].weight.copy_(theirs.ln_2.weight)
    ours.norms[1].bias.copy_(theirs.ln_2.bias)


@right("13.4", "pairs in a loop")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    pairs = [
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
        (theirs.ln_1, ours.norms[0]),
        (theirs.ln_2, ours.norms[1]),
    ]
    for source, target in pairs:
        W = source.weight
        target.weight.copy_(W.t() if W.dim() == 2 else W)
        target.bias.copy_(source.bias)


@right("13.4", "a state dict")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    names = {
        "attention.project": "attn.c_attn",
        "attention.merge": "attn.c_proj",
        "ffn.0": "mlp.c_fc",
        "ffn.2": "mlp.c_proj",
        "norms.0": "ln_1",
        "norms.1": "ln_2",
    }
    told = theirs.state_dict()
    state = {}
    for mine, his in names.items():
        weight = told[f"{his}.weight"]
        state[f"{mine}.weight"] = weight.transpose(0, 1) if weight.ndim > 1 else weight
        state[f"{mine}.bias"] = told[f"{his}.bias"]
    ours.load_state_dict(state)


@right("13.4", "slices, and modules by name")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    def linear(conv, layer):
        layer.weight[:] = conv.weight.detach().T
        layer.bias[:] = conv.bias.detach()

    linear(theirs.get_submodule("attn.c_attn"), ours.get_submodule("attention.project"))
    linear(theirs.get_submodule("attn.c_proj"), ours.get_submodule("attention.merge"))
    linear(theirs.mlp.c_fc, ours.ffn[0])
    linear(theirs.mlp.c_proj, ours.ffn[2])
    for norm, name in zip(ours.norms, ("ln_1", "ln_2"), strict=True):
        norm.load_state_dict(getattr(theirs, name).state_dict())


def _copy_linear(conv, linear):
    linear.weight.copy_(conv.weight.T)
    linear.bias.copy_(conv.bias)


def _copy_all(theirs, ours):
    _copy_linear(theirs.attn.c_attn, ours.attention.project)
    _copy_linear(theirs.attn.c_proj, ours.attention.merge)
    _copy_linear(theirs.mlp.c_fc, ours.ffn[0])
    _copy_linear(theirs.mlp.c_proj, ours.ffn[2])
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "the square matrix not transposed",
    r"transpos|\.T\b|\.t\(\)|\(in, ?out\)|\(out, ?in\)|square|Conv1D|other way|\bturned",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    for source, target in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        fits = source.weight.shape == target.weight.shape
        target.weight.copy_(source.weight if fits else source.weight.T)
        target.bias.copy_(source.bias)
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "nothing transposed",
    r"transpos|\.T\b|\.t\(\)|\(in, ?out\)|\(out, ?in\)|Conv1D|other way|\bturned",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    ours.attention.project.weight.copy_(theirs.attn.c_attn.weight)
    ours.attention.project.bias.copy_(theirs.attn.c_attn.bias)
    ours.attention.merge.weight.copy_(theirs.attn.c_proj.weight)
    ours.attention.merge.bias.copy_(theirs.attn.c_proj.bias)
    ours.ffn[0].weight.copy_(theirs.mlp.c_fc.weight)
    ours.ffn[0].bias.copy_(theirs.mlp.c_fc.bias)
    ours.ffn[2].weight.copy_(theirs.mlp.c_proj.weight)
    ours.ffn[2].bias.copy_(theirs.mlp.c_proj.bias)
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "reshaped instead of transposed",
    r"reshap|view|transpos|\.T\b|scrambl|order of the numbers|\(in, ?out\)|\(out, ?in\)|"
    r"\bturned",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_all(theirs, ours)
    for source, target in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        target.weight.copy_(source.weight.reshape(target.weight.shape))


@wrong("13.4", "no biases of the four layers", r"bias")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    ours.attention.project.weight.copy_(theirs.attn.c_attn.weight.T)
    ours.attention.merge.weight.copy_(theirs.attn.c_proj.weight.T)
    ours.ffn[0].weight.copy_(theirs.mlp.c_fc.weight.T)
    ours.ffn[2].weight.copy_(theirs.mlp.c_proj.weight.T)
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong("13.4", "the norms left as they are", r"norm|ln_")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_linear(theirs.attn.c_attn, ours.attention.project)
    _copy_linear(theirs.attn.c_proj, ours.attention.merge)
    _copy_linear(theirs.mlp.c_fc, ours.ffn[0])
    _copy_linear(theirs.mlp.c_proj, ours.ffn[2])


@wrong("13.4", "norms exchanged", r"norm|ln_")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_all(theirs, ours)
    ours.norms[1].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[0].load_state_dict(theirs.ln_2.state_dict())


@wrong("13.4", "norms without their biases", r"norm\w*.{0,40}bias|bias.{0,40}norm|ln_.{0,10}bias")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_linear(theirs.attn.c_attn, ours.attention.project)
    _copy_linear(theirs.attn.c_proj, ours.attention.merge)
    _copy_linear(theirs.mlp.c_fc, ours.ffn[0])
    _copy_linear(theirs.mlp.c_proj, ours.ffn[2])
    ours.norms[0].weight.copy_(theirs.ln_1.weight)
    ours.norms[1].weight.copy_(theirs.ln_2.weight)


@wrong(
    "13.4",
    "the norms are shared modules",
    r"shar|same (module|tensor|memory|object|storage)|copy_|alias|one and the same|"
    r"both (change|move)",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_all(theirs, ours)
    ours.norms[0] = theirs.ln_1
    ours.norms[1] = theirs.ln_2


@wrong(
    "13.4",
    "data of the weights shared",
    r"shar|same (tensor|memory|object|storage|numbers)|copy_|alias|\.data|view|"
    r"both (change|move)",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    for source, target in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        target.weight.data = source.weight.data.T
        target.bias.data = source.bias.data
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "new parameters put in place of ours",
    r"new (parameter|tensor|weight)|parameters? that `?ours`? (has|had)|replac|copy_|"
    r"optimi[sz]er|"
    r"not (the same|its own) parameter|own parameters|object",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    for source, target in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        target.weight = nn.Parameter(source.weight.T.contiguous().clone())
        target.bias = nn.Parameter(source.bias.clone())
    for source, target in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True):
        target.weight = nn.Parameter(source.weight.clone())
        target.bias = nn.Parameter(source.bias.clone())


@wrong(
    "13.4",
    "copies from ours to theirs",
    r"direction|theirs.{0,40}(chang|overw|edit|must stay|not be)|from ours|into theirs|"
    r"wrong way|"
    r"other way|backward|exchang|revers|unchanged|gpt-?2.{0,30}(chang|overw)|"
    r"(chang|overw|edit)\w* .{0,20}(theirs|gpt-?2)",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    for source, target in (
        (ours.attention.project, theirs.attn.c_attn),
        (ours.attention.merge, theirs.attn.c_proj),
        (ours.ffn[0], theirs.mlp.c_fc),
        (ours.ffn[2], theirs.mlp.c_proj),
    ):
        target.weight.copy_(source.weight.T)
        target.bias.copy_(source.bias)
    theirs.ln_1.load_state_dict(ours.norms[0].state_dict())
    theirs.ln_2.load_state_dict(ours.norms[1].state_dict())


@wrong(
    "13.4",
    "queries and keys exchanged",
    r"quer|keys?\b|order of|q, ?k|side by side|c_attn|project\b",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_all(theirs, ours)
    q, k, v = theirs.attn.c_attn.weight.chunk(3, dim=1)
    ours.attention.project.weight.copy_(torch.cat([k, q, v], dim=1).T)
    q, k, v = theirs.attn.c_attn.bias.chunk(3)
    ours.attention.project.bias.copy_(torch.cat([k, q, v]))


@wrong("13.4", "the small network left out", r"small network|ffn|mlp|c_fc|feed")
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_linear(theirs.attn.c_attn, ours.attention.project)
    _copy_linear(theirs.attn.c_proj, ours.attention.merge)
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "matrices of the small network exchanged, since they fit untransposed",
    "exchang|swap|transpos|c_fc .{0,40}c_proj|c_proj .{0,40}c_fc",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    _copy_all(theirs, ours)
    ours.ffn[0].weight.copy_(theirs.mlp.c_proj.weight)
    ours.ffn[2].weight.copy_(theirs.mlp.c_fc.weight)


@wrong(
    "13.4",
    "transposes theirs in place",
    "in.?place|theirs.{0,40}(chang|edit|stay|left|as it)|(chang|edit"
    r"|transpos)\w* .{0,20}(theirs|gpt)|side effect|gpt-?2.{0,30}(chang|edit)|no longer"
    "|other block .{0,10}left alone",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    for source, target in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        source.weight.data = source.weight.data.T.contiguous()
        target.weight.copy_(source.weight)
        target.bias.copy_(source.bias)
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


@wrong(
    "13.4",
    "no bias of c_attn",
    "bias(es)? (of|is|are|was|were|has|have|still|not|too|miss|left)|biases",
)
@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    ours.attention.project.weight.copy_(theirs.attn.c_attn.weight.T)
    _copy_linear(theirs.attn.c_proj, ours.attention.merge)
    _copy_linear(theirs.mlp.c_fc, ours.ffn[0])
    _copy_linear(theirs.mlp.c_proj, ours.ffn[2])
    ours.norms[0].load_state_dict(theirs.ln_1.state_dict())
    ours.norms[1].load_state_dict(theirs.ln_2.state_dict())


# 13.5 multi_task_loss


@right("13.5", "boolean masks, F.mse_loss")
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            total = total + weights["click"] * F.binary_cross_entropy_with_logits(logits, labels)
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@right("13.5", "indices of nonzero, softplus")
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        b, t = torch.nonzero(is_asked, as_tuple=True)
        skipped = sequences.shape[1] - batch.shape[1]
        read = None
        if context is not None:
            read = context[rows, skipped : skipped + length]
        states = network.states(items, read)[b, t]
        targets = targets[b, t]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            z = network.about(network.click, states, candidates)
            bce = F.softplus(-z[:, 0]).sum() + F.softplus(z[:, 1:]).sum()
            total += weights["click"] * bce / z.numel()
        if weights.get("outcome"):
            ended = outcomes[rows][b, t + skipped + 1]
            error = network.about(network.outcome, states, targets) - ended
            total += weights["outcome"] * (error**2).mean()
        return total

    return loss


@right("13.5", "flattened, torch.square")
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        if context is None:
            hidden = network.states(items, None)
        else:
            hidden = network.states(items, context[rows][:, -(length + 1) :][:, :-1])
        keep = is_asked.flatten()
        states = hidden.flatten(0, 1)[keep]
        targets = targets.flatten()[keep]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            is_target = torch.arange(candidates.shape[1], device=logits.device) == 0
            labels = is_target.to(logits.dtype).expand_as(logits)
            bce = nn.BCEWithLogitsLoss()(logits, labels)
            total = total + bce * weights["click"]
        if weights.get("outcome"):
            ended = outcomes[rows][:, 1:][:, -length:].flatten()[keep]
            guess = network.about(network.outcome, states, targets)
            total = total + torch.square(ended - guess).mean() * weights["outcome"]
        return total

    return loss


@wrong(
    "13.5",
    "context of the target",
    r"context.{0,120}(target|next|later|ahead|one (click|step|place)|shift|where)|leak|"
    r"(target|next|ahead|shift).{0,80}context|(is|be|gives away|itself) the answer",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length:]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "outcome of the click that is read",
    r"outcome.{0,120}(target|next|read|input|one (click|step|place)|shift|before)|"
    r"(target|next|shift).{0,80}outcome",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length - 1 : -1][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "outcomes from the left edge",
    r"left|empty columns?|trim|cut|align|newest|from the (right|end)|last.{0,20}columns|slip|"
    r"without_empty|"
    r"columns? .{0,40}(gone|removed|dropped)",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, 1 : length + 1][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "context from the left edge",
    r"left|empty columns?|trim|cut|align|newest|from the (right|end)|last.{0,20}columns|slip|"
    r"without_empty|"
    r"columns? .{0,40}(gone|removed|dropped)",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, :length]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "all click labels are 1",
    r"labels?|negatives?.{0,60}(0|zero|click|ones?)|(all|every) (pairs?|candidates?)|ones_like",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.ones_like(logits)
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "the last candidate is taken for the target",
    r"label|first (column|candidate)|last (column|candidate)|column 0|"
    r"wrong (column|candidate|end)|"
    r"target.{0,40}(first|column)",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, -1] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "the sigmoid twice",
    r"sigmoid|twice|logits?\b.{0,40}probabilit|probabilit.{0,40}logit|already",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates).sigmoid()
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "BCE summed over the candidates",
    r"\bsum|mean|averag|divid|1 \+ N|number of (pairs|candidates)|times too (large|high)|"
    r"reduction",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
            bce = bce.sum(dim=1).mean()
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "positives and negatives weigh the same",
    r"balanc|equal|same weight|half|positives?\b|all K|all pairs|each pair|"
    r"weigh\w* (the )?same|average of two|two means|pos_weight|mean over",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            positive, negative = logits[:, 0], logits[:, 1:]
            bce = -(F.logsigmoid(positive).mean() + F.logsigmoid(-negative).mean()) / 2
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "softmax over the candidates instead of BCE",
    r"softmax|cross.?entropy|binary|BCE|each (pair|candidate) (on its own|alone|by itself)|"
    r"sigmoid",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            first = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
            total = total + weights["click"] * F.cross_entropy(logits, first)
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "weight of the click forgotten",
    r"weight|\bscal|factor|multipl",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "weight of the outcome forgotten",
    r"weight|\bscal|factor|multipl",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "all positions with a target, the empty one before the first click too",
    r"pad|is_asked|no (item|click|event)|nothing (is|was) read|empty|before the first|"
    r"first (click|item|event|target)|targets? != 0|too many",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        is_asked = targets != 0
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "absolute error of the outcome",
    r"absolute|squar|L1|MAE\b|mse",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.l1_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "root of the mean squared error",
    r"\broot|sqrt|rmse|squar",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended).sqrt()
        return total

    return loss


@wrong(
    "13.5",
    "outcome asked about the item that was read",
    r"(item|product|click) .{0,40}(read|input|before|at hand)|about .{0,40}targets?\b|"
    r"of the \W?target|next (item|click|product)|in question",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, items[is_asked])
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "squared errors summed",
    r"\bsum|mean|averag|divid|reduction|grows with|number of",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended, reduction="sum")
        return total

    return loss


@wrong(
    "13.5",
    "squared errors divided by padding too",
    r"pad|divid|\bB \* length|all positions|is_asked|number of|denominator|averag|mean over",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            squares = (guess - ended).square().sum()
            total = total + weights["outcome"] * squares / is_asked.numel()
        return total

    return loss


@wrong(
    "13.5",
    "the outcome replaces the sum",
    r"overw|replac|add|\bsum\b|total|lost|other tasks?|only the (last|outcome)|forgot",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "context never handed over",
    r"context",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        states = network.states(items, None)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "context of the first rows, not of `rows`",
    r"\brows?\b.{0,80}(context|batch|first|index|select|ask|chosen)|context.{0,80}\brows?\b|"
    r"other (user|history|sequence)|first B",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[: len(batch)][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "outcomes of the first rows, not of `rows`",
    r"\brows?\b.{0,80}(outcome|batch|first|index|select|ask|chosen)|outcome.{0,80}\brows?\b|"
    r"other (user|history|sequence)|first B",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[: len(batch)][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "states detached for the two heads",
    r"detach|gradient|encoder|backward|no_grad|learn",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states.detach(), candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states.detach(), targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "asks the newest position only",
    r"last (position|state|click)|newest|every position|all positions|each position|"
    r"only (one|the)|is_asked",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        is_asked = is_asked & (torch.arange(length, device=items.device) == length - 1)
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "BCE of the target alone",
    r"negatives?\b.{0,60}(miss|ignor|never|left|not|forg|out|too|count)|"
    r"(without|no|forgot\w*|ignor\w*) .{0,20}negatives|1 \+ N|all (K|pairs)|"
    r"target (alone|only)|only the (target|first|positive)|every candidate|all candidates",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits[:, 0], labels[:, 0])
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * F.mse_loss(guess, ended)
        return total

    return loss


@wrong(
    "13.5",
    "squared error broadcast over all pairs of clicks",
    r"broadcast|\(K, ?K\)|keepdim|unsqueez|axis|axes|pairs|each (click|outcome) with every|"
    r"dimension|None\]",
)
def multi_task_loss(sequences, outcomes, *, weights, context=None, n_negatives=4):
    def loss(network, rows, generator):
        batch = without_empty_columns(sequences[rows])
        length = batch.shape[1] - 1
        items, targets = batch[:, :-1], batch[:, 1:]
        is_asked = items != 0
        read = None if context is None else context[rows][:, -length - 1 : -1]
        states = network.states(items, read)[is_asked]
        targets = targets[is_asked]
        total = 0.0
        if weights.get("next_item"):
            total = total + weights["next_item"] * network.network.softmax_loss(states, targets)
        if weights.get("click"):
            negatives = uniform_negatives(targets, n_negatives, network.n_items, seed=generator)
            candidates = torch.cat([targets[:, None], negatives], dim=1)
            logits = network.about(network.click, states, candidates)
            labels = torch.zeros_like(logits)
            labels[:, 0] = 1
            bce = F.binary_cross_entropy_with_logits(logits, labels)
            total = total + weights["click"] * bce
        if weights.get("outcome"):
            guess = network.about(network.outcome, states, targets)
            ended = outcomes[rows][:, -length:][is_asked]
            total = total + weights["outcome"] * (guess - ended[:, None]).square().mean()
        return total

    return loss
