"""``diff``: differences that add up, layers aligned by what they are, and what a reader is told."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from cnncalc.difference.report import diff
from cnncalc.layers.unknown import Unknown
from cnncalc.loading import load
from cnncalc.network import Network, Node
from cnncalc.notation.parsing import parse
from cnncalc.report import Report
from cnncalc.shapes import Shape
from tests.conftest import Called
from tests.networks import graphs

os.environ.setdefault("KERAS_BACKEND", "torch")

IMAGE = Shape((32, 32), 3)


def compared(a: str, b: str, **options: Any) -> Report:
    return diff(parse(a), parse(b), IMAGE, **options)


def statuses(report: Report) -> Counter[str]:
    return Counter(row["status"] for row in report.data["layers"])


PUBLISHED = [
    # Kornblith et al. and torchvision's documentation: parameters of the models
    ("resnet50", "resnet101", 44_549_160 - 25_557_032),
    ("vgg16", "vgg19", 143_667_240 - 138_357_544),
    ("vgg16", "vgg16-bn", 138_365_992 - 138_357_544),
    ("densenet121", "densenet161", 28_681_000 - 7_978_856),
    ("resnet50", "mobilenet-v2", 3_504_872 - 25_557_032),
]


@pytest.mark.parametrize(("a", "b", "difference"), PUBLISHED)
@pytest.mark.parametrize("depth", [0, 1])
def test_parts_add_up_to_the_published_difference(a: str, b: str, difference: int, depth: int) -> None:
    """Parameters of torchvision's models; the parts by kind, by status, and all rows have the same sum."""
    report = diff(load(a), load(b), depth=depth)
    assert report.get("parameters.difference") == difference
    for count in ("parameters", "buffers", "macs"):
        total = report.get(f"{count}.difference")
        assert sum(part["difference"] for part in report.data["parts"] if part["of"] == count) == total
        assert sum(fate[count] for fate in report.data["statuses"]) == total
        assert sum(row["difference"][count] for row in report.data["layers"]) == total


def test_what_was_added_is_found_where_it_was_added() -> None:
    """ResNet-101 is ResNet-50 with 17 more blocks of 10 layers (He et al. 2016, table 1), VGG19 has 3 more convolutions."""
    report = diff(load("resnet50"), load("resnet101"))
    assert statuses(report) == {"same": 174, "added": 170}
    assert {row["name"].split(".")[0] for row in report.data["layers"] if row["status"] == "added"} == {"layer3"}
    added = [row for row in diff(load("vgg16"), load("vgg19")).data["layers"] if row["status"] == "added"]
    words = [row["b"]["notation"] for row in added]
    assert words == ["conv3-256,p1", "relu", "conv3-512,p1", "relu", "conv3-512,p1", "relu"]


def test_names_don_t_matter() -> None:
    """The same layers under other names are the same network."""
    report = compared("stem: ( a:conv3-8 relu ) fc10", "conv3-8 b:relu last:fc10")
    assert (report.data["differ"], report.notes[0]) == (False, "the two networks are the same, layer by layer")


@given(graphs())
def test_a_network_does_not_differ_from_itself(drawn: tuple[Network, Shape]) -> None:
    """Whatever the graph: every layer the same, every difference 0, nothing to add up."""
    report = diff(drawn[0], drawn[0], drawn[1], exit_code=True)
    assert (report.data["differ"], report.verdict, report.data["parts"]) == (False, True, [])
    assert set(statuses(report)) == {"same"}


CHANGES = [
    ("conv3-8", "conv5-8", {"kernel": ((3,), (5,)), "output": ("30x30x8", "28x28x8")}),
    ("conv3-8", "conv3-8,nobias", {"bias": (True, False)}),
    ("conv3-8,p1 conv1-4", "conv3-9,p1 conv1-4", {"filters": (8, 9), "output": ("32x32x8", "32x32x9")}),
    ("maxpool2", "avgpool2", {"op": ("max", "avg")}),
    ("x:relu y:abs add( @x | @y )", "x:relu y:abs add( @x | @x )", {"reads": ("y", "x")}),
    ("add( relu | )", "x:relu add( @x | @x )", {"reads": ("input", "x")}),
    ("add( relu | abs )", "add( relu | abs | tanh )", {"branches": (2, 3)}),
    ("relu", "silu", {"function": ("relu", "silu")}),
]


@pytest.mark.parametrize(("a", "b", "changes"), CHANGES)
def test_what_changed_is_named(a: str, b: str, changes: dict[str, Any]) -> None:
    """The fields of a layer, its surroundings, and which layer it reads, each with both values."""
    rows = compared(a, b).data["layers"]
    first = next((row for row in rows if row["status"] == "changed"), {"changes": []})
    assert {change["what"]: (change["a"], change["b"]) for change in first["changes"]} == changes


def test_channels_that_arrive_are_a_change_of_the_next_layer() -> None:
    """A convolution written alike has more weights where more channels arrive."""
    row = compared("conv3-8 conv1-4", "conv3-9 conv1-4").data["layers"][1]
    assert (row["status"], row["difference"]["parameters"]) == ("changed", 4)
    assert row["changes"] == [{"what": "input_channels", "a": 8, "b": 9}]


def test_weights_used_twice_differ_from_weights_of_two_layers() -> None:
    """The same words, but one network has the second's weights only once."""
    conv = parse("conv3-3,p1").nodes[0].layer
    apart = Network((Node(conv, (-1,), "a"), Node(conv, (0,), "b")))
    tied = Network((Node(conv, (-1,), "a"), Node(conv, (0,), "b", tied="a")))
    report = diff(apart, tied, IMAGE)
    assert report.data["layers"][1]["changes"] == [{"what": "tied", "a": None, "b": "a"}]
    assert report.get("parameters.difference") == -(3 * 3 * 3 * 3 + 3)


def test_an_insertion_does_not_rewire_what_follows() -> None:
    """What came between two layers is added; the second is the same as before, though it reads another."""
    report = compared("conv3-8 add( relu | ) conv3-8", "conv3-8 bn add( relu | ) conv3-8")
    assert statuses(report) == {"same": 4, "added": 1}


def test_blocks_are_aligned_whole() -> None:
    """A block whose layers are the same is the same under any name; one with more layers says how many are."""
    report = compared("a: ( conv3-8 relu ) b: ( conv3-8 bn )", "c: ( conv3-8 relu ) d: ( conv3-8 bn relu )", depth=1)
    assert [row["status"] for row in report.data["layers"]] == ["same", "changed"]
    assert report.data["layers"][1]["changes"] == [{"what": "layers", "a": 2, "b": 3}]
    assert report.tables[1].rows[-1][2] == "2 layers → 3 layers; 2 the same"


def test_a_block_is_no_layer() -> None:
    """A block and a single layer don't belong together, whatever the layer is."""
    report = compared("a: ( conv3-8 relu )", "a: ( conv3-8 )", depth=1)
    assert statuses(report) == {"removed": 1, "added": 1}


def test_unknown_operators_have_no_difference() -> None:
    """Of two lower bounds nobody knows how far apart what they bound is; how many layers there are is known."""
    network = parse("conv3-8 relu")
    other = Network((network.nodes[0], Node(Unknown("GRU"), (0,), "gru")))
    report = diff(network, other, IMAGE)
    assert report.get("parameters.difference") is None
    assert report.get("layers.difference") == 0
    assert "operators are unknown" in " ".join(report.notes)


def test_every_output_is_told() -> None:
    """A network with two outputs has both in its line and in the data, the main one last."""
    layers = parse("conv3-8 relu").nodes
    network = Network((*layers, Node(parse("conv1-4").nodes[0].layer, (0,), "other")))
    report = diff(network, network, IMAGE)
    assert [end["name"] for end in report.data["a"]["outputs"]] == ["relu1", "other"]
    assert report.notes[-1] == "outputs: relu1 30x30x8, rf 3; other 30x30x4, rf 3"


def test_a_model_of_torchvision_is_the_network_of_the_zoo() -> None:
    """Two origins, one network: ResNet-18 as PyTorch exports it differs in no layer from the one written by hand."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from cnncalc.importers.torch import from_torch
    from tests.importers.frameworks import architecture

    report = diff(from_torch(architecture("resnet18"), torch.zeros(1, 3, 224, 224)), load("resnet18"))
    assert (report.data["differ"], set(statuses(report))) == (False, {"same"})


def test_folded_norms_are_told(tmp_path: Path) -> None:
    """An ONNX export folds every norm into its convolution: 20 biases of 4,800 channels for two numbers of each norm."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    from tests.importers.frameworks import architecture

    file = tmp_path / "resnet18.onnx"
    torch.onnx.export(architecture("resnet18"), (torch.zeros(1, 3, 224, 224),), str(file), dynamo=False)
    report = diff(load(str(file)), load("resnet18"))
    assert report.notes[0] == (
        "parameters: 11,689,512 − 11,684,712 = 4,800 biases of bn − 4,800 biases of conv + 4,800 weights of bn"
    )
    changed = [row for row in report.data["layers"] if row["status"] == "changed"]
    assert {change["what"] for row in changed for change in row["changes"]} == {"bias"}
    assert len(changed) == 20


def test_two_conventions_explain_two_published_counts() -> None:
    """torchvision's ResNet-50 has 25,557,032, Keras' 25,636,712: 26,560 biases and 53,120 running statistics."""
    keras = pytest.importorskip("keras", reason="keras is not installed")
    from cnncalc.difference.peers import as_tools_count
    from cnncalc.importers.keras import from_keras

    model = keras.applications.ResNet50(weights=None)
    assert model.count_params() == 25_636_712
    other = from_keras(model)
    report = diff(load("resnet50"), other)
    line = as_tools_count(report, load("resnet50"), other, None, "torchinfo,keras").notes[-1]
    assert line == (
        "parameters, keras − torchinfo: 25,636,712 − 25,557,032 = 26,560 biases of conv "
        "+ 53,120 running statistics counted as parameters"
    )


def test_exit_codes_are_those_of_git(cnncalc: Called) -> None:
    """0 whatever differs, 1 with --exit-code if anything does, 2 for what is no question."""
    assert cnncalc("diff", "vgg16", "vgg19", "--get", "differ") == (0, "true\n", "")
    code, _out, err = cnncalc("diff", "vgg16", "vgg19", "--exit-code")
    assert (code, err) == (1, "cnncalc: the networks differ: 0 layers changed, 6 added, 0 removed\n")
    assert cnncalc("diff", "vgg16", "vgg16", "--exit-code", "--get", "differ") == (0, "false\n", "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("conv3", "conv5"), "conv3 does not name its input: give --input 224x224x3"),
        (("vgg16", "vgg99"), "there is no network vgg99"),
        (("vgg16",), "B is missing"),
        (("vgg16", "vgg19", "--like", "thop,torch,keras"), "names 3 tools: give one, or two"),
        (("vgg16", "vgg19", "--depth", "-1"), "--depth -1 is below 0"),
        (("vgg16", "vgg19", "--input", "8x8x3"), "does not fit"),
    ],
)
def test_bad_questions_are_one_line(cnncalc: Called, words: tuple[str, ...], line: str) -> None:
    """Exit code 2, nothing on standard output, and the way out."""
    code, out, err = cnncalc("diff", *words)
    assert (code, out) == (2, "")
    assert line in err


def test_markdown_fits_a_pull_request(cnncalc: Called) -> None:
    """Two tables with headings and the sums below, without what a reader of the change does not need."""
    code, out, _err = cnncalc("diff", "vgg16", "vgg19", "--format", "markdown")
    assert code == 0
    assert out.startswith(
        "# vgg16 → vgg19\n\n| quantity | first | second | difference |\n| --- | ---: | ---: | ---: |\n"
    )
    assert "\n| + | features.conv8 | conv3-256,p1 | 590,080 | 1,849,688,064 |\n" in out
    assert out.endswith("\nadded layers: 6; parameters +5,309,696, MACs +4,161,798,144\n")


def test_files_and_notation_are_compared_with_names(cnncalc: Called, tmp_path: Path) -> None:
    """A .cnn file against a network of the zoo: the same, if the file is that of the zoo."""
    code, text, _err = cnncalc("zoo", "vgg16")
    (tmp_path / "mine.cnn").write_text(text, encoding="utf-8")
    code, out, _err = cnncalc("diff", str(tmp_path / "mine.cnn"), "vgg16", "--json", "--exit-code")
    assert (code, json.loads(out)["differ"]) == (0, False)


def test_several_networks_have_one_row_each(cnncalc: Called) -> None:
    """Published parameters of three networks (torchvision), by their names; options of one network are refused."""
    code, out, _err = cnncalc("summary", "vgg16", "resnet50", "mobilenet-v2", "--columns", "name,parameters")
    assert (code, out) == (0, "name\tparameters\nvgg16\t138357544\nresnet50\t25557032\nmobilenet-v2\t3504872\n")
    code, _out, err = cnncalc("summary", "vgg16", "vgg19", "--depth", "1")
    assert (code, err) == (2, "cnncalc: --depth is for one network: give one, or leave it out\n")
    code, _out, err = cnncalc("summary", "vgg16", "vgg19", "--require", "vgg19.parameters<=140000000")
    assert (code, err) == (1, "cnncalc: required vgg19.parameters<=140000000: not met, it is 143667240\n")
