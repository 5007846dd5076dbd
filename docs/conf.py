"""How the documentation is built: `sphinx-build -W docs docs/_build`, without a network."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from importlib.metadata import version as installed_version
from typing import Any

from sphinx.application import Sphinx

project = "unified_profile"
author = "The unified_profile contributors"
copyright = author
version = release = installed_version("unified_profile")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_llms_txt"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown", ".ipynb": "markdown"}  # notebooks: see show_notebook
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a part of the README that is reused here starts below its first heading

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"Json": "Json", "Who": "Who"}
autodoc_use_legacy_class_based = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"unified_profile {release}"

llms_txt_title = "unified_profile"
llms_txt_summary = (
    "A Python library that turns what a business was told about its customers, in many places and over years, "
    "into one profile per person: consented, traceable, reversible."
)


def show_notebook(app: Sphinx, docname: str, content: list[str]) -> None:
    """Turn a notebook into the Markdown page that it shows, as it is stored.

    With UNIFIED_PROFILE_EXECUTE_NOTEBOOKS set it is executed first, and an error in it fails the build.
    """
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        if os.environ.get("UNIFIED_PROFILE_EXECUTE_NOTEBOOKS"):
            content[0] = _executed(content[0])
        cells = json.loads(content[0])["cells"]
        content[0] = "\n\n".join(part for cell in cells for part in _shown(cell))


def _executed(stored: str) -> str:
    """Return the notebook with what comes out of it now."""
    import nbclient
    import nbformat

    notebook = nbformat.reads(stored, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    return nbformat.writes(notebook)


def _shown(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the Markdown of a cell: its text, or its code and what came out."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield f"````python\n{source}\n````"
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "text/html" in data:
            yield f"````{{raw}} html\n{''.join(data['text/html'])}\n````"
        else:
            yield f"````text\n{''.join(data['text/plain']).rstrip()}\n````"


def plain_signature(*event: Any) -> tuple[str | None, str | None]:
    """Name an alias inside another type as it is named elsewhere."""
    signature, returned = event[-2:]
    return tuple(re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", part or "") or None for part in (signature, returned))


def setup(app: Sphinx) -> None:
    """Let notebooks be pages, and signatures be read."""
    app.connect("source-read", show_notebook)
    app.connect("autodoc-process-signature", plain_signature)
