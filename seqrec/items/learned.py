"""What a column learned, read from a file: is it what `learn` can have written?

Whether a mean is the mean of the right products can't be known.
"""

from seqrec.checks import is_number, shown
from seqrec.items.columns import Labels, Words
from seqrec.items.quantities import Number


def check_learned(kind, learned):
    """Raise ValueError unless `learned` is what this kind of column learns.

    kind:    Labels, Number, Words or Vectors
    learned: anything that JSON can say
    """
    names = _names_of(kind)
    if not isinstance(learned, dict) or learned.keys() != set(names):
        due = ", ".join(names) or "nothing"
        raise ValueError(_sentence(kind, f"be a dict of {due}", learned))
    if isinstance(kind, Labels):
        labels = learned["labels"]
        is_text = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        if not is_text or labels != sorted(set(labels)):
            raise ValueError(_sentence(kind, "hold labels, sorted, each once", labels))
        return
    if isinstance(kind, Words):
        return
    means = learned["mean"]
    widths = learned["sd"]
    if isinstance(kind, Number):
        means = [means]
        widths = [widths]
    if not isinstance(means, list) or not isinstance(widths, list) or len(means) != len(widths):
        raise ValueError(_sentence(kind, "hold as many means as sds", learned))
    for mean, sd in zip(means, widths, strict=True):
        if not is_number(mean) or not is_number(sd) or sd < 0:
            raise ValueError(_sentence(kind, "hold finite means, and sds from 0", (mean, sd)))


def _names_of(kind):
    """The entries of what a kind of column learns."""
    if isinstance(kind, Labels):
        return ("labels",)
    return () if isinstance(kind, Words) else ("mean", "sd")


def _sentence(kind, due, value):
    place = f"{type(kind).__name__}({shown(kind.column)})"
    return f"what {place} learned must {due}, got {shown(value)}."
