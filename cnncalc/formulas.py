"""Every formula of the calculator, once, as plain arithmetic.

Each function runs on `int`, and on `Term`, which remembers how it was computed; so the number, the worked line and
the LaTeX come from the same code. The textbook form stands in each docstring.

Sources: Goodfellow, Bengio, Courville, *Deep Learning* (2016), §9.5; Dumoulin, Visin, *A guide to convolution
arithmetic for deep learning* (2016); Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional Neural
Networks* (2019).
"""

from __future__ import annotations

from cnncalc.symbols import product


def window(kernel: int, dilation: int = 1) -> int:
    """How many inputs a dilated kernel spans: d·(k − 1) + 1.

    >>> window(3), window(3, dilation=2)
    (3, 5)
    """
    return kernel if dilation == 1 else dilation * (kernel - 1) + 1


def positions(size: int, padding: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """Where a window fits on one axis: ⌊(n + p − w)/s⌋ + 1 with p both sides together (Dumoulin & Visin, rel. 6).

    >>> positions(224, 0, 3, 1), positions(5, 0, 3, 1), positions(224, 6, 7, 2)
    (222, 3, 112)
    """
    return (size + padding - window(kernel, dilation)) // stride + 1


def positions_ceil(size: int, before: int, after: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """The same rounded up, without a last window that would start in the padding at the end (PyTorch's rule).

    >>> positions_ceil(112, 0, 0, 3, 2), positions_ceil(5, 1, 1, 2, 2)
    (56, 3)
    """
    count = positions(size, before + after, kernel, stride, dilation)
    rest = (size + before + after - window(kernel, dilation)) % stride
    return count + 1 if rest and count * stride < size + before else count


def positions_same(size: int, stride: int) -> int:
    """TensorFlow's ``same``: ⌈n/s⌉.

    >>> positions_same(224, 2), positions_same(7, 2)
    (112, 4)
    """
    return (size + stride - 1) // stride


def padding_same(size: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """What ``same`` pads, both sides together: max((⌈n/s⌉ − 1)·s + w − n, 0).

    >>> padding_same(224, 7, 2), padding_same(6, 3, 2), padding_same(5, 3, 1)
    (5, 1, 2)
    """
    return max((positions_same(size, stride) - 1) * stride + window(kernel, dilation) - size, 0)


def positions_transposed(
    size: int, padding: int, kernel: int, stride: int, dilation: int = 1, output_padding: int = 0
) -> int:
    """The size a transposed convolution gives: (n − 1)·s − p + w + a (Dumoulin & Visin, rel. 14).

    >>> positions_transposed(2, 0, 3, 2), positions_transposed(112, 2, 4, 2)
    (5, 224)
    """
    return (size - 1) * stride - padding + window(kernel, dilation) + output_padding


def fan_in(kernel: tuple[int, ...], channels: int, groups: int = 1) -> int:
    """How many inputs one output of a sliding window sums: k_h·k_w·C_in/g.

    >>> fan_in((3, 3), 3), fan_in((3, 3), 64, groups=64)
    (27, 9)
    """
    return product((*kernel, channels if groups == 1 else channels // groups))


def weights(filters: int, fan_in: int) -> int:
    """filters · fan_in."""
    return filters * fan_in


def parameters(filters: int, fan_in: int, bias: int = 1) -> int:
    """filters · (fan_in + bias): dense, locally connected and convolutional layers alike.

    They differ in ``filters`` (units; H'·W'·C_out; C_out) and in ``fan_in`` (all inputs; one window; one window).

    >>> parameters(4096, 224 * 224 * 3), parameters(222 * 222 * 64, 27), parameters(64, 27)
    (616566784, 88316928, 1792)
    """
    return filters * (fan_in + bias)


def macs(outputs: int, fan_in: int) -> int:
    """outputs · fan_in: one multiplication and its addition for every input of every output.

    >>> macs(222 * 222 * 64, 27)
    85162752
    """
    return outputs * fan_in


def field_size(size: int, jump: int, kernel: int, dilation: int = 1) -> int:
    """r + (w − 1)·j: a window over units that see r inputs and lie j apart (Araujo et al. 2019, eq. 2).

    >>> field_size(1, 1, 3), field_size(3, 1, 3), field_size(6, 2, 3)
    (3, 5, 10)
    """
    return size + (window(kernel, dilation) - 1) * jump


def field_jump(jump: int, stride: int) -> int:
    """j·s: how many inputs lie between neighbouring units.

    >>> field_jump(16, 2)
    32
    """
    return jump * stride


def field_start(start: int, jump: int, padding: int) -> int:
    """b − p·j: the first input unit 0 sees, negative inside the padding (Araujo et al. 2019, eq. 3).

    >>> field_start(0, 1, 1), field_start(-3, 2, 1)
    (-1, -5)
    """
    return start - padding * jump
