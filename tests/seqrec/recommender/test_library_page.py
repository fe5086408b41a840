"""The programs of `docs/library.md` behind the quick start, run as they stand."""

import re
import warnings
from pathlib import Path

import pytest

from seqrec.data.public_logs import fetch
from seqrec.reproduce.protocols import main
from tests.seqrec.data.loopback import serving
from tests.seqrec.data.public_logs.test_fetch import DATA, MD5
from zooplus_sim.__main__ import main as simulate

PAGE = Path(__file__).resolve().parents[3] / "docs" / "library.md"
_, COUNTING, _, PUBLIC = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def run(program):
    names = {}
    exec(compile(program, "<library.md>", "exec"), names)
    return names


def test_all_models_that_count_are_judged_by_time(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert simulate(["--out", "clicks.csv", "--users", "60", "--quiet"]) == 0
    with warnings.catch_warnings():
        # Of so few users some click what nobody clicked before.
        warnings.simplefilter("ignore", UserWarning)
        names = run(COUNTING)
    told = re.findall(r"^(\w+Config) +NDCG@10 (0\.\d{3})$", capsys.readouterr().out, re.MULTILINE)
    assert [name for name, _ in told] == [kind.__name__ for kind in names["kinds"]]
    assert len(told) == 5 and all(0 < float(value) < 1 for _, value in told)


def test_a_public_log_is_fetched_and_read(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEQREC_DATA", str(tmp_path))
    with serving(DATA) as (url, _):
        monkeypatch.setitem(fetch.ARCHIVES, "movielens-100k", fetch.Archive(url, MD5, "research"))
        names = run(PUBLIC)
    assert list(names["log"]) == ["user_id", "item_id", "timestamp", "outcome"]
    assert "movielens-100k" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["--gap 1800", "--networks"])
def test_the_page_names_options_that_the_command_has(name, capsys):
    assert f"`{name}`" in PAGE.read_text("utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert name.split()[0] in capsys.readouterr().out
