"""A model that chooses what is shown, and what that earned.

policies      SoftmaxPolicy and LinUCBPolicy; `slates` draws what is shown, with its probability
ab_tests      paired comparisons, and how many shoppers they take
off_policy    what another policy would have earned, from the log of this one
sample_ratio  have the arms of a test the sizes that they should have?
diversity     a list in which not all items say the same
costs         milliseconds of an answer, and what a larger job would take
"""

from seqrec.shop.ab_tests import Comparison
from seqrec.shop.costs import time_calls
from seqrec.shop.diversity import diversify
from seqrec.shop.off_policy import Estimate
from seqrec.shop.policies import LinUCBPolicy, SoftmaxPolicy, product_scores
from seqrec.shop.sample_ratio import SampleRatio, sample_ratio_mismatch
from seqrec.shop.slates import draw_slates

__all__ = [
    "Comparison",
    "Estimate",
    "LinUCBPolicy",
    "SampleRatio",
    "SoftmaxPolicy",
    "diversify",
    "draw_slates",
    "product_scores",
    "sample_ratio_mismatch",
    "time_calls",
]
