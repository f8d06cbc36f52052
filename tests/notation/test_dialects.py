"""What people write who know other notations is answered with the word that it means here."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncalc.errors import NotationError
from cnncalc.layers import KEYWORDS
from cnncalc.notation.dialects import LONGEST, NAMES, meant
from cnncalc.notation.parsing import parse
from cnncalc.notation.words import read
from cnncalc.shapes import Shape

MEANT = {
    # a name and numbers in some order
    "pool2": "maxpool2",
    "pool": "maxpool2",
    "avgpooling": "avgpool2",
    "max_pool2d": "maxpool2",
    "batch_norm": "bn",
    "3x3": "conv3",
    "3*3": "conv3",
    "1x7": "conv1x7",
    "3x3conv64": "conv3-64",
    "conv3*3": "conv3",
    "conv3,64": "conv3-64",
    "conv3_64": "conv3-64",
    "conv-64": "conv3-64",
    "conv3-64s2": "conv3-64/2",
    "conv3-64,stride2": "conv3-64/2",
    "fc_10": "fc-10",
    "dropout0.5": "dropout",
    "swish": "silu",
    "卷积3-64": "conv3-64",
    "全连接10": "fc-10",
    # capitals, signs of other keyboards, a comma too many
    "ReLU": "relu",
    "CONV3-64": "conv3-64",
    "ｃｏｎｖ３－６４": "conv3-64",
    "conv3–64": "conv3-64",
    "conv3-64,": "conv3-64",
    # as a call
    "conv(3, 64)": "conv3-64",
    "dropout(0.5)": "dropout",
    "linear(10)": "fc-10",
    "Conv2D(64, 3)": "conv3-64",
    "layers.Conv2D(64, (3, 3), strides=2, padding='same')": "conv3-64/2,same",
    "Dense(10, activation='softmax')": "fc-10",
    "MaxPooling2D()": "maxpool2",
    "tf.keras.layers.AveragePooling2D((2, 2), strides=1)": "avgpool2/1",
    "SeparableConv2D(64, 3)": "sepconv3-64",
    "ZeroPadding2D(2)": "pad,p2",
    "Activation('relu')": "relu",
    "Conv2d(i, o, k)": "conv3-64",
    "nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.MaxPool2d(2))": "conv3-64 relu maxpool2",
    "conv3->64": "conv3-64",
    "conv3→64,p1": "conv3-64,p1",
    "conv3->relu": "conv3 relu",
    "Sequential([Conv2D(32, 3), Flatten()])": "conv3-32 flatten",
}
TORCH = {
    "nn.Conv2d(3, 64, 3)": "conv3-64",
    "nn.Conv2d(3, 64, 3, 2, 1)": "conv3-64/2,p1",
    "nn.Conv2d(3, 64, kernel_size=(1, 7), padding=(0, 3), bias=False)": "conv1x7-64,p0x3,nobias",
    "nn.Conv2d(4, 6, 3, groups=2, dilation=2)": "conv3-6,d2,g2",
    "nn.ConvTranspose2d(3, 32, 2, stride=2)": "convT2-32/2",
    "nn.MaxPool2d(3, stride=2, padding=1)": "maxpool3/2,p1",
    "nn.AvgPool2d(2)": "avgpool2",
    "nn.AdaptiveAvgPool2d((2, 3))": "adaptiveavgpool2x3",
    "nn.BatchNorm2d(3)": "bn",
    "nn.GroupNorm(3, 3)": "gn,g3",
    "nn.LeakyReLU(0.1)": "leakyrelu",
    "nn.Dropout(0.5)": "dropout",
    "nn.Upsample(scale_factor=2)": "up2",
    "nn.PixelUnshuffle(2)": "pixelunshuffle2",
}
"""Modules of PyTorch for an image of 3 channels, or of 4."""


@pytest.mark.parametrize(("written", "word"), (MEANT | TORCH).items())
def test_other_notations_are_answered_with_our_word(written: str, word: str) -> None:
    """The error says what stands there and what to write, under which the caret stands."""
    text = f"relu {written} relu"
    with pytest.raises(NotationError, match=rf"did you mean {re.escape(word)}\?") as caught:
        parse(text)
    line, caret = str(caught.value).splitlines()[1:]
    assert line.strip() == text
    assert caret.count("^") >= len(written)


@pytest.mark.parametrize(("written", "word"), TORCH.items())
def test_the_word_for_a_module_is_what_pytorch_makes_of_it(written: str, word: str) -> None:
    """The module itself, followed by torch.export, is the layer that the word says."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from cnncalc.importers.torch import from_torch

    module = eval(written, {"nn": torch.nn})
    assert (
        from_torch(torch.nn.Sequential(module), "16x16x4" if "(4," in written else "16x16x3").nodes[0].layer
        == read(word).layer
    )


@pytest.mark.parametrize("word", ["conv", "zebra", "resnet-50", "0.5", "->", "", "conv3-64", "x", "Conv2d(", "f(1)(2)"])
def test_what_nobody_knows_stays_with_its_own_error(word: str) -> None:
    """No guess for a keyword that only lacks its numbers, a network's name, or signs."""
    assert meant(word) == ""


@pytest.mark.parametrize("sign", ["x", "×", "*"])
def test_a_shape_with_spaces_is_told_to_be_one_word(sign: str) -> None:
    """Its sign would be the name of a layer otherwise."""
    with pytest.raises(NotationError, match=r"^a shape is one word: write input 224x224x3\n"):
        parse(f"input 224 {sign} 224 {sign} 3 conv3")
    assert parse("input 224 conv3").input == Shape((), 224)


def test_blocks_right_behind_a_word_stay_blocks() -> None:
    """Only a number or a parameter makes brackets the arguments of a call."""
    assert len(parse("relu(conv3 1:conv3)")) == 3
    assert len(parse("relu(1:conv3)")) == 2


def test_every_name_leads_to_a_keyword() -> None:
    """And every keyword is its own name."""
    assert set(NAMES.values()) == set(KEYWORDS)


@given(st.text("conv2dD(), =x*3[]'\"\\.-_/s\x00", max_size=40) | st.text(max_size=40))
def test_whatever_is_written_the_answer_is_words_or_nothing(written: str) -> None:
    """Nothing breaks, and what is offered can be read."""
    for word in meant(written).split():
        read(word)


def test_what_is_too_long_is_not_looked_at() -> None:
    """A call of a thousand arguments is no typing error."""
    assert meant(f"Conv2d({'3,' * LONGEST})") == ""
    assert meant(f"Conv2d({'(' * 400}3{')' * 400})") in ("", "conv3-64")
