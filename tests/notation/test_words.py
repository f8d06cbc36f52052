"""Words and layers: every kind, both ways, and one exact message for every mistake."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings

from cnncalc.errors import LayerError, NotationError, ShapeError
from cnncalc.layers import KEYWORDS, KINDS, kind
from cnncalc.layers.base import Layer
from cnncalc.notation.words import READERS, WordError, example, read, write
from tests.any_network import LAYERS


@given(LAYERS)
@settings(max_examples=300)
def test_every_layer_reads_back(layer: Layer) -> None:
    """Whatever a layer's fields are, its word reads back as the same layer."""
    assert read(write(layer)).layer == layer


@pytest.mark.parametrize("name", KINDS)
def test_the_list_of_kinds_is_right(name: str) -> None:
    """`KINDS` gives each class the keywords that the class itself has, in its order."""
    assert tuple(kind(name).keywords) == KINDS[name][1]


SAID = ("valid", "nearest", "zeros")
"""Options that say what is taken without them too."""


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_an_option_says_another_value_than_the_default(keyword: str) -> None:
    """What is there to be said would change nothing otherwise."""
    layer: Any = read(example(keyword)).layer
    defaults = {field.name: field.default for field in fields(layer)}
    for letters, (target, value) in layer.word.options.items():
        for name in (target,) if isinstance(target, str) else target:
            assert value in READERS or letters in SAID or value != defaults[name], letters


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_number_that_no_layer_has_is_refused(keyword: str) -> None:
    """Less than none of anything, and none where there has to be one, whoever makes the layer."""
    layer: Any = read(example(keyword)).layer
    least = {"count": 1, "count0": 0}
    for name, reader in [(layer.word.channels, "count"), *layer.word.options.values()]:
        if name and reader in least:
            with pytest.raises((LayerError, ShapeError)):
                replace(layer, **{name: least[reader] - 1})


@pytest.mark.parametrize("name", KINDS)
def test_words_speak_of_fields_that_exist(name: str) -> None:
    """Kernel, channels, stride and every option of a kind set fields of that kind, with a reader that exists."""
    cls: Any = kind(name)
    known = {field.name for field in fields(cls)}
    assert {cls.word.kernel, cls.word.channels, cls.word.stride} - {""} <= known
    for letters, (target, value) in cls.word.options.items():
        targets = {target} if isinstance(target, str) else set(target)
        assert targets <= known, letters
        assert value in READERS or not letters[-1].isdigit()
    assert all(preset.keys() <= known for preset in cls.keywords.values())


@pytest.mark.parametrize("name", KINDS)
def test_every_field_can_be_written(name: str) -> None:
    """No field of a kind is out of the notation's reach: a keyword, a part of the word or an option sets it."""
    cls: Any = kind(name)
    reached = {cls.word.kernel, cls.word.channels, cls.word.stride}
    for target, _value in cls.word.options.values():
        reached |= {target} if isinstance(target, str) else set(target)
    reached |= {field for preset in cls.keywords.values() for field in preset}
    assert {field.name for field in fields(cls)} <= reached


def test_no_keyword_is_taken_twice() -> None:
    """Each keyword belongs to one kind, and none could be a repeat such as x3."""
    keywords = [keyword for _module, keywords in KINDS.values() for keyword in keywords]
    assert len(keywords) == len(set(keywords)) == len(KEYWORDS)
    assert not [keyword for keyword in keywords if keyword[0] == "x"]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_examples_are_words(keyword: str) -> None:
    """The example that errors show for a keyword can be read."""
    assert type(read(example(keyword)).layer).__name__ == KEYWORDS[keyword]


def test_other_words_for_a_layer_name_it_alike() -> None:
    """A layer is named after its kind's first keyword, however it is written."""
    assert [read(word).keyword for word in ("deconv4", "batchnorm", "linear-10", "upsample2")] == [
        *("convT", "bn", "fc", "up"),
    ]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("conv3x3-64", "conv3-64"),
        ("conv1x7-128,p0x3", "conv1x7-128,p0x3"),
        ("conv3×3", "conv3"),
        ("conv3-64/1,p1x1,d1,g1", "conv3-64,p1"),
        ("conv3,valid", "conv3"),
        ("conv3,p0", "conv3"),
        ("conv3,p2/3x0/1", "conv3,p2/3x0/1"),
        ("conv3-64,nobias,same", "conv3-64,same,nobias"),
        ("maxpool2/2", "maxpool2"),
        ("maxpool3/1", "maxpool3/1"),
        ("fc4096", "fc-4096"),
        ("linear-10", "fc-10"),
        ("relu6", "relu6"),
        ("batchnorm,noscale,noshift", "bn,noaffine"),
        ("deconv4-64/2,p1,op1", "convT4-64/2,p1,op1"),
        ("up,to56x56", "up,to56"),
        ("lrn5", "lrn"),
        ("slice,from58,to116", "slice,from58,to116"),
    ],
)
def test_a_word_is_written_in_one_way(word: str, written: str) -> None:
    """Several ways to write a layer come out as the shortest."""
    assert write(read(word).layer) == written


def test_equal_words_give_one_object() -> None:
    """A layer that stands in a network a thousand times is made once."""
    assert read("conv3-64,p1").layer is read("conv3-64,p1").layer


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("covn3-64", "there is no layer 'covn3-64': did you mean conv3-64?"),
        ("convt4", "there is no layer 'convt4': did you mean convT4?"),
        (
            "zzz",
            "there is no layer 'zzz': the most common are conv, maxpool, avgpool, fc, bn, relu, convT, up, local, dwconv",
        ),
        ("->", "'->' is not a layer: write layers one behind the other, with spaces between, as in conv3 relu"),
        ("+", "'+' is not a layer: write layers one behind the other, with spaces between, as in conv3 relu"),
        ("conv", "conv needs its kernel: write conv3-64"),
        ("fc", "fc needs its units: write fc-1000"),
        ("conv0", "0 is too small: take at least 1"),
        ("conv3-0", "0 is too small: take at least 1"),
        ("conv3/0", "0 is too small: take at least 1"),
        (
            "conv3-",
            "'-' is not a part of a layer: write conv3-64, with /2 for a stride and ,p1 for an option",
        ),
        ("conv" + "9" * 5000, "9999999999999999999999999999… (5,000 characters) is too large: numbers end at 2^63 − 1"),
        ("relu3", "relu takes no kernel: write relu"),
        ("maxpool2-64", "maxpool takes no channels: write maxpool3"),
        ("relu/2", "relu takes no stride: write relu"),
        ("conv3,p", "p needs a number: write conv,p2"),
        (
            "conv3,ceiling",
            "conv has no option 'ceiling': take one of p1, d1, same, same-lower, causal, valid, g1, nobias",
        ),
        ("conv3,pad1", "conv has no option 'pad1': did you mean p1?"),
        ("conv3,d0", "0 is too small: take at least 1"),
        ("conv3,p1/", "'' is not a whole number"),
        ("conv3,nobais", "conv has no option 'nobais': did you mean nobias?"),
        ("flatten,p1", "flatten has no options"),
        (
            "conv3,zzzzz",
            "conv has no option 'zzzzz': take one of p1, d1, same, same-lower, causal, valid, g1, nobias",
        ),
        ("conv3,p1,same", "padding is given twice: leave one out"),
        ("conv3,tied:", "tied: needs the name of an earlier layer: write tied:conv1"),
        ("conv3,tied:a,stored:+8", "a layer with the weights of another stores none: leave tied: or stored: out"),
        *(
            (
                f"conv3,stored:{numbers}",
                "stored: needs what a layer stores more or less than its kind, as weights/biases: "
                "write stored:+8 or -9/0",
            )
            for numbers in ("", "x", "1/", "1//2", "1/2/3/4/5/6", "9" * 19, "²")
        ),
        ("slice,from5,to5", "slice: channels 5 to 5 are none: take to > 5"),
        ("up2,to4", "up: give either a scale (up2) or a size (up,to56x56)"),
    ],
)
def test_mistakes(word: str, message: str) -> None:
    """Each mistake has one line that says what is wrong and what to write."""
    with pytest.raises(NotationError, match=rf"\A{re.escape(message)}\Z"):
        read(word)


@pytest.mark.parametrize(
    ("word", "marked"),
    [("covn3-64", "covn"), ("conv3-0", "0"), ("conv3/2,p1,nobais", "nobais"), ("conv3,p1,d0", "0"), ("relu/2", "2")],
)
def test_mistakes_know_their_place(word: str, marked: str) -> None:
    """The error tells which characters are meant."""
    with pytest.raises(WordError, match=r".") as caught:
        read(word)
    assert word[caught.value.start : caught.value.stop] == marked


def test_a_layer_beyond_words_is_refused() -> None:
    """A field that no option can set is not silently left out."""
    from cnncalc.layers.transposed import Transposed

    layer = Transposed(3)
    object.__setattr__(layer, "padding", "causal")
    with pytest.raises(NotationError, match="can't be written as a word"):
        write.__wrapped__(layer)


USUAL = {"valid", "zeros", "nearest"}
"""Options that say what holds without them; the page says so of each."""


@pytest.mark.parametrize("name", KINDS)
def test_every_bare_option_changes_what_it_names(name: str) -> None:
    """An option without a number sets its fields to what they are not by default, but for those that name the default."""
    cls: Any = kind(name)
    defaults = {field.name: field.default for field in fields(cls)}
    for letters, (target, value) in cls.word.options.items():
        if value in READERS:
            continue
        for field in [target] if isinstance(target, str) else target:
            assert (defaults[field] == value) == (letters in USUAL), letters
