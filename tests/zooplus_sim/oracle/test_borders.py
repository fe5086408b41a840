"""What the oracle refuses, and that it says where and why."""

import numpy as np
import pytest

from tests.zooplus_sim.oracle.worlds import as_histories
from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import Oracle, ZooplusSimulator

UNIFORM = np.r_[0, np.full(20, 1 / 20)]


@pytest.fixture(scope="module")
def sim():
    return ZooplusSimulator(20, 30, world=corner_shop())


@pytest.fixture(scope="module")
def oracle(sim):
    return Oracle(sim)


@pytest.mark.parametrize("method", ["next_item_probabilities", "filter", "ceiling"])
@pytest.mark.parametrize(
    ("histories", "message"),
    [
        ([1, 2], r"histories must be integers \(B, L\).*got int64 of shape \(2,\)"),
        ([[1.0, 2.0]], r"histories must be .*got float64"),
        ([["1"]], r"histories must be .*got <U1"),
        ([[True]], r"histories must be .*got bool"),
        ([[3, 4], [0, 21]], r"histories\[1, 1\] must be an id from 1 to 20.*got 21"),
        ([[0, -1]], r"histories\[0, 1\] must be .*got -1"),
        ([[1, 2, 3], [0, 5, 0]], r"histories\[1, 2\]: padding after a click"),
    ],
)
def test_histories_that_are_none(oracle, method, histories, message):
    with pytest.raises(ValueError, match=message):
        getattr(oracle, method)(histories)


def test_no_histories_and_no_columns_are_fine(oracle):
    assert oracle.next_item_probabilities(np.zeros((0, 5), dtype=int)).shape == (0, 21)
    assert oracle.filter(np.zeros((0, 5), dtype=int)).shape == (0, 5, 21)
    assert oracle.filter(np.zeros((4, 0), dtype=int)).shape == (4, 0, 21)
    assert oracle.ceiling(np.zeros((4, 0), dtype=int)).ndcg.shape == (4, 0)
    assert oracle.masked_item_probabilities(
        np.zeros((0, 5), dtype=int), np.zeros(0, dtype=int)
    ).shape == (0, 21)
    assert oracle.expected_outcome(
        np.zeros((4, 0), dtype=int), np.zeros((4, 0), dtype=int)
    ).shape == (4, 0)
    assert oracle.click_probability(
        np.zeros((0, 2), dtype=int), np.zeros(0, dtype=int), negatives=UNIFORM
    ).shape == (0,)


def strict_shop():
    """No distraction and no chance to stop: much is impossible."""
    return ZooplusSimulator(
        7, 30, world=corner_shop().replace(distraction=0.0, continuation=1.0, order=900.0)
    )


def test_an_impossible_history_names_row_and_column():
    sim = strict_shop()
    oracle, histories = Oracle(sim), as_histories(sim.journeys(events_per_user=6))
    chance = oracle.filter(histories)[17, 2]
    histories[17, 3] = np.flatnonzero(chance[1:] == 0)[0] + 1
    with pytest.raises(
        ValueError,
        match=r"histories\[17, 3\]: product \d+ cannot follow .* complete from the first",
    ):
        oracle.filter(histories)
    with pytest.raises(ValueError, match=r"histories\[17, 5\]: "):
        oracle.next_item_probabilities(np.pad(histories, ((0, 0), (2, 0))))


def test_an_impossible_sequence_around_a_gap_names_the_row():
    sim = strict_shop()
    oracle, sequences = Oracle(sim), as_histories(sim.journeys(events_per_user=6))
    positions = np.arange(30) % 6
    positions[8] = 3
    oracle.masked_item_probabilities(sequences, positions)

    def possible(clicks):
        try:
            oracle.filter([clicks])
        except ValueError:
            return False
        return True

    for column in (1, 5):  # before the gap, after it
        wrong, items = sequences.copy(), range(1, 8)
        for wrong[8, column] in items:
            before, after = wrong[8, :3].tolist(), wrong[8, 4:].tolist()
            if not any(possible([*before, item, *after]) for item in items):
                break
        else:
            pytest.fail("this shop can produce anything")
        with pytest.raises(
            ValueError,
            match=r"sequences\[8\]: no product at column 3 makes the other clicks possible",
        ):
            oracle.masked_item_probabilities(wrong, positions)


def test_a_persona_that_cannot_have_clicked_this_is_refused():
    sim = strict_shop()
    histories = as_histories(sim.journeys(events_per_user=4))
    personas = [
        "walker" if sim.user_to_persona_map[user] != "walker" else "collector" for user in range(30)
    ]
    with pytest.raises(ValueError, match=r"cannot follow the clicks before it"):
        Oracle(sim).filter(histories, personas=personas)


@pytest.mark.parametrize(
    ("sequences", "positions", "message"),
    [
        (
            [[1, 2]],
            0,
            r"positions must be .*got int64 of shape \(\) for sequences of shape \(1, 2\)",
        ),
        ([[1, 2]], [0, 1], r"positions must be .*one column number per row"),
        ([[1, 2]], [0.0], r"positions must be .*got float64"),
        ([[1, 2]], [2], r"positions\[0\] must be a column from 0 to 1.*got 2"),
        ([[1, 2]], [-1], r"positions\[0\] must be .*got -1"),
        ([[1, 2], [0, 0]], [1, 0], r"sequences\[1, 1\]: padding after a click"),
        ([[1, 99]], [0], r"sequences\[0, 1\] must be .*got 99"),
        ([[1.0, 2.0]], [0], r"sequences must be .*got float64"),
    ],
)
def test_gaps_that_are_none(oracle, sequences, positions, message):
    with pytest.raises(ValueError, match=message):
        oracle.masked_item_probabilities(sequences, positions)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"candidates": [1, 2]},
            r"candidates must be ids \(1,\) or \(1, N\).*got int64 of shape \(2,\)",
        ),
        ({"candidates": [[0]]}, r"candidates\[0\]: 0 is no product; expected 1 to 20"),
        ({"candidates": [21]}, r"candidates\[0\]: 21 is no product"),
        ({"candidates": [1.5]}, r"candidates must be .*got float64"),
        ({"negatives": UNIFORM[1:]}, r"negatives must be .*got shape \(20,\)"),
        ({"negatives": UNIFORM * 2}, r"negatives must be .* sum 2"),
        ({"negatives": np.full(21, 1 / 21)}, r"negatives must be .* with 0 for the padding id 0"),
        ({"negatives": np.r_[0, 2, -1, np.zeros(18)]}, r"negatives must be "),
        ({"negatives": np.full(21, np.nan)}, r"negatives must be "),
        ({"n_negatives": 0}, r"n_negatives must be .*got 0"),
        ({"n_negatives": 1.5}, r"n_negatives must be .*got 1.5"),
        (
            {"negatives": np.eye(21)[5], "reject_target": True},
            r"only product 5 is ever drawn, and it can be the target",
        ),
    ],
)
def test_samples_that_are_none(oracle, arguments, message):
    with pytest.raises(ValueError, match=message):
        oracle.click_probability([[3]], **{"candidates": [1], "negatives": UNIFORM, **arguments})


def test_what_can_be_neither_is_no_sample_and_what_cannot_come_has_no_outcome():
    sim = strict_shop()
    oracle, history = Oracle(sim), as_histories(sim.journeys(events_per_user=2))[:1]
    chance = oracle.next_item_probabilities(history)[0]
    never, possible = np.flatnonzero(chance[1:] == 0)[0] + 1, chance.argmax()
    negatives = np.eye(8)[possible]
    with pytest.raises(
        ValueError, match=rf"candidates\[0\]: {never} can be neither next nor a negative"
    ):
        oracle.click_probability(history, [never], negatives=negatives)
    with pytest.raises(ValueError, match=rf"items\[0\]: {never} cannot be clicked next"):
        oracle.expected_outcome(history, [[possible, never]])


@pytest.mark.parametrize(
    ("revealed", "message"),
    [
        ({"personas": ["walker"]}, r"personas must be \(2,\) names.*got shape \(1,\)"),
        (
            {"personas": ["walker", "jumper"]},
            r"personas\[1\] must be one of collector, saver, walker.*got 'jumper'",
        ),
        (
            {"session_starts": [[True, True]]},
            r"session_starts must be bool \(2, 2\).*got bool of shape \(1, 2\)",
        ),
        ({"session_starts": [[1, 1], [1, 1]]}, r"session_starts must be .*got int64"),
        (
            {"session_starts": [[True, False], [True, False]]},
            r"session_starts\[0, 1\]: got False; a shopper's first",
        ),
    ],
)
def test_revelations_that_are_none(oracle, revealed, message):
    with pytest.raises(ValueError, match=message):
        oracle.filter([[0, 3], [4, 5]], **revealed)


def test_scores_and_cut_offs_that_are_none(oracle):
    history = [[3]]
    with pytest.raises(ValueError, match=r"scores must be \(1, 21\).*got shape \(1, 20\)"):
        oracle.expected_scores(history, np.zeros((1, 20)))
    scores = np.zeros((1, 21))
    scores[0, 4] = np.nan
    with pytest.raises(ValueError, match=r"scores\[0, 4\] must be numbers, got nan"):
        oracle.expected_scores(history, scores)
    for k in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="k must be .*got"):
            oracle.ceiling(history, k)
        with pytest.raises(ValueError, match="k must be .*got"):
            oracle.expected_scores(history, np.zeros((1, 21)), k)
        with pytest.raises(ValueError, match="w must be .*got"):
            oracle.restarted(k)
