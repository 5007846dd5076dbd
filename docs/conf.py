"""How the documentation is built: `sphinx-build -W docs docs/_build`, without a network."""

from importlib.metadata import version as installed_version

project = "unified_profile"
author = "The unified_profile contributors"
copyright = author
version = release = installed_version("unified_profile")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_llms_txt"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a part of the README that is reused here starts below its first heading

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
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
