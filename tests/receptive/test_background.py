"""An own picture behind a drawing: which files are taken, by what they begin with and how long they are."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from cnncalc.errors import ModelFileError
from cnncalc.receptive.background import address

MOST = 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    ],
)
@pytest.mark.parametrize("size", [20, MOST])
def test_the_address_holds_the_file(start: bytes, kind: str, size: int, tmp_path: Path) -> None:
    """As a data address with the kind of picture, to the last byte, up to 4 MiB."""
    content = start + bytes(size - len(start))
    path = tmp_path / "picture"
    path.write_bytes(content)
    head, _comma, body = address(str(path)).partition(",")
    assert head == f"data:{kind};base64"
    assert b64decode(body) == content


def test_what_is_no_picture_or_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another kind, one byte too many, a folder, and a name that nothing has."""
    monkeypatch.chdir(tmp_path)
    Path("text").write_bytes(b"not a PNG")
    Path("long").write_bytes(b"GIF8" + bytes(MOST - 3))
    with pytest.raises(ModelFileError, match="text is no picture: give a PNG, JPEG, GIF or WebP"):
        address("text")
    with pytest.raises(ModelFileError, match="long has more than the 4,194,304 bytes that a page carries"):
        address("long")
    for path in (".", "missing"):
        with pytest.raises(ModelFileError, match=f"there is no file {path}"):
            address(path)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's reason is passed on."""

    def refused(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    Path("picture").write_bytes(b"GIF8")
    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(ModelFileError, match="picture can't be read: Permission denied"):
        address("picture")
