"""What the picture of a field's growth shows: dots, links and padding by the layers' definitions, and the words around."""

from __future__ import annotations

import pytest

from cnncalc.analysis import trace
from cnncalc.errors import NetworkError
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.figure import figure
from cnncalc.report.figures import Growth, Link
from cnncalc.shapes import Shape
from tests.every_kind import EVERY_KIND


def drawn(words: str, *input: int, unit: str = "", at: str = "") -> Growth:
    """The figure of a network on an input with one channel, or on none."""
    shape = Shape(input, 1) if input else None
    return figure(trace(parse(words), shape), "", Asked(unit=unit, at=at))


def lines_of(network: Network, size: int) -> list[list[list[int]]]:
    """For each layer of a chain, what every output is made from, by its definition; indices outside too."""
    layers = []
    for node in network.nodes:
        layers.append(EVERY_KIND[type(node.layer).__name__].reads.lines(node.layer, 0, size))  # type: ignore[union-attr]
        size = len(layers[-1])
    return layers


CHAINS = [
    "conv3,p2,d2 x3",
    "conv3/2,p1 conv3,p1 maxpool2",
    "maxpool2 conv4/2,p3,d2 conv2",
    "avgpool3/2,p1 conv3,causal",
]


@pytest.mark.parametrize("place", [0, 1, 2, -1])
@pytest.mark.parametrize("words", CHAINS)
def test_rows_and_links_are_what_the_layers_define(words: str, place: int) -> None:
    """Row by row from the unit down: who is read, what lies beside the map, all links, and where units stand."""
    network = parse(words)
    layers = lines_of(network, 24)
    unit = range(len(layers[-1]))[place]
    growth, read, links = drawn(words, 24, unit=str(unit), at=network.nodes[-1].name), {unit}, set()
    assert (growth.dots, growth.unit, len(growth.rows)) == (True, unit, len(network) + 1)
    for index in range(len(network), 0, -1):
        row, below, lines = growth.rows[index], growth.rows[index - 1], layers[index - 1]
        assert (row.read, row.units) == (tuple(sorted(read)), len(lines))
        for one, taps in enumerate(lines):
            links |= {Link(index, one, index - 1, tap, one in read) for tap in taps if 0 <= tap < below.units}
            assert row.at(one) == below.at(min(taps)) + (below.at(max(taps)) - below.at(min(taps))) / 2
        taps = {tap for one in read for tap in lines[one]}
        read = {tap for tap in taps if 0 <= tap < below.units}
        assert below.outside == tuple(sorted(taps - read))
    assert growth.rows[0].read == tuple(sorted(read))
    assert growth.ends == (min(read), max(read))
    assert set(growth.links) == links
    assert len(growth.links) == len(links)
    assert (growth.rows[0].first, growth.rows[0].rate, growth.rows[0].units) == (0, 1, 24)


def test_branches_are_linked_to_what_each_reads() -> None:
    """A sum reads its unit of either branch once, a layer that reads a map twice is linked once; nothing else is shown."""
    growth = drawn("conv3,p1 add( conv1 | ) conv2", 3, unit="0")
    assert [row.name for row in growth.rows] == ["input", "conv3,p1", "conv1", "add", "conv2"]
    assert [row.read for row in growth.rows] == [(0, 1, 2), (0, 1), (0, 1), (0, 1), (0,)]
    sums = [link[:4] for link in growth.links if link.row == 3]
    assert sorted(sums) == [(3, unit, source, unit) for unit in range(3) for source in (1, 2)]
    assert all(link.strong is (link.unit < 2) for link in growth.links if link.row < 4)
    twice = drawn("conv3,p1 add( | )", 3, unit="0")
    assert [link[:4] for link in twice.links if link.row == 2] == [(2, 0, 1, 0), (2, 1, 1, 1), (2, 2, 1, 2)]


def test_what_is_not_read_is_not_shown() -> None:
    """Unit 1 of a decoder of single taps reads nothing: the layer before has no row, but the input keeps its links."""
    growth = drawn("conv3,p1 convT1/2", 4, unit="1")
    assert [row.name for row in growth.rows] == ["input", "convT1/2"]
    assert (growth.rows[0].read, growth.ends, growth.links) == ((), None, ())
    assert [link[:4] for link in drawn("convT1/2", 4, unit="1").links] == [(1, 2 * tap, 0, tap) for tap in range(4)]
    network = "convT1/2 crop,p1/0 slice/2"  # every second unit of those that read nothing
    dead = drawn(network)
    assert dead.title == "One unit reads nothing"
    assert dead.rows[0].units == 1 + 8  # as if it read one
    assert (dead.rows[-1].first, dead.rows[-1].rate) == (1 / 16, 9 / 8)  # eight units, evenly over nine


@pytest.mark.parametrize("passing", ["relu", "relu bn", "relu bn dropout"])
def test_what_passes_on_unit_by_unit_shares_a_row(passing: str) -> None:
    """An activation and a norm have no row of their own; who reads them is linked to the layer before."""
    growth = drawn(f"conv3 {passing} conv3,p1 relu", 8, unit="0")
    assert [row.name for row in growth.rows] == ["input", "conv3", "conv3,p1"]
    assert {link.source for link in growth.links if link.row == 2} == {1}
    assert growth.rows[1].outside == (-1,)


@pytest.mark.parametrize(("mode", "outside"), [("zeros", (-1,)), ("reflect", ()), ("circular", ())])
def test_only_zeros_lie_beside_the_map(mode: str, outside: tuple[int, ...]) -> None:
    """A padding of zeros shows its places; a border that repeats the map reads the map."""
    words = "pad,p1 conv3" if mode == "zeros" else f"pad,p1,{mode} conv3"
    assert drawn(words, 9, unit="0").rows[0].outside == outside


@pytest.mark.parametrize(
    ("most", "words", "size"), [(13, "conv3 x12", 48), (14, "conv3,p1 x13", 40), (2, "conv2,p1", 48)]
)
def test_few_rows_of_few_units_have_dots(most: int, words: str, size: int) -> None:
    """Twelve layers of 48 units have a dot for each unit; one layer or one unit more, and rows are bands without links."""
    growth = drawn(words, size, unit="0", at=parse(words).nodes[-1].name)
    assert len(growth.rows) == most
    dots = most <= 13 and max(row.units for row in growth.rows) <= 48
    assert (growth.dots, bool(growth.links)) == (dots, dots)
    if not dots:
        assert all(len(row.read) == 2 and row.outside == () for row in growth.rows)


def test_deep_networks_have_a_band_for_each_jump() -> None:
    """24 layers that add to the field are 24 bands, though others add nothing; of 25 only the last of each jump is left."""
    assert len(drawn("conv3,p1 x12 maxpool2 conv1 conv3,p1 x11", 200, at="conv24").rows) == 1 + 24
    growth = drawn("conv3,p1 x12 maxpool2 conv1 conv3,p1 x12", 200, at="conv25")
    assert [row.name for row in growth.rows] == ["input", "maxpool2", "conv3,p1"]
    assert [row.rate for row in growth.rows] == [1, 2, 2]
    assert growth.rows[2].read == (50, 50)
    assert growth.rows[1].read == (50 - 12, 50 + 12)
    assert growth.rows[0].read == (2 * 38 - 12, 2 * 62 + 1 + 12)


def test_bands_show_what_adds_to_the_field_and_the_unit() -> None:
    """A layer that reads one place gets no band, unless it is the one that is asked."""
    names = [row.name for row in drawn("conv3,p1 conv1 conv5,p2 conv1", 60).rows]
    assert names == ["input", "conv3,p1", "conv5,p2", "conv1"]


@pytest.mark.parametrize(("layers", "every"), [(7, True), (8, False)])
def test_many_links_are_those_of_the_unit(layers: int, every: bool) -> None:
    """Seven layers of 324 taps inside the map have all their links, eight only those of the chosen unit: of 2,400 at most."""
    growth = drawn(f"conv7,p3 x{layers}", 48, at=f"conv{layers}")
    assert growth.rows[-1].read == (24,)
    inside = 48 * 7 - 2 * (3 + 2 + 1)
    if every:
        assert len(growth.links) == layers * inside
    else:
        strong = [link for link in growth.links if link.strong]
        assert growth.links == tuple(strong)
        assert len([link for link in strong if link.row == layers]) == 7


@pytest.mark.parametrize(
    ("words", "size", "read"),
    [
        ("conv3,d2 x2", 17, 5),  # 9 and 8 beside
        ("maxpool2 conv3/2", 24, 6),  # 6 and 4 of its jumps beside, in whole jumps
        ("conv3/4 conv2", 24, 6),  # 7 and 16: 23 in whole jumps of 4 are 24
        ("convT3/2", 10, 2),  # 1 or 2, and 8 beside
        ("convT5/2", 11, 3),  # 2 or 3, and 8 beside
        ("conv3 conv51", 61, 53),
    ],
)
def test_without_an_input_the_field_lies_whole(words: str, size: int, read: int) -> None:
    """The input is as large as the field, and at least 8 and four jumps more, in whole jumps; the unit is in the middle."""
    growth = drawn(words)
    assert growth.rows[0].units == size
    assert f"({read}" in growth.span
    assert not any(row.outside for row in growth.rows)


def test_without_an_input_the_last_layer_is_shown_unless_another_is_asked() -> None:
    """However much of the input it sees; one that is asked stands on an input of its own size."""
    assert [row.name for row in drawn("conv3 conv51").rows] == ["input", "conv3", "conv51"]
    growth = drawn("conv3 maxpool2 conv3", at="conv1")
    assert [(row.name, row.units) for row in growth.rows] == [("input", 11), ("conv3", 9)]


@pytest.mark.parametrize("words", ["conv3 fc4", "conv3-4,g2", "conv3x1 adaptiveavgpool1x5"])
def test_a_size_has_to_be_given_where_none_can_be_taken(words: str) -> None:
    """The whole input has no size of its own, and one channel can't be split into groups."""
    with pytest.raises(NetworkError, match="needs the size of the input: give --input"):
        drawn(words)


@pytest.mark.parametrize(
    ("words", "input", "unit", "texts"),
    [
        ("conv3 x2", (9,), "", ("One unit reads 5 inputs in a row", "", "2…6 (5)")),
        (
            "conv3,d2 x2",
            (12,),
            "",
            ("One unit spans 9 inputs and really reads 5", "the others lie in the holes", "2…10 (5 of 9)"),
        ),
        ("convT1/2", (4,), "1", ("One unit reads nothing", "", "")),
        (
            "conv3,p1",
            (6, 5),
            "0,0",
            (
                "One unit reads 2 inputs in a row",
                "one row of 6×5×1 · its field of 3 reaches beyond the border",
                "0…1 (2)",
            ),
        ),
        (
            "conv3,p1 in",
            (9,),
            "",
            ("One unit reads 3 inputs in a row", "beside this it reads the whole input", "3…5 (3)"),
        ),
        ("conv1 fc3", (9,), "", ("One unit reads 9 inputs in a row", "", "0…8 (9)")),
    ],
)
def test_the_words_say_what_is_seen(words: str, input: tuple[int, ...], unit: str, texts: tuple[str, str, str]) -> None:
    """Title, what has to be known, and the span: how much is read, and why it is less than the field."""
    last = parse(words).nodes[-1].name
    growth = figure(trace(parse(words), Shape(input, 1)), "name", Asked(unit=unit, at="" if unit else last))
    assert (growth.title, growth.about, growth.span) == (
        texts[0],
        " · ".join(filter(None, ("name", texts[1]))),
        texts[2],
    )


def test_the_description_goes_down_row_by_row() -> None:
    """Those who can't see it hear the same; a row that nothing is read of is left out."""
    assert drawn("conv3 maxpool2", 8, unit="1").description == (
        "maxpool1: 1 of 3 units are read, 1…1; conv1: 2 of 6 units are read, 2…3; input: 4 of 8 units are read, 2…5"
    )
    assert drawn("convT1/2", 4, unit="1").description == "convT1: 1 of 7 units are read, 1…1"


def test_fields_stand_beside_the_rows() -> None:
    """The field through windows, and that the whole input is read beside it or instead."""
    fields = [row.field for row in drawn("conv3,p1 in conv3,p1 fc2", 9, at="fc1").rows]
    assert fields == ["", "field 3", "field 5 + whole", "whole input"]


def test_what_slides_over_nothing_stands_evenly() -> None:
    """Units of a layer that reads everything stand in the middle of equal parts of the input."""
    _input, dense, _map, row = drawn("fc4 unflatten1 up4", 8, at="up1", unit="0").rows
    assert (dense.units, dense.read, dense.at(0)) == (1, (0,), 3.5)
    assert [row.at(unit) for unit in range(4)] == [0.5, 2.5, 4.5, 6.5]
