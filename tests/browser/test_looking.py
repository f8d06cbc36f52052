"""What looks at pages notices what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.looking import flaws, violations, watched

BAD = """<!doctype html><html lang="en"><title>bad</title><style>p{width:40px;overflow:hidden;white-space:nowrap}
.pale{color:#ccc;background:#fff;width:auto}div{width:3000px}</style><main><h1>bad</h1>
<p>a line that is longer than its box</p><p class="pale">pale</p><div>wide</div><img src="http://127.0.0.1:9/none.png">
<svg width="100" height="40"><g class="labels"><text x="10" y="20">one</text><text x="14" y="22">other</text>
<text x="90" y="20">outside</text></g></svg><script>console.log("said"); missing();</script></main></html>"""


def test_every_flaw_is_found(browser: Any, tmp_path: Path) -> None:
    """Text cut, outside and on other text, a page too wide, pale text, a missing name, messages, errors, requests."""
    wrong = list[str]()
    (tmp_path / "bad.html").write_text(BAD)
    page = watched(browser.new_page(), tmp_path, wrong)
    page.goto(f"file://{tmp_path}/bad.html")
    found = flaws(page)
    assert "cut: a line that is longer than its box" in found
    assert "outside its drawing: outside" in found
    assert "on each other: one and other" in found
    assert any("wider than the window" in flaw for flaw in found)
    rules = {violation.split(":")[0] for violation in violations(page)}
    assert {"color-contrast", "image-alt"} <= rules
    for kind in ("console: said", "error: missing is not defined", "request: http://127.0.0.1:9/none.png"):
        assert any(kind in line for line in wrong), kind
    page.close()
