"""Cures that `zooplus_sim` prints where a folder, a file or a request is in a bad way."""

import contextlib
import json
import os
import shutil
from unittest import mock

from filelock import FileLock

from tests.project.cures import Cure
from zooplus_sim import (
    Belief,
    Storefront,
    World,
    ZooplusSimulator,
    checks,
    generate_training_data,
    write_journeys,
)
from zooplus_sim.logs.partitioned import LOCK
from zooplus_sim.logs.records import JOURNAL, MANIFEST

SHOP = ZooplusSimulator(n_users=2)


def written(folder, name):
    write_journeys(folder / name, SHOP, events_per_user=2, progress=False)


def begun_again(wrong):
    """A call of both halves of the cure: another folder, and this one deleted."""

    def mended(folder):
        with contextlib.suppress(ValueError):
            wrong(folder)
        written(folder, "other")
        shutil.rmtree(folder / "log")
        written(folder, "log")

    return mended


def cure_of_a_folder(told, wrong):
    return Cure(told, wrong, begun_again(wrong))


def with_record(folder, name, content):
    (folder / "log").mkdir()
    (folder / "log" / name).write_text(content)
    written(folder, "log")


def without_blocks(folder):
    written(folder, "log")
    path = folder / "log" / MANIFEST
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"blocks": 1}))
    written(folder, "log")


def with_a_folder(folder, name):
    (folder / "log" / name).mkdir(parents=True)
    if name.startswith("part"):
        shutil.rmtree(folder / "log")
        written(folder, "log")
        (folder / "log" / name).unlink()
        (folder / "log" / name).mkdir()
    written(folder, "log")


def beside_another_run(folder):
    (folder / "log").mkdir()
    with FileLock(folder / "log" / LOCK):
        written(folder, "log")


def with_little_memory(call):
    with mock.patch.object(checks, "memory", lambda: 1e6):
        return call()


def with_truth_at(place):
    def written_both(folder):
        write_journeys(
            folder / "log", SHOP, events_per_user=2, truth=folder / place, progress=False
        )

    return written_both


CURES = [
    Cure(
        "one inside the other. Cure: another name",
        with_truth_at("log/truth"),
        with_truth_at("truth"),
    ),
    cure_of_a_folder(
        "is damaged or cut short: it does not say of which log it is. Cure: another folder, or "
        "delete this one and begin again.",
        lambda folder: with_record(folder, MANIFEST, '{"format": 1'),
    ),
    cure_of_a_folder(
        "is damaged or cut short: it does not say of which log it is. Cure: another folder",
        lambda folder: with_record(folder, JOURNAL, ""),
    ),
    cure_of_a_folder(
        "must list its blocks, and does not. Cure: another folder",
        without_blocks,
    ),
    cure_of_a_folder(
        "_manifest.json must be a plain file. Cure: another folder",
        lambda folder: with_a_folder(folder, MANIFEST),
    ),
    cure_of_a_folder(
        "part-000000.parquet must be a plain file. Cure: another folder",
        lambda folder: with_a_folder(folder, "part-000000.parquet"),
    ),
    cure_of_a_folder(
        "holds mine.parquet, which is no part of this log. Cure: another folder",
        lambda folder: with_record(folder, "mine.parquet", "mine"),
    ),
    Cure(
        "another one is at it. Cure: another folder, or wait for its end.",
        beside_another_run,
        lambda folder: (written(folder, "other"), written(folder, "log")),
    ),
    Cure(
        "must be a plain file or a new one, got a pipe, a device or a broken link. Cure: another "
        "name.",
        lambda folder: (
            os.symlink("shop.toml", folder / "shop.toml"),
            World.default().to_toml(folder / "shop.toml"),
        ),
        lambda folder: World.default().to_toml(folder / "other.toml"),
    ),
    Cure(
        "must be a folder or a new name, got a file, a pipe, a device or a broken link. Cure: "
        "another name.",
        lambda folder: ((folder / "log").touch(), written(folder, "log")),
        lambda folder: written(folder, "other"),
    ),
    Cure(
        "Cure: fewer of them at a time, or write_journeys, which needs the memory of one block.",
        lambda _: with_little_memory(lambda: SHOP.journeys(events_per_user=10_000)),
        lambda folder: with_little_memory(
            lambda: (
                SHOP.journeys(events_per_user=10_000, users=[1]),
                write_journeys(
                    folder, SHOP, events_per_user=10_000, users_per_block=1, progress=False
                ),
            )
        ),
    ),
    Cure(
        "Cure: fewer products.",
        lambda _: with_little_memory(lambda: ZooplusSimulator(n_products=2_000)),
        lambda _: with_little_memory(lambda: ZooplusSimulator(n_products=50)),
    ),
    Cure(
        "Cure: fewer of them.",
        lambda _: with_little_memory(lambda: generate_training_data(SHOP, 100_000)),
        lambda _: with_little_memory(lambda: generate_training_data(SHOP, 1_000)),
    ),
    Cure(
        "Cure: fewer of these, or fewer shoppers.",
        lambda _: with_little_memory(lambda: Storefront(SHOP, n_steps=100_000)),
        lambda _: with_little_memory(lambda: Storefront(SHOP, n_steps=1_000)),
    ),
    Cure(
        "Cure: fewer shoppers.",
        lambda _: with_little_memory(lambda: Belief(SHOP, 100_000)),
        lambda _: with_little_memory(lambda: Belief(SHOP, 100)),
    ),
]
