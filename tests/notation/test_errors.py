"""One snapshot for every error of the notation: the message, the user's own text, and a caret under the place."""

from __future__ import annotations

import re

import pytest

from cnncalc.errors import NotationError
from cnncalc.notation.parsing import parse

SNAPSHOTS = {
    "conv3-64 covn3-64": """\
there is no layer 'covn3-64': did you mean conv3-64?
  conv3-64 covn3-64
           ^^^^""",
    "conv3-64,nobais relu": """\
conv has no option 'nobais': did you mean nobias?
  conv3-64,nobais relu
           ^^^^^^""",
    "(conv3 relu": """\
this ( is never closed: add a )
  (conv3 relu
  ^""",
    "conv3 ) relu": """\
this ) closes nothing: leave it out, or open a ( before it
  conv3 ) relu
        ^""",
    "conv3 | relu": """\
| stands between the branches of a merge: write add( … | … )
  conv3 | relu
        ^""",
    "( conv3 | relu )": """\
| stands between the branches of a merge: write add( … | … )
  ( conv3 | relu )
          ^""",
    "conv3 add relu": """\
add needs its branches: write add( … | … ), an empty one for the shortcut
  conv3 add relu
        ^^^""",
    "x3 conv3": """\
x3 repeats the one step before it: a layer, a merge or ( … )
  x3 conv3
  ^^""",
    "conv3 x2 x3": """\
x3 repeats the one step before it: a layer, a merge or ( … )
  conv3 x2 x3
           ^^""",
    "conv3 x0": """\
a step can be repeated 1 to 1,000,000 times
  conv3 x0
        ^^""",
    "((conv3 x1000) x1000) x1000": """\
1,000,000,000 layers are more than the 1,000,000 that are allowed
  ((conv3 x1000) x1000) x1000
  ^^^^^^^^^^^^^^^^^^^^^^^^^^^""",
    "enc1: ( conv3 ) add( @enc2 | )": """\
there is no enc2 before this place: did you mean enc1?
  enc1: ( conv3 ) add( @enc2 | )
                       ^^^^^""",
    "add( @skip | ) skip: conv3": """\
there is no skip before this place: give an earlier step that name, as in skip: conv3
  add( @skip | ) skip: conv3
       ^^^^^""",
    "conv3 @": """\
@ is followed by the name of an earlier step: write @conv1 or @input
  conv3 @
        ^""",
    "conv3 relu @conv1": """\
nothing follows: the last layer is the network's output
  conv3 relu @conv1
             ^^^^^^""",
    "c: conv3 c: relu": """\
the name c is used twice: give each its own, or repeat a block with a name
  c: conv3 c: relu
              ^^^^""",
    "( c: conv3 ) x2": """\
the name c is used twice: give each its own, or repeat a block with a name
  ( c: conv3 ) x2
       ^^^^^""",
    "conv3 last:": """\
last: names nothing: a layer, a merge or ( … ) has to follow
  conv3 last:
        ^^^^^""",
    "conv3-8 conv3-9,tied:conv1": """\
conv1 is not a layer like this one, so they can't share weights: write both the same way
  conv3-8 conv3-9,tied:conv1
          ^^^^^^^^^^^^^^^^^^""",
    "conv3 input 32x32x3": """\
input stands at the very beginning: input 224x224x3 conv3-64 …
  conv3 input 32x32x3
        ^^^^^""",
    "input": """\
input needs a shape: write input 224x224x3
  input
  ^^^^^""",
    "input 224x224 conv3": """\
224x224 has no channels: write 224x224x1 (grey) or 224x224x3 (colour); a sequence of 224 positions with 224 channels \
is 224x224c
  input 224x224 conv3
        ^^^^^^^""",
    "": """\
there is no layer: write for example conv3-64 relu maxpool2""",
    '"a name conv3': """\
a name in quotes is followed by a colon: write "a name": conv3
  "a name conv3
  ^""",
    r'"\q": conv3': r"""a name in quotes is a JSON string
  "\q": conv3
  ^^^^""",
    "conv3 \n covn3 relu": """\
there is no layer 'covn3': did you mean conv3? (line 2)
   covn3 relu
   ^^^^""",
    "卷积: conv3 relu卷": """\
'卷' is not a part of a layer: write relu, with /2 for a stride and ,p1 for an option
  卷积: conv3 relu卷
                  ^^""",
    "( " * 101 + "conv3": """\
more than 100 brackets are open: give a part a name and refer to it
  …( ( ( ( ( ( ( ( ( ( ( ( ( ( ( ( conv3
                                 ^""",
}


@pytest.mark.parametrize("text", SNAPSHOTS, ids=lambda text: text[:20])
def test_snapshot(text: str) -> None:
    """The whole message is as it was agreed to be."""
    with pytest.raises(NotationError, match=rf"\A{re.escape(SNAPSHOTS[text])}\Z"):
        parse(text)


def test_a_file_is_named_with_its_line() -> None:
    """An error in a file tells the file and the line."""
    with pytest.raises(NotationError, match=r"\(mine\.cnn, line 3\)"):
        parse("# a comment\nconv3\ncovn3\n", source="mine.cnn")


def test_a_long_line_is_shown_around_the_place() -> None:
    """The place is in the excerpt, and the carets stand under it."""
    with pytest.raises(NotationError, match="did you mean conv3") as caught:
        parse("relu " * 200 + "covn3 " + "relu " * 200)
    _message, line, carets = str(caught.value).splitlines()
    assert len(line) < 80
    assert line[carets.index("^") :].startswith("covn3")


def test_control_characters_are_not_printed() -> None:
    """What a terminal would obey is shown as a dot."""
    with pytest.raises(NotationError, match="·") as caught:
        parse("conv3 \x1b[31mred")
    assert "\x1b" not in str(caught.value)
