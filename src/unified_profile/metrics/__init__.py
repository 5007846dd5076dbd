"""How are we doing?  Customer metrics as plain functions of numbers: each answer carries its *n* and its interval.

They need nothing else of this library: lists, numpy arrays and columns of pandas, polars or arrow go in, a frozen
`unified_profile.statistics.Estimate` comes out, or one per group with ``by=``.
"""

from unified_profile.metrics.chain import (
    LinkComparison as LinkComparison,
    WeakestLink as WeakestLink,
    chain_strength as chain_strength,
    weakest_link as weakest_link,
)
from unified_profile.metrics.experiences import BadExperiences as BadExperiences, bad_experiences as bad_experiences
from unified_profile.metrics.net_promoter import nps as nps, nps_difference as nps_difference
from unified_profile.metrics.rates import (
    churn_rate as churn_rate,
    complaint_rate as complaint_rate,
    net_change as net_change,
    promise_kept as promise_kept,
)
from unified_profile.metrics.satisfaction import ces as ces, csat as csat

__all__ = [
    "BadExperiences",
    "LinkComparison",
    "WeakestLink",
    "bad_experiences",
    "ces",
    "chain_strength",
    "churn_rate",
    "complaint_rate",
    "csat",
    "net_change",
    "nps",
    "nps_difference",
    "promise_kept",
    "weakest_link",
]
