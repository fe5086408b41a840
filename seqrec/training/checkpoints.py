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

KIND = "seqrec checkpoint"
VERSION = 1


def save_checkpoint(
    path: str | os.PathLike, tensors: dict[str, torch.Tensor], document: Any
) -> None:
    """Write tensors and a document to one file, in place of what was there.

    path:     the file.
    tensors:  by name, of any shape, dtype and device.
    document: whatever JSON can say.

    The new file is complete and on the disk before it takes the old one's name. Killed at any
    moment, by the user or by a power cut, the process leaves one of the two.
    """
    # Copies, because safetensors refuses tensors that share memory.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(document)
    header = {
        "kind": KIND,
        "version": str(VERSION),
        "document": text,
        "sha256": _sha256(tensors, text),
    }
    write_whole(path, safetensors.torch.save(tensors, header))


def write_whole(path, data):
    """Write bytes to `path`: the old file is left, or the new one as a whole.

    path: of the file. data: bytes. How it is done: see `save_checkpoint`.
    """
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: str | os.PathLike) -> tuple[dict[str, torch.Tensor], Any]:
    """Returns (tensors, document) as they were saved; the tensors are on the CPU.

    Raises ValueError for a file that is truncated, damaged, of another kind or of a newer version.
    """
    path = Path(path)
    cure = "Cure: delete it to start again, or give another path."
    if not path.is_file():
        raise ValueError(f"{path} is not a file. {cure}")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            # `keys()`, because the file is no dict.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}
    except SafetensorError as error:
        raise ValueError(
            f"{path} is cut short, damaged, or no checkpoint at all ({error}). {cure}"
        ) from error
    if header.get("kind") != KIND:
        raise ValueError(f"{path} holds tensors, but is no {KIND}. {cure}")
    if header.get("version") != str(VERSION):
        raise ValueError(
            f"{path} has version {header.get('version')}, this library reads {VERSION}. {cure}"
        )
    if header.get("sha256") != _sha256(tensors, header.get("document", "")):
        raise ValueError(f"{path} is damaged: its contents do not add up to its SHA-256. {cure}")
    return tensors, json.loads(header["document"])


def _sha256(tensors, text):
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"\0{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
