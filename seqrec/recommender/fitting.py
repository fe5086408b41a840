"""What `SequentialRecommender.fit` does, step by step: read, split, network, train.

The recommender keeps the result.

Axis letters: U users, n_items items, L max_len, W validation events.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from seqrec.data.cuts import windows
from seqrec.data.events import Events, with_held_out
from seqrec.data.interactions import validate_interactions
from seqrec.data.item_index import ItemIndex
from seqrec.devices import best_device
from seqrec.items.content import Shelf, read_catalogue
from seqrec.models.config import ModelConfig, new_network
from seqrec.models.counted import popular_law
from seqrec.recommender.counting import fit_counts
from seqrec.recommender.outcomes import check_monitor, outcome_error, outcome_questions
from seqrec.recommender.reading import read_log, seen_before
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.recommender.warm_start import start_from
from seqrec.training.loop import train


class Reading(NamedTuple):
    """A log, read once."""

    index: ItemIndex
    # All that is known of the users, validation included.
    seen: Events
    # What is trained on.
    learned: Events
    # When, (rows of the logs, those of validation last).
    times: pd.Series
    # Validation: what `CatalogueScorer.validation` takes; None without.
    asked: tuple | None
    # The same for what `outcome_error` takes; None for a model that learns no outcomes.
    ended: tuple | None = None


def read(settings, interactions, items, valid_interactions, index=None):
    """Check the logs, number the items, and part what is trained on from what is asked.

    settings:           Settings
    interactions:       the log, as `SequentialRecommender.fit` takes it
    items:              the catalogue, likewise
    valid_interactions: events to validate on, likewise
    index:              ItemIndex; None numbers the items anew

    Returns a Reading. Raises TypeError or ValueError as `fit` says.
    """
    check_monitor(settings.model, settings.training)
    needs_outcome = settings.positive_from is not None or settings.model.needs_outcome
    interactions = validate_interactions(interactions, require_outcome=needs_outcome)
    if index is None:
        index = ItemIndex().fit(read_catalogue(interactions if items is None else items))
    if valid_interactions is None and settings.training.patience:
        raise ValueError(
            f"patience is {settings.training.patience}, but there are no valid_interactions to "
            "judge by."
        )
    everything = interactions
    if valid_interactions is not None:
        valid_interactions = validate_interactions(
            valid_interactions, require_outcome=needs_outcome
        )
        everything = with_held_out(interactions, valid_interactions)
    seen = read_log(
        everything,
        index,
        settings.unknown_items,
        positive_from=settings.positive_from,
        with_outcomes=settings.model.needs_outcome,
        learning=True,
    )
    is_learned = seen.rows < len(interactions)
    learned = seen if valid_interactions is None else seen.where(is_learned)
    if learned.n_targets == 0:
        threshold = settings.positive_from
        at_least = "" if threshold is None else f" with an outcome of {threshold} or more"
        raise ValueError(
            f"no event{at_least} follows another of its user: nothing to learn. Cure: a longer log."
        )
    questions = None
    ended = None
    if valid_interactions is not None:
        questions = windows(seen, settings.max_len, chosen=~is_learned)
        if len(questions[1]) == 0:
            raise ValueError(
                "no validation event has an event of its user before it. Cure: leave_last_two_out."
            )
        if settings.exclude_seen:
            questions += (seen_before(seen, ~is_learned),)
        if settings.model.needs_outcome:
            ended = outcome_questions(seen, settings.max_len, ~is_learned)
    return Reading(index, seen, learned, everything["timestamp"], questions, ended)


def log_popularity(learned, n_items):
    """Log-probability of each item among the targets, with one imagined click on each.

    learned: Events. Returns (n_items,) float32.
    """
    return np.log(popular_law(learned, n_items)[1:]).astype(np.float32)


def fit_network(settings, reading, items, device, popular, start=None, **how):
    """Draw a network, or take one that has learned, and train it. A model that counts, counts.

    settings: Settings
    reading:  Reading, what `read` returned
    items:    the catalogue as `fit` was given it
    device:   where to train; None takes the best there is
    popular:  what `log_popularity` returned
    start:    a network of the same kind whose weights training starts from, with the first items of
              `reading.index`; it stays as it is. None draws them
    how:      what `seqrec.training.train` takes besides: progress, checkpoint, callbacks

    Returns its CatalogueScorer, the FeatureTable (or None) and the TrainResult. Raises as
    `seqrec.training.train` does.
    """
    config: ModelConfig = settings.model
    max_len = settings.max_len
    if not config.is_trained:
        scorer, result = fit_counts(settings, reading, popular, how.get("callbacks"))
        return scorer, None, result
    shelf = Shelf.fill(config.content, items, reading.index, reading.learned.items)
    device = torch.device(device or best_device())
    n_known = shelf.n_known(reading.index)
    network = new_network(
        config, n_known, max_len, settings.training.seed, device, **shelf.content()
    )
    config.prepare(network, reading.learned)
    if start is not None:
        start_from(network, n_known, start, start.n_items, settings.training.seed)

    def validate(network):
        scorer = CatalogueScorer(config, shelf.place(network), max_len, popular)
        told = scorer.validation(*reading.asked)
        return told | outcome_error(scorer, *reading.ended) if reading.ended else told

    loss, n_samples = config.objective(
        shelf.in_training(reading.learned), max_len, whole=settings.whole_histories, device=device
    )
    result = train(
        network,
        loss,
        n_samples,
        settings.training,
        validate=validate if reading.asked else None,
        **how,
    )
    return CatalogueScorer(config, shelf.place(network), max_len, popular), shelf.table, result
