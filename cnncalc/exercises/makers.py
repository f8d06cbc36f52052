"""Makers: the kinds of questions of each topic."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from cnncalc.comparison.rows import Spec
from cnncalc.exercises import counts, fields, statements
from cnncalc.exercises.answers import Value
from cnncalc.exercises.fields import Step
from cnncalc.exercises.slips import Slip
from cnncalc.exercises.tasks import Dice, Maker, Task
from cnncalc.language import N_, NN_, _
from cnncalc.shapes import Shape
from cnncalc.symbols import Term


def counting(template: str | tuple[str, str], numbers: dict[str, Any], spec: Spec, of: str) -> Task:
    """A question about one layer."""
    shown = {name: str(value) for name, value in numbers.items()}
    return Task(template, shown, _params(spec, of), counts.exercise(spec, of), counts.MISCOUNTS, counts.solve)


def _params(spec: Spec, of: str) -> str:
    """The command that answers the question too."""
    row, _dot, field = of.partition(".")
    if spec.kernel is None:
        words = ["--units", spec.units]
    else:
        words = ["--kernel", spec.kernel, "--filters", spec.filters]
        words += ["--stride", spec.stride] if spec.stride not in (1, (1,)) else []
        words += ["--padding", spec.padding] if spec.padded else []
        words += ["--compare", row]
    get = field if field == "positions" else f"{row}.{field or 'parameters'}"
    return " ".join(map(str, ["cnncalc params --input", spec.shape, *words, "--get", get]))


def _conv_parameters(dice: Dice) -> Task:
    side, channels = dice.pick((28, 32, 64, 128, 224)), dice.pick((3, 3, 16, 32, 64))
    kernel, filters = dice.pick((1, 3, 3, 5, 7)), dice.pick((8, 16, 32, 64, 128))
    return counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel} and its bias reads an input of {input}. How many parameters does it have?",
            "A convolution with {filters} filters of {kernel}×{kernel} and biases reads an input of {input}. How many parameters does it have?",
        ),
        {"filters": filters, "kernel": kernel, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters),
        "conv",
    )


def _dense_parameters(dice: Dice) -> Task:
    side, channels, units = (
        dice.pick((7, 14, 28, 32)),
        dice.pick((3, 16, 64, 512)),
        dice.pick((10, 100, 128, 1000, 4096)),
    )
    return counting(
        N_(
            "A fully connected layer with {units} units and biases reads an input of {input}. How many parameters does it have?"
        ),
        {"units": units, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), units=units),
        "dense",
    )


def _local_parameters(dice: Dice) -> Task:
    side, channels = dice.pick((5, 8, 16, 28, 32)), dice.pick((1, 3, 3, 16))
    kernel, filters = dice.pick((3, 5)), dice.pick((1, 4, 8, 16))
    return counting(
        NN_(
            "A locally connected layer (nothing is shared; a bias per filter and position) with {filters} filter of "
            "{kernel}×{kernel} reads an input of {input}, stride 1, no padding. How many parameters does it have?",
            "A locally connected layer (nothing is shared; a bias per filter and position) with {filters} filters of "
            "{kernel}×{kernel} reads an input of {input}, stride 1, no padding. How many parameters does it have?",
        ),
        {"filters": filters, "kernel": kernel, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters),
        "local",
    )


def _conv_macs(dice: Dice) -> Task:
    side, channels = dice.pick((14, 28, 32, 64)), dice.pick((1, 3, 16, 32))
    kernel, filters, stride = dice.pick((3, 3, 5)), dice.pick((8, 16, 32)), dice.pick((1, 1, 2))
    return counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel}, stride {stride}, no padding, reads an input of "
            "{input}. How many MACs (multiplications with their additions) does it take?",
            "A convolution with {filters} filters of {kernel}×{kernel}, stride {stride}, no padding, reads an input of "
            "{input}. How many MACs (multiplications with their additions) does it take?",
        ),
        {"filters": filters, "kernel": kernel, "stride": stride, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters, stride),
        "conv.macs",
    )


def _conv_output(dice: Dice) -> Task:
    side, channels = dice.pick((28, 32, 64, 112, 224, 227)), dice.pick((3, 16, 64))
    kernel, filters = dice.pick((3, 5, 7, 11)), dice.pick((8, 16, 32, 64))
    stride, padding = dice.pick((1, 2, 2, 4)), dice.pick((0, 1, 2, 3))
    return counting(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel}, stride {stride}, padding {padding}, reads an input "
            "of {input}. What is the shape of its output (height x width x channels)?",
            "A convolution with {filters} filters of {kernel}×{kernel}, stride {stride}, padding {padding}, reads an input "
            "of {input}. What is the shape of its output (height x width x channels)?",
        ),
        {"filters": filters, "kernel": kernel, "stride": stride, "padding": padding, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters, stride, padding),
        "conv.output",
    )


def _positions(dice: Dice) -> Task:
    side, kernel = dice.pick((5, 7, 10, 28, 32, 64, 224)), dice.pick((3, 3, 5))
    stride, padding = dice.pick((1, 1, 2)), dice.pick((0, 0, 1))
    return counting(
        N_(
            "A {kernel}×{kernel} window slides over a picture of {side}×{side} pixels, stride {stride}, padding {padding}. "
            "How many positions does it take?"
        ),
        {"kernel": kernel, "side": side, "stride": stride, "padding": padding},
        Spec(Shape((side, side), 1), kernel, 1, stride, padding),
        "conv.positions",
    )


def _written(side: int, channels: int) -> str:
    return str(Shape((side, side), channels))


LAYERS: dict[str, Step] = {
    "conv3": Step(3, 1, 1, 0),
    "conv5": Step(5, 1, 1, 0),
    "conv3/2": Step(3, 2, 1, 0),
    "conv7/2": Step(7, 2, 1, 0),
    "conv3,d2": Step(3, 1, 2, 0),
    "conv3,d4": Step(3, 1, 4, 0),
    "maxpool2": Step(2, 2, 1, 0),
    "maxpool3/2": Step(3, 2, 1, 0),
}
"""What a stack is made of, as the notation writes it."""


def _seen(dice: Dice, layers: int | None = None) -> Task:
    """About a stack of 3 to 5 layers, or of so many."""
    names = [dice.pick(tuple(LAYERS)) for _layer in range(3 + dice.below(3) if layers is None else layers)]
    steps, stack = tuple(LAYERS[name] for name in names), " ".join(names)
    return Task(
        N_(
            "Layers one after the other: {stack}. How many input pixels across does one unit of the last layer see? "
            "(conv3 is a 3×3 convolution, maxpool2 a 2×2 pool with stride 2, /2 a stride, d2 a dilation.)"
        ),
        {"stack": stack},
        f"cnncalc rf {stack} --get rf",
        fields.Exercise("rf", steps, steps),
        RF_SLIPS,
        fields.solve,
    )


def _without_last(asked: fields.Exercise) -> fields.Exercise:
    return asked._replace(path=asked.path[:-1], all=asked.all[:-1])


RF_SLIPS: tuple[Slip[Any], ...] = (
    *fields.SLIPS,
    Slip("last_layer", "path", _without_last, lambda _asked: _("leaves out the last layer")),
)


def _weights(dice: Dice) -> Task:
    return _about_local(
        dice,
        NN_(
            "A locally connected layer with {filters} filter of {kernel}×{kernel} and its own weights at every place reads "
            "an input of {input}, stride 1, no padding. How many weights has it, biases left out?",
            "A locally connected layer with {filters} filters of {kernel}×{kernel} and its own weights at every place reads "
            "an input of {input}, stride 1, no padding. How many weights has it, biases left out?",
        ),
        "local.weights",
    )


def _local_biases(dice: Dice) -> Task:
    return _about_local(
        dice,
        NN_(
            "A locally connected layer (nothing is shared) with {filters} filter of {kernel}×{kernel} reads an input of "
            "{input}, stride 1, no padding. How many biases has it?",
            "A locally connected layer (nothing is shared) with {filters} filters of {kernel}×{kernel} reads an input of "
            "{input}, stride 1, no padding. How many biases has it?",
        ),
        "local.biases",
    )


def _about_local(dice: Dice, template: tuple[str, str], of: str) -> Task:
    side, channels = dice.pick((8, 14, 16, 28, 32)), dice.pick((1, 3, 3, 16))
    kernel, filters = dice.pick((3, 5)), dice.pick((2, 4, 8, 16))
    return counting(
        template,
        {"filters": filters, "kernel": kernel, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), kernel, filters),
        of,
    )


def _dense_macs(dice: Dice) -> Task:
    side, channels, units = dice.pick((7, 14, 28)), dice.pick((3, 16, 64)), dice.pick((10, 100, 128, 1000))
    return counting(
        N_(
            "A fully connected layer with {units} units and biases reads an input of {input}. How many MACs "
            "(multiplications with their additions) does it take?"
        ),
        {"units": units, "input": _written(side, channels)},
        Spec(Shape((side, side), channels), units=units),
        "dense.macs",
    )


TYPES = {"fp32": 4, "fp16": 2}
"""Bytes of a number."""


class Stored(NamedTuple):
    """The parameters of a layer, and how many bytes each takes; ``times`` is 8 for who counts bits."""

    counted: counts.Exercise
    bytes: int
    times: int = 1


def stored(asked: Stored) -> Value:
    """The bytes, as parameters times bytes.

    >>> from cnncalc.exercises.counts import exercise
    >>> print(*stored(Stored(exercise(Spec(Shape((8, 8), 3), 3, 4), "conv"), 2)))
    2·4·(3·3·3 + 1)
    """
    (parameters,) = counts.solve(asked.counted)
    size = Term(asked.bytes) * parameters
    return (Term(asked.times) * size if asked.times > 1 else size,)


def _of_layer(slip: Slip[counts.Exercise]) -> Slip[Stored]:
    """A slip in counting, made before the bytes are."""

    def mistake(asked: Stored) -> Stored | None:
        counted = slip.mistake(asked.counted)
        return counted and asked._replace(counted=counted)

    return Slip(slip.name, slip.family, mistake, lambda asked: slip.says(asked.counted))


def _other_type(asked: Stored) -> Stored:
    return asked._replace(bytes=sum(TYPES.values()) - asked.bytes)


STORED_SLIPS: tuple[Slip[Stored], ...] = (
    *(_of_layer(slip) for slip in counts.MISCOUNTS),
    Slip("other_type", "bytes", _other_type, lambda _asked: _("takes a number of another type")),
    Slip("bits", "bits", lambda asked: asked._replace(times=8), lambda _asked: _("gives bits, not bytes")),
    Slip(
        "no_bytes",
        "bytes",
        lambda asked: asked._replace(bytes=1),
        lambda _asked: _("gives the numbers, not their bytes"),
    ),
)


def _memory(dice: Dice) -> Task:
    side, channels = dice.pick((28, 32, 64, 128)), dice.pick((3, 16, 32, 64))
    kernel, filters, dtype = dice.pick((1, 3, 3, 5)), dice.pick((8, 16, 32, 64)), dice.pick(tuple(TYPES))
    spec = Spec(Shape((side, side), channels), kernel, filters)
    return Task(
        NN_(
            "A convolution with {filters} filter of {kernel}×{kernel} and its bias reads an input of {input}. How many bytes "
            "do its parameters take in {dtype}?",
            "A convolution with {filters} filters of {kernel}×{kernel} and biases reads an input of {input}. How many bytes "
            "do its parameters take in {dtype}?",
        ),
        {"filters": f"{filters}", "kernel": f"{kernel}", "input": _written(side, channels), "dtype": dtype},
        f"{_params(spec, 'conv.memory')} --dtype {dtype}",
        Stored(counts.exercise(spec, "conv"), TYPES[dtype]),
        STORED_SLIPS,
        stored,
    )


MAKERS: dict[str, tuple[Maker, ...]] = {
    "params": (_conv_parameters, _conv_parameters, _dense_parameters, _local_parameters, _conv_macs),
    "rf": (_seen,),
    "shapes": (_conv_output, _conv_output, _positions),
    "macs": (_conv_macs, _dense_macs),
    "memory": (_memory,),
    "local": (_local_parameters, _weights, _local_biases),
    "equivariance": statements.MAKERS,
}
"""The kinds of questions of each topic; one that stands there twice comes twice as often."""

KINDS: dict[str, tuple[Maker, ...]] = {**MAKERS, "rf": tuple(partial(_seen, layers=layers) for layers in (3, 4, 5))}
"""The same for a class, where one question is of one kind for all: as many layers to follow, too."""
