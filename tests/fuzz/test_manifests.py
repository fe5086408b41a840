"""Folders of a log after accidents: what is read from them is right, or refused by name.

The truth to compare with is the folder that nothing happened to: same files, same bytes.
"""

import json
import shutil

import pytest

from tests.fuzz.fuzzing import refusal, rounds
from zooplus_sim import ZooplusSimulator, write_journeys
from zooplus_sim.logs.records import JOURNAL, MANIFEST, read_records

SHOP = ZooplusSimulator(n_users=9)
BLOCK = 3
#: What stands where JSON is due.
NO_JSON = (b"", b"{", b"[" * 50_000, b"\xff\xfe{}", b"null", b"[]", b'"text"', b"1" * 5_000, b"{}")
#: What a field may become.
VALUES = (
    None,
    -1,
    0,
    1e308,
    float("nan"),
    "",
    "part-000001.parquet",
    [],
    {},
    ["0" * 64],
    "x" * 900,
)


def write(folder):
    return write_journeys(
        folder, SHOP, events_per_user=2, users_per_block=BLOCK, truth=None, progress=False
    )


def content(folder):
    """Everything that is part of the log, by name."""
    return {
        path.name: path.read_bytes() if path.is_file() else None
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "log"
    write(folder)
    return folder


def killed(folder):
    """The folder as a run leaves it that was killed after two blocks."""
    manifest = json.loads((folder / MANIFEST).read_text())
    plan = {name: manifest[name] for name in manifest if name not in ("rows", "blocks")}
    lines = [plan, *manifest["blocks"][:2]]
    (folder / JOURNAL).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / MANIFEST).unlink()
    (folder / "part-000002.parquet").unlink()


def damage(folder, draw):
    """One accident."""
    name = MANIFEST if (folder / MANIFEST).exists() else JOURNAL
    path = folder / name
    part = folder / f"part-{draw.integers(2):06}.parquet"
    content = path.read_bytes()
    match draw.integers(12):
        case 0:
            path.write_bytes(content[: draw.integers(len(content))])
        case 1:
            flipped = bytearray(content)
            flipped[draw.integers(len(content))] ^= 1 << draw.integers(8)
            path.write_bytes(flipped)
        case 2:
            path.write_bytes(NO_JSON[draw.integers(len(NO_JSON))])
        case 3:
            path.unlink()
        case 4:
            path.unlink()
            path.mkdir()
        case 5:
            change_a_field(path, draw)
        case 6:
            part.unlink()
        case 7:
            part.write_bytes(part.read_bytes()[: draw.integers(1000)])
        case 8:
            shutil.copy(part, folder / "part-000007.parquet")
        case 9:
            # Two parts change places, in the folder and in what is written about it.
            swap_parts(folder, path)
        case 10:
            path.write_bytes(content * 2)
        case 11:
            part.unlink()
            part.mkdir()


def change_a_field(path, draw):
    lines = path.read_text().splitlines()
    manifest = path.name == MANIFEST
    documents = [json.loads("".join(lines))] if manifest else [json.loads(line) for line in lines]
    target = documents[draw.integers(len(documents))]
    if manifest and draw.random() < 0.7:
        target = target["blocks"][draw.integers(len(target["blocks"]))]
    names = sorted(target)
    target[names[draw.integers(len(names))]] = VALUES[draw.integers(len(VALUES))]
    path.write_text("\n".join(json.dumps(document) for document in documents) + "\n")


def swap_parts(folder, path):
    one, other = folder / "part-000000.parquet", folder / "part-000001.parquet"
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    text = path.read_text()
    place = text.replace("part-000000", "?").replace("part-000001", "part-000000")
    path.write_text(place.replace("?", "part-000001"))


def test_a_damaged_folder_is_mended_to_the_same_bytes_or_refused_by_name(whole, tmp_path):
    mended = 0
    for number, draw in enumerate(rounds(300)):
        folder = tmp_path / f"log-{number}"
        shutil.copytree(whole, folder)
        if draw.random() < 0.5:
            killed(folder)
        damage(folder, draw)
        before = content(folder)
        manifest, refused = refusal(lambda folder=folder: write(folder), folder.name)
        if refused is None:
            assert content(folder) == content(whole), number
            assert manifest == json.loads((whole / MANIFEST).read_text())
            mended += 1
        else:
            assert content(folder) == before, "a refusal changes nothing"
        shutil.rmtree(folder)
    assert mended > 60


def test_whatever_is_written_about_a_folder_is_read_or_refused_by_name(whole, tmp_path):
    """The reader alone, without simulation behind it."""
    manifest = json.loads((whole / MANIFEST).read_text())
    plan = {name: manifest[name] for name in manifest if name not in ("rows", "blocks")}
    sums = {block["file"]: block["sha256"] for block in manifest["blocks"]}
    for number, draw in enumerate(rounds(300)):
        folder = tmp_path / f"log-{number}"
        shutil.copytree(whole, folder)
        if draw.random() < 0.5:
            killed(folder)
        damage(folder, draw)
        read, refused = refusal(lambda folder=folder: read_records(folder, plan, 1), folder.name)
        if refused is None and read is not None:
            wrong = {name for name in read if read[name] != sums.get(name)}
            # A record that was changed to another file, or to another checksum, is of no harm: the
            # file itself decides. There are no more than one accident touches.
            assert len(wrong) <= 2
        shutil.rmtree(folder)
