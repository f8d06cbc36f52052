"""Sweeps: every row is what the program says of that configuration alone."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncalc.notation.parsing import parse
from cnncalc.sweeps.compute import Frame, Sweep, joined
from cnncalc.sweeps.edits import network_family, read_edits
from cnncalc.sweeps.family import template_family
from cnncalc.zoo import load
from tests.sweeps.families import INPUTS, VALUES, Alone, alone, row_of, template


def compare(sweep: Sweep, frame: Frame, places: list[int]) -> int:
    """Hold rows against the program; how many of them were networks."""
    valid = 0
    for place in places:
        values = sweep.grid.at(int(frame["index"][place]))
        assert {name: int(frame[name][place]) for name in values} == values
        expected, row = alone(sweep.family, values), row_of(sweep, frame, place)
        if expected.flaw == ("", ""):  # a word that is no layer: the parser points at it in words of its own
            assert row.flaw is not None, values
        else:
            assert row == expected, values
        valid += expected.flaw is None
    return valid


@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_a_row_is_what_the_program_says_of_that_configuration(seed: int) -> None:
    """Counts, shapes and fields of random templates, and the same layer with the same reason where there is no network."""
    random = Random(seed)
    family = template_family(template(random), random.choice(INPUTS))
    names = random.sample(family.names, len(family.names))
    sweep = Sweep(family, {name: VALUES[name] for name in names})
    first = random.randrange(sweep.grid.size)
    stop = min(sweep.grid.size, first + random.choice([20, 200]))
    blocks = [sweep.block(block) for block in sweep.grid.blocks(first, stop, random.choice([7, 64, 1000]))]
    frame = joined(blocks)
    assert frame["index"].tolist() == list(range(first, stop))
    compare(sweep, frame, random.sample(range(stop - first), min(stop - first, 20)))
    chosen = sorted(random.sample(range(sweep.grid.size), min(10, sweep.grid.size)))
    compare(sweep, sweep.rows(chosen), list(range(len(chosen))))


def test_the_comparison_can_fail() -> None:
    """A row of another configuration is noticed."""
    sweep = Sweep(template_family("convK-C", "16x16x3"), {"K": (3, 5), "C": (4, 8)})
    frame = sweep.rows([0, 3])
    turned = Frame(
        {
            **{name: frame[name] for name in frame if name not in ("reason", "layer")},
            "parameters": frame["parameters"][::-1],
            **{name: frame[name].codes for name in ("reason", "layer")},
        },
        (2,),
        {"reason": [""], "layer": [""]},
    )
    assert compare(sweep, frame, [0, 1]) == 2
    with pytest.raises(AssertionError, match="K"):
        compare(sweep, turned, [0])


@pytest.mark.parametrize(
    ("name", "edit", "values", "sizes", "input"),
    [
        ("resnet18", "layer4.*.dilation", (1, 2, 4), (64, 224), "IxIx3"),
        ("resnet18", "conv1.kernel", (3, 5, 7), (64, 224), "IxIx3"),
        ("vgg11", "*.filters", (8, 16), (64, 224), "IxIx3"),
        ("unet", "bottom.*.dilation", (1, 2, 8), (188, 572), "IxIx1"),
        ("mobilenet-v2", "*.stride", (1, 2), (64, 224), "IxIx3"),
    ],
)
def test_networks_that_are_there_are_varied_by_edits(
    name: str, edit: str, values: tuple[int, ...], sizes: tuple[int, ...], input: str
) -> None:
    """Each row is what the program says of the notation of that network."""
    edits, more = read_edits([f"{edit}={','.join(map(str, values))}"])
    family = network_family(load(name), edits, input)
    sweep = Sweep(family, {**more, "I": sizes})
    places = list(range(sweep.grid.size))
    compare(sweep, sweep.rows(places), places)


def test_numbers_beyond_64_bits_are_exact() -> None:
    """4·10^9 squared channels on a map of as many places: counted by Python's own numbers, to the last digit."""
    huge = 4_000_000_001
    sweep = Sweep(template_family("conv1-C,nobias", "IxIx1"), {"C": (1, huge), "I": (1, huge)})
    frame = sweep.rows([0, 3])
    assert frame["macs"].tolist() == [1, huge**3]
    assert huge**3 > 2**63


def test_machine_numbers_are_used_where_they_hold_everything() -> None:
    """And only there: one bit decides."""
    small = Sweep(template_family("conv1-C,nobias", "1x1x1"), {"C": (1, 2**40)})
    large = Sweep(template_family("conv1-C,nobias conv1-C,nobias", "1x1x1"), {"C": (1, 2**40)})
    assert small.rows([0])["macs"].dtype == np.int64
    assert large.rows([1])["macs"].tolist() == [2**40 + 2**80]


def test_deep_residual_networks_stay_with_machine_numbers() -> None:
    """Bounds don't grow from block to block where nothing else does."""
    text = "convK-C,same a: ( add( convK-C,same,dD relu convK-C,same | ) ) x50 globalavgpool fc10"
    sweep = Sweep(template_family(text, "IxIx3"), {"K": (3, 5, 7), "C": (16, 512), "D": (1, 2), "I": (32, 224)})
    assert sweep.rows([5])["macs"].dtype == np.int64
    assert compare(sweep, sweep.rows([0, 23]), [0, 1]) == 2


def test_a_part_of_the_grid_is_computed_once() -> None:
    """What does not depend on a variable is not spread over its values until somebody looks."""
    sweep = Sweep(template_family("convK-C", "IxIx3"), {"K": (3, 5), "C": tuple(range(1, 101)), "I": (32, 64)})
    frame = sweep.block(next(sweep.grid.blocks(0, 400, 1000)))
    assert np.asarray(frame._columns["field"]).size == 2
    assert np.asarray(frame._columns["parameters"]).size == 200
    assert frame["parameters"].size == 400


def test_what_arrays_have_no_rule_for_is_asked_one_by_one() -> None:
    """Transposed convolutions have phases; the numbers are those of the program all the same."""
    sweep = Sweep(template_family("conv3-8 convTK-8/2", "16x16x3"), {"K": (2, 4)})
    assert not sweep.on_arrays
    assert compare(sweep, sweep.rows([0, 1]), [0, 1]) == 2


def test_alone_reads_the_very_text() -> None:
    """What rows are held against comes from the parser, not from the template."""
    family = template_family("convK-8", "5x5x3")
    assert parse(family.write({"K": 3})).nodes[0].layer.kernel == (3,)  # type: ignore[attr-defined]
    assert alone(family, {"K": 3}) == Alone((224, 1944, 288), ((3, 3, 1), (3, 3, 1)), (3, 3, 8))
