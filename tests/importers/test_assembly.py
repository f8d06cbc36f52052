"""What happens where an operator goes wrong is the same for every framework."""

from __future__ import annotations

from typing import Any

import pytest

import cnncalc
from cnncalc.errors import InputTypeError, LayerError, ModelFileError, UnknownLayerError
from cnncalc.importers.assembly import Assembly, spread
from cnncalc.importers.operator import Operator
from cnncalc.importers.tensors.settling import finished
from cnncalc.importers.values import LOST, Constant, Result, Scores, Tensor, UnsupportedError
from cnncalc.layers.activation import Activation
from cnncalc.layers.unknown import Unknown
from cnncalc.shapes import Shape


def assembly(**options: Any) -> Assembly:
    return Assembly(Shape((8, 8), 3), **options)


def operator(*values: object, kind: str = "magic", outputs: tuple[str, ...] = ("y",), title: str = "") -> Operator:
    return Operator(kind, f"the {kind}", {str(i): value for i, value in enumerate(values)}, outputs, title)


def relu(net: Assembly, call: Operator) -> Result:
    return net.map(Activation("relu"), net.start())


def raising(problem: Exception) -> Any:
    def rule(net: Assembly, call: Operator) -> Result:
        raise problem

    return rule


def test_what_an_operator_gives_is_what_its_rule_says() -> None:
    """Nothing stands between, and the node is called as the operator, with what the notation can't hold replaced."""
    net = assembly()
    x = net.translated(operator(net.start()), relu)
    assert isinstance(x, Tensor)
    assert [node.name for node in finished(net, [x]).nodes] == ["the_magic"]


def test_all_that_is_not_known_is_named_at_once() -> None:
    """What reads something lost is lost, and counts if it has no rule either, or if another of its title is not known; a
    title goes before the kind."""
    net = assembly()
    lost = net.translated(operator(net.start(), title="own.magic"), None)
    assert lost is LOST
    assert net.translated(operator(lost, kind="relu"), relu) is LOST
    assert net.translated(operator(lost, title="own.magic", outputs=("a", "b")), None) == (LOST, LOST)
    net.translated(operator(net.start(), kind="conv"), raising(UnsupportedError("conv of another sort")))
    net.translated(operator(net.start(), kind="gather"), raising(UnsupportedError()))
    for _time in range(2):
        assert net.translated(operator(lost, kind="gather"), relu) is LOST
    names = r"gather \(×3\), own\.magic \(×2\), conv_of_another_sort \(×1\): --allow-unknown"
    with pytest.raises(UnknownLayerError, match=names):
        finished(net, [lost])


def test_a_stand_in_for_each_output_has_the_shape_that_the_file_says() -> None:
    """The first owns the learnt numbers that the operator reads; it stands on the first tensor, or on scores."""
    shapes = {"a": Shape((4, 4), 7)}
    net = assembly(allow_unknown=True, said=shapes.get)
    x = net.start()
    weights = (Constant((5, 3), learnt=True), Constant((2,)))
    results = net.translated(operator(*weights, Scores(x, x), outputs=("a", "b")), None)
    layers = [node.layer for node in finished(net, spread(results)[::-1]).nodes]
    assert layers == [Unknown("magic", (4, 4, 7), 15), Unknown("magic", (), 0)]


@pytest.mark.parametrize("problem", [ValueError(), TypeError(), KeyError(), IndexError(), ZeroDivisionError()])
def test_nonsense_is_one_line_with_the_name(problem: Exception) -> None:
    """Whatever Python raises in a translator that was given something odd."""
    with pytest.raises(ModelFileError, match="^the_magic: the inputs of this magic make no sense$"):
        assembly().translated(operator(), raising(problem))


def test_problems_of_a_layer_keep_their_kind_and_get_the_name() -> None:
    """The message of the layer comes after the operator's name; a very long one is shortened."""
    with pytest.raises(LayerError, match="^the_magic: stride 0 is out of range$"):
        assembly().translated(operator(), raising(LayerError("stride 0 is out of range")))
    with pytest.raises(LayerError, match=r"^the_9+… \([\d,]+ characters\): no$"):
        assembly().translated(operator(kind="9" * 5000), raising(LayerError("no")))


def test_a_bug_of_ours_is_not_hidden() -> None:
    """What no odd file causes comes through."""
    with pytest.raises(NotImplementedError):
        assembly().translated(operator(), raising(NotImplementedError()))


@pytest.mark.parametrize("last", [False, True])
def test_a_map_is_laid_out_as_the_framework_does(last: bool) -> None:
    """Channels second or last; both are the same map."""
    net = assembly(last=last)
    assert net.start().sizes == ((1, 8, 8, 3) if last else (1, 3, 8, 8))
    assert net.standard(net.start().layout) == assembly().start().layout


def test_whole_numbers_are_read_in_every_form() -> None:
    """Alone, in a row, in a stored tensor; a stored tensor whose numbers are not known is not a guess."""
    call = Operator("slice", "s", {"a": 3, "b": [1, 2], "c": Constant((2,), (4.0, 5.0)), "d": Constant((0,), ())})
    assert [call.ints(name, (9,)) for name in "abcde"] == [(3,), (1, 2), (4, 5), (9,), (9,)]
    for value in (Constant((5000,)), assembly().start()):
        with pytest.raises(UnsupportedError):
            Operator("slice", "s", {"a": value}).ints("a")


@pytest.mark.parametrize(
    ("framework", "call", "line"),
    [
        (
            "torch",
            lambda: cnncalc.from_torch("model.pt2", "8x8x3"),
            "^str is not a module of PyTorch: give an nn.Module$",
        ),
        ("keras", lambda: cnncalc.from_keras(3), "^int is not a Keras model: give a functional or a sequential one$"),
        (
            "onnx",
            lambda: cnncalc.from_onnx(3),
            "^int is not an ONNX model: give an onnx.ModelProto, or the path of a file$",
        ),
    ],
)
def test_what_is_no_model_is_refused_in_a_line(framework: str, call: Any, line: str) -> None:
    """Whatever the framework, a value of another type is named, and what can stand there."""
    pytest.importorskip(framework)
    with pytest.raises(InputTypeError, match=line):
        call()
