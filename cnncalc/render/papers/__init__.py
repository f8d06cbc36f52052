"""Papers: the questions of a report in the formats of learning platforms and examinations, one file per format.

These formats hold the right answers, as whoever marks needs them; only the examination can do without.
"""

from __future__ import annotations

from cnncalc.errors import CnncalcError
from cnncalc.language import _
from cnncalc.report import Report
from cnncalc.report.paper import Paper


class PaperError(CnncalcError, ValueError):
    """A paper that a report does not have."""


def paper_of(report: Report, format: str) -> Paper:
    """The paper of a report; `PaperError` if there is none."""
    if report.paper is None:
        raise PaperError(
            _("{format} is for questions, and {report} asks none: take another format").format(
                format=format, report=report.what
            )
        )
    return report.paper
