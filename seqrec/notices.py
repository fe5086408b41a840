"""What the library says without being asked: to Python's `logging`, and as warnings.

    logging.basicConfig(level=logging.INFO)      # now each epoch of training is a line

The logger is "seqrec": one line of level INFO for each epoch, one of level WARNING for each warning
and for a training that was interrupted. A program that sets up no logging sees none of them.
"""

import logging
import warnings

LOGGER = logging.getLogger("seqrec")
# Where no program listens, Python itself would print what is of level WARNING.
LOGGER.addHandler(logging.NullHandler())


def warn(message: str, stacklevel: int) -> None:
    """A UserWarning, and the same in the log.

    stacklevel: as `warnings.warn` has it, counted from the caller.
    """
    LOGGER.warning("%s", message)
    warnings.warn(message, stacklevel=stacklevel + 1)
