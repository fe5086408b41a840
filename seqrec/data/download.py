"""One file from the web: resumed where it broke off, trusted only if its checksum is right."""

import hashlib
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

from filelock import FileLock
from tqdm.auto import tqdm

from seqrec.checks import cut

# Bytes read at a time.
CHUNK = 2**16
# Seconds without a byte.
TIMEOUT = 30


#: Checksums that are published, as a message calls them.
SHOWN = {"sha256": "SHA-256", "md5": "MD5"}


def download(
    url: str,
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    progress: bool = True,
    most_bytes: int = 2**33,
) -> Path:
    """Fetch `url` to `path`, unless it is there already. Returns the Path.

    What has arrived waits in `path` + ".part". The next call asks the server for the rest of it
    only; a server that can't do that sends all. `path` itself appears when it is complete and has
    the right checksum, never before. Of two calls at once, in whatever processes, the second waits
    and takes what the first has fetched.

    url:        where it is.
    path:       where it goes; missing folders are made.
    sha256:     of the whole file, 64 hexadecimal digits.
    md5:        the same, 32 digits, where its makers publish no other: it tells damage, not malice.
    progress:   whether to show a bar.
    most_bytes: of a file that can be right: no more of it is written.

    Raises OSError where the server can't be reached, refuses, or breaks off (call again to go on),
    and ValueError where what came, or what was there, has another checksum or is too large, and for
    no checksum at all or two.
    """
    if (sha256 is None) == (md5 is None):
        raise ValueError(
            "download must get one checksum, sha256 or md5, got "
            f"{'none' if sha256 is None else 'both'}. Cure: the one that the source publishes."
        )
    checksum = ("sha256", sha256) if md5 is None else ("md5", md5)
    path = Path(path)
    if path.exists():
        return _checked(path, checksum)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        # Fetched while this call waited for the lock.
        if path.exists():
            return _checked(path, checksum)
        return _fetch(url, path, checksum, progress, most_bytes)


def _fetch(url, path, checksum, progress, most_bytes):
    part = path.with_name(path.name + ".part")
    by_hand = (
        f"Cure: try again, or fetch {cut(url, 100)} by other means and put it at "
        f"{cut(str(path), 150)}."
    )
    done = part.stat().st_size if part.exists() else 0
    try:
        with _open(url, done) as answer:
            done = done if answer.status == 206 else 0  # 206: "partial content"
            rest = answer.headers.get("Content-Length", "")
            total = done + int(rest) if rest.isdecimal() else None
            if total is not None and total > most_bytes:
                raise ValueError(
                    f"{cut(url, 100)} has {cut(f'{total:,}', 60)} bytes, and up to {most_bytes:,} "
                    f"are due: it is another file. {by_hand}"
                )
            with part.open("ab" if done else "wb") as file:
                _copy(answer, file, done, total, path.name, progress, most_bytes)
    except urllib.error.HTTPError as error:
        reason = _one_line(error.reason)
        raise OSError(
            f"{cut(url, 100)} can't be had: the server says {error.code}, {reason}. {by_hand}"
        ) from error
    # No network, no such host, time-out, broken off, no HTTP at all.
    except (OSError, HTTPException) as error:
        # Of the file here, which it names.
        if getattr(error, "filename", None):
            raise
        reason = _one_line(getattr(error, "reason", error))
        raise OSError(
            f"{cut(url, 100)} can't be had: {type(error).__name__}: {reason}. {by_hand}"
        ) from error
    size = part.stat().st_size
    if total is not None and size < total:
        raise OSError(
            f"{cut(url, 100)} broke off after {size:,} of {total:,} bytes. Cure: call again, it "
            "goes on from there."
        )
    try:
        _check(part, checksum, f"It was deleted. {by_hand}")
    except ValueError:
        part.unlink()
        raise
    os.replace(part, path)
    return path


def _one_line(reason):
    """What a server or the system says, short and without line ends."""
    return cut(" ".join(str(reason).split()), 100)


def _checked(path, checksum):
    _check(path, checksum, f"Cure: delete {cut(str(path), 150)} and call again.")
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


def _copy(answer, file, done, total, name, progress, most_bytes):
    with tqdm(
        total=total, initial=done, desc=name, unit="B", unit_scale=True, disable=not progress
    ) as bar:
        # One more than there may be: then the checksum is wrong.
        while chunk := answer.read(min(CHUNK, max(0, most_bytes + 1 - done))):
            file.write(chunk)
            done += len(chunk)
            bar.update(len(chunk))


def _check(path, checksum, cure):
    kind, expected = checksum
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False))
    if found.hexdigest() != expected:
        raise ValueError(
            f"{cut(path.name, 60)} has the {SHOWN[kind]} {found.hexdigest()}, expected {expected}: "
            f"it is damaged or another file. {cure}"
        )
