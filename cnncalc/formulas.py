"""Every formula of the calculator, once, as plain arithmetic.

Each function runs on `int`; on `Term`, which remembers how it was computed, so that the number, the worked line and
the LaTeX come from the same code; and on whole-number arrays. The first example of each is what it computes, printed
in the letters below, so that it reads as in a textbook.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), §9.5; Dumoulin, Visin, *A guide to convolution
arithmetic for deep learning* (2016); Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional Neural
Networks* (2019).
"""

from __future__ import annotations

from types import FunctionType

from cnncalc.symbols import Term, maximum, product, where

LETTERS = {
    "size": "n",
    "kernel": "k",
    "stride": "s",
    "dilation": "d",
    "padding": "p",
    "before": "p_1",
    "output_padding": "a",
    "field": "r",
    "jump": "j",
    "start": "u",
    "channels": "C",
    "groups": "g",
    "filters": "N",
    "fan_in": "F",
    "bias": "b",
    "outputs": "M",
    "macs": "m",
}
"""The letter of every parameter. ``padding`` is both sides together, ``before`` the part of it in front."""


def window(kernel: int, dilation: int = 1) -> int:
    """How many inputs a dilated kernel spans; below, *w* stands for it.

    >>> in_letters(window), in_letters(window, dilation=1)
    ('d·(k − 1) + 1', 'k')
    >>> window(3), window(3, dilation=2)
    (3, 5)
    """
    # the numbers agree without this, but a window without holes is written k, not 1·(k − 1) + 1
    return where(dilation == 1, kernel, dilation * (kernel - 1) + 1)


def positions(size: int, padding: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """Where a window fits on one axis: ⌊(n + p − w)/s⌋ + 1 (Dumoulin & Visin, rel. 6).

    >>> in_letters(positions)
    '⌊(n + p − (d·(k − 1) + 1))/s⌋ + 1'
    >>> positions(224, 0, 3, 1), positions(5, 0, 3, 1), positions(224, 6, 7, 2)
    (222, 3, 112)
    """
    return (size + padding - window(kernel, dilation)) // stride + 1


def positions_ceil(size: int, padding: int, before: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """The same rounded up, ⌈(n + p − w)/s⌉ + 1, without a window that only rounding put behind the last input.

    That exception is PyTorch's: such a window would start in the padding at the end.

    >>> in_letters(positions_ceil)
    '⌊(n + s − 1 + p − (d·(k − 1) + 1))/s⌋ + 1'
    >>> positions_ceil(112, 0, 0, 3, 2), positions_ceil(5, 2, 1, 2, 2)
    (56, 3)
    """
    fitting = positions(size, padding, kernel, stride, dilation)
    rounded = positions(size + stride - 1, padding, kernel, stride, dilation)
    return rounded - (rounded > fitting) * (fitting * stride >= size + before)


def positions_same(size: int, stride: int) -> int:
    """TensorFlow's ``same``: ⌈n/s⌉.

    >>> in_letters(positions_same)
    '⌊(n + s − 1)/s⌋'
    >>> positions_same(224, 2), positions_same(7, 2)
    (112, 4)
    """
    return (size + stride - 1) // stride


def padding_same(size: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """What ``same`` pads: max((⌈n/s⌉ − 1)·s + w − n, 0).

    >>> in_letters(padding_same)
    'max((⌊(n + s − 1)/s⌋ − 1)·s + d·(k − 1) + 1 − n, 0)'
    >>> padding_same(224, 7, 2), padding_same(6, 3, 2), padding_same(5, 3, 1)
    (5, 1, 2)
    """
    return maximum((positions_same(size, stride) - 1) * stride + window(kernel, dilation) - size, 0)


def positions_transposed(
    size: int, padding: int, kernel: int, stride: int, dilation: int = 1, output_padding: int = 0
) -> int:
    """The size a transposed convolution gives: (n − 1)·s − p + w + a (Dumoulin & Visin, rel. 14).

    >>> in_letters(positions_transposed)
    '(n − 1)·s − p + d·(k − 1) + 1 + a'
    >>> positions_transposed(2, 0, 3, 2), positions_transposed(112, 2, 4, 2)
    (5, 224)
    """
    return (size - 1) * stride - padding + window(kernel, dilation) + output_padding


def fan_in(kernel: tuple[int, ...], channels: int, groups: int = 1) -> int:
    """How many inputs one output of a sliding window sums.

    >>> in_letters(fan_in, kernel=(Term(3, "k_h"), Term(3, "k_w")))
    'k_h·k_w·C/g'
    >>> fan_in((3, 3), 3), fan_in((3, 3), 64, groups=64)
    (27, 9)
    """
    # again only for the letters: one group is no division, and written C, not C/1
    return product((*kernel, where(groups == 1, channels, channels // groups)))


def weights(filters: int, fan_in: int) -> int:
    """What multiplies an input.

    >>> in_letters(weights)
    'N·F'
    >>> weights(64, 27)
    1728
    """
    return filters * fan_in


def parameters(filters: int, fan_in: int, bias: int = 1) -> int:
    """What is learnt: dense, locally connected and convolutional layers alike.

    They differ in ``filters`` (units; H'·W'·C_out; C_out) and in ``fan_in`` (all inputs; one window; one window).

    >>> in_letters(parameters)
    'N·(F + b)'
    >>> parameters(4096, 224 * 224 * 3), parameters(222 * 222 * 64, 27), parameters(64, 27)
    (616566784, 88316928, 1792)
    """
    return filters * (fan_in + bias)


def macs(outputs: int, fan_in: int) -> int:
    """One multiplication and its addition for every input of every output.

    >>> in_letters(macs)
    'M·F'
    >>> macs(222 * 222 * 64, 27)
    85162752
    """
    return outputs * fan_in


def flops(macs: int) -> int:
    """Floating-point operations: a multiplication and an addition for each MAC.

    >>> in_letters(flops)
    '2·m'
    >>> flops(222 * 222 * 64 * 27)
    170325504
    """
    return 2 * macs


def field_size(field: int, jump: int, kernel: int, dilation: int = 1) -> int:
    """What a window sees through units that see r inputs and lie j apart (Araujo et al. 2019, eq. 2).

    >>> in_letters(field_size, dilation=1)
    'r + (k − 1)·j'
    >>> field_size(1, 1, 3), field_size(3, 1, 3), field_size(6, 2, 3)
    (3, 5, 10)
    """
    return field + (window(kernel, dilation) - 1) * jump


def field_jump(jump: int, stride: int) -> int:
    """How many inputs lie between neighbouring units.

    >>> in_letters(field_jump)
    'j·s'
    >>> field_jump(16, 2)
    32
    """
    return jump * stride


def field_start(start: int, jump: int, before: int) -> int:
    """The first input unit 0 sees, negative inside the padding (Araujo et al. 2019, eq. 3).

    >>> in_letters(field_start)
    'u − p_1·j'
    >>> field_start(0, 1, 1), field_start(-3, 2, 1)
    (-1, -5)
    """
    return start - before * jump


def in_letters(formula: FunctionType, **values: object) -> str:
    """A formula as a textbook writes it: with the letter of every parameter that is given no value."""
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount]
    # 7 everywhere: no dilation or group of 1, nothing that max cuts off, and no rounding that happens to be exact
    letters = {name: Term(7, LETTERS[name]) for name in names}
    return str(formula(**letters | values).symbols())
