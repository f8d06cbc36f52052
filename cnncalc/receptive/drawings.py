"""The drawings of a network: named here, and made when somebody looks, so that answers in text pay for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis import Trace
from cnncalc.receptive.asked import FIGURES, Asked
from cnncalc.report import Drawing

if TYPE_CHECKING:
    from cnncalc.report.figures import Growth, Maps
    from cnncalc.report.scene import Scene


def explorer(trace: Trace, title: str, asked: Asked) -> Drawing:
    """The network as a page in which any unit shows what it reads; it begins at the layer and unit asked about."""

    def facts() -> Scene:
        from cnncalc.receptive.scene import scene

        return scene(trace, title, asked)

    return Drawing("explorer", facts)


def drawings(trace: Trace, title: str, asked: Asked) -> tuple[Drawing, ...]:
    """The page, and the figure that was asked for."""
    return explorer(trace, title, asked), _MADE[asked.figure](trace, title, asked)


def growth(trace: Trace, title: str, asked: Asked) -> Drawing:
    """One unit's field, row by row on one axis."""

    def facts() -> Growth:
        from cnncalc.receptive.figure import figure

        return figure(trace, title, asked)

    return Drawing("growth", facts)


def maps(trace: Trace, title: str, asked: Asked) -> Drawing:
    """One unit's reads in every map before it."""

    def facts() -> Maps:
        from cnncalc.receptive.maps import maps

        return maps(trace, title, asked)

    return Drawing("maps", facts)


_MADE = dict(zip(FIGURES, (growth, maps), strict=True))
