"""Which pages the site has. They are assembled in the places that they have in the repository, so
that links between them lead on; a link to what is no page leads to the repository.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat

from website.chapters import page_of
from website.machines import ADDRESS
from website.play.data import write_play
from website.reference import write_reference

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/zooplus-course/zooplus-course/blob/HEAD/"
TEXTS = ("README.md", "TEACHING.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
_PLAY = Path("website/play/page.md")
_DOOR = Path("website/play/door.md")
#: Where the front page asks what the game asks: there it stands.
_ASKED = "What will she click next?\n"
_LINK = re.compile(r"(?<!!)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
_BADGE = re.compile(r"!\[([^\]]*)\]\(https?:[^)]*\)")
_TREE = """
```{{toctree}}
{options}
{entries}
```
"""
#: Pictures that pages show by HTML, which Sphinx does not look into.
_PICTURES = ("docs", "course/play")


def assemble(folder: Path, chapters: Sequence[str] = ()) -> None:
    """Write the sources of all pages into `folder`.

    chapters: numbers such as "02", or how a page's name begins; empty: all
    """
    stored = sorted((ROOT / "chapters").glob("*.ipynb"))
    chosen = [path for path in stored if not chapters or path.stem.startswith(tuple(chapters))]
    texts = [*TEXTS, *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
    pages = {f"chapters/{path.name}" for path in chosen} | set(texts)
    for path in chosen:
        _write_chapter(path, folder, pages)
    for name in texts:
        text = _linked((ROOT / name).read_text("utf-8"), name, pages)
        _write(folder / name, text)
    for place in _PICTURES:
        for picture in [*(ROOT / place).glob("*.png"), *(ROOT / place).glob("*.webp")]:
            for copy in (folder / place, folder / "extra" / place):
                copy.mkdir(parents=True, exist_ok=True)
                shutil.copy(picture, copy)
    groups = {
        "chapters": ("Chapters", [path.stem for path in chosen]),
        "guides": ("Guides", [f"../{name[:-3]}" for name in texts if name != "README.md"]),
        "reference": ("Reference", write_reference(folder)),
    }
    for name, (title, entries) in groups.items():
        tree = _TREE.format(options=":maxdepth: 1\n", entries="\n".join(entries))
        _write(folder / name / "index.md", f"# {title}\n{tree}")
    write_play(folder / "extra" / "play")
    _write(folder / "play.md", _linked((ROOT / _PLAY).read_text("utf-8"), "play.md", pages))
    _write_front(folder, ["play", *(f"{name}/index" for name in groups)])


def _write_chapter(path, folder, pages):
    solved = ROOT / "solutions" / path.name
    notebook = page_of(path, solved if solved.exists() else path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _linked(cell.source, f"chapters/{path.name}", pages)
    (folder / "chapters").mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / "chapters" / path.name)
    extra = folder / "extra" / "_downloads"
    extra.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, extra / path.name)


def _linked(text, name, pages):
    """Links to files that are no page lead to the repository."""

    def follow(link):
        target = (ROOT / name).parent.joinpath(link[1]).resolve()
        inside = target.relative_to(ROOT).as_posix()
        if inside in pages or (target.suffix == ".png" and target.exists()):
            return link[0]
        return f"]({REPOSITORY}{inside})"

    return _LINK.sub(follow, text)


def _write_front(folder, indexes):
    """The front page: the README, a door to the game, and behind it the tree of all pages."""
    front = (folder / "README.md").read_text("utf-8")
    if _ASKED not in front:
        raise ValueError(f"README.md must ask {_ASKED.strip()!r}, got another beginning")
    front = front.replace(_ASKED, f"{_ASKED}\n{(ROOT / _DOOR).read_text('utf-8')}", 1)
    front = front.replace(f"({ADDRESS}play.html)", "(play.md)")
    # a badge is fetched from elsewhere: its words will do
    front = _BADGE.sub(r"\1", front)
    (folder / "README.md").unlink()
    tree = _TREE.format(options=":hidden:\n", entries="\n".join(indexes))
    _write(folder / "index.md", front + tree)


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
