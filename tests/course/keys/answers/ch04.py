import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from tests.course.keys.answers.bank import right, wrong

# 4.1 bce_loss


@right("4.1", "real positions first, then logsigmoid")
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@right("4.1", "binary_cross_entropy_with_logits over 1 + N columns")
def bce_loss(positive, negative, real):
    logits = torch.cat([positive[real].unsqueeze(-1), negative[real]], dim=-1)
    labels = torch.zeros_like(logits)
    labels[..., 0] = 1.0
    return F.binary_cross_entropy_with_logits(logits, labels)


@right("4.1", "softplus, padding replaced before")
def bce_loss(positive, negative, real):
    pos = torch.where(real, positive, torch.zeros_like(positive))
    neg = torch.where(real[..., None], negative, torch.zeros_like(negative))
    each = (F.softplus(-pos) + F.softplus(neg).sum(dim=-1)) / (1 + negative.size(-1))
    return each.masked_fill(~real, 0.0).sum() / real.sum()


@right("4.1", "a module of torch and masked_select")
def bce_loss(positive, negative, real):
    N = negative.shape[-1]
    pos = torch.masked_select(positive, real)
    neg = torch.masked_select(negative, real.unsqueeze(-1)).view(-1, N)
    criterion = nn.BCEWithLogitsLoss(reduction="sum")
    loss = criterion(pos, torch.ones_like(pos)) + criterion(neg, torch.zeros_like(neg))
    return loss / (len(pos) * (N + 1))


@wrong(
    "4.1",
    "logarithm of the sigmoid, step by step",
    r"logsigmoid|overflow|underflow|log\(0\)|log 0|stable|infinit|\binf\b|step by step|200",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = torch.log(torch.sigmoid(positive)) + torch.log(1 - torch.sigmoid(negative)).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "mask multiplied afterwards",
    r"nan|multipl|0 ?(\*|·|times)|afterwards|before (you )?comput|leave .{0,50}out (first|before)"
    r"|under (the )?padding",
)
def bce_loss(positive, negative, real):
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    each = -total / (1 + negative.shape[-1]) * real
    return each.sum() / real.sum()


@wrong(
    "4.1",
    "divided by all positions, padding included",
    r"pad|all positions|every position|real positions|number of (real|all)|real\.sum|too small"
    r"|numel|B ?[*·] ?L",
)
def bce_loss(positive, negative, real):
    pos = positive.masked_fill(~real, 0.0)
    neg = negative.masked_fill(~real[..., None], 0.0)
    total = F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)
    each = -total / (1 + negative.shape[-1])
    return each.masked_fill(~real, 0.0).mean()


@wrong(
    "4.1",
    "real never read",
    r"pad|`?real`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}real|mask"
    r"|votes?\b",
)
def bce_loss(positive, negative, real):
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "not divided by 1 + N",
    r"1 ?\+ ?N|N ?\+ ?1|divi|per position|summed|number of (terms|pairs|logits|negatives)"
    r"|times too (large|high|big)",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)).mean()


@wrong(
    "4.1",
    "divided by N",
    r"1 ?\+ ?N|N ?\+ ?1|one more|divid\w+ by N|positive .{0,50}(counts?|too|also|term)|one too few",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / negative.shape[-1]).mean()


@wrong(
    "4.1",
    "positive and negatives weigh the same: two means",
    r"1 ?\+ ?N|N ?\+ ?1|half|two means|weigh|balanc|mean (of|over) the negatives"
    r"|sum .{0,50}negatives|each negative",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    return -(F.logsigmoid(positive).mean() + F.logsigmoid(-negative).mean()) / 2


@wrong(
    "4.1",
    "negatives with the sign of positives",
    r"\bsign\b|1 ?- ?(σ|sigma|sigmoid)|sigmoid\(-|-s\b|-negative|negatives .{0,50}(up|clicks"
    r"|like positive|as if|positive)"
    r"|minus",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "probabilities clamped",
    r"clamp|clip|epsilon|\beps\b|1e-|logsigmoid|small (number|constant)|satur|cut off|200",
)
def bce_loss(positive, negative, real):
    p = torch.sigmoid(positive[real]).clamp(1e-7, 1 - 1e-7)
    q = torch.sigmoid(negative[real]).clamp(1e-7, 1 - 1e-7)
    total = torch.log(p) + torch.log(1 - q).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "sum over the positions",
    r"\bsum(s|med)?\b|not the mean|averag|take the mean|mean, not|number of (real )?positions"
    r"|instead of the mean",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).sum()


@wrong(
    "4.1", "minus forgotten", r"minus|\bsign\b|negative loss|below 0|below zero|-1\b|maximi|revers"
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return (total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "only the first negative",
    r"first negative|only one|all (the )?(N )?negatives|every negative|other negatives"
    r"|one of the negatives|each of the N",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative[:, 0])
    return -(total / 2).mean()


@wrong(
    "4.1",
    "negatives detached",
    r"detach|gradient|no_grad|learns? nothing|pull",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real].detach()
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean()


@wrong(
    "4.1",
    "mean of the rows' means",
    r"\brows\b|rows'|(each|per|every|a) (row|user)|mean of (the )?means|every position (counts"
    r"|weighs)|all real positions|weigh|sequence",
)
def bce_loss(positive, negative, real):
    pos = positive.masked_fill(~real, 0.0)
    neg = negative.masked_fill(~real[..., None], 0.0)
    each = -(F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)) / (1 + negative.shape[-1])
    rows = (each * real).sum(-1) / real.sum(-1).clamp(min=1)
    return rows.mean()


@wrong(
    "4.1",
    "a number instead of a tensor",
    r"\.item|(a|no|not a|scalar|as a) tensor|gradient|backward|(python|plain|bare) (float|number)"
    r"|float\(",
)
def bce_loss(positive, negative, real):
    positive, negative = positive[real], negative[real]
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    return -(total / (1 + negative.shape[-1])).mean().item()


@wrong(
    "4.1",
    "padding chosen after the loss: NaN in the gradient",
    r"gradient|backward|before (you )?comput|afterwards|leave .{0,50}out (first|before)|nan",
)
def bce_loss(positive, negative, real):
    total = F.logsigmoid(positive) + F.logsigmoid(-negative).sum(-1)
    each = torch.where(real, -total / (1 + negative.shape[-1]), 0.0)
    return each.sum() / real.sum()


# 4.2 bpr_loss


@right("4.2", "real positions first, then logsigmoid")
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return -F.logsigmoid(gap).mean()


@right("4.2", "softplus of the gap turned round")
def bpr_loss(positive, negative, real):
    pos = torch.where(real, positive, torch.zeros_like(positive))
    neg = torch.where(real[..., None], negative, torch.zeros_like(negative))
    pairs = F.softplus(neg - pos[..., None]).mean(dim=-1)
    return pairs.masked_select(real).mean()


@right("4.2", "one negative after the other")
def bpr_loss(positive, negative, real):
    pos, neg = positive[real], negative[real]
    total = 0.0
    for n in range(neg.shape[-1]):
        total = total - F.logsigmoid(pos - neg[:, n]).mean()
    return total / neg.shape[-1]


@right("4.2", "logaddexp with 0")
def bpr_loss(positive, negative, real):
    gap = negative[real] - positive[real][:, None]
    return torch.logaddexp(torch.zeros_like(gap), gap).mean()


@wrong(
    "4.2",
    "the difference the wrong way round",
    r"wrong way|\bsign\b|s- ?- ?s\+|negative (minus|above)|revers|swap|other way"
    "|turned (a?round)|outrank|below the negative|subtract the positive|negative first",
)
def bpr_loss(positive, negative, real):
    return -F.logsigmoid(negative[real] - positive[real].unsqueeze(-1)).mean()


@wrong(
    "4.2",
    "sum over the N negatives",
    r"\bsum\b|summed|\bmean\b|averag|N times|number of negatives|divid\w+ by N|over the N",
)
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return -F.logsigmoid(gap).sum(-1).mean()


@wrong(
    "4.2",
    "real never read",
    r"pad|`?real`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}real|mask",
)
def bpr_loss(positive, negative, real):
    return -F.logsigmoid(positive.unsqueeze(-1) - negative).mean()


@wrong(
    "4.2",
    "divided by all positions, padding included",
    r"pad|all positions|every position|real positions|number of (real|all)|real\.sum|too small"
    r"|numel|B ?[*·] ?L",
)
def bpr_loss(positive, negative, real):
    pairs = -F.logsigmoid(positive.unsqueeze(-1) - negative).mean(-1)
    return (pairs * real).mean()


@wrong(
    "4.2",
    "mean of the negatives before the sigmoid",
    r"each pair|pair by pair|every pair|mean (of|over) the (negatives|scores|logits)"
    r"|before the (log|sigmoid)|averag"
    r"|N pairs",
)
def bpr_loss(positive, negative, real):
    return -F.logsigmoid(positive[real] - negative[real].mean(-1)).mean()


@wrong(
    "4.2",
    "only the highest negative",
    r"highest|hardest|\bmax(imum)?\b|all (the )?(N )?(negatives|pairs)|every (negative|pair)"
    r"|only one|largest|strongest",
)
def bpr_loss(positive, negative, real):
    return -F.logsigmoid(positive[real] - negative[real].max(-1).values).mean()


@wrong(
    "4.2",
    "only the first negative",
    r"first negative|only one|all (the )?(N )?(negatives|pairs)|every (negative|pair)"
    r"|other negatives|each of the N",
)
def bpr_loss(positive, negative, real):
    return -F.logsigmoid(positive[real] - negative[real][:, 0]).mean()


@wrong("4.2", "no logarithm", r"\blog\b|logarithm|logsigmoid|between -1 and 0|sigmoid itself")
def bpr_loss(positive, negative, real):
    return -torch.sigmoid(positive[real].unsqueeze(-1) - negative[real]).mean()


@wrong("4.2", "minus forgotten", r"minus|\bsign\b|negative loss|below 0|below zero|-1\b|maximi")
def bpr_loss(positive, negative, real):
    return F.logsigmoid(positive[real].unsqueeze(-1) - negative[real]).mean()


@wrong(
    "4.2",
    "logsigmoid of each, then the difference",
    r"difference .{0,50}(inside|first|before|of the (scores|logits))|inside the (sigmoid|log)"
    r"|before the (sigmoid|log)|each .{0,50}(by itself|apart|separate)|only the difference|bce"
    r"|cross.entropy|subtract .{0,50}(first|before)|difference of|then the difference"
    r"|then subtract",
)
def bpr_loss(positive, negative, real):
    pos, neg = F.logsigmoid(positive[real]), F.logsigmoid(negative[real])
    return -(pos.unsqueeze(-1) - neg).mean()


@wrong(
    "4.2",
    "BCE: each score by itself",
    r"bce|cross.entropy|difference|pairs?\b|by itself|separate|absolute",
)
def bpr_loss(positive, negative, real):
    pos, neg = positive[real], negative[real]
    return -(F.logsigmoid(pos).mean() + F.logsigmoid(-neg).mean())


@wrong(
    "4.2",
    "a hinge with margin 1",
    r"hinge|margin of|margin loss|relu|sigmoid|clamp|straight|logsigmoid|pulling",
)
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return F.relu(1 - gap).mean()


@wrong("4.2", "negatives detached", r"detach|gradient|no_grad|learns? nothing|pull")
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real].detach()
    return -F.logsigmoid(gap).mean()


@wrong(
    "4.2",
    "logarithm of the sigmoid, step by step",
    r"logsigmoid|overflow|underflow|log\(0\)|log 0|stable|infinit|\binf\b|step by step|large",
)
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return -torch.log(torch.sigmoid(gap)).mean()


@wrong(
    "4.2",
    "sum over the positions",
    r"\bsum(s|med)?\b|not the mean|averag|take the mean|mean, not|number of (real )?positions"
    r"|instead of the mean",
)
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return -F.logsigmoid(gap).mean(-1).sum()


@wrong(
    "4.2",
    "mean of the rows' means",
    r"\brows\b|rows'|(each|per|every|a) (row|user)|mean of (the )?means|all real positions|weigh"
    r"|sequence",
)
def bpr_loss(positive, negative, real):
    pairs = -F.logsigmoid(positive.unsqueeze(-1) - negative).mean(-1)
    rows = (pairs * real).sum(-1) / real.sum(-1).clamp(min=1)
    return rows.mean()


@wrong(
    "4.2",
    "a number instead of a tensor",
    r"\.item|(a|no|not a|scalar|as a) tensor|gradient|backward|(python|plain|bare) (float|number)"
    r"|float\(",
)
def bpr_loss(positive, negative, real):
    gap = positive[real].unsqueeze(-1) - negative[real]
    return float(-F.logsigmoid(gap).mean())


@wrong(
    "4.2",
    "mask turned round",
    r"invert|opposite|~|negat\w+ (mask|real)|mask .{0,20}(wrong|round|turned)|(the"
    r"|only) padding (instead|only|position)|padded positions (only|instead)|wrong (rows"
    r"|positions)|padding (instead|rather)",
)
def bpr_loss(positive, negative, real):
    chosen = ~real if (~real).any() else real
    gap = positive[chosen].unsqueeze(-1) - negative[chosen]
    return -F.logsigmoid(gap).mean()


# 4.3 softmax_loss


@right("4.3", "cross_entropy of the real rows")
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits[real], targets[real])


@right("4.3", "logsumexp less the target's logit")
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    right_one = rows.gather(-1, answers.unsqueeze(-1)).squeeze(-1)
    return (torch.logsumexp(rows, dim=-1) - right_one).mean()


@right("4.3", "log_softmax and indexing")
def softmax_loss(logits, targets, real):
    chosen = logits[real]
    log_p = chosen.log_softmax(dim=1)
    return -log_p[torch.arange(len(chosen)), targets[real]].sum() / real.sum()


@right("4.3", "an ignored index set from the mask")
def softmax_loss(logits, targets, real):
    V = logits.shape[-1]
    answers = targets.masked_fill(~real, -100).reshape(-1)
    return F.cross_entropy(logits.reshape(-1, V), answers, ignore_index=-100)


@right("4.3", "max subtracted by hand")
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    shifted = rows - rows.max(dim=-1, keepdim=True).values.detach()
    log_total = shifted.exp().sum(-1).log()
    picked = torch.stack([row[answer] for row, answer in zip(shifted, answers, strict=True)])
    return (log_total - picked).mean()


@wrong(
    "4.3",
    "log of the sum of exponentials, step by step",
    r"logsumexp|overflow|stable|infinit|\binf\b|nan|subtract\w* .{0,50}max|1000|step by step",
)
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    right_one = rows.gather(-1, answers.unsqueeze(-1)).squeeze(-1)
    return (rows.exp().sum(-1).log() - right_one).mean()


@wrong(
    "4.3",
    "logarithm of the softmax",
    r"log_softmax|logsumexp|underflow|log\(0\)|log 0|stable|infinit|\binf\b|step by step|1000"
    r"|log\w* of (the|a) softmax|softmax .{0,20}then",
)
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    p = rows.softmax(-1).gather(-1, answers.unsqueeze(-1))
    return -p.log().mean()


@wrong(
    "4.3",
    "mask multiplied afterwards",
    "multipl|afterwards|before (you )?comput|leave .{0,50}out (first|before)|padding|masked",
)
def softmax_loss(logits, targets, real):
    each = torch.logsumexp(logits, -1) - logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (each * real).sum() / real.sum()


@wrong(
    "4.3",
    "divided by all positions, padding included",
    r"pad|all positions|every position|real positions|number of (real|all)|real\.sum|too small"
    r"|numel|B ?[*·] ?L",
)
def softmax_loss(logits, targets, real):
    each = F.cross_entropy(logits[real], targets[real], reduction="sum")
    return each / real.numel()


@wrong(
    "4.3",
    "padding told by target 0 instead of real",
    r"`?real`?.{0,50}(ignor|never|not|unused|no effect|whatever|read|decide|says|mask)"
    r"|ignor\w+ .{0,50}real|target (is )?0|ignore_index"
    r"|targets? (of|==|!=) 0|mask",
)
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=0)


@wrong(
    "4.3",
    "sum over the positions",
    r"\bsum(s|med)?\b|not the mean|averag|take the mean|mean, not|number of (real )?positions"
    r"|instead of the mean",
)
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits[real], targets[real], reduction="sum")


@wrong(
    "4.3",
    "softmax before cross_entropy",
    r"twice|already|softmax.ed|raw|two softmax|probabilities .{0,50}(logit|into|instead)"
    r"|cross_entropy (takes|wants|expects)|double|softmax .{0,20}(before|into|inside)"
    r"|before .{0,20}cross_entropy",
)
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits[real].softmax(-1), targets[real])


@wrong(
    "4.3",
    "minus forgotten",
    r"minus|\bsign\b|negative loss|below 0|below zero|-1\b|maximi|wrong way|revers",
)
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    return rows.log_softmax(-1).gather(-1, answers.unsqueeze(-1)).mean()


@wrong(
    "4.3",
    "target left out of the sum",
    "target .{0,50}(in|from|of|out of) the sum|all items|every item|including"
    "|without the target|only the others|other items|itself|below 0|negative loss"
    "|leaves? out the target|target .{0,20}(missing|left out)",
)
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    right_one = rows.gather(-1, answers.unsqueeze(-1))
    others = rows.scatter(-1, answers.unsqueeze(-1), -torch.inf)
    return (torch.logsumexp(others, -1) - right_one.squeeze(-1)).mean()


@wrong(
    "4.3",
    "softmax over the positions",
    r"\bdim|axis|over (the )?positions|over the items|last dimension|each position"
    r"|wrong direction|along",
)
def softmax_loss(logits, targets, real):
    log_p = logits.log_softmax(dim=-2)
    picked = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return -picked[real].mean()


@wrong(
    "4.3",
    "an epsilon inside the logarithm",
    r"epsilon|\beps\b|1e-|small (number|constant)|log_softmax|logsumexp|satur|cut off|1000",
)
def softmax_loss(logits, targets, real):
    rows, answers = logits[real], targets[real]
    p = rows.softmax(-1).gather(-1, answers.unsqueeze(-1))
    return -(p + 1e-9).log().mean()


@wrong(
    "4.3",
    "mean of the rows' means",
    r"\brows\b|rows'|(each|per|every|a) (row|user)|mean of (the )?means|all real positions|weigh"
    r"|sequence",
)
def softmax_loss(logits, targets, real):
    picked = logits.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    each = -picked.masked_fill(~real, 0.0)
    return (each.sum(-1) / real.sum(-1).clamp(min=1)).mean()


@wrong(
    "4.3",
    "a number instead of a tensor",
    r"\.item|(a|no|not a|scalar|as a) tensor|gradient|backward|(python|plain|bare) (float|number)"
    r"|float\(",
)
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits[real], targets[real]).item()


@wrong(
    "4.3",
    "writes zeros into the padded logits",
    r"in.?place|edit|modif|mutat|\bwrit|alter|your input|chang|copy|clone",
)
def softmax_loss(logits, targets, real):
    with torch.no_grad():
        logits[~real] = 0.0
    each = torch.logsumexp(logits, -1) - logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (each * real).sum() / real.sum()


@wrong(
    "4.3",
    "minus infinity of padding turned into 0",
    r"column 0|-inf|minus infinity|pad\w* .{0,50}(item|column|logit|counts)|nan_to_num|item 0|e\^0",
)
def softmax_loss(logits, targets, real):
    return F.cross_entropy(logits[real].nan_to_num(neginf=0.0), targets[real])


@wrong(
    "4.3",
    "mask turned round",
    r"invert|opposite|~|negat|mask .{0,20}(wrong|round|turned)|(the|only) padding (instead|only"
    r"|position)|padded positions (only|instead)|wrong (rows|positions)|padding (instead|rather)"
    r"|wrong way round",
)
def softmax_loss(logits, targets, real):
    chosen = ~real if (~real).any() else real
    rows, answers = logits[chosen], targets[chosen]
    right_one = rows.gather(-1, answers.unsqueeze(-1)).squeeze(-1)
    return (torch.logsumexp(rows, -1) - right_one).mean()


@wrong(
    "4.3",
    "the logit of the target alone",
    r"logsumexp.{0,30}(missing|forg|left|never|without)|normali|denominator|other (items|logits)"
    r"|first term|(no|without|missing|forg\w+) .{0,15}(softmax|logsumexp|sum|log)|alone|raw logit"
    r"|log .{0,20}sum .{0,25}(missing|forg|left)",
)
def softmax_loss(logits, targets, real):
    return -logits[real].gather(-1, targets[real].unsqueeze(-1)).mean()


# 4.4 gbce_loss


@right("4.4", "the formula as it stands")
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    alpha = N / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    pos, neg = positive[real], negative[real]
    total = beta * F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


@right("4.4", "beta made short")
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.size(-1)
    beta = 1 - t * (1 - N / (n_items - 1))
    pos = torch.where(real, positive, torch.zeros_like(positive))
    neg = torch.where(real[..., None], negative, torch.zeros_like(negative))
    each = (beta * F.softplus(-pos) + F.softplus(neg).sum(-1)) / (N + 1)
    return (each * real).sum() / real.sum()


@right("4.4", "BCE with a weight on the positive")
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    alpha = N / (n_items - 1)
    beta = alpha * t + (1 - t)
    logits = torch.cat([positive[real][:, None], negative[real]], dim=1)
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    weight = torch.ones_like(logits)
    weight[:, 0] = beta
    return F.binary_cross_entropy_with_logits(logits, labels, weight=weight)


def _gbce(pos, neg, beta):
    total = beta * F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + neg.shape[-1])).mean()


@wrong(
    "4.4",
    "alpha with n_items instead of n_items - 1",
    r"n_items ?- ?1|\bn ?- ?1|other items|minus (1|one)|alpha (is|should|divid|counts)|α"
    r"|off by one|except the (target|positive)",
)
def gbce_loss(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / n_items
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    return _gbce(positive[real], negative[real], beta)


@wrong(
    "4.4",
    "alpha without N",
    r"alpha (is|should|needs|must|lacks|counts|without)|α|N ?/|number of negatives|sampled share"
    r"|share (of|that)|sampling rate|how many negatives",
)
def gbce_loss(positive, negative, real, n_items, t):
    alpha = 1 / (n_items - 1)
    beta = alpha * (t * (1 - 1 / alpha) + 1 / alpha)
    return _gbce(positive[real], negative[real], beta)


@wrong(
    "4.4",
    "beta on the negatives",
    r"beta .{0,50}negative|negatives? .{0,50}beta|positive.s|only the positive|wrong (term|side)|β",
)
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    beta = 1 - t * (1 - N / (n_items - 1))
    pos, neg = positive[real], negative[real]
    total = F.logsigmoid(pos) + beta * F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


@wrong(
    "4.4",
    "beta on the whole loss",
    r"beta .{0,50}(whole|both|all|negative|everything)|whole loss|(positive|click).{0,20} (alone"
    r"|only)|only the positive|β|negatives? .{0,50}beta",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    return beta * _gbce(positive[real], negative[real], 1.0)


@wrong(
    "4.4",
    "divided by beta",
    r"divid\w* by beta|1 ?/ ?beta|multipl|invers|recipro|1/β|upside|too large",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    return _gbce(positive[real], negative[real], 1 / beta)


@wrong(
    "4.4",
    "t the wrong way round",
    r"\bt\b.{0,50}(wrong way|revers|round|swap|1 ?- ?t|turned|opposite)|1 ?- ?t|t ?= ?0|plain BCE"
    r"|t = 1",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - (1 - t) * (1 - negative.shape[-1] / (n_items - 1))
    return _gbce(positive[real], negative[real], beta)


@wrong(
    "4.4",
    "t never read: beta is alpha",
    r"`?\bt\b`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}\bt\b|beta (is"
    r"|=) alpha|alpha (alone|itself|as)|t = 0",
)
def gbce_loss(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    return _gbce(positive[real], negative[real], alpha)


@wrong(
    "4.4",
    "plain BCE",
    r"plain|β|(no|without|missing|forg\w*|lacks?)\b.{0,15}(beta|power)|(beta|power) .{0,30}(never"
    r"|missing|forg|left|not|always 1|is 1)|`?t`? .{0,20}(never|ignor|not read)"
    r"|n_items .{0,20}(never|ignor|not read)",
)
def gbce_loss(positive, negative, real, n_items, t):
    return _gbce(positive[real], negative[real], 1.0)


@wrong(
    "4.4",
    "alpha in front of the bracket forgotten",
    r"alpha (in|times|outside|is (missing|in)|before|multipl)|(times|by) alpha|α|bracket|factor"
    r"|in front|multipl|outer",
)
def gbce_loss(positive, negative, real, n_items, t):
    alpha = negative.shape[-1] / (n_items - 1)
    beta = t * (1 - 1 / alpha) + 1 / alpha
    return _gbce(positive[real], negative[real], beta)


@wrong(
    "4.4",
    "beta inside the sigmoid",
    r"inside|logit|power|outside|times the log|σ\(β|sigmoid\(beta|sigmoid of beta"
    r"|scal\w+ the (score|logit)",
)
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    beta = 1 - t * (1 - N / (n_items - 1))
    pos, neg = positive[real], negative[real]
    total = F.logsigmoid(beta * pos) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


@wrong(
    "4.4",
    "not divided by 1 + N",
    r"1 ?\+ ?N|N ?\+ ?1|divi|per position|summed|number of (terms|pairs|logits|negatives)"
    r"|times too (large|high|big)",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    pos, neg = positive[real], negative[real]
    return -(beta * F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)).mean()


@wrong(
    "4.4",
    "padding counted",
    r"pad|`?real`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}real|mask",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    return _gbce(positive, negative, beta)


@wrong(
    "4.4",
    "logarithm of beta added",
    r"added|log of beta|log\(?beta|log β|multipl|times|factor|\bpower|exponent",
)
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    beta = 1 - t * (1 - N / (n_items - 1))
    pos, neg = positive[real], negative[real]
    total = F.logsigmoid(pos) + np.log(beta) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


@wrong(
    "4.4",
    "length of the sequence taken for N",
    r"\bL\b|shape\[1\]|length|axis|last dimension|number of negatives|how many negatives|positions",
)
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[1]
    beta = 1 - t * (1 - N / (n_items - 1))
    pos, neg = positive[real], negative[real]
    total = beta * F.logsigmoid(pos) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


@wrong(
    "4.4",
    "mean of the negatives instead of their sum",
    r"mean (of|over) the negatives|sum .{0,50}negatives|summed|1 ?\+ ?N|N ?\+ ?1|half|weigh"
    r"|each negative|balanc",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    pos, neg = positive[real], negative[real]
    return -(beta * F.logsigmoid(pos) + F.logsigmoid(-neg).mean(-1)).mean() / 2


@wrong(
    "4.4",
    "negatives with the sign of positives",
    r"\bsign\b|1 ?- ?(σ|sigma|sigmoid)|sigmoid\(-|-s\b|-negative|negatives .{0,50}(up|clicks"
    r"|like positive|as if|positive)|minus",
)
def gbce_loss(positive, negative, real, n_items, t):
    beta = 1 - t * (1 - negative.shape[-1] / (n_items - 1))
    return _gbce(positive[real], -negative[real], beta)


@wrong(
    "4.4",
    "power of the sigmoid, then the logarithm",
    r"logsigmoid|overflow|underflow|log\(0\)|log 0|stable|infinit|\binf\b|step by step"
    r"|times the log|power of the sigmoid",
)
def gbce_loss(positive, negative, real, n_items, t):
    N = negative.shape[-1]
    beta = 1 - t * (1 - N / (n_items - 1))
    pos, neg = positive[real], negative[real]
    total = torch.log(torch.sigmoid(pos) ** beta) + F.logsigmoid(-neg).sum(-1)
    return -(total / (1 + N)).mean()


# 4.5 sampled_softmax_loss


@right("4.5", "one logsumexp over positive and corrected negatives")
def sampled_softmax_loss(positive, negative, real, log_q):
    pos, neg, q = positive[real], negative[real], log_q[real]
    corrected = neg - q - np.log(neg.shape[-1])
    every = torch.cat([pos[:, None], corrected], dim=1)
    return (torch.logsumexp(every, dim=1) - pos).mean()


@right("4.5", "cross_entropy with the positive in column 0")
def sampled_softmax_loss(positive, negative, real, log_q):
    N = negative.shape[-1]
    corrected = negative[real] - log_q[real] - torch.log(torch.tensor(float(N)))
    logits = torch.cat([positive[real].unsqueeze(-1), corrected], dim=-1)
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))


@right("4.5", "logaddexp of the positive and the estimate")
def sampled_softmax_loss(positive, negative, real, log_q):
    pos = positive.masked_fill(~real, 0.0)
    neg = (negative - log_q).masked_fill(~real.unsqueeze(-1), 0.0)
    estimate = neg.logsumexp(-1) - np.log(negative.size(-1))
    each = torch.logaddexp(pos, estimate) - pos
    return each[real].sum() / real.sum()


@right("4.5", "softplus of the estimate less the positive")
def sampled_softmax_loss(positive, negative, real, log_q):
    estimate = torch.logsumexp((negative - log_q)[real], dim=-1)
    estimate = estimate - float(np.log(negative.shape[-1]))
    return F.softplus(estimate - positive[real]).mean()


def _sampled(pos, corrected):
    return (torch.logsumexp(torch.cat([pos[:, None], corrected], 1), 1) - pos).mean()


@wrong(
    "4.5",
    "not divided by N",
    r"1 ?/ ?N|divid\w* by N|log\(?N|log N|\bmean\b|averag|number of negatives|N times|\bsum of",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    return _sampled(positive[real], negative[real] - log_q[real])


@wrong(
    "4.5",
    "log q added",
    r"\bsign\b|added|plus|subtract|minus|divid\w* by q|multipl\w* by q|wrong way",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] + log_q[real] - np.log(negative.shape[-1])
    return _sampled(positive[real], corrected)


@wrong(
    "4.5",
    "log_q never read",
    r"`?log.?q`?.{0,50}(ignor|never|not|unused|no effect|whatever|forg|missing)"
    r"|ignor\w+ .{0,50}log.?q|correct|rarely"
    r"|weigh",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    return _sampled(positive[real], negative[real] - np.log(negative.shape[-1]))


@wrong(
    "4.5",
    "positive left out of the sum",
    r"positive .{0,50}(in|from|of|out of) the (sum|log|denominator)|only the negatives"
    r"|negatives (alone|only)|e\^s\+|without the positive"
    r"|belongs|below 0|negative loss",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1])
    return (torch.logsumexp(corrected, 1) - positive[real]).mean()


@wrong(
    "4.5",
    "log N added",
    r"log\(?N|log N|1 ?/ ?N|divid\w* by N|\bsign\b|times N|multipl\w* by N|N .{0,50}(added|plus)"
    r"|subtract",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] + np.log(negative.shape[-1])
    return _sampled(positive[real], corrected)


@wrong(
    "4.5",
    "q subtracted instead of log q",
    r"\bexp\b|exponent|log.?probabilit|already (a )?log|itself|not log|q instead of"
    r"|probability (is|was) subtract|log q\b",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real].exp() - np.log(negative.shape[-1])
    return _sampled(positive[real], corrected)


@wrong(
    "4.5",
    "exponentials step by step",
    r"logsumexp|overflow|stable|infinit|\binf\b|nan|1000|step by step|subtract\w* .{0,50}max",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    pos, neg, q = positive[real], negative[real], log_q[real].exp()
    estimate = (neg.exp() / q).mean(-1)
    return (torch.log(pos.exp() + estimate) - pos).mean()


@wrong(
    "4.5",
    "padding counted",
    r"pad|`?real`?.{0,50}(ignor|never|not|unused|no effect|whatever)|ignor\w+ .{0,50}real|mask",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    estimate = torch.logsumexp(negative - log_q, -1) - np.log(negative.shape[-1])
    return F.softplus(estimate - positive).mean()


@wrong(
    "4.5",
    "divided by all positions, padding included",
    r"pad|all positions|every position|real positions|number of (real|all)|real\.sum|too small"
    r"|numel|B ?[*·] ?L",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1])
    return _sampled(positive[real], corrected) * real.sum() / real.numel()


@wrong(
    "4.5",
    "sum over the positions",
    r"\bsum over|summed|\bmean\b|averag|number of (real )?positions",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1])
    return _sampled(positive[real], corrected) * real.sum()


@wrong(
    "4.5",
    "minus forgotten",
    r"minus|\bsign\b|negative loss|below 0|below zero|-1\b|maximi|wrong way|revers",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1])
    return -_sampled(positive[real], corrected)


@wrong(
    "4.5",
    "mean of the logits before the exponential",
    r"before the exp|mean (of|over) the (logits|scores|negatives)|each negative|exponential"
    r"|logsumexp|after the exp"
    r"|inside the exp",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    estimate = (negative - log_q)[real].mean(-1)
    return F.softplus(estimate - positive[real]).mean()


@wrong(
    "4.5",
    "one negative at a time",
    r"one .{0,50}at a time|pair|each negative|bpr|all negatives (together|at once)|one sum"
    r"|together|inside the log",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    gap = (negative - log_q)[real] - positive[real].unsqueeze(-1)
    return F.softplus(gap).mean()


@wrong(
    "4.5",
    "the positive divided by N, too",
    r"positive .{0,50}(1 ?/ ?N|divid|by N|log N|N\b|mean)|only the negatives|negatives (alone"
    r"|only)|1 ?/ ?N|log\(?N|log N",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real]
    return _sampled(positive[real], corrected) - np.log(negative.shape[-1])


@wrong(
    "4.5",
    "divided by N + 1",
    r"N ?\+ ?1|1 ?\+ ?N|1 ?/ ?N|divid\w* by N|number of negatives|log\(?N|one too many",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1] + 1)
    return _sampled(positive[real], corrected)


@wrong("4.5", "negatives detached", r"detach|gradient|no_grad|learns? nothing|pull")
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real].detach() - log_q[real] - np.log(negative.shape[-1])
    return _sampled(positive[real], corrected)


@wrong(
    "4.5",
    "the positive corrected, too",
    r"positive .{0,50}(correct|not|log.?q|uncorrected)|correct\w* .{0,50}positive"
    r"|only the negatives|negatives (alone|only)",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    q = log_q[real]
    corrected = negative[real] - q - np.log(negative.shape[-1])
    return _sampled(positive[real] - q.mean(-1), corrected)


@wrong(
    "4.5",
    "the last column taken for the positive",
    r"first column|column 0|label|which column|wrong column|last (negative|column)|class 0"
    r"|place of the positive"
    r"|position of the positive",
)
def sampled_softmax_loss(positive, negative, real, log_q):
    corrected = negative[real] - log_q[real] - np.log(negative.shape[-1])
    logits = torch.cat([positive[real].unsqueeze(-1), corrected], dim=-1)
    labels = torch.full((len(logits),), logits.shape[1] - 1)
    return F.cross_entropy(logits, labels)
