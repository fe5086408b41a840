"""Schedules are formulas: they are compared with formulas, and with torch where it has the same."""

import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.training import SCHEDULES
from seqrec.training.optim import constant, inverse_square_root, linear, one_cycle
from tests.seqrec.training.toys import CONFIG, trained


@st.composite
def runs(draw, shortest_warmup=0):
    """(warmup_steps, total_steps)"""
    total = draw(st.integers(2, 300))
    return draw(st.integers(min(shortest_warmup, total), total)), total


def factors(schedule, run):
    warmup, total = run
    return [schedule(step, warmup, total) for step in range(1, total + 1)]


def torch_factors(total, make):
    """Learning rates of a torch scheduler over an SGD with rate 1, one for each update."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants optimizer.step() first
        scheduler, rates = make(optimizer), []
        for step in range(total):
            rates.append(optimizer.param_groups[0]["lr"])
            if step < total - 1:
                scheduler.step()
    return rates


@given(runs())
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_rises_to_1_where_the_warmup_ends_and_never_after(name, run):
    rates = factors(SCHEDULES[name], run)
    peak = max(run[0], 1)
    assert rates[peak - 1] == pytest.approx(1, abs=1e-12)
    assert all(0 < rate <= 1 + 1e-12 for rate in rates), "no step is wasted"
    assert all(
        before < after for before, after in zip(rates[: peak - 1], rates[1:peak], strict=True)
    )
    assert all(
        before >= after for before, after in zip(rates[peak - 1 :], rates[peak:], strict=False)
    )


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warmup_of_0_and_of_1_are_the_same(name):
    assert factors(SCHEDULES[name], (0, 9)) == factors(SCHEDULES[name], (1, 9))


@given(st.integers(1, 10_000), st.integers(1, 5_000), st.sampled_from([64, 512]))
def test_inverse_square_root_is_equation_3_of_attention_is_all_you_need(step, warmup, D):
    def paper(step):
        return D**-0.5 * min(step**-0.5, step * warmup**-1.5)

    assert inverse_square_root(step, warmup, 10_000) == pytest.approx(
        paper(step) / paper(warmup), rel=1e-9
    )


def test_inverse_square_root_by_hand():
    assert [inverse_square_root(step, 4, 99) for step in (1, 2, 4, 16, 64)] == [
        0.25,
        0.5,
        1,
        0.5,
        0.25,
    ]


@given(st.integers(1, 200))
def test_linear_without_warmup_is_torchs_linear_decay(total):
    expected = torch_factors(
        total,
        lambda sgd: torch.optim.lr_scheduler.LinearLR(
            sgd, start_factor=1, end_factor=0, total_iters=total
        ),
    )
    assert factors(linear, (0, total)) == pytest.approx(expected, rel=1e-6)


def test_linear_by_hand():
    assert factors(linear, (2, 5)) == pytest.approx([1 / 2, 1, 3 / 4, 2 / 4, 1 / 4])


@given(st.integers(2, 100))
def test_constant_with_warmup_is_torchs_linear_rise(warmup):
    expected = torch_factors(
        150,
        lambda sgd: torch.optim.lr_scheduler.LinearLR(
            sgd, start_factor=1 / warmup, total_iters=warmup - 1
        ),
    )
    assert factors(constant, (warmup, 150)) == pytest.approx(expected, rel=1e-6)


@given(runs(shortest_warmup=2).filter(lambda run: run[0] < run[1]))
def test_one_cycle_is_torchs(run):
    warmup, total = run
    expected = torch_factors(
        total,
        lambda sgd: torch.optim.lr_scheduler.OneCycleLR(
            sgd, max_lr=1, total_steps=total, pct_start=warmup / total, cycle_momentum=False
        ),
    )
    assert factors(one_cycle, run) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_loop_multiplies_the_peak_by_the_factor_of_the_step(name):
    config = {**vars(CONFIG), "schedule": name, "warmup_steps": 9, "learning_rate": 0.02}
    _, result = trained(type(CONFIG)(**config))
    expected = [0.02 * SCHEDULES[name](step, 9, 28) for step in (7, 14, 21, 28)]
    assert result.history["learning_rate"].tolist() == expected


def test_a_rate_that_falls_shortens_the_steps():
    assert math.isclose(factors(linear, (0, 4))[-1], 1 / 4)
    far, near = (
        trained(type(CONFIG)(**{**vars(CONFIG), "schedule": name}))[0]
        for name in ("constant", "linear")
    )
    start = trained(type(CONFIG)(**{**vars(CONFIG), "learning_rate": 1e-12}))[0]

    def moved(network):
        return sum(
            (a - b).norm() for a, b in zip(network.parameters(), start.parameters(), strict=True)
        )

    assert moved(near) < 0.9 * moved(far)
