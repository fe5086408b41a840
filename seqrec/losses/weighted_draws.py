"""Items drawn in proportion to weights, with some of them left out, and never drawn twice.

Lay the items out on a line, each as long as its weight. A draw is a point on the line. Items that
are left out are holes: a point is drawn on what remains of the line without them, and then pushed
right by the holes that begin at or before it. The usual way, to draw again until nothing forbidden
comes up, needs ever more rounds for a user who owns nearly everything; here that user costs no more
than others.

Lengths are whole numbers, so that sums are exact and a point can't fall into a hole by rounding.

Axis letters: B users, P positions of a user, N draws per position, M own items, V = n_items + 1
columns, 0 = padding.
"""

import torch
from torch.nn.functional import pad

from seqrec.row_draws import rand

# Length of the line; a float64 draw resolves 2**53 points.
LINE = 2**44
# Fewer points are looked up one by one: a table would take longer to make.
FEW_POINTS = 2**13


class Remainder:
    """What remains of the items 1..n_items to draw from, for each of (B, P) positions.

    weights:       (V,) float64 of 0 or more, 0 at padding, some above 0.
    targets:       (B, P) items left out at their position too, if `reject_target`.
    own:           (B, M) items left out at all positions of a user, 0 = nothing.
    reject_target: whether the targets are left out.

    The own items are taken out of the line first, then the target (unless it is one of them):

    line:          (V,) where each item ends; padding ends at 0.
    begins:        (B, M) where the hole of each own item begins, without the own items before it.
    before:        (B, M + 1) length of the first 0, 1, ... M holes.
    target_begins: (B, P) where the target begins on the line without own items.
    target_width:  (B, P) its length there; 0 if it is not left out, or gone already.
    left:          (B, P) length of what remains; 0 if nothing does.
    """

    def __init__(self, weights, targets, own, reject_target):
        steps = (weights / weights.sum() * LINE).round().long()
        # However rare, an item keeps one step.
        self.width = torch.maximum(steps, (weights > 0).long())
        self.line = self.width.cumsum(dim=0)
        self.own = own.sort(dim=1).values
        own_width = self.width[self.own]
        is_repeated = self.own[:, 1:] == self.own[:, :-1]
        own_width[:, 1:].masked_fill_(is_repeated, 0)
        self.before = pad(own_width.cumsum(dim=1), (1, 0))
        self.begins = self.line[self.own] - self.before[:, 1:]
        self.targets = targets
        self.reject_target = reject_target
        # Own items below the target, repeats counted.
        smaller = torch.searchsorted(self.own, targets)
        self.target_begins = (
            self.line[targets] - self.width[targets] - self.before.gather(1, smaller)
        )
        width_left = self.width[targets].masked_fill(is_among(self.own, targets), 0)
        self.target_width = width_left * reject_target
        self.left = self.line[-1] - self.before[:, -1:] - self.target_width

    def draw(self, N, generator):
        """N items for each position, each in proportion to its weight among those that remain.

        generator: a torch.Generator or a `seqrec.row_draws.RowDraws` of the B users.
        Returns (B, P, N) int64.
        """
        shape = (*self.left.shape, N)
        points = rand(generator, shape, dtype=torch.float64, device=self.line.device)
        points = points.mul_(self.left[..., None]).long()
        points += self.target_width[..., None] * (points >= self.target_begins[..., None])
        points = points.flatten(1)  # (B, P * N)
        if self.own.shape[1]:
            end = self.line[-1] - self.before[:, -1]
            points += self.before.gather(1, count_up_to(self.begins, points, end))
        return count_up_to(self.line[None], points.reshape(1, -1), self.line[-1:]).reshape(shape)

    def log_probability(self, items):
        """Log-probability of each item to be drawn; -inf for those that never are.

        items: (B, P, N). Returns (B, P, N) float64.
        """
        left_out = is_among(self.own, items.flatten(1)).reshape(items.shape)
        if self.reject_target:
            left_out |= items == self.targets[..., None]
        width = _at(self.width, items.flatten()).reshape(items.shape).masked_fill_(left_out, 0)
        return width.double().log_() - self.left[..., None].double().log()


def count_up_to(marks, points, end):
    """How many marks of its row lie at or before each point.

    marks:  (B, M) int64, ascending, from 0 to the `end` of their row.
    points: (B, K) int64, 0 to end - 1.
    end:    (B,) int64.

    Returns (B, K) int64, 0 to M.
    """
    if points.numel() < FEW_POINTS:
        return torch.searchsorted(marks, points, right=True)
    return count_by_table(marks, points, end)


def count_by_table(marks, points, end):
    """What `count_up_to` counts, for many points.

    It is `torch.searchsorted(marks, points, right=True)`, but faster. A row is cut into equal
    pieces, more than it has marks, and a table tells how many marks lie before each piece. Most
    points have no other mark between the start of their piece and themselves, so the table has
    their answer. The others search the marks of their piece by halving: however unevenly the marks
    lie, that is soon done.
    """
    B, M = marks.shape
    K = points.shape[1]
    log_pieces = min(4 * M, K).bit_length()  # more pieces than points would not pay
    pieces = 2**log_pieces
    # A piece is 2**shift long.
    shift = (torch.frexp(end.double()).exponent - log_pieces).clamp_(min=0)[:, None]
    row = torch.arange(B, device=marks.device)[:, None]
    # A mark is counted from the piece after its own.
    counted = (marks >> shift) + 1 + row * (pieces + 1)
    table = torch.bincount(counted.flatten(), minlength=B * (pieces + 1))
    table = table.reshape(B, pieces + 1).cumsum_(dim=1)
    piece = points >> shift
    count = table.gather(1, piece)  # (B, K)
    # One mark beyond every point, for those that have all others behind them.
    marks = pad(marks, (0, 1), value=2**62)

    # What the table can't answer.
    unsettled = (marks.gather(1, count) <= points).flatten().nonzero().squeeze(1)  # (U,)
    row = unsettled // K
    found = count.flatten()
    marks = marks.flatten()
    next_piece = _at(piece.flatten(), unsettled) + 1
    low = _at(found, unsettled) + 1
    high = _at(table.flatten(), row * (pieces + 1) + next_piece)
    first_mark = row * (M + 1)
    points = _at(points.flatten(), unsettled)
    while len(unsettled):
        middle = (low + high) >> 1  # the answer lies in low..high
        is_before = _at(marks, first_mark + middle) <= points
        low, high = torch.where(is_before, middle + 1, low), torch.where(is_before, high, middle)
        found.index_copy_(0, unsettled, low)
        wide = (low < high).nonzero().squeeze(1)
        unsettled, first_mark, points, low, high = (
            _at(each, wide) for each in (unsettled, first_mark, points, low, high)
        )
    return found.reshape(B, K)


def _at(values, places):
    """values[places] for one axis each, several times faster on the CPU."""
    return values.index_select(0, places)


def is_among(own, items):
    """Is the item among the own items of its row?

    own: (B, M), ascending. items: (B, K). Returns (B, K) bool.
    """
    if own.shape[1] == 0:
        return torch.zeros_like(items, dtype=torch.bool)
    place = torch.searchsorted(own, items).clamp_(max=own.shape[1] - 1)
    return own.gather(1, place) == items
