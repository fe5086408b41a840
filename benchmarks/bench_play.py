"""Makes no table: prints the ratio of a click in *Play as Anna* to its models' bare answers.

    python -m pytest -m benchmark -s benchmarks/bench_play.py

The time of a click goes on until the board is drawn.
"""

import time

import numpy as np
import pytest

from course.play import PlayPage
from course.play.forecasters import LEARNED, probabilities_of

pytestmark = pytest.mark.benchmark
# Of processor time, which a busy machine does not lengthen.
MOST_SECONDS = 0.15


def clicked():
    """Processor seconds of each of 37 clicks, and of the models alone on the same histories."""
    page = PlayPage()
    rng = np.random.default_rng(0)
    of_page = []
    of_models = []
    for item in rng.integers(1, 51, size=37):
        history = np.array([[*page.visit.clicks, item]])
        began = time.process_time()
        for name in LEARNED:
            probabilities_of(name, history)
        middle = time.process_time()
        page.click(int(item))
        of_models.append(middle - began)
        of_page.append(time.process_time() - middle)
    return np.array(of_page), np.array(of_models)


def test_a_click_is_answered_at_once():
    of_page, of_models = clicked()
    print(
        f"\na click: median {1000 * np.median(of_page):.0f} ms, longest {1000 * of_page.max():.0f} "
        "ms;",
        end=" ",
    )
    print(f"{np.median(of_page / of_models):.1f} times the three models' bare answers")
    assert of_page.max() < MOST_SECONDS
