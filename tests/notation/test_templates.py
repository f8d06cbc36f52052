"""Templates: variables stand wherever a number does, and nowhere else."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cnncalc.errors import NotationError, ShapeError
from cnncalc.layers import KEYWORDS
from cnncalc.notation.parsing import parse
from cnncalc.notation.templates import Open, Template, sizes

VALUES = {"K": 3, "C": 16, "S": 2, "P": 1, "D": 2, "G": 4, "N": 2, "M": 5, "I": 32, "K1": 7}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("convK-C/S,pP,dD,gG", "conv3-16/2,p1,d2,g4"),
        ("conv3-2C x2", "conv3-32 x2"),
        ("convK1xK-C", "conv7x3-16"),
        ("convTK-C/S,opP", "convT3-16/2,op1"),
        ("conv3,pP/2xD", "conv3,p1/2x2"),
        ("a: ( convK-C ) xN", "a: ( conv3-16 ) x2"),
        ("input IxIx3 conv3", "input 32x32x3 conv3"),
        ("add( convK-C,same | ) fcM", "add( conv3-16,same | ) fc5"),
        ("maxpoolS conv3 # K stays", "maxpool2 conv3 # K stays"),
        ("K: conv3 add( @K | )", "K: conv3 add( @K | )"),
        ('"a K": conv3 conv3,tied:"a K"', '"a K": conv3 conv3,tied:"a K"'),
        ("K.conv: conv3 relu6 conv3,tied:K.conv", "K.conv: conv3 relu6 conv3,tied:K.conv"),
    ],
)
def test_numbers_are_put_where_variables_stand(text: str, written: str) -> None:
    """In kernels, channels, strides, options, repeats and the input; not in names, references and comments."""
    assert Template(text).at(VALUES) == written


@pytest.mark.parametrize(
    "text",
    [
        "convK-C/S,pP,dD xN",
        "maxpoolS add( convK-C,same | conv1-C ) fc-M",
        "convT2K-C/S xN conv3-3C",
        "s: ( dwconvK,mD ) xN",
    ],
)
def test_a_family_is_the_parser_s_network_with_numbers_left_open(text: str) -> None:
    """Filling them in gives the very layers, names and inputs that the parser reads from the text with numbers."""
    template = Template(text)
    nodes = template.family(VALUES).nodes
    expected = parse(template.at(VALUES)).nodes
    assert [(node.name, node.inputs) for node in nodes] == [(node.name, node.inputs) for node in expected]
    layers = [node.layer.at(VALUES) if isinstance(node.layer, Open) else node.layer for node in nodes]
    assert layers == [node.layer for node in expected]


def test_no_keyword_holds_a_variable() -> None:
    """The capital letter of convT is not one, and no layer has another."""
    assert not [keyword for keyword in KEYWORDS if Template(keyword).names]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv3 convK-64", "K is not given: write K=3,5,7\n  conv3 convK-64\n            ^"),
        ("conv3-2C", "C is not given: write C=16,32,64\n  conv3-2C\n        ^^"),
        ("conv3-KC", "K is not given: write K=3,5,7\n  conv3-KC\n        ^"),
        ("conv3 xN", "N is not given: write N=1..4\n  conv3 xN\n         ^"),
    ],
)
def test_a_variable_without_values_is_pointed_at(text: str, message: str) -> None:
    """With the line, a caret under it, and what to write."""
    with pytest.raises(NotationError) as error:
        Template(text).check(set())
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv3 covnK-C", "there is no layer 'covnK-C': did you mean convK-C?\n  conv3 covnK-C\n        ^^^^"),
        ("conv3 xN convK-C,zP", "conv has no option 'zP': take one of p1, d1"),
        ("conv3 xN xN", "x2 repeats the one step before it: a layer, a merge or ( … )\n  conv3 xN xN\n           ^^"),
        ("convK-C )", "this ) closes nothing: leave it out, or open a ( before it\n  convK-C )\n          ^"),
    ],
)
def test_errors_point_into_the_template(text: str, message: str) -> None:
    """At the text that was typed, not at what stands for it while it is read."""
    with pytest.raises(NotationError) as error:
        Template(text).family(VALUES)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", ["conv3-KC", "convK1C-3", "conv3 xNN"])
def test_variables_side_by_side_are_no_number(text: str) -> None:
    """The text would be a product or a typing mistake, and says neither."""
    with pytest.raises(NotationError, match="two variables side by side"):
        Template(text).check({"K", "C", "K1", "N"})


@pytest.mark.parametrize("text", ["IxIxIxIxI", "IxQ2xx3", "0xIx3", "IxIx3.5", ""])
def test_what_is_no_shape_is_refused(text: str) -> None:
    """Shapes with variables are as bounded as others."""
    with pytest.raises(ShapeError, match=r"is not a shape|spatial axes"):
        sizes(text)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_templates_need_no_quotes(shell: str) -> None:
    """A shell gives every word on as it is typed."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    words = "K=3,5,7 C=16..256:x2 S=1,2 N=1..6 convK-C/S,same,dD xN maxpool2 conv3-2C --input IxIx3"
    done = subprocess.run(
        [program, "-c", f"printf '%s\\n' {words}"], capture_output=True, text=True, check=True, env={"HOME": "/nowhere"}
    )
    assert done.stdout.split() == words.split()
