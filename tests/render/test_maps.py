"""What one unit reads in every map, as a figure: held against plain masks, and drawn where it is."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from cnncalc import zoo
from cnncalc.analysis import Trace, trace
from cnncalc.errors import NetworkError
from cnncalc.notation.parsing import parse
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.maps import maps
from cnncalc.receptive.report import receptive_fields
from cnncalc.receptive.units import windows_read
from cnncalc.render import render
from cnncalc.render.pictures.style import ROLES
from cnncalc.report.figures import Area
from cnncalc.shapes import Shape
from tests import masks
from tests.conftest import Called

SVG = "{http://www.w3.org/2000/svg}"
NETWORKS = [
    ("conv3,d2 conv3,d2 conv3,d2", "21x21x1"),
    ("add( conv1x5-4,p0x2 | conv5x1-4,p2x0 ) conv3/2", "13x12x4"),
    ("conv3-4,p1 maxpool2 convT2-4/2 conv3-4,d2", "16x20x3"),
    ("conv3-8,p1 gn conv3-8,p1 mul( globalavgpool conv1-8 sigmoid | ) conv3-8,p1", "32x40x3"),
    ("pad,p2,reflect conv3,d2 pad,p3,circular conv3-4/2", "14x11x2"),
]


def followed(words: str, size: str) -> Trace:
    return trace(parse(words), Shape.parse(size))


def mask(areas: tuple[Area, ...], rows: int, columns: int) -> np.ndarray:
    """The areas as a mask."""
    made = np.zeros((rows, columns), dtype=bool)
    for area in areas:
        for top, high in area.rows:
            for left, wide in area.columns:
                made[top : top + high, left : left + wide] = True
    return made


@pytest.mark.parametrize(("words", "size"), NETWORKS)
@pytest.mark.parametrize("unit", ["corner", "centre"])
def test_the_input_is_what_masks_read(words: str, size: str, unit: str) -> None:
    """Through windows: holes, crosses, decoders, gates and borders, input by input; the number in the line is theirs."""
    one = followed(words, size)
    made = maps(one, "", Asked(unit=unit, at=one.network.nodes[-1].name))
    assert one.input is not None
    assert one.shapes is not None
    sizes = [one.input.space, *(shape.space for shape in one.shapes)]
    read = masks.reads(one.network, sizes, len(one.network) - 1, made.unit, windows=True)
    assert read is not None
    assert np.array_equal(mask(made.stations[0].reads, *one.input.space), read)
    assert f"{int(read.sum()):,} of {read.size:,} inputs" in made.about
    assert made.stations[0].whole is ("gn" in words)


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "unet", "mobilenet-v2", "efficientnet-b0"])
def test_every_station_is_what_python_reads_there(name: str) -> None:
    """The title has the box of the unit; every map on the way has some of it read, those behind none."""
    one = trace(zoo.load(name))
    made = maps(one, name, Asked())
    node = next(place for place, layer in enumerate(one.network.nodes) if made.title.startswith(f"{layer.name} "))
    box = windows_read(one, node, made.unit).box
    assert box is not None
    assert made.title.endswith(" × ".join(f"{first}…{last}" for first, last in box))
    assert [bool(station.number) for station in made.stations[: made.chosen + 1]] == [True] * (made.chosen + 1)
    assert not any(station.number for station in made.stations[made.chosen + 1 :])
    assert len(made.stations) <= 27


def test_it_says_what_the_explorer_says() -> None:
    """The example of the explorer's own test: box, number and share."""
    made = maps(trace(zoo.load("resnet18")), "resnet18", Asked(at="layer3.relu4", unit="2,9"))
    assert made.title == "layer3.relu4 unit 2,9 reads 0…137 × 39…223"
    assert made.about == "resnet18 · 25,530 of 50,176 inputs (50.9%) · theoretical field 211 × 211"
    assert made.theory == ((-73, 137), (39, 249))


def test_every_place_is_where_it_is() -> None:
    """Read in the drawing, the read part of the large input begins and ends where the unit's box does."""
    report = receptive_fields(zoo.load("resnet18"), asked=Asked(at="layer3.relu4", unit="2,9", figure="maps"))
    svg = ElementTree.fromstring(render(report, "svg"))
    [edge] = [
        rect for rect in svg.iter(f"{SVG}rect") if rect.get("fill") == "none" and rect.get("stroke-width") == "1.2"
    ]
    left, wide = float(edge.get("x", 0)), float(edge.get("width", 0))
    [path] = [path for path in svg.iter(f"{SVG}path") if path.get("fill-opacity") == "0.4"]
    start, rest = str(path.get("d")).removeprefix("M").split(" ", 1)
    across = float(rest.split("h")[1].split("v")[0])
    assert (float(start) - left) / wide == pytest.approx(39 / 224, abs=0.002)
    assert across / wide == pytest.approx(185 / 224, abs=0.002)
    assert path.get("fill") == ROLES["read"].light


def test_a_unit_that_reads_nothing_is_drawn_as_such() -> None:
    """Between two stamps of a decoder nothing is read, and the title says so."""
    report = receptive_fields(parse("convT2-4/3 relu"), Shape((6, 6), 1), Asked(at="convT1", unit="2,2", figure="maps"))
    assert ElementTree.fromstring(render(report, "svg")).findtext(f"{SVG}title") == "convT1 unit 2,2 reads nothing"


@pytest.mark.parametrize("size", ["32x1", "8x8x8x1"])
def test_maps_are_of_images(size: str) -> None:
    """One axis and three are refused with the figure that they have."""
    with pytest.raises(NetworkError, match="take --figure growth, or an input such as 224x224x3$"):
        maps(followed("conv3-4,p1", size), "", Asked())


def test_a_figure_that_there_is_not_is_told(cnncalc: Called) -> None:
    """With those there are."""
    assert cnncalc("rf", "conv3", "--figure", "pie") == (
        *(2, ""),
        "cnncalc: there is no figure pie: take one of growth, maps\n",
    )


@pytest.mark.parametrize(("name", "most"), [("lenet5", 20), ("unet", 40), ("efficientnet-b7", 40)])
def test_it_stays_small(name: str, most: int) -> None:
    """Folded, a network of 814 layers is a drawing of few kilobytes; and without blocks so is one of a thousand."""
    assert len(render(receptive_fields(zoo.load(name), asked=Asked(figure="maps")), "svg")) < most * 1000
    long = receptive_fields(parse("conv3-8,p1 x1000"), Shape((32, 32), 8), Asked(figure="maps"))
    assert len(render(long, "svg")) < 60_000


def test_a_network_may_begin_with_a_vector() -> None:
    """A generator's input is one place: it stands as a bar on the row of what it becomes, and is not enlarged."""
    drawn = render(receptive_fields(zoo.load("dcgan-generator"), asked=Asked(figure="maps")), "svg")
    assert ElementTree.fromstring(drawn).find(f"{SVG}title") is not None
    assert "nan" not in drawn


def test_a_unit_that_reads_nothing_has_no_way() -> None:
    """Its own map is all that is told: the maps before are read by nothing, not even as a whole, and have no number."""
    made = maps(followed("conv3,p1 convT1/2", "6x6x1"), "name", Asked(unit="0,1"))
    assert made.title == "convT1 unit 0,1 reads nothing"
    assert made.about == "name · 0 of 36 inputs (0.0%)"
    assert [(station.reads, station.whole, station.number) for station in made.stations[:2]] == [((), False, "")] * 2
    assert (made.theory, made.description) == (None, "convT1: 1×1")


def test_where_nothing_slides_the_whole_input_is_named() -> None:
    """A map of one place has no size of a field and no place over the input, and says that it reads everything."""
    made = maps(followed("conv3 globalavgpool conv1", "6x6x1"), "", Asked(unit="0,0", at="conv2"))
    assert [(station.field, station.rates is None) for station in made.stations] == [
        ("", False),
        ("3", False),
        ("whole input", True),
        ("whole input", True),
    ]
