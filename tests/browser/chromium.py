"""Finding a Chromium and starting it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
MAC = "/Applications/{0}.app/Contents/MacOS/{0}"
INSTALLED = (
    MAC.format("Google Chrome"),
    MAC.format("Chromium"),
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
HOW_TO_GET_ONE = (
    "no Chromium found: install one (Debian, Ubuntu: sudo apt install chromium fonts-dejavu-core; "
    "anywhere: python -m playwright install chromium) or name yours in the environment variable "
    "CHROMIUM"
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Path of a Chromium: the one in CHROMIUM, the system's, or Playwright's own."""
    if "CHROMIUM" in os.environ:
        return os.environ["CHROMIUM"]
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for path in INSTALLED:
        if Path(path).exists():
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Raises FileNotFoundError that says where to get one."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
