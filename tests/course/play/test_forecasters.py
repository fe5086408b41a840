"""Who is played, and what each forecaster says: the same as the models, the oracle and the log."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from course.authoring.play_models import KNOWN
from course.play.forecasters import (
    LEARNED,
    MAX_CLICKS,
    MODELS,
    NAMES,
    SHOP_USERS,
    SHOPPERS,
    Forecasters,
    Visit,
    best,
    place_of,
    recommender,
)
from zooplus_sim import Oracle, ZooplusSimulator

products = st.integers(1, 50)
histories = st.lists(products, max_size=MAX_CLICKS).map(tuple)
ANNA = SHOPPERS["Anna"].clicks


@pytest.fixture(scope="module")
def forecasters():
    return Forecasters()


@given(name=st.sampled_from(list(SHOPPERS)), clicks=st.lists(products, max_size=MAX_CLICKS - 3))
def test_undo_takes_back_a_click_and_reset_all_of_them(name, clicks):
    visit = Visit.of(name)
    for item in clicks:
        assert visit.click(item).undo() == visit
        visit = visit.click(item)
    assert visit.clicks == (*SHOPPERS[name].clicks, *clicks)
    assert visit.reset() == Visit.of(name) and visit.shopper == SHOPPERS[name]


def test_undo_of_nothing_is_nothing_and_clicks_have_an_end():
    visit = Visit.of("Yourself")
    assert visit.undo() == visit
    for _ in range(MAX_CLICKS):
        visit = visit.click(1)
    with pytest.raises(ValueError, match="40 clicks are as many"):
        visit.click(1)


def test_the_shoppers_are_those_of_chapter_00():
    shop = ZooplusSimulator(n_users=SHOP_USERS)
    clicks = (
        shop.journeys(events_per_user=40, seed=1)
        .interactions["item_id"]
        .to_numpy()
        .reshape(-1, 40)[:100, :3]
    )
    types = shop.products["product_type"]
    began = ["Puppy Food", "Food Bowl", "Water Dispenser"]
    anna = next(user for user in range(100) if list(types[clicks[user]]) == began)
    assert (
        tuple(clicks[anna]) == ANNA and shop.user_to_persona_map[anna] == SHOPPERS["Anna"].persona
    )
    for shopper in list(SHOPPERS.values())[1:-1]:
        first = next(
            user for user in range(100) if shop.user_to_persona_map[user] == shopper.persona
        )
        assert tuple(clicks[first]) == shopper.clicks
    assert {shopper.persona for shopper in SHOPPERS.values()} == {None, *shop.personas}


@pytest.mark.parametrize("clicks", [ANNA, ANNA + tuple(range(1, 30)), (40,)], ids=len)
@pytest.mark.parametrize("name", LEARNED)
def test_a_models_five_are_those_that_it_recommends(forecasters, name, clicks):
    log = pd.DataFrame({"user_id": 0, "item_id": clicks, "timestamp": range(len(clicks))})
    five = [item for item, _ in forecasters.top_five(clicks)[name]]
    assert five == recommender(name).recommend(log, top_k=5)[0].tolist()


def test_without_a_click_a_model_knows_popularity_only(forecasters):
    laws = forecasters.probabilities(())
    np.testing.assert_allclose(laws["SASRec"], laws["popularity"], rtol=1e-5)


@budget(max_examples=15)
@given(clicks=histories)
def test_whatever_is_clicked_all_answer_and_the_oracle_exactly(forecasters, clicks):
    laws = forecasters.probabilities(clicks)
    assert tuple(laws) == NAMES
    for law in laws.values():
        assert law.shape == (51,) and law[0] == 0
        np.testing.assert_allclose(law.sum(), 1, rtol=1e-4)
    rows = np.array([clicks], dtype=np.int64).reshape(1, -1)
    exact = Oracle(forecasters.shop).next_item_probabilities(rows)[0]
    np.testing.assert_allclose(laws["oracle"], exact, rtol=1e-9, atol=1e-12)
    for shares in forecasters.belief(clicks).values():
        np.testing.assert_allclose(sum(shares.values()), 1)
    covered = forecasters.coverage(clicks)
    assert max(covered.values()) <= covered["oracle"] + 1e-9 <= 1 + 2e-9
    np.testing.assert_allclose(
        covered["BST"], sum(exact[item] for item, _ in forecasters.top_five(clicks)["BST"])
    )


def test_three_clicks_tell_the_oracle_who_anna_is_and_what_for(forecasters):
    belief = forecasters.belief(ANNA)
    assert max(belief["persona"], key=belief["persona"].get) == "new_puppy_parent"
    assert max(belief["mission"], key=belief["mission"].get) == "feeding_station"


@budget(max_examples=15)
@given(clicks=histories)
def test_attention_goes_to_the_clicks_that_are_read_and_sums_to_one(forecasters, clicks):
    for name, weights in forecasters.attention(clicks).items():
        assert weights.shape == (len(clicks) + 1,) and (weights >= 0).all()
        unread = max(0, len(clicks) - recommender(name).scorer_.max_len)
        assert (weights[:unread] == 0).all()
        np.testing.assert_allclose(weights.sum(), bool(clicks), rtol=1e-5)


def test_sasrecs_attention_is_that_of_its_newest_click(forecasters):
    with torch.no_grad():
        _, weights = recommender("SASRec").network_.encoder(torch.tensor([ANNA]), need_weights=True)
    expected = weights[-1].numpy()[0, :, 2].mean(axis=0)
    np.testing.assert_allclose(forecasters.attention(ANNA)["SASRec"], [*expected, 0], rtol=1e-5)


def test_places_are_those_in_the_five_before_each_click(forecasters):
    places = forecasters.places(ANNA)
    for name in NAMES:
        for n, item in enumerate(ANNA):
            five = [product for product, _ in forecasters.top_five(ANNA[:n])[name]]
            assert places[name][n] == (five.index(item) + 1 if item in five else 0)


def test_the_best_come_first_and_of_equals_the_smaller_number():
    law = np.array([0, 0.1, 0.4, 0.1, 0.4, 0, 0])
    assert best(law, 4).tolist() == [2, 4, 1, 3]
    assert place_of(4, law) == 2 and place_of(6, law) == 0


@pytest.mark.parametrize("name", SHOPPERS)
def test_a_shopper_who_clicks_alone_does_what_such_a_shopper_can_and_the_same_each_time(
    forecasters, name
):
    visit = Visit.of(name)
    for _ in range(4):
        item = forecasters.next_click(visit)
        personas = visit.shopper.persona and [visit.shopper.persona]
        rows = np.array([visit.clicks], dtype=np.int64).reshape(1, -1)
        assert forecasters.oracle.next_item_probabilities(rows, personas=personas)[0, item] > 0
        assert forecasters.next_click(visit) == item
        visit = visit.click(item)
    seeds = {forecasters.next_click(visit, seed=seed) for seed in range(20)}
    assert len(seeds) > 1


@pytest.mark.parametrize("name", LEARNED)
def test_a_stored_model_is_small_holds_no_users_and_is_measured(name):
    assert sum(path.stat().st_size for path in (MODELS / name.lower()).iterdir()) < 5e6
    assert recommender(name).histories_ is None
    table = pd.read_csv(MODELS.parents[1] / "measured" / "play_models.csv")
    shares = table[table["model"] == name].set_index("clicks")["share"]
    assert list(shares.index) == list(KNOWN) and shares.between(0.3, 1).all()
