"""How sure are we?  Estimates with their intervals, and the few distributions and corrections they need.

Pure Python on plain floats: nothing here loads numpy or scipy, and everything works on sufficient statistics
(counts, a mean, a standard deviation), so that ten million answers cost no more than ten.
"""

from unified_profile.statistics.classes import net_gap_below as net_gap_below
from unified_profile.statistics.contrasts import (
    difference as difference,
    gap_below as gap_below,
    one_sided_variance as one_sided_variance,
    require_comparable as require_comparable,
)
from unified_profile.statistics.counts import (
    chi_squared_tail as chi_squared_tail,
    percentile_ranks as percentile_ranks,
)
from unified_profile.statistics.distributions import (
    normal_critical as normal_critical,
    normal_tail as normal_tail,
    t_critical as t_critical,
    t_tail as t_tail,
)
from unified_profile.statistics.estimate import Estimate as Estimate
from unified_profile.statistics.grouped import GroupedEstimates as GroupedEstimates, group_order as group_order
from unified_profile.statistics.heterogeneity import (
    Heterogeneity as Heterogeneity,
    heterogeneity as heterogeneity,
    shrunken as shrunken,
)
from unified_profile.statistics.intervals import (
    Interval as Interval,
    equal_answers as equal_answers,
    net_moments as net_moments,
    net_share as net_share,
    t_mean as t_mean,
    wald as wald,
    wilson as wilson,
    z_for as z_for,
)
from unified_profile.statistics.multiplicity import holm as holm
from unified_profile.statistics.net_score import net_score as net_score
from unified_profile.statistics.plain_numbers import (
    is_one_of as is_one_of,
    is_positive as is_positive,
    is_share as is_share,
    lies_between as lies_between,
)

__all__ = [
    "Estimate",
    "GroupedEstimates",
    "Heterogeneity",
    "Interval",
    "chi_squared_tail",
    "difference",
    "equal_answers",
    "gap_below",
    "group_order",
    "heterogeneity",
    "holm",
    "is_one_of",
    "is_positive",
    "is_share",
    "lies_between",
    "net_gap_below",
    "net_moments",
    "net_score",
    "net_share",
    "normal_critical",
    "normal_tail",
    "one_sided_variance",
    "percentile_ranks",
    "require_comparable",
    "shrunken",
    "t_critical",
    "t_mean",
    "t_tail",
    "wald",
    "wilson",
    "z_for",
]
