"""Every figure has alt text, the course's look, and few bytes."""

import base64
import io
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course.figures import COLOURS, SQUARE, WIDE, show
from course.figures import style as figures


@pytest.fixture
def page(monkeypatch):
    """What `show` displays, as a list of mime bundles."""
    bundles = []
    monkeypatch.setattr(figures, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def line_plot(size=WIDE):
    fig, ax = plt.subplots(figsize=size)
    for slope in range(len(COLOURS)):
        ax.plot(np.arange(20) * slope, label=f"slope {slope}")
    ax.legend()
    return fig


def heat_map(size=SQUARE):
    fig, ax = plt.subplots(figsize=size)
    ax.imshow(np.random.default_rng(0).random((60, 60)))
    return fig


def image_of(bundle):
    found = {}

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "img":
                found.update(dict(attrs), tag=tag)

    Finder().feed(bundle["text/html"])
    data = base64.b64decode(found["src"].removeprefix("data:image/png;base64,"))
    return found, data


def test_the_alt_text_reaches_the_page_whatever_it_holds(page):
    show(line_plot(), alt='Lines "a" & <b>,\n    all rising.')
    found, _ = image_of(page[0])
    assert found["tag"] == "img" and found["alt"] == 'Lines "a" & <b>, all rising.'
    assert page[0]["text/plain"] == 'Figure: Lines "a" & <b>, all rising.'


@pytest.mark.parametrize("alt", ["", "  \n", None])
def test_an_empty_alt_text_is_refused(page, alt):
    with pytest.raises(ValueError, match="say in a sentence"):
        show(line_plot(), alt=alt)
    assert page == []
    plt.close("all")


def test_what_is_no_figure_is_refused(page):
    fig, ax = plt.subplots()
    with pytest.raises(TypeError, match="of axes pass ax.figure"):
        show(ax, alt="Axes.")
    plt.close(fig)


def test_a_shown_figure_is_closed_so_that_it_is_not_shown_twice(page):
    fig = line_plot()
    show(fig, alt="Lines.")
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("make", [line_plot, heat_map])
def test_the_image_is_small_opaque_white_at_its_border_and_the_same_every_time(page, make):
    show(make(), alt="One.")
    show(make(), alt="One.")
    assert page[0] == page[1]
    found, data = image_of(page[0])
    assert len(data) < 60_000
    image = Image.open(io.BytesIO(data))
    assert "transparency" not in image.info
    pixels = np.asarray(image.convert("RGBA"))
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (border == 255).all()
    assert int(found["width"]) == round(image.width / 1.5)


@pytest.mark.parametrize("make", [line_plot, heat_map])
def test_few_colours_change_no_pixel_by_much(monkeypatch, make):
    fig = make()
    drawn = io.BytesIO()
    fig.savefig(drawn, format="png", dpi=figures._STORED_DPI, bbox_inches="tight", pad_inches=0.15)
    data, _ = figures.as_png(fig)
    plt.close(fig)
    before, after = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)
        for png in (drawn.getvalue(), data)
    )
    assert np.abs(before - after).mean() < 2 and np.percentile(np.abs(before - after), 99.9) < 40


# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_of_the_first_series_differ_for_every_eye(deficiency):
    srgb = (
        np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS[:4]]) / 255
    )
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(DEFICIENCIES[deficiency]), 0, 1)
    lab = to_lab(seen)
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(len(lab), 1)]
    assert distances.min() > 15  # CIE76; about 2 is just noticeable


def to_lab(linear):
    """CIE L*a*b* of linear sRGB, white point D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    t = linear @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1
    )


def test_a_stored_picture_is_shown_with_its_alt_text_as_it_is(page):
    png, width = figures.as_png(line_plot(), description="rising lines")
    figures.show_picture(png, alt="Lines,\n rising.", width=width)
    found, data = image_of(page[0])
    assert data == png and found["alt"] == "Lines, rising." and found["width"] == str(width)
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.info["Description"] == "rising lines"
    with pytest.raises(ValueError, match="say in a sentence"):
        figures.show_picture(png, alt=" ", width=width)
