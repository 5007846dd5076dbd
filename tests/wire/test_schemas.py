"""The published JSON Schemas are those of the models, and agree with what the door takes."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from unified_profile import wire
from unified_profile.errors import InvalidPayloadError
from unified_profile.wire import SCHEMA_NAMES, json_schema, read
from unified_profile.wire.schemas import as_text, generated

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("*.json"))


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_a_published_schema_is_what_its_model_says(name):
    assert as_text(json_schema(name)) == as_text(generated(name)), (
        "python -m unified_profile.wire.schemas publishes anew"
    )
    Draft202012Validator.check_schema(json_schema(name))


def test_the_schemas_can_be_published_anew(tmp_path):
    subprocess.run([sys.executable, "-m", "unified_profile.wire.schemas", str(tmp_path)], check=True)
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.schema.json" for name in SCHEMA_NAMES}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_every_documented_call_keeps_the_schema(path):
    payload = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator(json_schema(f"segment-{payload['type']}")).validate(payload)


CONSENT = {
    "purpose": "p",
    "state": "given",
    "expressed_at": "2026-01-01T00:00:00Z",
    "subject": {"namespace": "email", "value": "a"},
}
SURVEY = {"response_id": "r", "answered_at": "2026-01-01T00:00:00Z"}
EVENT = {"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": {"type": "page"}}


@pytest.mark.parametrize(
    ("name", "payload"),
    (
        ("segment-track", {"type": "track"}),
        ("segment-track", {"type": "track", "event": ""}),
        ("segment-page", {"type": "page", "userId": []}),
        ("segment-group", {"type": "group"}),
        ("segment-identify", {"type": "identify", "traits": "a"}),
        ("consent", CONSENT | {"state": "yes"}),
        ("consent", CONSENT | {"more": 1}),
        ("consent", CONSENT | {"subject": {"namespace": "E", "value": "a"}}),
        ("survey", SURVEY | {"csat_scale": [1]}),
        ("survey", SURVEY | {"response_id": ""}),
        ("cloudevent", EVENT | {"id": ""}),
        ("cloudevent", EVENT | {"specversion": "0.3"}),
    ),
)
def test_what_the_schema_refuses_the_door_refuses_too(name, payload):
    assert not Draft202012Validator(json_schema(name)).is_valid(payload)
    with pytest.raises(InvalidPayloadError):
        read(payload, source="s", received_at=NOW)


@pytest.mark.parametrize(("name", "payload"), (("consent", CONSENT), ("survey", SURVEY), ("cloudevent", EVENT)))
def test_what_the_door_takes_keeps_the_schema(name, payload):
    Draft202012Validator(json_schema(name)).validate(payload)
    read(payload, source="s", received_at=NOW)


def test_every_name_of_the_door_is_there():
    assert [name for name in wire.__all__ if not hasattr(wire, name)] == []


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_package_does_not_open_the_door():
    assert loaded_by("import unified_profile").isdisjoint({"pydantic", "numpy", "unified_profile.wire"})


def test_opening_the_door_loads_nothing_that_only_some_rows_need():
    assert loaded_by("import unified_profile.wire").isdisjoint({"dateutil", "phonenumbers", "numpy"})
