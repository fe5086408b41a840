"""One Chromium for the tests of a module; without one they are skipped, and say where to get it."""

import pytest

from tests.browser.chromium import HOW_TO_GET_ONE, chromium, find_chromium


@pytest.fixture(scope="module")
def browser():
    if find_chromium() is None:
        pytest.skip(HOW_TO_GET_ONE)
    with chromium() as started:
        yield started
