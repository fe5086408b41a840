"""Items drawn in proportion to weights, with some of them left out, and never drawn twice.

Lay the items out on a line, each as long as its weight. A draw is a point on the line. Items that are left out are
holes: a point is drawn on what remains of the line without them, and then pushed right by the holes that begin at or
before it. The usual way, to draw again until nothing forbidden comes up, needs ever more rounds for a user who owns
nearly everything; here that user costs no more than others.

Lengths are whole numbers, so that sums are exact and a point can't fall into a hole by rounding.

Axis letters: B users, P positions of a user, N draws per position, M own items, V = n_items + 1 columns, 0 = padding.
"""

import torch
from torch.nn.functional import pad

LINE = 2**44  # length of the line; a float64 draw resolves 2**53 points


class Remainder:
    """What remains of the items 1..n_items to draw from, for each of (B, P) positions.

    weights:       (V,) float64 of 0 or more, 0 at padding, some above 0.
    own:           (B, M) items left out at all positions of a user, 0 = nothing; M of 1 or more.
    targets:       (B, P) items left out at their position too, if `reject_target`.

    The own items are taken out of the line first, then the target (unless it is one of them):
    line (V,):            where each item ends; padding ends at 0.
    begins (B, M):        where each own item's hole begins on the line without the own items before it.
    before (B, M + 1):    length of the first 0, 1, ... M holes.
    target_begins (B, P): where the target begins on the line without own items.
    target_width (B, P):  its length there; 0 if it is not left out, or gone already.
    left (B, P):          length of what remains; 0 if nothing does.
    """

    def __init__(self, weights, targets, own, reject_target):
        steps = (weights / weights.sum() * LINE).round().long()
        self.width = torch.maximum(steps, (weights > 0).long())  # however rare, an item keeps one step
        self.line = self.width.cumsum(dim=0)
        self.own = own.sort(dim=1).values
        own_width = self.width[self.own]
        own_width[:, 1:].masked_fill_(self.own[:, 1:] == self.own[:, :-1], 0)  # repeats
        self.before = pad(own_width.cumsum(dim=1), (1, 0))
        self.begins = self.line[self.own] - self.before[:, 1:]
        self.targets, self.reject_target = targets, reject_target
        smaller = torch.searchsorted(self.own, targets)  # own items below the target, repeats counted
        self.target_begins = self.line[targets] - self.width[targets] - self.before.gather(1, smaller)
        self.target_width = self.width[targets].masked_fill(is_among(self.own, targets), 0) * reject_target
        self.left = self.line[-1] - self.before[:, -1:] - self.target_width

    def draw(self, N, generator):
        """N items for each position, (B, P, N) int64, each in proportion to its weight among those that remain."""
        shape = (*self.left.shape, N)
        points = torch.rand(shape, dtype=torch.float64, device=self.line.device, generator=generator)
        points = points.mul_(self.left[..., None]).long()
        points += self.target_width[..., None] * (points >= self.target_begins[..., None])
        points = points.flatten(1)  # (B, P * N)
        points += self.before.gather(1, torch.searchsorted(self.begins, points, right=True))
        return item_at(self.line, points.flatten()).reshape(shape)

    def log_probability(self, items):
        """Log-probability of each of `items` (B, P, N) to be drawn, float64; -inf for those that never are."""
        left_out = is_among(self.own, items.flatten(1)).reshape(items.shape)
        if self.reject_target:
            left_out |= items == self.targets[..., None]
        width = self.width[items].masked_fill(left_out, 0)
        return width.double().log() - self.left[..., None].double().log()


def item_at(line, points):
    """The item in which each point lies: `torch.searchsorted(line, points, right=True)`, by a table and few steps.

    The line is cut into at least twice as many equal pieces as there are items, and a table tells the item at the start
    of each piece. Most pieces lie within one item; from there it is a step or two, for ever fewer points.

    line: (V,) int64, ascending from 0. points: (K,) int64, at least 0 and below line[-1]. Returns (K,) int64.
    """
    shift = (LINE // (2 * len(line))).bit_length() - 1  # a piece is 2**shift long
    first_piece = (line + (2**shift - 1)) >> shift  # the first piece that begins at or after the end of an item
    items = torch.bincount(first_piece).cumsum(dim=0)[points >> shift]
    short = (line[items] <= points).nonzero().squeeze(1)
    while len(short):
        items[short] += 1
        short = short[line[items[short]] <= points[short]]
    return items


def is_among(own, items):
    """Is the item among the own items of its row? own: (B, M), ascending. items: (B, K). Returns (B, K) bool."""
    place = torch.searchsorted(own, items).clamp_(max=own.shape[1] - 1)
    return own.gather(1, place) == items
