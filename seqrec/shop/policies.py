"""What a model does in a shop: policies, which choose a slate from what the shop knows.

A policy is any callable `policy(observation, info) -> slates`, called once per step of an episode:

    observation   (B, L) int, the events of each shopper so far, product ids, left-padded with 0
    info          dict: "step" (events so far), and of the latest event "slates" (B, K) and
                  "place" (B,), -1 = no click
    slates        (B, K) product ids to show, best first, none twice in a row, 0 = empty place

A shop that speaks so need not be ours, and nothing here knows a simulator.

Axis letters: B shoppers, L length, K places, V = n_items + 1 columns, D context features.
"""

from collections.abc import Callable

import numpy as np

from seqrec.baselines.linucb import LinUCB
from seqrec.checks import check_count, check_positive, check_seed
from seqrec.recommender.recommender import SequentialRecommender
from seqrec.recommender.scoring import chunks
from seqrec.recommender.settings import read_list_settings
from seqrec.shop.slates import draw_slates, seen_places, slate_log_propensity


def product_scores(model: object, n_items: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function (B, L) -> (B, V): scores of every product after each history, column 0 -inf.

    model:   a fitted SequentialRecommender whose items are the products 1..n_items, or a sequential
             baseline (`seqrec.baselines`)
    n_items: V - 1

    Raises ValueError for a recommender of other items: fit it with `items`.
    """
    if not isinstance(model, SequentialRecommender):
        return lambda histories: model.score(np.zeros(len(histories), np.int64), histories)
    scorer = model.scorer_
    known = model.item_index_.item_ids_
    if not np.array_equal(known, np.arange(1, n_items + 1)):
        raise ValueError(
            f"this model's {len(known)} items are not the products 1..{n_items}. Cure: fit with "
            "items="
        )

    def score(histories):
        # A copy: PyTorch wants an array that may be written to.
        newest = np.array(histories)[:, -scorer.max_len :]
        parts = [scorer(newest[rows]).cpu().numpy() for rows in chunks(len(newest), n_items)]
        return np.pad(np.concatenate(parts), ((0, 0), (1, 0)), constant_values=-np.inf)

    return score


class SoftmaxPolicy:
    """Slates drawn from a model's scores, see `draw_slates`, and with which probability.

    score:       (B, L) histories -> (B, V)
    slate_size:  K
    temperature: 0 shows the best
    seed:        of the draws; the same seed, step and number of shoppers draw with the same luck,
                 whatever the scores and the temperature

    log_propensities_: dict step -> (B,) of this episode, log P(the slate that was shown); 0 where
                       temperature is 0
    """

    def __init__(
        self,
        score: Callable[[np.ndarray], np.ndarray],
        slate_size: int,
        *,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        check_count("slate_size", slate_size)
        check_positive("temperature", temperature, may_be_zero=True)
        self.score = score
        self.slate_size = slate_size
        self.temperature = temperature
        self.seed = check_seed("seed", seed)
        self.log_propensities_ = {}

    def __call__(self, observation: np.ndarray, info: dict[str, object]) -> np.ndarray:
        """Slates (B, K) for the shoppers of a step, see the module."""
        scores = self.score(observation)
        step = info["step"]
        rng = np.random.default_rng([self.seed, step])
        slates = draw_slates(scores, self.slate_size, self.temperature, rng)
        propensity = np.zeros(len(slates))
        if self.temperature:
            propensity = slate_log_propensity(scores, slates, self.temperature)
        # Step 0 begins a new episode.
        earlier = {} if step == 0 else self.log_propensities_
        self.log_propensities_ = earlier | {step: propensity}
        return slates


class LinUCBPolicy:
    """LinUCB in a shop: it shows the K highest upper bounds, and learns from every answer.

    model:      `seqrec.baselines.LinUCB`; what it has learned stays from episode to episode
    context:    (B, L) histories -> (B, D), what the bandit is told of a shopper
    slate_size: K
    seed:       of the draw that breaks ties, such as those of a bandit that has seen nothing

    It learns what `seen_places` makes of each answer, all shoppers of a step at once; of the last
    step of an episode it never hears.
    """

    def __init__(
        self,
        model: LinUCB,
        context: Callable[[np.ndarray], np.ndarray],
        slate_size: int,
        *,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.context = context
        self.slate_size = slate_size
        self.seed = check_seed("seed", seed)
        read_list_settings(slate_size, model.n_items, 0.0, False)
        # The latest step, and the contexts in which its slates were chosen.
        self._latest = None

    def __call__(self, observation: np.ndarray, info: dict[str, object]) -> np.ndarray:
        """Learns from the answer to the latest slates; then slates (B, K), see the module."""
        step = info["step"]
        if step and self._latest is not None and self._latest[0] == step - 1:
            rows, products, rewards = seen_places(info["slates"], info["place"])
            self.model.update(self._latest[1][rows], products, rewards)
        contexts = self.context(observation)
        if not hasattr(self.model, "A_"):
            # Begins with nothing.
            self.model.update(contexts[:0], np.zeros(0, np.int64), np.zeros(0))
        mean, width = self.model.mean_and_width(contexts, np.arange(1, self.model.n_items + 1))
        ties = np.random.default_rng([self.seed, step]).random(mean.shape)
        order = np.lexsort((ties, -(mean + self.model.alpha * width)), axis=1)
        self._latest = step, contexts
        return order[:, : self.slate_size] + 1
