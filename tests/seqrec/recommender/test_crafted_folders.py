"""A folder whose checksums are right, but in which a value contradicts another, is refused."""

import functools
import sys

import numpy as np
import pytest
import torch

from seqrec.recommender import SequentialRecommender
from seqrec.recommender.folder import DOCUMENT, load_folder, save_folder
from tests.seqrec.recommender.shops import SMALL, described, going_round, small_recommender

LOG = going_round(n_users=6, n_events=4)


@functools.cache
def fitted(name="SASRec"):
    items = described(LOG["item_id"]) if "content" in name else None
    return small_recommender(name, max_len=3).fit(LOG, items=items)


def put(*way, value):
    def change(tensors, document):
        *parents, last = way
        for step in parents:
            document = document[step]
        document[last] = value

    return change


def option(name, value):
    return put("settings", "model", name, value=value)


def put_tensor(name, change):
    def changed(tensors, document):
        tensors[name] = change(tensors[name])

    return changed


TABLE = "network/encoder.item.weight"
ROWS = "network/encoder.item.rows"
CASES = {
    "a unit too many": (option("hidden", 33), "must be torch.float32"),
    "units by the million": (option("hidden", 10**8), "must be torch.float32"),
    "units beyond counting": (option("hidden", 10**40), "no SASRecConfig can be built"),
    "width by the million": (option("D", 10**8), "must be torch.float32"),
    "layers by the million": (option("n_blocks", 10**8), "n_blocks is 100000000, but there are"),
    "another model": (option("class", "SRGNNConfig"), "unexpected keyword"),
    "an option unknown": (option("depth", 1), "'depth'"),
    "an option of another type": (option("D", "8"), "D must be a whole number"),
    "a share beyond 1": (option("t", 2.0), "t must be a share"),
    "max_len longer": (put("max_len", value=4), "histories must be"),
    "max_len huge": (put("max_len", value=2**70), "histories must be"),
    "max_len a text": (put("max_len", value="3"), "max_len must be a whole number"),
    "fewer items": (put("items", "values", value=["bowl", "food"]), "of 2 items"),
    "an item twice": (put("items", "values", 0, value="toy"), "each id once"),
    "a number among texts": (put("items", "values", 0, value=7), r"values\[0\] must be text"),
    "texts as numbers": (put("items", "dtype", value="int64"), "must be whole numbers"),
    "a dtype that is none": (put("items", "dtype", value="float64"), "dtype must be one of"),
    "a user twice": (put("users", "values", 0, value=5), "each id once"),
    "a user below 0": (put("users", "values", 0, value=-5), "must be whole numbers from 0"),
    "fewer users": (put("users", "values", value=[1, 2]), "histories must be"),
    "no users": (put("users", value=None), "'histories'"),
    "a setting of another type": (put("settings", "exclude_seen", value=1), "exclude_seen"),
    "a device": (put("settings", "device", value="cuda:7"), "device must be None"),
    "a setting too many": (put("settings", "trust", value=True), "trust"),
    "an entry too many": (put("more", value=1), "'more'"),
    "training a list": (put("settings", "training", value=[]), "training must be a dict"),
    "epochs below 0": (put("settings", "training", "epochs", value=-1), "epochs must be"),
    "content without it": (put("features", value={"columns": []}), "(unknown|features)"),
    "a weight NaN": (put_tensor(TABLE, lambda x: x * torch.nan), "item.weight holds NaN"),
    "a weight infinite": (put_tensor(TABLE, lambda x: x / 0), "holds (infinity|NaN)"),
    "a weight halved": (put_tensor(TABLE, lambda x: x.half()), "got torch.float16"),
    "popularity longer": (put_tensor("popularity", lambda x: x[:2]), "of 4 items"),
    "popularity no law": (put_tensor("popularity", lambda x: x + 1), "must be log-prob"),
    "popularity NaN": (put_tensor("popularity", lambda x: x * torch.nan), "must be log-prob"),
    "an item too high": (put_tensor("histories", lambda x: x + 4), "items from 1 to 4"),
    "an item below 0": (put_tensor("histories", lambda x: -x), "items from 1 to 4"),
    "padding on the right": (
        put_tensor("histories", lambda x: x * torch.tensor([1, 1, 0], dtype=torch.int32)),
        "padding on the left",
    ),
    "histories of floats": (put_tensor("histories", lambda x: x.float()), "torch.int32"),
    "a tensor too many": (
        lambda tensors, _: tensors.update({"odd": torch.ones(1)}),
        "'odd'",
    ),
    "a tensor too few": (lambda tensors, _: tensors.pop(TABLE), "item.weight must be"),
}
OF_CONTENT = {
    "rows out of range": (put_tensor(ROWS, lambda x: x * 3), "rows must be 0 for padding"),
    "rows of padding": (put_tensor(ROWS, lambda x: x.flip(0)), "rows must be 0 for padding"),
    "features elsewhere": (put("features", "unknown", value="refuse"), "content, and are not"),
    "features gone": (put("features", value=None), "must be there if the model reads content"),
    "labels fewer": (put("features", "learned", 0, "labels", value=["a"]), "have .* columns"),
    "labels unsorted": (put("features", "learned", 0, "labels", value=["b", "a"]), "sorted"),
    "a mean NaN": (put("features", "learned", 1, "mean", value=float("nan")), "finite means"),
    "nothing learned": (put("features", "learned", value=[]), "a dict for each of 3 columns"),
    "features of padding": (
        put_tensor("network/encoder.item.features", lambda x: x + 1),
        "must be 0 for padding",
    ),
}


@pytest.mark.parametrize(
    ("name", "case"),
    [("SASRec", case) for case in CASES] + [("SASRec with content", case) for case in OF_CONTENT],
)
def test_a_value_that_contradicts_another_is_refused_by_name(name, case, tmp_path):
    change, told = (CASES | OF_CONTENT)[case]
    fitted(name).save(tmp_path / "model")
    tensors, document = load_folder(tmp_path / "model")
    change(tensors, document)
    save_folder(tmp_path / "model", tensors, document)
    with pytest.raises(ValueError, match=f"model is undamaged.*{told}.*Cure: ") as refusal:
        SequentialRecommender.load(tmp_path / "model", device="cpu")
    assert len(str(refusal.value)) <= 600


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_a_huge_network_is_refused_before_it_takes_memory(tmp_path):
    # Windows has no such module.
    from resource import RUSAGE_SELF, getrusage

    fitted().save(tmp_path)
    tensors, document = load_folder(tmp_path)
    document["settings"]["model"]["hidden"] = 10**8
    save_folder(tmp_path, tensors, document)
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="tensors are not those of a"):
        SequentialRecommender.load(tmp_path, device="cpu")
    grown = getrusage(RUSAGE_SELF).ru_maxrss - before
    # KiB: a layer of it would be 3.2 GB.
    assert grown < 100_000


@pytest.mark.skipif("GPT-2" not in SMALL, reason="transformers is an extra")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attn_implementation", "org/repo"),
        ("attn_implementation", "flash_attention_2"),
        ("auto_map", {"AutoModel": "org/repo--code.Model"}),
        ("_name_or_path", "org/repo"),
        ("trust_remote_code", True),
        ("dtype", "float16"),
        ("torch_dtype", "float16"),
        ("architectures", ["Model"]),
        ("activation_function", "no such thing"),
        ("layer_norm_epsilon", "text"),
    ],
)
def test_no_option_of_a_backbone_in_a_folder_reaches_beyond_this_machine(name, value, tmp_path):
    fitted("GPT-2").save(tmp_path)
    tensors, document = load_folder(tmp_path)
    document["settings"]["model"]["options"] = {name: value}
    save_folder(tmp_path, tensors, document)
    with pytest.raises(ValueError, match=rf"{name}.*Cure: "):
        SequentialRecommender.load(tmp_path, device="cpu")


@pytest.mark.parametrize(
    ("text", "told"),
    [('{"kind": 1, "kind": 1}', "comes twice"), ("[" * 100_000, "nested too deeply")],
)
def test_a_document_that_is_no_plain_json_is_refused(text, told, tmp_path):
    fitted().save(tmp_path)
    (tmp_path / DOCUMENT).write_text(text)
    with pytest.raises(ValueError, match=f"{DOCUMENT}.*{told}.*Cure: "):
        load_folder(tmp_path)


def test_a_folder_without_the_entry_of_features_is_of_an_older_version_and_loads(tmp_path):
    fitted().save(tmp_path)
    tensors, document = load_folder(tmp_path)
    del document["features"]
    del document["settings"]["exclude_seen"]
    save_folder(tmp_path, tensors, document)
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    np.testing.assert_array_equal(loaded.score_items(LOG), fitted().score_items(LOG))


@pytest.mark.parametrize("seed", [1.5, -1, "a", None, True])
def test_a_seed_of_a_draw_that_is_none_is_refused_by_name(seed):
    with pytest.raises(ValueError, match="seed must be a whole number.*Cure: "):
        fitted().recommend(LOG, 2, 1.0, seed=seed)


@pytest.mark.parametrize("max_len", [10**13, 2**80])
def test_a_max_len_that_no_memory_holds_is_refused_by_name(max_len):
    with pytest.raises(ValueError, match="max_len must be small enough.*Cure: "):
        small_recommender(max_len=max_len).fit(LOG)


@pytest.mark.parametrize("pair", [(None, None), (None, ["mat"]), (1, 2), ("a", "b")])
def test_no_pairs_are_made_of_what_is_no_list(pair):
    with pytest.raises(TypeError, match="user_id must be a list of ids"):
        fitted().predict(*pair)
