"""Segments in the caller's own SQL: what a dialect can do exactly is done there, the rest is finished in memory."""

from __future__ import annotations

from unified_profile.expressions.versions import version_key
from unified_profile.segments.sql.dialects import DIALECTS, DialectName
from unified_profile.segments.sql.layout import Column, EventTable, Layout, ListTable, MembershipTable
from unified_profile.segments.sql.query import SqlQuery, answers_query, membership_query
from unified_profile.segments.sql.reading import companions, person_of

__all__ = [
    "DIALECTS",
    "Column",
    "DialectName",
    "EventTable",
    "Layout",
    "ListTable",
    "MembershipTable",
    "SqlQuery",
    "answers_query",
    "companions",
    "membership_query",
    "person_of",
    "version_key",
]
