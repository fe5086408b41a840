"""What machines read of the site: a description and a card for each page, sitemap.xml, llms.txt.

A card is what a link looks like in a chat (https://ogp.me). llms.txt is the site as a list of
links for language models (https://llmstxt.org). Both name the address at which the site is
published; a site opened from files works all the same.
"""

import tomllib
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes

ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADDRESS = _PROJECT["urls"]["Documentation"]
_PICTURE = "docs/ladder.png"
_MOST = 200  # characters of a description: more is cut wherever it is shown
_GROUPS = {"chapters/": "Chapters", "reference/": "Reference", "": "Guides"}


def setup(app):
    """Called by Sphinx."""
    app.connect("html-page-context", _add_tags)
    app.connect("build-finished", _write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def _add_tags(app, name, template, context, doctree):
    if doctree is None:  # the search page and the like
        return
    title, about = _title(app, name), _about(doctree)
    address = _address(name)
    tags = {
        "og:type": "website",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": about,
        "og:url": address,
        "og:image": ADDRESS + _PICTURE,
        "og:image:alt": "A ladder of models, from popularity to the best possible prediction",
    }
    lines = [f'<meta name="description" content="{escape(about)}" />']
    lines += [f'<meta property="{key}" content="{escape(text)}" />' for key, text in tags.items()]
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)
    _found(app)[name] = (title, about)


def _write_lists(app, error):
    if error is not None or app.builder.format != "html":
        return
    found = _found(app)
    out = Path(app.outdir)
    (out / "sitemap.xml").write_bytes(_sitemap(found))
    (out / "llms.txt").write_text(_listed(found), encoding="utf-8")


def _sitemap(names) -> bytes:
    tree = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for name in sorted(names):
        ElementTree.SubElement(ElementTree.SubElement(tree, "url"), "loc").text = _address(name)
    return ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)


def _listed(found) -> str:
    groups = {title: [] for title in _GROUPS.values()}
    for name, (title, about) in sorted(found.items()):
        prefix = next(prefix for prefix in _GROUPS if name.startswith(prefix))
        if not name.endswith("index"):
            groups[_GROUPS[prefix]].append(f"- [{title}]({_address(name)}): {about}")
    parts = [f"# {_PROJECT['name']}", f"> {_PROJECT['description']}"]
    parts += [f"## {title}\n\n" + "\n".join(lines) for title, lines in groups.items() if lines]
    return "\n\n".join(parts) + "\n"


def _found(app):
    """Title and description of each page that was written so far."""
    if not hasattr(app, "course_pages"):
        app.course_pages = {}
    return app.course_pages


def _title(app, name):
    return app.env.titles[name].astext()


def _about(doctree):
    """The first paragraph of a page that says something, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            return text if len(text) <= _MOST else text[:_MOST].rsplit(" ", 1)[0] + " ..."
    return _PROJECT["description"]


def _address(name):
    return f"{ADDRESS}{name}.html"
