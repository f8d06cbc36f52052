"""What every kind of layer keeps for its backward pass, as PyTorch does it; one row per keyword of the notation.

Each row was read off PyTorch's saved tensors, and the tests ask it again for every keyword.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnncalc.language import N_
from cnncalc.layers.base import Layer
from cnncalc.shapes import Shape

MASK_BITS = 8
INDEX_BITS = 64
STATISTIC_BITS = 32


class Extra(NamedTuple):
    """Numbers that are kept beside inputs and outputs: so many per sample, and ``once`` for the whole batch.

    ``bits`` are those of one number, `None` where they are of the network's own type.
    """

    what: str
    numbers: int = 0
    once: int = 0
    bits: int | None = None


Extras = Callable[[Any, Shape, Shape], tuple[Extra, ...]]
"""What a layer keeps beside its input and output, from its input's and its output's shape."""


def _nothing(_layer: Layer, _input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return ()


class Rule(NamedTuple):
    """What a layer keeps: its ``input``, its ``output``, and ``extras``; ``says`` is why.

    A ``view`` writes no tensor of its own. ``in_place`` says what is kept if the layer writes over its input:
    ``"output"``, ``"copy"`` of the input, or nothing at all (`None`: it can't). ``passes``: the gradient of its output
    is that of its inputs, and needs no tensor of its own. What does not ``stay``
    is nothing once the network has learnt.
    """

    says: str
    input: bool = False
    output: bool = False
    extras: Extras = _nothing
    view: bool = False
    in_place: str | None = None
    passes: bool = False
    stays: bool = True


def _batch_statistics(_layer: Layer, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("statistics"), once=2 * input.channels, bits=STATISTIC_BITS),)


def _group_statistics(layer: Any, _input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("statistics"), 2 * layer.groups, bits=STATISTIC_BITS),)


def _layer_statistics(layer: Any, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("statistics"), 2 if layer.space else 2 * input.positions, bits=STATISTIC_BITS),)


def _channel_statistics(layer: Any, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    repeated = (Extra(N_("repeated scales"), input.channels),) if layer.scale else ()
    return (Extra(N_("statistics"), 2 * input.channels, bits=STATISTIC_BITS), *repeated)


def _indices(_layer: Layer, _input: Shape, output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("indices"), output.numbers, bits=INDEX_BITS),)


def _mask(_layer: Layer, _input: Shape, output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("mask"), output.numbers, bits=MASK_BITS),)


def _middle(layer: Layer, input: Shape, output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("depthwise output"), layer.banks(input, output)[0].outputs),)


def _denominator(_layer: Layer, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("denominator"), input.numbers),)


def _neighbours(layer: Any, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    padded = input.positions * (input.channels + layer.channels - 1)
    return (
        Extra(N_("padded squares"), padded),
        Extra(N_("sums"), input.numbers),
        Extra(N_("denominator"), input.numbers),
    )


def _powers(_layer: Layer, input: Shape, output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("powers"), input.numbers), Extra(N_("steps of the root"), 4 * output.numbers))


def _projections(layer: Any, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    mixed = Extra(N_("queries, keys and values"), 3 * input.numbers), Extra(N_("mixed values"), input.numbers)
    return (*mixed, Extra(N_("log of the sums"), layer.heads * input.positions, bits=STATISTIC_BITS))


def _log_sums(layer: Any, input: Shape, _output: Shape) -> tuple[Extra, ...]:
    return (Extra(N_("log of the sums"), layer.heads * input.positions, bits=STATISTIC_BITS),)


STEPPED = {"rnn": 1, "gru": 7, "lstm": 7}
"""What PyTorch keeps for every unit and step where no GPU fuses them: gates, cells, and what stands between."""


def _steps(layer: Any, _input: Shape, output: Shape) -> tuple[Extra, ...]:
    first = output.channels if layer.op == "rnn" else 0
    return (Extra(N_("steps on their way"), STEPPED[layer.op] * output.numbers + first),)


WEIGHED = Rule(N_("the gradient of the weights needs the input"), input=True)
POINTWISE = Rule(N_("the derivative is taken at the input"), input=True)
COPIED = Rule(N_("the derivative is taken at the input, of which a copy is kept in place"), input=True, in_place="copy")
TURNED = Rule(N_("the derivative is taken at the input, or in place at the output"), input=True, in_place="output")
FROM_OUTPUT = Rule(N_("the derivative follows from the output"), output=True, in_place="output")
ARRANGED = Rule(N_("nothing: the gradient is only put elsewhere"))
VIEW = Rule(N_("nothing: a view of its input"), view=True, passes=True)
PART = Rule(N_("nothing: a view of a part of its input, around which the gradient is 0"), view=True)
MAXIMUM = Rule(N_("the input, and for every output where its largest was, in 8 bytes"), input=True, extras=_indices)
MEAN = Rule(N_("the input, of which PyTorch's mean needs no more than the size"), input=True)
WHOLE_MEAN = Rule(N_("nothing: all that is averaged gets the same gradient"))
LARGEST_OF = Rule(N_("the input and the output, which tell where the largest was"), input=True, output=True)
MIRROR = Rule(N_("the input, of which the padding needs no more than the size"), input=True)
ROOT = Rule(N_("the input, its powers, and four steps on the way to the root"), input=True, extras=_powers)

RULES: dict[str, Rule] = {
    **dict.fromkeys(("conv", "dwconv", "convT", "local", "tiled", "fc", "prelu", "scale"), WEIGHED),
    "sepconv": Rule(N_("the input, and what stands between the two steps"), input=True, extras=_middle),
    "bn": Rule(N_("the input, and mean and deviation of the batch in fp32"), input=True, extras=_batch_statistics),
    "gn": Rule(N_("the input, and mean and deviation of every group in fp32"), input=True, extras=_group_statistics),
    "ln": Rule(N_("the input, and means and deviations in fp32"), input=True, extras=_layer_statistics),
    "in": Rule(
        N_("the input, mean and deviation of every channel in fp32, and the scales for every input of the batch"),
        input=True,
        extras=_channel_statistics,
    ),
    "lrn": Rule(N_("the input, its squares padded, their sums, and the denominator"), input=True, extras=_neighbours),
    **dict.fromkeys(("relu", "sigmoid", "tanh", "exp"), FROM_OUTPUT),
    "softmax": FROM_OUTPUT._replace(in_place=None),
    **dict.fromkeys(("leakyrelu", "elu", "celu", "selu"), TURNED),
    **dict.fromkeys(("relu6", "hardtanh", "silu", "mish", "hardsigmoid", "hardswish", "abs", "square"), COPIED),
    **dict.fromkeys(("gelu", "softplus", "glu"), POINTWISE),
    "softsign": Rule(N_("the input, and the denominator of the quotient"), input=True, extras=_denominator),
    **dict.fromkeys(("maxpool", "globalmaxpool", "adaptivemaxpool"), MAXIMUM),
    **dict.fromkeys(("avgpool", "adaptiveavgpool"), MEAN),
    **dict.fromkeys(("lppool", "globallppool"), ROOT),
    **dict.fromkeys(("globalavgpool", "channelavgpool"), WHOLE_MEAN),
    "channelmaxpool": LARGEST_OF,
    "dropout": Rule(
        N_("a mask of one byte for every number, as on a GPU"), extras=_mask, in_place="output", stays=False
    ),
    "add": Rule(N_("nothing: every branch gets the gradient as it is"), in_place="output", passes=True),
    **dict.fromkeys(("concat", "join"), Rule(N_("nothing: every branch gets its part of the gradient"), passes=True)),
    "learnt": Rule(N_("nothing: its numbers are its weights")),
    "mul": Rule(N_("the gradient of a branch needs the other branches"), input=True),
    **dict.fromkeys(("flatten", "unflatten", "identity"), VIEW),
    **dict.fromkeys(("crop", "slice"), PART),
    **dict.fromkeys(("up", "pixelshuffle", "pixelunshuffle", "channelshuffle", "pad", "roll", "tokens"), ARRANGED),
    "placeholder": Rule(N_("nothing: it is an input")),
    "offset": Rule(N_("nothing: the gradient goes on as it is"), passes=True),
    **dict.fromkeys(STEPPED, Rule(N_("the input, and what every step makes on its way"), input=True, extras=_steps)),
    "embed": Rule(N_("the input, which says to what row a gradient belongs"), input=True),
    "attention": Rule(
        N_("fused: the input, queries, keys, values, what they give, and a number per head and position"),
        input=True,
        extras=_projections,
    ),
    **dict.fromkeys(
        ("attend", "crossattend", "windowattend", "gridattend"),
        Rule(
            N_("fused: the input, the output, and a number per head and position"),
            input=True,
            output=True,
            extras=_log_sums,
        ),
    ),
}
"""What is kept, by the keyword of the layer. Only operators that nobody described are not here."""

VARIANTS: dict[str, tuple[str, dict[Any, Rule]]] = {
    "pad": ("mode", {"reflect": MIRROR, "replicate": MIRROR}),
    "adaptiveavgpool": ("outputs", {(1,): WHOLE_MEAN}),
}
"""Where a field of the layer decides: the field, and the rules of some of its values."""

UNMEASURED = Rule(N_("not known: nobody described the operator"))
GONE = Rule(N_("nothing is left of it"), view=True, passes=True)


def rule_of(layer: Layer, *, training: bool) -> Rule:
    """What a layer keeps.

    >>> from cnncalc.layers.activation import Activation
    >>> rule_of(Activation("relu"), training=True).output, rule_of(Activation("silu"), training=True).output
    (True, False)
    """
    name, variants = VARIANTS.get(layer.keyword, ("", {}))
    rule = variants.get(getattr(layer, name)) if name else None
    rule = rule or RULES.get(layer.keyword, UNMEASURED)
    return rule if training or rule.stays else GONE
