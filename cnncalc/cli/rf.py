"""``cnncalc rf``: how far a unit sees, layer by layer."""

from collections.abc import Mapping
from typing import Annotated

from typer import Context, Option

from cnncalc.cli.answer import OUTPUT
from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import fed, network_of, title_of
from cnncalc.cli.options import (
    AllowUnknown,
    Answer,
    Assume,
    Budget,
    Depth,
    Inputs,
    Layout,
    Verify,
    Words,
    asked_of,
    budgeted,
    check_depth,
    held,
)
from cnncalc.cli.output import wanted
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import shorten

DETAILS = N_(
    "A network is words of the notation, a .cnn file, a name from the zoo, a model file, or - for standard input. "
    "Sizes are those as if the input had no border; --unit tells what one unit really reads, borders and padding considered."
)
EXAMPLES = (
    "rf conv3 x2 maxpool2 conv3",
    "rf vgg16 --input 224x224x3",
    "rf conv3,d2 x3 --ruler",
    "rf conv3,p1 x3 --input 16x16x1 --unit corner",
    "rf resnet50 --at layer4 --require 'rf>=400' --get rf",
    "rf resnet18 --at layer3 --unit 2,9 --figure maps --format svg",
)


@budgeted
def command(
    context: Context,
    network: Words,
    *,
    input: Inputs = None,
    origin: Annotated[
        str | None,
        Option("--from", metavar="INPUT", help=N_("of several inputs the one to look from; default: the first")),
    ] = None,
    at: Annotated[str | None, Option(metavar="LAYER", help=N_("layer or block to report; default: the last"))] = None,
    windows_only: Annotated[
        bool, Option("--windows-only", help=N_("leave out statistics, gates, attention and dense layers"))
    ] = False,
    training: Annotated[
        bool, Option("--training", help=N_("as while the network learns: bn reads the whole batch"))
    ] = False,
    unit: Annotated[
        str | None, Option(metavar="Y,X|centre|corner", help=N_("what this unit really reads, beside its field"))
    ] = None,
    depth: Depth = 0,
    effective: Annotated[
        bool, Option("--effective", help=N_("effective field: the share of the paths that each input has"))
    ] = False,
    ruler: Annotated[bool, Option("--ruler", help=N_("draw the fields on one axis of the input"))] = False,
    sample_rate: Annotated[
        float | None, Option(metavar="HZ", help=N_("samples per second of a sequence, to show milliseconds"))
    ] = None,
    budget: Budget,
    image: Annotated[
        str | None, Option(metavar="FILE", help=N_("a picture to lie behind the drawing of -o FILE.html"))
    ] = None,
    figure: Annotated[
        str,
        Option(metavar="growth|maps", help=N_("what -o FILE.svg draws: rows of units, or what is read of every map")),
    ] = "growth",
    answer: Answer = None,
    of: Annotated[str | None, Option(metavar="rf|jump|start", help=N_("what the answer is to; default: rf"))] = None,
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
    verify: Verify = False,
) -> Report:
    check_depth(depth)
    _check_figure(figure)
    if image is not None and wanted(context.meta[OUTPUT]) != "html":
        raise UsageError(_("--image lies behind a drawing: add -o FILE.html"))
    if sample_rate is not None and not 0 < sample_rate < 1e12:
        raise UsageError(_("--sample-rate {rate} is not a rate: give a number above 0").format(rate=sample_rate))
    for text in input or (None,):
        _check_empty({"--at": at, "--unit": unit, "--from": origin, "--input": text})
    questions = {"--unit": unit, "--effective": effective, "--ruler": ruler, "--sample-rate": sample_rate}
    _check_answer(answer, of, questions | asked_of(budget) | {"--verify": verify})
    graph, shape = fed(network_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout), input)
    if origin is not None:
        from cnncalc.inputs import seen_from

        graph = seen_from(graph, origin)
        shape = graph.input
    if answer is not None:
        from cnncalc.exercises.fields import judge

        return judge(graph, shape, of or "rf", answer, at or "", title_of(network))
    from cnncalc.receptive.asked import Asked
    from cnncalc.receptive.report import receptive_fields

    asked = Asked(at or "", training, windows_only, unit or "", effective, ruler, sample_rate, image or "", figure)
    report = held(receptive_fields(graph, shape, asked, title_of(network), depth=depth), budget)
    if verify:
        from cnncalc.cli.verification import beside, network_report

        return beside(report, network_report(graph, shape))
    return report


def _check_figure(figure: str) -> None:
    from cnncalc.receptive.asked import FIGURES

    if figure not in FIGURES:
        raise UsageError(
            _("there is no figure {figure}: take one of {known}").format(
                figure=shorten(figure) or "''", known=", ".join(FIGURES)
            )
        )


def _check_empty(texts: dict[str, str | None]) -> None:
    for option, text in texts.items():
        if text is not None and not text.strip():
            raise UsageError(_("{option} is empty: give a value or leave it out").format(option=option))


def _check_answer(answer: str | None, of: str | None, questions: Mapping[str, object]) -> None:
    """An answer is judged alone: its report has no place for what else is asked."""
    if answer is None:
        if of is not None:
            raise UsageError(_("--of {field} says what an answer is to: add --answer").format(field=shorten(of)))
        return
    for option, asked in questions.items():
        if asked:
            raise UsageError(
                _("{one} and {other} are two questions: leave one out").format(one=option, other="--answer")
            )
