"""What a job costs on more data than one has tried it on.

A measured time has a part that does not grow, such as loading a library, and a part that does. Only the second one
tells what comes.
"""

import numpy as np


def marginal_costs(sizes, costs):
    """What one more unit cost between neighbouring sizes. (n,), (n,) -> (n - 1,).

    Raises ValueError unless there are two or more sizes, rising.
    """
    sizes, costs = _checked(sizes, costs)
    return np.diff(costs) / np.diff(sizes)


def projected_cost(size, sizes, costs):
    """What `size` units would cost if each further one costs what those between the two largest sizes did.

    sizes, costs: (n,), measured, sizes rising. Returns a float. Raises ValueError as `marginal_costs` does, and for a
    size below the largest measured one: that would be reading between measurements.
    """
    slope = marginal_costs(sizes, costs)[-1]
    if size < sizes[-1]:
        raise ValueError(f"size is {size:g}, and up to {sizes[-1]:g} was measured. Cure: look it up there.")
    return float(costs[-1] + (size - sizes[-1]) * slope)


def _checked(sizes, costs):
    sizes, costs = np.asarray(sizes, float), np.asarray(costs, float)
    if sizes.ndim != 1 or sizes.shape != costs.shape or len(sizes) < 2:
        raise ValueError(
            f"sizes and costs must be two lists of one length, 2 or more; got {sizes.shape}, {costs.shape}."
        )
    if not (np.diff(sizes) > 0).all():
        raise ValueError(f"sizes must rise, got {sizes.tolist()}.")
    return sizes, costs
