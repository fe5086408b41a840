"""A log in a folder of Parquet files: is all of it there, and nothing else?

A folder that was written part by part may tell so itself:

    _journal.jsonl    is there while the folder is being written, and after the writer was killed
    _manifest.json    written at the end: {"format": 1, "rows": n, "shop": {"users": n}, "blocks": [
                      {"file": ..., "first_user": ..., "users": ..., "rows": ..., "sha256": [...]}]}
                      with a block for each file

A folder without both is taken as it is. Names that begin with "." or "_" are no parts.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path

from seqrec.checks import memory_bytes, shown

JOURNAL = "_journal.jsonl"
MANIFEST = "_manifest.json"
#: Bytes of a manifest: a hundred times that of ten million shoppers.
LARGEST_MANIFEST = 2**25
#: What is printed of a name.
OF_NAME = 100
AGAIN = "run the same simulation again, which makes anew what is missing or damaged"
ANEW = "delete the folder and run the simulation again"
#: Endings, in small letters, of what a reader of a whole folder takes for Parquet.
ENDINGS = (".parquet", ".parq", ".pq")


def whole_parts(folder: Path) -> list[Path]:
    """The Parquet files of a log's folder, sorted by name, once it is known to be whole.

    Raises FileNotFoundError where there is none, and ValueError for a folder that is being written
    or was left unfinished, and for one that is not what its manifest says.
    """
    if (folder / JOURNAL).is_symlink() or (folder / JOURNAL).exists():
        raise ValueError(
            f"{named(folder)} is not finished: {JOURNAL} is there. Cure: run the same simulation "
            "again, it goes on where it stopped; or wait for the one that is at work."
        )
    paths = sorted(path for path in folder.glob("*.parquet") if path.name[0] not in "._")
    manifest = folder / MANIFEST
    if manifest.is_symlink() or manifest.exists():
        _check_files(folder, paths, _read_manifest(manifest))
    _refuse_elsewhere(folder, paths)
    if not paths:
        raise FileNotFoundError(
            f"{named(folder)} holds no .parquet file. Cure: the folder that the log is in."
        )
    for path in paths:
        if not path.is_file():
            raise ValueError(
                f"{named(path)} is no file, though its name ends in .parquet. Cure: move it out of "
                "the folder."
            )
    return paths


def _refuse_elsewhere(folder, paths):
    """Raise ValueError for Parquet files that pandas reads with a folder and that are no parts."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        is_hidden = any(name[0] in "._" for name in inside)
        if is_hidden or folder / inside[0] in paths or path.is_dir():
            continue
        if path.suffix.lower() in ENDINGS:
            raise ValueError(
                f"{named(path)} must be in {shown(folder.name)} itself, its name ending in "
                ".parquet, got another place or ending. Cure: move it there, or out of the folder."
            )


def check_fits(path: Path, metadata, columns: list[str] | None, cure: str) -> None:
    """Raise ValueError for a file that is small as it lies there and no memory holds.

    path:     of the Parquet file.
    metadata: its `footer`.
    columns:  those that are read; None for all.
    cure:     what the message says to do.
    """
    widths = []
    for field in metadata.schema.to_arrow_schema():
        if columns is not None and field.name not in columns:
            continue
        try:
            widths.append(field.type.bit_width)
        except ValueError:
            # Text and lists: a reference at least.
            widths.append(64)
    # Twice, as Arrow's table and as pandas'.
    n_bytes = 2 * metadata.num_rows * sum(widths) // 8
    if n_bytes > memory_bytes():
        raise ValueError(
            f"{named(path)} must fit into this machine's memory of {memory_bytes():,} bytes, got "
            f"{metadata.num_rows:,} rows, which take {n_bytes:,} or more. Cure: {cure}."
        )


def named(path: Path) -> str:
    """The name of a file and of its folder, as a message gives it."""
    return shown(f"{path.parent.name}/{path.name}", OF_NAME)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def footer(path: Path):
    """Arrow's metadata of a Parquet file. Raises ValueError, with its name, for a damaged one."""
    from pyarrow import ArrowException, parquet

    try:
        return parquet.read_metadata(path)
    except (ArrowException, OSError) as error:
        raise ValueError(
            f"{named(path)} can't be read as Parquet ({shown(str(error), 150)}). Cure: another "
            "copy of the file."
        ) from error


def user_range(path: Path, metadata) -> tuple | None:
    """The smallest and the largest `user_id` of a part, by its statistics; None of an empty part.

    Raises ValueError, with the name of the file, for a part without statistics.
    """
    lowest = []
    highest = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if group.num_rows == 0:
            continue
        columns = (group.column(place) for place in range(group.num_columns))
        users = next((column for column in columns if column.path_in_schema == "user_id"), None)
        if users is None or users.statistics is None or not users.statistics.has_min_max:
            raise ValueError(
                f"{named(path)} holds no statistics of user_id, so whose events are in it can't be "
                "told. Cure: is_by_user=False, or write the file with statistics."
            )
        lowest.append(users.statistics.min)
        highest.append(users.statistics.max)
    return (min(lowest), max(highest)) if lowest else None


def _range_if_known(path, metadata):
    """`user_range`, and None of a part without statistics too."""
    try:
        return user_range(path, metadata)
    except ValueError:
        return None


def _read_manifest(path):
    """{file: block} of a manifest. Raises ValueError for a damaged one."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError("no plain file of a manifest's size")
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != 1:
            raise ValueError(f"format must be 1, got {shown(document['format'])}")
        blocks = document["blocks"]
        names = [block["file"] for block in blocks]
        sums = [block["sha256"][0] for block in blocks]
        if not all(isinstance(text, str) for text in names + sums):
            raise ValueError("files and checksums must be text")
        twice = [name for name, count in Counter(names).items() if count > 1]
        if not all(type(block["first_user"]) is int for block in blocks):
            raise ValueError("first_user must be a whole number")
        users = document.get("shop", {}).get("users")
        totals = (("rows", document.get("rows")), ("users", users))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{named(path)} is damaged ({type(error).__name__}: {shown(str(error), 100)}). Cure: "
            f"{ANEW}."
        ) from error
    if twice:
        raise ValueError(f"{named(path)} lists {shown(twice[0])} twice. Cure: {ANEW}.")
    for name, total in totals:
        counted = [block.get(name) for block in blocks]
        are_counts = all(type(number) is int for number in (*counted, total))
        if not are_counts or sum(counted) != total:
            raise ValueError(
                f"{named(path)} contradicts itself: the {name} of its blocks must add up to "
                f"{shown(total)}. Cure: {ANEW}."
            )
    return {block["file"]: block for block in blocks}


def _check_files(folder, paths, blocks):
    """Raise ValueError unless the folder's files are those of its manifest."""
    there = {path.name for path in paths}
    for name in sorted(blocks.keys() - there):
        raise ValueError(f"{named(folder / name)} is missing. Cure: {AGAIN}.")
    for name in sorted(there - blocks.keys()):
        raise ValueError(
            f"{named(folder / name)} is not in {MANIFEST}. Cure: move it out of the folder."
        )
    ranges = []
    for path in paths:
        block = blocks[path.name]
        if not path.is_file() or checksum(path) != block["sha256"][0]:
            raise ValueError(
                f"{named(path)} has another checksum than {MANIFEST} has. Cure: {AGAIN}."
            )
        metadata = footer(path)
        if metadata.num_rows != block["rows"]:
            raise ValueError(
                f"{named(folder / MANIFEST)} says {shown(block['rows'])} rows of "
                f"{shown(path.name)}, which holds {metadata.num_rows}. Cure: {ANEW}."
            )
        first = block["first_user"]
        users = _range_if_known(path, metadata)
        if users is not None:
            if users != (first, first + block["users"] - 1):
                raise ValueError(
                    f"{named(folder / MANIFEST)} says that the users of {shown(path.name)} begin "
                    f"with {shown(first)}, and they are {users[0]} to {users[1]}. Cure: {ANEW}."
                )
            ranges.append((*users, path.name))
    check_apart(ranges, ANEW)


def check_apart(ranges: list[tuple], cure: str) -> None:
    """Raise ValueError if the ranges of users of two files overlap.

    ranges: (first, last, name of the file) of each.
    cure:   what the message says to do.
    """
    ranges = sorted(ranges)
    for (_, last, one), (first, _, other) in zip(ranges, ranges[1:], strict=False):
        if first <= last:
            raise ValueError(
                f"{shown(one)} and {shown(other)} may both hold user {shown(first)}. Cure: {cure}."
            )
