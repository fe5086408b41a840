"""What comes last? Asked of many people at once, among all the items that each has not had.

Axis letters: U users.
"""

import torch

from seqrec.data.cuts import newest
from seqrec.metrics.ranking import full_ranking


class Question:
    """What comes last?

    events:  an Events whose last event of each user is the target

    targets: (U,) item ids
    past:    the Events without them
    """

    def __init__(self, events):
        self.targets = events.items[events.ends - 1]
        self.past = events._replace(ends=events.ends - 1)

    def __len__(self):
        return len(self.targets)

    def ranks(self, config, network, max_len):
        """The place of each target among the items that its user has not had, (U,) from 1.

        config:  ModelConfig
        network: what it built
        max_len: how many of the newest events it reads
        """
        device = next(network.parameters()).device
        longest = int((self.past.ends - self.past.starts).max())

        def score(rows):
            histories = torch.from_numpy(newest(self.past, max_len, rows)).to(device)
            return config.scores(network, histories).cpu().numpy()

        return full_ranking(score, self.targets, seen=newest(self.past, longest)).ranks
