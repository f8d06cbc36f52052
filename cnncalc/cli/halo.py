"""``cnncalc halo``: how much the tiles of an image must overlap, and the tiles."""

from typing import Annotated

from typer import Option

from cnncalc.cli.errors import UsageError
from cnncalc.cli.networks import network_of
from cnncalc.cli.options import AllowUnknown, Assume, Budget, Dtype, Layout, Words, budgeted, held
from cnncalc.language import N_, _
from cnncalc.report import Report
from cnncalc.shapes import Shape, shorten

DETAILS = N_(
    "Tiles that overlap by so much, and begin where they may, give together exactly what the whole image gives. "
    "Of each only the valid part is kept. Exit code 1 where no overlap is enough, with the layer that is the reason."
)
EXAMPLES = (
    "halo unet",
    "halo conv3,p1 maxpool2 conv3,p1 up2 conv3,p1 --input 256x256x3",
    "halo srcnn --plan 1000x800 --tile 512",
    "halo dncnn --plan 4096x4096 --memory 2GiB --tiles least",
    "halo resnet50 --at layer4 --verify",
)


def _complete_tiles(incomplete: str) -> list[str]:
    return [word for word in ("least",) if word.startswith(incomplete)]


@budgeted
def command(
    network: Words,
    *,
    input: Annotated[str | None, Option(metavar="HxWxC", help=N_("shape of a tile; also LxC and DxHxWxC"))] = None,
    at: Annotated[
        str | None, Option(metavar="LAYER", help=N_("layer or block that is kept; default: every output"))
    ] = None,
    windows_only: Annotated[
        bool, Option("--windows-only", help=N_("leave out statistics, gates, attention and dense layers"))
    ] = False,
    plan: Annotated[str | None, Option(metavar="HxW", help=N_("list the tiles of an image of this size"))] = None,
    tile: Annotated[str | None, Option(metavar="N|HxW", help=N_("size of the tiles of --plan"))] = None,
    tiles: Annotated[
        str | None,
        Option(
            metavar="least",
            autocompletion=_complete_tiles,
            help=N_("as few tiles as can be, none larger than --tile or --memory allow"),
        ),
    ] = None,
    memory: Annotated[
        str | None, Option(metavar="SIZE", help=N_("the largest tile whose weights and maps fit: 8GiB, 500MB"))
    ] = None,
    dtype: Dtype = "fp32",
    budget: Budget,
    allow_unknown: AllowUnknown = False,
    assume: Assume = None,
    layout: Layout = None,
    verify: Annotated[bool, Option("--verify", help=N_("let NumPy run the whole and the tiles, and compare"))] = False,
) -> Report:
    from cnncalc.dtypes import amount
    from cnncalc.tiling.asked import LEAST, Cut, Wanted, spans
    from cnncalc.tiling.report import halo_report

    if tiles not in (None, LEAST):
        raise UsageError(_("--tiles {tiles} is unknown: take least").format(tiles=shorten(tiles or "")))
    if plan is None and (tile or tiles):
        raise UsageError(_("--tile and --tiles say how an image is cut: add --plan 4096x4096"))
    if plan is not None and tile is None and memory is None:
        raise UsageError(_("--plan needs the size of a tile: add --tile 512, or --memory 8GiB"))
    cut = Cut(
        spans(plan) if plan is not None else (),
        spans(tile) if tile is not None else (),
        amount(memory) if memory is not None else None,
        least=tiles == LEAST,
    )
    wanted = Wanted(at or "", windows_only, cut, dtype)
    graph = network_of(network, allow_unknown=allow_unknown, assume=assume, layout=layout)
    shape = Shape.parse(input) if input is not None else None
    report = held(halo_report(graph, shape, wanted, " ".join(network)), budget)
    if verify:
        from cnncalc.tiling.proof import proven

        return proven(report, graph, shape, wanted)
    return report
