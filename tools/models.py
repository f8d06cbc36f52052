"""Write the tables of what is read into ``docs/models.md``, or check that they are up to date (``--check``)."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
TABLES = {
    "onnx": ("onnx.translators", "TRANSLATORS"),
    "torch": ("torch.translators", "TRANSLATORS"),
    "torch contractions": ("torch.contractions", "CONTRACTIONS"),
    "keras": ("keras.translators", "TRANSLATORS"),
    "keras ops": ("keras.ops", "OPS"),
    "caffe": ("caffe.translators", "TRANSLATORS"),
    "darknet": ("darknet", "TRANSLATORS"),
    "darknet activations": ("darknet", "FUNCTIONS"),
}
"""Name in the page: the module in `cnncalc.importers`, and its table of what is read."""


def table(name: str) -> str:
    """What is read, in alphabetical order."""
    module, translators = TABLES[name]
    names = sorted(getattr(import_module(f"cnncalc.importers.{module}"), translators), key=str.lower)
    return ", ".join(f"`{operator}`" for operator in names)


def page(text: str) -> str:
    """The page with every table as the importers have it now."""
    for name in TABLES:
        marked = re.compile(rf"(<!-- {name}: begin -->\n).*?(\n<!-- {name}: end -->)", re.DOTALL)
        text = marked.sub(lambda found, name=name: f"{found[1]}{table(name)}{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> int:
    """0 if the page is what it should be, or now is."""
    old = PAGE.read_text(encoding="utf-8")
    new = page(old)
    if "--check" in sys.argv[1:]:
        if old != new:
            print("docs/models.md is out of date: run python tools/models.py")
        return int(old != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parent.parent))
    sys.exit(main())
