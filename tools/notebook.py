"""Execute ``docs/notebook.ipynb`` and write it with the outputs that it gives now."""

from __future__ import annotations

from pathlib import Path

NOTEBOOK = Path(__file__).resolve().parent.parent / "docs" / "notebook.ipynb"


def main() -> None:
    """Run every cell in a kernel of this environment."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    before = dict(notebook.metadata)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    notebook.metadata = before  # what machine and when is nobody's business
    for cell in notebook.cells:
        cell.metadata = {}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
