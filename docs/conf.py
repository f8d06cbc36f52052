"""How Sphinx makes the pages, in the language that ``tools/docs_site.py`` gives."""

from __future__ import annotations

import logging
import sys
from inspect import isclass
from pathlib import Path
from typing import Any

from sphinx.search.zh import SearchChinese

from cnncalc import Layer, __version__

HERE = Path(__file__).resolve().parent

project = "cnncalc"
author = "the founders of cnncalc"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
default_role = "py:obj"  # a docstring's `Term` leads to where Term is documented
suppress_warnings = ["misc.highlighting_failure"]  # a console shows whatever was typed
exclude_patterns = ["*.zh-CN.md", "*.ipynb"]
highlight_language = "text"

myst_heading_anchors = 3
myst_enable_extensions = ["attrs_block", "colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
python_use_unqualified_type_names = True

locale_dirs = ["locale"]
gettext_compact = False
gettext_location = False
gettext_additional_targets = ["literal-block"]
translation_progress_classes = "untranslated"

logging.getLogger("jieba").addFilter(lambda record: record.levelno >= logging.WARNING)  # it tells how it loads

html_theme = "furo"
html_title = "cnncalc"
html_static_path = ["_static"]
html_css_files = ["cnncalc.css"]
html_extra_path = ["_extra"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_search_options = {"dict": str(HERE / "terms.txt")}  # the words that jieba would cut in two
html_theme_options = {"top_of_page_buttons": []}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
templates_path = ["_templates"]


class Search(SearchChinese):
    """Sphinx 9.0 asks for the stemmer of the language's name, and in Chinese pages stems English words (sphinx issue 14229).

    What is looked for is cut into the words that the index has, the longest first, as Chinese is written without spaces.
    """

    language_name = "English"
    js_splitter_code = r"""
function splitQuery(query) {
  const known = (word) => word.length > 1 && [Search._index.terms, Search._index.titleterms].some((all) => word in all);
  const cut = (word) => {
    const words = [];
    for (let begin = 0; begin < word.length;) {
      let end = word.length;
      while (end > begin + 1 && !known(word.slice(begin, end))) end -= 1;
      if (end > begin + 1) words.push(word.slice(begin, end));
      begin = end;
    }
    return words.length ? words : [word];
  };
  const words = query.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
  return words.flatMap((word) => (/\p{Script=Han}/u.test(word) ? cut(word) : [word]));
}
"""


def without_words(_app: Any, _what: str, _name: str, member: Any, skip: bool, _options: Any) -> bool | None:
    """Leave out the fields of named tuples, of which Python itself says no more than their number."""
    return True if skip or (getattr(member, "__doc__", None) or "").startswith("Alias for field number") else None


def with_title(_app: Any, _what: str, _name: str, member: Any, _options: Any, lines: list[str]) -> None:
    """Begin with what a layer kind is, which is said on top of its file; in the words of the page of the notation."""
    if isclass(member) and issubclass(member, Layer) and member is not Layer:
        title = sys.modules[member.__module__].__doc__ or ""
        lines[:0] = [*title.partition("\n\n")[0].removesuffix(".").split("\n"), ""]


def without_icon(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """A browser that is told of no icon asks the root of the server for one."""
    context["metatags"] = context.get("metatags", "") + '<link rel="icon" href="data:,">'


def setup(app: Any) -> None:
    """What Sphinx asks for."""
    app.add_search_language(Search)
    app.connect("autodoc-skip-member", without_words)
    app.connect("autodoc-process-docstring", with_title)
    app.connect("html-page-context", without_icon)
