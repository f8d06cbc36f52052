"""What may be asked about a network beside the table of its fields."""

from __future__ import annotations

from typing import NamedTuple


class Asked(NamedTuple):
    """What is asked about a network beside the table: every field may be left out."""

    at: str = ""
    unit: str = ""
    effective: bool = False
    ruler: bool = False
    sample_rate: float | None = None
    requirements: tuple[str, ...] = ()
