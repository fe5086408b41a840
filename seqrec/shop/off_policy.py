"""What would another policy have earned? Answers from the log of the one that was there.

The log has N rounds: in context x_n the logging policy showed a_n with probability logging_n > 0,
and it earned r_n. The other policy, the target, would have shown a_n with probability target_n.
With w_n = target_n / logging_n

    ips    (1/N) sum of w_n r_n
    snips  sum of w_n r_n / sum of w_n

The first is unbiased, if the logging policy shows all that the target may show. The second is a
little biased, and steadier where weights are wild; with r + c it earns c more.

Horvitz & Thompson (1952); Swaminathan & Joachims (2015), "The Self-Normalized Estimator for
Counterfactual Learning". Both answer for the contexts of the log. If the target's own choices lead
to other contexts, so be it: they can't tell.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Estimate(NamedTuple):
    """An estimate, its standard error, and how many rounds of the target's own the log is worth.

    effective_size: (sum of w)**2 / sum of w**2 (Kish), at most N
    """

    value: float
    standard_error: float
    effective_size: float


def ips(rewards: npt.ArrayLike, logging: npt.ArrayLike, target: npt.ArrayLike) -> Estimate:
    """Inverse propensity score.

    rewards: (N,) what was earned
    logging: (N,) probability of what was shown, by the policy that was there
    target:  (N,) probability of the same, by the other policy

    Returns Estimate. Its standard error is that of a mean, from the spread of w r. Raises
    ValueError for fewer than 2 rounds, shapes that differ, a logging probability that is not above
    0 (what was shown can't have been impossible), or one above 1.
    """
    rewards, w = _read(rewards, logging, target)
    error = (w * rewards).std(ddof=1) / np.sqrt(len(w))
    return Estimate((w * rewards).mean(), error, _effective_size(w))


def snips(rewards: npt.ArrayLike, logging: npt.ArrayLike, target: npt.ArrayLike) -> Estimate:
    """Self-normalised inverse propensity score. Arguments, errors and result as of `ips`.

    Its standard error is that of a ratio (delta method): sqrt(sum of w**2 (r - value)**2) / sum of
    w. If the target shows nothing of what was shown, all three are NaN.
    """
    rewards, w = _read(rewards, logging, target)
    # 0 / 0, where nothing was shown that the target shows.
    with np.errstate(invalid="ignore"):
        value = (w * rewards).sum() / w.sum()
        error = np.sqrt((w**2 * (rewards - value) ** 2).sum()) / w.sum()
    return Estimate(value, error, _effective_size(w))


def _effective_size(w):
    return w.sum() ** 2 / (w**2).sum() if w.any() else np.nan


def _read(rewards, logging, target):
    """rewards (N,) and weights (N,), float64."""
    columns = {"rewards": rewards, "logging": logging, "target": target}
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    shapes = {name: values.shape for name, values in columns.items()}
    if len(set(shapes.values())) > 1 or columns["rewards"].ndim != 1 or len(columns["rewards"]) < 2:
        raise ValueError(
            f"rewards, logging and target must be (N,) alike, N of 2 or more, got {shapes}."
        )
    for name, values in columns.items():
        wrong = ~np.isfinite(values)
        if name != "rewards":
            wrong |= (values < 0) | (values > 1)
        if name == "logging":
            wrong |= values == 0
        if wrong.any():
            row = int(wrong.argmax())
            expected = {
                "rewards": "a finite number",
                "logging": "above 0, up to 1",
                "target": "from 0 to 1",
            }[name]
            raise ValueError(f"{name}[{row}] is {values[row]}, expected {expected}.")
    return columns["rewards"], columns["target"] / columns["logging"]
