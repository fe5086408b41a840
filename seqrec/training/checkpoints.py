"""A checkpoint: tensors and a JSON document in one file, there as a whole or not at all.

The format is safetensors, which cannot run code when it is read, as pickle can; the document lies
in its header, beside a SHA-256 of everything. One file, because two could not be replaced in one
go.
"""

import hashlib
import json
import os
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

KIND, VERSION = "seqrec checkpoint", 1


def save_checkpoint(path, tensors, document):
    """Write `tensors` (dict of names) and `document` (whatever JSON can say) to `path`, in place of
    what was there.

    The new file is complete and on the disk before it takes the old one's name. Killed at any
    moment, by the user or by a power cut, the process leaves one of the two.
    """
    tensors = {
        name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()
    }  # share nothing
    text = json.dumps(document)
    header = {
        "kind": KIND,
        "version": str(VERSION),
        "document": text,
        "sha256": _sha256(tensors, text),
    }
    write_whole(path, safetensors.torch.save(tensors, header))


def write_whole(path, data):
    """Write bytes to `path`, in place of what was there, as `save_checkpoint` promises:

    the old file or all the new.
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


def load_checkpoint(path):
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
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118, it is no dict
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
