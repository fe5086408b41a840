"""A folder that holds a model: `recommender.json` for all to read, and a file with the numbers.

The numbers are safetensors. No file can run code when it is read. The tensors' file is named after
its SHA-256, and the document, which is written last, says which one is meant: so a save that is
killed at any moment leaves the old model or the new one.

Several may save into one folder at once: one after the other does, and the last one's model stays.
Readers take no lock, so a folder that nobody may write to can be read. A reader whose document
names tensors that a later save has removed reads the document again.
"""

import hashlib
import json
import string
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError

from seqrec.checks import shown
from seqrec.training.files import clear_leftovers, one_writer, write_whole
from seqrec.training.plain_json import read_json

KIND = "seqrec recommender"
VERSION = 1
DOCUMENT = "recommender.json"
_ENTRIES = {"kind", "version", "tensors", "contents"}
_CURE = "Cure: the folder that `save` wrote, whole; or save the model again."
# A reader that is overtaken so often, by as many saves, gives up.
_TRIES = 100


class _Gone(ValueError):
    """The tensors that a document names are not there."""


def save_folder(folder, tensors, document):
    """Write a model into a folder, in place of one that is there.

    folder:   its name; made if it is new
    tensors:  dict of names
    document: whatever JSON can say

    Raises ValueError where `folder` is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file. Cure: the name of a folder, which may be new.")
    folder.mkdir(parents=True, exist_ok=True)
    # Copies, because safetensors refuses tensors that share memory.
    data = safetensors.torch.save(
        {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    )
    digest = hashlib.sha256(data).hexdigest()
    document = {"kind": KIND, "version": VERSION, "tensors": digest, "contents": document}
    text = json.dumps(document | {"sha256": _digest(document)}, indent=1, default=_plain)
    path = folder / _tensors_name(digest)
    with one_writer(folder / DOCUMENT):
        clear_leftovers(folder / DOCUMENT)
        write_whole(path, data)
        write_whole(folder / DOCUMENT, text.encode())
        # The document names one file alone, and nobody else is writing another.
        # What killed saves left of tensors has a name of the same beginning.
        for old in folder.glob("tensors-*.safetensors*"):
            if old != path and not old.is_dir():
                old.unlink()


def load_folder(folder):
    """What `save_folder` wrote: (tensors, document), the tensors on the CPU.

    Raises ValueError for a folder that is not there, incomplete, cut short, changed by hand, of
    another kind or of a newer version.
    """
    folder = Path(folder)
    document = _read_document(folder)
    for _ in range(_TRIES):
        try:
            return _read_tensors(folder, document["tensors"]), document["contents"]
        except _Gone:
            before = document
            document = _read_document(folder)
            if document == before:
                raise
    return _read_tensors(folder, document["tensors"]), document["contents"]


def _read_document(folder):
    """The document, without its checksum, which is right."""
    path = folder / DOCUMENT
    if not path.is_file():
        raise ValueError(f"{folder} holds no model: there is no {DOCUMENT} in it. {_CURE}")
    try:
        document = read_json(path.read_bytes())
    except ValueError as error:  # no JSON, or no text at all
        raise ValueError(
            f"{path} is cut short or no JSON ({shown(str(error), 150)}). {_CURE}"
        ) from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError(f"{path} is JSON, but describes no {KIND}. {_CURE}")
    if type(document.get("version")) is not int or document["version"] != VERSION:
        raise ValueError(
            f"{path} has version {shown(document.get('version'))}, this library reads {VERSION}. "
            "Cure: the version of seqrec that wrote it, or a newer one."
        )
    if document.pop("sha256", "none") != _digest_read(document):
        raise ValueError(
            f"{path} was changed after it was saved: it does not add up to its SHA-256. {_CURE}"
        )
    if document.keys() != _ENTRIES or not _is_digest(document["tensors"]):
        raise ValueError(
            f"{path} must name the SHA-256 of its tensors and hold contents, got "
            f"{shown(document)}. {_CURE}"
        )
    return document


def _read_tensors(folder, digest):
    """The tensors of this checksum, by name. Raises _Gone where they are not there."""
    path = folder / _tensors_name(digest)
    if path.exists() and not path.is_file():
        # A pipe would not end.
        raise ValueError(f"{path} must be a file, got a folder, a pipe or a device. {_CURE}")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise _Gone(f"{path} is missing, which {DOCUMENT} asks for. {_CURE}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(
            f"{path} is cut short or damaged: it does not add up to the SHA-256 in {DOCUMENT}. "
            f"{_CURE}"
        )
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ValueError(f"{path} holds no tensors ({shown(error, 150)}). {_CURE}") from error


def _tensors_name(digest):
    return f"tensors-{digest[:16]}.safetensors"


def _is_digest(text):
    return isinstance(text, str) and len(text) == 64 and set(text) <= set(string.hexdigits.lower())


def _digest(document):
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=_plain).encode()).hexdigest()


def _digest_read(document):
    """The same; None for one that is nested too deeply to be written by `save`."""
    try:
        return _digest(document)
    except RecursionError:
        return None


def _plain(number):
    """NumPy's numbers, which JSON does not know, as Python's."""
    return number.item()
