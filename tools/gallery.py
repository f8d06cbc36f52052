"""Write every picture in every language and theme, and one page with all of them: ``python tools/gallery.py FOLDER``.

``python tools/gallery.py --golden`` draws a dozen anew that a test compares with, to be looked at before they are committed.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

FIGURES = {
    "waterfall": "params --input 224x224x3 --kernel 3 --filters 64",
    "waterfall-rows": "params --input 32x32x3 --kernel 5 --filters 8 --compare dense,local,tiled,conv,separable",
    "waterfall-huge": "params --input 2000x2000x2000x64 --kernel 5 --filters 512",
    "waterfall-tiny": "params --input 9x1 --kernel 9 --no-bias",
    "growth": "rf conv3,p2,d2 x3",
    "growth-one-layer": "rf conv3",
    "growth-corner": "rf conv3,p1 x3 --input 12x1 --unit corner",
    "growth-decoder": "rf conv3/2,p1 convT4/2,p1 conv3,d2 --input 24x1",
    "growth-bands": "rf vgg16",
    "growth-thousand": "rf conv3,p1 x1000 --input 4096x1",
    "growth-long-names": "rf 'a_block_with_a_name_that_goes_on_and_on.and_on.until_it_is_long: conv3-8,p1 conv3-8,p2,d2' --input 32x1",
    "maps": "rf resnet18 --at layer3.relu4 --unit 2,9 --figure maps",
    "maps-decoder": "rf unet --at dec2.1.relu1 --unit 106,166 --figure maps",
    "maps-gates": "rf efficientnet-b7 --figure maps",
    "maps-holes": "rf conv3,d2 x3 --input 21x21x1 --figure maps",
    "maps-thousand": "rf conv3-8,p1 x1000 --input 32x32x8 --figure maps",
    "tiles": "halo unet --plan 1404x1788 --tile 572",
    "tile": "halo conv3,p1 x3 --input 32x32x1",
    "tiles-many": "halo srcnn --plan 4000x3000 --tile 64",
    "blocks": "summary vgg16",
    "blocks-folded": "summary resnet152 --depth 2",
    "blocks-one": "summary conv3-8 --input 9x9x1",
    "blocks-thousand": "summary conv3-8,p1 x1000 --input 32x32x8",
    "stamp": "learn stamp --picture cat-ear --padding 1",
    "stamp-cell": "learn stamp --kernel cat-ear --picture cat-ear --at 1,1 --bias -4",
    "stamp-colour": "learn stamp --picture green-blue --kernel green-to-blue",
    "glass": "learn glass",
    "clumsy": "learn clumsy",
    "sharing": "learn sharing",
    "learning": "learn learning",
    "overfitting": "learn overfitting",
    "space": "learn space",
    "equivariance": "learn equivariance",
    "hierarchy": "learn hierarchy",
}
"""Every figure that stands still, by its name, with the command that draws it."""

PAGES = {
    "explorer": "rf resnet18",
    "explorer-decoder": "rf unet --at dec2.1.relu1 --unit 106,166",
    "explorer-line": "rf tcn",
    "explorer-gates": "rf efficientnet-b0",
    "stamp": "learn stamp --picture cat-ear --padding 1",
    "clumsy": "learn clumsy",
    "hierarchy": "learn hierarchy",
}
"""Every page, likewise."""

GOLDEN = (
    *("waterfall", "waterfall-rows", "growth", "growth-corner", "growth-decoder", "maps", "maps-decoder"),
    *("blocks", "stamp", "clumsy", "sharing", "equivariance", "hierarchy"),
)
"""Figures of which a small picture is kept."""

KEPT = Path(__file__).resolve().parent.parent / "tests" / "render" / "golden"
SMALL = 0.5
"""So many pixels to a unit of them."""

STYLE = "body{font:15px sans-serif;margin:2em}figure{margin:2em 0}img,iframe{width:48%;border:1px solid #888}iframe{height:600px}"


def drawn(name: str, command: str, suffix: str, folder: Path) -> Iterator[str]:
    """The names of a picture's files, one for each language and theme; each is written."""
    from cnncalc.cli.program import run
    from cnncalc.language import LANGUAGES

    for language in LANGUAGES:
        for theme in ("light", "dark"):
            file = f"{name}.{language}.{theme}.{suffix}"
            options = ["--lang", language, "--theme", theme, "-o", str(folder / file)]
            if run([*shlex.split(command), *options]):
                raise SystemExit(f"{name} was not drawn: cnncalc {command}")
            yield file


def gallery(folder: Path) -> str:
    """The page that shows all of them."""
    parts = []
    for pictures, suffix, tag in ((FIGURES, "svg", "img"), (PAGES, "html", "iframe")):
        for name, command in pictures.items():
            shown = "".join(f'<{tag} src="{file}"></{tag}>' for file in drawn(name, command, suffix, folder))
            parts.append(f"<figure><figcaption><b>{name}</b> cnncalc {escape(command)}</figcaption>{shown}</figure>")
    return f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{STYLE}</style>{''.join(parts)}"


def golden(folder: Path) -> None:
    """The small pictures, in English and light."""
    from cnncalc.render.raster import pixels

    for name in GOLDEN:
        [file] = [file for file in drawn(name, FIGURES[name], "svg", folder) if ".en.light." in file]
        (KEPT / f"{name}.png").write_bytes(pixels((folder / file).read_text("utf-8"), SMALL))


def main() -> None:
    """Write the folder, or the pictures that are kept."""
    if sys.argv[1:] == ["--golden"]:
        with TemporaryDirectory() as folder:
            golden(Path(folder))
        return
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "gallery")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(gallery(folder), encoding="utf-8")
    print(folder / "index.html")


if __name__ == "__main__":
    main()
