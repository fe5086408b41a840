"""The bar of a run that stops early ends full, in a terminal and in a notebook."""

import dataclasses

import pytest
from tqdm.notebook import tqdm as notebook_bar

from seqrec.training import loop, train
from tests.seqrec.training.toys import CONFIG, N_SAMPLES, STEPS, loss, toy

EARLY = dataclasses.replace(CONFIG, patience=1)


def stopped_early(**options):
    values = iter([1.0, 2.0, 3.0, 4.0])
    result = train(
        toy(), loss, N_SAMPLES, EARLY, validate=lambda _: {"loss": next(values)}, **options
    )
    assert result.stopped_by == "patience"
    return STEPS * len(result.history)


def test_in_a_terminal_it_says_all_of_its_steps(capfd):
    steps = stopped_early()
    last = capfd.readouterr().err.split("\r")[-1]
    assert "100%" in last and f"{steps}/{steps}" in last


@pytest.fixture
def bars(monkeypatch):
    """The notebook's bars that a run makes."""
    made = []

    def make(*args, **options):
        made.append(notebook_bar(*args, **options))
        return made[-1]

    monkeypatch.setattr(loop, "tqdm", make)
    return made


def test_in_a_notebook_it_is_as_long_as_its_frame_and_green(bars):
    steps = stopped_early()
    _, drawn, _ = bars[0].container.children
    assert drawn.max == drawn.value == steps
    assert drawn.bar_style == "success"


def test_the_time_it_shows_is_that_of_the_whole_run(bars, monkeypatch):
    began = []
    reset = notebook_bar.reset
    monkeypatch.setattr(
        notebook_bar,
        "reset",
        lambda bar, total=None: (began.append(bar.start_t), reset(bar, total))[1],
    )
    stopped_early()
    assert began == [bars[0].start_t]


def test_a_hidden_bar_stays_hidden(capfd):
    stopped_early(progress=False)
    assert capfd.readouterr() == ("", "")
