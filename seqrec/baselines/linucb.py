"""LinUCB: one ridge regression per product, and a bonus for what is not yet known.

Li, Chu, Langford, Schapire (2010), "A Contextual-Bandit Approach to Personalized News Article
Recommendation", Algorithm 1, with disjoint linear models. A product is an *arm*; what the shop
knows about a user is the *context* x.

Axis letters: B users (or events), K candidates, D context features, N exposures.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from seqrec.baselines.exposures import read_exposures, read_item_ids, rows_of_users
from seqrec.baselines.settings import check_n_items
from seqrec.checks import check_positive


class LinUCB:
    """An upper bound on the reward of each arm a, from the events in which it was shown.

    With the contexts X and rewards r of these events:

        A_a = ridge * I + X^T X        b_a = X^T r        theta_a = A_a^-1 b_a
        score = x . theta_a + alpha * sqrt(x^T A_a^-1 x)
                 expected click        width: how uncertain that expectation still is

    Sums have no order: shuffle the events, and A and b stay what they were. That makes LinUCB
    memoryless.

    n_items:  arms are the products 1..n_items.
    contexts: DataFrame indexed by user id, one column per feature, a constant 1 among them; `fit`,
              `score` and `click_probability` look users up in it. `select` and `update` are given
              context rows, and do without.
    alpha:    weight of the bonus, 0 or more; 0 is greedy. With 1 + sqrt(ln(2 / delta) / 2) the true
              mean lies within the bonus with probability 1 - delta, if it is linear in x and
              rewards lie in [0, 1] (2.4 for delta = 0.05; Li et al., section 3.1). Smaller values
              explore less, and often earn more.
    ridge:    strength of the prior belief theta = 0, in imagined events. Li et al. use 1.

    Learned (row 0 stands for padding and is never used): A_ and A_inverse_ (n_items + 1, D, D),
    b_ and theta_ (n_items + 1, D).
    """

    def __init__(
        self,
        n_items: int,
        contexts: pd.DataFrame | None = None,
        *,
        alpha: float = 1.0,
        ridge: float = 1.0,
    ) -> None:
        self.n_items = n_items
        self.contexts = contexts
        self.alpha = alpha
        self.ridge = ridge

    def fit(self, exposures: pd.DataFrame) -> Self:
        """Forget everything, then learn from a log at once: the same sums as one `update` per row.

        exposures: DataFrame `user_id, product_id, clicked` (see `seqrec.baselines.exposures`).

        Returns self.
        Raises ValueError that names the first bad row, or the first user without a context.
        """
        users, items, clicks = read_exposures(exposures, self.n_items)
        contexts = self._contexts_of(users)  # (N, D)
        self._start(contexts.shape[1])
        return self.update(contexts, items, clicks)

    def update(self, contexts: npt.ArrayLike, arms: npt.ArrayLike, rewards: npt.ArrayLike) -> Self:
        """Learn from B events.

        The inverses of the arms concerned are computed afresh, O(D^3) each. Sherman and Morrison's
        formula would take O(D^2) an event, but it gathers rounding errors, and D is small.

        contexts: (B, D).
        arms:     (B,) the products that were shown.
        rewards:  (B,) what they earned.

        Returns self. Raises ValueError on lengths that differ, an unknown product, or a number that
        is not finite.
        """
        contexts = self._ready_for(contexts)
        arms = read_item_ids(arms, self.n_items)
        rewards = np.asarray(rewards, dtype=np.float64)
        if not arms.shape == rewards.shape == contexts.shape[:1]:
            raise ValueError(
                f"{len(contexts)} contexts, arms {arms.shape} and rewards {rewards.shape} do not "
                "match"
            )
        if not np.isfinite(rewards).all():
            raise ValueError(
                f"rewards must be finite numbers; that of event {np.isfinite(rewards).argmin()} is "
                "not"
            )

        order = np.argsort(arms, kind="stable")
        touched, starts = np.unique(arms[order], return_index=True)
        for arm, events in zip(touched, np.split(order, starts)[1:], strict=True):
            X = contexts[events]  # (events of this arm, D)
            self.A_[arm] += X.T @ X
            self.b_[arm] += X.T @ rewards[events]
        self.A_inverse_[touched] = np.linalg.inv(self.A_[touched])
        self.theta_[touched] = np.einsum("ade,ae->ad", self.A_inverse_[touched], self.b_[touched])
        return self

    def select(self, contexts: npt.ArrayLike, candidates: npt.ArrayLike) -> np.ndarray:
        """The candidate of highest score for each context; of equals, the first.

        contexts:   (B, D).
        candidates: (K,) product ids for all, or (B, K) for each.

        Returns (B,) product ids. Raises ValueError for no candidate or an unknown product.
        """
        contexts = self._ready_for(contexts)
        candidates = np.asarray(candidates)
        if not candidates.size:
            raise ValueError("there are no candidates to select from")
        item_ids = read_item_ids(candidates.ravel(), self.n_items)
        arms, columns = np.unique(item_ids, return_inverse=True)
        mean, width = self.mean_and_width(contexts, arms)  # (B, arms)
        shape = (len(contexts), candidates.shape[-1])  # (B, K)
        columns = np.broadcast_to(columns.reshape(candidates.shape), shape)
        best = np.take_along_axis(mean + self.alpha * width, columns, axis=1).argmax(axis=1)  # (B,)
        return np.broadcast_to(candidates, shape)[np.arange(len(contexts)), best]

    def mean_and_width(
        self, contexts: npt.ArrayLike, arms: npt.ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """Expected reward x . theta_a and its width sqrt(x^T A_a^-1 x), each (B, len(arms)).

        contexts: (B, D).
        arms:     product ids, a flat list.
        """
        self._check_learned()
        contexts = self._ready_for(contexts)
        arms = read_item_ids(arms, self.n_items)
        # x^T A^-1 x is the sum of A^-1 * x x^T.
        squares = contexts[:, :, None] * contexts[:, None, :]  # (B, D, D)
        variance = np.tensordot(squares, self.A_inverse_[arms], axes=([1, 2], [1, 2]))  # (B, arms)
        mean = contexts @ self.theta_[arms].T  # (B, arms)
        return mean, np.sqrt(variance.clip(min=0))  # rounding can turn 0 into -1e-18

    def score(self, user_ids: npt.ArrayLike, histories: npt.ArrayLike | None = None) -> np.ndarray:
        """Scores (B, n_items + 1) of all products, mean + alpha * width; column 0 is -inf.

        user_ids:  (B,) integers, in the table of contexts.
        histories: not looked at. What a user did a moment ago is nothing to a memoryless model.
        """
        contexts = self._contexts_of(user_ids)  # (B, D)
        mean, width = self.mean_and_width(contexts, np.arange(1, self.n_items + 1))
        return np.pad(mean + self.alpha * width, ((0, 0), (1, 0)), constant_values=-np.inf)

    def click_probability(self, user_ids: npt.ArrayLike, item_ids: npt.ArrayLike) -> np.ndarray:
        """Expected click (N,) of each pair of the two lists, without the bonus.

        Linear in x, so it may leave [0, 1] a little.
        """
        self._check_learned()
        contexts = self._ready_for(self._contexts_of(user_ids))  # (N, D)
        return (contexts * self.theta_[read_item_ids(item_ids, self.n_items)]).sum(axis=1)

    def _contexts_of(self, user_ids):
        """Rows (B, D) of the context table."""
        if not isinstance(self.contexts, pd.DataFrame):
            raise TypeError(
                "contexts must be a DataFrame indexed by user id, not "
                f"{type(self.contexts).__name__}"
            )
        return read_contexts(self.contexts)[rows_of_users(user_ids, self.contexts.index)]

    def _ready_for(self, contexts):
        """Context rows (B, D), checked. The first that a new model meets decide its D."""
        contexts = read_contexts(contexts)
        if not hasattr(self, "A_"):
            self._start(contexts.shape[1])
        if contexts.shape[1] != self.b_.shape[1]:
            raise ValueError(
                f"contexts have {contexts.shape[1]} features, but this model learned "
                f"{self.b_.shape[1]}"
            )
        return contexts

    def _start(self, D):
        """Nothing learned yet: A = ridge * I, b = 0."""
        # Else an arm that was never shown has no inverse.
        check_positive("ridge", self.ridge)
        # A negative bonus shuns the unknown for ever.
        check_positive("alpha", self.alpha, may_be_zero=True)
        check_n_items(self.n_items, bytes_per_item=16 * D * (D + 1))
        self.A_ = np.tile(np.eye(D) * self.ridge, (self.n_items + 1, 1, 1))
        self.A_inverse_ = np.tile(np.eye(D) / self.ridge, (self.n_items + 1, 1, 1))
        self.b_ = np.zeros((self.n_items + 1, D))
        self.theta_ = np.zeros((self.n_items + 1, D))

    def _check_learned(self):
        if not hasattr(self, "A_"):
            raise RuntimeError(
                "LinUCB has learned nothing yet: call fit(exposures), or select and update, first"
            )


def upper_confidence_bound(
    context: np.ndarray, A: np.ndarray, b: np.ndarray, alpha: float
) -> float:
    """The score of one arm, x . theta + alpha * sqrt(x^T A^-1 x) with theta = A^-1 b.

    context: (D,), x.
    A:       (D, D), ridge * I + X^T X.
    b:       (D,), X^T r.
    alpha:   weight of the bonus.

    Returns a float; `LinUCB` scores many at once.
    """
    theta = np.linalg.solve(A, b)
    return float(context @ theta + alpha * np.sqrt(context @ np.linalg.solve(A, context)))


def read_contexts(contexts):
    """Context rows (B, D) float64.

    Raises ValueError on another shape, and names the first row that is not finite.
    """
    contexts = np.asarray(contexts, dtype=np.float64)
    if contexts.ndim != 2:
        raise ValueError(f"contexts must have the shape (B, D), not {contexts.shape}")
    finite = np.isfinite(contexts).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"context row {finite.argmin()} holds a value that is not finite: "
            f"{contexts[finite.argmin()]}"
        )
    return contexts
