"""One model is swapped for another: nobody is lost, nobody gets half of each."""

import asyncio
import shutil

import pytest

from seqrec.serve import Shelf
from seqrec.serve.questions import Refusal
from seqrec.serve.shelf import load_model
from tests.seqrec.serve.serving import BEARER, asked, shelf_of, small_model

MODELS = {"v1": small_model(seed=1), "v2": small_model("BERT4Rec", seed=2)}
HISTORIES = [[1, 2, 3], [4], [], [7, 7, 12, 1, 5, 2]]


@pytest.fixture
def shelf(tmp_path):
    return shelf_of(tmp_path, **MODELS)


def due(name):
    return MODELS[name].recommend_next(HISTORIES, top_k=4).tolist()


def test_under_load_every_answer_is_whole_and_of_the_model_that_it_names(shelf):
    assert due("v1") != due("v2")
    said = []

    async def talk(client):
        is_over = False

        async def shopper():
            while not is_over:
                sent = {"histories": HISTORIES, "top_k": 4}
                said.append(await client.post("/recommend", json=sent))

        shoppers = [asyncio.create_task(shopper()) for _ in range(6)]
        for number in range(8):
            n_before = len(said)
            name = ("v2", "v1")[number % 2]
            swapped = await client.post("/models", json={"name": name}, headers=BEARER)
            assert swapped.json()["model"]["name"] == name
            while len(said) < n_before + 20:
                await asyncio.sleep(0.001)
        is_over = True
        await asyncio.gather(*shoppers)

    asked(shelf, talk)
    assert {answer.status_code for answer in said} == {200}
    versions = set()
    for answer in said:
        document = answer.json()
        assert [one["items"] for one in document["lists"]] == due(document["model"]["name"])
        versions.add((document["model"]["name"], document["model"]["version"]))
    assert len(versions) == 2 and shelf.n_swaps == 8


NAMES = ["..", ".", "", "/etc", "../v1", "v1/", "a/../v1", "v1\\..", ".hidden", "v1\0", "V" * 101]


@pytest.mark.parametrize("name", [*NAMES, None, 3, ["v1"], "none", "file", "elsewhere", "empty"])
def test_only_a_name_of_a_folder_that_stands_there_is_taken(shelf, tmp_path_factory, name):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    MODELS["v2"].save(elsewhere)
    (shelf.models / "elsewhere").symlink_to(elsewhere, target_is_directory=True)
    (shelf.models / "file").write_text("{}")
    (shelf.models / "empty").mkdir()
    before = shelf.current
    with pytest.raises(Refusal) as told:
        shelf.swap(name)
    assert told.value.status in (404, 409, 422) and "Cure: " in str(told.value)
    assert str(shelf.models) not in str(told.value)
    assert shelf.current is before and shelf.n_swaps == 0


def test_a_damaged_model_does_not_take_the_place_of_a_good_one(shelf):
    (tensors,) = (shelf.models / "v2").glob("tensors-*")
    tensors.write_bytes(tensors.read_bytes()[:-3])
    with pytest.raises(Refusal, match="cut short") as told:
        shelf.swap("v2")
    assert told.value.status == 409 and shelf.current.name == "v1"


def test_a_model_whose_scores_are_no_numbers_is_not_taken(shelf):
    model = small_model()
    # Finite, so that it can be saved, and too large to be multiplied.
    model.scorer_.network.encoder.item.weight.data.fill_(3e38)
    model.save(shelf.models / "v3")
    with pytest.raises(Refusal, match="can't answer"):
        shelf.swap("v3")
    with pytest.raises(ValueError, match="can't answer"):
        load_model(shelf.models / "v3")


def test_the_version_is_that_of_what_was_saved(shelf, tmp_path):
    first = shelf.current.version
    assert load_model(tmp_path / "v1").version == first != load_model(tmp_path / "v2").version
    shutil.copytree(tmp_path / "v1", tmp_path / "copy")
    assert load_model(tmp_path / "copy").version == first
    # Saved anew into the same folder: the same name brings it in.
    small_model(seed=3).save(tmp_path / "v1")
    assert shelf.current.version == first
    assert shelf.swap("v1").version == shelf.current.version != first


def test_without_a_folder_of_models_there_is_no_swap(shelf):
    with pytest.raises(Refusal) as told:
        Shelf(shelf.models / "v1").swap("v2")
    assert told.value.status == 403
