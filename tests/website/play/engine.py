"""The page's scripts without its page: in Node, or where that is missing, in a Chromium.

with engine(data_js) as run:
    run("input => input.map(clicks => ...)", histories)
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.chromium import chromium, find_chromium

STATIC = Path(__file__).resolve().parents[3] / "website" / "static" / "play"
# In the order of the page; all but the one that is the page.
SCRIPTS = (
    "tensors",
    "keyed_random",
    "shoppers",
    "sessions",
    "habits",
    "oracle",
    "layers",
    "models",
    "game",
    "shelf",
    "board",
)
HOW_TO_GET_ONE = "no JavaScript found: install Node (https://nodejs.org) or a Chromium"
#: What `expression` may speak of: the shop, unpacked.
_SHOP = """
const shop = { world: play.data.world, tables: play.unpackAll(play.data.tables) };
"""


def find_engine() -> str | None:
    """A path of Node, or of a Chromium; None where there is neither."""
    return shutil.which("node") or find_chromium()


@contextmanager
def engine(data: Path) -> Iterator[Callable[[str, object], object]]:
    """What runs a JavaScript function on an input, both as JSON goes.

    data: `data.js`, see `website.play.data.write_data`
    """
    paths = [data, *(STATIC / f"{name}.js" for name in SCRIPTS)]
    code = "\n".join(path.read_text("utf-8") for path in paths) + _SHOP
    node = shutil.which("node")
    if node is not None:
        yield lambda function, given: _in_node(node, code, function, given)
        return
    with chromium() as browser:
        page = browser.new_page()
        yield lambda function, given: page.evaluate(
            f"given => {{ {code} return ({function})(given); }}", given
        )


def _in_node(node, code, function, given):
    end = f"const given = {json.dumps(given)};\n"
    end += f"process.stdout.write(JSON.stringify(({function})(given)));"
    done = subprocess.run([node, "-"], input=code + end, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
