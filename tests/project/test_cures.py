"""Each cure that an error prints makes the error go away."""

import warnings

import pytest

from tests.project import (
    cures_of_benchmark,
    cures_of_counted,
    cures_of_counted_logs,
    cures_of_files,
    cures_of_look,
    cures_of_protocols,
    cures_of_recommender,
    cures_of_saved,
    cures_of_serve,
    cures_of_setup,
    cures_of_shop_and_course,
    cures_of_wings,
    cures_of_world,
)
from tests.project.cures import cures_in_sources

TABLES = (
    cures_of_benchmark,
    cures_of_counted,
    cures_of_counted_logs,
    cures_of_wings,
    cures_of_protocols,
    cures_of_recommender,
    cures_of_shop_and_course,
    cures_of_saved,
    cures_of_serve,
    cures_of_files,
    cures_of_look,
    cures_of_world,
    cures_of_setup,
)
CURES = [cure for table in TABLES for cure in table.CURES]
#: What can't be executed here, by words of the message, and why.
NOT_EXECUTED = {
    'Cure: pip install "zooplus-course[huggingface]"': "a download",
    'Cure: pip install "zooplus-course[serve]"': "a download",
    'Cure: pip install "zooplus-course[onnx]"': "a download",
    "Cure: the version of seqrec that wrote it, or a newer one": "there is one version here",
    "Cure: --nproc-per-node {} or cpu": "needs a GPU",
    "ranks can't share a loss on mps": "needs a Mac's GPU",
    "Cure: the same data and settings on every rank": "needs two processes: test_distributed.py",
    "Cure: make test, once": "installs an environment",
    "what new items start from is not known": "no model of ours holds such a weight",
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """What each wrong call says, as an error or a warning; None where it says nothing."""
    return [message_of(cure.wrong, tmp_path_factory.mktemp("wrong")) for cure in CURES]


def message_of(call, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            call(folder)
        except Exception as error:
            # str of a KeyError is its repr.
            return str(error.args[0]) if error.args else str(error)
    return None


@pytest.mark.parametrize("row", range(len(CURES)), ids=[cure.told[:40] for cure in CURES])
def test_what_an_error_says_to_do_makes_it_go_away(row, messages, tmp_path):
    assert CURES[row].told in (messages[row] or "")
    CURES[row].mended(tmp_path)


def test_every_cure_in_the_sources_is_executed(messages):
    left = [
        f"{place}: {text}"
        for place, text, pattern in cures_in_sources()
        if not any(pattern.search(message) for message in messages if message)
        and not any(words in text for words in NOT_EXECUTED)
    ]
    assert not left, f"{len(left)} cures have no entry:\n" + "\n".join(left)


def test_no_cure_is_excused_that_is_gone():
    texts = [text for _, text, _ in cures_in_sources()]
    assert not [words for words in NOT_EXECUTED if not any(words in text for text in texts)]
