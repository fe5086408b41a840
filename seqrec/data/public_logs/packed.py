"""A file as blocks of whole lines, unpacked on the way: never all of it in memory or on disk."""

import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm.auto import tqdm

from seqrec.checks import cut
from seqrec.data.public_logs.refusals import BadLog, bad_line

#: Bytes of a block, before its last line is completed.
BLOCK = 2**22
#: Bytes of a line: more than a thousand times the longest review.
LONGEST_LINE = 2**24
#: Seconds after which the bar is shown.
LONG = 2
#: Endings that Python can't unpack.
FOREIGN = (".7z", ".rar", ".zst", ".lz4", ".z")
DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError,
           NotImplementedError, RuntimeError)  # fmt: skip


def line_blocks(
    path: Path, members: re.Pattern, progress: bool, block: int = BLOCK
) -> Iterator[bytes]:
    """The bytes of a log in pieces that end with a line; only the last may lack its line end.

    path:     a file, plain or packed as .gz, .bz2, .xz, .zip, .tar or .tar.gz.
    members:  of the names of files in an archive, the one that is meant.
    progress: whether to show a bar, once it has taken long.
    block:    bytes read at a time.

    Raises BadLog for a file that is cut short or damaged, an archive without such a file, or a line
    without end; and what the system says where a file can't be opened.
    """
    with path.open("rb") as raw, _bar(path, progress) as bar:
        try:
            with _unpacked(raw, path, members) as stream:
                for lines in _whole_lines(stream, block):
                    bar.update(raw.tell() - bar.n)
                    yield lines
        except BadLog:
            raise
        except DAMAGED as error:
            raise _damaged(error) from error
        except OSError as error:
            if error.filename is not None:
                raise
            raise _damaged(error) from error


def _bar(path, progress):
    return tqdm(
        total=path.stat().st_size,
        desc=cut(path.name, 40),
        unit="B",
        unit_scale=True,
        delay=LONG,
        disable=not progress,
    )


def _damaged(error):
    said = cut(" ".join(str(error).split()).rstrip("."), 150)
    return BadLog(
        f"it is cut short, damaged, or packed in another way than its name says ({said}). Cure: "
        "another copy of the file."
    )


def _whole_lines(stream, block):
    rest = b""
    n_lines = 0
    while chunk := stream.read(block):
        end = chunk.rfind(b"\n") + 1
        if end:
            lines = rest + chunk[:end]
            rest = chunk[end:]
            n_lines += lines.count(b"\n")
            yield lines
        else:
            rest += chunk
        if len(rest) > LONGEST_LINE:
            raise bad_line(
                n_lines + 1,
                f"must have at most {LONGEST_LINE:,} bytes, got more",
                "line ends between the rows, or another copy of the file",
            )
    if rest:
        yield rest


@contextmanager
def _unpacked(raw, path, members):
    """The stream of a log's bytes, by the last ending of its name."""
    ending = path.suffix.lower()
    if ending in FOREIGN:
        raise BadLog(
            f"a file that ends with {ending} can't be read here. Cure: unpack it, and give the "
            "path of the file that was in it."
        )
    if ending == ".zip":
        with zipfile.ZipFile(raw) as archive:
            name = _member([each for each in archive.namelist() if each[-1:] != "/"], members)
            with archive.open(name) as stream:
                yield stream
        return
    stream = _stream(raw, ending)
    if re.search(r"\.(tar(\.(gz|bz2|xz))?|tgz)$", path.name.lower()):
        yield _FromTar(stream, members)
    else:
        yield stream


def _stream(raw, ending):
    if ending in (".gz", ".tgz"):
        return io.BufferedReader(_Streams(raw, _Gzip))
    if ending == ".bz2":
        return io.BufferedReader(_Streams(raw, bz2.BZ2Decompressor))
    if ending == ".xz":
        return io.BufferedReader(_Streams(raw, lzma.LZMADecompressor))
    return raw


def _member(names, members):
    """The name of the one file in an archive that is meant. Raises BadLog for none or several."""
    fitting = [name for name in names if _fits(name, members)]
    if len(names) == 1 or len(fitting) == 1:
        return (fitting or names)[0]
    raise _no_member(fitting or names, len(fitting))


def _fits(name, members):
    return members.fullmatch(name.rsplit("/", 1)[-1]) is not None


def _no_member(names, n_fitting):
    return BadLog(
        f"the archive must hold one log, got {n_fitting} files that may be it, of "
        f"{cut(', '.join(names), 120)}. Cure: unpack it and give the path of the file, or say the "
        "format."
    )


class _FromTar:
    """The bytes of the one file in a tar that is meant. Raises BadLog for none or several."""

    def __init__(self, stream, members):
        self.stream = stream
        self.members = members
        tar = tarfile.open(fileobj=stream, mode="r|")
        self.inside = iter(tar)
        self.seen = []
        member = self._next()
        if member is None:
            raise _no_member(self.seen, 0)
        self.file = tar.extractfile(member)

    def _next(self):
        """The next file that may be meant; None at the end."""
        for member in self.inside:
            self.seen.append(member.name)
            if member.isfile() and _fits(member.name, self.members):
                return member
        return None

    def read(self, n):
        if data := self.file.read(n):
            return data
        if self._next() is not None:
            raise _no_member(self.seen, 2)
        # To the end, where the check sum of the packing stands.
        while self.stream.read(BLOCK):
            pass
        return b""


class _Streams(io.RawIOBase):
    """The streams of a packed file, one behind the other, and nothing else.

    Python's own readers take a damaged second stream, or one of zeros, for the end of the file.
    """

    def __init__(self, raw, new):
        self.raw = raw
        self.new = new
        self.decoder = new()

    def readable(self):
        return True

    def readinto(self, target):
        while True:
            packed = self._next()
            if packed is None:
                return 0
            data = self.decoder.decompress(packed, len(target))
            if data:
                target[: len(data)] = data
                return len(data)

    def _next(self):
        """More packed bytes for the decoder, which may be a new one; None at the end."""
        if self.decoder.eof:
            packed = self.decoder.unused_data or self.raw.read(io.DEFAULT_BUFFER_SIZE)
            if not packed:
                return None
            self.decoder = self.new()
            return packed
        if not self.decoder.needs_input:
            return b""
        packed = self.raw.read(io.DEFAULT_BUFFER_SIZE)
        if not packed:
            raise EOFError("it ends before its end mark")
        return packed


class _Gzip:
    """A decoder of gzip that is called as those of bz2 and lzma are."""

    def __init__(self):
        # 16: with the header and the check sum of gzip.
        self.inner = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.may_hold_more = False

    def decompress(self, packed, most):
        data = self.inner.decompress(self.inner.unconsumed_tail + packed, most)
        self.may_hold_more = len(data) == most
        return data

    @property
    def eof(self):
        return self.inner.eof

    @property
    def unused_data(self):
        return self.inner.unused_data

    @property
    def needs_input(self):
        return not self.inner.unconsumed_tail and not self.may_hold_more
