"""Protocols against plain loops, and a table that can be stopped, goes on, and is never mixed."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.data import split_by_time
from seqrec.data.targets import ask
from seqrec.recommender import CoOccurrenceConfig, SequentialRecommender
from seqrec.reproduce import comparison as module
from seqrec.reproduce.comparison import KEY, compare_protocols
from seqrec.reproduce.contest import COUNTED, judge_asked, learn
from seqrec.reproduce.protocol import PROTOCOLS, prepare, protocols_of, sessions_as_users, split_log
from seqrec.reproduce.protocols import main

QUIET = {"progress": False}


def random_log(seed=0, n=400, users=25, items=15):
    """A log in which no times tie; a tenth of the second half is of new users, or new items."""
    rng = np.random.default_rng(seed)
    times = rng.permutation(n)
    is_new = (times > n // 2) & (rng.random((2, n)) < 0.1)
    return pd.DataFrame(
        {
            "user_id": np.where(is_new[0], rng.integers(100, 110, n), rng.integers(0, users, n)),
            "item_id": np.where(is_new[1], rng.integers(100, 130, n), rng.integers(1, items, n)),
            "timestamp": times,
        }
    )


LOG = random_log()


def metrics_by_loop(scorer, index, known, test, exclude_seen, targets):
    """(HR@10, NDCG@10, questions) of the known targets, one event of the test after the other."""
    places = index.item_ids_.tolist()
    hits = []
    both = pd.concat([known, test]).sort_values("timestamp", kind="stable")
    asked = test.sort_values(["user_id", "timestamp"])
    if targets == "last":
        asked = asked.groupby("user_id").tail(1)
    for event in asked.itertuples():
        own = both[(both["user_id"] == event.user_id) & (both["timestamp"] < event.timestamp)]
        history = [1 + places.index(item) for item in own["item_id"] if item in places]
        if event.item_id not in places:
            continue
        target = 1 + places.index(event.item_id)
        row = np.zeros((1, scorer.max_len), np.int64)
        read = history[-scorer.max_len :]
        row[0, scorer.max_len - len(read) :] = read
        scores = scorer(row)[0].double().numpy()
        if exclude_seen:
            scores[[item - 1 for item in history]] = -np.inf
        rank = (scores >= scores[target - 1]).sum()
        hits.append(1 / np.log2(1 + rank) if rank <= 10 else 0.0)
    return np.mean([gain > 0 for gain in hits]), np.mean(hits), len(hits)


@pytest.mark.parametrize("targets", ["successive", "last"])
@pytest.mark.parametrize("exclude_seen", [False, True])
@pytest.mark.parametrize("model", ["markov", "session-knn"])
def test_metrics_are_those_of_a_plain_loop_over_events(model, exclude_seen, targets):
    split = split_log(prepare(LOG), "time", 0.5, 0.75)
    scorer, index, _ = learn(model, split.train, 1, 0)
    asked = ask(split.known, split.test, index, targets=targets)
    told = judge_asked(scorer, asked, exclude_seen=exclude_seen)
    hr, ndcg, n = metrics_by_loop(scorer, index, split.known, split.test, exclude_seen, targets)
    assert told["hr@10"] == pytest.approx(hr)
    assert told["ndcg@10"] == pytest.approx(ndcg)
    counts = asked.counts()
    assert n == counts["without_history"] + counts["with_history"]
    assert counts["unknown_item"] > 0 and counts["new_users"] > 0
    all_asked = n + counts["unknown_item"]
    assert told["ndcg@10_all"] == pytest.approx(ndcg * n / all_asked)


def test_a_target_with_a_history_counts_as_warm_and_no_other():
    split = split_log(prepare(LOG), "time", 0.5, 0.75)
    scorer, index, _ = learn("markov", split.train, 1, 0)
    asked = ask(split.known, split.test, index)
    warm = asked.where(asked.is_judged & asked.has_history)
    told = judge_asked(scorer, asked, exclude_seen=False)
    of_warm = judge_asked(scorer, warm, exclude_seen=False)
    assert told["hr@10_warm"] == of_warm["hr@10"] == of_warm["hr@10_all"]
    assert told["hr@10_warm"] != told["hr@10"]


def test_where_no_target_is_known_nothing_is_made_up():
    split = split_by_time(LOG, 200, 300)
    scorer, index, _ = learn("popularity", split.train, 1, 0)
    asked = ask(split.known, split.test.assign(item_id=10**6), index)
    told = judge_asked(scorer, asked, exclude_seen=False)
    assert np.isnan([told["hr@10"], told["ndcg@10"], told["coverage@10"], told["hr@10_warm"]]).all()
    assert told["hr@10_all"] == 0


@pytest.mark.parametrize("exclude_seen", [False, True])
def test_leave_one_out_gives_what_evaluate_gives(exclude_seen):
    split = split_log(prepare(LOG), "leave-one-out")
    scorer, index, _ = learn("co-occurrence", split.train, 1, 0)
    told = judge_asked(
        scorer,
        ask(split.known, split.test, index, targets="last"),
        exclude_seen=exclude_seen,
    )
    model = SequentialRecommender(CoOccurrenceConfig(), **QUIET).fit(split.train)
    with pytest.warns(UserWarning, match="does not know"):
        table = model.evaluate(split.test, k=10, known=split.known, exclude_seen=exclude_seen)
    for name in ("hr@10", "ndcg@10", "coverage@10"):
        assert told[name] == pytest.approx(table.loc[name, "value"])


def test_an_event_that_is_held_twice_stays_once_and_a_repeat_stays():
    log = pd.DataFrame(
        {"user_id": [1, 1, 1, 2], "item_id": [5, 5, 5, 5], "timestamp": [1, 1, 2, 1]},
        index=[3, 3, 4, 5],
    )
    assert prepare(log).index.tolist() == [3, 4, 5]
    assert prepare(log, users=2).index.tolist() == [3, 4]


def sessions_by_loop(log, gap):
    """The numbers of sessions, users ascending: a dict from row to number."""
    number = -1
    numbers = {}
    for _, rows in log.groupby("user_id"):
        before = None
        for row, now in rows["timestamp"].sort_values(kind="stable").items():
            number += before is None or now - before > gap
            numbers[row] = number
            before = now
    return [numbers[row] for row in log.index]


@pytest.mark.parametrize("gap", [1, 20, 10**6])
def test_a_pause_that_is_longer_ends_a_session(gap):
    log = random_log(1)
    expected = sessions_by_loop(log, gap)
    assert sessions_as_users(log, gap)["user_id"].tolist() == expected
    dates = log.assign(timestamp=pd.to_datetime(log["timestamp"], unit="s", utc=True))
    assert sessions_as_users(dates, gap)["session_id"].tolist() == expected


def test_two_users_do_not_share_a_session():
    log = LOG.assign(session_id=LOG["timestamp"] // 10)
    numbers = sessions_as_users(log)["user_id"]
    pairs = list(zip(log["user_id"], log["session_id"], strict=True))
    assert len(set(zip(pairs, numbers, strict=True))) == len(set(pairs)) == numbers.nunique()


def test_a_history_of_a_session_protocol_is_of_one_session():
    log = LOG.assign(session_id=LOG["timestamp"] // 40)
    split = split_log(prepare(log), "session", 0.5, 0.75)
    _, index, _ = learn("popularity", split.train, 1, 0)
    asked = ask(split.known, split.test, index)
    counts = asked.counts()
    assert counts["new_users"] == counts["users"] == split.test["user_id"].nunique()
    assert (asked.past.ends - asked.past.starts).max() < log.groupby("user_id").size().max()


def test_no_model_learns_from_what_is_later_than_the_moment():
    for split_name in ("time", "session"):
        log = prepare(LOG.assign(session_id=LOG["timestamp"] // 40))
        split = split_log(log, split_name, 0.5, 0.75)
        assert split.train["timestamp"].max() < 200 <= 300 <= split.test["timestamp"].max()


def test_a_log_is_asked_by_sessions_and_by_times_where_it_has_them():
    assert protocols_of(LOG) == ["leave-one-out", "time-last", "time-successive"]
    assert protocols_of(LOG, gap=3) == list(PROTOCOLS)
    assert protocols_of(LOG.assign(session_id=1)) == list(PROTOCOLS)
    lines = LOG.copy()
    lines.attrs["public_log"] = {"format": "user-item"}
    assert protocols_of(lines, gap=3) == ["leave-one-out"]


ALL = {
    "protocols": list(PROTOCOLS),
    "models": ["popularity", "markov"],
    "valid": 0.5,
    "test": 0.75,
    "gap": 30,
} | QUIET


def without_seconds(table):
    return table.drop(columns="train_seconds").sort_values(KEY, ignore_index=True)


def test_the_order_of_rows_means_nothing(tmp_path):
    first = compare_protocols(LOG, tmp_path / "one", **ALL)
    mixed = LOG.sample(frac=1, random_state=1)
    other = compare_protocols(mixed, tmp_path / "other", **ALL)
    assert len(first) == 20 and not first.duplicated(KEY).any()
    pd.testing.assert_frame_equal(without_seconds(other), without_seconds(first))


def test_a_table_that_was_stopped_goes_on_and_makes_no_row_twice(tmp_path, monkeypatch):
    whole = compare_protocols(LOG, tmp_path / "whole", **ALL)
    learned = []

    def stopped(name, *arguments):
        learned.append(name)
        if len(learned) == 3:
            raise KeyboardInterrupt
        return learn(name, *arguments)

    monkeypatch.setattr(module, "learn", stopped)
    with pytest.raises(KeyboardInterrupt):
        compare_protocols(LOG, tmp_path / "cut", **ALL)
    n_made = len(pd.read_csv(tmp_path / "cut" / "table.csv"))
    assert 0 < n_made < len(whole)
    compare_protocols(LOG, tmp_path / "cut", **ALL)
    assert learned == ["popularity", "markov", "popularity", "popularity", "markov"] + [
        "popularity",
        "markov",
    ]
    compare_protocols(LOG, tmp_path / "cut", **ALL)
    assert len(learned) == 7
    cut = pd.read_csv(tmp_path / "cut" / "table.csv")
    pd.testing.assert_frame_equal(without_seconds(cut), without_seconds(whole))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"valid": 0.4}, "settings.json.*valid must be 0.4, got 0.5: the rows there"),
        ({"gap": None}, "gap must be None, got 30"),
        ({"log": random_log(2)}, "log must be"),
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"cores": ["5"]}, "core must be U/I, two whole numbers of 1 or more, got '5'"),
        ({"cores": ["1/9999999999"]}, "core must be U/I"),
        ({"models": ["sasrek"]}, "models must be of popularity, .*, got 'sasrek'"),
        ({"protocols": ["first"]}, "protocols must be of leave-one-out"),
        ({"seen": [True]}, "seen must be of kept, left out, got True"),
        ({"gap": -1}, "gap must be a finite number, positive, or None, got -1"),
        ({"cores": ["400/1"]}, "core of users with 400 events and items with 1, got none"),
        ({"log": LOG.drop(columns="item_id")}, "item_id"),
    ],
)
def test_what_does_not_belong_into_the_table_is_refused(change, problem, tmp_path):
    given = {"log": LOG} | ALL | {"protocols": ["leave-one-out"]}
    compare_protocols(folder=tmp_path, **given)
    before = (tmp_path / "table.csv").read_bytes()
    with pytest.raises(ValueError, match=problem) as error:
        compare_protocols(folder=tmp_path, **(given | change))
    assert len(str(error.value)) <= 600
    assert (tmp_path / "table.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("table.csv", b"core,protocol\n1,2\n", "a row without core, protocol, seen, model, seed"),
        ("table.csv", b"", "no CSV"),
        ("table.csv", b"\xff\xfe\x00", "no CSV"),
        ("settings.json", b"{", "no JSON"),
        ("settings.json", b"[]", "no object of JSON"),
        ("settings.json", None, "it is missing beside the table"),
    ],
)
def test_a_damaged_folder_is_refused(name, data, problem, tmp_path):
    given = ALL | {"protocols": ["leave-one-out"]}
    compare_protocols(LOG, tmp_path, **given)
    (tmp_path / name).unlink()
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(problem)):
        compare_protocols(LOG, tmp_path, **given)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"valid": 0.8}, "valid must be below test, got 0.8 and 0.75. Cure: valid=0.8, test=0.9"),
        ({"gap": None}, "must have a column 'session_id'"),
    ],
)
def test_what_a_later_protocol_does_not_allow_is_said_before_anything_is_learned(
    change, problem, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "learn", None)
    with pytest.raises(ValueError, match=problem):
        compare_protocols(LOG, tmp_path / "new", **(ALL | change))
    assert not (tmp_path / "new").exists()


def test_shares_that_are_one_moment_are_refused_by_their_names():
    log = LOG.assign(timestamp=LOG["timestamp"] // 100)
    with pytest.raises(ValueError, match=r"got 0.8 and 0.9, both of them before 3. Cure: share"):
        split_log(log, "time")
    assert split_log(log, "time", 0.5, 0.9).test["timestamp"].min() == 3


def test_a_folder_without_a_row_takes_other_settings(tmp_path):
    impossible = ALL | {"cores": ["400/1"], "protocols": ["leave-one-out"]}
    with pytest.raises(ValueError, match="got none"):
        compare_protocols(LOG, tmp_path, **impossible)
    compare_protocols(LOG, tmp_path, **(ALL | {"valid": 0.4, "protocols": ["leave-one-out"]}))
    assert json.loads((tmp_path / "settings.json").read_text())["valid"] == 0.4


def test_networks_are_judged_as_the_others_are(tmp_path):
    table = compare_protocols(
        LOG,
        tmp_path,
        models=["gru4rec", "sasrec", "bert4rec"],
        protocols=["leave-one-out"],
        seen=["kept"],
        epochs=1,
        **QUIET,
    )
    assert table["hr@10"].between(0, 1).all() and (table["train_seconds"] > 0).all()
    assert table["users_judged"].nunique() == 1


def test_gru4rec_is_asked_as_it_scores():
    scorer, _, _ = learn("gru4rec", LOG, 1, 0)
    histories = np.array([[0, 1, 2]])
    scores = scorer(histories)
    assert isinstance(scores, torch.Tensor) and scores.shape == (1, scorer.n_items)
    assert np.array_equal(scores[0].numpy(), scorer.model.score([0], histories)[0, 1:])


def test_the_command_writes_the_table_and_refuses_in_words(tmp_path, capsys):
    LOG.to_csv(tmp_path / "log.csv", index=False)
    words = [str(tmp_path / "log.csv"), "--out", str(tmp_path / "out")]
    words += ["--valid", "0.5", "--test", "0.75", "--models", "markov"]
    main(words)
    table = pd.read_csv(tmp_path / "out" / "table.csv")
    assert table["protocol"].unique().tolist() == ["leave-one-out", "time-last", "time-successive"]
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["valid"] == 0.5
    assert "coverage@10" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--protocols", "session-last"])
    assert stopped.value.code == 2
    assert "must have a column 'session_id'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0


def test_all_models_that_count_are_run_unless_told_otherwise(tmp_path):
    table = compare_protocols(LOG, tmp_path, protocols=["leave-one-out"], seen=["kept"], **QUIET)
    assert table["model"].tolist() == list(COUNTED)
