r"""Examinations: a LaTeX document of the ``exam`` class, with solutions or without any trace of them."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.language import _, language
from cnncalc.render.cells import printable
from cnncalc.render.latex import escape, has_chinese
from cnncalc.report.paper import Asked, Paper


def document(paper: Paper) -> str:
    """The whole document, to be compiled as it is; what is in Chinese needs XeLaTeX or LuaLaTeX."""
    body = "\n".join([*_head(paper), *(line for asked in paper.questions for line in _question(asked, paper.solved))])
    begin = [*_preamble(paper, has_chinese(body)), r"\begin{document}"]
    return "\n".join([*begin, body, r"\end{questions}", r"\end{document}", ""])


def _preamble(paper: Paper, chinese: bool) -> Iterator[str]:
    if chinese:
        yield "% compile with XeLaTeX or LuaLaTeX, for Chinese"
    yield rf"\documentclass[11pt,addpoints{',answers' if paper.solved else ''}]{{exam}}"
    yield (
        r"\usepackage{ctex}"
        if chinese
        else r"\usepackage[T1]{fontenc}\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}"
    )
    yield r"\usepackage{textcomp}"
    yield r"\usepackage[margin=25mm]{geometry}"
    yield r"\setlength{\emergencystretch}{3em}"
    yield r"\pointsinrightmargin"
    if language() == "zh":
        yield r"\renewcommand{\solutiontitle}{\noindent\textbf{解：}\enspace}"
    yield rf"\footer{{{escape(paper.sheet)}}}{{}}{{\thepage/\numpages}}"
    yield r"\pagestyle{headandfoot}"


def _head(paper: Paper) -> Iterator[str]:
    yield rf"\begin{{center}}\large\bfseries {escape(paper.title)}\end{{center}}"
    person = escape(paper.person) or r"\hrulefill"
    yield rf"\noindent {escape(_('name'))}: {person}"
    yield ""
    yield r"\medskip"
    yield r"\begin{questions}"


def _question(asked: Asked, solved: bool) -> Iterator[str]:
    yield rf"\question[1] {escape(asked.text)}"
    yield r"\begin{choices}"
    for choice in asked.choices:
        yield rf"  \{'CorrectChoice' if solved and choice.right else 'choice'} {escape(choice.text)}"
    yield r"\end{choices}"
    if solved:
        yield r"\begin{solution}"
        for choice in asked.choices:
            yield rf"  \textbf{{{choice.letter.upper()}}}: {escape(printable(choice.comment))}\par"
        yield r"\end{solution}"
    yield ""
