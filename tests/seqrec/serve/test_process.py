"""`python -m seqrec.serve` as a process, asked over a socket."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.seqrec.serve.serving import BEARER, http, serving, small_model

HISTORIES = [[1, 2, 3], [4], [], [7, 7, 12, 1, 5, 2]]
SENT = {"histories": HISTORIES, "top_k": 4}


def test_a_process_answers_many_swaps_is_killed_and_answers_the_same_again(tmp_path):
    models = {"v1": small_model(), "v2": small_model("BERT4Rec")}
    due = {}
    for name, model in models.items():
        model.save(tmp_path / name)
        due[name] = model.recommend_next(HISTORIES, top_k=4).tolist()
    words = (tmp_path / "v1", "--models", tmp_path)

    def ask(url):
        status, said = http(url + "/recommend", SENT)
        assert status == 200
        assert [one["items"] for one in said["lists"]] == due[said["model"]["name"]]
        return said["model"]

    with serving(*words) as (process, url), ThreadPoolExecutor(8) as pool:
        asks = [pool.submit(ask, url) for _ in range(60)]
        assert http(url + "/models", {"name": "v2"}, BEARER)[0] == 200
        asks += [pool.submit(ask, url) for _ in range(60)]
        said = [one.result() for one in asks]
        assert said[-1]["name"] == "v2" and {one["name"] for one in said} == {"v1", "v2"}
        first = next(one for one in said if one["name"] == "v1")
        # A body that is too large comes to read why.
        status, told = http(url + "/recommend", {"histories": [[]], "among": [1] * 400_000})
        assert status == 413 and told["cure"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    with serving(*words) as (process, url):
        assert ask(url) == first
        # Somebody who has begun to ask is no reason not to end.
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port)) as half:
            half.sendall(b"POST /recommend HTTP/1.1\r\nHost: a\r\n")
            process.send_signal(signal.SIGTERM)
            assert process.wait() in (0, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("words", "token", "told"),
    [
        (["nowhere"], "", "holds no model"),
        ([".", "--models", "."], "short", "SEQREC_SERVE_TOKEN has 5"),
        ([".", "--port", "99999"], "", "65535"),
        ([".", "--delay", "-1"], "", "milliseconds"),
    ],
    ids=["no model", "no token", "no port", "no delay"],
)
def test_a_command_that_makes_no_sense_says_so(tmp_path, words, token, told):
    done = subprocess.run(
        [sys.executable, "-m", "seqrec.serve", *words],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path), "SEQREC_SERVE_TOKEN": token, "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and told in done.stderr, done.stderr
