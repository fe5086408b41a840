"""What a storefront promises, whatever is shown:

who comes, what a click may be, the shape of the answers.
"""

import numpy as np
import pandas as pd
import pytest

from tests.zooplus_sim.oracle.worlds import as_histories
from zooplus_sim import (
    BeliefPolicy,
    Browsing,
    IntentPolicy,
    RandomPolicy,
    ScorePolicy,
    Storefront,
    ZooplusSimulator,
    run,
)

B, L, K, J = 60, 12, 5, 51


@pytest.fixture(scope="module")
def shop():
    return ZooplusSimulator(n_users=100)


@pytest.fixture
def front(shop):
    return Storefront(shop, shoppers=B, n_steps=L)


def nothing(observation, info):
    return np.zeros((len(observation), K), dtype=np.int64)


def same_five(observation, info):
    return np.tile(np.arange(1, K + 1), (len(observation), 1))


POLICIES = {
    "random": RandomPolicy,
    "same": lambda front: same_five,
    "last": lambda front: ScorePolicy(front, lambda h: -np.abs(np.arange(J) - h[:, -1:])),
    "belief": BeliefPolicy,
    "intent": IntentPolicy,
}


# --- The shoppers are those of the journeys ---


@pytest.mark.parametrize("seed", [0, 5])
def test_without_a_click_the_log_is_that_of_the_journeys(shop, seed):
    """Empty slates, and slates that nobody can click, leave every bit of `journeys` as it is."""
    users = [17, 3, 99, 0]
    journeys = shop.journeys(events_per_user=L, users=users, seed=seed)
    for front, policy in (
        (Storefront(shop, shoppers=users, n_steps=L, seed=seed), nothing),
        (
            Storefront(
                shop, shoppers=users, n_steps=L, seed=seed, browsing=Browsing(take=0, swap=0)
            ),
            same_five,
        ),
    ):
        log = run(front, policy, truth=True)
        assert not log["clicked"].any()
        for name in ("user_id", "item_id", "timestamp", "outcome"):
            pd.testing.assert_series_equal(log[name], journeys.interactions[name], check_exact=True)
        for name in ("persona", "tier", "mission", "distraction"):
            assert log[name].tolist() == journeys.truth[name].tolist(), name
        assert log["intended_item"].tolist() == log["item_id"].tolist()


def test_what_is_shown_never_changes_types_missions_or_times(shop, front):
    """Only which product of its type is taken."""
    kind = shop.tables.type_of_product
    logs = {name: run(front, make(front), truth=True) for name, make in POLICIES.items()}
    first = logs.pop("random")
    assert all((log["item_id"] != first["item_id"]).any() for log in logs.values())
    for name, log in logs.items():
        assert (kind[log["item_id"]] == kind[first["item_id"]]).all(), name
        for column in ("timestamp", "mission", "persona", "tier", "distraction"):
            assert log[column].equals(first[column]), (name, column)
        assert (kind[log["item_id"]] == kind[log["intended_item"]]).all()


def test_habit_goes_on_from_what_was_taken(shop):
    """Who is made to take a product comes for it more often later on."""
    front = Storefront(shop, n_steps=40, browsing=Browsing(take=0.99, swap=0.99, fatigue=1.0))
    kind, match = shop.tables.type_of_product, shop.tables.product_popularity
    unpopular = [
        np.flatnonzero(kind == t)[match[0, kind == t].argmin()] for t in range(kind.max() + 1)
    ]
    left = {}
    for name in ("unpopular", "nothing"):
        observation, info = front.reset()
        wanted = []
        for step in range(40):
            types = kind[info["truth"]["intended_item"]]
            if step >= 20:
                wanted.append(info["truth"]["intended_item"] == np.array(unpopular)[types])
            show = np.zeros((100, K), dtype=np.int64)
            if name == "unpopular" and step < 20:
                show[:, 0] = np.array(unpopular)[types]
            observation, _, _, _, info = front.step(show)
        left[name] = np.mean(wanted)
    assert left["unpopular"] > left["nothing"] + 0.02


# --- What a click may be ---


@pytest.mark.parametrize("name", POLICIES)
def test_what_was_clicked_was_shown_there_and_is_where_the_event_ends(front, name):
    log = run(front, POLICIES[name](front), truth=True)
    shown = log[[f"shown_{place + 1}" for place in range(K)]].to_numpy()
    clicked = log["clicked"].to_numpy()
    assert clicked.any() and not clicked.all()
    assert (log["place"][~clicked] == -1).all()
    assert (shown[clicked, log["place"][clicked]] == log["item_id"][clicked]).all()
    assert (log["item_id"] == log["intended_item"])[~clicked].all()
    assert (log["item_id"] > 0).all()


def test_an_empty_place_is_never_clicked_but_can_be_looked_past(shop):
    front = Storefront(shop, slate_size=3, n_steps=L, browsing=Browsing(look_on=1.0))
    observation, info = front.reset()
    places = []
    for _ in range(L):
        slates = np.zeros((100, 3), dtype=np.int64)
        slates[:, 2] = info["truth"]["intended_item"]
        observation, _, _, _, info = front.step(slates)
        places.append(info["place"])
    assert set(np.ravel(places)) == {-1, 2}


@pytest.mark.parametrize("name", POLICIES)
def test_nobody_takes_more_than_take(front, name):
    policy, (observation, info) = POLICIES[name](front), front.reset()
    for _ in range(L):
        chance = info["truth"]["take_probability"]
        assert (
            (chance[:, 0] == 0).all()
            and (chance >= 0).all()
            and chance.max() <= front.browsing.take < 1
        )
        observation, _, _, _, info = front.step(policy(observation, info))


def test_what_is_shown_in_vain_tires_until_it_is_taken(shop):
    front = Storefront(shop, n_steps=L)
    tired = front.browsing.fatigue ** np.cumsum(
        front.browsing.memory ** np.arange(L)
    )  # after 1, 2, ... in vain
    observation, info = front.reset()
    in_vain = np.zeros((100, J), dtype=int)
    slates, row = same_five(observation, info), np.arange(100)
    for _ in range(L):
        observation, _, _, _, info = front.step(slates)
        in_vain[:, 1 : K + 1] += 1
        clicked = info["place"] >= 0
        in_vain[row[clicked], info["item_id"][clicked]] = 0
        wanted = info["truth"]["intended_item"]
        count = in_vain[row, wanted]
        expected = front.browsing.take * np.where(count > 0, tired[count - 1], 1.0)
        np.testing.assert_allclose(info["truth"]["take_probability"][row, wanted], expected)
    assert in_vain.max() == L and (in_vain[:, 1 : K + 1] < L).any()


def test_more_fatigue_means_fewer_clicks(shop):
    rates = [
        run(Storefront(shop, browsing=Browsing(fatigue=fatigue)), same_five)["clicked"].mean()
        for fatigue in (1.0, 0.8, 0.4)
    ]
    assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1] + 0.02


# --- Common random numbers ---


def test_a_longer_slate_keeps_every_click_of_a_shorter_one(shop):
    """The same luck: who clicks among the first three clicks there again when two more follow."""
    short, long = (
        Storefront(shop, slate_size=size, n_steps=1, seed=s) for size, s in ((3, 4), (5, 4))
    )
    gained = 0
    for first in range(1, 46, 3):
        for front in (short, long):
            front.reset()
        slates = np.tile(np.arange(first, first + 5), (100, 1))
        few, many = short.step(slates[:, :3])[4]["place"], long.step(slates)[4]["place"]
        assert (many[few >= 0] == few[few >= 0]).all()
        gained += (many[few < 0] >= 0).sum()
    assert gained > 0


def test_the_same_seed_gives_the_same_episode_and_another_another(front):
    policy = RandomPolicy(front)
    one = run(front, policy, truth=True)
    pd.testing.assert_frame_equal(one, run(front, policy, truth=True), check_exact=True)
    other = run(front, policy, truth=True, seed=1)
    assert (one["item_id"] != other["item_id"]).any() and (one["place"] != other["place"]).any()
    pd.testing.assert_frame_equal(
        other, run(front, policy, truth=True), check_exact=True
    )  # the seed stays
    pd.testing.assert_frame_equal(one, run(front, policy, truth=True, seed=0), check_exact=True)


@pytest.mark.parametrize("name", POLICIES)
def test_neither_order_nor_company_changes_a_shopper(shop, name):
    everyone = Storefront(shop, shoppers=30, n_steps=6)
    whole = run(everyone, POLICIES[name](everyone), truth=True)
    for users in ([29, 3, 14, 0], [5]):
        front = Storefront(shop, shoppers=users, n_steps=6)
        some = run(front, POLICIES[name](front), truth=True)
        rows = pd.concat([whole[whole["user_id"] == user] for user in users], ignore_index=True)
        pd.testing.assert_frame_equal(some, rows, check_exact=True)


def test_a_longer_visit_begins_like_a_shorter_one(shop):
    short, long = (
        run(f := Storefront(shop, shoppers=20, n_steps=n), RandomPolicy(f)) for n in (5, 9)
    )
    begin = long[long["step"] < 5].reset_index(drop=True)
    pd.testing.assert_frame_equal(short, begin, check_exact=True)


# --- The 5-tuple, and what is refused ---


def test_shapes_and_types_of_the_answers(front):
    observation, info = front.reset(seed=3)
    assert (observation == 0).all() and (info["slates"] == 0).all() and (info["place"] == -1).all()
    for step in range(L):
        assert observation.shape == (B, L) and observation.dtype == np.int64
        assert info["step"] == step and ((observation > 0).sum(1) == step).all()
        observation, reward, terminated, truncated, info = front.step(same_five(observation, info))
        for array, dtype in ((reward, np.float64), (terminated, np.bool_), (truncated, np.bool_)):
            assert array.shape == (B,) and array.dtype == dtype
        assert not terminated.any() and (truncated == (step == L - 1)).all()
        assert (reward == (info["place"] >= 0)).all() and (
            observation[:, -1] == info["item_id"]
        ).all()
    shapes = {
        name: (info[name].shape, info[name].dtype.kind)
        for name in info
        if name not in ("step", "truth")
    }
    assert shapes == {
        "user_id": ((B,), "i"),
        "slates": ((B, K), "i"),
        "item_id": ((B,), "i"),
        "place": ((B,), "i"),
        "outcome": ((B,), "f"),
        "timestamp": ((B,), "i"),
        "exposures": ((B, J), "f"),
    }
    assert info["truth"].keys() == {
        "persona", "tier", "mission", "distraction", "intended_item", "take_probability"
    }  # fmt: skip


def test_the_answers_are_the_caller_s_to_scribble_on(front):
    clean = run(front, same_five)
    observation, info = front.reset()
    for _ in range(L):
        slates = same_five(observation, info)
        answer = front.step(slates)
        histories = answer[0].copy()
        for array in (slates, *answer[:4], *answer[4].values(), *answer[4]["truth"].values()):
            if isinstance(array, np.ndarray):
                array[:] = 1
        observation, info = answer[0], answer[4]
    assert histories.ravel().tolist() == clean["item_id"].tolist()


def test_an_observation_is_what_a_model_learns_from(shop, front):
    """Histories at the end of an episode are the log's, left-padded like those of any model."""
    observation, _ = front.reset()
    for _ in range(7):
        observation, _, _, _, info = front.step(same_five(observation, None))
    items = as_histories(type("Log", (), {"interactions": run(front, same_five)}))[:, :7]
    assert (observation == np.pad(items, ((0, 0), (L - 7, 0)))).all()


def changed(row, place, value):
    slates = np.tile(np.arange(1, K + 1), (B, 1))
    slates[row, place] = value
    return slates


@pytest.mark.parametrize(
    ("slates", "message"),
    [
        (changed(3, 4, 2), r"slates\[3\]: product 2 twice; expected each at most once in a slate"),
        (
            changed(7, 1, J),
            r"slates\[7, 1\] must be a product from 1 to 50, or 0 for an empty place.*got 51",
        ),
        (changed(0, 0, -1), r"slates\[0, 0\] must be a product from 1 to 50.*got -1"),
        (
            changed(0, 0, 1)[:, :4],
            r"slates must be integers \(60, 5\).*got int64 of shape \(60, 4\)",
        ),
        (
            changed(0, 0, 1)[1:],
            r"slates must be integers \(60, 5\).*got int64 of shape \(59, 5\)",
        ),
        (changed(0, 0, 1)[0], r"slates must be .*got int64 of shape \(5,\)"),
        (changed(0, 0, 1) * 1.0, r"slates must be integers.*got float64 of shape \(60, 5\)"),
    ],
)
def test_slates_that_are_none_are_refused_and_change_nothing(front, slates, message):
    front.reset()
    with pytest.raises(ValueError, match=message):
        front.step(slates)
    expected = run(front, same_five)["item_id"].tolist()
    observation, info = front.reset()
    for _ in range(L):
        with pytest.raises(ValueError, match="slates"):
            front.step(slates)
        observation, _, _, _, info = front.step(same_five(observation, info))
    assert observation.ravel().tolist() == expected


def test_empty_places_may_be_many(front):
    front.reset()
    front.step(nothing(np.zeros((B, 1)), None))


def test_a_step_needs_a_visit(front):
    with pytest.raises(RuntimeError, match=r"step\(\) before reset\(\)"):
        front.step(same_five(np.zeros((B, L)), None))
    run(front, same_five)
    with pytest.raises(RuntimeError, match=r"after the last of 12 steps; call reset\(\)"):
        front.step(same_five(np.zeros((B, L)), None))
    front.reset()
    front.step(same_five(np.zeros((B, L)), None))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shoppers": 101}, r"shoppers must be at most the 100 of this shop, got 101"),
        ({"shoppers": [1, 1]}, r"shoppers must hold each id once, got 1 twice"),
        ({"slate_size": 0}, r"slate_size must be a whole number of at least 1.*got 0"),
        ({"n_steps": 2.0}, r"n_steps must be .*got 2.0"),
        ({"seed": -1}, r"seed must be .*got -1"),
    ],
)
def test_a_storefront_that_cannot_be_is_refused(shop, options, message):
    with pytest.raises(ValueError, match=message):
        Storefront(shop, **options)


def test_a_browsing_that_is_none_is_refused(shop):
    with pytest.raises(TypeError, match="browsing must be a Browsing.*got float"):
        Storefront(shop, browsing=0.5)


def test_the_world_knows_nothing_of_storefronts(shop):
    """Constants of the storefront are none of the world's."""
    assert shop.world.fingerprint == "05cd468a202aac7a"
