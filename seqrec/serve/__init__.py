"""A saved model behind HTTP: `python -m seqrec.serve MODEL --port 8000`. Needs the extra `serve`.

app         the four addresses, and what each answers; `__main__` is the command
questions   from the bytes of a request to a Question, or to a Refusal that says what is wrong
batching    those that wait are answered together
answering   several Questions, one forward pass
shelf       the model that answers, and its swap for another
counters    what has happened, as text for Prometheus
"""

from seqrec.serve.app import create_app
from seqrec.serve.questions import Limits
from seqrec.serve.shelf import Shelf

__all__ = ["Limits", "Shelf", "create_app"]
