"""Expressions: one frozen tree of conditions with one meaning, shared by segments, computed traits and triggers."""

from __future__ import annotations

from unified_profile.expressions.accounts import OfMembers
from unified_profile.expressions.amounts import Measure
from unified_profile.expressions.builders import (
    all_of,
    any_of,
    attribute,
    events,
    held_for,
    in_share,
    member_of,
    members_all,
    members_any,
    members_none,
    none_of,
    permitted,
    prop,
    trait,
)
from unified_profile.expressions.checking import Schema, check, findings
from unified_profile.expressions.conditions import Condition
from unified_profile.expressions.dated import CalendarPart, InPeriod
from unified_profile.expressions.events import EventFilter
from unified_profile.expressions.explanation import Explanation, explain, reasons
from unified_profile.expressions.fields import Field
from unified_profile.expressions.flipping import Flip, flips
from unified_profile.expressions.holding import HeldFor
from unified_profile.expressions.jsonform import from_json
from unified_profile.expressions.kleene import Kleene, conjunction, disjunction, negation
from unified_profile.expressions.logic import AllOf, AnyOf, Expression, NoneOf, Not
from unified_profile.expressions.measures import MeasureCondition
from unified_profile.expressions.named import Named
from unified_profile.expressions.named_events import Events, Quantity
from unified_profile.expressions.on_rows import prepared
from unified_profile.expressions.operators import OPERATORS, Operator
from unified_profile.expressions.pairs import ElementMatch, FieldCondition
from unified_profile.expressions.paths import EventPath
from unified_profile.expressions.rhythm import CameAgain, Regular
from unified_profile.expressions.schema import json_schema
from unified_profile.expressions.sequences import EventSequence
from unified_profile.expressions.shape import Language, Reads
from unified_profile.expressions.shares import InShare, part_of
from unified_profile.expressions.standing import MemberOf, Permitted
from unified_profile.expressions.subject import EVERYTHING, AllBut, Course, Subject

__all__ = [
    "EVERYTHING",
    "OPERATORS",
    "AllBut",
    "AllOf",
    "AnyOf",
    "CalendarPart",
    "CameAgain",
    "Condition",
    "Course",
    "ElementMatch",
    "EventFilter",
    "EventPath",
    "EventSequence",
    "Events",
    "Explanation",
    "Expression",
    "Field",
    "FieldCondition",
    "Flip",
    "HeldFor",
    "InPeriod",
    "InShare",
    "Kleene",
    "Language",
    "Measure",
    "MeasureCondition",
    "MemberOf",
    "Named",
    "NoneOf",
    "Not",
    "OfMembers",
    "Operator",
    "Permitted",
    "Quantity",
    "Reads",
    "Regular",
    "Schema",
    "Subject",
    "all_of",
    "any_of",
    "attribute",
    "check",
    "conjunction",
    "disjunction",
    "events",
    "explain",
    "findings",
    "flips",
    "from_json",
    "held_for",
    "in_share",
    "json_schema",
    "member_of",
    "members_all",
    "members_any",
    "members_none",
    "negation",
    "none_of",
    "part_of",
    "permitted",
    "prepared",
    "prop",
    "reasons",
    "trait",
]
