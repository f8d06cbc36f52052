"""Story: what is told in parts, as drawings and pages have it."""

from __future__ import annotations

from typing import NamedTuple

from cnncalc.report import Table
from cnncalc.report.picture import Picture


class Story(NamedTuple):
    """A title, what it is about, and the parts in their order."""

    title: str
    about: str
    parts: tuple[str | Table | Picture, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those of the parts that have something to be looked at.

        >>> Story("a", "b", ("text", Picture(("line",)))).pictures
        ()
        """
        return tuple(part for part in self.parts if isinstance(part, Picture) and (part.maps or part.motion))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Those of the parts that are tables.

        >>> Story("a", "b", ("text",)).tables
        ()
        """
        return tuple(part for part in self.parts if isinstance(part, Table))
