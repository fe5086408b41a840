"""The settings of a baseline, checked when it is fitted: scikit-learn's way, `__init__` stores.

Axis letters: V = n_items + 1.
"""

from seqrec.checks import check_count, check_positive, check_room

#: Pairs of products are counted by one int64 for both.
MOST_ITEMS = 2**31 - 1


def check_settings(model, counts=(), positives=()):
    """Raise ValueError for the first setting of a model that makes no sense; `n_items` first.

    counts:    names of those that are whole numbers of 1 or more.
    positives: names of those that are finite numbers above 0.
    """
    check_n_items(model.n_items)
    for name in counts:
        check_count(name, getattr(model, name))
    for name in positives:
        check_positive(name, getattr(model, name))


def check_n_items(n_items, bytes_per_item=8):
    """Raise ValueError unless products can be 1..n_items on this machine.

    bytes_per_item: what the model holds of each.
    """
    check_count("n_items", n_items, 1, MOST_ITEMS)
    check_room("n_items", n_items, (int(n_items) + 1) * bytes_per_item)
