"""What an answer costs in time, and what a job costs on more data than one has tried it on.

    time_calls(call, requests)               milliseconds of each answer
    nearest_rank(values, percents)           not the average: the slowest answer in a hundred is the one remembered
    marginal_costs, projected_cost           what a larger job would cost

A measured time has a part that does not grow, such as loading a library, and a part that does. Only
the second one tells what comes.
"""

import gc
import time

import numpy as np


def time_calls(call, requests, *, n_warm_up=20, clock=time.perf_counter):
    """Milliseconds of `call(request)` for each request after the first `n_warm_up`: (n,) float64.

    The first calls fill caches and are not typical. clock: seconds; `time.process_time` leaves out
    what other programs of a busy machine take. Python's garbage collector is held off, so that one
    call does not pay for the others.
    Raises ValueError if nothing is left to time.
    """
    requests = list(requests)
    if len(requests) <= n_warm_up:
        raise ValueError(
            f"{len(requests)} requests, of which {n_warm_up} warm up: nothing is left to time."
        )
    seconds, was_on = [], gc.isenabled()
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


def nearest_rank(values, percents):
    """Percentiles that did occur: for p, the smallest value that at least p % of the values don't
    exceed.

    values: (n,) in any order, n of 1 or more. percents: (m,) above 0, up to 100. Returns (m,).
    """
    values, percents = np.sort(values), np.asarray(percents)
    _check_percents(values, percents)
    rank = np.ceil(percents * len(values) / 100).astype(
        int
    )  # times n first: 0.07 * 100 is 7.000000000000001
    return values[rank - 1]


def marginal_costs(sizes, costs):
    """What one more unit cost between neighbouring sizes. (n,), (n,) -> (n - 1,).

    Raises ValueError unless there are two or more sizes, rising.
    """
    sizes, costs = _checked(sizes, costs)
    return np.diff(costs) / np.diff(sizes)


def projected_cost(size, sizes, costs):
    """What `size` units would cost if each further one costs what those between the two largest
    sizes did.

    sizes, costs: (n,), measured, sizes rising. Returns a float. Raises ValueError as
    `marginal_costs` does, and for a size below the largest measured one: that would be reading
    between measurements.
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
    sizes, costs = np.asarray(sizes, float), np.asarray(costs, float)
    if sizes.ndim != 1 or sizes.shape != costs.shape or len(sizes) < 2:
        raise ValueError(
            f"sizes and costs must be two lists of one length, 2 or more; got {sizes.shape}, "
            f"{costs.shape}."
        )
    if not (np.diff(sizes) > 0).all():
        raise ValueError(f"sizes must rise, got {sizes.tolist()}.")
    return sizes, costs
