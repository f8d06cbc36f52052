"""Text of protocol buffers: names with values and blocks, as far as network definitions use it.

``google.protobuf`` reads it too, but only with Caffe's schema compiled into Python, and refuses whatever one of Caffe's
many forks added to that. So what a name means is left to who asks for it; size and depth are bounded here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnncalc.errors import ModelFileError
from cnncalc.language import _
from cnncalc.shapes import shorten

DEEPEST = 20
"""Blocks may stand so deep in each other; network definitions take five."""

Message = dict[str, list[Any]]
"""Name: its values in order, each the text that stands there or another message."""

# Possessive: what lies between tokens is never read in another way, however many ways there would be.
_TOKEN = re.compile(
    r"""(?:\s++|\#[^\n]*+)*+(?:(?P<sign>[{}<>:,;\[\]])|(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<word>[^\s{}<>:,;\[\]"'\#]+)|(?P<end>\Z))"""
)
_ENDS = {"{": "}", "<": ">"}


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


def parse(text: str) -> Message:
    """The message that a text holds; `ModelFileError` with the line where it makes no sense.

    >>> parse('name: "a" layer { top: "x" dim: 1 dim: 2 }')
    {'name': ['a'], 'layer': [{'top': ['x'], 'dim': ['1', '2']}]}
    """
    root: Message = {}
    blocks = [(root, "")]
    tokens = _tokens(text)
    for token in tokens:
        message, end = blocks[-1]
        if token.text in ",;" and token.kind == "sign":
            continue
        if token.kind == "sign" and token.text == end:
            blocks.pop()
        elif token.kind == "word":
            inner = _read(text, tokens, message.setdefault(token.text, []))
            if inner is not None:
                blocks.append(inner)
        else:
            raise _misplaced(text, token)
        if len(blocks) > DEEPEST:
            raise ModelFileError(_("blocks stand more than {most} deep in each other").format(most=DEEPEST))
    if len(blocks) > 1:
        raise ModelFileError(_("the file ends inside a block: {end} is missing").format(end=blocks[-1][1]))
    return root


def _read(text: str, tokens: Iterator[_Token], values: list[Any]) -> tuple[Message, str] | None:
    """Read what stands behind a name into its ``values``; a block that begins there, and how it ends."""
    token = next(tokens, None)
    if token is not None and token.text == ":" and token.kind == "sign":
        token = next(tokens, None)
    if token is None:
        raise ModelFileError(_("the file ends behind a name"))
    if token.kind == "sign" and token.text in _ENDS:
        block: Message = {}
        values.append(block)
        return block, _ENDS[token.text]
    if token.kind == "sign" and token.text == "[":
        values.extend(_listed(text, tokens))
    elif token.kind == "sign":
        raise _misplaced(text, token)
    else:
        values.append(token.text)
    return None


def _listed(text: str, tokens: Iterator[_Token]) -> Iterator[str]:
    """The values between square brackets."""
    for token in tokens:
        if token.kind != "sign":
            yield token.text
        elif token.text == "]":
            return
        elif token.text != ",":
            raise _misplaced(text, token)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while True:
        match = _TOKEN.match(text, place)
        if match is None:
            raise _misplaced(text, _Token("sign", text[place : place + 40].strip(), place))
        place = match.end()
        if match["end"] is not None:
            return
        if match["text"] is not None:
            yield _Token("text", match["text"][1:-1], place)
        elif match["word"] is not None:
            yield _Token("word", match["word"], place)
        else:
            yield _Token("sign", match["sign"], place)


def _misplaced(text: str, token: _Token) -> ModelFileError:
    return ModelFileError(
        _('line {number}, {text}: write names with values (stride: 2) and blocks (layer {{ type: "ReLU" }})').format(
            number=text.count("\n", 0, token.place) + 1, text=repr(shorten(token.text))
        )
    )
