"""Settings of a `SequentialRecommender`, checked when it begins to learn; and what it warns of."""

from typing import NamedTuple

from seqrec.checks import check_count, check_flag, is_number
from seqrec.models.config import ModelConfig
from seqrec.models.sasrec import SASRecConfig
from seqrec.notices import warn
from seqrec.training.config import TrainConfig

# Where neither the recommender nor its model says.
MAX_LEN = 50
# Of the default TrainConfig, where there is a validation to judge by. It ends a training, so the
# epochs are only what nobody should wait beyond (see course/measured/defaults.csv).
PATIENCE = 3
MOST_EPOCHS = 100
# What shortens a list: in words, and what makes it longer again.
_LIMITS = {
    "seen": ("not seen", "exclude_seen=False"),
    "among": ("in among", "a longer among"),
    "without": ("not in without", "a shorter without"),
}


class Settings(NamedTuple):
    """The settings of a SequentialRecommender, checked, nothing left open."""

    model: ModelConfig
    max_len: int
    training: TrainConfig
    positive_from: float | None
    whole_histories: bool
    unknown_items: str
    exclude_seen: bool
    baselines: bool


def read_settings(
    model,
    max_len,
    training,
    positive_from,
    whole_histories,
    unknown_items,
    exclude_seen,
    baselines,
    *,
    is_validated=False,
):
    """The settings of a SequentialRecommender as it was given them, checked and filled in.

    is_validated: whether there are events to validate on, so that training can stop early

    `max_len` has one owner: if the model's is another one, the recommender's counts, and a warning
    names both.

    Returns Settings. Raises TypeError or ValueError with the value that is wrong.
    """
    model = SASRecConfig() if model is None else model
    if training is None:
        validated = {"epochs": MOST_EPOCHS, "patience": PATIENCE}
        training = TrainConfig(**(validated if is_validated else {}))
    for name, value, kind in (("model", model, ModelConfig), ("training", training, TrainConfig)):
        if not isinstance(value, kind):
            raise TypeError(
                f"{name} must be a {kind.__name__} (of seqrec.recommender) or None, got {value!r}."
            )
    if unknown_items not in ("drop", "refuse"):
        raise ValueError(f"unknown_items must be 'drop' or 'refuse', got {unknown_items!r}.")
    check_flag("whole_histories", whole_histories)
    check_flag("exclude_seen", exclude_seen)
    check_flag("baselines", baselines)
    if positive_from is not None and not is_number(positive_from):
        raise ValueError(f"positive_from must be a finite number or None, got {positive_from!r}.")
    if max_len is None:
        max_len = MAX_LEN if model.max_len is None else model.max_len
    max_len = check_count("max_len", max_len)
    if model.max_len not in (None, max_len):
        warn(
            f"max_len is {max_len} for the recommender and {model.max_len} for its model: "
            f"{max_len} counts.",
            stacklevel=4,
        )
    return Settings(
        model,
        max_len,
        training,
        positive_from,
        whole_histories,
        unknown_items,
        exclude_seen,
        baselines,
    )


def read_list_settings(top_k, n_items, sampling_temperature, exclude_seen):
    """Raises ValueError for what makes no sense of a list of recommendations."""
    check_count("top_k", top_k)
    if top_k > n_items:
        raise ValueError(
            f"top_k is {top_k}, but there are only {n_items} items. Cure: top_k of {n_items} or "
            "less."
        )
    if not is_number(sampling_temperature) or sampling_temperature < 0:
        raise ValueError(
            "sampling_temperature must be a finite number, 0 or more, got "
            f"{sampling_temperature!r}."
        )
    check_flag("exclude_seen", exclude_seen)


def check_left(items, top_k, user_ids, choice, who="user"):
    """Raise ValueError unless every list (U, K) has top_k items.

    choice: {"seen", "among" or "without": what ruled out the others, None where nothing did}
    """
    left = (items > 0).sum(axis=1)
    if (left >= top_k).all():
        return
    limits = [_LIMITS[name] for name, lists in choice.items() if lists is not None]
    cures = [cure for _, cure in limits]
    if left.min() > 0:
        cures = [f"top_k of {left.min()} or less", *cures]
    if who == "user" and top_k > 1:
        cures.append("recommend_frame, which gives such a user fewer rows")
    user = int((left < top_k).argmax())
    words = " and ".join(words for words, _ in limits)
    raise ValueError(
        f"{who} {user_ids[user]} has only {left[user]} items left that are {words}, top_k is "
        f"{top_k}. Cure: {', or '.join(cures)}."
    )


def warn_of_losses(n_unknown, n_events, n_strangers, n_users, n_not_judged=0, who="users"):
    """One warning for all that was left out, with counts; none where nothing was.

    n_unknown:    events with an item that the model does not know
    n_events:     of how many
    n_strangers:  users of whom nothing is left
    n_users:      of how many
    n_not_judged: other users, who have nothing to be judged by
    who:          what n_strangers and n_users count
    """
    losses = []
    if n_unknown:
        losses.append(
            f"{n_unknown} of {n_events} events have an item that the model does not know: left out"
        )
    if n_strangers:
        losses.append(
            f"{n_strangers} of {n_users} {who} have no event that the model can read: popularity "
            "answers"
        )
    if n_not_judged:
        losses.append(f"{n_not_judged} users more have no relevant event: not judged")
    if losses:
        warn(". ".join(losses) + ".", stacklevel=4)
