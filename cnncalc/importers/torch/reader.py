"""A PyTorch module, or a ``.pt2`` file, as a `Network`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cnncalc.errors import CnncalcError, InputTypeError, ModelFileError
from cnncalc.extras import extra
from cnncalc.importers.archive import read_member
from cnncalc.importers.torch.program import Program, from_json
from cnncalc.importers.torch.recording import recorded
from cnncalc.importers.torch.walk import network
from cnncalc.language import _
from cnncalc.network import Network
from cnncalc.shapes import Shape, shorten


def load(path: str | Path, *, allow_unknown: bool = False, layout: str = "") -> Network:
    """The network in a ``.pt2`` file that ``torch.export.save`` wrote.

    Raises `ModelFileError` for ``.pt`` and ``.pth`` files, which are pickles, and for what can't be read.
    """
    if Path(path).suffix != ".pt2":
        raise ModelFileError(
            _(
                "{path} is a pickle, which could run any code when read, so it is not: export the model instead, "
                "program = torch.export.export(model.eval(), (torch.zeros(1, 3, 224, 224),)); "
                'torch.export.save(program, "model.pt2")'
            ).format(path=path)
        )
    try:
        return network(_program(path), allow_unknown=allow_unknown, layout=layout)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
        if isinstance(problem, CnncalcError):
            raise
        raise ModelFileError(
            _("{path} holds no exported program of a known form: export it with PyTorch 2.5 or later").format(path=path)
        ) from None


def _program(path: str | Path, owners: Mapping[str, str] | None = None) -> Program:
    """The program in a file; who owns its weights stands in it too, unless it is known."""
    text = read_member(path, _holds_graph, _("graph of an exported program (models/*.json)"))
    if owners is None:
        owners = _owners(read_member(path, lambda name: name.endswith(WEIGHTS), WEIGHTS, absent={"config": {}}))
    return from_json(text, owners)


WEIGHTS = "model_weights_config.json"
"""The member that says where each tensor lies; files that PyTorch wrote before 2.8 have none."""


def _owners(weights: Any) -> dict[str, str]:
    """The first name of every stored tensor, by all its names: tied weights lie at one place."""
    first: dict[str, str] = {}
    return {name: first.setdefault(entry["path_name"], name) for name, entry in weights["config"].items()}


def _holds_graph(name: str) -> bool:
    parts = name.split("/")
    in_models = len(parts) > 1 and parts[-2] == "models" and parts[-1].endswith(".json")
    return in_models or parts[-1] == "serialized_exported_program.json"


def from_torch(module: Any, input: Any, *, allow_unknown: bool = False, layout: str = "") -> Network:
    """The network that a module computes for an ``input``: a shape such as ``"224x224x3"``, or an example tensor.

    For a module with several inputs it is a list in the order of ``forward``, or a dict by the names of its arguments, of
    shapes or tensors; one shape alone is that of each, as in a siamese network. Where the channels stand is seen from the
    layers that look at the input, or said by ``layout``, such as ``BTC`` or ``BHWC``; they are the second axis otherwise.

    A copy of the module is run on tensors without numbers, in evaluation mode; only fixed numbers, such as masks, are
    computed. Where that is not possible ``torch.export`` is asked. The module is left as it was, its mode and its running
    statistics too. Parameters that no call reads are its ``unused``.

    Raises `ModelFileError` where ``torch.export`` can't follow the module either.
    """
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        raise InputTypeError(
            _("{type} is not a module of PyTorch: give an nn.Module").format(type=type(module).__name__)
        )
    arguments, named = _examples(torch, module, input, layout)
    _check_passed(module, arguments, named)
    try:
        with _evaluating(module):
            program = _followed(torch, module, arguments, named)
    except ModelFileError as problem:
        if len(arguments) > 1 and _is_one(torch, input):
            raise _other_inputs(module, 1) from problem
        raise
    return network(program, allow_unknown=allow_unknown, layout=layout)


def _followed(torch: Any, module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Program:
    try:
        return recorded(torch, module, arguments, named)
    except Exception:  # noqa: BLE001 - whatever the module's own code raises, torch.export says it again
        return _exported(torch, module, arguments, named)


def _exported(torch: Any, module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Program:
    """The program in the file that ``torch.export`` makes of a module: of choices among graphs, for example."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "module.pt2")
        try:
            torch.export.save(torch.export.export(module, arguments, dict(named)), path)
        except Exception as problem:  # whatever the module's own code raises comes out of torch.export
            lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
            raise ModelFileError(
                _("torch.export can't follow {module}: {problem}").format(
                    module=type(module).__name__, problem=shorten(lines[0] if lines else type(problem).__name__, 200)
                )
            ) from problem
        shared: dict[int, str] = {}
        weights = module.named_parameters(remove_duplicate=False)
        return _program(path, {name: shared.setdefault(id(weight), name) for name, weight in weights})


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Evaluation mode for a while; every part is left in the mode it was in."""
    modes = {part: part.training for part in module.modules()}
    try:
        for part in modes:
            part.training = False
        yield
    finally:
        for part, training in modes.items():
            part.training = training


def _torch() -> Any:
    for module in ("torch.export", "torch"):
        torch = extra(module, _("following a PyTorch module"), "torch")
    return torch


def _examples(torch: Any, module: Any, input: Any, layout: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What is passed to the module: by its place, and by its name."""
    if isinstance(input, Mapping):
        return (), {name: _example(torch, module, one, layout) for name, one in input.items()}
    if not _is_one(torch, input):
        return tuple(_example(torch, module, one, layout) for one in input), {}
    places = sum(kind is not inspect.Parameter.KEYWORD_ONLY for kind in _needed(module).values())
    alike = 1 if isinstance(input, torch.Tensor) else max(places, 1)
    return tuple(_example(torch, module, input, layout) for _place in range(alike)), {}


def _is_one(torch: Any, input: Any) -> bool:
    """Whether it is one shape or tensor, and no list of them."""
    several = isinstance(input, list | tuple) and any(isinstance(one, torch.Tensor | str | Shape) for one in input)
    return not several and not isinstance(input, Mapping)


def _check_passed(module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """`ModelFileError` where ``forward`` takes more or fewer inputs, or others."""
    try:
        inspect.signature(module.forward).bind(*arguments, **named)
    except TypeError:
        raise _other_inputs(module, shorten(", ".join(named)) or len(arguments)) from None


def _other_inputs(module: Any, given: int | str) -> ModelFileError:
    """What a module takes instead, and how to give it."""
    parameters = inspect.signature(module.forward).parameters.items()
    needed = list(_needed(module)) or [name for name, each in parameters if each.kind in PASSED]
    if not needed:
        return ModelFileError(
            _("{module} takes its inputs by their places, but got {given}: give a list, as {example}").format(
                module=type(module).__name__, given=given, example='["224x224x3", "224x224x3"]'
            )
        )
    example = ", ".join(f'"{name}": "224x224x3"' for name in needed)
    return ModelFileError(
        _("{module} takes the inputs {names}, but got {given}: give each by its name, as {example}").format(
            module=type(module).__name__,
            names=shorten(", ".join(needed)),
            given=given,
            example=shorten(f"{{{example}}}", 120),
        )
    )


def _needed(module: Any) -> dict[str, Any]:
    """The inputs that ``forward`` can't do without, and the kinds of their arguments."""
    parameters = inspect.signature(module.forward).parameters.items()
    return {name: each.kind for name, each in parameters if each.kind in PASSED and each.default is each.empty}


PASSED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
"""The kinds of arguments that stand for one value."""


def _example(torch: Any, module: Any, input: Any, layout: str) -> Any:
    if isinstance(input, torch.Tensor):
        return input
    shape = Shape.of(input)
    weight = next((p for p in module.parameters() if p.is_floating_point()), torch.empty(0))
    last = len(layout) == len(shape.space) + 2 and layout[1].upper() != "C"
    sizes = (*shape.space, shape.channels) if last else (shape.channels, *shape.space)
    return torch.empty((1, *sizes), device=weight.device, dtype=weight.dtype)
