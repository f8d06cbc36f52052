"""Where windows lie on one axis: found by walking along it, not by a formula."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.errors import ShapeError
from cnncalc.language import _

Padding = str | tuple[tuple[int, int], ...]
"""The name of a rule, or what is put before and after, for every axis or for each."""


class Axis(NamedTuple):
    """The windows on one axis of ``size`` inputs: each of ``starts`` begins one, ``tap·dilation`` apart are its taps.

    A start is negative in the padding before the input; the padded axis ends at ``end``.
    """

    size: int
    end: int
    starts: range
    kernel: int
    dilation: int

    def tap(self, tap: int, first: int, stop: int) -> tuple[slice, slice]:
        """Of windows ``first`` … ``stop`` − 1: those whose tap lies on an input, counted from ``first``, and on which.

        >>> slide(5, 3, 1, 1, ((1, 1),)).tap(0, 0, 5)
        (slice(1, 5, None), slice(0, 4, 1))
        """
        begin, step = self.starts.start + tap * self.dilation, self.starts.step
        low = min(max(-(begin // step), first), stop)
        high = max(min(-((begin - self.size) // step), stop), low)
        inputs = slice(begin + low * step, begin + (high - 1) * step + 1, step)
        return slice(low - first, high - first), inputs if high > low else slice(0, 0, step)

    def covered(self, window: int, *, padded: bool) -> int:
        """How many taps of a window lie on an input, or on the padded axis."""
        low, high = (self.starts[0], self.end) if padded else (0, self.size)
        begin = self.starts[window]
        return sum(low <= place < high for place in range(begin, begin + self.kernel * self.dilation, self.dilation))


def slide(
    size: int, kernel: int, stride: int, dilation: int, padding: Padding, axis: int = 0, ceil: bool = False
) -> Axis:
    """Put down a window wherever it fits. A padding rule puts one on every ``stride``-th input instead.

    ``same`` pads what the last window lacks, the odd one at the end (``same-lower``: at the start); ``causal`` pads
    all of it before. With ``ceil`` a window may stick out by less than a stride, if it begins before the padding.

    >>> slide(7, 3, 2, 1, ((0, 0),)).starts, slide(7, 3, 2, 1, "same").starts
    (range(0, 5, 2), range(-1, 6, 2))

    Raises `ShapeError` where no window fits.
    """
    span = range(0, kernel * dilation, dilation)[-1] + 1
    if isinstance(padding, str):
        places = range(0, size, stride)
        lacking = max(places[-1] + span - size, 0)
        before = {"same": lacking // 2, "same-lower": lacking - lacking // 2, "causal": span - 1}[padding]
        starts = range(-before, places[-1] - before + 1, stride)
        return Axis(size, max(starts[-1] + span, size), starts, kernel, dilation)
    before, after = pair(padding, axis)
    stop = size + after - span + 1
    starts = range(-before, min(stop + stride - 1, size) if ceil else stop, stride)
    if not starts:
        raise ShapeError(
            _("no window of {span} fits into {size} (+{added} padding): take a larger input").format(
                span=span, size=size, added=before + after
            )
        )
    return Axis(size, size + after, starts, kernel, dilation)


def stamp(size: int, kernel: int, stride: int, dilation: int, padding: Padding, axis: int = 0, extra: int = 0) -> Axis:
    """The windows of a transposed convolution: ``size`` of them, ``stride`` apart, on the axis they make.

    >>> stamp(2, 3, 2, 1, ((0, 0),)).size, stamp(112, 4, 2, 1, ((1, 1),)).size, stamp(5, 2, 3, 1, "same").size
    (5, 224, 15)

    Raises `ShapeError` where the padding cuts everything away.
    """
    span = range(0, kernel * dilation, dilation)[-1] + 1
    if isinstance(padding, str):
        before = max(span - stride, 0) // 2
        made = len(range(size * stride))
    else:
        before, after = pair(padding, axis)
        made = range(-before, size * stride - before, stride)[-1] + span - after + extra
    if made < 1:
        raise ShapeError(_("the padding cuts away all that {size} inputs make: take a smaller one").format(size=size))
    return Axis(made, made, range(-before, size * stride - before, stride), kernel, dilation)


def pair(padding: tuple[tuple[int, int], ...], axis: int) -> tuple[int, int]:
    """The padding before and after on one axis."""
    return padding[axis] if len(padding) > 1 else padding[0]
