"""What is each customer going to be worth?  Models of a customer base, from transactions to a lifetime value.

They need the extra ``models`` (scipy). Names are loaded when they are first used, so that importing the metrics costs
nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from unified_profile.errors import MissingExtraError

if TYPE_CHECKING:
    from unified_profile.metrics.customer_base.beta_geometric import BgNbd as BgNbd, MbgNbd as MbgNbd
    from unified_profile.metrics.customer_base.bg_bb import BgBb as BgBb
    from unified_profile.metrics.customer_base.diagnostics import (
        frequency_table as frequency_table,
        holdout_table as holdout_table,
        tracking_table as tracking_table,
    )
    from unified_profile.metrics.customer_base.fitting import FitResult as FitResult
    from unified_profile.metrics.customer_base.gamma_gamma import GammaGamma as GammaGamma
    from unified_profile.metrics.customer_base.pareto_nbd import ParetoNbd as ParetoNbd
    from unified_profile.metrics.customer_base.periods import (
        DiscountRate as DiscountRate,
        Periods as Periods,
        PeriodUnit as PeriodUnit,
    )
    from unified_profile.metrics.customer_base.predictions import Predictions as Predictions
    from unified_profile.metrics.customer_base.sbg import ShiftedBetaGeometric as ShiftedBetaGeometric
    from unified_profile.metrics.customer_base.summary import (
        CustomerSummary as CustomerSummary,
        SummaryReport as SummaryReport,
        Timeline as Timeline,
    )
    from unified_profile.metrics.customer_base.transactions import summarize as summarize
    from unified_profile.metrics.customer_base.value import (
        customer_lifetime_value as customer_lifetime_value,
        historical_value as historical_value,
    )

_HOMES = {
    "beta_geometric": ("BgNbd", "MbgNbd"),
    "bg_bb": ("BgBb",),
    "diagnostics": ("frequency_table", "holdout_table", "tracking_table"),
    "fitting": ("FitResult",),
    "gamma_gamma": ("GammaGamma",),
    "pareto_nbd": ("ParetoNbd",),
    "periods": ("DiscountRate", "PeriodUnit", "Periods"),
    "predictions": ("Predictions",),
    "sbg": ("ShiftedBetaGeometric",),
    "summary": ("CustomerSummary", "SummaryReport", "Timeline"),
    "transactions": ("summarize",),
    "value": ("customer_lifetime_value", "historical_value"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604  # names of the map above, so that there is one list
    *sorted(_HOME_OF),
]


def __getattr__(name: str) -> object:
    """Load *name* from its module."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{home}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "scipy":
            raise MissingExtraError(extra="models", package="scipy") from None
        raise
    found = getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
