"""What follows from a layer's filter banks: weights, biases, parameters, MACs, and the worked lines.

One function each, for every kind. With ``worked=True`` sizes become `Term`, and so does the answer.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import NamedTuple

from cnncalc import formulas
from cnncalc.errors import InputTypeError
from cnncalc.language import _
from cnncalc.layers.base import FilterBank, Layer, at
from cnncalc.layers.sliding import Sliding
from cnncalc.shapes import AnyShape, Shape
from cnncalc.symbols import Term

CONVENTIONS = {
    "macs": "one multiplication with its addition; products with padding count, while biases, normalisation, "
    "activations and pooling have none; FLOPs are 2 * MACs",
    "flops": "2 * MACs: each multiplication and each addition is one operation; bias_additions are not in it",
    "bias_additions": "one for every output number of a layer with products that has a bias",
    "parameters": "learnable numbers; buffers are stored but not learnt; weights used twice count once",
}
"""What the counts mean, as every JSON answer that has them states; not translated."""


class Count(NamedTuple):
    """All counts of one layer on one input: whole numbers, of numbers (not bytes)."""

    weights: int
    biases: int
    buffers: int
    macs: int
    bias_additions: int = 0

    @property
    def parameters(self) -> int:
        return self.weights + self.biases

    @property
    def flops(self) -> int:
        """Two for every MAC, its multiplication and its addition; those of the biases are apart."""
        return formulas.flops(self.macs)


def count(layer: Layer, shape: AnyShape, output: Shape | None = None) -> Count:
    """Every count at once; ``output`` saves computing the output shape again.

    >>> from cnncalc.layers.conv import Conv
    >>> count(Conv(3, 64), Shape((224, 224), 3))
    Count(weights=1728, biases=64, buffers=0, macs=85162752, bias_additions=3154176)
    """
    shape = of_layer(layer, shape)
    output = output or layer.output(shape)
    return tally(layer.banks(shape, output), output.numbers, layer.buffers(shape))


def of_layer(layer: Layer, shape: AnyShape) -> Shape:
    """The shape that is meant for a layer; `InputTypeError` where there is none to speak of."""
    if not isinstance(layer, Layer):
        raise InputTypeError(_("{type} is not a layer: give one such as Conv(3, 64)").format(type=type(layer).__name__))
    return Shape.of(shape)


def tally(banks: tuple[FilterBank, ...], numbers: int, buffers: int = 0) -> Count:
    """The counts of the filter banks of a layer that puts out so many ``numbers``.

    >>> tally((FilterBank(filters=64, fan_in=27, bias=1, outputs=222 * 222 * 64),), 222 * 222 * 64)
    Count(weights=1728, biases=64, buffers=0, macs=85162752, bias_additions=3154176)
    """
    weights = biases = macs = 0
    for filters, fan_in, bias, outputs in banks:
        weights += formulas.weights(filters, fan_in)
        biases += filters * bias
        macs += formulas.macs(outputs, fan_in)
    return Count(weights, biases, buffers, macs, bias_additions(banks, numbers) if macs else 0)


def bias_additions(banks: tuple[FilterBank, ...], numbers: int) -> int:
    """How often a bias is added: to each output of its bank, or to all ``numbers`` where its bank forms none.

    Of layers with products: the shift of a norm is part of the norm.

    >>> bias_additions((FilterBank(8, 27, 0, 392), FilterBank(8, 0, 1, 0)), 392)
    392
    """
    return sum(bank.outputs or numbers for bank in banks if bank.bias)


def parameters(layer: Layer, shape: AnyShape) -> int:
    """Learnable numbers: weights and biases.

    >>> from cnncalc.layers.local import Local
    >>> parameters(Local(3), Shape((5, 5), 1))
    90
    """
    return count(layer, shape).parameters


def weights(layer: Layer, shape: AnyShape) -> int:
    """Parameters that multiply an input.

    >>> from cnncalc.layers.dense import Dense
    >>> weights(Dense(4096), Shape((224, 224), 3))
    616562688
    """
    return count(layer, shape).weights


def biases(layer: Layer, shape: AnyShape) -> int:
    """Parameters that are added: one per filter, as the kind tells."""
    return count(layer, shape).biases


def buffers(layer: Layer, shape: AnyShape) -> int:
    """Numbers that are stored but not learnt: the running statistics of batch normalisation."""
    shape = of_layer(layer, shape)
    return layer.buffers(shape)


def macs(layer: Layer, shape: AnyShape) -> int:
    """Multiplications, each with its addition; those with padding zeros count, biases do not.

    >>> from cnncalc.layers.transposed import Transposed
    >>> macs(Transposed(2, 4, stride=2), Shape((8, 8), 16))
    16384
    """
    return count(layer, shape).macs


def worked(layer: Layer, shape: AnyShape, output: Shape | None = None) -> Term:
    """The parameters as a `Term` that shows how they are counted.

    >>> from cnncalc.layers.conv import Conv
    >>> term = worked(Conv(3, 64), Shape((224, 224), 3))
    >>> print(term, "=", int(term), "|", term.symbols())
    64·(3·3·3 + 1) = 1792 | C_out·(k_h·k_w·C_in + 1)
    """
    return worked_tally(symbolic_banks(layer, shape, output))


def worked_tally(banks: tuple[FilterBank, ...]) -> Term:
    """The parameters of filter banks with `Term` sizes.

    >>> print(worked_tally((FilterBank(Term(64), Term(27), 1, Term(222 * 222 * 64)),)))
    64·(27 + 1)
    """
    return _sum([formulas.parameters(bank.filters, bank.fan_in, bank.bias) for bank in banks if bank.filters])


def worked_macs(layer: Layer, shape: AnyShape, output: Shape | None = None) -> Term:
    """The MACs as a `Term`.

    >>> from cnncalc.layers.conv import Conv
    >>> print(worked_macs(Conv(3, 64), Shape((224, 224), 3)))
    222·222·64·3·3·3
    """
    banks = symbolic_banks(layer, shape, output)
    return _sum([formulas.macs(bank.outputs, bank.fan_in) for bank in banks if bank.outputs])


def worked_positions(layer: Sliding, shape: Shape) -> tuple[Term, ...]:
    """How many places a window takes on each axis, as `Term`.

    >>> from cnncalc.layers.conv import Conv
    >>> print(*worked_positions(Conv(3, 64, stride=(1, 2), padding=1), Shape((224, 224), 3)))
    (224 + 2 − 3)/1 + 1 ⌊(224 + 2 − 3)/2⌋ + 1
    """
    return tuple(_worked_position(layer, axis, size) for axis, size in enumerate(shape.symbolic().space))


def _worked_position(layer: Sliding, axis: int, size: int) -> Term:
    stride = Term(at(layer.stride, axis), "s")
    if isinstance(layer.padding, str):
        return _sum([formulas.positions_same(size, stride)])
    padding = Term(sum(layer.sides(axis, int(size))), "p")
    kernel, dilation = at(layer.kernel, axis), at(layer.dilation, axis)
    return _sum([formulas.positions(size, padding, Term(kernel, "k"), stride, Term(dilation, "d"))])


def symbolic_banks(layer: Layer, shape: AnyShape, output: Shape | None = None) -> tuple[FilterBank, ...]:
    """The filter banks with `Term` sizes that carry their letters: H, W, C_in; H', W', C_out; k, g."""
    shape = of_layer(layer, shape)
    named = layer.symbolic()
    made = (output or layer.output(shape)).symbolic("'", "C_out")
    return named.banks(shape.symbolic(), made)


def _sum(terms: list[int]) -> Term:
    total = reduce(add, terms, 0)
    return total if isinstance(total, Term) else Term(total)
