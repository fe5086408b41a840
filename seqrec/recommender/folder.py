"""A folder that holds a model: `recommender.json` for all to read, and a file with the numbers.

The numbers are safetensors. No file can run code when it is read. The tensors' file is named after
its SHA-256, and the document, which is written last, says which one is meant: so a save that is
killed at any moment leaves the old model or the new one.
"""

import hashlib
import json
from pathlib import Path

import safetensors.torch

from seqrec.training.checkpoints import write_whole

KIND = "seqrec recommender"
VERSION = 1
DOCUMENT = "recommender.json"


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
    data = safetensors.torch.save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    )
    path = folder / _tensors_name(hashlib.sha256(data).hexdigest())
    write_whole(path, data)
    document = {
        "kind": KIND,
        "version": VERSION,
        "tensors": hashlib.sha256(data).hexdigest(),
        "contents": document,
    }
    text = json.dumps(document | {"sha256": _digest(document)}, indent=1, default=_plain)
    write_whole(folder / DOCUMENT, text.encode())
    for old in folder.glob(_tensors_name("*")):
        if old != path:
            old.unlink()


def load_folder(folder):
    """What `save_folder` wrote: (tensors, document), the tensors on the CPU.

    Raises ValueError for a folder that is not there, incomplete, cut short, changed by hand, of
    another kind or of a newer version.
    """
    folder = Path(folder)
    cure = "Cure: the folder that `save` wrote, whole; or save the model again."
    path = folder / DOCUMENT
    if not path.is_file():
        raise ValueError(f"{folder} holds no model: there is no {DOCUMENT} in it. {cure}")
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:  # no JSON, or no text at all
        raise ValueError(f"{path} is cut short or no JSON ({error}). {cure}") from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError(f"{path} is JSON, but describes no {KIND}. {cure}")
    if document.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {document.get('version')!r}, this library reads {VERSION}. Cure: "
            "the version of seqrec that wrote it, or a newer one."
        )
    if document.pop("sha256", None) != _digest(document):
        raise ValueError(
            f"{path} was changed after it was saved: it does not add up to its SHA-256. {cure}"
        )
    path = folder / _tensors_name(document["tensors"])
    if not path.is_file():
        raise ValueError(f"{path} is missing, which {DOCUMENT} asks for. {cure}")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != document["tensors"]:
        raise ValueError(
            f"{path} is cut short or damaged: it does not add up to the SHA-256 in {DOCUMENT}. "
            f"{cure}"
        )
    return safetensors.torch.load(data), document["contents"]


def _tensors_name(digest):
    return f"tensors-{digest[:16]}.safetensors"


def _digest(document):
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(number):
    """NumPy's numbers, which JSON does not know, as Python's."""
    return number.item()
