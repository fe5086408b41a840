"""One Chromium for the tests of a module; without one they are skipped, and say where to get it."""

import os

import pytest
from filelock import FileLock

from tests.browser.chromium import HOW_TO_GET_ONE, chromium, find_chromium
from website.__main__ import main


@pytest.fixture(scope="module")
def browser():
    if find_chromium() is None:
        pytest.skip(HOW_TO_GET_ONE)
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The website with one chapter. It takes some seconds, so workers share it."""
    folder = tmp_path_factory.getbasetemp()
    # a worker's own folder lies beside those of the others
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    out = folder / "web" / "site"
    made = folder / "web" / "made"
    made.parent.mkdir(exist_ok=True)
    with FileLock(folder / "web.lock"):
        if not made.exists():
            assert main(["02", "--out", str(out)]) == 0
            made.touch()
    return out
