"""A log in a folder is read when it is whole, and refused by name when it is not."""

import json
import shutil

import pandas as pd
import pytest

from seqrec.data import build_sequences, build_sequences_at_scale, load_interactions
from zooplus_sim import ZooplusSimulator, write_journeys

pytest.importorskip("dask", reason="the extra [scale] is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs") / "log"
    write_journeys(folder, ZooplusSimulator(n_users=20), events_per_user=4, users_per_block=5)
    return folder


@pytest.fixture
def log(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "log")


def edited(change):
    """Damage: the manifest with something changed in it."""

    def damage(log):
        path = log / "_manifest.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return damage


def other_parquet(log, **options):
    path = log / "part-000001.parquet"
    pd.read_parquet(path).iloc[:-1].to_parquet(path, index=False, **options)


def without(key):
    return lambda document: [block.pop(key) for block in document["blocks"]]


DAMAGES = {
    "unfinished": (lambda log: (log / "_journal.jsonl").touch(), "is not finished: _journal"),
    "a part is missing": (
        lambda log: (log / "part-000002.parquet").unlink(),
        "part-000002.parquet' is missing. Cure: run the same simulation again",
    ),
    "a part is there twice": (
        lambda log: shutil.copy(log / "part-000002.parquet", log / "part-000009.parquet"),
        "part-000009.parquet' is not in _manifest.json. Cure: move it out",
    ),
    "a part is of another log": (other_parquet, "part-000001.parquet' has another checksum"),
    "two parts have changed places": (
        lambda log: shutil.copy(log / "part-000002.parquet", log / "part-000001.parquet"),
        "part-000001.parquet' has another checksum",
    ),
    "the manifest is cut short": (
        lambda log: (log / "_manifest.json").write_text('{"format": 1'),
        "_manifest.json' is damaged .*Cure: delete the folder",
    ),
    "the manifest is no text": (
        lambda log: (log / "_manifest.json").write_bytes(b"\xff\xfe"),
        "_manifest.json' is damaged",
    ),
    "the manifest is deep": (
        lambda log: (log / "_manifest.json").write_text("[" * 100_000),
        "_manifest.json' is damaged",
    ),
    "the manifest is a folder": (
        lambda log: ((log / "_manifest.json").unlink(), (log / "_manifest.json").mkdir()),
        "_manifest.json' is damaged",
    ),
    "a list": (lambda log: (log / "_manifest.json").write_text("[]"), "is damaged"),
    "another format": (edited(lambda document: document.update(format=2)), "format must be 1"),
    "no checksums": (edited(without("sha256")), "is damaged .*sha256"),
    "no users": (edited(without("users")), "users of its blocks must add up"),
    "wrong rows": (
        edited(lambda document: document.update(rows=7)),
        "rows of its blocks must add up to 7",
    ),
    "wrong rows of two": (
        edited(
            lambda document: (
                document["blocks"][0].update(rows=document["blocks"][0]["rows"] + 1),
                document["blocks"][1].update(rows=document["blocks"][1]["rows"] - 1),
            )
        ),
        "says 21 rows of 'part-000000.parquet', which holds 20",
    ),
    "a wrong first user": (
        edited(lambda document: document["blocks"][1].update(first_user=6)),
        "users of 'part-000001.parquet' begin with 6, and they are 5 to 9",
    ),
    "a part that is listed twice": (
        edited(lambda document: document["blocks"].append(document["blocks"][0])),
        "lists 'part-000000.parquet' twice",
    ),
    "a shorter list": (
        edited(lambda document: document["blocks"].pop()),
        "rows of its blocks must add up",
    ),
}


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("is_by_user", [True, False])
def test_a_folder_that_is_not_whole_is_refused_by_name(log, tmp_path, kind, is_by_user):
    damage, message = DAMAGES[kind]
    damage(log)
    with pytest.raises(ValueError, match=message) as error:
        build_sequences_at_scale(log, tmp_path / "out", 3, is_by_user=is_by_user)
    assert "Cure: " in str(error.value) and len(str(error.value)) < 600
    assert not (tmp_path / "out").exists()


def test_what_a_refusal_says_to_do_makes_the_folder_whole(log, tmp_path):
    (log / "part-000002.parquet").unlink()
    other_parquet(log)
    again = {"events_per_user": 4, "users_per_block": 5}
    write_journeys(log, ZooplusSimulator(n_users=20), **again)
    build_sequences_at_scale(log, tmp_path / "out", 3, is_by_user=True)
    assert len(pd.read_parquet(tmp_path / "out")) == 20


def test_a_folder_that_pandas_would_read_in_one_go_is_checked_too(log, tmp_path):
    folder = log.rename(tmp_path / "log.parquet")
    assert len(load_interactions(folder)) == 80
    (folder / "_journal.jsonl").touch()
    with pytest.raises(ValueError, match="is not finished"):
        load_interactions(folder)


def test_a_folder_without_a_manifest_is_taken_as_it_is(log, tmp_path):
    (log / "_manifest.json").unlink()
    (log / "part-000002.parquet").unlink()
    (log / "_SUCCESS").touch()
    build_sequences_at_scale(log, tmp_path / "out", 3, is_by_user=True)
    found = pd.read_parquet(tmp_path / "out").sort_values("user_id", ignore_index=True)
    plain = build_sequences(pd.read_parquet(log), 3)
    assert found["user_id"].tolist() == plain["user_id"].tolist()
    assert [list(row) for row in found["item_sequence"]] == [
        list(row) for row in plain["item_sequence"]
    ]


def parts(folder, *tables, **options):
    folder.mkdir()
    for number, table in enumerate(tables):
        table.to_parquet(folder / f"{number}.parquet", index=False, **options)
    return folder


TABLE = pd.DataFrame({"user_id": [1, 2], "item_id": [5, 6], "timestamp": [1, 2]})


def test_a_part_without_statistics_is_named_and_read_otherwise(tmp_path):
    log = parts(tmp_path / "log", TABLE, TABLE + 10, write_statistics=False)
    with pytest.raises(ValueError, match="log/0.parquet' holds no statistics.*is_by_user=False"):
        build_sequences_at_scale(log, tmp_path / "out", 3, is_by_user=True)
    build_sequences_at_scale(log, tmp_path / "out", 3)
    assert len(pd.read_parquet(tmp_path / "out")) == 4


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (TABLE.astype({"user_id": str}), "'user_id' has the Arrow type .*string in 'log/1.parq"),
        (TABLE.astype({"timestamp": float}), "'timestamp' has the Arrow type double in 'log/1"),
        (TABLE.drop(columns="item_id"), "'log/1.parquet' must have one column 'item_id'"),
    ],
)
def test_parts_that_do_not_go_together_are_named(tmp_path, other, message):
    log = parts(tmp_path / "log", TABLE, other)
    with pytest.raises(ValueError, match=message):
        build_sequences_at_scale(log, tmp_path / "out", 3)


def test_a_part_that_is_no_parquet_is_named(tmp_path):
    log = parts(tmp_path / "log", TABLE)
    (log / "1.parquet").write_bytes((log / "0.parquet").read_bytes()[:-9])
    with pytest.raises(ValueError, match="'log/1.parquet' can't be read as Parquet"):
        build_sequences_at_scale(log, tmp_path / "out", 3)
    (log / "1.parquet").unlink()
    (log / "1.parquet").mkdir()
    with pytest.raises(ValueError, match="'log/1.parquet' is no file"):
        build_sequences_at_scale(log, tmp_path / "out", 3)


def test_a_bad_row_leaves_nothing_behind_and_names_the_log(tmp_path):
    log = parts(tmp_path / "log", TABLE, TABLE.assign(item_id=[1, -1]))
    with pytest.raises(ValueError, match="in a part of 'log': column 'item_id', row .*-1"):
        build_sequences_at_scale(log, tmp_path / "out", 3)
    assert not [path for path in tmp_path.iterdir() if path.name not in ("log", ".out.lock")]


@pytest.mark.parametrize("max_len", [0, -1, True, 2.0, "3", None])
def test_a_length_that_is_none_is_refused_and_a_huge_one_is_all_there_is(log, tmp_path, max_len):
    with pytest.raises(ValueError, match="max_len must be a whole number of 1 or more"):
        build_sequences_at_scale(log, tmp_path / "out", max_len)
    build_sequences_at_scale(log, tmp_path / "out", 2**70, is_by_user=True)
    assert set(map(len, pd.read_parquet(tmp_path / "out")["item_sequence"])) == {4}
