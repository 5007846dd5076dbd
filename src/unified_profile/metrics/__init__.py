"""How are we doing?  Customer metrics as plain functions of numbers: each answer carries its *n* and its interval.

They need nothing else of this library: lists, numpy arrays and columns of pandas, polars or arrow go in, a frozen
`unified_profile.statistics.Estimate` comes out, or one per group with ``by=``. Names are loaded when they are first
used, so that nobody pays for metrics he does not ask for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unified_profile.metrics.across import (
        Consistency as Consistency,
        Parity as Parity,
        consistency as consistency,
        parity as parity,
    )
    from unified_profile.metrics.business_hours import (
        BusinessHours as BusinessHours,
    )
    from unified_profile.metrics.chain import (
        LinkComparison as LinkComparison,
        WeakestLink as WeakestLink,
        chain_strength as chain_strength,
        weakest_link as weakest_link,
    )
    from unified_profile.metrics.cohorts import (
        RetentionTable as RetentionTable,
        retention as retention,
    )
    from unified_profile.metrics.comparing import (
        Benchmark as Benchmark,
        Equivalence as Equivalence,
        benchmark as benchmark,
        equivalence as equivalence,
        perception_gap as perception_gap,
    )
    from unified_profile.metrics.conversions import (
        abandonment_rate as abandonment_rate,
        conversion as conversion,
        recoverable_value as recoverable_value,
    )
    from unified_profile.metrics.course import (
        ChartPoint as ChartPoint,
        OverTime as OverTime,
        compare_versions as compare_versions,
        over_time as over_time,
    )
    from unified_profile.metrics.definitions import (
        DEFINITIONS as DEFINITIONS,
        Definition as Definition,
        Measure as Measure,
        measure as measure,
    )
    from unified_profile.metrics.experiences import (
        BadExperiences as BadExperiences,
        bad_experiences as bad_experiences,
    )
    from unified_profile.metrics.feedback import (
        closed_loop_rate as closed_loop_rate,
        promise_kept as promise_kept,
        response_rate as response_rate,
    )
    from unified_profile.metrics.holdouts import (
        SampleRatio as SampleRatio,
        roi as roi,
        sample_ratio as sample_ratio,
    )
    from unified_profile.metrics.inactivity import (
        lapsed as lapsed,
    )
    from unified_profile.metrics.kaplan_meier import (
        survival as survival,
    )
    from unified_profile.metrics.leaving import (
        survival_by_bad_experiences as survival_by_bad_experiences,
    )
    from unified_profile.metrics.log_ranks import (
        LogRank as LogRank,
        log_rank as log_rank,
    )
    from unified_profile.metrics.net_promoter import (
        nps as nps,
        nps_difference as nps_difference,
    )
    from unified_profile.metrics.rates import (
        churn_after_complaint as churn_after_complaint,
        churn_rate as churn_rate,
        complaint_rate as complaint_rate,
        engagement as engagement,
        net_change as net_change,
        proportion as proportion,
        repeat_rate as repeat_rate,
    )
    from unified_profile.metrics.recency_frequency import (
        Rfm as Rfm,
        rfm as rfm,
    )
    from unified_profile.metrics.report import (
        CxReport as CxReport,
        ReportRow as ReportRow,
        cx_report as cx_report,
    )
    from unified_profile.metrics.revenue import (
        gross_revenue_retention as gross_revenue_retention,
        net_revenue_retention as net_revenue_retention,
    )
    from unified_profile.metrics.satisfaction import (
        ces as ces,
        csat as csat,
    )
    from unified_profile.metrics.sequential import (
        AlwaysValid as AlwaysValid,
        always_valid as always_valid,
    )
    from unified_profile.metrics.service import (
        first_response_time as first_response_time,
        resolution_time as resolution_time,
        time_to_action as time_to_action,
    )
    from unified_profile.metrics.survival_curve import (
        SurvivalCurve as SurvivalCurve,
        SurvivalCurves as SurvivalCurves,
    )
    from unified_profile.metrics.targets import (
        Overdue as Overdue,
        overdue as overdue,
        promises_kept as promises_kept,
        sla_attainment as sla_attainment,
    )
    from unified_profile.metrics.uplift import (
        Lift as Lift,
        cuped_lift as cuped_lift,
        lift as lift,
    )

# A function never has the name of a module: the module would take its place as soon as it is loaded.
_HOMES = {
    "across": (
        "Consistency",
        "Parity",
        "consistency",
        "parity",
    ),
    "business_hours": ("BusinessHours",),
    "chain": (
        "LinkComparison",
        "WeakestLink",
        "chain_strength",
        "weakest_link",
    ),
    "cohorts": (
        "RetentionTable",
        "retention",
    ),
    "comparing": (
        "Benchmark",
        "Equivalence",
        "benchmark",
        "equivalence",
        "perception_gap",
    ),
    "conversions": (
        "abandonment_rate",
        "conversion",
        "recoverable_value",
    ),
    "course": (
        "ChartPoint",
        "OverTime",
        "compare_versions",
        "over_time",
    ),
    "definitions": (
        "DEFINITIONS",
        "Definition",
        "Measure",
        "measure",
    ),
    "experiences": (
        "BadExperiences",
        "bad_experiences",
    ),
    "feedback": (
        "closed_loop_rate",
        "promise_kept",
        "response_rate",
    ),
    "holdouts": (
        "SampleRatio",
        "roi",
        "sample_ratio",
    ),
    "inactivity": ("lapsed",),
    "kaplan_meier": ("survival",),
    "leaving": ("survival_by_bad_experiences",),
    "log_ranks": (
        "LogRank",
        "log_rank",
    ),
    "net_promoter": (
        "nps",
        "nps_difference",
    ),
    "rates": (
        "churn_after_complaint",
        "churn_rate",
        "complaint_rate",
        "engagement",
        "net_change",
        "proportion",
        "repeat_rate",
    ),
    "recency_frequency": (
        "Rfm",
        "rfm",
    ),
    "report": (
        "CxReport",
        "ReportRow",
        "cx_report",
    ),
    "revenue": (
        "gross_revenue_retention",
        "net_revenue_retention",
    ),
    "satisfaction": (
        "ces",
        "csat",
    ),
    "sequential": (
        "AlwaysValid",
        "always_valid",
    ),
    "service": (
        "first_response_time",
        "resolution_time",
        "time_to_action",
    ),
    "survival_curve": (
        "SurvivalCurve",
        "SurvivalCurves",
    ),
    "targets": (
        "Overdue",
        "overdue",
        "promises_kept",
        "sla_attainment",
    ),
    "uplift": (
        "Lift",
        "cuped_lift",
        "lift",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605  # names of the map above, so that there is one list


def __getattr__(name: str) -> object:
    """Load *name* from its module."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
