"""`python -m zooplus_sim`:

what it writes equals what the library gives; what is wrong takes one line and status 2.
"""

import errno
import os
import re
import shlex
import subprocess
import sys

import pandas as pd
import pytest

from tests.zooplus_sim.worlds import corner_shop
from zooplus_sim import World, ZooplusSimulator
from zooplus_sim import __main__ as command_line
from zooplus_sim.__main__ import main


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> int:
    """The exit status of `python -m zooplus_sim` with the arguments of `line`."""
    try:
        return main(shlex.split(line))
    except SystemExit as stop:
        return stop.code


# --- What it writes ---


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_files_hold_what_the_library_gives(suffix):
    read = pd.read_csv if suffix == "csv" else pd.read_parquet
    names = [f"{name}.{suffix}" for name in ("log", "truth", "products")]
    out, truth, products = names
    options = "--users 40 --events 3-9 --products 60 --seed 7 --shop-seed 5 --workers 2 --quiet"
    assert run(f"{options} --out {out} --truth {truth} --catalogue {products}") == 0
    shop = ZooplusSimulator(60, 40, 5)
    log = shop.journeys(events_per_user=(3, 9), seed=7)
    for name, table in zip(
        names, (log.interactions, log.truth, shop.products.reset_index()), strict=True
    ):
        got = read(name) if suffix == "parquet" else read(name, dtype=table.dtypes.to_dict())
        pd.testing.assert_frame_equal(got, table)
    assert sorted(os.listdir()) == sorted(names)


def test_the_defaults_are_the_library_s():
    assert run("--events 2 --out log.csv --quiet") == 0
    pd.testing.assert_frame_equal(
        pd.read_csv("log.csv"), ZooplusSimulator().journeys(events_per_user=2).interactions
    )


def test_without_a_length_it_is_the_one_that_help_says(capsys):
    assert run("--help") == 0
    (low, high) = re.search(
        r"\(default: (\d+)-(\d+), without --sessions\)", squeezed(capsys)
    ).groups()
    assert run("--users 20 --out log.csv --quiet") == 0
    log = ZooplusSimulator(n_users=20).journeys(events_per_user=(int(low), int(high)))
    pd.testing.assert_frame_equal(pd.read_csv("log.csv"), log.interactions)


def squeezed(capsys):
    """What was printed, whitespace made one."""
    return " ".join(capsys.readouterr().out.split())


def test_sessions():
    assert run("--users 20 --sessions 2-3 --out log.csv --quiet") == 0
    expected = ZooplusSimulator(n_users=20).journeys(sessions_per_user=(2, 3)).interactions
    pd.testing.assert_frame_equal(pd.read_csv("log.csv"), expected)


def test_workers_are_passed_on(monkeypatch):
    """They change no bit of the log, so that only the call can show it."""
    given, journeys = {}, ZooplusSimulator.journeys
    monkeypatch.setattr(
        ZooplusSimulator, "journeys", lambda self, **o: given.update(o) or journeys(self, **o)
    )
    assert run("--users 9 --events 2 --workers 3 --out log.csv --quiet") == 0
    assert given["workers"] == 3


def test_a_shop_of_one_s_own():
    corner_shop().to_toml("my_shop.toml")
    assert run("--world my_shop.toml --users 20 --events 4 --out log.csv --quiet") == 0
    expected = (
        ZooplusSimulator(n_users=20, world=corner_shop()).journeys(events_per_user=4).interactions
    )
    pd.testing.assert_frame_equal(pd.read_csv("log.csv"), expected)


def test_the_starter_file_is_the_default_world_with_its_comments():
    assert run("--write-world my_shop.toml") == 0
    assert World.from_toml("my_shop.toml") == World.default()
    assert os.listdir() == ["my_shop.toml"]
    text = open("my_shop.toml", encoding="utf-8").read()
    assert (
        all(f"\n{key} = " in text for key in ("distraction", "order", "habit"))
        and text.count("#") > 10
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_one_seed_gives_one_file_byte_for_byte(suffix):
    for name, seed, workers in (("one", 1, 1), ("again", 1, 3), ("other", 2, 1)):
        assert (
            run(
                f"--users 30 --events 5 --seed {seed} --workers {workers} --out {name}.{suffix} "
                "--quiet"
            )
            == 0
        )
    one, again, other = (
        open(f"{name}.{suffix}", "rb").read() for name in ("one", "again", "other")
    )
    assert one == again != other


def test_a_file_that_exists_is_replaced_whole():
    open("log.csv", "w").write("old,file\n" * 100_000)
    assert run("--users 20 --events 4 --out log.csv --quiet") == 0
    assert len(pd.read_csv("log.csv")) == 80
    assert "old" not in open("log.csv").read()


def test_progress_goes_to_stderr_unless_quiet(capsys):
    assert run("--users 20 --events 4 --out log.csv --truth truth.csv") == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert all(name in output.err for name in ("Journeys", "log.csv", "truth.csv", "100%"))
    assert run("--users 20 --events 4 --out log.csv --quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_help_has_examples_that_run(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    for option in (
        "--out",
        "--truth",
        "--catalogue",
        "--world",
        "--write-world",
        "--events",
        "--sessions",
        "--workers",
    ):
        assert option in text
    examples = re.findall(
        r"python -m zooplus_sim (.*)", text.partition("examples:")[2].replace("\\\n", " ")
    )
    assert len(examples) >= 4
    for example in examples:  # as they stand, but for fewer users
        here = re.sub(
            " --scheduler .*", "", example
        )  # there is no cluster; tests/seqrec/data has one
        assert run(re.sub(r"--users \d+", "--users 5", here)) == 0, example
    assert set(os.listdir()) >= {
        "log.parquet",
        "log.csv",
        "products.csv",
        "truth.csv",
        "my_shop.toml",
    }


def test_as_a_module_in_a_process_of_its_own():
    command = [
        sys.executable,
        "-m",
        "zooplus_sim",
        *shlex.split("--users 9 --sessions 2 --seed 7 --out log.csv"),
    ]
    env = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(command_line.__file__))}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "" and "100%" in done.stderr
    pd.testing.assert_frame_equal(
        pd.read_csv("log.csv"),
        ZooplusSimulator(n_users=9).journeys(sessions_per_user=2, seed=7).interactions,
    )


# --- What it refuses ---

WRONG = {
    "": "one of the arguments --out --write-world is required",
    "--events 3": "one of the arguments --out --write-world is required",
    "--out log.csv --events 3 --sessions 3": "--sessions: not allowed with argument --events",
    "--out log.csv --events 0": (
        "--events: must be a number such as 40, or a range such as 20-60.*got '0'"
    ),
    "--out log.csv --events -4": "--events: must be a number such as 40, or a range.*got '-4'",
    "--out log.csv --events 9-3": "--events: must be a number such as 40, or a range.*got '9-3'",
    "--out log.csv --events 3-": "--events: must be .*got '3-'",
    "--out log.csv --sessions 2.5": (
        "--sessions: must be a number such as 40, or a range.*got '2.5'"
    ),
    "--out log.csv --sessions many": "--sessions: must be .*got 'many'",
    "--out log.csv --events": "--events: expected one argument",
    "--out log.csv --events 3 --users 0": (
        "--users: must be a whole number from 1 to 999999999.*got '0'"
    ),
    "--out log.csv --events 3 --users -5": "--users: must be a whole number.*got '-5'",
    "--out log.csv --events 3 --users 1e4": "--users: must be a whole number.*got '1e4'",
    "--out log.csv --events 3 --users 1000000000000": (
        "--users: must be a whole number from 1 to.*got '1000000000000'"
    ),
    "--out log.csv --events 3 --products 2": "n_products must be at least.*got 2",
    "--out log.csv --events 3 --products x": "--products: must be .*got 'x'",
    "--out log.csv --events 3 --seed -1": (
        "--seed: must be a whole number that is not negative.*got '-1'"
    ),
    "--out log.csv --events 3 --shop-seed 1.0": "--shop-seed: must be a whole number.*got '1.0'",
    "--out log.csv --events 3 --workers 0": "--workers: must be a whole number.*got '0'",
    "--out log.csv --events 3 --truht t.csv": "unrecognized arguments: --truht t.csv",
    "--out log.csv --event 3": "unrecognized arguments: --event 3",
    "--out log.csv --events 3 more": "unrecognized arguments: more",
    "--out log.json --events 3": "log.json: unknown suffix '.json'; expected .csv or .parquet",
    "--out log.csv --events 3 --truth t.xls": "t.xls: unknown suffix '.xls'",
    "--out log.csv --events 3 --truth log.csv": (
        "log.csv: given twice; expected a file of its own for each table"
    ),
    "--out log.csv --events 3 --truth ./log.csv": "./log.csv: given twice",
    "--out log.csv --events 3 --truth t.csv --catalogue t.csv": "t.csv: given twice",
    "--out missing/log.csv --events 3": (
        "missing/log.csv: there is no folder '.*missing'; make it first"
    ),
    "--out log.csv --events 3 --truth missing/t.csv": "missing/t.csv: there is no folder",
    "--out folder.csv --events 3": "folder.csv: is a folder; expected a file to write",
    "--out log.csv --events 3 --world nowhere.toml": "nowhere.toml: No such file",
    "--out log.csv --events 3 --world broken.toml": (
        "broken.toml: distraction must be a number at least 0.*got 7.5"
    ),
    "--out log.csv --events 3 --world cut.toml": "cut.toml: not a valid TOML file: .*line 1",
    "--out log.csv --events 3 --world folder.csv": "folder.csv: Is a directory",
    "--write-world shop.csv": "shop.csv: unknown suffix '.csv'; expected .toml",
    "--write-world broken.toml": "broken.toml: is there already; expected the name of a new file",
    "--write-world missing/shop.toml": "missing/shop.toml: there is no folder '.*missing'; make",
    "--write-world shop.toml --users 5": "--write-world stands alone",
    "--write-world shop.toml --out log.csv --events 3": (
        "--out: not allowed with argument --write-world"
    ),
}


@pytest.mark.parametrize("line", WRONG)
def test_what_is_wrong_takes_one_line_and_status_2_and_writes_nothing(folder, capsys, line):
    (folder / "folder.csv").mkdir()
    (folder / "cut.toml").write_text("name = \n")
    corner_shop().to_toml("broken.toml")
    text = (folder / "broken.toml").read_text()
    (folder / "broken.toml").write_text(text.replace("distraction = 0.3", "distraction = 7.5"))
    before = sorted(folder.rglob("*"))

    assert run(line) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert re.fullmatch(f"zooplus_sim: .*{WRONG[line]}.*\n", output.err), output.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.skipif(
    not os.path.isdir("/proc/self"), reason="needs a folder that not even root can write to"
)
def test_a_folder_that_cannot_be_written_to_is_noticed_before_the_work(monkeypatch, capsys):
    monkeypatch.setattr(ZooplusSimulator, "journeys", None)  # not reached
    assert run("--users 20 --events 4 --out /proc/self/log.csv") == 2
    assert re.fullmatch(
        r"zooplus_sim: /proc/\S*/log.csv: cannot be written: .*\n", capsys.readouterr().err
    )


def test_parquet_without_pyarrow(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run("--users 20 --events 4 --out log.parquet") == 2
    assert re.fullmatch(
        "zooplus_sim: log.parquet: Parquet needs .* pip install pyarrow.*\n",
        capsys.readouterr().err,
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (KeyboardInterrupt(), "stopped; nothing was written"),
        (MemoryError(), "not enough memory for so many rows"),
    ],
)
def test_a_failure_half_way_leaves_both_files_as_they_were(
    folder, monkeypatch, capsys, error, message
):
    """The log is written, the truth is not: neither takes its name."""

    def fails_at_the_second(table, file, path, **options):
        if path.name == "truth.csv":
            file.write(b"half a")
            raise error
        write_table(table, file, path, **options)

    write_table = command_line.write_table
    monkeypatch.setattr(command_line, "write_table", fails_at_the_second)
    (folder / "truth.csv").write_text("old truth")
    assert run("--users 20 --events 4 --out log.csv --truth truth.csv --quiet") == 2
    output = capsys.readouterr()
    assert re.fullmatch(f"zooplus_sim: .*{message}.*\n", output.err)
    assert os.listdir() == ["truth.csv"]
    assert (folder / "truth.csv").read_text() == "old truth"
