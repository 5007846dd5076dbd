"""Runs the examples of the README, the docs and the docstrings as tests."""

import os
import tempfile
from collections.abc import Mapping
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from typing import Any

from sybil import Sybil
from sybil.parsers import markdown, myst, rest
from sybil.sybil import SybilCollection

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE


def enter_empty_folder(namespace: dict[str, Any]) -> None:
    """Let a page write the files it talks about without leaving them in the checkout."""
    namespace["_home"] = os.getcwd()  # noqa: PTH109 - handed back to chdir as it is
    namespace["_folder"] = tempfile.TemporaryDirectory()
    os.chdir(namespace["_folder"].name)


def leave_folder(namespace: Mapping[str, Any]) -> None:
    """Go back to where the tests were started, and drop what the page wrote."""
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


examples = [
    # `patterns` are matched from the right, so that "*.py" reaches every depth; "**/*.py" would reach one only on 3.11.
    Sybil(
        parsers=[rest.DocTestParser(FLAGS), rest.SkipParser()],
        path="src",
        patterns=["*.py"],
    ),
    Sybil(
        parsers=[myst.PythonCodeBlockParser(doctest_optionflags=FLAGS), myst.SkipParser()],
        path="docs",
        patterns=["*.md"],
        setup=enter_empty_folder,
        teardown=leave_folder,
    ),
    Sybil(
        parsers=[markdown.PythonCodeBlockParser(doctest_optionflags=FLAGS), markdown.SkipParser()],
        filenames=["README.md"],
        setup=enter_empty_folder,
        teardown=leave_folder,
    ),
]
pytest_collect_file = SybilCollection(examples).pytest()
