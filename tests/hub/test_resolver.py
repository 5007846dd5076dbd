"""What a resolver may look at: records that were kept, and no others."""

from datetime import UTC, datetime

import pytest

from unified_profile import Hub, Identifier, Link, MemoryStore, ModelAdopted, SourceRecord
from unified_profile.errors import InvalidInputError, PopularKeyWarning
from unified_profile.hub import records
from unified_profile.storage.commands import Scan
from unified_profile.storage.tables import RECORD_KEYS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class SameKey:
    """Links records whose attribute ``key`` is the same."""

    fingerprint = "same-key"

    def keys(self, records, /):
        return [[record.attributes["key"]] for record in records]

    def links(self, candidates, /):
        return [
            Link(left.node, right.node, 9.0, self.fingerprint)
            for place, left in enumerate(candidates)
            for right in candidates[place + 1 :]
            if left.attributes["key"] == right.attributes["key"]
        ]


def record(name, key):
    return SourceRecord(id=name, source="crm", key=name, occurred_at=NOON, attributes={"key": key},
                        identifiers=[Identifier("email", f"{name}@example.com")])  # fmt: skip


@pytest.fixture
def hub():
    """Return a hub that follows the links of its resolver."""
    hub = Hub(MemoryStore(), resolver=SameKey())
    hub.ingest([ModelAdopted(id="m", source="desk", occurred_at=NOON, kind="records", fingerprint="same-key")])
    return hub


def test_records_that_share_no_identifier_meet_by_key(hub):
    assert hub.ingest([record("r1", "a"), record("r2", "b")]).merged == 0
    assert hub.ingest([record("r3", "a")]).merged == 1


def test_a_record_that_was_refused_links_nobody(hub):
    """Its id was used before for something else: it went to the quarantine, and yet once joined two people."""
    hub.ingest([record("r1", "a"), record("r2", "b")])
    report = hub.ingest([record("r2", "a")])
    assert (len(report.quarantined), report.merged, len(list(hub.ids()))) == (1, 0, 2)
    assert hub.ingest([record("r3", "b")]).merged == 1


def test_a_popular_key_keeps_its_first_records_and_says_how_many_were_left_out(hub, monkeypatch):
    monkeypatch.setattr(records, "MOST_SHARING", 2)
    hub.ingest([record("a", "k"), record("b", "k")])
    with pytest.warns(PopularKeyWarning, match="1 key.* more than 2 records; 2 record") as told:
        hub.ingest([record("c", "k"), record("d", "k")])
    assert len(told) == 1
    assert "(" not in str(told[0].message).partition("records")[2].partition(";")[0], "it does not know the columns"
    assert len(list(hub.ids())) == 1, "those that came later were compared with the first"
    with hub.store.session("default") as session:
        assert {row.fact for row in session.read([Scan(RECORD_KEYS)])[0]} == {"a", "b"}


class Telling(SameKey):
    """Has two kinds of keys, and tells of which columns they are made."""

    def keys(self, records, /):
        return [[record.attributes["key"], f"{record.attributes['key']}/{record.key}"] for record in records]

    def made_of(self, records, /):
        return [["key (whole)", "key (whole) + number"] for _ in records]


def popular(resolver, monkeypatch):
    """Return a hub in which two records have a key that no third may have."""
    monkeypatch.setattr(records, "MOST_SHARING", 2)
    hub = Hub(MemoryStore(), resolver=resolver)
    hub.ingest([record("a", "k"), record("b", "k")])
    return hub


def test_the_columns_of_popular_keys_are_told_and_no_value(monkeypatch):
    hub = popular(Telling(), monkeypatch)
    with pytest.warns(PopularKeyWarning, match=r"more than 2 records \(1 of key \(whole\)\); 2 record") as told:
        hub.ingest([record("c", "k"), record("d", "k")])
    (warned,) = told
    assert isinstance(warned.message, PopularKeyWarning)
    assert (warned.message.columns, warned.message.keys) == ({"key (whole)": 1}, 1)


@pytest.mark.parametrize("answer", [[["key"]], [["key", 7]], "key", None, [[]]])
def test_a_resolver_that_names_no_column_for_a_key_is_told_so(answer, monkeypatch):
    class Slipped(Telling):
        def made_of(self, _, /):
            return answer

    hub = popular(Slipped(), monkeypatch)
    with pytest.raises(InvalidInputError, match="made_of"):
        hub.ingest([record("c", "k")])
