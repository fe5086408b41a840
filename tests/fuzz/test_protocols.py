"""Odd logs are asked about as a plain loop asks, or refused; so is a folder after an accident."""

import numpy as np
import pandas as pd
import pytest

from seqrec.data import ItemIndex, leave_last_two_out
from seqrec.data.targets import TARGETS, ask
from seqrec.reproduce import compare_protocols
from seqrec.reproduce.protocol import prepare, sessions_as_users, split_log
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import accident
from tests.fuzz.odd_logs import draw_log
from tests.fuzz.test_logs import NAMES, ids_of, moment, rows_in_order

WORDS = (*NAMES, "known and test", "test", "core", "part", "valid_from", "test_from", "gap")


def drawn_parts(rng):
    """What is known and what is asked: of one odd log, or two that have nothing to do with it."""
    log = draw_log(rng)
    if rng.random() < 0.3 or not isinstance(log, pd.DataFrame):
        return log, draw_log(rng)
    split, _ = refusal(lambda: leave_last_two_out(prepare(log)), *WORDS)
    if split is not None and len(split.test) and rng.random() < 0.7:
        return split.known, split.test
    cut = int(rng.integers(0, 9))
    return log[:cut], log[cut:]


def test_an_odd_test_is_asked_event_by_event_or_refused():
    n_used = 0
    for rng in rounds(250):
        known, test = drawn_parts(rng)
        index = drawn_index(rng, known)
        targets = TARGETS[rng.integers(2)]
        asked, _ = refusal(
            lambda parts=(known, test, index), targets=targets: ask(*parts, targets=targets), *WORDS
        )
        if asked is not None:
            n_used += 1
            assert sorted(told(asked, index)) == sorted(by_loop(known, test, index, targets))
    assert n_used > 25


def drawn_index(rng, log):
    """The items of a log, or others where it has none."""
    if rng.random() < 0.7:
        core, _ = refusal(lambda: prepare(log), *WORDS)
        if core is not None:
            return ItemIndex().fit(core["item_id"])
    return ItemIndex().fit([1, 2, 9])


def told(asked, index):
    """[(row, history, target)] of what `ask` returned, None for an item that is unknown."""
    names = [None, *ids_of(pd.Series(index.item_ids_))]
    past = asked.past
    return [
        (int(row), [names[item] for item in past.items[start:end]], names[target])
        for row, start, end, target in zip(
            asked.rows, past.starts, past.ends, asked.items, strict=True
        )
    ]


def by_loop(known, test, index, targets):
    """The same, one event after the other; no event may be known twice or too late."""
    names = set(ids_of(pd.Series(index.item_ids_)))
    columns = ["user_id", "item_id", "timestamp"]
    both = pd.DataFrame(
        {name: [*known[name].to_numpy(object), *test[name].to_numpy(object)] for name in columns},
        dtype=object,
    )
    items = ids_of(both["item_id"])
    times = [moment(time) for time in both["timestamp"]]
    questions = []
    for rows in rows_in_order(both).values():
        own = []
        for place, row in enumerate(rows):
            if row < len(known):
                assert not own
                continue
            assert all(
                (items[old], times[old]) != (items[row], times[row])
                for old in rows[:place]
                if old < len(known)
            )
            read = [items[old] for old in rows[:place] if items[old] in names]
            own.append((row - len(known), read, items[row] if items[row] in names else None))
        questions += own if targets == "successive" else own[-1:]
    return questions


def test_an_odd_log_is_split_without_losing_an_event_or_refused():
    n_used = 0
    for rng in rounds(250):
        log = draw_log(rng)
        core, _ = refusal(lambda log=log: prepare(log), *WORDS)
        if core is None:
            continue
        valid, test = sorted(rng.choice([0, 0.2, 0.5, 0.8, 1], 2, replace=False).tolist())
        gap = [None, 0.5, 1.0, 10**9][rng.integers(4)]
        kind = ["leave-one-out", "time", "session"][rng.integers(3)]
        split, _ = refusal(lambda: split_log(core, kind, valid, test, gap), *WORDS)  # noqa: B023
        if split is None:
            continue
        n_used += 1
        assert sorted(ids_of(pd.concat(split)["item_id"])) == sorted(ids_of(core["item_id"]))
        if kind != "leave-one-out":
            latest = max(map(moment, split.train["timestamp"].to_numpy(object)))
            assert latest < max(map(moment, split.test["timestamp"].to_numpy(object)))
        if kind == "session":
            parts = [set(part["user_id"]) for part in split]
            assert sum(map(len, parts)) == len(set.union(*parts))
            assert sessions_as_users(core, gap)["user_id"].nunique() == len(set.union(*parts))
    assert n_used > 40


def small_table(folder, name="markov"):
    log = pd.DataFrame(
        {"user_id": np.arange(24) % 4, "item_id": 1 + np.arange(24) % 5, "timestamp": range(24)}
    )
    return compare_protocols(
        log,
        folder,
        models=["popularity", name],
        protocols=["leave-one-out"],
        seen=["kept"],
        progress=False,
    )


@pytest.mark.parametrize("name", ["table.csv", "settings.json"])
def test_a_folder_after_an_accident_is_refused_or_goes_on(name, tmp_path):
    small_table(tmp_path)
    good = {each: (tmp_path / each).read_bytes() for each in ("table.csv", "settings.json")}
    for rng in rounds(40):
        for each, data in good.items():
            (tmp_path / each).write_bytes(data)
        (tmp_path / name).write_bytes(accident(rng, good[name]))
        table, _ = refusal(lambda: small_table(tmp_path), "table.csv", "settings.json")
        if table is not None:
            assert set(table["model"]) >= {"popularity", "markov"}
