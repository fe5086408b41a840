"""How long does an answer take? Not on average: the slowest answer in a hundred is the one that people remember."""

import gc
import time

import numpy as np


def time_calls(call, requests, *, n_warm_up=20, clock=time.perf_counter):
    """Milliseconds of `call(request)` for each request after the first `n_warm_up`: (n,) float64.

    The first calls fill caches and are not typical. clock: seconds; `time.process_time` leaves out what other programs
    of a busy machine take. Python's garbage collector is held off, so that one call does not pay for the others.
    Raises ValueError if nothing is left to time.
    """
    requests = list(requests)
    if len(requests) <= n_warm_up:
        raise ValueError(f"{len(requests)} requests, of which {n_warm_up} warm up: nothing is left to time.")
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
    """Percentiles that did occur: for p, the smallest value that at least p % of the values don't exceed.

    values: (n,) in any order, n of 1 or more. percents: (m,) above 0, up to 100. Returns (m,).
    """
    values, percents = np.sort(values), np.asarray(percents)
    _check_percents(values, percents)
    rank = np.ceil(percents * len(values) / 100).astype(int)  # times n first: 0.07 * 100 is 7.000000000000001
    return values[rank - 1]


def _check_percents(values, percents):
    if not len(values) or not ((percents > 0) & (percents <= 100)).all():
        raise ValueError(f"expected values and percents above 0 up to 100, got {len(values)} values and {percents}.")
