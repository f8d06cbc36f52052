"""The zoo: every file reads back, cites its paper, and comes to what others publish."""

from __future__ import annotations

import pytest

from cnncalc import zoo
from cnncalc.analysis import counts, shapes, trace
from cnncalc.counting import Count
from cnncalc.errors import NetworkError
from cnncalc.network import Network
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.receptive.asked import Asked
from cnncalc.receptive.report import receptive_fields
from cnncalc.shapes import Shape
from tests.published import DEEPFACE, FIELDS, OPERATIONS, OTHERS, TORCHVISION


def counted(network: Network) -> dict[str, Count]:
    """The counts of every layer by name."""
    assert network.input is not None
    found = counts(network, network.input, shapes(network, network.input))
    return {node.name: count for node, count in zip(network.nodes, found, strict=True)}


def parameters(network: Network) -> int:
    return sum(count.parameters for count in counted(network).values())


def macs(network: Network) -> int:
    return sum(count.macs for count in counted(network).values())


@pytest.mark.parametrize("name", zoo.names())
def test_a_file_reads_back(name: str) -> None:
    """A network shown, on one line or over several, is the same network."""
    network = zoo.load(name)
    assert parse(show(network)) == network
    assert parse(show(network, lines=True)) == network


@pytest.mark.parametrize("name", zoo.names())
def test_a_file_is_short_and_says_what_it_is(name: str) -> None:
    """A file tells title, year, paper, the source of its numbers and its input, and is short enough to read."""
    about = zoo.about(name)
    assert about.title
    assert 1998 <= about.year <= 2022
    assert "arXiv:" in about.paper or "19" in about.paper or "20" in about.paper
    assert about.numbers
    assert zoo.load(name).input is not None
    lines = zoo.text(name).splitlines()
    assert len(lines) <= 110
    assert max(map(len, lines)) <= 125


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvisions_numbers(name: str) -> None:
    """Parameters are torchvision's to the last one, multiply-adds to the three digits that it gives."""
    network = zoo.load(name)
    total, billions = TORCHVISION[name]
    assert parameters(network) == total
    assert round(macs(network) / 1e9, 3) == billions
    assert f"{total:,}" in zoo.about(name).numbers


@pytest.mark.parametrize("name", OTHERS)
def test_other_published_numbers(name: str) -> None:
    """Networks that torchvision has not come to what papers and other libraries publish."""
    assert parameters(zoo.load(name)) == OTHERS[name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_in_papers(name: str) -> None:
    """Multiply-adds are those of the paper, as exactly as it gives them."""
    told, exactness = OPERATIONS[name]
    assert macs(zoo.load(name)) == pytest.approx(told, rel=exactness)


def test_the_auxiliary_classifiers() -> None:
    """With the classifiers that only training uses, the totals are those of torchvision's networks built with them."""
    aux = "adaptiveavgpool4 conv1-128,nobias bn relu fc1024 relu fc1000"
    googlenet = f"{zoo.text('googlenet')} @inception4a {aux} @inception4d {aux}"
    assert parameters(parse(googlenet)) == 13_004_888
    aux = "avgpool5/3 conv1-128,nobias bn relu conv5-768,nobias bn relu globalavgpool fc1000"
    assert parameters(parse(f"{zoo.text('inception-v3')} @mixed6e {aux}")) == 27_161_264


@pytest.mark.parametrize(("name", "at"), FIELDS)
def test_published_fields(name: str, at: str) -> None:
    """Field, jump and start are those of Distill's table."""
    report = receptive_fields(zoo.load(name), None, Asked(at))
    size, stride, padding = FIELDS[name, at]
    assert (report.get("rf"), report.get("jump"), report.get("start")) == (size, stride, -padding)


@pytest.mark.parametrize(
    ("name", "at", "size", "jump"),
    [
        ("resnet50", "layer4", 427, 32),
        ("resnet152", "layer4", 1451, 32),
        ("patchgan70", "", 70, 8),
        ("tcn", "", 127, 1),
        ("wav2vec2-encoder", "", 400, 320),
        ("srcnn", "", 13, 1),
        ("dncnn", "", 35, 1),
    ],
)
def test_fields_that_papers_tell(name: str, at: str, size: int, jump: int) -> None:
    """What the papers say a unit sees, it sees: 70x70 pixels, 25 ms of 16 kHz, (2·17 + 1) pixels."""
    report = receptive_fields(zoo.load(name), None, Asked(at))
    assert (report.get("rf"), report.get("jump")) == (size, jump)


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "mobilenet-v2", "vit-b16"])
def test_a_classifier_reads_the_whole_image(name: str) -> None:
    """What a classifier's last layer sees is the image, and no earlier layer answers for it."""
    report = receptive_fields(zoo.load(name))
    assert report.get("at") == zoo.load(name).nodes[-1].name
    assert (report.get("rf"), report.get("whole"), report.get("exact")) == (None, True, True)


def test_the_tcn_sees_no_future() -> None:
    """Its field ends at the unit itself: 126 positions before it and none after."""
    network = zoo.load("tcn")
    (part,) = trace(network, Shape((1000,), 1)).field(0, len(network) - 1)
    assert (part.phases[0].first, part.phases[0].last) == (-126, 0)


def test_deepface_layer_by_layer() -> None:
    """The sizes are those of the figure, and the layers together fall short of the paper's 120 million."""
    network = zoo.load("deepface")
    assert network.input is not None
    sizes = dict(zip((node.name for node in network.nodes), map(str, shapes(network, network.input)), strict=True))
    found = counted(network)
    assert {name: (sizes[name], found[name].parameters) for name in DEEPFACE} == DEEPFACE
    assert parameters(network) == sum(taken for _size, taken in DEEPFACE.values()) == 118_923_774
    share = sum(DEEPFACE[name][1] for name in ("l4", "l5", "l6", "f7", "f8")) / 118_923_774
    assert share > 0.95


def test_unet_ends_where_the_paper_says() -> None:
    """572x572 come out as 388x388, by way of 28x28 with 1024 channels; 23 layers convolve."""
    network = zoo.load("unet")
    assert network.input is not None
    made = shapes(network, network.input)
    assert str(made[-1]) == "388x388x2"
    assert "28x28x1024" in map(str, made)
    assert sum(type(node.layer).__name__ in ("Conv", "Transposed") for node in network.nodes) == 23


def test_srcnn_has_the_papers_weights() -> None:
    """8,032 of them, biases not counted."""
    assert sum(count.weights for count in counted(zoo.load("srcnn")).values()) == 8_032


def test_lenet5_has_the_papers_layers() -> None:
    """C1, C5 and F6 take what the paper prints for them."""
    found = counted(zoo.load("lenet5"))
    assert [found[name].parameters for name in ("c1", "c5", "f6")] == [156, 48_120, 10_164]


def test_unknown_names_suggest() -> None:
    """A name that is nearly one gets it."""
    with pytest.raises(NetworkError, match=r"there is no network resnet51: did you mean resnet50\?"):
        zoo.text("resnet51")
    with pytest.raises(NetworkError, match="there is no network zzz: see `cnncalc zoo`"):
        zoo.text("zzz")


def test_a_file_without_a_title_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head of a file is checked, not guessed."""
    monkeypatch.setattr(zoo, "text", lambda name: "conv3 relu")
    with pytest.raises(ValueError, match=r"the first line of vgg16\.cnn is not"):
        zoo.about("vgg16")


@pytest.mark.parametrize("name", [name for name in zoo.names() if zoo.aliases(name)])
def test_published_names_lead_to_layers_or_blocks(name: str) -> None:
    """Every one is there, is no name of its own, and no two are the same layer."""
    network, aliases = zoo.load(name), zoo.aliases(name)
    layers = {node.name for node in network.nodes}
    assert all(any(f"{layer}.".startswith(f"{target}.") for layer in layers) for target in aliases.values())
    assert not set(aliases) & layers
    assert len(set(aliases.values())) == len(aliases)
    assert network.aliases == aliases


@pytest.mark.parametrize("name", [name for name in zoo.names() if name.startswith("vgg")])
def test_names_of_vgg_are_where_the_paper_has_them(name: str) -> None:
    """Stage i works on 224/2^(i - 1) pixels a side and pool i halves them; every convolution of features has a name."""
    network, aliases = zoo.load(name), zoo.aliases(name)
    outputs = shapes(network, Shape((224, 224), 3))
    sides = {node.name: shape.space[:1] for node, shape in zip(network.nodes, outputs, strict=True)}
    for alias, layer in aliases.items():
        kind, stage = alias.partition("_")[0][:-1], int(alias.partition("_")[0][-1])
        if kind != "fc":
            assert sides[layer] == (224 >> (stage if kind == "pool" else stage - 1),)
    convolutions = [node.name for node in network.nodes if node.layer.keyword == "conv"]
    assert [layer for alias, layer in aliases.items() if alias.startswith("conv")] == convolutions


@pytest.mark.parametrize(
    ("name", "at", "layer", "size"),
    [
        ("vgg16", "conv5_3", "features.conv13", 196),
        ("vgg16", "pool5", "features.maxpool5", 212),
        ("vgg16", "maxpool5", "features.maxpool5", 212),
        ("alexnet", "pool5", "maxpool3", 195),
        ("resnet50-slim", "conv5_x", "block4.relu9", 483),
    ],
)
def test_a_layer_is_found_by_its_published_name(name: str, at: str, layer: str, size: int) -> None:
    """Or without its blocks; the sizes are those of Araujo, Norris and Sim (2019)."""
    answer = receptive_fields(zoo.load(name), None, Asked(at=at))
    assert (answer.get("at"), answer.get("rf")) == (layer, size)


def test_a_published_name_with_a_slip_of_the_pen_gets_the_nearest() -> None:
    """Published names are among those that are offered."""
    with pytest.raises(NetworkError, match=r"^there is no layer conv5_9: did you mean conv5_3\?$"):
        receptive_fields(zoo.load("vgg16"), None, Asked(at="conv5_9"))
