"""AdamW's moments in a checkpoint: by the names of the parameters, never by their numbers.

PyTorch counts parameters in the order in which a network makes them. Two lines of an `__init__`
that change places leave names and shapes as they are and give every moment to another parameter.
Where shapes differ too, the fused step then reads and writes beyond the end of a tensor.
"""

import torch

# What AdamW keeps of each parameter that it has moved: how often, mean, mean of squares.
KINDS = ("step", "exp_avg", "exp_avg_sq")


def moments_of(network, optimizer):
    """{kind: {name of the parameter: tensor}} of all parameters that were moved."""
    found = {kind: {} for kind in KINDS}
    for name, parameter in network.named_parameters():
        # `get`: looking it up would make an entry.
        for kind, tensor in optimizer.state.get(parameter, {}).items():
            found[kind][name] = tensor
    return found


def wrong_moments(moments, names, network, optimizer, step):
    """What is wrong with moments that were read, as a sentence without its end; None if nothing.

    moments: as `moments_of` has them, of any kinds.
    names:   of the parameters that had been moved, as they were noted down.
    step:    how many updates there were.
    """
    trained = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    parameters = dict(network.named_parameters())
    if bool(names) != (step > 0):
        return f"there must be moments from the first step on, got {len(names)} after step {step}"
    for name in names:
        if id(parameters.get(name)) not in trained:
            return f"it holds moments of {name}, which is not trained"
    for kind in moments.keys() | set(KINDS):
        held = moments.get(kind, {})
        if kind not in KINDS or held.keys() != set(names):
            return f"{kind} must be there for all of {len(names)} parameters and for no other"
        for name, tensor in held.items():
            problem = _wrong_tensor(kind, tensor, parameters[name], step)
            if problem:
                return f"{kind} of {name} {problem}"
    return None


def _wrong_tensor(kind, tensor, parameter, step):
    dtype = torch.float32 if kind == "step" else parameter.dtype
    shape = () if kind == "step" else tuple(parameter.shape)
    if tensor.dtype != dtype or tuple(tensor.shape) != shape:
        return f"must be {dtype} {shape}, got {tensor.dtype} {tuple(tensor.shape)}"
    if kind == "step":
        count = tensor.item()
        # Beyond 2**24 float32 no longer counts one by one.
        return None if count >= 1 and count == int(min(count, step)) else f"is {count:g}"
    if kind == "exp_avg":
        return None if tensor.isfinite().all() else "is not finite"
    return None if (tensor >= 0).all() else "is negative or NaN"


def put_moments(moments, network, optimizer):
    """Give the optimiser moments that `wrong_moments` had nothing against."""
    numbers = {
        id(parameter): number
        for number, parameter in enumerate(
            parameter for group in optimizer.param_groups for parameter in group["params"]
        )
    }
    state = {}
    for name, parameter in network.named_parameters():
        if name not in moments["step"]:
            continue
        # In the parameter's own order in memory, which the fused step takes for granted.
        state[numbers[id(parameter)]] = {
            "step": moments["step"][name],
            "exp_avg": torch.empty_like(parameter).copy_(moments["exp_avg"][name]),
            "exp_avg_sq": torch.empty_like(parameter).copy_(moments["exp_avg_sq"][name]),
        }
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
