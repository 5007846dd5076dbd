"""The fold from facts to profile: survivorship, computed traits, history, accounts. Values in, values out.

Everything here is a function of the *set* of facts, the rules and the moments asked for: order, batches, repetition
and lateness change nothing.
"""

from unified_profile.profiles.accounts import fold_accounts as fold_accounts
from unified_profile.profiles.changes import TraitChange as TraitChange, diff as diff
from unified_profile.profiles.columns import rows as rows
from unified_profile.profiles.computed import ComputedTrait as ComputedTrait, computed as computed
from unified_profile.profiles.fold import FoldState as FoldState, fold as fold
from unified_profile.profiles.history import history as history
from unified_profile.profiles.rules import SEGMENT_NAMES as SEGMENT_NAMES, ProfileRules as ProfileRules
from unified_profile.profiles.survivorship import (
    Candidate as Candidate,
    Survivorship as Survivorship,
    custom as custom,
    first as first,
    longest as longest,
    maximum as maximum,
    minimum as minimum,
    most_frequent as most_frequent,
    most_recent as most_recent,
    most_trusted as most_trusted,
    total as total,
    union as union,
)

__all__ = [
    "SEGMENT_NAMES",
    "Candidate",
    "ComputedTrait",
    "FoldState",
    "ProfileRules",
    "Survivorship",
    "TraitChange",
    "computed",
    "custom",
    "diff",
    "first",
    "fold",
    "fold_accounts",
    "history",
    "longest",
    "maximum",
    "minimum",
    "most_frequent",
    "most_recent",
    "most_trusted",
    "rows",
    "total",
    "union",
]
