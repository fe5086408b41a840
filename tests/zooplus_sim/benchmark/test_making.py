"""The files of a track: what is in them, that their checksums hold, and that they come whole."""

import hashlib
import json

import pandas as pd
import pytest

from tests.zooplus_sim.benchmark.small import small_track
from zooplus_sim.benchmark.making import make


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "deeper"
    track = small_track(new_products=5)
    return track, folder, make(track, folder)


def test_the_manifest_says_what_is_there(made):
    track, folder, manifest = made
    assert json.loads((folder / "manifest.json").read_text()) == json.loads(json.dumps(manifest))
    assert manifest["token"] == track.token and manifest["version"] == 1
    assert manifest["protocol"]["clicks"] == (3, 12) and manifest["protocol"]["shop_seed"] == 42
    assert {path.name for path in folder.iterdir()} == {*manifest["files"], "manifest.json"}
    for name, part in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == part["sha256"]
        assert len(content.splitlines()) == part["rows"] + 1


def test_the_tables_are_the_tracks(made):
    track, folder, _ = made
    for part in ("train", "validation", "test"):
        pd.testing.assert_frame_equal(pd.read_csv(folder / f"{part}.csv"), track.log(part))


def test_the_catalogue_does_not_tell_how_popular_a_product_is(made):
    track, folder, _ = made
    catalogue = pd.read_csv(folder / "catalogue.csv")
    assert catalogue["item_id"].tolist() == list(range(1, track.n_products + 1))
    assert "popularity" not in catalogue and {"product_type", "price"} < set(catalogue)


def test_made_again_it_is_the_same(made, tmp_path):
    track, folder, manifest = made
    assert make(small_track(new_products=5), tmp_path) == manifest


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(ValueError, match="must be a folder"):
        make(small_track(), tmp_path / "a")
