"""Which item follows which: the Markov chain and co-occurrence. Nothing is trained.

    MarkovConfig                the last click decides
    CoOccurrenceConfig          the last clicks vote

Their formulas stand at `seqrec.baselines.MarkovChain` and `ItemCoOccurrence`, which count by the
same functions. Here popularity has one imagined click on each item, so that no probability is 0.

Axis letters: B users, L length, V = n_items + 1 columns (column 0 is padding).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from seqrec.baselines.pairs import PairCounts, add_counted, follower_counts, voters
from seqrec.checks import check_count, check_share
from seqrec.models.counted import CountedConfig, Counts, check_smoothing
from seqrec.models.counted_values import check_starts, check_tensor


class FollowerCounts(Counts):
    """Which item follows which: `seqrec.baselines.ItemCoOccurrence`, window 1 for Markov."""

    tables = ("followers", "counts", "starts")

    def counted(self, events):
        """`seqrec.baselines.pairs.PairCounts`, as arrays."""
        lengths = events.ends - events.starts
        pairs = follower_counts(
            np.repeat(np.arange(len(lengths)), lengths),
            events.items,
            self.n_items,
            window=self.options.get("window", 1),
            decay=self.options.get("decay", 1.0),
            is_target=events.is_target,
        )
        return {"followers": pairs.items, "counts": pairs.counts, "starts": pairs.starts}

    def check(self, tensors):
        """Followers are items, ascending within a row, each counted."""
        followers = tensors["followers"]
        check_tensor("followers", followers, torch.int64, 1, self.n_items)
        check_tensor("counts", tensors["counts"], torch.float64, 0, np.inf)
        check_starts("starts", tensors["starts"], self.n_items + 1, len(followers))
        first = torch.repeat_interleave(tensors["starts"].diff())
        is_ascending = (followers.diff() > 0) | (first.diff() > 0)
        if len(tensors["counts"]) != len(followers) or not is_ascending.all():
            raise ValueError("followers must ascend for each item, and have a count each.")

    def settle(self):
        """The tables as PairCounts."""
        self.pairs = PairCounts(self.followers.numpy(), self.counts.numpy(), self.starts.numpy())

    def probabilities(self, histories):
        """The newest clicks vote, each by what followed it, smoothed by popularity."""
        smoothing = self.options["smoothing"]
        window = self.options.get("window", 1)
        recent, weights = voters(histories, window, self.options.get("decay", 1.0))
        share = weights / (self.pairs.totals[recent] + smoothing)  # (B, window)
        scores = np.outer(share.sum(axis=1) * smoothing, self.law.numpy())
        for items, votes in zip(recent.T, share.T, strict=True):
            add_counted(scores, self.pairs, items, votes)
        return scores


@dataclass(frozen=True, kw_only=True)
class MarkovConfig(CountedConfig):
    """The last click decides, by what followed it: `seqrec.baselines.MarkovChain`.

    smoothing: in imagined clicks: after that many real ones, what was counted weighs as much as
               popularity does

    With `positive_from`, only clicks that reach it count as followers, of whatever came before.
    """

    smoothing: float = 5.0

    network: ClassVar = FollowerCounts

    def check_network_options(self, options: dict[str, Any]) -> None:
        """`smoothing` alone."""
        check_smoothing(options["smoothing"])


@dataclass(frozen=True, kw_only=True)
class CoOccurrenceConfig(MarkovConfig):
    """The last `window` clicks vote, the newer ones more: `seqrec.baselines.ItemCoOccurrence`.

    window:    clicks that vote, of those that are read
    decay:     what a vote weighs, beside the one a click newer
    smoothing, `positive_from`: as `MarkovConfig` has them
    """

    window: int = 5
    decay: float = 0.5

    def check_network_options(self, options: dict[str, Any]) -> None:
        """All three."""
        super().check_network_options(options)
        check_count("window", options["window"])
        check_share("decay", options["decay"], may_be_zero=False)
