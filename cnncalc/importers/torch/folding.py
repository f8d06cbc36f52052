"""Fixed numbers of a model: what follows from no input and no parameter, such as a mask, is computed ahead."""

from __future__ import annotations

from typing import Any

from cnncalc.importers.values import Constant

MOST_NUMBERS = 2**24
"""A tensor with more numbers than this is not computed."""

FEW = 64
"""A tensor with no more numbers than this is read by translators, as sizes and factors are."""

CREATING = frozenset(f"aten::{name}" for name in ("new_zeros", "new_ones", "new_full"))
CREATING |= frozenset(f"aten::{name}" for name in ("zeros_like", "ones_like", "full_like"))
"""Operators that read of their input no more than its type and its sizes."""


class Fixed:
    """The numbers of what is fixed, by the tensors that stand for them."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self._values: dict[int, Any] = {}
        self._borrowed: set[int] = set()

    def __contains__(self, key: Any) -> bool:
        return id(key) in self._values

    def __getitem__(self, key: Any) -> Any:
        return self._values[id(key)]

    def borrow(self, key: Any, value: Any) -> None:
        """Know the numbers of the user's own tensor, which is copied before anything is computed from it."""
        if self.is_small(value) and value.device.type == "cpu":
            self._values[id(key)] = value.detach()
            self._borrowed.add(id(key))

    def know(self, key: Any, value: Any) -> None:
        """Know what was computed."""
        self._values[id(key)] = value

    def forget(self, key: Any) -> None:
        """Something that is not fixed was written into it."""
        self._values.pop(id(key), None)

    def is_small(self, value: Any) -> bool:
        """Whether it may be computed: tensors with few numbers only."""
        if isinstance(value, (list, tuple)):
            return all(map(self.is_small, value))
        return isinstance(value, self.torch.Tensor) and value.numel() <= MOST_NUMBERS

    def compute(self, func: Any, args: Any, kwargs: Any) -> tuple[Any, ...]:
        """What a call gives, in a tuple; nothing where something else is read, or where it can't be computed."""
        if self.torch.Tag.nondeterministic_seeded in func.tags:
            return ()
        if func._schema.name in CREATING:
            args = (self.torch.empty((), dtype=args[0].dtype).expand(args[0].shape), *args[1:])
        try:
            args, kwargs = self.torch.utils._pytree.tree_map(self._known, (args, kwargs))
            with self.torch.no_grad():
                return (func(*on(self.torch, "cpu", args), **placed(self.torch, "cpu", func, args, kwargs)),)
        except Exception:  # noqa: BLE001 - then it is not known, and whatever reads it neither
            return ()

    def _known(self, value: Any) -> Any:
        """A value that is no key, or the numbers behind one."""
        if id(value) in self._borrowed:
            self._borrowed.discard(id(value))
            self._values[id(value)] = self._values[id(value)].clone()
        if id(value) in self._values:
            return self._values[id(value)]
        if isinstance(value, self.torch.Tensor) and value.device.type == "meta":
            raise KeyError
        return value


def on(torch: Any, device: str, arguments: Any) -> Any:
    """Arguments with another device in the place of every device."""
    if isinstance(arguments, dict):
        return {name: on(torch, device, value) for name, value in arguments.items()}
    if isinstance(arguments, tuple):
        return tuple(on(torch, device, value) for value in arguments)
    return torch.device(device) if isinstance(arguments, torch.device) else arguments


def placed(torch: Any, device: str, func: Any, args: Any, kwargs: Any) -> Any:
    """The named arguments on a device; what creates a tensor is told it, if it was not."""
    kwargs = on(torch, device, kwargs)
    if not any(isinstance(value, torch.Tensor) for value in args) and any(
        argument.name == "device" for argument in func._schema.arguments
    ):
        return {**kwargs, "device": torch.device(device)}
    return kwargs


def constant(torch: Any, value: Any) -> Constant | None:
    """A fixed tensor as a constant; `None` for one that no array holds, or that nobody may look at."""
    types = (torch.float32, torch.float64, torch.int64, torch.bool)
    if value.dtype not in types or value.device.type != "cpu" or value.numel() > MOST_NUMBERS:
        return None
    values = tuple(value.flatten().tolist()) if value.numel() <= FEW else None
    return Constant(tuple(value.shape), values, data=value.numpy)
