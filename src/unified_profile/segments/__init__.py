"""Segments: who belongs, why, and until when; one expression with one meaning wherever it is evaluated."""

from __future__ import annotations

from unified_profile.expressions import (
    EVERYTHING,
    AllBut,
    Course,
    Explanation,
    Expression,
    Subject,
    all_of,
    any_of,
    attribute,
    events,
    from_json,
    member_of,
    none_of,
    permitted,
    prop,
    trait,
)
from unified_profile.segments.segment import Segment
from unified_profile.segments.segment_set import SegmentSet
from unified_profile.segments.sql import (
    Column,
    EventTable,
    Layout,
    ListTable,
    MembershipTable,
    SqlQuery,
    companions,
    person_of,
)

__all__ = [
    "EVERYTHING",
    "AllBut",
    "Column",
    "Course",
    "EventTable",
    "Explanation",
    "Expression",
    "Layout",
    "ListTable",
    "MembershipTable",
    "Segment",
    "SegmentSet",
    "SqlQuery",
    "Subject",
    "all_of",
    "any_of",
    "attribute",
    "companions",
    "events",
    "from_json",
    "member_of",
    "none_of",
    "permitted",
    "person_of",
    "prop",
    "trait",
]
