"""Names that a screen reader says: those of a button's own words, not others over them.

The theme and MyST-NB give some buttons an `aria-label` that hides what stands on them: "Toggle
hidden content" over "Show the answer". Whoever speaks to the page by voice says what they see
(WCAG 2.2, 2.5.3).
"""

from pathlib import Path

#: What is written over, and what stays.
_CURED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'title="Search" aria-label="Search"': 'title="Search"',
}


def setup(app):
    """Called by Sphinx."""
    app.connect("build-finished", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def _mend(app, error):
    if error is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text("utf-8")
        for before, after in _CURED.items():
            text = text.replace(before, after)
        page.write_text(text, "utf-8")
