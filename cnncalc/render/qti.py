"""QTI 2.1: the questions as a content package (a zip) that Canvas, Blackboard, ILIAS, OpenOlat and others import.

The elements are those of IMS Question and Test Interoperability, Assessment Test, Section, and Item Information Model,
version 2.1, in the order of its schema.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape as in_xml
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cnncalc.render import ENDLESS, Page
from cnncalc.render.cells import printable
from cnncalc.render.papers import paper_of
from cnncalc.report import Report
from cnncalc.report.paper import Asked, Choice, Paper

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The oldest date that a zip can hold, for every file: the same questions are the same bytes."""
TEST = "test.xml"


def encode(report: Report, page: Page = ENDLESS) -> bytes:
    """The package: a manifest, the test, and a file for each question."""
    paper = paper_of(report, "qti")
    items = {f"item{asked.number}.xml": _item(asked) for asked in paper.questions}
    content = {"imsmanifest.xml": _manifest(tuple(items)), TEST: _test(paper, tuple(items)), **items}
    packed = io.BytesIO()
    with ZipFile(packed, "w") as package:
        for name, lines in content.items():
            entry = ZipInfo(name, BEGINNING)
            entry.compress_type = ZIP_DEFLATED
            package.writestr(entry, "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, ""]))
    return packed.getvalue()


def _manifest(items: Sequence[str]) -> Iterator[str]:
    yield f'<manifest xmlns="{PACKAGE}" xmlns:xsi="{INSTANCE}" identifier="cnncalc">'
    yield "  <metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>"
    yield "  <organizations/>"
    yield "  <resources>"
    yield f'    <resource identifier="test" type="imsqti_test_xmlv2p1" href="{TEST}">'
    yield f'      <file href="{TEST}"/>'
    yield from (f'      <dependency identifierref="{_bare(item)}"/>' for item in items)
    yield "    </resource>"
    for item in items:
        yield f'    <resource identifier="{_bare(item)}" type="imsqti_item_xmlv2p1" href="{item}"><file href="{item}"/></resource>'
    yield "  </resources>"
    yield "</manifest>"


def _bare(item: str) -> str:
    return item.removesuffix(".xml")


def _test(paper: Paper, items: Sequence[str]) -> Iterator[str]:
    yield f'<assessmentTest xmlns="{QTI}" identifier="quiz" title={_attribute(paper.title)}>'
    yield '  <testPart identifier="part" navigationMode="nonlinear" submissionMode="simultaneous">'
    yield f'    <assessmentSection identifier="section" title={_attribute(paper.title)} visible="true">'
    yield from (f'      <assessmentItemRef identifier="{_bare(item)}" href="{item}"/>' for item in items)
    yield "    </assessmentSection>"
    yield "  </testPart>"
    yield "</assessmentTest>"


def _item(asked: Asked) -> Iterator[str]:
    right = next(choice.letter for choice in asked.choices if choice.right)
    yield (
        f'<assessmentItem xmlns="{QTI}" identifier="item{asked.number}" title={_attribute(asked.name)} '
        'adaptive="false" timeDependent="false">'
    )
    yield '  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
    yield f"    <correctResponse><value>{right}</value></correctResponse>"
    yield "  </responseDeclaration>"
    yield '  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
    yield "    <defaultValue><value>0</value></defaultValue>"
    yield "  </outcomeDeclaration>"
    yield '  <outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier"/>'
    yield "  <itemBody>"
    yield '    <choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="1">'
    yield f"      <prompt>{_words(asked.text)}</prompt>"
    yield from map(_choice, asked.choices)
    yield "    </choiceInteraction>"
    yield "  </itemBody>"
    yield "  <responseProcessing>"
    yield "    <responseCondition>"
    yield '      <responseIf><match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>'
    yield '        <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
    yield "      </responseIf>"
    yield "    </responseCondition>"
    yield '    <setOutcomeValue identifier="FEEDBACK"><variable identifier="RESPONSE"/></setOutcomeValue>'
    yield "  </responseProcessing>"
    yield "</assessmentItem>"


def _choice(choice: Choice) -> str:
    comment = (
        f'<feedbackInline outcomeIdentifier="FEEDBACK" identifier="{choice.letter}" showHide="show"> '
        f"{_words(choice.comment)}</feedbackInline>"
        if choice.comment
        else ""
    )
    return f'      <simpleChoice identifier="{choice.letter}">{_words(choice.text)}{comment}</simpleChoice>'


def _words(words: str) -> str:
    return in_xml(printable(words))


def _attribute(words: str) -> str:
    return quoteattr(printable(words))
