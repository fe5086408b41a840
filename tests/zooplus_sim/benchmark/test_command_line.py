"""`python -m zooplus_sim.benchmark`: list, make, judge; one line and status 2 where it can't."""

import json

import pytest

from tests.zooplus_sim.benchmark.small import best_lists, best_probabilities, csv_text, saved
from zooplus_sim.benchmark.__main__ import main
from zooplus_sim.benchmark.track import read_track, track_names

OWN = """
version = 3
axis = "none"
says = "A shop of 30 products."
products = 30
train_shoppers = 80
validation_shoppers = 20
test_shoppers = 60
clicks = [3, 12]
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_list_shows_every_track(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[1 : 1 + len(track_names())]] == (
        track_names()
    )
    assert max(map(len, shown.splitlines())) <= 100


def test_make_then_judge(own, tmp_path, capsys):
    assert main(["make", str(own), "--out", str(tmp_path / "out")]) == 0
    token = capsys.readouterr().out.split(":")[0]
    assert token.startswith("own-3-")
    track = read_track(own)
    (tmp_path / "best.csv").write_text(csv_text(track, best_lists(track)))
    assert main(["judge", str(own), str(tmp_path / "best.csv")]) == 0
    shown = capsys.readouterr().out
    assert "own, version 3" in shown and "100.0 ± 0.0 %" in shown and "it needs prob" in shown
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line}
    assert rows["judged"][1] == rows["oracle"][1] > rows["popularity"][1]


def test_judge_as_json(own, tmp_path, capsys):
    track = read_track(own)
    path = saved(tmp_path / "a.npz", track, probabilities=best_probabilities(track))
    assert main(["judge", str(own), str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["track"] == "own" and document["token"] == track.token
    assert document["share_of_lift"]["ndcg"]["value"] == pytest.approx(1)
    assert document["regret"]["judged"]["value"] == pytest.approx(0, abs=1e-9)
    assert (
        document["scores"]["oracle"]["ndcg"]["low"] < document["scores"]["oracle"]["ndcg"]["high"]
    )


def test_a_product_that_was_ruled_out_is_told(own, tmp_path, capsys):
    track = read_track(own)
    certain = best_probabilities(track) * 0
    certain[:, 0] = 1
    path = saved(tmp_path / "a.npz", track, probabilities=certain)
    assert main(["judge", str(own), str(path)]) == 0
    assert "infinite, as for 60 shoppers" in capsys.readouterr().out


WRONG = {
    "unknown track": (["judge", "dfault", "a.csv"], "TRACK must be one of "),
    "no predictions": (["judge", "OWN", "none.csv"], "none.csv: No such file"),
    "no file": (["make", "none.toml", "--out", "a"], "none.toml: there is no such file"),
    "a folder that is a file": (["make", "OWN", "--out", "OWN"], "must be a folder"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(own, case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, message = WRONG[case]
    assert main([str(own) if word == "OWN" else word for word in arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert error.startswith("zooplus_sim.benchmark: ")


@pytest.mark.parametrize("arguments", [[], ["make", "default"], ["judge", "default"], ["rank"]])
def test_a_command_that_is_not_whole(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("zooplus_sim.benchmark: ")


@pytest.mark.parametrize("arguments", [[], ["list"], ["make"], ["judge"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert (
        end.value.code == 0 and "usage: python -m zooplus_sim.benchmark" in capsys.readouterr().out
    )
