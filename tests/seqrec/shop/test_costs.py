"""What more data would cost: straight on from the last two measurements."""

import pytest

from seqrec.shop.costs import marginal_costs, projected_cost


def test_a_cost_of_starting_is_paid_once():
    sizes = [10, 100, 1_000]
    costs = [60 + 0.5 * size for size in sizes]
    assert marginal_costs(sizes, costs) == pytest.approx([0.5, 0.5])
    assert projected_cost(10**6, sizes, costs) == pytest.approx(60 + 0.5 * 10**6)
    assert projected_cost(1_000, sizes, costs) == costs[-1]


@pytest.mark.parametrize(
    ("size", "sizes", "costs", "message"),
    [
        (9, [1, 10], [1, 2], "up to 10 was measured"),
        (99, [10, 1], [1, 2], "must rise"),
        (99, [10], [1], "2 or more"),
        (99, [1, 10], [1, 2, 3], "of one length"),
    ],
)
def test_what_says_nothing_about_more_is_refused(size, sizes, costs, message):
    with pytest.raises(ValueError, match=message):
        projected_cost(size, sizes, costs)
