"""JSON that is read without surprises: a name that comes twice is an error, and so is a pit."""

import json


def read_json(text):
    """What a JSON text says. Raises ValueError for what is none, or says a name twice."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _once(pairs):
    """A dict of (name, value) pairs."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} comes twice")
    return found
