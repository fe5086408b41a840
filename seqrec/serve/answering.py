"""Several Questions, one forward pass: the lists that `recommend_next` gives each of them alone.

Alike but for rounding: a product of matrices may add in another order when it has more rows, which
moves a score in its seventh digit. Two items whose scores agree so far may change places.

Axis letters: B histories of all Questions, n_items items.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from seqrec.data.cuts import newest
from seqrec.data.events import Events
from seqrec.recommender.reading import read_histories
from seqrec.recommender.recommender import SequentialRecommender
from seqrec.recommender.scoring import ItemLists, best_items, chunks, ruled_out
from seqrec.recommender.settings import check_left, read_list_settings
from seqrec.serve.questions import Question, Refusal


class Answer(NamedTuple):
    """The lists of a Question, one for each of its histories.

    items:   ids, best first
    scores:  their log-probabilities
    n_read:  how many events of each history the model knows, so that it can read them; with none
             of them it is popularity that answers
    """

    items: list[list[Any]]
    scores: list[list[float]]
    n_read: list[int]


class _Read(NamedTuple):
    """A Question by the numbers of a model's items."""

    question: Question
    events: Events
    choice: dict[str, ItemLists | None]


def answer_together(
    model: SequentialRecommender, questions: Sequence[Question]
) -> list[Answer | Refusal]:
    """An Answer for each Question, or the Refusal that says why there is none.

    A Question that is refused changes no other's answer.
    """
    read = [_or_refusal(_read, model, question) for question in questions]
    fine = [one for one in read if not isinstance(one, Refusal)]
    if not fine:
        return read
    lists = iter(_lists(model.scorer_, fine))
    return [
        one if isinstance(one, Refusal) else _or_refusal(_answer, model, one, *next(lists))
        for one in read
    ]


def _lists(scorer, read):
    """The lists of each _Read: item numbers and scores, (b, top_k) both, 0 where none is left."""
    events = _together([one.events for one in read])
    stops = np.cumsum([len(one.events.ends) for one in read])
    starts = np.append(0, stops[:-1])
    shapes = [
        (stop - start, one.question.top_k)
        for start, stop, one in zip(starts, stops, read, strict=True)
    ]
    lists = [(np.zeros(shape, np.int64), np.zeros(shape, np.float32)) for shape in shapes]
    for chunk in chunks(len(events.ends), scorer.n_items):
        every = scorer(newest(events, scorer.max_len, chunk))  # (b, n_items)
        for one, start, stop, (items, scores) in zip(read, starts, stops, lists, strict=True):
            first = max(start, chunk.start)
            last = min(stop, chunk.stop)
            if first < last:
                rows = slice(first - start, last - start)
                items[rows], scores[rows] = best_items(
                    every[first - chunk.start : last - chunk.start],
                    one.question.top_k,
                    taken=ruled_out(rows, scorer.n_items, **one.choice),
                )
    return lists


def _or_refusal(work, *arguments):
    """What `work` returns; a Refusal where it says that a value makes no sense."""
    try:
        return work(*arguments)
    except (TypeError, ValueError) as error:
        return Refusal(str(error))


def _read(model, question):
    """A Question as _Read. Raises TypeError or ValueError for what the model can't read."""
    exclude_seen = model._excludes_seen(question.exclude_seen)
    read_list_settings(question.top_k, model.scorer_.n_items, 0.0, exclude_seen)
    events = read_histories(question.histories, model.item_index_, model.unknown_items)
    choice = model._choice(events, exclude_seen, question.among, question.without)
    return _Read(question, events, choice)


def _answer(model, read, items, scores):
    """The Answer of one Question. Raises ValueError where too few items are left."""
    check_left(items, read.question.top_k, read.events.user_ids, read.choice, who="history")
    return Answer(
        model.item_index_.decode(items).tolist(),
        scores.tolist(),
        (read.events.ends - read.events.starts).tolist(),
    )


def _together(parts):
    """Events of several Questions as those of one."""
    lengths = np.concatenate([part.ends - part.starts for part in parts])
    items = np.concatenate([part.items for part in parts])
    return Events.of_histories(np.repeat(np.arange(len(lengths)), lengths), items, len(lengths))
