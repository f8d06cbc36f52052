"""Every layer kind in PyTorch, by hand: modules that own their parameters, and do what the textbook says.

Maps are batch × channels × space. Nothing here asks cnncalc for more than the fields of a layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod, sqrt
from typing import Any

import torch
from torch import nn
from torch.nn import functional

Tensor = torch.Tensor


def per_axis(value: Any, rank: int) -> list[Any]:
    """One number for each axis."""
    numbers = value if isinstance(value, tuple) else (value,)
    return list(numbers) if len(numbers) == rank else [numbers[0]] * rank


def sides(layer: Any, space: tuple[int, ...]) -> list[tuple[int, int]]:
    """The padding before and after on every axis: numbers, or what keeps ⌈n/s⌉ positions."""
    rank = len(space)
    if not isinstance(layer.padding, str):
        return [side if isinstance(side, tuple) else (side, side) for side in per_axis(layer.padding, rank)]
    found = []
    for size, k, s, d in zip(
        space, *(per_axis(getattr(layer, n), rank) for n in ("kernel", "stride", "dilation")), strict=True
    ):
        total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        few, many = total // 2, total - total // 2
        found.append({"same": (few, many), "same-lower": (many, few), "causal": ((k - 1) * d, 0)}[layer.padding])
    return found


def padded(x: Tensor, pairs: list[tuple[int, int]], value: float = 0.0) -> Tensor:
    return functional.pad(x, [side for pair in reversed(pairs) for side in pair], value=value)


def windows(x: Tensor, layer: Any, pairs: list[tuple[int, int]], value: float = 0.0, *, ceil: bool = False) -> Tensor:
    """Batch × channels × positions × taps: every window of the padded map, written out."""
    rank = x.ndim - 2
    kernels, strides, dilations = (per_axis(getattr(layer, name), rank) for name in ("kernel", "stride", "dilation"))
    for axis, (k, s, d, (before, after)) in enumerate(zip(kernels, strides, dilations, pairs, strict=True)):
        size = x.shape[2 + axis]
        length, span = size + before + after, (k - 1) * d + 1
        starts = list(range(0, length - span + (s if ceil else 1), s))
        while ceil and starts[-1] >= size + before:  # no window hangs over the end that does not begin before it
            starts.pop()
        reach = max(starts[-1] + span - length, 0)
        taps = torch.tensor([[start + tap * d for tap in range(k)] for start in starts])
        grown = _pad_axis(x, 2 + axis, before, after + reach, value)
        x = grown.index_select(2 + axis, taps.flatten()).unflatten(2 + axis, tuple(taps.shape)).movedim(3 + axis, -1)
    return x.flatten(2 + rank)


def _pad_axis(x: Tensor, axis: int, before: int, after: int, value: float) -> Tensor:
    shape = list(x.shape)
    ends = []
    for length in (before, after):
        shape[axis] = length
        ends.append(torch.full(shape, value, dtype=x.dtype))
    return torch.cat([ends[0], x, ends[1]], axis)


CONVOLVE: dict[int, Callable[..., Tensor]] = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
STAMP: dict[int, Callable[..., Tensor]] = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def weight(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.rand(shape) + 0.5)


class Done(nn.Module):
    """A layer on an input of one size, with its parameters by name; ``does`` says what it does with them."""

    def __init__(self, does: Callable[..., Tensor], **parameters: nn.Parameter | None) -> None:
        super().__init__()
        self.does = does
        for name, parameter in parameters.items():
            self.register_parameter(name, parameter)

    def forward(self, *maps: Tensor) -> Tensor:
        return self.does(self, *maps)


Channels, Space = int, tuple[int, ...]


def conv(layer: Any, channels: Channels, space: Space, groups: int | None = None, filters: int | None = None) -> Done:
    rank, groups = len(space), groups or layer.groups
    filters = filters or layer.filters or channels
    steps = {"stride": per_axis(layer.stride, rank), "dilation": per_axis(layer.dilation, rank), "groups": groups}

    def does(self: Any, x: Tensor) -> Tensor:
        return CONVOLVE[rank](padded(x, sides(layer, space)), self.weight, self.bias, **steps)

    own = weight(filters, channels // groups, *per_axis(layer.kernel, rank))
    return Done(does, weight=own, bias=weight(filters) if layer.bias else None)


def depthwise(layer: Any, channels: Channels, space: Space) -> Done:
    return conv(layer, channels, space, channels, channels * layer.multiplier)


def separable(layer: Any, channels: Channels, space: Space) -> Done:
    rank, middle, filters = len(space), channels * layer.multiplier, layer.filters or channels
    steps = {"stride": per_axis(layer.stride, rank), "dilation": per_axis(layer.dilation, rank)}

    def does(self: Any, x: Tensor) -> Tensor:
        deep = CONVOLVE[rank](padded(x, sides(layer, space)), self.deep, groups=channels, **steps)
        return CONVOLVE[rank](deep, self.point, self.bias)

    deep, point = weight(middle, 1, *per_axis(layer.kernel, rank)), weight(filters, middle, *[1] * rank)
    return Done(does, deep=deep, point=point, bias=weight(filters) if layer.bias else None)


def transposed(layer: Any, channels: Channels, space: Space) -> Done:
    rank, filters = len(space), layer.filters or channels
    steps = {name: per_axis(getattr(layer, name), rank) for name in ("stride", "dilation", "output_padding")}
    cuts = [(-before, -after) for before, after in sides(layer, space)]

    def does(self: Any, x: Tensor) -> Tensor:
        return padded(STAMP[rank](x, self.weight, self.bias, groups=layer.groups, **steps), cuts)

    own = weight(channels, filters // layer.groups, *per_axis(layer.kernel, rank))
    return Done(does, weight=own, bias=weight(filters) if layer.bias else None)


def _each(seen: Tensor, own: Tensor) -> Tensor:
    """Windows b c p k by filters of their own p o c k: one matrix product for each position."""
    return torch.bmm(seen.permute(2, 0, 1, 3).flatten(2), own.flatten(2).transpose(1, 2)).permute(1, 2, 0)


def local(layer: Any, channels: Channels, space: Space) -> Done:
    seen = windows(torch.zeros(1, channels, *space), layer, sides(layer, space))
    positions, filters = seen.shape[2:-1], layer.filters or channels
    biases = (filters, *[1] * len(positions)) if layer.shared_bias else (filters, *positions)

    def does(self: Any, x: Tensor) -> Tensor:
        seen = windows(x, layer, sides(layer, space)).flatten(2, -2)
        made = _each(seen, self.weight).unflatten(2, positions)
        return made if self.bias is None else made + self.bias

    own = weight(prod(positions), filters, channels, seen.shape[-1])
    return Done(does, weight=own, bias=weight(*biases) if layer.bias else None)


def tiled(layer: Any, channels: Channels, space: Space) -> Done:
    seen = windows(torch.zeros(1, channels, *space), layer, sides(layer, space))
    positions, filters = seen.shape[2:-1], layer.filters or channels
    grid = [min(tile, size) for tile, size in zip(per_axis(layer.tile, len(space)), positions, strict=True)]
    places = torch.cartesian_prod(*(torch.arange(size) % tile for size, tile in zip(positions, grid, strict=True)))
    turns = tuple(places.view(prod(positions), -1).T)

    def does(self: Any, x: Tensor) -> Tensor:
        seen = windows(x, layer, sides(layer, space)).flatten(2, -2)
        made = _each(seen, self.weight[turns]).unflatten(2, positions)
        return made if self.bias is None else made + self.bias[turns].T.unflatten(1, positions)

    own = weight(*grid, filters, channels, seen.shape[-1])
    return Done(does, weight=own, bias=weight(*grid, filters) if layer.bias else None)


def dense(layer: Any, channels: Channels, space: Space) -> Done:
    def does(self: Any, x: Tensor) -> Tensor:
        return functional.linear(x.flatten(1), self.weight, self.bias)

    own = weight(layer.units, channels * prod(space))
    return Done(does, weight=own, bias=weight(layer.units) if layer.bias else None)


POOL: dict[str, tuple[float, Callable[[Tensor], Tensor]]] = {
    "max": (float("-inf"), lambda seen: seen.amax(-1)),
    "avg": (0.0, lambda seen: seen.mean(-1)),
    "lp": (0.0, lambda seen: seen.square().sum(-1).sqrt()),
}


def pool(layer: Any, channels: Channels, space: Space) -> Done:
    outside, gathered = POOL[layer.op]
    ceil = layer.ceil and not isinstance(layer.padding, str)

    def does(_self: Any, x: Tensor) -> Tensor:
        return gathered(windows(x, layer, sides(layer, space), outside, ceil=ceil))

    return Done(does)


def global_pool(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: POOL[layer.op][1](x.reshape(len(x), channels, -1)).view(len(x), -1, *[1] * len(space)))


def channel_pool(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(
        {"avg": lambda _self, x: x.mean(1, keepdim=True), "max": lambda _self, x: x.amax(1, keepdim=True)}[layer.op]
    )


def adaptive_pool(layer: Any, channels: Channels, space: Space) -> Done:
    if not space:
        return same(layer, channels, space)
    rank = len(space)
    done: Any = getattr(functional, f"adaptive_{layer.op}_pool{rank}d")
    return Done(lambda _self, x: done(x, per_axis(layer.outputs, rank)))


def _affine(layer: Any, over: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> Done:
    def does(self: Any, x: Tensor) -> Tensor:
        x = over(x) if self.scale is None else over(x) * self.scale
        return x if self.shift is None else x + self.shift

    return Done(does, scale=weight(*shape) if layer.scale else None, shift=weight(*shape) if layer.shift else None)


def _standard(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    return (x - x.mean(axes, keepdim=True)) / (x.var(axes, correction=0, keepdim=True) + 1e-5).sqrt()


def batch_norm(layer: Any, channels: Channels, space: Space) -> Done:
    return _affine(layer, lambda x: (x - 0.5) / 2, (channels, *[1] * len(space)))


def layer_norm(layer: Any, channels: Channels, space: Space) -> Done:
    axes = tuple(range(1, 2 + len(space))) if layer.space else (1,)
    return _affine(layer, lambda x: _standard(x, axes), (channels, *(space if layer.space else [1] * len(space))))


def group_norm(layer: Any, channels: Channels, space: Space) -> Done:
    def over(x: Tensor) -> Tensor:
        return _standard(x.unflatten(1, (layer.groups, -1)).flatten(2), (2,)).view_as(x)

    return _affine(layer, over, (channels, *[1] * len(space)))


def instance_norm(layer: Any, channels: Channels, space: Space) -> Done:
    return _affine(
        layer, lambda x: _standard(x.reshape(*x.shape[:2], -1), (2,)).view_as(x), (channels, *[1] * len(space))
    )


def response_norm(layer: Any, channels: Channels, space: Space) -> Done:
    def does(_self: Any, x: Tensor) -> Tensor:
        before = layer.channels // 2
        wide = functional.pad(x.square().reshape(*x.shape[:2], -1), (0, 0, before, layer.channels - 1 - before)).unfold(
            1, layer.channels, 1
        )
        return x / (1 + wide.sum(-1)).view_as(x) ** 0.75

    return Done(does)


def activation(layer: Any, channels: Channels, space: Space) -> Done:
    """One number in, one number out: the very function changes nothing that is looked at."""
    return Done(lambda _self, x: torch.sigmoid(x))


def glu(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: functional.glu(x, 1))


def prelu(layer: Any, channels: Channels, space: Space) -> Done:
    own = weight(1 if layer.shared else channels)
    return Done(lambda self, x: functional.prelu(x, self.slope), slope=own)


def scale(layer: Any, channels: Channels, space: Space) -> Done:
    def does(self: Any, x: Tensor) -> Tensor:
        return x * self.scale if self.shift is None else x * self.scale + self.shift

    shape = (1 if layer.shared else channels, *[1] * len(space))
    return Done(does, scale=weight(*shape), shift=weight(*shape) if layer.shift else None)


def same(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: x.clone())


def softmax(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: x.reshape(*x.shape[:2], -1).softmax(2).view_as(x) if layer.space else x.softmax(1))


def flatten(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: x.flatten(1))


def upsample(layer: Any, channels: Channels, space: Space) -> Done:
    rank = len(space)
    sizes = (
        per_axis(layer.to, rank)
        if layer.to
        else [n * s for n, s in zip(space, per_axis(layer.scale, rank), strict=True)]
    )
    if layer.mode == "nearest":
        return Done(lambda _self, x: functional.interpolate(x, tuple(sizes)))
    weights = [interpolation(n, m, layer.mode, corners=layer.align_corners) for n, m in zip(space, sizes, strict=True)]

    def interpolated(_self: Any, x: Tensor) -> Tensor:
        for axis, matrix in enumerate(weights, 2):
            taps = matrix * x.movedim(axis, -1)[..., None, :]
            x = torch.where(matrix != 0, taps, torch.zeros(())).sum(-1).movedim(-1, axis)
        return x

    return Done(interpolated)


def interpolation(before: int, after: int, mode: str, *, corners: bool) -> Tensor:
    """What each place weighs in each interpolated one: PyTorch's own weights, of lines with a single 1.

    Where one is 0, nothing is read; PyTorch would take 0 times what is not a number as not a number.
    """
    lines = torch.eye(before, dtype=torch.float64)[:, None, :, None]
    out = functional.interpolate(lines, (after, 1), mode=mode, align_corners=corners)[:, 0, :, 0].T
    return torch.where(out.abs() < ROUNDING, 0.0, out).float()


ROUNDING = 1e-9


def pixel_shuffle(layer: Any, channels: Channels, space: Space) -> Done:
    factor, rank = layer.factor, len(space)

    def apart(_self: Any, x: Tensor) -> Tensor:
        for axis in range(rank):
            x = x.unflatten(2 + 2 * axis, (-1, factor))
        order = (0, 1, *range(3, 3 + 2 * rank, 2), *range(2, 2 + 2 * rank, 2))
        return x.permute(order).flatten(1, 1 + rank)

    if rank == 2:
        return Done(
            lambda _self, x: (
                functional.pixel_unshuffle(x, factor) if layer.inverse else functional.pixel_shuffle(x, factor)
            )
        )
    return Done(apart if layer.inverse else lambda _self, x: _woven(x, factor, rank))


def _woven(x: Tensor, factor: int, rank: int) -> Tensor:
    """Channels of the squares between the places, for any number of axes."""
    apart = x.unflatten(1, (-1, *[factor] * rank))
    order = (0, 1, *(place for axis in range(rank) for place in (2 + rank + axis, 2 + axis)))
    return apart.permute(order).reshape(len(x), apart.shape[1], *(size * factor for size in x.shape[2:]))


def channel_shuffle(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: x.unflatten(1, (layer.groups, -1)).transpose(1, 2).flatten(1, 2))


PAD_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def pad(layer: Any, channels: Channels, space: Space) -> Done:
    if not space:
        return same(layer, channels, space)
    flat = [side for pair in reversed(sides(layer, space)) for side in pair]
    return Done(lambda _self, x: functional.pad(x, flat, mode=PAD_MODES[layer.mode]))


def crop(layer: Any, channels: Channels, space: Space) -> Done:
    pairs = [side if isinstance(side, tuple) else (side, side) for side in per_axis(layer.border, len(space))]
    cuts = tuple(slice(before, size - after) for size, (before, after) in zip(space, pairs, strict=True))
    return Done(lambda _self, x: x[(slice(None), slice(None), *cuts)])


def picked(layer: Any, channels: Channels, space: Space) -> Done:
    steps = tuple(slice(None, None, step) for step in per_axis(layer.stride, len(space)))
    block = layer.of or channels

    def does(_self: Any, x: Tensor) -> Tensor:
        taken = x.unflatten(1, (-1, block))[(slice(None), slice(None), slice(layer.first, layer.stop), *steps)]
        return taken.flatten(1, 2)

    return Done(does)


def rolled(layer: Any, channels: Channels, space: Space) -> Done:
    way = -1 if layer.back else 1
    shifts = [way * shift for shift in per_axis(layer.shift, len(space))]
    return Done(lambda _self, x: torch.roll(x, shifts, list(range(2, x.ndim))) if space else x.clone())


def _attended(mixed: Tensor, heads: int) -> Tensor:
    query, key, value = mixed.unflatten(1, (3, heads, -1)).unbind(1)
    scores = (query.transpose(-1, -2) @ key / sqrt(query.shape[2])).softmax(-1)
    return (value @ scores.transpose(-1, -2)).flatten(1, 2)


def attention(layer: Any, channels: Channels, space: Space) -> Done:
    def does(self: Any, x: Tensor) -> Tensor:
        mixed = self.inward @ x.reshape(*x.shape[:2], -1)
        out = self.outward @ _attended(mixed if self.bias is None else mixed + self.bias, layer.heads)
        return (out if self.last is None else out + self.last).view_as(x)

    biases = (
        {"bias": weight(3 * channels, 1), "last": weight(channels, 1)} if layer.bias else {"bias": None, "last": None}
    )
    return Done(does, inward=weight(3 * channels, channels), outward=weight(channels, channels), **biases)


def attend(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: _attended(x.reshape(*x.shape[:2], -1), layer.heads).view(len(x), -1, *x.shape[2:]))


def _cross_attended(heads: int, *maps: Tensor) -> Tensor:
    query, key, value = (x.reshape(len(x), heads, x.shape[1] // heads, -1) for x in maps)
    shares = (query.transpose(-1, -2) @ key / sqrt(query.shape[2])).softmax(-1)
    return (value @ shares.transpose(-1, -2)).reshape(len(value), -1, *maps[0].shape[2:])


def window_attend(layer: Any, channels: Channels, space: Space) -> Done:
    """Swin's way: the map is rolled, cut into windows, and masked where the roll brought both ends together."""
    if not space:  # a vector is a map of one unit, its own window
        one = window_attend(replace(layer, window=(1,), shift=(0,)), channels, (1,))
        return Done(lambda self, x: one.does(self, x.unsqueeze(-1)).squeeze(-1), table=one.table)
    rank = len(space)
    windows, shifts = per_axis(layer.window, rank), per_axis(layer.shift, rank)
    table = weight(layer.heads, *(2 * w - 1 for w in windows)) if layer.relative else None

    def cut(x: Tensor) -> Tensor:
        """Batch × channels × windows × their units."""
        for axis, (size, w) in enumerate(zip(space, windows, strict=True)):
            sizes = (w, size // w) if layer.grid else (size // w, w)
            x = x.unflatten(2 + 2 * axis, sizes)
        inner, outer = (0, 1) if layer.grid else (1, 0)
        order = [*(2 + 2 * axis + outer for axis in range(rank)), *(2 + 2 * axis + inner for axis in range(rank))]
        return x.permute(0, 1, *order).flatten(2, 1 + rank).flatten(3)

    def does(self: Any, x: Tensor) -> Tensor:
        axes = list(range(2, 2 + rank))
        places = torch.arange(x[0, 0].numel()).view(1, 1, *space)
        wrapped = torch.zeros(space, dtype=torch.long)
        for axis, (size, shift) in enumerate(zip(space, shifts, strict=True)):
            wrapped = wrapped * 2 + (torch.arange(size) >= size - shift).view(-1, *[1] * (rank - 1 - axis))
        x, places = (torch.roll(one, [-shift for shift in shifts], axes) for one in (x, places))
        query, key, value = (part.movedim(2, -1) for part in cut(x).unflatten(1, (3, layer.heads, -1)).unbind(1))
        label = cut(wrapped[None, None])[0, 0]
        apart = label[:, :, None] != label[:, None, :]
        scores = query @ key.transpose(-1, -2) / sqrt(query.shape[-1])
        if self.table is not None:
            steps = torch.cartesian_prod(*map(torch.arange, windows)).view(-1, rank)
            near = steps[:, None] - steps[None] + torch.tensor(windows) - 1
            scores = scores + self.table[(slice(None), *near.unbind(-1))][None, :, None]
        shares = scores.masked_fill(apart, -torch.inf).softmax(-1)
        # nothing times what is not a number is not a number: what is masked is put to nothing for each query
        seen = value.unsqueeze(3).masked_fill(apart[..., None], 0.0)
        made = (shares.unsqueeze(-2) @ seen).squeeze(-2).movedim(-1, 2).flatten(1, 2)
        order = cut(places.expand(1, 1, *space))[0, 0].flatten()
        flat = torch.empty_like(made.flatten(2))
        flat[:, :, order] = made.flatten(2)
        return flat.view(*flat.shape[:2], *space)

    return Done(does, table=table)


class Stepped(nn.Module):
    """PyTorch's own cells, on maps whose steps lie on one axis."""

    def __init__(self, layer: Any, channels: Channels) -> None:
        super().__init__()
        cell = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[layer.op]
        self.cells = cell(
            channels, layer.units, bias=layer.biases > 0, batch_first=True, bidirectional=layer.bidirectional
        )

    def forward(self, x: Tensor) -> Tensor:
        with torch.backends.mkldnn.flags(enabled=False):  # step by step, so that products are seen
            steps, _last = self.cells(x.reshape(*x.shape[:2], -1).transpose(1, 2))
        return steps.transpose(1, 2).reshape(len(x), -1, *x.shape[2:])


def recurrent(layer: Any, channels: Channels, space: Space) -> nn.Module:
    return Stepped(layer, channels)


def embedding(layer: Any, channels: Channels, space: Space) -> Done:
    """Of what is no number there is no row."""
    return Done(
        lambda self, x: (
            functional.embedding(x[:, 0].nan_to_num().clamp(0, layer.rows - 1).long(), self.table).movedim(-1, 1)
            + 0 * x
        ),
        table=weight(layer.rows, layer.features),
    )


def tokens(layer: Any, channels: Channels, space: Space) -> Done:
    own = weight(1, channels // layer.anchors, layer.extra) if layer.extra else None

    def does(self: Any, x: Tensor) -> Tensor:
        parts = x.reshape(len(x), channels, -1).chunk(layer.anchors, 1)
        row = torch.cat(parts, 2) if layer.apart else torch.stack(parts, 3).flatten(2)
        return row if self.extra is None else torch.cat([self.extra.expand(len(x), -1, -1), row], 2)

    return Done(does, extra=own)


def learnt(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda self, x: self.extra.expand(len(x), -1, -1).clone(), extra=weight(1, channels, layer.count))


def offset(layer: Any, channels: Channels, space: Space) -> Done:
    own = weight(1 if layer.shared else channels, *(space if layer.space else [1] * len(space)))
    return Done(lambda self, x: x + self.shift, shift=own)


def unflatten(layer: Any, channels: Channels, space: Space) -> Done:
    return Done(lambda _self, x: x.reshape(len(x), -1, *per_axis(layer.space, len(layer.space))))


def placeholder(layer: Any, channels: Channels, space: Space) -> Done:
    *sides, own = layer.to
    return Done(lambda _self, x: torch.ones(len(x), own, *sides, dtype=x.dtype))


MERGE: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"add": torch.add, "mul": torch.mul}


def merge(layer: Any) -> Done:
    if type(layer).__name__ == "CrossAttend":
        return Done(lambda _self, *maps: _cross_attended(layer.heads, *maps))

    if type(layer).__name__ == "Join":
        return Done(lambda _self, *maps: torch.cat(maps, 2 + layer.axis))

    def does(_self: Any, *maps: Tensor) -> Tensor:
        if layer.op == "concat":
            return torch.cat(maps, 1)
        whole, *others = maps
        for other in others:
            whole = MERGE[layer.op](whole, other)
        return whole

    return Done(does)


KINDS: dict[str, Callable[[Any, Channels, Space], nn.Module]] = {
    "Conv": conv,
    "Depthwise": depthwise,
    "Separable": separable,
    "Transposed": transposed,
    "Local": local,
    "Tiled": tiled,
    "Dense": dense,
    "Pool": pool,
    "GlobalPool": global_pool,
    "ChannelPool": channel_pool,
    "AdaptivePool": adaptive_pool,
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "GroupNorm": group_norm,
    "InstanceNorm": instance_norm,
    "LocalResponseNorm": response_norm,
    "Activation": activation,
    "GLU": glu,
    "PReLU": prelu,
    "Scale": scale,
    "Dropout": same,
    "Identity": same,
    "Softmax": softmax,
    "Flatten": flatten,
    "Upsample": upsample,
    "PixelShuffle": pixel_shuffle,
    "ChannelShuffle": channel_shuffle,
    "Pad": pad,
    "Crop": crop,
    "Slice": picked,
    "Roll": rolled,
    "Attention": attention,
    "Attend": attend,
    "WindowAttend": window_attend,
    "Recurrent": recurrent,
    "Embedding": embedding,
    "Tokens": tokens,
    "Learnt": learnt,
    "Offset": offset,
    "Placeholder": placeholder,
    "Unflatten": unflatten,
}
"""Class name of the kind: its module on an input of so many channels and places."""
