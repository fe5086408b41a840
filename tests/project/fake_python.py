"""Stands in for Python in tests of the set-up: `-m venv` and `-m pip`, step by step.

Each step leaves a half before it leaves a whole, and pip refuses to go on where there is a half, as
the real one does. At the step that KILL_AT names, everybody of its process group is killed; at the
one that ORPHAN_AT names, only its caller, and it waits for a file `go`, a minute at most. The file
`log` of the folder in PLAY tells what was done.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

PLAY = Path(os.environ["PLAY"])


def tell(what: str) -> None:
    with open(PLAY / "log", "a", encoding="utf-8") as file:
        file.write(what + "\n")


def step() -> None:
    """The next moment at which one may be killed."""
    counter = PLAY / "steps"
    number = int(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text(str(number))
    if number == int(os.environ.get("KILL_AT", 0)):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    if number == int(os.environ.get("ORPHAN_AT", 0)):
        os.kill(os.getppid(), signal.SIGKILL)
        for _ in range(3000):
            if not (PLAY / "go").exists():
                time.sleep(0.02)


def halfway(path: Path, content: bytes) -> None:
    """Write a file in two steps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".half").touch()
    step()
    path.write_bytes(content)
    path.chmod(0o755)
    path.with_name(path.name + ".half").unlink()
    step()


def venv(folder: Path) -> int:
    tell("venv begins")
    for path in folder.iterdir() if folder.exists() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    step()
    halfway(folder / "bin" / "python", Path(__file__).read_bytes())
    halfway(folder / "lib" / "pip", b"")
    tell("venv ends")
    return 0


def pip(folder: Path, arguments: list[str]) -> int:
    tell("pip begins")
    if list(folder.rglob("*.half")) or not (folder / "lib" / "pip").exists():
        tell("pip is broken")
        return 1
    kinds = {"--require-hashes": "hashed", "--extra-index-url": "torch"}
    kind = next((kinds[word] for word in arguments if word in kinds), "rest")
    halfway(folder / "lib" / f"{kind}-1", b"")
    halfway(folder / "lib" / f"{kind}-2", b"")
    tell("pip ends")
    return 0


def main(words: list[str]) -> int:
    if words[:2] == ["-m", "venv"]:
        return venv(Path(words[-1]))
    here = Path(sys.argv[0]).parent.parent
    if words[:2] == ["-m", "pip"]:
        return pip(here, words[2:])
    # -c "import pip": a half of it can be imported.
    return 0 if list((here / "lib").glob("pip*")) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
