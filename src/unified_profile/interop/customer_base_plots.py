"""Plots of the customer base as Altair charts: whether a model fits, and how its predictions are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unified_profile.errors import InvalidInputError, MissingExtraError
from unified_profile.metrics.customer_base import frequency_table, holdout_table, tracking_table

if TYPE_CHECKING:
    from unified_profile.metrics.customer_base import CustomerSummary, PeriodUnit, Predictions
    from unified_profile.metrics.customer_base.model import TransactionModel

_COLORS = {"domain": ["observed", "expected"], "range": ["#4c78a8", "#f58518"]}


def frequency_plot(
    model: TransactionModel, data: object, /, *, most: int = 7, seed: int = 0, unit: PeriodUnit | None = None
) -> Any:
    """Return a chart of how many customers bought how often, beside what the model expects (`frequency_table`).

    The last bar joins *most* and more. Bars that differ much say that the model does not fit.

    Raises:
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    alt = _altair()
    table = frequency_table(model, data, most=most, seed=seed, unit=unit)
    rows = _long(table, labels=_labels(table["repeat_purchases"], most))
    return (
        alt.Chart(alt.Data(values=rows), title=f"{model.label}: how often customers bought again")
        .mark_bar()
        .encode(
            x=alt.X("repeat purchases:O", sort=None, title="repeat purchases"),
            xOffset=alt.XOffset("what:N", sort=["observed", "expected"]),
            y=alt.Y("value:Q", title="customers"),
            color=alt.Color("what:N", scale=alt.Scale(**_COLORS), title=None),
        )
    )


def holdout_plot(model: TransactionModel, summary: CustomerSummary, /, *, most: int = 7) -> Any:
    """Return a chart of mean purchases in the holdout by purchases before it (`holdout_table`).

    Raises:
        InvalidInputError: If the summary has no holdout.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    alt = _altair()
    table = holdout_table(model, summary, most=most)
    rows = _long(table, labels=_labels(table["repeat_purchases"], most))
    return (
        alt.Chart(alt.Data(values=rows), title=f"{model.label}: purchases in the holdout")
        .mark_line(point=True)
        .encode(
            x=alt.X("repeat purchases:O", sort=None, title="repeat purchases before the holdout"),
            y=alt.Y("value:Q", title="mean purchases in the holdout"),
            color=alt.Color("what:N", scale=alt.Scale(**_COLORS), title=None),
        )
    )


def tracking_plot(model: TransactionModel, summary: CustomerSummary, /, *, step: PeriodUnit = "week") -> Any:
    """Return a chart of all repeat purchases added up over time (`tracking_table`), the end of observation marked.

    Raises:
        InvalidInputError: If the summary does not come from transactions.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    alt = _altair()
    table = tracking_table(model, summary, step=step)
    rows = _long(table, labels=[f"{period:g}" for period in table["period"]], name=step)
    lines = (
        alt.Chart(alt.Data(values=rows), title=f"{model.label}: repeat purchases, added up")
        .mark_line()
        .encode(
            x=alt.X(f"{step}:Q"),
            y=alt.Y("value:Q", title="repeat purchases"),
            color=alt.Color("what:N", scale=alt.Scale(**_COLORS), title=None),
        )
    )
    seen = [period for period, later in zip(table["period"], table["holdout"], strict=True) if not later]
    if len(seen) == len(table["period"]) or not seen:
        return lines
    return lines + alt.Chart(alt.Data(values=[{step: seen[-1]}])).mark_rule(strokeDash=[4, 4]).encode(x=f"{step}:Q")


def prediction_plot(predictions: Predictions, /, *, bins: int = 30) -> Any:
    """Return a chart of how many customers have which prediction: a probability, purchases, a lifetime value.

    A mean hides that most customers are far from it. Predictions without a value are in no bar; the title counts them.

    Raises:
        InvalidInputError: If there is no prediction with a value, or *bins* is not a whole number from 1 to 1000.
        MissingExtraError: If altair is not installed.

    .. versionadded:: 0.1
    """
    import numpy as np

    alt = _altair()
    if type(bins) is not int or not 1 <= bins <= 1000:
        raise InvalidInputError(field="bins", reason="not a whole number from 1 to 1000", hint="30")
    known = predictions.values[np.isfinite(predictions.values)]
    if not len(known):
        raise InvalidInputError(field="predictions", reason="no prediction has a value")
    counts, edges = np.histogram(known, bins=bins)
    rows = [
        {"from": float(low), "to": float(high), "customers": int(count)}
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    lost = f", {len(predictions) - len(known):,} unknown" if len(known) < len(predictions) else ""
    title = f"{predictions.name.replace('_', ' ')} of {len(known):,} customers{lost}"
    # Unless it knows of the bins, Vega-Lite draws dashes at the counts instead of bars from 0.
    across = alt.X("from:Q", bin="binned", title=predictions.unit)
    return (
        alt.Chart(alt.Data(values=rows), title=title)
        .mark_bar()
        .encode(x=across, x2="to:Q", y=alt.Y("customers:Q"), tooltip=["from:Q", "to:Q", "customers:Q"])
    )


def _long(table: dict[str, list[float]], *, labels: list[str], name: str = "repeat purchases") -> list[dict[str, Any]]:
    """Return a row per bar or point."""
    return [
        {name: label, "what": what, "value": value}
        for what in ("observed", "expected")
        for label, value in zip(labels, table[what], strict=True)
    ]


def _labels(counts: list[float], most: int) -> list[str]:
    return [f"{count:g}+" if count == most else f"{count:g}" for count in counts]


def _altair() -> Any:
    try:
        import altair as alt
    except ImportError:
        raise MissingExtraError(extra="notebook", package="altair") from None
    return alt
