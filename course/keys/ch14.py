"""Answer key of chapter 14."""

from math import comb

import numpy as np
import pandas as pd

from course.coach import Choice, EquivalentMutant, Exercise, Misconception, Probe, Quiz
from seqrec.data import Events, benchmark_log, pieces
from seqrec.metrics import expected_sampled_hit_rate
from seqrec.reproduce.benchmark import best_unseen

# --- 14.1 The log ---------------------------------------------------------------------------------


def _log(users, items, times):
    return pd.DataFrame(
        {
            "user_id": users,
            "item_id": items,
            "timestamp": times,
            "outcome": np.arange(len(users)) / 10,
        }
    )


def _log_probes(rng):
    yield Probe((_log([1, 1, 1], [7, 8, 9], [3, 1, 2]), 1), label="one user, out of order")
    yield Probe((_log([2, 1, 2, 1], [7, 7, 8, 8], [1, 4, 0, 2]), 1), label="two users, mixed")
    yield Probe(
        (_log([1] * 40, rng.permutation(40), [5] * 40), 1), label="forty ratings at one time"
    )
    yield Probe(
        (_log([1, 2, 3, 1, 2], [7, 7, 7, 8, 9], [1, 1, 1, 2, 2]), 3),
        label="one film has three ratings",
    )
    yield Probe(
        (_log([1, 2, 3, 1, 2], [7, 7, 7, 8, 8], [1, 1, 1, 2, 2]), 2), label="a film at the limit"
    )
    several = _log([1, 1, 1, 2, 2, 3], [7, 8, 9, 7, 8, 7], [3, 2, 1, 5, 6, 1])
    yield Probe((several, 2), label="a user who loses a rating")
    yield Probe((several,), label="the default, and nothing is left")
    users = rng.integers(1, 8, 200)
    random = _log(users, rng.integers(1, 30, 200), rng.integers(0, 9, 200))
    yield Probe(
        (random.drop_duplicates(["user_id", "item_id", "timestamp"]).reset_index(drop=True),),
        label="random",
    )


def _kept(interactions, min_count):
    return interactions[interactions.groupby("item_id")["item_id"].transform("size") >= min_count]


def _ordered(kept, by=("user_id", "timestamp"), **options):
    return kept.sort_values(list(by), **{"kind": "stable", "ignore_index": True} | options)


def _newest_first(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count), ascending=[True, False])


def _by_item_too(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count), ("user_id", "timestamp", "item_id"))


def _ties_backwards(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count).iloc[::-1])


def _time_only(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count), ("timestamp",))


def _more_than(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count + 1))


def _users_too(interactions, min_count=5):
    kept = _kept(interactions, min_count)
    return _ordered(kept[kept.groupby("user_id")["user_id"].transform("size") >= min_count])


def _users_instead(interactions, min_count=5):
    return _ordered(
        interactions[interactions.groupby("user_id")["user_id"].transform("size") >= min_count]
    )


def _all_films(interactions, min_count=5):
    return _ordered(interactions)


def _old_numbers(interactions, min_count=5):
    return _ordered(_kept(interactions, min_count), ignore_index=False)


_LOG = Exercise(
    id="14.1",
    title="The log that the papers use",
    minutes=5,
    reference=benchmark_log,
    probes=_log_probes,
    hints=(
        "Count first: `interactions.groupby('item_id')['user_id'].transform('size')` has a number "
        "for each row.",
        "`sort_values` with two columns; its default kind of sort is not stable in general, so say "
        "`kind='stable'`.",
        "`k_core(interactions, items=min_count).sort_values(['user_id', 'timestamp'], "
        "kind='stable', ignore_index=True)`.",
    ),
    misconceptions=(
        Misconception(
            name="newest first",
            wrong=_newest_first,
            says="Your users' newest ratings come first. Oldest first, as everywhere in this "
            "course.",
        ),
        Misconception(
            name="films decide ties",
            wrong=_by_item_too,
            says="Where times are equal you sort by film. Then the 'last' rating is the one with "
            "the largest number. Equal times keep the order of the file: a stable sort by user and "
            "time alone.",
        ),
        Misconception(
            name="ties backwards",
            wrong=_ties_backwards,
            says="Ratings at the same time stand in the opposite order of the file. Sort the rows "
            "as they come, and stably.",
        ),
        Misconception(
            name="time only",
            wrong=_time_only,
            says="You sort by time alone, so users are mixed. First by user, then by time.",
        ),
        Misconception(
            name="more than",
            wrong=_more_than,
            says="A film with exactly `min_count` ratings stays: at least, not more than.",
        ),
        Misconception(
            name="users too",
            wrong=_users_too,
            says="You drop users with few ratings as well. This protocol drops films only.",
        ),
        Misconception(
            name="users instead of films",
            wrong=_users_instead,
            says="You count the ratings of each user. Films are to be counted: group by item_id.",
        ),
        Misconception(
            name="nothing dropped",
            wrong=_all_films,
            says="Films with fewer than `min_count` ratings are still there.",
        ),
        Misconception(
            name="old row numbers",
            wrong=_old_numbers,
            says="The rows are right, but carry the numbers that they had before the sort: "
            "`ignore_index=True`.",
        ),
    ),
)

# --- 14.2 Pieces ----------------------------------------------------------------------------------


def _events(*lengths):
    ends = np.cumsum(lengths)
    n = int(ends[-1])
    return Events(
        pd.RangeIndex(len(ends)),
        np.arange(1, n + 1),
        np.arange(n),
        ends - lengths,
        ends,
        np.ones(n, bool),
    )


def _pieces_probes(rng):
    for whole in (True, False):
        yield Probe((_events(8), 3), kwargs={"whole": whole}, label="eight events, three at a time")
        yield Probe((_events(4), 3), kwargs={"whole": whole}, label="one piece exactly")
        yield Probe((_events(5), 3), kwargs={"whole": whole}, label="one event more than a piece")
        yield Probe(
            (_events(2, 1, 7), 2), kwargs={"whole": whole}, label="three users, one with one event"
        )
        yield Probe((_events(1, 1), 2), kwargs={"whole": whole}, label="nothing to predict")
        yield Probe((_events(3), 10), kwargs={"whole": whole}, label="a short history")
        yield Probe(
            (_events(3, 0, 2), 1),
            kwargs={"whole": whole},
            label="a user without events, one at a time",
        )
        lengths = tuple(int(n) for n in rng.integers(1, 30, 6))
        yield Probe((_events(*lengths), 4), kwargs={"whole": whole}, label="random lengths")


def _rows(events, max_len, ends_of, reverse=False, right=False, first=None):
    rows = []
    for start, end in zip(events.starts, events.ends, strict=True):
        own = []
        for low, high in ends_of(int(start), int(end)):
            piece = events.items[max(start, low) : high]
            if len(piece) > 1:
                gap = max_len + 1 - len(piece)
                own.append(np.pad(piece, (0, gap) if right else (gap, 0)))
        rows += own[::-1] if reverse else own
    return np.array(rows, events.items.dtype).reshape(-1, max_len + 1)


def _backwards(max_len, whole, step, width):
    def ends_of(start, end):
        while end - start > 1:
            yield end - width, end
            end -= step
            if not whole:
                return

    return ends_of


def _no_shared_event(events, max_len, *, whole):
    return _rows(events, max_len, _backwards(max_len, whole, max_len + 1, max_len + 1))


def _sliding(events, max_len, *, whole):
    return _rows(events, max_len, _backwards(max_len, whole, 1, max_len + 1))


def _one_too_short(events, max_len, *, whole):
    return _rows(events, max_len, _backwards(max_len, whole, max_len, max_len))


def _from_the_oldest(events, max_len, *, whole):
    def ends_of(start, end):
        for low in range(start, end - 1, max_len):
            yield low, min(low + max_len + 1, end)
            if not whole:
                return

    return _rows(events, max_len, ends_of)


def _oldest_piece_first(events, max_len, *, whole):
    return _rows(events, max_len, _backwards(max_len, whole, max_len, max_len + 1), reverse=True)


def _padded_right(events, max_len, *, whole):
    return _rows(events, max_len, _backwards(max_len, whole, max_len, max_len + 1), right=True)


def _always_whole(events, max_len, *, whole):
    return pieces(events, max_len, whole=True)


def _never_whole(events, max_len, *, whole):
    return pieces(events, max_len, whole=False)


def _full_ones_only(events, max_len, *, whole):
    rows = pieces(events, max_len, whole=whole)
    return rows[(rows != 0).all(axis=1)]


_PIECES = Exercise(
    id="14.2",
    title="All of a long history",
    minutes=10,
    reference=pieces,
    probes=_pieces_probes,
    hints=(
        "A loop over users, and in it `while end - start > 1:`. The piece is "
        "`events.items[max(start, end - max_len - 1) : end]`.",
        "After a piece the next one ends max_len earlier: `end -= max_len`. So one event is "
        "shared.",
        "`np.pad(piece, (max_len + 1 - len(piece), 0))` pads on the left; with `whole=False` leave "
        "the loop after one.",
    ),
    misconceptions=(
        Misconception(
            name="nothing shared",
            wrong=_no_shared_event,
            says="Your pieces share no event, so the first event of each is never predicted. The "
            "next piece ends max_len earlier, not max_len + 1.",
        ),
        Misconception(
            name="sliding windows",
            wrong=_sliding,
            says="You move on by one event. Then most events are targets many times: that is "
            "chapter 02's sliding window, max_len times the work. Move on by max_len.",
        ),
        Misconception(
            name="one too short",
            wrong=_one_too_short,
            says="A piece has up to max_len + 1 events: max_len are read, and the last is only "
            "predicted.",
        ),
        Misconception(
            name="cut from the oldest",
            wrong=_from_the_oldest,
            says="You cut from the oldest event on, so the short remainder is the newest. Begin at "
            "the end.",
        ),
        Misconception(
            name="oldest piece first",
            wrong=_oldest_piece_first,
            says="The pieces are right, their order is not: a user's newest piece comes first.",
        ),
        Misconception(
            name="padded on the right",
            wrong=_padded_right,
            says="The zeros stand on the right. Padding is on the left, so that the newest event "
            "is always last.",
        ),
        Misconception(
            name="always whole",
            wrong=_always_whole,
            says="With whole=False only the newest piece of each user is wanted.",
        ),
        Misconception(
            name="never whole",
            wrong=_never_whole,
            says="With whole=True the older pieces are wanted too.",
        ),
        Misconception(
            name="full pieces only",
            wrong=_full_ones_only,
            says="The pieces that are not full are missing. Two events are enough for a lesson: "
            "pad them.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="for start, end in zip(events.starts, events.ends, strict=True): -> "
            "for start, end in zip(events.starts, events.ends, strict=False):",
            reason="There are as many starts as ends.",
        ),
        EquivalentMutant(
            edit="return np.array(rows, events.items.dtype).reshape(-1, max_len + 1) -> *",
            reason="NumPy takes any negative number for the length that it works out.",
        ),
        EquivalentMutant(
            edit="rows.append(np.pad(piece, (max_len + 1 - len(piece), 0))) -> "
            "rows.extend(np.pad(piece, (max_len + 1 - len(piece), 0)))",
            reason="The reshape at the end puts the numbers back into rows.",
        ),
        EquivalentMutant(
            edit="max_len = _read_max_len(max_len, events.items) -> max_len = max_len",
            reason="It refuses what is no length, and gives back what is one.",
        ),
    ),
)

# --- 14.3 What a sample says ----------------------------------------------------------------------


def _sampled_probes(rng):
    yield Probe((np.array([1, 2, 3, 4]), 4, 1, 1), label="one negative, first place")
    yield Probe((np.array([1, 5, 10]), 10, 9, 3), label="all others drawn")
    yield Probe((np.array([1, 20, 50, 100]), 100, 20, 5), label="twenty of a hundred")
    yield Probe((np.array([3, 3]), np.array([4, 50]), 3, 2), label="two sizes of list")
    yield Probe((np.array([2, 8]), 9, 2, 10), label="fewer negatives than places")
    yield Probe((rng.integers(1, 3_000, 5), 3_000, 100, 10), label="a large catalogue")


def _chance(better, others, n_negatives, k):
    return sum(
        comb(better, b) * comb(others - better, n_negatives - b)
        for b in range(min(k, n_negatives + 1))
    ) / comb(others, n_negatives)


def _each(ranks, n_candidates, chance):
    sizes = np.broadcast_to(n_candidates, np.shape(ranks))
    return np.array(
        [chance(int(rank), int(n)) for rank, n in zip(ranks, sizes, strict=True)], float
    )


def _k_too_many(ranks, n_candidates, n_negatives, k):
    return _each(ranks, n_candidates, lambda r, n: _chance(r - 1, n - 1, n_negatives, k + 1))


def _counts_itself(ranks, n_candidates, n_negatives, k):
    return _each(ranks, n_candidates, lambda r, n: _chance(r, n, min(n_negatives, n), k))


def _with_replacement(ranks, n_candidates, n_negatives, k):
    def chance(r, n):
        p = (r - 1) / (n - 1)
        return sum(
            comb(n_negatives, b) * p**b * (1 - p) ** (n_negatives - b)
            for b in range(min(k, n_negatives + 1))
        )

    return _each(ranks, n_candidates, chance)


def _exactly(ranks, n_candidates, n_negatives, k):
    def chance(r, n):
        b = min(k, n_negatives + 1) - 1
        return comb(r - 1, b) * comb(n - r, n_negatives - b) / comb(n - 1, n_negatives)

    return _each(ranks, n_candidates, chance)


def _miss(ranks, n_candidates, n_negatives, k):
    return 1 - expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k)


def _no_sample(ranks, n_candidates, n_negatives, k):
    return (np.asarray(ranks) <= k).astype(float)


def _share(ranks, n_candidates, n_negatives, k):
    return (1 + (np.asarray(ranks) - 1) * n_negatives / (np.asarray(n_candidates) - 1) <= k).astype(
        float
    )


def _mean(ranks, n_candidates, n_negatives, k):
    return float(expected_sampled_hit_rate(ranks, n_candidates, n_negatives, k).mean())


_SAMPLED = Exercise(
    id="14.3",
    title="What a sample says",
    minutes=8,
    reference=expected_sampled_hit_rate,
    probes=_sampled_probes,
    hints=(
        "For one user: `better = rank - 1` of the `n = n_candidates - 1` others beat the target. "
        "The formula is a sum over b, how many of *those* are drawn.",
        "b goes from 0 to k - 1, and never beyond n_negatives. `comb` does the rest, and is 0 "
        "where nothing fits.",
        "`sum(comb(better, b) * comb(n - better, N - b) for b in range(min(k, N + 1))) / comb(n, "
        "N)`, for each user; `np.broadcast_to(n_candidates, np.shape(ranks))` makes an array of a "
        "number.",
    ),
    misconceptions=(
        Misconception(
            name="one place too many",
            wrong=_k_too_many,
            says="You allow k negatives in front of the target. Then it stands at place k + 1: "
            "fewer than k may be.",
        ),
        Misconception(
            name="it beats itself",
            wrong=_counts_itself,
            says="You count the target among those that beat it, and among those that are drawn. "
            "At rank r only r - 1 beat it, and the negatives are drawn from the others.",
        ),
        Misconception(
            name="with replacement",
            wrong=_with_replacement,
            says="This is the chance if the same negative could be drawn twice (the binomial law). "
            "Each is drawn at most once: the hypergeometric law.",
        ),
        Misconception(
            name="exactly k - 1",
            wrong=_exactly,
            says="This is the chance of *exactly* k - 1 negatives in front. Fewer are welcome too: "
            "sum over b.",
        ),
        Misconception(
            name="the chance of a miss",
            wrong=_miss,
            says="This is the chance of a miss: 1 minus the answer.",
        ),
        Misconception(
            name="no sample",
            wrong=_no_sample,
            says="This is the hit rate among all candidates. With a sample of them most rivals are "
            "not there.",
        ),
        Misconception(
            name="the expected rank",
            wrong=_share,
            says="You compare the *expected* sampled rank with k, which gives 0 or 1. The rank is "
            "random: sum its chances.",
        ),
        Misconception(
            name="a mean",
            wrong=_mean,
            says="You return the mean. One number per user is asked for.",
        ),
    ),
    equivalent_mutants=(
        EquivalentMutant(
            edit="ranks = read_ranks(ranks) -> ranks = ranks",
            reason="It edits the check of bad input alone; the exercise asks for good input only.",
        ),
        EquivalentMutant(
            edit="distinct, places = np.unique(np.stack([ranks - 1, n_candidates - 1]), axis=1, "
            "return_inverse=True) -> *",
            reason="np.unique makes an array of a list.",
        ),
        EquivalentMutant(
            edit="chances = [sum((comb(better, b) * comb(others - better, n_negatives - b) for b "
            "in range(min(k, n_negatives + 1)))) / comb(others, n_negatives) for better, others in "
            "distinct.T.tolist()] -> *",
            reason="comb takes NumPy's integers too, and returns Python's.",
        ),
        EquivalentMutant(
            edit="for better, n in zip(np.asarray(ranks).tolist(), others.tolist(), strict=True): "
            "-> *",
            reason="comb takes NumPy's integers too; the probes' ranks are arrays, and as many as "
            "there are sizes.",
        ),
    ),
)

# --- 14.4 Your list -------------------------------------------------------------------------------


def _scorer(seed, V, max_len):
    """Scores that hang on every place of the history."""
    rng = np.random.default_rng(seed)
    of_items, of_places = rng.normal(size=(V, V)), rng.normal(size=max_len)

    def score(histories):
        histories = np.asarray(histories)
        if histories.shape != (1, max_len):
            raise ValueError(
                f"score takes histories of shape (1, {max_len}), got {histories.shape}."
            )
        scores = (of_items[histories] * of_places[None, :, None] * (histories != 0)[..., None]).sum(
            axis=1
        )
        scores[:, 0] = 99.0  # padding: whoever lists it has forgotten that it is no item
        return scores

    return score


def _best_probes(rng):
    for label, history, max_len in (
        ("a short history", [3, 5], 4),
        ("as long as the network reads", [2, 9, 4, 7], 4),
        ("longer than the network reads", [8, 2, 9, 4, 7, 1], 4),
        ("one film", [6], 3),
        ("seen twice", [6, 6, 2], 5),
        ("random", [int(n) for n in rng.integers(1, 12, 6)], 5),
    ):
        yield Probe(
            (_scorer(len(history) + max_len, 12, max_len), history, max_len, 4), label=label
        )


def _plain(score, history, max_len, k, *, newest=True, left=True, seen=None):
    kept = list(history)[-max_len:] if newest else list(history)[:max_len]
    gap = [0] * (max_len - len(kept))
    scores = np.array(score(np.array([gap + kept if left else kept + gap])))[0]
    scores[0] = -np.inf
    scores[list(history if seen is None else seen)] = -np.inf
    return np.argsort(-scores, kind="stable")[:k]


def _pads_right(score, history, max_len, k):
    return _plain(score, history, max_len, k, left=False)


def _oldest(score, history, max_len, k):
    return _plain(score, history, max_len, k, newest=False)


def _shows_the_seen(score, history, max_len, k):
    return _plain(score, history, max_len, k, seen=[0])


def _seen_that_was_read(score, history, max_len, k):
    return _plain(score, history, max_len, k, seen=list(history)[-max_len:])


def _newest_reversed(score, history, max_len, k):
    return _plain(score, list(history)[-max_len:][::-1], max_len, k, seen=history)


def _worst(score, history, max_len, k):
    return _plain(lambda histories: -np.array(score(histories)), history, max_len, k)


def _columns_from_one(score, history, max_len, k):
    return _plain(score, history, max_len, k) - 1


def _best_last(score, history, max_len, k):
    return _plain(score, history, max_len, k)[::-1]


_BEST = Exercise(
    id="14.4",
    title="A list for you",
    minutes=6,
    reference=best_unseen,
    probes=_best_probes,
    hints=(
        "Three steps: a row of max_len ids with the newest on the right, its scores, and a list "
        "without what was seen.",
        "`padded[0, max_len - len(newest):] = newest` with `newest = "
        "np.asarray(history)[-max_len:]`.",
        "`top_items(exclude(scores, np.asarray(history)[None]), k)[0]`, where `scores` is "
        "`score(padded)`.",
    ),
    misconceptions=(
        Misconception(
            name="padded on the right",
            wrong=_pads_right,
            says="The zeros stand on the right, so the network takes padding for the newest film. "
            "Pad on the left.",
        ),
        Misconception(
            name="the oldest",
            wrong=_oldest,
            says="Of a long history you hand over the oldest films. The network reads the newest "
            "max_len.",
        ),
        Misconception(
            name="shows what was seen",
            wrong=_shows_the_seen,
            says="Films of the history are in the list. Nobody rates a film twice: exclude them.",
        ),
        Misconception(
            name="excludes what was read",
            wrong=_seen_that_was_read,
            says="You exclude the films that the network read, but an older one comes back. "
            "Exclude *all* of the history.",
        ),
        Misconception(
            name="newest first",
            wrong=_newest_reversed,
            says="The history is handed over newest first. Oldest first, the newest at the right "
            "end.",
        ),
        Misconception(
            name="worst first",
            wrong=_worst,
            says="You list the films with the *lowest* scores.",
        ),
        Misconception(
            name="one id off",
            wrong=_columns_from_one,
            says="Each id is one too small. Column j of the scores is item j, because column 0 is "
            "padding.",
        ),
        Misconception(
            name="best last",
            wrong=_best_last,
            says="The right films, but the best stands at the end. Best first.",
        ),
    ),
    equivalent_mutants=tuple(
        EquivalentMutant(
            edit=f"return top_items(exclude(score(padded), {seen}), k)[0] -> "
            f"return top_items(exclude(score(padded), {seen}), k)[-1]",
            reason="There is one row, so the first is the last.",
        )
        for seen in ("of_all", "np.asarray(history)[None]")
    ),
)

EXERCISES = (_LOG, _PIECES, _SAMPLED, _BEST)

QUIZZES = (
    Quiz(
        id="14.1",
        question="Two papers report SASRec on MovieLens 1M: HR@10 of .82 and of .32. Which "
        "explanation fits best?",
        choices=(
            Choice(
                "The first one found much better settings.",
                why="No settings make up for that. Look at what was ranked first.",
            ),
            Choice(
                "The first one ranked the target among 100 random films, the second among all.",
                right=True,
                why="From a rank among all films the sampled hit rate follows, and it is more than "
                "twice as high here.",
            ),
            Choice(
                "The first one trained on the test set.",
                why="One would have to; but there is a much more common reason.",
            ),
            Choice(
                "The seeds differ.",
                why="Seeds move the third decimal.",
            ),
        ),
    ),
    Quiz(
        id="14.2",
        question="A quarter of an hour after midnight a user rated forty films, all within one "
        "second. What is the 'last' of them?",
        choices=(
            Choice(
                "The one that the model ranks highest.",
                why="Then the model would choose its own question.",
            ),
            Choice(
                "Any of them, it makes no difference.",
                why="It makes another test set. Numbers on two of them can't be compared to the "
                "third decimal.",
            ),
            Choice(
                "By convention the one that stands last in the file; the data itself does not say.",
                right=True,
                why="Which is why the sort has to be stable, and why the model may read the page, "
                "not the taste.",
            ),
            Choice(
                "The one with the largest id.",
                why="That is what an accidental sort by id makes of it: another test set.",
            ),
        ),
    ),
    Quiz(
        id="14.3",
        question="Your model reaches .1862, the published one .1857. The standard error over users "
        "is .004. What do you write?",
        choices=(
            Choice(
                "State of the art.",
                why="A tenth of a standard error is no difference.",
            ),
            Choice(
                "As good as the published one, within what users and seeds scatter.",
                right=True,
                why="And with several seeds and the weights, so that others can judge in pairs.",
            ),
            Choice(
                "Nothing can be said.",
                why="It can: a model that were .01 worse would be told apart.",
            ),
            Choice(
                "Better by .0005, because both were judged on the same users.",
                why="A paired comparison needs both models' ranks user by user. From two means it "
                "can't be had.",
            ),
        ),
    ),
)
