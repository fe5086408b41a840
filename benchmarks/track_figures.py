"""The figures that the tracks of `zooplus_sim.benchmark` state, measured, into their files.

`python -m benchmarks.track_figures` measures all tracks, in a minute or two; with names, those.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from zooplus_sim import benchmark
from zooplus_sim.benchmark.figures import figures_of
from zooplus_sim.benchmark.track import read_track, track_names

FOLDER = Path(benchmark.__file__).parent / "tracks"
HEAD = "\n[figures]  # of the log and of the first 500 test shoppers; benchmarks/track_figures.py\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the tracks that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.track_figures", description=__doc__.splitlines()[0]
    )
    parser.add_argument("track", nargs="*", help="a name, such as default")
    for name in parser.parse_args(arguments).track or track_names():
        path = FOLDER / f"{name}.toml"
        figures = figures_of(read_track(path))
        text = path.read_text("utf-8").split("\n[figures]")[0]
        lines = [f'"{key}" = {value!r}\n' for key, value in figures.items()]
        path.write_text(text + HEAD + "".join(lines), encoding="utf-8")
        print(name, figures, flush=True)


if __name__ == "__main__":
    main()
