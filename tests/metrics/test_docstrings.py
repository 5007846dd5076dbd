"""Each public function tells what an analyst has to know: definition, gaps, shapes, units, errors, source, example."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from unified_profile import metrics, statistics
from unified_profile.metrics import customer_base

FUNCTIONS: dict[str, Any] = {
    f"{room.__name__}.{name}": getattr(room, name)
    for room in (metrics, customer_base)
    for name in room.__all__
    if inspect.isfunction(getattr(room, name))
}
SECTIONS = {
    "a definition": r"\A(Return|Count|Do)\b[^\n]{20,}",
    "what becomes of gaps": r"missing|[Mm]issing|unknown|left out|``None``|without a value",
    "shapes and units": (
        r"columns?\b|counts?\b|estimates?\b|frame|from 0 to 1|from -?\d+ to \d+|hours|days|points|currency|unit\b"
    ),
    "errors": r"Raises:\n",
    "a source": r"[Ss]ource(s)?\b",
    "an example": r">>> ",
    "the version that brought it": r"\.\. versionadded:: \d",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_has_all_that_was_promised(name):
    told = inspect.getdoc(FUNCTIONS[name]) or ""
    assert [section for section, pattern in SECTIONS.items() if not re.search(pattern, told)] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_is_named_in_the_docstring_or_in_the_one_that_it_refers_to(name):
    told = inspect.getdoc(FUNCTIONS[name]) or ""
    for other in re.findall(r"`(\w+)`", told):  # "as for `nps`", and what that one refers to
        for room in (metrics, customer_base):
            more = getattr(room, other, None)
            if inspect.isfunction(more):
                told += inspect.getdoc(more) or ""
    missing = [
        argument
        for argument in inspect.signature(FUNCTIONS[name]).parameters
        if argument not in {"level", "label", "options"} and not re.search(rf"\b{argument}\b", told)
    ]
    assert missing == []


def test_what_metrics_rest_on_is_told_as_well():
    bare = [
        name
        for name in statistics.__all__
        if inspect.isfunction(getattr(statistics, name))
        and ".. versionadded::" not in (getattr(statistics, name).__doc__)
    ]
    assert set(bare) <= {"group_order", "net_moments", "z_for", "require_comparable"}
