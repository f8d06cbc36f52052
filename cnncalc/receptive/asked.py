"""What may be asked about a network beside the table of its fields: the asking, its subject, and what is found.

Nothing here costs time to import, so that asking nothing imports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cnncalc.analysis import Trace
from cnncalc.report import Picture, Table


class Asked(NamedTuple):
    """What is asked about a network beside the table: every field may be left out.

    ``image`` is the file of a picture to lie behind the drawing.
    """

    at: str = ""
    training: bool = False
    windows_only: bool = False
    unit: str = ""
    effective: bool = False
    ruler: bool = False
    sample_rate: float | None = None
    image: str = ""


class Subject(NamedTuple):
    """What a question is about: a node of a network, and the data of the report as far as they go."""

    trace: Trace
    node: int
    asked: Asked
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.trace.network.nodes[self.node].name


class Finding(NamedTuple):
    """What a question adds to the report; ``asked`` is its answer as a table, for formats that hold nothing else."""

    data: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    asked: tuple[Table, ...] = ()

    def joined(self, other: Finding) -> Finding:
        """Both, one behind the other.

        >>> Finding({"unit": 1}, ("one",)).joined(Finding({}, ("two",)))
        Finding(data={'unit': 1}, notes=('one', 'two'), tables=(), pictures=(), asked=())
        """
        return Finding(
            {**self.data, **other.data},
            self.notes + other.notes,
            self.tables + other.tables,
            self.pictures + other.pictures,
            self.asked + other.asked,
        )
