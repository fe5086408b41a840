"""Every forecaster says in JavaScript what it says in Python, to four decimals and more.

python -m tests.website.play.test_models 1000       on so many histories
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from course.play.forecasters import LEARNED, NAMES, SHOP_USERS, probabilities_of, recommender
from tests.website.play.engine import engine
from tests.website.play.test_oracle import histories_of
from website.play.data import write_data
from zooplus_sim import Oracle, ZooplusSimulator

SAME = 1e-6  # PyTorch computes with 7 digits, JavaScript with 16
LAWS = """([histories, candidates]) => {
  const all = play.forecasters(shop);
  return Object.fromEntries(Object.entries(all).map(([name, forecaster]) =>
    [name, histories.map(clicks => Array.from(forecaster.law(clicks, candidates)))]));
}"""


def laws(shop, histories):
    """{forecaster: (B, J) probabilities of the next click}, by Python."""
    found = {
        "popularity": np.tile(recommender("SASRec").scorer_.popularity.exp(), (len(histories), 1))
    }
    width = max(map(len, histories))
    padded = np.array([[0] * (width - len(row)) + row for row in histories])
    for name in LEARNED:
        found[name] = np.empty((len(histories), shop.n_products))
        for length in sorted({len(row) for row in histories}):
            rows = [n for n, row in enumerate(histories) if len(row) == length]
            batch = padded[rows][:, width - length :]
            found[name][rows] = probabilities_of(name, batch)[:, 1:]
    found["oracle"] = Oracle(shop).next_item_probabilities(padded)[:, 1:]
    return found


def differences(shop, run, n):
    """{forecaster: the largest difference of a probability, over n histories}."""
    histories = histories_of(shop, n)
    found = run(LAWS, [histories, list(range(1, shop.n_products + 1))])
    expected = laws(shop, histories)
    return {name: np.abs(np.array(found[name]) - expected[name]).max() for name in NAMES}


def test_all_forecasters_say_the_same_in_both_languages(shop, run):
    found = differences(shop, run, 40)
    assert max(found.values()) < SAME, found


def test_of_a_few_products_the_probabilities_are_those_of_all_scaled(run):
    clicks, few = [34, 13, 20], [7, 1, 50, 33]
    every = run(LAWS, [[clicks], list(range(1, 51))])
    some = run(LAWS, [[clicks], few])
    for name in NAMES:
        chosen = np.array(every[name][0])[np.array(few) - 1]
        np.testing.assert_allclose(some[name][0], chosen / chosen.sum(), atol=1e-12)


def main():
    """Compare as many histories as are asked for."""
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder) / "data.js")
        with engine(Path(folder) / "data.js") as run:
            shop = ZooplusSimulator(n_users=SHOP_USERS)
            for name, difference in differences(shop, run, int(sys.argv[1])).items():
                print(f"{name:10} {difference:.1e}")


if __name__ == "__main__":
    main()
