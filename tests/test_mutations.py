"""Every formula, broken by hand in every way that is easy to get wrong, is noticed by the checks."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from cnncalc import counting, formulas
from cnncalc.layers import kind
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape
from tests import plain

MUTANTS = (
    # the window that a kernel spans
    ("dilation * (kernel - 1) + 1", "dilation * (kernel - 1)"),
    ("dilation * (kernel - 1) + 1", "dilation * kernel + 1"),
    ("dilation * (kernel - 1) + 1", "dilation * kernel"),
    ("dilation * (kernel - 1) + 1", "dilation + kernel - 1 + 1"),
    ("where(dilation == 1, kernel, dilation * (kernel - 1) + 1)", "kernel"),
    # where it fits
    (
        "(size + padding - window(kernel, dilation)) // stride + 1",
        "(size + padding - window(kernel, dilation)) // stride",
    ),
    ("(size + padding - window(kernel, dilation)) // stride + 1", "(size + padding - kernel) // stride + 1"),
    ("(size + padding - window(kernel, dilation)) // stride + 1", "(size - window(kernel, dilation)) // stride + 1"),
    ("(size + padding - window(kernel, dilation)) // stride + 1", "(size + padding - window(kernel, dilation)) + 1"),
    (
        "(size + padding - window(kernel, dilation)) // stride + 1",
        "-(-(size + padding - window(kernel, dilation)) // stride) + 1",
    ),
    (
        "(size + padding - window(kernel, dilation)) // stride + 1",
        "(size + 2 * padding - window(kernel, dilation)) // stride + 1",
    ),
    ("rounded - (rounded > fitting) * (fitting * stride >= size + before)", "fitting"),
    ("rounded - (rounded > fitting) * (fitting * stride >= size + before)", "rounded"),
    ("(rounded > fitting) * (fitting * stride >= size + before)", "(fitting * stride >= size + before)"),
    ("(rounded > fitting) * (fitting * stride >= size + before)", "(rounded > fitting)"),
    ("fitting * stride >= size + before", "fitting * stride > size + before"),
    ("fitting * stride >= size + before", "fitting * stride >= size"),
    ("fitting * stride >= size + before", "rounded * stride >= size + before"),
    ("fitting = positions(size, padding, kernel", "fitting = positions(size, padding + 1, kernel"),
    ("positions(size + stride - 1, padding", "positions(size + stride, padding"),
    ("positions(size + stride - 1, padding", "positions(size, padding"),
    ("(size + stride - 1) // stride", "size // stride"),
    ("(size + stride - 1) // stride", "(size + stride) // stride"),
    (
        "(positions_same(size, stride) - 1) * stride + window(kernel, dilation) - size, 0",
        "window(kernel, dilation) - 1, 0",
    ),
    ("(positions_same(size, stride) - 1) * stride", "positions_same(size, stride) * stride"),
    ("+ window(kernel, dilation) - size, 0)", "+ kernel - size, 0)"),
    ("(size - 1) * stride - padding + window", "size * stride - padding + window"),
    ("- padding + window(kernel, dilation) + output_padding", "+ padding + window(kernel, dilation) + output_padding"),
    ("- padding + window(kernel, dilation) + output_padding", "- padding + kernel + output_padding"),
    ("- padding + window(kernel, dilation) + output_padding", "- padding + window(kernel, dilation)"),
    # what a filter sums, and how often
    ("where(groups == 1, channels, channels // groups)", "channels"),
    ("where(groups == 1, channels, channels // groups)", "1"),
    ("where(groups == 1, channels, channels // groups)", "groups"),
    ("product((*kernel, where", "product((kernel[0], where"),
    ("return filters * fan_in", "return filters + fan_in"),
    ("return filters * fan_in", "return fan_in"),
    ("return filters * (fan_in + bias)", "return filters * fan_in + bias"),
    ("return filters * (fan_in + bias)", "return filters * fan_in"),
    ("return filters * (fan_in + bias)", "return filters * (fan_in + 1)"),
    ("return filters * (fan_in + bias)", "return filters * (fan_in - bias)"),
    ("return outputs * fan_in", "return outputs * (fan_in + 1)"),
    ("return outputs * fan_in", "return 2 * outputs * fan_in"),
    ("return outputs * fan_in", "return outputs"),
    ("return 2 * macs", "return macs"),
    ("return 2 * macs", "return 3 * macs"),
    # how far a unit sees
    ("field + (window(kernel, dilation) - 1) * jump", "field + window(kernel, dilation) * jump"),
    ("field + (window(kernel, dilation) - 1) * jump", "field + (kernel - 1) * jump"),
    ("field + (window(kernel, dilation) - 1) * jump", "field + (window(kernel, dilation) - 1)"),
    ("field + (window(kernel, dilation) - 1) * jump", "field + window(kernel, dilation) - 1 * jump"),
    ("return jump * stride", "return jump + stride"),
    ("return jump * stride", "return stride"),
    ("start - before * jump", "start + before * jump"),
    ("start - before * jump", "start - before"),
    ("start - before * jump", "start"),
)
"""What stands in ``formulas.py``, and what stands there in the mutant."""

CEILED = tuple(
    (size, before, after, kernel, stride)
    for size in range(3, 7)
    for before in (0, 1)
    for after in (0, 1, 2)
    for kernel in (2, 3)
    for stride in (2, 3)
)
"""Small pools, on which rounding up is checked against moving a window until it begins past the input."""

LAYERS: tuple[tuple[Layer, Shape], ...] = tuple(
    (kind(name)(**options), shape)
    for name, options, shape in (
        ("Conv", {"kernel": (3, 2), "filters": 4, "padding": 1, "groups": 2}, Shape((6, 5), 4)),
        ("Conv", {"kernel": 3, "filters": 2, "stride": 2, "dilation": 2, "bias": False}, Shape((9, 8), 3)),
        ("Conv", {"kernel": 3, "filters": 2, "stride": 2, "padding": "same"}, Shape((7,), 2)),
        ("Local", {"kernel": 2, "filters": 3, "stride": 2}, Shape((5, 4), 2)),
        ("Local", {"kernel": 2, "filters": 3, "shared_bias": True}, Shape((4, 4), 2)),
        ("Separable", {"kernel": 3, "filters": 5}, Shape((5, 5), 3)),
        ("Depthwise", {"kernel": 4, "dilation": 3}, Shape((13, 11), 3)),
        ("Dense", {"units": 7}, Shape((3, 3), 2)),
    )
)


def counts_agree() -> None:
    """Counts and worked lines of some layers against plain counting."""
    for layer, shape in LAYERS:
        found, output, count = plain.count(layer, shape), layer.output(shape), counting.count(layer, shape)
        assert (output.space, output.channels) == (found.space, found.channels)
        assert (count.weights, count.biases, count.macs) == (found.weights, found.biases, found.macs)
        assert count.flops == found.macs + found.macs
        assert counting.worked(layer, shape) == found.weights + found.biases


def sizes_agree() -> None:
    """Sizes that only pools, ``same`` and transposed convolutions use, against published values and loops."""
    assert formulas.positions_ceil(112, 0, 0, 3, 2) == 56  # GoogLeNet's first pool, in Caffe
    for size, before, after, kernel, stride in CEILED:
        fitting = plain.starts(size, before, after, kernel, stride, 1)
        covered = fitting[-1] + kernel == size + after
        more = not covered and fitting[-1] + stride < size
        assert formulas.positions_ceil(size, before + after, before, kernel, stride) == len(fitting) + more
    assert (formulas.padding_same(224, 7, 2), formulas.padding_same(6, 3, 2)) == (5, 1)  # tensornets#25, MIPVerify#23
    assert formulas.padding_same(8, 3, 1, 2) == 4
    assert formulas.positions_transposed(2, 0, 3, 1) == 4  # Dumoulin & Visin, relation 8
    assert formulas.positions_transposed(2, 0, 3, 2) == 5  # relation 12
    assert formulas.positions_transposed(3, 2, 3, 2, 2, 1) == 8 + 1 - 2 + 1  # last of the stamps, 2·2 + 2·2


def fields_agree() -> None:
    """Three windows with strides, dilation and padding, against the sets of inputs they reach."""
    stack = ((3, 2, 1, 1), (3, 1, 2, 2), (2, 3, 1, 1))
    size, jump, start = 1, 1, 0
    for kernel, stride, dilation, padding in stack:
        start = formulas.field_start(start, jump, padding)
        size = formulas.field_size(size, jump, kernel, dilation)
        jump = formulas.field_jump(jump, stride)
    reached = []
    for unit in (0, 1):
        units = {unit}
        for kernel, stride, dilation, padding in reversed(stack):
            units = {one * stride - padding + tap * dilation for one in units for tap in range(kernel)}
        reached.append(units)
    first, second = reached
    assert (size, jump, start) == (max(first) - min(first) + 1, min(second) - min(first), min(first))


CHECKS = (counts_agree, sizes_agree, fields_agree)

SOURCE = Path(str(formulas.__file__)).read_text(encoding="utf-8")


def _formulas() -> list[str]:
    own = {name for name, value in vars(formulas).items() if getattr(value, "__module__", "") == formulas.__name__}
    return sorted(own - {"in_letters"})


def _fails() -> bool:
    for check in CHECKS:
        try:
            check()
        except (AssertionError, ArithmeticError, LookupError, ValueError):
            return True
    return False


def test_the_formulas_pass_as_they_stand() -> None:
    """The checks find nothing wrong with the real formulas, so that a failure below is the mutant's."""
    for check in CHECKS:
        check()


@pytest.mark.parametrize(("right", "wrong"), MUTANTS)
def test_every_mutant_is_killed(right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one expression of formulas.py changed, some check fails."""
    assert SOURCE.count(right) >= 1, "the list speaks of an expression that is no longer there"
    mutant = ModuleType("mutant")
    exec(compile(SOURCE.replace(right, wrong), "mutant", "exec"), vars(mutant))
    for name in _formulas():
        monkeypatch.setattr(formulas, name, getattr(mutant, name))
    assert _fails()


def test_every_formula_has_a_mutant() -> None:
    """No function of formulas.py is left out of the list."""
    touched = set()
    for right, _wrong in MUTANTS:
        touched |= {part.split("(")[0] for part in SOURCE.split("\ndef ")[1:] if right in part}
    assert sorted(touched) == _formulas()
