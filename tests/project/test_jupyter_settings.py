"""JupyterLab, as the course starts it, gives memory back and shows no tools of authors."""

import json
import os
import subprocess
import sys

from tools import __main__ as course

ASK = """
import json
from jupyterlab_server.settings_utils import _get_overrides
print(json.dumps(_get_overrides("no such folder")[0]))
"""


def asked(*command):
    """What a program says in the environment that the course runs under."""
    environment = os.environ | course.settings()
    done = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_kernel_ends_with_its_tab_and_long_lines_of_code_are_read_on_a_narrow_page():
    settings = asked("-c", ASK)["@jupyterlab/notebook-extension:tracker"]
    assert settings["kernelShutdown"] is True
    assert settings["codeCellConfig"] == {"lineWrap": True}


def test_a_kernel_without_a_tab_ends_after_half_an_hour_and_one_with_a_tab_does_not():
    settings = asked("-m", "jupyter", "server", "--show-config-json")["MappingKernelManager"]
    assert settings["cull_idle_timeout"] == 1800
    assert not settings.get("cull_connected", False)
