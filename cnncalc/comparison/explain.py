"""The derivation in words: where every factor of a formula comes from, and what locality and sharing each save.

A step is a sentence or two with the numbers of the very layers it speaks of; the formulas in them are the `Term`s
that were counted with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from cnncalc import formulas
from cnncalc.comparison.report import factor_line, question, rounding_note
from cnncalc.comparison.rows import Comparison, Row, Spec, compared
from cnncalc.counting import worked_positions
from cnncalc.language import N_, NN_, _, counted
from cnncalc.layers.base import at
from cnncalc.layers.conv import Conv
from cnncalc.report import Report
from cnncalc.shapes import Shape
from cnncalc.symbols import Term, product

Step = tuple[str, str]
"""What a sentence is about (a row, a factor, a name below), and the sentence."""


def explain(spec: Spec) -> Report:
    """The derivation of every row that ``spec`` asks for, in the language in use.

    >>> from cnncalc.shapes import Shape
    >>> print(explain(Spec(Shape((5, 5), 1), 3, names=("conv",))).get("positions.text"))
    Along H and W the window of 3 stands at (5 + 0 − 3)/1 + 1 = 3 places.
    """
    comparison = compared(spec)
    causes = dict.fromkeys(cause for factor in comparison.factors for cause, _share in factor.causes)
    steps = [
        *_grid(comparison),
        *((row.name, _row(row)) for row in comparison.rows),
        *_biases(comparison),
        *((factor.name, factor_line(factor, spec)) for factor in comparison.factors),
        *((cause, _(SAVINGS[cause])) for cause in causes),
    ]
    data = {"question": question(comparison), "steps": [{"name": name, "text": text} for name, text in steps]}
    notes = tuple(text for _name, text in steps)
    return Report("explanation", data, notes=notes, title=_("where the numbers come from"))


def _grid(comparison: Comparison) -> Iterator[Step]:
    """The input, the places of the window on every axis, and the outputs that makes."""
    shape, window = comparison.spec.shape, comparison.window
    inputs = product((*shape.symbolic().space, shape.symbolic().channels))
    yield "input", _("The input holds {inputs} numbers.").format(inputs=_equation(inputs))
    if window is None:
        return
    axes: dict[str, list[str]] = {}
    for axis, (letter, places) in enumerate(zip(shape.axes, worked_positions(window, shape), strict=True)):
        axes.setdefault(_places(window, shape, axis, places), []).append(letter)
    for sentence, letters in axes.items():
        yield "positions", sentence.format(axes=_(" and ").join(letters))
    yield from (("rounding", rounding_note(rounding)) for rounding in comparison.roundings)
    positions = product(tuple(map(Term, comparison.output.space)))
    yield (
        "outputs",
        _("That makes {positions} positions, and with one number per filter {outputs} outputs.").format(
            positions=_equation(positions), outputs=_equation(positions * Term(comparison.output.channels))
        ),
    )


def _places(window: Conv, shape: Shape, axis: int, places: Term) -> str:
    """Why the window stands at so many places; ``{axes}`` is left open, because several axes may share the reason."""
    kernel, dilation, stride = (at(sizes, axis) for sizes in (window.kernel, window.dilation, window.stride))
    before, after = window.sides(axis, shape.space[axis])
    span = formulas.window(Term(kernel), Term(dilation))
    sentences = [
        _("Along {axes} a kernel of {kernel} with dilation {dilation} spans {span} inputs.") if dilation > 1 else "",
        _("Padding {before} + {after} = {both} makes room at the two ends.") if before + after else "",
        _("The rule {rule} keeps one place for every {stride} inputs: {places} along {axes}.")
        if isinstance(window.padding, str)
        else _("Along {axes} the window of {window} stands at {places} places."),
        _("Steps of {stride} leave out the places between.") if stride > 1 else "",
    ]
    return reduce(_after, filter(None, sentences)).format(
        axes="{axes}",
        kernel=f"{kernel:,}",
        dilation=f"{dilation:,}",
        span=_equation(span),
        window=f"{int(span):,}",
        before=f"{before:,}",
        after=f"{after:,}",
        both=f"{before + after:,}",
        rule=window.padding,
        stride=f"{stride:,}",
        places=_equation(places),
    )


def _after(first: str, second: str) -> str:
    """One sentence after another: in Chinese no space stands between them."""
    return _("{first} {second}").format(first=first, second=second)


DERIVATIONS: Mapping[str, str | tuple[str, str]] = {
    "dense": NN_(
        "Fully connected, {filters} unit: a unit has one weight for every input, {fan_in}. Parameters: {line}.",
        "Fully connected, {filters} units: a unit has one weight for every input, {fan_in}. Parameters: {line}.",
    ),
    "dense_same": NN_(
        "A fully connected layer with the same output needs {filters} unit, which has a weight for every input, {fan_in}. "
        "Parameters: {line}.",
        "A fully connected layer with the same output needs {filters} units, one per output, and each has a weight for "
        "every input, {fan_in}. Parameters: {line}.",
    ),
    "local": N_(
        "Locally connected: an output looks at its own window only and has {fan_in} weights. Every position and every "
        "filter has weights of its own, {filters} sets. Parameters: {line}."
    ),
    "tiled": N_(
        "Tiled: an output has {fan_in} weights, and a small grid of filters repeats over the positions, {filters} sets "
        "in all. Parameters: {line}."
    ),
    "conv": N_(
        "Convolution: an output has {fan_in} weights, and all positions of a map use the same ones, so there are only "
        "as many sets as filters, {filters}. Parameters: {line}."
    ),
    "depthwise": NN_(
        "Depthwise convolution: a filter looks at one channel only, {fan_in} weights, and there is {filters} filter. "
        "Parameters: {line}.",
        "Depthwise convolution: a filter looks at one channel only, {fan_in} weights, and there are {filters} filters. "
        "Parameters: {line}.",
    ),
    "separable": N_(
        "Depthwise separable convolution: first one filter of {fan_in} weights to each of {filters} channels, then "
        "1×1 filters that mix the channels. Parameters: {line}."
    ),
}
"""Where the factors of each row come from."""

SAVINGS: Mapping[str, str] = {
    "locality": N_(
        "Locality is the assumption that what lies together belongs together: an edge is seen in a few neighbouring "
        "pixels. It saves weights and work alike."
    ),
    "sharing": N_(
        "Sharing is the assumption that what is worth finding in one place is worth finding in every place. It saves "
        "weights and no work: every position is still computed."
    ),
    "grouping": N_("Grouping lets a filter see some of the channels only. It saves weights and work alike."),
    "separation": N_(
        "Taking space and channels one after the other saves weights and work where there are many filters."
    ),
}
"""What each cause of a factor assumes."""


def _row(row: Row) -> str:
    bank = row.weighing[0]
    return counted(DERIVATIONS[row.name], int(bank.filters)).format(
        fan_in=_equation(bank.fan_in), filters=_equation(bank.filters), line=_equation(row.worked)
    )


def _biases(comparison: Comparison) -> Iterator[Step]:
    if not comparison.spec.bias:
        yield "bias", _("There are no biases, so no + 1 stands beside the weights.")
        return
    yield (
        "bias",
        _(
            "The + 1 is the bias: one per filter, because it is the threshold of what the filter looks for, and that "
            "does not depend on where it looks."
        ),
    )
    if comparison.row("local"):
        yield (
            "local_bias",
            _("Here the local layer shares one bias per filter among all positions.")
            if comparison.spec.shared_bias
            else _("Without sharing, every position has a filter of its own, and so a bias of its own."),
        )


def _equation(number: int) -> str:
    """``3·3·3 = 27``; the number alone where there is nothing to compute."""
    plain = f"{int(number):,}"
    return f"{number} = {plain}" if isinstance(number, Term) and number.operator else plain
