"""The functions of the library that take a network, as the command line takes it: by name, file, notation, or itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnncalc.errors import NetworkError
from cnncalc.language import _
from cnncalc.loading import AnyNetwork, network_of, title_of
from cnncalc.shapes import AnyShape, Shape

if TYPE_CHECKING:  # each function imports what it needs, so that none costs what another does
    from cnncalc.analysis import Trace
    from cnncalc.designs.design import Design
    from cnncalc.inputs import AnyInputs
    from cnncalc.network import Network
    from cnncalc.peers import Number
    from cnncalc.receptive.asked import Asked
    from cnncalc.report import Report
    from cnncalc.tiling.asked import AnySizes
    from cnncalc.verify.compare import Verdict, Watch
    from cnncalc.verify.forward import Weights
    from cnncalc.verify.ledger import Array

GIBIBYTE = 2**30


def trace(network: AnyNetwork, input: AnyInputs | None = None, *, training: bool = False) -> Trace:
    """Follow the receptive field through every layer; without ``input`` what depends on the size stays open.

    >>> [node.name for node in trace("conv3 x2").network.nodes]
    ['conv1', 'conv2']

    Raises `CnncalcError` for what is no network or no shape, as all these functions do.
    """
    from cnncalc import analysis

    return analysis.trace(*_fed(network, input), training=training)


def receptive_fields(
    network: AnyNetwork, input: AnyInputs | None = None, asked: Asked | None = None, title: str = "", *, depth: int = 0
) -> Report:
    """The receptive field of every layer, in input pixels; ``asked`` says what else is wanted, and at which layer.

    >>> receptive_fields("conv3 maxpool2 conv3", "16x16x3").get("rf")
    8

    Raises `CnncalcError` for a layer that does not exist, or a question that needs an input size.
    """
    from cnncalc.receptive import report

    return report.receptive_fields(*_fed(network, input), asked, title or _title(network), depth=depth)


def halo(
    network: AnyNetwork,
    input: AnyShape | None = None,
    *,
    at: str = "",
    windows_only: bool = False,
    plan: AnySizes | None = None,
    tile: AnySizes | None = None,
    memory: int | None = None,
    least: bool = False,
    dtype: str = "fp32",
    title: str = "",
) -> Report:
    """What tiles must overlap so that together they are the whole, in inputs; with ``plan`` the tiles of an image.

    ``plan`` and ``tile`` are sizes, one for each axis or one for all; ``memory`` is how many bytes a tile may need, and
    ``least`` asks for as few tiles as can be, none larger than that.

    >>> report = halo("conv3,p1 x2 maxpool2", plan=40, tile=24)
    >>> report.get("left"), report.get("align"), [tile["begin"] for tile in report.get("plan.tiles")]
    (2, 2, [[0], [16]])

    Raises `CnncalcError` for a layer that does not exist, and for tiles that can't be put together.
    """
    from cnncalc.tiling.asked import Cut, Wanted, spans
    from cnncalc.tiling.report import halo_report

    image, size = (() if sizes is None else spans(sizes) for sizes in (plan, tile))
    wanted = Wanted(at, windows_only, Cut(image, size, memory, least), dtype)
    return halo_report(network_of(network), _shape(input), wanted, title or _title(network))


def summary_report(
    network: AnyNetwork, input: AnyInputs | None = None, *, dtype: str = "fp32", depth: int = 0, title: str = ""
) -> Report:
    """Shapes, counts, memory in bytes and fields of every layer; ``depth`` folds blocks below that many names.

    >>> summary_report("vgg16", "224x224x3").get("total.parameters")
    138357544

    Raises `NetworkError` without an input shape, and `ShapeError` for a layer that can't take what it gets.
    """
    from cnncalc.summary import report

    return report.summary_report(*_fed(network, input), dtype=dtype, depth=depth, title=title or _title(network))


def memory(
    network: AnyNetwork,
    input: AnyInputs | None = None,
    *,
    batch: int = 1,
    training: bool = False,
    optimizer: str = "",
    dtype: str = "fp32",
    inplace: bool = False,
    fold_bn: bool = False,
    checkpoint: Sequence[str] = (),
    fit: int | str | None = None,
    depth: int = 0,
) -> Report:
    """What a network holds in memory, step by step; ``fit``, bytes or text, asks for the largest batch that it holds.

    >>> memory("resnet50", inplace=True, fold_bn=True).get("total.activations")
    7225344

    Raises `CnncalcError` for what contradicts, an amount that is none, or a block that is not there.
    """
    from cnncalc.dtypes import amount
    from cnncalc.timeline import options, report

    question = options.Question(batch, dtype, training, optimizer, inplace, fold_bn, tuple(checkpoint))
    size = amount(fit) if isinstance(fit, str) else fit
    title = _title(network)
    return report.memory(*_fed(network, input), question, fit=size, depth=depth, title=title)


def diff(a: AnyNetwork, b: AnyNetwork, input: AnyShape | None = None, *, dtype: str = "fp32", depth: int = 0) -> Report:
    """Two networks side by side: totals, layers aligned by what they are, and the parts that make up the difference.

    >>> diff("vgg16", "vgg19").get("parameters.difference")
    5309696

    Raises `NetworkError` where no input shape is known, and `ShapeError` for a layer that can't take what it gets.
    """
    from cnncalc.difference import report

    titles = _title(a), _title(b)
    return report.diff(network_of(a), network_of(b), _shape(input), dtype=dtype, depth=depth, titles=titles)


def summaries(networks: Iterable[AnyNetwork], input: AnyShape | None = None, *, dtype: str = "fp32") -> Report:
    """The totals of several networks, one row each; those that have no name are numbered.

    >>> summaries(["vgg16", "vgg19"]).get("vgg19.parameters")
    143667240

    Raises `NetworkError` where no input shape is known, and `ShapeError` for a layer that can't take what it gets.
    """
    from cnncalc.difference import rows

    named = [(_title(network) or str(place), network_of(network)) for place, network in enumerate(networks, start=1)]
    return rows.summaries(named, _shape(input), dtype=dtype)


def as_counted_by(tool: str, network: AnyNetwork, input: AnyShape | None = None) -> tuple[Number, ...]:
    """What a tool prints for a network, each number as ours and what its rules add.

    >>> [number.total for number in as_counted_by("torchinfo", "conv3-64,p1", "224x224x3")]
    [89915392, 1792]

    Raises `NetworkError` for a tool that is not known, and for layers that it was not measured on.
    """
    from cnncalc import peers

    return peers.as_counted_by(tool, network_of(network), _shape(input))


def verify(
    network: AnyNetwork,
    input: AnyShape,
    *,
    seed: int = 0,
    max_memory: int = GIBIBYTE,
    max_time: float = 60.0,
    watch: Watch | None = None,
) -> Verdict:
    """Do with NumPy what the network says, within bytes and seconds, and compare what happens with what is claimed.

    >>> verify("conv3-64 relu", (32, 32, 3)).agrees
    True

    Raises `LimitError` for limits that make no sense or that not even a smaller input keeps.
    """
    from cnncalc.verify import compare

    options = {"seed": seed, "max_memory": max_memory}
    return compare.verify(network_of(network), Shape.of(input), **options, max_time=max_time, watch=watch)


def run(
    network: AnyNetwork, x: Array, weights: Weights | None = None, *, seed: int = 0, max_memory: int = GIBIBYTE
) -> Array:
    """What the network makes of ``x``, channels first and without a batch; random weights unless given.

    >>> import numpy
    >>> run("conv3-8,p1 conv3-4", numpy.ones((3, 8, 8))).shape
    (4, 6, 6)

    Raises `ShapeError` where a layer can't take what arrives, `LimitError` for more than ``max_memory`` bytes.
    """
    from cnncalc.verify import forward

    return forward.run(network_of(network), x, weights, seed=seed, max_memory=max_memory)


def show(network: AnyNetwork, *, lines: bool = False) -> str:
    """The network in the notation, so that `parse` gives it back; ``lines`` lays it out over lines, as in a file.

    >>> from cnncalc.layers.conv import Conv
    >>> show([Conv(3, 64), Conv(3, 64)])
    'conv3-64 x2'
    """
    from cnncalc.notation import writing

    return writing.show(network_of(network), lines=lines)


def sweep(
    network: str,
    input: str | None = None,
    *,
    vary: Sequence[str] = (),
    where: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    dtype: str = "fp32",
    **values: str | int | Iterable[int],
) -> dict[str, Array]:
    """Every configuration of a template or of a varied network, as a frame of NumPy columns; −1 is unknown.

    A template is the notation with variables, capital letters, where numbers stand; the values of each are numbers, or
    a text such as ``"16..256:x2"``. ``vary`` are edits of a network that is there, ``where`` is a condition on rows.

    >>> frame = sweep("convK-C maxpool2", "32x32x3", K=(3, 5), C="16,32")
    >>> frame["parameters"].tolist(), frame["field"].tolist()
    ([448, 896, 1216, 2432], [4, 4, 6, 6])

    Raises `CnncalcError` for what can't be read, and `LimitError` for more rows than a frame may have.
    """
    from cnncalc.loading import family_of
    from cnncalc.sweeps.compute import Sweep
    from cnncalc.sweeps.conditions import Condition
    from cnncalc.sweeps.frames import columns_of, variables_from
    from cnncalc.sweeps.runs import Run

    family, variables = family_of([network], variables_from(values), input, vary)
    grid = Sweep(family, variables, dtype)
    condition = None if where is None else Condition.read(where, grid.columns)
    return columns_of(Run(grid, condition, sample=sample, seed=seed))


def solve(
    network: AnyNetwork | None = None,
    input: AnyShape | None = None,
    *,
    require: Sequence[str],
    chain: Sequence[str] = (),
    least: str | None = None,
    most: str | None = None,
    edits: Sequence[str] | None = None,
    at: str = "",
    holes: bool = False,
    count: int = 10,
    dtype: str = "fp32",
    **values: str | int | Iterable[int],
) -> tuple[Design, ...]:
    """The designs that meet requirements, the best first: edits of a network, or a chain of blocks with variables.

    >>> (design,) = solve(chain=["conv3-64,dD"], D="1..512:x2", input="16000x64", require=["rf>=1000"])
    >>> design.parameters, design.field, design.layers
    (111168, 1023, 9)
    >>> solve("unet", require=["rf>=400"], edits=["dilation"], count=1)[0].edits
    ('bottom.1.conv1.dilation=8',)

    Raises `CnncalcError` for goals that can't be read, and where there is nothing to search.
    """
    from cnncalc.designs.goal import read_goal
    from cnncalc.designs.report import solve_chain, solve_edits
    from cnncalc.sweeps.frames import variables_from

    goal = read_goal(require, least, most)
    if chain:
        if input is None:
            raise NetworkError(_("a chain needs the shape of its input: give --input 16000x64"))
        return solve_chain(chain, variables_from(values), Shape.of(input), goal, holes=holes, dtype=dtype).designs
    if network is None:
        raise NetworkError(_("a network is missing: write one to be edited, or --chain conv3-64,dD to build one"))
    loaded = network_of(network)
    shape = _shape(input) or loaded.input
    if shape is None:
        raise NetworkError(_("the shape of the input is needed: add --input 224x224x3"))
    return solve_edits(loaded, shape, goal, edits, at=at, dtype=dtype, count=count).designs


def _fed(network: AnyNetwork, input: AnyInputs | None) -> tuple[Network, Shape | None]:
    """The network with the shapes of its inputs, a dict of them where it has several, and that of the first."""
    from cnncalc.inputs import fed

    return fed(network_of(network), input)


def _shape(input: AnyShape | None) -> Shape | None:
    return None if input is None else Shape.of(input)


def _title(network: AnyNetwork) -> str:
    return title_of(network) if isinstance(network, str) else ""
