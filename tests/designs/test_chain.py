"""Chains: the shortest path is what trying every chain finds."""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.designs.chain import ChainError, Search, blocks_of
from cnncalc.designs.design import facts
from cnncalc.designs.goal import COSTS, read_goal
from cnncalc.designs.report import solve_chain
from cnncalc.errors import ShapeError
from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape

LONGEST = 3

FAMILIES = (
    ("convK-4/S,dD", {"K": (2, 3), "S": (1, 2), "D": (1, 2)}),
    ("convK-4/S,same,dD", {"K": (1, 3), "S": (1, 2), "D": (1, 4)}),
    ("convK-C,p1 relu", {"K": (2, 3), "C": (2, 5)}),
    ("dwconvK/S,same conv1-4", {"K": (2, 5), "S": (1, 2)}),
)


@cache
def tried(family: int, input: Shape) -> list[tuple[bool, dict[str, float]]]:
    """Every chain of a few blocks, by the analysis: whether a layer leaves holes, and the numbers of all of it."""
    blocks = [block.text for block in blocks_of([FAMILIES[family][0]], FAMILIES[family][1])]
    known: dict[tuple[str, ...], tuple[bool, dict[str, float]]] = {(): (False, {})}
    for length in range(1, LONGEST + 1):
        for chosen in product(blocks, repeat=length):
            if chosen[:-1] not in known:
                continue
            try:
                whole = facts(parse(" ".join(chosen)), input)
            except ShapeError:
                continue
            holes = known[chosen[:-1]][0] or any(axis.read != axis.size for axis in whole.axes)
            known[chosen] = holes, whole.measures
    return [entry for chosen, entry in known.items() if chosen]


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_the_cheapest_chain_is_the_cheapest_of_all(seed: int) -> None:
    """Whatever is to be least, required, and allowed; a longer chain than is tried may only be cheaper."""
    random = Random(seed)
    family = random.randrange(len(FAMILIES))
    text, variables = FAMILIES[family]
    input = Shape((random.choice([7, 30]),), 4)
    least, holes = random.choice(COSTS), random.random() < 0.5
    require = [f"rf>={random.randint(2, 12)}"]
    if random.random() < 0.4:
        require.append(f"jump{random.choice(['<=', '>=', '=='])}{random.choice([1, 2, 4])}")
    if random.random() < 0.4:
        require.append(f"parameters<={random.randint(50, 300)}")
    if random.random() < 0.2:
        require.append(f"rf<={random.randint(5, 14)}")
    goal = read_goal(require, least)
    outcome = Search(blocks_of([text], variables), goal, holes).run(input)
    costs = [numbers[least] for gaps, numbers in tried(family, input) if (holes or not gaps) and goal.met(numbers)]
    if outcome.best is None:
        assert outcome.exhaustive
        assert not costs
    elif len(outcome.best.blocks) <= LONGEST:
        assert outcome.best.measures[least] == min(costs)
    elif costs:
        assert outcome.best.measures[least] <= min(costs)


@settings(max_examples=15)
@given(st.integers(0, 10**9))
def test_the_largest_field_within_a_budget_is_the_largest_of_all(seed: int) -> None:
    """With a budget that no longer chain keeps."""
    random = Random(seed)
    text, variables = FAMILIES[0]
    input, holes = Shape((30,), 4), random.random() < 0.5
    goal = read_goal([f"layers<={random.randint(1, LONGEST)}", f"macs<={random.randint(500, 9000)}"], most="rf")
    outcome = Search(blocks_of([text], variables), goal, holes).run(input)
    fields = [numbers["rf"] for gaps, numbers in tried(0, input) if (holes or not gaps) and goal.met(numbers)]
    assert outcome.exhaustive
    assert (outcome.best.field if outcome.best else None) == (max(fields) if fields else None)


def test_a_label_says_what_the_analysis_says() -> None:
    """The numbers that are added up on the way are those of the whole chain."""
    goal = read_goal(["rf>=40"], "macs")
    blocks = blocks_of(["convK-8/S,dD bn relu"], {"K": (2, 3), "S": (1, 2), "D": (1, 2, 4)})
    label = Search(blocks, goal).run(Shape((100, 100), 3)).best
    assert label is not None
    network = parse(" ".join(block.text for block in label.blocks))
    assert facts(network, Shape((100, 100), 3)).measures == label.measures


def test_a_temporal_network_of_a_thousand_steps() -> None:
    """Bai et al. 2018 double the dilation: 9 layers of kernel 3 without holes. Five of kernel 4, each four times as far
    apart, see 4^5 = 1024, and no five layers of fewer weights see 1,000: the product of five kernels has to reach it."""
    input, goal = Shape((16000,), 64), read_goal(["rf>=1000"])
    doubled = {"D": tuple(2**n for n in range(10))}
    (tcn,) = solve_chain(["conv3-64,dD"], doubled, input, goal).designs
    assert (tcn.parameters, tcn.layers, tcn.field, tcn.read) == (9 * 64 * (3 * 64 + 1), 9, 1023, 1023)
    free = {"K": tuple(range(2, 10)), "S": (1, 2), **doubled}
    (best,) = solve_chain(["convK-64/S,same,dD"], free, input, goal).designs
    assert (best.parameters, best.layers, best.field, best.read) == (5 * 64 * (4 * 64 + 1), 5, 1024, 1024)
    (holed,) = solve_chain(["conv3-64,dD"], doubled, input, goal, holes=True).designs
    assert (holed.layers, holed.field, holed.read) == (1, 1025, 3)


def test_what_can_not_be_reached_is_told_with_what_can() -> None:
    """A map of 20 has no field of 30 without padding."""
    answer = solve_chain(["conv3-4"], {}, Shape((20,), 4), read_goal(["rf>=30"]))
    assert answer.designs == ()
    assert answer.exhaustive
    assert answer.largest is not None
    assert answer.largest.field == 19


@pytest.mark.parametrize("text", ["convT2-4/2", "globalavgpool", "conv3x1-4", "fc4", "up2"])
def test_a_block_without_one_window_is_refused(text: str) -> None:
    """Phases, whole inputs and axes that differ have no single field to add up."""
    with pytest.raises(ChainError, match=f"{text} is no block of a chain"):
        blocks_of([text], {})
