"""A catalogue as a matrix: what a column says, what only training may teach, what is refused."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.items import FeatureTable, Labels, Number, Words, bucket, words

SHOP = pd.DataFrame(
    {
        "item_id": [1, 2, 3, 4],
        "species": ["dog", "cat", "dog", "fish"],
        "tags": [["puppy", "food"], [], ["puppy"], ["food", "food"]],
        "uses": ["eat | play", "", "play", "eat|"],
        "price": [1.0, 10.0, 100.0, 10.0],
        "name": ["Bellamy Classic Food", "Tail & Co, Food!", "bellamy BALL", "Pond"],
    }
)
ALL = [
    Labels("species"),
    Labels("tags"),
    Labels("uses", separator="|"),
    Number("price", log=True),
    Words("name", buckets=8),
]


def plain_row(table, row):
    """{name of a column: number} of one product that is not 0, by hand."""
    said = {f"species={row['species']}": 1} | {f"tags={tag}": 1 for tag in row["tags"]}
    said |= {f"uses={use.strip()}": 1 for use in row["uses"].split("|") if use.strip()}
    logs = np.log([1, 10, 100, 10])
    said["log price"] = (np.log(row["price"]) - logs.mean()) / logs.std()
    return said | {f"name#{bucket(word, 8)}": 1 for word in words(row["name"])}


def assigned(**columns):
    """The shop with other columns."""
    return lambda shop: shop.assign(**columns)


def test_each_row_says_what_its_product_is_and_nothing_else():
    table = FeatureTable(ALL).fit(SHOP)
    matrix = table.transform(SHOP)
    assert matrix.shape == (4, len(table.names_)) and matrix.dtype == np.float32
    for number, row in SHOP.iterrows():
        said = plain_row(table, row)
        np.testing.assert_allclose(
            matrix[number], [said.get(name, 0) for name in table.names_], atol=1e-6
        )


def test_names_are_in_the_order_of_the_columns_that_were_asked_for():
    table = FeatureTable([Number("price"), Labels("species"), Words("name", buckets=2)]).fit(SHOP)
    assert table.names_ == [
        "price",
        "species=cat",
        "species=dog",
        "species=fish",
        "name#0",
        "name#1",
    ]


cells = st.fixed_dictionaries(
    {
        "species": st.sampled_from(["dog", "cat", "fish"]),
        "tags": st.lists(st.sampled_from(["a", "b", "c"])),
        "uses": st.lists(st.sampled_from(["x", "y z"])).map("|".join),
        "price": st.floats(0.01, 1e4),
        "name": st.text(max_size=20),
    }
)
shops = st.lists(cells, min_size=1, max_size=8).map(pd.DataFrame)


@settings(max_examples=40, deadline=None)
@given(shop=shops, seed=st.integers(0, 99))
def test_a_product_is_described_alike_whatever_stands_beside_it(shop, seed):
    table, before = FeatureTable(ALL).fit(shop), shop.copy(deep=True)
    matrix, order = table.transform(shop), np.random.default_rng(seed).permutation(len(shop))
    np.testing.assert_array_equal(table.transform(shop.iloc[order]), matrix[order])
    np.testing.assert_array_equal(table.transform(shop.iloc[:1]), matrix[:1])
    np.testing.assert_array_equal(
        FeatureTable(ALL).fit(shop.iloc[order]).transform(shop)[:, :3], matrix[:, :3]
    )
    pd.testing.assert_frame_equal(shop, before)
    assert np.isfinite(matrix).all()


@settings(max_examples=40, deadline=None)
@given(shop=shops)
def test_a_table_read_back_from_json_is_the_same_to_the_last_bit(shop):
    table = FeatureTable(ALL, unknown="zero").fit(shop)
    again = FeatureTable.from_document(json.loads(json.dumps(table.to_document())))
    np.testing.assert_array_equal(again.transform(shop), table.transform(shop))
    assert (
        again.names_ == table.names_
        and again.unknown == "zero"
        and again.to_document() == table.to_document()
    )


def test_the_price_is_measured_by_the_products_that_fit_saw_and_by_no_others():
    old, new = SHOP.iloc[:3], SHOP.assign(price=[1.0, 10.0, 100.0, 1e6])
    table = FeatureTable([Number("price", log=True)]).fit(old)
    np.testing.assert_allclose(table.transform(old)[:, 0], [-(1.5**0.5), 0, 1.5**0.5], atol=1e-6)
    np.testing.assert_allclose(table.transform(new)[3, 0], 5 * 1.5**0.5, rtol=1e-6)
    # The newcomer moves nobody.
    np.testing.assert_array_equal(table.transform(new)[:3], table.transform(old))


def test_without_log_a_quantity_may_be_negative_or_zero():
    matrix = (
        FeatureTable([Number("price")])
        .fit(SHOP.assign(price=[-1, 0, 1, 0]))
        .transform(SHOP.assign(price=0))
    )
    np.testing.assert_array_equal(matrix, np.zeros((4, 1), np.float32))


def test_a_number_that_never_varies_says_nothing_of_anybody():
    table = FeatureTable([Number("price")]).fit(SHOP.assign(price=0.1))
    np.testing.assert_array_equal(table.transform(SHOP), np.zeros((4, 1), np.float32))


def test_words_fall_into_the_same_buckets_in_every_process():
    code = "from seqrec.items import bucket; "
    code += "print([bucket(word, 1000) for word in 'puppy bowl Öl'.split()])"
    command = [sys.executable, "-c", code]
    printed = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        printed.add(done.stdout)
    assert printed == {f"{[bucket(word, 1000) for word in 'puppy bowl Öl'.split()]}\n"}
    assert bucket("puppy", 64) == 47  # a saved table must mean the same in a later version


def test_buckets_fill_evenly():
    counts = np.bincount([bucket(f"word {n}", 64) for n in range(64_000)], minlength=64)
    assert abs(counts - 1000).max() < 5 * 1000**0.5


def test_case_and_punctuation_are_nothing_and_repeats_count_once():
    table = FeatureTable([Words("name", buckets=512)]).fit(SHOP)
    rows = table.transform(
        pd.DataFrame({"name": ["Puppy food", "FOOD, (puppy): food!", "food", ""]})
    )
    np.testing.assert_array_equal(rows[0], rows[1])
    assert rows.sum(axis=1).tolist() == [2, 2, 1, 0]


@pytest.mark.parametrize(
    "column, cell, what",
    [
        ("species", "newt", "has the label 'newt', unknown to fit"),
        ("species", None, "is missing"),
        ("tags", ["puppy", "newt"], "has the label 'newt'"),
        ("uses", "fly|eat", "has the label 'fly'"),
        ("price", float("nan"), "is nan, no number"),
        ("name", pd.NA, "is missing"),
    ],
)
def test_what_fit_did_not_know_is_refused_by_name_or_zeros_with_a_warning(column, cell, what):
    shop = SHOP.copy()
    shop[column] = [*SHOP[column][:2], cell, SHOP[column][3]]
    with pytest.raises(
        ValueError, match=f"column '{column}', item 3: it {what}.*Cure: mend.*unknown='zero'"
    ):
        FeatureTable(ALL).fit(SHOP).transform(shop)
    table = FeatureTable(ALL, unknown="zero").fit(SHOP)
    with pytest.warns(
        UserWarning,
        match=f"1 of 4 products have cells read as zeros; first: column '{column}', item 3",
    ):
        matrix = table.transform(shop)
    expected = table.transform(SHOP)
    mine = [name.startswith((column, f"log {column}")) for name in table.names_]
    known = ["tags=puppy", "uses=eat"] if column in ("tags", "uses") else []
    expected[2, mine] = [name in known for name, own in zip(table.names_, mine, strict=True) if own]
    np.testing.assert_array_equal(matrix, expected)


def test_a_missing_cell_is_refused_when_the_table_is_fitted_already():
    with pytest.raises(ValueError, match="column 'price', item 2: it is nan, no number. Cure"):
        FeatureTable(ALL).fit(SHOP.assign(price=[1.0, float("nan"), 3.0, 4.0]))


@pytest.mark.parametrize(
    "change, error, says",
    [
        (
            lambda shop: shop.drop(columns="price"),
            ValueError,
            "one column 'price', found .*Cure: add or rename",
        ),
        (
            lambda shop: pd.concat([shop, shop["price"]], axis=1),
            ValueError,
            "one column 'price', found",
        ),
        (lambda shop: shop.iloc[:0], ValueError, "the catalogue is empty"),
        (
            lambda shop: shop["price"],
            TypeError,
            "a catalogue is a DataFrame with a row per product, got Series",
        ),
        (
            assigned(price="9.99"),
            TypeError,
            "column 'price', row 0: '9.99' is no number.*to_numeric",
        ),
        (assigned(price=True), TypeError, "column 'price', row 0: True is no number"),
        (assigned(price=[1, 1, 0, 1]), ValueError, "column 'price', row 2: 0 must be positive"),
        (assigned(price=float("inf")), ValueError, "column 'price', row 0: inf must be"),
        (assigned(species=7), TypeError, "column 'species' holds 7 of type int, which is no label"),
        (assigned(name=7), TypeError, "column 'name', row 0: 7 is no text"),
    ],
)
@pytest.mark.parametrize("unknown", ["refuse", "zero"])
def test_a_catalogue_that_makes_no_sense_is_refused_aloud(change, error, says, unknown):
    table = FeatureTable(ALL, unknown=unknown).fit(SHOP)
    with pytest.raises(error, match=says):
        table.transform(change(SHOP))
    with pytest.raises(error, match=says):
        FeatureTable(ALL, unknown=unknown).fit(change(SHOP))


@pytest.mark.parametrize(
    "make, error, says",
    [
        (
            lambda: FeatureTable([]).fit(SHOP),
            ValueError,
            "columns must be a list of Labels, Number, Words, Vectors, one or more",
        ),
        (lambda: FeatureTable("price").fit(SHOP), ValueError, "columns must be a list of"),
        (lambda: FeatureTable(Number("price")).fit(SHOP), ValueError, "columns must be a list of"),
        (
            lambda: FeatureTable(["price"]).fit(SHOP),
            TypeError,
            "made of Labels, Number, Words, Vectors, got 'price'",
        ),
        (
            lambda: FeatureTable(ALL, unknown="mean").fit(SHOP),
            ValueError,
            "'refuse' or 'zero', got 'mean'",
        ),
        (lambda: FeatureTable(ALL).transform(SHOP), RuntimeError, "call fit"),
        (
            lambda: FeatureTable([Number("price")]).fit(SHOP.assign(price=None)),
            ValueError,
            "no number at all",
        ),
        (lambda: Labels(""), ValueError, "Labels needs the name of a column"),
        (lambda: Labels("item_id"), ValueError, "item_id says which product a row is"),
        (
            lambda: Labels("tags", separator=""),
            ValueError,
            "separator of Labels\\('tags'\\) must be a text or None",
        ),
        (
            lambda: Number("price", log="yes"),
            ValueError,
            "log of Number\\('price'\\) must be True or False",
        ),
        (
            lambda: Words("name", buckets=0),
            ValueError,
            "buckets of Words\\('name'\\) must be a whole number",
        ),
        (
            lambda: FeatureTable.from_document({"unknown": "zero", "columns": [{"kind": "os"}]}),
            KeyError,
            "os",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_aloud(make, error, says):
    with pytest.raises(error, match=says):
        make()
