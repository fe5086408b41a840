"""What an answer costs in time, and what a job costs on more data than one has tried it on.

    time_calls(call, requests)          milliseconds of each answer
    nearest_rank(values, percents)      percentiles that did occur
    marginal_costs, projected_cost      what a larger job would cost

Percentiles, not the average: the slowest answer in a hundred is the one remembered.

A measured time has a part that does not grow, such as loading a library, and a part that does. Only
the second one tells what comes.
"""

import gc
import time
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from seqrec.checks import check_count


def time_calls(
    call: Callable[..., object],
    requests: Iterable[object],
    *,
    n_warm_up: int = 20,
    clock: Callable[[], float] = time.perf_counter,
) -> np.ndarray:
    """Milliseconds of `call(request)` for each request after the first `n_warm_up`: (n,) float64.

    call:      a function of one request
    requests:  n + n_warm_up of them
    n_warm_up: the first calls fill caches and are not typical
    clock:     seconds; `time.process_time` leaves out what other programs of a busy machine take

    Python's garbage collector is held off, so that one call does not pay for the others.
    Raises ValueError if nothing is left to time.
    """
    check_count("n_warm_up", n_warm_up, lowest=0)
    requests = list(requests)
    if len(requests) <= n_warm_up:
        raise ValueError(
            f"{len(requests)} requests, of which {n_warm_up} warm up: nothing is left to time."
        )
    seconds = []
    was_on = gc.isenabled()
    gc.disable()
    try:
        for request in requests:
            began = clock()
            call(request)
            seconds.append(clock() - began)
    finally:
        if was_on:
            gc.enable()
    return 1000 * np.array(seconds[n_warm_up:])


def nearest_rank(values: npt.ArrayLike, percents: npt.ArrayLike) -> np.ndarray:
    """Percentiles that did occur: the smallest value that at least p % of the values don't exceed.

    values:   (n,) in any order, n of 1 or more
    percents: (m,) of p, above 0, up to 100

    Returns (m,). Raises ValueError for no values, and for percents out of range.
    """
    values = np.sort(values)
    percents = np.asarray(percents)
    _check_percents(values, percents)
    # Times n first: 0.07 * 100 is 7.000000000000001.
    rank = np.ceil(percents * len(values) / 100).astype(int)
    return values[rank - 1]


def marginal_costs(sizes: npt.ArrayLike, costs: npt.ArrayLike) -> np.ndarray:
    """What one more unit cost between neighbouring sizes: (n - 1,).

    sizes: (n,), rising
    costs: (n,), measured

    Raises ValueError unless there are two or more sizes, rising.
    """
    sizes, costs = _checked(sizes, costs)
    return np.diff(costs) / np.diff(sizes)


def projected_cost(size: float, sizes: npt.ArrayLike, costs: npt.ArrayLike) -> float:
    """What `size` units would cost, if each further one costs as between the two largest sizes.

    size:  the largest of the sizes, or more
    sizes: (n,), rising
    costs: (n,), measured

    Raises ValueError as `marginal_costs` does, and for a size below the largest measured one: that
    would be reading between measurements.
    """
    slope = marginal_costs(sizes, costs)[-1]
    if size < sizes[-1]:
        raise ValueError(
            f"size is {size:g}, and up to {sizes[-1]:g} was measured. Cure: look it up there."
        )
    return float(costs[-1] + (size - sizes[-1]) * slope)


def _check_percents(values, percents):
    if not len(values) or not ((percents > 0) & (percents <= 100)).all():
        raise ValueError(
            f"expected values and percents above 0 up to 100, got {len(values)} values and "
            f"{percents}."
        )


def _checked(sizes, costs):
    sizes = np.asarray(sizes, float)
    costs = np.asarray(costs, float)
    if sizes.ndim != 1 or sizes.shape != costs.shape or len(sizes) < 2:
        raise ValueError(
            f"sizes and costs must be two lists of one length, 2 or more; got {sizes.shape}, "
            f"{costs.shape}."
        )
    if not (np.diff(sizes) > 0).all():
        raise ValueError(f"sizes must rise, got {sizes.tolist()}.")
    return sizes, costs
