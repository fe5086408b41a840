"""Who installs: uv where there is one, else pip. Both get the same words, so the same versions."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable

from tools.interpreter import SetupError, venv_python

SAME_AGAIN = "Once mended, run the same command again."
# uv does not read pip's settings: whoever told pip where packages come from means pip.
SOURCES = re.compile(r"\.(index-url|extra-index-url|no-index|find-links)=")
# What pip says of a package that it goes for (one in a folder is "processed"), and of its size.
NEXT = re.compile(r"Collecting ([\w.-]+)|Processing \S*[/\\]([\w.]+)-\d")
SIZE = re.compile(r".*(?:Downloading|cached) ([\w.]+)-\d\S* (\(.*\))")


def pip(
    *arguments: str, cure: str = SAME_AGAIN, held: tuple[int, ...] = (), packages: int = 0
) -> None:
    """Install into the course's environment, by uv or by pip.

    arguments: what both understand, "install" first
    cure:      what to do if it fails
    held:      file descriptors that the program holds open as well
    packages:  how many there are; then a line counts them. 0 leaves the talking to the program.

    Raises SetupError with the cure when it fails.
    """
    if uv := find_uv():
        command = [uv, "pip", arguments[0], "--python", str(venv_python()), *arguments[1:]]
        if subprocess.run(command, pass_fds=held).returncode == 0:
            return
        print("uv could not do it (see above): pip tries.", flush=True)
    # Half of pip's time would go to compiling what is never imported. Python compiles the rest
    # when it imports it, as it does after uv.
    command = [str(venv_python()), "-m", "pip", arguments[0], "--no-compile", *arguments[1:]]
    if packages:
        code = counted(command, packages, held)
    else:
        code = subprocess.run(command, pass_fds=held).returncode
    if code:
        raise SetupError(f"pip could not install this (see above). {cure}")


def find_uv() -> str:
    """The uv to use; "" where there is none, or where pip was told where packages come from."""
    uv = shutil.which("uv")
    if not uv:
        return ""
    asked = [str(venv_python()), "-m", "pip", "config", "list"]
    told = subprocess.run(asked, capture_output=True, text=True).stdout
    return "" if SOURCES.search(told) else uv


def counted(command: list[str], packages: int, held: tuple[int, ...]) -> int:
    """Run pip with one line that counts, instead of its hundreds; its exit status.

    What it says on stderr is shown as it comes.
    """
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, errors="replace", pass_fds=held
    ) as process:
        show(process.stdout, packages, time.monotonic())
    return process.returncode


def show(lines: Iterable[str], packages: int, began: float) -> None:
    """Tell how far pip is, by what it says.

    lines:    of pip's output
    packages: how many it will fetch
    began:    when, on the clock of `time.monotonic`
    """
    bar = Bar(began)
    fetched = 0
    for line in lines:
        if line.startswith("Ignoring "):
            # For another system.
            packages -= 1
        elif line.startswith("Installing collected packages"):
            bar.say("unpacking them, about which pip says nothing", always=True)
        elif found := NEXT.match(line):
            fetched += 1
            # A terminal shows each; a file every 25th is enough for.
            bar.say(count(fetched, packages, found[1] or found[2]), always=fetched % 25 == 0)
        elif found := SIZE.match(line):
            bar.say(count(fetched, packages, f"{found[1]} {found[2]}"))
    bar.end()


def count(fetched: int, packages: int, what: str) -> str:
    """Never more than there are: what PyTorch brings besides is not among them."""
    return f"{min(fetched, packages)} of {packages} packages: {what}"


class Bar:
    """A line that is written over on a terminal; elsewhere a line for what is always said."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.drawn = False
        self.terminal = sys.stdout.isatty()

    def say(self, text: str, always: bool = False) -> None:
        """Show `text` with the seconds that have passed."""
        line = f"  {time.monotonic() - self.began:4.0f} s  {text}"
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + line[:width].ljust(width), end="", flush=True)
            self.drawn = True
        elif always:
            print(line, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self.drawn:
            print(flush=True)
