"""A line of Python is read as Python reads it, by the pattern or not, and never executed."""

import ast
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.data.public_logs.literals import flat_dict, read_dict

VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES |= st.text()
DICTS = st.dictionaries(st.text(max_size=3) | st.sampled_from(["a", "b"]), VALUES, max_size=5)


@settings(max_examples=300, deadline=None)
@given(DICTS)
def test_the_repr_of_a_dict_gives_its_wanted_entries(written):
    for text in (repr(written), repr(written).replace(": '", ": u'")):
        found = read_dict(text, frozenset(("a", "b")))
        expected = ast.literal_eval(text)
        assert found is not None and found.keys() == expected.keys()
        for name in found.keys() & {"a", "b"}:
            assert found[name] == expected[name] and type(found[name]) is type(expected[name])


@settings(max_examples=300, deadline=None)
@given(st.text("'\"\\{}:,u ab1.\n-", max_size=30).map("{{'a': {}}}".format))
def test_what_the_pattern_takes_python_takes_too_and_finds_the_same(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = flat_dict(text, frozenset(("a",)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        # A value that is not wanted may be wrong; a wanted one is then None, which is refused.
        assert found is None or found["a"] is None
        return
    if found is not None:
        assert found["a"] == expected["a"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "{'a': 1",
        "{'a': __import__('os').abort()}",
        "{'a': 'b' 'c'}",
        "{'a': '''b'''}",
    ]
    + [
        "{'a': 1, 'a': 2}",
        "{'a': [1, {'b': 2}]}",
        "{'a': 'it\\'s'}",
        "{'a': u'\\u00e9'}",
        "{'a': 007}",
    ],
)
def test_single_lines_are_what_python_says(text):
    try:
        expected = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        expected = None
    found = read_dict(text, frozenset(("a",)))
    assert found == expected or (expected is None and found == {"a": None})


@pytest.mark.parametrize("piece", ["'", " ", "\\'", "'a':1,", "'':", "u'"])
def test_a_line_that_is_made_to_be_slow_takes_steps_like_its_length(piece):
    began = time.process_time()
    flat_dict("{" + piece * (400_000 // len(piece)), frozenset())
    # Hundredths of a second of the processor; minutes if they were like its square.
    assert time.process_time() - began < 20
