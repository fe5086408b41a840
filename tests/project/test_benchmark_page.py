"""What docs/benchmark.md shows runs as it stands, in its order."""

import re
import shlex

import pytest

from tests.project.documented import ROOT
from zooplus_sim.benchmark.__main__ import main
from zooplus_sim.benchmark.track import read_track, track_names

PAGE = (ROOT / "docs" / "benchmark.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each command prints, all blocks of the page having run one after the other."""
    folder = tmp_path_factory.mktemp("page")
    said = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for language, block in BLOCKS:
            if language == "python":
                exec(block, {"__name__": "page"})
            elif language == "toml":
                (folder / "my_track.toml").write_text(block)
            else:
                for line in block.splitlines():
                    words = shlex.split(line)
                    assert words[:3] == ["python", "-m", "zooplus_sim.benchmark"], line
                    said[line] = caught(words[3:])
    return said


def caught(arguments):
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(arguments) == 0, arguments
    return out.getvalue()


def rows(text):
    return {line.split()[0]: line.split() for line in text.splitlines() if line}


def test_every_command_says_something(printed):
    assert len(printed) == 5 and all(printed.values())
    assert printed["python -m zooplus_sim.benchmark make my_track.toml --out my_track"].startswith(
        "my_track-1-"
    )


def test_the_lists_of_the_page_are_judged(printed):
    table = rows(printed["python -m zooplus_sim.benchmark judge default predictions.csv"])
    popularity, judged, oracle = (
        float(table[name][1]) for name in ("popularity", "judged", "oracle")
    )
    assert popularity < judged < oracle


def test_its_probabilities_are_those_of_popularity(printed):
    table = rows(printed["python -m zooplus_sim.benchmark judge default predictions.npz"])
    assert table["popularity"][1] == table["judged"][1]
    assert table["judged"][-3:] == table["popularity"][-3:]


def test_its_table_names_every_track_with_its_axis():
    shown = {}
    for axis, names in re.findall(r"^\| (\w[\w ]*) \| (`\w+`(?:, `\w+`)+) \|", PAGE, re.MULTILINE):
        shown |= dict.fromkeys(re.findall(r"`(\w+)`", names), axis)
    axes = {name: read_track(name).axis for name in track_names()}
    assert shown == {name: axis for name, axis in axes.items() if name != "default"}
