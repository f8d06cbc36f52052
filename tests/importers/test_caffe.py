"""Caffe's network definitions: the parameters, shapes and windows that Caffe itself builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncalc.analysis import counts, shapes
from cnncalc.errors import CnncalcError, ModelFileError, UnknownLayerError
from cnncalc.importers.caffe.prototxt import parse as read
from cnncalc.importers.caffe.reader import load, parse
from cnncalc.importers.caffe.translators import TRANSLATORS
from cnncalc.library import receptive_fields
from cnncalc.network import Network
from cnncalc.notation.parsing import parse as notation
from cnncalc.notation.writing import show
from tests.importers.frameworks import output, parameters


def input_of(*sizes: int) -> str:
    return 'input: "data"\n' + "".join(f"input_dim: {size}\n" for size in sizes)


def layer(kind: str, bottom: str, top: str, options: str = "", name: str = "", more: str = "") -> str:
    """A layer; ``options`` is its block, written out."""
    bottoms = "".join(f' bottom: "{blob}"' for blob in bottom.split())
    tops = "".join(f' top: "{blob}"' for blob in top.split())
    return f'layer {{ name: "{name or top}" type: "{kind}"{bottoms}{tops} {options} {more} }}\n'


def conv(bottom: str, top: str, filters: int, kernel: int, stride: int = 1, pad: int = 0, group: int = 1) -> str:
    options = f"num_output: {filters} kernel_size: {kernel} stride: {stride} pad: {pad} group: {group}"
    return layer("Convolution", bottom, top, f"convolution_param {{ {options} }}") + layer(
        "ReLU", top, top, name=f"r{top}"
    )


def pool(bottom: str, top: str, kernel: int, stride: int, pad: int = 0, method: str = "MAX") -> str:
    options = f"pool: {method} kernel_size: {kernel} stride: {stride} pad: {pad}"
    return layer("Pooling", bottom, top, f"pooling_param {{ {options} }}")


def dense(bottom: str, top: str, units: int) -> str:
    return layer("InnerProduct", bottom, top, f"inner_product_param {{ num_output: {units} }}")


def lenet() -> str:
    text = input_of(64, 1, 28, 28)
    text += layer("Convolution", "data", "conv1", "convolution_param { num_output: 20 kernel_size: 5 stride: 1 }")
    text += pool("conv1", "pool1", 2, 2)
    text += layer("Convolution", "pool1", "conv2", "convolution_param { num_output: 50 kernel_size: 5 stride: 1 }")
    text += pool("conv2", "pool2", 2, 2) + dense("pool2", "ip1", 500) + layer("ReLU", "ip1", "ip1", name="relu1")
    return text + dense("ip1", "ip2", 10) + layer("Softmax", "ip2", "prob")


def caffenet() -> str:
    text = input_of(10, 3, 227, 227) + conv("data", "conv1", 96, 11, 4) + pool("conv1", "pool1", 3, 2)
    text += layer("LRN", "pool1", "norm1", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }")
    text += conv("norm1", "conv2", 256, 5, 1, 2, 2) + pool("conv2", "pool2", 3, 2) + layer("LRN", "pool2", "norm2")
    text += conv("norm2", "conv3", 384, 3, 1, 1) + conv("conv3", "conv4", 384, 3, 1, 1, 2)
    text += conv("conv4", "conv5", 256, 3, 1, 1, 2) + pool("conv5", "pool5", 3, 2)
    for number, bottom in ((6, "pool5"), (7, "fc6")):
        top = f"fc{number}"
        text += dense(bottom, top, 4096) + layer("ReLU", top, top, name=f"r{number}")
        text += layer("Dropout", top, top, "dropout_param { dropout_ratio: 0.5 }", name=f"drop{number}")
    return text + dense("fc7", "fc8", 1000) + layer("Softmax", "fc8", "prob")


def inception(bottom: str, top: str, one: int, three: tuple[int, int], five: tuple[int, int], through: int) -> str:
    text = conv(bottom, f"{top}/1x1", one, 1)
    text += conv(bottom, f"{top}/3r", three[0], 1) + conv(f"{top}/3r", f"{top}/3x3", three[1], 3, 1, 1)
    text += conv(bottom, f"{top}/5r", five[0], 1) + conv(f"{top}/5r", f"{top}/5x5", five[1], 5, 1, 2)
    text += pool(bottom, f"{top}/pool", 3, 1, 1) + conv(f"{top}/pool", f"{top}/proj", through, 1)
    return text + layer("Concat", f"{top}/1x1 {top}/3x3 {top}/5x5 {top}/proj", top)


def googlenet() -> str:
    """Szegedy et al. 2015, table 1."""
    text = (
        input_of(10, 3, 224, 224) + conv("data", "c1", 64, 7, 2, 3) + pool("c1", "p1", 3, 2) + layer("LRN", "p1", "n1")
    )
    text += (
        conv("n1", "c2r", 64, 1) + conv("c2r", "c2", 192, 3, 1, 1) + layer("LRN", "c2", "n2") + pool("n2", "p2", 3, 2)
    )
    text += inception("p2", "3a", 64, (96, 128), (16, 32), 32) + inception("3a", "3b", 128, (128, 192), (32, 96), 64)
    text += pool("3b", "p3", 3, 2) + inception("p3", "4a", 192, (96, 208), (16, 48), 64)
    text += inception("4a", "4b", 160, (112, 224), (24, 64), 64) + inception("4b", "4c", 128, (128, 256), (24, 64), 64)
    text += inception("4c", "4d", 112, (144, 288), (32, 64), 64) + inception(
        "4d", "4e", 256, (160, 320), (32, 128), 128
    )
    text += pool("4e", "p4", 3, 2) + inception("p4", "5a", 256, (160, 320), (32, 128), 128)
    text += inception("5a", "5b", 384, (192, 384), (48, 128), 128) + pool("5b", "p5", 7, 1, 0, "AVE")
    return text + layer("Dropout", "p5", "p5", name="drop") + dense("p5", "fc", 1000) + layer("Softmax", "fc", "prob")


@pytest.mark.parametrize(
    ("text", "number", "units"),
    [(lenet(), 431_080, 10), (caffenet(), 60_965_224, 1000), (googlenet(), 6_998_552, 1000)],
    ids=["lenet", "caffenet", "googlenet"],
)
def test_published_networks_have_their_parameters(text: str, number: int, units: int) -> None:
    """The numbers that Caffe's own examples, and the files of trained weights, have."""
    network = parse(text)
    assert (parameters(network), output(network).numbers) == (number, units)
    assert notation(show(network)) == network


def starts(size: int, kernel: int, stride: int, pad: int) -> list[int]:
    """Where Caffe's windows begin: until one reaches the end, and none behind the map."""
    places = [-pad]
    while places[-1] + kernel < size + pad:
        places.append(places[-1] + stride)
    return places if not pad else [place for place in places if place < size]


@pytest.mark.parametrize("size", range(4, 12))
@pytest.mark.parametrize(
    ("kernel", "stride", "pad"), [(2, 2, 0), (3, 2, 0), (3, 2, 1), (2, 2, 1), (3, 3, 2), (4, 3, 1)]
)
def test_pools_round_up_and_begin_inside(size: int, kernel: int, stride: int, pad: int) -> None:
    """As many windows as it takes to reach the end; with padding, none that begins behind the map."""
    network = parse(input_of(1, 1, size, size) + pool("data", "p", kernel, stride, pad))
    assert output(network).space == (len(starts(size, kernel, stride, pad)),) * 2


def test_a_pool_that_begins_behind_the_map_is_refused() -> None:
    """Without padding Caffe keeps a window that reads nothing, where a stride is longer than the kernel."""
    with pytest.raises(UnknownLayerError, match="Pooling_behind_the_map"):
        parse(input_of(1, 1, 4, 4) + pool("data", "p", 1, 2))


def test_rounding_down_can_be_asked_for() -> None:
    """``round_mode: FLOOR`` leaves what the last window does not fill."""
    options = "pooling_param { pool: AVE kernel_size: 3 stride: 2 round_mode: FLOOR }"
    assert output(parse(input_of(1, 1, 8, 8) + layer("Pooling", "data", "p", options))).space == (3, 3)


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        (
            layer("BatchNorm", "data", "b") + layer("Scale", "b", "s", "scale_param { bias_term: true }"),
            ["bn", "scale"],
        ),
        (layer("ReLU", "data", "r", "relu_param { negative_slope: 0.1 }"), ["leakyrelu"]),
        (layer("PReLU", "data", "r"), ["prelu"]),
        (
            layer("LRN", "data", "n", "lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }"),
            ["square", "avgpool", "mul"],
        ),
        (layer("Power", "data", "p", "power_param { power: 2 scale: 0.5 }"), ["square"]),
        (
            layer("Slice", "data", "a b", "slice_param { slice_point: 1 }")
            + layer("TanH", "b", "t")
            + layer("Silence", "a", ""),
            ["slice", "tanh"],
        ),
        (layer("Flatten", "data", "f") + dense("f", "d", 3), ["flatten", "fc"]),
        (layer("Pooling", "data", "g", "pooling_param { pool: AVE global_pooling: true }"), ["globalavgpool"]),
        (layer("Bias", "data", "b"), ["offset"]),
        (layer("Eltwise", "data data", "e", "eltwise_param { operation: PROD }"), ["mul"]),
        (layer("Crop", "data data", "c"), []),
    ],
)
def test_layers_become_their_kinds(text: str, layers: list[str]) -> None:
    """Every type is the kinds it stands for, in order."""
    nodes = parse(input_of(1, 4, 8, 8) + text + layer("Sigmoid", text.split('top: "')[-1][0], "end")).nodes
    assert [node.layer.keyword for node in nodes] == [*layers, "sigmoid"]


def test_norms_keep_statistics_and_learn_only_in_their_scale() -> None:
    """A BatchNorm stores a mean and a deviation per channel; its Scale learns two numbers per channel."""
    text = layer("BatchNorm", "data", "b") + layer("Scale", "b", "s", "scale_param { bias_term: true }")
    network = parse(input_of(1, 4, 8, 8) + text)
    assert network.input is not None
    count = counts(network, network.input, shapes(network, network.input))
    assert (sum(c.parameters for c in count), sum(c.buffers for c in count)) == (8, 8)


def test_a_gate_per_channel_stretches_over_the_map() -> None:
    """Squeeze and excitation: a Scale of two blobs, the second with a number for each channel (``axis: 0``)."""
    gate = layer("Pooling", "data", "g", "pooling_param { pool: AVE global_pooling: true }")
    text = gate + layer("Flatten", "g", "f") + layer("Scale", "data f", "s", "scale_param { axis: 0 }")
    assert str(output(parse(input_of(1, 4, 8, 8) + text))) == "8x8x4"


def test_what_is_cut_to_a_skip_has_its_size() -> None:
    """FCN: scores enlarged by a deconvolution, cut to the size of another blob from an offset on."""
    up = "convolution_param { num_output: 4 kernel_size: 4 stride: 2 bias_term: false group: 4 }"
    text = pool("data", "p", 2, 2) + layer("Deconvolution", "p", "u", up)
    network = parse(input_of(1, 4, 9, 9) + text + layer("Crop", "u data", "c", "crop_param { axis: 2 offset: 1 }"))
    assert (str(output(network)), parameters(network)) == ("9x9x4", 4 * 16)


def test_shared_parameters_count_once() -> None:
    """Two layers whose ``param`` has the same name learn the same numbers."""
    shared = 'param { name: "w" } param { name: "b" }'
    text = layer("Convolution", "data", "a", "convolution_param { num_output: 4 kernel_size: 1 }", more=shared)
    text += layer("Convolution", "a", "b", "convolution_param { num_output: 4 kernel_size: 1 }", more=shared)
    assert parameters(parse(input_of(1, 4, 8, 8) + text)) == 20


def phased(rule: str) -> Network:
    return parse(input_of(1, 4, 8, 8) + layer("ReLU", "data", "r") + layer("TanH", "r", "r", rule, name="maybe"))


@pytest.mark.parametrize(
    ("rule", "there"),
    [
        ("include { phase: TRAIN }", False),
        ("include { phase: TEST }", True),
        ("exclude { phase: TEST }", False),
        ("exclude { phase: TRAIN }", True),
        ('include { phase: TEST stage: "deploy" }', False),
        ('exclude { stage: "deploy" }', True),
        ("include { min_level: 1 }", False),
        ("include { phase: TRAIN } include { phase: TEST }", True),
    ],
)
def test_layers_are_those_of_the_test_phase(rule: str, there: bool) -> None:
    """As Caffe filters a network by its state, which has no stage and level 0."""
    assert len(phased(rule)) == 1 + there


def test_data_and_losses_are_no_layers() -> None:
    """What brings data or judges an answer computes nothing of the network; the answer stays an output."""
    text = layer("Data", "", "label", name="d") + dense("data", "score", 3)
    text += layer("SoftmaxWithLoss", "score label", "loss") + layer("Accuracy", "score label", "accuracy")
    assert str(output(parse(input_of(1, 4, 8, 8) + text))) == "3"


def test_the_first_form_of_these_files_is_read() -> None:
    """``layers`` with types in capitals, and names of shared parameters as texts."""
    text = 'layers { name: "c" type: CONVOLUTION bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 } }'
    text += 'layers { name: "r" type: RELU bottom: "c" top: "c" } layers { name: "s" type: SOFTMAX_LOSS bottom: "c" bottom: "l" }'
    network = parse(input_of(1, 3, 8, 8) + text)
    assert ([node.layer.keyword for node in network.nodes], parameters(network)) == (["conv", "relu"], 56)


def test_every_output_that_nobody_reads_is_one() -> None:
    """Two heads are two outputs."""
    text = input_of(1, 3, 8, 8) + conv("data", "c", 2, 3) + dense("c", "a", 3) + dense("c", "b", 4)
    assert len(parse(text).outputs) == 2


def test_fields_are_those_of_the_notation() -> None:
    """CaffeNet's units behind pool5 see 195 pixels, as the chain of its windows does."""
    text = caffenet()[: caffenet().index('layer { name: "fc6"')]
    assert receptive_fields(parse(text)).get("rf") == receptive_fields(
        notation("conv11-96/4 maxpool3/2 conv5,p2 maxpool3/2 conv3,p1 conv3,p1 conv3,p1 maxpool3/2")
    ).get("rf")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ModelFileError, "does not say how large its input is"),
        ("layer {", ModelFileError, "ends inside a block: } is missing"),
        ("layer <", ModelFileError, "ends inside a block: > is missing"),
        ("a:", ModelFileError, "ends behind a name"),
        ("a: 1\n}", ModelFileError, "line 2, '}'"),
        ("a: }", ModelFileError, "line 1, '}'"),
        ("\n\n: 3", ModelFileError, "line 3, ':'"),
        ('a: "x', ModelFileError, "line 1, '\"x'"),
        ("a: [1, {", ModelFileError, "line 1, '{'"),
        ("a { " * 30, ModelFileError, "more than 20 deep"),
        ("layer: 3", ModelFileError, "layer is not a block of options"),
        (input_of(1, 3), ModelFileError, "no output|no layers"),
        (input_of(1), ModelFileError, "the input has the sizes"),
        (
            input_of(1, 3, 8, 8) + layer("ReLU", "nothing", "r"),
            ModelFileError,
            "^r reads nothing, which no layer before",
        ),
        (input_of(1, 3, 8, 8) + layer("Python", "data", "p"), UnknownLayerError, r"Python \(×1\)"),
        (input_of(1, 3, 8, 8) + conv("data", "c", 4, 9), CnncalcError, "^c: kernel 9 does not fit into 8"),
        (
            input_of(1, 3, 8, 8) + layer("Convolution", "data", "c", "convolution_param { num_output: many }"),
            ModelFileError,
            "^c: num_output=many is not a whole number",
        ),
        (
            input_of(1, 3, 8, 8)
            + layer("Convolution", "data", "c", "convolution_param { num_output: 2 kernel_size: [1, 2, 3] }"),
            ModelFileError,
            r"^c: kernel_size \[1, 2, 3\] is not for 2 axes",
        ),
        (
            input_of(1, 3, 8, 8) + layer("Convolution", "data", "c", "convolution_param: 3"),
            ModelFileError,
            "is not a block",
        ),
        (
            input_of(1, 3, 8, 8)
            + 'input: "more" input_dim: 2 input_dim: 3 input_dim: 8 input_dim: 8 '
            + dense("data", "d", 2),
            ModelFileError,
            "the input more has a batch of 2, data of 1: export it with the same for both",
        ),
    ],
)
def test_files_that_make_no_sense_are_one_line(text: str, error: type[Exception], message: str) -> None:
    """What is wrong is said in one line."""
    with pytest.raises(error, match=message) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_unknown_layers_keep_their_place_with_leave() -> None:
    """A layer of some fork stands in the network as unknown."""
    text = input_of(1, 3, 8, 8) + layer("Normalize", "data", "n") + conv("n", "c", 4, 3)
    assert [node.layer.keyword for node in parse(text, allow_unknown=True).nodes] == ["unknown", "conv", "relu"]


def test_text_is_read_as_protocol_buffers_write_it() -> None:
    """Comments, commas, semicolons, both brackets, lists, and quotes of both sorts."""
    text = "# all\na: 'x' , b < c: [1, 2] ; d { e: -1.5e3 } >  # end"
    assert read(text) == {"a": ["x"], "b": [{"c": ["1", "2"], "d": [{"e": ["-1.5e3"]}]}]}


@pytest.mark.parametrize("between", [" ", "# ", "#\n", "#\n ", "a "])
def test_what_lies_before_an_open_quote_is_read_once(between: str) -> None:
    """With each two of these more an expression that tries every way to read them took four times as long."""
    with pytest.raises(ModelFileError, match="write names with values"):
        read(between * 10_000 + '\n"')


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    """From its suffix on the command line, and by `load`."""
    (tmp_path / "lenet.prototxt").write_text(lenet())
    assert parameters(load(tmp_path / "lenet.prototxt")) == 431_080


def test_every_type_has_a_translator_that_is_called() -> None:
    """The table holds functions only."""
    assert all(callable(translate) for translate in TRANSLATORS.values())
