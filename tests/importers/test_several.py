"""Models with several inputs, from every format: names as the model has them, counts of the framework, a field for each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cnncalc import from_keras, from_onnx, from_torch, load, summary_report
from cnncalc.errors import CnncalcError, ModelFileError
from cnncalc.importers.caffe.reader import parse
from cnncalc.importers.inputs import in_order
from cnncalc.inputs import fed, seen_from, shapes_of
from cnncalc.library import receptive_fields
from tests.conftest import Called

os.environ.setdefault("KERAS_BACKEND", "torch")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")


class Compared(torch.nn.Module):  # type: ignore[misc,name-defined]
    """A siamese network: one encoder, whose weights are used for both images, and a mask through windows of its own."""

    def __init__(self) -> None:
        super().__init__()
        conv = torch.nn.Conv2d
        self.encoder = torch.nn.Sequential(conv(3, 6, 3, padding=1), torch.nn.ReLU(), conv(6, 6, 3, 2, 1))
        self.narrow, self.last = conv(1, 6, 7, 2, 3), conv(12, 5, 3)

    def forward(self, left: Any, right: Any, mask: Any) -> Any:
        joined = torch.cat([self.encoder(left) * self.narrow(mask), self.encoder(right)], 1)
        return self.last(joined)


INPUTS = {"left": (1, 3, 20, 20), "right": (1, 3, 20, 20), "mask": (1, 1, 20, 20)}
FIELDS = {"left": 9, "right": 9, "mask": 11}
"""3, then 3 at jump 1 with stride 2, then 3 at jump 2; for the mask 7, and 3 at jump 2."""


def examples() -> list[Any]:
    return [torch.zeros(sizes) for sizes in INPUTS.values()]


def looked_at(network: Any) -> dict[str, Any]:
    return {name: receptive_fields(seen_from(network, name)).get("rf") for name in shapes_of(network)}


def test_a_module_with_several_inputs() -> None:
    """Names are those of ``forward``, shared weights count once, and each input has its field, by place or by name."""
    module = Compared()
    number = sum(p.numel() for p in module.parameters())
    shapes = {"left": "20x20x3", "right": "20x20x3", "mask": "20x20x1"}
    for given in (examples(), shapes, tuple(shapes.values())):
        network = from_torch(module, given)
        assert summary_report(network).get("total.parameters") == number
        assert looked_at(network) == FIELDS


@pytest.mark.parametrize(
    ("given", "got"), [("20x20x3", "1"), (["20x20x3"] * 4, "4"), ({"left": "20x20x3", "up": "20x20x3"}, "left, up")]
)
def test_the_inputs_that_a_module_takes_are_named(given: Any, got: str) -> None:
    """Whatever was given instead, and how to give them."""
    with pytest.raises(ModelFileError) as refused:
        from_torch(Compared(), given)
    assert str(refused.value) == (
        f"Compared takes the inputs left, right, mask, but got {got}: give each by its name, as "
        '{"left": "224x224x3", "right": "224x224x3", "mask": "224x224x3"}'
    )


class Siamese(torch.nn.Module):  # type: ignore[misc,name-defined]
    """What of two images differs, by one convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.last = torch.nn.Conv2d(1, 10, 3), torch.nn.Linear(10, 1)

    def forward(self, a: Any, b: Any, *, factor: float = 1.0) -> Any:
        means = [self.conv(image).mean((2, 3)) for image in (a, b)]
        return self.last((means[0] - means[1]) * factor)


class Added(torch.nn.Module):  # type: ignore[misc,name-defined]
    """The sum of any number of maps."""

    def forward(self, *maps: Any) -> Any:
        return sum(maps)


def test_inputs_without_names_are_given_by_their_places() -> None:
    """A module that takes any number of inputs has no names for them; so many were given as it then has."""
    assert list(shapes_of(from_torch(Added(), ["8x8x1", "8x8x1", "8x8x1"]))) == ["maps_0", "maps_1", "maps_2"]
    with pytest.raises(ModelFileError, match="by their places, but got left: give a list"):
        from_torch(Added(), {"left": "8x8x1"})


class Optional(torch.nn.Identity):  # type: ignore[misc,name-defined]
    """What it does without an input is its own."""

    def forward(self, image: Any = None) -> Any:
        return torch.relu(image)


def test_an_input_that_may_be_left_out_is_named_too() -> None:
    """Given by another name it is not known; by its own it is."""
    assert list(shapes_of(from_torch(Optional(), {"image": "8x8x1"}))) == ["image"]
    with pytest.raises(ModelFileError, match="takes the inputs image, but got left: give each by its name"):
        from_torch(Optional(), {"left": "8x8x1"})


def test_one_shape_is_that_of_every_input() -> None:
    """A siamese network asked about one shape is asked about two of it: 10·(3·3 + 1) + (10 + 1) parameters, learnt once."""
    for given in ("28x28x1", (28, 28, 1), ["28x28x1"] * 2, (torch.zeros(1, 1, 28, 28),) * 2):
        network = from_torch(Siamese(), given)
        assert summary_report(network).get("total.parameters") == 111
        assert {name: str(shape) for name, shape in shapes_of(network).items()} == {"a": "28x28x1", "b": "28x28x1"}


def test_a_program_with_several_inputs(tmp_path: Path) -> None:
    """The ``.pt2`` file gives the same as the module."""
    torch.export.save(torch.export.export(Compared().eval(), tuple(examples())), tmp_path / "m.pt2")
    assert looked_at(load(tmp_path / "m.pt2")) == FIELDS


def test_an_export_with_several_inputs(tmp_path: Path) -> None:
    """An ONNX file keeps the names it was exported with; sizes that it leaves open are given by name."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    module, path = Compared(), tmp_path / "m.onnx"
    axes = {name: {2: "h", 3: "w"} for name in INPUTS}
    torch.onnx.export(module, tuple(examples()), path, input_names=list(INPUTS), dynamic_axes=axes, dynamo=False)
    network = from_onnx(path)
    assert set(shapes_of(network).values()) == {None}
    with pytest.raises(CnncalcError, match="the size of the input right is not known: add right=224x224x3"):
        fed(network, {"left": "20x20x3"})
    with pytest.raises(CnncalcError, match=r"the input mask is \?x\?x1 in the model: 20x20x3 is not"):
        fed(network, dict.fromkeys(INPUTS, "20x20x3"))
    whole, _shape = fed(network, {"left": "20x20x3", "right": "20x20x3", "mask": "20x20x1"})
    assert summary_report(whole).get("total.parameters") == sum(p.numel() for p in module.parameters())
    assert looked_at(whole) == FIELDS


def test_a_functional_model_with_several_inputs() -> None:
    """Keras: an image, a mask and a vector, in whatever order the model takes them; the image is looked from."""
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    layers = keras.layers
    image, mask, age = (
        keras.Input(shape, name=name) for name, shape in (("image", (32, 32, 3)), ("mask", (32, 32, 1)), ("age", (5,)))
    )
    seen = layers.Add()([layers.Conv2D(8, 3, padding="same")(image), layers.Conv2D(8, 5, padding="same")(mask)])
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(seen), layers.Dense(4)(age)])
    model = keras.Model([age, mask, image], layers.Dense(2)(joined))
    network = from_keras(model)
    assert {name: str(shape) for name, shape in shapes_of(network).items()} == {
        "mask": "32x32x1",
        "image": "32x32x3",
        "age": "5",
    }
    assert summary_report(network).get("total.parameters") == model.count_params()
    fields = {one["name"]: (one["rf"], one["whole"]) for one in receptive_fields(network, None).get("inputs")}
    assert fields == {"mask": (None, True), "image": (None, True), "age": (None, False)}


def test_a_shared_model_is_counted_once() -> None:
    """Keras: one encoder called on two inputs, as siamese networks are written."""
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    one, other = keras.Input((16, 16, 3), name="one"), keras.Input((16, 16, 3), name="other")
    conv = keras.layers.Conv2D(4, 3)
    model = keras.Model([one, other], keras.layers.Subtract()([conv(one), conv(other)]))
    network = from_keras(model)
    assert summary_report(network).get("total.parameters") == model.count_params() == 112
    assert looked_at(network) == {"one": 3, "other": 3}


def test_a_prototxt_with_several_inputs() -> None:
    """Caffe: detectors take the size of the image beside it; what nobody reads is no output."""
    network = parse(
        'input: "im_info" input: "data" input_shape { dim: [1, 3] } input_shape { dim: [1, 3, 8, 8] } layer { name: "c" type: "Convolution" '
        'bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 } } '
        'layer { name: "f" type: "InnerProduct" bottom: "c" top: "f" inner_product_param { num_output: 4 } } '
        'layer { name: "i" type: "InnerProduct" bottom: "im_info" top: "i" inner_product_param { num_output: 4 } } '
        'layer { name: "e" type: "Eltwise" bottom: "f" bottom: "i" top: "e" }'
    )
    assert {name: str(shape) for name, shape in shapes_of(network).items()} == {"data": "8x8x3", "im_info": "3"}
    parameters = (3 * 3 * 3 + 1) * 2 + (2 * 6 * 6 + 1) * 4 + (3 + 1) * 4
    assert summary_report(network).get("total.parameters") == parameters


def test_the_number_of_inputs_of_a_file_is_bounded() -> None:
    """None at all, or hundreds, are refused before anything is made of them."""
    for count in (0, 65):
        with pytest.raises(ModelFileError, match=f"the model takes {count} inputs: only models with 1 to 64 are read"):
            in_order({str(number): (1, 3, 8, 8) for number in range(count)})


NETWORK = "input 24x24x3 conv3-4,p1 add( | mask: placeholder,to0x0x1 conv5-4,p2 )"


def test_the_command_line_takes_inputs_by_name(cnncalc: Called) -> None:
    """`--input` is repeated, the answer has a field for each, and `--from` looks from another."""
    given = ("--input", "input=24x24x3", "--input", "mask=24x24x1")
    code, out, err = cnncalc("rf", NETWORK, *given, "--format", "markdown")
    assert (code, err) == (0, "")
    assert "field of input 3, of mask 5" in out
    assert cnncalc("rf", NETWORK, *given, "--from", "mask", "--get", "rf")[:2] == (0, "5\n")
    assert cnncalc("rf", NETWORK, *given, "--get", "inputs.1.rf")[:2] == (0, "5\n")
    assert cnncalc("summary", NETWORK, *given, "--get", "total.parameters")[:2] == (0, "216\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("24x24x3",), "the network has 2 inputs (input, mask): say which, as in input=224x224x3"),
        (("24x24x3", "24x24x1"), "--input 24x24x3 names no input: with several write each as NAME=224x224x3"),
        (("mask=24x24x1", "mask=24x24x1"), "the input mask is given twice: leave one out"),
        (("masc=24x24x1",), "there is no input masc: did you mean mask?"),
        (("mask=",), "--input mask= names no input: with several write each as NAME=224x224x3"),
    ],
)
def test_a_wrong_input_is_one_line(given: tuple[str, ...], message: str, cnncalc: Called) -> None:
    """Exit code 2 and the way out."""
    options = [part for text in given for part in ("--input", text)]
    assert cnncalc("rf", NETWORK, *options) == (2, "", f"cnncalc: {message}\n")


@pytest.mark.parametrize("command", ["halo", "solve"])
def test_questions_for_one_input_refuse_several(command: str, cnncalc: Called) -> None:
    """One rule says so for each."""
    words = NETWORK.replace("to0x0x1", "to24x24x1")
    options = ("--require", "rf>=9") if command == "solve" else ()
    code, out, err = cnncalc(command, words, *options)
    assert (code, out) == (2, "")
    assert err == f"cnncalc: {command} is answered for networks with one input, and this one has 2 (input, mask)\n"
