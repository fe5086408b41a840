"""The oracle in JavaScript is the oracle: to 1e-9, on histories of the shop and on nonsense.

python -m tests.website.play.test_oracle 10000       on so many histories
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from course.play.forecasters import SHOP_USERS
from tests.website.play.engine import engine
from website.play.data import write_data
from zooplus_sim import Oracle, World, ZooplusSimulator

LAWS = """([histories, longest]) => {
  const world = { ...shop.world, max_session_length: longest };
  const oracle = new play.Oracle(world, shop.tables);
  return histories.map(clicks => Array.from(oracle.law(clicks)));
}"""
LONGEST = 40
LENGTHS = (0, 1, 2, 3, 8, 10, 11, 24, LONGEST)  # BST reads 10


def histories_of(shop, n):
    """n of the shop's, of 0 to 40 clicks; every tenth at random, which says the least."""
    log = shop.journeys(events_per_user=LONGEST, users=n, seed=5).interactions
    clicks = log["item_id"].to_numpy().reshape(n, LONGEST)
    draw = np.random.default_rng(0)
    clicks = np.where(
        np.arange(n)[:, None] % 10 == 0, draw.integers(1, shop.n_products + 1, clicks.shape), clicks
    )
    lengths = draw.choice(LENGTHS, n)
    return [row[:length].tolist() for row, length in zip(clicks, lengths, strict=True)]


def farthest(shop, run, n):
    """The largest difference of a probability between both oracles, over n histories."""
    histories = histories_of(shop, n)
    padded = np.array([[0] * (LONGEST - len(row)) + row for row in histories])
    exact = Oracle(shop).next_item_probabilities(padded)
    return np.abs(np.array(run(LAWS, [histories, shop.world.max_session_length])) - exact).max()


def test_the_oracles_agree_to_1e_9(shop, run):
    assert farthest(shop, run, 250) < 1e-9


def test_the_oracles_agree_where_sessions_are_cut_short(run):
    """Hardly one is, in the default world."""
    world = World.default().replace(max_session_length=4)
    assert farthest(ZooplusSimulator(n_users=50, world=world), run, 50) < 1e-9


def main():
    """Compare as many histories as are asked for."""
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder) / "data.js")
        with engine(Path(folder) / "data.js") as run:
            difference = farthest(ZooplusSimulator(n_users=SHOP_USERS), run, int(sys.argv[1]))
    print(f"largest difference: {difference:.1e}")


if __name__ == "__main__":
    main()
