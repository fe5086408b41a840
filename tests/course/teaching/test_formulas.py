"""Formulas of the chapters become MathML; what is no formula stays as it is."""

import html
from xml.etree import ElementTree

import pytest

from course.teaching.formulas import UnknownFormula, to_mathml, with_formulas


@pytest.mark.parametrize(
    ("tex", "drawn"),
    [
        ("x", "<mi>x</mi>"),
        ("q_j", "<msub><mi>q</mi><mi>j</mi></msub>"),
        ("s^+_j", "<msubsup><mi>s</mi><mi>j</mi><mo>+</mo></msubsup>"),
        (
            r"w^{-3/2}",
            "<msup><mi>w</mi><mrow><mo>−</mo><mn>3</mn><mo>/</mo><mn>2</mn></mrow></msup>",
        ),
        (r"\sqrt d", "<msqrt><mi>d</mi></msqrt>"),
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"W_{\text{all in}}", "<msub><mi>W</mi><mrow><mtext>all in</mtext></mrow></msub>"),
        (r"\{a\}", "<mo>{</mo><mi>a</mi><mo>}</mo>"),
        (
            r"\left( 1{,}5 \right)",
            "<mrow><mo>(</mo><mn>1</mn><mrow><mo>,</mo></mrow><mn>5</mn><mo>)</mo></mrow>",
        ),
        (r"a < \alpha", "<mi>a</mi><mo>&lt;</mo><mi>α</mi>"),
    ],
)
def test_a_formula_is_drawn(tex, drawn):
    assert bare(ElementTree.fromstring(to_mathml(tex))) == f"<math><mrow>{drawn}</mrow></math>"


def bare(element):
    """An element as text, without name space and attributes."""
    name = element.tag.partition("}")[2]
    inside = html.escape((element.text or "").replace("\xa0", " "))
    return f"<{name}>{inside}{''.join(map(bare, element))}</{name}>"


@pytest.mark.parametrize("tex", [r"\unknown x", "a_", "{a", "a}", r"\sqrt", "a # b"])
def test_what_is_not_known_is_refused_and_shown_as_it_is_written(tex):
    with pytest.raises(UnknownFormula):
        to_mathml(tex)
    assert with_formulas(f"<p>${tex}$</p>") == f"<p>${tex}$</p>"


def test_code_links_and_prices_stay():
    page = '<p><code>$x$</code> <a href="$y$">costs $5</a></p><pre>$z$</pre>'
    assert with_formulas(page) == page
    assert with_formulas("<p>$a &lt; b$</p>").count("<mo>&#x0003C;</mo>") == 1
    assert 'display="block"' in with_formulas("<p>$$x$$</p>")


def test_lines_that_are_aligned_are_rows_and_their_marks_are_not_shown():
    made = to_mathml(r"\begin{aligned} a &= b && \text{one}\\ c &= d \end{aligned}", is_block=True)
    assert made.count("<mtr>") == 2 and "<mi>&</mi>" not in made
    with pytest.raises(UnknownFormula, match="&"):
        to_mathml("a & b")
