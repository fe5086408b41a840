"""The tracks of the library: one thing moved each, read and refused; who learns from whom."""

import json

import numpy as np
import pytest

from tests.zooplus_sim.benchmark.small import small_track
from zooplus_sim import RANGES, Oracle, World
from zooplus_sim.benchmark import figures, track
from zooplus_sim.benchmark.judging import divergence
from zooplus_sim.benchmark.making import PROTOCOL
from zooplus_sim.benchmark.track import TrackError, read_track, track_names

TRACKS = {name: read_track(name) for name in track_names()}
OF_SHOPS = ("products", "new_products", "train_shoppers", "clicks")


@pytest.mark.parametrize("name", TRACKS)
def test_one_axis_is_moved_and_no_other(name):
    one = TRACKS[name]
    other = TRACKS[one.beside]
    moved = [key for key in PROTOCOL if getattr(one, key) != getattr(other, key)]
    moved += [key for key in ("world", "requires") if getattr(one, key) != getattr(other, key)]
    assert len(moved) == (name != "default")
    assert set(moved) <= {*OF_SHOPS, "world", "requires"}
    assert (one.axis == "none") == (name == "default")
    assert (one.shop.world == World.default()) == (moved not in (["world"], ["requires"]))


def test_each_axis_has_two_levels_or_three():
    axes = [one.axis for one in TRACKS.values() if one.axis != "none"]
    assert {axes.count(axis) for axis in axes} <= {2, 3}
    assert set(axes) == {
        *("order", "distraction", "habit", "history", "catalogue", "shoppers"),
        *("popularity", "new products", "long memory"),
    }


@pytest.mark.parametrize("name", TRACKS)
def test_each_states_its_figures(name):
    stated = TRACKS[name].figures
    assert 0 < stated["NDCG@10 of popularity"] < stated["NDCG@10 of the oracle"] < 1
    assert {"repeats", "session length, mean", "carts per 100 clicks"} < stated.keys()


def test_which_logs_look_like_published_ones():
    """As docs/benchmark.md says."""
    outside = {
        name: {
            measure
            for measure, (low, high) in RANGES.items()
            if not low <= TRACKS[name].figures[measure] <= high
        }
        for name in ("default", "catalogue_5000")
    }
    assert outside["catalogue_5000"] == set()
    assert outside["default"] == {"Gini of item popularity", "Zipf slope", "repeats"}


@pytest.mark.parametrize("name", ["shoppers_400", "memory_many", "new_10"])
def test_the_figures_are_those_of_the_track(name):
    measured = figures.figures_of(TRACKS[name])
    assert measured == pytest.approx(dict(TRACKS[name].figures), rel=1e-3)


@pytest.mark.parametrize("name", ["memory_one", "memory_many"])
def test_who_does_not_remember_loses(name):
    """The default world's oracle, which knows all but what missions wait for, in nats per click."""
    one = TRACKS[name]
    histories = one.test_histories[1][:400]
    law, other = (
        Oracle(shop).next_item_probabilities(histories)
        for shop in (one.test_shop, TRACKS["default"].shop)
    )
    assert divergence(law, other).mean() > 0.01


def test_nobody_is_in_two_parts():
    one = small_track()
    parts = [set(one.log(part)["user_id"]) for part in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [80, 20, 60]
    assert len(set.union(*parts)) == 160


def test_histories_are_the_test_log():
    one = small_track()
    users, histories = one.test_histories
    log = one.log("test")
    assert log.columns.tolist() == ["user_id", "item_id", "timestamp"]
    for user, row in zip(users, histories, strict=True):
        clicks = log[log["user_id"] == user].sort_values("timestamp")
        assert clicks["timestamp"].tolist() == list(range(len(clicks)))
        assert row[row > 0].tolist() == clicks["item_id"].tolist()
        assert 3 <= len(clicks) <= 12 and not row[: len(row) - len(clicks)].any()


def test_new_products_are_in_no_log_but_the_test_shoppers():
    one = small_track(new_products=20)
    assert one.log("train")["item_id"].max() == one.products == 30
    assert one.log("validation")["item_id"].max() <= 30
    assert 30 < one.log("test")["item_id"].max() <= one.n_products == 50


def test_the_token_tells_tracks_apart():
    tokens = {small_track(**changes).token for changes in ({}, {"version": 2}, {"shop_seed": 43})}
    assert len(tokens) == 3 and all(token.startswith("small-") for token in tokens)
    assert small_track().token == small_track().token


GOOD = 'version = 1\naxis = "order"\nsays = "x"\nproducts = 30\ntest_shoppers = 5\n'


def test_a_track_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + "[world]\norder = 2.0\n[requires]\ntank_care = ['Fish Food']\n")
    mine = read_track(path)
    assert mine.name == "mine" and mine.shop.world.order == 2.0
    assert mine.shop.world.missions[-1].requires == ("Fish Food",)


BAD = {
    "colour = 1\n": "colour must be one of .*products",
    "clicks = [5, 2]\n": "clicks must be",
    "products = 5\n": "n_products must be at least 27",
    "test_shoppers = 0\n": "test_shoppers must be a whole number of at least 1, got 0",
    "shop_seed = -1\n": "seed must be",
    "[world]\norder = -1\n": "order must be a number at least 0",
    "[world]\nodor = 1\n": "odor must be one of",
    "[requires]\ntank = ['Fish Food']\n": "requires.tank must be one of .*tank_care",
    "world = 3\n": "world must be a table, got 3",
}


@pytest.mark.parametrize("line", BAD)
def test_a_file_that_is_no_track_is_refused(tmp_path, line):
    path = tmp_path / "mine.toml"
    kept = [row for row in GOOD.splitlines(True) if row.split()[0] != line.split()[0]]
    path.write_text("".join(kept) + line)
    with pytest.raises(TrackError, match=f"mine.toml: .*{BAD[line]}"):
        read_track(path)


def test_a_missing_key_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("version = 1\n", ""))
    with pytest.raises(TrackError, match="version must be given"):
        read_track(path)


def test_an_unknown_track_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(TrackError, match="TRACK must be one of .*default.*got 'dfault'"):
        read_track("dfault")
    with pytest.raises(TrackError, match="no such file"):
        read_track(tmp_path / "none.toml")


def test_figures_are_numbers_of_four_digits():
    shown = json.dumps(dict(TRACKS["default"].figures))
    assert "e-" not in shown and track.TRACKS == "zooplus_sim.benchmark"
    assert all(np.isfinite(list(one.figures.values())).all() for one in TRACKS.values())
