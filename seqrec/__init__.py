"""seqrec: sequential recommendation, one small module per idea.

Import what you need from the module that holds it, for example::

    from seqrec.data.sequences import build_sequences, sliding_windows

This file imports nothing, so that ``import seqrec`` costs nothing.
"""

__version__ = "0.1.0"
