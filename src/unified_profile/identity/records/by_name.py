"""The resolver of records by its name: ``Hub(..., resolver="records")`` with the model that the environment names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records.model import RecordModel
from unified_profile.identity.records.resolver import RecordResolver

MODEL_FILE = "UNIFIED_PROFILE_RECORD_MODEL"
"""The environment variable that names the file of the model for ``resolver="records"``."""


def from_environment() -> RecordResolver:
    """Return the resolver of the model whose JSON file `MODEL_FILE` names: the entry point ``records``.

    Raises:
        InvalidInputError: If the variable is not set, or the file cannot be read.
        InvalidRulesError: If it holds no model.
    """
    hint = "the path of a file that json.dump(model.to_json()) wrote"
    path = os.environ.get(MODEL_FILE)
    if not path:
        raise InvalidInputError(field=MODEL_FILE, reason="not set", hint=hint)
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        raise InvalidInputError(field=MODEL_FILE, reason="names no file of JSON", hint=hint) from None
    threshold = data.pop("threshold", 0.0) if isinstance(data, dict) else 0.0
    return RecordResolver(RecordModel.from_json(data), threshold=threshold)
