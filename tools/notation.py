"""Write the tables of ``docs/notation.md`` from the layer kinds, or check that they are up to date (``--check``)."""

from __future__ import annotations

import sys
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from cnncalc.layers import KINDS, kind
from cnncalc.notation.words import READERS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "notation.md"
BEGIN, END = "<!-- made by python tools/notation.py -->\n", "<!-- until here -->\n"

MEANINGS = {
    "p": "padding on both sides: `p1`; per axis `p0x3`; before and after `p2/3`; both `p2/3x0/1` (for `crop`: what is cut)",
    "d": "dilation: the distance between the taps of the kernel, `d2` or `d1x2`",
    "same": "TensorFlow's padding: ⌈n/s⌉ positions; if the padding is odd, the odd one goes to the end",
    "same-lower": "the same with the odd one at the beginning (ONNX's `SAME_LOWER`)",
    "causal": "all padding at the beginning: no unit sees what comes after it",
    "valid": "no padding, which is the default",
    "g": "groups",
    "nobias": "without biases",
    "onebias": "one bias for each gate, as in Keras' LSTM, not two as in PyTorch",
    "bi": "in both directions: as many units more read from the end",
    "m": "filters for each input channel",
    "op": "output padding: positions added at the end, fewer than the stride (or the dilation); not with `same`",
    "t": "size of the tile: so many filters take turns along each axis",
    "sharedbias": "one bias per filter for all positions, not one for each",
    "ceil": "the number of positions is rounded up, by PyTorch's rule: a window may stick out by less than a stride",
    "excludepad": "averages leave the padding out; changes no count",
    "widepad": "padding may be more than half of the kernel, as in ONNX Runtime and Darknet; less than the kernel always",
    "noaffine": "neither scale nor shift is learnt",
    "noscale": "no scale is learnt",
    "noshift": "no shift is learnt",
    "nostats": "no running statistics are kept",
    "space": "over all positions, not over the channels of each; for `offset` one number for each",
    "shared": "one slope in all, not one per channel",
    "shift": "a shift is learnt as well",
    "nearest": "nearest input, which is the default",
    "bilinear": "linear interpolation, on any number of axes",
    "bicubic": "cubic interpolation",
    "align": "corners lie on corners",
    "edge": "pixels are laid on each other by their edges: sample i of m at i·n/m",
    "centre": "… by their centres: at (i + ½)·n/m − ½",
    "corners": "… by those in the corners: at i·(n − 1)/(m − 1)",
    "halfup": "the nearest input is the closer one, a half rounded up",
    "halfdown": "… a half rounded down",
    "to": "`up`: the size that comes out, `to56x56`; `crop`: so many positions are kept, the first; `slice`: the channel before which it ends",
    "from": "the channel it begins with",
    "of": "of so many channels each: `slice,to16,of48` takes the first 16 of every 48",
    "h": "heads",
    "s": "by how many places a map is rolled; of windows: where the first whole one begins",
    "back": "towards the beginning",
    "axis": "the axis along which maps stand behind each other, counted from 0",
    "a": "parts of the channels that each make a token",
    "apart": "all positions for one part after those of another",
    "relative": "each head learns a bias for every distance in a window",
    "x": "so many learnt tokens come first, 1 if not given",
    "zeros": "filled with zeros, which is the default",
    "reflect": "filled with the mirror image",
    "replicate": "filled with the edge",
    "circular": "filled with the far side",
    "macs": "how many MACs it has, as far as a file tells",
    "counted": "its counts are exact, since a framework ran it on shapes; without, they are lower bounds",
    "w": "how many numbers it stores, as far as a file tells",
    "as:": "how its units are assumed to read: pointwise, whole, statistics",
    "sees:": "how they read, as its sums over shapes tell: one of the same",
    "of:": "what the file calls it",
}
"""What every option means; an option without a line here is an error."""

PLACES = {"kernel": "K", "channels": "-C", "stride": "/S"}


def tables() -> str:
    """Both tables: keywords, then options."""
    rows = [_keywords(name) for name in KINDS]
    used = {letters: value for name in KINDS for letters, (_fields, value) in kind(name).word.options.items()}
    options = [f"| `{_option(letters, used[letters])}` | {meaning} |" for letters, meaning in MEANINGS.items()]
    missing = used.keys() ^ MEANINGS.keys()
    if missing:
        raise KeyError(f"options without a meaning, or meanings without an option: {sorted(missing)}")
    head = ("| word | what it is | options |\n|---|---|---|", "| option | what it says |\n|---|---|")
    return "\n".join((head[0], *rows, "", head[1], *options)) + "\n"


def _keywords(name: str) -> str:
    cls: Any = kind(name)
    required = {field.name for field in fields(cls) if field.default is MISSING}
    parts = "".join(
        sign if getattr(cls.word, part) in required else f"[{sign}]"
        for part, sign in PLACES.items()
        if getattr(cls.word, part)
    )
    words = " ".join(f"`{keyword}{parts}`" for keyword in cls.keywords)
    if name == "Merge":
        words = " ".join(f"`{keyword}( … )`" for keyword in cls.keywords)
    what = (import_module(cls.__module__).__doc__ or "").splitlines()[0].rstrip(".")
    options = " ".join(f"`{_option(letters, value)}`" for letters, (_fields, value) in cls.word.options.items())
    return f"| {words} | {what} | {options} |"


def _option(letters: str, value: object) -> str:
    return f"{letters}{'…' if value in READERS else ''}"


def page(text: str) -> str:
    """The page with its tables made anew."""
    before, _begin, rest = text.partition(BEGIN)
    _tables, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def main() -> int:
    """Write the tables, or compare them; 1 if they are out of date."""
    text = PAGE.read_text(encoding="utf-8")
    if "--check" not in sys.argv:
        PAGE.write_text(page(text), encoding="utf-8")
        return 0
    if page(text) == text:
        return 0
    print("docs/notation.md is out of date: run python tools/notation.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
