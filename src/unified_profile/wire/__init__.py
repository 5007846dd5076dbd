"""The door: what strangers send becomes facts, or is refused with a reason and without its values.

Importing it loads pydantic; ``import unified_profile`` alone does not.
"""

from __future__ import annotations

from unified_profile.wire.cloudevents import CloudEvent
from unified_profile.wire.consents import ConsentPayload
from unified_profile.wire.door import SEGMENT_TRAITS, Reader, calls_in, read
from unified_profile.wire.exchange import from_json, to_json
from unified_profile.wire.files import Rejected, read_csv, read_facts, read_jsonl
from unified_profile.wire.guessing import guess_mapping
from unified_profile.wire.json_values import Limits
from unified_profile.wire.mappings import ColumnGuess, RecordMapping
from unified_profile.wire.peeking import CsvSample, peek_csv
from unified_profile.wire.ready import contacts, orders, survey_answers, tickets
from unified_profile.wire.rows import RowReader, Told, fact_of
from unified_profile.wire.schemas import SCHEMA_NAMES, json_schema
from unified_profile.wire.segment import (
    AliasCall,
    GroupCall,
    IdentifyCall,
    PageCall,
    ScreenCall,
    SegmentCall,
    TrackCall,
)
from unified_profile.wire.surveys import SurveyResponse

__all__ = [
    "SCHEMA_NAMES",
    "SEGMENT_TRAITS",
    "AliasCall",
    "CloudEvent",
    "ColumnGuess",
    "ConsentPayload",
    "CsvSample",
    "GroupCall",
    "IdentifyCall",
    "Limits",
    "PageCall",
    "Reader",
    "RecordMapping",
    "Rejected",
    "RowReader",
    "ScreenCall",
    "SegmentCall",
    "SurveyResponse",
    "Told",
    "TrackCall",
    "calls_in",
    "contacts",
    "fact_of",
    "from_json",
    "guess_mapping",
    "json_schema",
    "orders",
    "peek_csv",
    "read",
    "read_csv",
    "read_facts",
    "read_jsonl",
    "survey_answers",
    "tickets",
    "to_json",
]
