"""What is handed in wrongly, by whoever begins, is answered with what to hand in instead."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from unified_profile import Hub, MemoryStore, SourceRecord, default_namespaces
from unified_profile.errors import InvalidFactError, InvalidInputError, InvalidRulesError
from unified_profile.wire import RecordMapping, RowReader

ROWS = {"id": [1, 2], "email": ["a@example.com", "b@example.com"]}
READER = RowReader(RecordMapping("crm", "id", identifiers={"email": "email"}))


@pytest.mark.parametrize(
    "frame", (pd.DataFrame(ROWS), pl.DataFrame(ROWS), pa.table(ROWS)), ids=lambda one: type(one).__module__
)
def test_a_frame_is_handed_in_by_its_rows(frame: Any) -> None:
    """Going through a frame gives the names of its columns, of which each would be refused as no JSON."""
    hub = Hub(MemoryStore())
    with pytest.raises(InvalidInputError, match=r"items: a frame.*to_dict\('records'\), reader=wire\.RowReader"):
        hub.ingest(frame, source="crm")
    assert hub.ingest(pd.DataFrame(ROWS).to_dict("records"), reader=READER).accepted == 2


def test_a_row_without_a_mapping_is_told_what_it_lacks() -> None:
    report = Hub(MemoryStore()).ingest([{"email": "a@example.com"}], source="crm")
    assert list(report.reasons()) == [
        "payload: not recognized: no call, CloudEvent, consent or answered survey; rows need a RecordMapping"
    ]


def test_a_region_is_taken_in_any_case_and_a_wrong_one_is_named_as_it_was_passed() -> None:
    assert default_namespaces(region=" de ") == default_namespaces(region="DE")
    for wrong in ("ZZ", "Germany", "é"):
        with pytest.raises(InvalidRulesError, match=r"^region: no such country; an ISO 3166 code"):
            default_namespaces(region=wrong)


def test_a_field_of_a_fact_is_told_by_its_type() -> None:
    with pytest.raises(InvalidFactError, match=r"^key: of type int; pass str, or leave it out$"):
        SourceRecord(id="1", source="crm", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), key=4)  # type: ignore[arg-type]  # wrong
