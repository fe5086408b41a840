"""Servers that are broken, and two downloads at once: one clear error, nothing half-written."""

import hashlib
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from seqrec.data.download import download
from tests.seqrec.data.loopback import serving

DATA = bytes(range(256)) * 400
SHA256 = hashlib.sha256(DATA).hexdigest()
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def answering(answer):
    """A server that says these bytes, whatever it is asked, and hangs up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            self.request.sendall(answer)

    server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/file.zip"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def names_in(folder):
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


BROKEN = {
    "silence": b"",
    "no HTTP": b"220 ftp ready\r\n",
    "no HTTP at all": b"\x00" * 3000,
    "an endless header": OK + b"x" * 200_000,
    "too many headers": OK + b"a: b\r\n" * 200 + b"\r\n",
    "a chunk cut short": OK + b"Transfer-Encoding: chunked\r\n\r\n400\r\nabc",
    "a chunk of nonsense": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "a redirection without end": b"HTTP/1.1 302 Found\r\nLocation: /file.zip\r\n\r\n",
    "a redirection to a file": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_server_that_talks_nonsense_is_one_clear_error(tmp_path, kind):
    with (
        answering(BROKEN[kind]) as url,
        pytest.raises(OSError, match="can't be had: .*Cure: try again, or fetch") as error,
    ):
        download(url, tmp_path / "file.zip", sha256=SHA256, progress=False)
    assert len(str(error.value)) < 600 and "file.zip" not in names_in(tmp_path)


@pytest.mark.parametrize("length", [b"many", b"-5", b"1e9", b""])
def test_a_length_that_is_none_is_not_believed(tmp_path, length):
    answer = OK + b"Content-Length: " + length + b"\r\n\r\n" + DATA
    with answering(answer) as url:
        path = download(url, tmp_path / "file.zip", sha256=SHA256, progress=False)
    assert path.read_bytes() == DATA


@pytest.mark.parametrize("header", [b"", b"Content-Length: 102400\r\n"])
def test_a_file_that_is_too_large_is_not_fetched_to_its_end(tmp_path, header):
    with (
        answering(OK + header + b"\r\n" + DATA) as url,
        pytest.raises(ValueError, match="another file") as error,
    ):
        download(url, tmp_path / "file.zip", sha256=SHA256, progress=False, most_bytes=1000)
    assert not names_in(tmp_path) and len(str(error.value)) < 600


def test_two_at_once_fetch_it_once(tmp_path):
    call = (
        "import sys; from seqrec.data.download import download; "
        f"download(sys.argv[1], sys.argv[2], sha256={SHA256!r}, progress=False)"
    )
    path = tmp_path / "file.zip"
    with serving(DATA) as (url, requests):
        both = [subprocess.Popen([sys.executable, "-c", call, url, str(path)]) for _ in range(2)]
        assert [process.wait() for process in both] == [0, 0]
    assert requests == [None] and names_in(tmp_path) == ["file.zip"]
    assert path.read_bytes() == DATA
