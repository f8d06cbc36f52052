"""Compiles the packages and the standard library, and packs what common commands import apart from the rest."""

import gzip
import io
import os
import sys
import zipfile
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash
from pathlib import Path
from types import CodeType

PACKAGES, DIST = Path("/packages"), Path("/dist")
LIBRARY = zipfile.ZipFile("/lib/python314.zip")
COMMON = (
    "params --input 224x224x3 --kernel 3 --filters 64",
    "params --input 224x224x3 --kernel 3 --filters 64 --explain",
    "params --input 224x224x3 --kernel 3 --filters 64 -o x.svg",
    "rf conv3 x2 maxpool2 conv3",
    "rf unet -o x.html",
    "rf covn3",
    "rf --help",
    "summary resnet18 --input 224x224x3",
    "params --input 224x224x3 --kernel 3 --filters 64 --json",
)
"""Commands whose modules are loaded at once; what others need comes when it is needed."""
BESIDES = (
    "cnncalc.extras",
    "importlib.abc",
    "importlib.machinery",
    "gzip",
    "html",
    "json",
    "shlex",
    "typer._completion_classes",
)
"""What session.py imports besides."""
NEVER = (".po", ".pyc", ".pyi", "py.typed")

Files = dict[str, bytes]


def imported() -> set[str]:
    """The names of the modules that the common commands import."""
    sys.path.insert(0, str(PACKAGES))
    os.chdir("/tmp")
    from cnncalc.cli.program import run

    for line in COMMON:
        with redirect_stdout(io.TextIOWrapper(io.BytesIO())), redirect_stderr(io.StringIO()):
            run([*line.split(), *([] if "-o" in line or "--json" in line else ["--format", "table"])])
    for name in BESIDES:
        import_module(name)
    return set(sys.modules)


def module(path: str) -> str:
    """The name that the module in a file is imported by."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def compiled(path: str, source: bytes) -> bytes:
    """A module without its source, docstrings and line numbers: the page shows no traceback."""
    code = compile(source, path, "exec", dont_inherit=True, optimize=2)
    return bytes(_code_to_hash_pyc(without_lines(code), source_hash(source), False))


def without_lines(code: CodeType) -> CodeType:
    """The same code, and that within it, without a table of lines."""
    inner = (without_lines(value) if isinstance(value, CodeType) else value for value in code.co_consts)
    return code.replace(co_linetable=b"", co_consts=tuple(inner))


def parted(files: Files, wanted: set[str]) -> tuple[Files, Files]:
    """The files that are needed at once, compiled, and those that are not."""
    first, rest = Files(), Files()
    for path, content in files.items():
        if not path.endswith(".py"):
            (rest if ".dist-info/" in path else first)[path] = content
        elif module(path) in wanted:
            first[f"{path}c"] = compiled(path, content)
        else:
            rest[f"{path}c"] = compiled(path, content)
    return first, rest


def pack(name: str, files: Files) -> None:
    """Write an archive: the same files, the same bytes. It is compressed as a whole: so it is smaller, and read faster."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path), files[path])
    (DIST / f"{name}.packed").write_bytes(gzip.compress(content.getvalue(), 9, mtime=0))


def names(paths: Iterable[str]) -> bytes:
    """The modules in some compiled files, one a line."""
    return "\n".join(sorted(module(path.removesuffix("c")) for path in paths if path.endswith(".pyc"))).encode()


library = {path: LIBRARY.read(path) for path in LIBRARY.namelist() if path.endswith(".py")}
packages = {
    str(path.relative_to(PACKAGES)): path.read_bytes()
    for path in PACKAGES.rglob("*")
    if path.is_file() and not path.name.endswith(NEVER)
}
wanted = imported()
first, rest = parted(packages, wanted)
standard, spare = parted(library, wanted)
later = rest | spare
pack("python_stdlib.zip", standard)
pack("packages.zip", first | {"later.txt": names(later)})
pack("later.zip", later)
