"""Pictures that are no text: PNG and PDF of the same figures, themes, and where they may go."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from cnncalc.errors import MissingExtraError
from cnncalc.language import speak
from cnncalc.notation.parsing import parse
from cnncalc.receptive.report import receptive_fields
from cnncalc.render import BINARY, THEMES, FormatError, Page, encode, render
from cnncalc.render.pictures.style import FONT, ROLES
from cnncalc.render.pictures.svg import document, text
from cnncalc.render.raster import pixels
from cnncalc.report import Report
from tests.cli.terminal import PROGRAM, on_terminal, piped
from tests.conftest import Called
from tests.gallery import needs_chinese_face

WAYS = ("params", "--input", "224x224x3", "--kernel", "3", "--filters", "64")
BEGINNINGS = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "gif": b"GIF89a"}
"""What files of each format begin with."""


def report() -> Report:
    return receptive_fields(parse("conv3,p2,d2 x3"))


def image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_every_format_becomes_bytes() -> None:
    """Text is UTF-8; what is no text can't be asked for as one, and the error names the way."""
    assert encode(report(), "tsv") == render(report(), "tsv").encode()
    for format in BINARY:
        with pytest.raises(FormatError, match=f"^{format} is no text: ask for bytes, with encode$"):
            render(report(), format)


@pytest.mark.parametrize("theme", THEMES)
def test_pixels_have_the_size_and_the_paper_of_the_figure(theme: str) -> None:
    """Two pixels to a unit of the SVG; pixels know no reader, so that the paper is dark only where that was asked."""
    shown = image(encode(report(), "png", Page(theme=theme)))
    size = render(report(), "svg").split('viewBox="0 0 ')[1].split('"')[0]
    assert shown.size == tuple(2 * int(length) for length in size.split())
    paper = ROLES["paper"].dark if theme == "dark" else ROLES["paper"].light
    assert "#{:02x}{:02x}{:02x}".format(*shown.getpixel((1, 1))) == paper


def test_a_pdf_is_one_page_as_large_as_the_figure() -> None:
    """Its size is that of the SVG, and its letters stay letters: a face is embedded."""
    content = encode(report(), "pdf")
    assert content.startswith(BEGINNINGS["pdf"])
    assert b"/MediaBox [0 0 960 " in content
    assert b"/Font" in content


@pytest.mark.parametrize("missing", [0, 4])
def test_chinese_signs_are_drawn_and_not_boxes(missing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two words of two signs look different; without a face they would be the same two boxes. It may be another face
    than those with Chinese at the head of the list, which are not on every machine."""
    needs_chinese_face()
    monkeypatch.setattr("cnncalc.render.pictures.svg.FONT", ", ".join(FONT.split(", ")[missing:]))
    drawings = [document(60, 24, "", "", [text(4, 18, word, "ink", 16)], "light") for word in ("卷积", "局部")]
    assert pixels(drawings[0]) != pixels(drawings[1])
    assert b"/Font" in encode(report(), "pdf")


def test_no_theme_no_difference_but_the_colours() -> None:
    """A light, a dark and an undecided SVG differ in colours alone; only the undecided one asks its reader."""
    light, dark, auto = (render(report(), "svg", Page(theme=theme)) for theme in ("light", "dark", "auto"))
    assert "prefers-color-scheme" in auto
    assert "prefers-color-scheme" not in light + dark
    back = dark
    for role in ROLES.values():
        back = back.replace(f'"{role.dark}"', f'"{role.light}"')
    assert back == light
    assert "\n".join(line for line in auto.splitlines() if not line.startswith("<style>")) + "\n" == light


@pytest.mark.parametrize("theme", THEMES)
def test_a_page_has_the_theme_that_was_asked(theme: str) -> None:
    """Dark variables stand for everybody, for nobody, or for those who prefer them; paper is light always."""
    page = render(receptive_fields(parse("input 9x9x1 conv3")), "html", Page(theme=theme))
    dark = ROLES["paper"].dark
    assert (f"--paper:{dark}" in page) is (theme != "light")
    assert ("prefers-color-scheme:dark" in page) is (theme == "auto")


@pytest.mark.parametrize(("format", "library"), [("png", "resvg_py"), ("pdf", "svg2pdf_py")])
def test_a_missing_library_is_named_in_one_line(
    format: str, library: str, monkeypatch: pytest.MonkeyPatch, cnncalc: Called, tmp_path: Path
) -> None:
    """What to install stands in the error, and no file is begun."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        MissingExtraError, match="needs (resvg-py: pip install resvg-py|svg2pdf-py: pip install svg2pdf-py)$"
    ):
        encode(report(), format)
    code, out, err = cnncalc(*WAYS, "-o", str(tmp_path / f"x.{format}"))
    assert (code, out, len(err.splitlines()), list(tmp_path.iterdir())) == (2, "", 1, [])


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_a_pipe_and_a_file_get_the_same_bytes(format: str, tmp_path: Path) -> None:
    """With --format into a pipe, with -o - and with a file; a device is written to, not replaced. The objects of a PDF
    come in an order of chance, so that of those only the number of bytes is the same."""
    path = tmp_path / f"x.{format}"
    assert piped([*PROGRAM, *WAYS, "-o", str(path)])[0] == 0
    ways = (["--format", format], ["--format", format, "-o", "-"], ["--format", format, "-o", "/dev/stdout"])
    for way in ways:
        code, out, err = piped([*PROGRAM, *WAYS, *way])
        assert (code, err, len(out)) == (0, b"", path.stat().st_size)
        assert format == "pdf" or out == path.read_bytes()


@pytest.mark.parametrize("format", ["html", "svg", "png", "pdf", "gif"])
def test_a_terminal_is_spared_what_nobody_can_read(format: str) -> None:
    """One line with the way out, and exit code 2."""
    command = "rf" if format == "html" else "params"
    words = [command, *(("lenet5",) if command == "rf" else WAYS[1:])]
    for way in ([], ["-o", "-"]):
        code, shown = on_terminal([*PROGRAM, *words, "--format", format, *way])
        assert (code, shown) == (
            2,
            f"cnncalc: {format} is nothing to read on a terminal: write it into a file with -o FILE.{format}\n",
        )


def test_a_theme_is_for_pictures(cnncalc: Called, tmp_path: Path) -> None:
    """Where there is no picture it is refused; a theme that there is not gets the nearest."""
    assert cnncalc(*WAYS, "--theme", "dark") == (
        *(2, ""),
        "cnncalc: --theme is for pictures, and tsv is none: add -o FILE.svg\n",
    )
    assert "did you mean dark?" in cnncalc(*WAYS, "--theme", "darkk")[2]
    path = tmp_path / "x.svg"
    assert cnncalc(*WAYS, "--theme", "dark", "-o", str(path)) == (0, "", "")
    assert ROLES["paper"].dark in path.read_text()


@pytest.mark.parametrize("suffix", ["svg", "html", "png", "pdf"])
def test_a_network_of_the_zoo_is_its_summary(suffix: str, cnncalc: Called, tmp_path: Path) -> None:
    """``zoo NAME`` into a picture is the picture of ``summary NAME``; into anything else it is the file of notation."""
    one, other = (tmp_path / f"{name}.{suffix}" for name in ("zoo", "summary"))
    assert cnncalc("zoo", "lenet5", "-o", str(one)) == (0, "", "")
    assert cnncalc("summary", "lenet5", "-o", str(other)) == (0, "", "")
    assert suffix == "pdf" or one.read_bytes() == other.read_bytes()
    assert one.read_bytes()[:100] == other.read_bytes()[:100]
    text = tmp_path / "lenet5.txt"
    assert cnncalc("zoo", "lenet5", "-o", str(text)) == (0, "", "")
    assert text.read_text().startswith("# LeNet-5")


def test_what_has_no_such_picture_names_what_it_has(cnncalc: Called, tmp_path: Path) -> None:
    """The formats of that answer alone, in the order in which they are always named."""
    code, _out, err = cnncalc(*WAYS, "-o", str(tmp_path / "x.gif"))
    assert (code, err.splitlines()) == (
        2,
        [
            "cnncalc: params has no picture as gif: take one of table, plain, tsv, csv, json, ndjson, markdown, latex, "
            "html, svg, png, pdf"
        ],
    )
    assert not list(tmp_path.iterdir())


def test_a_figure_speaks_chinese_in_pixels_too() -> None:
    """The picture of another language is another picture."""
    english = encode(report(), "png")
    speak("zh")
    try:
        assert encode(report(), "png") != english
    finally:
        speak("en")
