"""A JupyterLab of its own, on this machine only, that leaves no trace in the user's settings."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.notebook import THEMES
from tools.__main__ import ROOT, lab_flags, settings

START_SECONDS = 240  # of a busy machine; a quiet one takes a few
# Cells that were never scrolled into view are rendered too, or a whole-page picture has holes; no
# blank page below.
NOTEBOOK_SETTINGS = {"windowingMode": "none", "scrollPastEnd": False}


@contextmanager
def lab_server(folder: Path, theme: str = "light") -> Iterator[str]:
    """Serve `folder` until the block ends.

    theme: "light" or "dark". Yields the address of JupyterLab, token included. Raises RuntimeError
    with the server's log if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="lab-") as scratch:
        places = {
            name: Path(scratch, name)
            for name in ("config", "data", "runtime", "settings", "workspaces")
        }
        for place in places.values():
            place.mkdir()
        write_settings(places["settings"], THEMES[theme])
        port, token = free_port(), secrets.token_hex(16)
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            *lab_flags(),
            "--no-browser",
            f"--ServerApp.root_dir={folder}",
        ]
        command += [
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
        ]
        command += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
        command += [f"--LabApp.user_settings_dir={places['settings']}"]
        command += [f"--LabApp.workspaces_dir={places['workspaces']}"]
        log_path = Path(scratch, "log")
        with log_path.open("wb") as log:
            server = subprocess.Popen(
                command, env=environment(places), stdout=log, stderr=subprocess.STDOUT
            )
        try:
            wait_until_up(f"http://127.0.0.1:{port}/api/status?token={token}", server, log_path)
            yield f"http://127.0.0.1:{port}/lab?token={token}"
        finally:
            stop(server)


def environment(places: dict[str, Path]) -> dict[str, str]:
    """As `make lab` has it, with Jupyter's places swapped.

    The course is importable even where it is not installed.
    """
    return settings() | {
        "JUPYTER_CONFIG_DIR": str(places["config"]),
        "JUPYTER_DATA_DIR": str(places["data"]),
        "JUPYTER_RUNTIME_DIR": str(places["runtime"]),
        "IPYTHONDIR": str(places["data"] / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])),
    }


def write_settings(folder: Path, theme: str) -> None:
    chosen = {
        "notebook-extension/tracker": NOTEBOOK_SETTINGS,
        "apputils-extension/themes": {"theme": theme},
    }
    for name, values in chosen.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    tail = log.read_text(encoding="utf-8", errors="replace")[-4000:]
    raise RuntimeError(f"JupyterLab did not answer within {START_SECONDS} s. Its log ends:\n{tail}")


def stop(server: subprocess.Popen) -> None:
    """End the server and the kernels that it started; twice, as the first signal may only ask."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
