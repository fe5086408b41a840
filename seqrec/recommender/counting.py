"""Models that count: how `fit` makes one, and which ones it makes beside a network.

counted_scorer      a model that counts, ready to be asked
fit_counts          what `seqrec.recommender.fitting.fit_network` is for a network
counted_beside      the cheap ones, judged as the network is
with_best           the best of them as a column of `epochs_`
warn_if_below       is the network worse than that?
check_forgets       can a model be saved without the clicks of the log?
"""

import math
import time

import pandas as pd

from seqrec.models.counted import PopularityConfig, counted_part
from seqrec.models.followers import CoOccurrenceConfig, MarkovConfig
from seqrec.notices import LOGGER, warn
from seqrec.recommender.scoring import CatalogueScorer
from seqrec.training.callbacks import EpochReport, is_stop_wanted, read_callbacks
from seqrec.training.distributed import current_ranks
from seqrec.training.loop import TrainResult

#: A pass over the log for each click that votes: about a second for a million events.
CHEAP = (PopularityConfig(), CoOccurrenceConfig(), MarkovConfig())
BEST = "best_baseline"
_SHOWN = ["hr@10", "ndcg@10", "mrr", "valid_loss", "seconds"]


def counted_scorer(config, settings, reading, popular):
    """A CatalogueScorer of what a CountedConfig counts.

    settings: Settings, those of the model aside
    reading:  Reading
    popular:  (J,) float32, for empty histories
    """
    counts = config.build(reading.index.n_items, settings.max_len)
    learned = counted_part(reading.learned, settings.max_len, whole=settings.whole_histories)
    config.prepare(counts, learned)
    return CatalogueScorer(config, counts.eval(), settings.max_len, popular)


def fit_counts(settings, reading, popular, callbacks=None):
    """Count, and judge once: a CatalogueScorer and a TrainResult of one row.

    callbacks: see `seqrec.training.train`; each is told that row
    """
    callbacks = read_callbacks(callbacks)
    began = time.perf_counter()
    scorer = counted_scorer(settings.model, settings, reading, popular)
    row = {"epoch": 1, "steps": 0, "train_loss": math.nan, "learning_rate": math.nan}
    if reading.asked:
        row |= scorer.validation(*reading.asked)
    row["seconds"] = time.perf_counter() - began
    LOGGER.info("%s counted in %.3g seconds", type(settings.model).__name__, row["seconds"])
    is_stop_wanted(callbacks, EpochReport(1, dict(row), scorer.network))
    is_judged = bool(reading.asked) and settings.training.is_monitored
    return scorer, TrainResult(pd.DataFrame([row]), 1 if is_judged else None, "counted")


def check_forgets(config):
    """Raise ValueError for a ModelConfig whose model is the clicks that it has learned from."""
    if config.holds_clicks:
        name = type(config).__name__
        raise ValueError(
            f"with_histories must be True for {name}, whose counts are the clicks of the log, got "
            "False. Cure: save(folder), where others may see these clicks; or "
            "CoOccurrenceConfig(), which keeps sums of them."
        )


def counted_beside(settings, reading, popular):
    """How good the cheap ones are in validation: a DataFrame, a row for each by its name.

    None where nothing is validated, where `settings.baselines` says so, and for a model that counts
    itself. Of several ranks the first one counts.
    """
    if not (settings.baselines and settings.model.is_trained and reading.asked):
        return None

    def judged():
        return {
            type(config).__name__: _judged(config, settings, reading, popular) for config in CHEAP
        }

    rows = current_ranks().told_by_first(judged)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=_SHOWN)
    return table.rename_axis("model")


def _judged(config, settings, reading, popular):
    began = time.perf_counter()
    told = counted_scorer(config, settings, reading, popular).validation(*reading.asked)
    return [(told | {"seconds": time.perf_counter() - began})[name] for name in _SHOWN]


def with_best(history, beside, training):
    """`history` with a column: what the best of `beside` has of the number that is monitored.

    history:  DataFrame, a row per epoch
    beside:   what `counted_beside` returned
    training: TrainConfig

    As it is where there is nothing to compare: none were counted, or another number is monitored.
    """
    if not _is_comparable(beside, training):
        return history
    return history.assign(**{BEST: beside[training.monitor].loc[_best(beside, training)]})


def warn_if_below(result, beside, training):
    """One warning if the network that was kept is worse in validation than the best of `beside`.

    result: TrainResult; the others: as `with_best` has them
    """
    history = result.history
    if not _is_comparable(beside, training) or len(history) == 0 or not current_ranks().is_first:
        return
    kept = history.iloc[-1]
    if training.restore_best_weights and result.best_epoch is not None:
        kept = history.iloc[result.best_epoch - 1]
    name = _best(beside, training)
    reached = kept[training.monitor]
    counted = beside.loc[name, training.monitor]
    sign = 1 if training.higher_is_better else -1
    if sign * reached < sign * counted:
        warn(
            f"the network's {training.monitor} in validation is {reached:.4g}, and {name}, which "
            f"only counts, has {counted:.4g} after {beside.loc[name, 'seconds']:.2g} seconds. "
            "Cure: more epochs, another learning_rate or batch_size, until the network is above "
            f"it; or SequentialRecommender({name}()).",
            stacklevel=4,
        )


def _is_comparable(beside, training):
    return beside is not None and training.monitor in beside and training.monitor != "seconds"


def _best(beside, training):
    """The name of the best one by the number that is monitored."""
    values = beside[training.monitor]
    return values.idxmax() if training.higher_is_better else values.idxmin()
