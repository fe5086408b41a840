"""Policies: what they show, and in which order they end up."""

import numpy as np
import pytest

from zooplus_sim import (
    Belief,
    BeliefPolicy,
    IntentPolicy,
    PopularityPolicy,
    RandomPolicy,
    ScorePolicy,
    Storefront,
    ZooplusSimulator,
    run,
)

B, L = 150, 20


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_users=600)


@pytest.fixture(scope="module")
def front(shop):
    return Storefront(shop, shoppers=B, n_steps=L)


@pytest.fixture(scope="module")
def clicks(front, shop):
    """Per policy (B,) the share of each shopper's slates that were clicked."""
    log = shop.journeys(events_per_user=L, users=np.arange(B, 600), seed=1).interactions
    items = log["item_id"].to_numpy().reshape(-1, L)
    follows = np.zeros((51, 51))
    np.add.at(follows, (np.pad(items, ((0, 0), (1, 0)))[:, :-1].ravel(), items.ravel()), 1)
    policies = {
        "random": RandomPolicy(front),
        "popularity": PopularityPolicy(front, log["item_id"]),
        "markov": ScorePolicy(front, lambda histories: follows[histories[:, -1]]),
        "belief": BeliefPolicy(front),
        "intent": IntentPolicy(front),
    }
    return {
        name: run(front, policy)["clicked"].to_numpy().reshape(B, L).mean(1)
        for name, policy in policies.items()
    }


def test_who_knows_more_is_clicked_more(clicks):
    """Each step of the ladder is more than three standard errors high."""
    for low, high in (
        ("random", "popularity"),
        ("popularity", "markov"),
        ("markov", "belief"),
        ("belief", "intent"),
    ):
        gain = clicks[high] - clicks[low]
        assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(B), (low, high)
    assert clicks["intent"].mean() < 1


def test_meeting_the_same_shoppers_saves_shoppers(clicks):
    """Paired, the difference of two policies has less variance than between two groups of
    strangers.
    """
    for low, high in (("random", "belief"), ("popularity", "belief"), ("markov", "belief")):
        strangers = clicks[low].var(ddof=1) + clicks[high].var(ddof=1)
        assert (clicks[high] - clicks[low]).var(ddof=1) < strangers, (low, high)


def test_random_slates_hold_each_product_at_each_place_alike(front):
    """16 draws a cell, each of 50 products at 5 places; chi-square, 245 degrees of freedom."""
    policy = RandomPolicy(front)
    users = np.arange(B)
    slates = np.concatenate(
        [policy(np.zeros((B, L)), {"user_id": users, "step": step}) for step in range(40)]
    )
    assert all(len(set(slate)) == 5 for slate in slates.tolist())
    counts = np.stack([np.bincount(column, minlength=51) for column in slates.T])
    assert (counts[:, 0] == 0).all()
    expected = len(slates) / 50
    assert abs(((counts[:, 1:] - expected) ** 2 / expected).sum() - 245) < 4 * np.sqrt(2 * 245)


def test_popularity_shows_what_was_clicked_most(front):
    policy = PopularityPolicy(front, np.repeat([7, 3, 50, 4, 9, 1], [5, 9, 7, 1, 2, 3]))
    assert policy(np.zeros((2, L), dtype=int), {}).tolist() == [[3, 50, 7, 1, 9]] * 2


def test_scores_are_shown_best_first_with_ties_by_id(front):
    scores = np.zeros((2, 51))
    scores[0, [0, 9, 30]] = [99, 2, 3]
    scores[1, 20] = -np.inf
    assert ScorePolicy(front, lambda histories: scores)(np.zeros((2, L)), {}).tolist() == [
        [30, 9, 1, 2, 3],
        [1, 2, 3, 4, 5],
    ]


@pytest.mark.parametrize("bad", [np.zeros((2, 50)), np.zeros(51), np.full((2, 51), np.nan)])
def test_scores_that_are_none_are_refused(front, bad):
    with pytest.raises(ValueError, match=r"scores must be numbers \(2, 51\).*got (shape|NaN)"):
        ScorePolicy(front, lambda histories: bad)(np.zeros((2, L)), {})


def test_the_intent_policy_shows_nothing_that_has_no_chance(front, shop):
    observation, info = front.reset()
    slates, kind = IntentPolicy(front)(observation, info), shop.tables.type_of_product
    wanted = info["truth"]["intended_item"]
    assert (slates[:, 0] == wanted).all()
    assert ((kind[slates] == kind[wanted][:, None]) | (slates == 0)).all() and (slates == 0).any()


def test_the_belief_policy_remembers_the_episode(front, shop):
    """Its slates are those of a belief fed by hand; a second call for a step changes nothing."""
    policy, belief, (observation, info) = (
        BeliefPolicy(front),
        Belief(shop, B, front.browsing),
        front.reset(),
    )
    for _ in range(4):
        slates = policy(observation, info)
        assert (slates == belief.best_slates(5)).all() and (
            slates == policy(observation, info)
        ).all()
        observation, _, _, _, info = front.step(slates)
        belief.observe(info["item_id"], info["slates"], info["place"])
    run(front, policy)  # and begins anew with the next one


def test_a_belief_that_missed_a_step_says_so(front):
    policy, (observation, info) = BeliefPolicy(front), front.reset()
    slates = policy(observation, info)
    front.step(slates)
    observation, _, _, _, info = front.step(slates)
    with pytest.raises(RuntimeError, match="step 2: a step was missed"):
        policy(observation, info)


def test_a_slate_with_more_places_than_products_has_empty_ones():
    small = ZooplusSimulator(27, 20)
    front = Storefront(small, slate_size=30, n_steps=2)
    for policy in (
        RandomPolicy(front),
        ScorePolicy(front, lambda h: np.zeros((20, 28))),
        IntentPolicy(front),
    ):
        shown = run(front, policy).filter(like="shown_").to_numpy()
        assert shown.shape[1] == 30 and ((shown > 0).sum(1) <= 27).all() and (shown > 0).any()


def test_a_log_is_tidy_and_hides_the_truth(front):
    log = run(front, RandomPolicy(front))
    assert list(log) == [
        *("user_id", "step", "item_id", "timestamp", "outcome", "clicked", "place"),
        *(f"shown_{place}" for place in range(1, 6)),
    ]
    assert len(log) == B * L and log["step"].tolist() == list(range(L)) * B
    assert (log.groupby("user_id")["timestamp"].diff().dropna() > 0).all()
    with_truth = run(front, RandomPolicy(front), truth=True)
    assert set(with_truth) - set(log) == {
        *("persona", "tier", "mission", "distraction", "intended_item", "click_probability")
    }


@pytest.mark.parametrize("make", [RandomPolicy, BeliefPolicy, IntentPolicy])
def test_true_click_probabilities_come_true_with_less_noise(front, make):
    log = run(front, make(front), truth=True)
    excess = log["clicked"] - log["click_probability"]
    assert abs(excess.sum()) < 3 * np.sqrt(
        (log["click_probability"] * (1 - log["click_probability"])).sum()
    )
    by_shopper = log.groupby("user_id")[["clicked", "click_probability"]].mean().std()
    assert by_shopper["click_probability"] < by_shopper["clicked"]
