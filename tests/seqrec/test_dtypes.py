"""Every public function that takes a log or ids, with ids in every form: right, or refused aloud.

The right value is that of a plain loop; of a model, that of the same model on ids 1, 2, 3 ... of
int64, decoded. `pyarrow` comes with the test set-up.
"""

import decimal
import uuid
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    LinUCB,
    MarkovChain,
    MLPClick,
    Popularity,
    click_rates,
    exposures_from_interactions,
)
from seqrec.data import (
    ItemIndex,
    SequenceDataset,
    benchmark_log,
    build_sequences,
    build_sequences_at_scale,
    by_session,
    describe_events,
    interactions_from_clicks,
    k_core,
    labelled_samples,
    leave_last_two_out,
    load_interactions,
    pad_left,
    pieces,
    read_events,
    split_by_time,
    validate_interactions,
)
from seqrec.data.events import with_held_out
from seqrec.losses import (
    hard_negatives,
    in_batch_negatives,
    log_q,
    popularity_negatives,
    uniform_negatives,
)
from seqrec.metrics import coverage, exclude, popularity_bias, ranks
from seqrec.recommender import SASRecConfig
from tests.seqrec.recommender.shops import CONTENT, described, small_recommender

# (user, item, time), both numbered from 1. Every user has four events, and goes another way.
ROWS = [(u, u * step % 7, 10 * step) for step in (1, 2, 3, 4) for u in (3, 1, 2, 4)]
N_ITEMS = 6
SMALL = [1, 2, 3, 4, 5, 6]
LARGE = [2**60 + i for i in range(6)]
HUGE = [2**63 + i for i in range(6)]
ZEROS = ["01", "001", "1", "02", "2", "NA"]
TEXTS = sorted(ZEROS)
UUIDS = [uuid.UUID(int=2**127 + i) for i in range(6)]


def arrow(kind):
    return pd.ArrowDtype(kind)


# What the ids are, and how a column of them is made.
GOOD = {
    **{
        dtype: (SMALL, dtype)
        for dtype in (
            "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
            "Int8", "Int64", "UInt64",
        )
    },
    "Arrow int32": (SMALL, arrow(pa.int32())),
    "Arrow uint64": (SMALL, arrow(pa.uint64())),
    "object of int": (SMALL, object),
    "category of int": (SMALL, "category"),
    "decimal": ([decimal.Decimal(i) for i in SMALL], object),
    "Arrow decimal": ([decimal.Decimal(i) for i in SMALL], arrow(pa.decimal128(20, 0))),
    "int64 above 2**53": (LARGE, "int64"),
    "Int64 above 2**53": (LARGE, "Int64"),
    "Arrow above 2**53": (LARGE, arrow(pa.int64())),
    "uint64 above 2**63": (HUGE, "uint64"),
    "UInt64 above 2**63": (HUGE, "UInt64"),
    "object above 2**63": (HUGE, object),
    "object of str": (TEXTS, object),
    "string": (TEXTS, "string"),
    "Arrow string": (TEXTS, arrow(pa.string())),
    "Arrow dictionary": (TEXTS, arrow(pa.dictionary(pa.int32(), pa.string()))),
    "category of str": (TEXTS, "category"),
    "UUID": (UUIDS, object),
}  # fmt: skip
BAD = {
    "float64": ([float(i) for i in SMALL], "float64"),
    "float32 above 2**24": ([float(2**24 + 2 * i) for i in SMALL], "float32"),
    "float64 above 2**53": ([float(i) for i in LARGE], "float64"),
    "Float64 with a hole": ([None, *SMALL[1:]], "Float64"),
    "Int64 with a hole": ([None, *SMALL[1:]], "Int64"),
    "bool": ([True, False] * 3, bool),
    "mixed": ([1, "1", 2, "2", 3, "3"], object),
    "bytes": ([b"a", b"b", b"c", b"d", b"e", b"f"], object),
    "negative": ([-1, 1, 2, 3, 4, 5], "int64"),
    "above 2**64": ([2**64 + i for i in SMALL], object),
}


def series(form, numbers, name):
    """The column of these numbers' ids."""
    values, dtype = (GOOD | BAD)[form]
    return pd.Series([values[number - 1] for number in numbers], dtype=dtype, name=name)


def plain(form):
    """The ids as Python's own, UUIDs as text."""
    values, _ = GOOD[form]
    return [str(value) if isinstance(value, uuid.UUID) else
            int(value) if isinstance(value, decimal.Decimal) else value
            for value in values]  # fmt: skip


def log_of(form, rows=ROWS):
    users, items, times = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "user_id": series(form, users, "user_id"),
            "item_id": series(form, items, "item_id"),
            "timestamp": times,
        }
    )


def histories(ids, rows=ROWS):
    """{user: items, oldest first}, by a loop, users ascending."""
    by_user = {}
    for user, item, _ in sorted(rows, key=lambda row: row[2]):
        by_user.setdefault(user, []).append(ids[item - 1])
    return {ids[user - 1]: by_user[user] for user in sorted(by_user)}


def table(frame):
    """A part of a log as rows of Python's own."""
    ids = ItemIndex().fit(frame["item_id"])
    people = ItemIndex().fit(frame["user_id"])
    columns = (
        people.decode(people.encode(frame["user_id"])),
        ids.decode(ids.encode(frame["item_id"])),
        frame["timestamp"],
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def rows_of(ids, rows):
    return [(ids[user - 1], ids[item - 1], time) for user, item, time in rows]


def of_index(log, ids):
    index = ItemIndex().fit(log["item_id"])
    known, n_left_out = index.drop_unknown(log)
    answer = index.item_ids_.tolist(), index.encode(log["item_id"]).tolist(), len(known), n_left_out
    return answer, (sorted(ids), [item for _, item, _ in ROWS], len(ROWS), 0)


def of_reading(log, ids):
    events, n_unknown = read_events(log, ItemIndex().fit(log["item_id"]), ascending=True)
    items = events.items.tolist()
    answer = {
        user: [ids[item - 1] for item in items[start:end]]
        for user, start, end in zip(
            events.user_ids.tolist(), events.starts, events.ends, strict=True
        )
    }
    return (answer, n_unknown), (histories(ids), 0)


def of_sequences(log, ids):
    frame = build_sequences(log, max_len=2)
    people = ItemIndex().fit(frame["user_id"])
    users = people.decode(people.encode(frame["user_id"])).tolist()
    answer = dict(zip(users, map(list, frame["item_sequence"]), strict=True))
    return answer, {user: items[-3:] for user, items in histories(ids).items()}


def of_scale(log, ids, folder):
    (folder / "log").mkdir()
    log.to_parquet(folder / "log" / "part.parquet", index=False)
    build_sequences_at_scale(folder / "log", folder / "out", max_len=2, is_by_user=True)
    frame = pd.read_parquet(folder / "out", dtype_backend="pyarrow").sort_values("user_id")
    answer = dict(zip(frame["user_id"].tolist(), map(list, frame["item_sequence"]), strict=True))
    return answer, {user: items[-3:] for user, items in histories(ids).items()}


def of_parquet(log, ids, folder):
    log.to_parquet(folder / "log.parquet", index=False)
    return table(load_interactions(folder / "log.parquet")), rows_of(ids, ROWS)


def of_csv(log, ids, folder):
    log.to_csv(folder / "log.csv", index=False)
    return table(load_interactions(folder / "log.csv")), rows_of(ids, ROWS)


def of_clicks(log, ids):
    clicks = log.rename(columns={"item_id": "product_id"}).assign(clicked=1)
    answer = table(interactions_from_clicks(clicks))
    return answer, [(*row[:2], i) for i, row in enumerate(rows_of(ids, ROWS))]


def of_split(log, ids):
    split = leave_last_two_out(log)
    answer = [table(part) for part in split]
    by_time = [[row for row in ROWS if row[2] == time] for time in (10, 20, 30, 40)]
    train, valid, test = by_time[0] + by_time[1], by_time[2], by_time[3]
    return (answer, split.users_without_test.tolist()), (
        [rows_of(ids, part) for part in (train, valid, test)],
        [],
    )


def of_time_split(log, ids):
    parts = split_by_time(log, valid_from=30, test_from=40)
    cuts = [(0, 30), (30, 40), (40, 50)]
    expected = [[row for row in ROWS if low <= row[2] < high] for low, high in cuts]
    return [table(part) for part in parts], [rows_of(ids, part) for part in expected]


def of_core(log, ids):
    counts = Counter(item for _, item, _ in ROWS)
    expected = [row for row in ROWS if counts[row[1]] >= 3]
    return table(k_core(log, items=3)), rows_of(ids, expected)


def of_benchmark(log, ids):
    expected = sorted(ROWS, key=lambda row: (row[0], row[2]))
    return table(benchmark_log(log, min_count=1)), rows_of(ids, expected)


def of_held_out(log, ids):
    both = with_held_out(log.iloc[:10], log.iloc[10:])
    return table(both), rows_of(ids, ROWS)


def of_sessions(log, ids):
    events, _ = read_events(log, ItemIndex().fit(log["item_id"]), ascending=True)
    # A session is an item here: each is one event, and the click after it.
    got = pieces(by_session(events, log["item_id"]), 2, whole=True)
    pairs = [pair for row in histories(SMALL).values() for pair in zip(row, row[1:], strict=False)]
    described_events = describe_events(log.assign(session_id=log["user_id"]))
    places = np.exp(described_events["click_of_session"]).round().astype(int).tolist()
    return (got[:, 1:].tolist(), places), (
        [list(pair) for pair in pairs],
        [row[2] // 10 for row in ROWS],
    )


# name: call(log, ids) -> what it says, and what a loop says
ANY_IDS = {
    "validate_interactions": lambda log, ids: (
        (table(validate_interactions(log)), validate_interactions(log) is log),
        (rows_of(ids, ROWS), True),
    ),
    "ItemIndex": of_index,
    "read_events": of_reading,
    "build_sequences": of_sequences,
    "build_sequences_at_scale": of_scale,
    "load_interactions, Parquet": of_parquet,
    "load_interactions, CSV": of_csv,
    "interactions_from_clicks": of_clicks,
    "leave_last_two_out": of_split,
    "split_by_time": of_time_split,
    "k_core": of_core,
    "benchmark_log": of_benchmark,
    "with_held_out": of_held_out,
    "by_session, describe_events": of_sessions,
}
PARQUET = {"build_sequences_at_scale", "load_interactions, Parquet"}
READS_FILES = PARQUET | {"load_interactions, CSV"}
NOT_IN_PARQUET = {"UUID", "object above 2**63", "Arrow dictionary"}


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("function", ANY_IDS)
def test_ids_of_any_form_give_what_a_loop_gives(function, form, tmp_path):
    log = log_of(form)
    before = log.copy(deep=True)
    folder = [tmp_path] if function in READS_FILES else []
    if function in PARQUET and form in NOT_IN_PARQUET:
        pytest.skip("pandas writes no Parquet file of these")
    if function == "build_sequences_at_scale" and "decimal" in form:
        with pytest.raises(ValueError, match=r"'user_id' .*has the Arrow type decimal.*Cure: "):
            ANY_IDS[function](log, plain(form), *folder)
        return
    answer, expected = ANY_IDS[function](log, plain(form), *folder)
    assert answer == expected
    pd.testing.assert_frame_equal(log, before)


@pytest.mark.parametrize("form", BAD)
@pytest.mark.parametrize("function", sorted(ANY_IDS.keys() - READS_FILES))
def test_what_are_no_ids_is_refused_with_column_row_and_cure(function, form):
    with pytest.raises(ValueError, match=r"column '\w+', row \d.*: .* Cure: "):
        ANY_IDS[function](log_of(form), SMALL)


BASELINES = {
    "Popularity": lambda: Popularity(N_ITEMS),
    "MarkovChain": lambda: MarkovChain(N_ITEMS),
    "ItemCoOccurrence": lambda: ItemCoOccurrence(N_ITEMS),
    "GRU4Rec": lambda: GRU4Rec(
        N_ITEMS, D=4, state_size=4, epochs=1, seed=np.int64(3), progress=False
    ),
}
MEMORYLESS = {
    "MLPClick": lambda: MLPClick(N_ITEMS, D=4, epochs=1, seed=np.int64(3), progress=False),
    "LinUCB": lambda: LinUCB(N_ITEMS, contexts=pd.DataFrame({"bias": [1.0] * 4}, SMALL[:4])),
}


def is_small(form):
    return GOOD[form][0] is SMALL or "decimal" in form


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_learns_the_same_from_any_integers_and_refuses_the_rest(name, form):
    if not is_small(form):
        with pytest.raises(ValueError, match="Cure: "):
            BASELINES[name]().fit(log_of(form))
        return
    users, items = SMALL[:3], [[0, 1], [2, 3], [4, 5]]
    expected = BASELINES[name]().fit(log_of("int64")).score(users, np.array(items))
    model = BASELINES[name]().fit(log_of(form))
    np.testing.assert_array_equal(model.score(users, np.array(items)), expected)
    if form.startswith(("int", "uint")):
        asked = model.score(np.array(users, form), np.array(items, form))
        np.testing.assert_array_equal(asked, expected)


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("name", MEMORYLESS)
def test_a_memoryless_model_learns_the_same_from_any_integers_and_refuses_the_rest(name, form):
    def learned(form):
        exposures = log_of(form).rename(columns={"item_id": "product_id"})
        return MEMORYLESS[name]().fit(exposures.assign(clicked=[0, 1] * 8))

    if not is_small(form):
        with pytest.raises(ValueError, match="Cure: |ids run from 1"):
            learned(form)
        return
    expected = learned("int64").score([1, 2])
    model = learned(form)
    np.testing.assert_array_equal(model.score([1, 2]), expected)
    if "decimal" not in form:
        np.testing.assert_array_equal(model.score(series(form, [1, 2], "user_id")), expected)
        answer = model.click_probability(series(form, [1], "u"), series(form, [2], "i"))
        assert answer == model.click_probability([1], [2])


@pytest.mark.parametrize("form", [form for form in GOOD if is_small(form)])
def test_exposures_and_rates_are_the_same_from_any_integers(form):
    exposures = exposures_from_interactions(log_of(form), N_ITEMS, seed=np.int64(3))
    expected = exposures_from_interactions(log_of("int64"), N_ITEMS, seed=3)
    assert exposures.to_dict("list") == expected.to_dict("list")
    categories = pd.Series(list("ababab"), index=SMALL)
    rates = click_rates(log_of(form).rename(columns={"item_id": "product_id"}).assign(clicked=1),
                        categories)  # fmt: skip
    assert rates.index.tolist() == SMALL[:4]


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
TARGETS = [[1, 2], [3, 0]]
OWN = [[4, 5], [1, 0]]
COUNTS = [0, 3, 1, 4, 1, 5, 9]
DRAWS = {
    "uniform_negatives": lambda targets, own, seed: uniform_negatives(
        targets, 3, N_ITEMS, seed=seed, own_items=own
    ),
    "popularity_negatives": lambda targets, own, seed: popularity_negatives(
        targets, 3, COUNTS, seed=seed, own_items=own
    ),
    "in_batch_negatives": lambda targets, own, seed: in_batch_negatives(
        targets, 3, seed=seed, reject_target=False
    ),
    "hard_negatives": lambda targets, own, seed: hard_negatives(
        torch.arange(28.0).reshape(2, 2, 7), targets, 2, margin=0, own_items=own
    ),
    "log_q": lambda targets, own, seed: log_q([[[3], [6]], [[6], [0]]], targets, COUNTS),
    "labelled_samples": lambda targets, own, seed: torch.tensor(
        labelled_samples(np.asarray(own), np.asarray(own)[0], np.asarray(own)[0], seed).label
    ),
    "SequenceDataset": lambda targets, own, seed: torch.stack(
        SequenceDataset(np.asarray(targets), np.asarray(own))[[0, 1]]
    ),
    "pad_left": lambda targets, own, seed: torch.from_numpy(
        pad_left(np.asarray(targets), 4).astype(np.int64)
    ),
}


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", DRAWS)
def test_what_is_drawn_is_the_same_for_ids_of_any_integers(name, dtype):
    draw = DRAWS[name]
    expected = draw(np.array(TARGETS), np.array(OWN), 3)
    arrays = np.array(TARGETS, dtype), np.array(OWN, dtype)
    assert torch.equal(draw(*arrays, np.int64(3)), expected)
    if name.endswith("negatives"):
        assert torch.equal(draw(*map(torch.from_numpy, arrays), 3), expected)
        assert expected.dtype == torch.int64


@pytest.mark.parametrize("name", ["uniform_negatives", "in_batch_negatives", "hard_negatives"])
def test_an_id_that_no_int64_holds_is_named_as_it_is(name):
    with pytest.raises(ValueError, match=str(2**63 + 1)):
        DRAWS[name](np.array([[1, 2**63 + 1], [1, 1]], np.uint64), np.array(OWN), 3)


@pytest.mark.parametrize("dtype", [*INTEGERS, "Int8", "UInt64", "category", arrow(pa.int16())])
def test_metrics_are_the_same_for_ids_of_any_integers(dtype):
    scores = np.random.default_rng(0).normal(size=(3, 7))
    targets = pd.Series([1, 6, 3], dtype=dtype)
    np.testing.assert_array_equal(ranks(scores, targets), ranks(scores, [1, 6, 3]))
    if str(dtype) in INTEGERS:
        lists = np.array([[1, 2], [6, 0]], dtype)
        assert coverage(lists, N_ITEMS) == 3 / N_ITEMS
        seen = exclude(scores[:2], lists)
        assert (seen == -np.inf).sum() == 4 and seen[0, 1] == -np.inf
        np.testing.assert_array_equal(
            popularity_bias(lists, COUNTS), popularity_bias(lists.astype(int), COUNTS)
        )


@pytest.fixture(scope="module")
def base():
    """A model on ids 1 to 6, reading content so that items can be added."""
    return model_of(log_of("int64"), SMALL)


def model_of(log, ids, items=None):
    catalogue = described(SMALL).assign(item_id=log_ids(ids))
    config = SASRecConfig(D=8, H=1, n_blocks=1, content=CONTENT)
    return small_recommender(config).fit(log, items=catalogue)


def log_ids(ids):
    return pd.Series(ids, dtype=object) if not isinstance(ids, pd.Series) else ids


@pytest.mark.parametrize("form", GOOD)
def test_a_recommender_answers_the_same_for_ids_of_any_form(form, base):
    log = log_of(form)
    ids = np.array(plain(form), dtype=object)
    model = model_of(log, series(form, SMALL, "item_id"))
    users = log_of("int64")
    np.testing.assert_array_equal(model.score_items(log), base.score_items(users))
    expected = ids[base.recommend(users, top_k=3) - 1].tolist()
    assert model.recommend(log, top_k=3).tolist() == expected
    frame = model.recommend_frame(log, top_k=3)
    assert frame["user_id"].tolist() == [ids[u - 1] for u in (3, 1, 2, 4) for _ in range(3)]
    history = series(form, [2, 5], "item_id")
    again = ids[base.recommend_next([[2, 5]], top_k=3) - 1].tolist()
    assert model.recommend_next([history], top_k=3).tolist() == again
    pairs = base.predict([1, 2, 3, 4], [6, 5, 4, 3])
    for people, things in (
        (series(form, [1, 2, 3, 4], "user_id"), series(form, [6, 5, 4, 3], "item_id")),
        (ids[:4].tolist(), ids[[5, 4, 3, 2]].tolist()),
    ):
        np.testing.assert_array_equal(model.predict(people, things), pairs)


@pytest.mark.parametrize(
    "asked", ["Int64 above 2**53", "Arrow above 2**53", "int64 above 2**53", "object", "uint64"]
)
def test_a_model_of_int64_answers_the_same_users_in_other_integers(asked):
    model = small_recommender().fit(log_of("int64 above 2**53"))
    dtype = {"object": object, "uint64": "UInt64"}.get(asked) or GOOD[asked][1]
    users = pd.Series(LARGE[:4], dtype=dtype)
    items = pd.Series(LARGE[2:6], dtype=dtype)
    expected = model.predict(LARGE[:4], LARGE[2:6])
    assert len(set(expected.tolist())) == 4
    np.testing.assert_array_equal(model.predict(users, items), expected)
    # One id that int64 does not hold makes uint64 of all.
    more = np.array([*LARGE[:4], 2**63 + 1], np.uint64)
    with pytest.warns(UserWarning, match="1 of 5 users"):
        beside = model.predict(more, [*LARGE[2:6], LARGE[0]])
    np.testing.assert_array_equal(beside[:4], expected)


@pytest.mark.parametrize("old", ["int64 above 2**53", "uint64 above 2**63"])
@pytest.mark.parametrize("new", [2**60 + 50, 2**63 + 50])
def test_items_are_added_to_large_ids_and_none_is_taken_for_another(old, new):
    model = model_of(log_of(old), series(old, SMALL, "item_id"))
    known = plain(old)
    catalogue = described([1, 2]).assign(item_id=np.array([new, new + 1], np.uint64))
    model.add_items(catalogue)
    assert sorted(model.item_index_.item_ids_.tolist()) == sorted([*known, new, new + 1])
    with pytest.raises(ValueError, match=f"item {new} is known already"):
        model.add_items(catalogue)


@pytest.mark.parametrize("form", BAD)
def test_a_recommender_refuses_what_are_no_ids(form, base):
    bad = log_of(form)
    for call in (
        lambda: small_recommender().fit(bad),
        lambda: base.recommend(bad, top_k=2),
        lambda: base.predict(bad["user_id"], log_of("int64")["item_id"]),
        lambda: base.predict(log_of("int64")["user_id"], bad["item_id"]),
    ):
        with pytest.raises(ValueError, match=r"column '\w+', row \d.*: .* Cure: "):
            call()
