"""What becomes of a file, of a JSON document and of tensors: one change at random."""

import math

import torch

HUGE = 10**8


def accident(rng, data):
    """Bytes after an accident: flipped, cut, emptied, grown, a piece moved or lost."""
    data = bytearray(data)
    place = int(rng.integers(len(data)))
    length = int(rng.integers(1, 200))
    match int(rng.integers(7)):
        case 0 | 1:
            data[place] ^= 1 << int(rng.integers(8))
        case 2:
            del data[place:]
        case 3:
            del data[place : place + length]
        case 4:
            data[place : place + length] = bytes(len(data[place : place + length]))
        case 5:
            data[place:place] = rng.bytes(length)
        case 6:
            data = data[place:] + data[:place] if rng.random() < 0.8 else bytearray()
    return bytes(data)


def changed_document(rng, document):
    """(The way to the place, the document with one entry of it changed). Edits what it is given."""
    place = _some_place(rng, document)
    *way, last = place
    parent = document
    for step in way:
        parent = parent[step]
    value = parent[last]
    kind = int(rng.integers(8))
    if kind == 0:
        del parent[last]
    elif kind == 1 and isinstance(parent, dict):
        parent[f"{last}2"] = value
    elif kind == 1:
        parent.insert(last, value)
    elif kind == 2 and isinstance(parent, dict):
        parent[f"x{last}"] = parent.pop(last)
    else:
        parent[last] = _other(rng, value)
    return place, document


def _some_place(rng, document):
    """The way to an entry at random; all entries of all depths are alike likely."""
    places = []

    def walk(value, way):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            places.append([*way, key])
            if isinstance(value[key], dict | list):
                walk(value[key], [*way, key])

    walk(document, [])
    return places[int(rng.integers(len(places)))]


def _other(rng, value):
    """Another value: of another sign, size or type."""
    choices = [None, "", "text" * 200, [], {}, [value], {"a": value}, True, False, math.nan]
    choices += [-1, 0, 1, 2, HUGE, 2**70, 10**400, 0.5, math.inf, str(value)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        choices += [-value, value + 1, value - 1, value * 2, float(value), value + 0.5] * 3
    if isinstance(value, str):
        choices += [value.upper() + "x", value[:-1], value * 2] * 3
    if isinstance(value, list):
        choices += [value[::-1], value[:-1], value + value] * 3
    different = [choice for choice in choices if type(choice) is not type(value) or choice != value]
    return different[int(rng.integers(len(different)))]


def changed_tensors(rng, tensors):
    """The tensors with one of another name, shape or dtype, with NaN, doubled or gone."""
    names = sorted(tensors)
    name = names[int(rng.integers(len(names)))]
    tensor = tensors[name]
    others = {key: value for key, value in tensors.items() if key != name}
    match int(rng.integers(8)):
        case 0:
            return others
        case 1:
            return others | {name + "2": tensor}
        case 2:
            return tensors | {name + "2": tensor.clone()}
        case 3:
            return others | {name: torch.cat([tensor.reshape(-1), tensor.reshape(-1)[:1]])}
        case 4:
            return others | {name: tensor[None]}
        case 5:
            kinds = [torch.float64, torch.float16, torch.int32, torch.bool, torch.uint8]
            kinds = [kind for kind in kinds if kind != tensor.dtype]
            return others | {name: tensor.to(kinds[int(rng.integers(len(kinds)))])}
        case 6:
            return others | {name: tensor.new_zeros((0, *tensor.shape))}
    if not tensor.is_floating_point():
        return others | {name: -1 - tensor if tensor.dtype != torch.bool else tensor.int()}
    odd = tensor.clone().reshape(-1)
    odd[int(rng.integers(len(odd)))] = math.nan
    return others | {name: odd.reshape(tensor.shape)}
