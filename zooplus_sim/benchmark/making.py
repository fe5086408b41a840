"""The files that a track hands out.

train.csv, validation.csv   the log: user_id, item_id, timestamp (0, 1, ... within the user)
test.csv                    the histories of the test shoppers, likewise: what comes next is asked
catalogue.csv               the products that the test shoppers are shown
manifest.json               the track, its version and token, the protocol, and for each file its
                            rows and sha256
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path

from zooplus_sim.benchmark.track import Track
from zooplus_sim.files import check_folder, clear_leftovers, whole_files, write_table

#: What of the track says who learns from whom, and what is asked.
PROTOCOL = (
    "products",
    "new_products",
    "train_shoppers",
    "validation_shoppers",
    "test_shoppers",
    "clicks",
    "shop_seed",
    "journeys_seed",
)


def make(track: Track, folder: str | os.PathLike) -> dict:
    """Write the track's files; those that are there are replaced, all or none.

    folder: made where it is not

    Returns the manifest. Raises ValueError for what is no folder, and OSError.
    """
    folder = check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers([folder])
    tables = {f"{part}.csv": track.log(part) for part in ("train", "validation", "test")}
    # How popular a product is no shop knows before it is clicked.
    products = track.test_shop.products.drop(columns="popularity")
    tables["catalogue.csv"] = products.reset_index().rename(columns={"product_id": "item_id"})
    files_of: dict[str, dict] = {}
    manifest = {
        "track": track.name,
        "version": track.version,
        "token": track.token,
        "axis": track.axis,
        "says": track.says,
        "protocol": {name: getattr(track, name) for name in PROTOCOL},
        "files": files_of,
    }
    paths = [folder / name for name in (*tables, "manifest.json")]
    with whole_files(paths) as files:
        for (name, table), file in zip(tables.items(), files, strict=False):
            text = io.BytesIO()
            write_table(table, text, Path(name))
            content = text.getvalue()
            file.write(content)
            sha256 = hashlib.sha256(content).hexdigest()
            files_of[name] = {"rows": len(table), "sha256": sha256}
        files[-1].write((json.dumps(manifest, indent=2) + "\n").encode())
    return manifest
