"""The zoo at other sizes than its own: torchvision's networks beside ours, and what no publication takes refused."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest

from cnncalc import zoo
from cnncalc.analysis import counts, shapes
from cnncalc.errors import CnncalcError, ShapeError
from cnncalc.notation.parsing import parse
from cnncalc.notation.writing import show
from cnncalc.shapes import Shape
from cnncalc.verify.compare import verify
from cnncalc.zoo.sizes import InputSizes
from tests.importers.frameworks import torchvision_models
from tests.published import TORCHVISION

NAMES = {
    "resnext50": "resnext50_32x4d",
    "resnext101": "resnext101_32x8d",
    "wide-resnet50": "wide_resnet50_2",
    "wide-resnet101": "wide_resnet101_2",
    "shufflenet-v2": "shufflenet_v2_x1_0",
    "squeezenet": "squeezenet1_0",
    "squeezenet1.1": "squeezenet1_1",
    "vit-b16": "vit_b_16",
}
"""What torchvision calls them, where it is not only the hyphen that differs."""
TWINS = {name: NAMES.get(name, name.replace("-", "_")) for name in (*TORCHVISION, "inception-v3")}
WITHOUT_AUXILIARY = {"aux_logits": False, "init_weights": False}
OPTIONS = {"googlenet": WITHOUT_AUXILIARY, "inception_v3": WITHOUT_AUXILIARY}
SIZES = ((224, 224), (96, 96), (160, 224), (131, 75))

Result = tuple[int, int, int] | None
"""Numbers that come out, parameters and multiply-adds; `None` where the input is refused."""


def twin(name: str, **options: Any) -> Any:
    """Torchvision's network without memory for its weights."""
    models = torchvision_models()
    import torch

    with torch.device("meta"):
        return models.get_model(TWINS[name], weights=None, **OPTIONS.get(TWINS[name], {}), **options).eval()


def theirs(model: Any, space: tuple[int, ...]) -> Result:
    """What torchvision's network comes to, its products counted by hooks."""
    import torch

    macs: list[int] = []

    def count(module: Any, inputs: Any, output: Any) -> None:
        if isinstance(module, torch.nn.Conv2d):
            macs.append(output.numel() * module.weight[0].numel())
        if isinstance(module, torch.nn.Linear):
            macs.append(output.numel() * module.in_features)
        if isinstance(module, torch.nn.MultiheadAttention):  # does its products without calling its layers
            _batch, tokens, width = inputs[0].shape
            macs.append(tokens * (module.in_proj_weight.numel() + module.out_proj.weight.numel()))
            macs.append(2 * tokens * tokens * width)

    hooks = [module.register_forward_hook(count) for module in model.modules()]
    try:
        with torch.no_grad():
            output = model(torch.zeros(1, 3, *space, device="meta"))
    except (RuntimeError, ValueError, AssertionError):
        return None
    finally:
        for hook in hooks:
            hook.remove()
    return prod(output.shape), sum(weight.numel() for weight in model.parameters()), sum(macs)


def ours(name: str, space: tuple[int, ...]) -> Result:
    network, input = zoo.load(name), Shape(space, 3)
    try:
        made = shapes(network, input)
    except CnncalcError:
        return None
    counted = counts(network, input, made)
    return made[-1].numbers, sum(one.parameters for one in counted), sum(one.macs for one in counted)


@pytest.mark.parametrize("name", sorted(TWINS.keys() - {"vit-b16"}))
def test_torchvision_at_other_sizes(name: str) -> None:
    """Square or not: the same output, parameters and multiply-adds. Torchvision's ``min_size`` is the least for both."""
    model = twin(name)
    least, _width = torchvision_models().get_model_weights(TWINS[name]).DEFAULT.meta["min_size"]
    sizes = (*SIZES, (least, least), (least, least + 1))
    for space in sizes:
        assert ours(name, space) == theirs(model, space) is not None
    if least > 1:
        assert ours(name, (least - 1, least)) is theirs(model, (least - 1, least)) is None


@pytest.mark.parametrize(
    ("side", "parameters"), [(224, 86_567_656), (256, 86_613_736), (384, 86_859_496), (32, 86_420_200)]
)
def test_the_transformer_grows_by_its_position_embedding_only(side: int, parameters: int) -> None:
    """Torchvision's ViT-B/16 made for each of the sizes; one size means both sides."""
    model = twin("vit-b16", image_size=side)
    found = theirs(model, (side, side))
    assert found is not None
    assert ours("vit-b16", (side, side)) == found
    assert found[1] == parameters
    assert ours("vit-b16", (side, side + 16)) is theirs(model, (side, side + 16)) is None


def test_patches_have_to_cover_the_image() -> None:
    """Torchvision refuses to make a transformer for 225 pixels, in the words that we quote."""
    with pytest.raises(AssertionError, match="Input shape indivisible by patch size!"):
        twin("vit-b16", image_size=225)
    with pytest.raises(ShapeError, match=r"\"Input shape indivisible by patch size!\"\): take 224x224x3"):
        shapes(zoo.load("vit-b16"), Shape((225, 225), 3))


@pytest.mark.parametrize("name", [name for name in zoo.names() if zoo.about(name).sizes])
def test_a_fixed_size_is_the_networks_own(name: str) -> None:
    """Its own input is taken; a pixel more is refused with the reason, and what is proposed instead is taken."""
    network = zoo.load(name)
    assert network.input is not None
    sizes = InputSizes.parse(zoo.about(name).title, zoo.about(name).sizes)
    shapes(network, network.input)
    larger = Shape(tuple(side + 1 for side in network.input.space), network.input.channels)
    with pytest.raises(ShapeError) as refused:
        shapes(network, larger)
    assert sizes.reason in str(refused.value)
    assert sizes.title in str(refused.value)
    shapes(network, Shape.parse(str(refused.value).rpartition(": take ")[2]))


@pytest.mark.parametrize("side", [187, 189, 203, 205])
def test_the_u_net_takes_what_halves_evenly(side: int) -> None:
    """188 + 16k is no more and no less than the sizes whose every pool is over an even map, all the way down and up."""

    def halves(size: int) -> bool:
        for _level in range(4):
            size -= 4
            if size % 2:
                return False
            size //= 2
        return 2 * (2 * (2 * (2 * (size - 4) - 4) - 4) - 4) - 4 > 0

    network = zoo.load("unet")
    taken = [size for size in range(140, 300) if halves(size)]
    assert taken == list(range(188, 300, 16))
    assert side not in taken
    with pytest.raises(ShapeError, match="applied to a layer with an even x- and y-size"):
        shapes(network, Shape((side, 188), 1))
    assert shapes(network, Shape((188, 204), 1))[-1] == Shape((4, 20), 2)


def test_the_proof_refuses_what_the_network_does_not_take() -> None:
    """Though it may run a smaller input itself."""
    with pytest.raises(ShapeError, match="LeNet-5 takes 32x32, not 28x28"):
        verify(zoo.load("lenet5"), "28x28x1")
    assert verify(zoo.load("lenet5"), "32x32x1").agrees


def test_sizes_that_cant_be_read_are_noticed() -> None:
    """A rule is checked, not guessed."""
    with pytest.raises(ValueError, match="does not say which sizes are taken"):
        InputSizes.parse("Net", "any; it is flexible")


@pytest.mark.parametrize(
    ("name", "input", "line"),
    [
        ("vgg16", Shape((224, 224), 1), "the weights are for 3 channels, 224x224x1 has 1: give 224x224x3, or"),
        ("lenet5", Shape((32, 32), 3), "the weights are for 1 channels, 32x32x3 has 3: give 32x32x1, or"),
        ("dncnn", Shape((1, 40), 40), r"the weights are for 1 channels, 1x40x40 has 40: give 40x40x1 \(PyTorch writes"),
        (
            "resnet50",
            Shape((3, 64), 64),
            r"the weights are for 3 channels, 3x64x64 has 64: give 64x64x3 \(PyTorch writes",
        ),
    ],
)
def test_other_channels_than_published_are_refused(name: str, input: Shape, line: str) -> None:
    """The weights of a published network are there already: for another image it is another network."""
    with pytest.raises(ShapeError, match=f"^{line}.*cnncalc show"):
        shapes(zoo.load(name), input)


def test_a_network_that_is_written_down_takes_other_channels() -> None:
    """The way out that the error names: VGG-16 for grey images has 1,152 weights less in its first layer."""
    grey, colour = Shape((224, 224), 1), Shape((224, 224), 3)
    copy = parse(show(zoo.load("vgg16")))
    totals = [sum(own.parameters for own in counts(copy, input, shapes(copy, input))) for input in (grey, colour)]
    assert totals == [138_357_544 - 64 * 3 * 3 * 2, 138_357_544]
