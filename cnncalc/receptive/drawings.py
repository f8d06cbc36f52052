"""The drawings of a network: named here, and made when somebody looks, so that answers in text pay for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis import Trace
from cnncalc.receptive.asked import Asked
from cnncalc.report import Drawing

if TYPE_CHECKING:
    from cnncalc.report.figures import Growth
    from cnncalc.report.scene import Scene


def explorer(trace: Trace, title: str, asked: Asked) -> Drawing:
    """The network as a page in which any unit shows what it reads; it begins at the layer and unit asked about."""

    def facts() -> Scene:
        from cnncalc.receptive.scene import scene

        return scene(trace, title, asked)

    return Drawing("explorer", facts)


def growth(trace: Trace, title: str, asked: Asked) -> Drawing:
    """One unit's field, row by row on one axis."""

    def facts() -> Growth:
        from cnncalc.receptive.figure import figure

        return figure(trace, title, asked)

    return Drawing("growth", facts)
