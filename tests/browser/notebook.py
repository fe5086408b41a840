"""A notebook open in JupyterLab: run it, ask it for errors, look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

WIDTH, HEIGHT = 1400, 1000
MAX_HEIGHT = 16_000  # what Chromium draws into one picture
OPEN_SECONDS = 240  # of a busy machine; a quiet one takes a few

# Playwright waits for a promise without end, so the limit is the page's. A dialog is the usual
# reason: quote it.
WITHIN = """async ({argument, seconds}) => {
  const late = () => {
    const dialog = document.querySelector('.jp-Dialog-content');
    const open = dialog ? `; a dialog is open: ${dialog.innerText}` : '';
    return new Error(`not done within ${seconds} s${open}`);
  };
  const limit = new Promise((_, reject) => setTimeout(() => reject(late()), 1000 * seconds));
  return Promise.race([(ACTION)(argument), limit]);
}"""

# The panel is kept on `window`, where each later call finds it.
OPEN = """async path => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.revealed;
  app.shell.collapseLeft();
  app.shell.collapseRight();
  window.panel = panel;
}"""

# The kernel was started for this page a moment ago, so there is nothing to restart; a restart in
# the middle of a start can hang the server. It only has to be there.
RUN_ALL_AFRESH = """async () => {
  await window.panel.sessionContext.session.kernel.info;
  await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs');
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""

# From the model: in the page, a warning on stderr looks just like an error.
OUTPUTS = """() => window.panel.content.widgets.flatMap((cell, index) => {
  const outputs = cell.model.type === 'code' ? cell.model.outputs.toJSON() : [];
  return outputs.map(output => ({cell: index, ...output}));
})"""

CODE_CELLS_NOT_RUN = """() => window.panel.content.widgets.flatMap((cell, index) => {
  const isCode = cell.model.type === 'code' && cell.model.sharedModel.getSource().trim();
  return isCode && !cell.model.executionCount ? [index] : [];
})"""

CONTENT_HEIGHT = """() => {
  const node = window.panel.content.node;
  const outer = node.querySelector('.jp-WindowedPanel-outer') || node;
  outer.scrollTop = 0;
  return window.innerHeight - outer.clientHeight + outer.scrollHeight;
}"""

ALL_PICTURES_LOADED = (
    """() => [...window.panel.node.querySelectorAll('img')].every(image => image.complete)"""
)

SET_THEME = """theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

CLOSE = """async () => {
  await window.panel.sessionContext.shutdown();
  await window.panel.context.revert();
}"""


@dataclass(frozen=True)
class CellError:
    """What a cell raised, and which cell (counted from 0, prose cells included)."""

    cell: int
    name: str
    value: str

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.name}: {self.value}"


class NotebookPage:
    """A notebook in the browser. `page` is Playwright's, for clicks and keys."""

    def __init__(self, page: Page):
        self.page = page

    def run_all_afresh(self, seconds: float = 300) -> None:
        """What Restart-and-Run-All does, in the kernel that this page started.

        Raises RuntimeError when late.
        """
        within(self.page, RUN_ALL_AFRESH, seconds)

    def outputs(self) -> list[dict]:
        """Every output in nbformat's terms, with its `cell` number."""
        return self.page.evaluate(OUTPUTS)

    def errors(self) -> list[CellError]:
        """What cells raised; cells left unrun count, as an error stops those below it."""
        raised = [
            CellError(output["cell"], output["ename"], output["evalue"])
            for output in self.outputs()
            if output["output_type"] == "error"
        ]
        return raised + [
            CellError(index, "NotRun", "was never run")
            for index in self.page.evaluate(CODE_CELLS_NOT_RUN)
        ]

    def set_theme(self, theme: str) -> None:
        """theme: "light" or "dark", from now on."""
        within(self.page, SET_THEME, OPEN_SECONDS, THEMES[theme])
        self.page.wait_for_selector(
            f"body[data-jp-theme-light={'true' if theme == 'light' else 'false'}]", state="attached"
        )
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def screenshot(self, path: Path, piece: int = MAX_HEIGHT) -> list[Path]:
        """Picture of the whole notebook.

        If higher than `piece` pixels, in pieces: `NAME-1.png`, `NAME-2.png` and so on.
        """
        self.page.wait_for_function(ALL_PICTURES_LOADED)
        for _ in range(2):  # a higher window may let lazily drawn outputs grow
            height = max(HEIGHT, int(self.page.evaluate(CONTENT_HEIGHT)))
            self.page.set_viewport_size({"width": WIDTH, "height": height})
            self.page.wait_for_timeout(500)
        path.parent.mkdir(parents=True, exist_ok=True)
        tops = range(0, height, piece)
        paths = (
            [path]
            if len(tops) == 1
            else [path.with_stem(f"{path.stem}-{n}") for n in range(1, len(tops) + 1)]
        )
        for top, picture in zip(tops, paths, strict=True):
            clip = {"x": 0, "y": top, "width": WIDTH, "height": min(piece, height - top)}
            self.page.screenshot(path=picture, clip=clip)
        return paths


def within(page: Page, action: str, seconds: float, argument: object = None) -> None:
    """Await an asynchronous JavaScript function in the page.

    Raises RuntimeError when it fails or takes too long.
    """
    try:
        page.evaluate(WITHIN.replace("ACTION", action), {"argument": argument, "seconds": seconds})
    except PlaywrightError as error:
        raise RuntimeError(f"JupyterLab: {error.message}") from error


@contextmanager
def open_notebook(browser: Browser, lab: str, name: str) -> Iterator[NotebookPage]:
    """Open `name`, a path below the server's folder, in the JupyterLab at address `lab`.

    Afterwards its kernel is ended.
    """
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        page.goto(lab)
        page.wait_for_function("() => window.jupyterapp !== undefined", timeout=1000 * OPEN_SECONDS)
        within(page, OPEN, OPEN_SECONDS, name)
        yield NotebookPage(page)
        within(page, CLOSE, OPEN_SECONDS)
    finally:
        page.close()
