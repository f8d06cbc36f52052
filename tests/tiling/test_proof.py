"""The proof can fail: a claim of too little overlap, in whatever direction, is noticed."""

from __future__ import annotations

import pytest

from cnncalc.notation.parsing import parse
from cnncalc.shapes import Shape
from cnncalc.tiling import tiles
from cnncalc.tiling.asked import Wanted
from cnncalc.tiling.proof import proven
from cnncalc.tiling.report import halo_report

NETWORK = parse("conv3-4,p1 relu conv3-4/2,p1 conv3-4,p1")
IMAGE = Shape((64,), 2)


def verdict() -> bool:
    return proven(halo_report(NETWORK, IMAGE), NETWORK, IMAGE, Wanted()).verdict


def test_true_claims_agree() -> None:
    """As it is, tiles agree with the whole, and don't with one step less."""
    assert verdict()


@pytest.mark.parametrize(
    ("name", "by"), [("_first_right", -1), ("_first_wrong", 1), ("_first_right", 1), ("_first_wrong", -1)]
)
def test_a_wrong_claim_is_noticed(name: str, by: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit too many on either side differs from the whole; where more is thrown away than need be, less would do."""
    right = vars(tiles)[name]
    monkeypatch.setattr(tiles, name, lambda reach, unit: max(right(reach, unit) + by, 0))
    assert not verdict()


def test_picked_channels_need_at_most_what_is_said() -> None:
    """A slice that leaves the convolution out needs no overlap: the answer says at most, and the proof takes no less for it."""
    network, tile = parse("concat( conv3-4,p1 | ) slice,from4"), Shape((64, 64), 4)
    report = halo_report(network, tile)
    assert (report.data["exact"], report.data["left"]) == (False, 1)
    assert any("at most" in note for note in report.notes)
    assert proven(report, network, tile, Wanted()).verdict
    assert halo_report(parse("concat( conv3-4,p1 | ) conv1"), tile).data["exact"]
