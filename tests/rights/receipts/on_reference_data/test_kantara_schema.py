"""Receipts against the Kantara Initiative's own schema and example, which stand beside the checkout."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from tests.rights.receipts.made import kantara_receipts

from unified_profile.errors import InvalidInputError
from unified_profile.rights.receipts import KantaraReceipt

FOLDER = Path(os.environ.get("UNIFIED_PROFILE_CONSENT_DATA", ".")) / "kantara"


def schema() -> Any:
    text = (FOLDER / "kantara-consent-receipt-v1_1-schema.json").read_text("utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def example() -> Any:
    return json.loads((FOLDER / "kantara-consent-receipt-v1_1-example.json").read_text("utf-8"))


@given(kantara_receipts)
def test_every_receipt_is_valid_under_the_schema(receipt):
    errors = list(jsonschema.Draft4Validator(schema()).iter_errors(receipt.to_json()))
    assert errors == []


def test_the_example_of_the_specification_is_read_and_written_again_exactly():
    assert KantaraReceipt.from_json(example()).to_json() == example()


def paths(form: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = []
    if isinstance(form, dict):
        for name, inner in form.items():
            found += [(*here, name), *paths(inner, (*here, name))]
    if isinstance(form, list):
        for at, inner in enumerate(form):
            found += paths(inner, (*here, at))
    return found


@pytest.mark.parametrize("path", paths(example()) if FOLDER.exists() else [], ids=str)
def test_what_the_schema_refuses_we_refuse_too(path):
    """Each field in turn left out, and of another kind."""
    validator = jsonschema.Draft4Validator(schema())
    changes: tuple[Any, ...] = ("drop", None, 7, [], {})
    for change in changes:
        form = example()
        at = form
        for step in path[:-1]:
            at = at[step]
        if change == "drop":
            del at[path[-1]]
        else:
            at[path[-1]] = change
        if not validator.is_valid(form):
            with pytest.raises(InvalidInputError):
                KantaraReceipt.from_json(form)
