"""Run a notebook as it will be stored.

One thread, no progress bars, no output that changes run after run.
"""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course.authoring.masters import ROOT

CELL_TIMEOUT = 120  # seconds
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTICE = "(An interactive control: run this cell to use it.)"


class ChapterError(RuntimeError):
    """A cell of a chapter failed. Says which and how."""


# Runs in each kernel before the first cell. (Notebook bars ignore tqdm's environment variable.)
_NO_BARS = """\
from tqdm.std import tqdm as _bar


def _start(self, *args, _shown=_bar.__init__, **kwargs):
    _shown(self, *args, **kwargs | {"disable": True})


_bar.__init__ = _start
del _bar, _start
"""


@dataclass(frozen=True)
class Run:
    """What one execution cost.

    seconds:    of the clock, the kernel's start included.
    peak_bytes: of the kernel process alone; None where the system does not tell.
    """

    seconds: float
    peak_bytes: int | None

    def __str__(self) -> str:
        memory = "memory ?" if self.peak_bytes is None else f"{self.peak_bytes / 1e6:.0f} MB"
        return f"{self.seconds:.1f} s, {memory}"


def execute(
    notebook: NotebookNode, folder: Path, after_cell: Callable[[], None] = lambda: None
) -> Run:
    """Execute `notebook` in place.

    notebook:   the cells; their outputs are set.
    folder:     where its kernel runs.
    after_cell: called after each code cell.

    Raises ChapterError at the first cell that fails.
    """
    peak = None

    def cell_done(**_) -> None:
        nonlocal peak
        peak = _peak_memory(client.km.provisioner.pid)
        after_cell()

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,  # how a stream is cut into messages depends on the hour
        store_widget_state=True,  # off, a cell with an Output widget can hang
        on_cell_executed=cell_done,
        extra_arguments=["--log-level=ERROR"],  # the kernel's own start-up remarks
    )
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        try:
            client.execute(env=os.environ | kernel_environment(Path(home)))
        except CellExecutionError as error:
            raise ChapterError(_locate(notebook, error)) from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise ChapterError(str(error).strip()) from None
    _settle(notebook)
    return Run(time.perf_counter() - began, peak)


def kernel_environment(home: Path) -> dict[str, str]:
    """Environment variables of kernels whose outputs are stored, or compared with stored ones.

    One thread; the checkout importable; no progress bars, no file of progress; an author's own
    IPython start-up files left out.

    home: an empty folder that the kernels may write to.
    """
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00-no-bars.py").write_text(_NO_BARS)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {
        "PYTHONPATH": path,
        "IPYTHONDIR": str(home),
        "OMP_NUM_THREADS": "1",
        "COURSE_PROGRESS": "",
    }


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a valid notebook in one step.

    A reader sees the old file or the new one, never half of it. Raises nbformat's ValidationError
    for a notebook that is not valid.
    """
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(serialise(notebook), encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def serialise(notebook: NotebookNode) -> str:
    """The text of a notebook file."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def _settle(notebook: NotebookNode) -> None:
    """Drop what is random or of this machine: widget models, the interpreter's version."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info.pop("version", None)
    notebook.metadata.language_info.pop("codemirror_mode", None)
    notebook.metadata.language_info.pop("nbconvert_exporter", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            # a view whose model is gone would only say "model not found"
            if data.pop(WIDGET_VIEW, None) and "text/html" not in data:
                data["text/plain"] = WIDGET_NOTICE


def _locate(notebook: NotebookNode, error: CellExecutionError) -> str:
    for position, cell in enumerate(notebook.cells):
        meant_to = "raises-exception" in cell.metadata.get("tags", [])
        raised = any(output.output_type == "error" for output in cell.get("outputs", []))
        if raised and not meant_to:
            what = f"{error.ename}: {error.evalue}"
            return f"cell {position + 1} failed: {what}\n{_indent(cell.source)}"
    return str(error)


def _indent(source: str) -> str:
    return "\n".join(f"    {line}" for line in source.splitlines())


def _peak_memory(pid: int) -> int | None:
    """The largest resident size that a process has had, in bytes; None where /proc is silent."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
