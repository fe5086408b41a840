"""Without habit the shop is a hidden Markov model, and a library that knows nothing of shops agrees
with the oracle.

The hidden state of the model is (persona, tier, mission, types seen this session, type clicked);
what it emits is the product. Habit is what it cannot express: with it, the emission depends on
products that were emitted before.
"""

from itertools import product

import numpy as np
import pytest

from tests.zooplus_sim.oracle.story import Story
from tests.zooplus_sim.oracle.worlds import as_histories, tiny_shop
from zooplus_sim import Oracle, ZooplusSimulator

CategoricalHMM = pytest.importorskip(
    "hmmlearn.hmm", reason="hmmlearn has no wheel for this Python"
).CategoricalHMM
N_PRODUCTS, L = 8, 12


def hidden_markov_model(sim: ZooplusSimulator):
    """All states that can be reached, by following the story from the first session on."""
    world, story = sim.world, Story(sim)
    kinds = [kind.name for kind in world.product_types]

    def clicks_of(persona, tier, mission, seen):
        """{state: chance} of the next click in a session."""
        chances = {
            kind: sum(chance for chance, _ in story.ways(persona.name, mission, seen, kind))
            for kind in kinds
        }
        return {(persona, tier, mission, seen, kind): chance for kind, chance in chances.items()}

    def clicks_of_session(persona, tier, row, weight):
        clicks = {}
        for mission, chance in row.items():
            for state, click_chance in clicks_of(persona, tier, mission, ()).items():
                clicks[state] = weight * chance * click_chance
        return clicks

    def follow(state):
        persona, tier, mission, seen, kind = state
        seen = tuple(sorted((*seen, kind)))  # in which order does not matter
        over = (
            set(story.missions[mission].steps) <= set(seen) or len(seen) == world.max_session_length
        )
        ends = 1.0 if over else 1 - world.continuation
        after = clicks_of_session(persona, tier, persona.next_mission[mission], ends)
        for state, chance in clicks_of(persona, tier, mission, seen).items():
            after[state] = after.get(state, 0.0) + (1 - ends) * chance
        return {state: chance for state, chance in after.items() if chance > 0}

    start = {}
    for persona, tier in product(world.personas, [tier.name for tier in world.tiers]):
        weight = persona.tiers.get(tier, 0.0) / len(world.personas)
        start |= clicks_of_session(persona, tier, persona.first_mission, weight)
    after, unexplored = {}, [state for state, chance in start.items() if chance > 0]
    while unexplored:
        state = unexplored.pop()
        if state not in after:
            after[state] = follow(state)
            unexplored.extend(after[state])

    states = list(after)
    number = {state: n for n, state in enumerate(states)}
    model = CategoricalHMM(n_components=len(states), n_features=N_PRODUCTS)
    model.startprob_ = np.array([start.get(state, 0.0) for state in states])
    model.transmat_ = np.zeros((len(states), len(states)))
    for state, chances in after.items():
        for other, chance in chances.items():
            model.transmat_[number[state], number[other]] = chance
    model.emissionprob_ = np.array(
        [
            [
                story.popularity(item, tier) if story.kind[item] == kind else 0.0
                for item in range(1, N_PRODUCTS + 1)
            ]
            for _, tier, _, _, kind in states
        ]
    )
    return model


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(N_PRODUCTS, 100, seed=5, world=tiny_shop().replace(habit=0.0))


@pytest.fixture(scope="module")
def model(shop):
    return hidden_markov_model(shop)


@pytest.fixture(scope="module")
def histories(shop):
    typical = as_histories(shop.journeys(events_per_user=L, users=4))
    return np.concatenate([typical, np.random.default_rng(0).integers(1, N_PRODUCTS + 1, (4, L))])


def likelihood(model, clicks):
    return np.exp(model.score(np.array(clicks)[:, None] - 1))


def test_the_likelihood_of_a_history_is_the_product_of_the_oracles_predictions(
    shop, model, histories
):
    oracle = Oracle(shop)
    first = oracle.next_item_probabilities(np.zeros((len(histories), 0), dtype=int))
    everywhere = np.concatenate([first[:, None], oracle.filter(histories)], axis=1)
    chances = np.take_along_axis(everywhere[:, :-1], histories[:, :, None], axis=2)[..., 0]
    for clicks, chance in zip(histories, chances, strict=True):
        for length in (1, 3, L):
            assert likelihood(model, clicks[:length]) == pytest.approx(
                chance[:length].prod(), rel=1e-10
            )


@pytest.mark.parametrize("position", [0, 1, 4, L - 2, L - 1])
def test_masked_item(shop, model, histories, position):
    got = Oracle(shop).masked_item_probabilities(histories, np.full(len(histories), position))
    for row, clicks in enumerate(histories):
        filled = np.tile(clicks, (N_PRODUCTS, 1))
        filled[:, position] = np.arange(1, N_PRODUCTS + 1)
        weight = np.array([likelihood(model, candidate) for candidate in filled])
        np.testing.assert_allclose(got[row, 1:], weight / weight.sum(), rtol=0, atol=1e-12)
