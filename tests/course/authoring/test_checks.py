"""Each breach is planted in a sound notebook, and must be found with its cell and text."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course.authoring.checks import MAX_BYTES, output_text, problems
from course.authoring.masters import ROOT

COMPARED = {"tags": ["nbval-check-output"]}


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(**data):
    return new_output("display_data", {key.replace("_", "/"): value for key, value in data.items()})


def notebook(*outputs, source="look()", **metadata):
    sound = new_code_cell("print(1)", execution_count=1, outputs=[stream("1\n")], metadata=COMPARED)
    return new_notebook(
        cells=[
            sound,
            new_code_cell(source, execution_count=2, outputs=list(outputs), metadata=metadata),
        ]
    )


@pytest.mark.parametrize(
    "text",
    [
        f"saved to {ROOT}/chapters/model.safetensors",
        "/home/anna/course/seqrec/models/attention.py:12: UserWarning: slow",
        "loaded C:\\Users\\anna\\log.csv",
        "/tmp/ipykernel_123/456.py:3: DeprecationWarning",
        "from .venv/lib/python3.11/site-packages/torch/nn/modules.py",
        "<matplotlib.lines.Line2D at 0x7f3a5c0d1e50>",
    ],
)
@pytest.mark.parametrize("kind", ["stdout", "stderr", "text/plain", "text/html", "traceback"])
def test_a_trace_of_the_machine_is_found_in_any_output(text, kind):
    if kind == "traceback":
        output = new_output(
            "error",
            ename="E",
            evalue="x",
            traceback=["\x1b[31mE\x1b[39m", f"\x1b[32m{text}\x1b[39m"],
        )
        found = problems(notebook(output, tags=["raises-exception"]))
    elif "/" in kind:
        found = problems(notebook(new_output("display_data", {kind: text})))
    else:
        found = problems(notebook(stream(text, kind)))
    assert len(found) == 1
    assert found[0].startswith(
        "cell 2 ('look()'): output holds a path or an address of this machine"
    )


@pytest.mark.parametrize(
    "text",
    [
        "mean/var/std",
        "1/2 of 3/4",
        "https://example.org/home/page",
        "a: b",
        "user/item",
        "at 0x1f",
        "12:30",
        "A:\tB",
        "root/leaf",
    ],
)
def test_ordinary_text_is_no_trace_of_the_machine(text):
    assert problems(notebook(shown(text_plain=text))) == []


@pytest.mark.parametrize(
    ("page", "is_bad"),
    [
        ('<img src="data:image/png;base64,AAAA/home/AAAA==">', True),
        ('<p><IMG alt="  " src="x.png"></p>', True),
        ("<img alt src='x.png'>", True),
        ('<img alt="A line." src="data:image/png;base64,AAAA/tmp/AA==">', False),
        ("<p>no image</p>", False),
    ],
)
def test_an_html_image_without_alt_text_is_found(page, is_bad):
    found = problems(notebook(shown(text_html=page)))
    assert bool(found) == is_bad
    if is_bad:
        assert "cell 2 ('look()'): image without alt text in HTML output" in found[0]


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/svg+xml"])
def test_a_bare_image_output_is_found(kind):
    found = problems(notebook(new_output("display_data", {kind: "AAAA", "text/plain": "<Figure>"})))
    assert found == [
        f"cell 2 ('look()'): {kind} output without alt text; show it with "
        "course.figures.show(figure, alt=...)"
    ]


@pytest.mark.parametrize(
    ("source", "is_bad"),
    [("![](a.png)", True), ("![A cat.](a.png)", False), ('<img src="a">', True)],
)
def test_a_markdown_image_without_alt_text_is_found(source, is_bad):
    made = notebook()
    made.cells.append(new_markdown_cell(source))
    assert bool(problems(made)) == is_bad


def test_a_large_notebook_is_found_with_its_largest_cell():
    found = problems(notebook(shown(text_plain="x" * MAX_BYTES)))
    assert len(found) == 1 and "the largest output is cell 2's" in found[0]


def test_fewer_than_half_of_the_printing_cells_compared_is_found():
    half = notebook(stream("2\n"))
    assert problems(half) == []
    half.cells.append(
        new_code_cell(
            "3", execution_count=3, outputs=[new_output("execute_result", {"text/plain": "3"})]
        )
    )
    assert "only 1 of 3 cells that print are tagged" in problems(half)[0]


def test_an_error_is_found_unless_the_cell_is_meant_to_raise():
    error = new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    assert problems(notebook(error)) == ["cell 2 ('look()'): ends in an error: ValueError: no"]
    assert problems(notebook(error, tags=["raises-exception"])) == []


def test_a_cell_that_was_not_executed_is_found():
    made = notebook()
    made.cells[1].execution_count = None
    assert problems(made) == ["cell 2 ('look()'): was not executed"]


def test_compared_text_leaves_images_out():
    one, other = (
        new_code_cell("x", outputs=[shown(text_html=f'<img src="data:image/png;base64,{data}">')])
        for data in "AB"
    )
    assert output_text(one) == output_text(other) == ['<img src="data:">']
