"""Quizzes for learning platforms and examinations: read back by the published grammars, and compiled."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from cnncalc.exercises.paper import paper
from cnncalc.exercises.quiz import Question, quiz
from cnncalc.language import speak
from cnncalc.render import PAPERS, RENDERERS, encode, render
from cnncalc.render.gift import escape
from cnncalc.render.papers import PaperError
from cnncalc.render.pictures import formats
from cnncalc.report import Report

QUESTIONS: tuple[Question, ...] = quiz("params,rf,shapes,macs,memory,local,equivariance", 21, 7)
REPORT = paper(QUESTIONS, "mixed", 7, solved=True)
UNSOLVED = paper(QUESTIONS, "mixed", 7, solved=False)

GIFT = re.compile(
    r"(?P<comment>//[^\n]*\n)|(?P<blank>\s+)"
    r"|::(?P<title>(?:[^\\~=#{}:]|\\[\\~=#{}:])+)::(?:\[(?P<format>html|moodle|plain|markdown)\])?"
    r"(?P<text>(?:[^\\~=#{}:]|\\[\\~=#{}:])+)\{\s*(?P<options>(?:[=~](?:[^\\~={}]|\\[\\~=#{}:])+)+)\}"
)
"""The part of the grammar (docs.moodle.org, "GIFT format"; GIFT.pegjs of fuhrmanator) that multiple choice needs: a
title between colons, a format, the text, and in braces options that begin with ``=`` or ``~`` and may end in a comment
behind ``#``; control characters stand for themselves behind a backslash only."""
OPTION = re.compile(r"([=~])((?:[^\\~=#{}:]|\\[\\~=#{}:])+)(?:#((?:[^\\~=#{}:]|\\[\\~=#{}:])+))?")


def read_gift(text: str) -> list[tuple[str, str, list[tuple[bool, str, str]]]]:
    """Title, text and options of every question; `ValueError` at the first sign that is not in the grammar."""
    place, questions = 0, []
    while place < len(text):
        match = GIFT.match(text, place)
        if not match:
            raise ValueError(text[place : place + 60])
        if match["title"]:
            options = [
                (sign == "=", bare(words), bare(comment)) for sign, words, comment in OPTION.findall(match["options"])
            ]
            questions.append((bare(match["title"]), bare(match["text"]), options))
        place = match.end()
    return questions


def bare(words: str) -> str:
    return re.sub(r"\\([\\~=#{}:])", r"\1", words).strip()


def test_gift_is_read_back() -> None:
    """Every question with its text, its options in their order, the right one, and a comment to each."""
    read = read_gift(render(REPORT, "gift"))
    assert len(read) == len(QUESTIONS)
    assert len({title for title, _text, _options in read}) == len(QUESTIONS)
    for question, (_title, text, options) in zip(QUESTIONS, read, strict=True):
        assert text == question.text
        assert [words for _right, words, _comment in options] == [question.shown(one) for one in question.options]
        assert [right for right, _words, _comment in options] == [one.mistake is None for one in question.options]
        assert all(comment for _right, _words, comment in options)


def test_gift_that_is_wrong_is_noticed() -> None:
    """The reader above refuses a control character that is not behind a backslash, and reads back any that is."""
    with pytest.raises(ValueError, match="1 = 2"):
        read_gift("::a::[plain]1 = 2 {=b ~c}")
    words = r"a\b = {c}: ~d #e"
    [(title, text, _options)] = read_gift(f"::{escape(words)}::[plain]{escape(words)} {{=b ~c}}")
    assert title == text == words


def test_moodle_xml_has_what_the_importer_wants() -> None:
    """A category before the questions of each topic, and in every question the elements of the format, fractions of 100."""
    root = ElementTree.fromstring(render(REPORT, "moodle"))
    assert root.tag == "quiz"
    topics = [one.findtext("category/text") for one in root if one.get("type") == "category"]
    assert topics == [f"$course$/top/cnncalc/{topic}" for topic in sorted({question.topic for question in QUESTIONS})]
    asked = [one for one in root if one.get("type") == "multichoice"]
    texts = {question.text: question for question in QUESTIONS}
    assert len(asked) == len(QUESTIONS)
    for one in asked:
        question = texts[one.findtext("questiontext/text") or ""]
        assert [element.tag for element in one][:9] == [
            *(
                "name",
                "questiontext",
                "generalfeedback",
                "defaultgrade",
                "penalty",
                "hidden",
                "single",
                "shuffleanswers",
            ),
            "answernumbering",
        ]
        answers = one.findall("answer")
        assert [answer.findtext("text") for answer in answers] == [
            question.shown(option) for option in question.options
        ]
        assert [answer.get("fraction") for answer in answers] == [
            "100" if option.mistake is None else "0" for option in question.options
        ]
        assert all(answer.findtext("feedback/text") for answer in answers)
        kinds = {element.get("format") for element in one.iter() if "format" in element.attrib}
        assert kinds == {"plain_text"}


QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
PACKAGE = "{http://www.imsglobal.org/xsd/imscp_v1p1}"


def test_qti_is_a_package_whose_parts_belong_together() -> None:
    """The manifest names every file and no other, the test every item; identifiers are XML names."""
    package = ZipFile(io.BytesIO(encode(REPORT, "qti")))
    manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
    files = [file.get("href") for file in manifest.iter(f"{PACKAGE}file")]
    assert {"imsmanifest.xml", *files} == set(package.namelist())
    test = ElementTree.fromstring(package.read("test.xml"))
    assert [one.get("href") for one in test.iter(f"{QTI}assessmentItemRef")] == files[1:]
    ids = [one.get("identifier") or "" for one in (*manifest.iter(), *test.iter()) if "identifier" in one.attrib]
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name) for name in ids)
    assert encode(REPORT, "qti") == encode(REPORT, "qti")


def test_qti_items_are_in_the_order_of_the_schema() -> None:
    """As imsqti_v2p1.xsd has it: declarations, body, processing; the right option is declared and scores 1."""
    package = ZipFile(io.BytesIO(encode(REPORT, "qti")))
    for number, question in enumerate(QUESTIONS, 1):
        item = ElementTree.fromstring(package.read(f"item{number}.xml"))
        assert [one.tag.removeprefix(QTI) for one in item] == [
            *("responseDeclaration", "outcomeDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing")
        ]
        assert item.findtext(f"{QTI}responseDeclaration/{QTI}correctResponse/{QTI}value") == question.right.letter
        [choices] = item.iter(f"{QTI}choiceInteraction")
        assert choices.findtext(f"{QTI}prompt") == question.text
        assert [one.text for one in choices.iter(f"{QTI}simpleChoice")] == [
            question.shown(one) for one in question.options
        ]
        assert all("".join(one.itertext()).strip() for one in choices.iter(f"{QTI}feedbackInline"))


@pytest.mark.parametrize("format", PAPERS)
def test_what_asks_nothing_is_refused(format: str) -> None:
    """One line that says what the format is for."""
    with pytest.raises(PaperError, match=f"{format} is for questions, and params asks none"):
        encode(Report("params", {}), format)
    assert format in formats(REPORT)
    assert format not in formats(Report("params", {}))
    assert format not in RENDERERS


def test_foreign_text_stays_text() -> None:
    """Markup in a question of one's own is neither markup in XML nor in HTML nor a command in LaTeX."""
    evil = '</text><script>x</script> & "\\input{/etc/passwd}" %'
    question = QUESTIONS[0]
    task = question.task._replace(template=evil.replace("{", "{{").replace("}", "}}"))
    report = paper((Question(1, "own", task, question.options),), "own", 1, solved=True)
    for format in ("moodle", "html"):
        assert "<script>x" not in render(report, format)
    assert r"\textbackslash{}input\{/etc/passwd\}" in render(report, "latex")
    [(_title, text, _options)] = read_gift(render(report, "gift"))
    assert text == evil


def test_the_examination_tells_only_what_it_is_asked_to() -> None:
    """With solutions: the right options, and why the others are wrong; without, no trace of either in the source."""
    solved, unsolved = render(REPORT, "latex"), render(UNSOLVED, "latex")
    assert solved.count(r"\CorrectChoice") == solved.count(r"\begin{solution}") == len(QUESTIONS)
    assert solved.count(r"\question[1]") == unsolved.count(r"\question[1]") == len(QUESTIONS)
    assert not re.search(r"CorrectChoice|solution|,answers\]", unsolved)
    for question in QUESTIONS:
        assert question.task.in_words or question.solution.split(" = ")[0] not in unsolved


def compiled(folder: Path, source: str, program: str = "pdflatex") -> str:
    """The log of a document compiled twice; the test is skipped where there is no LaTeX or not this class."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    (folder / "paper.tex").write_text(source, "utf-8")
    for _time in range(2):
        done = subprocess.run(
            [program, "-interaction=nonstopmode", "paper.tex"], cwd=folder, capture_output=True, check=False
        )
    log = (folder / "paper.log").read_text("utf-8", errors="replace")
    if re.search(r"File `[^']+' not found", log):
        pytest.skip("a package of LaTeX is not installed")
    assert done.returncode == 0, log[-2000:]
    return log


@pytest.mark.parametrize("report", [REPORT, UNSOLVED], ids=["solved", "unsolved"])
def test_the_examination_compiles(report: Report, tmp_path: Path) -> None:
    """Without an error, and nothing stands out of the margin by more than 5 pt."""
    log = compiled(tmp_path, render(report, "latex"))
    assert not [width for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(width) > 5]
    assert "Output written on paper.pdf" in log


def test_a_chinese_examination_asks_for_what_it_needs() -> None:
    """It loads ctex, says that it wants XeLaTeX or LuaLaTeX, and heads its solutions in Chinese."""
    speak("zh")
    try:
        source = render(paper(QUESTIONS, "mixed", 7, solved=True), "latex")
    finally:
        speak("en")
    assert source.startswith("% compile with XeLaTeX or LuaLaTeX, for Chinese\n")
    assert r"\usepackage{ctex}" in source
    assert "解：" in source


def test_the_page_to_print_has_every_question_and_no_script() -> None:
    """Questions, options and, where asked for, solutions; nothing runs and nothing is fetched."""
    for report, solved in ((REPORT, True), (UNSOLVED, False)):
        page = render(report, "html")
        assert "<script" not in page
        assert not re.search(r"https?://", page)
        assert page.count("<caption>Solutions</caption>") == solved
        for question in QUESTIONS:
            assert f"<p>{question.number}. {question.text}</p>" in page
            assert question.shown(question.options[0]) in page
