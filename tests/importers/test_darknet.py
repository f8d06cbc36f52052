"""Darknet files: shapes, parameters and fields as Darknet has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.analysis import counts, shapes, trace
from cnncalc.errors import LayerError, ModelFileError, ShapeError, UnknownLayerError
from cnncalc.importers.darknet import TRANSLATORS, load, parse
from cnncalc.layers.conv import Conv
from cnncalc.layers.unknown import Unknown
from cnncalc.library import receptive_fields
from cnncalc.network import Network
from cnncalc.notation.parsing import parse as read
from cnncalc.notation.writing import show
from tests.importers.frameworks import output, parameters

NET = "[net]\nwidth={0}\nheight={0}\nchannels=3\n"


def conv(filters: int, size: int, stride: int = 1, *, bn: bool = True, activation: str = "leaky") -> str:
    norm = "batch_normalize=1\n" if bn else ""
    return f"[convolutional]\n{norm}filters={filters}\nsize={size}\nstride={stride}\npad=1\nactivation={activation}\n\n"


def pool(size: int, stride: int) -> str:
    return f"[maxpool]\nsize={size}\nstride={stride}\n\n"


def stored(network: Network) -> int:
    """The floats in a .weights file: parameters and running statistics."""
    assert network.input is not None
    made = shapes(network, network.input)
    return sum(count.parameters + count.buffers for count in counts(network, network.input, made))


def darknet19() -> str:
    body = conv(32, 3) + pool(2, 2) + conv(64, 3) + pool(2, 2)
    for wide in (128, 256):
        body += conv(wide, 3) + conv(wide // 2, 1) + conv(wide, 3) + pool(2, 2)
    body += conv(512, 3) + (conv(256, 1) + conv(512, 3)) * 2 + pool(2, 2)
    body += conv(1024, 3) + (conv(512, 1) + conv(1024, 3)) * 2
    return NET.format(224) + body + conv(1000, 1, bn=False, activation="linear") + "[avgpool]\n[softmax]\ngroups=1\n"


def yolo3_tiny() -> str:
    body = "".join(conv(2**i, 3) + pool(2, 2) for i in range(4, 9)) + conv(512, 3) + pool(2, 1)
    body += conv(1024, 3) + conv(256, 1) + conv(512, 3) + conv(255, 1, bn=False, activation="linear") + "[yolo]\n"
    body += "[route]\nlayers = -4\n" + conv(128, 1) + "[upsample]\nstride=2\n[route]\nlayers = -1, 8\n"
    return NET.format(416) + body + conv(256, 3) + conv(255, 1, bn=False, activation="linear") + "[yolo]\n"


def yolo3() -> str:
    def residual(filters: int, times: int) -> str:
        block = conv(filters // 2, 1) + conv(filters, 3) + "[shortcut]\nfrom=-3\nactivation=linear\n\n"
        return conv(filters, 3, 2) + block * times

    def head(filters: int) -> str:
        return (conv(filters, 1) + conv(2 * filters, 3)) * 3 + conv(255, 1, bn=False, activation="linear") + "[yolo]\n"

    body = conv(32, 3) + "".join(residual(2**i, n) for i, n in ((6, 1), (7, 2), (8, 8), (9, 8), (10, 4)))
    body += head(512) + "[route]\nlayers = -4\n" + conv(256, 1) + "[upsample]\nstride=2\n[route]\nlayers = -1, 61\n"
    body += head(256) + "[route]\nlayers = -4\n" + conv(128, 1) + "[upsample]\nstride=2\n[route]\nlayers = -1, 36\n"
    return NET.format(416) + body + head(128)


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [(yolo3(), 248_007_048), (yolo3_tiny(), 35_434_956)],
    ids=["yolov3", "yolov3-tiny"],
)
def test_published_weight_files_have_this_many_numbers(text: str, bytes_: int) -> None:
    """A .weights file is a header of 20 bytes and 4 bytes for each number: yolov3 has 248,007,048 bytes."""
    network = parse(text)
    assert 20 + 4 * stored(network) == bytes_
    assert read(show(network)) == network


def test_darknet19_has_its_published_shape_and_size() -> None:
    """Darknet-19 (Redmon & Farhadi 2017, table 6) ends in 1000 numbers and 20.8 million parameters."""
    network = parse(darknet19())
    assert str(output(network)) == "1x1x1000"
    assert round(parameters(network) / 1e6, 1) == 20.8


def test_detection_heads_have_darknets_sizes() -> None:
    """YOLOv3 answers on 13, 26 and 52 squares; the last one ends the file."""
    network = parse(yolo3())
    assert network.input is not None
    made = shapes(network, network.input)
    heads = [str(shape) for node, shape in zip(network.nodes, made, strict=True) if node.name.endswith(".identity")]
    assert heads == ["13x13x255", "26x26x255", "52x52x255"]


def test_a_local_layer_has_weights_at_every_place() -> None:
    """[local] has (c·size² + 1)·n parameters for each of its places, as local_layer.c allocates."""
    network = parse(
        "[net]\nwidth=7\nheight=7\nchannels=3\n[local]\nsize=3\nstride=2\npad=1\nfilters=4\nactivation=leaky"
    )
    assert str(output(network)) == "4x4x4"
    assert parameters(network) == 4 * 4 * 4 * (3 * 9 + 1)


@pytest.mark.parametrize(("size", "stride", "expected"), [(2, 1, 13), (2, 2, 7), (3, 2, 7), (5, 1, 13)])
def test_max_pools_pad_as_darknet_does(size: int, stride: int, expected: int) -> None:
    """⌊(n + size − 1 − size)/stride⌋ + 1 places: 13 stay 13 at stride 1; the odd padding stands at the end."""
    network = parse(NET.format(13) + pool(size, stride))
    assert output(network).space == (expected, expected)
    first = trace(network).field(0, 0)[0].phases[0]
    assert first is not None
    assert first.first == -((size - 1) // 2)


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        (conv(4, 3) + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n", ["conv", "bn", "leakyrelu", "slice"]),
        (
            "[connected]\noutput=5\nactivation=relu\n[dropout]\n[softmax]\n[cost]\n",
            ["fc", "relu", "dropout", "softmax"],
        ),
        ("[reorg]\nstride=2\n[batchnorm]\n", ["pixelunshuffle", "bn"]),
        ("[reorg3d]\nstride=2\n[local_avgpool]\nsize=3\nstride=1\n", ["pixelunshuffle", "avgpool"]),
        ("[crop]\ncrop_height=4\ncrop_width=4\n[avgpool]\n", ["crop", "globalavgpool"]),
        ("[deconvolutional]\nfilters=2\nsize=4\nstride=2\npadding=1\nactivation=linear\n", ["convT"]),
        (conv(3, 1) + "[avgpool]\n[scale_channels]\nfrom=-2\n", ["conv", "bn", "leakyrelu", "globalavgpool", "mul"]),
    ],
)
def test_sections_become_their_layers(text: str, layers: list[str]) -> None:
    """Every section is the kinds it stands for, in order."""
    assert [node.layer.keyword for node in parse(NET.format(8) + text).nodes] == layers


@pytest.mark.parametrize(
    ("text", "shape", "layers", "field"),
    [
        (conv(8, 3) + conv(16, 3, 2), "16x16x16", ["slice", "slice", "slice", "add", "concat"], 5),
        (conv(8, 7) + "[route]\nlayers=-1\n" + conv(4, 1, 2), "16x16x4", ["slice", "add"], 7),
        (conv(8, 7) + "[maxpool]\nsize=3\nstride=2\npadding=0\n", "15x15x8", ["crop", "slice", "add"], 9),
        (conv(8, 7) + conv(4, 1), "32x32x4", ["slice", "add"], 7),
        (conv(8, 7) + conv(16, 1), "32x32x16", ["slice", "slice", "add", "concat"], 7),
    ],
)
def test_a_shortcut_adds_what_both_maps_have(text: str, shape: str, layers: list[str], field: int) -> None:
    """The smaller number of channels, at every ⌊w₁/w₂⌋-th position (shortcut_cpu); the result has the last one's shape."""
    network = parse(NET.format(32) + text + "[shortcut]\nfrom=0\nactivation=linear\n")
    assert str(output(network)) == shape
    mark = f"{text.count('[')}."
    assert sorted(node.layer.keyword for node in network.nodes if node.name.startswith(mark)) == sorted(layers)
    assert receptive_fields(network).get("rf") == field


def test_numbers_are_read_as_c_reads_them() -> None:
    """A number ends where its digits end (``atoi``): published files have ``filters=40#32`` and ``layers=180###P6``."""
    text = "[convolutional]\nfilters=40#32\nsize=+3\nstride=1.0\npad=1\nactivation=linear\n[route]\nlayers=-1###P6\n"
    assert parse(NET.format(8) + text).nodes[0].layer == Conv(3, 40, 1, 1)


def test_weights_of_a_shortcut_are_counted() -> None:
    """``weights_type=per_channel`` stores (n + 1)·c numbers (``make_shortcut_layer`` of the fork by A. Bochkovskiy)."""
    text = conv(4, 1) + conv(4, 1) + conv(4, 1)
    plain = parse(NET.format(8) + text + "[shortcut]\nfrom=-2,-3\nactivation=linear\n")
    weighted = parse(NET.format(8) + text + "[shortcut]\nfrom=-2,-3\nweights_type=per_channel\nactivation=linear\n")
    assert parameters(weighted) - parameters(plain) == 3 * 4
    with pytest.raises(UnknownLayerError, match="shortcut_with_weights_per_feature"):
        parse(NET.format(8) + text + "[shortcut]\nfrom=-2\nweights_type=per_feature\n")


def test_a_convolution_that_shares_its_weights_counts_once() -> None:
    """``share_index`` names the layer whose weights and norm are used again, from the start or from here."""
    once = conv(3, 3)
    again = once.replace("size=3", "size=3\nshare_index=0")
    back = once.replace("size=3", "size=3\nshare_index=-2")
    assert parameters(parse(NET.format(8) + once + again + back)) == 3 * 3 * 9 + 6


def test_options_that_make_another_layer_are_refused() -> None:
    """Pooling over channels is another layer."""
    with pytest.raises(UnknownLayerError, match="maxpool_with_maxpool_depth"):
        parse(NET.format(8) + "[maxpool]\nmaxpool_depth=1\nout_channels=1\n")


def test_resnet18_of_darknet_has_its_own_shortcuts() -> None:
    """resnet18.cfg has no projections: torchvision's 11,689,512 without their weights and norms, and with stored statistics."""
    body = conv(64, 7, 2) + pool(2, 2)
    for wide in (64, 128, 256, 512):
        for stride in (1 if wide == 64 else 2, 1):
            body += conv(wide, 3, stride) + conv(wide, 3, activation="linear")
            body += "[shortcut]\nfrom=-3\nactivation=leaky\n\n"
    network = parse(
        NET.format(256) + body + "[avgpool]\n" + conv(1000, 1, bn=False, activation="linear") + "[softmax]\n"
    )
    projections = sum(wide * wide // 2 + 2 * wide for wide in (128, 256, 512))
    assert parameters(network) == 11_689_512 - projections


def test_shortcuts_from_several_layers_add_each() -> None:
    """Maps of the same shape in one sum, and then each of the others."""
    text = conv(8, 1) + conv(4, 1) + conv(4, 1) + "[shortcut]\nfrom=-2,-3\nactivation=linear\n"
    nodes = parse(NET.format(8) + text).nodes
    assert [node.layer.keyword for node in nodes if node.name.startswith("3.")] == ["add", "slice", "add"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (conv(8, 3, 2) + "[upsample]\nstride=2\n", "shortcut_from_a_smaller_map"),
        (conv(8, 1) + "[convolutional]\nstride_x=2\nstride_y=1\n", "uneven_shortcut"),
    ],
)
def test_a_shortcut_that_darknet_does_not_add_place_by_place_is_refused(text: str, message: str) -> None:
    """A smaller map would be spread over the larger one; Darknet itself stops where steps differ between the axes."""
    with pytest.raises(UnknownLayerError, match=message):
        parse(NET.format(8) + text + "[shortcut]\nfrom=0\n")


@pytest.mark.parametrize(
    "name", "relie ramp stair plse lhtan hard_mish silu sigmoid swish logistic loggy hardtan leaky relu6".split()
)
def test_every_elementwise_activation_keeps_counts_and_field(name: str) -> None:
    """3·3·3·8 + 8 parameters and a field of 3, whatever stands behind the convolution."""
    network = parse(NET.format(32) + conv(8, 3, bn=False, activation=name))
    assert parameters(network) == 224
    assert receptive_fields(network).get("rf") == 3


def test_unknown_sections_are_all_named() -> None:
    """All of them, with their number; with leave, they keep their place."""
    text = NET.format(8) + "[conv_lstm]\n[iseg]\n[conv_lstm]\n" + conv(2, 1)
    with pytest.raises(UnknownLayerError, match=r"conv_lstm \(×2\), iseg \(×1\)"):
        parse(text)
    assert sum(isinstance(node.layer, Unknown) for node in parse(text, allow_unknown=True).nodes) == 3


def connected(inputs: int, outputs: int, *, bn: bool) -> tuple[int, int]:
    """What `make_connected_layer` stores: weights and biases, and with a norm scales, and two running statistics."""
    return inputs * outputs + outputs * (2 if bn else 1), 2 * outputs * bn


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize(("kind", "gates"), [("gru", 3), ("lstm", 4)])
def test_gates_are_connected_layers(kind: str, gates: int, *, bn: bool) -> None:
    """Darknet makes two connected layers for each gate: one of what comes in, one of the state; a map comes in flat."""
    text = f"{NET.format(4)}[{kind}]\noutput=7\nbatch_normalize={int(bn)}\n[connected]\noutput=5\nactivation=linear\n"
    network = parse(text)
    parts = [connected(48, 7, bn=bn), connected(7, 7, bn=bn)] * gates + [connected(7, 5, bn=False)]
    assert parameters(network) == sum(learnt for learnt, _fixed in parts)
    assert stored(network) == sum(map(sum, parts))
    assert stored(read(show(network))) == stored(network)
    assert output(network).channels == 5


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize(("options", "hidden"), [("output=5\nhidden=7", 7), ("output=5", 5)])
def test_a_recurrent_section_is_three_connected_layers(options: str, hidden: int, *, bn: bool) -> None:
    """To the state, of the state, and out; its author's files say no ``hidden``: then the state is as wide as the output."""
    network = parse(f"[net]\ninputs=6\n[rnn]\n{options}\nbatch_normalize={int(bn)}\n")
    parts = [connected(*sizes, bn=bn) for sizes in ((6, hidden), (hidden, hidden), (hidden, 5))]
    assert parameters(network) == sum(learnt for learnt, _fixed in parts)
    assert stored(network) == sum(map(sum, parts))


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize(
    ("options", "size"), [("hidden_filters=4\noutput_filters=5", 3), ("size=5\npad=1\nhidden=4\noutput=5", 5)]
)
def test_a_convolutional_state_counts_three_times_and_is_seen_through_twice(
    options: str, size: int, *, bn: bool
) -> None:
    """The convolution of the last state has weights and products, and brings nothing of the frame that is looked at."""
    network = parse(NET.format(8) + f"[crnn]\n{options}\nbatch_normalize={int(bn)}\nactivation=leaky\n")
    pairs = ((3, 4), (4, 4), (4, 5))
    assert parameters(network) == sum(size * size * a * b + b * (2 if bn else 1) for a, b in pairs)
    assert stored(network) - parameters(network) == 2 * (4 + 4 + 5) * bn
    assert network.input is not None
    macs = sum(count.macs for count in counts(network, network.input, shapes(network, network.input)))
    assert macs == sum(64 * size * size * a * b for a, b in pairs)
    assert receptive_fields(network).get("rf") == 2 * size - 1


def test_a_convolution_of_a_vector_sees_a_map_of_one_place() -> None:
    """Darknet keeps what a connected layer gives as one row and column of many channels."""
    network = parse("[net]\ninputs=6\n[connected]\noutput=4\n" + conv(2, 3, bn=False))
    assert parameters(network) == 6 * 4 + 4 + 9 * 4 * 2 + 2
    assert output(network).space == (1, 1)


def test_an_activation_that_is_not_known_counts_as_often_as_it_occurs() -> None:
    """Three sections, three times; with leave it stands behind its convolution, which keeps its size and its counts."""
    text = NET.format(8) + "[convolutional]\nfilters=2\nactivation=wavy\n" * 3
    with pytest.raises(UnknownLayerError, match=r"activation_wavy \(×3\)"):
        parse(text)
    assert [node.layer.keyword for node in parse(text, allow_unknown=True).nodes] == ["conv", "unknown"] * 3


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ModelFileError, r"does not begin with a section \[net\]"),
        ("[convolutional]", ModelFileError, r"does not begin with a section \[net\]"),
        ("size=3", ModelFileError, "line 1, 'size=3'"),
        (NET.format(8), ModelFileError, "has no layers"),
        (NET.format(8) + "[convolutional]\nsize=x", ModelFileError, "size=x is not a whole number"),
        (NET.format(8) + "[convolutional]\nsize=" + "9" * 30, ModelFileError, "is not a whole number"),
        (NET.format(8) + "[shortcut]\nfrom=-3", ModelFileError, "from=-3 is not a layer before this one"),
        (NET.format(8) + "[route]\nlayers=0", ModelFileError, "layers=0 is not a layer before this one"),
        (NET.format(8) + "[maxpool]\nsize=-1", LayerError, "out of range"),
        (NET.format(8) + "[maxpool]\nsize=3\npadding=6", LayerError, "padding 3 is not less than kernel 3"),
        (
            NET.format(8) + pool(2, 2) + "[avgpool]\n[sam]\nfrom=-1,-2",
            ModelFileError,
            r"^2\.sam: the inputs of this sam make no sense$",
        ),
        (NET.format(2**62) + conv(2**62, 1), ModelFileError, r"more than 2\^63"),
        ("[net]\n[convolutional]", ShapeError, "holds the size 0"),
    ],
)
def test_files_that_make_no_sense_are_one_line(text: str, error: type[Exception], message: str) -> None:
    """What is wrong is said in one line."""
    with pytest.raises(error, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    """White space around options counts for nothing, as in Darknet's own parser."""
    (tmp_path / "a.cfg").write_text(
        "# comment\n [net]\nwidth = 8\nheight= 8\nchannels =3\n[maxpool]\n size = 2\nstride=2\n"
    )
    assert output(load(tmp_path / "a.cfg")).space == (4, 4)


def test_every_section_has_a_translator_that_is_called() -> None:
    """The table holds functions only."""
    assert all(callable(translate) for translate in TRANSLATORS.values())
