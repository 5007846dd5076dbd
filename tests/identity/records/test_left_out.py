"""Keys that too many records share are left out, and it is told which columns they are made of, but no value."""

import json
from datetime import UTC, datetime

import pytest

from unified_profile import Hub, MemoryStore, SourceRecord
from unified_profile.errors import PopularKeyWarning
from unified_profile.hub import records
from unified_profile.identity.records import RecordResolver, resolve
from unified_profile.identity.records.blocking import ByRules, Rule

from .test_resolve import people

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS, _ = people(150, seed=7)
CITY, BORN = Rule((("city", "whole"),)), Rule((("dob", "whole"),))
FOUND = resolve(ROWS, blocking=ByRules((CITY, BORN), largest=5))


def values():
    """Return every text of the records, lower case."""
    return {str(value).lower() for row in ROWS for name, value in row.items() if name != "record_id" and value}


def test_notes_say_how_many_keys_of_which_columns_were_left_out():
    (note,) = [one for one in FOUND.notes if "blocking keys" in one]
    cities = len({row["city"] for row in ROWS if sum(other["city"] == row["city"] for other in ROWS) > 5} - {None})
    assert cities
    assert note == f"{cities} blocking keys were shared by too many records and left out: {cities} of city (whole)"


def test_a_note_names_the_columns_of_most_keys_and_counts_the_others():
    rules = [Rule((("city", part), ("first_name", first)))
             for part in ("whole", "3") for first in ("whole", "sound", "3")]  # fmt: skip
    (note,) = [one for one in resolve(ROWS, blocking=ByRules((*rules, CITY), largest=1)).notes if "keys" in one]
    assert note.count(" of ") == 6
    assert note.endswith(" of others")
    counted = [int(part.split()[0]) for part in note.partition(": ")[2].split(", ")]
    assert sum(counted) == int(note.split()[0])
    assert counted[:5] == sorted(counted[:5], reverse=True)
    assert not [value for value in values() if len(value) > 3 and value in note.lower()]


def test_the_hub_says_so_too(monkeypatch):
    monkeypatch.setattr(records, "MOST_SHARING", 2)
    resolver = RecordResolver(resolve(ROWS, blocking=ByRules((CITY, BORN))).model)
    hub = Hub(MemoryStore(), resolver=resolver, clock=lambda: NOON)
    told = [
        SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=NOON,
                     attributes={name: value for name, value in row.items() if name != "record_id" and value})
        for number, row in enumerate(ROWS)
    ]  # fmt: skip
    with pytest.warns(PopularKeyWarning, match=r"records \(\d+ of city \(whole\)") as seen:
        hub.ingest(told)
    (warned,) = seen
    assert isinstance(warned.message, PopularKeyWarning)
    assert "city (whole)" in warned.message.columns
    assert sum(warned.message.columns.values()) == warned.message.keys
    said = json.dumps([str(warned.message), warned.message.columns]).lower()
    assert not [value for value in values() if len(value) > 3 and value in said]


def test_each_key_of_a_record_has_its_columns():
    resolver = RecordResolver(FOUND.model)
    said = {name: value for name, value in ROWS[0].items() if name != "record_id" and value}
    one = SourceRecord(id="r", source="crm", key="1", occurred_at=NOON, attributes=said)
    none = SourceRecord(id="s", source="crm", key="2", occurred_at=NOON, attributes={"dob": said["dob"]})
    assert [len(keys) for keys in resolver.keys([one, none])] == [len(names) for names in resolver.made_of([one, none])]
    assert resolver.made_of([none]) == [["dob (whole)"]]
