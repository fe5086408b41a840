"""What docs/serving.md shows runs as it stands, on the log that its command makes."""

import json
import os
import re
import shutil
import signal
import subprocess

import numpy as np
import pytest

from tests.project.documented import ROOT
from tests.seqrec.serve.serving import TOKEN, http, serving
from zooplus_sim.__main__ import main as simulate

PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")
LEARN, ASK, ONNX = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SERVE, SERVE_MORE = re.findall(r"^python -m seqrec\.serve (.*) --port 8000$", PAGE, re.MULTILINE)
CURLS = re.findall(r"^curl .*$", PAGE, re.MULTILINE)
URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the page's first program has saved its model, and another one has saved v2."""
    folder = tmp_path_factory.mktemp("page")
    (command,) = re.findall(r"`python -m zooplus_sim (--out clicks.csv)`", PAGE)
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert simulate([*command.split(), "--users", "60", "--quiet"]) == 0
        short = LEARN.replace("epochs=10", "epochs=1").replace(
            "SASRecConfig()", "SASRecConfig(D=8)"
        )
        assert short.count("epochs=1)") == 1 and "D=8" in short
        exec(short, names := {})
        names["model"].save("models/v2")
        yield folder
    finally:
        os.chdir(before)


def said_by(command, url):
    """What a command of curl prints, as JSON."""
    assert URL in command
    done = subprocess.run(
        ["sh", "-c", command.replace(URL, url)],
        env=os.environ | {"SEQREC_SERVE_TOKEN": TOKEN},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_server_answers_what_the_page_asks(folder, capsys):
    ask, swap = CURLS
    with serving(*SERVE.split()) as (process, url):
        exec(ASK.replace(URL, url), names := {})
        model = capsys.readouterr().out.splitlines()
        assert len(model) == 3 and model[2].startswith("answered by v1 ")
        assert 17 not in names["said"]["lists"][0]["items"]
        if shutil.which("curl"):
            lists = said_by(ask, url)["lists"]
            assert [len(one["items"]) for one in lists] == [3, 3] and lists[1]["is_fallback"]
            assert "--models" in said_by(swap, url)["cure"]
    with serving(*SERVE_MORE.split()) as (process, url):
        if shutil.which("curl"):
            assert said_by(swap, url)["model"]["name"] == "v2"
            assert http(url + "/health")[1]["model"]["name"] == "v2"
        process.send_signal(signal.SIGTERM)
        assert process.wait() in (0, -signal.SIGTERM)


def test_the_onnx_file_says_the_same_three(folder, capsys):
    pytest.importorskip("onnxruntime")
    exec(ONNX, {})
    first, second = capsys.readouterr().out.splitlines()
    assert np.array_equal(json.loads(first), np.array(second.strip("[]").split(), int))
