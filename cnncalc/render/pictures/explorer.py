"""The explorer: one page in which any unit of a network shows what it reads, in every map before it and in the input.

Python writes the network, its fields and all words into the page; `engine.js` composes what a unit reads.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from cnncalc.language import N_
from cnncalc.render.pictures.page import page
from cnncalc.report.scene import Scene

TEXTS = {
    "input": N_("input"),
    "maps": N_("maps: what the chosen unit reads of each"),
    "picture": N_("the input: what the chosen unit reads of it"),
    "table": N_("layers"),
    "mapsShown": N_("maps shown"),
    "showMaps": N_("show {count} maps"),
    "ownPicture": N_("own picture …"),
    "pinned": N_("pinned: Esc lets go"),
    "sentence": N_("{layer} unit {unit} {reads}: {number} of {all} inputs ({share})"),
    "vector": N_("{layer} {reads}: {number} of {all} inputs ({share})"),
    "reads": N_("reads {box}"),
    "nothing": N_("{layer} unit {unit} reads nothing"),
    "holes": N_("{range} ({read} of {size})"),
    "inexact": N_("(at most: not every way is followed)"),
    "theory": N_("theoretical field {size}: {box}"),
    "theoryOutside": N_("theoretical field {size}: {box} · {share} of it outside the image"),
    "whole": N_("the whole input, through {layers}"),
    "wholeBeside": N_("+ the whole input, through {layers}"),
    "part": N_("{number} of {all} inputs, through {layers}"),
    "partBeside": N_("+ {number} of {all} inputs, through {layers}"),
    "comma": N_(", "),
    "more": N_(" and {count} more"),
    "slice": N_("slice {slice} of 0…{last} is shown; , and . change it"),
    "layer": N_("layer"),
    "notation": N_("notation"),
    "output": N_("output"),
    "parameters": N_("parameters"),
    "macs": N_("MACs"),
    "field": N_("field"),
    "jump": N_("jump"),
    "unitsRead": N_("units read"),
    "wholeInput": N_("whole input"),
    "andWhole": N_("{size} + whole"),
    "chosen": N_("chosen unit"),
    "reallyRead": N_("really read"),
    "washed": N_("read through statistics, gates, attention or dense layers"),
    "theoretical": N_("theoretical field"),
    "outside": N_("outside the image"),
    "keys": N_(
        "hover or drag to move the unit · click pins it · arrow keys move it by one, [ and ] change layer, c centre, k corner"
    ),
}
"""Everything the page says, by the name its script has for it."""

SCRIPTS = ("engine.js", "network.js", "strip.js", "drawing.js", "explorer.js")
"""The script of the page, in files that know those before them."""


def html(scene: Scene, theme: str = "auto") -> str:
    """The page of a network.

    >>> from cnncalc.report.scene import Edge, SceneField, SceneLayer, SceneReach
    >>> layer = SceneLayer("</script>", "relu", (Edge(-1, (0,)),), (8, 1), 0, 0, SceneField("1", "1", False, (1,), (0,)), 0)
    >>> made = html(Scene("a < b", (8, 1), (SceneReach(1, ((0, 1, 1),), "drop"),), (layer,), 0, (0,)))
    >>> made.count("</script>"), "<title>a &lt; b" in made
    (2, True)
    """
    about = "×".join(map(str, scene.input))
    return page(scene.title, about, "explorer.html", ("explorer.css",), SCRIPTS, TEXTS, packed(scene), theme)


def packed(scene: Scene) -> dict[str, Any]:
    """A scene as plain lists; what many layers have in common stands in tables and is meant by its number."""
    axes, words, shapes, fields = (_Numbers() for _table in range(4))
    layers = [
        [
            *_shared(before, layer.name),
            words[layer.notation],
            shapes[layer.output],
            layer.parameters,
            layer.macs,
            fields[layer.field],
            layer.joins,
            *([edge.source, axes[edge.reaches]] for edge in layer.edges),
        ]
        for before, layer in zip(("", *(layer.name for layer in scene.layers)), scene.layers, strict=False)
    ]
    return {
        "title": scene.title,
        "input": scene.input,
        "reaches": scene.reaches,
        "axes": list(axes),
        "words": list(words),
        "shapes": list(shapes),
        "fields": list(fields),
        "layers": layers,
        "start": scene.start,
        "unit": scene.unit,
        "image": scene.image,
        "picks": scene.picks,
    }


def _shared(before: str, name: str) -> tuple[int, str]:
    """How many signs a name begins with as the one before it does, and what follows.

    >>> _shared("layer1.relu1", "layer1.conv2")
    (7, 'conv2')
    """
    length = sum(1 for _sign in takewhile(lambda pair: pair[0] == pair[1], zip(before, name, strict=False)))
    return length, name[length:]


class _Numbers(dict[Any, int]):
    """Numbers for values, in the order in which they are first asked for."""

    def __missing__(self, value: Any) -> int:
        self[value] = len(self)
        return self[value]
