"""The table of exposures: what is refused, what order means, and the two tables made from it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.baselines import click_rates, exposures_from_interactions
from seqrec.baselines.exposures import read_exposures

tried = settings(max_examples=40, deadline=None)  # no deadline: a busy machine is no fault
GOOD = pd.DataFrame({"user_id": [7, 0, 7, 7], "product_id": [3, 1, 3, 2], "clicked": [1, 0, 0, 1]})

tables = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 1)), min_size=1
).map(lambda rows: pd.DataFrame(rows, columns=["user_id", "product_id", "clicked"]))


@tried
@given(tables, st.randoms(use_true_random=False))
def test_reading_keeps_every_row_and_forgets_their_order(table, rng):
    read = read_exposures(table, n_items=4)
    assert sorted(zip(*(column.tolist() for column in read), strict=True)) == sorted(
        table.itertuples(index=False)
    )
    order = list(range(len(table)))
    rng.shuffle(order)
    for column, again in zip(read, read_exposures(table.iloc[order], n_items=4), strict=True):
        np.testing.assert_array_equal(column, again)


@pytest.mark.parametrize(
    "clicked", [[True, False, False, True], [1.0, 0.0, 0.0, 1.0], pd.array([1, 0, 0, 1], "Int8")]
)
def test_a_click_may_be_a_bool_or_a_number(clicked):
    for column, expected in zip(
        read_exposures(GOOD.assign(clicked=clicked), 3), read_exposures(GOOD, 3), strict=True
    ):
        np.testing.assert_array_equal(column, expected)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (GOOD.drop(columns="clicked"), "column 'clicked' must be there once"),
        (GOOD.rename(columns={"product_id": "item_id"}), "column 'product_id' must be there once"),
        (GOOD.iloc[:0], "empty"),
        (GOOD.assign(user_id=[7, None, 7, 7]), r"column 'user_id', row 1: nan is a missing value"),
        (
            GOOD.assign(user_id=pd.array([7, 0, None, 7], "Int64")),
            r"column 'user_id', row 2: <NA> is a missing value",
        ),
        (GOOD.assign(user_id=["a", "b", "c", "d"]), "column 'user_id' holds str.*encode"),
        (GOOD.assign(user_id=[7, 0, 7, -2]), "column 'user_id', row 3: -2 is"),
        (
            GOOD.assign(product_id=[3.0, 1.0, 3.0, 2.5]),
            "column 'product_id', row 3: 2.5 is not an id",
        ),
        (
            GOOD.assign(product_id=[3, 0, 3, 2]),
            "column 'product_id', row 1: 0 is no product.*n_items=3, 0 is padding",
        ),
        (GOOD.assign(product_id=[3, 1, 4, 2]), "column 'product_id', row 2: 4 is no product"),
        (GOOD.assign(clicked=[1, 0, 2, 1]), "column 'clicked', row 2: 2 is neither 0 nor 1"),
        (GOOD.assign(clicked=[1, np.nan, 0, 1]), "column 'clicked', row 1: nan is neither 0 nor 1"),
        (GOOD.assign(clicked=[1, 0, 0.5, 1]), "column 'clicked', row 2: 0.5 is neither 0 nor 1"),
        (
            GOOD.assign(clicked=["1", "0", "0", "1"]),
            "column 'clicked', row 0: '1' is neither 0 nor 1",
        ),
    ],
)
def test_a_bad_table_is_refused_with_column_row_and_value(table, message):
    with pytest.raises(ValueError, match=message):
        read_exposures(table, n_items=3)


def test_something_other_than_a_table_is_refused():
    with pytest.raises(TypeError, match="must be a pandas DataFrame, got numpy.ndarray"):
        read_exposures(GOOD.to_numpy(), n_items=3)


def clicks_of(items):
    return pd.DataFrame({"user_id": 1, "item_id": items, "timestamp": np.arange(len(items))})


def test_each_click_becomes_one_exposure_and_its_negatives_are_uniform():
    clicks = clicks_of(np.full(4_000, 2))
    table = exposures_from_interactions(clicks, n_items=5, n_negatives=3, seed=0)
    assert table["clicked"].tolist() == [1] * 4_000 + [0] * 12_000
    assert (table.loc[table["clicked"] == 1, "product_id"] == 2).all()
    shown = np.bincount(table.loc[table["clicked"] == 0, "product_id"], minlength=6)
    assert shown[0] == 0
    assert np.abs(shown[1:] - 2_400).max() < 4.5 * np.sqrt(12_000 * 0.2 * 0.8)
    read_exposures(table, n_items=5)


def test_negatives_belong_to_the_user_of_the_click():
    clicks = pd.DataFrame({"user_id": [4, 9, 4], "item_id": [1, 2, 3], "timestamp": [0, 0, 1]})
    table = exposures_from_interactions(clicks, n_items=5, n_negatives=2)
    assert table["user_id"].value_counts().to_dict() == {4: 6, 9: 3}


def test_one_seed_gives_one_draw_of_negatives():
    clicks = clicks_of([1, 2, 3] * 20)
    draws = [exposures_from_interactions(clicks, n_items=5, seed=seed) for seed in (1, 1, 2)]
    assert draws[0].equals(draws[1])
    assert not draws[0].equals(draws[2])


def test_clicks_that_make_no_exposures_are_refused():
    with pytest.raises(ValueError, match="must be a whole number of 1 or more, got 0"):
        exposures_from_interactions(clicks_of([1]), n_items=5, n_negatives=0)
    with pytest.raises(ValueError, match="6"):
        exposures_from_interactions(clicks_of([1, 6]), n_items=5)


@tried
@given(tables, st.sampled_from([0.5, 5.0]))
def test_click_rates_equal_a_plain_loop(table, prior):
    categories = pd.Series({1: "Dog", 2: "Cat", 3: "Dog", 4: "Fish"})
    rates = click_rates(table, categories, prior=prior)
    kind = table["product_id"].map(categories)
    assert rates.columns.tolist() == ["bias", *sorted(kind.unique())]
    assert rates.index.tolist() == sorted(table["user_id"].unique())
    for user in rates.index:
        assert rates.loc[user, "bias"] == 1
        for category in rates.columns[1:]:
            overall = table.loc[kind == category, "clicked"].mean()
            own = table.loc[(kind == category) & (table["user_id"] == user), "clicked"]
            assert rates.loc[user, category] == pytest.approx(
                (own.sum() + prior * overall) / (len(own) + prior)
            )


def test_click_rates_refuse_a_product_without_a_category_and_a_prior_of_zero():
    with pytest.raises(ValueError, match="product 3 has no category"):
        click_rates(GOOD, pd.Series({1: "Dog", 2: "Cat", 4: "Dog"}))
    with pytest.raises(ValueError, match="prior must be .*(positive|of 1 or more), got 0"):
        click_rates(GOOD, pd.Series({1: "Dog", 2: "Cat", 3: "Dog"}), prior=0)
