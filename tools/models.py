"""Write the tables of what is read into ``docs/models.md``, or check that they are up to date (``--check``)."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
IMPORTERS = {
    "onnx": "onnx.translators",
    "torch": "torch.translators",
    "keras": "keras.translators",
    "darknet": "darknet",
}
"""Name in the page: the module in `cnncalc.importers` that holds the table of translators."""


def table(name: str) -> str:
    """The operators of one importer, in alphabetical order."""
    names = sorted(import_module(f"cnncalc.importers.{IMPORTERS[name]}").TRANSLATORS, key=str.lower)
    return ", ".join(f"`{operator}`" for operator in names)


def page(text: str) -> str:
    """The page with every table as the importers have it now."""
    for name in IMPORTERS:
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
