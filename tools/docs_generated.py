"""The pages of the site that the program writes itself, in either language: commands, API, zoo and lessons."""

from __future__ import annotations

import io
import json
import os
import re
from contextlib import redirect_stdout
from inspect import isclass
from pathlib import Path

API = """\
The public names
================

What ``import cnncalc`` gives, from the docstrings, whose examples the tests run. :doc:`The library <library>` shows the
same in use.
"""
SECTIONS = {
    "Networks": "load parse from_torch from_keras from_onnx chain Network Node assume show",
    "Shapes and counts": "Shape Count count parameters weights biases buffers macs worked worked_macs Term FilterBank bytes_of",
    "Layers compared": "compare Spec rows Row factors Factor judge",
    "Receptive fields": "receptive_fields Asked trace Trace halo",
    "Whole networks": "summary_report summaries diff memory as_counted_by",
    "Networks searched": "sweep solve Design",
    "Reports": "Report choose required read_baseline within",
    "The proof": "verify run Verdict",
    "Layer kinds": "Layer",
    "Errors": "CnncalcError",
}
"""Under which heading the public names stand; further kinds and errors come behind the one that all of them derive from."""

ZOO = {
    "en": (
        "# The networks of the zoo",
        "How far a unit of each sees, and what each costs. A name opens its explorer, in which any unit shows what it reads;"
        " the pictures show what the middle unit reads of every map.",
        "open the explorer",
    ),
    "zh": (
        "# 内置网络",
        "每个网络的一个单元能看多远，代价多少。点名字打开浏览页，选中任意单元即可看到它读到什么；图中画出中间的单元在每张特征图上读到的部分。",
        "打开浏览页",
    ),
}
LEARN = {
    "en": (
        "# The lessons, shown",
        "Each picture is of what the lesson computes; its page moves, and can be changed.",
        "open the lesson",
    ),
    "zh": ("# 看课程", "每幅图画的都是这一课算出来的结果；打开的网页会动，数字可以改。", "打开这一课"),
}


def say(language: str, *words: str) -> str:
    """What a command prints."""
    from cnncalc.cli.program import run

    with redirect_stdout(io.StringIO()) as printed:
        code = run([*words, "--lang", language])
    if code:
        raise SystemExit(f"cnncalc {' '.join(words)} ended with {code}")
    return printed.getvalue()


def generated(language: str, extra: Path) -> dict[str, str]:
    """Each page by the name of its file; what they show beside is written into ``extra``."""
    from commands import reference

    os.environ.update(COLUMNS="100", LC_ALL="C.UTF-8", CNNCALC_LANG=language)
    return {
        "api.rst": api(),
        "commands.md": reference(language),
        "learn.md": lessons(language, extra / "learn"),
        "zoo.md": networks(language, extra / "zoo"),
    }


def api() -> str:
    """All public names, each with its docstring; in English, since the catalogue of the page translates it."""
    parts = [API]
    for heading, names in sections().items():
        parts += [f"{heading}\n{'-' * len(heading)}\n", *map(documented, names)]
    return "\n".join(parts)


def sections() -> dict[str, list[str]]:
    """Every public name once, by its heading."""
    import cnncalc

    found = {heading: names.split() for heading, names in SECTIONS.items()}
    for name in sorted({*cnncalc.__all__} - {name for names in found.values() for name in names} - {"__version__"}):
        value = getattr(cnncalc, name)
        for heading, root in (("Layer kinds", cnncalc.Layer), ("Errors", cnncalc.CnncalcError)):
            if isclass(value) and issubclass(value, root):
                found[heading].append(name)
                break
        else:
            raise SystemExit(f"cnncalc.{name} stands under no heading: put it into SECTIONS of tools/docs_generated.py")
    return found


def documented(name: str) -> str:
    """How Sphinx is told to document a public name."""
    import cnncalc

    value = getattr(cnncalc, name)
    kind = ("autoexception" if issubclass(value, Exception) else "autoclass") if isclass(value) else "autofunction"
    home = "cnncalc.library" if name == "verify" else "cnncalc"  # where no room of the same name hides the function
    return f".. {kind}:: {home}.{name}\n"


def figure(file: str, words: str) -> str:
    """A picture with words for those who don't see it."""
    return f'<img src="{file}" alt="{words}" loading="lazy">\n'


def lessons(language: str, folder: Path) -> str:
    """Every lesson with its picture, and the page in which it moves."""
    from cnncalc.language import _
    from cnncalc.lessons import LESSONS

    folder.mkdir()
    title, about, invitation = LEARN[language]
    parts = [title, about]
    for name, lesson in LESSONS.items():
        for suffix in ("svg", "html"):
            say(language, "learn", name, "-o", str(folder / f"{name}.{suffix}"))
        line = _(lesson.about)
        parts += [
            f"## {name}",
            line,
            figure(f"learn/{name}.svg", line),
            f'<a href="learn/{name}.html">{invitation}</a>',
        ]
    return "\n\n".join(parts) + "\n"


def networks(language: str, folder: Path) -> str:
    """All networks in a table, each with its explorer and a picture of what a unit reads."""
    folder.mkdir()
    title, about, invitation = ZOO[language]
    rows = say(language, "zoo", "--columns", "name,rf,jump,at,input,parameters,macs", "--format", "markdown")
    table = headed(rows[rows.index("| ") :])
    known = json.loads(say(language, "zoo", "--json"))["networks"]
    pictures = [picture(language, folder, each["name"], each["title"], each["input"], invitation) for each in known]
    linked = re.sub(r"^\| (?=\S+ \| \d)(\S+) \|", r'| <a href="zoo/\1.html">\1</a> |', table, flags=re.M)
    return "\n\n".join([title, about, linked, *pictures]) + "\n"


def headed(table: str) -> str:
    """A table without the columns that have no heading, in which Chinese says large numbers once more.

    >>> headed("| a |  | b |\\n| --- | --- | --- |\\n| 1 | one | 2 |")
    '| a | b |\\n| --- | --- |\\n| 1 | 2 |'
    """
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]
    kept = [column for column, heading in enumerate(rows[0]) if heading]
    return "\n".join("| " + " | ".join(row[column] for column in kept) + " |" for row in rows)


def picture(language: str, folder: Path, name: str, title: str, shape: str, invitation: str) -> str:
    """A network's explorer and figure, written into ``folder``, and how the page shows them."""
    kind = ["--figure", "maps"] if shape.count("x") == 2 else []
    say(language, "rf", name, "-o", str(folder / f"{name}.html"))
    say(language, "rf", name, *kind, "-o", str(folder / f"{name}.svg"))
    return f'## {title}\n\n{figure(f"zoo/{name}.svg", title)}\n<a href="zoo/{name}.html">{name}: {invitation}</a>'
