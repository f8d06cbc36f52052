"""``cnncalc sweep``: what is typed wrongly is answered with the way out, in one line."""

from __future__ import annotations

import pytest

import cnncalc as library
from cnncalc.errors import CnncalcError
from tests.conftest import Called

SIZED = ("--input", "32x32x3")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["K=3"], "a network is missing: write a template, as in K=3,5,7 convK-64, or a name of the zoo"),
        (["convK-64", *SIZED], "K is not given: write K=3,5,7\n  convK-64\n      ^"),
        (["K=3", "Q=5", "convK-64", *SIZED], "Q is given but never used: write it where a number stands, or leave it out"),
        (["K1=3", "K=5", "convK-64", *SIZED], "K1 is given but never used: did you mean K?"),
        (["K=3", "convK-64"], "a sweep needs the shape of the input: give --input 224x224x3, or IxIx3"),
        (["K=3", "convK-64", "--input", "IxIx3"], "I is not given: write I=3,5,7"),
        (["K=3", "convK-64", "--input", "32x32x"], "32x32x is not a shape ('' is not a whole number): write one like 224x224x3"),
        (["I=3", "conv3", "--input", "IxIx"], "IxIx is not a shape ('' is not a whole number): write one like IxIx3"),
        (["K=3", "convK-64", "--input", "3x224x224"], "3x224x224 has 224 channels: did you mean 224x224x3?"),
        (["K=3..", "convK-64", *SIZED], "K: '3..' is not a list of values: write 3,5,7 or 1..9, 0..64:8, 16..256:x2"),
        (["K=3", "covnK-64", *SIZED], "there is no layer 'covnK-64': did you mean convK-64?\n  covnK-64\n  ^^^^"),
        (["K=3", "convK", *SIZED, "--where", "rf>3"], "there is no column rf: take some of index, K, parameters, macs, memory,"),
        (["K=3", "convK", *SIZED, "--where", "1<2"], "'1<2' names no column: write one of index, K,"),
        (["K=3", "convK", *SIZED, "--columns", "fields"], "there is no column fields: did you mean field?"),
        (["K=3", "convK", *SIZED, "--best", "params"], "there is no column params: did you mean parameters?"),
        (["K=3", "convK", *SIZED, "--for", "field"], "--for field is one side of a front: add --best, as in --best parameters"),
        (["K=3", "convK", *SIZED, "--best", "layer"], "layer is no number to be best in: take parameters, macs or another"),
        (["K=3", "convK", *SIZED, "--sample", "0"], "--sample 0 is out of range: take 1 to 10,000,000"),
        (["K=3", "convK", *SIZED, "--part", "3"], "--part '3' is no share: write one such as 3/100"),
        (["K=3", "convK", *SIZED, "--resume"], "--resume goes on with a folder: add -o rows/"),
        (["K=3", "convK", *SIZED, "--vary", "conv1.kernel=3"], "a template is not varied by edits: write the variable where the number stands"),
        (["resnet18", "--vary", "conv1"], "--vary 'conv1' is no edit: write one such as layer3.*.dilation=1,2,4"),
        (["resnet18", "--vary", "conv1.kernels=3"], "--vary conv1.kernels=3: there is no kernels: did you mean kernel?"),
        (["resnet18", "--vary", "conv9.kernel=3"], "there is no layer conv9: did you mean conv1?"),
        (["resnet18", "--vary", "bn1.kernel=3"], "no layer bn1 has a kernel: vary another, such as kernel, stride, dilation"),
        (["K=3", "convK", *SIZED, "-o", "rows.xls"], "no format has the suffix .xls: take one of"),
        (["K=3", "convK", *SIZED, "-o", "rows.parquet", "--json"], "rows.parquet is no file for another format: leave out --format and --json"),
        (["K=3", "convK", *SIZED, "-o", "rows/", "--best", "macs"], "a folder holds all rows: write --best and --sample into a file, as in -o rows.csv"),
        (["K=3", "convK", *SIZED, "-o", "rows/", "--json"], "a folder holds parquet, csv, tsv or ndjson: take one of these as --format"),
        (["K=3", "convK", *SIZED, "-o", "no/rows.csv"], "can't write no/rows.csv: No such file or directory"),
        (["C=1..1000000", "D=1..1000000", "E=1..1000000", "F=1..1000000", "G=1..1000000", "conv3-C", "conv3-D", "conv3-E", "conv3-F", "conv3-G", *SIZED], "10^30 configurations are too many: take fewer values, --part 1/1000, or --sample 100000"),
        (["C=1..1000", "D=1..1000", "conv3-C", "conv3-D", *SIZED, "--json"], "these are more than 100,000 rows: write them into a file with -o rows.csv, or take --sample or --where"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_answered_in_one_line(
    cnncalc: Called, words: list[str], message: str, tmp_path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    """Exit code 2, nothing on standard output, nothing written."""
    monkeypatch.chdir(tmp_path)
    code, out, err = cnncalc("sweep", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnncalc: {message}"), err
    assert list(tmp_path.iterdir()) == []


def test_a_grid_that_no_index_can_count_is_sampled(cnncalc: Called) -> None:
    """10^30 cells: each row is still decided by its index."""
    words = [f"{name}=1..1000000" for name in "CDEFG"]
    layers = [f"conv3-{name}" for name in "CDEFG"]
    code, out, _err = cnncalc(
        "sweep", *words, *layers, *SIZED, "--sample", "3", "--columns", "index,C,G", "--format", "csv"
    )
    assert code == 0
    for line in out.splitlines()[1:]:
        index, first, last = map(int, line.split(","))
        assert (first, last) == (index // 10**24 + 1, index % 10**6 + 1)


def test_people_see_the_first_rows_and_how_many_there_are(cnncalc: Called) -> None:
    """A table is for reading; files hold the rest."""
    code, out, _err = cnncalc("sweep", "K=1..20", "C=1..5", "convK-C", *SIZED, "--format", "table")
    assert code == 0
    assert "100 rows of 100 configurations" in out
    assert "the first 40 are shown: all of them are in -o rows.csv" in out


def test_one_value_is_printed_bare(cnncalc: Called) -> None:
    """As everywhere."""
    assert cnncalc("sweep", "K=3,5", "convK-64", *SIZED, "--get", "1.parameters") == (0, "4864\n", "")


def test_a_network_without_variables_is_one_row(cnncalc: Called) -> None:
    """And the numbers are those of summary."""
    code, out, _err = cnncalc("sweep", "resnet18", "--input", "224x224x3", "--get", "0.parameters")
    assert (code, out) == (0, "11689512\n")


def test_the_library_gives_columns() -> None:
    """Plain NumPy arrays, −1 where nothing is known; values as numbers, several, or text."""
    frame = library.sweep("convK-C conv3-8", "5x5x3", K=(3, 7), C="4,8")
    assert frame["K"].tolist() == [3, 3, 7, 7]
    assert frame["parameters"].tolist() == [4 * 28 + 8 * 37, 8 * 28 + 8 * 73, -1, -1]
    assert frame["layer"].tolist() == ["", "", "conv1", "conv1"]
    assert library.sweep("convK-8", "32x32x3", K="1..9", where="field>=7")["field"].tolist() == [7, 8, 9]
    assert len(library.sweep("convK-8", "32x32x3", K="1..9", sample=4)["index"]) == 4
    assert library.sweep("resnet18", vary=["layer4.*.dilation=1,2"], input="64x64x3")["field"].tolist() == [435, 659]


def test_the_library_refuses_what_is_no_value() -> None:
    """With the value."""
    with pytest.raises(CnncalcError, match="1.5 is not a value"):
        library.sweep("convK-8", "32x32x3", K=(1.5,))  # type: ignore[arg-type]
    with pytest.raises(CnncalcError, match="has no values"):
        library.sweep("convK-8", "32x32x3", K=())


@pytest.mark.parametrize(
    ("input", "words", "columns"),
    [
        ("784", ["N=10,20", "fcN"], "channels"),
        ("16000x1", ["K=3,5", "convK-8"], "field,read,jump,length,channels"),
        ("8x9x10x1", ["K=3,5", "convK-8"], "field_depth,field_height,field_width"),
        ("(32, 32, 3)", ["K=3,5", "convK-8"], "field,read,jump,height,width,channels"),
        ("LxLxLx1", ["K=3,5", "L=8,9", "convK-8"], "field,read,jump,depth,height,width,channels"),
    ],
)
def test_columns_are_those_of_the_input(cnncalc: Called, input: str, words: list[str], columns: str) -> None:
    """Vectors, sequences, images and volumes; one field where axes are alike."""
    code, out, _err = cnncalc("sweep", *words, "--input", input, "--format", "csv")
    assert code == 0
    assert f",{columns}," in out.splitlines()[0]
    assert all(line.endswith(",,") for line in out.splitlines()[1:])


def test_columns_are_completed() -> None:
    """As far as they are known before a network is read."""
    from cnncalc.cli.sweep import complete_column

    assert complete_column("m") == ["macs", "memory"]
    assert complete_column("fi") == ["field"]


def test_a_mistake_in_a_condition_is_pointed_at(cnncalc: Called) -> None:
    """As in the notation the caret stands on a line of its own, under the name that is wrong."""
    words = ["sweep", "K=3,5", "convK", "--input", "9x9x1", "--where", "read>3 and fields>3"]
    assert cnncalc(*words)[2].splitlines()[1:] == ["  read>3 and fields>3", "             ^^^^^^"]
