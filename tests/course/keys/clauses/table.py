"""The sentences of a stub's docstring, each of which is a promise; and what the tables write.

`chNN.py` beside this file says, for each sentence of each stub, by what the coach notices that it
is broken:

    CLAUSES = {
        "2.2": {
            "Sequences of any length": "pads on the right",  # a misconception of the key
            "some may be empty.": _raises_if_empty,  # a small wrong answer, in the stub's shape
            "Returns (B, max_len)": ("gives a list", _gives_int32),  # one for each promise
            "Zeros are cheap.": NOTHING,  # it promises nothing
        },
    }

An entry's name is the sentence or its start, with any white space; of one sentence only.
"""

import ast
import re

NOTHING = "(this sentence promises nothing)"

# "targets: ", "user, timestamp: ", "1. ", "Returns " or "Raises " at the start of a line.
_ENTRY = re.compile(r"\s*(\w+(, \w+)*:\s|\d+\. |Returns? |Raises? )")
# After a mark that ends a sentence: not after the "1." of a list entry, and after "..." only before
# a capital letter.
_END = re.compile(r"(?<=.[^\s.][.?!;])\s+|(?<=\.\.\.)\s+(?=[A-Z])")


def sentences(docstring: str) -> list[str]:
    """A docstring's sentences and list entries; the parts of a sentence that ";" parts count.

    White space is one space each. A list entry's first line starts a sentence wherever it stands.
    """
    chunks = [""]
    for line in docstring.strip().splitlines():
        if _ENTRY.match(line) or not line.strip():
            chunks.append("")
        chunks[-1] += " " + line
    flat = [" ".join(chunk.split()) for chunk in chunks]
    return [part for chunk in flat for part in _END.split(chunk) if part]


def promises(stub: str) -> list[str]:
    """The sentences of a stub's source: a function's docstring, or a class's and its methods'."""
    (node,) = ast.parse(stub).body
    found = []
    for each in ast.walk(node):
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            found += sentences(ast.get_docstring(each) or "")
    return found
