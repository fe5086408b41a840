"""One Chromium for the tests of a module; without one they are skipped, and say where to get it."""

import pytest

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
    """The website with one chapter. It takes some seconds: tests of several files share it."""
    out = tmp_path_factory.mktemp("web") / "site"
    assert main(["02", "--out", str(out)]) == 0
    return out
