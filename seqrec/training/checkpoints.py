"""A checkpoint: tensors and a JSON document in one file, there as a whole or not at all.

The format is safetensors, which cannot run code when it is read, as pickle can. The document lies
in its header, beside a SHA-256 of everything. One file: two could not be replaced in one go.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from seqrec.checks import cut, shown
from seqrec.training.files import clear_leftovers, one_writer, write_whole
from seqrec.training.plain_json import read_json

KIND = "seqrec checkpoint"
VERSION = 1
# What safetensors and PyTorch raise for a header that makes no sense.
_UNREADABLE = (SafetensorError, ValueError, TypeError, KeyError, RuntimeError, AttributeError)


def save_checkpoint(
    path: str | os.PathLike, tensors: dict[str, torch.Tensor], document: Any
) -> None:
    """Write tensors and a document to one file, in place of what was there.

    path:     the file.
    tensors:  by name, of any shape, dtype and device.
    document: whatever JSON can say.

    The new file is complete and on the disk before it takes the old one's name. Killed at any
    moment, by the user or by a power cut, the process leaves one of the two. Of several that save
    at once the last one stays. Raises ValueError while a training run has the file.
    """
    path = Path(path)
    # Copies, because safetensors refuses tensors that share memory.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(document)
    header = {
        "kind": KIND,
        "version": str(VERSION),
        "document": text,
        "sha256": _sha256(tensors, text),
    }
    data = safetensors.torch.save(tensors, header)
    with one_writer(path):
        clear_leftovers(path)
        write_whole(path, data)


def load_checkpoint(path: str | os.PathLike) -> tuple[dict[str, torch.Tensor], Any]:
    """Returns (tensors, document) as they were saved; the tensors are on the CPU.

    Raises ValueError for a file that is truncated, damaged, of another kind or of a newer version.
    """
    path = Path(path)
    cure = "Cure: delete it to start again, or give another path."
    if not path.is_file():
        # A folder, say, which nobody should be told to delete.
        raise ValueError(
            f"{cut(str(path), 200)} is not a file. Cure: the path of one, or of a new file for a "
            "training run."
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            # `keys()`, because the file is no dict.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}
    except _UNREADABLE as error:
        raise ValueError(
            f"{path} is cut short, damaged, or no checkpoint at all ({shown(error)}). {cure}"
        ) from error
    if header.get("kind") != KIND:
        raise ValueError(f"{path} holds tensors, but is no {KIND}. {cure}")
    version = header.get("version", "none")
    if version != str(VERSION):
        raise ValueError(f"{path} has version {version[:20]}, this library reads {VERSION}. {cure}")
    text = header.get("document", "")
    if header.get("sha256") != _sha256(tensors, text):
        raise ValueError(f"{path} is damaged: its contents do not add up to its SHA-256. {cure}")
    try:
        return tensors, read_json(text)
    except ValueError as error:
        raise ValueError(f"{path}: its document is no JSON ({shown(error)}). {cure}") from error


def _sha256(tensors, text):
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"\0{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
