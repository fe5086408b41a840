"""Formulas as MathML. Every browser sets it by itself: no script, no fonts from elsewhere."""

from docutils import nodes
from sphinx.application import Sphinx

from course.teaching.formulas import to_mathml


def _inline(translator, node):
    translator.body.append(to_mathml(node.astext()))
    raise nodes.SkipNode


def _displayed(translator, node):
    formula = to_mathml(node.astext(), is_block=True)
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the renderer."""
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
