"""Makes no table: what mistakes in cutting, padding and splitting a log cost (chapter 02)."""

import numpy as np
import torch

from benchmarks.consequences.experiment import Experiment
from benchmarks.consequences.shop import MAX_LEN, N_ITEMS, K, shop
from benchmarks.consequences.training import lift_of, small_sasrec
from seqrec.baselines import MarkovChain
from seqrec.data import pad_left
from seqrec.losses import next_item_loss
from seqrec.metrics import ndcg, ranks

# Fewer clicks than most shoppers have, so that something is cut off.
READ = 8


def of_build_sequences(build_sequences, seed, setting):
    """SASRec on the sequences of a log whose rows stand in no order."""
    place = shop(seed, setting)
    log = place.log.sample(frac=1, random_state=seed)
    sequences = pad_left(build_sequences(log, READ)["item_sequence"], READ + 1)
    return _lift(sequences, place.histories[:, -READ:], place, seed, setting)


def of_pad_left(pad, seed, setting):
    """SASRec on histories that are padded by `pad`, and asked about such."""
    place = shop(seed, setting)
    sequences = pad(_rows(place.sequences.numpy()), READ + 1)
    asked = _as_ids(pad(_rows(place.histories.numpy()), READ))
    return _lift(sequences, asked, place, seed, setting)


def of_sliding_windows(windows, seed, setting):
    """SASRec that learns one target per window, from the newest state."""
    place = shop(seed, setting)
    histories, targets = windows(place.log, MAX_LEN)
    histories = _as_ids(histories)
    targets = _as_ids(targets)

    def loss(network, rows, generator):
        rows = torch.randint(len(targets), (4 * len(rows),), generator=generator)
        states = network.encoder(histories[rows])[:, -1]
        return network.softmax_loss(states, targets[rows])

    return lift_of(small_sasrec(seed), loss, place, seed, setting)


def of_leave_last_two_out(split, seed, setting):
    """A Markov chain that learns from `train`, and is asked for each test event at its moment."""
    log = shop(seed, setting).log.sample(frac=1, random_state=seed)
    train, _, test = split(log)
    before = _click_before(log)[test.index].dropna()
    scores = (
        MarkovChain(N_ITEMS)
        .fit(train)
        .score(np.arange(len(before)), before.to_numpy(np.int64)[:, None])
    )
    return {"reported": float(ndcg(ranks(scores, test["item_id"][before.index]), K).mean())}


def _click_before(log):
    """The item of the same shopper's click before each of `log`, NaN for the first one."""
    by_time = log.sort_values(["user_id", "timestamp"])
    return by_time.groupby("user_id")["item_id"].shift()


class _Asked(torch.nn.Module):
    """A network that is asked about `asked`: the histories as the mistake leaves them."""

    def __init__(self, network, asked):
        super().__init__()
        self.network = network
        self.encoder = network.encoder
        self.softmax_loss = network.softmax_loss
        self.asked = asked

    def score_catalogue(self, histories):
        return self.network.score_catalogue(self.asked)


def _lift(sequences, asked, place, seed, setting):
    network = _Asked(small_sasrec(seed), asked)
    numbers = lift_of(network, next_item_loss(_as_ids(sequences)), place, seed, setting)
    # Fewer targets or others: the losses can't be compared.
    return {"share_of_lift": numbers["share_of_lift"]}


def _rows(table):
    return [row[row != 0] for row in table]


def _as_ids(table):
    return torch.from_numpy(np.asarray(table).astype(np.int64))


SASREC = "a small SASRec"
EXPERIMENTS = (
    Experiment(
        "2.1",
        SASREC,
        of_build_sequences,
        (
            "keeps the oldest",
            "does not sort",
            "cuts before it sorts",
            "sorts by item",
            "newest first",
            "each item once",
        ),
    ),
    Experiment(
        "2.2",
        SASREC,
        of_pad_left,
        (
            "pads on the right",
            "keeps the oldest",
            "reverses",
            "without the newest",
            "filled with the last",
            "repeated",
            "sorted",
        ),
    ),
    Experiment(
        "2.3",
        SASREC,
        of_sliding_windows,
        (
            "the target in the history",
            "one between",
            "the future as history",
            "history sorted",
            "across users",
            "the first window only",
        ),
    ),
    Experiment(
        "2.4",
        "the NDCG@10 of a Markov chain on the test events",
        of_leave_last_two_out,
        (
            "one too early",
            "last rows, not last events",
            "sorted by item",
            "the first two",
            "trains on everything",
            "test events in train",
        ),
    ),
)
