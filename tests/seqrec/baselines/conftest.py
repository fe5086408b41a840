"""A shop with exposures and journeys: models see the two logs, tests also see the truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from seqrec.data import build_sequences, pad_left
from zooplus_sim import ZooplusSimulator, generate_training_data


@dataclass(frozen=True)
class Shop:
    """Two logs, and the truth about each user and product.

    exposures, interactions: the two logs.
    categories:              by product id.
    persona, category:       (U, J) names.
    truth:                   (U, J) probabilities.
    """

    exposures: pd.DataFrame
    interactions: pd.DataFrame
    categories: pd.Series
    persona: np.ndarray
    category: np.ndarray
    truth: np.ndarray

    @property
    def n_items(self):
        return len(self.categories)

    @property
    def users(self):
        return np.arange(len(self.truth))

    @property
    def histories(self):
        """(U, 20) all clicks of each user, padded on the left."""
        return pad_left(build_sequences(self.interactions, 19)["item_sequence"], 20)


def open_shop(n_users, n_exposures, seed):
    sim = ZooplusSimulator(n_users=n_users, seed=seed)
    categories = sim.products["category"]
    personas = [sim.user_to_persona_map[user] for user in range(n_users)]
    truth = np.array(
        [
            [sim.personas[persona].get(category, 0.01) for category in categories]
            for persona in personas
        ]
    )
    return Shop(
        exposures=generate_training_data(sim, n_exposures, seed=seed),
        interactions=sim.journeys(events_per_user=(1, 20), seed=seed).interactions,
        categories=categories,
        persona=np.repeat(np.array(personas)[:, None], len(categories), axis=1),
        category=np.repeat(categories.to_numpy()[None, :], n_users, axis=0),
        truth=truth,
    )


@pytest.fixture(scope="session")
def shop():
    """60 users, 6,000 exposures: enough for all but the question how well a model learns."""
    return open_shop(n_users=60, n_exposures=6_000, seed=1)


@pytest.fixture(scope="session")
def large_shops():
    """Three shops with 200 exposures a user, as in the tutorial, for what holds on average only."""
    return [open_shop(n_users=500, n_exposures=100_000, seed=seed) for seed in (1, 2, 3)]
