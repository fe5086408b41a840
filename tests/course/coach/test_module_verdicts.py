"""Verdicts on answers that are modules."""

import dataclasses

import pytest
import torch

from course.coach import ModuleProbe, State, judge

GATE = """
class Gate(nn.Module):
    def __init__(self, width):
        super(Gate, self).__init__()
        {init}

    def forward(self, x):
        {forward}
"""


@pytest.mark.parametrize("forward", ["...", "raise NotImplementedError"])
def test_a_class_with_an_empty_method_is_not_attempted(verdict_on, forward):
    assert verdict_on(GATE.format(init="...", forward=forward)).state is State.NOT_ATTEMPTED
    given = GATE.format(init="self.project = nn.Linear(width, width)", forward=forward)
    assert verdict_on(given).state is State.NOT_ATTEMPTED


def test_a_module_is_judged_with_the_reference_s_weights_whatever_its_own_initialisation(
    verdict_on,
):
    init = "self.project = nn.Linear(width, width); nn.init.zeros_(self.project.weight)"
    assert verdict_on(GATE.format(init=init, forward="return x * self.project(x).sigmoid()")).right


def test_a_module_s_misconception_is_told(verdict_on):
    init = "self.project = nn.Linear(width, width)"
    verdict = verdict_on(GATE.format(init=init, forward="return self.project(x).sigmoid()"))
    assert verdict.says == ("You return the gate, not what passes it.",)


def test_a_bias_that_starts_at_zero_can_not_hide_that_it_is_lost(toy):
    class Shift(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = torch.nn.Parameter(torch.zeros(2))
            self.table = torch.nn.Embedding(3, 2, padding_idx=0)

        def forward(self, items):
            return self.table(items) + self.bias

    class Lost(Shift):
        def forward(self, items):
            return self.table(items)

    class PaddingRow(Shift):
        def forward(self, items):
            return torch.where((items == 0)[:, None], 0, self.table(items)) + self.bias

    def shift_of(perturb):
        probe = ModuleProbe((torch.tensor([0, 1, 2]),), perturb=perturb)
        return dataclasses.replace(
            toy.gate, reference=Shift, probes=lambda rng: [probe], misconceptions=()
        )

    assert judge(shift_of(0.0), Lost).right
    assert judge(shift_of(0.1), Lost).state is State.WRONG
    # noise would break the promise that padding is zero
    assert judge(shift_of(0.1), PaddingRow).right


def test_other_parameter_names_and_shapes_are_told(verdict_on):
    verdict = verdict_on(
        GATE.format(
            init="self.p = nn.Linear(width, width)", forward="return x * self.p(x).sigmoid()"
        )
    )
    assert verdict.state is State.WRONG_PARAMETERS
    assert "lacks `project.weight`, `project.bias`" in verdict.says[0]
    verdict = verdict_on(
        GATE.format(
            init="self.project = nn.Linear(width, 1)",
            forward="return x * self.project(x).sigmoid()",
        )
    )
    assert "`project.weight` has shape (1, 2), expected (2, 2)" in verdict.says[0]
