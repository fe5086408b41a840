"""One file from the web: resumed where it broke off, trusted only if its checksum is right."""

import hashlib
import os
import urllib.error
import urllib.request
from pathlib import Path

from tqdm.auto import tqdm

# Bytes read at a time.
CHUNK = 2**16
# Seconds without a byte.
TIMEOUT = 30


def download(url: str, path: str | Path, *, sha256: str, progress: bool = True) -> Path:
    """Fetch `url` to `path`, unless it is there already. Returns the Path.

    What has arrived waits in `path` + ".part". The next call asks the server for the rest of it
    only; a server that can't do that sends all. `path` itself appears when it is complete and has
    the right checksum, never before.

    url:      where it is.
    path:     where it goes; missing folders are made.
    sha256:   of the whole file, 64 hexadecimal digits.
    progress: whether to show a bar.

    Raises OSError where the server can't be reached, refuses, or breaks off (call again to go on),
    and ValueError where what came, or what was there, has another checksum.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    if path.exists():
        _check(path, sha256, f"Cure: delete {path} and call again.")
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    by_hand = f"Cure: try again, or fetch {url} by other means and put it at {path}."
    done = part.stat().st_size if part.exists() else 0
    try:
        with _open(url, done) as answer:
            done = done if answer.status == 206 else 0  # 206: "partial content"
            rest = answer.headers.get("Content-Length")
            total = None if rest is None else done + int(rest)
            with part.open("ab" if done else "wb") as file:
                _copy(answer, file, done, total, path.name, progress)
    except urllib.error.HTTPError as error:
        raise OSError(
            f"{url} can't be had: the server says {error.code}, {error.reason}. {by_hand}"
        ) from error
    except OSError as error:  # no network, no such host, time-out, broken off
        raise OSError(
            f"{url} can't be had: {getattr(error, 'reason', error)}. {by_hand}"
        ) from error
    size = part.stat().st_size
    if total is not None and size < total:
        raise OSError(
            f"{url} broke off after {size:,} of {total:,} bytes. Cure: call again, it goes on from "
            "there."
        )
    try:
        _check(part, sha256, f"It was deleted. {by_hand}")
    except ValueError:
        part.unlink()
        raise
    os.replace(part, path)
    return path


def _open(url, done):
    """The server's answer, from byte `done` on if it can."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        # 416, nothing is left to send: all of it is there, or more than all.
        if error.code == 416 and done:
            return urllib.request.urlopen(url, timeout=TIMEOUT)
        raise


def _copy(answer, file, done, total, name, progress):
    with tqdm(
        total=total, initial=done, desc=name, unit="B", unit_scale=True, disable=not progress
    ) as bar:
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))


def _check(path, sha256, cure):
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path} has the SHA-256 {found}, expected {sha256}: it is damaged or another file. "
            f"{cure}"
        )
