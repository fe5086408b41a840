"""Chapter 06, attention: answers written from its stubs alone."""

import math

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from seqrec.models import MultiHeadAttention as LibraryHeads
from seqrec.models import TransformerBlock as LibraryBlock
from seqrec.models import draw_weights
from seqrec.models import visible_mask as library_mask
from tests.course.keys.answers.bank import right, wrong

# 6.1 attention


@right("6.1", "masked_fill and softmax")
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@right("6.1", "einsum, where, the softmax by hand")
def attention(q, k, v, visible):
    d = k.size(-1)
    scores = torch.einsum("...ld,...sd->...ls", q * d**-0.5, k)
    scores = torch.where(visible, scores, -torch.inf)
    counts = torch.exp(scores - scores.amax(dim=-1, keepdim=True))
    weights = counts / counts.sum(dim=-1, keepdim=True)
    output = torch.einsum("...ls,...sd->...ld", weights, v)
    return output, weights


@right("6.1", "a float mask that is added")
def attention(q, k, v, visible):
    bias = torch.zeros(visible.shape, dtype=q.dtype, device=q.device)
    bias.masked_fill_(visible.logical_not(), float("-inf"))
    weights = F.softmax(torch.matmul(q, k.mT) / np.sqrt(q.shape[-1]) + bias, dim=-1)
    output = torch.matmul(weights, v)
    return output, weights


@right("6.1", "a loop over the queries")
def attention(q, k, v, visible):
    L, S = q.shape[-2], k.shape[-2]
    visible = visible.expand(*visible.shape[:-2], L, S)
    rows = []
    for i in range(L):
        score = (q[..., i : i + 1, :] * k).sum(-1) / q.shape[-1] ** 0.5
        score = score.masked_fill(~visible[..., i, :], -float("inf"))
        rows.append(torch.softmax(score, -1))
    weights = torch.stack(rows, dim=-2)
    return weights @ v, weights


@wrong(
    "6.1",
    "scores not scaled",
    r"(not|never|un|without|forg\w+|miss\w+|no) ?.{0,25}(scal|divid|root|sqrt)|divide (them|"
    r"the scores|it)?.{0,12}by|root.{0,25}(missing|forgotten|left out|absent)|÷",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1)
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong("6.1", "divides by d, not by its root", r"root|sqrt|√|by d\b|d itself|square")
def attention(q, k, v, visible):
    d = q.shape[-1]
    scores = q @ k.transpose(-2, -1) / d
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "divides by the root of the value's width",
    r"width of (the |a )?v|value'?s?'? width|\bv\.(shape|size)|of the values?\b|D instead|"
    r"wrong width",
)
def attention(q, k, v, visible):
    d = v.shape[-1]
    scores = torch.matmul(q, k.transpose(-1, -2)) / d**0.5
    weights = torch.softmax(scores.masked_fill(~visible, -torch.inf), dim=-1)
    return torch.matmul(weights, v), weights


@wrong(
    "6.1",
    "divides by the root of the length",
    r"length|number of (positions|queries|keys|clicks)|root of L|sqrt\(L|wrong axis.*root|"
    r"shape\[-2\]",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-2] ** 0.5
    scores[~visible.expand_as(scores)] = float("-inf")
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong("6.1", "multiplies by the root of d", r"multipl|times|instead of divid|larger|wrong way")
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "softmax over the queries",
    r"over the (queries|rows)|wrong (axis|dim)|dim=?\s?-?[12]|last axis|over the keys|"
    r"columns? sum|axis",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-2)
    return weights @ v, weights


@wrong(
    "6.1",
    "softmax along axis 1 whatever the number of axes",
    r"axis|dim=?\s?1|heads|leading|four|4-?D|batch|any number",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = F.softmax(scores, dim=1)
    return weights @ v, weights


@wrong(
    "6.1",
    "the mask upside down",
    r"upside|invert|opposite|wrong (sign|way)|revers|hidden.*instead|negat|other way|blocked|"
    r"~|flipped",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "mask after the softmax",
    r"after the softmax|before the softmax|sum to (1|one)|renormal|normali[sz]",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = scores.softmax(dim=-1)
    weights = weights.masked_fill(~visible, 0.0)
    return weights @ v, weights


@wrong(
    "6.1",
    "a hidden score is 0",
    r"score of (0|zero)|scores? .{0,20}(0|zero)\b|e\^0|exp\(0\)|-?infinity|-inf|-∞|minus infinit",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores * visible
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "a very low score in place of minus infinity",
    r"1e-?\d|-?1e9|finite|large negative|very (low|small)|big negative|-inf|infinit|NaN|"
    r"sees nothing",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, -1e9)
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "NaN replaced by 0",
    r"NaN|sees nothing|nan_to_num|see nothing|blind|nothing (is )?visible",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1).nan_to_num(0.0)
    return weights @ v, weights


@wrong(
    "6.1",
    "output from PyTorch's own attention, which gives 0 where nothing is seen",
    "see(s|n)? nothing|nothing (is )?(visible|seen)|scaled_dot_product|blind|NaN (is|where"
    "|row|there)|(should|must) be NaN|(is|be) asked for",
)
def attention(q, k, v, visible):
    output = scaled_dot_product_attention(q, k, v, attn_mask=visible)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    weights = scores.masked_fill(~visible, -math.inf).softmax(-1)
    return output, weights


@wrong(
    "6.1",
    "visible not used",
    r"(ignor|never|not|un)\w*.{0,25}(used?|read|look|mask|visible)|`?visible`? .{0,20}(ignor|"
    r"no effect|never)|no mask|hidden keys",
)
def attention(q, k, v, visible):
    scores = torch.einsum("...id,...jd->...ij", q, k) / k.shape[-1] ** 0.5
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "transposes all axes of k",
    r"leading|batch|heads|last two|transpos|\.T\b|all axes|any number of axes",
)
def attention(q, k, v, visible):
    scores = q @ k.permute(*reversed(range(k.ndim))) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


@wrong(
    "6.1",
    "hands back weights first",
    r"order|swap|exchang|other way|switched|mixed up|output (comes )?(first|then)|"
    r"weights (come )?(first|second)|in front of the output",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights, weights @ v


@wrong(
    "6.1",
    "scores handed back instead of weights",
    r"scores?\b.{0,40}(instead|not|rather|before)|before the softmax|sum to (1|one)|"
    r"are the scores|no softmax",
)
def attention(q, k, v, visible):
    weights = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    weights = weights.masked_fill(~visible, float("-inf"))
    return torch.softmax(weights, dim=-1) @ v, weights


@wrong(
    "6.1",
    "powers of two, as by hand",
    r"powers? of (2|two)\b|2 ?\*\*|base (2|two)\b|2\^|\bexp\b|e\^|instead of e\b|by hand",
)
def attention(q, k, v, visible):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    counts = torch.where(visible, 2.0**scores, 0.0)
    weights = counts / counts.sum(dim=-1, keepdim=True)
    return weights @ v, weights


@wrong(
    "6.1",
    "queries and keys exchanged",
    r"quer(y|ies).{0,30}keys?.{0,30}(swap|exchang|role)|swap|exchang|roles|transpos|wrong way|"
    r"keys? ask",
)
def attention(q, k, v, visible):
    scores = k @ q.transpose(-2, -1) / q.shape[-1] ** 0.5
    scores = scores.masked_fill(~visible, float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


# 6.2 visible_mask


@right("6.2", "tril and eye, broadcast")
def visible_mask(items, causal):
    B, L = items.shape
    mask = (items != 0)[:, None, None, :].expand(B, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@right("6.2", "three loops")
def visible_mask(items, causal):
    B, L = items.shape
    out = torch.zeros(B, 1, L, L, dtype=torch.bool, device=items.device)
    for b in range(B):
        for i in range(L):
            for j in range(L):
                if i == j:
                    out[b, 0, i, j] = True
                elif items[b, j] == 0:
                    continue
                elif not causal or j < i:
                    out[b, 0, i, j] = True
    return out


@right("6.2", "NumPy inside")
def visible_mask(items, causal):
    ids = items.cpu().numpy()
    B, L = ids.shape
    allowed = np.repeat((ids > 0)[:, None, :], L, axis=1)
    if causal:
        allowed = np.logical_and(allowed, np.tril(np.ones((L, L), dtype=bool)))
    allowed = allowed | np.eye(L, dtype=bool)
    return torch.from_numpy(allowed).unsqueeze(1).to(items.device)


@right("6.2", "positions compared")
def visible_mask(items, causal):
    pos = torch.arange(items.size(1), device=items.device)
    i, j = pos.unsqueeze(1), pos.unsqueeze(0)
    not_ahead = j <= i if causal else torch.full_like(j == i, True)
    is_click = items.bool()[:, None, None]
    return torch.logical_or(is_click & not_ahead, i == j)


@wrong(
    "6.2",
    "padding does not see itself",
    r"itself|diagonal|third rule|own position|sees nothing|NaN|eye",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask


@wrong(
    "6.2",
    "sees what comes after, not before",
    r"future|triu|upper|after|ahead|wrong (triangle|way|direction)|later|backward",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).triu()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "one click ahead is visible",
    r"one (click |position |step |place )?(too far|ahead|later|further|more)|next (click|"
    r"position)|off by one|future|ahead|diagonal=1",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        lower = torch.tril(torch.ones(L, L, device=items.device), diagonal=1).bool()
        mask = mask & lower
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "the newest click before is hidden",
    r"off by one|click (just |right )?before|previous|one (click |position |step )?(too|short|"
    r"before|earlier)|neighbou?r|diagonal=-",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, device=items.device).tril(-2).bool()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "padding hidden as query, not as key",
    r"rows?.{0,30}columns?|columns?.{0,30}rows?|query|queries|keys?\b|wrong axis|transpos|"
    r"looked at|padding looks",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, :, None].expand(-1, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "padding may not look either",
    r"padding.{0,40}(look|see|query|queries|row)|(rows?|queries|query) of padding|both (sides|"
    r"ways|axes)|as (a )?query|too (strict|much)",
)
def visible_mask(items, causal):
    L = items.shape[1]
    real = items != 0
    mask = (real[:, :, None] & real[:, None, :])[:, None]
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "causal not read",
    r"causal.{0,40}(ignor|never|not|no effect|unused|same)|(ignor|never|not|"
    r"unused).{0,30}causal|future|ahead",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong(
    "6.2",
    "causal in any case",
    r"always causal|causal.{0,20}in any case|causal=False|not causal|both (ways|sides|"
    r"directions)|causal.{0,40}(ignor|always|never|no effect|even)|any case",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :] & torch.ones(L, L, device=items.device).bool().tril()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong("6.2", "no axis for the heads", r"axis|axes|heads?\b|dimension|unsqueeze|\(B, 1|the 1\b")
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, :].expand(-1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask | torch.eye(L, dtype=torch.bool, device=items.device)


@wrong("6.2", "floats, not booleans", r"bool|float|dtype|type|numbers|0 and 1|0s and 1s")
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0).float()[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        mask = mask * torch.tril(torch.ones(L, L, device=items.device))
    return torch.maximum(mask, torch.eye(L, device=items.device))


@wrong(
    "6.2",
    "True means blocked",
    r"invert|opposite|upside|revers|blocked|wrong (sign|way)|negat|other way|~|may look|"
    r"flipped|convention",
)
def visible_mask(items, causal):
    L = items.shape[1]
    mask = (items != 0)[:, None, None, :].expand(-1, 1, L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return ~(mask | torch.eye(L, dtype=torch.bool, device=items.device))


@wrong(
    "6.2",
    "the first row's padding for the whole batch",
    r"first (row|history|user|one)|row 0|same (mask|padding)|every (row|history)|each (row|"
    r"history)|only one row|items\[0\]|batch",
)
def visible_mask(items, causal):
    B, L = items.shape
    mask = (items[0] != 0).expand(L, L)
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    mask = mask | torch.eye(L, dtype=torch.bool, device=items.device)
    return mask.expand(B, 1, L, L)


@wrong(
    "6.2",
    "padding stays visible",
    r"padding.{0,40}(visible|seen|looked|ignored|not hidden|still)|first rule|"
    r"zeros?.{0,30}(visible|looked|seen)|(not|never).{0,20}(hid|mask).{0,20}padding",
)
def visible_mask(items, causal):
    B, L = items.shape
    mask = torch.ones(L, L, dtype=torch.bool, device=items.device)
    if causal:
        mask = torch.tril(mask)
    return mask.expand(B, 1, L, L)


@wrong(
    "6.2",
    "a padded position sees all padding",
    r"padd\w+.{0,40}(all padding|padding alike|each other|other padding|other zeros)|"
    r"only itself|itself alone|look(s|ing)? at padding|sees (all |other )?padding",
)
def visible_mask(items, causal):
    L = items.shape[1]
    pad = items == 0
    mask = (~pad)[:, None, None, :] | (pad[:, None, :, None] & pad[:, None, None, :])
    if causal:
        mask = mask & torch.ones(L, L, dtype=torch.bool, device=items.device).tril()
    return mask


# 6.3 split_heads


@right("6.3", "view and transpose")
def split_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, H, D // H).transpose(1, 2)


@right("6.3", "chunk and stack")
def split_heads(x, H):
    return torch.stack(x.chunk(H, dim=-1), dim=1)


@right("6.3", "slices in a loop into a new tensor")
def split_heads(x, H):
    B, L, D = x.shape
    d = D // H
    out = x.new_empty(B, H, L, d)
    for h in range(H):
        out[:, h] = x[:, :, h * d : (h + 1) * d]
    return out


@right("6.3", "unflatten and permute")
def split_heads(x, H):
    return torch.unflatten(x, 2, (H, -1)).permute(0, 2, 1, 3).contiguous()


@wrong(
    "6.3",
    "reshape alone, which mixes positions",
    r"transpos|permut|mix|reshape|view|memory|swap|positions? .{0,30}heads?",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.reshape(B, H, L, D // H)


@wrong(
    "6.3",
    "every H-th column",
    r"every|interleav|strid|apart|neighbou?r|contiguous|consecutive|h::|side by side|"
    r"block of columns|next to",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.reshape(B, L, D // H, H).permute(0, 3, 1, 2)


@wrong(
    "6.3",
    "heads behind positions",
    r"transpos|order of (the )?axes|swap|second axis|axis 1|before the positions|"
    r"behind (the )?positions|permut|third axis",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, H, D // H)


@wrong("6.3", "heads in front of the batch", r"batch|first axis|axis 0|dim=?\s?0|in front|order of")
def split_heads(x, H):
    return torch.stack(torch.chunk(x, H, dim=2))


@wrong(
    "6.3",
    "columns before positions",
    r"transpos|order of|axes|swap|last (two|axis)|positions|permut",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, H, D // H).permute(0, 2, 3, 1)


@wrong(
    "6.3",
    "splits the positions, not the columns",
    r"split\w* (up )?(the )?(positions|clicks|length|history)|positions.{0,30}(instead|"
    r"not the columns|are split|cut)|wrong axis|dim=?\s?1|along the (positions|length)",
)
def split_heads(x, H):
    return torch.stack(torch.tensor_split(x, H, dim=1), dim=1)


@wrong(
    "6.3",
    "H columns a head instead of D / H",
    r"D ?/+ ?H|H columns|number of heads|width of (a|each) head|swap|exchang|wide",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, D // H, H).transpose(1, 2)


@wrong(
    "6.3",
    "slices begin one column after another",
    r"overlap|start|begin|h \* |times|offset|multipl|h D",
)
def split_heads(x, H):
    d = x.shape[-1] // H
    return torch.stack([x[..., h : h + d] for h in range(H)], dim=1)


@wrong(
    "6.3",
    "every head gets the first columns",
    r"first (D ?/ ?H )?columns|same columns|(all|every|each) heads?.{0,25}(same|first|alike)|"
    r"copies of|repeat",
)
def split_heads(x, H):
    B, L, D = x.shape
    d = D // H
    return x[:, None, :, :d].expand(B, H, L, d)


@wrong(
    "6.3",
    "every head gets the whole width",
    r"whole|all (the |D )?columns|full width|share|not (split|divided)|cop(y|ies)|repeat|D ?/ ?H",
)
def split_heads(x, H):
    return x.unsqueeze(1).repeat(1, H, 1, 1)


@wrong(
    "6.3",
    "heads folded into the batch",
    r"batch|fold|B ?\* ?H|axis of (its|their) own|own axis|flatten|four axes|three axes",
)
def split_heads(x, H):
    B, L, D = x.shape
    return x.view(B, L, H, D // H).transpose(1, 2).reshape(B * H, L, D // H)


@wrong(
    "6.3",
    "heads in reverse order",
    r"revers|order|backwards|last (head|columns)|first head|flip",
)
def split_heads(x, H):
    parts = list(x.chunk(H, dim=-1))
    out = parts.pop().unsqueeze(1)
    while parts:
        out = torch.cat([out, parts.pop().unsqueeze(1)], dim=1)
    return out


@wrong("6.3", "a list of heads", r"list|tensor|stack|type|tuple")
def split_heads(x, H):
    d = x.shape[2] // H
    return [x[:, :, h * d : (h + 1) * d] for h in range(H)]


# 6.5 sinusoidal_positions


@right("6.5", "two slices, exp of logs")
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError(f"D has to be even, not {D}")
    pos = torch.arange(max_len, dtype=torch.float32).unsqueeze(1)
    rate = torch.exp(torch.arange(0, D, 2).float() * (-math.log(10_000.0) / max(D, 1)))
    table = torch.zeros(max_len, D)
    table[:, 0::2] = torch.sin(pos * rate)
    table[:, 1::2] = torch.cos(pos * rate)
    return table


@right("6.5", "NumPy in 64 bits, then float32")
def sinusoidal_positions(max_len, D):
    if D % 2 == 1:
        raise ValueError("a sine needs its cosine")
    column = np.arange(D)
    angle = np.arange(max_len)[:, None] / 10_000 ** (2 * (column // 2) / D)
    table = np.where(column % 2 == 0, np.sin(angle), np.cos(angle))
    return torch.from_numpy(table.astype(np.float32))


@right("6.5", "two loops with math")
def sinusoidal_positions(max_len, D):
    if D // 2 * 2 != D:
        raise ValueError("odd width")
    table = torch.empty((max_len, D), dtype=torch.float32)
    for pos in range(max_len):
        for i in range(D // 2):
            angle = pos / 10000 ** (2 * i / D)
            table[pos, 2 * i] = math.sin(angle)
            table[pos, 2 * i + 1] = math.cos(angle)
    return table


@right("6.5", "stack and flatten of an outer product")
def sinusoidal_positions(max_len, D):
    half, odd = divmod(D, 2)
    if odd:
        raise ValueError
    waves = 1e4 ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.outer(torch.arange(max_len, dtype=torch.float64), waves)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


@wrong(
    "6.5",
    "positions from 1",
    r"from (position )?(0|1|zero|one)|first (row|position)|off by one|start|"
    r"one (position )?(too )?(late|early|ahead|further)|shift|position 0",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(1, max_len + 1, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong(
    "6.5",
    "all sines first, then all cosines",
    r"alternat|interleav|half|halves|in turn|pairs?\b|even (and odd )?columns|(sines?|"
    r"cosines?) .{0,20}(first|then|behind)|next to",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    return torch.cat([angle.sin(), angle.cos()], dim=1)


@wrong(
    "6.5",
    "sine and cosine exchanged",
    r"swap|exchang|cos\w* .{0,40}sin|sin\w* .{0,40}cos|even columns|odd columns",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.cos(), angle.sin()
    return table


@wrong(
    "6.5",
    "the exponent without its 2",
    r"exponent|factor (of )?(2|two)|i ?/ ?D|2i|twice|half|slow|too (fast|quick|short)|"
    r"frequenc|wave",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    i = torch.arange(D // 2)
    angle = pos / 10_000 ** (i / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong(
    "6.5",
    "the exponent doubled once too often",
    r"exponent|factor (of )?(2|two)|4i|twice|doubl|2i|slow|frequenc|wave",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    i = torch.arange(0, D, 2)
    angle = pos / 10_000 ** (2 * i / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong(
    "6.5",
    "every column has its own wave length",
    r"pair|same (angle|wave|frequenc|exponent)|own (wave|frequenc|exponent)|2i ?\+ ?1|share|"
    r"cosine'?s? .{0,30}(exponent|frequenc|angle)|odd columns",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(D) / D)
    angle[:, 0::2] = angle[:, 0::2].sin()
    angle[:, 1::2] = angle[:, 1::2].cos()
    return angle


@wrong("6.5", "1,000 in place of 10,000", r"10[ ,_]?000|1[ ,_]?000|base|constant")
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 1_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong(
    "6.5",
    "multiplies by the power",
    r"multipl|divid|times|sign|negative|-2i|too fast|wave|frequenc",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, D, 2) * (math.log(10_000.0) / D))
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = torch.sin(pos * rate), torch.cos(pos * rate)
    return table


@wrong("6.5", "an odd D goes through", r"odd|ValueError|rais")
def sinusoidal_positions(max_len, D):
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2] = angle.sin()
    table[:, 1::2] = angle[:, : D // 2].cos()
    return table


@wrong("6.5", "an assert for an odd D", r"ValueError|assert|odd|kind of error|exception")
def sinusoidal_positions(max_len, D):
    assert D % 2 == 0, "D must be even"
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong("6.5", "float64", r"float64|float32|64|32|dtype|double|precision")
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    angle = np.arange(max_len)[:, None] / 10_000 ** (np.arange(0, D, 2) / D)
    table = np.zeros((max_len, D))
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)
    return torch.from_numpy(table)


@wrong(
    "6.5",
    "positions along the columns",
    r"transpos|rows?.{0,30}columns?|columns?.{0,30}rows?|along the columns|\(D, max_len|swap|axes",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)[:, None]
    table = torch.zeros(D, max_len)
    table[0::2], table[1::2] = angle.sin(), angle.cos()
    return table


@wrong(
    "6.5",
    "position 0 in the last row",
    r"last row|revers|flip|upside|order|backwards|from the end|first row|position 0|newest",
)
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len - 1, -1, -1, dtype=torch.float32)[:, None]
    angle = pos / 10_000 ** (torch.arange(0, D, 2) / D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong("6.5", "integer division in the exponent", r"integer|//|whole number|round|exponent|floor")
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    pos = torch.arange(max_len, dtype=torch.float32)[:, None]
    angle = pos / 10_000.0 ** (torch.arange(0, D, 2) // D)
    table = torch.zeros(max_len, D)
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    return table


@wrong("6.5", "an array instead of a tensor", r"array|numpy|tensor|type")
def sinusoidal_positions(max_len, D):
    if D % 2:
        raise ValueError("D is odd")
    angle = np.arange(max_len)[:, None] / 10_000 ** (np.arange(0, D, 2) / D)
    table = np.empty((max_len, D), dtype=np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)
    return table


# 6.6 TransformerBlock


@right("6.6", "both orders in an if")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@right("6.6", "conditional expressions")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        first, second = self.norms
        pre = self.norm_first
        seen, weights = self.attention(first(x) if pre else x, visible, need_weights)
        h = x + self.dropout(seen)
        h = h if pre else first(h)
        h2 = h + self.dropout(self.ffn(second(h) if pre else h))
        return (h2 if pre else second(h2)), weights


@right("6.6", "a loop over the two parts")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        weights = None

        def look(h):
            nonlocal weights
            h, weights = self.attention(h, visible, need_weights)
            return h

        for norm, branch in zip(self.norms, (look, self.ffn), strict=True):
            if self.norm_first:
                x = x + self.dropout(branch(norm(x)))
            else:
                x = norm(x + self.dropout(branch(x)))
        return x, weights


@right("6.6", "in place on a copy")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        stream = x.clone()
        if not self.norm_first:
            out, weights = self.attention(stream, visible, need_weights=need_weights)
            stream = self.norms[0](stream.add(self.dropout(out)))
            return self.norms[1](stream + self.dropout(self.ffn(stream))), weights
        out, weights = self.attention(self.norms[0](x), visible, need_weights=need_weights)
        stream += self.dropout(out)
        return stream + self.dropout(self.ffn(self.norms[1](stream))), weights


@wrong(
    "6.6",
    "norm_first not read, always pre-norm",
    r"norm_first.{0,40}(not|never|ignor|no effect|False|same)|always (the )?pre|(not|never|"
    r"ignor\w*).{0,25}norm_first|norm_first=False|no post|post-norm (is )?(missing|never)",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        out, weights = self.attention(self.norms[0](x), visible, need_weights)
        x = x + self.dropout(out)
        x = x + self.dropout(self.ffn(self.norms[1](x)))
        return x, weights


@wrong(
    "6.6",
    "norm_first not read, always post-norm",
    r"norm_first.{0,40}(not|never|ignor|no effect|True|same)|always (the )?post|(not|never|"
    r"ignor\w*).{0,25}norm_first|norm_first=True|no pre|pre-norm (is )?(missing|never)",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        out, weights = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(out))
        x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "pre and post exchanged",
    r"exchang|swap|revers|other way|upside|invert|opposite|instead of (pre|post)|mixed up",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if not self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "no residual around the attention",
    r"residual|(not|never|without|forg\w+).{0,30}add|what came in|x \+|skip|lost",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "no residual around the FFN",
    r"residual|(not|never|without|forg\w+).{0,30}add|what came in|x \+|skip|lost",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "the two norms exchanged",
    r"norms?\b.{0,40}(exchang|swap|wrong|belong|other)|norms\[[01]\]|(swap|"
    r"exchang).{0,20}norms?|order of the norms|own norm",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        ffn_norm, attention_norm = self.norms
        if self.norm_first:
            out, weights = self.attention(attention_norm(x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(ffn_norm(x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = attention_norm(x + self.dropout(out))
            x = ffn_norm(x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "one norm for both",
    r"same norm|one norm|both|norms\[[01]\]|second norm|twice|never used|own norm",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        norm = self.norms[0]
        if self.norm_first:
            out, weights = self.attention(norm(x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(norm(x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = norm(x + self.dropout(out))
            x = norm(x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "pre-norm adds to the normed input",
    r"normed|normali[sz]ed|norm\(x\) \+|residual|untouched|raw|original|what came in|straight path",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            x = self.norms[0](x)
            out, weights = self.attention(x, visible, need_weights)
            x = x + self.dropout(out)
            x = self.norms[1](x)
            x = x + self.dropout(self.ffn(x))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "pre-norm: the FFN reads what the attention read",
    r"parallel|side by side|same input|after the attention|reads? (the )?(x|input|what)|"
    r"original|FFN.{0,40}(input|attention)|one after",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            fed = self.ffn(self.norms[1](x))
            x = x + self.dropout(out) + self.dropout(fed)
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong("6.6", "no dropout", r"dropout|dropped")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + out
            x = x + self.ffn(self.norms[1](x))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + out)
            x = self.norms[1](x + self.ffn(x))
        return x, weights


@wrong("6.6", "dropout after the addition", r"dropout|dropped")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = self.dropout(x + out)
            x = self.dropout(x + self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](self.dropout(x + out))
            x = self.norms[1](self.dropout(x + self.ffn(x)))
        return x, weights


@wrong("6.6", "dropout for the attention alone", r"dropout|dropped")
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.ffn(self.norms[1](x))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.ffn(x))
        return x, weights


@wrong(
    "6.6",
    "need_weights not handed on",
    r"need_weights|weights.{0,30}(None|missing|asked)|asked for|hand(ed)? on|pass",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, False)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, False)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "weights although nobody asked",
    r"need_weights|None|not asked|nobody asked|always|asked for",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, True)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, True)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "output alone",
    r"(weights|second).{0,40}(too|also|missing|forgot|left out|as well|with)|tuple|pair|"
    r"two (things|values)|output alone|only the output",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, _ = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            return x + self.dropout(self.ffn(self.norms[1](x)))
        out, _ = self.attention(x, visible, need_weights)
        x = self.norms[0](x + self.dropout(out))
        return self.norms[1](x + self.dropout(self.ffn(x)))


@wrong(
    "6.6",
    "post-norm norms the branch, not the sum",
    r"branch|norm(s|ed)? the sum|norm\(x \+|x \+ norm|before (it is |the )?add|whole sum|"
    r"norm.{0,20}(outside|inside)",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = x + self.norms[0](self.dropout(out))
            x = x + self.norms[1](self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "post-norm keeps the unnormed sum as residual",
    r"residual|normed|normali[sz]ed|unnormed|norm\(x|raw|what came in|first norm|before the norm",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, visible, need_weights)
            x = x + self.dropout(out)
            x = self.norms[1](x + self.dropout(self.ffn(self.norms[0](x))))
        return x, weights


@wrong(
    "6.6", "edits its input", r"in.?place|input|edit|\+=|overw|chang\w+ x|x (is|was) chang|caller"
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x += self.dropout(out)
            return x + self.dropout(self.ffn(self.norms[1](x))), weights
        out, weights = self.attention(x, visible, need_weights)
        x += self.dropout(out)
        x = self.norms[0](x)
        return self.norms[1](x + self.dropout(self.ffn(x))), weights


@wrong(
    "6.6",
    "the mask turned round on the way",
    r"mask|visible|invert|~|opposite|blocked|convention|may look",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            out, weights = self.attention(self.norms[0](x), ~visible, need_weights)
            x = x + self.dropout(out)
            x = x + self.dropout(self.ffn(self.norms[1](x)))
        else:
            out, weights = self.attention(x, ~visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
            x = self.norms[1](x + self.dropout(self.ffn(x)))
        return x, weights


@wrong(
    "6.6",
    "the FFN before the attention",
    r"FFN.{0,30}(before|first|in front)|attention.{0,30}(first|after the FFN|comes)|"
    r"order of (the )?(two|parts|branches)|then (the )?FFN",
)
class TransformerBlock(nn.Module):
    def __init__(self, D, H, *, hidden, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attention = LibraryHeads(D, H)
        self.ffn = nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, D))
        self.norms = nn.ModuleList([nn.LayerNorm(D), nn.LayerNorm(D)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, visible, need_weights=False):
        if self.norm_first:
            x = x + self.dropout(self.ffn(self.norms[1](x)))
            out, weights = self.attention(self.norms[0](x), visible, need_weights)
            x = x + self.dropout(out)
        else:
            x = self.norms[1](x + self.dropout(self.ffn(x)))
            out, weights = self.attention(x, visible, need_weights)
            x = self.norms[0](x + self.dropout(out))
        return x, weights


# 6.4 MultiHeadAttention, 6.7 SequenceEncoder: a class states `forward` alone, its `__init__` is
# the stub's


class _Heads(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.H = H
        self.project = nn.Linear(D, 3 * D)
        self.merge = nn.Linear(D, D)


def _attend(q, k, v, visible):
    weights = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~visible, float("-inf")).softmax(-1)
    return weights @ v, weights


def _split(x, H):
    return x.unflatten(-1, (H, -1)).transpose(1, 2)


@right("6.4", "chunk, split, attend")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), (w if need_weights else None)


@right("6.4", "PyTorch's attention when no weights are asked for")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        w = None
        if need_weights:
            out, w = _attend(q, k, v, visible)
        else:
            out = scaled_dot_product_attention(q, k, v, attn_mask=visible)
        return self.merge(out.transpose(1, 2).flatten(2)), w


@right("6.4", "a loop over the heads")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        D = x.shape[-1]
        q, k, v = self.project(x).split(D, dim=2)
        d = D // self.H
        outs, tables = [], []
        for h in range(self.H):
            mine = slice(h * d, h * d + d)
            scores = q[..., mine] @ k[..., mine].transpose(1, 2) / math.sqrt(d)
            table = torch.where(visible[:, 0], scores, -torch.inf).softmax(dim=2)
            outs.append(table @ v[..., mine])
            tables.append(table)
        weights = torch.stack(tables, dim=1) if need_weights else None
        return self.merge(torch.cat(outs, dim=-1)), weights


@wrong("6.4", "heads put together without exchanging axes", r"transpos|axes|axis|side by side|back")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.reshape(x.shape)), (w if need_weights else None)


@wrong("6.4", "weights unasked", r"need_weights|always|None|unasked")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), w


@wrong("6.4", "split into heads before queries, keys and values", r"first|before|then|chunk|thirds")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = _split(self.project(x), self.H).chunk(3, dim=-1)
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), (w if need_weights else None)


@wrong("6.4", "keys for queries", r"quer|order|swap|exchang")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        k, q, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), (w if need_weights else None)


@wrong("6.4", "not merged", r"merge")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return out.transpose(1, 2).flatten(2), (w if need_weights else None)


@wrong("6.4", "the mean of the heads' weights", r"mean|average|each head|\(B, H|H, L, L")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), (w.mean(1) if need_weights else None)


@wrong("6.4", "viewed straight as heads", r"view|reshape|transpos|axes|axis|clicks|positions")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        B, L, D = x.shape
        q, k, v = (p.reshape(B, self.H, L, D // self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, visible)
        return self.merge(out.transpose(1, 2).flatten(2)), (w if need_weights else None)


@wrong("6.4", "one head of full width", r"one head|split|heads?\b.{0,30}(never|not)|H\b")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = self.project(x).chunk(3, dim=-1)
        out, w = _attend(q, k, v, visible[:, 0])
        return self.merge(out), (w[:, None].expand(-1, self.H, -1, -1) if need_weights else None)


@wrong("6.4", "the mask unread", r"mask|visible|future|padding|see")
class MultiHeadAttention(_Heads):
    def forward(self, x, visible, need_weights=False):
        q, k, v = (_split(p, self.H) for p in self.project(x).chunk(3, dim=-1))
        out, w = _attend(q, k, v, torch.ones_like(visible))
        return self.merge(out.transpose(1, 2).flatten(2)), (w if need_weights else None)


class _Parts(nn.Module):
    def __init__(self, n_items, max_len, *, D, H, n_blocks, hidden, causal):
        super().__init__()
        self.max_len, self.causal = max_len, causal
        self.item = nn.Embedding(n_items + 2, D, padding_idx=0)
        self.position = nn.Embedding(max_len, D)
        self.blocks = nn.ModuleList([LibraryBlock(D, H, hidden=hidden) for _ in range(n_blocks)])
        self.norm = nn.LayerNorm(D)
        draw_weights(self)


@right("6.7", "rows by number")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        L = items.shape[1]
        x = self.item(items) + self.position(torch.arange(L - 1, -1, -1, device=items.device))
        kept = []
        visible = library_mask(items, self.causal)
        for b in self.blocks:
            x, w = b(x, visible, need_weights=need_weights)
            kept.append(w)
        x = self.norm(x)
        return (x, kept) if need_weights else x


@right("6.7", "the first rows turned, weights in a comprehension")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        self_seen = library_mask(items, causal=self.causal)
        x = self.item(items)
        x = x + self.position.weight[: items.size(1)].flip(0).unsqueeze(0)
        tables = [None] * len(self.blocks)
        for n, block in enumerate(self.blocks):
            x, tables[n] = block(x, self_seen, need_weights)
        if need_weights:
            return self.norm(x), tables
        return self.norm(x)


@right("6.7", "row by row from the right")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        L = items.shape[1]
        columns = [self.item(items[:, t]) + self.position.weight[L - 1 - t] for t in range(L)]
        x, kept = torch.stack(columns, dim=1), []
        for block in self.blocks:
            x, w = block(x, library_mask(items, self.causal), True)
            kept += [w]
        return (self.norm(x), kept) if need_weights else self.norm(x)


def _through(self, x, items):
    """The states behind the blocks, and the blocks' weights."""
    kept = []
    for block in self.blocks:
        x, w = block(x, library_mask(items, self.causal), True)
        kept.append(w)
    return x, kept


@wrong("6.7", "positions from the left", r"newest|oldest|left|right|turn|flip|first click")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position(torch.arange(items.shape[1], device=items.device))
        x, kept = _through(self, x, items)
        return (self.norm(x), kept) if need_weights else self.norm(x)


@wrong("6.7", "the table turned, then cut", r"first|cut|last L|\*last\*|short|max_len")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight.flip(0)[: items.shape[1]]
        x, kept = _through(self, x, items)
        return (self.norm(x), kept) if need_weights else self.norm(x)


@wrong("6.7", "causal whatever was said", r"causal")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        kept = []
        for block in self.blocks:
            x, w = block(x, library_mask(items, True), need_weights)
            kept.append(w)
        return (self.norm(x), kept) if need_weights else self.norm(x)


@wrong("6.7", "no last norm", r"norm")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        x, kept = _through(self, x, items)
        return (x, kept) if need_weights else x


@wrong(
    "6.7",
    "all blocks fed with the embeddings",
    r"embedding|block before|same input|each (of your )?block",
)
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        e = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        x, kept = e, []
        for block in self.blocks:
            x, w = block(e, library_mask(items, self.causal), need_weights)
            kept.append(w)
        return (self.norm(x), kept) if need_weights else self.norm(x)


@wrong("6.7", "the norm in the loop", r"norm")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        kept = []
        for block in self.blocks:
            x, w = block(x, library_mask(items, self.causal), need_weights)
            x = self.norm(x)
            kept.append(w)
        return (x, kept) if need_weights else x


@wrong("6.7", "block 0 for every block", r"first block|each block|own|again|self\.blocks")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        kept = []
        for _ in range(len(self.blocks)):
            x, w = self.blocks[0](x, library_mask(items, self.causal), need_weights)
            kept.append(w)
        return (self.norm(x), kept) if need_weights else self.norm(x)


@wrong("6.7", "weights of the last block", r"list|each block|last block|one for")
class SequenceEncoder(_Parts):
    def forward(self, items, need_weights=False):
        x = self.item(items) + self.position.weight[: items.shape[1]].flip(0)
        x, kept = _through(self, x, items)
        return (self.norm(x), kept[-1] if kept else None) if need_weights else self.norm(x)


# 6.8 matched_ratio


@right("6.8", "groups of a table")
def matched_ratio(values, in_group, cell):
    table = pd.DataFrame({"v": values, "m": in_group, "c": cell})
    got = due = 0.0
    n = 0
    for _, g in table.groupby("c"):
        a, b = g["v"][g["m"]], g["v"][~g["m"]]
        if len(a) and len(b):
            got += a.sum()
            due += len(a) * b.mean()
            n += 1
    return float(got / due) if n else float("nan")


@right("6.8", "bincount")
def matched_ratio(values, in_group, cell):
    _, c = np.unique(cell, return_inverse=True)
    n = c.max(initial=-1) + 1
    members = np.bincount(c[in_group], minlength=n)
    others = np.bincount(c[~in_group], minlength=n)
    got = np.bincount(c[in_group], weights=values[in_group], minlength=n)
    rest = np.bincount(c[~in_group], weights=values[~in_group], minlength=n)
    both = (members > 0) & (others > 0)
    if not both.any():
        return float("nan")
    return float(got[both].sum() / (members * rest / np.maximum(others, 1))[both].sum())


@right("6.8", "member by member")
def matched_ratio(values, in_group, cell):
    got, due = [], []
    for value, is_member, where in zip(values, in_group, cell, strict=True):
        others = values[(cell == where) & ~in_group]
        if is_member and len(others):
            got.append(value)
            due.append(sum(others) / len(others))
    return float(sum(got) / sum(due)) if due else math.nan


@wrong("6.8", "members among the others", r"others|members|itself|whole cell|everybody|all")
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    n = 0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            got += a.sum()
            due += len(a) * values[h].mean()
            n += 1
    return float(got / due) if n else float("nan")


@wrong("6.8", "the mean of the cells' ratios", r"mean of|ratios|each cell|sum")
def matched_ratio(values, in_group, cell):
    r = []
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            r.append(a.mean() / b.mean())
    return float(np.mean(r)) if r else float("nan")


@wrong("6.8", "members without others stay above", r"left out|no other|without|both")
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        got += a.sum()
        if len(a) and len(b):
            due += len(a) * b.mean()
    return float(got / due) if due else float("nan")


@wrong("6.8", "the others' sum is due", r"sum|for each member|mean of the others|times|number of")
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            got += a.sum()
            due += b.sum()
    return float(got / due) if due else float("nan")


@wrong("6.8", "1 where nothing is left", r"NaN|nan|no cell|nothing (is )?left")
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            got += a.sum()
            due += len(a) * b.mean()
    return float(got / due) if due else 1.0


@wrong("6.8", "cells unread", r"cell")
def matched_ratio(values, in_group, cell):
    if in_group.all() or not in_group.any():
        return float("nan")
    return float(values[in_group].mean() / values[~in_group].mean())


@wrong(
    "6.8",
    "each cell counts once",
    r"weigh|cell.{0,40}(once|alike|same)|how many members|sum|each member",
)
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            got += a.mean()
            due += b.mean()
    return float(got / due) if due else float("nan")


@wrong("6.8", "due by got", r"upside|invert|other way|turned|first divided|swap")
def matched_ratio(values, in_group, cell):
    got = due = 0.0
    for c in np.unique(cell):
        h = cell == c
        a, b = values[h & in_group], values[h & ~in_group]
        if len(a) and len(b):
            got += a.sum()
            due += len(a) * b.mean()
    return float(due / got) if got else float("nan")
